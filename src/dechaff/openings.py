r"""How the matches of a pattern open: their first words, worked out piece by piece while the pattern is read.

A word is a run of letters, or a number, whatever signs and spaces stand between; all numbers are alike, and numbers one after the
other are one. In the texts here a `0` is a number and a space stands for all that is no letter and no digit: `wording` makes
them so. How matches end is the same of the pattern read backwards, its texts mirrored.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from dechaff.late import late_regex

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

Openings: TypeAlias = "frozenset[tuple[str, bool]]"
"""The wording of the first two words of everything that a piece matches, each with whether that is the whole match."""

ANYTHING: Openings = frozenset((("", False),))
NOTHING: Openings = frozenset((("", True),))
NUMBER: Openings = frozenset((("0", True),))
SIGN: Openings = frozenset(((" ", True),))
"""A sign or a space; and what stands between two words and takes no room."""

MOST = 400
"""How many openings of one piece are told apart."""

_SIGNS = late_regex(r"[^\p{L}\p{N}]+")
_NUMBERS = late_regex(r"\p{Nd}(?: ?\p{Nd}){0,400}")
_WORDS = re.compile(r"0|[^ 0]+")
_WORDS_TOLD = 2
_REMEMBERED = 1 << 14
_LETTERS_TOLD = 8


@lru_cache(_REMEMBERED)
def wording(text: str) -> str:
    """A lower-cased folded text with its signs as spaces and its numbers as 0.

    >>> wording("© 2,019-20 the story's photos")
    ' 0 the story s photos'
    """
    return _NUMBERS.sub("0", _SIGNS.sub(" ", text))


@lru_cache(_REMEMBERED)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a wording.

    >>> words_of(" 0 the top0")
    ('0', 'the', 'top', '0')
    """
    return tuple(_WORDS.findall(text))


def joined(first: str, second: str) -> str:
    """The wording of two texts, one after the other.

    >>> joined("photo ", " by"), joined("0 ", "0k")
    ('photo by', '0k')
    """
    if first[-1:] == " " and second[:1] == " ":
        second = second[1:]
    left, right = first.rstrip(" "), second.lstrip(" ")
    if left[-1:] == "0" and right[:1] == "0":
        return left[:-1] + right
    return first + second


@lru_cache(_REMEMBERED)
def opening(text: str) -> tuple[str, bool]:
    """The opening of one wording: the first two words, and whether that is all there is."""
    words = words_of(text)
    if len(words) > _WORDS_TOLD or (len(words) == _WORDS_TOLD and text[-1] == " "):
        lead = " " if text[0] == " " else ""
        return f"{lead}{words[0]} {words[1]} ", False
    return text, True


def of_text(text: str) -> Openings:
    """The openings of a piece that matches one text and no other."""
    return frozenset((opening(wording(text)),))


def followed(first: Openings, second: Openings) -> Openings:
    """The openings of one piece followed by another."""
    if first == NOTHING:
        return second
    whole = [text for text, is_whole in first if is_whole]
    found = {(text, False) for text, is_whole in first if not is_whole}
    then = bounded(second, max(1, (2 * MOST) // max(1, len(whole))))
    for begin in whole:
        for more, is_whole in then:
            text, is_all = opening(joined(begin, more))
            found.add((text, is_whole and is_all))
    return bounded(found)


def bounded(openings: AbstractSet[tuple[str, bool]], most: int = MOST) -> Openings:
    """At most `most` openings: where there are more, of those that open alike only what they share."""
    for share in (_first_word, _first_letters, _first_letter):
        if len(openings) <= most:
            break
        alike: dict[tuple[str, bool], list[tuple[str, bool]]] = {}
        for one in openings:
            alike.setdefault(share(*one), []).append(one)
        kept, left = set(openings), len(openings)
        for shared, crowd in sorted(alike.items(), key=lambda item: (-len(item[1]), item[0])):
            if len(crowd) > 1 and left > most:
                kept.difference_update(crowd)
                kept.add(shared)
                left -= len(crowd) - 1
        openings = kept
    return ANYTHING if len(openings) > most or ("", False) in openings else frozenset(openings)


def _first_word(text: str, is_whole: bool) -> tuple[str, bool]:
    words = words_of(text)
    if len(words) > 1 or (words and text[-1] == " "):
        return f"{' ' if text[0] == ' ' else ''}{words[0]} ", False
    return text, is_whole


def _first_letters(text: str, is_whole: bool) -> tuple[str, bool]:
    return (text, is_whole) if len(text) < _LETTERS_TOLD // 2 else (text[: _LETTERS_TOLD // 2], False)


def _first_letter(text: str, is_whole: bool) -> tuple[str, bool]:
    return (text, is_whole) if not text else (text[:1], False)


def repeated(openings: Openings, most: int) -> Openings:
    """The openings of a piece that stands once or more often, at most `most` times."""
    found = openings
    for _ in range(min(most - 1, _LETTERS_TOLD)):
        more = bounded(openings | followed(openings, found))
        if more == found:
            return found
        found = more
    if most - 1 > _LETTERS_TOLD:  # it may go on
        found |= {(text, False) for text, _ in found}
    return bounded(found)


def opens_with_sign(openings: Openings) -> bool:
    """Whether everything that a piece matches begins with a sign or a space."""
    return all(text[:1] == " " for text, _ in openings)


def pieces_of(openings: Iterable[tuple[str, bool]]) -> set[tuple[str, ...]] | None:
    """What is looked up of each opening; None if one of them says nothing.

    One word, two words, or with a "…" behind it the beginning of a word that may be longer. A whole match without words is "".
    """
    found: set[tuple[str, ...]] = set()
    for text, is_whole in openings:
        words = words_of(text)
        if not words:
            if not is_whole:
                return None
            found.add(("",))
            continue
        is_open = not is_whole and text[-1] not in " 0"
        if len(words) >= _WORDS_TOLD and not is_open:
            found.add((words[0], words[1]))
        elif len(words) >= _WORDS_TOLD or not is_open:
            found.add((words[0],))
        else:
            found.add((words[0], "…"))
    return found
