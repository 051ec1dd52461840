"""JSON lines in, JSON lines out: one field of each is cleaned, the rest stays."""

from __future__ import annotations

import json
import math
import sys
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dechaff.batch import Item
from dechaff.cli.common import say
from dechaff.sites import SiteProfiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from dechaff.cleaner import Cleaner
    from dechaff.page import Cleaned

_BECAUSE = {"pass": "passed through as it is", "skip": "skipped", "stop": "stopped here"}


class _BadLineError(Exception):
    """A line that cannot be cleaned, and why."""


@dataclass(slots=True)
class _Line:
    """A line under way: where it stands, its bytes, and its record if it has one."""

    place: str
    raw: bytes
    record: dict[str, Any] | None = None


class LineFilter:
    """Cleans one field of JSON lines.

    Args:
        cleaner: cleans.
        field: the field that holds the source: a key, or keys joined by dots.
        url_field: the field that holds its URL, None for none.
        add: which of credits, cuts and warnings are put beside the field.
        on_error: what becomes of a line that cannot be cleaned: "pass" (it stays as it is), "skip", or "stop" (the end).
        jobs: how many processes.
        learn_sites: go through the lines first and learn what those of one site, by their URL, have in common.
    """

    def __init__(
        self,
        cleaner: Cleaner,
        *,
        field: str,
        url_field: str | None,
        add: Sequence[str],
        on_error: str,
        jobs: int | None,
        learn_sites: bool = False,
    ) -> None:
        self._cleaner, self._field, self._url_field, self._add = cleaner, field, url_field, add
        self._on_error, self._jobs, self._learn_sites = on_error, jobs, learn_sites
        self._under_way: deque[_Line] = deque()
        self._failed = False
        self._ended = False

    def run(self, names: Sequence[str]) -> int:
        """Clean the lines of the named files, `-` for standard input; returns the exit code."""
        out = sys.stdout.buffer
        cleaner = self._cleaner.with_site(self._sites_in(names)) if self._learn_sites else self._cleaner
        for cleaned in cleaner.clean_many(self._items(names), jobs=self._jobs):
            line = self._under_way.popleft()
            if cleaned.error is None or line.record is None:
                out.write(self._written(line, cleaned))
                continue
            self._report(line, cleaned.error)
            if self._on_error == "stop":
                break
            if self._on_error == "pass":
                out.write(line.raw)
        out.flush()
        return 1 if self._failed else 0

    def _sites_in(self, names: Sequence[str]) -> SiteProfiles:
        """What is known of the sites in the named files. What is wrong with a line or a file is said when it is cleaned."""
        profiles = SiteProfiles()
        for name in names:
            with suppress(OSError), Path(name).open("rb") as file:
                for raw in file:
                    with suppress(_BadLineError):
                        record = _parsed(raw)
                        page = self._cleaner.read(self._source_of(record), url=self._url_of(record))
                        profiles.update(page)
        return profiles

    def _items(self, names: Sequence[str]) -> Iterator[Item]:
        """A source for each line. One that is bad is an empty source, so that it keeps its place."""
        for name in names:
            try:
                file = sys.stdin.buffer if name == "-" else Path(name).open("rb")  # noqa: SIM115  # closed below
            except OSError as error:
                self._failed = True
                say(f"{name}: {error.strerror or error}; nothing was cleaned from it")
                continue
            try:
                yield from self._items_of("standard input" if name == "-" else name, file)
            finally:
                if name != "-":
                    file.close()
            if self._ended:
                return

    def _items_of(self, name: str, file: BinaryIO) -> Iterator[Item]:
        for number, raw in enumerate(file, 1):
            line = _Line(f"{name}:{number}", raw)
            item = Item("")
            if raw.strip():
                try:
                    record = _parsed(raw)
                    item = Item(self._source_of(record), self._url_of(record))
                    line.record = record
                except _BadLineError as error:
                    self._report(line, str(error))
                    if self._on_error == "stop":
                        self._ended = True
                        return
                    if self._on_error == "skip":
                        continue
            self._under_way.append(line)
            yield item

    def _report(self, line: _Line, why: str) -> None:
        self._failed = True
        say(f"{line.place}: {why}; {_BECAUSE[self._on_error]}")

    def _source_of(self, record: dict[str, Any]) -> str:
        holder, key = _holder_of(record, self._field)
        if holder is None:
            raise _BadLineError(f"there is no field {self._field!r}")
        value = holder[key]
        if not isinstance(value, str):
            raise _BadLineError(f"the field {self._field!r} is no text")
        for name in self._add:
            if name in record:
                raise _BadLineError(f"there is a field {name!r} already, which --add would replace")
        return value

    def _url_of(self, record: dict[str, Any]) -> str | None:
        if self._url_field is None:
            return None
        holder, key = _holder_of(record, self._url_field)
        value = None if holder is None else holder[key]
        if value is not None and not isinstance(value, str):
            raise _BadLineError(f"the field {self._url_field!r} is no text")
        return value

    def _written(self, line: _Line, cleaned: Cleaned) -> bytes:
        if line.record is None:
            return line.raw if line.raw.endswith(b"\n") else line.raw + b"\n"
        for warning in cleaned.warnings:
            say(f"{line.place}: {warning}")
        holder, key = _holder_of(line.record, self._field)
        assert holder is not None
        holder[key] = cleaned.text
        added: dict[str, list[Any]] = {
            "credits": [asdict(credit) for credit in cleaned.credits] if "credits" in self._add else [],
            "cuts": [asdict(cut) for cut in cleaned.cuts] if "cuts" in self._add else [],
            "warnings": cleaned.warnings,
        }
        line.record.update({name: added[name] for name in self._add})
        return _dumped(line.record)


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        record = json.loads(raw, object_pairs_hook=_object, parse_float=_number)
    except RecursionError:
        raise _BadLineError("it is nested too deeply") from None
    except ValueError as error:
        raise _BadLineError(f"this is no JSON: {error}") from None
    if not isinstance(record, dict):
        raise _BadLineError("this is no JSON object")
    return record


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("an object has a key twice, of which one would be lost")
    return made


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:40]} is too large")
    return number


def _holder_of(record: dict[str, Any], path: str) -> tuple[dict[str, Any] | None, str]:
    """The object that holds a field, and the field's key in it. A key with a dot in it goes before a path."""
    holder: Any = record
    rest = path
    while isinstance(holder, dict):
        if rest in holder:
            return holder, rest
        key, dot, rest = rest.partition(".")
        holder = holder.get(key) if dot else None
    return None, ""


def _dumped(record: dict[str, Any]) -> bytes:
    try:
        return json.dumps(record, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(record).encode() + b"\n"  # half of a surrogate pair, which only JSON's own escapes can hold
