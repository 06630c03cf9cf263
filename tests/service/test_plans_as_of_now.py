"""What is written of a plan is sound whatever happened to the lists since: `verify` finds nothing but what it lists."""

import random
from dataclasses import replace

import numpy as np
import pyogrio
import pytest
import shapely
from databases import ON_BOTH
from sample_lists import FRAME
from service import NOW
from sqlalchemy import select, update
from ways_in import confirmed

from gridplan.exchange.geopackage import read_plan, write_plan
from gridplan.model import FAR as DEFAULT_FAR
from gridplan.model import Household, Member
from gridplan.planning.county import PlanSettings
from gridplan.planning.staffing.staffing import StaffingRules, staff_town
from gridplan.planning.town import plan_town
from gridplan.service.imports.load_plan import load_plan
from gridplan.service.plans.drafts import draft_town
from gridplan.service.registry import households, members
from gridplan.service.registry.households import HouseholdForm
from gridplan.store import Who
from gridplan.store.access import accounts
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.registry import features
from gridplan.store.tables import draft, household, member, membership, plan, plan_exception, village
from gridplan.verify import verify
from gridplan.words import Message

TODAY = NOW.date()
WHO = Who(None, "planner")
NORTH, SOUTH = "北村", "南村"
FAR = tuple(FRAME.to_degrees([(150_000, 90_000)])[0].tolist())


@pytest.fixture(scope="module")
def sample():
    """Return a planned town of two villages, one of them too small for the bounds, with people."""
    rng = np.random.default_rng(3)
    homes, people = [], []
    for name, count, y in ((NORTH, 45, 0), (SOUTH, 17, 2000)):
        places = FRAME.to_degrees(np.round(rng.uniform(0, 800, (count, 2))) + (0, y)).tolist()
        homes += [
            Household(f"{name}{i:02d}", name, *place, name=f"户{i}", hamlet=f"{1 + i % 2}组")
            for i, place in enumerate(places)
        ]
        people += [Member(f"{name}M{i}", f"员{i}", village=name) for i in range(5)]
    settings = PlanSettings(effort="fast")
    town = plan_town(homes, (), settings, workers=1, progress=lambda *_: None).town
    return staff_town(town, people, StaffingRules(TODAY))[0]


@pytest.fixture
def drafts(store, sample):
    """Return the store with an archived plan of the town, one in force and a draft, each in a draft of its own."""
    with store.change(COMMAND_LINE, "add", "account", now=NOW) as change:
        made_by = accounts.add(change.connection, name="x", role="administrator", login="x", now=NOW)
    ids = {
        state: load_plan(store, WHO, sample, name=state, made_by=made_by, now=NOW, publish_on=day).draft_id
        for state, day in (("archived", TODAY), ("published", TODAY), ("draft", None))
    }
    return store, ids


def findings(store, draft_id, path):
    write_plan(draft_town(store, draft_id)[1], path, "en")
    return [one.message.say("en") for one in verify(path) if not one.is_note]


def rows(store, table):
    with store.read() as connection:
        return list(
            connection.execute(select(table).where(table.c.retired_on.is_(None)).order_by(table.c.code)).mappings()
        )


def form(row, **changes):
    place = (row["lon"], row["lat"]) if row["position"] == "exact" else None
    same = {name: row[name] for name in ("village_id", "name", "door", "hamlet", "phone", "address", "code")}
    return HouseholdForm(**{**same, "place": place, **changes})


def update_home(store, home, **changes):
    """Change a household, confirmed if need be."""
    one = (store, WHO, home["id"], home["version"])
    confirmed(lambda key: households.update(*one, form(home, **changes, confirmed=key), now=NOW))


def edit(store, chance):
    """Make one change of the kinds that a day brings."""
    home = chance.choice(rows(store, household))
    kind = chance.choice(["move", "far", "retire", "add", "rename", "code", "village", "unplace", "hamlet", "lead"])
    near = tuple(FRAME.to_degrees([(chance.uniform(0, 800), chance.uniform(0, 800))])[0].tolist())
    with store.read() as connection:
        others = [id_ for id_ in connection.execute(select(village.c.id)).scalars() if id_ != home["village_id"]]
    change = {
        "move": {"place": near},
        "far": {"place": FAR},
        "rename": {"name": "改名", "phone": "13800000000"},
        "code": {"code": f"C{chance.randrange(10**6)}"},
        "village": {"village_id": others[0]},
        "unplace": {"place": None},
        "hamlet": {"hamlet": chance.choice(["1组", "2组", "三组"])},
    }.get(kind)
    if kind == "retire":
        households.retire(store, WHO, home["id"], home["version"], TODAY, now=NOW)
    elif kind == "add":
        new = form(home, code=None, place=chance.choice([near, None]))
        confirmed(lambda key: households.add(store, WHO, replace(new, confirmed=key), now=NOW))
    elif kind == "lead":
        one = chance.choice(rows(store, member))
        members.retire(store, WHO, one["id"], one["version"], now=NOW, today=TODAY)
    else:
        update_home(store, home, **change)
    return kind


