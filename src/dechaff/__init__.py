"""dechaff: cleans the boilerplate out of scraped web pages and extracted text, and says why each piece went.

>>> import dechaff
>>> dechaff.clean("The story.\\n- Advertisement -\\nIt goes on.")
'The story.\\nIt goes on.'
"""

from typing import TYPE_CHECKING, Any

from dechaff.cleaner import Cleaner, clean, explain, filters
from dechaff.page import Block, Box, Cleaned, Credit, Cut, Filter, Page, Veto

if TYPE_CHECKING:
    from dechaff.sites import SiteProfile, SiteProfiles

__version__ = "0.1.0"

__all__ = [
    "Block",
    "Box",
    "Cleaned",
    "Cleaner",
    "Credit",
    "Cut",
    "Filter",
    "Page",
    "SiteProfile",
    "SiteProfiles",
    "Veto",
    "__version__",
    "clean",
    "explain",
    "filters",
]


def __getattr__(name: str) -> Any:
    """The profiles of sites, imported when somebody asks for one."""
    if name in ("SiteProfile", "SiteProfiles"):
        from dechaff import sites  # noqa: PLC0415  # as above

        return getattr(sites, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
