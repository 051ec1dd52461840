"""Scrapy: the pipeline in a real crawl of a server that the test starts, the item loader, the response helpers."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("scrapy", reason="Scrapy is not installed: pip install 'dechaff[scrapy]'")

from scrapy.exceptions import NotConfigured
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

import dechaff
from dechaff.integrations.scrapy import DechaffPipeline, clean_response, explain_response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = 100
STORY = "<p>The storm came in the night and took the pier, number {}.</p>"
AD = '<div class="ad-container">Advertisement</div>'
CREDIT = "<p>Translated by Kristina Rus</p>"

SPIDER = """
import dataclasses, json, sys
import scrapy
from scrapy.crawler import AsyncCrawlerProcess

@dataclasses.dataclass
class Story:
    url: str
    html: str
    text: str = ""
    credits: list = dataclasses.field(default_factory=list)
    cuts: dict = dataclasses.field(default_factory=dict)

class Pages(scrapy.Spider):
    name = "pages"
    custom_settings = json.loads(sys.argv[3])

    async def start(self):
        for number in range(int(sys.argv[2])):
            yield scrapy.Request(f"{sys.argv[1]}/{number}", cb_kwargs={"number": number})

    def parse(self, response, number):
        item = {"url": response.url, "html": response.text}
        yield item if number % 2 else Story(**item)

items = []
process = AsyncCrawlerProcess({
    "ITEM_PIPELINES": {"dechaff.integrations.scrapy.DechaffPipeline": 300},
    "DECHAFF_FIELDS": {"html": "text"}, "DECHAFF_CREDITS_FIELD": "credits", "DECHAFF_CUTS_FIELD": "cuts",
    "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False, "CONCURRENT_REQUESTS": 16, "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "DOWNLOAD_DELAY": 0, "DECHAFF_THREAD_FROM": 50_000,
})
crawler = process.create_crawler(Pages)
def keep(item):
    items.append(dict(item if isinstance(item, dict) else vars(item)))
crawler.signals.connect(keep, scrapy.signals.item_scraped)
process.crawl(crawler)
process.start()
stats = {key: value for key, value in crawler.stats.get_stats().items() if key.startswith(("dechaff", "item", "log"))}
json.dump({"items": items, "stats": stats}, sys.stdout)
"""


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # the base class names it
        number = int(self.path.strip("/"))
        filler = STORY.format(number) * (1500 if number == 7 else 1)
        page = f"<!doctype html><title>t</title><body>{filler}{AD}{CREDIT}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def _server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _crawl(tmp_path: Path, count: int, settings: dict[str, Any]) -> dict[str, Any]:
    spider = tmp_path / "spider.py"
    spider.write_text(SPIDER)
    with _server() as address:
        done = subprocess.run(
            [sys.executable, str(spider), address, str(count), json.dumps(settings)],
            capture_output=True,
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_crawl_is_cleaned_item_by_item_and_counted(tmp_path: Path) -> None:
    found = _crawl(tmp_path, PAGES, {})
    assert len(found["items"]) == PAGES
    for item in found["items"]:
        number = int(item["url"].rpartition("/")[2])
        assert item["text"] == dechaff.clean(item["html"], url=item["url"])
        assert f"number {number}." in item["text"]
        assert "Advertisement" not in item["text"]
        assert [credit["name"] for credit in item["credits"]] == ["Kristina Rus"]
        assert item["cuts"]["ads"] == 1
    stats = found["stats"]
    assert stats["dechaff/pages"] == PAGES
    assert stats["dechaff/cuts/ads"] == PAGES
    assert stats["dechaff/credits/translator"] == PAGES
    assert "log_count/ERROR" not in stats


def test_a_spider_has_options_of_its_own(tmp_path: Path) -> None:
    found = _crawl(tmp_path, 2, {"DECHAFF_OPTIONS": {"only": ["credits"]}, "DECHAFF_CUTS_FIELD": None})
    for item in found["items"]:
        assert "Advertisement" in item["text"]
        assert "Kristina Rus" not in item["text"]
        assert not item.get("cuts")


def _pipeline(**settings: Any) -> DechaffPipeline:
    crawler: Any = SimpleNamespace(settings=Settings({"DECHAFF_FIELDS": ["text"], **settings}))
    crawler.stats = MemoryStatsCollector(SimpleNamespace(settings=Settings({"STATS_DUMP": False})))  # type: ignore[arg-type]
    return DechaffPipeline.from_crawler(crawler)


def _processed(pipeline: DechaffPipeline, item: Any) -> Any:
    """The item, from a pipeline that never has to wait: what is small is cleaned at once."""
    steps = pipeline.process_item(item)
    with pytest.raises(StopIteration) as done:
        steps.send(None)
    return done.value.value


def test_what_is_no_text_is_left_alone() -> None:
    pipeline = _pipeline()
    for value in (None, 7, ["a", 7]):
        assert _processed(pipeline, {"text": value}) == {"text": value}
    assert _processed(pipeline, {"other": "- Advertisement -"}) == {"other": "- Advertisement -"}
    assert pipeline.stats.get_value("dechaff/unusable") == 2


def test_each_element_of_a_list_is_cleaned() -> None:
    item = {"text": ["Rain.\n- Advertisement -", b"Sun."]}
    assert _processed(_pipeline(), item)["text"] == ["Rain.", "Sun."]


def test_a_large_page_is_cleaned_in_a_thread_and_a_small_one_is_not() -> None:
    code = """
