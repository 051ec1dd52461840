"""dechaff in LlamaIndex: a transformation for ingestion pipelines. `pip install 'dechaff[llamaindex]'`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

try:
    from llama_index.core.schema import BaseNode, TransformComponent
    from pydantic import Field, PrivateAttr
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"dechaff.integrations.llamaindex needs {missing.name}: pip install 'dechaff[llamaindex]'", name=missing.name
    ) from missing

from dechaff.cleaner import Cleaner
from dechaff.integrations.metadata import metadata_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class DechaffTransform(TransformComponent):
    """Cleans the text of documents and nodes; put it before the splitter.

    Their metadata gets `credits`, `cuts` (a number by family) and `warnings`, if there are any; these keys are kept out of what the
    embedding and the model are shown. The metadata's `url`, if there is one, is the page's. The nodes given stay as they are.

    Attributes:
        options: the options of `Cleaner`. They are the component's fields, so that the pipeline's cache knows them.
    """

    options: dict[str, Any] = Field(default_factory=dict)
    _cleaner: Cleaner = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Make the cleaner; options that do not exist raise here, as `Cleaner` says."""
        super().model_post_init(context)
        self._cleaner = Cleaner(**self.options)

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:  # noqa: ARG002
        """Clean nodes."""
        return [self._cleaned(node) for node in nodes]

    def _cleaned(self, node: BaseNode) -> BaseNode:
        url = node.metadata.get("url")
        cleaned = self._cleaner.explain(node.get_content(), url=url if isinstance(url, str) else None)
        own = node.model_copy(deep=True)
        own.set_content(cleaned.text)
        added = metadata_of(cleaned)
        own.metadata.update(added)
        own.excluded_embed_metadata_keys.extend(added)
        own.excluded_llm_metadata_keys.extend(added)
        return own
