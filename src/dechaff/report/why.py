"""Why a piece went, or why it stayed: every filter's view of it, and what one line would change that.

Nothing here decides: what the filters proposed is looked at again, and each line of advice was tried on the page.
"""

from __future__ import annotations

import shlex
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import regex

from dechaff.content.boilerplate import LearnedFilter
from dechaff.cutting import apply_cuts
from dechaff.folding import fold, lower, text_of
from dechaff.keeping import compile_keep
from dechaff.markup import markup
from dechaff.page import Cut
from dechaff.patterns import PhraseError
from dechaff.phrasebook import Phrasebook, phrasebook
from dechaff.phraserules import rule_from_entry
from dechaff.report.pieces import Fate, fate_of, name_of, path_of
from dechaff.report.safety import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dechaff.cutting import Outcome
    from dechaff.page import Block, Cleaned, Filter, Origin
    from dechaff.phrasebook import Match
    from dechaff.report.influence import Influence

MOST_FINDINGS = 5
"""So many places are explained; how many more there are is said."""

_INFLUENCES_SHOWN = 6
_PATH_SHOWN = 6
_ALIKE = 0.4
"""A nearest block with less than this share of the words' letters in common is called unlike them."""

_NEEDS: Mapping[str, str] = {
    "neighbour": "if something sure to be chaff stands within two blocks",
    "links": "if the block is mostly links, or in a text, something sure to be chaff stands within two blocks",
    "caption": "in a caption, behind one, or behind a picture",
    "repeat": "if the line stands on the page three times",
    "edge": "at the page's beginning or end",
    "prose": "between two paragraphs of running text",
}
"""The evidence that a phrase may want beside its words (`Rule.needs`), as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A cut that a filter wants, and what became of it: "made", "another reason was stronger" or "refused by …"."""

    cut: Cut
    outcome: str


@dataclass(frozen=True, slots=True)
class View:
    """What one filter says of a block.

    Attributes:
        family: the filter.
        ran: whether it ran; if `only` or `without` left it out, this is what it would have said.
        proposals: the cuts it wants that touch the block.
        near: what nearly held, in sentences.
    """

    family: str
    ran: bool
    proposals: tuple[Proposal, ...]
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """The learned filter's view in figures.

    Attributes:
        value: the probability of the block being what a person came to read; None if the page was not judged.
        lowest_kept: the lowest score on the page that was still kept: the page's own threshold.
        influences: what the value rests on, the weightiest first.
        not_judged: why the page was not judged, "" if it was.
    """

    value: float | None = None
    lowest_kept: float | None = None
    influences: tuple[Influence, ...] = ()
    not_judged: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """One line of options that changes the decision, and what else it does. It was tried."""

    line: str
    effect: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where the words stand.

    Attributes:
        block: the block.
        words: the words as they stand there; the block's text if they only come near.
        path: the elements around it, outermost first.
        fate: what became of these words.
        views: what each filter says of the block.
        score: the learned score.
        keep: the keep rule that protects the block, None if none does.
        keep_rules: whether there were keep rules at all.
        headline: it is the page's headline.
        advice: what would change the decision.
    """

    block: Block
    words: str
    path: tuple[str, ...]
    fate: Fate
    views: tuple[View, ...]
    score: Score
    keep: str | None
    keep_rules: bool
    headline: bool
    advice: tuple[Advice, ...]

    def __str__(self) -> str:
        return "\n".join(_finding_lines(self))


@dataclass(frozen=True, slots=True)
class Why:
    """The answer to "why did this go?" and "why did this stay?".

    Attributes:
        words: what was asked for.
        closeness: 1 if the words were found; else the share of their letters that the nearest block has in this order.
        findings: the places, in reading order.
        more: how many more places there are.
        warnings: what reading the page could not do faithfully.
    """

    words: str
    closeness: float
    findings: tuple[Finding, ...]
    more: int
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def explain_words(cleaned: Cleaned, words: str) -> Why:
    """Why the blocks with these words went or stayed; see `Cleaned.why`.

    Raises:
        TypeError: `words` is no str.
        ValueError: there is no word in `words`, or the result has no page any more.
    """
    if not isinstance(words, str):
        raise TypeError(f"words is a str, not {type(words).__name__}")
    if not words.strip():
        raise ValueError("there is nothing to look for: words is empty")
    origin = cleaned.made_from()
    # Who asks once asks again: what an answer took to work out stays with the page.
    case = origin.page.shared("why", lambda _: _Case(cleaned, origin))
    places, closeness = _places(case, words)
    findings = tuple(case.finding(*place) for place in places[:MOST_FINDINGS])
    return Why(words, closeness, findings, max(0, len(places) - MOST_FINDINGS), tuple(cleaned.warnings))


def _places(case: _Case, words: str) -> tuple[list[tuple[int, int, int]], float]:
    """Where the words stand, as (block, begin, end) in its text; a place over several blocks is each of them."""
    page = case.page
    if not page.blocks:
        return [], 0.0
    folded = page.folded
    text = text_of(folded.codes)
    wanted = lower(fold(words)).split()
    if not wanted:
        return [], 0.0
    body = r"\s+".join(map(regex.escape, wanted))
    places: list[tuple[int, int, int]] = []
    for pattern in (rf"(?<![\p{{L}}\p{{N}}]){body}(?![\p{{L}}\p{{N}}])", body):
        for match in regex.finditer(pattern, text):
            first = bisect_right(folded.starts, match.start()) - 1
            last = bisect_right(folded.starts, match.end() - 1) - 1
            for number in range(first, last + 1):
                low = max(match.start(), int(folded.starts[number]))
                high = min(match.end(), int(folded.ends[number]))
                if low < high:
                    places.append((number, *folded.origin(number, low, high)))
        if places:
            return places, 1.0
    number, closeness = _nearest(text.split("\n"), " ".join(wanted))
    return [(number, 0, len(page.blocks[number].text))], closeness


def _nearest(texts: Sequence[str], words: str) -> tuple[int, float]:
    """The text with the largest share of the words' runs of three letters, the shortest of several; and that share."""
    size = min(3, len(words))
    grams = {words[place : place + size] for place in range(len(words) - size + 1)}
    best, share = 0, -1.0
    for number, text in enumerate(texts):
        common = sum(gram in text for gram in grams) / len(grams)
        if common > share or (common == share and len(text) < len(texts[best])):
            best, share = number, common
    return best, share


