"""How a block of one page is known again on another: by its text, by its text but for numbers and names, and by its place."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from dechaff.late import late_regex

if TYPE_CHECKING:
    from dechaff.page import Block, Box, Page

LONGEST = 80
"""Longer texts are kept by their beginning, length and hash. No label, menu entry or counter is as long."""

_SHOWN = 60
_MOST_NAMES = 4
_MOST_NAME = 40
_LONG = late_regex(r"… \[(\d{1,9}) characters, [0-9a-f]{12}\]$")
_SERIAL = late_regex(r"\p{N}{3}")
_NUMBER = late_regex(r"\p{N}{1,20}(?:[.,:/-]\p{N}{1,20}){0,6}")
_DATED = late_regex(
    r"""(?<=\#[.]?[ ])\p{Lu}[\p{L}\p{M}]{2,14}[.]?(?=[ ,]|$)   # the month in "3 May 2024" …
      | \b\p{Lu}[\p{L}\p{M}]{2,14}[.]?(?=[ ]\#,?[ ]\#)          # … and in "May 3, 2024"
    """,
    re.VERBOSE,
)
_NAME = late_regex(r"(?<=[\p{Ll}][ ])\p{Lu}[\p{L}\p{M}'’.-]{0,30}(?:[ ]\p{Lu}[\p{L}\p{M}'’.-]{0,30}){0,3}")
_END = late_regex(r"""[.!?…。！？؟।]["'”’»)\]]{0,2}$""")
_WORD = late_regex(r"[\p{L}\p{M}\p{N}]+")
_WIDE = late_regex(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")

FEWEST_WORDS = 8
"""A sentence has so many words and an end mark; shorter ones ("Share this.", "All rights reserved.") are what labels look like, too."""

_WIDE_CHARACTERS = 16
"""The same in scripts that put no space between words."""


class Line(NamedTuple):
    """A block as it is remembered.

    Attributes:
        text: white space folded; a long one by its beginning, length and hash (`shown`).
        place: what sort of block it is and the boxes around it, innermost first (`place_of`); "" in a text source.
        score: how much the network took it for content, 0 to 100.
        at: the numbers of the blocks that it is, in a text source, whose lines have no other place; () in HTML.
    """

    text: str
    place: str
    score: int
    at: tuple[int, ...] = ()

    @property
    def length(self) -> int:
        """Characters in the whole text."""
        return length_of(self.text)


def shown(text: str) -> str:
    """The text as a profile keeps it and a person reads it; equal for equal texts only.

    >>> shown("Follow   us")
    'Follow us'
    """
    words = " ".join(text.split())
    if len(words) <= LONGEST:
        return words
    mark = blake2b(words.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return f"{words[:_SHOWN]}… [{len(words)} characters, {mark}]"


def length_of(text: str) -> int:
    """Characters in the text that `shown` made this of."""
    found = _LONG.search(text)
    return int(found[1]) if found else len(text)


@lru_cache(maxsize=16384)
def near(text: str) -> str:
    """The text without what differs in near-repeats: numbers, months beside them, names behind a small word.

    >>> near("Published 3 May 2024 by Ann Lee") == near("Published 17 June 2026 by Bo Ek")
    True
    >>> near("12 comments"), near("Chapter One")
    ('# comments', 'Chapter One')
    """
    if len(text) > LONGEST:
        return text
    numbered = _NUMBER.sub("#", text)
    if numbered != text:
        numbered = _DATED.sub("@", numbered)
    made = _NAME.sub("@", numbered)
    # What remains has to say something: else all titles of one shape would be one text.
    rest = _WORD.findall(made)
    return made if rest and (len(rest) >= 3 or "#" in made) else text


def has_end(text: str) -> bool:
    """Whether the text ends as a sentence does."""
    return _END.search(text.strip()) is not None


def is_sentence(text: str) -> bool:
    """Whether the text has the form of a sentence and not of a label.

    >>> is_sentence("We do not inherit the river, we borrow it."), is_sentence("All rights reserved.")
    (True, False)
    """
    if not has_end(text):
        return len(text) > 2 * LONGEST
    return len(_WORD.findall(text)) >= FEWEST_WORDS or len(_WIDE.findall(text)) >= _WIDE_CHARACTERS


def places_of(page: Page) -> list[str]:
    """For each block its kind and the boxes around it, innermost first, each by element and class.

    Names with a long number in them are left out: they belong to one page (`post-4711`). "" for all blocks of a text source.
    """
    names: list[str] = []
    chains: list[str] = []
    for box in page.boxes:
        name = _name_of(box)
        names.append(name)
        above = chains[box.parent] if box.parent >= 0 else ""
        chains.append(above if box.tag in ("html", "body") else f"{name}>{above}" if above else name)
    return [f"{_kind_of(block)}|{chains[block.box]}" if block.box >= 0 else "" for block in page.blocks]


def _kind_of(block: Block) -> str:
    return f"heading{block.level}" if block.kind == "heading" else block.kind


def _name_of(box: Box) -> str:
    given = box.attributes.get("class") if box.attributes else None
    return f"{box.tag}{_classes(given)}" if given else box.tag


@lru_cache(maxsize=16384)
def _classes(given: str) -> str:
    names = sorted({name for name in given.lower().split() if len(name) < _MOST_NAME and not _SERIAL.search(name)})
    return "".join(f".{name}" for name in names[:_MOST_NAMES])


@lru_cache(maxsize=16384)
def wider(place: str) -> tuple[str, ...]:
    """The place, and as it is known on a page whose outer boxes differ: the innermost four boxes, the innermost two."""
    if not place:
        return ()
    kind, _, chain = place.partition("|")
    boxes = chain.split(">")
    return (place, f"{kind}|4|{'>'.join(boxes[:4])}", f"{kind}|2|{'>'.join(boxes[:2])}")
