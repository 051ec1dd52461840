"""What markup and templates leave behind in running text, told by its shape.

Tags, comments, entities, shortcodes, places in a template, what a script printed where it had no value, pictures
written out as letters. As in `code_shape.py`, only *what* it looks like is said here, not whether it leaked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

from dechaff.filters.code_shape import ELEMENT, LONGEST_PIECE, QUOTES, VENDOR, Piece, places
from dechaff.late import late_regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_ATTRIBUTE = rf"""[\w:@.-]{{1,60}}+(?:\s{{0,3}}=\s{{0,3}}(?:"[^"<>]{{0,3000}}+"|'[^'<>]{{0,3000}}+'|[“”″‘’′][^“”″‘’′<>]{{0,2000}}+[“”″‘’′]|[^\s{QUOTES}<>]{{1,500}}+))"""
_TAG = late_regex(
    rf"""(?P<open><|&lt;)(?P<slash>/?)(?=[A-Za-z])
    (?P<name>(?i:{ELEMENT}|br|center|script|noscript|meta|param|ul|path|amp-[a-z-]{{1,20}}|o:p|cite|q|del|s|strike|acronym))(?![\w-])
    (?P<attributes>(?:\s{{1,8}}(?:{_ATTRIBUTE}|async|defer|allowfullscreen|controls|hidden|disabled|checked|itemscope)){{0,40}}+)
    \s{{0,4}}(?P<end>/?(?:>|&gt;))""",
    regex.VERBOSE,
)
_SWALLOWED = frozenset((
    "script", "style", "iframe", "noscript", "svg", "object",
))  # fmt: skip
_STRUCTURAL = frozenset((
    "br", "hr", "p", "div", "span", "li", "ul", "ol", "table", "tr", "td", "th", "tbody", "section", "img", "iframe",
    "script", "style", "center", "font",
))  # fmt: skip
_SEPARATING = frozenset((
    "br", "hr", "p", "div", "li", "ul", "ol", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "section",
))  # fmt: skip
_COMMENT = late_regex(
    r"""<!\[(?:CDATA\[|endif\]\s{0,2}(?:--)?>|if\s[^\]\n]{1,60}\]\s{0,2}(?:--)?>)
      | (?:/\*|//)\s{0,4}(?:<!\[CDATA\[|\]\]>)\s{0,4}(?:\*/)?
      | \]\]>(?:\s{0,4}(?:\*/|-->))?
      | <!(?i:doctype)\s[^<>\n]{1,200}>
    """,
    regex.VERBOSE | regex.DOTALL,
)
_EDITOR_MARK = late_regex(r"(?:<!--\s{0,4}/?(?:wp:|more\b|nextpage\b)[^\n>]{0,400}>?)?")
_LONGEST_COMMENT = 20_000
_TAIL = late_regex(
    r"""["'\s]{0,3}(?:[a-z][\w:-]{1,40}=(?:"(?:[^"<>]|(?<=[{,:\[])"|"(?=[\]},:])){0,3000}+"|'[^'<>\n]{0,2000}')\s{0,4}){1,40}+(?P<end>/?>)?""",
    regex.VERBOSE,
)
_DATA_ATTRIBUTE = late_regex(r"""data-[a-z-]{1,40}="\{.{0,4000}\}"\s{0,4}/?>?""")


def _editor_mark_end(text: str, place: int) -> int:
    match = _EDITOR_MARK.match(text, place)
    return int(match.end()) if match else 0


def _comments(text: str, begin: int, end: int, end_tags: EndTags) -> Iterator[Piece]:
    done = begin
    for mark in ("<!", "]]>"):
        for place in places(text, mark, begin, end):
            if place < done:
                continue
            first = next((back for back in (5, 4, 3, 2, 1) if text[place - back : place].strip() in ("/*", "//")), 0)
            if text.startswith("<!--", place):
                stop = end_tags.after("-->", place)
                if not place < stop <= place + _LONGEST_COMMENT:
                    stop = _editor_mark_end(text, place)
            else:
                match = _COMMENT.match(text, max(begin, place - first))
                stop = match.end() if match else 0
            if stop > place:
                done = stop
                yield Piece(max(begin, place - first), stop, "shape:comment", 6, vendor=True, separates=True)


class EndTags:
    """Where the end tags and the ends of comments of one text stand; each is looked for as far as the next one, and never again."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next: dict[str, tuple[int, int]] = {}

    def after(self, tag: str, place: int) -> int:
        """The place after the first such end tag from `place` on, in capitals or not; -1 if there is none."""
        start, end = self._next.get(tag, (0, 0))
        if 0 <= start < place:
            match = regex.compile(regex.escape(tag), regex.IGNORECASE).search(self._text, place)
            start, end = self._next[tag] = match.span() if match else (-1, -1)
        return end


def find_markup(text: str, begin: int, end: int, end_tags: EndTags) -> Iterator[Piece]:
    """HTML comments, tags that a reader sees as tags, and the tail of one whose head was lost."""
    yield from _comments(text, begin, end, end_tags)
    closed: dict[str, int] = {}
    place = begin
    while place < end and (tag := _TAG.search(text, place, end)):
        place = tag.end()
        name = tag["name"].lower()
        if (tag["open"] == "<") != tag["end"].endswith(">") and tag["open"] != "<":
            continue
        if name in _SWALLOWED and not tag["slash"] and not tag["end"].startswith("/"):
            stop = end_tags.after(f"{tag['open']}/{name}{tag['end']}", tag.end())
            if 0 <= stop <= tag.end() + LONGEST_PIECE:
                place = stop
                yield Piece(tag.start(), place, "shape:tag", 6, vendor=name in ("script", "style"))
                continue
        attributes = "=" in tag["attributes"]
        if name not in closed:
            closed[name] = text.rfind(f"</{name}>", begin, end)
        if attributes or tag["slash"] or tag["end"].startswith("/") or name in _STRUCTURAL or closed[name] >= place:
            yield Piece(tag.start(), tag.end(), "shape:tag", 5 if attributes else 4, separates=name in _SEPARATING)
    line = text[begin:end]
    tail = _TAIL.fullmatch(line) if len(line) < 4000 else None
    if (tail and (line.count("=") >= 2 or tail["end"])) or _DATA_ATTRIBUTE.fullmatch(line, 0, 4000):
        yield Piece(begin, end, "shape:tag", 5)


_ENTITY = late_regex(
    r"&(?:nbsp|hellip|raquo|laquo|rarr|larr|bull|middot|times|shy|ensp|emsp|zwj|zwnj|#(?:160|8230|187|171|8594|8592));"
)
_WORDS = late_regex(r"\w+")
_FURNITURE_WORDS = 2


def find_entities(text: str, begin: int, end: int) -> Iterator[Piece]:
    """Entities that were escaped twice, where they are ornament: around a short label, or beside white space.

    One inside a word or between two (`Smith&rsquo;s`, `R&amp;D`) carries meaning, and nothing here can repair it.
    """
    for match in _ENTITY.finditer(text, begin, end):
        at_edge = match.start() == begin or match.end() == end
        fills = (
            at_edge
            and len(_WORDS.findall(text[begin : match.start()] + " " + text[match.end() : end])) <= _FURNITURE_WORDS
        )
        yield Piece(match.start(), match.end(), "shape:entity", 4, fills=fills, separates=True)


# shortcodes

_SHORTCODE = late_regex(
    rf"""\[(?P<slash>/?)(?P<name>[A-Za-z][\w-]{{0,50}}+)
    (?P<attributes>(?:\s{{1,8}}[\w-]{{1,50}}+\s{{0,2}}=\s{{0,2}}(?:(?:[{QUOTES}]|&\#82\d\d;|&quot;)[^{QUOTES}\n&]{{0,3000}}+(?:[{QUOTES}]{{1,2}}|&\#82\d\d;|&quot;)|[^\s\]{QUOTES}]{{1,300}}+)){{0,80}}+)
    (?P<value>=[^\[\]\n]{{1,300}})?\s{{0,4}}/?\]""",
    regex.VERBOSE,
)
_SYSTEM_CODES = frozenset((
    "caption", "gallery", "embed", "audio", "video", "playlist", "shareaholic", "contact-form", "contact-form-7",
    "instagram-feed", "rev_slider", "su_button", "su_note", "youtube", "vimeo", "soundcloud", "tweet", "wpforms",
    "gravityform", "forminator_form", "adrotate", "ad_inserter", "adinserter", "adsense", "sociallocker", "toc",
    "jetpack-related-posts", "more", "nextpage", "dropcap", "fusion_text", "fusion_builder_container", "one_half",
    "one_third",
))  # fmt: skip
_BOARD_CODES = frozenset((
    "quote", "b", "i", "u", "s", "url", "img", "color", "size", "font", "list", "code", "spoiler", "attach",
    "attachment", "center", "left", "right", "youtube", "media", "align",
))  # fmt: skip


def find_shortcodes(text: str, begin: int, end: int) -> Iterator[Piece]:
    """WordPress shortcodes and bulletin board codes: the brackets go, what they hold stays.

    An editor's brackets (`[sic]`, `[the minister]`, `[1]`) have neither attributes nor a closing partner.
    """
    found = list(_SHORTCODE.finditer(text, begin, end))
    closers = {match["name"].lower() for match in found if match["slash"]}
    openers = {match["name"].lower() for match in found if not match["slash"]}
    for match in found:
        name = match["name"].lower()
        known = name in _SYSTEM_CODES
        attributes = match["attributes"].count("=")
        alone = match.start() == begin and match.end() == end
        points = 0
        if attributes:
            points = 5 + known
        elif match["value"]:
            points = 5 if name in _BOARD_CODES and name in closers else 0
        elif match["slash"]:
            points = 5 if name in openers or known or "_" in name or (alone and name in _BOARD_CODES) else 0
        elif (
            name in closers
            or (known and ("-" in name or "_" in name))
            or (alone and match["name"] in ("gallery", "playlist"))
        ):
            points = 5  # "[video]" alone may be a writer's label
        elif "_" in name.strip("_") and len(name) > 4:
            points = 5 if alone or name.startswith(("et_pb", "vc_", "fusion_")) else 0
        if points:
            vendor = VENDOR.search(name) is not None
            stop = match.end()
            if name in ("embed", "youtube", "vimeo", "video", "audio", "img", "media") and not match["slash"]:
                inner = regex.compile(rf"\S{{0,500}}\[/{name}\]", regex.IGNORECASE).match(text, stop, end)
                stop = inner.end() if inner else stop
            yield Piece(match.start(), stop, "shape:shortcode", points, vendor)


# templates

_PLACEHOLDER = late_regex(
    r"""(?P<strong>
      \{{2,3}[^{}\n\\]{1,300}\}{2,3}
    | \{%-?\s?[^{}%\n]{1,200}%\}
    | <%[=\-\#]?[^%<>\n]{1,300}%>
    | <\?(?:php|=)[^<>\n]{0,2000}\?>
    | %%[A-Za-z][\w-]{1,40}%%
    | \$\{[^{}\n]{1,200}\}
    )
    | (?P<weak>
      \{[A-Za-z_$][\w$]{0,40}(?:[.][\w$]{1,40}){0,4}\}(?![\w/])
    | (?<![\w\])}])\{\d{0,2}\}(?![\w/,])
    | (?<![\w%])%\d{0,2}\$?[sd](?![\w%])
    )""",
    regex.VERBOSE,
)
_SYSTEM_NAME = late_regex(r"\d|_|[a-z][A-Z]|\.|%")
_ORNAMENT = late_regex(r"\{{2,3}\p{L}{1,20}\}{2,3}")
"""Forums write {{hugs}}; a template's name has a space, a point or a capital inside."""
_CODE_WORD = late_regex(r"[A-Za-z]\w{0,40}[._/]\w|\w\(")
_LABEL_WORDS = 8
_LABEL_LENGTH = 120


def find_placeholders(text: str, begin: int, end: int) -> Iterator[Piece]:
    """Places in a template that nobody filled in: with the short label around them, or alone inside prose.

    A single word in single braces is an ornament that some writers like, and a formula has braces too: both stay.
    """
    found = list(_PLACEHOLDER.finditer(text, begin, end))
    if not found:
        return
    line = text[begin:end]
    rest = _PLACEHOLDER.sub(" ", line)
    words = regex.findall(r"\w+", rest)
    if "\\" in rest or (rest.count("$") >= 2 and "{" in rest):
        return  # a formula
    names = [match.group() for match in found]
    system = sum(_SYSTEM_NAME.search(name) is not None for name in names)
    strong = any(match["strong"] and not _ORNAMENT.fullmatch(match.group()) for match in found)
    short = len(words) <= _LABEL_WORDS and len(line) <= _LABEL_LENGTH
    if not words and len(rest.strip(" .,:;|/()*-–—…!?")) == 0:
        sure = strong or system or len(names) > 1 or names[0].startswith(("{}", "{{"))
        yield Piece(begin, end, "shape:placeholder", 6 if strong else 5 if sure else 4)
    elif short and (strong or system) and not _CODE_WORD.search(rest):
        yield Piece(found[0].start(), found[0].end(), "shape:placeholder", 5 if strong else 4, fills=True)
    elif strong:
        for match in found:
            quoted = match.start() > begin and text[match.start() - 1] in "`'\"“‘(«"
            if match["strong"] and not quoted and not _ORNAMENT.fullmatch(match.group()):
                yield Piece(match.start(), match.end(), "shape:placeholder", 4)


# words and data

_NOTHING = r"(?:undefined|NaN|null|\[object\ [A-Z]\w{1,30}\]|function\s?\(\)\s?\{\s?\})"
_ONLY_NOTHING = late_regex(rf"[\s,.:;/|$€£%#()]{{0,8}}+(?:{_NOTHING}[\s,.:;/|$€£%#()]{{0,8}}+){{1,8}}")
_NO_NUMBER = late_regex(r"(?:.{0,40}[$€£]\s?NaN(?!\w)|.{0,40}(?<!\w)NaN\s?%|NaN(?:\s\p{Ll}{1,10}){1,2}).{0,30}")
_NO_VALUE = late_regex(r"undefined\s\p{Ll}{1,4}")
_OBJECT_TEXT = late_regex(r"\[object\ (?:Object|HTML\w{1,30}|Promise|Window|Undefined|Null|Array|Event)\]")
_WORD = late_regex(r"undefined|NaN|null|object|function")
_WORDS_LONGEST = 60


def find_nothings(text: str, begin: int, end: int) -> Iterator[Piece]:
    """What a script wrote where it had no value: "undefined", "NaN %", "[object Object]".

    The words live in mathematics and law too, so the whole short block must be that.
    """
    line = text[begin:end].strip()
    if len(line) <= _WORDS_LONGEST:
        word = _WORD.search(line)
        if word and (_ONLY_NOTHING.fullmatch(line) or _NO_NUMBER.fullmatch(line) or _NO_VALUE.fullmatch(line)):
            yield Piece(begin, end, f"word:{word.group()}", 5)
            return
    for match in _OBJECT_TEXT.finditer(text, begin, end):
        yield Piece(match.start(), match.end(), "word:object", 5)


_DATA_URI = late_regex(
    r"""data:[a-z]{3,20}/[\w.+-]{1,60}(?:;[\w=-]{1,40}){0,3},
    (?:[A-Za-z0-9+/=]{16,}+(?:\r?\n[A-Za-z0-9+/=]{16,}+(?=\r?\n|\Z)){0,2000}+(?:\r?\n[A-Za-z0-9+/]{1,15}={1,2}(?=\r?\n|\Z))?
      | [\w%+/=.,:;()*'-]{40,20000}+)""",
    regex.VERBOSE,
)
_ENCODED = late_regex(r"[A-Za-z0-9+/_-]{90,}+={0,2}")
_MIXED = late_regex(r"[a-z][A-Z0-9]|[A-Z][a-z0-9]|[0-9][A-Za-z]")
_ADDRESS = late_regex(r"(?:https?:)?//[^\s<>\"']{4,2000}+")
_TRACKER = late_regex(
    r"""[/.](?:pixel|beacon|impression|utag|spacer|1x1|blank|clear|g|b|p|t|tr|track|count(?:er)?)\.(?:gif|png|php)(?![\w])
      | ^(?:https?:)?//(?:pixel|beacon|sb|ad|ads|adserver|stats|track|tracking|counter)\.[\w.-]{1,100}/[^\s]{0,300}[?&=]
      | (?:googleads\.g|ad|securepubads\.g|stats\.g|fls)\.doubleclick\.net | googlesyndication\.com | googletagmanager\.com/(?:ns|gtag|gtm)
      | facebook\.com/tr[/?] | google-analytics\.com/(?:collect|__utm|analytics) | scorecardresearch\.com | quantserve\.com
      | pixel\.wp\.com | stats\.wordpress\.com/b | feeds\.(?:feedburner\.com/~[rf]|wordpress\.com/1\.0) | analytics\.twitter\.com
      | bat\.bing\.com/action | px\.ads\.linkedin\.com | ads\.linkedin\.com/collect | mc\.yandex\.ru/watch | cdn\.taboola\.com
      | assoc-amazon\.com/e/ir | ir-[a-z]{2}\.amazon-adsystem\.com
    """,
    regex.VERBOSE,
)


def find_data(text: str, begin: int, end: int) -> Iterator[Piece]:
    """Pictures written out as letters: data URIs, and lines of base64."""
    for place in places(text, "data:", begin, end):
        match = _DATA_URI.match(text, place)
        if match:
            yield Piece(match.start(), match.end(), "shape:data", 7, vendor=True)
    line = text[begin:end].strip()
    if len(line) >= 90 and " " not in line[:90] and _ENCODED.fullmatch(line):
        before = text[max(0, begin - 200) : begin]
        if len(_MIXED.findall(line[:200])) >= 0.3 * min(len(line), 200) and "-----" not in before:
            yield Piece(begin, end, "shape:data", 5)


def find_trackers(text: str, begin: int, end: int) -> Iterator[Piece]:
    """The address of a counting pixel or an ad server on a line of its own. Any other address is a reader's."""
    line = text[begin:end].strip()
    if _ADDRESS.fullmatch(line) and _TRACKER.search(line):
        yield Piece(begin, end, "shape:tracker", 6)
