"""Who could lead a grid of a draft is told with what speaks for each."""

import pytest
from sample_drafts import draft_like, member_id, plan_of
from service import NOW, OWN

from gridplan.errors import NotFound
from gridplan.service.redraw.leads import candidates


def test_the_lead_stands_among_those_of_the_village_with_how_far_they_live_and_what_they_have(service):
    plan = plan_of(service.store, draft_like(service.store, OWN))
    found = candidates(service.store, plan, 1, NOW.date(), "en")
    (lead,) = (one for one in found if one["is_lead"])
    assert lead["id"] == member_id(service.store, f"{OWN}-M1") and not lead["has_room"] and not lead["can_help"]
    assert "m to a household on average" in lead["facts"][0] and lead["facts"][1] == "lead of 1, at most 1"
    assert len(found) == 3 and found[0]["id"] == lead["id"]


def test_nobody_can_lead_a_grid_that_is_not_there(service):
    plan = plan_of(service.store, draft_like(service.store, OWN))
    with pytest.raises(NotFound):
        candidates(service.store, plan, 99, NOW.date(), "en")
