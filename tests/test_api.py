"""The public interface, exactly as others build on it."""

from __future__ import annotations

import inspect
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import lxml.html
import pytest
from bs4 import BeautifulSoup

import dechaff
from dechaff import Block, Cleaned, Cleaner, Cut, Page
from dechaff.cleaner import Options
from helpers import NAMED, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = (ROOT / "fixtures" / "seed.txt").read_text("utf-8")
CHAFFY = "The story.\n- Advertisement -\nTranslated by Ann Lee\nIt goes on."
HTML = '<p class="a">The story.</p><div id="slot"><p>- Advertisement -</p></div><p>It goes on.</p>'


def test_clean_is_the_text_of_explain() -> None:
    assert dechaff.clean(SEED) == dechaff.explain(SEED).text


def test_a_cut_and_a_credit_say_all_there_is_to_say() -> None:
    cleaned = dechaff.explain(CHAFFY)
    cut = cleaned.cuts[0]
    assert (cut.family, cut.rule, cut.text) == ("ads", "en:advertisement", "- Advertisement -")
    assert 0 < cut.confidence <= 1
    assert cut.span == (11, 28)
    credit = cleaned.credits[0]
    assert (credit.role, credit.name, credit.language, credit.text) == (
        "translator",
        "Ann Lee",
        None,
        "Translated by Ann Lee",
    )
    assert (cleaned.warnings, cleaned.vetoed) == ([], [])


def test_clean_and_explain_take_the_options_of_a_cleaner_by_name_only() -> None:
    parameters = inspect.signature(Cleaner).parameters
    assert list(parameters) == list(Options.__annotations__)
    assert [name for name, p in parameters.items() if p.kind is not p.KEYWORD_ONLY] == ["filters"]
    explain: Any = dechaff.explain
    with pytest.raises(TypeError, match="colour"):
        explain("One.", colour="red")
    with pytest.raises(TypeError):
        explain("One.", "text")


def test_filters_have_a_name_and_a_summary() -> None:
    found = {filter_.name: filter_.summary for filter_ in dechaff.filters()}
    assert set(NAMED) <= set(found)
    assert all(summary and "\n" not in summary for summary in found.values())


@pytest.mark.parametrize("source", [None, 3, 1.5, object(), ["a"], {"a": 1}])
def test_what_is_no_source_is_a_type_error_that_lists_what_is(source: Any) -> None:
    with pytest.raises(TypeError, match="str, bytes"):
        dechaff.clean(source)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"kind": "pdf"}, ValueError, "kind is 'pdf'; it is one of auto, html, text"),
        ({"kind": None}, TypeError, "kind is one of"),
        ({"favor": "speed"}, ValueError, "favor is 'speed'; it is one of precision, balanced, recall"),
        ({"only": "adds"}, ValueError, "only: no family 'adds'; there are ads, scripts"),
        ({"only": 3}, TypeError, "only takes family names"),
        ({"without": ["advert"]}, ValueError, "without: no family 'advert'"),
        ({"keep": 3}, TypeError, "keep takes"),
        ({"keep": [3]}, TypeError, "keep: a rule is"),
        ({"keep": ["("]}, ValueError, r"keep: '\(' is not a regular expression"),
        ({"keep": ["css:p >"]}, ValueError, "is not a CSS selector"),
        ({"keep": [re.compile(b"x")]}, TypeError, "is for bytes"),
        ({"headline": "no"}, TypeError, "headline is True or False"),
        ({"language": 3}, TypeError, "language is a str"),
        ({"url": b"http://x"}, TypeError, "url is a str"),
    ],
)
def test_a_wrong_option_says_what_is_right(options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        dechaff.clean("text", **options)


def test_an_unknown_option_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="colour"):
        dechaff.clean("text", colour="red")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "source", ["", b"", " \n ", b"\x00\xff\xfe\x01", "\ud800 lone", b"\x89PNG\r\n\x1a\n\x00\x00", bytearray(b"")]
)
def test_no_content_raises(source: Any) -> None:
    assert isinstance(dechaff.clean(source), str)
    assert isinstance(dechaff.clean(source, kind="html"), str)
    assert isinstance(dechaff.clean(source, kind="text"), str)


