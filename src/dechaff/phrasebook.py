"""The phrasebook: every phrase rule of every language, behind one index.

The rules are data (`phrases/*.toml`), their patterns written in a language of their own (`patterns.py`). A page is looked
up once for all rules, in steps that each leave little to the next: the words of all blocks are hashed in a few passes
(`wordkeys.py`); a block that is a listed text needs no more; for the rest, how blocks begin and end, and the words and
letters in them, say which forms of which rules a regular expression has to decide. Each is compiled when it is first needed.
"""

from __future__ import annotations

import json
import threading
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast, get_args

import numpy as np
import regex

from dechaff.folding import DistinctText, FoldedText, text_of
from dechaff.openings import joined, pieces_of
from dechaff.patterns import (
    AND,
    FIRST,
    LAST,
    LONGEST_TEXT,
    MACROS,
    MOST_LITERALS,
    Parser,
    PhraseError,
    Piece,
    inner_words,
    strength,
    without_longer,
)
from dechaff.wordkeys import (
    BEGIN,
    EAST_ASIAN,
    END,
    FIRST_TWO,
    INNER,
    LAST_TWO,
    LETTERS,
    NUMBERS,
    PARTS,
    RUN,
    SIGN,
    TEXT,
    UNCOMMON,
    Filed,
    Keys,
    Words,
    key_of,
    rarest,
    rarest_run,
    words_of_blocks,
)
from dechaff.wordkeys import FIRST as FIRST_WORD
from dechaff.wordkeys import LAST as LAST_WORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable

    from numpy.typing import NDArray

__all__ = [
    "Match",
    "PhraseError",
    "Phrasebook",
    "Rule",
    "dump",
    "phrase_files",
    "phrasebook",
    "read_rules",
    "rule_from_entry",
    "rules_from_toml",
    "split_names",
]

Where: TypeAlias = Literal["block", "start", "end"]
Need: TypeAlias = Literal["", "neighbour", "links", "caption", "repeat", "edge", "prose"]


class Form(NamedTuple):
    """A part of a rule's pattern that takes a regular expression, with what is looked up before that is tried.

    Attributes:
        source: the `regex`, its macros still marked by name.
        longest: no match is longer than this, in characters.
        begins: the first word or two of every match (`openings.pieces_of`); none if it may begin anyhow.
        ends: the last word or two, the last one first.
        inner: sets of words; of each set those of one stand in every match.
        needed: sets of lower-cased folded literals; of each set one stands in every match.
    """

    source: str
    longest: int
    begins: tuple[tuple[str, ...], ...]
    ends: tuple[tuple[str, ...], ...]
    inner: tuple[tuple[tuple[str, ...], ...], ...]
    needed: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One phrase rule.

    Attributes:
        id: `language:id`, the name under which a cut gives it as its reason.
        family: which filter it belongs to.
        where: "block" (the whole block is this thing), "start" or "end" (a span at that side of the block is).
        role: for a credit, whose it is (translator, photographer, agency, editor, source, author); "author+editor": the last name
            is the editor's, those before it are authors'.
        needs: the evidence beside the words that the rule wants, "" for none.
        confidence: how sure the words alone are, 0 to 1.
        texts: lower-cased folded texts: a block that is one of them, but for decoration around it, matches.
        forms: what else matches. This and all around it is for making the index, and not in the rules that ship.
        hit, miss: examples that the tests run.
    """

    id: str
    family: str
    where: Where
    role: str = ""
    needs: Need = ""
    confidence: float = 0.95
    texts: tuple[str, ...] = field(default=(), compare=False)
    forms: tuple[Form, ...] = field(default=(), compare=False)
    hit: tuple[str, ...] = field(default=(), compare=False)
    miss: tuple[str, ...] = field(default=(), compare=False)

    @property
    def confidence_in_block(self) -> float:
        """How sure it is of a whole block: what only its surroundings make chaff yields to a rule whose words alone suffice."""
        return self.confidence * (0.9 if self.needs else 1)


_MACRO_MARK = regex.compile(r"⟪(\w{1,20})⟫")
_TRIM = r"[^\p{L}\p{N}]{0,40}"
MOST_TRIMMED = 40
_AROUND: dict[Where, tuple[str, str]] = {
    "block": (_TRIM, _TRIM),
    "start": (_TRIM, r"(?:(?![\p{L}\p{N}])[^\p{L}\p{N}]{0,40}|(?-i:(?<=\p{Ll})(?=\p{Lu})))"),
    "end": (rf"(?:(?<![\p{{L}}\p{{N}}])|(?=[(\[（［【])){_TRIM}", rf"{_TRIM}$"),
}
"""What a pattern has around it: decoration; and a span ends at a word's end, or where a capital is glued to it."""


