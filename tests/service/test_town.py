"""The town as it stands: tables, maps, and the pages behind them."""

import json

import pytest
from databases import ON_BOTH
from drawn_maps import drawn, rows
from sample_drafts import household_id, member_id, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import select, update

from gridplan.errors import NotFound
from gridplan.model import Household
from gridplan.service.town import pages, small_map
from gridplan.service.town.pages import village_table
from gridplan.service.town.town_map import town_map, town_places
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.registry import households, villages
from gridplan.store.tables import assignment, household, membership

ODD = "小塘村"


@pytest.fixture
def store(service):
    return service.store


def change(store, *statements):
    with store.change(COMMAND_LINE, "amend", "household", now=NOW) as made:
        for statement in statements:
            made.connection.execute(statement)


def add_home(store, code, village=OWN, **values):
    home = Household(code, village, 119.435, 31.415, name="新来的", hamlet="2组", **values)
    with store.change(COMMAND_LINE, "add", "household", now=NOW) as made:
        households.add(made.connection, [home], villages.ids_by_name(made.connection))


def retire(store, *codes):
    change(store, update(household).where(household.c.code.in_(codes)).values(retired_on=NOW.date()))


def table(store, scope=None):
    return {row.name: row for row in village_table(store, scope).rows}


def town_drawn(store, scope=None, lang="en", **options):
    return town_map(store, scope, lang, NOW.date(), **options)


def homes_of(store, *names):
    """Return the households of villages as a map has them, by code."""
    return {row[0]: row for name in names for row in rows(town_places(store, village_id(store, name), "en")["places"])}


def grids_on(data):
    return [grid["properties"] for grid in data["objects"]["grids"]["geometries"]]


def codes_on(data):
    return {row[0] for places in data["places"] for place in places for row in place["households"]}


def unpublished(store, name):
    """Add a village with one household and without a plan."""
    with store.change(COMMAND_LINE, "add", "village", now=NOW) as made:
        villages.add_missing(made.connection, [name])
    add_home(store, f"{name}-1", name)


# ---- the table of villages


def test_the_table_counts_what_the_plans_say(store):
    row = table(store)[OWN]
    assert (row.households, row.placed, row.in_no_grid, row.grids, row.without_lead) == (384, 384, 0, 32, 29)
    assert row.walk_m == pytest.approx(sum(300 + 17 * number for number in range(1, 33)))
    assert table(store)[ODD].in_no_grid == 1
    assert table(store)[ODD].exceptions == 1


def test_a_new_household_is_in_no_grid_and_a_retired_one_counts_no_more(store):
    add_home(store, "N1", position="hamlet")
    retire(store, f"{OWN}0001", f"{OWN}0002")
    row = table(store)[OWN]
    assert (row.households, row.placed, row.in_no_grid) == (383, 382, 1)


def test_a_village_without_a_plan_has_no_figures_of_one(store):
    unpublished(store, "新村")
    row = table(store)["新村"]
    assert (row.households, row.in_no_grid, row.plan_id, row.grids, row.walk_m) == (1, 1, None, None, None)


def test_only_the_villages_of_a_scope_are_in_the_table(store):
    assert list(table(store, [village_id(store)])) == [OWN]
    assert table(store, []) == {}


def test_a_lead_who_has_left_leads_no_more(store):
    before = table(store)[OWN].without_lead
    change(
        store,
        update(assignment).where(assignment.c.member_id == member_id(store, f"{OWN}-M1")).values(until=NOW.date()),
    )
    assert table(store)[OWN].without_lead == before + 1


# ---- the map


def test_everything_that_stands_is_on_the_map_with_its_id(store):
    data = town_drawn(store)
    for village in drawn(data, "villages"):
        found = homes_of(store, village["name"])
        assert len(found) == village["households"] == table(store)[village["name"]].households
        loose = sum(row[1] is None for row in found.values())
        assert (village["in_no_grid"], village["placed"], village["about"]) == (
            loose,
            len(found),
            f"{village['grids']} grid{'s' * (village['grids'] > 1)}",
        )
    place = town_places(store, village_id(store), "en")["places"][0]
    assert place["ids"] == [household_id(store, row[0]) for row in place["households"]]
    grid = drawn(data, "grids")[0]
    with store.read() as connection:
        assert grid["plan"] == plans.published(connection)[village_id(store, grid["id"].rsplit("-", 1)[0])]


