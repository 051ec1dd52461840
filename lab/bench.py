"""How fast dechaff is, beside its peers: `python -m lab.bench`, which writes `docs/benchmarks.md`.

Machines differ and are noisy, so what counts are ratios: each page is taken by every system in turn, several rounds long, in
one process on one core, and of each system and page the fastest round counts. A ratio's spread is that of the same ratio
over parts of the pages (the mean of each of ten parts: lowest and highest).
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # one core each, so that times compare; numpy reads it when it is imported

import numpy as np
from lxml import html as lxml_html

from lab import peers
from lab.corpora import CORPORA, ROOT, load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

OURS = "dechaff"
NAMED = "dechaff, named filters only"
PARSE = "lxml parse alone"
PARTS = 10


@dataclass(frozen=True)
class Times:
    """One system's fastest time for each page.

    Attributes:
        name: the system.
        seconds: shape (pages,).
    """

    name: str
    seconds: np.ndarray

    def ratio(self, other: Times) -> tuple[float, float, float]:
        """This system's mean time over the other's, and the lowest and the highest over `PARTS` parts of the pages."""
        parts = [
            float(self.seconds[part::PARTS].mean() / other.seconds[part::PARTS].mean())
            for part in range(min(PARTS, len(self.seconds)))
        ]
        return float(self.seconds.mean() / other.seconds.mean()), min(parts), max(parts)


def measure(systems: Mapping[str, Callable[[Any], object]], sources: Sequence[Any], rounds: int) -> list[Times]:
    """Time every system on every source, interleaved: a slow moment of the machine strikes all alike."""
    from tqdm import tqdm

    best = np.full((len(systems), len(sources)), np.inf)
    for name, run in systems.items():
        run(sources[0])
        gc.collect()
        del name
    gc.disable()
    try:
        for number, source in enumerate(tqdm(sources, mininterval=5)):
            for _ in range(rounds):
                for place, run in enumerate(systems.values()):
                    start = time.perf_counter()
                    run(source)
                    best[place, number] = min(best[place, number], time.perf_counter() - start)
            gc.collect(1)
    finally:
        gc.enable()
    return [Times(name, best[place]) for place, name in enumerate(systems)]


def html_systems() -> dict[str, Callable[[bytes], object]]:
    """Ours and the peers, each given the served bytes."""
    from dechaff import Cleaner

    ours = Cleaner(kind="html")
    named = Cleaner(kind="html", without="boilerplate")
    wanted = ("trafilatura", "trafilatura fast", "resiliparse", "readability-lxml", "jusText")
    systems: dict[str, Callable[[bytes], object]] = {
        OURS: ours.clean,
        NAMED: named.clean,
        PARSE: lambda data: lxml_html.document_fromstring(peers.decoded(data).encode()),
    }
    systems |= {peer.name: peer.run for peer in peers.html_peers("wcxb", wanted).present}
    return systems


def text_systems() -> dict[str, Callable[[str], object]]:
    """Ours and the line rules, each given the page's text."""
    from dechaff import Cleaner

    systems: dict[str, Callable[[str], object]] = {
        OURS: Cleaner(kind="text").clean,
        NAMED: Cleaner(kind="text", without="boilerplate").clean,
    }
    systems |= {peer.name: peer.run for peer in peers.text_peers(("C4 line rules",)).present}
    return systems


def _percentile(times: Times, share: float) -> float:
    return float(np.quantile(times.seconds, share)) * 1000


