"""Everything gridplan refuses to do, as one tree.

GridplanError               carries a code and its values; words.py makes the sentence
├── InputRefused            a file, a column or an option cannot be used; nothing was written
│   └── Unconfirmed         it may be right and hardly is; once who entered it says that it is, it is saved
├── Infeasible              so many points cannot be put into clusters within the bounds
├── OutputRefused           the answer cannot be put where it was asked for; nothing was left half-written
├── LoginRefused            a password, a link or a card signs nobody in
│   └── TooManyAttempts     too many of them failed; the next one has to wait
├── TooMuchWaits            so much waits for somebody to decide that no more is taken until some of it is decided
├── Busy                    only one can be done at a time and others wait already; it takes seconds
├── NotFound                there is no such thing, or not for the one who asks: both look the same
├── NotAllowed              it is there, and this role may not do that with it
├── Conflict                somebody changed it in the meantime; who, when and what
│   └── StaleEdit           of a plan: the version that it has since, and the steps that led there
└── Unavailable             the database or a cluster cannot be reached, or was taken away; nothing was changed
    └── DiskFull            there is no room for what is to be written
"""

from __future__ import annotations

import errno
from functools import partial
from typing import Any, Final

from gridplan.words import Lang, Message

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class GridplanError(Exception):
    """The root: a code, its values, and what to do about it once put into words."""

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code, values)
        self.message = Message(code, values)

    def __str__(self) -> str:
        return self.say("en")

    def __reduce__(self) -> tuple[Any, ...]:
        # without this an error raised in a worker process breaks the pool instead of arriving
        return partial(type(self), self.message.code, **self.message.values), ()

    def say(self, lang: Lang) -> str:
        """Return the error as a sentence in `lang`."""
        return self.message.say(lang)


class InputRefused(GridplanError):
    """A file, a column or an option that cannot be used."""


class Unconfirmed(InputRefused):
    """What was entered is doubtful: its `doubts`, and the `key` that confirms them, are among the values."""


class Infeasible(GridplanError, ValueError):
    """So many points cannot be put into clusters within the bounds."""


class OutputRefused(GridplanError):
    """The answer cannot be put where it was asked for."""


class LoginRefused(GridplanError):
    """A password, a link or a card that signs nobody in."""


class TooManyAttempts(LoginRefused):
    """Too many attempts failed; the next one has to wait."""


class TooMuchWaits(GridplanError):
    """So much waits for somebody to decide that no more is taken until some of it is decided."""


class Busy(GridplanError):
    """Only one can be done at a time, and others wait already; it takes seconds."""


class NotFound(GridplanError):
    """There is no such thing, or not for the one who asks."""


class NotAllowed(GridplanError):
    """It is there, and this role may not do that with it."""


class Conflict(GridplanError):
    """Somebody changed it in the meantime, or is at it."""


class StaleEdit(Conflict):
    """A plan has another `version` by now, or is no draft any more; the steps `since` are among the values."""


class Unavailable(GridplanError):
    """The database cannot be reached, or was taken away; nothing was changed, and later it may be."""


class DiskFull(Unavailable):
    """There is no room for what is to be written."""


def is_disk_full(error: OSError) -> bool:
    """Return whether the system refused to write because there is no room, or no more for this user."""
    return error.errno in NO_ROOM
