"""Train the learned filter: `make train`, seeded, from the examples of `lab.dataset`.

Cross-validates by site first (`--folds`), then trains on everything and writes the weights into the package (`--ship`).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from dechaff.content.boilerplate import best_set
from lab import dataset
from lab.corpora import CORPORA, FOLDS, ROOT, folds
from lab.net import GAP, Batch, Network, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from lab.dataset import Example

CONTENT = ROOT / "src" / "dechaff" / "content"
SHARES = {
    "html": 1.0, "bare": 0.25, "short": 0.5,
    "blocks": 0.8, "lines": 0.6, "raw": 0.5, "trafilatura": 0.4, "resiliparse": 0.4, "readability": 0.4, "gold": 0.35, "excerpt": 0.35,
    "html2text": 0.5, "markdownify": 0.5, "kept": 0.35,
}  # fmt: skip
"""The share of the examples of each shape that one epoch sees."""
SIZES: dict[str, dict[str, object]] = {
    "html": {"markup": True, "width": 96, "piece_width": 16, "word_width": 16},
    "text": {"markup": False, "width": 80, "word_width": 16},
}
"""The sizes that ship: both networks together stay below 1.5 MB."""
TEACHER = {"html": 0.5, "text": 0.75}
"""How much the teacher's opinion of a block counts beside its label; of text the teacher has seen more than the network may."""
BODY_ONLY = {"wcxb": 0.3, "trafilatura": 0.5, "news": 1.0}
"""How often a page of each corpus is shown as one whose headline does not belong to the text: the convention of news bodies."""

PAGE_TYPES = ("article", "service", "product", "collection", "forum", "listing", "documentation", "unknown")


@dataclass
class Vocabulary:
    """Which name pieces and which words have an embedding; 0 is for all others."""

    pieces: dict[str, int]
    words: dict[int, int]

    @classmethod
    def of(cls, examples: Sequence[Example], fewest_sites: int = 6, most: int = 4000) -> Vocabulary:
        """The pieces and words that stand on the most sites: at least `fewest_sites`, at most `most` of each."""
        piece_seen: dict[str, set[str]] = {}
        word_seen: dict[int, set[str]] = {}
        for example in examples:
            if example.shape == "html":
                for names in (*example.pieces, *example.inline):
                    for piece in names:
                        piece_seen.setdefault(piece, set()).add(example.site)
            if example.shape in ("html", "blocks"):
                for word in np.unique(example.features.words).tolist():
                    word_seen.setdefault(word, set()).add(example.site)
        pieces = sorted(_most_seen(piece_seen, fewest_sites, most))
        words = sorted(_most_seen(word_seen, fewest_sites, most))
        return cls(
            {piece: number for number, piece in enumerate(pieces, 1)},
            {word: number for number, word in enumerate(words, 1)},
        )


Key = TypeVar("Key", str, int)


def _most_seen(seen: dict[Key, set[str]], fewest: int, most: int) -> list[Key]:
    enough = [key for key, sites in seen.items() if len(sites) >= fewest]
    return sorted(enough, key=lambda key: (-len(seen[key]), key))[:most]


@dataclass
class Recipe:
    """How one network is trained."""

    epochs: int = 10
    batch: int = 12
    rate: float = 2e-3
    decay: float = 0.05
    drop: float = 0.25
    seed: int = 1
    averaging: float = 0.995
    smoothing: float = 0.02
    dropout: float = 0.25
    soft_f1: float = 0.5


