"""What thousands of element-hiding rules cost a page: CPU time with and without them, interleaved in one process.

The list is made here, in the shape of the public ones: mostly single classes and ids, some attributes and combinations, some
for single hosts, and the names that ads really have on pages. Run: `python -m lab.rules_cost --rules 20000`.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dechaff import Cleaner
from dechaff.reading import read
from dechaff.rules import Rules
from dechaff.selecting import Elements
from lab import corpora

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST = "ad ads adv advert banner sponsor promo dfp gpt native partner outstream billboard sky leader mpu".split()
_SECOND = "box wrap slot unit container top side bottom rail inner label frame block zone cell row holder head".split()
_REAL = "ad-container advertisement adsbygoogle sponsored ad-slot ad-wrapper google-ad taboola outbrain advert".split()


def synthetic_list(count: int) -> str:
    """A filter list of that many lines, the same each time."""
    choice = random.Random(5)  # noqa: S311  # nothing secret
    lines = [f"##.{name}" for name in _REAL]

    def name() -> str:
        return f"{choice.choice(_FIRST)}-{choice.choice(_SECOND)}-{choice.choice(_SECOND)}{choice.randrange(900)}"

    shapes: list[tuple[int, Callable[[], str]]] = [
        (60, lambda: f"##.{name()}"),
        (14, lambda: f"###{name()}"),
        (17, lambda: f"{name()}.example,~shop.{name()}.example##.{name()}"),
        (3, lambda: f'##div[id^="{name()}"]'),
        (1, lambda: f'##[class^="{name()}"]'),
        (1, lambda: f'##div[class*="{name()}"]'),
        (2, lambda: f'##a[href^="https://{name()}.example/"]'),
        (1, lambda: f"##.{name()} > .{name()}"),
        (1, lambda: f"##.{choice.choice(_REAL)} > div:first-child > .{name()}"),
    ]
    weights = [weight for weight, _ in shapes]
    while len(lines) < count:
        lines.append(choice.choices(shapes, weights)[0][1]())
    return "[Adblock Plus 2.0]\n" + "\n".join(lines) + "\n"


def _cpu(clean: Callable[[], object]) -> float:
    start = time.process_time()
    clean()
    return time.process_time() - start


class Cost(NamedTuple):
    """The least CPU seconds that one page took: cleaned without rules, cleaned with them, and the rules' own part."""

    without: float
    with_rules: float
    rules: float


def measure(sample: corpora.Sample, plain: Cleaner, ruled: Cleaner, rounds: int) -> Cost:
    """Clean one page by turns without and with the rules."""
    url = sample.url or None
    assert ruled.rules is not None
    costs = []
    for _ in range(rounds):
        page = read(sample.html, url=url)
        elements = Elements(page, sample.html)
        costs.append(
            Cost(
                _cpu(lambda: plain.explain(sample.html, url=url)),
                _cpu(lambda: ruled.explain(sample.html, url=url)),
                _cpu(partial(ruled.rules.find, page, elements)),
            )
        )
    return Cost(*map(min, zip(*costs, strict=True)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=20_000, help="how many")
    parser.add_argument("--every", type=int, default=40, help="which of the real pages: every so many")
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often each page is cleaned, of which the best counts"
    )
    options = parser.parse_args()
    samples = [sample for name in corpora.CORPORA for sample in corpora.load(name)[:: options.every]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.txt"
        path.write_text(synthetic_list(options.rules), "utf-8")
        start = time.process_time()
        rules = Rules.load(path)
        print(f"{len(rules):,} rules loaded in {time.process_time() - start:.2f} s; {len(rules.problems)} problems")
    plain, ruled = Cleaner(), Cleaner(rules=rules)
    costs = [measure(sample, plain, ruled, options.rounds) for sample in samples]
    without, with_rules, alone = (1000 * statistics.mean(column) for column in zip(*costs, strict=True))
    print(f"{len(samples)} pages: {without:.2f} ms without, {with_rules:.2f} ms with; ratio {with_rules / without:.3f}")
    shares = sorted(cost.rules / cost.without for cost in costs)
    print(f"the rules' own part: {alone:.2f} ms, {alone / without:.1%}")
    print(
        f"a page's share: median {statistics.median(shares):.1%}, nine in ten below {shares[int(0.9 * len(shares))]:.1%}"
    )


if __name__ == "__main__":
    main()
