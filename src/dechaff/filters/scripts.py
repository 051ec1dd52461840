"""Code that leaked into the text: told from prose by its shape, and from code that is the content by what is around it."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate, islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

from dechaff.filters.code_shape import (
    AHEAD,
    Piece,
    Reader,
    find_css,
    find_json,
    find_scripts_shape,
    looks_like_code,
    places,
    with_neighbours,
)
from dechaff.filters.markup_shape import (
    EndTags,
    find_data,
    find_entities,
    find_markup,
    find_nothings,
    find_placeholders,
    find_shortcodes,
    find_trackers,
)
from dechaff.late import late_regex
from dechaff.page import Cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dechaff.page import Block, Page

_TRIGGERS = ("{", "=", "<", "[", "]", ";", "%", "NaN", "undefined", "null", "//")
"""Without one of these there is no code. Searching for all of them costs about 20 µs for the average page (14,000
characters), an eighth of one regular expression over it."""

_IN_PROSE_TOO = frozenset("=;%[]")
_BEFORE_SEMICOLON = frozenset(")}]\"'”’″′+=")
_AFTER_PERCENT, _BEFORE_PERCENT = frozenset("%}>sd123"), frozenset("%{<")
_AFTER_EQUALS, _BEFORE_EQUALS = frozenset("\"'“”‘’″′[({ \n\r\t$!="), frozenset(" |+-*")

_DENSE_LINE = 90
"""A line of at least this many characters without a space may be base64."""

_TECHNICAL = (
    "JavaScript", "Javascript", "TypeScript", "jQuery", "JSON", "CSS", "HTML", "XML", "PHP", "Python", "SQL", "YAML",
    "C++", "C#", "Golang", "Node.js", "Next.js", "Vue.js", "React", "Angular", "npm", "GitHub", "API", "regex",
    "hortcode", "WordPress", "Bash", "Linux", "Django", "Jinja", "Handlebars", "Liquid", "Markdown", "LaTeX", "Java",
    "Kotlin", "Ruby", "Rust", "DOM", "AdSense", "Analytics", "WooCommerce", "Elementor", "webpack", "Kubernetes",
    "Docker", "`", "()",
)  # fmt: skip
"""Names (no language's words) by which prose that speaks of code can be known, in any language; a backtick and a pair
of brackets tell it too."""

_IDENTIFIER = late_regex(
    r"(?<![\w$.-])(?:[A-Za-z_$][\w$]{0,40}(?:\.[A-Za-z_$][\w$]{1,40}){1,4}|[a-z]{2,20}[A-Z]\w{2,30}|[a-z]{2,20}_\w{2,30})(?![\w-])"
)
_OPENS_CODE = late_regex(
    r"\[[A-Za-z][\w-]{0,50}+(?:\]?\s{0,3}=|\s{1,4}[\w-]{1,50}\s{0,2}=|[\w-]{0,50}\]|\s[A-Z]\w{1,30}\])"
)
_CLOSING_ONLY = late_regex(r"[\s{}()\[\];,]{1,40}")
_INTRODUCED = (":", "：", "︰", "`")
_SPACED = late_regex(r"\p{L}\s+\p{L}|\p{Lo}{4}")
_NAMES = late_regex(r"[\w.$-]{1,200}+")
_PLURAL = ("s", "2", "3", "4", "5", "6", "7", "8")
_WORD = late_regex(r"[\p{L}\p{N}]")

_NEEDED = {
    "shape:call": 6,
    "shape:assignment": 6,
    "shape:function": 6,
    "shape:json": 4,
    "shape:css": 4,
    "shape:placeholder": 4,
    "shape:tag": 4,
    "shape:entity": 4,
}
"""The points a piece needs inside prose, by rule; five for the others. One less where it is a block of its own."""

_MOSTLY_CODE = 0.6
_FEW_WORDS = 5
_QUOTING = frozenset("`“‘«\"'")
_BROKEN_OVER_LINES = frozenset(("shape:call", "shape:assignment", "shape:function", "shape:json", "shape:css"))
_LOOKED_BACK = 200
"""How many characters before a piece can hold what introduces it."""

_FEW_PIECES, _LETTERS_A_PIECE = 2_000, 60
"""So many pieces are looked at on any page, and one more for every so many characters. Of every second WCXB page none has more than 1,078."""

_SPEAKS = 3
"""So many blocks that name something technical make a page that speaks of code."""


class _Text:
    """The page's blocks as one text, and the way back."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.texts = [block.text for block in page.blocks]
        self.text = "\n".join(self.texts)

    @cached_property
    def starts(self) -> list[int]:
        """Where each block begins; counted when the first suspect is found."""
        return [0, *(end + number for number, end in enumerate(accumulate(map(len, self.texts)), 1))]

    def block(self, place: int) -> int:
        """The block that holds the character at `place`."""
        return bisect_right(self.starts, place) - 1

    def blocks(self, piece: Piece) -> range:
        """The blocks that a piece has something of."""
        first = self.block(piece.start)
        last = first if piece.end <= self.starts[first + 1] else self.block(piece.end - 1)
        return range(first, last + 1)

    def end(self, index: int) -> int:
        """The place after the last character of block `index`."""
        return self.starts[index] + len(self.texts[index])


def find_scripts(page: Page) -> Iterator[Cut]:
    """Code that leaked into the text: script, JSON, CSS, shortcodes, placeholders, tags, and what they print in vain.

    What stays: a block of code, a listing or a call between prose that speaks of code, formulas, addresses, brackets of
    an editor. Whether prose speaks of code is known from technical names, identifiers that both share, and a colon
    before a listing; in doubt it does.

    >>> from dechaff.reading.html import read_html
    >>> page = read_html("<p>The vote is on Monday.</p><p>googletag.cmd.push(function() { googletag.display('x'); });</p>")
    >>> [(cut.first, cut.last, cut.rule) for cut in find_scripts(page)]
    [(1, 2, 'shape:call')]
    >>> page = read_html("<p>Call <code>window.open('x')</code> to open one (see f(x) = 2x).</p>")
    >>> list(find_scripts(page))
    []
    """
    yield from page.shared("scripts:leaks", _find_leaks).cuts


def unseen(page: Page) -> list[str]:
    """What cleaning did not look at, as a warning: a page of nothing but pieces of code has too many of them to judge each."""
    most = page.shared("scripts:leaks", _find_leaks).looked_at
    return (
        [f"the page has more than {most:,} pieces of what may be leaked code; what follows on them was not looked at"]
        if most
        else []
    )


class _Leaks(NamedTuple):
    """The cuts, and if there was more than is looked at how many pieces that is."""

    cuts: list[Cut]
    looked_at: int = 0


def _find_leaks(page: Page) -> _Leaks:
    if not page.blocks:
        return _Leaks([])
    whole = _Text(page)
    suspects = _suspects(whole)
    if not suspects:
        return _Leaks([])
    found = _find_pieces(whole, suspects)
    most = _most_pieces(whole.text)
    looked_at = most if len(found) > most else 0
    del found[most:]
    pieces = _resolve(
        [piece for piece in found if piece.points >= _NEEDED.get(piece.rule, 5) - 1 and piece.end > piece.start]
    )
    if not pieces:
        return _Leaks([], looked_at)
    return _Leaks(list(_cuts(whole, _grown(whole, _Judge(whole, pieces).leaked()))), looked_at)


def _most_pieces(text: str) -> int:
    return _FEW_PIECES + len(text) // _LETTERS_A_PIECE


def _suspects(whole: _Text) -> dict[int, set[str]]:
    """The blocks that hold a trigger, and which."""
    suspects: dict[int, set[str]] = {}
    text = whole.text
    for trigger in _TRIGGERS:
        asked = trigger in _IN_PROSE_TOO
        place = text.find(trigger)
        while place >= 0:
            if asked and not _is_suspect(text, place, trigger):
                place = text.find(trigger, place + 1)
                continue
            number = whole.block(place)
            if trigger != "//" or whole.texts[number].startswith(("http", "//")):
                suspects.setdefault(number, set()).add(trigger)
            place = text.find(trigger, whole.end(number))  # one is enough to look at all of the block
    for number in [number for number, size in enumerate(map(len, whole.texts)) if size >= _DENSE_LINE]:
        if " " not in whole.texts[number][:_DENSE_LINE] and whole.texts[number].isascii():
            suspects.setdefault(number, set()).add("dense")
    return suspects


def _is_suspect(text: str, place: int, trigger: str) -> bool:
    """Whether the characters beside a trigger that prose uses too can be code's."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if trigger == ";":
        return (
            before in _BEFORE_SEMICOLON
            or "&" in text[max(0, place - 8) : place]
            or "data:" in text[max(0, place - 60) : place]
        )
    if trigger == "%":
        return after in _AFTER_PERCENT or before in _BEFORE_PERCENT
    if trigger == "]":
        return after == "]"
    if trigger == "[":
        return (
            after == "/"
            or before == "("
            or (after.isalpha() and (before in ("", "\n") or _OPENS_CODE.match(text, place) is not None))
        )
    return after in _AFTER_EQUALS or before in _BEFORE_EQUALS


def _find_pieces(whole: _Text, suspects: dict[int, set[str]]) -> list[Piece]:
    text = whole.text
    blocks = whole.page.blocks
    reader = Reader(text)
    end_tags = EndTags(text)
    pieces: list[Piece] = []
    most = _most_pieces(text) + 1  # one more tells that there are more
    scripted = data = styled = 0  # how far a piece that began in an earlier block goes
    for number, triggers in sorted(suspects.items()):
        if blocks[number].kind == "code":
            continue
        begin, end = whole.starts[number], whole.end(number)
        reader.budget -= end - begin + AHEAD
        bracketed = reader.budget > 0
        if bracketed and triggers & {"{", "=", ";", "["}:
            for piece in islice(find_scripts_shape(reader, max(begin, scripted), end), most - len(pieces)):
                pieces.append(piece)
                scripted = max(scripted, piece.end)
        if bracketed and "{" in triggers:
            for piece in islice(find_json(reader, max(begin, data), end), most - len(pieces)):
                pieces.append(piece)
                data = max(data, piece.end)
        if bracketed and ("{" in triggers or "@import" in whole.texts[number]):
            for piece in islice(find_css(reader, max(begin, styled), end), most - len(pieces)):
                pieces.append(piece)
                styled = max(styled, piece.end)
        for found in _others(text, begin, end, triggers, end_tags):
            pieces += islice(found, most - len(pieces))
        if len(pieces) == most:
            break
    return pieces


def _others(text: str, begin: int, end: int, triggers: set[str], end_tags: EndTags) -> Iterator[Iterator[Piece]]:
    """The pieces of one block that match no brackets, kind by kind."""
    if triggers & {"{", "%"}:
        yield find_placeholders(text, begin, end)
    if triggers & {"<", ";", "]", "="}:
        yield find_markup(text, begin, end, end_tags)
    if ";" in triggers and text.find("&", begin, end) >= 0:
        yield find_entities(text, begin, end)
    if "[" in triggers:
        yield find_shortcodes(text, begin, end)
    if triggers & {"NaN", "undefined", "null"} or (
        triggers & {"[", "{"} and (text.find("[object", begin, end) >= 0 or text.find("function", begin, end) >= 0)
    ):
        yield find_nothings(text, begin, end)
    if triggers & {"dense", ";"}:
        yield find_data(text, begin, end)
    if "//" in triggers:
        yield find_trackers(text, begin, end)


def _resolve(pieces: list[Piece]) -> list[Piece]:
    """Of pieces that overlap the longest, for a tag in a string of a script is script; of equal ones the strongest."""
    pieces.sort(key=_place)
    if all(piece.end <= following.start for piece, following in pairwise(pieces)):
        return pieces
    kept: list[Piece] = []
    taken = bytearray(max(piece.end for piece in pieces))
    for piece in sorted(pieces, key=lambda piece: (piece.start - piece.end, -piece.points)):
        # What is at least as long and overlaps it holds one of its ends.
        if not (taken[piece.start] or taken[piece.end - 1]):
            kept.append(piece)
            taken[piece.start : piece.end] = b"\1" * (piece.end - piece.start)
    return sorted(kept, key=_place)


def _place(piece: Piece) -> int:
    return piece.start


def _prose_words(line: str) -> int:
    """How many words of a line are running text; none where it is a comment or a rest of code."""
    return 0 if line.lstrip().startswith(("/", "*", "#")) or looks_like_code(line) else len(_SPACED.findall(line))


class _Judge:
    """Tells code that leaked from code that is what the page is about."""

    def __init__(self, whole: _Text, pieces: list[Piece]) -> None:
        self.whole = whole
        self.pieces = pieces
        self.blocks = whole.page.blocks
        self.emptied: set[int] = set()
        self.outside = self._outside()
        self.prose = "\n".join(self.outside)
        self.names: frozenset[str] | None = None  # all that stand in the prose, whole; made when first asked for
        self._spoken_of: dict[str, bool] = {}  # by a piece's code
        self.listings = {block.index for block in self.blocks if block.kind == "code"}
        self.technical = self.listings | self._technical()

    def _technical(self) -> set[int]:
        """The blocks whose prose names something technical."""
        prose = self.prose
        starts = [0, *accumulate(len(text) + 1 for text in self.outside)]
        found = set()
        for name in _TECHNICAL:
            for place in places(prose, name):
                after = prose[place + len(name) : place + len(name) + 1]
                if not (name[0].isupper() and prose[place - 1 : place].isalnum()) and not (
                    name[-1].isalpha() and after.isalnum() and after not in _PLURAL
                ):
                    found.add(bisect_right(starts, place) - 1)
        return found

    def _outside(self) -> list[str]:
        """Each block's text without the pieces."""
        texts = list(self.whole.texts)
        starts = self.whole.starts
        left: dict[int, list[str]] = {}
        position: dict[int, int] = {}
        for piece in self.pieces:
            for number in self.whole.blocks(piece):
                start = starts[number]
                left.setdefault(number, []).append(texts[number][position.get(number, 0) : max(0, piece.start - start)])
                position[number] = max(0, piece.end - start)
        for number, parts in left.items():
            texts[number] = " ".join((*parts, texts[number][position[number] :]))
        self.emptied = {number for number in left if not _WORD.search(texts[number])}
        return texts

    def leaked(self) -> list[Piece]:
        """The pieces that go."""
        content = self._is_the_content()
        return [
            piece for piece in self.pieces if (piece.vendor or piece.rule not in content) and self._is_leaked(piece)
        ]

    def _is_the_content(self) -> frozenset[str]:
        """The shapes that make up the page itself: a file of code, a dump of data. They are what somebody came to read."""
        code = [piece for piece in self.pieces if piece.rule in _BROKEN_OVER_LINES]
        inside = sum(piece.end - piece.start for piece in code)
        if inside <= _MOSTLY_CODE * len(self.whole.text):
            return frozenset()
        if sum(_prose_words(text) for text in self.outside) < _FEW_WORDS:
            return _BROKEN_OVER_LINES
        data = sum(piece.end - piece.start for piece in code if piece.rule == "shape:json")
        return frozenset(("shape:json",)) if data > _MOSTLY_CODE * len(self.whole.text) else frozenset()

    def _is_leaked(self, piece: Piece) -> bool:
        there = self.whole.blocks(piece)
        first, last = there[0], there[-1]
        if self.listings and not self.listings.isdisjoint(there):
            return False
        alone = first in self.emptied and last in self.emptied
        needed = _NEEDED.get(piece.rule, 5) - alone
        if piece.rule.startswith("word:") and self.blocks[first].kind in ("cell", "term"):
            return False  # an empty value in a table of data
        if self.whole.text[max(0, piece.start - 1) : piece.start] in _QUOTING:
            return False  # quoted by a writer
        speaks = len(self.technical)
        if speaks >= _SPEAKS or (
            speaks
            and (
                not self.technical.isdisjoint(range(first - 3, first + 4))
                or self._before(first, piece).endswith(_INTRODUCED)
            )
        ):
            return self._is_foreign(piece, first, last, needed)
        if not piece.vendor and piece.rule in _BROKEN_OVER_LINES and self._before(first, piece).endswith(_INTRODUCED):
            return False
        if not piece.vendor and self._is_spoken_of(piece):
            return False
        return piece.points >= needed + (speaks > 0)

    def _before(self, first: int, piece: Piece) -> str:
        offset = max(0, piece.start - self.whole.starts[first])
        line = self.whole.texts[first][max(0, offset - _LOOKED_BACK) : offset].strip()
        while not line and first > 0:
            first -= 1
            line = self.whole.texts[first][-_LOOKED_BACK:].strip()
        return line

    def _is_foreign(self, piece: Piece, first: int, last: int, needed: int) -> bool:
        """Whether a piece on a page that speaks of code is nevertheless none of its listings."""
        if (
            not piece.vendor
            or piece.points < needed + 2
            or piece.rule not in ("shape:call", "shape:assignment", "shape:function", "shape:json", "shape:shortcode")
        ):
            return False
        if any(number in self.listings for number in range(first - 2, last + 3)):
            return False
        if self._before(first, piece).endswith(_INTRODUCED):
            return False
        return not self._is_spoken_of(piece)

    def _is_spoken_of(self, piece: Piece) -> bool:
        """Whether the prose uses an identifier of the piece."""
        code = self.whole.text[piece.start : min(piece.end, piece.start + 4000)]
        spoken_of = self._spoken_of.get(code)
        if spoken_of is None:
            names = _IDENTIFIER.findall(code)
            if names and self.names is None:
                self.names = frozenset(_NAMES.findall(self.prose))
            spoken_of = self._spoken_of[code] = self.names is not None and not self.names.isdisjoint(names)
        return spoken_of


def _grown(whole: _Text, pieces: list[Piece]) -> list[Piece]:
    """The pieces with the lines of code beside them; never into a block that is shown as code."""
    for number, piece in enumerate(pieces):
        if piece.rule not in _BROKEN_OVER_LINES:
            continue
        start, stop = with_neighbours(whole.text, piece.start, piece.end)
        floor = pieces[number - 1].end if number else 0
        ceiling = pieces[number + 1].start if number + 1 < len(pieces) else len(whole.text)
        blocks = whole.page.blocks
        if all(blocks[index].kind != "code" for index in range(whole.block(start), whole.block(stop - 1) + 1)):
            piece.start, piece.end = max(start, floor), min(stop, ceiling)
    return pieces


def _cuts(whole: _Text, pieces: list[Piece]) -> Iterator[Cut]:
    """The pieces as cuts: whole blocks where nothing to read is left of them, spans elsewhere."""
    spans: dict[int, list[tuple[int, int, Piece]]] = {}
    starts = whole.starts
    for piece in pieces:
        for number in whole.blocks(piece):
            start, length = starts[number], len(whole.texts[number])
            low, high = max(0, piece.start - start), min(length, piece.end - start)
            if low < high:  # else it begins with the line break after the block
                spans.setdefault(number, []).append((low, high, piece))
    for number in list(spans):
        following = number + 1
        while (
            following < len(whole.texts) and following not in spans and _CLOSING_ONLY.fullmatch(whole.texts[following])
        ):
            if whole.page.blocks[following].kind == "code":
                break
            spans[following] = [(0, len(whole.texts[following]), spans[number][-1][2])]
            following += 1
    run: list[int] = []
    reason: Piece | None = None
    for number in sorted(spans):
        block = whole.page.blocks[number]
        found = spans[number]
        best = found[0][2] if len(found) == 1 else max((piece for _, _, piece in found), key=_points)
        if _takes_all(block, found):
            if run and (run[-1] != number - 1 or reason is not best):
                yield _cut(run[0], run[-1] + 1, reason)
                run = []
            run.append(number)
            reason = best
            continue
        if run:
            yield _cut(run[0], run[-1] + 1, reason)
            run = []
        for start, end, piece in found:
            if not (
                piece.separates and _WORD.match(block.text[max(0, start - 1) : start]) and _WORD.match(block.text, end)
            ):
                yield Cut(number, number + 1, "scripts", piece.rule, _confidence(piece), start, end)
    if run:
        yield _cut(run[0], run[-1] + 1, reason)


def _cut(first: int, last: int, piece: Piece | None) -> Cut:
    assert piece is not None  # a run has a reason
    return Cut(first, last, "scripts", piece.rule, _confidence(piece))


def _confidence(piece: Piece) -> float:
    return round(min(0.99, 0.5 + 0.06 * piece.points), 2)


def _takes_all(block: Block, found: list[tuple[int, int, Piece]]) -> bool:
    if found[0][:2] == (0, len(block.text)) or any(piece.fills for _, _, piece in found):
        return True
    edges = [0, *(edge for start, end, _ in sorted(found, key=_start_of) for edge in (start, end)), len(block.text)]
    return not any(
        _WORD.search(block.text, low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high
    )


def _points(piece: Piece) -> int:
    return piece.points


def _start_of(span: tuple[int, int, Piece]) -> int:
    return span[0]
