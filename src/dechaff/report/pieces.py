"""The page as kept and cut pieces in reading order: what all explanations show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

from dechaff.report.safety import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dechaff.page import Block, Box, Cleaned, Cut, Page

_WORD = regex.compile(
    r"""(?<spaceless>[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])
        |[\p{L}\p{N}\p{M}](?:(?!\g<spaceless>)[\p{L}\p{N}\p{M}'’])*""",
    regex.VERBOSE,
)
_LETTERS_A_WORD = 2
"""What counts as a word where no spaces stand between words."""

_LEARNED = "boilerplate"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one block with one fate.

    Attributes:
        block: the block it stands in.
        text: its words.
        cut: what removed it; None if it stayed.
        opens: it is where its cut begins.
    """

    block: Block
    text: str
    cut: Cut | None = None
    opens: bool = False

    @property
    def whole(self) -> bool:
        """Whether it is all of its block."""
        return len(self.text) == len(self.block.text)


def pieces_of(cleaned: Cleaned) -> Iterator[list[Piece]]:
    """For each block of the page its pieces, in reading order."""
    whole: dict[int, Cut] = {}
    spans: dict[int, list[Cut]] = {}
    for cut in cleaned.cuts:
        if cut.start is None:
            whole.update(dict.fromkeys(range(cut.first, cut.last), cut))
        else:
            spans.setdefault(cut.first, []).append(cut)
    for block in cleaned.page.blocks:
        owner = whole.get(block.index)
        if owner is not None:
            yield [Piece(block, block.text, owner, opens=owner.first == block.index)]
        else:
            yield list(_parts(block, spans.get(block.index, [])))


def _parts(block: Block, cuts: list[Cut]) -> Iterator[Piece]:
    place = 0
    for cut in cuts:
        begin, end = cut.start or 0, len(block.text) if cut.end is None else cut.end
        if place < begin:
            yield Piece(block, block.text[place:begin])
        yield Piece(block, block.text[begin:end], cut, opens=True)
        place = end
    if place < len(block.text):
        yield Piece(block, block.text[place:])


def count_words(text: str) -> int:
    """How many words a text has; two letters count as one where a script has no spaces.

    >>> count_words("Don't miss out: 3 days!"), count_words("東京都庁")
    (5, 2)
    """
    words = spaceless = 0
    for match in _WORD.finditer(text):
        if match["spaceless"]:
            spaceless += 1
        else:
            words += 1
    return words + -(-spaceless // _LETTERS_A_WORD)


def rule_of(cut: Cut) -> str:
    """A cut's rule without the figures of the one case: all learned scores are one rule."""
    return cut.rule.partition(" ")[0] if cut.family == _LEARNED else cut.rule


_CLASSES_SHOWN = 3
_LONGEST_NAME = 60


def name_of(box: Box) -> str:
    """An element as a CSS selector would call it, `div#main.post`, with "…" for more than a few classes."""
    attributes = box.attributes
    classes = (attributes.get("class") or "").split()
    name = box.tag
    if attributes.get("id"):
        name += "#" + "-".join(attributes["id"].split())
    name = ".".join([name, *classes[:_CLASSES_SHOWN]])
    cropped = len(classes) > _CLASSES_SHOWN or len(name) > _LONGEST_NAME
    return name[:_LONGEST_NAME] + "…" if cropped else name


def path_of(page: Page, block: Block) -> list[str]:
    """The elements around a block, outermost first; empty for a text source."""
    return [name_of(box) for box in page.ancestors(block)][::-1]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of some words.

    Attributes:
        cut: what removed them, or the first part of them; None if they stayed.
        partly: only a part of them went.
    """

    cut: Cut | None = None
    partly: bool = False

    @property
    def family(self) -> str:
        """The family of the cut, "" if the words stayed."""
        return self.cut.family if self.cut else ""

    @property
    def rule(self) -> str:
        """The rule of the cut, "" if the words stayed."""
        return self.cut.rule if self.cut else ""

    def __str__(self) -> str:
        if self.cut is None:
            return "kept"
        return f"{'partly cut' if self.partly else 'cut'} as {printable(self.family)}, {printable(self.rule)}, confidence {self.cut.confidence:.2f}"


def fate_of(cuts: list[Cut], block: Block, begin: int, end: int) -> Fate:
    """What became of `block.text[begin:end]`."""
    touching = [cut for cut in cuts if cut.first <= block.index < cut.last]
    removed = 0
    reason = None
    for cut in touching:
        low, high = (0, len(block.text)) if cut.start is None else (cut.start, cut.end or 0)
        common = len(block.text[max(low, begin) : min(high, end)].strip())
        removed += common
        reason = reason or (cut if common else None)
    return Fate(reason, partly=0 < removed < len(block.text[begin:end].strip()))