def compiled(source: str, where: Where) -> regex.Pattern[str]:
    """The `regex` of a form."""
    before, after = _AROUND[where]
    expanded = _MACRO_MARK.sub(lambda mark: MACROS[mark[1]], source)
    return regex.compile(f"{before}(?:{expanded}){after}", regex.IGNORECASE | regex.VERSION0)


_ENTRY_KEYS = {"id", "pattern", "where", "hit", "miss", "note", "role", "needs", "confidence"}


def rule_from_entry(language: str, family: str, entry: dict[str, object]) -> Rule:
    """Make a rule of one TOML entry.

    Args:
        language: the file's language code, which begins the rule's id.
        family: the table the entry stands in.
        entry: its keys: `id`, `pattern`, `where`, `hit`, `miss`, and where wanted `role`, `needs`, `confidence`, `note`.

    Raises:
        PhraseError: if a key is missing, unknown or of the wrong kind, or the pattern is not of the phrase language.
    """
    place = f"{language}.toml [[{family}]] {entry.get('id', '(no id)')!r}"
    unknown = set(entry) - _ENTRY_KEYS
    if unknown:
        raise PhraseError(
            f"{place}: unknown key {', '.join(sorted(unknown))}; there are {', '.join(sorted(_ENTRY_KEYS))}"
        )
    for key in ("id", "pattern", "hit", "miss"):
        if not entry.get(key):
            raise PhraseError(f"{place}: {key} is missing")
    where = entry.get("where", "block")
    needs = entry.get("needs", "")
    if where not in ("block", "start", "end"):
        raise PhraseError(f"{place}: where is {where!r}; it is block, start or end")
    if needs not in get_args(Need):
        raise PhraseError(f"{place}: needs is {needs!r}; it is {', '.join(get_args(Need)[1:])}")
    try:
        piece = Parser(str(entry["pattern"])).parse()
    except PhraseError as error:
        raise PhraseError(f"{place}: {error}") from None
    if not any(all(len(text) > 1 or strength([text]) > 1 for text in literals) for literals in piece.needed):
        raise PhraseError(
            f"{place}: no part of the pattern is a fixed text of two letters that every match must hold "
            f"(of an alternation of more than {MOST_LITERALS} texts none counts)"
        )
    hits, misses = entry["hit"], entry["miss"]
    if not isinstance(hits, list) or not isinstance(misses, list):
        raise PhraseError(f"{place}: hit and miss are lists of texts")
    confidence = entry.get("confidence", 0.95)
    if not isinstance(confidence, int | float) or not 0 < confidence <= 1:
        raise PhraseError(f"{place}: confidence is {confidence!r}; it is a number above 0, at most 1")
    role = str(entry.get("role", ""))
    # Each alternative is looked up on its own.
    branches = piece.branches or (piece,)
    listed = [branch for branch in branches if where == "block" and not role and _is_listed(branch)]
    forms = [_form(branch, where) for branch in branches if branch not in listed]
    return Rule(
        id=f"{language}:{entry['id']}",
        family=family,
        where=where,
        role=role,
        needs=cast("Need", needs),
        confidence=float(confidence),
        texts=tuple(sorted({text for branch in listed for text in branch.texts or ()})),
        forms=tuple(forms),
        hit=tuple(hits),
        miss=tuple(misses),
    )


def _form(piece: Piece, where: Where) -> Form:
    openings = piece.begins
    if where == "start":  # a capital may be glued to it
        openings = frozenset((text, False) for text, _ in openings)
    begins = pieces_of(openings) or ()
    mirrored = pieces_of(piece.ends) or ()
    ends = [tuple(word[::-1] if word != "…" else word for word in words) for words in mirrored]
    sets = [{inner_words(_with_edges(text, where)) for text in texts} for texts in piece.inner]
    if where == "end" and begins and not any("…" in words or "" in words for words in begins):
        sets.append(set(begins))
    return Form(
        piece.source,
        piece.longest + 2 * MOST_TRIMMED,
        () if where == "end" else tuple(sorted(begins)),
        () if where == "start" else tuple(sorted(ends)),
        tuple(tuple(sorted(words)) for words in sets if all(words)),
        tuple(map(without_longer, piece.needed)),
    )


