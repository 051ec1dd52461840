"""The phrasebook: every phrase rule of every language, behind one index.

The rules are data (`phrases/*.toml`), their patterns written in a language of their own (`patterns.py`). A page is looked
up once for all rules, in steps that each leave little to the next: the words of all blocks are hashed in a few passes
(`wordkeys.py`); a block that is a listed text needs no more; for the rest, how blocks begin and end, and the words and
letters in them, say which forms of which rules a regular expression has to decide (`phraseindex.py`). Each is compiled when it is
first needed.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from dechaff.folding import DistinctText, FoldedText, text_of
from dechaff.late import late_regex
from dechaff.patterns import AND, LONGEST_TEXT
from dechaff.phraseindex import BETWEEN_LITERALS, BETWEEN_SETS, INDEX, WAYS, Columns, Strings, loaded, tabulated
from dechaff.phraserules import MOST_TRIMMED, Need, Rule, Where, compiled
from dechaff.shipped import shipped
from dechaff.wordkeys import NUMBERS, Filed, Keys, Words, words_of_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import regex
    from numpy.typing import NDArray


class Match(NamedTuple):
    """A rule that holds in one block: the block, the folded range `first:last` in the page's folded text, and the groups."""

    rule: Rule
    block: int
    first: int
    last: int
    names: tuple[tuple[int, int], ...] = ()
    language: str | None = None

    def moved(self, block: int, by: int) -> Match:
        """The match of the same text in another block, so many characters on."""
        names = tuple((first + by, last + by) for first, last in self.names) if self.names else ()
        return Match(self.rule, block, self.first + by, self.last + by, names, self.language)


