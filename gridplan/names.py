"""How names are compared, without case, width, spaces, what nobody sees and the words around them; how they sort."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

LONGEST_FILE_NAME: Final = 80
LONGEST_IN_BYTES: Final = 240
"""Of the name of a file without its ending: systems take 255, and rare characters have four each."""
RUN: Final = re.compile(r"(\d{1,4})(?:[-–—~～至到](\d{1,4}))?")
BETWEEN_NUMBERS: Final = re.compile(r"[\s,，、;；]+")
LONGEST_TEXT: Final = 200
"""Letters of a text that somebody types into a field."""
TURNING: Final = dict.fromkeys((0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Marks that nobody sees and that turn what stands behind them; `str.translate` drops them by this."""
FORMAT: Final = (
    "\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb"
)
"""What nobody sees: the characters of category Cf, byte order mark and soft hyphen among them, and fillers."""
RARE_FORMAT: Final = (
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff"
    "\U000e01f0-\U000e0fff"
)
JOINERS: Final = "\u180e\u200c\u200d"
"""Of that category too, but Mongolian, Persian and the scripts of India write words with them."""
JOINED: Final = "\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af"
VARIANTS: Final = "\u180b-\u180d\u180f\ufe00-\ufe0f"
"""Selectors: the letter before them is written in its rare form, as some family names are."""
RARE_VARIANTS: Final = "\U000e0100-\U000e01ef"
INVISIBLE: Final = re.compile(
    f"[{FORMAT}{RARE_FORMAT}]|(?<![{JOINED}])[{JOINERS}]|(?<![^\\W\x00-\x7f])[{VARIANTS}{RARE_VARIANTS}]"
)
NOT_COMPARED: Final = re.compile(f"[{FORMAT}{RARE_FORMAT}{JOINERS}{VARIANTS}{RARE_VARIANTS}]")
MAY_BE_INVISIBLE: Final = re.compile(f"[{FORMAT}{JOINERS}{VARIANTS}\U00010000-\U0010ffff]")
"""Found in no text that is plainly visible; four times as fast as the other two."""
FIGURES: Final = "〇一二三四五六七八九"
DIGITS: Final = str.maketrans(FIGURES + "十", "01234567890")
COUNTED: Final = "微?网格|党?支部|党小组|[号栋幢座单室户组队社屯片排楼层巷弄门]"
BETWEEN_TEXTS: Final = "\0"
"""Folded with what is around it, it stays what it is and leaves them what they are."""
NUMBER: Final = re.compile(rf"\d+|[{FIGURES}十]+(?=$|{COUNTED})")
"""A number in a name: digits, or Chinese ones before what is counted, since 三河 and 八一路 are no numbers."""
LONGEST_NUMBER: Final = 18
NameKey = tuple[bool, str, tuple[int, ...], str]
BY_PINYIN: Final = Path(__file__).parent / "locale" / "pinyin.txt"
"""The Chinese characters in the order of CLDR's collation `zh`, which PostgreSQL and browsers have too."""
MARKS: Final = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
"""Punctuation in the order of the same collation, in which it stands before digits."""
DIGITS_IN_ROW: Final = re.compile("[0-9]+")
OTHER_MARK, FIRST_NUMBER, FIRST_PINYIN, FIRST_CHINESE, FIRST_LETTER = 0x2F, 0x30, 0x4E00, 0x40000, 0x80000
"""What marks, numbers, Chinese with and without a known sound, and letters become in `sort_key`, in this order."""
FORMAL_FIGURES: Final = str.maketrans("零壹贰叁肆伍陆柒捌玖拾两", FIGURES + "十二") | {ord("廿"): "二十"}
NUMBERED_HAMLET: Final = re.compile(
    rf"(?:村民小组|村民组|村民|小组|组|group|hamlet|no\.?)?第?\(?(\d+|[{FIGURES}十]+)\)?[号#]?(?:村民小组|村民组|小组|组)?"
    r"(?:\(.*\))?"
)
"""A hamlet that is called by its number, whatever brackets follow: 第三村民小组, (三)组, 小组3, 3组(上湾)."""
ENGLISH_HAMLET: Final = re.compile(
    r"((?:villagers?['’]?)?(?:group|hamlet))?(?:no\.?|number|#)?(?:(\d+)(?:st|nd|rd|th)?|([a-z]+?))(group|hamlet)?"
)
"""A hamlet that is called by its number in English, in which it may be a word: group one, 1st group, Group II."""
ENGLISH_NUMBERS: Final = {
    word: value
    for words in (
        "one two three four five six seven eight nine ten eleven twelve",
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
        "i ii iii iv v vi vii viii ix x xi xii",
    )
    for value, word in enumerate(words.split(), start=1)
}
PLAIN_ROMAN: Final = frozenset("ii iii iv vii viii ix xii".split())  # noqa: SIM905
"""Numbers that are none of the letters and syllables that hamlets are called by."""
AROUND_HAMLET: Final = re.compile("^第|(?<=.)(村民小组|村民组|小组|组)$")
BEHIND_VILLAGE: Final = re.compile(
    r"(?<=.)(\(.*\)|村民委员会|村委会|行政村|村|社区居民委员会|社区居委会|居民委员会|居委会|社区|village(committee)?)+$"
)
IN_BRACKETS: Final = re.compile(r"\(.*\)")
BEFORE_VILLAGE: Final = re.compile("^.+?(镇|乡|街道)(?=.)")
BEFORE_TOWN: Final = re.compile("^.+?(?:省|市|县|区|旗|州|盟)(?=.+(?:镇|乡|街道)$)")
BEHIND_TOWN: Final = re.compile("(?<=.)(?:镇|乡|街道|township|town|subdistrict)$")
OF_AREA: Final = 6
"""Digits of the code of a county; longer codes begin with those of the areas around them."""
LONGEST_NAME: Final = 1_000
"""Characters of a text in which a telephone number is looked for beside a name."""
PHONE: Final = re.compile(
    r"[:：,，]?\s*[(（]?\s*(?:联系电话|电话|手机|tel\.?)?\s*[:：]?\s*(?:\+?86[- ]?)?"
    r"(?<!\d)(?:1\d{2}[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8})(?!\d)\s*[)）]?",
    re.IGNORECASE | re.ASCII,
)


