"""The work on one batch: where Daft runs it, the cleaner is there once and its model loaded once."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

import daft
import pyarrow as pa
from daft import DataType

from dechaff.integrations.responses import explain_response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dechaff.cleaner import Cleaner
    from dechaff.page import Cleaned

RESULT = pa.struct(
    [
        ("text", pa.large_string()),
        (
            "credits",
            pa.large_list(
                pa.struct([(name, pa.large_string()) for name in ("role", "name", "language", "text")]),
            ),
        ),
        ("removed", pa.float64()),
        ("families", pa.large_list(pa.struct([("family", pa.large_string()), ("cuts", pa.int64())]))),
        ("warnings", pa.large_list(pa.large_string())),
        ("error", pa.large_string()),
        ("bytes", pa.int64()),
    ]
)


def removed_share(cleaned: Cleaned) -> float:
    """How much of the text that a reader would see went, in characters, 0 to 1.

    >>> from dechaff import explain
    >>> round(removed_share(explain("The story.\\n- Advertisement -\\nIt goes on.")), 2)
    0.44
    """
    gone = sum(len(cut.text) for cut in cleaned.cuts)
    whole = gone + len(cleaned.text)
    return round(gone / whole, 4) if whole else 0.0


class Source(NamedTuple):
    """One page as Daft hands it over.

    Attributes:
        content: its bytes, None if it could not be read.
        content_type: what its server or archive said of it.
        url: where it is from.
        error: why it could not be read.
        decoded: whether the content is text already, as UTF-8.
    """

    content: bytes | None
    content_type: str | None = None
    url: str | None = None
    error: str | None = None
    decoded: bool = False


def each_source(*columns: daft.Series) -> Iterator[Source]:
    """The pages of a batch, whose columns are those of `Source`."""
    return map(Source, *(column.to_pylist() for column in columns))


def error_of(fault: Exception) -> str:
    """What a row says of a page that could not be cleaned.

    >>> error_of(ValueError("no such page"))
    'ValueError: no such page'
    """
    return f"{type(fault).__name__}: {fault}"


def text_of(content: bytes) -> str:
    """The text of a file that was decoded before it came here.

    Raises:
        UnicodeDecodeError: it is no UTF-8.
    """
    return content.decode("utf-8", "surrogatepass")


def clean_source(cleaner: Cleaner, source: Source) -> dict[str, Any]:
    """One page's row; whatever goes wrong with it is in `error`."""
    content, kind, url, error, decoded = source
    row: dict[str, Any] = {"error": error, "bytes": len(content or b"")}
    if content is None:
        return row
    try:
        if decoded:
            cleaned = cleaner.explain(text_of(content), url=url)
        else:
            cleaned = explain_response(content, kind, url=url, cleaner=cleaner)
    except Exception as fault:  # noqa: BLE001  # a million pages find what no test found; the page is named in its row
        return row | {"error": error_of(fault)}
    counts = Counter(cut.family for cut in cleaned.cuts)
    return row | {
        "text": cleaned.text,
        "credits": [asdict(credit) for credit in cleaned.credits],
        "removed": removed_share(cleaned),
        "families": [{"family": family, "cuts": count} for family, count in counts.items()],
        "warnings": list(cleaned.warnings),
    }


class Work:
    """Cleans batches; Daft makes one for each worker. The rows that only count pass through it."""

    def __init__(self, cleaner: Cleaner) -> None:
        self.cleaner = cleaner

    @daft.method.batch(return_dtype=DataType.from_arrow_type(RESULT))
    def clean(
        self,
        content: daft.Series,
        content_type: daft.Series,
        url: daft.Series,
        error: daft.Series,
        decoded: daft.Series,
    ) -> pa.Array:
        """The result of each row."""
        sources = each_source(content, content_type, url, error, decoded)
        return pa.array([clean_source(self.cleaner, source) for source in sources], RESULT)
