"""A change of term: looked at, confirmed, and applied at the first request on or after its day."""

from datetime import timedelta

from databases import ON_BOTH
from sample_drafts import member_id, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import select

from gridplan.store.plans import plans
from gridplan.store.plans.assignments import leads
from gridplan.store.tables import account, assignment, member

DAY = NOW.date() + timedelta(days=3)


def leads_of(service):
    with service.store.read() as connection:
        (plan_id,) = plans.published(connection, [village_id(service.store)]).values()
        return plan_id, leads(connection, plan_id)


def disabled(service, login):
    with service.store.read() as connection:
        return connection.execute(select(account.c.disabled_at).where(account.c.name == login)).scalar_one()


@ON_BOTH
def test_leads_change_on_the_day_at_the_first_request_and_the_access_of_who_left_ends(service):
    first, second = (member_id(service.store, f"{OWN}-M{n}") for n in (1, 2))
    own_page, planner = service.client("member"), service.client("planner")
    assert own_page.get("/mine").status_code == 200
    plan_id, before = leads_of(service)
    pasted = f"village\tgrid\tname\tphone\n{OWN}\t1\t新来的\t10012345678\n{OWN}\t2 号\t{OWN}-M2\t\n"
    form = {"csrf": service.csrf(planner), "day": DAY.isoformat(), "leads": pasted}
    drafted = planner.post("/desk/term", data=form)
    page = planner.get(drafted.location).text
    assert ("新来的" in page, "Access ends" in page, "示例1" in page) == (True, True, True)
    confirmed = planner.post(drafted.location, data={"csrf": form["csrf"]})
    assert "can be withdrawn until then" in planner.get(confirmed.location).text
    service.later(days=2)
    assert own_page.get("/mine").status_code == 200
    assert leads_of(service)[1] == before
    service.later(days=1)
    assert own_page.get("/mine").status_code == 302
    _, now = leads_of(service)
    with service.store.read() as connection:
        new = connection.execute(select(member).where(member.c.name == "新来的")).one()
        ended = select(assignment.c.until).where(assignment.c.plan_id == plan_id, assignment.c.member_id == first)
        assert connection.execute(ended).scalars().all() == [DAY]
    assert now == before | {1: new.id}
    assert (new.phone, now[2]) == ("10012345678", second)
    planner = service.client("planner")
    assert planner.get(f"{drafted.location}/handover").data[:5] == b"%PDF-"
    assert planner.post(drafted.location, data={"csrf": service.csrf(planner), "withdraw": "1"}).status_code == 409


def test_rows_that_mean_nothing_are_named_and_nothing_is_kept(service):
    client = service.client("planner")
    pasted = f"村,微网格,姓名\n{OTHER},1,甲\n{OWN},99,乙\n{OWN},1,\n{OWN},2,丙\n{OWN},2,丁\n"
    form = {"csrf": service.csrf(client), "day": NOW.date().isoformat(), "leads": pasted}
    page = client.post("/desk/term", data=form)
    assert page.status_code == 422
    for row, said in (("2", "no village"), ("3", "no grid"), ("4", "No member is named"), ("6", "in row 5 already")):
        assert f"Row {row}:" in page.text
        assert said in page.text
    past = client.post("/desk/term", data=form | {"day": "2026-11-01"})
    assert (past.status_code, "The day is" in past.text) == (422, True)


def test_desk_staff_change_at_once_and_only_an_administrator_may_say_so(service):
    admin, planner = service.client("administrator"), service.client("planner")
    staff = f"name,login,role,village\nclerk,clerk,clerk,{OWN}\n新文书,wenshu,村文书,{OWN}、{OTHER}\n"
    form = {"day": NOW.date().isoformat(), "staff": staff}
    refused = planner.post("/desk/term", data=form | {"csrf": service.csrf(planner)})
    assert refused.status_code == 422
    drafted = admin.post("/desk/term", data=form | {"csrf": service.csrf(admin)})
    assert planner.get(drafted.location).status_code == 404
    page = admin.get(drafted.location).text
    assert ("新文书" in page, "supervisor" in page) == (True, True)
    admin.post(drafted.location, data={"csrf": service.csrf(admin)})
    assert (disabled(service, "clerk"), disabled(service, "新文书")) == (None, None)
    assert disabled(service, "planner") is not None
    assert planner.get("/").status_code == 302
    assert admin.get("/").status_code == 200
