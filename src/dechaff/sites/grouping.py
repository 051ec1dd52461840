"""Whole sites at once: a group of pages cleaned with what they have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dechaff.sites.profile import SiteProfile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Unpack

    from dechaff.cleaner import Options
    from dechaff.page import Cleaned


def explain_site(sources: Sequence[Any], **options: Unpack[Options]) -> Iterator[Cleaned]:
    """Clean the pages of one site with a profile learned from all of them: each as `explain(page, site=profile)` would.

    Args:
        sources: the pages, as anything that `clean` takes; they are gone through twice.
        options: as for `Cleaner`; the pages are learned as these options read them.

    Raises:
        TypeError: one of them is no source.

    >>> pages = [f"Mill news\\nThe mill in {town} is sold." for town in ("Lowmoor", "Halden", "Quell")]
    >>> [cleaned.text for cleaned in explain_site(pages)]
    ['The mill in Lowmoor is sold.', 'The mill in Halden is sold.', 'The mill in Quell is sold.']
    """
    from dechaff.cleaner import Cleaner  # noqa: PLC0415  # it imports the profiles

    cleaner = Cleaner(**options)
    cleaner = cleaner.with_site(SiteProfile.learn(map(cleaner.read, sources)))
    for source in sources:
        yield cleaner.explain(source)
