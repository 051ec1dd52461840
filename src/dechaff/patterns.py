r"""The pattern language of the phrases: a small, bounded subset of regular expressions.

- letters stand for themselves in either case, folded like the text (`folding.py`); a space is one space;
- `(a|b)` groups (never captured), `(?P<name>a|b)` and `(?P<language>a|b)` fill a credit, `[abc]` classes, `\d`, `\w`, `\b`, `.`, `\.` for a full stop;
- `?`, `{n}` and `{m,n}` repeat, `n` at most 400; there is no `*` and no `+`, so every rule is bounded;
- `{name}`, `{names}`, `{language}`, `{rest}`, `{words}`, `{sep}`, `{num}`, `{date}`, `{brand}`,
  `{brands}` are macros (`MACROS`).

A pattern is read into a `regex`, and into what can be looked up before that has to be tried: the texts it lists, how
what it matches begins and ends, the literals that must stand in it, how long it can get.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import regex

from dechaff.folding import fold, lower

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

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
_AND_WORD = (
    r"(?:and|und|et|y|e|ed|en|och|og|i|a|oraz|ter|és|și|și|si|ve|ja|dan|và|na|и|і|та|й|και|و|ו|और|এবং|และ|और|اور)"
)
# One with a capital could be a name as well: of several in a row none joins names, or there were 15,000 ways to read "A A A A".
AND = (
    r"(?:,[ ]and[ ]|,[ ]|、|،[ ]|[ ]?/[ ]?|[ ]?;[ ]|[ ]?&[ ]?"
    rf"|[ ](?:(?-i:{_AND_WORD})|{_AND_WORD}(?![ ]{_AND_WORD}[ ]))[ ]"
    r"|[ ]و|[ ]ו|と|和|与|與|及|・(?=\p{Lu}))"
)

_BRAND = r"(?-i:\p{Lu}|\p{Lo}|\p{N})[\p{L}\p{M}\p{N}'.&!-]{0,30}"

MACROS: dict[str, str] = {
    "name": rf"(?P<name>{_NAME})",
    "names": rf"(?P<name>{_NAME}(?:{AND}{_NAME}){{0,5}})",
    "language": r"(?P<language>[\p{L}\p{M}]{2,24}(?:[ -][\p{L}\p{M}]{2,24}){0,2}?)",
    "rest": r"[^\n]{0,240}",
    "words": r"(?:[^\s.!?。！？]{1,40}(?:[ ][^\s.!?。！？]{1,40}){0,7}[ ]?)?",
    "sep": r"(?:[ ]?[:：|»›>→·•.…–—-]{1,3}[ ]?|[ ]|(?-i:(?<=\p{Ll})(?=\p{Lu}))|(?-i:(?<=\p{Lu}\p{Lu})(?=\p{Lu}\p{Ll})))",
    # The digits are atomic: a repeat of {num} could else take a long number apart in more ways than can be tried.
    "num": r"(?>\d{1,3}(?:[ .,']\d{3}){1,3}(?!\d)|\d{1,9})(?:[.,]\d)?[ ]?(?:[kKmM]\b)?",
    "date": r"[\p{L}\p{M}\p{N}.,/年月日-]{1,20}(?:[ ][\p{L}\p{M}\p{N}.,/年月日-]{1,20}){0,5}[ ]?",
    "brand": rf"{_BRAND}(?:[ ]{_BRAND}){{0,4}}[ ]?",
    # A repeat of {brand} can be read in more ways than can be tried: that brand may itself be several words.
    "brands": rf"(?>{_BRAND})(?:(?:[ ]?[,|/&·#][ ]?|[ ])(?>{_BRAND})){{0,40}}[ ]?",
}
"""What a pattern may call by name in braces. `{name}` and `{names}` fill a credit's name, `{language}` its language."""


class PhraseError(ValueError):
    """A phrase file or a pattern that cannot be used; the message says which and why."""


EDGE = 8
"""How many characters of a beginning or an ending are looked up, a number as one zero."""

_MOST_BEGINS = 256
_FEW = 40
"""How many beginnings are reckoned with in a piece, and how many are filed: more files better and costs memory."""

LONGEST_TEXT = 60
_MOST_TEXTS = 64
"""What is listed in full: with 600 in place of 64 texts the index is a third larger and no faster."""

MOST_LITERALS = 256
_MOST_NEEDED = 6
_FEW_TEXTS = 8
"""How many literals make a set, how many sets are kept, and how many full texts are better than literals of parts."""

Begins: TypeAlias = "frozenset[tuple[str, bool]]"
"""The first `EDGE` characters of everything that a piece matches, each with whether that is the whole match."""

