"""Tokens of phones: made for a member, good for 180 days after they were last used, worth nothing once lost."""

import pytest
from service import NOW
from sqlalchemy import select, update

from gridplan.errors import NotFound
from gridplan.service.phone.devices import device_of_token, new_device
from gridplan.store.access import accounts, scope
from gridplan.store.phone import devices
from gridplan.store.tables import device

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
