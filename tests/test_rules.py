"""A user's own rules: three formats, what they cut and keep, and what is said of a bad one."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import lxml.html
import pytest
from bs4 import BeautifulSoup

import dechaff
from dechaff import Cleaner
from dechaff.reading import read
from dechaff.rules import Rules
from dechaff.rules.model import names_of
from dechaff.selecting import Elements, SelectorError, css_selector, xpath_selector

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """<html><head><title>The frozen harbour</title></head><body>
<div class="top Menu-Bar"><p>Weather and tides</p></div>
<h1>The frozen harbour</h1>
<p class="lead">The harbour froze in the second week of January, and nobody could remember a winter like it.</p>
<div class="wrap"><p class="x">A line in a wrap</p><p>See <a href="https://go.example/track?id=1">this lamp</a> in the shop.</p></div>
<div id="slot-1"><p>Lamps at half the price</p></div>
<p>Fishermen walked out <span class="badge big">Paid mention</span> to their boats and cut them free with axes.</p>
<div id="gpt-unit-77"><p>Rope, new and used</p></div>
<div class="kept"><div class="promo"><p>This promotion stays</p></div></div>
<div class="promo"><p>This promotion goes</p></div>
</body></html>"""


def _rules(folder: Path, **files: str) -> Rules:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")
    return Rules.load(folder / name.replace("__", ".") for name in files)


def _cuts(rules: Rules, html: str = PAGE, url: str | None = None) -> list[tuple[str, str, str]]:
    """What the rules alone cut: family, rule, words."""
    cleaned = Cleaner([], rules=rules, kind="html", url=url).explain(html)
    return [(cut.family, cut.rule, cut.text) for cut in cleaned.cuts]


def test_tokens_are_whole_names_in_any_case_and_cut_with_file_and_line(tmp_path: Path) -> None:
    rules = _rules(tmp_path, my__toml='# mine\n\n[[cut]]\ntokens = ["menu-bar"]\nfamily = "navigation"\n')
    assert _cuts(rules) == [("navigation", "my.toml:3", "Weather and tides")]


def test_a_part_of_a_name_is_no_token(tmp_path: Path) -> None:
    assert _cuts(_rules(tmp_path, my__toml='[[cut]]\ntokens = ["menu", "slot", "kep"]')) == []


def test_selectors_cut_boxes_and_the_words_of_inline_elements(tmp_path: Path) -> None:
    rules = _rules(tmp_path, my__toml='[[cut]]\nselect = ["div.wrap > p.x", "span.badge", "a[href*=\'/track\']"]')
    assert _cuts(rules) == [
        ("ads", "my.toml:1", "A line in a wrap"),
        ("ads", "my.toml:1", "this lamp"),
        ("ads", "my.toml:1", "Paid mention"),
    ]
    text = Cleaner([], rules=rules, kind="html").clean(PAGE)
    assert "Fishermen walked out to their boats" in text


def test_words_that_stand_twice_in_their_block_are_left(tmp_path: Path) -> None:
    html = '<p>A lamp is <span class="b">a lamp</span> and stays a lamp for good.</p>'
    assert _cuts(_rules(tmp_path, my__toml='[[cut]]\nselect = ["span.b"]'), html) == []


def test_keep_beats_every_cut_of_rules_and_filters(tmp_path: Path) -> None:
    text = '[[cut]]\ntokens = ["promo"]\n[[keep]]\nselect = ["div.kept"]\n'
    cleaned = Cleaner([], rules=_rules(tmp_path, my__toml=text), kind="html").explain(PAGE)
    assert "This promotion stays" in cleaned.text
    assert "This promotion goes" not in cleaned.text
    assert [veto.by for veto in cleaned.vetoed] == ["keep:my.toml:3"]
    advert = '<p>The story is here.</p><div class="kept"><p>Advertisement</p></div>'
    assert "Advertisement" in dechaff.clean(advert, rules=_rules(tmp_path, my__toml=text), without="boilerplate")
    assert "Advertisement" not in dechaff.clean(advert, without="boilerplate")


def test_phrases_have_the_language_of_ours_and_give_credits(tmp_path: Path) -> None:
    text = """
