"""The pages of the lists: who may open them, what a stale or wrong form is told, and that what was typed stays."""

import html
import io
import json
import re

import pytest
import shapely
from databases import ON_BOTH
from sample_towns import FRAME
from service import OTHER, OWN
from sqlalchemy import select, update

from gridplan.store.registry import features, villages
from gridplan.store.tables import audit, feature, household, member, village

PAGES = ["/lists/households", "/lists/members", "/lists/grids", "/lists/villages", "/lists/features"]


@pytest.fixture
def ids(service):
    """Return the ids of a household and a member of the own and of another village, and of the villages."""
    with service.store.read() as connection:
        known = villages.ids_by_name(connection)

        def first(table, name):
            found = select(table.c.id).where(table.c.village_id == known[name]).order_by(table.c.code)
            return connection.execute(found).scalars().first()

        return {
            name: {"village": known[name], "household": first(household, name), "member": first(member, name)}
            for name in (OWN, OTHER)
        }


def post(service, client, url, **fields):
    return client.post(url, data={"csrf": service.csrf(client), **fields})


def form_of(page):
    """Return the fields of the first form of a page that has a name field, as a browser would send them."""
    text = page.get_data(as_text=True)
    form = next(part for part in text.split("<form") if 'id="f-name"' in part).split("</form>")[0]
    fields = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]*? value="([^"]*)"', form))
    fields |= dict(re.findall(r'<select[^>]* name="(\w+)".*?<option value="([^"]*)" selected', form, re.S))
    return {name: value for name, value in fields.items() if name != "csrf"}


# ---- who may


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("role", "status"),
    [("administrator", 200), ("planner", 200), ("clerk", 200), ("supervisor", 403), ("member", 403), (None, 302)],
)
def test_lists_are_read_by_planner_and_clerk_only(service, page, role, status):
    assert service.client(role).get(page).status_code == status


def test_a_clerk_changes_nothing(service, ids):
    client = service.client("clerk")
    mine = ids[OWN]
    assert client.get("/lists/households/new").status_code == 403
    assert post(service, client, f"/lists/households/{mine['household']}", name="X").status_code == 403
    assert post(service, client, f"/lists/members/{mine['member']}/retire", version="1").status_code == 403
    assert post(service, client, "/lists/features", kind="road").status_code == 403
    assert "Add a household" not in client.get("/lists/households").get_data(as_text=True)


@ON_BOTH
def test_nothing_of_another_village_is_listed_or_can_be_reached(service, ids):
    client, other = service.client("planner"), ids[OTHER]
    for page in (*PAGES, "/lists/households?q=" + OTHER, f"/lists/households?village={other['village']}"):
        assert OTHER not in client.get(page).get_data(as_text=True).replace(f'value="{OTHER}"', "")
    unknown = client.get("/lists/households/999999").data
    for path in (
        f"/lists/households/{other['household']}", f"/lists/members/{other['member']}",
        f"/lists/villages/{other['village']}", f"/lists/villages/{other['village']}/boundary",
        f"/api/ground/{other['village']}",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 404, path
    assert client.get(f"/lists/households/{other['household']}").data.replace(
        str(other["household"]).encode(), b""
    ) == unknown.replace(b"999999", b"")
    assert OTHER.encode() not in client.get("/api/ground").data


def test_a_household_cannot_be_moved_to_a_village_of_others(service, ids):
    client, path = service.client("planner"), f"/lists/households/{ids[OWN]['household']}"
    fields = form_of(client.get(path)) | {"village_id": str(ids[OTHER]["village"])}
    answer = post(service, client, path, **fields)
    assert answer.status_code == 422
    assert "Choose one from the list" in answer.get_data(as_text=True)


def test_only_the_administrator_adds_villages(service):
    assert service.client("planner").get("/lists/villages/new").status_code == 403
    client = service.client("administrator")
    answer = post(service, client, "/lists/villages/new", name="新村")
    assert answer.status_code == 302
    assert "新村" in client.get(answer.location).get_data(as_text=True)


@ON_BOTH
def test_who_has_no_village_is_kept_by_the_administrator_only(service, ids):
    with service.store.write() as connection:
        connection.execute(update(member).where(member.c.id == ids[OTHER]["member"]).values(village_id=None))
    path = f"/lists/members/{ids[OTHER]['member']}"
    assert service.client("planner").get(path).status_code == 404
    assert service.client("administrator").get(path).status_code == 200


# ---- forms


def test_a_household_is_changed_and_the_audit_names_the_fields(service, ids):
    client, path = service.client("planner"), f"/lists/households/{ids[OWN]['household']}"
    fields = form_of(client.get(path)) | {"name": "示例新名", "phone": "555 0100"}
    answer = post(service, client, path, **fields)
    assert answer.status_code == 302
    assert "示例新名" in client.get(answer.location).get_data(as_text=True)
    with service.store.read() as connection:
        row = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(1)).mappings().one()
    assert (row["verb"], row["object"], row["village_id"]) == ("change", "household", ids[OWN]["village"])
    assert row["detail"] == {"fields": ["name", "phone"]}


