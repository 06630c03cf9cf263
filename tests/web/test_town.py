"""The map and the pages behind it: who sees what of them, and that nothing says more than it may."""

import json
import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import shapely
from databases import ON_BOTH
from drawn_maps import drawn, rows
from sample_drafts import draft_like, household_id, member_id, plan_of, village_id
from service import NOW, OTHER, OWN, serve
from sqlalchemy import select, update

from gridplan.contact.visits import Visit
from gridplan.roles import ROLES
from gridplan.service.contact.record import record_visits
from gridplan.service.town import basemap
from gridplan.store import Store
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.registry import features, households
from gridplan.store.tables import household, membership, village

JSON = {"Accept": "application/json"}


def plan_id(service, name=OWN):
    with service.store.read() as connection:
        return plans.published(connection)[village_id(service.store, name)]


def pages_of(service, name):
    """Return a page of each kind about a village."""
    store = service.store
    return [
        f"/villages/{village_id(store, name)}",
        f"/grids/{plan_id(service, name)}/1",
        f"/households/{household_id(store, f'{name}0000')}",
        f"/members/{member_id(store, f'{name}-M1')}",
    ]


def lay_a_road(service):
    with service.store.change(COMMAND_LINE, "add", "feature", now=NOW) as made:
        features.add(made.connection, "road", [(None, shapely.LineString([(119.43, 31.41), (119.44, 31.42)]))])
    basemap.draw_basemap(service.store)


def test_names_lead_to_pages_and_back(service):
    client = service.client("planner")
    village, grid, home, member = pages_of(service, OWN)
    assert f'href="{grid}"' in client.get(village).text
    assert f'href="{member}"' in client.get(village).text
    page = client.get(grid).text
    for link in (village, member):
        assert f'href="{link}"' in page
    assert f'href="{grid}"' in client.get(member).text
    inside = next(link for link in page.split('href="') if link.startswith("/households/")).split('"')[0]
    assert f'href="{grid}"' in client.get(inside).text
    assert f'href="{village}"' in client.get(home).text


@pytest.mark.parametrize(
    ("role", "own", "other"),
    [
        ("administrator", [200, 200, 200, 200], [200, 200, 200, 200]),
        ("planner", [200, 200, 200, 200], [404, 404, 404, 404]),
        ("clerk", [200, 200, 200, 200], [404, 404, 404, 404]),
        ("supervisor", [200, 200, 403, 403], [404, 404, 404, 404]),
        ("member", [404, 404, 404, 404], [404, 404, 404, 404]),
        ("viewer", [403, 403, 403, 403], [404, 404, 404, 404]),
        (None, [302, 302, 302, 302], [302, 302, 302, 302]),
    ],
)
def test_who_may_see_which_page(service, role, own, other):
    client = service.client(role)
    assert [client.get(path).status_code for path in pages_of(service, OWN)] == own
    assert [client.get(path).status_code for path in pages_of(service, OTHER)] == other


def test_a_supervisor_sees_counts_and_leads_and_nothing_of_a_household(service):
    client = service.client("supervisor")
    with service.store.read() as connection:
        homes = households.models(connection)
    texts = [
        client.get(path, headers=headers).text
        for path, headers in [
            ("/", {}),
            ("/map", {}),
            (pages_of(service, OWN)[0], {}),
            (pages_of(service, OWN)[1], {}),
            (f"/search?q={OWN}", {}),
            ("/api/map.json", JSON),
            ("/api/contact.json", JSON),
            (f"/api/search?q={OWN}", JSON),
            (f"/api/map/villages/{village_id(service.store)}?plan={plan_id(service)}", JSON),
            (f"/api/map/grids/{plan_id(service)}/1", JSON),
        ]
    ]
    assert "示例1" in texts[3]
    assert "/members/" not in "".join(texts)
    for home in homes:
        for token in (home.household_id, home.name, f"{round(home.lon, 6)},{round(home.lat, 6)}"):
            assert token is None or all(token not in text for text in texts), token
    assert OTHER not in texts[5] + texts[6]


