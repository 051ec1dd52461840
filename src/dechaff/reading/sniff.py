"""What a source is: markup, text, or neither."""

from __future__ import annotations

import re
from typing import NamedTuple

from dechaff.late import late_re

_LOOKED_AT = 65_536

_SIGNATURES = (
    (b"\x89PNG\r\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF87a", "GIF image"),
    (b"GIF89a", "GIF image"),
    (b"\x1f\x8b\x08", "gzip archive"),
    (b"PK\x03\x04", "zip archive"),
    (b"BZh", "bzip2 archive"),
    (b"\xfd7zXZ\0", "xz archive"),
    (b"\x28\xb5\x2f\xfd", "zstd archive"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"Rar!\x1a\x07", "RAR archive"),
    (b"\x7fELF", "ELF program"),
    (b"OggS\0", "Ogg media"),
    (b"ID3\x03", "MP3 audio"),
    (b"ID3\x04", "MP3 audio"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office document"),
    (b"wOFF\0", "web font"),
    (b"wOF2\0", "web font"),
    (b"\0asm", "WebAssembly"),
    (b"SQLite format 3\0", "SQLite database"),
)


_CONTROL = late_re(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def binary_format(data: bytes) -> str | None:
    r"""The format whose signature the data begins with, None if it may be text.

    A signature that is plain ASCII needs control characters after it: a text may begin with "GIF89a".

    >>> binary_format(b"\x89PNG\r\n\x1a\n")
    'PNG image'
    >>> binary_format(b"GIF89a is a format for pictures.")
    """
    if data.startswith((b"{\\rtf", b"%PDF-1.", b"%PDF-2.")):
        return "RTF document" if data[:1] == b"{" else "PDF document"
    if not _CONTROL.search(data, 0, 1024) and data[:1024].isascii():
        return None
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    if data[:4] == b"RIFF" and data[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        return "RIFF media"
    return "MP4 media" if data[4:8] == b"ftyp" and data[:1] == b"\0" else None


_BLOCK_LEVEL = (
    "html head body frameset title address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption"
    " figure footer form h1 h2 h3 h4 h5 h6 header hgroup li main menu nav ol p pre section table caption colgroup tbody td"
    " tfoot th thead tr ul summary noscript"
).split()
_INLINE = (
    "a abbr acronym b big bdi bdo button cite code data del dfn em font i iframe ins kbd label mark map nobr object option"
    " picture q rp rt ruby s samp select small span strike strong sub sup svg textarea time tt u var video"
).split()
_VOID = "area base br col embed hr img input link meta param source track wbr".split()
_BLOCKS = frozenset(_BLOCK_LEVEL)
_KNOWN = frozenset((*_BLOCK_LEVEL, *_INLINE, *_VOID))
_END_MAY_BE_LEFT_OUT = frozenset(("p", "li", "dt", "dd", "td", "th", "tr", "option"))

_BEFORE_THE_ROOT = late_re(r"[\s\ufeff]*+(?:<\?[^>]{0,500}>[\s\ufeff]*+){0,20}+")
_ROOT = late_re(r"<(?:!doctype\s|html\b|head\b|body\b|rss\b|feed\b)", re.IGNORECASE)
_LATE_ROOT = late_re(r"^[ \t]{0,200}<(?:!doctype\s|html[\s>]|body[\s>])", re.IGNORECASE | re.MULTILINE)
_ROOT_END = late_re(r"</(?:html|body)\s{0,100}>", re.IGNORECASE)
"""A document after something that is none of it: a script that a server put first, HTTP headers, warnings."""

_NOT_SEEN = late_re(r"<!--|<(script|style)\b", re.IGNORECASE)
_NOT_SEEN_END = {
    None: late_re(r"-->"),
    "script": late_re(r"</script[^>]{0,100}>", re.IGNORECASE),
    "style": late_re(r"</style[^>]{0,100}>", re.IGNORECASE),
}
_TAG = late_re(r"<(/?)([a-z][a-z0-9]{0,15}+(?:-[a-z0-9-]{1,40}+)?)(?=[\s/>])[^<>]{0,4000}+>", re.IGNORECASE)
_MARKDOWN_CODE = late_re(r"^(```|~~~).{0,20000}?^\1|`[^`\n]{1,300}`", re.DOTALL | re.MULTILINE)
_BLANK_LINE = late_re(r"\n[ \t\r]*+\n")
_ONE_PARAGRAPH = 3000
"""The most characters that an element whose end tag was left out is believed to hold."""


class _Coverage(NamedTuple):
    """How much text stands inside elements, how much outside (characters without white space), and the line breaks."""

    inside: int
    outside: int
    breaks: int


def looks_like_html(source: str) -> bool:
    r"""Whether a source is markup, a document or a fragment, rather than text with a tag or two in it.

    A document shows by its beginning. A fragment shows by where its text stands: in markup nearly all of it is inside
    elements that are opened and closed; in text that leaked a tag, quotes one or talks about one, nearly all of it is
    outside. A third kind is text whose only markup is the line breaks. Code in Markdown's back quotes is not looked
    at, and only the first 65,536 characters are.

    >>> looks_like_html("<p>One.<p>Two.")
    True
    >>> looks_like_html("A line with a leaked <br> in it.\nAnother, about <div> and a < b.")
    False
    """
    head = source[:_LOOKED_AT]
    if "<" not in head:
        return False
    if _is_document(head):
        return True
    head = _without_unseen(head)
    if not head.strip():
        return True
    if _is_document(head) or (_LATE_ROOT.search(head) and _ROOT_END.search(source[-4000:])):
        return True
    if "`" in head:
        head = _MARKDOWN_CODE.sub(" ", head)
    found = _where_text_stands(head)
    if found.inside + found.outside == 0:
        return any(match[2].lower() in _KNOWN for match in _TAG.finditer(head))
    if found.inside >= found.outside:
        return True
    lines = sum(1 for line in head.splitlines() if line.strip())
    if found.breaks >= 4 and found.breaks * 5 >= (lines - 1) * 4 and found.outside <= found.breaks * 1000:
        return True
    return len(source) > _LOOKED_AT and _ends_as_it_begins(source)


def _without_unseen(head: str) -> str:
    """The beginning without its comments, scripts and styles: they say nothing either way. One that does not end stays."""
    pieces = []
    position = search_from = 0
    unended = set()
    while (match := _NOT_SEEN.search(head, search_from)) is not None:
        name = match[1].lower() if match[1] else None
        end = None if name in unended else _NOT_SEEN_END[name].search(head, match.end())
        if end is None:
            unended.add(name)
            search_from = match.end()
            continue
        pieces.append(head[position : match.start()])
        position = search_from = end.end()
    pieces.append(head[position:])
    return "".join(pieces)


def _is_document(head: str) -> bool:
    before = _BEFORE_THE_ROOT.match(head)
    root = _ROOT.match(head, before.end() if before else 0)
    return root is not None and any(tag[2].lower() in _KNOWN for tag in _TAG.finditer(head, root.end()))


def _ends_as_it_begins(source: str) -> bool:
    """Whether one block-level element holds it all: `<pre>` and 100 kB of text."""
    first = _TAG.match(source.lstrip("\ufeff \t\r\n")[:5000])
    name = first[2].lower() if first else ""
    return name in _BLOCKS and source[-200:].rstrip().lower().endswith(f"</{name}>")


def _where_text_stands(head: str) -> _Coverage:
    """Measure how much of the text stands inside elements.

    An element counts when it is closed, or when its end tag may be left out and its text is one paragraph.
    """
    covered: list[tuple[int, int]] = []
    open_elements: list[tuple[str, int]] = []
    loose: tuple[int, int] | None = None  # where the text of an element without end tag begins, in text and in source
    seen = position = breaks = 0
    for match in _TAG.finditer(head):
        name = match[2].lower()
        if name not in _KNOWN and "-" not in name:
            continue
        seen += _size(head[position : match.start()])
        position = match.end()
        if name not in _BLOCKS:
            breaks += name in ("br", "hr")
        elif loose is not None:
            _cover(covered, loose, seen, head[loose[1] : match.start()])
            loose = None
        if name in _VOID:
            continue
        if not match[1]:
            open_elements.append((name, seen))
            if name in _END_MAY_BE_LEFT_OUT:
                loose = (seen, position)
            continue
        for depth in range(len(open_elements) - 1, max(-1, len(open_elements) - 60), -1):
            if open_elements[depth][0] == name:
                start = open_elements[depth][1]
                del open_elements[depth:]
                while covered and covered[-1][0] >= start:
                    covered.pop()
                covered.append((start, seen))
                break
    rest = head[position:]
    seen += _size(rest)
    if loose is not None:
        _cover(covered, loose, seen, head[loose[1] :])
    inside = sum(end - start for start, end in covered)
    return _Coverage(inside, seen - inside, breaks)


def _cover(covered: list[tuple[int, int]], loose: tuple[int, int], seen: int, text: str) -> None:
    if seen - loose[0] <= _ONE_PARAGRAPH and not _BLANK_LINE.search(text):
        covered.append((loose[0], seen))


def _size(text: str) -> int:
    return sum(map(len, text.split()))


_MARKDOWN_SIGNS = (
    late_re(r"^ {0,3}#{1,6}[ \t]+\S", re.MULTILINE),  # a heading; one alone is a comment or a channel
    late_re(r"^[^\s#>|*-][^\n]{0,200}\n {0,3}(?:={4,}|-{4,})[ \t]*$", re.MULTILINE),
    late_re(r"!?\[[^\[\]\n]{0,300}\]\((?:<[^<>\n]{1,1000}>|[^\s()]{1,1000}(?:\([^\s()]{0,300}\))?[^\s()]{0,1000})"),
    late_re(r"^ {0,3}(?:```|~~~)[\w+-]{0,30}[ \t]*$", re.MULTILINE),
    late_re(r"^ {0,3}\|?[ \t]{0,9}:?-{3,}:?[ \t]{0,9}\|[ \t:|-]*$", re.MULTILINE),
    late_re(r"\*\*[^\s*][^*\n]{0,300}\*\*"),
)
_SURE_SIGNS = 2
_MANY_LINKS = 4
_LINK = 2


def looks_like_markdown(source: str) -> bool:
    r"""Whether a text is clearly Markdown: it has signs of two sorts, twice each, or several links written as Markdown's.

    The signs are headings, links and pictures, fences of code, heads of tables, strong words. A dash or a star before a line, a
    single heading, a single link stand in plain text, too. Code is not looked at, and only the first 65,536 characters are.

    >>> looks_like_markdown("# Boats\n\nSee [the harbour](/h) and [the pier](/p).\n\n## More\n\nText.")
    True
    >>> looks_like_markdown("- One\n- Two\n# three\nSee [1] (and the notes).")
    False
    """
    head = source[:_LOOKED_AT]
    counts = [sum(1 for _ in zip(sign.finditer(head), range(_MANY_LINKS), strict=False)) for sign in _MARKDOWN_SIGNS]
    return counts[_LINK] >= _MANY_LINKS or sum(count >= _SURE_SIGNS for count in counts) >= _SURE_SIGNS
