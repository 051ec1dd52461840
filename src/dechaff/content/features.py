"""What the learned filter sees of a page: numeric columns, box name pieces, words.

Everything is computed for the whole page at once in numpy; no loop over characters, no step that takes longer for a block or box
than for another. Nothing depends on a language: lengths count letters, with an East Asian one worth several, and words of scripts
without spaces are estimated from them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from dechaff.content import characters
from dechaff.content.characters import Characters
from dechaff.content.headline import headline_of
from dechaff.content.names import box_names
from dechaff.folding import codes_of
from dechaff.late import late_regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dechaff.content.names import Key
    from dechaff.page import Page

WIDE_WORTH = 2.5
"""How many letters one Han, Kana or Hangul character counts as: the length of a text then means about the same in all scripts
(a Chinese text has about 0.4 of the characters of its English translation)."""

TEXT_COLUMNS = (
    "log_mass", "log_words", "word_length", "upper_share", "capitalised_share", "digit_share", "end_log", "end_rate",
    "comma_rate", "quote_rate", "symbol_rate", "dash_rate", "bar_rate", "wide_share", "ends_sentence", "ends_comma",
    "starts_upper", "starts_digit", "one_word", "sentence_like", "copyright", "at_sign", "question",
    "position", "mass_position", "log_from_start", "log_from_end", "repeats", "gap_before", "gap_after",
    "title_overlap", "title_in_block", "first_title",
    "page_log_blocks", "page_log_mass", "page_sentence_share", "page_mean_mass", "page_wide", "page_link_share",
    "prose_before", "prose_after", "prose_near",
)  # fmt: skip
"""The columns that need no markup."""

_KIND_NAMES = ("paragraph", "heading", "item", "cell", "caption", "code", "quote", "term", "control")
_CHAIN_TAGS = (
    "nav", "footer", "header", "aside", "main", "article", "section", "form", "table", "ul", "ol", "li", "figure", "blockquote",
    "dl", "details", "button", "noscript", "fieldset", "p", "label", "tr", "address", "pre",
)  # fmt: skip
_LEVELS = 5
_LEVEL_NAMES = (
    "log_blocks", "log_mass", "links", "share", "mean_mass", "prose", "place", "heading", "siblings", "alike", "alike_share",
)  # fmt: skip

_PLACE_NAMES = (
    "has_headline", "headline_up", "headline_down", "after_headline", "log_after_headline", "in_headline_article",
    "core_up", "core_down", "core_share", "outside_core_alike",
)  # fmt: skip
_OG_TYPES = ("article", "website", "product")
_LD_TYPES: Mapping[str, str] = {
    "article": r"[A-Za-z]*Article|BlogPosting|Report|Review|LiveBlogPosting|Recipe|HowTo|Book|Movie|JobPosting|Event",
    "product": r"Product|ProductGroup|Offer|AggregateOffer",
    "list": r"ItemList|CollectionPage|SearchResultsPage|Blog|OfferCatalog|ImageGallery",
    "forum": r"DiscussionForumPosting|QAPage|Question|Comment",
    "site": r"LocalBusiness|Service|ProfessionalService|FAQPage|AboutPage|ContactPage|Store|Hotel|Restaurant",
}
_DECLARED_NAMES = (
    *(f"og_{name}" for name in _OG_TYPES), "og_other", *(f"ld_{name}" for name in _LD_TYPES),
    "declares_time", "slug_words", "path_depth", "path_root", "path_digits", "in_summary", "summary_in_block", "is_summary",
)  # fmt: skip

_OWN_NAMES = (
    "link_density", "log_links", "fully_linked", "images", "joined", "hidden", "depth", "heading_level", "list_depth",
    "gap_elements", "gap_elements_after", "inline", "in_data", "has_data", "after_h1", "before_h1", "h1_count", "is_h1", "log_after_h1",
)  # fmt: skip
_HREF_NAMES = ("none", "anchor", "root", "absolute", "mail", "script", "relative", "query")

_MARKUP_GROUPS = (
    _OWN_NAMES,
    tuple(f"kind_{name}" for name in _KIND_NAMES),
    tuple(f"in_{tag}" for tag in _CHAIN_TAGS),
    tuple(f"href_{name}" for name in _HREF_NAMES),
    tuple(f"level{level}_{name}" for level in range(_LEVELS) for name in _LEVEL_NAMES),
    _PLACE_NAMES,
    _DECLARED_NAMES,
)
MARKUP_COLUMNS = tuple(name for group in _MARKUP_GROUPS for name in group)
"""The columns that only HTML has."""
_OUTLINE_GROUPS = _MARKUP_GROUPS[0], _MARKUP_GROUPS[1], _MARKUP_GROUPS[3]
OUTLINE_COLUMNS = tuple(name for group in _OUTLINE_GROUPS for name in group)
"""Those of them that Markdown has, too; 0 for text."""


def _rows_of(groups: Sequence[Sequence[str]]) -> tuple[slice, ...]:
    return tuple(slice(first, last) for first, last in pairwise(accumulate(map(len, groups), initial=0)))


_MARKUP_ROWS, _OUTLINE_ROWS = _rows_of(_MARKUP_GROUPS), _rows_of(_OUTLINE_GROUPS)


@dataclass(slots=True)
class Features:
    """A page as the network takes it.

    Attributes:
        text: shape (blocks, len(TEXT_COLUMNS)).
        markup: shape (blocks, len(MARKUP_COLUMNS)); for text and Markdown (blocks, len(OUTLINE_COLUMNS)).
        mass: how much text each block has, in letters, shape (blocks,).
        words: hashes of the first words of each block, flat.
        word_blocks: the block of each of them, ascending.
        box_parent, box_depth: of each box, in the order of `Page.boxes`.
        block_box: for each block the innermost box around it.
        ranges: the first and the last block of the wider and wider boxes around each block, two arrays of shape (levels, blocks).
    """

    text: NDArray[np.float32]
    markup: NDArray[np.float32]
    mass: NDArray[np.float32]
    words: NDArray[np.uint32]
    word_blocks: NDArray[np.int64]
    box_parent: NDArray[np.int64]
    box_depth: NDArray[np.int64]
    block_box: NDArray[np.int64]
    ranges: tuple[NDArray[np.int64], NDArray[np.int64]]


def features(page: Page) -> Features:
    """Compute all features of a page with at least one block."""
    summary = max(page.meta.get("description", ""), page.meta.get("og:description", ""), key=len)
    blocks = _Blocks(page, Characters(page.folded, (page.title, summary if page.kind == "html" else "")))
    n = len(page.blocks)
    # Columns are written one by one, so each is contiguous.
    text = np.zeros((len(TEXT_COLUMNS), n), dtype=np.float32)
    _write_text(iter(text), page, blocks)
    none = np.zeros((0, n), dtype=np.int64)
    if page.kind == "html":
        boxes = _Boxes(page)
        block_box = np.fromiter([block.box for block in page.blocks], dtype=np.int64, count=n)
        markup = np.zeros((len(MARKUP_COLUMNS), n), dtype=np.float32)
        around = _write_markup(markup, page, blocks, boxes, block_box, summary)
        parent, depth, ranges = boxes.parent, boxes.depth, (boxes.first[around], boxes.last[around])
    else:
        markup = np.zeros((len(OUTLINE_COLUMNS), n), dtype=np.float32)
        if page.kind == "markdown":
            own, kinds, targets = (markup[group] for group in _OUTLINE_ROWS)
            _write_outline(own, kinds, targets, page, blocks, np.zeros(n, dtype=np.int64))
        parent = depth = np.zeros(0, dtype=np.int64)
        block_box = np.zeros(n, dtype=np.int64)
        ranges = (none, none)
    words = blocks.characters
    return Features(text.T, markup.T, blocks.mass, words.hashes, words.hash_blocks, parent, depth, block_box, ranges)


class _Blocks:
    """What several columns are made of; arrays with one entry a block.

    Attributes:
        characters: what the blocks consist of.
        texts: the blocks' text.
        lengths: how many characters, at least 1.
        linked: how many of them stand in links.
        mass: how much text, in letters.
        words: how many words, estimated where there are no spaces.
        sentence_like: whether it has an end mark, and enough words before it that it is not a label.
        prose: the mass of the sentence-like ones.
    """

    def __init__(self, page: Page, found: Characters) -> None:
        n = len(page.blocks)
        self.characters = found
        self.texts = [block.text for block in page.blocks]
        self.lengths = np.maximum(page.folded.ends - page.folded.starts, 1).astype(np.float32)
        self.linked = np.fromiter([block.linked for block in page.blocks], dtype=np.float32, count=n)
        self.letters = found.count(characters.LETTER)
        self.digits = found.count(characters.DIGIT)
        self.wide = found.count(characters.WIDE)
        self.ends = found.count(characters.END)
        self.mass = self.letters + self.digits + np.float32(WIDE_WORTH - 1) * self.wide
        self.words = np.maximum(found.words, self.wide / 2)
        self.sentence_like = ((self.ends >= 1) & (self.words >= 8)) | (self.words >= 25)
        self.prose = self.mass * self.sentence_like


def _write(rows: Iterator[NDArray[np.float32]], *columns: NDArray[np.generic] | Sequence[bool] | float) -> None:
    """Write columns into the next rows, a number for all blocks alike."""
    for column in columns:
        next(rows)[:] = column


def _write_text(rows: Iterator[NDArray[np.float32]], page: Page, blocks: _Blocks) -> None:
    """Write the `TEXT_COLUMNS`, one row each, in their order."""
    n = len(page.blocks)
    found, mass, lengths, letters = blocks.characters, blocks.mass, blocks.lengths, np.maximum(blocks.letters, 1)
    words = np.maximum(blocks.words, 1)
    count = found.count
    _write(
        rows, np.log1p(mass), np.log1p(words), np.minimum(mass / words, 20), found.uppers / letters, found.capitals / words,
        blocks.digits / lengths, np.log1p(blocks.ends), blocks.ends / words, count(characters.COMMA) / words,
        count(characters.QUOTE) / words, count(characters.SYMBOL) / lengths, count(characters.DASH) / lengths,
        count(characters.BAR) / lengths, blocks.wide / letters, found.ends(characters.END), found.ends(characters.COMMA),
        found.starts_upper, found.starts(characters.DIGIT), words <= 1, blocks.sentence_like,
        count(characters.COPYRIGHT) > 0, count(characters.AT_SIGN) > 0, count(characters.QUESTION) > 0,
    )  # fmt: skip
    index = np.arange(n, dtype=np.float32)
    total = max(float(mass.sum()), 1.0)
    counts = Counter(blocks.texts)
    repeats = np.fromiter(map(counts.__getitem__, blocks.texts), dtype=np.float32, count=n)
    from_start = np.log1p(index)
    _write(rows, index / n, (np.cumsum(mass) - mass) / total, from_start, from_start[::-1], np.log(repeats))
    _write(rows, *_gaps(page), *_title_columns(blocks))
    prose_total = max(float(blocks.prose.sum()), 1.0)
    _write(
        rows, np.log(n), np.log(total), prose_total / total, np.log(total / n),
        float(blocks.wide.sum()) / max(float(blocks.letters.sum()), 1.0), min(float(blocks.linked.sum()) / total, 1.0),
    )  # fmt: skip
    prose = blocks.prose
    until = np.zeros(n + 7, dtype=np.float32)
    np.cumsum(prose, out=until[4 : n + 4])
    until[n + 4 :] = until[n + 3]
    before = until[3 : n + 3]
    _write(
        rows,
        before / prose_total,
        (prose_total - before - prose) / prose_total,
        np.log1p(until[7:] - until[:n] - prose),
    )


def _gaps(page: Page) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """In text and Markdown, how many line ends stand before and after each block (logarithm)."""
    n = len(page.blocks)
    before = np.zeros(n, dtype=np.float32)
    if page.kind != "html" and n > 1:
        source, blocks = page.source, page.blocks
        before[1:] = [source.count("\n", a.end, b.start) for a, b in pairwise(blocks)]
        before = np.log1p(np.minimum(before, 6))
    after = np.zeros(n, dtype=np.float32)
    after[:-1] = before[1:]
    return before, after


_LONGEST_TITLE = 200


def _title_columns(blocks: _Blocks) -> Iterable[NDArray[np.float32]]:
    """How much of the page's title each short block says, how much of the block that is, and which block is first to say it."""
    count, said = blocks.characters.said_words[0], blocks.characters.said[0]
    if not count:
        return said, said, said
    said = said * (blocks.lengths <= _LONGEST_TITLE)
    contained = said / np.maximum(blocks.words, 1)
    first = np.zeros_like(said)
    first[np.flatnonzero((contained > 0.8) & (said >= 3))[:1]] = 1
    return np.minimum(said / count, 1), np.minimum(contained, 1), first


