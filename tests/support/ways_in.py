"""The ways in which a household, a member, a hamlet or a village gets a place, each a function of the place."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from uuid import uuid4

from service import NOW, OTHER, OWN
from sqlalchemy import select

from gridplan.errors import Unconfirmed
from gridplan.roles import Actor
from gridplan.service.contact import corrections
from gridplan.service.registry import households, members, placement
from gridplan.service.registry.form import FormFields
from gridplan.store import Who
from gridplan.store.registry import households as households_store
from gridplan.store.registry import members as members_store
from gridplan.store.registry import villages
from gridplan.store.tables import household, member

WHO = Who(None, "planner")
ADMIN = Actor(1, "administrator", "administrator", None)
NUMBERS = count()


def confirmed(act):
    """Do what `act` does with a key, and once more with that of the doubts there are; return them, and what it gave."""
    try:
        return None, act("")
    except Unconfirmed as asked:
        return asked, act(asked.message.values["key"])


def ids_of(store):
    with store.read() as connection:
        return villages.ids_by_name(connection)


def first_home(store, village=OWN):
    """Return the first household of a village."""
    with store.read() as connection:
        found = select(household.c.id).where(household.c.village_id == villages.ids_by_name(connection)[village])
        return households_store.by_id(
            connection, connection.execute(found.order_by(household.c.code)).scalars().first()
        )


def typed(place):
    return {"lon": str(place[0]), "lat": str(place[1])}


def new_household(store, place, key):
    fields = {"village_id": str(ids_of(store)[OWN]), "name": f"新户{next(NUMBERS)}", "confirmed": key, **typed(place)}
    households.add(store, WHO, households.parse_household(store, ADMIN, FormFields(fields)), now=NOW)


def household_form(store, place, key):
    home = first_home(store)
    fields = {name: str(home[name] or "") for name in ("name", "door", "hamlet", "village_id")}
    form = households.parse_household(store, ADMIN, FormFields({**fields, **typed(place), "confirmed": key}))
    households.update(store, WHO, home["id"], home["version"], form, now=NOW)


def placed_household(store, place, key):
    home = first_home(store)
    placement.place_household(
        store, WHO, home["village_id"], home["id"], home["version"], place, confirmed=key, now=NOW
    )


def anchor(store, place, key):
    placement.set_anchor(
        store, WHO, ids_of(store)[OWN], f"新组{next(NUMBERS)}", place, was=None, confirmed=key, now=NOW
    )


def settled(store, kind, home, place, key):
    """Report something with a place, and let the desk accept it."""
    content = {"lon": place[0], "lat": place[1]} | ({} if home else {"name": f"新房{next(NUMBERS)}"})
    new = corrections.Report(str(uuid4()), kind, ids_of(store)[OWN], home, content)
    corrections.report(store, WHO, new, now=NOW)
    corrections.accept(store, WHO, new.id, None, content, now=NOW, today=NOW.date(), confirmed=key)


def wrong_spot(store, place, key):
    settled(store, "wrong spot", first_home(store)["id"], place, key)


def new_house(store, place, key):
    settled(store, "new house", None, place, key)


def new_member(store, place, key):
    fields = {"village_id": str(ids_of(store)[OWN]), "name": f"新人{next(NUMBERS)}", "max_grids": "1", "confirmed": key}
    form = members.parse_member(store, ADMIN, FormFields({**fields, **typed(place)}))
    members.add(store, WHO, form, now=NOW)


def member_form(store, place, key):
    with store.read() as connection:
        first = connection.execute(select(member.c.id).where(member.c.village_id.is_not(None))).scalars().first()
        row = members_store.by_id(connection, first)
    fields = {"village_id": str(row["village_id"]), "name": row["name"], "max_grids": "1", "confirmed": key}
    form = members.parse_member(store, ADMIN, FormFields({**fields, **typed(place)}))
    members.update(store, WHO, row["id"], row["version"], form, now=NOW)


HOMES = (new_household, household_form, placed_household, wrong_spot, new_house)
PLACES = (*HOMES, anchor, new_member, member_form)


def move_by_form(store, key):
    """Let a household of one village be of another, where it stands."""
    home = first_home(store)
    form = replace(households_form(home), village_id=ids_of(store)[OTHER], confirmed=key)
    households.update(store, WHO, home["id"], home["version"], form, now=NOW)


def move_by_desk(store, key):
    home, other = first_home(store), ids_of(store)[OTHER]
    new = corrections.Report(str(uuid4()), "not of this village", home["village_id"], home["id"], {"village": other})
    corrections.report(store, WHO, new, now=NOW)
    corrections.accept(store, WHO, new.id, None, new.content, now=NOW, today=NOW.date(), confirmed=key)


def households_form(home):
    """Return a household as its form has it."""
    texts = {name: home[name] for name in ("name", "door", "hamlet", "phone", "address")}
    return households.HouseholdForm(village_id=home["village_id"], code=None, place=(home["lon"], home["lat"]), **texts)
