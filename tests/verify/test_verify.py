"""A right plan passes verify; a plan with one thing broken is caught, by the rule and at the place."""

import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_plan import (
    FRAME,
    HEIGHT,
    WIDTH,
    Layers,
    both,
    boundary,
    degrees,
    drop,
    extra_grid,
    many_grids_in_the_group_of_ash,
    outline,
    put,
    repeat,
    right_plan,
    swap,
    walk,
    with_contacts,
    with_exception,
    with_groups,
    with_shortage,
    with_small_village,
    write,
)

from gridplan.errors import InputRefused
from gridplan.verify import Finding, verify
from gridplan.words import LANGS, catalogue


def check(layers: Layers, tmp_path: Path) -> tuple[Finding, ...]:
    return verify(write(layers, tmp_path / "plan.gpkg"))


def broken(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.rule for finding in findings if not finding.is_note}


def noted(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.rule for finding in findings if finding.is_note}


BOW_TIE = degrees(shapely.Polygon([(0, 0), (WIDTH, HEIGHT), (WIDTH, 0), (0, HEIGHT)]))
NO_POINT = put("households", "geometry", "h00", None)

# what is broken: (the change, the rules that must speak and no others, a place one of the findings must name)
CORRUPTIONS = {
    "party group too small, nobody says why": (
        both(with_groups, put("party_groups", "reason", "Ash", None)),
        {"group_size"},
        "Ash",
    ),
    "party group of a size that needs no reason": (
        both(with_groups, many_grids_in_the_group_of_ash),
        {"group_needless", "grid_empty", "village_grids", "outline_missing"},
        "Ash",
    ),
    "party group of another number of grids": (
        both(with_groups, put("party_groups", "grids", "Ash", 3)),
        {"group_grids"},
        "Ash",
    ),
    "head of a party group nobody knows": (
        both(with_groups, put("party_groups", "head", "Ash", "m9")),
        {"group_head"},
        "m9",
    ),
    "grid in a party group that is not there": (
        both(with_groups, put("grids", "group_number", "Ash-01", 2.0)),
        {"grid_group", "group_grids"},
        "Ash-01",
    ),
    "grid in no party group": (
        both(with_groups, put("grids", "group_number", "Ash-01", np.nan)),
        {"grid_group", "group_grids"},
        "Ash-01",
    ),
    "party group twice": (both(with_groups, repeat("party_groups", "Ash")), {"group_repeated"}, "Ash"),
    "household twice": (repeat("households", "h00"), {"repeated"}, "h00"),
    "household in two grids": (
        both(repeat("households", "h00"), put("households", "grid_id", "h00", "Ash-02")),
        {"repeated", "grid_size", "split", "grid_walk", "village_walk", "household_astray"},
        "Ash-02",
    ),
    "household without code": (
        put("households", "household_id", "h00", None),
        {"blank", "grid_size", "village_households", "grid_walk", "village_walk"},
        "Ash-01",
    ),
    "household without grid": (
        put("households", "grid_id", "h00", None),
        {"household_left_out", "grid_size", "grid_walk", "village_walk"},
        "h00",
    ),
    "household in a grid nobody knows": (
        put("households", "grid_id", "h00", "Ash-09"),
        {"grid_unknown", "grid_size", "grid_walk", "village_walk"},
        "Ash-09",
    ),
    "household in the neighbouring grid": (
        put("households", "grid_id", "h00", "Ash-02"),
        {"grid_size", "split", "grid_walk", "village_walk", "household_astray"},
        "h00",
    ),
    "household of another village": (
        put("households", "village", "h00", "Birch"),
        {"grid_crosses", "village_households", "grid_walk", "village_walk"},
        "Birch",
    ),
    "household of a village nobody knows": (
        put("households", "village", "h00", "Elm"),
        {"village_unknown", "grid_crosses", "village_households", "grid_walk", "village_walk"},
        "Elm",
    ),
    "household in a grid of another village": (
        put("households", "grid_id", "h00", "Cedar-01"),
        {"grid_crosses", "grid_size", "grid_walk", "village_walk"},
        "Cedar-01",
    ),
    "household without position": (NO_POINT, {"household_position", "grid_walk", "village_walk"}, "h00"),
    "household off the earth": (
        put("households", "geometry", "h00", shapely.Point(380, 95)),
        {"household_position", "grid_walk", "village_walk"},
        "h00",
    ),
    "household moved away": (
        put("households", "geometry", "h00", degrees(shapely.Point(10, 75))),
        {"household_astray", "split", "grid_walk", "village_walk"},
        "h00",
    ),
    "grid twice": (repeat("grids", "Birch-02"), {"repeated"}, "Birch-02"),
    "grid missing": (
        drop("grids", "Birch-02"),
        {"grid_unknown", "village_grids", "tiling", "village_walk", "bound_above_walk"},
        "Birch-02",
    ),
    "grid of another village": (
        put("grids", "village", "Birch-02", "Cedar"),
        {"grid_crosses", "number_repeated", "village_grids", "tiling"}
        | {"grid_walk", "village_walk", "bound_above_walk"},
        "Birch-02",
    ),
    "grid of a village nobody knows": (
        put("grids", "village", "Birch-02", "Elm"),
        {"grid_village_unknown", "grid_crosses", "village_grids", "tiling", "village_walk", "bound_above_walk"},
        "Birch-02",
    ),
    "grid without households": (extra_grid, {"grid_empty", "household_astray"}, "Ash-03"),
    "number used twice": (put("grids", "number", "Cedar-02", 1), {"number_repeated"}, "Cedar-01, Cedar-02"),
    "size wrong": (put("grids", "size", "Cedar-02", 13), {"grid_size"}, "Cedar-02"),
    "size blank": (put("grids", "size", "Cedar-02", float("nan")), {"blank"}, "grids"),
    "walk of a grid wrong": (put("grids", "walk_m", "Cedar-02", 300.0), {"grid_walk"}, "Cedar-02"),
    "village twice": (repeat("villages", "Birch"), {"repeated"}, "Birch"),
    "village missing": (
        drop("villages", "Birch"),
        {"village_unknown", "grid_village_unknown"},
        "Birch",
    ),
    "households of a village wrong": (put("villages", "households", "Birch", 25), {"village_households"}, "Birch"),
    "grids of a village wrong": (put("villages", "grids", "Birch", 3), {"village_grids"}, "Birch"),
    "walk of a village wrong": (put("villages", "walk_m", "Birch", 9e9), {"village_walk"}, "Birch"),
    "bound above the walk": (put("villages", "lower_bound_m", "Birch", 9e9), {"bound_above_walk"}, "Birch"),
    "gap wrong": (put("villages", "gap", "Birch", 0.1), {"gap"}, "Birch"),
    "gap blank beside a bound": (put("villages", "gap", "Birch", float("nan")), {"gap"}, "Birch"),
    "grids larger than asked for": (put("villages", "max_size", "Ash", 11), {"size"}, "Ash-01"),
    "grids smaller than asked for": (put("villages", "min_size", "Ash", 13), {"size"}, "Ash-01"),
    "bounds nothing can keep": (put("villages", "min_size", "Ash", 16), {"bounds"}, "Ash"),
    "bounds of nothing": (put("villages", "min_size", "Ash", 0), {"bounds"}, "Ash"),
    "grid in two places": (
        swap("h03", "h20"),
        {"split", "grid_walk", "village_walk", "household_astray"},
        "Ash-02",
    ),
    "outline missing": (put("grids", "geometry", "Ash-01", None), {"outline_missing"}, "Ash-01"),
    "outline empty": (put("grids", "geometry", "Ash-01", shapely.Polygon()), {"outline_missing"}, "Ash-01"),
    "outline crossing itself": (put("grids", "geometry", "Ash-01", BOW_TIE), {"outline_invalid"}, "Ash-01"),
    "boundary missing": (put("villages", "geometry", "Ash", None), {"boundary_missing"}, "Ash"),
    "boundary crossing itself": (put("villages", "geometry", "Ash", BOW_TIE), {"boundary_invalid"}, "Ash"),
    "outlines overlapping in a village": (
        outline("Ash-01", 0, 0, WIDTH, HEIGHT + 0.04),
        {"outlines_overlap", "coverage"},
        "Ash-02",
    ),
    "outlines overlapping by a hair": (outline("Ash-01", 0, 0, WIDTH, HEIGHT + 0.005), {"coverage"}, "Ash-01"),
    "outlines overlapping between villages": (
        both(outline("Ash-01", 0, 0, WIDTH + 0.04, HEIGHT), boundary("Birch", WIDTH + 0.04, 0, 2 * WIDTH, 2 * HEIGHT)),
        {"outlines_overlap"},
        "Birch-01",
    ),
    "outlines leaving a blank": (outline("Ash-02", 0, HEIGHT, WIDTH, 2 * HEIGHT - 1), {"tiling"}, "Ash"),
    "outlines beyond the boundary": (boundary("Ash", 0, 0, WIDTH, 2 * HEIGHT - 1), {"tiling"}, "Ash"),
    "boundaries overlapping": (
        boundary("Ash", 0, 0, WIDTH + 0.05, 2 * HEIGHT),
        {"boundaries_overlap"},
        "Birch",
    ),
    "exception without need": (
        lambda layers: with_exception(layers, village="Ash", households=24),
        {"exception_needless"},
        "Ash",
    ),
    "exception of a hamlet without need": (
        lambda layers: with_exception(layers, village="Ash", hamlet="Upper Ash", households=24),
        {"exception_needless"},
        "Upper Ash",
    ),
    "exception of nobody": (
        lambda layers: with_exception(layers, village="Ash", household_id="h99", households=1),
        {"exception_unknown"},
        "h99",
    ),
    "exception without reason": (
        lambda layers: with_exception(with_small_village(layers), village="Dale", households=5, reason=None),
        {"blank"},
        "reason",
    ),
    "exception counted wrong": (
        lambda layers: with_exception(with_small_village(layers), village="Dale", hamlet="Lone Dale", households=4),
        {"exception_households"},
        "Dale",
    ),
    "exception for sizes that could be kept": (
        both(
            put("villages", "min_size", "Ash", 8),
            put("villages", "max_size", "Ash", 11),
            lambda layers: with_exception(layers, village="Ash", households=24),
        ),
        {"size"},
        "Ash-02",
    ),
    "small village without exception": (
        lambda layers: layers.update(with_small_village(layers), exceptions=layers["exceptions"].iloc[:0]),
        {"size"},
        "Dale-01",
    ),
    "two leads": (
        lambda layers: repeat("assignments", "Ash-01")(with_contacts(layers)),
        {"grid_leads"},
        "Ash-01",
    ),
    "no lead": (lambda layers: drop("assignments", "Ash-01")(with_contacts(layers)), {"grid_leads"}, "Ash-01"),
    "a shortage where there is a lead": (
        lambda layers: with_shortage(with_contacts(layers), "Ash-01"),
        {"shortage_needless"},
        "Ash-01",
    ),
    "lead nobody knows": (
        lambda layers: put("assignments", "member_id", "Ash-01", "m99")(with_contacts(layers)),
        {"assignment_member"},
        "m99",
    ),
    "lead of a grid nobody knows": (
        lambda layers: put("assignments", "grid_id", "Ash-01", "Ash-09")(with_contacts(layers)),
        {"assignment_grid", "grid_leads"},
        "Ash-09",
    ),
}


