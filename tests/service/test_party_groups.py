"""Party groups in the store: plans of before there were any get them, once, and publishing leaves no grid without."""

from databases import ON_BOTH
from sample_drafts import draft_like, plan_of, village_id
from service import NOW, OWN
from sqlalchemy import delete, update

from gridplan.service.plans.party_groups import GroupChange, change_group, groups_page, make_missing_groups, move_grid
from gridplan.service.plans.publish import draft_previews, publish
from gridplan.service.redraw import steps
from gridplan.service.redraw.steps import Step
from gridplan.store.access import scope
from gridplan.store.access.accounts import by_login
from gridplan.store.chain import groups
from gridplan.store.database import COMMAND_LINE
from gridplan.store.tables import grid, party_group


def without_groups(store):
    """Make the town one of before there were party groups."""
    with store.write() as connection:
        connection.execute(delete(party_group))
        connection.execute(update(grid).values(group_number=None))


@ON_BOTH
def test_plans_of_before_there_were_groups_get_them_once(service):
    store = service.store
    without_groups(store)
    draft_id = draft_like(store, OWN)
    made = make_missing_groups(store, now=NOW)
    assert made > 1
    assert make_missing_groups(store, now=NOW) == 0
    with store.read() as connection:
        assert not groups.plans_without_groups(connection)
        rows = groups.groups_in_force(connection, [village_id(store)])
        in_force = rows[0]["plan_id"]
        inside = groups.grids_of_groups(connection, [in_force, plan_of(store, draft_id)])
    assert [(row["number"], row["name"], row["head_id"]) for row in rows] == [(n, None, None) for n in (1, 2, 3)]
    assert [row["grids"] for row in rows] == [len(inside[in_force, number]) for number in (1, 2, 3)]
    assert all(inside[in_force, n] == inside[plan_of(store, draft_id), n] for n in (1, 2, 3))


def test_a_draft_without_groups_gets_those_of_now_when_it_is_published_and_its_own_stay(service):
    store = service.store
    draft_id = draft_like(store, OWN)
    with store.write() as connection:
        connection.execute(update(party_group).values(name="红旗"))
        connection.execute(update(grid).where(grid.c.number == 1).values(group_number=None))
    _, (preview,) = draft_previews(store, draft_id)
    publish(store, COMMAND_LINE, {preview.id: preview.fingerprint}, {}, now=NOW, today=NOW.date())
    with store.read() as connection:
        assert {row["name"] for row in groups.groups_in_force(connection, [village_id(store)])} == {"红旗"}
        inside = groups.grids_of_groups(connection, [plan_of(store, draft_id)])
    assert None not in {group for _, group in inside}
    assert sum(map(len, inside.values())) == 32


@ON_BOTH
def test_party_groups_of_a_draft_are_changed_by_edits_that_are_undone(service):
    store = service.store
    plan_id = plan_of(store, draft_like(store, OWN))
    with store.read() as connection:
        planner = scope.actor(connection, by_login(connection, "planner")["id"])
    before = groups_page(store, plan_id)
    head = before.members[0]["id"]
    change_group(store, planner, plan_id, 1, GroupChange("红旗", head, "", None), now=NOW)
    number, was = next((one, of.row["number"]) for of in before.groups for one in of.grids if before.beside[one])
    move_grid(store, planner, plan_id, number, before.beside[number][0], instead_of=was, now=NOW)
    after = groups_page(store, plan_id)
    assert (after.groups[0].row["name"], after.groups[0].row["head_id"]) == ("红旗", head)
    assert number not in after.groups[was - 1].grids
    for version in (2, 3):
        step = Step(plan_id, version, f"undo {version}", "en")
        steps.undo(store, planner, step, of_others=False, now=NOW)
    assert groups_page(store, plan_id).groups == before.groups
