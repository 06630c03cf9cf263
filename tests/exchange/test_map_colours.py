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

DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
"""What is seen of linear red, green and blue (Machado, Oliveira and Fernandes 2009)."""
STYLES = Path(__file__).parents[2] / "web" / "static_src" / "palette.css"


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
        "Not known (no positions)"
    ] * 32
    nothing = map_colours.by_walk(TownPlan((bare,)), "en")
    assert set(nothing.of_grid) == {1}


@given(st.lists(st.floats(1, 1e5), max_size=60))
def test_breaks_are_round_and_leave_no_class_nearly_empty(values):
    breaks = map_colours.round_breaks(values)
    assert breaks == sorted(set(breaks))
    counts = np.bincount(np.searchsorted(breaks, values, side="right"), minlength=len(breaks) + 1)
    assert not breaks or counts.min() >= len(values) / len(counts) / 3
    assert all(edge < 1000 or edge % 100 == 0 for edge in breaks)


@pytest.mark.parametrize(
    ("values", "breaks"),
    [
        (range(140, 660), [200, 300, 500, 600]),
        ([80, 95, 110, 130, 150, 165, 180, 210, 240, 900], [100, 140, 180, 220]),
        ([300, 700, 950, 1240, 1810, 2600, 5200], [800, 1000, 1600, 2400]),
        ([410.0] * 30, []),
        ([], []),
    ],
)
def test_breaks_are_as_round_as_five_filled_classes_allow(values, breaks):
    assert map_colours.round_breaks([*values]) == breaks


def style_variables(scheme):
    """Return the colours of the style sheet by name; a dark screen changes some of the light ones."""
    light, dark = re.findall(r":root[^{]*\{([^}]*color-scheme: [^}]*)\}", STYLES.read_text(encoding="utf-8"))
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", light))
    return found if scheme == "light" else found | dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", dark))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_style_sheet_has_the_colours_of_the_palette(scheme):
    variables = style_variables(scheme)
    shared = ["ink", "quiet", "accent", "broken", "paper", "ground", "halo", "hatching"]
    assert {name: variables[name] for name in shared} == {name: PALETTE[scheme][name] for name in shared}


def test_styles_have_no_colours_but_those_that_a_dark_screen_changes():
    rules = [re.sub(r"--[\w-]+: #\w+;", "", sheet.read_text(encoding="utf-8")) for sheet in STYLES.parent.glob("*.css")]
    assert [found for rule in rules for found in re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(", rule)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_written_is_read_on_every_ground_it_is_written_on(scheme):
    variables = style_variables(scheme)
    grounds = {
        "ink": ["paper", "ground", "hover", "chosen", "notice-ground", "broken-ground", "due-ground"],
        "quiet": ["paper", "ground", "hover", "chosen"],
        "accent": ["paper", "ground", "hover", "chosen", "notice-ground", "broken-ground", "due-ground"],
        "broken": ["paper", "ground", "hover", "chosen", "broken-ground"],
        "good": ["paper", "ground", "hover"],
        "doubt": ["paper", "ground", "hover", "due-ground"],
        "on-accent": ["accent", "accent-hover", "good"],
    }
    faint = {
        (text, ground): round(found, 2)
        for text, on in grounds.items()
        for ground in on
        if (found := contrast(variables[text], variables[ground])) < 4.5
    }
    assert faint == {}
    for mark in ["edge", "accent", "due", "hatching"]:  # borders of fields, and what shows where the keyboard is
        assert all(contrast(variables[mark], variables[ground]) >= 3 for ground in ["paper", "ground"]), mark


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_classes_are_told_apart_in_grey_and_by_eyes_that_see_no_green(scheme):
    ramp = np.array([linear(colour) for colour in PALETTE[scheme]["ramp"]])
    for seen in (ramp, np.clip(ramp @ DEUTERANOPIA.T, 0, 1)):
        lightness = np.array([116 * luminance(light) ** (1 / 3) - 16 for light in seen])
        steps = np.diff(lightness) * np.sign(lightness[-1] - lightness[0])
        assert steps.min() > 8, lightness


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_outlines_and_numbers_are_seen_on_every_colour_of_a_grid(scheme):
    palette = PALETTE[scheme]
    tints = [tint["fill"] for tint in palette["tints"]]
    fills = tints + palette["ramp"]
    assert [fill for fill in tints if contrast(fill, palette["ramp_line"]) < 3] == []
    assert [fill for fill in fills if contrast(fill, palette["ramp_line"]) < 1.9] == []
    assert contrast(palette["ink"], palette["halo"]) > 7  # a number is never without it
    assert [fill for fill in fills if contrast(fill, palette["ink"]) < 3] == []


def linear(colour):
    """Return the light of red, green and blue in a colour, from 0 to 1."""
    values = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def luminance(light):
    return float(light @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    """Return the contrast ratio of WCAG."""
    darker, lighter = sorted(luminance(linear(colour)) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)
