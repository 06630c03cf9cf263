"""What the single-file map tells of villages and grids: who leads, what borders on what, what is wrong."""

import shapely
from sample_towns import town
from service import peopled_town

from gridplan.exchange.map_details import bordering, map_details


def test_grids_border_on_those_that_share_a_side_and_not_on_those_that_share_a_corner():
    side = 0.001
    squares = [shapely.box(x * side, y * side, (x + 1) * side, (y + 1) * side) for y in range(3) for x in range(3)]
    assert bordering(squares, [4]) == [[1, 3, 5, 7]]
    assert bordering(squares, [0]) == [[1, 3]]
    assert bordering([squares[0], None, squares[1]], [0]) == [[2]]
    assert bordering([None, *squares], [0]) == [[]]


def test_outlines_that_differ_in_the_last_digit_border_on_each_other():
    left, right = shapely.box(0, 0, 0.001, 0.001), shapely.box(0.001004, 0, 0.002, 0.001)
    assert bordering([left, right], [0]) == [[1]]


def test_neighbours_are_mutual_and_people_come_with_their_reasons():
    plan = peopled_town(town())
    told = map_details(plan, "en")
    grids = iter(told["grids"])
    for village in plan.villages:
        near = {grid.number: set(next(grids)["neighbours"]) for grid in village.grids}
        assert all(number in near[other] for number, others in near.items() for other in others)
    assert [len(told["villages"]), len(told["grids"])] == [5, 73]
    leads = [lead for grid in told["grids"] for lead in grid["leads"]]
    assert leads
    assert all(lead["name"] and lead["why"] for lead in leads)


def test_what_is_wrong_in_a_village_names_its_grid():
    wrong = [one for village in map_details(town(), "en")["villages"] for one in village["wrong"]]
    assert wrong == [{"grid": None, "text": "17 households, more than 15"}]