[[phrase]]
id = "club"
pattern = 'join (the|our) rope club( today)?'
family = "subscriptions"
hit = ["Join our rope club today!"]
miss = ["They join the rope club and never come back."]
[[phrase]]
pattern = 'put into English by {name}'
family = "credits"
role = "translator"
"""
    cleaner = Cleaner([], rules=_rules(tmp_path, my__toml=text))
    cleaned = cleaner.explain("The story.\n*** Join the rope club ***\nPut into English by Ann Lee\nIt goes on.")
    assert [(cut.family, cut.rule) for cut in cleaned.cuts] == [
        ("subscriptions", "my.toml:club"),
        ("credits", "my.toml:8"),
    ]
    assert [(credit.role, credit.name) for credit in cleaned.credits] == [("translator", "Ann Lee")]
    assert cleaned.text == "The story.\nIt goes on."
    prose = "She said they would join the rope club if it rained.\nIt was put into English by the sea."
    assert cleaner.clean(prose) == prose


def test_hosts_are_the_host_and_what_is_below_it(tmp_path: Path) -> None:
    rules = _rules(
        tmp_path,
        my__toml='hosts = ["example.com", "~shop.example.com"]\n[[cut]]\ntokens = ["promo"]\n[[phrase]]\npattern = "rope, new and used"\n',
    )
    for url in ("https://www.example.com/a", "http://news.example.com:8080/", "EXAMPLE.com/x"):
        assert len(_cuts(rules, url=url)) == 3, url
    for other in (None, "https://example.org", "https://shop.example.com/a", "https://notexample.com", "http://[", ""):
        assert _cuts(rules, url=other) == [], other


def test_a_url_given_with_the_page_goes_before_the_cleaners(tmp_path: Path) -> None:
    rules = _rules(tmp_path, my__toml='[[cut]]\ntokens = ["promo"]\nhosts = ["a.org"]')
    cleaner = Cleaner([], rules=rules, url="http://a.org")
    assert (len(cleaner.explain(PAGE).cuts), len(cleaner.explain(PAGE, url="http://b.org").cuts)) == (2, 0)


def test_a_bad_rule_is_named_with_its_line_and_stops_no_other(tmp_path: Path) -> None:
    text = """family = "ads"
