"""From what goes of a page to the ranges of its source that go with it, for text and for Markdown.

In text a block is a range of the source, and a run of blocks takes the blank space along that only it had needed. In Markdown
the text of a block lies between markup (`Block.places`, `Block.marks`), and a block in a list or a table may go only so far
that what stays is still what it was: the marker of a list item stays while something of the item does, the head of a table
while a row does.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from dechaff.late import late_regex
from dechaff.textless import textless_after, textless_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dechaff.page import Block, Box, Cut, Page

Pieces: TypeAlias = "Sequence[Sequence[tuple[int, int]]]"

_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_DEFINITION = late_regex(r"^[ \t>]{0,12}\[[^\]\n]{1,1000}\]:", re.MULTILINE)
"""A link definition or a footnote, which a link elsewhere may need."""
_TO_LINE_END = late_regex(r"[^\r\n]*+")
_BEFORE_TEXT = late_regex(r"[ \t>]*+")
_TIGHT = frozenset(("ul", "ol", "p", "table", "tbody"))
"""Containers whose parts stand on lines that follow each other: no blank line may be left where one goes."""


class Stretch(NamedTuple):
    """A part of a block's text, and the range of the source that it is."""

    first: int
    last: int
    start: int
    end: int


def stretches(page: Page, block: Block, first: int, last: int) -> list[Stretch]:
    """Where `block.text[first:last]` stands in the source, with the markup that is about nothing else.

    It is one stretch, unless markup lies between that has to stay.

    Args:
        page: the page of a text or a Markdown source.
        block: one of its blocks.
        first: the first character.
        last: after the last one.
    """
    if not block.places:
        return [Stretch(first, last, block.start + first, block.start + last)]
    found: list[Stretch] = []
    for place in block.places:
        low, high = max(first, place.first), min(last, place.last)
        if low < high:
            if place.last - place.first == place.end - place.start:
                shift = place.start - place.first
                found.append(Stretch(low, high, low + shift, high + shift))
            else:
                found.append(Stretch(low, high, place.start, place.end))
    found += [
        Stretch(-1, -1, mark.start, mark.end)
        for mark in block.marks
        if mark.first >= first and mark.last <= last and (mark.first < mark.last or first < mark.first < last)
    ]
    return _merged(page.source, found)


def _merged(source: str, found: Iterable[Stretch]) -> list[Stretch]:
    """The stretches in order, those joined between which there is only white space."""
    merged: list[Stretch] = []
    for one in sorted(found, key=lambda one: (one.start, one.end)):
        last = merged[-1] if merged else None
        if last is not None and (one.start <= last.end or source[last.end : one.start].isspace()):
            known = [edge for edge in (last.first, last.last, one.first, one.last) if edge >= 0]
            merged[-1] = Stretch(min(known, default=-1), max(known, default=-1), last.start, max(last.end, one.end))
        else:
            merged.append(one)
    return merged


def exact_cuts(page: Page, cuts: Iterable[Cut], pieces: Pieces) -> list[Cut]:
    """Cuts with their ranges of the source, and these as their words; several for one if something between has to stay.

    Those that have a range are right as they are.

    Args:
        page: the page of a text or a Markdown source.
        cuts: what is cut of it.
        pieces: for each block the ranges of its text that stay; empty for a block that goes.
    """
    layout = _Layout(page, pieces) if page.kind == "markdown" else None
    found: list[Cut] = []
    for cut in cuts:
        if cut.span is not None:
            found.append(cut)
        elif layout is None or cut.start is not None:
            found += _exact_spans(page, cut)
        else:
            found += _exact_blocks(page, cut, layout)
    return found


def _exact_spans(page: Page, cut: Cut) -> Iterator[Cut]:
    for part in stretches(page, page.blocks[cut.first], cut.start or 0, cut.end or 0):
        if part.first < part.last:
            span = (part.start, part.end)
            yield replace(cut, start=part.first, end=part.last, span=span, text=page.source[slice(*span)])


def _exact_blocks(page: Page, cut: Cut, layout: _Layout) -> Iterator[Cut]:
    source = page.source
    first = cut.first
    for number in range(cut.first, cut.last):
        if number + 1 == cut.last or not layout.goes_between(number):
            start, end = layout.reach(first, number + 1)
            if number + 1 == cut.last and number + 1 < len(page.blocks) and layout.goes_between(number):
                # What stands between two cuts that touch, a picture or a break, goes with the first.
                end += len(source[end : layout.hull(number + 1, number + 2)[0]].rstrip())
            yield replace(cut, first=first, last=number + 1, span=(start, end), text=source[start:end])
            first = number + 1


def removed_ranges(page: Page, pieces: Pieces) -> list[tuple[int, int]]:
    """The ranges of the source that go, in order and disjoint: what was cut, with the white space that only it had needed.

    Args:
        page: the page of a text or a Markdown source.
        pieces: for each block the ranges of its text that stay; empty for a block that goes.
    """
    removed: list[tuple[int, int]] = []
    layout = _Layout(page, pieces) if page.kind == "markdown" else None
    number = 0
    while number < len(page.blocks):
        if stays := pieces[number]:
            block = page.blocks[number]
            if stays[0] != (0, len(block.text)):
                removed += _inside(page, block, stays)
            number += 1
            continue
        last = number + 1
        while last < len(page.blocks) and not pieces[last] and (layout is None or layout.goes_between(last - 1)):
            last += 1
        removed.append(_run_range(page, number, last) if layout is None else layout.range(number, last))
        number = last
    return _disjoint(removed)