def test_a_grid_without_a_lead_that_is_listed_as_a_shortage_is_noted(tmp_path):
    layers = with_shortage(with_contacts(right_plan()), "Ash-01")
    drop("assignments", "Ash-01")(layers)
    assert [(finding.rule, finding.is_note) for finding in check(layers, tmp_path)] == [("grid_short", True)]


def test_a_right_plan_has_no_findings(tmp_path):
    assert check(right_plan(), tmp_path) == ()


def test_a_right_plan_with_members_has_no_findings(tmp_path):
    assert check(with_contacts(right_plan()), tmp_path) == ()


@pytest.mark.parametrize("case", CORRUPTIONS)
def test_one_thing_broken_is_found_by_its_rules_and_at_its_place(case, tmp_path):
    change, rules, place = CORRUPTIONS[case]
    layers = right_plan()
    change(layers)
    findings = check(layers, tmp_path)
    assert broken(findings) == rules
    for lang in LANGS:
        assert any(place in finding.message.say(lang) for finding in findings)


def test_a_listed_exception_is_a_note(tmp_path):
    findings = check(with_small_village(right_plan()), tmp_path)
    assert broken(findings) == set()
    assert [(finding.rule, finding.village, finding.grid_id) for finding in findings] == [
        ("size_listed", "Dale", "Dale-01")
    ]


