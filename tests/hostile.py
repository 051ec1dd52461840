"""Hostile inputs, made when they are asked for: each with the words that a reader would see in it.

`lab/reliability.py` takes their time at full size; the tests clean them at a tenth of it, and count steps.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dechaff.reading import Kind

FIRST = "The first words of the page."
LAST = "The last words of the page."
_F, _L = f"<p>{FIRST}</p>", f"<p>{LAST}</p>"


@dataclass(frozen=True)
class Hostile:
    """One kind of hostile input.

    Attributes:
        name: what it is, in a few words.
        group: the class that `docs/reliability.md` sums it under.
        make: makes one, given how often what is hostile in it is repeated.
        size: how often at full size.
        seen: words of it that a reader sees. They are read, or a warning says what was not.
        kind: what it is served as.
        lost: the words are beyond what can be read, so a warning is asked for.
    """

    name: str
    group: str
    make: Callable[[int], str | bytes]
    size: int
    seen: tuple[str, ...] = (FIRST, LAST)
    kind: Kind = "html"
    lost: bool = False


def _around(inner: str) -> str:
    return _F + inner + _L


def _of(repeated: str) -> Callable[[int], str]:
    return lambda n: _around(repeated * n)


def _nested(opening: str, closing: str) -> Callable[[int], str]:
    return lambda n: _F + opening * n + "deep" + closing * n + _L


def _state(n: int) -> str:
    body = "A sentence that stands only in the data, and is long enough to be one. " * 2
    return f"<script type='application/ld+json'>{json.dumps({'@type': 'Article', 'articleBody': body * n})}</script>{_F}{_L}"


NESTING = [
    Hostile("300 levels", "nesting", _nested("<div>", "</div>"), 300, (FIRST, "deep", LAST)),
    Hostile("3,000 levels", "nesting", _nested("<div>", "</div>"), 3_000, (FIRST, "deep", LAST)),
    Hostile("100,000 levels", "nesting", _nested("<div>", "</div>"), 100_000, (FIRST, "deep", LAST)),
    Hostile("100,000 inline levels", "nesting", _nested("<b>", "</b>"), 100_000, (FIRST, "deep", LAST)),
    Hostile("nested lists that never close", "nesting", lambda n: _F + "<ul><li>" * n + LAST, 50_000),
    Hostile("nested tables that never close", "nesting", lambda n: _F + "<table><tr><td>" * n + LAST, 30_000),
    Hostile("nested custom elements", "nesting", _nested("<x-card>", "</x-card>"), 60_000, (FIRST, "deep", LAST)),
    Hostile("nested hidden inline elements", "nesting", _nested("<span hidden>", "</span>"), 50_000, (FIRST, "deep", LAST)),
    Hostile("nested boxes that are named as advertising, each with text", "nesting",
            lambda n: _F + "<div class=dfp-ad><p>x" * n + "</div>" * n + _L, 20_000),
    Hostile("nested boxes named as advertising around many blocks", "nesting",
            lambda n: _F * 400 + "<div class=dfp-ad>" * (n // 20) + "<p>word" * n + "</div>" * (n // 20) + _L, 30_000),
]  # fmt: skip

BROKEN = [
    Hostile("end tags that belong to nothing", "broken tags", _of("<span>x</div>"), 50_000),
    Hostile("misnested inline tags", "broken tags", _of("<b><i>x</b></i>"), 50_000),
    Hostile("misnested links", "broken tags", _of("<a href=x><p>y</a>"), 40_000),
    Hostile("end tags alone", "broken tags", lambda n: _F + "</p></div></body>" * n + _L, 60_000),
    Hostile("a script that never closes, with the page going on", "broken tags",
            lambda n: _F + "<script>" + "var a = 1;\n" * n + _L + "</body></html>", 90_000),
    Hostile("a script that never closes, in a file that was cut off", "broken tags",
            lambda n: _F + "<script>" + "var a = '<p>b';\n" * n, 60_000, (FIRST, "var"), lost=True),
    Hostile("a comment that never closes", "broken tags", lambda n: _F + "<!-- " + "a - b -- c " * n + _L + "</body>", 90_000),
    Hostile("a title that never closes", "broken tags", lambda n: f"<title>T {'word ' * n}{_F}{_L}", 100_000),
    Hostile("a quoted attribute that never closes", "broken tags",
            lambda n: _F + "<p title='" + "a>b " * n + _L, 100_000),
    Hostile("an unfinished tag below 100,000 levels", "broken tags",
            lambda n: _F + "<div>" * n + "<p title='x>" + LAST, 100_000),
    Hostile("less-than signs", "broken tags", lambda n: _F + "< <" * n + _L, 300_000),
    Hostile("unfinished tags", "broken tags", lambda n: _F + "<p a=" * n + ">" + _L, 150_000),
    Hostile("a tag with 100,000 attributes", "broken tags",
            lambda n: _F + "<p " + " ".join(f"a{i}={i}" for i in range(n)) + ">x</p>" + _L, 100_000),
    Hostile("a tag with the same attribute 100,000 times", "broken tags", lambda n: _F + "<p " + "a=1 " * n + ">x</p>" + _L, 100_000),
    Hostile("a class of 100,000 names", "broken tags",
            lambda n: f"<div class='{' '.join(f'c{i}' for i in range(n))}'>{_F}{_L}</div>", 100_000),
]  # fmt: skip

DOCUMENTS = [
    Hostile("text after </html>", "documents", lambda n: f"<html><body>{_F}</body></html>" + "<p>x</p>" * n + _L, 60_000),
    Hostile("several bodies", "documents", lambda n: _F + "<body class=x><p>x</body>" * n + _L, 30_000),
    Hostile("several whole documents", "documents",
            lambda n: f"{_F}" + "<!DOCTYPE html><html><head><title>t</title></head><body><p>x</body></html>" * n + _L, 15_000),
    Hostile("frames", "documents",
            lambda n: "<html><frameset>" + "<frame src=a>" * n + f"<noframes><body>{_F}{_L}</body></noframes></frameset></html>", 60_000),
    Hostile("NUL and control characters", "documents",
            lambda n: _F + "<p>a word\0\x01 and some others beside it that make it a line</p>" * n + _L, 30_000),
    Hostile("CDATA sections", "documents", lambda n: _F + "<p><![CDATA[a < b]]></p>" * n + _L, 40_000),
    Hostile("a CDATA section that never closes", "documents", lambda n: _F + "<p><![CDATA[" * n + LAST, 60_000),
    Hostile("conditional comments", "documents",
            lambda n: _F + "<!--[if IE]><p>old</p><![endif]--><![if !IE]><p>new</p><![endif]>" * n + _L, 12_000, (FIRST, "new", LAST)),
    Hostile("processing instructions", "documents", lambda n: _F + "<?php echo 'x'; ?>" * n + _L, 50_000),
    Hostile("XHTML with prefixes", "documents",
            lambda n: "<?xml version='1.0'?><h:html xmlns:h='http://www.w3.org/1999/xhtml'><h:head><h:title/><h:script src='x'/></h:head><h:body>"
             f"<h:p>{FIRST}</h:p>" + "<h:p>x</h:p>" * n + f"<h:p>{LAST}</h:p></h:body></h:html>", 60_000),
    Hostile("XML declared as HTML", "documents",
            lambda n: "<!DOCTYPE html><?xml version='1.0' encoding='utf-16'?><rss><channel>" + f"<item><name>{FIRST}</name></item>"
            + "<item><description>x</description></item>" * n + f"<item><description>{LAST}</description></item></channel></rss>", 20_000),
    Hostile("plain text served as HTML", "documents", lambda n: FIRST + "\nA line, a < b & c > d.\n" * n + LAST, 40_000),
    Hostile("one page's markup served as text", "documents", lambda n: _around("<p>x</p>" * n), 60_000, kind="text"),
    Hostile("content that only a script would show", "documents", _state, 6_000, ("stands only in the data",)),
]  # fmt: skip

LARGE = [
    Hostile("base64 images of megabytes", "large", lambda n: _F + f"<img src='data:image/png;base64,{'A' * n}'>" + _L, 3_000_000),
    Hostile("base64 in the text", "large", lambda n: f"{FIRST}\n{'aB3' * n}\n{LAST}", 1_000_000, kind="text"),
    Hostile("100,000 table cells", "large", lambda n: _F + "<table>" + "<tr><td>x<td>y" * (n // 2) + "</table>" + _L, 100_000),
    Hostile("cells of a row without end below many boxes", "large",
            lambda n: _F + "<div>" * 1_500 + "<td>x" * n + "</div>" * 1_500 + _L, 60_000),
    Hostile("one line of 20 MB", "large", lambda n: FIRST + " " + "word " * n + LAST, 4_000_000, kind="text"),
    Hostile("one paragraph of 20 MB", "large", lambda n: f"<p>{FIRST} {'word ' * n}{LAST}</p>", 4_000_000),
    Hostile("200,000 lines", "large", lambda n: FIRST + "\nA line." * n + f"\n{LAST}", 200_000, kind="text"),
    Hostile("sizes as large as a number gets", "large",
            lambda n: _F + "<table><tr><td colspan=999999999 rowspan=999999999 width=1e99>x</table><ol start=999999999999><li value=-9e99>y</ol>" * n
            + _L, 8_000),
    Hostile("100,000 links", "large", lambda n: _F + "<a href=/x>y</a> " * n + _L, 100_000),
    Hostile("100,000 line breaks", "large", lambda n: _F + "x<br>" * n + _L, 100_000),
    Hostile("entities", "large", lambda n: _F + "&amp;&#120;&notanentity;&#1114112;" * n + _L, 30_000),
    Hostile("white space", "large", lambda n: _F + " \n\t\u00a0" * n + _L, 250_000),
    Hostile("combining marks", "large", lambda n: FIRST + "\na" + "\u0301" * n + "\n" + LAST, 400_000, kind="text"),
]  # fmt: skip

CHAFF = [
    Hostile("labels at the edge, one under the other", "chaff", lambda n: f"{FIRST}\n" + "1 comment\nPosted in News\n" * n + LAST, 20_000, kind="text"),
    Hostile("advertisement labels", "chaff", lambda n: _F + "<p>Advertisement</p>" * n + _L, 40_000),
    Hostile("one label again and again", "chaff", lambda n: f"{FIRST}\n" + "Ad\n" * n + LAST, 66_000, kind="text"),
    Hostile("credits", "chaff", lambda n: _F + "".join(f"<p>Photo: Ann Lee{'abcdefghij'[i % 10]}" for i in range(n)) + _L, 20_000),
    Hostile("headings over one long list", "chaff", lambda n: _F + "<div>" + "<h2>Read more</h2><a href=x>y</a>" * n + "</div>" + _L, 20_000),
    Hostile("leaked calls in one line", "chaff", lambda n: FIRST + " a.b('x'); googletag.cmd.push(f); word" * n + " " + LAST, 15_000, kind="text"),
    Hostile("brackets that never close", "chaff", lambda n: FIRST + " f(a={b: [c" * n + LAST, 80_000, kind="text"),
    Hostile("objects that never close", "chaff", lambda n: FIRST + ' {"a": [1, 2], "b": ' * n + LAST, 50_000, kind="text"),
    Hostile("leaked tags in one line", "chaff", lambda n: FIRST + " word <b>x <script>y <br>" * n + LAST, 30_000, kind="text"),
    Hostile("leaked tags, line by line", "chaff", lambda n: FIRST + "\nword <script>" * n + "\n" + LAST, 40_000, kind="text"),
    Hostile("leaked entities in one line", "chaff", lambda n: FIRST + " a&nbsp;b" * n + " " + LAST, 100_000, kind="text"),
    Hostile("shortcodes in one line", "chaff", lambda n: FIRST + ' [gallery ids="1"] word' * n + " " + LAST, 40_000, kind="text"),
    Hostile("placeholders in one line", "chaff", lambda n: FIRST + " {{ user.name }} word" * n + " " + LAST, 40_000, kind="text"),
    Hostile("leaked style rules", "chaff", lambda n: FIRST + "\n.a-b, .c { color: red; }" * n + "\n" + LAST, 30_000, kind="text"),
    Hostile("code that the prose speaks of", "chaff",
            lambda n: FIRST + "".join(f"\nCall foo{i}.bar when ready.\nfoo{i}.bar('x', {{a: 1}});" for i in range(n)) + "\n" + LAST, 10_000, kind="text"),
    Hostile("breadcrumbs without end", "chaff", lambda n: _F + "<p>Home " + "> News " * n + "</p>" + _L, 100_000),
    Hostile("names without end", "chaff", lambda n: _F + "<p>Photo: " + "Ann Lee, " * n + "</p>" + _L, 80_000),
    Hostile("the beginnings of phrases", "chaff", lambda n: FIRST + "\nSubscribe to our Subscribe to our Photo by Translated by" * n + "\n" + LAST, 15_000, kind="text"),
    Hostile("runs of letters before an agency, line by line", "chaff", lambda n: FIRST + f"\n{'W' * 90} / Reuters {'x' * 20}" * n + "\n" + LAST, 8_000, kind="text"),
    Hostile("names of one letter, line by line", "chaff", lambda n: FIRST + f"\nPhoto: {'A ' * 90}." * n + "\n" + LAST, 5_000, kind="text"),
    Hostile("numbers without end behind a share button", "chaff", lambda n: FIRST + f"\nTeilen Facebook {'1' * 90}." * n + "\n" + LAST, 8_000, kind="text"),
    Hostile("text that the data repeat", "chaff",
            lambda n: "<script type='application/ld+json'>" + json.dumps({"@type": "Article", "articleBody": "".join(f"Item {i} of a list that is long enough to be one line. " for i in range(n))})
            + "</script>" + _F + "".join(f"<p>Line {i} of a page that is long enough to be one." for i in range(n)) + _L, 8_000),
]  # fmt: skip


def _in(codec: str) -> Callable[[int], bytes]:
    return lambda n: (f"<p>{FIRST}</p>" + "<p>Å tale om været, også om høsten.</p>" * n + f"<p>{LAST}</p>").encode(
        codec
    )


BYTES = [
    Hostile("UTF-8 with broken bytes", "bytes", lambda n: _F.encode() + "<p>é\x00ü and a few plain words".encode() * n + b"\xff\xc3(" * 9 + _L.encode(), 80_000),
    Hostile("UTF-8 cut in the middle of a character", "bytes", lambda n: (_F + "漢字" * n + _L).encode() + "漢".encode()[:2], 100_000),
    Hostile("UTF-16 without a byte order mark", "bytes", _in("utf-16-le"), 8_000),
    Hostile("UTF-16 with a byte order mark", "bytes", _in("utf-16"), 8_000),
    Hostile("UTF-16 of an odd length", "bytes", lambda n: (_F + "<p>x</p>" * n + _L).encode("utf-16") + b"<", 60_000),
    Hostile("an encoding nobody declares", "bytes", _in("cp1252"), 20_000),
    Hostile("a declaration that cannot be", "bytes", lambda n: b"<meta charset=shift_jis>" + _in("cp1252")(n), 20_000),
    Hostile("two contradicting declarations", "bytes", lambda n: b"<meta charset=koi8-r><meta charset=utf-8>" + _in("utf-8")(n), 20_000),
    Hostile("lone surrogates", "bytes", lambda n: _around("<p>a few words\ud83d and some others beside them \udc80" * n), 50_000),
    Hostile("random bytes in a page", "bytes", lambda n: _F.encode() + bytes(i * i * 37 % 251 for i in range(n)).replace(b"<", b"") + _L.encode(), 400_000, lost=True),
    Hostile("random bytes and nothing else", "bytes", lambda n: b"\x00\xff\x13" + bytes(i * i * 37 % 251 for i in range(n)), 400_000, ("",), lost=True),
]  # fmt: skip


def _lines(repeated: str) -> Callable[[int], str]:
    return lambda n: FIRST + "\n" + repeated * n + "\n" + LAST


def _data(inner: Callable[[int], str]) -> Callable[[int], str]:
    return lambda n: f"<script type='application/ld+json'>{inner(n)}</script>{_F}{_L}"


ELEMENTS = [
    Hostile("forms", "elements", _of("<form action=x><input name=a><label>Name</label><button>Send</button></form>"), 12_000),
    Hostile("options of one list", "elements", lambda n: _F + "<select>" + "<option>x</option>" * n + "</select>" + _L, 50_000),
    Hostile("frames in the page", "elements", _of("<iframe src=x>no frames</iframe>"), 30_000),
    Hostile("templates", "elements", _of("<template><p>not shown</p></template>"), 25_000),
    Hostile("templates in templates", "elements", _nested("<template>", "</template>"), 45_000, (FIRST, LAST)),
    Hostile("shadow roots", "elements", _of("<x-a><template shadowrootmode=open><p>word</p></template></x-a>"), 15_000, (FIRST, "word", LAST)),
    Hostile("noscript in noscript", "elements", _nested("<noscript>", "</noscript>"), 40_000, (FIRST, "deep", LAST)),
    Hostile("words in drawings", "elements", _of("<svg><text>label</text></svg>"), 30_000),
    Hostile("drawings in drawings", "elements", _nested("<svg>", "</svg>"), 80_000, (FIRST, LAST)),
    Hostile("readings beside characters", "elements", _of("<ruby>漢<rt>kan</rt></ruby>"), 30_000),
    Hostile("details in details", "elements", _nested("<details><summary>x</summary>", "</details>"), 20_000, (FIRST, "deep", LAST)),
    Hostile("base addresses and refreshes", "elements", _of("<base href=//x><meta http-equiv=refresh content='0;url=x'>"), 15_000),
    Hostile("a list of sources without end", "elements", lambda n: _F + "<img srcset='" + "a.jpg 1x, " * n + "'>" + _L, 100_000),
    Hostile("a picture as a class", "elements", lambda n: f"<div class='data:image/png;base64,{'A' * n}'>{_F}{_L}</div>", 1_000_000),
    Hostile("classes that are all different", "elements", lambda n: _F + "".join(f"<p class='c{i} x{i}'>w" for i in range(n)) + _L, 40_000),
    Hostile("brackets of data, 100,000 deep", "elements", _data(lambda n: "[" * n + "]" * n), 100_000),
    Hostile("objects of data, 100,000 deep", "elements", _data(lambda n: '{"a":' * n + "1" + "}" * n), 100_000),
    Hostile("data with 70,000 names", "elements", _data(lambda n: json.dumps({f"k{i}": "v" for i in range(n)})), 70_000),
    Hostile("scripts of data", "elements", _of('<script type="application/ld+json">{"a": 1}</script>'), 18_000),
]  # fmt: skip

CHARACTERS = [
    Hostile("marks that turn the direction", "characters", _of("<p>\u202eabc\u202c def and a few more words of one line"), 15_000),
    Hostile("zero width spaces", "characters", _lines("a\u200bb"), 200_000, kind="text"),
    Hostile("letters that look like others", "characters", _lines("Adveгtisеment "), 60_000, kind="text"),
    Hostile("one word of a million letters", "characters", _of("a"), 1_000_000),
    Hostile("joined pictures", "characters", _lines("\U0001f468\u200d\U0001f469"), 90_000, kind="text"),
    Hostile("lone carriage returns", "characters", _lines("a\r"), 100_000, kind="text"),
    Hostile("semicolons", "characters", _lines(";"), 1_000_000, kind="text"),
    Hostile("comments that never end", "characters", _lines("<!-- "), 200_000, kind="text"),
    Hostile("the beginnings of links", "characters", _lines('<a href="'), 100_000, kind="text"),
    Hostile("the beginnings of functions", "characters", _lines("function("), 100_000, kind="text"),
]  # fmt: skip

MARKDOWN = [
    Hostile(f"Markdown: {name}", "Markdown", lambda n, part=part: f"{FIRST}\n\n{part * n}\n\n{LAST}", size, kind="markdown")  # type: ignore[misc]
    for name, part, size in (
        ("quotes in quotes", "> ", 100_000), ("lists in lists", "- ", 100_000), ("brackets", "[", 100_000), ("links", "[a](b) ", 20_000),
        ("backticks", "`", 100_000), ("emphasis that never ends", "*a ", 60_000), ("items", "- a\n", 10_000), ("tables", "| a | b |\n|---|---|\n", 4_000),
        ("labels", "Advertisement\n\n", 8_000), ("elements", "<b>x</b> ", 20_000), ("definitions", "[a]: b\n", 30_000), ("fences", "```\n", 40_000),
    )
]  # fmt: skip

ALL = [*NESTING, *BROKEN, *DOCUMENTS, *LARGE, *CHAFF, *BYTES, *ELEMENTS, *CHARACTERS, *MARKDOWN]
