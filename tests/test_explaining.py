"""The explanation on the terminal and as JSON, statistics, and what changes hands between two results."""

from __future__ import annotations

import io
import json
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

import dechaff
from dechaff.cli import main, showing
from dechaff.report import statistics as counting
from dechaff.report import terminal
from dechaff.report.diff import difference
from dechaff.report.pieces import count_words, pieces_of
from dechaff.report.records import as_record
from dechaff.report.safety import printable
from dechaff.report.statistics import Statistics
from helpers import NAMED, PAGES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dechaff.report.pieces import Fate

PAGE = b"""<!doctype html><title>Storm</title><body><main><h1>Storm over the coast</h1>
<p>The storm came in the night, took the pier with everything that stood on it, and left again for the north.
(Translated by Ann Lee)</p>
<div class="share-buttons"><ul><li>Twitter</li><li>Facebook</li></ul></div>
<pre>tide = 3
wind = 9</pre><p>- Advertisement -</p><p>Nobody was hurt.</p></main>"""

PLAIN = """\
=== storm.html ===

  Storm over the coast

  The storm came in the night, took the pier with everything that stood on it, and left again for the north. [-(Translated by Ann Lee)-][credits en:translator-paren 0.95]

- • Twitter [sharing markup:share-buttons 0.95]
- • Facebook

  tide = 3
  wind = 9

- - Advertisement - [ads en:advertisement 0.95]

  Nobody was hurt.

kept               32 words  82%  4 of 7 blocks
ads                 1 words   3%  1 cut: en:advertisement
credits             4 words  10%  1 cut: en:translator-paren
sharing             2 words   5%  1 cut: markup:share-buttons
credit        translator: Ann Lee
"""

_STYLE = re.compile(r"\x1b\[[\d;]*m")


def _plain(source: bytes | str, name: str = "storm.html", **options: object) -> str:
    cleaned = dechaff.explain(source, **options)  # type: ignore[arg-type]
    return "".join(line.plain + "\n" for line in terminal.explanation(name, cleaned))


