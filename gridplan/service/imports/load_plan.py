"""Loads a finished plan into the store: its villages, households, members, and its plans as a draft or published."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from gridplan.demo.contact import WEEKS, Place
from gridplan.errors import InputRefused
from gridplan.exchange.lists.features import read_shapes
from gridplan.exchange.lists.village_doubts import likely_mistake, loud_note, village_doubts
from gridplan.exchange.lists.village_names import VillageNames, as_listed
from gridplan.model import PlannedVillage, TownPlan, Village, in_order
from gridplan.planning.party_groups import complete_groups
from gridplan.planning.update.village_parts import Naming, renamed, with_people
from gridplan.planning.visiting_order import visiting_places
from gridplan.service.access.accounts import add_offices, an_administrator
from gridplan.service.demo.history import add_demo_history, carry_on_demo_history, is_behind
from gridplan.service.demo.redraw import redraw_demo_village
from gridplan.service.town.basemap import draw_basemap
from gridplan.store import Change, Store, Who
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.registry import features, households, members, villages
from gridplan.store.system.town_settings import read_settings, town_day, write_settings
from gridplan.words import Message

LAND: Final[tuple[tuple[features.Kind, str], ...]] = (
    ("road", "roads.geojson"),
    ("barrier", "barriers.geojson"),
    ("water", "barriers.geojson"),  # those of the demo town are its rivers
    ("crossing", "crossings.geojson"),
    ("building", "buildings.geojson"),
)
"""What a town's land is made of, and the list of the demo town that has it; one made before has fewer of them."""

IN_FORCE_BEFORE: Final = timedelta(weeks=2)
"""How long before its first visits the plan of the demo town came into force."""


@dataclass(frozen=True, slots=True)
class LoadedPlan:
    """What came of it: the draft, how many households and members are new, and what speaks against its villages."""

    draft_id: int
    households: int
    members: int
    doubts: Message | None = None


def load_plan(
    store: Store, who: Who, town: TownPlan, *, name: str, made_by: int, now: datetime, publish_on: date | None = None
) -> LoadedPlan:
    """Save a finished plan; with `publish_on`, published as of that day. What the store knows by its code stays.

    Raises
    ------
    InputRefused
        A household of the plan is in another village in the store.
    """
    places = plans.UNORDERED if publish_on is None else visiting_places(town.villages)
    with store.change(who, "load", "plan", now=now) as change:
        loaded = load_in_change(change, town, name=name, made_by=made_by, now=now, places=places)
        if publish_on is not None:
            loaded_plans = plans.of_draft(change.connection, loaded.draft_id).values()
            plans.publish(change.connection, loaded_plans, who, now=now, today=publish_on)
    return loaded


def load_in_change(
    change: Change,
    town: TownPlan,
    *,
    name: str,
    made_by: int,
    now: datetime,
    places: Mapping[str, int] = plans.UNORDERED,
) -> LoadedPlan:
    """Save a finished plan as a draft in a transaction that is open already.

    `places` are those in the visiting order of grids, where they are known.

    Raises
    ------
    InputRefused
        As for `load_plan`.
    """
    connection = change.connection
    own_names = {village.plan.village for village in town.villages}
    town = _as_called_now(connection, town)
    village_ids = _villages(connection, town, own_names)
    new_homes = _new_households(connection, town, village_ids, town_day(connection, now))
    new_members = add_new_members(connection, town, village_ids)
    change.object_id = plans.save_draft(
        connection, town, name=name, made_by=made_by, now=now, settings={}, places=places
    )
    change.detail = {"villages": len(town.villages), "households": new_homes, "members": new_members}
    return LoadedPlan(change.object_id, new_homes, new_members)


def load_file(store: Store, path: Path, *, name: str, publish: bool, now: datetime) -> LoadedPlan:
    """Save the plan in a file, in the name of the first administrator, who is added where there is none.

    Raises
    ------
    InputRefused
        The file is no plan, or a household of it is in another village in the store.
    """
    from gridplan.exchange.geopackage import read_plan  # loads geopandas, which the service does without

    town = complete_groups(read_plan(path))
    made_by = an_administrator(store, now=now)
    with store.read() as connection:
        today = town_day(connection, now)
    publish_on = today if publish else None
    loaded = load_plan(store, COMMAND_LINE, town, name=name, made_by=made_by, now=now, publish_on=publish_on)
    doubts = village_doubts({village.plan.village: len(village.plan.households) for village in town.villages})
    return replace(loaded, doubts=loud_note(doubts, likely_mistake(doubts, (), {})) if doubts else None)