class Prepared:
    """An example with everything but the embeddings ready as arrays."""

    def __init__(
        self,
        example: Example,
        vocabulary: Vocabulary,
        markup: bool,
        levels: int,
        teacher: NDArray[np.float32] | None = None,
    ) -> None:
        self.example = example
        found = example.features
        self.rows = len(found.mass)
        self.numeric = np.concatenate([found.text, found.markup], axis=1).astype(np.float32)
        self.word_ids, self.word_starts = _bags(found.words, found.word_blocks, self.rows, vocabulary.words)
        self.markup = markup
        if markup:
            get = vocabulary.pieces.get
            ids = [[get(piece, 0) for piece in names] for names in example.pieces]
            self.piece_starts = np.cumsum([0, *(len(row) for row in ids)][:-1], dtype=np.int64)
            self.piece_ids = np.fromiter((number for row in ids for number in row), dtype=np.int64)
            inline = [[number for piece in names if (number := get(piece))] for names in example.inline]
            self.inline_starts = np.cumsum([0, *(len(row) for row in inline)][:-1], dtype=np.int64)
            self.inline_ids = np.fromiter((number for row in inline for number in row), dtype=np.int64)
            parent = found.box_parent
            rows, boxes = [], []
            current = found.block_box.copy()
            index = np.arange(self.rows)
            while len(current):
                rows.append(index)
                boxes.append(current)
                up = parent[current]
                index, current = index[up >= 0], up[up >= 0]
            self.chain_rows = np.concatenate(rows)
            self.chain_boxes = np.concatenate(boxes)
            self.first, self.last = found.ranges[0][:levels], found.ranges[1][:levels]
        self.weight = np.maximum(found.mass, 1.0)
        self.teacher = teacher

    def label(self, without_headline: float) -> NDArray[np.float32]:
        """What is content: by the gold text, with the headline where it is asked for."""
        label = self.example.label
        if self.teacher is not None:
            share = TEACHER["html" if self.markup else "text"]
            told = np.where(np.isnan(label), self.teacher, (1 - share) * label + share * self.teacher)
            label = np.where(np.isnan(self.teacher), label, told)
        if not without_headline:
            label = np.where(self.example.headline & ~np.isnan(label), np.float32(1), label)
        return label


