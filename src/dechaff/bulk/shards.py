"""What came of the work: one file a shard, whole or not at all, and beside it a receipt of what is in it.

A shard counts once its receipt is there. The receipt is written after the shard, both under another name first, and a shard's name
follows from the pages in it. So a run may be killed at any time, and a part of it may run twice: nothing is lost, nothing double.
"""

from __future__ import annotations

import hashlib
import io
import json
import posixpath
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
from daft import Schema
from daft.io.sink import DataSink, WriteResult
from daft.recordbatch import MicroPartition
from pyarrow import fs

from dechaff import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Output: TypeAlias = Literal["parquet", "jsonl"]
Ranges: TypeAlias = "tuple[tuple[int, int], ...]"

_RECEIPTS = "_receipts"
_RUN = "run.json"
SITES = "_sites"
"""The folder in the results' folder that holds what was learned of the sites."""
_SUMMARY = pa.schema([("receipt", pa.large_string())])


@dataclass
class Receipt:
    """What is in one shard, or in many.

    Attributes:
        pages: rows; `errors` of them have no text.
        bytes: of the pages as they came in.
        families: how many cuts each family made.
        done: page numbers by source, as half-open ranges.
        ended: sources read to their end: how many pages each has, and how many records that are none.
    """

    pages: int = 0
    errors: int = 0
    bytes: int = 0
    families: dict[str, int] = field(default_factory=dict)
    done: dict[str, list[list[int]]] = field(default_factory=dict)
    ended: dict[str, list[int]] = field(default_factory=dict)

    def __iadd__(self, other: Receipt) -> Receipt:  # noqa: PYI034  # a Receipt, whatever a subclass may be
        self.pages += other.pages
        self.errors += other.errors
        self.bytes += other.bytes
        self.families = dict(Counter(self.families) + Counter(other.families))
        for source, ranges in other.done.items():
            self.done.setdefault(source, []).extend(ranges)
        self.ended |= other.ended
        return self

    def ranges(self, source: str) -> Ranges:
        """The page numbers of a source that are done, joined where they touch."""
        joined: list[list[int]] = []
        for first, last in sorted(self.done.get(source, [])):
            if joined and first <= joined[-1][1]:
                joined[-1][1] = max(last, joined[-1][1])
            else:
                joined.append([first, last])
        return tuple((first, last) for first, last in joined)

    def finished(self, source: str) -> bool:
        """Whether a source was read to its end and each of its pages is done."""
        if source not in self.ended:
            return False
        count = self.ended[source][0]
        return self.ranges(source) == (((0, count),) if count else ())


