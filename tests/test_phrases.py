"""The phrase files: every hit is hit by its rule, no miss is cut, and the index that ships is theirs."""

from __future__ import annotations

import json
import tomllib
from importlib import resources

import pytest
import regex

from dechaff import ahead
from dechaff.folding import FoldedText, fold, text_of
from dechaff.markup import TABLE, table
from dechaff.page import FAMILIES
from dechaff.patterns import PhraseError
from dechaff.phrasebook import Phrasebook, phrasebook
from dechaff.phraseindex import INDEX, dump
from dechaff.phraserules import Rule, compiled, form_source, phrase_files, read_rules, rule_from_entry, rules_from_toml
from dechaff.shipped import shipped
from lab.build_index import markup_file, patterns
from lab.check_phrases import faults
from lab.common import common

RULES = read_rules(FAMILIES)
BOOK = Phrasebook(RULES)
LANGUAGES = sorted({rule.id.split(":")[0] for rule in RULES})


@pytest.mark.parametrize("language", LANGUAGES)
def test_hits_and_misses(language: str) -> None:
    """Every example of a language does what it says, among the rules of all languages."""
    assert faults(BOOK, {language}) == []


def test_the_index_that_ships_is_the_phrase_files() -> None:
    """`make phrases` was run after the last change of a phrase."""
    shipped = (resources.files("dechaff") / "phrases" / INDEX).read_bytes()
    assert shipped == dump(RULES, common())
    assert phrasebook().rules == tuple(RULES)


def test_what_is_compiled_ahead_is_the_patterns() -> None:
    """`make phrases` was run after the last change of a pattern, and the table of names is the file.

    Whether no pattern of a module is missing is told by `lab.build_index --check`: here other tests have made some, too.
    """
    kept = set(ahead.keys_of(shipped(ahead.COMPILED)))
    assert kept <= {ahead.key_of(*each) for each in patterns(RULES)}
    assert kept >= {ahead.key_of(*form_source(form.source, rule.where)) for rule in RULES for form in rule.forms}
    assert json.loads(shipped(f"phrases/{TABLE}")) == table(markup_file())


