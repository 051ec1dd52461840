"""Write the phrase index that ships, from the phrase files: `make phrases`. `--check` only says whether it is up to date."""

from __future__ import annotations

import sys

from dechaff.page import FAMILIES
from dechaff.phraseindex import INDEX, dump
from dechaff.phraserules import read_rules
from lab.common import common
from lab.corpora import ROOT

FILE = ROOT / "src" / "dechaff" / "phrases" / INDEX


def main(arguments: list[str]) -> int:
    """Write or check; 1 if a check finds the index out of date."""
    rules = read_rules(FAMILIES)
    data = dump(rules, common())
    if "--check" in arguments:
        current = FILE.exists() and FILE.read_bytes() == data
        print("the phrase index is up to date" if current else "the phrase index is out of date: run `make phrases`")
        return 0 if current else 1
    FILE.write_bytes(data)
    print(f"{FILE.name}: {len(rules)} rules, {len(data) // 1024} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
