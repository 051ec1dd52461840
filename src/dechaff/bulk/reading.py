"""Files into batches of pages, as a stream: never a whole file in memory, and a bad record is a row that says so.

Daft has readers of its own. Here a page has to be told by its place in its file, so that an interrupted run can go on; a line of JSON
that is none, or an archive that breaks off, has to cost that line or that rest and not the run; and a batch is measured in
bytes, as pages are from 1 kB to 10 MB long.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
import tempfile
import urllib.request
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple, TypeAlias, cast

import pyarrow as pa
import pyarrow.parquet as pq
from daft.recordbatch import RecordBatch
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType
from pyarrow import fs

from dechaff.integrations.responses import HTML_TYPES, media_type
from dechaff.reading.sniff import binary_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

Form: TypeAlias = Literal["warc", "parquet", "jsonl", "csv", "page"]

SUFFIXES: Mapping[str, Form] = {
    ".warc": "warc",
    ".wet": "warc",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
}
"""What a file is, by its name without `.gz`; any other name is a page."""

FIELDS = ("html", "content", "text", "body")
"""Columns that hold the page, the first that there is, where none is named."""

COLUMNS = pa.schema(
    [
        ("source", pa.large_string()),
        ("record", pa.int64()),
        ("url", pa.large_string()),
        ("content_type", pa.large_string()),
        ("decoded", pa.bool_()),
        ("content", pa.large_binary()),
        ("error", pa.large_string()),
        ("passed", pa.int64()),
    ]
)

_BATCH_ROWS = 64
_AT_ONCE = 4 << 20
"""Bytes that are asked of an object store at once: each time is a request."""
_PATIENCE = 60
"""Seconds without a byte after which a server is given up."""


class Page(NamedTuple):
    """One page as it stands in a file.

    Attributes:
        content: its bytes; for a `decoded` one those of a str in UTF-8.
        content_type: what the server said of it, or what its file format says.
        error: why there is no content.
    """

    url: str | None = None
    content: bytes | None = None
    content_type: str | None = None
    decoded: bool = False
    error: str | None = None


class Passed(NamedTuple):
    """A record that is no page: a request, an image."""


@dataclass(frozen=True)
class File:
    """A file to read, and what of it is done: half-open ranges of page numbers."""

    path: str
    form: Form
    done: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Reader:
    """Reads some files, one after the other; Daft calls it where the work is done.

    Args:
        files: what to read.
        field, url_field: the columns of Parquet, JSON lines and CSV that hold the page and its address.
        batch_bytes: when a batch is full.
        page_bytes: a page over this size is an error, and never in memory.
    """

    files: Sequence[File]
    field: str | None = None
    url_field: str = "url"
    batch_bytes: int = 1 << 20
    page_bytes: int = 64 << 20

    def __call__(self) -> Iterator[RecordBatch]:
        """Batches of pages. Each file ends with a row of its own, with `passed`, and in `record` how many pages it has."""
        batch = _Batch()
        for file in self.files:
            number = passed = 0
            for found in self._pages(file):
                if isinstance(found, Passed):
                    passed += 1
                    continue
                if not any(first <= number < last for first, last in file.done):
                    batch.add(file.path, number, found)
                number += 1
                if batch.bytes >= self.batch_bytes or len(batch.rows) >= _BATCH_ROWS:
                    yield batch.take()
            batch.end(file.path, number, passed)
        if batch.rows:
            yield batch.take()

    def _pages(self, file: File) -> Iterator[Page | Passed]:
        readers: Mapping[Form, Callable[[str], Iterator[Page | Passed]]] = {
            "warc": self._warc,
            "parquet": self._parquet,
            "jsonl": self._jsonl,
            "csv": self._csv,
            "page": self._page,
        }
        try:
            yield from readers[file.form](file.path)
        except Exception as error:  # noqa: BLE001  # whatever a reader makes of a broken file: the other files are whole
            yield Page(error=f"the rest of the file cannot be read: {type(error).__name__}: {error}")

    def _warc(self, path: str) -> Iterator[Page | Passed]:
        start, told = 0, False
        while start >= 0:
            with closing(open_file(path)) as stream:
                last, seen = start, False
                stream.seek(start)
                start = -1
                try:
                    for record in ArchiveIterator(stream, record_types=WarcRecordType.any_type, parse_http=False):
                        found = self._record(record)
                        last, seen = record.stream_pos, True
                        yield found
                except OSError as error:
                    if seen or not told:
                        yield Page(error=f"a WARC record cannot be read: {error}")
                    told = seen  # the search begins behind the last good record, so it finds the bad one first
                    start = _next_record(stream, last + 1, packed=path.endswith(".gz"))

    def _record(self, record: WarcRecord) -> Page | Passed:
        url = record.headers.get("WARC-Target-URI")
        kind = record.record_type
        if kind not in (WarcRecordType.response, WarcRecordType.resource, WarcRecordType.conversion):
            return Passed()
        if "Content-Length" not in record.headers:
            raise OSError("it does not say how long it is")
        if record.content_length > self.page_bytes:
            return Page(url, error=f"{record.content_length:,} bytes are over the limit of {self.page_bytes:,}")
        length = record.content_length
        raw = record.reader.read()
        if len(raw) < length:
            return Page(url, error=f"the file breaks off in this record: {len(raw):,} of {length:,} bytes are there")
        if kind == WarcRecordType.response and record.is_http:
            record.set_bytes_content(raw)
            record.parse_http(auto_decode="all")
            content_type = record.http_headers.get("Content-Type") if record.http_headers else None
            body = record.reader.read()
        else:
            content_type, body = record.headers.get("Content-Type"), raw
        if kind == WarcRecordType.conversion:  # the text of a page, as in Common Crawl's WET files
            return Page(url, body, "text/plain; charset=utf-8")
        named = media_type(content_type)
        if named in HTML_TYPES or (not named and body.lstrip()[:1] == b"<"):
            return Page(url, body, content_type)
        return Passed()

    def _parquet(self, path: str) -> Iterator[Page]:
        with closing(open_file(path)) as stream:
            table = pq.ParquetFile(pa.PythonFile(stream, mode="r"))
            page, url = self._fields(table.schema_arrow.names)
            columns = [page, *([url] if url else [])]
            for batch in table.iter_batches(batch_size=64, columns=columns):
                for row in batch.to_pylist():
                    yield self._row(row, page, url)

    def _jsonl(self, path: str) -> Iterator[Page]:
        with _unpacked(path) as stream:
            for number, line in enumerate(_lines(stream, self.page_bytes), 1):
                if not line.strip():
                    continue
                try:
                    if len(line) > self.page_bytes:
                        raise ValueError(f"longer than the limit of {self.page_bytes:,} bytes")  # noqa: TRY301
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise TypeError("not an object")  # noqa: TRY301
                    yield self._row(row, *self._fields(row))
                except (ValueError, TypeError, RecursionError) as error:
                    yield Page(error=f"line {number} cannot be used: {error}")

    def _csv(self, path: str) -> Iterator[Page]:
        csv.field_size_limit(self.page_bytes)
        with _unpacked(path) as stream:
            text = io.TextIOWrapper(stream, "utf-8-sig", errors="replace", newline="")
            rows = csv.DictReader(text, delimiter="\t" if ".tsv" in path.lower() else ",")
            page, url = self._fields(rows.fieldnames or ())
            for row in rows:
                yield self._row(row, page, url)

    def _page(self, path: str) -> Iterator[Page | Passed]:
        with closing(open_file(path)) as stream:
            data = stream.read(self.page_bytes + 1)
        if len(data) > self.page_bytes:
            yield Page(path, error=f"the page is over the limit of {self.page_bytes:,} bytes")
        elif binary_format(data):
            yield Passed()
        else:
            yield Page(path, data)

    def _fields(self, names: Iterable[str]) -> tuple[str, str | None]:
        known = list(names)
        wanted = [self.field] if self.field else FIELDS
        page = next((name for name in wanted if name in known), None)
        if page is None:
            raise ValueError(
                f"no field {' or '.join(wanted)} here, but {', '.join(known) or 'none'}; name one: --field"
            )
        return page, self.url_field if self.url_field in known else None

    def _row(self, row: Mapping[str, Any], page: str, url: str | None) -> Page:
        value = row[page]
        address = row[url] if url else None
        address = None if address is None else str(address)
        if isinstance(value, str):
            value, decoded = value.encode("utf-8", "surrogatepass"), True
        elif isinstance(value, bytes):
            decoded = False
        else:
            return Page(address, error=f"the field {page} holds no page but {type(value).__name__}")
        if len(value) > self.page_bytes:
            return Page(address, error=f"{len(value):,} bytes are over the limit of {self.page_bytes:,}")
        return Page(address, value, None, decoded)


@dataclass
class _Batch:
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    bytes: int = 0

    def add(self, source: str, number: int, page: Page) -> None:
        row = (source, number, page.url, page.content_type, page.decoded, page.content, page.error, None)
        self.rows.append(row)
        self.bytes += len(page.content or b"")

    def end(self, source: str, count: int, passed: int) -> None:
        self.rows.append((source, count, None, None, False, None, None, passed))

    def take(self) -> RecordBatch:
        arrays = [
            pa.array(column, kind) for column, kind in zip(zip(*self.rows, strict=True), COLUMNS.types, strict=True)
        ]
        self.rows, self.bytes = [], 0
        return RecordBatch.from_arrow_record_batches([pa.record_batch(arrays, schema=COLUMNS)], COLUMNS)


def form_of(path: str) -> Form:
    """What a file is, by its name.

    >>> form_of("s3://crawl/one.warc.gz"), form_of("notes.json"), form_of("about.html")
    ('warc', 'jsonl', 'page')
    """
    name = path.rpartition("/")[2].lower().removesuffix(".gz")
    return SUFFIXES.get(name[name.rfind(".") :] if "." in name else "", "page")


def open_file(path: str) -> BinaryIO:
    """A local file, one in an object store (through pyarrow), or one from the web, which is fetched to a temporary file first.

    `daft.open_file` is no way in: called inside a source of a running query it waits for the query's own threads, for ever.

    Raises:
        OSError: the file cannot be opened or fetched.
        ValueError: no file system has this scheme.
    """
    scheme, found, rest = path.partition("://")
    if not found:
        return open(path, "rb")  # noqa: PTH123  # a path from the command line
    if scheme in ("http", "https"):
        return _fetched(path)
    store, _, key = rest.partition("/")
    files, root = _store(f"{scheme}://{store}")
    # By its key and not as an address: a key may hold "%", "#" and spaces as they are.
    return io.BufferedReader(files.open_input_file(f"{root}/{key}"), _AT_ONCE)


@lru_cache(maxsize=64)
def _store(address: str) -> tuple[fs.FileSystem, str]:
    """The file system of a bucket, and its root in it; asking where a bucket is takes a request."""
    files, root = fs.FileSystem.from_uri(address)
    return files, root.rstrip("/")


def _fetched(url: str) -> BinaryIO:
    file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  # whoever asked for it closes it
    try:
        with urllib.request.urlopen(url, timeout=_PATIENCE) as answer:  # noqa: S310  # http or https, and the user named it
            shutil.copyfileobj(answer, file, 1 << 20)
            expected = answer.headers.get("Content-Length")
        if expected is not None and file.tell() != int(expected):
            raise OSError(f"{file.tell():,} of {int(expected):,} bytes came")  # noqa: TRY301
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


@contextmanager
def _unpacked(path: str) -> Iterator[BinaryIO]:
    with closing(open_file(path)) as stream:
        yield cast("BinaryIO", gzip.GzipFile(fileobj=stream)) if path.lower().endswith(".gz") else stream


def _lines(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """Lines; of one over the limit only so much that it shows."""
    while line := stream.readline(limit + 1):
        yield line
        while line and not line.endswith(b"\n"):
            line = stream.readline(limit + 1)


def _next_record(stream: BinaryIO, start: int, *, packed: bool) -> int:
    """Where the next WARC record after `start` may begin, -1 if there is none.

    Packed records are gzip members; their signature may stand in packed data by chance, and then there is one more error.
    """
    mark, inside = (b"\x1f\x8b\x08", 0) if packed else (b"\r\n\r\nWARC/1.", 4)
    stream.seek(start)
    before = b""
    while chunk := stream.read(1 << 20):
        window = before + chunk
        at = window.find(mark)
        if at >= 0:
            return start - len(before) + at + inside
        start += len(chunk)
        before = window[-len(mark) + 1 :]
    return -1
