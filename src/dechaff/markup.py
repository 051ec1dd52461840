"""Markup tokens: the class, id and role names under which publishing systems put chaff (`phrases/markup.toml`).

Whole tokens only. A part of a longer name (`widget`, `header`, `code-toolbar`) says nothing.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    text = (resources.files("dechaff") / "phrases" / "markup.toml").read_text("utf-8")
    data = tomllib.loads(text)
    prefixes = {prefix: family for family, table in data.items() for prefix in table.get("prefixes", ())}
    longest_first = sorted(prefixes, key=len, reverse=True)
    pattern = "|".join(map(regex.escape, longest_first)) or r"(?!)"
    return Markup(
        tokens={token: family for family, table in data.items() for token in table.get("tokens", ())},
        elements={tag: family for family, table in data.items() for tag in table.get("elements", ())},
        prefixes=regex.compile(rf"({pattern})(?:$|[-_\d])"),
        prefix_families=prefixes,
    )
