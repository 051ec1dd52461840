"""What the families share: phrases and markup tokens turned into cuts, with the evidence that words alone lack.

Phrases are looked up once a page for all families, so that a rule which needs a neighbour can see the cuts of every
other family. What is found here is kept on the page (`Page.shared`) and handed out by family.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from dechaff.late import late_re
from dechaff.page import Credit, Cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from dechaff.folding import FoldedText
    from dechaff.page import Block, Page
    from dechaff.phrasebook import Match

NEIGHBOURHOOD = 2
"""How many blocks away a sure cut may be to count as a neighbour of an ambiguous one."""

_CHANGING = frozenset(("edge", "prose"))
"""The needs that can be met once other blocks are gone."""

_AWAY = (*range(-NEIGHBOURHOOD, 0), *range(1, NEIGHBOURHOOD + 1))

_EDGE = 6
"""How many blocks from the page's first and last one count as its edge."""

_BELOW_HEADLINE = 3

_REPEATS = 3
_REPEATED_LONGEST = 40
"""A label that stands three times on a page is furniture, if it is short: verses and score tables repeat too."""

_MOSTLY_LINKS = 0.5
_BOX_LINKS = 0.75
_BOX_BLOCKS = 60
_BOX_SHARE = 0.3
_NO_TITLES = frozenset(("credits", "authors", "legal", "sharing", "navigation"))
"""The families whose words, as a heading over content, are what that is about."""

_LONG_PROSE = 220
"""A box that holds this many characters of running text in one block, or this share of the page, is not only furniture."""

_HEADED = frozenset(("related", "navigation", "sharing", "comments", "ads", "subscriptions", "authors"))
"""The families whose heading stands over a box of links that is what the heading says."""

_PRESSED = frozenset(("navigation", "sharing", "comments", "consent"))
"""The families whose words, where they are all of a link or a button, say what happens when it is pressed."""

_SENTENCE = 40
_WHOLLY_LINKED = 0.98
_HABIT = 2

_TITLE = 30
_TITLES = 10
_PARAGRAPHS = 3
_TITLES_A_PARAGRAPH = 8
"""A page with ten linked titles of 30 characters, and more than eight for each paragraph that follows on another, is a list."""


def phrase_cuts(page: Page, family: str) -> list[Cut]:
    """The cuts of one family that its phrases propose on this page."""
    return page.shared("phrase_cuts", _all_phrase_cuts).get(family, [])


def _all_phrase_cuts(page: Page) -> dict[str, list[Cut]]:
    if not page.blocks:
        return {}
    evidence = _Evidence(page)
    found: dict[str, list[Cut]] = {}
    read: dict[tuple[str, str], tuple[Credit, ...]] = {}
    for match in evidence.accepted():
        found.setdefault(match.rule.family, []).append(cut_of(page, match, read))
    for cut in _peeled(page, evidence, [cut for cuts in found.values() for cut in cuts]):
        found.setdefault(cut.family, []).append(cut)
    return found


_MOST_LAYERS = 4


def _peeled(page: Page, evidence: _Evidence, cuts: list[Cut]) -> list[Cut]:
    """What shows at a block's edges once a span there is gone: a second credit behind the first, a label behind a leaked tag.

    Without it, cleaning twice would find more than cleaning once.
    """
    from dechaff.phrasebook import phrasebook  # noqa: PLC0415  # numpy and the rules come in when a page is first cleaned

    rests: dict[int, _Rest] = {}
    for cut in [*cuts, *page.shared("scripts:shapes", script_cuts)]:
        _narrow(page, rests, cut)
    peeled: list[Cut] = []
    changed = list(rests)
    for _ in range(_MOST_LAYERS):
        if not changed:
            break
        rest = _fold_texts([rests[number].text() for number in changed])
        matches = [
            match
            for match in phrasebook().find(rest, every=False)
            if not match.rule.needs or evidence.has(match._replace(block=changed[match.block]))
        ]
        layer: list[Cut] = []
        for match in matches:
            number = changed[match.block]
            if match.rule.where == "block":
                layer.append(Cut(number, number + 1, match.rule.family, match.rule.id, match.rule.confidence))
                continue
            begin, end = rest.origin(match.block, match.first, match.last)
            offset = rests[number].begin
            layer.append(
                Cut(
                    number,
                    number + 1,
                    match.rule.family,
                    match.rule.id,
                    match.rule.confidence,
                    begin + offset,
                    end + offset,
                )
            )
        for number in changed:
            rests[number].narrowed = False
        for cut in layer:
            _narrow(page, rests, cut)
        changed = [number for number in changed if rests[number].narrowed]
        peeled += layer
    return peeled


