"""Learning a site: what recurs on its pages goes, what recurs and is content stays, and profiles merge."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dechaff import Cleaner, SiteProfile, SiteProfiles
from dechaff.content.boilerplate import LearnedFilter
from dechaff.reading import read
from dechaff.sites import explain_site, own_host, profile, site_of
from dechaff.sites.lines import Line, near, places_of, shown
from dechaff.sites.order import Outline, content_end, small_runs
from lab.made_sites import TEMPLATES, as_text, made_site
from lab.sites import clean_made

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from dechaff.content.network import Network
    from dechaff.page import Page, SourceKind
    from lab.made_sites import MadePage

PAGES = 12
BROKEN = (
    '{"format": "dechaff site profile", "version": 1, "pages": [], "places": [], "keep": [], "cut": [], '
    '"lines": [{"text": "a", "place": 0, "on": "0:x"}]}'
)


@pytest.fixture(scope="module", params=list(TEMPLATES))
def made(request: pytest.FixtureRequest) -> tuple[list[MadePage], SiteProfile]:
    """A made-up site and its profile."""
    pages = made_site(request.param, PAGES)
    return pages, SiteProfile.learn(page.html for page in pages)


def test_content_that_recurs_stays_and_every_template_text_that_recurs_goes(
    made: tuple[list[MadePage], SiteProfile],
) -> None:
    pages, known = made
    assert any(page.traps for page in pages)
    outcome = clean_made(pages, known)
    assert outcome.lost == []
    assert outcome.left == []


def test_without_a_profile_the_template_of_these_sites_does_not_all_go() -> None:
    for name in TEMPLATES:
        assert clean_made(made_site(name, 6), None).left


def test_two_templates_under_one_host_do_not_disturb_each_other() -> None:
    both = [*made_site("news", PAGES), *made_site("recipes", PAGES)]
    known = SiteProfile.learn(page.html for page in both)
    for pages in (both[:PAGES], both[PAGES:]):
        outcome = clean_made(pages, known)
        assert outcome.lost == []
        assert outcome.left == []


def test_a_page_that_was_not_learned_is_cleaned_as_well() -> None:
    pages = made_site("forum", 2 * PAGES)
    outcome = clean_made(pages[PAGES:], SiteProfile.learn(page.html for page in pages[:PAGES]))
    assert outcome.lost == []
    assert outcome.left == []


def test_in_a_text_without_markup_what_recurs_among_paragraphs_stays_and_the_menu_goes() -> None:
    pages = made_site("news", PAGES)
    texts = [as_text(page) for page in pages]
    cleaner = Cleaner(site=SiteProfile.learn(texts), kind="text")
    for page, text in zip(pages, texts, strict=True):
        cleaned = cleaner.clean(text)
        for trap in page.traps:
            assert trap in cleaned
        for label in ("Harbour", "Weather", "Gardening"):
            assert label not in cleaned.splitlines()


def test_a_cut_says_what_recurred_and_on_how_many_pages() -> None:
    pages = made_site("news", PAGES)
    cleaner = Cleaner(site=SiteProfile.learn(page.html for page in pages))
    rules = {cut.text: cut.rule for cut in cleaner.explain(pages[0].html).cuts if cut.rule.startswith("site:")}
    assert rules["The Lowmoor Heron, printed on the quay since 1871"] == "site:text 11/11 pages"
    assert {rule.split()[0] for rule in rules.values()} == {"site:text", "site:near-repeat"}
    assert {cut.family for cut in cleaner.explain(pages[0].html).cuts if cut.rule.startswith("site:")} == {
        "boilerplate"
    }


def test_a_page_is_no_evidence_against_itself_nor_is_a_copy_of_it() -> None:
    page = made_site("news", 1)[0]
    alone = Cleaner().clean(page.html)
    assert Cleaner(site=SiteProfile.learn([page.html])).clean(page.html) == alone
    copy = page.html.replace("Harbour", "Haven")
    cleaned = Cleaner(site=SiteProfile.learn([copy])).clean(page.html)
    for paragraph in page.content:
        assert paragraph in cleaned


def test_a_profile_of_another_site_or_of_nothing_changes_no_content() -> None:
    page = made_site("recipes", 1)[0]
    known = SiteProfile.learn(page.html for page in made_site("manual", PAGES))
    for site in (known, SiteProfile()):
        cleaned = Cleaner(site=site).clean(page.html)
        for paragraph in page.content:
            assert paragraph in cleaned


def test_a_page_of_which_everything_recurs_is_left_to_the_other_filters() -> None:
    pages = ["Mill news\nOpen daily", "Mill news\nOpen daily\nClosed on Sunday"]
    assert Cleaner(site=SiteProfile.learn(pages)).clean(pages[0]) == pages[0]


def test_what_a_keep_rule_protects_stays_and_without_the_family_nothing_is_cut() -> None:
    pages = made_site("news", PAGES)
    known = SiteProfile.learn(page.html for page in pages)
    line = "The Lowmoor Heron, printed on the quay since 1871"
    assert line not in Cleaner(site=known).clean(pages[0].html)
    assert line in Cleaner(site=known, keep="^The Lowmoor Heron").clean(pages[0].html)
    assert line in Cleaner(site=known, without="boilerplate").clean(pages[0].html)


def test_the_same_page_and_profile_give_the_same_result_after_a_pickle_and_in_any_order_of_learning() -> None:
    pages = made_site("blog", PAGES)
    sources = [page.html for page in pages]
    one, other = SiteProfile.learn(sources), SiteProfile.learn(reversed(sources))
    first = Cleaner(site=one).explain(sources[3])
    assert one == other
    assert Cleaner(site=other).explain(sources[3]).cuts == first.cuts
    assert pickle.loads(pickle.dumps(Cleaner(site=one))).explain(sources[3]).cuts == first.cuts


def test_a_page_learned_twice_counts_once() -> None:
    pages = [page.html for page in made_site("blog", 3)]
    assert SiteProfile.learn([*pages, pages[0]]) == SiteProfile.learn(pages)


def test_a_profile_holds_a_bounded_sample_whatever_the_number_of_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "MOST_PAGES", 4)
    pages = [page.html for page in made_site("blog", 9)]
    known = SiteProfile.learn(pages)
    assert len(known.pages) == 4
    assert sorted(known.pages) == sorted(profile.identity(read(page)) for page in pages)[:4]


LINES = st.builds(
    Line,
    st.sampled_from(["Home", "About us", "12 comments"]),
    st.sampled_from(["", "item|li>ul"]),
    st.integers(0, 100),
    st.lists(st.integers(0, 50), max_size=3).map(tuple),
)
TEXTS = st.frozensets(st.sampled_from(["Home", "Imprint"]))


@st.composite
def three_profiles(draw: st.DrawFn) -> list[SiteProfile]:
    """Profiles over one site: a page has the same lines wherever it was seen."""
    ids = draw(st.lists(st.text("0123456789abcdef", min_size=4, max_size=4), unique=True, max_size=12))
    site = {name: tuple(sorted(set(draw(st.lists(LINES, max_size=3))))) for name in ids}
    made = []
    for _ in range(3):
        seen = sorted(draw(st.sets(st.sampled_from(ids)))) if ids else []
        chosen = sorted(seen)[: profile.MOST_PAGES]
        made.append(SiteProfile({name: site[name] for name in chosen}, draw(TEXTS), draw(TEXTS)))
    return made


@settings(deadline=None, max_examples=60)
@given(three_profiles(), st.sampled_from([1, 3, 128]))
def test_profiles_merge_to_the_same_in_any_order_and_grouping(profiles: list[SiteProfile], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profile, "MOST_PAGES", most)
        a, b, c = (SiteProfile() | known for known in profiles)
        assert (a | b) | c == a | (b | c)
        assert a | b == b | a
        assert a | a == a
        assert SiteProfile.from_json((a | b).as_json()) == a | b


def test_two_workers_profiles_merge_to_the_profile_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "MOST_PAGES", 5)
    pages = [page.html for page in made_site("manual", 9)]
    assert SiteProfile.learn(pages[:4]) | SiteProfile.learn(pages[4:]) == SiteProfile.learn(pages)


def test_a_saved_profile_is_the_same_again_and_a_person_can_correct_it(tmp_path: Path) -> None:
    pages = made_site("news", PAGES)
    known = SiteProfile.learn([*(page.html for page in pages), "a lone \ud800 surrogate\nsecond"])
    path = tmp_path / "site.json"
    known.save(path)
    assert SiteProfile.load(path) == known
    data = json.loads(path.read_text("utf-8"))
    assert list(data) == ["format", "version", "keep", "cut", "lines", "places", "pages"]
    counts = [len(entry["on"].split()) for entry in data["lines"]]
    assert counts == sorted(counts, reverse=True)
    line, paragraph = "The Lowmoor Heron, printed on the quay since 1871", pages[0].content[-1]
    data["keep"], data["cut"] = [line], [paragraph]
    path.write_text(json.dumps(data), "utf-8")
    cleaned = Cleaner(site=SiteProfile.load(path)).explain(pages[0].html)
    assert line in cleaned.text
    assert "site:listed" in {cut.rule for cut in cleaned.cuts if paragraph in cut.text}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "not a site profile"),
        ("[]", "not a site profile"),
        ('{"format": "dechaff site profile", "version": 99}', "version 99"),
        ('{"format": "dechaff site profile", "version": 1}', "broken site profile"),
        (BROKEN, "broken site profile"),
    ],
)
def test_a_file_that_is_no_profile_is_refused_with_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "site.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=message):
        SiteProfile.load(path)


def test_a_cleaner_takes_no_path_for_a_site() -> None:
    with pytest.raises(TypeError, match=r"SiteProfile\.load"):
        Cleaner(site="site.json")  # type: ignore[arg-type]


def test_who_learns_no_site_does_not_import_what_learning_needs() -> None:
    code = "import sys, dechaff; dechaff.clean('Hello'); print(sorted(m for m in sys.modules if m.startswith('dechaff.sites')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert done.stdout.strip() == b"[]"


def test_profiles_of_many_sites_are_kept_by_host(tmp_path: Path) -> None:
    news, blog = made_site("news", 5), made_site("blog", 5)
    known = SiteProfiles()
    for page in [*news, *blog]:
        known.update(page.html, page.url)
    known.update("a page without an address")
    assert list(known) == ["blog.example", "news.example"]
    assert known.of("https://www.news.example/x") == SiteProfile.learn(page.html for page in news)
    assert known.of("https://else.example/") is None
    known.save(tmp_path / "profiles")
    assert SiteProfiles.load(tmp_path / "profiles") == known
    assert known | SiteProfiles() == known
    page = news[0]
    by_host = Cleaner(site=known, url=page.url).explain(page.html)
    assert by_host.cuts == Cleaner(site=known["news.example"]).explain(page.html).cuts
    assert Cleaner(site=known).explain(page.html).cuts == Cleaner().explain(page.html).cuts


class _Scores:
    """Stands for a network: a score for each text."""

    def __init__(self, scores: dict[str, float]) -> None:
        self._scores = scores

    def scores(self, page: Page, *, headline: bool) -> NDArray[np.float32]:
        del headline
        return np.array([self._scores[block.text] for block in page.blocks], dtype=np.float32)


def _known(scores: dict[str, float], other: str, kind: SourceKind) -> Cleaner:
    """A cleaner whose network gives these scores, which knows one other page."""
    learned = LearnedFilter(load=lambda _: cast("Network", _Scores(scores)))
    return Cleaner([learned], kind=kind, site=SiteProfile.learn([read(other, kind=kind)]))


def test_what_the_network_keeps_and_the_site_says_nothing_against_stays_though_the_pages_threshold_rises() -> None:
    foot = [
        f"A long line of the foot, on each of the pages here, {one}{other}" for one in "abcdefgh" for other in "stuvw"
    ]
    story = "The mill is sold to a man from Halden, who will mend its wheel. " * 9
    scores = {story.strip(): 0.97, "A note by the owner": 0.35}
    scores |= dict.fromkeys(foot, 0.25) | {"An odd line": 0.02}
    html = "".join(f"<p>{text}</p>" for text in scores)
    cleaned = _known(scores, "".join(f"<p>{text}</p>" for text in [*foot, "Else"]), "html").explain(html)
    assert LearnedFilter().worth_keeping(read(html), np.array(list(scores.values()), np.float32))[1]
    assert [block.text for block in cleaned.kept] == list(scores)[:2]
    assert {cut.rule.split()[0] for cut in cleaned.cuts} == {"site:text", "score"}


STORY = (
    "The miller sold his wheel to a man from Halden last week, and nobody in the village knows what he will do now. "
    * 4
)
OTHER_STORY = (
    "The ferry at Lowmoor is to be moored for the winter, and its keeper has already asked for a coat of tar. " * 4
)


def _in_order(scores: dict[str, float], other: dict[str, float]) -> list[str]:
    """What stays of a text when one other is known, each a score for each of its lines in order."""
    lines = (Line(shown(text), "", round(100 * score), (at,)) for at, (text, score) in enumerate(other.items()))
    learned = LearnedFilter(load=lambda _: cast("Network", _Scores(scores)))
    cleaner = Cleaner([learned], kind="text", site=SiteProfile({"0": tuple(sorted(lines))}))
    return cleaner.clean("\n".join(scores)).splitlines()


def test_in_a_text_what_stands_between_furniture_on_another_page_too_goes_and_content_there_stays() -> None:
    story, other_story = STORY.strip(), OTHER_STORY.strip()
    title = "The wheel of Halden"
    page = {"Home": 0.1, "Most read": 0.1, title: 0.6, "Our clubs": 0.1, story: 0.95, "Contact us": 0.1, "The end": 0.1}
    menu = {"Home": 0.1, "Most read": 0.1, "A ferry": 0.6, "Our clubs": 0.1, other_story: 0.95, "Contact us": 0.1}
    assert _in_order(page, menu) == [story]
    # There the other page has its story: what follows on "Most read" is content.
    story_there = {"Home": 0.1, "Most read": 0.1, other_story: 0.95, "Our clubs": 0.1, "Contact us": 0.1}
    assert _in_order(page, story_there) == [title, story]
    # A sentence that is likely content stays there: an article's first may stand above an advertisement.
    first = "A miller of Halden has bought the wheel, he said on Monday."
    lead = {first if text == title else text: score for text, score in page.items()}
    assert _in_order(lead, menu) == [first, story]
    assert _in_order(lead | {first: 0.35}, menu) == [story]
    # A page whose own lines are labels is a list, and its entries stand so, too.
    entries = page | {"A wheel without a mill is a wheel for sale": 0.9}
    del entries[story]
    assert title in _in_order(entries, menu)


def test_in_a_text_what_follows_on_the_line_that_ends_the_other_pages_content_counts_for_less() -> None:
    story, other_story = STORY.strip(), OTHER_STORY.strip()
    own = Outline.of(
        [("Home", 0.1, 4), (story, 0.95, 400), ("More like this", 0.2, 14), ("A tease.", 0.7, 150), ("x", 0, 1)]
    )
    other = [("Home", 0.1, 4), (other_story, 0.95, 400), ("More like this", 0.2, 14)]
    assert content_end(own, [Outline.of([*other, ("Another.", 0.7, 50)])]) == 2
    assert content_end(own, [Outline.of([*other, ("The second half.", 0.9, 300)])]) == 5
    assert content_end(own, [Outline.of(other[:2])]) == 5
    # Half of this page's content stands behind the line: it is another sort of page.
    long_behind = Outline.of(
        [("Home", 0.1, 4), (story, 0.9, 400), ("More like this", 0.2, 14), ("Its half.", 0.9, 400)]
    )
    assert content_end(long_behind, [Outline.of(other)]) == 4
    # A line that stands twice says nothing, and neither does one that is taken for content.
    twice = Outline.of([*other, ("More like this", 0.2, 14)])
    assert content_end(own, [twice]) == 5
    liked = Outline.of([*other[:2], ("More like this", 0.8, 14)])
    assert content_end(own, [liked]) == 5


def test_the_beginning_and_the_end_of_a_text_are_landmarks() -> None:
    own = Outline.of(
        [("A date", 0.4, 6), ("Home", 0.1, 4), (STORY, 0.95, 400), ("Contact us", 0.1, 10), ("A note", 0.4, 6)]
    )
    recurs = [False, True, False, True, False]
    other = Outline.of([("Home", 0.1, 4), (OTHER_STORY, 0.95, 400), ("Contact us", 0.1, 10), ("Words", 0.3, 9)])
    assert list(small_runs(own, recurs, [other])) == [(0, 1), (4, 5)]
    assert list(small_runs(own, recurs, [])) == []


def test_a_text_that_shares_a_notice_with_a_short_page_is_no_copy_of_it() -> None:
    notice = "Under the law of this county you may ask us what we keep of you, and we may take our time to say so. " * 4
    story = (
        "The miller sold his wheel to a man from Halden last week, and nobody knows what he will do with it now. " * 3
    )
    head, foot = {"Home": 0.1, "Weather": 0.1}, {"Letters": 0.1, notice.strip(): 0.6, "Imprint": 0.1}
    page = head | {story.strip(): 0.95} | foot
    other = head | {OTHER_STORY.strip(): 0.9} | foot
    assert len(notice) > len(story)
    assert _in_order(page, other) == [story.strip()]
    assert story.strip() in _in_order(page, other | {story.strip(): 0.9})


def test_the_order_of_a_texts_lines_is_kept_in_the_file_and_a_page_with_markup_has_none() -> None:
    text = SiteProfile.learn(["Home\nThe mill is sold.\nHome"])
    assert '"on": "0:' in text.as_json()
    assert {line.text: line.at for lines in text.pages.values() for line in lines} == {
        "Home": (0, 2),
        "The mill is sold.": (1,),
    }
    assert SiteProfile.from_json(text.as_json()) == text
    marked = SiteProfile.learn(["<p>Home<p>The mill is sold.<p>Home"])
    assert {line.at for lines in marked.pages.values() for line in lines} == {()}


def test_a_page_too_large_to_be_judged_is_not_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "MOST_BLOCKS", 3)
    assert SiteProfile.learn(["a\nb\nc\nd"]) == SiteProfile()
    assert len(SiteProfile.learn(["a\nb\nc"]).pages) == 1


def test_a_group_of_pages_is_cleaned_with_what_they_have_in_common() -> None:
    pages = [page.html for page in made_site("news", 5)]
    known = Cleaner(site=SiteProfile.learn(pages), headline=False)
    assert [cleaned.text for cleaned in explain_site(pages, headline=False)] == [known.clean(page) for page in pages]


def test_near_repeats_differ_in_numbers_dates_and_names_and_titles_do_not() -> None:
    assert near("The Kettle And The Eel") != near("The Lantern And The Eel")
    assert near("Chapter One") != near("Chapter Two")
    assert near("Published May 3, 2024") == near("Published October 14, 2026")
    assert near("3 letters by Odile Marchetti") == near("14 letters by Jory Pascoe")


def test_long_texts_are_kept_by_beginning_length_and_hash() -> None:
    long = "word " * 100
    assert shown(long) != shown(long + "more")
    assert shown(long).startswith("word word")
    assert len(shown(long)) < 110


def test_a_place_is_the_same_on_pages_that_number_their_boxes() -> None:
    first, second = (
        read(f'<div id=x class="post post-{n} c-7"><p>Hello</p></div>', kind="html") for n in (4711, 99123)
    )
    assert places_of(first) == places_of(second) == ["paragraph|p>div.c-7.post"]


def _run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "dechaff.cli", *arguments], input=stdin, capture_output=True, check=False, timeout=60
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five pages of a site as files."""
    for number, page in enumerate(made_site("news", 5)):
        (tmp_path / f"{number}.html").write_text(page.html, "utf-8")
    return tmp_path


