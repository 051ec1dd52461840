"""The labelled blocks and how they are scored: what goes, by family and by half of the sample."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from dechaff.page import FAMILIES
from dechaff.reading import read
from lab import corpora, recall

if TYPE_CHECKING:
    from pathlib import Path

LABELS = recall.read_labels()

PAGE = b"""<h1>The ice</h1><p>The lake froze in November, and the ferry stayed in port until the end of March.</p>
<p>Advertisement</p><p>Nobody complained, for the ice bore a horse and a cart by the second week.</p><p>Lund and sons</p>
<p>In March the ice broke in one night, and the ferry went over empty.</p>"""


def _sample(name: str = "made") -> corpora.Sample:
    return corpora.Sample(name, "made", f"{name}.example", "", "article", PAGE, None, None, (), ())


def _label(text: str, block: int, family: str, evidence: str = "words") -> recall.Label:
    return recall.Label("made", "made", block, family, evidence, recall.hash_of(text))


def test_at_least_400_blocks_are_named() -> None:
    """What the issue asks for, of every family and from very many pages; and as many that are none of the families."""
    named = [label for label in LABELS if label.family != recall.NONE]
    assert len(named) >= 400
    assert {label.family for label in named} == set(FAMILIES[:-1])
    assert len({(label.corpus, label.page) for label in named}) >= 300
    assert len(LABELS) >= 2 * len(named)


def test_a_block_is_labelled_once() -> None:
    twice = [key for key, count in Counter((x.corpus, x.page, x.block) for x in LABELS).items() if count > 1]
    assert not twice


def test_only_what_is_named_says_for_what() -> None:
    assert all((label.family == recall.NONE) == (label.evidence == "") for label in LABELS)


def test_a_bad_label_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("corpus,page,block,family,evidence,hash\nwcxb,1,2,advertising,words,00\n", "utf-8")
    with pytest.raises(ValueError, match="advertising"):
        recall.read_labels(path)


def test_what_goes_is_told_from_what_stays() -> None:
    """A label that a rule knows goes; a bare name that nothing explains does not, and both are counted."""
    labels = [_label("Advertisement", 2, "ads"), _label("Lund and sons", 4, "credits", "place")]
    ad, name = recall.look(_sample(), labels)
    assert ad.named
    assert ad.any
    assert not name.named
    assert "ads                         1  100.0%" in recall.table([ad, name])


def test_a_moved_block_is_found_by_its_text_and_a_lost_one_is_left_out() -> None:
    page = read(PAGE, kind="html")
    assert recall.place_of(_label("Advertisement", 40, "ads"), page) == 2
    assert recall.place_of(_label("Gone", 2, "ads"), page) is None
    assert recall.look(_sample(), [_label("Gone", 2, "ads")]) == []


def test_a_site_is_in_one_half() -> None:
    """What is mended by looking at one half says nothing about a site in the other."""
    first = recall.look(_sample("a"), [_label("Advertisement", 2, "ads")])
    assert first == recall.look(_sample("a"), [_label("Advertisement", 2, "ads")])
    halves = {recall.look(_sample(f"s{n}"), [_label("Advertisement", 2, "ads")])[0].half for n in range(20)}
    assert halves == {"seen", "unseen"}