def _fold_texts(texts: list[str]) -> FoldedText:
    from dechaff.folding import FoldedText  # noqa: PLC0415  # numpy comes in when a page is first cleaned

    return FoldedText(texts)


class _Rest:
    """What is left of a block between the spans at its edges.

    Attributes:
        begin, end: its range in the block's text.
        narrowed: a span was taken off.
    """

    __slots__ = ("_first", "_last", "_whole", "begin", "end", "narrowed")

    def __init__(self, text: str) -> None:
        self._whole = text
        self.begin, self.end = 0, len(text)
        self.narrowed = False
        # Where its first word begins and its last one ends: found once for each edge, not once for each span.
        self._first, self._last = self._solid(0), len(text.rstrip())

    def _solid(self, place: int) -> int:
        match = _SOLID.search(self._whole, place)
        return match.start() if match else len(self._whole)

    def text(self) -> str:
        """The words that are left."""
        return self._whole[self.begin : self.end]

    def take(self, start: int, end: int) -> None:
        """Move an edge past a span that lies at it, unless nothing would be left."""
        if start <= self._first:
            if max(self.begin, end) < self.end:
                self.begin = max(self.begin, end)
                self._first = self._solid(self.begin)
                self.narrowed = True
        elif end >= self._last and self.begin < min(self.end, start):
            self.end = min(self.end, start)
            self._last = len(self._whole[: self.end].rstrip())
            self.narrowed = True


def _narrow(page: Page, rests: dict[int, _Rest], cut: Cut) -> None:
    """Take a span off the rest of its block."""
    if cut.start is None or cut.end is None:
        return
    rest = rests.get(cut.first)
    if rest is None:
        rest = rests[cut.first] = _Rest(page.blocks[cut.first].text)
    rest.take(cut.start, cut.end)


_SOLID = late_re(r"\S")


class _Evidence:
    """Decides which matches hold, given all others on the page.

    Sure ones come first. What an ambiguous one needs is then looked for among what stays, again and again until nothing more is
    accepted: so cleaning what was cleaned already finds nothing new.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        blocks = page.blocks
        self.matches = [
            match
            for match in page.shared("matches", _matches)
            if blocks[match.block].kind not in _ASKED
            or (may_be_chaff(blocks[match.block]) and not _titles_text(page, match))
        ]
        if page.shared("is_list", is_list):
            # The names under a list's titles are a part of what somebody came to read.
            self.matches = [match for match in self.matches if match.rule.family != "authors"]
        self.matches = [
            match for match in self.matches if match.rule.family != "related" or _may_lead_away(page, match.block)
        ]
        ends = {m.block for m in self.matches if m.rule.family == "related" and _ends_section(page, m.block)}
        if len(ends) >= _HABIT:
            self.matches = [
                match for match in self.matches if match.rule.family != "related" or match.block not in ends
            ]
        self.sure: set[int] = {m.block for m in self.matches if not m.rule.needs and m.rule.where == "block"}
        cut_here = [0] * (len(page.blocks) + 1)
        for cuts in (
            *page.shared("markup_cuts", _all_markup_cuts).values(),
            page.shared("scripts:shapes", script_cuts),
        ):
            for cut in cuts:
                if cut.start is None:
                    cut_here[cut.first] += 1
                    cut_here[cut.last] -= 1
        if any(cut_here):
            self.sure.update(number for number, cuts_over_it in enumerate(accumulate(cut_here)) if cuts_over_it)

    @cached_property
    def staying(self) -> _Staying:
        """The blocks that are not cut so far."""
        return _Staying(len(self.page.blocks), self.sure)

    @cached_property
    def repeated(self) -> Counter[str]:
        """How often each short block stands on the page."""
        return Counter(block.text for block in self.page.blocks if len(block.text) <= _REPEATED_LONGEST)

    def accepted(self) -> list[Match]:
        """The matches that hold, in page order."""
        held: set[int] = set()
        pending: dict[int, list[Match]] = {}
        gone: set[int] = set()
        for match in self.matches:
            needs = match.rule.needs
            if not needs:
                held.add(id(match))
            elif self.has(match):
                held.add(id(match))
                if match.rule.where == "block":
                    gone.add(match.block)
            elif needs in _CHANGING:
                pending.setdefault(match.block, []).append(match)
        while gone:
            # Only there can something have changed: asking everywhere again would take as many rounds as there are labels
            # in a row at the page's edge.
            asked = self.staying.without(gone) & pending.keys()
            gone = set()
            for number in asked:
                fulfilled = [match for match in pending[number] if self.has(match)]
                held.update(map(id, fulfilled))
                gone.update(match.block for match in fulfilled if match.rule.where == "block")
                pending[number] = [match for match in pending[number] if id(match) not in held]
        if len(held) == len(self.matches):
            return self.matches
        return [match for match in self.matches if id(match) in held]

    def has(self, match: Match) -> bool:
        """Whether what an ambiguous match needs is there."""
        page, block, needs = self.page, self.page.blocks[match.block], match.rule.needs
        if needs == "links" and page.kind != "text":
            return block.link_density >= _MOSTLY_LINKS or block.kind == "control"
        if needs in ("neighbour", "links"):
            return self._is_accompanied(block, match.rule.family)
        if needs == "caption":
            return block.kind == "caption" or block.images > 0 or _follows_caption(page, block)
        if needs == "repeat":
            return self.repeated[block.text] >= _REPEATS
        if block.index not in self.staying:
            return True
        if needs == "prose":
            beside = self.staying.beside(block.index)
            return block.kind in _RUNNING and bool(beside) and all(_is_prose(page.blocks[number]) for number in beside)
        return block.index in self.staying.edge or self._below_headline(block.index)

    def _is_accompanied(self, block: Block, family: str) -> bool:
        """Whether a sure cut is near, or the block is a button. A list's own buttons are no sign."""
        number = block.index
        if not self.sure.isdisjoint([number + away for away in _AWAY]):
            return True
        if self.page.shared("is_list", is_list):
            return False
        return _is_button(block, family)

    def _below_headline(self, number: int) -> bool:
        """Whether the page's title stands right before it: the article begins there, not at the page's first block."""
        above = (self.page.blocks[other] for other in self.staying.above(number, _BELOW_HEADLINE))
        return any(block.kind == "heading" and block.level == 1 for block in above)