def _with_edges(text: str, where: Where) -> str:
    """A wording with signs where the match begins and ends at a word's border."""
    before, after = " ", "" if where == "start" else " "
    if text[:1] == FIRST:
        text = joined(before, text[1:])
    return joined(text[:-1], after) if text[-1:] == LAST else text


def _is_listed(piece: Piece) -> bool:
    """Whether a list of texts does for it, which costs one look into a dictionary for all rules of all languages.

    A text that begins or ends with a sign could not be told from its decoration.
    """
    return piece.texts is not None and all(
        len(text) <= LONGEST_TEXT and _LETTER.match(text[:1]) and _LETTER.match(text[-1:]) for text in piece.texts
    )


_LETTER = regex.compile(r"[\p{L}\p{N}]")


def rules_from_toml(language: str, text: str, families: Sequence[str]) -> list[Rule]:
    """Read one language's phrase file.

    Raises:
        PhraseError: with file, family and id, if the file is not TOML or an entry cannot be used.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PhraseError(f"{language}.toml is not TOML: {error}") from None
    rules = []
    for family, entries in data.items():
        if family == "language":
            continue
        if family not in families:
            raise PhraseError(f"{language}.toml: no family {family!r}; there are {', '.join(families)}")
        rules += [rule_from_entry(language, family, entry) for entry in entries]
    seen: set[str] = set()
    for rule in rules:
        if (rule.family + rule.id) in seen:
            raise PhraseError(f"{language}.toml: two rules of {rule.family} are called {rule.id!r}")
        seen.add(rule.family + rule.id)
    return rules


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
            needed = tuple(tuple(literals.split(_OR)) for literals in self._needed[number].split(_AND))
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
        pairs //= np.uint32(_WAYS)
        first = _changes(pairs)
        found = pairs[first].astype(np.int64)
        blocks, forms = np.divmod(found, NUMBERS // _WAYS)
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


_UNCASED_SENTENCE = regex.compile(r"\p{Lo}[^\n]{0,600}[.。．।۔!?！？؟]\W{0,40}")


_OR, _AND = "\ue000", "\ue001"
"""What stands between literals, and between sets of them, in the index: private use, so no literal has it."""

Columns: TypeAlias = "dict[str, NDArray[Any]]"


class Strings:
    """Many texts in one array of bytes; each is decoded when it is asked for."""

    def __init__(self, columns: Columns, name: str) -> None:
        self._bytes: NDArray[np.uint8] = columns[name]
        self._ends: NDArray[np.uint32] = columns[f"{name}_ends"]

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> str:
        first = self._ends[number - 1] if number else 0
        return self._bytes[first : self._ends[number]].tobytes().decode()

    @staticmethod
    def of(name: str, texts: Sequence[str]) -> Columns:
        """The columns that hold some texts."""
        encoded = [text.encode() for text in texts]
        return {
            name: np.frombuffer(b"".join(encoded), dtype=np.uint8),
            f"{name}_ends": np.cumsum([len(text) for text in encoded], dtype=np.uint32),
        }


def tabulated(rules: Sequence[Rule], common: Mapping[int, float] | None = None) -> Columns:
    """The index of the rules, in columns.

    Args:
        rules: the rules.
        common: what is common on pages (`_Filing`), so that forms are filed under what is rare.
    """
    forms = [(number, form) for number, rule in enumerate(rules) for form in rule.forms]
    owners: dict[str, list[int]] = {}
    for number, rule in enumerate(rules):
        for text in rule.texts:
            owners.setdefault(text, []).append(number)
    texts = sorted((key_of(TEXT, text), text) for text in owners)
    filing = _Filing(common or {})
    needed = [filing.file(number, form) for number, (_, form) in enumerate(forms)]
    rows = ["\t".join(map(str, (r.id, r.family, r.where, r.role, r.needs, r.confidence))) for r in rules]
    return {
        **Strings.of("rules", rows),
        **Strings.of("texts", [text for _, text in texts]),
        **Strings.of("text_rules", [" ".join(map(str, owners[text])) for _, text in texts]),
        "text_keys": np.array([key for key, _ in texts], dtype=np.uint32),
        **Strings.of("sources", [form.source for _, form in forms]),
        **Strings.of("needed", [_AND.join(map(_OR.join, sets)) for sets in needed]),
        "rule_of": np.array([number for number, _ in forms], dtype=np.uint16),
        "longest": np.array([form.longest for _, form in forms], dtype=np.uint16),
        "is_span": np.array([rules[number].where != "block" for number, _ in forms], dtype=np.bool_),
        **filing.columns(),
    }


class _Filing:
    """Files each form under what is rare of what all its matches have.

    Args:
        common: in how many blocks of a million what has a key stands, for what is common.
    """

    def __init__(self, common: Mapping[int, float]) -> None:
        self._common = common
        self._filed: dict[str, list[tuple[int, int]]] = {"words": [], "letters": []}
        self._wanted: list[int] = []

    def file(self, number: int, form: Form) -> list[tuple[str, ...]]:
        """File one form. Returns the sets of literals that it needs, the rarest first, without those that tell nothing."""
        ways: list[tuple[float, str, set[int]]] = []
        for name, words, kinds in (("begins", form.begins, _BEGIN_KINDS), ("ends", form.ends, _END_KINDS)):
            if words:
                keys = self._edge_keys(set(words), *kinds)
                ways.append((self._cost(keys), name, keys))
        inner = [self._inner_keys(words) for words in form.inner]
        letters = [keys for literals in form.needed if (keys := self._letter_keys(literals))]
        ways += sorted((self._cost(keys), "inner", keys) for keys in inner)[:1]
        least = min(ways)[0] if ways else float("inf")
        if least > _WEAK:
            ways += sorted((self._cost(keys), "letters", keys) for keys in letters)[:1]
            least = min(ways)[0]
        chosen = [
            way for way in ways if way[0] <= (_LETTERS_WORTHWHILE if way[1] == "letters" else _WORTHWHILE) * least
        ]
        self._wanted.append(len(chosen))
        for _, way, keys in chosen:
            filed = self._filed["letters" if way == "letters" else "words"]
            filed += ((each, number * _WAYS + _WAY[way]) for each in keys)
        costs = sorted((self._cost_of_literals(literals), len(literals), literals) for literals in form.needed)
        sets = [literals for cost, _, literals in costs if cost < _TOO_COMMON][:_MOST_SETS] or [costs[0][2]]
        # Where one is there, it is found the sooner the commoner it is.
        return [tuple(sorted(literals, key=self._cost_of_literal, reverse=True)) for literals in sets]

    def _cost_of_literals(self, literals: Sequence[str]) -> float:
        """As `_cost`, for texts that may stand within a word."""
        return sum(map(self._cost_of_literal, literals))

    def _cost_of_literal(self, text: str) -> float:
        if len(text) >= RUN:
            return self._common.get(rarest_run(text, self._common), UNCOMMON)
        signs = [
            key_of(SIGN + len(text[place:]), text[place:])
            for place in range(len(text))
            if not text[place].isalnum() and text[place] != " "
        ]
        return min((self._common.get(each, UNCOMMON) for each in signs), default=_SHORT_LITERAL / 10 ** len(text))

    def _cost(self, keys: set[int]) -> float:
        """In how many of a million blocks one of the keys stands; of what is not common a little."""
        return sum(self._common.get(each, UNCOMMON) for each in keys)

    def _edge_keys(self, openings: set[tuple[str, ...]], one: int, two: int, part: int) -> set[int]:
        def cut(word: str, length: int) -> str:
            return word[:length] if part == BEGIN else word[-length:]

        open_ended = [words[0] for words in openings if words[1:] == ("…",)]
        parts = {cut(word, max(length for length in PARTS if length <= len(word))) for word in open_ended}
        whole = [words for words in openings if words[1:] != ("…",)]

        def is_told(word: str) -> bool:
            return any(cut(word, length) in parts for length in PARTS if length < len(word))

        parts = {word for word in parts if not is_told(word)}
        found = {key_of(part + len(word), word) for word in parts}
        whole = [words for words in whole if words[0] not in parts and not is_told(words[0])]
        alone = {words[0] for words in whole if len(words) == 1 or key_of(one, words[0]) not in self._common}
        found |= {key_of(one, word) for word in alone}
        found |= {key_of(two, *words) for words in whole if words[0] not in alone}
        return found

    def _inner_keys(self, sets: Sequence[tuple[str, ...]]) -> set[int]:
        return {rarest((key_of(INNER, word) for word in words), self._common) for words in sets}

    def _letter_keys(self, literals: Sequence[str]) -> set[int]:
        """Of each literal the letters or the sign that are rarest; none if one of them is too short to tell."""
        found = set()
        for text in literals:
            keys = [key_of(LETTERS, text[place : place + RUN]) for place in range(len(text) - RUN + 1)]
            for place, character in enumerate(text):
                if (not character.isalnum() and character != " ") or ord(character) >= EAST_ASIAN:
                    more = text[place : place + 2]
                    keys.append(key_of(SIGN + len(more), more))
            if not keys:
                return set()
            found.add(rarest(keys, self._common))
        return found

    def columns(self) -> Columns:
        """What was filed."""
        found: Columns = {"wanted": np.array(self._wanted, dtype=np.uint8)}
        for name, pairs in self._filed.items():
            filed = Filed.of(pairs)
            found |= {name: filed.keys, f"{name}_firsts": filed.firsts, f"{name}_numbers": filed.numbers}
        return found


_WAY = {"begins": 0, "ends": 1, "inner": 2, "letters": 3}
_WAYS = len(_WAY)
"""The ways to file a form, each under a number of its own."""

_BEGIN_KINDS, _END_KINDS = (FIRST_WORD, FIRST_TWO, BEGIN), (LAST_WORD, LAST_TWO, END)
_WORTHWHILE, _LETTERS_WORTHWHILE = 12, 3
"""A second thing is looked up if that is at most so much commoner, of letters less: trying a form in vain costs a dozen look-ups."""

_WEAK = 5_000.0
_TOO_COMMON = 300_000.0
_MOST_SETS = 4
_SHORT_LITERAL = 4_000_000.0
"""Above which costs letters are looked up too, and a set of literals tells nothing; how many sets are checked; and what a literal
of one letter is taken to cost, if it had no others."""


def phrase_files() -> Iterator[Traversable]:
    """The package's phrase files, one a language, by name."""
    folder = resources.files("dechaff") / "phrases"
    yield from sorted(
        (f for f in folder.iterdir() if f.name.endswith(".toml") and f.name != "markup.toml"), key=lambda f: f.name
    )


