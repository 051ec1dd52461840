"""Text on one line into pieces that can be judged alone: sentences, and the labels that stand between them.

A dump that lost its line ends has its furniture between the sentences: `… by noon. Share this article The harbour …`.
Sentence ends alone do not part the two, so known phrases are looked up at every place where a line may have begun. A place
is taken for such a beginning only if what stands on both sides of the phrase allows it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise
from json import JSONDecodeError, JSONDecoder
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from dechaff.late import late_regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import regex

_SENTENCE_END = late_regex(
    r"""(?<end>[.!?…؟।॥۔]{1,6}+["'”’»)\]]{0,3}+)(?=\s)   # an end mark, and white space behind it
      | (?<wide>[。！？]{1,6}+[」』”’）]{0,3}+)             # in Chinese and Japanese without
    """,
    re.VERBOSE,
)
_NO_END = late_regex(r"(?:^|[\s(\"'“„])(?:\p{L}|\p{Lu}\p{L}{1,2}|\p{N}{1,2}|(?:\p{L}{1,3}\.){1,4}\p{L}{0,3})\.$")
"""An initial, a short name such as "Mr." or "Co.", an ordinal as in "12. Mai", letters with dots between."""

_INITIAL = 3
"""Longer ones are words of their own where the text has them without a stop, too: `on the first Tag. Lesen`."""

_WITHIN = late_regex(r"[。！？]{1,6}+[」』”’）]{0,3}+|(?<=\p{Ll})\)(?=\p{Lu}\p{Ll})")
"""Where a word ends without white space: behind a sentence, and where two labels were glued: `(Opens in new window)Click`."""
_IDEOGRAPH = late_regex(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_UNSPACED = late_regex(r"[\p{Han}\p{Hiragana}\p{Katakana}、。！？「」『』（）：／…ー]")
_TOKEN = late_regex(r"\S+")
_STARTS_LINE = late_regex(
    r"[^\p{L}]{0,3}(?:[\p{Lu}\p{Lt}\p{Lo}\p{N}]|$)|[-–—©•|#*\[{<%\p{So}]|\p{Ll}{1,20}[\p{N}_]|[\w$]{1,40}(?:\.[\w$]{1,40}){1,5}\(|\([\w$.]{1,60}\s=\s"
)
_ENDS_ELSE = late_regex(r"""(?:\}\)?;?|\);|"\]|\[/\p{L}{1,9}\]|\p{L}\[\p{L}{2,20}\]|[\w-]/[\w-]{1,40}\.\w{2,6})$""")
"""The end of leaked code, of a path, and the link to edit it behind a wiki's heading: before a capital the line ended there."""
_LOWER = late_regex(r"\p{Ll}[\p{Ll}'’-]{0,40}$")
_LOWER_NAME = late_regex(r"(?<=\p{L}{2}[.!?]\s)\p{Ll}[\p{Ll}\p{N}_]{2,30}(?=\s\p{Lu}\p{L}{1,20}:\s)")
"""A user's name at the beginning of a line: behind a sentence, before a field (`mudlark Posts: 58`)."""
_LONG_LOWER = late_regex(r"\p{Ll}{5}")
"""Longer than what stands in lower case between the capitals of a title."""
_CAPITALISED = late_regex(r"[\"'“„«(]?(?P<word>\p{Lu}\p{Ll}{0,40})(?![\p{Lu}\p{N}])")
_SPOKEN = late_regex(r"""[“„«"](?=\p{Lu})[^“”„«»"]{20,400}[,.!?…][”“»"]""")
_PRICE = late_regex(r"\p{Sc}\p{N}|\p{N}\S{0,9}\p{Sc}")
_ARROWS = "»›→►▶"
_ARROW = late_regex(r"[»›→►▶]+(?=\s)")
"""Behind a label and white space it belongs to the label."""
_UNIT = late_regex(r"\p{Lu}{2,4}$")
_JSON_BEGIN = late_regex(r"(?<!\S)[\[{]{1,3}\s?\"[^\"\s]{1,60}\"\s?:")
_JSON = JSONDecoder()
_DATE = late_regex(r"\p{N}{1,2}\.?\s\p{Lu}\p{L}{2,9}\.?,?\s(?:\p{N}{4})(?!\p{N})")
"""A day that a month and a year follow: it belongs to them, and not to the label before it (`Read more 15 October 2023`)."""
_CASELESS = late_regex(r"[^\p{L}]{0,3}\p{Lo}")
_LETTERS = late_regex(r"\p{L}{2}")
_MARKS = ".,;:!?…\"'“”’»)"
"""What may stand behind a word."""

