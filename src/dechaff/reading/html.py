"""HTML into a page: one pass over the parser's events, no tree and no recursion.

libxml2 drops everything below 256 levels of nesting when it builds a tree (2,048 with `huge_tree`), without a word. Its
events have no such limit, and building no tree is faster than building one, so a page is read from events:
`PageBuilder` takes `start`, `data` and `end` from whoever has them: the parser here, or a walk over somebody's own
tree (`trees.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import regex
from lxml import etree

from dechaff.page import Block, BlockKind, Box, Page
from dechaff.reading import mending
from dechaff.reading.embedded import add_embedded_content

if TYPE_CHECKING:
    from collections.abc import Mapping

_INHERITING = (
    "p div section article main aside header footer nav form fieldset legend address center figure details summary dialog"
    " hgroup search menu ul ol dl table tbody thead tfoot tr body html head frameset noframes noscript dir hr ins"
    " optgroup select blockquote"
).split()
_KINDS: dict[str, BlockKind] = {
    "h1": "heading", "h2": "heading", "h3": "heading", "h4": "heading", "h5": "heading", "h6": "heading",
    "li": "item", "dd": "item", "dt": "term", "td": "cell", "th": "cell", "caption": "caption", "figcaption": "caption",
    "pre": "code", "xmp": "code", "listing": "code", "plaintext": "code", "blockquote": "quote",
    "button": "control", "option": "control", "label": "control", "output": "control",
}  # fmt: skip
"""The elements that say what the text in them is. Inside all others a block is what the element around it is."""

_BLOCK_LEVEL = frozenset(_INHERITING) | frozenset(_KINDS)
"""The elements that begin and end a block. Custom elements (`x-y`) do too: most are containers."""

_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_FRESH = frozenset(("body", "article", "main", "section", "nav", "aside", "footer", "header", "form", "table"))
"""Elements inside which text starts afresh: a paragraph of an article in a list item is a paragraph."""

_UNREAD = frozenset(
    "script style template title svg iframe object canvas textarea video audio datalist noembed".split()
)
"""Elements whose text a reader does not see. JSON in a script and the title are kept beside the page."""

_LEAVES_SVG = frozenset("blockquote body center div dl h1 h2 h3 h4 h5 h6 li ol p pre table ul".split())
"""HTML elements that end a drawing, as in browsers: they stand in one only where its end tag was forgotten or it holds text
on purpose (`foreignObject`)."""

_NOT_SHOWN = regex.compile(r"display\s{0,4}:\s{0,4}none|visibility\s{0,4}:\s{0,4}hidden", regex.IGNORECASE)
_JSON_TYPE = regex.compile(r"application/(?:ld\+)?json", regex.IGNORECASE)

_CONTROLS = bytes((*range(9), 11, *range(14, 32), 127))
"""Control characters: no reader sees them, and older versions of libxml2 stop at the first NUL."""

_END = "dechaff: the end of the source"
_END_COMMENT = f"<!--{_END}-->".encode()

_CHUNK = 65_536
"""Bytes the parser is given before the depth is looked at."""

_DEEPEST = 2_000
"""libxml2's time for an end tag without a start grows with the number of open elements: 1.3 MB of `<span></div>` takes 12 s.
Real pages stay below 300."""

_MOST_UNCLOSED = 4

_MOST_EMBEDDED = 4_000_000
"""How many characters of embedded JSON are kept beside a page."""


_MOST_META = 200
_LONGEST_META = 2_000

_SEAM = "\x1f"
"""Stands between two inline elements that touch: to a reader they are mostly two things, told apart by style alone."""
_OPEN_SEAM = regex.compile(r"(?<=[\p{L}\p{N}]{2}[!?…%)]?)\x1f+(?=[\p{L}\p{N}]{2})")


def ends_a_block(tag: str) -> bool:
    """Whether an element of this name begins and ends a block, or breaks the line.

    >>> ends_a_block("div"), ends_a_block("x-card"), ends_a_block("br"), ends_a_block("span")
    (True, True, True, False)
    """
    return tag in _BLOCK_LEVEL or tag == "br" or "-" in tag


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    """Whether a browser would not show the element at first, as far as its own attributes tell."""
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    return style is not None and _NOT_SHOWN.search(style, 0, 2000) is not None


class _TooDeepError(Exception):
    """Reading on would take libxml2 too long."""


class PageBuilder:
    """A parser target: takes events, makes blocks and boxes. One builder reads one page.

    `data` is the bound `append` of a list, so text costs no Python call.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.boxes: list[Box] = []
        self.embedded: list[str] = []
        self.meta: dict[str, str] = {}
        self.title = ""
        self.language: str | None = None
        self.element = -1
        self._parts: list[str] = []
        self.data = self._parts.append
        self._box = -1
        self._kinds: list[BlockKind] = ["paragraph"]
        self._lists = 0
        self._level = 0
        self._code = 0
        self._hidden = 0
        # An open element whose text is not read, how often it is nested in itself, and where its text begins.
        self._unread = ""
        self._unread_nested = 0
        self._unread_from = 0
        self._unread_json = False
        # Inline elements that were made boxes because they are hidden: their tag, and how many of that tag are open inside.
        self._inline_boxes: list[list[str | int]] = []
        self._link_from = -1
        self._touching = -1
        self._link_touches = False
        self._linked = 0
        self._hrefs: list[str] = []
        self._inline: list[str] = []
        self._images = 0
        self._joined = False
        self._naming = False
        self._embedded_size = 0
        self.ended = 0
        self.reached_end = False
        self.unclosed = ""
        self.has_cdata = False
        self.warnings: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:  # noqa: C901, PLR0912  # a branch is cheaper than a call
        """An element opens."""
        self.element += 1
        if self._unread:
            if tag == self._unread:
                self._unread_nested += 1
                return
            if self._unread != "svg" or tag not in _LEAVES_SVG:
                return
            self._close_unread()
        if tag in _BLOCK_LEVEL:
            self._open(tag, attributes)
        elif tag in _UNREAD and not (tag == "template" and "shadowrootmode" in attributes):
            self._unread = tag
            self._unread_nested = 0
            self._unread_from = len(self._parts)
            self._unread_json = tag == "script" and _JSON_TYPE.match(attributes.get("type") or "") is not None
        elif tag == "br":
            joined = bool(self._parts) or self._joined
            if self._code:
                self._parts.append("\n")
            else:
                self._flush()
                self._joined = joined
        elif tag == "img":
            self._images += 1
        elif tag == "meta":
            name = attributes.get("property") or attributes.get("name")
            if name and len(self.meta) < _MOST_META:
                self.meta.setdefault(name.lower(), (attributes.get("content") or "")[:_LONGEST_META])
        elif tag == "link":
            if (attributes.get("rel") or "").lower() == "canonical":
                self.meta.setdefault("canonical", (attributes.get("href") or "")[:_LONGEST_META])
        elif "-" in tag:
            self._open(tag, attributes)
        else:
            if self._inline_boxes and self._inline_boxes[-1][0] == tag:
                self._inline_boxes[-1][1] += 1  # type: ignore[operator]
            parts = self._parts
            if parts and self._touching == len(parts):
                parts.append(" " if tag == "a" and self._link_touches else _SEAM)
            elif tag == "cite" and not parts and self._kinds[-1] == "quote":
                self._naming = True  # "Ada wrote:" before the quotation itself
            if tag == "a":
                self._link_from = len(parts)
                href = attributes.get("href")
                if href:
                    self._hrefs.append(href)
            if attributes:
                name = attributes.get("class") or attributes.get("id")
                if name:
                    self._inline.append(name)
                if tag != "a" and _is_hidden(attributes):
                    if self._inline_boxes and self._inline_boxes[-1][0] == tag:
                        self._inline_boxes[-1][1] -= 1  # type: ignore[operator]  # it has a box of its own
                    self._inline_boxes.append([tag, 0])
                    self._open(tag, attributes)

    def end(self, tag: str) -> None:
        """An element closes."""
        self.ended += 1
        if self._unread:
            if tag == self._unread:
                if self._unread_nested:
                    self._unread_nested -= 1
                else:
                    self._close_unread()
        elif tag in _BLOCK_LEVEL or "-" in tag:
            self._close(tag)
        elif tag == "a":
            if self._link_from >= 0:
                parts = self._parts
                self._linked += len(" ".join("".join(parts[self._link_from :]).split()))
                self._link_from = -1
                self._touching = len(parts)
                self._link_touches = True
        elif tag == "span" and not self._inline_boxes:
            if self._touching != len(self._parts):
                self._touching = len(self._parts)
                self._link_touches = False
        elif tag == "cite" and self._naming:
            self._naming = False
            self._flush()
        elif self._inline_boxes and self._inline_boxes[-1][0] == tag:
            if self._inline_boxes[-1][1]:
                self._inline_boxes[-1][1] -= 1  # type: ignore[operator]
            else:
                self._inline_boxes.pop()
                self._close(tag)

    def comment(self, text: str) -> None:
        """A comment: nothing to read, but ours at the end of the source tells that the parser got there."""
        if text == _END:
            self.reached_end = True
            if self._unread and "".join(self._parts[self._unread_from :]).strip():
                self.unclosed = self._unread
        elif text.startswith("[CDATA[") and not self._unread:
            self.has_cdata = True

    def end_block(self) -> None:
        """End the block that is being read, if there is one, without opening or closing an element."""
        if self._parts and not self._unread:
            self._flush()

    def close(self) -> PageBuilder:
        """No more events."""
        if self._unread:
            self._close_unread()
        while self._box > 0:
            self._close(self.boxes[self._box].tag)
        self._flush()
        if self.boxes:
            self.boxes[0].last = len(self.blocks)
        return self

    def page(self, url: str | None = None, language: str | None = None) -> Page:
        """What was read."""
        return Page(
            self.blocks,
            self.boxes,
            language=(language or self.language or "").lower() or None,
            url=url,
            title=self.title,
            meta=self.meta,
            embedded=self.embedded,
        )

    def _open(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._parts:
            self._flush()
        self._joined = False
        boxes = self.boxes
        parent = self._box
        if self._hidden or tag == "noscript" or (attributes and _is_hidden(attributes)):
            self._hidden += 1
        boxes.append(
            Box(
                len(boxes),
                tag,
                attributes,
                parent,
                boxes[parent].depth + 1 if parent >= 0 else 0,
                len(self.blocks),
                len(self.blocks),
                self.element,
                self._hidden > 0,
            )
        )
        self._box = len(boxes) - 1
        kind = _KINDS.get(tag)
        if kind is None:
            kind = "paragraph" if tag in _FRESH else self._kinds[-1]
            if tag in _LISTS:
                self._lists += 1
            elif tag == "html" and attributes and self.language is None:
                self.language = attributes.get("lang") or attributes.get("xml:lang")
        elif kind == "heading":
            self._level = int(tag[1])
        elif kind == "code":
            self._code += 1
        self._kinds.append(kind)

    def _close(self, tag: str) -> None:
        if self._parts:
            self._flush()
        self._joined = False
        if self._box < 1:
            return  # the root holds whatever comes up to the end of the page
        box = self.boxes[self._box]
        box.last = len(self.blocks)
        self._box = box.parent
        self._kinds.pop()
        if self._hidden:
            self._hidden -= 1
        if tag in _LISTS:
            self._lists -= 1
        elif _KINDS.get(tag) == "code":
            self._code -= 1

    def _close_unread(self) -> None:
        text = "".join(self._parts[self._unread_from :])
        del self._parts[self._unread_from :]
        if self._unread == "title" and not self.title:
            self.title = " ".join(text.split())
        elif self._unread_json and self._embedded_size + len(text) <= _MOST_EMBEDDED:
            self._embedded_size += len(text)
            self.embedded.append(text)
        self._unread = ""

    def _flush(self) -> None:
        """End the block that is being read, if it has text."""
        parts = self._parts
        text = parts[0] if len(parts) == 1 else "".join(parts)
        kind = self._kinds[-1]
        if not text.isspace():
            if _SEAM in text:
                text = text.replace(_SEAM, "") if kind == "code" else _OPEN_SEAM.sub(" ", text).replace(_SEAM, "")
            text = " ".join(text.split()) if kind != "code" else text.strip("\n\r") if text.strip() else ""
            if self._link_from >= 0:
                self._linked += len(" ".join("".join(parts[self._link_from :]).split()))
        else:
            text = ""
        self._link_from = min(0, self._link_from)
        parts.clear()
        self._touching = -1
        if not text:
            self._linked = 0
            return
        level = self._level if kind == "heading" else self._lists if kind == "item" else 0
        blocks = self.blocks
        blocks.append(
            Block(
                len(blocks),
                text,
                kind,
                self._box,
                level,
                min(self._linked, len(text)),
                tuple(self._hrefs),
                self._images,
                tuple(self._inline),
                self._joined,
                self._hidden > 0,
                self.element,
            )
        )
        self._linked = 0
        self._images = 0
        if self._hrefs:
            self._hrefs.clear()
        if self._inline:
            self._inline.clear()


def read_html(
    source: str, url: str | None = None, language: str | None = None, make: type[PageBuilder] = PageBuilder
) -> Page:
    """Read a whole HTML document or a fragment of one.

    Args:
        source: the markup, decoded.
        url: where it is from, kept on the page.
        language: overrides what the page declares.
        make: the builder that takes the events.
    """
    head = source[:200].lstrip("\ufeff \t\r\n")
    if head[:5] == "<?xml":
        source = mending.from_xml(source)
    builder = parse(source, make)
    warnings: list[str] = []
    if builder.has_cdata:
        source = mending.unwrap_cdata(source)
        builder = parse(source, make)
    if not builder.reached_end and source.strip():
        mended, warnings = mending.mend(source)
        if warnings or any(box.tag == "plaintext" for box in builder.boxes):
            source = mended
            builder = parse(source, make, checked=False)
        else:
            builder = _parse_simply(source, "libxml2 did not get to its end", make)
    for _ in range(_MOST_UNCLOSED):
        if not builder.unclosed:
            break
        source, more = mending.without_start_of(source, builder.unclosed)
        if not more:
            break
        warnings += more
        builder = parse(source, make)
    frames = [box for box in builder.boxes[:8] if box.tag == "frameset"]
    if frames:
        warnings.append("the page is a frameset: what its frames show is in other files")
        builder = parse(mending.frames_as_markup(source), make)
    page = builder.page(url, language)
    page.markup = source
    page.warnings += warnings + builder.warnings
    add_embedded_content(page)
    return page


def parser_bytes(source: str) -> bytes:
    """The markup as libxml2 is given it, UTF-8 without the control characters that no reader sees."""
    return source.encode("utf-8", "replace").translate(None, _CONTROLS)


def parse(source: str, make: type[PageBuilder] = PageBuilder, *, checked: bool = True) -> PageBuilder:
    """One pass of the parser. `checked` puts a comment at the end that tells whether the parser got there."""
    builder = make()
    data = parser_bytes(source)
    if not data.strip():
        return builder.close()
    if checked:
        data += _END_COMMENT
    parser = etree.HTMLParser(target=cast("Any", builder), huge_tree=True, encoding="utf-8")
    try:
        if len(data) <= _CHUNK:
            etree.fromstring(data, parser)
        else:
            _feed(parser, data, builder)
    except _TooDeepError:
        return _parse_simply(data.decode(), "it is nested too deeply", make)
    except etree.LxmlError:
        return _parse_simply(data.decode(), "libxml2 failed", make)
    return builder


def _parse_simply(source: str, why: str, make: type[PageBuilder]) -> PageBuilder:
    builder = make()
    if not mending.read_streaming(source, builder):
        builder = make()
        source, builder.warnings = mending.mend(source)
        mending.read_streaming(source, builder)
    builder.reached_end = True
    builder.warnings.append(
        f"the page was read by a simpler parser ({why}): its blocks may begin and end in other places"
    )
    return builder


def _feed(parser: etree.HTMLParser, data: bytes, builder: PageBuilder) -> None:
    for position in range(0, len(data), _CHUNK):
        parser.feed(data[position : position + _CHUNK])
        if builder.element - builder.ended > _DEEPEST:
            raise _TooDeepError
    parser.close()
