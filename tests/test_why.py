"""Why a piece went, why it stayed: the answer is true, names every filter, and its advice does what it says."""

from __future__ import annotations

import pickle
import shlex
from functools import cache
from typing import TYPE_CHECKING

import pytest

import dechaff
from dechaff.content.features import features
from dechaff.content.network import network
from dechaff.report import influence, why
from helpers import page_folders

if TYPE_CHECKING:
    from pathlib import Path

    from dechaff.page import Cleaned
    from dechaff.report.why import Advice, Finding

FOLDERS = page_folders()
FILTERS = {found.name for found in dechaff.filters()}
ADS = "The story.\n- Advertisement -\nIt goes on."


@cache
def _explained(folder: Path) -> Cleaned:
    return dechaff.explain(_source(folder))


def _source(folder: Path) -> bytes:
    return next(folder.glob("page.*")).read_bytes()


def _finding(cleaned: Cleaned, words: str, number: int) -> Finding:
    answer = cleaned.why(words)
    assert answer.closeness == 1
    found = [finding for finding in answer.findings if finding.block.index == number]
    assert found or answer.more
    return found[0] if found else answer.findings[0]


def _options(advice: Advice) -> dict[str, list[str]]:
    """The keyword arguments of `Cleaner` that a line of advice amounts to."""
    name, value = shlex.split(advice.line)
    return {name.removeprefix("--"): value.split(",") if name == "--without" else [value]}


