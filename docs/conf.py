"""The documentation site: `make docs` builds it from these pages and the docstrings, and warns of nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import dechaff

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "dechaff"
version = release = dechaff.__version__
author = "the dechaff authors"
project_copyright = author

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "pydata_sphinx_theme"
html_title = f"dechaff {version}"
html_theme_options = {"show_toc_level": 2, "navigation_depth": 2, "secondary_sidebar_items": ["page-toc"]}
html_sidebars = {"**": ["search-field.html", "sidebar-nav-bs.html"]}
html_show_sourcelink = False

myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autoclass_content = "class"
exclude_patterns = ["_build"]

_ELSEWHERE = {
    "](../CONTRIBUTING.md": "](contributing.md",
    "](../CHANGELOG.md": "](changelog.md",
    "](../README.md": "](index.md",
}
"""Pages link to files at the top of the repository as a reader of the repository needs it; on the site these are pages, too."""


def _link_inside(app: Sphinx, name: str, source: list[str]) -> None:
    del app, name
    for there, here in _ELSEWHERE.items():
        source[0] = source[0].replace(there, here)


_NAME = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


def _mark_names(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Docstrings write `name` as Markdown does; reStructuredText wants two ticks, and an end that a plural's s may follow."""
    del app, what, name, thing, options
    lines[:] = [line if line.lstrip().startswith(">>>") else _NAME.sub(r"``\1``\\ ", line) for line in lines]


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _link_inside)
    app.connect("autodoc-process-docstring", _mark_names)
