"""The demo town: the counts it promises, land that tiles, settlement that looks real, the same bytes every time."""

import csv
import json
from collections import Counter
from dataclasses import astuple
from functools import cache

import numpy as np
import pytest
import shapely
from shapely import STRtree
from shapely.geometry import shape

from gridplan.coordinates import LocalFrame
from gridplan.demo import make_town, write_town
from gridplan.demo.definition import definition_path, read_definition

pytestmark = pytest.mark.slow

MEMBER_HEADERS = (
    "member_id", "name", "kind", "village", "hamlet", "lon", "lat", "max_grids", "available", "ties",
)  # fmt: skip
FRAME = LocalFrame(111.1, 38.0)


made = cache(make_town)


@pytest.fixture(scope="module")
def town(demo_town):
    return demo_town


@pytest.fixture(scope="module", params=[0, 7])
def any_town(request):
    return made(seed=request.param) if request.param else request.getfixturevalue("demo_town")


@pytest.fixture(scope="module")
def files(town, tmp_path_factory):
    return write_town(town, tmp_path_factory.mktemp("demo") / "lists")


def positions(households):
    return FRAME.to_metres([(household.lon, household.lat) for household in households])


def by_village(town):
    return {
        village.name: [household for household in town.households if household.village == village.name]
        for village in town.villages
    }


def hamlet_sizes(town):
    return Counter((household.village, household.hamlet) for household in town.households)


def houses_apart(town):
    """Metres from every distinct position to the nearest other one."""
    spots = np.unique(positions(town.households), axis=0)
    _, gap = STRtree(shapely.points(spots)).query_nearest(
        shapely.points(spots), exclusive=True, all_matches=False, return_distance=True
    )
    return gap


def test_the_counts_are_those_of_one_real_town_whatever_the_seed(any_town):
    sizes = Counter(household.village for household in any_town.households)
    assert len(any_town.villages) == len(sizes) == 30
    assert len(any_town.households) == 13_540
    assert len(any_town.members) == 1_451
    assert sum(round(size / 12) for size in sizes.values()) == 1_128
    assert sorted(sizes.values())[:2] == [17, 154]
    assert max(sizes.values()) < 1_100
    assert sum(size >= 300 for size in sizes.values()) >= 20


def test_ids_are_unique_and_begin_with_the_code_of_the_village(town):
    codes = {village.name: village.code for village in town.villages}
    assert len({household.household_id for household in town.households}) == len(town.households)
    assert all(household.household_id.startswith(f"{codes[household.village]}-") for household in town.households)


def test_village_boundaries_tile_the_town_vertex_for_vertex(any_town):
    boundaries = [village.boundary for village in any_town.villages]
    outline = shapely.union_all(boundaries)
    assert shapely.coverage_is_valid(boundaries)
    assert all(boundary.geom_type == "Polygon" and boundary.is_valid for boundary in boundaries)
    assert outline.geom_type == "Polygon" and not outline.interiors
    assert outline.area == pytest.approx(sum(boundary.area for boundary in boundaries), rel=1e-12)


def test_every_household_stands_well_inside_its_own_village(any_town):
    for village in any_town.villages:
        homes = shapely.points(positions(by_village(any_town)[village.name]))
        boundary = FRAME.shape_to_metres(village.boundary)
        assert shapely.contains(boundary, homes).all()
        assert shapely.distance(boundary.exterior, homes).min() > 20


def test_nobody_lives_in_the_river(any_town):
    river = FRAME.shape_to_metres(shapely.union_all(any_town.rivers))
    assert shapely.distance(shapely.points(positions(any_town.households)), river).min() > 40


