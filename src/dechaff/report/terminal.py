"""The explanation on a terminal: the page as a reader would see it, what went struck and coloured, with the reason.

There is one form, made of marked lines as in a diff: two spaces before what stays, `- ` before a block that goes, `[-…-]` around a
span that goes, and the reason behind it. A terminal adds colour and breaks the lines at its width (through `rich`); a pipe, a file
and `NO_COLOR` get the very same lines plain and whole, one a block, so that `grep '^-'` finds all that went.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dechaff.report.palette import colour_of
from dechaff.report.pieces import pieces_of
from dechaff.report.safety import printable
from dechaff.report.statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from dechaff.page import Block, Cleaned, Cut
    from dechaff.report.pieces import Piece

_KEPT, _GONE = "  ", "- "
_RULES_WIDTH = 36
"""So many characters of rules stand in a family's summary line, which then fits 80 columns."""
_CLOSE = frozenset(("item", "cell", "term", "control"))
"""Blocks of these kinds stand in lists and rows, without a blank line between two."""

_LINE_END = re.compile(r"[\r\n]+")


@dataclass(frozen=True, slots=True)
class Run:
    """Some words of a line that look the same.

    Attributes:
        text: the words, safe to show.
        family: whose colour they have; "" for none.
        struck: they went.
        bold: they stand out.
    """

    text: str
    family: str = ""
    struck: bool = False
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what stands at its left edge, also where it is broken, and its runs."""

    edge: str
    runs: tuple[Run, ...] = ()

    @property
    def plain(self) -> str:
        """The line without its looks."""
        return (self.edge + "".join(run.text for run in self.runs)).rstrip()


def explanation(name: str, cleaned: Cleaned) -> Iterator[Line]:
    """The page, then what went by family, credits, what keep rules kept, warnings.

    Raises:
        ValueError: the result has no page any more; see `Cleaned.page`.
    """
    page = cleaned.page
    yield Line("", (Run(f"=== {printable(name)} ===", bold=True),))
    yield Line("")
    previous: Block | None = None
    was_gone = False
    for pieces in pieces_of(cleaned):
        block = pieces[0].block
        gone = len(pieces) == 1 and pieces[0].cut is not None
        if previous is not None and not (gone and was_gone) and _stand_apart(page.source, previous, block):
            yield Line("")
        yield from _block_lines(block, pieces)
        previous, was_gone = block, gone
    if previous is not None:
        yield Line("")
    yield from _summary(name, cleaned)


def _stand_apart(source: str, previous: Block, block: Block) -> bool:
    if block.start >= 0:
        return source.count("\n", previous.end, block.start) > 1
    return not (block.joined or (block.kind in _CLOSE and previous.kind in _CLOSE))


def _block_lines(block: Block, pieces: list[Piece]) -> Iterator[Line]:
    """A block as a line; one of code keeps its line ends."""
    bold = block.kind == "heading"
    edge = _GONE if len(pieces) == 1 and pieces[0].cut else _KEPT
    runs: list[Run] = [Run("• ")] if block.kind == "item" else []
    for piece in pieces:
        cut = piece.cut
        part = edge == _KEPT and cut is not None
        texts = _LINE_END.split(piece.text) if block.kind == "code" else [" ".join(piece.text.split("\n"))]
        for number, text in enumerate(texts):
            if number:
                yield Line(edge, tuple(runs))
                runs = []
            shown = printable(text)
            if part and shown.strip():
                blank = len(shown) - len(shown.lstrip())
                runs.append(Run(shown[:blank]))
                shown = f"[-{shown[blank:]}-]"
            runs.append(Run(shown, cut.family if cut else "", struck=cut is not None, bold=bold))
        if cut and piece.opens:
            runs.append(Run(_reason(cut, " " if edge == _GONE else ""), cut.family))
    yield Line(edge, tuple(runs))


def _reason(cut: Cut, before: str) -> str:
    return f"{before}[{printable(cut.family)} {printable(cut.rule)} {cut.confidence:.2f}]"


def _summary(name: str, cleaned: Cleaned) -> Iterator[Line]:
    statistics = Statistics()
    statistics.add(name, cleaned)
    kept = statistics.words - statistics.words_cut
    rows = [("kept", kept, f"{len(cleaned.kept):,} of {len(cleaned.page.blocks):,} blocks", "")]
    for family, tally in statistics.families().items():
        rules = [f"{rule} ×{each.cuts}" if each.cuts > 1 else rule for rule, each in statistics.rules_of(family)]
        what = f"{tally.cuts} {'cut' if tally.cuts == 1 else 'cuts'}: {_some(rules, _RULES_WIDTH)}"
        rows.append((family, tally.words, what, family))
    for label, words, what, family in rows:
        share = words / statistics.words if statistics.words else 0.0
        yield Line(
            "",
            (
                Run(f"{printable(label):<13}", family, bold=not family),
                Run(f" {words:>7,} words {share:>4.0%}  {printable(what)}"),
            ),
        )
    for credit in cleaned.credits:
        language = f" (from {credit.language})" if credit.language else ""
        yield Line("", (Run("credit       ", bold=True), Run(printable(f" {credit.role}: {credit.name}{language}"))))
    for veto in cleaned.vetoed:
        kept_for = f" {veto.by}, against {_reason(veto.cut, '')}: {' '.join(veto.cut.text.split())}"
        yield Line("", (Run("kept by rule ", bold=True), Run(printable(kept_for))))
    for warning in cleaned.warnings:
        yield Line("", (Run("warning      ", bold=True), Run(printable(f" {warning}"))))


def _some(texts: list[str], width: int) -> str:
    """As many of the texts as fit, one at least, and a sign if there are more.

    >>> _some(["one", "two", "three"], 12)
    'one, two, …'
    """
    shown = texts[0]
    for text in texts[1:]:
        if len(shown) + len(text) + 4 > width:
            return f"{shown}, …"
        shown += f", {text}"
    return shown


def wants_colour(out: TextIO) -> bool:
    """Whether the output is a terminal, or `FORCE_COLOR` says it leads to one, and `NO_COLOR` (https://no-color.org) does not object."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or out.isatty()


def write_coloured(lines: Iterable[Line], out: TextIO) -> None:
    """Write lines in colour, broken at the terminal's width.

    Raises:
        ModuleNotFoundError: `rich`, which the extra `report` brings, is not installed.
    """
    from rich.console import Console  # noqa: PLC0415  # an extra, and only a terminal needs it
    from rich.style import Style  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=out, highlight=False, markup=False, emoji=False)
    for line in lines:
        text = Text(no_wrap=False, overflow="fold")
        for run in line.runs:
            colour = f"color({colour_of(run.family).number})" if run.family else None
            text.append(run.text, Style(color=colour, strike=run.struck or None, bold=run.bold or None))
        family = next((run.family for run in line.runs if run.struck), "") if line.edge == _GONE else ""
        edge = Text(line.edge, Style(color=f"color({colour_of(family).number})") if family else "")
        for broken in text.wrap(console, max(console.width - len(line.edge), 20)) or [text]:
            broken.rstrip()
            console.print(edge + broken, soft_wrap=True)
