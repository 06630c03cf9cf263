"""What material for meetings is made of: a snapshot as its profile shows it. Everything is redacted here, once.

A content either names whom to call about a grid or tells how far contact reaches, never both: nobody's name stands
beside a figure. Below the profile of planners it lies on a plane of its own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from gridplan.contact.calendar import local_day
from gridplan.edits import PlanRows
from gridplan.errors import NotFound
from gridplan.exchange.cartography.drawn import Ground, HomeMark, HomeRow, Reached, SheetGrid, SheetVillage
from gridplan.exchange.map_data import town_title
from gridplan.exchange.meeting.content import Content, Stamp
from gridplan.model import Assignment, DrawnGrid, Household, Member, PlannedVillage, TownPlan
from gridplan.names import sort_key
from gridplan.planning.visiting_order import visiting_places
from gridplan.profiles import FEWEST, SHOWN, Profile, Shown
from gridplan.rules import violations
from gridplan.service.meeting.figures import contact_of, inspection_of, needs_of
from gridplan.service.meeting.forms import FORMS, Key
from gridplan.service.meeting.outlines import on_own_plane, without_lone_houses
from gridplan.service.meeting.prints import printed_cards, printed_sheets
from gridplan.service.plans.plans_as_of_now import as_in_files
from gridplan.service.redraw.history import rows_at
from gridplan.service.redraw.open_plan import read_plan, redrawn, sketch_of
from gridplan.store.plans import edits, plans
from gridplan.store.plans.plan_figures import plan_figures, plans_by_ids
from gridplan.store.registry import features, members, villages
from gridplan.store.rows import Row
from gridplan.store.system.map_changes import list_changes_since
from gridplan.store.system.town_settings import read_settings
from gridplan.words import BETWEEN, Lang, Message, message_from_json, runs, say

NEARBY_DEGREES: Final = 0.005
"""Around the villages, so far roads and water are drawn."""
NAMED_PLANS: Final = 3
"""So many plans are named in a stamp with their revisions; of more it is told how many they are."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a town besides its plans."""

    offices: Mapping[str, Reached] = field(default_factory=dict)
    """By village."""
    ground: Ground = field(default_factory=Ground)
    places: Mapping[str, int] = field(default_factory=dict)
    """Of households in the visiting order of their grids, as sheets have them; empty: it is not kept yet."""
    has_names: bool = False
    """Whether members may be given the names of households."""


NOTHING_KNOWN: Final = Known()


def content(connection: Connection, row: Row, form: Key) -> Content:
    """Return what a form is made of: the snapshot of a row, from `gridplan.store.snapshots`.

    Raises
    ------
    NotFound
        A plan of it is gone for good.
    """
    profile: Profile = row["profile"]
    lang: Lang = row["lang"]
    figures, tells_contact = row["figures"], profile in FORMS[form].tells_contact
    found, of = villages.names(connection), {one["village"]: one for one in row["plans"]}
    names = {village_id: found[village_id] for village_id in sorted(of, key=lambda id_: sort_key(found[id_]))}
    only = {name: of[village_id]["grids"] for village_id, name in names.items() if "grids" in of[village_id]}
    if form in ("tick-sheets", "contact-cards"):
        return Content(
            title=row["title"],
            lang=lang,
            stamp=_stamp(connection, row, names, only, ()),
            villages=(),
            tick_sheets=printed_sheets(connection, row) if form == "tick-sheets" else (),
            contact_cards=printed_cards(connection, row) if form == "contact-cards" else (),
        )
    town, changed = _town(connection, row)
    known = _known(connection, row, town)
    drawn, ground = redacted(town, profile, known, tells_contact=tells_contact, only=only, lang=lang)
    grids = [(village.name, grid.number) for village in drawn for grid in village.grids]
    has_contact = tells_contact and "contact" in figures
    exceptions = figures["exceptions"] if profile != "wall" else ()
    return Content(
        title=row["title"],
        lang=lang,
        stamp=_stamp(connection, row, names, only, changed),
        villages=tuple(drawn),
        ground=ground,
        contact=contact_of(figures["contact"], names, grids) if has_contact else None,
        needs=needs_of(figures["needs"], names) if has_contact and len(only) < len(names) else None,
        inspection=inspection_of(figures["contact"], figures["lot"], names)
        if has_contact and form == "inspection"
        else None,
        exceptions=tuple((names[village_id], message_from_json(why)) for village_id, why in exceptions),
        town=part_of(town, only) if SHOWN[profile].everything else None,
    )


