"""What a list is checked for, every other way in is checked for: by form, by click, at the desk, as a file, drawn."""

import pytest
import shapely
from sample_towns import FRAME
from service import NOW, OTHER, OWN
from sqlalchemy import select, update
from ways_in import (
    ADMIN,
    HOMES,
    PLACES,
    WHO,
    confirmed,
    first_home,
    households_form,
    ids_of,
    move_by_desk,
    move_by_form,
    new_household,
)

from gridplan.errors import Conflict, InputRefused, Unconfirmed
from gridplan.service.plans.publish import publish_previews
from gridplan.service.registry import features, households, members, placement, villages
from gridplan.service.registry.form import FormFields
from gridplan.service.registry.village_changes import preview_merger
from gridplan.service.town.town_map import town_map
from gridplan.store.registry import households as households_store
from gridplan.store.registry import placement as placement_store
from gridplan.store.tables import hamlet, household, member, plan, village

NOWHERE = {
    "no position": (0.0, 0.0),
    "off the earth": (119.4, 91.0),
    "axes swapped": (31.4, 119.4),
    "another province": (102.7, 25.0),
}
NEARBY = tuple(FRAME.to_degrees([(-300.0, 700.0)])[0].tolist())
"""Some hundred metres west of the own village."""
FAR = (119.43, 31.71)
"""Some thirty kilometres north of it."""


def everything(store):
    """Return all that has a place."""
    with store.read() as connection:
        return [
            connection.execute(select(table.c.name, table.c.lon, table.c.lat).order_by(table.c.name)).all()
            for table in (household, member, hamlet)
        ]


def test_a_place_that_no_list_may_have_gets_in_nowhere(service):
    before = everything(service.store)
    for way in PLACES:
        for what, place in NOWHERE.items():
            with pytest.raises(InputRefused) as refused:
                way(service.store, place, "")
            assert not isinstance(refused.value, Unconfirmed), (way.__name__, what)
            assert refused.value.say("zh")
    assert everything(service.store) == before


def test_a_place_beyond_the_boundary_is_taken_once_it_is_confirmed(service):
    for step, way in enumerate(PLACES):
        lon, lat = NEARBY if way in HOMES or way.__name__ == "anchor" else FAR
        place = (lon - step / 1e4, lat)
        before = everything(service.store)
        with pytest.raises(Unconfirmed):
            way(service.store, place, "another key")
        assert everything(service.store) == before, way.__name__
        asked, _ = confirmed(lambda key, way=way, place=place: way(service.store, place, key))
        assert asked is not None
        assert everything(service.store) != before, way.__name__


@pytest.mark.parametrize("move", [move_by_form, move_by_desk])
def test_a_household_that_stands_outside_the_village_it_moves_to_is_asked_about(service, move):
    home = first_home(service.store)
    asked, _ = confirmed(lambda key: move(service.store, key))
    assert OTHER in asked.say("zh")
    assert first_home(service.store)["id"] != home["id"]


def test_households_that_may_be_in_both_villages_are_named_before_these_become_one(service):
    store, (ours, theirs) = service.store, (first_home(service.store, name) for name in (OWN, OTHER))
    with store.write() as connection:
        same = {"name": ours["name"], "door": ours["door"]}
        connection.execute(update(household).where(household.c.id == theirs["id"]).values(same))
    ids = ids_of(store)
    found = preview_merger(store, WHO, ids[OTHER], ids[OWN], now=NOW, today=NOW.date())
    assert found.twins == (f"{ours['name']} ({theirs['code']} = {ours['code']})",)


def test_a_household_that_is_there_already_is_asked_about_by_name_and_door_or_place(service):
    store = service.store
    home = first_home(store)
    same = {"village_id": str(home["village_id"]), "name": f" {home['name']} "}
    here = {"lon": str(home["lon"]), "lat": str(home["lat"])}
    for more in ({"door": home["door"]}, here):
        form = households.parse_household(store, ADMIN, FormFields(same | more))
        with pytest.raises(Unconfirmed) as asked:
            households.add(store, WHO, form, now=NOW)
        assert home["code"] in asked.value.say("en")
    other_door = households.parse_household(store, ADMIN, FormFields(same | {"door": "999号"}))
    households.add(store, WHO, other_door, now=NOW)


def test_a_code_that_differs_only_in_width_or_case_is_asked_about(service):
    store, village_id = service.store, str(ids_of(service.store)[OWN])

    def add(code, key=""):
        fields = {"village_id": village_id, "name": f"户{code}", "code": code, "confirmed": key}
        households.add(store, WHO, households.parse_household(store, ADMIN, FormFields(fields)), now=NOW)

    add("a-1")
    with pytest.raises(Unconfirmed):
        add("Ａ-1")
    with pytest.raises(InputRefused):
        add("a-1")


def test_a_village_that_may_be_there_under_another_name_is_asked_about_and_a_hamlet_is_written_as_it_is_there(service):
    store = service.store

    def add(key):
        form = villages.parse_village(FormFields({"name": f"{OWN}民委员会", "confirmed": key}))
        return villages.add(store, WHO, form, now=NOW)

    asked, made = confirmed(add)
    assert (OWN in asked.say("zh"), made > 0) == (True, True)
    fields = {"village_id": str(ids_of(store)[OWN]), "name": "示例", "hamlet": "第一村民小组"}
    home = households.add(store, WHO, households.parse_household(store, ADMIN, FormFields(fields)), now=NOW)
    with store.read() as connection:
        assert households_store.by_id(connection, home)["hamlet"] == "1组"


