"""A page as Markdown, in the ways in which crawlers write it: the served bytes in, all of the page out."""

from __future__ import annotations

from lab.peers import decoded


def by_html2text(html: bytes) -> str:
    """The page as html2text writes it, without wrapping lines: what crawlers for language models set."""
    import html2text

    writer = html2text.HTML2Text()
    writer.body_width = 0
    return str(writer.handle(decoded(html)))


def by_html2text_wrapped(html: bytes) -> str:
    """The page as html2text writes it in its own settings, which wrap addresses, too."""
    import html2text

    return str(html2text.HTML2Text().handle(decoded(html)))


def by_markdownify(html: bytes) -> str:
    """The page as markdownify writes it, without what is no text. `noscript` stays, as in all dumps: forums have their page there."""
    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    soup = BeautifulSoup(decoded(html), "lxml")
    for tag in soup(["script", "style", "template"]):
        tag.decompose()
    return str(MarkdownConverter(heading_style="ATX").convert_soup(soup))
