"""What is common on pages: how many of a million blocks begin, end or are made with a word or with three letters.

`make phrases` files each phrase under what is rare of it. The counts are kept in `common.tsv`, so that the index does not depend on
who has the corpora; `python -m lab.common` counts again.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from tqdm import tqdm

from dechaff import wordkeys
from dechaff.folding import text_of
from dechaff.openings import wording, words_of
from dechaff.reading import read
from lab.corpora import CORPORA, ROOT, load

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = ROOT / "lab" / "common.tsv"
_PAGES = 100
"""So many pages of each corpus are counted."""
_COMMON = 300
"""In so many of a million blocks a word has to stand."""
_SPACE = "␣"
Told = tuple[int, tuple[str, ...]]
"""A kind of key, and the words or letters it is made of."""


def told_of(line: str) -> set[Told]:
    """All by which a block could be looked up."""
    words = words_of(wording(line))
    first, last = (words[0], words[-1]) if words else ("", "")
    told: set[Told] = {(wordkeys.FIRST, (first,)), (wordkeys.LAST, (last,))}
    if len(words) > 1:
        told |= {(wordkeys.FIRST_TWO, words[:2]), (wordkeys.LAST_TWO, (last, words[-2]))}
    for length in wordkeys.PARTS:
        if len(first) >= length and first != "0":
            told.add((wordkeys.BEGIN + length, (first[:length],)))
        if len(last) >= length and last != "0":
            told.add((wordkeys.END + length, (last[-length:],)))
    told |= {(wordkeys.INNER, (word,)) for word in words}
    run = wordkeys.RUN
    told |= {(wordkeys.LETTERS, (line[place : place + run],)) for place in range(len(line) - run + 1)}
    for place, character in enumerate(line):
        if character != " " and (not character.isalnum() or ord(character) >= wordkeys.EAST_ASIAN):
            told |= {(wordkeys.SIGN + len(more), (more,)) for more in (character, line[place : place + 2])}
    return told


def counted() -> Iterator[tuple[Told, int]]:
    """What is common, the commonest first, with in how many of a million blocks it stands."""
    counts: Counter[Told] = Counter()
    blocks = 0
    for corpus in CORPORA:
        samples = load(corpus)
        for sample in tqdm(samples[:: max(1, len(samples) // _PAGES)], corpus, mininterval=5):
            page = read(sample.html, kind="html")
            if page.blocks:
                for line in text_of(page.folded.codes).split("\n"):
                    counts.update(told_of(line))
                    blocks += 1
    for told, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if count * 1_000_000 >= _COMMON * blocks:
            yield told, count * 1_000_000 // blocks


def common() -> dict[int, float]:
    """The counts that were kept, by key."""
    found = {}
    for row in FILE.read_text("utf-8").splitlines():
        kind, count, text = row.split("\t")
        found[wordkeys.key_of(int(kind), *(part.replace(_SPACE, " ") for part in text.split(" ")))] = float(count)
    return found


def main() -> int:
    """Count, and keep the counts."""
    rows = [
        f"{kind}\t{count}\t{' '.join(word.replace(' ', _SPACE) for word in words)}\n"
        for (kind, words), count in counted()
    ]
    FILE.write_text("".join(rows), "utf-8")
    print(f"{FILE.name}: {len(rows)} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
