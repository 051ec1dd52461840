"""Content that stands only in a page's embedded data: JSON-LD, or the state blob of a framework.

Some pages show nothing before their scripts run, and carry their text as data. It is read where the visible page does not have
it, and the result says so. Where the page shows its text, the data are not looked at.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from dechaff.late import late_regex
from dechaff.page import Block, Box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dechaff.page import Page

_BODIES = (
    "articleBody",
    "reviewBody",
    "text",
    "body",
    "bodyHtml",
    "content",
    "contentHtml",
    "html",
    "description",
    "markdown",
)
"""The keys under which systems keep the text of a page, the surest first; only the first that has any is read."""

_ENOUGH = 600
"""A page that shows this many characters of running text outside links shows its content. If it shows fewer, but menus and
labels, only its schema.org data are looked at; if it shows hardly anything, a framework's state too."""

_LINE = 80
"""A block of fewer characters is no running text."""

_SHORTEST = 120
"""Shorter texts are captions and summaries of other pages."""

_MOST_VALUES = 200_000
_MOST_TEXTS = 200
"""Data with more texts than this are a list of other pages."""

_TAG = late_regex(r"<(?:p|br|div|h[1-6]|li|ul|strong|em|a)\b[^<>]{0,300}>", re.IGNORECASE)
_SENTENCE = late_regex(r"[\p{L}\p{N}\"'”’)][.!?。！？؟।](?:\s|$|<)|[。！？]")


def add_embedded_content(page: Page) -> None:
    """Append the content that only the embedded data have to the page's blocks, with a warning that says so."""
    if not page.embedded or sum(len(b.text) - b.linked for b in page.blocks if len(b.text) > _LINE) >= _ENOUGH:
        return
    bare = sum(len(block.text) - block.linked for block in page.blocks) < _ENOUGH
    sources = [source for source in page.embedded if bare or '"@type"' in source]
    shown = " ".join(block.text for block in page.blocks)
    bodies = _bodies(sources)
    texts = [text for text in bodies[:_MOST_TEXTS] if text[:_SHORTEST] not in shown]
    if not texts:
        return
    first = len(page.blocks)
    root = len(page.boxes)
    page.boxes.append(Box(root, "article", {}, -1, 0, first, first, -1, hidden=False))
    for text in texts:
        for line in text.splitlines():
            folded = " ".join(line.split())
            if folded:
                page.blocks.append(Block(len(page.blocks), folded, "paragraph", root))
    page.boxes[root].last = len(page.blocks)
    page.warnings.append("the page shows hardly any text; its content was read from its embedded data")
    if len(bodies) > _MOST_TEXTS:
        page.warnings.append(f"its embedded data hold {len(bodies):,} texts; the first {_MOST_TEXTS} were read")


def _bodies(sources: list[str]) -> list[str]:
    """The texts under the surest key that has any, each once, in order."""
    found: dict[str, dict[str, None]] = {}
    for source in sources:
        try:
            data = json.loads(source, strict=False)
        except (ValueError, RecursionError):
            continue
        for key, value in _strings(data):
            if len(value) >= _SHORTEST and _SENTENCE.search(value, 0, 5000):
                found.setdefault(key, {})[_plain(value)] = None
    for key in _BODIES:
        if key in found:
            texts = list(found[key])
            return texts[:1] if key == "description" else texts  # the others describe other things
    return []


def _strings(data: Any) -> Iterator[tuple[str, str]]:
    """Every text under one of the keys, in document order, without recursion."""
    stack: list[Any] = [data]
    for _ in range(_MOST_VALUES):
        if not stack:
            return
        value = stack.pop()
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in _BODIES and isinstance(inner, str):
                    yield key, inner
            stack += [inner for inner in reversed(value.values()) if isinstance(inner, dict | list)]
        elif isinstance(value, list):
            stack += [inner for inner in reversed(value) if isinstance(inner, dict | list)]


def _plain(value: str) -> str:
    """The text of a value, which may be HTML."""
    if not _TAG.search(value, 0, 5000):
        return value
    from dechaff.reading.html import parse, parser_bytes  # noqa: PLC0415  # html.py reads a page, then asks here

    return "\n".join(block.text for block in parse(parser_bytes(value)).blocks)
