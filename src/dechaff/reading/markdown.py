"""Markdown into a page: what a reader of the rendered text would see, and where each piece of it stands in the source.

markdown-it-py parses the blocks and, through `_PlacedInline`, the text in them; it says which lines a block has, and here each
character is traced back from there. Nothing is rendered. What is no text (pictures, rules, link definitions, HTML comments)
makes no block and stays in the source, unless it stands between two blocks that go.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from markdown_it import MarkdownIt
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.parser_inline import ParserInline
from markdown_it.ruler import Ruler
from markdown_it.rules_block import StateBlock, blockquote, fence, heading, hr, html_block, list_block, reference
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from dechaff.late import late_regex
from dechaff.page import Block, BlockKind, Box, Mark, Page, Place
from dechaff.reading.text import SENTENCE_END, Line, is_full, wrap_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import regex


_DEEPEST = 60
"""Blocks nested deeper are not read, and so stay as they are, with a warning. markdown-it takes about four calls for each level."""

_LONGEST_INLINE = 100_000
_MOST_UNCLOSED = 500
"""A paragraph of more characters, or with more brackets that nothing closes, is taken for plain text: the time for unclosed brackets
grows with their square."""

_NO_ATTRIBUTES: Mapping[str, str] = {}
_KINDS: dict[str, BlockKind] = {"li": "item", "blockquote": "quote", "td": "cell", "th": "cell"}

_FRONT_MATTER = late_regex(
    r"""\ufeff?---[ \t]*\r?\n
    (?=(?:[#][^\n]{0,1000}\n|\r?\n){0,9}["']?[\w-]{1,60}["']?[ \t]{0,9}:[ \t\r\n])   # a rule, too, is three hyphens
    (?:[^\n]{0,1000}\n){0,200}?---[ \t]*(?:\r?\n|$)""",
    re.VERBOSE,
)
_TITLE = late_regex(r"^title:[ \t]*[\"']?([^\n\r]{1,300}?)[\"']?[ \t]*\r?$", re.MULTILINE)
_LINE = late_regex(r"[^\r\n]*+(?:\r\n|\n|\r|$)")
_LIST_MARKER = late_regex(r"[ \t>]*+(?P<mark>[-+*]|\p{N}{1,9}[.)])(?=[ \t]|$)")
_NUMBERED = late_regex(r"\n[ \t]*+(?P<number>[0-9]{1,4})[.)][ \t]++(?=\S)")
_PREFIX = late_regex(r"[ \t>]*+")
_TAG = late_regex(r"</?[A-Za-z][^<>]{0,4000}>|<[?!][^<>]{0,4000}>")
_LONGEST_COMMENT = 20_000
_WRAPPED_LINK = late_regex(
    r"""\]\([^\s()<>]{0,2000}+(?:\([^\s()]{0,500}\)[^\s()]{0,2000}+){0,9}+   # the address up to the line's end
    (?:\n[^\s()]{1,2000}+(?:\([^\s()]{0,500}\)[^\s()]{0,2000}+){0,9}+){1,9}  # and on the next lines
    (?=\)|[ \n]")""",
    re.VERBOSE,
)
"""An address that was wrapped, as html2text does it unless told not to. To CommonMark it is no link."""
_SPACED_ADDRESS = late_regex(
    r"""(?:!\[[^\[\]\n]{0,1000}\]\(|\]\((?=https?://))[^\s()"'<>]{1,2000}+(?:[ ][^\s()"'<>]{1,2000}+){1,99}+\)"""
)
"""An address with spaces in it, as converters take it over from HTML: the list of a picture's sizes (`a.jpg 500w, b.jpg 900w`), or that
of a link to share, with the page's title."""
_DATA_ADDRESS = late_regex(
    r"!\[[^\[\]\n]{0,1000}\]\(data:[^\n()]{1,20000}+(?:\([^\n()]{0,500}\)[^\n()]{0,20000}+){0,99}+\)"
)
"""A picture that is in its own address: a drawing has spaces and quotation marks in it."""
_HTML_TO_CLOSE = late_regex(r"<(!--|\?|!\[CDATA\[|(?:script|pre|style|textarea)(?=[\s>]))", re.IGNORECASE)
_CLOSINGS = {"!--": "-->", "?": "?>", "![cdata[": "]]>"}
_MOST_TILDES = 20
"""So many lines of tildes that nothing closes are looked for. Each costs a way to the end of the source."""
_ROW = 3
"""So many links with nothing between them are a row: a menu, or tags."""
_PICTURE = late_regex(r"!\[[^\[\]\n]{0,1000}\]\([^\s()]{1,2000}\)")
_LINK_END = late_regex(
    r"""\]\([ ]?(?P<href>[^\s()<>"]{0,2000}+(?:\([^\s()]{0,500}\)[^\s()]{0,500}+){0,9}+)   # the address
    (?:[ \n]"[^"\n]{0,500}")?[ ]?\)""",
    re.VERBOSE,
)
_SIMPLE_ADDRESS = late_regex(r"/?[A-Za-z0-9_.-]++(?:/[A-Za-z0-9_.-]++)*+/?")
"""A relative address in which nothing has to be quoted."""
_IS_ADDRESS = late_regex(r"[/#:.?]")
_LONGEST_LINK = 24
"""How many blocks a link may go over: a card of a list, with its headings and its own list of pictures."""
_FLATTENED = late_regex(r"[ \t]{3,}+")
"""What is left of a line break where a converter had to put all on one line: the two spaces before it, and one for it."""
_WORDED_ITEM = late_regex(r"[ \t]*+(?:[-+*]|[0-9]{1,3}[.)])[ ]++[\p{Lu}\p{Lo}\p{N}#*_][^{};=]*+$")
_GLUED = late_regex(r"(?<=\p{Ll}{2})(?=\p{Lu}\p{Ll})")
_PROSE_STOP = late_regex(r"[.,;:!?]\s")
_MOST_GLUED, _LONGEST_GLUED = 8, 40
"""The options of a field come out of converters without anything between them. So many capitals glued to words, that close and
without a stop between them, are no names."""
_LISTED = 0.6
_GOES_ON = late_regex(r"[ \t>]*+[^\p{L}\n]{0,3}\p{Ll}")
_RUNS = late_regex(r"\S++(?: \S++)*+")
_WORDS = late_regex(r"\S+")
_PLAIN = late_regex(r"[^\s\\`*_~\[\]<&]++(?: [^\s\\`*_~\[\]<&]++)*+")
"""One line of text in which the inline parser finds nothing, without white space to fold."""
_BORDER = late_regex(r"(?<!\\)\|")
_ESCAPED_BORDER = late_regex(r"\\\|")
_LONGEST_MARKER = 3


class _Event(NamedTuple):
    """What the inline parser met at `content[start:end]`."""

    kind: Literal[
        "text", "special", "soft", "hard", "code", "open", "close", "begin", "finish", "marker", "unseen", "picture"
    ]
    start: int
    end: int
    value: Any = None


class _PlacedInline(ParserInline):
    """The inline parser, telling where in its text everything is."""

    def places(self, content: str, md: MarkdownIt, env: dict[str, Any]) -> list[_Event]:
        """What stands in the text of one block."""
        events: list[_Event] = []
        env["dechaff.events"] = events
        try:
            self.parse(content, md, env, [])
        finally:
            del env["dechaff.events"]
        return events

    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        """As the base class; the text of a picture, which is parsed inside, tells nothing."""
        events = env.pop("dechaff.events", None)
        state = StateInline(src, md, env, tokens)
        state.env["dechaff.now"], before = events, env.get("dechaff.now")
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        state.env["dechaff.now"] = before
        if events is not None:
            env["dechaff.events"] = events
        return state.tokens

    def tokenize(self, state: StateInline) -> None:
        """As the base class, and writes down what was found."""
        events: list[_Event] | None = state.env["dechaff.now"]
        rules = self.ruler.getRules("")
        deepest = state.md.options["maxNesting"]
        end = state.posMax
        while state.pos < end:
            pos, tokens = state.pos, len(state.tokens)
            here = 0 if events is None else len(events)
            found = state.level < deepest and any(rule(state, False) for rule in rules)
            if not found:
                state.append_pending(state.src[state.pos])
                state.pos += 1
            if events is not None:
                _note(events, here, state, pos, state.tokens[tokens:])
        if state.pending:
            state.pushPending()


def _note(events: list[_Event], here: int, state: StateInline, pos: int, tokens: Sequence[Token]) -> None:
    """Write down what one rule found at `pos`; what it found inside is in `events` from `here` on."""
    end = state.pos
    if state.src[pos] in "*_~" and tokens and all(token.type == "text" for token in tokens):
        markers: list[_Event] = []
        place = end
        for token in reversed(tokens):  # before the markers may stand the text that led up to them
            if place <= pos:
                break
            markers.append(_Event("marker", place - len(token.content), place, token))
            place -= len(token.content)
        events += reversed(markers)
        return
    first = next((token for token in tokens if token.type != "text"), None)
    if first is None:
        events.append(_Event("text", pos, end))
    elif first.type == "link_open":
        href = str(first.attrs.get("href") or "")
        if first.markup == "autolink":
            inside = [_Event("text", pos + 1, end - 1)]
            low, high = pos + 1, end - 1
        else:
            inside = events[here:]
            low = pos + 1
            high = inside[-1].end if inside else low
        events[here:] = [_Event("open", pos, low, href), *inside, _Event("close", high, end, "link")]
    elif first.type == "image":
        events.append(_Event("picture", pos, end))
    elif first.type == "text_special":
        events.append(_Event("special", pos, end, first.content))
    elif first.type == "code_inline":
        events.append(_Event("code", pos, end, first))
    elif first.type in ("softbreak", "hardbreak"):
        events.append(_Event("hard" if first.type == "hardbreak" else "soft", pos, end))
    else:
        is_break = first.content[:3].lower() == "<br"
        events.append(_Event("hard" if is_break else "unseen", pos, end))


def _closed_fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # as markdown-it calls it
    """A fence, but no line of tildes that nothing closes: that is decoration, and would make all behind it code."""
    if not fence(state, start, end, silent):
        return False
    line = _line(state, start)
    unclosed: set[int] = state.env.setdefault("dechaff.tildes", set())
    if silent or state.level or line.strip("~") or len(unclosed) >= _MOST_TILDES:
        return start not in unclosed or bool(state.level)
    _, last = state.tokens[-1].map or (0, 0)
    closing = _line(state, last - 1)
    if last - 1 > start and not closing.strip("~") and len(closing) >= len(line):
        return True
    unclosed.add(start)
    state.tokens.pop()
    state.line = start
    return False


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].rstrip()


def _closed_html(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # as above
    """HTML, but no comment or script that nothing closes: to CommonMark all behind it would be HTML."""
    place = state.bMarks[start] + state.tShift[start]
    opening = _HTML_TO_CLOSE.match(state.src, place)
    if opening is not None:
        closing = _CLOSINGS.get(opening[1].lower(), f"</{opening[1].lower()}>")
        known = state.env.setdefault("dechaff.closings", {})
        if closing not in known:
            known[closing] = state.src.lower().rfind(closing)
        if known[closing] < place:
            return False
    return html_block(state, start, end, silent)


_SIGNS: dict[RuleFuncBlockType, str] = {
    _closed_fence: "~`",
    blockquote: ">",
    hr: "*-_",
    list_block: "*+-0123456789",
    reference: "[",
    _closed_html: "<",
    heading: "#",
}
"""The rules for blocks that a line can only begin with one of these signs, after indentation."""


class _BySign(Ruler[RuleFuncBlockType]):
    """The rules for blocks, of which a line is only shown to those that its first sign can be for."""

    def __init__(self, ruler: Ruler[RuleFuncBlockType]) -> None:
        super().__init__()
        self._active = ruler.get_active_rules()
        self._chains = {
            chain: [_by_sign(ruler.getRules(chain))] for chain in ("", "paragraph", "reference", "blockquote", "list")
        }

    def getRules(self, chainName: str = "") -> list[RuleFuncBlockType]:  # noqa: N802, N803  # as markdown-it calls it
        """One function that stands for all rules of a chain."""
        return self._chains[chainName]

    def get_active_rules(self) -> list[str]:
        """Their names."""
        return self._active


def _by_sign(rules: Sequence[RuleFuncBlockType]) -> RuleFuncBlockType:
    for_any = [rule for rule in rules if rule not in _SIGNS]
    for_sign = {
        sign: [rule for rule in rules if sign in _SIGNS.get(rule, sign)] for sign in set("".join(_SIGNS.values()))
    }

    def first(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # as above
        place = state.bMarks[start] + state.tShift[start]
        for rule in for_sign.get(state.src[place : place + 1], for_any):  # noqa: SIM110  # a generator takes longer
            if rule(state, start, end, silent):
                return True
        return False

    return first


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    md.block.ruler.at("fence", _closed_fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.block.ruler.at("html_block", _closed_html, {"alt": ["paragraph", "reference", "blockquote"]})
    md.block.ruler = _BySign(md.block.ruler)
    md.core.ruler.enableOnly(["normalize", "block"])
    normalize = md.normalizeLink
    md.normalizeLink = lambda url: url if _SIMPLE_ADDRESS.fullmatch(url) else normalize(url)  # type: ignore[method-assign]
    md.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005  # nothing is rendered, and a link to a script is a link, too
    inline = _PlacedInline()
    inline.ruler.enableOnly(md.inline.ruler.get_active_rules())
    # Joined fragments could not be told apart any more.
    inline.ruler2.disable("fragments_join")
    md.inline = inline
    return md


@dataclass(slots=True)
class _Open:
    """Markup inside a block that has begun and not yet ended."""

    first: int
    start: int
    end: int
    href: str | None


@dataclass(slots=True)
class _Text:
    """The text of a block while it is read: white space folded, with the way back."""

    parts: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    opened: list[_Open] = field(default_factory=list)
    hrefs: list[str] = field(default_factory=list)
    linked: int = 0
    size: int = 0
    start: int = -1
    end: int = -1
    marker: int = -1
    gap: tuple[int, int] | None = None

    @property
    def range(self) -> tuple[int, int]:
        """The source it was read from: as it was said, else from its first character or markup to the last."""
        if self.start >= 0:
            return self.start, self.end
        ends: list[Place | Mark] = [*self.places, *self.marks]
        start = self.marker if self.marker >= 0 else min(one.start for one in ends)
        return start, max(one.end for one in ends)

    def space(self, start: int, end: int) -> None:
        """White space, which counts once and not at the edges."""
        self.gap = (self.gap[0], end) if self.gap else (start, end)

    def word(self, text: str, start: int, end: int) -> None:
        """Text without white space that was read from `source[start:end]`."""
        if self.gap and self.size:
            self._put(" ", *self.gap)
        self.gap = None
        self._put(text, start, end)

    def _put(self, text: str, start: int, end: int) -> None:
        self.parts.append(text)
        first, self.size = self.size, self.size + len(text)
        last = self.places[-1] if self.places else None
        if (
            last is not None
            and last.end == start
            and last.last - last.first == last.end - last.start
            and len(text) == end - start
        ):
            self.places[-1] = Place(last.first, self.size, last.start, end)
        else:
            self.places.append(Place(first, self.size, start, end))

    def open(self, start: int, end: int, href: str | None) -> None:
        """Markup begins."""
        first = self.size + (1 if self.gap and self.size else 0)
        self.opened.append(_Open(first, start, end, href))

    def close(self, start: int, end: int) -> None:
        """The newest open markup ends."""
        if not self.opened:
            return
        begun = self.opened.pop()
        first = min(begun.first, self.size)
        self.marks.append(Mark(first, self.size, begun.start, begun.end))
        self.marks.append(Mark(first, self.size, start, end))
        if begun.href is not None:
            self.linked += self.size - first
            if begun.href:
                self.hrefs.append(begun.href)


class _Lines:
    """The lines of the source, and where the text that the parser took from them stands."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.starts: list[int] = []
        self.texts: list[str] = []
        for match in _LINE.finditer(source):
            if match.end() > match.start():
                self.starts.append(match.start())
                self.texts.append(match.group().rstrip("\r\n"))

    def end(self, number: int) -> int:
        """Where a line's text ends, without white space."""
        return self.starts[number] + len(self.texts[number].rstrip())

    def trace(self, content: str, first: int) -> list[tuple[int, int]]:
        """For each line of `content`, which begins in line `first`, where it begins in content and in the source."""
        found = []
        place = 0
        for number, line in enumerate(content.split("\n"), first):
            whole = self.texts[number] if number < len(self.texts) else ""
            shift = 0
            if whole.endswith(line):
                at = len(whole) - len(line)
            else:
                at = whole.rfind(line.strip())
                if not line.startswith(line.strip()):
                    shift = len(line) - len(line.lstrip())  # a tab that stands for indentation and text
            begin = self.starts[min(number, len(self.starts) - 1)]
            found.append((place + shift, begin + max(at, 0)))
            place += len(line) + 1
        return found


class _Tracer:
    """From a place in a block's content to the source."""

    def __init__(self, lines: list[tuple[int, int]]) -> None:
        self._contents = [content for content, _ in lines]
        self._sources = [source for _, source in lines]

    def __call__(self, place: int) -> int:
        """Where the character at `place` stands."""
        number = max(bisect_right(self._contents, place) - 1, 0)
        return self._sources[number] + max(place - self._contents[number], 0)

    def straight(self, begin: int, end: int) -> int:
        """Where what begins at `begin` and goes up to `end` begins, if it stands in one piece; else -1."""
        number = bisect_right(self._contents, begin) - 1
        if number < 0 or (number + 1 < len(self._contents) and end > self._contents[number + 1]):
            return -1
        return self._sources[number] + begin - self._contents[number]

    def end(self, place: int) -> int:
        """Where what ends before `place` ends."""
        return self(place - 1) + 1 if place else self(0)


def read_markdown(source: str, url: str | None = None, language: str | None = None) -> Page:
    r"""Read Markdown (CommonMark, with tables and strikethrough).

    A block's text is what a reader would see, without markup and white space folded; `Block.places` and `Block.marks` lead back
    to the source, which is kept on the page. Boxes are those that the rendered page would have. A line break inside a paragraph
    ends a block, unless the text is wrapped and the next word would not have fitted.

    Args:
        source: the Markdown, decoded.
        url: where it is from, kept on the page.
        language: kept on the page, lower case.

    >>> page = read_markdown("# Boats\n\n- [Home](/)\n\nThey *come* back.")
    >>> [(block.kind, block.text, block.link_density) for block in page.blocks]
    [('heading', 'Boats', 0.0), ('item', 'Home', 1.0), ('paragraph', 'They come back.', 0.0)]
    >>> page.source[page.blocks[2].start : page.blocks[2].end]
    'They *come* back.'
    """
    builder = _Builder(source)
    builder.read()
    return Page(
        builder.blocks,
        builder.boxes,
        kind="markdown",
        source=source,
        language=(language or "").lower() or None,
        url=url,
        title=builder.title,
        warnings=builder.warnings,
    )


def render(source: str) -> str:
    r"""The HTML of Markdown as it is read here, not yet sanitised; front matter is no part of it.

    >>> render("# Boats\n\nThey *come* back.")
    '<h1>Boats</h1>\n<p>They <em>come</em> back.</p>\n'
    """
    head = _FRONT_MATTER.match(source)
    md = _parser()
    env: dict[str, Any] = {}
    tokens = md.parse(source[head.end() :] if head else source.removeprefix("\ufeff"), env)
    for token in tokens:
        if token.type == "inline":
            token.children = []
            if _is_too_long(token.content):
                token.children.append(Token("text", "", 0, content=token.content))
            else:
                md.inline.parse(token.content, md, env, token.children)
    return str(md.renderer.render(tokens, md.options, env))


def _is_too_long(content: str) -> bool:
    """Whether a paragraph is taken for plain text."""
    return len(content) > _LONGEST_INLINE or content.count("[") - 2 * content.count("]") > _MOST_UNCLOSED


class _Builder:
    """Reads one source."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = _Lines(source)
        self.blocks: list[Block] = []
        self.boxes: list[Box] = []
        self.title = ""
        self.warnings: list[str] = []
        self._open: list[int] = []
        self._inside: list[tuple[BlockKind, int]] = [("paragraph", 0)]
        self._element = -1
        self._images = 0
        self._width = 0
        self._cursor: dict[int, int] = {}
        self._row = ""
        self._row_start = 0
        self._row_line = 0
        self._cells: list[tuple[int, int]] = []
        self._link_from = -1

    def read(self) -> None:
        """Read it all."""
        text = self.source
        head = _FRONT_MATTER.match(text)
        if head is not None:
            titled = _TITLE.search(head.group())
            self.title = titled[1] if titled else ""
            blank = "".join("\n" for _ in _LINE.finditer(head.group()) if _.group())
            text = blank + text[head.end() :]
        elif text.startswith("\ufeff"):
            text = " " + text[1:]
        md = _parser()
        env: dict[str, Any] = {}
        tokens = md.parse(text, env)
        if any(token.level >= _DEEPEST - 1 for token in tokens):
            self.warnings.append(
                f"quotes and lists are nested {_DEEPEST} deep; what is deeper was not read: it stays in text and Markdown, and is not in HTML"
            )
        self._width = self._measured(tokens)
        self._start("body", -1, -1)
        tokens.reverse()
        before = None
        while tokens:
            token = tokens.pop()  # and with it goes its memory: else collecting garbage takes half of the time
            if token.nesting > 0:
                self._opening(token)
            elif token.nesting < 0:
                if token.type == "tr_close":
                    self._surplus(md, env)
                self._end()
            elif token.type == "inline":
                self._inline(md, env, token, before or token)
            elif token.type in ("fence", "code_block"):
                self._code(md, env, token)
            elif token.type == "html_block":
                self._html(token)
            before = token
        self._end()

    def _measured(self, tokens: Sequence[Token]) -> int:
        """The column at which the paragraphs are wrapped, 0 if they are not."""
        lines = []
        for token in tokens:
            if token.type == "inline" and token.map and token.map[1] - token.map[0] > 1:
                tight = False
                for number in range(*token.map):
                    text = self.lines.texts[number].rstrip()
                    if text:  # a line of no-break spaces alone is blank to a reader, and none to CommonMark
                        lines.append(Line(text, 0, 0, tight))
                    tight = bool(text)
        return wrap_width(lines) if lines else 0

    def _opening(self, token: Token) -> None:
        self._element += 1
        start = end = -1
        if token.type == "list_item_open" and token.map:
            match = _LIST_MARKER.match(self.lines.texts[token.map[0]], self._cursor.get(token.map[0], 0))
            if match is not None:
                self._cursor[token.map[0]] = match.end()
                start, end = self.lines.starts[token.map[0]] + match.start("mark"), self._last(token)
        elif token.type == "tr_open" and token.map:
            self._row, self._row_start = self.lines.texts[token.map[0]], self.lines.starts[token.map[0]]
            self._row_line = token.map[0]
            self._cells = _cells_of(self._row, self._cursor.get(token.map[0], 0))[::-1]  # taken from the end
            if self.boxes[self._open[-1]].tag == "tbody":  # the head of a table has to stay while the table does
                start, end = self._first(token), self._last(token)
        elif token.type == "table_open":
            start, end = self._first(token), self._last(token)
        self._start(token.tag, start, end)

    def _surplus(self, md: MarkdownIt, env: dict[str, Any]) -> None:
        """The cells of a row beyond those of the table's head, which a renderer leaves out: a layout table has all its text there."""
        while self._cells:
            content, tracer = self._cell()
            if content.strip(" \t-:"):
                self._start("td", -1, -1)
                self._read(md, env, content, tracer, ("cell", 0), self._row_line)
                self._end()

    def _first(self, token: Token) -> int:
        """Where a block's own source begins: after indentation, quote marks and the list markers before it."""
        number = token.map[0] if token.map else 0
        match = _PREFIX.match(self.lines.texts[number], self._cursor.get(number, 0))
        return self.lines.starts[number] + (match.end() if match else 0)

    def _last(self, token: Token) -> int:
        """Where its last line that is not blank ends."""
        first, last = token.map or (0, 1)
        while last > first + 1 and not self.lines.texts[last - 1].strip(" \t>"):
            last -= 1
        return self.lines.end(last - 1)

    def _start(self, tag: str, start: int, end: int) -> None:
        parent = self._open[-1] if self._open else -1
        depth = self.boxes[parent].depth + 1 if parent >= 0 else 0
        count = len(self.blocks)
        self.boxes.append(
            Box(
                len(self.boxes),
                tag,
                _NO_ATTRIBUTES,
                parent,
                depth,
                count,
                count,
                self._element,
                hidden=False,
                start=start,
                end=end,
            )
        )
        self._open.append(len(self.boxes) - 1)
        kind, depth = self._inside[-1]
        self._inside.append((_KINDS.get(tag, kind), depth + (tag in ("ul", "ol"))))

    def _end(self) -> None:
        self.boxes[self._open.pop()].last = len(self.blocks)
        self._inside.pop()

    def _kind(self) -> tuple[BlockKind, int]:
        """What the text here is, and the heading's level or the depth of lists."""
        tag = self.boxes[self._open[-1]].tag
        if tag[0] == "h" and tag[1:].isdigit():
            return "heading", int(tag[1:])
        kind, depth = self._inside[-1]
        return kind, depth if kind == "item" else 0

    def _add(self, text: _Text, kind: tuple[BlockKind, int], *, joined: bool = False) -> None:
        while text.opened:  # nothing is open where a block ends but what the parser took for text
            text.opened.pop()
        if not text.size:
            return
        start, end = text.range
        self.blocks.append(
            Block(
                len(self.blocks),
                "".join(text.parts),
                kind[0],
                self._open[-1],
                kind[1],
                min(text.linked, text.size),
                tuple(text.hrefs),
                self._images,
                joined=joined,
                element=self._element,
                start=start,
                end=end,
                places=tuple(text.places),
                marks=tuple(text.marks),
            )
        )
        self._images = 0

    def _inline(self, md: MarkdownIt, env: dict[str, Any], token: Token, opening: Token) -> None:
        content = token.content
        kind, level = self._kind()
        first_line = token.map[0] if token.map else 0
        if kind == "cell":
            content, tracer = self._cell()
        else:
            tracer = _Tracer(self.lines.trace(content, first_line))
        if not content:
            return
        text = None
        if kind == "heading":
            text = _Text()
            text.start, text.end = self._first(opening), self._last(opening)
        self._read(md, env, content, tracer, (kind, level), first_line, text)

    def _read(
        self,
        md: MarkdownIt,
        env: dict[str, Any],
        content: str,
        tracer: _Tracer,
        kind: tuple[BlockKind, int],
        first_line: int,
        text: _Text | None = None,
    ) -> None:
        """Make a block, or one for each line, of what the inline parser finds in `content`."""
        source = tracer.straight(0, len(content))
        if source >= 0 and _PLAIN.fullmatch(content) and (kind[0] in ("heading", "cell") or not _GLUED.search(content)):
            self._plain(content, source, kind, text)
            return
        inline = cast("_PlacedInline", md.inline)
        whole = content
        if "](" in content:
            whole = _WRAPPED_LINK.sub(lambda match: match[0].replace("\n", "-"), whole)
            whole = _SPACED_ADDRESS.sub(_without_spaces, whole)
            whole = _DATA_ADDRESS.sub(_plain_address, whole)
        events = _pictures(whole) if _is_too_long(content) else _relinked(inline.places(whole, md, env), whole)
        row = _rows(events, whole) if kind[0] != "heading" else frozenset()
        hollow = frozenset(event.start for event in events if event.kind == "marker" and not event.value.content)
        markers = _lost_markers(content) if kind[0] == "item" else {}
        text = text or _Text()
        joined = False
        skip = 0
        for whole_event in events:
            event = whole_event._replace(start=max(whole_event.start, skip))
            if event.end <= event.start:
                continue
            start, end = tracer(event.start), tracer.end(event.end)
            if event.kind == "open" and event.start in row:
                joined = self._end_line(text, kind, joined=joined)
                text = _Text()
            if event.kind in ("soft", "hard"):
                line = first_line + content.count("\n", 0, event.start)
                skip = markers.get(event.end, 0)
                ends = event.kind == "hard" or skip or not self._continues(line)
                if ends and not text.opened and kind[0] != "heading":
                    joined = self._end_line(text, kind, joined=joined) and not skip
                    text = _Text(marker=tracer(event.end) if skip else -1)
                else:
                    text.space(start, end)
                continue
            if event.kind == "text" and kind[0] not in ("heading", "cell") and not text.opened:
                for low, high in _lost_breaks(content, event.start, event.end):
                    _take_verbatim(text, content, event.start, low, tracer)
                    joined = self._end_line(text, kind, joined=joined)
                    text = _Text()
                    event = event._replace(start=high)
            self._take(text, event, content, tracer, hollow)
        self._add(text, kind, joined=joined)

    def _plain(self, content: str, source: int, kind: tuple[BlockKind, int], text: _Text | None) -> None:
        """A block of text that stands as it is at `source`."""
        start, end = text.range if text else (source, source + len(content))
        self.blocks.append(
            Block(
                len(self.blocks),
                content,
                kind[0],
                self._open[-1],
                kind[1],
                images=self._images,
                element=self._element,
                start=start,
                end=end,
                places=(Place(0, len(content), source, source + len(content)),),
            )
        )
        self._images = 0

    def _end_line(self, text: _Text, kind: tuple[BlockKind, int], *, joined: bool) -> bool:
        """Add a block that ends with a line of its paragraph. Returns whether the next one continues that."""
        self._add(text, kind, joined=joined)
        return bool(text.size) or joined

    def _continues(self, line: int) -> bool:
        """Whether a line was wrapped, so that the next one goes on with its paragraph: that did not fit, or goes on in lower case."""
        texts = self.lines.texts
        if line + 1 >= len(texts):
            return False
        one, other = (Line(text.rstrip(), 0, 0, tight=True) for text in texts[line : line + 2])
        if _GOES_ON.match(other.text) and not SENTENCE_END.search(one.text):
            return True
        return bool(self._width and other.text) and is_full(one, other, self._width)

    def _take(self, text: _Text, event: _Event, content: str, tracer: _Tracer, hollow: frozenset[int]) -> None:
        start, end = tracer(event.start), tracer.end(event.end)
        if event.kind == "text":
            _take_verbatim(text, content, event.start, event.end, tracer)
        elif event.kind == "special":
            value = str(event.value)
            if value.isspace():
                text.space(start, end)
            else:
                text.word(value, start, end)
        elif event.kind == "code":
            size = len(event.value.markup)
            raw = content[event.start + size : event.end - size]
            shift = size + (raw.replace("\n", " ") != event.value.content)
            text.open(start, tracer.end(event.start + shift), None)
            _take_verbatim(text, content, event.start + shift, event.end - shift, tracer)
            text.close(tracer(event.end - shift), end)
        elif event.kind == "open":
            self._element += 1
            if text.marks and text.marks[-1].end == start and text.marks[-1].last == text.size and text.hrefs:
                text.space(start, start)  # two links that touch are two things to a reader
            text.open(start, end, str(event.value))
        elif event.kind == "close":
            text.close(start, end)
        elif event.kind == "marker" and not _is_stray(content, event):
            _take_marker(text, event, content, tracer, hollow)
        else:
            text.marks.append(Mark(text.size, text.size, start, end))
            if event.kind == "picture":
                self._element += 1
                self._images += 1
            elif event.kind == "begin":
                self._link_from = len(self.blocks)
            elif event.kind == "finish":
                self._link_back(text, str(event.value))

    def _link_back(self, text: _Text, href: str) -> None:
        """A link ends here that began in a block before: all between is link."""
        if self._link_from >= 0 and len(self.blocks) - self._link_from <= _LONGEST_LINK:
            for block in self.blocks[self._link_from :]:
                block.linked = len(block.text)
                block.hrefs = (*block.hrefs, href)
            text.linked = text.size
        self._link_from = -1

    def _cell(self) -> tuple[str, _Tracer]:
        """The next cell's content as the inline parser takes it, and where it stands."""
        if not self._cells:
            return "", _Tracer([(0, 0)])
        start, end = self._cells.pop()
        raw = self._row[start:end]
        if "\\|" not in raw:
            return raw, _Tracer([(0, self._row_start + start)])
        pieces: list[tuple[int, int]] = []
        parts: list[str] = []
        place = low = 0
        for match in _ESCAPED_BORDER.finditer(raw):
            pieces.append((place, self._row_start + start + low))
            parts.append(raw[low : match.start()])
            place += match.start() - low
            low = match.start() + 1
        pieces.append((place, self._row_start + start + low))
        parts.append(raw[low:])
        return "".join(parts), _Tracer(pieces)

    def _code(self, md: MarkdownIt, env: dict[str, Any], token: Token) -> None:
        if not token.map or not token.content.strip():
            return
        first, last = token.map
        fenced = token.type == "fence"
        if not fenced and _is_list(token.content):
            self._indented_list(md, env, token)
            return
        text = token.content.rstrip("\n")
        begin = first + fenced
        places: list[Place] = []
        lead = len(text) - len(text.lstrip("\n"))
        for (content, source), line in zip(self.lines.trace(text, begin), text.split("\n"), strict=True):
            if content < lead:
                continue
            if places:
                places.append(Place(content - lead - 1, content - lead, places[-1].end, source))
            places.append(Place(content - lead, content - lead + len(line), source, source + len(line)))
        start = self._first(token) if fenced else places[0].start
        self.boxes[self._open[-1]].last = len(self.blocks)
        self._start("pre", -1, -1)
        self.blocks.append(
            Block(
                len(self.blocks),
                text[lead:],
                "code",
                self._open[-1],
                images=self._images,
                element=self._element,
                start=start,
                end=self.lines.end(min(last, len(self.lines.texts)) - 1) if fenced else places[-1].end,
                places=tuple(places),
            )
        )
        self._images = 0
        self._end()

    def _indented_list(self, md: MarkdownIt, env: dict[str, Any], token: Token) -> None:
        """The lines of a list that lost the item it was nested in: menus come so out of html2text."""
        first = token.map[0] if token.map else 0
        for number, line in enumerate(token.content.rstrip("\n").split("\n"), first):
            begin = _LIST_MARKER.match(self.lines.texts[number])
            content = line[len(_LIST_MARKER.match(line)[0]) :] if _LIST_MARKER.match(line) else line  # type: ignore[index]
            before = len(self.blocks)
            if content.strip():
                self._start("li", -1, -1)
                self._read(
                    md, env, content.strip(), _Tracer(self.lines.trace(content.strip(), number)), ("item", 2), number
                )
                self._end()
            if begin is not None and len(self.blocks) > before:
                self.blocks[before].start = self.lines.starts[number] + begin.start("mark")

    def _html(self, token: Token) -> None:
        """HTML between the Markdown: the text in it, without the tags."""
        content = token.content.rstrip("\n")
        tracer = _Tracer(self.lines.trace(content, token.map[0] if token.map else 0))
        text = _Text()
        place = 0
        for low, high in _tags(content):
            _take_verbatim(text, content, place, low, tracer)
            text.space(tracer(low), tracer.end(high))
            place = high
        _take_verbatim(text, content, place, len(content), tracer)
        text.start, text.end = tracer(0), tracer.end(len(content))
        self._add(text, ("paragraph", 0))


def _tags(content: str) -> Iterator[tuple[int, int]]:
    """Where the tags and comments of HTML stand."""
    start = content.find("<")
    closing = 0
    while start >= 0:
        end = start + 1
        inside = start + len("<!--")
        is_comment = content.startswith("<!--", start)
        if is_comment and closing < inside:
            closing = content.find("-->", inside)
            if closing < 0:
                closing = len(content) + _LONGEST_COMMENT + 1  # none from here on
        if is_comment and closing - inside <= _LONGEST_COMMENT:
            end = closing + len("-->")
            yield start, end
        elif match := _TAG.match(content, start):
            end = match.end()
            yield start, end
        start = content.find("<", end)


def _without_spaces(match: regex.Match[str]) -> str:
    return match[0].replace(" ", "-")


def _lost_breaks(content: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where lines ended in a text that a converter put on one line."""
    breaks = [gap.span() for gap in _FLATTENED.finditer(content, start, end)]
    glued = [place.span() for place in _GLUED.finditer(content, start, end)]
    if len(glued) >= _MOST_GLUED:
        first, last = glued[0][0], glued[-1][0]
        if last - first <= _LONGEST_GLUED * len(glued) and not _PROSE_STOP.search(content, first, last):
            breaks = sorted((*breaks, *glued))
    return breaks


def _plain_address(match: regex.Match[str]) -> str:
    begin = match[0].index("](") + 2
    return match[0][:begin] + "-" * (len(match[0]) - begin - 1) + ")"


def _pictures(content: str) -> list[_Event]:
    """The text and the pictures of what is too long to be parsed."""
    events: list[_Event] = []
    place = 0
    for match in _PICTURE.finditer(content):
        events += [_Event("text", place, match.start()), _Event("picture", match.start(), match.end())]
        place = match.end()
    return [*events, _Event("text", place, len(content))]


def _is_stray(content: str, event: _Event) -> bool:
    """Whether a marker that CommonMark leaves as it is was meant as one: two stars, or an underscore at a word's edge.

    Converters write `** so**` and `_so _`. A star alone may be a footnote's or a product's, an underscore inside a word is the word's.
    """
    if event.value.nesting or not event.value.content:
        return False
    sign = content[event.start]
    low, high = event.start, event.end
    while low and content[low - 1] == sign and high - low <= _LONGEST_MARKER:
        low -= 1
    while content[high : high + 1] == sign and high - low <= _LONGEST_MARKER:
        high += 1
    if high - low > _LONGEST_MARKER or sign == "~":
        return False
    if sign == "*":
        return high - low > 1
    return not (content[max(low - 1, 0) : low].isalnum() and content[high : high + 1].isalnum())


def _lost_markers(content: str) -> dict[int, int]:
    """Where in an item's text an item of a list begins that CommonMark does not see, and where behind its marker it goes on.

    `13. Errors`, and `1. First error` indented by one less than a list in it would have to be, as html2text does it. Only numbers
    that count up from 1 are meant: a line that begins with "12. May" goes on.
    """
    found: dict[int, int] = {}
    number = 0
    for match in _NUMBERED.finditer(content):
        if int(match["number"]) == number + 1:
            number += 1
            found[match.start("number")] = match.end()
    return found


def _relinked(events: list[_Event], content: str) -> list[_Event]:
    """The events with links that CommonMark does not see: with a lone bracket in their text, or over several blocks.

    `[missing ] after it](/list)` is a link, and so is `[`, a heading and a picture in blocks of their own, `](/story)`.
    """
    if "](" not in content and not content.rstrip().endswith("["):
        return events
    found: list[_Event] = []
    opened: list[int] = []
    skip = 0
    for event in events:
        if event.start < skip:
            continue
        sign = content[event.start : event.end] if event.kind == "text" else ""
        if sign == "[":
            opened.append(len(found))
        elif sign == "]":
            match = _LINK_END.match(content, event.start)
            if match is not None and _IS_ADDRESS.search(match["href"]):
                skip = match.end()
                if opened:
                    begun = found[opened[-1]]
                    found[opened.pop()] = begun._replace(kind="open", value=match["href"])
                    found.append(_Event("close", event.start, skip, "link"))
                else:
                    found.append(_Event("finish", event.start, skip, match["href"]))
                continue
        found.append(event)
    if opened and not content[found[opened[-1]].end :].strip():
        found[opened[-1]] = found[opened[-1]]._replace(kind="begin")
    return found


def _rows(events: Sequence[_Event], content: str) -> frozenset[int]:
    """Where in a row of links the second and each further one begins."""
    found: list[int] = []
    row: list[int] = []
    depth = 0
    for event in events:
        if event.kind == "open":
            if not depth:
                row.append(event.start)
            depth += 1
        elif event.kind == "close":
            depth -= 1
        elif not depth and event.kind in ("text", "special", "code") and content[event.start : event.end].strip():
            found += row[1:] if len(row) >= _ROW else []
            row = []
    return frozenset(found + (row[1:] if len(row) >= _ROW else []))


def _take_marker(text: _Text, event: _Event, content: str, tracer: _Tracer, hollow: frozenset[int]) -> None:
    """A marker of emphasis: with those that touch it and came to nothing it opens or closes, or it is text."""
    token = event.value
    if token.nesting > 0:
        low = event.start
        while low - 1 in hollow:
            low -= 1
        text.open(tracer(low), tracer.end(event.end), None)
    elif token.nesting < 0:
        high = event.end
        while high in hollow:
            high += 1
        text.close(tracer(event.start), tracer.end(high))
    elif token.content:
        text.word(content[event.start : event.end], tracer(event.start), tracer.end(event.end))


def _is_list(content: str) -> bool:
    """Whether what CommonMark takes for code, for its indentation, is a list: of links, or of words without signs of code."""
    lines = [line for line in content.split("\n") if line.strip()]
    if "](" in content:
        return sum(_LIST_MARKER.match(line) is not None or "](" in line for line in lines) >= _LISTED * len(lines)
    return sum(_WORDED_ITEM.match(line) is not None for line in lines) >= _LISTED * len(lines)


def _take_verbatim(text: _Text, content: str, begin: int, end: int, tracer: _Tracer) -> None:
    """The characters `content[begin:end]`, each as it stands in the source."""
    place = begin
    for run in _RUNS.finditer(content, begin, end):
        if run.start() > place:
            text.space(tracer(place), tracer.end(run.start()))
        place = run.start()
        source = tracer.straight(place, run.end())
        if source >= 0:
            text.word(run.group(), source, source + run.end() - place)
            place = run.end()
            continue
        for word in _WORDS.finditer(content, place, run.end()):
            if word.start() > place:
                text.space(tracer(place), tracer.end(word.start()))
            text.word(word.group(), tracer(word.start()), tracer.end(word.end()))
            place = word.end()
    if place < end:
        text.space(tracer(place), tracer.end(end))


def _cells_of(line: str, begin: int) -> list[tuple[int, int]]:
    """Where the cells of a table's row stand in its line, without the white space around them."""
    match = _PREFIX.match(line, begin)
    start = match.end() if match else begin
    end = len(line.rstrip())
    borders = [place.start() for place in _BORDER.finditer(line, start, end)]
    edges = [start - 1, *borders, end]
    if borders and borders[0] == start:
        edges = edges[1:]
    if borders and borders[-1] == end - 1 and len(edges) > 2:
        edges = edges[:-1]
    cells = []
    for low, high in pairwise(edges):
        inside = line[low + 1 : high]
        begin = low + 1 + len(inside) - len(inside.lstrip())
        cells.append((begin, begin + len(inside.strip())))
    return cells
