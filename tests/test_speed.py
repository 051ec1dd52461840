"""A slow-down is caught without a clock: how many calls cleaning takes for each block of the fixture pages."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

from dechaff import Cleaner
from dechaff.reading import read
from helpers import page_folders

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = [(folder / "page.html").read_bytes() for folder in page_folders() if (folder / "page.html").exists()]
MOST_CALLS = 265
"""Calls of functions, Python's and C's, for each block. Raise it only with what is gained for them."""


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
