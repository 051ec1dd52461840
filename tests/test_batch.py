"""Many sources: `clean_many`, JSON lines, folders."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import textwrap
from itertools import count, islice
from typing import TYPE_CHECKING, Any

import lxml.html
import pytest

import dechaff
from dechaff import Cleaner
from dechaff.cli import main
from dechaff.cli.folders import plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dechaff.page import Cut, Page

TEXT = "The story {}.\n- Advertisement -\nIt goes on."
CLEANED = "The story {}.\nIt goes on."
MANY = 150
"""More than two chunks, so that processes start."""


def find_trouble(page: Page) -> Iterable[Cut]:
    """A filter that fails, or dies, where the page says so."""
    text = page.source
    if "raise" in text:
        raise RuntimeError("no such tide")
    if "die" in text:
        os._exit(9)
    return ()


def test_results_are_those_of_explain_in_the_order_of_the_sources() -> None:
    sources = [TEXT.format(number) for number in range(MANY)]
    results = list(Cleaner(only="ads").clean_many(sources, jobs=2))
    assert results == [dechaff.explain(source, only="ads") for source in sources]


def test_one_job_is_this_process_and_takes_one_at_a_time() -> None:
    taken: list[int] = []

    def sources() -> Iterator[str]:
        for number in count():
            taken.append(number)
            yield TEXT.format(number)

    results = list(islice(Cleaner(only="ads").clean_many(sources(), jobs=1), 3))
    assert [result.text for result in results] == [CLEANED.format(number) for number in range(3)]
    assert len(taken) == 3


def test_an_endless_iterable_is_taken_only_so_far_ahead() -> None:
    taken: list[int] = []

    def sources() -> Iterator[str]:
        for number in count():
            taken.append(number)
            yield TEXT.format(number)

    results = Cleaner(only="ads").clean_many(sources(), jobs=2)
    for number in range(200):
        assert next(results).text == CLEANED.format(number)
    assert len(taken) <= 200 + 64 * 8
    results.close()  # type: ignore[attr-defined]


def test_large_sources_are_not_gathered() -> None:
    taken: list[int] = []

    def sources() -> Iterator[str]:
        for number in range(12):
            taken.append(number)
            yield "a" * 300_000

    results = Cleaner([]).clean_many(sources(), jobs=2)
    next(results)
    assert len(taken) <= 7
    assert sum(1 for _ in results) == 11


@pytest.mark.parametrize("jobs", [1, 2])
def test_one_bad_source_is_one_bad_result(jobs: int) -> None:
    sources: list[Any] = [TEXT.format(number) for number in range(MANY)]
    sources[7], sources[70] = "raise", None
    results = list(Cleaner([find_trouble]).clean_many(sources, jobs=jobs))
    assert [number for number, result in enumerate(results) if result.error] == [7, 70]
    assert results[7].error == "this source was not cleaned: RuntimeError: no such tide"
    assert results[7].warnings == [results[7].error]
    assert results[7].text == ""
    assert "TypeError: there is nothing to read" in str(results[70].error)
    assert results[8].text == sources[8]


def test_a_process_that_dies_takes_one_source_along() -> None:
    sources = [TEXT.format(number) for number in range(MANY)]
    sources[40] = sources[90] = "die"
    results = list(Cleaner([find_trouble]).clean_many(sources, jobs=2))
    assert [number for number, result in enumerate(results) if result.error] == [40, 90]
    assert "the process that worked on it died" in str(results[40].error)
    assert [result.text for result in results if not result.error] == [text for text in sources if text != "die"]


def test_processes_that_always_die_are_an_error_and_not_an_endless_list() -> None:
    with pytest.raises(RuntimeError, match="die on every source"):
        list(Cleaner([find_trouble]).clean_many(["die"] * MANY, jobs=2))


def test_what_the_iterable_raises_comes_after_all_before_it() -> None:
    def sources() -> Iterator[str]:
        for number in range(100):
            yield TEXT.format(number)
        raise OSError("the disk is gone")

    results = Cleaner(only="ads").clean_many(sources(), jobs=2)
    assert len(list(islice(results, 100))) == 100
    with pytest.raises(OSError, match="disk is gone"):
        next(results)


def test_trees_and_urls(tmp_path: Path) -> None:
    rule = tmp_path / "my.toml"
    rule.write_text('[[cut]]\ntokens = ["x"]\nhosts = ["a.org"]')
    html = "<html><body><p>One.</p><p class=x>Two.</p></body></html>"
    tree = lxml.html.fromstring(html)
    sources = [(html, "http://a.org"), html, (tree, "http://a.org"), tree, (html.encode(), None)] * 40
    results = list(Cleaner([], rules=rule).clean_many(sources, jobs=2))
    assert [result.text for result in results] == ["One.", "One.\n\nTwo.", "One.", "One.\n\nTwo.", "One.\n\nTwo."] * 40


def test_wrong_calls_are_said_at_once() -> None:
    cleaner = Cleaner()
    for jobs, error in ((0, ValueError), (-1, ValueError), ("2", TypeError), (True, TypeError), (1.5, TypeError)):
        with pytest.raises(error, match="jobs"):
            cleaner.clean_many([], jobs=jobs)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cannot be sent to other processes"):
        Cleaner([lambda _: ()]).clean_many([], jobs=2)
    assert next(iter(Cleaner([lambda _: ()]).clean_many(["One."], jobs=1))).text == "One."


@pytest.mark.parametrize("start", ["spawn", "fork", "forkserver"])
def test_every_way_to_start_a_process(start: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
        import multiprocessing, sys
        import dechaff
        if __name__ == "__main__":
            multiprocessing.set_start_method(sys.argv[1])
            texts = [f"Story {n}.\\n- Advertisement -" for n in range(150)]
            results = dechaff.Cleaner(only="ads").clean_many(texts, jobs=2)
            print([r.text for r in results] == [f"Story {n}." for n in range(150)])
        """)
    )
    done = subprocess.run([sys.executable, script, start], capture_output=True, check=False, timeout=120, text=True)
    assert (done.stdout, done.stderr) == ("True\n", "")