@pytest.fixture
def without_influences(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a score rests on takes forty runs of the network; where hundreds of answers are read it is left out."""
    monkeypatch.setattr(influence, "influences", lambda *_, **__: [])


@pytest.mark.usefixtures("without_influences")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_cut_of_the_fixture_pages_is_explained_and_the_advice_brings_it_back(folder: Path) -> None:
    cleaned = _explained(folder)
    tried: set[str] = set()
    for cut in cleaned.cuts:
        block = cleaned.page.blocks[cut.first]
        words = block.text if cut.start is None else block.text[cut.start : cut.end]
        if not any(map(str.isalnum, words)):
            continue
        finding = _finding(cleaned, words, block.index)
        if finding.block.index != block.index:
            continue  # the same words stand in more places than are explained
        assert (finding.fate.family, finding.fate.rule) == (cut.family, cut.rule)
        assert {view.family for view in finding.views} == FILTERS
        made = [(v.family, p.cut.rule) for v in finding.views for p in v.proposals if p.outcome == "made"]
        assert (cut.family, cut.rule) in made
        assert (finding.score.value is None) == bool(finding.score.not_judged)
        keep = [advice for advice in finding.advice if advice.line.startswith("--keep ")]
        assert keep, f"no keep rule for {words!r}"
        for advice in finding.advice:
            kind = advice.line.split()[0]
            if kind in ("--keep", "--without") and kind not in tried:
                tried.add(kind)
                again = dechaff.Cleaner(**_options(advice)).explain(_source(folder))  # type: ignore[arg-type]
                gone = [made for made in again.cuts if made.first <= block.index < made.last]
                assert not gone, (advice.line, gone)


@pytest.mark.usefixtures("without_influences")
@pytest.mark.parametrize("folder", FOLDERS[:12], ids=lambda folder: folder.name)
def test_a_kept_paragraph_is_told_that_no_filter_took_it(folder: Path) -> None:
    cleaned = _explained(folder)
    block = max(cleaned.kept, key=lambda block: len(block.text))
    finding = _finding(cleaned, block.text[:80].rsplit(" ", 1)[0], block.index)
    assert finding.fate.cut is None
    assert str(finding.fate) == "kept"
    assert {view.family for view in finding.views} == FILTERS
    assert not any(proposal.outcome == "made" for view in finding.views for proposal in view.proposals)
    if finding.score.value is not None and not finding.headline:
        assert finding.score.lowest_kept is not None
        assert finding.score.value >= finding.score.lowest_kept


def test_a_score_names_what_it_rests_on() -> None:
    """Hiding what it names moves the score to the side that it says."""
    cleaned = _explained(next(folder for folder in FOLDERS if folder.name == "wordpress-jetpack"))
    finding = cleaned.why("painted by the pupils").findings[0]
    score = finding.score
    assert score.value is not None
    assert score.lowest_kept is not None
    assert score.value < score.lowest_kept
    assert len(score.influences) >= 3
    assert any("figcaption" in one.what for one in score.influences)
    for one in score.influences:
        assert (one.without < score.value) == (one.weight > 0) or abs(one.without - score.value) < 1e-4
    weights = [abs(one.weight) for one in score.influences]
    assert weights == sorted(weights, reverse=True)


def test_of_a_long_page_only_what_is_near_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(influence, "_NEAR", 20)
    page = _explained(next(folder for folder in FOLDERS if folder.name == "shopify")).page
    whole = features(page)
    near, found, number = influence._near(page, whole, 50)
    assert near.blocks[number].text == page.blocks[50].text
    assert [block.index for block in near.blocks] == list(range(40))
    assert (found.text[number] == whole.text[50]).all()
    assert (found.words[found.word_blocks == number] == whole.words[whole.word_blocks == 50]).all()
    assert found.word_blocks.max() < 40
    assert found.ranges[0].min() >= 0
    assert found.ranges[1].max() <= 40
    assert len(network("html").run(near, found, headline=True)) == 40


def test_words_are_found_folded_and_whole_words_first() -> None:
    cleaned = dechaff.explain("A particular day.\nThe “Art” of rain.\nEnd.")
    assert [finding.block.index for finding in cleaned.why('"ART"').findings] == [1]
    assert [finding.block.index for finding in cleaned.why("parti").findings] == [0]


def test_words_over_two_blocks_are_both_explained() -> None:
    answer = dechaff.explain(ADS).why("story. - Advertisement")
    assert [(finding.words, str(finding.fate).partition(",")[0]) for finding in answer.findings] == [
        ("story.", "kept"),
        ("- Advertisement", "cut as ads"),
    ]


def test_the_nearest_block_answers_for_words_that_stand_nowhere() -> None:
    answer = dechaff.explain(ADS).why("advertismnt")
    assert 0.4 < answer.closeness < 1
    assert answer.findings[0].block.index == 1
    assert "the nearest is" in str(answer)
    assert "nothing is like it" in str(dechaff.explain(ADS).why("zzz qqq"))


def test_a_span_is_told_from_the_rest_of_its_block() -> None:
    cleaned = dechaff.explain(
        "The pier is gone, and nobody was hurt. (Translated by Ann Lee)\nThe end came late.\nIt rained."
    )
    (cut,) = cleaned.cuts
    assert cut.start is not None
    assert cleaned.why("Translated by Ann Lee").findings[0].fate.family == "credits"
    assert cleaned.why("The pier is gone").findings[0].fate.cut is None
    assert str(cleaned.why("hurt. (Translated by").findings[0].fate).startswith("partly cut")


def test_a_keep_rule_is_named_with_what_it_refused_and_dropping_it_is_the_advice() -> None:
    finding = dechaff.explain(ADS, keep="^- Adv").why("advertisement").findings[0]
    assert finding.fate.cut is None
    assert finding.keep == "keep:^- Adv"
    outcomes = [proposal.outcome for view in finding.views for proposal in view.proposals]
    assert outcomes == ["refused by keep:^- Adv"]
    assert [advice.line for advice in finding.advice] == ["without --keep '^- Adv'"]


def test_a_keep_rule_that_protects_other_blocks_is_not_named() -> None:
    finding = dechaff.explain(ADS, keep="goes on").why("story").findings[0]
    assert finding.keep is None
    assert finding.keep_rules


def test_a_filter_that_did_not_run_says_what_it_would_have_done() -> None:
    finding = dechaff.explain(ADS, without="ads").why("advertisement").findings[0]
    (view,) = [view for view in finding.views if view.family == "ads"]
    assert not view.ran
    assert view.proposals[0].cut.rule == "en:advertisement"
    assert [advice.line for advice in finding.advice] == ["let ads run (--only, --without)"]


def test_a_phrase_that_lacked_its_evidence_is_told() -> None:
    finding = dechaff.explain("One.\nAdvertising\nTwo words here.").why("advertising").findings[0]
    assert finding.fate.cut is None
    (view,) = [view for view in finding.views if view.family == "ads"]
    assert not view.proposals
    assert any("en:advertising-label" in near and "within two blocks" in near for near in view.near)


def test_a_page_too_short_to_be_judged_says_so_and_a_long_one_does_not() -> None:
    assert "fewer than" in dechaff.explain(ADS).why("story").findings[0].score.not_judged
    text = "\n".join(f"The tide came in at {hour} and went out again, as it does." for hour in range(9))
    assert "cut something in it" in dechaff.explain(text).why("came in at 3").findings[0].score.not_judged


MENU = "* [Home](/)\n* [Prices](/prices)\n* [Opening hours](/hours)\n\nRead more: [The quay in winter](/quay)\n\n"
STORY = "# The ferry is back\n\nThe ferry came in at nine with the post and two goats.\n\nIt had been away since the storm of March.\n\n"
FOOTER = "We use cookies on this site. Accept all cookies.\n\nCopyright 2026 The Quay. All rights reserved.\n"


def test_markdown_is_judged_by_the_network_for_text_and_every_block_is_explained() -> None:
    cleaned = dechaff.explain(MENU + STORY + FOOTER, kind="markdown", headline=False)
    story = cleaned.why("two goats").findings[0]
    assert story.score.value is not None
    assert story.score.value > 0.5
    headline = cleaned.why("The ferry is back").findings[0]
    assert headline.headline
    assert headline.fate.cut is not None
    assert headline.fate.cut.rule == "headline"


def test_a_text_on_one_line_says_why_it_is_not_judged() -> None:
    text = (STORY + FOOTER + STORY).replace("\n", " ")
    cleaned = dechaff.explain(text, kind="text", lines="one")
    assert "lost its line ends" in cleaned.why("two goats").findings[0].score.not_judged


@pytest.mark.usefixtures("without_influences")
def test_the_headline_is_known_and_its_option_is_the_advice() -> None:
    cleaned = _explained(next(folder for folder in FOLDERS if folder.name == "wordpress-jetpack"))
    finding = cleaned.why("The night train that a small town refused to lose").findings[0]
    assert finding.headline
    assert "--no-headline" in [advice.line for advice in finding.advice]


def test_the_advice_to_cut_a_kept_line_holds_as_a_rule_of_ones_own() -> None:
    finding = (
        dechaff.explain("One day it rained.\nWritten on a (very) old machine\nThe end.").why("old machine").findings[0]
    )
    assert [advice.line for advice in finding.advice] == [
        r"""[[phrase]]
pattern = 'written on a \(very\) old machine'"""
    ]


def test_the_answer_as_text_holds_the_decision_and_cannot_steer_the_terminal() -> None:
    answer = str(dechaff.explain("One.\nSubscribe to our newsletter \x1b[31m\nTwo.").why("newsletter \x1b[31m"))
    assert "cut as subscriptions" in answer
    assert "\x1b" not in answer


@pytest.mark.parametrize("words", ["", "  \n"])
def test_no_words_are_refused(words: str) -> None:
    with pytest.raises(ValueError, match="words is empty"):
        dechaff.explain(ADS).why(words)


def test_words_of_the_wrong_type_are_refused() -> None:
    with pytest.raises(TypeError, match="words is a str"):
        dechaff.explain(ADS).why(3)  # type: ignore[arg-type]


def test_a_page_without_text_has_nothing_to_find() -> None:
    answer = dechaff.explain("").why("rain")
    assert answer.findings == ()
    assert "no text to look in" in str(answer)


def test_a_pickled_result_is_equal_and_says_that_its_page_stayed_behind() -> None:
    cleaned = dechaff.explain(ADS)
    again = pickle.loads(pickle.dumps(cleaned))
    assert again == cleaned
    with pytest.raises(ValueError, match="has no page"):
        again.why("story")
    assert len(pickle.dumps(cleaned)) < len(pickle.dumps(cleaned.page)) + 2000


def test_the_words_of_a_kept_rule_are_the_fewest_that_tell_it_from_others() -> None:
    assert why.keep_rule("One two three four", ["One two three four", "Five"]) == "^One two three"
    assert why.keep_rule("A (b)", ["A (b)", "A (b) c"]) == r"^A \(b\)$"
