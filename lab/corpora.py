"""The three public corpora of real pages: loading, splitting by site, and fetching for who has internet.

The pages are read, measured on and learned from; none is copied into the project. They are looked for in
`$DECHAFF_CORPORA`, else in `../shared/corpora` beside the project. Plain clones of the upstream repositories, under
the names `wcxb`, `news` and `trafilatura`, work as well as the repacked halves that are there.
"""

from __future__ import annotations

import ast
import gzip
import hashlib
import io
import json
import os
import re
import sys
import tarfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent

CORPORA = ("wcxb", "news", "trafilatura")

_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gob", "go", "gov", "gv", "mil", "ne", "net", "nom", "or", "org"))
"""Labels under which a country's registry sells names (`co.uk`, `com.au`, `or.jp`, `gv.at`)."""

_COUNTRY_LABEL = 2
"""Only below a two-letter country code is one of `_SECOND_LEVEL` part of the registry's name."""


@dataclass(frozen=True)
class Sample:
    """One labelled page.

    Attributes:
        id: unique in its corpus, and stable.
        corpus: "wcxb", "news" or "trafilatura".
        site: the registered domain, approximately: what splits keep together.
        url: where the page is from; "" if the corpus does not say.
        page_type: one of WCXB's seven for WCXB, "article" for news, "unknown" for trafilatura's mixture.
        html: the bytes as they were served, not always UTF-8.
        gold: the main text; None where there are only segments. "" says that the page has none.
        title: the headline, if the corpus gives it.
        must, must_not: segments that an answer has to hold, and those that it may not.
    """

    id: str
    corpus: str
    site: str
    url: str
    page_type: str
    html: bytes
    gold: str | None
    title: str | None
    must: tuple[str, ...]
    must_not: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """Where a corpus comes from: a repository at one commit, and the part of it that is wanted.

    `alone` are single files taken at a commit of their own, because no one commit is known to hold everything.
    """

    repository: str
    commit: str
    wanted: str
    alone: tuple[tuple[str, str], ...] = ()


SOURCES = {
    "wcxb": Source(
        "Murrough-Foley/web-content-extraction-benchmark",
        "62ff86d12ea72c80c31fb810ff1a724fad687bea",
        r"(?:README\.md|LICENSE|dev/.+)",
    ),
    "news": Source(
        "AndyTheFactory/article-extraction-dataset",
        "b6268337dceabcf4c5eaa721036e8175a9dc5c87",
        r"(?:README\.md|LICENSE|html/.+)",
        (("61a9331d2559546a6dd68450e4a83036e87caec3", "articles.json"),),
    ),
    "trafilatura": Source(
        "adbar/trafilatura",
        "623b0ef8ea2b351b1363e46d6adbe76329bc9b11",
        r"(?:LICENSE|tests/evaldata\.json|tests/(?:eval|cache)/.+)",
    ),
}


def folder() -> Path | None:
    """The folder that holds the corpora, None if there is none: then what needs them is skipped and says so."""
    named = os.environ.get("DECHAFF_CORPORA")
    found = Path(named) if named else ROOT.parent / "shared" / "corpora"
    return found if found.is_dir() else None


def load(name: str) -> list[Sample]:
    """All pages of one corpus, ordered by id.

    Raises:
        FileNotFoundError: the corpus is not there, or a page that its labels name is not.
        ValueError: no corpus is called that.
    """
    if name not in CORPORA:
        raise ValueError(f"no corpus is called {name!r}, there are {', '.join(CORPORA)}")
    home = folder()
    if home is None or not (home / name).is_dir():
        raise FileNotFoundError(f"the corpus {name} is not in {home or '$DECHAFF_CORPORA'}: run `make corpora`")
    readers = {"wcxb": _read_wcxb, "news": _read_news, "trafilatura": _read_trafilatura}
    return sorted(readers[name](home / name), key=lambda sample: sample.id)


