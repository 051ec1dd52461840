"""`dechaff-bulk`: what is read, what is written, and what is left when a run was stopped."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

import dechaff

pytest.importorskip("daft", reason="Daft is not installed: pip install 'dechaff[bulk]'")
pytest.importorskip("fastwarc", reason="fastwarc is not installed: pip install 'dechaff[bulk]'")

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from dechaff import SiteProfile, SiteProfiles
from dechaff.bulk import learning, reading
from dechaff.bulk.command import main
from dechaff.bulk.learning import Learning, Merging
from dechaff.bulk.reading import File, Reader, form_of
from dechaff.bulk.run import clean_files, find_files
from dechaff.bulk.shards import Folder, Receipt
from dechaff.bulk.work import Source, clean_source
from dechaff.sites import profile
from lab.made_sites import made_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lab.made_sites import MadePage

HTML = b"text/html; charset=utf-8"
# Daft leaves the pipe from a worker process to the garbage collector: a ResourceWarning, which pytest shows as this.
run_by_daft = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
)


def _record(body: bytes, kind: str = "response", url: str = "http://a.example/", length: int | None = None) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{abs(hash(url)) % 10**12:012d}>\r\n"
        f"Content-Type: {'application/http' if kind in ('request', 'response') else 'text/plain'}\r\n"
        f"Content-Length: {len(body) if length is None else length}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def _answer(page: bytes, content_type: bytes = HTML, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: " + content_type + b"\r\n" + more + b"\r\n" + page


def _pages(number: int) -> list[bytes]:
    return [_record(_answer(b"<p>Page %d." % n), url=f"http://a.example/{n}") for n in range(number)]


def _read(path: Path, **options: Any) -> tuple[list[dict[str, Any]], tuple[int, int]]:
    """The pages of a file, and how many pages and other records its last row counts."""
    done = options.pop("done", ())
    file = File(str(path), form_of(str(path)), done)
    rows = [row for batch in Reader([file], **options)() for row in batch.to_pylist()]
    assert rows[-1]["passed"] is not None
    assert all(row["passed"] is None for row in rows[:-1])
    return rows[:-1], (rows[-1]["record"], rows[-1]["passed"])


def _packed(records: list[bytes]) -> bytes:
    return b"".join(gzip.compress(record) for record in records)


@pytest.mark.parametrize("packed", [False, True])
def test_warc_pages_come_with_address_and_content_type(tmp_path: Path, packed: bool) -> None:
    records = [
        _record(b"software: x\r\n", "warcinfo"),
        _record(b"GET / HTTP/1.1\r\n\r\n", "request"),
        _record(_answer("<p>Привет".encode("cp1251"), b"text/html; charset=windows-1251"), url="http://a.example/ru"),
        _record(_answer(b"\x89PNG", b"image/png")),
        _record(_answer(b"<p>No type.", b"")),
        _record(b"Extracted text.", "conversion"),
    ]
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    path.write_bytes(_packed(records) if packed else b"".join(records))
    rows, counts = _read(path)
    assert [row["url"] for row in rows] == ["http://a.example/ru", "http://a.example/", "http://a.example/"]
    assert rows[0]["content"] == "<p>Привет".encode("cp1251")
    assert rows[0]["content_type"] == "text/html; charset=windows-1251"
    assert rows[2]["content_type"].startswith("text/plain")
    assert counts == (3, 3)


def test_chunked_and_compressed_bodies_are_undone(tmp_path: Path) -> None:
    body = gzip.compress(b"<p>Page.")
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    more = b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n"
    path = tmp_path / "a.warc"
    path.write_bytes(_record(_answer(chunked, HTML, more)))
    assert _read(path)[0][0]["content"] == b"<p>Page."


@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_that_breaks_off_keeps_what_is_there(tmp_path: Path, packed: bool) -> None:
    records = _pages(20)
    whole = _packed(records) if packed else b"".join(records)
    start = len(_packed(records[:12])) if packed else len(b"".join(records[:12]))
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    path.write_bytes(
        whole[: start + len(gzip.compress(records[12])) - 12] if packed else whole[: start + len(records[12]) - 9]
    )
    rows, _ = _read(path)
    assert [row["content"] for row in rows[:12]] == [b"<p>Page %d." % number for number in range(12)]
    assert [bool(row["error"]) for row in rows[12:]] == [True]


@pytest.mark.parametrize("packed", [False, True])
def test_a_bad_record_is_one_row_and_the_rest_is_read(tmp_path: Path, packed: bool) -> None:
    records = _pages(20)
    for number in (5, 11):
        records[number] = records[number].replace(b"Content-Length: ", b"Content-Length! ")
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    path.write_bytes(_packed(records) if packed else b"".join(records))
    rows, counts = _read(path)
    assert [number for number, row in enumerate(rows) if row["error"]] == [5, 11]
    assert rows[12]["content"] == b"<p>Page 12."
    assert counts == (20, 0)


def test_a_page_over_the_limit_is_an_error_and_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(b"".join([_record(_answer(b"<p>" + b"x" * 5000)), *_pages(1)]))
    rows, _ = _read(path, page_bytes=1000)
    assert "over the limit" in rows[0]["error"]
    assert rows[1]["content"] == b"<p>Page 0."


def test_pages_that_are_done_are_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(b"".join(_pages(10)))
    rows, counts = _read(path, done=((0, 4), (5, 9)))
    assert [row["record"] for row in rows] == [4, 9]
    assert counts == (10, 0)


def test_batches_are_measured_in_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"html": "x" * 100}) + "\n" for _ in range(10)))
    batches = list(Reader([File(str(path), "jsonl")], batch_bytes=300)())
    assert [len(batch) for batch in batches] == [3, 3, 3, 2]


@pytest.mark.parametrize("packed", [False, True])
def test_json_lines_with_bad_lines(tmp_path: Path, packed: bool) -> None:
    lines = [
        '{"text": "One.", "url": "http://a.example/1"}',
        "{broken",
        "",
        "[1]",
        '{"other": 1}',
        '{"text": 7}',
        '{"text": "\\ud800"}',
    ]
    path = tmp_path / ("a.jsonl.gz" if packed else "a.jsonl")
    data = "\n".join(lines).encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    rows, _ = _read(path)
    assert (rows[0]["content"], rows[0]["decoded"], rows[0]["url"]) == (b"One.", True, "http://a.example/1")
    assert [row["error"].split(":")[0] for row in rows[1:4]] == [f"line {n} cannot be used" for n in (2, 4, 5)]
    assert "--field" in rows[3]["error"]
    assert "int" in rows[4]["error"]
    assert rows[5]["error"] is None


def test_csv_and_parquet(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('address,body\nhttp://a.example/,"One,\ntwo"\n')
    rows, _ = _read(tmp_path / "a.csv", url_field="address")
    assert [(row["url"], row["content"]) for row in rows] == [("http://a.example/", b"One,\ntwo")]
    pq.write_table(pa.table({"page": [b"<p>One", b"<p>Two", None]}), tmp_path / "a.parquet")
    rows, _ = _read(tmp_path / "a.parquet", field="page")
    assert [row["content"] for row in rows] == [b"<p>One", b"<p>Two", None]
    assert [row["decoded"] for row in rows[:2]] == [False, False]
    assert "NoneType" in rows[2]["error"]
    rows, _ = _read(tmp_path / "a.parquet")
    assert "page" in rows[0]["error"]
    (tmp_path / "b.parquet").write_bytes(b"none")
    assert "cannot be read" in _read(tmp_path / "b.parquet")[0][0]["error"]


def test_folders_globs_and_addresses_name_files_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.html", "in/b.html", "c.warc.gz"):
        (tmp_path / name).write_bytes(b"")
    everything = [str(tmp_path / name) for name in ("a.html", "c.warc.gz", "in/b.html")]
    assert find_files([str(tmp_path)]) == everything
    assert find_files([str(tmp_path / "*.html"), str(tmp_path / "a.html")]) == everything[:1]
    with pytest.raises(FileNotFoundError, match="nonesuch"):
        find_files([str(tmp_path / "nonesuch*")])


def test_a_page_that_raises_is_a_row_with_an_error() -> None:
    def broken(_: dechaff.Page) -> list[dechaff.Cut]:
        raise RuntimeError("a filter of mine")

    row = clean_source(dechaff.Cleaner(filters=[broken]), Source(b"<p>Page."))
    assert (row["error"], row.get("text")) == ("RuntimeError: a filter of mine", None)


def test_receipts_know_what_is_done() -> None:
    receipt = Receipt(done={"a": [[5, 9]], "b": [[0, 3]]}, ended={"a": [9, 0], "b": [4, 2], "c": [0, 5]})
    receipt += Receipt(done={"a": [[0, 3], [3, 5]]}, families={"ads": 1})
    assert receipt.ranges("a") == ((0, 9),)
    assert [receipt.finished(name) for name in "abcd"] == [True, False, True, False]
    assert receipt.families == {"ads": 1}


def test_a_folder_with_other_things_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="is not empty"):
        Folder(str(tmp_path)).begin({})
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_run_is_not_taken_up_with_other_options(tmp_path: Path) -> None:
    Folder(str(tmp_path)).begin({"output": "parquet"})
    Folder(str(tmp_path)).begin({"output": "parquet"})
    with pytest.raises(ValueError, match="other options"):
        Folder(str(tmp_path)).begin({"output": "jsonl"})


def _rows(out: Path) -> list[dict[str, Any]]:
    rows = [row for shard in out.glob("*.parquet") for row in pq.read_table(shard).to_pylist()]
    return sorted(rows, key=lambda row: (row["source"], row["record"]))


@run_by_daft
def test_a_run_and_the_same_run_after_it_was_stopped(tmp_path: Path) -> None:
    records = [
        _record(_answer(b"<p>Page %d.<p>Translated by Kristina Rus" % n), url=f"http://a.example/{n}")
        for n in range(60)
    ]
    (tmp_path / "a.warc.gz").write_bytes(_packed([*records, _record(b"GET", "request")]))
    (tmp_path / "b.html").write_text("<p>A page.<div class=ad-container>Advertisement</div>")
    (tmp_path / "c.jsonl").write_text('{"text": "Rain.\\n- Advertisement -"}\n{broken\n')
    inputs = [str(tmp_path / name) for name in ("a.warc.gz", "b.html", "c.jsonl")]
    out = tmp_path / "out"
    done = clean_files(inputs, str(out), rows=10)
    assert (done.pages, done.errors, done.before, done.passed) == (63, 1, 0, 1)
    assert done.families == {"credits": 60, "ads": 2}
    whole = _rows(out)
    assert len(whole) == 63
    assert whole[7]["text"] == "Page 7."
    assert whole[7]["credits"][0]["name"] == "Kristina Rus"
    assert whole[7]["url"] == "http://a.example/7"
    assert whole[7]["version"] == dechaff.__version__
    assert 0.7 < whole[7]["removed"] < 0.9
    assert whole[62]["error"].startswith("line 2 cannot be used")

    # A killed run leaves shards without a receipt, and shards half written.
    receipts = sorted((out / "_receipts").glob("*.json"))
    for receipt in receipts[::2]:
        receipt.unlink()
    (out / "pages-half.parquet.part").write_bytes(b"PAR1")
    again = clean_files(inputs, str(out), rows=10)
    assert 0 < again.pages < 63
    assert again.pages + again.before == 63
    assert _rows(out) == whole
    assert not list(out.glob("*.part"))

    assert clean_files(inputs, str(out), rows=10).pages == 0
    assert _rows(out) == whole


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.html").write_text("<p>Page.")
    for arguments, said in (
        ([str(tmp_path / "nonesuch.warc"), "--out", str(tmp_path / "out")], "no such file"),
        ([str(tmp_path / "a.html"), "--out", str(tmp_path / "out"), "--rows", "0"], "--rows"),
        ([str(tmp_path / "a.html"), "--out", str(tmp_path / "out"), "--only", "adds"], "no family"),
        ([str(tmp_path / "a.html"), "--out", str(tmp_path)], "is not empty"),
        ([str(tmp_path / "a.html"), "--out", str(tmp_path / "out"), "--learn-sites", "--site", "x"], "exclude"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
        message = capsys.readouterr().err
        assert said in message
        assert len(message.splitlines()) == 1


@run_by_daft
def test_the_command_writes_json_lines_and_a_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text("url,html\nhttp://a.example/,<p>Page.\n")
    out = tmp_path / "out"
    assert main([str(tmp_path / "a.csv"), "--out", str(out), "--output", "jsonl"]) == 0
    (shard,) = out.glob("*.jsonl")
    record = json.loads(shard.read_text())
    assert (record["url"], record["text"]) == ("http://a.example/", "Page.")
    assert "1 pages" in capsys.readouterr().err


def _site_lines(path: Path, pages: list[MadePage]) -> None:
    path.write_text("".join(json.dumps({"html": page.html, "url": page.url}) + "\n" for page in pages), "utf-8")


def test_a_worker_sketches_what_may_be_in_the_sample_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "MOST_PAGES", 3)
    work = Learning(dechaff.Cleaner())
    names = ["c", "c", "e", "g", "h", "b", "g", "c", "a", "d"]
    assert [work._takes("a.example", name) for name in names] == [True, False, True, True, False, True, False, False, True, False]  # fmt: skip
    assert work._takes("b.example", "z")


def test_merged_sketches_are_the_profile_of_all_pages_whatever_the_order_and_however_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (learning, profile):
        monkeypatch.setattr(module, "MOST_PAGES", 4)
    work = Learning(dechaff.Cleaner())
    pages = made_site("blog", 6)
    rows = [work.row(Source(page.html.encode(), "text/html", page.url, decoded=True)) for page in pages]
    rows += [Learning(dechaff.Cleaner()).row(Source(pages[0].html.encode(), None, pages[0].url, decoded=True))]
    sketches = [row for row in rows if row.get("profile")]
    assert {row["site"] for row in sketches} == {"blog.example"}
    merged = Merging().row([row["page"] for row in sketches], [row["profile"] for row in sketches])
    assert merged == SiteProfile.learn(page.html for page in pages).as_json()
    assert Merging().row([sketches[0]["page"]] * 2, [sketches[0]["profile"]] * 2) is None


def test_a_page_that_cannot_be_sketched_is_no_end_of_the_run_and_one_without_a_site_is_passed_by() -> None:
    work = Learning(dechaff.Cleaner())
    assert "UnicodeDecodeError" in work.row(Source(b"\xff", None, "http://a.example/", decoded=True))["error"]
    assert work.row(Source(b"<p>Page.")) == {"bytes": 0}
    assert work.row(Source(b"<p>Page.", None, "/home/me/a.html"))["site"] == "/home/me"


def test_a_site_that_is_no_host_has_a_file_that_a_disk_can_hold() -> None:
    assert learning.file_of("a" * 300) != learning.file_of("a" * 301)
    assert len(learning.file_of("/é" * 300).encode()) < 255
    assert "/" not in learning.file_of("/home/../me")


def test_profiles_at_hand_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "_MOST_LINES", 100)
    SiteProfiles({f"{n}.example": SiteProfile.learn(["One.\nTwo.", "One.\nThree."]) for n in range(20)}).save(tmp_path)
    hand = learning._AtHand()
    for number in range(20):
        assert hand.profile(str(tmp_path), "", f"{number}.example") is not None
    assert hand.profile(str(tmp_path), "", "nonesuch.example") is None
    assert len(hand._profiles) < 10
    assert hand.profile(str(tmp_path), "", "0.example") == SiteProfiles.load(tmp_path)["0.example"]


@run_by_daft
def test_sites_are_learned_and_a_stopped_run_learns_none_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "ROUND_BYTES", 12_000)
    sites = {name: made_site(name, 4) for name in ("news", "blog")}
    mixed = [page for pages in zip(*sites.values(), strict=True) for page in pages]
    _site_lines(tmp_path / "a.jsonl", mixed[:3])
    _site_lines(tmp_path / "b.jsonl", mixed[3:])
    out, inputs = tmp_path / "out", [str(tmp_path)]  # the results lie among the inputs, and are none
    done = clean_files(inputs, str(out), rows=3, learn_sites=True)
    assert (done.pages, done.errors, done.sites) == (8, 0, 2)
    profiles = SiteProfiles.load(out / "_sites")
    assert profiles["news.example"] == SiteProfile.learn(page.html for page in sites["news"])
    wanted = {page.url: dechaff.clean(page.html, site=profiles, url=page.url) for page in mixed}
    assert {row["url"]: row["text"] for row in _rows(out)} == wanted
    told = [dechaff.explain(page.html, site=profiles, url=page.url) for page in mixed]
    assert all(any(cut.rule.startswith("site:") for cut in cleaned.cuts) for cleaned in told)

    whole = _rows(out)
    receipts = sorted((out / "_receipts").glob("*.json"))
    next(path for path in receipts if json.loads(path.read_text("utf-8"))["pages"]).unlink()
    (out / "_sites" / "sketches" / "half.parquet.part").write_bytes(b"PAR1")
    monkeypatch.setattr(learning, "write_profiles", lambda *_: pytest.fail("the sites are known"))
    again = clean_files(inputs, str(out), rows=3, learn_sites=True)
    assert 0 < again.pages < 8
    assert _rows(out) == whole
    with pytest.raises(ValueError, match="other options"):
        clean_files(inputs, str(out), rows=3)
    with pytest.raises(ValueError, match="exclude each other"):
        clean_files(inputs, str(out), cleaner=dechaff.Cleaner(site=profiles), learn_sites=True)


class _Server(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""

    def send_header(self, keyword: str, value: str) -> None:
        """Of a file of that name say that more is to come."""
        super().send_header(keyword, "9999" if keyword == "Content-Length" and "broken" in self.path else value)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """The address of a server of the files in `tmp_path`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Server, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


