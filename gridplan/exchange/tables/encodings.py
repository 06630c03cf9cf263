"""Which encoding a text is in: UTF-8, UTF-16 as a spreadsheet writes it, or GB18030; what is in others is named.

Nothing is guessed from a few bytes: characters are counted that people write every day.
"""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from gridplan.errors import InputRefused
from gridplan.exchange.tables.source import Source

COMMON = 0.5
"""Of the characters of a text beyond ASCII: where fewer are everyday ones, it is in another encoding."""
FEW = 0.3
"""The same where letters of one byte each are suspected: two of them in a row may pass for a Chinese character."""
NEARLY_ALL = 0.9
SAMPLE = 65_536
"""Bytes of lines beyond ASCII that tell the encoding."""
FIRST_RANK: Final[Mapping[str, tuple[tuple[bytes, bytes], ...]]] = {
    "gb18030": ((b"\xb0\xa1", b"\xd7\xf9"),),
    "cp950": ((b"\xa4\x40", b"\xc6\x7e"),),
    "cp932": ((b"\x82\x9f", b"\x83\x96"), (b"\x88\x9f", b"\x98\x72")),
    "euc_jp": ((b"\xa4\xa1", b"\xa5\xf6"), (b"\xb0\xa1", b"\xcf\xd3")),
}
"""Encodings of Chinese and Japanese: from the first to the last of their characters of first rank, kana among them."""
ENCODINGS: Final = ("utf-8", "gb18030")
"""Those tried in this order beside the one that a file names: some programs write the same one whatever it is in."""
SUSPECTS: Final = {"cp950": "Big5", "cp932": "Shift-JIS", "euc_jp": "EUC-JP"}
"""Encodings that pass for GB18030, as people call them."""
LETTERS: Final = "Windows-1252/1251"
"""What encodings of one byte a letter are called."""
FIRST_LETTER, ENOUGH_LETTERS = 0xC0, 16
"""The least byte that is a letter in most of them, and how many of nothing else there are in no Chinese text."""
FIRST_HANGUL, LAST_HANGUL, ENOUGH_HANGUL = b"\xb0\xa1", b"\xc8\xfe", 30
"""Of EUC-KR; so many different characters between them and no others are in no Chinese text."""
SYLLABLES: Final = frozenset(
    "가강고곽구권기김나남노다대도동라로리마면명문박배백번부북사산상서성손송수숙순시신아안양영오용우원유윤은을이인일임"
    "자장재전정조주준지진차천철최태하한해현호홍황희름집름읍"
)
"""Everyday ones of Korean names, places and headers."""
SOME: Final = 0.3
"""Of the characters of a text: where more are such, it is Korean."""
SEVEN_BITS: Final = (
    (re.compile(rb"\x1b\$[@A-D]|\x1b\([IJ]|\x1b\$\)[A-H]"), "ISO-2022"),
    (re.compile(rb"~\{(?:[!-~]{2})+~\}"), "HZ"),
)
"""Encodings that write other characters with those of ASCII, and what they are called."""
WORDS: Final = re.compile("户主|户号|户编|姓名|门牌|编号|序号|经度|纬度|电话|地址|住址|村名|行政村|小组")
"""What is in most Chinese lists, and in no text of another encoding that is read as Chinese."""
ENOUGH: Final = 12
"""Characters that may be judged; of fewer it is only said that they may be others."""
UNASSIGNED: Final = 0.1
"""Of the characters of a text: where more stand for nothing in Unicode, it is in another encoding."""
CODE_PAGES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("936", "gbk", "gb2312", "cp936"), "gb18030"),
    **dict.fromkeys(("950", "big5", "big-5", "big5hkscs"), "cp950"),
    **dict.fromkeys(("932", "shift_jis", "sjis"), "cp932"),
    "65001": "utf-8",
    "88591": "iso8859-1",
}
CODE_PAGE: Final = re.compile(
    r"cp\d+|iso8859-\d+|koi8-\w|mac-\w+|tis-620|gb18030|gbk|gb2312|big5|shift_jis|euc_\w+|utf-8"
)
"""Encodings that a file may name; the others that Python knows are no text of a list."""
HAN: Final = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
HALF_WIDTH: Final = re.compile("[\uff61-\uffdc]")
"""Letters that nobody writes: what is read in the wrong encoding has them."""
PIECE = 1 << 22
"""Bytes decoded at once."""


