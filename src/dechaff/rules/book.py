"""The loaded rules, filed so that thousands of them cost a page next to nothing.

A rule is filed under something that has to be on the page before it can hold: a class, an id, an attribute's value. A page's
names are looked up once. Most rules of the public lists are one class or id, and found so are decided; the others are
tried on the page's tree, which is made only then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import regex

from dechaff.page import Cut, tokens_of
from dechaff.rules.hiding import looks_like_filter_list, read_hiding_filters
from dechaff.rules.model import ElementRule, Found, names_of
from dechaff.rules.own import read_own_rules
from dechaff.rules.sites import looks_like_site_config, read_site_config
from dechaff.selecting import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dechaff.page import Box, Page
    from dechaff.phrasebook import Phrasebook
    from dechaff.selecting import Elements

_MOST_REMEMBERED = 50_000
"""How many class values are remembered with the rules that they hit."""


@dataclass(slots=True)
class Findings:
    """What the rules say about one page: cuts, for each block the keep rule that protects it, and warnings."""

    cuts: list[Cut] = field(default_factory=list)
    protected: dict[int, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


class Rules:
    """Rules from files. Immutable once loaded: one may be shared by any number of cleaners and threads, and pickles.

    Attributes:
        problems: what could not be used, one text each: `file:line: why`.
        ignored: what was understood and passed by, counted by kind.
    """

    def __init__(self, found: Found) -> None:
        self._found = found
        self.problems: Sequence[str] = tuple(found.problems)
        self.ignored: Mapping[str, int] = dict(found.ignored)
        self._shelves: dict[str, _Shelf] = {}
        for rule in found.elements:
            for host in rule.hosts.only or ("",):
                self._shelves.setdefault(host, _Shelf()).add(rule)
        self._phrase_hosts = {rule.id: hosts for rule, hosts in found.phrases}
        self._book: Phrasebook | None = None
        if found.phrases:
            from dechaff.phrasebook import Phrasebook  # noqa: PLC0415  # numpy, only where there are phrases

            self._book = Phrasebook([rule for rule, _ in found.phrases])

    @classmethod
    def load(cls, paths: str | Path | Iterable[str | Path]) -> Rules:
        """Read rule files, whichever format each has; of a folder all its `.toml` and `.txt` files.

        Args:
            paths: one path or several.

        Raises:
            OSError: a file cannot be read.
            TypeError: a path is none.
        """
        if isinstance(paths, str | Path):
            paths = [paths]
        elif not isinstance(paths, Iterable) or isinstance(paths, bytes):
            raise TypeError(f"rules takes paths or loaded Rules, not {type(paths).__name__}")
        found = Found()
        for given in paths:
            if not isinstance(given, str | Path):
                raise TypeError(f"rules: a path is a str or a Path, not {type(given).__name__}")
            path = Path(given)
            if path.is_dir():
                files = sorted(file for file in path.iterdir() if file.suffix in (".toml", ".txt") and file.is_file())
                if not files:
                    found.problems.append(f"{path}: there is no .toml and no .txt file in this folder")
            else:
                files = [path]
            for file in files:
                _read(file, found)
        return cls(found)

    def __len__(self) -> int:
        return len(self._found.elements) + len(self._found.phrases)

    def __repr__(self) -> str:
        return f"<Rules: {len(self)} rules, {len(self.problems)} problems>"

    def __reduce__(self) -> tuple[type[Rules], tuple[Found]]:
        return Rules, (self._found,)

    @property
    def families(self) -> frozenset[str]:
        """The families that its cuts may have."""
        cutting = {rule.family for rule in self._found.elements if rule.act in ("cut", "body")}
        return frozenset(cutting | {rule.family for rule, _ in self._found.phrases})

    def find(self, page: Page, elements: Elements, *, headline: bool = True) -> Findings:
        """What the rules say about a page.

        Args:
            page: the page; its `url` says which sites' rules hold.
            elements: its elements.
            headline: whether the headline stays where a site configuration's body does not hold it.
        """
        findings = Findings()
        names = names_of(page.url)
        if page.kind == "html" and page.blocks:
            _Looking(self, page, elements, names, findings, headline=headline).look()
        if self._book is not None and page.blocks:
            findings.cuts += self._phrase_cuts(page, names)
        return findings

    def excepted(self, rule: ElementRule, names: frozenset[str]) -> bool:
        """Whether the rule does not hold on this site after all."""
        if rule.hosts.but and not names.isdisjoint(rule.hosts.but):
            return True
        exceptions = self._found.excepted.get(rule.id)
        return exceptions is not None and any(hosts.allow(names) for hosts in exceptions)

    def shelves(self, names: frozenset[str]) -> Iterator[_Shelf]:
        """The rules for a site, and those for all."""
        for name in (*sorted(names), ""):
            if name in self._shelves:
                yield self._shelves[name]

    def _phrase_cuts(self, page: Page, names: frozenset[str]) -> Iterator[Cut]:
        from dechaff.filters.evidence import cut_of, may_be_chaff  # noqa: PLC0415  # only where there are phrases

        assert self._book is not None
        for match in self._book.find(page.folded):
            if self._phrase_hosts[match.rule.id].allow(names) and may_be_chaff(page.blocks[match.block]):
                yield cut_of(page, match, {})


def _read(path: Path, found: Found) -> None:
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        found.problems.append(f"{path.name}: this is not UTF-8 (byte {error.start})")
        return
    if path.suffix == ".toml":
        read_own_rules(path.name, text, found)
    elif looks_like_site_config(path.name, text):
        read_site_config(path.name, text, found)
    elif looks_like_filter_list(text):
        read_hiding_filters(path.name, text, found)
    elif text.strip():
        found.problems.append(
            f"{path.name}: this is neither TOML (.toml), nor a filter list, nor a site configuration (named for its host)"
        )


_PREFIX = 6
_LINK_PREFIX = 14
"""How many characters of an attribute's value are looked up where a selector says how it begins: of a link its scheme and six."""


