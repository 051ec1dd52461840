"""How text fares that lost its shape, and Markdown: `python -m lab.shapes`.

Each page is dumped as text (a block a line, and BeautifulSoup's `get_text`) and as Markdown (html2text, markdownify), cleaned, and
compared with the gold text by words, Markdown's signs left out on both sides. The gold texts themselves, as lines, wrapped, on
one line and with Windows line ends, show how much of a clean text stays. The shipped network for text has learned from the text dumps of these very
pages, and from no Markdown; `--unseen` takes the kept networks that had not seen the page (`lab.train --save`), which is the fair comparison.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from typing import TYPE_CHECKING

from tqdm import tqdm

from dechaff import Cleaner
from dechaff.reading import read
from lab import corpora, crossval
from lab.compare import sampled
from lab.dumps import by_html2text, by_html2text_wrapped, by_markdownify
from lab.metrics import Score, mean, word_score
from lab.peers import whole_get_text, whole_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dechaff.reading import Kind
    from lab.corpora import Sample


def without_markup(text: str) -> str:
    """What a reader of the rendered Markdown would see: no addresses, pictures, markers.

    >>> without_markup("1. See [the _pier_](https://example.org/a-b) and ![x](y.png).").split()
    ['See', 'the', 'pier', 'and', '.']
    """
    return "\n".join(block.text for block in read(text, kind="markdown").blocks)


DUMPS: Mapping[str, tuple[Callable[[bytes], str], Kind]] = {
    "text, a block a line": (whole_text, "text"),
    "text, get_text": (whole_get_text, "text"),
    "Markdown, html2text": (by_html2text, "markdown"),
    "Markdown, html2text wrapped": (by_html2text_wrapped, "markdown"),
    "Markdown, markdownify": (by_markdownify, "markdown"),
}


def _wrapped(text: str) -> str:
    return "\n\n".join(
        textwrap.fill(line, 76, break_long_words=False, break_on_hyphens=False) for line in text.splitlines()
    )


CLEAN_SHAPES: Mapping[str, tuple[Callable[[str], str], Kind]] = {
    "lines": (lambda text: text, "text"),
    "Windows line ends": (lambda text: "\r\n".join(text.splitlines()), "text"),
    "wrapped": (_wrapped, "text"),
    "one line": (lambda text: " ".join(text.split()), "text"),
    "Markdown": (lambda text: "\n\n".join(text.splitlines()), "markdown"),
}


def _report(name: str, scores: list[Score], before: list[Score] | None = None) -> None:
    found = mean(scores)
    line = (
        f"{name:<28} F1 {found.f1:.4f}  precision {found.precision:.4f}  recall {found.recall:.4f}  pages {len(scores)}"
    )
    print(line + (f"  (dump as it is {mean(before).f1:.4f})" if before else ""), flush=True)


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=200, help="how many pages of WCXB; the same each time")
    parser.add_argument("--part", type=int, choices=range(5), help="instead every fifth page, from this one on")
    parser.add_argument("--only", choices=("dumps", "clean"), help="measure only the dumps, or only the clean texts")
    parser.add_argument(
        "--unseen", action="store_true", help="the kept networks of the folds instead of the shipped ones"
    )
    options = parser.parse_args()
    pages = corpora.load("wcxb")
    fold_of = dict(zip((page.id for page in pages), corpora.folds(pages, corpora.FOLDS), strict=True))

    def cleaner_for(page: Sample, kind: Kind, *, headline: bool) -> Cleaner:
        if not options.unseen:
            return Cleaner(kind=kind, headline=headline)
        return crossval.cleaner(fold_of[page.id], kind, "balanced", headline)

    if options.part is None:
        pages = [page for page in sampled(pages, options.sample) if page.gold]
    else:
        pages = [page for page in pages if page.gold][options.part :: 5]
    if options.only != "clean":
        for name, (dump, kind) in DUMPS.items():
            strip = without_markup if kind == "markdown" else str
            scores, before = [], []
            for page in tqdm(pages, desc=name, file=sys.stderr, mininterval=10):
                text, gold = dump(page.html), strip(page.gold or "")
                before.append(word_score(strip(text), gold))
                scores.append(word_score(strip(cleaner_for(page, kind, headline=False).clean(text)), gold))
            _report(name, scores, before)
    if options.only != "dumps":
        for name, (shape, kind) in CLEAN_SHAPES.items():
            kept = total = 0
            for page in tqdm(pages, desc=name, file=sys.stderr, mininterval=10):
                source = shape(page.gold or "")
                count = len(source.split())
                kept += round(word_score(cleaner_for(page, kind, headline=True).clean(source), source).recall * count)
                total += count
            print(f"clean text, {name:<20} words kept {kept / max(total, 1):.5f} of {total:,}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