_HREF_KINDS = {"#": 1, "/": 2, "h": 3, "m": 4, "j": 5, "?": 7}


class _Boxes:
    """The boxes as arrays with one entry each.

    Attributes:
        parent, first, last, depth: as a `Box` has them.
        look: a number for the element and its class: cards of a list, posts of a thread have the same.
        tags: which of the `_CHAIN_TAGS` the box is or stands in, as bits.
        wider: the nearest box around it that holds more blocks; the outermost is its own.
    """

    def __init__(self, page: Page) -> None:
        boxes, (names, which) = page.boxes, box_names(page)
        count = len(boxes)
        self.parent = np.fromiter([box.parent for box in boxes], dtype=np.int64, count=count)
        self.first = np.fromiter([box.first for box in boxes], dtype=np.int64, count=count)
        self.last = np.fromiter([box.last for box in boxes], dtype=np.int64, count=count)
        self.depth = np.fromiter([box.depth for box in boxes], dtype=np.int64, count=count)
        looks: dict[Key, int] = {}
        look = [looks.setdefault((*name, None)[:2], len(looks)) for name in names]
        self.look = np.array(look)[which]
        tags = np.array([_TAG_BITS.get(name[0], 0) for name in names])[which]
        self.tags = up_to_the_outermost(np.bitwise_or, tags, self.parent)
        up = np.maximum(self.parent, 0)
        same = (self.first[up] == self.first) & (self.last[up] == self.last) & (self.parent >= 0)
        # From each box to the outermost that holds the same blocks: by leaps that become twice as long.
        widest = np.where(same, up, np.arange(count))
        while not np.array_equal(further := widest[widest], widest):
            widest = further
        self.wider = up[widest]


