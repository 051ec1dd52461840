"""CSS selectors and XPath over a page: which blocks, or which words of one, an expression selects.

A page is read from parser events and has no tree. One is made here when an expression first asks for it, and only then: from
the same markup, so that the elements count alike and an element's number says which box it is. An inline element is
no box: its words are looked for in the block that it stands in.

Expressions are data. They are bounded in length and, by the number of elements, in time; they call nothing but XPath's own
functions.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import regex
from lxml import etree

from dechaff.reading import trees

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dechaff.page import Page

LONGEST = 2_000
"""How many characters an expression may have. The longest selector in the public lists has some 700."""

_MOST_STEPS = 400_000_000
"""Elements to the power of `_exponent`: libxml2 visits some hundred million nodes a second."""

_STEEPEST = 3


class SelectorError(ValueError):
    """A selector or an XPath that cannot be used; the message says why."""


class Part(NamedTuple):
    """What a selector selects: blocks `first:last`, or the words `start:end` of one block."""

    first: int
    last: int
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Selector:
    """A checked expression.

    Attributes:
        source: as the user wrote it.
        xpath: as it is evaluated.
        exponent: its time grows with this power of the number of elements at most.
        keys: for each of its branches what has to be on a page on which that selects anything (`required_keys`); empty for an
            XPath.
        without_text: all that it can select are elements which hold no text, such as images.
    """

    source: str
    xpath: str
    exponent: int
    keys: tuple[tuple[str, ...], ...] = ()
    without_text: bool = False


def css_selector(source: str) -> Selector:
    """Check a CSS selector.

    Raises:
        SelectorError: it is not CSS, too long, or has a pseudo-element.

    >>> css_selector("div.note > p").source
    'div.note > p'
    """
    text = source.strip()
    _check_length(text)
    import cssselect  # noqa: PLC0415  # who uses selectors pays for it

    try:
        branches = cssselect.parse(text)
        translator = cssselect.HTMLTranslator()
        xpath = " | ".join(translator.selector_to_xpath(branch, translate_pseudo_elements=False) for branch in branches)
    except (cssselect.SelectorError, RecursionError) as error:
        raise SelectorError(str(error).splitlines()[0] if str(error) else "it is nested too deeply") from None
    if any(branch.pseudo_element for branch in branches):
        raise SelectorError("a pseudo-element is no element")
    trees_ = [branch.parsed_tree for branch in branches]
    return Selector(
        source,
        xpath,
        _checked(xpath),
        tuple(map(required_keys, trees_)),
        all(_subject(tree) in _TEXTLESS for tree in trees_),
    )


_TEXTLESS = frozenset(
    "area embed iframe img input link meta object param script source style track video audio".split()
)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i kbd mark q s samp small span strike strong sub sup time tt u var wbr".split()
)


def _subject(tree: Any) -> str:
    """The name of the element that a parsed selector selects, "*" if it may be any."""
    while not hasattr(tree, "element"):
        tree = tree.subselector if hasattr(tree, "subselector") and hasattr(tree, "combinator") else tree.selector
    return str(tree.element or "*").lower()


def required_keys(tree: Any) -> tuple[str, ...]:
    """What has to be on a page for a parsed selector to select anything there, the rarest first.

    `.class`, `#id`, `<tag`, `[name` (an attribute), `[name=value`, `[name^begin`, `[name*part`, and `?part` for what can only be looked
    for in the whole markup.
    """
    return tuple(key for _, key in sorted(set(_keys(tree))))


def _keys(tree: Any) -> Iterator[tuple[int, str]]:
    kind = type(tree).__name__
    if kind == "Element":
        tag = (tree.element or "").lower()
        if tag and tag not in _INLINE and tag not in _TEXTLESS:
            yield 5, f"<{tag}"
        return
    if kind == "Hash":
        yield 0, f"#{tree.id}"
    elif kind == "Class":
        yield 1, f".{tree.class_name}"
    elif kind == "Attrib":
        yield from _attribute_keys(tree)
    elif kind == "CombinedSelector":
        yield from _keys(tree.subselector)
    yield from _keys(tree.selector)


def _attribute_keys(tree: Any) -> Iterator[tuple[int, str]]:
    name, operator = tree.attrib.lower(), tree.operator
    value = (tree.value.value or "") if tree.value is not None else ""
    if operator == "!=":
        return
    if name == "id" and operator == "=":
        yield 0, f"#{value}"
    elif name == "class" and operator == "~=":
        yield 1, f".{value}"
    elif name not in ("class", "id", "href") and _subject(tree) in _INLINE | {"*"}:
        # Of inline elements the reader notes only these three.
        yield 6, f"?{value or name}"
    elif operator == "=" and value:
        yield 2, f"[{name}={value}"
    elif operator == "^=" and value:
        yield 2, f"[{name}^{value}"
    elif operator in ("$=", "*=", "~=") and value:
        yield 3, f"[{name}*{value}"
    else:
        yield 4, f"[{name}"


def xpath_selector(source: str) -> Selector:
    """Check an XPath 1.0 expression.

    Raises:
        SelectorError: it is not XPath, too long, or could take too long on any page.

    >>> xpath_selector("//div[@id='story']//p").exponent
    2
    """
    text = source.strip()
    _check_length(text)
    return Selector(source, text, _checked(text))


def _check_length(text: str) -> None:
    if not text:
        raise SelectorError("it is empty")
    if len(text) > LONGEST:
        raise SelectorError(f"it has {len(text):,} characters; {LONGEST:,} are read")


def _checked(xpath: str) -> int:
    exponent = _exponent(xpath)
    if exponent > _STEEPEST:
        raise SelectorError("it could take too long: '//' in a predicate in a predicate")
    try:
        _compiled(xpath)
    except etree.XPathError as error:
        raise SelectorError(str(error)) from None
    return exponent


@lru_cache(maxsize=4096)
def _compiled(xpath: str) -> etree.XPath:
    return etree.XPath(xpath, regexp=False)


_SWEEPS = regex.compile(
    r"""'[^']*'|"[^"]*"|[\[\]]|//|(?:descendant|ancestor|following|preceding)(?:-or-self|-sibling)?\s{0,3}::"""
)
_IS_SWEEP = regex.compile(r"//|[a-z]")