class _Case:
    """One result with what explaining it needs, each worked out when first asked for."""

    def __init__(self, cleaned: Cleaned, origin: Origin) -> None:
        self.cleaned = cleaned
        self.page = origin.page
        self.origin = origin

    @cached_property
    def proposals(self) -> dict[str, list[Cut]]:
        """What was proposed, by family; empty for a filter that ran and found nothing."""
        found: dict[str, list[Cut]] = {each.name: [] for each in self.origin.filters}
        for cut in self.origin.proposals:
            found.setdefault(cut.family, []).append(cut)
        return found

    @cached_property
    def left_out(self) -> dict[str, list[Cut]]:
        """What the filters that did not run would propose."""
        return {found.name: list(found.find(self.page)) for found in self.origin.left_out}

    @cached_property
    def matches(self) -> dict[int, list[Match]]:
        """The phrases that stand in each block, whether they held or not."""
        found: dict[int, list[Match]] = {}
        for match in phrasebook().find(self.page.folded):
            found.setdefault(match.block, []).append(match)
        return found

    @cached_property
    def learned(self) -> LearnedFilter | None:
        """The learned filter as it was set, whether it ran or not."""
        every: Iterable[Filter] = (*self.origin.filters, *self.origin.left_out)
        return next((found for found in every if isinstance(found, LearnedFilter)), None)

    @cached_property
    def headline(self) -> int | None:
        from dechaff.content.headline import headline_of  # noqa: PLC0415  # with the rest of the learned filter

        return headline_of(self.page)

    @cached_property
    def not_judged(self) -> str:
        """Why the learned filter does not judge this page, "" if it does."""
        if self.learned is None:
            return "it is not among the filters"
        return self.learned.not_judged(self.page)

    @cached_property
    def scores(self) -> tuple[Any, float | None]:
        """All scores, and the lowest that was kept for its own sake."""
        assert self.learned is not None  # asked only of a page that was judged
        scores = self.learned.scores(self.page)
        gone = {number for cut in self.learned.find(self.page) for number in range(cut.first, cut.last)}
        kept = [float(score) for number, score in enumerate(scores) if number not in gone and number != self.headline]
        return scores, min(kept, default=None)

    def finding(self, number: int, begin: int, end: int) -> Finding:
        """Everything about one block."""
        block = self.page.blocks[number]
        fate = fate_of(self.cleaned.cuts, block, begin, end)
        protected = self.origin.protected
        views = tuple(self._views(block))
        return Finding(
            block=block,
            words=block.text[begin:end],
            path=tuple(path_of(self.page, block)),
            fate=fate,
            views=views,
            score=self._score(number),
            keep=protected[number] if protected else None,
            keep_rules=bool(protected),
            headline=number == self.headline,
            advice=tuple(self._advice_for_cut(block) if fate.cut else self._advice_for_kept(block, views)),
        )

    def _score(self, number: int) -> Score:
        if self.not_judged or self.learned is None:
            return Score(not_judged=self.not_judged)
        from dechaff.report.influence import influence, influences  # noqa: PLC0415  # numpy and the weights

        scores, lowest = self.scores
        net = self.learned.network_for(self.page)
        told = influences(net, self.page, number, headline=self.learned.headline)
        score, alone = float(scores[number]), float(self.learned.network_scores(self.page)[number])
        if score != alone:
            told.insert(0, influence("what is known of the site's other pages", score, alone))
        return Score(score, lowest, tuple(told))

    def _views(self, block: Block) -> Iterator[View]:
        for ran, by_filter in ((True, self.proposals), (False, self.left_out)):
            for family, cuts in by_filter.items():
                touching = [cut for cut in cuts if cut.first <= block.index < cut.last]
                proposals = tuple(Proposal(cut, self._outcome(cut, block) if ran else "not run") for cut in touching)
                near = tuple(self._near(block, family, {cut.rule for cut in touching}))
                yield View(family, ran, proposals, near)

    def _outcome(self, cut: Cut, block: Block) -> str:
        protected = self.origin.protected
        if protected and protected[block.index]:
            return f"refused by {protected[block.index]}"
        for made in self.cleaned.cuts:
            if made.first <= block.index < made.last and (made.family, made.rule) == (cut.family, cut.rule):
                return "made"
        return "another reason was stronger"

    def _near(self, block: Block, family: str, held: set[str]) -> Iterator[str]:
        """What nearly made a named filter cut the block."""
        said: set[str] = set()
        for match in self.matches.get(block.index, ()):
            rule = match.rule
            if rule.family != family or rule.id in held or rule.id in said:
                continue
            said.add(rule.id)
            if rule.needs:
                yield f"has the words of {rule.id}, which go only {_NEEDS[rule.needs]}"
            else:
                yield f"has the words of {rule.id}, but as a headline, as code, or as the writer's own reference they stay"
        for box in self.page.ancestors(block):
            for owner, token in markup().families_of(box):
                if owner == family and f"markup:{token}" not in held and token not in said:
                    said.add(token)
                    yield (
                        f"stands in <{name_of(box)}>, which {token!r} names; but it holds a headline, long prose or much of the page"
                    )

    def _apply(self, by_filter: Mapping[str, Sequence[Cut]], protected: Sequence[str | None]) -> Outcome:
        return apply_cuts(self.page, [cut for cuts in by_filter.values() for cut in cuts], protected)

    def _staying(self, outcome: Outcome) -> set[int]:
        """The blocks of which nothing was cut."""
        return set(range(len(self.page.blocks))) - {
            number for cut in outcome.cuts for number in range(cut.first, cut.last)
        }

    @cached_property
    def staying(self) -> set[int]:
        """The blocks of which nothing was cut in this result."""
        return self._staying(self._apply(self.proposals, self.origin.protected))

    def _try(self, line: str, block: Block, outcome: Outcome, *, keeps: bool) -> Iterator[Advice]:
        """The line as advice, if it does what is wanted of it."""
        staying = self._staying(outcome)
        if (block.index in staying) is keeps:
            changed = len(staying ^ self.staying) - 1
            also = f", and changes {changed:,} other {'block' if changed == 1 else 'blocks'}" if changed else ""
            yield Advice(line, f"{'keeps' if keeps else 'cuts'} this block{also}")

    def _advice_for_cut(self, block: Block) -> Iterator[Advice]:
        rule = keep_rule(block.text, [other.text for other in self.page.blocks])
        pattern = compile_keep(rule)[0].pattern
        protected = list(self.origin.protected) or [None] * len(self.page.blocks)
        for other in self.page.blocks:
            if pattern is not None and pattern.search(other.text):
                protected[other.index] = protected[other.index] or "keep"
        yield from self._try(f"--keep {shlex.quote(rule)}", block, self._apply(self.proposals, protected), keeps=True)
        named = [
            family
            for family, cuts in self.proposals.items()
            if any(cut.first <= block.index < cut.last for cut in cuts)
        ]
        others = {family: cuts for family, cuts in self.proposals.items() if family not in named}
        outcome = self._apply(others, self.origin.protected)
        yield from self._try(f"--without {','.join(named)}", block, outcome, keeps=True)
        learned = self.learned
        if learned is None or named != [learned.name]:
            return
        if not learned.headline and block.index == self.headline:
            outcome = self._apply(self._learned_as(replace(learned, headline=True)), self.origin.protected)
            yield from self._try("without --no-headline", block, outcome, keeps=True)
        elif learned.favor != "recall":
            outcome = self._apply(self._learned_as(replace(learned, favor="recall")), self.origin.protected)
            yield from self._try("--favor recall", block, outcome, keeps=True)

    def _learned_as(self, learned: LearnedFilter) -> dict[str, list[Cut]]:
        """The proposals, had the learned filter been set so."""
        found = self.page.shared(f"why:{learned.favor}:{learned.headline}", lambda page: list(learned.find(page)))
        return {**self.proposals, learned.name: found}

    def _advice_for_kept(self, block: Block, views: Sequence[View]) -> tuple[Advice, ...]:
        return tuple(self._options_for_kept(block, views)) or tuple(self._own_rule(block))

    def _options_for_kept(self, block: Block, views: Sequence[View]) -> Iterator[Advice]:
        protected = list(self.origin.protected)
        by = protected[block.index] if protected else None
        if by:
            if any(view.ran and view.proposals for view in views):
                free = [None if name == by else name for name in protected]
                line = (
                    f"without --keep {shlex.quote(by.removeprefix('keep:'))}"
                    if by.startswith("keep:")
                    else f"without {by}"
                )
                yield from self._try(line, block, self._apply(self.proposals, free), keeps=False)
            return
        for view in views:
            if not view.ran and view.proposals:
                outcome = self._apply({**self.proposals, view.family: self.left_out[view.family]}, protected)
                yield from self._try(f"let {view.family} run (--only, --without)", block, outcome, keeps=False)
        learned = self.learned
        if learned is not None and learned.name in self.proposals and not self.not_judged:
            if learned.headline and block.index == self.headline:
                outcome = self._apply(self._learned_as(replace(learned, headline=False)), protected)
                yield from self._try("--no-headline", block, outcome, keeps=False)
            elif learned.favor != "precision":
                outcome = self._apply(self._learned_as(replace(learned, favor="precision")), protected)
                yield from self._try("--favor precision", block, outcome, keeps=False)

    def _own_rule(self, block: Block) -> Iterator[Advice]:
        """A rule for a file of the user's own: the name of an element that holds this block, or the block's words."""
        if self.origin.protected and self.origin.protected[block.index]:
            return
        for box in self.page.ancestors(block):
            if box.last - box.first > _OWN_RULE_BLOCKS:
                break
            for token in box.tokens:
                cuts = [
                    Cut(other.first, other.last, "own", token) for other in self.page.boxes if token in other.tokens
                ]
                outcome = self._apply({**self.proposals, "own": cuts}, self.origin.protected)
                if len(self.staying - self._staying(outcome)) <= _OWN_RULE_BLOCKS:
                    yield from self._try(f'[[cut]]\ntokens = ["{token}"]', block, outcome, keeps=False)
                    return
        if len(block.text) > _LONGEST_PHRASE or not block.text.strip():
            return
        pattern = regex.escape(lower(fold(block.text)), special_only=True, literal_spaces=True)
        entry: dict[str, object] = {"id": "words", "pattern": pattern, "hit": [block.text], "miss": ["-"]}
        try:
            rule = rule_from_entry("own", "own", entry)
        except PhraseError:
            return  # it has no words to go by
        cuts = [
            Cut(match.block, match.block + 1, "own", rule.id) for match in Phrasebook([rule]).find(self.page.folded)
        ]
        outcome = self._apply({**self.proposals, "own": cuts}, self.origin.protected)
        yield from self._try(f"[[phrase]]\npattern = {_toml(pattern)}", block, outcome, keeps=False)