def up_to_the_outermost(add: np.ufunc, values: NDArray[Any], parent: NDArray[np.int64]) -> NDArray[Any]:
    """For each box the sum of the values of it and all around it, by leaps up the tree that become twice as long each time.

    Args:
        add: what adds two arrays of values; 0 changes nothing.
        values: one entry, or one row, for each box.
        parent: the number of the box around each, -1 for none.
    """
    # The number -1 is also that of the last entry, one that stands for no box.
    total = np.zeros((len(parent) + 1, *values.shape[1:]), dtype=values.dtype)
    total[:-1] = values
    around = np.append(parent, -1)
    while around.max() >= 0:
        total = add(total, total[around])
        around = around[around]
    return total[:-1]


def _write_markup(
    rows: NDArray[np.float32], page: Page, blocks: _Blocks, boxes: _Boxes, box_of: NDArray[np.int64], summary: str
) -> NDArray[np.int64]:
    """Write the `MARKUP_COLUMNS`, one row each, in their order. Returns the wider boxes around each block, shape (levels, blocks)."""
    own, kinds, chain, targets, levels, places, declared = (rows[group] for group in _MARKUP_ROWS)
    density, heading = _write_outline(own, kinds, targets, page, blocks, boxes.depth[box_of])
    chain[:] = (boxes.tags[box_of] >> np.arange(len(_CHAIN_TAGS))[:, None]) & 1
    around = _write_levels(levels, blocks, boxes, box_of, density, heading)
    _write_places(places, page, blocks, boxes, box_of)
    _write_declared(iter(declared), page, blocks, summary)
    return around