def test_an_exception_of_a_hamlet_excuses_its_grid_though_the_village_could_be_cut(tmp_path):
    layers = with_exception(right_plan(), village="Ash", hamlet="Upper Ash", households=24)
    both(put("villages", "min_size", "Ash", 8), put("villages", "max_size", "Ash", 11))(layers)
    findings = check(layers, tmp_path)
    assert broken(findings) == set()
    assert [finding.grid_id for finding in findings] == ["Ash-01", "Ash-02"]


def leave_out(layers: Layers) -> None:
    """Take the household h00 out of its grid, with all that is counted of it."""
    rest = layers["households"]["geometry"][1:12]
    metres = walk(FRAME.to_metres([(point.x, point.y) for point in rest]))
    total = metres + float(layers["grids"]["walk_m"][1])
    both(
        put("households", "grid_id", "h00", None),
        put("grids", "size", "Ash-01", 11),
        put("grids", "walk_m", "Ash-01", metres),
        put("villages", "walk_m", "Ash", total),
        put("villages", "gap", "Ash", 0.0),
        put("villages", "lower_bound_m", "Ash", total),
    )(layers)


@pytest.mark.parametrize(
    "names", [{"household_id": "h00", "households": 1}, {"hamlet": "Upper Ash", "households": 24}, {"households": 24}]
)
def test_a_household_in_no_grid_is_a_note_where_an_exception_names_it_or_its_place(names, tmp_path):
    layers = right_plan()
    leave_out(layers)
    assert broken(check(layers, tmp_path)) == {"household_left_out"}
    findings = check(with_exception(layers, village="Ash", **names), tmp_path)
    assert (broken(findings), noted(findings)) == (set(), {"left_out_listed"})


