"""dechaff in datatrove: an extractor for HTML, and a formatter for text. `pip install 'dechaff[datatrove]'`."""

from __future__ import annotations

from typing import TYPE_CHECKING

try:
    from datatrove.pipeline.extractors.base import BaseExtractor
    from datatrove.pipeline.formatters.base import BaseFormatter
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"dechaff.integrations.datatrove needs {missing.name}: pip install 'dechaff[datatrove]'", name=missing.name
    ) from missing

from dechaff.cleaner import Cleaner

if TYPE_CHECKING:
    from typing import Unpack

    from dechaff.cleaner import Options


class DechaffExtractor(BaseExtractor):  # type: ignore[misc]  # datatrove is not typed
    """From HTML to text, in the place of `Trafilatura`; datatrove runs it in a process of its own and drops what comes out empty.

    Args:
        timeout: seconds that datatrove gives a page.
        options: the options of `Cleaner`; `kind` is "html" unless they say otherwise.
    """

    name = "🧹 dechaff"

    def __init__(self, timeout: float = 5, **options: Unpack[Options]) -> None:
        super().__init__(timeout)
        options.setdefault("kind", "html")
        self.cleaner = Cleaner(**options)

    def extract(self, text: str) -> str:
        """The clean text of one page."""
        return self.cleaner.clean(text)


class DechaffFormatter(BaseFormatter):  # type: ignore[misc]  # as above
    """From extracted text to clean text: what an extractor left behind goes.

    Args:
        options: the options of `Cleaner`; `kind` is "text" unless they say otherwise.
    """

    name = "🧹 dechaff"

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__()
        options.setdefault("kind", "text")
        self.cleaner = Cleaner(**options)

    def format(self, text: str) -> str:
        """The clean text of one document."""
        return self.cleaner.clean(text)