def _toml(text: str) -> str:
    if "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_FEWEST_WORDS = 3
_OWN_RULE_BLOCKS = 5
"""A name whose elements hold more blocks than this on the page is not proposed for cutting one of them."""
_LONGEST_PHRASE = 80


def keep_rule(text: str, others: Sequence[str]) -> str:
    """The shortest regular expression from a block's beginning that keeps it and, if that can be, no other.

    >>> keep_rule("By the sea. It rained.", ["By the sea. It rained.", "By the sea. It snowed.", "End."])
    '^By the sea\\\\. It rained\\\\.$'
    """
    line = next(part for part in text.splitlines() if part.strip())
    ends = [match.end() for match in regex.finditer(r"\S+", line)]
    candidates = [line[:end] for end in ends[_FEWEST_WORDS - 1 :]] or [line[: ends[-1]]]
    rivals = [other for other in others if other != text]
    for start in candidates:
        if not any(other.startswith(start) for other in rivals):
            break
    else:
        start = text if text == line else line
    whole = len(start) == len(text)
    return f"^{regex.escape(start, special_only=True, literal_spaces=True)}{'$' if whole else ''}"


def _lines(why: Why) -> Iterator[str]:
    asked = f"“{printable(why.words.strip())}”"
    if not why.findings:
        yield f"{asked}: there is no text to look in"
    elif why.closeness < 1:
        like = (
            "the nearest is" if why.closeness >= _ALIKE else "nothing is like it; the nearest, for what it is worth, is"
        )
        yield f"{asked} is nowhere on the page as it was read; {like}:"
        yield ""
    for number, finding in enumerate(why.findings):
        if number:
            yield ""
        yield from _finding_lines(finding)
    if why.more:
        yield ""
        yield f"It stands in {why.more:,} more {'place' if why.more == 1 else 'places'}; more words find one of them."
    for warning in why.warnings:
        yield f"warning: {printable(warning)}"


