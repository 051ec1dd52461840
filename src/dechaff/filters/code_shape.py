"""Where code begins and ends in running text: pieces of script, JSON, CSS, markup and template, told by their shape.

This module says only *what* looks like code and how strongly; whether it leaked into the page or is what the page
is about is decided in `scripts.py`. All offsets are into the one text that is passed in, so a piece may run over the
line breaks that somebody else's extraction put into it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

from dechaff.late import late_regex

if TYPE_CHECKING:
    from collections.abc import Iterator

QUOTES = "\"'“”„‟″‘’′"
"""The quotation marks that publishing systems make of straight ones when they take code for prose."""

_MOST_SCANNED = 1_000_000
"""How many characters one page may cost in bracket matching; what is beyond stays."""

AHEAD = 120
"""How far beyond its first line the beginning of a piece is looked for, where code was broken over lines."""

LONGEST_PIECE = 120_000

_LONGEST_LINE = 4_000
"""Longer lines are not asked whether they look like code."""


@dataclass(slots=True)
class Piece:
    """One stretch of text that has the shape of code.

    Attributes:
        start, end: the half-open range in the text.
        rule: the shape, for example "shape:json".
        points: how strongly it has it, 1 (could be prose) to about 12.
        vendor: it holds an identifier of an ad, tracking or page-building system.
        fills: the whole of a short block goes with it, not only the piece (a label that was never filled in).
        separates: a reader's words on both sides would grow together if it went.
    """

    start: int
    end: int
    rule: str
    points: int
    vendor: bool = False
    fills: bool = False
    separates: bool = False


def places(text: str, literal: str, begin: int = 0, end: int | None = None) -> Iterator[int]:
    """Where a literal begins in `text[begin:end]`."""
    place = text.find(literal, begin, end)
    while place >= 0:
        yield place
        place = text.find(literal, place + 1, end)


VENDOR = late_regex(
    r"""(?<![\p{L}\p{N}])(?:
      __ATA | atatags | googletag | adsbygoogle | pubads | defineSlot | dfp(?:Ad|Slot)\w{0,20} | gpt[-_]ad | div-gpt | prebid | pbjs
    | apstag | _?taboola | outbrain | OBR | OB_ | criteo | mediavine | adthrive | ezstandalone | ezoic\w{0,20} | freestar | mgid
    | revcontent | teads | zergnet | sas_\w{1,20} | smartad\w{0,10} | adriver | adfox | vdo_ai | amzn_assoc\w{0,30} | aax_\w{1,20}
    | (?i:ad[-_]?(?:slot|unit|tag|server|choices|zone|client|format|id)s?\w{0,20}) | data-ad\w{0,20} | Advert\w{0,4}\.\w{1,20}
    | google_ad\w{0,20} | google_tag\w{0,20} | googlesyndication | doubleclick | googletagmanager | google-analytics
    | dataLayer | gtag | _gaq | _gat | ga(?=\(\s?["'“‘](?:create|send|set|require)) | GoogleAnalyticsObject | fbq | fbAsyncInit
    | facebook-jssdk | twitter-wjs | twttr | instgrm | _paq | _comscore | COMSCORE | scorecardresearch | _sf_async_config | _qevents
    | quantserve | _hmt | _hsq | hbspt | _hj\w{1,20} | clarity | yaCounter\d{0,12} | yaContextCb | Ya\.Context\w{0,30} | ym(?=\(\d)
    | NREUM | newrelic | OneSignal\w{0,20} | disqus_\w{1,30} | addthis\w{0,20} | sharethis\w{0,20} | a2a_\w{1,20} | st_go
    | wp-(?:admin|content|includes|json) | mc4wp | mc_embed\w{0,20} | wpcf7\w{0,10} | _wpemojiSettings | wp[-_]emoji\w{0,20} | jp_\w{1,20} | wpcom_\w{1,30} | tdBlock\w{0,10}
    | td[ib]?_\w{1,30} | et_pb_\w{1,30} | elementor[\w-]{0,30} | vc_\w{1,30} | gallery-\d{1,5} | jwplayer | grecaptcha\w{0,20}
    | __next_f | __NEXT_DATA__ | __NUXT__ | __INITIAL_STATE__ | __PRELOADED_STATE__ | __APOLLO_STATE__ | __cfRLUnblockHandlers
    | __cf_email__ | schema\.org | CDATA | lazyLoad\w{0,20} | tracking(?:Id|_id)? | impressionId | utm_\w{1,10}
    )(?![\p{L}\p{N}])
    | @context | @graph | "@type"
    """,
    regex.VERBOSE,
)
"""Identifiers (never words) of systems whose code is not written to be read."""

# brackets

_STRING = r"""
      "(?:[^"\\\n]|\\.){0,20000}+"
    | '(?:[^'\\\n]|\\.){0,20000}+'
    | `(?:[^`\\]|\\.){0,20000}+`
    | [“”„″](?:[^“”″"\n]){0,2000}+[”“″]       # what texturizing makes of "…"
    | [‘′](?:[^’‘′'\n]){0,2000}+[’‘′]          # … and of '…'
"""
_STEP = late_regex(
    rf"""
      (?P<open>[(\[{{])
    | (?P<close>[)\]}}])
    | {_STRING}
    | /\*.{{0,20000}}?\*/                      # a comment, also over lines
    | (?<![:\w"'])//[^\n]{{0,2000}}+(?=\n)     # to the end of its line; without line breaks it has no end
    | (?<=[(=,:!&|?+\[;]\s{{0,2}})/(?![*/\s])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.){{0,200}}\]){{1,500}}+/   # a pattern: quotes in it
    """,
    regex.VERBOSE | regex.DOTALL,
)
_BRACKET = late_regex(r"(?P<open>[(\[{])|(?P<close>[)\]}])")
_PARTNER = {")": "(", "]": "[", "}": "{"}
_DECODER = json.JSONDecoder()


class Reader:
    """Matches brackets in one text, within a budget for the whole page.

    >>> Reader("f({a: ')'}) and on").closing(1)
    11
    >>> Reader("f(and on").closing(1)
    -1
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.budget = _MOST_SCANNED

    def closing(self, opening: int) -> int:
        """The place after the bracket that closes the one at `opening`, -1 if none does.

        Strings, comments and patterns are skipped; where that finds no end (an apostrophe in a comment opened a
        string that never was), once more by brackets alone.
        """
        end = self._closing(opening, _STEP)
        if end < 0:
            end = self._closing(opening, _BRACKET)
        return end if end < 0 or not self._holds_prose(opening, end) else -1

    def _holds_prose(self, start: int, end: int) -> bool:
        """Whether a line inside is a sentence: then the bracket that closes belongs to something else."""
        return "\n" in self.text[start:end] and any(
            is_sentence(line) for line in self.text[start:end].split("\n")[1:-1]
        )

    def _closing(self, opening: int, step: regex.Pattern[str]) -> int:
        stack: list[str] = []
        limit = min(len(self.text), opening + min(LONGEST_PIECE, self.budget))
        place = opening
        for match in step.finditer(self.text, opening, limit):
            place = match.end()
            kind = match.lastgroup
            if kind == "open":
                stack.append(match.group())
            elif kind == "close":
                if not stack or stack.pop() != _PARTNER[match.group()]:
                    break
                if not stack:
                    self.budget -= place - opening
                    return int(place)
        self.budget -= place - opening
        return -1


# script

_PATH = r"""(?:new\s)?[A-Za-z_$][\w$]{0,60}+(?:\.[A-Za-z_$][\w$]{0,60}+|\[(?:'[^'\]\n]{1,80}'|"[^"\]\n]{1,80}"|[\w$.]{1,40})\]){0,12}+"""
_HEAD = late_regex(
    rf"""(?<![\w$.@/&%\#-])(?:
      (?P<declare>(?:var|let|const)\s+[A-Za-z_$][\w$]{{0,60}}+\s{{0,4}}(?=[=;,]))
    | (?P<function>(?:async\s+)?function\s{{0,4}}[\w$]{{0,60}}+\s{{0,4}}(?=\([^()\n]{{0,300}}\)\s{{0,4}}\{{))
    | (?P<immediate>[!+~;]?\s?(?=\(?\s?(?:async\s)?function\s{{0,4}}[\w$]{{0,60}}+\s{{0,4}}\([^()\n]{{0,300}}\)\s{{0,4}}\{{))
    | (?P<arrow>[!;]?(?=\(\s?(?:async\s?)?\([^()\n]{{0,200}}\)\s?=>))
    | (?P<control>(?:if|for|while|switch)\s{{0,2}}(?=\())
    | (?P<test>(?:window|document|typeof\s[\w$]{{1,60}})[\w$.]{{0,80}}+\s?(?====|!==|==|\|\||&&|\?))
    | (?P<block>(?:try|do)\s{{0,2}}(?=\{{))
    | (?P<group>(?=\(\s{{0,2}}(?:window\.|document\.|{_PATH}\s{{0,2}}=[^=])))
    | (?P<assign>{_PATH}\s{{0,4}}(?:\|\||[+\-*])?=(?![=>])\s{{0,4}}(?=\S))
    | (?P<call>{_PATH}(?=\())
    )""",
    regex.VERBOSE,
)
_THEN = late_regex(
    r"""(?:else|finally|return|throw|delete|typeof|break|continue|catch\s{0,2}\([\w$\s]{0,60}\)|case\s[^:\n]{1,80}:)(?![\w$])\s{0,4}
      | [{}]\s{0,4}
      | (?P<comment>/\*(?:(?!\*/).){0,2000}+\*/\s{0,40}
        | //\#\ssource\w{2,12}=\S{1,300}\s{0,40}
        | //[^\n]{0,300}+\n\s{0,40}
        | //[^\n;{}]{0,100}?\s(?=(?:var|let|const|function|if|for|window|document|jQuery|\$)[\s.(]))""",
    regex.VERBOSE | regex.DOTALL,
)
"""What may stand between statements besides a new head."""

_GAP = late_regex(r"(?:[ \t\xa0]|\r?\n[ \t\xa0\r]{0,200}(?!\n\s{0,200}\n))*+", regex.VERBOSE)
_TOKEN = late_regex(
    rf"""
      (?P<space>[ \t\xa0]+)
    | (?P<line>[\r\n][\s]{{0,200}}+)
    | (?P<comment>/\*.{{0,5000}}?\*/)
    | (?P<string>{_STRING})
    | (?P<pattern>(?<=[(=,:!&|?]\s{{0,2}})/(?![*/\s])(?:[^/\\\n]|\\.){{1,500}}+/[gimsuy]{{0,5}})
    | (?P<keyword>(?:new|typeof|function|return|in|of|instanceof|void|delete|await|async|var|else|this(?=\s))(?![\w$]))
    | (?P<word>[\p{{L}}_$][\w$]{{0,80}}+|\d[\w.]{{0,40}}+)
    | (?P<open>[(\[{{])
    | (?P<close>[)\]}}])
    | (?P<end>;)
    | (?P<operator>=>|[=+\-*/%<>!&|^~?:.,@#\\])
    """,
    regex.VERBOSE | regex.DOTALL,
)
_COMMENT_BEFORE = late_regex(r"(?:/\*(?!\s?(?:<!|\]\]))(?:(?!\*/).){0,500}+\*/\s{0,40}){1,10}+\Z", regex.DOTALL)
_FUNCTION = late_regex(r"\bfunction\b\s{0,4}[\w$]{0,60}\s{0,4}\(|=>\s{0,4}[{(\w]|\bcatch\s?\(\w{1,20}\)\s?\{")
_BROWSER = late_regex(
    r"""(?<![\w$.])(?:window|document|self|location|navigator|top|parent|globalThis)(?:\.[A-Za-z_$]|\[['"])
      | (?<![\w$])(?:jQuery|\$j?)\((?:["'“‘\[]|function|document|window|this|\.)
      | \bjQuery\b | (?<![\w$.])console\.(?:log|warn|error)\( | \beval\(function""",
    regex.VERBOSE,
)
_GLOBAL = late_regex(r"window(?:\.[\w$]{1,60}|\[['\"][^'\"\n]{1,60}['\"]\]){1,6}\s?=(?!=)")
_OBJECT = late_regex(r"""\{\s{0,40}["'“‘]?[\w$-]{1,60}["'”’]?\s{0,4}:""")
_STRING_ARGUMENT = late_regex(r"""[(=,:\[]\s{0,4}["'“‘]""")
_EMPTY = late_regex(r"\{\s?\}|\[\s?\]")
_DEFAULT = late_regex(r"=\s{0,4}[\w$.]{1,80}\s{0,4}\|\|")
_CODE_NAME = late_regex(r"(?<![\w$])(?:_\w|\w{1,40}_\w|[a-z]{1,30}[A-Z])")
_DOTTED_CALL = late_regex(r"[\w$)\]]\.[A-Za-z_$][\w$]{0,60}\(")
_HUMAN_COMMENT = late_regex(r"(?:(?<![:\w])//|\#|/\*)\s{0,3}\p{L}[\p{L}']{0,30}\s\p{L}{1,30}\s\p{L}{1,30}")
_SYMBOL = late_regex(r"""[\[{}\]()<>;=:'",.$_|&!+*/\\]""")


_CODE_LINE = late_regex(
    r"""(?P<member>["'‘]?[\w$-]{1,60}+["'’]?\s{0,4}:\s{0,4}(?:["'‘“\[{\d]|true|false|null|function|[\w$]{1,60}[,.(]?$).*)
      | (?P<mark>.*(?:[{};=]|\|\||&&|[\w$]\().*)
      | [\s{}()\[\];,]+""",
    regex.VERBOSE,
)
_HARD_SYMBOL = late_regex(r"[{}()\[\];=<>_$|&+*/\\]")
_SPACED_WORDS = late_regex(r"\p{L}{2}\s+\p{L}{2}")


_NO_SENTENCE = late_regex(
    r"""\s{0,80}(?://|/?\*|["'‘“`\[{<(#]|[\w$-]{1,60}\s{0,4}[:=(]|(?:var|let|const|return|if|else|for)\b)"""
)


def is_sentence(line: str) -> bool:
    """Whether a line is running text, five or more words with hardly a symbol between them.

    >>> is_sentence("The minister said that nothing had been decided.")
    True
    >>> is_sentence("// The minister said that nothing had been decided.")
    False
    """
    return (
        len(_SPACED_WORDS.findall(line)) >= 4
        and len(_HARD_SYMBOL.findall(line)) <= 0.03 * len(line)
        and not _NO_SENTENCE.match(line)
        and not line.rstrip().endswith(("\\", "{", ";"))
    )


def looks_like_code(line: str) -> bool:
    """Whether a line, as a whole, can only be code: it has its marks, ends as code does, and is no sentence.

    Quotation marks, commas and points count for nothing: dialogue is full of them.

    >>> looks_like_code("creative: { reportAd: { text: 'Report', } },")
    True
    >>> looks_like_code('"Yes," he said (and meant it), "never again",')
    False
    """
    line = line.strip()
    if not line or line[-1] not in "{}();,[]'\"|&+=>" or len(line) > _LONGEST_LINE:
        return False
    match = _CODE_LINE.fullmatch(line)
    if match is None:
        return False
    if match["mark"] and len(_HARD_SYMBOL.findall(line)) < max(2, 0.06 * len(line)):
        return False
    return len(_SPACED_WORDS.findall(line)) <= 0.04 * len(line) + (1 if match["mark"] else 2)


_COMMENT_LINE = late_regex(r"\s{0,80}(?://|/\*|\*/?\s|<!--).*")


def with_neighbours(text: str, start: int, stop: int) -> tuple[int, int]:
    """A piece of code together with the lines of code right before and after it that were broken off."""
    while start > 0:
        line_start = text.rfind("\n", max(0, start - _LONGEST_LINE), start) + 1
        if line_start == 0 or text[line_start:start].strip(" \t{}()[];,!"):
            break
        before_start = text.rfind("\n", max(0, line_start - 2 - _LONGEST_LINE), line_start - 1) + 1
        if before_start == 0 and line_start - 1 > _LONGEST_LINE:
            break
        before = text[before_start : line_start - 1]
        if not looks_like_code(before) and not (_COMMENT_LINE.fullmatch(before) and len(before) < 300):
            break
        start = line_start - 1 - len(before)
    for _ in range(400):
        line_end = text.find("\n", stop, stop + _LONGEST_LINE)
        if line_end < 0 or text[stop:line_end].strip():
            break
        following = _line_end(text, line_end + 1)
        if not looks_like_code(text[line_end + 1 : following]):
            break
        stop = following
    return start, stop


def _line_end(text: str, place: int) -> int:
    """Where the line ends, or where it is longer than is looked at."""
    limit = min(len(text), place + _LONGEST_LINE + 1)
    found = text.find("\n", place, limit)
    return limit if found < 0 else found


def find_scripts_shape(reader: Reader, begin: int, end: int) -> Iterator[Piece]:
    """Runs of statements that begin in `text[begin:end]`: calls, assignments, functions, one after the other."""
    text = reader.text
    place = begin
    while (
        reader.budget > 0 and place < end and (match := _HEAD.search(text, place, end + AHEAD)) and match.start() < end
    ):
        stop = _statement_end(reader, match)
        if stop <= match.end():
            place = max(match.end(), match.start() + 1)
            continue
        stop = _run_end(reader, stop)
        yield _script_piece(text, match, stop)
        place = max(stop, match.end())


def _run_end(reader: Reader, stop: int) -> int:
    """Where the statements that follow one another without prose between them end."""
    text = reader.text
    while reader.budget > 0:
        following = _after(_GAP, text, stop)
        while (then := _THEN.match(text, following)) and then.end() > following:
            following = _after(_GAP, text, then.end())
            if then.group()[0] in "{}" or "source" in then.group()[:12]:
                stop = then.end()
        head = _HEAD.match(text, following)
        if head is None:
            break
        further = _statement_end(reader, head)
        # A sentence that happens to begin with "word (" is no statement: a further one ends in ; or } or stands on its line.
        if further <= head.end() or not _is_ended(text, further):
            break
        stop = further
    while text[stop - 1].isspace():
        stop -= 1
    return stop


def _is_ended(text: str, place: int) -> bool:
    return text[place - 1] in ";}" or text[place : place + 1] in ("", "\n", "\r")


def _after(pattern: regex.Pattern[str], text: str, place: int) -> int:
    """The place after what the pattern matches at `place`; `place` where it does not match."""
    match = pattern.match(text, place)
    return int(match.end()) if match else place


def _statement_end(reader: Reader, head: regex.Match[str]) -> int:
    """The end of the statement that begins with `head`, its semicolon included; -1 where it is none."""
    text = reader.text
    place = head.end()
    operand = head.lastgroup == "call"
    controls = head.lastgroup in ("control", "block", "function", "immediate")
    last = place
    for _ in range(4000):
        token = _TOKEN.match(text, place)
        if token is None:
            break
        kind = token.lastgroup
        if kind == "end":
            return int(token.end())
        if kind in ("space", "line", "comment"):
            place = token.end()
            if kind == "line" and is_sentence(text[place : place + 500].split("\n", 1)[0]):
                break
            if operand and kind == "line" and text[place : place + 1] not in ".?:+|&=,)({":
                break
            continue
        if kind == "open":
            if operand and place != last and token.group() != "{":
                break  # "word (aside)" is prose
            closed = reader.closing(token.start())
            if closed < 0:
                return _cut_off_end(text, token.start())
            place = last = closed
            if token.group() == "{" and controls and text[place : place + 1] not in "();,.":
                return place
            operand = True
            continue
        if kind == "close":
            break
        if kind in ("word", "string", "pattern"):
            if operand and not controls:
                break
            operand = True
        else:
            operand = False
        place = last = int(token.end())
    return last


def _cut_off_end(text: str, opening: int) -> int:
    """The end of code whose closing bracket is missing: as far as line after line still looks like code, else -1."""
    stop = -1
    place = opening
    for _ in range(400):
        line_end = _line_end(text, place)
        line = text[place:line_end]
        if line.strip() and not looks_like_code(line):
            break
        if line.strip():
            stop = line_end
        place = line_end + 1
        if place >= len(text):
            break
    return stop


def with_comments_before(text: str, start: int) -> int:
    """Where the comments that stand right before code begin; `start` itself if there are none."""
    if not text[max(0, start - 40) : start].rstrip().endswith("*/"):
        return start
    first = max(0, start - 600)
    match = _COMMENT_BEFORE.search(text[first:start])
    return first + match.start() if match else start


def _script_piece(text: str, head: regex.Match[str], stop: int) -> Piece:
    start = with_comments_before(
        text, head.start() + len(text[head.start() : stop]) - len(text[head.start() : stop].lstrip())
    )
    code = text[start:stop]
    sample = code[:4000]
    vendor = VENDOR.search(sample) is not None
    semicolons = sample.count(";")
    braces = "{" in sample
    # Looking for a sign first is a tenth of an expression that needs it.
    points = (
        3 * vendor
        + 2 * (("(" in sample or "=>" in sample) and _FUNCTION.search(sample) is not None)
        + 2 * (_BROWSER.search(sample) is not None)
        + (head.lastgroup == "declare")
        + min(semicolons, 2)
        + (braces and _OBJECT.search(sample) is not None)
        + (_STRING_ARGUMENT.search(sample) is not None)
        + ("||" in sample and _DEFAULT.search(sample) is not None)
        + ((braces or "[" in sample) and _EMPTY.search(sample) is not None)
        + (len(sample) >= 80 and len(_SYMBOL.findall(sample)) >= 0.15 * len(sample))
        + (_CODE_NAME.search(sample) is not None)
        + (_DOTTED_CALL.search(sample) is not None)
        + 2 * (_GLOBAL.match(sample) is not None)
        - (("/" in sample or "#" in sample) and _HUMAN_COMMENT.search(sample) is not None)
    )
    if not semicolons and not braces and not vendor and not _GLOBAL.match(sample):
        points = min(points, 3)  # "see foo.bar('x')": nothing says that it is more than a name
    kind = head.lastgroup
    if kind in ("assign", "declare"):
        rule = "shape:assignment"
    elif kind in ("call", "group"):
        rule = "shape:call"
    else:
        rule = "shape:function"
    return Piece(start, stop, rule, points, vendor)


# JSON

_JSON = late_regex(
    rf"""(?<![\w\\$)\]])(?:\[\s{{0,40}})?\{{\s{{0,40}}[{QUOTES}][\w@$./:\s-]{{1,80}}[{QUOTES}]\s{{0,4}}:"""
)
_JSON_KEY = late_regex(rf"""[{{,]\s{{0,40}}[{QUOTES}][\w@$./:\s-]{{1,80}}[{QUOTES}]\s{{0,4}}:""")
_DENSE = late_regex(r"""["”″]:["“″\[{\w-]|["”″],["“″]""")


def find_json(reader: Reader, begin: int, end: int) -> Iterator[Piece]:
    """JSON objects, and arrays of them, also with typographic quotes and also where the end is missing."""
    text = reader.text
    place = begin
    while (
        reader.budget > 0 and place < end and (match := _JSON.search(text, place, end + AHEAD)) and match.start() < end
    ):
        start = match.start()
        place = match.end()
        stop = -1
        try:
            _, stop = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            reader.budget -= error.pos - start if isinstance(error, json.JSONDecodeError) else LONGEST_PIECE
            stop = reader.closing(start)
            if stop < 0:
                stop = _json_cut_off(text, start)
        if stop < 0:
            continue
        sample = text[start : min(stop, start + 4000)]
        keys = len(_JSON_KEY.findall(sample))
        vendor = VENDOR.search(sample) is not None
        dense = len(_DENSE.findall(sample)) >= min(keys, 2)
        yield Piece(start, stop, "shape:json", min(keys, 4) + 3 * vendor + 2 * dense, vendor)
        place = stop


def _json_cut_off(text: str, start: int) -> int:
    limit = min(len(text), start + LONGEST_PIECE)
    stop = text.find("\n", start, limit)
    stop = limit if stop < 0 else stop
    keys = len(_JSON_KEY.findall(text[start : start + 4000]))
    return stop if keys >= 3 and keys * 120 > min(stop - start, 4000) else -1


# CSS

ELEMENT = (
    "a|abbr|article|aside|b|blockquote|body|button|caption|code|dd|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer"
    "|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|label|legend|li|link|main|nav|object|ol|optgroup|option|p|picture"
    "|pre|section|select|small|source|span|strong|style|sub|summary|sup|svg|table|tbody|td|textarea|tfoot|th|thead|tr|u|ul"
    "|video|audio"
)
_COMPOUND = rf"""
    (?:(?:{ELEMENT}|\*)(?![\w-]))?
    (?:[.\#][A-Za-z_-][\w-]{{0,80}}+|\[[^\]\n]{{1,80}}\]|::?[a-z-]{{1,30}}+(?:\([^()\n]{{0,80}}\))?){{0,8}}+
"""
_RULE = late_regex(
    rf"""(?<![\w$.\#@)\]\\-])
    (?: @(?:media|supports|keyframes|-webkit-keyframes|font-face|page|layer|container|import|charset)\b[^{{}};\n]{{0,300}}+
      | (?=[.\#\[:*a-z]) {_COMPOUND} (?:\s{{0,4}}[,>+~\s]\s{{0,4}}(?=[.\#\[:*a-z]) {_COMPOUND}){{0,40}}+
    )
    \s{{0,8}}(?P<body>\{{)""",
    regex.VERBOSE,
)
_DECLARATION = late_regex(
    r"""(?<![\w-])(?:--[\w-]{1,60}|-?[a-z]{2,20}(?:-[a-z]{1,20}){0,4})\s{0,4}:\s{0,4}[^;:{}\n]{1,200}(?=[;}!])""",
    regex.VERBOSE,
)
_PROPERTY = late_regex(
    r"""(?<![\w-])(?:(?:max-|min-)?(?:width|height)|(?:margin|padding|border|background|font|text|list|line|flex|grid|align|justify
    |overflow|box|z|vertical|letter|white|object)(?:-[a-z-]{1,30})?|color|display|position|float|clear|top|left|right|bottom|opacity
    |visibility|content|cursor|transform|transition|animation|fill(?:-[a-z]{1,10})?|stroke(?:-[a-z]{1,10})?|src|outline|direction|gap|order|-(?:webkit|moz|ms)-[a-z-]{1,40}
    |--[\w-]{1,60})\s{0,4}:""",
    regex.VERBOSE,
)


_SELECTORS = late_regex(rf"\s{{0,80}}(?:(?=[.\#\[:*a-z]){_COMPOUND}[\s>+~]{{0,8}},?\s{{0,8}}){{1,40}}+", regex.VERBOSE)


def _selectors_before(text: str, start: int) -> int:
    """Where a list of selectors begins that was broken over lines before its last one."""
    while (
        start > 1
        and (
            start := start - len(text[max(0, start - 80) : start]) + len(text[max(0, start - 80) : start].rstrip(" \t"))
        )
        and text[start - 1] == "\n"
    ):
        before = text[text.rfind("\n", 0, start - 1) + 1 : start - 1]
        if not before.rstrip().endswith(",") or not _SELECTORS.fullmatch(before):
            break
        start -= len(before) + 1
    return start


_SELECTOR_MARK = late_regex(r"(?<![\w&])[.#@][A-Za-z_-]")
_IMPORT = late_regex(r"@import\s+(?:url\([^()\n]{1,500}\)|\"[^\"\n]{1,500}\"|'[^'\n]{1,500}')\s{0,4};")
_SURE_STYLE = late_regex(
    r"[.#][A-Za-z]{1,40}[-_]|!\s?important|:\s?\S{1,60};\s{0,8}\}|\{\S{1,200}[;}]|@(?:media|font-face)"
)
_BETWEEN_RULES = late_regex(r"(?:\s|/\*(?:(?!\*/).){0,2000}+\*/){0,80}+", regex.DOTALL)
_SOURCE_MARK = late_regex(r"(?:\s{0,40}/\*\#\ssource\w{2,12}=[^\n*]{1,300}\*/)?")


def find_css(reader: Reader, begin: int, end: int) -> Iterator[Piece]:
    """Style rules, one after the other, @media and @font-face among them."""
    text = reader.text
    for load in _IMPORT.finditer(text, begin, end):
        yield Piece(load.start(), load.end(), "shape:css", 5)
    place = begin
    while (
        reader.budget > 0 and place < end and (match := _RULE.search(text, place, end + AHEAD)) and match.start() < end
    ):
        start, stop = match.start(), -1
        place = match.end()
        following: regex.Match[str] | None = match
        while following is not None:
            closed = reader.closing(following.start("body"))
            if closed < 0:
                body = text[following.end() : following.end() + 2000].split("\n", 1)[0]
                reader.budget -= len(body)
                if reader.budget > 0 and len(_PROPERTY.findall(body)) >= 3 and looks_like_code(body):
                    stop = following.end() + len(body)
                break
            body = text[following.end() : closed - 1]
            known = following is not match or _SELECTOR_MARK.search(text, following.start(), following.end())
            if body.strip() and not (_DECLARATION if known else _PROPERTY).search(f"{body[:2000]};"):
                break
            stop = closed
            following = _RULE.match(text, _after(_BETWEEN_RULES, text, stop))
        if stop < 0:
            continue
        stop = _after(_SOURCE_MARK, text, stop)
        code = text[start : min(stop, start + 4000)]
        declarations = len(_DECLARATION.findall(code))
        if not _PROPERTY.search(code):
            declarations = min(declarations, 1)
        classes = len(_SELECTOR_MARK.findall(code))
        sure = _SURE_STYLE.search(code) is not None
        if declarations:
            vendor = VENDOR.search(code) is not None
            start = _selectors_before(text, with_comments_before(text, start))
            yield Piece(start, stop, "shape:css", min(declarations, 3) + min(classes, 2) + 1 + vendor + sure, vendor)
        place = stop
