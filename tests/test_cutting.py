"""The engine: what it merges, what it refuses, and that the cuts alone give the text."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dechaff.cutting import apply_cuts
from dechaff.page import Block, Credit, Cut, Page
from dechaff.reading import read_text
from dechaff.writing.text import write_text

SOURCE = "one\n\ntwo two\n\nthree\nfour\n"


def _cut(first: int, last: int, family: str = "ads", rule: str = "r", confidence: float = 0.9) -> Cut:
    return Cut(first, last, family, rule, confidence)


def _text(source: str, *cuts: Cut) -> str:
    page = read_text(source)
    return write_text(page, apply_cuts(page, cuts))


def test_no_cuts_give_the_source() -> None:
    assert _text(SOURCE) == SOURCE


def test_a_line_goes_with_the_blank_lines_that_only_it_needed() -> None:
    assert _text(SOURCE, _cut(1, 2)) == "one\n\nthree\nfour\n"
    assert _text(SOURCE, _cut(0, 1)) == "two two\n\nthree\nfour\n"
    assert _text(SOURCE, _cut(3, 4)) == "one\n\ntwo two\n\nthree\n"
    assert _text(SOURCE, _cut(2, 3)) == "one\n\ntwo two\n\nfour\n"
    assert _text(SOURCE, _cut(0, 4)) == ""


def test_what_stays_keeps_its_indent() -> None:
    assert _text("a\n\n    x\n    chaff\n\n    y\n", _cut(2, 3)) == "a\n\n    x\n\n    y\n"
    assert _text("a\nchaff\n    y\n", _cut(1, 2)) == "a\n    y\n"


def test_windows_line_ends_stay() -> None:
    assert _text("a\r\n\r\nchaff\r\n\r\nb\r\n", _cut(1, 2)) == "a\r\n\r\nb\r\n"


def test_a_span_goes_with_the_space_that_only_it_needed() -> None:
    page = read_text("Rain fell. AD Then sun.")
    outcome = apply_cuts(page, [Cut(0, 1, "ads", "r", start=11, end=13)])
    assert write_text(page, outcome) == "Rain fell. Then sun."
    assert outcome.cuts[0].text == "AD"
    assert outcome.cuts[0].span == (11, 13)


def test_a_span_in_a_block_that_goes_is_not_cut_twice() -> None:
    page = read_text("one two\nthree")
    outcome = apply_cuts(page, [_cut(0, 1), Cut(0, 1, "ads", "span", start=0, end=3)])
    assert [cut.rule for cut in outcome.cuts] == ["r"]


def test_overlapping_spans_share_no_character() -> None:
    page = read_text("abcdefghij")
    cuts = apply_cuts(page, [Cut(0, 1, "ads", "a", 0.9, 0, 6), Cut(0, 1, "legal", "b", 0.8, 4, 10)]).cuts
    assert [(cut.rule, cut.text) for cut in cuts] == [("a", "abcdef"), ("b", "ghij")]


def test_a_name_explains_before_a_score() -> None:
    """The learned filter is surer, but a reason in words is worth more."""
    page = read_text("a\nb\nc")
    cuts = apply_cuts(page, [_cut(0, 3, "boilerplate", "score 0.01", 0.99), _cut(1, 2, "ads", "label", 0.8)]).cuts
    assert [(cut.family, cut.text) for cut in cuts] == [("boilerplate", "a"), ("ads", "b"), ("boilerplate", "c")]


def test_of_two_alike_the_one_that_knows_more_explains() -> None:
    page = read_text("Photo by Ada Byron\nThe story.")
    known = tuple(Credit("photographer", name, None, "Photo by Ada Byron") for name in ("Ada", "Ada Byron"))
    bare = Cut(0, 1, "credits", "photo-by", 0.95)
    knowing = [replace(bare, credits=(one,)) for one in known]
    made = [apply_cuts(page, order).cuts for order in permutations([bare, *knowing])]
    assert [cut.credits for cut in made[0]] == [(known[1],)]
    assert all(cuts == made[0] for cuts in made)
    assert apply_cuts(page, [bare, bare]).cuts[0].credits == ()


def test_credits_are_those_of_the_strongest_of_cuts_that_share_words() -> None:
    page = read_text("a\nb\nc\nd\ne")
    ann, bob, cem, dee = (Credit("photographer", name, None, name) for name in ("Ann", "Bob", "Cem", "Dee"))
    first = replace(_cut(0, 2, confidence=0.9), credits=(ann,))
    linking = replace(_cut(1, 4, confidence=0.8), credits=(bob,))  # it shares block 1 with the first
    third = replace(_cut(3, 4, confidence=0.7), credits=(cem,))  # it shares block 3 with the one that does not count
    apart = replace(_cut(4, 5, confidence=0.1), credits=(dee,))
    for order in permutations([first, linking, third, apart]):
        assert apply_cuts(page, order).credits == [ann, cem, dee]
    stronger = replace(linking, confidence=0.95)
    assert apply_cuts(page, [first, stronger, third, apart]).credits == [bob, dee]


def test_a_protected_block_stays_and_says_why() -> None:
    page = read_text("a\nb\nc")
    outcome = apply_cuts(page, [_cut(0, 3)], [None, "keep:b", None])
    assert write_text(page, outcome) == "b"
    assert [(veto.by, veto.cut.text) for veto in outcome.vetoed] == [("keep:b", "b")]


@pytest.mark.parametrize("cut", [_cut(2, 5), _cut(-1, 1), _cut(1, 1), Cut(0, 2, "mine", "r", start=0, end=1)])
def test_a_cut_outside_the_page_is_an_error_of_its_filter(cut: Cut) -> None:
    page = read_text("a\nb\nc")
    with pytest.raises(ValueError, match=f"the filter '{cut.family}'"):
        apply_cuts(page, [cut])


LINES = st.lists(st.text(alphabet="ab \t", min_size=0, max_size=6), min_size=1, max_size=8)
CUTS = st.lists(
    st.tuples(
        st.integers(0, 9), st.integers(1, 5), st.sampled_from(["ads", "legal", "boilerplate"]), st.floats(0.1, 1)
    ),
    max_size=6,
)
SPANS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), st.integers(1, 6)), max_size=4)


def _cuts(page: Page, cuts: list[tuple[int, int, str, float]], spans: list[tuple[int, int, int]]) -> list[Cut]:
    count = len(page.blocks)
    made = [Cut(a, min(a + n, count), family, "r", score) for a, n, family, score in cuts if a < count]
    made += [Cut(a, a + 1, "legal", "s", 0.5, b, b + n) for a, b, n in spans if a < count]
    return made


@given(LINES, CUTS, SPANS, st.sampled_from(["\n", "\n\n", "\r\n"]))
def test_the_source_without_what_is_removed_is_the_text(
    lines: list[str], cuts: list[tuple[int, int, str, float]], spans: list[tuple[int, int, int]], joint: str
) -> None:
    """Replaying the cuts gives the result: their ranges are disjoint, in order, and all that is missing."""
    page = read_text(joint.join(lines))
    outcome = apply_cuts(page, _cuts(page, cuts, spans))
    place, rest = 0, ""
    for begin, end in outcome.removed:
        assert place <= begin < end
        rest += page.source[place:begin]
        place = end
    assert rest + page.source[place:] == write_text(page, outcome)
    for cut in outcome.cuts:
        assert cut.span is not None
        assert page.source[cut.span[0] : cut.span[1]] == cut.text
        assert any(begin <= cut.span[0] and cut.span[1] <= end for begin, end in outcome.removed)
    again = apply_cuts(
        page, [Cut(c.first, c.last, c.family, c.rule, c.confidence, c.start, c.end) for c in outcome.cuts]
    )
    assert write_text(page, again) == write_text(page, outcome)


@given(LINES, CUTS, SPANS, st.randoms())
def test_the_order_of_proposals_is_no_matter(
    lines: list[str], cuts: list[tuple[int, int, str, float]], spans: list[tuple[int, int, int]], random: object
) -> None:
    page = read_text("\n".join(lines))
    made = _cuts(page, cuts, spans)
    shuffled = list(made)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert apply_cuts(page, made) == apply_cuts(page, shuffled)


@given(LINES, CUTS, SPANS)
def test_no_block_is_cut_by_two(
    lines: list[str], cuts: list[tuple[int, int, str, float]], spans: list[tuple[int, int, int]]
) -> None:
    page = read_text("\n".join(lines))
    outcome = apply_cuts(page, _cuts(page, cuts, spans))
    owned = [number for cut in outcome.cuts if cut.start is None for number in range(cut.first, cut.last)]
    assert len(owned) == len(set(owned))
    assert all(not outcome.pieces[number] for number in owned)


def test_blocks_without_offsets_are_never_asked_for_them() -> None:
    """An HTML page's cuts have no source range."""
    page = Page([Block(0, "a", "paragraph"), Block(1, "b", "paragraph")])
    outcome = apply_cuts(page, [_cut(0, 1)])
    assert outcome.cuts[0].span is None
    assert write_text(page, outcome) == "b"
