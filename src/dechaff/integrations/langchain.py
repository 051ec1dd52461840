"""dechaff in LangChain: a document transformer. `pip install 'dechaff[langchain]'`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

try:
    from langchain_core.documents import BaseDocumentTransformer, Document
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"dechaff.integrations.langchain needs {missing.name}: pip install 'dechaff[langchain]'", name=missing.name
    ) from missing

from dechaff.cleaner import Cleaner
from dechaff.integrations.metadata import metadata_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from dechaff.cleaner import Options


class DechaffTransformer(BaseDocumentTransformer):
    """Cleans each document's `page_content`; its metadata gets `credits`, `cuts` (a number by family) and `warnings`, if there are any.

    The metadata's `source`, if it is an address, is the page's `url`. The documents given stay as they are.

    Args:
        options: the options of `Cleaner`.
    """

    def __init__(self, **options: Unpack[Options]) -> None:
        self.cleaner = Cleaner(**options)

    def transform_documents(self, documents: Sequence[Document], **kwargs: Any) -> list[Document]:  # noqa: ARG002
        """Clean documents; the base class runs this in a thread for `atransform_documents`."""
        return [self._cleaned(document) for document in documents]

    def _cleaned(self, document: Document) -> Document:
        source = document.metadata.get("source")
        url = source if isinstance(source, str) and "://" in source else None
        cleaned = self.cleaner.explain(document.page_content, url=url)
        metadata = document.metadata | metadata_of(cleaned)
        return document.model_copy(update={"page_content": cleaned.text, "metadata": metadata})
