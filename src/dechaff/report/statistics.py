"""What went from many pages, by family and rule, with the texts that went most: a wrong rule shows in a minute."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from dechaff.page import FAMILIES
from dechaff.report.pieces import count_words, rule_of
from dechaff.report.safety import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dechaff.page import Cleaned, Cut

MOST_TEXTS = 100_000
"""So many different texts are counted at a time; beyond, the rarer half is forgotten. What is frequent over millions of pages is found
all the same, with a count that may be a little low."""

_TEXTS_A_RULE = 3
_TOP_TEXTS = 20
_LONGEST_SHOWN = 100
_LONGEST_KEPT = 400


@dataclass(slots=True)
class Tally:
    """What a rule or a family took.

    Attributes:
        cuts, words: how many pieces, and how many words in them.
        pages: how many pages it cut something from.
        longest: the most words it took in one piece, which page that was, and how the piece begins.
    """

    cuts: int = 0
    words: int = 0
    pages: int = 0
    longest: tuple[int, str, str] = (0, "", "")

    def __iadd__(self, other: Tally) -> Self:
        """Add all but the pages: two rules of a family may have cut from the same one."""
        self.cuts += other.cuts
        self.words += other.words
        self.longest = max(self.longest, other.longest)
        return self


@dataclass(slots=True)
class Statistics:
    """Counts over any number of pages.

    Attributes:
        pages: how many pages were added.
        words, words_cut: all words on them, and those that went.
        rules: what went, by (family, rule); all scores of the learned filter are one rule.
        texts: how often each text went, by (family, rule, text).
    """

    pages: int = 0
    words: int = 0
    words_cut: int = 0
    rules: dict[tuple[str, str], Tally] = field(default_factory=dict)
    texts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _pages_of: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, cleaned: Cleaned) -> None:
        """Count one result, under the name of its page.

        Raises:
            ValueError: the result has no page any more; see `Cleaned.page`.
        """
        self.pages += 1
        self.words += sum(count_words(block.text) for block in cleaned.page.blocks)
        seen: set[tuple[str, str]] = set()
        for cut in cleaned.cuts:
            key = (cut.family, rule_of(cut))
            words = count_words(cut.text)
            shown = _folded(cut.text)
            self.words_cut += words
            tally = self.rules.setdefault(key, Tally())
            tally += Tally(1, words, 0, (words, name, shown))
            tally.pages += key not in seen
            seen.add(key)
            self.texts.update((*key, text) for text in _texts(cleaned, cut))
        self._pages_of.update({family for family, _ in seen})
        if len(self.texts) > MOST_TEXTS:
            self.texts = Counter(dict(self.texts.most_common(MOST_TEXTS // 2)))

    def families(self) -> dict[str, Tally]:
        """What went by family, in the order of `FAMILIES`, users' own last."""
        found: dict[str, Tally] = {}
        order = {family: number for number, family in enumerate(FAMILIES)}
        for family, rule in sorted(self.rules, key=lambda key: (order.get(key[0], len(order)), key[0])):
            tally = found.setdefault(family, Tally(pages=self._pages_of[family]))
            tally += self.rules[family, rule]
        return found

    def rules_of(self, family: str) -> list[tuple[str, Tally]]:
        """A family's rules, the one that took the most words first."""
        found = [(rule, tally) for (owner, rule), tally in self.rules.items() if owner == family]
        return sorted(found, key=lambda entry: (-entry[1].words, -entry[1].cuts, entry[0]))

    def top_texts(self, count: int) -> list[tuple[str, str, str, int]]:
        """What went most often: family, rule, text, how often."""
        ranked = sorted(self.texts.items(), key=lambda entry: (-entry[1], entry[0]))
        return [(*key, times) for key, times in ranked[:count]]

    def lines(self) -> Iterator[str]:
        """For a person: a table of families and rules, each rule with what it took most often and at most, then the top texts."""
        share = _share(self.words_cut, self.words)
        yield f"{self.pages:,} pages, {self.words:,} words, {self.words_cut:,} cut ({share})"
        if not self.rules:
            return
        frequent: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for family, rule, text, times in self.top_texts(len(self.texts)):
            kept = frequent.setdefault((family, rule), [])
            if len(kept) < _TEXTS_A_RULE:
                kept.append((text, times))
        yield ""
        yield f"{'family, rule':<40} {'cuts':>8} {'words':>9} {'share':>6} {'pages':>7}"
        for family, total in self.families().items():
            yield _row(family, total, self.words)
            for rule, tally in self.rules_of(family):
                yield _row(f"  {rule}", tally, self.words)
                for text, times in frequent.get((family, rule), ()):
                    yield f"      {times:>6,} × {_shown(text)}"
                words, name, text = tally.longest
                if tally.cuts > 1:
                    yield f"      most, {words:,} words of {printable(name)}: {_shown(text)}"
        yield ""
        yield "what went most often"
        for family, rule, text, times in self.top_texts(_TOP_TEXTS):
            yield f"{times:>8,} × {_shown(text)}  [{printable(family)} {printable(rule)}]"

    def as_record(self) -> dict[str, Any]:
        """The same as lists and dicts that `json` takes."""
        return {
            "pages": self.pages,
            "words": self.words,
            "words_cut": self.words_cut,
            "families": {
                family: {
                    **_as_record(total),
                    "rules": {rule: _as_record(tally) for rule, tally in self.rules_of(family)},
                }
                for family, total in self.families().items()
            },
            "texts": [
                {"family": family, "rule": rule, "text": text, "times": times}
                for family, rule, text, times in self.top_texts(_TOP_TEXTS * 5)
            ],
        }


def _texts(cleaned: Cleaned, cut: Cut) -> Iterator[str]:
    """What a cut took, block by block: a menu's entries are seen on other pages in another order."""
    if cut.start is not None:
        yield _folded(cut.text)
        return
    for block in cleaned.page.blocks[cut.first : cut.last]:
        yield _folded(block.text)


def _folded(text: str) -> str:
    return " ".join(text[: 2 * _LONGEST_KEPT].split())[:_LONGEST_KEPT]


def _shown(text: str) -> str:
    return printable(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _row(name: str, tally: Tally, words: int) -> str:
    return f"{printable(name):<40} {tally.cuts:>8,} {tally.words:>9,} {_share(tally.words, words):>6} {tally.pages:>7,}"


def _as_record(tally: Tally) -> dict[str, Any]:
    words, name, text = tally.longest
    return {
        "cuts": tally.cuts,
        "words": tally.words,
        "pages": tally.pages,
        "longest": {"words": words, "source": name, "text": text},
    }
