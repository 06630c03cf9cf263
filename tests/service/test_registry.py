"""Lists are kept up: who is retired leaves counts and drafts and keeps the history; nothing is overwritten unseen."""

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from databases import ON_BOTH
from sample_towns import FRAME
from service import NOW, OTHER, OWN
from sqlalchemy import func, insert, select
from ways_in import confirmed

from gridplan.contact.visits import Visit
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.exchange.tables.source import Source
from gridplan.roles import Actor
from gridplan.service.imports.load_plan import load_plan
from gridplan.service.registry import features, households, members, placement, villages
from gridplan.service.registry.form import FormFields
from gridplan.store import Who
from gridplan.store.access import accounts
from gridplan.store.contact import visits, weeks
from gridplan.store.contact.visits import Entry
from gridplan.store.plans import assignments, plans
from gridplan.store.plans.households_and_members import grids_in_force, household_counts
from gridplan.store.plans.plan_figures import plan_figures, plans_by_ids
from gridplan.store.registry import features as features_store
from gridplan.store.registry import households as households_store
from gridplan.store.registry import members as members_store
from gridplan.store.registry import villages as villages_store
from gridplan.store.rows import add_row
from gridplan.store.tables import (
    account,
    assignment,
    feature,
    household,
    member,
    plan,
    residence,
    session,
    village,
)
from gridplan.words import Message

WHO = Who(None, "planner")
ADMIN = Actor(1, "administrator", "administrator", None)
TODAY = NOW.date()


@pytest.fixture
def town(service):
    """Return the store and the ids of its villages by name."""
    with service.store.read() as connection:
        return service.store, villages_store.ids_by_name(connection)


def home_of(store, village_id):
    with store.read() as connection:
        found = select(household.c.id).where(household.c.village_id == village_id).order_by(household.c.code)
        return households_store.by_id(connection, connection.execute(found).scalars().first())


def form_of(**fields):
    return FormFields({name: str(value) for name, value in fields.items()})


def everything(store):
    """Return every village of the plans that are not archived: who is in its grids, and who leads them."""
    with store.read() as connection:
        ids = list(
            connection.execute(select(plan.c.id).where(plan.c.state != "archived").order_by(plan.c.id)).scalars()
        )
        towns = [plans.town(connection, [one]) for one in ids]
        figures = [dict(row) for row in plan_figures(connection, plans_by_ids(ids))]
    return [(town.villages, town.assignments) for town in towns], figures


def homes_of_plans(store):
    """Return the codes of the households of every plan of one's own village."""
    return [
        {home.household_id for home in villages[0].plan.households}
        for villages, _ in everything(store)[0]
        if villages[0].plan.village == OWN
    ]


def described(store, home, **changes):
    fields = {name: home[name] or "" for name in ("code", "name", "door", "hamlet", "village_id", "lon", "lat")}
    return households.parse_household(store, ADMIN, form_of(**(fields | changes)))


def draft_of(store):
    """Keep the published town as a draft, too."""
    with store.read() as connection:
        town = plans.town(connection, list(plans.published(connection).values()))
        admin = connection.execute(select(account.c.id).where(account.c.role == "administrator")).scalar_one()
    return load_plan(store, WHO, town, name="again", made_by=admin, now=NOW).draft_id


# ---- forms


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("village_id", "x"), ("village_id", "99999"), ("lon", "east"), ("lon", "181"), ("lat", "nan"),
        ("name", "n" * 300), ("lat", ""),
    ],
)  # fmt: skip
@ON_BOTH
def test_what_cannot_be_used_is_said_at_its_field_and_nothing_is_made(town, field, value):
    store, ids = town
    form = form_of(**({"village_id": ids[OWN], "name": "示例", "lon": "119.4", "lat": "31.4"} | {field: value}))
    with pytest.raises(InputRefused):
        households.parse_household(store, ADMIN, form)
    assert list(form.problems) == [field]
    assert form.problems[field].say("zh")


