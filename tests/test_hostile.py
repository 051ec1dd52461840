"""Hostile inputs: none raises, none loses what a reader would see without a word, none takes more than linear time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dechaff
from dechaff import Cleaner
from dechaff.content import boilerplate
from dechaff.filters import scripts
from dechaff.reading import read
from dechaff.reading.decode import decode
from hostile import ALL, FIRST, LAST, Hostile

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    from dechaff.reading import Kind
    from dechaff.writing import Output

SCALE = 0.03
"""The share of its full size that an input has here; `lab/reliability.py` cleans the whole of it."""


def named(cases: list[Hostile]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def test_there_are_enough_and_each_is_another() -> None:
    assert len(ALL) >= 36
    assert len({case.name for case in ALL}) == len(ALL)


@named(ALL)
def test_nothing_is_raised_and_nothing_lost_without_a_warning(case: Hostile) -> None:
    source = case.make(max(40, int(case.size * SCALE)))
    read = Cleaner(kind=case.kind, only=[]).explain(source)
    if case.lost:
        assert read.warnings
    else:
        assert all(words in read.text for words in case.seen) or read.warnings
    cleaned = Cleaner(kind=case.kind).explain(source)
    assert set(read.warnings) <= set(cleaned.warnings)
    assert all("looked at" in warning for warning in set(cleaned.warnings) - set(read.warnings))
    cleaned.text.encode("utf-8")


@pytest.mark.parametrize("loss", [0, 1])
def test_the_check_catches_words_that_are_lost(loss: int) -> None:
    """The same comparison, on a page that lacks its last words."""
    source = f"<p>{FIRST}</p>" + f"<p>{LAST}</p>" * (1 - loss)
    read = Cleaner(kind="html", only=[]).explain(source)
    assert (all(words in read.text for words in (FIRST, LAST)) or bool(read.warnings)) == (not loss)


PACKAGE = str(Path(dechaff.__file__).parent)


def steps(work: Callable[[], object]) -> int:
    """How many lines of the package are executed: a measure of time that no busy machine changes."""
    count = 0

    def in_package(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return in_package

    def on_call(frame: FrameType, _event: str, _argument: object) -> Any:
        return in_package if frame.f_code.co_filename.startswith(PACKAGE) else None

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


MOST_GROWTH = 2.3
"""Twice the input may take so many times the steps."""


def growth(work: Callable[[int], object], n: int) -> float:
    work(n)
    return steps(lambda: work(2 * n)) / steps(lambda: work(n))


ONCE = ("300 levels", "random bytes and nothing else")


@named([case for case in ALL if case.name not in ONCE])
def test_twice_the_input_takes_twice_the_steps(case: Hostile) -> None:
    """No step is quadratic over blocks, boxes, attributes or cuts. What is done in C is measured by `lab/reliability.py`."""
    n = 160 if case.size < 500_000 else 4_000
    assert growth(lambda n: Cleaner(kind=case.kind).explain(case.make(n)), n) < MOST_GROWTH


def test_the_measure_catches_a_quadratic_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same figures, with a step over all blocks for each block put in."""
    from dechaff.writing import text

    separator = text._separator

    def slow(page: dechaff.Page, previous: dechaff.Block, block: dechaff.Block) -> str:
        assert all(other.link_density <= 1 for other in page.blocks)
        return separator(page, previous, block)

    cleaner = Cleaner(kind="html", only=[])

    def work(n: int) -> object:
        return cleaner.explain("<p>A line of plain words.</p>" * n)

    assert growth(work, 40) < MOST_GROWTH
    monkeypatch.setattr(text, "_separator", slow)
    assert growth(work, 40) > MOST_GROWTH


def test_keep_selectors_take_linear_time() -> None:
    for selector in ("css:b", "css:p", "css:i"):
        cleaner = Cleaner(kind="html", keep=[selector], only=["ads"])
        assert growth(lambda n, c=cleaner: c.explain("<p><b>x</b><br>y <i><i>z</i></i></p>" * n), 60) < MOST_GROWTH  # type: ignore[misc]


def test_kept_blocks_under_nested_cuts_take_linear_time() -> None:
    """Each kept block is one veto, however many cuts it lies in."""
    cleaner = Cleaner(kind="html", keep=["word"], only=["ads"])

    def work(n: int) -> dechaff.Cleaned:
        return cleaner.explain("<p>A line.</p>" + "<div class=dfp-ad><p>word" * n + "</div>" * n + "<p>The end.</p>")

    assert growth(work, 40) < MOST_GROWTH
    cleaned = work(20)
    assert [veto.cut.text for veto in cleaned.vetoed] == ["word"] * 20
    assert {veto.by for veto in cleaned.vetoed} == {"keep:word"}