def content_of_plan(
    town: TownPlan, profile: Profile, stamp: Stamp, lang: Lang, only: Mapping[str, Collection[int]]
) -> Content:
    """Return what a form of a finished plan is made of that is in no service: nothing is known of contact."""
    drawn, ground = redacted(town, profile, only=only, lang=lang)
    return Content(
        title=town_title(town, lang),
        lang=lang,
        stamp=stamp,
        villages=tuple(drawn),
        ground=ground,
        exceptions=tuple((one.village, one.reason) for one in town.exceptions if one.household_id is None)
        if profile != "wall"
        else (),
        town=part_of(town, only) if SHOWN[profile].everything else None,
    )


# ---- the plans of a snapshot, as they were


def _town(connection: Connection, row: Row) -> tuple[TownPlan, tuple[Message, ...]]:
    """Return the plans of a snapshot with who lives there now, and what has changed since it was taken."""
    of = {one["id"]: one for one in row["plans"]}
    past = [id_ for id_, one in of.items() if one["state"] == "archived"]
    others = [id_ for id_ in of if id_ not in past]
    kept = plans.town(connection, others, as_planned=True)
    lost = 0
    for plan in plan_figures(connection, plans_by_ids(others)):
        if plan["version"] != of[plan["id"]]["version"]:
            before = _at_version(connection, plan["id"], of[plan["id"]]["version"], kept)
            lost += plan["version"] - of[plan["id"]]["version"] if before is None else 0
            kept = before or kept
    town = as_in_files(connection, past, kept, [of[id_]["village"] for id_ in others])
    if len(town.villages) != len(of):
        raise NotFound("pack.plan_gone")
    return town, tuple(_changes(connection, row, town, lost))


def _at_version(connection: Connection, plan_id: int, version: int, town: TownPlan) -> TownPlan | None:
    """Return a town in which a plan is as it was at a version, edits since undone; None where they are not kept."""
    opened = read_plan(connection, edits.plan_row(connection, plan_id))
    try:
        rows, _ = rows_at(connection, opened, edits.edit_at(connection, plan_id, version))
    except NotFound:
        return None
    then = redrawn(connection, opened, rows, was_so=True)
    if not then.is_exact:
        sketch = sketch_of(connection, then, then.planned.plan.households)
        outline = {grid.number: grid.outline for grid in sketch.redraw(then.planned, then.planned.plan).grids}
        grids = tuple(replace(grid, outline=outline[grid.number]) for grid in then.planned.grids)
        then = replace(then, planned=replace(then.planned, grids=grids))
    village = then.village
    plan = replace(then.planned.plan, revision=opened.planned.plan.revision)
    people = _people(connection, rows, village)
    return replace(
        town,
        villages=tuple(
            replace(then.planned, plan=plan) if one.plan.village == village else one for one in town.villages
        ),
        members=tuple({one.member_id: one for one in (*town.members, *people[1])}.values()),
        assignments=(*(one for one in town.assignments if one.village != village), *people[0]),
    )


def _people(connection: Connection, rows: PlanRows, village: str) -> tuple[list[Assignment], list[Member]]:
    """Return who has the grids of rows."""
    member_of = {member.member_id: member for member in members.models(connection)}
    code_of = {id_: code for code, id_ in members.ids_by_code(connection).items() if code in member_of}
    given = [
        Assignment(village, key.number, code_of[key.member_id], key.role, why)
        for key, why in rows.assignments.items()
        if key.member_id in code_of
    ]
    return given, [member_of[one.member_id] for one in given]


