"""What the learned filter sees of a page: numeric columns, box name pieces, words.

Everything is computed for the whole page at once in numpy; no loop over characters, one short loop over boxes. Nothing
depends on a language: lengths count letters, with an East Asian one worth several, and words of scripts without spaces are
estimated from them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import regex

from dechaff.content.headline import headline_of
from dechaff.folding import FoldedText

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dechaff.page import Block, Box, Page

_LETTER, _DIGIT, _SPACE, _END, _COMMA, _QUOTE, _SYMBOL, _WIDE, _DASH, _BAR = (1 << bit for bit in range(10))

WIDE_WORTH = 2.5
"""How many letters one Han, Kana or Hangul character counts as: the length of a text then means about the same in all scripts
(a Chinese text has about 0.4 of the characters of its English translation)."""


@lru_cache(maxsize=1)
def _classes() -> NDArray[np.uint16]:
    """The class bits of every character of the basic plane."""
    table = np.zeros(0x10000, dtype=np.uint16)
    for pattern, bit in (
        (r"[\p{L}\p{M}]", _LETTER),
        (r"\p{Nd}", _DIGIT),
        (r"\s", _SPACE),
        (r"[.!?…。！？؟।॥۔]", _END),
        (r"[,;:،、；：，]", _COMMA),
        (r"[\"'«»‹›„“”‘’「」『』]", _QUOTE),
        (r"[{}<>=_#@$%^*~\\+\[\]/&§©®™]", _SYMBOL),
        (r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]", _WIDE),
        (r"[-–—]", _DASH),
        (r"[|•·›»→▸▶]", _BAR),
    ):
        plane = "".join(map(chr, (code for code in range(0x10000) if not 0xD800 <= code < 0xE000)))
        for match in regex.finditer(pattern, plane):
            code = ord(match.group())
            table[code] |= bit
    return table


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

MARKUP_COLUMNS = (
    "link_density", "log_links", "fully_linked", "images", "joined", "hidden", "depth", "heading_level", "list_depth",
    "gap_elements", "gap_elements_after", "inline", "in_data", "has_data", "after_h1", "before_h1", "h1_count", "is_h1", "log_after_h1",
    *(f"kind_{name}" for name in _KIND_NAMES),
    *(f"in_{tag}" for tag in _CHAIN_TAGS),
    *(f"href_{name}" for name in ("none", "anchor", "root", "absolute", "mail", "script", "relative", "query")),
    *(f"level{level}_{name}" for level in range(_LEVELS) for name in _LEVEL_NAMES),
    *_PLACE_NAMES,
    *_DECLARED_NAMES,
)  # fmt: skip
"""The columns that only HTML has."""


@dataclass(slots=True)
class Features:
    """A page as the network takes it.

    Attributes:
        text: shape (blocks, len(TEXT_COLUMNS)).
        markup: shape (blocks, len(MARKUP_COLUMNS)); zero rows wide for a text source.
        box_pieces: for each box the pieces of its names, in the order of `Page.boxes`.
        chains: for each block the boxes around it, innermost first, flat; `chain_starts` says where each block's begin.
        words: hashes of the first words of each block, flat; `word_starts` says where each block's begin.
        mass: how much text each block has, in letters, shape (blocks,).
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
    stats = _TextStats(page)
    text = stats.columns(page)
    if page.kind == "html":
        markup, ranges = _markup_columns(page, stats)
        parents = np.fromiter((box.parent for box in page.boxes), dtype=np.int64, count=len(page.boxes))
        depths = np.fromiter((box.depth for box in page.boxes), dtype=np.int64, count=len(page.boxes))
        block_box = np.fromiter((block.box for block in page.blocks), dtype=np.int64, count=len(page.blocks))
    else:
        markup = np.zeros((len(page.blocks), 0), dtype=np.float32)
        parents = depths = np.zeros(0, dtype=np.int64)
        block_box = np.zeros(len(page.blocks), dtype=np.int64)
        ranges = (np.zeros((0, len(page.blocks)), dtype=np.int64), np.zeros((0, len(page.blocks)), dtype=np.int64))
    words, word_blocks = stats.word_hashes()
    return Features(text, markup, stats.mass, words, word_blocks, parents, depths, block_box, ranges)