@pytest.mark.parametrize(("more", "judged"), [(0, True), (1, False)])
def test_a_page_of_absurdly_many_blocks_is_not_judged_and_says_so(
    monkeypatch: pytest.MonkeyPatch, more: int, judged: bool
) -> None:
    """What phrases and names tell is cut all the same, and nothing is lost."""
    monkeypatch.setattr(boilerplate, "MOST_BLOCKS", 40)
    source = "<p>Advertisement</p>" + "<p>x</p>" * (39 + more)
    cleaned = Cleaner(kind="html").explain(source)
    assert bool(cleaned.warnings) == (not judged)
    assert ("ads", "Advertisement") in [(cut.family, cut.text) for cut in cleaned.cuts]
    if not judged:
        assert "41 blocks" in cleaned.warnings[0]
        assert "not judged" in cleaned.warnings[0]
        assert cleaned.text.split() == ["x"] * 40
        assert dechaff.explain(source, kind="html", without="boilerplate").warnings == []


@pytest.mark.parametrize(("tags", "looked_at"), [(8, True), (9, False), (12, False)])
def test_a_page_of_absurdly_many_leaked_pieces_says_where_it_stopped(
    monkeypatch: pytest.MonkeyPatch, tags: int, looked_at: bool
) -> None:
    """The first of them go, the rest stays, and a warning says so."""
    monkeypatch.setattr(scripts, "_FEW_PIECES", 8)
    monkeypatch.setattr(scripts, "_LETTERS_A_PIECE", 10_000)
    source = "The first words." + "".join(f"\nA line {number} of the page.<br>" for number in range(tags))
    cleaned = dechaff.explain(source, kind="text", only=["scripts"])
    assert cleaned.text.count("<br>") == max(0, tags - 8)
    assert [("8 pieces" in warning, "looked at" in warning) for warning in cleaned.warnings] == [(True, True)] * (
        not looked_at
    )
    assert dechaff.explain(source, kind="text", only=["ads"]).warnings == []


def test_a_long_text_without_furniture_has_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """A book of many lines would not have been judged anyhow."""
    monkeypatch.setattr(boilerplate, "MOST_BLOCKS", 40)
    assert dechaff.explain("A line of a book.\n" * 60, kind="text").warnings == []


@pytest.mark.parametrize("output", ["html", "markdown"])
@pytest.mark.parametrize(("opening", "closing"), [("<ul><li>boat", "</ul>"), ("<blockquote>boat", "</blockquote>")])
def test_what_is_nested_too_deep_is_written_less_deep(output: Output, opening: str, closing: str) -> None:
    """Whoever makes Markdown of it recurses; no word is lost."""
    pytest.importorskip("markdownify")
    cleaned = dechaff.explain(opening * 400 + closing * 400 + f"<p>{LAST}", kind="html", only=[], output=output)
    assert cleaned.text.count("boat") == 400
    assert LAST in cleaned.text
    shallow = dechaff.clean(opening * 9 + closing * 9, kind="html", only=[], output="html")
    assert shallow.count(opening[: opening.index(">") + 1]) == 9


@pytest.mark.parametrize("output", ["html", "records"])
@pytest.mark.parametrize(
    "part", ["<td>x", "<td><td>x", "<ul><li>x", "<b>x", "<table><tr><td>x", "<dl><dt>a<dd>b</dl>"], ids=str
)
def test_other_forms_take_linear_time_too(output: Output, part: str) -> None:
    pytest.importorskip("nh3")
    cleaner = Cleaner(kind="html", only=[], output=output)
    assert growth(lambda n: cleaner.explain("<table><tr>" * part.startswith("<td>") + part * n), 80) < MOST_GROWTH


def test_cuts_of_markdown_take_linear_time() -> None:
    """What goes with a block is not asked of the whole page for each."""
    pytest.importorskip("markdown_it")
    cleaner = Cleaner(kind="markdown", only=["ads"])
    assert growth(lambda n: cleaner.explain("A line of words.\n\nAdvertisement\n\n" * n), 60) < MOST_GROWTH