def test_one_hamlet_lives_across_the_river_from_the_rest_of_its_village(any_town):
    outline = shapely.union_all([village.boundary for village in any_town.villages])
    river = shapely.union_all(any_town.rivers)
    banks = shapely.get_parts(shapely.polygonize([shapely.node(shapely.union(outline.boundary, river))]))
    assert len(banks) == 2
    bank_of = {
        household.household_id: bool(shapely.contains_xy(banks[0], household.lon, household.lat))
        for household in any_town.households
    }
    split = []
    for name, homes in by_village(any_town).items():
        far = Counter(bank_of[household.household_id] for household in homes).most_common()
        if len(far) == 2:
            split.append(name)
            across = [household for household in homes if bank_of[household.household_id] == far[1][0]]
            assert len(across) == 36
            assert len({household.hamlet for household in across}) == 1
            assert hamlet_sizes(any_town)[name, across[0].hamlet] == 36
    assert split == ["古渡村"]


def test_the_river_has_two_bridges_where_a_road_crosses_it(any_town):
    river = FRAME.shape_to_metres(any_town.rivers[0])
    roads = [FRAME.shape_to_metres(road.line) for road in any_town.roads]
    bridges = [line for line, road in zip(roads, any_town.roads, strict=True) if road.bridge]
    crossing = [line for line in roads if line.crosses(river)]
    assert len(any_town.bridges) == 2
    assert crossing == bridges
    for bridge, point in zip(bridges, any_town.bridges, strict=True):
        point = FRAME.shape_to_metres(point)
        assert bridge.distance(point) < 0.05
        assert river.distance(point) < 0.05


def test_flats_put_many_households_on_one_position_in_two_villages(any_town):
    spots = Counter((household.lon, household.lat, household.village) for household in any_town.households)
    buildings = {spot: count for spot, count in spots.items() if count > 1}
    assert len(buildings) == 8
    assert all(20 <= count <= 70 for count in buildings.values())
    assert {village for _, _, village in buildings} == {"柳湾村", "上柏村"}


def test_doors_are_unique_within_a_hamlet(town):
    doors = Counter((household.village, household.hamlet, household.door) for household in town.households)
    assert max(doors.values()) == 1


def test_hamlets_are_of_20_to_120_households_but_for_the_smallest_village(any_town):
    sizes = sorted(hamlet_sizes(any_town).values())
    assert sizes[0] == 17
    assert sizes[1] >= 20
    assert sizes[-1] <= 120


def test_neighbours_are_as_near_as_in_a_village_and_some_farms_are_far_out(any_town):
    apart = houses_apart(any_town)
    assert apart.min() > 7.9
    assert 8 < np.quantile(apart, 0.05) < np.quantile(apart, 0.9) < 25
    assert 0.03 < np.mean(apart > 44) < 0.06


def test_farms_are_a_few_hundred_metres_from_every_hamlet(any_town):
    spots = positions(any_town.households)
    in_hamlet = np.array([len(near) for near in neighbours_within(spots, 44)]) > 1
    _, out = STRtree(shapely.points(spots[in_hamlet])).query_nearest(
        shapely.points(spots[~in_hamlet]), all_matches=False, return_distance=True
    )
    assert np.mean((out > 295) & (out < 905)) > 0.9


def neighbours_within(spots, metres):
    points = shapely.points(spots)
    one, other = STRtree(points).query(points, predicate="dwithin", distance=metres)
    return np.split(other, np.cumsum(np.bincount(one, minlength=len(spots)))[:-1])


def test_names_are_chinese_and_many_characters_are_used_some_of_them_rare(town):
    definition = read_definition()
    written = "".join(str(person.name) for person in (*town.households, *town.members))
    assert len(set(written)) >= 400
    assert set(written) & set(definition.rare)
    assert set(written) <= set(definition.surnames + definition.given + definition.rare)
    assert all(2 <= len(str(household.name)) <= 3 for household in town.households)


def test_members_live_among_the_households_of_their_village_or_nowhere_known(town):
    homes = {(household.village, household.hamlet, household.lon, household.lat) for household in town.households}
    ids = {household.household_id: household.village for household in town.households}
    placed = [member for member in town.members if member.lon is not None]
    assert 0.8 < len(placed) / len(town.members) < 0.98
    assert all((member.village, member.hamlet, member.lon, member.lat) in homes for member in placed)
    assert all(ids[tie] == member.village for member in town.members for tie in member.ties)
    assert {member.kind for member in town.members} == {"party_member", "village_cadre", "town_cadre", "volunteer"}