class Folder:
    """The folder that a run writes to, local or in an object store.

    Raises:
        ValueError: the address names no file system that is known.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        if "://" in address:
            self._files, self._root = fs.FileSystem.from_uri(address)
        else:
            self._files, self._root = fs.LocalFileSystem(), str(Path(address).absolute())

    def inside(self, name: str) -> Folder:
        """A folder in this one; it need not be there."""
        address, mark, query = self.address.partition("?")
        return Folder(f"{address.rstrip('/')}/{name}{mark}{query}")

    def begin(self, options: Mapping[str, Any]) -> Receipt:
        """Make the folder, or take up the run that was begun in it: what its receipts say is done.

        Raises:
            ValueError: it was begun with other options, or holds other things.
            OSError: it cannot be written.
        """
        self._files.create_dir(posixpath.join(self._root, _RECEIPTS), recursive=True)
        written = json.dumps({"dechaff": __version__, **options}, indent=1, sort_keys=True, default=str)
        known = self._list("")
        if _RUN in known:
            if self._read(_RUN).decode() != written:
                raise ValueError(
                    f"{self.address} was begun with other options or another dechaff: {_RUN} in it says which; "
                    "take those, or another folder"
                )
        elif any(name != _RECEIPTS for name in known):
            raise ValueError(f"{self.address} is not empty and no run was begun in it; take another folder")
        else:
            self.put(_RUN, written.encode())
        total = Receipt()
        receipts = {name for name in self._list(_RECEIPTS) if name.endswith(".json")}
        for name in sorted(receipts):
            total += Receipt(**json.loads(self._read(f"{_RECEIPTS}/{name}")))
        for name in known:
            if name not in (_RUN, _RECEIPTS, SITES) and f"{name.partition('.')[0]}.json" not in receipts:
                self._files.delete_file(posixpath.join(self._root, name))  # a shard that was not finished
        return total

    def put(self, name: str, data: bytes) -> None:
        """Write one file: whole or not at all. An object store shows an object only when it is complete."""
        path = posixpath.join(self._root, name)
        local = isinstance(self._files, fs.LocalFileSystem)
        written = f"{path}.part" if local else path
        with self._files.open_output_stream(written) as stream:
            stream.write(data)
        if local:
            self._files.move(written, path)

    def _list(self, inside: str) -> list[str]:
        found = self._files.get_file_info(fs.FileSelector(posixpath.join(self._root, inside).rstrip("/")))
        return [entry.base_name for entry in found]

    def get(self, name: str) -> bytes | None:
        """One file of this folder; None if it is not there."""
        try:
            return self._read(name)
        except FileNotFoundError:
            return None

    def _read(self, name: str) -> bytes:
        with self._files.open_input_stream(posixpath.join(self._root, name)) as stream:
            return bytes(stream.read())


class ShardSink(DataSink[Receipt]):
    """Writes what Daft hands it, a shard each time, and in the end gives all receipts as one.

    Args:
        address: the folder.
        output: what is written.
        needed: a field of the result; rows that lack it are counted in the receipt and not written.
    """

    def __init__(self, address: str, output: Output, needed: str | None = None) -> None:
        self.address = address
        self.output = output
        self.needed = needed

    def name(self) -> str:
        """What Daft calls it in messages."""
        return "dechaff shards"

    def schema(self) -> Schema:
        """One row: the receipt."""
        return Schema.from_pyarrow_schema(_SUMMARY)

    def write(self, micropartitions: Iterator[MicroPartition]) -> Iterator[WriteResult[Receipt]]:
        """Write shards, each with its receipt."""
        folder = Folder(self.address)
        for part in micropartitions:
            table = part.to_arrow()
            if not len(table):
                continue
            receipt, rows = _receipt(table)
            name = _name(table)
            if self.needed is not None:
                rows = rows.filter(rows[self.needed].is_valid())
            if len(rows):
                folder.put(f"{name}.{self.output}", _packed(rows, self.output))
            folder.put(f"{_RECEIPTS}/{name}.json", json.dumps(asdict(receipt)).encode())
            yield WriteResult(receipt, table.nbytes, len(rows))

    def finalize(self, write_results: list[WriteResult[Receipt]]) -> MicroPartition:
        """All receipts as one."""
        total = Receipt()
        for written in write_results:
            total += written.result
        return MicroPartition.from_pydict({"receipt": pa.array([json.dumps(asdict(total))], pa.large_string())})


def _name(table: pa.Table) -> str:
    keys = zip(table["source"].to_pylist(), table["record"].to_pylist(), table["passed"].to_pylist(), strict=True)
    return "pages-" + hashlib.blake2b("\n".join(f"{key}" for key in keys).encode(), digest_size=12).hexdigest()


def _receipt(table: pa.Table) -> tuple[Receipt, pa.Table]:
    """What is in a table, and the table without the rows that only count."""
    receipt = Receipt()
    counting = table["passed"].is_valid()
    for row in table.filter(counting).select(["source", "record", "passed"]).to_pylist():
        receipt.ended[row["source"]] = [row["record"], row["passed"]]
    rows = table.filter(pa.compute.invert(counting))
    results = rows["result"].combine_chunks()
    plain = {name: rows[name] for name in ("source", "record", "url")}
    plain |= {field.name: results.field(field.name) for field in results.type if field.name != "bytes"}
    receipt.pages = len(rows)
    receipt.errors = receipt.pages - plain["error"].null_count
    receipt.bytes = pa.compute.sum(results.field("bytes"), min_count=0).as_py()
    counts: Counter[str] = Counter()
    for families in plain["families"].to_pylist() if "families" in plain else ():
        for entry in families or ():
            counts[entry["family"]] += entry["cuts"]
    receipt.families = dict(counts)
    for source, number in sorted(zip(rows["source"].to_pylist(), rows["record"].to_pylist(), strict=True)):
        ranges = receipt.done.setdefault(source, [])
        if ranges and ranges[-1][1] == number:
            ranges[-1][1] = number + 1
        else:
            ranges.append([number, number + 1])
    plain["version"] = pa.array([__version__] * len(rows), pa.large_string())
    return receipt, pa.table(plain)


def _packed(rows: pa.Table, output: Output) -> bytes:
    if output == "jsonl":
        lines: Iterable[str] = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows.to_pylist())
        return "".join(lines).encode("utf-8", "replace")
    out = io.BytesIO()
    pq.write_table(rows, out, compression="zstd")
    return out.getvalue()
