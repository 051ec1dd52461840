"""How often the named filters are wrong on real pages: `python -m lab.precision`.

A cut is wrong as far as its words stand in the text that people marked as the page's main text. Which of a page's words
these are is found by alignment (`labels.align`), not by looking words up: "Home" in a menu is not the "home" of the third
paragraph. A block that loses a span is aligned in parts, so that a span is judged by itself.

A second, blunter count does without alignment: the words of the cuts that the gold text still wants when everything that
was kept has used up its own. It also takes chance for an error (a menu's "home" where the page keeps one "home" less
than the gold text has), so it is an upper bound that no alignment can talk down.

The corpora disagree on bylines, captions and related links, so a share of zero cannot be had; the targets are in
`TARGET` and `TARGET_OF_ALL`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np
import regex

from dechaff.cutting import apply_cuts
from dechaff.filters import REGISTRY
from dechaff.page import FAMILIES
from dechaff.reading import read
from lab import corpora, labels
from lab.metrics import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from dechaff.cutting import Outcome
    from dechaff.page import Filter, Page
    from lab.corpora import Sample

NAMED = FAMILIES[:-1]
"""The families with a name: all but the learned filter's."""

TARGET, TARGET_OF_ALL = 0.01, 0.005
"""The highest share of wrong words that a family, and all of them together, may have."""

GOLD = 0.5
"""A block of which the gold text took at least this share of words is content."""

_SHORT = 120
"""Longer blocks that nothing names are prose, and the learned filter's business."""

_NO_TEACHER = frozenset(
    ("0602", "0618", "2840", "2906", "2966", "3008", "4750", "4788", "4829", "4850", "4868", "4802", "4893")
)
"""WCXB pages whose gold text is empty or missing although a reader sees content: they cannot say what is wrong."""

_SWALLOWED = frozenset(("0614", "0651", "0655", "0656", "0659", "0711"))
"""WCXB pages whose gold text holds their cookie notice, hidden form labels or whole footer ("© 2026 ... All rights reserved",
"Return to top", "This field is for validation purposes"): found by reading, as the pages with the most wrong words."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One cut of one page, judged.

    Attributes:
        corpus, sample, site: the page.
        family, rule: what decided the cut.
        words: how many words went.
        judged: how many of them stand where the corpus says whether they are content: all, where it has a gold text.
        wrong: how many of them are content.
        wanted: how many of them the gold text still lacks beside what was kept.
        excerpt: the beginning of the wrong words; "" if there are none.
    """

    corpus: str
    sample: str
    site: str
    family: str
    rule: str
    words: int
    judged: int
    wrong: int
    wanted: int
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Missed:
    """A short block among the article's that is not in the gold text and that no named family cuts."""

    corpus: str
    sample: str
    site: str
    block: int
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one page."""

    verdicts: list[Verdict]
    missed: list[Missed]


@dataclass(slots=True)
class Count:
    """Sums over verdicts."""

    cuts: int = 0
    words: int = 0
    judged: int = 0
    wrong: int = 0
    wanted: int = 0
    pages: int = 0

    @property
    def share(self) -> float:
        """The share of wrong words among those that could be judged, 0 to 1."""
        return self.wrong / self.judged if self.judged else 0.0

    @property
    def strict_share(self) -> float:
        """The same by the blunter count."""
        return self.wanted / self.judged if self.judged else 0.0


def judge(sample: Sample, filters: Sequence[Filter] | None = None) -> Judged:
    """Run the filters (all named ones by default) over one page and compare what goes with what people wanted."""
    page = read(sample.html, kind="html", url=sample.url or None)
    used = [REGISTRY[name] for name in NAMED if name in REGISTRY] if filters is None else filters
    outcome = apply_cuts(page, [cut for each in used for cut in each.find(page)])
    units, places = _units(page, outcome)
    known = _labels(sample, units)
    by_unit = dict(zip(places, zip(units, known.tolist(), strict=True), strict=True))
    left = Counter(words(sample.gold or ""))
    for block, pieces in zip(page.blocks, outcome.pieces, strict=True):
        for begin, end in pieces:
            left.subtract(words(block.text[begin:end]))
    verdicts = []
    for cut in outcome.cuts:
        span = cut.start is not None
        parts = [by_unit[cut.first, cut.start or 0]] if span else [by_unit[n, 0] for n in range(cut.first, cut.last)]
        wrong = [text for text, label in parts if label >= GOLD]
        wanted = 0
        for word in words(cut.text) if sample.gold else ():
            wanted += left[word] > 0
            left[word] -= 1
        verdict = Verdict(
            sample.corpus,
            sample.id,
            sample.site,
            cut.family,
            cut.rule,
            len(words(cut.text)),
            sum(len(words(text)) for text, label in parts if not np.isnan(label)),
            sum(len(words(text)) for text in wrong),
            wanted,
            " ⏎ ".join(wrong)[:300],
        )
        verdicts.append(verdict)
    missed = list(_missed(sample, page, outcome, by_unit)) if sample.gold else []
    return Judged(verdicts, missed)


def _units(page: Page, outcome: Outcome) -> tuple[list[str], list[tuple[int, int]]]:
    """The page's blocks, those with cut spans in parts, and where each part begins: (block, character)."""
    spans: dict[int, set[int]] = defaultdict(set)
    for cut in outcome.cuts:
        if cut.start is not None and cut.end is not None:
            spans[cut.first].update((cut.start, cut.end))
    units, places = [], []
    for block in page.blocks:
        edges = sorted({0, len(block.text), *spans.get(block.index, ())})
        for begin, end in zip(edges, edges[1:] or edges, strict=False):
            units.append(block.text[begin:end])
            places.append((block.index, begin))
    return units, places