def _changes(connection: Connection, row: Row, town: TownPlan, lost: int) -> Iterable[Message]:
    """Yield what has changed since a snapshot was taken: households that are gone, lists, edits that are not kept."""
    names = villages.names(connection)
    sizes = {one.plan.village: {grid.number: grid.size for grid in one.grids} for one in town.villages}
    gone = sum(
        max(0, size - sizes[names[int(village_id)]].get(int(number), 0))
        for village_id, of in row["figures"]["sizes"].items()
        for number, size in of.items()
    )
    if gone:
        yield Message("pack.changed.gone", {"n": gone})
    if n := list_changes_since(connection, row["figures"]["audit"], row["villages"]):
        yield Message("pack.changed.lists", {"n": n})
    if lost:
        yield Message("pack.changed.edits", {"n": lost})


def _known(connection: Connection, row: Row, town: TownPlan) -> Known:
    rows = (villages.by_id(connection, village_id) for village_id in row["villages"])
    return Known(
        offices={
            one["name"]: Reached(say("pack.office", row["lang"], village=one["name"]), one["phone"]) for one in rows
        },
        ground=_ground(connection, town, with_buildings=SHOWN[row["profile"]].households),
        places=plans.visiting_places(connection, [one["id"] for one in row["plans"]]),
        has_names=read_settings(connection).household_names,
    )


def _ground(connection: Connection, town: TownPlan, *, with_buildings: bool) -> Ground:
    """Return what lies below the grids of a town; a building tells of a household."""
    shapes = [shape for one in town.villages for shape in (one.boundary, *(grid.outline for grid in one.grids))]
    bounds = shapely.total_bounds(shapes)
    if np.isnan(bounds).any():
        return Ground()
    around = bounds + np.array([-1, -1, 1, 1]) * NEARBY_DEGREES

    def near(kind: features.Kind) -> tuple[BaseGeometry, ...]:
        found = shapely.make_valid(np.array(features.shapes(connection, kind), object))
        cut = shapely.clip_by_rect(found, *around) if len(found) else ()
        return tuple(shape for shape in cut if not shape.is_empty)

    buildings = near("building") if with_buildings else ()
    return Ground(near("road"), near("water"), near("crossing"), near("barrier"), buildings)


def _stamp(
    connection: Connection,
    row: Row,
    names: Mapping[int, str],
    only: Mapping[str, Collection[int]],
    changed: tuple[Message, ...],
) -> Stamp:
    lang: Lang = row["lang"]
    settings = read_settings(connection)
    is_draft = any(one["state"] == "draft" for one in row["plans"])
    revisions = {names[one["village"]]: one["revision"] for one in row["plans"]}
    return Stamp(
        snapshot=row["code"],
        day=local_day(row["as_of"], ZoneInfo(settings.time_zone)),
        profile=row["profile"],
        scope=_scope(names.values(), only, lang),
        asked_by=row["maker"] or say("registry.command_line", lang),
        plans=_plans({name: revisions[name] for name in names.values()}, lang),
        is_draft=is_draft,
        approval=settings.approval,
        sources=(say("pack.source.lists", lang),),
        changed=changed,
    )


def _scope(names: Collection[str], only: Mapping[str, Collection[int]], lang: Lang) -> str:
    """Return which villages and grids it is of."""
    if len(names) > NAMED_PLANS:
        return say("count.villages", lang, n=len(names))
    told = (
        say("pack.title_grids", lang, village=name, numbers=runs(only[name])) if name in only else name
        for name in names
    )
    return BETWEEN[lang].join(told)


def _plans(revisions: Mapping[str, int | None], lang: Lang) -> str:
    """Return which plans they are: of few their revisions, of many how many are in force."""
    drafts = [name for name, revision in revisions.items() if revision is None]
    if len(drafts) == len(revisions):
        return say("pack.drafts", lang, n=len(drafts))
    if len(revisions) > NAMED_PLANS:
        return say("pack.plans", lang, n=len(revisions))
    told = (say("pack.revision", lang, village=name, revision=n) for name, n in revisions.items() if n is not None)
    return BETWEEN[lang].join(told)


# ---- what a profile shows of them


