"""What knowing the site brings: pages of the corpora with one other page of their site, and made-up sites with a known truth.

`python -m lab.sites` measures the corpora with the networks that have not seen the site (`lab.train --save`), `--shipped` with the
one that ships; `--room` says what one other page could bring at most; `--made` measures the made-up sites, `--many N` the time and
memory of learning N pages.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

import dechaff
from dechaff import Cleaner, SiteProfile
from dechaff.content.boilerplate import LearnedFilter
from dechaff.content.network import network as shipped_network
from dechaff.reading import read
from dechaff.sites.lines import near, places_of, shown
from lab import corpora, crossval, dataset, labels
from lab.made_sites import TEMPLATES, made_site, repeated
from lab.metrics import folded, word_score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from dechaff.content.network import Network
    from dechaff.page import Page, SourceKind
    from lab.corpora import Sample
    from lab.made_sites import MadePage

FALL = 0.02
"""No page may lose more."""


PURE = 0.05
"""A place with less of the other sort than this held chaff only, or content only."""


@dataclass(frozen=True)
class Change:
    """The word F1 of one page without and with what is known of its site.

    Attributes:
        room: what it would gain beyond `after` if something were put right (`room`).
    """

    sample: Sample
    before: float
    after: float
    room: dict[str, float] = field(default_factory=dict)

    @property
    def rise(self) -> float:
        """Negative for a page that fell."""
        return self.after - self.before


def pairs(samples: list[Sample]) -> Iterator[tuple[Sample, Sample]]:
    """Each page of a site with several, and the next page of that site."""
    sites: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.site and sample.gold:
            sites[sample.site].append(sample)
    for of_site in sites.values():
        for number, sample in enumerate(of_site):
            other = of_site[(number + 1) % len(of_site)]
            if other is not sample:
                yield sample, other


def changes(
    samples: list[Sample], shape: str, network: Callable[[Sample, str], Network | None], most: int | None = None
) -> list[Change]:
    """Clean each page without and with a profile of one other page of its site."""
    kind: SourceKind = "html" if shape == "html" else "text"
    named = [found for found in dechaff.filters() if found.name != "boilerplate"]
    found: list[Change] = []
    for sample, other in pairs(samples):
        chosen = network(sample, kind)
        if chosen is None or (most is not None and len(found) >= most):
            continue
        sources = [page.html if shape == "html" else crossval.text_shapes(page)[shape] for page in (sample, other)]
        learned = LearnedFilter("balanced", headline=False, load=partial(_given, chosen))
        profile = SiteProfile()
        known = read(sources[1], kind=kind)
        profile.update(known, network=chosen)
        filters = [*named, learned]
        before = Cleaner(filters, kind=kind, headline=False).clean(sources[0])
        cleaned = Cleaner(filters, kind=kind, headline=False, site=profile).explain(sources[0])
        gold = sample.gold or ""
        change = Change(sample, word_score(before, gold).f1, word_score(cleaned.text, gold).f1)
        change.room.update(
            room(read(sources[0], kind=kind), {block.index for block in cleaned.kept}, gold, known, other.gold or "")
        )
        found.append(change)
    return found


def room(page: Page, kept: set[int], gold: str, other: Page, other_gold: str) -> dict[str, float]:
    """What the page's word F1 would gain if somebody who knows both pages' gold texts put something right."""
    texts = [block.text for block in page.blocks]
    content = labels.align(texts, gold) >= 0.5 if texts else np.empty(0, np.bool_)
    stays = np.array([number in kept for number in range(len(texts))], dtype=np.bool_)
    elsewhere = {near(shown(block.text)) for block in other.blocks}
    recurs = np.array([near(shown(text)) in elsewhere for text in texts], dtype=np.bool_)
    told = _told_by_place(page, stays, other, other_gold)

    def score(keep: NDArray[np.bool_]) -> float:
        return word_score("\n".join(text for text, one in zip(texts, keep.tolist(), strict=True) if one), gold).f1

    now = score(stays)
    return {
        "chaff that recurs went": score(stays & (content | ~recurs)) - now,
        "the other chaff went": score(stays & (content | recurs)) - now,
        "all content stayed": score(stays | content) - now,
        "what its place held there decided": score(told) - now,
    }


def _told_by_place(page: Page, stays: NDArray[np.bool_], other: Page, other_gold: str) -> NDArray[np.bool_]:
    """Which blocks stay if those of a place that held nothing but chaff, or but content, on the other page are as it was."""
    out = stays.copy()
    if not page.boxes or not other.blocks:
        return out
    held: dict[str, list[tuple[float, int]]] = defaultdict(list)
    texts = [block.text for block in other.blocks]
    for place, label, text in zip(places_of(other), labels.align(texts, other_gold).tolist(), texts, strict=True):
        held[place].append((label * len(text), len(text)))
    for number, place in enumerate(places_of(page)):
        if place in held:
            share = sum(one for one, _ in held[place]) / max(1, sum(length for _, length in held[place]))
            if min(share, 1 - share) <= PURE:
                out[number] = share > PURE
    return out


def _given(network: Network, kind: str) -> Network:
    del kind
    return network


def _of_fold(sample: Sample, kind: str) -> Network | None:
    """The network that has not seen the sample's site, if it was saved."""
    fold = corpora.folds([sample], corpora.FOLDS)[0]
    return crossval.network(fold, kind) if (dataset.WORK / f"{kind}-{fold}.npz").exists() else None


