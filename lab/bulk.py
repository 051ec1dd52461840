"""Measures `dechaff-bulk`: speed against a plain loop, cores, memory, Ray, and a run that is killed half-way.

`python -m lab.bulk make` writes archives of real pages, repeated; the other commands measure on them: `loop`, `native`, `killed`, `ray`,
`cost`. Figures are by processor seconds, so that a busy machine changes them little; wall time is printed beside them.
"""

from __future__ import annotations

import argparse
import gzip
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from dechaff import Cleaner
from dechaff.bulk.reading import File, Reader
from lab import corpora

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WORK = corpora.ROOT / "lab" / "work" / "bulk"
WHOLE = WORK / "whole.warc.gz"
PARTS = 4
ROWS = int(os.environ.get("DECHAFF_LAB_ROWS", "100"))
"""Pages in a result file: few, so that a run can be killed between many of them."""
CRAWL = {"files": 90_000, "packed GB a file": 1.0, "unpacked MB of HTML a file": 4_000.0}
"""Common Crawl's monthly archive: about 90,000 WARC files of about 1 GB packed, which hold four to five times that in HTML."""


def make(records: int, smallest: int, largest: int) -> None:
    """One archive of so many records, and the same records in parts: real pages of a size between two limits, repeated."""
    pages = [page.html for name in corpora.CORPORA for page in corpora.load(name)]
    pages = [page for page in pages if smallest <= len(page) <= largest]
    WORK.mkdir(parents=True, exist_ok=True)
    size = 0
    parts = [(WORK / f"part-{number}.warc.gz").open("wb") for number in range(PARTS)]
    with WHOLE.open("wb") as whole:
        for number in tqdm(range(records)):
            page = pages[number % len(pages)]
            size += len(page)
            packed = gzip.compress(_record(page, f"http://lab.example/{number}"), 1)
            whole.write(packed)
            parts[number * PARTS // records].write(packed)
    for part in parts:
        part.close()
    print(
        f"{records:,} records of {len(pages):,} pages, {size / 1e6:,.0f} MB of HTML, {WHOLE.stat().st_size / 1e6:,.0f} MB packed"
    )


def _record(page: bytes, url: str) -> bytes:
    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, url)}>\r\n"
        f"WARC-Date: 2026-01-01T00:00:00Z\r\nWARC-Target-URI: {url}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def _contents() -> Iterator[bytes]:
    for batch in Reader([File(str(WHOLE), "warc")])():
        for row in batch.to_pylist():
            if row["content"] is not None:
                yield row["content"]


def loop(most: int) -> None:
    """Processor seconds of `Cleaner.explain` in a loop over the archive's first pages, reading not counted."""
    cleaner = Cleaner()
    cleaner.clean("<p>The first call loads the model and the phrases.</p>")
    spent = size = count = 0.0
    for content in _contents():
        began = time.process_time()
        cleaner.explain(content)
        spent += time.process_time() - began
        size += len(content)
        count += 1
        if count >= most:
            break
    print(
        f"loop: {count:,.0f} pages, {size / 1e6:,.0f} MB, {spent:.1f} processor s, {size / 1e6 / spent:.2f} MB/s per core"
    )


def _start(inputs: Sequence[str], out: Path, cores: int, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dechaff.bulk.command", *inputs, "--out", str(out), "--rows", str(ROWS), *more]
    mine = sorted(os.sched_getaffinity(0))[:cores]
    return subprocess.Popen(command, start_new_session=True, preexec_fn=lambda: os.sched_setaffinity(0, mine))  # noqa: PLW1509, S603


def _memory(group: int) -> float:
    """MB that the processes of a session hold between them; pages they share count in part for each."""
    total = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(entry.name)) == group:
                rollup = (entry / "smaps_rollup").read_text()
                total += int(rollup.split("Pss:")[1].split()[0])
        except (OSError, IndexError):
            continue
    return total / 1024


def _watch(run: subprocess.Popen[bytes], stop_after: int = 0, out: Path | None = None) -> list[float]:
    """Memory twice a second until the run ends, or until so many shards are there: then it is killed."""
    seen = []
    while run.poll() is None:
        time.sleep(0.5)
        seen.append(_memory(run.pid))
        if stop_after and out and len(list((out / "_receipts").glob("*.json"))) >= stop_after:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            break
    return seen


