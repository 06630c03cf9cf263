"""Redrawing a village over HTTP: what is refused and how it is said, and what strangers may write as names."""

from uuid import uuid4

import pytest
from sample_drafts import draft_like, household_id, plan_of
from service import NOW, OTHER, OWN
from sqlalchemy import update

from gridplan.store.tables import draft as draft_table
from gridplan.store.tables import household

JSON = {"Accept": "application/json"}
HOSTILE = "<script>alert(1)</script>\u202e\u0007" + "长" * 150


class Redraw:
    """The page of a draft, as a role sends its steps."""

    def __init__(self, service, plan, role="planner"):
        self.service, self.client, self.plan = service, service.client(role), plan

    def get(self, path):
        return self.client.get(f"/api/plans/{self.plan}/{path}", headers=JSON)

    def post(self, path, **body):
        headers = JSON | {"X-CSRF-Token": self.service.csrf(self.client)}
        body = {"id": str(uuid4()), **body}
        return self.client.post(f"/api/plans/{self.plan}/{path}", json=body, headers=headers)

    def edit(self, version, kind, **values):
        return self.post("edits", version=version, kind=kind, **values)


@pytest.fixture
def draft(service):
    return draft_like(service.store, OWN)


@pytest.fixture
def redraw(service, draft):
    return Redraw(service, plan_of(service.store, draft))


def test_a_step_without_a_version_is_refused_and_an_old_one_tells_what_was_done_since(service, redraw):
    home = household_id(service.store, f"{OWN}0001")
    moves = {"kind": "move", "moves": [[home, None]]}
    assert redraw.post("edits", **moves).status_code == redraw.post("undo").status_code == 428
    assert redraw.edit(0, "move", moves=[[home, None]]).status_code == 200
    refused = redraw.edit(0, "lock", grids=[1])
    assert refused.status_code == 409 and refused.json["version"] == 1
    assert [(one["by"], one["said"]) for one in refused.json["since"]] == [("planner", "1 household is in no grid.")]
    copied = redraw.post("copy", version=0, edit={"kind": "lock", "grids": [1]}).json
    assert redraw.client.get(copied["href"]).status_code == 200
    other = Redraw(service, redraw.plan, "administrator")
    asked = other.post("undo", version=1)
    assert asked.status_code == 409 and list(asked.json) == ["message"]
    assert other.post("undo", version=1, of_others=True).json["version"] == 2


@pytest.mark.parametrize(
    "edit",
    [
        {"kind": "paint"},
        {"kind": "move", "moves": []},
        {"kind": "move", "moves": [[1]]},
        {"kind": "move", "moves": [[10**6, 1]]},
        {"kind": "move", "moves": [[2**60, 1]]},
        {"kind": "move", "moves": [[1, 0]]},
        {"kind": "move", "moves": [[1, 10**30]]},
        {"kind": "move", "moves": [[1, 1]], "as": "theft"},
        {"kind": "lock", "grids": [999]},
        {"kind": "label", "grid": 1, "text": "长" * 300},
        {"kind": "label", "grid": 1, "text": "x", "size": 3},
        {"kind": "lead", "grid": 1, "member": 10**6},
        {"kind": "deputy", "grid": 1, "member": 10**6, "add": False},
        {"kind": "take over", "households": [1]},
        {"kind": "accept", "exception": {"code": "x", "hamlet": None, "household": None, "number": 1}, "reason": "y"},
    ],
    ids=str,
)
def test_what_cannot_be_done_is_refused_with_a_sentence_and_changes_nothing(redraw, edit):
    refused = redraw.post("edits", version=0, **edit)
    assert refused.status_code == 422 and refused.json["message"]
    assert redraw.get("redraw.json").json["version"] == 0


def test_hostile_names_and_labels_are_text(service, redraw):
    home = household_id(service.store, f"{OWN}0001")
    with service.store.write() as connection:
        connection.execute(update(household).where(household.c.id == home).values(name=HOSTILE))
    labelled = redraw.edit(0, "label", grid=1, text=HOSTILE).json
    assert labelled["grids"][0]["label"] == "<script>alert(1)</script> " + "长" * 150
    assert "<script>alert(1)" in redraw.edit(1, "lock", households=[home]).json["said"]
    refused = redraw.edit(2, "move", moves=[[home, None]])
    assert refused.status_code == 422 and "<script>alert(1)" in refused.json["message"]
    assert "<script>alert(1)" not in redraw.client.get(f"/plans/{redraw.plan}/redraw").text


def test_maps_of_a_draft_are_made_anew_after_an_edit_and_none_else(service, draft, redraw):
    def tags():
        paths = [f"/api/drafts/{draft}/map.json", f"/api/drafts/{draft}/against/0/map.json", "/api/map.json"]
        return [redraw.client.get(path).headers["ETag"] for path in paths]

    before, home = tags(), household_id(service.store, f"{OWN}0001")
    redraw.edit(0, "move", moves=[[home, None]])
    changed = [one != other for one, other in zip(before, tags(), strict=True)]
    assert changed == [True, True, False]


def test_a_village_in_force_leads_to_one_draft_that_is_redrawn(service):
    client = service.client("planner")
    plan = (
        service.client("planner").get("/api/map.json").json["objects"]["grids"]["geometries"][0]["properties"]["plan"]
    )
    address = f"/plans/{plan}/redraw"
    assert address in client.get(f"/grids/{plan}/1").text
    assert "Make a draft" in client.get(address).text
    made = client.post(address, data={"csrf": service.csrf(client)})
    assert made.status_code == 302
    assert client.get(address).location == made.location
    assert client.get(made.location).status_code == 200
    with service.store.write() as connection:
        connection.execute(update(draft_table).values(deleted_at=NOW))
    assert "no draft any more" in client.get(made.location).text


def test_the_villages_of_others_are_not_there(service):
    other = Redraw(service, plan_of(service.store, draft_like(service.store, OTHER), OTHER))
    answers = [other.get("redraw.json"), other.get("history.json"), other.edit(0, "lock", grids=[1])]
    answers += [
        other.post("undo", version=0),
        other.post("copy", version=0),
        other.post("restore", version=0, edit=None),
    ]
    assert {answer.status_code for answer in answers} == {404}
