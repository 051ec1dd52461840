"""The network in plain numpy: the arithmetic of `lab/net.py`, with the weights that `lab/train.py` wrote.

There are two networks, one for HTML and one for text that has lost its markup. Weights are kept as 16-bit floats (the
difference is below 0.001 in any score) and loaded once, when the first page asks.

What is one number a column or a neuron for each block is made for `_PIECE` blocks at a time, but for the blocks' states, two rows a
block. So time and memory stay in proportion to the page.
"""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from dechaff.content.arithmetic import one_thread
from dechaff.content.features import features, up_to_the_outermost
from dechaff.content.names import box_names, inline_names, pieces_of_box, pieces_of_inline
from dechaff.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable

    from numpy.typing import NDArray

    from dechaff.content.features import Features
    from dechaff.content.names import Key
    from dechaff.page import Page

CHAIN_SCALE = np.float32(0.3)
"""What the summed embeddings of all boxes around a block are multiplied by; a dozen boxes then weigh about as much as one."""

_MOST = 6
"""How far a column may be from its mean, in standard deviations; what is further counts as so far."""

_PIECE = 512
"""How many blocks go through a layer at once: few enough that what is made of them on the way stays in a processor's cache."""

_SUMMED = 32
"""Of how many rows running sums are made by one product with a triangle of ones, which is faster than adding them up."""

_CACHED_NAMES = 20_000