def _exponent(xpath: str) -> int:
    """With which power of the number of elements the time grows at most.

    A step over all descendants from a set of elements visits each element once for each of the set; further steps add to
    that, for the set cannot grow beyond all elements. A predicate is evaluated for each element on its own, and multiplies.
    """
    sweeps = [0]
    deepest: dict[int, int] = {}
    for match in _SWEEPS.finditer(xpath):
        text = match[0]
        if text == "[":
            sweeps.append(0)
        elif text == "]":
            if len(sweeps) > 1:
                sweeps.pop()
        elif _IS_SWEEP.match(text):
            sweeps[-1] += 1
            deepest[len(sweeps)] = max(deepest.get(len(sweeps), 0), sweeps[-1])
    return min(2, max(1, deepest.pop(1, 0))) + len(deepest)


class Elements:
    """The elements of one page, as a tree that is made when an expression first asks.

    Args:
        page: the page as it was read.
        source: what it was read from.
    """

    def __init__(self, page: Page, source: Any) -> None:
        self._page = page
        self._source = source
        self._root: Any = None
        self._numbers: dict[Any, int] = {}
        self._all: list[Any] = []
        self._boxes: dict[int, int] = {}
        # For each block the newest element when its text was read, and for each element the last one in it.
        self._newest: list[int] = []
        self._lasts: list[int] = []
        self._made = False
        self.warnings: list[str] = []

    def select(self, selector: Selector) -> list[int]:
        """The numbers of the elements that an expression selects, in document order."""
        if not self._made:
            self._make()
        if self._root is None:
            return []
        if len(self._all) ** selector.exponent > _MOST_STEPS:
            self.warnings.append(
                f"{selector.source!r} was not tried: it could take too long on {len(self._all):,} elements"
            )
            return []
        try:
            found = _compiled(selector.xpath)(self._root)
        except etree.XPathError as error:
            self.warnings.append(f"{selector.source!r} was not tried: {error}")
            return []
        if not isinstance(found, list):
            return []
        return sorted(
            {self._numbers[element] for element in found if not isinstance(element, str) and element in self._numbers}
        )

    def inline(self, value: str) -> list[int]:
        """The numbers of the inline elements with just this class, or without a class just this id."""
        if not self._made:
            self._make()
        if self._root is None:
            return []
        return [
            number
            for number, element in enumerate(self._all)
            if number not in self._boxes and (element.get("class") or element.get("id")) == value
        ]

    def blocks(self, number: int) -> range:
        """The blocks in an element, or around it if it is an inline one."""
        page = self._page
        if number in self._boxes:
            box = page.boxes[self._boxes[number]]
            return range(box.first, box.last)
        # The blocks whose text was read while these elements were the newest; the first may end after them.
        first = bisect_left(self._newest, number)
        last = max(bisect_right(self._newest, self._lasts[number]), min(first + 1, len(self._newest)))
        return range(first, last)

    def parts(self, number: int) -> Iterator[Part]:
        """What of the page stands in an element, and nothing besides.

        An inline element's words are looked for in its block. If they are there twice nobody can tell which are meant: neither.
        """
        page = self._page
        if number in self._boxes:
            box = page.boxes[self._boxes[number]]
            if box.first < box.last:
                yield Part(box.first, box.last)
            return
        words = " ".join("".join(self._all[number].itertext()).split())
        if not words:
            return
        for index in self.blocks(number):
            text = page.blocks[index].text
            if text == words or (len(text) < len(words) and text in words):
                yield Part(index, index + 1)
            elif text.count(words) == 1:
                start = text.index(words)
                yield Part(index, index + 1, start, start + len(words))

    def _make(self) -> None:
        self._made = True
        page = self._page
        root = tree_of(self._source, page.markup)
        if root is None:
            return
        self._all = list(root.iter("*"))
        self._boxes = {box.element: box.index for box in page.boxes}
        # libxml2 sometimes ends with an empty element of its own, which the tree lacks. What holds no text does not matter.
        fits = all(
            box.element < len(self._all) and trees.local_name(self._all[box.element].tag) == box.tag
            for box in page.boxes
            if box.first < box.last
        )
        if not fits:
            # Where the source had to be mended in a way that the tree does not show.
            self.warnings.append(
                "selectors were not tried: the page's markup is too broken to say which element is which"
            )
            return
        self._root = root
        self._numbers = {element: number for number, element in enumerate(self._all)}
        self._newest = [block.element for block in page.blocks]
        while self._newest and self._newest[-1] < 0:  # read from the page's data: in no element
            self._newest.pop()
        self._lasts = list(range(len(self._all)))
        for number in reversed(range(len(self._all))):
            around = self._numbers.get(self._all[number].getparent())
            if around is not None:
                self._lasts[around] = max(self._lasts[around], self._lasts[number])


