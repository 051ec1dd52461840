"""dechaff in Scrapy: an item pipeline, and helpers for responses. `pip install 'dechaff[scrapy]'`.

    ITEM_PIPELINES = {"dechaff.integrations.scrapy.DechaffPipeline": 300}
    DECHAFF_FIELDS = {"html": "text"}

| setting | default | meaning |
|---|---|---|
| `DECHAFF_FIELDS` | none; it must be there | fields to clean: a list, or a dict of the field read and the field written |
| `DECHAFF_OPTIONS` | `{}` | options of `Cleaner` |
| `DECHAFF_URL_FIELD` | `"url"` | the field with the page's address |
| `DECHAFF_CREDITS_FIELD` | none | the field that gets the credits, a list of dicts |
| `DECHAFF_CUTS_FIELD` | none | the field that gets the number of cuts by family, a dict |
| `DECHAFF_THREAD_FROM` | 200,000 | pages of so many characters or bytes are cleaned in a thread |

A spider of its own mind sets them in its `custom_settings`. In an item loader `dechaff.clean` is a processor as it is:
`text_in = MapCompose(dechaff.clean)`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

try:
    from itemadapter import ItemAdapter
    from scrapy.exceptions import NotConfigured
    from scrapy.http import HtmlResponse, TextResponse
    from scrapy.utils.asyncio import run_in_thread
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"dechaff.integrations.scrapy needs {missing.name}: pip install 'dechaff[scrapy]'", name=missing.name
    ) from missing

from dechaff.cleaner import Cleaner
from dechaff.integrations import responses

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self, Unpack

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.statscollectors import StatsCollector

    from dechaff.cleaner import Options
    from dechaff.page import Cleaned

_THREAD_FROM = 200_000
"""A page of this size takes some 50 ms. In a thread it takes as long, but others get their turn every few milliseconds: the
interpreter changes threads, and lxml and numpy release its lock. `python -m lab.integrations` measures it."""


class DechaffPipeline:
    """Cleans fields of items of any kind that itemadapter knows, and counts in the crawl's stats what went.

    Stats: `dechaff/pages`, `dechaff/cuts/<family>`, `dechaff/credits/<role>`, `dechaff/warnings`. A field that is missing or None stays
    so; of a list each element is cleaned; a field of any other type is left alone and counted in `dechaff/unusable`.

    Args:
        fields: the field read → the field written.
        cleaner: cleans.
        stats: where to count.
        url_field, credits_field, cuts_field, thread_from: as the settings say.
    """

    def __init__(
        self,
        fields: Mapping[str, str],
        cleaner: Cleaner,
        stats: StatsCollector,
        *,
        url_field: str = "url",
        credits_field: str | None = None,
        cuts_field: str | None = None,
        thread_from: int = _THREAD_FROM,
    ) -> None:
        self.fields = fields
        self.cleaner = cleaner
        self.stats = stats
        self.url_field = url_field
        self.credits_field = credits_field
        self.cuts_field = cuts_field
        self.thread_from = thread_from

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made from the crawl's settings.

        Raises:
            NotConfigured: `DECHAFF_FIELDS` names nothing; Scrapy goes on without the pipeline and says so.
            TypeError, ValueError: `DECHAFF_OPTIONS` are none; the crawl does not begin.
        """
        settings = crawler.settings
        given = settings.get("DECHAFF_FIELDS")
        if not given:
            raise NotConfigured("DECHAFF_FIELDS names no field to clean")
        fields = settings.getdict("DECHAFF_FIELDS") if isinstance(given, dict) else None
        if fields is None:
            fields = {name: name for name in settings.getlist("DECHAFF_FIELDS")}
        assert crawler.stats is not None  # a crawler has them before it has pipelines
        return cls(
            fields,
            Cleaner(**settings.getdict("DECHAFF_OPTIONS")),
            crawler.stats,
            url_field=settings.get("DECHAFF_URL_FIELD", "url"),
            credits_field=settings.get("DECHAFF_CREDITS_FIELD"),
            cuts_field=settings.get("DECHAFF_CUTS_FIELD"),
            thread_from=settings.getint("DECHAFF_THREAD_FROM", _THREAD_FROM),
        )

    async def process_item(self, item: Any) -> Any:
        """Clean the fields of one item, and give it on."""
        adapter = ItemAdapter(item)
        url = adapter.get(self.url_field)
        address = url if isinstance(url, str) else None
        credits_found: list[dict[str, Any]] = []
        cuts: Counter[str] = Counter()
        for source, target in self.fields.items():
            value = adapter.get(source)
            if value is None:
                continue
            whole = value if isinstance(value, list) else [value]
            if not all(isinstance(page, str | bytes) for page in whole):
                self.stats.inc_value("dechaff/unusable")
                continue
            texts = []
            for page in whole:
                cleaned = await self._explain(page, address)
                texts.append(cleaned.text)
                credits_found += [asdict(credit) for credit in cleaned.credits]
                families = Counter(cut.family for cut in cleaned.cuts)
                cuts += families
                self._count(cleaned, families)
            adapter[target] = texts if isinstance(value, list) else texts[0]
        if self.credits_field:
            adapter[self.credits_field] = credits_found
        if self.cuts_field:
            adapter[self.cuts_field] = dict(cuts)
        return item

    async def _explain(self, page: str | bytes, url: str | None) -> Cleaned:
        if len(page) < self.thread_from:
            return self.cleaner.explain(page, url=url)
        return await run_in_thread(self.cleaner.explain, page, url=url)

    def _count(self, cleaned: Cleaned, families: Mapping[str, int]) -> None:
        self.stats.inc_value("dechaff/pages")
        for family, count in families.items():
            self.stats.inc_value(f"dechaff/cuts/{family}", count)
        for credit in cleaned.credits:
            self.stats.inc_value(f"dechaff/credits/{credit.role}")
        if cleaned.warnings:
            self.stats.inc_value("dechaff/warnings", len(cleaned.warnings))


def explain_response(response: Response, **options: Unpack[Options]) -> Cleaned:
    """Clean a response: its address, its kind and its encoding are known. `Cleaner` describes the options.

    The encoding is what the response, its header or the page declares. Where none does, dechaff finds it out: Scrapy
    would take windows-1252 for whatever is not UTF-8.
    """
    cleaner = Cleaner(**options)
    if not isinstance(response, TextResponse):
        return cleaner.explain(response.body, url=response.url)
    header = response.headers.get("Content-Type") or b""
    named = responses.media_type(header.decode("latin-1"))
    kind = "text/html" if isinstance(response, HtmlResponse) else named
    known = response._declared_encoding()  # noqa: SLF001  # `encoding` does not tell what is declared from what is guessed
    content_type = f"{kind}; charset={known}" if known else kind
    return responses.explain_response(response.body, content_type, url=response.url, cleaner=cleaner)


def clean_response(response: Response, **options: Unpack[Options]) -> str:
    """What a person came to read: exactly `explain_response(response, …).text`."""
    return explain_response(response, **options).text