def test_the_command_learns_a_site_and_cleans_with_it(folder: Path) -> None:
    pages = sorted(map(str, folder.glob("*.html")))
    out = str(folder / "site.json")
    assert _run("learn", *pages, "-o", out).returncode == 0
    known = SiteProfile.load(out)
    assert known == SiteProfile.learn(page.html for page in made_site("news", 5))
    cleaned = _run("--site", out, pages[0]).stdout.decode()
    assert cleaned == Cleaner(site=known).clean(made_site("news", 1)[0].html) + "\n"
    assert _run("learn", *pages[:2], "-o", f"{out}.2").returncode == 0
    assert _run("learn", *pages[2:], "--update", f"{out}.2", "-o", f"{out}.2").returncode == 0
    assert SiteProfile.load(f"{out}.2") == known


def test_learn_sites_learns_each_site_from_its_own_files(folder: Path) -> None:
    other = folder / "other"
    other.mkdir()
    for number, page in enumerate(made_site("blog", 5)):
        (other / f"{number}.html").write_text(page.html, "utf-8")
    files = [*map(str, sorted(folder.glob("*.html"))), *map(str, sorted(other.glob("*.html")))]
    wanted = [
        cleaned.text
        for name in ("news", "blog")
        for cleaned in explain_site([page.html for page in made_site(name, 5)])
    ]
    assert _run("--learn-sites", *files).stdout.decode() == "".join(f"{text}\n" for text in wanted)
    out = folder / "out"
    done = _run("--learn-sites", "--out-dir", str(out), "--jobs", "2", str(folder))
    assert done.returncode == 0
    written = [(out / name).read_text("utf-8") for name in [f"{n}.txt" for n in range(5)]]
    written += [(out / "other" / f"{n}.txt").read_text("utf-8") for n in range(5)]
    assert written == [f"{text}\n" for text in wanted]


