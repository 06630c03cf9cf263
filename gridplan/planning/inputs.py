"""What a plan is made from: the lists of a town, an earlier plan, and what was read of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from shapely.geometry.base import BaseGeometry

from gridplan.exchange.lists.features import read_barriers, read_crossings
from gridplan.exchange.lists.hamlets import hamlets_in, in_one_village
from gridplan.exchange.lists.households.households import HouseholdList, read_households
from gridplan.exchange.lists.members import MemberList, members_in
from gridplan.exchange.lists.rows.rows import Refusal
from gridplan.exchange.lists.rows.told_villages import villages_in_tables
from gridplan.exchange.lists.village_names import VillageNames
from gridplan.exchange.lists.villages import read_villages
from gridplan.exchange.tables.columns import HAMLET_FIELDS, MEMBER_FIELDS
from gridplan.exchange.tables.read import read_all, read_table
from gridplan.exchange.tables.source import parse_source
from gridplan.model import Hamlet, Village
from gridplan.words import Message

PARQUET: Final = "*.parquet"


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


def is_partitioned(households: Collection[str]) -> bool:
    """Return whether lists of households are a folder of GeoParquet, each file or folder in it a town of its own."""
    paths = [Path(argument) for argument in households]
    return len(paths) == 1 and paths[0].is_dir() and next(paths[0].rglob(PARQUET), None) is not None


def read_lists(source: PlanSources) -> Lists:
    """Read all lists of a town.

    Raises
    ------
    InputRefused
        A list cannot be used.
    """
    known = read_villages(source.villages, columns=source.village_columns) if source.villages else None
    drawn = known.villages if known else ()
    place_table = read_table(source.hamlets) if source.hamlets else None
    member_tables = read_all([source.members]) if source.members else ()
    told = villages_in_tables(member_tables, MEMBER_FIELDS, source.member_columns)
    told += villages_in_tables([place_table] if place_table else [], HAMLET_FIELDS, {})
    placed = hamlets_in(place_table, names=VillageNames((), drawn, told)).hamlets if place_table else ()
    households = read_households(
        source.households,
        columns=source.columns,
        villages=drawn,
        snap=source.snap,
        frame=source.frame,
        hamlets=[place for place in placed if place.village],
        stored=_planned(source.against) if source.against else (),
        beside=told,
    )
    names = households.village_names
    listed = {village for table in households.tables for village in table.households}
    places = hamlets_in(place_table, names=names, listed=listed) if place_table else None
    if places and source.hamlets:
        places = in_one_village(places, parse_source(source.hamlets).name, listed)
    members = members_in(member_tables, columns=source.member_columns, names=names) if source.members else None
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
    hamlets = places.hamlets if places else ()
    return Lists(households, names.villages, hamlets, members, notes, unused, *shapes)


def _planned(path: Path) -> tuple[Village, ...]:
    from gridplan.exchange.geopackage import read_villages_of_plan  # not above: it loads pandas

    return read_villages_of_plan(path)


def _of(file: str | None, notes: Iterable[Message]) -> Iterator[Message]:
    for note in notes:
        yield Message("plan.of_tables", {"tables": parse_source(file or "").name, "note": note})
