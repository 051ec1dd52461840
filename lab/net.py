"""The network as it is trained (PyTorch); `dechaff.content.network` runs the same arithmetic in numpy.

A block's input is its numeric columns, the summed embeddings of the names of its box and of all boxes around it, of its inline
elements, and of its first words. Residual dilated convolutions carry context along the page; pooling over the wider boxes carries
it up and down the tree; pooling over the page tells what kind of page it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

GAP = 32
"""Empty rows between two pages of one batch, so that no convolution sees from one into the other."""


@dataclass
class Shape:
    """The sizes of a network."""

    numeric: int
    pieces: int
    words: int
    width: int = 96
    piece_width: int = 24
    word_width: int = 24
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16)
    box_levels: int = 3
    markup: bool = True


@dataclass
class Batch:
    """Several pages, one after another with gaps, as tensors."""

    numeric: Tensor  # (rows, numeric)
    live: Tensor  # (rows, 1): 1 for a block, 0 in a gap
    page: Tensor  # (rows,): the page's number in the batch
    pages: int
    piece_ids: Tensor
    piece_starts: Tensor  # per box
    chain_boxes: Tensor  # flat (block, box) pairs
    chain_rows: Tensor
    own_box: Tensor  # (rows,)
    inline_ids: Tensor
    inline_starts: Tensor
    word_ids: Tensor
    word_starts: Tensor
    first: Tensor  # (levels, rows): the wider boxes' block ranges, as rows
    last: Tensor


class Network(nn.Module):  # type: ignore[misc]  # torch is an extra, and not there when types are checked
    """The sequence model over blocks."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        entry = shape.numeric + shape.word_width
        self.words = nn.EmbeddingBag(shape.words, shape.word_width, mode="sum", padding_idx=0)
        nn.init.normal_(self.words.weight, std=0.05)
        if shape.markup:
            self.own = nn.EmbeddingBag(shape.pieces, shape.piece_width, mode="sum", padding_idx=0)
            self.chain = nn.EmbeddingBag(shape.pieces, shape.piece_width, mode="sum", padding_idx=0)
            self.inline = nn.EmbeddingBag(shape.pieces, shape.piece_width, mode="sum", padding_idx=0)
            for table in (self.own, self.chain, self.inline):
                nn.init.normal_(table.weight, std=0.05)
            entry += 3 * shape.piece_width
        self.entry = nn.Linear(entry, width)
        self.page_in = nn.Linear(2 * width, width)
        self.boxes = nn.ModuleList([nn.Linear(width, width) for _ in range(shape.box_levels if shape.markup else 0)])
        self.convolutions = nn.ModuleList([nn.Linear(3 * width, width) for _ in shape.dilations])
        self.mixers = nn.ModuleList([nn.Linear(width, width) for _ in shape.dilations])
        for layer in [*self.mixers, *self.boxes]:
            nn.init.normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)
        self.leave = nn.Linear(width, 1)
        self.dropout = nn.Dropout(0.15)
        self.page_type = nn.Linear(2 * width, 8)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The logit of each row, shape (rows,), and the page types' logits, shape (pages, 8)."""
        parts = [batch.numeric, self.words(batch.word_ids, batch.word_starts)]
        if self.shape.markup:
            own = self.own(batch.piece_ids, batch.piece_starts)
            chain = self.chain(batch.piece_ids, batch.piece_starts)
            around = torch.zeros(len(batch.live), self.shape.piece_width).index_add(
                0, batch.chain_rows, chain[batch.chain_boxes]
            )
            parts += [own[batch.own_box], around * 0.3, self.inline(batch.inline_ids, batch.inline_starts)]
        live = batch.live
        h = torch.relu(self.entry(self.dropout(torch.cat(parts, 1)))) * live
        pooled = self.pool(h, batch)
        h = (h + torch.relu(self.page_in(pooled))[batch.page]) * live
        for level, layer in enumerate(self.boxes):
            total = torch.cat([torch.zeros(1, h.shape[1]), torch.cumsum(h, 0)])
            first, last = batch.first[level], batch.last[level]
            mean = (total[last] - total[first]) / (last - first).clamp(min=1)[:, None]
            h = h + torch.relu(layer(mean)) * live
        for dilation, convolution, mixer in zip(self.shape.dilations, self.convolutions, self.mixers, strict=True):
            padded = nn.functional.pad(h, (0, 0, dilation, dilation))
            rows = len(h)
            seen = torch.cat([padded[:rows], h, padded[2 * dilation : 2 * dilation + rows]], 1)
            h = h + mixer(self.dropout(torch.relu(convolution(seen)))) * live
        return self.leave(h).squeeze(1), self.page_type(pooled)

    def pool(self, h: Tensor, batch: Batch) -> Tensor:
        """The mean and the maximum over each page's rows, shape (pages, 2 * width)."""
        count = torch.zeros(batch.pages, 1).index_add(0, batch.page, batch.live).clamp(min=1)
        mean = torch.zeros(batch.pages, h.shape[1]).index_add(0, batch.page, h) / count
        top = torch.zeros(batch.pages, h.shape[1]).index_reduce(0, batch.page, h, "amax")
        return torch.cat([mean, top], 1)
