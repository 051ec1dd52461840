"""Write the phrase index that ships, from the phrase files: `make phrases`. `--check` only says whether it is up to date."""

from __future__ import annotations

import sys

from dechaff.page import FAMILIES
from dechaff.phrasebook import dump, read_rules
from lab.corpora import ROOT

INDEX = ROOT / "src" / "dechaff" / "phrases" / "index.json"


def main(arguments: list[str]) -> int:
    """Write or check; 1 if a check finds the index out of date."""
    text = dump(read_rules(FAMILIES))
    if "--check" in arguments:
        current = INDEX.exists() and INDEX.read_text("utf-8") == text
        print("the phrase index is up to date" if current else "the phrase index is out of date: run `make phrases`")
        return 0 if current else 1
    INDEX.write_text(text, "utf-8")
    print(f"{INDEX.name}: {text.count(chr(10)) - 2} rules, {len(text.encode()) // 1024} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
