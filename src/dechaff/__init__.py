"""dechaff: cleans the boilerplate out of scraped web pages and extracted text, and says why each piece went.

>>> import dechaff
>>> dechaff.clean("The story.\\n- Advertisement -\\nIt goes on.")
'The story.\\nIt goes on.'
"""

from dechaff.cleaner import Cleaner, clean, explain, filters
from dechaff.page import Block, Box, Cleaned, Credit, Cut, Filter, Page, Veto

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
    "Veto",
    "__version__",
    "clean",
    "explain",
    "filters",
]
