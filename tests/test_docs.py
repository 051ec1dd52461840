"""The documentation site: it builds without a warning, and every link in it leads somewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    pytest.importorskip("sphinx", reason="the extra 'docs' is not installed")
    pytest.importorskip("myst_parser", reason="the extra 'docs' is not installed")
    pytest.importorskip("pydata_sphinx_theme", reason="the extra 'docs' is not installed")
    out = tmp_path_factory.mktemp("docs")
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", DOCS, out],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(DOCS.parent / "src"), str(DOCS.parent)])},
    )
    assert built.returncode == 0, built.stderr
    return out


def broken_links(site: Path) -> list[str]:
    """Each link that leads nowhere, with the page it is on."""
    trees = {path: html.parse(path) for path in site.rglob("*.html") if "_static" not in path.parts}
    names = {path: {*tree.xpath("//@id"), *tree.xpath("//a/@name")} for path, tree in trees.items()}
    broken = []
    for path, tree in trees.items():
        for link in {*tree.xpath("//a/@href | //link/@href"), *tree.xpath("//img/@src | //script/@src")}:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https"):
                if not parts.hostname or "." not in parts.hostname:
                    broken.append(f"{path.name}: {link}")
                continue
            if parts.scheme in ("mailto", "data"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            missing_anchor = anchor and target in names and anchor not in names[target]
            if parts.scheme or not target.is_file() or missing_anchor:
                broken.append(f"{path.name}: {link}")
    return broken


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    assert broken_links(site) == []


def test_every_page_under_docs_is_on_the_site_and_in_its_menu(site: Path) -> None:
    menu = set(html.parse(site / "index.html").xpath("//a/@href"))
    for page in DOCS.glob("*.md"):
        if page.stem != "index":
            assert f"{page.stem}.html" in menu


def test_a_link_to_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        '<p id="here"><a href="#here">a</a><a href="#there">b</a><a href="gone.html">c</a><a href="page.html#here">d</a>'
        '<a href="https://example.org/x">e</a><a href="https:///x">f</a></p>'
    )
    assert sorted(broken_links(tmp_path)) == ["page.html: #there", "page.html: gone.html", "page.html: https:///x"]
