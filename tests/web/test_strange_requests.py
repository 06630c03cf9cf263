"""What no page of ours sends: numbers and letters that no database takes, and queries that would steer our links."""

import re
from typing import ClassVar

import pytest
from databases import ON_BOTH
from route_table import TABLE, address, ids_for_routes, named_by
from service import PASSWORD
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

from gridplan.names import one_line, whole_number
from gridplan.service.town import basemap
from gridplan.store.plans import plans

HUGE = 10**25
ODD = (
    f"/villages/{HUGE}",
    f"/lists/households?village={HUGE}",
    f"/audit?before={HUGE}",
    f"/drafts/{HUGE}",
    f"/api/jobs/{HUGE}",
    f"/imports/{HUGE}",
    "/api/search?q=%00",
    "/lists/members?q=%00",
    "/audit?until=9999-12-31",
    "/audit?since=0001-01-01",
    "/?_method=PUT",
    "/map?endpoint=x",
    "/villages/1?village_id=x",
)


@pytest.mark.parametrize("path", ODD)
@ON_BOTH
def test_what_no_page_asks_for_is_answered_and_breaks_nothing(service, path):
    assert service.client("administrator").get(path).status_code in (200, 400, 404)


@pytest.mark.parametrize("body", ['{"hamlet": "\\u0000"}', '{"hamlet": "\\ud800"}'])
@ON_BOTH
def test_letters_that_no_database_takes_are_refused(service, body):
    client = service.client("administrator")
    headers = {"X-CSRF-Token": service.csrf(client), "Content-Type": "application/json"}
    assert client.post("/api/place/1/anchors", data=body, headers=headers).status_code in (200, 400, 422)


@ON_BOTH
def test_nobody_at_the_door_breaks_it(service):
    client = service.client()
    assert service.enter(client, "x\0").status_code in (400, 403)


def test_a_query_stays_beside_the_address_of_the_switch_of_languages(service):
    page = service.client("planner").get("/map?_external=1&_scheme=javascript&_anchor=x&q=%22%3E%3Cb").text
    links = re.findall(r'href="([^"]*lang=zh[^"]*)"', page)
    assert links
    assert {link.split("?")[0] for link in links} == {"/map"}
    assert "q=%22%3E%3Cb" in links[0]


@ON_BOTH
def test_what_fails_in_the_database_says_nothing_of_what_was_written(service):
    with service.store.read() as connection, pytest.raises(DBAPIError) as failed:
        connection.execute(text("SELECT nothing FROM account WHERE name = :name"), {"name": "王建国"})
    assert "王建国" not in str(failed.value)


def test_a_change_says_which_version_it_is_of(service):
    client, ids = service.client("administrator"), ids_for_routes(service)["own"]
    headers = {"X-CSRF-Token": service.csrf(client)}
    retire = f"/lists/households/{ids['household_id']}/retire"
    lead = f"/plans/{ids['plan_id']}/grids/1/lead"
    publish = f"/drafts/{ids['draft_id']}/publish"
    with service.store.read() as connection:
        planned = plans.of_draft(connection, ids["draft_id"])[ids["village_id"]]
    for path, data in (
        (retire, {"day": "2026-11-02"}),
        (lead, {"member": ids["member_id"]}),
        (publish, {"plan": planned}),
    ):
        assert client.post(path, data=data, headers=headers).status_code == 428
    assert client.post(retire, data={"day": "2026-11-02", "version": "1e3"}, headers=headers).status_code == 400
    place = f"/api/place/{ids['village_id']}/households/{ids['household_id']}"
    assert client.post(place, json={"place": None}, headers=headers).status_code == 428


