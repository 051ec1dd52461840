"""Text on one line into pieces that can be judged alone: sentences, and the labels that stand between them.

A dump that lost its line ends has its furniture between the sentences: `… by noon. Share this article The harbour …`.
Sentence ends alone do not part the two, so known phrases are looked up at every place where a line may have begun. A place
is taken for such a beginning only if what stands on both sides of the phrase allows it.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SENTENCE_END = regex.compile(
    r"""(?<end>[.!?…؟।॥۔]{1,6}+["'”’»)\]]{0,3}+)(?=\s)   # an end mark, and white space behind it
      | (?<wide>[。！？]{1,6}+[」』”’）]{0,3}+)             # in Chinese and Japanese without
    """,
    regex.VERBOSE,
)
_NO_END = regex.compile(r"(?:^|[\s(\"'“„])(?:\p{L}|\p{Lu}\p{L}{1,2}|\p{N}{1,2}|(?:\p{L}{1,3}\.){1,4}\p{L}{0,3})\.$")
"""An initial, a short name such as "Mr." or "Co.", an ordinal as in "12. Mai", letters with dots between."""

_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}、。！？「」『』（）：／…ー]")
_TOKEN = regex.compile(r"\S+")
_STARTS_LINE = regex.compile(r"[^\p{L}]{0,3}(?:[\p{Lu}\p{Lt}\p{Lo}\p{N}]|$)|[-–—©•|#*\[{<%\p{So}]|\p{Ll}{1,20}[\p{N}_]")
_ENDS_ELSE = regex.compile(r"""(?:\}\)?;?|\);|"\]|\[/\p{L}{1,9}\]|\p{L}\[\p{L}{2,20}\]|[\w-]/[\w-]{1,40}\.\w{2,6})$""")
"""The end of leaked code, of a path, and the link to edit it behind a wiki's heading: before a capital the line ended there."""
_LOWER = regex.compile(r"\p{Ll}[\p{Ll}'’-]{0,40}$")
_CAPITALISED = regex.compile(r"[\"'“„«(]?(?P<word>\p{Lu}\p{Ll}{0,40})(?![\p{Lu}\p{N}])")
_PRICE = regex.compile(r"\p{Sc}\p{N}|\p{N}\S{0,9}\p{Sc}")
_UNIT = regex.compile(r"\p{Lu}{2,4}$")
_CASELESS = regex.compile(r"[^\p{L}]{0,3}\p{Lo}")
_LETTERS = regex.compile(r"\p{L}{2}")

_MOST_WORDS = 12
"""Longer labels end as sentences do, and are found as such."""
_MOST_SENTENCES = 3
_LONGEST = 280
_NAME_WORDS = 2
_SHORTEST_TITLED, _LONGEST_TITLED = 4, 20
_OPEN_WORTH = 3
_NEEDY_WORTH = 0.7
_LONG_TITLE = 6
_ANY_WORDS = (" qqx wvq", " Qqx Wvq")
_ANY_WORD = "Qqx "
"""No language's words: a phrase that is one with them, too, has a place for any words there."""
_ENDS = regex.compile(r"[.!?…؟।॥۔。！？][\"'”’»)\]」』]{0,3}$")
_LABEL = regex.compile(r"(?:\S{1,40}\s){0,6}\S{0,40}[:：»›→►▶|](?=\s)")
_NUMBER = regex.compile(r"\p{N}\S{0,3}$")
_SURE_WORDS = 3
"""So many words are a phrase even where no sentence ends before them: `Harbour News Subscribe to our newsletter`."""


_CROWD = 3
_APART, _APART_CASELESS = 6, 2
"""How many known phrases make a menu or a row of buttons, and how many other words may stand between two of them."""


class _Candidate(NamedTuple):
    """A phrase that was found from word `first` to word `last`.

    `words` is how many words it has; `worth` is more for one that is chaff wherever it stands, and little for one with an open end.
    """

    first: int
    last: int
    words: int
    worth: float


