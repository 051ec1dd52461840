"""The explanation as one HTML file that needs no network: `report.html`, `report.css`, `report.js` and the pages as data.

Nothing of a page ever stands in the report as markup. It is JSON in script blocks, written so that no text can end the block, and the
script puts it in as text alone. Should that fail, the file's own policy lets nothing run but the one script whose hash it names.
"""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

from dechaff.page import FAMILIES
from dechaff.report.palette import colour_of
from dechaff.report.pieces import count_words, name_of, pieces_of
from dechaff.report.safety import json_for_script
from dechaff.report.statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dechaff.page import Cleaned, Cut, Page

_PLACE = re.compile(r"@([A-Z]+)@")


class Report:
    """A report of any number of pages. Of each only its data is kept, so that many fit into memory.

    Args:
        summaries: one line on each family, shown with its reasons.
    """

    def __init__(self, summaries: Mapping[str, str] | None = None) -> None:
        self._summaries = summaries or {}
        self._families: dict[str, int] = {}
        self._index: list[dict[str, Any]] = []
        self._pages: list[str] = []

    @property
    def pages(self) -> int:
        """How many pages were added."""
        return len(self._pages)

    def add(self, name: str, cleaned: Cleaned) -> None:
        """Add one page under a name.

        Raises:
            ValueError: the result has no page any more; see `Cleaned.page`.
        """
        page = cleaned.page
        statistics = Statistics()
        statistics.add(name, cleaned)
        self._index.append(
            {
                "number": len(self._index),
                "name": name,
                "title": page.title,
                "words": statistics.words,
                "cut": statistics.words_cut,
                "families": [
                    (self._number(family), tally.words, tally.cuts) for family, tally in statistics.families().items()
                ],
            }
        )
        self._pages.append(json_for_script(self._data(page, cleaned)))

    def html(self) -> str:
        """The whole file."""
        names = list(self._families)
        known = [*(family for family in FAMILIES if family in self._families), *sorted(set(names) - set(FAMILIES))]
        head = {
            "families": [
                {"name": name, "summary": self._summaries.get(name, ""), "colour": colour_of(name).value}
                for name in names
            ],
            "order": [self._families[name] for name in known],
            "pages": self._index,
        }
        style = _part("report.css") + "".join(
            f".f{number}{{--family:{colour_of(name).value}}}.without-f{number} .f{number}{{display:none}}\n"
            for name, number in self._families.items()
        )
        script = _part("report.js")
        data = [f'<script type="application/json" id="report">{json_for_script(head)}</script>']
        data += [
            f'<script type="application/json" id="page-{number}">{page}</script>'
            for number, page in enumerate(self._pages)
        ]
        parts = {"POLICY": _policy(style, script), "STYLE": style, "SCRIPT": script, "DATA": "\n".join(data)}
        # One pass: what is put in is not looked through for places again.
        return _PLACE.sub(lambda match: parts[match[1]], _part("report.html"))

    def _number(self, family: str) -> int:
        return self._families.setdefault(family, len(self._families))

    def _data(self, page: Page, cleaned: Cleaned) -> dict[str, Any]:
        numbers: dict[Cut, int] = {cut: number for number, cut in enumerate(cleaned.cuts)}
        return {
            "kind": cleaned.kind,
            "language": page.language,
            "boxes": [(name_of(box), box.parent) for box in page.boxes],
            "cuts": [
                (self._number(cut.family), cut.rule, round(cut.confidence, 2), count_words(cut.text))
                for cut in cleaned.cuts
            ],
            "blocks": [
                (
                    pieces[0].block.kind,
                    pieces[0].block.level,
                    pieces[0].block.box,
                    [(numbers[piece.cut] if piece.cut else -1, piece.text) for piece in pieces],
                )
                for pieces in pieces_of(cleaned)
            ],
            "credits": [(credit.role, credit.name, credit.language) for credit in cleaned.credits],
            "vetoed": [(veto.by, veto.cut.family, veto.cut.rule, veto.cut.text) for veto in cleaned.vetoed],
            "warnings": cleaned.warnings,
        }


def _part(name: str) -> str:
    return (resources.files("dechaff") / "report" / name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """Nothing loads and nothing runs, but this very style and this very script."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
