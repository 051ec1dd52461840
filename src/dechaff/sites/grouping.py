"""Whole sites at once: which site a page is of, and a group of pages cleaned with what they have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import regex

from dechaff.sites.profile import SiteProfile, host_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Unpack

    from dechaff.cleaner import Options
    from dechaff.page import Cleaned

_HEAD = 100_000
"""So much of a page is searched for its own address."""

_ADDRESS = regex.compile(
    rb"""<(?:link|meta)\b(?=[^<>]{0,500}\b(?:rel\s?=\s?["']?canonical|property\s?=\s?["']?og:url)\b)
        [^<>]{0,500}?\b(?:href|content)\s?=\s?["']?(https?://[^"'\s<>]{1,2000})""",
    regex.VERBOSE | regex.IGNORECASE,
)


def own_host(page: bytes) -> str:
    """The host that a page says it is from, by its canonical link or `og:url`; "" if it says none.

    >>> own_host(b'<link rel="canonical" href="https://www.example.org/a">'), own_host(b"<p>Hello")
    ('example.org', '')
    """
    found = _ADDRESS.search(page[:_HEAD])
    return host_of(found[1].decode("ascii", "replace")) if found else ""


def explain_site(sources: Sequence[Any], **options: Unpack[Options]) -> Iterator[Cleaned]:
    """Clean the pages of one site with a profile learned from all of them: each as `explain(page, site=profile)` would.

    Args:
        sources: the pages, as anything that `clean` takes; they are gone through twice.
        options: as for `Cleaner`; `kind` and `language` are used to read the pages for learning, too.

    Raises:
        TypeError: one of them is no source.

    >>> pages = [f"Mill news\\nThe mill in {town} is sold." for town in ("Lowmoor", "Halden", "Quell")]
    >>> [cleaned.text for cleaned in explain_site(pages)]
    ['The mill in Lowmoor is sold.', 'The mill in Halden is sold.', 'The mill in Quell is sold.']
    """
    from dechaff.cleaner import Cleaner  # noqa: PLC0415  # it imports the profiles
    from dechaff.reading import read  # noqa: PLC0415  # as above

    profile = SiteProfile()
    for source in sources:
        profile.update(read(source, kind=options.get("kind", "auto"), language=options.get("language")))
    options["site"] = profile
    cleaner = Cleaner(**options)
    for source in sources:
        yield cleaner.explain(source)
