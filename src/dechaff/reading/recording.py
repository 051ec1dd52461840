"""Where the text of each block stood: what pruning and the output as markup know beside the page.

A `Recorder` takes the same events as any builder and makes the same page. Beside it, it keeps for each block the pieces of
text it was made of, and for each picture the blocks it stands between. Plain cleaning does not use it and costs nothing
more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dechaff.reading.html import PageBuilder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dechaff.page import Page

MEDIA = frozenset(("img", "video", "audio", "iframe", "object", "embed", "canvas"))
"""Elements that show something other than text."""


class Chunk(NamedTuple):
    """A piece of text as one event brought it, and where it stood; a picture among text is an empty piece."""

    place: Any
    text: str


class Medium(NamedTuple):
    """A picture or the like, and the numbers of the blocks before and after it: one number where it stands inside one."""

    place: Any
    before: int
    after: int


class Recorder(PageBuilder):
    """Makes a page and remembers the places.

    Attributes:
        place: where the next text or element stands; whoever sends the events sets it.
        runs: for each block its pieces of text, in order.
        media: the pictures and their like, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.place: Any = None
        self.runs: list[list[Chunk]] = []
        self.media: list[Medium] = []
        self._pending: list[Chunk] = []
        self.data = self._take

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element opens."""
        box, place = self._box, self.place
        super().start(tag, attributes)
        self._settle(ended=self._box != box or tag == "br")
        # A drawing or a video is itself unread; what stands inside one is a part of it.
        if tag in MEDIA and self._unread in ("", tag) and not self._unread_nested:
            self._pending.append(Chunk(place, ""))

    def end(self, tag: str) -> None:
        """An element closes."""
        box = self._box
        super().end(tag)
        self._settle(ended=self._box != box)

    def end_block(self) -> None:
        """End the block that is being read, if there is one."""
        super().end_block()
        self._settle(ended=True)

    def close(self) -> PageBuilder:
        """No more events."""
        super().close()
        self._settle(ended=True)
        return self

    def page(self, url: str | None = None, language: str | None = None) -> Page:
        """What was read; `recording_of` finds this recorder again."""
        page = super().page(url, language)
        page.shared("recording", lambda _: self)
        return page

    def _take(self, text: str) -> None:
        self._parts.append(text)
        if not self._unread:
            self._pending.append(Chunk(self.place, text))

    def _settle(self, *, ended: bool) -> None:
        """What came since the last block belongs to the block that has just been made; if there is none, to the page."""
        number = len(self.runs)
        made = len(self.blocks) > number
        if made:
            self.runs.append(self._pending)
        elif not ended or not self._pending:
            return
        self.media += [
            Medium(chunk.place, number if made else number - 1, number) for chunk in self._pending if not chunk.text
        ]
        self._pending = []


def recording_of(page: Page) -> Recorder:
    """The recorder that made the page; an empty one for a page that none did."""
    return page.shared("recording", lambda _: Recorder())


def ranges(text: str, chunks: Iterable[Chunk]) -> list[tuple[int, int]]:
    """For each piece of text the range of the block's text that came from it, without white space at its ends.

    >>> ranges("One two.", [Chunk(1, " One"), Chunk(2, " "), Chunk(3, "two. ")])
    [(0, 3), (3, 3), (4, 8)]
    """
    found: list[tuple[int, int]] = []
    position = 0
    for chunk in chunks:
        begin = -1
        for word in chunk.text.split():
            while text[position].isspace():
                position += 1
            if begin < 0:
                begin = position
            position += len(word)
        found.append((position if begin < 0 else begin, position))
    return found


class Node:
    """An element as the source has it: a light tree that no limit of a parser's holds for.

    `inline` is what `writing` finds out about it once: the inline elements that it and what is around it are, outermost first.
    """

    __slots__ = ("attributes", "children", "inline", "parent", "tag")

    def __init__(self, tag: str, attributes: Mapping[str, str], parent: Node | None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.children: list[Node] = []
        self.inline: tuple[Node, ...] | None = None
        if parent is not None:
            parent.children.append(self)


class Outline(Recorder):
    """A recorder whose places are the elements around the text.

    Attributes:
        base: what `<base href>` says.
    """

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self._node = Node("", {}, None)
        self._counts: dict[str, int] = {}
        self.place = self._node

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element opens."""
        if tag == "base" and not self.base:
            self.base = attributes.get("href") or ""
        self.place = node = Node(tag, attributes, self._node)
        super().start(tag, attributes)
        self._node = node
        self._counts[tag] = self._counts.get(tag, 0) + 1

    def end(self, tag: str) -> None:
        """An element closes, with all that is open in it; the end of what is not open says nothing."""
        super().end(tag)
        if not self._counts.get(tag):
            return
        node = self._node
        while True:
            self._counts[node.tag] -= 1
            closed, node = node.tag, node.parent or node
            if closed == tag:
                break
        self.place = self._node = node