def test_new_households_are_drawn_in_no_grid_and_retired_ones_not_at_all(store):
    add_home(store, "N1")
    gone = f"{OWN}0001"
    retire(store, gone)
    homes = homes_of(store, OWN)
    assert homes["N1"][1] is None
    assert homes["N1"][-1] == "in no grid yet"
    assert gone not in homes


@ON_BOTH
def test_a_household_that_moved_to_another_village_is_in_no_grid_there(store):
    moved = f"{OWN}0001"
    change(store, update(household).where(household.c.code == moved).values(village_id=village_id(store, OTHER)))
    assert homes_of(store, OTHER)[moved][1] is None
    assert moved not in homes_of(store, OWN)
    assert table(store)[OTHER].in_no_grid == 1
    assert table(store)[OWN].in_no_grid == 0


def test_a_village_without_a_plan_is_on_the_map_and_says_so(store):
    unpublished(store, "新村")
    village = next(one for one in drawn(town_drawn(store), "villages") if one["name"] == "新村")
    assert (village["planned"], village["grids"], village["households"]) == (False, 0, 1)
    assert village["about"] == "no plan yet"
    assert homes_of(store, "新村")["新村-1"][-1] == "no plan yet"


def test_the_size_of_a_grid_is_that_of_today(store):
    with store.read() as connection:
        own = plans.published(connection)[village_id(store)]
        inside = select(household.c.code).join(membership, membership.c.household_id == household.c.id)
        codes = list(connection.execute(inside.where(membership.c.plan_id == own, membership.c.number == 1)).scalars())
    retire(store, *codes[:3])
    data = town_drawn(store)
    grid = next(one for one in drawn(data, "grids") if one["id"] == f"{OWN}-01")
    assert grid["size"] == len(codes) - 3
    assert grid["broken"] == [{"mark": "small", "text": "9 households, fewer than 10"}]


def test_counts_only_says_nothing_of_a_household(store):
    unpublished(store, "无界村")
    everything = homes_of(store, *table(store))
    text = json.dumps(town_drawn(store, counts_only=True), ensure_ascii=False)
    assert '"Point"' not in text
    for code, row in everything.items():
        assert code not in text
        assert len(row) < 3 or row[2] is None or row[2] not in text
    with store.read() as connection:
        for home in households.models(connection):
            assert f"{round(home.lon, 6)}, {round(home.lat, 6)}" not in text


# ---- colours


def test_every_grid_has_a_class_and_the_counts_add_up(store):
    data = town_drawn(store)
    for view in data["views"]:
        assert len(view["grids"]) == len(drawn(data, "grids"))
        assert sum(one["count"] for one in view["classes"]) == len(view["grids"])
    size, lead, walk = data["views"]
    too_large = next(i for i, one in enumerate(drawn(data, "grids")) if one["id"] == f"{ODD}-01")
    assert size["classes"][size["grids"][too_large]]["text"] == "More households than allowed"
    assert [one["count"] for one in lead["classes"]] == [13, len(lead["grids"]) - 13]
    assert [one["mark"] for one in walk["classes"]] == ["ramp"] * 5 + ["hatched"]


# ---- the pages behind the map


def test_a_village_lists_its_grids_hamlets_members_and_who_is_in_no_grid(store):
    add_home(store, "N1")
    page = pages.village_page(store, village_id(store), households=True)
    assert len(page.grids) == 32
    assert [one["name"] for one in page.grids[0].leads] == ["示例1"]
    assert [one.name for one in page.hamlets] == ["1组", "2组", "3组", "4组", "5组"]
    assert [home["code"] for home in page.loose] == ["N1"]
    assert [one["leads"] for one in page.members] == [1, 1, 1]


def test_without_the_right_to_see_households_a_village_names_none(store):
    page = pages.village_page(store, village_id(store, ODD), households=False)
    assert (page.hamlets, page.loose, page.members, page.exceptions) == ((), (), (), ())
    drawn = small_map.of_village(store, village_id(store, ODD), "en", NOW.date(), households=False)
    assert drawn["counts_only"]
    assert [grid["lead_id"] for grid in grids_on(drawn)] == [None]


