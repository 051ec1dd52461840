"""Bytes into text: the declared encoding where it can be right, UTF-8 where the bytes say so, and never a silent loss."""

from __future__ import annotations

import codecs
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dechaff.reading.decode import decode

GERMAN = (
    "Die Bürgermeisterin erklärte am Dienstag, dass die Brücke für Monate gesperrt bleibt. „Wir prüfen das“, sagte sie."
)
RUSSIAN = "В понедельник вечером жители города собрались на площади, чтобы обсудить проект нового моста через реку."
CZECH = (
    "V pondělí večer se obyvatelé města sešli na náměstí, aby projednali výstavbu mostu přes řeku. Příští týden začne."
)
POLISH = "W poniedziałek wieczorem mieszkańcy miasta zebrali się na rynku, żeby omówić budowę mostu przez rzekę. Są pieniądze."
GREEK = "Το βράδυ της Δευτέρας οι κάτοικοι της πόλης συγκεντρώθηκαν στην πλατεία για να συζητήσουν τη νέα γέφυρα."
TURKISH = "Pazartesi akşamı şehir sakinleri, nehrin üzerindeki yeni köprünün yapım projesini görüşmek için meydanda toplandı. Çalışmalar yakında başlıyor."
HEBREW = "ביום שני בערב התאספו תושבי העיר בכיכר כדי לדון בפרויקט החדש לבניית הגשר מעל הנהר."
ARABIC = "اجتمع سكان المدينة مساء الاثنين في الساحة لمناقشة المشروع الجديد لبناء الجسر فوق النهر."
THAI = "เมื่อเย็นวันจันทร์ ชาวเมืองได้รวมตัวกันที่จัตุรัสเพื่อหารือเกี่ยวกับสะพานแห่งใหม่"
JAPANESE = "月曜日の夕方、市民たちは川に架かる新しい橋の建設計画について話し合うため広場に集まった。"
CHINESE = "星期一晚上，市民们聚集在广场上，讨论在河上修建新桥的计划。市长说，工程将于明年开始。"
TAIWANESE = "星期一晚上，市民們聚集在廣場上，討論在河上修建新橋的計劃。市長說，工程將於明年開始。"
KOREAN = "월요일 저녁 시민들은 강 위에 새 다리를 건설하는 계획을 논의하기 위해 광장에 모였다."

LITHUANIAN = (
    "Pirmadienio vakarą miesto gyventojai susirinko aikštėje aptarti naujo tilto per upę statybos. Ūkininkai džiaugėsi."
)
VIETNAMESE = "Tôi đi chơi trên sông qua đêm."
MALTESE = (
    "Ir-residenti tal-belt inġabru fil-pjazza biex jiddiskutu l-pont il-ġdid fuq ix-xmara. Għaż-żgħażagħ u ħbiebhom."
)
WELSH = "Mae tŷ bychan wrth yr afon, ac mae ŵyn yn y cae."
ROMANIAN = "Locuitorii orașului s-au adunat în piață ca să discute despre noul pod. Și țăranii au venit."

DECLARED = [
    ("iso-8859-1", "cp1252", GERMAN),
    ("windows-1252", "cp1252", GERMAN),
    ("latin1", "cp1252", GERMAN),
    ("us-ascii", "cp1252", GERMAN),
    ("iso-8859-15", "iso8859-15", "Fünf € für œuvre"),
    ("iso-8859-2", "iso8859-2", POLISH),
    ("windows-1250", "cp1250", CZECH),
    ("windows-1251", "cp1251", RUSSIAN),
    ("koi8-r", "koi8_r", RUSSIAN),
    ("koi8-u", "koi8_u", RUSSIAN),
    ("iso-8859-5", "iso8859_5", RUSSIAN),
    ("x-mac-cyrillic", "mac_cyrillic", RUSSIAN),
    ("windows-1253", "cp1253", GREEK),
    ("iso-8859-7", "iso8859_7", GREEK),
    ("iso-8859-9", "cp1254", TURKISH),
    ("windows-1254", "cp1254", TURKISH),
    ("windows-1257", "cp1257", LITHUANIAN),
    ("iso-8859-13", "iso8859_13", LITHUANIAN),
    ("iso-8859-4", "iso8859_4", LITHUANIAN),
    ("iso-8859-10", "iso8859_10", LITHUANIAN),
    ("windows-1258", "cp1258", VIETNAMESE),
    ("iso-8859-3", "iso8859_3", MALTESE),
    ("iso-8859-14", "iso8859_14", WELSH),
    ("iso-8859-16", "iso8859_16", ROMANIAN),
    ("iso-8859-6", "iso8859_6", ARABIC),
    ("windows-1255", "cp1255", HEBREW),
    ("iso-8859-8-i", "iso8859_8", HEBREW),
    ("windows-1256", "cp1256", ARABIC),
    ("tis-620", "cp874", THAI),
    ("windows-874", "cp874", THAI),
    ("shift_jis", "cp932", JAPANESE + "①"),
    ("x-sjis", "cp932", JAPANESE),
    ("euc-jp", "euc_jp", JAPANESE),
    ("iso-2022-jp", "iso2022_jp", JAPANESE),
    ("gb2312", "gb18030", CHINESE + "镕"),
    ("gbk", "gb18030", CHINESE),
    ("gb18030", "gb18030", CHINESE + "😀"),
    ("big5", "big5hkscs", TAIWANESE),
    ("euc-kr", "cp949", KOREAN + "똠"),
    ("ks_c_5601-1987", "cp949", KOREAN),
    ("utf-8", "utf-8", JAPANESE),
    ("UTF8", "utf-8", ARABIC),
]


