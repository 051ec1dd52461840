"""Examples to learn from: every page in every shape it may come in, with features, labels and what its F1 needs.

Shapes: the HTML itself; a dump of all its text (block by block, and as `get_text` gives it) or as Markdown; what extractors take
out of it, residue included; and the gold text alone, which has to be left alone.
"""

from __future__ import annotations

import argparse
import gzip
import pickle
import sys
import zlib
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from multiprocessing import get_context
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import regex

from dechaff import Cleaner
from dechaff.content.features import Features, features
from dechaff.content.headline import find_headline, title_words
from dechaff.content.names import box_pieces, inline_pieces
from dechaff.page import Cut
from dechaff.reading import Kind, read
from dechaff.reading.decode import decode
from dechaff.sites.order import runs
from lab import corpora, labels
from lab.dumps import by_html2text, by_markdownify
from lab.peers import html_peers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from dechaff.page import Page
    from lab.corpora import Sample
    from lab.peers import Peer

WORK = corpora.ROOT / "lab" / "work"
"""Where examples and trained weights are kept between runs; never in the repository."""

OPINIONS = WORK / "opinions.pickle"
"""Where `lab.teacher` keeps what it says."""

EXTRACTORS = {"trafilatura": "trafilatura fast", "resiliparse": "resiliparse", "readability": "readability-lxml"}
MARKDOWN = {"html2text": by_html2text, "markdownify": by_markdownify}
KEPT = "kept"
"""The page as html2text writes it, without all that is no gold text: Markdown in which nothing is chaff."""
TEXT_SHAPES = ("blocks", "lines", "raw", *EXTRACTORS, "gold", "excerpt", *MARKDOWN, KEPT)
ALL_GOLD = frozenset(("gold", "excerpt", KEPT))
"""The shapes of text of which nothing has to go."""
BARE = "bare"
"""The gold text as paragraphs without a class or a box: HTML in which nothing is chaff."""
SHORT = "short"
"""The HTML with most of its gold blocks left out: a short text among as much furniture as ever."""
HTML_SHAPES = frozenset(("html", BARE, SHORT))

_EMPTY_BUT_NOT = frozenset(
    ("0602", "0618", "2840", "2906", "2966", "3008", "4750", "4788", "4829", "4850", "4868", "4802", "4893")
)
"""WCXB pages whose gold text is empty or missing although a reader sees content: nothing to learn from."""

_TOKEN = regex.compile(r"\w+")


Opinions: TypeAlias = "dict[tuple[str, str], NDArray[np.float32]]"
"""A teacher's probability of each block being content, by sample and shape; NaN where it has none."""


@dataclass(slots=True)
class Example:
    """One page in one shape.

    Attributes:
        sample: the page's id, with its corpus.
        site: what the splits keep together.
        corpus: which convention its labels follow.
        page_type: WCXB's type, or the corpus's own.
        shape: one of `HTML_SHAPES` or of `TEXT_SHAPES`.
        features: what the network sees.
        pieces: for each box the pieces of its names; for the blocks those of their inline elements.
        label: for each block the share of its words that are gold; NaN where it is not known.
        headline: which blocks are the headline: content or not, as the user says.
        tokens: the blocks' words as numbers, flat, with the block of each; gold words that no block has count in `gold_total`.
        gold: how often each numbered word stands in the gold text.
        gold_total: how many words the gold text has; -1 where there is none.
    """

    sample: str
    site: str
    corpus: str
    page_type: str
    shape: str
    features: Features
    pieces: list[tuple[str, ...]]
    inline: list[tuple[str, ...]]
    label: NDArray[np.float32]
    headline: NDArray[np.bool_]
    tokens: NDArray[np.int32]
    token_blocks: NDArray[np.int32]
    gold: NDArray[np.int32]
    gold_total: int

    def scores(self, keep: NDArray[np.bool_]) -> tuple[float, float, float]:
        """Word precision, recall and F1 of keeping these blocks."""
        if self.gold_total < 0:
            return float("nan"), float("nan"), float("nan")
        chosen = self.tokens[keep[self.token_blocks]] if len(self.tokens) else self.tokens
        if not len(chosen) or not self.gold_total:
            value = 1.0 if len(chosen) == self.gold_total else 0.0
            return value, value, value
        common = int(np.minimum(np.bincount(chosen, minlength=len(self.gold)), self.gold).sum())
        if not common:
            return 0.0, 0.0, 0.0
        precision, recall = common / len(chosen), common / self.gold_total
        return precision, recall, 2 * precision * recall / (precision + recall)


