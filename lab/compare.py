"""dechaff beside its peers: same pages, same metrics, one run.

`python -m lab.compare` measures what is shipped. Since that has learned from these very pages, figures that go into the
documentation come from cross-validation: `--folds FILE` takes answers that models gave for pages of sites they had not
seen (`{"wcxb": {"0001": "text", …}, "text, get_text": …}`), and `compare` takes any function from a sample to a text.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tqdm import tqdm

from lab import peers
from lab.corpora import CORPORA, ROOT, Sample, load
from lab.metrics import Score, SegmentCounts, mean, mean_of_means, segment_counts, shingle_score, word_score

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

OURS = "dechaff"


class Answers(Protocol):
    """Gives the text of a page."""

    def __call__(self, sample: Sample, /) -> str:
        """The text that is to be measured."""


@dataclass
class Tally:
    """One system on one corpus.

    Attributes:
        name: the system.
        words: word scores by page type (gold corpora).
        shingles: shingle scores (gold corpora).
        segments: the sum over the pages that have segments.
        seconds: per page.
        failures: pages on which it raised: its answer counts as empty.
    """

    name: str
    words: dict[str, list[Score]] = field(default_factory=lambda: defaultdict(list))
    shingles: list[Score] = field(default_factory=list)
    segments: SegmentCounts = field(default_factory=SegmentCounts)
    seconds: list[float] = field(default_factory=list)
    failures: int = 0

    @property
    def every_words(self) -> Score:
        """The mean over all pages."""
        return mean(score for scores in self.words.values() for score in scores)

    @property
    def milliseconds(self) -> float | None:
        """The mean time a page, None if there was no page."""
        return 1000 * sum(self.seconds) / len(self.seconds) if self.seconds else None


@dataclass(frozen=True)
class Comparison:
    """All systems on one corpus or on one shape of its text, best first."""

    corpus: str
    pages: int
    tallies: tuple[Tally, ...]
    absent: tuple[peers.Absent, ...]
    settings: tuple[tuple[str, str], ...]


def sampled(samples: Sequence[Sample], count: int | None) -> list[Sample]:
    """The same `count` pages each time, spread over the whole corpus by a hash of their ids; all if None."""
    if count is None or count >= len(samples):
        return list(samples)
    order = sorted(samples, key=lambda sample: hashlib.blake2b(sample.id.encode(), digest_size=8).digest())
    return sorted(order[:count], key=lambda sample: sample.id)


def shipped(**options: Any) -> Answers:
    """What the package answers: one call from bytes to text, with the given options."""
    import dechaff

    def answer(sample: Sample, /) -> str:
        return str(dechaff.clean(sample.html, **options))

    return answer


def shipped_text(texts: Mapping[str, str], **options: Any) -> Answers:
    """What the package answers for the pages' text (sample id → text), without their markup."""
    import dechaff

    def answer(sample: Sample, /) -> str:
        return str(dechaff.clean(texts[sample.id], kind="text", **options))

    return answer


def from_file(path: Path, corpus: str) -> Answers | None:
    """Answers that were written down, None if the file has none for the corpus. A page that is not in it is an error."""
    known: dict[str, str] | None = json.loads(path.read_text("utf-8")).get(corpus)
    if known is None:
        return None

    def answer(sample: Sample, /) -> str:
        return known[sample.id]

    return answer


def compare(
    samples: Sequence[Sample],
    systems: Mapping[str, Answers],
    *,
    clocks: Mapping[str, Answers] | None = None,
    title: str = "",
) -> list[Tally]:
    """Run every system on every page and count.

    Page by page, all systems one after the other, beginning with another one on each page, so that a busy minute of
    the machine falls on all of them. The first page is run once before, because some load their data at the first call.

    Args:
        samples: the pages.
        systems: name → answers.
        clocks: for systems whose answers come from a file, what is timed in their place.
        title: for the progress bar, on stderr.
    """
    timed = {**systems, **(clocks or {})}
    tallies = {name: Tally(name) for name in systems}
    names = list(systems)
    for name in names if samples else ():
        _answer(timed[name], samples[0])
    for turn, sample in enumerate(tqdm(samples, desc=title, unit="page", file=sys.stderr)):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            tally = tallies[name]
            began = time.perf_counter()
            answer = _answer(timed[name], sample)
            tally.seconds.append(time.perf_counter() - began)
            if timed[name] is not systems[name]:
                answer = _answer(systems[name], sample)
            if answer is None:
                tally.failures += 1
            _count(tally, sample, answer or "")
    return sorted(tallies.values(), key=_rank, reverse=True)


