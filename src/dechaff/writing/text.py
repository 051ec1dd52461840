"""Plain text out of what stayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dechaff.cutting import Outcome
    from dechaff.page import Block, Page


def write_text(page: Page, outcome: Outcome) -> str:
    """The clean text.

    A text source comes out byte for byte but for what was cut. Of HTML, paragraphs stand apart by a blank line, list
    items and lines after a `<br>` by a line end, the cells of a table row by a tab.
    """
    if page.kind == "text":
        return _source_without_cuts(page, outcome)
    parts: list[str] = []
    previous: Block | None = None
    for block, pieces in zip(page.blocks, outcome.pieces, strict=True):
        if not pieces:
            continue
        if previous is not None:
            parts.append(_separator(page, previous, block))
        parts += [block.text[begin:end] for begin, end in pieces]
        previous = block
    return "".join(parts)


def _source_without_cuts(page: Page, outcome: Outcome) -> str:
    parts = []
    place = 0
    for begin, end in outcome.removed:
        parts.append(page.source[place:begin])
        place = end
    parts.append(page.source[place:])
    return "".join(parts)


def _separator(page: Page, previous: Block, block: Block) -> str:
    if block.joined and previous.index == block.index - 1:
        return "\n"
    if block.kind == "cell" and previous.kind == "cell":
        row = _nearest(page, block, "tr")
        if row >= 0 and row == _nearest(page, previous, "tr"):
            return "\t"
        if row >= 0 and _nearest(page, block, "table") == _nearest(page, previous, "table"):
            return "\n"
    if block.kind == "item" and previous.kind == "item":
        return "\n"
    return "\n\n"


def _nearest(page: Page, block: Block, tag: str) -> int:
    number = block.box
    while number >= 0:
        box = page.boxes[number]
        if box.tag == tag:
            return number
        number = box.parent
    return -1
