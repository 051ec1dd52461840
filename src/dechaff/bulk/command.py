"""The command `dechaff-bulk`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from dechaff import __version__
from dechaff.cli.common import Parser, add_cleaner_options, cleaner_of, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dechaff.bulk.run import Summary

_EPILOG = """\
examples:
  dechaff-bulk crawl/*.warc.gz --out clean            on all cores of this machine
  dechaff-bulk 's3://crawl/2026/*.warc.gz' --out s3://mine/clean --ray ray://head:10001
  dechaff-bulk crawl/*.warc.gz --out clean --learn-sites
                                                      what recurs on the pages of a site goes, too
  dechaff-bulk pages.jsonl --field body --out clean --output jsonl

A run that was stopped goes on where it was when the same command is given again.

exit codes: 0 all pages were cleaned; 1 some could not be (the column `error` says why); 2 the call was wrong.
"""


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="dechaff-bulk",
        description="Clean all pages in WARC, Parquet, JSON lines or CSV files, or in folders of pages, on Daft.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "inputs", nargs="+", metavar="IN", help="files, folders, globs; local or s3://, gs://, abfs://, https://"
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="the folder for the results, local or in an object store"
    )
    parser.add_argument(
        "--output", choices=("parquet", "jsonl"), default="parquet", help="what is written (default: parquet)"
    )
    parser.add_argument(
        "--field", help="the column that holds the page (default: the first of html, content, text, body)"
    )
    parser.add_argument("--url-field", default="url", help="the column that holds the page's address (default: url)")
    parser.add_argument(
        "--rows", type=int, default=5000, help="about how many pages a result file holds (default: 5000)"
    )
    parser.add_argument(
        "--learn-sites",
        action="store_true",
        help="go through all pages first and learn what those of one site have in common",
    )
    parser.add_argument("--ray", metavar="ADDRESS", help="run on this Ray cluster; 'auto' is the one running here")
    parser.add_argument("--version", action="version", version=f"dechaff {__version__}")
    add_cleaner_options(parser)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.rows < 1:
        parser.error(f"--rows is {options.rows}; a result file holds at least one page")
    if options.learn_sites and options.site is not None:
        parser.error("--site and --learn-sites exclude each other")
    cleaner = cleaner_of(parser, options)
    try:
        from dechaff.bulk import clean_files  # noqa: PLC0415  # --help needs no Daft

        done = clean_files(
            options.inputs,
            options.out,
            cleaner=cleaner,
            output=options.output,
            field=options.field,
            url_field=options.url_field,
            rows=options.rows,
            ray=options.ray,
            learn_sites=options.learn_sites,
        )
    except (ImportError, OSError, ValueError) as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        say("stopped; the same command goes on from here")
        return 130
    _report(done, options.out)
    return 1 if done.errors else 0


def _report(done: Summary, out: str) -> None:
    size = done.bytes / 1e6
    speed = f", {size / done.seconds:.2f} MB/s" if done.seconds else ""
    say(f"{done.pages:,} pages, {size:,.1f} MB in {done.seconds:,.0f} s{speed}, into {out}")
    if done.before:
        say(f"{done.before:,} pages were done before")
    if done.sites:
        say(f"{done.sites:,} sites with several pages were learned: {out.rstrip('/')}/_sites")
    if done.passed:
        say(f"{done.passed:,} records are no pages and were passed by")
    for family, cuts in sorted(done.families.items(), key=lambda entry: -entry[1]):
        say(f"{family:<14} {cuts:>12,} cuts")
    if done.errors:
        say(f"{done.errors:,} pages could not be cleaned; the column `error` says why")


if __name__ == "__main__":
    sys.exit(main())
