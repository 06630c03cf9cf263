"""What a map of one plan shows of another: former outlines, who changes grid, which grids have another lead."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from gridplan.exchange.map_data import DECIMALS, geojson
from gridplan.model import TownPlan
from gridplan.planning.compare import compare_plans


def comparison_map(before: TownPlan, after: TownPlan) -> dict[str, Any]:
    """Return what a map of the later plan shows of the earlier one.

    `before` are the outlines of grids that change, as GeoJSON; `moves` the places where households change grid, with
    rows of code, name, number before and after; `new_leads` are village and number.
    """
    found = compare_plans(before, after)
    changed = {(one.village, number) for one in found for number in one.changed_grids}
    outlines = [
        grid.outline
        for village in before.villages
        for grid in village.grids
        if grid.outline is not None and (village.plan.village, grid.number) in changed
    ]
    places: dict[tuple[float, float], list[list[object]]] = defaultdict(list)
    for move in (move for one in found for move in one.moves):
        home = move.household
        if home.has_place:
            row: list[object] = [home.household_id, home.name, move.before, move.after]
            places[round(home.lon, DECIMALS), round(home.lat, DECIMALS)].append(row)
    return {
        "before": geojson(outlines),
        "moves": [{"lon": lon, "lat": lat, "rows": rows} for (lon, lat), rows in places.items()],
        "new_leads": [[one.village, lead.after] for one in found for lead in one.leads],
    }
