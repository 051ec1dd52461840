"""The phrasebook: every phrase rule of every language, behind one index of literals.

The rules are data (`phrases/*.toml`). Their patterns are a small, bounded subset of regular expressions, read here into
a `regex` and into the literals of which one must stand in any text that the pattern matches. A page is looked
up once for all rules: a rolling hash over its folded text finds the literals, and only the rules behind a literal that
is really there are tried, each compiled when it is first needed.

The pattern language:

- letters stand for themselves in either case, folded like the text (`folding.py`); a space is one space;
- `(a|b)` groups (never captured), `[abc]` classes, `\\d`, `\\w`, `\\b`, `.`, `\\.` for a full stop;
- `?`, `{n}` and `{m,n}` repeat, `n` at most 400; there is no `*` and no `+`, so every rule is bounded;
- `{name}`, `{names}`, `{language}`, `{rest}`, `{words}`, `{sep}`, `{num}`, `{date}`, `{brand}` are macros (`MACROS`).
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

import numpy as np
import regex

from dechaff.folding import FoldedText, fold, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.resources.abc import Traversable

    from numpy.typing import NDArray

Where: TypeAlias = Literal["block", "start", "end"]
Need: TypeAlias = Literal["", "neighbour", "links", "caption", "repeat", "edge", "prose"]

LONGEST_REPEAT = 400
"""The highest upper bound that a pattern may give a repeat."""

_PARTICLE = (
    r"(?:d[aeiou]s?|del|della|dello|degli|dal|la|le|les|van|von|vom|zu|zum|zur|der|den|het|ter|ten|te|af|av|al|el|ibn|bin"
    r"|ben|bint|abu|y|e|i|mc|mac|st\.|o')"
)
_CAPITAL = r"(?-i:\p{Lu}[\p{L}\p{M}'.-]{0,30}|(?:d'|O'|al-|el-|Al-|El-)\p{Lu}[\p{L}\p{M}'-]{1,30})"
_SPACED_NAME = rf"{_CAPITAL}(?:[ ](?:(?-i:{_PARTICLE})[ ]){{0,3}}{_CAPITAL}){{0,4}}"
_EAST_ASIAN_NAME = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}ー]{1,12}(?:[ ·・=＝-][\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}ー]{1,12}){0,4}"
_UNCASED_WORD = r"[\p{Arabic}\p{Hebrew}\p{Devanagari}\p{Bengali}\p{Thai}][\p{L}\p{M}'.-]{0,30}"
_UNCASED_NAME = rf"{_UNCASED_WORD}(?:[ -]{_UNCASED_WORD}){{0,4}}"
_NAME = rf"(?:{_SPACED_NAME}|{_EAST_ASIAN_NAME}|{_UNCASED_NAME})"
_AND = (
    r"(?:,[ ]and[ ]|,[ ]|、|،[ ]|[ ]?/[ ]?|[ ]?;[ ]|[ ]?&[ ]?"
    r"|[ ](?:and|und|et|y|e|ed|en|och|og|i|a|oraz|ter|és|și|și|si|ve|ja|dan|và|na|и|і|та|й|και|و|ו|और|এবং|และ|और|اور)[ ]"
    r"|[ ]و|[ ]ו|と|和|与|與|及|・(?=\p{Lu}))"
)

_BRAND = r"(?-i:\p{Lu}|\p{Lo}|\p{N})[\p{L}\p{M}\p{N}'.&!-]{0,30}"

MACROS: dict[str, str] = {
    "name": rf"(?P<name>{_NAME})",
    "names": rf"(?P<name>{_NAME}(?:{_AND}{_NAME}){{0,5}})",
    "language": r"(?P<language>[\p{L}\p{M}]{2,24}(?:[ -][\p{L}\p{M}]{2,24}){0,2}?)",
    "rest": r"[^\n]{0,240}",
    "words": r"(?:[^\s.!?。！？]{1,40}(?:[ ][^\s.!?。！？]{1,40}){0,7}[ ]?)?",
    "sep": r"(?:[ ]?[:：|»›>→·•.…–—-]{1,3}[ ]?|[ ]|(?-i:(?<=\p{Ll})(?=\p{Lu}))|(?-i:(?<=\p{Lu}\p{Lu})(?=\p{Lu}\p{Ll})))",
    "num": r"(?:\d{1,3}(?:[ .,']\d{3}){0,3}|\d{1,9})(?:[.,]\d)?[ ]?(?:[kKmM]\b)?",
    "date": r"[\p{L}\p{M}\p{N}.,/年月日-]{1,20}(?:[ ][\p{L}\p{M}\p{N}.,/年月日-]{1,20}){0,5}[ ]?",
    "brand": rf"{_BRAND}(?:[ ]{_BRAND}){{0,4}}[ ]?",
}
"""What a pattern may call by name in braces. `{name}` and `{names}` fill a credit's name, `{language}` its language."""


