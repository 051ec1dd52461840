"""Whatever a scraper brought home, into a `Page`."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Any, Literal, TypeAlias, get_args

from dechaff.late import late_re
from dechaff.page import Page
from dechaff.reading.decode import decode
from dechaff.reading.html import PageBuilder, parser_bytes, read_html, read_markup
from dechaff.reading.sniff import binary_format, looks_like_html, looks_like_markdown
from dechaff.reading.text import Lines, lines_of, read_text

__all__ = [
    "Kind",
    "Lines",
    "decode",
    "lines_of",
    "looks_like_html",
    "looks_like_markdown",
    "read",
    "read_html",
    "read_text",
]

Kind: TypeAlias = Literal["auto", "html", "text", "markdown"]
"""What a source is: markup, text, Markdown, or whichever it looks like."""

_TAKEN = "str, bytes, an lxml element or tree, a parsel Selector of markup, or a BeautifulSoup object or Tag"
_NO_TEXT = late_re("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffd]")
_SURROGATE = late_re("[\ud800-\udfff]")


def read(
    source: Any,
    *,
    kind: Kind = "auto",
    url: str | None = None,
    language: str | None = None,
    lines: Lines = "auto",
    make: type[PageBuilder] = PageBuilder,
) -> Page:
    r"""Read a page, whatever form it comes in. No content raises: what cannot be read is a warning on the page.

    Args:
        source: str, bytes, bytearray or memoryview (decoded by `decode`), an lxml or xml.etree element or tree,
            a BeautifulSoup object or Tag, a parsel Selector of markup.
        kind: "html", "text", "markdown", or "auto", which asks `looks_like_html` and `looks_like_markdown`. A tree is always
            HTML.
        url: where it is from, kept on the page.
        language: overrides what the page declares.
        lines: what a line of a text is (`lines_of`); of no account for HTML and Markdown.
        make: the builder that takes the events of markup; a `Recorder` remembers where the text stood.

    Raises:
        TypeError: `source` is none of these.
        ValueError: `kind` or `lines` is not known.
        ModuleNotFoundError: `kind` is "markdown" and the extra that reads it is not installed.

    >>> read("<p>One.<p>Two.").blocks
    [Block(0, paragraph, 'One.'), Block(1, paragraph, 'Two.')]
    >>> read("One.\nTwo.").kind
    'text'
    """
    if kind not in get_args(Kind):
        raise ValueError(f"kind is {kind!r}; it is one of {', '.join(get_args(Kind))}")
    if lines not in get_args(Lines):
        raise ValueError(f"lines is {lines!r}; it is one of {', '.join(get_args(Lines))}")
    warnings: list[str] = []
    utf8: bytes | None = None
    if isinstance(source, str):
        text = source
    elif isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        what = binary_format(data)
        if what:
            return _nothing(kind, f"this looks like binary data ({what}), not like a page; nothing was read", url)
        text, encoding, warnings = decode(data)
        if encoding == "utf-8" and not warnings and not data.startswith(BOM_UTF8):
            utf8 = data
    elif source is None:
        raise TypeError(f"there is nothing to read: source is None; it must be {_TAKEN}")
    else:
        from dechaff.reading.trees import is_tree, read_tree  # noqa: PLC0415  # who has bytes or text does without

        if not is_tree(source):
            raise TypeError(f"source must be {_TAKEN}, not {type(source).__name__}")
        return _noted(read_tree(source, url, language, make))
    if isinstance(source, str) and not _encodes(text):
        lone = len(_SURROGATE.findall(text))
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        warnings.append(
            f"the text had {lone:,} surrogate code points; pairs were joined and lone ones replaced by U+FFFD"
        )
    if _is_binary(text):
        return _nothing(kind, "this looks like binary data, not like a page; nothing was read", url)
    if kind == "html" or (kind == "auto" and looks_like_html(text)):
        markup = parser_bytes(text if utf8 is None else utf8)
        del text
        page = read_markup(markup, url, language, make)
    elif kind == "markdown" or (kind == "auto" and looks_like_markdown(text)):
        page = _read_markdown(text, url, language, sure=kind == "markdown")
    else:
        page = read_text(text, url, language, lines)
    page.warnings[:0] = warnings
    return _noted(page)


def _encodes(text: str) -> bool:
    """Whether a text has no surrogates: to encode it tells sooner than to look for them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_markdown(text: str, url: str | None, language: str | None, *, sure: bool) -> Page:
    try:
        from dechaff.reading.markdown import read_markdown  # noqa: PLC0415  # an extra, and only for Markdown
    except ModuleNotFoundError as error:
        if error.name != "markdown_it":
            raise
        if sure:
            raise ModuleNotFoundError(
                "kind='markdown' needs markdown-it-py: pip install 'dechaff[markdown]'", name=error.name
            ) from None
        page = read_text(text, url, language)
        page.warnings.append(
            "this looks like Markdown and was read as plain text; pip install 'dechaff[markdown]' to have it read as such"
        )
        return page
    return read_markdown(text, url, language)


def _is_binary(text: str) -> bool:
    """Whether text is no text.

    A tenth of its beginning, and more than a few, are control characters and what could not be decoded; or half of it
    is.
    """
    head = text[:4096]
    bad = len(_NO_TEXT.findall(head))
    return bad * 2 > len(head) or (bad > 15 and bad * 10 > len(head))


def _nothing(kind: Kind, warning: str, url: str | None) -> Page:
    return Page([], kind="html" if kind == "auto" else kind, url=url, warnings=[warning])


def _noted(page: Page) -> Page:
    if not page.blocks and not page.warnings:
        page.warnings.append("there is no text in the input")
    return page
