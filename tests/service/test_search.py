"""Search by code, name, door and number, within scope and power."""

import pytest
from databases import ON_BOTH
from sample_drafts import household_id, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import update

from gridplan.roles import Actor
from gridplan.service.town.search import MOST_ANSWERS, PAGE_SIZE, search_pages, search_town
from gridplan.store.database import COMMAND_LINE
from gridplan.store.tables import grid, household


@pytest.fixture
def store(service):
    return service.store


def actor(store, role="administrator", *names):
    scope = None if role == "administrator" else frozenset(village_id(store, name) for name in names)
    return Actor(1, role, role, scope)


def search(store, text, role="administrator", *names):
    return search_town(store, text, actor(store, role, *names)).answers


def called(found, *kinds, lang="en"):
    return [one.text.say(lang) for one in found if not kinds or one.kind in kinds]


def kinds(found):
    return {one.kind for one in found}


def amend(store, statement):
    with store.change(COMMAND_LINE, "amend", "household", now=NOW) as made:
        made.connection.execute(statement)


def test_a_code_finds_its_household_first(store):
    first, *_ = search(store, f"{OWN}0017")
    assert (first.kind, first.ids) == ("household", (household_id(store, f"{OWN}0017"),))
    assert "18号" in first.detail.say("zh")


def test_a_part_of_a_name_or_a_door_is_enough(store):
    amend(store, update(household).where(household.c.code == f"{OWN}0003").values(name="Ōuyáng Xiù", door="7-B"))
    for text in ("yáng", "xi", "7-b"):
        assert household_id(store, f"{OWN}0003") in [
            one.ids[0] for one in search(store, text) if one.kind == "household"
        ]


@ON_BOTH
def test_a_capital_outside_ascii_is_found_as_it_is_written(store):
    amend(store, update(household).where(household.c.code == f"{OWN}0003").values(name="Élise Ōu"))
    for text in ("Élise", "Ōu", "élise ōu".title()):
        assert called(search(store, text)) == ["Élise Ōu"], text


@ON_BOTH
def test_equal_comes_before_beginning_and_beginning_before_within(store):
    for code, name in ((f"{OWN}0001", "李大王庄"), (f"{OWN}0002", "王庄人"), (f"{OWN}0003", "王庄")):
        amend(store, update(household).where(household.c.code == code).values(name=name))
    assert called(search(store, "王庄")) == ["王庄", "王庄人", "李大王庄"]


@pytest.mark.parametrize(
    "text", ["grid 3", "3 号微网格", "３号", "三号", "#3", "Grid 03", "第三微网格", "grid 3 nowhere"]
)
@ON_BOTH
def test_the_number_of_a_grid_finds_it_in_every_village_with_its_lead(store, text):
    (grids,) = [one for one in search_pages(store, text, actor(store), None, 1) if one.kind == "grid"]
    assert [one.ids[1] for one in grids.answers] == [3] * 4
    first = next(one for one in grids.answers if OWN in one.text.say())
    assert first.text.say("zh") == f"{OWN} · 3 号微网格"
    assert first.text.say("en") == f"{OWN} · grid 3"
    assert first.detail.say("en").endswith("households · lead 示例3")


@pytest.mark.parametrize(
    "text", [f"{OWN}-03", f"{OWN}3", f"{OWN} 3", f"{OWN[:2]} 3号网格", "石桥村３", "石桥三号", "3号 石桥"]
)
@ON_BOTH
def test_a_village_before_or_behind_it_narrows_the_number(store, text):
    assert called(search(store, text), "grid") == [f"{OWN} · grid 3"]


def test_a_grid_is_found_by_what_the_town_calls_it(store):
    amend(store, update(grid).where(grid.c.number == 5).values(label="河东片"))
    assert f"{OWN} · grid 5 · 河东片" in called(search(store, "河东"), "grid")


@pytest.mark.parametrize("text", ["石桥 17号", "17号 石桥村", "石桥村十七号", "石桥村,１７号"])
@ON_BOTH
def test_a_door_is_found_in_its_village_however_it_is_written(store, text):
    amend(store, update(household).where(household.c.code == f"{OWN}0003").values(door="17号", name="王秀英"))
    amend(store, update(household).where(household.c.code == f"{OTHER}0003").values(door="17号", name="李四"))
    found = called(search(store, text), "household")
    assert "王秀英" in found
    assert "李四" not in found


@pytest.mark.parametrize("text", ["2组", "二组", "石桥 2组", "石桥村二组"])
@ON_BOTH
def test_a_hamlet_is_found_by_its_number_and_leads_to_its_village(store, text):
    amend(store, update(household).where(household.c.code == f"{OWN}0003").values(hamlet="2组"))
    found = next(one for one in search(store, text) if one.kind == "hamlet" and OWN in one.text.say())
    assert (found.ids, found.text.say()) == ((village_id(store),), f"{OWN} · 2组")


@ON_BOTH
def test_members_and_villages_are_found(store):
    assert kinds(search(store, "示例1")) == {"member"}
    assert search(store, OTHER)[0].kind == "village"


@ON_BOTH
def test_a_box_shows_some_of_every_kind_and_says_that_there_are_more_which_the_pages_have(store):
    everything = search_town(store, "1", actor(store))
    assert (len(everything.answers), everything.more) == (MOST_ANSWERS, True)
    assert kinds(everything.answers) == {"grid", "hamlet", "household", "member"}
    assert not search_town(store, f"{OWN}0017", actor(store)).more
    (homes,) = search_pages(store, f"{OWN}00", actor(store), "household", 1)
    assert homes.total > PAGE_SIZE
    pages = [search_pages(store, f"{OWN}00", actor(store), "household", page) for page in (1, 2, 3, 4)]
    ids = [one.ids for page in pages for group in page for one in group.answers]
    assert len(ids) == len(set(ids)) == homes.total


@ON_BOTH
def test_what_fits_nothing_finds_nothing(store):
    for text in ("", "   ", "没有这样的人", "%", "_", "\\", "'; drop table household; --"):
        assert search(store, text) == ()


@ON_BOTH
def test_nothing_out_of_scope_is_found(store):
    assert search(store, f"{OTHER}0001", "planner", OWN) == ()
    assert search(store, OTHER, "clerk", OWN) == ()
    assert kinds(search(store, "示例", "planner", OWN)) == {"member"}
    assert called(search(store, f"grid 3 {OTHER}", "planner", OWN)) == [f"{OWN} · grid 3"]
    assert len(search(store, "示例", "planner", OWN)) == 3


@ON_BOTH
def test_who_sees_counts_finds_no_household_and_no_member(store):
    assert kinds(search(store, "1", "supervisor", OWN)) == {"grid"}
    assert search(store, f"{OWN}0001", "supervisor", OWN) == ()
    assert search(store, "示例", "supervisor", OWN) == ()


def test_members_and_viewers_find_nothing(store):
    for role in ("member", "viewer"):
        assert search(store, OWN, role) == ()


def test_a_retired_household_is_not_found(store):
    amend(store, update(household).where(household.c.code == f"{OWN}0001").values(retired_on=NOW.date()))
    assert search(store, f"{OWN}0001") == ()
