"""The forms a result may take: text, Markdown, HTML, records."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import lxml.html
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings

import dechaff
from dechaff import Cleaner
from helpers import NAMED, PAGES
from lab.metrics import words
from test_properties import SOURCES

if TYPE_CHECKING:
    from dechaff.writing import Output

ALL: list[Any] = []
"""No filters: what is tested here is how things are written."""


def _write(markup: str, output: Output, url: str | None = None) -> str:
    return dechaff.clean(markup, filters=ALL, kind="html", output=output, url=url)


def _html(markup: str, url: str | None = None) -> str:
    return _write(markup, "html", url).replace("\n", "")


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        ("<p>One</p><p>two</p>", "One\n\ntwo"),
        ("<ul><li>One<li>two<ul><li>three</ul></ul>", "- One\n- two\n  - three"),
        ("<ol><li>One<li>two</ol>", "- One\n- two"),
        ("<ul><li><p>One</p><p>more</p><li>two</ul>", "- One\n  more\n- two"),
        ("<dl><dt>One<dd>two</dl>", "One\n\ntwo"),
        ("<table><tr><th>a<th>b<tr><td>1<td>2</table>", "a\tb\n1\t2"),
        ("<pre>if x:\n    y()\n</pre>", "if x:\n    y()"),
        ("<p>One<br>two</p>", "One\ntwo"),
    ],
)
def test_text_keeps_lists_tables_and_code_apart(markup: str, wanted: str) -> None:
    assert _write(markup, "text") == wanted


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        ("<div><div>One</div>two</div>", "<p>One</p><p>two</p>"),
        ("<p>One<br>two</p>", "<p>One<br>two</p>"),
        ("<p>One<br><br>two</p>", "<p>One<br>two</p>"),
        ("<h2 class='x'><b>One</b> <i>two</i></h2>", "<h2>One <em>two</em></h2>"),
        ("<p>a <b>b</b><i>c</i> d</p>", "<p>a <strong>b</strong><em>c</em> d</p>"),
        ("<p><a href='/x'>one</a><a href='/y'>two</a></p>", '<p><a href="/x">one</a> <a href="/y">two</a></p>'),
        ("<a href='/x'><div>One</div></a>", '<p><a href="/x">One</a></p>'),
        ("<p><a>One</a> <span style='x'>two</span> <font>three</font></p>", "<p>One two three</p>"),
        ("<ul><li>One<ul><li>two</ul><li>three</ul>", "<ul><li>One<ul><li>two</li></ul></li><li>three</li></ul>"),
        ("<ul><li><p>One<p>two</ul>", "<ul><li>One<p>two</p></li></ul>"),
        ("<ul>One<li>two</ul>", "<ul><li>One</li><li>two</li></ul>"),
        ("<dl><dt>One<dd>two</dl>", "<dl><dt>One</dt><dd>two</dd></dl>"),
        ("<blockquote><p>One</p></blockquote>", "<blockquote><p>One</p></blockquote>"),
        ("<table><tr><th>a<th>b<tr><td>1<td>2</table>",
         "<table><tbody><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></tbody></table>"),
        ("<table><caption>c</caption><tr><td>1<td colspan=2>2</table>",
         '<table><caption>c</caption><tbody><tr><td>1</td><td colspan="2">2</td></tr></tbody></table>'),
        # A table that only lays out a page leaves no trace.
        ("<table><tr><td>One<tr><td>two</table>", "<p>One</p><p>two</p>"),
        ("<table><tr><td><h2>One</h2>two<td>three</table>", "<h2>One</h2><p>two</p><p>three</p>"),
        ("<table><tr><td><table><tr><td>1<td>2</table><td>x</table>",
         "<table><tbody><tr><td>1</td><td>2</td></tr></tbody></table><p>x</p>"),
        ("<pre><code class='hljs language-Python'>a &lt; b</code></pre>",
         '<pre><code class="language-python">a &lt; b</code></pre>'),
        ("<div class='highlight-c notranslate'><div><pre>x</pre></div></div>", '<pre><code class="language-c">x</code></pre>'),
        ("<div class='highlight highlight-source-shell'><pre>x</pre></div>", '<pre><code class="language-shell">x</code></pre>'),
        ("<pre class='brush: js'>x</pre>", '<pre><code class="language-js">x</code></pre>'),
        ("<pre class='plain'>x</pre>", "<pre><code>x</code></pre>"),
        ("<p>One</p><figure><img src=a.png alt='A b'><figcaption>two</figcaption></figure><p>three</p>",
         '<p>One</p><figure><img src="a.png" alt="A b"><figcaption>two</figcaption></figure><p>three</p>'),
        ("<p>One <img src=a.png> two</p>", '<p>One <img src="a.png" alt=""> two</p>'),
        ("<p>One</p><img src='data:image/gif;base64,R0' data-src=a.png><noscript><img src=a.png></noscript><p>two</p>",
         '<p>One</p><p><img src="a.png" alt=""></p><p>two</p>'),
        ("<p>One</p><img src=a.png width=1 height=1><p>two</p>", "<p>One</p><p>two</p>"),
        ("<p>One</p><form><input value=x></form><iframe src=x></iframe><video src=x></video><svg></svg>", "<p>One</p>"),
        ('<p>a &lt;b&gt; &amp;amp; "c"</p>', '<p>a &lt;b&gt; &amp;amp; "c"</p>'),
        ("<ol start=3><li>One</ol>", '<ol start="3"><li>One</li></ol>'),
        ("", ""),
    ],
)  # fmt: skip
def test_html_is_what_the_page_means_and_nothing_more(markup: str, wanted: str) -> None:
    assert _html(markup) == wanted


def test_links_are_absolute_where_it_is_known_where_the_page_is_from() -> None:
    markup = "<p><a href='b?x=1#y'>one</a> <a href='//cdn.example/z'>two</a> <img src='/i.png'> <a href='mailto:a@b.example'>m</a></p>"
    assert 'href="b?x=1#y"' in _html(markup)
    got = _html(markup, "https://example.org/a/")
    for address in (
        "https://example.org/a/b?x=1#y",
        "https://cdn.example/z",
        "https://example.org/i.png",
        "mailto:a@b.example",
    ):
        assert f'"{address}"' in got
    based = f"<html><head><base href='/base/'></head><body>{markup}</body></html>"
    assert '"https://example.org/base/b?x=1#y"' in _html(based, "https://example.org/a/")
    for nonsense in ("not an address", "http://[", "javascript:x()"):
        assert "javascript" not in _html(markup, nonsense)


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        ("<h2>One</h2><p>two <b>three</b></p>", "## One\n\ntwo **three**\n"),
        ("<ul><li>One<ul><li>two</ul></ul><ol start=3><li>x</ol>", "- One\n  - two\n\n3. x\n"),
        ("<p><a href='/x (y)'>one</a></p>", "[one](/x%20%28y%29)\n"),
        ("<p>x <img src='/i.png' alt='A [b]'></p>", "x ![A \\[b\\]](/i.png)\n"),
        ("<table><tr><th>a<th>b<tr><td>1|2<td>3</table>", "| a | b |\n| --- | --- |\n| 1\\|2 | 3 |\n"),
        ("<pre><code class='language-c++'>a\n```\n*b*</code></pre>", "````c++\na\n```\n*b*\n````\n"),
        ("<p># One</p><p>- two</p><p>1. three</p><p>> four</p>", "\\# One\n\n\\- two\n\n1\\. three\n\n\\> four\n"),
        ("<p>snake_case _x_ a*b `c` &lt;b&gt; &amp;amp; [l](javascript:x)</p>",
         "snake_case \\_x\\_ a\\*b \\`c\\` \\<b> \\&amp; \\[l\\](javascript:x)\n"),
        ("<p><code>a*b</code></p>", "`a*b`\n"),
        ("<blockquote><p>One</p><p>two</p></blockquote>", "> One\n>\n> two\n"),
        ("", ""),
    ],
)  # fmt: skip
def test_markdown_says_the_same_in_its_own_signs(markup: str, wanted: str) -> None:
    assert _write(markup, "markdown") == wanted


def test_a_picture_cannot_bring_a_link_of_its_own_into_markdown() -> None:
    got = _write("<p>x <img src='a.png' alt='](javascript:alert) [y'> <a href='j\navascript:x()'>z</a></p>", "markdown")
    assert got == "x ![\\](javascript:alert) \\[y](a.png) z\n"


@pytest.mark.parametrize("output", ["html", "markdown"])
@pytest.mark.parametrize(
    ("source", "paragraphs"),
    [
        ("One <b>.\ntwo", 2),
        ("One <b>.\n\ntwo\nthree", 2),
        ("", 0),
    ],
)
def test_text_comes_out_as_paragraphs(source: str, output: Output, paragraphs: int) -> None:
    got = dechaff.clean(source, filters=ALL, kind="text", output=output)
    assert got.count("<p>") == paragraphs if output == "html" else len(got.split("\n\n")) == max(1, paragraphs)
    assert words(got.replace("<p>", "").replace("</p>", "").replace("&lt;", "<").replace("&gt;", ">")) == words(source)


@pytest.mark.parametrize("path", sorted(PAGES.glob("*/page.html")), ids=lambda path: path.parent.name)
def test_all_forms_of_a_page_have_the_same_words(path: Any) -> None:
    page = path.read_bytes()
    cleaned = Cleaner(kind="html").explain(page)
    fragment = Cleaner(kind="html", output="html").explain(page)
    assert (fragment.cuts, fragment.credits, fragment.warnings) == (cleaned.cuts, cleaned.credits, cleaned.warnings)
    assert words(Cleaner(filters=ALL, kind="html").clean(fragment.text)) == words(cleaned.text)
    markdown = Cleaner(kind="html", output="markdown").clean(page)
    assert set(words(markdown)) >= {word for word in words(cleaned.text) if "_" not in word}


@pytest.mark.parametrize("parse", [lxml.html.document_fromstring, lambda page: BeautifulSoup(page, "lxml")])
def test_a_tree_comes_out_in_any_form_and_stays_as_it_is(parse: Any) -> None:
    tree = parse((PAGES / "ghost" / "page.html").read_bytes())
    before = str(tree) if isinstance(tree, BeautifulSoup) else lxml.html.tostring(tree)
    assert Cleaner(output="html").clean(tree).startswith("<h1>")
    assert (str(tree) if isinstance(tree, BeautifulSoup) else lxml.html.tostring(tree)) == before


def test_content_from_embedded_data_and_deep_pages_come_out_too() -> None:
    story = "The harbour was quiet when the first boats came in. " * 20
    data = json.dumps({"@type": "NewsArticle", "articleBody": story})
    got = dechaff.clean(f"<script type='application/ld+json'>{data}</script><p>x</p>", kind="html", output="html")
    assert "<p>The harbour was quiet" in got
    deep = "<div>" * 3000 + "<p>One <b>two</b></p>"
    assert "two" in _write(deep, "html")


def test_records_are_one_line_of_json() -> None:
    source = "The story.\n- Advertisement -\nIt goes on."
    written = dechaff.clean(source, output="records")
    record = json.loads(written)
    assert "\n" not in written
    assert record["text"] == dechaff.clean(source)
    assert [(block["text"], source[block["start"] : block["end"]]) for block in record["blocks"]] == [
        ("The story.", "The story."),
        ("It goes on.", "It goes on."),
    ]
    assert [(cut["family"], cut["span"]) for cut in record["cuts"]] == [("ads", [11, 28])]


def test_a_block_in_a_record_stands_as_in_the_text() -> None:
    line = "(c) 2020 The story goes on and on."

    def find(page: dechaff.Page) -> list[dechaff.Cut]:
        """The beginning of each line."""
        return [dechaff.Cut(0, 1, "ads", "x", start=0, end=9)] if page.blocks else []

    record = json.loads(dechaff.clean(line, filters=[find], output="records"))
    assert [block["text"] for block in record["blocks"]] == ["The story goes on and on."]


@pytest.mark.parametrize(("output", "missing"), [("html", "nh3"), ("markdown", "markdownify")])
def test_what_is_not_installed_is_named_at_once(monkeypatch: pytest.MonkeyPatch, output: Output, missing: str) -> None:
    monkeypatch.setattr("dechaff.writing.find_spec", lambda name: None if name == missing else sys)
    with pytest.raises(ModuleNotFoundError, match=rf"output='{output}' needs .*pip install 'dechaff\[{output}\]'"):
        Cleaner(output=output)


def test_plain_text_needs_no_extra() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dechaff.writing.find_spec", lambda _: None)
        assert dechaff.clean("One.") == "One."


def test_an_unknown_form_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="output is 'pdf'; it is one of text, markdown, html, records"):
        Cleaner(output="pdf")  # type: ignore[arg-type]


@settings(max_examples=50)
@given(SOURCES)
def test_no_input_raises_in_any_form(source: str | bytes) -> None:
    text = dechaff.clean(source, only=NAMED)
    assert json.loads(dechaff.clean(source, only=NAMED, output="records"))["text"] == text
    for output in ("html", "markdown"):
        assert bool(dechaff.clean(source, only=NAMED, output=output)) == bool(text.strip())


def test_markdown_comes_out_as_the_html_that_it_says() -> None:
    source = (
        "---\ntitle: x\n---\n\n# Boats\n\nThe **old** [pier](/pier) `closed`.\n\n- Advertisement -\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```\n\n1. one\n   - deep\n"
    )
    got = Cleaner(kind="markdown", output="html", only="ads", url="https://example.org/a").clean(source)
    assert got == (
        '<h1>Boats</h1>\n<p>The <strong>old</strong> <a href="https://example.org/pier">pier</a> <code>closed</code>.</p>\n'
        "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n"
        '<pre><code class="language-python">x = 1\n</code></pre>\n<ol>\n<li>one\n<ul>\n<li>deep</li>\n</ul>\n</li>\n</ol>\n'
    )


def test_nothing_that_could_run_survives_from_markdown() -> None:
    source = (
        "See <script>a()</script> [x](javascript:a()) <img src=p.png onerror=a()>\n\n<iframe src=x></iframe>\n\n"
        "<div onclick=a()>\n\nThey *left*.\n\n</div>\n\n" + "[" * 600 + "\n"
    )
    got = Cleaner(kind="markdown", output="html", only="ads").clean(source)
    assert "<em>left</em>" in got
    assert '<img src="p.png">' in got
    assert not any(sign in got for sign in ("script", "onerror", "onclick", "iframe"))
