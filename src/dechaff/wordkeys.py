"""Words as numbers: every word, every beginning of one and every short text of a page hashed in a few passes over its characters.

The hash of a text is a polynomial in its code points, so that of any piece comes from two running sums. A key is that hash with
what is looked up mixed in (`FIRST`, `LAST`, `INNER`, …). Two keys that fall together cost time, no more: whoever looks something
up compares what is found.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dechaff.folding import FoldedText

    Codes = NDArray[np.uint32]
    Hashes = NDArray[np.uint64]
    Places = NDArray[np.int64]

FIRST, FIRST_TWO, LAST, LAST_TWO, INNER, TEXT, LETTERS = range(1, 8)
"""What a key is of: a block's first word or two, its last, a word anywhere, all of it but for decoration, letters anywhere."""

BEGIN, END, SIGN = 8, 24, 40
"""Of the beginning of a block's first word, the end of its last, a sign and what is behind it: with how many letters."""

PARTS = (1, 2, 4, 8)
"""So many letters of a word that may be longer are looked up."""

RUN = 3
"""So many letters of a word of which neither end is known."""

_MOST = 1 << 16
"""How many characters are hashed at once: powers for all of a page would not stay in the cache."""

_LONG = 1 << 13
"""Of a longer block so many characters at its beginning and at its end are looked at: no rule that looks further fits it."""

_WRAPS = (1 << 64) - 1
_BASE = 0x9E3779B97F4A7C15
_MIX = 0xD6E8FEB86659FD93
_PAIR = np.uint64(0xA0761D6478BD642F)
_NUMBER = np.uint64(ord("0"))
_SPACE, _FEED = 32, 10
EAST_ASIAN = 0x2E80
"""From here on one letter tells as much as a syllable."""