def _shipped(sample: Sample, kind: str) -> Network | None:
    del sample
    return shipped_network(kind)


def describe(name: str, found: list[Change]) -> str:
    """One line of figures, and the pages that fell too far."""
    if not found:
        return f"{name}: no pages"
    rise = sum(change.rise for change in found) / len(found)
    before = sum(change.before for change in found) / len(found)
    fallen = sorted((change for change in found if change.rise < -FALL), key=lambda change: change.rise)
    risen = sum(change.rise > FALL for change in found)
    line = f"{name}: {len(found)} pages, word F1 {before:.4f} → {before + rise:.4f} ({rise:+.4f}), {risen} rise and {len(fallen)} fall by more than {FALL}"
    return "\n".join([line, *(f"    {change.rise:+.3f} {change.sample.url}" for change in fallen)])


def describe_room(found: list[Change]) -> str:
    """What could be gained beyond that at most, each by itself."""
    names = found[0].room if found else ()
    return "\n".join(f"    {sum(one.room[name] for one in found) / len(found):+.4f} if {name}" for name in names)


@dataclass
class Made:
    """How a made-up site came out: what of its template stayed, and which content went, with the page's address."""

    left: list[tuple[str, str]]
    lost: list[tuple[str, str]]


def clean_made(pages: list[MadePage], profile: SiteProfile | None) -> Made:
    """Clean a made-up site and look for the texts that should have gone and those that should have stayed."""
    cleaner = Cleaner(site=profile, kind="html")
    recurring = repeated(pages)
    made = Made([], [])
    for page in pages:
        text = folded(cleaner.clean(page.html))
        content = folded(" ".join(page.content))
        made.left += [
            (page.url, wanted)
            for wanted in page.template
            if wanted in recurring and folded(wanted) in text and folded(wanted) not in content
        ]
        made.lost += [(page.url, wanted) for wanted in page.content if folded(wanted) not in text]
    return made


def _many(count: int) -> None:
    """Time and memory of cleaning and of learning so many pages, made as they are needed; processor time."""
    names = list(TEMPLATES)

    def sources() -> Iterator[str]:
        for number in range(count):
            yield made_site(names[number % len(names)], 1, seed=number)[0].html

    start = time.process_time()
    for _ in sources():
        pass
    making = time.process_time() - start
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    profile = SiteProfile.learn(sources())
    learning = time.process_time() - start - making
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cleaner = Cleaner()
    start = time.process_time()
    for source in sources():
        cleaner.clean(source)
    cleaning = time.process_time() - start - making
    print(
        f"{count} pages: learned in {learning:.1f} s, cleaned in {cleaning:.1f} s ({learning / cleaning:.2f} times), at most "
        f"{memory / 1024:.0f} MB in all ({before / 1024:.0f} before); the file has {len(profile.as_json()) / 1e6:.1f} MB"
    )


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shipped", action="store_true", help="the network that ships, which has seen the corpora")
    parser.add_argument("--corpus", action="append", choices=("news", "wcxb"), help="default: news")
    parser.add_argument("--most", type=int, metavar="N", help="only the first N pages")
    parser.add_argument("--room", action="store_true", help="also what one other page could bring at most")
    parser.add_argument("--made", action="store_true", help="the made-up sites")
    parser.add_argument("--many", type=int, metavar="N", help="time and memory of learning N made-up pages")
    options = parser.parse_args()
    if options.many:
        _many(options.many)
        return 0
    if options.made:
        for name in TEMPLATES:
            pages = made_site(name, 12)
            profile = SiteProfile.learn(page.html for page in pages)
            for known, label in ((None, "not known"), (profile, "known")):
                made = clean_made(pages, known)
                print(f"{name}, {label}: {len(made.left)} recurring texts left, {len(made.lost)} texts lost")
                if known:
                    for url, text in [*made.left[:12], ("", "--- lost"), *made.lost[:12]]:
                        print(f"    {url} {text[:90]}")
        return 0
    for corpus in options.corpus or ["news"]:
        samples = corpora.load(corpus)
        for shape in ("html", "text, a block a line", "text, get_text"):
            found = changes(samples, shape, _shipped if options.shipped else _of_fold, options.most)
            print(describe(f"{corpus}, {shape}", found), flush=True)
            if options.room:
                print(describe_room(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