def _run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "dechaff.cli", *arguments], input=stdin, capture_output=True, check=False, timeout=120
    )


def _lines(*records: Any) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def test_json_lines_lose_the_chaff_of_one_field_and_nothing_else() -> None:
    record = {"id": 7, "text": TEXT.format("über"), "n": [1.5, None, {"a": True}], "ü": "- Advertisement -"}
    done = _run("--jsonl", "--only", "ads", stdin=_lines(record, record))
    assert done.stdout == _lines({**record, "text": CLEANED.format("über")}) * 2
    assert (done.returncode, done.stderr) == (0, b"")


def test_json_lines_keep_their_order_with_processes() -> None:
    records = [{"text": TEXT.format(number), "n": number} for number in range(MANY)]
    lines = _lines(*records).splitlines(keepends=True)
    lines[70] = b"no json\n"
    done = _run("--jsonl", "--only", "ads", "--jobs", "2", stdin=b"".join(lines))
    out = done.stdout.splitlines(keepends=True)
    assert out[70] == b"no json\n"
    assert [json.loads(line)["n"] for line in out[:70] + out[71:]] == [n for n in range(MANY) if n != 70]
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_json_lines_take_a_path_a_url_and_what_to_add(tmp_path: Path) -> None:
    rules = tmp_path / "my.toml"
    rules.write_text('[[cut]]\ntokens = ["x"]\nhosts = ["a.org"]')
    html = "<html><body><p>One line of it.</p><p class=x>Two.</p></body></html>"
    records = [{"page": {"html": html}, "from": url} for url in ("http://a.org/1", "http://b.org/1", None)]
    done = _run(
        "--jsonl", "--field", "page.html", "--url-field", "from", "--add", "cuts,credits", "--only", "ads",
        "--rules", str(rules), stdin=_lines(*records, {"page": {"html": html}}),
    )  # fmt: skip
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["page"]["html"] for record in out] == ["One line of it.", *["One line of it.\n\nTwo."] * 3]
    assert [[cut["rule"] for cut in record["cuts"]] for record in out] == [["my.toml:1"], [], [], []]
    assert out[0]["credits"] == []
    assert (done.returncode, done.stderr) == (0, b"")


