"""One thread for numpy's matrix products, while a network runs.

A page's products are so small that threads gain nothing, but OpenBLAS starts them from a few hundred thousand operations on, and each
spins for some 20 ms after its work. On two busy cores that tripled the processor time of a page.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@lru_cache(maxsize=1)
def _libraries() -> Sequence[Any]:
    """The libraries that multiply matrices. To set each one's number is far faster than `ThreadpoolController.limit`."""
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415  # when a network first runs

    return tuple(ThreadpoolController().select(user_api="blas").lib_controllers)


class _Limit:
    """The limit, and how many calls want it now: the first sets it, the last puts back what was there."""

    lock = threading.Lock()
    users = 0
    before: Sequence[int] = ()


@contextmanager
def one_thread() -> Iterator[None]:
    """Within it, matrix products use one thread; after it, as many as before. May be entered by several threads at once."""
    with _Limit.lock:
        _Limit.users += 1
        if _Limit.users == 1:
            _Limit.before = [library.num_threads for library in _libraries()]
            for library in _libraries():
                library.set_num_threads(1)
    try:
        yield
    finally:
        with _Limit.lock:
            _Limit.users -= 1
            if not _Limit.users:
                for library, threads in zip(_libraries(), _Limit.before, strict=True):
                    library.set_num_threads(threads)
