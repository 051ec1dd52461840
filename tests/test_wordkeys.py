"""Words as numbers: what is looked up of a page is what the phrases were filed under."""

from __future__ import annotations

import numpy as np
import pytest

from dechaff import wordkeys
from dechaff.folding import FoldedText
from dechaff.openings import pieces_of, wording, words_of
from dechaff.patterns import Parser
from dechaff.phrasebook import Phrasebook
from dechaff.phraserules import rule_from_entry

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
    (words,) = wordkeys.words_of_blocks(folded.distinct())
    keys, blocks = words.spelled()
    for block, text in enumerate(TEXTS):
        spelled = words_of(wording(text.lower()))
        found = set(keys[blocks == block].tolist())
        assert {wordkeys.key_of(wordkeys.INNER, word) for word in spelled} <= found
        first, last = (spelled[0], spelled[-1]) if spelled else ("", "")
        assert {wordkeys.key_of(wordkeys.FIRST, first), wordkeys.key_of(wordkeys.LAST, last)} <= found
        assert len(spelled) < 2 or wordkeys.key_of(wordkeys.FIRST_TWO, *spelled[:2]) in found
        assert len(spelled) < 2 or wordkeys.key_of(wordkeys.LAST_TWO, last, spelled[-2]) in found
        others = {word for other in TEXTS for word in words_of(wording(other.lower()))} - set(spelled)
        assert not found & {wordkeys.key_of(wordkeys.INNER, word) for word in others}


def test_what_is_filed_is_found_in_the_blocks_that_have_its_key() -> None:
    """Several numbers under one key, keys that nobody asks for, and keys under which nothing is."""
    filed = wordkeys.Filed.of([(7, 1), (7, 2), (9, 3), (1 << 31, 4)])
    asked = wordkeys.Keys(np.array([9, 8, 7, 7], dtype=np.uint32), np.array([0, 1, 2, 5]))
    pairs = [divmod(pair, wordkeys.NUMBERS) for pair in filed.pairs(filed.hits(asked)).tolist()]
    assert pairs == [(0, 3), (2, 1), (2, 2), (5, 1), (5, 2)]
    assert not len(wordkeys.Filed.of([]).pairs(asked))


def test_a_block_that_stands_several_times_is_looked_up_once_and_found_everywhere() -> None:
    """Its copies have their own places and names; a block that differs in case alone is no copy."""
    book = Phrasebook(
        [
            rule_from_entry(
                "en",
                "credits",
                {"id": "a", "pattern": "photo: {name}", "role": "photographer", "hit": ["-"], "miss": ["-"]},
            )
        ]
    )
    texts = ["Photo: Ann Lee", "Word", "PHOTO: Ann Lee", "Photo: Ann Lee", "Word", "Photo: Ann Lee"]
    folded = FoldedText(texts)
    distinct = folded.distinct()
    assert distinct.blocks.tolist() == [0, 1, 2]
    assert distinct.copies == [(3, 0), (4, 1), (5, 0)]
    spelled = ["".join(map(chr, distinct.codes[a:b])) for a, b in zip(distinct.starts, distinct.ends, strict=True)]
    assert spelled == ["photo: ann lee", "word", "photo: ann lee"]
    found = book.find(folded)
    assert [match.block for match in found] == [0, 2, 3, 5]
    for match in found:
        assert folded.text[match.first : match.last] == texts[match.block]
        assert [folded.text[first:last] for first, last in match.names] == ["Ann Lee"]


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
