"""Words as numbers: what is looked up of a page is what the phrases were filed under."""

from __future__ import annotations

import pytest

from dechaff import wordkeys
from dechaff.folding import FoldedText
from dechaff.openings import pieces_of, wording, words_of
from dechaff.patterns import Parser
from dechaff.phrasebook import Phrasebook, rule_from_entry

TEXTS = [
    "Read more »",
    "12,345 comments",
    "© 2019-20 Example",
    "…",
    "",
    "the top10 of 1 2 3",
    "新闻 12条",
    "naïve café",
]


def test_the_words_of_a_page_have_the_keys_of_its_wording() -> None:
    """Numbers are one word however long, signs none, and a block without words says so."""
    folded = FoldedText([text.lower() for text in TEXTS])
    (words,) = wordkeys.words_of_blocks(folded)
    inside, begins = words.inside(), words.at_begin()
    for block, text in enumerate(TEXTS):
        spelled = words_of(wording(text.lower()))
        found = inside.keys[inside.where == block].tolist()
        assert found == [wordkeys.key_of(wordkeys.INNER, word) for word in spelled]
        edge = set(begins.keys[begins.where == block].tolist())
        assert wordkeys.key_of(wordkeys.FIRST, spelled[0] if spelled else "") in edge
        assert len(spelled) < 2 or wordkeys.key_of(wordkeys.FIRST_TWO, *spelled[:2]) in edge
        assert wordkeys.key_of(wordkeys.FIRST, "nothing") not in edge


@pytest.mark.parametrize("longest", [10, 60_000])
def test_a_page_too_long_to_hash_at_once_is_found_out_the_same(longest: int) -> None:
    """Many blocks are taken in turns; of one that is very long its beginning and its end are looked at."""
    book = Phrasebook(
        [
            rule_from_entry("en", "ads", {"id": "a", "pattern": "sponsored by {name}", "hit": ["-"], "miss": ["-"]}),
            rule_from_entry(
                "en", "ads", {"id": "b", "pattern": "subscribe now", "where": "end", "hit": ["-"], "miss": ["-"]}
            ),
        ]
    )
    texts = ["Sponsored by Ann Lee", "word " * (longest // 5) + "Subscribe now", "plain words"] * (200_000 // longest)
    found = [(match.block, match.rule.id) for match in book.find(FoldedText(texts))]
    wanted = [pair for first in range(0, len(texts), 3) for pair in ((first, "en:a"), (first + 1, "en:b"))]
    assert found == wanted


@pytest.mark.parametrize(
    ("pattern", "opens"),
    [
        ("read (more|on)", {("read", "more"), ("read", "on")}),
        ("(the )?newsletters?", {("the", "newsletter"), ("the", "newsletters"), ("newsletter",), ("newsletters",)}),
        (r"\d{1,3} comments", {("0", "comments")}),
        ("face{name}", {("face", "…")}),
        ("© ?by", {("by",)}),
        ("{name} says", None),
    ],
)
def test_a_pattern_tells_the_first_words_of_its_matches(pattern: str, opens: set[tuple[str, ...]] | None) -> None:
    found = pieces_of(Parser(pattern).parse().begins)
    assert found == opens