def test_every_village_has_at_least_as_many_members_as_grids(town):
    members = Counter(member.village for member in town.members)
    for village, homes in by_village(town).items():
        assert members[village] >= round(len(homes) / 12)


def test_the_same_seed_gives_the_same_bytes(town, files, tmp_path):
    again = write_town(make_town(seed=0), tmp_path)
    for first, second in zip(astuple(files), astuple(again), strict=True):
        assert first.read_bytes() == second.read_bytes(), first.name


def test_another_seed_gives_another_town(town):
    one, other = town, made(seed=7)
    assert [home.lon for home in one.households] != [home.lon for home in other.households]
    assert [home.name for home in one.households] != [home.name for home in other.households]
    assert one.villages[0].boundary != other.villages[0].boundary


def test_the_household_list_opens_in_a_spreadsheet_and_says_what_the_town_says(town, files):
    assert files.households.read_bytes().startswith(b"\xef\xbb\xbf")
    with files.households.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["户编号", "户主", "村", "组", "门牌", "经度", "纬度"]
    written = [(row["户编号"], row["户主"], row["村"], row["组"], row["门牌"]) for row in rows]
    assert written == [(home.household_id, home.name, home.village, home.hamlet, home.door) for home in town.households]
    assert [(float(row["经度"]), float(row["纬度"])) for row in rows] == [
        (home.lon, home.lat) for home in town.households
    ]


def test_the_boundaries_written_still_tile_and_the_file_says_that_it_is_generated(town, files):
    written = json.loads(files.villages.read_text(encoding="utf-8"))
    boundaries = [shape(feature["geometry"]) for feature in written["features"]]
    assert shapely.coverage_is_valid(boundaries)
    assert [feature["properties"]["village"] for feature in written["features"]] == [one.name for one in town.villages]
    assert "Generated demo data" in written["description"]


def test_the_other_lists_hold_as_many_rows_as_the_town(town, files):
    rows = {}
    for path in (files.members, files.hamlets):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows[path.stem] = list(csv.DictReader(file))
    shapes = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))["features"]
        for path in (files.roads, files.barriers, files.crossings, files.buildings)
    }
    assert list(rows["members"][0]) == list(MEMBER_HEADERS)
    assert len(rows["members"]) == 1_451
    assert len(rows["hamlets"]) == len(town.hamlets) == len(hamlet_sizes(town))
    assert Counter(road["properties"]["bridge"] for road in shapes["roads"])["yes"] == 2
    assert [len(shapes[name]) for name in ("barriers", "crossings")] == [1, 2]
    assert len(shapes["buildings"]) == len({(home.lon, home.lat) for home in town.households})


def test_a_building_stands_on_every_home_and_along_the_road_nearest_to_it(town):
    buildings = shapely.STRtree(town.buildings)
    homes = shapely.points([(home.lon, home.lat) for home in town.households])
    assert len(np.unique(buildings.query(homes, predicate="within")[0])) == len(homes)
    roads = [FRAME.shape_to_metres(road.line) for road in town.roads]
    for building in town.buildings[::500]:
        metres = FRAME.shape_to_metres(building)
        road = min(roads, key=metres.centroid.distance)
        at = road.project(metres.centroid)
        ahead = np.subtract(*(road.interpolate(at + step).coords[0] for step in (1, -1)))
        long = max(np.diff(metres.exterior.coords, axis=0), key=np.linalg.norm)
        assert abs(np.linalg.det([ahead, long])) < 0.1 * np.linalg.norm(ahead) * np.linalg.norm(long)


def test_the_definition_is_found_in_the_installed_package_first(tmp_path, monkeypatch):
    package = tmp_path / "gridplan"
    package.mkdir()
    monkeypatch.setattr("gridplan.demo.definition.PACKAGE", package)
    assert definition_path() == tmp_path / "data" / "demo_town.toml"
    (package / "demo_town.toml").touch()
    assert definition_path() == package / "demo_town.toml"