def make_example(sample: Sample, page: Page, shape: str, title: str) -> Example | None:
    """Features and labels of one page; None if it has no text."""
    if not page.blocks:
        return None
    texts = [block.text for block in page.blocks]
    if shape in ALL_GOLD or shape == BARE:
        label = np.ones(len(texts), dtype=np.float32)
    elif sample.gold is not None:
        label = labels.align(texts, sample.gold)
    else:
        label = labels.segments(texts, sample.must, sample.must_not)
    numbers: dict[str, int] = {}
    tokens: list[int] = []
    token_blocks: list[int] = []
    for number, text in enumerate(texts):
        for word in _TOKEN.findall(text.lower()):
            tokens.append(numbers.setdefault(word, len(numbers)))
            token_blocks.append(number)
    gold_words = Counter(_TOKEN.findall(sample.gold.lower())) if sample.gold is not None else Counter()
    gold = np.zeros(max(len(numbers), 1), dtype=np.int32)
    for word, count in gold_words.items():
        if word in numbers:
            gold[numbers[word]] = count
    return Example(
        sample=f"{sample.corpus}/{sample.id}",
        site=sample.site,
        corpus=sample.corpus,
        page_type=sample.page_type,
        shape=shape,
        features=features(page),
        pieces=[box_pieces(box) for box in page.boxes],
        inline=[inline_pieces(block) for block in page.blocks],
        label=label,
        headline=_headline(page, title),
        tokens=np.array(tokens, dtype=np.int32),
        token_blocks=np.array(token_blocks, dtype=np.int32),
        gold=gold,
        gold_total=sum(gold_words.values()) if sample.gold is not None else -1,
    )


def _headline(page: Page, title: str) -> NDArray[np.bool_]:
    """The blocks that say the headline: the one that is found in HTML, the lines that say the same in text."""
    found = np.zeros(len(page.blocks), dtype=np.bool_)
    if page.kind == "html":
        number = find_headline(page)
        if number is not None:
            found[number] = True
        return found
    words = title_words(title)
    for block in page.blocks:
        if words and len(block.text) < 300 and title_words(block.text) == words:
            found[block.index] = True
    return found


def excerpt(sample: Sample) -> str:
    """Some paragraphs of the gold text from the first or the middle of it: what a short text looks like."""
    lines = [line for line in (sample.gold or "").splitlines() if line.strip()]
    number = zlib.crc32(sample.id.encode())
    first = 0 if number % 3 == 0 else number % max(len(lines), 1)
    return ("\n\n" if number % 2 else "\n").join(lines[first : first + 6 + number % 12])


def bare(sample: Sample) -> str:
    """The gold text, or an excerpt of it, as paragraphs without a class, in at most one plain element."""
    number = zlib.crc32(sample.id.encode())
    text = excerpt(sample) if number % 4 else sample.gold or ""
    inside = "".join(f"<p>{escape(line)}</p>\n" for line in text.splitlines() if line.strip())
    tag = (None, "div", "article", "main", "body")[number % 5]
    return f"<{tag}>{inside}</{tag}>" if tag else inside


_SHORTENED = frozenset(("article", "news", "service", "documentation"))


def shortened(sample: Sample, page: Page, label: NDArray[np.float32], title: str) -> Example | None:
    """The page without a run of its gold blocks, so that an eighth to a half of the gold text is left; None if it is short already."""
    gold = np.flatnonzero(label > 0.5)
    if len(gold) < 6:
        return None
    number = zlib.crc32(sample.id.encode())
    left = max(2, int(len(gold) * (1 + number % 4) / 8))
    first = 1 + number // 4 % left if left < len(gold) - 1 else 1
    gone = np.zeros(len(page.blocks), dtype=np.bool_)
    gone[gold[first : first + len(gold) - left]] = True
    return make_example(sample, without_blocks(page, gone), SHORT, title)


def without_blocks(page: Page, gone: NDArray[np.bool_]) -> Page:
    """The page without some of its blocks; the boxes stay, empty ones too."""
    before = np.concatenate([[0], np.cumsum(~gone)]).tolist()
    blocks = [replace(block, index=before[block.index]) for block in page.blocks if not gone[block.index]]
    boxes = [replace(box, first=before[box.first], last=before[box.last]) for box in page.boxes]
    return replace(page, blocks=blocks, boxes=boxes, _shared={})