def _write_outline(
    own: NDArray[np.float32],
    kinds: NDArray[np.float32],
    targets: NDArray[np.float32],
    page: Page,
    blocks: _Blocks,
    depth: NDArray[np.int64],
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Write what each block is, and where its links lead; return the share of each that is linked, and which are headings."""
    n = len(page.blocks)
    density = np.minimum(blocks.linked / blocks.lengths, 1)
    kind = np.fromiter([_KIND_INDEX.get(block.kind, 0) for block in page.blocks], dtype=np.int64, count=n)
    hrefs = [_HREF_KINDS.get(block.hrefs[0][:1], 6) if block.hrefs else 0 for block in page.blocks]
    heading = kind == _KIND_INDEX["heading"]
    _write_own(iter(own), page, blocks.texts, depth, density, heading)
    index = np.arange(n)
    kinds[kind, index] = 1
    targets[hrefs, index] = 1
    return density, heading


def _write_own(
    rows: Iterator[NDArray[np.float32]],
    page: Page,
    texts: Sequence[str],
    depth: NDArray[np.int64],
    density: NDArray[np.float32],
    heading: NDArray[np.bool_],
) -> None:
    """Write what the markup says of each block itself."""
    blocks = page.blocks
    n = len(blocks)

    def column(values: Iterable[float]) -> NDArray[np.float32]:
        return np.fromiter(values, dtype=np.float32, count=n)

    level = column([block.level for block in blocks])
    element = np.fromiter([block.element for block in blocks], dtype=np.int64, count=n)
    gap = np.zeros(n + 1, dtype=np.float32)
    gap[1:n] = np.log1p(np.maximum(element[1:] - element[:-1], 0))
    is_h1 = heading & (level == 1)
    h1s = np.flatnonzero(is_h1)
    since = np.arange(n) - (h1s[0] if len(h1s) else n)
    in_data = _in_data(page, texts)
    _write(
        rows, density, np.log1p(column([len(block.hrefs) for block in blocks])), density >= 0.95,
        np.log1p(column([block.images for block in blocks])), column([block.joined for block in blocks]),
        column([block.hidden for block in blocks]), depth / 10, level * heading, level * ~heading, gap[:-1], gap[1:],
        np.log1p(column([len(block.inline) for block in blocks])), in_data, bool(in_data.any()), since >= 0,
        (since < 0) & (len(h1s) > 0), min(len(h1s), 5), is_h1, np.log1p(np.maximum(since, 0)),
    )  # fmt: skip


def _write_levels(
    rows: NDArray[np.float32],
    blocks: _Blocks,
    boxes: _Boxes,
    box_of: NDArray[np.int64],
    density: NDArray[np.float32],
    heading: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Write what is in the box around each block, and in the wider and wider boxes around that, and return those boxes."""
    n = len(box_of)
    first, last = boxes.first, boxes.last
    until = np.zeros((4, n + 1))
    for number, values in enumerate((blocks.mass, blocks.mass * density, blocks.prose, heading)):
        np.cumsum(values, out=until[number, 1:])
    mass, linked, prose, headings = until.take(last, axis=1) - until.take(first, axis=1)
    counts = np.maximum(last - first, 1)
    page_mass = max(float(until[0, n]), 1.0)
    safe_mass = np.maximum(mass, 1)
    # How many boxes share the parent: one of a row of cards, or alone.
    up = np.maximum(boxes.parent, 0)
    siblings = np.bincount(up, minlength=len(up))[up]
    # How many boxes of the page look the same, and their text.
    alike = np.bincount(boxes.look)[boxes.look]
    alike_mass = np.bincount(boxes.look, weights=mass)[boxes.look]
    of_box = np.empty((len(_LEVEL_NAMES), len(first)), dtype=np.float32)
    for number, values in enumerate(
        (
            np.log(counts), np.log1p(mass), linked / safe_mass, mass / page_mass, np.log1p(mass / counts), prose / safe_mass,
            0, headings / counts, np.log(siblings), np.log(alike), np.minimum(alike_mass / page_mass, 2),
        )
    ):  # fmt: skip
        of_box[number] = values
    index = np.arange(n)
    around = np.empty((_LEVELS, n), dtype=np.int64)
    current = box_of
    for level, out in enumerate(rows.reshape(_LEVELS, -1, n)):
        around[level] = current
        of_box.take(current, axis=1, out=out, mode="clip")
        out[_LEVEL_NAMES.index("place")] = (index - first[current]) / counts[current]
        current = boxes.wider[current]
    return around


_NO_STEPS = 30
"""How many levels apart a block and a box are said to be that no box holds both of."""


def _path_up(parent: NDArray[np.int64], box: int) -> NDArray[np.int64]:
    path = []
    while box >= 0:
        path.append(box)
        box = int(parent[box])
    return np.array(path)


def _write_branching(
    rows: NDArray[np.float32], boxes: _Boxes, box: int, box_of: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Write for each block the way up from `box` to the innermost box that holds both, and down to the block; return the way up."""
    path = _path_up(boxes.parent, box)
    index = np.arange(len(box_of))
    # From the inside out the boxes on the path begin ever earlier and end ever later.
    steps = np.maximum(
        np.searchsorted(-boxes.first[path], -index), np.searchsorted(boxes.last[path], index, side="right")
    )
    shared = steps < len(path)
    up = np.where(shared, steps, _NO_STEPS)
    depth = boxes.depth
    rows[0] = np.log1p(up)
    rows[1] = np.log1p(np.where(shared, depth[box_of] - depth[path[np.minimum(steps, len(path) - 1)]], _NO_STEPS))
    return up


def _write_places(
    rows: NDArray[np.float32], page: Page, blocks: _Blocks, boxes: _Boxes, box_of: NDArray[np.int64]
) -> None:
    """Write where each block stands in the tree, seen from the headline and from the box with the most running text of its own."""
    headline = headline_of(page)
    if headline is not None:
        since = np.arange(len(box_of)) - headline
        rows[0] = 1
        _write_branching(rows[1:3], boxes, int(box_of[headline]), box_of)
        rows[3] = since >= 0
        rows[4] = np.log1p(np.maximum(since, 0))
        for around in page.ancestors(page.blocks[headline]):
            if around.tag in ("article", "main"):
                rows[5, around.first : around.last] = 1
                break
    # A paragraph's box is mostly its own <p>: text counts for the box around that.
    own = np.where(boxes.last[box_of] - boxes.first[box_of] == 1, np.maximum(boxes.parent[box_of], 0), box_of)
    prose = np.bincount(own, weights=blocks.prose, minlength=len(boxes.parent))
    core = int(np.argmax(prose))
    if prose[core] > 0:
        up = _write_branching(rows[6:8], boxes, core, box_of)
        rows[8] = prose[core] / max(float(blocks.prose.sum()), 1.0)
        rows[9] = (up > 0) & (boxes.look[own] == boxes.look[core])


_LD_TYPE = late_regex(r'"@type"\s{0,9}:\s{0,9}(?:\[[^\]\[]{0,200}\]|"[^"]{1,60}")')
_LD_KINDS = {name: late_regex(rf'"(?:https?://schema\.org/)?(?:{pattern})"') for name, pattern in _LD_TYPES.items()}
_LONGEST_DATA = 200_000
_SLUG = late_regex(r"[\p{L}\p{N}]+")


def _write_declared(rows: Iterator[NDArray[np.float32]], page: Page, blocks: _Blocks, summary: str) -> None:
    """Write what the page says it is, and how much each block says of the page's own summary."""
    meta = page.meta
    kind = meta.get("og:type", "").lower()
    _write(rows, *(kind.startswith(name) for name in _OG_TYPES), bool(kind) and not kind.startswith(_OG_TYPES))
    types = " ".join(
        match for text in page.embedded if '"@type"' in text for match in _LD_TYPE.findall(text, 0, _LONGEST_DATA)
    )
    _write(rows, *(pattern.search(types) is not None for pattern in _LD_KINDS.values()))
    _write(rows, "article:published_time" in meta or any("datePublished" in text for text in page.embedded))
    path = (meta.get("canonical") or meta.get("og:url") or "").partition("://")[2].partition("?")[0].partition("/")[2]
    parts = [part for part in path.split("/") if part]
    slug = _SLUG.findall(parts[-1]) if parts else []
    _write(
        rows, np.log1p(len(slug)), min(len(parts), 6), bool(meta.get("canonical") or meta.get("og:url")) and not parts,
        any(part.isdigit() for part in slug),
    )  # fmt: skip
    count, said = blocks.characters.said_words[1], blocks.characters.said[1]
    if count >= _SHORTEST_SUMMARY:
        start = " ".join(summary.split())[:40]
        _write(
            rows, np.minimum(said / count, 1), np.minimum(said / np.maximum(blocks.words, 1), 1),
            [text.startswith(start) for text in blocks.texts],
        )  # fmt: skip


_SHORTEST_SUMMARY = 5
"""A summary of fewer words names the site, or nothing."""
_DATA_TEXTS = ("articleBody", "description", "reviewBody", '"text"')


_BEGINNING = 40
_SLICE = 16
_SLICES_AT_ONCE = 1 << 14


def _in_data(page: Page, texts: Sequence[str]) -> NDArray[np.float32]:
    """1 for the blocks whose beginning stands in the page's embedded data too, as an article's body or a description."""
    found = np.zeros(len(texts), dtype=np.float32)
    data = "\n".join(text for text in page.embedded if any(name in text for name in _DATA_TEXTS))
    long = [number for number, text in enumerate(texts) if len(text) >= _BEGINNING] if data else []
    if not long:
        return found
    if "\\u" in data[:20000] and not page.folded.text[:2000].isascii():
        data = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), data)
    starts = [texts[number][:_BEGINNING].replace('"', '\\"') for number in long]
    for place in np.flatnonzero(_may_stand_in(data, starts)).tolist():
        found[long[place]] = starts[place] in data
    return found