def test_the_households_of_a_grid_stand_in_the_order_of_hamlets_and_doors(store):
    with store.read() as connection:
        plan_id = plans.published(connection)[village_id(store)]
    page = pages.grid_page(store, plan_id, 2, households=True, drafts=False)
    order = [(int(home["hamlet"][0]), int(home["door"].removesuffix("号"))) for home in page.households]
    assert order == sorted(order)
    assert (page.before.number, page.after.number) == (1, 3)


def test_a_grid_is_chosen_on_its_own_page_among_all_of_its_village(store):
    village = small_map.of_village(store, village_id(store), "en", NOW.date(), households=True)
    plan_id = pages.village_page(store, village_id(store), households=False).plan["id"]
    page = pages.grid_page(store, plan_id, 2, households=True, drafts=False)
    drawn = small_map.of_grid(store, page, "en", NOW.date(), households=True)
    assert village["chosen"] == {"village": 0, "grid": None, "household": None}
    assert grids_on(drawn)[drawn["chosen"]["grid"]]["number"] == 2
    assert drawn | {"chosen": None} == village | {"chosen": None}


def test_a_draft_is_not_there_for_who_may_not_plan(store):
    with store.change(COMMAND_LINE, "plan", "draft", now=NOW) as made:
        own = villages.ids_by_name(made.connection)[OWN]
        town = plans.town(made.connection, [plans.published(made.connection)[own]])
        (plan_id,) = plans.save_plans(made.connection, town, None).values()
    page = pages.grid_page(store, plan_id, 1, households=True, drafts=True)
    drawn = small_map.of_grid(store, page, "en", NOW.date(), households=True)
    assert len(codes_on(drawn)) == 384
    assert {home["code"] for home in page.households} <= codes_on(drawn)
    with pytest.raises(NotFound):
        pages.grid_page(store, plan_id, 1, households=True, drafts=False)


def test_a_household_knows_its_grid_and_a_new_one_has_none(store):
    add_home(store, "N1")
    page = pages.household_page(store, household_id(store, f"{OWN}0000"), NOW.date())
    assert page.home["id"] in [home["id"] for home in page.grid.households]
    drawn = small_map.of_household(store, page, "en", NOW.date())
    assert drawn["chosen"]["household"] == page.home["id"]
    assert grids_on(drawn)[drawn["chosen"]["grid"]]["number"] == page.grid.grid.number
    loose = pages.household_page(store, household_id(store, "N1"), NOW.date())
    assert loose.grid is None
    assert loose.nearby
    assert all(grid.size < grid.most for grid in loose.nearby)
    assert small_map.of_household(store, loose, "en", NOW.date())["chosen"]["grid"] is None
    with pytest.raises(NotFound):
        pages.household_page(store, 10**6, NOW.date())


def test_a_member_has_the_own_grids_and_elsewhere_only_those_one_may_see(store):
    mine = member_id(store, f"{OWN}-M2")
    page = pages.member_page(store, mine)
    assert [(row["village"], row["number"], row["role"]) for row, _ in page.grids] == [(OWN, 2, "lead")]
    assert len(page.grids[0][1].households) == 12
    assert pages.member_page(store, mine, of=[village_id(store, OTHER)]).grids == ()


def test_the_map_of_a_member_has_the_own_grids_and_households_and_nothing_else(store):
    page = pages.member_page(store, member_id(store, f"{OWN}-M2"))
    drawn = small_map.of_member(store, page, "en")
    assert [grid["number"] for grid in grids_on(drawn)] == [2]
    assert codes_on(drawn) == {home["code"] for home in page.grids[0][1].households}
    assert [one["type"] for one in drawn["objects"]["villages"]["geometries"]] == [None]
    assert drawn["home"] == [page.member["lon"], page.member["lat"]]


def test_there_is_no_map_of_what_has_no_place(store):
    unpublished(store, "Somewhere")
    change(store, update(household).where(household.c.code == "Somewhere-1").values(lon=None, lat=None))
    page = pages.household_page(store, household_id(store, "Somewhere-1"), NOW.date())
    assert small_map.of_household(store, page, "en", NOW.date()) is None
