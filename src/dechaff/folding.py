"""Folding: the blocks' text made comparable, so that one spelling of a phrase finds all of them.

What is folded, one character for one character or for none, so that every place in the folded text has an
exact place in the original:

- compatibility forms (full-width letters, ideographic and no-break spaces), curly quotes and primes;
- zero-width characters, soft hyphens, directional marks, Hebrew points and Arabic short vowels vanish;
- the circled C is a copyright sign, not the letter that its compatibility form is;
- letters that one word is spelled with in two ways: dotted and dotless I, Romanian comma and cedilla,
  Arabic and Persian yeh and kaf, Greek accents and final sigma, Cyrillic yo;
- Cyrillic or Greek look-alikes inside a Latin word;
- letter-spaced words ("A D V E R T") are closed up.

Nothing else changes. Case is kept (names need it) and stands lowered beside it for the index.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from dechaff.late import late_regex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

GONE = 0
"""The code that stands for "no character" in the folding table."""

_SINGLE = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "ʼ": "'", "＇": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"',
    "‐": "-", "‑": "-", "‒": "-", "−": "-", "﹘": "-",
    "ⓒ": "©", "Ⓒ": "©",
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
_MIXED_WORD = late_regex(
    r"""\b(?=\w{0,40}[A-Za-z])            # a Latin letter …
        (?=\w{0,40}[\u0370-\u03ff\u0400-\u045f\u0500-\u052f])  # … and one that only looks Latin
        \w{2,40}\b""",
    re.VERBOSE,
)
_LETTER_SPACED = late_regex(r"(?<![\p{L}\p{N}])(?:\p{L}\ ){3,40}\p{L}(?![\p{L}\p{N}])")


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


class Table:
    """A table over the basic plane, worked out 256 characters at a time, when a text first has one of them.

    What is beyond the plane, and Han, Hangul, surrogates and private use, which are most of it, stand for themselves.
    """

    def __init__(self, of: Callable[[str], str], surrogate: int | None = None) -> None:
        """Take what a character stands for, and what half a surrogate pair does; None for itself."""
        self._of = of
        self._codes = np.arange(_PLANE, dtype=np.uint32)
        self._codes[:0x3400] = self._codes[0xA000:0xAC00] = self._codes[0xF900:] = _UNKNOWN
        if surrogate is not None:
            self._codes[0xD800:0xE000] = surrogate

    def __call__(self, codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """The codes that stand for these: `GONE` for none."""
        if not len(codes):
            return codes.copy()
        narrow = codes if int(codes.max()) < _PLANE else np.where(codes < _PLANE, codes, 0)
        found = self._codes[narrow]
        if found.max() == _UNKNOWN:
            for row in {code >> 8 for code in narrow[found == _UNKNOWN].tolist()}:
                characters = (self._of(chr(code)) for code in range(row << 8, (row + 1) << 8))
                self._codes[row << 8 : (row + 1) << 8] = [ord(character or "\0") for character in characters]
            found = self._codes[narrow]
        if narrow is not codes:
            found[codes >= _PLANE] = codes[codes >= _PLANE]
        return found


_PLANE = 0x10000
_PIECE = 1 << 17
"""How many characters are folded together: for all of a page numpy makes places of 8 bytes each out of the codes, to look them up."""
_UNKNOWN = np.uint32(0xFFFFFFFF)
_folded = Table(_fold_character, surrogate=0xFFFD)
_lowered = Table(_lower_character)


def lower(text: str) -> str:
    """The text in lower case, one character for one.

    >>> lower("ĞÖ")
    'ğö'
    """
    return text_of(_lowered(codes_of(text)))


def codes_of(text: str) -> NDArray[np.uint32]:
    """The code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def text_of(codes: NDArray[np.uint32]) -> str:
    """The text of some code points."""
    return str(np.ascontiguousarray(codes).data, "utf-32-le", "surrogatepass")


