"""What a page needs before or after the parser so that nothing a reader would see is lost without a word.

HTML lets one mistake hide the rest of a page: a comment, a quoted attribute, a `<script>`, `<title>` or `<textarea>`
that never ends takes everything up to the end of the file, in a browser as in libxml2. `mend` finds the place and
takes the mistake out, where what follows is still a page, and says so. The other functions here are for pages that
are XML in fact, for framesets, and for pages that libxml2 would read slowly.
"""

from __future__ import annotations

import html
import re
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from dechaff.reading.html import PageBuilder

_MOST_MENDED = 16
"""How many mistakes are mended in one page: each costs one look at the rest of it."""

_MOST_NAMED = 4
"""How many of them get a sentence of their own."""

_RAW = ("script", "style", "title", "textarea", "iframe", "xmp", "noembed", "noframes")
"""Elements whose content is no markup, so only their own end tag ends them."""

_RAW_END = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW}

_NOT_MARKUP_INSIDE = frozenset((*_RAW, "plaintext"))

_TAG = re.compile(
    r"""
    </?+([a-zA-Z][^\s/>]*+)
    (?: [^"'>=]++                                        # names, white space, unquoted values
      | =\s*+ (?: "[^"]*+" | '[^']*+' | (?!["']) )       # a quote counts only after an equals sign
      | ["']                                             # a stray one is part of a name
    )*+ >
    """,
    re.VERBOSE,
)
"""A whole tag as HTML reads it. Every part is possessive: where there is no end it fails at once."""

_COMMENT_END = re.compile(r"--!?>")
_ATTRIBUTE = re.compile(r"""([^\s"'>/=][^\s>/=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"'][^\s>]*+)))?+""")
_OPENS = re.compile(r"<(?=[a-zA-Z/!?])")
_PAGE_GOES_ON = re.compile(r"</(?:body|html)\b", re.IGNORECASE)
_MARKUP_AGAIN = re.compile(
    r"</?(?:head|body|div|p|h[1-6]|article|section|main|header|nav|table|ul|ol)[\s>]", re.IGNORECASE
)
_XHTML_PREFIX = re.compile(r"""xmlns:([A-Za-z][\w.-]{0,40})\s{0,9}=\s{0,9}["']http://www\.w3\.org/1999/xhtml["']""")
_EMPTY_RAW = re.compile(r"<(script|style|title|textarea|iframe)\b([^<>]{0,4000})/>", re.IGNORECASE)
_NOFRAMES = re.compile(r"<(/?)noframes\b", re.IGNORECASE)


class Mended(NamedTuple):
    """A page without its mistakes.

    Attributes:
        source: the page, as it was where nothing could be done.
        warnings: what was done or is lost, in sentences.
    """

    source: str
    warnings: list[str]


class _Unfinished(NamedTuple):
    """A construct that takes the rest of the page: where it begins, where its content does, and what it is."""

    start: int
    content: int
    name: str


def mend(source: str) -> Mended:
    """Take out what hides the rest of a page: linear in its length, and at most 16 mistakes.

    A script, a style or a comment that never ends is taken out only where the page visibly goes on after it
    (`</body>` or `</html>` follows): otherwise the file was cut off inside it, and what follows is code.

    >>> mend("<p>One.<title>Two.<p>Three.").source
    '<p>One.Two.<p>Three.'
    >>> mend("<p>One.<script>let two = 2").source
    '<p>One.<script>let two = 2'
    """
    kept: list[str] = []
    warnings: list[str] = []
    position = 0
    while (found := _find_unfinished(source, position)) is not None:
        if len(warnings) == _MOST_MENDED:
            warnings[_MOST_NAMED:] = [
                f"{_MOST_MENDED - _MOST_NAMED} more like it, and after them the rest was not read"
            ]
            break
        content = _content_to_keep(source, found)
        what = f"{found.name} that begins at character {found.start:,} never ends"
        if content is None:
            if source[found.content :].strip():
                warnings.append(f"{what}; the {len(source) - found.start:,} characters from there on were not read")
            break
        warnings.append(f"{what}; what follows was read as the page's own text")
        kept.append(source[position : found.start])
        position = content
    if len(warnings) > _MOST_NAMED + 1:
        warnings[_MOST_NAMED:] = [f"{len(warnings) - _MOST_NAMED} more like it"]
    kept.append(source[position:])
    return Mended("".join(kept), warnings)