def kept_markdown(sample: Sample, source: str) -> str:
    """Markdown without the blocks that are not in the gold text."""

    def not_gold(page: Page) -> Iterator[Cut]:
        label = labels.align([block.text for block in page.blocks], sample.gold or "")
        for first, last in runs((label >= 0.5).tolist()):
            yield Cut(first, last, "boilerplate", "no gold text")

    return Cleaner(filters=[not_gold], kind="markdown").clean(source)


def text_of(sample: Sample, html: str, shape: str) -> str:
    """A page's text in one of the `TEXT_SHAPES`; "" if the shape does not exist for it."""
    if shape == "gold":
        return sample.gold or ""
    if shape == "excerpt":
        return excerpt(sample)
    if shape in MARKDOWN:
        return MARKDOWN[shape](html.encode("utf-8", "replace"))
    if shape == KEPT:
        return kept_markdown(sample, MARKDOWN["html2text"](html.encode("utf-8", "replace")))
    if shape == "blocks":
        joint = "\n\n" if zlib.crc32(sample.id.encode()) % 2 else "\n"
        return joint.join(block.text for block in read(html, kind="html").blocks)
    if shape in ("lines", "raw"):
        from bs4 import BeautifulSoup

        soup = BeautifulSoup(html, "lxml")
        for tag in soup(["script", "style", "template", "noscript"] if shape == "lines" else ["script", "style"]):
            tag.decompose()
        return soup.get_text("\n", strip=True) if shape == "lines" else soup.get_text()
    return _extractors()[shape].run(html.encode("utf-8", "replace"))


@cache
def _extractors() -> dict[str, Peer[bytes]]:
    peers = html_peers("wcxb", EXTRACTORS.values())
    if peers.absent:
        raise SystemExit("; ".join(f"{peer.name} is needed to make examples: {peer.reason}" for peer in peers.absent))
    named = {peer.name: peer for peer in peers.present}
    return {shape: named[name] for shape, name in EXTRACTORS.items()}


def examples_of(sample: Sample) -> list[Example]:
    """All shapes of one page."""
    if sample.corpus == "wcxb" and sample.id in _EMPTY_BUT_NOT:
        return []
    html = decode(sample.html).text
    page = read(html, kind="html", url=sample.url or None)
    number = find_headline(page)
    title = page.blocks[number].text if number is not None else sample.title or ""
    found = [make_example(sample, page, "html", title)]
    if sample.gold:
        found.append(make_example(sample, read(bare(sample), kind="html"), BARE, title))
        if found[0] is not None and sample.page_type in _SHORTENED:
            found.append(shortened(sample, page, found[0].label, title))
    for shape in TEXT_SHAPES:
        if sample.gold is None and shape not in ("blocks", "lines", *MARKDOWN):
            continue
        text = text_of(sample, html, shape)
        if text.strip():
            kind: Kind = "markdown" if shape in MARKDOWN or shape == KEPT else "text"
            found.append(make_example(sample, read(text, kind=kind), shape, title))
    return [example for example in found if example is not None]


def build(name: str, limit: int | None = None) -> list[Example]:
    """Make the examples of one corpus, in two processes, with progress on stderr."""
    from tqdm import tqdm

    samples = corpora.load(name)[:limit]
    with get_context("fork").Pool(2) as pool:
        made = list(tqdm(pool.imap(examples_of, samples, chunksize=8), total=len(samples), desc=name, mininterval=5))
    return [example for group in made for example in group]


def path_of(name: str) -> Path:
    """Where the examples of a corpus are kept."""
    return WORK / f"{name}.pickle.gz"


def load(name: str, shapes: frozenset[str] | None = None) -> list[Example]:
    """The kept examples of one corpus, in all or some shapes."""
    with gzip.open(path_of(name)) as file:
        examples: list[Example] = pickle.load(file)  # noqa: S301  # our own file
    return [example for example in examples if shapes is None or example.shape in shapes]


def load_opinions() -> Opinions:
    """The kept opinions of the teacher."""
    with OPINIONS.open("rb") as file:
        found: Opinions = pickle.load(file)  # noqa: S301  # our own file
    return found


def main() -> int:
    """Build and keep the examples of all corpora."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="*", default=corpora.CORPORA)
    parser.add_argument("--limit", type=int)
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    for name in arguments.corpora:
        examples = build(name, arguments.limit)
        with gzip.open(path_of(name), "wb", compresslevel=1) as file:
            pickle.dump(examples, file, protocol=5)
        print(f"{name}: {len(examples)} examples", file=sys.stderr)
    return 0


if __name__ == "__main__":
    from lab.dataset import main as run  # examples are kept as this module's, not as `__main__`'s

    sys.exit(run())
