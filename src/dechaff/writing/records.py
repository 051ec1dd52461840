"""The result as plain data, for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dechaff.page import Cleaned


def as_record(cleaned: Cleaned) -> dict[str, Any]:
    """The text, credits, cuts, vetoed cuts and warnings as lists and dicts that `json` takes."""
    return {
        "text": cleaned.text,
        "credits": [asdict(credit) for credit in cleaned.credits],
        "cuts": [asdict(cut) for cut in cleaned.cuts],
        "vetoed": [{"by": veto.by, "cut": asdict(veto.cut)} for veto in cleaned.vetoed],
        "warnings": list(cleaned.warnings),
    }