def _is_button(block: Block, family: str) -> bool:
    """Whether the block is a button that is no more than its words: "Next", "Save", not "Listen 8:17".

    Of links that say no more than that, people count too many as content.
    """
    return block.kind == "control" and family in _PRESSED and not any(map(str.isdigit, block.text))


class _Staying:
    """The blocks that are not cut, as a chain from which one can be taken out, and those at its two ends.

    Attributes:
        edge: the first and the last `_EDGE` of them.
    """

    def __init__(self, count: int, gone: AbstractSet[int]) -> None:
        chain = [number for number in range(count) if number not in gone]
        # The two ends meet in the number after the last block.
        self._end = count
        self._after = dict(zip([count, *chain], [*chain, count], strict=True))
        self._before = dict(zip([*chain, count], [count, *chain], strict=True))
        self.edge = self._find_edge()

    def __contains__(self, number: int) -> bool:
        return number in self._after

    def beside(self, number: int) -> list[int]:
        """The one before and the one after, where there is one."""
        return [other for other in (self._before[number], self._after[number]) if other != self._end]

    def above(self, number: int, most: int) -> list[int]:
        """The ones before, the nearest first, at most so many."""
        return self._along(self._before, number, most)

    def _along(self, chain: Mapping[int, int], number: int, most: int) -> list[int]:
        found: list[int] = []
        while len(found) < most and (number := chain[number]) != self._end:
            found.append(number)
        return found

    def without(self, gone: AbstractSet[int]) -> set[int]:
        """Take some out. Returns them and those that have got others near before or after them or have come to the edge."""
        gone = gone & self._after.keys()
        changed = set(gone)
        for number in gone:
            before, after = self._before.pop(number), self._after.pop(number)
            self._after[before], self._before[after] = after, before
            changed.update((before, after, *self._along(self._after, before, _BELOW_HEADLINE)))
        if gone:
            edge = self._find_edge()
            changed |= edge - self.edge
            self.edge = edge
        changed.discard(self._end)
        return changed

    def _find_edge(self) -> set[int]:
        return {number for chain in (self._after, self._before) for number in self._along(chain, self._end, _EDGE)}


_ASKED = frozenset(("code", "heading"))
"""The kinds of blocks that may stay whatever their words are."""


def may_be_chaff(block: Block) -> bool:
    """Code and the page's title stay, whatever words they are."""
    return block.kind != "code" and not (block.kind == "heading" and block.level == 1)


