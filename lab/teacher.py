"""A second opinion on every block of the examples: boosted trees and a network, for the networks that ship to learn from.

The gold texts of like pages differ, so a label is partly chance. Trees and a network that never saw a site say what its labels
would be by the other sites' rule. Both err differently, and the mean of their log-odds is better than either. What they say of a
page's blocks is told the network for text, too, which sees no markup: it learns from a teacher that saw it (Vapnik, Vashist,
"A new learning paradigm: learning using privileged information", 2009).

`python -m lab.teacher` trains on all folds but one, by site, asks about that one, and keeps the answers. Fold 0 is never
used to teach on the others, so that a network trained without fold 0 has seen nothing of it, not even through its teacher.
"""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import LCSseq

from dechaff.content.features import TEXT_COLUMNS
from lab import dataset
from lab.corpora import CORPORA, FOLDS, folds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from lab.dataset import Example, Opinions

_NEIGHBOURS = (-2, -1, 1, 2)
_OWN_MARKUP = 19
"""The first columns of the markup say something of the block itself; the neighbours' are shown, too."""
_MOST_PIECES = 500
_FADE = 0.8
"""A name counts 1 on a block's own box and this much less for every box further out."""
_BARE = 4
"""Of the bare examples every fourth is enough to learn what they are."""
SETTINGS = {
    "loss_function": "CrossEntropy", "depth": 6, "iterations": 260, "learning_rate": 0.16, "rsm": 0.15, "border_count": 32,
    "l2_leaf_reg": 5, "bootstrap_type": "Bernoulli", "subsample": 0.7, "allow_writing_files": False,
}  # fmt: skip


def pieces_of(examples: Sequence[Example]) -> dict[str, int]:
    """The names that stand on the most sites, numbered."""
    seen: dict[str, set[str]] = {}
    for example in examples:
        for names in set(example.pieces):
            for piece in names:
                seen.setdefault(piece, set()).add(example.site)
    ranked = sorted(seen, key=lambda piece: (-len(seen[piece]), piece))
    return {piece: number for number, piece in enumerate(ranked[:_MOST_PIECES])}


def table(example: Example, pieces: dict[str, int]) -> NDArray[np.float32]:
    """What the trees see: a block's columns, its neighbours', and the names around it; shape (blocks, columns)."""
    found = example.features
    own = np.concatenate([found.text, found.markup], axis=1)
    near = own[:, : len(TEXT_COLUMNS) + _OWN_MARKUP]
    parts = [own]
    for step in _NEIGHBOURS:
        beside = np.full_like(near, -9)
        if len(near) > abs(step):
            if step < 0:
                beside[-step:] = near[:step]
            else:
                beside[:-step] = near[step:]
        parts.append(beside)
    boxes = np.zeros((len(example.pieces), len(pieces)), dtype=np.float32)
    for number, (names, parent) in enumerate(zip(example.pieces, found.box_parent.tolist(), strict=True)):
        if parent >= 0:
            boxes[number] = boxes[parent] * _FADE
        for piece in names:
            if piece in pieces:
                boxes[number, pieces[piece]] = 1
    parts.append(boxes[found.block_box])
    return np.concatenate(parts, axis=1).astype(np.float16).astype(np.float32)