class PhraseError(ValueError):
    """A phrase file or a pattern that cannot be used; the message says which and why."""


_PREFIX = 4
_ANYTHING = frozenset((("", False),))
_NOTHING = frozenset((("", True),))
_DIGITS = frozenset((digit, False) for digit in "0123456789")
_MOST_BEGINNINGS = 256


def _followed(first: frozenset[tuple[str, bool]], second: frozenset[tuple[str, bool]]) -> frozenset[tuple[str, bool]]:
    """The beginnings of one piece followed by another."""
    found: set[tuple[str, bool]] = set()
    for text, whole in first:
        if not whole:
            found.add((text, False))
            continue
        for more, ends in second:
            joined = text + more
            found.add((joined[:_PREFIX], ends and len(joined) <= _PREFIX))
    if len(found) > _MOST_BEGINNINGS:
        found = {(text[:2], False) for text, _ in found}
    return _ANYTHING if ("", False) in found or len(found) > _MOST_BEGINNINGS else frozenset(found)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A parsed part of a pattern: its regex, the literals of which one must be there, its longest match, its beginnings.

    `begins` are the first `_PREFIX` characters of everything it matches, each with whether that is the whole of the match.
    """

    source: str
    literals: tuple[str, ...] = ()
    longest: int = 0
    literal: str | None = None
    begins: frozenset[tuple[str, bool]] = _ANYTHING

    @property
    def strength(self) -> int:
        """How much the weakest required literal tells: its letters, each East Asian one counting as two."""
        return min((sum(2 if ord(c) >= 0x2E80 else 1 for c in text) for text in self.literals), default=0)


_MACRO_LONGEST = {
    "name": 130,
    "names": 500,
    "language": 76,
    "rest": 240,
    "words": 330,
    "sep": 5,
    "num": 20,
    "date": 130,
    "brand": 160,
}
_ESCAPES = "dwbsDWBS"
_MOST_LITERALS = 128


class _Parser:
    """Reads one pattern of the phrase language, left to right, without backtracking."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0

    def fail(self, why: str) -> PhraseError:
        return PhraseError(f"{why} at character {self.place} of the pattern {self.pattern!r}")

    def parse(self) -> _Piece:
        piece = self.alternatives()
        if self.place < len(self.pattern):
            raise self.fail("a ')' too many")
        return piece

    def alternatives(self) -> _Piece:
        branches = [self.sequence()]
        while self.pattern.startswith("|", self.place):
            self.place += 1
            branches.append(self.sequence())
        if len(branches) == 1:
            return branches[0]
        literals: tuple[str, ...] = ()
        if all(branch.literals for branch in branches):
            literals = tuple(dict.fromkeys(text for branch in branches for text in branch.literals))
        source = "(?:" + "|".join(branch.source for branch in branches) + ")"
        if len(literals) > _MOST_LITERALS:
            literals = ()
        begins = frozenset().union(*(branch.begins for branch in branches))
        if ("", False) in begins or len(begins) > _MOST_BEGINNINGS:
            begins = _ANYTHING
        return _Piece(source, literals, max(branch.longest for branch in branches), begins=begins)

    def sequence(self) -> _Piece:
        pieces: list[_Piece] = []
        while self.place < len(self.pattern) and self.pattern[self.place] not in "|)":
            pieces.append(self.repeated())
        begins = _NOTHING
        for piece in pieces:
            begins = _followed(begins, piece.begins)
        runs: list[_Piece] = []
        for piece in pieces:
            if piece.literal is not None and runs and runs[-1].literal is not None:
                text = runs[-1].literal + piece.literal
                runs[-1] = _Piece(runs[-1].source + piece.source, (text,), len(text), text)
            elif piece.literal is not None:
                runs.append(_Piece(piece.source, (piece.literal,), len(piece.literal), piece.literal))
            else:
                runs.append(piece)
        if len(runs) == 1:
            return replace(runs[0], begins=begins)
        best = max(runs, key=lambda run: run.strength, default=_Piece(""))
        source = "".join(run.source for run in runs)
        return _Piece(source, best.literals, sum(run.longest for run in runs), begins=begins)

    def repeated(self) -> _Piece:
        piece = self.atom()
        low, high = 1, 1
        rest = self.pattern[self.place :]
        if rest.startswith("?"):
            low, high = 0, 1
            self.place += 1
        elif bounds := regex.match(r"\{(\d+)(?:,(\d+))?\}", rest):
            low = int(bounds[1])
            high = int(bounds[2] or bounds[1])
            self.place += bounds.end()
        elif rest[:1] in ("*", "+") and rest:
            raise self.fail(f"'{rest[0]}' is unbounded: write {{0,n}} or {{1,n}}")
        if (low, high) == (1, 1):
            return piece
        if high > LONGEST_REPEAT or low > high:
            raise self.fail(f"a repeat of {low} to {high}: the upper bound may be {LONGEST_REPEAT}")
        source = piece.source if len(piece.source) == 1 else f"(?:{piece.source})"
        bounds_source = "?" if (low, high) == (0, 1) else f"{{{low},{high}}}"
        begins = piece.begins
        for _ in range(min(high, _PREFIX) - 1):
            begins = piece.begins | _followed(begins, piece.begins)
        if not low:
            begins |= _NOTHING
        if ("", False) in begins:
            begins = _ANYTHING
        return _Piece(source + bounds_source, piece.literals if low else (), piece.longest * high, begins=begins)

    def atom(self) -> _Piece:
        character = self.pattern[self.place]
        self.place += 1
        if character == "(":
            if self.pattern.startswith("?:", self.place):
                self.place += 2
            elif self.pattern.startswith("?", self.place):
                raise self.fail("only plain groups")
            piece = self.alternatives()
            if not self.pattern.startswith(")", self.place):
                raise self.fail("a '(' without ')'")
            self.place += 1
            return replace(piece, source=f"(?:{piece.source})", literal=None)
        if character == "[":
            close = self.pattern.find("]", self.place + 1)
            while close > 0 and self.pattern[close - 1] == "\\":
                close = self.pattern.find("]", close + 1)
            if close < 0:
                raise self.fail("a '[' without ']'")
            inside = self.pattern[self.place : close]
            self.place = close + 1
            return _Piece(f"[{inside}]", (), 1, begins=_class_beginnings(inside))
        if character == "{":
            close = self.pattern.find("}", self.place)
            name = self.pattern[self.place : close]
            if close < 0 or name not in MACROS:
                raise self.fail(f"no macro {{{name}}}; there are {', '.join(MACROS)}")
            self.place = close + 1
            begins = _DIGITS if name == "num" else _ANYTHING
            return _Piece(f"⟪{name}⟫", (), _MACRO_LONGEST[name], begins=begins)
        if character == "\\":
            escaped = self.pattern[self.place : self.place + 1]
            self.place += 1
            if escaped in _ESCAPES and escaped:
                begins = {"d": _DIGITS, "b": _NOTHING, "B": _NOTHING, "s": frozenset(((" ", True),))}.get(
                    escaped, _ANYTHING
                )
                return _Piece("\\" + escaped, (), 0 if escaped in "bB" else 1, begins=begins)
            if not escaped or escaped.isalnum():
                raise self.fail(f"no escape \\{escaped}")
            return _Piece(regex.escape(escaped), longest=1, literal=escaped, begins=frozenset(((escaped, True),)))
        if character == ".":
            return _Piece("[^\\n]", (), 1)
        if character in "*+?":
            raise self.fail(f"'{character}' has nothing to repeat")
        folded = fold(character)
        if not folded:
            return _Piece("", begins=_NOTHING)
        low = _lower(folded)
        return _Piece(regex.escape(folded, special_only=True), longest=1, literal=low, begins=frozenset(((low, True),)))


