"""How much of the chaff among an article's blocks goes: `python -m lab.recall`.

`labelled.csv` holds short blocks (at most 200 characters) that a person read together with their neighbours: page, block
number, family or "none", a hash of the text, and not the text. It was drawn by a seeded hash, three blocks a page and one
page a site, from what lies between the first and the last block of the gold text and is not in it (WCXB and news), and
one block a site from the segments that trafilatura's pages must not have, most of which are German.

What a person names, and so what counts:

- the families as `filters/__init__.py` sums them up; what is not one of them is "none" however useless it is: dates, a
  shop's buttons, facts and facets, a forum's counts and user names, the call to hire the firm whose page it is;
- a table of contents is a part of its article; a caption is content, a line that holds nothing but its credit is not;
- "Buy on Acme" in a review is an ad, "Add to cart" in a shop is not; "Start free trial" is a subscription prompt.

Where a block is named for its own words ("Share on Acme"), its evidence is "words"; where only its surroundings tell (a
linked title under "Related", a bare name below a headline), it is "place". Named filters are made for the first; the
second is what the learned filter is for. The sample is in two halves by site: gaps are mended by looking at the half
"seen" and never at the other, whose figures say how it goes on pages that nobody looked at.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dechaff.content.boilerplate import LearnedFilter
from dechaff.cutting import apply_cuts
from dechaff.filters import REGISTRY
from dechaff.page import FAMILIES
from dechaff.reading import read
from lab import corpora, crossval

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dechaff.page import Page
    from lab.corpora import Sample

LABELLED = Path(__file__).with_name("labelled.csv")

NONE = "none"
"""The family of a block that a person would not call one of the families."""

NAMED = FAMILIES[:-1]

TARGET = 0.9
"""The lowest share of the named blocks that may go, over all families."""

_HALVES = ("seen", "unseen")


@dataclass(frozen=True, slots=True)
class Label:
    """One block that a person named.

    Attributes:
        corpus, page: the page.
        block: its number in `read(html).blocks`, when it was labelled.
        family: what a person called it, `NONE` for none of the families.
        evidence: "words" or "place": what it was named for; "" for `NONE`.
        hash: of its text, to notice that the reader numbers the blocks otherwise now.
    """

    corpus: str
    page: str
    block: int
    family: str
    evidence: str
    hash: str


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one labelled block.

    Attributes:
        label: the label.
        half: which half of the sample its site is in.
        text: the block.
        named: the named filters take all of it.
        any: all filters together do.
    """

    label: Label
    half: str
    text: str
    named: bool
    any: bool


def hash_of(text: str) -> str:
    """The hash that a label keeps of a block's text.

    >>> hash_of("Share")
    '73e70a5b'
    """
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def read_labels(path: Path = LABELLED) -> list[Label]:
    """The labels in the file.

    Raises:
        ValueError: a line names a family or a kind of evidence that there is not.
    """
    labels = []
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            label = Label(row["corpus"], row["page"], int(row["block"]), row["family"], row["evidence"], row["hash"])
            if label.family not in (*NAMED, NONE) or label.evidence not in ("", "words", "place"):
                raise ValueError(f"{path.name}: {label}")
            labels.append(label)
    return labels


def place_of(label: Label, page: Page) -> int | None:
    """The labelled block's number now: where it was, else the nearest block with the same text; None if there is none."""
    same = [block.index for block in page.blocks if hash_of(block.text) == label.hash]
    return min(same, key=lambda index: abs(index - label.block)) if same else None


