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
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import regex

from dechaff.folding import fold, lower
from dechaff.late import late_regex
from dechaff.openings import (
    ANYTHING,
    NOTHING,
    NUMBER,
    SIGN,
    Openings,
    bounded,
    followed,
    joined,
    of_text,
    opens_with_sign,
    repeated,
    wording,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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


LONGEST_TEXT = 60
_MOST_TEXTS = 64
"""What is listed in full: with 600 in place of 64 texts the index is a third larger and no faster."""

MOST_LITERALS = 256
_MOST_NEEDED = 6
_FEW_TEXTS = 8
_FEW = 64
"""How many literals make a set, how many sets are kept, how many full texts are better than literals of parts, and how many texts
of pieces in a row are listed together."""

_NUMBER: Openings = frozenset((text, True) for text in ("0", "0 ", "0k", "0m", "0 k", "0 m"))
_MIRRORED_NUMBER: Openings = frozenset((text, True) for text in ("0", " 0", "k0", "m0", "k 0", "m 0"))
_SEPARATOR: Openings = frozenset(((" ", True), ("", True)))

_MOST_INNER = 256
_MOST_INNER_SETS = 4
"""How many wordings make a set of which one stands in every match, and how many sets are kept."""


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
        begins, ends: how everything that it matches opens, and how it ends, the endings mirrored.
        texts: all that it matches, lower-cased, if that is a list of at most `_MOST_TEXTS` texts.
        branches: the alternatives, if it is nothing but alternatives.
        inner: sets of wordings; of each set one stands in everything the piece matches. `FIRST` before one says that it stands
            at the match's beginning, `LAST` behind one that it stands at its end.
    """

    source: str
    needed: tuple[tuple[str, ...], ...] = ()
    longest: int = 0
    begins: Openings = ANYTHING
    ends: Openings = ANYTHING
    texts: frozenset[str] | None = None
    branches: tuple[Piece, ...] = ()
    inner: tuple[frozenset[str], ...] = ()


def strength(texts: Sequence[str]) -> int:
    """How much the weakest of some texts tells: a letter counts as one, an East Asian one or a sign as two."""
    return min(map(_weight_of, texts), default=0)


@lru_cache(1 << 14)
def _weight_of(text: str) -> int:
    return sum(map(_weight, text))


def _telling(texts: Sequence[str]) -> tuple[int, int]:
    return strength(texts), min(map(len, texts))


def _weight(character: str) -> int:
    if character == " ":
        return 0
    return 1 if character in ".,'-" or (character.isalnum() and character < "\u2e80") else 2


FIRST, LAST = "\ue002", "\ue003"
"""Marks of where a wording stands in a match: private use, so no literal has them."""


def _literal(text: str, source: str) -> Piece:
    needed = ((text,),) if text else ()
    return Piece(
        source,
        needed,
        len(text),
        of_text(text),
        of_text(text[::-1]),
        frozenset((text,)),
        inner=_standing(frozenset((wording(text),))),
    )


def _standing(texts: frozenset[str]) -> tuple[frozenset[str], ...]:
    """The one set of a piece that matches these wordings and no others."""
    return (frozenset(f"{FIRST}{text}{LAST}" for text in texts),)


def either(branches: Sequence[Piece]) -> Piece:
    """The piece that matches what one of several does."""
    needed: tuple[tuple[str, ...], ...] = ()
    if all(branch.needed for branch in branches):
        sets = [
            tuple(dict.fromkeys(text for b in branches for text in b.needed[min(number, len(b.needed) - 1)]))
            for number in range(max(len(branch.needed) for branch in branches))
        ]
        needed = _strongest(sets)
    inner: tuple[frozenset[str], ...] = ()
    if all(branch.inner for branch in branches):
        inner = _telling_most(
            frozenset().union(*(branch.inner[min(number, len(branch.inner) - 1)] for branch in branches))
            for number in range(max(len(branch.inner) for branch in branches))
        )
    texts: frozenset[str] | None = None
    if all(branch.texts is not None for branch in branches):
        texts = frozenset().union(*(branch.texts or () for branch in branches))
        texts = texts if len(texts) <= _MOST_TEXTS else None
    return Piece(
        "(?:" + "|".join(branch.source for branch in branches) + ")",
        needed,
        max(branch.longest for branch in branches),
        bounded(frozenset().union(*(branch.begins for branch in branches))),
        bounded(frozenset().union(*(branch.ends for branch in branches))),
        texts,
        tuple(part for branch in branches for part in (branch.branches or (branch,))),
        inner,
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
    begins = ends = NOTHING
    texts: frozenset[str] | None = frozenset(("",))
    for piece, mirrored in zip(runs, reversed(runs), strict=True):
        begins = followed(begins, piece.begins)
        ends = followed(ends, mirrored.ends)
        texts = _times(texts, piece.texts)
    needed = _strongest([*(literals for piece in runs for literals in piece.needed), *_listed_together(runs)])
    if texts is not None and len(texts) <= _FEW_TEXTS:
        needed = (tuple(sorted(texts)),)
    return Piece(
        "".join(piece.source for piece in runs),
        needed,
        sum(piece.longest for piece in runs),
        begins,
        ends,
        texts,
        inner=_inner_of(runs),
    )


def _listed_together(pieces: Sequence[Piece]) -> Iterator[tuple[str, ...]]:
    """The texts of pieces in a row that list theirs: "(photo" and "[photo" tell more than "photo" does."""
    texts: frozenset[str] = frozenset(("",))
    count = 0
    for piece in (*pieces, None):
        more = piece.texts if piece else None
        both = frozenset(a + b for a in texts for b in more) if more and len(texts) * len(more) <= _FEW else None
        if both is None:
            if count > 1 and "" not in texts:
                yield tuple(sorted(texts))
            texts, count = more or frozenset(("",)), 1 if more else 0
        else:
            texts, count = both, count + 1


def _inner_of(pieces: Sequence[Piece]) -> tuple[frozenset[str], ...]:
    """Of pieces in a row the wordings of which one stands in every match: of those that list their texts all together."""
    found: list[frozenset[str]] = []
    first = 0
    while first < len(pieces):
        listed: frozenset[str] | None = None
        last = first
        while last < len(pieces):
            more = _wordings(pieces[last])
            both = more if listed is None or more is None else frozenset(joined(a, b) for a in listed for b in more)
            if both is None or len(both) > _MOST_INNER:
                break
            listed = both
            last += 1
        sets = pieces[first].inner if listed is None else _standing(listed)
        last = max(last, first + 1)
        before = " " if first and opens_with_sign(pieces[first - 1].ends) else ""
        after = " " if last < len(pieces) and opens_with_sign(pieces[last].begins) else ""
        found += (
            frozenset(_placed(text, before, after, first == 0, last == len(pieces)) for text in texts) for texts in sets
        )
        first = last
    return _telling_most(found)


def _wordings(piece: Piece) -> frozenset[str] | None:
    return None if piece.texts is None else frozenset(map(wording, piece.texts))


def _placed(text: str, before: str, after: str, is_first: bool, is_last: bool) -> str:
    """A wording with what is known of the signs around its piece, in place of the marks that are no longer true."""
    if text[:1] == FIRST and not is_first:
        text = joined(before, text[1:])
    if text[-1:] == LAST and not is_last:
        text = joined(text[:-1], after)
    return text


def inner_words(text: str) -> tuple[str, ...]:
    """The words that stand whole in a wording. A number does wherever it stands: with more digits it is a number too.

    >>> inner_words(" of photos by"), inner_words("photo"), inner_words("in 0")
    (('of', 'photos'), (), ('0',))
    """
    words = words_of(text)
    if words and text[0] not in " 0":
        words = words[1:]
    if words and text[-1] not in " 0":
        words = words[:-1]
    return words


def _telling_most(sets: Iterable[frozenset[str]]) -> tuple[frozenset[str], ...]:
    """Of sets of wordings the few that tell most: the weakest wording has long words."""
    ranked = []
    for texts in dict.fromkeys(sets):
        words = [inner_words(text.replace(FIRST, " ").replace(LAST, " ")) for text in texts]
        if words and all(words) and len(texts) <= _MOST_INNER:
            ranked.append((-min(max(map(strength_of, each)) for each in words), len(texts), sorted(texts), texts))
    return tuple(texts for *_, texts in sorted(ranked, key=lambda item: item[:3])[:_MOST_INNER_SETS])


def strength_of(word: str) -> int:
    """How much one word tells."""
    return strength((word,))


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
_MACRO_EDGES = {"num": (_NUMBER, _MIRRORED_NUMBER), "sep": (_SEPARATOR, _SEPARATOR)}
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
            plain = _PLAIN.match(self.pattern, self.place)
            if plain:
                self.place = plain.end()
                folded = "".join(map(_folded, plain[0]))
                pieces.append(_literal(lower(folded), _escaped(folded)))
            else:
                pieces.append(self.repeated())
        return pieces[0] if len(pieces) == 1 else _one_after_another(pieces)

    def repeated(self) -> Piece:
        """Read an atom and how often it may stand."""
        piece = self.atom()
        behind = self.pattern[self.place : self.place + 1]
        low, high = 1, 1
        if behind == "?":
            low, high = 0, 1
            self.place += 1
        elif behind == "{" and (bounds := _BOUNDS.match(self.pattern, self.place)):
            low = int(bounds[1])
            high = int(bounds[2] or bounds[1])
            self.place = bounds.end()
        elif behind in ("*", "+"):
            raise self.fail(f"'{behind}' is unbounded: write {{0,n}} or {{1,n}}")
        if (low, high) == (1, 1):
            return piece
        if high > LONGEST_REPEAT or low > high:
            raise self.fail(f"a repeat of {low} to {high}: the upper bound may be {LONGEST_REPEAT}")
        source = piece.source if _SINGLE.fullmatch(piece.source) else f"(?:{piece.source})"
        source += "?" if (low, high) == (0, 1) else f"{{{low},{high}}}"
        begins, ends = repeated(piece.begins, high), repeated(piece.ends, high)
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
            begins |= NOTHING
            ends |= NOTHING
        needed = piece.needed if low else ()
        inner = piece.inner if low else ()
        if high > 1:
            inner = _telling_most(frozenset(_placed(text, "", "", False, False) for text in texts) for texts in inner)
        return Piece(source, needed, piece.longest * high, bounded(begins), bounded(ends), texts, inner=inner)

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
            return Piece(f"⟪{name}⟫", (), _MACRO_LONGEST[name], *_MACRO_EDGES.get(name, (ANYTHING, ANYTHING)))
        if character == "\\":
            return self.escape()
        if character == ".":
            return Piece("[^\\n]", (), 1)
        if character in "*+?":
            raise self.fail(f"'{character}' has nothing to repeat")
        folded = _folded(character)
        return _literal(lower(folded), _escaped(folded))

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
            return Piece("\\d", (), 1, NUMBER, NUMBER, inner=_standing(frozenset("0")))
        characters = regex.findall(r"\\?.", inside)
        if inside.startswith("^") or len(characters) > 24 or regex.search(r"[\w\]]-\w|\\\w", inside):
            return Piece(f"[{inside}]", (), 1)
        texts = frozenset(lower(character[-1]) for character in characters)
        wordings = frozenset(map(wording, texts))
        begins: Openings = frozenset((text, True) for text in wordings)
        return Piece(f"[{inside}]", (tuple(sorted(texts)),), 1, begins, begins, texts, inner=_standing(wordings))

    def escape(self) -> Piece:
        """Read what stands behind a backslash."""
        escaped = self.pattern[self.place : self.place + 1]
        self.place += 1
        if escaped and escaped in _ESCAPES:
            begins = {"d": NUMBER, "b": SIGN, "B": NOTHING, "s": SIGN}.get(escaped, ANYTHING)
            inner = _standing(frozenset("0")) if escaped == "d" else ()
            return Piece("\\" + escaped, (), 0 if escaped in "bB" else 1, begins, begins, inner=inner)
        if not escaped or escaped.isalnum():
            raise self.fail(f"no escape \\{escaped}")
        return _literal(escaped, _escaped(escaped))


_PLAIN = late_regex(r"[^()|\[\]{}\\.*+?]{1,400}(?![?*+]|\{\d)")
"""Characters that stand for themselves, up to one that a repeat follows."""

_BOUNDS = late_regex(r"\{(\d{1,9})(?:,(\d{1,9}))?\}")
_NAMED_GROUP = late_regex(r"\?P<(?:name|language)>")

_SINGLE = late_regex(r"[^\\⟪]|\\.|\[(?:[^]\\]|\\.){1,80}\]")
"""A source that a repeat may follow without brackets around it."""


def _escaped(text: str) -> str:
    return regex.escape(text, special_only=True, literal_spaces=True)


_folded = cache(fold)
"""Each character is folded alone: a pattern is not closed up as a letter-spaced word is."""


def without_longer(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Without the texts that hold another one: whoever finds the shorter finds the longer too."""
    return tuple(text for text in texts if not any(other != text and other in text for other in texts))