def _class_beginnings(inside: str) -> frozenset[tuple[str, bool]]:
    if inside.startswith("^") or "\\" in inside or len(inside) > 12 or regex.search(r"\w-\w", inside):
        return _ANYTHING
    return frozenset((_lower(fold(character)), True) for character in inside)


def _lower(text: str) -> str:
    lower = tables()[1]
    return "".join(chr(int(lower[ord(c)])) if ord(c) < 0x10000 else c for c in text)


@dataclass(frozen=True, slots=True)
class Rule:
    """One phrase rule, ready to be looked up.

    Attributes:
        id: `language:id`, the name under which a cut gives it as its reason.
        family: which filter it belongs to.
        where: "block" (the whole block is this thing), "start" or "end" (a span at that side of the block is).
        source: the pattern as a `regex`, its macros still marked by name.
        literals: lower-cased folded texts, one of which stands in every match.
        begins: beginnings, of which every match has one after what is trimmed; empty if it may begin with anything.
        longest: no match is longer than this, in characters.
        role: for a credit, whose it is (translator, photographer, agency, editor, source, author).
        needs: the evidence beside the words that the rule wants, "" for none.
        confidence: how sure the words alone are, 0 to 1.
        hit, miss: examples that the tests run.
    """

    id: str
    family: str
    where: Where
    source: str
    literals: tuple[str, ...]
    begins: tuple[str, ...]
    longest: int
    role: str = ""
    needs: Need = ""
    confidence: float = 0.95
    hit: tuple[str, ...] = field(default=(), compare=False)
    miss: tuple[str, ...] = field(default=(), compare=False)

    @property
    def compiled(self) -> regex.Pattern[str]:
        """The pattern, compiled once and kept."""
        return _compile(self.source)


