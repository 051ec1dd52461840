"""One colour a family, the same on the terminal and in the report.

All are of middle lightness: on white and on black the contrast is about 4 or better, so that one table serves both colour schemes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Mapping


class Colour(NamedTuple):
    """A colour: its number among a terminal's 256, and as `#rrggbb`."""

    number: int
    value: str


_FAMILIES: Mapping[str, Colour] = {
    "ads": Colour(196, "#ff0000"),
    "scripts": Colour(130, "#af5f00"),
    "subscriptions": Colour(162, "#d70087"),
    "credits": Colour(28, "#008700"),
    "sharing": Colour(31, "#0087af"),
    "consent": Colour(64, "#5f8700"),
    "navigation": Colour(27, "#005fff"),
    "related": Colour(99, "#875fff"),
    "comments": Colour(30, "#008787"),
    "legal": Colour(133, "#af5faf"),
    "authors": Colour(131, "#af5f5f"),
    "boilerplate": Colour(243, "#767676"),
}
_OTHERS = (Colour(129, "#af00ff"), Colour(29, "#00875f"), Colour(97, "#875faf"), Colour(132, "#af5f87"))


def colour_of(family: str) -> Colour:
    """The colour of a family; a user's own family has the same one in every run.

    >>> colour_of("credits").value
    '#008700'
    """
    return _FAMILIES.get(family) or _OTHERS[crc32(family.encode("utf-8", "replace")) % len(_OTHERS)]
