"""The characters of a page's blocks counted by class, and their words hashed.

All is done for the whole page at once, in numpy, over pieces of the folded text: what it takes beside the text is bounded.
Nothing depends on a language.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dechaff.folding import FoldedText, codes_of
from dechaff.late import late_regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

LETTER, DIGIT, END, COMMA, QUOTE, SYMBOL, WIDE, DASH, BAR, COPYRIGHT, AT_SIGN, QUESTION = range(12)
"""The classes. A character may be of several."""

_CLASSES = tuple(
    late_regex(f"(?:{pattern})+")
    for pattern in (
        r"[\p{L}\p{M}]",
        r"\p{Nd}",
        r"[.!?…。！？؟।॥۔]",
        r"[,;:،、；：，]",
        r"[\"'«»‹›„“”‘’「」『』]",
        r"[{}<>=_#@$%^*~\\+\[\]/&§©®™]",
        r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]",
        r"[-–—]",
        r"[|•·›»→▸▶]",
        "©",
        "@",
        r"\?",
    )
)

WORDS_A_BLOCK = 10
"""How many of a block's words the network reads: its first ones."""

_PIECE = 1 << 17
"""How many characters are looked at together; what is made on the way takes some 60 bytes for each."""

_WORD_PRIME = np.uint32(0x01000193)
_WORD_STEP = np.uint32(0x9E3779B1)
_LAST_PLACE = np.uint32(63)


@dataclass(frozen=True, slots=True)
class _Kinds:
    """The characters of the basic plane by the set of classes that they are of; the last stands for all beyond it.

    Attributes:
        of: for each character the number of its set.
        sets: for each class the numbers of the sets that have it.
        of_words: the sets below this number have letters or digits, the others do not.
        count: how many sets there are.
    """

    of: NDArray[np.uint8]
    sets: Sequence[tuple[int, ...]]
    of_words: np.uint8
    count: int


@lru_cache(maxsize=1)
def _kinds() -> _Kinds:
    codes = np.arange(0x10000, dtype="<u2")
    codes[0xD800:0xE000] = 0xFFFF
    plane = codes.tobytes().decode("utf-16-le")
    bits = np.zeros(0x10000, dtype=np.uint16)
    for number, pattern in enumerate(_CLASSES):
        for match in pattern.finditer(plane):
            bits[match.start() : match.end()] |= 1 << number
    found = np.flatnonzero(np.bincount(bits))
    other = (found & (1 << LETTER | 1 << DIGIT)) == 0
    order = np.argsort(other, kind="stable")
    sets = [tuple(np.flatnonzero(found[order] & (1 << number)).tolist()) for number in range(len(_CLASSES))]
    number_of = np.zeros(1 << len(_CLASSES), dtype=np.uint8)
    number_of[found[order]] = np.arange(len(found))
    return _Kinds(number_of[bits], sets, np.uint8(np.count_nonzero(~other)), len(found))


