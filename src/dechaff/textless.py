"""What shows no words beside a cut of Markdown, and goes with it: a logo, a row of icons, an empty link, a lone `__`.

A picture is no block, so no filter can cut it. What stands between two cuts goes with the first (`ranges`); here it is decided how
far a cut reaches towards text that stays, or towards an end of the source. It reaches over whole lines only:

- at an end of the source, beyond which nothing stays, over all that shows no words;
- towards text that stays over what shows nothing at all (an empty link), and over pictures in links: those that lead where the
  block that goes leads, or to the site's first page, and rows of two and more that do not lead to a picture, as icons do and thumbnails
  do not. A picture without a link stays, and so does a lone one that leads elsewhere: it may belong to the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dechaff.late import late_regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_TARGET = r"(?:[^()\\]|\\.|\([^()]*+\))*+"
_PICTURE = rf"!\[[^\]]*+\]\({_TARGET}\)"
_PART = late_regex(
    rf"(?P<marks>[ \t\\_*]++)|(?P<picture>{_PICTURE})"
    rf"|\[(?P<inside>(?:[ \t\\]|{_PICTURE})*+)\]\([ \t]*+(?P<to>(?:[^()\s\\]|\\.|\([^()]*+\))*+)[^()]*+\)"
)
_ITEM = late_regex(r"(?:[*+-]|\d{1,9}[.)])(?=[ \t]|$)")
_FIRST_PAGE = late_regex(r"(?:(?:https?:)?//[^/?#]++)?/?+(?:[?#].*+)?+")
_TO_PICTURE = late_regex(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp)\b", re.IGNORECASE)
_RULE = 3
"""So many stars or underscores on a line are a rule."""


class _Line(NamedTuple):
    """A line without words.

    Attributes:
        start, end: its range of the source.
        targets: where the links around its pictures lead.
        shows: whether there is a picture outside links, or a rule.
    """

    start: int
    end: int
    targets: tuple[str, ...]
    shows: bool


def textless_before(source: str, start: int, floor: int, targets: Collection[str], *, at_end: bool) -> int:
    """Where a cut begins that reaches over what shows no words before it.

    Args:
        source: the Markdown.
        start: where the cut begins without that.
        floor: where what stands before it ends: text that stays, or the source's beginning.
        targets: where the first block of the cut leads.
        at_end: whether nothing that stays stands before it.
    """
    line = source.rfind("\n", floor, start) + 1
    before = source[line:start].strip()
    if not line or (before and not _ITEM.fullmatch(before)):
        return start
    gone = _gone(source, _lines_up(source, line, floor), targets, at_end=at_end)
    return min((first for first, _ in gone), default=start)


def textless_after(source: str, end: int, ceiling: int, targets: Collection[str], *, at_end: bool) -> int:
    """Where a cut ends that reaches over what shows no words behind it; as `textless_before`, the other way round."""
    line = source.find("\n", end, ceiling) + 1
    if not line or source[end:line].strip():
        return end
    gone = _gone(source, _lines_down(source, line, ceiling), targets, at_end=at_end)
    return max((last for _, last in gone), default=end)


def _lines_up(source: str, line: int, floor: int) -> Iterator[tuple[int, int]]:
    while line > floor:
        end = line - 1
        line = source.rfind("\n", floor, end) + 1
        if not line and floor:
            return  # the rest of a line of which something stays
        yield line, end


def _lines_down(source: str, line: int, ceiling: int) -> Iterator[tuple[int, int]]:
    while line < ceiling:
        end = source.find("\n", line, ceiling)
        if end < 0 and ceiling < len(source):
            return  # the beginning of a line of which something stays
        end = end if end >= 0 else ceiling
        yield line, end
        line = end + 1


def _gone(
    source: str, lines: Iterable[tuple[int, int]], targets: Collection[str], *, at_end: bool
) -> Iterator[tuple[int, int]]:
    """The lines that go, from the cut on: none behind one that stays."""
    found: list[_Line] = []
    for start, end in lines:
        text = source[start:end].strip()
        if text:
            line = _line(start, end, text)
            if line is None or (line.shows and not at_end):
                break
            found.append(line)
    leading = [target for line in found for target in line.targets]
    row = len(leading) > 1 and not any(_TO_PICTURE.search(target) for target in leading)
    for line in found:
        if not (at_end or row or all(_FIRST_PAGE.fullmatch(target) or target in targets for target in line.targets)):
            return
        yield line.start, line.end


def _line(start: int, end: int, text: str) -> _Line | None:
    """What a line shows; None if it has words, or markup that says something."""
    marker = _ITEM.match(text)
    place = marker.end() if marker else 0
    targets, shows = [], False
    while place < len(text):
        part = _PART.match(text, place)
        if part is None:
            return None
        shows = shows or part["picture"] is not None
        if part["inside"] and part["inside"].strip(" \t\\"):
            targets.append(part["to"])
        place = part.end()
    is_rule = len(text.replace(" ", "")) >= _RULE and not text.strip(" \t*_")
    return _Line(start, end, tuple(targets), shows or is_rule)