def test_line_breaks_and_control_characters_do_not_get_into_a_name():
    assert form_of(name=" 王\u0000秀\n英 ").text("name") == "王 秀 英"


def test_a_form_reads_degrees_as_a_list_does():
    assert form_of(lon="东经119°25'48\"", lat="31°24.6'").place() == pytest.approx((119.43, 31.41))


# ---- households


@ON_BOTH
def test_a_household_that_is_added_gets_a_free_code_and_is_in_no_grid(town):
    store, ids = town
    form = form_of(village_id=ids[OWN], name="示例", lon="119.435", lat="31.414")
    one = households.parse_household(store, ADMIN, form)
    home_id = households.add(store, WHO, one, now=NOW)
    with store.read() as connection:
        home = households_store.by_id(connection, home_id)
    assert (home["no_grid"], home["position"], home["version"]) == (True, "exact", 1)
    rooms = households.household_edit_page(store, ADMIN, home_id).nearby
    assert [room.metres for room in rooms] == sorted(room.metres for room in rooms)
    assert len(rooms) == households.NEAREST
    assert all(room.size < room.most for room in rooms)


def test_a_household_without_a_place_stands_on_the_anchor_of_its_hamlet(town):
    store, ids = town
    placement.set_anchor(store, WHO, ids[OWN], "9组", (119.43, 31.41), was=None, now=NOW)
    one = households.parse_household(store, ADMIN, form_of(village_id=ids[OWN], name="示例", hamlet="9组"))
    home_id = households.add(store, WHO, one, now=NOW)
    with store.read() as connection:
        home = households_store.by_id(connection, home_id)
    assert (home["lon"], home["lat"], home["position"]) == (119.43, 31.41, "hamlet")


@ON_BOTH
def test_a_code_that_is_taken_is_refused(town):
    store, ids = town
    taken = home_of(store, ids[OWN])["code"]
    one = households.parse_household(store, ADMIN, form_of(village_id=ids[OTHER], name="示例", code=taken))
    with pytest.raises(InputRefused, match=taken):
        households.add(store, WHO, one, now=NOW)


@ON_BOTH
def test_a_stale_change_is_refused_and_says_who_changed_what(service, town):
    store, ids = town
    home = home_of(store, ids[OWN])
    planner = service.client("planner") and accounts_id(store, "planner")
    households.update(
        store, Who(planner, "planner"), home["id"], 1, described(store, home, door="99号", phone="12345"), now=NOW
    )
    with pytest.raises(Conflict) as conflict:
        households.update(store, WHO, home["id"], 1, described(store, home, name="别人"), now=NOW)
    sentence = conflict.value.say("en")
    assert "planner" in sentence
    assert "2026-11-16 10:00" in sentence
    assert "door, phone" in sentence
    assert home_of(store, ids[OWN])["name"] == home["name"]


def accounts_id(store, login):
    with store.read() as connection:
        return accounts.by_login(connection, login)["id"]


def test_a_form_that_changes_nothing_leaves_no_trace(town):
    store, ids = town
    home = home_of(store, ids[OWN])
    assert not households.update(store, WHO, home["id"], 1, described(store, home), now=NOW)
    assert home_of(store, ids[OWN])["version"] == 1


def test_a_retired_household_leaves_drafts_and_the_count_and_keeps_its_history(town):
    store, ids = town
    draft_of(store)
    home = home_of(store, ids[OWN])
    assert [home["code"] in plan for plan in homes_of_plans(store)] == [True, True]
    households.retire(store, WHO, home["id"], 1, TODAY, now=NOW)
    assert [home["code"] in plan for plan in homes_of_plans(store)] == [False, False]
    with store.read() as connection:
        counted = {id_: row["households"] for id_, row in household_counts(connection, None).items()}
        assert home["code"] not in {one.household_id for one in households_store.models(connection)}
    assert counted[ids[OWN]] == 12 * 32 - 1