def _titles_text(page: Page, match: Match) -> bool:
    """Whether a heading stands over running text, or a list without links: "Print" in a history of print, "Menu" over dishes."""
    number = match.block
    if (
        match.rule.where != "block"
        or page.blocks[number].kind != "heading"
        or match.rule.family not in _NO_TITLES
        or number + 1 == len(page.blocks)
    ):
        return False
    following = page.blocks[number + 1]
    return (following.kind == "paragraph" and _is_prose(following) and not following.linked) or (
        following.kind == "item" and not following.linked and match.rule.family != "sharing"
    )


def _may_lead_away(page: Page, number: int) -> bool:
    """Whether a line that points to another text is furniture and not the writer's own reference.

    A link that fills its line, or all of it behind a label and a colon, is furniture, and so is a line whose box has a class and
    that is mostly link. An item of a list of sentences is one of them.
    """
    blocks, block = page.blocks, page.blocks[number]
    if page.kind != "text" and len(block.text) >= _SENTENCE and 0 < block.link_density < _WHOLLY_LINKED:
        mostly = block.link_density >= _MOSTLY_LINKS
        if not _is_labelled(block) and not (mostly and _has_class(page, block)):
            return False
    near = [blocks[other] for other in (number - 1, number + 1) if 0 <= other < len(blocks)]
    return block.kind != "item" or not any(other.kind == "item" and _is_prose(other) for other in near)


def _is_labelled(block: Block) -> bool:
    """Whether all behind the first colon is a link."""
    after_label = block.text.partition(":")[2].strip(" ()[]")
    return bool(after_label) and block.linked >= _WHOLLY_LINKED * len(after_label)


def _has_class(page: Page, block: Block) -> bool:
    """Whether the block's box, or the one that holds nothing else, has a name."""
    box = page.boxes[block.box]
    around = page.boxes[box.parent] if box.parent >= 0 else box
    return bool(box.tokens or (around.last - around.first == 1 and around.tokens))


def _ends_section(page: Page, number: int) -> bool:
    """Whether the line is "Read more: " and a link that somebody typed at the end of a section.

    Of these people count a third as content, of links that fill their line 3%. Where a page has several, they are its
    writer's habit.
    """
    blocks, block = page.blocks, page.blocks[number]
    return (
        page.kind != "text"
        and number + 1 < len(blocks)
        and blocks[number + 1].kind == "heading"
        and 0 < block.link_density < _WHOLLY_LINKED
        and not _has_class(page, block)
    )


def script_cuts(page: Page) -> list[Cut]:
    """What `filters.scripts` finds by shape."""
    from dechaff.filters.scripts import find_scripts  # noqa: PLC0415  # it needs nothing of this module

    return list(find_scripts(page))


def unseen_scripts(page: Page) -> list[str]:
    """What of the page `filters.scripts` did not look at, as warnings."""
    from dechaff.filters.scripts import unseen  # noqa: PLC0415  # as above

    return unseen(page)


_RUNNING = frozenset(("paragraph", "line", "quote", "control"))
_IN_ARTICLES = frozenset(("paragraph", "line", "quote"))
_PROSE = 60


def _is_prose(block: Block) -> bool:
    """Whether the block is running text: long enough for a sentence, and not a link."""
    return len(block.text) >= _PROSE and block.link_density < _MOSTLY_LINKS


def _follows_caption(page: Page, block: Block) -> bool:
    return block.index > 0 and page.blocks[block.index - 1].kind == "caption"


def cut_of(page: Page, match: Match, read: dict[tuple[str, str], tuple[Credit, ...]]) -> Cut:
    """The cut that a phrase which holds proposes, with the credits that are known from its words.

    Args:
        page: what it holds on.
        match: the phrase.
        read: the credits known so far, by the rule and the block's text: the same words are read once.
    """
    rule, block = match.rule, page.blocks[match.block]
    known: tuple[Credit, ...] = ()
    if rule.role:
        words = rule.id, block.text
        if words not in read:
            read[words] = tuple(_credits(page, match))
        known = read[words]
    if rule.where != "block":
        begin, end = page.folded.origin(match.block, match.first, match.last)
        if block.text[:begin].strip() or block.text[end:].strip():
            return Cut(block.index, block.index + 1, rule.family, rule.id, rule.confidence, begin, end, credits=known)
    first, last = block.index, block.index + 1
    # A heading that is itself a link, and would be nothing without, is one of several links.
    if block.kind == "heading" and rule.family in _HEADED and rule.needs != "links":
        first, last = headed_range(page, block)
    return Cut(first, last, rule.family, rule.id, rule.confidence_in_block, credits=known)


