"""What the command and its subcommands share: options, sources, messages."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, get_args

from dechaff.cleaner import Cleaner, Favor
from dechaff.reading import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line that says what to do."""

    def error(self, message: str) -> NoReturn:
        """End the command with one line and exit code 2."""
        self.exit(2, f"dechaff: {message}; see '{self.prog} --help'\n")


def add_cleaner_options(parser: argparse.ArgumentParser) -> None:
    """The options of `Cleaner`."""
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


def cleaner_of(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Cleaner:
    """The cleaner that the options describe; ends the command with one line if they describe none."""
    try:
        return Cleaner(
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


def _families(given: Sequence[str]) -> list[str]:
    return [name.strip() for text in given for name in text.split(",") if name.strip()]


def sources(names: Sequence[str]) -> Iterator[tuple[str, bytes | OSError]]:
    """Each named file, or standard input for `-`: its name, and its bytes or why it could not be read."""
    for name in names:
        try:
            if name == "-":
                if sys.stdin.isatty():
                    say("reading from the terminal; end with Ctrl-D")
                yield "standard input", sys.stdin.buffer.read()
            else:
                yield name, Path(name).read_bytes()
        except OSError as error:
            yield name, error


def printable(text: str) -> str:
    """Text that cannot steer the terminal it is shown on."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def say(message: str) -> None:
    """One line to the person at the terminal."""
    print(f"dechaff: {printable(message)}", file=sys.stderr)
