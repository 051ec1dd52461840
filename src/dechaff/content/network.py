"""The network in plain numpy: the arithmetic of `lab/net.py`, with the weights that `lab/train.py` wrote.

There are two networks, one for HTML and one for text that has lost its markup. Weights are kept as 16-bit floats (the
difference is below 0.001 in any score) and loaded once, when the first page asks.
"""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from dechaff.content.arithmetic import one_thread
from dechaff.content.features import NAMED_INLINES, box_pieces, features, inline_pieces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.resources.abc import Traversable

    from numpy.typing import NDArray

    from dechaff.content.features import Features
    from dechaff.page import Block, Box, Page

CHAIN_SCALE = np.float32(0.3)
"""What the summed embeddings of all boxes around a block are multiplied by; a dozen boxes then weigh about as much as one."""

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
        self.word_keys = weights["word_keys"].view(np.uint32)
        self._names: dict[tuple[str, ...], NDArray[np.float32]] = {}
        self._inlines: dict[tuple[str, ...], NDArray[np.float32]] = {}
        if self.markup:
            self._box_table = np.concatenate([weights["own.weight"], weights["chain.weight"]], axis=1)

    def scores(self, page: Page, *, headline: bool) -> NDArray[np.float32]:
        """The probability of each block being what a person came to read, shape (blocks,).

        Args:
            page: a page with at least one block.
            headline: whether the headline counts as such.
        """
        return self.run(page, features(page), headline=headline)

    def run(self, page: Page, found: Features, *, headline: bool) -> NDArray[np.float32]:
        """As `scores`, from features that are there already."""
        with one_thread():
            return self._run(page, found, headline=headline)

    def _run(self, page: Page, found: Features, *, headline: bool) -> NDArray[np.float32]:
        w = self.weights
        h = np.maximum(self._inputs(page, found, headline=headline) @ w["entry.weight"] + w["entry.bias"], 0)
        n = len(h)
        pooled = np.concatenate([h.mean(0), h.max(0)])
        h += np.maximum(pooled @ w["page_in.weight"] + w["page_in.bias"], 0)
        total = np.zeros((n + 1, self.width), dtype=np.float32)
        for level in range(self.box_levels if self.markup else 0):
            np.cumsum(h, axis=0, out=total[1:])
            first, last = found.ranges[0][level], found.ranges[1][level]
            mean = (total[last] - total[first]) / np.maximum(last - first, 1)[:, None].astype(np.float32)
            h = h + np.maximum(mean @ w[f"boxes.{level}.weight"] + w[f"boxes.{level}.bias"], 0)
        for number, dilation in enumerate(self.dilations):
            seen = np.zeros((n, 3 * self.width), dtype=np.float32)
            if dilation < n:
                seen[dilation:, : self.width] = h[:-dilation]
                seen[:-dilation, 2 * self.width :] = h[dilation:]
            seen[:, self.width : 2 * self.width] = h
            inner = np.maximum(seen @ w[f"convolutions.{number}.weight"] + w[f"convolutions.{number}.bias"], 0)
            h = h + (inner @ w[f"mixers.{number}.weight"] + w[f"mixers.{number}.bias"])
        logits = (h @ w["leave.weight"] + w["leave.bias"])[:, 0]
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), dtype=np.float32)

    def _inputs(self, page: Page, found: Features, *, headline: bool) -> NDArray[np.float32]:
        w = self.weights
        n = len(found.mass)
        numeric = np.concatenate([found.text, found.markup], axis=1) if self.markup else found.text
        numeric = np.clip((numeric - w["mean"]) * w["inverse_scale"], -6, 6)
        parts = [numeric, np.full((n, 1), 0.0 if headline else 1.0, dtype=np.float32), self._words(found, n)]
        if self.markup:
            parts += self._names_of(page, found)
        return np.concatenate(parts, axis=1)

    def _words(self, found: Features, n: int) -> NDArray[np.float32]:
        table = self.weights["words.weight"]
        place = np.minimum(np.searchsorted(self.word_keys, found.words), len(self.word_keys) - 1)
        known = self.word_keys[place] == found.words
        return _summed(table[place[known] + 1], found.word_blocks[known], n)

    def _names_of(self, page: Page, found: Features) -> list[NDArray[np.float32]]:
        keys: dict[tuple[str, ...], int] = {}
        which = np.empty(len(page.boxes), dtype=np.int64)
        vectors: list[NDArray[np.float32]] = []
        for number, box in enumerate(page.boxes):
            key = _box_key(box)
            place = keys.get(key)
            if place is None:
                place = keys[key] = len(vectors)
                vectors.append(self._vector(key, box))
            which[number] = place
        both = np.array(vectors)[which]
        half = both.shape[1] // 2
        chain = both[:, half:].copy()
        depth = found.box_depth
        order = np.argsort(depth, kind="stable")
        borders = np.cumsum(np.bincount(depth))
        for low, high in zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True):
            level = order[low:high]
            chain[level] += chain[found.box_parent[level]]
        own = both[:, :half]
        inline = np.zeros((len(page.blocks), half), dtype=np.float32)
        for block in page.blocks:
            if block.inline:
                inline[block.index] = self._inline_vector(block)
        return [own[found.block_box], chain[found.block_box] * CHAIN_SCALE, inline]

    def _vector(self, key: tuple[str, ...], box: Box) -> NDArray[np.float32]:
        """The summed embeddings of a box's names: those for itself, and those for all in it."""
        vector = self._names.get(key)
        if vector is None:
            ids = [number for piece in box_pieces(box) if (number := self.piece_ids.get(piece))]
            vector = self._box_table[ids].sum(0) if ids else np.zeros(self._box_table.shape[1], dtype=np.float32)
            if len(self._names) < _CACHED_NAMES:
                self._names[key] = vector
        return vector

    def _inline_vector(self, block: Block) -> NDArray[np.float32]:
        """The summed embeddings of the names of a block's inline elements."""
        key = block.inline[:NAMED_INLINES]
        vector = self._inlines.get(key)
        if vector is None:
            ids = [number for piece in inline_pieces(block) if (number := self.piece_ids.get(piece))]
            vector = self.weights["inline.weight"][ids].sum(0)
            if len(self._inlines) < _CACHED_NAMES:
                self._inlines[key] = vector
        return vector