def of_villages(town: TownPlan, names: Collection[str]) -> TownPlan:
    """Return some villages of a town, and the members who have grids in them."""
    given = tuple(one for one in town.assignments if one.village in names)
    kept = {one.member_id for one in given}
    return replace(
        town,
        villages=tuple(one for one in town.villages if one.plan.village in names),
        members=tuple(one for one in town.members if one.member_id in kept or one.village in names),
        assignments=given,
        shortages=tuple(one for one in town.shortages if one.village in names),
    )


def part_of(town: TownPlan, only: Mapping[str, Collection[int]]) -> TownPlan:
    """Return a town with some of the grids alone of villages, who is in them and who has them; others are whole."""

    def is_in(village: str, number: int | None) -> bool:
        return village not in only or number in only[village]

    def part(one: PlannedVillage) -> PlannedVillage:
        name, plan = one.plan.village, one.plan
        if name not in only:
            return one
        inside = {id_: number for id_, number in plan.grid_of.items() if number in only[name]}
        homes = tuple(home for home in plan.households if home.household_id in inside)
        return replace(
            one,
            plan=replace(plan, households=homes, grid_of=inside, left_out={}),
            grids=tuple(grid for grid in one.grids if grid.number in only[name]),
            exceptions=tuple(about for about in one.exceptions if about.grid in only[name]),
            outside=tuple(id_ for id_ in one.outside if id_ in inside),
            lower_bound_m=None,
            split_hamlets=(),
        )

    if not only:
        return town
    given = tuple(one for one in town.assignments if is_in(one.village, one.grid))
    kept = {one.member_id for one in given}
    return replace(
        town,
        villages=tuple(map(part, town.villages)),
        members=tuple(one for one in town.members if one.member_id in kept),
        assignments=given,
        shortages=tuple(one for one in town.shortages if is_in(one.village, one.grid)),
        homes={id_: how for id_, how in town.homes.items() if id_ in kept},
        left_out={id_: why for id_, why in town.left_out.items() if id_ in kept},
    )


def redacted(
    town: TownPlan,
    profile: Profile,
    known: Known = NOTHING_KNOWN,
    *,
    tells_contact: bool = False,
    only: Mapping[str, Collection[int]] | None = None,
    lang: Lang,
) -> tuple[list[SheetVillage], Ground]:
    """Return the villages and the ground of a town as a profile shows them.

    Parameters
    ----------
    tells_contact
        Whether figures of contact will stand beside the grids: nobody is named then.
    only
        Numbers of grids by village, of villages of which only some are shown.
    """
    shown = SHOWN[profile]
    places = _places(town, known.places) if shown.households else {}
    member_of = {member.member_id: member for member in town.members}
    leads = {} if tells_contact else {key: member_of[id_] for key, id_ in town.leads.items() if id_ in member_of}
    made = _Redaction(profile, shown, known, leads, places, tells_contact, lang)
    drawn = [made.village(one, (only or {}).get(one.plan.village)) for one in town.villages]
    return (drawn, known.ground) if shown.everything else on_own_plane(drawn, known.ground)


def _places(town: TownPlan, kept: Mapping[str, int]) -> dict[str, int]:
    """Return the places of households in the visiting order of their grids; who came since the plan comes last."""
    places: dict[str, int] = {}
    for village in town.villages:
        if not kept.keys() & village.plan.grid_of.keys():
            places |= visiting_places([village])
            continue
        for homes in village.plan.grids.values():
            ids = sorted((home.household_id for home in homes), key=lambda id_: (kept.get(id_, math.inf), id_))
            places |= {id_: place for place, id_ in enumerate(ids, start=1)}
    return places


