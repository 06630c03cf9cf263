"""How fast passwords and codes may be guessed: after some failures each guess waits longer than the one before.

The wait is an answer (how many seconds), never a sleeping thread, and a guess that has to wait is not looked at.

| who guesses                                     | counted under                  | free | then, in seconds       |
|-------------------------------------------------|--------------------------------|------|------------------------|
| a browser that signed in to the account before  | the browser                    | 5    | 1, 2, 4, ... up to 900 |
| another, at a login (there or not) from a place | login and place                | 5    | 1, 2, 4, ... up to 900 |
|                                                 | and the login, from everywhere | 50   | 1, 2, 4, ... up to 900 |
| who is signed in, at the old password           | the account, from inside       | 5    | 1, 2, 4, ... up to 900 |
| anybody, at the codes of cards from a place     | the place                      | 10   | 1, 2, 4, ... up to 30  |
| anybody, at links of 32 letters                 | nothing                        | all  |                        |

Success forgives the failures of its own first line, and nothing under any other; a right code forgives nothing. A place
is a network address; of IPv6 the network of one customer. No place is counted over several logins: an office may be
behind one.
docs/decisions/0005-wrong-passwords-wait.md says why.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gridplan.errors import LoginRefused, TooManyAttempts
from gridplan.service.access.known_browsers import keyed_hash, known_browser
from gridplan.store import Store
from gridplan.store.access import guesses

REMEMBERED: Final = timedelta(days=1)
"""How long failures count after the last of them."""
LONGEST: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Rule:
    """How many failures are free, and the longest wait after one that is not."""

    free: int
    longest: timedelta = LONGEST

    def wait(self, failures: int) -> timedelta:
        """Return the wait after so many failures: none, then a second, then twice as long each time."""
        if failures < self.free:
            return timedelta(0)
        return min(timedelta(seconds=2 ** min(failures - self.free, 30)), self.longest)


PERSON: Final = Rule(free=5)
LOGIN: Final = Rule(free=50)
CODES: Final = Rule(free=10, longest=timedelta(seconds=30))

Counters = Mapping[str, Rule]
"""The rule of each counter, by what it counts; success empties the first."""


def password_counters(login: str, address: str, browser: str | None) -> Counters:
    """Return what counts guesses at the password of a login from an address, or from a browser the account knows."""
    if browser is not None:
        return {f"browser {browser}": PERSON}
    return {f"login {login} from {_place(address)}": PERSON, f"login {login}": LOGIN}


def own_password_counters(account_id: int) -> Counters:
    """Return what counts guesses at the password of the account that is signed in."""
    return {f"inside {account_id}": PERSON}


def code_counters(address: str) -> Counters:
    """Return what counts guesses at codes from an address."""
    return {f"codes from {_place(address)}": CODES}


def _place(address: str) -> str:
    """Return what one customer of a network has: an address of IPv4, half of one of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((int(found) >> 64 << 64, 64)))


def recognised(store: Store, account_id: int, tokens: Collection[str]) -> str | None:
    """Return that of a browser's tokens by which an account knows it."""
    if not tokens:
        return None
    with store.write() as connection:
        return known_browser(guesses.secret(connection), account_id, tokens)


@contextmanager
def counted_attempt(store: Store, counters: Counters, *, now: datetime, forgives: bool = True) -> Iterator[None]:
    """Count an attempt before it is made, so that many at once count; LoginRefused says that it failed.

    With `forgives`, success empties the first counter; without, it takes back no more than the attempt itself.

    Raises
    ------
    TooManyAttempts
        Too many attempts failed; this one was not made.
    """
    with store.write() as connection:
        secret = guesses.secret(connection)
        rules = {keyed_hash(secret, counted): rule for counted, rule in counters.items()}
        guesses.forget_old(connection, now - REMEMBERED, now + 2 * LONGEST)
        found = guesses.counters(connection, rules.keys(), now)
        wait = max(until for _, until in found.values()) - now
        if wait > timedelta(0):
            raise _too_many(wait)
        noted = {}
        for key, rule in rules.items():
            failures = found[key][0] + 1
            noted[key] = now + rule.wait(failures)
            guesses.count(connection, key, failures, noted[key], now)
    try:
        yield
    except LoginRefused:
        raise
    except BaseException:  # it was not looked at
        with store.write() as connection:
            guesses.take_back(connection, noted, now)
        raise
    with store.write() as connection:
        guesses.take_back(connection, noted, now)
        if forgives:
            guesses.forget(connection, next(iter(noted)))


def _too_many(wait: timedelta) -> TooManyAttempts:
    seconds = math.ceil(wait.total_seconds())
    return TooManyAttempts("entrance.slow", seconds=seconds, wait=f"{seconds // 60}:{seconds % 60:02}")
