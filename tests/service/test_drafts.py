"""Drafts: deleted and restored, and what is read of them, in how many statements."""

from datetime import timedelta

import pytest
import sample_towns
from databases import ON_BOTH
from drawn_maps import drawn, rows
from sample_drafts import draft_like, inside, plan_of, village_id
from service import NOW, OTHER, OWN
from statements import statements

from gridplan.errors import NotFound
from gridplan.model import TownPlan
from gridplan.roles import Actor
from gridplan.service.imports.load_plan import load_plan
from gridplan.service.plans import drafts as drafting
from gridplan.service.plans.comparison import IN_FORCE, compare_drafts
from gridplan.service.plans.drafts import draft_map, draft_places
from gridplan.service.plans.publish import draft_previews, publish
from gridplan.service.town.town_map import links_of
from gridplan.store import Who
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.registry import households

TODAY = NOW.date()


@pytest.fixture
def store(service):
    return service.store


@ON_BOTH
def test_a_deleted_draft_can_be_restored_for_a_day(store):
    who, draft_id = Who(None, "planner"), draft_like(store, OWN, OTHER)
    drafting.delete_draft(store, who, draft_id, now=NOW)
    with pytest.raises(NotFound):
        drafting.draft_by_id(store, draft_id)
    drafting.restore_deleted(store, who, draft_id, now=NOW + timedelta(hours=20))
    assert drafting.draft_by_id(store, draft_id).figures.villages == 2
    with pytest.raises(NotFound):
        drafting.restore_deleted(store, who, draft_id, now=NOW)


def test_after_that_day_it_is_gone_and_what_was_published_of_it_stays(store):
    who, draft_id = Who(None, "planner"), draft_like(store, OWN, OTHER)
    published, left = plan_of(store, draft_id, OWN), plan_of(store, draft_id, OTHER)
    with store.change(who, "publish", "plan", now=NOW) as change:
        plans.publish(change.connection, [published], who, now=NOW, today=NOW.date())
    drafting.delete_draft(store, who, draft_id, now=NOW)
    drafting.delete_draft(store, who, draft_like(store, OWN), now=NOW + timedelta(days=2))
    assert len(inside(store, published)) == 32
    with pytest.raises(ValueError, match="not enough values"):
        inside(store, left)
    with pytest.raises(NotFound):
        drafting.restore_deleted(store, who, draft_id, now=NOW)


@ON_BOTH
def test_a_draft_has_the_sums_of_its_villages_and_a_scope(store):
    draft_id = draft_like(store, OWN, OTHER)
    with store.read() as connection:
        found = drafting.read_draft(connection, draft_id)
        assert (found.figures.grids, found.figures.households, found.figures.without_lead) == (48, 576, 42)
        assert found.figures.walk_m == pytest.approx(sum(300 + 17 * n for n in [*range(1, 33), *range(1, 17)]))
        assert found.figures.gap is None
        own, both = [village_id(store)], [village_id(store), village_id(store, OTHER)]
        assert draft_id not in [one.row["id"] for one in drafting.drafts_in_scope(connection, own)]
        assert draft_id in [one.row["id"] for one in drafting.drafts_in_scope(connection, both)]


# ---- what is read of a draft


@pytest.fixture
def many_villages(store):
    """Publish twelve small villages and return their names."""
    names = [f"多村{n:02d}" for n in range(12)]
    town = TownPlan(tuple(sample_towns.village(name, 2000.0 * n, 9000, 1, n) for n, name in enumerate(names)))
    load_plan(store, COMMAND_LINE, town, name="many", made_by=1, now=NOW, publish_on=NOW.date())
    return names


ACTOR = Actor(1, "administrator", "administrator", None)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda store, draft_id: draft_previews(store, draft_id), id="publish previews"),
        pytest.param(lambda store, draft_id: drafting.draft_page(store, ACTOR, draft_id), id="page"),
        pytest.param(lambda store, draft_id: drafting.draft_list(store, ACTOR), id="list"),
        pytest.param(lambda store, draft_id: drafting.draft_map(store, draft_id, "en", NOW.date()), id="map"),
        pytest.param(lambda store, draft_id: compare_drafts(store, draft_id, IN_FORCE), id="comparison"),
    ],
)
@ON_BOTH
def test_twelve_villages_take_as_many_statements_as_three(store, many_villages, read):
    counts = []
    for names in (many_villages[:3], many_villages):
        draft_id = draft_like(store, *names)
        with statements(store) as executed:
            assert read(store, draft_id)
        counts.append(len(executed))
    assert counts[0] == counts[1]


def test_publishing_twelve_villages_takes_as_many_statements_as_three(store, many_villages):
    counts = []
    for names in (many_villages[:3], many_villages):
        _, previews = draft_previews(store, draft_like(store, *names))
        with statements(store) as executed:
            shown = {one.id: one.fingerprint for one in previews}
            publish(store, Who(None, "planner"), shown, {}, now=NOW, today=NOW.date())
        counts.append(len(executed))
    assert counts[0] == counts[1]


def test_the_map_of_a_draft_has_the_households_of_its_villages_and_leads_to_its_members(store):
    own, draft_id = village_id(store), draft_like(store, OWN)
    with store.read() as connection:
        links = links_of(connection, {own: plan_of(store, draft_id)})
        codes = {home.household_id for home in households.models(connection, [own])}
    assert {row[0] for row in rows(draft_places(store, draft_id, own, "en")["places"])} == codes
    (village,) = drawn(draft_map(store, draft_id, "en", NOW.date()), "villages")
    assert (village["households"], village["placed"], village["in_no_grid"]) == (len(codes), len(codes), 0)
    with pytest.raises(NotFound):
        draft_places(store, draft_id, village_id(store, OTHER), "en")
    assert links.members.keys() == {f"{OWN}-M{number}" for number in (1, 2, 3)}