def test_a_grid_listed_as_not_connected_is_a_note(tmp_path):
    layers = right_plan()
    swap("h03", "h20")(layers)
    put("grids", "connected", "Ash-01", False)(layers)
    findings = check(layers, tmp_path)
    assert "split" not in broken(findings)
    assert [finding.grid_id for finding in findings if finding.is_note] == ["Ash-01"]


def test_a_household_outside_its_village_is_a_note_counted_by_village(tmp_path):
    layers = right_plan()
    boundary("Ash", 5, 0, WIDTH, 2 * HEIGHT)(layers)
    both(outline("Ash-01", 15, 0, WIDTH, HEIGHT), outline("Ash-02", 15, HEIGHT, WIDTH, 2 * HEIGHT))(layers)
    boundary("Ash", 15, 0, WIDTH, 2 * HEIGHT)(layers)
    findings = check(layers, tmp_path)
    assert broken(findings) == set()
    assert [finding.message.say() for finding in findings] == [
        "6 households of village Ash lie outside the boundary of the village."
    ]


@pytest.mark.parametrize(
    ("said", "violations", "notes"),
    [
        ([], {"pieces"}, set()),
        ([("Ash-01", 1)], {"pieces"}, set()),
        ([("Ash-01", 2)], set(), {"pieces_listed"}),
        ([("Ash-01", 3)], set(), {"pieces_listed"}),
    ],
    ids=str,
)
def test_an_outline_in_pieces_is_a_violation_unless_the_plan_says_so(tmp_path, said, violations, notes):
    layers = right_plan()
    strip = shapely.box(0, 2 * HEIGHT - 3, WIDTH, 2 * HEIGHT)
    put("grids", "geometry", "Ash-01", degrees(shapely.union(shapely.box(0, 0, WIDTH, HEIGHT), strip)))(layers)
    outline("Ash-02", 0, HEIGHT, WIDTH, 2 * HEIGHT - 3)(layers)
    if said:
        layers["grids"]["pieces"] = 1
        put("grids", "pieces", *said[0])(layers)
    (finding,) = check(layers, tmp_path)
    assert (finding.grid_id, finding.message.values["n"]) == ("Ash-01", 2)
    assert (broken([finding]), {finding.rule} - broken([finding])) == (violations, notes)


