"""A small ASGI service around one `Cleaner`: POST a page, get JSON. `uvicorn docs.service:app` from the project's folder.

A time limit on the work itself would need a process to kill; a page's time grows with its size, so the limit on the size bounds it.
Whoever waits longer than `SECONDS` gets a 503, and no more than `AT_ONCE` pages are worked on, so that nothing piles up.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from dechaff import Cleaner
from dechaff.integrations.responses import explain_response
from dechaff.writing.records import as_record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BYTES = 5_000_000
SECONDS = 10.0
AT_ONCE = 8

_cleaner = Cleaner()
_places = asyncio.Semaphore(AT_ONCE)


async def app(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answer one request."""
    if scope["type"] != "http":
        return None
    if scope["method"] != "POST":
        return await _answer(send, 405, {"error": "POST a page"})
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > BYTES:
            return await _answer(send, 413, {"error": f"the page is over the limit of {BYTES:,} bytes"})
        if not message.get("more_body"):
            break
    content_type = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
    try:
        async with asyncio.timeout(SECONDS):
            return await _answer(send, 200, await _cleaned(bytes(body), content_type))
    except TimeoutError:
        return await _answer(send, 503, {"error": "too busy; try again later"})


async def _cleaned(body: bytes, content_type: str) -> dict[str, Any]:
    await _places.acquire()
    work = asyncio.get_running_loop().run_in_executor(
        None, lambda: as_record(explain_response(body, content_type, cleaner=_cleaner))
    )
    work.add_done_callback(lambda _: _places.release())  # when the work ends, not when somebody stops waiting for it
    return await asyncio.shield(work)


async def _answer(send: Callable[[Any], Awaitable[None]], status: int, record: dict[str, Any]) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(record).encode()})
