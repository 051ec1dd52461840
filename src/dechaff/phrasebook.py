"""The phrasebook: every phrase rule of every language, behind one index.

The rules are data (`phrases/*.toml`), their patterns written in a language of their own (`patterns.py`). A page is looked
up once for all rules, in steps that each leave little to the next: a block that is a listed text needs no more than a
look into a dictionary; for the rest, hashes of how blocks begin and end, and of the literals in them, say which forms of
which rules a regular expression has to decide. Each is compiled when it is first needed.
"""

from __future__ import annotations

import json
import threading
import tomllib
import zlib
from base64 import b64decode, b64encode
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast, get_args

import numpy as np
import regex

from dechaff.folding import FoldedText, codes_of, text_of, zeroed
from dechaff.patterns import (
    AND,
    EDGE,
    LONGEST_TEXT,
    MACROS,
    MOST_LITERALS,
    Parser,
    PhraseError,
    Piece,
    looked_up,
    strength,
    without_longer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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
        begins: how every match begins after what is trimmed, a number as one zero; none if it may begin anyhow.
        ends: the same of its end, spelled backwards.
        needed: sets of lower-cased folded literals; of each set one stands in every match.
    """

    source: str
    longest: int
    begins: tuple[str, ...]
    ends: tuple[str, ...]
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
    # Each alternative is looked up on its own, unless the search for a span decides between them.
    branches = (piece,) if where == "end" else piece.branches or (piece,)
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
    begins = () if where == "end" else looked_up(piece.begins)
    ends = () if where == "start" else looked_up(piece.ends)
    # One letter at the edge tells less than a long literal, wherever on the page that may stand.
    if max(strength(begins), strength(ends)) < 2 and strength(piece.needed[0]) >= 5:
        begins = ends = ()
    return Form(piece.source, piece.longest + 2 * MOST_TRIMMED, begins, ends, tuple(map(without_longer, piece.needed)))


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


Pairs: TypeAlias = "NDArray[np.int64]"
"""A block and the number of a form in one number: block * `_FORMS` + form."""

_FORMS = 1 << 16
_PRIME = np.uint32(0x9E3779B1)
_FLAG_BITS = 20


def _hashes(rows: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """A hash of every beginning of each row of codes, the same shape. Two that fall together cost time, no more."""
    hashes = np.empty_like(rows)
    mixed = np.zeros(len(rows), dtype=np.uint32)
    for step in range(rows.shape[1]):
        mixed = (mixed ^ rows[:, step]) * _PRIME
        mixed ^= mixed >> np.uint32(15)
        hashes[:, step] = mixed
    return hashes


class _Filed:
    """Forms filed by the hash of a text, as columns: the sorted hashes, and the number of a form for each."""

    def __init__(self, hashes: NDArray[np.uint32], forms: NDArray[np.uint16]) -> None:
        self.hashes, self.forms = hashes, forms
        self._flags = np.zeros(1 << _FLAG_BITS, dtype=np.bool_)
        self._flags[hashes >> np.uint32(32 - _FLAG_BITS)] = True

    def has(self, count: int) -> NDArray[np.bool_]:
        """Which of `count` forms are filed here."""
        return np.isin(np.arange(count), self.forms)

    @classmethod
    def of(cls, filed: Sequence[tuple[str, int]]) -> _Filed:
        """File each number under its text, which is at most `EDGE` long."""
        rows = codes_of("".join(text.ljust(EDGE, "\0") for text, _ in filed)).reshape(-1, EDGE)
        lengths = np.fromiter((len(text) for text, _ in filed), dtype=np.int64, count=len(filed))
        hashes = _hashes(rows)[np.arange(len(filed)), lengths - 1]
        forms = np.fromiter((number for _, number in filed), dtype=np.uint16, count=len(filed))
        order = np.lexsort((forms, hashes))
        return cls(hashes[order], forms[order])

    def find(self, rows: NDArray[np.uint32]) -> Pairs:
        """The forms that are filed under any beginning of a row, the row being the block."""
        hashes = _hashes(rows)
        blocks, lengths = np.nonzero(self._flags[hashes >> np.uint32(32 - _FLAG_BITS)])
        found = hashes[blocks, lengths]
        first = np.searchsorted(self.hashes, found)
        counts = np.searchsorted(self.hashes, found, side="right") - first
        # The places first, first + 1, … of every text found, one after another.
        places = np.arange(counts.sum()) + np.repeat(first - np.cumsum(counts) + counts, counts)
        pairs: Pairs = np.repeat(blocks, counts) * _FORMS + self.forms[places]
        return pairs


class _Marks:
    """For each form the hashed endings of the literals of which one must stand in a block: three letters at most."""

    def __init__(self, marks: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        self._marks, self._counts = marks, counts
        self._firsts = np.cumsum(counts) - counts

    def hold(self, folded: FoldedText, blocks: NDArray[np.int64], forms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each block may hold a literal of the form beside it. Blocks are given in order."""
        hold = np.zeros(len(blocks), dtype=np.bool_)
        for first in range(0, len(folded.starts), _BLOCKS_AT_ONCE):
            low, high = np.searchsorted(blocks, (first, first + _BLOCKS_AT_ONCE)).tolist()
            if low < high:
                there = _marks_of(folded, first, min(first + _BLOCKS_AT_ONCE, len(folded.starts)))
                counts = self._counts[forms[low:high]]
                ends = np.cumsum(counts)
                places = np.arange(ends[-1]) + np.repeat(self._firsts[forms[low:high]] - ends + counts, counts)
                found = there[np.repeat(blocks[low:high] - first, counts), self._marks[places]]
                hold[low:high] = np.logical_or.reduceat(found, ends - counts)
        return hold


_BLOCKS_AT_ONCE = 1024
_MARKS = 2048


def _marks_of(folded: FoldedText, first: int, last: int) -> NDArray[np.bool_]:
    """Which marks each of some blocks has, shape (blocks, `_MARKS`); the last mark they all have."""
    begin, end = int(folded.starts[first]), int(folded.ends[last - 1])
    there = np.zeros((last - first, _MARKS), dtype=np.bool_)
    there[:, -1] = True
    if end - begin > 2:
        codes = folded.codes[begin:end]
        block = np.repeat(np.arange(last - first), np.diff(np.append(folded.starts[first:last], end + 2)))[
            : len(codes) - 2
        ]
        there.reshape(-1)[block * _MARKS + _mark(codes[:-2], codes[1:-1], codes[2:])] = True
    return there


def _mark(first: NDArray[np.uint32], second: NDArray[np.uint32], third: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return ((first * _PRIME ^ second) * _PRIME ^ third) * _PRIME % np.uint32(_MARKS - 1)


class _Grams:
    """Forms filed by literals of which one stands in every match, for those whose beginnings and ends tell too little."""

    def __init__(self, filed: Sequence[tuple[str, int]], length: int) -> None:
        self._length = length
        self._filed: dict[str, list[tuple[str, int]]] = {}
        for text, number in filed:
            # A literal is filed under its last letters: endings are rarer than beginnings.
            self._filed.setdefault(text[-length:], []).append((text, number))
        self._foreign = not any(map(str.isascii, self._filed))
        self._flags = np.zeros(1 << _FLAG_BITS, dtype=np.bool_)
        self._flags[self._hashes(codes_of("".join(self._filed)))[::length]] = True

    def _hashes(self, codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
        count = max(0, len(codes) - self._length + 1)
        mixed = codes[:count] * _PRIME
        for step in range(1, self._length):
            mixed = (mixed ^ codes[step : step + count]) * _PRIME
        return mixed >> np.uint32(32 - _FLAG_BITS)

    def find(self, folded: FoldedText, low: str) -> Iterator[int]:
        """The pairs of a block and a form, unsorted."""
        if self._foreign and folded.text.isascii():
            return
        starts = folded.starts.tolist()
        for place in np.flatnonzero(self._flags[self._hashes(folded.codes)]).tolist():
            last = place + self._length
            for literal, number in self._filed.get(low[place:last], ()):
                if low.endswith(literal, 0, last):
                    yield (bisect_right(starts, place) - 1) * _FORMS + number


class Phrasebook:
    """All rules behind one index, which is immutable; one book is shared by all cleaners and threads.

    Args:
        rules: the rules, if they are at hand.
        index: else the columns that `tabulated` made of them. Of these a rule is made when it is first found.
    """

    def __init__(self, rules: Sequence[Rule] = (), index: dict[str, Any] | None = None) -> None:
        if index is None:
            index = tabulated(rules)
        self._rows: list[list[Any]] = index["rules"]
        self._made: dict[int, Rule] = dict(enumerate(rules))
        self._texts: dict[str, int] = dict(
            zip(index["texts"], _unpacked(index["owners"], np.uint16).tolist(), strict=True)
        )
        self._owners: list[list[int]] = index["owner_sets"]
        self._sources: list[str] = index["sources"]
        self._needed: list[str] = index["needed"]
        self._needed_read: dict[int, list[list[str]]] = {}
        self._rule_of = _unpacked(index["rule_of"], np.uint16).astype(np.int64)
        self._rule_numbers: list[int] = self._rule_of.tolist()
        self._longest = _unpacked(index["longest"], np.uint16).astype(np.int64)
        spans = np.array([row[2] != "block" for row in self._rows], dtype=np.bool_)
        self._longest[spans[self._rule_of]] += 1 << 40
        self._begins = _Filed(_unpacked(index["begins"], np.uint32), _unpacked(index["begins_forms"], np.uint16))
        self._ends = _Filed(_unpacked(index["ends"], np.uint32), _unpacked(index["ends_forms"], np.uint16))
        self._begin_known = self._begins.has(len(self._sources))
        self._end_known = self._ends.has(len(self._sources))
        self._marks = _Marks(
            _unpacked(index["marks"], np.uint16).astype(np.int64),
            _unpacked(index["mark_counts"], np.uint16).astype(np.int64),
        )
        self._compiled: dict[int, regex.Pattern[str]] = {}
        filed = [
            (literal, number)
            for number in np.flatnonzero(~self._begin_known & ~self._end_known).tolist()
            for literal in self._literals(number)[0]
        ]
        self._grams = [
            _Grams([(text, number) for text, number in filed if low <= len(text) < high], low)
            for low, high in ((6, 1 << 20), (4, 6), (3, 4), (2, 3), (1, 2))
        ]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules."""
        return tuple(self._rule(number) for number in range(len(self._rows)))

    def _rule(self, number: int) -> Rule:
        rule = self._made.get(number)
        if rule is None:
            rule = self._made[number] = Rule(*self._rows[number])
        return rule

    def _literals(self, number: int) -> list[list[str]]:
        sets = self._needed_read.get(number)
        if sets is None:
            sets = [literals.split(_OR) for literals in self._needed[number].split(_AND)]
            self._needed_read[number] = sets
        return sets

    def candidates(self, folded: FoldedText, low: str) -> list[tuple[int, int]]:
        """The pairs (block, number of a form) that a regular expression has to decide, all that is looked up agreeing.

        Args:
            folded: the page.
            low: its folded text in lower case.
        """
        first_codes, last_codes = _edges(folded)
        begun, ended = self._begins.find(first_codes), self._ends.find(last_codes)
        found = [
            begun[~self._end_known[begun % _FORMS]],
            ended[~self._begin_known[ended % _FORMS]],
            np.intersect1d(begun, ended, assume_unique=True),
        ]
        found += [np.fromiter(set(grams.find(folded, low)), dtype=np.int64) for grams in self._grams]
        pairs = np.sort(np.concatenate(found))
        blocks, forms = pairs // _FORMS, pairs % _FORMS
        short = (folded.ends - folded.starts)[blocks] <= self._longest[forms]
        blocks, forms = blocks[short], forms[short]
        hold = self._marks.hold(folded, blocks, forms)
        blocks, forms = blocks[hold], forms[hold]
        firsts, lasts = folded.starts[blocks].tolist(), folded.ends[blocks].tolist()
        chosen = []
        for block, form, first, last in zip(blocks.tolist(), forms.tolist(), firsts, lasts, strict=True):
            text = low[first:last]
            for literals in self._literals(form):
                for literal in literals:
                    if literal in text:
                        break
                else:
                    break
            else:
                chosen.append((block, form))
        return chosen

    def find(self, folded: FoldedText) -> list[Match]:
        """Every rule that holds on the page, whatever other evidence it needs, in block order."""
        if not len(folded.codes):
            return []
        low = text_of(folded.codes)
        found: dict[tuple[int, int], Match] = {}
        firsts, lasts = folded.cores()
        bare = (firsts - folded.starts <= MOST_TRIMMED) & (folded.ends - lasts <= MOST_TRIMMED)
        blocks = np.flatnonzero(bare & (lasts - firsts <= LONGEST_TEXT))
        for block, first, last in zip(blocks.tolist(), firsts[blocks].tolist(), lasts[blocks].tolist(), strict=True):
            owners = self._texts.get(low[first:last])
            if owners is not None:
                begin, end = int(folded.starts[block]), int(folded.ends[block])
                for number in self._owners[owners]:
                    found[block, number] = Match(self._rule(number), block, begin, end)
        for block, form in self.candidates(folded, low):
            number = self._rule_numbers[form]
            if (block, number) not in found:
                match = self.matched(form, block, folded)
                if match is not None:
                    found[block, number] = match
        return [found[key] for key in sorted(found)]

    def matched(self, form: int, block: int, folded: FoldedText) -> Match | None:
        """What the form of that number matches in a block, if anything."""
        rule = self._rule(self._rule_numbers[form])
        pattern = self._compiled.get(form)
        if pattern is None:
            pattern = self._compiled[form] = compiled(self._sources[form], rule.where)
        first, last = int(folded.starts[block]), int(folded.ends[block])
        if rule.where == "block":
            match = pattern.fullmatch(folded.text, first, last)
        elif rule.where == "start":
            match = pattern.match(folded.text, first, last)
        else:
            longest = int(self._longest[form]) % (1 << 40)
            match = pattern.search(folded.text, max(first, last - longest), last)
        if match is None:
            return None
        if not rule.role:
            return Match(rule, block, match.start(), match.end())
        groups = match.groupdict()
        names = _joined(match.spans("name"), folded.text) if groups.get("name") else ()
        if rule.where == "block" and names and _says_something(folded.text[names[-1][0] : match.end()]):
            return None
        return Match(rule, block, match.start(), match.end(), names, groups.get("language"))


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


def _edges(folded: FoldedText) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """How each block begins at its first letter or digit, and ends at its last, backwards; shape (blocks, `EDGE`).

    A number is one zero (`patterns.zeros`). What is beyond the block is 0.
    """
    codes = zeroed(folded.codes)
    kept = np.ones(len(codes) + 1, dtype=np.bool_)
    digit = codes == ord("0")
    kept[1:-1] = ~(digit[1:] & digit[:-1])
    parts = np.flatnonzero(digit[:-2] & digit[2:] & _IN_NUMBER[np.minimum(codes[1:-1], 127)])
    kept[parts + 1] = kept[parts + 2] = False
    # Where each place is when of each number only the first digit is left; none goes over a block's border.
    place = np.cumsum(kept) - 1
    codes = np.append(codes[kept[:-1]], np.zeros(EDGE + 1, dtype=np.uint32))
    starts, ends = place[folded.starts][:, None], place[folded.ends][:, None]
    firsts, lasts = folded.cores()
    forwards = place[firsts][:, None] + np.arange(EDGE)
    backwards = place[np.maximum(lasts - 1, folded.starts)][:, None] - np.arange(EDGE)
    none = np.uint32(0)
    return (
        np.where(forwards < ends, codes[forwards], none),
        np.where((backwards >= starts) & (firsts < lasts)[:, None], codes[backwards], none),
    )


_IN_NUMBER = np.zeros(128, dtype=np.bool_)
_IN_NUMBER[list(map(ord, "., '"))] = True

_OR, _AND = "\ue000", "\ue001"
"""What stands between literals, and between sets of them, in the index: private use, so no literal has it."""


def tabulated(rules: Sequence[Rule]) -> dict[str, Any]:
    """The index of the rules: columns that JSON can hold, arrays as base64 of little-endian bytes."""
    forms = [(number, form) for number, rule in enumerate(rules) for form in rule.forms]
    begins = _Filed.of([(text, number) for number, (_, form) in enumerate(forms) for text in form.begins])
    ends = _Filed.of([(text, number) for number, (_, form) in enumerate(forms) for text in form.ends])
    owners: dict[str, list[int]] = {}
    for number, rule in enumerate(rules):
        for text in rule.texts:
            owners.setdefault(text, []).append(number)
    owner_sets = sorted({tuple(numbers) for numbers in owners.values()})
    place = {numbers: index for index, numbers in enumerate(owner_sets)}
    texts = sorted(owners)
    return {
        "rules": [[rule.id, rule.family, rule.where, rule.role, rule.needs, rule.confidence] for rule in rules],
        "texts": texts,
        "owners": _packed([place[tuple(owners[text])] for text in texts], np.uint16),
        "owner_sets": owner_sets,
        "rule_of": _packed([number for number, _ in forms], np.uint16),
        "longest": _packed([form.longest for _, form in forms], np.uint16),
        "sources": [form.source for _, form in forms],
        "needed": [_AND.join(map(_OR.join, form.needed)) for _, form in forms],
        "marks": _packed([mark for _, form in forms for mark in _marks_needed(form)], np.uint16),
        "mark_counts": _packed([len(_marks_needed(form)) for _, form in forms], np.uint16),
        "begins": _packed(begins.hashes, np.uint32),
        "begins_forms": _packed(begins.forms, np.uint16),
        "ends": _packed(ends.hashes, np.uint32),
        "ends_forms": _packed(ends.forms, np.uint16),
    }


def _marks_needed(form: Form) -> list[int]:
    """The marks of which a block has one if one of the form's most telling literals stands in it."""
    marks = {int(_mark(*codes_of(text[-3:])[:, None])[0]) if len(text) > 2 else _MARKS - 1 for text in form.needed[0]}
    return [_MARKS - 1] if _MARKS - 1 in marks else sorted(marks)


def _packed(numbers: Sequence[int] | NDArray[Any], kind: type[np.unsignedinteger[Any]]) -> str:
    return b64encode(np.asarray(numbers, dtype=np.dtype(kind).newbyteorder("<")).tobytes()).decode("ascii")


def _unpacked(text: str, kind: type[np.unsignedinteger[Any]]) -> NDArray[Any]:
    return np.frombuffer(b64decode(text), dtype=np.dtype(kind).newbyteorder("<")).astype(kind, copy=False)


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
    index = resources.files("dechaff") / "phrases" / INDEX
    return Phrasebook(index=json.loads(zlib.decompress(index.read_bytes())))


INDEX = "index.json.z"


def dump(rules: Sequence[Rule]) -> bytes:
    """The index of the rules, as it ships: JSON, deflated."""
    return zlib.compress(json.dumps(tabulated(rules), ensure_ascii=False, separators=(",", ":")).encode(), 9)