def _bags(
    keys: NDArray[np.uint32], rows: NDArray[np.int64], count: int, table: dict[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ids = np.fromiter((table.get(key, 0) for key in keys.tolist()), dtype=np.int64, count=len(keys))
    known = ids > 0
    ids, rows = ids[known], rows[known]
    return ids, np.searchsorted(rows, np.arange(count)).astype(np.int64)


def collate(
    pages: Sequence[Prepared],
    convention: Sequence[float],
    drop: float = 0.0,
    generator: np.random.Generator | None = None,
) -> Batch:
    """Pages into one batch. `drop` is the share of pages that lose all names, and of names that are forgotten."""
    rows = sum(page.rows + GAP for page in pages)
    width = pages[0].numeric.shape[1] + 1
    numeric = np.zeros((rows, width), dtype=np.float32)
    live = np.zeros((rows, 1), dtype=np.float32)
    of_page = np.zeros(rows, dtype=np.int64)
    markup = pages[0].markup
    out: dict[str, list[NDArray[np.int64]]] = {}

    def put(name: str, values: NDArray[np.int64]) -> None:
        out.setdefault(name, []).append(values)

    place = box_base = piece_base = inline_base = word_base = 0
    own_box = np.zeros(rows, dtype=np.int64)
    levels = len(pages[0].first) if markup else 0
    first = np.zeros((levels, rows), dtype=np.int64)
    last = np.zeros((levels, rows), dtype=np.int64)
    for number, (page, flag) in enumerate(zip(pages, convention, strict=True)):
        n = page.rows
        end = place + n
        numeric[place:end, :-1] = page.numeric
        numeric[place:end, -1] = flag
        live[place:end] = 1
        of_page[place : end + GAP] = number
        put("word_ids", page.word_ids)
        put("word_starts", np.concatenate([page.word_starts, np.full(GAP, len(page.word_ids))]) + word_base)
        word_base += len(page.word_ids)
        if markup:
            ids, inline = page.piece_ids, page.inline_ids
            if drop and generator is not None:
                whole = generator.random() < drop
                ids = np.where(generator.random(len(ids)) < drop, 0, ids) * (not whole)
                inline = np.where(generator.random(len(inline)) < drop, 0, inline) * (not whole)
            put("piece_ids", ids)
            put("piece_starts", page.piece_starts + piece_base)
            put("inline_ids", inline)
            put("inline_starts", np.concatenate([page.inline_starts, np.full(GAP, len(inline))]) + inline_base)
            put("chain_rows", page.chain_rows + place)
            put("chain_boxes", page.chain_boxes + box_base)
            own_box[place:end] = page.example.features.block_box + box_base
            first[:, place:end] = page.first + place
            last[:, place:end] = page.last + place
            piece_base += len(ids)
            inline_base += len(inline)
            box_base += len(page.piece_starts)
        place = end + GAP
    empty = np.zeros(0, dtype=np.int64)

    def tensor(name: str) -> Tensor:
        return torch.from_numpy(np.concatenate(out[name]) if name in out else empty)

    return Batch(
        torch.from_numpy(numeric), torch.from_numpy(live), torch.from_numpy(of_page), len(pages),
        tensor("piece_ids"), tensor("piece_starts"), tensor("chain_boxes"), tensor("chain_rows"), torch.from_numpy(own_box),
        tensor("inline_ids"), tensor("inline_starts"), tensor("word_ids"), tensor("word_starts"),
        torch.from_numpy(first), torch.from_numpy(last),
    )  # fmt: skip


def loss_of(
    logits: Tensor, types: Tensor, batch: Batch, pages: Sequence[Prepared], flags: Sequence[float], recipe: Recipe
) -> Tensor:
    """Cross-entropy weighted by the words at stake, plus one minus the soft word F1 of each page, plus the page type."""
    label = torch.zeros(len(logits))
    weight = torch.zeros(len(logits))
    full = torch.zeros(len(pages))
    kinds = torch.full((len(pages),), -100)
    share = torch.ones(len(pages))
    place = 0
    for number, (page, flag) in enumerate(zip(pages, flags, strict=True)):
        end = place + page.rows
        wanted = page.label(flag)
        known = ~np.isnan(wanted)
        label[place:end] = torch.from_numpy(np.nan_to_num(wanted))
        mass = page.weight * known
        weight[place:end] = torch.from_numpy(mass.astype(np.float32))
        full[number] = float(known.all())
        share[number] = 1.0 if known.all() else min(1.0, known.sum() / 8)
        if page.example.corpus == "wcxb":
            kinds[number] = PAGE_TYPES.index(page.example.page_type)
        place = end + GAP
    root = weight.sqrt()
    totals = torch.zeros(len(pages)).index_add(0, batch.page, root).clamp(min=1)
    smooth = label * (1 - 2 * recipe.smoothing) + recipe.smoothing
    cross = nn.functional.binary_cross_entropy_with_logits(logits, smooth, reduction="none")
    per_page = torch.zeros(len(pages)).index_add(0, batch.page, cross * root) / totals
    chosen = torch.sigmoid(logits) * weight
    common = torch.zeros(len(pages)).index_add(0, batch.page, chosen * label)
    sums = torch.zeros(len(pages)).index_add(0, batch.page, chosen + weight * label)
    soft = 1 - 2 * common / sums.clamp(min=1)
    loss = (per_page * share).mean() + recipe.soft_f1 * (soft * full).mean()
    if (kinds >= 0).any():
        loss = loss + 0.1 * nn.functional.cross_entropy(types, kinds, ignore_index=-100)
    return loss


class Trained:
    """A network with what it needs to read an example."""

    def __init__(
        self, network: Network, vocabulary: Vocabulary, mean: NDArray[np.float32], scale: NDArray[np.float32]
    ) -> None:
        self.network = network
        self.vocabulary = vocabulary
        self.mean = mean
        self.scale = scale

    def prepare(self, examples: Sequence[Example]) -> list[Prepared]:
        """Examples as this network takes them."""
        shape = self.network.shape
        found = [Prepared(example, self.vocabulary, shape.markup, shape.box_levels) for example in examples]
        for page in found:
            page.numeric = np.clip((page.numeric - self.mean) / self.scale, -6, 6)
        return found

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def predict(self, pages: Sequence[Prepared], without_headline: float) -> list[NDArray[np.float32]]:
        """The probability of each block being content, for each page."""
        self.network.eval()
        found = []
        for page in pages:
            logits, _ = self.network(collate([page], [without_headline]))
            found.append(torch.sigmoid(logits[: page.rows]).numpy())
        return found


def train(
    examples: Sequence[Example],
    shape_options: dict[str, object],
    recipe: Recipe,
    teacher: Mapping[tuple[str, str], NDArray[np.float32]],
    quiet: bool = False,
) -> Trained:
    """Train one network. The teacher's opinions are by page and shape; a page without one is learned from its labels alone."""
    torch.manual_seed(recipe.seed)
    generator = np.random.default_rng(recipe.seed)
    vocabulary = Vocabulary.of(examples)
    markup = bool(shape_options.get("markup", True))
    levels = int(shape_options.get("box_levels", 3))  # type: ignore[call-overload]
    prepared = [
        Prepared(example, vocabulary, markup, levels, teacher.get((example.sample, example.shape)))
        for example in examples
    ]
    rows = np.concatenate([page.numeric for page in prepared])
    mean, scale = rows.mean(0), np.maximum(rows.std(0), 0.05)
    del rows
    shape = Shape(
        numeric=len(mean) + 1,
        pieces=len(vocabulary.pieces) + 1,
        words=len(vocabulary.words) + 1,
        **shape_options,  # type: ignore[arg-type]
    )
    network = Network(shape)
    network.dropout.p = recipe.dropout
    for page in prepared:
        page.numeric = np.clip((page.numeric - mean) / scale, -6, 6)
    optimizer = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    steps = int(recipe.epochs * (sum(SHARES[example.shape] for example in examples) * 1.1 / recipe.batch + 2))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, total_steps=steps, pct_start=0.15)
    shares = np.array([SHARES[example.shape] for example in examples])
    start = time.perf_counter()
    averaged = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(recipe.averaging)
    )
    done = 0
    for epoch in range(recipe.epochs):
        network.train()
        chosen = np.flatnonzero(generator.random(len(prepared)) < shares)
        order = generator.permutation(chosen)
        total = 0.0
        for begin in range(0, len(order), recipe.batch):
            pages = [prepared[number] for number in order[begin : begin + recipe.batch]]
            flags = [float(generator.random() < BODY_ONLY[page.example.corpus]) for page in pages]
            batch = collate(pages, flags, recipe.drop, generator)
            logits, types = network(batch)
            loss = loss_of(logits, types, batch, pages, flags, recipe)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            done += 1
            if done < steps:
                schedule.step()
            averaged.update_parameters(network)
            total += float(loss.detach()) * len(pages)
        if not quiet:
            print(
                f"epoch {epoch + 1}: loss {total / len(order):.4f}, {time.perf_counter() - start:.0f} s",
                file=sys.stderr,
                flush=True,
            )
    return Trained(averaged.module, vocabulary, mean, scale)


