"""Learning the sites of many files: a first pass over all pages, before they are cleaned.

Each worker makes a sketch of each page that may come into its site's sample (`sites/profile.py`), a profile of that one page. Sketches
are written in shards with receipts, as results are, so this pass is taken up where it was, too. Daft then groups them by site, and
the profiles of one site are merged and written, a file a site. When the pages are cleaned a worker reads the profiles that it meets.
"""

from __future__ import annotations

import json
import zlib
from bisect import bisect_left, insort
from collections import OrderedDict
from functools import reduce
from hashlib import blake2b
from operator import or_
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import daft
import pyarrow as pa
from daft import DataType, Schema
from daft.functions import hash as hash_of
from daft.io.sink import DataSink, WriteResult
from daft.recordbatch import MicroPartition

from dechaff.bulk.shards import Folder
from dechaff.bulk.work import each_source, error_of, text_of
from dechaff.integrations.responses import read_response
from dechaff.sites import SiteProfile, SiteProfiles, site_of
from dechaff.sites.profile import MOST_PAGES, identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dechaff.bulk.shards import Receipt
    from dechaff.bulk.work import Source
    from dechaff.cleaner import Cleaner
    from dechaff.page import Page

SKETCH = pa.struct(
    [
        ("site", pa.large_string()),
        ("page", pa.large_string()),
        ("profile", pa.large_binary()),
        ("error", pa.large_string()),
        ("bytes", pa.int64()),
    ]
)
"""What is learned from one page; only `bytes`, 0, if it is not in the sample, and `error` if it cannot be read."""

ROUND_BYTES = 128 << 20
"""Sketches that are grouped at once, packed. More are done in several rounds, a part of the sites each, so memory does not grow."""

_FEW_BYTES = 8 << 20
"""Fewer sketches are merged sooner than a process starts."""
_MOST_SITES = 10_000
_MOST_LINES = 500_000
"""Lines in the profiles that a worker keeps at hand: some 200 MB."""
_LONGEST_NAME = 150
_LEARNED = "_learned"
"""Says of which sketches the profiles are; it is written last, so profiles that were not finished are merged again."""
_COUNT = pa.schema([("sites", pa.int64())])


def site_of_file(page: Page) -> str:
    """The site of a page in bulk: as `site_of` says, and for a file that says nothing of it the folder that it is in."""
    return site_of(page) or (page.url or "").rpartition("/")[0]


def file_of(site: str) -> str:
    """The name of the file with a site's profile: the host itself, where the site is one.

    >>> file_of("example.org"), file_of("/home/me/pages")
    ('example.org.json', '%2Fhome%2Fme%2Fpages.json')
    """
    name = quote(site, safe="")
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]}-{blake2b(site.encode(), digest_size=8).hexdigest()}"
    return f"{name}.json"


class Learning:
    """Sketches pages; Daft makes one for each worker.

    Of a site's pages a worker sketches those that are among the `MOST_PAGES` smallest it has met: all that the merged profile can need
    of its share, and of a site of a million pages about a thousand.
    """

    def __init__(self, cleaner: Cleaner) -> None:
        self.cleaner = cleaner
        self._sampled: OrderedDict[str, list[str]] = OrderedDict()

    @daft.method.batch(return_dtype=DataType.from_arrow_type(SKETCH))
    def sketch(
        self,
        content: daft.Series,
        content_type: daft.Series,
        url: daft.Series,
        error: daft.Series,
        decoded: daft.Series,
    ) -> pa.Array:
        """What is learned from each row."""
        sources = each_source(content, content_type, url, error, decoded)
        return pa.array([self.row(source) for source in sources], SKETCH)

    def row(self, source: Source) -> dict[str, Any]:
        """What is learned from one page."""
        content, kind, url, error, decoded = source
        if content is None:
            return {"error": error, "bytes": 0}
        try:
            if decoded:
                page = self.cleaner.read(text_of(content), url=url)
            else:
                page = read_response(content, kind, url=url, cleaner=self.cleaner)
            site, name = site_of_file(page), identity(page)
            if not site or not page.blocks or not self._takes(site, name):
                return {"bytes": 0}
            profile = SiteProfile.learn([page])
        except Exception as fault:  # noqa: BLE001  # it is said with the page when that is cleaned
            return {"error": error_of(fault), "bytes": 0}
        packed = zlib.compress(profile.as_json().encode("utf-8", "backslashreplace"), 1)
        return {"site": site, "page": name, "profile": packed, "bytes": len(packed)}

    def _takes(self, site: str, name: str) -> bool:
        """Whether a page is in the sample as far as this worker knows; one that it took before is not taken again."""
        taken = self._sampled.setdefault(site, [])
        self._sampled.move_to_end(site)
        if len(self._sampled) > _MOST_SITES:
            self._sampled.popitem(last=False)  # sketched once more than needed, should it come again
        place = bisect_left(taken, name)
        if place >= MOST_PAGES or taken[place : place + 1] == [name]:
            return False
        insort(taken, name)
        del taken[MOST_PAGES:]
        return True


