"""The nouns of docs/glossary.md as frozen dataclasses. Truth is membership; everything else is derived from it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Final, Literal

from shapely.geometry.base import BaseGeometry

from gridplan.names import sort_key
from gridplan.words import Message

Position = Literal["exact", "hamlet"]
Counted = Literal["registered", "living"]
"""Which households the bounds of grids count: all that are registered, or those that live there now."""


@dataclass(frozen=True, slots=True)
class Household:
    """The smallest unit, never split: a code, a village and a position in WGS-84 degrees.

    With position `hamlet` it stands on the anchor of its hamlet; lon and lat are nan where not even that is known.
    """

    household_id: str
    village: str
    lon: float
    lat: float
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    door: str | None = None
    hamlet: str | None = None
    position: Position = "exact"

    @property
    def has_place(self) -> bool:
        """Whether it can be put on a map: on a position of its own, or on the place of its hamlet."""
        return not math.isnan(self.lon)


@dataclass(frozen=True, slots=True)
class Hamlet:
    """A villager group and where it lies, in WGS-84 degrees. Without a name it is the place of the village itself."""

    village: str
    name: str | None
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Village:
    """An administrative village: planned together, never crossed by a grid. Its boundary may be unknown."""

    name: str
    code: str | None = None
    boundary: BaseGeometry | None = None
    phone: str | None = None
    """Of its office."""
    former_names: tuple[str, ...] = ()
    """Names and codes that it had before, by which lists may still call it."""
    town: str | None = None
    listed_name: str | None = None
    """What lists call it that tell it from others of that name by town or code; None where that is its name."""


@dataclass(frozen=True, slots=True)
class Member:
    """A contact person: party member, village or town cadre, volunteer. The home may be unknown."""

    member_id: str
    name: str
    kind: str | None = None
    village: str | None = None
    hamlet: str | None = None
    lon: float | None = None
    lat: float | None = None
    max_grids: int = 1
    available: bool = True
    excused_until: date | None = None
    ties: tuple[str, ...] = ()
    """Households the member knows well: their ids, or in a list that was not planned yet also names."""
    phone: str | None = None
    named_on_maps: bool = False
    """Whether the member agreed that name and duty phone stand on maps."""


Role = Literal["lead", "deputy"]
FAR: Final = 2000.0
"""Metres from the centre of its grid beyond which a household is named, unless something else is asked for."""
GridKey = tuple[str, int]
"""A village and the number of a grid in it."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A member for a grid of a village, by the grid's number, and why this one: metres, tie, hamlet, runner-up."""

    village: str
    grid: int
    member_id: str
    role: Role
    why: Message


@dataclass(frozen=True, slots=True)
class Shortage:
    """A grid that no member could be found for, and what the planner may do about it."""

    village: str
    grid: int
    offers: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class SizeBounds:
    """The least and the most households of a grid."""

    least: int = 10
    most: int = 15
    counts: Counted = "registered"

    def holds(self, size: int) -> bool:
        """Return whether a grid of `size` households keeps the bounds."""
        return self.least <= size <= self.most


@dataclass(frozen=True, slots=True)
class PlanOrigin:
    """Which plan of a service it is, and at which version: what a file says of itself when it comes back."""

    key: int
    version: int


@dataclass(frozen=True)
class Plan:
    """One village: which household is in which grid, by the grid's number.

    A household that is in no grid is listed in `left_out` with its reason. A plan is a numbered revision of its village
    as soon as it came into force, and has no number before.

    Raises
    ------
    ValueError
        A household is listed twice, is both in a grid and left out, or is in neither.
    """

    village: str
    households: tuple[Household, ...]
    grid_of: Mapping[str, int]
    left_out: Mapping[str, Message] = field(default_factory=dict)
    revision: int | None = None
    origin: PlanOrigin | None = None
    """None for one that is in no service."""
    absent: frozenset[str] | None = None
    """The ids of households that are away or unoccupied; None where that is not told."""

    def __post_init__(self) -> None:
        known = {household.household_id for household in self.households}
        if len(known) != len(self.households):
            raise ValueError(f"{self.village}: a household is listed twice")
        if self.grid_of.keys() & self.left_out.keys() or self.grid_of.keys() | self.left_out.keys() != known:
            raise ValueError(f"{self.village}: every household is in exactly one grid or left out with a reason")

    @cached_property
    def grids(self) -> Mapping[int, tuple[Household, ...]]:
        """The households of each grid, grids by number, households in the order of the list."""
        members: dict[int, list[Household]] = {number: [] for number in sorted(set(self.grid_of.values()))}
        for household in self.households:
            if household.household_id in self.grid_of:
                members[self.grid_of[household.household_id]].append(household)
        return {number: tuple(inside) for number, inside in members.items()}

    @cached_property
    def living(self) -> Mapping[int, int] | None:
        """How many households of each grid live there; None where that is not told."""
        if self.absent is None:
            return None
        return {n: sum(home.household_id not in self.absent for home in inside) for n, inside in self.grids.items()}

    def move(self, moves: Mapping[str, int]) -> Plan:
        """Return another plan, with each household of `moves` in the grid named there.

        Raises
        ------
        KeyError
            A household of `moves` is not in this plan.
        """
        known = {household.household_id for household in self.households}
        if unknown := next((household_id for household_id in moves if household_id not in known), None):
            raise KeyError(unknown)
        return replace(
            self,
            grid_of={**self.grid_of, **moves},
            left_out={household_id: why for household_id, why in self.left_out.items() if household_id not in moves},
            revision=None,
            origin=None,
        )


def grid_id(village: str, number: int) -> str:
    """Return the name of a grid, unique in its town: the village and the number."""
    return f"{village}-{number:02d}"


