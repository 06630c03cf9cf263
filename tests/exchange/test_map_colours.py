"""Colours of the map: neighbours differ, breaks are round, and one palette serves Python, scripts and styles."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_towns import town
from service import peopled_town

from gridplan.exchange import map_colours
from gridplan.exchange.map_colours import PALETTE, tints
from gridplan.model import TownPlan

STYLES = Path(__file__).parents[2] / "web" / "static_src" / "common.css"


def neighbours(outlines):
    pairs = shapely.STRtree(outlines).query(outlines, predicate="intersects").T
    return [(one, other) for one, other in pairs.tolist() if one < other]


def test_neighbouring_grids_differ_in_colour_also_across_villages():
    outlines = [grid.outline for village in town().villages for grid in village.grids]
    colours = tints(outlines)
    assert [(a, b) for a, b in neighbours(outlines) if colours[a] == colours[b]] == []
    assert set(colours) == set(range(6))


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 80), st.integers(0, 10_000))
def test_six_colours_are_enough_for_any_tiling(count, seed):
    points = shapely.multipoints(np.random.default_rng(seed).random((count, 2)))
    outlines = list(shapely.get_parts(shapely.voronoi_polygons(points)))
    colours = tints(outlines)
    assert all(colours[a] != colours[b] for a, b in neighbours(outlines))


def test_a_grid_that_is_not_drawn_has_a_walk_that_nobody_knows():
    first, *others = peopled_town().villages
    bare = replace(first, grids=tuple(replace(grid, walk_m=None, outline=None) for grid in first.grids))
    unknown = map_colours.by_walk(TownPlan((bare, *others)), "en")
    assert [unknown.classes[index].text.say("en") for index in unknown.of_grid[:32]] == [
        "not known (no positions)"
    ] * 32
    nothing = map_colours.by_walk(TownPlan((bare,)), "en")
    assert set(nothing.of_grid) == {1}


@given(st.lists(st.floats(0.1, 1e6), max_size=60))
def test_breaks_are_round_rising_and_within_the_values(values):
    breaks = map_colours.round_breaks(values)
    assert len(breaks) <= 4
    assert breaks == sorted(set(breaks))
    for edge in breaks:
        assert min(values) < edge <= max(values)
        assert len(f"{edge:.10g}".replace(".", "").strip("0")) <= 2


@pytest.mark.parametrize("name", ["ink", "quiet", "accent", "broken", "paper"])
def test_the_style_sheet_has_the_colours_of_the_palette(name):
    assert re.search(rf"--{name}: (#[0-9a-f]+);", STYLES.read_text(encoding="utf-8"))[1] == PALETTE[name]