def rows_of(out: Path) -> pa.Table:
    """All rows that a run wrote, by address."""
    shards = [pq.read_table(shard, columns=["url", "text", "error"]) for shard in sorted(out.glob("*.parquet"))]
    return pa.concat_tables(shards).sort_by("url")


def _measured(inputs: Sequence[str], out: Path, cores: int, *more: str) -> list[float]:
    before, began = os.times(), time.monotonic()
    memory = _watch(_start(inputs, out, cores, *more))
    after, wall = os.times(), time.monotonic() - began
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    size = sum(_sizes(out))
    print(f"{cores} cores: wall {wall:.0f} s, {spent:.0f} processor s, {size / 1e6 / spent:.2f} MB/s per core")
    _flat(memory)
    return memory


def _sizes(out: Path) -> Iterator[int]:
    import json

    for receipt in (out / "_receipts").glob("*.json"):
        yield json.loads(receipt.read_text())["bytes"]


def _flat(memory: Sequence[float]) -> None:
    body = np.array(memory[len(memory) // 10 :])
    if len(body) > 4:
        thirds = np.array_split(body, 3)
        print("memory, MB, median of each third of the run:", *(f"{np.median(third):.0f}" for third in thirds))


def native(out: Path, cores: int) -> None:
    """A run on this machine."""
    _measured([str(WHOLE)], out, cores)
    print(f"{len(rows_of(out)):,} rows")


def killed(out: Path, reference: Path) -> None:
    """A run that is killed half-way and taken up again gives what the undisturbed run gave."""
    half = len(list((reference / "_receipts").glob("*.json"))) // 2
    _watch(_start([str(WHOLE)], out, 2), half, out)
    there = len(list(out.glob("*.parquet")))
    _watch(_start([str(WHOLE)], out, 2))
    _compare(out, reference, f"killed after {there} shards")


def _compare(out: Path, reference: Path, what: str) -> None:
    one, other = rows_of(out), rows_of(reference)
    double = len(one) - len(set(one["url"].to_pylist()))
    print(
        f"{what}: {len(one):,} rows, {double} double, {'the same' if one.equals(other) else 'NOT the same'} as the reference"
    )


def ray(out: Path, reference: Path) -> None:
    """A run on a Ray cluster of two workers with one core each, here."""
    os.environ["RAY_AUTH_MODE"] = "disabled"  # a cluster of this process alone, on this machine
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": 300_000_000})
    for _ in range(2):
        cluster.add_node(num_cpus=1, object_store_memory=300_000_000)
    cluster.wait_for_nodes()
    try:
        began = time.monotonic()
        parts = [str(WORK / f"part-{number}.warc.gz") for number in range(PARTS)]
        _watch(_start(parts, out, 2, "--ray", cluster.address))
        print(f"Ray: wall {time.monotonic() - began:.0f} s")
    finally:
        cluster.shutdown()
    _compare(out, reference, "Ray")


def cost(speed: float) -> None:
    """What Common Crawl's monthly archive takes at so many MB/s per core."""
    hours = CRAWL["files"] * CRAWL["unpacked MB of HTML a file"] / speed / 3600
    print(f"at {speed} MB/s per core: {hours:,.0f} core hours, {hours / 1000:,.0f} h on 1,000 cores")
    print(f"to be read meanwhile on 1,000 cores: {CRAWL['files'] * 1000 / (hours / 1000 * 3600):,.0f} MB/s packed")


def main() -> int:
    """One command of those above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("make", "loop", "native", "killed", "ray", "cost"))
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--sizes", type=int, nargs=2, default=(4_000, 40_000), help="smallest and largest page, bytes")
    parser.add_argument("--out", type=Path, default=WORK / "out")
    parser.add_argument("--reference", type=Path, default=WORK / "out", help="the folder of an undisturbed run")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--speed", type=float, default=1.0, help="MB/s per core, for cost")
    options = parser.parse_args()
    if options.command == "make":
        make(options.records, *options.sizes)
    elif options.command == "loop":
        loop(options.records)
    elif options.command == "native":
        native(options.out, options.cores)
    elif options.command == "killed":
        killed(options.out, options.reference)
    elif options.command == "ray":
        ray(options.out, options.reference)
    else:
        cost(options.speed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
