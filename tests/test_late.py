"""What is loaded when: patterns at their first use, rooms when a page needs them."""

from __future__ import annotations

import re
import subprocess
import sys
from threading import Thread

import pytest
import regex

from dechaff.late import late_re, late_regex


def loaded(code: str) -> set[str]:
    """The modules that are there after some code has run in a fresh interpreter."""
    code = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)  # ourselves
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_that_only_a_page_needs() -> None:
    only_pages_need = {
        "numpy",
        "regex",
        "json",
        "html",
        "argparse",
        "dechaff.phrasebook",
        "dechaff.content.network",
        "dechaff.reading.mending",
        "dechaff.reading.trees",
        "dechaff.keeping",
        "dechaff.selecting",
        "dechaff.ranges",
    }
    assert not loaded("import dechaff") & only_pages_need
    assert loaded("import dechaff\ndechaff.clean('<p>One.')") >= {"numpy", "regex", "dechaff.phrasebook"}


def test_a_plain_page_loads_nothing_that_only_some_pages_need() -> None:
    only_some_need = {
        "dechaff.reading.mending",
        "dechaff.reading.trees",
        "dechaff.reading.embedded",
        "dechaff.keeping",
        "dechaff.selecting",
        "dechaff.ranges",
        "dechaff.rules",
        "dechaff.sites",
    }
    page = "<!doctype html><title>One</title><p>One sentence.</p>"
    assert not loaded(f"import dechaff\ndechaff.clean({page!r})") & only_some_need
    assert "dechaff.reading.mending" in loaded("import dechaff\ndechaff.clean('<p>One.<title>Two.')")
    assert "dechaff.keeping" in loaded(f"import dechaff\ndechaff.clean({page!r}, keep=['One'])")
    assert "dechaff.ranges" in loaded("import dechaff\ndechaff.clean('One.')")


def test_a_late_pattern_finds_what_the_pattern_finds() -> None:
    late, early = late_regex(r"(?<a>\p{Lu})x*", re.IGNORECASE), regex.compile(r"(?<a>\p{Lu})x*", regex.IGNORECASE)
    text = "AxBxx c\u0130"
    assert late.findall(text) == early.findall(text)
    assert late.sub("-", text) == early.sub("-", text)
    assert [match.span("a") for match in late.finditer(text)] == [match.span("a") for match in early.finditer(text)]
    assert late.search(text, 3, 5) is not None
    assert late.fullmatch(text) is None
    assert late.pattern == early.pattern
    assert late_re(rb"\d").split(b"a1b") == [b"a", b"b"]


def test_a_late_pattern_is_compiled_at_its_first_use_and_only_then() -> None:
    wrong = late_regex("(")
    with pytest.raises(regex.error):
        wrong.search("")
    late = late_regex("a")
    assert late.search is not None
    assert late.search is late.search


def test_threads_may_be_first_together() -> None:
    late = late_regex(r"\p{Lu}+")
    found: list[list[str]] = []
    threads = [Thread(target=lambda: found.append(late.findall("ONE two"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["ONE"]] * 8
