"""Markdown in: what is seen, where it stands, and that what comes out is the rest of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import mock

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import dechaff
from dechaff.content.boilerplate import LearnedFilter
from dechaff.page import Cut
from dechaff.reading import looks_like_markdown, markdown, read
from dechaff.reading.markdown import read_markdown
from helpers import NAMED
from test_properties import CHAFF, PROSE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dechaff.page import Block, Page

STORY = """\
[Skip to content](#main)

- [Home](/)
- [News](/news)
- [Sport](/sport)

[![build](https://ci.example/b.svg)](https://ci.example) [![licence](l.svg)](LICENSE)

The *last* ferry
================

The harbour was **quiet** when the first boats came in, and nobody spoke of [the storm](/storm "the storm").

\\- Advertisement -

> She had read about newsletters,
> and found them *rather* dull.

| Boat | Crew |
|------|-----:|
| Ada \\| Eva | 3 |

```python
subscribe("newsletter")
```

## Subscribe to our newsletter

![The pier](pier.jpg)

1. First they came.
   - Share on Facebook
2. Then they left.

*Translated by Kristina Rus*

[1]: https://example.org
"""


def cutting(*numbers: int) -> Callable[[Page], Iterable[Cut]]:
    """A filter that cuts the blocks of these numbers."""

    def own(_: Page) -> Iterable[Cut]:
        return [Cut(number, number + 1, "own", "number") for number in numbers]

    return own


def without(source: str, *wanted: str) -> str:
    """The source without the blocks that have these texts."""
    texts = [block.text for block in read_markdown(source).blocks]
    own = cutting(*(number for number, text in enumerate(texts) if text in wanted))
    return dechaff.Cleaner(filters=[own], kind="markdown").clean(source)


def seen(block: Block) -> tuple[str, int, str, float]:
    return block.kind, block.level, block.text, block.link_density


def test_blocks_are_what_a_reader_would_see() -> None:
    assert [seen(block) for block in read_markdown(STORY).blocks] == [
        ("paragraph", 0, "Skip to content", 1.0),
        ("item", 1, "Home", 1.0),
        ("item", 1, "News", 1.0),
        ("item", 1, "Sport", 1.0),
        ("heading", 1, "The last ferry", 0.0),
        ("paragraph", 0, "The harbour was quiet when the first boats came in, and nobody spoke of the storm.", 9 / 82),
        ("paragraph", 0, "- Advertisement -", 0.0),
        ("quote", 0, "She had read about newsletters, and found them rather dull.", 0.0),
        ("cell", 0, "Boat", 0.0),
        ("cell", 0, "Crew", 0.0),
        ("cell", 0, "Ada | Eva", 0.0),
        ("cell", 0, "3", 0.0),
        ("code", 0, 'subscribe("newsletter")', 0.0),
        ("heading", 2, "Subscribe to our newsletter", 0.0),
        ("item", 1, "First they came.", 0.0),
        ("item", 2, "Share on Facebook", 0.0),
        ("item", 1, "Then they left.", 0.0),
        ("paragraph", 0, "Translated by Kristina Rus", 0.0),
    ]


def test_pictures_are_no_text_and_count_for_the_block_behind_them() -> None:
    images = {block.text: block.images for block in read_markdown(STORY).blocks if block.images}
    assert images == {"The last ferry": 2, "First they came.": 1}


def test_the_rest_stays_byte_for_byte() -> None:
    cleaned = dechaff.explain(STORY, kind="markdown", only=NAMED)
    assert {cut.family for cut in cleaned.cuts} >= {"ads", "subscriptions", "sharing", "credits"}
    assert cleaned.credits[0].name == "Kristina Rus"
    gone = (
        "- [Home](/)\n- [News](/news)\n- [Sport](/sport)\n\n",
        "[![build](https://ci.example/b.svg)](https://ci.example) [![licence](l.svg)](LICENSE)\n\n",
        "\\- Advertisement -\n\n",
        "## Subscribe to our newsletter\n\n",
        "   - Share on Facebook\n",
    )
    expected = STORY.replace("[Skip to content](#main)\n\n", "").replace("*Translated by Kristina Rus*\n\n", "")
    for piece in gone:
        expected = expected.replace(piece, "")
    assert cleaned.text == expected
    assert cleaned.kind == "markdown"


def test_windows_line_ends_make_no_difference() -> None:
    source = STORY.replace("\n", "\r\n")
    assert dechaff.clean(source, kind="markdown") == dechaff.clean(STORY, kind="markdown").replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("source", "gone", "rest"),
    [
        ("- a\n- cut\n- b\n", ["cut"], "- a\n- b\n"),
        ("- a\n\n- cut\n\n- b\n", ["cut"], "- a\n\n- b\n"),
        ("- cut\n  - a\n", ["cut"], "- \n  - a\n"),
        ("- cut\n  - cut too\n\nText.", ["cut", "cut too"], "Text."),
        ("Text.\n## cut\n---\nMore.", ["cut"], "Text.\n\n---\nMore."),
        ("> a\n>\n> cut\n>\n> b", ["cut"], "> a\n>\n> b"),
        ("| a | b |\n|---|---|\n| cut | cut |\n| c | d |", ["cut"], "| a | b |\n|---|---|\n| c | d |"),
        ("| cut | b |\n|---|---|\n| c | d |", ["cut"], "|  | b |\n|---|---|\n| c | d |"),
        ("x\n\n| cut | cut |\n|---|---|\n| cut | cut |\n\ny", ["cut"], "x\n\ny"),
        ("a  \ncut  \nb", ["cut"], "a  \nb"),
        ("cut\n\n[1]: /x\n\nalso cut\n\nSee [1].", ["cut", "also cut"], "[1]: /x\n\nSee [1]."),
        ("a\n\ncut\n\n![p](q)\n\nalso cut\n\nb", ["cut", "also cut"], "a\n\nb"),
        ("a\n\n![p](q)\n\ncut\n\nb", ["cut"], "a\n\n![p](q)\n\nb"),
        ("a\n\n```\ncut\n```\n\nb", ["cut"], "a\n\nb"),
        ("cut\n===\n\nb", ["cut"], "b"),
        ("a\n\n    cut\n\nb", ["cut"], "a\n\nb"),
        ("---\ntitle: x\n---\n\ncut\n\nb", ["cut"], "---\ntitle: x\n---\n\nb"),
    ],
)
def test_what_stays_is_still_what_it_was(source: str, gone: list[str], rest: str) -> None:
    assert without(source, *gone) == rest


def test_a_span_takes_the_markup_along_that_is_about_nothing_else() -> None:
    source = "Text **bold** and [a link](/x) end."
    text = read_markdown(source).blocks[0].text

    def cut_of(words: str) -> str:
        def own(_: Page) -> Iterable[Cut]:
            start = text.index(words)
            return [Cut(0, 1, "own", "words", start=start, end=start + len(words))]

        cleaned = dechaff.Cleaner(filters=[own], kind="markdown").explain(source)
        assert all(source[slice(*cut.span)] == cut.text for cut in cleaned.cuts if cut.span)
        return cleaned.text

    assert cut_of("bold") == "Text and [a link](/x) end."
    assert cut_of("a link") == "Text **bold** and end."
    assert cut_of("bold and") == "Text [a link](/x) end."
    assert cut_of("and a") == "Text **bold** [link](/x) end."


def test_menus_that_came_out_as_code_are_lists() -> None:
    page = read_markdown("Text.\n\n    * [Home](/)\n    * [News](/n)\n    * Boats\n")
    assert [seen(block) for block in page.blocks[1:]] == [
        ("item", 2, "Home", 1.0),
        ("item", 2, "News", 1.0),
        ("item", 2, "Boats", 0.0),
    ]
    assert [block.kind for block in read_markdown("Text.\n\n    x = [1](2)\n    y = 2\n    z = 3\n").blocks] == [
        "paragraph",
        "code",
    ]


def test_an_address_that_was_wrapped_is_an_address() -> None:
    (block,) = read_markdown("[The boats](https://example.org/all-\nthe-boats) come in.").blocks
    assert (block.text, block.linked) == ("The boats come in.", 9)


@pytest.mark.parametrize(
    "source",
    [
        "# A comment\nx = 1\n",
        "- one\n- two\n- three\n",
        "He wrote [sic] and (see below).\n\n***\n\nMore.",
        "* * *\n\n# 1 in the charts\n\nA line.",
        "See [the notes](notes.txt).",
        "5 * 3 * 2\n**Note** that.",
    ],
)
def test_text_with_a_sign_or_two_is_text(source: str) -> None:
    assert not looks_like_markdown(source)
    assert read(source).kind == "text"


@pytest.mark.parametrize("source", [STORY, "[a](b) [c](d) [e](f) [g](h)", "## One\n\n**x** y\n\n## Two\n\n**z** y"])
def test_what_is_clearly_markdown_is_read_as_such(source: str) -> None:
    assert read(source).kind == "markdown"


def test_html_that_quotes_markdown_is_html() -> None:
    assert read(f"<html><body><pre>{STORY}</pre></body></html>").kind == "html"


HOSTILE = {
    "brackets": "[" * 12_500,
    "links": "[a](" * 5_000,
    "pictures": "![" * 6_250,
    "stars": "*a **b " * 2_500,
    "underscores": "_" * 12_500,
    "ticks": " ".join("`" * n for n in range(1, 300)),
    "quotes": ">" * 5_000 + " deep",
    "lists": "".join(" " * n + "- x\n" for n in range(400)),
    "items on a line": "- " * 5_000,
    "table": "|" * 5_000 + "\n" + "|-" * 5_000,
    "html": "<a " * 5_000,
    "comments": "<!--" * 5_000,
    "comments inside a box": "<div>\n" + "<!-- " * 200_000,
    "entities": "&#" * 7_500,
    "wrapped addresses": "](x\n" * 5_000,
    "parentheses": "](" + "(" * 12_500,
    "front matter": "---\n" + "a: b\n" * 12_500,
    "tildes": "".join("~" * n + "\nx\n" for n in range(300, 2, -1)) + "x\n" * 5_000,
    "open comments": "<!--x\n\n" * 5_000,
    "open scripts": "<script>\n\n" * 5_000,
    "rows": "[a](/a) " * 3_000,
    "data addresses": "![a](data:x " * 5_000 + "(" * 5_000,
    "spaced addresses": "](https://x " * 5_000,
    "underlines": "a\n=\n" * 2_500,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_hostile_markdown_takes_bounded_time(source: str) -> None:
    """Each takes a fraction of a second; with a quadratic step each would take minutes."""
    assert read_markdown(source).source == source


WORDS = st.sampled_from((*PROSE, *CHAFF))
INLINE = st.one_of(
    WORDS,
    WORDS.map(lambda text: f"*{text}*"),
    WORDS.map(lambda text: f"**{text[:9]}**{text[9:]}"),
    WORDS.map(lambda text: f"[{text}](/x_y 'z')"),
    WORDS.map(lambda text: f"`` {text} ``"),
    st.sampled_from(["&amp; \\* <br> x", "![p](q) x", "a_b_c", "\t", "*", "[", "\\"]),
)
BLOCK = st.one_of(
    INLINE,
    INLINE.map(lambda text: f"# {text} #"),
    INLINE.map(lambda text: f"{text}\n==="),
    INLINE.map(lambda text: f"- {text}\n  - {text}\n- x"),
    INLINE.map(lambda text: f"1. {text}\n\n   {text}"),
    INLINE.map(lambda text: f"> {text}\n> > {text}"),
    INLINE.map(lambda text: f"| {text.replace('|', ' ')} | b |\n|---|---|\n| x | {text.replace('|', ' ')} |"),
    INLINE.map(lambda text: f"```\n{text}\n```"),
    INLINE.map(lambda text: f"<div>{text}</div>"),
    st.sampled_from(["---", "[r]: /x", "![p](q)", "    code", ""]),
)
MARKDOWN = st.lists(BLOCK, max_size=8)


@settings(max_examples=50)
@given(MARKDOWN, st.sampled_from(["\n", "\n\n", "\r\n\r\n"]), st.data())
def test_offsets_are_exact_and_the_output_is_the_source_without_ranges(
    parts: list[str], joint: str, data: st.DataObject
) -> None:
    source = joint.join(parts)
    page = read_markdown(source)
    for block in page.blocks:
        assert 0 <= block.start <= block.end <= len(source)
        for place in block.places:
            if place.last - place.first == place.end - place.start > 1:
                assert block.text[place.first : place.last].split() == source[place.start : place.end].split()
    chosen = data.draw(st.sets(st.integers(0, max(len(page.blocks) - 1, 0)))) if page.blocks else set()
    cleaned = dechaff.Cleaner(filters=[cutting(*chosen)], kind="markdown").explain(source)
    rest = source
    for cut in sorted(cleaned.cuts, key=lambda cut: cut.span or (0, 0), reverse=True):
        assert cut.span is not None
        assert source[slice(*cut.span)] == cut.text
        rest = rest[: cut.span[0]] + rest[cut.span[1] :]
    ours, expected = "".join(cleaned.text.replace(">", "").split()), "".join(rest.replace(">", "").split())
    assert ours == expected
    again = [Cut(cut.first, cut.last, cut.family, cut.rule, 1.0, cut.start, cut.end) for cut in cleaned.cuts]
    replayed = dechaff.Cleaner(filters=[lambda _: again], kind="markdown").clean(source)
    assert replayed == cleaned.text


def _by_itself() -> MarkdownIt:
    """markdown-it as it is, with the two rules that are our own."""
    md = MarkdownIt("commonmark", {"maxNesting": 60}).enable(["table", "strikethrough"])
    md.block.ruler.at("fence", markdown._closed_fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.block.ruler.at("html_block", markdown._closed_html, {"alt": ["paragraph", "reference", "blockquote"]})
    md.core.ruler.enableOnly(["normalize", "block"])
    return md


@given(st.lists(BLOCK | st.text(alphabet="*_`[]()!<>#-=+|~:\\& \n\tab1.", max_size=30), max_size=8).map("\n".join))
@example("---\na\n***\nb\n___\nc\n> d\n\n+ e\n* f\n- g\n\n1. h\n\n[i]: j\n\n<b>\n\n# k\n~~~\nl\n~~~\n```\nm")
def test_rules_chosen_by_sign_find_the_blocks_that_all_rules_find(source: str) -> None:
    assert markdown._parser().parse(source) == _by_itself().parse(source)


@given(st.lists(BLOCK | st.text(alphabet="abcD |-\t\n\u00a0", max_size=60), max_size=8).map("\n".join))
def test_plain_lines_are_read_as_the_inline_parser_reads_them(source: str) -> None:
    short = read_markdown(source)
    with mock.patch.object(markdown, "_PLAIN", regex.compile("(?!)")):
        assert read_markdown(source) == short


@given(st.text(alphabet="aZ9_.-/:%?# é", max_size=12))
def test_addresses_are_normalised_as_markdown_it_does_it(address: str) -> None:
    assert markdown._parser().normalizeLink(address) == _by_itself().normalizeLink(address)


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("a <!-- b > c --> d", "a d"),
        ("a <!-- b --> c <!-- d --> e --> f", "a c e --> f"),
        ("a <!-- b <i>c</i> d", "a <!-- b c d"),
        ("a <!-- b --> c <!-- d", "a c <!-- d"),
        (f"a <!-- {'b ' * 9_000}--> c", "a c"),
        (f"a <!-- {'b ' * 11_000}--> c", f"a <!-- {'b ' * 11_000}--> c"),
    ],
)
def test_comments_between_tags_are_no_text(inner: str, text: str) -> None:
    [block] = read_markdown(f"<div>\n{inner}\n</div>").blocks
    assert block.text == text


LETTERS = st.characters(
    exclude_categories=("Cs", "Cc"), exclude_characters="\ufffd"
)  # a source of these is taken for binary
SIGNS = "*_`[]()!<>#-|~\\& \n\tab1."


@given(st.one_of(st.text(LETTERS, max_size=200), st.text(alphabet=SIGNS, max_size=80)))
def test_no_markdown_raises_and_nothing_cut_is_nothing_changed(source: str) -> None:
    assert dechaff.clean(source, kind="markdown", only=[]) == source
    dechaff.clean(source, kind="markdown")


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("** 2.0 Features** and **so **on", ["2.0 Features and so on"]),
        ("_Note: it is a_name, so _", ["Note: it is a_name, so"]),
        ("5 * 3 * 2, see *note and a ____ line", ["5 * 3 * 2, see *note and a ____ line"]),
        ("Opt out   Enter your mail   [no   thanks](/n)", ["Opt out", "Enter your mail", "no thanks"]),
        ("Two  spaces stay.", ["Two spaces stay."]),
        ("![sizes](a.jpg 500w, b.jpg 900w) The pier.", ["The pier."]),
        ("1. [Errors](/e)\n  1. [No ferry](/n)\n  2. [No fog](/f)", ["Errors", "No ferry", "No fog"]),
        (" 13. [Errors](/e)\n     1. [No ferry](/n)\n     2. [No fog](/f)", ["Errors", "No ferry", "No fog"]),
        (
            "| a | b |\n|---|---|\n| c | d | The pier. | --- | It \\| rained. |",
            ["a", "b", "c", "d", "The pier.", "It | rained."],
        ),
        ("- It opened on\n  12. May, in rain", ["It opened on", "12. May, in rain"]),
    ],
)
def test_what_converters_write_is_read_as_they_mean_it(source: str, texts: list[str]) -> None:
    assert [block.text for block in read(source, kind="markdown").blocks] == texts
    assert dechaff.clean(source, kind="markdown", only=()) == source


@pytest.mark.parametrize(
    ("source", "linked"),
    [
        ("[missing ] after it](/list)", ["missing ] after it"]),
        ("[\n\n## The pier\n\nIt closed.\n\n](/pier)\n\nIt rained.", ["The pier", "It closed."]),
        ("See [1] and a](b) there.", []),
        ("The list [\n\nIt rained.", []),
    ],
)
def test_links_that_commonmark_does_not_see_are_links(source: str, linked: list[str]) -> None:
    page = read(source, kind="markdown")
    assert [block.text for block in page.blocks if block.link_density == 1] == linked


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        (
            "It closed.\n~~~~~~\nIt rained.\n\n# Boats\n\nThey left.",
            ["It closed.", "~~~~~~", "It rained.", "Boats", "They left."],
        ),
        ("~~~\nx = 1\n\n# y\n~~~\n\nIt rained.", ["x = 1\n\n# y", "It rained."]),
        ("```\nx = 1\n\n# y", ["x = 1\n\n# y"]),
        ("> ~~~\n> x = 1\n\nIt rained.", ["x = 1", "It rained."]),
        ("<![CDATA[ Boats\n\nThey left.", ["<![CDATA[ Boats", "They left."]),
        ("<!-- menu\n\nHome -->\n\nThey left.", ["They left."]),
        ("<!-- menu\n\nThey left.", ["<!-- menu", "They left."]),
        ("---\n\nThey left.\n\n---\n\nIt rained.", ["They left.", "It rained."]),
        ("---\n# by hand\ntitle: Boats\n---\n\nIt rained.", ["It rained."]),
    ],
)
def test_what_nothing_closes_does_not_swallow_the_rest(source: str, texts: list[str]) -> None:
    assert [block.text for block in read(source, kind="markdown").blocks] == texts


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("[The pier](/a)[The boats](/b) [The inn](/c)", ["The pier", "The boats", "The inn"]),
        ("Seen: [The pier](/a) [The boats](/b)\n[The inn](/c) today", ["Seen: The pier", "The boats", "The inn today"]),
        ("He saw [the pier](/a) [that day](/b).", ["He saw the pier that day."]),
        ("See [the pier](/a), [the boats](/b), [the inn](/c).", ["See the pier, the boats, the inn."]),
        ("# [The](/a) [old](/b) [pier](/c)", ["The old pier"]),
    ],
)
def test_each_link_of_a_row_is_a_block(source: str, texts: list[str]) -> None:
    assert [block.text for block in read(source, kind="markdown").blocks] == texts


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("[Share](https://x.example/?text=The old pier&via=us) it.", ["Share it."]),
        ("[Share](the old pier) it.", ["[Share](the old pier) it."]),
        (
            "![Gifts](data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' d='rotate(4 5)'%3E)Gifts (all)",
            ["Gifts (all)"],
        ),
        ("They left.\n\n    * The pier\n\n      * The old inn\n", ["They left.", "The pier", "The old inn"]),
        ("They left.\n\n    * foo = {};\n    * @param x\n", ["They left.", "* foo = {};\n* @param x"]),
    ],
)
def test_addresses_and_lists_that_commonmark_takes_for_something_else(source: str, texts: list[str]) -> None:
    assert [block.text for block in read(source, kind="markdown").blocks] == texts


def test_lines_of_no_break_spaces_alone_raise_nothing() -> None:
    line = "The ferry left at six with two cars and a piano on board of it\n"
    source = (line + "\xa0\n" + line) * 4
    assert dechaff.clean(source, kind="markdown").split() == source.split()


def test_the_options_of_a_field_that_were_glued_together_are_blocks() -> None:
    options = [
        "Old Pier",
        "New Pier",
        "North Shore",
        "South Shore",
        "Upper Lock",
        "Lower Lock",
        "Salt Mill",
        "Tide Mill",
        "Inn",
    ]
    source = "".join(options) + "\n\nShe left."
    page = read(source, kind="markdown")
    assert [block.text for block in page.blocks] == [*options, "She left."]
    assert all(source[block.start : block.end] == block.text for block in page.blocks)
    for prose in ("".join(options[:6]), ", ".join(["LinkedIn", "YouTube", "GitHub", "OpenOffice"] * 3)):
        assert [block.text for block in read(prose, kind="markdown").blocks] == [prose]


def score_behind_prose(text: str) -> float:
    """How likely the network takes what stands behind some paragraphs for content."""
    page = read("\n\n".join(["It rained all day in the valley."] * 6 + [text]), kind="markdown")
    return float(LearnedFilter().scores(page)[len(page.blocks) - 1])


def test_what_is_all_link_is_less_likely_content_than_the_same_words() -> None:
    for label in ("The old pier", "Harbour and tides", "Forty years of ferries"):
        assert score_behind_prose(f"[{label}](/pier)") < score_behind_prose(label)


def test_a_link_in_a_sentence_takes_nothing_from_it() -> None:
    sentence = "The ferry left at six with two cars and a piano on board, and the mate wrote it down."
    assert score_behind_prose(sentence.replace("a piano", "[a piano](/pianos)")) > 0.5


AD = "- Advertisement -"
STAYS = "It rained all day and the ferry did not come in."


def ads_cut(source: str) -> str:
    return dechaff.Cleaner(only=["ads"], kind="markdown").clean(source)


@pytest.mark.parametrize(
    "silent",
    [
        "[](/?top)",
        "[ ](#)\n\n__",
        "[ ![The quay](data:image/svg+xml;base64,PHN2) ](/)",
        '[![The quay](/logo.png)](https://quay.example.org/ "The quay")',
        "[ ![B](b.png) ](https://birds.example.org/quay)\n\n[ ![F](Img%20\\(1\\).png) ](https://fish.example.org/quay)",
        "* [![B](b.png)](/b)\n* [![F](f.png)](/f)\n*",
    ],
)
def test_what_shows_no_words_beside_a_cut_goes_with_it(silent: str) -> None:
    for source in (f"{STAYS}\n\n{AD}\n\n{silent}\n\n{STAYS}\n", f"{STAYS}\n\n{silent}\n\n{AD}\n\n{STAYS}\n"):
        assert ads_cut(source) == f"{STAYS}\n\n{STAYS}\n"
        (cut,) = dechaff.Cleaner(only=["ads"], kind="markdown").explain(source).cuts
        assert silent in cut.text
        assert cut.span is not None
        assert source[slice(*cut.span)] == cut.text


@pytest.mark.parametrize(
    "shown",
    [
        "![The ferry](ferry.jpg)",
        "[![The ferry](small.jpg)](/ferry)",
        "[![The ferry](small.jpg)](ferry.jpg)\n[![The quay](small-2.jpg)](quay.jpg?w=9)",
        "* * *",
        "***",
        "[1]: /ferry",
        "<!-- ferry -->",
    ],
)
def test_what_may_belong_to_the_text_beside_a_cut_stays(shown: str) -> None:
    assert ads_cut(f"{STAYS}\n\n{AD}\n\n{shown}\n\n{STAYS}\n") == f"{STAYS}\n\n{shown}\n\n{STAYS}\n"
    assert ads_cut(f"{STAYS}\n\n{shown}\n\n{AD}\n\n{STAYS}\n") == f"{STAYS}\n\n{shown}\n\n{STAYS}\n"


def test_a_picture_that_leads_where_the_block_led_goes_with_it() -> None:
    def links_cut(page: Page) -> Iterable[Cut]:
        yield from (Cut(block.index, block.index + 1, "related", "own") for block in page.blocks if block.linked)

    cleaner = dechaff.Cleaner(filters=[links_cut], kind="markdown")
    card = "[![](small.jpg)](/eel)\n\n[The eel is back](/eel)"
    assert cleaner.clean(f"{STAYS}\n\n{card}\n\n{STAYS}") == f"{STAYS}\n\n{STAYS}"
    other = card.replace("(/eel)", "(/heron)", 1)
    assert cleaner.clean(f"{STAYS}\n\n{other}\n\n{STAYS}") == f"{STAYS}\n\n[![](small.jpg)](/heron)\n\n{STAYS}"


def test_at_an_end_of_the_source_all_that_shows_no_words_goes_with_a_cut_and_without_one_stays() -> None:
    picture = "![The quay](quay.jpg)"
    assert ads_cut(f"{picture}\n\n{AD}\n\n{STAYS}\n\n{AD}\n\n{picture}\n").strip() == STAYS
    assert ads_cut(f"{picture}\n\n{STAYS}\n\n{AD}\n\n{STAYS}\n\n{picture}\n").split("\n\n")[0] == picture
    front = f"---\ntitle: The quay\n---\n\n{AD}\n\n{STAYS}\n"
    assert ads_cut(front).startswith("---\ntitle: The quay\n---\n")