def test_binary_garbage_comes_with_a_warning() -> None:
    cleaned = dechaff.explain(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    assert cleaned.text == ""
    assert cleaned.warnings


@pytest.mark.parametrize(
    "source",
    [
        HTML,
        HTML.encode(),
        memoryview(HTML.encode()),
        lxml.html.fromstring(f"<body>{HTML}</body>"),
        BeautifulSoup(HTML, "html.parser"),
    ],
)
def test_every_form_of_one_page_comes_out_the_same(source: Any) -> None:
    assert (
        dechaff.clean(source, kind="auto" if not isinstance(source, (str, bytes, memoryview)) else "html")
        == "The story.\n\nIt goes on."
    )


def test_only_and_without_choose_families() -> None:
    assert {cut.family for cut in dechaff.explain(CHAFFY, only="credits").cuts} == {"credits"}
    assert {cut.family for cut in dechaff.explain(CHAFFY, without=["credits"]).cuts} == {"ads"}
    assert dechaff.clean(CHAFFY, only=[]) == CHAFFY


@pytest.mark.parametrize(
    "rule",
    [
        "Advert",
        re.compile("^- A"),
        "re:[Aa]dvert",
        lambda block: "Advert" in block.text,
        "#slot",
        "div#slot > p",
        "css:div p",
    ],
)
def test_keep_beats_every_filter(rule: Any) -> None:
    """Regular expressions, CSS selectors and predicates; what they kept is in `vetoed`."""
    cleaned = dechaff.explain(HTML, kind="html", keep=[rule])
    assert "- Advertisement -" in cleaned.text
    assert [veto.cut.text for veto in cleaned.vetoed] == ["- Advertisement -"]


@pytest.mark.parametrize("rule", ["advert", ".slot", "#a", "css:p.b", lambda _: False])
def test_keep_keeps_nothing_it_does_not_name(rule: Any) -> None:
    cleaned = dechaff.explain(HTML, kind="html", keep=[rule])
    assert cleaned.text == "The story.\n\nIt goes on."
    assert cleaned.vetoed == []


def test_a_single_keep_rule_needs_no_list() -> None:
    assert "Advert" in dechaff.clean(CHAFFY, keep="Advert")


def shouting(page: Page) -> Iterator[Cut]:
    """Lines in capitals."""
    for block in page.blocks:
        if block.text.isupper():
            yield Cut(block.index, block.index + 1, "shouting", "upper")


def test_a_users_own_filter_is_a_callable() -> None:
    cleaner = Cleaner(filters=["ads", shouting])
    cleaned = cleaner.explain("BUY NOW\nThe story.\n- Advertisement -")
    assert [(cut.family, cut.text) for cut in cleaned.cuts] == [("shouting", "BUY NOW"), ("ads", "- Advertisement -")]
    assert Cleaner(filters=[shouting], without="shouting").clean("BUY NOW") == "BUY NOW"
    assert "shouting" not in {found.name for found in dechaff.filters()}


def test_a_filter_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="no registered filter 'adz'"):
        Cleaner(filters=["adz"])
    with pytest.raises(TypeError, match="neither a filter"):
        Cleaner(filters=[3])  # type: ignore[list-item]


def test_the_order_of_filters_is_no_matter() -> None:
    names = [found.name for found in dechaff.filters()]
    assert Cleaner(filters=names).explain(SEED) == Cleaner(filters=names[::-1]).explain(SEED)


def test_a_cleaner_pickles_and_is_safe_to_share() -> None:
    cleaner = Cleaner(keep=["nothing"], without="legal", favor="recall")
    copy = pickle.loads(pickle.dumps(cleaner))
    assert copy.explain(SEED) == cleaner.explain(SEED)
    sources = [SEED, CHAFFY, HTML] * 20
    expected = [cleaner.clean(source) for source in sources]
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(cleaner.clean, sources)) == expected


def test_a_call_leaves_its_source_alone() -> None:
    tree = lxml.html.fromstring(f"<body>{HTML}</body>")
    soup = BeautifulSoup(HTML, "html.parser")
    before = lxml.html.tostring(tree), str(soup)
    dechaff.clean(tree)
    dechaff.clean(soup)
    assert (lxml.html.tostring(tree), str(soup)) == before


def test_kept_is_what_stands_in_the_text() -> None:
    cleaned = dechaff.explain(CHAFFY)
    assert isinstance(cleaned, Cleaned)
    assert [block.text for block in cleaned.kept] == ["The story.", "It goes on."]
    assert all(isinstance(block, Block) for block in cleaned.kept)
