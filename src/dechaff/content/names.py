"""The names of elements: class, id, role and item property values, and the pieces of them that the learned filter knows."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from dechaff.late import late_regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from dechaff.page import Block, Box, Page

_WORDS = late_regex(r"[a-z]{2,30}")
_CAMEL = late_regex(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=32768)
def _token_pieces(token: str) -> tuple[str, ...]:
    """A token, and the words in it."""
    lower = token.lower()
    # Most tokens have no capitals.
    if lower == token:
        return (lower, *_WORDS.findall(lower))
    return (lower, *_WORDS.findall(_CAMEL.sub("-", token).lower()))


@lru_cache(maxsize=32768)
def name_pieces(value: str) -> tuple[str, ...]:
    """The pieces of a class or id value: whole tokens, and the words in them, each once, at most 12.

    >>> name_pieces("entry-content postBody")
    ('entry-content', 'entry', 'content', 'postbody', 'post', 'body')
    """
    pieces = dict.fromkeys(chain.from_iterable(map(_token_pieces, value[:400].split()[:8])))
    return tuple(pieces)[:12]


Key: TypeAlias = tuple[str | None, ...]
"""Names that give the same pieces: an element's own, class, id, role and item property, or its own alone."""


class Names(NamedTuple):
    """The names of a page's boxes, or of the inline elements in its blocks.

    Attributes:
        keys: the different ones.
        which: for each box or block the number of its names among them.
    """

    keys: Sequence[Key]
    which: NDArray[np.int64]


def box_names(page: Page) -> Names:
    """The names of a page's boxes, looked at once a page."""
    return page.shared("box_names", lambda page: _numbered(map(box_key, page.boxes)))


def inline_names(page: Page) -> Names:
    """The names of the inline elements in a page's blocks."""
    return _numbered([block.inline[:NAMED_INLINES] for block in page.blocks])


def _numbered(keys: Iterable[Key]) -> Names:
    numbers: dict[Key, int] = {}
    which = [numbers.setdefault(key, len(numbers)) for key in keys]
    return Names(list(numbers), np.fromiter(which, dtype=np.int64, count=len(which)))


def box_key(box: Box) -> Key:
    """What a box's pieces are made of."""
    attributes = box.attributes
    if not attributes:
        return (box.tag,)
    get = attributes.get
    return (box.tag, get("class"), get("id"), get("role"), get("itemprop"))


def pieces_of_box(key: Key) -> tuple[str, ...]:
    """The pieces of the names in a box's key, the element's name first."""
    found: tuple[str, ...] = (f"<{key[0]}>",)
    for value in key[1:]:
        if value:
            found += name_pieces(value)
    return found


def box_pieces(box: Box) -> tuple[str, ...]:
    """The pieces of a box's element name, class, id, role and item property."""
    return pieces_of_box(box_key(box))


NAMED_INLINES = 4
"""Of how many inline elements in a block the names are looked at: the first ones."""


def pieces_of_inline(key: Key) -> tuple[str, ...]:
    """The pieces of the names of inline elements, at most 12."""
    found: tuple[str, ...] = ()
    for value in key:
        found += tuple(f".{piece}" for piece in name_pieces(value or ""))
    return found[:12]


def inline_pieces(block: Block) -> tuple[str, ...]:
    """The pieces of the inline elements' names in a block, at most 12."""
    return pieces_of_inline(block.inline[:NAMED_INLINES])
