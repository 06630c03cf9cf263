"""Every route driven as every role, as nobody, as who was disabled and as who stayed away too long.

What is expected stands in route_table.py and nowhere else; it is not worked out from the policy of the application. A
route that names something of a village is tried with one of the own village, one of another, and one that is not there.
Whatever is refused is asked for in earnest, and so is what is let in, if it only looks. Where it would change something
the view answers with `LET_IN` instead; what it does is tested with its room.
"""

from __future__ import annotations

import pytest
from flask import Response
from route_table import ROLES, TABLE, address, ids_for_routes, named_by
from service import NOW

from gridplan.store.access import accounts

pytestmark = pytest.mark.slow

OUTSIDE = ("nobody", "disabled", "expired")
LET_IN = 299

HIDDEN = {"GET /people/town", "POST /people/town/cards"}
"""Not there (404), rather than refused, for those whose role has the power and who have only some villages."""
ANSWERS = {
    "OPTIONS /openapi.json": {403},
    "GET /basemap.pmtiles": {404},
    "GET /imagery/<int:imagery_id>/<int:zoom>/<int:column>/<int:row>": {204},
    "GET /i/<secret>": {404},
    "GET /packs/preview/<form>.png": {404},
    "GET /packs/jobs/<int:job_id>": {404},
    "GET /packs/downloads/<token>": {404},
    "GET /desk/members/<int:member_id>/handover": {404},
    "GET /desk/term/<int:term_id>/handover": {404},
    "GET /mine/visits/<visit_id>": {404},
    "GET /mine/households/<int:home_id>": {404},
    "GET /mine/households/<int:home_id>/report": {404},
    "GET /mine/households/<int:home_id>/need": {404},
    "GET /mine/grids/<int:plan>/<int:number>/new-house": {404},
    "GET /api/plans/<int:plan_id>/redraw.json": {409},
    "GET /api/plans/<int:plan_id>/history.json": {409},
    "GET /api/plans/<int:plan_id>/drawing.json": {409},
    "GET /api/plans/<int:plan_id>/grids/<int:number>/leads.json": {409},
}
"""What is answered to who is let in, where it is not a page: here is no basemap, no such link, and the plan is in
force."""
STANDS_IN = {
    "GET /drafts/<int:draft_id>/files/<name>",
    "GET /plans/<int:plan_id>/restore",
    "GET /drafts/<int:draft_id>/slips",
    "GET /plans/<int:plan_id>/slips",
    "GET /imports/<int:batch_id>/refused/<kind>",
    "GET /api/imports/<int:batch_id>/map.json",
    "GET /people/cards/<int:job_id>",
    "GET /api/jobs/<int:job_id>",
}
"""Where the view says `LET_IN` too, since it takes long or shows what only a whole story has."""
OF_A_VILLAGE = (
    *("correction_id", "draft_id", "plan_id", "scan_id", "imagery_id", "household_id", "member_id", "feature_id"),
    *("cover_id", "term_id", "cadence_id", "pause_id", "link_id", "branch_id", "need_n", "village_id"),
    *("pack_id", "snapshot_id", "file_id", "deed_id"),
)
"""What routes name that is in a village; the first of them that a route names decides."""


@pytest.fixture
def things(service):
    """Return the ids that addresses are filled with: of the own village, of another, and of what is not there."""
    return ids_for_routes(service)


