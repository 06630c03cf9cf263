"""The desk's page of files that came back: a phone's file is handed in, or pasted, and says what became of it."""

import json
from io import BytesIO

import pytest
from service import NOW
from sqlalchemy import select

from gridplan.store.access import accounts, scope
from gridplan.store.tables import kept_apart


def milliseconds(moment):
    return round(moment.timestamp() * 1000)


@pytest.fixture
def file(service):
    """Return the text of a file with one entry of a household that nobody knows."""
    with service.store.read() as connection:
        member_id = scope.actor(connection, accounts.by_login(connection, "member")["id"]).member_id
    at = milliseconds(NOW)
    heard = {"server": at, "device": at}
    made = {"id": "0f4c1a52-1b7e-4c1d-9a35-5a5a5a5a5a5a", "seq": 1, "made_at": at, "after": heard, "list": "2026-11-16"}
    visit = {"type": "visit", "household": 1, "outcome": "declined", "channel": "door", "days_ago": 0}
    said = {"v": 1, "member": member_id, "now": at, "epoch": "", "high": 0, "unsent": 1}
    return json.dumps(said | {"ops": [made | visit]})


def test_a_file_is_handed_in_or_pasted_and_its_page_counts_and_names_nobody(service, file):
    client = service.client("clerk")

    def hand_in(*files, text=""):
        given = [(BytesIO(content.encode()), name) for name, content in files]
        form = {"csrf": service.csrf(client), "files": given, "text": text}
        answer = client.post("/desk/phone-files", data=form, content_type="multipart/form-data")
        return answer.status_code, answer.text

    status, page = hand_in(("<b>phone.json", file), ("cut.json", file[:50]))
    assert status == 422
    assert "<b>phone" not in page and "&lt;b&gt;phone.json: 1 entry." in page
    assert "cut.json is no file that a phone saved" in page
    assert "1 is kept apart until it is looked at" in page
    status, page = hand_in(text=file)
    assert status == 200 and "the pasted text: 1 entry." in page
    assert "示例" not in page and "declined" not in page.lower().split("<h2>")[0]
    assert hand_in()[0] == 422
    with service.store.read() as connection:
        assert len(connection.execute(select(kept_apart.c.n)).all()) == 1
    for address in ("/", "/desk", "/desk/workbooks"):
        assert "1 entry is kept apart" in client.get(address).text, address
    assert "kept apart" not in service.client("viewer").get("/").text
