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

from dechaff.selecting import SelectorError, css_selector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dechaff.page import Block, Page
    from dechaff.selecting import Elements, Selector

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
    selector: Selector | None = None
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
            source = entry.removeprefix("css:").strip()
            try:
                return KeepRule(f"keep:{source}", selector=css_selector(source))
            except SelectorError as error:
                raise ValueError(f"keep: {source!r} is not a CSS selector: {error}") from None
        source = entry.removeprefix("re:")
        try:
            return KeepRule(f"keep:{source}", pattern=regex.compile(source))
        except regex.error as error:
            raise ValueError(f"keep: {source!r} is not a regular expression: {error}") from None
    if callable(entry):
        return KeepRule(f"keep:{getattr(entry, '__name__', type(entry).__name__)}", predicate=entry)
    raise TypeError(f"keep: a rule is a text, a compiled pattern or a callable, not {type(entry).__name__}")


def protected_blocks(page: Page, rules: Iterable[KeepRule], elements: Elements) -> list[str | None]:
    """For each block the name of the first rule that keeps it, None where none does.

    Args:
        page: the page.
        rules: compiled rules.
        elements: the page's elements, which selectors are tried on.
    """
    names: list[str | None] = [None] * len(page.blocks)
    for rule in rules:
        selected: set[int] = set()
        if rule.selector is not None and page.kind == "html":
            selected.update(index for number in elements.select(rule.selector) for index in elements.blocks(number))
        for block in page.blocks:
            if names[block.index] is None and (
                block.index in selected
                or (rule.pattern is not None and rule.pattern.search(block.text) is not None)
                or (rule.predicate is not None and rule.predicate(block))
            ):
                names[block.index] = rule.name
    return names
