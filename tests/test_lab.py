"""The lab measures and teaches everything else, so it is tested on pages whose labels are plain to see."""

from __future__ import annotations

import io
import json
import tarfile
import urllib.error
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("rapidfuzz", reason="the lab's extra is not installed")
pytest.importorskip("tqdm", reason="the lab's extra is not installed")

from lab import compare, corpora, peers
from lab.corpora import Sample, folds, site_of
from lab.labels import align, oracle, segments, tokens
from lab.metrics import SegmentCounts, mean, mean_of_means, segment_counts, shingle_score, word_score

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STORY = [
    "The harbour froze in the second week of January.",
    "Fishermen walked out to their boats and cut them free with axes.",
    "Nobody could remember a winter like it, and nobody wanted another.",
]
MENU = ["Home", "News", "Winter", "Boats", "About us"]


def sample(name: str, url: str, **others: object) -> Sample:
    values: dict[str, object] = {
        "corpus": "wcxb",
        "site": site_of(url),
        "page_type": "article",
        "html": b"<p>x",
        "gold": "x",
        "title": None,
        "must": (),
        "must_not": (),
    }
    return Sample(id=name, url=url, **(values | others))  # type: ignore[arg-type]


class TestAlign:
    def test_a_menu_word_that_the_story_uses_too_is_not_labelled(self) -> None:
        labels = align([*MENU, *STORY, *MENU], "\n\n".join(STORY))
        assert labels.tolist() == [0] * 5 + [1] * 3 + [0] * 5

    def test_a_short_heading_between_paragraphs_is_the_storys_though_the_menu_has_it_too(self) -> None:
        page = ["Boats", "About us", *STORY[:1], "Boats", *STORY[1:]]
        assert align(page, "\n".join([STORY[0], "Boats", *STORY[1:]])).tolist() == [0, 0, 1, 1, 1, 1]

    def test_a_gold_text_in_another_order_labels_all_its_parts(self) -> None:
        labels = align([*MENU, *STORY], "\n".join(reversed(STORY)))
        assert labels.tolist() == [0] * 5 + [1] * 3

    def test_furniture_inside_the_story_is_not_labelled(self) -> None:
        labels = align([STORY[0], "Advertisement", "Read more: a winter in the north", *STORY[1:]], " ".join(STORY))
        assert labels[1:3].max() < 0.4
        assert labels[[0, 3, 4]].tolist() == [1, 1, 1]

    def test_a_text_that_is_twice_on_the_page_is_labelled_once(self) -> None:
        labels = align([*STORY, *MENU, *STORY], "\n".join(STORY))
        assert labels.sum() == 3
        assert set(labels.tolist()) == {0, 1}

    def test_cards_keep_name_and_price_and_lose_their_button(self) -> None:
        page: list[str] = []
        gold: list[str] = []
        for number in range(1, 9):
            page += [f"Lamp model {number}{number}", f"${number}9.50", "Add to cart", "Compare"]
            gold += [f"Lamp model {number}{number}", f"${number}9.50"]
        assert align(page, "\n".join(gold)).tolist() == [1, 1, 0, 0] * 8

    def test_only_a_part_of_a_block_gives_its_share(self) -> None:
        assert align(["one two three four five six seven eight"], "one two three four").tolist() == [0.5]

    @pytest.mark.parametrize(
        ("story", "menu"),
        [
            ("港は一月の第二週に凍りついた。誰もそんな冬を覚えていない。", "会社概要"),
            ("ท่าเรือกลายเป็นน้ำแข็งในสัปดาห์ที่สอง", "เกี่ยวกับเรา"),
            ("تجمد الميناء في الأسبوع الثاني من يناير", "من نحن"),
        ],
    )
    def test_any_script_is_aligned(self, story: str, menu: str) -> None:
        assert align([menu, story, menu], story).tolist() == [0, 1, 0]

    def test_a_bullet_takes_the_lower_label_of_its_neighbours(self) -> None:
        assert align(["•", STORY[0], "•", STORY[1], "—", "Home"], " ".join(STORY[:2])).tolist() == [1, 1, 1, 1, 0, 0]

    @pytest.mark.parametrize("page", [[], [""], ["Home"], ["—"]])
    def test_no_gold_text_labels_nothing(self, page: list[str]) -> None:
        labels = align(page, "")
        assert labels.shape == (len(page),)
        assert labels.dtype == np.float32
        assert not labels.any()

    def test_one_phrase_a_thousand_times_over_takes_no_quadratic_time(self) -> None:
        page = ["Add this item to your cart now"] * 3000
        assert align(page, "\n".join(page[:2000])).sum() >= 1900


