"""Place mode over HTTP: clicks as JSON, pictures only for those who may see the village."""

import io
import re

import pytest
from databases import ON_BOTH
from PIL import Image
from service import OTHER, OWN
from sqlalchemy import select, update

from gridplan.store.registry import villages
from gridplan.store.tables import household, scan

HERE = {"lon": 119.43, "lat": 31.41}


@pytest.fixture
def ids(service):
    """Return the ids of the villages by name; in the own one nobody of hamlet 1组 is placed."""
    with service.store.write() as connection:
        known = villages.ids_by_name(connection)
        nowhere = (household.c.village_id == known[OWN]) & (household.c.hamlet == "1组")
        connection.execute(update(household).where(nowhere).values(lon=None, lat=None, position="hamlet"))
    return known


def send(service, client, url, **body):
    headers = {"X-CSRF-Token": service.csrf(client), "Accept": "application/json"}
    return client.post(url, json=body, headers=headers)


def picture(size=(300, 200)):
    written = io.BytesIO()
    Image.new("RGB", size, "#dbe8f6").save(written, "PNG")
    return io.BytesIO(written.getvalue())


def upload(service, client, village_id, **files):
    return client.post(f"/place/{village_id}/pictures", data={"csrf": service.csrf(client), **files})


def test_the_villages_are_listed_with_how_many_are_placed(service, ids):
    text = service.client("planner").get("/place").get_data(as_text=True)
    assert OWN in text
    assert OTHER not in text
    hamlets, households = re.findall(r'<td class="figure"[^>]*>(\d+) of (\d+)', text)
    assert int(hamlets[1]) - int(hamlets[0]) == 1
    assert 0 < int(households[0]) < int(households[1])
    assert service.client("clerk").get("/place").status_code == 403


def test_a_click_is_kept_and_answered_with_how_far_the_village_is(service, ids):
    client, base = service.client("planner"), f"/api/place/{ids[OWN]}"
    lists = client.get(base).json
    unplaced = [home for home in lists["homes"] if not home["exact"]]
    answer = send(service, client, f"{base}/households/{unplaced[0]['id']}", version=1, place=HERE)
    assert answer.status_code == 200
    assert answer.json["placed"] == len(lists["homes"]) - len(unplaced) + 1
    assert answer.json["homes"][0] | HERE == answer.json["homes"][0]
    assert answer.json["homes"][0]["version"] == 2
    anchored = send(service, client, f"{base}/anchors", hamlet="1组", place=HERE)
    assert len(anchored.json["homes"]) == len(unplaced) - 1


def test_a_stale_click_is_a_conflict_in_words(service, ids):
    client, base = service.client("planner"), f"/api/place/{ids[OWN]}"
    home = client.get(base).json["homes"][0]
    send(service, client, f"{base}/households/{home['id']}", version=home["version"], place=HERE)
    answer = send(service, client, f"{base}/households/{home['id']}", version=home["version"], place=HERE)
    assert answer.status_code == 409
    assert "planner changed this at 2026-11-16 10:00 (position)" in answer.json["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"version": "x"}, {"version": 1, "place": {"lon": 200, "lat": 0}}, {"version": 1, "place": {"lon": 1}},
        {"version": 1, "village_id": 2}, {"version": 1, "place": {"lon": 1, "lat": 1, "role": "x"}},
    ],
)  # fmt: skip
def test_a_placement_that_is_malformed_is_refused(service, ids, body):
    client, base = service.client("planner"), f"/api/place/{ids[OWN]}"
    home = client.get(base).json["homes"][0]
    answer = send(service, client, f"{base}/households/{home['id']}", **body)
    assert answer.status_code == 422
    assert answer.json["message"]


def test_households_of_other_villages_cannot_be_placed(service, ids):
    client, admin = service.client("planner"), service.client("administrator")
    foreign = admin.get(f"/api/place/{ids[OTHER]}").json["homes"][0]
    for village in (ids[OTHER], ids[OWN]):
        url = f"/api/place/{village}/households/{foreign['id']}"
        assert send(service, client, url, version=1, place=HERE).status_code == 404
    assert client.get(f"/api/place/{ids[OTHER]}").status_code == 404
    assert service.client("supervisor").get(f"/api/place/{ids[OWN]}").status_code == 403


