"""A site's profile: a sample of its pages, each as the lines on it.

What recurs is counted over a sample of at most `MOST_PAGES` pages: those whose identity, a hash of their text, is the smallest.
That is a uniform sample of all pages seen, whatever their number and order. The sample of two profiles together is the smallest of
both, so profiles merge in any order and grouping to the same one, a page that is seen twice counts once, and each count is exact
for the sample. Which page is which stays known: a page that is cleaned is never evidence against itself, and neither is another
copy of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import blake2b
from heapq import nsmallest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dechaff.content.boilerplate import MOST_BLOCKS, LearnedFilter
from dechaff.hosts import host_of
from dechaff.page import Page
from dechaff.sites.lines import Line, places_of, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dechaff.content.network import Network
    from dechaff.sites.evidence import Index

MOST_PAGES = 128
"""So many pages tell a share to within some percents, and a template that a twentieth of the pages have is in the sample six times."""

_FORMAT = "dechaff site profile"
_VERSION = 1


def identity(page: Page) -> str:
    """A hash of the page's text: the same page is the same wherever and whenever it is read."""
    told = blake2b(digest_size=8)
    for block in page.blocks:
        told.update(block.text.encode("utf-8", "surrogatepass"))
        told.update(b"\n")
    return told.hexdigest()


def _page_of(source: Any) -> Page:
    """A page, read if it is not one yet."""
    if isinstance(source, Page):
        return source
    from dechaff.reading import read  # noqa: PLC0415  # only where a source comes in

    return read(source)


def lines_of(page: Page, network: Network | None = None) -> tuple[Line, ...]:
    """The page's lines, each text once a place, with the network's score and, in a text, the order."""
    if not page.blocks:
        return ()
    learned = LearnedFilter(load=None if network is None else lambda _: network)
    scores = learned.scores(page)
    found: dict[tuple[str, str], Line] = {}
    for block, place, score in zip(page.blocks, places_of(page), scores.tolist(), strict=True):
        key = (shown(block.text), place)
        known = found.get(key, Line(*key, 0))
        at = known.at if place else (*known.at, block.index)
        found[key] = Line(*key, max(known.score, round(100 * score)), at)
    return tuple(sorted(found.values()))


