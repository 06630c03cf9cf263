"""The pages of planning and publishing: what they show, whom they let in, and what they say when it does not work."""

import re

import pytest
from databases import ON_BOTH
from drawn_maps import drawn
from sample_drafts import draft_like, inside, member_id, plan_of, rows_of, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import insert, update

from gridplan.store.plans import plans
from gridplan.store.system import jobs
from gridplan.store.tables import draft, household

ODD = "小塘村"


@pytest.fixture
def planner(service):
    return service.client("planner")


def post(service, client, path, **data):
    return client.post(path, data={"csrf": service.csrf(client), **data})


def form_of(service, draft_id):
    """Return what the preview of a draft sends when everything is ticked."""
    administrator = service.client("administrator")
    page = administrator.get(f"/drafts/{draft_id}/publish").text
    ids = [row["id"] for row in rows_of(service.store, draft_id)]
    fingerprints = {
        f"fingerprint-{id_}": page.split(f'name="fingerprint-{id_}" value="')[1].split('"')[0] for id_ in ids
    }
    return {"plan": ids, **fingerprints}


# ---- asking


def test_a_new_draft_is_asked_for_with_everything_suggested(planner):
    page = planner.get("/drafts/new").text
    assert OWN in page
    assert OTHER not in page
    assert "384" in page
    assert 'value="2026-11-16"' in page