_MOST_WORDS = 12
"""Longer labels end as sentences do, and are found as such."""
_MOST_SENTENCES = 3
_LONGEST = 280
_NAME_WORDS = 2
_SHORTEST_TITLED, _LONGEST_TITLED = 4, 20
_OPEN_WORTH = 3
_NEEDY_WORTH = 0.7
_LONG_TITLE = 6
_LONG_HELD = 10
_NAME_AT_END = 4
_MOST_PLACES = 50
"""Of so many places a name is looked for at most, so that nothing takes long."""
_OF_NAME = late_regex(r"[\"'“„«(]?(?:[\p{Lu}\p{Lo}&]|\p{Ll}{1,3}\.?$)")
_ANY_WORDS = (" qqx wvq", " Qqx Wvq")
_ANY_WORD = "Qqx "
"""No language's words: a phrase that is one with them, too, has a place for any words there."""
_WORD = late_regex(r"[\p{L}\p{M}\p{N}]+")
_ENDS = late_regex(r"[.!?…؟।॥۔。！？][\"'”’»)\]」』]{0,3}$")
_LABEL = late_regex(r"(?:\S{1,40}\s){0,6}\S{0,40}[:：»›→►▶|](?=\s)")
_NUMBER = late_regex(r"\p{N}\S{0,3}$")
_SURE_WORDS = 3
"""So many words are a phrase even where no sentence ends before them: `Harbour News Subscribe to our newsletter`."""


_CROWD = 3
_APART, _APART_CASELESS = 6, 2
"""How many known phrases make a menu or a row of buttons, and how many other words may stand between two of them."""


class _Candidate(NamedTuple):
    """A phrase that was found from word `first` to word `last`.

    `words` is how many words it has; `worth` is more for one that is chaff wherever it stands, and little for one with an open end;
    `sure` is one that needs no other evidence and has no open end.
    """

    first: int
    last: int
    words: int
    worth: float
    sure: bool


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
    fragments = _json_fragments(text, tokens)
    strong = _sentence_ends(text, tokens)
    if fragments:
        within = {number for first, last in fragments for number in range(first + 1, last)}
        strong = sorted({*strong, *(border for fragment in fragments for border in fragment)} - within)
    borders = set(strong)
    for found in _chosen(text, tokens, strong):
        if not any(_IDEOGRAPH.match(text, begin) for begin, _ in tokens[found.first : found.last]):
            borders.difference_update(range(found.first, found.last))
        borders.update((found.first, found.last))
    return [(tokens[low][0], tokens[high - 1][1]) for low, high in pairwise(sorted(borders))]


def _tokens(text: str) -> list[tuple[int, int]]:
    """The words; one in which a Chinese or Japanese sentence ends is two, and so is one in which a bracket ends before a capital."""
    tokens: list[tuple[int, int]] = []
    mark_within = _WITHIN.search(text) is not None
    for match in _TOKEN.finditer(text):
        begin, end = match.span()
        for mark in _WITHIN.finditer(text, begin, end) if mark_within else ():
            if begin < mark.end() < end:
                tokens.append((begin, mark.end()))
                begin = mark.end()
        tokens.append((begin, end))
    return tokens


