"""Plain text into a page of blocks that know where they stand in the source.

A block is what its writer meant as a paragraph. Mostly that is a line. Text that was wrapped has several lines to a
paragraph, and text that lost its line ends has all paragraphs in one line: `lines_of` tells the three apart.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from dechaff.late import late_regex
from dechaff.page import Block, Page, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

Lines: TypeAlias = Literal["auto", "paragraphs", "wrapped", "one"]
"""What a line of a text is: a paragraph; a part of one that was wrapped; all of the text; or whichever it looks like."""

_BYTE_ORDER_MARK = "\ufeff"

_NARROWEST, _WIDEST = 32, 160
"""Texts are wrapped between about 40 and 120 columns; shorter lines are verse and lists, longer ones are paragraphs."""
_FEWEST_JOINTS = 3
_FULL = 0.85
"""The share of the long lines behind which the next word would not have fitted. In wrapped text it is all but a few; in verse and
lists a line ends where its author wants it to."""
_RUNNING_ON = 0.5
SENTENCE_END = late_regex(r"[.!?:…。！？؟।॥۔][\"'”’»)\]」』]{0,2}$")
_WIDE = late_regex(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{P}]")
_IDEOGRAPH = late_regex(r"[\p{Han}\p{Hiragana}\p{Katakana}]")

_ONE_LINE = 500
_ONE_SHARE = 0.9
_ONE_SENTENCES = 4
_SENTENCES = late_regex(r"[.!?…؟।॥۔][\"'”’»)\]]{0,2}\s|[。！？]")
"""A line that holds nearly all of a text, that long and of so many sentences, is a text that lost its line ends."""


class Line(NamedTuple):
    """A line that is not blank, without its end and the white space around it."""

    text: str
    start: int
    end: int
    tight: bool  # no blank line before it


def read_text(source: str, url: str | None = None, language: str | None = None, lines: Lines = "auto") -> Page:
    r"""Read text that somebody already extracted.

    A block's text is exactly `source[start:end]`, without the line end and the white space around it; in a wrapped text a line
    end inside it is one space, and `Block.places` leads back. What stands between two blocks (line ends, blank lines,
    indentation) is theirs who write. Lines end where `str.splitlines` ends them: `\n`, `\r\n`, `\r`, `\f`, `\x85`, U+2028,
    U+2029 and the separators no text uses for anything else. A byte order mark belongs to no line.

    Args:
        source: the text, decoded. It is kept on the page as it is.
        url: where it is from, kept on the page.
        language: kept on the page, lower case.
        lines: what a line is; "auto" looks (`lines_of`).

    >>> page = read_text("One.\r\n\r\n  Two.  ")
    >>> [(block.text, block.start, block.end) for block in page.blocks]
    [('One.', 0, 4), ('Two.', 10, 14)]
    >>> [block.text for block in read_text("A line\nand its rest.\n\nMore.", lines="wrapped").blocks]
    ['A line and its rest.', 'More.']
    """
    found = _lines(source)
    if lines == "auto":
        lines = _lines_of(found)
    if lines == "wrapped":
        blocks = _joined(found)
    elif lines == "one":
        blocks = _split(found)
    else:
        blocks = [Block(number, line.text, start=line.start, end=line.end) for number, line in enumerate(found)]
    return Page(
        blocks,
        kind="text",
        source=source,
        one_line=lines == "one",
        language=(language or "").lower() or None,
        url=url,
    )


def lines_of(source: str) -> Lines:
    r"""What the lines of a text look like: "paragraphs", "wrapped" or "one". In doubt they are paragraphs.

    Wrapped is a text in which the next line's first word would not have fitted behind nearly every long line, and half of these
    lines end within a sentence. One line is a text of which one long line with several sentences holds nine tenths.

    >>> lines_of("The harbour was quiet.\nNobody spoke.")
    'paragraphs'
    """
    return _lines_of(_lines(source))


def _lines(source: str) -> list[Line]:
    lines: list[Line] = []
    position = 0
    tight = True
    for line in source.splitlines(keepends=True):
        text = line.strip()
        start = position
        position += len(line)
        if text and text[0] == _BYTE_ORDER_MARK and start == 0:
            start = 1
            line = line[1:]  # noqa: PLW2901  # the mark belongs to no line
            text = line.strip()
        if not text:
            tight = False
            continue
        if line[0] != text[0]:
            start += len(line) - len(line.lstrip())
        lines.append(Line(text, start, start + len(text), tight))
        tight = True
    return lines


def _lines_of(lines: Sequence[Line]) -> Lines:
    if not lines:
        return "paragraphs"
    lengths = [len(line.text) for line in lines]
    longest = lines[lengths.index(max(lengths))].text
    if len(longest) >= max(_ONE_LINE, _ONE_SHARE * sum(lengths)) and len(_SENTENCES.findall(longest)) >= _ONE_SENTENCES:
        return "one"
    return "wrapped" if wrap_width(lines) else "paragraphs"


def wrap_width(lines: Sequence[Line]) -> int:
    """The column at which a text is wrapped, 0 if it is not."""
    joints = [(one, other) for one, other in pairwise(lines) if other.tight and len(one.text) >= _NARROWEST]
    if len(joints) < _FEWEST_JOINTS:
        return 0
    lengths = sorted(len(one.text) for one, _ in joints)
    width = lengths[len(lengths) * 9 // 10]
    if width > _WIDEST:
        return 0
    full = [one for one, other in joints if is_full(one, other, width)]
    running = sum(SENTENCE_END.search(one.text) is None for one in full)
    # A text of paragraphs, each a line, has lines that are longer by far than the width of the others.
    too_long = sum(len(line.text) > width * 1.25 for line in lines if " " in line.text)
    wrapped = len(full) >= _FULL * len(joints) and running >= _RUNNING_ON * len(full) and too_long * 10 <= len(joints)
    return width if wrapped and len(full) >= _FEWEST_JOINTS else 0


def is_full(line: Line, following: Line, width: int) -> bool:
    """Whether the next line's first word would not have fitted behind this one."""
    if _IDEOGRAPH.match(following.text):
        return len(line.text) + 4 > width  # signs that may not begin a line come along with the one before
    return len(line.text) + 1 + len(following.text.split(maxsplit=1)[0]) > width