def _box_key(box: Box) -> tuple[str, ...]:
    attributes = box.attributes
    if not attributes:
        return (box.tag,)
    get = attributes.get
    return (box.tag, get("class") or "", get("id") or "", get("role") or "", get("itemprop") or "")


def _summed(vectors: NDArray[np.float32], rows: NDArray[np.int64], n: int) -> NDArray[np.float32]:
    """The sum of the vectors of each row, shape (n, width); `rows` is sorted."""
    out = np.zeros((n, vectors.shape[1]), dtype=np.float32)
    if len(rows):
        starts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
        out[rows[starts]] = np.add.reduceat(vectors, starts, axis=0)
    return out


_loading = threading.Lock()


def load_network(folder: Traversable, name: str) -> Network:
    """A network from `name.json` and `name.npz` in a folder, as `lab/train.py` writes them."""
    settings = json.loads((folder / f"{name}.json").read_text("utf-8"))
    with (folder / f"{name}.npz").open("rb") as file, np.load(file) as arrays:
        weights = {
            key: array.astype(np.float32) if array.dtype == np.float16 else np.asarray(array)
            for key, array in arrays.items()
        }
    return Network(weights, settings)


@lru_cache(maxsize=2)
def _load(kind: str) -> Network:
    return load_network(resources.files("dechaff") / "content", kind)


def network(kind: str) -> Network:
    """The network for "html" or for "text", loaded once by whichever thread is first."""
    with _loading:
        return _load(kind)