def test_a_part_that_a_file_has_not_is_said(service):
    client = service.client("planner")
    (service.store.folder / basemap.FILE).write_bytes(b"PMTiles" + bytes(100))
    answer = client.get("/basemap.pmtiles", headers={"Range": "bytes=500-600"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */107")
    with client.get("/basemap.pmtiles", headers={"Range": "bytes=0-6"}) as part:
        assert (part.status_code, part.data) == (206, b"PMTiles")


def test_a_large_part_of_the_basemap_is_the_whole_of_it(service, monkeypatch):
    (service.store.folder / basemap.FILE).write_bytes(bytes(100))
    monkeypatch.setattr("gridplan_web.views.town.LONGEST_PART", 10)
    with service.client("planner").get("/basemap.pmtiles", headers={"Range": "bytes=0-50"}) as whole:
        assert (whole.status_code, len(whole.data)) == (200, 100)


def test_another_method_is_told_which_there_are(service):
    assert service.client("planner").put("/imports").headers["Allow"]


def test_nobody_is_in_under_a_name_that_is_not_ours(service):
    answer = service.client("administrator").get("/", headers={"Host": "[::1"})
    assert answer.status_code == 400
    assert "/leave" not in answer.text


@pytest.mark.parametrize("to", ["http://[x", "/\t/elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"])
def test_signing_in_goes_on_to_pages_of_ours_only(service, to):
    client = service.client()
    client.get("/login")
    data = {"csrf": service.csrf(client), "login": "planner", "password": PASSWORD, "to": to}
    assert client.post("/login", data=data).headers["Location"] == "/"


def test_what_nobody_sees_of_a_reason_or_a_name_is_left_out():
    assert one_line(" a\u202e\x07\u200b  b\n") == "a b"
    assert whole_number("１２") == 12
    assert whole_number(DIGITS) is whole_number("-1") is whole_number("") is None


# ---- every kind of strange value in every place of every route

DIGITS = "9" * 5000
LONG = "长" * 3_000
VALUES = (DIGITS, f"http://[{LONG}\u202e\x07", "nan", "0001-01-01")
"""What is in every field: no number, no letter, no address, no day that a clock shows; and too long."""
TYPED_VALUES = VALUES[:2]
"""Those that a database with types refuses first."""
NESTED = "[" * 60_000
OBJECTS = (
    '{"version": 1, "place": {"lon": %s, "lat": %s}, "was": {"lon": %s, "lat": %s}, "hamlet": "x", "keep": true}',
    '{"version": %s, "hamlet": %s, "place": null}',
    '{"points": [{"x": %s, "y": %s, "lon": 112, "lat": 30}, {"x": 500, "y": 1e308, "lon": 112.1, "lat": 30}]}',
)
STRANGE = ("NaN", "Infinity", "1e308", "-1e999", DIGITS, "null", "true", '"\\ud800"', '"\\u0000"', f'"{LONG}"')
OF_VALUES = tuple(one.replace("%s", value) for one in OBJECTS for value in STRANGE)
"""What may come as far as the database."""
JSON = (
    *(NESTED, '{"a":' * 12_000, "{", "null", "[]", "1", DIGITS, "\xff", '{"version": 1}', "NaN"),
    *OF_VALUES,
)
HEADERS = (
    {"Origin": "http://[x"},
    {
        "Accept": ";;q=,/*;q=nan,\x80",
        "Accept-Language": "*;q=nan,-;q=9e999,zh-" + "x" * 3000,
        "Accept-Encoding": "gzip;q=nan",
        "If-None-Match": 'W/"',
        "If-Modified-Since": "Mon, 99 Foo 99999999999",
        "Range": f"bytes={DIGITS}-",
        "User-Agent": "\x80" * 5000,
        "Referer": "http://[",
        "X-Forwarded-For": "x" * 5000,
    },
)
"""What every route reads; below, what is read before it is known which route it is."""
FEW = ("GET /", "GET /static/<path:filename>", "POST /login", "GET /api/map.json", "POST /imports")
OTHER_HEADERS = (
    {"Range": "bytes=5-1,-,9"},
    {"Cookie": 'gridplan="\\400; =; gridplan-login=\x80; ' + "x" * 8000},
    {"Content-Type": "text/html; charset=no-such", "Content-Length": DIGITS, "X-CSRF-Token": "\x80"},
    {"Host": "[::1"},
    {"Host": "localhost:" + DIGITS},
)
PART = b'--a\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n'
FILE = b'--a\r\nContent-Disposition: form-data; name="files"; filename="%s.csv"\r\n'
BODIES = (
    ("multipart/form-data", b"--"),
    ("multipart/form-data; boundary=" + "x" * 3000, b"--x"),
    ("multipart/form-data; boundary=a", b"--a\r\nContent-Disposition: form-data; name=\r\n\r\n\x00\r\n--a--"),
    ("multipart/form-data; boundary=a", b"--a\r\nContent-Disposition: form-data\r\n\r\nx\r\n--a--"),
    ("multipart/form-data; boundary=a", PART * 1001 + b"--a--"),
    ("multipart/form-data; boundary=a", FILE % (b"x" * 9000) + b"Content-Type: a/b; charset=no\r\n\r\n\0\r\n--a--"),
    ("application/x-www-form-urlencoded; charset=utf-7", b"%zz=%&=&&%ff=%ff%00&" + b"a=&" * 15_000),
    ("application/json; charset=utf-7", b"{}"),
    ("\x80", b"x"),
)
SENT_TO = (
    "POST /login",
    "POST /imports",
    "POST /place/<int:village_id>/pictures",
    "POST /drafts/<int:draft_id>/publish",
)
ADDRESSES = (DIGITS, str(2**63), "-1", "%00", "%ff%fe", "%ED%A0%80", "x" * 5000, "..%2f..%2fetc", "%E2%80%AE")
METHODS = ("OPTIONS", "TRACE", "PROPFIND", "X" * 3000, "PUT")


class Everything(ImmutableMultiDict):
    """A form, or a query, that has the same strange value in every field beside those that were sent."""

    strange: ClassVar[str | None] = "x"
    read: ClassVar[set[str]] = set()
    """The fields that were read."""

    def with_strange(self, key):
        if key in self.keys():
            return self
        self.read.add(key)
        return MultiDict([(key, self.strange)])

    def getlist(self, key, type=None):
        return MultiDict.getlist(self.with_strange(key), key, type)

    def get(self, key, default=None, type=None):
        return MultiDict.get(self.with_strange(key), key, default, type)

    def __getitem__(self, key):
        return MultiDict.__getitem__(self.with_strange(key), key)

    def __contains__(self, key):
        self.with_strange(key)
        return True


@pytest.fixture
def asked(service):
    """Return a function that asks a route as the administrator and notes answers that are faults of ours."""
    ids, ordinary, faults = ids_for_routes(service)["own"], service.app.request_class, []
    client, csrf = signed_in(service)

    class Strange(ordinary):
        @cached_property
        def form(self):
            return Everything(super().form)

        @cached_property
        def args(self):
            return Everything(super().args)

    def ask(route, about, path=None, strange=None, **request):
        nonlocal client, csrf
        method = route.split(" ")[0]
        Everything.strange, service.app.request_class = strange, Strange if strange else ordinary
        Everything.read.clear()
        accept = "application/json" if len(about) % 2 else "text/html"
        headers = {"X-CSRF-Token": csrf, "Accept": accept} | request.pop("headers", {})
        with client.open(path or address(route, ids), method=method, headers=headers, **request) as answer:
            answer.get_data()
        if answer.status_code >= 500:
            faults.append(f"{answer.status_code} {route}: {about}")
        if "/login" in answer.headers.get("Location", "") or answer.status_code == 401:
            client, csrf = signed_in(service)
        return frozenset(Everything.read)

    yield ask
    assert not faults, "\n".join(faults)


def signed_in(service):
    client = service.client("administrator")
    return client, service.csrf(client)


def shortened(value):
    return value if len(value) < 20 else f"{value[:16]}... {len(value)}"


@pytest.mark.slow
@ON_BOTH
def test_no_value_of_a_field_breaks_a_route(asked, service):
    first, *others = VALUES if service.store.dialect == "sqlite" else TYPED_VALUES
    routes = {route: {"version": "1"} if route.startswith("POST") else None for route in TABLE if "static" not in route}
    by_all = asked("GET /help", "fields that every route reads", strange=first)
    read = {route: asked(route, shortened(first), strange=first, data=sent) for route, sent in routes.items()}
    for value in others:
        for route, sent in routes.items():
            if read[route] - by_all:
                asked(route, shortened(ascii(value)), strange=value, data=sent)
    for route in FEW:
        asked(route, "NUL", strange="x\0")


@pytest.mark.slow
def test_no_address_breaks_a_route(asked, service):
    answered = set()
    for route in TABLE:
        method, pattern = route.split(" ")
        for name in named_by(route):
            for value in ADDRESSES:
                about = f"{name}={shortened(value)}"
                path = re.sub(r"<(?:\w+:)?\w+>", "1", re.sub(rf"<(\w+:)?{name}>", value, pattern))
                with service.app.test_request_context(path, method=method) as context:
                    leads_nowhere = type(context.request.routing_exception), value, len(about) % 2
                    is_route = context.request.url_rule is not None
                if is_route or leads_nowhere not in answered:  # all of them are answered alike
                    asked(route, about, path)
                    answered.add(leads_nowhere)


@pytest.mark.slow
def test_no_header_breaks_a_route(asked):
    looking = [route for route in TABLE if route.startswith("GET ")]
    changing = TABLE.keys() - looking
    asked_with = [(HEADERS[0] | HEADERS[1], looking), *((one, changing) for one in HEADERS)]
    for headers, routes in (*asked_with, *((one, FEW) for one in OTHER_HEADERS)):
        for route in routes:
            asked(route, shortened(ascii(headers)), headers=headers)
    for method in METHODS:
        for path in ("/", "/api/map.json", "/nowhere", "*"):
            asked(f"{method} {path}", method[:9], path)


@pytest.mark.slow
@ON_BOTH
def test_no_body_breaks_a_route(asked, service):
    is_first = service.store.dialect == "sqlite"
    for route in SENT_TO if is_first else ():
        for kind, body in BODIES:
            asked(route, shortened(kind) + shortened(ascii(body)), data=body, content_type=kind)
    for route in TABLE:
        if route.startswith("POST /api/"):
            for body in JSON if is_first else OF_VALUES:
                sent = body.encode("latin-1" if body == "\xff" else "utf-8")
                asked(route, f"{body[:90]} {len(body)}", data=sent, content_type="application/json")