def export(trained: Trained, folder: Path, kind: str) -> int:
    """Write a network's weights into a folder, as 16-bit floats; returns their size in bytes."""
    network = trained.network
    shape = network.shape
    weights: dict[str, NDArray[np.generic]] = {
        "mean": trained.mean.astype(np.float32),
        "inverse_scale": (1 / trained.scale).astype(np.float32),
        "word_keys": np.array(sorted(trained.vocabulary.words), dtype=np.uint32),
    }
    for name, value in network.state_dict().items():
        if name.startswith("page_type"):
            continue
        array = value.detach().numpy()
        linear = name.endswith(".weight") and name.split(".")[0] not in ("words", "own", "chain", "inline")
        weights[name] = (array.T if linear else array).astype(np.float16)
    # The last numeric column is the convention, which the package appends itself: its mean is 0 and its scale 1.
    np.savez_compressed(folder / f"{kind}.npz", **weights)  # type: ignore[arg-type]
    settings = {
        "dilations": shape.dilations,
        "box_levels": shape.box_levels,
        "markup": shape.markup,
        "width": shape.width,
        "pieces": list(trained.vocabulary.pieces),
    }
    (folder / f"{kind}.json").write_text(json.dumps(settings, ensure_ascii=False) + "\n", "utf-8")
    return sum((folder / f"{kind}{end}").stat().st_size for end in (".npz", ".json"))


