"""`dechaff diff`: which blocks change hands, with other options or between two versions of a page."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Any

from dechaff.cleaner import Options
from dechaff.cli.common import Parser, add_cleaner_options, cleaner_of, say, sources
from dechaff.cli.showing import print_json, print_lines
from dechaff.report.safety import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dechaff.cleaner import Cleaner
    from dechaff.page import Cleaned

_EPILOG = """\
examples:
  dechaff diff page.html --a favor=precision --b favor=recall
  dechaff diff page.html --b "without=credits,ads keep='^By '"
  dechaff diff old.html new.html

--a and --b take options of Cleaner as name=value; the other options hold for both sides.
exit codes, as diff has them: 0 no block changes hands; 1 some do; 2 the call was wrong or a page could not be read.
"""
_LISTS = frozenset(("only", "without"))
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


def run(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns its exit code."""
    parser = Parser(
        prog="dechaff diff",
        description="Show which blocks of a page are kept by one setting and cut by another, or change hands between two versions.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="one page for two settings, or the old and the new version of one"
    )
    parser.add_argument(
        "--a", metavar="OPTIONS", default="", help="options of the first side, name=value, as Cleaner takes them"
    )
    parser.add_argument("--b", metavar="OPTIONS", default="", help="options of the second side")
    add_cleaner_options(parser)
    parser.add_argument("--output", choices=("text", "json"), default="text", help="what is written (default: text)")
    options = parser.parse_intermixed_args(arguments)
    files: list[str] = options.files
    if len(files) > 2:
        parser.error(f"two pages at most are compared, not {len(files)}")
    if len(files) == 1 and not (options.a or options.b):
        parser.error("one page needs two settings: --a, --b or both; or name a second page")
    cleaners = [_side(parser, options, given) for given in (options.a, options.b)]
    results: list[Cleaned] = []
    read = list(sources(files))
    for cleaner, (name, data) in zip(cleaners, [read[0], read[-1]], strict=True):
        if isinstance(data, OSError):
            say(f"{name}: {data.strerror or data}")
            return 2
        results.append(cleaner.explain(data))
    from dechaff.report.diff import difference  # noqa: PLC0415  # the reports load when somebody asks for one

    found = difference(*results)
    if options.output == "json":
        print_json(found.as_record())
    else:
        print_lines([f"a: {_label(read[0][0], options.a)}", f"b: {_label(read[-1][0], options.b)}", "", *found.lines()])
    return 1 if found.changes else 0


def _side(parser: Parser, options: argparse.Namespace, given: str) -> Cleaner:
    """The cleaner of one side: the command's options, with the side's own over them."""
    own = argparse.Namespace(**vars(options))
    try:
        words = shlex.split(given)
    except ValueError as error:
        parser.error(f"{given!r}: {error}")
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in vars(options) or name not in Options.__annotations__:
            known = ", ".join(key for key in Options.__annotations__ if key in vars(options))
            parser.error(f"{word!r} is not name=value with a name of {known}")
        setattr(own, name, _value(parser, name, value, getattr(own, name)))
    return cleaner_of(parser, own)


def _value(parser: Parser, name: str, value: str, before: Any) -> Any:
    if isinstance(before, bool):
        if value.lower() not in _TRUTHS:
            parser.error(f"{name} is true or false, not {value!r}")
        return _TRUTHS[value.lower()]
    # What may be given several times adds to what holds for both sides.
    return [*(before or ()), value] if name in _LISTS or isinstance(before, list) else value


def _label(name: str, given: str) -> str:
    return printable(f"{name} {given}".strip())