@ON_BOTH
def test_that_a_household_was_retired_can_be_undone(town):
    store, ids = town
    draft_of(store)
    home, before = home_of(store, ids[OWN]), everything(store)
    households.retire(store, WHO, home["id"], 1, TODAY, now=NOW)
    assert everything(store) != before
    households.restore(store, WHO, home["id"], 2, now=NOW)
    assert everything(store) == before
    again = home_of(store, ids[OWN])
    assert (again["retired_on"], again["no_grid"]) == (None, False)
    households.retire(store, WHO, home["id"], 3, TODAY, now=NOW)
    households.add(store, WHO, described(store, home, code="SAME"), now=NOW)
    back = lambda key: households.restore(store, WHO, home["id"], 4, now=NOW, confirmed=key)  # noqa: E731
    assert "SAME" in confirmed(back)[0].say("en")


def test_a_household_has_a_first_day_where_visits_had_begun_before_it_was_there(town):
    store, ids = town
    with store.write() as connection:
        villages_store.set_days(connection, ids[OWN], TODAY - timedelta(60), TODAY - timedelta(30))

    def first_day(home_id):
        with store.read() as connection:
            before = select(residence.c.village_id, residence.c.from_day, residence.c.until_day)
            stays = connection.execute(before.where(residence.c.household_id == home_id)).all()
            return households_store.by_id(connection, home_id)["first_day"], stays

    home, moved = (home_of(store, ids[name]) for name in (OWN, OTHER))
    named = [described(store, one, code=f"N{one['id']}", name="新来") for one in (home, moved)]
    new = [households.add(store, WHO, one, now=NOW) for one in named]
    assert [first_day(one) for one in new] == [(TODAY, []), (None, [])]
    households.retire(store, WHO, home["id"], 1, TODAY, now=NOW)
    households.restore(store, WHO, home["id"], 2, now=NOW)
    assert first_day(home["id"]) == (None, [])
    households.retire(store, WHO, home["id"], 3, TODAY - timedelta(5), now=NOW)
    households.restore(store, WHO, home["id"], 4, now=NOW)
    assert first_day(home["id"]) == (TODAY, [(ids[OWN], None, TODAY - timedelta(5))])
    there = described(store, moved, village_id=ids[OWN])
    confirmed(lambda key: households.update(store, WHO, moved["id"], 1, replace(there, confirmed=key), now=NOW))
    assert first_day(moved["id"]) == (TODAY, [(ids[OTHER], None, TODAY)])


def test_a_household_that_moves_to_another_village_is_in_no_grid_there(town):
    store, ids = town
    draft_of(store)
    home = home_of(store, ids[OWN])
    before = everything(store)
    there = described(store, home, village_id=ids[OTHER])
    confirmed(lambda key: households.update(store, WHO, home["id"], 1, replace(there, confirmed=key), now=NOW))
    assert [home["code"] in plan for plan in homes_of_plans(store)] == [False, False]
    with store.read() as connection:
        moved = households_store.by_id(connection, home["id"])
    assert (moved["village"], moved["no_grid"]) == (OTHER, True)
    households.update(store, WHO, home["id"], 2, described(store, moved, village_id=ids[OWN]), now=NOW)
    assert everything(store) == before


# ---- members


def lead_of(store, village_id):
    with store.read() as connection:
        leads = select(member.c.id).join(assignment).where(member.c.village_id == village_id).order_by(member.c.code)
        return members_store.by_id(connection, connection.execute(leads).scalars().first())