def fold(text: str) -> str:
    r"""The folded form of one text.

    >>> fold("Don\u2019t\u00a0miss out")
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
        begins = np.zeros(len(texts), dtype=np.int64)
        np.cumsum(lengths[:-1] + 1, out=begins[1:])
        text = "\n".join(texts)
        folded = np.empty(len(text), dtype=np.uint32)
        for place in range(0, len(text), _PIECE):
            folded[place : place + _PIECE] = _folded(codes_of(text[place : place + _PIECE]))
        folded[begins[1:] - 1] = 10
        text = text_of(folded)
        self._begins = begins
        self._kept: NDArray[np.int64] | None = None
        if _may_be_letter_spaced(folded, text):
            for match in _LETTER_SPACED.finditer(text):
                first, last = match.span()
                folded[first + 1 : last : 2] = GONE
        if not folded.all():
            self._kept = np.flatnonzero(folded)
            folded = folded[self._kept]
            text = text_of(folded)
        if not text.isascii() and _may_be_mixed(folded):
            text = _MIXED_WORD.sub(lambda match: match.group().translate(_LOOKALIKES), text)
            folded = codes_of(text).copy()
        self.text = text
        for place in range(0, len(folded), _PIECE):
            folded[place : place + _PIECE] = _lowered(folded[place : place + _PIECE])
        self.codes = folded
        self.starts, self.ends = begins, begins + lengths
        if self._kept is not None:
            self.starts = np.searchsorted(self._kept, self.starts)
            self.ends = np.searchsorted(self._kept, self.ends)

    def distinct(self) -> DistinctText:
        """Its blocks, each text once."""
        return DistinctText(self)

    def block(self, index: int) -> str:
        """The folded text of one block."""
        return self.text[self.starts[index] : self.ends[index]]

    def origin(self, index: int, first: int, last: int) -> tuple[int, int]:
        """Where the folded range `text[first:last]`, which lies in block `index`, stands in that block's own text."""
        begin = int(self._begins[index])
        if self._kept is None or first >= last:
            return first - begin, last - begin
        return int(self._kept[first]) - begin, int(self._kept[last - 1]) + 1 - begin


class DistinctText:
    """The blocks of a folded text without those that are the same as one before.

    Attributes:
        codes, starts, ends: as of the folded text (`FoldedText`), those blocks alone.
        blocks: their numbers in the folded text, ascending.
        copies: the numbers of the others, each with that of the block it is the same as.
    """

    __slots__ = ("blocks", "codes", "copies", "ends", "starts")

    def __init__(self, folded: FoldedText) -> None:
        first_of: dict[str, int] = {}
        same = [first_of.setdefault(text, number) for number, text in enumerate(folded.text.split("\n"))]
        self.blocks = np.fromiter(first_of.values(), dtype=np.int64, count=len(first_of))
        self.copies = [(number, first) for number, first in enumerate(same) if number != first]
        self.codes, self.starts, self.ends = folded.codes, folded.starts, folded.ends
        if self.copies:
            sizes = folded.ends - folded.starts + 1
            is_first = np.zeros(len(sizes), dtype=np.bool_)
            is_first[self.blocks] = True
            sizes[-1] -= 1  # no line feed
            self.codes = folded.codes[np.repeat(is_first, sizes)]
            self.ends = np.cumsum(folded.ends[self.blocks] - folded.starts[self.blocks] + 1) - 1
            self.starts = np.append(0, self.ends[:-1] + 1)


def _may_be_letter_spaced(codes: NDArray[np.uint32], text: str) -> bool:
    """Whether three spaces stand between single letters: all `_LETTER_SPACED` texts have that, few others."""
    spaces = codes == ord(" ")
    places = np.flatnonzero(spaces[1:-5] & spaces[3:-3] & spaces[5:-1]).tolist()
    return any(text[place : place + 7 : 2].isalpha() for place in places)


def _may_be_mixed(codes: NDArray[np.uint32]) -> bool:
    """Whether a Latin and a Greek or Cyrillic letter follow each other with no ASCII sign or general punctuation between."""
    foreign = (codes >= 0x370) & (codes < 0x530)
    if not foreign.any():
        return False
    kinds = _KINDS[np.minimum(codes, 0x2070)]
    met = kinds[kinds != _WORD]
    return bool((met[1:] + met[:-1] == _LATIN + _FOREIGN).any())


_WORD, _BETWEEN, _LATIN, _FOREIGN = 0, 8, 1, 2
_KINDS = np.zeros(0x2071, dtype=np.uint8)
_KINDS[:0xC0] = _KINDS[0x2000:0x2070] = _BETWEEN
_KINDS[[*range(0x30, 0x3A), 0x5F, 0xAA, 0xB2, 0xB3, 0xB5, 0xB9, 0xBA, *range(0xBC, 0xBF)]] = _WORD
_KINDS[[*range(0x41, 0x5B), *range(0x61, 0x7B)]] = _LATIN
_KINDS[0x370:0x530] = _FOREIGN
"""What may stand in a word, between words, and the letters that `_MIXED_WORD` asks for; beyond all is a word's."""
