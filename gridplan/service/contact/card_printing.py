"""Contact cards printed: who calls and how to reach them, for each household; again where another lead calls now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from gridplan.errors import InputRefused
from gridplan.exchange.paper.contact_cards import ContactCard, Reached
from gridplan.service.contact.own_list import mark
from gridplan.store import Store, Who
from gridplan.store.contact import card_prints, handover
from gridplan.store.contact.covers import GridNumber, InCharge, in_charge
from gridplan.store.contact.records import GridContact, grid_contacts
from gridplan.store.registry import members, villages
from gridplan.store.registry.villages import Scope
from gridplan.words import Lang, say

Which = Literal["all", "changed"]
WHICH: Final[tuple[Which, ...]] = get_args(Which)
"""Cards of all grids, or of those whose lead is another one than the cards name, or that have none yet."""


@dataclass(frozen=True, slots=True)
class CardVillage:
    """A village with how many households and grids it has, and how many of these need cards."""

    id: int
    name: str
    phone: str | None
    households: int
    grids: int
    changed: int
    without_phone: int
    """Leads whose phone is not known: a line to write on is printed instead."""


@dataclass(frozen=True)
class _Grids:
    """The grids in force of a scope, who calls on each, and whom the cards name that were printed last."""

    inside: tuple[GridContact, ...]
    charged: Mapping[GridNumber, InCharge]
    printed: Mapping[GridNumber, RowMapping]

    @classmethod
    def read(cls, connection: Connection, scope: Scope, zone: ZoneInfo, today: date) -> _Grids:
        inside = tuple(grid_contacts(connection, today, zone, scope))
        charged = in_charge(connection, today, {grid.plan_id for grid in inside})
        return cls(inside, charged, card_prints.printed(connection, scope))

    def in_charge_of(self, grid: GridContact) -> InCharge:
        return self.charged.get((grid.plan_id, grid.number), InCharge())

    def needs_cards(self, grid: GridContact) -> bool:
        """Return whether a grid has no cards yet, or its cards name another lead."""
        before = self.printed.get((grid.plan_id, grid.number))
        return before is None or before["member_id"] != self.in_charge_of(grid).lead


def card_page(store: Store, scope: Scope, *, zone: ZoneInfo, today: date) -> list[CardVillage]:
    """Return the villages of a scope that have grids in force."""
    with store.read() as connection:
        grids = _Grids.read(connection, scope, zone, today)
        phones = members.phones(connection, {lead for of in grids.charged.values() if (lead := of.lead) is not None})
        named = villages.rows(connection, scope)
    found = []
    for village in named:
        inside = [grid for grid in grids.inside if grid.village_id == village["id"]]
        leads = {lead for grid in inside if (lead := grids.in_charge_of(grid).lead) is not None}
        if inside:
            found.append(
                CardVillage(
                    id=village["id"],
                    name=village["name"],
                    phone=village["phone"],
                    households=sum(len(grid.households) for grid in inside),
                    grids=len(inside),
                    changed=sum(map(grids.needs_cards, inside)),
                    without_phone=sum(not phones.get(lead) for lead in leads),
                )
            )
    return found


def print_cards(
    store: Store,
    who: Who,
    village_id: int,
    which: Which,
    *,
    numbers: Collection[int] | None,
    zone: ZoneInfo,
    now: datetime,
    lang: Lang,
) -> list[ContactCard]:
    """Return the cards of a village, or of some of its grids, and note whom they name.

    Raises
    ------
    InputRefused
        The village has not one of these grids, or no grid needs cards.
    """
    today = now.astimezone(zone).date()
    with store.change(who, "print", "contact card", now=now) as change:
        grids = _Grids.read(change.connection, [village_id], zone, today)
        if unknown := sorted(set(numbers or ()) - {grid.number for grid in grids.inside}):
            raise InputRefused("record.no_such_grid", grid=unknown[0])
        wanted = [grid for grid in grids.inside if numbers is None or grid.number in numbers]
        chosen = [grid for grid in wanted if which == "all" or grids.needs_cards(grid)]
        if not chosen:
            raise InputRefused("card_print.none")
        cards = list(_cards(change.connection, village_id, chosen, grids, today, lang))
        leads = {(grid.plan_id, grid.number): grids.in_charge_of(grid).lead for grid in chosen}
        card_prints.note(change.connection, leads, now)
        change.village_id, change.detail = village_id, {"cards": len(cards)}
    return cards


def _cards(
    connection: Connection, village_id: int, chosen: Sequence[GridContact], grids: _Grids, today: date, lang: Lang
) -> Iterator[ContactCard]:
    village = villages.by_id(connection, village_id)
    homes = handover.households(connection, [home.id for grid in chosen for home in grid.households])
    labels = handover.grids(connection, {(grid.plan_id, grid.number) for grid in chosen})
    people = {id_ for grid in chosen for id_ in grids.in_charge_of(grid).all}
    names, phones = members.names(connection, people), members.phones(connection, people)
    office = Reached(village["name"], village["phone"])
    for grid in chosen:
        of = grids.in_charge_of(grid)
        called = labels[grid.plan_id, grid.number]["label"] or say("map.grid", lang, number=grid.number)
        for one in (one for one in grid.households if not one.record.own):
            home = homes[one.id]
            yield ContactCard(
                village=village["name"],
                grid=called,
                place=one.place,
                mark=mark(home),
                hamlet=home["hamlet"],
                lead=None if of.lead is None else Reached(names[of.lead], phones.get(of.lead)),
                deputies=tuple(Reached(names[id_], phones.get(id_)) for id_ in of.deputies),
                office=office,
                issued=today,
            )