def load_demo(
    store: Store,
    folder: Path,
    *,
    name: str,
    now: datetime,
    weeks: int = WEEKS,
    offices: Mapping[str, str] | None = None,
) -> None:
    """Save the demo town that was written into a folder, published, and so many weeks of visits to it until now.

    One village was given another plan since, in the middle of a week. `offices` are who sits in them, by role.
    """
    with store.read() as connection:
        rows = villages.rows(connection)
    if not rows:
        first = now - timedelta(weeks=weeks)
        load_file(store, folder / "plan" / "plan.gpkg", name=name, publish=True, now=first - IN_FORCE_BEFORE)
        with store.change(COMMAND_LINE, "change", "settings", now=now) as change:
            write_settings(change.connection, replace(read_settings(change.connection), name=name))
            lists = folder / "lists"
            for kind, file in ((kind, file) for kind, file in LAND if (lists / file).exists()):
                shapes = read_shapes(str(lists / file), kind=kind).shapes
                features.add(change.connection, kind, ((None, shape) for shape in shapes))
        if offices:
            with store.change(COMMAND_LINE, "set up", "account", now=first) as change:
                change.detail = {"accounts": len(add_offices(change.connection, offices, now=first))}
        draw_basemap(store)
        redrawn_at = now - timedelta(weeks=weeks * 2 // 5, days=now.weekday() - 3)
        redraw_demo_village(store, Place.REDRAWN, now=redrawn_at)
    has_begun = any(row["start_day"] for row in rows)
    with store.read() as connection:
        if has_begun and not is_behind(connection, now):
            return
    with store.change(COMMAND_LINE, "record", "visit", now=now) as change:
        if has_begun:
            visits = carry_on_demo_history(change.connection, now=now)
        else:
            write_settings(change.connection, replace(read_settings(change.connection), phones=True))
            visits = add_demo_history(change.connection, now=now, weeks=weeks)
        change.detail = {"visits": visits}


def _as_called_now(connection: Connection, town: TownPlan) -> TownPlan:
    """Return a plan whose villages have the names that they have in the store: its own may be former ones.

    Raises
    ------
    InputRefused
        Two of its villages are one by now.
    """
    known = {village.name: village for village in villages.models(connection)}
    told = {planned.plan.village: as_listed(_as_told(planned)) for planned in town.villages}
    names = VillageNames(known.values(), (), told.values())
    now: dict[str, str] = {}
    for before, listed in told.items():
        found = names.find(listed)
        is_so_called = before in known and not (listed.town or listed.code)
        name = before if is_so_called or len(found) != 1 else found[0].name
        if name in now.values():
            raise InputRefused("load.merged", village=before, into=name)
        now[before] = name
    if all(before == name for before, name in now.items()):
        return town
    same = [
        Naming(name, {grid.number: grid.number for grid in of.grids})
        for of, name in zip(town.villages, now.values(), strict=True)
    ]
    as_told = (replace(one, listed_name=told[one.plan.village].name) for one in town.villages)
    planned_now = in_order(map(renamed, as_told, same))
    people = with_people(town, planned_now, lambda key: [(now[key[0]], key[1])])
    return replace(
        people,
        members=tuple(
            replace(one, village=now.get(one.village, one.village)) if one.village else one for one in town.members
        ),
        homes=town.homes,
        left_out=town.left_out,
    )


def _as_told(planned: PlannedVillage) -> Village:
    """Return a village as a plan tells of it, without its boundary."""
    called = None if planned.listed_name == planned.plan.village else planned.listed_name
    return Village(planned.plan.village, planned.code, town=planned.town, listed_name=called)


def _villages(connection: Connection, town: TownPlan, own_names: Collection[str]) -> dict[str, int]:
    """Return the ids of villages, added where there are none; those with their own names get boundaries they lack."""
    known = villages.ids_by_name(connection)
    villages.add(connection, (_as_told(planned) for planned in town.villages if planned.plan.village not in known))
    ids = villages.add_missing(connection, (one.village for one in town.members if one.village))
    for village in town.villages:
        if village.boundary_given and village.plan.village in own_names:
            villages.set_boundary_if_none(connection, ids[village.plan.village], village.boundary)
    return ids


def _new_households(connection: Connection, town: TownPlan, village_ids: dict[str, int], today: date) -> int:
    known = {home.household_id: home.village for home in households.models(connection)}
    homes = [home for village in town.villages for home in village.plan.households]
    for home in homes:
        if known.get(home.household_id, home.village) != home.village:
            raise InputRefused(
                "load.other_village", household=home.household_id, here=known[home.household_id], there=home.village
            )
    new = [home for home in homes if home.household_id not in known]
    households.add(connection, new, village_ids, today=today)
    return len(new)


def add_new_members(connection: Connection, town: TownPlan, village_ids: dict[str, int]) -> int:
    """Add the members of a plan that the store does not know; return how many they are."""
    known = members.ids_by_code(connection)
    new = [one for one in town.members if one.member_id not in known]
    members.add(connection, new, village_ids)
    return len(new)
