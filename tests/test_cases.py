"""The fixture cases: what goes, what stays, and which rule decided."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from dechaff import explain
from helpers import NAMED, Case, cases

ALL = cases()
_ITEM = re.compile(r"^(?:  )*- ", re.MULTILINE)


def _params() -> list[object]:
    return [
        pytest.param(
            case,
            id=case.name,
            marks=[pytest.mark.xfail(reason=case.data["note"], strict=True)] if case.sort == "known_failures" else [],
        )
        for case in ALL
    ]


@pytest.mark.parametrize("case", _params())
def test_case(case: Case) -> None:
    """Exactly the chaff goes, and for the reason the case gives."""
    html = "html" in case.data
    source = case.data["html"] if html else case.data["input"]
    cleaned = explain(source, kind="html" if html else "text", only=NAMED)
    expected = case.data.get("expected", source if case.sort == "negative" else None)
    assert expected is not None, "a case that is not negative says what stays"
    # Cases say nothing of the marks that the items of a list are written with.
    text = _ITEM.sub("", cleaned.text) if html else cleaned.text
    assert text.strip("\n") == (_ITEM.sub("", expected) if html else expected).strip("\n")
    reasons = {(cut.family, cut.rule) for cut in cleaned.cuts}
    if "rule" in case.data:
        wanted = case.data["rule"]
        assert (case.family, wanted) in reasons, f"decided by {sorted(reasons)}"
    elif case.sort == "negative":
        assert not reasons
    for key in ("role", "name", "language"):
        if key in case.data:
            assert case.data[key] in [getattr(credit, key) for credit in cleaned.credits]


def test_case_ids_are_unique() -> None:
    """A case is found by its id."""
    twice = [name for name, count in Counter(case.name for case in ALL).items() if count > 1]
    assert not twice


def test_a_third_of_all_cases_are_negative() -> None:
    """Precision comes first, and so do its cases."""
    negative = sum(case.sort == "negative" for case in ALL)
    assert negative * 3 >= len(ALL)


def test_a_language_without_phrases_loses_shapes_and_no_prose() -> None:
    """Welsh and Basque have no phrase file: what no language has goes, every sentence stays."""
    welsh = [
        "Mae'r cwch bach yn croesi'r afon bob bore, ac mae'r plant yn aros amdano ar y cei.",
        "Darllen oedd ei hoff beth, meddai hi, a rhannu'r stori wedyn.",
        "Cyfieithu llythyrau oedd ei gwaith am ugain mlynedd.",
    ]
    basque = [
        "Itsasontzi txikiak goizero zeharkatzen du ibaia, eta haurrak kaian zain egoten dira.",
        "Itzulpenak egiten zituen hogei urtez, eta inoiz ez zuen bere izena jarri.",
        "Iragarkiak irakurtzea gustatzen zitzaion, harpidetza gabe ere.",
    ]
    for prose in (welsh, basque):
        text = "\n".join(
            [*prose[:2], "__ATA.cmd.push(function() { __ATA.initDynamicSlot({ id: 'a-1' }); });", prose[2]]
        )
        assert explain(text).text.splitlines() == prose
