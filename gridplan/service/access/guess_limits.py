"""The limits on guessing passwords and codes: after so many failed attempts within a time, there is a wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from gridplan.errors import TooManyAttempts
from gridplan.service.access.passwords import hash_secret
from gridplan.store import Store
from gridplan.store.access import invitations

WAIT: Final = timedelta(minutes=15)
"""The time within which failed attempts are counted."""
FAILURES: Final = 10
"""At one login from one address, or with codes from one address."""
FAILURES_OF_ADDRESS: Final = 30
"""At any logins from one address: a whole office may be behind one."""
FAILURES_OF_LOGIN: Final = 50
"""At one login from any addresses: so many that a stranger does not easily keep its owner out."""

Limits = Mapping[str, int]
"""The most failures under each key; success deletes those under the first."""


def password_limits(login: str, address: str) -> Limits:
    """Return the limits on guessing the password of a login from an address."""
    return {
        hash_secret(f"login {login} from {address}"): FAILURES,
        hash_secret(f"address {address}"): FAILURES_OF_ADDRESS,
        hash_secret(f"login {login}"): FAILURES_OF_LOGIN,
    }


def code_limits(address: str) -> Limits:
    """Return the limits on guessing codes from an address."""
    return {hash_secret(f"code {address}"): FAILURES}


@contextmanager
def counted_attempt(store: Store, limits: Limits, *, now: datetime) -> Iterator[None]:
    """Count an attempt before it is made, so that many at once count; what raises nothing has succeeded.

    Raises
    ------
    TooManyAttempts
        Too many attempts failed lately.
    """
    with store.write() as connection:
        invitations.forget_attempts(connection, now - WAIT)
        if any(invitations.attempts(connection, key, now - WAIT) >= most for key, most in limits.items()):
            raise TooManyAttempts("entrance.slow", minutes=int(WAIT.total_seconds() // 60))
        noted = invitations.note_attempt(connection, limits, now)
    yield
    with store.write() as connection:
        invitations.forget_failures(connection, noted, next(iter(limits)))