_MACRO_MARK = regex.compile(r"⟪(\w{1,20})⟫")


@cache
def _compile(source: str) -> regex.Pattern[str]:
    expanded = _MACRO_MARK.sub(lambda mark: MACROS[mark[1]], source)
    return regex.compile(expanded, regex.IGNORECASE | regex.VERSION0)


_TRIM_START = r"[^\p{L}\p{N}]{0,40}"
_TRIM_END = r"[^\p{L}\p{N}]{0,40}"
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
        piece = _Parser(str(entry["pattern"])).parse()
    except PhraseError as error:
        raise PhraseError(f"{place}: {error}") from None
    if piece.strength < 2:
        raise PhraseError(
            f"{place}: no part of the pattern is a fixed text of two letters that every match must hold "
            f"(of an alternation of more than {_MOST_LITERALS} texts none counts)"
        )
    if where == "block":
        source = f"{_TRIM_START}(?:{piece.source}){_TRIM_END}"
    elif where == "start":
        source = f"{_TRIM_START}(?:{piece.source})(?:(?![\\p{{L}}\\p{{N}}])[^\\p{{L}}\\p{{N}}]{{0,40}}|(?-i:(?<=\\p{{Ll}})(?=\\p{{Lu}})))"
    else:
        source = f"(?:(?<![\\p{{L}}\\p{{N}}])|(?=[(\\[（［【])){_TRIM_START}(?:{piece.source}){_TRIM_END}$"
    hits, misses = entry["hit"], entry["miss"]
    if not isinstance(hits, list) or not isinstance(misses, list):
        raise PhraseError(f"{place}: hit and miss are lists of texts")
    confidence = entry.get("confidence", 0.95)
    if not isinstance(confidence, int | float) or not 0 < confidence <= 1:
        raise PhraseError(f"{place}: confidence is {confidence!r}; it is a number above 0, at most 1")
    return Rule(
        id=f"{language}:{entry['id']}",
        family=family,
        where=where,
        source=source,
        literals=_needed(piece.literals),
        begins=_beginnings(piece, where),
        longest=piece.longest + 80,
        role=str(entry.get("role", "")),
        needs=cast("Need", needs),
        confidence=float(confidence),
        hit=tuple(hits),
        miss=tuple(misses),
    )


