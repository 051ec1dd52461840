"""Every regular expression in the package, phrases apart, on texts that are made to be hard (phrases: `test_phrases.py`)."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import regex

import dechaff
from dechaff.late import _Late

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = 100_000
SHORTER = 20_000
"""For the texts that all patterns are tried on: 140 of them on each of 100 patterns take their time."""
PATIENCE = 0.4
"""Seconds of processor time for one pattern on one text; nearly all take less than a hundredth of it."""

FILLERS = (
    "a", " ", "\n", "1", "A", "漢", "_", "-", '"', "'", "“", "`", "<", ">", "&", ";", "{", "[", "(", "/", "\\", "=", ":", ".", ",", "#",
    "a ", "A ", "a-", "a.", "a:", "a;", "a(", "a=", "=a", '="', "='", '"a', "'a", "“a", "<a", "<a ", "</", "<!", "<!--", "<!-", "--", "&a", "{a",
    '{"a":', "{{", "{%", "${", "%d", "[a", "[a ", "[/a", "/*", "*/", "//", "/a", ".a", ".a,", "#a ", "a\n", "\n ", ",\n", "; ", "a b ", "a1", "1a", "aA", "a.b",
    "data:", "a=a ", 'a="b" ', "a(b", "!function(", "if(", "a['b']", "<br ", "&#1;", "xmlns:a=", "\\u0041", "Ann Lee, ", "\r\n", "\t",
)  # fmt: skip
"""What is repeated; after it may come something that makes a whole match fail."""

SLICES = {
    # What is looked at by these is cut to so many characters before.
    "dechaff.filters.code_shape._CODE_LINE": 4_000,  # one line, `_LONGEST_LINE`
    "dechaff.keeping._SELECTOR": 300,  # a user's own rule
}


BEHIND_EXTRAS = ("dechaff.bulk", "dechaff.integrations")
"""What cannot be imported where its extra is not installed, as in the tests with the lowest versions."""


def patterns() -> Iterator[tuple[str, Any]]:
    """Every compiled pattern that a module of the package holds, in itself or in a container, with its name."""
    for info in pkgutil.walk_packages(dechaff.__path__, "dechaff."):
        if info.name.endswith("__main__"):
            continue
        try:
            module = importlib.import_module(info.name)
        except ModuleNotFoundError:
            if not info.name.startswith(BEHIND_EXTRAS):
                raise
            continue
        for name, value in sorted(vars(module).items()):
            held = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else (value,)
            for number, entry in enumerate(held):
                each = entry.search.__self__ if isinstance(entry, _Late) else entry
                if isinstance(each, re.Pattern | regex.Pattern) and isinstance(each.pattern, str | bytes):
                    yield f"{info.name}.{name}" + (f"[{number}]" if number else ""), each


ALL = {id(pattern): (name, pattern) for name, pattern in patterns()}
REGEX = sorted((name, pattern) for name, pattern in ALL.values() if isinstance(pattern, regex.Pattern))
PLAIN = sorted((name, pattern) for name, pattern in ALL.values() if isinstance(pattern, re.Pattern))


def texts(source: str, longest: int) -> Iterator[str]:
    """Hard texts for a pattern: fillers alone and with all literals of the pattern after them, and its own literals repeated.

    Without the literals at the end a regex engine may see at once that what must stand in every match is not there.
    """
    literals = sorted({text for text in re.findall(r"(?:[\w<>/&;:=@#!\"'%`,]){1,20}", source) if text}, key=len)
    tail = "¤" + " ".join(literals[-40:]) + "\n\n"
    length = min(longest, SHORTER)
    for filler in FILLERS:
        yield filler * (length // len(filler))
        yield filler * (length // len(filler)) + tail
    for literal in literals[-4:]:
        yield literal * (longest // len(literal)) + tail


def test_every_pattern_is_found() -> None:
    names = [name for name, _ in ALL.values()]
    assert len(REGEX) > 60
    assert len(PLAIN) > 20
    assert "dechaff.filters.code_shape._HEAD" in names


def ways(name: str) -> frozenset[str]:
    """How its module uses a pattern: "match", "fullmatch", and "search" for all that look through a text."""
    module, _, bare = name.rpartition(".")
    source = Path(importlib.import_module(module).__file__ or "").read_text("utf-8")
    bare = bare.partition("[")[0]
    used = re.findall(rf"\b{bare}(?:\[[^\]\n]+\])?\.(match|fullmatch|search|find\w+|sub|split)\b", source)
    if f"_after({bare}," in source:
        used.append("match")  # the function that says where a match ends
    return frozenset(way if way in ("match", "fullmatch") else "search" for way in used) or frozenset(("search",))


def is_slow(pattern: regex.Pattern[Any], text: Any, used: frozenset[str] = frozenset(("search",))) -> bool:
    """Whether a pattern, used so, takes too long on a text."""
    if isinstance(pattern.pattern, bytes):
        text = text.encode()
    try:
        if "search" in used:
            for _ in pattern.finditer(text, timeout=PATIENCE):
                pass
        if "match" in used:
            pattern.match(text, timeout=PATIENCE)
        if "fullmatch" in used:
            pattern.fullmatch(text, timeout=PATIENCE)
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize(("name", "pattern"), REGEX, ids=[name for name, _ in REGEX])
def test_no_pattern_takes_long_on_a_hard_text(name: str, pattern: regex.Pattern[Any]) -> None:
    longest, used = SLICES.get(name, LENGTH), ways(name)
    source = pattern.pattern
    for text in texts(source.decode() if isinstance(source, bytes) else source, longest):
        assert not is_slow(pattern, text, used), f"{used}: {text[:20]!r} … {text[-3:]!r}"


def test_the_check_catches_a_pattern_that_blows_up() -> None:
    for source in (r"(?:a|a ?){1,400}b", r"\s{0,20000}\n\n", r"(?:\w{1,40}[-,]?){1,40};"):
        assert any(is_slow(regex.compile(source), text) for text in texts(source, LENGTH))
    source = r"a{1,400}+b"
    assert not any(is_slow(regex.compile(source), text) for text in texts(source, LENGTH))


_PLAIN_CHECK = """
import test_bounds
for name, pattern in test_bounds.PLAIN:
    length = test_bounds.SLICES.get(name, test_bounds.SHORTER)
    is_bytes = isinstance(pattern.pattern, bytes)
    source = pattern.pattern.decode("latin-1") if is_bytes else pattern.pattern
    for text in test_bounds.texts(source, length):
        print(name, repr(text[:20]), flush=True)
        data = text.encode() if is_bytes else text
        for _ in pattern.finditer(data):
            pass
        pattern.match(data)
"""


def test_no_pattern_of_the_standard_library_hangs() -> None:
    """`re` knows no time limit, so these run in a process that has one: they take some seconds of its 600."""
    done = subprocess.run(
        [sys.executable, "-c", _PLAIN_CHECK],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.returncode == 0, done.stdout[-200:] + done.stderr