def site_of(url: str) -> str:
    """The registered domain of an address, approximately and without the public suffix list; "" if it has none.

    Blogs on one host (`a.blogspot.com`, `b.blogspot.com`) count as one site: they share their templates.

    >>> site_of("https://www.news.example.co.uk/story"), site_of("http://docs.example.org:8080/x")
    ('example.co.uk', 'example.org')
    """
    try:
        host = (urlsplit(url if "//" in url else f"//{url}").hostname or "").rstrip(".").lower()
    except ValueError:
        return ""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    labels = host.removeprefix("www.").split(".")
    suffix = len(labels) > _COUNTRY_LABEL and len(labels[-1]) == _COUNTRY_LABEL and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if suffix else labels[-2:])


class HasSite(Protocol):
    """Whatever is of a site."""

    @property
    def site(self) -> str:
        """The registered domain."""


FOLDS = 5
"""Into how many parts the sites are split, if nothing else is said."""


def folds(samples: Sequence[HasSite], count: int, seed: int = 0) -> list[int]:
    """The fold of each sample, 0 to `count - 1`: a hash of its site and the seed, so a site is never in two folds.

    It depends on nothing else: a page keeps its fold whatever other pages are loaded, and a site that is in two
    corpora is in the same fold in both.
    """
    if count < 1:
        raise ValueError(f"at least one fold is needed, not {count}")
    return [_number(f"{seed}:{sample.site}") % count for sample in samples]


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _bytes(path: Path) -> bytes:
    """The page at `path`, or at `path.gz`."""
    if path.is_file():
        return path.read_bytes()
    return gzip.decompress(path.with_name(path.name + ".gz").read_bytes())


def _segments(labels: dict[str, Any], key: str) -> tuple[str, ...]:
    return tuple(segment for segment in labels.get(key) or () if segment and segment.strip())


def _read_wcxb(home: Path) -> Iterator[Sample]:
    """WCXB: one JSON file a page. What its files call "category" its paper calls "collection".

    Two pages have segments and no `main_content`: their gold is None. In others it is "", mostly for pages whose text
    comes by script, but also for some that have text, so an empty gold is a poor teacher.
    """
    home = home / "dev"
    for path in (home / "ground-truth").glob("*.json"):
        entry = json.loads(path.read_text("utf-8"))
        truth = entry["ground_truth"]
        kind = str(entry["_internal"]["page_type"]["primary"])
        url = entry.get("url") or ""
        yield Sample(
            path.stem,
            "wcxb",
            site_of(url),
            url,
            "collection" if kind == "category" else kind,
            _bytes(home / "html" / f"{path.stem}.html"),
            truth.get("main_content"),
            truth.get("title") or None,
            _segments(truth, "with"),
            _segments(truth, "without"),
        )


def _read_news(home: Path) -> Iterator[Sample]:
    """article-extraction-dataset: one JSON file for all. Its body text leaves out the headline."""
    for name, entry in json.loads((home / "articles.json").read_text("utf-8")).items():
        url = entry.get("url") or entry.get("site") or ""
        html = _bytes(home / "html" / f"{name}.html")
        body, title = entry.get("articleBody") or "", entry.get("title") or None
        yield Sample(name, "news", site_of(url), url, "article", html, body, title, (), ())


def _read_trafilatura(home: Path) -> Iterator[Sample]:
    """The evaluation set of trafilatura: segments only. Upstream has it in `tests`, once as a Python literal."""
    upstream = home / "tests"
    where = upstream if upstream.is_dir() else home
    for url, entry in _trafilatura_labels(where).items():
        name = entry["file"]
        html: bytes | None = None
        for place in ("html", "eval", "cache"):
            if (where / place / name).is_file() or (where / place / f"{name}.gz").is_file():
                html = _bytes(where / place / name)
                break
        if html is None:
            raise FileNotFoundError(f"{where} lacks the page {name}")
        must, must_not = _segments(entry, "with"), _segments(entry, "without")
        title = entry.get("title") or None
        site = site_of(_ARCHIVED.sub("", url)) if "::" not in url else _site_in_name(name)
        yield Sample(name, "trafilatura", site, url, "unknown", html, None, title, must, must_not)