@ON_BOTH
def test_a_picture_is_laid_by_two_points_and_shown_only_to_who_may_see_households(service, ids):
    client = service.client("planner")
    answer = upload(service, client, ids[OWN], picture=(picture(), "../村图.png"))
    assert answer.status_code == 302
    with service.store.read() as connection:
        kept = connection.execute(select(scan)).mappings().one()
    assert (service.store.folder / "scans" / kept["file"]).exists()
    url = f"/place/pictures/{kept['id']}/file"
    assert client.get(url, buffered=True).mimetype == "image/png"
    seen = {role: service.client(role).get(url, buffered=True).status_code for role in ("clerk", "supervisor", None)}
    assert seen == {"clerk": 200, "supervisor": 403, None: 302}
    points = [
        {"x": 0, "y": 0, "lon": 119.43, "lat": 31.42},
        {"x": 300, "y": 0, "lon": 119.44, "lat": 31.42},
    ]
    tried = send(service, client, f"/api/place/pictures/{kept['id']}/points", points=points, keep=False)
    assert tried.json["corners"][1] == pytest.approx([119.44, 31.42])
    assert client.get(f"/api/place/{ids[OWN]}").json["pictures"][0]["corners"] is None
    send(service, client, f"/api/place/pictures/{kept['id']}/points", points=points)
    assert len(client.get(f"/api/place/{ids[OWN]}").json["pictures"][0]["corners"]) == 3
    unusable = {
        "near each other": points[1] | {"x": 30},
        "would measure": points[1] | {"lon": 119.43001},
        "nothing of it": points[1] | {"lon": 119.94},
        "stands for no position": {"x": 300, "y": 0, "lon": 0, "lat": 0},
    }
    shift = {"nothing of it": 5.0}
    for words, second in unusable.items():
        both = [one | {"lon": one["lon"] + shift.get(words, 0)} for one in (points[0], second)]
        refused = send(service, client, f"/api/place/pictures/{kept['id']}/points", points=both)
        assert refused.status_code == 422
        assert words in refused.json["message"]


def test_a_picture_of_another_village_is_not_there(service, ids):
    admin, client = service.client("administrator"), service.client("planner")
    upload(service, admin, ids[OTHER], picture=(picture(), "map.png"))
    with service.store.read() as connection:
        foreign = connection.execute(select(scan.c.id)).scalar_one()
    for path in (f"/place/pictures/{foreign}", f"/place/pictures/{foreign}/file"):
        assert client.get(path).status_code == 404
    removal = client.post(f"/place/pictures/{foreign}/remove", data={"csrf": service.csrf(client)})
    assert removal.status_code == 404


def test_a_picture_with_a_world_file_lies_where_it_says_and_goes_without_a_trace(service, ids):
    client = service.client("planner")
    world = io.BytesIO(b"0.00001\n0\n0\n-0.00001\n119.400005\n31.399995\n")
    upload(service, client, ids[OWN], picture=(picture(), "map.png"), world=(world, "map.pgw"))
    (laid,) = client.get(f"/api/place/{ids[OWN]}").json["pictures"]
    assert laid["corners"][1] == pytest.approx([119.403, 31.4])
    client.post(f"/place/pictures/{laid['id']}/remove", data={"csrf": service.csrf(client)})
    assert client.get(f"/api/place/{ids[OWN]}").json["pictures"] == []
    assert list((service.store.folder / "scans").iterdir()) == []


def test_what_is_no_picture_is_said_on_the_page(service, ids):
    client = service.client("planner")
    answer = upload(service, client, ids[OWN], picture=(io.BytesIO(b"<svg onload='alert(1)'/>"), "<b>map</b>.png"))
    assert answer.status_code == 422
    assert "&lt;b&gt;map&lt;/b&gt;.png cannot be read" in answer.get_data(as_text=True)
    assert list((service.store.folder / "scans").glob("*")) == []
