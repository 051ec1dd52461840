"""Many sources at once: worker processes, results in order, memory bounded, one bad page one bad result.

Sources go to the workers in chunks of some hundred kilobytes, and only so many chunks are under way at a time, so an endless
iterable is cleaned in constant memory. A page on which cleaning fails, or on which a worker dies, comes back as a `Cleaned`
whose `error` says why; the others are not touched by it.
"""

from __future__ import annotations

import os
import pickle
import signal
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from dechaff.page import Cleaned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dechaff.cleaner import Cleaner

_CHUNK_SIZE = 262_144
"""Characters or bytes: 30 pages or so, which take a worker many times longer than sending them does."""

_CHUNK_LENGTH = 64
_AHEAD = 2
"""How many chunks wait for each worker, so that none is idle while the oldest result is being waited for."""

_MOST_DEATHS = 5
"""Workers that die on that many sources one after another do not die of the sources."""


class Item(NamedTuple):
    """A source, and where it is from if that is not what the cleaner says; `site` as for `Cleaner.explain`."""

    source: Any
    url: str | None = None
    site: str = ""


Chunk: TypeAlias = list[Item]


def clean_many(cleaner: Cleaner, sources: Iterable[Any], jobs: int | None = None) -> Iterator[Cleaned]:
    """What `Cleaner.clean_many` does; it describes the arguments."""
    if jobs is not None and (not isinstance(jobs, int) or isinstance(jobs, bool)):
        raise TypeError(f"jobs is a whole number or None, not {jobs!r}")
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs is {jobs}; it is 1 or more, or None for all cores")
    items = map(_item_of, sources)
    count = jobs or _cores()
    if count == 1:
        return (_clean(cleaner, item) for item in items)
    try:
        pickled = pickle.dumps(cleaner)
    except Exception as error:
        raise ValueError(
            f"jobs: this cleaner cannot be sent to other processes ({error}); use jobs=1, or for its filters and keep rules"
            " functions with a name in a module"
        ) from error
    return _clean_in_order(cleaner, pickled, items, count)


def _item_of(source: Any) -> Item:
    if isinstance(source, Item):
        return source
    return Item(*source) if isinstance(source, tuple) and len(source) == 2 else Item(source)


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _clean(cleaner: Cleaner, item: Item) -> Cleaned:
    try:
        return cleaner.explain(item.source, url=item.url, site=item.site)
    except Exception as error:  # noqa: BLE001  # whatever a page or a user's filter does, it concerns this page alone
        return _failed(f"{type(error).__name__}: {error}")


def _failed(why: str) -> Cleaned:
    message = f"this source was not cleaned: {why}"
    return Cleaned("", warnings=[message], error=message)


def _clean_in_order(cleaner: Cleaner, pickled: bytes, items: Iterator[Item], jobs: int) -> Iterator[Cleaned]:
    chunks = _Chunks(items)
    first = next(chunks, None)
    second = next(chunks, None) if first is not None else None
    if second is None:
        # So little is cleaned sooner than a process starts.
        yield from (_clean(cleaner, item) for item in first or ())
        chunks.raise_late()
        return
    waiting: deque[Chunk] = deque(chunk for chunk in (first, second) if chunk is not None)
    under_way: deque[tuple[Chunk, Future[list[Cleaned]] | None]] = deque()
    workers = _Workers(pickled, jobs)
    try:
        while True:
            while len(under_way) < jobs * (1 + _AHEAD):
                chunk = waiting.popleft() if waiting else next(chunks, None)
                if chunk is None:
                    break
                under_way.append((chunk, workers.submit(chunk)))
            if not under_way:
                break
            chunk, future = under_way.popleft()
            if future is None:
                yield from (_clean(cleaner, item) for item in chunk)
                continue
            try:
                results = future.result()
            except BrokenProcessPool:
                # Nobody can tell which chunk the worker died of. They are begun again, one source at a time.
                unfinished = [chunk, *(other for other, _ in under_way)]
                under_way.clear()
                for broken in unfinished:
                    yield from workers.one_by_one(cleaner, broken)
                continue
            yield from results
        chunks.raise_late()
    finally:
        workers.stop()


class _Chunks:
    """Cuts an iterable into chunks. An error that it raises is kept until all before it is cleaned."""

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._held: Item | None = None
        self._error: Exception | None = None

    def __iter__(self) -> _Chunks:
        return self

    def __next__(self) -> Chunk:
        chunk: Chunk = []
        size = 0
        while size < _CHUNK_SIZE and len(chunk) < _CHUNK_LENGTH:
            item = self._next()
            if item is None:
                break
            if not _can_be_sent(item):
                # Somebody's tree stays in this process: a chunk of its own, after what came before it.
                if chunk:
                    self._held = item
                else:
                    chunk.append(item)
                break
            chunk.append(item)
            size += len(item.source)
        if not chunk:
            raise StopIteration
        return chunk

    def _next(self) -> Item | None:
        if self._held is not None:
            item, self._held = self._held, None
            return item
        if self._error is not None:
            return None
        try:
            return next(self._items, None)
        except Exception as error:  # noqa: BLE001  # raised again by `raise_late`
            self._error = error
            return None

    def raise_late(self) -> None:
        """Raise what the iterable raised."""
        if self._error is not None:
            raise self._error


def _can_be_sent(item: Item) -> bool:
    return isinstance(item.source, str | bytes | bytearray)


class _Workers:
    """A pool of processes that is made anew when one of them dies."""

    def __init__(self, pickled: bytes, jobs: int) -> None:
        self._pickled, self._jobs = pickled, jobs
        self._deaths = 0
        self._pool = self._started()

    def _started(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._jobs, initializer=_begin, initargs=(self._pickled,))

    def _again(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._started()

    def submit(self, chunk: Chunk) -> Future[list[Cleaned]] | None:
        """Have a chunk cleaned; None if it cannot leave this process."""
        if not _can_be_sent(chunk[0]):
            return None
        try:
            return self._pool.submit(_clean_chunk, chunk)
        except BrokenProcessPool as error:
            future: Future[list[Cleaned]] = Future()
            future.set_exception(error)
            return future

    def one_by_one(self, cleaner: Cleaner, chunk: Chunk) -> Iterator[Cleaned]:
        """Clean a chunk's sources one after another, in processes that may die of them."""
        if not _can_be_sent(chunk[0]):
            yield from (_clean(cleaner, item) for item in chunk)
            return
        for item in chunk:
            result: Cleaned | None = None
            for again in (False, True):
                try:
                    # The pool that is at hand may be the broken one, so the first death proves nothing.
                    result = self._pool.submit(_clean_chunk, [item]).result()[0]
                    self._deaths = 0
                    break
                except BrokenProcessPool:
                    self._again()
                    self._deaths += again
            if self._deaths > _MOST_DEATHS:
                raise RuntimeError(
                    "the worker processes die on every source; they may lack memory, or a module they need to start"
                )
            yield result or _failed("the process that worked on it died (killed, or out of memory)")

    def stop(self) -> None:
        """End all processes, without waiting for what nobody will read."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Worker:
    """What a worker process keeps: its cleaner, with the model loaded once."""

    cleaner: Cleaner


def _begin(pickled: bytes) -> None:
    # Ctrl-C is for the parent, which ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Worker.cleaner = pickle.loads(pickled)  # noqa: S301  # the parent made it


def _clean_chunk(chunk: Chunk) -> list[Cleaned]:
    return [_clean(_Worker.cleaner, item) for item in chunk]