class _Way(NamedTuple):
    """Some phrases that do not overlap, the last of them first."""

    worth: float
    pieces: int
    last: _Candidate | None
    before: _Way | None

    def phrases(self) -> Iterator[_Candidate]:
        """All of them, the last first."""
        way: _Way | None = self
        while way is not None and way.last is not None:
            yield way.last
            way = way.before


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences and the known labels of a text begin and end, in order, without the white space between them.

    >>> text = "It rained by noon. - Advertisement - The harbour closed at two."
    >>> [text[begin:end] for begin, end in split_sentences(text)]
    ['It rained by noon.', '- Advertisement -', 'The harbour closed at two.']
    >>> text = "An advertisement for it hung there. Mr. Hale read it."
    >>> [text[begin:end] for begin, end in split_sentences(text)]
    ['An advertisement for it hung there.', 'Mr. Hale read it.']
    """
    tokens = _tokens(text)
    strong = _sentence_ends(text, tokens)
    borders = set(strong)
    for found in _chosen(text, tokens, strong, _line_starts(text, tokens)):
        if not any(_UNSPACED.match(text, begin) for begin, _ in tokens[found.first : found.last]):
            borders.difference_update(range(found.first, found.last))
        borders.update((found.first, found.last))
    return [(tokens[low][0], tokens[high - 1][1]) for low, high in pairwise(sorted(borders))]


def _tokens(text: str) -> list[tuple[int, int]]:
    """The words; one in which a Chinese or Japanese sentence ends is two."""
    tokens: list[tuple[int, int]] = []
    for match in _TOKEN.finditer(text):
        begin, end = match.span()
        for mark in regex.finditer(r"[。！？]{1,6}+[」』”’）]{0,3}+", text, pos=begin, endpos=end):
            if begin < mark.end() < end:
                tokens.append((begin, mark.end()))
                begin = mark.end()
        tokens.append((begin, end))
    return tokens


def _sentence_ends(text: str, tokens: Sequence[tuple[int, int]]) -> list[int]:
    """The numbers of the words before which a sentence begins, and the number of words."""
    ends = [0]
    for number, ((begin, end), (following, _)) in enumerate(pairwise(tokens), 1):
        if _UNSPACED.match(text, end - 1) and _UNSPACED.match(text, following):
            ends.append(number)  # who writes without spaces had a line end there
            continue
        if _ENDS_ELSE.search(text, max(begin, end - 30), end) and _STARTS_LINE.match(text, following):
            ends.append(number)
            continue
        match = _SENTENCE_END.search(text, max(begin, end - 9), min(len(text), end + 1))
        if match is None or match.end() != end:
            continue
        if text[following : following + 1].islower() or _NO_END.search(text, max(0, begin - 1), end):
            continue
        ends.append(number)
    if tokens:
        ends.append(len(tokens))
    return ends


def _line_starts(text: str, tokens: Sequence[tuple[int, int]]) -> frozenset[int]:
    """The numbers of the words that begin a line although no sentence ends before them.

    Behind a word in lower case a name may be capitalised, but no word that the text elsewhere writes in lower case:
    `The last mill in the valley The miller, who`. A copyright sign begins a line, too.
    """
    lower = {text[begin:end].strip(".,;:!?…\"'“”’»)") for begin, end in tokens}
    found: set[int] = set()
    for number, ((begin, end), (low, high)) in enumerate(pairwise(tokens), 1):
        word = _CAPITALISED.match(text, low, high)
        common = word is not None and word["word"].lower() in lower
        if text[low] == "©" or (common and _LOWER.match(text, begin, end)):
            found.add(number)
    return frozenset(found)


def _chosen(
    text: str, tokens: Sequence[tuple[int, int]], strong: Sequence[int], starts: frozenset[int]
) -> list[_Candidate]:
    """The phrases that cover most of the text without overlapping, of those whose surroundings allow them."""
    anchors = frozenset(strong)
    by_end: dict[int, list[_Candidate]] = {}
    candidates = list(_phrases(text, tokens, strong, starts))
    crowded = _crowded(text, tokens, candidates, anchors)
    for found in candidates:
        by_end.setdefault(found.last, []).append(found)
    # The best up to a place at which a phrase ends; and up to a place or an earlier one, where that is better than before.
    best: dict[int, _Way] = {}
    loose_ends, loose = [0], [_Way(0, 0, None, None)]
    for end in sorted(by_end):
        for found in by_end[end]:
            options = []
            if found in crowded or _may_stand(text, tokens, found, anchors, held=False):
                options.append(loose[bisect_right(loose_ends, found.first) - 1])
            if found.first in best and _may_stand(text, tokens, found, anchors, held=True):
                options.append(best[found.first])
            for way in options:
                longer = _Way(way.worth + found.worth, way.pieces + 1, found, way)
                if end not in best or longer[:2] > best[end][:2]:
                    best[end] = longer
        if end in best and best[end][:2] > loose[-1][:2]:
            loose_ends.append(end)
            loose.append(best[end])
    return list(loose[-1].phrases())


def _crowded(
    text: str, tokens: Sequence[tuple[int, int]], candidates: Sequence[_Candidate], anchors: frozenset[int]
) -> frozenset[_Candidate]:
    """The phrases in whose company so many others are that it is a menu or a row of buttons, and no sentence.

    A prose sentence may have one known label in it (`the Search was long`), hardly three, each before a capital. Where no capital
    tells where a line begins, they have to stand closer.
    """
    inside = [False] * len(tokens)
    members: list[_Candidate] = []

    def close() -> None:
        standing = any(_may_stand(text, tokens, one, anchors, held=False) for one in members)
        different = len({text[tokens[one.first][0] : tokens[one.last - 1][1]].casefold() for one in members})
        if different >= _CROWD or (different == _CROWD - 1 and standing):
            for number in range(members[0].first, members[-1].last):
                inside[number] = True

    end = 0
    for one in sorted(candidates, key=lambda one: (one.first, -one.last)):
        if one.first < end or _PRICE.match(text, tokens[one.last][0] if one.last < len(tokens) else len(text)):
            continue
        caseless = _CASELESS.match(text, tokens[one.first][0]) is not None
        if caseless and one.words == 1:
            continue
        if one.first - end > (_APART_CASELESS if caseless else _APART):
            close()
            members = []
        end = one.last
        members.append(one)
    close()
    return frozenset(one for one in candidates if all(inside[one.first : one.last]))


def _may_stand(
    text: str, tokens: Sequence[tuple[int, int]], found: _Candidate, anchors: frozenset[int], *, held: bool
) -> bool:
    """Whether a line may have begun and ended where the phrase does."""
    left = held or found.first in anchors
    right = found.last in anchors
    if left and right:
        return True
    caseless = _CASELESS.match(text, tokens[found.first][0]) is not None
    if caseless:  # no capital tells where a line begins
        labelled = text[tokens[found.last - 1][1] - 1] in ":：»"
        return (left or right) and (labelled or found.words >= _SURE_WORDS)
    return left or found.words >= _SURE_WORDS


def _phrases(
    text: str, tokens: Sequence[tuple[int, int]], strong: Sequence[int], starts: frozenset[int]
) -> Iterator[_Candidate]:
    """Every range of words that is as a whole a known phrase.

    A phrase that may end in words of any kind would swallow the sentence behind it: it has to end where a sentence does, before the
    first word that begins a line, or in a number. Of one that ends in a name, two words of name are taken.
    """
    from dechaff.folding import FoldedText  # noqa: PLC0415  # and numpy with them
    from dechaff.phrasebook import phrasebook  # noqa: PLC0415  # the rules load when such a text comes

    anchors = frozenset(strong)
    ranges = list(
        dict.fromkeys(
            (
                *_short_ranges(text, tokens, strong),
                *_sentence_ranges(text, tokens, strong),
                *_title_ranges(strong, starts),
            )
        )
    )
    if not ranges:
        return
    texts = [text[tokens[first][0] : tokens[last - 1][1]] for first, last in ranges]
    folded = FoldedText(texts)
    matches = [match for match in phrasebook().find(folded) if match.rule.where == "block"]
    numbers = sorted({match.block for match in matches})
    opened = _still_match([(number, texts[number] + any_words) for number in numbers for any_words in _ANY_WORDS])
    open_from: dict[tuple[int, str], int] = {}
    for number, rule in opened:  # and what is longer is so, too, up to the most words that the phrase takes
        first, last = ranges[number]
        open_from[first, rule] = min(last - 1, open_from.get((first, rule), last))
    swallowing = _still_match([(number, _ANY_WORD + texts[number]) for number in numbers])
    found: dict[tuple[int, int], None] = {}
    loose: dict[tuple[int, int], None] = {}
    named: dict[tuple[int, str], list[tuple[bool, int]]] = {}
    open_ended: dict[int, list[tuple[int, int]]] = {}
    behind: dict[tuple[int, str], int] = {}
    for match in matches:
        first, last = ranges[match.block]
        if (match.block, match.rule.id) in swallowing and first not in anchors:
            if last in anchors and not match.rule.needs:  # of the words before, none that it can do without
                behind[last, match.rule.id] = max(first, behind.get((last, match.rule.id), first))
            continue
        if match.names:
            size = len(folded.text[slice(*match.names[0])].split())
            named.setdefault((first, match.rule.id), []).append((size != _NAME_WORDS, last))
        elif last <= open_from.get((first, match.rule.id), last):
            found[first, last] = None
        else:
            open_ended.setdefault(first, []).append((last, match.block))
    for first, ends in open_ended.items():
        shortest = min(ends)[0]
        titles = [last for last, _ in ends if last in starts and last - first >= _SHORTEST_TITLED]
        if titles and (first in anchors or first in starts) and _LABEL.match(text, tokens[first][0]):
            found[first, min(titles)] = None
        for last, number in ends:
            ended = last in anchors and (last - first <= _LONG_TITLE or not _ENDS.search(texts[number]))
            if last == shortest or ended or _NUMBER.search(texts[number]):
                loose[first, last] = None
    found |= dict.fromkeys(_labels(text, tokens, strong))
    found |= dict.fromkeys((first, min(ends)[1]) for (first, _), ends in named.items())
    found |= dict.fromkeys((first, last) for (last, _), first in behind.items())
    sure = {ranges[match.block] for match in matches if not match.rule.needs}
    begun = {first for first, _ in found}
    for first, last in (*found, *(one for one in loose if one[0] not in begun)):
        words = sum(1 for begin, end in tokens[first:last] if _LETTERS.search(text, begin, end))
        size = last - first if (first, last) in found else min(last - first, _OPEN_WORTH)
        yield _Candidate(first, last, words, size * (1 if (first, last) in sure else _NEEDY_WORTH))


def _labels(text: str, tokens: Sequence[tuple[int, int]], strong: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The labels before which a sentence begins and behind which any words may follow: `Read more:`.

    Where the title behind one ends cannot be told, and the sentence behind that must not go with it.
    """
    found: list[tuple[int, str]] = []
    ranges: list[tuple[int, int]] = []
    for first, last in pairwise(strong):
        begin, end = tokens[first][0], tokens[last - 1][1]
        label = _LABEL.match(text, begin, end)
        if label is not None and last - first > _LONG_TITLE and _ENDS.search(text, max(begin, end - 9), end):
            found.append((len(ranges), label[0] + _ANY_WORDS[0]))
            ranges.append((first, first + len(label[0].split())))
    for number in sorted({number for number, _ in _still_match(found)}):
        yield ranges[number]


