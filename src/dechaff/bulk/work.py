"""The work on one batch: where Daft runs it, the cleaner is there once and its model loaded once."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import daft
import pyarrow as pa
from daft import DataType

from dechaff.integrations.responses import explain_response, read_response

if TYPE_CHECKING:
    from dechaff.cleaner import Cleaner
    from dechaff.page import Cleaned, Page

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


def read_row(cleaner: Cleaner, content: bytes, content_type: str | None, url: str | None, *, decoded: bool) -> Page:
    """The page that `clean_row` cleans.

    Raises:
        UnicodeDecodeError: the content is `decoded` and no UTF-8.
    """
    if decoded:
        return cleaner.read(content.decode("utf-8", "surrogatepass"), url=url)
    return read_response(content, content_type, url=url, cleaner=cleaner)


def clean_row(
    cleaner: Cleaner,
    content: bytes | None,
    content_type: str | None,
    url: str | None,
    error: str | None,
    *,
    decoded: bool,
) -> dict[str, Any]:
    """One page's row; whatever goes wrong with it is in `error`."""
    row: dict[str, Any] = {"error": error, "bytes": len(content or b"")}
    if content is None:
        return row
    try:
        if decoded:
            cleaned = cleaner.explain(content.decode("utf-8", "surrogatepass"), url=url)
        else:
            cleaned = explain_response(content, content_type, url=url, cleaner=cleaner)
    except Exception as fault:  # noqa: BLE001  # a million pages find what no test found; the page is named in its row
        row["error"] = f"{type(fault).__name__}: {fault}"
        return row
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
        columns = [column.to_pylist() for column in (content, content_type, url, error, decoded)]
        rows = [
            clean_row(self.cleaner, body, kind, address, fault, decoded=known)
            for body, kind, address, fault, known in zip(*columns, strict=True)
        ]
        return pa.array(rows, RESULT)
