"""What a plan is made from: the lists of a town, an earlier plan, and what was read of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from gridplan.exchange.lists.features import read_barriers, read_crossings
from gridplan.exchange.lists.hamlets import in_one_village, read_hamlets
from gridplan.exchange.lists.households.households import HouseholdList, read_households
from gridplan.exchange.lists.members import MemberList, read_members
from gridplan.exchange.lists.rows.rows import Refusal
from gridplan.exchange.lists.villages import read_villages
from gridplan.exchange.tables.source import parse_source
from gridplan.model import Hamlet, Village
from gridplan.words import Message


@dataclass(frozen=True)
class PlanSources:
    """The files a plan is made from and how to read them. `frame` is that of the households' positions."""

    households: tuple[str, ...]
    villages: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    village_columns: Mapping[str, str] = field(default_factory=dict)
    snap: float = 0.0
    hamlets: str | None = None
    frame: str | None = None
    members: str | None = None
    member_columns: Mapping[str, str] = field(default_factory=dict)
    barriers: str | None = None
    crossings: str | None = None
    keep_grids: bool = False
    """Whether the grids are those that the list of households has."""
    against: Path | None = None
    """A finished plan, whose households are planned as the lists have them now."""
    answers: str | None = None
    """What a planner says of households that may be some of that plan."""

    @property
    def files(self) -> tuple[str, ...]:
        """All lists it names."""
        besides = (self.villages, self.hamlets, self.members, self.barriers, self.crossings, self.answers)
        return (*self.households, *filter(None, besides))


@dataclass(frozen=True)
class Lists:
    """A town's lists as they were understood.

    `notes` are what was noticed about all but the households, each with its file; those have notes of their own.
    """

    households: HouseholdList
    villages: tuple[Village, ...]
    hamlets: tuple[Hamlet, ...]
    members: MemberList | None
    notes: tuple[Message, ...]
    unused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By file, the columns of the lists of villages and hamlets that nothing was taken from."""
    barriers: tuple[BaseGeometry, ...] = ()
    crossings: tuple[BaseGeometry, ...] = ()

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """The rows of households and members that cannot be used."""
        return (*self.households.refused, *(self.members.refused if self.members else ()))


def read_lists(source: PlanSources) -> Lists:
    """Read all lists of a town.

    Raises
    ------
    InputRefused
        A list cannot be used.
    """
    known = read_villages(source.villages, columns=source.village_columns) if source.villages else None
    villages = known.villages if known else ()
    places = read_hamlets(source.hamlets, villages=villages) if source.hamlets else None
    households = read_households(
        source.households,
        columns=source.columns,
        villages=villages,
        snap=source.snap,
        frame=source.frame,
        hamlets=[hamlet for hamlet in places.hamlets if hamlet.village] if places else (),
    )
    if places and source.hamlets:
        named = (village for table in households.tables for village in table.households)
        places = in_one_village(places, parse_source(source.hamlets).name, named)
    members = read_members(source.members, columns=source.member_columns) if source.members else None
    barriers = read_barriers(source.barriers) if source.barriers else None
    crossings = read_crossings(source.crossings) if source.crossings else None
    notes = (
        *_of(source.villages, known.notes if known else ()),
        *_of(source.hamlets, places.notes if places else ()),
        *_of(source.members, members.notes if members else ()),
        *(barriers.notes if barriers else ()),
        *(crossings.notes if crossings else ()),
    )
    lists = ((source.villages, known), (source.hamlets, places))
    unused = {parse_source(file).name: read.unused for file, read in lists if file and read}
    shapes = (read.shapes if read else () for read in (barriers, crossings))
    return Lists(households, villages, places.hamlets if places else (), members, notes, unused, *shapes)


def _of(file: str | None, notes: Iterable[Message]) -> Iterator[Message]:
    for note in notes:
        yield Message("plan.of_tables", {"tables": parse_source(file or "").name, "note": note})