_ARCHIVED = re.compile(r"^https?://web\.archive\.org/web/\w{1,20}/")
"""What the Wayback Machine puts before an address: the page is the site's, not the archive's."""


def _site_in_name(name: str) -> str:
    """The site a page's file is named for: some pages have `hard::FILE` for an address.

    >>> _site_in_name("example.co.uk-story.html"), _site_in_name("example.org.story.of.a.day.html")
    ('example.co.uk', 'example.org')
    """
    labels = re.split(r"[.-]", name.removeprefix("www."))
    suffix = labels[1:2] and labels[1] in _SECOND_LEVEL and len(labels[2]) == _COUNTRY_LABEL
    return ".".join(labels[: 3 if suffix else 2])


def _trafilatura_labels(where: Path) -> dict[str, dict[str, Any]]:
    found = where / "evaldata.json"
    if found.is_file():
        labels: dict[str, dict[str, Any]] = json.loads(found.read_text("utf-8"))
        return labels
    for node in ast.parse((where / "evaldata.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            return dict(ast.literal_eval(node.value))
    raise FileNotFoundError(f"{where} holds no labels")


def _fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=60) as answer:
        data: bytes = answer.read()
        return data


def _download(source: Source) -> dict[str, bytes]:
    """The wanted files of one repository: path in the repository → content."""
    wanted = re.compile(source.wanted)
    files: dict[str, bytes] = {}
    packed = _fetch(f"https://codeload.github.com/{source.repository}/tar.gz/{source.commit}")
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        for member in archive:
            path = member.name.partition("/")[2]
            if member.isfile() and wanted.fullmatch(path) and ".." not in Path(path).parts:
                content = archive.extractfile(member)
                if content is not None:
                    files[path] = content.read()
    for commit, path in source.alone:
        files[path] = _fetch(f"https://raw.githubusercontent.com/{source.repository}/{commit}/{path}")
    return files


def digest(files: dict[str, bytes]) -> str:
    """SHA-256 over paths and contents. GitHub packs an archive anew at will, so the archive's own bytes say nothing."""
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(f"{path}\0{len(files[path])}\0".encode())
        total.update(files[path])
    return total.hexdigest()


def fetch_all(home: Path) -> None:
    """Download what `home` lacks, each corpus at its pinned commit.

    The commit pins what is asked for. `checksums.json` in `home` pins what came: it is written at the first
    download and every later one is compared with it.

    Raises:
        OSError: there is no connection.
        ValueError: what came is not what came the first time; nothing is written then.
    """
    record = home / "checksums.json"
    known: dict[str, str] = json.loads(record.read_text("utf-8")) if record.is_file() else {}
    for name, source in SOURCES.items():
        if (home / name).exists():
            print(f"{name}: already in {home / name}")
            continue
        files = _download(source)
        key = f"{name}@{source.commit}"
        found = digest(files)
        if known.setdefault(key, found) != found:
            raise ValueError(f"{name} is not what it was: sha256 {found}, {record} says {known[key]}")
        for path, content in files.items():
            target = home / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        record.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", "utf-8")
        print(f"{name}: {len(files)} files, sha256 {found}")


def main() -> int:
    """`make corpora`: fetch what is missing into `$DECHAFF_CORPORA`, else into `../shared/corpora`."""
    named = os.environ.get("DECHAFF_CORPORA")
    home = Path(named) if named else ROOT.parent / "shared" / "corpora"
    try:
        home.mkdir(parents=True, exist_ok=True)
        fetch_all(home)
    except (OSError, ValueError, tarfile.TarError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        print(f"corpora: cannot fetch them: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