BAD = [
    b"no json\n",
    b"[1]\n",
    b'{"body": "x"}\n',
    b'{"text": null}\n',
    b'{"text": "x", "text": "y"}\n',
    b'{"text": "x", "n": 1e999}\n',
    b'{"text": "x", "cuts": []}\n',
    b'{"text": "\xff"}\n',
    b'{"text": "x", "a": ' + b"[" * 100_000 + b"\n",
    b'{"text": "x", "url": 3}\n',
    b'{"text": "cut sh',
]
GOOD = b'{"text": "One.", "cuts": []}\n'


@pytest.mark.parametrize("on_error", ["pass", "skip", "stop"])
def test_a_bad_line_is_named_and_never_silently_lost(on_error: str) -> None:
    given = b'{"text": "One."}\n' + b"".join(BAD)
    done = _run("--jsonl", "--add", "cuts", "--url-field", "url", "--on-error", on_error, stdin=given)
    out = done.stdout.splitlines(keepends=True)
    messages = done.stderr.decode().splitlines()
    assert done.returncode == 1
    assert out[0] == GOOD
    assert out[1:] == ([*BAD[:-1], BAD[-1] + b"\n"] if on_error == "pass" else [])
    numbers = range(2, 3) if on_error == "stop" else range(2, 2 + len(BAD))
    assert [message.split(": ")[1] for message in messages] == [f"standard input:{number}" for number in numbers]
    ending = {"pass": "passed through as it is", "skip": "skipped", "stop": "stopped here"}[on_error]
    assert all(message.endswith(ending) for message in messages)


def test_empty_lines_and_halves_of_surrogates_pass() -> None:
    given = b'\n{"text": "One.", "half": "\\ud83d"}\r\n  \n'
    done = _run("--jsonl", stdin=given)
    assert done.stdout == b'\n{"text": "One.", "half": "\\ud83d"}\n  \n'
    assert (done.returncode, done.stderr) == (0, b"")


def test_json_lines_are_a_stream() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "dechaff.cli", "--jsonl", "--jobs", "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as command:
        assert command.stdin is not None
        assert command.stdout is not None
        command.stdin.write(b'{"text": "' + b"x" * 200_000 + b'"}\n')
        command.stdin.flush()
        assert len(command.stdout.read(100_000)) == 100_000
        command.kill()