@pytest.mark.parametrize("field", ["door", "hamlet", "code"])
def test_what_a_spreadsheet_made_a_date_of_is_refused_in_a_form_too(service, field):
    fields = {"village_id": str(ids_of(service.store)[OWN]), "name": "示例", field: "3月5日"}
    form = FormFields(fields)
    with pytest.raises(InputRefused):
        households.parse_household(service.store, ADMIN, form)
    assert list(form.problems) == [field]


def test_maps_fit_to_the_villages_and_strays_are_named_there_and_before_publishing(service):
    store = service.store
    home = first_home(store)
    before = features.map_background(store, ADMIN, home["village_id"]).bounds
    with store.write() as connection:  # as a list of long ago may have it
        connection.execute(update(household).where(household.c.id == home["id"]).values(lon=0, lat=0))
        connection.execute(update(village).values(boundary=None))
        connection.execute(update(plan).values(boundary=None))
    assert features.map_background(store, ADMIN, home["village_id"]).bounds == pytest.approx(before, abs=0.02)
    assert features.map_background(store, ADMIN).bounds == pytest.approx(before, abs=0.2)
    drawn = town_map(store, None, "en", NOW.date())
    (wrong,) = [
        one["properties"] for one in drawn["objects"]["villages"]["geometries"] if one["properties"]["name"] == OWN
    ]
    assert any(home["name"] in sentence for sentence in wrong["wrong"])
    hidden = town_map(store, None, "en", NOW.date(), counts_only=True)
    assert home["name"] not in str(hidden)
    with store.write() as connection:
        (saved,) = connection.execute(
            select(plan.c.id).where(plan.c.village_id == home["village_id"], plan.c.state == "published")
        ).scalars()
        connection.execute(update(plan).where(plan.c.id == saved).values(state="draft"))
        (preview,) = publish_previews(connection, [saved])
    assert [one.household_id for one in preview.strays] == [home["code"]]


def test_what_is_retired_cannot_be_edited(service):
    store = service.store
    home = first_home(store)
    households.retire(store, WHO, home["id"], home["version"], NOW.date(), now=NOW)
    gone = first_home(store)
    with pytest.raises(Conflict):
        households.update(store, WHO, gone["id"], gone["version"], households_form({**home, "name": "改"}), now=NOW)
    with pytest.raises(Conflict):
        households.retire(store, WHO, gone["id"], gone["version"], NOW.date(), now=NOW)
    with store.read() as connection:
        person = connection.execute(select(member).order_by(member.c.id)).mappings().first()
    members.retire(store, WHO, person["id"], person["version"], now=NOW, today=NOW.date())
    fields = {"name": "改", "max_grids": "1", "village_id": str(person["village_id"])}
    with pytest.raises(Conflict):
        members.update(
            store,
            WHO,
            person["id"],
            person["version"] + 1,
            members.parse_member(store, ADMIN, FormFields(fields)),
            now=NOW,
        )
    empty = villages.add(store, WHO, villages.VillageForm("空村", None, None, None, None), now=NOW)
    villages.retire(store, WHO, empty, 1, NOW.date(), now=NOW)
    with pytest.raises(Conflict):
        villages.set_boundary(
            store, WHO, ADMIN, empty, 2, FRAME.shape_to_degrees(shapely.box(-900, 0, -100, 900)), now=NOW
        )
    with pytest.raises(InputRefused):
        placement.set_anchor(store, WHO, empty, "1组", (119.43, 31.41), was=None, now=NOW)


def anchors_of(store, village_id):
    with store.read() as connection:
        return placement_store.anchors(connection, village_id)


def test_a_part_ten_kilometres_off_is_asked_about_once_households_make_it_by_hand_as_on_import(service):
    store, home = service.store, first_home(service.store)
    lon, lat = FRAME.to_degrees([(0.0, -14_000.0)])[0].tolist()
    with store.write() as connection:
        connection.execute(update(village).values(boundary=None))
        connection.execute(update(plan).values(boundary=None))
    asked = [confirmed(lambda key, at=at: new_household(store, (lon + at / 1e3, lat), key))[0] for at in range(6)]
    assert [one is not None for one in asked] == [False] * 4 + [True, False]
    assert "5 户与其余" in asked[4].say("zh") and OWN in asked[4].say("zh")
    with store.write() as connection:
        connection.execute(household.delete().where(household.c.name.like("新户%")))
        hamlet_homes = (household.c.village_id == home["village_id"]) & (household.c.hamlet == home["hamlet"])
        connection.execute(update(household).where(hamlet_homes).values(position="hamlet"))
        was = placement_store.anchors(connection, home["village_id"])[home["hamlet"]]

    def set_anchor(key):
        placement.set_anchor(
            store, WHO, home["village_id"], home["hamlet"], (lon, lat), was=was, confirmed=key, now=NOW
        )

    asked, _ = confirmed(set_anchor)
    assert "户与其余" in asked.say("zh")
