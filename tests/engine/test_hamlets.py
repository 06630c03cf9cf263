"""Hamlets: kept whole where that costs little, always or never; what it costs is worked out anew here."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.engine.cutting import Cutting
from gridplan.engine.ground.barriers import Barriers
from gridplan.engine.hamlets import WORTH_PER_HOUSEHOLD, keep_hamlets_whole
from gridplan.engine.model.deadline import Deadline
from gridplan.engine.model.feasible import feasible_grids
from gridplan.engine.model.proximity import Locations, adjacency
from gridplan.engine.model.settings import EFFORTS, Settings, never
from gridplan.engine.sides import Sides
from gridplan.engine.solve import draw, solve
from gridplan.engine.village import NO_HAMLET, VillageData
from gridplan.model import Household, SplitHamlets
from gridplan.planning.county import PlanSettings
from gridplan.planning.town import plan_town
from gridplan.rules import split_note

GROUND = shapely.box(-2000, -2000, 2000, 2000)


def settled(*hamlets, spread=40, seed=0):
    """Households of hamlets (size, east, north), and the number of the hamlet of each."""
    random = np.random.default_rng(seed)
    xy = [random.normal(0, spread, (size, 2)) + (east, north) for size, east, north in hamlets]
    return np.vstack(xy).round(4), np.repeat(np.arange(len(hamlets)), [size for size, *_ in hamlets])


def cut(xy, hamlet, mode, *, ground=GROUND, barriers=None, **asked):
    return solve(VillageData(xy, ground, barriers, hamlet), fast(hamlets=mode, **asked), seed=0)


def fast(**asked):
    return Settings(effort="fast", bound=False, **asked)


def drawn(xy, grid):
    return draw(VillageData(xy, GROUND), grid, kept=False)


def walk(xy, grid):
    total = 0.0
    for g in range(grid.max() + 1):
        own = xy[grid == g]
        total += np.linalg.norm(own[:, None] - own[None], axis=2).sum(axis=1).min()
    return total


def torn(grid, hamlet):
    """The hamlets that share a grid."""
    sharing = [set(hamlet[grid == g].tolist()) for g in range(grid.max() + 1)]
    return set().union(*(names for names in sharing if len(names) > 1)) - {NO_HAMLET}


TOUCHING = settled((31, 0, 0), (37, 120, 0), (26, 60, 110), spread=45)


@pytest.mark.parametrize("seed", range(4))
def test_hard_keeps_every_hamlet_whole_that_is_cuttable(seed):
    xy, hamlet = settled((31, 0, 0), (37, 120, 0), (26, 60, 110), spread=45, seed=seed)
    found = cut(xy, hamlet, "hard", contiguous=False)
    assert torn(found.grid, hamlet) == set()
    assert (found.uncuttable, found.split_hamlets) == ((), ())
    assert 10 <= np.bincount(found.grid).min() <= np.bincount(found.grid).max() <= 15


def test_ignore_gives_the_grids_of_a_village_without_hamlets():
    xy, hamlet = TOUCHING
    found = cut(xy, hamlet, "ignore")
    np.testing.assert_array_equal(found.grid, solve(VillageData(xy, GROUND), fast(), seed=0).grid)
    assert torn(found.grid, hamlet) != set()


@pytest.mark.parametrize("mode", ["hard", "prefer"])
def test_the_numbers_of_hamlets_make_no_difference(mode):
    xy, hamlet = settled((42, 0, 0), (42, 220, 0), (4, 60, 110), (4, -90, 60), (25, 60, 300), spread=45)
    order = np.random.default_rng(1).permutation(len(xy))
    xy, hamlet = xy[order], hamlet[order]
    one, other = (cut(xy, numbers, mode).grid.tolist() for numbers in (hamlet, np.array([3, 0, 4, 2, 1])[hamlet]))
    assert one == other


def test_hamlets_far_apart_are_whole_anyway_and_nothing_is_said():
    xy, hamlet = settled((24, 0, 0), (30, 900, 0), (26, 0, 900))
    found = cut(xy, hamlet, "prefer")
    assert torn(found.grid, hamlet) == set()
    assert found.split_hamlets == ()


@pytest.mark.parametrize("seed", range(8))
def test_prefer_splits_only_what_it_names_and_only_where_whole_costs_more_than_its_worth(seed):
    xy, hamlet = settled((31, 0, 0), (37, 90, 0), (26, 45, 80), spread=60, seed=seed)
    free, kept, found = (cut(xy, hamlet, mode, contiguous=False) for mode in ("ignore", "hard", "prefer"))
    extra = walk(xy, kept.grid) - walk(xy, free.grid)
    named = {name for split in found.split_hamlets for name in split.hamlets}
    assert torn(found.grid, hamlet) == named
    assert walk(xy, found.grid) <= walk(xy, kept.grid) + 1e-6
    if named:
        assert sum(split.metres for split in found.split_hamlets) == pytest.approx(
            walk(xy, kept.grid) - walk(xy, found.grid)
        )
        assert all(
            split.metres > WORTH_PER_HOUSEHOLD * np.isin(hamlet, split.hamlets).sum() for split in found.split_hamlets
        )
    else:
        assert extra <= WORTH_PER_HOUSEHOLD * len(xy)


@pytest.mark.parametrize("seed", [26, 28])
def test_more_effort_is_never_worse_where_hamlets_are_kept_whole_if_that_is_worth_it(seed):
    xy, hamlet = settled((31, 0, 0), (37, 90, 0), (26, 45, 80), spread=60, seed=seed)
    locations = Locations.distinct(xy)
    edges, together = adjacency(locations.xy), np.zeros(len(xy), np.int64)
    prices = []
    for effort in EFFORTS:
        cutting = Cutting(locations, edges, Settings(effort=effort), 8, 0, never, Deadline(None))
        found = keep_hamlets_whole(hamlet, Sides(edges, together, together), cutting)
        grids = cutting.measure(found.label)
        prices.append((grids.pieces.sum(), grids.walk.sum() + found.worth))
    assert prices == sorted(prices, reverse=True)


def test_a_place_that_costs_too_much_does_not_decide_for_another():
    """Two hamlets far away from here are mixed house by house; the two here are merely beside each other."""
    xy, hamlet = settled((24, 0, 0), (25, 100, 0), (49, 1500, 0), spread=40)
    hamlet[hamlet == 2] = 2 + np.arange(49) % 2
    found = cut(xy, hamlet, "prefer", contiguous=False)
    assert torn(found.grid, hamlet) == {2, 3}
    (split,) = found.split_hamlets
    assert split.hamlets == (2, 3)
    assert split.metres > WORTH_PER_HOUSEHOLD * 49


def test_one_household_amid_another_hamlet_is_not_reached_over_it():
    xy, hamlet = settled((24, 0, 0), (25, 120, 0), spread=20)
    xy[-1] = [0, 0]
    found = cut(xy, hamlet, "prefer")
    assert drawn(xy, found.grid).connected.all()
    assert [(split.hamlets, split.in_pieces) for split in found.split_hamlets] == [((0, 1), True)]
    assert found.split_hamlets[0].metres < WORTH_PER_HOUSEHOLD * len(xy)


def test_hamlets_on_one_spot_are_whole_too():
    xy, hamlet = np.zeros((48, 2)), np.arange(48) % 2
    found = cut(xy, hamlet, "hard", ground=shapely.box(-50, -50, 50, 50))
    assert torn(found.grid, hamlet) == set()


def test_whole_hamlets_that_would_leave_a_grid_in_pieces_are_split_and_that_is_said():
    xy, hamlet = settled((48, 0, 0), spread=60)
    hamlet = np.arange(48) % 2
    found = cut(xy, hamlet, "prefer")
    assert drawn(xy, found.grid).connected.all()
    assert [(split.hamlets, split.in_pieces) for split in found.split_hamlets] == [((0, 1), True)]


def test_a_hamlet_that_is_not_cuttable_joins_its_nearest_neighbour_and_no_other():
    xy, hamlet = settled((30, 0, 0), (7, 200, 0), (25, 1200, 0))
    found = cut(xy, hamlet, "hard")
    assert found.uncuttable == (1,)
    assert torn(found.grid, hamlet) == {0, 1}


def test_two_hamlets_that_are_not_cuttable_make_one_grid_rather_than_mix_with_cuttable_ones():
    xy, hamlet = settled((30, 0, 0), (7, 200, 0), (6, 300, 100), (25, 1200, 0))
    found = cut(xy, hamlet, "hard")
    assert found.uncuttable == (1, 2)
    assert torn(found.grid, hamlet) == {1, 2}


def test_prefer_says_nothing_of_hamlets_that_are_not_cuttable():
    xy, hamlet = settled((30, 0, 0), (7, 200, 0), (25, 1200, 0))
    found = cut(xy, hamlet, "prefer")
    assert found.uncuttable == ()
    assert all(1 not in split.hamlets for split in found.split_hamlets)


def test_households_without_a_hamlet_are_cut_too():
    xy, hamlet = settled((30, 0, 0), (4, 250, 0), (25, 1200, 0))
    hamlet[hamlet == 1] = NO_HAMLET
    found = cut(xy, hamlet, "hard")
    assert found.uncuttable == ()
    assert (found.grid >= 0).all()
    assert torn(found.grid, hamlet) == {0}


def test_a_barrier_through_a_hamlet_goes_before_the_hamlet():
    xy, hamlet = settled((40, 0, 0), (26, 900, 0), spread=90)
    river = Barriers.of([shapely.LineString([(-2000, 100), (450, 100), (450, -2000)])])
    north = xy[:, 1] > 100
    north[hamlet == 1] = False
    assert 0 < north.sum() < 10
    found = cut(xy, hamlet, "hard", barriers=river)
    assert found.uncuttable == (0,)
    assert found.across_barriers == ()
    assert not set(found.grid[north]) & set(found.grid[(hamlet == 0) & ~north])
    assert torn(found.grid, hamlet) == {0, 1}


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**31), st.lists(st.integers(1, 45), min_size=2, max_size=5), st.integers(20, 200))
def test_in_any_mode_every_hamlet_that_shares_a_grid_is_accounted_for(seed, sizes, spread):
    random = np.random.default_rng(seed)
    xy, hamlet = settled(*[(size, *random.uniform(-300, 300, 2)) for size in sizes], spread=spread, seed=seed)
    cuttable = {at for at, size in enumerate(sizes) if 10 <= size <= 15 or size >= 20}
    for mode in ("prefer", "hard"):
        found = cut(xy, hamlet, mode)
        counts = np.bincount(found.grid)
        if len(xy) >= 20 or 10 <= len(xy) <= 15:
            assert 10 <= counts.min() <= counts.max() <= 15
        sharing = torn(found.grid, hamlet)
        if mode == "prefer":
            named = {name for split in found.split_hamlets for name in split.hamlets}
            assert named <= sharing & cuttable
            assert sharing & cuttable == named or len(cuttable) < len(sizes)
        elif len(xy) >= 20:
            assert set(found.uncuttable) == set(range(len(sizes))) - cuttable
            assert len(sharing & cuttable) <= sum(sizes[at] for at in found.uncuttable)


# ---- a fixed number of grids


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 2**31),
    st.lists(st.integers(1, 60), min_size=2, max_size=6),
    st.integers(20, 200),
    st.floats(0, 1),
    st.booleans(),
)
def test_prefer_makes_the_number_of_grids_that_is_asked_for(seed, sizes, spread, where, contiguous):
    random = np.random.default_rng(seed)
    xy, hamlet = settled(*[(size, *random.uniform(-300, 300, 2)) for size in sizes], spread=spread, seed=seed)
    feasible = feasible_grids(len(xy), 10, 15)
    if not feasible:
        return
    asked = feasible[round(where * (len(feasible) - 1))]
    found = cut(xy, hamlet, "prefer", grids=asked, contiguous=contiguous)
    counts = np.bincount(found.grid)
    assert len(counts) == asked
    assert 10 <= counts.min() <= counts.max() <= 15
    cuttable = {at for at, size in enumerate(sizes) if 10 <= size <= 15 or size >= 20}
    named = {name for split in found.split_hamlets for name in split.hamlets}
    assert named <= torn(found.grid, hamlet) & cuttable
    assert len(cuttable) < len(sizes) or named == torn(found.grid, hamlet)


FOUR = ((31, 0, 0), (31, 400, 0), (31, 0, 400), (31, 400, 400))
"""Hamlets that make three grids each if they are whole; for the village 9 are enough."""
FOUR_HAMLETS = settled(*FOUR)


def test_a_number_that_whole_hamlets_cannot_make_splits_them_and_says_by_how_many_grids_they_miss_it():
    xy, hamlet = FOUR_HAMLETS
    found = cut(xy, hamlet, "prefer", grids=9)
    assert found.grid.max() + 1 == 9
    assert torn(found.grid, hamlet) == {name for split in found.split_hamlets for name in split.hamlets} != set()
    assert sum(split.more_grids for split in found.split_hamlets) == 3
    assert cut(xy, hamlet, "prefer", grids=12).split_hamlets == ()


def test_without_a_fixed_number_whole_hamlets_may_make_more_grids_than_the_target():
    xy, hamlet = FOUR_HAMLETS
    found = cut(xy, hamlet, "prefer", target=14)
    assert torn(found.grid, hamlet) == set()
    assert found.grid.max() + 1 == 12


def test_hard_goes_before_the_number_of_grids():
    xy, hamlet = FOUR_HAMLETS
    found = cut(xy, hamlet, "hard", grids=9)
    assert torn(found.grid, hamlet) == set()
    assert found.grid.max() + 1 == 12


# ---- a town


def town(mode, *hamlets, grids=None, leads=None, **choices):
    xy, hamlet = settled(*hamlets, **choices)
    homes = [
        Household(f"h{i}", "柳村", 110.0 + x / 1e5, 35.0 + y / 1.11e5, hamlet=f"{'甲乙丙丁'[at]}组")
        for i, ((x, y), at) in enumerate(zip(xy, hamlet, strict=True))
    ]
    chosen = PlanSettings(effort="fast", bound=False, hamlets=mode, contiguous=False, grids=grids)
    places = None if leads is None else {"柳村": leads}
    return plan_town(homes, (), chosen, workers=1, progress=lambda *_: None, places_to_lead=places)


def test_hard_lists_a_hamlet_that_is_not_cuttable_as_an_exception():
    (exception,) = town("hard", (30, 0, 0), (7, 200, 0), (25, 1200, 0)).town.villages[0].exceptions
    assert (exception.hamlet, exception.households, exception.reason.code) == ("乙组", 7, "hamlet.unfit")
    assert [option.code for option in exception.options] == [
        "exception.accept", "hamlet.option.prefer", "hamlet.option.leave_out",
    ]  # fmt: skip


def test_prefer_says_what_keeping_a_hamlet_whole_costs():
    made = town("prefer", (31, 0, 0), (37, 30, 0), spread=60)
    (split,) = made.town.villages[0].split_hamlets
    assert split.hamlets == ("乙组", "甲组")
    (note,) = made.notes
    assert note.values["metres"] == f"{split.extra_m:+.0f}"
    assert "甲组" in note.say("zh")
    assert f"{split.extra_m:+.0f} m" in note.say("en")
    assert town("ignore", (31, 0, 0), (37, 30, 0), spread=60).town.villages[0].split_hamlets == ()


def test_a_split_says_what_whole_hamlets_cost_where_they_would_leave_a_grid_in_pieces_too():
    (xy, _), hamlet = settled((48, 0, 0), spread=60), np.arange(48) % 2
    found, hard = cut(xy, hamlet, "prefer"), cut(xy, hamlet, "hard")
    (split,) = found.split_hamlets
    assert split.in_pieces
    assert split.metres == pytest.approx(walk(xy, hard.grid) - walk(xy, found.grid))
    note = split_note("柳村", SplitHamlets(("甲组", "乙组"), split.metres, split.in_pieces))
    assert f"{split.metres:+.0f} m and leaves a grid in pieces" in note.say("en")
    assert f"{split.metres:+.0f} 米" in note.say("zh")


def test_hard_says_that_whole_hamlets_make_another_number_of_grids_than_was_asked_for():
    made = town("hard", *FOUR, grids=9)
    assert len(made.town.villages[0].grids) == 12
    (note,) = made.notes
    assert (note.code, note.values["asked"], note.values["made"]) == ("hamlet.number", 9, 12)
    assert town("hard", *FOUR, grids=12).notes == ()


def test_prefer_makes_the_number_of_grids_and_says_what_whole_hamlets_would_make():
    made = town("prefer", *FOUR, grids=9)
    assert len(made.town.villages[0].grids) == 9
    assert {note.code for note in made.notes} == {"hamlet.other_number"}
    assert sum(split.more_grids for split in made.town.villages[0].split_hamlets) == 3


def test_a_number_out_of_bounds_is_not_blamed_on_hamlets():
    assert [note.values["asked"] for note in town("hard", *FOUR, leads=3).notes] == [9]
    assert town("hard", (30, 0, 0), (25, 400, 0), leads=1).notes == ()


def test_with_whole_hamlets_the_bound_is_between_that_of_all_grids_and_the_walk():
    random = np.random.default_rng(11)
    xy = np.vstack([random.normal(at, 60, (32, 2)) for at in ((0, 0), (150, 0), (60, 170))])
    hamlet = np.repeat([0, 1, 2], 32)
    village = VillageData(xy, GROUND, None, hamlet)
    found = solve(village, Settings(effort="standard", hamlets="hard"), seed=0)
    walk = draw(village, found.grid, kept=False).walk.sum()
    assert found.lower_bound < found.whole_hamlets_bound <= walk
    alone = [
        solve(VillageData(xy[at], GROUND), Settings(effort="standard", grids=count), seed=0).lower_bound
        for at, count in ((hamlet == one, len(np.unique(found.grid[hamlet == one]))) for one in range(3))
    ]
    assert found.whole_hamlets_bound == pytest.approx(sum(alone), rel=2e-3)
