"""Text on one line into pieces that can be judged alone: sentences, and the labels that stand between them.

A dump that lost its line ends has its furniture between the sentences: `… by noon. Share this article The harbour …`.
Sentence ends alone do not part the two, so known phrases are looked up at every place where a line may have begun. A place
is taken for such a beginning only if what stands on both sides of the phrase allows it.
"""

from __future__ import annotations

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
_STARTS_LINE = regex.compile(r"[^\p{L}]{0,3}(?:[\p{Lu}\p{Lt}\p{Lo}\p{N}]|$)|[-–—©•|#*\[\p{So}]")
_CASELESS = regex.compile(r"[^\p{L}]{0,3}\p{Lo}")
_LETTERS = regex.compile(r"\p{L}{2}")

_MOST_WORDS = 12
"""Longer labels end as sentences do, and are found as such."""
_MOST_SENTENCES = 3
_LONGEST = 160
_NAME_WORDS = 2
_LONG_TITLE = 6
_ANY_WORDS = (" qqx wvq", " Qqx Wvq")
_ANY_WORD = "Qqx "
"""No language's words: a phrase that is one with them, too, has a place for any words there."""
_ENDS = regex.compile(r"[.!?…؟।॥۔。！？][\"'”’»)\]」』]{0,3}$")
_LABEL = regex.compile(r"(?:\S{1,40}\s){0,6}\S{0,40}(?:(?<=\S)[:：»›→►▶|]|[»›→►▶|])(?=\s)")
_NUMBER = regex.compile(r"\p{N}\S{0,3}$")
_SURE_WORDS = 3
"""So many words are a phrase even where no sentence ends before them: `Harbour News Subscribe to our newsletter`."""


class _Candidate(NamedTuple):
    """A phrase that was found from word `first` to word `last`, and how many words it has."""

    first: int
    last: int
    words: int


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
    for found in _chosen(text, tokens, strong):
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
        match = _SENTENCE_END.search(text, max(begin, end - 9), min(len(text), end + 1))
        if match is None or match.end() != end:
            continue
        if text[following : following + 1].islower() or _NO_END.search(text, max(0, begin - 1), end):
            continue
        ends.append(number)
    if tokens:
        ends.append(len(tokens))
    return ends


def _chosen(text: str, tokens: Sequence[tuple[int, int]], strong: Sequence[int]) -> list[_Candidate]:
    """The phrases that cover most of the text without overlapping, of those whose surroundings allow them."""
    anchors = frozenset(strong)
    by_end: dict[int, list[_Candidate]] = {}
    for found in _phrases(text, tokens, strong):
        by_end.setdefault(found.last, []).append(found)
    # best[place, held]: what is best up to a place, and whether a phrase ends there.
    best: dict[int, tuple[tuple[int, int], list[_Candidate]]] = {}
    ends = sorted(by_end)
    loose: list[tuple[int, tuple[int, int], list[_Candidate]]] = [(0, (0, 0), [])]

    def before(place: int) -> tuple[tuple[int, int], list[_Candidate]]:
        """The best that ends at a place or earlier."""
        low, high = 0, len(loose)
        while low < high:
            middle = (low + high) // 2
            if loose[middle][0] <= place:
                low = middle + 1
            else:
                high = middle
        return loose[low - 1][1], loose[low - 1][2]

    for end in ends:
        for found in by_end[end]:
            options = []
            if _may_stand(text, tokens, found, anchors, held=False):
                options.append(before(found.first))
            if found.first in best and _may_stand(text, tokens, found, anchors, held=True):
                options.append(best[found.first])
            for value, way in options:
                worth = (value[0] + found.last - found.first, value[1] + 1)
                if end not in best or worth > best[end][0]:
                    best[end] = worth, [*way, found]
        if end in best and best[end][0] > loose[-1][1]:
            loose.append((end, *best[end]))
    return loose[-1][2]


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


def _phrases(text: str, tokens: Sequence[tuple[int, int]], strong: Sequence[int]) -> Iterator[_Candidate]:
    """Every range of words that is as a whole a known phrase.

    A phrase that may end in words of any kind would swallow the sentence behind it: it has to end where a sentence does, or in
    a number. Of one that ends in a name, two words of name are taken.
    """
    from dechaff.folding import FoldedText  # noqa: PLC0415  # and numpy with them
    from dechaff.phrasebook import phrasebook  # noqa: PLC0415  # the rules load when such a text comes

    anchors = frozenset(strong)
    ranges = list(dict.fromkeys((*_short_ranges(text, tokens, strong), *_sentence_ranges(tokens, strong))))
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
    for match in matches:
        first, last = ranges[match.block]
        if (match.block, match.rule.id) in swallowing and first not in anchors:
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
        for last, number in ends:
            ended = last in anchors and (last - first <= _LONG_TITLE or not _ENDS.search(texts[number]))
            if last == shortest or ended or _NUMBER.search(texts[number]):
                loose[first, last] = None
    found |= dict.fromkeys(_labels(text, tokens, strong))
    found |= dict.fromkeys((first, min(ends)[1]) for (first, _), ends in named.items())
    starts = {first for first, _ in found}
    for first, last in (*found, *(one for one in loose if one[0] not in starts)):
        words = sum(1 for begin, end in tokens[first:last] if _LETTERS.search(text, begin, end))
        yield _Candidate(first, last, words)


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


def _short_ranges(text: str, tokens: Sequence[tuple[int, int]], strong: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The ranges of a few words that begin and end where a line may."""
    anchors = frozenset(strong)
    places = [
        number for number, (begin, _) in enumerate(tokens) if number in anchors or _STARTS_LINE.match(text, begin)
    ]
    places.append(len(tokens))
    for number, first in enumerate(places):
        for last in places[number + 1 : number + 1 + _MOST_WORDS]:
            if last - first > _MOST_WORDS:
                break
            yield first, last


def _sentence_ranges(tokens: Sequence[tuple[int, int]], strong: Sequence[int]) -> Iterator[tuple[int, int]]:
    """One to a few whole sentences."""
    for number, first in enumerate(strong):
        for last in strong[number + 1 : number + 1 + _MOST_SENTENCES]:
            if tokens[last - 1][1] - tokens[first][0] > _LONGEST:
                break
            yield first, last