import asyncio, threading
from scrapy.settings import Settings
from scrapy.statscollectors import DummyStatsCollector
from types import SimpleNamespace
from dechaff.integrations.scrapy import DechaffPipeline
seen = []
def spy(page):
    seen.append(threading.current_thread() is threading.main_thread())
    return ()
settings = Settings({"DECHAFF_FIELDS": ["text"], "DECHAFF_THREAD_FROM": 100, "DECHAFF_OPTIONS": {"filters": [spy]}})
pipeline = DechaffPipeline.from_crawler(SimpleNamespace(settings=settings, stats=DummyStatsCollector(SimpleNamespace(settings=Settings()))))
async def both():
    await pipeline.process_item({"text": "x " * 49})
    await pipeline.process_item({"text": "x " * 50})
from scrapy.utils.reactor import install_reactor
install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
from twisted.internet import reactor
from twisted.internet.defer import Deferred
def end(result):
    print(seen, result)
    reactor.stop()
reactor.callWhenRunning(lambda: Deferred.fromFuture(asyncio.ensure_future(both())).addBoth(end))
reactor.run()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=120)
    assert done.stdout.split(b"\n")[0] == b"[True, False] None"


def test_without_fields_there_is_no_pipeline() -> None:
    with pytest.raises(NotConfigured, match="DECHAFF_FIELDS"):
        _pipeline(DECHAFF_FIELDS=[])


def test_wrong_options_stop_the_crawl_before_it_begins() -> None:
    with pytest.raises(ValueError, match="no family 'adds'"):
        _pipeline(DECHAFF_OPTIONS={"only": "adds"})


def test_clean_is_a_processor_of_item_loaders() -> None:
    loaders = pytest.importorskip("itemloaders")
    from itemloaders.processors import MapCompose

    class Loader(loaders.ItemLoader):  # type: ignore[misc,name-defined]
        default_item_class = dict
        text_in = MapCompose(dechaff.clean)

    loader = Loader()
    loader.add_value("text", ["Rain.\n- Advertisement -\nSun.", "Snow."])
    assert loader.load_item() == {"text": ["Rain.\nSun.", "Snow."]}


RUSSIAN = "<p>Шторм пришёл ночью и унёс причал.</p>"


@pytest.mark.parametrize(
    "response",
    [
        HtmlResponse("https://a.example/", body=RUSSIAN.encode("cp1251"), encoding="cp1251"),
        HtmlResponse(
            "https://a.example/",
            body=RUSSIAN.encode("cp1251"),
            headers={"Content-Type": "text/html; charset=windows-1251"},
        ),
        HtmlResponse("https://a.example/", body=b'<meta charset="cp1251">' + RUSSIAN.encode("cp1251")),
        HtmlResponse("https://a.example/", body=RUSSIAN.encode()),
        HtmlResponse("https://a.example/", body=(RUSSIAN * 20).encode("cp1251")),
    ],
    ids=["given", "header", "page", "utf-8", "nothing says it"],
)
def test_a_response_is_read_in_its_encoding(response: HtmlResponse) -> None:
    assert clean_response(response, headline=False).startswith("Шторм пришёл ночью")


def test_a_response_knows_its_kind() -> None:
    text = TextResponse("https://a.example/a.txt", body=b"<b>is a tag</b>.", headers={"Content-Type": "text/plain"})
    page = HtmlResponse("https://a.example/a", body=b"just words")
    assert (explain_response(text).kind, explain_response(page).kind) == ("text", "html")
    picture = explain_response(Response("https://a.example/a.png", body=b"\x89PNG\r\n\x1a\n\0\0"))
    assert picture.text == ""
    assert "PNG" in picture.warnings[0]