def _content_to_keep(source: str, found: _Unfinished) -> int | None:
    """Where reading goes on after an unfinished construct, None if what follows is no page."""
    if found.name == "a tag":
        end = source.find(">", found.start) + 1
        return end or None
    if found.name not in ("a <script>", "a <style>", "a comment"):
        return found.content
    if not _PAGE_GOES_ON.search(source, found.content):
        return None
    again = _MARKUP_AGAIN.search(source, found.content)
    return found.content if again is None or found.name == "a comment" else again.start()


class _Construct(NamedTuple):
    """A tag, a comment or a declaration.

    Attributes:
        name: what to call it to a reader.
        end: where it ends, for an element that is no markup at its end tag; -1 if it never does.
        content: where its content begins.
        tag: for a tag, the match.
        content_end: for an element that is no markup, where its content ends; -1 otherwise.
    """

    name: str
    end: int
    content: int
    tag: re.Match[str] | None = None
    content_end: int = -1


def _construct(source: str, start: int) -> _Construct:
    """What begins at a `<`."""
    if source.startswith("<!--", start):
        if source.startswith((">", "->"), start + 4):
            end = source.index(">", start + 4) + 1
        else:
            match = _COMMENT_END.search(source, start + 4)
            end = match.end() if match else -1
        return _Construct("a comment", end, start + 4)
    if source[start + 1] in "!?" or (source[start + 1] == "/" and not source[start + 2 : start + 3].isalpha()):
        return _Construct("a tag", source.find(">", start) + 1 or -1, len(source))
    tag = _TAG.match(source, start)
    if tag is None:
        return _Construct("a tag", -1, len(source))
    name = tag[1].lower()
    if source[start + 1] == "/":
        return _Construct("a tag", tag.end(), tag.end(), tag)
    if name == "plaintext":
        return _Construct("a tag", len(source), tag.end(), tag, len(source))
    if name not in _RAW_END:
        return _Construct("a tag", tag.end(), tag.end(), tag)
    closed = _RAW_END[name].search(source, tag.end())
    end = closed.start() if closed else -1
    return _Construct(f"a <{name}>", end, tag.end(), tag, end)


def _plain_tag(source: str, start: int) -> re.Match[str] | None:
    """The whole tag that begins at a `<`, if all there is to it is the tag: nearly everything is."""
    tag = _TAG.match(source, start)
    if tag is None or (source[start + 1] != "/" and tag[1].lower() in _NOT_MARKUP_INSIDE):
        return None
    return tag


def _find_unfinished(source: str, position: int) -> _Unfinished | None:
    while (opened := _OPENS.search(source, position)) is not None:
        tag = _plain_tag(source, opened.start())
        if tag is not None:
            position = tag.end()
            continue
        found = _construct(source, opened.start())
        if found.end < 0:
            return _Unfinished(opened.start(), found.content, found.name)
        position = found.end
    return None


def without_start_of(source: str, name: str) -> Mended:
    """Take out the last start tag of an element that is not read (`<video>`, `<object>`) and never ends."""
    tags = deque(re.finditer(rf"<{name}\b[^>]{{0,10000}}+>", source, re.IGNORECASE), maxlen=1)
    if not tags:
        return Mended(source, [])
    last = tags[0]
    warning = (
        f"a <{name}> that begins at character {last.start():,} never ends; what follows was read as the page's own text"
    )
    return Mended(source[: last.start()] + source[last.end() :], [warning])


def unwrap_cdata(source: str) -> str:
    """CDATA sections as what is in them. HTML would read them as comments up to their first `>`.

    >>> unwrap_cdata("<p><![CDATA[a < b]]></p>")
    '<p>a < b</p>'
    """
    first, *others = source.split("<![CDATA[")
    return first + "".join(other.replace("]]>", "", 1) for other in others)


def from_xml(source: str) -> str:
    """XHTML that was written for an XML parser, as HTML means it: no prefixes, no self-closed script.

    >>> from_xml('<?xml version="1.0"?><x:p xmlns:x="http://www.w3.org/1999/xhtml"><x:title/>a</x:p>')
    '<?xml version="1.0"?><p xmlns:x="http://www.w3.org/1999/xhtml"><title></title>a</p>'
    """
    prefix = _XHTML_PREFIX.search(source, 0, 20_000)
    if prefix is not None:
        source = re.sub(rf"<(/?){re.escape(prefix[1])}:", r"<\1", source)
    return _EMPTY_RAW.sub(r"<\1\2></\1>", source)


