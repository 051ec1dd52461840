"""The HTML report: one file, nothing of a page in it as markup; and in headless Chromium, as a person uses it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from lxml import html

import browser
import dechaff
from browser import Browser
from dechaff.cli import main
from dechaff.report.page import Report
from dechaff.report.palette import colour_of
from dechaff.report.safety import json_for_script
from helpers import PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

STORY = """<!doctype html><title>Storm</title><body><main><h1>Storm over the coast</h1>
<p>The storm came in the night and took the pier. (Translated by Ann Lee)</p>
<div class="share-buttons"><ul><li>Twitter</li><li>Facebook</li></ul></div>
<p>- Advertisement -</p><p>Nobody was hurt.</p></main>"""

_BREAKOUT = "</script><script>document.title='owned'</script><!--<script>"
HOSTILE = f"""<!doctype html><title>{_BREAKOUT.replace("<", "&lt;")}</title><body>
<p>One {_BREAKOUT.replace("<", "&lt;")} and <b>&lt;img src=x onerror="document.title='owned'"&gt;</b> two.</p>
<p>Advertisement</p><div class="share-buttons" id="&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"><p>@SCRIPT@ @DATA@ Twitter</p></div>
<p>javascript:document.title='owned' \u2028 \u202e end.</p>"""

needs_chromium = pytest.mark.skipif(bool(browser.MISSING), reason=browser.MISSING)


def _write(path: Path, *sources: tuple[str, str | bytes], **options: Any) -> Path:
    report = Report({found.name: found.summary for found in dechaff.filters()})
    for name, source in sources:
        report.add(name, dechaff.explain(source, **options))
    path.write_text(report.html(), "utf-8")
    return path


def _data(path: Path, name: str) -> Any:
    block = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', path.read_text("utf-8"))
    assert block
    return json.loads(block[1])


def test_the_report_loads_nothing_and_its_policy_allows_only_its_own_script(tmp_path: Path) -> None:
    page = _write(tmp_path / "report.html", ("storm.html", STORY)).read_text("utf-8")
    assert not re.search(
        r"https?:|(?:src|href)=(?!\"#|\"data:,)|url\(|@import|style=", page.partition('id="report"')[0]
    )
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]


def test_a_hostile_page_adds_no_element_to_the_report(tmp_path: Path) -> None:
    shapes = []
    for source in (STORY, HOSTILE):
        tree = html.fromstring(_write(tmp_path / "report.html", (source, source)).read_text("utf-8"))
        shapes.append([element.tag for element in tree.iter() if isinstance(element.tag, str)])
    assert shapes[0] == shapes[1]
    assert _data(tmp_path / "report.html", "report")["pages"][0]["name"] == HOSTILE


def test_data_in_a_script_block_comes_back_as_it_was() -> None:
    value = [_BREAKOUT, "\u2028&amp;\x00\"'", {"]]>": "–"}]
    text = json_for_script(value)
    assert json.loads(text) == value
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(json_for_script("lone \ud800")) == "lone ?"


def test_the_data_holds_every_piece_with_its_reason_and_where_it_stood(tmp_path: Path) -> None:
    path = _write(tmp_path / "report.html", ("storm.html", STORY))
    head, page = _data(path, "report"), _data(path, "page-0")
    names = [family["name"] for family in head["families"]]
    assert [names[number] for number in head["order"]] == ["ads", "credits", "sharing"]
    assert [(names[cut[0]], cut[1]) for cut in page["cuts"]] == [
        ("credits", "en:translator-paren"),
        ("sharing", "markup:share-buttons"),
        ("ads", "en:advertisement"),
    ]
    kind, _, box, pieces = page["blocks"][2]
    assert (kind, pieces) == ("item", [[1, "Twitter"]])
    path_up = []
    while box >= 0:
        path_up.append(page["boxes"][box][0])
        box = page["boxes"][box][1]
    assert path_up == ["li", "ul", "div.share-buttons", "main", "body", "html"]
    assert page["credits"] == [["translator", "Ann Lee", None]]


def test_each_family_has_a_colour_of_its_own() -> None:
    colours = [colour_of(family).value for family in dechaff.page.FAMILIES]
    assert len(set(colours)) == len(colours)
    assert colour_of("shouting") == colour_of("shouting")


def test_the_command_writes_a_report_of_a_folder_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pages").mkdir()
    for name in ("a.html", "b.htm"):
        (tmp_path / "pages" / name).write_text(STORY)
    target = tmp_path / "report.html"
    assert main(["--report", str(target), str(tmp_path / "pages")]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"dechaff: {target}: a report of 2 pages\n")
    assert [page["name"][-6:] for page in _data(target, "report")["pages"]] == ["a.html", "/b.htm"]


def test_a_report_that_cannot_be_written_is_said_before_any_page_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--report", "no/such/folder/report.html", "-"])
    assert "there is no folder" in capsys.readouterr().err


# ---- in Chromium ----


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write(tmp_path_factory.mktemp("report") / "story.html", ("storm.html", STORY))


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = ("arabic-news", "shopify", "wordpress-jetpack")
    sources = [(f"{name}.html", (PAGES / name / "page.html").read_bytes()) for name in names]
    return _write(tmp_path_factory.mktemp("report") / "several.html", *sources)


def _seen(chromium: Browser) -> list[str]:
    """The blocks that are shown, without their labels."""
    texts: list[str] = chromium.run(
        "return [...document.querySelectorAll('article [data-block]')].filter((e) => e.offsetParent).map((e) => e.innerText)"
    )
    return [text.partition("\n")[0] for text in texts]


@needs_chromium
def test_it_opens_with_all_text_in_order_and_no_word_on_the_console(chromium: Browser, story: Path) -> None:
    chromium.open(story)
    assert chromium.text("#name") == "storm.html"
    assert [text.split("credits")[0].split("sharing")[0].split("ads")[0].strip() for text in _seen(chromium)] == [
        "Storm over the coast",
        "The storm came in the night and took the pier. (Translated by Ann Lee)",
        "Twitter",
        "Facebook",
        "- Advertisement -",
        "Nobody was hurt.",
    ]
    assert chromium.errors() == []


@needs_chromium
def test_a_family_is_switched_off_and_on_again(chromium: Browser, story: Path) -> None:
    chromium.open(story)
    switch = "#families label.f1 input"
    assert chromium.text("#families label.f1 .name") == "credits"
    for wanted in (False, True):
        chromium.click(switch)
        shown = "Translated" in chromium.text("article")
        assert shown is wanted
        assert "The storm came" in chromium.text("article")
        assert "Twitter" in chromium.text("article")
    chromium.click("#show-kept")
    assert len(_seen(chromium)) == 3
    chromium.click("#show-cut")
    assert "Nobody was hurt." not in chromium.text("article")
    assert "Advertisement" in chromium.text("article")
    assert chromium.errors() == []


@needs_chromium
def test_a_tap_tells_the_reason_and_where_it_stood(chromium: Browser, story: Path) -> None:
    chromium.open(story)
    assert not chromium.run("return document.getElementById('detail').offsetHeight")
    chromium.click("article .cut.f2")
    detail = chromium.text("#detail")
    assert "markup:share-buttons" in detail
    assert "0.95" in detail
    assert "html > body > main > div.share-buttons > ul > li" in detail
    chromium.click("#detail .close")
    assert not chromium.run("return document.getElementById('detail').offsetHeight")
    chromium.click("article .kept")
    assert "stays" in chromium.text("#detail")


@needs_chromium
def test_the_keys_go_from_cut_to_cut_past_what_is_switched_off(chromium: Browser, story: Path) -> None:
    chromium.open(story)
    rules = []
    for key in "nnnnp":
        chromium.type("body", key)
        rules.append(chromium.text("#detail dd code"))
    assert [rule.partition(":")[2] for rule in rules] == [
        "translator-paren", "share-buttons", "advertisement", "advertisement", "share-buttons",
    ]  # fmt: skip
    assert chromium.run("return document.activeElement.dataset.cut") == "1"
    chromium.open(story)
    chromium.click("#families label.f1 input")
    chromium.type("body", "n")
    assert chromium.text("#detail dd code") == "markup:share-buttons"


@needs_chromium
def test_a_hostile_pages_script_does_not_run(chromium: Browser, tmp_path: Path) -> None:
    chromium.open(_write(tmp_path / "hostile.html", (_BREAKOUT, HOSTILE)))
    chromium.click("article .cut")
    chromium.type("body", "nnn")
    assert "owned" not in chromium.run("return document.title").replace(_BREAKOUT, "")
    assert chromium.text("#name") == _BREAKOUT
    assert "</script>" in chromium.text("article")
    assert chromium.run("return document.querySelectorAll('img, article script, article b').length") == 0
    assert chromium.errors() == []


@needs_chromium
def test_markup_that_gets_in_all_the_same_cannot_run(chromium: Browser, story: Path, tmp_path: Path) -> None:
    """The second line of defence: were a page's text ever written as markup, the policy stops it."""
    leaky = tmp_path / "leaky.html"
    leak = "<script>document.title = 'owned'</script><p onclick=\"document.title = 'owned'\" id=\"leak\">x</p>"
    leaky.write_text(story.read_text("utf-8").replace("<main", leak + "<main"), "utf-8")
    chromium.open(leaky)
    chromium.click("#leak")
    assert chromium.run("return document.title") == "storm.html · dechaff report"
    assert any("Content Security Policy" in error for error in chromium.errors())


