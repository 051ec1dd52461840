"""Which blocks change hands between two results: of one page with other options, or of two versions of a page."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from dechaff.report.pieces import Fate, count_words, fate_of
from dechaff.report.safety import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dechaff.page import Block, Cleaned

_LONGEST_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Change:
    """One block with another fate.

    Attributes:
        block: the block as the second result has it; as the first has it, where the second lacks it.
        before: its fate in the first result; None if it is not there.
        after: its fate in the second; None if it is not there.
    """

    block: Block
    before: Fate | None
    after: Fate | None

    @property
    def moves(self) -> bool:
        """Whether the block stands in both and is kept in one alone."""
        return self.before is not None and self.after is not None and _side(self.before) != _side(self.after)


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two results.

    Attributes:
        changes: the blocks that change hands, in reading order; and for two versions of a page the blocks that only one has.
        blocks: how many blocks the two have in common.
    """

    changes: tuple[Change, ...]
    blocks: int

    def lines(self) -> Iterator[str]:
        """For a person: each block with its fates, then how many there are."""
        for change in self.changes:
            text = " ".join(change.block.text.split())
            yield f"block {change.block.index}, {change.block.kind}: {_shown(text)}"
            yield f"  a  {_fate(change.before)}"
            yield f"  b  {_fate(change.after)}"
        yield from self._counts()

    def _counts(self) -> Iterator[str]:
        moved = [change for change in self.changes if change.moves]
        for label, side in (("kept only in a", "cut"), ("kept only in b", "kept")):
            chosen = [change for change in moved if change.after is not None and _side(change.after) == side]
            yield _count(label, chosen)
        partly = [change for change in moved if change.after is not None and _side(change.after) == "partly"]
        if partly:
            yield _count("cut in part", partly)
        for label, chosen in (
            ("only on page a", [change for change in self.changes if change.after is None]),
            ("only on page b", [change for change in self.changes if change.before is None]),
        ):
            if chosen:
                yield _count(label, chosen)
        same = self.blocks - len(moved)
        yield f"{'no change':<15} {same:>6,} {'block' if same == 1 else 'blocks'}"

    def as_record(self) -> dict[str, Any]:
        """The same as lists and dicts that `json` takes."""
        return {
            "changes": [
                {
                    "block": change.block.index,
                    "kind": change.block.kind,
                    "text": change.block.text,
                    "a": _fate_record(change.before),
                    "b": _fate_record(change.after),
                }
                for change in self.changes
            ],
            "blocks_in_common": self.blocks,
        }


def difference(first: Cleaned, second: Cleaned) -> Difference:
    """Which blocks change hands from the first result to the second.

    Blocks are the same if their texts are and they stand in the same order; so two versions of a page are compared as well as two
    results of one.

    Raises:
        ValueError: a result has no page any more; see `Cleaned.page`.
    """
    a, b = first.page.blocks, second.page.blocks
    texts_a, texts_b = [block.text for block in a], [block.text for block in b]
    if texts_a == texts_b:
        operations = [("equal", 0, len(a), 0, len(b))]
    else:
        operations = list(SequenceMatcher(None, texts_a, texts_b).get_opcodes())
    before, after = _fates(first), _fates(second)
    changes: list[Change] = []
    common = 0
    for operation, low_a, high_a, low_b, high_b in operations:
        if operation == "equal":
            common += high_a - low_a
            for old, new in zip(range(low_a, high_a), range(low_b, high_b), strict=True):
                change = Change(b[new], before[old], after[new])
                if change.moves:
                    changes.append(change)
            continue
        changes += [Change(a[old], before[old], None) for old in range(low_a, high_a)]
        changes += [Change(b[new], None, after[new]) for new in range(low_b, high_b)]
    return Difference(tuple(changes), common)


def _fates(cleaned: Cleaned) -> list[Fate]:
    blocks = cleaned.page.blocks
    by_block: list[list[Any]] = [[] for _ in blocks]
    for cut in cleaned.cuts:
        for number in range(cut.first, cut.last):
            by_block[number].append(cut)
    return [fate_of(cuts, block, 0, len(block.text)) for cuts, block in zip(by_block, blocks, strict=True)]


def _side(fate: Fate) -> str:
    if fate.cut is None:
        return "kept"
    return "partly" if fate.partly else "cut"


def _count(label: str, changes: list[Change]) -> str:
    words = sum(count_words(change.block.text) for change in changes)
    return f"{label:<15} {len(changes):>6,} {'block' if len(changes) == 1 else 'blocks'}, {words:,} words"


def _fate(fate: Fate | None) -> str:
    return "not there" if fate is None else str(fate)


def _fate_record(fate: Fate | None) -> dict[str, Any] | None:
    if fate is None:
        return None
    cut = fate.cut
    return {
        "state": _side(fate),
        "family": fate.family or None,
        "rule": fate.rule or None,
        "confidence": cut.confidence if cut else None,
    }


def _shown(text: str) -> str:
    return printable(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…")
