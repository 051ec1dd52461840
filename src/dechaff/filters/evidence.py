"""What the families share: phrases and markup tokens turned into cuts, with the evidence that words alone lack.

Phrases are looked up once a page for all families, so that a rule which needs a neighbour can see the cuts of every
other family. What is found here is kept on the page (`Page.shared`) and handed out by family.
"""

from __future__ import annotations

import threading
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from dechaff.page import FAMILIES, Credit, Cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from dechaff.page import Block, Box, Page
    from dechaff.phrasebook import Match, Phrasebook

NEIGHBOURHOOD = 2
"""How many blocks away a sure cut may be to count as a neighbour of an ambiguous one."""

_EDGE = 6
"""How many blocks from the page's first and last one count as its edge."""

_REPEATS = 3
_REPEATED_LONGEST = 40
"""A label that stands three times on a page is furniture, if it is short: verses and score tables repeat too."""

_MOSTLY_LINKS = 0.5
_BOX_LINKS = 0.75
_BOX_BLOCKS = 60
_BOX_SHARE = 0.3
_LONG_PROSE = 220
"""A box that holds this many characters of running text in one block, or this share of the page, is not only furniture."""

_HEADED = frozenset(("related", "navigation", "sharing", "comments", "ads", "subscriptions", "authors"))
"""The families whose heading stands over a box of links that is what the heading says."""

_loading = threading.Lock()


@lru_cache(maxsize=1)
def _load() -> Phrasebook:
    from dechaff.phrasebook import load  # noqa: PLC0415  # numpy and the rules come in when a page is first cleaned

    return load()


def phrasebook() -> Phrasebook:
    """The rules of all languages, loaded once, by whichever thread is first."""
    with _loading:
        return _load()


def phrase_cuts(page: Page, family: str) -> list[Cut]:
    """The cuts of one family that its phrases propose on this page."""
    return page.shared("phrase_cuts", _all_phrase_cuts).get(family, [])


def _all_phrase_cuts(page: Page) -> dict[str, list[Cut]]:
    if not page.blocks:
        return {}
    matches = page.shared("matches", _matches)
    sure: set[int] = set()
    for match in matches:
        if not match.rule.needs and match.rule.where == "block":
            sure.add(match.block)
    for cuts in page.shared("markup_cuts", _all_markup_cuts).values():
        for cut in cuts:
            sure.update(range(cut.first, cut.last))
    repeated: Counter[str] | None = None
    found: dict[str, list[Cut]] = {}
    for match in matches:
        block = page.blocks[match.block]
        if block.kind == "code" or (block.kind == "heading" and block.level == 1):
            continue
        needs = match.rule.needs
        if needs == "repeat" and repeated is None:
            repeated = Counter(b.text for b in page.blocks if len(b.text) <= _REPEATED_LONGEST)
        if needs and not _has_evidence(page, block, needs, sure, repeated):
            continue
        found.setdefault(match.rule.family, []).append(_cut_of(page, match))
    return found


def _has_evidence(page: Page, block: Block, needs: str, sure: set[int], repeated: Counter[str] | None) -> bool:
    if needs == "links" and page.kind == "html":
        return block.link_density >= _MOSTLY_LINKS or block.kind == "control"
    if needs in ("neighbour", "links"):
        near = range(block.index - NEIGHBOURHOOD, block.index + NEIGHBOURHOOD + 1)
        return any(number in sure for number in near if number != block.index)
    if needs == "caption":
        return block.kind == "caption" or block.images > 0 or _follows_caption(page, block)
    if needs == "prose":
        return block.kind in _RUNNING and _is_prose(page, block.index - 1) and _is_prose(page, block.index + 1)
    if needs == "repeat":
        return repeated is not None and repeated[block.text] >= _REPEATS
    return block.index < _EDGE or block.index >= len(page.blocks) - _EDGE


_RUNNING = frozenset(("paragraph", "line", "quote", "control"))
_PROSE = 60


def _is_prose(page: Page, number: int) -> bool:
    """Whether the block is running text: long enough for a sentence, and not a link. Beyond the page's ends all is well."""
    if not 0 <= number < len(page.blocks):
        return True
    block = page.blocks[number]
    return len(block.text) >= _PROSE and block.link_density < _MOSTLY_LINKS


def _follows_caption(page: Page, block: Block) -> bool:
    return block.index > 0 and page.blocks[block.index - 1].kind == "caption"


