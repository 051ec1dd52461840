"""Patterns of the module `regex` that were compiled before dechaff was released.

`regex` compiles in Python, a millisecond a pattern, and a first page asks for a hundred: that was half of the time in which the command cleans
one. What it makes of a pattern is a short code, by which it also pickles one. `compiled.bin` has the codes of all patterns that ship
(`make phrases` writes it), each filed under its pattern and flags, so one that has changed since is just compiled.

Codes are of no use to a `regex` that gives them another meaning. So they count only where the one that is installed has the same
operations and makes of `SPECIMEN`, which has a bit of everything, what that made which wrote them. Else all is compiled as ever.
"""

from __future__ import annotations

import copyreg
import json
import sys
import zlib
from array import array
from bisect import bisect_left
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import regex

from dechaff.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

COMPILED = "compiled.bin"
"""The file, in the package's folder."""

SPECIMEN = (
    r"x[^\p{L}]{0,40}(?:(?P<name>(?-i:\p{Lu}\p{Ll}{0,30})(?:[ ]\p{M}){1,2}?)|é\p{Han}\p{Hiragana}ー\p{Katakana}\p{Hangul}"
    r"|ß(?>\p{N}{1,3}|ab?)\p{Nd}|(?<![\p{Lo}])\w\W\d\D\s\S\b\B.(?!ñ)|(?<=z)o++(?=\p{Arabic}\p{Hebrew})[a-f]*?[^.\n]+"
    r"\p{Devanagari}\p{Bengali}|\p{Thai}\p{Sc}(?i:k)^q|v(?=u)\p{So}{1,2}+[\p{P}]?+\p{Lt}*+\d+?\w??e|j(?m:^l$)(?s:.)\Z)$"
)
"""No two of its parts may begin in one place: of such `regex` makes sets, in an order that differs from run to run."""
SPECIMEN_FLAGS = int(regex.IGNORECASE | regex.VERSION0)

Parts: TypeAlias = "tuple[bytes, list[Any]]"


def compiled(source: str, flags: int = 0) -> regex.Pattern[str]:
    """What `regex.compile` gives, faster where the pattern is one that ships.

    Args:
        source: the pattern.
        flags: its flags.

    Raises:
        regex.error: the pattern is wrong.
    """
    ahead = _ahead()
    found = ahead.pattern(source, flags) if ahead else None
    return regex.compile(source, flags) if found is None else found


def is_of_use() -> bool:
    """Whether the patterns compiled ahead are for the `regex` that is installed."""
    return _ahead() is not None


class _Ahead:
    """The codes of `compiled.bin`: sorted keys, where the code of each ends, and the codes, deflated with one dictionary for all."""

    def __init__(self, data: bytes, place: int, count: int, known: int) -> None:
        self._make = cast("Callable[..., Any]", copyreg.dispatch_table[regex.Pattern](_specimen())[0])
        self._keys = _column("Q", data, place, count)
        place += count * self._keys.itemsize
        self._ends = _column("I", data, place, count)
        place += count * self._ends.itemsize
        self._dictionary = data[place : place + known]
        self._data, self._first = data, place + known

    def pattern(self, source: str, flags: int) -> regex.Pattern[str] | None:
        key = key_of(source, flags)
        row = bisect_left(self._keys, key)
        if row == len(self._keys) or self._keys[row] != key:
            return None
        first, last = self._ends[row - 1] if row else 0, self._ends[row]
        packed = self._data[self._first + first : self._first + last]
        unpacked = zlib.decompressobj(_RAW, self._dictionary).decompress(packed)
        rest, _, code = unpacked.partition(b"\n")
        return cast("regex.Pattern[str]", _put_together(self._make, source, (code, json.loads(rest))))


@lru_cache(maxsize=1)
def _ahead() -> _Ahead | None:
    """The patterns that were compiled ahead, None if they are of no use to the `regex` that is installed."""
    specimen = taken_apart(_specimen())
    data = shipped(COMPILED)
    place = data.index(b"\n") + 1
    made, count, known = json.loads(data[:place])
    if specimen is None or made != [specimen[0].hex(), specimen[1], operations()]:
        return None
    return _Ahead(data, place, count, known)