def test_a_member_who_retires_leaves_the_grids_and_cannot_sign_in_any_more(service, town):
    store, ids = town
    one = lead_of(store, ids[OWN])
    with store.write() as connection:
        of = connection.execute(select(account.c.id).where(account.c.role == "member")).scalar_one()
        connection.execute(account.update().where(account.c.id == of).values(member_id=one["id"]))
    client = service.client("member")
    assert members.retire(store, WHO, one["id"], 1, now=NOW, today=TODAY) == 1
    with store.read() as connection:
        assert grids_in_force(connection, [one["id"]]) == {}
        ended = select(assignment.c.until).where(assignment.c.member_id == one["id"])
        assert set(connection.execute(ended).scalars()) == {TODAY}
        mine = select(func.count()).select_from(session).where(session.c.account_id == of)
        assert connection.execute(mine).scalar_one() == 0
    assert client.get("/", headers={"Accept": "application/json"}).status_code == 401


def test_that_a_member_was_retired_can_be_undone(town):
    store, ids = town
    draft_of(store)
    one = lead_of(store, ids[OWN])
    with store.write() as connection:
        deputy = {"plan_id": plans.published(connection)[ids[OTHER]], "number": 1, "role": "deputy", "since": TODAY}
        deputy |= {"member_id": one["id"], "why": Message("map.no_lead")}
        connection.execute(assignment.insert().values(**deputy))
    before = everything(store)
    assert members.retire(store, WHO, one["id"], 1, now=NOW, today=TODAY) == 1
    assert everything(store) != before
    assert members.restore(store, WHO, one["id"], 2, now=NOW + timedelta(days=3)) == (1, 0)
    assert everything(store) == before


def test_a_grid_that_has_another_lead_by_now_keeps_it_and_that_is_said(town):
    store, ids = town
    one = lead_of(store, ids[OWN])
    members.retire(store, WHO, one["id"], 1, now=NOW, today=TODAY)
    with store.write() as connection:
        other = members_store.ids_by_code(connection)[f"{OWN}-M2"]
        in_force = plans.published(connection)[ids[OWN]]
        assignments.give_lead(connection, in_force, 1, other, Message("map.no_lead"), today=TODAY)
    assert members.restore(store, WHO, one["id"], 2, now=NOW) == (0, 1)
    with store.read() as connection:
        assert assignments.leads(connection, in_force)[1] == other
        assert grids_in_force(connection, [one["id"]]) == {}


def test_only_who_has_all_villages_may_leave_the_village_of_a_member_open(town):
    store, ids = town
    planner = Actor(2, "planner", "planner", frozenset({ids[OWN]}))
    fields = {"name": "示例", "max_grids": "1", "village_id": "", "available": "1"}
    assert members.parse_member(store, ADMIN, FormFields(fields)) is not None
    form = FormFields(fields)
    with pytest.raises(InputRefused):
        members.parse_member(store, planner, form)
    assert list(form.problems) == ["village_id"]


# ---- villages


@ON_BOTH
def test_a_village_of_a_name_that_is_known_is_refused_however_it_is_written(town):
    store, _ = town
    with pytest.raises(InputRefused, match=OWN):
        villages.add(store, WHO, villages.parse_village(form_of(name=f" {OWN} ")), now=NOW)


def test_visits_cannot_start_before_the_households_are_told():
    form = form_of(name="新村", start_day="2026-11-01", notice_day="2026-11-08")
    with pytest.raises(InputRefused):
        villages.parse_village(form)
    assert list(form.problems) == ["start_day"]
    assert villages.parse_village(form_of(name="新村", notice_day="2026-11-01", start_day="2026-11-08"))


@ON_BOTH
def test_a_village_is_retired_only_when_nobody_lives_there(town):
    store, ids = town
    with pytest.raises(InputRefused, match="384"):
        villages.retire(store, WHO, ids[OWN], 1, TODAY, now=NOW)
    new = villages.add(store, WHO, villages.parse_village(form_of(name="新村")), now=NOW)
    villages.retire(store, WHO, new, 1, TODAY, now=NOW)
    with store.read() as connection:
        assert "新村" not in {row["name"] for row in villages_store.rows(connection)}
    villages.restore(store, WHO, new, 2, now=NOW)
    with store.read() as connection:
        assert "新村" in {row["name"] for row in villages_store.rows(connection)}


