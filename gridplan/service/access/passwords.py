"""Which passwords are refused: those too short, and those that are tried first."""

from __future__ import annotations

from typing import Final

from gridplan.errors import InputRefused

SHORTEST: Final = 8
LONGEST: Final = 200
TRIED_FIRST: Final = """
12345678 123456789 1234567890 0123456789 87654321 987654321 11111111 00000000 88888888 66666666 12341234 11223344
123123123 147258369 password password1 passw0rd p@ssw0rd qwertyui qwertyuiop qwer1234 1qaz2wsx 1q2w3e4r 1qaz@wsx
q1w2e3r4 abcd1234 abc12345 aa123456 a1234567 a12345678 a123456789 asdfghjk asdf1234 zxcvbnm123 iloveyou gridplan
5201314520 woaini1314 woaini520 admin123 admin888 administrator letmein1 welcome1 changeme
"""
COMMON: Final = frozenset(TRIED_FIRST.split())


def check(password: str, login: str) -> None:
    """Let a password pass that nobody guesses soon.

    Raises
    ------
    InputRefused
        It is too short or too long, among those that are tried first, or little more than the login.
    """
    if len(password) < SHORTEST:
        raise InputRefused("entrance.password_short", least=SHORTEST)
    if len(password) > LONGEST:
        raise InputRefused("entrance.password_long", most=LONGEST)
    small = password.lower()
    if small in COMMON or len(set(small)) < 4 or (login in small and len(small) < len(login) + 4):
        raise InputRefused("entrance.password_common")
