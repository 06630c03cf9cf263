"""What a clerk types of a tick sheet: its number, which shows by its letter whether it was mistyped, and its rows."""

from __future__ import annotations

import re
import unicodedata
from random import Random
from typing import Final

from gridplan.errors import InputRefused

LETTERS: Final = "ACDEFHJKMNPRTUWXY"
"""The letter of a number is the one at its remainder by 17, a prime: a digit mistyped or two exchanged change it.

Those that look like a digit or another letter are not among them.
"""
DIGITS: Final = 6
NUMBER: Final = re.compile(rf"([0-9]{{{DIGITS}}})([A-Z]?)")
BETWEEN_DIGITS: Final = re.compile(r"[\s\-‐-―−_.·]+")
BETWEEN_ROWS: Final = re.compile(r"[\s,;、。./+]+")
RANGE: Final = re.compile(r"(?<=\d)\s*(?:-|[‐-―−~∼〜至到])\s*(?=\d)")
PIECE: Final = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")


def new_number(random: Random) -> str:
    """Return a random number for a sheet, its check letter last. It is for the caller to see that it is not in use."""
    digits = random.randrange(10 ** (DIGITS - 1), 10**DIGITS)
    return f"{digits}{_letter(digits)}"


def spaced(number: str) -> str:
    """Return the number of a sheet as it is printed, to be read at arm's length: 482 913 K."""
    return f"{number[:3]} {number[3:DIGITS]} {number[DIGITS:]}"


def parse_number(text: str) -> str:
    """Return the number of a sheet as it was made, from what somebody typed: in any width and case, with blanks.

    Raises
    ------
    InputRefused
        It is no such number, has no letter, or has another letter than its digits call for.
    """
    typed = BETWEEN_DIGITS.sub("", _plain(text)).upper()
    found = NUMBER.fullmatch(typed)
    if found is None:
        raise InputRefused("sheet.no_number", number=_shown(text), digits=DIGITS)
    digits, letter = found.groups()
    if not letter:
        raise InputRefused("sheet.no_letter", number=digits)
    if letter != _letter(int(digits)):
        raise InputRefused("sheet.wrong_letter", number=digits, letter=letter)
    return typed


def parse_rows(text: str, most: int) -> tuple[int, ...]:
    """Return the rows of a sheet that somebody typed, in their order: 1 3 5-9, with any comma, dash and width.

    Raises
    ------
    InputRefused
        A piece of it is no row or run of rows of a sheet of `most` rows.
    """
    rows: set[int] = set()
    for piece in filter(None, BETWEEN_ROWS.split(RANGE.sub("-", _plain(text)))):
        found = PIECE.fullmatch(piece)
        if found is None:
            raise InputRefused("sheet.no_row", piece=_shown(piece))
        first, last = int(found[1]), int(found[2] or found[1])
        if not 1 <= first <= last <= most:
            raise InputRefused("sheet.row_not_there", piece=piece, most=most)
        rows.update(range(first, last + 1))
    return tuple(sorted(rows))


def _letter(digits: int) -> str:
    return LETTERS[digits % len(LETTERS)]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _shown(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