[[cut]]
tokens = ["two words"]
[[cut]]
select = ["p >", ".wrap"]
[[cut]]
family = "Bad Name"
tokens = ["x"]
[[cut]]
note = "says nothing"
[[cat]]
tokens = ["x"]
[[cut]]
token = ["x"]
[[phrase]]
pattern = "a*"
[[phrase]]
pattern = "rope sale"
hit = ["a rope for sale"]
[[phrase]]
pattern = "rope sale"
needs = "links"
[[cut]]
tokens = = ["x"]
[[cut]]
tokens = ["x"]
hosts = ["https://example.com/"]
[[cut]]
tokens = ["promo"]
"""
    rules = _rules(tmp_path, my__toml=text)
    assert [problem.split(": ")[0] for problem in rules.problems] == [
        f"my.toml:{line}" for line in (2, 4, 6, 9, 11, 13, 15, 17, 20, 24, 25)
    ]
    assert "'p >' is not a CSS selector" in rules.problems[1]
    assert {rule for _, rule, _ in _cuts(rules)} == {"my.toml:4", "my.toml:28"}


def test_a_bad_head_is_named_and_the_tables_are_read(tmp_path: Path) -> None:
    rules = _rules(tmp_path, my__toml='colour = "red"\n[[cut]]\ntokens = ["promo"]')
    assert rules.problems == ("my.toml:1: unknown key colour; before the first table there are family, hosts",)
    assert len(rules) == 1


LIST = """[Adblock Plus 2.0]
! Title: a list of our own
||ads.example^$third-party
@@||good.example^
##.promo
###slot-1
example.com,~shop.example.com##.lead
##div[id^="gpt-unit-"]
##.wrap > .x
##a[href^="https://go.example/"]
other.org#@#.promo
pages.*##.top
##.lead:-abp-contains(froze)
##.lead:has-text(froze)
##.lead:has(> b > i)
example.com#?#.lead:-abp-has(a)
##+js(abort, x)
example.com#$#body { color: red }
##div[
##img.banner
"""


def test_a_filter_list_hides_what_a_browser_would(tmp_path: Path) -> None:
    rules = _rules(tmp_path, list__txt=LIST)
    assert _cuts(rules) == [
        ("ads", "##.wrap > .x", "A line in a wrap"),
        ("ads", '##a[href^="https://go.example/"]', "this lamp"),
        ("ads", "###slot-1", "Lamps at half the price"),
        ("ads", '##div[id^="gpt-unit-"]', "Rope, new and used"),
        ("ads", "##.promo", "This promotion stays"),
        ("ads", "##.promo", "This promotion goes"),
    ]
    assert rules.problems == ("list.txt:19: 'div[' is not a CSS selector: Expected ident or '*', got <EOF at 4>",)
    assert rules.ignored == {
        "network rules": 2,
        "procedural selectors and scriptlets": 5,
        "selectors of elements without text": 1,
    }


@pytest.mark.parametrize(
    ("url", "rule", "holds"),
    [
        ("https://www.example.com", "##.lead", True),
        ("https://a.example.com", "##.lead", True),
        ("https://shop.example.com", "##.lead", False),
        ("https://www.shop.example.com", "##.lead", False),
        ("https://other.org", "##.promo", False),
        ("https://sub.other.org", "##.promo", False),
        ("https://another.org", "##.promo", True),
        ("https://pages.de", "##.top", True),
        ("https://pages.co.uk", "##.top", True),
        ("https://mypages.de", "##.top", False),
    ],
)
def test_domains_and_exceptions(tmp_path: Path, url: str, rule: str, holds: bool) -> None:
    found = _cuts(_rules(tmp_path, list__txt=LIST), url=url)
    assert (rule in {name for _, name, _ in found}) is holds


def test_a_selector_list_and_a_case_that_differs(tmp_path: Path) -> None:
    assert {text for _, _, text in _cuts(_rules(tmp_path, list__txt="##.x, .promo\n##.PROMO\n##.Menu-bar"))} == {
        "A line in a wrap",
        "This promotion stays",
        "This promotion goes",
    }


def test_inline_elements_are_found_by_class_id_and_markup(tmp_path: Path) -> None:
    html = (
        '<p>One <span class="ad">first words</span> here.</p><p>Two <b id="ad2">second words</b> here.</p>'
        '<p>Three <i data-ad="1">third words</i> here.</p><p>Four <i data-no="1">fourth words</i> here.</p>'
    )
    rules = _rules(tmp_path, list__txt="##.ad\n###ad2\n##i[data-ad]\n##i[data-ab]\n##[data-ac]")
    assert [text for _, _, text in _cuts(rules, html)] == ["first words", "second words", "third words"]


def test_no_rule_cuts_the_whole_page(tmp_path: Path) -> None:
    cleaned = Cleaner([], rules=_rules(tmp_path, list__txt="##body\n##.promo"), kind="html").explain(PAGE)
    assert "The frozen harbour" in cleaned.text
    assert cleaned.warnings == ["the rule ##body would cut the whole page; it was passed by"]


SITE = """# how the harbour's paper is built
title: //h1
body: //div[@id='none']
body: //div[@id='story']
strip: //p[@class='note']
strip_id_or_class: tip
strip_image_src: /pixel.gif
single_page_link: //a[@rel='print']
test_url: http://example.com/a
replace_string(<br>): <p>
"""
STORY = """<html><body><div id="nav"><p>Menu of the paper</p></div><h1>The head</h1>
<div id="story"><p>The story is told here.</p><p class="note">A note</p><p class="big tip">A tip</p><p class="tips">Tips stay</p></div>
<p>Below the story</p></body></html>"""


def test_a_site_configuration_is_for_its_host(tmp_path: Path) -> None:
    rules = _rules(tmp_path, example__com__txt=SITE)
    assert rules.problems == ()
    assert rules.ignored["single_page_link lines"] == 1
    cleaner = Cleaner([], rules=rules)
    assert (
        cleaner.explain(STORY, url="https://www.example.com/x").text
        == "The head\n\nThe story is told here.\n\nTips stay"
    )
    assert [cut.rule for cut in cleaner.explain(STORY, url="https://example.com").cuts] == [
        "example.com.txt:4",
        "example.com.txt:5",
        "example.com.txt:6",
        "example.com.txt:4",
    ]
    for other in (None, "https://news.example.com/", "https://example.org"):
        assert cleaner.explain(STORY, url=other).cuts == []


def test_a_dot_before_the_host_means_what_is_below_it(tmp_path: Path) -> None:
    (tmp_path / ".example.com.txt").write_text(SITE)
    (tmp_path / "global.txt").write_text("strip_id_or_class: nav\n")
    cleaner = Cleaner([], rules=Rules.load(tmp_path))
    assert "Below the story" not in cleaner.explain(STORY, url="https://news.example.com/").text
    assert "Below the story" in cleaner.explain(STORY, url="https://www.example.com/").text
    assert "Menu of the paper" not in cleaner.explain(STORY).text


def test_a_body_that_is_not_there_cuts_nothing_and_is_said(tmp_path: Path) -> None:
    cleaned = Cleaner([], rules=_rules(tmp_path, example__com__txt="body: //main"), url="http://example.com").explain(
        STORY
    )
    assert cleaned.cuts == []
    assert cleaned.warnings == ["example.com.txt: no body line selects any text on this page"]


def test_the_headline_outside_the_body_goes_if_it_is_not_wanted(tmp_path: Path) -> None:
    rules = _rules(tmp_path, example__com__txt="body: //div[@id='story']")
    for headline in (True, False):
        text = Cleaner([], rules=rules, url="http://example.com", headline=headline).clean(STORY)
        assert ("The head" in text) is headline


def test_bad_lines_of_a_site_configuration(tmp_path: Path) -> None:
    rules = _rules(tmp_path, example__com__txt="strip: //p[\nwat: //p\njust words\nstrip:\nstrip: //p[@class='note']")
    assert [problem.split(": ")[0] for problem in rules.problems] == [f"example.com.txt:{n}" for n in (1, 2, 3, 4)]
    assert [text for _, _, text in _cuts(rules, STORY, "http://example.com")] == ["A note"]


def test_rules_are_data() -> None:
    for hostile in ("document('http://example.com/')", "php:function('system','ls')", "//p[re:test(., 'a')]"):
        page = read(PAGE)
        elements = Elements(page, PAGE)
        try:
            found = elements.select(xpath_selector(hostile))
        except SelectorError:
            continue
        assert found == []
        assert elements.warnings


@pytest.mark.parametrize("xpath", ["//*[//*[//*[//*]]]", "//a[.//b[.//c[.//d]]]", "/*[" + "a" * 3000 + "]", "", "//p["])
def test_an_xpath_that_could_take_for_ever_is_refused(xpath: str) -> None:
    with pytest.raises(SelectorError):
        xpath_selector(xpath)


def test_an_xpath_is_not_tried_where_the_page_is_too_large_for_it(tmp_path: Path) -> None:
    rules = _rules(tmp_path, example__com__txt="strip: //b[//i]\nstrip: //b[text()='x']")
    large = "<div>" + "<b>x</b>\n" * 21_000 + "</div><p>The end of it.</p>"
    cleaned = Cleaner([], rules=rules, kind="html", url="http://example.com").explain(large)
    assert any("'//b[//i]' was not tried: it could take too long on 21,0" in warning for warning in cleaned.warnings)
    assert cleaned.text.endswith("The end of it.")


def test_what_css_cannot_say_here_is_refused_and_not_misread() -> None:
    for selector in ("div:has(", "p::before", "p >", "", "a" * 3000, "div:-abp-has(a)"):
        with pytest.raises(SelectorError):
            css_selector(selector)


@pytest.mark.parametrize(
    "make", [str, lxml.html.fromstring, lambda html: BeautifulSoup(html, "html.parser"), str.encode]
)
def test_selectors_find_the_same_in_every_kind_of_source(tmp_path: Path, make: type) -> None:
    rules = _rules(
        tmp_path, my__toml='[[cut]]\nselect = ["div.wrap > p.x", "span.badge"]\n[[keep]]\nselect = ["h1 + p"]'
    )
    cleaned = Cleaner([], rules=rules, kind="html", keep="css:div > .promo").explain(make(PAGE))
    assert [cut.text for cut in cleaned.cuts] == ["A line in a wrap", "Paid mention"]


@pytest.mark.parametrize(
    "broken",
    [
        "<div class=a><p>One<script>var a = '<p class=x>';</p><p class=x>Two",
        "<table><tr><td class=x>Cell<table><p class=x>In it</table>",
        "<p>One<![CDATA[ <p class=x>Two</p> ]]></p>",
        "<o:p class=x>Office</o:p><p class=x @click='a'>Two</p>",
        "<p class=x>One\x00Two</p>" + "<div>" * 300 + "<p class=x>Deep" + "</div>" * 300,
        "<!-- a --><p class=x>One<!-- unfinished",
    ],
)
def test_broken_markup_is_matched_or_it_is_said_that_it_was_not(broken: str) -> None:
    html = f"<html><body>{broken}</body></html>"
    page = read(html, kind="html")
    elements = Elements(page, html)
    wanted = {block.index for box in page.boxes if "x" in box.tokens for block in page.blocks[box.first : box.last]}
    wanted |= {block.index for block in page.blocks if "x" in block.inline}
    found = {index for number in elements.select(css_selector(".x")) for index in elements.blocks(number)}
    assert found == wanted or elements.warnings


def test_only_and_without_know_the_rules_families(tmp_path: Path) -> None:
    rules = _rules(tmp_path, my__toml='[[cut]]\ntokens = ["promo"]\nfamily = "shop"\n[[cut]]\ntokens = ["menu-bar"]')
    cut = {family for family, _, _ in _cuts(rules)}
    assert cut == {"shop", "ads"}
    assert {c.family for c in Cleaner([], rules=rules, without="shop").explain(PAGE).cuts} == {"ads"}
    assert {c.family for c in Cleaner([], rules=rules, only="shop").explain(PAGE).cuts} == {"shop"}
    with pytest.raises(ValueError, match="no family 'shop'"):
        Cleaner(only="shop")


def test_rules_are_loaded_once_shared_and_pickled(tmp_path: Path) -> None:
    rules = _rules(
        tmp_path, my__toml='[[cut]]\ntokens = ["promo"]\n[[phrase]]\npattern = "rope, new and used"', list__txt=LIST
    )
    cleaner = Cleaner([], rules=rules)
    assert cleaner.rules is rules
    assert pickle.loads(pickle.dumps(cleaner)).explain(PAGE) == cleaner.explain(PAGE)
    assert Cleaner([], rules=[str(tmp_path / "my.toml"), tmp_path / "list.txt"]).explain(PAGE) == cleaner.explain(PAGE)


def test_what_is_no_rule_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "prose.txt").write_text("Only words.")
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")
    rules = Rules.load([tmp_path / "empty", tmp_path / "prose.txt", tmp_path / "latin.toml"])
    assert [problem.rpartition("/")[2].partition(":")[0] for problem in rules.problems] == [
        "empty",
        "prose.txt",
        "latin.toml",
    ]
    with pytest.raises(FileNotFoundError):
        Cleaner(rules=tmp_path / "none.toml")
    for wrong in (3, [3], b"my.toml"):
        with pytest.raises(TypeError, match="rules"):
            Cleaner(rules=wrong)


def test_names_of_hosts() -> None:
    assert "=example.com" in names_of("http://www.example.com./")
    assert names_of("http://[broken") == frozenset()
    assert "xn--bcher-kva.de" in names_of("//xn--bcher-kva.de/a")


def test_thousands_of_rules_cost_a_page_no_tree_and_few_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No clock: the tree is not made, and what is asked of the index grows with the page and not with the rules."""
    lines = [f"##.ad-name-{n}" for n in range(8000)] + [f"###unit-{n}" for n in range(2000)]
    lines += [f'##div[class^="brand{n}-ad"]' for n in range(300)] + [f"##.x{n} > .y{n}" for n in range(300)]
    rules = _rules(tmp_path, list__txt="\n".join(lines))
    assert (len(rules), rules.problems) == (10_600, ())
    monkeypatch.setattr(Elements, "_make", lambda _: pytest.fail("the tree was made"))
    assert _cuts(rules) == []
    assert len(_cuts(rules, PAGE.replace("promo", "ad-name-7999"))) == 2


