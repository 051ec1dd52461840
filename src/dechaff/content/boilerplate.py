"""The learned filter: the page furniture that no name explains.

A small network scores every block (`network.py`); which blocks go is then chosen for the page as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dechaff.page import Cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from dechaff.content.network import Network
    from dechaff.page import Page

BETA: Mapping[str, float] = {"precision": 0.6, "balanced": 1.0, "recall": 2.0}
"""How many times as much recall counts as precision, for each `favor`. On pages that the network had not seen 1.0 gave the best
word F1 on WCXB; 0.7 gave 0.005 more on news and 0.006 more on segments, and lost first lines and notes of articles."""

FEWEST_BLOCKS = 6
"""A page of fewer blocks is not judged: it has no furniture to tell from content, and the network has nothing to go by. Nor is text
that lost its line ends: the network knows lines, and takes a third of the sentences of some fixture pages for furniture."""

MOST_BLOCKS = 20_000
"""A page of more blocks is not judged, and a warning says so: the largest of 2,226 real pages has 2,738. A megabyte of cells of
one letter has 140,000, and the network would take longer for it than all else together."""

FURNITURE = frozenset(("sharing", "consent", "navigation", "related", "comments", "legal"))
FEWEST_FURNITURE = 2
"""A text is judged only if so many of these families cut something in it: it is then a dump of a page, or a careless extract. The
other families stand inside articles, too. With one family, five times as many gold texts of sites not seen (clean text, which has to
be left alone) would be judged, and the F1 of dumps would be 0.002 higher."""

SURE_FURNITURE = 3
DOUBT = 2.0
"""In a text with fewer of these families recall counts so many times more. On gold texts of sites not seen 99.6% of the words stay with
it and 99.5% without; named families alone leave 99.8%. The F1 of dumps is the same within 0.001."""


@dataclass(frozen=True)
class LearnedFilter:
    """Cuts what the network takes for page furniture.

    Attributes:
        favor: which mistake weighs more; see `BETA`.
        headline: whether the headline belongs to the text.
        load: gives the network for "html" or "text"; None for the ones that ship.
    """

    favor: str = "balanced"
    headline: bool = True
    load: Callable[[str], Network] | None = None
    name: str = field(default="boilerplate", init=False)
    summary: str = field(default="page furniture that no other family names, by a learned score", init=False)

    def network_for(self, page: Page) -> Network:
        """The network that judges a page: one knows HTML, the other text and Markdown."""
        from dechaff.content.network import network  # noqa: PLC0415  # numpy and the weights load when a page asks

        return (self.load or network)("html" if page.kind == "html" else "text")

    def scores(self, page: Page) -> NDArray[np.float32]:
        """The score of each block of a page that has some."""
        return self.network_scores(page)

    def network_scores(self, page: Page) -> NDArray[np.float32]:
        """What the network alone says of each block."""
        return self.network_for(page).scores(page, headline=self.headline)

    def is_dump(self, page: Page) -> bool:
        """Whether this is surely a whole page, and not a text that somebody took out of one."""
        return page.kind == "html" or len(_furniture(page)) >= SURE_FURNITURE

    def not_judged(self, page: Page) -> str:
        """Why a page is left alone, "" if it is judged."""
        if len(page.blocks) < FEWEST_BLOCKS:
            return f"the page has {len(page.blocks)} blocks, and one of fewer than {FEWEST_BLOCKS} is not judged"
        if page.one_line:
            return "a text that lost its line ends is not judged"
        if not self.is_dump(page) and len(named := _furniture(page)) < FEWEST_FURNITURE:
            return (
                f"a text is judged if at least {FEWEST_FURNITURE} of {', '.join(sorted(FURNITURE))} cut something in it; "
                f"here {', '.join(sorted(named)) or 'none'} did"
            )
        return _too_large(page)

    def worth_keeping(self, page: Page, scores: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which blocks are worth more kept than cut, given their scores."""
        beta = BETA[self.favor] * (1 if self.is_dump(page) else DOUBT)
        return best_set(scores, _mass(page), beta)

    def warnings(self, page: Page) -> list[str]:
        """What is said of a page that is left alone for its size alone: whoever cleans it thinks that it was judged."""
        large = _too_large(page)
        return [large] if large and self.not_judged(page) == large else []

    def find(self, page: Page) -> Iterator[Cut]:
        """The runs of blocks that are worth more cut than kept, with their mean score.

        The blocks kept are the set with the highest expected F-measure over words, given the scores as probabilities
        (Lipton, Elkan, Naryanaswamy, "Optimal thresholding of classifiers to maximize F1 measure", 2014: it is always a
        set of the highest scores, and the threshold is half the F-measure reached). So a page on which everything scores
        low keeps its best part rather than nothing.
        """
        if self.not_judged(page):
            return
        from dechaff.content.headline import headline_of  # noqa: PLC0415  # as the rest, when a page asks

        scores = self.scores(page)
        keep = self.worth_keeping(page, scores)
        headline = headline_of(page)
        if headline is not None:
            keep[headline] = True
            if not self.headline:
                yield Cut(headline, headline + 1, self.name, "headline", 0.95)
        import numpy as np  # noqa: PLC0415  # as above

        turns = np.flatnonzero(np.diff(keep, prepend=True, append=True))
        firsts, lasts = turns[::2], turns[1::2]
        if not len(firsts):
            return
        # What is kept between two runs is added up too, and left out.
        means = np.add.reduceat(np.append(scores, 0), turns, dtype=np.float64)[::2] / (lasts - firsts)
        for first, last, score in zip(firsts.tolist(), lasts.tolist(), means.tolist(), strict=True):
            # Rounded: in the ninth decimal products differ with the memory that a thread happens to get.
            yield Cut(first, last, self.name, f"score {score:.2f}", round(1 - score, 4))


def _furniture(page: Page) -> frozenset[str]:
    from dechaff.filters.evidence import families_found  # noqa: PLC0415  # the registry imports this module

    return page.shared("families_found", families_found) & FURNITURE


def _too_large(page: Page) -> str:
    if len(page.blocks) <= MOST_BLOCKS:
        return ""
    return (
        f"the page has {len(page.blocks):,} blocks, and one of more than {MOST_BLOCKS:,} is not judged by the learned filter; "
        "what phrases and names tell was cut all the same"
    )


def _mass(page: Page) -> NDArray[np.float32]:
    import numpy as np  # noqa: PLC0415  # as above

    lengths = np.fromiter([len(block.text) for block in page.blocks], dtype=np.float32, count=len(page.blocks))
    return np.maximum(lengths, 1)


def best_set(scores: NDArray[np.float32], mass: NDArray[np.float32], beta: float) -> NDArray[np.bool_]:
    """The blocks to keep for the highest expected F-beta over words, shape (blocks,).

    Args:
        scores: the probability of each block being content.
        mass: how much text each block has.
        beta: above 1 recall weighs more, below 1 precision.
    """
    import numpy as np  # noqa: PLC0415  # as above

    order = np.argsort(-scores, kind="stable")
    expected = np.cumsum((scores * mass)[order], dtype=np.float64)
    taken = np.cumsum(mass[order], dtype=np.float64)
    weight = beta * beta
    value = (1 + weight) * expected / (taken + weight * max(expected[-1], 1e-9))
    keep = np.zeros(len(scores), dtype=np.bool_)
    keep[order[: int(np.argmax(value)) + 1]] = True
    return keep
