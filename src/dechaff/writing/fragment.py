"""What stayed, as a small piece of HTML: paragraphs, headings, lists, tables, code, quotations, links, pictures.

It is written from the blocks and the elements they stood in, never copied: an element or attribute that is not named here does
not come out. Containers without a meaning (`div`, `section`, tables that only lay out a page) leave no trace. The result still
goes through a sanitiser (`html.py`).
"""

from __future__ import annotations

from html import escape
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import regex

from dechaff.pruning import media_that_stay
from dechaff.reading.html import ends_a_block
from dechaff.reading.recording import Node, ranges, recording_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dechaff.cutting import Outcome
    from dechaff.page import Block, Page
    from dechaff.reading.recording import Chunk

_STRUCTURE = {
    "ul": "ul", "menu": "ul", "dir": "ul", "ol": "ol", "li": "li", "dl": "dl", "dt": "dt", "dd": "dd",
    "blockquote": "blockquote", "figure": "figure", "figcaption": "figcaption",
    "table": "table", "thead": "thead", "tbody": "tbody", "tfoot": "tfoot", "tr": "tr", "td": "td", "th": "th",
    "caption": "caption",
}  # fmt: skip
_TABLE_PARTS = frozenset(("table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"))
_LISTS = frozenset(("ul", "ol"))
_OF_LINES = frozenset(("dt", "td", "th", "caption", "figcaption"))
"""Elements whose text stands in them without paragraphs."""

_BARE = _OF_LINES | {"li", "dd"}
"""Elements whose first text stands in them without a paragraph."""

_INLINE = {
    "a": "a", "em": "em", "i": "em", "strong": "strong", "b": "strong", "s": "del", "strike": "del", "del": "del",
    "ins": "ins", "sub": "sub", "sup": "sup", "code": "code", "tt": "code", "kbd": "kbd", "samp": "samp", "var": "var",
    "mark": "mark", "q": "q", "abbr": "abbr", "cite": "cite", "dfn": "dfn", "time": "time", "u": "u", "small": "small",
}  # fmt: skip
_IN_A_HEADING = frozenset(("a", "em", "code", "sub", "sup", "del"))

_ATTRIBUTES = {
    "a": ("href",),
    "abbr": ("title",),
    "time": ("datetime",),
    "ol": ("start",),
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan"),
}

_LONGEST_CELL = 1000
"""A table with more text in one cell lays out a page."""

_DEEPEST = 60
"""How deep lists, quotations and tables are written in each other; what is deeper stands in the innermost of these. Real pages have
less than ten, and whoever reads Markdown or HTML out of it may recurse."""

_FAR = 100
"""So many elements around a text are asked whether they are a table that it stands in."""