def _run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dechaff.cli", *arguments],
        input=stdin, capture_output=True, check=False, timeout=120, text=True, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip


def test_the_command_takes_rules_and_says_once_what_is_wrong_in_them(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text('[[cut]]\nselect = ["p >"]\n[[phrase]]\npattern = "rope, new and used"')
    page = tmp_path / "a.txt"
    page.write_text("The story.\nRope, new and used!\n")
    done = _run("--rules", str(tmp_path / "my.toml"), str(page), str(page))
    assert done.stdout == "The story.\nThe story.\n"
    assert done.stderr.splitlines() == [
        "dechaff: my.toml:1: select: 'p >' is not a CSS selector: Expected selector, got <EOF at 3>"
    ]
    missing = _run("--rules", str(tmp_path / "none.toml"), stdin="x")
    assert (missing.returncode, len(missing.stderr.splitlines())) == (2, 1)
    assert "none.toml: No such file" in missing.stderr


@pytest.mark.parametrize(
    ("selector", "texts"),
    [
        ("div:has(> .ad)", ["An ad in a box"]),
        ("div:has(.ad)", ["An ad in a box", "An ad in a list"]),
        ("div:has(ul .ad, .none)", ["An ad in a list"]),
        ("p:has(+ div)", ["The first.", "The second."]),
        ("div:not(:has(.ad))", ["A box of its own"]),
        ("div:has(> div)", []),
    ],
)
def test_has_selects_by_what_an_element_holds(selector: str, texts: list[str]) -> None:
    page = (
        "<p>The first.</p><div><p class='ad'>An ad in a box</p></div>"
        "<p>The second.</p><div><ul><li class='ad'>An ad in a list</li></ul></div><div><p>A box of its own</p></div>"
    )
    everything = [dechaff.Cut(number, number + 1, "ads", "all") for number in range(5)]
    cleaned = Cleaner([lambda _: everything], keep=f"css:{selector}", kind="html").explain(page)
    assert [block.text for block in cleaned.kept] == texts
