"""The pages of an import, with the jobs of the service in their own processes."""

from __future__ import annotations

import io
import re
import time
from dataclasses import replace

import pytest
from databases import ON_BOTH
from import_batches import NEW, listed, table
from sample_towns import town
from service import OWN

from gridplan.store.registry import households
from gridplan.store.system import imports, jobs

pytestmark = pytest.mark.slow

HOMES = town().villages[0].plan.households
JSON = {"Accept": "application/json"}


def upload(service, client, files, to="/imports"):
    """Send the form with files; return the address of the page that follows."""
    sent = [(io.BytesIO(content), name) for name, content in files.items()]
    return client.post(to, data={"csrf": service.csrf(client), "files": sent}).location


def post(service, client, address, **fields):
    return client.post(address, data={"csrf": service.csrf(client), **fields})


def ended(client, address):
    """Wait until the job of a page has ended; return the page."""
    page = client.get(address).text
    found = re.search(r'data-job="(\d+)"', page)
    while found and client.get(f"/api/jobs/{found[1]}", headers=JSON).json["state"] in ("queued", "running"):
        time.sleep(0.1)
    return client.get(address).text


@ON_BOTH
def test_a_list_is_uploaded_previewed_corrected_and_applied(service):
    client = service.client("administrator")
    renamed = table(("户编号", "户主", "别名", "村"), [(home.household_id, "甲", "乙", OWN) for home in HOMES])
    address = upload(service, client, {"石桥.csv": renamed})
    page = ended(client, address)
    assert f"{len(HOMES)} households under other names" in page
    key = re.search(r'name="column\|([^|"]+)\|name"', page)[1]
    post(service, client, f"{address}/choices", **{f"column|{key}|name": "别名"})
    assert f"{len(HOMES)} households under other names" in ended(client, address)
    post(service, client, f"{address}/confirm", keep_grids="0")
    assert "384 households changed" in ended(client, address)
    with service.store.read() as connection:
        assert {home.name for home in households.models(connection) if home.village == OWN} == {"乙"}


def test_of_a_list_of_the_whole_town_a_planner_takes_the_villages_that_are_ticked(service):
    client = service.client("planner")
    town_list = [replace(home, name="改") for village in town().villages for home in village.plan.households]
    address = upload(service, client, {"全镇.csv": listed(town_list)})
    page = ended(client, address)
    assert "Take only my villages" in page
    assert set(re.findall(r'name="village" value="([^"]+)" checked', page)) == {home.village for home in town_list}
    none = post(service, client, f"{address}/choices", choosing="1")
    assert none.status_code == 422
    post(service, client, f"{address}/choices", choosing="1", village=OWN)
    page = ended(client, address)
    assert re.findall(r'name="village" value="([^"]+)" checked', page) == [OWN]
    post(service, client, f"{address}/confirm", keep_grids="0")
    ended(client, address)
    with service.store.read() as connection:
        assert {home.village for home in households.models(connection) if home.name == "改"} == {OWN}


def test_a_preview_can_be_cancelled_and_made_again_and_is_there_after_a_reload(service):
    client = service.client("administrator")
    address = upload(service, client, {"a.csv": listed(NEW.plan.households)})
    job = re.search(r'data-job="(\d+)"', client.get(address).text)[1]
    stopped = client.post(f"/api/jobs/{job}/stop", headers=JSON | {"X-CSRF-Token": service.csrf(client)}).json
    assert stopped["state"] == "cancelled"
    assert "Stopped. Nothing was changed." in client.get(address).text
    post(service, client, f"{address}/choices")
    assert "48 new households" in ended(client, address)
    assert "48 new households" in client.get(address).text


def test_a_refused_file_is_a_sentence_on_the_page(service):
    client = service.client("administrator")
    answer = client.post("/imports", data={"csrf": service.csrf(client), "files": (io.BytesIO(b"x"), "list.pdf")})
    assert answer.status_code == 422
    assert "list.pdf" in answer.text


def test_names_in_lists_are_text_on_the_page(service):
    client = service.client("administrator")
    hostile = "<img src=x onerror=alert(1)>"
    rows = [("H1", hostile, hostile), ("H2", "{{7*7}}", f"{hostile}村")]
    address = upload(service, client, {f"{hostile}.csv": table(("户编号", hostile, "村"), rows)})
    page = ended(client, address)
    assert "&lt;img" in page
    assert hostile not in page
    unticked = post(service, client, f"{address}/confirm")
    assert unticked.status_code == 422
    assert "Nothing was imported: 2 of 2 villages have fewer than 10 households" in unticked.text


def test_an_import_batch_and_its_job_are_not_there_for_other_planners(service):
    client = service.client("planner")
    address = upload(service, client, {"a.csv": listed(HOMES)})
    ended(client, address)
    number = int(address.rsplit("/", 1)[1])
    with service.store.write() as connection:
        job = imports.by_id(connection, number)["job_id"]
        other = jobs.add(connection, "preview", {"batch_id": number, "villages": None}, made_by=1, now=service.now)
        jobs.end(connection, other, "done", now=service.now)
    assert client.get(f"/api/jobs/{other}", headers=JSON).status_code == 404
    admin = service.client("administrator")
    assert admin.get(address).status_code == 200
    assert admin.get(f"/api/jobs/{job}", headers=JSON).status_code == 200
    with client.get(f"{address}/refused/households.en") as refused:
        assert refused.status_code == 200
    assert client.get(f"{address}/refused/..%2fmap.json").status_code == 404
    with client.get(f"/api/imports/{number}/map.json", headers=JSON) as points:
        assert points.json["counts"] == [len(HOMES), 0, 0]
    assert service.client("clerk").get(address).status_code == 403
