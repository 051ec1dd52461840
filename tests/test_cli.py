"""The command, as a shell sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import dechaff
from helpers import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SEED = (ROOT / "fixtures" / "seed.txt").read_bytes()
LINES = b"The story.\n- Advertisement -\nIt goes on."


def _run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "dechaff.cli", *arguments], input=stdin, capture_output=True, check=False, timeout=60
    )


def test_a_filter_on_standard_input() -> None:
    done = _run(stdin=LINES)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"The story.\nIt goes on.", b"")


def test_bytes_in_any_encoding_come_out_as_utf8() -> None:
    done = _run(stdin="Ein schöner Tag.\nAnzeige\n".encode("utf-16"))
    assert done.stdout.decode("utf-8").startswith("Ein schöner Tag.")


def test_files_follow_each_other_in_order(tmp_path: Path) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b.html"
    first.write_bytes(b"First.\n")
    second.write_text("<!doctype html><p>Second.</p>")
    done = _run(str(first), str(second), "-", stdin=b"Third.")
    assert done.stdout == b"First.\nSecond.\nThird."


def test_records_say_it_all() -> None:
    record = json.loads(_run("--output", "records", stdin=SEED).stdout)
    assert record["text"] == dechaff.clean(SEED)
    assert record["credits"] == [
        {"role": "translator", "name": "Kristina Rus", "language": None, "text": "Translated by Kristina Rus"}
    ]
    assert [cut["family"] for cut in record["cuts"]] == ["credits", "ads", "scripts", "subscriptions", "subscriptions"]
    assert record["source"] == "standard input"


def test_markdown_and_html_come_out_with_absolute_links() -> None:
    page = b"<!doctype html><h2>One</h2><p>The <a href='/b'>harbour</a> was quiet when the first boats came in.</p>"
    written = _run("--output", "markdown", "--url", "https://example.org/a", stdin=page)
    assert (written.returncode, written.stdout.decode().splitlines()[-1]) == (
        0,
        "The [harbour](https://example.org/b) was quiet when the first boats came in.",
    )
    assert (
        b'<a href="https://example.org/b">' in _run("--output=html", "--url=https://example.org/a", stdin=page).stdout
    )


def test_explain_takes_the_place_of_the_text_and_takes_no_file_for_its_value(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_bytes(LINES)
    done = _run("--explain", str(page))
    assert done.stderr == b""
    told = done.stdout.decode().splitlines()
    assert told[0] == f"=== {page} ==="
    assert "- - Advertisement - [ads en:advertisement 0.95]" in told
    assert "  The story." in told


def test_explain_as_json_lines() -> None:
    (line,) = _run("--explain=json", stdin=LINES).stdout.splitlines()
    assert [piece["rule"] for piece in json.loads(line)["pieces"]] == [None, "en:advertisement", None]


def test_options_reach_the_cleaner() -> None:
    assert _run("--only", "legal,credits", stdin=LINES).stdout == LINES
    assert _run("--without", "ads", stdin=LINES).stdout == LINES
    assert _run("--keep", "^- Adv", stdin=LINES).stdout == LINES


def test_a_missing_file_is_one_line_and_the_rest_is_cleaned(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_bytes(LINES)
    done = _run(str(tmp_path / "none.html"), str(page))
    assert done.returncode == 1
    assert done.stdout == b"The story.\nIt goes on."
    assert done.stderr.decode().splitlines() == [
        f"dechaff: {tmp_path / 'none.html'}: No such file or directory; nothing was cleaned from it"
    ]


@pytest.mark.parametrize("arguments", [["--colour"], ["--kind", "pdf"], ["--only", "adds"], ["--keep", "("]])
def test_a_bad_option_is_one_line_that_says_what_to_do(arguments: list[str]) -> None:
    done = _run(*arguments, stdin=LINES)
    assert done.returncode == 2
    assert done.stdout == b""
    assert len(done.stderr.splitlines()) == 1
    assert b"see 'dechaff --help'" in done.stderr


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m dechaff.cli | head -c 1"
    done = subprocess.run(
        ["bash", "-c", command], input=b"A line of text.\n" * 100_000, capture_output=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == (b"A", b"")


def test_list_and_version() -> None:
    listed = _run("--list").stdout.decode()
    assert all(found.name in listed and found.summary in listed for found in dechaff.filters())
    assert _run("--version").stdout.decode().strip() == f"dechaff {dechaff.__version__}"


def test_a_page_cannot_steer_the_terminal() -> None:
    done = _run("--explain", stdin=b"One.\nSubscribe to our newsletter \x1b[31m\nTwo.")
    assert b"newsletter" in done.stdout
    assert b"\x1b" not in done.stdout