@needs_chromium
def test_the_index_is_sorted_by_share_removed_and_searched(chromium: Browser, several: Path) -> None:
    chromium.open(several)
    shares = [
        float(text.rstrip("%"))
        for text in chromium.run("return [...document.querySelectorAll('td.removed')].map((e) => e.textContent)")
    ]
    assert len(shares) == 3
    assert shares == sorted(shares, reverse=True)
    chromium.click("[data-sort=name]")
    names = "return [...document.querySelectorAll('#rows a')].map((e) => e.textContent)"
    assert chromium.run(names) == ["arabic-news.html", "shopify.html", "wordpress-jetpack.html"]
    chromium.type("#search", "NIGHT train")
    assert chromium.run(names) == ["wordpress-jetpack.html"]
    chromium.click("#rows a")
    assert chromium.text("#name") == "wordpress-jetpack.html"
    chromium.click("#back")
    assert chromium.run(names) == ["wordpress-jetpack.html"]
    chromium.type("#search", " nowhere")
    assert chromium.text("#found") == "0 pages"
    assert chromium.errors() == []


@needs_chromium
def test_right_to_left_text_stands_right(chromium: Browser, several: Path) -> None:
    chromium.open(several, "#page=0")
    directions = chromium.run(
        "return [...document.querySelectorAll('article .kept')].map((e) => getComputedStyle(e).direction)"
    )
    assert set(directions) == {"rtl"}
    chromium.open(several, "#page=2")
    assert chromium.run("return getComputedStyle(document.querySelector('article .kept')).direction") == "ltr"