def _needed(literals: tuple[str, ...]) -> tuple[str, ...]:
    """Without the literals that hold another one: whoever finds the shorter finds the longer too."""
    kept = [text for text in literals if not any(other != text and other in text for other in literals)]
    return tuple(dict.fromkeys(kept))


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


_BEFORE_LETTERS = regex.compile(r"^[^\p{L}\p{N}]{1,8}")


def _beginnings(piece: _Piece, where: object) -> tuple[str, ...]:
    """The beginnings by which a rule is filed, without what is trimmed from a block's start too; none if one is empty."""
    trimmed = {_BEFORE_LETTERS.sub("", text) for text, _ in piece.begins}
    return () if where == "end" or "" in trimmed else tuple(sorted(trimmed))


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that holds in one block: the block, the folded range `first:last` in the page's folded text, and the groups."""

    rule: Rule
    block: int
    first: int
    last: int
    name: tuple[int, int] | None = None
    language: str | None = None


_GRAM = 4
_SHORT_GRAM = 2
_HASH_BITS = 18
_PRIME = np.uint32(0x9E3779B1)


def _hashes(codes: NDArray[np.uint32], length: int) -> NDArray[np.uint32]:
    """A hash of every run of `length` codes, shape (len(codes) - length + 1,), `_HASH_BITS` wide."""
    count = len(codes) - length + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint32)
    mixed = codes[:count] * _PRIME
    for step in range(1, length):
        mixed = (mixed ^ codes[step : step + count]) * _PRIME
    return mixed >> np.uint32(32 - _HASH_BITS)