def _answer(system: Answers, sample: Sample) -> str | None:
    try:
        return system(sample)
    except KeyError:
        raise  # a page without a written answer must not count as a failure of the method
    except Exception:  # noqa: BLE001  whatever a peer raises on a page, its answer to it is none
        return None


def _count(tally: Tally, sample: Sample, answer: str) -> None:
    if sample.gold is not None:
        tally.words[sample.page_type].append(word_score(answer, sample.gold))
        tally.shingles.append(shingle_score(answer, sample.gold))
    if sample.must or sample.must_not:
        tally.segments += segment_counts(answer, sample.must, sample.must_not)


def _rank(tally: Tally) -> float:
    return tally.every_words.f1 if tally.words else tally.segments.score.f1


def compare_html(
    corpus: str, samples: Sequence[Sample], ours: Mapping[str, Answers], *, clock: Answers | None = None
) -> Comparison:
    """Ours, in one or several settings, beside all extractors."""
    others = peers.html_peers(corpus)
    systems = dict(ours)
    systems |= {peer.name: _on_html(peer) for peer in others.present}
    tallies = compare(samples, systems, clocks=dict.fromkeys(ours, clock) if clock else None, title=corpus)
    return Comparison(corpus, len(samples), tuple(tallies), others.absent, _settings(others))


def compare_text(
    shape: str,
    samples: Sequence[Sample],
    texts: Mapping[str, str],
    ours: Mapping[str, Answers],
    *,
    clock: Answers | None = None,
) -> Comparison:
    """Ours beside the line cleaners, on the pages' text (sample id → text) in one shape."""
    others = peers.text_peers()
    systems = dict(ours)
    systems |= {peer.name: _on_text(peer, texts) for peer in others.present}
    tallies = compare(samples, systems, clocks=dict.fromkeys(ours, clock) if clock else None, title=shape)
    return Comparison(shape, len(samples), tuple(tallies), others.absent, _settings(others))


def _settings(found: peers.Peers[Any]) -> tuple[tuple[str, str], ...]:
    return tuple((peer.name, f"{peer.version}: {peer.setting}".lstrip(": ")) for peer in found.present)


def _on_html(peer: peers.Peer[bytes]) -> Answers:
    def answer(sample: Sample, /) -> str:
        return peer.run(sample.html)

    return answer