def _coloured(monkeypatch: pytest.MonkeyPatch, source: bytes | str) -> str:
    for name, value in {"COLUMNS": "80", "TERM": "xterm-256color", "FORCE_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    out = io.StringIO()
    terminal.write_coloured(terminal.explanation("storm.html", dechaff.explain(source, only=NAMED)), out)
    return out.getvalue()


@dataclass(frozen=True)
class _Done:
    returncode: int
    stdout: bytes
    stderr: bytes


def _run(*arguments: str, stdin: bytes = b"") -> _Done:
    """The command, as a shell sees it, but without a new interpreter."""
    streams = [io.TextIOWrapper(io.BytesIO(data), "utf-8", write_through=True) for data in (stdin, b"", b"")]
    with pytest.MonkeyPatch.context() as patch:
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            patch.setattr(sys, name, stream)
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = int(str(ended.code))
    _, out, err = (stream.buffer.getvalue() for stream in streams)
    return _Done(code, out, err)


def test_the_plain_explanation_is_always_the_same() -> None:
    assert _plain(PAGE, only=NAMED) == PLAIN


def test_the_coloured_explanation_is_always_the_same_and_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    told = _coloured(monkeypatch, PAGE)
    assert told.splitlines()[4:11] == [
        "  The storm came in the night, took the pier with everything that stood on it,",
        "  and left again for the north. \x1b[9;38;5;28m[-(Translated by Ann Lee)-]\x1b[0m\x1b[38;5;28m[credits\x1b[0m",
        "  \x1b[38;5;28men:translator-paren 0.95]\x1b[0m",
        "",
        "\x1b[38;5;31m- • \x1b[0m\x1b[9;38;5;31mTwitter\x1b[0m\x1b[38;5;31m [sharing markup:share-buttons 0.95]\x1b[0m",
        "\x1b[38;5;31m- • \x1b[0m\x1b[9;38;5;31mFacebook\x1b[0m",
        "",
    ]
    assert all(cell_len(_STYLE.sub("", line)) <= 80 for line in told.splitlines())


def test_colour_adds_nothing_but_looks_and_line_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    told = _STYLE.sub("", _coloured(monkeypatch, PAGE))
    assert told.split() == PLAIN.split()


def test_wide_characters_are_broken_where_the_terminal_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    told = _STYLE.sub("", _coloured(monkeypatch, (PAGES / "japanese-news" / "page.html").read_bytes()))
    assert all(cell_len(line) <= 80 for line in told.splitlines())


@pytest.mark.parametrize(
    ("is_terminal", "environment", "wanted"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_who_gets_colours(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, environment: Mapping[str, str], wanted: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: is_terminal)
    assert terminal.wants_colour(out) is wanted


HOSTILE = (
    "The \x1b]0;title\x07 story \u202eback\u202c.\x9b2J\nSubscribe to our newsletter \x1b[31m\rTwo.\nIt goes \x08on."
)


def test_a_page_cannot_steer_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for told in (_plain(HOSTILE), _STYLE.sub("", _coloured(monkeypatch, HOSTILE))):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", told)


def test_what_persian_is_written_with_stays() -> None:
    assert printable("می\u200cخواهم") == "می\u200cخواهم"
    assert printable("co\u00adop\u200e") == "coop\ufffd"


def test_without_rich_the_same_comes_out_plain_and_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "storm.txt"
    page.write_text("The story.\n- Advertisement -\n")
    monkeypatch.setattr(terminal, "wants_colour", lambda _: True)
    monkeypatch.setattr(showing, "find_spec", lambda _: None)
    assert main(["--explain", str(page)]) == 0
    told = capsys.readouterr()
    assert "- - Advertisement - [ads en:advertisement 0.95]\n" in told.out
    assert "pip install 'dechaff[report]'" in told.err


def test_every_word_of_the_page_stands_in_the_pieces_once() -> None:
    for folder in sorted(PAGES.iterdir())[::5]:
        cleaned = dechaff.explain(next(folder.glob("page.*")).read_bytes())
        texts = ["".join(piece.text for piece in pieces) for pieces in pieces_of(cleaned)]
        assert texts == [block.text for block in cleaned.page.blocks]


def test_the_explanation_as_json_has_all_pieces_with_their_reasons() -> None:
    done = _run("--explain=json", "--only", ",".join(NAMED), stdin=PAGE)
    record = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, b"")
    assert record == as_record("standard input", dechaff.explain(PAGE, only=NAMED))
    gone = [(piece["text"], piece["family"], piece["rule"]) for piece in record["pieces"] if piece["family"]]
    assert gone == [
        (" (Translated by Ann Lee)", "credits", "en:translator-paren"),
        ("Twitter", "sharing", "markup:share-buttons"),
        ("Facebook", "sharing", "markup:share-buttons"),
        ("- Advertisement -", "ads", "en:advertisement"),
    ]
    assert record["pieces"][-1]["path"] == ["html", "body", "main", "p"]
    assert record["credits"] == [{"role": "translator", "name": "Ann Lee", "language": None}]


def test_the_command_colours_what_leads_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert b"\x1b[9;38;5;28m" in _run("--explain", stdin=PAGE).stdout


def test_the_command_explains_on_standard_output_and_a_pipe_gets_it_plain() -> None:
    done = _run("--explain", "--only", ",".join(NAMED), stdin=PAGE)
    assert done.stdout.decode() == PLAIN.replace("storm.html", "standard input")


@pytest.mark.parametrize("option", ["--explain", "--stats", "--report=r.html"])
def test_a_view_takes_the_place_of_the_text_and_says_so(option: str) -> None:
    done = _run(option, "--output", "records", stdin=PAGE)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"take the place of the clean text" in done.stderr


def test_words_are_counted_in_any_script() -> None:
    assert count_words("It’s 9 o'clock.") == 3
    assert count_words("駅はもう一度開いた") == 5
    assert count_words("कहानी समाप्त") == 2
    assert count_words("– … !") == 0


# ---- statistics ----


def _statistics(*sources: str) -> Statistics:
    found = Statistics()
    for number, source in enumerate(sources):
        found.add(f"page {number}", dechaff.explain(source))
    return found


STORY = "The story.\n- Advertisement -\nIt goes on.\n- Advertisement -\nSubscribe to our newsletter"


def test_statistics_count_cuts_words_and_pages_by_family_and_rule() -> None:
    found = _statistics(STORY, "Advertisement\nThe end.", "Nothing goes here.")
    rules = found.rules["ads", "en:advertisement"]
    assert (rules.cuts, rules.words, rules.pages) == (3, 3, 2)
    families = found.families()
    assert list(families) == ["ads", "subscriptions"]
    assert (families["subscriptions"].cuts, families["subscriptions"].pages) == (1, 1)
    assert (found.pages, found.words, found.words_cut) == (3, 17, 7)
    assert found.top_texts(1) == [("ads", "en:advertisement", "- Advertisement -", 2)]


def test_all_learned_scores_are_one_rule_and_named_rules_stay_apart() -> None:
    found = Statistics()
    found.add("page", dechaff.explain((PAGES / "wordpress-jetpack" / "page.html").read_bytes()))
    assert {rule for family, rule in found.rules if family == "boilerplate"} == {"score"}
    assert len([rule for family, rule in found.rules if family == "related"]) > 1


def test_the_longest_text_of_a_rule_is_shown_with_its_page() -> None:
    told = "\n".join(_statistics("Advertisement\nOne.", STORY).lines())
    assert "most, 1 words of page 1: - Advertisement -" in told
    assert "2 × - Advertisement -" in told


def test_texts_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_TEXTS", 4)
    found = _statistics(STORY, *(f"Translated by Ann Lee{letter}\nThe story.\nIt goes on." for letter in "abcdef"))
    assert len(found.texts) <= 4
    assert found.top_texts(1)[0][2:] == ("- Advertisement -", 2)


def test_the_command_counts_the_pages_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.txt").write_text(STORY)
    (tmp_path / "deep" / "b.html").write_text("<!doctype html><p>Advertisement</p><p>The end.</p>")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    record = json.loads(_run("--stats=json", str(tmp_path)).stdout)
    assert record["pages"] == 2
    assert record["families"]["ads"]["rules"]["en:advertisement"]["pages"] == 2
    assert record["texts"][0] == {"family": "ads", "rule": "en:advertisement", "text": "- Advertisement -", "times": 2}
    assert _run("--stats", str(tmp_path)).stdout.startswith(b"2 pages, ")


def test_a_folder_without_pages_is_said(tmp_path: Path) -> None:
    assert b"no pages in this folder" in _run("--stats", str(tmp_path)).stderr


# ---- diff ----


def _fates(first: dechaff.Cleaned, second: dechaff.Cleaned) -> list[tuple[str, str, str]]:
    return [
        (change.block.text, _family(change.before), _family(change.after))
        for change in difference(first, second).changes
    ]


def _family(fate: Fate | None) -> str:
    return "–" if fate is None else fate.family or "kept"


def test_two_settings_of_one_page() -> None:
    changed = _fates(dechaff.explain(STORY), dechaff.explain(STORY, without="subscriptions"))
    assert changed == [("Subscribe to our newsletter", "subscriptions", "kept")]


def test_the_same_settings_change_nothing() -> None:
    found = difference(dechaff.explain(STORY), dechaff.explain(STORY))
    assert found.changes == ()
    assert found.blocks == 5


def test_another_reason_for_the_same_cut_is_no_change() -> None:
    assert not difference(dechaff.explain(STORY), dechaff.explain(STORY, only=["ads", "subscriptions"])).changes


def test_two_versions_of_a_page() -> None:
    old = "<!doctype html><p>One day it rained.</p><p>Twitter</p><p>The old end.</p>"
    new = '<!doctype html><p>One day it rained.</p><div class="share-buttons"><p>Twitter</p></div><p>The new end.</p>'
    assert _fates(dechaff.explain(old), dechaff.explain(new)) == [
        ("Twitter", "kept", "sharing"),
        ("The old end.", "kept", "–"),
        ("The new end.", "–", "kept"),
    ]


def test_diff_as_a_command(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(STORY)
    done = _run("diff", str(page), "--b", "without=subscriptions keep='- Adv'")
    told = done.stdout.decode()
    assert done.returncode == 1
    assert told.count("  b  kept") == 3
    assert "kept only in b       3 blocks" in told
    same = _run("diff", str(page), str(page))
    assert same.returncode == 0
    assert b"no change            5 blocks" in same.stdout
    record = json.loads(_run("diff", str(page), "--a", "only=ads", "--output", "json").stdout)
    assert [(change["a"]["state"], change["b"]["family"]) for change in record["changes"]] == [
        ("kept", "subscriptions")
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["page.txt"], "needs two settings"),
        (["a", "b", "c"], "two pages at most"),
        (["page.txt", "--a", "favour=recall"], "is not name=value"),
        (["page.txt", "--a", "favor=much"], "favor is 'much'"),
        (["page.txt", "--a", "headline=perhaps"], "true or false"),
        (["page.txt", "--a", "keep='"], "No closing quotation"),
    ],
)
def test_a_wrong_call_of_diff_is_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["diff", *arguments])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert message in told
    assert len(told.splitlines()) == 1


def test_a_missing_page_is_trouble_not_a_difference(tmp_path: Path) -> None:
    assert _run("diff", str(tmp_path / "none.html"), "--a", "favor=recall").returncode == 2


# ---- why, as a command ----


def test_why_as_a_command() -> None:
    done = _run("why", "advertisement", stdin=STORY.encode())
    assert done.returncode == 0
    assert b"decision   cut as ads, en:advertisement" in done.stdout
    record = json.loads(_run("why", "It goes", "--output", "json", stdin=STORY.encode()).stdout)
    assert record["findings"][0]["fate"]["cut"] is None
    assert _run("why", "no such words", stdin=STORY.encode()).returncode == 1
    assert _run("why", " ", stdin=STORY.encode()).returncode == 2
