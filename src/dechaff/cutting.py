"""Cutting: the only code that removes anything.

Filters propose cuts of an untouched page. Here the proposals are checked, the keep rules and the over-cut guard refuse
some, and the rest is merged so that each removed word has exactly one reason. What is then left is decided by the cuts
alone: applying `Cleaned.cuts` to the page again gives the same result.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from dechaff.page import Cut, Veto

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dechaff.page import Block, Credit, Page


@dataclass(slots=True)
class Outcome:
    """What the engine decided.

    Attributes:
        cuts: the merged cuts in reading order; no two of them share a word.
        vetoed: the proposals, or the parts of proposals, that were refused.
        pieces: for each block the ranges of its text that stay; an empty list for a block that goes.
        removed: for text and Markdown the ranges of it that go, in order and disjoint; without them it is the clean text.
        credits: what is known from the words that went, in reading order, whichever cut took them.
    """

    cuts: list[Cut]
    vetoed: list[Veto]
    pieces: list[Sequence[tuple[int, int]]]
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
    allowed, vetoed = _refuse(page, _in_order(proposals), protected)
    owners = _owners(len(page.blocks), allowed)
    vetoed += _give_back(page, owners, protected)
    whole = _whole_cuts(page, owners)
    spans, pieces = _span_cuts(page, owners, allowed)
    cuts = sorted(whole + spans, key=lambda cut: (cut.first, cut.start or 0))
    removed: list[tuple[int, int]] = []
    if page.kind != "html":
        from dechaff.ranges import exact_cuts, removed_ranges  # noqa: PLC0415  # HTML has no ranges

        cuts = exact_cuts(page, cuts, pieces)
        removed = removed_ranges(page, pieces)
    return Outcome(cuts, sorted(vetoed, key=lambda veto: _order(veto.cut)), pieces, removed, _credits(allowed))


def _credits(cuts: list[Cut]) -> list[Credit]:
    """The credits of all cuts that are made, which come by their places; of several that read the same words, those of the strongest.

    A caption that goes as a whole takes its photographer along: who they are is known all the same.
    """
    found: dict[tuple[Credit, ...], None] = {}
    together: list[Cut] = []
    last = 0  # of the blocks of those together
    for cut in cuts:
        if not cut.credits:
            continue
        if cut.first >= last:
            found.update(dict.fromkeys(one.credits for one in _reading(together)))
            together = []
        together.append(cut)
        last = max(last, cut.last)
    found.update(dict.fromkeys(one.credits for one in _reading(together)))
    return list(dict.fromkeys(credit for known in found for credit in known))


def _reading(cuts: list[Cut]) -> list[Cut]:
    """Of cuts that may share words those whose credits count, in their order."""
    if len(cuts) < 2:
        return cuts
    read: dict[int, list[Cut]] = {}  # by block
    reading: set[int] = set()
    for cut in sorted(cuts, key=_strength, reverse=True):
        if any(_share_words(cut, other) for number in range(cut.first, cut.last) for other in read.get(number, ())):
            continue
        reading.add(id(cut))
        for number in range(cut.first, cut.last):
            read.setdefault(number, []).append(cut)
    return [cut for cut in cuts if id(cut) in reading]


def _share_words(cut: Cut, other: Cut) -> bool:
    """Whether two cuts that have a block in common have words in common."""
    if cut.start is None or other.start is None:
        return True
    return cut.start < (other.end or 0) and other.start < (cut.end or 0)


def _in_order(proposals: Iterable[Cut]) -> list[Cut]:
    """The different ones of them, by their places."""
    ordered: list[Cut] = []
    for _, beginning in groupby(sorted(proposals, key=_first), _first):
        cuts = list(beginning)
        if len(cuts) > 1:
            different = {_order(cut): cut for cut in cuts}
            cuts = [different[key] for key in sorted(different)]
        ordered += cuts
    return ordered


def _first(cut: Cut) -> int:
    return cut.first


def _order(cut: Cut) -> tuple[object, ...]:
    """Where a proposal stands among the others: two that have the same place are the same."""
    return (
        cut.first,
        cut.last,
        -1 if cut.start is None else cut.start,
        -1 if cut.end is None else cut.end,
        cut.family,
        cut.rule,
        cut.confidence,
        _names(cut.credits) if cut.credits else (),
    )


def _strength(cut: Cut) -> tuple[object, ...]:
    """Which of several reasons for one removal is given: a name before a score, the surer, the narrower, the one that knows more."""
    return (
        cut.family != "boilerplate",
        cut.confidence,
        cut.first - cut.last,
        cut.family,
        cut.rule,
        _names(cut.credits) if cut.credits else (),
    )


def _names(found: Iterable[Credit]) -> tuple[tuple[str, ...], ...]:
    """Credits as something that has an order."""
    return tuple((one.role, one.name, one.language or "", one.text) for one in found)


def _refuse(page: Page, cuts: list[Cut], protected: Sequence[str | None]) -> tuple[list[Cut], list[Veto]]:
    """Check the cuts, and refuse the spans in protected blocks. A longer cut may stay in part, and then knows no credits."""
    allowed: list[Cut] = []
    vetoed: list[Veto] = []
    count = len(page.blocks)
    guarded = [number for number, name in enumerate(protected) if name]
    for cut in cuts:
        if not 0 <= cut.first < cut.last <= count or (cut.start is not None and cut.last != cut.first + 1):
            raise ValueError(
                f"the filter {cut.family!r} (rule {cut.rule!r}) cuts blocks {cut.first}:{cut.last} of a page of {count}; "
                "a cut is a range of blocks inside the page, or a range of characters inside one block"
            )
        if not guarded or bisect_left(guarded, cut.first) == bisect_left(guarded, cut.last):
            allowed.append(cut)
        elif cut.start is None:
            allowed.append(replace(cut, credits=()))
        else:
            vetoed.append(_veto(page, cut, cut.first, protected))
    return allowed, vetoed


def _give_back(page: Page, owners: list[Cut | None], protected: Sequence[str | None]) -> list[Veto]:
    """Take the protected blocks from the cuts that own them. Each is one veto: its strongest reason, as for what goes."""
    vetoed: list[Veto] = []
    for number, name in enumerate(protected):
        owner = owners[number]
        if name and owner is not None:
            vetoed.append(_veto(page, owner, number, protected))
            owners[number] = None
    return vetoed


def _veto(page: Page, cut: Cut, number: int, protected: Sequence[str | None]) -> Veto:
    text = page.blocks[number].text
    text = text if cut.start is None else text[cut.start : cut.end]
    return Veto(replace(cut, first=number, last=number + 1, text=text), protected[number] or "")


def _owners(count: int, cuts: list[Cut]) -> list[Cut | None]:
    """For each block the cut that removes the whole of it, None where none does."""
    owners: list[Cut | None] = [None] * count
    # The strongest takes its blocks first. Where a block is taken, `free` leads on to the next one that may not be, so that each
    # is written once, however cuts nest.
    free = list(range(count + 1))
    whole = [cut for cut in cuts if cut.start is None]
    for cut in sorted((cut for cut in whole if cut.last - cut.first > 1), key=_strength)[::-1]:
        number = _next_free(free, cut.first)
        while number < cut.last:
            owners[number] = cut
            free[number] = number + 1
            number = _next_free(free, number)
    # Most are of one block: it is asked only whether they are stronger than what has it.
    for cut in whole:
        if cut.last - cut.first == 1:
            owner = owners[cut.first]
            if owner is None or _strength(cut) > _strength(owner):
                owners[cut.first] = cut
    return owners


def _next_free(free: list[int], number: int) -> int:
    """The first free place from `number` on; the way there is halved for who comes after."""
    while free[number] != number:
        free[number] = free[free[number]]
        number = free[number]
    return number


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
        text, span = "", None
        if page.kind == "text":
            span = (page.blocks[number].start, page.blocks[last - 1].end)
            text = page.source[span[0] : span[1]]
        elif page.kind == "html":
            text = "\n".join([block.text for block in page.blocks[number:last]])
        cuts.append(
            Cut(number, last, owner.family, owner.rule, owner.confidence, None, None, text, span, owner.credits)
        )
        number = last
    return cuts


def _span_cuts(
    page: Page, owners: list[Cut | None], cuts: list[Cut]
) -> tuple[list[Cut], list[Sequence[tuple[int, int]]]]:
    by_block: dict[int, list[Cut]] = {}
    for cut in cuts:
        if cut.start is not None and owners[cut.first] is None:
            by_block.setdefault(cut.first, []).append(cut)
    made: list[Cut] = []
    # Blocks of one length share what says that all of them stays: a page of short lines has few lengths.
    lengths = [len(block.text) if owner is None else -1 for block, owner in zip(page.blocks, owners, strict=True)]
    staying: dict[int, Sequence[tuple[int, int]]] = {length: [(0, length)] for length in set(lengths)}
    staying[-1] = []
    pieces = [staying[length] for length in lengths]
    for number in sorted(by_block):
        block = page.blocks[number]
        if spans := _disjoint(page, block, by_block[number]):
            made += spans
            pieces[number] = remaining(block.text, spans)
    return made, pieces


def _part(page: Page, block: Block, cut: Cut, start: int, end: int) -> Cut:
    """The part of a span's cut that is made. Where a block is a range of the source as it stands, so is a part of it."""
    exact = page.kind == "text" and not block.places
    return Cut(
        cut.first,
        cut.last,
        cut.family,
        cut.rule,
        cut.confidence,
        start,
        end,
        block.text[start:end],
        (block.start + start, block.start + end) if exact else None,
        cut.credits,
    )


