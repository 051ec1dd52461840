"""HTML into a page: one pass over the parser's events, no tree and no recursion.

libxml2 drops everything below 256 levels of nesting when it builds a tree (2,048 with `huge_tree`), without a word. Its
events have no such limit, and building no tree is faster than building one, so a page is read from events:
`PageBuilder` takes `start`, `data` and `end` from whoever has them: the parser here, or a walk over somebody's own
tree (`trees.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from lxml import etree

from dechaff.late import late_re, late_regex
from dechaff.page import Block, BlockKind, Box, Page

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

_PLAIN = _BLOCK_LEVEL - frozenset(_KINDS) - _FRESH - _LISTS - {"html"}
"""Elements of which there is nothing to know but that they begin and end a block: most are `div`."""

_COUNTED = _LISTS | frozenset(tag for tag, kind in _KINDS.items() if kind == "code")
"""Elements of which it counts how many are open."""

_UNREAD = frozenset(
    "script style template title svg iframe object canvas textarea video audio datalist noembed".split()
)
"""Elements whose text a reader does not see. JSON in a script and the title are kept beside the page."""

_NOT_INLINE = (_UNREAD - {"template"}) | {"br", "img", "meta", "link"}
"""Elements that are neither a block's nor a part of its text. A template may be either."""

_LEAVES_SVG = frozenset("blockquote body center div dl h1 h2 h3 h4 h5 h6 li ol p pre table ul".split())
"""HTML elements that end a drawing, as in browsers: they stand in one only where its end tag was forgotten or it holds text
on purpose (`foreignObject`)."""

_NOT_SHOWN = late_regex(r"display\s{0,4}:\s{0,4}none|visibility\s{0,4}:\s{0,4}hidden", re.IGNORECASE)
_JSON_TYPE = late_regex(r"application/(?:ld\+)?json", re.IGNORECASE)

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


_LONG = 100_000
"""Characters of a block whose words are not all looked at together."""
_WHITE_SPACE = late_re(r"\s")

_MOST_META = 200
_LONGEST_META = 2_000

_SEAM = "\x1f"
"""Stands between two inline elements that touch: to a reader they are mostly two things, told apart by style alone."""
_OPEN_SEAM = late_regex(r"(?<=[\p{L}\p{N}]{2}[!?…%)]?)\x1f+(?=[\p{L}\p{N}]{2})")


_NAMES = {name: name for name in (*_BLOCK_LEVEL, "span", "em", "strong")}
"""The parser makes each name anew. A page's boxes share them."""


