"""All grids of a member given to others at once, and taken back on the same day."""

import re

from sample_drafts import member_id, village_id
from service import OWN
from sqlalchemy import select, update

from gridplan.store.plans import plans
from gridplan.store.plans.assignments import leads
from gridplan.store.tables import audit, member


def leads_of(service):
    with service.store.read() as connection:
        (plan_id,) = plans.published(connection, [village_id(service.store)]).values()
        return plan_id, leads(connection, plan_id)


def test_the_grids_of_a_member_are_given_to_others_with_one_audit_row_and_taken_back_on_the_same_day(service):
    first, second = (member_id(service.store, f"{OWN}-M{n}") for n in (1, 2))
    with service.store.write() as connection:
        connection.execute(update(member).where(member.c.id == second).values(max_grids=2))
    client, (plan_id, before) = service.client("planner"), leads_of(service)
    address, csrf = f"/desk/members/{first}/reassign", service.csrf(client)
    assert re.search(rf'<option value="{second}" selected>', client.get(address).text)
    nobody = client.post(address, data={"csrf": csrf, f"taker-{plan_id}-1": ""})
    assert (nobody.status_code, "Choose a new lead" in nobody.text) == (422, True)
    done = client.post(address, data={"csrf": csrf, f"taker-{plan_id}-1": second})
    assert leads_of(service)[1] == before | {1: second}
    page = client.get(done.location).text
    assert "1 grid has another lead from today on." in page
    file = client.get(f"/desk/members/{first}/handover?given={plan_id}-1-{second}")
    assert file.data[:5] == b"%PDF-"
    undo = {"csrf": csrf, "given": f"{plan_id}-1-{second}"}
    assert client.post(f"{address}/undo", data=undo).status_code == 302
    assert leads_of(service)[1] == before
    with service.store.read() as connection:
        kept = select(audit.c.verb, audit.c.object_id, audit.c.detail).order_by(audit.c.id.desc()).limit(2)
        assert [tuple(row) for row in connection.execute(kept)] == [
            ("take back grids", first, {"grids": 1}),
            ("reassign", first, {"grids": 1}),
        ]
    client.post(address, data={"csrf": csrf, f"taker-{plan_id}-1": second})
    stale = client.post(address, data={"csrf": csrf, f"taker-{plan_id}-1": second})
    assert stale.status_code == 422
    service.later(days=1)
    client = service.client("planner")
    late = client.post(f"{address}/undo", data=undo | {"csrf": service.csrf(client)})
    assert (late.status_code, leads_of(service)[1]) == (409, before | {1: second})