@pytest.mark.parametrize(
    "declaration", ['<meta charset="{}">', "<META http-equiv='Content-Type' content='text/html; charset={}'>"]
)
@pytest.mark.parametrize(("label", "codec", "text"), DECLARED, ids=[label for label, _, _ in DECLARED])
def test_a_correct_declaration_is_followed_with_the_meaning_browsers_give_it(
    declaration: str, label: str, codec: str, text: str
) -> None:
    source = f"<html><head>{declaration.format(label)}</head><p>{text}</p>"
    decoded = decode(source.encode(codec))
    assert decoded.text == source
    assert decoded.warnings == []


@pytest.mark.parametrize(("codec", "text"), [("cp1251", RUSSIAN), ("cp932", JAPANESE), ("utf-8", CZECH)])
def test_an_xml_declaration_counts(codec: str, text: str) -> None:
    source = f'<?xml version="1.0" encoding="{codec}"?><html><p>{text}</p></html>'
    assert decode(source.encode(codec)).text == source


UNDECLARED = {
    "cp1252": GERMAN, "cp1251": RUSSIAN, "koi8_r": RUSSIAN, "cp1250": CZECH, "iso8859_2": POLISH, "cp1253": GREEK, "cp1254": TURKISH,
    "cp1255": HEBREW, "cp1256": ARABIC, "cp874": THAI, "cp932": JAPANESE, "euc_jp": JAPANESE, "gb18030": CHINESE,
    "big5hkscs": TAIWANESE, "cp949": KOREAN,
}  # fmt: skip


@pytest.mark.parametrize("codec", UNDECLARED)
def test_what_nobody_declares_is_detected_and_the_guess_is_said(codec: str) -> None:
    source = (
        f"<html><head><title>x</title></head><body><div class='a'><p>{UNDECLARED[codec]}</p><a href='/'>Home</a></div>"
    )
    decoded = decode(source.encode(codec))
    assert decoded.text == source
    assert ["guess" in warning for warning in decoded.warnings] == [True]


@pytest.mark.parametrize("text", ["", "plain", "naïve café", RUSSIAN, JAPANESE, "😀"])
def test_utf8_and_ascii_need_no_declaration_and_no_warning(text: str) -> None:
    assert decode(text.encode()) == (text, "utf-8", [])


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_beats_the_declaration_and_is_no_text(mark: bytes, codec: str) -> None:
    source = f'<meta charset="koi8-r"><p>{RUSSIAN}</p>'
    assert decode(mark + source.encode(codec)) == (source, codec, [])


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", [GERMAN, RUSSIAN, CHINESE])
def test_utf16_and_utf32_show_by_their_nul_bytes(codec: str, text: str) -> None:
    source = f"<html><p>{text}</p></html>"
    assert decode(source.encode(codec)) == (source, codec, [])


@pytest.mark.parametrize("data", [b"a\0b", b"plain text with one\0NUL in it", b"\0" * 5, b"<p>a</p>\0\0\0"])
def test_a_few_nul_bytes_make_no_utf16(data: bytes) -> None:
    assert decode(data).encoding == "utf-8"


def test_a_declaration_in_a_comment_or_in_prose_is_none() -> None:
    source = f'<!-- <meta charset="koi8-r"> --><meta name="description" content="about charset=koi8-r"><p>{RUSSIAN}</p>'
    assert decode(source.encode("cp1251")).text == source
    assert decode(source.encode()).text == source


@pytest.mark.parametrize("label", ["utf-16", "UTF-16LE", "unicode"])
def test_a_page_that_declares_utf16_in_ascii_is_utf8(label: str) -> None:
    source = f'<meta charset="{label}"><p>{CZECH}</p>'
    assert decode(source.encode()) == (source, "utf-8", [])


