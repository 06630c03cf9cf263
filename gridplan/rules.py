"""What a plan must keep, and what a planner may choose where it cannot."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from gridplan import metrics
from gridplan.coordinates import LocalFrame, parts_apart
from gridplan.engine.model.feasible import feasible_grids
from gridplan.engine.model.settings import HamletRule
from gridplan.model import Assignment, PlanException, PlannedVillage, SizeBounds, SplitHamlets, grid_id
from gridplan.names import hamlet_key
from gridplan.words import Message, series

if TYPE_CHECKING:
    from gridplan.engine.model.proximity import Floats

ABOUT_LEADS: Final = ("rule.no_lead", "rule.several_leads")
"""What `violations` says of the leads of grids."""
ABOUT_SIZE: Final = {"registered": "rule.size", "living": "rule.size_living"}
"""What `violations` says of the size of grids, by what their bounds count."""
MANY_HAMLETS: Final = 3
"""Of which a grid of leftovers has households."""
MANY_APART: Final = 300.0
"""Metres between the middles of so many hamlets from which their grid is worth a word."""
TWO_APART: Final = 1000.0
"""The same for two hamlets."""
GROUP_BOUNDS: Final = SizeBounds(8, 12)
"""The least and the most grids of a party group."""
GROUP_TARGET: Final = 11.5
"""The grids of a party group on average, where the bounds allow it."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a plan breaks: the sentence, and the village, grid and household it is about."""

    message: Message
    village: str
    grid: int | None = None
    household_id: str | None = None


def violations(village: PlannedVillage, assignments: Iterable[Assignment] | None = None) -> tuple[Violation, ...]:
    """Return every rule that the plan of a village breaks: size, village, connectedness, in no grid, one lead each.

    Who leads is looked at only where `assignments` are given; those of other villages are passed over.
    """
    return (*_of_membership(village), *(_of_leads(village, assignments) if assignments is not None else ()))


def _of_membership(village: PlannedVillage) -> Iterator[Violation]:
    name, bounds = village.plan.village, village.bounds
    for number, inside in village.plan.grids.items():
        if not bounds.holds(n := village.counted(inside)):
            values = {"n": n, "least": bounds.least, "most": bounds.most}
            yield _of_grid(village, number, ABOUT_SIZE[bounds.counts], values)
    for household in village.plan.households:
        if household.village != name:
            id_, other = household.household_id, household.village
            message = Message("rule.village", {"household": id_, "village": name, "other": other})
            yield Violation(message, name, household_id=id_)
    across = _across_a_gap(village) if not all(grid.connected for grid in village.grids) else {}
    for grid in village.grids:
        if grid.number in across:
            yield _of_grid(village, grid.number, "rule.across_gap", across[grid.number])
        elif not grid.connected:
            yield _of_grid(village, grid.number, "rule.not_connected", {})
    for id_ in village.plan.left_out:
        yield Violation(Message("rule.no_grid", {"household": id_, "village": name}), name, household_id=id_)


def _across_a_gap(village: PlannedVillage) -> Mapping[int, Mapping[str, object]]:
    """Return the grids, by number, that are of two parts of a village with many kilometres between, and how far."""
    homes = [home for home in village.plan.households if home.has_place]
    parts = parts_apart(np.array([(home.lon, home.lat) for home in homes]).reshape(-1, 2))
    found = {}
    for number, inside in village.plan.grids.items() if parts else ():
        ids = {home.household_id for home in inside}
        own = np.array([home.household_id in ids for home in homes])
        for part in parts:
            if n := min(int((own & part.homes).sum()), int((own & ~part.homes).sum())):
                found[number] = {"n": n, "of": len(inside), "kilometres": f"{part.metres / 1000:.0f}"}
    return found


def _of_leads(village: PlannedVillage, assignments: Iterable[Assignment]) -> Iterator[Violation]:
    name = village.plan.village
    leads = Counter(given.grid for given in assignments if given.village == name and given.role == "lead")
    for grid in village.grids:
        if leads[grid.number] == 0:
            yield _of_grid(village, grid.number, "rule.no_lead", {})
        elif leads[grid.number] > 1:
            yield _of_grid(village, grid.number, "rule.several_leads", {"n": leads[grid.number]})


def _of_grid(village: PlannedVillage, number: int, code: str, values: Mapping[str, object]) -> Violation:
    name = village.plan.village
    return Violation(Message(code, {"grid": grid_id(name, number), **values}), name, grid=number)


def size_exception(
    village: str, households: int, bounds: SizeBounds, neighbour: tuple[str, float] | None
) -> PlanException | None:
    """Return the exception of a village whose households cannot be cut into grids within the bounds, else None.

    `neighbour` is the village whose grid the households could join, and the metres to it, 0 where there is a border.
    """
    if feasible_grids(households, bounds.least, bounds.most):
        return None
    options = (Message("exception.accept"), *_join(neighbour), Message("exception.leave_out"))
    values = {"n": households, "village": village, "least": bounds.least, "most": bounds.most}
    return PlanException(village, households, Message("exception.size", values), options)


