"""Bytes into text.

In this order: a byte order mark; UTF-16 and UTF-32 that show by their NUL bytes; what the server said, if we are told;
what the page declares (`<meta
charset>`, `<meta http-equiv>`, the XML declaration) under the names and with the meanings browsers give them
(https://encoding.spec.whatwg.org/#names-and-labels); UTF-8; and only then detection, by charset-normalizer on a sample.

Text that was encoded as UTF-8 twice before it was saved ("cafÃ©") is valid UTF-8 and comes out as it is: nothing in the
bytes says which of the two readings its author meant.
"""

from __future__ import annotations

import codecs
import re
from itertools import islice
from typing import NamedTuple

from dechaff.late import late_re

_HEAD = 4096
"""Where declarations are looked for, in bytes. Browsers look at 1,024; pages with long scripts before it are common."""

_SAMPLE = 12_000
"""How many bytes the detector is given: it needs some 10 µs a byte and is no surer with more."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like UTF-16's, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_LABELS = {
    label: codec
    for codec, labels in {
        "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 utf-8-sig utf-8-bom utf8mb4"
        # A page whose declaration could be read as ASCII is not UTF-16, whatever the declaration says.
        " utf-16 utf-16le utf-16be utf16 ucs-2 unicode iso-10646-ucs-2 csunicode unicodefeff unicodefffe utf-32",
        "cp1252": "ascii us-ascii ansi_x3.4-1968 iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 iso-ir-100"
        " latin1 latin-1 latin l1 cp819 ibm819 csisolatin1 x-cp1252 ansi windows-1252 x-user-defined",
        "cp1254": "iso-8859-9 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 iso-ir-148 latin5 l5 csisolatin5 x-cp1254",
        "cp874": "iso-8859-11 iso8859-11 iso885911 tis-620 windows-874 dos-874",
        "gb18030": "gb2312 gb_2312 gb_2312-80 gbk x-gbk chinese csgb2312 csiso58gb231280 iso-ir-58 cp936 ms936 windows-936"
        " gb-2312 euc-cn",
        "big5hkscs": "big5 big-5 big5-hkscs cn-big5 csbig5 x-x-big5 cp950",
        "cp932": "shift_jis shift-jis sjis s-jis ms932 ms_kanji csshiftjis windows-31j x-sjis x_sjis cp932",
        "cp949": "euc-kr euckr cseuckr korean ks_c_5601-1987 ks_c_5601-1989 ks_c_5601 ksc5601 ksc_5601 csksc56011987"
        " iso-ir-149 windows-949 uhc",
        "euc_jp": "euc-jp eucjp x-euc-jp x-euc cseucpkdfmtjapanese",
        "iso2022_jp": "iso-2022-jp csiso2022jp",
        "iso8859_8": "iso-8859-8-i iso-8859-8-e logical visual csiso88598e csiso88598i",
        "cp1250": "x-cp1250",
        "cp1251": "x-cp1251 win-1251 win1251 windows1251",
        "cp1253": "x-cp1253",
        "cp1255": "x-cp1255",
        "cp1256": "x-cp1256",
        "cp1257": "x-cp1257",
        "cp1258": "x-cp1258",
        "koi8_r": "koi koi8 koi8_r cskoi8r",
        "koi8_u": "koi8-ru",
        "mac_roman": "macintosh x-mac-roman csmacintosh mac",
        "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    }.items()
    for label in labels.split()
}
"""Labels whose meaning on the web is not what Python's codec of that name does, or that Python does not know."""

_MULTI_BYTE = frozenset(("gb18030", "big5hkscs", "cp932", "cp949", "euc_jp", "iso2022_jp", "hz", "johab"))