@ON_BOTH
def test_a_stale_form_is_refused_with_who_and_what_and_keeps_what_was_typed(service, ids):
    first, second = service.client("planner"), service.client("administrator")
    path = f"/lists/households/{ids[OWN]['household']}"
    seen_by_both = form_of(first.get(path))
    post(service, first, path, **seen_by_both | {"door": "77号"})
    answer = post(service, second, path, **seen_by_both | {"door": "88号"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "planner changed this at 2026-11-16 10:00 (door)" in text
    assert 'value="88号"' in text
    assert "Now there: 77号" in text
    again = form_of(answer)
    assert post(service, second, path, **again).status_code == 302
    with service.store.read() as connection:
        door = connection.execute(select(household.c.door).where(household.c.id == ids[OWN]["household"])).scalar_one()
    assert door == "88号"


def test_a_wrong_form_says_what_is_wrong_at_the_field_and_keeps_what_was_typed(service, ids):
    client = service.client("planner")
    answer = post(
        service, client, "/lists/households/new",
        village_id=str(ids[OWN]["village"]), name="示例<b>", lon="somewhere", lat="31.4",
    )  # fmt: skip
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "The coordinate is not a number of degrees" in text
    assert "示例&lt;b&gt;" in text
    assert "<b>" not in text


@ON_BOTH
def test_a_household_that_is_added_is_said_to_be_in_no_grid(service, ids):
    client = service.client("planner")
    lon, lat = FRAME.to_degrees([(700, 700)])[0]
    fields = {"village_id": str(ids[OWN]["village"]), "name": "示例", "lon": f"{lon:.6f}", "lat": f"{lat:.6f}"}
    answer = post(service, client, "/lists/households/new", **fields)
    text = client.get(answer.location).get_data(as_text=True)
    assert "in no grid until the next draft" in text
    assert "Grids nearby that have room" in text
    assert "示例" in client.get("/lists/households?grid=none").get_data(as_text=True)


@ON_BOTH
def test_a_household_is_retired_as_of_a_day_and_restored(service, ids):
    client, path = service.client("planner"), f"/lists/households/{ids[OWN]['household']}"
    assert post(service, client, f"{path}/retire", version="1", day="2026-12-24").status_code == 422
    assert post(service, client, f"{path}/retire", version="1", day="2026-11-02").status_code == 302
    assert "retired as of 2026-11-02" in client.get(path).get_data(as_text=True)
    assert "2026-11-02" in client.get("/lists/households?state=retired").get_data(as_text=True)
    assert post(service, client, f"{path}/restore", version="1").status_code == 409
    assert post(service, client, f"{path}/restore", version="2").status_code == 302


def test_a_member_who_retires_leaves_a_grid_without_a_lead_and_the_page_says_how_many(service, ids):
    client, path = service.client("planner"), f"/lists/members/{ids[OWN]['member']}"
    assert "is lead of 1 grid," in client.get(path).get_data(as_text=True)
    answer = post(service, client, f"{path}/retire", version="1")
    assert "1 grid has no lead now" in client.get(answer.location).get_data(as_text=True)


@ON_BOTH
def test_a_member_is_added_and_changed(service, ids):
    client = service.client("planner")
    fields = {"name": "示例九", "village_id": str(ids[OWN]["village"]), "max_grids": "2", "available": "1"}
    answer = post(service, client, "/lists/members/new", **fields)
    assert answer.status_code == 302
    path = answer.location.partition("?")[0]
    changed = form_of(client.get(path)) | {"excused_until": "2026-12-31"}
    assert post(service, client, path, **changed).status_code == 302
    assert "2026-12-31" in client.get("/lists/members?state=away").get_data(as_text=True)
    assert post(service, client, path, **changed | {"max_grids": "0"}).status_code == 422


def test_the_kind_of_a_member_is_a_word_in_the_form_and_stays_the_same_in_either_language(service, ids):
    client, path = service.client("planner"), f"/lists/members/{ids[OWN]['member']}"
    for lang, typed in (("en", "village cadre"), ("zh", "志愿者")):
        client.set_cookie("lang", lang)
        assert post(service, client, path, **form_of(client.get(path)) | {"kind": typed}).status_code == 302
        assert form_of(client.get(path))["kind"] == typed
    client.set_cookie("lang", "en")
    assert form_of(client.get(path))["kind"] == "volunteer"


# ---- boundaries, roads and barriers


def test_a_boundary_is_drawn_and_a_stale_one_is_refused(service, ids):
    client, path = service.client("planner"), f"/lists/villages/{ids[OWN]['village']}/boundary"
    square = shapely.to_geojson(FRAME.shape_to_degrees(shapely.box(0, 0, 1590, 1590)))
    assert post(service, client, path, version="1", shape=square).status_code == 302
    answer = post(service, client, path, version="1", shape=square)
    assert answer.status_code == 409
    assert "planner changed this at" in answer.get_data(as_text=True)


@ON_BOTH
def test_a_boundary_is_read_from_a_file(service, ids, tmp_path):
    client, path = service.client("planner"), f"/lists/villages/{ids[OWN]['village']}/boundary"
    square = FRAME.shape_to_degrees(shapely.box(0, 0, 1000, 1600))
    file = tmp_path / "boundary.geojson"
    file.write_text(
        json.dumps({"type": "Feature", "properties": {"name": OWN}, "geometry": shapely.geometry.mapping(square)}),
        encoding="utf-8",
    )
    with file.open("rb") as content:
        data = {"csrf": service.csrf(client), "file": (content, "../../村界.geojson")}
        seen = client.post(f"{path}/file", data=data).get_data(as_text=True)
    shape = html.unescape(re.search(r'name="shape" id="shape" value="([^"]*)"', seen)[1])
    asked = post(service, client, path, version="1", shape=shape).get_data(as_text=True)
    key = re.search(r'name="confirmed" value="(\w+)"', asked)[1]
    assert post(service, client, path, version="1", shape=shape, confirmed=key).status_code == 302
    assert "as it was before" in client.get(path).get_data(as_text=True)
    with service.store.read() as connection:
        kept = connection.execute(select(village.c.boundary).where(village.c.id == ids[OWN]["village"])).scalar_one()
    assert kept.equals_exact(square, 1e-9)
    broken = {
        "csrf": service.csrf(client),
        "file": ((tmp_path / "boundary.geojson").open("rb"), "x.gpkg"),
    }
    assert client.post(f"{path}/file", data=broken).status_code == 422


@ON_BOTH
def test_roads_are_added_and_removed_where_the_villages_are_ones_own(service):
    client, admin = service.client("planner"), service.client("administrator")
    own = shapely.to_geojson(FRAME.shape_to_degrees(shapely.LineString([(100, 100), (900, 900)])))
    over = shapely.to_geojson(FRAME.shape_to_degrees(shapely.LineString([(100, 800), (2400, 800)])))
    assert post(service, client, "/lists/features", kind="road", name="大路", shape=own).status_code == 302
    refused = post(service, client, "/lists/features", kind="road", shape=over)
    assert refused.status_code == 422
    assert "1 of 1 shape reach into a village that is not yours" in refused.get_data(as_text=True)
    post(service, admin, "/lists/features", kind="road", shape=over)
    again = {"csrf": service.csrf(client), "kind": "road", "file": (io.BytesIO(own.encode()), "路.geojson")}
    page = client.post("/lists/features/file", data=again).get_data(as_text=True)
    assert "1 is there already" in page and "Add 1 shape" not in page
    with service.store.read() as connection:
        mine, foreign = connection.execute(select(feature.c.id).order_by(feature.c.id)).scalars()
    assert post(service, client, f"/lists/features/{foreign}/remove").status_code == 404
    assert post(service, client, f"/lists/features/{mine}/remove").status_code == 302
    with service.store.read() as connection:
        assert [row["id"] for row in features.rows(connection)] == [foreign]
    assert post(service, client, "/lists/features", kind="road").status_code == 422
    assert client.get("/lists/features?kind=strange").status_code == 404


# ---- villages merged and split


def test_a_village_is_split_as_it_was_shown_and_the_split_is_taken_back(service, ids):
    client, of = service.client("planner"), f"/lists/villages/{ids[OWN]['village']}"
    assert 'name="grid" value="32"' in client.get(f"{of}/split").get_data(as_text=True)
    empty = post(service, client, f"{of}/split/preview", name="<b>新村", codes="nobody")
    assert empty.status_code == 422 and "&lt;b&gt;新村" in empty.get_data(as_text=True)
    part = {"name": "新村", "code": "X", "grid": ["1", "2"], "codes": f"{OWN}0000，{OWN}0001", "members": "1"}
    page = post(service, client, f"{of}/split/preview", **part).get_data(as_text=True)
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    assert dict(re.findall(r'name="(name|code|codes)" value="([^"]*)"', page)) == {
        name: part[name] for name in ("name", "code", "codes")
    }
    again = post(service, client, f"{of}/split/preview", again="1", **part).get_data(as_text=True)
    assert re.findall(r'name="grid" value="(\d+)" checked', again) == part["grid"] and part["codes"] in again
    unasked = post(service, client, f"{of}/split", seen=seen, **part)
    assert unasked.status_code == 422 and "because-0" in unasked.get_data(as_text=True)
    stale = post(service, client, f"{of}/split", seen="other", **part | {"because-all": "few"})
    assert stale.status_code == 409 and 'value="few"' in stale.get_data(as_text=True)
    done = post(service, client, f"{of}/split", seen=seen, **part | {"because-all": "few"})
    assert done.status_code == 302
    new = client.get(done.headers["Location"]).get_data(as_text=True)
    assert "village of its own" in new
    change = re.search(r'name="change" value="(\d+)"', new)[1]
    undone = post(service, client, f"{of}/change/undo", change=change)
    assert "one village again" in client.get(undone.headers["Location"]).get_data(as_text=True)


def test_a_household_is_erased_once_that_is_said_to_be_wanted_and_is_nowhere_then(service, ids):
    client, id_ = service.client("planner"), ids[OWN]["household"]
    page, erase = f"/lists/households/{id_}", f"/lists/households/{id_}/erase"
    assert f'href="{erase}"' in client.get(page).text
    assert "no visits" in client.get(erase).text
    refused = post(service, client, erase)
    assert (refused.status_code, "Tick that" in refused.text) == (422, True)
    assert client.get(page).status_code == 200
    done = post(service, client, erase, sure="1")
    assert (done.status_code, done.location) == (302, "/lists/households?said=erased")
    assert "Everything known of the household is erased." in client.get(done.location).text
    assert [client.get(path).status_code for path in (page, erase, f"/households/{id_}")] == [404] * 3
    assert post(service, client, f"{page}/restore", version="2").status_code == 404