def test_learn_sites_learns_json_lines_by_their_address(tmp_path: Path) -> None:
    sites = {name: made_site(name, 5) for name in ("news", "blog")}
    wanted = {
        page.url: cleaned.text
        for pages in sites.values()
        for page, cleaned in zip(pages, explain_site([page.html for page in pages]), strict=True)
    }
    records = [{"text": page.html, "url": page.url} for pages in zip(*sites.values(), strict=True) for page in pages]
    path = tmp_path / "pages.jsonl"
    path.write_text("{broken\n" + "".join(f"{json.dumps(record)}\n" for record in records), "utf-8")
    done = _run("--jsonl", "--url-field", "url", "--learn-sites", "--jobs", "2", str(path))
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "{broken"
    assert {record["url"]: record["text"] for record in map(json.loads, lines[1:])} == wanted
    plain = {record["url"]: Cleaner().clean(record["text"]) for record in records}
    assert wanted != plain


def test_a_page_is_learned_as_it_is_cleaned_so_it_is_no_evidence_against_itself(tmp_path: Path) -> None:
    """With other lines than learned, each page would be another page to its own profile."""
    for number, page in enumerate(made_site("news", 2)):
        (tmp_path / f"{number}.txt").write_text(f"{page.content[0]}\n{page.content[1]}\n", "utf-8")
    files = [str(tmp_path / f"{number}.txt") for number in range(2)]
    options = ["--lines", "one", "--kind", "text", "--max-bytes", "150"]
    assert _run("--learn-sites", *options, *files).stdout == _run(*options, *files).stdout


