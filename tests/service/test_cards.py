"""Cards: made for all at once, each for one member, and never by who has not all that they open."""

from collections import Counter
from datetime import timedelta

import pytest
from databases import ON_BOTH
from service import NOW, OTHER, OWN
from sqlalchemy import func, insert, select, update

from gridplan.errors import NotFound
from gridplan.service.access import cards, invitations, sessions
from gridplan.service.access.login import sign_in_by_invitation
from gridplan.store import Who
from gridplan.store.access import accounts, scope
from gridplan.store.registry import villages
from gridplan.store.tables import assignment, audit, invitation, member, plan

HERE = {"address": "192.168.1.7", "device": "Firefox"}


def actor(service, login="administrator"):
    with service.store.read() as connection:
        return scope.actor(connection, accounts.by_login(connection, login)["id"])


def village_id(service, name=OWN):
    with service.store.read() as connection:
        return villages.ids_by_name(connection)[name]


def holders(service, name=OWN, now=NOW):
    return cards.village_cards(service.store, village_id(service, name), now=now)[1]


def one(service, member_id, now=NOW):
    return cards.card_holder(service.store, member_id, now=now)


def add_cadre(service):
    """Add a member of no village and return the id."""
    with service.store.write() as connection:
        added = insert(member).values(code="TOWN", name="示例镇干部", ties=[]).returning(member.c.id)
        return connection.execute(added).scalar_one()


def come_in(service, card, now=NOW):
    return sign_in_by_invitation(service.store, card.invitation.token, now=now, **HERE)


def test_everybody_without_a_card_gets_one_and_nobody_twice(service):
    made = cards.make_cards_for_all(service.store, actor(service), whom="without", now=NOW)
    with service.store.read() as connection:
        assert len(made) == connection.execute(select(func.count()).select_from(member)).scalar_one()
    assert len({card.invitation.token for card in made}) == len({card.holder.member_id for card in made}) == len(made)
    assert cards.make_cards_for_all(service.store, actor(service), whom="without", now=NOW) == []
    for card in made[:3]:
        assert come_in(service, card).actor.member_id == card.holder.member_id


@ON_BOTH
def test_no_secret_of_a_card_is_kept(service):
    made = cards.make_cards_for_all(service.store, actor(service), whom="without", now=NOW)
    with service.store.read() as connection:
        kept = str(connection.execute(select(invitation)).all())
    for card in made:
        assert card.invitation.token not in kept
        assert invitations.plain_code(card.invitation.code) not in kept


def test_cards_that_were_not_printed_are_made_again_and_those_in_use_are_left_alone(service):
    first = cards.make_cards_for_all(service.store, actor(service), whom="without", now=NOW)
    come_in(service, first[0])
    again = cards.make_cards_for_all(service.store, actor(service), whom="unused", now=NOW)
    assert {card.holder.member_id for card in again} == {card.holder.member_id for card in first[1:]}
    assert one(service, first[0].holder.member_id).state == "in use"


def test_the_audit_says_how_many_cards_of_which_village(service):
    made = cards.make_cards_for_all(service.store, actor(service, "planner"), whom="without", now=NOW)
    with service.store.read() as connection:
        rows = connection.execute(select(audit).where(audit.c.verb == "make cards")).mappings().all()
    counted = Counter(card.holder.village_id for card in made)
    assert {row["village_id"]: row["detail"]["cards"] for row in rows} == counted
    assert set(counted) == {village_id(service)}


def test_a_member_stands_somewhere_at_every_step(service):
    holder = holders(service)[-1]
    assert holder.state == "none"
    card = cards.make_card(service.store, actor(service), holder.member_id, now=NOW)
    given = one(service, holder.member_id)
    assert (given.state, given.until) == ("given", NOW + timedelta(days=30))
    assert one(service, holder.member_id, now=NOW + timedelta(days=31)).state == "lapsed"
    entered = come_in(service, card)
    assert (one(service, holder.member_id).state, one(service, holder.member_id).since) == ("in use", NOW)
    assert one(service, holder.member_id, now=NOW + timedelta(days=31)).state == "lapsed"
    who = Who(actor(service).account_id, "administrator")
    cards.report_phone_lost(service.store, who, holder.member_id, now=NOW)
    assert one(service, holder.member_id).state == "lost"
    assert sessions.find_session(service.store, entered.token, phones=True, now=NOW) is None
    card = cards.make_card(service.store, actor(service), holder.member_id, now=NOW)
    assert one(service, holder.member_id).state == "given"
    entered = come_in(service, card)
    cards.withdraw_card(service.store, who, holder.member_id, now=NOW)
    assert one(service, holder.member_id).state == "lapsed"
    assert sessions.find_session(service.store, entered.token, phones=True, now=NOW) is None


def test_a_card_names_the_grids_of_the_published_plan(service):
    lead = next(one for one in holders(service) if one.code == f"{OWN}-M2")
    assert [(grid.village, grid.number, grid.role) for grid in lead.grids] == [(OWN, 2, "lead")]


def test_the_counts_of_a_planner_are_of_the_own_villages(service):
    (count,) = cards.card_counts(service.store, actor(service, "planner"), now=NOW)
    assert (count.village, count.members, count.without) == (OWN, 3, 3)
    everything = cards.total_counts(cards.card_counts(service.store, actor(service), now=NOW))
    assert everything.members > count.members


def test_who_is_of_no_village_gets_a_card_from_the_administrator_only(service):
    cadre = add_cadre(service)
    with service.store.read() as connection:
        assert not actor(service, "planner").reaches(scope.of_card(connection, cadre))
        assert actor(service).reaches(scope.of_card(connection, cadre))
    assert cadre not in {
        card.holder.member_id
        for card in cards.make_cards_for_all(service.store, actor(service, "planner"), whom="without", now=NOW)
    }
    assert cadre in {
        card.holder.member_id
        for card in cards.make_cards_for_all(service.store, actor(service), whom="without", now=NOW)
    }
    assert cards.card_counts(service.store, actor(service), now=NOW)[-1].village_id is None


@ON_BOTH
def test_who_has_grids_in_another_village_gets_no_card_from_the_planner_of_the_own(service):
    lead = holders(service)[0]
    with service.store.write() as connection:
        there = select(plan.c.id).where(plan.c.village_id == village_id(service, OTHER)).scalar_subquery()
        moved = (assignment.c.plan_id == there) & (assignment.c.number == 1)
        connection.execute(update(assignment).where(moved).values(member_id=lead.member_id))
    made = cards.make_cards_for_all(service.store, actor(service, "planner"), whom="without", now=NOW)
    assert lead.member_id not in {card.holder.member_id for card in made}
    assert not cards.may_have_card(actor(service, "planner"), one(service, lead.member_id))
    with service.store.read() as connection:
        assert not actor(service, "planner").reaches(scope.of_card(connection, lead.member_id))


def test_a_retired_member_has_no_card(service):
    gone = holders(service)[0]
    with service.store.write() as connection:
        connection.execute(update(member).where(member.c.id == gone.member_id).values(retired_on=NOW.date()))
    with pytest.raises(NotFound):
        cards.make_card(service.store, actor(service), gone.member_id, now=NOW)
    assert gone.member_id not in {holder.member_id for holder in holders(service)}
