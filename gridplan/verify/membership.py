"""Who is in which grid, how many there are, what is excused and who leads: all that needs no map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from gridplan.verify.findings import Finding, note, violation
from gridplan.verify.layers import FILLED_COLUMNS, LAYERS_WITH_IDS, Plan, Rows, blank, grouped

GROUP_BOUNDS: Final = (8, 12)
"""The least and the most grids of a party group."""


def blanks_and_repeats(layers: Mapping[str, Rows], plan: Plan) -> Iterator[Finding]:
    """Check that rows have the values nothing can do without, and that keys are there once."""
    for layer, rows in layers.items():
        measured = [row for row in rows if row.get("village") not in plan.undrawn]
        for column in FILLED_COLUMNS[layer]:
            if n := sum(blank(row[column]) for row in (measured if column == "walk_m" else rows)):
                yield violation("blank", layer=layer, column=column, n=n)
    for layer in LAYERS_WITH_IDS:
        key = FILLED_COLUMNS[layer][0]
        for what, n in Counter(row[key] for row in layers[layer] if row[key] is not None).items():
            if n > 1:
                village, grid = (what if key == column else None for column in ("village", "grid_id"))
                yield violation("repeated", village, grid, layer=layer, what=what, n=n)


def memberships(plan: Plan) -> Iterator[Finding]:
    """Check that the villages and grids of the households exist, and that no grid crosses a village."""
    for name, homes in plan.of_village.items():
        if name not in plan.villages:
            yield violation("village_unknown", name, n=len(homes))
    for grid_id, homes in plan.of_grid.items():
        if grid_id not in plan.grids:
            yield violation("grid_unknown", homes[0].village, grid_id, n=len(homes))
            continue
        own = plan.grids[grid_id].village
        for other, strangers in grouped(homes, lambda home: home.village).items():
            if other != own:
                household = strangers[0].household_id
                yield violation("grid_crosses", own, grid_id, other=other, household=household, n=len(strangers))


def grid_rows(plan: Plan) -> Iterator[Finding]:
    """Check that grids are of a village, hold someone and have a number of their own."""
    for grid in plan.grids.values():
        if grid.village not in plan.villages:
            yield violation("grid_village_unknown", grid.village, grid.grid_id)
        if grid.grid_id not in plan.of_grid:
            yield violation("grid_empty", grid.village, grid.grid_id)
    for (village, number), grids in grouped(plan.grids.values(), lambda grid: (grid.village, grid.number)).items():
        if len(grids) > 1 and number == number:
            listed = ", ".join(grid.grid_id for grid in grids)
            yield violation("number_repeated", village, number=f"{number:g}", grids=listed)


def left_out(plan: Plan) -> Iterator[Finding]:
    """Check that a household without a grid is excused by an exception."""
    for name, homes in plan.of_village.items():
        out = [home for home in homes if home.grid_id is None]
        unexcused = [home for home in out if plan.excused.isdisjoint(home.places)]
        for home in unexcused:
            yield violation("household_left_out", name, household=home.household_id)
        if n := len(out) - len(unexcused):
            yield note("left_out_listed", name, n=n)


def counts(plan: Plan) -> Iterator[Finding]:
    """Check the counts that are written of grids and villages."""
    for grid in plan.grids.values():
        if _differs(grid.size, n := len(plan.of_grid.get(grid.grid_id, ()))):
            yield violation("grid_size", grid.village, grid.grid_id, said=f"{grid.size:g}", n=n)
    grids = Counter(grid.village for grid in plan.grids.values())
    for name, village in plan.villages.items():
        if _differs(village.households, n := len({home.household_id for home in plan.of_village.get(name, ())})):
            yield violation("village_households", name, said=f"{village.households:g}", n=n)
        if _differs(village.grids, grids[name]):
            yield violation("village_grids", name, said=f"{village.grids:g}", n=grids[name])


def _differs(said: float, counted: int) -> bool:
    return said == said and said != counted  # a blank has been told of


def sizes(plan: Plan, parted: frozenset[str]) -> Iterator[Finding]:
    """Check that grids are within the bounds, or listed where the bounds cannot be kept.

    In villages that are `parted`, a single grid may be listed: a part can be too small.
    """
    for name, village in plan.villages.items():
        if village.least < 1 or village.least > village.most:
            yield violation("bounds", name, least=f"{village.least:g}", most=f"{village.most:g}")
    for grid_id, n in _out_of_bounds(plan).items():
        village = plan.villages[plan.grids[grid_id].village]
        places = {place for home in plan.of_grid[grid_id] for place in home.places} & plan.excused
        by_hamlet = any(kind == "hamlet" for kind, *_ in places)
        by_village = ("village", village.name) in places and not village.can_cut(plan.counted(village.name))
        by_part = village.name in parted and ("grid", village.name, grid_id) in plan.excused
        listed = by_hamlet or by_village or by_part or plan.excuses(plan.grids[grid_id])
        say, rule = (note, "size_listed") if listed else (violation, "size")
        yield say(rule, village.name, grid_id, n=n, least=f"{village.least:g}", most=f"{village.most:g}")


def _out_of_bounds(plan: Plan) -> dict[str, int]:
    """Return the sizes of the grids that are smaller or larger than their village asks for."""
    found = {}
    for grid_id in plan.of_grid:
        village = plan.villages.get(plan.grids[grid_id].village) if grid_id in plan.grids else None
        if village is None or not 1 <= village.least <= village.most:
            continue
        if not village.least <= (n := plan.counted(village.name, grid_id)) <= village.most:
            found[grid_id] = n
    return found


def exceptions(plan: Plan) -> Iterator[Finding]:
    """Check that every exception is about something of the plan, counts it right and is needed."""
    known = Counter(place for home in plan.homes for place in home.places)
    out_of_bounds = _out_of_bounds(plan)
    in_need = {
        place for home in plan.homes if home.grid_id is None or home.grid_id in out_of_bounds for place in home.places
    }
    leads = _leads(plan)
    in_need |= {
        ("grid", grid.village, grid.grid_id)
        for grid in plan.grids.values()
        if grid.listed_as_split or leads[grid.grid_id] != 1
    }
    hamlets_of = {grid: {home.hamlet for home in homes} for grid, homes in plan.of_grid.items()}
    in_need |= {
        place
        for home in plan.homes
        if len(hamlets_of.get(home.grid_id or "", ())) > 1
        for place in home.places
        if place[0] == "hamlet"
    }
    for place, households in plan.exceptions:
        village, what = place[1], " / ".join(place[1:])
        if place not in known:
            yield violation("exception_unknown", village, what=what)
        elif place not in in_need:
            yield violation("exception_needless", village, what=what)
        elif _differs(households, known[place]):
            yield violation("exception_households", village, what=what, said=f"{households:g}", n=known[place])


def party_groups(plan: Plan) -> Iterator[Finding]:
    """Check that every grid is in a party group of its village, and that groups keep their bounds or are listed.

    Plans of before there were groups have none.
    """
    inside = Counter((grid.village, grid.group) for grid in plan.grids.values() if grid.group == grid.group)
    if not inside and not plan.groups:
        return
    known = Counter((group.village, group.number) for group in plan.groups)
    for grid in plan.grids.values():
        if (grid.village, grid.group) not in known:
            yield violation("grid_group", grid.village, grid.grid_id)
    for (village, number), n in known.items():
        if n > 1:
            yield violation("group_repeated", village, group=f"{number:g}", n=n)
    for group in plan.groups:
        n, values = inside[group.village, group.number], {"group": f"{group.number:g}"}
        if n == 0 or _differs(group.grids, n):
            yield violation("group_grids", group.village, said=f"{group.grids:g}", n=n, **values)
        holds = GROUP_BOUNDS[0] <= n <= GROUP_BOUNDS[1]
        if holds == group.is_listed and n:
            least, most = GROUP_BOUNDS
            rule = "group_needless" if holds else "group_size"
            yield violation(rule, group.village, n=n, least=least, most=most, **values)
        if group.head is not None and group.head not in plan.members:
            yield violation("group_head", group.village, member=group.head, **values)


def leads(plan: Plan) -> Iterator[Finding]:
    """Check the assignments, where the plan has any: they are about its grids and members, one lead to each grid."""
    for grid_id, member, _ in plan.assignments:
        if grid_id not in plan.grids:
            yield violation("assignment_grid", None, grid_id, member=member)
        elif member not in plan.members:
            yield violation("assignment_member", plan.grids[grid_id].village, grid_id, member=member)
    leads = _leads(plan)
    for grid_id in sorted(plan.shortages):
        if grid_id not in plan.grids or leads[grid_id]:
            yield violation("shortage_needless", None, grid_id)
    for grid in plan.grids.values() if plan.assignments or plan.shortages else ():
        n = leads[grid.grid_id]
        if n == 0 and grid.grid_id in plan.shortages:
            yield note("grid_short", grid.village, grid.grid_id)
        elif n != 1:
            say, rule = (note, "grid_leads_listed") if plan.excuses(grid) else (violation, "grid_leads")
            yield say(rule, grid.village, grid.grid_id, n=n)


def _leads(plan: Plan) -> Counter[str]:
    """Return how many leads each grid has."""
    return Counter(grid_id for grid_id, _, role in plan.assignments if role == "lead")