WORDS_A_BLOCK = 10
"""How many of a block's words the network reads: its first ones."""
_WORD_PRIME = np.uint32(0x01000193)
_WORD_MULTIPLIERS = (np.uint32(0x9E3779B1) * np.arange(1, 65, dtype=np.uint32)) | np.uint32(1)


class _TextStats:
    """Counts of character classes for each block."""

    def __init__(self, page: Page) -> None:
        folded = page.folded
        self.starts = folded.starts
        self.ends = folded.ends
        self.lengths = np.maximum(self.ends - self.starts, 1)
        # A page of nothing but characters that vanish in folding still has blocks; a line feed stands for their text.
        self.codes = folded.codes if len(folded.codes) else np.array([10], dtype=np.uint32)
        cased = np.frombuffer((folded.text or "\n").encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        self.upper = cased != self.codes
        self.bits = _classes()[np.minimum(self.codes, 0xFFFF)]
        bits = self.bits
        # reduceat takes the separating line feed into each block: it is white space and counts for nothing else.
        at = np.minimum(self.starts, len(bits) - 1)
        self._at = at
        self.letters = self.count(_LETTER)
        self.digits = self.count(_DIGIT)
        self.wide = self.count(_WIDE)
        self.uppers = np.add.reduceat(self.upper, at, dtype=np.float32)
        self.mass = (self.letters + self.digits + (WIDE_WORTH - 1) * self.wide).astype(np.float32)
        in_word = (bits & (_LETTER | _DIGIT)) != 0
        hashes, self._begins = _hashed_words(self.codes, in_word)
        word_begins = np.zeros(len(in_word), dtype=np.bool_)
        word_begins[self._begins] = True
        self.all_words = (hashes, np.searchsorted(self.starts, self._begins, side="right") - 1)
        words = np.add.reduceat(word_begins, at, dtype=np.float32)
        self.words = np.maximum(words, self.wide / 2)
        self.capitals = np.add.reduceat(word_begins & self.upper, at, dtype=np.float32)
        self.ends_count = self.count(_END)
        # A sentence: an end mark, and enough words before it that it is not a label.
        self.sentence_like = ((self.ends_count >= 1) & (self.words >= 8)) | (self.words >= 25)
        self.prose = np.where(self.sentence_like, self.mass, 0).astype(np.float32)

    def count(self, bit: int) -> NDArray[np.float32]:
        return np.add.reduceat((self.bits & bit) != 0, self._at, dtype=np.float32)

    def columns(self, page: Page) -> NDArray[np.float32]:
        n = len(page.blocks)
        lengths = self.lengths.astype(np.float32)
        mass, words = self.mass, np.maximum(self.words, 1)
        letters = np.maximum(self.letters, 1)
        last_bits = self.bits[np.clip(self.ends - 1, 0, max(len(self.bits) - 1, 0))]
        first = self._at
        first_bits = self.bits[first]
        total = max(float(mass.sum()), 1.0)
        before = np.cumsum(mass) - mass
        texts = [block.text for block in page.blocks]
        counts = Counter(texts)
        repeats = np.fromiter((counts[text] for text in texts), dtype=np.float32, count=n)
        gap_before, gap_after = _gaps(page)
        overlap, contained, first_title = _title_columns(page, self)
        index = np.arange(n, dtype=np.float32)
        prose = self.prose
        prose_total = max(float(prose.sum()), 1.0)
        prose_before = np.cumsum(prose) - prose
        padded = np.concatenate([np.zeros(1, dtype=np.float32), np.cumsum(prose)])
        low = np.maximum(np.arange(n) - 3, 0)
        high = np.minimum(np.arange(n) + 4, n)
        linked = sum(block.linked for block in page.blocks)
        one = np.ones(n, dtype=np.float32)
        codes = self.codes
        columns = [
            np.log1p(mass), np.log1p(words), np.minimum(mass / words, 20), self.uppers / letters, self.capitals / words,
            self.digits / lengths, np.log1p(self.ends_count), self.ends_count / words, self.count(_COMMA) / words,
            self.count(_QUOTE) / words, self.count(_SYMBOL) / lengths, self.count(_DASH) / lengths, self.count(_BAR) / lengths,
            self.wide / letters, (last_bits & _END) != 0, (last_bits & _COMMA) != 0,
            self.upper[first], (first_bits & _DIGIT) != 0, words <= 1, self.sentence_like,
            np.add.reduceat(codes == 0xA9, self._at, dtype=np.float32) > 0,
            np.add.reduceat(codes == 0x40, self._at, dtype=np.float32) > 0,
            np.add.reduceat(codes == 0x3F, self._at, dtype=np.float32) > 0,
            index / n, before / total, np.log1p(index), np.log1p(n - 1 - index), np.log(repeats), gap_before, gap_after,
            overlap, contained, first_title,
            one * np.log(n), one * np.log(total), one * (prose_total / total), one * np.log(total / n),
            one * (float(self.wide.sum()) / max(float(self.letters.sum()), 1.0)), one * min(linked / total, 1.0),
            prose_before / prose_total, (prose_total - prose_before - prose) / prose_total,
            np.log1p(padded[high] - padded[low] - prose),
        ]  # fmt: skip
        return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)

    def word_hashes(self) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Hashes of each block's first `WORDS_A_BLOCK` words, and the block of each."""
        hashes, blocks = self.all_words
        first_word = np.searchsorted(self._begins, self.starts)
        chosen = np.arange(len(hashes)) - first_word[blocks] < WORDS_A_BLOCK
        return hashes[chosen], blocks[chosen]

    def said(self, text: str) -> tuple[int, NDArray[np.float32]]:
        """How many different words a text has, and how many of each block's words are among them."""
        codes = FoldedText([text]).codes
        hashes, _ = _hashed_words(codes, (_classes()[np.minimum(codes, 0xFFFF)] & (_LETTER | _DIGIT)) != 0)
        wanted = np.sort(hashes)
        count = int(np.count_nonzero(wanted[1:] != wanted[:-1])) + bool(len(wanted))
        found, blocks = self.all_words
        if not count or not len(found):
            return count, np.zeros(len(self.starts), dtype=np.float32)
        known = wanted[np.minimum(np.searchsorted(wanted, found), len(wanted) - 1)] == found
        return count, np.bincount(blocks[known], minlength=len(self.starts)).astype(np.float32)