def encoding_of(source: Source, content: bytes) -> str:
    """Return the encoding that a file is text in.

    Raises
    ------
    InputRefused
        It is in none known here, in two of them, or in one that is named: Big5, Shift-JIS and the like; or it makes
        no sense in GB18030.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif content.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "gb18030"]
    for pattern, name in SEVEN_BITS if content.isascii() else ():
        if pattern.search(content):
            raise InputRefused("read.encoding_named", file=source.name, encoding=name)
    broken_at = [_undecodable(content, encoding) for encoding in candidates]
    if broken_at[0] is None:
        return candidates[0]
    if "gb18030" in candidates and not _is_mostly_utf8(content):
        suspected = suspected_encoding(beyond_ascii(content))
        if suspected is None and broken_at[1] is None:
            if len(strange := strange_characters(content)) >= ENOUGH:
                raise InputRefused("read.encoding_unclear", file=source.name, text=strange[:ENOUGH])
            return "gb18030"
        if suspected and not _is_partly_gb18030(content):
            raise InputRefused("read.encoding_named", file=source.name, encoding=suspected)
    code = "read.encoding_mixed" if _is_partly_gb18030(content) else "read.encoding"
    raise InputRefused(code, file=source.name, line=str(content.count(b"\n", 0, broken_at[0]) + 1))


def encoding_named(text: str) -> str:
    """Return the encoding that a file calls so, blank if it is none known here."""
    named = text.strip().lower()
    plain = named.removeprefix("ansi").removeprefix("windows-").removeprefix("cp").strip(" -_")
    try:
        known = codecs.lookup(CODE_PAGES.get(plain, f"cp{plain}" if plain.isdecimal() else named)).name
    except (LookupError, ValueError):
        return ""
    return CODE_PAGES.get(known, known) if CODE_PAGE.fullmatch(known) else ""


def likeliest_encoding(named: str, read: Callable[[str], str]) -> tuple[str, float]:
    """Return in which encoding a text makes most sense, and how much: the one that its file names, UTF-8 or GB18030.

    `named` may be blank; `read` returns the text as an encoding has it, and what it raises where it cannot be in it is
    a UnicodeDecodeError. Blank if it can be in none.
    """
    senses: dict[str, float] = {}
    for encoding in filter(None, (named, *ENCODINGS)):
        with suppress(UnicodeDecodeError):
            senses.setdefault(encoding, sense(read(encoding), encoding))
    best = max(senses, key=senses.__getitem__, default="")
    return best, senses.get(best, 0.0)


def sense(text: str, encoding: str) -> float:
    """Return the share of the characters of a text beyond ASCII that people write every day, 0 where there are none.

    Those are the characters of first rank in an encoding of Chinese or Japanese, letters in any other.
    """
    ranks = FIRST_RANK.get(encoding)
    beyond = [character for character in text if not character.isascii()]
    usual = sum(_is_of_rank(one, encoding) if ranks else _is_letter(one) for one in beyond)
    return usual / len(beyond) if beyond else 0.0


def suspected_encoding(content: bytes) -> str | None:
    """Return what the encoding is called in which text makes sense that makes none in GB18030; None for no such."""
    chinese = content.decode("gb18030", "ignore")
    if WORDS.search(chinese):
        return None
    beyond = content.translate(None, bytes(range(128)))
    if len(beyond) >= ENOUGH_LETTERS and min(beyond) >= FIRST_LETTER:
        return LETTERS
    as_chinese = sense(chinese, "gb18030")
    if as_chinese == 1 and _is_hangul(chinese, content):
        return "EUC-KR"
    if not as_chinese < COMMON:
        return None
    senses = {name: sense(_decoded(content, encoding), encoding) for encoding, name in SUSPECTS.items()}
    best = max(senses, key=senses.__getitem__)
    if senses[best] > COMMON:
        return best
    return LETTERS if as_chinese < FEW and sense(_decoded(content, "cp1252"), "cp1252") > NEARLY_ALL else None


def strange_characters(content: bytes) -> str:
    """Return what is beyond ASCII in text read as GB18030 if it may as well be in another encoding; else nothing.

    From `ENOUGH` characters on, a text that may be Chinese has none.
    """
    sample = beyond_ascii(content)
    chinese = sample.decode("gb18030", "ignore")
    beyond = "".join(character for character in chinese if not character.isascii())
    if not beyond or WORDS.search(chinese):
        return ""
    unassigned = sum(unicodedata.category(character) == "Co" for character in beyond)
    makes_none = sense(chinese, "gb18030") < COMMON or unassigned > UNASSIGNED * len(beyond)
    return beyond if makes_none or len(beyond) < ENOUGH else ""


def _is_hangul(chinese: str, content: bytes) -> bool:
    """Return whether text that was read as GB18030 is Korean: all of one region, with everyday syllables or long."""
    found = {character.encode("gb2312", "ignore") for character in chinese if not character.isascii()}
    if not all(FIRST_HANGUL <= one <= LAST_HANGUL for one in found):
        return False
    korean = [character for character in _decoded(content, "euc_kr") if not character.isascii()]
    everyday = sum(character in SYLLABLES for character in korean)
    return len(found) >= ENOUGH_HANGUL or (everyday > 1 and everyday > SOME * len(korean))


def _decoded(content: bytes, encoding: str) -> str:
    """Return content as text, none if it is not in an encoding."""
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _is_of_rank(character: str, encoding: str) -> bool:
    written = character.encode("gb2312" if encoding == "gb18030" else encoding, "ignore")
    return any(least <= written <= most for least, most in FIRST_RANK[encoding])


def _is_letter(character: str) -> bool:
    """Return whether a character is a letter or a mark on one; of Chinese ones, whether it is of first rank."""
    if HAN.match(character):
        return any(_is_of_rank(character, encoding) for encoding in FIRST_RANK)
    return unicodedata.category(character)[0] in "LM" and not HALF_WIDTH.match(character)


def beyond_ascii(content: bytes) -> bytes:
    """Return the first lines of a file that are beyond ASCII."""
    found = b""
    for line in io.BytesIO(content):
        if not line.isascii():
            found += line
            if len(found) > SAMPLE:
                break
    return found


def _is_partly_gb18030(content: bytes) -> bool:
    """Return whether some lines of a file are UTF-8 beyond ASCII, and those that are not are everyday GB18030."""
    lines = [line for line in content.split(b"\n") if not line.isascii()]
    others = b"\n".join(line for line in lines if _undecodable(line, "utf-8") is not None)
    is_mixed = len(others) < len(b"\n".join(lines))
    return is_mixed and sense(_decoded(others, "gb18030"), "gb18030") > COMMON


def _undecodable(content: bytes, encoding: str) -> int | None:
    """Return where a file stops being text of an encoding, None if it never does; all of the text is never held."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(content), PIECE):
        piece = content[start : start + PIECE]
        try:
            decoder.decode(piece, final=start + PIECE >= len(content))
        except UnicodeDecodeError as error:
            return start + len(piece) - len(error.object) + error.start
    return None


def _is_mostly_utf8(content: bytes) -> bool:
    """Return whether a file is UTF-8 but for a few bytes: GB18030 would make other characters of all of it."""
    sound = content.decode("utf-8", "ignore")
    beyond_ascii = len(sound) - len(sound.encode("ascii", "ignore"))
    return beyond_ascii > len(content) - len(sound.encode())