def tree_of(source: Any, markup: bytes) -> Any:
    """An lxml tree with the same elements in the same order as the reader's events; None where there is nothing.

    Args:
        source: what the page was read from; somebody's own tree is copied and not changed.
        markup: else the markup as it was read in the end.
    """
    if trees.is_tree(source):
        copy = _Copy()
        trees.walk(source, copy)
        return copy.root
    if not markup.strip():
        return None
    parser = etree.HTMLParser(huge_tree=True, encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(markup, parser)
    except etree.LxmlError:
        return None


_NAME = regex.compile(r"[A-Za-z_][\w.-]{0,200}")
_UNREADABLE = regex.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class _Copy:
    """Makes an lxml tree of a walk's events; names that XML does not allow are left out."""

    def __init__(self) -> None:
        self.root: Any = None
        self._open: list[Any] = []
        self._last: Any = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = tag if _NAME.fullmatch(tag) else "unnamed"
        kept = {key: _UNREADABLE.sub("", value) for key, value in attributes.items() if _NAME.fullmatch(key)}
        if self.root is None:
            element = self.root = etree.Element(name, kept)
        else:
            element = etree.SubElement(self._open[-1] if self._open else self.root, name, kept)
        self._open.append(element)
        self._last = None

    def data(self, text: str) -> None:
        text = _UNREADABLE.sub("", text)
        if self._last is not None:
            self._last.tail = (self._last.tail or "") + text
        elif self._open:
            self._open[-1].text = (self._open[-1].text or "") + text

    def end(self, _tag: str) -> None:
        self._last = self._open.pop()