def table(times: Sequence[Times], against: Sequence[str], sizes: Sequence[int]) -> str:
    """Milliseconds, megabytes a second, and our ratio to each of `against`, as Markdown."""
    by_name = {one.name: one for one in times}
    lines = [
        "| | mean ms | p50 | p99 | MB/s | dechaff takes (over parts of the pages) |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for one in times:
        ratio = "–"
        if one.name in against:
            mean, low, high = by_name[OURS].ratio(one)
            ratio = f"{mean:.2f} times ({low:.2f} to {high:.2f})"
        speed = sum(sizes) / one.seconds.sum() / 1e6
        lines.append(
            f"| {one.name} | {one.seconds.mean() * 1000:.2f} | {_percentile(one, 0.5):.2f} | {_percentile(one, 0.99):.2f}"
            f" | {speed:.1f} | {ratio} |"
        )
    return "\n".join(lines)


SHAPES: dict[str, Callable[[int], str]] = {
    "an article again and again": lambda size: _page(
        "<p>A sentence of the story, with a comma and an end.</p>\n", size
    ),
    "many small blocks": lambda size: _page("<li><a href='/x'>Menu item</a></li>", size),
    "one long line": lambda size: f"<p>{'word and word, ' * (size // 15)}</p>",
    "nested 200 deep": lambda size: _page("<div>" * 200 + "<p>A sentence of the story.</p>" + "</div>" * 200, size),
    "many attributes": lambda size: _page(f"<div {' '.join(f'data-a{n}=x' for n in range(60))}>A line.</div>", size),
    "text, a line a sentence": lambda size: "A sentence of the story, with a comma and an end.\n" * (size // 50),
}
"""Pages of one shape and any size in bytes, made for the growth measurement."""


def _page(piece: str, size: int) -> str:
    return f"<!doctype html><html><body>{piece * max(1, size // len(piece))}</body></html>"


def growth(sizes: Sequence[int], rounds: int = 3) -> dict[str, list[tuple[int, float]]]:
    """Seconds for each shape at each size in bytes, the fastest of some rounds."""
    from dechaff import Cleaner

    cleaner = Cleaner()
    found: dict[str, list[tuple[int, float]]] = {}
    gc.collect()
    gc.freeze()  # the collector would go through all that the peers left in memory, the more often the larger a page is
    for name, make in SHAPES.items():
        for size in sizes:
            source = make(size)
            best = min(_seconds(lambda: cleaner.clean(source)) for _ in range(rounds))  # noqa: B023
            found.setdefault(name, []).append((len(source), best))
            print(f"{name:<28} {len(source) / 1e6:8.2f} MB {best:8.3f} s", file=sys.stderr, flush=True)
    gc.unfreeze()
    return found


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _growth_table(found: Mapping[str, list[tuple[int, float]]]) -> str:
    sizes = [size for size, _ in next(iter(found.values()))]
    lines = [
        f"| | {' | '.join(f'{size / 1e6:.2g} MB' for size in sizes)} | for twice the size, at most |",
        "| --- |" + " ---: |" * (len(sizes) + 1),
    ]
    for name, times in found.items():
        worst = max(
            (later / max(earlier, 1e-9)) ** (1 / np.log2(bigger / smaller))
            for (smaller, earlier), (bigger, later) in pairwise(times)
        )
        lines.append(f"| {name} | {' | '.join(f'{seconds:.3f} s' for _, seconds in times)} | {worst:.2f} times |")
    return "\n".join(lines)


_PEAK = """
import sys
def resident():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
data = open(sys.argv[1], "rb").read()
import dechaff
dechaff.clean("<p>One.</p>" * 10)
before = resident()
dechaff.clean(data, kind="html")
print(before, resident())
"""


def made_page(size: int) -> bytes:
    """A page of one short paragraph again and again: few bytes a block, the most memory for its size."""
    return SHAPES["an article again and again"](size).encode()


def real_page(size: int) -> bytes:
    """The bodies of real pages one after another, up to a size."""
    bodies: list[bytes] = []
    length = 0
    for sample in load("wcxb"):
        found = re.search(rb"<body\b[^>]*>(.*)</body>", sample.html, re.DOTALL | re.IGNORECASE)
        if found is None or "\ufffd" in found[1].decode("utf-8", "replace"):
            continue
        bodies.append(found[1][: size - length])
        length += len(bodies[-1])
        if length >= size:
            break
    return b"<!doctype html><html><body>" + b"".join(bodies) + b"</body></html>"


def memory(make: Callable[[int], bytes], sizes: Sequence[int], folder: Path) -> list[tuple[int, int, int]]:
    """For pages of these sizes: bytes of the page, resident bytes before it, peak while it is cleaned; a process each."""
    found = []
    for size in sizes:
        path = folder / "page.html"
        path.write_bytes(make(size))
        done = subprocess.run([sys.executable, "-c", _PEAK, str(path)], capture_output=True, check=True, text=True)  # noqa: S603  # ourselves
        before, peak = map(int, done.stdout.split())
        found.append((path.stat().st_size, before * 1024, peak * 1024))
        path.unlink()
    return found


def _wall(command: Sequence[str], data: bytes, environment: Mapping[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, input=data, capture_output=True, check=True, env=environment)  # noqa: S603  # as below
    return time.perf_counter() - start


def cold(data: bytes, rounds: int = 15) -> dict[str, float]:
    """The fastest wall time in seconds of whole commands, interleaved: start, one page, end."""
    python = sys.executable
    commands = {
        "`dechaff`": [python, "-m", "dechaff.cli"],
        "`trafilatura`": [python, "-m", "trafilatura.cli"],
        "`import lxml.html`": [python, "-c", "import lxml.html"],
        "`import dechaff`": [python, "-c", "import dechaff"],
    }
    best = dict.fromkeys(commands, float("inf"))
    with tempfile.TemporaryDirectory() as folder:
        # All start from byte code, as after an installation, whatever lies beside the sources here.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in range(rounds):
            for name, command in commands.items():
                best[name] = min(best[name], _wall(command, data, environment))
    return best


def plot(times: Sequence[Times], path: Path) -> None:
    """The mean time of each system as bars, relative to the parse alone, as SVG."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = OURS
    import matplotlib.pyplot as plt

    base = next(one for one in times if one.name == PARSE).seconds.mean()
    ranked = sorted(times, key=lambda one: one.seconds.mean())
    figure, axes = plt.subplots(figsize=(7.5, 3.2), layout="constrained")
    values = [one.seconds.mean() / base for one in ranked]
    colours = ["#0b6e4f" if one.name.startswith(OURS) else "#8a8f98" for one in ranked]
    bars = axes.barh([one.name for one in ranked], values, color=colours)
    axes.bar_label(bars, fmt="%.1f", padding=3, fontsize=9)
    axes.set_xlabel("time a page, in times of the parse alone")
    axes.margins(x=0.12)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="svg", metadata={"Date": None})
    plt.close(figure)


def main() -> int:
    """Measure, and write docs/benchmarks.md with its plot."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--pages", type=int, default=150, help="pages of each corpus, evenly spaced (default: 150)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the fastest counts (default: 3)")
    parser.add_argument(
        "--largest", type=float, default=20, help="the largest page of the growth table, MB (default: 20)"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="where the page and the plot go")
    options = parser.parse_args()
    parts = [
        "# Benchmarks",
        f"""Written by `python -m lab.bench`. Times are milliseconds of one core, the fastest of {options.rounds} rounds, all systems
interleaved in one process on the same pages; the ratio is what counts. Python {platform.python_version()},
{platform.machine()}.""",
    ]
    for corpus in CORPORA:
        samples = load(corpus)
        samples = samples[:: max(1, len(samples) // options.pages)]
        pages = [sample.html for sample in samples]
        times = measure(html_systems(), pages, options.rounds)
        against = [one.name for one in times if not one.name.startswith(OURS)]
        parts.append(
            f"## {corpus}: {len(pages)} pages as HTML, {statistics.mean(map(len, pages)) / 1000:.0f} kB on average"
        )
        parts.append(table(times, against, [len(page) for page in pages]))
        ours = times[0]
        parts.append(
            f"The slowest hundredth takes {_percentile(ours, 0.99) / _percentile(ours, 0.5):.1f} times the median."
        )
        if corpus == "wcxb":
            plot(times, options.out / "benchmarks.svg")
            parts.append("![Time a page in times of the parse alone](benchmarks.svg)")
            texts = [peers.whole_text(page) for page in pages]
            texts = [text for text in texts if text]
            spoken = measure(text_systems(), texts, options.rounds)
            sizes = [len(text.encode()) for text in texts]
            parts.append(
                f"## The same pages as text, a block a line, {statistics.mean(sizes) / 1000:.1f} kB on average"
            )
            parts.append(table(spoken, ["C4 line rules"], sizes))
            start = cold(sorted(pages, key=len)[len(pages) // 2])
    parts.append("## Starting\n\nWhole commands, wall time, the fastest of 15.")
    parts.append("\n".join(["| | ms |", "| --- | ---: |", *(f"| {k} | {v * 1000:.0f} |" for k, v in start.items())]))
    sizes_to = [size for size in (10_000, 100_000, 1_000_000, 5_000_000, 20_000_000) if size <= options.largest * 1e6]
    parts.append("## How time grows with size")
    parts.append(_growth_table(growth(sizes_to)))
    parts.append("## Memory\n\nPeak resident size of a process that cleans one page.")
    for heading, make in (("real pages one after another", real_page), ("an article again and again", made_page)):
        rows = [
            f"| {size / 1e6:.2f} MB | {before / 1e6:.0f} MB | {peak / 1e6:.0f} MB | {max(0, peak - before) / size:.1f} |"
            for size, before, peak in memory(make, sizes_to, options.out)
        ]
        parts.append(
            "\n".join([f"| {heading} | before | peak | growth in pages |", "| ---: | ---: | ---: | ---: |", *rows])
        )
    (options.out / "benchmarks.md").write_text("\n\n".join(parts) + "\n", "utf-8")
    print("\n\n".join(parts))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