def test_an_outline_may_be_in_pieces_where_the_village_is(tmp_path):
    layers = right_plan()
    island = shapely.box(-500, 0, -450, 50)
    for layer, key in (("grids", "Ash-01"), ("villages", "Ash")):
        rows = layers[layer]
        whole = FRAME.shape_to_metres(rows["geometry"][rows.iloc[:, 0] == key].iloc[0])
        put(layer, "geometry", key, degrees(shapely.union(whole, island)))(layers)
    assert check(layers, tmp_path) == ()


def test_households_on_one_spot_or_in_a_line_are_connected(tmp_path):
    layers = right_plan()
    homes = layers["households"]
    for i in range(24):  # Ash: two grids on one spot on the line they share
        homes.at[i, "geometry"] = degrees(shapely.Point(40, HEIGHT))
    for i in range(24, 48):  # Birch: along a line, one grid after the other
        homes.at[i, "geometry"] = degrees(shapely.Point(120, (i - 24 + 0.5) * 5))
    assert not broken(check(layers, tmp_path)) & {"split", "household_astray"}
    swap("h24", "h47")(layers)
    assert {f.grid_id for f in check(layers, tmp_path) if f.rule == "split"} == {"Birch-01", "Birch-02"}


def test_a_grid_over_far_neighbours_around_the_end_of_a_river_is_split(tmp_path):
    layers = right_plan()
    homes = layers["households"]
    far, near = [(9000, 4000), (9000, -4000)], [(-3000, 200), (3000, 200), (-3000, -200), (3000, -200)]
    spots = np.repeat(far, 10, axis=0).tolist() + near
    spots = np.add(spots, np.random.default_rng(19).normal(0, 30, (24, 2)))[
        [*range(6), *range(10, 16), *range(6, 10), *range(16, 24)]
    ]
    for i, spot in enumerate(spots):
        homes.at[i, "geometry"] = degrees(shapely.Point(spot))
    river = shapely.LineString([(-9000, 0), (4000, 0)])
    found = {}
    for kind in ("barrier", "crossing"):
        layers["barriers"] = gpd.GeoDataFrame({"kind": [kind]}, geometry=[degrees(river)])
        found[kind] = {f.grid_id for f in check(layers, tmp_path) if f.rule == "split"} & {"Ash-01"}
    assert found == {"barrier": {"Ash-01"}, "crossing": set()}


def test_both_diagonals_of_a_square_connect(tmp_path):
    layers = right_plan()
    swap("h11", "h15")(layers)  # corners of one cell of the lattice: h08 h09 h10 h11 under h12 h13 h14 h15
    swap("h10", "h15")(layers)
    grids = {f.grid_id for f in check(layers, tmp_path) if f.rule == "split"}
    assert grids == set()


def test_many_faults_of_one_rule_are_told_as_a_number(tmp_path):
    layers = right_plan()
    layers["households"]["grid_id"] = None
    said = [finding.message.say() for finding in check(layers, tmp_path) if finding.rule == "household_left_out"]
    assert len(said) == 21
    assert said[-1] == "and 52 more like these"


def test_a_party_group_that_says_why_it_is_too_small_is_right(tmp_path):
    assert check(with_groups(right_plan()), tmp_path) == ()


def test_violations_come_before_notes(tmp_path):
    layers = with_small_village(right_plan())
    put("grids", "size", "Cedar-02", 13)(layers)
    assert [finding.is_note for finding in check(layers, tmp_path)] == [False, True]


def test_names_are_text_whatever_they_look_like(tmp_path):
    layers = right_plan()
    for rows in layers.values():
        for column in {"village", "grid_id", "household_id"} & set(rows):
            rows[column] = [f"{{n}} %s <b>{value}</b>" for value in rows[column]]
    assert check(layers, tmp_path) == ()
    layers["grids"].loc[0, "size"] = 13
    assert "{n} %s <b>Ash-01</b>" in check(layers, tmp_path)[0].message.say("zh")


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.integers(0, 71), st.integers(0, 5)), min_size=1, max_size=6))
def test_any_household_in_another_grid_is_found(tmp_path, moves):
    layers = right_plan()
    grid_ids, homes = layers["grids"]["grid_id"], layers["households"]
    before = homes["grid_id"].copy()
    for household, grid in moves:
        homes.at[household, "grid_id"] = grid_ids[grid]
    moved = set(before[before != homes["grid_id"]]) | set(homes["grid_id"][before != homes["grid_id"]])
    findings = check(layers, tmp_path)
    assert bool(broken(findings)) == bool(moved)
    assert {finding.grid_id for finding in findings} - {None} <= moved


