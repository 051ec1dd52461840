"""The figures everything is compared by. Each is computed as its benchmark's own script computes it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"\w+")

SHINGLE = 4
"""Words in a shingle, as in scrapinghub/article-extraction-benchmark and article-extraction-dataset's comparisons."""


@dataclass(frozen=True)
class Score:
    """Precision, recall and their harmonic mean, 0 to 1, of one page or of a mean over pages."""

    precision: float
    recall: float
    f1: float


def words(text: str) -> list[str]:
    r"""The words as WCXB's `evaluate.py` counts them: lower-case `\w+`, so a Chinese sentence is one word.

    >>> words("It's 5 o'clock.")
    ['it', 's', '5', 'o', 'clock']
    """
    return _WORD.findall(text.lower())


def _score(common: int, answered: int, wanted: int) -> Score:
    if not wanted and not answered:
        return Score(1.0, 1.0, 1.0)
    precision = common / answered if answered else 0.0
    recall = common / wanted if wanted else 0.0
    return Score(precision, recall, 2 * common / (answered + wanted))


def word_score(answer: str, gold: str) -> Score:
    """Precision, recall and F1 over words as multisets; an empty answer to an empty gold is right (WCXB README).

    >>> word_score("a a b", "a b c").f1 == 2 / 3
    True
    """
    answered, wanted = Counter(words(answer)), Counter(words(gold))
    return _score((answered & wanted).total(), answered.total(), wanted.total())


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    found = words(text)
    if not found:
        return Counter()
    size = min(SHINGLE, len(found))
    return Counter(zip(*(found[start:] for start in range(size)), strict=False))


def shingle_score(answer: str, gold: str) -> Score:
    """The same over runs of four words as multisets: order counts (scrapinghub/article-extraction-benchmark).

    A text of fewer than four words is one shingle. Over a corpus that benchmark takes the mean precision and the mean
    recall and then their harmonic mean (`mean_of_means`), not the mean of the pages' F1.
    """
    answered, wanted = _shingles(answer), _shingles(gold)
    return _score((answered & wanted).total(), answered.total(), wanted.total())


def mean(scores: Iterable[Score]) -> Score:
    """The mean of each of the three over pages, as WCXB reports them; all 0 if there are none."""
    every = list(scores)
    count = max(1, len(every))
    return Score(
        sum(score.precision for score in every) / count,
        sum(score.recall for score in every) / count,
        sum(score.f1 for score in every) / count,
    )


def mean_of_means(scores: Iterable[Score]) -> Score:
    """Mean precision, mean recall, and F1 of these two (scrapinghub/article-extraction-benchmark)."""
    found = mean(scores)
    total = found.precision + found.recall
    return Score(found.precision, found.recall, 2 * found.precision * found.recall / total if total else 0.0)


def folded(text: str) -> str:
    r"""The text with each run of white space as one space: what segments are looked for in.

    >>> folded(" a\n\tb ")
    'a b'
    """
    return " ".join(text.split())


@dataclass(frozen=True)
class SegmentCounts:
    """Trafilatura's evaluation: how many must-have segments are there, and how many must-not-have ones are.

    Counts add up over pages (`a + b`); the figures are over all segments, not means over pages.
    """

    found: int = 0
    missed: int = 0
    wrong: int = 0
    avoided: int = 0

    def __add__(self, other: SegmentCounts) -> SegmentCounts:
        return SegmentCounts(
            self.found + other.found,
            self.missed + other.missed,
            self.wrong + other.wrong,
            self.avoided + other.avoided,
        )

    @property
    def score(self) -> Score:
        """Precision, recall and F over the segments."""
        return _score(self.found, self.found + self.wrong, self.found + self.missed)


def segment_counts(answer: str, must: Iterable[str], must_not: Iterable[str]) -> SegmentCounts:
    """Look for each segment in the answer, white space folded, case kept (trafilatura `tests/evaluate.py`)."""
    text = folded(answer)
    there = [folded(segment) in text for segment in must]
    leaked = [folded(segment) in text for segment in must_not]
    return SegmentCounts(sum(there), len(there) - sum(there), sum(leaked), len(leaked) - sum(leaked))