def _json_fragments(text: str, tokens: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """From which word to which one there is leaked JSON, with whatever sentences it has in its strings."""
    found: list[tuple[int, int]] = []
    ends: list[int] = []
    read = 0
    for match in _JSON_BEGIN.finditer(text):
        if match.start() < read:
            continue
        try:
            _, end = _JSON.raw_decode(text, match.start())
        except JSONDecodeError as error:
            read = error.pos  # what was read once is not read again, so that nothing takes long
            continue
        except RecursionError:
            break
        read = end
        ends = ends or [end for _, end in tokens]
        first, last = (bisect_right(ends, place) for place in (match.start(), end - 1))
        if tokens[first][0] == match.start() and last > first:
            found.append((first, last + 1))
    return found


def _sentence_ends(text: str, tokens: Sequence[tuple[int, int]]) -> list[int]:
    """The numbers of the words before which a sentence begins, and the number of words."""
    ends = [0]
    whole = {text[begin:end] for begin, end in tokens}
    for number, ((begin, end), (following, _)) in enumerate(pairwise(tokens), 1):
        if _UNSPACED.match(text, end - 1) and _UNSPACED.match(text, following):
            ends.append(number)  # who writes without spaces had a line end there
            continue
        ends_oddly = text[end - 1] in "};)]" or "/" in text[begin:end]
        if ends_oddly and _ENDS_ELSE.search(text, max(begin, end - 30), end) and _STARTS_LINE.match(text, following):
            ends.append(number)
            continue
        match = _SENTENCE_END.search(text, max(begin, end - 9), min(len(text), end + 1))
        if match is None or match.end() != end:
            continue
        if text[following : following + 1].islower():
            continue
        if _NO_END.search(text, max(0, begin - 1), end) and not (
            end - begin > _INITIAL and text[begin : end - 1] in whole
        ):
            continue
        ends.append(number)
    if tokens:
        ends.append(len(tokens))
    return ends


def _common(text: str, tokens: Sequence[tuple[int, int]]) -> frozenset[int]:
    """The numbers of the capitalised words that the text elsewhere writes in lower case: no names."""
    lower = {text[begin:end].strip(_MARKS) for begin, end in tokens}
    words = (_CAPITALISED.match(text, begin, end) for begin, end in tokens)
    return frozenset(number for number, word in enumerate(words) if word and word["word"].lower() in lower)


def _line_starts(text: str, tokens: Sequence[tuple[int, int]], common: frozenset[int]) -> frozenset[int]:
    """The numbers of the words that begin a line although no sentence ends before them.

    Behind a word in lower case a name may be capitalised, but no word that the text elsewhere writes in lower case:
    `The last mill in the valley The miller, who`. A copyright sign begins a line, too, and behind such a word what is spoken.
    """
    found: set[int] = set()
    for number, ((begin, end), (low, _)) in enumerate(pairwise(tokens), 1):
        behind_word = (number in common or _SPOKEN.match(text, low)) and _LOWER.match(text, begin, end)
        if text[low] == "©" or behind_word:
            found.add(number)
    return frozenset(found)


def _chosen(text: str, tokens: Sequence[tuple[int, int]], strong: Sequence[int]) -> list[_Candidate]:
    """The phrases that cover most of the text without overlapping, of those whose surroundings allow them.

    Where one that is sure and whole begins or ends, a line does: so much may end there that has an open end, and begin there
    what may begin with any words.
    """
    common = _common(text, tokens)
    starts = _line_starts(text, tokens, common)
    anchors = frozenset(strong)
    looked_up = _look_up(text, tokens, strong, anchors, starts)
    repeats = _Repeats(text, tokens)
    borders = _Borders(anchors, starts, common)
    sure = _sure(text, tokens, _candidates(text, tokens, looked_up, borders, repeats), anchors)
    begins, ends = frozenset(one.first for one in sure), frozenset(one.last for one in sure)
    borders = borders._replace(begins=begins, ends=ends)
    candidates = _candidates(text, tokens, looked_up, borders, repeats)
    crowded = _crowded(text, tokens, candidates, anchors)
    joints = _joints(candidates)
    by_end: dict[int, list[_Candidate]] = {}
    for found in candidates:
        by_end.setdefault(found.last, []).append(found)
    # The best up to a place at which a phrase ends; and up to a place or an earlier one, where that is better than before.
    best: dict[int, _Way] = {}
    loose_ends, loose = [0], [_Way(0, 0, None, None)]
    for end in sorted(by_end):
        for found in by_end[end]:
            options = []
            joined = found.words >= _SURE_WORDS and (found.first in joints or found.last in joints)
            if found in crowded or joined or _may_stand(text, tokens, found, anchors, held=False):
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


def _joints(candidates: Sequence[_Candidate]) -> frozenset[int]:
    """Where one sure phrase of some words ends and another begins: no sentence goes on there, in whatever script."""
    long = [one for one in candidates if one.sure and one.words >= _SURE_WORDS]
    return frozenset(one.first for one in long) & frozenset(one.last for one in long)


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
        if one.words == 1 and (caseless or _ends_sentence(text, tokens, one, anchors)):
            continue
        if one.first - end > (_APART_CASELESS if caseless else _APART):
            close()
            members = []
        end = one.last
        members.append(one)
    close()
    return frozenset(
        one
        for one in candidates
        if all(inside[one.first : one.last]) and not (one.words == 1 and _ends_sentence(text, tokens, one, anchors))
    )


def _ends_sentence(text: str, tokens: Sequence[tuple[int, int]], found: _Candidate, anchors: frozenset[int]) -> bool:
    """Whether it is no label, but the end of a sentence: it has a stop, and there are words in lower case before it."""
    end = tokens[found.last - 1][1]
    return (
        found.first not in anchors
        and _LOWER.match(text, *tokens[found.first - 1]) is not None
        and _ENDS.search(text, max(0, end - 9), end) is not None
    )


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
    arrow = found.sure and found.words > 1 and _ARROW.match(text, tokens[found.last - 1][0]) is not None
    return left or arrow or found.words >= _SURE_WORDS


_End: TypeAlias = Literal["whole", "more", "open"]


class _Range(NamedTuple):
    """A range of words that is as a whole one phrase.

    `end` is "whole" if the phrase is over, "more" if any words may follow, "open" if those at its end are such words already;
    `swallows` says that any words may stand before it; `names` is how many words of names are in it.
    """

    first: int
    last: int
    rule: str
    sure: bool
    end: _End
    swallows: bool
    names: int


class _Borders(NamedTuple):
    """Where lines begin: where sentences do, where one must have begun, and where sure phrases begin and end.

    `common` are the capitalised words that are no names.
    """

    sentences: frozenset[int]
    starts: frozenset[int]
    common: frozenset[int]
    begins: frozenset[int] = frozenset()
    ends: frozenset[int] = frozenset()


def _look_up(
    text: str,
    tokens: Sequence[tuple[int, int]],
    strong: Sequence[int],
    anchors: frozenset[int],
    starts: frozenset[int],
) -> list[_Range]:
    """Every range of words that is as a whole a known phrase."""
    from dechaff.folding import FoldedText  # noqa: PLC0415  # and numpy with them
    from dechaff.phrasebook import phrasebook  # noqa: PLC0415  # the rules load when such a text comes

    places = _places(text, tokens, anchors)
    ranges = list(
        dict.fromkeys(
            (
                *_short_ranges(text, tokens, places),
                *_sentence_ranges(text, tokens, places, strong, anchors),
                *_title_ranges(strong, starts),
            )
        )
    )
    if not ranges:
        return []
    texts = [text[tokens[first][0] : tokens[last - 1][1]] for first, last in ranges]
    folded = FoldedText(texts)
    matches = [match for match in phrasebook().find(folded) if match.rule.where == "block"]
    swallowing = _still_match([(number, _ANY_WORD + texts[number]) for number in {match.block for match in matches}])
    ends = _ends_of(text, tokens, [(ranges[match.block], match.rule.id) for match in matches])
    found = []
    for match in matches:
        first, last = ranges[match.block]
        names = len(folded.text[slice(*match.names[0])].split()) if match.names else 0
        end = ends[(first, last), match.rule.id]
        swallows = (match.block, match.rule.id) in swallowing
        found.append(_Range(first, last, match.rule.id, not match.rule.needs, end, swallows, names))
    return found


def _ends_of(
    text: str, tokens: Sequence[tuple[int, int]], matches: Sequence[tuple[tuple[int, int], str]]
) -> dict[tuple[tuple[int, int], str], _End]:
    """How the ranges end in which a rule holds: it is asked once more with other words at the end, and with more of them."""
    ordered = sorted(matches, key=lambda match: (match[1], match[0]))
    changed: list[tuple[int, str]] = []
    longer: list[tuple[int, str]] = []
    before = ("", -1, 0)
    for number, ((first, last), rule) in enumerate(ordered):
        known = before[2] if before[:2] == (rule, first) else last - 1
        while known > first and not _WORD.search(text, tokens[known][0], tokens[last - 1][1]):
            known -= 1
        before = (rule, first, last)
        begin, place, end = tokens[first][0], tokens[known][0], tokens[last - 1][1]
        changed.append((number, text[begin:place] + _WORD.sub(_any_word, text[place:end])))
        longer += ((number, text[begin:end] + any_words) for any_words in _ANY_WORDS)
    unknown = {number for number, rule in _still_match(changed) if ordered[number][1] == rule}
    goes_on = {number for number, rule in _still_match(longer) if ordered[number][1] == rule}
    found: dict[tuple[tuple[int, int], str], _End] = {}
    begun: set[tuple[int, str]] = set()
    for number, match in enumerate(
        ordered
    ):  # behind one that may go on all do, up to the most words that the phrase takes
        (first, _), rule = match
        if number in goes_on:
            begun.add((first, rule))
        goes = (first, rule) in begun
        found[match] = "open" if goes and number in unknown else "more" if number in goes_on else "whole"
    return found


def _any_word(match: regex.Match[str]) -> str:
    return _ANY_WORD.strip() if match[0][0].isupper() else _ANY_WORD.strip().lower()


def _candidates(
    text: str,
    tokens: Sequence[tuple[int, int]],
    looked_up: Sequence[_Range],
    borders: _Borders,
    repeats: _Repeats,
) -> list[_Candidate]:
    """The ranges that may be a phrase by where they begin and end.

    A phrase that may end in words of any kind would swallow the sentence behind it: it has to end where a sentence does, before the
    first word that begins a line, at another phrase, or in a number. Of one that ends in a name, two words of name are taken.
    """
    anchors = borders.sentences
    sure = {(one.first, one.last) for one in looked_up if one.sure}
    found: dict[tuple[int, int], None] = {}
    loose: dict[tuple[int, int], float] = {}
    named: dict[tuple[int, str], list[_Range]] = {}
    open_ended: dict[tuple[int, str], list[_Range]] = {}
    behind: dict[tuple[int, str], list[int]] = {}
    known: dict[int, int] = {}
    known_surely: set[int] = set()
    # Where a shorter phrase of the rule begins that does not swallow, or a copyright sign does, so does the longer one.
    begun_surely = {(one.first, one.rule) for one in looked_up if not one.swallows or text[tokens[one.first][0]] == "©"}
    fixed: dict[int, int] = {}
    for one in looked_up:
        if (one.first, one.rule) in begun_surely:
            fixed[one.last] = max(one.first, fixed.get(one.last, 0))
    for one in looked_up:
        first, last = one.first, one.last
        swallows = (first, one.rule) not in begun_surely
        if swallows and first not in anchors:
            if last in anchors and one.sure:
                behind.setdefault((last, one.rule), []).append(first)
            if first not in borders.ends or fixed.get(last, 0) - first > _NAME_WORDS:
                continue
        elif swallows and one.end != "whole" and any(number in anchors for number in range(first + 1, last)):
            continue
        if one.names:
            named.setdefault((first, one.rule), []).append(one)
        elif one.end == "whole":
            found[first, last] = None
            known[first] = max(last, known.get(first, 0))
            if one.sure:
                known_surely.add(first)
        else:
            open_ended.setdefault((first, one.rule), []).append(one)
    for (first, _), ranges in open_ended.items():
        ends = _open_ends(text, tokens, ranges, known.get(first, 0), borders, repeats)
        found |= dict.fromkeys((first, last) for last in ends.whole)
        loose |= {(first, last): worth for last, worth in ends.loose.items()}
    found |= dict.fromkeys(one for one in _labels(text, tokens, sorted(anchors)) if one[0] not in known_surely)
    found |= dict.fromkeys((first, _end_of_name(ranges)) for (first, _), ranges in named.items())
    for (last, _), firsts in behind.items():  # of the words before, none that it can do without
        found[max([first for first in firsts if first in borders.ends] or firsts), last] = None
    begun = {first for first, _ in found}
    made = []
    for first, last in (*found, *(one for one in loose if one[0] not in begun)):
        words = sum(1 for begin, end in tokens[first:last] if _LETTERS.search(text, begin, end))
        whole = (first, last) in found
        size = last - first if whole else min(last - first, _OPEN_WORTH) + loose[first, last]
        is_sure = (first, last) in sure
        made.append(_Candidate(first, last, words, size * (1 if is_sure else _NEEDY_WORTH), is_sure and whole))
    return made


class _Ends(NamedTuple):
    """Where phrases of the same beginning may end: surely, and else."""

    whole: list[int]
    loose: dict[int, float]


def _open_ends(
    text: str,
    tokens: Sequence[tuple[int, int]],
    ranges: Sequence[_Range],
    known: int,
    borders: _Borders,
    repeats: _Repeats,
) -> _Ends:
    """Where a phrase may end behind which any words may follow.

    Args:
        text: the text.
        tokens: its words.
        ranges: what it may be, all from the same word on.
        known: where the longest ends that begins there and behind which no words may follow, 0 if there is none.
        borders: where lines begin.
        repeats: what the text has twice.
    """
    least = min(ranges, key=lambda one: one.last)
    first, shortest = least.first, least.last
    anchors = borders.sentences
    begins = first in anchors
    ends = _Ends([one.last for one in ranges if one.end == "more" and one.last in anchors and one.sure], {})
    titles = [
        one.last
        for one in ranges
        if one.last - first >= _SHORTEST_TITLED
        and (one.last in borders.starts or _ends_title(text, tokens, shortest, one.last, borders))
    ]
    if titles and (begins or first in borders.starts) and _LABEL.match(text, tokens[first][0]):
        ends.whole.append(min(titles))
    if any(one.end == "more" for one in ranges):
        known = shortest
    for last in sorted({one.last for one in ranges}):
        begin, end = tokens[first][0], tokens[last - 1][1]
        low = max(begin, end - 9)
        ended = last in anchors and (last - first <= _LONG_TITLE or not _ENDS.search(text, low, end))
        numbered = _NUMBER.search(text, low, end) is not None
        if last == shortest or ended or numbered:
            ends.loose[last] = 0.1 if ended or numbered else 0
        if known and _is_name(text, tokens, known, last, anchors):
            ends.whole.append(last)
    surely = any(one.last == shortest and one.sure for one in ranges)
    if shortest in anchors and (begins or first in borders.ends) and surely:
        ends.whole.append(shortest)  # without its last sentence it would be no phrase
    lasts = {one.last for one in ranges}
    ends.whole.extend(
        lasts & {repeats.end_of_name(least), *(last for last in lasts if _restated(text, tokens, first, last))}
    )
    ends.whole.extend(last for last in lasts if _is_rest(text, tokens, least, last, borders))
    held = min((one.last for one in ranges if one.last in borders.begins), default=0)
    if held and held not in anchors and held - first <= _LONG_HELD:
        ends.whole.append(held)
    return ends


def _ends_title(text: str, tokens: Sequence[tuple[int, int]], first: int, last: int, borders: _Borders) -> bool:
    """Whether a line begins behind a title's last word although that is capitalised, too.

    It begins with a word that the text elsewhere has in lower case; and the title has long words in lower case, as a sentence has,
    or else the line.
    """
    return (
        last in borders.common
        and last - first >= _NAME_WORDS
        and not any(number in borders.sentences for number in range(first, last + 1))
        and _CAPITALISED.match(text, tokens[last - 1][0]) is not None
        and any(
            _LONG_LOWER.match(text, *tokens[number]) for number in (*range(first, last), min(last + 1, len(tokens) - 1))
        )
    )


def _is_rest(text: str, tokens: Sequence[tuple[int, int]], least: _Range, last: int, borders: _Borders) -> bool:
    """Whether the few words behind what is surely a phrase are the rest of it: of its sentence, or of the text.

    A sure phrase has to follow, and the words may not begin a sentence of their own.
    """
    words = tokens[least.last : last]
    if not words or len(words) > _NAME_AT_END:
        return False
    if last == len(tokens):
        return _ENDS.search(text, max(words[-1][0], words[-1][1] - 9), words[-1][1]) is None
    return (
        last in borders.sentences
        and last in borders.begins
        and least.last not in borders.common
        and (least.last - least.first >= _SURE_WORDS or text[tokens[least.first][0]] == "©")
        and not any(number in borders.sentences for number in range(least.last, last))
    )


class _Repeats:
    """What a text has twice: its names."""

    def __init__(self, text: str, tokens: Sequence[tuple[int, int]]) -> None:
        self._text = text
        self._tokens = tokens
        self._words: list[str] = []
        self._places: dict[str, list[int]] = {}

    def _look(self) -> None:
        if not self._words:
            self._words = [self._text[begin:end].strip(_MARKS) for begin, end in self._tokens]
            for number, word in enumerate(self._words):
                places = self._places.setdefault(word, [])
                if len(places) < _MOST_PLACES:
                    places.append(number)

    def end_of_name(self, least: _Range) -> int:
        """Where a name of at least two words ends that the text has elsewhere, and that the shortest form of a phrase ends in; else 0."""
        first = least.last
        if least.end == "open":
            while first > least.first + 1 and _CAPITALISED.match(self._text, self._tokens[first - 1][0]):
                first -= 1
        elif self._text[self._tokens[least.first][0]] != "©":
            return 0
        if first == len(self._tokens) or not _CAPITALISED.match(self._text, self._tokens[first][0]):
            return 0
        self._look()
        longest = 0
        for place in self._places[self._words[first]]:
            size = 0
            while size < _NAME_AT_END and abs(place - first) > size and self._same(first + size, place + size):
                size += 1
            longest = max(longest, size)
        return first + longest if longest >= _NAME_WORDS else 0

    def _same(self, one: int, other: int) -> bool:
        return (
            max(one, other) < len(self._words)
            and self._words[one] == self._words[other]
            and _OF_NAME.match(self._text, *self._tokens[one]) is not None
        )


def _restated(text: str, tokens: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    """Whether the last words, two at least, stand once more right behind: a title behind its breadcrumb."""
    most = min(last - first - 1, len(tokens) - last)
    words = [text[begin:end].strip(_MARKS) for begin, end in tokens[last - most : last + most]]
    return any(words[most - size : most] == words[most : most + size] for size in range(_NAME_WORDS, most + 1))


def _end_of_name(ranges: Sequence[_Range]) -> int:
    """Where a phrase ends that has a name in it: behind two words of name, and behind what is surely the phrase's."""
    best = min(ranges, key=lambda one: (one.names != _NAME_WORDS, one.last))
    return max(one.last for one in ranges if one is best or (one.end == "whole" and one.names == best.names))


def _is_name(text: str, tokens: Sequence[tuple[int, int]], first: int, last: int, anchors: frozenset[int]) -> bool:
    """Whether up to the end of a sentence there are but a few words of a name: whose © it is."""
    words = tokens[first:last]
    return (
        last in anchors
        and 0 < len(words) <= _NAME_AT_END
        and not any(number in anchors for number in range(first + 1, last))
        and all(_OF_NAME.match(text, begin, end) for begin, end in words)
    )


def _sure(
    text: str, tokens: Sequence[tuple[int, int]], candidates: Sequence[_Candidate], anchors: frozenset[int]
) -> list[_Candidate]:
    """The phrases that are surely ones, by themselves or in a crowd."""
    crowded = _crowded(text, tokens, candidates, anchors)
    return [
        one for one in candidates if one.sure and (one in crowded or _may_stand(text, tokens, one, anchors, held=False))
    ]


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
    numbers: dict[str, set[int]] = {}
    for number, text in texts:
        numbers.setdefault(text, set()).add(number)
    each = list(numbers.values())
    matches = phrasebook().find(FoldedText(list(numbers)))
    return frozenset(
        (number, match.rule.id) for match in matches if match.rule.where == "block" for number in each[match.block]
    )


def _title_ranges(strong: Sequence[int], starts: frozenset[int]) -> Iterator[tuple[int, int]]:
    """From where a sentence begins to where a line begins: `Read more:` and a title."""
    for first in (*strong, *starts):
        ends = range(first + _SHORTEST_TITLED, first + _LONGEST_TITLED)
        yield from ((first, last) for last in ends if last in starts)


def _places(text: str, tokens: Sequence[tuple[int, int]], anchors: frozenset[int]) -> list[int]:
    """The words with which a line may begin: those with capitals, and a name without that begins a line elsewhere."""
    names = set(_LOWER_NAME.findall(text))
    return [
        number
        for number, (begin, end) in enumerate(tokens)
        if number in anchors
        or (_STARTS_LINE.match(text, begin) and not (text[begin] in _ARROWS and _ARROW.match(text, begin)))
        or (names and text[begin:end] in names)
    ]


def _short_ranges(text: str, tokens: Sequence[tuple[int, int]], places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The ranges of a few words that begin and end where a line may."""
    places = [*places, len(tokens)]
    for number, first in enumerate(places):
        for last in places[number + 1 : number + 1 + _MOST_WORDS]:
            if last - first > _MOST_WORDS:
                break
            begin, end = tokens[last - 1]
            if text[end - 1].isdigit() and (
                _UNIT.match(text, *tokens[min(last, len(tokens) - 1)]) or _DATE.match(text, begin)
            ):
                continue
            yield first, last


def _sentence_ranges(
    text: str,
    tokens: Sequence[tuple[int, int]],
    places: Sequence[int],
    strong: Sequence[int],
    anchors: frozenset[int],
) -> Iterator[tuple[int, int]]:
    """From where a line may begin to the end of its sentence or of one of the next; without capitals, where a sentence begins."""
    for first in places:
        if first not in anchors and _CASELESS.match(text, tokens[first][0]):
            continue
        number = bisect_right(strong, first)
        for last in strong[number : number + _MOST_SENTENCES]:
            if tokens[last - 1][1] - tokens[first][0] > _LONGEST:
                break
            yield first, last