@lru_cache(maxsize=1)
def _specimen() -> regex.Pattern[str]:
    return regex.compile(SPECIMEN, SPECIMEN_FLAGS)


def operations() -> int:
    """A checksum of the operations that a code is made of, by name and number; 0 if this `regex` keeps them elsewhere."""
    known: Mapping[str, object] = vars(getattr(import_module("regex._regex_core"), "OP", type))
    numbers = sorted((name, number) for name, number in known.items() if isinstance(number, int))
    return zlib.crc32(repr(numbers).encode()) if numbers else 0


def key_of(source: str, flags: int) -> int:
    """Under what a pattern is filed: two checksums, of its text forwards and backwards."""
    text = f"{int(flags)} {source}".encode("utf-8", "surrogatepass")
    return zlib.crc32(text) << 32 | zlib.crc32(text[::-1])


def keys_of(data: bytes) -> list[int]:
    """Under what the patterns are filed that `dump` gave."""
    place = data.index(b"\n") + 1
    return list(_column("Q", data, place, json.loads(data[:place])[1]))


def _column(kind: str, data: bytes, place: int, count: int) -> array[int]:
    column = array(kind)
    column.frombytes(data[place : place + count * column.itemsize])
    if sys.byteorder == "big":
        column.byteswap()
    return column


def taken_apart(pattern: regex.Pattern[str]) -> Parts | None:
    """The code of a pattern and what goes with it; None if this `regex` pickles in another way, or the pattern has named lists."""
    reduce = copyreg.dispatch_table.get(type(pattern))
    arguments = reduce(pattern)[1] if reduce else ()
    if not isinstance(arguments, tuple) or len(arguments) != _ARGUMENTS:
        return None
    _, flags, code, numbers, _, _, _, offset, characters, required, groups = arguments
    if not isinstance(code, bytes):
        return None
    parts = code, [flags, numbers, offset, list(characters), required, groups]
    as_arguments: list[Any] = []
    _put_together(lambda *given: as_arguments.extend(given), arguments[0], parts)
    return parts if tuple(as_arguments) == arguments else None


_ARGUMENTS = 11


def _put_together(make: Callable[..., Any], source: str, parts: Parts) -> Any:
    code, (flags, numbers, offset, characters, required, groups) = parts
    names = {number: name for name, number in numbers.items()}
    return make(source, flags, code, numbers, names, {}, [], offset, tuple(characters), required, groups)


def dump(patterns: Iterable[tuple[str, int]]) -> bytes:
    """What `compiled.bin` holds of some patterns, each with its flags.

    Raises:
        ValueError: the `regex` that is installed pickles in a way that is not known here.
    """
    specimen = taken_apart(_specimen())
    if specimen is None:
        raise ValueError(
            f"regex {regex.__version__} pickles its patterns in another way: dechaff/ahead.py needs a look"
        )
    codes: dict[int, bytes] = {}
    for source, flags in patterns:
        parts = taken_apart(regex.compile(source, flags))
        if parts is not None:
            codes[key_of(source, flags)] = json.dumps(parts[1], separators=(",", ":")).encode() + b"\n" + parts[0]
    keys = sorted(codes)
    dictionary = b"".join(codes[key] for key in keys[:: len(keys) // _SAMPLED + 1])[-_DICTIONARY:]
    packed = []
    for key in keys:
        deflate = zlib.compressobj(9, zlib.DEFLATED, _RAW, 9, zlib.Z_DEFAULT_STRATEGY, dictionary)
        packed.append(deflate.compress(codes[key]) + deflate.flush())
    ends, end = [], 0
    for each in packed:
        end += len(each)
        ends.append(end)
    head = json.dumps([[specimen[0].hex(), specimen[1], operations()], len(keys), len(dictionary)])
    columns = [array("Q", keys), array("I", ends)]
    if sys.byteorder == "big":
        for column in columns:
            column.byteswap()
    return b"".join([f"{head}\n".encode(), *(column.tobytes() for column in columns), dictionary, *packed])


_RAW = -15
"""Deflated without a header."""

_SAMPLED, _DICTIONARY = 100, 1 << 14
"""The dictionary is made of so many codes, and is so long at most."""
