"""HTML output of hostile pages, in a real browser: no script runs, whatever the page was."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from browser import MISSING, Browser
from dechaff import Cleaner
from helpers import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)

CASES: list[dict[str, Any]] = tomllib.loads((ROOT / "fixtures" / "hostile.toml").read_text("utf-8"))["case"]
PROSE = "The harbour was quiet when the first boats came in, and nobody spoke of the storm that had kept them away."

_HARNESS = """<!doctype html><meta charset="utf-8"><title>waiting</title><script>
const cases = JSON.parse(decodeURIComponent("@cases@"));
const ran = new Set(), bad = [], links = {};
let open = 0;
// Each piece of markup once as a document of its own, as a reader gets it, and once put into one by a script.
const mark = '<script>window.alert = window.top.heard(frameElement)</' + 'script>';
function heard(frame) { return () => { ran.add(frame.name); }; }
function done(frame) {
  const inside = frame.contentDocument;
  if (frame.dataset.into) {
    const markup = cases[frame.name];
    delete frame.dataset.into;
    inside.body.innerHTML = markup;
    inside.body.innerHTML = inside.body.innerHTML;
  }
  for (const element of inside.querySelectorAll('*')) {
    for (const {name, value} of element.attributes)
      if (/^on|^style$|^srcdoc$|^formaction$|^action$/i.test(name)) bad.push(frame.name + ': ' + name);
    for (const name of ['href', 'src'])
      if (element[name] && /^(javascript|data|vbscript|blob|view-source):/i.test(String(element[name])))
        bad.push(frame.name + ': ' + element[name]);
  }
  for (const link of inside.querySelectorAll('a, area')) {
    links[frame.name] = (links[frame.name] || 0) + 1;
    if (/^\\s*javascript/i.test(link.protocol || '') || !link.protocol) link.dispatchEvent(new MouseEvent('click'));
  }
  requestAnimationFrame(() => setTimeout(() => { if (--open === 0) document.title = 'done'; }, 0));
}
addEventListener('DOMContentLoaded', () => {
  for (const [name, markup] of Object.entries(cases))
    for (const into of @ways@) {
      const frame = document.createElement('iframe');
      open += 1;
      frame.name = name;
      if (into) frame.dataset.into = 'yes';
      frame.srcdoc = into ? mark + '<body></body>' : mark + markup;
      frame.addEventListener('load', () => done(frame), {once: true});
      document.body.append(frame);
    }
});
</script><body></body>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as started:
        yield started


def _page(case: dict[str, Any]) -> str:
    """The attack between paragraphs, within one, in a list and in a cell."""
    attack = case["html"].replace("@deep@", "<div><b>" * 500)
    return (
        f"<!doctype html><html><body><article><h1>A storm</h1><p>{PROSE}</p>{attack}<p>{PROSE} {attack} {PROSE}</p>"
        f"<ul><li>{PROSE} {attack}</ul><table><tr><td>{PROSE}<td>{attack}</table><p>{PROSE}</p></article></body></html>"
    )


def _visit(
    browser: Browser, folder: Path, cases: dict[str, str], ways: str = "[false, true]"
) -> tuple[set[str], list[str], dict[str, int]]:
    """Which pieces of markup ran a script, what in them a sanitiser should not have left, and how many links there were."""
    from urllib.parse import quote

    page = folder / "harness.html"
    page.write_text(_HARNESS.replace("@cases@", quote(json.dumps(cases))).replace("@ways@", ways), "utf-8")
    browser.open(page)
    script = """
        const back = arguments[0];
        const look = () => document.title === 'done' ? back([[...ran], bad, links]) : setTimeout(look, 20);
        look();"""
    browser.driver.set_script_timeout(60)
    ran, bad, links = browser.driver.execute_async_script(script)
    return set(ran), bad, links


def test_there_are_enough_attacks_of_each_kind() -> None:
    assert len(CASES) >= 100
    assert len({case["id"] for case in CASES}) == len(CASES)


def test_the_attacks_are_real(browser: Browser, tmp_path: Path) -> None:
    """As they stand they do run: so the test below can fail."""
    attacks = {case["id"]: case["html"].replace("@deep@", "") for case in CASES}
    ran, bad, _ = _visit(browser, tmp_path, attacks, "[false]")
    assert {case["id"] for case in CASES if not case.get("inert")} - ran == set()
    assert bad


@pytest.mark.parametrize("filters", [None, []], ids=["cleaned", "with all that was on the page"])
def test_no_script_survives(browser: Browser, tmp_path: Path, filters: list[str] | None) -> None:
    cleaner = Cleaner(filters, kind="html", output="html", url="https://example.org/story")
    outputs = {case["id"]: cleaner.clean(_page(case)) for case in CASES}
    # Where the rest of the page is not swallowed by the attack, the prose around it is there.
    assert sum(output.count("nobody spoke") >= 3 for output in outputs.values()) > 0.9 * len(CASES)
    # Of many attacks nothing is left, and one output is like another.
    ran, bad, links = _visit(
        browser, tmp_path, {name: output for output, name in {o: n for n, o in outputs.items()}.items()}
    )
    assert (ran, bad) == (set(), [])
    assert links  # harmless links are still links
