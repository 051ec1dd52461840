"""Write `docs/filters.md` from the registry and the phrase files: `make docs`. `--check` says whether it is up to date."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import dechaff
from dechaff.markup import markup
from dechaff.page import FAMILIES
from dechaff.phraserules import read_rules
from lab.corpora import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dechaff.phraserules import Rule

DOC = ROOT / "docs" / "filters.md"
_EXAMPLES = 14
_HEAD = """# Filters

Written by `python -m lab.filters_doc` from the registry and the phrase files; do not edit it by hand.

A phrase removes a block only where the whole block is that thing, never inside running prose. No family is gated by the page's
language. `needs` is the evidence that a phrase wants beside its words: `neighbour` a sure cut within two blocks, `links` a
block that is mostly links, `caption` a caption or picture before it, `repeat` the same label three times on the page, `edge` the
first or last blocks of the page, `prose` running text on both sides.

"""
_NEEDS = ("neighbour", "links", "caption", "repeat", "edge", "prose")


def text() -> str:
    """The whole document."""
    rules = read_rules(FAMILIES)
    languages = sorted({rule.id.split(":")[0] for rule in rules})
    parts = [_HEAD, f"{len(rules)} phrase rules in {len(languages)} files: {', '.join(languages)}.\n"]
    names = markup()
    for found in dechaff.filters():
        parts.append(f"\n## {found.name}\n\n{found.summary[0].upper()}{found.summary[1:]}.\n")
        own = [rule for rule in rules if rule.family == found.name]
        tokens = sum(family == found.name for family in (*names.tokens.values(), *names.elements.values()))
        if own:
            parts.append(_family(own, tokens))
        elif found.name == "boilerplate":
            parts.append("\nA small network scores every block; see [the model card](model-card.md).\n")
    return "".join(parts)


def _family(rules: Sequence[Rule], tokens: int) -> str:
    count: dict[str, int] = {}
    for rule in rules:
        language = rule.id.split(":")[0]
        count[language] = count.get(language, 0) + 1
    lines = [
        f"\n{len(rules)} phrase rules, {tokens} class, id and element names. Rules by language: ",
        ", ".join(f"{language} {number}" for language, number in sorted(count.items())),
        ".\n",
    ]
    needing = {need: sum(rule.needs == need for rule in rules) for need in _NEEDS}
    if any(needing.values()):
        lines.append(
            "\nRules that need more than words: "
            + ", ".join(f"{n} {number}" for n, number in needing.items() if number)
            + ".\n"
        )
    lines.append("\n| rule | goes | stays |\n|---|---|---|\n")
    seen: set[str] = set()
    chosen = []
    for rule in rules:  # one or two of each language, so that the table shows the range
        language = rule.id.split(":")[0]
        if language not in seen and not rule.needs:
            seen.add(language)
            chosen.append(rule)
    first = [rule for rule in rules if rule.id.startswith("en:") and not rule.needs][:6]
    shown = [*first, *(rule for rule in chosen if rule not in first)][:_EXAMPLES]
    lines += [f"| `{rule.id}` | {_cell(rule.hit[0])} | {_cell(rule.miss[0])} |\n" for rule in shown]
    return "".join(lines)


def _cell(example: str) -> str:
    return " ".join(example.replace("|", "\\|").replace("<", "&lt;").split())


def main(arguments: list[str]) -> int:
    """Write or check; 1 if a check finds the document out of date."""
    new = text()
    if "--check" in arguments:
        current = DOC.exists() and DOC.read_text("utf-8") == new
        print("docs/filters.md is up to date" if current else "docs/filters.md is out of date: run `make docs`")
        return 0 if current else 1
    DOC.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