def _disjoint(page: Page, block: Block, cuts: list[Cut]) -> list[Cut]:
    """The cuts of spans in one block without overlaps: the stronger keeps its range, the weaker what is left of it.

    They are given in the order of their places.
    """
    length = len(block.text)
    ranges = [
        (max(0, min(cut.start or 0, length)), max(0, min(length if cut.end is None else cut.end, length)))
        for cut in cuts
    ]
    if all(low < high for low, high in ranges) and all(one[1] <= other[0] for one, other in pairwise(ranges)):
        return [_part(page, block, cut, low, high) for cut, (low, high) in zip(cuts, ranges, strict=True)]
    made: list[Cut] = []
    covered: list[tuple[int, int]] = []  # what the stronger have taken, in order, disjoint
    for cut, (low, high) in sorted(zip(cuts, ranges, strict=True), key=_strength_of_first, reverse=True):
        if low >= high:
            continue
        before = bisect_right(covered, low, key=_end_of)
        after = bisect_left(covered, high, lo=before, key=_begin_of)
        begin = low
        for other in covered[before:after]:
            if begin < other[0]:
                made.append(_part(page, block, cut, begin, other[0]))
            begin = max(begin, other[1])
        if begin < high:
            made.append(_part(page, block, cut, begin, high))
        taken = (low, high)
        if before < after:
            taken = (min(low, covered[before][0]), max(high, covered[after - 1][1]))
        covered[before:after] = [taken]
    return sorted(made, key=lambda cut: cut.start or 0)


def _strength_of_first(ranged: tuple[Cut, tuple[int, int]]) -> tuple[object, ...]:
    return _strength(ranged[0])


def _begin_of(span: tuple[int, int]) -> int:
    return span[0]


def _end_of(span: tuple[int, int]) -> int:
    return span[1]


def remaining(text: str, spans: Sequence[Cut]) -> list[tuple[int, int]]:
    """What stays of a block around its cut spans, without the white space that only the removed words had needed."""
    edges = [0, *(edge for cut in spans for edge in (cut.start or 0, cut.end or 0)), len(text)]
    last = len(text.rstrip())
    pieces: list[tuple[int, int]] = []
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        begin, end = low, high
        if begin == 0 or not pieces:
            while begin < end and text[begin].isspace():
                begin += 1
        if end >= last:
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