def test_what_was_planned_is_sound_and_written_as_it_is(drafts, sample, tmp_path):
    store, ids = drafts
    for draft_id in ids.values():
        assert findings(store, draft_id, tmp_path / "plan.gpkg") == []
        assert [one.grids for one in draft_town(store, draft_id)[1].villages] == [one.grids for one in sample.villages]


def shown(store, draft_id):
    """Return who is in which grid of a draft as pages read it: the rule in SQL."""
    with store.read() as connection:
        ids = list(plans.of_draft(connection, draft_id).values())
        return [one.plan.grid_of for one in plans.town(connection, ids).villages]


def as_of_now(store, draft_id):
    """Return the same as it is published and written: the rule in Python."""
    return [one.plan.grid_of for one in draft_town(store, draft_id)[1].villages]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("databases", "seed"),
    [("sqlite", 0), pytest.param("postgresql", 1, marks=pytest.mark.postgresql)],
    indirect=["databases"],
)
def test_whatever_happens_to_the_lists_every_plan_is_written_soundly(drafts, tmp_path, seed):
    store, ids = drafts
    chance, made = random.Random(seed), []
    for _ in range(2):
        made += [edit(store, chance) for _ in range(6)]
        for state, draft_id in ids.items():
            assert findings(store, draft_id, tmp_path / "plan.gpkg") == [], (state, made)
            assert shown(store, draft_id) == as_of_now(store, draft_id), (state, made)


def test_files_of_a_draft_have_the_barriers_of_the_town_and_what_it_was_asked_to_name(drafts, tmp_path):
    store, ids = drafts
    line, ford = shapely.LineString([(119.4, 31.4), (119.6, 31.4)]), shapely.Point(119.5, 31.4)
    with store.change(COMMAND_LINE, "add", "feature", now=NOW) as change:
        features.add(change.connection, "barrier", [(None, line)])
        features.add(change.connection, "crossing", [(None, ford)])
        change.connection.execute(update(draft).where(draft.c.id == ids["draft"]).values(settings={"far": 120.0}))
    for state, far in (("draft", 120.0), ("published", DEFAULT_FAR)):
        town = draft_town(store, ids[state])[1]
        assert (town.far, town.barriers, town.crossings) == (far, (line,), (ford,))
    write_plan(town, tmp_path / "plan.gpkg", "en")
    read = read_plan(tmp_path / "plan.gpkg")
    assert (read.barriers, read.crossings) == ((line,), (ford,))
    styled = pyogrio.read_dataframe(tmp_path / "plan.gpkg", layer="layer_styles").f_table_name
    assert "barriers" in set(styled)


def test_who_came_since_is_written_as_in_no_grid_and_who_went_is_not(drafts):
    store, ids = drafts
    before = draft_town(store, ids["archived"])
    gone, moved, renamed = rows(store, household)[:3]
    households.retire(store, WHO, gone["id"], 1, TODAY, now=NOW)
    update_home(store, moved, place=FAR)
    households.update(store, WHO, renamed["id"], 1, form(renamed, name="改名"), now=NOW)
    households.add(store, WHO, form(gone, code="NEW"), now=NOW)
    for state in ("published", "draft"):
        village = draft_town(store, ids[state])[1].villages[0]
        homes = {home.household_id: home for home in village.plan.households}
        assert gone["code"] not in homes
        assert (homes[moved["code"]].lon, homes[renamed["code"]].name) == (FAR[0], "改名")
        assert [one.household_id for one in village.exceptions if one.household_id] == ["NEW"]
        assert village.lower_bound_m is None
    after = draft_town(store, ids["archived"])[1]
    assert {home.household_id: home.lon for home in after.villages[0].plan.households} == {
        home.household_id: home.lon for home in before[1].villages[0].plan.households
    }


@ON_BOTH
def test_plans_follow_a_household_that_is_given_another_code(drafts):
    store, ids = drafts
    home = rows(store, household)[0]
    with store.write() as connection:
        mine = membership.c.household_id == home["id"]
        connection.execute(update(membership).where(mine).values(number=None, why=Message("existing.no_grid")))
        listed = {"households": 1, "household": home["code"], "reason": Message("existing.no_grid"), "options": ()}
        every = list(connection.execute(select(plan.c.id)).scalars())
        connection.execute(plan_exception.insert(), [listed | {"plan_id": one} for one in every])
        connection.execute(update(plan).values(outside=[home["code"]]))
    households.update(store, WHO, home["id"], 1, form(home, code="OTHER"), now=NOW)
    for draft_id in ids.values():
        village = draft_town(store, draft_id)[1].villages[0]
        assert "OTHER" in {one.household_id for one in village.exceptions}
        assert village.outside == ("OTHER",)
