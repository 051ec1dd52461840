"""Markup tokens: the class, id and role names under which publishing systems put chaff (`phrases/markup.toml`).

Whole tokens only. A part of a longer name (`widget`, `header`, `code-toolbar`) says nothing. What is read is a table made of the file ahead
(`make phrases`): to read the file itself takes longer than to clean a page.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from dechaff.ahead import compiled
from dechaff.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Mapping

    import regex

    from dechaff.page import Box

_ATTRIBUTES = ("class", "id", "role", "data-testid", "data-component", "data-module")


@dataclass(frozen=True, eq=False)
class Markup:
    """Which token and which element name belongs to which family."""

    tokens: Mapping[str, str]
    elements: Mapping[str, str]
    prefixes: regex.Pattern[str]
    prefix_families: Mapping[str, str]

    def families_of(self, box: Box) -> list[tuple[str, str]]:
        """The families that a box's own names put it in, each with the name that did."""
        found: list[tuple[str, str]] = []
        if box.tag in self.elements:
            found.append((self.elements[box.tag], f"<{box.tag}>"))
        for attribute in _ATTRIBUTES:
            value = box.attributes.get(attribute)
            if value:
                found += self._of_value(value)
        return found

    @lru_cache(maxsize=16384)  # noqa: B019  # one Markup lives as long as the process
    def _of_value(self, value: str) -> tuple[tuple[str, str], ...]:
        found = []
        for token in value.lower().split():
            if token in self.tokens:
                found.append((self.tokens[token], token))
            else:
                match = self.prefixes.match(token)
                if match:
                    found.append((self.prefix_families[match[1]], match[1]))
        return tuple(found)


@lru_cache(maxsize=1)
def markup() -> Markup:
    """The tokens that ship with dechaff, read once."""
    data = json.loads(shipped(f"phrases/{TABLE}"))
    return Markup(data["tokens"], data["elements"], compiled(prefix_source(data["prefixes"])), data["prefixes"])


TABLE = "markup.json"


def table(text: str) -> dict[str, dict[str, str]]:
    """What `markup.toml` says, by kind of name: the family of each name.

    Args:
        text: the file's text.
    """
    import tomllib  # noqa: PLC0415  # for making the table

    families = tomllib.loads(text)
    return {
        kind: {name: family for family, names in families.items() for name in names.get(kind, ())}
        for kind in ("tokens", "elements", "prefixes")
    }


def prefix_source(prefixes: Mapping[str, str]) -> str:
    """The pattern that finds one of the prefixes, the longest that there is, at a token's beginning."""
    pattern = "|".join(map(re.escape, sorted(prefixes, key=len, reverse=True))) or r"(?!)"
    return rf"({pattern})(?:$|[-_\d])"
