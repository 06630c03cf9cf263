"""What the desk settles of what phones sent: it becomes what it was to be, or nothing, and its outcome is not shown."""

import pytest
from databases import ON_BOTH
from sample_drafts import village_id
from sending_phones import DAY, TODAY, ZONE
from service import NOW, OTHER, OWN
from sqlalchemy import select

from gridplan.errors import Conflict, NotFound
from gridplan.service.contact.apart import apart_page, settle_apart
from gridplan.store import Who
from gridplan.store.contact import apart
from gridplan.store.tables import correction, kept_apart, need, visit


@pytest.fixture
def desk(begun):
    """Return what settles the first that is kept apart, as the clerk of the village."""

    def settle(how="accepted", n=None, within=None):
        number = n or begun.one(select(kept_apart.c.n).where(kept_apart.c.settled_at.is_(None)).limit(1))
        scope = within or {village_id(begun.store, OWN)}
        settle_apart(begun.store, Who(None, "clerk"), scope, number, how, now=NOW + DAY, zone=ZONE)

    return settle


def page(begun, *names):
    return apart_page(begun.store, {village_id(begun.store, name) for name in names or (OWN,)})


def test_a_visit_becomes_one_as_it_was_told_with_the_changes_that_came_after_it(begun, phone, desk):
    homes = begun.homes()
    near = begun.sign_up("near", begun.member(f"{OWN}-M2"))
    told = near.visit(homes[0], at=NOW - DAY, outcome="not home", days_ago=1)
    later = near.amend(told["id"], "outcome", outcome="met")
    back = near.visit(homes[1])
    gone_back = near.amend(back["id"], "withdraw")
    assert near.verdicts(told, later, back, gone_back) == ["quarantined"] * 4
    first, second = sorted(page(begun), key=lambda one: one.day)
    assert (first.what, first.reason, first.household_id, first.day) == (
        "visit",
        "not_yours",
        homes[0],
        TODAY - 2 * DAY,
    )
    assert first.may_be_accepted
    assert "outcome" not in str(first)
    desk(n=first.n)
    desk(n=second.n)
    assert {tuple(content) for (content,) in begun.all(select(kept_apart.c.content))} == {("day",)}
    assert begun.visits() == {(homes[0], TODAY - 2 * DAY, "met", "standing"), (homes[1], TODAY, "met", "withdrawn")}
    assert begun.one(select(visit.c.contact_of).where(visit.c.household_id == homes[0])) == homes[0]
    assert near.verdicts(told, later, back, gone_back) == ["replay"] * 4
    assert near.verdicts(near.amend(told["id"], "outcome", outcome="away")) == ["created"]
    assert page(begun) == []
    with pytest.raises(NotFound):
        desk(n=first.n)


@ON_BOTH
def test_what_is_dropped_counts_never_and_its_changes_neither(begun, phone, desk):
    told = phone.visit(begun.homes()[0], days_ago=9)
    later = phone.amend(told["id"], "outcome", outcome="away")
    assert phone.verdicts(told, later) == ["quarantined"] * 2
    with begun.store.read() as connection:
        assert apart.waiting_of(connection, phone.member_id) == len(page(begun)) == 1
    desk("dropped")
    late = phone.amend(told["id"], "outcome", outcome="met")
    for _ in range(2):
        assert phone.verdicts(told, later, late) == ["quarantined"] * 3
    assert (page(begun), begun.visits()) == ([], set())
    kept = begun.all(select(kept_apart.c.settled_as, kept_apart.c.content))
    assert [(settled_as, set(content)) for settled_as, content in kept] == [("dropped", {"day"})] * 3


def test_something_else_under_an_id_becomes_another_visit(begun, phone, desk):
    homes = begun.homes()
    told = phone.visit(homes[0])
    phone.send(told)
    assert phone.verdicts({**told, "household": homes[1]}) == ["conflict"]
    assert [(one.household_id, one.reason) for one in page(begun)] == [(homes[1], "conflict")]
    desk()
    assert {home for home, *_ in begun.visits()} == set(homes[:2])


def test_what_is_of_no_household_of_the_desk_can_be_dropped_alone(begun, phone, desk):
    far = begun.sign_up("far", begun.member(f"{OTHER}-M1"))
    strange = begun.homes("far")[0]
    assert phone.verdicts(phone.visit(strange), phone.visit(10**6), "nothing") == ["quarantined"] * 3
    assert far.verdicts(far.visit(10**6)) == ["quarantined"]
    rows = page(begun)
    assert [one.what for one in rows] == ["other", "visit", "visit"]
    assert {(one.code, one.may_be_accepted) for one in rows} == {(None, False)}
    assert [one.code for one in page(begun, OWN, OTHER)].count(None) == 3
    for one in rows:
        with pytest.raises(Conflict):
            desk(n=one.n)
    with pytest.raises(NotFound):
        desk("dropped", n=page(begun, OTHER)[0].n)
    desk("dropped", n=rows[0].n)
    desk(n=rows[1].n, within=None, how="dropped")
    assert len(page(begun)) == 1


def test_needs_and_corrections_are_accepted_too(begun, phone, desk):
    homes = begun.homes()
    near = begun.sign_up("near", begun.member(f"{OWN}-M2"))
    sent = [near.need(homes[0]), near.correction("wrong number", homes[1], {"door": "9"})]
    assert near.verdicts(*sent) == ["quarantined"] * 2
    assert {one.what for one in page(begun)} == {"correction", "need"}
    desk()
    desk()
    assert begun.all(select(need.c.household_id, need.c.raised_day)) == [(homes[0], TODAY)]
    assert begun.all(select(correction.c.household_id, correction.c.content)) == [(homes[1], {"door": "9"})]
    assert near.verdicts(*sent) == ["replay"] * 2
    dead = near.need(homes[2], category="complaints")
    assert near.verdicts(dead) == ["quarantined"]
    with pytest.raises(Conflict):
        desk()