_ANYTHING: Begins = frozenset((("", False),))
_NOTHING: Begins = frozenset((("", True),))
_DIGIT: Begins = frozenset((("0", True),))
_NUMBER: Begins = frozenset((text, True) for text in ("0", "0 ", "0k", "0m", "0 k", "0 m"))


def _followed(first: Begins, second: Begins) -> Begins:
    """The beginnings of one piece followed by another: if they get too many, the longer ones are left as they are."""
    enough = EDGE + 1
    while True:
        short = [text for text, whole in first if whole and (len(text) < enough or not any(map(str.isalnum, text)))]
        if enough == 1 or len(first) + len(short) * len(second) <= _MOST_BEGINS:
            break
        enough -= 1
    found = {(text, False) for text, _ in first.difference((text, True) for text in short)}
    for text in short:
        for more, whole in second:
            joined = zeros(text + more) if text[-1:] in _IN_NUMBER and more[:1] in _IN_NUMBER else text + more
            found.add((joined[:EDGE], whole and len(joined) <= EDGE))
    return _bounded(found)


_IN_NUMBER = ("0", ".", ",", "'", " ")


def _is_decoration(begins: Begins) -> bool:
    return all(whole and not any(map(str.isalnum, text)) for text, whole in begins)


def _bounded(begins: AbstractSet[tuple[str, bool]], most: int = _MOST_BEGINS, least: int = 0) -> Begins:
    """At most `most` beginnings: where many begin alike, what they share, but of that at least `least` characters."""
    for length in range(EDGE - 1, least - 1, -1):
        if len(begins) <= most:
            break
        alike: dict[str, list[tuple[str, bool]]] = {}
        for begin in begins:
            alike.setdefault(begin[0][:length], []).append(begin)
        kept, left = set(begins), len(begins)
        for shared, crowd in sorted(alike.items(), key=lambda item: (-len(item[1]), item[0])):
            if len(shared) < length or len(crowd) == 1 or left <= most:
                continue
            kept.difference_update(crowd)
            kept.add((shared, False))
            left -= len(crowd) - 1
        begins = kept
    return _ANYTHING if ("", False) in begins else frozenset(begins)


def _times(first: frozenset[str] | None, second: frozenset[str] | None) -> frozenset[str] | None:
    """Every text of the first followed by every text of the second; None if that is too many."""
    if first is None or second is None or len(first) * len(second) > _MOST_TEXTS:
        return None
    return frozenset(a + b for a in first for b in second)


@dataclass(frozen=True, slots=True)
class Piece:
    """A parsed part of a pattern.

    Attributes:
        source: its regex, macros marked by name.
        needed: sets of literals; of each set one stands in everything the piece matches. The strongest come first.
        longest: its longest match.
        begins, ends: how everything that it matches begins, and ends, the endings spelled backwards.
        texts: all that it matches, lower-cased, if that is a list of at most `_MOST_TEXTS` texts.
        branches: the alternatives, if it is nothing but alternatives.
    """

    source: str
    needed: tuple[tuple[str, ...], ...] = ()
    longest: int = 0
    begins: Begins = _ANYTHING
    ends: Begins = _ANYTHING
    texts: frozenset[str] | None = None
    branches: tuple[Piece, ...] = ()


def strength(texts: Sequence[str]) -> int:
    """How much the weakest of some texts tells: a letter counts as one, an East Asian one or a sign as two."""
    return min((sum(_weight(character) for character in text) for text in texts), default=0)


def _telling(texts: Sequence[str]) -> tuple[int, int]:
    return strength(texts), min(map(len, texts))


def _weight(character: str) -> int:
    if character == " ":
        return 0
    return 1 if character in ".,'-" or (character.isalnum() and character < "\u2e80") else 2


def _literal(text: str, source: str) -> Piece:
    needed = ((text,),) if text else ()
    return Piece(source, needed, len(text), _edge(zeros(text)), _edge(zeros(text[::-1])), frozenset((text,)))


def _edge(text: str) -> Begins:
    return frozenset(((text[:EDGE], len(text) <= EDGE),))


def zeros(text: str) -> str:
    """The text with one zero for each number, thousands and decimals and all.

    >>> zeros("1,234 of 10.5 000")
    '0 of 0'
    """
    return _NUMBERS.sub("0", text)


_NUMBERS = regex.compile(r"\d(?:[., ']?\d){0,400}")