class TestTokens:
    def test_words_stay_whole_and_unspaced_scripts_come_apart(self) -> None:
        assert tokens("iPhone 15は東京で") == ["iphone", "15", "は", "東", "京", "で"]
        assert tokens("한국어 문장") == ["한국어", "문장"]


class TestSegments:
    def test_what_no_segment_names_is_masked(self) -> None:
        labels = segments([*STORY, "Home"], [STORY[0][:20]], ["Home"])
        assert np.array_equal(labels, np.array([1, np.nan, np.nan, 0], np.float32), equal_nan=True)

    def test_a_segment_may_go_over_a_block_border_and_any_white_space(self) -> None:
        labels = segments(["The harbour  froze", "in January.", "Home"], ["harbour\nfroze in"], [])
        assert np.array_equal(labels, np.array([1, 1, np.nan], np.float32), equal_nan=True)

    def test_a_wanted_segment_in_two_places_says_nothing(self) -> None:
        assert np.isnan(segments(["Winter", "Winter"], ["Winter"], [])).all()

    def test_an_unwanted_segment_in_two_places_labels_both(self) -> None:
        assert segments(["Home", "Home"], [], ["Home"]).tolist() == [0, 0]

    def test_a_block_with_both_kinds_is_masked(self) -> None:
        assert np.isnan(segments(["By Ann. The harbour froze."], ["harbour froze"], ["By Ann"])).all()


class TestOracle:
    def test_separable_pages_reach_one(self) -> None:
        assert oracle([*MENU, *STORY], " ".join(STORY), 0.5) == 1

    def test_what_the_page_lacks_cannot_be_chosen(self) -> None:
        assert oracle(["one two three four"], "one two three four five six seven eight", 0.5) == pytest.approx(2 / 3)

    def test_an_empty_gold_text_is_reached_by_choosing_nothing(self) -> None:
        assert oracle(MENU, "", 0.5) == 1


class TestMetrics:
    @pytest.mark.parametrize("score", [word_score, shingle_score])
    @pytest.mark.parametrize(("answer", "gold", "wanted"), [("", "", 1), ("a", "", 0), ("", "a", 0), ("A!", "a", 1)])
    def test_empty_texts(self, score: Callable[..., object], answer: str, gold: str, wanted: float) -> None:
        assert score(answer, gold).f1 == wanted  # type: ignore[attr-defined]

    def test_words_are_counted_as_often_as_they_are_there(self) -> None:
        found = word_score("the the the cat", "the cat sat")
        assert found.precision == 0.5
        assert found.recall == pytest.approx(2 / 3)

    def test_order_counts_for_shingles_only(self) -> None:
        assert word_score("d c b a", "a b c d").f1 == 1
        assert shingle_score("d c b a", "a b c d").f1 == 0

    def test_the_two_means_differ(self) -> None:
        scores = [word_score("a", "a b c"), word_score("a b c", "a")]
        assert mean(scores).f1 == pytest.approx(0.5)
        assert mean_of_means(scores).f1 == pytest.approx(2 / 3)

    def test_segments_fold_white_space_and_keep_case(self) -> None:
        found = segment_counts("The  harbour\nfroze. Home", ["harbour froze", "the harbour"], ["Home", "Menu"])
        assert found == SegmentCounts(found=1, missed=1, wrong=1, avoided=1)
        assert (found + found).score.f1 == pytest.approx(0.5)