def _hashed_words(
    codes: NDArray[np.uint32], in_word: NDArray[np.bool_]
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The hash of each word of a folded text, and where it begins."""
    word_begins = in_word.copy()
    word_begins[1:] &= ~in_word[:-1]
    begins = np.flatnonzero(word_begins)
    if not len(begins):
        return np.zeros(0, dtype=np.uint32), begins
    word_of_char = np.cumsum(word_begins) - 1
    place = np.arange(len(codes)) - begins[np.maximum(word_of_char, 0)]
    mixed = codes * _WORD_MULTIPLIERS[np.clip(place, 0, 63)]
    mixed = (mixed ^ (mixed >> np.uint32(15))) * _WORD_PRIME
    mixed[~in_word] = 0
    return np.add.reduceat(mixed, begins, dtype=np.uint32), begins


def _gaps(page: Page) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """In text sources, how many line ends stand before and after each block (logarithm)."""
    n = len(page.blocks)
    before = np.zeros(n, dtype=np.float32)
    if page.kind == "text" and n > 1:
        source, blocks = page.source, page.blocks
        before[1:] = [source.count("\n", a.end, b.start) for a, b in pairwise(blocks)]
        before = np.log1p(np.minimum(before, 6))
    after = np.zeros(n, dtype=np.float32)
    after[:-1] = before[1:]
    return before, after


_LONGEST_TITLE = 200


def _title_columns(
    page: Page, stats: _TextStats
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """How much of the page's title each short block says, how much of the block that is, and which block is first to say it."""
    none = np.zeros(len(page.blocks), dtype=np.float32)
    count, common = stats.said(page.title) if page.title else (0, none)
    if not count:
        return none, none, none
    common = np.where(stats.lengths <= _LONGEST_TITLE, common, 0)
    contained = common / np.maximum(stats.words, 1)
    first = none.copy()
    says = np.flatnonzero((contained > 0.8) & (common >= 3))
    first[says[:1]] = 1
    return np.minimum(common / count, 1).astype(np.float32), np.minimum(contained, 1).astype(np.float32), first


_HREF_KINDS = {"#": 1, "/": 2, "h": 3, "m": 4, "j": 5, "?": 7}


def _markup_columns(
    page: Page, stats: _TextStats
) -> tuple[NDArray[np.float32], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    blocks, boxes = page.blocks, page.boxes
    n = len(blocks)
    mass = stats.mass
    out = np.zeros((n, len(MARKUP_COLUMNS)), dtype=np.float32)
    raw = np.array(
        [
            (
                block.linked,
                len(block.hrefs),
                block.images,
                block.joined,
                block.hidden,
                block.level,
                _KIND_INDEX.get(block.kind, 0),
                block.element,
                _HREF_KINDS.get(block.hrefs[0][:1], 6) if block.hrefs else 0,
                block.box,
                len(block.inline),
            )
            for block in blocks
        ],
        dtype=np.int64,
    )
    linked, links, images, joined, hidden, level, kind, element, href, box_of, inline = raw.T
    lengths = np.maximum(stats.ends - stats.starts, 1)
    density = np.minimum(linked / lengths, 1)
    gap = np.zeros(n)
    gap[1:] = np.diff(element)
    gap_after = np.zeros(n)
    gap_after[:-1] = gap[1:]
    is_heading = kind == _KIND_INDEX["heading"]
    is_h1 = is_heading & (level == 1)
    h1s = np.flatnonzero(is_h1)
    index = np.arange(n)
    after_h1 = index >= h1s[0] if len(h1s) else np.zeros(n, dtype=bool)
    since = np.where(after_h1, index - (h1s[0] if len(h1s) else 0), 0)

    in_data = _in_data(page)

    parent, first, last, depth, bits, look = _box_arrays(boxes)
    head = np.stack(
        [
            density, np.log1p(links), density >= 0.95, np.log1p(images), joined, hidden, depth[box_of] / 10,
            np.where(is_heading, level, 0), np.where(is_heading, 0, level), np.log1p(np.maximum(gap, 0)), np.log1p(np.maximum(gap_after, 0)),
            np.log1p(inline), in_data, np.full(n, float(in_data.any())), after_h1, (~after_h1) & (len(h1s) > 0), np.full(n, min(len(h1s), 5)), is_h1, np.log1p(since),
        ],
        axis=1,
    )  # fmt: skip
    place = head.shape[1]
    out[:, :place] = head
    out[index, place + kind] = 1
    place += len(_KIND_NAMES)
    chain = bits[box_of]
    out[:, place : place + len(_CHAIN_TAGS)] = (chain[:, None] >> np.arange(len(_CHAIN_TAGS))) & 1
    place += len(_CHAIN_TAGS)
    out[index, place + href] = 1
    place += 8

    def summed(values: NDArray[np.generic]) -> NDArray[np.float64]:
        total = np.zeros(n + 1)
        np.cumsum(values, out=total[1:])
        return total[last] - total[first]

    counts = np.maximum(last - first, 1)
    box_mass = summed(mass)
    box_linked = summed(mass * density)
    page_mass = max(float(mass.sum()), 1.0)
    box_prose = summed(stats.prose)
    box_headings = summed(is_heading)
    # How many boxes share the parent: one of a row of cards, or alone.
    siblings = np.bincount(np.maximum(parent, 0), minlength=len(boxes))[np.maximum(parent, 0)]
    safe_mass = np.maximum(box_mass, 1)
    # How many boxes of the page look the same (element and class): cards of a list, posts of a thread; and their text.
    alike = np.bincount(look)[look]
    alike_mass = np.bincount(look, weights=box_mass)[look]
    box_columns = np.stack(
        [
            np.log(counts), np.log1p(box_mass), box_linked / safe_mass, box_mass / page_mass, np.log1p(box_mass / counts),
            box_prose / safe_mass, np.zeros(len(boxes)), box_headings / counts, np.log(np.maximum(siblings, 1)),
            np.log(alike), np.minimum(alike_mass / page_mass, 2),
        ],
        axis=1,
    )  # fmt: skip
    wider = _wider_box(parent, first, last)
    current = box_of
    levels = []
    for _ in range(_LEVELS):
        levels.append(current)
        columns = box_columns[current]
        columns[:, 6] = (index - first[current]) / counts[current]
        out[:, place : place + len(_LEVEL_NAMES)] = columns
        place += len(_LEVEL_NAMES)
        current = wider[current]
    out[:, place : place + len(_PLACE_NAMES)] = _place_columns(page, stats, parent, first, last, depth, box_of, look)
    place += len(_PLACE_NAMES)
    out[:, place:] = _declared_columns(page, stats)
    around = np.stack(levels)
    return out, (first[around], last[around])


def _path_up(parent: NDArray[np.int64], box: int) -> list[int]:
    path = []
    while box >= 0:
        path.append(box)
        box = int(parent[box])
    return path


def _branching(
    parent: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    box: int,
    n: int,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """For each block how many levels above `box` the innermost box that holds both stands, and which box that is (-1: none)."""
    up = np.full(n, 30, dtype=np.float32)
    shared = np.full(n, -1, dtype=np.int64)
    for steps, around in reversed(list(enumerate(_path_up(parent, box)))):
        up[first[around] : last[around]] = steps
        shared[first[around] : last[around]] = around
    return up, shared


def _place_columns(
    page: Page,
    stats: _TextStats,
    parent: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    depth: NDArray[np.int64],
    box_of: NDArray[np.int64],
    look: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Where each block stands in the tree, seen from the headline and from the box with the most running text of its own."""
    n = len(page.blocks)
    out = np.zeros((n, len(_PLACE_NAMES)), dtype=np.float32)
    index = np.arange(n)
    headline = headline_of(page)
    if headline is not None:
        up, shared = _branching(parent, first, last, int(box_of[headline]), n)
        out[:, 0] = 1
        out[:, 1] = np.log1p(up)
        out[:, 2] = np.log1p(np.where(shared >= 0, depth[box_of] - depth[shared], 30))
        out[:, 3] = index >= headline
        out[:, 4] = np.log1p(np.maximum(index - headline, 0))
        for around in _path_up(parent, int(box_of[headline])):
            if page.boxes[around].tag in ("article", "main"):
                out[first[around] : last[around], 5] = 1
                break
    # A paragraph's box is mostly its own <p>: text counts for the box around that.
    own = np.where(last[box_of] - first[box_of] == 1, np.maximum(parent[box_of], 0), box_of)
    prose = np.bincount(own, weights=stats.prose, minlength=len(parent))
    core = int(np.argmax(prose))
    if prose[core] > 0:
        up, shared = _branching(parent, first, last, core, n)
        out[:, 6] = np.log1p(up)
        out[:, 7] = np.log1p(np.where(shared >= 0, depth[box_of] - depth[shared], 30))
        out[:, 8] = prose[core] / max(float(stats.prose.sum()), 1.0)
        out[:, 9] = (up > 0) & (look[own] == look[core])
    return out


_LD_TYPE = regex.compile(r'"@type"\s{0,9}:\s{0,9}(?:\[[^\]\[]{0,200}\]|"[^"]{1,60}")')
_LD_KINDS = {name: regex.compile(rf'"(?:https?://schema\.org/)?(?:{pattern})"') for name, pattern in _LD_TYPES.items()}
_LONGEST_DATA = 200_000
_SLUG = regex.compile(r"[\p{L}\p{N}]+")


def _declared_columns(page: Page, stats: _TextStats) -> NDArray[np.float32]:
    """What the page says it is, and how much each block says of the page's own summary."""
    out = np.zeros((len(page.blocks), len(_DECLARED_NAMES)), dtype=np.float32)
    meta = page.meta
    kind = meta.get("og:type", "").lower()
    place = 0
    for name in _OG_TYPES:
        out[:, place] = kind.startswith(name)
        place += 1
    out[:, place] = bool(kind) and not kind.startswith(_OG_TYPES)
    place += 1
    types = " ".join(
        match for text in page.embedded if '"@type"' in text for match in _LD_TYPE.findall(text, 0, _LONGEST_DATA)
    )
    for pattern in _LD_KINDS.values():
        out[:, place] = pattern.search(types) is not None
        place += 1
    out[:, place] = "article:published_time" in meta or any("datePublished" in text for text in page.embedded)
    path = (meta.get("canonical") or meta.get("og:url") or "").partition("://")[2].partition("?")[0].partition("/")[2]
    parts = [part for part in path.split("/") if part]
    slug = _SLUG.findall(parts[-1]) if parts else []
    out[:, place + 1] = np.log1p(len(slug))
    out[:, place + 2] = min(len(parts), 6)
    out[:, place + 3] = bool(meta.get("canonical") or meta.get("og:url")) and not parts
    out[:, place + 4] = any(part.isdigit() for part in slug)
    summary = max(meta.get("description", ""), meta.get("og:description", ""), key=len)
    count, common = stats.said(summary) if summary else (0, 0)
    if count >= _SHORTEST_SUMMARY:
        out[:, place + 5] = np.minimum(common / count, 1)
        out[:, place + 6] = np.minimum(common / np.maximum(stats.words, 1), 1)
        start = " ".join(summary.split())[:40]
        out[:, place + 7] = [block.text.startswith(start) for block in page.blocks]
    return out


_SHORTEST_SUMMARY = 5
"""A summary of fewer words names the site, or nothing."""
_DATA_TEXTS = ("articleBody", "description", "reviewBody", '"text"')


def _in_data(page: Page) -> NDArray[np.float32]:
    """1 for the blocks whose beginning stands in the page's embedded data too, as an article's body or a description."""
    found = np.zeros(len(page.blocks), dtype=np.float32)
    data = [text for text in page.embedded if any(name in text for name in _DATA_TEXTS)]
    if data:
        joined = "\n".join(data)
        if "\\u" in joined[:20000] and not page.folded.text[:2000].isascii():
            joined = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), joined)
        for block in page.blocks:
            if len(block.text) >= 40 and block.text[:40].replace('"', '\\"') in joined:
                found[block.index] = 1
    return found


_ESCAPED = regex.compile(r"\\u([0-9a-fA-F]{4})")
_KIND_INDEX = {name: number for number, name in enumerate(_KIND_NAMES)}
_TAG_BITS = {tag: 1 << number for number, tag in enumerate(_CHAIN_TAGS)}


def _box_arrays(boxes: Sequence[Box]) -> tuple[NDArray[np.int64], ...]:
    """Of each box: parent, first, last, depth, as bits which elements are around it and itself, and a number for its look."""
    rows = np.array([(box.parent, box.first, box.last, box.depth) for box in boxes], dtype=np.int64)
    bits = np.zeros(len(boxes), dtype=np.int64)
    chain: list[int] = []
    look: list[int] = []
    looks: dict[tuple[str, str | None], int] = {}
    tag_bits = _TAG_BITS
    for box in boxes:
        own = tag_bits.get(box.tag, 0)
        chain.append(chain[box.parent] | own if box.parent >= 0 else own)
        look.append(looks.setdefault((box.tag, box.attributes.get("class")), len(looks)))
    bits[:] = chain
    return rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3], bits, np.array(look, dtype=np.int64)


def _wider_box(parent: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each box the nearest one around it that holds more blocks; the outermost is its own."""
    up = np.maximum(parent, 0)
    same = (first[up] == first) & (last[up] == last) & (parent >= 0)
    wider = up.copy()
    for number in np.flatnonzero(same).tolist():  # parents come first, so each is already right
        wider[number] = wider[up[number]]
    return wider


_PIECES = regex.compile(r"[a-z]{2,30}")
_CAMEL = regex.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=32768)
def name_pieces(value: str) -> tuple[str, ...]:
    """The pieces of a class or id value: whole tokens, and the words in them, each once, at most 12.

    >>> name_pieces("entry-content postBody")
    ('entry-content', 'entry', 'content', 'postbody', 'post', 'body')
    """
    pieces: dict[str, None] = {}
    for token in value[:400].split()[:8]:
        lower = token.lower()
        pieces[lower] = None
        for word in _PIECES.findall(_CAMEL.sub("-", token).lower()):
            pieces[word] = None
    return tuple(pieces)[:12]


def box_pieces(box: Box) -> tuple[str, ...]:
    """The pieces of a box's element name, class, id, role and item property."""
    found: tuple[str, ...] = (f"<{box.tag}>",)
    attributes: Mapping[str, str] = box.attributes
    if attributes:
        for name in ("class", "id", "role", "itemprop"):
            value = attributes.get(name)
            if value:
                found += name_pieces(value)
    return found


NAMED_INLINES = 4
"""Of how many inline elements in a block the names are looked at: the first ones."""


def inline_pieces(block: Block) -> tuple[str, ...]:
    """The pieces of the inline elements' names in a block, at most 12."""
    found: tuple[str, ...] = ()
    for value in block.inline[:NAMED_INLINES]:
        found += tuple(f".{piece}" for piece in name_pieces(value))
    return found[:12]
