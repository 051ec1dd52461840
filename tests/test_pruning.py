"""Pruning: what goes out of somebody's own tree, and that all else stays as it is."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import lxml.html
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from lxml import etree
from parsel import Selector

from dechaff import Cleaner, Cut, Page
from dechaff.reading import decode, read
from helpers import NAMED, PAGES, paragraphs
from lab import corpora
from lab.metrics import words
from lab.pruned import PARSERS
from test_properties import MARKUP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STORY = "The harbour was quiet when the first boats came in, and nobody spoke of the storm."
MORE = "Der alte Müller erzählte von der Übersetzung des Getriebes, die ihm nie gefallen hatte."
TREES: dict[str, Callable[[str], Any]] = {
    "lxml": lxml.html.document_fromstring,
    "soup": lambda markup: BeautifulSoup(markup, "html.parser"),
}


class Marked:
    """A filter that cuts what a test has marked: {a span} in a block, or a block that begins with a star."""

    name = "ads"
    summary = "what a test marks"

    def __init__(self, family: str = "ads") -> None:
        self.family = family

    def find(self, page: Page) -> Iterator[Cut]:
        for block in page.blocks:
            if block.text.startswith("*"):
                yield Cut(block.index, block.index + 1, self.family, "star")
            elif "{" in block.text:
                yield Cut(
                    block.index, block.index + 1, self.family, "braces",
                    start=block.text.index("{"), end=block.text.index("}") + 1,
                )  # fmt: skip


def _pruned(kind: str, body: str, family: str = "ads") -> str:
    """The body after pruning, as it is written."""
    tree = TREES[kind](f"<html><head></head><body>{body}</body></html>")
    Cleaner([Marked(family)], kind="html").prune(tree)
    written = str(tree) if kind == "soup" else etree.tostring(tree, encoding="unicode", method="html")
    return written.partition("<body>")[2].partition("</body>")[0].replace("<br/>", "<br>")


kinds = pytest.mark.parametrize("kind", TREES)


@kinds
@pytest.mark.parametrize(
    "body",
    [
        "<p>One <b>two</b> three.</p>",
        "<p>One</p> tail <!-- remark --><script>x()</script><style>p {}</style>",
        "<div class='ad'></div><img src='x.png'><p>One<br>two</p>",
        "<pre>a\n  b\n</pre>",
        "",
    ],
)
def test_where_nothing_is_cut_nothing_changes(kind: str, body: str) -> None:
    tree = TREES[kind](f"<html><body>{body}</body></html>")
    before = str(tree) if kind == "soup" else etree.tostring(tree)
    Cleaner([Marked()], kind="html").prune(tree)
    assert (str(tree) if kind == "soup" else etree.tostring(tree)) == before


@kinds
@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("<p>One.</p><p>* ad</p><p>Two.</p>", "<p>One.</p><p>Two.</p>"),
        ("<div>One. <div id='a'><p>* ad</p><p>* ad</p></div> Two.</div>", "<div>One.  Two.</div>"),
        # A tail that runs on after what went still stands apart from what came before.
        ("<div>One<div>* ad</div>two</div>", "<div>One\ntwo</div>"),
        ("<div><b>One</b><div>* ad</div><b>two</b></div>", "<div><b>One</b>\n<b>two</b></div>"),
        ("<p>One {two} three.</p>", "<p>One three.</p>"),
        ("<p>One <span>{two}</span> three.</p>", "<p>One  three.</p>"),
        ("<p>One <b>{two</b> <i>three}</i> <u>four</u>.</p>", "<p>One   <u>four</u>.</p>"),
        ("<p>One <b>two {three} four</b> five.</p>", "<p>One <b>two four</b> five.</p>"),
        ("<p>One <a>{two}</a>three</p>", "<p>One three</p>"),
        ("<ul><li>One</li><li>* ad</li></ul>", "<ul><li>One</li></ul>"),
        ("<table><tr><td>* ad</td><td>One</td></tr><tr><td>* ad</td><td>* ad</td></tr></table>",
         "<table><tr><td></td><td>One</td></tr></table>"),
        ("<p>One</p><div>* ad<img src='x'><script>x()</script></div>", "<p>One</p>"),
        ("<p>One<br>* ad<br>two</p>", "<p>One<br><br>two</p>"),
        ("<p>* all</p>", ""),
        ("* all", ""),
    ],
)  # fmt: skip
def test_what_goes_and_what_stays(kind: str, body: str, wanted: str) -> None:
    got = _pruned(kind, body)
    assert words(got) == words(wanted)
    spaceless = [" ".join(text.replace("\n", " ").split()) for text in (got, wanted)]
    assert spaceless[0] == spaceless[1]


@kinds
def test_a_picture_stays_without_its_caption_and_goes_with_an_advertisement(kind: str) -> None:
    figure = '<figure><img src="x.png"><figcaption>* caption</figcaption></figure>'
    body = f"<p>One.</p>{figure}<p>Two.</p>"
    assert _pruned(kind, body, "ads") == "<p>One.</p><p>Two.</p>"
    kept = _pruned(kind, body, "credits")
    assert "x.png" in kept
    assert "figcaption" not in kept
    # Not where the text around it went as well.
    assert "x.png" not in _pruned(kind, f"<p>One.</p><div><p>* a</p>{figure}<p>* b</p><p>* c</p></div>", "credits")


@kinds
def test_the_users_own_objects_go_on_working(kind: str) -> None:
    markup = f"<html><body><div class='ad'><p>- Advertisement -</p></div><p id='story'>{STORY} <i>Really.</i></p></body></html>"
    tree = TREES[kind](markup)
    find = tree.select_one if kind == "soup" else lambda selector: next(iter(tree.cssselect(selector)), None)
    story = find("#story")
    cleaned = Cleaner(only="ads").prune(tree)
    assert [(cut.family, cut.text) for cut in cleaned.cuts] == [("ads", "- Advertisement -")]
    assert find("#story") is story
    assert find("i") is not None
    assert find(".ad") is None


@kinds
def test_a_part_of_a_tree_is_pruned_alone(kind: str) -> None:
    tree = TREES[kind]("<html><body><p>* out</p><div><p>* in</p><p>One.</p></div>tail</body></html>")
    part = tree.find("div") if kind == "soup" else tree.find(".//div")
    Cleaner([Marked()]).prune(part)
    text = tree.get_text("|") if kind == "soup" else "|".join(tree.itertext())
    assert text == "* out|One.|tail"


def test_an_element_tree_and_a_selector_are_pruned_where_they_stand() -> None:
    markup = "<html><body><p>* ad</p><p>One.</p></body></html>"
    document = lxml.html.document_fromstring(markup).getroottree()
    Cleaner([Marked()]).prune(document)
    assert document.xpath("//p/text()") == ["One."]
    selector = Selector(markup)
    Cleaner([Marked()]).prune(selector)
    assert selector.css("p::text").getall() == ["One."]
    part = Selector(markup).css("p")[0]
    assert Cleaner([Marked()]).prune(part).text == ""


def test_entities_and_namespaces_of_an_xml_tree() -> None:
    parser = etree.XMLParser(resolve_entities=False)
    root = etree.fromstring(
        '<!DOCTYPE html [<!ENTITY mark "x">]>'
        '<html xmlns="http://www.w3.org/1999/xhtml"><body><p>*&mark; ad</p><p>One &mark; two</p></body></html>',
        parser,
    )
    Cleaner([Marked()]).prune(root)
    assert etree.tostring(root, encoding="unicode").count("<p>") == 1


@pytest.mark.parametrize(
    "tree", ["<p>One.</p>", b"<p>One.</p>", None, 3, ET.fromstring("<p>One.</p>"), Selector(text="{}", type="json")],
    ids=lambda tree: type(tree).__module__,
)  # fmt: skip
def test_what_cannot_be_pruned_is_a_type_error_that_says_what_can(tree: Any) -> None:
    with pytest.raises(TypeError, match="only an lxml element or tree, a BeautifulSoup document or Tag, or a parsel"):
        Cleaner().prune(tree)


def test_pruning_says_what_explaining_says() -> None:
    page = (PAGES / "wordpress-jetpack" / "page.html").read_bytes()
    tree = BeautifulSoup(page, "lxml")
    cleaner = Cleaner()
    explained = cleaner.explain(tree)
    pruned = cleaner.prune(tree)
    assert (pruned.text, pruned.cuts, pruned.credits) == (explained.text, explained.cuts, explained.credits)
    assert pruned.cuts


@pytest.mark.parametrize("parser", PARSERS)
def test_a_pruned_fixture_page_says_what_clean_says(parser: str) -> None:
    pages = sorted(PAGES.glob("*/page.html"))
    assert len(pages) > 20
    for path in pages:
        tree = PARSERS[parser](decode(path.read_bytes()).text)
        wanted = Cleaner(kind="html").prune(tree).text
        got = Cleaner(kind="html", only=()).clean(tree)
        assert words(got) == words(wanted), path.parent.name


def test_a_pruned_real_page_says_what_clean_says() -> None:
    """Every 200th page; `python -m lab.pruned` looks at all."""
    if corpora.folder() is None:
        pytest.skip(
            "the corpora of real pages are not here: run `make corpora`, or name their folder in $DECHAFF_CORPORA"
        )
    for name in corpora.CORPORA:
        for sample in corpora.load(name)[::200]:
            tree = BeautifulSoup(sample.html, "lxml")
            wanted = Cleaner(kind="html").prune(tree).text
            assert words(Cleaner(kind="html", only=()).clean(tree)) == words(wanted), sample.id


def test_reading_a_selector_is_reading_its_markup() -> None:
    markup = f"<html><body><p>{STORY}</p><ul><li>{MORE}</li></ul></body></html>"
    assert [block.text for block in read(Selector(markup)).blocks] == [STORY, MORE]
    assert paragraphs(
        Cleaner().clean(
            Selector(markup),
        )
    ) == [STORY, MORE]


@settings(max_examples=50)
@given(MARKUP)
def test_any_pruned_markup_says_what_clean_says(source: str) -> None:
    for parse in (lxml.html.document_fromstring, lambda markup: BeautifulSoup(markup, "html.parser")):
        tree = parse(f"<body>{source}</body>".replace("\x00", ""))
        wanted = Cleaner(kind="html", only=NAMED).prune(tree).text
        assert words(Cleaner(kind="html", only=()).clean(tree)) == words(wanted)