def either(branches: Sequence[Piece]) -> Piece:
    """The piece that matches what one of several does."""
    needed: tuple[tuple[str, ...], ...] = ()
    if all(branch.needed for branch in branches):
        sets = [
            tuple(dict.fromkeys(text for b in branches for text in b.needed[min(number, len(b.needed) - 1)]))
            for number in range(max(len(branch.needed) for branch in branches))
        ]
        needed = _strongest(sets)
    texts: frozenset[str] | None = None
    if all(branch.texts is not None for branch in branches):
        texts = frozenset().union(*(branch.texts or () for branch in branches))
        texts = texts if len(texts) <= _MOST_TEXTS else None
    return Piece(
        "(?:" + "|".join(branch.source for branch in branches) + ")",
        needed,
        max(branch.longest for branch in branches),
        _bounded(frozenset().union(*(branch.begins for branch in branches))),
        _bounded(frozenset().union(*(branch.ends for branch in branches))),
        texts,
        tuple(part for branch in branches for part in (branch.branches or (branch,))),
    )


def _one_after_another(pieces: Sequence[Piece]) -> Piece:
    """The piece that matches what several do, in a row."""
    runs: list[Piece] = []
    for piece in pieces:
        if runs and _is_one_text(piece) and _is_one_text(runs[-1]):
            text = "".join((*(runs[-1].texts or ()), *(piece.texts or ())))
            runs[-1] = _literal(text, runs[-1].source + piece.source)
        else:
            runs.append(piece)
    if len(runs) == 1:
        return runs[0]
    begins = ends = _NOTHING
    texts: frozenset[str] | None = frozenset(("",))
    for piece, mirrored in zip(runs, reversed(runs), strict=True):
        begins = _followed(begins, piece.begins)
        ends = _followed(ends, mirrored.ends)
        texts = _times(texts, piece.texts)
    needed = _strongest([literals for piece in runs for literals in piece.needed])
    if texts is not None and len(texts) <= _FEW_TEXTS:
        needed = (tuple(sorted(texts)),)
    return Piece(
        "".join(piece.source for piece in runs), needed, sum(piece.longest for piece in runs), begins, ends, texts
    )


def _is_one_text(piece: Piece) -> bool:
    return piece.texts is not None and len(piece.texts) == 1


def _strongest(needed: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    kept = sorted((literals for literals in needed if len(literals) <= MOST_LITERALS), key=_telling, reverse=True)
    return tuple(dict.fromkeys(literals for literals in kept if literals is kept[0] or strength(literals) > 1))[
        :_MOST_NEEDED
    ]


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
    "brands": 1400,
}
_MACRO_EDGES = {"num": (_NUMBER, frozenset((text, True) for text in ("0", " 0", "k0", "m0", "k 0", "m 0")))}
_ESCAPES = "dwbsDWBS"


