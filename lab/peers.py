"""Other people's extractors behind one call each, in the setting in which each does best here.

An adapter takes the served bytes (or a plain text) and gives text. Nothing is imported before it is asked for, and
what is not installed is named as absent, with the reason, instead of dropping out of a table unseen.
"""

from __future__ import annotations

import contextlib
import html as markup
import importlib.metadata
import io
import logging
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Source = TypeVar("Source", bytes, str)

_CHARSET = re.compile(rb"""<meta[^>]{1,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_LANGUAGE = re.compile(r"""<html[^>]{0,500}?\slang\s*=\s*["']?\s*([A-Za-z]{2,3})""", re.IGNORECASE)


@dataclass(frozen=True)
class Peer(Generic[Source]):
    """An extractor: what it is called, its version, how it is set, and the call. HTML peers take bytes, text peers str."""

    name: str
    version: str
    setting: str
    run: Callable[[Source], str]


@dataclass(frozen=True)
class Absent:
    """An extractor that cannot be measured here, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Peers(Generic[Source]):
    """Those that can be measured and those that cannot."""

    present: tuple[Peer[Source], ...]
    absent: tuple[Absent, ...]


def decoded(html: bytes) -> str:
    """The page as str, for peers that take no bytes: UTF-8, else the charset it declares, else Windows-1252."""
    try:
        return html.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    declared = _CHARSET.search(html[:8192])
    if declared:
        with contextlib.suppress(LookupError):
            return html.decode(declared[1].decode("ascii"), "replace")
    return html.decode("cp1252", "replace")


def whole_text(html: bytes) -> str:
    """All the text of a page that a reader sees, one block a line: what an extractor has to beat."""
    from dechaff.reading.html import read_html

    return "\n".join(block.text for block in read_html(decoded(html)).blocks)


def whole_get_text(html: bytes) -> str:
    """The page as most scrapers dump it: BeautifulSoup's `get_text`, one string a line."""
    from bs4 import BeautifulSoup

    return BeautifulSoup(decoded(html), "lxml").get_text("\n", strip=True)


SETTINGS: dict[str, dict[str, dict[str, Any]]] = {
    "wcxb": {
        "trafilatura": {"include_comments": False},
        "trafilatura fast": {"include_comments": True, "favor_recall": True},
        "resiliparse": {"comments": True, "post_meta": True},
        "boilerpy3": {"extractor": "NumWordsRulesExtractor"},
    },
    "news": {
        "trafilatura": {"include_comments": False, "favor_precision": True},
        "trafilatura fast": {"include_comments": False, "favor_recall": True},
        "resiliparse": {"comments": True, "post_meta": False},
        "boilerpy3": {"extractor": "ArticleSentencesExtractor"},
    },
    "trafilatura": {
        "trafilatura": {"include_comments": False},
        "trafilatura fast": {"include_comments": False},
        "resiliparse": {"comments": False, "post_meta": True},
        "boilerpy3": {"extractor": "CanolaExtractor"},
    },
}
"""The options of those that have some, for each corpus: the best on 100 pages of it, out of comments on and off, and of
trafilatura's precision, neither and recall, resiliparse's article data on and off, and all of boilerpy3's extractors.

100 pages mislead: there trafilatura's recall option won on WCXB, on all 1,495 pages it loses (2.3.1: 0.823 without
comments, 0.819 with, 0.800 with them and recall). So its options for WCXB and news were decided on all pages, between
those that led.
"""


def _version(package: str) -> str:
    return importlib.metadata.version(package)


def _trafilatura(corpus: str, *, fast: bool) -> Peer[bytes]:
    import trafilatura

    name = "trafilatura fast" if fast else "trafilatura"
    options = {"include_tables": True, "fast": fast, **SETTINGS[corpus][name]}

    def run(html: bytes) -> str:
        return trafilatura.extract(decoded(html), **options) or ""

    return Peer(name, str(trafilatura.__version__), _spelled(options), run)


def _spelled(options: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in options.items())


def _resiliparse(corpus: str) -> Peer[bytes]:
    from resiliparse.extract.html2text import extract_plain_text

    options: dict[str, Any] = {"main_content": True, "alt_texts": False, "list_bullets": False}
    options |= {"preserve_formatting": True, **SETTINGS[corpus]["resiliparse"]}

    def run(html: bytes) -> str:
        return str(extract_plain_text(decoded(html), **options))

    return Peer("resiliparse", _version("resiliparse"), _spelled(options), run)


def _readability(_corpus: str) -> Peer[bytes]:
    from readability import Document

    def run(html: bytes) -> str:
        return whole_text(Document(decoded(html)).summary(html_partial=True).encode())

    return Peer("readability-lxml", _version("readability-lxml"), "summary(), its HTML read block by block", run)


class _Stoplists:
    """The stop words of jusText by the page's declared language, as its manual asks; English where none is declared."""

    def __init__(self) -> None:
        import justext
        from babel import Locale

        self.loaded: dict[str, frozenset[str]] = {}
        self.names: dict[str, str] = {}
        known = justext.get_stoplists()
        for code, spoken in Locale("en").languages.items():
            name = str(spoken).replace(" ", "_")
            if name in known:
                self.names[str(code)] = name

    def options(self, html: str) -> dict[str, Any]:
        """The arguments for one page; a language without a list is judged without one (jusText's manual)."""
        import justext

        declared = _LANGUAGE.search(html, 0, 4000)
        name = self.names.get(str(declared[1]).lower()) if declared else "English"
        if name is None:
            return {"stoplist": frozenset(), "stopwords_low": 0, "stopwords_high": 0}
        if name not in self.loaded:
            self.loaded[name] = justext.get_stoplist(name)
        return {"stoplist": self.loaded[name]}


def _justext_text(html: str, options: dict[str, Any]) -> str:
    import justext
    from lxml.etree import LxmlError

    try:
        paragraphs = justext.justext(html, **options)
    except (LxmlError, ValueError):  # it raises on a page without an element in it
        return ""
    return "\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)


def _justext(_corpus: str) -> Peer[bytes]:
    stoplists = _Stoplists()

    def run(html: bytes) -> str:
        text = decoded(html)
        return _justext_text(text, stoplists.options(text))

    return Peer("jusText", _version("jusText"), "stop words of the declared language, else English", run)


def _newspaper(_corpus: str) -> Peer[bytes]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns at import that nltk, which only its summaries need, is not there
        import newspaper

    def run(html: bytes) -> str:
        article = newspaper.Article("https://page.invalid/", fetch_images=False)
        article.download(input_html=decoded(html))
        article.parse()
        return str(article.text or "")

    return Peer("newspaper4k", _version("newspaper4k"), "Article.text, no images fetched", run)


def _goose(_corpus: str) -> Peer[bytes]:
    from goose3 import Goose

    goose = Goose({"enable_image_fetching": False, "strict": False})

    def run(html: bytes) -> str:
        return str(goose.extract(raw_html=decoded(html)).cleaned_text or "")

    return Peer("goose3", _version("goose3"), "cleaned_text, no images fetched", run)


def _boilerpy(corpus: str) -> Peer[bytes]:
    from boilerpy3 import extractors

    name = SETTINGS[corpus]["boilerpy3"]["extractor"]
    extractor = getattr(extractors, name)(raise_on_failure=False)
    logging.getLogger("boilerpy3").setLevel(logging.CRITICAL)

    def run(html: bytes) -> str:
        return str(extractor.get_content(decoded(html)))

    return Peer("boilerpy3", _version("boilerpy3"), name, run)


def _magic(_corpus: str) -> Peer[bytes]:
    from magic_html import GeneralExtractor

    extractor = GeneralExtractor()

    def run(html: bytes) -> str:
        found = extractor.extract(decoded(html), base_url="https://page.invalid/")
        return whole_text(str(found.get("html") or "").encode())

    return Peer("magic-html", _version("magic-html"), "GeneralExtractor, its HTML read block by block", run)


def _whole(_corpus: str) -> Peer[bytes]:
    return Peer("whole page", "", "all visible text", whole_text)


def html_peers(corpus: str, names: Iterable[str] | None = None) -> Peers[bytes]:
    """The extractors for HTML, set for one corpus; `names` picks some of them."""
    makers: dict[str, Callable[[], Peer[bytes]]] = {
        "trafilatura": lambda: _trafilatura(corpus, fast=False),
        "trafilatura fast": lambda: _trafilatura(corpus, fast=True),
        "resiliparse": lambda: _resiliparse(corpus),
        "readability-lxml": lambda: _readability(corpus),
        "jusText": lambda: _justext(corpus),
        "newspaper4k": lambda: _newspaper(corpus),
        "goose3": lambda: _goose(corpus),
        "boilerpy3": lambda: _boilerpy(corpus),
        "magic-html": lambda: _magic(corpus),
        "whole page": lambda: _whole(corpus),
    }
    return _made(makers, names)


def _c4(*, punctuation: bool) -> Peer[str]:
    """The line rules of C4 without its rules on whole documents, which say nothing about a page's parts.

    FineWeb ran the same rules without the one on terminal punctuation, which removes too much (Penedo et al. 2024, "The
    FineWeb Datasets"); its own filters only drop whole documents, so there are no other FineWeb line rules.
    """
    with contextlib.redirect_stderr(io.StringIO()):  # datatrove's logger greets
        from datatrove.data import Document
        from datatrove.pipeline.filters import C4QualityFilter

    options = {
        "min_num_sentences": -1,
        "filter_lorem_ipsum": False,
        "filter_curly_bracket": False,
        "filter_no_terminal_punct": punctuation,
    }
    rules = C4QualityFilter(**options)

    def run(text: str) -> str:
        document = Document(text=text, id="")
        rules.filter(document)
        return str(document.text)

    name = "C4 line rules" if punctuation else "FineWeb line rules"
    return Peer(name, f"datatrove {_version('datatrove')}", _spelled(options), run)


def _justext_lines() -> Peer[str]:
    stoplists = _Stoplists()

    def run(text: str) -> str:
        lines = (f"<p>{markup.escape(line)}</p>" for line in text.splitlines() if line.strip())
        return _justext_text(f"<html><body>{''.join(lines)}</body></html>", stoplists.options(""))

    return Peer("jusText on lines", _version("jusText"), "each line as a paragraph, English stop words", run)


def text_peers(names: Iterable[str] | None = None) -> Peers[str]:
    """What cleans plain text, line by line; `names` picks some of them."""
    makers: dict[str, Callable[[], Peer[str]]] = {
        "C4 line rules": lambda: _c4(punctuation=True),
        "FineWeb line rules": lambda: _c4(punctuation=False),
        "jusText on lines": _justext_lines,
        "whole text": lambda: Peer("whole text", "", "untouched", str),
    }
    return _made(makers, names)


def _made(makers: dict[str, Callable[[], Peer[Source]]], names: Iterable[str] | None) -> Peers[Source]:
    wanted = list(makers) if names is None else list(names)
    present: list[Peer[Source]] = []
    absent: list[Absent] = []
    for name in wanted:
        if name not in makers:
            raise ValueError(f"no peer is called {name!r}, there are {', '.join(makers)}")
        try:
            present.append(makers[name]())
        except ImportError as error:
            absent.append(Absent(name, str(error)))
    for noisy in ("trafilatura", "readability", "newspaper", "goose3", "htmldate"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    return Peers(tuple(present), tuple(absent))
