"""What is known of a cleaned page, as metadata for frameworks whose documents carry some."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dechaff.page import Cleaned


def metadata_of(cleaned: Cleaned) -> dict[str, Any]:
    """Credits, the number of cuts by family, and warnings: those of them that there are.

    >>> from dechaff import explain
    >>> metadata_of(explain("Rain.\\n- Advertisement -\\nSun."))
    {'cuts': {'ads': 1}}
    """
    found = {
        "credits": [asdict(credit) for credit in cleaned.credits],
        "cuts": dict(Counter(cut.family for cut in cleaned.cuts)),
        "warnings": list(cleaned.warnings),
    }
    return {name: value for name, value in found.items() if value}
