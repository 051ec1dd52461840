"""The ceiling for a source: what is beyond it is not read, and the result says from where."""

from __future__ import annotations

from typing import Any

from dechaff.late import late_re

MOST_BYTES = 100_000_000
"""What `max_bytes` is if nobody says otherwise. Reading takes about five times as much memory as a page of this size has bytes."""

_WIDE = late_re(rb"\xff\xfe|\xfe\xff|[^\0]?\0")
"""How UTF-16 and UTF-32 begin: with a byte order mark, or with an ASCII sign that has a NUL beside it."""

_WIDEST = 4
"""The most bytes a character takes, in UTF-8 as in UTF-16 and UTF-32."""


def up_to(source: Any, max_bytes: int) -> tuple[Any, list[str]]:
    """The source up to the ceiling, and a sentence that says where it was cut, if it was.

    Text counts as UTF-8. It is cut between two characters, and so are bytes in UTF-8 and, at a multiple of four, in UTF-16 and
    UTF-32. A tree has been built already, and is left as it is.

    >>> up_to("Zürich", 3)
    ('Zü', ['the input is longer than max_bytes=3: it was cut after character 2, and what follows was not read'])
    >>> up_to("Zürich", 7)
    ('Zürich', [])
    """
    if isinstance(source, str):
        if len(source) * _WIDEST <= max_bytes or len(source.encode("utf-8", "surrogatepass")) <= max_bytes:
            return source, []
        start = source[:max_bytes].encode("utf-8", "surrogatepass")[:max_bytes]
        kept = source[: len(start.decode("utf-8", "ignore"))]
        return kept, [_cut_at(max_bytes, f"character {len(kept):,}")]
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source) if isinstance(source, memoryview) else source
        if len(data) <= max_bytes:
            return source, []
        end = max_bytes - max_bytes % _WIDEST
        if not _WIDE.match(data):
            while end > max(0, max_bytes - 2 * _WIDEST) and data[end] & 0xC0 == 0x80:
                end -= 1
        return bytes(data[:end]), [_cut_at(max_bytes, f"byte {end:,} of {len(data):,}")]
    return source, []


def _cut_at(max_bytes: int, where: str) -> str:
    return f"the input is longer than max_bytes={max_bytes:,}: it was cut after {where}, and what follows was not read"
