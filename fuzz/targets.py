"""What is fuzzed: each target takes bytes, makes its input of them and checks what must hold whatever it is.

A target fails by raising. What holds: nothing raises, a page is well formed, a filter's cuts lie in the page and it changes
nothing, cuts share no word and give the same result when they are made again, what comes out stands in the input.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from dechaff import Cleaner
from dechaff.content.boilerplate import LearnedFilter
from dechaff.cutting import apply_cuts
from dechaff.filters import REGISTRY
from dechaff.page import FAMILIES, Cut
from dechaff.reading import read
from dechaff.reading.decode import decode
from dechaff.reading.html import PageBuilder
from dechaff.reading.mending import mend, read_streaming
from dechaff.writing.records import as_record
from dechaff.writing.text import write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from dechaff.page import Page
    from dechaff.reading import Kind
    from dechaff.writing import Output

SLOW = 1.0
"""Seconds of processor time that an input of less than 100 kB may take."""


class SlowError(AssertionError):
    """An input took longer than `SLOW`."""


def read_input(data: bytes) -> Page:
    """A page of fuzzed bytes: the first one says what they are."""
    return read(data[1:].decode("utf-8", "replace"), kind="html" if data[:1] < b"@" else "text")


def check_page(page: Page) -> None:
    """A page is well formed: ranges nest, every block has text and a box, lines are where they say."""
    assert page.blocks or page.warnings
    for number, block in enumerate(page.blocks):
        assert block.index == number
        assert block.text.strip()
        assert block.text.encode()
        assert 0 <= block.linked <= len(block.text)
        assert (0 if page.kind == "html" else -1) <= block.box < len(page.boxes)
        if page.kind == "text":
            # In a wrapped text a space, or nothing, stands for a line end.
            assert "".join(page.source[block.start : block.end].split()) == "".join(block.text.split())
    for number, box in enumerate(page.boxes):
        assert box.index == number
        assert -1 <= box.parent < number
        assert 0 <= box.first <= box.last <= len(page.blocks)
        if box.parent >= 0:
            around = page.boxes[box.parent]
            assert around.first <= box.first
            assert box.last <= around.last
            assert box.depth == around.depth + 1


def fuzz_decoding(data: bytes) -> None:
    """Bytes of any kind into text, with a warning where something is lost."""
    decoded = decode(data)
    decoded.text.encode("utf-8", "surrogatepass")
    lost = "\ufffd" in decoded.text and "\ufffd".encode() not in data and decoded.encoding == "utf-8"
    assert decoded.warnings or not lost


def fuzz_reading(data: bytes) -> None:
    """Bytes or text of any kind into a page, told by the look of it or by the first byte."""
    how, rest = data[:1], data[1:]
    if how < b"@":
        page = read(rest.decode("utf-8", "replace"), kind="html")
    elif how < b"a":
        page = read(rest.decode("utf-8", "surrogateescape"), kind="text")
    elif how < b"m":
        page = read(rest.decode("utf-8", "replace"), kind="markdown")
    else:
        page = read(rest)
    check_page(page)


def fuzz_mending(data: bytes) -> None:
    """What is mended can be read by the simpler parser, to its end."""
    source = mend(data.decode("utf-8", "replace")).source
    builder = PageBuilder()
    if read_streaming(source, builder):
        page = builder.page()
        page.warnings.append("so that a page may be empty")
        check_page(page)


_NAMED = [found for found in REGISTRY.values() if found.name != "boilerplate"]
_LEARNED = LearnedFilter()


def fuzz_filters(data: bytes) -> None:
    """Every named filter on one page: its cuts lie in the page, and it looks without changing anything.

    One target for all, since they share what costs time: all phrases and names are looked up once a page.
    """
    page = read_input(data)
    before = [(block.text, block.kind, block.linked) for block in page.blocks]
    for found in _NAMED:
        for cut in found.find(page):
            assert cut.family == found.name
            check_cut(page, cut)
    assert before == [(block.text, block.kind, block.linked) for block in page.blocks]


def fuzz_boilerplate(data: bytes) -> None:
    """The learned filter, and its scores of pages that it would not judge: each is a probability."""
    page = read_input(data)
    if not page.blocks:
        return
    scores = _LEARNED.scores(page)
    assert scores.shape == (len(page.blocks),)
    assert bool(((scores >= 0) & (scores <= 1)).all())
    for cut in _LEARNED.find(page):
        check_cut(page, cut)


def check_cut(page: Page, cut: Cut) -> None:
    """A cut lies in the page and takes something."""
    assert 0 <= cut.first < cut.last <= len(page.blocks)
    assert 0 <= cut.confidence <= 1
    if cut.start is not None and cut.end is not None:
        assert cut.last == cut.first + 1
        assert 0 <= cut.start < cut.end <= len(page.blocks[cut.first].text)


def _proposals(data: bytes, page: Page) -> list[Cut]:
    """Cuts made of bytes, four each: where, how far, which family, and which part of a block."""
    count = len(page.blocks)
    cuts = []
    for place in range(0, len(data) - 3, 4) if count else ():
        where, length, kind, part = data[place : place + 4]
        first = where % count
        family = FAMILIES[kind % len(FAMILIES)]
        confidence = (kind >> 4) / 16
        if kind & 8:
            size = len(page.blocks[first].text)
            start = part % (size + 1)
            cuts.append(Cut(first, first + 1, family, f"r{kind % 3}", confidence, start, min(size, start + length)))
        else:
            cuts.append(Cut(first, min(count, first + 1 + length % 5), family, f"r{kind % 3}", confidence))
    return cuts


def _page_and_cuts(data: bytes) -> tuple[Page, list[Cut], list[str | None]]:
    size = data[0] if data else 0
    page = read_input(data[1 + size :])
    protected = ["rule" if number % 5 == size % 7 else None for number in range(len(page.blocks))] if size & 1 else []
    return page, _proposals(data[1 : 1 + size], page), protected


def is_subsequence(short: Iterable[str], long: Iterable[str]) -> bool:
    """Whether all of one stands in the other in the same order."""
    rest = iter(long)
    return all(item in rest for item in short)


def fuzz_cutting(data: bytes) -> None:
    """Any proposals: no two cuts share a word, protected blocks stay, made again they give the same, order is no matter."""
    page, proposals, protected = _page_and_cuts(data)
    outcome = apply_cuts(page, proposals, protected)
    taken: set[tuple[int, int]] = set()
    for cut in outcome.cuts:
        for number in range(cut.first, cut.last):
            low, high = (0, len(page.blocks[number].text)) if cut.start is None else (cut.start, cut.end or 0)
            words = {(number, place) for place in range(low, high)}
            assert not words & taken
            taken |= words
            assert not (protected and protected[number])
    again = [Cut(c.first, c.last, c.family, c.rule, c.confidence, c.start, c.end) for c in outcome.cuts]
    assert apply_cuts(page, again).pieces == outcome.pieces
    assert apply_cuts(page, proposals[::-1], protected).cuts == outcome.cuts


def fuzz_writing(data: bytes) -> None:
    """What stayed as text: nothing is added, moved or changed."""
    page, proposals, protected = _page_and_cuts(data)
    text = write_text(page, apply_cuts(page, proposals, protected))
    text.encode()
    if page.kind == "text":
        assert is_subsequence(text, page.source)
    else:
        unmarked = "".join(line.lstrip().removeprefix("- ") for line in text.splitlines())
        assert is_subsequence("".join(unmarked.split()), (c for block in page.blocks for c in block.text))


_KINDS: tuple[Kind, ...] = ("html", "text", "auto", "markdown")
_OUTPUTS: tuple[Output, ...] = ("text", "records", "markdown", "html")
_CLEANERS = [Cleaner(kind=kind, output=output) for kind in _KINDS for output in _OUTPUTS]
_AS_BYTES = 224
_CLEANERS += [Cleaner(kind=kind, keep=["keep", "css:.entry"]) for kind in _KINDS]


def fuzz_cleaning(data: bytes) -> None:
    """The whole way, with all filters: a result that can be encoded, and its record as JSON.

    Every eighth input is bytes of an encoding that has to be found; that has a target of its own, and takes longest here.
    """
    how, rest = data[0] if data else 0, data[1:]
    cleaner = _CLEANERS[how % len(_CLEANERS)]
    cleaned = cleaner.explain(rest if how >= _AS_BYTES else rest.decode("utf-8", "replace"))
    cleaned.text.encode()
    json.dumps(as_record(cleaned), ensure_ascii=False).encode()


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "decoding": fuzz_decoding,
    "reading": fuzz_reading,
    "mending": fuzz_mending,
    "filters": fuzz_filters,
    "boilerplate": fuzz_boilerplate,
    "cutting": fuzz_cutting,
    "writing": fuzz_writing,
    "cleaning": fuzz_cleaning,
}


def run(name: str, data: bytes) -> None:
    """One execution.

    Raises:
        AssertionError: something that must hold does not; `SlowError` if it took too long.
    """
    began = time.process_time()
    TARGETS[name](data)
    seconds = time.process_time() - began
    if seconds > SLOW and len(data) < 100_000:
        raise SlowError(f"{len(data):,} bytes took {seconds:.1f} s")


def inputs(folder: Path) -> list[Path]:
    """The files of a folder of seeds or cases, in a stable order."""
    return sorted(path for path in folder.iterdir() if path.is_file())
