"""Corrections: reported, answered, and what is accepted changes the household now."""

from uuid import uuid4

import pytest
from databases import ON_BOTH
from sample_drafts import household_id, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import select, update
from ways_in import confirmed

from gridplan.contact.visits import Visit
from gridplan.errors import Conflict, InputRefused
from gridplan.roles import Actor
from gridplan.service.contact import corrections as use
from gridplan.service.contact.corrections import Report
from gridplan.service.contact.record import record_visits
from gridplan.service.registry import households as registry
from gridplan.store import Who
from gridplan.store.access import accounts
from gridplan.store.contact import corrections
from gridplan.store.contact.corrections import CorrectionQuery
from gridplan.store.contact.merges import merged_into
from gridplan.store.registry import households
from gridplan.store.tables import audit, household, household_change, member, visit

TODAY = NOW.date()
WHO = Who(None, "planner")


@pytest.fixture
def planner(service):
    with service.store.read() as connection:
        account = accounts.by_login(connection, "planner")["id"]
    return Actor(account, "planner", "planner", frozenset({village_id(service.store)}))


def home_of(service, code):
    with service.store.read() as connection:
        return households.by_id(connection, household_id(service.store, code))


def reported(service, kind, code=f"{OWN}0000", **content):
    home = None if code is None else household_id(service.store, code)
    new = Report(str(uuid4()), kind, village_id(service.store), home, content)
    use.report(service.store, WHO, new, now=NOW)
    return new.id


def accept(service, correction_id, version=None):
    with service.store.read() as connection:
        content = corrections.by_id(connection, correction_id)["content"]
    use.accept(service.store, WHO, correction_id, version, content, now=NOW, today=TODAY)


def state_of(service, correction_id):
    with service.store.read() as connection:
        return corrections.by_id(connection, correction_id)["state"]


@pytest.mark.parametrize(
    ("kind", "content", "column", "value"),
    [
        ("gone away", {}, "retired_on", TODAY),
        ("wrong number", {"door": "14号"}, "door", "14号"),
        ("another head", {"name": "新户主"}, "name", "新户主"),
        ("wrong spot", {"lon": 119.4351, "lat": 31.4151}, "lon", 119.4351),
    ],
)
def test_what_is_accepted_changes_the_household_and_the_audit_says_so(service, kind, content, column, value):
    id_ = reported(service, kind, **content)
    accept(service, id_)
    assert (home_of(service, f"{OWN}0000")[column], state_of(service, id_)) == (value, "accepted")
    with service.store.read() as connection:
        last = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(1)).one()
    assert (last.verb, last.object) == ("retire" if kind == "gone away" else "change", "household")
    with pytest.raises((Conflict, InputRefused)):
        accept(service, id_)


def test_a_household_that_was_changed_since_it_was_seen_stays_as_it_is_and_so_does_the_correction(service):
    id_ = reported(service, "wrong number", door="14号")
    with pytest.raises(Conflict):
        accept(service, id_, version=7)
    assert (home_of(service, f"{OWN}0000")["version"], state_of(service, id_)) == (1, "open")


def test_a_new_house_comes_onto_the_list_and_one_that_is_not_of_the_village_goes_to_the_other(service):
    accept(service, reported(service, "new house", None, name="新来的", hamlet="1组"))
    content, foreign = {"village": village_id(service.store, OTHER)}, reported(service, "not of this village")
    confirmed(lambda key: use.accept(service.store, WHO, foreign, 1, content, now=NOW, today=TODAY, confirmed=key))
    with service.store.read() as connection:
        new = connection.execute(select(household).where(household.c.name == "新来的")).one()
    assert new.village_id == village_id(service.store)
    assert home_of(service, f"{OWN}0000")["village"] == OTHER


@ON_BOTH
def test_two_that_are_one_have_their_contacts_together_along_a_chain_and_apart_again(service):
    first, second, third = (household_id(service.store, f"{OWN}000{n}") for n in range(3))
    with service.store.read() as connection:
        who = connection.execute(select(member.c.id).limit(1)).scalar_one()
    days = [Visit(f"v{n}", home, who, TODAY, "met", "door", "told") for n, home in enumerate((first, second, third))]
    record_visits(service.store, WHO, days, now=NOW)
    accept(service, reported(service, "two are one", f"{OWN}0000", other=second))
    accept(service, reported(service, "two are one", f"{OWN}0001", other=third))

    def counted():
        with service.store.read() as connection:
            of = connection.execute(select(visit.c.id, visit.c.contact_of).order_by(visit.c.id)).all()
            return [(id_, home) for id_, home in of if home], merged_into(connection)

    assert counted() == ([("v0", third)], {first: third, second: third})
    with pytest.raises(InputRefused):
        accept(service, reported(service, "two are one", f"{OWN}0002", other=first))
    registry.restore(service.store, WHO, first, home_of(service, f"{OWN}0000")["version"], now=NOW)
    assert counted() == ([("v0", first), ("v1", third)], {second: third})
    assert home_of(service, f"{OWN}0000")["retired_on"] is None


