"""Measures what the Scrapy pipeline adds to a crawl beyond the cleaning itself, and how long a large page holds others up.

`python -m lab.integrations crawl` crawls so many small pages from a server that it starts here, three times in turns: without a pipeline,
with ours, and with one that does nothing for as long as cleaning takes. Scrapy itself is dearer where a pipeline takes its time: it polls more
and finds its caches cold. What our pipeline adds is what it costs, less `Cleaner.explain`, beyond that. Processor time, the least of
several turns, for a busy machine changes it little. `python -m lab.integrations lag` cleans the
largest real pages in a thread and looks how long another thread waits for its turn. `python -m lab.integrations service` loads
docs/service.py on loopback.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from dechaff import Cleaner
from lab import corpora

SPIDER = """
import json, sys, time
import scrapy
from scrapy.crawler import AsyncCrawlerProcess

class Pages(scrapy.Spider):
    name = "pages"
    custom_settings = json.loads(sys.argv[3])

    async def start(self):
        for number in range(int(sys.argv[2])):
            yield scrapy.Request(f"{sys.argv[1]}/{number % int(sys.argv[4])}.html?{number}")

    def parse(self, response):
        yield {"url": response.url, "html": response.text}

class Busy:
    async def process_item(self, item):
        global inside
        before = time.process_time()
        while time.process_time() - before < float(sys.argv[5]):
            pass
        inside += time.process_time() - before
        return item

process = AsyncCrawlerProcess({"LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False, "CONCURRENT_REQUESTS_PER_DOMAIN": 16, "DOWNLOAD_DELAY": 0})
from dechaff import Cleaner
Cleaner().clean("<p>The first call loads the model and the phrases, in both crawls.</p>")
explain, inside = Cleaner.explain, 0.0
def timed(self, source, **more):
    global inside
    before = time.process_time()
    try:
        return explain(self, source, **more)
    finally:
        inside += time.process_time() - before
Cleaner.explain = timed
began, spent = time.monotonic(), time.process_time()
process.crawl(Pages)
process.start()
print(json.dumps([time.monotonic() - began, time.process_time() - spent, inside]))
"""
PIPELINE = {
    "ITEM_PIPELINES": {"dechaff.integrations.scrapy.DechaffPipeline": 300},
    "DECHAFF_FIELDS": {"html": "text"},
    "DECHAFF_CREDITS_FIELD": "credits",
    "DECHAFF_CUTS_FIELD": "cuts",
}


BUSY = {"ITEM_PIPELINES": {"__main__.Busy": 300}}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


class _Crawl(NamedTuple):
    """Seconds: of wall time, of processor time, and of that inside the pipeline's work."""

    wall: float
    spent: float
    inside: float

    @property
    def beside(self) -> float:
        """Processor time for all but the pipeline's work."""
        return self.spent - self.inside


def crawl(count: int, largest: int, turns: int) -> None:
    """The crawl with and without the pipeline, and with one that spends as long and does nothing."""
    pages = [page.html for name in corpora.CORPORA for page in corpora.load(name) if 4_000 <= len(page.html) <= largest]
    with TemporaryDirectory() as folder:
        for number, page in enumerate(pages):
            Path(folder, f"{number}.html").write_bytes(page)
        spider = Path(folder, "spider.py")
        spider.write_text(SPIDER)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        seconds = 0.0
        found: dict[str, list[_Crawl]] = {"no pipeline": [], "cleaning": [], "as long, doing nothing": []}
        for _ in range(turns):
            for what, settings in (("no pipeline", {}), ("cleaning", PIPELINE), ("as long, doing nothing", BUSY)):
                command = [sys.executable, str(spider), f"http://127.0.0.1:{server.server_port}", str(count)]
                command += [json.dumps(settings), str(len(pages)), str(seconds)]
                done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603
                found[what].append(_Crawl(*json.loads(done.stdout)))
                if what == "cleaning":
                    seconds = found[what][-1].inside / count
        server.shutdown()
    print(f"{count:,} pages, the least of {turns} turns")
    for what, crawls in found.items():
        least = {name: min(getattr(crawl, name) for crawl in crawls) for name in ("wall", "spent", "beside")}
        print(
            f"{what:<24} wall {least['wall']:.1f} s, processor {least['spent']:.2f} s, of that not in the pipeline {least['beside']:.2f} s"
        )
    ours, idle = (min(crawl.beside for crawl in found[what]) for what in ("cleaning", "as long, doing nothing"))
    whole = min(crawl.spent for crawl in found["cleaning"])
    print(f"added beyond the cleaning: {ours - idle:.2f} s, {(ours - idle) / whole:+.1%} of the crawl")


def lag() -> None:
    """How long a thread waits for its turn while another cleans a large page."""
    pages = sorted((page.html for page in corpora.load("wcxb")), key=len)[-3:]
    cleaner = Cleaner()
    cleaner.clean("<p>The first call loads the model and the phrases.</p>")
    for page in pages:
        work = threading.Thread(target=cleaner.explain, args=(page,))
        began = last = time.perf_counter()
        gaps = []
        work.start()
        while work.is_alive():
            time.sleep(0.001)
            now = time.perf_counter()
            gaps.append(1000 * (now - last))
            last = now
        print(
            f"{len(page) / 1e6:.1f} MB in {last - began:.2f} s: longest wait {max(gaps):.0f} ms, median {statistics.median(gaps):.1f} ms"
        )


def service(count: int) -> None:
    """docs/service.py under load from 16 clients on loopback."""
    pages = [page.html for page in corpora.load("wcxb") if len(page.html) <= 25_000][:40]
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "docs.service:app", "--port", "8765", "--log-level", "error"],
        cwd=corpora.ROOT,
    )
    try:
        for _ in range(600):
            try:
                _post(pages[0])
                break
            except OSError:
                time.sleep(0.1)
        began = time.monotonic()
        with ThreadPoolExecutor(16) as clients:
            answers = list(clients.map(_post, (pages[number % len(pages)] for number in range(count))))
        wall = time.monotonic() - began
        waits = sorted(wait for _, wait in answers)
        good = sum(status == 200 for status, _ in answers)
        print(
            f"{count} requests from 16 clients: {count / wall:.1f} a second, {good} answered 200, {count - good} otherwise"
        )
        print(
            f"wait: median {waits[count // 2]:.2f} s, 95% {waits[count * 95 // 100]:.2f} s, longest {waits[-1]:.2f} s"
        )
        status, wait = _post(b"x" * 6_000_000)
        print(f"6 MB: {status} after {wait:.2f} s")
    finally:
        server.terminate()
        server.wait()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory of the service: {peak:.0f} MB")


def _post(page: bytes) -> tuple[int, float]:
    began = time.monotonic()
    request = urllib.request.Request("http://127.0.0.1:8765/", data=page, headers={"Content-Type": "text/html"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            answer.read()
            status = int(answer.status)
    except urllib.error.HTTPError as error:
        status = error.code
    return status, time.monotonic() - began


def main() -> int:
    """One command of those above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("crawl", "lag", "service"))
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--largest", type=int, default=25_000, help="bytes of the largest page that is crawled")
    parser.add_argument("--turns", type=int, default=3, help="how often each crawl is done")
    options = parser.parse_args()
    if options.command == "crawl":
        crawl(options.pages, options.largest, options.turns)
    elif options.command == "lag":
        lag()
    else:
        service(options.pages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