def test_a_pattern_compiled_ahead_is_the_one_that_would_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same parts, in whatever order `regex` takes them up; and a pattern that does not ship is compiled."""

    def parts(pattern: regex.Pattern[str]) -> object:
        code, rest = ahead.taken_apart(pattern) or (b"", [])
        return pattern.pattern, pattern.flags, sorted(code), rest

    wanted = patterns(RULES)[::97]
    wanted += [(source + "x", flags) for source, flags in wanted[:3]]
    made = [ahead.compiled(*each) for each in wanted]
    assert [parts(each) for each in made] == [parts(regex.compile(*each)) for each in wanted]
    monkeypatch.setattr(regex, "compile", None)
    if ahead.is_of_use():
        assert ahead.compiled(*wanted[0]).pattern == wanted[0][0]
    with pytest.raises(TypeError):
        ahead.compiled(*wanted[-1])


def test_a_regex_that_compiles_otherwise_compiles_all(monkeypatch: pytest.MonkeyPatch) -> None:
    data = shipped(ahead.COMPILED)
    head, _, rest = data.partition(b"\n")
    monkeypatch.setattr(ahead, "shipped", lambda _name: head.replace(b'[["', b'[["00', 1) + b"\n" + rest)
    ahead._ahead.cache_clear()
    try:
        assert not ahead.is_of_use()
        assert ahead.compiled(r"[\p{L}\p{N}]{1,40}").fullmatch("one")
    finally:
        ahead._ahead.cache_clear()


def test_a_regex_with_other_operations_compiles_all(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ahead.operations()
    monkeypatch.setattr(ahead, "operations", lambda: 1)
    ahead._ahead.cache_clear()
    try:
        assert not ahead.is_of_use()
    finally:
        ahead._ahead.cache_clear()


def test_the_specimen_has_every_sort_of_item_that_ships() -> None:
    """A `regex` that numbers one of them otherwise is known by it."""
    items = regex.compile(r"\\[pP]\{\w+\}|\\[A-Za-z](?<!\\[nrtuxpP])|\(\?(?:<?[=!]|>|P<|P=|-i:)|\[\^?|[+*?}][+?]|\)")
    shipped_items = {item for source, _ in patterns(RULES) for item in items.findall(source)}
    assert shipped_items <= set(items.findall(ahead.SPECIMEN))


def test_looking_up_hides_no_match() -> None:
    """What a pattern matches in a hit, the index offers to it: by beginning, by ending, by literals and by length."""
    numbers = iter(range(len(RULES) * 100))
    for rule in RULES:
        folded = FoldedText(rule.hit)
        offered = set(BOOK.candidates(folded, text_of(folded.codes)))
        for form in rule.forms:
            number = next(numbers)
            for block in range(len(rule.hit)):
                if BOOK.matched(number, block, folded):
                    assert (block, number) in offered, (rule.id, form.source, rule.hit[block])


FILLERS = ("Aa ", "a1 ", "1, ", "Aa and ", "- ", " ", "漢", "ا و", "A", "1", "a.")
"""The last three are runs without an end of a word: what repeats with an optional space between could take them apart anyhow."""

_PATIENCE = 0.5
"""Seconds for one try on a text that is made to be hard; nearly all take less than a millisecond."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_pattern_blows_up(language: str) -> None:
    """Hostile blocks cost little: runs of names, numbers and signs, behind and around what almost matches."""
    slow = set()
    for rule in RULES:
        if not rule.id.startswith(f"{language}:"):
            continue
        for form in rule.forms:
            pattern = compiled(form.source, rule.where)
            how = {"block": pattern.fullmatch, "start": pattern.match, "end": pattern.search}[rule.where]
            longest = 100_000 if rule.where == "start" else form.longest
            texts = [filler * (longest // len(filler)) for filler in FILLERS]
            for hit in map(fold, rule.hit[:3]):
                texts += [(hit + text)[:longest] for text in texts[:3]]
                texts.append((hit + " ") * (longest // (len(hit) + 1)))
                head, _, tail = hit.partition(" ")
                texts += [
                    f"{head} {filler * (longest // len(filler))}"[: longest - len(tail)] + tail
                    for filler in FILLERS[-3:]
                ]
            texts += [
                (literal + " ") * (longest // (len(literal) + 1))
                for literals in form.needed[:1]
                for literal in literals[:2]
            ]
            for text in texts:
                try:
                    how(text[-longest:] + "¤a¤", timeout=_PATIENCE)
                except TimeoutError:
                    slow.add(rule.id)
    assert not slow


def _entry(**changes: object) -> dict[str, object]:
    return {"id": "x", "pattern": "subscribe now", "hit": ["Subscribe now"], "miss": ["No."], **changes}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pattern": "a+b"}, "unbounded"),
        ({"pattern": "subscribe.{0,900}"}, "upper bound"),
        ({"pattern": "{nobody} subscribe"}, "no macro"),
        ({"pattern": "(subscribe"}, "without '\\)'"),
        ({"pattern": "subscribe)"}, "too many"),
        ({"pattern": "(?=x)subscribe"}, "plain groups"),
        ({"pattern": "[abc]{1,4}"}, "fixed text"),
        ({"pattern": "(newsletter)?"}, "fixed text"),
        ({"where": "middle"}, "where is"),
        ({"needs": "luck"}, "needs is"),
        ({"hit": []}, "hit is missing"),
        ({"colour": "red"}, "unknown key"),
        ({"confidence": 3}, "confidence"),
    ],
)
def test_a_bad_entry_says_what_is_wrong(changes: dict[str, object], says: str) -> None:
    """A phrase author learns file, family, id and fault from one line."""
    with pytest.raises(PhraseError, match=says) as caught:
        rule_from_entry("en", "ads", _entry(**changes))
    assert "en.toml [[ads]] 'x'" in str(caught.value)


def test_a_bad_file_says_what_is_wrong() -> None:
    with pytest.raises(PhraseError, match="not TOML"):
        rules_from_toml("en", "[[ads", FAMILIES)
    with pytest.raises(PhraseError, match="no family 'advertising'"):
        rules_from_toml("en", "[[advertising]]\nid = 'x'", FAMILIES)
    with pytest.raises(PhraseError, match="two rules"):
        rules_from_toml("en", 2 * "[[ads]]\nid='x'\npattern='sponsored'\nhit=['Sponsored']\nmiss=['No.']\n", FAMILIES)


def _book(**changes: object) -> Phrasebook:
    return Phrasebook([rule_from_entry("en", "ads", _entry(**changes))])


def _found(book: Phrasebook, text: str) -> list[str]:
    folded = FoldedText([text])
    return [folded.text[match.first : match.last] for match in book.find(folded)]


def test_a_span_at_the_end_is_the_one_that_begins_first() -> None:
    """Whichever alternative it is; of two that begin at one place the one that is written first."""
    book = _book(pattern="by {name}|photo by {name}", where="end", role="photographer", hit=["-"])
    assert _found(book, "The bridge. Photo by Ann Lee") == [" Photo by Ann Lee"]
    assert _found(book, "The bridge, by Ann Lee") == [" by Ann Lee"]
    assert _found(book, "The bridge, by Ann Lee, fell.") == []


def test_what_a_stronger_rule_of_its_family_proposes_need_not_be_known() -> None:
    """A rule that wants evidence is left out beside one that wants none, and so is the weaker of two; another family's stays."""
    entries: list[tuple[str, dict[str, object]]] = [
        ("ads", {"id": "a"}),
        ("ads", {"id": "b"}),
        ("ads", {"id": "c", "needs": "links"}),
        ("ads", {"id": "d", "where": "end", "confidence": 0.9}),
        ("ads", {"id": "e", "where": "end", "confidence": 0.99}),
        ("subscriptions", {"id": "f", "needs": "links"}),
    ]
    book = Phrasebook([rule_from_entry("en", family, _entry(**changes)) for family, changes in entries])
    alone, behind = FoldedText(["Subscribe now"]), FoldedText(["Read and subscribe now"])

    def ids(folded: FoldedText, *, every: bool) -> list[str]:
        return [match.rule.id for match in book.find(folded, every=every)]

    assert ids(alone, every=True) == ["en:a", "en:b", "en:c", "en:d", "en:e", "en:f"]
    assert ids(alone, every=False) == ["en:b", "en:e", "en:f"]
    assert ids(behind, every=True) == ["en:d", "en:e"]
    assert ids(behind, every=False) == ["en:e"]


def test_a_circled_c_is_a_copyright_sign_and_a_letter_c_is_none() -> None:
    """The compatibility form of a circled C is the letter: names that begin with one, before a year, were taken for legal lines."""
    found = phrasebook().find(FoldedText(["ⓒ 2019 Acme Inc.", "© 2019 Acme Inc.", "CES 2019"]))
    assert {match.block for match in found if match.rule.id == "en:copyright-line-sure"} == {0, 1}


def test_a_block_rule_wants_the_whole_block() -> None:
    """Decoration around the words is no matter; words are."""
    book = _book()
    assert _found(book, "Please subscribe now, she said.") == []
    assert _found(book, "» SUBSCRIBE NOW! «") == ["» SUBSCRIBE NOW! «"]


def test_a_start_rule_ends_at_a_word_boundary_or_at_a_glued_capital() -> None:
    book = _book(where="start", pattern="read also")
    assert _found(book, "read alsoran horses") == []
    assert _found(book, "READ ALSO: storm") == ["READ ALSO: "]
    assert _found(book, "Read alsoStorm") == ["Read also"]


def test_an_end_rule_cuts_at_the_end_only() -> None:
    book = _book(where="end")
    assert _found(book, "Subscribe now and get a tote bag") == []
    assert _found(book, "It rained all day. Subscribe now!") == [" Subscribe now!"]


def test_the_books_blocks_do_not_run_into_each_other() -> None:
    """A phrase broken over two blocks is no phrase."""
    folded = FoldedText(["Subscribe", "now"])
    assert _book().find(folded) == []


def test_folding_maps_back_to_the_original() -> None:
    """Whatever vanished or changed in folding, a match names the very characters of the source."""
    text = "It\u00a0rained. Sub\u00adscribe\u200b\u00a0now"
    folded = FoldedText(["first", text])
    match = _book(where="end").find(folded)[0]
    begin, end = folded.origin(1, match.first, match.last)
    assert text[begin:end].endswith("Sub\u00adscribe\u200b\u00a0now")


@pytest.mark.parametrize(
    ("spelled", "plain"),
    [
        ("A D V E R T I S E M E N T", "ADVERTISEMENT"),
        ("Аdvеrtisement", "Advertisement"),
        ("Ａｄ　ｈｅｒｅ", "Ad here"),
        ("don’t", "don't"),
        ("REKLAM İÇERİĞİ", "REKLAM IÇERIĞI"),
        ("Διαφήμιση", "Διαφημιση"),
        ("تـــرجمة: عليّ", "ترجمة: علی"),
    ],
)
def test_one_spelling_finds_all(spelled: str, plain: str) -> None:
    assert fold(spelled) == plain


@pytest.mark.parametrize("text", ["a b c", "I a m", "x y z in R", "Привет, мир", "日本語", "naïve café", "😀 ok"])
def test_folding_leaves_the_rest_alone(text: str) -> None:
    """Short runs of single letters are no letter-spacing; other scripts and accents mean something."""
    assert fold(text) == text


def test_rule_ids_name_their_file() -> None:
    names = {file.name.removesuffix(".toml") for file in phrase_files()}
    assert {rule.id.split(":")[0] for rule in RULES} == names
    for file in phrase_files():
        tomllib.loads(file.read_text("utf-8"))


def test_rules_are_bounded() -> None:
    """No pattern can match more than a few thousand characters, nor repeat without end."""
    for rule in RULES:
        assert isinstance(rule, Rule)
        assert all(form.longest <= 3000 for form in rule.forms), rule.id


def _names(pattern: str, text: str, role: str = "translator") -> list[str]:
    folded = FoldedText([text])
    return [
        folded.text[first:last]
        for match in _book(pattern=pattern, role=role, hit=[text]).find(folded)
        for first, last in match.names
    ]


def test_every_name_in_a_pattern_is_found() -> None:
    """Two names with a word between them are two; two with only a space between are one."""
    assert _names("told by {name}, drawn by {name}", "Told by Jane Doe, drawn by Bob Ray") == ["Jane Doe", "Bob Ray"]
    assert _names("told by {name} {names}", "Told by Jane Doe") == ["Jane Doe"]


def test_a_group_may_fill_the_name_or_the_language() -> None:
    assert _names(r"told by (?P<name>\w{2,9})( at night)?", "Told by owls at night") == ["owls"]
    folded = FoldedText(["From the old Danish by Jane Doe"])
    book = _book(pattern=r"from the (?P<language>(old )?\w{2,20}ish) by {name}", role="translator")
    (match,) = book.find(folded)
    assert match.language == "old Danish"


def test_a_sentence_in_a_script_without_capitals_is_no_name() -> None:
    assert _names("翻訳: ?{name}", "翻訳：機械翻訳の歴史は長い。") == []
    assert _names("翻訳: ?{name}", "翻訳：山田太郎") == ["山田太郎"]
    assert _names("by {name}", "By Jane Doe") == ["Jane Doe"]
