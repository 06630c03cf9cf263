"""What the server sends to the scripts is what golden.json says; tsc and node hold the scripts against them.

After a change that is meant: `pytest tests/scripts --write-golden`, and read the difference.
"""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from drawn_maps import drawn
from import_batches import listed, upload
from PIL import Image
from sample_drafts import draft_like, household_id, inside, member_id, plan_of, village_id
from sample_towns import FRAME, odd_village, village
from service import NOW, OWN, fill, peopled_town, serve
from sqlalchemy import update

from gridplan.coordinates.shifted import wgs84_to_gcj02
from gridplan.exchange.map_data import map_data, places
from gridplan.exchange.map_details import map_details
from gridplan.model import TownPlan
from gridplan.service.imports.load_plan import load_plan
from gridplan.service.jobs.control import step
from gridplan.store.database import COMMAND_LINE
from gridplan.store.registry import features
from gridplan.store.system import jobs
from gridplan.store.tables import household
from gridplan.store.tables import village as villages
from gridplan.words import Message

GOLDEN = Path(__file__).parent / "golden.json"
NAMES = (
    "compared_map", "contact_map", "counts_map", "coverage_maps", "cutting", "figures_map", "gcj02",
    "grid_contact_details", "grid_details", "household_details", "jobs",
    "map_background", "map_file", "own_data", "placement_answer", "placement_lists", "places", "preview_map",
    "proposals",
    "redraw_candidates", "redraw_conflict", "redraw_copy", "redraw_drawing", "redraw_history", "redraw_outcomes",
    "redraw_plan",
    "redraw_steps", "scan_corners", "search", "small_maps", "town_map", "uploads", "village_details",
)  # fmt: skip
ID_KEYS = {"id", "ids", "plan", "lead_id", "draft", "household"}
JSON = {"Accept": "application/json"}
HERE = {"lon": 119.4301, "lat": 31.4102}


def small_town() -> TownPlan:
    """Return two grids, and one that is too large and has no lead, over flats and a household in no grid."""
    town = peopled_town(TownPlan((village(OWN, 0, 0, 1, 1), odd_village())))
    return replace(town, assignments=town.assignments[:-1])


@pytest.fixture(scope="module")
def service(sqlite, tmp_path_factory):
    """Return the service over the small town, with a village that is not planned yet and something of everything."""
    with sqlite.copy("empty", tmp_path_factory.mktemp("wire")) as store:
        fill(store, small_town())
        bare = TownPlan((village("龙头村", 0, 1600, 0, 3),))
        load_plan(store, COMMAND_LINE, bare, name="later", made_by=1, now=NOW, publish_on=None)
        own = village_id(store)
        with store.change(COMMAND_LINE, "add", "feature", now=NOW) as change:
            for kind, name, shape in land():
                features.add(change.connection, kind, [(name, shape)])
            change.connection.execute(update(villages).where(villages.c.id == own).values(start_day=NOW.date()))
            hamlet = (household.c.village_id == own) & (household.c.hamlet == "1组")
            nowhere = update(household).where(hamlet).values(lon=None, lat=None, position="hamlet")
            change.connection.execute(nowhere)
        service = serve(store)
        yield service
        service.app.extensions["jobs"].close()


def land():
    line = FRAME.shape_to_degrees(shapely.LineString([(100, 100), (1500, 900)]))
    area = FRAME.shape_to_degrees(shapely.box(300, 300, 320, 330))
    yield from [("road", "示例路", line), ("barrier", None, line), ("water", None, area), ("building", None, area)]
    yield "crossing", "桥", FRAME.shape_to_degrees(shapely.Point(800, 500))