@needs_chromium
def test_the_map_leads_to_the_place_and_shows_both_colours(chromium: Browser, several: Path) -> None:
    chromium.open(several, "#page=2")
    assert chromium.run("return scrollY") == 0
    frame = chromium.run(
        """await new Promise((done) => setTimeout(done, 150));
        const map = document.getElementById('map');
        return [...map.getContext('2d').getImageData(1, map.height / 10, 1, 1).data].slice(0, 3).join()"""
    )
    assert frame == "11,87,208"
    chromium.run(
        """const map = document.getElementById('map');
        map.setPointerCapture = () => {};
        const at = { clientX: innerWidth - 20, clientY: 500, bubbles: true, pointerId: 1 };
        map.dispatchEvent(new PointerEvent('pointerdown', at));"""
    )
    assert chromium.run("return scrollY") > 800
    colours = chromium.run(
        """const map = document.getElementById('map');
        const data = map.getContext('2d').getImageData(map.width / 2, 0, 1, map.height).data;
        const seen = new Set();
        for (let at = 0; at < data.length; at += 4) seen.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
        return [...seen]"""
    )
    assert "0,95,255" in colours
    assert len(colours) > 6


@needs_chromium
def test_a_phone_shows_it_without_scrolling_sideways(chromium: Browser, several: Path) -> None:
    chromium.resize(360, 740, phone=True)
    try:
        for fragment in ("", "#page=0", "#page=2"):
            chromium.open(several, fragment)
            assert chromium.run("return document.documentElement.scrollWidth") <= 360
        chromium.click("#panel summary")
        sizes = chromium.run(
            "return [...document.querySelectorAll('#families label, aside button')].map((e) => e.getBoundingClientRect().height)"
        )
        assert min(sizes) >= 32
    finally:
        chromium.resize(1280, 900)


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_colour_schemes(chromium: Browser, several: Path, scheme: str) -> None:
    """WCAG's contrast of 4.5 for all text, on whatever it stands on."""
    chromium.prefer(scheme)
    try:
        chromium.open(several, "#page=2")
        lowest = chromium.run(
            """const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
            const rgb = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
              return [...canvas.getImageData(0, 0, 1, 1).data]; };
            const light = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
              .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
            const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; }
              return rgb('Canvas'); };
            let lowest = [21, ''];
            for (const e of document.querySelectorAll('.b, .b s, .why, .name, .words, #name, .sum, button, summary')) {
              if (!e.offsetParent) continue;
              const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))];
              const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
              if (ratio < lowest[0]) lowest = [ratio, e.className + ' ' + e.textContent.slice(0, 30)];
            }
            return lowest"""
        )
        assert lowest[0] >= 4.5, lowest
    finally:
        chromium.prefer("light")