def _cut_of(page: Page, match: Match) -> Cut:
    rule, block = match.rule, page.blocks[match.block]
    credits: tuple[Credit, ...] = ()
    if rule.role:
        credits = tuple(_credits(page, match))
    if rule.where != "block":
        begin, end = page.folded.origin(match.block, match.first, match.last)
        if block.text[:begin].strip() or block.text[end:].strip():
            return Cut(block.index, block.index + 1, rule.family, rule.id, rule.confidence, begin, end, credits=credits)
    first, last = block.index, block.index + 1
    if block.kind == "heading" and rule.family in _HEADED:
        first, last = headed_range(page, block)
    # What only its surroundings make chaff yields to a rule whose words alone suffice.
    confidence = rule.confidence * (0.9 if rule.needs else 1)
    return Cut(first, last, rule.family, rule.id, confidence, credits=credits)


def headed_range(page: Page, block: Block) -> tuple[int, int]:
    """The blocks of the box that a heading stands over, if all the rest of it is links; else the heading alone."""
    if block.box < 0:
        return block.index, block.index + 1
    for box in page.ancestors(block):
        if box.last - box.first < 2:
            continue
        inside = [other for other in page.blocks[box.first : box.last] if other is not block]
        linked = sum(other.linked for other in inside)
        length = sum(len(other.text) for other in inside)
        if box.last - box.first <= _BOX_BLOCKS and box.first == block.index and length and linked / length >= _BOX_LINKS:
            return box.first, box.last
        break
    return block.index, block.index + 1


def _credits(page: Page, match: Match) -> Iterator[Credit]:
    block = page.blocks[match.block]
    begin, end = page.folded.origin(match.block, match.first, match.last)
    line = block.text[begin:end].strip() if match.rule.where != "block" else block.text
    if match.name is None:
        return
    low, high = page.folded.origin(match.block, *match.name)
    from dechaff.phrasebook import split_names  # noqa: PLC0415  # as above

    for name in split_names(block.text[low:high]):
        yield Credit(match.rule.role, name, match.language, line)


def markup_cuts(page: Page, family: str) -> list[Cut]:
    """The cuts of one family that boxes' class, id and role tokens and element names propose."""
    return page.shared("markup_cuts", _all_markup_cuts).get(family, [])


def _all_markup_cuts(page: Page) -> dict[str, list[Cut]]:
    if not page.boxes:
        return {}
    from dechaff.markup import markup  # noqa: PLC0415  # as above

    tokens_by_class = markup().families_of
    found: dict[str, list[Cut]] = {}
    total = sum(len(block.text) for block in page.blocks)
    for box in page.boxes:
        if box.first == box.last or not (box.attributes or "-" in box.tag):
            continue
        for family, token in tokens_by_class(box):
            if _may_go(page, box, total):
                found.setdefault(family, []).append(Cut(box.first, box.last, family, f"markup:{token}", 0.95))
    return found


def _may_go(page: Page, box: Box, total: int) -> bool:
    """A box may go by its name alone if it holds no headline, no long prose, and not a large part of the page."""
    blocks = page.blocks[box.first : box.last]
    length = 0
    for block in blocks:
        length += len(block.text)
        if (len(block.text) - block.linked > _LONG_PROSE and not block.hidden) or (block.kind == "heading" and block.level == 1):
            return False
    return length <= _BOX_SHARE * total or length < _LONG_PROSE


def family_flags(page: Page) -> NDArray[np.float32]:
    """What the named families say of each block, as the learned filter sees it, shape (blocks, families).

    1 where a family cuts the block, 0.5 where its words match but the evidence they need is missing, 0 elsewhere.
    """
    import numpy as np  # noqa: PLC0415  # as above

    from dechaff.filters.scripts import find_scripts  # noqa: PLC0415  # it needs nothing of this module

    named = FAMILIES[:-1]
    column = {family: number for number, family in enumerate(named)}
    flags = np.zeros((len(page.blocks), len(named)), dtype=np.float32)
    for match in page.shared("matches", _matches):
        flags[match.block, column[match.rule.family]] = 0.5
    for source in (page.shared("phrase_cuts", _all_phrase_cuts), page.shared("markup_cuts", _all_markup_cuts)):
        for family, cuts in source.items():
            for cut in cuts:
                flags[cut.first : cut.last, column[family]] = 1 if cut.start is None else 0.5
    for cut in page.shared("scripts:shapes", lambda page: list(find_scripts(page))):
        flags[cut.first : cut.last, column["scripts"]] = 1 if cut.start is None else 0.5
    return flags


def _matches(page: Page) -> list[Match]:
    return phrasebook().find(page.folded) if page.blocks else []
