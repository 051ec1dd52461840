"""Where blocks and cuts stand in their source."""

from __future__ import annotations

from typing import cast

import pytest
from lxml import etree

import dechaff
from dechaff.locating import Location, locate
from dechaff.reading import decode
from helpers import page_folders

SOURCE = """<!doctype html>
<html><body><article>
<p>The harbour was quiet when the first boats came in.</p>
<div class="newsletter">
<p>Subscribe to our newsletter</p>
<p>Every Friday in your inbox.</p>
</div>
<p>Nobody spoke of <b>the storm</b>.</p><p>Translated by Kristina Rus</p>
</article></body></html>"""


def test_a_cut_has_the_path_and_the_line_of_what_holds_it() -> None:
    cuts = dechaff.explain(SOURCE).cuts
    assert [(cut.text, place) for cut, place in zip(cuts, locate(SOURCE, cuts), strict=True)] == [
        ("Subscribe to our newsletter", Location("/html/body/article/div/p[1]", 5)),
        ("Every Friday in your inbox.", Location("/html/body/article/div/p[2]", 6)),
        ("Translated by Kristina Rus", Location("/html/body/article/p[3]", 8)),
    ]


def test_a_cut_of_several_blocks_has_the_element_that_holds_them_all() -> None:
    whole = [dechaff.Cut(1, 3, "ads", "own"), dechaff.Cut(0, 3, "ads", "own")]
    assert [place.path for place in locate(SOURCE, whole)] == ["/html/body/article/div", "/html/body/article"]


def test_a_kept_block_has_its_element() -> None:
    kept = dechaff.explain(SOURCE).kept
    assert locate(SOURCE, kept) == [Location("/html/body/article/p[1]", 3), Location("/html/body/article/p[2]", 8)]


def test_the_path_finds_the_words_on_every_fixture_page() -> None:
    for folder in page_folders():
        page = folder / "page.html"
        if not page.exists():
            continue
        source = page.read_bytes()
        data = decode(source).text.encode()
        root = etree.fromstring(data, etree.HTMLParser(huge_tree=True, encoding="utf-8"))
        kept = dechaff.explain(source, only=[]).kept
        for block, place in zip(kept, locate(source, kept), strict=True):
            (element,) = cast("list[etree._Element]", root.xpath(place.path))
            assert "".join(block.text.split()) in "".join("".join(map(str, element.itertext())).split()), (
                folder.name,
                block,
            )


def test_in_text_a_line_is_enough() -> None:
    source = "The story.\r\n- Advertisement -\r\nIt goes on."
    cleaned = dechaff.explain(source)
    assert locate(source, cleaned.cuts) == [Location("", 2)]
    assert locate(source, cleaned.kept) == [Location("", 1), Location("", 3)]


def test_a_tree_has_paths_of_its_own() -> None:
    tree = etree.fromstring("<div><p>The story.</p><p>- Advertisement -</p></div>")
    assert locate(tree, dechaff.explain(tree).cuts)[0].path == "/div/p[2]"


def test_cuts_of_another_source_are_an_error() -> None:
    cuts = dechaff.explain(SOURCE).cuts
    with pytest.raises(ValueError, match="are not of this source: it has 1"):
        locate("<p>One.</p>", cuts)
    with pytest.raises(TypeError):
        locate(3, cuts)