def test_what_is_wrong_in_a_rule_file_is_said_once_for_all_sites(folder: Path) -> None:
    other = folder / "other"
    other.mkdir()
    (other / "0.html").write_text(made_site("blog", 1)[0].html, "utf-8")
    rules = folder / "rules.toml"
    rules.write_text('[[cut]]\nnonesuch = "x"\n')
    plain = _run("--rules", str(rules), str(folder)).stderr
    assert plain
    assert _run("--rules", str(rules), "--learn-sites", str(folder)).stderr == plain


@pytest.mark.parametrize(
    ("head", "host"),
    [
        ("<p>https://example.org/ is linked</p>", ""),
        ('<link href="https://example.org/style.css" rel="stylesheet">', ""),
        ("<link rel=canonical href=news/a.html>", ""),
        ("<link rel=canonical href=/news/a.html><meta property=og:url content=https://example.org/a>", "example.org"),
        ('<meta property="og:url" content="https://www.example.org/a">', "example.org"),
        ("<link href=https://example.org/a rel=canonical>", "example.org"),
        ("<!-- <link rel=canonical href=https://old.example/a> -->", ""),
    ],
)
def test_a_pages_own_address_names_its_site(head: str, host: str) -> None:
    assert own_host(read(f"{head}<p>Text.", kind="html")) == host


