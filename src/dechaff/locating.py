"""Where a block or a cut stands in its source, so that a person can find it.

Cleaning keeps of HTML only the numbers of elements. Here the source is read once more, only when somebody asks, and a number
becomes a path and a line. In text and Markdown blocks and cuts have exact offsets (`Block.start`, `Cut.span`) as they are.

>>> import dechaff
>>> source = "<article>\\n<p>The story.</p>\\n<p>- Advertisement -</p>\\n</article>"
>>> locate(source, dechaff.explain(source).cuts)
[Location(path='/html/body/article/p[2]', line=3)]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

from dechaff.page import Block, Cut
from dechaff.reading import Kind, decode, read
from dechaff.reading.html import parser_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dechaff.page import Box, Page


@dataclass(frozen=True, slots=True)
class Location:
    """Where a block or a cut stands.

    Attributes:
        path: the element that holds all of it, as an XPath into lxml's tree of the source; "" in text and Markdown.
        line: the line of the source that it begins on, from 1; of HTML the one its element's start tag ends on.

    Where it cannot be said, because the source had to be mended before it could be read, they are "" and 0.
    """

    path: str
    line: int


def locate(source: Any, found: Iterable[Cut | Block], kind: Kind = "auto") -> list[Location]:
    """Where each block or cut stands.

    Args:
        source: what was cleaned: str, bytes, an lxml element or tree.
        found: what `explain` gave for it, `Cleaned.cuts` or `Cleaned.kept`.
        kind: as it was cleaned.

    Raises:
        TypeError: the source is none of these.
    """
    page = read(source, kind=kind)
    if page.kind != "html":
        return [Location("", _line_of(page.source, _start(one))) for one in found]
    elements = _elements(source)
    return [_of_box(_holder(page, one), elements) for one in found]


def _start(one: Cut | Block) -> int:
    if isinstance(one, Block):
        return one.start
    return one.span[0] if one.span else 0


def _line_of(source: str, place: int) -> int:
    return len((source[:place] + ".").splitlines())


def _holder(page: Page, one: Cut | Block) -> Box | None:
    """The innermost box that holds all blocks of a cut, and, of those that hold nothing else, the outermost."""
    first, last = (one.index, one.index + 1) if isinstance(one, Block) else (one.first, one.last)
    if not 0 <= first < last <= len(page.blocks):
        raise ValueError(f"blocks {first}:{last} are not of this source: it has {len(page.blocks)}")
    around = [box for box in page.ancestors(page.blocks[first]) if box.last >= last and box.first <= first]
    if not around:
        return None
    if isinstance(one, Block) or one.start is not None:
        return around[0]
    whole = [box for box in around if (box.first, box.last) == (first, last) and box.tag not in ("html", "body")]
    return whole[-1] if whole and last - first > 1 else around[0]


def _elements(source: Any) -> Sequence[etree._Element]:
    """All elements of the source in document order: the reader numbers them so."""
    if not isinstance(source, str | bytes | bytearray | memoryview):
        root = source.getroot() if hasattr(source, "getroot") else source
        if not isinstance(root, etree._Element):  # noqa: SLF001  # the only name lxml gives the type
            raise TypeError(f"locate takes str, bytes or an lxml element or tree, not {type(source).__name__}")
        return [element for element in root.iter() if isinstance(element.tag, str)]
    text = source if isinstance(source, str) else decode(bytes(source)).text
    root = etree.fromstring(parser_bytes(text), etree.HTMLParser(huge_tree=True, encoding="utf-8"))
    return [element for element in root.iter() if isinstance(element.tag, str)]


def _of_box(box: Box | None, elements: Sequence[etree._Element]) -> Location:
    if box is None or not 0 <= box.element < len(elements):
        return Location("", 0)
    element = elements[box.element]
    if etree.QName(element).localname.lower() != box.tag:
        return Location("", 0)
    return Location(element.getroottree().getpath(element), cast("int | None", element.sourceline) or 0)
