"""Handover lists: what is handed from one member to another, made from a cover or from grids that changed their lead.

Which households want no visits stands on no list that the desk prints: the one who leaves tells the next one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from gridplan.contact.calendar import Week, weeks_of_month
from gridplan.contact.sheet_number import spaced
from gridplan.errors import InputRefused
from gridplan.exchange.paper.handover_list import HandoverGrid, HandoverList, HandoverRow
from gridplan.roles import Actor
from gridplan.service.contact.own_list import mark
from gridplan.service.contact.states import ABSENT
from gridplan.service.plans.leads import GridAt
from gridplan.store import Store, needs
from gridplan.store.contact import apart, covers, handover, terms
from gridplan.store.contact.records import GridContact, grid_contacts
from gridplan.store.plans import assignments
from gridplan.store.plans.households_and_members import grids_in_force
from gridplan.store.registry import members
from gridplan.words import Lang, Message, say

RECENT_MONTHS: Final = 2
"""Months of which sheets that are not in are told."""


@dataclass(frozen=True, slots=True)
class Handed:
    """Grids that one member hands to another."""

    giver: int | None
    taker: int
    grids: tuple[GridAt, ...]
    day: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """How a list is to be written."""

    lang: Lang
    zone: ZoneInfo
    today: date
    names: bool
    """Whether the town shows the names of households."""


def of_cover(store: Store, cover_id: int, wording: Wording) -> list[HandoverList]:
    """Return the handover list of a cover.

    Raises
    ------
    NotFound
        There is none with this id.
    InputRefused
        The member has none of the grids any more.
    """
    with store.read() as connection:
        row = covers.by_id(connection, cover_id)
        led = grids_in_force(connection, [row["member_id"]]).get(row["member_id"], ())
        grids = tuple(
            (one["plan_id"], one["number"])
            for one in led
            if one["village_id"] == row["village_id"] and row["number"] in (None, one["number"])
        )
        handed = Handed(row["member_id"], row["by_member_id"], grids, row["first_day"], row["last_day"])
        return _lists(connection, [handed] if grids else [], wording)


def of_grids(
    store: Store, actor: Actor, giver: int | None, given: Mapping[GridAt, int], wording: Wording
) -> list[HandoverList]:
    """Return the handover lists of grids that others lead since today, one for each of them and village.

    Raises
    ------
    InputRefused
        None of them is within the scope and led by who is said to.
    """
    with store.read() as connection:
        there = handover.grids(connection, given.keys())
        leads = {plan: assignments.leads(connection, plan) for plan, _ in there}
        grids: dict[tuple[int, int], list[GridAt]] = defaultdict(list)
        for at, taker in given.items():
            plan, number = at
            if at in there and leads[plan].get(number) == taker and actor.reaches([there[at]["village_id"]]):
                grids[there[at]["village_id"], taker].append(at)
        handed = [Handed(giver, taker, tuple(sorted(those)), wording.today) for (_, taker), those in grids.items()]
        return _lists(connection, handed, wording)


def of_term(store: Store, term_id: int, wording: Wording) -> list[HandoverList]:
    """Return the handover lists of a change of term: from each former lead to the present one.

    Raises
    ------
    NotFound
        There is none with this id.
    InputRefused
        Nothing was handed over.
    """
    with store.read() as connection:
        row = terms.by_id(connection, term_id)
        leads = {plan: assignments.leads(connection, plan) for plan in {one["plan"] for one in row["content"]["leads"]}}
        grids: dict[tuple[int, int | None, int], list[GridAt]] = defaultdict(list)
        for one in row["content"]["leads"]:
            taker = leads[one["plan"]].get(one["number"])
            if taker is not None and taker != one["before"]:
                grids[one["village"], one["before"], taker].append((one["plan"], one["number"]))
        handed = [Handed(giver, taker, tuple(those), row["day"]) for (_, giver, taker), those in grids.items()]
        return _lists(connection, handed if row["state"] == "applied" else [], wording)


def _lists(connection: Connection, handed: Sequence[Handed], wording: Wording) -> list[HandoverList]:
    if not handed:
        raise InputRefused("reassign.nothing_handed")
    there = handover.grids(connection, {at for one in handed for at in one.grids})
    village_ids = {row["village_id"] for row in there.values()}
    contacts = {
        (grid.plan_id, grid.number): grid
        for grid in grid_contacts(connection, wording.today, wording.zone, village_ids)
        if (grid.plan_id, grid.number) in there
    }
    people = members.names(connection, {id_ for one in handed for id_ in (one.giver, one.taker) if id_ is not None})
    found = []
    for one in handed:
        inside = [contacts[at] for at in one.grids if at in contacts]
        ids = [home.id for grid in inside for home in grid.households]
        homes = handover.households(connection, ids)
        grids = tuple(
            HandoverGrid(
                there[grid.plan_id, grid.number]["label"] or say("map.grid", wording.lang, number=grid.number),
                tuple(_rows(grid, homes, wording)),
            )
            for grid in inside
        )
        found.append(
            HandoverList(
                village=next((there[at]["village"] for at in one.grids if at in there), ""),
                giver=None if one.giver is None else people[one.giver],
                taker=people[one.taker],
                day=one.day,
                grids=grids,
                until=one.until,
                open_matters=tuple(_open_matters(connection, one, ids, wording)),
            )
        )
    return found


def _rows(grid: GridContact, homes: Mapping[int, RowMapping], wording: Wording) -> Iterator[HandoverRow]:
    for one in grid.households:
        home = homes[one.id]
        state = next((held for held in one.record.states if held.kind in ABSENT and held.holds(wording.today)), None)
        told = None
        if state is not None and state.until is not None:
            told = Message("handover.away", {"until": state.until.isoformat()})
        elif state is not None:
            told = Message("state.unoccupied")
        yield HandoverRow(
            place=one.place,
            mark=mark(home),
            hamlet=home["hamlet"],
            name=home["name"] if wording.names else None,
            last_contact=one.record.last,
            state=told,
        )


def _open_matters(connection: Connection, one: Handed, ids: Sequence[int], wording: Wording) -> Iterator[Message]:
    yield Message("handover.matter.refusals")
    for row in handover.open_corrections(connection, ids):
        what = Message(f"correction.kind.{row['kind']}")
        yield Message("handover.matter.correction", {"what": what, "door": mark(row)})
    for row in needs.open_of_households(connection, ids):
        what = Message(f"need.category.{row['category']}")
        yield Message("handover.matter.need", {"n": str(row["n"]), "what": what, "door": mark(row)})
    if one.giver is not None and (n := apart.waiting_of(connection, one.giver)):
        yield Message("handover.matter.kept_apart", {"n": n})
    for sheet, come in handover.sheets_of(connection, one.grids)[: RECENT_MONTHS * len(one.grids)]:
        for week in weeks_of_month(sheet["month"]):
            if week.key not in come and week.sunday < wording.today and week >= Week.of(sheet["printed_at"].date()):
                values = {"number": spaced(sheet["number"]), "first": week.monday.isoformat()}
                yield Message("handover.matter.sheet", values)