def _on_text(peer: peers.Peer[str], texts: Mapping[str, str]) -> Answers:
    def answer(sample: Sample, /) -> str:
        return peer.run(texts[sample.id])

    return answer


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _figure(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def markdown(comparisons: Sequence[Comparison]) -> str:
    """The tables, the settings, and who could not be measured."""
    parts = [
        "# Comparison",
        "Written by `python -m lab.compare`; what the figures mean is in `lab/metrics.py`. Cross-validated answers are timed by the shipped network.",
        f"Python {platform.python_version()}, {platform.machine()}, one process; mean times, systems interleaved.",
    ]
    for comparison in comparisons:
        parts.append(f"## {comparison.corpus}: {comparison.pages} pages")
        parts.append(_quality(comparison))
        kinds = sorted({kind for tally in comparison.tallies for kind in tally.words})
        if len(kinds) > 1:
            parts.append("Word F1 by page type:")
            counted = comparison.tallies[0].words
            head = ["", *(f"{kind} ({len(counted[kind])})" for kind in kinds)]
            rows = [
                [tally.name, *(_figure(mean(tally.words[kind]).f1) for kind in kinds)] for tally in comparison.tallies
            ]
            parts.append(_table(head, rows))
        if comparison.absent:
            missing = "; ".join(f"{absent.name} ({absent.reason})" for absent in comparison.absent)
            parts.append(f"Not measured: {missing}.")
        parts.append("\n".join(f"- {name} {setting}" for name, setting in comparison.settings))
    return "\n\n".join(parts) + "\n"


def _quality(comparison: Comparison) -> str:
    has_words = any(tally.words for tally in comparison.tallies)
    has_segments = any(tally.segments != SegmentCounts() for tally in comparison.tallies)
    head = [""]
    if has_words:
        head += ["word F1", "precision", "recall", "shingle F1"]
    if has_segments:
        head += ["segments F", "found", "leaked"]
    head += ["ms a page", "failed"]
    rows: list[list[str]] = []
    for tally in comparison.tallies:
        row = [tally.name]
        if has_words:
            score = tally.every_words
            row += [_figure(score.f1), _figure(score.precision), _figure(score.recall)]
            row.append(_figure(mean_of_means(tally.shingles).f1))
        if has_segments:
            counts = tally.segments
            wanted, unwanted = counts.found + counts.missed, counts.wrong + counts.avoided
            row += [_figure(counts.score.f1), _share(counts.found, wanted), _share(counts.wrong, unwanted)]
        rows.append([*row, _figure(tally.milliseconds, 1), str(tally.failures)])
    return _table(head, rows)


def _share(part: int, whole: int) -> str:
    return _figure(part / whole if whole else None)


def plot(comparison: Comparison, path: Path) -> None:
    """Quality against time, each system a point, as SVG; the same figures give the same bytes."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = OURS
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7.5, 4.5), layout="constrained")
    for tally in comparison.tallies:
        if tally.milliseconds is None:
            continue
        mine = tally.name.startswith(OURS)
        axes.scatter(tally.milliseconds, _rank(tally), s=60 if mine else 32, color="#0b6e4f" if mine else "#8a8f98")
        axes.annotate(
            tally.name,
            (tally.milliseconds, _rank(tally)),
            xytext=(6, 3),
            textcoords="offset points",
            fontsize=9,
            fontweight="bold" if mine else "normal",
        )
    axes.set_xscale("log")
    axes.set_xlabel("milliseconds a page (logarithmic)")
    axes.set_ylabel("word F1" if any(tally.words for tally in comparison.tallies) else "segments F")
    axes.set_title(f"{comparison.corpus}, {comparison.pages} pages", fontsize=11)
    axes.margins(x=0.18, y=0.1)
    axes.grid(visible=True, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="svg", metadata={"Date": None})
    plt.close(figure)


def answered(samples: Sequence[Sample], path: Path | None, key: str) -> list[Sample]:
    """The pages that a file of cross-validated answers has an answer for; all of them without one."""
    if path is None:
        return list(samples)
    there = json.loads(path.read_text("utf-8")).get(key, {})
    return [sample for sample in samples if sample.id in there]


def main() -> int:
    """Compare dechaff with its peers; writes docs/comparison.md and one SVG a corpus."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--corpus", action="append", choices=CORPORA, help="may be given several times; default all")
    parser.add_argument("--sample", type=int, metavar="N", help="only N pages of each corpus")
    parser.add_argument(
        "--folds", type=Path, metavar="FILE", help="cross-validated answers instead of the shipped model"
    )
    parser.add_argument("--no-text", action="store_true", help="leave out the comparison on bare text")
    parser.add_argument("--peers-only", action="store_true", help="leave out dechaff")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="where the table and the plots go")
    options = parser.parse_args()
    comparisons: list[Comparison] = []
    for corpus in options.corpus or CORPORA:
        samples = sampled(load(corpus), options.sample)
        written = from_file(options.folds, corpus) if options.folds else None
        samples = answered(samples, options.folds, corpus)
        ours: dict[str, Answers] = {}
        if written:
            ours = {f"{OURS} (cross-validated)": written}
        elif not options.peers_only:
            ours = {OURS: shipped(), f"{OURS} headline=False": shipped(headline=False)}
        comparisons.append(compare_html(corpus, samples, ours, clock=shipped(headline=False) if written else None))
    if not options.no_text and "wcxb" in (options.corpus or CORPORA):
        for shape, make in (("text, a block a line", peers.whole_text), ("text, get_text", peers.whole_get_text)):
            samples = answered(sampled(load("wcxb"), options.sample), options.folds, shape)
            texts = {sample.id: make(sample.html) for sample in samples}
            written = from_file(options.folds, shape) if options.folds else None
            ours = {}
            if written:
                ours = {f"{OURS} (cross-validated)": written}
            elif not options.peers_only:
                ours = {OURS: shipped_text(texts), f"{OURS} headline=False": shipped_text(texts, headline=False)}
            comparisons.append(
                compare_text(
                    shape, samples, texts, ours, clock=shipped_text(texts, headline=False) if written else None
                )
            )
    options.out.mkdir(parents=True, exist_ok=True)
    report = markdown(comparisons)
    (options.out / "comparison.md").write_text(report, "utf-8")
    print(report)
    for comparison in comparisons:
        if comparison.corpus in CORPORA:
            plot(comparison, options.out / f"comparison-{comparison.corpus}.svg")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core each, so that times compare
    raise SystemExit(main())
