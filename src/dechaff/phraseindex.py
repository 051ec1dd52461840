"""The phrase index: the rules in columns, each form filed under what is rare of it (`make phrases` writes it).

A form of a rule is filed under the words with which its matches begin and end, the words in them and, where these are common,
letters in them; a page's words are looked up there (`wordkeys.py`), and what agrees goes to `phrasebook.py`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dechaff.wordkeys import (
    BEGIN,
    EAST_ASIAN,
    END,
    FIRST,
    FIRST_TWO,
    INNER,
    LAST,
    LAST_TWO,
    LETTERS,
    PARTS,
    RUN,
    SIGN,
    TEXT,
    UNCOMMON,
    Filed,
    key_of,
    rarest,
    rarest_run,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dechaff.phraserules import Form, Rule

INDEX = "index.bin"
"""The index's file, beside the phrases."""

BETWEEN_LITERALS, BETWEEN_SETS = "\ue000", "\ue001"
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
        **Strings.of("needed", [BETWEEN_SETS.join(map(BETWEEN_LITERALS.join, sets)) for sets in needed]),
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
            filed += ((each, number * WAYS + _WAY[way]) for each in keys)
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
WAYS = len(_WAY)
"""The ways to file a form, each under a number of its own."""

_BEGIN_KINDS, _END_KINDS = (FIRST, FIRST_TWO, BEGIN), (LAST, LAST_TWO, END)
_WORTHWHILE, _LETTERS_WORTHWHILE = 12, 3
"""A second thing is looked up if that is at most so much commoner, of letters less: trying a form in vain costs a dozen look-ups."""

_WEAK = 5_000.0
_TOO_COMMON = 300_000.0
_MOST_SETS = 4
_SHORT_LITERAL = 4_000_000.0
"""Above which costs letters are looked up too, and a set of literals tells nothing; how many sets are checked; and what a literal
of one letter is taken to cost, if it had no others."""


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
