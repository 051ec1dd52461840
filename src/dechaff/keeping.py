"""Keep rules: what the user says must stay. They beat every filter.

A rule is one of

- a compiled pattern (`re` or `regex`): keeps each block in whose text it is found;
- a text that is a CSS selector (`.note`, `#main`, `div.ad > p`, `[data-keep]`; any selector after `css:`): keeps all blocks
  in the elements it selects, in HTML;
- any other text (or any after `re:`): a regular expression, as above;
- a callable that takes a `Block` and answers whether it stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dechaff.page import Block, Page

_SELECTOR = regex.compile(
    r"""(?:(?<tag>[a-z][a-z0-9]{0,20}|\*)?             # at most an element's name …
        (?:[.\#][A-Za-z_-][\w-]{0,80}                  # … then classes, ids
          |\[[^\[\]]{1,120}\]                          # … attributes
          |:[a-z-]{1,30}(?:\([^()]{0,120}\))?){1,8}    # … pseudo-classes, one at least
        |(?<tag>[a-z][a-z0-9]{0,20}))                  # or the name alone, as a part of a longer selector
        (?:\s?[>+~,\s]\s?(?&compound)){0,8}
        (?(DEFINE)(?<compound>(?:[a-z][a-z0-9]{0,20}|\*)?(?:[.\#][A-Za-z_-][\w-]{0,80}|\[[^\[\]]{1,120}\]
          |:[a-z-]{1,30}(?:\([^()]{0,120}\))?){0,8}))""",
    regex.VERBOSE,
)
_TAGS = frozenset(
    "a abbr address article aside b blockquote body button caption center cite code dd del details div dl dt em fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header html i iframe img ins kbd label legend li main mark nav ol p"
    " pre q s section select small span strong sub summary sup table tbody td tfoot th thead time tr u ul *".split()
)


def looks_like_selector(text: str) -> bool:
    """Whether a keep rule's text is meant as a CSS selector.

    A bare word is a regular expression, even one that is an element's name: `css:blockquote` selects the elements.

    >>> looks_like_selector("div.note > p"), looks_like_selector("#main")
    (True, True)
    >>> looks_like_selector("Advertisement"), looks_like_selector("example.com"), looks_like_selector(".*sale")
    (False, False, False)
    """
    if not any(mark in text for mark in ".#[>:"):
        return False
    match = _SELECTOR.fullmatch(text.strip())
    return match is not None and all(tag in _TAGS for tag in match.captures("tag"))


@dataclass(frozen=True)
class KeepRule:
    """One compiled keep rule: its name in `Cleaned.vetoed`, and how it decides."""

    name: str
    pattern: re.Pattern[str] | regex.Pattern[str] | None = None
    selector: str | None = None
    predicate: Callable[[Block], bool] | None = None


def compile_keep(keep: object) -> tuple[KeepRule, ...]:
    """Check and compile what the user gave as `keep`.

    Raises:
        TypeError: a rule is none of the four kinds.
        ValueError: a pattern or a selector is malformed.
    """
    rules = [keep] if isinstance(keep, (str, re.Pattern, regex.Pattern)) or callable(keep) else keep
    try:
        entries = list(rules)  # type: ignore[call-overload]
    except TypeError:
        raise TypeError(
            f"keep takes a list of patterns, CSS selectors or predicates, not {type(keep).__name__}"
        ) from None
    return tuple(_compile_rule(entry) for entry in entries)


def _compile_rule(entry: object) -> KeepRule:
    if isinstance(entry, (re.Pattern, regex.Pattern)):
        if not isinstance(entry.pattern, str):
            raise TypeError(f"keep: the pattern {entry.pattern!r} is for bytes; blocks are text")
        return KeepRule(f"keep:{entry.pattern}", pattern=entry)
    if isinstance(entry, str):
        if entry.startswith("css:") or (not entry.startswith("re:") and looks_like_selector(entry)):
            selector = entry.removeprefix("css:").strip()
            _check_selector(selector)
            return KeepRule(f"keep:{selector}", selector=selector)
        source = entry.removeprefix("re:")
        try:
            return KeepRule(f"keep:{source}", pattern=regex.compile(source))
        except regex.error as error:
            raise ValueError(f"keep: {source!r} is not a regular expression: {error}") from None
    if callable(entry):
        return KeepRule(f"keep:{getattr(entry, '__name__', type(entry).__name__)}", predicate=entry)
    raise TypeError(f"keep: a rule is a text, a compiled pattern or a callable, not {type(entry).__name__}")


def _check_selector(selector: str) -> None:
    import soupsieve  # noqa: PLC0415  # comes with beautifulsoup4; only who uses selectors pays for it

    try:
        soupsieve.compile(selector)
    except soupsieve.SelectorSyntaxError as error:
        raise ValueError(f"keep: {selector!r} is not a CSS selector: {str(error).splitlines()[0]}") from None


def protected_blocks(page: Page, rules: Iterable[KeepRule], markup: str) -> list[str | None]:
    """For each block the name of the first rule that keeps it, None where none does.

    Args:
        page: the page.
        rules: compiled rules.
        markup: the page's HTML, which selectors are tried on; "" for a text source.
    """
    names: list[str | None] = [None] * len(page.blocks)
    for rule in rules:
        selected = _selected_blocks(page, rule.selector, markup) if rule.selector is not None else frozenset()
        for block in page.blocks:
            if names[block.index] is None and (
                block.index in selected
                or (rule.pattern is not None and rule.pattern.search(block.text) is not None)
                or (rule.predicate is not None and rule.predicate(block))
            ):
                names[block.index] = rule.name
    return names


def _selected_blocks(page: Page, selector: str, markup: str) -> frozenset[int]:
    """The blocks in or around the elements that a selector selects.

    BeautifulSoup over lxml numbers the same elements in the same order as the reader's events, so an element's number says
    which box it is, and for an inline element in which block it stands.
    """
    if not markup:
        return frozenset()
    from bs4 import BeautifulSoup, Tag  # noqa: PLC0415  # as above

    soup = BeautifulSoup(markup, "lxml")
    numbers = {id(tag): number for number, tag in enumerate(soup.find_all(True))}
    box_of = {box.element: box for box in page.boxes}
    found: set[int] = set()
    for tag in soup.select(selector):
        number = numbers[id(tag)]
        if number in box_of:
            found.update(range(box_of[number].first, box_of[number].last))
            continue
        last = number + sum(isinstance(child, Tag) for child in tag.descendants)
        found.update(_around(page, number, last))
    return frozenset(found)


def _around(page: Page, first: int, last: int) -> Iterable[int]:
    """The blocks whose text was read while the elements `first` to `last` were the newest: `last` may be a block's end."""
    previous = -1
    for block in page.blocks:
        if previous < first <= block.element or first <= block.element <= last:
            yield block.index
        previous = block.element