@dataclass
class Measure:
    """Mean word F1 by corpus, shape and page type, and the F of segments."""

    scores: dict[str, list[float]]
    hits: int = 0
    wrong: int = 0
    missed: int = 0

    def table(self) -> str:
        """One line a group."""
        lines = [f"{name:<28} {np.mean(values):.4f}  ({len(values)})" for name, values in sorted(self.scores.items())]
        if self.hits:
            lines.append(f"{'segments F':<28} {2 * self.hits / (2 * self.hits + self.wrong + self.missed):.4f}")
        return "\n".join(lines)


def measure(pages: Sequence[Prepared], predictions: Sequence[NDArray[np.float32]], beta: float) -> Measure:
    """How good the best sets of blocks are, by these predictions."""
    found = Measure({})
    for page, scores in zip(pages, predictions, strict=True):
        example = page.example
        keep = best_set(scores, page.weight, beta)
        if example.gold_total < 0:
            known = ~np.isnan(example.label)
            gold = np.nan_to_num(example.label) >= 0.5
            found.hits += int((keep & gold & known).sum())
            found.missed += int((~keep & gold & known).sum())
            found.wrong += int((keep & ~gold & known).sum())
            continue
        value = example.scores(keep)[1 if example.shape in {*dataset.ALL_GOLD, dataset.BARE} else 2]
        found.scores.setdefault(f"{example.shape} {example.corpus}", []).append(value)
        if example.corpus == "wcxb" and example.shape in ("html", "blocks"):
            found.scores.setdefault(f"{example.shape} {example.page_type}", []).append(value)
    return found


def main() -> int:
    """Cross-validate, or train on everything and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=("html", "text"), action="append")
    parser.add_argument("--folds", type=int, default=FOLDS)
    parser.add_argument("--fold", type=int, action="append", help="only these folds")
    parser.add_argument(
        "--ship", action="store_true", help="train on everything and write the weights into the package"
    )
    parser.add_argument("--recipe", type=json.loads, default={}, help="changes of the recipe, as JSON")
    parser.add_argument("--shape", type=json.loads, default={}, help="changes of the network's sizes, as JSON")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save", action="store_true", help="keep the folds' networks, for `lab.crossval`")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    recipe = Recipe(**options.recipe)
    for kind in options.kind or ("html", "text"):
        shapes = dataset.HTML_SHAPES if kind == "html" else frozenset(dataset.TEXT_SHAPES)
        sizes = {**SIZES[kind], **options.shape}
        examples = [example for name in CORPORA for example in dataset.load(name, shapes)]
        opinions = dataset.load_opinions()
        if options.ship:
            size = export(train(examples, sizes, recipe, opinions), CONTENT, kind)
            print(f"{kind}: {size // 1024} kB of weights")
            continue
        parts = folds(examples, options.folds)
        for fold in options.fold or range(options.folds):
            learned = [e for e, part in zip(examples, parts, strict=True) if part != fold]
            trained = train(learned, sizes, recipe, opinions)
            held = trained.prepare([e for e, part in zip(examples, parts, strict=True) if part == fold])
            for flag in (1.0, 0.0):
                predictions = trained.predict(held, flag)
                for beta in (0.7, 1.0, 1.5) if flag else (1.0,):
                    print(f"--- {kind} fold {fold}, {'without' if flag else 'with'} headline, beta {beta}")
                    print(measure(held, predictions, beta).table(), flush=True)
            if options.save:
                export(trained, dataset.WORK, f"{kind}-{fold}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
