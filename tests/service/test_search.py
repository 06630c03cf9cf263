"""Search by code, name, door and number, within scope and power."""

import pytest
from sample_drafts import household_id, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import update

from gridplan.roles import Actor
from gridplan.service.town.search import MOST_ANSWERS, search_town
from gridplan.store.database import COMMAND_LINE
from gridplan.store.tables import grid, household


@pytest.fixture
def store(service):
    return service.store


def search(store, text, role="administrator", *names):
    scope = None if role == "administrator" else frozenset(village_id(store, name) for name in names)
    return search_town(store, text, Actor(1, role, role, scope))


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


def test_a_capital_outside_ascii_is_found_as_it_is_written(store):
    amend(store, update(household).where(household.c.code == f"{OWN}0003").values(name="Élise Ōu"))
    for text in ("Élise", "Ōu", "élise ōu".title()):
        assert [one.text for one in search(store, text)] == ["Élise Ōu"], text


def test_equal_comes_before_beginning_and_beginning_before_within(store):
    for code, name in ((f"{OWN}0001", "李大王庄"), (f"{OWN}0002", "王庄人"), (f"{OWN}0003", "王庄")):
        amend(store, update(household).where(household.c.code == code).values(name=name))
    assert [one.text for one in search(store, "王庄")] == ["王庄", "王庄人", "李大王庄"]


def test_a_grid_is_found_by_village_and_number(store):
    for text in (f"{OWN}-03", f"{OWN}3", f"{OWN} 3", f"{OWN[:2]} 3号网格", "石桥村３"):
        first = next(one for one in search(store, text) if one.kind == "grid")
        assert first.text == f"{OWN}-03"
        assert first.ids[1] == 3


def test_a_grid_is_found_by_what_the_town_calls_it(store):
    amend(store, update(grid).where(grid.c.number == 5).values(label="河东片"))
    assert f"{OWN}-05 河东片" in [one.text for one in search(store, "河东") if one.kind == "grid"]


def test_members_and_villages_are_found(store):
    assert kinds(search(store, "示例1")) == {"member"}
    assert search(store, OTHER)[0].kind == "village"


def test_there_are_at_most_twenty_answers(store):
    assert len(search(store, "村")) == MOST_ANSWERS


def test_what_fits_nothing_finds_nothing(store):
    for text in ("", "   ", "没有这样的人", "%", "_", "\\", "'; drop table household; --"):
        assert search(store, text) == ()


def test_nothing_out_of_scope_is_found(store):
    assert search(store, f"{OTHER}0001", "planner", OWN) == ()
    assert search(store, OTHER, "clerk", OWN) == ()
    assert kinds(search(store, "示例", "planner", OWN)) == {"member"}
    assert len(search(store, "示例", "planner", OWN)) == 3


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