_QUERY = """
import sys
from daft.io._generator import read_generator
from daft.schema import Schema
from dechaff.bulk.reading import COLUMNS, File, Reader, form_of
readers = (Reader([File(path, form_of(path))]) for path in sys.argv[1:])
rows = read_generator(readers, Schema.from_pyarrow_schema(COLUMNS)).to_pydict()
print(*sorted((content or b"").decode() for content in rows["content"]), *filter(None, rows["error"]), sep="|")
"""


def test_files_of_the_web_are_read_inside_a_query_and_one_that_breaks_off_is_an_error(tmp_path: Path, web: str) -> None:
    (tmp_path / "a.warc.gz").write_bytes(_packed(_pages(2)))
    (tmp_path / "broken.html").write_bytes(b"<p>Half a page")
    files = [f"{web}/a.warc.gz", f"{web}/broken.html", f"{web}/none.html"]
    done = subprocess.run(  # in a process of its own: what went wrong here once was that it never ended
        [sys.executable, "-c", _QUERY, *files], capture_output=True, text=True, check=True, timeout=120
    )
    found = done.stdout.strip().split("|")
    assert found[-4:-2] == ["<p>Page 0.", "<p>Page 1."]
    assert "14 of 9,999 bytes came" in "".join(found[-2:])
    assert "404" in "".join(found[-2:])


