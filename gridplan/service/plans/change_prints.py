"""What is printed and sent round for a plan that is scheduled or was published: slips, contact cards, a text."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.calendar import local_day
from gridplan.errors import InputRefused
from gridplan.exchange.paper.change_slips import ChangeSlip, SlipRow
from gridplan.exchange.paper.contact_cards import ContactCard
from gridplan.model import Household, TownPlan
from gridplan.names import door_key, hamlet_key
from gridplan.planning.current import as_of_now
from gridplan.service.contact.card_printing import NewLeads, cards_of_new_leads
from gridplan.service.plans.plan_change import PlanChange
from gridplan.service.plans.publish import of_village, publish_previews
from gridplan.store import Store, Who
from gridplan.store.plans import plans, schedule
from gridplan.store.plans.plan_figures import plan_figures, plans_by_ids
from gridplan.store.registry import households
from gridplan.words import Lang, Message


@dataclass(frozen=True)
class DatedChange:
    """What a plan changes, and from which day on."""

    plan_id: int
    village_id: int
    day: date
    change: PlanChange

    @property
    def another_lead(self) -> int:
        """How many households have another lead."""
        return sum(map(len, self.change.with_another_lead.values()))

    @property
    def texts(self) -> tuple[Message, ...]:
        """What can be told to everybody: how much changes, and nobody's name."""
        if self.change.old is None:
            return (Message("change_text.first", {"village": self.change.village, "n": len(self.change.new.grids)}),)
        grids = {"new": len(self.change.new_grids), "gone": len(self.change.gone_grids)}
        counted = {
            "moves": Message("count.households", {"n": self.change.moves}),
            "another": Message("count.households", {"n": self.another_lead}),
            "leads": len(self.change.caseloads),
        }
        told = Message("change_text.village", {"village": self.change.village, **counted})
        return (told, Message("change_text.grids", grids)) if any(grids.values()) else (told,)


def changes_of_plans(store: Store, plan_ids: Collection[int], zone: ZoneInfo) -> tuple[DatedChange, ...]:
    """Return what plans change that are scheduled or in force, by village; of those in force, what they changed."""
    with store.read() as connection:
        return _changes(connection, plan_ids, zone)


def _changes(connection: Connection, plan_ids: Collection[int], zone: ZoneInfo) -> tuple[DatedChange, ...]:
    waiting = {one.plan_id: one.day for one in schedule.scheduled(connection, schedule.of_plans(plan_ids))}
    previews = publish_previews(connection, waiting.keys())
    to_come = [DatedChange(one.id, one.plan["village_id"], waiting[one.id], one.change) for one in previews]
    return (*to_come, *_in_force(connection, set(plan_ids) - waiting.keys(), zone))


def _in_force(connection: Connection, plan_ids: Collection[int], zone: ZoneInfo) -> list[DatedChange]:
    """Return what plans changed that are in force: beside those before them, with the households of today."""
    rows = [row for row in plan_figures(connection, plans_by_ids(plan_ids)) if row["state"] == "published"]
    before = plans.town(connection, list(plans.former(connection, [row["id"] for row in rows]).values()))
    after = plans.town(connection, [row["id"] for row in rows])
    living = {home.household_id: home for home in households.models(connection, [row["village_id"] for row in rows])}
    name_of = {one.member_id: one.name for one in (*before.members, *after.members)}
    found = []
    for row in rows:
        old = of_village(before, row["village"])
        change = PlanChange(row["village"], _of_today(old, living), of_village(after, row["village"]), name_of)
        found.append(DatedChange(row["id"], row["village_id"], local_day(row["published_at"], zone), change))
    return found


def _of_today(town: TownPlan, living: Mapping[str, Household]) -> TownPlan:
    """Return plans with those of their households that still live in their village."""
    villages = []
    for one in town.villages:
        homes = [living[home.household_id] for home in one.plan.households if home.household_id in living]
        villages.append(as_of_now(one, [home for home in homes if home.village == one.plan.village]))
    return replace(town, villages=tuple(villages))


# ---- slips


def change_slips(changes: Sequence[DatedChange], *, names: bool) -> list[ChangeSlip]:
    """Return the slips of members whose households change, by village and name; `names` of households only if asked.

    Raises
    ------
    InputRefused
        Nobody has other households.
    """
    slips = [
        ChangeSlip(
            village=of.change.village,
            member=one.name,
            day=of.day,
            gained=_rows(one.gained, of.change, names=names),
            lost=_rows(one.lost, of.change, names=names),
        )
        for of in changes
        for one in of.change.caseloads
    ]
    if not slips:
        raise InputRefused("change_slip.none")
    return slips


def _rows(homes: Sequence[Household], change: PlanChange, *, names: bool) -> tuple[SlipRow, ...]:
    in_order = sorted(homes, key=lambda home: (hamlet_key(home.hamlet), door_key(home.door), home.household_id))
    grid_of = change.new.plan.grid_of
    rows = (
        SlipRow(
            home.door or home.address or home.household_id,
            grid_of.get(home.household_id),
            home.hamlet,
            home.name if names else None,
        )
        for home in in_order
    )
    return tuple(sorted(rows, key=lambda row: (row.grid is None, row.grid or 0)))


# ---- contact cards


def cards_of_changes(
    store: Store, who: Who, changes: Sequence[DatedChange], *, now: datetime, today: date, lang: Lang
) -> list[ContactCard]:
    """Return the contact cards of the households that have another lead, and note whom they name.

    Raises
    ------
    InputRefused
        No household has another lead.
    """
    new = [
        NewLeads(of.plan_id, of.village_id, max(of.day, today), of.change)
        for of in changes
        if of.change.with_another_lead
    ]
    return cards_of_new_leads(store, who, new, now=now, lang=lang)
