"""The named filters on real pages: what they cut is not what people marked as the main text."""

from __future__ import annotations

import sys

import pytest

from dechaff.page import Cut, Page
from lab import corpora, precision

EVERY = 10
"""Every tenth page of each corpus: about 220, in less than a minute."""

_ABSENT = corpora.folder() is None
_REASON = "the corpora of real pages are not here: run `make corpora`, or name their folder in $DECHAFF_CORPORA"
needs_corpora = pytest.mark.skipif(_ABSENT, reason=_REASON)

SLACK = 2
"""A tenth of the pages may be this much worse than all, by chance: one unlucky page is 30 wrong words of 400. The full run
(`python -m lab.precision`) is the strict one; README has its figures."""


class ParagraphEater:
    """A filter that is wrong on purpose: it calls every longer paragraph an advertisement."""

    name = "ads"
    summary = "paragraphs, wrongly"

    def find(self, page: Page) -> list[Cut]:
        """Every paragraph of 200 characters or more."""
        return [
            Cut(block.index, block.index + 1, self.name, "eater", 0.9)
            for block in page.blocks
            if len(block.text) >= 200
        ]


def _sample(every: int) -> list[corpora.Sample]:
    return [sample for name in corpora.CORPORA for sample in precision.usable(corpora.load(name))[::every]]


@pytest.fixture(scope="module")
def verdicts() -> list[precision.Verdict]:
    return [verdict for page in precision.judge_all(_sample(EVERY)) for verdict in page.verdicts]


@needs_corpora
def test_named_filters_cut_hardly_a_word_of_the_main_text(verdicts: list[precision.Verdict]) -> None:
    """Of the words that a family cuts at most 1% are content, of those that all cut at most 0.5%."""
    sys.stdout.write("\n" + precision.table(verdicts) + "\n")
    families = precision.counts(verdicts, "family")
    assert set(precision.NAMED) <= set(families), "a family cut nothing at all"
    too_many = {
        name: f"{total.wrong} of {total.judged}"
        for name, total in families.items()
        if total.wrong > max(_ONE_CUT, precision.TARGET * SLACK * total.judged)
    }
    assert not too_many
    total = precision.counts(verdicts, "all")["all"]
    assert total.share <= precision.TARGET_OF_ALL


_ONE_CUT = 30
"""A family that cuts few words may have one wrong cut on a tenth of the pages, and a cut sentence has about 30 words."""


@needs_corpora
def test_the_measure_catches_a_filter_that_eats_paragraphs() -> None:
    """The same figures, from a filter that is wrong on purpose, are far above the target."""
    eaten = [
        verdict for page in precision.judge_all(_sample(EVERY * 10), [ParagraphEater()]) for verdict in page.verdicts
    ]
    assert "ads" in precision.over_target(eaten)
    total = precision.counts(eaten, "family")["ads"]
    assert total.share > 0.5
    assert total.strict_share > 0.5


@needs_corpora
def test_a_page_is_judged_by_place_and_not_by_words() -> None:
    """A menu's "home" is not the "home" of the text; a cut sentence of the text is a wrong cut, word for word."""
    sample = corpora.Sample(
        "made", "made", "made", "", "article",
        b"<ul><li>home<li>news</ul><p>They went home in the rain and read the news there.</p>",
        "They went home in the rain and read the news there.", None, (), (),
    )  # fmt: skip

    class Eater:
        name = "ads"
        summary = "all"

        def find(self, page: Page) -> list[Cut]:
            assert page.blocks
            return [Cut(0, 2, "ads", "menu", 1.0), Cut(2, 3, "ads", "text", 1.0)]

    menu, text = precision.judge(sample, [Eater()]).verdicts
    assert (menu.words, menu.wrong) == (2, 0)
    assert (text.words, text.wrong) == (11, 11)