def _may_stand_in(data: str, starts: Sequence[str]) -> NDArray[np.bool_]:
    """Which texts have a slice of the data in them, by its hash: one that stands anywhere in the data has. A search is far slower."""
    size = _SLICE * _SLICES_AT_ONCE
    known = [
        _hashed_slices(codes_of(data[place : place + size]), _SLICE) for place in range(0, len(data) - _SLICE + 1, size)
    ]
    slices = np.sort(np.concatenate([np.zeros(1, dtype=np.uint32), *known]))
    codes = codes_of("".join(start[: 2 * _SLICE - 1] for start in starts)).reshape(len(starts), -1)
    hashes = np.stack([_hashed_slices(codes[:, place : place + _SLICE].ravel(), _SLICE) for place in range(_SLICE)])
    # Half of a hash tells most apart, in a table; the others are looked for.
    halves = np.zeros(0x10000, dtype=np.bool_)
    halves[slices & _HALF] = True
    slice_number, which = np.nonzero(halves[hashes & _HALF])
    hashes = hashes[slice_number, which]
    place = np.minimum(np.searchsorted(slices, hashes), len(slices) - 1)
    return np.bincount(which[slices[place] == hashes], minlength=len(starts)) > 0


def _hashed_slices(codes: NDArray[np.uint32], size: int) -> NDArray[np.uint32]:
    """A hash of each slice of a text: of every fifth character in it, which is enough to tell most apart."""
    rows = codes[: len(codes) // size * size].reshape(-1, size)[:, ::5] * _SLICE_FACTORS
    return np.asarray(np.bitwise_xor.reduce(rows ^ (rows >> np.uint32(15)), axis=1))


_HALF = np.uint32(0xFFFF)
_SLICE_FACTORS = np.uint32(0x9E3779B1) * np.arange(1, 8, 2, dtype=np.uint32)


_ESCAPED = late_regex(r"\\u([0-9a-fA-F]{4})")
_KIND_INDEX = {name: number for number, name in enumerate(_KIND_NAMES)}
_TAG_BITS: Mapping[str | None, int] = {tag: 1 << number for number, tag in enumerate(_CHAIN_TAGS)}