class Merging:
    """Merges the sketches of each site to its profile."""

    @daft.method.batch(return_dtype=DataType.string())
    def merge(self, page: daft.Series, profile: daft.Series) -> pa.Array:
        """The profile of each row as JSON; none for a site of one page, which has nothing in common with another."""
        return pa.array(map(self.row, page.to_pylist(), profile.to_pylist()), pa.large_string())

    def row(self, pages: list[str], profiles: list[bytes]) -> str | None:
        """The profile of one site."""
        sample = dict(sorted(zip(pages, profiles, strict=True))[::-1])
        if len(sample) == 1:
            return None
        chosen = (zlib.decompress(sample[page]).decode() for page in sorted(sample)[:MOST_PAGES])
        return reduce(or_, map(SiteProfile.from_json, chosen)).as_json()


class ProfileSink(DataSink[int]):
    """Writes the profiles, a file a site, and in the end says how many."""

    def __init__(self, address: str) -> None:
        self.address = address

    def name(self) -> str:
        """What Daft calls it in messages."""
        return "dechaff site profiles"

    def schema(self) -> Schema:
        """One row: how many profiles there are."""
        return Schema.from_pyarrow_schema(_COUNT)

    def write(self, micropartitions: Iterator[MicroPartition]) -> Iterator[WriteResult[int]]:
        """Write profiles."""
        folder = Folder(self.address)
        for part in micropartitions:
            table = part.to_arrow()
            count = 0
            for row in table.to_pylist():
                if row["profile"] is not None:
                    folder.put(file_of(row["site"]), row["profile"].encode())
                    count += 1
            yield WriteResult(count, table.nbytes, count)

    def finalize(self, write_results: list[WriteResult[int]]) -> MicroPartition:
        """How many profiles were written."""
        return MicroPartition.from_pydict({"sites": [sum(written.result for written in write_results)]})


def write_profiles(sketches: str, address: str, size: int) -> int:
    """Merge all sketches to the profiles of their sites; returns how many sites have one.

    Args:
        sketches: the folder with the sketches.
        address: the folder for the profiles.
        size: how many bytes the packed sketches have.
    """
    merging = daft.cls(Merging, use_process=size >= _FEW_BYTES)()
    rounds = 1 + size // ROUND_BYTES
    count = 0
    for number in range(rounds if size else 0):
        found = daft.read_parquet(f"{sketches}/*.parquet").select("site", "page", "profile")
        if rounds > 1:
            found = found.where(hash_of(daft.col("site")) % daft.lit(rounds) == daft.lit(number))
        grouped = found.groupby("site").agg(daft.col("page").list_agg(), daft.col("profile").list_agg())
        merged = grouped.select("site", merging.merge(grouped["page"], grouped["profile"]).alias("profile"))
        count += merged.write_sink(ProfileSink(address)).to_pydict()["sites"][0]
    return count


class ProfileFolder(SiteProfiles):
    """The profiles in a folder, each read when a page of its site comes.

    Args:
        address: the folder.
        state: changes when the profiles do.
        count: how many there are.
    """

    def __init__(self, address: str, state: str, count: int) -> None:
        super().__init__()
        self.address = address
        self.state = state
        self.count = count

    def of_page(self, page: Page) -> SiteProfile | None:
        """The profile of the site that a page is of; None if there is none."""
        site = site_of_file(page)
        return _at_hand.profile(self.address, self.state, site) if site else None


def profiles_of(sites: Folder, sketches: Folder, done: Receipt) -> ProfileFolder:
    """The profiles of all sites that were sketched; they are merged again only if there are new sketches.

    Args:
        sites: the folder for the profiles.
        sketches: the folder with the sketches.
        done: what is in it.
    """
    told = json.dumps([sorted(done.ended), done.pages]).encode()
    state = blake2b(told, digest_size=8).hexdigest()
    known = json.loads(sites.get(_LEARNED) or "{}")
    if known.get("state") != state:
        known = {"state": state, "sites": write_profiles(sketches.address, sites.address, done.bytes)}
        sites.put(_LEARNED, json.dumps(known).encode())
    return ProfileFolder(sites.address, state, known["sites"])


class _AtHand:
    """The profiles that were used last, up to so many lines."""

    def __init__(self) -> None:
        self._profiles: OrderedDict[tuple[str, str, str], SiteProfile | None] = OrderedDict()
        self._lines = 0

    def profile(self, address: str, state: str, site: str) -> SiteProfile | None:
        """A site's profile, read from its folder or at hand; None if there is none."""
        key = (address, state, site)
        if key not in self._profiles:
            data = Folder(address).get(file_of(site))
            self._profiles[key] = SiteProfile.from_json(data.decode()) if data is not None else None
            self._lines += _weight(self._profiles[key])
            while self._lines > _MOST_LINES and len(self._profiles) > 1:
                self._lines -= _weight(self._profiles.popitem(last=False)[1])
        self._profiles.move_to_end(key)
        return self._profiles[key]


def _weight(profile: SiteProfile | None) -> int:
    return 10 + sum(map(len, profile.pages.values())) if profile is not None else 10


_at_hand = _AtHand()
