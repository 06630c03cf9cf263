"""Party groups in the store: plans of before there were any get them, once, and publishing leaves no grid without."""

from sample_drafts import draft_like, plan_of, village_id
from service import NOW, OWN
from sqlalchemy import delete, update

from gridplan.service.plans.party_groups import make_missing_groups
from gridplan.service.plans.publish import draft_previews, publish
from gridplan.store.chain import groups
from gridplan.store.database import COMMAND_LINE
from gridplan.store.tables import grid, party_group


def without_groups(store):
    """Make the town one of before there were party groups."""
    with store.write() as connection:
        connection.execute(delete(party_group))
        connection.execute(update(grid).values(group_number=None))


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