@dataclass(frozen=True, slots=True)
class PlanException:
    """A place where a rule cannot hold: how many households, why, and what the planner may choose.

    It is about the whole village unless it names a hamlet, a household or, by its number, a grid.
    """

    village: str
    households: int
    reason: Message
    options: tuple[Message, ...]
    hamlet: str | None = None
    household_id: str | None = None
    grid: int | None = None


@dataclass(frozen=True, slots=True)
class DrawnGrid:
    """What is derived of one grid: its outline in degrees, its walk, and whether it is connected.

    Where most households of a village have no position, walk and outline are None, and the grid counts as connected.
    """

    number: int
    size: int
    walk_m: float | None
    connected: bool
    outline: BaseGeometry | None
    label: str | None = None
    """What the town itself calls a grid that was kept."""
    group_number: int | None = None
    """Of its party group; None where the village has no groups yet."""


@dataclass(frozen=True, slots=True)
class PartyGroup:
    """Some grids of a village under one head: its number in the village, and what the branch calls it."""

    number: int
    name: str | None = None
    head: str | None = None
    """The id of a member."""


@dataclass(frozen=True, slots=True)
class SplitHamlets:
    """Hamlets that could be whole and share grids, and how many metres longer the walk is if all of them are whole."""

    hamlets: tuple[str, ...]
    extra_m: float
    in_pieces: bool = False
    """Whether a grid would not be connected if they were whole."""
    more_grids: int = 0
    """How many more grids than asked for there would be if they were whole; below 0, how many fewer."""


@dataclass(frozen=True, slots=True)
class PlannedVillage:
    """A plan with all that is derived of it and written out: boundary, grids, exceptions."""

    plan: Plan
    bounds: SizeBounds
    boundary: BaseGeometry | None
    boundary_given: bool
    grids: tuple[DrawnGrid, ...]
    exceptions: tuple[PlanException, ...] = ()
    outside: tuple[str, ...] = ()
    """Ids of the households that stand outside the given boundary of their own village."""
    kept: bool = False
    """Whether the grids are those the town had, taken as they were."""
    lower_bound_m: float | None = None
    """Metres that the walk of no plan with as many grids can be below; None where it is not known."""
    split_hamlets: tuple[SplitHamlets, ...] = ()
    groups: tuple[PartyGroup, ...] = ()
    """Its party groups, by number; none in plans of before there were any."""
    absent_in: Mapping[int, int] | None = None
    """How many households of grids are away or unoccupied, where households were not read; else None."""
    town: str | None = None
    code: str | None = None
    listed_name: str | None = None
    """What lists call the village that give its town or code beside the name; None where that is its name."""

    @property
    def living(self) -> Mapping[int, int] | None:
        """How many households of each grid live there; None where that is not told."""
        if self.absent_in is None:
            return self.plan.living
        return {grid.number: grid.size - self.absent_in.get(grid.number, 0) for grid in self.grids}

    def counted(self, homes: Iterable[Household]) -> int:
        """Return how many of some households count towards the bounds."""
        absent = self.plan.absent if self.bounds.counts == "living" else None
        return sum(home.household_id not in (absent or ()) for home in homes)

    def counted_in(self, grid: DrawnGrid) -> int:
        """Return how many households of a grid count towards the bounds; who is away does where it is not told."""
        living = self.living if self.bounds.counts == "living" else None
        return grid.size if living is None else living.get(grid.number, 0)

    @property
    def grids_of_groups(self) -> Mapping[int, tuple[DrawnGrid, ...]]:
        """The grids of each party group, groups and grids by number."""
        inside: dict[int, list[DrawnGrid]] = {}
        for grid in self.grids:
            if grid.group_number is not None:
                inside.setdefault(grid.group_number, []).append(grid)
        return {number: tuple(inside[number]) for number in sorted(inside)}

    @property
    def walk_m(self) -> float | None:
        """Metres from every household to the centre of its grid, in sum; None where grids could not be drawn."""
        walks = [grid.walk_m for grid in self.grids if grid.walk_m is not None]
        return sum(walks) if len(walks) == len(self.grids) else None

    @property
    def placed(self) -> int:
        """The households that have a position of their own."""
        return sum(household.position == "exact" for household in self.plan.households)


def in_order(villages: Iterable[PlannedVillage]) -> tuple[PlannedVillage, ...]:
    """Return villages in the order of their names, in which people read them."""
    return tuple(sorted(villages, key=lambda one: sort_key(one.plan.village)))


@dataclass(frozen=True)
class TownPlan:
    """The plans of a town's villages, in the order of their names, and the people for their grids."""

    villages: tuple[PlannedVillage, ...]
    members: tuple[Member, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    shortages: tuple[Shortage, ...] = ()
    homes: Mapping[str, Message] = field(default_factory=dict)
    """How the home of every member was found, by member id; those kept without a list of members have none."""
    left_out: Mapping[str, Message] = field(default_factory=dict)
    """Why members have no part in the plan, by member id."""
    far: float = FAR
    """Metres from the centre of its grid beyond which a household is named."""
    barriers: tuple[BaseGeometry, ...] = ()
    """What the plans were made with, in degrees; told in files only."""
    crossings: tuple[BaseGeometry, ...] = ()

    @cached_property
    def leads(self) -> Mapping[GridKey, str]:
        """The id of the member who leads each grid that has a lead."""
        return {(one.village, one.grid): one.member_id for one in self.assignments if one.role == "lead"}

    @property
    def exceptions(self) -> tuple[PlanException, ...]:
        """Every exception of every village."""
        return tuple(exception for village in self.villages for exception in village.exceptions)
