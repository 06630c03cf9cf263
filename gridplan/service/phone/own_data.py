"""What a phone keeps of the own grids so that it can show them without signal; wire.ts has it as `OwnListAnswer`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import RowMapping

from gridplan.exchange.map_data import DECIMALS, geojson
from gridplan.needs import CATEGORIES
from gridplan.roles import Actor
from gridplan.service.admin.town_state import TownState
from gridplan.service.contact import own_visits
from gridplan.service.contact.own_list import OwnGrid, OwnHousehold, Person, member_of, own_list
from gridplan.store import Store
from gridplan.store.contact import handover
from gridplan.store.phone.epoch import epoch
from gridplan.store.plans import plans

KEPT: Final = timedelta(days=30)
"""How long a phone keeps the names of households."""
BESIDE: Final = 1e-6
"""Degrees, about a decimetre: outlines this close have a side in common."""
Data = dict[str, Any]
"""As JSON has it."""


def own_data(store: Store, actor: Actor, *, now: datetime, today: date, town: TownState, names: bool) -> Data:
    """Return the grids and households of a member, with `names` where the town shows them, and the own visits.

    Raises
    ------
    NotFound
        The account is no member's.
    """
    page = own_list(store, actor, today=today, town=town, names=names)
    with store.read() as connection:
        outlines = plans.outlines(connection, {grid.plan_id for grid in page.grids})
        at = {(grid.plan_id, grid.number) for grid in page.grids}
        labels = {of: row["label"] for of, row in handover.grids(connection, at).items()}
        current = epoch(connection)
    return {
        "now": milliseconds(now),
        "epoch": current,
        "list": today.isoformat(),
        "zone": town.zone.key,
        "expires": milliseconds(now + KEPT),
        "member": {"id": member_of(actor), "name": actor.name},
        "days": own_visits.BACK.days,
        "categories": list(CATEGORIES),
        "grids": [_grid(grid, labels[grid.plan_id, grid.number], outlines[grid.plan_id]) for grid in page.grids],
        "households": [one for at, grid in enumerate(page.grids) for one in _households(at, grid)],
        "visits": [_visit(one) for one in own_visits.own_visits(store, actor, today=today)],
    }


def milliseconds(moment: datetime) -> int:
    """Return a moment as scripts count it: milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def _grid(grid: OwnGrid, label: str | None, outlines: Mapping[int, BaseGeometry]) -> Data:
    own = outlines.get(grid.number)
    others = {number: outline for number, outline in outlines.items() if number != grid.number}
    beside = [number for number, outline in others.items() if own is not None and _touch(own, outline)]
    drawn = geojson([own, *(outlines[number] for number in beside)])
    return {
        "plan": grid.plan_id,
        "number": grid.number,
        "label": label,
        "village": grid.village,
        "role": grid.role,
        "until": _iso(grid.until),
        "start": _iso(grid.start),
        "paused_until": _iso(grid.paused_until),
        "office_phone": grid.office_phone,
        "own_home": grid.own_home,
        "people": [
            {"role": role, "person": _person(one)}
            for role, persons in (("lead", grid.leads), ("deputy", grid.deputies), ("cover", grid.covers))
            for one in persons
        ],
        "outline": drawn[0],
        "neighbours": [
            {"number": number, "outline": outline} for number, outline in zip(beside, drawn[1:], strict=True)
        ],
    }


def _touch(one: BaseGeometry, other: BaseGeometry) -> bool:
    return bool(shapely.dwithin(one, other, BESIDE))


def _person(person: Person) -> Data:
    return {"name": person.name, "phone": person.phone}


def _households(at: int, grid: OwnGrid) -> list[Data]:
    sections = (("due", grid.due), ("done", grid.done), ("rest", grid.rest), ("resting", grid.resting))
    return [_household(at, section, one) for section, homes in sections for one in homes]


def _household(at: int, section: str, one: OwnHousehold) -> Data:
    home = one.home
    position = None if home["lon"] is None else [round(home["lon"], DECIMALS), round(home["lat"], DECIMALS)]
    return {
        "id": one.id,
        "grid": at,
        "place": one.place,
        "mark": one.mark,
        "name": one.name,
        "hamlet": home["hamlet"],
        "address": home["address"],
        "phone": home["phone"],
        "position": position,
        "is_exact": home["position"] == "exact",
        "status": one.status,
        "section": section,
        "may_be_visited": one.may_be_visited,
        "back_on": _iso(one.back_on),
        "away_until": _iso(one.away_until),
        "last": None if one.last is None else {"day": _iso(one.last["day"]), "channel": one.last["channel"]},
        "attempts": [_attempt(row) for row in one.attempts],
    }


def _attempt(row: RowMapping) -> Data:
    return {"day": _iso(row["day"]), "outcome": row["outcome"], "channel": row["channel"]}


def _visit(one: own_visits.OwnVisit) -> Data:
    row = one.row
    return {
        "id": row["id"],
        "household": row["household"],
        **_attempt(row),
        "state": row["state"],
        "may_correct": one.may_correct,
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
