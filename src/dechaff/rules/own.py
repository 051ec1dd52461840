"""Our own format: TOML with `[[phrase]]`, `[[cut]]` and `[[keep]]` tables."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import regex

from dechaff.page import tokens_of
from dechaff.rules.model import Act, ElementRule, Found, Hosts
from dechaff.selecting import SelectorError, css_selector

if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLE = regex.compile(r"^\[\[\s{0,8}([\w-]{1,40})\s{0,8}\]\]\s{0,80}(?:\#.*)?$", regex.MULTILINE)
_DEFAULT_KEYS = {"family", "hosts"}
_ELEMENT_KEYS = {"tokens", "select", "hosts", "note"}
_PHRASE_KEYS = {"id", "pattern", "where", "role", "confidence", "family", "hosts", "hit", "miss", "note"}
_KEYS = {"phrase": _PHRASE_KEYS, "cut": _ELEMENT_KEYS | {"family"}, "keep": _ELEMENT_KEYS}
_FAMILY = regex.compile(r"[a-z][a-z0-9-]{0,40}")
_HOST = regex.compile(r"~?(?:[\p{L}\p{N}_-]{1,63}\.){0,10}[\p{L}\p{N}_-]{1,63}")
_UNTESTED = ["-"]
"""Stands for the examples where a user gives none: in the phrase files that ship they are demanded."""


class _Refused(Exception):  # noqa: N818  # it is not an error of ours
    """A table that cannot be used, and why."""


def read_own_rules(name: str, text: str, found: Found) -> None:
    """Read one file. Tables are read one by one, so that a broken one takes no other along.

    Args:
        name: the file's name, for rule ids and problems.
        text: what is in it.
        found: takes the rules and the problems.
    """
    defaults: dict[str, Any] = {}
    for line, table, chunk in _chunks(text):
        try:
            if table:
                _read_table(f"{name}:{line}", table, chunk, defaults, found)
            else:
                defaults = _defaults(tomllib.loads(chunk))
        except tomllib.TOMLDecodeError as error:
            found.problems.append(f"{name}:{line + _line_of(error)}: this is not TOML: {error}")
        except _Refused as error:
            found.problems.append(f"{name}:{line}: {error}")


def _read_table(place: str, table: str, chunk: str, defaults: dict[str, Any], found: Found) -> None:
    if table not in _KEYS:
        raise _Refused(f"no table [[{table}]]; there are {', '.join(f'[[{key}]]' for key in _KEYS)}")
    entry = tomllib.loads(chunk)[table][0]
    unknown = sorted(set(entry) - _KEYS[table])
    if unknown:
        raise _Refused(f"unknown key {', '.join(unknown)}; there are {', '.join(sorted(_KEYS[table]))}")
    if table == "phrase":
        _read_phrase(place, {**defaults, **entry}, found)
    else:
        _read_elements(place, table, {**defaults, **entry}, found)


def _chunks(text: str) -> Iterator[tuple[int, str, str]]:
    """The head of the file and each table: the line it begins in, its name ("" for the head), its text."""
    heads = list(_TABLE.finditer(text))
    yield 1, "", text[: heads[0].start() if heads else len(text)]
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        stop = following.start() if following else len(text)
        yield text.count("\n", 0, head.start()) + 1, head[1], text[head.start() : stop]


def _line_of(error: tomllib.TOMLDecodeError) -> int:
    match = regex.search(r"line (\d{1,9})", str(error))
    return int(match[1]) - 1 if match else 0


def _defaults(head: dict[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(head) - _DEFAULT_KEYS)
    if unknown:
        raise _Refused(
            f"unknown key {', '.join(unknown)}; before the first table there are {', '.join(sorted(_DEFAULT_KEYS))}"
        )
    _family_of(head)
    _hosts_of(head)
    return head


def _texts(entry: dict[str, Any], key: str) -> list[str]:
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
        raise _Refused(f"{key} is a list of texts")
    return value


def _family_of(entry: dict[str, Any]) -> str:
    family = entry.get("family", "ads")
    if not isinstance(family, str) or not _FAMILY.fullmatch(family):
        raise _Refused(f"family is {family!r}; it is a name in lower case, such as ads")
    return family


def _hosts_of(entry: dict[str, Any]) -> Hosts:
    hosts = _texts(entry, "hosts")
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise _Refused(f"hosts: {host!r} is no host name, such as example.com")
    names = [host.lower().removeprefix("www.") for host in hosts]
    return Hosts(
        tuple(name for name in names if name[0] != "~"),
        tuple(name[1:].removeprefix("www.") for name in names if name[0] == "~"),
    )


def _read_elements(place: str, table: str, entry: dict[str, Any], found: Found) -> None:
    tokens, selectors = _texts(entry, "tokens"), _texts(entry, "select")
    if not tokens and not selectors:
        raise _Refused("there is neither tokens nor select, so it says nothing")
    family, hosts = _family_of(entry), _hosts_of(entry)
    act: Act = "cut" if table == "cut" else "keep"
    for token in tokens:
        if tokens_of(token) != (token.lower(),):
            raise _Refused(f"tokens: {token!r} is no single class, id or role name; select takes CSS")
    keys = tuple((f"~{token.lower()}",) for token in tokens)
    if keys:
        found.elements.append(ElementRule(place, act, family, hosts, keys))
    for source in selectors:
        try:
            selector = css_selector(source)
        except SelectorError as error:
            found.problems.append(f"{place}: select: {source!r} is not a CSS selector: {error}")
            continue
        found.elements.append(ElementRule(place, act, family, hosts, selector.keys, selector))


def _read_phrase(place: str, entry: dict[str, Any], found: Found) -> None:
    from dechaff.folding import FoldedText  # noqa: PLC0415  # numpy, only where there are phrases
    from dechaff.patterns import PhraseError  # noqa: PLC0415
    from dechaff.phrasebook import Phrasebook  # noqa: PLC0415
    from dechaff.phraserules import rule_from_entry  # noqa: PLC0415

    name, _, line = place.rpartition(":")
    family, hosts = _family_of(entry), _hosts_of(entry)
    given = {key: value for key, value in entry.items() if key not in ("family", "hosts")}
    hits, misses = _texts(entry, "hit"), _texts(entry, "miss")
    given = {**given, "id": str(entry.get("id", line)), "hit": hits or _UNTESTED, "miss": misses or _UNTESTED}
    try:
        rule = rule_from_entry(name, family, given)
    except PhraseError as error:
        raise _Refused(str(error).partition("]] ")[2].partition(": ")[2] or str(error)) from None
    book = Phrasebook([rule])
    for text, wanted in (*((hit, True) for hit in hits), *((miss, False) for miss in misses)):
        if bool(book.find(FoldedText([text]))) is not wanted:
            raise _Refused(f"{'hit' if wanted else 'miss'}: {text!r} is {'not ' if wanted else ''}found by the pattern")
    found.phrases.append((rule, hosts))
