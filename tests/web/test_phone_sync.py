"""What phones send over HTTP: proved by a token alone, understood or kept on the phone, and answered without a name."""

import json
import re
from uuid import uuid4

import pytest
from service import NOW, OWN
from sqlalchemy import event, insert, select, update

from gridplan.service.phone.devices import new_device
from gridplan.store.access import accounts, scope
from gridplan.store.tables import household, kept_apart, village
from gridplan.store.tables import visit as visits


def milliseconds(moment):
    return round(moment.timestamp() * 1000)


@pytest.fixture
def member(service):
    with service.store.read() as connection:
        return scope.actor(connection, accounts.by_login(connection, "member")["id"])


@pytest.fixture
def send(service, member):
    """Return what sends a body as a phone does."""
    token = new_device(service.store, member, address="http://localhost", now=NOW, today=NOW.date()).token

    def send(body=None, **more):
        headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
        return service.client().post("/m/api/sync", json=body, headers=headers, **more)

    return send


def request(*ops, **fields):
    return {"v": 1, "now": milliseconds(NOW), "epoch": "", "high": 0, "unsent": len(ops), "ops": list(ops)} | fields


def visit(home):
    at = milliseconds(NOW)
    made = {"id": str(uuid4()), "seq": 1, "made_at": at, "after": {"server": at, "device": at}, "list": "2026-11-16"}
    return {**made, "type": "visit", "household": home, "outcome": "met", "channel": "door", "days_ago": 0}


def test_a_phone_is_answered_for_each_thing_without_a_name_or_a_cookie(service, member, send):
    answer = send(request(visit(10**6)))
    assert answer.json["results"] == [
        {"id": answer.json["results"][0]["id"], "verdict": "quarantined", "day": "2026-11-16", "why": "not yours"}
    ]
    assert (answer.json["now"], answer.json["high"], answer.json["epoch"]) == (milliseconds(NOW), 1, "first")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert not any(name.startswith("Access-Control") for name, _ in answer.headers)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (request(v=2), 426),
        (request(*[{}] * 51), 413),
        (request(now="early"), 400),
        ([], 400),
        ({"v": 1}, 400),
    ],
)
def test_what_is_not_understood_is_refused_as_a_whole(send, body, status):
    answer = send(body)
    assert (answer.status_code, list(answer.json)) == (status, ["message"])


def test_only_a_token_is_asked_for_and_only_from_the_own_page(service, send):
    assert send(request(), headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert send(request(), headers={"Authorization": ""}).status_code == 401
    assert service.client("member").post("/m/api/sync", json=request()).status_code == 401
    assert send(request(), headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert send(request(), headers={"Origin": "http://localhost"}).status_code == 200
    assert send(data="{", content_type="application/json").status_code == 400
    assert send(request(x="x" * 70_000)).status_code == 413
    endless = '{"type": "visit", "day": ' + "[" * 700 + "]" * 700 + "}"
    body = json.dumps(request(visit(1))).replace('"ops": [', f'"ops": [{endless}, ')
    results = send(data=body, content_type="application/json").json["results"]
    assert [one["verdict"] for one in results] == ["quarantined"] * 2


def test_the_desk_sees_whose_and_when_and_settles_it(service, send):
    with service.store.write() as connection:
        other = connection.execute(
            select(household.c.id, household.c.code).where(household.c.code == f"{OWN}0030")
        ).one()
        connection.execute(update(village).values(start_day=NOW.date()))
    send(request({**visit(other.id), "outcome": "declined"}, visit(10**6), {"type": "none"}))
    clerk = service.client("clerk")
    page = clerk.get("/desk/apart").text
    assert (page.count(other.code), page.count("Visit: not in charge of this household on that day")) == (1, 2)
    assert ("declined" in page, page.count('value="accepted"'), page.count('value="dropped"')) == (False, 1, 3)
    (number,) = re.findall(
        r'name="n" value="(\d+)"><button type="submit" class="button small" name="how" value="acc', page
    )
    settled = {"csrf": service.csrf(clerk), "n": number, "how": "accepted"}
    assert clerk.post("/desk/apart", data=settled).status_code == 302
    with service.store.read() as connection:
        assert connection.execute(select(visits.c.household_id, visits.c.outcome)).all() == [(other.id, "declined")]


def test_a_full_disk_is_answered_as_such_and_nothing_is_stored(service, send):
    engine, most = service.store.engine, 1
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {most}"))
    sent = request(*(visit(10**6 + n) for n in range(50)))
    answer = send(sent)
    assert (answer.status_code, list(answer.json), answer.headers["Retry-After"]) == (507, ["message"], "10")
    most = 10**6
    assert {one["verdict"] for one in send(sent).json["results"]} == {"quarantined"}
    assert send(request()).json["high"] == 50


def test_a_phone_waits_where_too_much_of_its_member_is_kept_apart(service, member, send):
    of = {"content": {}, "content_hash": "", "member_id": member.member_id, "received_at": NOW}
    with service.store.write() as connection:
        connection.execute(insert(kept_apart), [{**of, "id": str(n)} for n in range(500)])
    answer = send(request(visit(10**6)))
    assert (answer.status_code, list(answer.json), answer.headers["Retry-After"]) == (429, ["message"], "3600")
    assert send(request()).status_code == 200
