"""The result as plain data, for JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dechaff.cutting import remaining

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dechaff.page import Block, Cleaned, Cut

_OF_A_BLOCK = ("index", "kind", "level", "element", "start", "end")


def as_record(cleaned: Cleaned, text: str | None = None) -> dict[str, Any]:
    """The text, kept blocks, credits, cuts, vetoed cuts and warnings as lists and dicts that `json` takes.

    Args:
        cleaned: the result.
        text: the plain text, where the result's own has another form.
    """
    spans: dict[int, list[Cut]] = {}
    for cut in cleaned.cuts:
        if cut.start is not None:
            spans.setdefault(cut.first, []).append(cut)
    return {
        "text": cleaned.text if text is None else text,
        "kind": cleaned.kind,
        "blocks": [_block(block, spans.get(block.index, ())) for block in cleaned.kept],
        "credits": [asdict(credit) for credit in cleaned.credits],
        "cuts": [asdict(cut) for cut in cleaned.cuts],
        "vetoed": [{"by": veto.by, "cut": asdict(veto.cut)} for veto in cleaned.vetoed],
        "warnings": list(cleaned.warnings),
    }


def write_records(cleaned: Cleaned, text: str) -> str:
    """The record as one line of JSON."""
    return json.dumps(as_record(cleaned, text), ensure_ascii=False)


def _block(block: Block, spans: Sequence[Cut]) -> dict[str, Any]:
    """A block as it stands in the text, and where it stood."""
    pieces = remaining(block.text, spans)
    record: dict[str, Any] = {"text": "".join(block.text[begin:end] for begin, end in pieces)}
    return record | {name: getattr(block, name) for name in _OF_A_BLOCK}