@ON_BOTH
def test_the_panel_tells_of_a_plan_to_who_may_see_it(service):
    store = service.store
    draft = draft_like(store, OWN)
    own, drafted = village_id(store), plan_of(store, draft)
    home = household_id(store, f"{OWN}0000")

    def ask(role, path):
        return service.client(role).get(f"/api/map/{path}", headers=JSON)

    for path in (f"grids/{drafted}/1", f"villages/{own}?plan={drafted}"):
        assert [ask(role, path).status_code for role in ("planner", "clerk", "supervisor")] == [200, 404, 404]
    assert ask("administrator", f"villages/{village_id(store, OTHER)}?plan={plan_id(service)}").status_code == 404
    assert ask("planner", f"villages/{own}?plan=x").status_code == 422
    grids = {role: ask(role, f"households/{home}").json["grids"] for role in ("planner", "clerk")}
    assert [plan for plan, _ in grids["planner"]] == [plan_id(service), drafted]
    assert [plan for plan, _ in grids["clerk"]] == [plan_id(service)]
    with store.change(COMMAND_LINE, "retire", "household", now=NOW) as made:
        made.connection.execute(update(household).where(household.c.id == home).values(retired_on=NOW.date()))
    assert ask("planner", f"households/{home}").status_code == 404


def test_what_may_be_done_beside_the_map_is_what_the_role_may(service):
    def texts(role, path):
        return [link["text"] for link in service.client(role).get(f"/api/map/{path}", headers=JSON).json["links"]]

    grid, village = f"grids/{plan_id(service)}/1", f"villages/{village_id(service.store)}"
    assert texts("planner", grid) == ["Open the grid page", "Change the lead", "Redraw", "How often"]
    assert texts("clerk", grid) == texts("supervisor", grid) == ["Open the grid page"]
    assert texts("planner", village) == ["Open the village page", "Coverage", "Edit", "Place households", "Login cards"]
    assert "Redraw" in texts("planner", f"{village}?plan={plan_id(service)}")
    assert texts("clerk", village) == ["Open the village page", "Coverage", "Login cards"]


def test_the_map_has_the_villages_of_the_scope_and_no_others(service):
    def villages_of(role):
        data = service.client(role).get("/api/map.json", headers=JSON).json
        return [one["name"] for one in drawn(data, "villages")]

    assert len(villages_of("administrator")) == 5
    assert villages_of("planner") == [OWN]
    assert villages_of("clerk") == [OWN]


def test_the_households_of_a_village_are_for_who_may_see_them_and_are_asked_for_by_village(service):
    def places(role, name, **headers):
        path = f"/api/map/villages/{village_id(service.store, name)}/households.json"
        return service.client(role).get(path, headers=JSON | headers)

    found = places("planner", OWN)
    assert len(rows(found.json["places"])) == 384
    assert places("planner", OWN, **{"If-None-Match": found.headers["ETag"]}).status_code == 304
    assert places("planner", OTHER).status_code == 404
    assert places("supervisor", OWN).status_code == 403
    assert len(rows(places("administrator", OTHER).json["places"])) > 0


def test_a_browser_that_has_the_map_already_is_told_so_until_something_changes(service):
    client = service.client("planner")
    first = client.get("/api/map.json", headers=JSON)
    again = {**JSON, "If-None-Match": first.headers["ETag"]}
    assert client.get("/api/map.json", headers=again).status_code == 304
    assert service.client("clerk").get("/api/map.json", headers=again).status_code == 304
    assert service.client("supervisor").get("/api/map.json", headers=again).status_code == 200
    assert client.get("/api/map.json?lang=zh", headers=again).status_code == 200
    with service.store.change(COMMAND_LINE, "amend", "household", now=NOW):
        pass
    assert client.get("/api/map.json", headers=again).status_code == 200


