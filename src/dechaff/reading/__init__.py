"""Whatever a scraper brought home, into a `Page`."""

from __future__ import annotations

import re
from typing import Any, Literal, TypeAlias, get_args

from dechaff.page import Page
from dechaff.reading.decode import decode
from dechaff.reading.html import read_html
from dechaff.reading.sniff import binary_format, looks_like_html
from dechaff.reading.text import read_text
from dechaff.reading.trees import is_tree, read_tree

__all__ = ["Kind", "decode", "looks_like_html", "read", "read_html", "read_text", "read_tree"]

Kind: TypeAlias = Literal["auto", "html", "text"]
"""What a source is: markup, text, or whichever it looks like."""

_TAKEN = "str, bytes, an lxml element or tree, or a BeautifulSoup object or Tag"
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffd]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def read(
    source: Any,
    *,
    kind: Kind = "auto",
    url: str | None = None,
    language: str | None = None,
) -> Page:
    r"""Read a page, whatever form it comes in. No content raises: what cannot be read is a warning on the page.

    Args:
        source: str, bytes, bytearray or memoryview (decoded by `decode`), an lxml or xml.etree element or tree,
            a BeautifulSoup object or Tag.
        kind: "html", "text", or "auto", which asks `looks_like_html`. A tree is always HTML.
        url: where it is from, kept on the page.
        language: overrides what the page declares.

    Raises:
        TypeError: `source` is none of these.
        ValueError: `kind` is not known.

    >>> read("<p>One.<p>Two.").blocks
    [Block(0, paragraph, 'One.'), Block(1, paragraph, 'Two.')]
    >>> read("One.\nTwo.").kind
    'text'
    """
    if kind not in get_args(Kind):
        raise ValueError(f"kind is {kind!r}; it is one of {', '.join(get_args(Kind))}")
    warnings: list[str] = []
    if isinstance(source, str):
        text = source
    elif isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        what = binary_format(data)
        if what:
            return _nothing(kind, f"this looks like binary data ({what}), not like a page; nothing was read", url)
        text, _, warnings = decode(data)
    elif source is None:
        raise TypeError(f"there is nothing to read: source is None; it must be {_TAKEN}")
    elif is_tree(source):
        return _noted(read_tree(source, url, language))
    else:
        raise TypeError(f"source must be {_TAKEN}, not {type(source).__name__}")
    if isinstance(source, str) and not _encodes(text):
        lone = len(_SURROGATE.findall(text))
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        warnings.append(
            f"the text had {lone:,} surrogate code points; pairs were joined and lone ones replaced by U+FFFD"
        )
    if _is_binary(text):
        return _nothing(kind, "this looks like binary data, not like a page; nothing was read", url)
    if kind == "html" or (kind == "auto" and looks_like_html(text)):
        page = read_html(text, url, language)
    else:
        page = read_text(text, url, language)
    page.warnings[:0] = warnings
    return _noted(page)


def _encodes(text: str) -> bool:
    """Whether a text has no surrogates: to encode it tells sooner than to look for them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_binary(text: str) -> bool:
    """Whether text is no text.

    A tenth of its beginning, and more than a few, are control characters and what could not be decoded; or half of it
    is.
    """
    head = text[:4096]
    bad = len(_NO_TEXT.findall(head))
    return bad * 2 > len(head) or (bad > 15 and bad * 10 > len(head))


def _nothing(kind: str, warning: str, url: str | None) -> Page:
    return Page([], kind="text" if kind == "text" else "html", url=url, warnings=[warning])


def _noted(page: Page) -> Page:
    if not page.blocks and not page.warnings:
        page.warnings.append("there is no text in the input")
    return page