def read_rules(families: Sequence[str]) -> list[Rule]:
    """All rules of the phrase files, read from the TOML (slow: the index that ships is read by `load`)."""
    rules = []
    for file in phrase_files():
        rules += rules_from_toml(file.name.removesuffix(".toml"), file.read_text("utf-8"), families)
    return rules


def split_names(text: str) -> list[str]:
    """The single names of an enumeration.

    >>> split_names("Ann Goldstein, J. R. Smith and María de la Cruz")
    ['Ann Goldstein', 'J. R. Smith', 'María de la Cruz']
    >>> split_names("Jane Doe Jr. and Bob Ray.")
    ['Jane Doe Jr.', 'Bob Ray']
    """
    names = (_SENTENCE_END.sub("", name.strip(" ,;/&、،·")) for name in _BETWEEN_NAMES.split(text))
    return [name for name in names if name]


_SENTENCE_END = regex.compile(r"(?<=\p{L}\p{Ll}\p{Ll})\.$|[。।۔]$|(?<=\p{Lo})\.$")
"""A full stop after a name, not one of an abbreviation."""

_BETWEEN_NAMES = regex.compile(AND)


_loading = threading.Lock()


def phrasebook() -> Phrasebook:
    """The rules that ship with dechaff, loaded once, by whichever thread is first."""
    with _loading:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Phrasebook:
    """From the index made ahead of time (`make phrases`)."""
    return Phrasebook(index=loaded((resources.files("dechaff") / "phrases" / INDEX).read_bytes()))


INDEX = "index.bin"


def dump(rules: Sequence[Rule], common: Mapping[int, float]) -> bytes:
    """The index of the rules, as it ships: a line of JSON with each column's name, type and length, and the columns."""
    columns = {
        name: column.astype(column.dtype.newbyteorder("<"), copy=False)
        for name, column in tabulated(rules, common).items()
    }
    head = json.dumps([[name, column.dtype.str, len(column)] for name, column in columns.items()])
    parts = [f"{head}\n".encode()]
    for column in columns.values():
        parts.append(bytes(-sum(map(len, parts)) % _ALIGNED))
        parts.append(column.tobytes())
    return b"".join(parts)


def loaded(data: bytes) -> Columns:
    """The columns of an index as `dump` makes it; they are views of its bytes."""
    place = data.index(b"\n") + 1
    columns: Columns = {}
    for name, kind, length in json.loads(data[:place]):
        place += -place % _ALIGNED
        column = np.frombuffer(data, dtype=kind, count=length, offset=place)
        columns[name] = column.astype(column.dtype.newbyteorder("="), copy=False)
        place += column.nbytes
    return columns


_ALIGNED = 8
