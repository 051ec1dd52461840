"""`dechaff why "some words" page.html`: why they went, or why they stayed."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from dechaff.cli.common import Parser, add_cleaner_options, cleaner_of, say, sources
from dechaff.cli.showing import print_json, print_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

_EPILOG = """\
examples:
  dechaff why "translated by" page.html
  dechaff why --favor precision "four hundred people" < page.html

exit codes: 0 the words were found; 1 they were not, or the page could not be read; 2 the call was wrong.
"""


def run(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns its exit code."""
    parser = Parser(
        prog="dechaff why",
        description="Say why some words of a page went, or why they stayed: what each filter says, the learned score and what it "
        "rests on, the keep rules, and what would change the decision.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "words", metavar="WORDS", help="some words of the page; the nearest block answers if they stand nowhere"
    )
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="the page; '-' or none is standard input")
    add_cleaner_options(parser)
    parser.add_argument("--output", choices=("text", "json"), default="text", help="what is written (default: text)")
    options = parser.parse_intermixed_args(arguments)
    if not options.words.strip():
        parser.error("WORDS is empty; give some words of the page")
    cleaner = cleaner_of(parser, options)
    name, data = next(sources([options.file]))
    if isinstance(data, OSError):
        say(f"{name}: {data.strerror or data}")
        return 1
    answer = cleaner.explain(data).why(options.words)
    if options.output == "json":
        print_json(asdict(answer))
    else:
        print_lines(str(answer).splitlines())
    return 0 if answer.closeness == 1 else 1