def _still_match(texts: Sequence[tuple[int, str]]) -> frozenset[tuple[int, str]]:
    """The numbers under which texts are given, each with the rules that hold in one of its texts as a whole."""
    from dechaff.folding import FoldedText  # noqa: PLC0415
    from dechaff.phrasebook import phrasebook  # noqa: PLC0415  # as above

    if not texts:
        return frozenset()
    matches = phrasebook().find(FoldedText([text for _, text in texts]))
    return frozenset((texts[match.block][0], match.rule.id) for match in matches if match.rule.where == "block")


def _title_ranges(strong: Sequence[int], starts: frozenset[int]) -> Iterator[tuple[int, int]]:
    """From where a sentence begins to where a line begins: `Read more:` and a title."""
    for first in (*strong, *starts):
        ends = range(first + _SHORTEST_TITLED, first + _LONGEST_TITLED)
        yield from ((first, last) for last in ends if last in starts)


def _places(text: str, tokens: Sequence[tuple[int, int]], anchors: frozenset[int]) -> list[int]:
    """The words with which a line may begin."""
    return [number for number, (begin, _) in enumerate(tokens) if number in anchors or _STARTS_LINE.match(text, begin)]


def _short_ranges(text: str, tokens: Sequence[tuple[int, int]], strong: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The ranges of a few words that begin and end where a line may."""
    places = [*_places(text, tokens, frozenset(strong)), len(tokens)]
    for number, first in enumerate(places):
        for last in places[number + 1 : number + 1 + _MOST_WORDS]:
            if last - first > _MOST_WORDS:
                break
            if last < len(tokens) and text[tokens[last - 1][1] - 1].isdigit() and _UNIT.match(text, *tokens[last]):
                continue
            yield first, last


def _sentence_ranges(text: str, tokens: Sequence[tuple[int, int]], strong: Sequence[int]) -> Iterator[tuple[int, int]]:
    """From where a line may begin to the end of its sentence or of one of the next; without capitals, where a sentence begins."""
    anchors = frozenset(strong)
    for first in _places(text, tokens, anchors):
        if first not in anchors and _CASELESS.match(text, tokens[first][0]):
            continue
        number = bisect_right(strong, first)
        for last in strong[number : number + _MOST_SENTENCES]:
            if tokens[last - 1][1] - tokens[first][0] > _LONGEST:
                break
            yield first, last
