"""What members of the demo town report of households that are not as the lists have them, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from random import Random
from typing import Any, Final

from gridplan.contact.calendar import DAY, Week, local_day
from gridplan.contact.corrections import FIELDS, CorrectionKind
from gridplan.demo.contact import DemoGrid
from gridplan.demo.span import Span
from gridplan.store.contact.corrections import CorrectionState
from gridplan.store.rows import Row

CORRECTED: Final[tuple[CorrectionKind, ...]] = (
    "wrong number",
    "wrong number",
    "another head",
    "another head",
    "gone away",
    "new house",
    "wrong spot",
)
"""What is reported of households, the frequent kinds twice."""
HEADS: Final = ("沈望舒", "顾新禾", "陆景行", "温若水", "韩时雨", "江知白")
REFUSED: Final = "核对过了，与台账一致。"
ASKED_BACK: Final = "请写明是哪个小组、哪一户。"
WEEKLY: Final = 0.07
"""Corrections of a village a week."""


def reported(grids: Sequence[DemoGrid], starts: Mapping[int, date], span: Span) -> list[Row]:
    """Return what is reported of households of villages in a span of time, all of it open."""
    found: list[Row] = []
    for village_id, start in starts.items():
        led = [grid for grid in grids if grid.village_id == village_id and grid.lead and grid.homes]
        week = Week.of(span.since(start))
        while week.monday <= span.today:
            random = span.draw("correction", village_id, week.key)
            day = week.monday + random.randrange(7) * DAY
            made_at = span.at(day, time(8), random.randrange(720))
            here = [grid for grid in led if grid.days.holds(day)]
            if random.random() < WEEKLY and here and day >= start and span.holds(made_at):
                grid = random.choice(here)
                kind, home = random.choice(CORRECTED), random.choice(grid.homes)
                row = {"id": span.id("correction", village_id, week.key), "village_id": village_id, "kind": kind}
                row["household_id"] = None if kind == "new house" else home.id
                found.append(row | {"content": _told(kind, random), "member_id": grid.lead, "made_at": made_at})
            week = week.shift(1)
    return found


def _told(kind: CorrectionKind, random: Random) -> dict[str, Any]:
    known = {"door": f"{random.randrange(2, 90)}号", "name": random.choice(HEADS)}
    return {name: known[name] for name in FIELDS[kind] if name in known}


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a correction, and when."""

    state: CorrectionState
    word: str | None
    at: datetime


def answer_to(correction: Row, span: Span) -> Answer | None:
    """Return what is answered to a correction in a span of time, if anything is; to some nobody ever answers."""
    random = span.draw("answer", correction["id"])
    day = local_day(correction["made_at"], span.zone) + random.randrange(1, 12) * DAY
    at = span.at(day, time(9), random.randrange(480))
    if random.random() < 0.15 or at > span.now:
        return None
    if correction["kind"] in ("wrong number", "another head"):
        return Answer("accepted", None, at)
    is_refused = random.random() < 0.5
    return Answer("refused", REFUSED, at) if is_refused else Answer("asked back", ASKED_BACK, at)
