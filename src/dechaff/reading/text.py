"""Plain text into a page: every line that is not blank is a block that knows where it stands in the source."""

from __future__ import annotations

from dechaff.page import Block, Page

_BYTE_ORDER_MARK = "\ufeff"


def read_text(source: str, url: str | None = None, language: str | None = None) -> Page:
    r"""Read text that somebody already extracted.

    A block's text is exactly `source[start:end]`, without the line end and the white space around it; what stands
    between two blocks (line ends, blank lines, indentation) is theirs who write. Lines end where `str.splitlines`
    ends them: `\n`, `\r\n`, `\r`, `\f`, `\x85`, U+2028, U+2029 and the separators no text uses for anything else. A
    byte order mark belongs to no line.

    Args:
        source: the text, decoded. It is kept on the page as it is.
        url: where it is from, kept on the page.
        language: kept on the page, lower case.

    >>> page = read_text("One.\r\n\r\n  Two.  ")
    >>> [(block.text, block.start, block.end) for block in page.blocks]
    [('One.', 0, 4), ('Two.', 10, 14)]
    """
    blocks: list[Block] = []
    position = 0
    for line in source.splitlines(keepends=True):
        text = line.strip()
        start = position
        position += len(line)
        if not text:
            continue
        if line[0] != text[0]:
            start += len(line) - len(line.lstrip())
        if text[0] == _BYTE_ORDER_MARK and start == 0:
            text = line[1:].strip()
            if not text:
                continue
            start = 1 + len(line) - 1 - len(line[1:].lstrip())
        blocks.append(Block(len(blocks), text, "line", start=start, end=start + len(text)))
    return Page(
        blocks,
        kind="text",
        source=source,
        language=(language or "").lower() or None,
        url=url,
    )
