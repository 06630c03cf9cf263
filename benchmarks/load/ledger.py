"""What clients sent and what was acknowledged to them, and whether the database says the same afterwards."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from gridplan.contact.calendar import Week
from gridplan.contact.sheet_entries import FIELDS
from gridplan.contact.visits import id_on_sheet

Said = tuple[int, int, str, str, str]
"""What a visit says: household, member, day, outcome, channel."""


@dataclass
class Ledger:
    """Visits by their ids: all that was sent of each, in its order, and the last of it that was acknowledged."""

    sent: dict[str, list[Said]] = field(default_factory=dict)
    acknowledged: dict[str, Said] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Ledger:
        """Return the ledger in a file; a last line that was cut off counts for nothing."""
        ledger = cls()
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                what, id_, said = json.loads(line)
            except ValueError:
                continue
            ledger.note(what, id_, tuple(said))
        return ledger

    def note(self, what: str, id_: str, said: Said) -> None:
        """Note that a visit was `sent`, or that it was `acknowledged`."""
        if what == "sent":
            self.sent.setdefault(id_, []).append(said)
        else:
            self.acknowledged[id_] = said

    def may_say(self, id_: str) -> list[Said]:
        """Return what a visit may say now: the last that was acknowledged, or anything that was sent after it."""
        sent = self.sent[id_]
        if id_ not in self.acknowledged:
            return sent
        last = len(sent) - 1 - sent[::-1].index(self.acknowledged[id_])
        return sent[last:]


class LedgerFile:
    """A ledger that is written while clients send: a line before each first try, and one after each answer."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def note(self, what: str, visits: Iterable[tuple[str, Said]]) -> None:
        """Note that visits were `sent`, or that they were `acknowledged`."""
        self._file.writelines(f"{json.dumps([what, id_, said])}\n" for id_, said in visits)
        self._file.flush()


@dataclass(frozen=True)
class Differences:
    """The ids of visits of which database and ledger do not say the same."""

    lost: tuple[str, ...]
    """Acknowledged, and not there."""
    doubled: tuple[str, ...]
    """There twice, or again under an id that nobody sent."""
    unsent: tuple[str, ...]
    """There, and sent by nobody."""
    others: tuple[str, ...]
    """There, and saying something else than was acknowledged or sent last."""

    def __bool__(self) -> bool:
        return any((self.lost, self.doubled, self.unsent, self.others))

    def __str__(self) -> str:
        counts = {name: len(getattr(self, name)) for name in ("lost", "doubled", "unsent", "others")}
        return ", ".join(f"{name} {n}" for name, n in counts.items())


def compare(ledger: Ledger, stored: Iterable[tuple[str, Said]]) -> Differences:
    """Return what differs between what clients noted and what is stored of the same time."""
    rows = list(stored)
    times = Counter(id_ for id_, _ in rows)
    calls = {said[:3] for of in ledger.sent.values() for said in of}
    strangers = {id_: said for id_, said in rows if id_ not in ledger.sent}
    again = {id_ for id_, said in strangers.items() if said[:3] in calls}
    return Differences(
        lost=tuple(sorted(ledger.acknowledged.keys() - times.keys())),
        doubled=tuple(sorted({id_ for id_, n in times.items() if n > 1} | again)),
        unsent=tuple(sorted(strangers.keys() - again)),
        others=tuple(sorted({id_ for id_, said in rows if id_ in ledger.sent and said not in ledger.may_say(id_)})),
    )


# ---- what comes of tick sheets


def marks_of(rows: Mapping[str, int]) -> dict[str, str]:
    """Return the field of each row of a sheet: most met at the door, some by phone, some not at home."""
    return {row: "phone" if n % 6 == 4 else "not_home" if n % 6 == 5 else "met" for n, row in enumerate(rows)}


def sheet_visits(number: str, key: str, day: str, member: int, rows: Mapping[str, int]) -> list[tuple[str, Said]]:
    """Return the visits that come of a week of a sheet with these marks."""
    week, marks = Week.parse(key), marks_of(rows)
    return [
        (id_on_sheet(number, week, int(row)), (rows[row], member, day, *FIELDS[mark])) for row, mark in marks.items()
    ]
