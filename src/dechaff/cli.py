"""The command: `dechaff < page.html > page.txt`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, get_args

from dechaff import __version__
from dechaff.cleaner import Cleaner, Favor, filters
from dechaff.page import FAMILIES
from dechaff.reading import Kind
from dechaff.writing.records import as_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dechaff.page import Cleaned

BROKEN_PIPE = 141
"""128 + SIGPIPE: what a shell reports of a command whose reader went away."""

_EPILOG = """\
examples:
  dechaff < page.html > page.txt          clean one page
  dechaff --explain article.txt           clean, and list on stderr what went and why
  dechaff --output json *.html            one JSON object a page: text, credits, cuts, warnings
  dechaff --without credits --keep '^By'  leave credits, and every block that begins with "By"

exit codes: 0 all sources were cleaned; 1 one could not be read; 2 the call was wrong.
"""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line that says what to do."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"dechaff: {message}; see 'dechaff --help'\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="dechaff",
        description="Clean the boilerplate out of scraped pages (HTML) and extracted text, and say why each piece went.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="pages or texts; none, or '-', is standard input")
    parser.add_argument(
        "--kind", choices=get_args(Kind), default="auto", help="what the input is (default: told by its look)"
    )
    parser.add_argument(
        "--only", metavar="FAMILY", action="append", help="run only this family; may be repeated or a,b,c"
    )
    parser.add_argument(
        "--without", metavar="FAMILY", action="append", default=[], help="do not run this family; likewise"
    )
    parser.add_argument(
        "--keep",
        metavar="RULE",
        action="append",
        default=[],
        help="a regular expression or CSS selector that must stay",
    )
    parser.add_argument("--favor", choices=get_args(Favor), default="balanced", help="which mistake weighs more")
    parser.add_argument(
        "--no-headline", dest="headline", action="store_false", help="the headline is not part of the text"
    )
    parser.add_argument("--language", metavar="CODE", help="the text's language, if the page does not say it")
    parser.add_argument("--url", help="where the input is from")
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # `--explain` alone takes no value, so that a file may follow it.
    given = ["--explain=text" if argument == "--explain" else argument for argument in given]
    parser = _parser()
    options = parser.parse_intermixed_args(given)
    try:
        if options.list:
            return _list_filters()
        return _run(parser, options)
    except BrokenPipeError:
        # What is still buffered has nowhere to go; without this the interpreter complains when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return 130


def _run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    try:
        cleaner = Cleaner(
            kind=options.kind,
            keep=options.keep,
            only=None if options.only is None else _families(options.only),
            without=_families(options.without),
            favor=options.favor,
            headline=options.headline,
            language=options.language,
            url=options.url,
        )
    except (TypeError, ValueError) as error:
        parser.error(str(error))
    failed = False
    for name, data in _sources(options.files or ["-"]):
        if isinstance(data, OSError):
            _say(f"{name}: {data.strerror or data}; nothing was cleaned from it")
            failed = True
            continue
        cleaned = cleaner.explain(data)
        for warning in cleaned.warnings:
            _say(f"{name}: {warning}")
        if options.explain:
            _explain(name, cleaned, options.explain)
        _write(name, cleaned, options.output)
    sys.stdout.buffer.flush()
    return 1 if failed else 0


def _families(given: Sequence[str]) -> list[str]:
    return [name.strip() for text in given for name in text.split(",") if name.strip()]


def _sources(names: Sequence[str]) -> Iterator[tuple[str, bytes | OSError]]:
    for name in names:
        try:
            if name == "-":
                if sys.stdin.isatty():
                    _say("reading from the terminal; end with Ctrl-D")
                yield "standard input", sys.stdin.buffer.read()
            else:
                yield name, Path(name).read_bytes()
        except OSError as error:
            yield name, error


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
            print(f"{name}: {cut.family:<13} {cut.rule:<28} {cut.confidence:.2f}  {_printable(shown)}", file=sys.stderr)


def _printable(text: str) -> str:
    """Text that cannot steer the terminal it is shown on."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _list_filters() -> int:
    for found in filters():
        print(f"{found.name:<14} {found.summary}")
    missing = [name for name in FAMILIES if name not in {found.name for found in filters()}]
    if missing:
        print(f"no filter yet: {', '.join(missing)}")
    return 0


def _say(message: str) -> None:
    print(f"dechaff: {_printable(message)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