@pytest.fixture(scope="module")
def answers(service):
    """Return the answers by their names in golden.json; the words of the town's map stand there once."""
    store, client = service.store, service.client("administrator")
    own = village_id(store)

    def get(path, role=None):
        with (service.client(role) if role else client).get(path, headers=JSON) as answer:
            assert answer.status_code == 200, path
            return answer.json

    def post(path, **body):
        answer = client.post(path, json=body, headers=JSON | {"X-CSRF-Token": service.csrf(client)})
        assert answer.status_code == 200, answer.text
        return answer.json

    def small_map(path, role=None):
        page = (service.client(role) if role else client).get(path).text
        return json.loads(
            re.search(r'<script type="application/json" id="small-map-data">(.*?)</script>', page, re.S)[1]
        )

    def scan(name):
        written = io.BytesIO()
        Image.new("RGB", (300, 200), "#dbe8f6").save(written, "PNG")
        form = {"csrf": service.csrf(client), "picture": (io.BytesIO(written.getvalue()), name)}
        return int(client.post(f"/place/{own}/pictures", data=form).location.split("/")[-1])

    town = small_town()
    in_file = map_data(town, "zh") | {"places": [places(one, "zh") for one in town.villages]}
    in_file["details"] = map_details(town, "zh")
    found = {"map_file": in_file, "gcj02": shifted_places()}
    found["town_map"] = get("/api/map.json")
    found["contact_map"] = get("/api/contact.json")
    found["counts_map"] = get("/api/map.json", "supervisor")
    listed_villages = drawn(found["town_map"], "villages")
    found["figures_map"] = get("/api/coverage/map.json", "viewer")
    found["places"] = [get(f"/api/map/villages/{one['id']}/households.json") for one in listed_villages]
    plan_ids = {listed_villages[grid["village"]]["name"]: grid["plan"] for grid in drawn(found["town_map"], "grids")}
    published = plan_ids[OWN]
    homes = inside(store, published)
    moves = dict.fromkeys(homes[1][:7], 2) | dict.fromkeys(homes[2][:7], 1)
    draft = draft_like(store, OWN, moves=moves)
    found["compared_map"] = get(f"/api/drafts/{draft}/against/0/map.json")
    odd, odd_plan = village_id(store, "小塘村"), plan_ids["小塘村"]
    found |= redrawn(service, client)
    found["village_details"] = [
        get(f"/api/map/villages/{odd}?plan={odd_plan}"),
        get(f"/api/map/villages/{own}", "supervisor"),
    ]
    found["grid_details"] = [
        get(f"/api/map/grids/{published}/1"),
        get(f"/api/map/grids/{plan_of(store, draft)}/1"),
        get(f"/api/map/grids/{published}/1", "supervisor"),
    ]
    found["grid_contact_details"] = [get(f"/api/map/grids/{published}/1/contact")]
    found["household_details"] = get(f"/api/map/households/{household_id(store, f'{OWN}0001')}")
    pages = [f"/households/{household_id(store, f'{OWN}0001')}", f"/members/{member_id(store, f'{OWN}-M1')}"]
    found["small_maps"] = [*map(small_map, pages), small_map("/mine/map", "member")]
    found["coverage_maps"] = [small_map(f"/coverage{part}", "viewer") for part in ("", f"/grids/{published}/1")]
    anchored = post(f"/api/place/{own}/anchors", hamlet="1组", place=HERE, was=None)
    home = anchored["homes"][0]
    found["placement_answer"] = post(f"/api/place/{own}/households/{home['id']}", version=home["version"], place=HERE)
    corners = [{"x": 10, "y": 10, "lon": 119.43, "lat": 31.41}, {"x": 290, "y": 190, "lon": 119.44, "lat": 31.404}]
    found["scan_corners"] = post(f"/api/place/pictures/{scan('a.png')}/points", points=corners)
    scan("b.png")
    found["uploads"] = [post("/api/imagery", village=own, name="own.tif", size=10)]
    part = client.post(
        f"/api/imagery/{found['uploads'][0]['id']}/pieces?at=0",
        data=b"0123456789",
        headers=JSON | {"X-CSRF-Token": service.csrf(client)},
    )
    found["uploads"].append(part.json)
    found["cutting"] = post(f"/api/imagery/{part.json['id']}/cut")
    found["placement_lists"] = get(f"/api/place/{own}")
    found["map_background"] = get(f"/api/ground/{own}")
    found["search"] = [get(f"/api/search?q={text}") for text in (OWN, f"{OWN}-1", f"{OWN}0001", "示例1", "nothing")]
    elsewhere = [home for one in small_town().villages for home in one.plan.households][:20]
    wrong = [village("新塘村", 1600, 0, 0, 7).plan.households[0]]
    batch = upload(store, "administrator", {"households.csv": listed([*elsewhere, *wrong])})
    found["preview_map"] = get(f"/api/imports/{batch.id}/map.json")
    service.app.extensions["jobs"].close()  # or one that runs still, or has just ended, would be counted
    found["jobs"] = [get(f"/api/jobs/{job}") for job in jobs_of_every_state(store)]
    found["own_data"] = own_data(service)
    for name in ("counts_map", "figures_map", "compared_map"):
        assert found[name]["words"] == found["town_map"]["words"]
        found[name]["words"] = {}
    return {name: steady(answer) for name, answer in found.items()}


def own_data(service):
    """Return what a phone keeps of the list of a member who called on two households, and met one."""
    client = service.client("member")
    csrf = service.csrf(client)
    homes = client.get("/m/api/list").json["households"][:2]
    for home, id_, outcome in zip(homes, "12", ("met", "not home"), strict=True):
        visit = {"household": home["id"], "outcome": outcome, "channel": "door", "day": "today"}
        posted = client.post(
            "/mine/visits", data=visit | {"csrf": csrf, "id": f"00000000-0000-4000-8000-00000000000{id_}"}
        )
        assert posted.status_code == 302
    answer = client.get("/m/api/list").json
    assert answer["csrf"] == csrf
    return answer | {"csrf": "a token"}


