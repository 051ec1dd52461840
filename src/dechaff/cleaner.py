"""The one code path: read, find, cut, write. `clean` is the text of `explain`."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, get_args

from dechaff.content.boilerplate import LearnedFilter
from dechaff.cutting import apply_cuts
from dechaff.filters import REGISTRY
from dechaff.page import FAMILIES, Cleaned, Cut, Filter, Origin
from dechaff.reading import Kind, Lines, read
from dechaff.reading.ceiling import MOST_BYTES, up_to
from dechaff.writing import Output, builder_for, check_installed, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Unpack

    from dechaff.cutting import Outcome
    from dechaff.keeping import KeepRule
    from dechaff.page import Page
    from dechaff.rules import Rules
    from dechaff.sites import SiteProfile, SiteProfiles

Favor: TypeAlias = Literal["precision", "balanced", "recall"]
FilterLike: TypeAlias = "Filter | Callable[[Page], Iterable[Cut]] | str"


class Options(TypedDict, total=False):
    """What `clean` and `explain` take by name: the options of `Cleaner`, which describes them."""

    filters: Iterable[FilterLike] | None
    kind: Kind
    lines: Lines
    keep: Any
    only: Iterable[str] | str | None
    without: Iterable[str] | str
    favor: Favor
    headline: bool
    output: Output
    language: str | None
    url: str | None
    max_bytes: int
    rules: Any
    site: SiteProfile | SiteProfiles | None


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
        kind: what a source is: "html", "text", "markdown", or "auto" to tell by the look of it (lxml and BeautifulSoup objects are
            always HTML).
        lines: what a line of a text is: a whole paragraph ("paragraphs"), a part of one ("wrapped"), all of the text ("one"), or
            "auto" to tell by the look of it.
        keep: what must stay, whatever a filter says: regular expressions, CSS selectors, predicates (`dechaff.keeping`).
        only: run only these families.
        without: run all families but these.
        favor: "precision" cuts more of what is unsure, "recall" keeps more of it.
        headline: whether the headline belongs to the text.
        output: the form of the result: "text", "markdown" (needs `dechaff[markdown]`), "html", a sanitised fragment (needs
            `dechaff[html]`), or "records", JSON with blocks, cuts, credits and warnings.
        language: the text's language, if the page does not say it. No family is gated by it.
        url: where the source is from. In Markdown and HTML links are made absolute with it.
        max_bytes: how much of a source is read, text counted as UTF-8. Where one is longer, a warning says where it was cut.
        rules: the user's own rules: paths of rule files, or loaded `Rules` (`docs/rules.md`).
        site: what is known of the site (`SiteProfile`), or of many (`SiteProfiles`), of which `url` or the page itself names one.

    Raises:
        OSError: a rule file cannot be read. What is wrong inside one is in `Rules.problems`.
        TypeError: an option is of the wrong type.
        ValueError: an option has a value that does not exist; the message lists those that do.
        ModuleNotFoundError: an output form needs an extra that is not installed; the message names it.
    """

    def __init__(
        self,
        filters: Iterable[FilterLike] | None = None,
        *,
        kind: Kind = "auto",
        lines: Lines = "auto",
        keep: Any = (),
        only: Iterable[str] | str | None = None,
        without: Iterable[str] | str = (),
        favor: Favor = "balanced",
        headline: bool = True,
        output: Output = "text",
        language: str | None = None,
        url: str | None = None,
        max_bytes: int = MOST_BYTES,
        rules: Any = None,
        site: SiteProfile | SiteProfiles | None = None,
    ) -> None:
        _check_choice("kind", kind, get_args(Kind))
        _check_choice("lines", lines, get_args(Lines))
        _check_choice("favor", favor, get_args(Favor))
        _check_choice("output", output, get_args(Output))
        for name, text in (("language", language), ("url", url)):
            if text is not None and not isinstance(text, str):
                raise TypeError(f"{name} is a str or None, not {type(text).__name__}")
        if not isinstance(headline, bool):
            raise TypeError(f"headline is True or False, not {headline!r}")
        if not isinstance(max_bytes, int) or isinstance(max_bytes, bool):
            raise TypeError(f"max_bytes is a number of bytes, not {max_bytes!r}")
        if max_bytes < 1:
            raise ValueError(f"max_bytes is {max_bytes}; it is 1 or more")
        self.kind: Kind = kind
        self.lines: Lines = lines
        self.favor: Favor = favor
        self.headline = headline
        check_installed(output)
        self.output: Output = output
        self.language = language
        self.url = url
        self.max_bytes = max_bytes
        self.site = _as_site(site)
        self.keep = _keep_rules(keep)
        entries: Iterable[FilterLike] = REGISTRY.values() if filters is None else filters
        chosen = [self._set(_as_filter(entry)) for entry in entries]
        self.rules = _rules_of(rules)
        own = () if self.rules is None else sorted(self.rules.families)
        known = (*FAMILIES, *(found.name for found in chosen), *own)
        wanted = None if only is None else _names("only", only, known)
        unwanted = _names("without", without, known)
        self.filters: Sequence[Filter] = tuple(
            found for found in chosen if (wanted is None or found.name in wanted) and found.name not in unwanted
        )
        self._rule_families = frozenset(
            name for name in own if (wanted is None or name in wanted) and name not in unwanted
        )
        self._left_out: Sequence[Filter] = tuple(found for found in chosen if found not in self.filters)

    def _set(self, found: Filter) -> Filter:
        """A learned filter set to this cleaner's options and site; any other filter as it is."""
        if found is REGISTRY.get("boilerplate"):
            found = LearnedFilter(self.favor, self.headline)
        if self.site is None or not isinstance(found, LearnedFilter):
            return found
        from dechaff.sites.evidence import SiteFilter  # noqa: PLC0415  # only where a site is known

        return SiteFilter(found.favor, found.headline, found.load, self.site)

    def with_site(self, site: SiteProfile | SiteProfiles) -> Cleaner:
        """This cleaner with a site, or another one, known. Rules and all else are shared, so it costs next to nothing.

        Args:
            site: what is known of the site, or of many, as for `Cleaner`.

        Raises:
            TypeError: site is neither.
        """
        if site is None:
            raise TypeError("site is a SiteProfile or SiteProfiles, not None")
        made = copy.copy(self)
        made.site = _as_site(site)
        made.filters = tuple(made._set(found) for found in self.filters)  # noqa: SLF001  # of this class
        made._left_out = tuple(made._set(found) for found in self._left_out)  # noqa: SLF001  # as above
        return made

    def clean(self, source: Any) -> str:
        """The clean text of one source; see `explain`."""
        return self.explain(source).text

    def clean_many(self, sources: Iterable[Any], *, jobs: int | None = None) -> Iterator[Cleaned]:
        """Clean many sources in several processes: the results one by one, in the order of the sources.

        Memory is bounded, so the iterable may be endless. One that fails, or on which a process dies, comes back as a `Cleaned`
        with `error` set and touches no other. lxml and BeautifulSoup objects cannot be sent to a process: they are cleaned in
        this one. Where processes are spawned (macOS, Windows), a script that calls this needs the usual
        `if __name__ == "__main__":`.

        Args:
            sources: what `explain` takes, or pairs of that and its URL.
            jobs: how many processes; None is one a core, 1 is none but this one.

        Raises:
            TypeError: jobs is no whole number.
            ValueError: jobs is less than one, or the cleaner cannot be sent to another process (a lambda as a filter).
            RuntimeError: all worker processes die, whatever they work on. What the iterable itself raises is raised once all
                before it is cleaned.

        >>> [cleaned.text for cleaned in Cleaner().clean_many(["One.", "Two.\\n- Advertisement -"], jobs=1)]
        ['One.', 'Two.']
        """
        from dechaff.batch import clean_many  # noqa: PLC0415  # one page needs no processes

        return clean_many(self, sources, jobs)

    def explain(self, source: Any, *, url: str | None = None, site: str = "") -> Cleaned:
        """Clean one source and say why each piece went.

        Args:
            source: a page or a text: str, bytes, an lxml element or tree, a BeautifulSoup object or Tag, a parsel Selector.
            url: where this one is from, in place of the cleaner's `url`.
            site: of which of the cleaner's `SiteProfiles` it is, where its address does not say it.

        Raises:
            TypeError: the source is none of these. Content never raises: whatever cannot be read faithfully is in `warnings`.
        """
        source, cut_off = up_to(source, self.max_bytes)
        page = self._read(source, url, site, make=builder_for(self.output))
        page.warnings[:0] = cut_off
        outcome, cleaned = self._decide(page, source)
        cleaned.text = write(page, outcome, cleaned, self.output)
        page.forget()
        return cleaned

    def read(self, source: Any, *, url: str | None = None, site: str = "") -> Page:
        """A source as the filters of this cleaner see it: what a site's profile learns.

        Args:
            source: what `explain` takes.
            url: where it is from, as for `explain`.
            site: its site, as for `explain`.

        Raises:
            TypeError: the source is none of these.
        """
        return self._read(up_to(source, self.max_bytes)[0], url, site)

    def _read(self, source: Any, url: str | None, site: str, **form: Any) -> Page:
        page = read(source, kind=self.kind, url=url or self.url, language=self.language, lines=self.lines, **form)
        page.site = site
        return page

    def prune(self, tree: Any) -> Cleaned:
        """Take the chaff out of somebody's own tree, and say why each piece went.

        Nothing else in the tree changes: scripts, styles, comments and pictures outside what goes stay, and so do the elements
        that selectors name. `dechaff.pruning` says what goes with the text.

        Args:
            tree: an lxml element or tree, a BeautifulSoup document or Tag, or a parsel Selector of markup. It is changed.

        Raises:
            TypeError: it is none of these.
        """
        from dechaff import pruning  # noqa: PLC0415  # plain cleaning does without
        from dechaff.reading.trees import Placed  # noqa: PLC0415  # as above

        pruning.check_tree(tree)
        page = read(tree, url=self.url, language=self.language, make=Placed)
        outcome, cleaned = self._decide(page, tree)
        cleaned.text = write(page, outcome, cleaned, "text")
        pruning.prune(tree, page, outcome)
        page.forget()
        return cleaned

    def _decide(self, page: Page, source: Any) -> tuple[Outcome, Cleaned]:
        """Let the filters look at the page, and merge what they propose; the result lacks its text."""
        proposals: list[Cut] = []
        for found in self.filters:
            proposals += found.find(page)
            if (warnings := getattr(found, "warnings", None)) is not None:
                page.warnings += warnings(page)
        protected: list[str | None] = []
        if self.keep or self.rules is not None:
            protected = self._heed_rules(page, source, proposals)
        outcome = apply_cuts(page, proposals, protected)
        cleaned = Cleaned(
            text="",
            cuts=outcome.cuts,
            credits=outcome.credits,
            kept=[block for block in page.blocks if outcome.pieces[block.index]],
            warnings=page.warnings,
            vetoed=outcome.vetoed,
            kind=page.kind,
        )
        cleaned.origin = Origin(page, proposals, self.filters, self._left_out, protected)
        return outcome, cleaned

    def _heed_rules(self, page: Page, source: Any, proposals: list[Cut]) -> list[str | None]:
        """What the user's rules say: the cuts they propose are added, and for each block the rule that protects it comes back."""
        from dechaff.keeping import protected_blocks  # noqa: PLC0415  # who has no rules pays for none
        from dechaff.selecting import Elements  # noqa: PLC0415  # as above

        elements = Elements(page, source)
        protected: list[str | None] = []
        if self.keep:
            protected = protected_blocks(page, self.keep, elements)
        if self.rules is not None:
            findings = self.rules.find(page, elements, headline=self.headline)
            proposals += (cut for cut in findings.cuts if cut.family in self._rule_families)
            page.warnings += findings.warnings
            if findings.protected:
                protected = protected or [None] * len(page.blocks)
                for number, name in findings.protected.items():
                    protected[number] = protected[number] or name
        page.warnings += elements.warnings
        return protected


def _keep_rules(keep: Any) -> tuple[KeepRule, ...]:
    if isinstance(keep, tuple | list) and not keep:
        return ()
    from dechaff.keeping import compile_keep  # noqa: PLC0415  # who has no rules pays for none

    return compile_keep(keep)


def _rules_of(rules: Any) -> Rules | None:
    if rules is None:
        return None
    from dechaff.rules.book import rules_of  # noqa: PLC0415  # who has no rules pays for none

    return rules_of(rules)


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


def _as_site(given: Any) -> SiteProfile | SiteProfiles | None:
    if given is None:
        return None
    from dechaff.sites import SiteProfile, SiteProfiles  # noqa: PLC0415  # only where a site is known

    if isinstance(given, SiteProfile | SiteProfiles):
        return given
    raise TypeError(
        f"site is a SiteProfile, SiteProfiles or None, not {type(given).__name__}; SiteProfile.load reads a file"
    )


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
