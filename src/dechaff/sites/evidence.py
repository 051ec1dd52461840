"""What a profile says about one page: which blocks recur and go, and how the others' scores change.

A text that recurs is not chaff for that alone. A series has its introduction, a forum's members their signatures, a recipe its
salt. What recurs stays

- if it is code or the page's headline, or a heading over content, among text that stands on no other page;
- if it has the form of a sentence (`lines.is_sentence`), stands among text that is on no other page, and is not on (nearly) every page
  of its template (`EVERYWHERE`): a site's own lines are on all pages, or they stand apart from the text, in a box or at its end;
- if fewer than `MANY` other pages are known and the network takes it for content (of a text without markup it goes all the same) or is
  sure of little on the page (`LITTLE`), or if the page is a list of links and the network is not sure that it is chaff;
- if it is short and one of several in a place (kind of block and boxes around it) many of whose texts do not recur (`LIST`), as an
  ingredient is, and the network takes it for content at all.

What does not recur is drawn towards what its place held on the site's pages, if enough of them are known. In a text that has lost its
markup the order of the lines says what a place would (`order`). What the network alone keeps and the site says nothing against stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from dechaff.content.boilerplate import MOST_BLOCKS, LearnedFilter
from dechaff.content.headline import headline_of
from dechaff.filters.evidence import is_list
from dechaff.page import Cut
from dechaff.sites.lines import has_end, is_sentence, length_of, near, places_of, shown, wider
from dechaff.sites.order import Outline, content_end, runs, small_runs
from dechaff.sites.profile import identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dechaff.page import Page
    from dechaff.sites.profile import SiteProfile, SiteProfiles

EVERYWHERE = 0.8
"""A sentence on so large a share of the pages that have its place belongs to the template, even among the text."""

MANY = 4
"""Of fewer other pages "nearly every page" says nothing: a sentence among the text is then left to the network."""

LITTLE = 500
"""Where the network is sure of fewer characters that stand on no other page, the page may be a list whose entries recur. Then few
other pages say nothing against any block."""

LIST = 0.75
"""A place whose texts recur in so large a share holds a menu; where fewer do, they are entries of a list that is content."""

COPY = 0.4
"""A page of the sample that has so large a share of this page's running text, weighed by log-odds, is a copy of it, not another page."""

UNSEEN = 0.9
"""What stands in a place of which so large a share recurs goes with it, though its text is new: an advertisement's next turn."""

DRAWN = 0.35
PRIOR = 30.0
"""How far a score is drawn towards its place's mean: `DRAWN * mass / (mass + PRIOR)` of the way, mass being the sum of the roots of the
texts' lengths. Of fewer than `MANY` other pages it brought nothing, and one page of 129 lost 0.033 (`lab.sites`)."""

RECURRING = 3.0
"""What recurring costs a block that stands for its place, in log-odds."""

BETWEEN = 2.0
"""What standing between furniture, or behind the content's end, costs a line of a text, in log-odds (`order`)."""

LIKELY = 0.4
"""A sentence that is likelier content than this stays between furniture: an article's first one may stand between a share bar and an
advertisement. Of two dumps of 129 pages none falls by more than 0.02 with it, two did without."""

RUNNING = 0.75
"""A text is looked at for the order of its lines if so large a share of its own content is sentences."""

RARE = 32
"""On so many pages or more, a text on only one other is not yet one that recurs."""

_ROUNDING = 0.001
_LONG = 80
_UNSURE = 0.2
_FEWEST_LINES = 3
_UNDER = 6


@dataclass(slots=True)
class Place:
    """What stood in one place on the sample's pages."""

    pages: set[int] = field(default_factory=set)
    mass: float = 0.0
    total: float = 0.0
    recurring: int = 0
    once: set[str] = field(default_factory=set)


