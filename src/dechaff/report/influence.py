"""What a learned score rests on: one thing about a block is hidden at a time, and the network asked again.

Hidden means set to the mean of the pages learned from, or for words and names to none. (Zeiler, Fergus, "Visualizing and
understanding convolutional networks", 2014, do this with patches of a picture and call it occlusion.) Two things that say the same
hide each other: each looks weak then, and the sum of all is not the score.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log
from typing import TYPE_CHECKING

import numpy as np
import regex

from dechaff.content.characters import WORDS_A_BLOCK
from dechaff.content.features import MARKUP_COLUMNS, OUTLINE_COLUMNS, TEXT_COLUMNS, features
from dechaff.page import Page
from dechaff.report.pieces import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dechaff.content.features import Features
    from dechaff.content.network import Network

_GROUPS: Mapping[str, str] = {
    "how long it is": r"log_mass|log_words|one_word|sentence_like",
    "where it stands": r"position|mass_position|log_from_\w+|depth|gap_\w+",
    "that its text repeats": r"repeats",
    "what it has of the page's title": r"\w*title\w*",
    "what sort of page this is": r"page_\w+",
    "the running text before and after it": r"prose_\w+",
    "its links": r"link_density|log_links|fully_linked|href_\w+",
    "the pictures before it": r"images",
    "that it is hidden at first": r"hidden",
    "where it stands to the headings": r"after_h1|before_h1|h1_count|log_after_h1",
    "what sort of block it is": r"kind_\w+|heading_level|list_depth|joined|is_h1|inline",
    "the kinds of elements around it": r"in_(?!data)\w+",
    "whether the page's data repeats it": r"in_data|has_data",
    "the size, links and prose of the elements around it": r"level\d_\w+",
    "its letters and punctuation": r".+",
}
"""What the columns of the features tell, the first that fits."""

_COLUMNS: Mapping[str, Sequence[str]] = {"html": MARKUP_COLUMNS, "markdown": OUTLINE_COLUMNS, "text": ()}
"""What is told of a block beyond its text, by what the page was read as."""

_OF_PAGE = "what sort of page this is"
_BESIDE = 6
"""How many blocks before and after a block are hidden together as what stands beside it."""
_BOXES = 12
_NEAR = 400
"""How many blocks before and after a block are looked at on a long page."""
_WEIGHTLESS = 0.05
_WORD = regex.compile(r"[\p{L}\p{N}]+")


@dataclass(frozen=True, slots=True)
class Influence:
    """One thing that a score rests on.

    Attributes:
        what: the thing, in words.
        without: the score if it were hidden.
        weight: by how much it moves the score's log-odds; above 0 it speaks for keeping the block.
    """

    what: str
    without: float
    weight: float


def influence(what: str, score: float, without: float) -> Influence:
    """One thing that makes a score what it is; `without` is the score if it were not there."""
    return Influence(what, without, _log_odds(score) - _log_odds(without))


def influences(network: Network, page: Page, number: int, *, headline: bool) -> list[Influence]:
    """What the score of one block rests on, the weightiest first; what hardly matters is left out."""
    page, found, number = _near(page, features(page), number)
    base = float(network.run(page, found, headline=headline)[number])
    told = []
    for what, changed_page, changed in _hidden(network, page, found, number):
        without = float(network.run(changed_page, changed, headline=headline)[number])
        told.append(influence(what, base, without))
    return sorted((one for one in told if abs(one.weight) >= _WEIGHTLESS), key=lambda one: -abs(one.weight))


def _near(page: Page, found: Features, number: int) -> tuple[Page, Features, int]:
    """Of a long page the blocks near this one, with the features they have on the whole page, and its number there.

    The network is asked some forty times; the score of a block hardly depends on those hundreds of blocks away.
    """
    if len(page.blocks) <= 2 * _NEAR:
        return page, found, number
    low, high = max(number - _NEAR, 0), number + _NEAR
    blocks = [replace(block, index=place) for place, block in enumerate(page.blocks[low:high])]
    there = (found.word_blocks >= low) & (found.word_blocks < high)
    first, last = (np.clip(border[:, low:high], low, low + len(blocks)) - low for border in found.ranges)
    cropped = replace(
        found,
        text=found.text[low:high],
        markup=found.markup[low:high],
        mass=found.mass[low:high],
        words=found.words[there],
        word_blocks=found.word_blocks[there] - low,
        block_box=found.block_box[low:high],
        ranges=(first, last),
    )
    return Page(blocks, page.boxes, page.kind), cropped, number - low


def _log_odds(score: float) -> float:
    safe = min(max(score, 1e-9), 1 - 1e-7)
    return log(safe / (1 - safe))


def _hidden(network: Network, page: Page, found: Features, number: int) -> Iterator[tuple[str, Page, Features]]:
    """Each thing in words, with the page and the features that lack it."""
    mean = np.asarray(network.weights["mean"], dtype=np.float32)
    names = [*TEXT_COLUMNS, *_COLUMNS[page.kind]]
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        what = next(what for what, pattern in _GROUPS.items() if regex.fullmatch(pattern, name))
        groups.setdefault(what, []).append(place)
    for what, columns in groups.items():
        rows = slice(None) if what == _OF_PAGE else slice(number, number + 1)
        yield what, page, _with_means(found, mean, rows, columns)
    yield (
        f"its words: {_first_words(page.blocks[number].text)}",
        page,
        _without_words(found, lambda blocks: blocks != number),
    )
    low, high = max(number - _BESIDE, 0), number + _BESIDE + 1
    beside = [other for other in range(low, min(high, len(page.blocks))) if other != number]
    if beside:
        emptied = _with_means(found, mean, np.array(beside), list(range(len(names))))
        yield (
            "the blocks beside it",
            page,
            _without_words(emptied, lambda blocks: (blocks < low) | (blocks >= high) | (blocks == number)),
        )
    if network.markup:
        for what, changed in _without_names(page, number):
            yield what, changed, found


def _with_means(
    found: Features, mean: NDArray[np.float32], rows: slice | NDArray[np.int64], columns: Sequence[int]
) -> Features:
    text, markup = found.text.copy(), found.markup.copy()
    width = text.shape[1]
    for column in columns:
        if column < width:
            text[rows, column] = mean[column]
        else:
            markup[rows, column - width] = mean[column]
    return replace(found, text=text, markup=markup)


def _without_words(found: Features, stays: Callable[[NDArray[np.int64]], NDArray[np.bool_]]) -> Features:
    chosen = stays(found.word_blocks)
    return replace(found, words=found.words[chosen], word_blocks=found.word_blocks[chosen])


def _first_words(text: str) -> str:
    return " ".join(match.group() for match, _ in zip(_WORD.finditer(text), range(WORDS_A_BLOCK), strict=False))


def _without_names(page: Page, number: int) -> Iterator[tuple[str, Page]]:
    """The page with the name of one element around the block taken off, for each that has one."""
    block = page.blocks[number]
    named = [box for box in page.ancestors(block) if box.attributes or box.tag not in ("html", "body", "div", "span")]
    for box in named[:_BOXES]:
        boxes = list(page.boxes)
        boxes[box.index] = replace(box, tag="", attributes={})
        yield f"the name of <{name_of(box)}>", Page(page.blocks, boxes, page.kind)
    if block.inline:
        blocks = list(page.blocks)
        blocks[number] = replace(block, inline=())
        yield f"the names inside it: {', '.join(block.inline[:4])}", Page(blocks, page.boxes, page.kind)
