"""The pages of linkage: from an empty town to links, calls and gaps, and what each role is shown of them."""

import re
from io import BytesIO

from sample_drafts import village_id
from service import OTHER, OWN

PAGES = ("", "/gaps", "/calls", "/persons", "/branches", "/kinds")


def post(service, client, path, **data):
    return client.post(f"/linkage{path}", data={"csrf": service.csrf(client)} | data)


def test_a_town_comes_from_nothing_to_links_calls_and_gaps(service):
    client = service.client("administrator")
    assert "Set the rules" in client.get("/linkage").text
    assert all(client.get(f"/linkage{path}").status_code == 200 for path in PAGES)
    assert post(service, client, "/kinds/ready-made").status_code == 302
    assert "Add leaders and instructors" in client.get("/linkage").text
    wrong = post(service, client, "/persons", name="", kind_id="9")
    assert wrong.status_code == 422 and wrong.text.count('class="problem"') == 2
    person = post(service, client, "/persons", name="<b>王甲</b>", kind_id="1").location
    path = person.removeprefix("/linkage").partition("?")[0]
    own = village_id(service.store, OWN)
    wrong = post(service, client, f"{path}/links", target=str(own), from_day="2026-13-01")
    assert wrong.status_code == 422 and "2026-13-01" in wrong.text
    assert re.search(rf'value="{own}" checked', wrong.text)  # what was ticked stays so
    post(service, client, f"{path}/links", target=str(own), from_day="2026-09-01")
    assert "has 1, 5 too few" in client.get("/linkage/gaps").text
    page = client.get("/linkage?standing=overdue").text
    assert "&lt;b&gt;王甲" in page and "<b>王甲" not in page
    assert "overdue" in client.get("/linkage/links.csv?standing=overdue").text
    listed = {
        asked: client.get(f"/linkage/links.csv?{asked}").text.count("王甲")
        for asked in (
            *("standing=due", "standing=called", "standing=", ""),
            *("kind=1", "kind=2", f"village={own}", "person=9"),
        )
    }
    assert listed == {
        **{"standing=due": 0, "standing=called": 0, "standing=": 1, "": 1},
        **{"kind=1": 1, "kind=2": 0, f"village={own}": 1, "person=9": 1},
    }
    assert "9" in re.search(r'class="notice due".*', client.get("/linkage?person=9").text)[0]
    assert "2027-01-01" in client.get("/linkage?as_of=2027-01-01").text
    assert "王甲" not in client.get("/linkage/links.csv?as_of=2026-08-31&standing=").text
    assert client.get("/linkage/gaps.xlsx").status_code == 200
    form = re.search(r'name="id" value="([\w-]+)"', client.get("/linkage/calls").text)[1]
    saved = post(service, client, "/calls", id=form, month="2026-11", day="2026-11-16", link="1")
    page = client.get(saved.location).text
    assert "1 call saved." in page
    undo = re.search(r'action="/linkage(/calls/[\w-]+/take-back)"', page)[1]
    assert "No call is due." in client.get("/linkage").text
    assert post(service, client, undo, month="2026-11").status_code == 302
    assert "No call is due." not in client.get("/linkage").text
    refused = post(service, client, "/calls", id=form, month="2026-10", day="2026-08-01", link="1")
    assert refused.status_code == 422 and "Not linked on 2026-08-01" in refused.text
    rows = f"name,kind,village\nA,Village leader,{OTHER}\nB,x,{OTHER}\n".encode()
    preview = client.post("/linkage/list", data={"csrf": service.csrf(client), "list": (BytesIO(rows), "a.csv")}).text
    assert "New links: 1" in preview and "write one of these" in preview
    assert all(client.get(f"/linkage{path}?lang=zh").status_code == 200 for path in (*PAGES, path))


def test_who_sees_what_of_linkage(service):
    administrator = service.client("administrator")
    post(service, administrator, "/kinds/ready-made")
    for name in ("王甲", "李乙"):
        person = post(service, administrator, "/persons", name=name, kind_id="1").location
        path = person.removeprefix("/linkage").partition("?")[0]
        target = village_id(service.store, OWN if name == "王甲" else OTHER)
        post(service, administrator, f"{path}/links", target=str(target), from_day="2026-11-01")
    for role in ("planner", "clerk", "supervisor"):
        client = service.client(role)
        for path in ("/linkage", "/linkage/gaps", "/linkage/links.csv"):
            page = client.get(path).text
            assert "王甲" in page and "李乙" not in page, (role, path)
        assert ("/linkage/persons/" in client.get("/linkage").text) == (role == "planner")
    assert service.client("viewer").get("/linkage").status_code == 403
    assert "/linkage" not in service.client("viewer").get("/coverage").text