def _disjoint(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return found


def _inside(page: Page, block: Block, pieces: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What goes of a block of which something stays."""
    edges = [0, *(edge for piece in pieces for edge in piece), len(block.text)]
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        if low < high and not block.places:
            yield block.start + low, block.start + high
        elif low < high:
            yield from ((part.start, part.end) for part in stretches(page, block, low, high))


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


def _breaks(gap: str) -> int:
    return len(gap.splitlines())


def _past_last_break(gap: str) -> int:
    return max(gap.rfind(end) for end in _LINE_ENDS) + 1


class _Layout:
    """Which boxes of a page of Markdown go as a whole."""

    def __init__(self, page: Page, pieces: Pieces) -> None:
        self.page = page
        kept = [0]
        for stays in pieces:
            kept.append(kept[-1] + bool(stays))
        self._kept = kept
        self._gone = {box.index for box in page.boxes if box.first < box.last and kept[box.last] == kept[box.first]}
        self._items: dict[int, list[Box]] = {}
        for box in page.boxes:
            if box.tag == "li" and box.first < box.last:
                self._items.setdefault(box.first, []).append(box)

    def hull(self, first: int, last: int) -> tuple[int, int]:
        """The range from the first to the last of some blocks that go, with the boxes that begin or end there and go, too."""
        start, end = self.page.blocks[first].start, self.page.blocks[last - 1].end
        for box in self.page.ancestors(self.page.blocks[first]):
            if box.first < first or box.index not in self._gone:
                break
            start = min(start, box.start) if box.start >= 0 else start
        for box in self.page.ancestors(self.page.blocks[last - 1]):
            if box.last > last or box.index not in self._gone:
                break
            end = max(end, box.end)
        return start, end

    def reach(self, first: int, last: int) -> tuple[int, int]:
        """The hull of some blocks that go, with what shows no words beside it (`textless`)."""
        blocks, source = self.page.blocks, self.page.source
        start, end = self.hull(first, last)
        if not first or self._kept[first] > self._kept[first - 1]:
            floor = blocks[first - 1].end if first else 0
            start = textless_before(source, start, floor, blocks[first].hrefs, at_end=not self._kept[first])
        if last == len(blocks) or self._kept[last + 1] > self._kept[last]:
            ceiling = blocks[last].start if last < len(blocks) else len(source)
            at_end = self._kept[last] == self._kept[-1]
            end = textless_after(source, end, ceiling, blocks[last - 1].hrefs, at_end=at_end)
        return start, end

    def goes_between(self, number: int) -> bool:
        """Whether what stands between block `number` and the next goes when both go."""
        page = self.page
        one, other = page.blocks[number], page.blocks[number + 1]
        if self._kept[number + 2] != self._kept[number]:
            return False
        if any(box.index not in self._gone for box in self._items.get(number + 1, ())):
            return False
        table, following = self._table(one), self._table(other)
        if not (self._may_go(one, table) and self._may_go(other, following)):
            return False
        return _DEFINITION.search(page.source, one.end, max(one.end, other.start)) is None

    def _table(self, block: Block) -> Box | None:
        """The table a cell stands in, if something of that table stays."""
        for box in self.page.ancestors(block):
            if box.tag == "table":
                return None if box.index in self._gone else box
        return None

    def _may_go(self, block: Block, table: Box | None) -> bool:
        """Whether a block's row goes with it, if it stands in a table that stays."""
        if table is None:
            return True
        row = next(box for box in self.page.ancestors(block) if box.tag == "tr")
        return row.start >= 0 and row.index in self._gone

    def range(self, first: int, last: int) -> tuple[int, int]:
        """The range that goes with a run of blocks: whole lines where nothing else stands on them."""
        source = self.page.source
        start, end = self.reach(first, last)
        line = max(source.rfind("\n", 0, start), source.rfind("\r", 0, start)) + 1
        before = _BEFORE_TEXT.match(source, line)
        rest = _line_end(source, end)
        if before is None or before.end() < start or source[end:rest].strip():
            return start, end
        after = _past_line_end(source, rest)
        above, below = _blank_above(source, line), _blank_below(source, after)
        if above is not None and below is not None:
            # Of the blank lines around it those above stay; below a quote's own stay, too.
            return line, below[0] if (">" in above) == (">" in below[1]) else after
        if above is None and below is None and not self._is_tight(first, last):
            return line, rest  # an empty line stays, so that what stood apart does not become one
        return line, after

    def _is_tight(self, first: int, last: int) -> bool:
        """Whether what stands before and behind belongs to one list, one table or one paragraph."""
        return any(
            box.tag in _TIGHT and box.first < first and box.last > last
            for box in self.page.ancestors(self.page.blocks[first])
        )


def _line_end(source: str, place: int) -> int:
    match = _TO_LINE_END.match(source, place)
    return match.end() if match else place


def _past_line_end(source: str, place: int) -> int:
    return place + 2 if source.startswith("\r\n", place) else min(place + 1, len(source))


def _blank_above(source: str, line: int) -> str | None:
    """The line above if it is blank but for quote marks, "" at the beginning; None if it is not blank."""
    if line == 0:
        return ""
    end = line - 2 if source.startswith("\r\n", line - 2) else line - 1
    start = max(source.rfind("\n", 0, end), source.rfind("\r", 0, end)) + 1
    text = source[start:end]
    return None if text.strip(" \t>") else text


def _blank_below(source: str, place: int) -> tuple[int, str] | None:
    """Where the blank lines from `place` on end, and the first of them; None if the line there is not blank."""
    if place >= len(source):
        return place, ""
    first: str | None = None
    while place < len(source):
        end = _line_end(source, place)
        text = source[place:end]
        if text.strip(" \t>"):
            break
        first = text if first is None else first
        place = _past_line_end(source, end)
    return None if first is None else (place, first)