@ON_BOTH
def test_the_second_of_two_that_were_one_begins_without_visits_beside_the_first(service):
    first = household_id(service.store, f"{OWN}0000")
    accept(service, reported(service, "one is two", name="弟弟"))
    with service.store.read() as connection:
        new = connection.execute(select(household).where(household.c.name == "弟弟")).one()
        change = connection.execute(select(household_change)).one()
    assert (change.old_id, change.new_id, change.kind) == (first, new.id, "split")
    assert (new.lon, new.lat) == tuple(home_of(service, f"{OWN}0000")[name] for name in ("lon", "lat"))


def test_answers_in_words_are_kept_for_who_reported_and_can_be_taken_back(service, planner):
    id_ = reported(service, "gone away")
    with pytest.raises(InputRefused):
        use.answer_all(service.store, planner, {id_: 1}, "refuse", None, now=NOW, today=TODAY)
    use.answer_all(service.store, planner, {id_: 1}, "ask back", "去哪了", now=NOW, today=TODAY)
    use.answer_all(service.store, planner, {id_: 1}, "refuse", "还在", now=NOW, today=TODAY)
    assert state_of(service, id_) == "refused"
    use.answer_all(service.store, planner, {id_: 1}, "open again", None, now=NOW, today=TODAY)
    assert state_of(service, id_) == "open"


def test_several_are_accepted_at_once_and_those_that_cannot_be_say_why(service, planner):
    ids = {reported(service, "gone away", f"{OWN}000{n}"): 1 for n in range(3)} | {reported(service, "wrong spot"): 1}
    with service.store.write() as connection:
        stale = household_id(service.store, f"{OWN}0002")
        connection.execute(update(household).where(household.c.id == stale).values(version=2))
    done = use.answer_all(service.store, planner, ids, "accept", None, now=NOW, today=TODAY)
    assert (done.n, len(done.problems)) == (2, 2)
    page = use.corrections_page(service.store, planner.scope, "open", CorrectionQuery(kind="gone away"))
    assert ([row["code"] for row in page.rows], page.counts) == (
        [f"{OWN}0002"],
        {"open": 2, "asked back": 0, "answered": 2},
    )


@ON_BOTH
def test_a_report_is_sent_from_the_page_of_the_household_and_answered_in_the_list(service):
    clerk, planner = service.client("clerk"), service.client("planner")
    home, theirs = (household_id(service.store, f"{village}0000") for village in (OWN, OTHER))
    form = {"csrf": service.csrf(clerk), "id": str(uuid4()), "kind": "wrong number"}
    address = f"/desk/households/{home}/correction"
    assert 'name="door"' in clerk.get(f"{address}?kind=wrong+number").text
    assert clerk.post(address, data=form | {"door": " "}).status_code == 422
    for _ in range(2):
        answer = clerk.post(address, data=form | {"door": "<b>9</b>"})
    assert "The correction was reported." in clerk.get(answer.location).text
    assert clerk.post(f"/desk/households/{theirs}/correction", data=form | {"door": "9"}).status_code == 404
    shown = clerk.get("/desk/corrections").text
    assert (shown.count("&lt;b&gt;9&lt;/b&gt;"), "Accept what is ticked" in shown) == (1, False)
    ticked = {"csrf": service.csrf(planner), "correction": form["id"], f"version-{form['id']}": "1", "answer": "accept"}
    assert clerk.post("/desk/corrections", data=ticked | {"csrf": form["csrf"]}).status_code == 403
    done = planner.post("/desk/corrections", data=ticked)
    assert "1 answered." in planner.get(done.location).text
    assert home_of(service, f"{OWN}0000")["door"] == "<b>9</b>"
    assert "Accepted." in clerk.get(f"/desk/corrections/{form['id']}").text
