"""The words for "translated by" that citation software knows are known here, in every language that has a phrase file."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from dechaff import explain
from helpers import ROOT

if TYPE_CHECKING:
    from dechaff.page import Credit

LOCALES: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "fixtures" / "translated_by.toml").read_text("utf-8"))

TEXT = "The old bridge was closed in the spring of that year, and the ferry took two days to get the cattle over.\n"


def _lines(locale: dict[str, Any]) -> list[str]:
    lines = [f"{verb} {locale['name']}" for verb in locale["verbs"]]
    lines += [f"{label}: {locale['name']}" for label in locale["labels"]]
    return lines + [line[:1].upper() + line[1:] for line in lines if line[:1].islower()]


def _credits(line: str) -> list[Credit]:
    return explain(TEXT + line + "\n", kind="text", only=["credits"]).credits


@pytest.mark.parametrize("language", LOCALES)
def test_a_line_that_names_the_translator_is_a_credit(language: str) -> None:
    """Verb and name, or label, colon and name: the line goes and the translator comes back."""
    locale = LOCALES[language]
    found = {line: [(credit.role, credit.name) for credit in _credits(line)] for line in _lines(locale)}
    wrong = {line: known for line, known in found.items() if known != [("translator", locale["name"])]}
    assert not wrong


@pytest.mark.parametrize("language", [name for name, locale in LOCALES.items() if locale["verbs"]])
def test_a_book_reference_stays(language: str) -> None:
    """Publisher, year and page count behind the name say that it is the translator of a book that the text is about."""
    locale = LOCALES[language]
    for verb in locale["verbs"]:
        reference = f"A. Lund: Ice. {verb} {locale['name']}. North Books, Leeds 2015, 240 pp."
        cleaned = explain(TEXT + reference + "\n" + TEXT, kind="text", only=["credits"])
        assert reference in cleaned.text
        assert not cleaned.credits
