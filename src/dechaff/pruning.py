"""Pruning: what was cut is taken out of the user's own tree.

Text goes where it stands, a span inside a paragraph included. An element goes when all text in it went, with whatever else it
holds; but not the root, not `html`, `head` or `body`, and not a cell of a row that stays, which would move its neighbours. What
has no text of its own is left alone: scripts, styles, comments, pictures outside what goes. A picture stays also where only its
caption or credit went. Read again, the tree gives the words of `clean`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import regex

from dechaff.reading.html import ends_a_block
from dechaff.reading.recording import Medium, Recorder, recording_of
from dechaff.reading.trees import is_soup, root_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dechaff.cutting import Outcome
    from dechaff.page import Page
    from dechaff.reading.trees import Place

_NO_XML = regex.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NEVER_REMOVED = frozenset(("html", "head", "body", "td", "th"))
_CAPTIONS = frozenset(("boilerplate", "credits"))
_LONGEST_CAPTION = 400
_MOST_CAPTIONS = 2
"""How many cut blocks may stand between a picture and the text it belongs to."""


def check_tree(tree: Any) -> None:
    """Refuse what cannot be pruned.

    Raises:
        TypeError: it is no lxml element or tree, BeautifulSoup document or Tag, or parsel Selector of markup.
    """
    if is_soup(tree) or hasattr(root_of(tree), "getparent"):
        return
    what = f"{type(tree).__module__}.{type(tree).__name__}"
    hint = "; parse it first, for example with lxml.html.fromstring" if isinstance(tree, str | bytes) else ""
    raise TypeError(
        "only an lxml element or tree, a BeautifulSoup document or Tag, or a parsel Selector of markup can be pruned, "
        f"not {what}{hint}"
    )


def prune(tree: Any, page: Page, outcome: Outcome) -> None:
    """Take what was cut out of the tree that the page was read from.

    Args:
        tree: what was read, with a `Placed` recorder. It is changed.
        page: what it was read as.
        outcome: what was decided.
    """
    handle: _Soup | _Elements = _Soup(tree) if is_soup(tree) else _Elements(root_of(tree))
    recording = recording_of(page)
    staying = {id(handle.root): handle.root}
    for block, chunks in zip(page.blocks, recording.runs, strict=True):
        if outcome.pieces[block.index] == [(0, len(block.text))]:
            for place in {id(chunk.place): chunk.place for chunk in chunks if chunk.text.strip()}.values():
                _mark(handle, handle.holder(place), staying)
    for medium, stays in zip(recording.media, media_that_stay(page, outcome, recording), strict=True):
        if stays:
            _mark(handle, medium.place.node, staying)
    emptied: list[tuple[Any, bool]] = []
    for block, chunks in zip(page.blocks, recording.runs, strict=True):
        pieces = outcome.pieces[block.index]
        if pieces == [(0, len(block.text))]:
            continue
        texts = _without_cuts([chunk.text for chunk in chunks], block.text, pieces)
        for chunk, text in zip(chunks, texts, strict=True):
            if not chunk.text.strip():
                continue
            holder = handle.holder(chunk.place)
            if text.strip():
                _mark(handle, holder, staying)
            else:
                emptied.append((holder, not pieces))
            if text != chunk.text:
                handle.write(chunk.place, text)
    for element, whole in _to_remove(handle, emptied, staying):
        handle.remove(element, apart=whole or handle.has_break(element))


def media_that_stay(page: Page, outcome: Outcome, recording: Recorder) -> list[bool]:
    """For each picture or video whether it belongs to what stays.

    It does inside a block that stays, and between two of them. What was cut as a caption or credit is looked past.
    """
    families = [""] * len(page.blocks)
    for cut in outcome.cuts:
        if cut.start is None:
            families[cut.first : cut.last] = [cut.family] * (cut.last - cut.first)

    def stays(number: int, step: int) -> bool:
        for _ in range(_MOST_CAPTIONS):
            if not 0 <= number < len(page.blocks) or outcome.pieces[number]:
                break
            block = page.blocks[number]
            if families[number] not in _CAPTIONS or len(block.text) > _LONGEST_CAPTION or block.link_density > 0.5:
                break
            number += step
        return 0 <= number < len(page.blocks) and bool(outcome.pieces[number])

    def belongs(medium: Medium) -> bool:
        if medium.before == medium.after:
            return bool(outcome.pieces[medium.after])
        return stays(medium.before, -1) and stays(medium.after, 1)

    return [belongs(medium) for medium in recording.media]


def _mark(handle: _Soup | _Elements, element: Any, staying: dict[int, Any]) -> None:
    """This element and all around it stay. The elements are kept, so that their ids stay theirs."""
    while element is not None and id(element) not in staying:
        staying[id(element)] = element
        element = handle.parent(element)


def _to_remove(
    handle: _Soup | _Elements, emptied: list[tuple[Any, bool]], staying: dict[int, Any]
) -> list[tuple[Any, bool]]:
    """The outermost elements of which nothing stays, and whether a whole block stood in each."""
    found: dict[int, tuple[Any, bool]] = {}
    for holder, whole in emptied:
        top, element = None, holder
        while element is not None and id(element) not in staying:
            if handle.name(element) not in _NEVER_REMOVED:
                top = element
            elif handle.parent(element) is None or id(handle.parent(element)) in staying:
                break
            element = handle.parent(element)
        if top is not None:
            found[id(top)] = (top, whole or found.get(id(top), (None, False))[1])
    return list(found.values())


def _without_cuts(texts: Sequence[str], block: str, pieces: Sequence[tuple[int, int]]) -> list[str]:
    """The texts that a block was made of, without what was cut.

    What is not white space stands in the same order in both. White space stays as it is, but beside a cut: there it is
    what the block has.

    >>> _without_cuts(["One ", "(two)", " three\\n"], "One (two) three", [(0, 4), (10, 15)])
    ['One ', '', 'three\\n']
    """
    if not pieces:
        return [text[: len(text) - len(text.lstrip())] for text in texts]
    stays = bytearray(len(block))
    for begin, end in pieces:
        stays[begin:end] = b"\1" * (end - begin)
    result: list[list[str]] = [[] for _ in texts]
    spaces: list[tuple[int, str]] = []  # white space since the last character, and in which text it stands
    last, last_text, before_stays = -1, 0, True
    position = 0
    for number, text in enumerate(texts):
        for character in text:
            if character.isspace():
                spaces.append((number, character))
                continue
            while block[position].isspace():
                position += 1
            if stays[position]:
                if before_stays:
                    for where, space in spaces:
                        result[where].append(space)
                elif last >= 0:
                    result[last_text] += [block[i] for i in range(last + 1, position) if stays[i]]
                result[number].append(character)
                last, last_text = position, number
            before_stays = bool(stays[position])
            spaces.clear()
            position += 1
    if before_stays:
        for where, space in spaces:
            result[where].append(space)
    return ["".join(parts) for parts in result]


def _settable(text: str) -> str | None:
    """A text as lxml takes it: its parser lets control characters in, but nobody may set them."""
    return _NO_XML.sub(" ", text) or None


class _Elements:
    """An lxml tree: text stands in `text` and `tail`, and an entity is a node of its own."""

    def __init__(self, root: Any) -> None:
        self.root = root

    def holder(self, place: Place) -> Any:
        return place.node if place.slot == "text" else place.node.getparent()

    def parent(self, element: Any) -> Any:
        return element.getparent()

    def name(self, element: Any) -> str:
        return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""

    def write(self, place: Place, text: str) -> None:
        if place.slot == "node":
            if not text.strip():
                self.remove(place.node, apart=False)
        else:
            setattr(place.node, place.slot, _settable(text))

    def has_break(self, element: Any) -> bool:
        return next(element.iter("{*}br"), None) is not None

    def remove(self, element: Any, *, apart: bool) -> None:
        """Take the element out and leave its tail; `apart` keeps what stood on its two sides from running together."""
        parent, before, after = element.getparent(), element.getprevious(), element.getnext()
        left = (before.tail if before is not None else parent.text) or ""
        tail = element.tail or ""
        if (
            apart
            and not left[-1:].isspace()
            and not tail[:1].isspace()
            and (left or self._is_inline(before if before is not None else parent))
            and (tail or self._is_inline(after if after is not None else parent))
        ):
            tail = "\n" + tail
        element.tail = None
        parent.remove(element)
        if before is not None:
            before.tail = _settable(left + tail)
        else:
            parent.text = _settable(left + tail)

    def _is_inline(self, element: Any) -> bool:
        return not ends_a_block(self.name(element))


class _Soup:
    """A BeautifulSoup tree: text is a node."""

    def __init__(self, root: Any) -> None:
        self.root = root

    def holder(self, place: Place) -> Any:
        return place.node.parent

    def parent(self, element: Any) -> Any:
        return element.parent

    def name(self, element: Any) -> str:
        return str(element.name).rpartition(":")[2].lower()

    def write(self, place: Place, text: str) -> None:
        if text:
            place.node.replace_with(type(place.node)(text))
        else:
            place.node.extract()

    def has_break(self, element: Any) -> bool:
        return element.find("br") is not None

    def remove(self, element: Any, *, apart: bool) -> None:
        """Take the element out; `apart` keeps what stood on its two sides from running together."""
        parent, before, after = element.parent, element.previous_sibling, element.next_sibling
        place = parent.index(element)
        element.extract()
        if apart and self._touches(before, parent, -1) and self._touches(after, parent, 0):
            parent.insert(place, "\n")

    def _touches(self, sibling: Any, parent: Any, end: int) -> bool:
        """Whether text on this side would run on."""
        bs4 = sys.modules["bs4"]
        neighbour = parent if sibling is None else sibling
        if isinstance(neighbour, bs4.Tag):
            return not ends_a_block(self.name(neighbour))
        return not str(neighbour)[end:][:1].isspace()