def _finding_lines(finding: Finding) -> Iterator[str]:
    block = finding.block
    text = " ".join(block.text.split())
    yield f"block {block.index}, {block.kind}: {printable(text if len(text) <= 200 else text[:199] + '…')}"
    if finding.path:
        around = ["…", *finding.path[-_PATH_SHOWN:]] if len(finding.path) > _PATH_SHOWN else finding.path
        yield f"  in         {printable(' > '.join(around))}"
    yield f"  decision   {finding.fate}"
    silent = []
    for view in finding.views:
        if not view.proposals and not view.near:
            silent.append(view.family if view.ran else f"{view.family} (did not run)")
            continue
        for proposal in view.proposals:
            cut = proposal.cut
            what = "this block" if cut.last == cut.first + 1 else f"blocks {cut.first}–{cut.last - 1}"
            if cut.start is not None:
                what = f"“{printable(block.text[cut.start : cut.end])}”"
            yield f"  {view.family:<12} cuts {what}: {printable(cut.rule)}, confidence {cut.confidence:.2f} ({printable(proposal.outcome)})"
        for near in view.near:
            yield f"  {view.family:<12} {'' if view.ran else '(did not run) '}{printable(near)}"
    if silent:
        yield f"  nothing    from {printable(', '.join(silent))}"
    yield from _score_lines(finding)
    if finding.headline:
        yield "  headline   it is the page's headline, which headline= decides about"
    if finding.keep:
        yield f"  keep rules {printable(finding.keep)} protects it"
    else:
        yield f"  keep rules {'none of them protects it' if finding.keep_rules else 'there are none'}"
    for advice in finding.advice:
        where = "in a file for --rules, " if advice.line.startswith("[[") else ""
        for number, line in enumerate(advice.line.split("\n")):
            yield f"  {'' if number else 'to change':<10} {printable(line)}"
        yield f"                 {where}{advice.effect}"
    if not finding.advice:
        yield "  to change  no option does; a filter of your own, Cleaner(filters=[…]), can"


def _score_lines(finding: Finding) -> Iterator[str]:
    score = finding.score
    if score.value is None:
        yield f"  score      none: {printable(score.not_judged)}"
        return
    lowest = f"; the lowest kept on this page is {score.lowest_kept:.2f}" if score.lowest_kept is not None else ""
    yield f"  score      {score.value:.2f}, where 1 is content and 0 is furniture{lowest}"
    for one in score.influences[:_INFLUENCES_SHOWN]:
        side = "for keeping" if one.weight > 0 else "for cutting"
        yield f"             {one.weight:+5.1f} {side}: {printable(one.what)} (without: {one.without:.2f})"