@dataclass(frozen=True, slots=True)
class _Redaction:
    """What is shown of a town, and of whom."""

    profile: Profile
    shown: Shown
    known: Known
    leads: Mapping[tuple[str, int], Member]
    places: Mapping[str, int]
    """Of households in the visiting order of their grids."""
    tells_contact: bool
    lang: Lang

    def village(self, one: PlannedVillage, only: Collection[int] | None) -> SheetVillage:
        name = one.plan.village
        wanted = [grid for grid in one.grids if only is None or grid.number in only]
        outlines = {grid.number: outline for grid, outline in zip(one.grids, self._outlines(one), strict=True)}
        broken: dict[int, list[str]] = defaultdict(list)
        for violation in violations(one) if self.profile != "wall" else ():
            if violation.grid is not None:
                broken[violation.grid].append(violation.message.say(self.lang))
        grids = tuple(self._grid(one, grid, outlines[grid.number], tuple(broken[grid.number])) for grid in wanted)
        return SheetVillage(
            name=name,
            revision=one.plan.revision,
            boundary=self._boundary(one, list(outlines.values())),
            grids=grids,
            households=len(one.plan.households) if only is None else sum(grid.size for grid in grids),
            in_no_grid=len(one.plan.left_out) if only is None else 0,
            hamlets=self._hamlets(one),
            office=self.known.offices.get(name),
        )

    def _outlines(self, one: PlannedVillage) -> Sequence[BaseGeometry | None]:
        outlines = [grid.outline for grid in one.grids]
        if self.shown.households:
            return outlines
        homes = one.plan.grids
        stand = [[(home.lon, home.lat) for home in homes.get(grid.number, ()) if home.has_place] for grid in one.grids]
        return without_lone_houses(outlines, stand)

    def _boundary(self, one: PlannedVillage, outlines: Sequence[BaseGeometry | None]) -> BaseGeometry | None:
        """Return the boundary; where no household is shown, without the pieces that no grid is in."""
        drawn = [outline for outline in outlines if outline is not None]
        if one.boundary is None or self.shown.households or not drawn:
            return one.boundary
        parts = shapely.get_parts(one.boundary)
        return shapely.union_all(parts[shapely.intersects(parts, shapely.union_all(drawn))])

    def _hamlets(self, one: PlannedVillage) -> tuple[tuple[str, tuple[float, float]], ...]:
        """Return the hamlets amid their households; where no household is shown, those that are of several."""
        stand: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for home in one.plan.households:
            if home.hamlet and home.has_place:
                stand[home.hamlet].append((home.lon, home.lat))
        least = 1 if self.shown.households else FEWEST
        amid = {name: np.mean(places, axis=0).tolist() for name, places in stand.items() if len(places) >= least}
        return tuple((name, (lon, lat)) for name, (lon, lat) in sorted(amid.items(), key=lambda one: sort_key(one[0])))

    def _grid(
        self, village: PlannedVillage, grid: DrawnGrid, outline: BaseGeometry | None, broken: tuple[str, ...]
    ) -> SheetGrid:
        homes = village.plan.grids.get(grid.number, ()) if self.shown.households else ()
        in_order = sorted(homes, key=lambda home: self.places[home.household_id])
        return SheetGrid(
            number=grid.number,
            size=grid.size,
            outline=outline,
            contact=self._reached(village.plan.village, grid.number),
            marks=self._marks(in_order),
            rows=tuple(map(self._row, in_order)),
            group=grid.group_number,
            broken=broken,
        )

    def _reached(self, village: str, number: int) -> Reached | None:
        """Return who can be called: the lead, below planners only where the lead agreed; else the office."""
        if self.tells_contact:
            return None
        lead = self.leads.get((village, number))
        if lead is not None and (self.shown.everything or lead.named_on_maps):
            return Reached(lead.name, lead.phone)
        return self.known.offices.get(village)

    def _marks(self, homes: Sequence[Household]) -> tuple[HomeMark, ...]:
        spots: dict[tuple[float, float], list[Household]] = defaultdict(list)
        for home in homes:
            if home.has_place:
                spots[home.lon, home.lat].append(home)
        return tuple(
            HomeMark(at, self.places[on[0].household_id], len(on), on[0].position == "exact")
            for at, on in spots.items()
        )

    def _row(self, home: Household) -> HomeRow:
        is_named = self.shown.everything or self.known.has_names
        return HomeRow(
            place=self.places[home.household_id],
            door=home.door or home.address or "",
            hamlet=home.hamlet,
            name=home.name if is_named else None,
            phone=home.phone if self.shown.everything else None,
            on_map=home.has_place,
        )