def _joined(lines: Sequence[Line]) -> list[Block]:
    """One block for each run of lines that were one."""
    width = wrap_width(lines)
    blocks: list[Block] = []
    run: list[Line] = []
    for line in lines:
        # Where no width can be made out, the caller has said that the lines belong together.
        if run and not (line.tight and (not width or is_full(run[-1], line, width))):
            blocks.append(_paragraph(len(blocks), run))
            run = []
        run.append(line)
    if run:
        blocks.append(_paragraph(len(blocks), run))
    return blocks


def _paragraph(index: int, lines: Sequence[Line]) -> Block:
    """The block of some lines: joined by one space, by none between two Chinese or Japanese characters."""
    first, last = lines[0], lines[-1]
    if len(lines) == 1:
        return Block(index, first.text, start=first.start, end=first.end)
    parts: list[str] = []
    places: list[Place] = []
    size = 0
    previous: Line | None = None
    for line in lines:
        if previous is not None and not (_IDEOGRAPH.match(line.text) and _WIDE.match(previous.text[-1])):
            places.append(Place(size, size + 1, previous.end, line.start))
            parts.append(" ")
            size += 1
        places.append(Place(size, size + len(line.text), line.start, line.end))
        parts.append(line.text)
        size += len(line.text)
        previous = line
    return Block(index, "".join(parts), start=first.start, end=last.end, places=tuple(places))


def _split(lines: Sequence[Line]) -> list[Block]:
    """A block for each sentence and each label."""
    from dechaff.reading.sentences import split_sentences  # noqa: PLC0415  # only such a text needs it

    blocks: list[Block] = []
    for line in lines:
        for begin, end in split_sentences(line.text):
            blocks.append(Block(len(blocks), line.text[begin:end], start=line.start + begin, end=line.start + end))
    return blocks
