"""The types that every room shares: a page, its blocks and boxes, the cuts, and the cleaned result.

Nothing here reads, decides or removes. A `Page` is what a reader would see, in reading order; filters look
at it and yield `Cut`s; `cutting.py` turns cuts into a `Cleaned`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias, TypeVar, cast, runtime_checkable

from dechaff.late import late_regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dechaff.folding import FoldedText
    from dechaff.report.why import Why

T = TypeVar("T")

SourceKind: TypeAlias = Literal["html", "text", "markdown"]

BlockKind: TypeAlias = Literal[
    "paragraph", "heading", "item", "cell", "caption", "code", "quote", "term", "control", "line"
]

FAMILIES = (
    "ads",
    "scripts",
    "subscriptions",
    "credits",
    "sharing",
    "consent",
    "navigation",
    "related",
    "comments",
    "legal",
    "authors",
    "boilerplate",
)
"""Every family of chaff that `keep`, `only` and `without` may name; a family may have no filter yet."""

_BETWEEN_TOKENS = late_regex(r"[^\p{L}\p{N}_-]+")


@lru_cache(maxsize=8192)
def tokens_of(value: str) -> tuple[str, ...]:
    """The whole tokens of one attribute value, lower-cased, in order; never a part of a longer name.

    >>> tokens_of("Post-Body  entry")
    ('post-body', 'entry')
    """
    return tuple(token for token in _BETWEEN_TOKENS.split(value.lower()) if token)


class Place(NamedTuple):
    """Where a piece of a block's text stands in the source.

    `text[first:last]` was read from `source[start:end]`: the same characters where both are equally long, else something that
    stands for them (a space for a line end, `&` for `&amp;`).
    """

    first: int
    last: int
    start: int
    end: int


class Mark(NamedTuple):
    """Markup inside a block of Markdown: it goes when all the text it is about, `text[first:last]`, goes."""

    first: int
    last: int
    start: int
    end: int


@dataclass(slots=True, repr=False)
class Block:
    """One paragraph-level run of text.

    Attributes:
        index: position in `Page.blocks`.
        text: what a reader sees, white space folded to single spaces (`kind="code"` keeps its line breaks;
            a line of plain text is exactly the source's).
        kind: what sort of block it is.
        box: index in `Page.boxes` of the innermost box that holds it, -1 in plain text.
        level: heading level 1 to 6, or the depth of nested lists for an item; 0 otherwise.
        linked: how many of its characters stand inside links.
        hrefs: the targets of its links, in order.
        images: pictures since the block before.
        inline: the class or id values of inline elements in it (`<span class="ad-label">`), in order.
        joined: it continues the paragraph of the block before after a line break (`<br>`).
        hidden: it stands in an element that a browser would not show at first (a tab, an accordion, `noscript`).
        element: the number in document order of the last element opened before its text, -1 in text and Markdown.
        start, end: for text and Markdown the range of the source that it was read from, -1 in HTML.
        places: where its text stands in that range; empty where it is exactly `source[start:end]`.
        marks: for Markdown the links, emphasis and pictures in it.
    """

    index: int
    text: str
    kind: BlockKind = "line"
    box: int = -1
    level: int = 0
    linked: int = 0
    hrefs: tuple[str, ...] = ()
    images: int = 0
    inline: tuple[str, ...] = ()
    joined: bool = False
    hidden: bool = False
    element: int = -1
    start: int = -1
    end: int = -1
    places: tuple[Place, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def link_density(self) -> float:
        """The share of its characters that stand inside links, 0 to 1."""
        return min(1.0, self.linked / len(self.text)) if self.text else 0.0

    def __repr__(self) -> str:
        return f"Block({self.index}, {self.kind}, {self.text[:60]!r})"


@dataclass(slots=True, repr=False)
class Box:
    """An element that holds blocks.

    Attributes:
        index: position in `Page.boxes`; a parent stands before its children.
        tag: the element's name, lower case.
        attributes: the element's attributes as the source has them.
        parent: index of the box around it, -1 for the outermost.
        depth: how many boxes are around it.
        first, last: the half-open range of the blocks in it, `page.blocks[first:last]`.
        element: the element's number in document order.
        hidden: a browser would not show it at first.
        start, end: for Markdown the range of the source that goes when all in it goes, -1 in HTML, and where something of it
            has to stay (the head of a table).
    """

    index: int
    tag: str
    attributes: Mapping[str, str]
    parent: int
    depth: int
    first: int
    last: int
    element: int
    hidden: bool
    start: int = -1
    end: int = -1

    @property
    def tokens(self) -> tuple[str, ...]:
        """Whole class, id and role tokens, lower case, in that order."""
        attributes = self.attributes
        if not attributes:
            return ()
        found: tuple[str, ...] = ()
        for name in ("class", "id", "role"):
            value = attributes.get(name)
            if value:
                found += tokens_of(value)
        return found

    def __repr__(self) -> str:
        return f"Box({self.index}, <{self.tag}> {' '.join(self.tokens)!r}, {self.first}:{self.last})"


@dataclass(slots=True)
class Page:
    """What a reader would see, in reading order.

    Attributes:
        blocks: the text, block by block.
        boxes: the elements that hold blocks, parents first; empty for plain text.
        kind: "html", "text" or "markdown".
        one_line: a text that had lost its line ends: a block is a sentence or a label, and the rest of its shape is not known.
        source: the text or Markdown itself, which offsets refer to; "" for HTML.
        language: what the page declares (`<html lang>`) or the caller said, lower case; None if neither did.
        url: where the page is from, if known.
        site: the name of the site that it is of, where somebody gave it one; "" where its address says it.
        title: the `<title>`.
        meta: what the page declares of itself: `<meta>` contents by lower-case name or property, the first of each, and the
            `<link rel=canonical>` as "canonical".
        embedded: JSON texts that the page carries in scripts (JSON-LD and state blobs), unparsed.
        warnings: what reading could not do faithfully.
        markup: the HTML as it was read in the end, in UTF-8 and mended where it had to be; empty for a text source and for a tree.
    """

    blocks: list[Block]
    boxes: list[Box] = field(default_factory=list)
    kind: SourceKind = "html"
    source: str = ""
    one_line: bool = False
    language: str | None = None
    url: str | None = None
    site: str = ""
    title: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    embedded: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    markup: bytes = field(default=b"", repr=False)
    _shared: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def folded(self) -> FoldedText:
        """The blocks' text folded for matching (`folding.py`), made once and shared by all filters."""
        return self.shared("folded", _fold_blocks)

    def shared(self, name: str, make: Callable[[Page], T]) -> T:
        """What several filters want to know about this page: made by the first that asks, kept for the others."""
        if name not in self._shared:
            self._shared[name] = make(self)
        return cast("T", self._shared[name])

    def forget(self) -> None:
        """Let go of what filters shared; whoever asks for it again makes it again."""
        self._shared.clear()

    def ancestors(self, block: Block) -> Iterable[Box]:
        """The boxes around a block, innermost first."""
        number = block.box
        while number >= 0:
            box = self.boxes[number]
            yield box
            number = box.parent


def _fold_blocks(page: Page) -> FoldedText:
    from dechaff.folding import FoldedText  # numpy is imported only when a filter asks for words  # noqa: PLC0415

    return FoldedText([block.text for block in page.blocks])


@dataclass(frozen=True, slots=True)
class Credit:
    """Who did what for the text: knowledge that leaves the text and comes back as data.

    Attributes:
        role: translator, photographer, agency, editor, source or author.
        name: the name as the page spells it.
        language: the language the text was translated from, as the page spells it; None if it does not say.
        text: the line it came from.
    """

    role: str
    name: str
    language: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Cut:
    """A proposal to remove something, and once it is done, the reason.

    Attributes:
        first, last: the half-open range of blocks, `page.blocks[first:last]`.
        family: which kind of chaff, one of `FAMILIES` or a user filter's own name.
        rule: what decided it: a phrase's id, a markup token, a shape, a score.
        confidence: 0 to 1.
        start, end: where only a part of one block goes (`last == first + 1`): the range in the block's text.
        text: the words removed; the engine fills it in.
        span: for text and Markdown the half-open range of characters, `source[span[0]:span[1]] == text`; None in HTML. The
            engine fills it in.
        credits: what is known from the words removed.
    """

    first: int
    last: int
    family: str
    rule: str
    confidence: float = 1.0
    start: int | None = None
    end: int | None = None
    text: str = ""
    span: tuple[int, int] | None = None
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """What a result was made from: all that explaining it takes.

    Attributes:
        page: the page as it was read.
        proposals: the cuts that were proposed, whatever became of them.
        filters: the filters that ran.
        left_out: the filters that `only` and `without` kept from running.
        protected: for each block the keep rule that protects it, None for the others; empty if there were no rules.
    """

    page: Page
    proposals: Sequence[Cut]
    filters: Sequence[Filter]
    left_out: Sequence[Filter] = ()
    protected: Sequence[str | None] = ()


@dataclass
class Cleaned:
    """What `explain` gives: the clean text and how it came about.

    Attributes:
        text: what a person came to read.
        cuts: what went, in reading order, each with its reason.
        credits: who translated, photographed, edited, supplied.
        kept: the blocks that stayed, in reading order, each as it stands in the text.
        warnings: what the result may lack or have wrong, in sentences.
        vetoed: cuts that a filter proposed and a keep rule refused, with the rule that did.
        kind: what the source was read as: "html", "text" or "markdown".
        error: of many sources (`Cleaner.clean_many`), why this one could not be cleaned; None if it was.
    """

    text: str
    cuts: list[Cut] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)
    kept: list[Block] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    vetoed: list[Veto] = field(default_factory=list)
    kind: SourceKind = "html"
    error: str | None = None

    def __post_init__(self) -> None:
        # No field: where a result came from is not compared, shown or written into records.
        self.origin: Origin | None = None

    def __getstate__(self) -> dict[str, object]:
        # The page is often larger than all the rest, and a worker that sends results home should not send it along.
        return {**vars(self), "origin": None}

    @property
    def page(self) -> Page:
        """The page as it was read, with what was cut.

        Raises:
            ValueError: the result was pickled or copied; its page stayed behind.
        """
        return self.made_from().page

    def made_from(self) -> Origin:
        """What the result was made from.

        Raises:
            ValueError: as `page`.
        """
        if self.origin is None:
            raise ValueError(
                "this result has no page: it was pickled, copied or made by hand; ask the one that explain() gave"
            )
        return self.origin

    def why(self, words: str) -> Why:
        """Why the block with these words went, or why it stayed; `str()` of the answer is for people.

        Args:
            words: some words of the page. If they stand nowhere, the block nearest to them answers.

        Raises:
            ValueError: as `page`; or there is no word in `words`.

        >>> import dechaff
        >>> answer = dechaff.explain("The story.\\n- Advertisement -\\nIt goes on.").why("advertisement")
        >>> answer.findings[0].fate.family, answer.findings[0].fate.rule
        ('ads', 'en:advertisement')
        """
        from dechaff.report.why import explain_words  # noqa: PLC0415  # the reports load when somebody asks for one

        return explain_words(self, words)


@dataclass(frozen=True, slots=True)
class Veto:
    """A cut that was not made: the proposal, and the keep rule or guard that stood against it."""

    cut: Cut
    by: str


@runtime_checkable
class Filter(Protocol):
    """Finds one family of chaff. Whatever has these three is a filter; a plain callable `page -> cuts` is one too.

    One that may leave a part of a page out has a method `warnings(page)`, too: what it left out, in sentences.
    """

    @property
    def name(self) -> str:
        """The family that `only`, `without` and the cuts call it by."""

    @property
    def summary(self) -> str:
        """One line on what it finds."""

    def find(self, page: Page) -> Iterable[Cut]:
        """The cuts it proposes. It changes nothing and may be called from many threads at once."""
