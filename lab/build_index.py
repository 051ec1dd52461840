"""Write what ships for the look-up, from the phrase files and the patterns: `make phrases`. `--check` only says whether it is up to date."""

from __future__ import annotations

import json
import sys
from importlib import import_module

from dechaff import ahead
from dechaff.late import late_sources
from dechaff.markup import TABLE, prefix_source, table
from dechaff.page import FAMILIES
from dechaff.phraseindex import INDEX, dump
from dechaff.phraserules import Rule, form_source, read_rules
from lab.common import common
from lab.corpora import ROOT

PACKAGE = ROOT / "src" / "dechaff"
FILE = PACKAGE / "phrases" / INDEX
MARKUP = PACKAGE / "phrases" / TABLE
COMPILED = PACKAGE / ahead.COMPILED

_NOT_FOR_PAGES = ("integrations", "bulk", "cli")


def patterns(rules: list[Rule]) -> list[tuple[str, int]]:
    """All patterns that a page may ask for, with their flags: those of the rules, and those in the modules."""
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
        if parts[1] not in _NOT_FOR_PAGES and parts[-1] != "__init__":
            import_module(".".join(parts))
    forms = (form_source(form.source, rule.where) for rule in rules for form in rule.forms)
    prefixes = prefix_source(table(markup_file())["prefixes"])
    return [*forms, *late_sources(), (prefixes, 0), (ahead.SPECIMEN, ahead.SPECIMEN_FLAGS)]


def markup_file() -> str:
    """The text of `markup.toml`."""
    return MARKUP.with_suffix(".toml").read_text("utf-8")


def main(arguments: list[str]) -> int:
    """Write or check; 1 if a check finds something out of date."""
    rules = read_rules(FAMILIES)
    made = {FILE: dump(rules, common()), MARKUP: json.dumps(table(markup_file()), indent=0).encode() + b"\n"}
    wanted = patterns(rules)
    # What `regex` compiles differs from run to run in the order of things: the same patterns are not written again.
    kept = ahead.keys_of(COMPILED.read_bytes()) if COMPILED.exists() else []
    is_new = kept != sorted({ahead.key_of(*each) for each in wanted})
    if "--check" in arguments:
        stale = [file.name for file, data in made.items() if not file.exists() or file.read_bytes() != data]
        stale += [COMPILED.name] if is_new else []
        print(f"out of date: {', '.join(stale)}; run `make phrases`" if stale else "the phrase index is up to date")
        return 1 if stale else 0
    if is_new:
        made[COMPILED] = ahead.dump(wanted)
    for file, data in made.items():
        file.write_bytes(data)
        print(f"{file.name}: {file.stat().st_size // 1024} kB")
    print(f"{len(rules)} rules, {len(wanted)} patterns")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
