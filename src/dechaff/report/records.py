"""The explanation of one page as plain data, for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dechaff.report.pieces import path_of, pieces_of
from dechaff.report.statistics import Statistics

if TYPE_CHECKING:
    from dechaff.page import Cleaned


def as_record(name: str, cleaned: Cleaned) -> dict[str, Any]:
    """The explanation as lists and dicts that `json` takes."""
    page = cleaned.page
    statistics = Statistics()
    statistics.add(name, cleaned)
    return {
        "source": name,
        "kind": cleaned.kind,
        "title": page.title,
        "pieces": [
            {
                "block": piece.block.index,
                "kind": piece.block.kind,
                "text": piece.text,
                "family": piece.cut.family if piece.cut else None,
                "rule": piece.cut.rule if piece.cut else None,
                "confidence": round(piece.cut.confidence, 4) if piece.cut else None,
                "path": path_of(page, piece.block),
            }
            for pieces in pieces_of(cleaned)
            for piece in pieces
        ],
        "words": {"all": statistics.words, "cut": statistics.words_cut},
        "families": {
            family: {"cuts": tally.cuts, "words": tally.words} for family, tally in statistics.families().items()
        },
        "credits": [
            {"role": credit.role, "name": credit.name, "language": credit.language} for credit in cleaned.credits
        ],
        "vetoed": [
            {"by": veto.by, "family": veto.cut.family, "rule": veto.cut.rule, "text": veto.cut.text}
            for veto in cleaned.vetoed
        ],
        "warnings": list(cleaned.warnings),
    }