def visible(text: str) -> str:
    """Return a text without the characters that nobody sees, save those that a script writes its words with."""
    return INVISIBLE.sub("", text) if MAY_BE_INVISIBLE.search(text) else text


def folded(text: str | None) -> str:
    """Return a name, a door or an id as they are compared; none is the same as blank."""
    if not text or text.isascii():
        return _as_compared(text or "")
    return _folded(text)


def each_folded(blocks: Iterable[Sequence[str | None]]) -> Iterator[str]:
    """Walk the texts of blocks as `folded` returns each; those of a block are folded together, which is much faster."""
    for texts in blocks:
        together = BETWEEN_TEXTS.join(text or "" for text in texts)
        each = _as_compared(together).split(BETWEEN_TEXTS)
        yield from each if len(each) == len(texts) else map(folded, texts)


def _as_compared(text: str) -> str:
    plain = text.lower() if text.isascii() else unicodedata.normalize("NFKC", NOT_COMPARED.sub("", text)).casefold()
    return "".join(plain.split())


@lru_cache(100_000)
def _folded(text: str) -> str:
    return _as_compared(text)


@lru_cache(10_000)
def folded_hamlet(text: str | None) -> str:
    """Return a hamlet as hamlets are compared, a numbered one by its number.

    3, 三组, 第三村民小组, Group 3, group three and 3rd group are the same.
    """
    name = folded(text)
    numbered = NUMBERED_HAMLET.fullmatch(name.translate(FORMAL_FIGURES))
    number = numeral(numbered[1]) if numbered else _number_in_english(name)
    return AROUND_HAMLET.sub("", name) if number is None else str(number)


def _number_in_english(hamlet: str) -> int | None:
    """Return the number that a folded hamlet is called by in English; one in words only beside what is counted."""
    found = ENGLISH_HAMLET.fullmatch(hamlet) if hamlet.isascii() else None
    if found is None or not (found[1] or found[2] or found[4] or hamlet in PLAIN_ROMAN):
        return None
    return whole_number(found[2]) if found[2] else ENGLISH_NUMBERS.get(found[3])