def _labels(sample: Sample, units: Sequence[str]) -> NDArray[np.float32]:
    if sample.gold is None:
        return labels.segments(units, sample.must, sample.must_not)
    return labels.align(units, sample.gold)


def _missed(
    sample: Sample, page: Page, outcome: Outcome, by_unit: dict[tuple[int, int], tuple[str, float]]
) -> Iterator[Missed]:
    content = [block.index for block in page.blocks if by_unit[block.index, 0][1] >= GOLD]
    for number in range(content[0], content[-1]) if content else ():
        text = page.blocks[number].text
        if outcome.pieces[number] and by_unit[number, 0][1] == 0 and len(text) < _SHORT:
            yield Missed(sample.corpus, sample.id, sample.site, number, text)


def usable(samples: Iterable[Sample]) -> list[Sample]:
    """Without the pages that cannot say what is wrong: no gold text and no segments, or a gold text that took in chaff."""
    return [
        sample
        for sample in samples
        if (sample.gold or sample.must or sample.must_not) and (sample.corpus, sample.id) not in _SKIPPED
    ]


_SKIPPED = {("wcxb", number) for number in _NO_TEACHER | _SWALLOWED}


def judge_all(
    samples: Sequence[Sample], filters: Sequence[Filter] | None = None, *, processes: int = 1
) -> list[Judged]:
    """Judge pages, with progress on stderr where it is a terminal's business (more than one process)."""
    work = partial(judge, filters=filters)
    if processes == 1:
        return [work(sample) for sample in samples]
    found: list[Judged] = []
    with get_context("spawn").Pool(processes) as pool:
        for done, judged in enumerate(pool.imap(work, samples, chunksize=8), 1):
            found.append(judged)
            if done % 100 == 0 or done == len(samples):
                print(f"{done} of {len(samples)} pages", file=sys.stderr)
    return found


def counts(verdicts: Iterable[Verdict], key: str) -> dict[str, Count]:
    """Sums by "family", "rule" (with its family), "language" (a phrase file, or the kind of evidence) or "corpus"."""
    sums: dict[str, Count] = defaultdict(Count)
    pages: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for verdict in verdicts:
        name = {
            "family": verdict.family,
            "rule": f"{verdict.family} {verdict.rule}",
            "language": verdict.rule.split(":")[0],
            "corpus": verdict.corpus,
            "all": "all",
        }[key]
        total = sums[name]
        total.cuts += 1
        total.words += verdict.words
        total.judged += verdict.judged
        total.wrong += verdict.wrong
        total.wanted += verdict.wanted
        pages[name].add((verdict.corpus, verdict.sample))
    for name, total in sums.items():
        total.pages = len(pages[name])
    return dict(sums)


_COLUMNS = f"{'pages':>6} {'cuts':>7} {'words':>8} {'judged':>8} {'wrong':>6} {'share':>7} {'strict':>7}"


def _line(name: str, total: Count, width: int) -> str:
    return (
        f"{name:{width}} {total.pages:6} {total.cuts:7} {total.words:8} {total.judged:8} {total.wrong:6} "
        f"{total.share:7.2%} {total.strict_share:7.2%}"
    )


