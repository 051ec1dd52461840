"""Check phrase files while writing them: `python -m lab.check_phrases [LANGUAGE …]`.

Every hit must be found by its own rule, no miss may be cut by any rule of any language. A rule with `needs` wants more
evidence than words, so a miss may match it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dechaff.folding import FoldedText
from dechaff.page import FAMILIES
from dechaff.patterns import PhraseError
from dechaff.phrasebook import Match, Phrasebook
from dechaff.phraserules import Rule, phrase_files, rules_from_toml

if TYPE_CHECKING:
    from collections.abc import Sequence


def faults(book: Phrasebook, languages: set[str]) -> list[str]:
    """What is wrong with the examples of a book's languages that are asked for (all of them when none is named)."""
    found = []
    for rule in book.rules:
        if languages and rule.id.split(":")[0] not in languages:
            continue
        matches = _matches(book, rule.hit)
        for number, text in enumerate(rule.hit):
            ids = [match.rule.id for match in matches.get(number, ())]
            if rule.id not in ids:
                found.append(f"{rule.family} {rule.id}: does not hit {text!r} (found: {', '.join(ids) or 'nothing'})")
        matches = _matches(book, rule.miss)
        for number, text in enumerate(rule.miss):
            ids = [f"{m.rule.family} {m.rule.id}" for m in matches.get(number, ()) if not m.rule.needs]
            if ids:
                found.append(f"{rule.family} {rule.id}: the miss {text!r} is cut by {', '.join(ids)}")
    return found


def _matches(book: Phrasebook, texts: Sequence[str]) -> dict[int, list[Match]]:
    found: dict[int, list[Match]] = {}
    for match in book.find(FoldedText(texts)):
        found.setdefault(match.block, []).append(match)
    return found


def main(arguments: list[str]) -> int:
    """Print the faults; 1 if there are any."""
    rules: list[Rule] = []
    problems = []
    for file in phrase_files():
        language = file.name.removesuffix(".toml")
        try:
            rules += rules_from_toml(language, file.read_text("utf-8"), FAMILIES)
        except PhraseError as error:
            if not arguments or language in arguments:
                problems.append(str(error))
    problems += faults(Phrasebook(rules), set(arguments))
    print("\n".join(problems))
    print(f"{len(rules)} rules, {len(problems)} faults")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
