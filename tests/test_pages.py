"""The fixture pages: whole pages as publishing systems emit them, with what stays and what goes."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

import dechaff
from helpers import NAMED, page_folders, paragraphs

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = page_folders()


def _source(folder: Path) -> bytes:
    page = folder / "page.html"
    return (page if page.exists() else folder / "page.txt").read_bytes()


def _cuts(folder: Path) -> list[dict[str, str]]:
    cuts: list[dict[str, str]] = tomllib.loads((folder / "cuts.toml").read_text("utf-8"))["cut"]
    return cuts


def test_there_are_enough_pages() -> None:
    assert len(FOLDERS) >= 24


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_named_filters_cut_what_they_name_and_nothing_else(folder: Path) -> None:
    """Every piece listed goes, for the family listed (and the rule, where it is); every expected paragraph stays."""
    cleaned = dechaff.explain(_source(folder), only=NAMED)
    reasons = [(cut.family, cut.rule, " ".join(cut.text.split())) for cut in cleaned.cuts]
    for wanted in _cuts(folder):
        if wanted["family"] == "boilerplate":
            continue
        hits = [r for r in reasons if " ".join(wanted["text"].split()) in r[2] and r[0] == wanted["family"]]
        assert hits, f"not cut as {wanted['family']}: {wanted['text']!r}"
        if "rule" in wanted:
            assert wanted["rule"] in {rule for _, rule, _ in hits}
    kept = paragraphs(cleaned.text)
    missing = [line for line in paragraphs((folder / "expected.txt").read_text("utf-8")) if line not in kept]
    assert not missing


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_whole_page_comes_out_clean(folder: Path) -> None:
    """With all filters, what comes out is what a person came to read, in order."""
    got = paragraphs(dechaff.clean(_source(folder)))
    assert got == paragraphs((folder / "expected.txt").read_text("utf-8"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_credits_are_known(folder: Path) -> None:
    wanted = tomllib.loads((folder / "cuts.toml").read_text("utf-8")).get("credit", [])
    found = [(credit.role, credit.name) for credit in dechaff.explain(_source(folder)).credits]
    assert found == [(credit["role"], credit["name"]) for credit in wanted]
