"""HTML that is safe to put into somebody's page: through ammonia's parser and lists (the package nh3)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import nh3

from dechaff.reading.recording import Outline, recording_of

if TYPE_CHECKING:
    from dechaff.page import Page

_TAGS = set(
    "p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre code table thead tbody tfoot tr td th caption figure figcaption img"
    " a em strong del ins sub sup kbd samp var mark q abbr cite dfn time u small br".split()
)
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt"},
    "code": {"class"},
    "abbr": {"title"},
    "time": {"datetime"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}


def sanitise(fragment: str, address: str | None = None) -> str:
    """A fragment with nothing in it that could run or reach out beyond links and pictures.

    Args:
        fragment: HTML.
        address: what relative addresses are relative to; without it they stay as they are.

    >>> sanitise('<p onclick="x()">One <a href="javascript:x()">two</a><script>x()</script></p>')
    '<p>One <a>two</a></p>'
    >>> sanitise('<a href="/b">b</a>', "https://example.org/a")
    '<a href="https://example.org/b">b</a>'
    """
    return nh3.clean(
        fragment,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=None,
        url_relative=("rewrite_with_base", address) if address else None,
    )


def base_address(page: Page) -> str | None:
    """What the page's relative addresses are relative to: where it is from, and what `<base href>` says."""
    recording = recording_of(page)
    base = recording.base if isinstance(recording, Outline) else ""
    try:
        address = urljoin(page.url or "", base)
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None
