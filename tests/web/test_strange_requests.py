"""What no page of ours sends: numbers and letters that no database takes, and queries that would steer our links."""

import re

import pytest
from route_table import TABLE, address, ids_for_routes, named_by
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

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
    "/audit?day=9999-12-31",
    "/audit?day=0001-01-01",
    "/?_method=PUT",
    "/map?endpoint=x",
    "/villages/1?village_id=x",
)


@pytest.mark.parametrize("path", ODD)
def test_what_no_page_asks_for_is_answered_and_breaks_nothing(service, path):
    assert service.client("administrator").get(path).status_code in (200, 400, 404)


@pytest.mark.parametrize("body", ['{"hamlet": "\\u0000"}', '{"hamlet": "\\ud800"}'])
def test_letters_that_no_database_takes_are_refused(service, body):
    client = service.client("administrator")
    headers = {"X-CSRF-Token": service.csrf(client), "Content-Type": "application/json"}
    assert client.post("/api/place/1/anchors", data=body, headers=headers).status_code in (200, 400)


def test_nobody_at_the_door_breaks_it(service):
    client = service.client()
    assert service.enter(client, "x\0").status_code in (400, 403)


def test_a_query_stays_beside_the_address_of_the_switch_of_languages(service):
    page = service.client("planner").get("/map?_external=1&_scheme=javascript&_anchor=x&q=%22%3E%3Cb").text
    links = re.findall(r'href="([^"]*lang=zh[^"]*)"', page)
    assert links
    assert {link.split("?")[0] for link in links} == {"/map"}
    assert "q=%22%3E%3Cb" in links[0]


def test_what_fails_in_the_database_says_nothing_of_what_was_written(service):
    with service.store.read() as connection, pytest.raises(DBAPIError) as failed:
        connection.execute(text("SELECT nothing FROM account WHERE name = :name"), {"name": "王建国"})
    assert "王建国" not in str(failed.value)


# ---- every kind of strange value in every place of every route

DIGITS = "9" * 5000
LONG = "长" * 20_000
VALUES = (
    DIGITS,
    LONG,
    "nan",
    "-inf",
    "1e308",
    "1e999",
    "\x00",
    "\ud800",
    "\u202e\x07\u200b",
    "http://[x",
    "0001-01-01",
)
"""What is in every field: too long, no number, no letter, no address, no day that a clock shows."""
NESTED = "[" * 100_000
OBJECTS = (
    '{"version": 1, "place": {"lon": %s, "lat": %s}, "was": {"lon": %s, "lat": %s}, "hamlet": "x", "keep": true}',
    '{"version": %s, "hamlet": %s, "place": null}',
    '{"points": [{"x": %s, "y": %s, "lon": 112, "lat": 30}, {"x": 500, "y": 1e308, "lon": 112.1, "lat": 30}]}',
)
JSON = (
    *(NESTED, '{"a":' * 100_000, "{", "null", "[]", "1", DIGITS, "\xff", '{"version": 1}', "NaN"),
    *(
        one.replace("%s", value)
        for one in OBJECTS
        for value in (
            "NaN",
            "Infinity",
            "1e308",
            "-1e999",
            DIGITS,
            "null",
            "true",
            '"\\ud800"',
            '"\\u0000"',
            f'"{LONG}"',
        )
    ),
)
HEADERS = (
    {"Origin": "http://[x"},
    {"Accept": ";;q=,/*;q=nan,\x80", "Accept-Language": "*;q=nan,-;q=9e999,zh-" + "x" * 3000},
    {"Accept-Encoding": "gzip;q=nan", "If-None-Match": 'W/"', "If-Modified-Since": "Mon, 99 Foo 99999999999"},
    {"Range": f"bytes={DIGITS}-"},
    {"Range": "bytes=5-1,-,9"},
    {"Cookie": 'gridplan="\\400; =; gridplan-login=\x80; ' + "x" * 8000},
    {"Content-Type": "text/html; charset=no-such", "Content-Length": DIGITS},
    {"User-Agent": "\x80" * 5000, "X-CSRF-Token": "\x80", "Referer": "http://[", "X-Forwarded-For": "x" * 5000},
    {"Host": "[::1"},
    {"Host": "localhost:" + DIGITS},
)
BODIES = (
    ("multipart/form-data", b"--"),
    ("multipart/form-data; boundary=" + "x" * 3000, b"--x"),
    ("multipart/form-data; boundary=a", b"--a\r\nContent-Disposition: form-data; name=\r\n\r\n\x00\r\n--a--"),
    (
        "multipart/form-data; boundary=a",
        b'--a\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n' * 2000 + b"--a--",
    ),
    (
        "multipart/form-data; boundary=a",
        b'--a\r\nContent-Disposition: form-data; name="files"; filename="' + b"x" * 9000 + b'.csv"\r\n'
        b"Content-Type: text/csv; charset=no-such\r\n\r\n\x00\r\n--a--\r\n",
    ),
    ("application/x-www-form-urlencoded; charset=utf-7", b"%zz=%&=&&%ff=%ff%00&" + b"a=&" * 15_000),
    ("application/json; charset=utf-7", b"{}"),
    ("\x80", b"x"),
)


