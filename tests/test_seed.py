"""The text that started the project."""

from __future__ import annotations

import dechaff
from helpers import ROOT, paragraphs

SEED = (ROOT / "fixtures" / "seed.txt").read_text("utf-8")
CHAFF = (
    "Advertisement -",
    "__ATA.cmd.push",
    "Subscribe to our newsletter",
    "Sign up here to get",
    "Translated by Kristina Rus",
)


def test_every_paragraph_stays_word_for_word_and_all_chaff_goes() -> None:
    wanted = [line for line in paragraphs(SEED) if not line.startswith(CHAFF)]
    assert len(wanted) == 15
    assert paragraphs(dechaff.clean(SEED)) == wanted


def test_each_piece_of_chaff_has_its_reason() -> None:
    families = {cut.text[:12]: cut.family for cut in dechaff.explain(SEED).cuts}
    assert families == {
        "Translated b": "credits",
        "- Advertisem": "ads",
        "__ATA.cmd.pu": "scripts",
        "Subscribe to": "subscriptions",
        "Sign up here": "subscriptions",
    }


def test_the_translator_is_known() -> None:
    credit = dechaff.explain(SEED).credits[0]
    assert (credit.role, credit.name) == ("translator", "Kristina Rus")
