"""The quality gate: figures on real pages may not fall below their floors (`lab/floors.toml`).

`python -m lab.gate` checks, `--update` raises the floors to what is measured, `--lower` sets them to it whichever way. Without the
corpora it says so and passes. The shipped weights were trained on these very pages, so the figures say whether something broke,
not how good dechaff is on pages it never saw: for that see `docs/model-card.md`.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from typing import TYPE_CHECKING

from dechaff import Cleaner
from dechaff.page import FAMILIES
from dechaff.reading import read
from lab import corpora, labels, metrics

if TYPE_CHECKING:
    from lab.corpora import Sample

FLOORS = corpora.ROOT / "lab" / "floors.toml"
NAMED = tuple(name for name in FAMILIES if name != "boilerplate")
STEPS = {"wcxb": 12, "news": 5, "trafilatura": 8}
"""Every how many pages of a corpus one is looked at; the pages are always the same."""
WRITTEN = 4
"""Decimals of a floor."""
SLACK = 0.001
"""How far a figure may be below its floor: libraries' versions move a few words."""


def sample(name: str) -> list[Sample]:
    """The pages of one corpus that the gate looks at."""
    return corpora.load(name)[:: STEPS[name]]


def measure() -> dict[str, float]:
    """All figures, the higher the better."""
    found: dict[str, float] = {}
    pages = sample("wcxb")
    golden = [page for page in pages if page.gold is not None]
    body = Cleaner(headline=False)
    whole = Cleaner()
    found["wcxb html F1"] = _mean([metrics.word_score(body.clean(page.html), page.gold or "").f1 for page in golden])
    found["wcxb html F1, headline kept"] = _mean(
        [metrics.word_score(whole.clean(page.html), page.gold or "").f1 for page in golden]
    )
    dumps = ["\n".join(block.text for block in read(page.html, kind="html").blocks) for page in golden]
    as_text = Cleaner(kind="text", headline=False)
    found["wcxb text F1"] = _mean(
        [metrics.word_score(as_text.clean(dump), page.gold or "").f1 for dump, page in zip(dumps, golden, strict=True)]
    )
    clean_text = Cleaner(kind="text")
    found["clean text kept"] = _mean(
        [metrics.word_score(clean_text.clean(page.gold), page.gold).recall for page in golden if page.gold]
    )
    found["news html F1"] = _mean(
        [metrics.word_score(body.clean(page.html), page.gold or "").f1 for page in sample("news")]
    )
    counts = [metrics.segment_counts(body.clean(page.html), page.must, page.must_not) for page in sample("trafilatura")]
    found["trafilatura segments F"] = sum(counts[1:], counts[0]).score.f1
    found["named families, cut words not in gold"] = 1 - _wrong_share(golden)
    return found


def _wrong_share(pages: list[Sample]) -> float:
    """The share of the words that named families cut which stand in blocks of the gold text."""
    named = Cleaner(only=NAMED, kind="html")
    cut_words = wrong = 0
    for page in pages:
        blocks = read(page.html, kind="html").blocks
        if not blocks or not page.gold:
            continue
        label = labels.align([block.text for block in blocks], page.gold)
        for cut in named.explain(page.html).cuts:
            for number in range(cut.first, cut.last):
                count = len(metrics.words(cut.text if cut.start is not None else blocks[number].text))
                cut_words += count
                wrong += count * bool(label[number] >= 0.5)  # a block is gold if most of it is
    return wrong / max(cut_words, 1)


def _mean(values: list[float]) -> float:
    return sum(values) / max(len(values), 1)


def main() -> int:
    """Check, or set the floors; 1 if a figure is below its floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="raise the floors to what is measured")
    parser.add_argument(
        "--lower", action="store_true", help="set the floors to what is measured, also where it is less"
    )
    options = parser.parse_args()
    if corpora.folder() is None:
        print("quality gate: skipped, the corpora are neither in $DECHAFF_CORPORA nor in ../shared/corpora")
        return 0
    floors: dict[str, float] = tomllib.loads(FLOORS.read_text("utf-8")) if FLOORS.exists() else {}
    found = measure()
    below = [name for name, value in found.items() if value < floors.get(name, 0) - SLACK]
    for name, value in found.items():
        print(f"{name:<40} {value:.4f}   floor {floors.get(name, 0):.4f}{'   BELOW' if name in below else ''}")
    if options.update or options.lower:
        kept = {
            name: round(value if options.lower else max(value, floors.get(name, 0)), WRITTEN)
            for name, value in found.items()
        }
        FLOORS.write_text("".join(f'"{name}" = {value}\n' for name, value in kept.items()), "utf-8")
        return 0
    if below:
        print("quality gate: failed; mend it, or say why in the commit and run `python -m lab.gate --lower`")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