def test_that_a_village_was_retired_can_be_undone(town):
    store, ids = town
    with store.write() as connection:
        home = connection.execute(select(household.c.id).where(household.c.village_id == ids[OWN])).scalars().first()
        lead = connection.execute(select(member.c.id)).scalars().first()
        visits.add(connection, [Visit("a", home, lead, TODAY, "met", "door", "told")], Entry(None, NOW))
        connection.execute(household.update().where(household.c.village_id == ids[OWN]).values(retired_on=TODAY))
    before = everything(store)
    villages.retire(store, WHO, ids[OWN], 1, TODAY, now=NOW)
    assert everything(store) != before
    with store.read() as connection:
        assert weeks.miscounted(connection)[1] == {}
    villages.restore(store, WHO, ids[OWN], 2, now=NOW)
    assert everything(store) == before
    with store.read() as connection:
        assert weeks.miscounted(connection)[1] == {}


BOW_TIE = shapely.Polygon([(119.4, 31.4), (119.5, 31.5), (119.5, 31.4), (119.4, 31.5)])


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (BOW_TIE, "crosses itself"),
        (shapely.LineString([(119.4, 31.4), (119.5, 31.5)]), "is an area"),
        (shapely.box(500000, 3400000, 501000, 3401000), "off the earth"),
        (shapely.box(100, 20, 120, 40), "no village"),
    ],
    ids=["bow tie", "line", "metres", "a country"],
)
def test_a_boundary_that_is_no_usable_area_is_refused(town, shape, words):
    store, ids = town
    with pytest.raises(InputRefused, match=words):
        villages.set_boundary(store, WHO, ADMIN, ids[OWN], 1, shape, now=NOW)


@pytest.mark.parametrize("text", ["{", "[]", '{"type": "Polygon"}', '{"type": "Nothing", "coordinates": []}', "null"])
def test_a_drawing_that_is_no_geojson_is_refused(text):
    with pytest.raises(InputRefused):
        assert villages.parse_shape(text) is not None


def draw(store, actor, village_id, version, west, east):
    """Draw the boundary of a village as a square in metres, confirmed if need be; return what was asked."""
    square = FRAME.shape_to_degrees(shapely.box(west, 0, east, 1600))
    drawn = (store, WHO, actor, village_id, version, square)
    return confirmed(lambda key: villages.set_boundary(*drawn, confirmed=key, now=NOW))[0]


def test_a_boundary_over_the_neighbour_is_asked_about_kept_and_said_and_what_it_was_can_be_had_back(town):
    store, ids = town
    before = villages.boundary_page(store, ADMIN, ids[OWN]).village["boundary"]
    planner = Actor(2, "planner", "planner", frozenset({ids[OWN]}))
    assert OTHER not in draw(store, planner, ids[OWN], 1, 0, 1650).say("zh")
    assert OTHER in draw(store, ADMIN, ids[OWN], 2, 0, 1700).say("zh")
    (note,) = villages.boundary_page(store, ADMIN, ids[OWN]).notes
    assert (note.code, OTHER in note.say("en")) == ("registry.crosses", True)
    assert OTHER not in villages.boundary_page(store, planner, ids[OWN]).notes[0].say("en")
    assert draw(store, ADMIN, ids[OWN], 3, 0, 1600) is None
    page = villages.boundary_page(store, ADMIN, ids[OWN])
    assert page.village["boundary"].equals_exact(before, 1e-9)
    assert shapely.from_geojson(page.before).area > before.area
    with pytest.raises(InputRefused, match="km"):
        draw(store, ADMIN, ids[OWN], 4, 400_000, 401_600)


@ON_BOTH
def test_households_that_a_new_boundary_leaves_outside_are_counted(town):
    store, ids = town
    assert draw(store, ADMIN, ids[OWN], 1, 0, 800)
    (note,) = villages.boundary_page(store, ADMIN, ids[OWN]).notes
    homes = placement.placement_page(store, ids[OWN]).homes
    east = sum(FRAME.to_metres([(home["lon"], home["lat"])])[0, 0] > 800 for home in homes)
    assert note.values == {"n": east}


