"""What stayed, in the form that was asked for."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, TypeAlias

from dechaff.reading.html import PageBuilder
from dechaff.writing.text import write_text

if TYPE_CHECKING:
    from dechaff.cutting import Outcome
    from dechaff.page import Cleaned, Page

Output: TypeAlias = Literal["text", "markdown", "html", "records"]
"""The forms a result may take."""

_NEEDS = {"markdown": ("nh3", "markdownify"), "html": ("nh3",)}


def check_installed(output: Output) -> None:
    """Look whether what a form needs is there.

    Raises:
        ModuleNotFoundError: it is not; the message says what to install.
    """
    for name in _NEEDS.get(output, ()):
        if find_spec(name) is None:
            raise ModuleNotFoundError(
                f"output={output!r} needs the package {name}, which is not installed: pip install 'dechaff[{output}]'",
                name=name,
            )


def builder_for(output: Output) -> type[PageBuilder]:
    """What has to take a page's events so that `write` can write this form."""
    if output in _NEEDS:
        from dechaff.reading.recording import Outline  # noqa: PLC0415  # plain text does without

        return Outline
    return PageBuilder


def write(page: Page, outcome: Outcome, cleaned: Cleaned, output: Output) -> str:
    """What stayed of the page.

    Args:
        page: what was read, by the builder that `builder_for` names.
        outcome: what was decided.
        cleaned: the result so far, which records hold.
        output: the form.
    """
    if output == "text" or output == page.kind == "markdown":
        return write_text(page, outcome)
    # The imports stand here because plain text does without them.
    if output == "records":
        from dechaff.writing.records import write_records  # noqa: PLC0415

        return write_records(cleaned, write_text(page, outcome))
    from dechaff.writing.fragment import write_fragment  # noqa: PLC0415
    from dechaff.writing.html import base_address, sanitise  # noqa: PLC0415

    if page.kind == "markdown":
        from dechaff.reading.markdown import render  # noqa: PLC0415  # it was read by it

        return sanitise(render(write_text(page, outcome)), base_address(page))
    fragment = sanitise(write_fragment(page, outcome), base_address(page))
    if output == "html":
        return fragment
    from dechaff.writing.markdown import to_markdown  # noqa: PLC0415

    return to_markdown(fragment)