def test_the_site_is_what_somebody_named_else_the_address_else_what_the_page_says() -> None:
    page = read("<link rel=canonical href=https://own.example/a><p>Text.", kind="html", url="https://www.here.example/")
    assert site_of(page) == "here.example"
    page.url = "/home/me/a.html"
    assert site_of(page) == "own.example"
    page.site = "a folder"
    assert site_of(page) == "a folder"


def test_a_page_of_many_sites_finds_its_profile_by_what_it_says_of_itself() -> None:
    pages = [f"<link rel=canonical href={page.url}>{page.html}" for page in made_site("news", 5)]
    known = SiteProfiles()
    for page in pages:
        known.update(page)
    assert list(known) == ["news.example"]
    alone = Cleaner(site=known["news.example"]).explain(pages[0])
    assert Cleaner(site=known).explain(pages[0]).cuts == alone.cuts
    assert Cleaner(site=known, url="https://else.example/").explain(pages[0]).cuts == Cleaner().explain(pages[0]).cuts


def test_a_cleaner_for_another_site_shares_all_but_the_site() -> None:
    pages = [page.html for page in made_site("news", 5)]
    plain = Cleaner(headline=False, favor="recall", without="ads")
    known = SiteProfile.learn(pages)
    made = plain.with_site(known)
    assert (
        made.explain(pages[0]).cuts
        == Cleaner(headline=False, favor="recall", without="ads", site=known).explain(pages[0]).cuts
    )
    assert plain.site is None
    assert made.with_site(SiteProfile()).explain(pages[0]).cuts == plain.explain(pages[0]).cuts
    with pytest.raises(TypeError, match="SiteProfile"):
        plain.with_site(None)  # type: ignore[arg-type]


