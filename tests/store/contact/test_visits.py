"""Visits: none is lost, none counts twice, and what was stored is changed by amendments alone."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service import NOW
from sqlalchemy import insert, select

from gridplan.contact.amendments import Amendment
from gridplan.contact.visits import CHANNELS, OUTCOMES, Visit, contacts
from gridplan.errors import NotFound
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry
from gridplan.store.tables import household, household_change, kept_apart, member, visit

MONDAY = date(2026, 12, 28)
ENTRY = Entry(None, NOW)


@pytest.fixture
def some(service):
    """Return some households and a member of the town."""
    with service.store.read() as connection:
        homes = connection.execute(select(household.c.id).order_by(household.c.code).limit(3)).scalars().all()
        return homes, connection.execute(select(member.c.id).limit(1)).scalar_one()


def a_visit(some, id_="a", **changes):
    homes, who = some
    return replace(Visit(id_, homes[0], who, MONDAY, "met", "door", "sheet"), **changes)


def stored(connection):
    rows = connection.execute(select(*visits.COLUMNS, visit.c.contact_of)).mappings().all()
    return [visits.visit_of(row) for row in rows], {row["id"]: row["contact_of"] for row in rows if row["contact_of"]}


def test_a_visit_sent_again_is_one_and_other_content_under_its_id_is_kept_apart(service, some):
    with service.store.write() as connection:
        first, other = a_visit(some), a_visit(some, outcome="not home")
        assert visits.add(connection, [first], ENTRY) == {"a": "created"}
        assert visits.add(connection, [first, a_visit(some, "b", day=MONDAY + timedelta(1))], ENTRY) == {
            "a": "replay",
            "b": "created",
        }
        for _ in range(2):
            assert visits.add(connection, [other], ENTRY) == {"a": "conflict"}
        assert visits.by_id(connection, "a") == first
        assert [row.content["outcome"] for row in connection.execute(select(kept_apart))] == ["not home"]


def test_a_visit_that_was_amended_is_still_the_one_that_was_sent(service, some):
    with service.store.write() as connection:
        visits.add(connection, [a_visit(some)], ENTRY)
        undo = Amendment("x", "a", "withdraw", {})
        assert visits.amend(connection, [undo], ENTRY) == {"x": "created"}
        assert visits.amend(connection, [undo], ENTRY) == {"x": "replay"}
        assert visits.amend(connection, [replace(undo, kind="dispute")], ENTRY) == {"x": "conflict"}
        assert visits.add(connection, [a_visit(some)], ENTRY) == {"a": "replay"}
        assert stored(connection)[1] == {}


def test_a_contact_moved_onto_the_day_of_another_counts_once(service, some):
    with service.store.write() as connection:
        later = MONDAY + timedelta(1)
        visits.add(connection, [a_visit(some), a_visit(some, "b", day=later)], ENTRY)
        for n, day in enumerate((MONDAY, later)):
            visits.amend(connection, [Amendment(f"x{n}", "b", "day", {"day": day})], ENTRY)
            assert len(stored(connection)[1]) == n + 1


def test_a_visit_at_no_household_is_refused(service, some):
    with pytest.raises(NotFound), service.store.write() as connection:
        visits.add(connection, [a_visit(some, household=1)], ENTRY)


def test_contacts_of_a_household_that_was_merged_are_those_of_the_other(service, some):
    one, two, three = some[0]
    with service.store.write() as connection:
        visits.add(connection, [a_visit(some), a_visit(some, "b", household=two)], ENTRY)
        for old, new in ((one, two), (two, three)):
            row = {"old_id": old, "new_id": new, "kind": "merged", "day": MONDAY}
            connection.execute(insert(household_change).values(row))
            visits.recount_households(connection, [new])
        assert stored(connection)[1] == {"a": three}


@st.composite
def stories(draw):
    """Return visits and amendments in the order in which they come in."""
    story = []
    for _ in range(draw(st.integers(1, 12))):
        known = [at for at, one in enumerate(story) if one[0] == "visit"]
        if known and draw(st.booleans()):
            story.append(("amend", draw(st.sampled_from(known)), draw(changes())))
        else:
            fields = {"outcome": draw(st.sampled_from(OUTCOMES)), "channel": draw(st.sampled_from(CHANNELS))}
            days, week_only = draw(st.integers(0, 8)), draw(st.booleans())
            story.append(("visit", draw(st.integers(0, 2)), fields | {"days": days, "week_only": week_only}))
    return story


def changes():
    days = st.integers(0, 8).map(lambda n: ("day", {"day": MONDAY + timedelta(n), "week_only": False}))
    outcomes = st.sampled_from(OUTCOMES).map(lambda outcome: ("outcome", {"outcome": outcome}))
    states = st.sampled_from(["withdraw", "dispute", "uphold"]).map(lambda kind: (kind, {}))
    homes = st.integers(0, 2).map(lambda place: ("household", {"household": place}))
    return days | outcomes | states | homes


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories())
def test_whatever_comes_in_what_counts_is_what_the_rule_says(service, some, story):
    homes, who = some
    with service.store.write() as connection, connection.begin_nested() as undone:
        for place, (what, at, fields) in enumerate(story):
            if what == "visit":
                day = MONDAY + timedelta(fields["days"])
                one = Visit(
                    f"v{place}", homes[at], who, day, fields["outcome"], fields["channel"], "sheet", fields["week_only"]
                )
                visits.add(connection, [one], ENTRY)
            else:
                kind, after = fields
                after = {"household": homes[after["household"]]} if "household" in after else after
                visits.amend(connection, [Amendment(f"x{place}", f"v{at}", kind, after)], ENTRY)
            everything, counted = stored(connection)
            assert counted == contacts(everything)
        undone.rollback()