_NOT_TEXT = frozenset(("utf-7", "idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "mbcs", "oem"))
"""Python codecs that no page may ask for."""

_COMMENT = late_re(rb"<!--.*?(?:-->|$)", re.DOTALL)
_XML = late_re(rb"""\s{0,64}<\?xml\b[^>]{0,200}?\bencoding\s{0,8}=\s{0,8}["']\s{0,8}([\w.:-]{1,40})""")
_META = late_re(rb"<meta\b([^>]{1,1000})", re.IGNORECASE)
_CHARSET = late_re(rb"""\bcharset\s{0,8}=\s{0,8}["']?\s{0,8}([\w.:-]{1,40})""", re.IGNORECASE)
_CONTENT_TYPE = late_re(
    rb"""(?:http-equiv\s{0,8}=\s{0,8}["']?\s{0,8}content-type|content\s{0,8}=\s{0,8}["']?\s{0,8}text/html)""",
    re.IGNORECASE,
)
_ATTRIBUTE = late_re(rb"""(?<![\w:-])([\w:-]++)\s{0,8}=\s{0,8}(?:"([^"]{0,500})"|'([^']{0,500})'|([^\s"'>]{1,500}))""")
_BEYOND_ASCII = late_re(r"[^\x00-\x7f]")
_HIGH = bytes(range(128, 256))
_TAG = late_re(rb"<[^<>]{0,2000}>")

_A_TAG = r"</?[a-zA-Z][a-zA-Z0-9]{0,12}[\s/>]"
_SOME_TAG = late_re(_A_TAG.encode())
_SOME_WIDE_TAG = late_re(_A_TAG)

_DETECTABLE = [
    "utf_8", "cp1252", "cp1251", "koi8_r", "cp1250", "iso8859_2", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "cp874", "cp932", "euc_jp", "gb18030", "big5hkscs", "cp949", "iso8859_5", "iso8859_7", "cp866", "mac_cyrillic",
    "koi8_u",
]  # fmt: skip


class Decoded(NamedTuple):
    """What bytes said.

    Attributes:
        text: the text, without a byte order mark.
        encoding: the Python codec that read it.
        warnings: what is doubtful or lost, in sentences.
    """

    text: str
    encoding: str
    warnings: list[str]


def charset_of(content_type: bytes) -> bytes | None:
    """The charset that a `Content-Type` names, in a header or a meta element; None if it names none.

    >>> charset_of(b"text/html; charset='windows-1251'"), charset_of(b"text/html")
    (b'windows-1251', None)
    """
    found = _CHARSET.search(content_type)
    return found[1] if found else None


def decode(data: bytes, served: str | None = None) -> Decoded:
    """Decode a page, or any text. It never raises.

    Args:
        data: the bytes.
        served: the charset that the server named in `Content-Type`. As in browsers it weighs more than what the page
            declares and less than a byte order mark.

    >>> decode('<meta charset="windows-1251">Привет'.encode("cp1251")).text[-6:]
    'Привет'
    >>> decode("Plain text, naïve.".encode()).encoding
    'utf-8'
    """
    for mark, codec in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _replacing(data[len(mark) :], codec, "its byte order mark says")
    if b"\0" in data[:_HEAD]:
        wide = _wide_codec(data[:_HEAD])
        if wide:
            return _replacing(data, wide, "its NUL bytes say")
    declared = _declared(data[:_HEAD])
    named = _codec(served.encode("ascii", "replace")) if served else None
    if named:
        declared = [named, *(codec for codec in declared if codec != named)]
    if data.isascii() and not (b"\x1b" in data and "iso2022_jp" in (declared or ["iso2022_jp"])) and declared != ["hz"]:
        return Decoded(data.decode("ascii"), "utf-8", [])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None and (not declared or declared[0] == "utf-8"):
        if not declared and b"\x1b" in data:
            return _japanese_or(data, text)
        return Decoded(text, "utf-8", [])
    return _decode_declared(data, declared, text) if declared else _detect(data)


def _wide_codec(head: bytes) -> str | None:
    """The UTF-16 or UTF-32 that the places of the NUL bytes show: markup and spaces are ASCII in every language."""
    if head.startswith((b"<\0\0\0", b"\0\0\0<")):
        return "utf-32-le" if head[0] else "utf-32-be"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    # Half of them in a text that is mostly ASCII; one in twenty, markup and spaces, in Chinese.
    enough = min(max(len(head) // 4, 2), max(len(head) // 40, 8))
    if (odd >= enough or head[:2] == b"<\0") and even * 4 <= odd:
        codec = "utf-16-le"
    elif (even >= enough or head[:2] == b"\0<") and odd * 4 <= even:
        codec = "utf-16-be"
    else:
        return None
    text = head[: len(head) // 2 * 2].decode(codec, "replace")
    if text.count("\ufffd") * 100 > len(text):
        return None
    # Tags that stand there byte by byte are UTF-8's with NULs between: of two readings the one with markup is right.
    return codec if len(_SOME_TAG.findall(head)) <= len(_SOME_WIDE_TAG.findall(text)) else None


def _codec(label: bytes) -> str | None:
    """The codec that browsers mean by a label, None for one that is none."""
    name = label.decode("ascii", "replace").lower().strip()
    if name in _LABELS:
        return _LABELS[name]
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    if not info._is_text_encoding or info.name.replace("_", "-") in _NOT_TEXT or info.name.startswith("utf-16"):  # noqa: SLF001
        return None
    return info.name


def _declared(head: bytes) -> list[str]:
    """The codecs that a page declares, in order, each once. Declarations in comments are none."""
    lower = head.lower()
    if b"charset" not in lower and b"encoding" not in lower:
        return []
    if b"<!--" in head:
        head = _COMMENT.sub(b"", head)
    labels = []
    xml = _XML.match(head)
    for meta in _META.finditer(head):
        attributes = meta[1]
        named = [a[2] or a[3] or a[4] or b"" for a in _ATTRIBUTE.finditer(attributes) if a[1].lower() == b"charset"]
        if named:
            labels.append(named[0])
        elif _CONTENT_TYPE.search(attributes) and (named_there := charset_of(attributes)):
            labels.append(named_there)
    if xml:
        labels.append(xml[1])  # browsers that read the page as HTML follow the meta element
    found = []
    for label in labels:
        codec = _codec(label)
        if codec and codec not in found:
            found.append(codec)
    return found


def _try(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError):
        return None


def _replacing(data: bytes, codec: str, who: str) -> Decoded:
    text = _try(data, codec)
    if text is not None:
        return Decoded(text, codec, [])
    text = data.decode(codec, "replace")
    return Decoded(text, codec, [_lost(text, codec, who)])


def _lost(text: str, codec: str, who: str) -> str:
    count = text.count("\ufffd")
    return f"{count:,} characters could not be read as {codec}, which is what {who}; each is U+FFFD now"


def _is_surely_utf8(text: str, codec: str) -> bool:
    """Whether bytes that are valid UTF-8 are UTF-8 although the page declares another encoding.

    A multi-byte text is valid UTF-8 by chance with a probability of up to 14% a character, so eight characters are
    asked for. In a single-byte text a chance hit is one capital letter before a closing quote ("CAFÉ»"): where there
    is only one character, it must be one that such texts really have, Latin-1 or general punctuation.
    """
    beyond = [match[0] for match in islice(_BEYOND_ASCII.finditer(text), 8)]
    if codec in _MULTI_BYTE:
        return len(beyond) == 8
    return len(beyond) > 1 or (len(beyond) == 1 and (beyond[0] < "\u0100" or "\u2000" <= beyond[0] < "\u2100"))


def _nearly_utf8(data: bytes, at_least: int) -> str | None:
    """The text, if there are so many times more characters beyond ASCII that are UTF-8 than such that are not."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    beyond = len(text) - (len(data) - _count_high(data))
    return text if beyond - broken >= at_least * broken else None


def _count_high(data: bytes) -> int:
    return len(data) - len(data.translate(None, _HIGH))


def _decode_declared(data: bytes, declared: list[str], as_utf8: str | None) -> Decoded:
    first = declared[0]
    if as_utf8 is not None and _is_surely_utf8(as_utf8, first):
        return Decoded(as_utf8, "utf-8", [f"the page declares {first}, but it is UTF-8 and was read as that"])
    nearly = _nearly_utf8(data, 20) if as_utf8 is None else None
    if nearly is not None:
        return Decoded(
            nearly, "utf-8", [_lost(nearly, "utf-8", "the page declares" if first == "utf-8" else "the rest of it is")]
        )
    for codec in declared:
        text = _try(data, codec)
        if text is None and codec == "big5hkscs":
            text = _try(data, "cp950")
        if text is not None:
            warnings = []
            if codec != first:
                warnings.append(f"the page declares {first} and {codec}; only {codec} can be read")
            elif len(declared) > 1:
                warnings.append(f"the page declares {' and '.join(declared)}; it was read as {codec}")
            return Decoded(text, codec, warnings)
    text = data.decode(first, "replace")
    lost = text.count("\ufffd")
    if lost > 3 and lost * 20 > _count_high(data):
        detected = _detect(data)
        if "\ufffd" not in detected.text:
            warning = (
                f"the page declares {first}, but that cannot be; it was read as {detected.encoding}, which is a guess"
            )
            return Decoded(detected.text, detected.encoding, [warning])
    return Decoded(text, first, [_lost(text, first, "the page declares")])


def _japanese_or(data: bytes, text: str) -> Decoded:
    """ISO-2022-JP is all ASCII: escape sequences switch the character set."""
    japanese = _try(data, "iso2022_jp") if b"\x1b$" in data else None
    return Decoded(text, "utf-8", []) if japanese is None else Decoded(japanese, "iso2022_jp", [])


def _detect(data: bytes) -> Decoded:
    nearly = _nearly_utf8(data, 5)
    if nearly is not None:
        return Decoded(nearly, "utf-8", [_lost(nearly, "utf-8", "the rest of it is")])
    codec = _guess(data)
    text = _try(data, codec)
    if text is not None:
        return Decoded(
            text, codec, [f"the page does not say how it is encoded; it was read as {codec}, which is a guess"]
        )
    text = data.decode(codec, "replace")
    return Decoded(text, codec, [_lost(text, codec, "was guessed")])


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415  # 30 ms to import, and few pages need it

    lines = _TAG.sub(b"\n", data[:400_000]).splitlines()
    sample = b"\n".join(line for line in lines if not line.isascii())[:_SAMPLE]
    best = from_bytes(sample, cp_isolation=_DETECTABLE, preemptive_behaviour=False, threshold=0.4).best()
    if best is None or _try(sample, best.encoding) == _try(sample, "cp1252"):
        return "cp1252"  # German reads the same in several code pages: the one of them that pages are in
    return best.encoding