def record(service, *codes, **values):
    """Let the village of the offices have started, and record a visit of last week at each household."""
    day = NOW.date() - timedelta(days=4)
    with service.store.write() as connection:
        connection.execute(update(village).values(start_day=NOW.date() - timedelta(days=40)))
    who = member_id(service.store, f"{OWN}-M1")
    usual = {"outcome": "met", "channel": "door", "source": "told"} | values
    some = [Visit(f"{code}{usual}", household_id(service.store, code), who, day, **usual) for code in codes]
    record_visits(service.store, COMMAND_LINE, some, now=NOW)


def test_a_visit_makes_how_far_contact_reaches_anew_and_no_map(service):
    client = service.client("planner")

    def tags():
        return [client.get(path, headers=JSON).headers["ETag"] for path in ("/api/map.json", "/api/contact.json")]

    before, contact = tags()
    assert client.get("/api/contact.json", headers={**JSON, "If-None-Match": contact}).status_code == 304
    record(service, f"{OWN}0000")
    after, later = tags()
    assert (before == after, contact == later) == (True, False)
    service.later(days=1)
    service.enter(client, "planner")
    assert tags()[1] != later


def test_how_far_contact_reaches_is_for_who_sees_coverage_within_their_villages(service):
    record(service, f"{OWN}0000", f"{OTHER}0000")
    answers = {role: service.client(role).get("/api/contact.json", headers=JSON) for role in ROLES}
    assert {role: answer.status_code for role, answer in answers.items()} == {
        "administrator": 200, "planner": 200, "clerk": 200, "supervisor": 200, "member": 403, "viewer": 403,
    }  # fmt: skip
    assert [len(answers[role].json["villages"]) for role in ("administrator", "planner", "supervisor")] == [5, 1, 1]
    assert answers["supervisor"].json == answers["planner"].json
    assert "示例" not in answers["administrator"].text


def test_above_the_lead_nobody_sees_who_declined_or_is_away(service):
    home = household_id(service.store, f"{OWN}0000")
    record(service, f"{OWN}0001")
    with service.store.read() as connection:
        (of,) = connection.execute(select(membership.c.number).where(membership.c.household_id == home)).scalars()
    paths = [
        ("/api/contact.json", JSON),
        (f"/villages/{village_id(service.store)}", {}),
        (f"/households/{home}", {}),
        (f"/api/map/households/{home}", JSON),
        (f"/api/map/villages/{village_id(service.store)}?plan={plan_id(service)}", JSON),
        (f"/api/map/grids/{plan_id(service)}/{of}/contact", JSON),
    ]

    clients = [service.client(role) for role in ("planner", "clerk", "supervisor")]

    def told():
        return [[client.get(path, headers=asks).text for path, asks in paths] for client in clients]

    before = told()
    assert json.loads(before[1][3])["contact"] in ("Due", "Overdue")
    grid = f"/coverage/grids/{plan_id(service)}/{of}"
    attempts = service.client("supervisor").get(grid).text
    for outcome in ("declined", "away"):
        record(service, f"{OWN}0000", outcome=outcome)
    assert told() == before
    assert service.client("supervisor").get(grid).text != attempts


def test_figures_of_contact_stand_beside_no_name(service):
    record(service, f"{OWN}0000")
    client = service.client("administrator")
    village_path, grid_path = pages_of(service, OWN)[:2]
    pages = [client.get(path).text.split("<main")[1] for path in (f"/coverage{village_path}", f"/coverage{grid_path}")]
    outlines = service.client("viewer").get("/api/coverage/map.json", headers=JSON)
    assert "示例" not in "".join(pages) + outlines.text
    assert [grid["number"] for grid in drawn(outlines.json, "grids")] == list(range(1, 33))
    assert [page.count('<tr role="row">') for page in pages] == [38, 14]
    for path in (village_path, grid_path):
        assert all(word not in client.get(path).text for word in ("Attempts", "Overdue"))
    assert "示例" not in client.get(f"/api/map{grid_path}/contact", headers=JSON).text
    assert "contact" not in client.get(f"/api/map{grid_path}", headers=JSON).json
    for path in (f"/members/{member_id(service.store, f'{OWN}-M1')}", "/members"):
        assert all(word not in client.get(path).text for word in ("Overdue", "Attempts", "In order or reached"))