class TestFolds:
    PAGES = tuple(
        sample(f"{site}-{page}", f"https://{sub}.site{site}.co.uk/{page}")
        for site in range(60)
        for page, sub in enumerate(("www", "news", "m"))
    )

    def test_no_site_is_in_two_folds(self) -> None:
        where: dict[str, set[int]] = {}
        for page, fold in zip(self.PAGES, folds(self.PAGES, 5, 1), strict=True):
            where.setdefault(page.site, set()).add(fold)
        assert len(where) == 60
        assert all(len(found) == 1 for found in where.values())

    def test_every_fold_gets_pages_and_the_seed_moves_them(self) -> None:
        assert set(folds(self.PAGES, 5, 1)) == set(range(5))
        assert folds(self.PAGES, 5, 1) != folds(self.PAGES, 5, 2)

    def test_a_page_keeps_its_fold_whatever_else_is_loaded(self) -> None:
        assert folds(self.PAGES[10:20], 5, 1) == folds(self.PAGES, 5, 1)[10:20]

    @pytest.mark.parametrize(
        ("url", "site"),
        [
            ("https://www.example.com/a", "example.com"),
            ("http://a.b.example.com.au", "example.com.au"),
            ("https://t.co/x", "t.co"),
            ("https://co.uk/", "co.uk"),
            ("example.org/path", "example.org"),
            ("http://192.168.0.1:80/", "192.168.0.1"),
            ("", ""),
            ("http://[bad", ""),
        ],
    )
    def test_site_of(self, url: str, site: str) -> None:
        assert site_of(url) == site


