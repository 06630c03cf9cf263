"""Passwords: which are refused, and how they and other secrets are hashed and compared."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gridplan.errors import InputRefused
from gridplan.turns import Turns

SHORTEST: Final = 8
LONGEST: Final = 200
TRIED_FIRST: Final = """
12345678 123456789 1234567890 0123456789 87654321 987654321 11111111 00000000 88888888 66666666 12341234 11223344
123123123 147258369 password password1 passw0rd p@ssw0rd qwertyui qwertyuiop qwer1234 1qaz2wsx 1q2w3e4r 1qaz@wsx
q1w2e3r4 abcd1234 abc12345 aa123456 a1234567 a12345678 a123456789 asdfghjk asdf1234 zxcvbnm123 iloveyou gridplan
5201314520 woaini1314 woaini520 admin123 admin888 administrator letmein1 welcome1 changeme
"""
COMMON: Final = frozenset(TRIED_FIRST.split())
HASHER: Final = PasswordHasher()
TURNS: Final = Turns("entrance.busy", waiting=2, seconds=3)
"""Each hash takes 64 MB while it is made. Those who wait, here and for pictures, leave a thread of the server free."""


def hash_of_nobody(hasher: PasswordHasher) -> str:
    """Return what looks like a hash that was made as others are, and is of no password: none is made at the start."""
    made = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${made}${'A' * 22}${'A' * 43}"


NOBODY: Final = hash_of_nobody(HASHER)
"""What passwords are compared with at an unknown login, so that it takes as long as at a known one."""


def check_password(password: str, login: str) -> None:
    """Check that nobody guesses a password soon.

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


def hash_password(password: str, login: str) -> str:
    """Return the hash of a new password.

    Raises
    ------
    InputRefused
        It is too short, too long or too easy to guess.
    Busy
        Too many hashes are being made.
    """
    check_password(password, login)
    with TURNS.turn():
        return HASHER.hash(password)


def is_password(hashed: str | None, password: str) -> bool:
    """Return whether a password has a hash; where there is none, it takes as long to say no.

    Raises
    ------
    Busy
        Too many hashes are being made.
    """
    try:
        with TURNS.turn():
            return HASHER.verify(hashed or NOBODY, password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def hash_secret(secret: str) -> str:
    """Return the hash of a secret that is too long to guess, such as a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same_secret(one: str, other: str) -> bool:
    """Compare two secrets in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())