class Characters:
    """What each block is made of. Arrays have one entry a block unless they say otherwise.

    Attributes:
        uppers: how many upper-case letters.
        words: how many words.
        capitals: how many words that begin with an upper-case letter.
        starts_upper: whether the first character is upper case.
        said: for each text that was asked for how many words of the block it has, shape (texts, blocks).
        said_words: how many different words each of those texts has.
        hashes: hashes of each block's first `WORDS_A_BLOCK` words, flat.
        hash_blocks: the block of each of them.
    """

    def __init__(self, folded: FoldedText, said: Sequence[str] = ()) -> None:
        """Count the characters of a page with at least one block, and look for the words of up to eight texts in each block."""
        n = len(folded.starts)
        self._kinds = _kinds()
        self._counts = np.zeros((self._kinds.count, n), dtype=np.float32)
        self.uppers, self.words, self.capitals = np.zeros((3, n), dtype=np.float32)
        self.starts_upper = np.zeros(n, dtype=np.bool_)
        self.said = np.zeros((len(said), n), dtype=np.float32)
        # A page of nothing but characters that vanish in folding still has blocks; a line feed stands for their text.
        text = folded.text or "\n"
        codes = folded.codes if len(folded.codes) else np.array([10], dtype=np.uint32)
        wanted = _Wanted(said)
        self.said_words = wanted.counts
        hashes, blocks = [], []
        for start, end in _pieces(text):
            found, of_block = self._add(codes[start:end], codes_of(text[start:end]), folded.starts, start, wanted)
            hashes.append(found)
            blocks.append(of_block)
        self.hashes, self.hash_blocks = np.concatenate(hashes), np.concatenate(blocks)
        self._first_kinds = self._kinds.of.take(codes[np.minimum(folded.starts, len(codes) - 1)], mode="clip")
        self._last_kinds = self._kinds.of.take(codes[np.clip(folded.ends - 1, 0, len(codes) - 1)], mode="clip")

    def count(self, of: int) -> NDArray[np.float32]:
        """How many characters of a class."""
        first, *others = self._kinds.sets[of]
        total: NDArray[np.float32] = self._counts[first]
        for other in others:
            total = total + self._counts[other]
        return total

    def starts(self, of: int) -> NDArray[np.bool_]:
        """Whether the first character is of a class."""
        return self._is(of, self._first_kinds)

    def ends(self, of: int) -> NDArray[np.bool_]:
        """Whether the last character is of a class."""
        return self._is(of, self._last_kinds)

    def _is(self, of: int, kinds: NDArray[np.uint8]) -> NDArray[np.bool_]:
        first, *others = self._kinds.sets[of]
        found: NDArray[np.bool_] = kinds == first
        for other in others:
            found |= kinds == other
        return found

    def _add(
        self,
        codes: NDArray[np.uint32],
        cased: NDArray[np.uint32],
        starts: NDArray[np.int64],
        start: int,
        wanted: _Wanted,
    ) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Count one piece of the text, which begins at `start`. Returns hashes of words that are read, and their blocks."""
        first = int(np.searchsorted(starts, start, side="right")) - 1
        last = int(np.searchsorted(starts, start + len(codes)))
        here, n = slice(first, last), last - first
        begins = starts[here] - start
        upper = cased != codes
        begun = begins >= 0
        begins[0] = 0
        self.starts_upper[here] |= begun & upper[begins]
        block_of = np.repeat(np.arange(n), np.diff(begins, append=len(codes)))
        kind = self._kinds.of.take(codes, mode="clip")
        places = np.multiply(kind, n, dtype=np.int64)
        places += block_of
        self._counts[:, here] += np.bincount(places, minlength=self._kinds.count * n).reshape(-1, n)
        self.uppers[here] += np.bincount(block_of[upper], minlength=n)
        hashes, word_begins = hashed_words(codes, kind < self._kinds.of_words)
        blocks = block_of[word_begins]
        words = np.bincount(blocks, minlength=n)
        self.capitals[here] += np.bincount(blocks[upper[word_begins]], minlength=n)
        wanted.find(hashes, blocks, self.said[:, here])
        before = np.cumsum(words) - words
        before[0] -= int(self.words[first])  # a block that began in the piece before has had words already
        self.words[here] += words
        chosen = np.arange(len(blocks)) - before[blocks] < WORDS_A_BLOCK
        return hashes[chosen], blocks[chosen] + first


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of about `_PIECE` characters that cut no word."""
    start, size = 0, len(text)
    while start < size:
        end = start + _PIECE
        if end >= size:
            end = size
        else:
            cut = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
            end = cut + 1 if cut >= start else size
        yield start, end
        start = end


class _Wanted:
    """The words of some texts, to be found in blocks.

    Attributes:
        counts: how many different words each text has.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.counts = [0] * len(texts)
        self._words: list[NDArray[np.uint32]] = []
        self._may_be = np.zeros(0x10000, dtype=np.bool_)
        if not any(texts):
            return
        folded = FoldedText(texts)
        kinds = _kinds()
        hashes, begins = hashed_words(folded.codes, kinds.of.take(folded.codes, mode="clip") < kinds.of_words)
        borders = np.searchsorted(begins, folded.starts).tolist()
        for first, last in zip(borders, [*borders[1:], len(begins)], strict=True):
            words = np.sort(hashes[first:last])
            self._words.append(words)
            self.counts[len(self._words) - 1] = int(np.count_nonzero(words[1:] != words[:-1])) + bool(len(words))
        self._may_be[hashes & np.uint32(0xFFFF)] = True

    def find(self, hashes: NDArray[np.uint32], blocks: NDArray[np.int64], found: NDArray[np.float32]) -> None:
        """Add to `found`, shape (texts, blocks), how many of each block's words are each text's."""
        candidates = np.flatnonzero(self._may_be[hashes & np.uint32(0xFFFF)])
        if not len(candidates):
            return
        hashes, blocks = hashes[candidates], blocks[candidates]
        for number, words in enumerate(self._words):
            if len(words):
                known = words[np.minimum(np.searchsorted(words, hashes), len(words) - 1)] == hashes
                found[number] += np.bincount(blocks[known], minlength=found.shape[1])


def hashed_words(codes: NDArray[np.uint32], in_word: NDArray[np.bool_]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The hash of each word of a folded text, and where it begins."""
    size = len(codes)
    if not in_word.any():
        return np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.int64)
    # Words and what is between them take turns.
    turns = np.concatenate(([0], np.flatnonzero(in_word[1:] != in_word[:-1]) + 1))
    begins = turns[0 if in_word[0] else 1 :: 2]
    place = np.arange(size, dtype=np.uint32)
    lengths = np.diff(turns, append=size)
    place -= np.repeat(turns.astype(np.uint32), lengths)
    if lengths.max() > _LAST_PLACE:
        np.minimum(place, _LAST_PLACE, out=place)
    place += np.uint32(1)
    place *= _WORD_STEP
    place |= np.uint32(1)
    mixed = np.multiply(place, codes, out=place)
    mixed ^= mixed >> np.uint32(15)
    mixed *= _WORD_PRIME
    mixed *= in_word
    return np.add.reduceat(mixed, begins, dtype=np.uint32), begins