@needs_chromium
def test_a_long_page_is_drawn_in_parts_that_are_skipped_while_out_of_sight(chromium: Browser, tmp_path: Path) -> None:
    source = "<!doctype html><body>" + "".join(f"<p>Tide table of day {day}.</p>" for day in range(2000))
    chromium.open(_write(tmp_path / "long.html", ("long.html", source), only=["ads"]))
    chromium.type("body", "n")  # whoever wants the next cut draws what is not drawn yet
    assert chromium.run("return document.querySelectorAll('article [data-block]').length") == 2000
    looks = chromium.run(
        "return [...document.querySelectorAll('.chunk')].map((e) => getComputedStyle(e).contentVisibility)"
    )
    assert looks == ["auto"] * 25
    chromium.run("document.querySelectorAll('[data-block]')[1500].scrollIntoView()")
    top = chromium.run("return document.querySelectorAll('[data-block]')[1500].getBoundingClientRect().top")
    assert 0 <= top < 900


@needs_chromium
def test_the_map_leads_to_a_place_that_is_not_drawn_yet(chromium: Browser, tmp_path: Path) -> None:
    source = "<!doctype html><body>" + "".join(f"<p>Tide table of day {day}.</p>" for day in range(6000))
    chromium.open(_write(tmp_path / "long.html", ("long.html", source), only=["ads"]))
    chromium.run(
        """const map = document.getElementById('map');
        map.setPointerCapture = () => {};
        map.dispatchEvent(new PointerEvent('pointerdown', { clientX: innerWidth - 20, clientY: innerHeight - 2, pointerId: 1 }));"""
    )
    seen = chromium.run(
        """return [...document.querySelectorAll('article [data-block]')].filter((e) => {
          const place = e.getBoundingClientRect();
          return place.bottom > 0 && place.top < innerHeight;
        }).map((e) => Number(e.dataset.block))"""
    )
    assert max(seen) > 5900
    texts = chromium.run("return [...document.querySelectorAll('article [data-block]')].map((e) => e.dataset.block)")
    assert texts == [str(number) for number in range(len(texts))]


@needs_chromium
def test_a_line_of_megabytes_is_shown_whole_in_parts(chromium: Browser, tmp_path: Path) -> None:
    line = " ".join(f"tide{number}" for number in range(4000))
    chromium.open(_write(tmp_path / "line.html", ("line.txt", f"{line}\nShort."), only=["ads"]))
    shown = chromium.run("return [...document.querySelectorAll('article [data-block]')].map((e) => e.textContent)")
    assert shown == [line, "Short."]
    parts = chromium.run("return [...document.querySelectorAll('.part')].map((e) => e.textContent)")
    assert len(parts) > 3
    assert max(map(len, parts)) <= 8000
    assert all(part.endswith(" ") for part in parts[:-1])