def labelled(examples: Sequence[Example]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """All labels and weights: the root of a block's text, so that each page counts by the root of its length."""
    labels, weights = [], []
    for example in examples:
        weight = np.sqrt(np.maximum(example.features.mass, 1))
        weight = weight / weight.sum() * np.sqrt(len(weight)) * (1.0 if example.shape == "html" else 0.5)
        labels.append(np.nan_to_num(example.label, nan=0.5))
        weights.append(np.where(np.isnan(example.label), 0, weight))
    return np.concatenate(labels), np.concatenate(weights)


def tree_opinions(examples: Sequence[Example], fold: int, left_out: frozenset[int]) -> Opinions:
    """Train trees without some folds; gives the probabilities for the examples of one, by page and shape."""
    from catboost import CatBoost, Pool

    parts = folds(examples, FOLDS)
    bare = 0
    chosen = []
    for example, part in zip(examples, parts, strict=True):
        bare += example.shape == dataset.BARE
        if part not in left_out and (example.shape != dataset.BARE or bare % _BARE == 0):
            chosen.append(example)
    pieces = pieces_of([example for example in chosen if example.shape == "html"])
    label, weight = labelled(chosen)
    rows = np.concatenate([table(example, pieces) for example in chosen])
    known = weight > 0
    pool = Pool(rows[known], label[known], weight=weight[known])
    del rows
    model = CatBoost({**SETTINGS, "random_seed": 1 + fold, "verbose": 50})
    model.fit(pool, log_cout=sys.stderr)
    return {
        (example.sample, example.shape): model.predict(table(example, pieces), prediction_type="Probability")[
            :, 1
        ].astype(np.float32)
        for example, part in zip(examples, parts, strict=True)
        if part == fold
    }


def network_opinions(
    examples: Sequence[Example],
    fold: int,
    left_out: frozenset[int],
    taught: Mapping[tuple[str, str], NDArray[np.float32]],
) -> Opinions:
    """The same of a network as `lab.train` makes it, itself taught by the trees; the mean over with and without headline."""
    from lab import train

    parts = folds(examples, FOLDS)
    learned = [example for example, part in zip(examples, parts, strict=True) if part not in left_out]
    trained = train.train(learned, train.SIZES["html"], train.Recipe(seed=10 + fold), taught)
    pages = trained.prepare([example for example, part in zip(examples, parts, strict=True) if part == fold])
    both = zip(pages, trained.predict(pages, 0.0), trained.predict(pages, 1.0), strict=True)
    return {(page.example.sample, page.example.shape): mean(*scores) for page, *scores in both}


def mean(*scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of probabilities, by their log-odds."""
    clipped = [np.clip(score, 1e-4, 1 - 1e-4) for score in scores]
    odds = sum(np.log(score / (1 - score)) for score in clipped) / len(scores)
    return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float32)


def for_text(pages: Iterable[Example], texts: Iterable[Example], found: Opinions) -> Opinions:
    """What was said of a page's blocks, for the same blocks where its text comes without markup; NaN for lines that are no block.

    Nothing has to go from a gold text, so nobody is asked about one.
    """
    by_page = {page.sample: page for page in pages if page.shape == "html"}
    carried: Opinions = {}
    for text in texts:
        page = by_page.get(text.sample)
        if page is None or text.shape in dataset.ALL_GOLD:
            continue
        opinion = found[page.sample, page.shape]
        told = np.full(len(text.features.mass), np.nan, dtype=np.float32)
        for part in LCSseq.opcodes(_first_words(page), _first_words(text)):
            if part.tag == "equal":
                told[part.dest_start : part.dest_end] = opinion[part.src_start : part.src_end]
        carried[text.sample, text.shape] = told
    return carried


def _first_words(example: Example) -> list[tuple[int, ...]]:
    """What a block begins with, to know it by; a block without a word is like no other."""
    found = example.features
    words: list[list[int]] = [[] for _ in range(len(found.mass))]
    for word, block in zip(found.words.tolist(), found.word_blocks.tolist(), strict=True):
        words[block].append(word)
    return [tuple(row) if row else (-1 - number,) for number, row in enumerate(words)]


def main() -> int:
    """Make and keep the opinions on all examples."""
    examples = [example for name in CORPORA for example in dataset.load(name, dataset.HTML_SHAPES)]
    trees: Opinions = {}
    for fold in range(FOLDS):
        print(f"trees, fold {fold}", file=sys.stderr, flush=True)
        trees |= tree_opinions(examples, fold, frozenset((fold, 0)))
    found: Opinions = {}
    for fold in range(FOLDS):
        print(f"network, fold {fold}", file=sys.stderr, flush=True)
        found |= network_opinions(examples, fold, frozenset((fold, 0)), trees)
    found = {key: mean(opinion, trees[key]) for key, opinion in found.items()}
    for name in CORPORA:
        found |= for_text(examples, dataset.load(name, frozenset(dataset.TEXT_SHAPES)), found)
    with dataset.OPINIONS.open("wb") as file:
        pickle.dump(found, file, protocol=5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
