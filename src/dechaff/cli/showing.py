"""`--explain`, `--report` and `--stats`: what stands in the place of the clean text for somebody who wants to see why."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dechaff.cleaner import filters
from dechaff.cli.common import Sources, say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from dechaff.cleaner import Cleaner
    from dechaff.cli.common import Parser
    from dechaff.page import Cleaned


def add_showing_options(parser: argparse.ArgumentParser) -> None:
    """The three options; each takes folders, too."""
    group = parser.add_argument_group("to see why, in place of the clean text")
    forms = ("text", "json")
    group.add_argument(
        "--explain",
        choices=forms,
        metavar="FORM",
        help="show the page with what went and why; --explain=json for JSON lines",
    )
    group.add_argument("--report", metavar="FILE", help="write the same for all pages as one HTML file")
    group.add_argument(
        "--stats", choices=forms, metavar="FORM", help="count what went by family and rule; --stats=json for JSON"
    )


def with_forms(arguments: Sequence[str]) -> list[str]:
    """The arguments with `--explain` and `--stats` completed, so that a file may follow them."""
    return [f"{given}=text" if given in ("--explain", "--stats") else given for given in arguments]


def wants_showing(options: argparse.Namespace) -> bool:
    """Whether any of the three was asked for."""
    return bool(options.explain or options.report or options.stats)


def show(parser: Parser, options: argparse.Namespace, cleaner: Cleaner) -> int:
    """Clean all sources and show why; returns the exit code."""
    if options.output != "text":
        parser.error("--explain, --report and --stats take the place of the clean text; leave out --output")
    if options.report and not Path(options.report).parent.is_dir():
        parser.error(f"--report {options.report}: there is no folder {Path(options.report).parent}")
    from dechaff.report.page import Report  # noqa: PLC0415  # the reports load when somebody asks for one
    from dechaff.report.statistics import Statistics  # noqa: PLC0415

    report = Report({found.name: found.summary for found in filters()}) if options.report else None
    statistics = Statistics() if options.stats else None
    found = Sources(options.files or ["-"], "nothing was cleaned from it")
    for name, data in found:
        cleaned = cleaner.explain(data)
        if options.explain == "json":
            from dechaff.report.records import as_record  # noqa: PLC0415

            print_json(as_record(name, cleaned))
        elif options.explain:
            _explain(name, cleaned)
        else:
            for warning in cleaned.warnings:
                say(f"{name}: {warning}")
        if report is not None:
            report.add(name, cleaned)
        if statistics is not None:
            statistics.add(name, cleaned)
    if report is not None and report.pages:
        try:
            Path(options.report).write_text(report.html(), "utf-8", errors="replace")
        except OSError as error:
            parser.error(f"{options.report}: {error.strerror or error}; the report was not written")
        say(f"{options.report}: a report of {report.pages:,} {'page' if report.pages == 1 else 'pages'}")
    if statistics is not None:
        if options.stats == "json":
            print_json(statistics.as_record())
        else:
            print_lines(statistics.lines())
    return 1 if found.failed else 0


def _explain(name: str, cleaned: Cleaned) -> None:
    from dechaff.report import terminal  # noqa: PLC0415

    lines = terminal.explanation(name, cleaned)
    if not terminal.wants_colour(sys.stdout):
        print_lines(line.plain for line in lines)
    elif find_spec("rich"):
        terminal.write_coloured(lines, sys.stdout)
    else:
        say("colours need rich: pip install 'dechaff[report]'; NO_COLOR=1 goes without them and without this line")
        print_lines(line.plain for line in lines)


def print_lines(lines: Iterable[str]) -> None:
    """Lines on standard output, whatever characters its encoding lacks."""
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        print(line.encode(encoding, "replace").decode(encoding))


def print_json(record: dict[str, Any]) -> None:
    """One JSON object as a line."""
    print_lines([json.dumps(record, ensure_ascii=False)])