def test_of_a_file_with_several_boundaries_the_one_of_the_village_is_taken(town, tmp_path):
    store, ids = town
    path = tmp_path / "villages.geojson"
    squares = {"甲村": shapely.box(119.40, 31.40, 119.41, 31.41), OWN: shapely.box(119.41, 31.40, 119.42, 31.41)}
    path.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {"type": "Feature", "properties": {"village": name}, "geometry": shapely.geometry.mapping(square)}
                    for name, square in squares.items()
                ],
            }
        ),
        encoding="utf-8",
    )
    assert villages.boundary_of_file(store, ids[OWN], Source(path)).equals(squares[OWN])
    with pytest.raises(InputRefused, match=OTHER):
        villages.boundary_of_file(store, ids[OTHER], Source(path))


# ---- roads and barriers


def line(*xy):
    return FRAME.shape_to_degrees(shapely.LineString(xy))


def test_a_planner_draws_only_on_the_own_ground(town):
    store, ids = town
    planner = Actor(2, "planner", "planner", frozenset({ids[OWN]}))
    inside, over = line((100, 100), (900, 900)), line((100, 800), (2400, 800))
    features.add_drawn(store, WHO, planner, "barrier", "小河", inside, now=NOW)
    with pytest.raises(InputRefused, match="1 of 1"):
        features.add_drawn(store, WHO, planner, "barrier", None, over, now=NOW)
    features.add_drawn(store, WHO, ADMIN, "barrier", None, over, now=NOW)
    for far in (shapely.LineString([(-60, 31.4), (119.4, 31.4)]), shapely.LineString([(20, 50), (20.01, 50)])):
        with pytest.raises(InputRefused, match="200 km"):
            features.add_drawn(store, WHO, ADMIN, "barrier", None, far, now=NOW)
    assert features.features_page(store, planner, "barrier").total == 2
    elsewhere = Actor(3, "planner", "planner", frozenset({ids["龙头村"]}))
    assert features.features_page(store, elsewhere, "barrier").rows == ()


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("road", shapely.Point(119.43, 31.41)),
        ("road", shapely.box(119.43, 31.41, 119.44, 31.42)),
        ("building", shapely.LineString([(119.43, 31.41), (119.44, 31.42)])),
        ("building", BOW_TIE),
    ],
)
def test_what_is_not_of_the_shape_of_its_kind_is_refused(town, kind, shape):
    store, _ = town
    with pytest.raises(InputRefused):
        features.add_drawn(store, WHO, ADMIN, kind, None, shape, now=NOW)


@ON_BOTH
def test_of_many_buildings_the_map_of_the_whole_town_has_those_that_the_page_names_and_that_of_a_village_all(town):
    store, ids = town
    many = features.MOST_LISTED + 5
    corner = np.array(line((100, 100), (110, 110)).bounds)
    with store.write() as connection:
        shapes = (shapely.box(*corner + 1e-6 * number) for number in range(many))
        features_store.add(connection, "building", ((None, shape) for shape in shapes))
    named = {row["id"] for row, _ in features.features_page(store, ADMIN, "building").rows}
    assert {row["id"] for row in features.map_background(store, ADMIN).features} == named
    assert len(features.map_background(store, ADMIN, ids[OWN]).features) == many


