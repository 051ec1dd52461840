"""A page as a server sent it: bytes, and what `Content-Type` says of them. It needs no framework."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from dechaff.cleaner import Cleaner
from dechaff.reading import decode
from dechaff.reading.decode import charset_of
from dechaff.reading.sniff import binary_format

if TYPE_CHECKING:
    from dechaff.page import Cleaned, Page
    from dechaff.reading import Kind

HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))


def media_type(content_type: str | None) -> str:
    """The type alone, lower case; "" if there is none.

    >>> media_type("Text/HTML; charset=utf-8"), media_type(None)
    ('text/html', '')
    """
    return (content_type or "").partition(";")[0].strip().lower()


def charset(content_type: str | None) -> str | None:
    """The charset that a `Content-Type` names, None if it names none.

    >>> charset("text/html; charset=windows-1251"), charset("text/html")
    ('windows-1251', None)
    """
    found = charset_of((content_type or "").encode("ascii", "replace"))
    return found.decode() if found else None


def explain_response(
    body: bytes, content_type: str | None = None, *, url: str | None = None, cleaner: Cleaner | None = None
) -> Cleaned:
    r"""Clean a page as a server sent it, and say why each piece went.

    `text/html` is read as HTML and `text/plain` as text, whatever they look like; anything else by its look.

    Args:
        body: the bytes, after `Content-Encoding` was undone.
        content_type: the header; its charset weighs more than what the page declares.
        url: where it is from.
        cleaner: a cleaner with the options that are wanted; its own `kind`, if it is not "auto", stays.

    >>> explain_response("<p>Привет".encode("cp1251"), "text/html; charset=windows-1251").text
    'Привет'
    """
    source, warnings = _decoded(body, content_type)
    cleaned = _reading(content_type, cleaner or Cleaner()).explain(source, url=url)
    cleaned.warnings[:0] = warnings
    return cleaned


def read_response(body: bytes, content_type: str | None, *, url: str | None, cleaner: Cleaner) -> Page:
    """The page that `explain_response` cleans, for a site's profile to learn."""
    source, _ = _decoded(body, content_type)
    return _reading(content_type, cleaner).read(source, url=url)


def _decoded(body: bytes, content_type: str | None) -> tuple[bytes | str, list[str]]:
    """The text of a body, and what is to say of its encoding; a body that is no text (a picture, a PDF) as it is."""
    if binary_format(body):
        return body, []
    decoded = decode(body, charset(content_type))
    return decoded.text, decoded.warnings


def _reading(content_type: str | None, cleaner: Cleaner) -> Cleaner:
    """The cleaner, set to what the header says of the kind of source, unless it has a `kind` of its own."""
    named = media_type(content_type)
    kind: Kind | None = "html" if named in HTML_TYPES else "text" if named == "text/plain" else None
    if kind is None or cleaner.kind != "auto":
        return cleaner
    own = copy.copy(cleaner)
    own.kind = kind
    return own
