"""The one code path: read, find, cut, write. `clean` is the text of `explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, get_args

from dechaff.content.boilerplate import LearnedFilter
from dechaff.cutting import apply_cuts
from dechaff.filters import REGISTRY
from dechaff.keeping import compile_keep, protected_blocks
from dechaff.page import FAMILIES, Cleaned, Cut, Filter
from dechaff.reading import Kind, read
from dechaff.writing.text import write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Unpack

    from dechaff.page import Page

Favor: TypeAlias = Literal["precision", "balanced", "recall"]
FilterLike: TypeAlias = "Filter | Callable[[Page], Iterable[Cut]] | str"


class Options(TypedDict, total=False):
    """What `clean` and `explain` take by name: the options of `Cleaner`, which describes them."""

    filters: Iterable[FilterLike] | None
    kind: Kind
    keep: Any
    only: Iterable[str] | str | None
    without: Iterable[str] | str
    favor: Favor
    headline: bool
    language: str | None
    url: str | None


class _CallableFilter:
    """A plain callable as a filter: its family is its `name`, or its own name."""

    def __init__(self, find: Callable[[Page], Iterable[Cut]]) -> None:
        self.find = find
        self.name = str(getattr(find, "name", None) or getattr(find, "__name__", type(find).__name__))
        self.summary = ((find.__doc__ or "").strip().splitlines() or [""])[0]


def filters() -> list[Filter]:
    """The registered filters, each with its `name` and one-line `summary`.

    >>> [found.name for found in filters()][:4]
    ['ads', 'scripts', 'subscriptions', 'credits']
    """
    return list(REGISTRY.values())


class Cleaner:
    """Cleans with one set of options. It keeps no state between calls, may be used by many threads at once, and pickles.

    Args:
        filters: which filters run: filters, callables that take a `Page` and yield `Cut`s, or names of registered ones.
            None is all registered filters.
        kind: what a source is: "html", "text", or "auto" to tell by the look of it (lxml and BeautifulSoup objects are always HTML).
        keep: what must stay, whatever a filter says: regular expressions, CSS selectors, predicates (`dechaff.keeping`).
        only: run only these families.
        without: run all families but these.
        favor: "precision" cuts more of what is unsure, "recall" keeps more of it.
        headline: whether the headline belongs to the text.
        language: the text's language, if the page does not say it. No family is gated by it.
        url: where the source is from.

    Raises:
        TypeError: an option is of the wrong type.
        ValueError: an option has a value that does not exist; the message lists those that do.
    """

    def __init__(
        self,
        filters: Iterable[FilterLike] | None = None,
        *,
        kind: Kind = "auto",
        keep: Any = (),
        only: Iterable[str] | str | None = None,
        without: Iterable[str] | str = (),
        favor: Favor = "balanced",
        headline: bool = True,
        language: str | None = None,
        url: str | None = None,
    ) -> None:
        _check_choice("kind", kind, get_args(Kind))
        _check_choice("favor", favor, get_args(Favor))
        for name, text in (("language", language), ("url", url)):
            if text is not None and not isinstance(text, str):
                raise TypeError(f"{name} is a str or None, not {type(text).__name__}")
        if not isinstance(headline, bool):
            raise TypeError(f"headline is True or False, not {headline!r}")
        self.kind: Kind = kind
        self.favor: Favor = favor
        self.headline = headline
        self.language = language
        self.url = url
        self.keep = compile_keep(keep)
        entries: Iterable[FilterLike] = REGISTRY.values() if filters is None else filters
        chosen = [self._set(_as_filter(entry)) for entry in entries]
        known = (*FAMILIES, *(found.name for found in chosen))
        wanted = None if only is None else _names("only", only, known)
        unwanted = _names("without", without, known)
        self.filters: Sequence[Filter] = tuple(
            found for found in chosen if (wanted is None or found.name in wanted) and found.name not in unwanted
        )

    def _set(self, found: Filter) -> Filter:
        """A registered learned filter set to this cleaner's options; any other filter as it is."""
        return LearnedFilter(self.favor, self.headline) if found is REGISTRY.get("boilerplate") else found

    def clean(self, source: Any) -> str:
        """The clean text of one source; see `explain`."""
        return self.explain(source).text

    def explain(self, source: Any) -> Cleaned:
        """Clean one source and say why each piece went.

        Args:
            source: a page or a text: str, bytes, an lxml element or tree, a BeautifulSoup object or Tag.

        Raises:
            TypeError: the source is none of these. Content never raises: whatever cannot be read faithfully is in `warnings`.
        """
        page = read(source, kind=self.kind, url=self.url, language=self.language)
        proposals: list[Cut] = []
        for found in self.filters:
            proposals += found.find(page)
        protected: list[str | None] = []
        if self.keep:
            wants_markup = page.kind == "html" and any(rule.selector for rule in self.keep)
            protected = protected_blocks(page, self.keep, _markup_of(source) if wants_markup else "")
        outcome = apply_cuts(page, proposals, protected)
        return Cleaned(
            text=write_text(page, outcome),
            cuts=outcome.cuts,
            credits=outcome.credits,
            kept=[block for block in page.blocks if outcome.pieces[block.index]],
            warnings=page.warnings,
            vetoed=outcome.vetoed,
            kind=page.kind,
        )


def _markup_of(source: Any) -> str:
    from dechaff.reading.decode import decode  # noqa: PLC0415  # only where selectors need the markup again

    if isinstance(source, str):
        return source
    if isinstance(source, bytes | bytearray | memoryview):
        return decode(bytes(source)).text
    if hasattr(source, "getroot") or hasattr(source, "iterchildren"):
        from lxml import etree  # noqa: PLC0415  # as above

        return etree.tostring(source, encoding="unicode", method="html", with_tail=False)
    return str(source)


def _as_filter(entry: FilterLike) -> Filter:
    if isinstance(entry, str):
        if entry not in REGISTRY:
            raise ValueError(f"filters: no registered filter {entry!r}; there are {', '.join(REGISTRY)}")
        return REGISTRY[entry]
    if isinstance(entry, Filter):
        return entry
    if callable(entry):
        return _CallableFilter(entry)
    raise TypeError(f"filters: {entry!r} is neither a filter, nor a callable that takes a Page, nor a filter's name")


def _names(option: str, given: Iterable[str] | str, known: Sequence[str]) -> frozenset[str]:
    names = [given] if isinstance(given, str) else given
    try:
        chosen = frozenset(names)
    except TypeError:
        raise TypeError(f"{option} takes family names, not {type(given).__name__}") from None
    for name in chosen:
        if name not in known:
            raise ValueError(f"{option}: no family {name!r}; there are {', '.join(dict.fromkeys(known))}")
    return chosen


def _check_choice(option: str, value: object, choices: Sequence[str]) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{option} is one of {', '.join(choices)}, not {value!r}")
    if value not in choices:
        raise ValueError(f"{option} is {value!r}; it is one of {', '.join(choices)}")


def explain(source: Any, **options: Unpack[Options]) -> Cleaned:
    """Clean one source and say why each piece went. `Cleaner` describes the options, `Cleaner.explain` the source.

    >>> [(cut.family, cut.text) for cut in explain("The story.\\n- Advertisement -\\nIt goes on.").cuts]
    [('ads', '- Advertisement -')]
    """
    return Cleaner(**options).explain(source)


def clean(source: Any, **options: Unpack[Options]) -> str:
    """What a person came to read: exactly `explain(source, …).text`.

    >>> clean("The story.\\n- Advertisement -\\nIt goes on.")
    'The story.\\nIt goes on.'
    """
    return explain(source, **options).text