def _join(neighbour: tuple[str, float] | None) -> tuple[Message, ...]:
    if neighbour is None:
        return ()
    village, metres = neighbour
    if not metres:
        return (Message("exception.join", {"village": village}),)
    return (Message("exception.join_near", {"village": village, "metres": max(1, round(metres))}),)


@dataclass(frozen=True, slots=True)
class GridRemark:
    """A grid that keeps the rules and that one would look at: what is so, and what may be done."""

    village: str
    grid: int
    households: int
    """How many of the grid's it is about."""
    said_as: Literal["far.note", "mixed.note"]
    reason: Message
    options: tuple[Message, ...]

    @property
    def note(self) -> Message:
        """The same as one sentence."""
        return Message(self.said_as, {"reason": self.reason, "options": series(self.options)})


def far_households(village: PlannedVillage, far: float) -> tuple[GridRemark, ...]:
    """Return the grids of a village with households over `far` metres from the centre."""
    name = village.plan.village
    options = tuple(map(Message, ("far.option.helper", "far.option.other_village", "far.option.more_grids")))
    return tuple(
        GridRemark(
            name,
            grid,
            n,
            "far.note",
            Message("far.reason", {"n": n, "grid": grid_id(name, grid), "far": round(far), "metres": round(metres)}),
            options,
        )
        for grid, (n, metres) in _far_from_centre(village, far).items()
    )


def mixed_grids(village: PlannedVillage) -> tuple[GridRemark, ...]:
    """Return the planned grids of a village with households of hamlets that lie far apart.

    Three hamlets or more are a matter sooner than two, and also where it is not known how far apart they lie.
    """
    homes, grid_of = village.plan.households, village.plan.grid_of
    of_grids = defaultdict[int, dict[str, list[int]]](lambda: defaultdict(list))
    for at, home in enumerate(homes):
        if home.hamlet and home.household_id in grid_of and not village.kept:
            of_grids[grid_of[home.household_id]][home.hamlet].append(at)
    mixed = {number: of_grids[number] for number in sorted(of_grids) if len(of_grids[number]) > 1}
    if not mixed:
        return ()
    places = metrics.places_in_metres(homes)
    options = tuple(map(Message, ("mixed.option.redraw", "mixed.option.deputies")))
    found = []
    for number, hamlets in mixed.items():
        names: list[str] = sorted(hamlets, key=hamlet_key)
        apart = None if places is None else _apart([places[rows] for rows in hamlets.values()])
        many = len(hamlets) >= MANY_HAMLETS
        if (apart is None and many) or (apart and apart > (MANY_APART if many else TWO_APART)):
            values = {"grid": grid_id(village.plan.village, number), "n": len(hamlets), "hamlets": series(names)}
            reason = Message("mixed.reason_apart" if apart else "mixed.reason", values | {"metres": round(apart or 0)})
            size = sum(map(len, hamlets.values()))
            found.append(GridRemark(village.plan.village, number, size, "mixed.note", reason, options))
    return tuple(found)


def _apart(hamlets: Iterable[Floats]) -> float:
    """Return how far the middles of hamlets are apart at most, given the metres (n, 2) of the households of each."""
    known = [places[~np.isnan(places[:, 0])] for places in hamlets]
    middles = np.array([places.mean(axis=0) for places in known if len(places)]).reshape(-1, 2)
    return float(np.linalg.norm(middles[:, None] - middles, axis=2).max(initial=0))


def _far_from_centre(village: PlannedVillage, far: float) -> Mapping[int, tuple[int, float]]:
    """Return the grids, by number, with households over `far` straight metres from their centre.

    Of each it is how many, and the metres of the farthest. The centre is the household that is nearest to all
    in sum; a village that is not drawn has none.
    """
    grid_of = village.plan.grid_of
    homes = [home for home in village.plan.households if home.has_place and home.household_id in grid_of]
    if village.walk_m is None or not homes:
        return {}
    lonlat = np.array([(home.lon, home.lat) for home in homes])
    xy = LocalFrame.around(lonlat).to_metres(lonlat)
    grid = np.array([grid_of[home.household_id] for home in homes])
    order = np.argsort(grid, kind="stable")
    numbers, first = np.unique(grid[order], return_index=True)
    extent = np.maximum.reduceat(xy[order], first) - np.minimum.reduceat(xy[order], first)
    found = {}
    for number in numbers[np.hypot(*extent.T) > far].tolist():
        between = np.hypot(*(xy[grid == number][:, None] - xy[grid == number]).transpose(2, 0, 1))
        away = between[np.argmin(between.sum(axis=1))]
        if away.max() > far:
            found[number] = int((away > far).sum()), float(away.max())
    return found