def test_several_files_of_json_lines_one_of_them_missing(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "One."}')
    (tmp_path / "b.jsonl").write_bytes(b"bad\n")
    done = _run("--jsonl", str(tmp_path / "a.jsonl"), str(tmp_path / "none"), str(tmp_path / "b.jsonl"))
    assert done.stdout == b'{"text": "One."}\nbad\n'
    assert [b"none: No such file" in line for line in done.stderr.splitlines()] == [True, False]
    assert f"{tmp_path / 'b.jsonl'}:1: this is no JSON" in done.stderr.decode()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--jobs", "2"],
        ["--jsonl", "--jobs", "0"],
        ["--field", "a"],
        ["--add", "cuts"],
        ["--jsonl", "--add", "colour"],
        ["--jsonl", "--on-error", "weep"],
        ["--jsonl", "--explain"],
        ["--jsonl", "--out-dir", "x", "a.html"],
        ["--out-dir", "x"],
        ["--out-dir", "x", "-"],
    ],
)
def test_options_that_do_not_go_together(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert (ended.value.code, said.out, len(said.err.splitlines())) == (2, "", 1)


def _page(text: str) -> str:
    return f"<!doctype html><html><body><p>{text}</p><p>Advertisement</p></body></html>"


def test_a_folder_into_a_folder(tmp_path: Path) -> None:
    pages, out = tmp_path / "pages", tmp_path / "out"
    (pages / "deep" / "er").mkdir(parents=True)
    (pages / "a.html").write_text(_page("One story is here."))
    (pages / "deep" / "er" / "b.htm").write_text(_page("Two stories are here."))
    (pages / "picture.png").write_bytes(b"\x89PNG")
    (pages / ".hidden.html").write_text(_page("Hidden."))
    single = tmp_path / "single.page"
    single.write_text(_page("Three stories are here."))
    done = _run("--only", "ads", "--out-dir", str(out), str(pages), str(single), "--jobs", "2")
    written = {str(path.relative_to(out)): path.read_text() for path in out.rglob("*") if path.is_file()}
    assert written == {
        "a.txt": "One story is here.\n",
        "deep/er/b.txt": "Two stories are here.\n",
        "single.txt": "Three stories are here.\n",
    }
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr.decode() == "dechaff: 3 cleaned, 1 file of another kind passed by\n"
    again = _run("--only", "ads", "--out-dir", str(pages / "clean"), "--output", "records", str(pages))
    assert json.loads((pages / "clean" / "a.json").read_text())["text"] == "One story is here."
    assert again.stderr == done.stderr.replace(b"3 cleaned", b"2 cleaned")
    assert _run("--out-dir", str(pages / "clean"), str(pages)).stderr == again.stderr


def test_no_input_is_ever_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(_page("One."))
    (tmp_path / "a.txt").write_text("The other one.\n")
    (tmp_path / "b.txt").write_text("Alone.\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.html").write_text(_page("Two."))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    done = _run(
        "--out-dir", str(tmp_path), *(str(tmp_path / name) for name in ("a.html", "a.txt", "b.txt", "sub/b.html"))
    )
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before
    assert done.returncode == 1
    assert done.stderr.decode().count("which is an input; take another --out-dir") == 4
    assert done.stderr.decode().endswith("dechaff: 0 cleaned, 4 failed\n")


def test_two_files_that_would_be_one_are_named(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.html").write_text(_page(folder))
    planned = plan([str(tmp_path / "x"), str(tmp_path / "y"), str(tmp_path / "x" / "a.html")], tmp_path / "out", ".txt")
    assert [source for source, _ in planned.pairs] == [tmp_path / "x" / "a.html"]
    assert len(planned.problems) == 1
    assert "give it a folder of its own" in planned.problems[0]


def test_what_cannot_be_read_or_written_is_named_and_the_rest_is_done(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(_page("One story."))
    (tmp_path / "b.html").write_text(_page("Two stories."))
    out = tmp_path / "out"
    (out / "b.txt").mkdir(parents=True)
    done = _run(
        "--only", "ads", "--out-dir", str(out), *(str(tmp_path / name) for name in ("none.html", "b.html", "a.html"))
    )
    assert (out / "a.txt").read_text() == "One story.\n"
    assert sorted(path.name for path in out.iterdir()) == ["a.txt", "b.txt"]
    messages = done.stderr.decode().splitlines()
    assert "none.html: No such file or directory; nothing was cleaned from it" in messages[0]
    assert "b.txt could not be written" in messages[1]
    assert messages[2:] == ["dechaff: 1 cleaned, 2 failed"]
    assert done.returncode == 1


def test_a_terminal_gets_a_progress_bar_and_the_messages_above_it(tmp_path: Path) -> None:
    pytest.importorskip("tqdm", reason="the progress extra is not installed")
    terminal = pytest.importorskip("pty", reason="there are no terminals of this kind here")
    termios, fcntl = pytest.importorskip("termios"), pytest.importorskip("fcntl")
    for number in range(2):
        (tmp_path / f"{number}.html").write_text(_page(f"Story {number}."))
    reader, writer = terminal.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "dechaff.cli", "--jobs", "1", "--out-dir", str(tmp_path / "out")]
    done = subprocess.run(
        [*command, str(tmp_path), str(tmp_path / "none.html")],
        stdout=subprocess.PIPE, stderr=writer, check=False, timeout=120,
    )  # fmt: skip
    os.close(writer)
    shown = os.read(reader, 65_536).decode()
    os.close(reader)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "| 0/3 [" in shown
    assert f"dechaff: {tmp_path / 'none.html'}: No such file" in shown
    assert shown.endswith("dechaff: 2 cleaned, 1 failed\r\n")