class Phrasebook:
    """All rules behind one index, which is immutable; one book is shared by all cleaners and threads.

    Args:
        rules: the rules, if they are at hand.
        index: else the columns that `tabulated` made of them. Of these a rule is made when it is first found.
    """

    def __init__(self, rules: Sequence[Rule] = (), index: Columns | None = None) -> None:
        if index is None:
            index = tabulated(rules)
        self._rows = Strings(index, "rules")
        self._made: dict[int, Rule] = dict(enumerate(rules))
        self._texts = Strings(index, "texts")
        self._text_keys: NDArray[np.uint32] = index["text_keys"]
        self._text_rules = Strings(index, "text_rules")
        self._sources = Strings(index, "sources")
        self._needed = Strings(index, "needed")
        self._rule_of: NDArray[np.uint16] = index["rule_of"]
        self._longest: NDArray[np.uint16] = index["longest"]
        self._is_span: NDArray[np.bool_] = index["is_span"]
        self._wanted: NDArray[np.uint8] = index["wanted"]
        self._words, self._letters = (
            Filed(index[name], index[f"{name}_firsts"], index[f"{name}_numbers"]) for name in ("words", "letters")
        )
        self._forms: dict[int, _Tried] = {}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules."""
        return tuple(self._rule(number) for number in range(len(self._rows)))

    def _rule(self, number: int) -> Rule:
        rule = self._made.get(number)
        if rule is None:
            id_, family, where, role, needs, confidence = self._rows[number].split("\t")
            rule = Rule(id_, family, cast("Where", where), role, cast("Need", needs), float(confidence))
            self._made[number] = rule
        return rule

    def _tried(self, number: int) -> _Tried:
        form = self._forms.get(number)
        if form is None:
            needed = tuple(
                tuple(literals.split(BETWEEN_LITERALS)) for literals in self._needed[number].split(BETWEEN_SETS)
            )
            rule = self._rule(int(self._rule_of[number]))
            form = _Tried(rule, int(self._rule_of[number]), int(self._longest[number]), needed)
            self._forms[number] = form
        return form

    def candidates(self, folded: FoldedText, low: str) -> list[tuple[int, int]]:
        """The pairs (block, number of a form) that a regular expression has to decide, all that is looked up agreeing.

        Args:
            folded: the page, of which every block is another.
            low: its folded text in lower case.
        """
        distinct = folded.distinct()
        return [
            (candidate.block, candidate.number)
            for words in words_of_blocks(distinct)
            for candidate in self._candidates(words, distinct.blocks, folded, low)
        ]

    def _candidates(self, words: Words, blocks_of: NDArray[np.int64], folded: FoldedText, low: str) -> list[_Candidate]:
        blocks, forms = self._agreed(words)
        blocks = blocks_of[blocks]
        firsts, lasts = folded.starts[blocks], folded.ends[blocks]
        fits = self._is_span[forms] | (lasts - firsts <= self._longest[forms])
        blocks, forms, firsts, lasts = blocks[fits], forms[fits], firsts[fits], lasts[fits]
        if not len(blocks):
            return []
        chosen = []
        tried = self._forms
        for block, number, first, last in zip(
            blocks.tolist(), forms.tolist(), firsts.tolist(), lasts.tolist(), strict=True
        ):
            form = tried.get(number) or self._tried(number)
            text = low[first:last]
            for literals in form.needed:
                for literal in literals:
                    if literal in text:
                        break
                else:
                    break
            else:
                chosen.append(_Candidate(block, number, form, first, last))
        return chosen

    def _agreed(self, words: Words) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The pairs of a block and a form for which all that the form was filed under is there, in order."""
        spelled = self._words.pairs(self._words.hits(words.spelled()))
        there = [self._letters.hits(keys) for keys in (words.letters(), words.signs())]
        keys, places = map(np.concatenate, zip(*there, strict=True))
        letters = self._letters.pairs(Keys(keys, words.blocks_at(places)))
        # Of what was found of a form in several ways each counts once.
        pairs = np.concatenate((spelled, letters))
        pairs.sort()
        pairs = pairs[_changes(pairs)]
        pairs //= np.uint32(WAYS)
        first = _changes(pairs)
        found = pairs[first].astype(np.int64)
        blocks, forms = np.divmod(found, NUMBERS // WAYS)
        agreed = np.flatnonzero(np.diff(np.append(first, len(pairs))) == self._wanted[forms])
        return blocks[agreed] + words.first, forms[agreed]

    def find(self, folded: FoldedText, *, every: bool = True) -> list[Match]:
        """The rules that hold on the page, whatever other evidence they need, in block order.

        Args:
            folded: the page.
            every: all of them; else without those that can decide nothing (`_deciding`).
        """
        if not len(folded.codes):
            return []
        distinct = folded.distinct()
        matches: dict[int, list[Match]] = {}
        for match in self._found(folded, distinct):
            matches.setdefault(match.block, []).append(match)
        if not every:
            for block, found in matches.items():
                if len(found) > 1:
                    matches[block] = _deciding(found, int(folded.starts[block]), int(folded.ends[block]))
        copied = {block: first for block, first in distinct.copies if first in matches}
        starts = folded.starts.tolist()
        in_order: list[Match] = []
        for block in sorted((*matches, *copied)):
            if block in matches:
                in_order += matches[block]
            else:
                first = copied[block]
                by = starts[block] - starts[first]
                in_order += [match.moved(block, by) for match in matches[first]]
        return in_order

    def _found(self, folded: FoldedText, distinct: DistinctText) -> list[Match]:
        """As `find`, of the distinct blocks."""
        low = text_of(folded.codes)
        found: dict[tuple[int, int], Match] = {}
        for words in words_of_blocks(distinct):
            for block, number, first, last in self._listed(words, distinct.blocks, folded, low):
                found[block, number] = Match(self._rule(number), block, first, last)
            for candidate in self._candidates(words, distinct.blocks, folded, low):
                form, block = candidate.form, candidate.block
                known = found.get((block, form.rule_number))
                # Of a span at the end the alternative that begins first holds, else the one that is written first.
                if known is not None and form.rule.where != "end":
                    continue
                match = self._match(candidate, folded.text)
                if match is not None and (known is None or match.first < known.first):
                    found[block, form.rule_number] = match
        return [found[key] for key in sorted(found)]

    def _listed(
        self, words: Words, blocks_of: NDArray[np.int64], folded: FoldedText, low: str
    ) -> Iterator[tuple[int, int, int, int]]:
        """The blocks that are a listed text, each with a rule that lists it, and where the block begins and ends."""
        keys, within = words.texts(LONGEST_TEXT)
        row = np.searchsorted(self._text_keys, keys)
        count = np.searchsorted(self._text_keys, keys, "right") - row
        there = np.flatnonzero(count)
        row, count, within = row[there], count[there], within[there]
        blocks = blocks_of[within + words.first]
        firsts, lasts = folded.starts[blocks], folded.ends[blocks]
        shift = firsts - words.starts[within]
        begins, stops = (edge[within] + shift for edge in words.cores)
        near = np.flatnonzero((begins - firsts <= MOST_TRIMMED) & (lasts - stops <= MOST_TRIMMED))
        columns = (column[near].tolist() for column in (blocks, row, count, begins, stops, firsts, lasts))
        for block, at, rows, begin, stop, first, last in zip(*columns, strict=True):
            text = low[begin:stop]
            for here in range(at, at + rows):
                if self._texts[here] == text:
                    for rule in self._text_rules[here].split():
                        yield block, int(rule), first, last

    def matched(self, number: int, block: int, folded: FoldedText) -> Match | None:
        """What the form of that number matches in a block, if anything."""
        first, last = int(folded.starts[block]), int(folded.ends[block])
        return self._match(_Candidate(block, number, self._tried(number), first, last), folded.text)

    def _match(self, candidate: _Candidate, text: str) -> Match | None:
        block, number, form, first, last = candidate
        rule, look = form.rule, form.look
        if look is None:
            pattern = compiled(self._sources[number], rule.where)
            look = form.look = {"block": pattern.fullmatch, "start": pattern.match, "end": pattern.search}[rule.where]
        if rule.where == "end":
            first = max(first, last - form.longest)
        match = look(text, first, last)
        if match is None:
            return None
        if not rule.role:
            return Match(rule, block, match.start(), match.end())
        groups = match.groupdict()
        names = _joined(match.spans("name"), text) if groups.get("name") else ()
        if rule.where == "block" and names and _says_something(text[names[-1][0] : match.end()]):
            return None
        return Match(rule, block, match.start(), match.end(), names, groups.get("language"))


@dataclass(slots=True)
class _Tried:
    """A form that some block has been offered."""

    rule: Rule
    rule_number: int
    longest: int
    needed: tuple[tuple[str, ...], ...]
    look: Callable[[str, int, int], regex.Match[str] | None] | None = None


class _Candidate(NamedTuple):
    """A form that a regular expression has to decide in a block, which begins and ends there."""

    block: int
    number: int
    form: _Tried
    first: int
    last: int


def _deciding(matches: list[Match], first: int, last: int) -> list[Match]:
    """The matches in the block `first:last` without those that only propose what a stronger one proposes in any case.

    That one is of the same family, takes the same words and knows the same names, needs nothing, and is the reason given of the
    two (`cutting`).
    """
    strongest: dict[tuple[object, ...], tuple[float, str]] = {}
    for match in matches:
        if not match.rule.needs:
            key = _proposal(match, match.rule.where)
            strongest[key] = max((match.rule.confidence, match.rule.id), strongest.get(key, _NONE))
    if not strongest:
        return matches
    found = []
    for match in matches:
        rule = match.rule
        # A span that is all of the block is cut as the block is.
        is_block = match[2:4] == (first, last)
        strength = rule.confidence_in_block if is_block else rule.confidence, rule.id
        wheres = {rule.where, "block"} if is_block else {rule.where}
        if all(strength >= strongest.get(_proposal(match, where), _NONE) for where in wheres):
            found.append(match)
    return found


_NONE = (0.0, "")


def _proposal(match: Match, where: str) -> tuple[object, ...]:
    return match.rule.family, where, match.rule.role, *match[2:]


def _changes(values: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The places of those sorted values that are not the same as the one before."""
    return np.flatnonzero(np.concatenate((np.ones(min(1, len(values)), dtype=np.bool_), values[1:] != values[:-1])))


def _joined(spans: list[tuple[int, int]], text: str) -> tuple[tuple[int, int], ...]:
    """The names that were captured, those with nothing but a space between them (`{name} {names}`) as one."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and text[joined[-1][1] : first] == " ":
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    return tuple(joined)


def _says_something(text: str) -> bool:
    """Whether what was taken for a name, and stands at a block's end, is a sentence in a script without capitals: it has a stop.

    >>> _says_something("机器翻译的历史很长。"), _says_something("Jane Doe.")
    (True, False)
    """
    return _UNCASED_SENTENCE.fullmatch(text) is not None


_UNCASED_SENTENCE = late_regex(r"\p{Lo}[^\n]{0,600}[.。．।۔!?！？؟]\W{0,40}")


def split_names(text: str) -> list[str]:
    """The single names of an enumeration.

    >>> split_names("Ann Goldstein, J. R. Smith and María de la Cruz")
    ['Ann Goldstein', 'J. R. Smith', 'María de la Cruz']
    >>> split_names("Jane Doe Jr. and Bob Ray.")
    ['Jane Doe Jr.', 'Bob Ray']
    """
    names = (_SENTENCE_END.sub("", name.strip(" ,;/&、،·")) for name in _BETWEEN_NAMES.split(text))
    return [name for name in names if name]


_SENTENCE_END = late_regex(r"(?<=\p{L}\p{Ll}\p{Ll})\.$|[。।۔]$|(?<=\p{Lo})\.$")
"""A full stop after a name, not one of an abbreviation."""

_BETWEEN_NAMES = late_regex(AND)


_loading = threading.Lock()


def phrasebook() -> Phrasebook:
    """The rules that ship with dechaff, loaded once, by whichever thread is first."""
    with _loading:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Phrasebook:
    """From the index made ahead of time (`make phrases`)."""
    return Phrasebook(index=loaded(shipped(f"phrases/{INDEX}")))