@run_by_daft
def test_an_object_store_holds_inputs_results_and_what_is_known_of_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    moto = pytest.importorskip("moto.server", reason="moto is not installed: pip install 'dechaff[integrations]'")
    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        for name, value in (
            ("AWS_ACCESS_KEY_ID", "x"),
            ("AWS_SECRET_ACCESS_KEY", "y"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
        ):
            monkeypatch.setenv(name, value)
        reading._store.cache_clear()
        fs.S3FileSystem(endpoint_override=f"{host}:{port}", scheme="http", allow_bucket_creation=True).create_dir(
            "crawl"
        )
        pages = made_site("blog", 4)
        records = [_record(_answer(page.html.encode()), url=page.url) for page in pages]
        folder = Folder("s3://crawl/in")
        folder.put("a b%20#1.warc", b"".join(records[:2]))
        folder.put("b.warc", b"".join(records[2:])[:-40])
        for _ in range(2):
            done = clean_files(["s3://crawl/in/"], "s3://crawl/out", rows=2, learn_sites=True, output="jsonl")
        assert (done.pages, done.before, done.errors) == (0, 4, 0)
        store, _ = fs.FileSystem.from_uri("s3://crawl")
        written = [entry.path for entry in store.get_file_info(fs.FileSelector("crawl/out", recursive=True))]
        assert "crawl/out/_sites/blog.example.json" in written
        rows = [
            json.loads(line)
            for path in written
            if path.endswith(".jsonl")
            for line in store.open_input_file(path).read().splitlines()
        ]
        known = SiteProfile.learn(page.html for page in pages[:3])
        texts = {row["url"]: row["text"] for row in rows if not row["error"]}
        assert texts == {page.url: dechaff.clean(page.html, site=known) for page in pages[:3]}
    finally:
        server.stop()
