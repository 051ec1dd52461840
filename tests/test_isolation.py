"""A cleaner among others: threads, processes, no state between calls, nothing done to the machine it runs on."""

from __future__ import annotations

import gc
import locale
import multiprocessing
import os
import pickle
import subprocess
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from dechaff import Cleaned, Cleaner
from dechaff.content.arithmetic import one_thread
from helpers import ROOT, page_folders

PAGES = [(folder / "page.html").read_bytes() for folder in page_folders() if (folder / "page.html").exists()]
TEXT = (ROOT / "fixtures" / "seed.txt").read_text("utf-8")
SOURCES: list[bytes | str] = [*PAGES[:6], TEXT, "<p>One.</p>" * 9, b"\xff\xfe\x00", ""]


def results(cleaner: Cleaner | None = None) -> list[Cleaned]:
    shared = cleaner or Cleaner()
    return [shared.explain(source) for source in SOURCES]


@pytest.fixture(scope="module")
def expected() -> list[Cleaned]:
    return results()


def test_sixteen_threads_give_what_one_gives(expected: list[Cleaned]) -> None:
    cleaner = Cleaner()
    with ThreadPoolExecutor(16) as pool:
        for found in [pool.submit(results, cleaner) for _ in range(16)]:
            assert found.result() == expected


_FRESH_THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from test_isolation import SOURCES
from dechaff import Cleaner
cleaner = Cleaner()
with ThreadPoolExecutor(16) as pool:
    texts = set(pool.map(lambda _: cleaner.clean(SOURCES[0]), range(32)))
assert texts == {cleaner.clean(SOURCES[0])}
"""


def test_threads_may_be_the_first_to_use_it() -> None:
    """What is loaded once is loaded by whichever thread comes first: in a process that has loaded nothing."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", _FRESH_THREADS], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("method", [m for m in ("fork", "spawn") if m in multiprocessing.get_all_start_methods()])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_processes_give_what_one_gives(method: str, expected: list[Cleaned]) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        for found in [pool.submit(results, Cleaner()) for _ in range(2)]:
            assert found.result(timeout=300) == expected


def test_the_same_page_a_thousand_times_gives_the_same() -> None:
    """A peer's deduplication returned nothing from the third time on."""
    cleaner = Cleaner()
    page = (
        "<h1>Rain</h1>"
        + "<p>It rained all day, and nobody went out.</p>" * 4
        + "<p>Advertisement</p><p>Share on Facebook</p>"
    )
    first = cleaner.explain(page)
    assert first.text
    assert first.cuts
    assert all(cleaner.explain(page) == first for _ in range(1000))


def test_a_page_before_changes_nothing_about_the_next(expected: list[Cleaned]) -> None:
    cleaner = Cleaner()
    for source, result in reversed(list(zip(SOURCES, expected, strict=True))):
        assert cleaner.explain(source) == result


def test_results_and_cleaners_pickle(expected: list[Cleaned]) -> None:
    cleaner = pickle.loads(pickle.dumps(Cleaner(favor="recall", keep=["x"], without="ads", max_bytes=10_000)))
    assert (cleaner.favor, cleaner.max_bytes, len(cleaner.keep)) == ("recall", 10_000, 1)
    assert pickle.loads(pickle.dumps(expected)) == expected


def _globals() -> dict[str, object]:
    return {
        "locale": locale.setlocale(locale.LC_ALL),
        "filters": list(warnings.filters),
        "recursion": sys.getrecursionlimit(),
        "errstate": np.geterr(),
        "print options": np.get_printoptions(),
        "environment": dict(os.environ),
        "directory": Path.cwd(),
        "collector": (gc.isenabled(), gc.get_threshold()),
        "switch interval": sys.getswitchinterval(),
        "hooks": (sys.excepthook, sys.displayhook, sys.gettrace()),
    }


def test_nothing_global_is_changed() -> None:
    before = _globals()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        inside = _globals()
        results()
        assert _globals() == inside
    assert caught == []
    assert _globals() == before


_AUDITED = """
import sys
sys.dont_write_bytecode = True
import test_isolation
from dechaff import Cleaner
cleaner = Cleaner()
pages = [*test_isolation.PAGES, test_isolation.TEXT, *(page.decode("utf-8", "replace") for page in test_isolation.PAGES)]
for page in pages:
    cleaner.explain(page)   # what loads once is loaded: modules, weights, Python's codecs
seen = []
HARMLESS = ("object.", "sys._getframe", "gc.", "builtins.id", "marshal.", "code.__new__", "import", "sys.audit")
def hook(event, arguments):
    if watching and not event.startswith(HARMLESS):
        seen.append((event, repr(arguments)[:120]))
watching = False
sys.addaudithook(hook)
watching = True
for page in pages:
    cleaner.explain(page)
watching = False
print("\\n".join(f"{event} {what}" for event, what in seen))
watching = True
open("/dev/null", "wb").close()
eval("1")
watching = False
assert {"open", "exec"} <= {event for event, _ in seen}, "the hook sees nothing"
"""


def test_the_library_opens_no_file_no_socket_no_process_and_runs_no_code() -> None:
    """Python itself reports what is opened, connected, started, compiled and run while all fixture pages are cleaned."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", _AUDITED], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


_COLD = """
import sys, test_isolation
seen = []
def hook(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "tempfile.", "ftplib", "smtplib", "urllib",
        "http.", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink", "os.chmod", "shutil.", "pickle.")):
        seen.append((event, arguments))
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        seen.append((event, arguments))
sys.dont_write_bytecode = True
sys.addaudithook(hook)
import dechaff
for page in (test_isolation.PAGES[0], test_isolation.TEXT, "Zürich ist schön".encode("cp1252")):
    dechaff.explain(page, keep=["css:.note"])
assert not seen, seen
open("/dev/null", "wb").close()
assert seen, "the hook sees nothing"
"""


def test_nor_while_it_loads() -> None:
    """Importing it, and what it loads with the first page: files are read, none is written, nobody is called."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", _COLD], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr


def test_caches_of_names_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Class names that are made up for each page fill what is kept about names, and no more."""
    from dechaff.content import names, network
    from dechaff.page import tokens_of

    cleaner = Cleaner()
    for number in range(40):
        body = "".join(
            f"<div class='c{number}-{place}'><p>It rained on day {place}, all day.</p></div>" for place in range(30)
        )
        cleaner.clean(f"<html><body>{body}</body></html>")
    for cache in (tokens_of, names.name_pieces):
        maximum = cache.cache_parameters()["maxsize"]
        assert maximum is not None
        assert cache.cache_info().currsize <= maximum
    kept = network.network("html")._box_names
    assert 0 < len(kept.known) <= network._CACHED_NAMES
    monkeypatch.setattr(network, "_CACHED_NAMES", 40)
    for number in range(3):
        kept.vectors([("div", f"d{number}-{place}", None, None, None) for place in range(30)])
        assert 0 < len(kept.known) <= 40


def test_the_arithmetic_threads_are_one_while_a_network_runs_and_as_before_after_it() -> None:
    def counts() -> list[int]:
        return [found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"]

    with threadpool_limits(limits=2, user_api="blas"):
        before = counts()
        with one_thread():
            assert counts() == [1] * len(before)
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(Cleaner().clean, PAGES))
            assert counts() == [1] * len(before)
        assert counts() == before