_LANGUAGE = regex.compile(
    r"""
    (?:^|[\s])
    (?: lang(?:uage)?-                        # HTML's own advice, and most highlighters
      | highlight-(?:source-|text-)?          # GitHub, Sphinx
      | brush:\s?                             # SyntaxHighlighter
    )
    ([\w+\#.-]{1,30})
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
_NO_LANGUAGE = frozenset(("none", "default", "plaintext", "text", "highlighter-rouge", "plain", "auto", "nohighlight"))
_AROUND_CODE = 4
"""How many elements around a piece of code are asked for its language."""

_LAZY = ("data-src", "data-original", "data-lazy-src", "data-hi-res-src")
_A_DOT = regex.compile(r"[012](?:px)?")
"""The size of a picture that only counts readers."""


class _Picture(NamedTuple):
    """A picture that stays."""

    node: Node
    source: str


class _Piece(NamedTuple):
    """A part of a block's text, or a picture in it, with the inline elements around it, outermost first."""

    path: tuple[Node, ...]
    text: str
    spaced: bool
    picture: _Picture | None


def write_fragment(page: Page, outcome: Outcome) -> str:
    """The kept blocks and pictures as HTML; of a text source, paragraphs.

    Args:
        page: what was read; a page of HTML by an `Outline`.
        outcome: what was decided.
    """
    if page.kind != "html":
        return _paragraphs(page, outcome)
    recording = recording_of(page)
    stay = media_that_stay(page, outcome, recording)
    alone: dict[int, list[_Picture]] = {}
    for medium, stays in zip(recording.media, stay, strict=True):
        picture = _picture(medium.place) if stays and medium.before != medium.after else None
        if picture:
            alone.setdefault(medium.after, []).append(picture)
    writer = _Writer(_laying_out(page, outcome))
    for block in page.blocks:
        for picture in alone.get(block.index, ()):
            writer.picture(picture)
        pieces = outcome.pieces[block.index]
        if pieces:
            chunks = recording.runs[block.index] if block.index < len(recording.runs) else []
            writer.block(block, pieces, chunks)
    for picture in alone.get(len(page.blocks), ()):
        writer.picture(picture)
    return writer.close()


def _paragraphs(page: Page, outcome: Outcome) -> str:
    """A text source: its lines as paragraphs, or, where blank lines part it, what stands between two of them."""
    kept = [block for block in page.blocks if outcome.pieces[block.index]]
    gaps = [page.source[a.end : b.start] for a, b in zip(page.blocks, page.blocks[1:], strict=False)]
    apart = any(len(gap.splitlines()) > 1 for gap in gaps)
    parts: list[str] = []
    previous: Block | None = None
    for block in kept:
        text = "".join(block.text[begin:end] for begin, end in outcome.pieces[block.index])
        between = page.source[previous.end : block.start] if previous else ""
        if previous is not None:
            parts.append("\n" if apart and len(between.splitlines()) < 2 else "</p>\n<p>")
        parts.append(escape(text, quote=False))
        previous = block
    return f"<p>{''.join(parts)}</p>\n" if parts else ""


def _around(node: Node | None) -> Iterator[Node]:
    while node is not None:
        yield node
        node = node.parent


def _first_node(chunks: Sequence[Chunk]) -> Node | None:
    return next((chunk.place for chunk in chunks if chunk.text.strip()), None)


def _laying_out(page: Page, outcome: Outcome) -> set[int]:
    """The tables (by id) that hold no data but lay out the page.

    Such a table has a heading, list, table or very much text in a cell, or no two cells of text side by side.
    """
    runs = recording_of(page).runs
    bad: set[int] = set()
    rows: dict[int, dict[int, set[int]]] = {}
    for block, chunks in zip(page.blocks, runs, strict=False):
        if not outcome.pieces[block.index]:
            continue
        nested = False
        cell: Node | None = None
        row: Node | None = None
        for node in islice(_around(_first_node(chunks)), _FAR):
            if node.tag in ("td", "th"):
                cell = node
            elif node.tag in _LISTS or node.tag == "blockquote":
                nested = True
            elif node.tag == "tr":
                row = node
            elif node.tag == "table":
                rows.setdefault(id(node), {}).setdefault(id(row), set()).add(id(cell))
                if nested or block.kind in ("heading", "code") or len(block.text) > _LONGEST_CELL:
                    bad.add(id(node))
                cell, row, nested = None, None, True
    return bad | {name for name, cells in rows.items() if max(map(len, cells.values())) < 2}


def _picture(node: Node) -> _Picture | None:
    """A picture with an address that shows something."""
    attributes = node.attributes
    if node.tag != "img" or any(_A_DOT.fullmatch(attributes.get(side) or "") for side in ("width", "height")):
        return None
    source = (attributes.get("src") or "").strip()
    if not source or source[:5].lower() == "data:":
        source = next((attributes[name].strip() for name in _LAZY if attributes.get(name)), "")
    if not source:
        candidates = attributes.get("srcset") or attributes.get("data-srcset") or ""
        source = candidates.split()[0].rstrip(",") if candidates.strip() else ""
    return _Picture(node, source) if source and source[:5].lower() != "data:" else None


class _Structure(NamedTuple):
    """The elements around a node that are written, outermost first, and the innermost table among all around it."""

    path: tuple[tuple[object, str], ...]
    table: Node | None


class _Writer:
    """Writes blocks and pictures in order, and opens and closes the elements around them."""

    def __init__(self, layout: set[int]) -> None:
        self._layout = layout
        self._known: dict[int, _Structure] = {}  # by a node's id
        self._parts: list[str] = []
        self._open: list[tuple[object, str]] = []
        self._empty = True  # nothing stands yet in the innermost open element
        self._cells = 0
        self._leaf = ""
        self._inline: list[Node] = []
        self._last = -1
        self._source = ""

    def block(self, block: Block, pieces: Sequence[tuple[int, int]], chunks: Sequence[Chunk]) -> None:
        """One block that stays."""
        path = self._path(_first_node(chunks), block)
        goes_on = (
            block.joined
            and self._last == block.index - 1
            and block.kind not in ("heading", "code")
            and path == self._open
            and not self._empty
        )
        self._last = block.index
        if block.kind == "code":
            self._to(path)
            self._code(block, pieces, chunks)
            return
        if goes_on:
            self._close_inline()
            self._parts.append("<br>\n")
        else:
            self._to(path)
            self._begin(block)
        for piece in _inline_pieces(block, pieces, chunks):
            self._write(piece, heading=self._leaf[:1] == "h")
        self._empty = False

    def picture(self, picture: _Picture) -> None:
        """A picture that stands between two blocks."""
        if picture.source == self._source:
            return  # once for a browser that runs scripts and once for one that does not
        path = self._path(picture.node, None)
        self._to(path)
        if not path or path[-1][1] not in (*_BARE, "figure"):
            self._parts.append("<p>")
            self._leaf = "p"
        self._write(_Piece(_inline_path(picture.node), "", spaced=False, picture=picture), heading=False)
        self._close_leaf()
        self._empty = False

    def close(self) -> str:
        """The end; all that was written."""
        self._to([])
        return "".join(self._parts)

    def _path(self, node: Node | None, block: Block | None) -> list[tuple[object, str]]:
        """The elements that have to be open around this node, outermost first."""
        path = _well_formed(self._structure(node).path)
        if block is not None and path and path[-1][1] in _LISTS:
            path.append((block.index, "li"))
        return path

    def _structure(self, node: Node | None) -> _Structure:
        """The elements around a node that mean something, each worked out once however many texts are in it."""
        unknown: list[Node] = []
        while node is not None and id(node) not in self._known:
            unknown.append(node)
            node = node.parent
        found = self._known[id(node)] if node is not None else _Structure((), None)
        for element in reversed(unknown):
            tag = _STRUCTURE.get(element.tag)
            if tag is not None:
                table = element if tag == "table" else found.table
                path = found.path
                lays_out = table is not None and tag in _TABLE_PARTS and id(table) in self._layout
                if not lays_out and len(path) < _DEEPEST:
                    path = (*path, (element, tag))
                found = _Structure(path, table)
            self._known[id(element)] = found
        return found

    def _to(self, path: list[tuple[object, str]]) -> None:
        """Close and open elements until exactly these are open."""
        self._close_leaf()
        same = 0
        while same < min(len(path), len(self._open)) and path[same] == self._open[same]:
            same += 1
        while len(self._open) > same:
            self._close_one()
        for element, tag in path[same:]:
            if tag in ("td", "th") and isinstance(element, Node):
                self._cells_before(element)
            if self._parts and self._parts[-1][-1:] != "\n" and tag not in ("td", "th"):
                self._parts.append("\n")
            self._parts.append(f"<{tag}{_attributes(tag, element.attributes if isinstance(element, Node) else {})}>")
            self._open.append((element, tag))
            self._empty = True

    def _close_one(self) -> None:
        element, tag = self._open.pop()
        if tag == "tr" and isinstance(element, Node):
            self._missing_cells(element, len(element.children))
            self._cells = 0
        self._parts.append(f"</{tag}>" if tag in ("td", "th") else f"</{tag}>\n")
        self._empty = False

    def _cells_before(self, cell: Node) -> None:
        """A cell of which nothing stays keeps its place."""
        row = cell.parent
        if row is not None and row.tag == "tr" and self._open and self._open[-1][0] is row:
            # Cells come in order, so that none before the last one is looked at again.
            left = range(self._cells, len(row.children))
            place = next((number for number in left if row.children[number] is cell), self._cells - 1)
            self._missing_cells(row, place)
            self._cells = place + 1

    def _missing_cells(self, row: Node, end: int) -> None:
        for child in row.children[self._cells : end]:
            if child.tag in ("td", "th"):
                self._parts.append(f"<{child.tag}{_attributes(child.tag, child.attributes)}></{child.tag}>")

    def _begin(self, block: Block) -> None:
        inside = self._open[-1][1] if self._open else ""
        if block.kind == "heading" and inside not in _OF_LINES:
            self._leaf = f"h{block.level}"
        elif inside not in _BARE:
            self._leaf = "p"
        elif self._empty:
            return
        elif inside in _OF_LINES:
            self._parts.append("<br>")
            return
        else:
            self._leaf = "p"
        if self._parts and self._parts[-1][-1:] not in ("\n", ">"):
            self._parts.append("\n")
        self._parts.append(f"<{self._leaf}>")

    def _code(self, block: Block, pieces: Sequence[tuple[int, int]], chunks: Sequence[Chunk]) -> None:
        text = escape("".join(block.text[begin:end] for begin, end in pieces), quote=False)
        language = _language(_first_node(chunks))
        opened = f'<code class="language-{escape(language)}">' if language else "<code>"
        # A parser drops one line end after `<pre>`, so one more keeps the first.
        self._parts.append(f"<pre>{opened}{text}</code></pre>\n")
        self._empty = False

    def _write(self, piece: _Piece, *, heading: bool) -> None:
        path = [node for node in piece.path if not heading or _INLINE[node.tag] in _IN_A_HEADING]
        inline = self._inline
        same = 0
        while same < min(len(path), len(inline)) and path[same] is inline[same]:
            same += 1
        while len(inline) > same:
            self._parts.append(f"</{_INLINE[inline.pop().tag]}>")
        if piece.spaced:
            self._parts.append(" ")
        for node in path[same:]:
            tag = _INLINE[node.tag]
            self._parts.append(f"<{tag}{_attributes(tag, node.attributes)}>")
            inline.append(node)
        if piece.picture is not None:
            self._source = piece.picture.source
            alt = " ".join((piece.picture.node.attributes.get("alt") or "").split())
            self._parts.append(f'<img src="{escape(piece.picture.source)}" alt="{escape(alt)}">')
        self._parts.append(escape(piece.text, quote=False))

    def _close_inline(self) -> None:
        while self._inline:
            self._parts.append(f"</{_INLINE[self._inline.pop().tag]}>")

    def _close_leaf(self) -> None:
        self._close_inline()
        if self._leaf:
            self._parts.append(f"</{self._leaf}>\n")
            self._leaf = ""


def _well_formed(path: Sequence[tuple[object, str]]) -> list[tuple[object, str]]:
    """The path without rows and cells outside a table, and without a table that text stands in beside its cells."""
    found: list[tuple[object, str]] = []
    for element, tag in path:
        around = found[-1][1] if found else ""
        if tag in ("thead", "tbody", "tfoot", "caption"):
            allowed = around == "table"
        elif tag == "tr":
            allowed = around in ("table", "thead", "tbody", "tfoot")
        elif tag in ("td", "th"):
            allowed = around == "tr"
        elif tag == "figcaption":
            allowed = around == "figure"
        else:
            allowed = True
        if allowed:
            found.append((element, tag))
    while found and found[-1][1] in ("table", "thead", "tbody", "tfoot", "tr", "dl"):
        found.pop()
    return found


def _inline_path(node: Node) -> tuple[Node, ...]:
    """The inline elements around a text that mean something, outermost first, each kind once."""
    unknown: list[Node] = []
    around: Node | None = node
    while around is not None and around.inline is None:
        unknown.append(around)
        around = around.parent
    path = around.inline or () if around is not None else ()
    for element in reversed(unknown):
        tag = _INLINE.get(element.tag)
        if tag is not None and (tag != "a" or element.attributes.get("href")):
            path = (*(other for other in path if _INLINE[other.tag] != tag), element)
        element.inline = path
    return path


def _inline_pieces(block: Block, pieces: Sequence[tuple[int, int]], chunks: Sequence[Chunk]) -> Iterator[_Piece]:
    """The text of a block that stays and its pictures, in order, cut where the elements around them change."""
    text = block.text
    if not chunks:
        yield _Piece((), "".join(text[begin:end] for begin, end in pieces), spaced=False, picture=None)
        return
    last = 0
    first, after_picture, gap = True, False, False  # `gap`: the source has white space since the last word or picture
    for chunk, (begin, end) in zip(chunks, ranges(text, chunks), strict=True):
        if not chunk.text:
            picture = _picture(chunk.place)
            if picture:
                yield _Piece(_inline_path(chunk.place), "", gap and not first, picture)
                last, first, after_picture, gap = begin, False, True, False
            continue
        gap = gap or chunk.text[0].isspace()
        path: tuple[Node, ...] | None = None
        for low, high in pieces:
            start, stop = max(begin, low), min(end, high)
            if start >= stop:
                continue
            if path is None:
                path = _inline_path(chunk.place)
            core = text[start:stop]
            spaced = not first and (
                gap if after_picture else _space_between(text, pieces, last, start) or core[0].isspace()
            )
            yield _Piece(path, core.strip(), spaced, None)
            last, first, after_picture = stop - (len(core) - len(core.rstrip())), False, False
        gap = chunk.text[-1].isspace()


def _space_between(text: str, pieces: Sequence[tuple[int, int]], begin: int, end: int) -> bool:
    """Whether white space that stays stands between two places of a block."""
    return any(
        text[max(begin, low) : min(end, high)][:1].isspace() or text[max(begin, low) : min(end, high)][-1:].isspace()
        for low, high in pieces
        if max(begin, low) < min(end, high)
    )


def _attributes(tag: str, attributes: Mapping[str, str]) -> str:
    parts = []
    for name in _ATTRIBUTES.get(tag, ()):
        value = attributes.get(name)
        if not value or (name in ("start", "colspan", "rowspan") and not (value.isascii() and value.isdigit())):
            continue
        parts.append(f' {name}="{escape(value.strip())}"')
    return "".join(parts)


def _language(node: Node | None) -> str:
    """The language of a piece of code, as the names on it or around it say; "" if they do not.

    >>> _language(Node("code", {"class": "hljs language-Python"}, None))
    'python'
    """
    asked = 0
    for element in _around(node):
        if asked and element.tag not in ("pre", "code", "div", "figure", "td", "span"):
            break
        named = element.attributes.get("data-lang") or element.attributes.get("data-language")
        found = _LANGUAGE.search(element.attributes.get("class") or "")
        language = (named or (found[1] if found else "")).lower()
        if language and language not in _NO_LANGUAGE and regex.fullmatch(r"[\w+#.-]{1,30}", language):
            return language
        asked += ends_a_block(element.tag)
        if asked > _AROUND_CODE:
            break
    return ""
