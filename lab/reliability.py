"""How well it keeps working: hostile pages, growth, a long run. Writes its figures into `docs/reliability.md`.

`python -m lab.reliability hostile` cleans every input of `tests/hostile.py` at its full size and at half of it, `long` puts
200,000 pages through one process and watches its memory; without a word it does both. Times are processor time.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from dechaff import Cleaner
from dechaff.page import FAMILIES
from dechaff.phraserules import read_rules
from dechaff.reading.decode import decode
from lab.corpora import CORPORA, ROOT, folder, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hostile import Hostile

REPORT = ROOT / "docs" / "reliability.md"

SAMPLES = 40
"""How often the memory is looked at in a long run."""

WARM_UP = 0.25
"""The first part of a long run: caches fill, and patterns are compiled when a page first needs them."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _words(rng: random.Random, count: int) -> str:
    return " ".join("".join(rng.choices(_LETTERS, k=rng.randint(2, 11))) for _ in range(count))


def made_pages(count: int, seed: int) -> Iterator[str]:
    """Pages of 1 to 3 kB that no cache has seen: their words and half of their class names are made up for each.

    Every tenth is plain text. Between paragraphs stand examples of the phrase rules, of all languages in turn.
    """
    rng = random.Random(seed)  # noqa: S311  # made-up words, no secrets
    phrases = [text for rule in read_rules(FAMILIES) for text in rule.hit if "<" not in text]
    for number in range(count):
        parts: list[str] = []
        size, wanted = 0, rng.randint(1_000, 3_000)
        while size < wanted:
            text = rng.choice(phrases) if rng.random() < 0.3 else _words(rng, rng.randint(4, 60)).capitalize() + "."
            name = rng.choice(
                ("entry", "meta", "card item", f"css-{rng.getrandbits(40):x}", f"m{rng.getrandbits(24):x} row")
            )
            inner = f"<a href='/{rng.getrandbits(30):x}'>{text}</a>" if rng.random() < 0.2 else text
            tag = rng.choice(("p", "div", "li", "section", "span", "h2"))
            part = text if number % 10 == 0 else f"<{tag} class='{name}' id='i{rng.getrandbits(20):x}'>{inner}</{tag}>"
            parts.append(part)
            size += len(part)
        yield "\n".join(parts) if number % 10 == 0 else f"<html><body><div>{''.join(parts)}</div></body></html>"


LARGEST = 60_000
"""Bytes of the largest page of a long run: all of them are held, and one of megabytes late in it would hide what grows."""

WHOLE_EVERY = 100
MADE_EVERY = 4


def real_pages(pages: Sequence[str], count: int, seed: int) -> Iterator[str]:
    """Pieces of 1 to 3 kB out of real pages, from any place in them, and every hundredth a page as a whole.

    A piece begins at a tag, and is mostly broken: unclosed, or without the beginnings of what it closes.
    """
    rng = random.Random(seed)  # noqa: S311  # which piece, no secrets
    for number in range(count):
        page = rng.choice(pages)
        if number % WHOLE_EVERY == 0:
            yield page
            continue
        begin = page.find("<", rng.randrange(max(1, len(page) - 1_000)))
        yield page[max(0, begin) :][: rng.randint(1_000, 3_000)]


def _moderate_pages() -> list[str]:
    samples = (sample for name in CORPORA for sample in load(name) if len(sample.html) <= LARGEST)
    return [page for sample in samples if (page := decode(sample.html).text).strip()]


def mixed_pages(count: int, seed: int) -> Iterator[str]:
    """Every fourth page is made up; the others are real where the corpora are there."""
    if folder() is None:
        print("no corpora: all pages are made up", file=sys.stderr)
        yield from made_pages(count, seed)
        return
    with ProcessPoolExecutor(
        1, mp_context=get_context("spawn")
    ) as pool:  # so that the rest is never in this one's memory
        real = pool.submit(_moderate_pages).result()
    made, pieces = made_pages(count, seed), real_pages(real, count, seed)
    for number in range(count):
        yield next(made if number % MADE_EVERY == 1 else pieces)


