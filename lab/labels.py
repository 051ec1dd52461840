"""Block labels from what the corpora give: a gold text, or only segments that have to be there or may not.

A gold text is a string, a page is blocks. `align` finds which of the page's words the gold text took. One longest
common subsequence over the whole page is not enough: it takes menu words for the article's, cannot follow a gold text
that has a page's parts in another order, and picks words from both copies of a text that a page has twice. So long
common runs are placed first, the longest first and in any order (greedy string tiling: Wise 1993), and a common
subsequence only fills what lies between neighbouring runs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import regex
from rapidfuzz.distance import LCSseq

from lab.metrics import folded, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
_TOKEN = regex.compile(rf"[{_UNSPACED}]|[\w--[{_UNSPACED}]]+", regex.VERSION1)

_SHORTEST = 4
"""Tokens in the shortest run that is believed by itself."""

_ROUNDS = (24, 12, 7, _SHORTEST)
"""Runs of at least so many tokens are placed in each round; later rounds know where the earlier ones lie."""

_MOST_PAIRS = 60_000
"""A 4-gram with more pairs of places than this (a button's label on every card) starts no run; it may be in one."""

_FAR = 250
"""Further than so many tokens from where its neighbours lie, a run shorter than `_FREE` is taken for coincidence."""

_FREE = 8
"""So many tokens in a row are no coincidence wherever they are."""


def tokens(text: str) -> list[str]:
    """What is aligned: lower-case words, and single characters of the scripts that put no space between words.

    >>> tokens("Das WLAN, 東京")
    ['das', 'wlan', '東', '京']
    """
    found: list[str] = _TOKEN.findall(text.lower())
    return found


@dataclass
class _Sides:
    """The two token sequences as numbers, and for each token the place on the other side it was matched with, or -1."""

    page: NDArray[np.int32]
    gold: NDArray[np.int32]
    in_gold: NDArray[np.int32]
    in_page: NDArray[np.int32]

    def match(self, page_at: int, gold_at: int, size: int) -> None:
        self.in_gold[page_at : page_at + size] = np.arange(gold_at, gold_at + size)
        self.in_page[gold_at : gold_at + size] = np.arange(page_at, page_at + size)


def align(block_texts: Sequence[str], gold: str) -> NDArray[np.float32]:
    """For each block the share of its tokens that the gold text took from it, 0 to 1.

    Each token of the gold text is matched at most once, so of two copies of a text on a page one has the label 1. A block
    without any token (a bullet, a dash) has the lower label of the blocks around it.

    >>> align(["Home", "A cat sat on the mat.", "More"], "A cat sat on the mat").tolist()
    [0.0, 1.0, 0.0]
    """
    page_tokens: list[str] = []
    sizes = np.zeros(len(block_texts), dtype=np.int64)
    for index, text in enumerate(block_texts):
        found = tokens(text)
        sizes[index] = len(found)
        page_tokens += found
    gold_tokens = tokens(gold)
    if not page_tokens or not gold_tokens:
        return np.zeros(len(block_texts), dtype=np.float32)
    sides = _as_numbers(page_tokens, gold_tokens)
    for shortest in _ROUNDS:
        _place_runs(sides, shortest)
    _fill_gaps(sides)
    matched = np.concatenate(([0], np.cumsum(sides.in_gold >= 0)))
    ends = np.cumsum(sizes)
    counts = matched[ends] - matched[ends - sizes]
    labels = (counts / np.maximum(sizes, 1)).astype(np.float32)
    return _label_tokenless(labels, sizes)


def _label_tokenless(labels: NDArray[np.float32], sizes: NDArray[np.int64]) -> NDArray[np.float32]:
    full = np.flatnonzero(sizes)
    empty = np.flatnonzero(sizes == 0)
    if len(empty) and len(full):
        after = np.searchsorted(full, empty)
        before = labels[full[np.maximum(after - 1, 0)]]
        behind = labels[full[np.minimum(after, len(full) - 1)]]
        labels[empty] = np.minimum(before, behind)
    return labels


def _as_numbers(page_tokens: list[str], gold_tokens: list[str]) -> _Sides:
    """Number the gold's tokens; a page's token that the gold lacks is -1, a gold's that the page lacks is matched never."""
    numbers = {token: number for number, token in enumerate(dict.fromkeys(gold_tokens))}
    page = np.fromiter((numbers.get(token, -1) for token in page_tokens), np.int32, len(page_tokens))
    gold = np.fromiter((numbers[token] for token in gold_tokens), np.int32, len(gold_tokens))
    return _Sides(page, gold, np.full(len(page), -1, np.int32), np.full(len(gold), -1, np.int32))


def _grams(values: NDArray[np.int32], taken: NDArray[np.int32]) -> NDArray[np.int64]:
    """A number for the run of `_SHORTEST` tokens at each place, -1 where a token is unknown or already matched."""
    count = len(values) - _SHORTEST + 1
    if count <= 0:
        return np.empty(0, np.int64)
    free = (values >= 0) & (taken < 0)
    grams = np.zeros(count, np.int64)
    usable = np.ones(count, bool)
    for offset in range(_SHORTEST):
        # Vocabularies stay below 2**20, so the product overflows 63 bits only by wrapping: a rare collision, and
        # `_place_runs` compares the tokens themselves.
        grams = grams * 1_048_583 + values[offset : offset + count]
        usable &= free[offset : offset + count]
    return np.where(usable, grams & 0x7FFF_FFFF_FFFF_FFFF, -1)


def _pairs(page: NDArray[np.int64], gold: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All places (in the page, in the gold) at which the same gram stands."""
    page_at, gold_at = np.flatnonzero(page >= 0), np.flatnonzero(gold >= 0)
    page_at = page_at[np.argsort(page[page_at], kind="stable")]
    gold_at = gold_at[np.argsort(gold[gold_at], kind="stable")]
    page_sorted, gold_sorted = page[page_at], gold[gold_at]
    low = np.searchsorted(gold_sorted, page_sorted, "left")
    times = np.searchsorted(gold_sorted, page_sorted, "right") - low
    often = np.searchsorted(page_sorted, page_sorted, "right") - np.searchsorted(page_sorted, page_sorted, "left")
    times = np.where(times * often > _MOST_PAIRS, 0, times)
    total = int(times.sum())
    starts = np.repeat(low - np.concatenate(([0], np.cumsum(times)[:-1])), times) if total else np.empty(0, np.int64)
    return np.repeat(page_at, times), gold_at[starts + np.arange(total)]


def _place_runs(sides: _Sides, shortest: int) -> None:
    """Match the longest common runs first, as long as they have `shortest` tokens; of equals the one in its place."""
    page_at, gold_at = _pairs(_grams(sides.page, sides.in_gold), _grams(sides.gold, sides.in_page))
    if not len(page_at):
        return
    # Pairs on one diagonal that follow each other are one run.
    order = np.lexsort((page_at, page_at - gold_at))
    page_at, gold_at = page_at[order], gold_at[order]
    begins = np.ones(len(page_at), bool)
    begins[1:] = (np.diff(page_at) != 1) | (np.diff(page_at - gold_at) != 0)
    first = np.flatnonzero(begins)
    sizes = np.diff(np.append(first, len(page_at))) + _SHORTEST - 1
    page_first, gold_first = page_at[first], gold_at[first]
    enough = sizes >= shortest
    page_first, gold_first, sizes = page_first[enough], gold_first[enough], sizes[enough]
    away = _away(sides, page_first, gold_first, sizes)
    order = np.lexsort((page_first, away, -(sizes - np.minimum(away, _FAR) / _FAR * _SHORTEST)))
    for run in order:
        start, at, size, far = int(page_first[run]), int(gold_first[run]), int(sizes[run]), float(away[run])
        for offset, length in _free_parts(sides, start, at, size):
            if length >= shortest and (length >= _FREE or far <= _FAR):
                sides.match(start + offset, at + offset, length)


def _away(
    sides: _Sides, page_first: NDArray[np.int64], gold_first: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How many tokens each run is from where the nearest matched gold tokens before and behind it say it would be."""
    known = np.flatnonzero(sides.in_page >= 0)
    if not len(known):
        return np.zeros(len(page_first))
    behind = np.searchsorted(known, gold_first)
    before = known[np.maximum(behind - 1, 0)]
    after = known[np.minimum(behind, len(known) - 1)]
    from_before = page_first - sides.in_page[before] - (gold_first - before)
    from_after = sides.in_page[after] - (page_first + sizes) - (after - gold_first - sizes)
    nearest: NDArray[np.float64] = np.minimum(np.abs(from_before), np.abs(from_after)).astype(np.float64)
    return nearest


def _free_parts(sides: _Sides, start: int, at: int, size: int) -> list[tuple[int, int]]:
    """The parts of a run that nothing has matched yet, as (offset, length), without tokens that only their hash equals."""
    free = sides.in_gold[start : start + size] < 0
    free &= sides.in_page[at : at + size] < 0
    free &= sides.page[start : start + size] == sides.gold[at : at + size]
    if free.all():
        return [(0, size)]
    edges = np.flatnonzero(np.diff(np.concatenate(([0], free.view(np.int8), [0]))))
    return [(int(begin), int(end - begin)) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


def _fill_gaps(sides: _Sides) -> None:
    """Match what the gold has between two runs with what the page has there, however short it is.

    Only there may one word count: the same word in a menu at the other end of the page is chance. A gap of the page may
    be longer than the gold's, because furniture stands in it, but where the order is broken only the
    neighbourhood of either run is searched.
    """
    known = np.flatnonzero(sides.in_page >= 0)
    if not len(known):
        _fill(sides, 0, len(sides.page), 0, len(sides.gold))
        return
    places = sides.in_page[known]
    bounds = [-1, *known.tolist(), len(sides.gold)]
    page_bounds = [-1, *places.tolist(), len(sides.page)]
    for index in range(len(bounds) - 1):
        gold_from, gold_to = bounds[index] + 1, bounds[index + 1]
        wanted = gold_to - gold_from
        if wanted <= 0:
            continue
        page_from, page_to = page_bounds[index] + 1, page_bounds[index + 1]
        reach = 3 * wanted + 30
        inner = 0 < index < len(bounds) - 2
        if inner and 0 <= page_to - page_from <= 2 * reach:
            _fill(sides, page_from, page_to, gold_from, gold_to)
            continue
        if index > 0:
            gold_from = _fill(sides, page_from, min(page_from + reach, len(sides.page)), gold_from, gold_to)
        if index < len(bounds) - 2 and gold_from < gold_to:
            _fill(sides, max(page_to - reach, 0), page_to, gold_from, gold_to)


def _fill(sides: _Sides, page_from: int, page_to: int, gold_from: int, gold_to: int) -> int:
    """Match by common subsequence inside the two windows; returns the first gold place behind the last match."""
    free = [at for at in range(page_from, page_to) if sides.in_gold[at] < 0 and sides.page[at] >= 0]
    if not free or gold_from >= gold_to:
        return gold_from
    page = sides.page[free].tolist()
    gold = sides.gold[gold_from:gold_to].tolist()
    reached = gold_from
    for code in LCSseq.opcodes(page, gold):
        if code.tag == "equal":
            for offset in range(code.src_end - code.src_start):
                sides.match(free[code.src_start + offset], gold_from + code.dest_start + offset, 1)
            reached = gold_from + code.dest_end
    return reached


def segments(block_texts: Sequence[str], must: Iterable[str], must_not: Iterable[str]) -> NDArray[np.float32]:
    """Partial labels: 1 for a block that holds (part of) a must-have segment, 0 for a must-not-have one, nan elsewhere.

    White space is folded and a segment may go over block borders. A must-have segment that is in several places says
    nothing about which of them is meant, so it labels only if it is in one; a must-not-have segment labels all its
    places. A block that holds both kinds stays nan: neither cutting nor keeping it is right.
    """
    texts = [folded(text) for text in block_texts]
    starts: list[int] = []
    length = 0
    for text in texts:
        starts.append(length)
        length += len(text) + 1
    page = " ".join(texts)
    labels = np.full(len(texts), np.nan, dtype=np.float32)
    begin = np.asarray(starts, dtype=np.int64)
    ends = begin + np.asarray([len(text) for text in texts], dtype=np.int64)
    wanted, unwanted = np.zeros(len(texts), bool), np.zeros(len(texts), bool)
    for segment in must:
        places = _places(page, folded(segment))
        if len(places) == 1:
            wanted |= (begin < places[0][1]) & (ends > places[0][0])
    for segment in must_not:
        for low, high in _places(page, folded(segment)):
            unwanted |= (begin < high) & (ends > low)
    labels[wanted & ~unwanted] = 1.0
    labels[unwanted & ~wanted] = 0.0
    return labels


def _places(page: str, segment: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = page.find(segment) if segment else -1
    while at >= 0:
        found.append((at, at + len(segment)))
        at = page.find(segment, at + len(segment))
    return found


def oracle(block_texts: Sequence[str], gold: str, threshold: float, labels: NDArray[np.float32] | None = None) -> float:
    """Word F1 of choosing exactly the blocks whose label is at least `threshold`: what no choice of blocks beats by much.

    Args:
        block_texts: the page.
        gold: its main text.
        threshold: 0 to 1, exclusive of 0.
        labels: what `align` gives, if it is known already.
    """
    if labels is None:
        labels = align(block_texts, gold)
    chosen = Counter[str]()
    for text, label in zip(block_texts, labels, strict=True):
        if label >= threshold:
            chosen.update(words(text))
    wanted = Counter(words(gold))
    total = chosen.total() + wanted.total()
    return 2 * (chosen & wanted).total() / total if total else 1.0


def main() -> int:
    """Measure the oracle on WCXB and news and name the pages on which it is worst."""
    from dechaff.reading.html import read_html
    from lab.corpora import load

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--corpus", default="wcxb", choices=("wcxb", "news"))
    parser.add_argument("--worst", type=int, default=15, help="how many of the worst pages to name")
    options = parser.parse_args()
    thresholds = (0.3, 0.4, 0.5, 0.6)
    rows: list[tuple[str, str, list[float]]] = []
    began = time.perf_counter()
    for sample in load(options.corpus):
        if sample.gold is None:
            continue
        texts = [block.text for block in read_html(sample.html.decode("utf-8", "replace")).blocks]
        labels = align(texts, sample.gold)
        rows.append((sample.id, sample.page_type, [oracle(texts, sample.gold, at, labels) for at in thresholds]))
    took = time.perf_counter() - began
    scores = np.array([row[2] for row in rows])
    print(f"{len(rows)} pages, {took / max(1, len(rows)) * 1000:.0f} ms a page")
    for kind in ("all", *sorted({row[1] for row in rows})):
        of_kind = np.array([kind in ("all", row[1]) for row in rows])
        figures = "  ".join(f"{at}: {scores[of_kind, i].mean():.4f}" for i, at in enumerate(thresholds))
        print(f"{kind:14} {int(of_kind.sum()):5}  {figures}")
    for name, kind, found in sorted(rows, key=lambda row: max(row[2]))[: options.worst]:
        print(f"{name:34} {kind:14} {max(found):.3f}", file=sys.stdout)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
