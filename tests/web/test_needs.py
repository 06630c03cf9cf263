"""Needs on pages: raised, followed up, listed, printed for departments, and counted for those who see figures alone."""

import csv
import io
import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from pdf_pages import texts_of
from sample_drafts import household_id, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import update

from gridplan.store.tables import assignment, need, plan, village

TODAY = NOW.date()
TEXT = "<b>路灯</b>不亮"


@pytest.fixture
def town(service):
    """Return the service over a town whose visits began eight weeks ago."""
    with service.store.write() as connection:
        connection.execute(update(village).values(start_day=TODAY - timedelta(56)))
        connection.execute(update(plan).values(published_at=NOW - timedelta(70)))
        connection.execute(update(assignment).values(since=TODAY - timedelta(70)))
    return service


def hidden(page, part):
    """Return the hidden fields of the form whose address has a part."""
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.S) if part in one.split(">", 1)[0])
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))


def raised(town, client, home, **typed):
    address = f"/needs/households/{household_id(town.store, home)}/new"
    fields = hidden(client.get(address).text, "/new") | {"category": "roads", "text": TEXT, "day": TODAY.isoformat()}
    return client.post(address, data=fields | typed)


def step(client, address, kind, **typed):
    page = client.get(f"{address}?step={kind}").text
    form = re.search(r'<form method="post" class="card" id="step".*?</form>', page, re.S)[0]
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    return client.post(address, data=fields | {"day": TODAY.isoformat()} | typed)


REFERRED = {"department": "水务站", "deadline": "2026-11-18", "contact_person": "王建国 0519", "agreed": "1"}


def test_a_need_goes_from_the_desk_to_a_department_and_back_to_the_household(town):
    clerk = town.client("clerk")
    wrong = raised(town, clerk, f"{OWN}0000", category="", text="字" * 121, deadline="2026-01-01")
    assert wrong.status_code == 422
    assert [len(re.findall(f'id="h-{name}">', wrong.text)) for name in ("category", "text", "deadline")] == [1, 1, 1]
    address = raised(town, clerk, f"{OWN}0000").location.partition("?")[0]
    page = clerk.get(address).text
    assert "&lt;b&gt;路灯" in page
    assert "<b>路灯" not in page
    refused = step(clerk, address, "referred", **REFERRED | {"agreed": ""})
    assert (refused.status_code, "Tick this once the household agrees" in refused.text) == (422, True)
    assert step(clerk, address, "referred", **REFERRED).status_code == 302
    csrf = {"csrf": town.csrf(clerk)}
    slip = clerk.post(f"{address}/slip", data=csrf)
    (text,) = texts_of(slip.data)
    assert all(one in text for one in ("Referral slip", "水务站", OWN, "18 Nov 2026"))
    assert "1号" not in text  # the door, which nobody agreed to
    town.later(days=4)
    clerk = town.client("clerk")
    csrf = {"csrf": town.csrf(clerk)}
    printed = [texts_of(clerk.post("/needs/slips?stage=overdue", data=csrf).data)[0] for _ in range(2)]
    assert ["Reminder no. 1" in one for one in printed] == [True, True]
    nothing = clerk.post("/needs/slips?department=none&stage=waiting", data=csrf)
    assert (nothing.status_code, "Refer them first" in nothing.text) == (422, True)
    for kind, typed in (("replied", {"reply": "已修"}), ("done", {}), ("confirmed", {})):
        assert step(clerk, address, kind, **typed).status_code == 302
    assert clerk.get("/needs").text.count("whole-row") == 0
    listed = clerk.get("/needs?stage=closed&village=999&sort=nothing").text
    assert listed.count("whole-row") == 1
    assert listed.count('class="notice due"') == 2
    answer = clerk.get("/needs/list.csv?stage=closed")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert (rows[1][0], rows[2][1], rows[2][6]) == ("No.", TEXT, "Confirmed")
    assert (rows[1][8], rows[2][8]) == ("Closed on", "2026-11-16")


def test_a_need_of_another_village_is_not_there_and_a_list_does_not_name_it(town):
    office, clerk = town.client("administrator"), town.client("clerk")
    address = raised(town, office, f"{OTHER}0000").location.partition("?")[0]
    assert [
        clerk.get(address).status_code,
        clerk.post(f"{address}/slip", data={"csrf": town.csrf(clerk)}).status_code,
    ] == [
        404,
        404,
    ]
    assert "路灯" not in clerk.get("/needs").text
    assert "路灯" in unescape(office.get("/needs").text)
    assert step(office, address, "referred", **REFERRED).status_code == 302
    own = raised(town, office, f"{OWN}0000").location.partition("?")[0]
    offered = [client.get(f"{own}?step=referred").text for client in (office, clerk)]
    assert ["水务站" in page for page in offered] == [True, False]
    unfit = {"csrf": town.csrf(clerk), "id": str(uuid4()), "kind": "replied", "day": TODAY.isoformat()}
    refused = clerk.post(own, data=unfit)
    assert (refused.status_code, "Fill this in" in refused.text) == (422, True)
    stranger = household_id(town.store, f"{OTHER}0000")
    assert clerk.get(f"/needs/households/{stranger}/new").status_code == 404
    with town.store.write() as connection:
        connection.execute(update(need).values(owner_id=None))
    taken = clerk.post("/needs/take-over", data={"csrf": town.csrf(clerk)}, follow_redirects=True)
    assert (taken.status_code, "1 need is yours now." in taken.text) == (200, True)


@pytest.mark.parametrize("role", ["supervisor", "viewer"])
def test_who_sees_figures_alone_sees_counts_of_the_own_villages_and_no_word_of_a_need(town, role):
    office, client = town.client("administrator"), town.client(role)
    for name, n in ((OWN, 2), (OTHER, 1)):
        for place in range(n):
            raised(town, office, f"{name}000{place}", solved="1" if place else "")
    page = client.get("/needs/figures").text
    assert "2 needs were raised: 1 solved on the spot, 0 referred, 1 followed up by the town itself." in page
    assert "1 of 2" in page
    file = client.get("/needs/figures.csv").data.decode("utf-8-sig")
    for told in (page, file):
        assert not any(one in told for one in ("路灯", OTHER, f"{OWN}0000", "/needs/1", "/households/"))
    assert client.get(f"/needs/figures?village={village_id(town.store, OTHER)}").status_code == 404
    assert client.get("/needs").status_code == 403


def test_a_member_raises_a_need_with_a_visit_and_says_what_the_household_says(town):
    member, clerk = town.client("member"), town.client("clerk")
    page = member.get("/mine").text
    home = re.search(r"/mine/households/(\d+)", page)[1]
    address = f"/mine/households/{home}/need"
    fields = hidden(member.get(address).text, "/need") | {"category": "roads", "text": TEXT, "day": TODAY.isoformat()}
    assert member.post(address, data=fields | {"text": ""}).status_code == 422
    assert [member.post(address, data=fields).location for _ in range(2)] == ["/mine/needs?said=raised"] * 2
    need = re.search(r"/needs/\d+", clerk.get("/needs").text)[0]
    assert step(clerk, need, "done").status_code == 302
    page = member.get("/mine/needs").text
    assert page.count("Waiting") == 0
    said = hidden(page, "/mine/needs/") | {"kind": "confirmed"}
    assert [member.post(f"/mine{need}", data=said).location for _ in range(2)] == ["/mine/needs?said=confirmed"] * 2
    assert "Confirmed by the household" in clerk.get(need).text
    late = member.post(f"/mine{need}", data=said | {"id": said["id"][:-4] + "0000"})
    assert (late.status_code, "answered this need" in late.text) == (409, True)