def test_the_map_is_sent_packed_to_who_can_unpack_it(service):
    client = service.client("planner")
    packed = client.get("/api/map.json", headers={**JSON, "Accept-Encoding": "gzip"})
    plain = client.get("/api/map.json", headers=JSON)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 3
    assert drawn(plain.json, "grids")


def test_the_first_page_of_each_role_says_what_comes_next(service):
    assert "Make login cards" in service.client("planner").get("/").text
    assert OTHER in service.client("administrator").get("/").text
    assert OTHER not in service.client("planner").get("/").text
    assert "have no login card yet" in service.client("clerk").get("/").text
    assert "card" not in service.client("supervisor").get("/").text.split("<main")[1].replace('class="card', "")
    for role in ("supervisor", "viewer"):
        first = service.client(role).get("/").text
        assert "Visits have not started here." in first
        assert 'href="/coverage"' in first


@ON_BOTH
def test_the_search_page_works_without_a_script(service):
    client = service.client("planner")
    assert f'href="/villages/{village_id(service.store)}"' in client.get(f"/search?q={OWN}").text
    assert "Nothing found for" in client.get("/search?q=nobody").text
    assert client.get("/search").status_code == 200


def test_the_basemap_of_a_folder_named_from_where_the_service_was_started_is_sent(service, monkeypatch):
    lay_a_road(service)
    folder = service.store.folder
    monkeypatch.chdir(folder.parent)
    with closing(Store(Path(folder.name), service.store.url)) as store:
        here = serve(store)
        with here.client("planner").get("/basemap.pmtiles") as part:
            assert part.status_code == 200


def test_the_basemap_is_sent_in_parts_and_only_if_there_is_one(service):
    client = service.client("supervisor")
    assert client.get("/basemap.pmtiles").status_code == 404
    assert "basemap.pmtiles" not in client.get("/map").text
    lay_a_road(service)
    assert "/basemap.pmtiles?v=" in client.get("/map").text
    with client.get("/basemap.pmtiles", headers={"Range": "bytes=0-6"}) as part:
        assert (part.status_code, part.data) == (206, b"PMTiles")
    assert service.client().get("/basemap.pmtiles", headers=JSON).status_code == 401


@ON_BOTH
def test_a_name_is_text_wherever_it_stands(service):
    hostile = "</script><img src=x onerror=alert(1)>"
    home = household_id(service.store, f"{OWN}0000")
    with service.store.change(COMMAND_LINE, "amend", "household", now=NOW) as made:
        made.connection.execute(update(household).where(household.c.id == home).values(name=hostile, hamlet=hostile))
    client = service.client("planner")
    for path in [*pages_of(service, OWN), f"/search?q={OWN}0000"]:
        assert "<img" not in client.get(path).text


def test_the_map_as_one_file_tells_of_contact_and_names_nobody_there_and_leads_on_in_its_frame_alone(service):
    record(service, f"{OWN}0000")
    client = service.client("planner")
    shown, framed, saved = (client.get(f"/map/file{part}") for part in ("/shown", "/framed", ""))
    assert "frame-src 'self'" in shown.headers["Content-Security-Policy"]
    policy = framed.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy
    assert "Set-Cookie" not in framed.headers
    with saved:
        texts = (framed.text, saved.text)
    of_file = [json.loads(re.search(r'id="gridplan-data">(.*?)</script>', text, re.S)[1]) for text in texts]
    told = [carried["contact"] for carried in of_file]
    assert told[0] == told[1]
    assert told[0]["plans"] == [plan_id(service)]
    assert [text.count('<meta name="coverage" content="/coverage">') for text in texts] == [1, 0]
    assert "示例" not in json.dumps(told, ensure_ascii=False)
    live = client.get("/api/contact.json", headers=JSON).json
    for carried in of_file:
        assert carried["views"][3:] == live["views"]
        assert carried["contact"]["sentence"] == live["sentence"]
