"""A member's own pages without a script: two taps a visit, undone, corrected, disputed; feedback from every page."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from databases import ON_BOTH
from sample_drafts import village_id
from service import NOW, OWN
from sqlalchemy import insert, select, update

from gridplan.contact.visits import Visit
from gridplan.service.admin.feedback import MOST_A_DAY
from gridplan.service.contact.record import record_visits
from gridplan.store.database import COMMAND_LINE
from gridplan.store.system import list_changes
from gridplan.store.system.town_settings import read_settings, write_settings
from gridplan.store.tables import (
    account,
    assignment,
    audit,
    feedback,
    household,
    member,
    party_group,
    plan,
    village,
    visit,
)

TODAY = NOW.date()


@pytest.fixture
def town(service):
    """Return the service over a town whose visits began eight weeks ago."""
    with service.store.write() as connection:
        connection.execute(update(village).values(start_day=TODAY - timedelta(56), phone="0519 1234"))
        connection.execute(update(plan).values(published_at=NOW - timedelta(70)))
        connection.execute(update(assignment).values(since=TODAY - timedelta(70)))
    return service


def forms_of(page, part):
    """Return the hidden fields of the forms whose address has a part, by form."""
    found = [form for form in re.findall(r"<form.*?</form>", page, re.S) if part in form.split(">", 1)[0]]
    return [dict(re.findall(r'name="(csrf|id|household|page)" value="([^"]*)"', form)) for form in found]


def test_the_head_of_a_party_group_sees_its_grids_in_counts_and_nobody_s_name(town):
    client = town.client("member")
    assert "/mine/group" not in client.get("/mine").text
    assert "You are not the head" in client.get("/mine/group").text
    with town.store.write() as connection:
        mine = connection.execute(select(account.c.member_id).where(account.c.role == "member")).scalar_one()
        there = select(plan.c.id).where(plan.c.village_id == village_id(town.store), plan.c.state == "published")
        own = (party_group.c.plan_id.in_(there)) & (party_group.c.number == 2)
        connection.execute(update(party_group).where(own).values(head_id=mine))
        list_changes.note_change(connection, ("change", "party group"))
    assert "/mine/group" in client.get("/mine").text
    page = client.get("/mine/group").text
    assert "Party group 2" in page
    assert [int(n) for n in re.findall(r"<b>Grid (\d+)</b>", page)] == list(range(9, 17))
    assert page.count("of 12 households") == 8
    assert "示例" not in page.partition("<main")[2]


def test_two_taps_save_a_visit_and_one_takes_it_back(town):
    client = town.client("member")
    assert client.get("/").location == "/m/"
    page = client.get("/mine").text
    forms = forms_of(page, "/mine/visits")
    assert "To visit this week: 12" in page
    assert 'href="tel:05191234"' in page
    assert len({form["id"] for form in forms}) == len(forms) == 12
    typed = forms[0] | {"outcome": "met", "channel": "door", "day": "today"}
    saved = [client.post("/mine/visits", data=typed).location for _ in range(2)]
    assert saved[0] == saved[1]
    page = client.get(saved[0]).text
    assert "<b>Saved</b>" in page
    assert "Reached this week: 1" in page
    (undo,) = forms_of(page, "/withdraw")
    page = client.post(f"/mine/visits/{forms[0]['id']}/withdraw", data=undo, follow_redirects=True).text
    assert client.post(f"/mine/visits/{forms[0]['id']}/x", data=undo).status_code == 404
    assert "Taken back" in page
    assert "To visit this week: 12" in page
    again = client.post("/mine/visits", data=typed)
    assert (again.status_code, "taken back before" in again.text) == (422, True)
    typed |= {"id": str(uuid4())}
    client.post("/mine/visits", data=typed)
    other = client.post("/mine/visits", data=typed | {"outcome": "away"}, follow_redirects=True).text
    assert "sent before with something else" in other
    assert client.post("/mine/visits", data=typed | {"day": "2026-12-24"}).status_code == 422
    with town.store.read() as connection:
        rows = connection.execute(select(audit.c.account_id, audit.c.detail).where(audit.c.object == "visit")).all()
    assert {account_id for account_id, _ in rows} == {None}


def test_nothing_of_others_is_there_whatever_is_guessed(town):
    client = town.client("member")
    with town.store.read() as connection:
        other = connection.execute(select(member.c.id).where(member.c.code == f"{OWN}-M2")).scalar_one()
        homes = connection.execute(select(household.c.id)).scalars().all()
    own = {form["household"] for form in forms_of(client.get("/mine").text, "/mine/visits")}
    stranger = next(home for home in homes if str(home) not in own)
    theirs = Visit(str(uuid4()), stranger, other, TODAY, "met", "door", "told")
    record_visits(town.store, COMMAND_LINE, [theirs], now=NOW)
    csrf = {"csrf": town.csrf(client), "id": str(uuid4()), "outcome": "met", "channel": "door", "day": "today"}
    for household_id in (stranger, "1", "", "x"):
        assert client.post("/mine/visits", data=csrf | {"household": household_id}).status_code == 404
        assert client.post("/mine/several", data=csrf | {"household": [household_id]}).status_code == 404
    for visit_id in (theirs.id, str(uuid4())):
        assert client.get(f"/mine/visits/{visit_id}").status_code == 404
        assert client.post(f"/mine/visits/{visit_id}", data=csrf).status_code == 404
        for answer in ("withdraw", "dispute", "uphold"):
            assert client.post(f"/mine/visits/{visit_id}/{answer}", data=csrf).status_code == 404
        assert "Saved" not in client.get(f"/mine?saved={visit_id}").text
    for home_id in (stranger, 1):
        assert client.get(f"/mine/households/{home_id}").status_code == 404
        away = csrf | {"kind": "unoccupied"}
        assert client.post(f"/mine/households/{home_id}", data=away).status_code == 404
    assert client.get("/map").status_code == 403
    with town.store.read() as connection:
        assert connection.execute(select(visit.c.id)).scalars().all() == [theirs.id]


def test_a_household_that_wants_no_visits_or_is_away_is_left_alone_until_it_says_otherwise(town):
    client = town.client("member")
    first, second = (form["household"] for form in forms_of(client.get("/mine").text, "/mine/visits")[:2])
    csrf = {"csrf": town.csrf(client)}

    def say(home, **said):
        return client.post(f"/mine/households/{home}", data=csrf | said, follow_redirects=True).text

    assert "No visits wanted" in say(first, kind="no visits wanted")
    assert "Away until Mon 30 Nov" in say(second, kind="away", until="2026-11-30")
    assert (
        client.post(f"/mine/households/{first}", data=csrf | {"kind": "away", "until": "2026-01-01"}).status_code == 422
    )
    assert "To visit this week: 10" in client.get("/mine").text
    say(first, kind="no visits wanted", ends="1")
    say(second, kind="away", ends="1")
    assert "To visit this week: 12" in client.get("/mine").text
    with town.store.read() as connection:
        said = select(audit.c.account_id).where(audit.c.verb == "set state")
        assert set(connection.execute(said).scalars()) == {None}


def test_what_is_wrong_with_a_household_is_reported_and_the_answer_read(town):
    client = town.client("member")
    page = client.get("/mine").text
    home = forms_of(page, "/mine/visits")[0]["household"]
    new_house = re.search(r'href="(/mine/grids/[^"]+)"', page)[1]
    assert "Two are one" in client.get(f"/mine/households/{home}/report").text
    form = {"csrf": town.csrf(client), "id": str(uuid4()), "kind": "wrong number", "door": "77号"}
    for _ in range(2):
        page = client.post(f"/mine/households/{home}/report", data=form, follow_redirects=True).text
    assert page.count("Wrong door number") == 1
    assert (
        client.post(f"/mine/households/{home}/report", data=form | {"id": str(uuid4()), "door": ""}).status_code == 422
    )
    assert client.post(new_house, data=form | {"id": str(uuid4()), "kind": "new house"}).status_code == 302
    other = client.get(f"/mine/households/{home}/report?kind=two+are+one").text
    assert other.count("<option") == 12, "of the own grid alone"
    assert client.get(new_house.replace("/1/new", "/2/new")).status_code == 404


def test_names_are_shown_where_the_town_shows_them(town):
    client = town.client("member")
    with town.store.write() as connection:
        connection.execute(update(household).values(name="<b>Wang"))
    paths = ("/mine", "/mine/several", "/mine/map")
    assert not any("Wang" in client.get(path).text for path in paths)
    with town.store.write() as connection:
        write_settings(connection, replace(read_settings(connection), household_names=True))
    for path in paths:
        assert "Wang" in client.get(path).text
        assert "<b>Wang" not in client.get(path).text


def test_the_desk_is_told_of_a_dispute_without_its_outcome(town):
    client, clerk = town.client("member"), town.client("clerk")
    with town.store.read() as connection:
        mine = connection.execute(select(member.c.id).where(member.c.code == f"{OWN}-M1")).scalar_one()
    home = int(forms_of(client.get("/mine").text, "/mine/visits")[0]["household"])
    told = Visit(str(uuid4()), home, mine, TODAY, "declined", "door", "told")
    record_visits(town.store, COMMAND_LINE, [told], now=NOW)
    assert "told by phone or message" in client.get("/mine/visits").text
    (form,) = forms_of(client.get(f"/mine/visits/{told.id}").text, "/dispute")
    assert "does not count" in client.post(f"/mine/visits/{told.id}/dispute", data=form, follow_redirects=True).text
    assert '<span class="tag">1</span>' in clerk.get("/desk/absences").text
    page = clerk.get("/desk/disputes").text
    assert "Not convenient" not in page
    (form,) = forms_of(page, "/desk/disputes")
    page = clerk.post(f"/desk/disputes/{told.id}", data=form | {"answer": "withdraw"}, follow_redirects=True).text
    assert "No visit is disputed" in page
    assert "taken back" in client.get(f"/mine/visits/{told.id}").text


@ON_BOTH
def test_every_page_leads_to_feedback_which_keeps_the_kind_of_page_and_no_name(town):
    page_of_own = f"/villages/{village_id(town.store, OWN)}"
    for role, path in (("member", "/mine"), ("clerk", page_of_own), ("viewer", "/")):
        client = town.client(role)
        link = unescape(re.search(r'href="(/feedback\?[^"]+)"', client.get(path).text)[1])
        typed = forms_of(client.get(link).text, "/feedback")[0] | {"text": f"from {role}"}
        typed = {name: unescape(value) for name, value in typed.items()}
        typed |= {"page": "/households/12"} if role == "viewer" else {}
        assert client.post("/feedback", data=typed).location == "/feedback?sent=1"
        assert client.post("/feedback", data=typed | {"text": " "}).status_code == 422
    administrator = town.client("administrator")
    page = administrator.get("/settings/feedback").text
    assert page.count("/villages/&lt;int:village_id&gt;") == 1
    assert "/households/12" not in page
    assert "from viewer" in page
    form = {"csrf": town.csrf(administrator)}
    read = administrator.post("/settings/feedback/1/read", data=form, follow_redirects=True).text
    assert read.count("Mark as read") == 2
    with town.store.read() as connection:
        said = connection.execute(select(feedback.c.at, feedback.c.role)).all()
        objects = connection.execute(select(audit.c.object)).scalars().all()
    assert {at.astimezone(NOW.tzinfo).hour for at, _ in said} == {16}, "midnight in the town"
    assert "feedback" not in objects
    more = [{"at": said[0].at, "role": "viewer", "page": "", "text": "x"}] * (MOST_A_DAY - 1)
    with town.store.write() as connection:
        connection.execute(insert(feedback), more)
    assert client.post("/feedback", data=typed).status_code == 422
