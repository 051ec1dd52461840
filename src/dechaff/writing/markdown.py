"""Markdown from a sanitised fragment: CommonMark with tables, through the package markdownify."""

from __future__ import annotations

from typing import Any

import regex
from markdownify import MarkdownConverter

_FENCE = regex.compile(r"^`{3,}", regex.MULTILINE)
_IN_TEXT = regex.compile(
    r"""
    [\\`*\[\]<|]                            # these mean something anywhere
    | (?<!\w)_ | _(?!\w) | ~ | &(?=\#?\w)  # in a word, or alone, these are themselves
    | ^ \K (?: >
        | \#{1,6}(?=\s|$)                    # a heading
        | [-+=](?=\s|[-=]|$)                # a list, a rule, the line under a heading
      )
    | ^ \s{0,3} \d{1,9} \K [.)](?=\s|$)      # a numbered list
    """,
    regex.VERBOSE | regex.MULTILINE,
)
"""What has to be escaped to be read as text."""
_IN_ADDRESS = {ord(" "): "%20", ord("("): "%28", ord(")"): "%29", ord("<"): "%3C", ord(">"): "%3E", ord("\\"): "%5C"}


class _Converter(MarkdownConverter):
    """Where markdownify writes text of the page into Markdown's own syntax as it stands, it is escaped here."""

    def escape(self, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002  # markdownify's
        return _IN_TEXT.sub(r"\\\g<0>", text)

    def convert_a(self, el: Any, text: str, parent_tags: set[str]) -> str:
        if el.get("href"):
            el["href"] = el["href"].translate(_IN_ADDRESS)
        return str(super().convert_a(el, text, parent_tags))  # type: ignore[misc]  # the package has no types

    def convert_img(self, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002  # markdownify's
        alt = self.escape(el.get("alt") or "", parent_tags)
        return f"![{alt}]({(el.get('src') or '').translate(_IN_ADDRESS)})"

    def convert_pre(self, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002  # markdownify's
        code = el.get_text().strip("\r\n")
        language = next((name[9:] for name in (el.code or {}).get("class", ()) if name.startswith("language-")), "")
        fence = "`" * max(3, 1 + max((len(found) for found in _FENCE.findall(code)), default=0))
        return f"\n\n{fence}{language}\n{code}\n{fence}\n\n"


def to_markdown(fragment: str) -> str:
    r"""Markdown of a fragment that `sanitise` has made.

    >>> to_markdown("<h2>One</h2><p>Two <em>three</em> [4].</p>")
    '## One\n\nTwo *three* \\[4\\].\n'
    """
    text = _Converter(heading_style="ATX", bullets="-", autolinks=False).convert(fragment).strip("\n")
    return f"{text}\n" if text else ""
