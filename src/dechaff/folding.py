"""Folding: the blocks' text made comparable, so that one spelling of a phrase finds all of them.

What is folded, one character for one character or for none, so that every place in the folded text has an
exact place in the original:

- compatibility forms (full-width letters, ideographic and no-break spaces), curly quotes and primes;
- zero-width characters, soft hyphens, directional marks, Hebrew points and Arabic short vowels vanish;
- letters that one word is spelled with in two ways: dotted and dotless I, Romanian comma and cedilla,
  Arabic and Persian yeh and kaf, Greek accents and final sigma, Cyrillic yo;
- Cyrillic or Greek look-alikes inside a Latin word;
- letter-spaced words ("A D V E R T") are closed up.

Nothing else changes. Case is kept (names need it) and stands lowered beside it for the index.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

GONE = 0
"""The code that stands for "no character" in the folding table."""

_SINGLE = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "ʼ": "'", "＇": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"',
    "‐": "-", "‑": "-", "‒": "-", "−": "-", "﹘": "-",
    "İ": "I", "ı": "i",
    "ş": "ș", "Ş": "Ș", "ţ": "ț", "Ţ": "Ț",
    "ي": "ی", "ى": "ی", "ك": "ک", "أ": "ا", "إ": "ا", "ٱ": "ا",
    "ς": "σ", "ё": "е", "Ё": "Е",
    "\t": " ", "\n": " ", "\r": " ", "\v": " ", "\f": " ", "\x1c": " ", "\x1d": " ", "\x1e": " ", "\x1f": " ",
    "\x85": " ", "\u2028": " ", "\u2029": " ",
}  # fmt: skip
_VANISH = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u0640\ufe0e\ufe0f"
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕһԁ" + "АВЕКМНОРСТУХІЈЅ" + "οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxijshd" + "ABEKMHOPCTYXIJS" + "oABEZHIKMNOPTYX"
)
_MIXED_WORD = regex.compile(
    r"""\b(?=\w{0,40}[A-Za-z])            # a Latin letter …
        (?=\w{0,40}[\u0370-\u03ff\u0400-\u045f\u0500-\u052f])  # … and one that only looks Latin
        \w{2,40}\b""",
    regex.VERBOSE,
)
_LETTER_SPACED = regex.compile(r"(?<![\p{L}\p{N}])(?:\p{L}\ ){3,40}\p{L}(?![\p{L}\p{N}])")


def _fold_character(character: str) -> str:
    """One character's folded form: one character, or "" for one that vanishes."""
    if character in _SINGLE:
        return _SINGLE[character]
    if character in _VANISH:
        return ""
    code = ord(character)
    if 0x0591 <= code <= 0x05C7 and unicodedata.category(character) == "Mn":
        return ""
    if 0x064B <= code <= 0x065F or code == 0x0670:
        return ""
    if 0x0370 <= code <= 0x03FF or 0x1F00 <= code <= 0x1FFF:
        character = unicodedata.normalize("NFD", character)[0]
    compatible = unicodedata.normalize("NFKC", character)
    if len(compatible) == 1:
        return _SINGLE.get(compatible, compatible)
    return character


def _lower_character(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 else character


@lru_cache(maxsize=1)
def tables() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The folding and the lowering table for the basic plane: `table[code]` is the new code, `GONE` for none."""
    fold = np.arange(0x10000, dtype=np.uint32)
    lower = np.arange(0x10000, dtype=np.uint32)
    for code in range(0x80, 0x10000):
        if 0x3400 <= code < 0xA000 or 0xAC00 <= code < 0xF900:
            continue  # Han, Hangul, surrogates and private use: nothing folds, and they are most of the plane
        folded = _fold_character(chr(code))
        fold[code] = ord(folded) if folded else GONE
    for character, folded in _SINGLE.items():
        fold[ord(character)] = ord(folded)
    for code in range(0x10000):
        if not 0x3400 <= code < 0xA000 and not 0xAC00 <= code < 0xF900:
            lower[code] = ord(_lower_character(chr(code)))
    return fold, lower


def fold(text: str) -> str:
    """The folded form of one text.

    >>> fold("Don\\u2019t\\u00a0miss out")
    "Don't miss out"
    >>> fold("A D V E R T I S E M E N T")
    'ADVERTISEMENT'
    """
    return FoldedText([text]).text


class FoldedText:
    """The folded text of a page's blocks, joined by line feeds, with the way back to the originals.

    Attributes:
        text: the folded blocks, case kept, one line feed between two.
        codes: the lower-cased code points of `text`, shape (len(text),).
        starts, ends: for block i its folded text is `text[starts[i]:ends[i]]`.
    """

    __slots__ = ("_begins", "_kept", "codes", "ends", "starts", "text")

    def __init__(self, texts: Sequence[str]) -> None:
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        joined = "\n".join(texts)
        fold_table, lower_table = tables()
        codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        begins = np.zeros(len(texts), dtype=np.int64)
        np.cumsum(lengths[:-1] + 1, out=begins[1:])
        if joined.isascii():
            folded = fold_table[codes]
        else:
            wide = codes > 0xFFFF
            folded = fold_table[np.where(wide, 0, codes)]
            folded[wide] = codes[wide]
            folded[(codes >= 0xD800) & (codes < 0xE000)] = 0xFFFD
        breaks = begins[1:] - 1
        folded[breaks] = 10
        self._begins = begins
        self._kept: NDArray[np.int64] | None = None
        text = folded.tobytes().decode("utf-32-le")
        if GONE in folded or _LETTER_SPACED.search(text):
            for match in _LETTER_SPACED.finditer(text):
                first, last = match.span()
                folded[first + 1 : last : 2] = GONE
            self._kept = np.flatnonzero(folded != GONE)
            folded = folded[self._kept]
            text = folded.tobytes().decode("utf-32-le")
        if not text.isascii() and _MIXED_WORD.search(text):
            text = _MIXED_WORD.sub(lambda match: match.group().translate(_LOOKALIKES), text)
            folded = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
        self.text = text
        narrow = np.minimum(folded, 0xFFFF)
        self.codes: NDArray[np.uint32] = np.where(folded > 0xFFFF, folded, lower_table[narrow])
        if self._kept is None:
            self.starts = begins
            self.ends = begins + lengths
        else:
            self.starts = np.searchsorted(self._kept, begins)
            self.ends = np.searchsorted(self._kept, begins + lengths)

    def block(self, index: int) -> str:
        """The folded text of one block."""
        return self.text[self.starts[index] : self.ends[index]]

    def origin(self, index: int, first: int, last: int) -> tuple[int, int]:
        """Where the folded range `text[first:last]`, which lies in block `index`, stands in that block's own text."""
        begin = int(self._begins[index])
        if self._kept is None or first >= last:
            return first - begin, last - begin
        return int(self._kept[first]) - begin, int(self._kept[last - 1]) + 1 - begin

    def first_letters(self) -> NDArray[np.int64]:
        """For each block the place of its first letter or digit in `text`; its end if it has none."""
        places = np.flatnonzero(_alnum()[np.minimum(self.codes, 0xFFFF)])
        after = np.append(places, len(self.codes))[np.searchsorted(places, self.starts)]
        first: NDArray[np.int64] = np.minimum(after, self.ends)
        return first


@lru_cache(maxsize=1)
def _alnum() -> NDArray[np.bool_]:
    """Which characters of the basic plane are letters or digits; what is beyond it (emoji, mostly) counts as none."""
    return np.fromiter((chr(code).isalnum() for code in range(0x10000)), dtype=np.bool_, count=0x10000)