def hamlet_within(village: str, hamlet: str | None) -> str:
    """Return a hamlet as those of one village are compared: of 柳树村, 柳树村三组 is hamlet 3 too."""
    name = folded(hamlet)
    for before in (folded(village), village_stem(village)):
        if len(before) > 1 and name.startswith(before):
            number = folded_hamlet(name.removeprefix(before))
            if number.isdecimal():
                return number
    return folded_hamlet(name)


@lru_cache(10_000)
def village_stem(text: str) -> str:
    """Return what is left of a village's name without its town and the words that say it is a village."""
    return BEFORE_VILLAGE.sub("", BEHIND_VILLAGE.sub("", folded(text)))


def may_be_one_village(one: str, other: str) -> bool:
    """Return whether two names may be one village's: 柳树, 柳树村委会 and 东镇柳树村 may; 西镇柳树村 is another.

    So is 柳树社区; and what stands in brackets tells villages of one name apart.
    """
    if village_stem(one) != village_stem(other):
        return False
    for said in (_town_of, _kind_of):
        if (of_one := said(one)) and (of_other := said(other)) and of_one != of_other:
            return False
    return IN_BRACKETS.findall(folded(one)) == IN_BRACKETS.findall(folded(other))


def _town_of(village: str) -> str:
    found = BEFORE_VILLAGE.match(BEHIND_VILLAGE.sub("", folded(village)))
    return found[0] if found else ""


def _kind_of(village: str) -> str:
    """Return 村 or 社区 for a village that is called so, nothing for one called neither or both."""
    found = BEHIND_VILLAGE.search(folded(village))
    words = IN_BRACKETS.sub("", found[0]) if found else ""
    kinds = {kind for kind, signs in (("村", "村"), ("社区", "区居")) if not set(signs).isdisjoint(words)}
    return kinds.pop() if len(kinds) == 1 else ""