def look(sample: Sample, labels: Iterable[Label], *, unseen: bool = False) -> list[Found]:
    """Run the filters over one page and see which of its labelled blocks go. A block that is gone from the page is left out.

    With `unseen` the learned filter is that of the fold which held the page's site out (`lab.train --save`).
    """
    page = read(sample.html, kind="html", url=sample.url or None)
    filters = dict(REGISTRY)
    if unseen:
        filters["boilerplate"] = LearnedFilter(
            load=partial(crossval.network, corpora.folds([sample], corpora.FOLDS)[0])
        )
    cuts = {name: list(found.find(page)) for name, found in filters.items()}
    named = apply_cuts(page, [cut for name in NAMED if name in cuts for cut in cuts[name]])
    every = apply_cuts(page, [cut for found in cuts.values() for cut in found])
    half = _HALVES[corpora.folds([sample], 2)[0]]
    result = []
    for label in labels:
        place = place_of(label, page)
        if place is not None:
            text = page.blocks[place].text
            result.append(Found(label, half, text, not named.pieces[place], not every.pieces[place]))
    return result


def look_at_all(labels: Sequence[Label], *, unseen: bool = False) -> list[Found]:
    """`look` at every page that has labels."""
    wanted: dict[tuple[str, str], list[Label]] = defaultdict(list)
    for label in labels:
        wanted[label.corpus, label.page].append(label)
    names = sorted({corpus for corpus, _ in wanted})
    samples = [sample for name in names for sample in corpora.load(name) if (name, sample.id) in wanted]
    return [found for sample in samples for found in look(sample, wanted[sample.corpus, sample.id], unseen=unseen)]


def _line(name: str, found: Sequence[Found]) -> str:
    words = [each for each in found if each.label.evidence == "words"]
    parts = (
        f"{len(group):6} {sum(each.named for each in group) / len(group):7.1%} "
        f"{sum(each.any for each in group) / len(group):7.1%}"
        if group
        else f"{0:6} {'':7} {'':7}"
        for group in (found, words)
    )
    return f"{name:22} {'   '.join(parts)}"


def table(found: Sequence[Found]) -> str:
    """The shares that go, as text: by family, half and corpus."""
    chaff = [each for each in found if each.label.family != NONE]
    lines = [
        f"{'':22} {'all':>6} {'':7} {'':7}   {'words':>6}",
        f"{'family':22} {'blocks':>6} {'named':>7} {'filters':>7}   {'blocks':>6} {'named':>7} {'filters':>7}",
    ]
    lines += [_line(name, [each for each in chaff if each.label.family == name]) for name in NAMED]
    lines += [_line(half, [each for each in chaff if each.half == half]) for half in _HALVES]
    names = sorted({each.label.corpus for each in chaff})
    lines += [_line(name, [each for each in chaff if each.label.corpus == name]) for name in names]
    lines += [_line("all", chaff), _line("none of the families", [each for each in found if each.label.family == NONE])]
    return "\n".join(lines)


def main() -> int:
    """Measure how much of the labelled chaff goes; 1 if it is less than the target, 2 if there are no pages."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--misses", action="store_true", help="list what no named filter takes, of the half that is seen"
    )
    parser.add_argument(
        "--unseen",
        action="store_true",
        help="with the networks that have not seen the pages, kept by `lab.train --save`",
    )
    options = parser.parse_args()
    if corpora.folder() is None:
        print("no corpora: run `make corpora`, or name their folder in $DECHAFF_CORPORA", file=sys.stderr)
        return 2
    labels = read_labels()
    found = look_at_all(labels, unseen=options.unseen)
    print(table(found))
    if len(found) < len(labels):
        print(f"\n{len(labels) - len(found)} of {len(labels)} labelled blocks are not on their pages any more")
    if options.misses:
        for each in sorted(found, key=lambda each: (each.label.evidence == "place", each.label.family)):
            if each.half == _HALVES[0] and each.label.family != NONE and not each.named:
                where = f"{each.label.corpus}/{each.label.page}:{each.label.block}"
                print(f"{each.label.family} {each.label.evidence} {'' if each.any else 'STAYS '}{where}  {each.text}")
    chaff = [each for each in found if each.label.family != NONE]
    return 0 if sum(each.any for each in chaff) >= TARGET * len(chaff) else 1


if __name__ == "__main__":
    raise SystemExit(main())
