"""A slow-down is caught without a clock: how many calls cleaning takes for each block of the fixture pages."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

from dechaff import Block, Box, Cleaner
from dechaff.reading import read
from helpers import page_folders

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = [(folder / "page.html").read_bytes() for folder in page_folders() if (folder / "page.html").exists()]
MOST_CALLS = 235
"""Calls of functions, Python's and C's, for each block. Raise it only with what is gained for them."""

MOST_CALLS_READING = 60
"""Those of them that reading takes."""


def calls(run: Callable[[], object]) -> int:
    """How many calls a function makes. The garbage collector would add some at will."""
    count = 0

    def note(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    gc.collect()
    gc.disable()
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


def test_cleaning_takes_no_more_calls_a_block_than_it_did() -> None:
    cleaner = Cleaner(kind="html")
    blocks = sum(len(read(page, kind="html").blocks) for page in PAGES)
    for page in PAGES:  # what is loaded and remembered once
        cleaner.clean(page)
    taken = calls(lambda: [cleaner.clean(page) for page in PAGES]) / blocks
    assert taken < MOST_CALLS
    assert calls(lambda: [cleaner.clean(page) for page in PAGES for _ in range(2)]) / blocks > MOST_CALLS


def test_reading_takes_no_more_calls_a_block_than_it_did() -> None:
    blocks = sum(len(read(page, kind="html").blocks) for page in PAGES)
    taken = calls(lambda: [read(page, kind="html") for page in PAGES]) / blocks
    assert taken < MOST_CALLS_READING
    assert calls(lambda: [read(page, kind="html") for page in PAGES for _ in range(2)]) / blocks > MOST_CALLS_READING


def test_a_page_goes_with_its_last_reference_and_not_when_the_garbage_collector_comes_by() -> None:
    def alive() -> int:
        return sum(isinstance(one, Block | Box) for one in gc.get_objects())

    cleaner = Cleaner(kind="html")
    cleaner.clean(PAGES[0])
    gc.collect()
    gc.disable()
    try:
        before = alive()
        cleaned = cleaner.explain(PAGES[0])
        assert alive() >= before + len(cleaned.page.blocks)
        del cleaned
        assert alive() == before
    finally:
        gc.enable()