class Index:
    """What is counted over a profile's pages, each page a number.

    Attributes:
        pages: the pages' identities, in order.
        on: the pages each text is on.
        near: the pages each text is on but for numbers and names.
        places: what stood in each place, under each of its names (`lines.wider`).
        prose: how many long texts that are on no other page the network took for content, for each chain of boxes directly around.
        containers: the pages that have each such chain.
    """

    def __init__(self, profile: SiteProfile) -> None:
        self.keep, self.cut = profile.keep, profile.cut
        self.pages = sorted(profile.pages)
        self.on: dict[str, set[int]] = {}
        self.near: dict[str, set[int]] = {}
        for number, name in enumerate(self.pages):
            for line in profile.pages[name]:
                self.on.setdefault(line.text, set()).add(number)
                self.near.setdefault(near(line.text), set()).add(number)
        self.places: dict[str, Place] = {}
        self.prose: dict[str, int] = {}
        self.containers: dict[str, set[int]] = {}
        self._lines = [profile.pages[name] for name in self.pages]
        self._outlines: dict[int, Outline | None] = {}
        for number, name in enumerate(self.pages):
            for line in profile.pages[name]:
                self._count(number, line.text, line.place, line.score)

    def outline(self, number: int) -> Outline | None:
        """One page's lines in order; None for a page with markup."""
        if number not in self._outlines:
            found = [(at, near(line.text), line) for line in self._lines[number] for at in line.at]
            told = ((text, line.score / 100, line.length) for _, text, line in sorted(found))
            self._outlines[number] = Outline.of(told) if found else None
        return self._outlines[number]

    def _count(self, number: int, text: str, place: str, score: int) -> None:
        alone = len(self.on[text]) == 1
        mass = max(length_of(text), 1) ** 0.5
        odds = _log_odds(score / 100) - (0 if alone else RECURRING)
        key = near(text)
        key_alone = len(self.near[key]) == 1
        for name in wider(place):
            found = self.places.setdefault(name, Place())
            found.pages.add(number)
            found.mass += mass
            found.total += mass * odds
            if key_alone:
                found.once.add(key)
            else:
                found.recurring += 1
        if place:
            around = container(place)
            self.containers.setdefault(around, set()).add(number)
            if alone and score >= 50 and length_of(text) >= _LONG:
                self.prose[around] = self.prose.get(around, 0) + 1


def container(place: str) -> str:
    """The boxes around the element that the block stands in."""
    return place.partition("|")[2].partition(">")[2]


def _log_odds(score: float) -> float:
    score = min(max(score, 0.001), 0.999)
    return float(np.log(score / (1 - score)))


@dataclass(slots=True)
class Judgement:
    """What the profile says about one page.

    Attributes:
        cuts: what goes because it recurs.
        scores: the network's scores, changed by what is known of the site.
        is_dump: whether so much of it recurs that it is a page and not a text alone.
    """

    cuts: list[Cut]
    scores: NDArray[np.float32]
    is_dump: bool


_ALL_LINK = 0.98
"""A line that is all link and stands on several other pages is a menu's, however like content it looks."""