def routes(app):
    return {f"{method} {rule.rule}" for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD"}}


def scoped(route):
    return next((name for name in OF_A_VILLAGE if name in named_by(route)), None)


def places_of(route):
    return ("own", "other", "missing") if scoped(route) else ("own",)


def expected(route, letter, place):
    """Return the statuses that a role may be answered with."""
    roles, method = TABLE[route], route.split(" ", 1)[0]
    let_in = {LET_IN} if method == "POST" or route in STANDS_IN else ANSWERS.get(route, {200, 302})
    if roles == "*":
        return let_in
    if scoped(route) and (place == "missing" or (letter != "A" and (place == "other" or letter == "M"))):
        return {404}
    if letter not in roles:
        return {404} if route in HIDDEN and letter in "PC" else {403}
    return let_in


def say_let_in(app):
    """Let every view say that it was reached, and do nothing."""
    for endpoint in app.view_functions:
        app.view_functions[endpoint] = lambda **_: Response(status=LET_IN)


def ask(client, token, route, ids, **headers):
    method = route.split(" ", 1)[0]
    data = {"csrf": token} if method == "POST" else None
    with client.open(address(route, ids), method=method, data=data, headers=headers) as answer:
        answer.get_data()
    return answer


def outsider(service, who):
    """Return a client that was in, or never was, and stands at the door now."""
    client = service.client(None if who == "nobody" else "planner")
    if who == "disabled":
        with service.store.write() as connection:
            accounts.disable(connection, [accounts.by_login(connection, "planner")["id"]], NOW)
    if who == "expired":
        service.later(hours=25)
    client.get("/login")
    return client


# ---- the tests


def test_every_route_is_in_the_table_and_nothing_else(service):
    assert routes(service.app) == TABLE.keys()


@pytest.mark.parametrize(
    ("databases", "letter"),
    [
        *(("sqlite", letter) for letter in ROLES),
        pytest.param("postgresql", "P", marks=pytest.mark.postgresql),  # scopes are asked of the database
    ],
    indirect=["databases"],
)
def test_every_route_lets_in_a_role_where_it_may_and_nowhere_else(service, things, letter):
    client = service.client(ROLES[letter])
    token = service.csrf(client)
    really = dict(service.app.view_functions)
    wrong = []
    for route in TABLE:
        for place in places_of(route):
            wanted = expected(route, letter, place)
            service.app.view_functions.update(really)
            if wanted == {LET_IN} and route not in HIDDEN:
                say_let_in(service.app)
            answer = ask(client, token, route, things[place])
            if route in HIDDEN and wanted == {LET_IN}:
                wanted = {200}
            if answer.status_code not in wanted:
                wrong.append((route, place, answer.status_code, wanted))
    assert wrong == []


@pytest.mark.parametrize("who", OUTSIDE)
def test_who_is_not_in_reaches_the_door_and_nothing_else(service, things, who):
    client = outsider(service, who)
    token = service.csrf(client)
    for route in TABLE:
        if TABLE[route] == "*":
            continue
        ids = things["missing" if who == "nobody" else "own"]
        page, data = (ask(client, token, route, ids, Accept=kind) for kind in ("text/html", "application/json"))
        statuses = (page.status_code, data.status_code)
        is_page = route.startswith("GET ") and not route.startswith("GET /m/api/")  # phones are sent nowhere
        assert statuses == ((302, 401) if is_page else (401, 401)), route
        assert page.status_code == 401 or page.location.startswith("/login"), route


@pytest.mark.parametrize("letter", "PCU")
def test_what_is_out_of_scope_looks_like_what_is_not_there(service, things, letter):
    client = service.client(ROLES[letter])
    token = service.csrf(client)
    for route in filter(scoped, TABLE):
        pages = [
            ask(client, token, route, things[place]).text.replace(address(route, things[place]), "")
            for place in ("other", "missing")
        ]
        assert pages[0] == pages[1], route


@pytest.mark.parametrize("letter", "AP")
def test_nothing_is_changed_without_a_token_or_from_elsewhere(service, things, letter):
    client = service.client(ROLES[letter])
    token = service.csrf(client)
    for route in TABLE:
        if not route.startswith("POST "):
            continue
        path = address(route, things["own"])
        answers = [
            client.post(path),
            client.post(path, data={"csrf": "a guess"}),
            client.post(path, data={"csrf": token}, headers={"Origin": "https://evil.example"}),
            client.post(path, data={"csrf": token}, headers={"Origin": "null"}),
            client.post(path, data={"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"}),
        ]
        without = 401 if route == "POST /m/api/sync" else 403  # a phone has a token of its own, and reads no cookie
        assert [answer.status_code for answer in answers] == [without] * 2 + [403] * 3, route
    assert client.get("/sessions").status_code == 200


def test_no_other_method_gets_anywhere(service, things):
    client = service.client("administrator")
    token = service.csrf(client)
    paths = {address(route, things["own"]): set() for route in TABLE}
    for route in TABLE:
        paths[address(route, things["own"])].add(route.split(" ", 1)[0])
    for path, methods in paths.items():
        for method in {"GET", "POST", "DELETE", "OPTIONS"} - methods:
            given = {"csrf": token, "_method": "DELETE"}
            assert client.open(path, method=method, data=given).status_code == 405, (method, path)


@pytest.mark.parametrize("letter", "PC")
def test_a_name_of_one_village_within_an_address_of_another_is_not_there(service, things, letter):
    """Every other id of an address swapped for one of another village: the first alone must not decide."""
    client = service.client(ROLES[letter])
    token = service.csrf(client)
    for route in filter(scoped, TABLE):
        for name in named_by(route):
            mixed = things["own"] | {name: things["other"][name]}
            if mixed[name] != things["own"][name] and name != scoped(route):
                answer = ask(client, token, route, mixed)
                assert answer.status_code in ({404} if letter in TABLE[route] else {403, 404}), (route, name)


def test_rights_that_change_count_from_the_next_request_on(service, things):
    client = service.client("planner")
    own, other = (f"/people/villages/{things[place]['village_id']}" for place in ("own", "other"))
    assert [client.get(path).status_code for path in (own, other)] == [200, 404]
    with service.store.write() as connection:
        planner = accounts.by_login(connection, "planner")["id"]
        accounts.set_scope(connection, planner, [things["other"]["village_id"]])
    assert [client.get(path).status_code for path in (own, other)] == [404, 200]
    with service.store.write() as connection:
        accounts.set_name_and_role(connection, planner, "planner", "supervisor")
    assert client.get(other).status_code == 403