class Phrasebook:
    """All rules behind one literal index. Immutable once made; one is shared by all cleaners and threads."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._by_beginning: dict[str, list[int]] = {}
        by_literal: dict[str, list[int]] = {}
        for number, rule in enumerate(self.rules):
            beginnings = _filing(rule)
            for begin in beginnings:
                self._by_beginning.setdefault(begin, []).append(number)
            for literal in () if beginnings else rule.literals:
                by_literal.setdefault(literal, []).append(number)
        self._tables: list[tuple[int, NDArray[np.bool_], dict[int, list[tuple[str, int, tuple[int, ...]]]]]] = []
        for length, chosen in (
            (_GRAM, [text for text in by_literal if len(text) >= _GRAM]),
            (_SHORT_GRAM, [text for text in by_literal if _SHORT_GRAM <= len(text) < _GRAM]),
        ):
            flags = np.zeros(1 << _HASH_BITS, dtype=np.bool_)
            keyed: dict[int, list[tuple[str, int, tuple[int, ...]]]] = {}
            for text in chosen:
                # A literal is filed under its last gram: endings are rarer than beginnings.
                offset = len(text) - length
                key = int(_hashes(_codes(text[offset:]), length)[0])
                flags[key] = True
                keyed.setdefault(key, []).append((text, offset, tuple(by_literal[text])))
            self._tables.append((length, flags, keyed))

    def candidates(self, folded: FoldedText) -> set[tuple[int, int]]:
        """The pairs (block, rule number) that a regular expression has to decide: beginning, literal and length agree."""
        found: set[tuple[int, int]] = set()
        if not len(folded.codes):
            return found
        lower = folded.codes.tobytes().decode("utf-32-le", "surrogatepass")
        starts, ends = folded.starts.tolist(), folded.ends.tolist()
        rules, by_beginning = self.rules, self._by_beginning
        for block, (place, end) in enumerate(zip(folded.first_letters().tolist(), ends, strict=True)):
            for length in range(1, _PREFIX + 1):
                for number in by_beginning.get(lower[place : place + length], ()):
                    rule = rules[number]
                    if rule.where == "block" and end - place > rule.longest:
                        continue
                    for literal in rule.literals:
                        if lower.find(literal, starts[block], end) >= 0:
                            found.add((block, number))
                            break
        for length, flags, keyed in self._tables:
            if not keyed:
                continue
            hashes = _hashes(folded.codes, length)
            places = np.flatnonzero(flags[hashes])
            blocks = np.searchsorted(folded.starts, places, side="right") - 1
            for place, block, key in zip(places.tolist(), blocks.tolist(), hashes[places].tolist(), strict=True):
                for text, offset, numbers in keyed[key]:
                    if place >= offset and lower.startswith(text, place - offset):
                        for number in numbers:
                            rule = rules[number]
                            if rule.where != "block" or ends[block] - starts[block] <= rule.longest:
                                found.add((block, number))
        return found

    def find(self, folded: FoldedText) -> list[Match]:
        """Every rule that holds on the page, whatever other evidence it needs, in block order."""
        matches = []
        rules = self.rules
        starts, ends, text = folded.starts, folded.ends, folded.text
        for block, number in sorted(self.candidates(folded)):
            rule = rules[number]
            first, last = int(starts[block]), int(ends[block])
            if rule.where == "block":
                found = rule.compiled.fullmatch(text, first, last)
            elif rule.where == "start":
                found = rule.compiled.match(text, first, last)
            else:
                found = rule.compiled.search(text, max(first, last - rule.longest), last)
            if found is None:
                continue
            groups = found.groupdict() if rule.role else {}
            name = found.span("name") if groups.get("name") else None
            matches.append(Match(rule, block, found.start(), found.end(), name, groups.get("language")))
        return matches


def _filing(rule: Rule) -> tuple[str, ...]:
    """The beginnings to file a rule under; none where its literals tell more than they do (a digit begins many lines)."""
    told_by_beginning = min(map(len, rule.begins), default=0)
    told_by_literal = min(map(len, rule.literals), default=0)
    return () if told_by_beginning < _PREFIX - 1 and told_by_literal > _PREFIX else rule.begins


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


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
    """
    return [name.strip(" ,;/&、،·") for name in _BETWEEN_NAMES.split(text) if name.strip(" ,;/&、،·")]


_BETWEEN_NAMES = regex.compile(_AND)


@lru_cache(maxsize=1)
def load() -> Phrasebook:
    """The rules that ship with dechaff, from the index made ahead of time (`make phrases`)."""
    index = resources.files("dechaff") / "phrases" / "index.json"
    rules = []
    for id_, family, where, source, literals, begins, *rest in json.loads(index.read_text("utf-8")):
        rules.append(Rule(id_, family, where, source, tuple(literals), tuple(begins), *rest))
    return Phrasebook(rules)


def dump(rules: Sequence[Rule]) -> str:
    """The index of the rules, as it ships: one line a rule, without the examples."""
    lines = []
    for rule in rules:
        fields = [rule.id, rule.family, rule.where, rule.source, rule.literals, rule.begins, rule.longest]
        lines.append(json.dumps([*fields, rule.role, rule.needs, rule.confidence], ensure_ascii=False))
    return "[\n" + ",\n".join(lines) + "\n]\n"
