"""Tokens of phones: made for a member, good for 180 days after they were last used, worth nothing once lost."""

from datetime import timedelta

import pytest
from databases import ON_BOTH
from service import NOW
from sqlalchemy import select, update

from gridplan.contact.amendments import Amendment
from gridplan.contact.visits import Visit
from gridplan.errors import NotFound
from gridplan.service.access.cards import withdraw_card
from gridplan.service.admin.retention import remove_old
from gridplan.service.contact.reassignment import reassign, reassignment_page, take_back
from gridplan.service.phone.devices import device_of_token, new_device
from gridplan.service.registry import members as members_changed
from gridplan.store.access import accounts, scope
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry
from gridplan.store.database import COMMAND_LINE
from gridplan.store.phone import devices
from gridplan.store.registry import members
from gridplan.store.tables import amendment, device, household, kept_apart, visit

HERE = {"address": "https://gridplan.example", "now": NOW, "today": NOW.date()}


def actor_of(service, role):
    with service.store.read() as connection:
        return scope.actor(connection, accounts.by_login(connection, role)["id"])


@pytest.fixture
def member(service):
    return actor_of(service, "member")


def test_a_token_names_its_member_and_is_stored_as_a_hash(service, member):
    made = new_device(service.store, member, **HERE)
    found = device_of_token(service.store, made.token, NOW)
    assert (found.member_id, found.address, found.received, found.ended_at) == (
        member.member_id,
        "https://gridplan.example",
        0,
        None,
    )
    assert made.member_id == member.member_id
    assert len(made.token) >= 43  # 256 bits
    with service.store.read() as connection:
        assert made.token not in str(connection.execute(select(device)).all())
    assert device_of_token(service.store, f"{made.token}x", NOW) is None
    assert made.token not in repr(made)


def test_each_phone_of_a_member_has_its_own(service, member):
    first, second = (new_device(service.store, member, **HERE) for _ in range(2))
    found = {device_of_token(service.store, one.token, NOW).id for one in (first, second)}
    assert len(found) == 2


def test_nobody_but_a_member_gets_one(service):
    with pytest.raises(NotFound):
        new_device(service.store, actor_of(service, "planner"), **HERE)


def test_it_lasts_180_days_after_it_was_last_used(service, member):
    made = new_device(service.store, member, **HERE)
    service.later(days=180)
    assert device_of_token(service.store, made.token, service.now)
    service.later(days=1)
    assert device_of_token(service.store, made.token, service.now) is None
    with service.store.write() as connection:
        connection.execute(update(device).values(used_day=service.now.date()))
    assert device_of_token(service.store, made.token, service.now)


def test_a_phone_whose_part_has_ended_may_send_for_30_days_and_a_lost_one_nothing(service, member):
    made = new_device(service.store, member, **HERE)
    with service.store.write() as connection:
        assert len(devices.end(connection, [member.member_id], "handover", NOW)) == 1
    assert device_of_token(service.store, made.token, NOW).ended_why == "handover"
    service.later(days=30)
    assert device_of_token(service.store, made.token, service.now)
    service.later(minutes=1)
    assert device_of_token(service.store, made.token, service.now) is None
    with service.store.write() as connection:
        assert len(devices.end(connection, [member.member_id], "lost", NOW)) == 1
        assert devices.end(connection, [member.member_id], "handover", service.now) == []
    assert device_of_token(service.store, made.token, NOW) is None


def test_no_more_than_500_operations_are_kept_apart_of_a_member_whose_part_has_ended(service, member):
    made = new_device(service.store, member, **HERE)
    with service.store.write() as connection:
        devices.end(connection, [member.member_id], "handover", NOW)
        of = {"content": {}, "content_hash": "", "member_id": member.member_id, "received_at": NOW}
        of |= {"verdict": "quarantined", "device_id": connection.execute(select(device.c.id)).scalar_one()}
        connection.execute(kept_apart.insert(), [{**of, "id": str(n)} for n in range(499)])
    assert device_of_token(service.store, made.token, NOW)
    with service.store.write() as connection:
        connection.execute(kept_apart.insert().values({**of, "id": "499"}))
    assert device_of_token(service.store, made.token, NOW) is None


@ON_BOTH
def test_who_loses_a_phone_retires_or_gives_all_grids_away_sends_no_more(service, member):
    """Lost: at once; the others: what comes is kept apart. A reassignment that is undone gives it back."""
    made, id_ = new_device(service.store, member, **HERE), member.member_id
    admin, day = actor_of(service, "administrator"), {"now": NOW, "today": NOW.date()}

    def why():
        found = device_of_token(service.store, made.token, NOW)
        return found and found.ended_why

    led = reassignment_page(service.store, admin, id_, NOW.date(), {}).grids
    takers = {grid.at: grid.candidates[0].id for grid in led}
    reassign(service.store, admin, id_, takers, **day)
    assert why() == "handover"
    take_back(service.store, admin, id_, takers, **day)
    assert device_of_token(service.store, made.token, NOW).ended_why is None
    with service.store.read() as connection:
        version = members.by_id(connection, id_)["version"]
    members_changed.retire(service.store, COMMAND_LINE, id_, version, **day)
    assert why() == "handover"
    members_changed.restore(service.store, COMMAND_LINE, id_, version + 1, now=NOW)
    withdraw_card(service.store, COMMAND_LINE, id_, now=NOW)
    assert device_of_token(service.store, made.token, NOW) is None


@ON_BOTH
def test_a_phone_is_forgotten_after_180_days_and_what_it_sent_stays(service, member):
    for _ in range(2):
        new_device(service.store, member, **HERE)
    with service.store.write() as connection:
        old, young = connection.execute(select(device.c.id).order_by(device.c.id)).scalars()
        connection.execute(update(device).where(device.c.id == young).values(used_day=NOW.date() + timedelta(1)))
        home = connection.execute(select(household.c.id)).scalars().first()
        visits.add(connection, [Visit("a", home, member.member_id, NOW.date(), "met", "door", "phone")], Entry(1, NOW))
        connection.execute(update(visit).values(device_id=old))
        visits.amend(connection, [Amendment("b", "a", "withdraw", {})], Entry(1, NOW))
        connection.execute(update(amendment).values(device_id=old))
    service.later(days=181)
    remove_old(service.store, now=service.now)
    with service.store.read() as connection:
        assert connection.execute(select(device.c.id)).scalars().all() == [young]
        assert connection.execute(select(visit.c.id, visit.c.device_id)).all() == [("a", None)]
        assert connection.execute(select(amendment.c.id, amendment.c.device_id)).all() == [("b", None)]
