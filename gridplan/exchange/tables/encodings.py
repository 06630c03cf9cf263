"""Which encoding a text is in: UTF-8, UTF-16 as a spreadsheet writes it, or GB18030; what is in others is named.

Nothing is guessed from a few bytes: characters are counted that people write every day.
"""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
from collections.abc import Mapping
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
}
"""Encodings of Chinese and Japanese: from the first to the last of their characters of first rank, kana among them."""
SUSPECTS: Final = {"cp950": "Big5", "cp932": "Shift-JIS", "cp1252": "Windows-1252/1251"}
"""Encodings that pass for GB18030, as people call them."""
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
        It is in none known here, in two of them, or in one of `SUSPECTS`.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif content.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "gb18030"]
    broken_at = [_undecodable(content, encoding) for encoding in candidates]
    if broken_at[0] is None:
        return candidates[0]
    if "gb18030" in candidates and not _is_mostly_utf8(content):
        suspected = suspected_encoding(_beyond_ascii(content))
        if suspected is None and broken_at[1] is None:
            return "gb18030"
        if suspected and not _is_partly_gb18030(content):
            raise InputRefused("read.encoding_named", file=source.name, encoding=suspected)
    code = "read.encoding_mixed" if _is_partly_gb18030(content) else "read.encoding"
    raise InputRefused(code, file=source.name, line=str(content.count(b"\n", 0, broken_at[0]) + 1))


def sense(text: str, encoding: str) -> float:
    """Return the share of the characters of a text beyond ASCII that people write every day, 0 where there are none.

    Those are the characters of first rank in an encoding of Chinese or Japanese, letters in any other.
    """
    ranks = FIRST_RANK.get(encoding)
    beyond = [character for character in text if not character.isascii()]
    usual = sum(_is_of_rank(one, encoding) if ranks else _is_letter(one) for one in beyond)
    return usual / len(beyond) if beyond else 0.0


def suspected_encoding(content: bytes) -> str | None:
    """Return what that of `SUSPECTS` is called in which text makes sense that makes none in GB18030, else None."""
    as_chinese = sense(content.decode("gb18030", "ignore"), "gb18030")
    if not as_chinese < COMMON:
        return None
    for encoding, name in SUSPECTS.items():
        found = sense(_decoded(content, encoding), encoding)
        if found > COMMON if encoding in FIRST_RANK else found > NEARLY_ALL and as_chinese < FEW:
            return name
    return None


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


def _beyond_ascii(content: bytes) -> bytes:
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