@dataclass(frozen=True, slots=True)
class GroupException:
    """A party group with too few or too many grids: why, and what the planner may choose. Nobody has to accept it."""

    village: str
    group: int
    grids: int
    reason: Message
    options: tuple[Message, ...]


def group_exceptions(village: PlannedVillage) -> tuple[GroupException, ...]:
    """Return the exceptions of party groups out of bounds: all a village can have, or what came of later changes."""
    name, n = village.plan.village, len(village.grids)
    least, most = GROUP_BOUNDS.least, GROUP_BOUNDS.most
    whole = not feasible_grids(n, least, most)
    bounds = {"village": name, "least": least, "most": most}
    found = []
    for number, grids in village.grids_of_groups.items():
        if GROUP_BOUNDS.holds(len(grids)):
            continue
        if whole:
            reason, change = Message("group.village", {"n": n, **bounds}), Message("group.option.column")
        else:
            values = {"n": len(grids), "group": number, **bounds}
            reason, change = Message("group.size", values), Message("group.option.move")
        options = [Message("group.option.accept"), change]
        if whole and n > most:
            options.append(Message("group.option.other_number", {"below": most, "above": 2 * least}))
        found.append(GroupException(name, number, len(grids), reason, tuple(options)))
    return tuple(found)


def grid_exception(broken: Violation, households: int, *options: str) -> PlanException:
    """Return the exception of a grid of so many households that breaks a rule."""
    return PlanException(broken.village, households, broken.message, tuple(map(Message, options)), grid=broken.grid)


def household_exception(broken: Violation) -> PlanException:
    """Return the exception of a household that is in no grid."""
    options = (Message("exception.accept"), Message("existing.option.redraw"))
    return PlanException(broken.village, 1, broken.message, options, household_id=broken.household_id)


def barrier_exception(village: str, grid: int, households: int, bounds: SizeBounds) -> PlanException:
    """Return the exception of a grid that lies on both sides of a barrier because a side cannot be cut by itself."""
    reason = Message("barrier.both_sides", {"least": bounds.least, "most": bounds.most})
    options = ("exception.accept", "barrier.option.crossing", "barrier.option.leave_out")
    return PlanException(village, households, reason, tuple(map(Message, options)), grid=grid)


def gap_exception(village: str, grid: int, households: int, bounds: SizeBounds) -> PlanException:
    """Return the exception of a grid out of bounds in one of two parts of a village that are many kilometres apart."""
    reason = Message("gap.part", {"n": households, "least": bounds.least, "most": bounds.most})
    options = ("exception.accept", "gap.option.tell_apart", "gap.option.positions")
    return PlanException(village, households, reason, tuple(map(Message, options)), grid=grid)


def hamlet_exception(village: str, hamlet: str, households: int, bounds: SizeBounds) -> PlanException:
    """Return the exception of a hamlet that was to be whole and cannot be, or cannot on one side of a barrier."""
    values = {"n": households, "hamlet": hamlet, "least": bounds.least, "most": bounds.most}
    fits = feasible_grids(households, bounds.least, bounds.most)
    reason = Message("hamlet.parted" if fits else "hamlet.unfit", values)
    options = ("exception.accept", "hamlet.option.prefer", "hamlet.option.leave_out")
    return PlanException(village, households, reason, tuple(map(Message, options)), hamlet)


SPLIT_NOTES: Final = frozenset({"hamlet.split", "hamlet.in_pieces", "hamlet.other_number"})
"""The codes of notes on hamlets that could be whole and share grids, one for each such village."""


def split_note(village: str, split: SplitHamlets) -> Message:
    """Return the note on hamlets that could be whole and share grids."""
    values = {"village": village, "hamlets": series(split.hamlets), "metres": f"{split.extra_m:+.0f}"}
    if split.more_grids:
        return Message("hamlet.other_number", {**values, "grids": f"{split.more_grids:+d}"})
    return Message("hamlet.in_pieces" if split.in_pieces else "hamlet.split", values)


def number_note(village: PlannedVillage, asked: int | None, hamlets: HamletRule) -> Message | None:
    """Return the note on a village that has not as many grids as were `asked` for, or as near as can be."""
    bounds, made = village.bounds, len(village.grids)
    feasible = feasible_grids(village.counted(village.plan.households), bounds.least, bounds.most)
    if asked is None or village.kept or not feasible:
        return None
    possible = min(max(asked, feasible[0]), feasible[-1])
    if possible == made:
        return None
    code = "hamlet.number" if hamlets == "hard" and village.walk_m is not None else "plan.other_number"
    return Message(code, {"village": village.plan.village, "asked": possible, "made": made})