def villages_alike(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return those of some villages that may be one under several names, together."""
    by_stem: dict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(names):
        by_stem[village_stem(name)].append(name)
    found: list[tuple[str, ...]] = []
    for called in by_stem.values():
        while called:
            together = [called.pop(0)]
            for name in together:
                joining = [other for other in called if may_be_one_village(name, other)]
                together += joining
                called = [other for other in called if other not in joining]
            found += [tuple(together)] if len(together) > 1 else []
    return found


def is_same_town(one: str, other: str) -> bool:
    """Return whether two towns are the same: 城关, 城关镇 and 某县城关镇 are; 城关镇 and 城关乡 are not."""
    one, other = (BEFORE_TOWN.sub("", folded(town).removesuffix("办事处")) for town in (one, other))
    return one == other or one == BEHIND_TOWN.sub("", other) or other == BEHIND_TOWN.sub("", one)


def is_same_code(one: str, other: str) -> bool | None:
    """Return whether two codes of villages are the same; None where one is that of an area around the other."""
    one, other = map(_plain_code, (one, other))
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return None if short.isdecimal() and len(short) >= OF_AREA and long.startswith(short) else False


def _plain_code(code: str) -> str:
    """Return a code without what spreadsheets do to numbers, and without the zeros behind that of a larger area."""
    plain = re.sub(r"\.0+$", "", folded(code))
    if not plain.isdecimal():
        return plain
    plain = plain.lstrip("0") or "0"
    return re.sub("(?:000)+$", "", plain) if len(plain) > OF_AREA else plain


def numeral(text: str) -> int | None:
    """Return the value of a text that is a number in digits, or in Chinese up to 99; None for any other."""
    if text.isascii():
        return whole_number(text)
    tens, ten, ones = text.rpartition("十")
    if len(tens) > 1 or len(ones) > 1 or not set(tens + ones) <= set(FIGURES):
        return None
    return (10 * (FIGURES.index(tens) if tens else 1) if ten else 0) + (FIGURES.index(ones) if ones else 0)


def in_digits(text: str) -> str:
    """Return a text with its Chinese numbers in digits: 四十八号 is 48号."""
    return NUMBER.sub(lambda found: found[0] if found[0].isdecimal() else str(_value(found[0])), text)


def spellings(text: str) -> tuple[str, ...]:
    """Return a text as it was written, in letters of ordinary width, and with its numbers in digits and in Chinese."""
    ordinary = unicodedata.normalize("NFKC", text)
    figures = re.sub(rf"(?<!\d)\d{{1,2}}(?=\s*({COUNTED}))", lambda found: _figures(int(found[0])), ordinary)
    return tuple(dict.fromkeys((text, ordinary, in_digits(ordinary), figures)))


def _figures(number: int) -> str:
    tens, ones = divmod(number, 10)
    return f"{FIGURES[tens] if tens > 1 else ''}{'十' if tens else ''}{FIGURES[ones] if ones or not tens else ''}"


# ---- order


@lru_cache(100_000)
def sort_key(text: str | None) -> str:
    """Return what names sort by: numbers by their value (2, 10, 12-3, 12-10), Chinese by its sound, letters after it.

    It is the order of CLDR's collation `zh-u-kn-true`, which the store uses in PostgreSQL, and scripts in the browser.
    """
    plain = unicodedata.normalize("NFKD", text or "").casefold().translate(_places())
    return f"{DIGITS_IN_ROW.sub(_by_value, plain)}\0{text or ''}"


def _by_value(digits: re.Match[str]) -> str:
    value = digits[0].lstrip("0")
    return f"{chr(FIRST_NUMBER + len(value))}{value}"


class _Places(dict[int, int | None]):
    """By code point, the code point that a character sorts as; None for accents, which do not count."""

    def __missing__(self, code: int) -> int | None:
        kind = unicodedata.category(chr(code))
        is_chinese = kind == "Lo" and unicodedata.name(chr(code), "").startswith("CJK")
        place = (FIRST_CHINESE if is_chinese else FIRST_LETTER) + code
        self[code] = None if kind[0] == "M" else OTHER_MARK if kind[0] in "PSZC" else place
        return self[code]


@cache
def _places() -> _Places:
    places = _Places({ord(digit): ord(digit) for digit in "0123456789"})
    places |= {ord(mark): place for place, mark in enumerate((" ", *MARKS), start=1)}
    sounded = "".join(BY_PINYIN.read_text(encoding="utf-8").split())
    return _Places(places | {ord(one): FIRST_PINYIN + place for place, one in enumerate(sounded)})


def hamlet_key(name: str | None) -> NameKey:
    """Return what hamlets sort by: numbered ones by their numbers, however written; those without a name last."""
    return door_key(folded_hamlet(name))


def door_key(door: str | None) -> NameKey:
    """Return what door numbers sort by: street, then numbers as numbers (2, 十, 10-1), blanks last."""
    text = unicodedata.normalize("NFKC", door or "").strip()
    street = NUMBER.split(text, maxsplit=1)[0]
    return (not text, street, tuple(map(_value, NUMBER.findall(text))), text)


def _value(number: str) -> int:
    if number.isdecimal():
        return int(number[:LONGEST_NUMBER])
    value = numeral(number)
    return _value(number.translate(DIGITS)) if value is None else value


def whole_number(text: str) -> int | None:
    """Return the value of a text that is a number of at most nine digits, of whichever width; None for any other."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def numbers_in(text: str) -> tuple[int, ...] | None:
    """Return the numbers that a text names, in order: 1-3, 7; None where it names anything else."""
    found: set[int] = set()
    for part in filter(None, BETWEEN_NUMBERS.split(text.strip())):
        ends = RUN.fullmatch(part)
        if ends is None or int(ends[1]) > int(ends[2] or ends[1]):
            return None
        found |= {*range(int(ends[1]), int(ends[2] or ends[1]) + 1)}
    return tuple(sorted(found))


def one_line(text: str) -> str:
    """Return a text on one line, without what nobody sees: letters that turn others round, bells, spaces in a row."""
    written = unicodedata.normalize("NFC", visible(text))
    return " ".join("".join(letter if letter.isprintable() else " " for letter in written).split())


def file_name(*parts: str) -> str:
    """Return names as the name of a file: their letters and digits, and nothing that leads elsewhere."""
    named = (re.sub(r"[^\w-]+", "_", one_line(part)).strip("_") for part in parts)
    return "_".join(filter(None, named))[:LONGEST_FILE_NAME].encode()[:LONGEST_IN_BYTES].decode(errors="ignore")


def without_phone(name: str) -> str:
    """Return the name of a person without a telephone number that was written into the same cell."""
    return PHONE.sub(" ", name).strip() if len(name) <= LONGEST_NAME else name.strip()
