"""Answers for pages of sites that the network has not seen, for `lab.compare --folds`.

`python -m lab.train --save` keeps a network for each fold; here each page is cleaned, by the whole of dechaff, with the network
of the fold that held its site out. Without all folds, only the pages of those that are there are answered.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import cache, partial
from typing import TYPE_CHECKING

import dechaff
from dechaff import Cleaner
from dechaff.content.boilerplate import LearnedFilter
from dechaff.content.network import load_network
from dechaff.reading import read
from dechaff.reading.decode import decode
from lab import corpora, dataset

if TYPE_CHECKING:
    from dechaff.content.network import Network
    from lab.corpora import Sample


@cache
def network(fold: int, kind: str) -> Network:
    """The kept network that has not seen one fold."""
    return load_network(dataset.WORK, f"{kind}-{fold}")


@cache
def cleaner(fold: int, kind: str, favor: str, headline: bool) -> Cleaner:
    """A cleaner with all filters, its learned one with a fold's networks."""
    named = [found for found in dechaff.filters() if found.name != "boilerplate"]
    learned = LearnedFilter(favor, headline, partial(network, fold))
    return Cleaner(filters=[*named, learned], kind=kind)  # type: ignore[arg-type]


def text_shapes(sample: Sample) -> dict[str, str]:
    """The page's text as dumps give it."""
    from bs4 import BeautifulSoup

    html = decode(sample.html).text
    return {
        "text, a block a line": "\n".join(block.text for block in read(html, kind="html").blocks),
        "text, get_text": BeautifulSoup(html, "lxml").get_text("\n", strip=True),
    }


def main() -> int:
    """Write the answers as JSON: corpus or text shape, page, text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folds", type=int, default=corpora.FOLDS, help="how many folds the networks were trained with"
    )
    parser.add_argument("--favor", default="balanced")
    parser.add_argument("--with-headline", action="store_true")
    parser.add_argument("--out", default=str(dataset.WORK / "answers.json"))
    options = parser.parse_args()
    from tqdm import tqdm

    answers: dict[str, dict[str, str]] = {}
    for name in corpora.CORPORA:
        samples = corpora.load(name)
        for sample, fold in tqdm(list(zip(samples, corpora.folds(samples, options.folds), strict=True)), desc=name):
            headline = options.with_headline
            if (dataset.WORK / f"html-{fold}.npz").exists():
                made = cleaner(fold, "html", options.favor, headline).clean(sample.html)
                answers.setdefault(name, {})[sample.id] = made
            if name == "wcxb" and (dataset.WORK / f"text-{fold}.npz").exists():
                for shape, dump in text_shapes(sample).items():
                    answers.setdefault(shape, {})[sample.id] = cleaner(fold, "text", options.favor, headline).clean(
                        dump
                    )
    with open(options.out, "w", encoding="utf-8") as file:  # noqa: PTH123  # a path from the command line
        json.dump(answers, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
