"""Which block is the headline: by the page's title, which mostly repeats it, and by the heading's level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dechaff.late import late_regex

if TYPE_CHECKING:
    from dechaff.page import Page

_WORD = late_regex(r"[\p{L}\p{N}]{1,40}")
_LONGEST = 300
_MATCH = 0.8
"""The share of a heading's words that the title has to hold; titles add the site's name and drop the odd word."""


def title_words(title: str) -> frozenset[str]:
    """The words of a title, lower case."""
    return frozenset(_WORD.findall(title.lower()))


def headline_of(page: Page) -> int | None:
    """`find_headline`, looked for once a page."""
    return page.shared("headline", find_headline)


def find_headline(page: Page) -> int | None:
    """The number of the block that is the page's headline, None if there is none or it cannot be told.

    The heading that says most of the title; among equals the one of the higher level, then the first. Without a match the only
    `<h1>`. A site's name in an `<h1>` says less of the title than the headline does, whatever that stands in.
    """
    title = title_words(page.title)
    best: tuple[int, int, int] | None = None
    number = None
    only: list[int] = []
    for block in page.blocks:
        if block.kind != "heading" or len(block.text) > _LONGEST:
            continue
        if block.level == 1:
            only.append(block.index)
        words = set(_WORD.findall(block.text.lower()))
        common = len(words & title)
        if not common or common < _MATCH * len(words):
            continue
        rank = (common, -block.level, -block.index)
        if best is None or rank > best:
            best, number = rank, block.index
    if number is not None and best is not None and (best[0] > 1 or best[0] * 2 >= len(title)):
        return number
    return only[0] if len(only) == 1 else None
