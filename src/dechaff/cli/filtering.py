"""The command as a filter: sources in, clean text out."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dechaff import __version__
from dechaff.cleaner import filters
from dechaff.cli.common import Parser, add_cleaner_options, cleaner_of, printable, say, sources
from dechaff.page import FAMILIES
from dechaff.writing.records import as_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dechaff.page import Cleaned

_EPILOG = """\
examples:
  dechaff < page.html > page.txt          clean one page
  dechaff --explain article.txt           clean, and list on stderr what went and why
  dechaff --output json *.html            one JSON object a page: text, credits, cuts, warnings
  dechaff --without credits --keep '^By'  leave credits, and every block that begins with "By"

exit codes: 0 all sources were cleaned; 1 one could not be read; 2 the call was wrong.
"""


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="dechaff",
        description="Clean the boilerplate out of scraped pages (HTML) and extracted text, and say why each piece went.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="pages or texts; none, or '-', is standard input")
    add_cleaner_options(parser)
    parser.add_argument("--output", choices=("text", "json"), default="text", help="what is written (default: text)")
    parser.add_argument(
        "--explain",
        choices=("text", "json"),
        metavar="FORM",
        help="also list on stderr what went and why: --explain, or --explain=json for JSON lines",
    )
    parser.add_argument("--list", action="store_true", help="list the filters and stop")
    parser.add_argument("--version", action="version", version=f"dechaff {__version__}")
    return parser


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    # `--explain` alone takes no value, so that a file may follow it.
    given = ["--explain=text" if argument == "--explain" else argument for argument in arguments]
    parser = _parser()
    options = parser.parse_intermixed_args(given)
    if options.list:
        return _list_filters()
    cleaner = cleaner_of(parser, options)
    failed = False
    for name, data in sources(options.files or ["-"]):
        if isinstance(data, OSError):
            say(f"{name}: {data.strerror or data}; nothing was cleaned from it")
            failed = True
            continue
        cleaned = cleaner.explain(data)
        for warning in cleaned.warnings:
            say(f"{name}: {warning}")
        if options.explain:
            _explain(name, cleaned, options.explain)
        _write(name, cleaned, options.output)
    sys.stdout.buffer.flush()
    return 1 if failed else 0


def _write(name: str, cleaned: Cleaned, form: str) -> None:
    out = sys.stdout.buffer
    if form == "json":
        out.write(
            json.dumps({"source": name, **as_record(cleaned)}, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        )
        return
    out.write(cleaned.text.encode("utf-8", "replace"))
    if cleaned.kind == "html" and cleaned.text:
        out.write(b"\n")


def _explain(name: str, cleaned: Cleaned, form: str) -> None:
    for cut in cleaned.cuts:
        if form == "json":
            record: dict[str, Any] = {"source": name, **asdict(cut)}
            print(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace").decode(), file=sys.stderr)
        else:
            words = " ".join(cut.text.split())
            shown = words if len(words) <= 100 else words[:99] + "…"
            print(f"{name}: {cut.family:<13} {cut.rule:<28} {cut.confidence:.2f}  {printable(shown)}", file=sys.stderr)


def _list_filters() -> int:
    for found in filters():
        print(f"{found.name:<14} {found.summary}")
    missing = [name for name in FAMILIES if name not in {found.name for found in filters()}]
    if missing:
        print(f"no filter yet: {', '.join(missing)}")
    return 0
