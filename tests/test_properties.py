"""What holds for every input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex
from hypothesis import given, settings
from hypothesis import strategies as st

import dechaff
from dechaff.cutting import apply_cuts
from dechaff.page import Cut
from dechaff.reading import Kind, read
from dechaff.writing.text import write_text
from helpers import NAMED

if TYPE_CHECKING:
    from collections.abc import Iterable

PROSE = (
    "The harbour was quiet when the first boats came in, and nobody spoke of the storm.",
    "She had read about cookies and newsletters, and found both of them rather dull.",
    "Der alte Müller erzählte von der Übersetzung des Getriebes, die ihm nie gefallen hatte.",
    "Elle lisait aussi le soir, quand la maison dormait et que la pluie tombait sur les toits.",
    "La publicidad de aquel verano prometía lo que nadie en el pueblo se atrevía a pedir.",
    "Переводчик долго стоял у окна и думал о том, как передать это слово на другом языке.",
)
CHAFF = (
    "- Advertisement -",
    "Subscribe to our newsletter",
    "Translated by Kristina Rus",
    "- Anzeige -",
    "googletag.cmd.push(function() { googletag.display('div-gpt-ad-1'); });",
    "Share on Facebook",
    "We use cookies to improve your experience. Accept all",
    "Подпишитесь на нашу рассылку",
)
_CONTROLS = regex.compile(r"[^\P{C}\n]")
"""What is left of a text may be control characters alone, and those are no text."""

ANYTHING = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from((*PROSE, *CHAFF, "", "{", "<b>", "\x00")), max_size=12).map("\n".join),
)
MARKUP = st.lists(
    st.one_of(
        st.sampled_from(
            (
                "<p>",
                "</p>",
                "<div class='ad'>",
                "</div>",
                "<br>",
                "<ul><li>",
                "</ul>",
                "<script>",
                "</script>",
                "<!--",
                "&amp;",
            )
        ),
        st.sampled_from((*PROSE, *CHAFF)),
        st.text(max_size=20),
    ),
    max_size=15,
).map("".join)
SOURCES = st.one_of(ANYTHING, MARKUP, st.binary(max_size=200))


def is_subsequence(short: Iterable[str], long: Iterable[str]) -> bool:
    rest = iter(long)
    return all(item in rest for item in short)


@given(ANYTHING)
def test_text_comes_out_as_a_subsequence_of_itself(source: str) -> None:
    """Character for character: nothing is added, moved or changed."""
    clean_source = source.encode("utf-8", "replace").decode("utf-8")
    assert is_subsequence(dechaff.clean(clean_source, kind="text"), clean_source)


@given(MARKUP)
def test_words_of_html_come_out_in_the_order_they_stand_in(source: str) -> None:
    everything = dechaff.clean(source, kind="html", only=[])
    assert is_subsequence("".join(dechaff.clean(source, kind="html").split()), everything)


@given(SOURCES)
def test_no_input_raises(source: str | bytes) -> None:
    cleaned = dechaff.explain(source)
    assert cleaned.text == dechaff.clean(source)
    for family in NAMED:
        dechaff.clean(source, only=family)


@given(st.one_of(ANYTHING, MARKUP), st.sampled_from(["html", "text"]))
def test_replaying_the_cuts_gives_the_result(source: str, kind: Kind) -> None:
    cleaned = dechaff.explain(source, kind=kind)
    page = read(source, kind=kind)
    again = [Cut(c.first, c.last, c.family, c.rule, c.confidence, c.start, c.end) for c in cleaned.cuts]
    assert write_text(page, apply_cuts(page, again)) == cleaned.text


@given(st.lists(st.sampled_from(PROSE), min_size=1, max_size=20), st.sampled_from(["\n", "\n\n", "\r\n"]))
def test_text_without_chaff_comes_back_unchanged(lines: list[str], joint: str) -> None:
    source = joint.join(lines)
    assert dechaff.clean(source, only=NAMED) == source


@given(ANYTHING.map(lambda source: _CONTROLS.sub("", source).replace("<b>", "")))
def test_named_filters_applied_twice_change_nothing_more(source: str) -> None:
    """An ambiguous phrase goes only beside a sure one, and what is left beside it was looked at in the first pass.

    Not so for leaked tags inside a line: where one goes, what stood on both sides is read as one phrase the next time.
    """
    once = dechaff.clean(source, kind="text", only=NAMED)
    assert dechaff.clean(once, kind="text", only=NAMED) == once


@settings(max_examples=50)
@given(st.lists(st.sampled_from((*PROSE, *CHAFF)), min_size=1, max_size=12))
def test_exactly_the_chaff_goes(lines: list[str]) -> None:
    """In any order and number, as text and as paragraphs without a class."""
    wanted = [line for line in lines if line in PROSE]
    got = [line for line in dechaff.clean("\n".join(lines), kind="text", only=NAMED).splitlines() if line]
    assert got == wanted
    html = "".join(f"<p>{line}</p>" for line in lines)
    assert [line for line in dechaff.clean(html, kind="html", only=NAMED).splitlines() if line] == wanted
