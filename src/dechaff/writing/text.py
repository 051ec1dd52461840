"""Plain text out of what stayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dechaff.cutting import Outcome
    from dechaff.page import Block, Page


def write_text(page: Page, outcome: Outcome) -> str:
    """The clean text.

    Text and Markdown come out byte for byte but for what was cut. Of HTML, paragraphs stand apart by a blank line, list
    items and lines after a `<br>` by a line end, the cells of a table row by a tab. An item begins with "- ", two spaces
    further in for each list around its own; numbers would be words that no page has. Code comes out as it is.
    """
    if page.kind != "html":
        return _source_without_cuts(page, outcome)
    parts: list[str] = []
    previous: Block | None = None
    marked = -1
    for block, pieces in zip(page.blocks, outcome.pieces, strict=True):
        if not pieces:
            continue
        if previous is not None:
            parts.append(_separator(page, previous, block))
        if block.kind == "item":
            item = page.shared("items", _items)[block.box]
            if item >= 0 and page.boxes[item].tag == "li":
                depth = "  " * (block.level - 1)
                parts.append(f"{depth}- " if item != marked else f"{depth}  ")
                marked = item
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
        rows = page.shared("rows", _rows)
        if rows[block.box] >= 0:
            if rows[block.box] == rows[previous.box]:
                return "\t"
            tables = page.shared("tables", _tables)
            if tables[block.box] == tables[previous.box]:
                return "\n"
    if block.kind == "item" and previous.kind == "item":
        return "\n"
    return "\n\n"


def _rows(page: Page) -> list[int]:
    return _nearest(page, ("tr",))


def _tables(page: Page) -> list[int]:
    return _nearest(page, ("table",))


def _items(page: Page) -> list[int]:
    return _nearest(page, ("li", "dd"))


def _nearest(page: Page, tags: tuple[str, ...]) -> list[int]:
    """For each box the innermost one of those elements that it is or stands in, -1 for none; parents come first."""
    nearest: list[int] = []
    for box in page.boxes:
        nearest.append(box.index if box.tag in tags else nearest[box.parent] if box.parent >= 0 else -1)
    return nearest