@pytest.mark.parametrize("layer", ["households", "grids", "villages", "exceptions"])
def test_a_missing_layer_is_named(layer, tmp_path):
    layers = right_plan()
    del layers[layer]
    with pytest.raises(InputRefused, match=f"no layer {layer}"):
        check(layers, tmp_path)


@pytest.mark.parametrize(
    ("layer", "column"),
    [("households", "household_id"), ("grids", "walk_m"), ("villages", "gap"), ("exceptions", "options")],
)
def test_a_missing_column_is_named(layer, column, tmp_path):
    layers = right_plan()
    layers[layer] = layers[layer].drop(columns=column)
    with pytest.raises(InputRefused, match=f"Layer {layer} .* no column {column}"):
        check(layers, tmp_path)


def test_a_layer_without_shapes_is_refused(tmp_path):
    layers = right_plan()
    layers["grids"] = layers["grids"].drop(columns="geometry")
    with pytest.raises(InputRefused, match=r"Layer grids .* no column geometry"):
        check(layers, tmp_path)


def test_a_layer_in_metres_is_refused(tmp_path):
    path = write(right_plan(), tmp_path / "plan.gpkg")
    grids = pyogrio.read_dataframe(path, layer="grids").to_crs(32649)
    pyogrio.write_dataframe(grids, path, layer="grids", driver="GPKG")
    with pytest.raises(InputRefused, match=r"Layer grids .* EPSG:4326"):
        verify(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="no file"):
        verify(tmp_path / "plan.gpkg")
    with pytest.raises(InputRefused, match="no file"):
        verify(tmp_path)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"SQLite format 3\0" + bytes(100)])
def test_a_file_that_is_not_a_geopackage_is_refused(content, tmp_path):
    path = tmp_path / "plan.gpkg"
    path.write_bytes(content)
    with pytest.raises(InputRefused, match="not a GeoPackage"):
        verify(path)


def test_a_geopackage_cut_short_is_refused(tmp_path):
    path = write(right_plan(), tmp_path / "plan.gpkg")
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InputRefused, match="not a GeoPackage"):
        verify(path)


def test_an_ordinary_database_is_refused(tmp_path):
    path = tmp_path / "plan.gpkg"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE households (household_id TEXT)")
    database.close()
    with pytest.raises(InputRefused, match="not a GeoPackage"):
        verify(path)


def test_every_rule_has_its_corruption_or_its_note():
    ids = [message.id if isinstance(message.id, str) else message.id[0] for message in catalogue("en")]
    known = {code.removeprefix("verify.") for code in ids if code.startswith("verify.")}
    refusals = {"no_file", "not_geopackage", "layer_missing", "column_missing", "not_degrees", "more", "no_report"}
    notes = {"size_listed", "left_out_listed", "split_listed", "households_outside", "pieces", "pieces_listed"}
    notes |= {
        "grid_short",
        "not_drawn",
        "grid_leads_listed",
        "grid_across_listed",
    }  # tests/planning/test_hamlet_places.py, tests/planning/test_existing_plan.py
    across = {"grid_across"}
    of_partitions = {f"partition_{rule}" for rule in ("sum", "none", "no_rows", "rows", "twice", "lost")}
    tested_elsewhere = across | of_partitions  # tests/planning/test_partitions.py
    assert known == refusals | notes | tested_elsewhere | set().union(*(rules for _, rules, _ in CORRUPTIONS.values()))


@pytest.mark.parametrize(("far", "is_told"), [(6, True), (4, False)])
def test_a_grid_across_ten_kilometres_in_which_nobody_lives_may_be_of_two_villages_of_one_name(tmp_path, far, is_told):
    layers = right_plan()
    homes = layers["households"].copy()
    homes["geometry"] = [
        shapely.transform(shape, lambda lonlat: lonlat + (0, 0.11)) if at < far else shape
        for at, shape in enumerate(homes["geometry"])
    ]
    told = [one for one in check({**layers, "households": homes}, tmp_path) if one.rule == "grid_across"]
    assert [(one.grid_id, one.message.values["n"], one.is_note) for one in told] == [("Ash-01", far, False)] * is_told
