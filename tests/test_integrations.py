"""LangChain, LlamaIndex, datatrove and plain responses, each against the framework itself."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

import dechaff
from dechaff.integrations.metadata import metadata_of
from dechaff.integrations.responses import explain_response

TEXT = "Rain.\nTranslated by Kristina Rus\n- Advertisement -\nSun."
CLEAN = "Rain.\nSun."
PAGE = "<!doctype html><body><p>The storm took the pier in the night.</p><div class='ad-container'>Advertisement</div>"


def test_importing_dechaff_imports_no_framework() -> None:
    code = "import sys, dechaff; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.decode().split())
    assert not loaded & {"scrapy", "twisted", "langchain_core", "llama_index", "datatrove", "daft", "pyarrow", "pandas"}


@pytest.mark.parametrize(
    ("module", "package", "extra"),
    [
        ("integrations.scrapy", "itemadapter", "scrapy"),
        ("integrations.langchain", "langchain_core", "langchain"),
        ("integrations.llamaindex", "llama_index", "llamaindex"),
        ("integrations.datatrove", "datatrove", "datatrove"),
        ("bulk", "daft", "bulk"),
    ],
)
def test_a_missing_framework_is_named_with_its_extra(module: str, package: str, extra: str) -> None:
    code = f"import sys; sys.modules[{package!r}] = None; import dechaff.{module}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 1
    last = done.stderr.decode().strip().splitlines()[-1]
    assert last.startswith(f"ModuleNotFoundError: dechaff.{module} needs {package}")
    assert last.endswith(f"pip install 'dechaff[{extra}]'")


def test_metadata_holds_only_what_there_is() -> None:
    assert metadata_of(dechaff.explain("Just prose.")) == {}
    found = metadata_of(dechaff.explain(TEXT))
    assert found["cuts"] == {"credits": 1, "ads": 1}
    assert found["credits"][0]["name"] == "Kristina Rus"


RUSSIAN = "<p>Шторм пришёл ночью и унёс причал.</p>"


def test_the_servers_charset_weighs_more_than_the_pages() -> None:
    page = b"<meta charset=utf-8>" + RUSSIAN.encode("cp1251")
    assert explain_response(page, "text/html; charset=windows-1251").text == "Шторм пришёл ночью и унёс причал."


def test_a_byte_order_mark_weighs_more_than_the_servers_charset() -> None:
    page = b"\xef\xbb\xbf" + RUSSIAN.encode()
    assert explain_response(page, "text/html; charset=windows-1251").text == "Шторм пришёл ночью и унёс причал."


def test_a_charset_that_does_not_exist_changes_nothing() -> None:
    assert explain_response(RUSSIAN.encode(), "text/html; charset=nonesuch").text == "Шторм пришёл ночью и унёс причал."


def test_utf8_that_a_server_calls_latin1_is_utf8_and_a_warning_says_so() -> None:
    found = explain_response(RUSSIAN.encode(), "text/html; charset=iso-8859-1")
    assert found.text == "Шторм пришёл ночью и унёс причал."
    assert any("cp1252" in warning for warning in found.warnings)


def test_a_cleaners_own_kind_stays() -> None:
    cleaner = dechaff.Cleaner(kind="text")
    assert explain_response(b"<b>words</b>", "text/html", cleaner=cleaner).kind == "text"
    assert cleaner.kind == "text"
    assert explain_response(b"<b>words</b>", "text/html").kind == "html"


def test_langchain() -> None:
    pytest.importorskip("langchain_core", reason="LangChain is not installed: pip install 'dechaff[langchain]'")
    from langchain_core.documents import Document

    from dechaff.integrations.langchain import DechaffTransformer

    given = Document(TEXT, metadata={"source": "https://a.example/1"}, id="7")
    transformer = DechaffTransformer()
    (cleaned,) = transformer.transform_documents([given])
    assert (cleaned.page_content, cleaned.id) == (CLEAN, "7")
    assert cleaned.metadata["source"] == "https://a.example/1"
    assert cleaned.metadata["cuts"] == {"credits": 1, "ads": 1}
    assert given == Document(TEXT, metadata={"source": "https://a.example/1"}, id="7")
    assert asyncio.run(transformer.atransform_documents([given])) == [cleaned]
    assert DechaffTransformer(only="legal").transform_documents([given])[0] == given
    with pytest.raises(ValueError, match="no family"):
        DechaffTransformer(only="adds")


def test_llamaindex() -> None:
    pytest.importorskip("llama_index.core", reason="LlamaIndex is not installed: pip install 'dechaff[llamaindex]'")
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.core.schema import Document, MetadataMode

    from dechaff.integrations.llamaindex import DechaffTransform

    given = Document(text=TEXT, metadata={"url": "https://a.example/1"})
    pipeline = IngestionPipeline(transformations=[DechaffTransform()])
    (node,) = pipeline.run(documents=[given])
    assert node.get_content(metadata_mode=MetadataMode.NONE) == CLEAN
    assert node.metadata["cuts"] == {"credits": 1, "ads": 1}
    assert "cuts" not in node.get_content(metadata_mode=MetadataMode.EMBED)
    assert given.text == TEXT
    assert "cuts" not in given.metadata
    assert DechaffTransform(options={"only": "legal"})([given])[0].get_content() == TEXT
    with pytest.raises(ValueError, match="no family"):
        DechaffTransform(options={"only": "adds"})


def test_llamaindex_caches_by_options() -> None:
    pytest.importorskip("llama_index.core", reason="LlamaIndex is not installed: pip install 'dechaff[llamaindex]'")
    from llama_index.core.ingestion.pipeline import get_transformation_hash
    from llama_index.core.schema import Document

    from dechaff.integrations.llamaindex import DechaffTransform

    nodes = [Document(text=TEXT, id_="1")]
    plain, same = DechaffTransform(), DechaffTransform()
    other = DechaffTransform(options={"headline": False})
    assert get_transformation_hash(nodes, plain) == get_transformation_hash(nodes, same)
    assert get_transformation_hash(nodes, plain) != get_transformation_hash(nodes, other)


def test_datatrove_extractor_and_formatter() -> None:
    pytest.importorskip("datatrove", reason="datatrove is not installed: pip install 'dechaff[datatrove]'")
    from datatrove.data import Document

    from dechaff.integrations.datatrove import DechaffExtractor, DechaffFormatter

    formatter = DechaffFormatter()
    (done,) = formatter.run(iter([Document(text=TEXT, id="1")]))
    assert done.text == CLEAN
    assert formatter.stats.stats["total"].total == 1
    extractor = DechaffExtractor(timeout=60)
    pages = [Document(text=PAGE, id="1"), Document(text="<p></p>", id="2")]
    (page,) = extractor.run(iter(pages))
    assert (page.id, page.text) == ("1", "The storm took the pier in the night.")
    assert extractor.stats.stats["dropped"].total == 1
