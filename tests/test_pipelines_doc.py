"""What docs/pipelines.md shows is what happens, and docs/service.py serves."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import threading
from typing import Any

import pytest

from helpers import ROOT

DOC = (ROOT / "docs" / "pipelines.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", DOC, re.DOTALL | re.MULTILINE)
FRAMEWORKS = ("scrapy", "langchain_core", "llama_index", "datatrove", "datasets", "pandas", "polars", "daft")


def _name(block: str) -> str:
    return next((name for name in ("dechaff.bulk", *FRAMEWORKS) if name in block), "plain")


# Daft leaves the pipe from a worker process to the garbage collector: a ResourceWarning, which pytest shows as this.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("block", BLOCKS, ids=_name)
def test_the_examples_run(block: str) -> None:
    for name in FRAMEWORKS:
        if re.search(rf"^\s*(?:from|import) {name}\b", block, re.MULTILINE) or (
            name == "daft" and "dechaff.bulk" in block
        ):
            pytest.importorskip(name, reason=f"{name} is not installed: pip install 'dechaff[integrations]'")
    exec(compile(block, "docs/pipelines.md", "exec"), {"__name__": "example"})


def test_every_framework_has_an_example_of_ten_lines() -> None:
    shown = " ".join(BLOCKS)
    assert all(name in shown for name in FRAMEWORKS if name != "daft")
    assert len(BLOCKS) >= 8


def _service() -> Any:
    spec = importlib.util.spec_from_file_location("service", ROOT / "docs" / "service.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def _post(service: Any, *parts: bytes, method: str = "POST", kind: bytes = b"text/html") -> tuple[int, Any]:
    """One request as an ASGI server makes it."""
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await service.app({"type": "http", "method": method, "headers": [(b"content-type", kind)]}, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


def test_the_service_cleans_what_comes_in_pieces() -> None:
    status, record = asyncio.run(_post(_service(), b"<p>Rain.", b"<p>Translated by Kristina Rus", b"<p>Sun."))
    assert status == 200
    assert record["text"].split() == ["Rain.", "Sun."]
    assert record["credits"][0]["name"] == "Kristina Rus"


def test_the_service_has_limits() -> None:
    service = _service()
    assert asyncio.run(_post(service, method="GET"))[0] == 405
    assert asyncio.run(_post(service, b"x" * (service.BYTES + 1)))[0] == 413
    assert asyncio.run(_post(service, b"x" * 1000))[0] == 200


def test_the_service_does_not_wait_for_ever_and_does_not_pile_up() -> None:
    service = _service()
    service.SECONDS = 0.05
    gate = threading.Event()
    begun = []

    def stuck(*_: object, **__: object) -> None:
        begun.append(1)
        gate.wait(60)

    service.explain_response = stuck

    async def all_at_once() -> list[tuple[int, Any]]:
        try:
            return await asyncio.gather(*(_post(service, b"x") for _ in range(service.AT_ONCE + 5)))
        finally:
            gate.set()

    assert {status for status, _ in asyncio.run(all_at_once())} == {503}
    assert len(begun) <= service.AT_ONCE