def _powers(base: int) -> Hashes:
    powers = np.full(_MOST + 1, base, dtype=np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


_POWERS = _powers(_BASE)
_INVERSE = _powers(pow(_BASE, -1, 1 << 64))

_NO_WORD, _LETTER, _DIGIT, _UNKNOWN = range(4)
_PLANE = 0x10000
_KINDS = np.full(_PLANE, _UNKNOWN, dtype=np.uint8)
"""What each character of the basic plane is; worked out 256 at a time, when a text first has one of them."""
for _first, _last in ((0x3400, 0x4DC0), (0x4E00, 0x9F00), (0xAC00, 0xD700)):
    _KINDS[_first:_last] = _LETTER
_KINDS[0xD800:0xF900] = _NO_WORD


def _kinds_of(codes: Codes) -> NDArray[np.uint8]:
    """What each character is: a letter, a digit or neither."""
    if not len(codes):
        return np.zeros(0, dtype=np.uint8)
    if int(codes.max()) < _PLANE:
        found = _KINDS[codes]
    else:
        beyond = codes >= _PLANE
        found = _KINDS[np.where(beyond, 0, codes)]
        astral = codes[beyond]
        for code in set(astral.tolist()):
            found[codes == code] = _kind(code)
    if found.max() == _UNKNOWN:
        for row in {code >> 8 for code in codes[found == _UNKNOWN].tolist()}:
            _KINDS[row << 8 : (row + 1) << 8] = [_kind(code) for code in range(row << 8, (row + 1) << 8)]
        return _kinds_of(codes)
    return found


def _kind(code: int) -> int:
    character = chr(code)
    return _DIGIT if character.isdecimal() else _LETTER if character.isalnum() else _NO_WORD


def key_of(kind: int, *words: str) -> int:
    """The key of one or two words as they stand in `patterns.wording`."""
    mixed = 0
    for word in words:
        mixed = (mixed * int(_PAIR) + sum(ord(one) * pow(_BASE, n, 1 << 64) for n, one in enumerate(word))) & _WRAPS
    return (((mixed ^ kind * _BASE) * _MIX) & _WRAPS) >> 32


def _keys(kind: int, hashes: Hashes) -> Codes:
    mixed = hashes ^ np.uint64(kind * _BASE & _WRAPS)
    mixed *= np.uint64(_MIX)
    mixed >>= np.uint64(32)
    return mixed.astype(np.uint32)


class Keys(NamedTuple):
    """Keys, and for each the block in which it stands, or the place of the character."""

    keys: Codes
    where: Places


class Words:
    """The words of some blocks, as many as are hashed at once.

    Attributes:
        first: the number of the first block.
        cores: for each block where its first letter or digit stands and where its last one ends, in the text that was given;
            both its end if it has none. Of a long block they are not told.
    """

    def __init__(self, codes: Codes, starts: Places, ends: Places, first: int) -> None:
        self.first = first
        self._codes, self.starts = codes, starts
        kinds = _kinds_of(codes)
        self._is_sign = kinds == _NO_WORD
        edges = np.flatnonzero(kinds[1:] != kinds[:-1])
        edges += 1
        edges = np.concatenate(([0], edges, [len(codes)]))
        kind = kinds[edges[:-1]] if len(codes) else kinds
        is_word = kind > 0
        begins, stops, is_number = edges[:-1][is_word], edges[1:][is_word], kind[is_word] == _DIGIT
        sums = np.zeros(len(codes) + 1, dtype=np.uint64)
        np.cumsum(codes * _POWERS[: len(codes)], out=sums[1:])
        self._sums = sums
        low, high = np.searchsorted(begins, starts), np.searchsorted(begins, ends)
        none = low == high
        self._none = none
        padded = np.append(begins, 0)
        self.cores = (
            np.where(none, ends, padded[low]),
            np.where(none, ends, np.append(stops, 0)[high - 1]),
        )
        if (is_number[1:] & is_number[:-1]).any():
            # Of numbers one after the other only the first is kept.
            starts_block = np.zeros(len(begins) + 1, dtype=np.bool_)
            starts_block[low] = True
            kept = np.ones(len(begins), dtype=np.bool_)
            kept[1:] = ~(is_number[1:] & is_number[:-1]) | starts_block[1:-1]
            begins, stops, is_number = begins[kept], stops[kept], is_number[kept]
            low, high = np.searchsorted(begins, starts), np.searchsorted(begins, ends)
        self._begins, self._stops, self._is_number = begins, stops, is_number
        self._low, self._high = low, high
        self._hashes = np.where(is_number, _NUMBER, self._between(begins, stops))

    def _between(self, begins: Places, stops: Places) -> Hashes:
        hashes: Hashes = self._sums[stops] - self._sums[begins]
        hashes *= _INVERSE[begins]
        return hashes

    def at_begin(self) -> Keys:
        """How each block begins."""
        return self._at_edge(FIRST, FIRST_TWO, self._low, 1)

    def at_end(self) -> Keys:
        """How each block ends."""
        return self._at_edge(LAST, LAST_TWO, self._high - 1, -1)

    def _at_edge(self, one: int, two: int, words: Places, step: int) -> Keys:
        padded = np.append(self._hashes, np.uint64(0))
        hashes = np.where(self._none, np.uint64(0), padded[words])
        every = np.arange(len(words))
        several = np.flatnonzero(self._high - self._low > 1)
        found = [(one, hashes, every), (two, hashes[several] * _PAIR + padded[words[several] + step], several)]
        spelled = np.flatnonzero(~self._none)
        begins, stops = self._begins[words[spelled]], self._stops[words[spelled]]
        for letters in PARTS:
            enough = np.flatnonzero(stops - begins >= letters)
            if step > 0:
                places = begins[enough]
                found.append((BEGIN + letters, self._between(places, places + letters), spelled[enough]))
            else:
                places = stops[enough]
                found.append((END + letters, self._between(places - letters, places), spelled[enough]))
        return Keys(
            np.concatenate([_keys(kind, mixed) for kind, mixed, _ in found]), np.concatenate([b for *_, b in found])
        )

    def inside(self) -> Keys:
        """Every word, each with its block."""
        return Keys(_keys(INNER, self._hashes), np.repeat(np.arange(len(self._low)), self._high - self._low))

    def letters(self) -> Keys:
        """Every run of `RUN` characters, each with its place; some of them go over two blocks."""
        keys = self._runs(RUN)
        return Keys(keys, np.arange(len(keys)))

    def _runs(self, length: int) -> Codes:
        count = max(0, len(self._codes) - length + 1)
        hashes = self._sums[length : length + count] - self._sums[:count]
        hashes *= _INVERSE[:count]
        return _keys(LETTERS, hashes)

    def marks(self, blocks: Places) -> list[int]:
        """Which marks each of some blocks has, as bits: a mark is a hash of two letters or of `RUN`. The blocks are given in order."""
        row_of = np.full(len(self.starts), -1, dtype=np.int64)
        row_of[blocks] = np.arange(len(blocks))
        row_of *= _MARKS
        row = np.repeat(row_of, np.diff(np.append(self.starts, len(self._codes) + 1)))
        there = np.zeros((len(blocks) + 1) * _MARKS, dtype=np.bool_)
        for length in (2, RUN):
            # Blocks that are not asked for have the last row, from the end.
            keys = self._runs(length) & np.uint32(_MARKS - 1)
            there[row[: len(keys)] + keys] = True
        there = there[: len(blocks) * _MARKS]
        packed = np.packbits(there, bitorder="little").tobytes()
        size = _MARKS // 8
        return [int.from_bytes(packed[first : first + size], "little") for first in range(0, len(packed), size)]

    def signs(self) -> Keys:
        """Every sign and East Asian letter, alone and with the character behind it, each with its place."""
        codes = self._codes
        places = np.flatnonzero((self._is_sign | (codes >= EAST_ASIAN)) & (codes != _SPACE) & (codes != _FEED))
        two = places[:-1] if len(places) and places[-1] == len(codes) - 1 else places
        found = [_keys(SIGN + 1, self._between(places, places + 1)), _keys(SIGN + 2, self._between(two, two + 2))]
        return Keys(np.concatenate(found), np.concatenate((places, two)))

    def blocks_at(self, places: Places) -> Places:
        """The blocks in which some characters stand."""
        return np.searchsorted(self.starts, places, "right") - 1

    def texts(self, longest: int) -> Keys:
        """All of each block that is no longer than that, but for decoration around it."""
        begins, stops = self.cores
        blocks = np.flatnonzero(~self._none & (stops - begins <= longest))
        return Keys(_keys(TEXT, self._between(begins[blocks], stops[blocks])), blocks)


def words_of_blocks(folded: FoldedText) -> Iterator[Words]:
    """The words of a page's blocks, so many blocks at a time as are hashed at once."""
    codes, starts, ends = folded.codes, folded.starts, folded.ends
    if len(codes) <= _MOST:
        yield Words(codes, starts, ends, 0)
        return
    lengths = np.minimum(ends - starts, 2 * _LONG + 1) + 1
    groups = np.cumsum(lengths) // (_MOST - 2 * _LONG - 4)
    borders = [0, *(np.flatnonzero(np.diff(groups)) + 1).tolist(), len(starts)]
    for first, last in pairwise(borders):
        begin = int(starts[first])
        if int(ends[last - 1]) - begin <= _MOST:
            yield Words(codes[begin : ends[last - 1]], starts[first:last] - begin, ends[first:last] - begin, first)
        else:
            pieces = [_edges_of(codes[a:b]) for a, b in zip(starts[first:last], ends[first:last], strict=True)]
            stops = np.cumsum([len(piece) for piece in pieces])
            yield Words(np.concatenate(pieces), stops - [len(piece) for piece in pieces], stops - 1, first)


def _edges_of(codes: Codes) -> Codes:
    """A block with a line feed behind it; of a long one its beginning and its end."""
    feed = np.array([10], dtype=np.uint32)
    if len(codes) <= 2 * _LONG:
        return np.concatenate((codes, feed))
    return np.concatenate((codes[:_LONG], feed, codes[-_LONG:], feed))


class Filed:
    """Numbers filed by key, as columns: the sorted keys, and the number of a form for each."""

    def __init__(self, keys: Codes, forms: NDArray[np.uint16]) -> None:
        self.keys, self.forms = keys, forms
        self._shift = np.uint32(32 - _FLAG_BITS)
        self._flags = np.zeros(1 << _FLAG_BITS, dtype=np.bool_)
        self._flags[keys >> self._shift] = True

    @classmethod
    def of(cls, filed: Sequence[tuple[int, int]]) -> Filed:
        """File each number under its key."""
        ordered = sorted(set(filed))
        return cls(
            np.array([key for key, _ in ordered], dtype=np.uint32), np.array([n for _, n in ordered], dtype=np.uint16)
        )

    def hits(self, asked: Keys) -> Keys:
        """Those of the keys under which something may be filed."""
        hits = np.flatnonzero(self._flags[asked.keys >> self._shift])
        return Keys(asked.keys[hits], asked.where[hits])

    def pairs(self, asked: Keys) -> Places:
        """What is filed under any of the keys, and in which blocks: block * `FORMS` + form."""
        first = np.searchsorted(self.keys, asked.keys)
        counts = np.searchsorted(self.keys, asked.keys, side="right") - first
        # The places first, first + 1, … of every key found, one after another.
        places = np.arange(counts.sum()) + np.repeat(first - np.cumsum(counts) + counts, counts)
        pairs: Places = np.repeat(asked.where, counts) * FORMS + self.forms[places]
        return pairs


_FLAG_BITS = 20
FORMS = 1 << 16
"""A block and the number of a form in one number: block * `FORMS` + form."""


def marks_of(literals: Sequence[str], common: Mapping[int, float]) -> list[int]:
    """The marks of some literals, each by its rarest letters (`Words.marks`); none if one is too short."""
    if any(len(text) == 1 for text in literals):
        return []
    return sorted({rarest_run(text, common) % _MARKS for text in literals})


def rarest_run(text: str, common: Mapping[int, float]) -> int:
    """The key of the rarest `RUN` letters of a text, of all that there are if it is shorter.

    Args:
        text: at least two letters.
        common: in how many of a million blocks what has a key stands.
    """
    keys = [key_of(LETTERS, text[place : place + RUN]) for place in range(max(1, len(text) - RUN + 1))]
    return min(keys, key=lambda each: (common.get(each, UNCOMMON), each))


_MARKS = 2048
UNCOMMON = 10.0
"""In how many of a million blocks that stands of which nothing is known."""