@pytest.mark.parametrize(
    "label", ["utf-7", "rot13", "base64", "zlib", "unicode_escape", "punycode", "no-such", "x" * 39]
)
def test_an_encoding_that_no_page_may_ask_for_is_not_followed(label: str) -> None:
    source = f'<meta charset="{label}"><p>+ADw- \\u0041 {GERMAN}</p>'
    assert decode(source.encode()) == (source, "utf-8", [])


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1251", "gb2312", "shift_jis", "euc-kr"])
def test_utf8_under_a_wrong_declaration_is_utf8_with_a_warning(label: str) -> None:
    source = f'<meta charset="{label}"><p>{RUSSIAN} {JAPANESE}</p>'
    decoded = decode(source.encode())
    assert decoded.text == source
    assert "but it is UTF-8" in decoded.warnings[0]


def test_a_chance_hit_does_not_make_a_declared_encoding_utf8() -> None:
    """In Latin-1, "É»" is valid UTF-8; so is the GBK of some pairs of characters."""
    for label, codec, text in [("iso-8859-1", "cp1252", "«CAFÉ»"), ("gbk", "gbk", "话")]:
        source = f'<meta charset="{label}"><p>{text}</p>'
        if label == "iso-8859-1":
            source = source.replace("«", "")
        assert decode(source.encode(codec)).text == source


def test_a_few_broken_bytes_in_utf8_cost_those_characters_only_and_are_counted() -> None:
    for declaration in ("", '<meta charset="utf-8">', '<meta charset="iso-8859-1">'):
        data = f"{declaration}<p>{RUSSIAN}</p>".encode() + b"<p>caf\xe9 and \xff</p>"
        decoded = decode(data)
        assert RUSSIAN in decoded.text
        assert decoded.encoding == "utf-8"
        assert decoded.text.endswith("<p>caf\ufffd and \ufffd</p>")
        assert decoded.warnings[0].startswith("2 characters")


def test_text_cut_in_the_middle_of_a_character_keeps_the_rest() -> None:
    data = f"<p>{JAPANESE}".encode()[:-1]
    assert decode(data).text == f"<p>{JAPANESE[:-1]}\ufffd"
    data = f'<meta charset="shift_jis"><p>{JAPANESE}'.encode("cp932")[:-1]
    assert JAPANESE[:-1] in decode(data).text
    assert decode(data).warnings


def test_a_declaration_that_cannot_be_is_replaced_by_a_guess_that_is_said() -> None:
    source = f'<meta charset="utf-8"><p>{RUSSIAN}</p>'
    decoded = decode(source.encode("cp1251"))
    assert decoded.text == source
    assert "cannot be" in decoded.warnings[0]


def test_of_two_declarations_the_one_that_can_be_read_wins_and_the_contradiction_is_said() -> None:
    source = f'<meta charset="shift_jis"><meta charset="windows-1251"><p>{RUSSIAN} ёж\u00a0</p>'
    decoded = decode(source.encode("cp1251"))
    if decoded.encoding == "cp1251":
        assert decoded.text == source
    assert decoded.warnings
    both = decode(f'<meta charset="koi8-r"><meta charset="windows-1251"><p>{RUSSIAN}</p>'.encode("koi8-r"))
    assert RUSSIAN in both.text
    assert "koi8" in both.warnings[0]
    assert "cp1251" in both.warnings[0]


def test_text_encoded_twice_comes_out_as_it_is() -> None:
    twice = "café".encode().decode("cp1252")
    assert decode(twice.encode()).text == twice


def test_a_declaration_is_looked_for_in_the_first_4096_bytes_only() -> None:
    near = " " * 3000 + f'<meta charset="koi8-r"><p>{RUSSIAN}</p>'
    assert decode(near.encode("koi8-r")) == (near, "koi8-r", [])
    far = " " * 5000 + f'<meta charset="koi8-r"><p>{RUSSIAN}</p>'
    assert decode(far.encode("koi8-r")).warnings


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    decoded = decode(data)
    decoded.text.encode("utf-8", "surrogatepass")
    assert "\ufffd" not in decoded.text or decoded.warnings or "\ufffd".encode() in data or decoded.encoding != "utf-8"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00\x1b\ufeff")))
def test_utf8_comes_back(text: str) -> None:
    assert decode(text.encode()).text == text


@pytest.mark.parametrize(
    "data",
    [
        b"<meta " * 200_000,
        b"<!--" * 250_000,
        b"<meta charset=" + b" " * 1_000_000,
        b"<meta charset=x" + b"\xff" * 1_000_000,
        b"\xe9 " * 500_000,
        b"<" * 500_000 + b"\xe9",
        b'<?xml version="1.0"' + b" encoding" * 100_000,
    ],
)
def test_a_megabyte_of_anything_takes_less_than_a_second(data: bytes) -> None:
    start = time.perf_counter()
    decode(data)
    assert time.perf_counter() - start < 1


def test_the_detector_is_imported_only_where_it_is_needed() -> None:
    code = "import sys; from dechaff.reading.decode import decode; decode('é'.encode()); print('charset_normalizer' in sys.modules)"
    import subprocess

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