class TestCorpora:
    def test_a_clone_of_upstream_is_read_like_the_repacked_half(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tests = tmp_path / "trafilatura" / "tests"
        (tests / "eval").mkdir(parents=True)
        (tests / "cache").mkdir()
        (tests / "eval" / "a.html").write_bytes(b"<p>a")
        (tests / "cache" / "b.html").write_bytes(b"<p>b")
        pages = {
            "https://a.example.de/": {"file": "a.html", "with": ["a"], "without": []},
            "https://web.archive.org/web/2012/http://b.example.de/": {"file": "b.html", "with": [], "without": ["b"]},
        }
        (tests / "evaldata.py").write_text(f"EVAL_PAGES = {pages!r}\n")
        monkeypatch.setenv("DECHAFF_CORPORA", str(tmp_path))
        found = corpora.load("trafilatura")
        assert [(page.id, page.site, page.html, page.gold) for page in found] == [
            ("a.html", "example.de", b"<p>a", None),
            ("b.html", "example.de", b"<p>b", None),
        ]
        assert found[1].must_not == ("b",)

    def test_what_is_not_there_says_how_to_get_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DECHAFF_CORPORA", str(tmp_path))
        with pytest.raises(FileNotFoundError, match="make corpora"):
            corpora.load("news")

    @pytest.mark.skipif(corpora.folder() is None, reason="the corpora are not here: make corpora")
    @pytest.mark.parametrize("name", corpora.CORPORA)
    def test_the_corpora_load(self, name: str) -> None:
        found = corpora.load(name)
        assert len({page.id for page in found}) == len(found) > 200
        assert all(page.corpus == name and page.html for page in found)
        assert all((page.gold is None) == (name == "trafilatura") for page in found if not page.must)

    def test_without_a_connection_it_fails_with_one_line(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def offline(*_: object, **__: object) -> None:
            raise urllib.error.URLError("no route to host")

        monkeypatch.setattr("urllib.request.urlopen", offline)
        monkeypatch.setenv("DECHAFF_CORPORA", str(tmp_path / "new"))
        assert corpora.main() == 1
        assert capsys.readouterr().err == "corpora: cannot fetch them: no route to host\n"

    def test_a_later_download_that_differs_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        content = {"page": b"one"}

        def fetch(address: str) -> bytes:
            if "codeload" not in address:
                return b"{}"
            packed = io.BytesIO()
            with tarfile.open(fileobj=packed, mode="w:gz") as archive:
                for name in ("top/dev/a.html", "top/html/a.html", "top/tests/eval/a.html", "top/../evil", "top/other"):
                    entry = tarfile.TarInfo(name)
                    entry.size = len(content["page"])
                    archive.addfile(entry, io.BytesIO(content["page"]))
            return packed.getvalue()

        monkeypatch.setattr(corpora, "_fetch", fetch)
        corpora.fetch_all(tmp_path)
        assert (tmp_path / "wcxb" / "dev" / "a.html").read_bytes() == b"one"
        assert not (tmp_path / "wcxb" / "other").exists()
        assert set(json.loads((tmp_path / "checksums.json").read_text())) == {
            f"{name}@{source.commit}" for name, source in corpora.SOURCES.items()
        }
        (tmp_path / "wcxb").rename(tmp_path / "old")
        content["page"] = b"two"
        with pytest.raises(ValueError, match="not what it was"):
            corpora.fetch_all(tmp_path)
        assert not (tmp_path / "wcxb").exists()


class TestCompare:
    PAGES = (
        sample("1", "https://a.example/", html=b"<p>right", gold="right", must=("right",)),
        sample("2", "https://b.example/", html=b"<p>wrong", gold="right", page_type="forum", must_not=("wrong",)),
        sample("3", "https://c.example/", html=b"<p>raises", gold="right"),
    )

    @staticmethod
    def echo(page: Sample, /) -> str:
        text = page.html.decode()[3:]
        if text == "raises":
            raise RuntimeError
        return text

    def test_a_page_on_which_a_system_raises_counts_as_empty_and_is_reported(self) -> None:
        best, other = compare.compare(self.PAGES, {"echo": self.echo, "gold": lambda page: page.gold or ""})
        assert (best.name, best.every_words.f1, best.failures) == ("gold", 1, 0)
        assert (other.name, other.failures) == ("echo", 1)
        assert other.every_words.f1 == pytest.approx(1 / 3)
        assert other.segments == SegmentCounts(found=1, wrong=1)
        assert len(other.seconds) == 3

    def test_a_page_that_the_written_answers_lack_is_an_error(self, tmp_path: Path) -> None:
        path = tmp_path / "answers.json"
        path.write_text(json.dumps({"wcxb": {"1": "right"}}))
        answers = compare.from_file(path, "wcxb")
        assert answers is not None
        assert compare.from_file(path, "news") is None
        with pytest.raises(KeyError):
            compare.compare(self.PAGES, {"folds": answers})

    def test_another_system_is_timed_in_place_of_written_answers(self) -> None:
        asked: list[str] = []

        def slow(sample: Sample, /) -> str:
            asked.append(sample.id)
            return ""

        (tally,) = compare.compare(self.PAGES, {"echo": self.echo}, clocks={"echo": slow})
        assert asked[1:] == [page.id for page in self.PAGES]
        assert len(tally.seconds) == 3
        assert tally.every_words.f1 == pytest.approx(1 / 3)

    def test_the_table_names_who_is_absent(self) -> None:
        tallies = compare.compare(self.PAGES, {"echo": self.echo})
        for tally in tallies:
            tally.seconds.clear()
        report = compare.markdown(
            [compare.Comparison("wcxb", 3, tuple(tallies), (peers.Absent("other", "not installed"),), ())]
        )
        assert "| echo | 0.333 | 0.333 | 0.333 | 0.333 | 0.667 | 1.000 | 1.000 | – | 1 |" in report
        assert "Not measured: other (not installed)." in report
        assert "| article (2) | forum (1) |" in report

    def test_a_sample_is_the_same_each_time_and_part_of_a_larger_one(self) -> None:
        pages = [sample(str(number), "https://a.example/") for number in range(50)]
        few = compare.sampled(pages, 5)
        assert few == compare.sampled(pages, 5)
        assert set(few) < set(compare.sampled(pages, 20))
        assert compare.sampled(pages, None) == pages


class TestPeers:
    def test_one_that_is_not_installed_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "resiliparse.extract.html2text", None)
        found = peers.html_peers("wcxb", ["resiliparse"])
        assert not found.present
        assert [absent.name for absent in found.absent] == ["resiliparse"]

    def test_an_unknown_name_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="no peer"):
            peers.text_peers(["nobody"])

    def test_pages_are_decoded_by_what_they_declare(self) -> None:
        assert peers.decoded("é".encode()) == "é"
        assert peers.decoded(b'<meta charset="iso-8859-2">\xb1') == '<meta charset="iso-8859-2">ą'
        assert peers.decoded(b"<meta charset=none>\xe9") == "<meta charset=none>é"
