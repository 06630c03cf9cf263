"""Contact cards printed: who calls and how to reach them, for each household; again where another lead calls now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from gridplan.errors import InputRefused
from gridplan.exchange.paper.contact_cards import ContactCard, Reached
from gridplan.names import folded
from gridplan.service.contact.own_list import mark
from gridplan.service.plans.plan_change import PlanChange
from gridplan.store import Store, Who
from gridplan.store.contact import card_prints, handover, sheets
from gridplan.store.contact.covers import GridNumber, InCharge, in_charge
from gridplan.store.contact.records import GridContact, grid_contacts, own_homes
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
class _Leads:
    """Who calls on each grid of some plans, and whom the cards name that were printed last."""

    charged: Mapping[GridNumber, InCharge]
    printed: Mapping[GridNumber, RowMapping]

    @classmethod
    def read(cls, connection: Connection, scope: Scope, plan_ids: Collection[int], today: date) -> _Leads:
        return cls(in_charge(connection, today, plan_ids), card_prints.printed(connection, scope))

    def of(self, at: GridNumber) -> InCharge:
        return self.charged.get(at, InCharge())

    def need_cards(self, at: GridNumber) -> bool:
        """Return whether a grid has no cards yet, or its cards name another lead."""
        before = self.printed.get(at)
        return before is None or before["member_id"] != self.of(at).lead


def card_page(store: Store, scope: Scope, *, zone: ZoneInfo, today: date) -> list[CardVillage]:
    """Return the villages of a scope that have grids in force, by name."""
    with store.read() as connection:
        grids = sheets.grids_in_force(connection, today, zone, scope)
        leads = _Leads.read(connection, scope, {row["plan_id"] for row in grids}, today)
        phones = members.phones(connection, {lead for of in leads.charged.values() if (lead := of.lead) is not None})
        office = {row["id"]: row["phone"] for row in villages.rows(connection, scope)}
    found = []
    for (village_id, name), rows in groupby(grids, key=itemgetter("village_id", "village")):
        inside = list(rows)
        at = [(row["plan_id"], row["number"]) for row in inside]
        found.append(
            CardVillage(
                id=village_id,
                name=name,
                phone=office.get(village_id),
                households=sum(row["households"] for row in inside),
                grids=len(at),
                changed=sum(map(leads.need_cards, at)),
                without_phone=len({lead for one in at if (lead := leads.of(one).lead) is not None} - phones.keys()),
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
        found = grid_contacts(change.connection, today, zone, [village_id])
        inside = {(grid.plan_id, grid.number): grid for grid in found}
        leads = _Leads.read(change.connection, [village_id], {plan_id for plan_id, _ in inside}, today)
        if unknown := sorted(set(numbers or ()) - {number for _, number in inside}):
            raise InputRefused("record.no_such_grid", grid=unknown[0])
        wanted = [at for at in inside if numbers is None or at[1] in numbers]
        chosen = [at for at in wanted if which == "all" or leads.need_cards(at)]
        if not chosen:
            raise InputRefused("card_print.none")
        cards = list(cards_of_grids(change.connection, [inside[at] for at in chosen], leads.charged, today, lang))
        card_prints.note(change.connection, {at: leads.of(at).lead for at in chosen}, now)
        change.village_id, change.detail = village_id, {"cards": len(cards)}
    return cards


def cards_of_grids(
    connection: Connection,
    grids: Iterable[GridContact],
    charged: Mapping[GridNumber, InCharge],
    issued: date,
    lang: Lang,
) -> Iterator[ContactCard]:
    """Yield the cards of grids, village by village; the home of the lead gets none."""
    for village_id, of in groupby(grids, key=attrgetter("village_id")):
        homes = {
            (grid.plan_id, grid.number): [(one.place, one.id) for one in grid.households if not one.record.own]
            for grid in of
        }
        labels = {at: row["label"] for at, row in handover.grids(connection, homes).items()}
        leads = {at: charged.get(at, InCharge()) for at in homes}
        yield from _cards(connection, village_id, homes, leads, labels, issued, lang)


@dataclass(frozen=True, slots=True)
class NewLeads:
    """A plan that is in force, or will be, with households that another lead calls on than before."""

    plan_id: int
    village_id: int
    issued: date
    change: PlanChange


def cards_of_new_leads(
    store: Store, who: Who, plans: Sequence[NewLeads], *, now: datetime, lang: Lang
) -> list[ContactCard]:
    """Return the cards of the households that another lead calls on, and note whom they name.

    Raises
    ------
    InputRefused
        There are none.
    """
    cards: list[ContactCard] = []
    with store.change(who, "print", "contact card", now=now) as change:
        for of in plans:
            found = list(_cards_of_plan(change.connection, of, now, lang))
            change.by_village[of.village_id] = {"cards": len(found)}
            cards += found
        if not cards:
            raise InputRefused("card_print.none")
    return cards


def keep_card_prints(
    connection: Connection,
    printed: Mapping[GridNumber, RowMapping],
    plan_ids: tuple[int, int],
    change: PlanChange,
    member_ids: Mapping[str, int],
) -> None:
    """Note of the grids of a plan that comes in the place of another that their cards are printed already.

    That is where everybody in a grid was in it before, and the cards that were printed then name its lead; the ids of
    members are by code.
    """
    before, after = plan_ids
    was = change.old.plan.grid_of if change.old else {}
    for number, homes in change.new.plan.grids.items():
        row, lead = printed.get((before, number)), change.after.leads.get((change.village, number))
        stay = all(was.get(home.household_id) == number for home in homes)
        if row is not None and lead is not None and stay and row["member_id"] == member_ids[lead]:
            card_prints.note(connection, {(after, number): row["member_id"]}, row["printed_at"])


def _cards_of_plan(connection: Connection, of: NewLeads, now: datetime, lang: Lang) -> Iterator[ContactCard]:
    ids, new = members.ids_by_code(connection), of.change.new
    people: dict[tuple[int, str], list[int]] = defaultdict(list)
    for one in of.change.after.assignments:
        people[one.grid, one.role].append(ids[one.member_id])
    wanted, leads = of.change.with_another_lead, of.change.after.leads
    inside = [
        {**home, "number": new.plan.grid_of[home["code"]]}
        for home in card_prints.homes_of_plan(connection, of.plan_id)
        if home["code"] in new.plan.grid_of
    ]
    names = [((of.plan_id, n), folded(of.change.name_of[lead])) for (_, n), lead in leads.items()]
    own, homes, seen = own_homes(names, inside), defaultdict[GridNumber, list[tuple[int, int]]](list), Counter[int]()
    for home in inside:
        number = home["number"]
        seen[number] += 1
        if home["code"] in wanted.get(number, ()) and home["id"] not in own:
            homes[of.plan_id, number].append((seen[number], home["id"]))
    charged = {
        (plan_id, n): InCharge(next(iter(people[n, "lead"]), None), tuple(people[n, "deputy"])) for plan_id, n in homes
    }
    card_prints.note(connection, {at: one.lead for at, one in charged.items()}, now)
    labels = {(of.plan_id, grid.number): grid.label for grid in new.grids}
    in_order = dict(sorted(homes.items()))
    return _cards(connection, of.village_id, in_order, charged, labels, of.issued, lang)


def _cards(
    connection: Connection,
    village_id: int,
    homes: Mapping[GridNumber, Sequence[tuple[int, int]]],
    charged: Mapping[GridNumber, InCharge],
    labels: Mapping[GridNumber, str | None],
    issued: date,
    lang: Lang,
) -> Iterator[ContactCard]:
    """Yield the cards of households, each by its place in its grid and its id."""
    village = villages.by_id(connection, village_id)
    rows = handover.households(connection, [id_ for inside in homes.values() for _, id_ in inside])
    people = {id_ for at in homes for id_ in charged[at].all}
    names, phones = members.names(connection, people), members.phones(connection, people)
    office = Reached(village["name"], village["phone"])
    for at, inside in homes.items():
        of = charged[at]
        called = labels[at] or say("map.grid", lang, number=at[1])
        for place, id_ in inside:
            home = rows[id_]
            yield ContactCard(
                village=village["name"],
                grid=called,
                place=place,
                mark=mark(home),
                hamlet=home["hamlet"],
                lead=None if of.lead is None else Reached(names[of.lead], phones.get(of.lead)),
                deputies=tuple(Reached(names[id_], phones.get(id_)) for id_ in of.deputies),
                office=office,
                issued=issued,
            )
