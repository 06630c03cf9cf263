"""What the head of a party group sees of its grids: counts by the number of the grid, no lead and no household."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from gridplan.roles import Actor
from gridplan.service.coverage.coverage import Coverage, GridFigures, coverage, sentence
from gridplan.service.coverage.lists import FIRST
from gridplan.store import Store
from gridplan.store.chain import groups
from gridplan.words import Lang


@dataclass(frozen=True)
class OwnGroup:
    """A party group whose head a member is, and how far contact reaches in it."""

    row: RowMapping
    """Of `groups_of_head`."""
    coverage: Coverage

    @property
    def grids(self) -> list[GridFigures]:
        """Its grids: first those without contact, then those whose sheet is not in."""
        return sorted(self.coverage.grids, key=lambda one: FIRST.index(one.state) if one.state in FIRST else len(FIRST))

    def sentence(self, lang: Lang) -> str:
        """Say how contact stands in it."""
        return sentence(self.coverage, lang)


def own_groups(store: Store, actor: Actor, *, today: date, zone: ZoneInfo) -> tuple[OwnGroup, ...]:
    """Return the party groups in force whose head a member is."""
    with store.read() as connection:
        rows = [] if actor.member_id is None else groups.groups_of_head(connection, actor.member_id)
        around = coverage(connection, today, zone, {row["village_id"] for row in rows}, store.kept)
    return tuple(OwnGroup(row, around.of_group(row["village_id"], row["number"])) for row in rows)
