"""Text that lost its shape: wrapped, on one line, with Windows line ends."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dechaff
from dechaff.reading import lines_of, read, read_text
from dechaff.reading.sentences import split_sentences
from helpers import NAMED, page_folders
from lab.metrics import words
from test_properties import CHAFF, PROSE

if TYPE_CHECKING:
    from pathlib import Path

ARTICLE = (
    "The ferry left at six, with two cars, a piano and a dog that belonged to nobody on board, and the mate wrote all of it down.",
    "Sign up for our weekly newsletter and get the best stories from the harbour delivered straight to your inbox every Friday!",
    "By noon the fog had come in again, so that the pilot could hear the bell of the outer buoy and not see it, which he disliked.",
    "He had read about newsletters, and an advertisement for one hung in the wheelhouse; nobody had ever taken it down, it was dry.",
    "In the evening they counted the passengers once more, found one too many, and agreed that the dog had been right all along.",
)


def wrapped(width: int, joint: str = "\n") -> str:
    return (joint * 2).join(joint.join(textwrap.wrap(paragraph, width)) for paragraph in ARTICLE)


@pytest.mark.parametrize("width", [40, 60, 72, 80, 100])
@pytest.mark.parametrize("joint", ["\n", "\r\n"])
def test_residue_that_is_broken_across_lines_goes_and_the_rest_stays_byte_for_byte(width: int, joint: str) -> None:
    source = wrapped(width, joint)
    assert lines_of(source) == "wrapped"
    cleaned = dechaff.explain(source)
    assert [cut.family for cut in cleaned.cuts] == ["subscriptions"]
    gone = joint.join(textwrap.wrap(ARTICLE[1], width))
    assert cleaned.text == source.replace(gone + joint * 2, "")
    assert [source[slice(*cut.span)] for cut in cleaned.cuts if cut.span] == [gone]


def test_a_span_in_a_wrapped_paragraph_goes_across_the_line_end() -> None:
    source = "It rained for the whole of the week in\nthe valley. Translated by Kristina\nRus"

    def credit(page: dechaff.Page) -> list[dechaff.Cut]:
        place = page.blocks[0].text.index("Translated by Kristina Rus")
        return [dechaff.Cut(0, 1, "credits", "own", start=place, end=len(page.blocks[0].text))]

    cleaned = dechaff.Cleaner(filters=[credit], lines="wrapped").explain(source)
    assert cleaned.text == "It rained for the whole of the week in\nthe valley."
    assert [cut.text for cut in cleaned.cuts] == ["Translated by Kristina\nRus"]


@pytest.mark.parametrize(
    "source",
    [
        "\n".join(ARTICLE),
        "\n\n".join(ARTICLE),
        "Home\nNews\nSports\nContact us\nAbout the harbour\nImprint",
        (
            "The lamp is out, the boats are in,\nthe gulls have gone to bed,\nand nobody but old Perrin\nstill counts the stars ahead.\n\n"
            "He counts them once, he counts them twice,\nhe never gets them right,\nand says the price of good advice\nis staying up all night."
        ),
        "",
        "One line.",
    ],
)
def test_lines_that_end_where_their_author_ended_them_are_paragraphs(source: str) -> None:
    assert lines_of(source) == "paragraphs"


def test_short_lines_of_a_wrapped_text_stay_lines() -> None:
    source = "Home\nNews\nSports\n\n" + wrapped(72)
    assert [block.text for block in read(source).blocks][:4] == ["Home", "News", "Sports", ARTICLE[0]]


def test_chinese_lines_are_joined_without_a_space() -> None:
    page = read_text("北浜の駅に夜の列車が着くと待合室の\n灯がともる。", lines="wrapped")
    assert [block.text for block in page.blocks] == ["北浜の駅に夜の列車が着くと待合室の灯がともる。"]


def test_what_the_caller_says_beats_the_look() -> None:
    source = wrapped(72)
    assert len(read(source, lines="paragraphs").blocks) == len(source.split("\n")) - 4
    assert [block.text for block in read("a\nb\n\nc", lines="wrapped").blocks] == ["a b", "c"]
    assert [block.text for block in read("It is so. It is.", lines="one").blocks] == ["It is so.", "It is."]
    with pytest.raises(ValueError, match=r"'two'.*auto, paragraphs, wrapped, one"):
        dechaff.clean("a", lines="two")  # type: ignore[arg-type]


def test_on_one_line_sentences_go_and_the_rest_stays_byte_for_byte() -> None:
    source = " ".join((*ARTICLE[:3], "- Advertisement -", *ARTICLE[3:]))
    assert lines_of(source) == "one"
    assert dechaff.clean(source) == " ".join((ARTICLE[0], *ARTICLE[2:]))


@pytest.mark.parametrize(
    "text",
    [
        "The advertisement of 1907 was short. Advertisement was a new word then.",
        "Dr. J. Hale of the U.S. Navy came on 12. May.",
        "Share prices fell. Follow us into the cellar, said the bank.",
        "Er gab eine Anzeige auf, und Frau Kropp las sie.",
    ],
)
def test_words_of_chaff_inside_a_sentence_stay(text: str) -> None:
    assert dechaff.clean(text, lines="one", only=NAMED) == text


def test_a_short_line_is_a_paragraph() -> None:
    assert lines_of("It is so. It was so. It will be so. Who knows? Nobody. Advertisement") == "paragraphs"


def _forms(folder: Path) -> tuple[str, str]:
    page = folder / "page.html"
    source = (page if page.exists() else folder / "page.txt").read_bytes()
    lines = [" ".join(block.text.split()) for block in read(source).blocks]
    return "\n".join(lines), " ".join(lines)


CUT_TOO = 0.94
"""Of the words that go from the line form of a fixture page by name, at least so many go from its one-line form."""

LESS = {
    "arabic-news": (0.76, "no capital tells where a label of one or two words begins, and a title ends"),
    "discourse": (0.92, "a count of likes stands before a name in lower case"),
    "sphinx-docs": (0.84, "a label before the package's name, which is in lower case; there are 19 words in all"),
}
"""What cannot be told once the line ends are gone, page by page."""


@pytest.mark.parametrize("folder", page_folders(), ids=lambda folder: folder.name)
def test_the_one_line_form_of_fixture_pages_loses_the_residue_and_keeps_the_gold(folder: Path) -> None:
    """At most 0.5% of the gold words of a page go, and nearly all of the words that the line form loses by name."""
    lines, one = _forms(folder)
    assert read(one, kind="text").one_line
    whole = Counter(words(one))
    gone = whole - Counter(words(dechaff.clean(one, kind="text")))
    expected = whole - Counter(words(dechaff.clean(lines, kind="text", only=NAMED)))
    gold = Counter(words((folder / "expected.txt").read_text("utf-8"))) & whole
    lost = gold - (whole - gone)
    assert lost.total() <= 0.005 * gold.total(), lost
    least, reason = LESS.get(folder.name, (CUT_TOO, "nothing is known to stay"))
    assert (expected & gone).total() >= least * expected.total(), (reason, expected - gone)


def test_the_exceptions_are_pages() -> None:
    assert LESS.keys() <= {folder.name for folder in page_folders()}


STORY = (
    "The ferry left at six with two cars and a piano on board. The mate wrote all of it down, and the dog slept. "
    "By noon the fog had come in again, so that nobody saw the outer buoy. The bell was heard, and that had to do. "
)


@pytest.mark.parametrize(
    ("before", "chaff", "after"),
    [
        ("The pilot went home.", "Read more: The mill in the lower valley", "The next day nobody spoke of it."),
        ("He had counted them himself.", "Leave a Comment", "Most read"),
        ("It rained until the evening.", "Newsletter", "Subscribe"),
        ("function a() { return b; }", "Advertisement", "The harbour closed at two."),
    ],
)
def test_on_one_line_labels_go_where_a_line_must_have_begun(before: str, chaff: str, after: str) -> None:
    cleaned = dechaff.clean(f"{STORY * 3}{before} {chaff} {after} {STORY}", lines="one", only=NAMED)
    assert chaff.rpartition(": ")[2] not in cleaned
    assert STORY.strip() in cleaned


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("Tags: river, transport Leave a Comment", ""),
        ("© 2019 Harbour Lamps Ltd. Privacy Policy", ""),
        ("READ MORE: Night closures of the road bridge until autumn “I never asked anybody to subscribe,” she said.",
         "“I never asked anybody to subscribe,” she said."),
        ("Read more 15 October 2023 was the day.", "15 October 2023 was the day."),
        ("Thanks for reading Second Shelf! Subscribe for free to receive new posts and support my work. He went home.",
         "He went home."),
        ("Subscribe to our channel Nobody knew why the bell had been taken down from the tower. He went home.",
         "Nobody knew why the bell had been taken down from the tower. He went home."),
        ("No spam. Unsubscribe anytime. I used to rearrange whole paragraphs because of it.",
         "I used to rearrange whole paragraphs because of it."),
        ("Harbour Lamps sold it. Share this article © 2023, Harbour Lamps Powered by Shopify", "Harbour Lamps sold it."),
        ("Home » Boats » The Piano on the Ferry The Piano on the Ferry He went home.", "The Piano on the Ferry He went home."),
        ("Share this article: Click to share on Twitter (Opens in new window)Click to share on Facebook (Opens in new window)",
         ""),
        ('[[{"fid":"22","fields":{"alt":"Drying. The loft"},"type":"media"}]] He went home.', "He went home."),
        ("Previous Page 1 2 3 … 9 Next Page He went home.", "He went home."),
        ("He slept. mudlark Posts: 58 Post Reply Print view 4 posts • Page 1 of 1 mudlark Posts: 58 He went home.",
         "He slept. mudlark Posts: 58 mudlark Posts: 58 He went home."),
        ("© 2018 Mariners of the lamps. All rights reserved.", ""),
    ],
)  # fmt: skip
def test_on_one_line_phrases_end_where_they_surely_do(text: str, stays: str) -> None:
    """Where another phrase begins, at the end of a name or of the sentence that makes it one; and what follows stays."""
    cleaned = dechaff.clean(f"{STORY}{text} {STORY}", lines="one", only=NAMED)
    assert " ".join(cleaned.split()) == f"{STORY}{stays} {STORY}".replace("  ", " ").strip()


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Hale read the News and then went Home Tuesday, as he always did.",
        "He asked at the Search Office about the Archive, and nobody there had seen him.",
        "The price was £128.00 GBP. The Regular price £140.00 GBP stood below it, crossed out.",
        "She had read more: The Times, the almanac, and The letters that nobody had sent.",
        'He wrote {"bell, the outer one": rung on the slate, and ["dog"] below it.',
        "The mate (he was Scottish)Anna called it, and the bell (the old one)The bell answered.",
        "The Harbour Lamps Harbour Lamps had made were dry. The mate saw the Harbour Lamps Follow him, he said.",
        "He slept. mudlark came and read Page 1 of 1 mudlark had written, and the mate read 4 posts with him.",
        "They came in at ten, on the day of the Old Tag. The mate wrote Tag on the slate.",
        "The mate asked who it was translated by and nobody in the village of the Old Tag knew it",
        "He wrote that all rights reserved were his and went to the Old Mill",
        "He had always read more about The Boats of the harbour Mate and the bell than he said.",
        "They follow us on Sundays and we read The Bell and the Slate to them",
        "She read the related articles of law and The Mate wrote them down for the village.",
    ],
)
def test_on_one_line_capitalised_words_inside_a_sentence_stay(text: str) -> None:
    for source in (f"{STORY}{text} {STORY}".strip(), f"{STORY}{STORY}{text}"):
        assert dechaff.clean(source, lines="one", only=NAMED) == source


def test_on_one_line_two_phrases_that_adjoin_go_in_a_script_without_capitals_and_one_alone_stays() -> None:
    prose = "اجتمع أهالي القرية حول برجهم القديم ليسمعوا دقة لم يسمعها أبناؤهم من قبل. " * 8
    byline, share = "بقلم: سلمى الخوري9 مارس، 2021", "شارك على فيسبوك"
    before, after = "وكان المساء هادئا في الوادي كله", "برج الساعة في ساحة القرية صباح يوم الافتتاح."
    both = dechaff.clean(f"{prose}{before} {byline} {share} {after}", lines="one", only=NAMED)
    assert byline not in both
    assert share not in both
    assert before in both
    assert after in both
    alone = f"{prose}{before} {share} {after}"
    assert dechaff.clean(alone, lines="one", only=NAMED) == alone


def test_json_that_does_not_end_is_read_once() -> None:
    text = STORY * 3 + '{"a": ' * 20_000
    first, *_, last = split_sentences(text)
    assert text[slice(*first)] == "The ferry left at six with two cars and a piano on board."
    assert last[1] == len(text.rstrip())


LINES = st.lists(st.sampled_from((*PROSE, *CHAFF, "", "a", "北浜の駅。広告 客は多い。")), max_size=12)


@given(LINES, st.sampled_from(["\n", "\n\n", "\r\n", "\r", " "]), st.sampled_from(["paragraphs", "wrapped", "one"]))
def test_offsets_are_exact_and_the_output_is_the_source_without_its_ranges(
    lines: list[str], joint: str, shape: str
) -> None:
    source = joint.join(lines)
    page = read(source, kind="text", lines=shape)  # type: ignore[arg-type]
    for block in page.blocks:
        for place in block.places:
            if place.last - place.first == place.end - place.start and block.text[place.first : place.last] != " ":
                assert block.text[place.first : place.last] == source[place.start : place.end]
        if not block.places:
            assert block.text == source[block.start : block.end]
    cleaned = dechaff.explain(source, kind="text", lines=shape, only=NAMED)  # type: ignore[arg-type]
    rest = source
    for cut in reversed(cleaned.cuts):
        assert cut.span is not None
        assert source[slice(*cut.span)] == cut.text
        rest = rest[: cut.span[0]] + rest[cut.span[1] :]
    assert "".join(rest.split()) == "".join(cleaned.text.split())
