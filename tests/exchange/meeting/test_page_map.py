"""The map of a snapshot as one file: what it carries at each profile, and where it lies."""

from dataclasses import replace

import pytest
import shapely
from meeting_content import content
from page_data import data_of
from sample_towns import town

from gridplan.exchange.cartography.drawn import Ground
from gridplan.exchange.meeting.page_map import write_page_map


def test_without_households_it_tells_whom_to_call_and_nothing_else_of_anybody():
    made = write_page_map(content("wall"))
    assert made == write_page_map(content("wall"))
    data = data_of(made)
    assert data["places"] == [[], [], []]
    assert (data["counts_only"], data["called"]) == (True, "联系人")
    assert data["details"]["grids"][0]["leads"] == [{"id": None, "name": "王建国 0519-0000001", "why": None}]
    assert [view["key"] for view in data["views"]] == ["size"]
    assert data["stamp"][0] == content("wall").stamp.status("zh")
    assert "ground" not in data


def test_where_it_tells_how_contact_stands_it_names_nobody():
    of = content("meeting")
    data = data_of(write_page_map(of))
    assert data["called"] is None
    assert {grid["properties"]["lead"] for grid in data["objects"]["grids"]["geometries"]} == {None}
    assert not any(grid["leads"] for grid in data["details"]["grids"])
    assert [view["key"] for view in data["views"]] == ["size", *(view.key for view in of.contact.views)]
    told = dict(data["details"]["villages"][0]["contact"])
    assert told["超期未走访"] == of.contact.villages[0].told_overdue.say("zh")


@pytest.mark.parametrize("with_ground", [False, True])
def test_planners_have_everything_and_the_ground_only_if_they_ask_for_it(with_ground):
    road = Ground(roads=(shapely.LineString([(119.43, 31.41), (119.44, 31.42)]),))
    data = data_of(write_page_map(replace(content("planner"), town=town(), ground=road), with_ground=with_ground))
    assert sum(len(at["households"]) for places in data["places"] for at in places) == 882
    assert [one["kind"] for one in data.get("ground", ())] == ["road"] * with_ground