class _Reader:
    """Judges one page."""

    def __init__(self, index: Index, page: Page, scores: NDArray[np.float32]) -> None:
        self.index, self.page, self.scores = index, page, scores
        self.texts = [shown(block.text) for block in page.blocks]
        self.nears = [near(text) for text in self.texts]
        self.places = places_of(page)
        self.blocks_at: dict[str, list[int]] = {}
        for number, place in enumerate(self.places):
            self.blocks_at.setdefault(place, []).append(number)
        self.lengths = np.array([max(len(block.text), 1) for block in page.blocks], dtype=np.float64)
        self.away = self._same_page()
        self.others = len(index.pages) - len(self.away)
        self.fewest = 1 if self.others < RARE else 2
        self.exact = [self._count(index.on.get(text)) for text in self.texts]
        self.alike = [self._count(index.near.get(text)) for text in self.nears]
        self.recurs = np.array([count >= self.fewest for count in self.exact], dtype=np.bool_)
        self.recurs_nearly = np.array([count >= self.fewest for count in self.alike], dtype=np.bool_)
        self.headline = headline_of(page) if page.kind != "text" else None
        sure = ~self.recurs & (self.scores >= 0.5)
        self.is_unsure = self.others < MANY and float(self.lengths[sure].sum()) < LITTLE
        self.prose = self._own_prose()
        self.is_list = bool(page.boxes) and page.shared("is_list", is_list)
        self._shares: dict[str, tuple[float, int, int]] = {}

    def _count(self, pages: set[int] | None) -> int:
        return len(pages - self.away) if pages else 0

    def _same_page(self) -> set[int]:
        """This page in the sample, and other copies of it."""
        index = self.index
        own = identity(self.page)
        away = {number for number, name in enumerate(index.pages) if name == own}
        total = 0.0
        shared: dict[int, float] = {}
        for block, text, score in zip(self.page.blocks, self.texts, self.scores.tolist(), strict=True):
            if len(block.text) >= _LONG and score >= 0.5:
                # By length alone, a consent notice that looks a little like content outweighs a short article.
                weight = len(block.text) * _log_odds(score)
                total += weight
                for number in index.on.get(text, ()):
                    shared[number] = shared.get(number, 0) + weight
        return away | {number for number, weight in shared.items() if weight >= COPY * total}

    def _own_prose(self) -> set[str]:
        """The chains of boxes that hold text of this page in sentences."""
        return {
            container(place)
            for block, place, score, recurs in zip(
                self.page.blocks, self.places, self.scores.tolist(), self.recurs.tolist(), strict=True
            )
            if place and not recurs and score >= 0.5 and len(block.text) >= _LONG
        }

    def judge(self) -> Judgement | None:
        if self.others < 1 and not self.index.cut and not self.index.keep:
            return None
        rules = [self._rule(number) for number in range(len(self.texts))]
        if all(rules):
            return None  # a page of which everything recurs has no other way to say what it is about
        cuts = [Cut(number, number + 1, "boilerplate", rule[0], rule[1]) for number, rule in enumerate(rules) if rule]
        odds = np.log(np.clip(self.scores, 0.001, 0.999) / (1 - np.clip(self.scores, 0.001, 0.999))).astype(np.float64)
        if self.page.kind != "html":
            odds = self._in_order(odds)
        elif self.others >= MANY:
            odds = self._drawn(odds)
        for number, rule in enumerate(rules):
            if rule:
                odds[number] = min(odds[number], -6.0)
            elif self.texts[number] in self.index.keep:
                odds[number] = 6.0
            elif self._is_shared_text(number):
                odds[number] = max(odds[number], 1.0)
        lines = sum(rule is not None for rule in rules)
        return Judgement(cuts, (1 / (1 + np.exp(-odds))).astype(np.float32), lines >= _FEWEST_LINES)

    def _rule(self, number: int) -> tuple[str, float] | None:
        """Why a block goes, and how sure that is; None if it does not."""
        block, text, score = self.page.blocks[number], self.texts[number], float(self.scores[number])
        if text in self.index.keep:
            return None
        if text in self.index.cut:
            return "site:listed", 1.0
        if block.kind == "code" or (block.kind == "heading" and block.level == 1) or number == self.headline:
            return None
        share, recurring, pages = self._share(number)
        # What turns up in a slot needs to be seen but once; elsewhere two pages of many may agree by chance.
        if self.recurs[number] or (self.exact[number] and share >= LIST):
            return None if self._stays(number) else self._reason("text", self.exact[number], number)
        if is_sentence(block.text):
            return None
        # "The mill in Lowmoor is sold." is news again when it is the one in Halden: what differs in a name only has to be a label.
        label = "#" in self.nears[number] or (block.box >= 0 and not has_end(block.text))
        if self.recurs_nearly[number] and len(text) <= _LONG and label:
            often = self._is_often_alike(number)
            in_menu = share >= LIST and self.others >= MANY
            if block.box < 0:
                in_menu = 2 * self.alike[number] >= self.others
            return (
                self._reason("near-repeat", self.alike[number], number) if often or (in_menu and score < 0.5) else None
            )
        if share >= UNSEEN and recurring >= _FEWEST_LINES and pages >= MANY and score < 0.5:
            return self._reason("place", pages, number)
        return None

    def _reason(self, what: str, count: int, number: int) -> tuple[str, float]:
        of = max(self._of(number), count)
        return f"site:{what} {count}/{of} pages", min(0.99, 0.7 + 0.3 * count / of)

    def _of(self, number: int) -> int:
        """How many other pages could have the block: those that have the boxes around it."""
        place = self.places[number]
        return self._count(self.index.containers.get(container(place))) if place else self.others

    def _stays(self, number: int) -> bool:
        """Whether a block that recurs is content all the same."""
        block, score = self.page.blocks[number], float(self.scores[number])
        if block.box >= 0 and (
            self.is_unsure or (score >= 0.5 if self.others < MANY else self.is_list and score >= _UNSURE)
        ):
            return True
        if is_sentence(block.text):
            if not self._among_prose(number):
                return False
            return self.others < MANY or self.exact[number] < EVERYWHERE * max(self._of(number), 1)
        if block.kind == "heading":
            under = slice(number + 1, number + 1 + _UNDER)
            return bool((self.scores[under] >= 0.5).any()) and self._among_prose(number)
        counter = self.alike[number] > self.exact[number] and self._is_often_alike(number)
        in_menu = block.link_density >= _ALL_LINK and self.exact[number] >= MANY
        if counter or in_menu or self._share(number)[0] >= LIST or score < _UNSURE:
            return False
        return len(self.blocks_at[self.places[number]]) >= _FEWEST_LINES if block.box >= 0 else self._is_between(number)

    def _is_often_alike(self, number: int) -> bool:
        """Whether (nearly) every other page has the block, but for numbers and names."""
        return self.others >= MANY and self.alike[number] >= EVERYWHERE * self._of(number)

    def _is_between(self, number: int) -> bool:
        """Whether a line of a text has content that is on no other page close before it and close behind it."""
        unique = ~self.recurs_nearly & (self.scores >= 0.5)
        return bool(unique[max(number - 3, 0) : number].any() and unique[number + 1 : number + 4].any())

    def _is_shared_text(self, number: int) -> bool:
        """Whether a sentence recurs among the text on some pages, and enough pages are known to say so."""
        return bool(
            self.recurs[number]
            and self.others >= MANY
            and is_sentence(self.page.blocks[number].text)
            and self._among_prose(number)
        )

    def _among_prose(self, number: int) -> bool:
        """Whether the block stands directly beside text that is on no other page."""
        place = self.places[number]
        if place:
            around = container(place)
            return around in self.prose or self.index.prose.get(around, 0) >= MANY
        # Of few pages, the line beside has to be such text; of many, the share of the pages says the rest.
        reach = 1 if self.others < MANY else _FEWEST_LINES
        beside = range(max(number - reach, 0), min(number + reach + 1, len(self.texts)))
        return any(
            not self.recurs_nearly[other] and self.scores[other] >= 0.5 and len(self.page.blocks[other].text) >= _LONG
            for other in beside
        )

    def _share(self, number: int) -> tuple[float, int, int]:
        """Of the texts in the block's place: the share that recurs, how many do, and on how many pages the place is.

        In a text the place is the seven lines around.
        """
        place = self.places[number]
        if not place:
            near_by = self.recurs_nearly[max(number - 3, 0) : number + 4]
            return float(near_by.mean()), 0, 0
        if place not in self._shares:
            here = self.blocks_at[place]
            mine = {self.nears[other] for other in here}
            recurring = {self.nears[other] for other in here if self.recurs_nearly[other]}
            total, count, pages = len(mine), len(recurring), 0
            found = self.index.places.get(place)
            if found:
                pages = len(found.pages - self.away)
                count += found.recurring
                total += found.recurring + len(found.once - recurring)
            self._shares[place] = (count / total, count, pages)
        return self._shares[place]

    def _drawn(self, odds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Each score drawn towards the mean of its place, on this page and the sample's."""
        lowered = odds - RECURRING * self.recurs
        masses = np.sqrt(self.lengths)
        own: dict[str, tuple[float, float]] = {}
        for number, place in enumerate(self.places):
            for name in wider(place):
                mass, total = own.get(name, (0.0, 0.0))
                own[name] = mass + masses[number], total + masses[number] * lowered[number]
        out = odds.copy()
        for number, place in enumerate(self.places):
            for name in wider(place):
                found = self.index.places.get(name)
                if found is None:
                    continue
                mass, total = own[name]
                mass, total = mass + found.mass, total + found.total
                step = DRAWN * mass / (mass + PRIOR) * (total / mass - odds[number])
                if step > 0 or not (self.recurs[number] or self.is_list):
                    out[number] += step
                break
        return out

    def _in_order(self, odds: NDArray[np.float64]) -> NDArray[np.float64]:
        """The scores of a text, made less where the order of lines says so: behind the content's end, and between furniture."""
        own = Outline(self.nears, self.scores.astype(np.float64), self.scores * self.lengths * ~self.recurs_nearly)
        sentences = np.array([is_sentence(block.text) for block in self.page.blocks], dtype=np.bool_)
        if own.mass[sentences].sum() < RUNNING * own.mass.sum():
            return odds
        near_by = [number for number in range(len(self.index.pages)) if number not in self.away][:MANY]
        others = [outline for outline in map(self.index.outline, near_by) if outline]
        between = np.zeros(len(odds), dtype=np.bool_)
        for first, last in small_runs(own, self.recurs_nearly.tolist(), others):
            between[first:last] = True
        between &= ~sentences | (self.scores < LIKELY) | self.recurs_nearly
        out = odds - BETWEEN * between
        out[content_end(own, others) :] -= BETWEEN
        return out


@dataclass(frozen=True)
class SiteFilter(LearnedFilter):
    """The learned filter of a cleaner that knows the site.

    Attributes:
        site: the site's profile, or those of many sites, of which the page names one (`SiteProfiles.of_page`).
    """

    site: SiteProfile | SiteProfiles | None = None
    summary: str = field(
        default="page furniture, by a learned score and by what recurs on the site's pages", init=False
    )

    def scores(self, page: Page) -> NDArray[np.float32]:
        """The network's scores, changed by what is known of the site."""
        judgement = self._judgement(page)
        return self.network_scores(page) if judgement is None else judgement.scores

    def network_scores(self, page: Page) -> NDArray[np.float32]:
        """What the network alone says of each block; it is asked once a page."""
        return page.shared(f"network scores:{self.headline}", super().network_scores)

    def is_dump(self, page: Page) -> bool:
        """Whether this is surely a whole page; a text of which much recurs is."""
        judgement = self._judgement(page)
        return super().is_dump(page) or (judgement is not None and judgement.is_dump)

    def find(self, page: Page) -> Iterator[Cut]:
        """What recurs, with `site:WHAT 9/10 pages` as its rule, and what the learned filter cuts given that."""
        judgement = self._judgement(page)
        if judgement is None:
            yield from super().find(page)
            return
        yield from judgement.cuts
        # What recurs has that for its reason; the score explains the rest. Where other blocks have become sure chaff, the page's
        # threshold rises: what the network keeps and the site says nothing against stays all the same.
        alone = self.network_scores(page)
        stays = self.worth_keeping(page, alone) & (judgement.scores >= alone - _ROUNDING)
        gone = {cut.first for cut in judgement.cuts}
        told = gone | set(np.flatnonzero(stays).tolist())
        for cut in super().find(page):
            known = gone if cut.rule == "headline" else told
            for first, last in runs([number in known for number in range(cut.first, cut.last)]):
                yield replace(cut, first=cut.first + first, last=cut.first + last)

    def _judgement(self, page: Page) -> Judgement | None:
        return page.shared(f"site:{self.headline}:{id(self.site)}", self._judge)

    def _judge(self, page: Page) -> Judgement | None:
        known = self.site.of_page(page) if self.site is not None else None
        return (
            _Reader(known.index, page, self.network_scores(page)).judge()
            if known and 0 < len(page.blocks) <= MOST_BLOCKS
            else None
        )
