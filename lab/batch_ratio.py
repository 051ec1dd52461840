"""How much faster `Cleaner.clean_many` is with two processes than in one: wall times over the same real pages, taken by turns.

Run: `python -m lab.batch_ratio`. It says something about the program only on a machine that has nothing else to do.
"""

from __future__ import annotations

import argparse
import statistics
import time

from dechaff import Cleaner
from lab import corpora


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    pages = [sample.html for name in corpora.CORPORA for sample in corpora.load(name)]
    pages = pages[:: max(1, len(pages) // options.pages)][: options.pages]
    cleaner = Cleaner()
    cleaner.explain(pages[0])  # what is loaded once is not what is measured
    ratios = []
    for _ in range(options.rounds):
        walls = []
        for jobs in (1, options.jobs):
            start = time.perf_counter()
            count = sum(1 for _ in cleaner.clean_many(pages, jobs=jobs))
            walls.append(time.perf_counter() - start)
        ratios.append(walls[0] / walls[1])
        print(f"{count} pages: one job {walls[0]:.2f} s, {options.jobs} jobs {walls[1]:.2f} s, ratio {ratios[-1]:.2f}")
    print(f"median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