class Parser:
    """Reads one pattern of the phrase language, left to right, without backtracking."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0
        self.depth = 0

    def fail(self, why: str) -> PhraseError:
        """The error to raise, with the place that was reached."""
        return PhraseError(f"{why} at character {self.place} of the pattern {self.pattern!r}")

    def parse(self) -> Piece:
        """Read all of it."""
        piece = self.alternatives()
        if self.place < len(self.pattern):
            raise self.fail("a ')' too many")
        return piece

    def alternatives(self) -> Piece:
        """Read up to a closing bracket or the end."""
        branches = [self.sequence()]
        while self.pattern.startswith("|", self.place):
            self.place += 1
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else either(branches)

    def sequence(self) -> Piece:
        """Read one alternative."""
        pieces: list[Piece] = []
        while self.place < len(self.pattern) and self.pattern[self.place] not in "|)":
            pieces.append(self.repeated())
        if self.depth == 0 and len(pieces) > 1 and _is_decoration(pieces[0].begins):
            # It is trimmed from a block too before that is looked up.
            pieces[0] = replace(pieces[0], begins=_NOTHING)
        return pieces[0] if len(pieces) == 1 else _one_after_another(pieces)

    def repeated(self) -> Piece:
        """Read an atom and how often it may stand."""
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
        source = piece.source if _SINGLE.fullmatch(piece.source) else f"(?:{piece.source})"
        source += "?" if (low, high) == (0, 1) else f"{{{low},{high}}}"
        begins, ends = piece.begins, piece.ends
        for _ in range(min(high, EDGE) - 1):
            begins = _bounded(piece.begins | _followed(piece.begins, begins))
            ends = _bounded(piece.ends | _followed(piece.ends, ends))
        power: frozenset[str] | None = frozenset(("",))
        texts: frozenset[str] | None = frozenset()
        for count in range(high + 1):
            if texts is None or power is None:
                texts = None
                break
            if count >= low:
                texts |= power
            power = _times(power, piece.texts)
        if not low:
            begins |= _NOTHING
            ends |= _NOTHING
        needed = piece.needed if low else ()
        return Piece(source, needed, piece.longest * high, _bounded(begins), _bounded(ends), texts)

    def atom(self) -> Piece:
        """Read a group, a class, a macro, an escape or a character."""
        character = self.pattern[self.place]
        self.place += 1
        if character == "(":
            named = _NAMED_GROUP.match(self.pattern, self.place)
            if named:
                self.place = named.end()
            elif self.pattern.startswith("?:", self.place):
                self.place += 2
            elif self.pattern.startswith("?", self.place):
                raise self.fail("only plain groups, and those called name or language")
            self.depth += 1
            piece = self.alternatives()
            self.depth -= 1
            if not self.pattern.startswith(")", self.place):
                raise self.fail("a '(' without ')'")
            self.place += 1
            return replace(piece, source=f"({named[0]}{piece.source})", branches=()) if named else piece
        if character == "[":
            return self.class_()
        if character == "{":
            close = self.pattern.find("}", self.place)
            name = self.pattern[self.place : close]
            if close < 0 or name not in MACROS:
                raise self.fail(f"no macro {{{name}}}; there are {', '.join(MACROS)}")
            self.place = close + 1
            return Piece(f"⟪{name}⟫", (), _MACRO_LONGEST[name], *_MACRO_EDGES.get(name, (_ANYTHING, _ANYTHING)))
        if character == "\\":
            return self.escape()
        if character == ".":
            return Piece("[^\\n]", (), 1)
        if character in "*+?":
            raise self.fail(f"'{character}' has nothing to repeat")
        return _character(character)

    def class_(self) -> Piece:
        """Read a class, behind its opening bracket."""
        close = self.pattern.find("]", self.place + 1)
        while close > 0 and self.pattern[close - 1] == "\\":
            close = self.pattern.find("]", close + 1)
        if close < 0:
            raise self.fail("a '[' without ']'")
        inside = self.pattern[self.place : close]
        self.place = close + 1
        if inside in ("0-9", "\\d"):
            return Piece("\\d", (), 1, _DIGIT, _DIGIT)
        characters = regex.findall(r"\\?.", inside)
        if inside.startswith("^") or len(characters) > 24 or regex.search(r"[\w\]]-\w|\\\w", inside):
            return Piece(f"[{inside}]", (), 1)
        texts = frozenset(lower(character[-1]) for character in characters)
        begins: Begins = frozenset((zeros(text), True) for text in texts)
        return Piece(f"[{inside}]", (tuple(sorted(texts)),), 1, begins, begins, texts)

    def escape(self) -> Piece:
        """Read what stands behind a backslash."""
        escaped = self.pattern[self.place : self.place + 1]
        self.place += 1
        if escaped and escaped in _ESCAPES:
            begins = {"d": _DIGIT, "b": _NOTHING, "B": _NOTHING, "s": frozenset(((" ", True),))}.get(escaped, _ANYTHING)
            return Piece("\\" + escaped, (), 0 if escaped in "bB" else 1, begins, begins)
        if not escaped or escaped.isalnum():
            raise self.fail(f"no escape \\{escaped}")
        return _literal(escaped, _escaped(escaped))


_NAMED_GROUP = regex.compile(r"\?P<(?:name|language)>")

_SINGLE = regex.compile(r"[^\\⟪]|\\.|\[(?:[^]\\]|\\.){1,80}\]")
"""A source that a repeat may follow without brackets around it."""


def _escaped(text: str) -> str:
    return regex.escape(text, special_only=True, literal_spaces=True)


@cache
def _character(character: str) -> Piece:
    folded = fold(character)
    return _literal(lower(folded), _escaped(folded))


_AFTER_DIGIT = regex.compile(r"(?<=0)[., ']$")
_BEFORE_LETTERS = regex.compile(r"^[^\p{L}\p{N}]{1,8}")


def looked_up(begins: Begins) -> tuple[str, ...]:
    """The beginnings (or endings) that are looked up, without what is trimmed from a block too; none if one is empty.

    They are as long as leaves few enough different ones: what is common needs length to tell, and length costs memory.
    """
    # After a digit, what may belong to a number may also be followed by more of it.
    trimmed = {(_AFTER_DIGIT.sub("", _BEFORE_LETTERS.sub("", text)), False) for text, _ in begins}
    return without_longer(tuple(sorted(text for text, _ in _bounded(trimmed, _FEW, 4) if text)), str.startswith)


def without_longer(texts: tuple[str, ...], holds: Callable[[str, str], bool] = str.__contains__) -> tuple[str, ...]:
    """Without the texts that hold another one: whoever finds the shorter finds the longer too."""
    return tuple(text for text in texts if not any(other != text and holds(text, other) for other in texts))