@pytest.mark.parametrize(("levels", "warned"), [(20, False), (200, True)])
@pytest.mark.parametrize("markup", ["> ", "- "])
def test_markdown_that_is_nested_too_deep_says_so(markup: str, levels: int, warned: bool) -> None:
    pytest.importorskip("markdown_it")
    source = f"{FIRST}\n\n{markup * levels}deep words\n\n{LAST}"
    cleaned = dechaff.explain(source, kind="markdown", only=[])
    assert "deep words" in cleaned.text
    assert ["deeper" in warning for warning in cleaned.warnings] == [True] * warned
    assert ("deep words" in dechaff.clean(source, kind="markdown", only=[], output="html")) == (not warned)


@pytest.mark.parametrize("kind", ["html", "text"])
def test_every_block_of_html_stands_in_a_box(kind: Kind) -> None:
    """What closes more than it opened does not put the rest of the page outside; text has no boxes."""
    sources = (
        "<svg><a-b><a-b><a-b><p>x</p></a-b></a-b></a-b></svg>text<br>text",
        "text<p title='x>",
        "<b>text</html>more<p title='x>",
        "<p>One.</p></div></body></html>after",
    )
    for source in sources:
        boxes = {block.box for block in read(source, kind=kind).blocks}
        assert (min(boxes) >= 0) == (kind == "html")


@pytest.mark.parametrize(
    ("source", "max_bytes", "text", "where"),
    [
        ("One.\nTwo.\nThree.", 9, "One.\nTwo.", "character 9"),
        ("Zürich", 2, "Z", "character 1"),
        ("Zürich", 7, "Zürich", ""),
        ("Zürich".encode(), 7, "Zürich", ""),
        ("Zürich und Umgebung".encode(), 8, "Zürich ", "byte 8 of 20"),
        ("über Zürich".encode(), 9, "über Z", "byte 7 of 13"),
        ("漢字漢字".encode(), 5, "漢", "byte 3 of 12"),
        ("abcdef".encode("utf-16"), 7, "a", "byte 4 of 14"),
        ("abcdef".encode("utf-16-le"), 9, "abcd", "byte 8 of 12"),
        (bytearray(b"abcdefgh"), 5, "abcd", "byte 4 of 8"),
        (memoryview(b"abcdefgh"), 8, "abcdefgh", ""),
    ],
)
def test_what_is_beyond_the_ceiling_is_not_read_and_the_result_says_from_where(
    source: Any, max_bytes: int, text: str, where: str
) -> None:
    cleaned = dechaff.explain(source, kind="text", max_bytes=max_bytes)
    assert cleaned.text == text
    assert [where in warning for warning in cleaned.warnings] == ([True] if where else [])


def test_a_page_that_is_cut_in_a_tag_is_read_up_to_there() -> None:
    page = f"<p>{FIRST}</p><p title='a long attribute'>{LAST}</p>"
    cleaned = dechaff.explain(page, max_bytes=page.index("long"))
    assert cleaned.text == FIRST
    assert "character" in cleaned.warnings[0]


@pytest.mark.parametrize(
    ("wrong", "error"), [(0, ValueError), (-1, ValueError), ("1", TypeError), (True, TypeError), (None, TypeError)]
)
def test_a_wrong_ceiling_is_refused(wrong: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="max_bytes is"):
        Cleaner(max_bytes=wrong)


def test_utf8_with_nul_bytes_between_its_tags_is_no_utf16() -> None:
    data = "<p>é\x00ü and a few plain words".encode() * 90
    assert decode(data).encoding == "utf-8"
    assert "plain words" in decode(data).text


def test_utf16_of_chinese_with_few_tags_is_utf16() -> None:
    source = "<p>星期一晚上，市民们聚集在广场上，讨论在河上修建新桥的计划。</p>" * 9
    for codec in ("utf-16-le", "utf-16-be"):
        assert decode(source.encode(codec)).text == source


def test_the_command_has_the_ceiling_too() -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "dechaff.cli", *arguments]
        return subprocess.run(command, input=b"One.\nTwo.\n", capture_output=True, check=False)

    cut, whole, wrong = run("--max-bytes", "4"), run("--max-bytes", "10"), run("--max-bytes", "0")
    assert (cut.returncode, cut.stdout) == (0, b"One.")
    assert b"cut after byte 4 of 10" in cut.stderr
    assert (whole.returncode, whole.stdout, whole.stderr) == (0, b"One.\nTwo.\n", b"")
    assert wrong.returncode == 2
    assert b"max_bytes is 0" in wrong.stderr