def test_a_file_of_roads_is_looked_at_added_once_and_removed_as_one(town, tmp_path):
    store, ids = town
    road, other = line((100, 100), (900, 900)), line((100, 900), (900, 100))
    features.add_drawn(store, WHO, ADMIN, "road", "大路", road, now=NOW)
    with pytest.raises(InputRefused, match="already"):
        features.add_drawn(store, WHO, ADMIN, "road", None, road.reverse(), now=NOW)
    path = tmp_path / "roads.geojson"
    shapes = [road, other, other.reverse(), shapely.box(119.43, 31.41, 119.44, 31.42)]
    drawn = [{"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(one)} for one in shapes]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": drawn}), encoding="utf-8")
    found = features.preview_file(store, ADMIN, "road", Source(path))
    assert ([one.equals(other) for one in found.shapes], found.known) == ([True], 2)
    assert [note.code for note in found.notes] == ["barrier.note.unusable"]
    assert features.features_page(store, ADMIN, "road").total == 1
    assert features.add_previewed(store, WHO, ADMIN, "road", found.text, now=NOW) == 1
    assert features.add_previewed(store, WHO, ADMIN, "road", found.text, now=NOW) == 0
    (file,) = features.features_page(store, ADMIN, "road").files
    elsewhere = Actor(3, "planner", "planner", frozenset({ids["龙头村"]}))
    assert features.features_page(store, elsewhere, "road").files == ()
    assert features.remove_file(store, WHO, file.id, "road", now=NOW) == 1
    with pytest.raises(NotFound):
        features.remove_file(store, WHO, file.id, "road", now=NOW)
    page = features.features_page(store, ADMIN, "road")
    assert ([row["name"] for row, _ in page.rows], page.files) == (["大路"], ())
    features.add_previewed(store, WHO, ADMIN, "road", found.text, now=NOW)  # a database may give its id again
    assert len(features.features_page(store, ADMIN, "road").files) == 1
    for strange in ("", "{}", found.text.replace("LineString", "Polygon"), shapely.to_geojson(road)):
        with pytest.raises(InputRefused):
            features.add_previewed(store, WHO, ADMIN, "road", strange, now=NOW)


def test_the_basemap_follows_what_is_added_and_removed(town):
    store, _ = town
    basemap = store.folder / "basemap.pmtiles"
    road = features.add_drawn(store, WHO, ADMIN, "road", "大路", line((100, 100), (900, 900)), now=NOW)
    assert basemap.exists()
    features.remove(store, WHO, road, now=NOW)
    assert not basemap.exists()


@ON_BOTH
def test_a_village_without_a_boundary_reaches_as_far_as_its_households(town):
    store, _ = town
    with store.write() as connection:
        new = add_row(connection, village, {"name": "新村"})
        rows = [
            {"code": f"N{i}", "village_id": new, "lon": 120 + x, "lat": 30 + y, "position": "exact"}
            for i, (x, y) in enumerate([(0, 0), (0.01, 0), (0, 0.01)])
        ]
        connection.execute(insert(household), rows)
        grounds = features_store.grounds(connection)
        crossing = shapely.LineString([(119.99, 30.004), (120.01, 30.004)])
        connection.execute(insert(feature), [{"kind": "road", "shape": crossing}])
        road = connection.execute(select(feature.c.id)).scalar_one()
        assert features_store.villages_of_feature(connection, road) == {new}
    assert features_store.villages_of(grounds, crossing) == {new}
    assert features_store.villages_of(grounds, shapely.LineString([(119, 30), (120, 30)])) == frozenset()


def test_dates_in_the_future_are_no_dates_of_retirement():
    form = form_of(day="2026-12-24")
    form.required_day("day", latest=date(2026, 11, 16))
    assert form.problems["day"].code == "registry.day_to_come"


def test_a_retired_household_is_not_in_the_plan_in_force_any_more_and_its_grid_is_smaller(town):
    store, ids = town
    home = home_of(store, ids[OWN])
    households.retire(store, WHO, home["id"], 1, TODAY, now=NOW)
    with store.read() as connection:
        (planned,) = plans.town(connection, [plans.published(connection)[ids[OWN]]]).villages
    assert home["code"] not in planned.plan.grid_of
    assert sum(one.size for one in planned.grids) == len(planned.plan.grid_of) == 12 * 32 - 1