def headed_range(page: Page, block: Block) -> tuple[int, int]:
    """The blocks of the box that a heading stands over, if all the rest of it is links; else the heading alone."""
    if block.box < 0 or page.shared("is_list", is_list):
        return block.index, block.index + 1
    for box in page.ancestors(block):
        if box.last - box.first < 2:
            continue
        if box.last - box.first > _BOX_BLOCKS or box.first != block.index:
            break
        inside = page.blocks[box.first + 1 : box.last]
        length = sum(len(other.text) for other in inside)
        if length and sum(other.linked for other in inside) / length >= _BOX_LINKS:
            return box.first, box.last
        break
    return block.index, block.index + 1


def is_list(page: Page) -> bool:
    """Whether the page is a list of links to other texts, a front page or a search result, whose links are the content.

    Paragraphs follow on each other in an article; in a list a linked title comes between any two. Measured on the lab's
    corpora: true of 71% of the pages that people called a listing, 52% of the collections, 5% of the articles.
    """
    titles = chain = longest = 0
    for block in page.blocks:
        length = len(block.text)
        if block.linked >= _BOX_LINKS * length:
            titles += length >= _TITLE
            chain = max(0, chain - (length >= _TITLE // 2))
        elif length - block.linked >= _PROSE and block.kind in _IN_ARTICLES:
            chain += 1
            longest = max(longest, chain)
    return titles >= _TITLES and (longest < _PARAGRAPHS or longest * _TITLES_A_PARAGRAPH < titles)


def _credits(page: Page, match: Match) -> Iterator[Credit]:
    block = page.blocks[match.block]
    begin, end = page.folded.origin(match.block, match.first, match.last)
    line = block.text[begin:end].strip() if match.rule.where != "block" else block.text
    from dechaff.phrasebook import split_names  # noqa: PLC0415  # as above

    role, _, role_of_last = match.rule.role.partition("+")
    for span in match.names:
        low, high = page.folded.origin(match.block, *span)
        for name in split_names(block.text[low:high]):
            last = role_of_last and span == match.names[-1]
            yield Credit(role_of_last if last else role, name, match.language, line)


def markup_cuts(page: Page, family: str) -> list[Cut]:
    """The cuts of one family that boxes' class, id and role tokens and element names propose."""
    return page.shared("markup_cuts", _all_markup_cuts).get(family, [])


def _all_markup_cuts(page: Page) -> dict[str, list[Cut]]:
    if not page.boxes:
        return {}
    from dechaff.markup import markup  # noqa: PLC0415  # as above

    tokens_by_class = markup().families_of
    found: dict[str, list[Cut]] = {}
    # Up to each block: how much text there is, and how many blocks that no box with them goes by its name alone.
    sizes, content = [0], [0]
    for block in page.blocks:
        sizes.append(sizes[-1] + len(block.text))
        content.append(content[-1] + _is_content(block))
    for box in page.boxes:
        if box.first == box.last or not (box.attributes or "-" in box.tag):
            continue
        families = tokens_by_class(box)
        if families and content[box.first] == content[box.last]:
            length = sizes[box.last] - sizes[box.first]
            if length <= _BOX_SHARE * sizes[-1] or length < _LONG_PROSE:
                for family, token in families:
                    found.setdefault(family, []).append(Cut(box.first, box.last, family, f"markup:{token}", 0.95))
    return found


def _is_content(block: Block) -> bool:
    """Whether a block is long prose or the page's headline: a box that holds one may not go by its name alone."""
    return (len(block.text) - block.linked > _LONG_PROSE and not block.hidden) or (
        block.kind == "heading" and block.level == 1
    )


def families_found(page: Page) -> frozenset[str]:
    """The named families that cut a whole block of this page."""
    sources = (page.shared("phrase_cuts", _all_phrase_cuts), page.shared("markup_cuts", _all_markup_cuts))
    found = {
        family for cuts_of in sources for family, cuts in cuts_of.items() if any(cut.start is None for cut in cuts)
    }
    if any(cut.start is None for cut in page.shared("scripts:shapes", script_cuts)):
        found.add("scripts")
    return frozenset(found)


def _matches(page: Page) -> list[Match]:
    from dechaff.phrasebook import phrasebook  # noqa: PLC0415  # as above

    return phrasebook().find(page.folded, every=False) if page.blocks else []
