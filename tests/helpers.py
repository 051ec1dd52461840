"""What several test modules need: fixtures as data, and where real pages are."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dechaff.page import FAMILIES

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "fixtures" / "cases"
PAGES = ROOT / "fixtures" / "pages"
NAMED = FAMILIES[:-1]
"""All families but the learned one."""


@dataclass(frozen=True)
class Case:
    """One fixture case: an input, what stays of it, and the rule that must have decided."""

    family: str
    sort: str
    data: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.family}/{self.sort}/{self.data['id']}"


def cases() -> list[Case]:
    """Every case in `fixtures/cases`, in a stable order."""
    found = []
    for path in sorted(CASES.glob("*/*.toml")):
        data = tomllib.loads(path.read_text("utf-8")).get("case", [])
        found += [Case(path.parent.name, path.stem, case) for case in data]
    return found


def page_folders() -> list[Path]:
    """Every fixture page's folder."""
    return sorted(path.parent for path in PAGES.glob("*/expected.txt"))


def paragraphs(text: str) -> list[str]:
    """The lines of a text that say something, white space folded, without the marks of list items."""
    return [" ".join(line.split()).removeprefix("- ") for line in text.splitlines() if line.strip()]
