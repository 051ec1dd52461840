"""The filter of one named family: its phrases, its markup tokens, and what shape alone tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dechaff.filters.evidence import markup_cuts, phrase_cuts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dechaff.page import Cut, Page


@dataclass(frozen=True)
class NamedFilter:
    """Finds what the phrase files and the markup tokens call by this family's name.

    Attributes:
        name: the family.
        summary: one line on what goes.
        shapes: a further finder for what has no words, for example leaked code.
        unseen: what of a page that finder had to leave out, as warnings.
    """

    name: str
    summary: str
    shapes: Callable[[Page], Iterable[Cut]] | None = None
    unseen: Callable[[Page], list[str]] | None = None

    def warnings(self, page: Page) -> list[str]:
        """What of the page was not looked at, in sentences."""
        return [] if self.unseen is None else self.unseen(page)

    def find(self, page: Page) -> Iterator[Cut]:
        """The cuts it proposes; see `docs/filters.md` for what goes and what stays."""
        yield from markup_cuts(page, self.name)
        yield from phrase_cuts(page, self.name)
        if self.shapes is not None:
            yield from page.shared(f"{self.name}:shapes", lambda page: list(self.shapes(page)))  # type: ignore[misc]
