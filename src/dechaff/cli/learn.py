"""`dechaff learn pages/*.html -o site.json`: a site's profile, learned from some of its pages; and `--learn-sites` for files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from dechaff.cli.common import Parser, Sources, say, sources
from dechaff.reading import Kind, read
from dechaff.sites import SiteProfile, SiteProfiles, site_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dechaff.cleaner import Cleaner

_EPILOG = """\
examples:
  dechaff learn pages/*.html -o site.json    learn what the pages have in common
  dechaff --site site.json page.html         clean a page of that site
  dechaff learn new/*.html --update site.json -o site.json

exit codes: 0 all pages were learned; 1 one could not be read; 2 the call was wrong.
"""


def _parser() -> Parser:
    parser = Parser(
        prog="dechaff learn",
        description="Learn what the pages of one site have in common, for --site.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="pages or texts of one site; '-' is standard input")
    parser.add_argument("-o", "--out", metavar="FILE", required=True, help="where the profile is written")
    parser.add_argument(
        "--update", metavar="FILE", action="append", default=[], help="a profile to add to; may be repeated"
    )
    parser.add_argument(
        "--kind", choices=get_args(Kind), default="auto", help="what the input is (default: told by its look)"
    )
    return parser


def run(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    profile = SiteProfile()
    try:
        for known in options.update:
            profile |= SiteProfile.load(known)
    except (OSError, ValueError) as error:
        parser.error(f"--update: {error}")
    found = Sources(options.files, "nothing was learned from it")
    for _, data in found:
        profile.update(read(data, kind=options.kind))
    try:
        profile.save(options.out)
    except OSError as error:
        parser.error(f"{options.out}: {error.strerror or error}; the profile was not written")
    if len(profile.pages) == 1:
        say("one page only: what recurs is known when another page of the site is cleaned")
    return 1 if found.failed else 0


def check_learning(parser: Parser, options: argparse.Namespace, names: Sequence[str]) -> None:
    """End the command with one line if `--learn-sites` does not go with the other options or the sources.

    Args:
        parser: says what is wrong.
        options: the cleaner's options.
        names: the sources.
    """
    if options.site is not None:
        parser.error("--site and --learn-sites exclude each other: 'dechaff learn --update FILE' adds to a profile")
    for name in names:
        if name == "-" or (Path(name).exists() and not Path(name).is_file() and not Path(name).is_dir()):
            what = "standard input" if name == "-" else f"{name}, which is no regular file"
            parser.error(f"--learn-sites goes through the pages twice and cannot read {what}; name the files")


class SitesOfFiles:
    """For `--learn-sites`: what is known of the sites that some files are of, and of which one each file is.

    The site is the host of `--url`, else the one that the page says it is from, else the folder that the file is in.

    Args:
        cleaner: reads the files.
        names: the files, which are gone through once.

    Attributes:
        cleaner: the cleaner, with the sites known.
    """

    def __init__(self, cleaner: Cleaner, names: Sequence[str]) -> None:
        profiles = SiteProfiles()
        self._sites: dict[str, str] = {}
        for name, data in sources(names):
            if not isinstance(data, OSError):
                page = cleaner.read(data)
                page.site = self._sites[name] = site_of(page) or str(Path(name).parent)
                profiles.update(page)
        self.cleaner = cleaner.with_site(profiles)

    def of(self, name: str) -> str:
        """The site of one of the files; "" if it could not be read."""
        return self._sites.get(name, "")
