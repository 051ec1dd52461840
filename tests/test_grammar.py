"""Pages built from a grammar, with residue in random places and known truth: exactly the residue goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

import dechaff
from helpers import NAMED
from test_properties import PROSE, is_subsequence

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

SENTENCES = (
    *PROSE,
    "Αργά το βράδυ το καΐκι γύρισε στο λιμάνι, και κανείς δεν μίλησε για τη φουρτούνα.",
    "El faro se apagó a medianoche y el pescador siguió remando hacia la orilla.",
    "夜の港に小さな船が戻ってきたとき、町の人々はもう眠っていた。",
    "عاد القارب إلى الميناء في المساء ولم يتكلم أحد عن العاصفة التي مرت.",
    "The engineer measured the old gear twice, wrote the ratio down, and went home.",
)
RESIDUE = (
    "- Advertisement -",
    "Subscribe to our newsletter",
    "Share on Facebook",
    "We use cookies to improve your experience. Accept all",
    "googletag.cmd.push(function() { googletag.display('div-gpt-ad-1'); });",
    "Translated by Kristina Rus",
    "Реклама",
    "広告",
    "Werbung",
)
BOXES = ("dfp-ad", "google-ads", "sd-block", "mc4wp-form", "onetrust-banner-sdk")
"""Class names of boxes that go with all that is in them, however harmless it reads."""

INNOCENT = ("div", "section", "article", "main", "blockquote")
INLINE = ("b", "i", "em", "span", "u")


@dataclass(frozen=True)
class Piece:
    """A part of a page: its markup, the sentences in it that are content, and the texts that are residue."""

    markup: str
    content: tuple[str, ...] = ()
    residue: tuple[str, ...] = ()


def _joined(pieces: list[Piece]) -> Piece:
    return Piece(
        "".join(piece.markup for piece in pieces),
        tuple(text for piece in pieces for text in piece.content),
        tuple(text for piece in pieces for text in piece.residue),
    )


def _paragraph(sentence: str, tag: str, closed: bool, attributes: str) -> Piece:
    half = len(sentence) // 2
    cut = sentence.find(" ", half) + 1 or half
    inner = f"{sentence[:cut]}<{tag}>{sentence[cut:]}</{tag}>" if tag else sentence
    return Piece(f"<p{attributes}>{inner}{'</p>' if closed else ''}", (sentence,))


CONTENT = st.builds(
    _paragraph,
    st.sampled_from(SENTENCES),
    st.sampled_from(("", *INLINE)),
    st.booleans(),
    st.sampled_from(("", " class=entry", " id='p1' style='color: red'", ' data-x="a > b"', " hidden-not")),
)
CHAFF = st.one_of(
    st.sampled_from(RESIDUE).map(lambda text: Piece(f"<p>{text}</p>", (), (text,))),
    st.sampled_from(RESIDUE).map(lambda text: Piece(f"<div><span>{text}</span></div>", (), (text,))),
    st.builds(
        lambda name: Piece(f"<div class='{name}'><p>A short thing.</p></div>", (), ("A short thing.",)),
        st.sampled_from(BOXES),
    ),
)
UNSEEN = st.sampled_from((
    "<!-- a comment -->", "<script>var a = '<p>Not text</p>';</script>", "<style>p { color: red }</style>", "<hr>", "\n  ", "&nbsp;", "<img src=x alt=''>",
    "</i>", "</section>", "<?php echo 1; ?>", "<svg><path d='M0'/></svg>", "<![if !IE]>", "\x00",
)).map(Piece)  # fmt: skip


def _boxed(inner: SearchStrategy[Piece]) -> SearchStrategy[Piece]:
    return st.builds(
        lambda tag, pieces, closed: Piece(
            f"<{tag}>{_joined(pieces).markup}{f'</{tag}>' if closed else ''}",
            _joined(pieces).content,
            _joined(pieces).residue,
        ),
        st.sampled_from(INNOCENT),
        st.lists(inner, max_size=4),
        st.booleans(),
    )


PARTS = st.recursive(st.one_of(CONTENT, CONTENT, CHAFF, UNSEEN), _boxed, max_leaves=14)
# Unclosed boxes would take in what follows, so each page begins with enough text that no box is most of it.
PAGE = (
    st.lists(PARTS, min_size=1, max_size=8)
    .map(_joined)
    .map(
        lambda page: Piece(
            "<html><body>" + "".join(f"<p>{text}</p>" for text in SENTENCES) + page.markup,
            (*SENTENCES, *page.content),
            page.residue,
        )
    )
)


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


@settings(max_examples=120)
@given(PAGE)
def test_exactly_the_residue_goes(page: Piece) -> None:
    """Nested, broken, in mixed scripts: every sentence comes out whole and in order, and nothing else."""
    cleaned = dechaff.explain(page.markup, kind="html", only=NAMED)
    assert _lines(cleaned.text) == list(page.content)
    gone = [line for cut in cleaned.cuts for line in _lines(cut.text)]
    assert sorted(gone) == sorted(page.residue)


@settings(max_examples=60)
@given(PAGE)
def test_as_a_text_too(page: Piece) -> None:
    """The same lines without markup: what a box's name alone gave away stays."""
    known = [text for text in (*page.content, *page.residue) if text != "A short thing."]
    cleaned = dechaff.explain("\n".join(known), kind="text", only=NAMED)
    assert _lines(cleaned.text) == list(page.content)


@settings(max_examples=60)
@given(PAGE)
def test_with_all_filters_what_stays_is_content_in_order(page: Piece) -> None:
    """The learned filter may judge a sentence; it adds none, moves none, and leaves no residue that a name cut."""
    cleaned = dechaff.explain(page.markup, kind="html")
    assert is_subsequence(_lines(cleaned.text), page.content)
    everything = sorted([*_lines(cleaned.text), *(line for cut in cleaned.cuts for line in _lines(cut.text))])
    assert everything == sorted((*page.content, *page.residue))