@dataclass(eq=False)
class SiteProfile:
    """What the pages of one site have in common.

    Attributes:
        pages: the pages in the sample, by identity, each as the lines on it.
        keep: texts that stay on every page of this site, whatever recurs: for people who correct a profile.
        cut: texts that go from every page of it.
    """

    pages: dict[str, tuple[Line, ...]] = field(default_factory=dict)
    keep: frozenset[str] = frozenset()
    cut: frozenset[str] = frozenset()
    _index: Index | None = field(default=None, init=False, repr=False)

    @classmethod
    def learn(cls, pages: Iterable[Any]) -> SiteProfile:
        """A profile of these pages.

        Args:
            pages: pages of one site, as `Page`s or as anything that `clean` takes.

        Raises:
            TypeError: one of them is no source.

        >>> a, b = "Mill news\\nThe mill burnt down.", "Mill news\\nA new mill is built."
        >>> from dechaff import Cleaner
        >>> Cleaner(site=SiteProfile.learn([a, b])).clean("Mill news\\nThe miller came back.")
        'The miller came back.'
        """
        profile = cls()
        for page in pages:
            profile.update(page)
        return profile

    def update(self, page: Any, *, network: Network | None = None) -> None:
        """Learn one more page; one that is known already changes nothing.

        Args:
            page: a `Page` or anything that `clean` takes.
            network: scores the page's blocks; None for the one that ships.

        Raises:
            TypeError: it is no source.
        """
        page = _page_of(page)
        if not 0 < len(page.blocks) <= MOST_BLOCKS:
            return  # what is not judged teaches nothing
        number = identity(page)
        # Most pages of a large site end here: only those in the sample are looked at.
        if number in self.pages or (len(self.pages) >= MOST_PAGES and number > max(self.pages)):
            return
        self.pages[number] = lines_of(page, network)
        if len(self.pages) > MOST_PAGES:
            del self.pages[max(self.pages)]
        self._index = None

    def of_page(self, page: Page) -> SiteProfile:  # noqa: ARG002  # of many profiles the page names one
        """This profile: it is of one site, and whoever uses it says that the page is of that site."""
        return self

    def merged(self, other: SiteProfile) -> SiteProfile:
        """A profile of the pages of both: the same, in whatever order and grouping profiles are merged."""
        both = {**self.pages, **other.pages}
        kept = {number: both[number] for number in nsmallest(MOST_PAGES, both)}
        return SiteProfile(kept, self.keep | other.keep, self.cut | other.cut)

    def __or__(self, other: SiteProfile) -> SiteProfile:
        return self.merged(other)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SiteProfile):
            return NotImplemented
        return (self.pages, self.keep, self.cut) == (other.pages, other.keep, other.cut)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_index": None}

    @property
    def index(self) -> Index:
        """What is counted over the sample, made when the first page asks."""
        if self._index is None:
            from dechaff.sites.evidence import Index  # noqa: PLC0415  # it imports this module

            self._index = Index(self)
        return self._index

    def save(self, path: str | Path) -> None:
        """Write the profile as a JSON file that a person can read and correct; see `docs/sites.md`.

        Raises:
            OSError: the file cannot be written.
        """
        # A lone surrogate becomes its JSON escape, which reads back as itself.
        Path(path).write_bytes(self.as_json().encode("utf-8", "backslashreplace"))

    def as_json(self) -> str:
        """The file's text: sorted, one line of text a line, what stands on the most pages first."""
        numbers = {number: place for place, number in enumerate(sorted(self.pages))}
        places = sorted({line.place for lines in self.pages.values() for line in lines})
        place_numbers = {place: number for number, place in enumerate(places)}
        seen: dict[tuple[str, str], list[str]] = {}
        for number in sorted(self.pages):
            for line in self.pages[number]:
                order = f":{','.join(map(str, line.at))}" if line.at else ""
                seen.setdefault((line.text, line.place), []).append(f"{numbers[number]}:{line.score}{order}")
        entries = [
            {"text": text, "place": place_numbers[place], "on": " ".join(found)}
            for (text, place), found in sorted(seen.items(), key=lambda item: (-len(item[1]), item[0]))
        ]
        parts = [
            f'{{\n"format": "{_FORMAT}",\n"version": {_VERSION}',
            f'"keep": {_rows(sorted(self.keep))}',
            f'"cut": {_rows(sorted(self.cut))}',
            f'"lines": {_rows(entries)}',
            f'"places": {_rows(places)}',
            f'"pages": {_rows(sorted(self.pages))}',
        ]
        return ",\n".join(parts) + "\n}\n"

    @classmethod
    def load(cls, path: str | Path) -> SiteProfile:
        """Read a profile that `save` wrote, and somebody may have corrected.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is no profile, or one of a version that this dechaff does not know; the message says what is wrong.
        """
        try:
            return cls.from_json(Path(path).read_text("utf-8"))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None

    @classmethod
    def from_json(cls, text: str) -> SiteProfile:
        """A profile from its file's text.

        Raises:
            ValueError: as for `load`.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise ValueError(f"not a site profile: {error}") from None
        if not isinstance(data, dict) or data.get("format") != _FORMAT:
            raise ValueError(f'not a site profile: it lacks "format": "{_FORMAT}"')
        if data.get("version") != _VERSION:
            raise ValueError(
                f"a site profile of version {data.get('version')!r}; this dechaff reads version {_VERSION}, learn it again"
            )
        try:
            places, numbers = [str(place) for place in data["places"]], [str(number) for number in data["pages"]]
            lines: dict[str, list[Line]] = {number: [] for number in numbers}
            for entry in data["lines"]:
                for where in entry["on"].split():
                    page, score, *order = where.split(":", 2)
                    at = tuple(map(int, order[0].split(","))) if order else ()
                    line = Line(str(entry["text"]), places[entry["place"]], int(score), at)
                    lines[numbers[int(page)]].append(line)
            keep, cut = (frozenset(shown(str(text)) for text in data[name]) for name in ("keep", "cut"))
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"a broken site profile: {type(error).__name__} {error}") from None
        return cls({number: tuple(sorted(found)) for number, found in lines.items()}, keep, cut)


def _rows(entries: Iterable[object]) -> str:
    rows = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    return f"[\n{rows}\n]" if rows else "[]"


def own_host(page: Page) -> str:
    """The host that a page says it is from, by its canonical link or `og:url`; "" if it says none.

    >>> from dechaff.reading import read
    >>> own_host(read('<link rel="canonical" href="https://www.example.org/a"><p>Hello'))
    'example.org'
    """
    addresses = (page.meta.get(name, "") for name in ("canonical", "og:url"))
    return next((host for host in map(host_of, filter(_is_whole, addresses)) if host), "")


def _is_whole(address: str) -> bool:
    """Whether an address has a host in it: a relative one (`news/a.html`) begins with a folder."""
    return "//" in address


def site_of(page: Page) -> str:
    """The site that a page is of: the one somebody named, else the host of its address, else the one that it says it is from.

    "" if none of them is known.
    """
    return page.site or host_of(page.url) or own_host(page)


class SiteProfiles:
    """The profiles of many sites, by host: for a crawl.

    Args:
        profiles: profiles by host, or by whatever else names a site where pages do not say where they are from.
    """

    def __init__(self, profiles: Mapping[str, SiteProfile] | None = None) -> None:
        self._profiles = dict(profiles or {})

    def update(self, page: Any, url: str | None = None) -> None:
        """Learn one more page of its site (`site_of`); one whose site is not known is left alone.

        Args:
            page: a `Page` or anything that `clean` takes.
            url: where it is from; None for the `Page`'s own address, or what the page says of itself (canonical link, `og:url`).

        Raises:
            TypeError: the page is no source.
        """
        page = _page_of(page)
        site = host_of(url) or site_of(page)
        if site:
            self._profiles.setdefault(site, SiteProfile()).update(page)

    def of(self, url: str | None) -> SiteProfile | None:
        """The profile of the site that an address names; None if there is none."""
        return self._profiles.get(host_of(url))

    def of_page(self, page: Page) -> SiteProfile | None:
        """The profile of the site that a page is of, by its address or by what it says of itself; None if there is none."""
        return self._profiles.get(site_of(page))

    def __getitem__(self, host: str) -> SiteProfile:
        return self._profiles[host]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._profiles))

    def __len__(self) -> int:
        return len(self._profiles)

    def __eq__(self, other: object) -> bool:
        return self._profiles == other._profiles if isinstance(other, SiteProfiles) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it changes

    def merged(self, other: SiteProfiles) -> SiteProfiles:
        """The profiles of both, those of one host merged."""
        made = dict(self._profiles)
        for host in other:
            made[host] = made[host].merged(other[host]) if host in made else other[host]
        return SiteProfiles(made)

    def __or__(self, other: SiteProfiles) -> SiteProfiles:
        return self.merged(other)

    def save(self, folder: str | Path) -> None:
        """Write each profile as `HOST.json` into a folder, which is made if it is not there.

        Raises:
            OSError: a file cannot be written.
        """
        Path(folder).mkdir(parents=True, exist_ok=True)
        for host in self:
            self[host].save(Path(folder) / f"{host}.json")

    @classmethod
    def load(cls, folder: str | Path) -> SiteProfiles:
        """Read the profiles in a folder.

        Raises:
            OSError: a file cannot be read, or there is no such folder.
            ValueError: a file is no profile.
        """
        if not Path(folder).is_dir():
            raise NotADirectoryError(f"{folder} is no folder of site profiles")
        return cls({path.stem: SiteProfile.load(path) for path in sorted(Path(folder).glob("*.json"))})
