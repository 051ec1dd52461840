"""What keeps a page from steering the terminal or the report it is shown in."""

from __future__ import annotations

import json
import unicodedata

_JOINERS = "\u200c\u200d"
"""Persian and Indic words, and many emoji, are written with these; a terminal does nothing else with them."""

_IN_SCRIPT = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def printable(text: str) -> str:
    r"""Text that cannot steer the terminal it is shown on: each control, direction mark and lone surrogate becomes U+FFFD.

    White space other than a space becomes a space.

    >>> printable("red\x1b[31m")
    'red\ufffd[31m'
    >>> printable("one\ttwo")
    'one two'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _JOINERS else _shown(c) for c in text)


def _shown(character: str) -> str:
    if character.isspace() or unicodedata.category(character) == "Zs":
        return " "
    return "" if character == "\N{SOFT HYPHEN}" else "\N{REPLACEMENT CHARACTER}"


def json_for_script(value: object) -> str:
    r"""JSON that may stand in an HTML `<script>` block: no text in it can end the block.

    >>> json_for_script("</script><!--")
    '"\\u003c/script\\u003e\\u003c!--"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT)
    return text.encode("utf-8", "replace").decode()
