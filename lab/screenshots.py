"""The pictures in `docs/images`: the report in headless Chromium, the explanation as a terminal of 80 columns shows it.

    PYTHONPATH=tests python -m lab.screenshots           # all pictures; needs Debian's chromium and chromium-driver
    PYTHONPATH=tests python -m lab.screenshots --time    # how long the report of a 5 MB page takes to open

The pages are the fixtures, so that everybody gets the same pictures.
"""

from __future__ import annotations

import argparse
import fcntl
import io
import os
import pty
import re
import struct
import sys
import tempfile
import termios
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, DIMMED_MONOKAI
from rich.text import Text

import dechaff
from browser import Browser
from dechaff.report.page import Report

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PAGES = ROOT / "fixtures" / "pages"
COLUMNS, LINES = 80, 44
_FONT = re.compile(r"@font-face \{[^}]*\}")  # rich names one on the net; the machine's own will do
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_WORDS = (
    "tide harbour lamp ferry rope winter ledger stone kettle gull signal carpenter bread window answer road".split()
)


def report_of(*names: str) -> str:
    """The report of some fixture pages."""
    report = Report({found.name: found.summary for found in dechaff.filters()})
    for name in names:
        source = next((PAGES / name).glob("page.*"))
        report.add(f"{name}/{source.name}", dechaff.explain(source.read_bytes()))
    return report.html()


def large_page(size: int) -> str:
    """A made-up page of about so many characters: prose with chaff in it, the same in every run."""
    parts = ["<!doctype html><html lang=en><title>A long ledger</title><body><main>"]
    length = number = 0
    while length < size:
        number += 1
        words = [_WORDS[number * step % len(_WORDS)] for step in range(1, 8 + number * 7 % 60)]
        part = f"<p>{' '.join(words).capitalize()}.</p>"
        if number % 30 == 0:
            part += f"<h2>Chapter {number // 30}</h2>"
        if number % 9 == 0:
            part += "<div class=ad-slot>Advertisement</div>"
        if number % 13 == 0:
            part += "<p>Subscribe to our newsletter</p>"
        parts.append(part)
        length += len(part)
    return "".join(parts)


def main() -> None:
    """Write the pictures, or time the large report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--time", action="store_true", help="time the report of a 5 MB page instead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        if options.time:
            _time(browser, Path(folder))
        else:
            _report_pictures(browser, Path(folder))
            _terminal_pictures(browser, Path(folder))


def _time(browser: Browser, folder: Path) -> None:
    report = Report()
    source = large_page(5_000_000)
    report.add("large.html", dechaff.explain(source))
    path = folder / "large.html"
    path.write_text(report.html(), "utf-8")
    for _ in range(3):
        browser.open(path)
        paint = browser.run("return performance.getEntriesByName('first-contentful-paint')[0].startTime")
        loaded = browser.run("return performance.getEntriesByType('navigation')[0].loadEventEnd")
        blocks = browser.run("return document.querySelectorAll('[data-block]').length")
        print(
            f"{len(source):,} characters, {blocks:,} blocks: loaded after {loaded:.0f} ms, painted after {paint:.0f} ms"
        )


def _report_pictures(browser: Browser, folder: Path) -> None:
    single, arabic, several = folder / "single.html", folder / "arabic.html", folder / "several.html"
    single.write_text(report_of("wordpress-jetpack"), "utf-8")
    arabic.write_text(report_of("arabic-news"), "utf-8")
    several.write_text(report_of(*sorted(path.name for path in PAGES.iterdir())), "utf-8")
    browser.resize(1280, 900)
    for scheme in ("light", "dark"):
        browser.prefer(scheme)
        browser.open(single)
        browser.click("[data-cut].f0")
        _take(browser, f"report-{scheme}.png")
    browser.open(several)
    _take(browser, "report-index-dark.png")
    browser.prefer("light")
    browser.open(several)
    _take(browser, "report-index.png")
    browser.open(arabic)
    browser.click("article .cut.b")
    _take(browser, "report-rtl.png")
    browser.resize(390, 780, phone=True)
    browser.open(single)
    _take(browser, "report-phone.png")
    browser.click("#panel summary")
    _take(browser, "report-phone-families.png")
    browser.click("#panel summary")
    browser.run("document.querySelector('article .cut.f1').click(); scrollTo(0, 500)")
    _take(browser, "report-phone-reason.png")
    browser.open(several)
    _take(browser, "report-phone-index.png")
    browser.resize(1280, 900)


def _terminal_pictures(browser: Browser, folder: Path) -> None:
    os.chdir(ROOT)
    told = _in_terminal("--explain", "fixtures/pages/wordpress-jetpack/page.html")
    lines = Text.from_ansi(told).split("\n")
    for scheme, theme in (("dark", DIMMED_MONOKAI), ("light", DEFAULT_TERMINAL_THEME)):
        for part, chosen in (("", lines[:LINES]), ("-summary", lines[-LINES:])):
            console = Console(record=True, width=COLUMNS, file=io.StringIO(), color_system="256")
            for line in chosen:
                console.print(line)
            picture = folder / "terminal.svg"
            drawn = console.export_svg(title="dechaff --explain page.html", theme=theme)
            picture.write_text(_FONT.sub("", drawn), "utf-8")
            width, height = _SIZE.findall(drawn)[0]
            browser.resize(round(float(width)), round(float(height)))
            browser.open(picture)
            _take(browser, f"terminal-{scheme}{part}.png")


def _in_terminal(*arguments: str) -> str:
    """What the command writes to a terminal of 80 columns."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", PYTHONPATH="src")
        os.environ.pop("NO_COLOR", None)
        os.execv(sys.executable, [sys.executable, "-m", "dechaff.cli", *arguments])  # noqa: S606  # no shell wanted
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    told = b""
    try:
        while piece := os.read(terminal, 65536):
            told += piece
    except OSError:  # Linux says so when the other side is closed
        pass
    os.waitpid(child, 0)
    return told.decode().replace("\r\n", "\n")


def _take(browser: Browser, name: str) -> None:
    browser.picture(IMAGES / name)
    with Image.open(IMAGES / name) as picture:
        # A third of the size, and nobody sees it.
        small = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    small.save(IMAGES / name, optimize=True)
    print(IMAGES / name, *browser.errors())


if __name__ == "__main__":
    main()