def test_why_knows_the_learned_filter_of_a_site_and_what_the_site_changes() -> None:
    pages = made_site("news", PAGES)
    cleaner = Cleaner(site=SiteProfile.learn(page.html for page in pages))
    line = "The Lowmoor Heron, printed on the quay since 1871"
    (finding,) = cleaner.explain(pages[0].html).why(line).findings
    assert any(proposal.cut.rule == "site:text 11/11 pages" for view in finding.views for proposal in view.proposals)
    assert finding.score.not_judged == ""
    assert finding.score.value is not None
    assert finding.score.value < 0.01
    (plain,) = Cleaner().explain(pages[0].html).why(line).findings
    of_site = [one for one in finding.score.influences if "site" in one.what]
    assert [one.without for one in of_site] == [plain.score.value]
    assert not [one for one in plain.score.influences if "site's other pages" in one.what]


def test_why_knows_that_a_text_of_which_much_recurs_is_judged() -> None:
    pages = [as_text(page) for page in made_site("news", PAGES)]
    cleaner = Cleaner(site=SiteProfile.learn(pages), kind="text")
    (finding,) = cleaner.explain(pages[0]).why(made_site("news", 1)[0].content[-1]).findings
    assert finding.score.not_judged == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--site", "nothing.json"], "'dechaff learn' writes one"),
        (["--learn-sites"], "cannot read standard input"),
        (["--learn-sites", "/dev/null"], "no regular file"),
        (["--learn-sites", "--stats", "README.md"], "dechaff learn, then --site"),
        (["--learn-sites", "--jsonl", "x.jsonl"], "--url-field"),
        (["--learn-sites", "--site", "site.json", "x.html"], "--site: site.json"),
        (["--learn-sites", "--out-dir", "x", "/dev/null"], "no regular file"),
        (["--site", "pyproject.toml", "x.html"], "not a site profile"),
        (["learn", "x.html"], "-o/--out"),
        (["learn", "README.md", "-o", "/nowhere/at/all.json"], "the profile was not written"),
        (["learn", "README.md", "--update", "pyproject.toml", "-o", "x.json"], "--update"),
    ],
)
def test_a_wrong_call_is_refused_with_one_line(arguments: list[str], message: str) -> None:
    done = _run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_a_page_that_cannot_be_read_is_named_and_the_others_are_learned(folder: Path) -> None:
    done = _run("learn", str(folder / "none.html"), str(folder / "0.html"), "-o", str(folder / "site.json"))
    assert done.returncode == 1
    assert b"nothing was learned from it" in done.stderr
    assert len(SiteProfile.load(folder / "site.json").pages) == 1
