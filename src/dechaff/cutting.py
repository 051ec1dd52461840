"""Cutting: the only code that removes anything.

Filters propose cuts of an untouched page. Here the proposals are checked, the keep rules and the over-cut guard refuse
some, and the rest is merged so that each removed word has exactly one reason. What is then left is decided by the cuts
alone: applying `Cleaned.cuts` to the page again gives the same result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dechaff.page import Cut, Veto

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dechaff.page import Block, Credit, Page


@dataclass(slots=True)
class Outcome:
    """What the engine decided.

    Attributes:
        cuts: the merged cuts in reading order; no two of them share a word.
        vetoed: the proposals, or the parts of proposals, that were refused.
        pieces: for each block the ranges of its text that stay; an empty list for a block that goes.
        removed: for a text source the ranges of it that go, in order and disjoint; without them it is the clean text.
        credits: what is known from the words that went, in reading order, whichever cut took them.
    """

    cuts: list[Cut]
    vetoed: list[Veto]
    pieces: list[list[tuple[int, int]]]
    removed: list[tuple[int, int]]
    credits: list[Credit]


def apply_cuts(page: Page, proposals: Iterable[Cut], protected: Sequence[str | None] = ()) -> Outcome:
    """Merge proposals into cuts.

    Args:
        page: what the proposals are about; it is not changed.
        proposals: cuts from any number of filters, in any order; the order makes no difference.
        protected: for each block the name of the keep rule that protects it, None for the others; empty for no rules.

    Raises:
        ValueError: a proposal lies outside the page.
    """
    allowed, vetoed = _refuse(page, sorted(set(proposals), key=_order), protected)
    owners = _owners(len(page.blocks), allowed)
    whole = _whole_cuts(page, owners)
    spans, pieces = _span_cuts(page, owners, allowed)
    cuts = sorted(whole + spans, key=lambda cut: (cut.first, cut.start or 0))
    removed: list[tuple[int, int]] = []
    if page.kind == "text":
        cuts = [_exact(page, cut) for cut in cuts]
        removed = _removed(page, pieces)
    return Outcome(cuts, sorted(vetoed, key=lambda veto: _order(veto.cut)), pieces, removed, _credits(allowed))


def _credits(cuts: list[Cut]) -> list[Credit]:
    """The credits of all cuts that are made; of several that read the same words, those of the strongest.

    A caption that goes as a whole takes its photographer along: who they are is known all the same.
    """
    reading: list[Cut] = []
    for cut in sorted((cut for cut in cuts if cut.credits), key=_strength, reverse=True):
        if not any(_share_words(cut, other) for other in reading):
            reading.append(cut)
    found = [credit for cut in sorted(reading, key=_order) for credit in cut.credits]
    return list(dict.fromkeys(found))


def _share_words(cut: Cut, other: Cut) -> bool:
    if cut.start is None or other.start is None:
        return cut.first < other.last and other.first < cut.last
    return cut.first == other.first and cut.start < (other.end or 0) and other.start < (cut.end or 0)


def _order(cut: Cut) -> tuple[int, int, int, int, str, str, float]:
    return (cut.first, cut.last, cut.start or 0, cut.end or 0, cut.family, cut.rule, cut.confidence)


def _strength(cut: Cut) -> tuple[bool, float, int, str, str]:
    """Which of several reasons for one removal is given: a name before a score, the surer, the narrower."""
    return (cut.family != "boilerplate", cut.confidence, cut.first - cut.last, cut.family, cut.rule)


def _refuse(page: Page, cuts: list[Cut], protected: Sequence[str | None]) -> tuple[list[Cut], list[Veto]]:
    allowed: list[Cut] = []
    vetoed: list[Veto] = []
    count = len(page.blocks)
    for cut in cuts:
        if not 0 <= cut.first < cut.last <= count or (cut.start is not None and cut.last != cut.first + 1):
            raise ValueError(
                f"the filter {cut.family!r} (rule {cut.rule!r}) cuts blocks {cut.first}:{cut.last} of a page of {count}; "
                "a cut is a range of blocks inside the page, or a range of characters inside one block"
            )
        if not protected or not any(protected[cut.first : cut.last]):
            allowed.append(cut)
            continue
        begin = cut.first
        for number in range(cut.first, cut.last):
            name = protected[number]
            if name:
                vetoed.append(
                    Veto(replace(cut, first=number, last=number + 1, text=_cut_text(page, cut, number)), name)
                )
                if begin < number:
                    allowed.append(replace(cut, first=begin, last=number, credits=()))
                begin = number + 1
        if begin < cut.last:
            allowed.append(replace(cut, first=begin, credits=()))
    return allowed, vetoed


def _cut_text(page: Page, cut: Cut, number: int) -> str:
    text = page.blocks[number].text
    return text if cut.start is None else text[cut.start : cut.end]


def _owners(count: int, cuts: list[Cut]) -> list[Cut | None]:
    """For each block the cut that removes the whole of it, None where none does."""
    owners: list[Cut | None] = [None] * count
    # The weakest writes first and the strongest last; a block is written once per nested cut, and cuts nest as boxes do.
    for cut in sorted((cut for cut in cuts if cut.start is None), key=_strength):
        owners[cut.first : cut.last] = [cut] * (cut.last - cut.first)
    return owners


def _whole_cuts(page: Page, owners: list[Cut | None]) -> list[Cut]:
    cuts: list[Cut] = []
    number = 0
    while number < len(owners):
        owner = owners[number]
        if owner is None:
            number += 1
            continue
        last = number + 1
        while last < len(owners) and owners[last] is owner:
            last += 1
        text = "\n".join(block.text for block in page.blocks[number:last])
        cuts.append(replace(owner, first=number, last=last, text=text))
        number = last
    return cuts


def _span_cuts(page: Page, owners: list[Cut | None], cuts: list[Cut]) -> tuple[list[Cut], list[list[tuple[int, int]]]]:
    by_block: dict[int, list[Cut]] = {}
    for cut in cuts:
        if cut.start is not None and owners[cut.first] is None:
            by_block.setdefault(cut.first, []).append(cut)
    made: list[Cut] = []
    pieces: list[list[tuple[int, int]]] = []
    for block in page.blocks:
        if owners[block.index] is not None:
            pieces.append([])
        elif block.index in by_block:
            spans = _disjoint(block, by_block[block.index])
            made += spans
            pieces.append(_between(block.text, spans))
        else:
            pieces.append([(0, len(block.text))])
    return made, pieces


def _disjoint(block: Block, cuts: list[Cut]) -> list[Cut]:
    """The cuts of spans in one block without overlaps: the stronger keeps its range, the weaker what is left of it."""
    length = len(block.text)
    taken: list[Cut] = []
    for cut in sorted(cuts, key=_strength, reverse=True):
        ranges = [(max(0, min(cut.start or 0, length)), max(0, min(length if cut.end is None else cut.end, length)))]
        for other in taken:
            begin, end = other.start or 0, other.end or 0
            ranges = [
                part
                for low, high in ranges
                for part in ((low, min(high, begin)), (max(low, end), high))
                if part[0] < part[1]
            ]
        taken += [replace(cut, start=low, end=high, text=block.text[low:high]) for low, high in ranges if low < high]
    return sorted(taken, key=lambda cut: cut.start or 0)


def _between(text: str, spans: list[Cut]) -> list[tuple[int, int]]:
    """What stays of a block around its cut spans, without the white space that only the removed words had needed."""
    edges = [0, *(edge for cut in spans for edge in (cut.start or 0, cut.end or 0)), len(text)]
    pieces: list[tuple[int, int]] = []
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        begin, end = low, high
        if begin == 0 or not pieces:
            while begin < end and text[begin].isspace():
                begin += 1
        if end == len(text) or not text[end:].strip():
            while end > begin and text[end - 1].isspace():
                end -= 1
        if pieces and begin < end and text[pieces[-1][1] - 1].isspace():
            while begin < end and text[begin].isspace():
                begin += 1
        if begin < end:
            pieces.append((begin, end))
    if pieces:
        begin, end = pieces[-1]
        while end > begin and end != len(text) and text[end - 1].isspace():
            end -= 1
        pieces[-1] = (begin, end)
    return pieces


def _exact(page: Page, cut: Cut) -> Cut:
    """The cut of a text source with its range of the source, and that range as its words."""
    begin, end = page.blocks[cut.first].start, page.blocks[cut.last - 1].end
    if cut.start is not None and cut.end is not None:
        begin, end = begin + cut.start, begin + cut.end
    return replace(cut, span=(begin, end), text=page.source[begin:end])


def _removed(page: Page, pieces: list[list[tuple[int, int]]]) -> list[tuple[int, int]]:
    """The ranges of a text source that go, in order: the cuts, with the white space that only they had needed."""
    removed: list[tuple[int, int]] = []
    blocks = page.blocks
    number = 0
    while number < len(blocks):
        if pieces[number]:
            start = blocks[number].start
            edges = [0, *(edge for piece in pieces[number] for edge in piece), len(blocks[number].text)]
            removed += [
                (start + low, start + high) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high
            ]
            number += 1
            continue
        last = number + 1
        while last < len(blocks) and not pieces[last]:
            last += 1
        removed.append(_run_range(page, number, last))
        number = last
    return removed


def _run_range(page: Page, first: int, last: int) -> tuple[int, int]:
    """The range of the source that goes with a run of lines: of the blank space around it the larger part stays."""
    source, blocks = page.source, page.blocks
    begin, end = blocks[first].start, blocks[last - 1].end
    if first == 0:
        return 0, blocks[last].start if last < len(blocks) else len(source)
    before = source[blocks[first - 1].end : begin]
    if last == len(blocks):
        return begin - len(before), end
    after = source[end : blocks[last].start]
    if _breaks(before) > _breaks(after):
        return begin - len(before) + _past_last_break(before), end + _past_last_break(after)
    return begin - len(before), end


_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


def _breaks(gap: str) -> int:
    return len(gap.splitlines())


def _past_last_break(gap: str) -> int:
    return max(gap.rfind(end) for end in _LINE_ENDS) + 1


def protect(page: Page, rules: Sequence[tuple[str, Callable[[Block], bool]]]) -> list[str | None]:
    """For each block the name of the first keep rule that wants it, None where none does."""
    return [next((name for name, wants in rules if wants(block)), None) for block in page.blocks]
