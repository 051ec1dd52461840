"""One Daft query: read, clean, write."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import daft
from daft.io._generator import read_generator  # its module is private; Daft's own documentation shows it
from daft.schema import Schema

from dechaff.bulk.learning import Learning, ProfileFolder, profiles_of
from dechaff.bulk.reading import COLUMNS, File, Reader, form_of
from dechaff.bulk.shards import SITES, Folder, Output, Receipt, ShardSink
from dechaff.bulk.work import Work
from dechaff.cleaner import Cleaner
from dechaff.sites import SiteProfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

_FILES_TOGETHER = 500
"""Pages that are files of their own are read in groups: a task each would cost more than the page."""


@dataclass(frozen=True)
class Summary:
    """What a run did.

    Attributes:
        pages: pages of this run; `errors` of them could not be cleaned.
        before: pages that were done before, if the run was taken up again.
        passed: records that are no pages.
        bytes: of the pages of this run as they came in.
        seconds: from the first look at the inputs to the last shard.
        families: how many cuts each family made in this run.
        sites: how many sites have several pages, of which something was learned; 0 if none were to be learned.
    """

    pages: int
    errors: int
    before: int
    passed: int
    bytes: int
    seconds: float
    families: Mapping[str, int]
    sites: int = 0


def clean_files(
    inputs: Sequence[str],
    out: str,
    *,
    cleaner: Cleaner | None = None,
    output: Output = "parquet",
    field: str | None = None,
    url_field: str = "url",
    rows: int = 5000,
    ray: str | None = None,
    learn_sites: bool = False,
) -> Summary:
    """Clean all pages in files: WARC, Parquet, JSON lines, CSV (packed or not), and pages as files of their own.

    A run that was interrupted goes on where it was when it is called again with the same `out` and options; inputs may be added.

    Args:
        inputs: files, folders, globs; local or in an object store (`s3://`, `gs://`, `abfs://`, `https://`).
        out: the folder for the results, local or in an object store.
        cleaner: a cleaner with the options that are wanted.
        output: what is written.
        field: the column that holds the page, for Parquet, JSON lines and CSV; else the first of html, content, text, body.
        url_field: the column that holds the page's address.
        rows: about how many pages a result file holds; what an interrupted run does again is no more than that for each core.
        ray: the address of a Ray cluster ("auto" for the one that is running here); None works on this machine alone.
        learn_sites: go through all pages first and learn what those of one site have in common. The profiles come to lie in
            `out`, in the folder `_sites`.

    Raises:
        FileNotFoundError: an input matches nothing.
        ValueError: the folder holds something else, or was begun with other options; or a site is known already that is to be
            learned.
        OSError: the folder cannot be written.
    """
    begun = time.monotonic()
    cleaner = cleaner or Cleaner()
    if learn_sites and cleaner.site is not None:
        raise ValueError("learn_sites and a cleaner that knows its site exclude each other")
    if ray is not None:  # else Daft's own choice: this machine, or the cluster that this very process is a part of
        daft.set_runner_ray(None if ray == "auto" else ray, noop_if_initialized=True)
    folder = Folder(out)
    results = f"{folder.address if '://' in out else Path(out).absolute()}/"
    found = [File(path, form_of(path)) for path in find_files(inputs) if not path.startswith(results)]
    options = {"output": output, "field": field, "url_field": url_field, "cleaner": _described(cleaner)}
    before = folder.begin({**options, "learn_sites": True} if learn_sites else options)
    left = _left(found, before)
    done, sites = Receipt(), 0
    if left:
        if learn_sites:
            known = _learned(found, cleaner, folder, options, rows)
            cleaner, sites = cleaner.with_site(known), known.count
        done = _query(
            _readers(left, field, url_field),
            daft.cls(Work, use_process=True)(cleaner).clean,
            ShardSink(folder.address, output),
            rows,
        )
    return Summary(
        pages=done.pages,
        errors=done.errors,
        before=before.pages,
        passed=sum(passed for _, passed in (before.ended | done.ended).values()),
        bytes=done.bytes,
        seconds=time.monotonic() - begun,
        families=done.families,
        sites=sites,
    )


def _left(files: Iterable[File], done: Receipt) -> list[File]:
    """The files that are not finished, each with what of it is done."""
    return [File(file.path, file.form, done.ranges(file.path)) for file in files if not done.finished(file.path)]


def _learned(
    files: Sequence[File], cleaner: Cleaner, folder: Folder, options: Mapping[str, Any], rows: int
) -> ProfileFolder:
    """What the pages of each site have in common; what was learned before is not learned again."""
    sites = folder.inside(SITES)
    sketches = sites.inside("sketches")
    done = sketches.begin(options)
    left = _left(files, done)
    if left:
        readers = _readers(left, options["field"], options["url_field"])
        learning = daft.cls(Learning, use_process=True)(cleaner)
        done += _query(readers, learning.sketch, ShardSink(sketches.address, "parquet", needed="profile"), rows)
    return profiles_of(sites, sketches, done)


def _query(readers: Iterator[Reader], work: Callable[..., daft.Expression], sink: ShardSink, rows: int) -> Receipt:
    pages = read_generator(readers, Schema.from_pyarrow_schema(COLUMNS))
    inputs = [pages[name] for name in ("content", "content_type", "url", "error", "decoded")]
    done = pages.select("source", "record", "url", "passed", work(*inputs).alias("result"))
    written = done.into_batches(rows).write_sink(sink).to_pydict()
    return Receipt(**json.loads(written["receipt"][0]))


def _described(cleaner: Cleaner) -> dict[str, Any]:
    """What may not change while a run is taken up again."""
    plain = {name: value for name, value in vars(cleaner).items() if isinstance(value, str | bool | None)}
    rules = [getattr(rule, "name", "") for rule in cleaner.keep]
    site = cleaner.site.as_json() if isinstance(cleaner.site, SiteProfile) else ""
    known = {"site": blake2b(site.encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()} if site else {}
    return plain | known | {"filters": [found.name for found in cleaner.filters], "keep": rules}


def find_files(inputs: Sequence[str]) -> list[str]:
    """All files that the inputs name, each once, in a stable order.

    Raises:
        FileNotFoundError: an input matches nothing.
    """
    found: dict[str, None] = {}
    for given in inputs:
        local = "://" not in given
        if local and Path(given).is_file():
            found[str(Path(given).absolute())] = None
            continue
        pattern = f"{str(Path(given).absolute()).rstrip('/')}/**" if local and Path(given).is_dir() else given
        pattern = f"{pattern}**" if pattern.endswith("/") else pattern
        paths = sorted(_matches(pattern))
        if not paths:
            raise FileNotFoundError(f"{given}: there is no such file, folder or match")
        found |= dict.fromkeys(paths)
    return list(found)


def _matches(pattern: str) -> Iterator[str]:
    try:
        paths = daft.from_glob_path(pattern).to_pydict()["path"]
    except (daft.exceptions.DaftCoreException, FileNotFoundError):
        return
    for path in paths:
        yield path.removeprefix("file://")


def _readers(files: Sequence[File], field: str | None, url_field: str) -> Iterator[Reader]:
    pages = [file for file in files if file.form == "page"]
    for file in files:
        if file.form != "page":
            yield Reader([file], field, url_field)
    for start in range(0, len(pages), _FILES_TOGETHER):
        yield Reader(pages[start : start + _FILES_TOGETHER], field, url_field)