class Everything(ImmutableMultiDict):
    """A form, or a query, that has the same strange value in every field beside those that were sent."""

    strange = "x"

    def with_strange(self, key):
        return self if key in self.keys() else MultiDict([(key, self.strange)])

    def getlist(self, key, type=None):
        return MultiDict.getlist(self.with_strange(key), key, type)

    def get(self, key, default=None, type=None):
        return MultiDict.get(self.with_strange(key), key, default, type)

    def __getitem__(self, key):
        return MultiDict.__getitem__(self.with_strange(key), key)

    def __contains__(self, key):
        return True


@pytest.fixture
def asked(service):
    """Return a function that asks a route as the administrator and notes answers that are faults of ours."""
    ids = ids_for_routes(service)["own"]
    ordinary, client, faults = service.app.request_class, [service.client("administrator")], []

    class Strange(ordinary):
        @cached_property
        def form(self):
            return Everything(super().form)

        @cached_property
        def args(self):
            return Everything(super().args)

    def ask(route, about, path=None, strange=None, **request):
        method = route.split(" ")[0]
        Everything.strange, service.app.request_class = strange, Strange if strange else ordinary
        accept = "application/json" if len(about) % 2 else "text/html"
        headers = {"X-CSRF-Token": service.csrf(client[0]), "Accept": accept} | request.pop("headers", {})
        with client[0].open(path or address(route, ids), method=method, headers=headers, **request) as answer:
            answer.get_data()
        if answer.status_code >= 500:
            faults.append(f"{answer.status_code} {route}: {about}")
        if "/login" in answer.headers.get("Location", "") or answer.status_code == 401:
            client[0] = service.client("administrator")

    yield ask
    assert not faults, "\n".join(faults)


def shortened(value):
    return value if len(value) < 20 else f"{value[:16]}... {len(value)}"


@pytest.mark.slow
def test_no_value_of_a_field_or_an_argument_breaks_a_route(asked):
    for value in VALUES:
        for route in TABLE:
            if "static" not in route:
                asked(route, shortened(ascii(value)), strange=value, data={"version": "1"} if "POST" in route else None)


@pytest.mark.slow
def test_no_address_breaks_a_route(asked):
    for route in TABLE:
        for name in named_by(route):
            for value in (
                DIGITS,
                str(2**63),
                "-1",
                "%00",
                "%ff%fe",
                "%ED%A0%80",
                "x" * 5000,
                "..%2f..%2fetc",
                "%E2%80%AE",
            ):
                pattern = re.sub(rf"<(\w+:)?{name}>", value, route.split(" ")[1])
                asked(route, f"{name}={shortened(value)}", re.sub(r"<(?:\w+:)?\w+>", "1", pattern))


@pytest.mark.slow
def test_no_header_breaks_a_route(asked):
    for headers in HEADERS:
        for route in TABLE:
            asked(route, shortened(ascii(headers)), headers=headers)
    for method in ("OPTIONS", "TRACE", "PROPFIND", "X" * 3000, "PUT"):
        for path in ("/", "/login", "/api/map.json", "/nowhere", "*"):
            asked(f"{method} {path}", method[:9], path)


@pytest.mark.slow
def test_no_body_breaks_a_route(asked):
    for route in TABLE:
        if not route.startswith("POST"):
            continue
        for kind, body in BODIES:
            asked(route, shortened(kind) + shortened(ascii(body)), data=body, content_type=kind)
        for body in JSON if "/api/" in route else JSON[:2]:
            asked(
                route,
                f"{body[:90]} {len(body)}",
                data=body.encode("latin-1" if body == "\xff" else "utf-8"),
                content_type="application/json",
            )
