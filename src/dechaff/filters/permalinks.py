"""Permalink marks: the sign behind a heading or a definition that links to the heading itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dechaff.page import Cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dechaff.page import Page

_MARKS = ("¶", "#", "§", "🔗", "[link]")
_HOLDERS = frozenset(("heading", "term", "caption", "code"))


def find_permalinks(page: Page) -> Iterator[Cut]:
    """The mark at the end of a heading whose last link leads to a place on the same page.

    What stays: the same sign in text, and at the end of a heading that has no such link ("Learning C#").

    >>> from dechaff.reading import read
    >>> [cut.start for cut in find_permalinks(read('<h2>Setup<a href="#setup">¶</a></h2>', kind="html"))]
    [5]
    >>> list(find_permalinks(read("<h2>Learning C#</h2>", kind="html")))
    []
    """
    for block in page.blocks:
        if block.hrefs and block.kind in _HOLDERS and "#" in block.hrefs[-1]:
            for mark in _MARKS:
                if block.text.endswith(mark) and block.linked >= len(mark) and len(block.text) > len(mark):
                    start = len(block.text) - len(mark)
                    yield Cut(
                        block.index, block.index + 1, "navigation", "shape:permalink", 0.97, start, len(block.text)
                    )
                    break
