"""The phrase rules: what stands in `phrases/*.toml`, read and checked.

This is for making the index, for the tests, and for rules of the user's own. The rules that ship come out of the index
(`phraseindex.py`), which holds what was read here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast, get_args

import regex

from dechaff import ahead
from dechaff.late import late_regex
from dechaff.openings import joined, pieces_of
from dechaff.patterns import (
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

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.resources.abc import Traversable

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


_FLAGS = int(regex.IGNORECASE | regex.VERSION0)
_MACRO_MARK = late_regex(r"⟪(\w{1,20})⟫")
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
    return ahead.compiled(*form_source(source, where))


def form_source(source: str, where: Where) -> tuple[str, int]:
    """What is compiled of a form, and the flags."""
    before, after = _AROUND[where]
    expanded = _MACRO_MARK.sub(lambda mark: MACROS[mark[1]], source)
    return f"{before}(?:{expanded}){after}", _FLAGS


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


_LETTER = late_regex(r"[\p{L}\p{N}]")


def rules_from_toml(language: str, text: str, families: Sequence[str]) -> list[Rule]:
    """Read one language's phrase file.

    Raises:
        PhraseError: with file, family and id, if the file is not TOML or an entry cannot be used.
    """
    import tomllib  # noqa: PLC0415  # the rules that ship are read from the index

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


def phrase_files() -> Iterator[Traversable]:
    """The package's phrase files, one a language, by name."""
    folder = resources.files("dechaff") / "phrases"
    yield from sorted(
        (f for f in folder.iterdir() if f.name.endswith(".toml") and f.name != "markup.toml"), key=lambda f: f.name
    )


def read_rules(families: Sequence[str]) -> list[Rule]:
    """All rules of the phrase files, read from the TOML (slow: what ships is the index)."""
    rules = []
    for file in phrase_files():
        rules += rules_from_toml(file.name.removesuffix(".toml"), file.read_text("utf-8"), families)
    return rules
