"""Leaked code goes, code that is the content stays."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dechaff.cutting import apply_cuts
from dechaff.filters.scripts import find_scripts
from dechaff.page import Cut, Page
from dechaff.reading.html import read_html
from dechaff.reading.text import read_text
from dechaff.writing.text import write_text

CASES = Path(__file__).parent.parent / "fixtures" / "cases" / "scripts"


def cases(kind: str) -> list[Any]:
    data = tomllib.loads((CASES / f"{kind}.toml").read_text("utf-8"))
    return [pytest.param(case, id=case["id"]) for case in data["case"]]


def page_of(case: dict[str, str]) -> Page:
    return read_html(case["html"]) if "html" in case else read_text(case["input"])


def cleaned(page: Page) -> tuple[str, list[Cut]]:
    outcome = apply_cuts(page, find_scripts(page))
    return write_text(page, outcome), outcome.cuts


@pytest.mark.parametrize("case", cases("negative"))
def test_code_that_is_the_content_stays(case: dict[str, str]) -> None:
    text, cuts = cleaned(page_of(case))
    assert text == case.get("expected", case.get("input"))
    assert not cuts


@pytest.mark.parametrize("case", [*cases("wild"), *cases("synthetic")])
def test_code_that_leaked_goes_and_says_why(case: dict[str, str]) -> None:
    text, cuts = cleaned(page_of(case))
    assert text.strip("\n") == case["expected"].strip("\n")
    assert "rule" not in case or case["rule"] in {cut.rule for cut in cuts}


@pytest.mark.xfail(strict=True, reason="known failures; each case says why")
@pytest.mark.parametrize("case", cases("known_failures"))
def test_what_we_know_to_be_wrong(case: dict[str, str]) -> None:
    text, _ = cleaned(page_of(case))
    assert text.strip("\n") == case["expected"].strip("\n")


def test_every_case_has_its_own_id_and_a_third_are_negative() -> None:
    kinds = {kind: [case.id for case in cases(kind)] for kind in ("wild", "synthetic", "negative", "known_failures")}
    ids = [name for names in kinds.values() for name in names]
    assert len(ids) == len(set(ids)) >= 40
    assert len(kinds["negative"]) * 3 >= len(ids)


def test_what_was_cleaned_has_nothing_more_to_cut() -> None:
    for kind in ("wild", "synthetic"):
        for case in cases(kind):
            values: dict[str, str] = case.values[0]
            if "input" in values:
                once, _ = cleaned(page_of(values))
                assert cleaned(read_text(once))[0] == once, values["id"]


def test_prose_between_two_halves_of_a_call_is_never_taken_for_its_inside() -> None:
    source = (
        "googletag.cmd.push(function() {\n"
        "The minister said that nothing at all had been decided on that day.\n"
        "googletag.display('div-gpt-ad-1'); });\n"
    )
    assert "The minister said that nothing at all had been decided on that day." in cleaned(read_text(source))[0]


def test_an_empty_page_has_no_cuts() -> None:
    assert list(find_scripts(Page([]))) == []


HOSTILE = {
    "braces": "{" * 20_000,
    "brackets": "[a " * 20_000,
    "calls": "f(" * 20_000,
    "declarations": "var x=" * 20_000,
    "statements": "a = b;\n" * 4_000,
    "open-tags": '<a b="' * 20_000,
    "comments": "<!--" * 20_000,
    "cdata": "<![CDATA[" * 20_000,
    "objects": '{"a":1}' * 20_000,
    "open-objects": '{"a":"' * 20_000,
    "selectors": ".a," * 20_000 + "{",
    "open-rules": ".a{b:" * 20_000,
    "lines-of-braces": "{\n" * 10_000,
    "attributes": 'a="" ' * 20_000,
    "templates": "{{a " * 20_000,
    "paths": "a." * 20_000 + "=(",
    "base64": "Ab1" * 20_000,
    "shortcodes": '[a b="' * 20_000,
    "quotes": "“{”" * 20_000,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_input_costs_no_more_than_its_length(source: str) -> None:
    began = time.process_time()
    list(find_scripts(read_text(source)))
    assert time.process_time() - began < 4  # at most 0.5 s was measured; quadratic ones took 6 to 60 s