def _prefix(name: str) -> int:
    return _LINK_PREFIX if name == "href" else _PREFIX


_ATTRIBUTE = regex.compile(r"\[([^=^*]{1,200})([=^*]?)(.{0,4000})", regex.DOTALL)


def _attribute(key: str) -> tuple[str, str, str]:
    """The parts of a key about an attribute: its name, how the value is compared ("" not at all), the value."""
    match = _ATTRIBUTE.fullmatch(key)
    assert match is not None, key
    name, operator, value = match.groups()
    return name, operator, value


class _Shelf:
    """The rules for one site, or for all, by what has to be on a page."""

    def __init__(self) -> None:
        self.filed: dict[str, list[ElementRule]] = {}
        self.always: list[ElementRule] = []
        self.parts: dict[str, list[tuple[str, ElementRule]]] = {}
        self.begins: dict[str, dict[str, list[ElementRule]]] = {}
        self.values: dict[str, dict[str | None, list[ElementRule]]] = {}
        self.attributes: set[str] = set()
        self.in_markup: list[tuple[str, ElementRule]] = []
        self.has_tags = self.has_tokens = False
        self._remembered: dict[str, dict[str, tuple[ElementRule, ...]]] = {sign: {} for sign in ".#~"}

    def add(self, rule: ElementRule) -> None:
        """File a rule under the rarest thing that each of its branches needs."""
        if not rule.keys or not all(rule.keys):
            self.always.append(rule)
            return
        for keys in rule.keys:
            key = keys[0]
            if key[0] == "?":
                self.in_markup.append((key[1:], rule))
            elif key[0] == "[":
                name, operator, value = _attribute(key)
                self.attributes.add(name)
                if operator == "*" or (operator == "^" and len(value) < _prefix(name)):
                    self.parts.setdefault(name, []).append((value, rule))
                elif operator == "^":
                    self.begins.setdefault(name, {}).setdefault(value[: _prefix(name)], []).append(rule)
                else:
                    self.values.setdefault(name, {}).setdefault(value if operator else None, []).append(rule)
            else:
                self.filed.setdefault(key, []).append(rule)
                self.has_tags |= key[0] == "<"
                self.has_tokens |= key[0] == "~"

    def named(self, sign: str, value: str) -> tuple[ElementRule, ...]:
        """The rules filed under the names in a class (`.`), id (`#`) or role (`~`) value."""
        remembered = self._remembered[sign]
        rules = remembered.get(value)
        if rules is None:
            filed = self.filed
            keys = [sign + name for name in ((value,) if sign == "#" else value.split())] if sign != "~" else []
            if self.has_tokens:
                keys += [f"~{token}" for token in tokens_of(value)]
            rules = tuple(rule for key in keys for rule in filed.get(key, ()))
            if len(remembered) >= _MOST_REMEMBERED:
                remembered.clear()
            remembered[value] = rules
        return rules