def ends_a_block(tag: str) -> bool:
    """Whether an element of this name begins and ends a block, or breaks the line.

    >>> ends_a_block("div"), ends_a_block("x-card"), ends_a_block("br"), ends_a_block("span")
    (True, True, True, False)
    """
    return tag in _BLOCK_LEVEL or tag == "br" or "-" in tag


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    """Whether a browser would not show the element at first, as far as its own attributes tell."""
    if "hidden" in attributes or ("aria-hidden" in attributes and attributes["aria-hidden"] == "true"):
        return True
    return "style" in attributes and _NOT_SHOWN.search(attributes["style"] or "", 0, 2000) is not None


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
        self._count = 0  # of blocks: one number object serves a block and the boxes that begin or end there
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
            return
        parts = self._parts
        if tag == "a":
            if parts and self._touching == len(parts):
                parts.append(" " if self._link_touches else _SEAM)
            self._link_from = len(parts)
            if attributes:
                href = attributes.get("href")
                if href:
                    self._hrefs.append(href)
                name = attributes.get("class") or attributes.get("id")
                if name:
                    self._inline.append(name)
            return
        if tag in _NOT_INLINE:
            if tag == "br":
                joined = bool(parts) or self._joined
                if self._code:
                    parts.append("\n")
                else:
                    self._flush()
                    self._joined = joined
            elif tag == "img":
                self._images += 1
            elif tag in _UNREAD:
                self._open_unread(tag, attributes)
            else:
                self._note(tag, attributes)
            return
        if "-" in tag:
            self._open(tag, attributes)
            return
        if tag == "template" and "shadowrootmode" not in attributes:
            self._open_unread(tag, attributes)
            return
        inner = self._inline_boxes
        if inner and inner[-1][0] == tag:
            inner[-1][1] += 1  # type: ignore[operator]
        if parts and self._touching == len(parts):
            parts.append(_SEAM)
        elif tag == "cite" and not parts and self._kinds[-1] == "quote":
            self._naming = True  # "Ada wrote:" before the quotation itself
        if attributes:
            name = attributes.get("class") or attributes.get("id")
            if name:
                self._inline.append(name)
            if _is_hidden(attributes):
                if inner and inner[-1][0] == tag:
                    inner[-1][1] -= 1  # type: ignore[operator]  # it has a box of its own
                inner.append([tag, 0])
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
        elif tag in _BLOCK_LEVEL:
            self._close(tag)
        elif tag == "a":
            first = self._link_from
            if first >= 0:
                parts = self._parts
                self._linked += _length(parts, first)
                self._link_from = -1
                self._touching = len(parts)
                self._link_touches = True
        elif "-" in tag:
            self._close(tag)
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
        """What was read, handed over: the builder is empty afterwards.

        lxml's parser and its target refer to each other, so a builder stays until the garbage collector comes by; what it made
        should not stay with it.
        """
        page = Page(
            self.blocks,
            self.boxes,
            language=(language or self.language or "").lower() or None,
            url=url,
            title=self.title,
            meta=self.meta,
            embedded=self.embedded,
        )
        self.blocks, self.boxes, self.meta, self.embedded = [], [], {}, []
        return page

    def _note(self, tag: str, attributes: Mapping[str, str]) -> None:
        """What a `<meta>` or a `<link>` says of the page."""
        if tag == "meta":
            name = attributes.get("property") or attributes.get("name")
            if name and len(self.meta) < _MOST_META:
                self.meta.setdefault(name.lower(), (attributes.get("content") or "")[:_LONGEST_META])
        elif (attributes.get("rel") or "").lower() == "canonical":
            self.meta.setdefault("canonical", (attributes.get("href") or "")[:_LONGEST_META])

    def _open(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._parts:
            self._flush()
        self._joined = False
        boxes = self.boxes
        parent = self._box
        if self._hidden or tag == "noscript" or (attributes and _is_hidden(attributes)):
            self._hidden += 1
        number = self._box = len(boxes)
        count = self._count
        kinds = self._kinds
        boxes.append(
            Box(
                number,
                _NAMES.get(tag, tag),
                attributes,
                parent,
                len(kinds) - 1,
                count,
                count,
                self.element,
                self._hidden > 0,
            )
        )
        if tag in _PLAIN:
            kinds.append(kinds[-1])
            return
        kind = _KINDS.get(tag)
        if kind is None:
            kind = "paragraph" if tag in _FRESH else kinds[-1]
            if tag in _LISTS:
                self._lists += 1
            elif tag == "html" and attributes and self.language is None:
                self.language = attributes.get("lang") or attributes.get("xml:lang")
        elif kind == "heading":
            self._level = int(tag[1])
        elif kind == "code":
            self._code += 1
        kinds.append(kind)

    def _close(self, tag: str) -> None:
        if self._parts:
            self._flush()
        self._joined = False
        if self._box < 1:
            return  # the root holds whatever comes up to the end of the page
        box = self.boxes[self._box]
        box.last = self._count
        self._box = box.parent
        self._kinds.pop()
        if self._hidden:
            self._hidden -= 1
        if tag in _COUNTED:
            if tag in _LISTS:
                self._lists -= 1
            else:
                self._code -= 1

    def _open_unread(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._unread = tag
        self._unread_nested = 0
        self._unread_from = len(self._parts)
        self._unread_json = tag == "script" and _JSON_TYPE.match(attributes.get("type") or "") is not None

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
        self._touching = -1
        if not text or text.isspace():
            # Two thirds of all pieces of text are the line ends between two tags.
            parts.clear()
            self._link_from = min(0, self._link_from)
            self._linked = 0
            return
        kind = self._kinds[-1]
        if _SEAM in text:
            text = text.replace(_SEAM, "") if kind == "code" else _OPEN_SEAM.sub(" ", text).replace(_SEAM, "")
        text = _folded(text) if kind != "code" else text.strip("\n\r") if text.strip() else ""
        linked = self._linked
        if self._link_from >= 0:
            linked += _length(parts, self._link_from)
            self._link_from = 0
        parts.clear()
        self._linked = 0
        if not text:
            return
        index = self._count
        self._count = index + 1
        self.blocks.append(
            Block(
                index,
                text,
                kind,
                self._box,
                self._level if kind == "heading" else self._lists if kind == "item" else 0,
                min(linked, len(text)) if linked else 0,
                tuple(self._hrefs) if self._hrefs else (),
                self._images,
                tuple(self._inline) if self._inline else (),
                self._joined,
                self._hidden > 0,
                self.element,
            )
        )
        self._images = 0
        if self._hrefs:
            self._hrefs.clear()
        if self._inline:
            self._inline.clear()


def _length(parts: list[str], first: int) -> int:
    """How many characters the pieces from `first` on have as a reader sees them."""
    return len(_folded(parts[first] if len(parts) == first + 1 else "".join(parts[first:])))


def _folded(text: str) -> str:
    """A text with its white space folded to single spaces."""
    if len(text) <= _LONG:
        return " ".join(text.split())
    # The words of a long line one by one would take a dozen times its memory.
    folded: list[str] = []
    begin = 0
    while begin < len(text):
        space = _WHITE_SPACE.search(text, begin + _LONG)
        end = space.start() if space else len(text)
        words = " ".join(text[begin:end].split())
        if words:
            folded.append(words)
        begin = end
    return " ".join(folded)


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
    return read_markup(parser_bytes(source), url, language, make)


def read_markup(markup: bytes, url: str | None, language: str | None, make: type[PageBuilder]) -> Page:
    """As `read_html`, from what `parser_bytes` gives: a large page is then held in memory once, and not decoded, too."""
    head = markup[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:5] == b"<?xml":
        from dechaff.reading.mending import from_xml  # noqa: PLC0415  # few pages need any mending

        markup = from_xml(markup.decode()).encode()
    reading = _Reading(markup, parse(markup, make), [])
    builder = reading.builder
    if builder.has_cdata or builder.unclosed or not builder.reached_end or _is_frameset(builder):
        reading = _read_again(reading, make)
    page = reading.builder.page(url, language)
    page.markup = reading.markup
    page.warnings += reading.warnings + reading.builder.warnings
    if page.embedded:
        from dechaff.reading.embedded import add_embedded_content  # noqa: PLC0415  # not all pages have such data

        add_embedded_content(page)
    return page


class _Reading(NamedTuple):
    """The markup as it was read, what it was read by, and what had to be done to it, in sentences."""

    markup: bytes
    builder: PageBuilder
    warnings: list[str]


def _is_frameset(builder: PageBuilder) -> bool:
    return any(box.tag == "frameset" for box in builder.boxes[:8])


def _read_again(first: _Reading, make: type[PageBuilder]) -> _Reading:
    """Read a page once more, without what kept the parser from some of it."""
    from dechaff.reading import mending  # noqa: PLC0415  # few pages need it

    markup, builder, warnings = first
    source = markup.decode()
    if builder.has_cdata:
        source = mending.unwrap_cdata(source)
        builder = parse(source.encode(), make)
    if not builder.reached_end and source.strip():
        mended, warnings = mending.mend(source)
        if warnings or any(box.tag == "plaintext" for box in builder.boxes):
            source = mended
            builder = parse(source.encode(), make, checked=False)
        else:
            builder = _parse_simply(source, "libxml2 did not get to its end", make)
    for _ in range(_MOST_UNCLOSED):
        if not builder.unclosed:
            break
        source, more = mending.without_start_of(source, builder.unclosed)
        if not more:
            break
        warnings += more
        builder = parse(source.encode(), make)
    if _is_frameset(builder):
        warnings.append("the page is a frameset: what its frames show is in other files")
        builder = parse(mending.frames_as_markup(source).encode(), make)
    return _Reading(source.encode(), builder, warnings)


def parser_bytes(source: str | bytes) -> bytes:
    """The markup as libxml2 is given it, UTF-8 without the control characters that no reader sees.

    Bytes are in UTF-8 already. If nothing of them goes they come back as they are, and a large page is held in memory once.
    """
    data = source.encode("utf-8", "replace") if isinstance(source, str) else source
    return data.translate(None, _CONTROLS)


def parse(markup: bytes, make: type[PageBuilder] = PageBuilder, *, checked: bool = True) -> PageBuilder:
    """One pass of the parser over what `parser_bytes` gives.

    `checked` puts a comment at the end that tells whether the parser got there.
    """
    builder = make()
    if markup.isspace() or not markup:
        return builder.close()
    end = _END_COMMENT if checked else b""
    parser = etree.HTMLParser(target=cast("Any", builder), huge_tree=True, encoding="utf-8")
    try:
        if len(markup) <= _CHUNK:
            etree.fromstring(markup + end, parser)
        else:
            _feed(parser, markup, end, builder)
    except _TooDeepError:
        return _parse_simply(markup.decode(), "it is nested too deeply", make)
    except etree.LxmlError:
        return _parse_simply(markup.decode(), "libxml2 failed", make)
    return builder


def _parse_simply(source: str, why: str, make: type[PageBuilder]) -> PageBuilder:
    from dechaff.reading import mending  # noqa: PLC0415  # few pages need it

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


def _feed(parser: etree.HTMLParser, markup: bytes, end: bytes, builder: PageBuilder) -> None:
    for position in range(0, len(markup), _CHUNK):
        parser.feed(markup[position : position + _CHUNK])
        if builder.element - builder.ended > _DEEPEST:
            raise _TooDeepError
    parser.feed(end)
    parser.close()