def frames_as_markup(source: str) -> str:
    """A frameset's `<noframes>` is the only text it has, and HTML reads it as characters: make it an element."""
    return _NOFRAMES.sub(r"<\1noscript", source)


_VOID = frozenset(
    (
        "area",
        "base",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    )
)
_CLOSES: dict[str, Collection[str]] = {
    "li": ("li",), "dt": ("dt", "dd"), "dd": ("dt", "dd"), "option": ("option",),
    "td": ("td", "th"), "th": ("td", "th"), "tr": ("td", "th", "tr"),
}  # fmt: skip
_ROOT = "html"
"""Every block stands in some box: a page that begins without its root is given one, as by a browser."""

_DEEPEST = 500
"""How deep boxes are nested in what this parser builds. Deeper elements still end and begin blocks."""


class _Balance:
    """Start and end tags as they come, to a builder that wants every element closed, innermost first."""

    def __init__(self, builder: PageBuilder) -> None:
        self._builder = builder
        self._open: list[str] = []
        self._count: dict[str, int] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Close what the element ends, then open it."""
        opened = self._open
        if tag in _CLOSES:
            while opened and opened[-1] in _CLOSES[tag]:
                self.end_last()
        elif opened and opened[-1] == "p" and tag in _ENDS_A_PARAGRAPH:
            self.end_last()
        builder = self._builder
        if not opened and tag != _ROOT:
            self.start(_ROOT, {})
        if tag in _VOID:
            builder.start(tag, attributes)
            builder.end(tag)
            return
        opened.append(tag)
        self._count[tag] = self._count.get(tag, 0) + 1
        if len(opened) <= _DEEPEST or tag in _RAW_END:
            builder.start(tag, attributes)
        else:
            builder.element += 1
            builder.end_block()

    def data(self, text: str) -> None:
        """Text; the page's root begins with it if nothing else has."""
        if not self._open and text.strip():
            self.start(_ROOT, {})
        self._builder.data(text)

    def end(self, tag: str) -> None:
        """Close the element and what is open in it; ignore the end of what never began."""
        if self._count.get(tag):
            while self.end_last() != tag:
                pass

    def end_last(self) -> str:
        """Close the innermost element."""
        tag = self._open.pop()
        self._count[tag] -= 1
        if len(self._open) < _DEEPEST or tag in _RAW_END:
            self._builder.end(tag)
        else:
            self._builder.end_block()
        return tag

    def end_all(self) -> None:
        """No more tags."""
        while self._open:
            self.end_last()
        self._builder.close()


def read_streaming(source: str, builder: PageBuilder) -> bool:
    """A second way to read a page, in time linear in its length; False if something in it never ends and hides text.

    libxml2 looks for the start of every end tag through all open elements, so 100,000 open elements and as many end
    tags without a start take it minutes. Here a count by name answers that. Only the rules of HTML that decide where
    a block ends are kept.
    """
    balance = _Balance(builder)
    data = balance.data
    complete = True
    position = 0
    while (opened := _OPENS.search(source, position)) is not None:
        start = opened.start()
        if start > position:
            data(html.unescape(source[position:start]))
        tag = _plain_tag(source, start)
        content = ""
        if tag is None:
            found = _construct(source, start)
            position = found.end
            if position < 0:
                # What never ends takes the rest along; `mend` may have found text in it.
                complete = found.content == len(source) and ">" not in source[start:]
                position = len(source)
                break
            tag = found.tag
            if tag is None:
                continue
            if found.content_end >= 0:
                content = source[tag.end() : found.content_end]
        else:
            position = tag.end()
        name = tag[1].lower()
        if source[start + 1] == "/":
            balance.end(name)
            continue
        balance.start(name, _attributes_of(tag[0][len(name) + 1 : -1]) if tag.end() - start > len(name) + 2 else {})
        if content:
            data(html.unescape(content) if name in ("title", "textarea") else content)
    data(html.unescape(source[position:]))
    balance.end_all()
    return complete


_ENDS_A_PARAGRAPH = frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6"
    " header hgroup hr main menu nav ol p pre section summary table ul".split()
)


def _attributes_of(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        found.setdefault(match[1].lower(), html.unescape(match[2] or match[3] or match[4] or ""))
    return found