class _Looking:
    """One look at one page."""

    def __init__(
        self,
        rules: Rules,
        page: Page,
        elements: Elements,
        names: frozenset[str],
        findings: Findings,
        *,
        headline: bool,
    ) -> None:
        self.rules, self.page, self.elements, self.names, self.findings = rules, page, elements, names, findings
        self.headline = headline
        self.candidates: dict[ElementRule, None] = {}
        self.bodies: dict[str, list[ElementRule]] = {}
        self.titled: set[int] = set()
        self.values: dict[str, set[str]] = {}
        self.classes: set[str] | None = None

    def look(self) -> None:
        for shelf in self.rules.shelves(self.names):
            self.candidates.update(dict.fromkeys(shelf.always))
            if shelf.filed:
                self._look_up_boxes(shelf)
                self._look_up_inline(shelf)
            if shelf.attributes:
                self._look_up_values(shelf)
            markup = self.page.markup
            for text, rule in shelf.in_markup:
                if not markup or text.encode() in markup:
                    self.candidates[rule] = None
        for rule in self.candidates:
            if rule.act == "body":
                self.bodies.setdefault(rule.id.rpartition(":")[0], []).append(rule)
            elif rule.selector is not None and self._is_possible(rule) and not self.rules.excepted(rule, self.names):
                for number in self.elements.select(rule.selector):
                    self._apply(rule, self.elements.parts(number), self.elements.blocks(number))
        for file, rules in self.bodies.items():
            self._cut_around(file, sorted(rules, key=lambda rule: rule.order))

    def _look_up_boxes(self, shelf: _Shelf) -> None:
        named, has_tokens, has_tags = shelf.named, shelf.has_tokens, shelf.has_tags
        for box in self.page.boxes:
            attributes = box.attributes
            if attributes:
                value = attributes.get("class")
                if value and (rules := named(".", value)):
                    self._hit(box, rules)
                value = attributes.get("id")
                if value and (rules := named("#", value)):
                    self._hit(box, rules)
                if has_tokens and (value := attributes.get("role")) and (rules := named("~", value)):
                    self._hit(box, rules)
            if has_tags and (filed := shelf.filed.get(f"<{box.tag}")):
                self._hit(box, filed)

    def _hit(self, box: Box, rules: Iterable[ElementRule]) -> None:
        for rule in rules:
            if rule.selector is not None:
                self.candidates[rule] = None
            elif box.first < box.last and not self.rules.excepted(rule, self.names):
                self._apply(rule, (Part(box.first, box.last),), range(box.first, box.last))

    def _look_up_inline(self, shelf: _Shelf) -> None:
        seen: set[str] = set()
        for block in self.page.blocks:
            for value in block.inline:
                if value in seen:
                    continue
                seen.add(value)
                for rule in dict.fromkeys((*shelf.named(".", value), *shelf.named("#", value))):
                    if rule.selector is not None:
                        self.candidates[rule] = None
                    elif not self.rules.excepted(rule, self.names):
                        for number in self.elements.inline(value):
                            self._apply(rule, self.elements.parts(number), self.elements.blocks(number))

    def _look_up_values(self, shelf: _Shelf) -> None:
        for name, known in self._values_of(shelf.attributes).items():
            if not known:
                continue
            if name in shelf.values:
                exact = shelf.values[name]
                for value in (None, *(exact.keys() & known)):
                    self.candidates.update(dict.fromkeys(exact.get(value, ())))
            if name in shelf.begins:
                length = _prefix(name)
                begins = shelf.begins[name]
                for begin in begins.keys() & {value[:length] for value in known}:
                    self.candidates.update(dict.fromkeys(begins[begin]))
            if name in shelf.parts:
                joined = "\n".join(known)
                for part, rule in shelf.parts[name]:
                    if part in joined:
                        self.candidates[rule] = None

    def _values_of(self, names: Iterable[str]) -> dict[str, set[str]]:
        """The values that attributes have on the page, as far as the reader notes them."""
        wanted = [name for name in names if name not in self.values]
        if wanted:
            values: dict[str, set[str]] = {name: set() for name in wanted}
            for box in self.page.boxes:
                for name, value in box.attributes.items():
                    if name in values:
                        values[name].add(value)
            for block in self.page.blocks:
                for name, found in (("href", block.hrefs), ("class", block.inline), ("id", block.inline)):
                    if found and name in values:
                        values[name].update(found)
            self.values.update(values)
        return {name: self.values[name] for name in names}

    def _is_possible(self, rule: ElementRule) -> bool:
        """Whether all is on the page that one of the rule's branches needs. What is not is not worth a look at the tree."""
        return not rule.keys or any(all(map(self._is_here, keys)) for keys in rule.keys)

    def _is_here(self, key: str) -> bool:
        sign = key[0]
        if sign == "?":
            return not self.page.markup or key[1:].encode() in self.page.markup
        if sign == "<":
            return True  # common ones would have to be counted, and are there
        if sign == ".":
            if self.classes is None:
                self.classes = {name for value in self._values_of(("class",))["class"] for name in value.split()}
            return key[1:] in self.classes
        if sign == "#":
            return key[1:] in self._values_of(("id",))["id"]
        name, operator, value = _attribute(key)
        known = self._values_of((name,))[name]
        if operator == "=":
            return value in known
        if operator == "^":
            return any(one.startswith(value) for one in known)
        return any(value in one for one in known)

    def _apply(self, rule: ElementRule, parts: Iterable[Part], blocks: Iterable[int]) -> None:
        if rule.act == "keep":
            for number in blocks:
                self.findings.protected.setdefault(number, f"keep:{rule.id}")
        elif rule.act == "title":
            self.titled.update(blocks)
        else:
            for part in parts:
                if part.last - part.first == len(self.page.blocks) > 1:
                    self.findings.warnings.append(f"the rule {rule.id} would cut the whole page; it was passed by")
                    continue
                self.findings.cuts.append(
                    Cut(part.first, part.last, rule.family, rule.id, 1.0, start=part.start, end=part.end)
                )

    def _cut_around(self, file: str, rules: list[ElementRule]) -> None:
        """Cut what is outside the body: the first line that selects any text says what that is."""
        for rule in rules:
            assert rule.selector is not None
            inside = {index for number in self.elements.select(rule.selector) for index in self.elements.blocks(number)}
            if not inside:
                continue
            if self.headline:
                inside |= self.titled or self._headline()
            outside = [block.index for block in self.page.blocks if block.index not in inside]
            self.findings.cuts += [Cut(first, last, rule.family, rule.id) for first, last in _runs(outside)]
            return
        self.findings.warnings.append(f"{file}: no body line selects any text on this page")

    def _headline(self) -> set[int]:
        from dechaff.content.headline import headline_of  # noqa: PLC0415  # only where a body says nothing of it

        number = headline_of(self.page)
        return set() if number is None else {number}


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as half-open ranges."""
    first = last = -1
    for number in numbers:
        if number != last:
            if first < last:
                yield first, last
            first = number
        last = number + 1
    if first < last:
        yield first, last


def rules_of(rules: Any) -> Rules | None:
    """What a user gave as `rules`: None, loaded rules, or paths, which are loaded.

    Raises:
        OSError: a file cannot be read.
        TypeError: it is none of these.
    """
    return rules if rules is None or isinstance(rules, Rules) else Rules.load(rules)
