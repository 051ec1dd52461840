"""What the command and its subcommands share: options, sources, messages."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, get_args

from dechaff.cleaner import Cleaner, Favor
from dechaff.reading import Kind, Lines
from dechaff.reading.ceiling import MOST_BYTES
from dechaff.report.safety import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dechaff.sites import SiteProfile
    from dechaff.writing import Output


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
        "--lines", choices=get_args(Lines), default="auto", help="what a line of a text is (default: told by its look)"
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
    parser.add_argument("--url", help="where the input is from; makes links absolute")
    parser.add_argument(
        "--max-bytes",
        metavar="N",
        type=int,
        default=MOST_BYTES,
        help="how much of an input is read; a warning says where a longer one was cut (default: %(default)s)",
    )
    parser.add_argument(
        "--rules",
        metavar="PATH",
        action="append",
        help="a file of rules of your own, a filter list or site configurations, or a folder of them; may be repeated",
    )
    parser.add_argument(
        "--site", metavar="FILE", help="what is known of the site: a profile that 'dechaff learn' wrote"
    )


def cleaner_of(parser: argparse.ArgumentParser, options: argparse.Namespace, output: Output = "text") -> Cleaner:
    """The cleaner that the options describe; ends the command with one line if they describe none.

    What is wrong in rule files is said once, on stderr.

    Args:
        parser: says what is wrong.
        options: what `add_cleaner_options` added.
        output: the form of the result.
    """
    try:
        cleaner = Cleaner(
            kind=options.kind,
            lines=options.lines,
            keep=options.keep,
            only=None if options.only is None else _families(options.only),
            without=_families(options.without),
            favor=options.favor,
            headline=options.headline,
            output=output,
            language=options.language,
            url=options.url,
            max_bytes=options.max_bytes,
            rules=options.rules,
            site=None if options.site is None else _profile(parser, options.site),
        )
    except OSError as error:
        parser.error(f"--rules: {error.filename}: {error.strerror or error}")
    except (TypeError, ValueError, ModuleNotFoundError) as error:
        parser.error(str(error))
    if cleaner.rules is not None:
        for problem in cleaner.rules.problems:
            say(problem)
    return cleaner


def _profile(parser: argparse.ArgumentParser, path: str) -> SiteProfile:
    from dechaff.sites import SiteProfile  # noqa: PLC0415  # only where a site is known

    try:
        return SiteProfile.load(path)
    except OSError as error:
        parser.error(f"--site: {path}: {error.strerror or error}; 'dechaff learn' writes one")
    except ValueError as error:
        parser.error(f"--site: {error}")


def _families(given: Sequence[str]) -> list[str]:
    return [name.strip() for text in given for name in text.split(",") if name.strip()]


PAGE_SUFFIXES = frozenset((".html", ".htm", ".xhtml", ".xht", ".shtml", ".txt", ".text", ".md", ".markdown"))
"""What is taken from a folder. A file that is named is taken whatever its name ends in."""


def files_in(folder: Path, away: Path | None = None) -> Iterator[Path]:
    """The files below a folder, in order, without hidden ones and without what lies in `away`."""
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(name for name in folders if name[0] != "." and (here / name).resolve() != away)
        if here.resolve() != away:
            yield from (here / name for name in sorted(files) if name[0] != "." and (here / name).is_file())


def pages_in(names: Sequence[str]) -> Iterator[str]:
    """The named files, and in place of a folder the pages in it and below it, in order."""
    for name in names:
        if name != "-" and Path(name).is_dir():
            found = [str(path) for path in files_in(Path(name)) if path.suffix.lower() in PAGE_SUFFIXES]
            if not found:
                say(f"{name}: no pages in this folder; pages end in {', '.join(sorted(PAGE_SUFFIXES))}")
            yield from found
        else:
            yield name


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


class Sources:
    """The named files, folders and standard input that can be read; of the others it is said why not.

    Args:
        names: as `pages_in` takes them.
        undone: what does not happen with those that cannot be read.

    Attributes:
        failed: whether one could not be read, as far as they have been gone through.
    """

    def __init__(self, names: Sequence[str], undone: str) -> None:
        self._names = names
        self._undone = undone
        self.failed = False

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        for name, data in sources(list(pages_in(self._names))):
            if isinstance(data, OSError):
                say(f"{name}: {data.strerror or data}; {self._undone}")
                self.failed = True
            else:
                yield name, data


def say(message: str) -> None:
    """One line to the person at the terminal."""
    print(f"dechaff: {printable(message)}", file=sys.stderr)