def test_what_is_impossible_is_said_and_what_was_typed_stays(service, planner):
    answer = post(
        service, planner, "/drafts/new", name="mine", village=village_id(service.store), how="grids", grids="4000",
        least=10, most=15, effort="fast",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "from 26 to 38 grids" in answer.text
    assert 'value="mine"' in answer.text
    assert 'value="4000"' in answer.text


def test_villages_of_others_cannot_be_asked_for(service, planner):
    answer = post(
        service,
        planner,
        "/drafts/new",
        village=village_id(service.store, OTHER),
        how="target",
        target="12",
        least=10,
        most=15,
    )
    assert answer.status_code == 422
    assert "at least one village" in answer.text


@ON_BOTH
def test_a_planning_can_be_left_seen_again_and_stopped(service, planner):
    data = {"village": village_id(service.store), "how": "target", "target": "12", "least": 10, "most": 15}
    answer = post(service, planner, "/drafts/new", **data)
    job_id = int(answer.location.rsplit("/", 1)[1])
    assert planner.get(answer.location).status_code == 200
    assert answer.location in planner.get("/drafts").text
    assert service.client("clerk").get(answer.location).status_code == 403
    with service.store.write() as connection:
        jobs.end(connection, job_id, "cancelled", now=NOW)
    service.app.extensions["jobs"].close()
    assert "Nothing was changed" in planner.get(answer.location).text


# ---- drafts


def test_drafts_are_listed_within_the_scope(service, planner):
    assert "Your drafts are listed here" in planner.get("/drafts").text
    draft_like(service.store, OWN, name="own")
    draft_like(service.store, OWN, OTHER, name="both")
    page = planner.get("/drafts").text
    assert "own" in page
    assert "both" not in page
    assert "both" in service.client("administrator").get("/drafts").text


def test_a_draft_shows_what_it_comes_to_and_its_map(service, planner):
    draft_id = draft_like(service.store, OWN)
    page = planner.get(f"/drafts/{draft_id}").text
    assert "not known" in page
    drawing = planner.get(f"/api/drafts/{draft_id}/map.json")
    assert len(drawn(drawing.json, "grids")) == 32
    again = planner.get(f"/api/drafts/{draft_id}/map.json", headers={"If-None-Match": drawing.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["plan.xlsx", "plan.gpkg", "map.html"])
def test_a_draft_can_be_downloaded(service, planner, name):
    answer = planner.get(f"/drafts/{draft_like(service.store, OWN)}/files/{name}")
    assert answer.status_code == 200
    assert len(answer.data) > 5000
    assert name in answer.headers["Content-Disposition"]


def test_no_other_file_can_be_downloaded(service, planner):
    assert planner.get(f"/drafts/{draft_like(service.store, OWN)}/files/gridplan.db").status_code == 404


def test_a_deleted_draft_is_not_there_until_it_is_restored(service, planner):
    draft_id = draft_like(service.store, OWN, name="the one")
    pages = [f"/drafts/{draft_id}", f"/api/drafts/{draft_id}/map.json", f"/api/drafts/{draft_id}/against/0/map.json"]
    assert [planner.get(page).status_code for page in pages] == [200, 200, 200]
    answer = post(service, planner, f"/drafts/{draft_id}/delete")
    assert f"/drafts/{draft_id}/restore" in planner.get(answer.location).text
    assert [planner.get(page).status_code for page in pages] == [404, 404, 404]
    post(service, planner, f"/drafts/{draft_id}/restore")
    post(service, planner, f"/drafts/{draft_id}/name", name="<b>other</b>")
    assert "&lt;b&gt;other&lt;/b&gt;" in planner.get("/drafts").text


# ---- comparing


def test_a_draft_is_compared_with_what_is_in_force_and_with_another(service, planner):
    moved = inside(service.store, plan_of(service.store, draft_like(service.store, OWN)))[1][0]
    draft_id = draft_like(service.store, OWN, moves={moved: 2}, name="second")
    assert "1 household changes its grid" in planner.get(f"/drafts/{draft_id}/against/0").text
    assert "1 household changes its grid" in planner.get(f"/drafts/{draft_id}/against/{draft_id - 1}").text
    assert "No household changes" in planner.get(f"/drafts/{draft_id}/against/{draft_id}").text
    drawing = planner.get(f"/api/drafts/{draft_id}/against/0/map.json").get_json()
    assert [row[0] for place in drawing["moves"] for row in place["rows"]] == [moved]
    assert planner.get(f"/drafts/compare?of=0&of={draft_id}").location == f"/drafts/{draft_id}/against/0"
    assert "said=two" in planner.get(f"/drafts/compare?of={draft_id}").location


def test_drafts_of_different_villages_are_compared_by_those_that_both_have(service):
    administrator = service.client("administrator")
    one, both, other = (draft_like(service.store, *names) for names in ((OWN,), (OWN, OTHER), (OTHER,)))
    page = administrator.get(f"/drafts/{both}/against/{one}").text
    assert "Only the 1 village that both have is compared" in page
    assert page.count('<td class="figure">32</td>') == 2
    page = administrator.get(f"/drafts/{other}/against/{one}").text
    assert "no village in common" in page
    assert "No household changes" not in page


def test_a_draft_out_of_scope_cannot_be_compared_with(service, planner):
    mine, other = draft_like(service.store, OWN), draft_like(service.store, OTHER)
    for path in (f"/drafts/{mine}/against/{other}", f"/api/drafts/{mine}/against/{other}/map.json"):
        assert planner.get(path).status_code == 404
        assert service.client("administrator").get(path).status_code == 200


def test_a_draft_that_has_no_plans_is_for_those_who_have_all_villages(service, planner):
    draft_id = draft_like(service.store, OWN)
    with service.store.write() as connection:
        made = insert(draft).values(name="of others", made_by=1, made_at=NOW, settings={}, notes=[])
        empty = connection.execute(made.returning(draft.c.id)).scalar_one()
    assert [planner.get(f"/drafts/{one}").status_code for one in (draft_id, empty)] == [200, 404]
    assert post(service, planner, f"/drafts/{empty}/delete").status_code == 404


# ---- publishing


def test_publishing_shows_first_and_then_says_what_comes_next(service, planner):
    draft_id = draft_like(service.store, OWN)
    assert "Nothing has changed yet" in planner.get(f"/drafts/{draft_id}/publish").text
    answer = post(service, planner, f"/drafts/{draft_id}/publish", **form_of(service, draft_id))
    assert answer.location == f"/drafts/{draft_id}/published"
    assert "Hand out login cards to the members" in planner.get(answer.location).text
    assert "has been published" in planner.get(f"/drafts/{draft_id}/publish").text


def test_a_missing_reason_is_asked_for_where_it_is_missing(service):
    administrator, draft_id = service.client("administrator"), draft_like(service.store, OWN, ODD)
    form = form_of(service, draft_id)
    answer = post(service, administrator, f"/drafts/{draft_id}/publish", **form)
    assert answer.status_code == 422
    odd = plan_of(service.store, draft_id, ODD)
    assert f'<a href="#because-{odd}-0">{ODD}' in answer.text
    field = answer.text.split(f'<input id="because-{odd}-0"')[1].split(">")[0]
    assert 'aria-invalid="true"' in field
    assert "autofocus" in field
    answer = post(service, administrator, f"/drafts/{draft_id}/publish", **form, **{f"because-{odd}-0": "x" * 501})
    assert f'value="{"x" * 501}"' in answer.text
    answer = post(service, administrator, f"/drafts/{draft_id}/publish", **form, **{f"because-{odd}-0": "one block"})
    assert answer.status_code == 302
    with service.store.read() as connection:
        assert [row["accepted_because"] for row in plans.exception_rows(connection, odd)] == ["one block"]


def test_a_conflict_shows_the_preview_again_with_who_and_when_and_keeps_what_was_typed(service, planner):
    mine, other = draft_like(service.store, OWN), draft_like(service.store, OWN)
    form = form_of(service, mine)
    post(service, service.client("administrator"), f"/drafts/{other}/publish", **form_of(service, other))
    answer = post(service, planner, f"/drafts/{mine}/publish", **form)
    assert answer.status_code == 409
    assert "administrator published another plan of 石桥村 on 2026-11-16 10:00" in answer.text
    assert f'<a href="#plan-{plan_of(service.store, mine)}">' in answer.text
    assert post(service, planner, f"/drafts/{mine}/publish", **form_of(service, mine)).status_code == 302


def test_nothing_ticked_publishes_nothing(service, planner):
    draft_id = draft_like(service.store, OWN)
    assert post(service, planner, f"/drafts/{draft_id}/publish").status_code == 422
    assert [row["state"] for row in rows_of(service.store, draft_id)] == ["draft"]


def test_plans_of_other_drafts_are_not_published_by_their_ids(service, planner):
    mine, other = draft_like(service.store, OWN), draft_like(service.store, OTHER)
    assert post(service, planner, f"/drafts/{mine}/publish", **form_of(service, other)).status_code == 422
    assert [row["state"] for row in rows_of(service.store, other)] == ["draft"]


def test_a_later_day_schedules_which_pages_say_until_the_first_request_of_that_day(service, planner):
    draft_id, own = draft_like(service.store, OWN, moves={f"{OWN}0002": 2}), village_id(service.store)
    address, plan_id = f"/drafts/{draft_id}/publish", plan_of(service.store, draft_id)
    page = planner.get(address).text
    assert 'name="day" type="date" value="2026-12-01"' in page
    form = form_of(service, draft_id)
    assert "The day is from 2026-11-16" in post(service, planner, address, **form, day="2026-11-15").text
    assert post(service, planner, address, **form, day="soon").status_code == 422
    done = post(service, planner, address, **form, day="2026-12-01")
    for where in ("/", f"/villages/{own}", f"/drafts/{draft_id}", f"/plans/{plan_id}/redraw", done.location):
        assert "1 Dec" in planner.get(where).text, where
    assert "scheduled for" in planner.get("/drafts").text
    slips, cards = planner.get(f"/drafts/{draft_id}/slips"), post(service, planner, f"/drafts/{draft_id}/cards")
    assert (slips.data[:5], cards.data[:5]) == (b"%PDF-", b"%PDF-")
    assert "石桥村: 1 household change grid" in planner.get(done.location).text
    assert f'value="{plan_id}"> <strong>' in planner.get(address).text
    clerk = service.client("clerk")
    assert "1 Dec" in clerk.get("/").text
    sheets = [clerk.get(f"/desk/print?month=2026-{month}-01").text for month in (11, 12)]
    assert [f"current ones in {OWN}" in page for page in sheets] == [False, True]
    back = post(service, planner, f"/drafts/{draft_id}/take-back")
    assert "It is a draft as before" in planner.get(back.location).text
    assert planner.get(f"/drafts/{draft_id}/slips").status_code == 422
    assert post(service, planner, f"/drafts/{draft_id}/take-back").status_code == 409
    post(service, planner, address, **form, day="2026-12-01")
    service.later(days=14, hours=13.9)
    planner.get("/")
    assert rows_of(service.store, draft_id)[0]["state"] == "draft"
    service.later(hours=0.2)
    assert planner.get("/").status_code == 302  # signed out meanwhile, and it is in force all the same
    assert rows_of(service.store, draft_id)[0]["state"] == "published"


def test_the_archive_lists_what_was_in_force_and_puts_it_back(service, planner):
    draft_id = draft_like(service.store, OWN, moves={f"{OWN}0002": 2})
    post(service, planner, f"/drafts/{draft_id}/publish", **form_of(service, draft_id))
    former = plan_of(service.store, 1)
    archive = f"/villages/{village_id(service.store)}/archive"
    assert f"/plans/{former}/restore" in planner.get(archive).text
    page = planner.get(f"/plans/{former}/restore").text
    fingerprint = page.split(f'name="fingerprint-{former}" value="')[1].split('"')[0]
    answer = post(service, planner, f"/plans/{former}/restore", plan=former, **{f"fingerprint-{former}": fingerprint})
    assert answer.location == archive
    page = planner.get(archive).text
    assert page.count("/restore") == 2
    (slips,) = re.findall(r'href="(/plans/\d+/slips)"', page)
    assert planner.get(slips).data[:5] == b"%PDF-"


# ---- leads


def test_the_lead_of_a_grid_is_changed_with_a_click_and_the_change_undone(service, planner):
    draft_id = draft_like(service.store, OWN)
    plan_id, first, second = (
        plan_of(service.store, draft_id),
        *(member_id(service.store, f"{OWN}-M{n}") for n in (1, 2)),
    )
    path = f"/plans/{plan_id}/grids/1/lead"
    assert path in planner.get(f"/drafts/{draft_id}/leads?village={village_id(service.store)}").text
    assert "示例2" in planner.get(path).text
    answer = post(service, planner, f"{path}?list=1&which=all", member=second, instead_of=first)
    assert answer.location == f"/drafts/{draft_id}/leads?changed={plan_id}-1"
    page = planner.get(answer.location).text
    assert "grid 1: the lead is now 示例2." in page
    assert "chosen by hand" in page
    answer = post(service, planner, path, member=first, instead_of=first)
    assert answer.status_code == 409
    assert "Meanwhile the lead of this grid is 示例2" in answer.text
    answer = post(service, planner, f"{path}/undo", instead_of=second)
    assert "grid 1: the lead is now 示例1." in planner.get(answer.location).text


def test_a_party_group_gets_a_name_and_a_head_and_a_grid_moves_to_its_neighbour_all_of_it_undone(service, planner):
    plan_id = plan_of(service.store, draft_like(service.store, OWN))
    head, page = member_id(service.store, f"{OWN}-M2"), f"/plans/{plan_id}/groups"
    seen = {"seen_name": "", "seen_head": ""}
    answer = post(service, planner, f"{page}/1", name=" 红旗 党小组", head=head, **seen)
    shown = planner.get(answer.location).text
    assert "Party group 1 is saved." in shown
    assert f'<option value="{head}" selected>示例2' in shown
    assert post(service, planner, f"{page}/1", name="", head="", **seen).status_code == 409
    stranger = member_id(service.store, f"{OTHER}-M1")
    assert post(service, planner, f"{page}/2", name="", head=stranger, **seen).status_code == 404
    assert post(service, planner, f"{page}/2", name="x" * 999, head="", **seen).status_code == 422
    answer = post(service, planner, f"{page}/1", name="", head="", seen_name="红旗 党小组", seen_head=head)
    assert planner.get(answer.location).text.count("no head</span>") == 4
    way = re.search(r'id="to-1".*?value="(\d+-\d+)"', planner.get(page).text, re.S)[1]
    grid, to = way.split("-")
    answer = post(service, planner, f"{page}/1/grids", to=way)
    assert f"Grid {grid} is in party group {to} now." in planner.get(answer.location).text
    assert post(service, planner, f"{page}/1/grids", to=way).status_code == 409
    assert "7 grids, outside" in planner.get(page).text
    answer = post(service, planner, f"{page}/{to}/grids", to=f"{grid}-1")
    assert "outside" not in planner.get(answer.location).text
    assert post(service, planner, f"{page}/1/grids", to=f"{grid}-99").status_code == 404
    assert post(service, planner, f"{page}/1/grids", to="nonsense").status_code == 404


# ---- who may


def paths(draft_id, plan_id, village):
    of_draft = ("", "/publish", "/published", "/against/0", "/files/plan.xlsx", f"/leads?village={village}")
    of_api = ("/map.json", "/against/0/map.json")
    return [
        *(f"/drafts/{draft_id}{path}" for path in of_draft),
        *(f"/api/drafts/{draft_id}{path}" for path in of_api),
        f"/plans/{plan_id}/grids/1/lead",
        f"/villages/{village}/archive",
    ]


def test_planners_see_drafts_of_their_villages_and_nobody_else_any(service):
    own, other = draft_like(service.store, OWN), draft_like(service.store, OTHER)
    mine = paths(own, plan_of(service.store, own), village_id(service.store))
    others = paths(other, plan_of(service.store, other, OTHER), village_id(service.store, OTHER))
    expected = {"planner": (200, 404), "administrator": (200, 200), "clerk": (403, 404), "supervisor": (403, 404)}
    for role, statuses in (expected | {"member": (404, 404), "viewer": (403, 404)}).items():
        client = service.client(role)
        for there, status in zip((mine, others), statuses, strict=True):
            assert {path: client.get(path).status_code for path in there} == dict.fromkeys(there, status), role
        listing = 200 if role in ("planner", "administrator") else 403
        assert {client.get(path).status_code for path in ("/drafts", "/drafts/new")} == {listing}


def test_a_preview_names_what_is_stale(service, planner):
    draft_id = draft_like(service.store, OWN)
    gone = inside(service.store, plan_of(service.store, draft_id))[1][0]
    with service.store.write() as connection:
        connection.execute(update(household).where(household.c.code == gone).values(retired_on=NOW.date()))
    assert "1 household is no longer there" in planner.get(f"/drafts/{draft_id}/publish").text