class Network:
    """One network: scores the blocks of a page. Immutable but for a bounded cache of box names; safe to share."""

    def __init__(self, weights: Mapping[str, NDArray[np.float32]], settings: Mapping[str, object]) -> None:
        self.weights = weights
        self.dilations: Sequence[int] = tuple(settings["dilations"])  # type: ignore[arg-type]
        self.box_levels = int(settings["box_levels"])  # type: ignore[call-overload]
        self.markup = bool(settings["markup"])
        self.width = int(settings["width"])  # type: ignore[call-overload]
        pieces: Sequence[str] = settings["pieces"]  # type: ignore[assignment]
        self.piece_ids = {piece: number for number, piece in enumerate(pieces, 1)}
        mean, scale = weights["mean"][:, None], weights["inverse_scale"][:, None]
        self._lowest, self._highest = mean - _MOST / scale, mean + _MOST / scale
        # After the columns one says whether the headline is left out, then come the embeddings: words, own, chain, inline.
        entry, columns = weights["entry.weight"], len(mean)
        self._entry = np.concatenate([entry[:columns] * scale, entry[columns + 1 :]])
        bias = weights["entry.bias"] - mean[:, 0] @ self._entry[:columns]
        self._entry_bias = {True: bias, False: bias + entry[columns]}
        self._words = _Words(weights["word_keys"].view(np.uint32), weights["words.weight"])
        if self.markup:
            boxes = np.concatenate([weights["own.weight"], weights["chain.weight"] * CHAIN_SCALE], axis=1)
            self._box_names = _Names(boxes, self.piece_ids, pieces_of_box)
            self._inline_names = _Names(weights["inline.weight"], self.piece_ids, pieces_of_inline)
        self._layers = [
            (dilation, self._with_bias(f"convolutions.{number}"), self._with_bias(f"mixers.{number}"))
            for number, dilation in enumerate(self.dilations)
        ]
        # Of what the last layer adds to the states only the logit counts.
        dilation, convolution, mixer = self._layers.pop()
        self._last_layer = (dilation, convolution, mixer @ weights["leave.weight"])

    def _with_bias(self, layer: str) -> NDArray[np.float32]:
        """A layer's weights and its bias as a last row, for an input whose last column is 1."""
        return np.concatenate([self.weights[f"{layer}.weight"], self.weights[f"{layer}.bias"][None]])

    def scores(self, page: Page, *, headline: bool) -> NDArray[np.float32]:
        """The probability of each block being what a person came to read, shape (blocks,).

        Args:
            page: a page with at least one block.
            headline: whether the headline counts as such.
        """
        with one_thread():
            found = features(page)
            states, ranges = self._entered(page, found, headline=headline), found.ranges
            del found  # the larger part of the memory
            return self._judged(states, len(page.blocks), ranges)

    def run(self, page: Page, found: Features, *, headline: bool) -> NDArray[np.float32]:
        """As `scores`, from features that are there already."""
        with one_thread():
            return self._judged(self._entered(page, found, headline=headline), len(page.blocks), found.ranges)

    def _empty(self, n: int) -> NDArray[np.float32]:
        """A table for the states of some blocks, with empty rows before and after them for the widest layer to look at."""
        margin = max(self.dilations)
        return np.zeros((margin + -(-n // _SUMMED) * _SUMMED + margin, self.width), dtype=np.float32)

    def _judged(
        self, states: NDArray[np.float32], n: int, ranges: tuple[NDArray[np.int64], NDArray[np.int64]]
    ) -> NDArray[np.float32]:
        """The scores of blocks from their first states, which are changed, and from the ranges of the boxes around them."""
        w, width, margin = self.weights, self.width, max(self.dilations)
        # Of two tables one is read and the other written.
        read, written = states, self._empty(n)
        h = read[margin:-margin]
        pooled = np.concatenate([np.add.reduce(h[:n], axis=0) / np.float32(n), h[:n].max(axis=0)])
        h[:n] += np.maximum(pooled @ w["page_in.weight"] + w["page_in.bias"], 0)
        if self.markup:
            sums = written[margin - 1 : -margin]
            for level in range(self.box_levels):
                _sum_up(h, sums)
                self._add_means(h, sums, ranges[0][level], ranges[1][level], level)
            written[margin + n :] = 0
        seen = np.ones((min(n, _PIECE), 3 * width + 1), dtype=np.float32)
        inner = np.ones((min(n, _PIECE), width + 1), dtype=np.float32)
        nothing = np.zeros(width + 1, dtype=np.float32)  # twice as fast as the number 0

        def convolve(first: int, last: int, dilation: int, weight: NDArray[np.float32]) -> NDArray[np.float32]:
            """What a layer sees around some blocks, a column more for the bias of what comes next."""
            beside, within = seen[: last - first], inner[: last - first]
            for number, offset in enumerate((-dilation, 0, dilation)):
                beside[:, number * width : (number + 1) * width] = read[
                    margin + first + offset : margin + last + offset
                ]
            np.matmul(beside, weight, out=within[:, :-1])
            return np.maximum(within, nothing, out=within)

        for dilation, convolution, mixer in self._layers:
            for first, last in _pieces(n):
                here = slice(margin + first, margin + last)
                np.matmul(convolve(first, last, dilation, convolution), mixer, out=written[here])
                written[here] += read[here]
            read, written = written, read
        dilation, convolution, mixer = self._last_layer
        logits = read[margin : margin + n] @ w["leave.weight"] + w["leave.bias"]
        for first, last in _pieces(n):
            logits[first:last] += convolve(first, last, dilation, convolution) @ mixer
        return np.asarray(1 / (1 + np.exp(-np.clip(logits[:, 0], -30, 30))), dtype=np.float32)

    def _entered(self, page: Page, found: Features, *, headline: bool) -> NDArray[np.float32]:
        """The blocks' first states: what the features and the embeddings of names and words say of each."""
        n, columns, margin = len(page.blocks), len(self._lowest), max(self.dilations)
        states = self._empty(n)
        h = states[margin : margin + n]
        embedded = self._words.width
        inputs = np.empty((len(self._entry), min(n, _PIECE)), dtype=np.float32)
        matrices = (found.text.T, found.markup.T)
        names = self._names_of(page, found) if self.markup else ()
        for first, last in _pieces(n):
            x = inputs[:, : last - first]
            place = 0
            for matrix in matrices:
                end = place + len(matrix)
                np.maximum(matrix[:, first:last], self._lowest[place:end], out=x[place:end])
                place = end
            np.minimum(x[:columns], self._highest, out=x[:columns])
            self._words.write(x[columns : columns + embedded].T, found, first, last)
            place = columns + embedded
            for table, which in names:
                end = place + table.shape[1]
                x[place:end] = table[which[first:last]].T
                place = end
            np.matmul(x.T, self._entry, out=h[first:last])
        h += self._entry_bias[headline]
        np.maximum(h, np.zeros(self.width, dtype=np.float32), out=h)
        return states

    def _names_of(self, page: Page, found: Features) -> list[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        """The embeddings of the names of each block's box, of all boxes around it, and inside it: tables, and the rows in them."""
        keys, which = box_names(page)
        vectors = self._box_names.vectors(keys)
        half = vectors.shape[1] // 2
        around = up_to_the_outermost(np.add, vectors[:, half:][which], found.box_parent)
        inline, inline_which = inline_names(page)
        return [
            (vectors[:, :half], which[found.block_box]),
            (around, found.block_box),
            (self._inline_names.vectors(inline), inline_which),
        ]

    def _add_means(
        self,
        h: NDArray[np.float32],
        sums: NDArray[np.float32],
        first: NDArray[np.int64],
        last: NDArray[np.int64],
        level: int,
    ) -> None:
        """Add to each block's state what follows from the mean state of the blocks in its box of this level."""
        weight, bias = self.weights[f"boxes.{level}.weight"], self.weights[f"boxes.{level}.bias"]
        for start, end in _pieces(len(first)):
            low, high = first[start:end], last[start:end]
            # Neighbours mostly have the same box.
            changes = np.flatnonzero((low[1:] != low[:-1]) | (high[1:] != high[:-1])) + 1
            begins = np.concatenate(([0], changes))
            low, high = low[begins], high[begins]
            means = sums[high] - sums[low]
            means /= np.maximum(high - low, 1).astype(np.float32)[:, None]
            found = means @ weight
            found += bias
            np.maximum(found, 0, out=found)
            h[start:end] += np.repeat(found, np.diff(begins, append=end - start), axis=0)


def _pieces(n: int) -> Iterator[tuple[int, int]]:
    for first in range(0, n, _PIECE):
        yield first, min(first + _PIECE, n)


_ONES = np.tril(np.ones((_SUMMED, _SUMMED), dtype=np.float32))


def _sum_up(values: NDArray[np.float32], sums: NDArray[np.float32]) -> None:
    """Write into `sums`, whose first row is 0, the running sums of rows, as many as a multiple of `_SUMMED`."""
    width = values.shape[1]
    runs = sums[1:].reshape(-1, _SUMMED, width)
    np.matmul(_ONES, values.reshape(-1, _SUMMED, width), out=runs)
    runs[1:] += np.cumsum(runs[:-1, -1], axis=0)[:, None]


class _Words:
    """The embeddings of words, found by their hashes."""

    def __init__(self, keys: NDArray[np.uint32], table: NDArray[np.float32]) -> None:
        """Take the sorted hashes, and a table whose row after a hash's number is its embedding."""
        self.width = table.shape[1]
        self._count = len(keys)
        self._table = table
        self._keys = np.append(keys, np.uint32(0xFFFFFFFF))
        # The upper half of a hash tells where to begin looking; few hashes have the same.
        upper = keys >> _HALF
        self._first = np.searchsorted(upper, np.arange(0x10000, dtype=np.uint32)).astype(np.int64)
        self._steps = int(np.bincount(upper, minlength=1).max(initial=0))

    def write(self, out: NDArray[np.float32], found: Features, first: int, last: int) -> None:
        """Write into `out` for each block in a range the sum of its words' embeddings."""
        begin, end = np.searchsorted(found.word_blocks, (first, last))
        hashes, rows = found.words[begin:end], found.word_blocks[begin:end]
        place = self._first[hashes >> _HALF]
        for _ in range(self._steps):
            place += self._keys[place] < hashes
        known = np.flatnonzero((self._keys[place] == hashes) & (place < self._count))
        out[:] = 0
        if len(known):
            rows = rows[known]
            starts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
            out[rows[starts] - first] = np.add.reduceat(self._table[place[known] + 1], starts, axis=0)


_HALF = np.uint32(16)


class _Names:
    """The summed embeddings of the pieces of names, remembered by name."""

    def __init__(
        self,
        table: NDArray[np.float32],
        ids: Mapping[str, int],
        pieces_of: Callable[[Key], Iterable[str]],
    ) -> None:
        self._table = table
        self._ids = ids
        self._pieces_of = pieces_of
        self._writing = threading.Lock()
        self.known: dict[Key, NDArray[np.float32]] = {}

    def vectors(self, keys: Sequence[Key]) -> NDArray[np.float32]:
        """A row for each key; they differ."""
        known = self.known
        found = {key: known[key] for key in keys if key in known}
        if len(found) < len(keys):
            new = [key for key in keys if key not in found]
            learned = dict(zip(new, self._summed(new), strict=True))
            self._remember(learned)
            found.update(learned)
        return np.concatenate([found[key] for key in keys]).reshape(len(keys), -1)

    def _remember(self, learned: Mapping[Key, NDArray[np.float32]]) -> None:
        with self._writing:
            if len(self.known) + len(learned) > _CACHED_NAMES:
                self.known = {}
            if len(learned) <= _CACHED_NAMES:
                self.known.update(learned)

    def _summed(self, keys: Sequence[Key]) -> NDArray[np.float32]:
        """The sum of the embeddings of each key's pieces."""
        get = self._ids.get
        ids = [[number for piece in self._pieces_of(key) if (number := get(piece))] for key in keys]
        out = np.zeros((len(keys), self._table.shape[1]), dtype=np.float32)
        lengths = np.fromiter(map(len, ids), dtype=np.int64, count=len(ids))
        filled = np.flatnonzero(lengths)
        if len(filled):
            flat = np.fromiter(chain.from_iterable(ids), dtype=np.int64)
            starts = (np.cumsum(lengths) - lengths)[filled]
            out[filled] = np.add.reduceat(self._table[flat], starts, axis=0)
        return out


_loading = threading.Lock()


def load_network(folder: Traversable, name: str) -> Network:
    """A network from `name.json` and `name.npz` in a folder, as `lab/train.py` writes them."""
    return _network_of(*((folder / f"{name}.{kind}").read_bytes() for kind in ("json", "npz")))


def _network_of(described: bytes, packed: bytes) -> Network:
    settings = json.loads(described)
    with np.load(BytesIO(packed)) as arrays:
        weights = {
            key: array.astype(np.float32) if array.dtype == np.float16 else np.asarray(array)
            for key, array in arrays.items()
        }
    return Network(weights, settings)


@lru_cache(maxsize=2)
def _load(kind: str) -> Network:
    return _network_of(shipped(f"content/{kind}.json"), shipped(f"content/{kind}.npz"))


def network(kind: str) -> Network:
    """The network for "html" or for "text", loaded once by whichever thread is first."""
    with _loading:
        return _load(kind)