def table(verdicts: Sequence[Verdict]) -> str:
    """The figures of each family and of all together, as text."""
    families = counts(verdicts, "family")
    lines = [f"{'family':14} {_COLUMNS}"]
    lines += [_line(name, families.get(name, Count()), 14) for name in NAMED if name in families]
    lines += [_line(name, total, 14) for name, total in families.items() if name not in NAMED]
    lines += [_line("all", total, 14) for total in counts(verdicts, "all").values()]
    return "\n".join(lines)


def over_target(verdicts: Sequence[Verdict]) -> list[str]:
    """The families whose share of wrong words is above `TARGET`, and "all" if the sum is above `TARGET_OF_ALL`."""
    found = [name for name, total in counts(verdicts, "family").items() if total.share > TARGET]
    return sorted(found) + [name for name, total in counts(verdicts, "all").items() if total.share > TARGET_OF_ALL]


def _print_worst(verdicts: Sequence[Verdict], count: int, excerpts: int) -> None:
    by_language = sorted(counts(verdicts, "language").items(), key=lambda item: -item[1].wrong)
    print("\nby language, or kind of evidence")
    for name, total in by_language:
        if total.wrong:
            print(_line(name, total, 14))
    wrong: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.wrong:
            wrong[f"{verdict.family} {verdict.rule}"].append(verdict)
    rules = counts(verdicts, "rule")
    print("\nthe rules with the most wrong words")
    for name in sorted(wrong, key=lambda name: (-rules[name].wrong, name))[:count]:
        print(_line(name, rules[name], 44))
        for verdict in sorted(wrong[name], key=lambda verdict: -verdict.wrong)[:excerpts]:
            print(f"    {verdict.corpus}/{verdict.sample} {verdict.wrong}/{verdict.words}: {verdict.excerpt[:200]}")


_NUMBER = regex.compile(r"\d+")


def _print_missed(missed: Iterable[Missed], count: int) -> None:
    """Group what nothing names by its words, over sites, because one site's label a thousand times is one label."""
    groups: dict[str, list[Missed]] = defaultdict(list)
    for each in missed:
        groups[_NUMBER.sub("#", " ".join(each.text.lower().split()))].append(each)
    sites = {text: len({each.site for each in group}) for text, group in groups.items()}
    print("\nnot cut, not in the gold text, among the article's blocks: sites, blocks, words")
    for text in sorted(groups, key=lambda text: (-sites[text], -len(groups[text]), text))[:count]:
        print(f"{sites[text]:4} {len(groups[text]):5}  {groups[text][0].corpus}/{groups[text][0].sample}  {text}")


def main() -> int:
    """Measure the named filters on real pages; 1 if a target is missed, 2 if there are no pages."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--corpus", action="append", choices=corpora.CORPORA, help="one or more (default: all)")
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="only every Nth page")
    parser.add_argument("--worst", type=int, default=40, metavar="N", help="how many rules with wrong words to show")
    parser.add_argument("--excerpts", type=int, default=3, metavar="N", help="how many wrong cuts to show of each rule")
    parser.add_argument("--missed", type=int, default=0, metavar="N", help="how many of the missed short lines to show")
    parser.add_argument("--rules", action="store_true", help="show the figures of every rule that cut anything")
    parser.add_argument("--processes", type=int, default=2, metavar="N")
    options = parser.parse_args()
    if corpora.folder() is None:
        print("no corpora: run `make corpora`, or name their folder in $DECHAFF_CORPORA", file=sys.stderr)
        return 2
    began = time.perf_counter()
    samples = [
        sample
        for name in options.corpus or corpora.CORPORA
        for sample in usable(corpora.load(name))[:: max(1, options.sample)]
    ]
    judged = judge_all(samples, processes=options.processes)
    verdicts = [verdict for page in judged for verdict in page.verdicts]
    print(f"{len(samples)} pages, {time.perf_counter() - began:.0f} s\n\n{table(verdicts)}\n")
    for name, total in counts(verdicts, "corpus").items():
        print(_line(name, total, 14))
    _print_worst(verdicts, options.worst, options.excerpts)
    if options.rules:
        print("\nall rules")
        for name, total in sorted(counts(verdicts, "rule").items(), key=lambda item: -item[1].words):
            print(_line(name, total, 44))
    if options.missed:
        _print_missed((each for page in judged for each in page.missed), options.missed)
    missed_targets = over_target(verdicts)
    print(f"\nabove the target: {', '.join(missed_targets) or 'nothing'}")
    return 1 if missed_targets else 0


if __name__ == "__main__":
    raise SystemExit(main())
