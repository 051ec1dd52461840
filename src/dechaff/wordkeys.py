"""Words as numbers: every word, every beginning of one and every short text of a page hashed in a few passes over its characters.

The hash of a text is a polynomial in its code points, so that of any piece comes from two running sums. A key is that hash with
what is looked up mixed in (`FIRST`, `LAST`, `INNER`, …). Two keys that fall together cost time, no more: whoever looks something
up compares what is found.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from dechaff.folding import DistinctText

    Codes = NDArray[np.uint32]
    Hashes = NDArray[np.uint32]
    Pairs = NDArray[np.uint32]
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

_SIZE = 1 << 32
_BASE = 0x9E3779B1
_MIX = 0x85EBCA6B
_PAIR = np.uint32(0xC2B2AE35)
_NUMBER = np.uint32(ord("0"))
_SPACE, _FEED = 32, 10
EAST_ASIAN = 0x2E80
"""From here on one letter tells as much as a syllable."""


def _powers(base: int) -> Hashes:
    powers = np.full(_MOST + 1, base, dtype=np.uint32)
    powers[0] = 1
    return np.multiply.accumulate(powers)


_POWERS = _powers(_BASE)
_INVERSE = _powers(pow(_BASE, -1, _SIZE))

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


@lru_cache(1 << 14)
def key_of(kind: int, *words: str) -> int:
    """The key of one or two words as they stand in `patterns.wording`."""
    mixed = 0
    for word in words:
        mixed = (mixed * int(_PAIR) + sum(ord(one) * pow(_BASE, n, _SIZE) for n, one in enumerate(word))) % _SIZE
    return (mixed ^ kind * _BASE % _SIZE) * _MIX % _SIZE


def _keys(kind: int, hashes: Hashes) -> Codes:
    mixed = hashes ^ np.uint32(kind * _BASE % _SIZE)
    mixed *= np.uint32(_MIX)
    return mixed


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
        sums = np.zeros(len(codes) + 1, dtype=np.uint32)
        np.cumsum(codes * _POWERS[: len(codes)], dtype=np.uint32, out=sums[1:])
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
            before = np.zeros(len(kept) + 1, dtype=np.int64)
            np.cumsum(kept, out=before[1:])
            low, high = before[low], before[high]
        self._begins, self._stops = begins, stops
        self._low, self._high = low, high
        self._hashes = np.where(is_number, _NUMBER, self._between(begins, stops))

    def _between(self, begins: Places, stops: Places) -> Hashes:
        hashes: Hashes = self._sums[stops] - self._sums[begins]
        hashes *= _INVERSE[begins]
        return hashes

    def spelled(self) -> Keys:
        """How each block begins and ends, and every word in it."""
        found = [
            *self._at_edge(FIRST, FIRST_TWO, self._low, 1),
            *self._at_edge(LAST, LAST_TWO, self._high - 1, -1),
            (INNER, self._hashes, np.repeat(np.arange(len(self._low)), self._high - self._low)),
        ]
        return Keys(
            np.concatenate([_keys(kind, hashes) for kind, hashes, _ in found]),
            np.concatenate([blocks for *_, blocks in found]),
        )

    def _at_edge(self, one: int, two: int, words: Places, step: int) -> list[tuple[int, Hashes, Places]]:
        padded = np.append(self._hashes, np.uint32(0))
        hashes = np.where(self._none, np.uint32(0), padded[words])
        every = np.arange(len(words))
        several = np.flatnonzero(self._high - self._low > 1)
        found = [(one, hashes, every), (two, hashes[several] * _PAIR + padded[words[several] + step], several)]
        spelled = np.flatnonzero(~self._none)
        begins, stops = self._begins[words[spelled]], self._stops[words[spelled]]
        sizes = stops - begins
        for letters in PARTS:
            if letters > 1:
                long = np.flatnonzero(sizes >= letters)
                begins, stops, spelled, sizes = begins[long], stops[long], spelled[long], sizes[long]
            if step > 0:
                found.append((BEGIN + letters, self._between(begins, begins + letters), spelled))
            else:
                found.append((END + letters, self._between(stops - letters, stops), spelled))
        return found

    def letters(self) -> Keys:
        """Every run of `RUN` characters, each with its place; some of them go over two blocks."""
        count = max(0, len(self._codes) - RUN + 1)
        hashes = self._sums[RUN : RUN + count] - self._sums[:count]
        hashes *= _INVERSE[:count]
        return Keys(_keys(LETTERS, hashes), np.arange(count))

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


def words_of_blocks(distinct: DistinctText) -> Iterator[Words]:
    """The words of a page's blocks, so many blocks at a time as are hashed at once."""
    codes, starts, ends = distinct.codes, distinct.starts, distinct.ends
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
    """Numbers filed by key, as columns: the sorted keys, where the numbers of each begin, and the numbers."""

    def __init__(self, keys: Codes, firsts: Codes, numbers: NDArray[np.uint16]) -> None:
        self.keys, self.firsts, self.numbers = keys, firsts, numbers
        bits = min(_MOST_FLAG_BITS, len(keys).bit_length() + _SPARSE)
        self._shift = np.uint32(32 - bits)
        self._flags = np.zeros(1 << bits, dtype=np.bool_)
        self._flags[keys >> self._shift] = True

    @classmethod
    def of(cls, filed: Iterable[tuple[int, int]]) -> Filed:
        """File each number under its key."""
        ordered = sorted(set(filed))
        keys, firsts = np.unique(np.array([key for key, _ in ordered], dtype=np.uint32), return_index=True)
        numbers = np.array([number for _, number in ordered], dtype=np.uint16)
        return cls(keys, np.append(firsts, len(ordered)).astype(np.uint32), numbers)

    def hits(self, asked: Keys) -> Keys:
        """Those of the keys under which something may be filed."""
        hits = np.flatnonzero(self._flags[asked.keys >> self._shift])
        return Keys(asked.keys[hits], asked.where[hits])

    def pairs(self, asked: Keys) -> Pairs:
        """What is filed under any of the keys, and in which blocks: block * `NUMBERS` + number."""
        if not len(self.keys):
            return np.zeros(0, dtype=np.uint32)
        row = np.searchsorted(self.keys, asked.keys)
        there = np.flatnonzero(self.keys.take(row, mode="clip") == asked.keys)
        row = row[there]
        first = self.firsts[row].astype(np.int64)
        counts = self.firsts[row + 1] - first
        # The places first, first + 1, … of every key found, one after another.
        places = np.arange(counts.sum()) + np.repeat(first - np.cumsum(counts) + counts, counts)
        pairs = np.repeat(asked.where[there].astype(np.uint32), counts)
        pairs *= np.uint32(NUMBERS)
        pairs += self.numbers[places]
        return pairs


_MOST_FLAG_BITS = 20
_SPARSE = 6
"""A table with a flag for the first bits of each key says which keys may be there: at most 2 ** -6 of the flags are set, if it is not
large already."""

NUMBERS = 1 << 16
"""A block and a number that is filed in one of 32 bits: block * `NUMBERS` + number. `_MOST` characters are fewer blocks."""


def rarest_run(text: str, common: Mapping[int, float]) -> int:
    """The key of the rarest `RUN` letters of a text.

    Args:
        text: at least so many letters.
        common: in how many of a million blocks what has a key stands.
    """
    return rarest((key_of(LETTERS, text[place : place + RUN]) for place in range(len(text) - RUN + 1)), common)


def rarest(keys: Iterable[int], common: Mapping[int, float]) -> int:
    """Of some keys that of what stands in the fewest blocks."""
    return min(keys, key=lambda each: (common.get(each, UNCOMMON), each))


UNCOMMON = 10.0
"""In how many of a million blocks that stands of which nothing is known."""
