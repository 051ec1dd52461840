"""The command as a filter: sources in, clean text out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from dechaff import __version__
from dechaff.cleaner import filters
from dechaff.cli.common import Parser, Sources, add_cleaner_options, cleaner_of, pages_in, say
from dechaff.cli.showing import add_showing_options, show, wants_showing, with_forms
from dechaff.page import FAMILIES
from dechaff.writing import Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dechaff.cleaner import Cleaner
    from dechaff.page import Cleaned

_EPILOG = """\
examples:
  dechaff < page.html > page.txt          clean one page
  dechaff --explain page.html | less -R   the whole page, what went struck out, with the reasons
  dechaff --report report.html pages/     the same for all pages of a folder, as one HTML file
  dechaff --stats pages/                  what went from them by family and rule
  dechaff --output records *.html         one JSON object a page: text, blocks, credits, cuts, warnings
  dechaff --output markdown page.html     Markdown; also html, a sanitised fragment
  dechaff --without credits --keep '^By'  leave credits, and every block that begins with "By"
  dechaff --out-dir clean pages/          every page in a folder, in parallel, into another folder
  dechaff --jsonl --add credits < a.jsonl > b.jsonl
                                          one field of each JSON line
  dechaff --learn-sites --out-dir clean pages/
                                          first learn what the pages of each site have in common

exit codes: 0 all sources were cleaned; 1 one could not be; 2 the call was wrong.
"""

_ADDED = ("credits", "cuts", "warnings")


def _parser() -> Parser:
    parser = Parser(
        prog="dechaff",
        description="Clean the boilerplate out of scraped pages (HTML) and extracted text, and say why each piece went.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="pages or texts; none, or '-', is standard input")
    add_cleaner_options(parser)
    parser.add_argument(
        "--output", choices=get_args(Output), default="text", help="the form of what is written (default: text)"
    )
    _add_batch_options(parser)
    parser.add_argument(
        "--learn-sites",
        action="store_true",
        help="go through all sources first and learn what those of one site have in common",
    )
    parser.add_argument("--list", action="store_true", help="list the filters and stop")
    parser.add_argument("--version", action="version", version=f"dechaff {__version__}")
    add_showing_options(parser)
    return parser


def _add_batch_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("many sources")
    group.add_argument("--jobs", type=int, metavar="N", help="how many processes (default: one a core)")
    group.add_argument("--out-dir", metavar="DIR", help="clean FILEs, which may be folders, into this folder")
    group.add_argument("--jsonl", action="store_true", help="the input is JSON lines; one field of each is cleaned")
    group.add_argument("--field", metavar="NAME", help="that field; a.b is b in a (default: text)")
    group.add_argument("--url-field", metavar="NAME", help="the field that says where it is from")
    group.add_argument("--add", metavar="WHAT", help="add fields: any of credits,cuts,warnings")
    group.add_argument(
        "--on-error",
        choices=("pass", "skip", "stop"),
        help="a line that cannot be cleaned is passed through as it is (default), skipped, or the end",
    )


def _check_batch_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> list[str]:
    """End the command if options do not go together; returns what `--add` names."""
    if options.jobs is not None and options.jobs < 1:
        parser.error(f"--jobs is {options.jobs}; it is 1 or more")
    if options.jobs is not None and not (options.jsonl or options.out_dir):
        parser.error("--jobs goes with --out-dir or --jsonl")
    if wants_showing(options) and (options.jsonl or options.out_dir):
        parser.error("--explain, --report and --stats do not go with --jsonl or --out-dir")
    if options.learn_sites and wants_showing(options):
        parser.error("--explain, --report and --stats do not go with --learn-sites: dechaff learn, then --site")
    if options.learn_sites and options.jsonl and not options.url_field:
        parser.error("--learn-sites tells the sites of JSON lines by their address: name its field with --url-field")
    if options.jsonl and (options.out_dir or options.output != "text"):
        parser.error("--jsonl does not go with --out-dir or --output; --add cuts says what went")
    if not options.jsonl:
        for name in ("field", "url_field", "add", "on_error"):
            if getattr(options, name) is not None:
                parser.error(f"--{name.replace('_', '-')} goes with --jsonl")
    if options.out_dir and (not options.files or "-" in options.files):
        parser.error("--out-dir needs files or folders to clean")
    added = [name.strip() for name in (options.add or "").split(",") if name.strip()]
    for name in added:
        if name not in _ADDED:
            parser.error(f"--add: there is no {name!r}; there are {', '.join(_ADDED)}")
    return added


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = _parser()
    options = parser.parse_intermixed_args(with_forms(arguments))
    if options.list:
        return _list_filters()
    added = _check_batch_options(parser, options)
    cleaner = cleaner_of(parser, options, output=options.output)
    if wants_showing(options):
        return show(parser, options, cleaner)
    if options.learn_sites:
        from dechaff.cli.learn import check_learning  # noqa: PLC0415  # only where sites are learned

        check_learning(parser, options, options.files or ["-"])
    if options.jsonl:
        from dechaff.cli.lines import LineFilter  # noqa: PLC0415  # the plain command does without

        return LineFilter(
            cleaner,
            field=options.field or "text",
            url_field=options.url_field,
            add=added,
            on_error=options.on_error or "pass",
            jobs=options.jobs,
            learn_sites=options.learn_sites,
        ).run(options.files or ["-"])
    if options.out_dir:
        return _clean_into(cleaner, options)
    names = list(pages_in(options.files or ["-"]))
    sites = None
    if options.learn_sites:
        from dechaff.cli.learn import SitesOfFiles  # noqa: PLC0415  # only where sites are learned

        sites = SitesOfFiles(cleaner, names)
        cleaner = sites.cleaner
    found = Sources(names, "nothing was cleaned from it")
    for name, data in found:
        cleaned = cleaner.explain(data, site=sites.of(name) if sites else "")
        for warning in cleaned.warnings:
            say(f"{name}: {warning}")
        sys.stdout.buffer.write(_rendered(name, cleaned, options.output))
    sys.stdout.buffer.flush()
    return 1 if found.failed else 0


def _clean_into(cleaner: Cleaner, options: argparse.Namespace) -> int:
    from dechaff.cli.folders import SUFFIXES, clean_into  # noqa: PLC0415  # the plain command does without

    def render(name: str, cleaned: Cleaned) -> bytes:
        return _rendered(name, cleaned, options.output)

    return clean_into(
        cleaner,
        options.files,
        Path(options.out_dir),
        suffix=SUFFIXES[options.output],
        jobs=options.jobs,
        render=render,
        learn_sites=options.learn_sites,
    )


def _rendered(name: str, cleaned: Cleaned, form: str) -> bytes:
    if form == "records":
        text = json.dumps({"source": name, **json.loads(cleaned.text)}, ensure_ascii=False) + "\n"
    else:
        text = cleaned.text + ("\n" if form == "text" and cleaned.kind == "html" and cleaned.text else "")
    return text.encode("utf-8", "replace")


def _list_filters() -> int:
    for found in filters():
        print(f"{found.name:<14} {found.summary}")
    missing = [name for name in FAMILIES if name not in {found.name for found in filters()}]
    if missing:
        print(f"no filter yet: {', '.join(missing)}")
    return 0