def redrawn(service, client):
    """Return what the page of a draft is answered: its plan, steps, a refusal, history."""
    store, ids = service.store, (f"00000000-0000-4000-8000-{n:012}" for n in range(10))
    plan = plan_of(store, draft_like(store, "小塘村"), "小塘村")

    def post(path, **body):
        body |= {} if path == "proposals" else {"id": next(ids)}
        return client.post(
            f"/api/plans/{plan}/{path}", json=body, headers=JSON | {"X-CSRF-Token": service.csrf(client)}
        )

    def get(path):
        return client.get(f"/api/plans/{plan}/{path}", headers=JSON).json

    homes = [household_id(store, code) for code in ("XT16", "XT17")]
    found = {"redraw_plan": get("redraw.json"), "redraw_candidates": get("grids/1/leads.json")}
    found["proposals"] = [post("proposals", version=0, kind=kind).json for kind in ("mend", "split")]
    for one in found["proposals"]:
        one["moves"] = [[at, to] for at, (_, to) in enumerate(one["moves"], start=1)]
    steps = [
        post("edits", version=0, kind="move", moves=[[homes[0], -1], [homes[1], 1]], **{"as": "split"}),
        post("edits", version=1, kind="lock", grids=[1], households=homes[:1]),
        post("undo", version=2),
    ]
    assert [answer.status_code for answer in steps] == [200] * 3
    found["redraw_steps"] = [answer.json for answer in steps]
    found["redraw_drawing"] = get("drawing.json")
    picked = {"version": 3, "households": homes}
    found["redraw_outcomes"] = client.post(
        f"/api/plans/{plan}/outcomes", json=picked, headers=JSON | {"X-CSRF-Token": service.csrf(client)}
    ).json
    found["redraw_conflict"] = post("redo", version=1).json
    found["redraw_copy"] = post("copy", version=1, edit={"kind": "label", "grid": 1, "text": "一片"}).json
    return found | {"redraw_history": get("history.json")}


def shifted_places():
    lon, lat = np.meshgrid(np.linspace(70, 140, 6), np.linspace(0, 56, 5))
    places = np.column_stack([lon.ravel(), lat.ravel()])
    return np.hstack([places, wgs84_to_gcj02(places)]).round(9).tolist()


def jobs_of_every_state(store):
    """Return the ids of jobs that wait, run, are done, failed and were cancelled."""
    progress = step(Message("job.state.running"), 3, 10)
    with store.write() as connection:

        def add():
            return jobs.add(connection, "plan", {"villages": None}, made_by=1, now=NOW)

        ended = {"done": {"result": {"draft": 1}}, "failed": {"error": Message("job.interrupted")}, "cancelled": {}}
        ids = [add() for _ in ended]
        for id_, (state, what) in zip(ids, ended.items(), strict=True):
            jobs.end(connection, id_, state, now=NOW, **what)
        running, waiting = add(), add()
        jobs.claim_next(connection, NOW)
        jobs.advance(connection, running, progress)
    return [waiting, running, *ids]


def steady(answer):
    """Return an answer in which ids are counted from 1 in the order in which they come, each kind for itself."""
    numbers: dict[object, dict[int, int]] = {}

    def ordinal(kind, number):
        known = numbers.setdefault(kind, {})
        return known.setdefault(number, len(known) + 1)

    def visit(value, path):
        if isinstance(value, dict):
            return {key: visit(inner, (*path, key)) for key, inner in value.items()}
        if isinstance(value, list):
            inner = value[:1] if path[-1:] == ("ids",) and path[:1] == ("found",) else value
            return [visit(one, path) for one in inner] + value[len(inner) :]
        if isinstance(value, int) and not isinstance(value, bool) and path[-1:] and path[-1] in ID_KEYS:
            return ordinal(path, value)
        if isinstance(value, str) and value.startswith("/"):
            return re.sub(r"\d+", lambda found: str(ordinal(value.split("/")[1], int(found[0]))), value, count=1)
        return round(value, 7) if isinstance(value, float) else value

    return visit(answer, ())


def written(value, margin="") -> str:
    """Return JSON that can be read, and compared by line: what is short, and each feature, is one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) <= 180 or not isinstance(value, dict | list) or "geometry" in value or "coordinates" in value:
        return line
    inner = margin + " "
    if isinstance(value, list):
        items = [written(item, inner) for item in value]
    else:
        items = [f"{json.dumps(key, ensure_ascii=False)}: {written(item, inner)}" for key, item in value.items()]
    start, end = "[]" if isinstance(value, list) else "{}"
    lines = f",\n{inner}".join(items)
    return f"{start}\n{inner}{lines}\n{margin}{end}"


@pytest.fixture(scope="module")
def golden(answers, request):
    if request.config.getoption("--write-golden"):
        GOLDEN.write_text(written(dict(sorted(answers.items()))) + "\n", encoding="utf-8")
    return json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_the_server_sends_what_the_golden_file_says(name, answers, golden):
    assert json.loads(json.dumps(answers[name])) == golden[name]


def test_every_golden_answer_is_compared(golden):
    assert sorted(golden) == list(NAMES)
