"""Whether a pruned tree says what `clean` says, on every real page: `python -m lab.pruned`.

Each page is parsed by somebody's parser, pruned, and read again with all filters off: its words have to be the words of
`clean` on the same tree, in the same order. A second count compares with `clean` on the page's bytes, which may differ for
another reason: parsers build different trees of broken markup, filters see what the parser made, and text that is only in a page's
scripts is in no tree. So where they differ the tree is written out as HTML, and that is cleaned: a third count says how often
this gives the words of the page's bytes, so that nothing but the parser made the difference.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import lxml.html
import regex
from bs4 import BeautifulSoup

from dechaff import Cleaner
from dechaff.reading import decode
from lab import corpora
from lab.metrics import words

if TYPE_CHECKING:
    from collections.abc import Callable

_DECLARATION = regex.compile(r"^\s{0,99}<\?xml[^>]{0,999}\?>")


def _lxml(source: str) -> Any:
    return lxml.html.document_fromstring(_DECLARATION.sub("", source) or "<p></p>", ensure_head_body=True)


PARSERS: dict[str, Callable[[str], Any]] = {
    "BeautifulSoup html.parser": lambda source: BeautifulSoup(source, "html.parser"),
    "BeautifulSoup lxml": lambda source: BeautifulSoup(source, "lxml"),
    "lxml": _lxml,
}


def _written(tree: Any) -> str:
    """The HTML of a tree."""
    return str(tree) if isinstance(tree, BeautifulSoup) else lxml.html.tostring(tree, encoding="unicode")


def main() -> int:
    """Compare and print; 1 if one page differs from `clean` on the same tree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so many pages")
    parser.add_argument("--show", action="store_true", help="show where pages differ")
    options = parser.parse_args()
    cleaner, reader = Cleaner(kind="html"), Cleaner(kind="html", only=())
    same, as_bytes, as_written = Counter[str](), Counter[str](), Counter[str]()
    pages = [sample for corpus in corpora.CORPORA for sample in corpora.load(corpus)[:: options.every]]
    for sample in pages:
        text, _, _ = decode(sample.html)
        of_bytes = words(cleaner.clean(sample.html))
        for name, parse in PARSERS.items():
            tree = parse(text)
            wanted = words(cleaner.prune(tree).text)
            got = words(reader.clean(tree))
            same[name] += got == wanted
            if got == of_bytes:
                as_bytes[name] += 1
            elif of_bytes == words(cleaner.clean(_written(parse(text)))):
                as_written[name] += 1
            elif options.show:
                print(f"{name}, {sample.corpus} {sample.id}: the tree written out has other words, too", flush=True)
            if got != wanted and options.show:
                _show(f"{name}, {sample.corpus} {sample.id}", got, wanted)
    for name in PARSERS:
        print(
            f"{name:<26} {len(pages)} pages: {same[name]} with the words of clean() on the same tree,"
            f" {as_bytes[name]} with those of clean() on the page's bytes; of the others {as_written[name]} have these, too, when the"
            " tree is written out as HTML and read again"
        )
    return 0 if all(same[name] == len(pages) for name in PARSERS) else 1


def _show(name: str, got: list[str], wanted: list[str]) -> None:
    place = next((i for i, (a, b) in enumerate(zip(got, wanted, strict=False)) if a != b), min(len(got), len(wanted)))
    begin, end = max(0, place - 3), place + 5
    print(f"{name}: {' '.join(got[begin:end])!r}, not {' '.join(wanted[begin:end])!r}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