def resident() -> int:
    """The bytes of memory that this process holds (Linux)."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def long_run(pages: int, seed: int = 8) -> list[int]:
    """The memory after each fortieth of so many pages, all through one cleaner."""
    cleaner = Cleaner()
    every = max(1, pages // SAMPLES)
    sizes = []
    began = time.perf_counter()
    for number, page in enumerate(mixed_pages(pages, seed), 1):
        cleaner.explain(page)
        if number % every == 0:
            sizes.append(resident())
            rate = number / (time.perf_counter() - began)
            print(f"{number:,} pages, {sizes[-1] / 1e6:.1f} MB, {rate:.0f} pages a second", file=sys.stderr, flush=True)
    return sizes


@dataclass(frozen=True)
class Timed:
    """One hostile input, cleaned.

    Attributes:
        case: which.
        megabytes: its size, text counted as UTF-8.
        seconds: how long cleaning it took, with all filters.
        reading: how long reading alone took.
        growth: how many times as long as half of it.
        lost: words that a reader would see are not there and no warning says so.
    """

    case: Hostile
    megabytes: float
    seconds: float
    reading: float
    growth: float
    lost: bool

    @property
    def rate(self) -> float:
        """Seconds a megabyte; what is smaller than a tenth of one counts as that."""
        return self.seconds / max(self.megabytes, 0.1)


def _seconds(cleaner: Cleaner, source: str | bytes) -> float:
    """The least of two: on a busy machine a cold cache costs more than what is measured."""
    times = []
    for _ in range(2):
        gc.collect()
        began = time.process_time()
        cleaner.explain(source)
        times.append(time.process_time() - began)
    return min(times)


def time_hostile(case: Hostile) -> Timed:
    """Clean one hostile input at half and at full size."""
    cleaner, reader = Cleaner(kind=case.kind), Cleaner(kind=case.kind, only=[])
    cleaner.explain(case.make(max(2, case.size // 100)))  # what loads and compiles once is there
    half = _seconds(cleaner, case.make(case.size // 2))
    source = case.make(case.size)
    whole = _seconds(cleaner, source)
    began = time.process_time()
    read = reader.explain(source)
    reading = time.process_time() - began
    there = not case.lost and all(words in read.text for words in case.seen)
    size = len(source) if isinstance(source, bytes) else len(source.encode("utf-8", "surrogatepass"))
    return Timed(case, size / 1e6, whole, reading, whole / max(half, 0.001), not there and not read.warnings)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def hostile_report(timed: Sequence[Timed]) -> str:
    """The figures of all hostile inputs, by class and one by one."""
    groups: dict[str, list[Timed]] = {}
    for each in timed:
        groups.setdefault(each.case.group, []).append(each)
    by_group = _table(
        ["class", "inputs", "longest, s", "worst, s/MB", "worst of reading, s/MB", "lost"],
        [
            [
                name,
                str(len(found)),
                f"{max(each.seconds for each in found):.2f}",
                f"{max(each.rate for each in found):.2f}",
                f"{max(each.reading / max(each.megabytes, 0.1) for each in found):.2f}",
                str(sum(each.lost for each in found)),
            ]
            for name, found in groups.items()
        ],
    )
    each_alone = _table(
        ["input", "MB", "s", "s/MB", "reading, s/MB", "twice the input"],
        [
            [
                each.case.name.replace("<", "&lt;"),
                f"{each.megabytes:.2f}",
                f"{each.seconds:.2f}",
                f"{each.rate:.2f}",
                f"{each.reading / max(each.megabytes, 0.1):.2f}",
                f"× {each.growth:.1f}" if each.seconds > _MEASURABLE else "–",
            ]
            for each in timed
        ],
    )
    slow = [each for each in timed if each.rate > 1]
    return (
        f"{len(timed)} inputs, {sum(each.lost for each in timed)} lose text without a warning, {len(slow)} take more than 1 s/MB.\n\n"
        f"{by_group}\n\n{each_alone}"
    )


_MEASURABLE = 0.1
"""Seconds below which a ratio of times says nothing."""


def long_report(sizes: Sequence[int], pages: int) -> str:
    """How the memory went."""
    warm = sizes[int(len(sizes) * WARM_UP) :]
    grown = max(warm) / warm[0] - 1
    quarters = ", ".join(f"{sizes[len(sizes) * part // 4 - 1] / 1e6:.0f}" for part in (1, 2, 3))
    return (
        f"{pages:,} pages in one process: {sizes[0] / 1e6:.0f} MB after the first {pages // SAMPLES:,}, {quarters} MB after each quarter, "
        f"{sizes[-1] / 1e6:.0f} MB at the end; from the first quarter on at most {max(warm) / 1e6:.0f} MB ({grown:+.1%})."
    )


def write(section: str, text: str) -> None:
    """Put figures between a section's marks in the report."""
    report = REPORT.read_text("utf-8")
    pattern = re.compile(rf"(<!-- {section} -->\n).*?(\n<!-- end -->)", re.DOTALL)
    REPORT.write_text(pattern.sub(lambda match: f"{match[1]}{text}{match[2]}", report), "utf-8")


def main() -> int:
    """Measure; 1 if text is lost without a warning or memory grew by more than 5%."""
    parser = argparse.ArgumentParser(prog="python -m lab.reliability", description=main.__doc__)
    parser.add_argument(
        "what", nargs="*", choices=["hostile", "long", []], metavar="hostile|long", help="default: both"
    )
    parser.add_argument("--pages", type=int, default=200_000, help="how many in the long run")
    parser.add_argument("--write", action="store_true", help="write the figures into docs/reliability.md")
    options = parser.parse_args()
    what = options.what or ["hostile", "long"]
    failed = False
    if "hostile" in what:
        sys.path.insert(0, str(ROOT / "tests"))
        from hostile import ALL

        timed = []
        for case in ALL:
            timed.append(time_hostile(case))
            print(f"{timed[-1].rate:6.2f} s/MB  {case.name}", file=sys.stderr, flush=True)
        failed |= any(each.lost for each in timed)
        _publish("hostile", hostile_report(timed), keep=options.write)
    if "long" in what:
        sizes = long_run(options.pages)
        warm = sizes[int(len(sizes) * WARM_UP) :]
        failed |= max(warm) > 1.05 * warm[0]
        _publish("long", long_report(sizes, options.pages), keep=options.write)
    return 1 if failed else 0


def _publish(section: str, text: str, *, keep: bool) -> None:
    print(text)
    if keep:
        write(section, text)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    raise SystemExit(main())
