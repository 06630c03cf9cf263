"""What one may ask of the engine: barriers, hamlets, how many grids, how long, and how far from the best."""

import json

import pytest
import shapely
from sample_lists import FRAME, homes, square, write_households, write_villages
from typer.testing import CliRunner

from gridplan.cli import app
from gridplan.exchange.geopackage import read_plan

pytestmark = pytest.mark.slow

RIVER = shapely.LineString([(500, -100), (500, 1_100)])
BRIDGE = shapely.Point(500, 500)


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    households = write_households(folder / "households.csv", homes("柳村", 90, 0), homes("桥村", 60, 1_000))
    return households, write_villages(folder / "villages.geojson", {"柳村": square(0), "桥村": square(1_000)})


@pytest.fixture
def plan(lists, tmp_path):
    """Plans the two villages with more options; returns the exit code, what was said, and the folder."""

    def run(*options):
        arguments = ["plan", lists[0], "--villages", lists[1], "-o", str(tmp_path / "plan")]
        arguments += [] if "--time-limit" in options else ["--effort", "fast"]
        result = CliRunner().invoke(app, [*arguments, "--lang", "en", *options])
        return result.exit_code, result.stdout + result.stderr, tmp_path / "plan"

    return run


def write_layer(path, shape):
    geometry = shapely.geometry.mapping(FRAME.shape_to_degrees(shape))
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return str(path)


def report_of(folder):
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))


def across(folder):
    """Return how many grids of the first village have households on both banks."""
    (village,) = (one for one in read_plan(folder / "plan.gpkg").villages if one.plan.village == "柳村")
    homes_there = village.plan.households
    east = {home.household_id: FRAME.to_metres((home.lon, home.lat)).ravel()[0] > 500 for home in homes_there}
    banks = {}
    for home, grid in village.plan.grid_of.items():
        banks.setdefault(grid, set()).add(bool(east[home]))
    return sum(len(sides) == 2 for sides in banks.values())


def test_no_grid_lies_across_a_river_but_where_there_is_a_bridge(plan, tmp_path):
    river, bridge = write_layer(tmp_path / "river.geojson", RIVER), write_layer(tmp_path / "bridge.geojson", BRIDGE)
    assert across(plan()[-1]) > 1
    assert across(plan("--barriers", river)[-1]) == 0
    code, _, folder = plan("--barriers", river, "--crossings", bridge)
    assert code == 0
    assert report_of(folder)["exceptions"] == 0


def test_a_layer_without_lines_is_no_barrier(plan, lists):
    code, said, folder = plan("--barriers", lists[0])
    assert code == 1
    assert "households.csv" in said
    assert not folder.exists()


def test_the_number_of_grids_can_be_said(plan):
    assert report_of(plan("--grids", "11")[-1])["grids"] == 11
    assert report_of(plan("--price", "100000")[-1])["grids"] == 10


def test_as_many_grids_as_members_can_lead(plan, tmp_path):
    rows = ["姓名,村,可联系网格数,编号", *(f"党员{i},{'柳村' if i < 9 else '桥村'},1,M{i:02d}" for i in range(14))]
    members = tmp_path / "members.csv"
    members.write_text("\n".join(rows) + "\n", encoding="utf-8")
    report = report_of(plan("--members", str(members), "--grids-from", "members")[-1])
    assert {one["village"]: one["grids"] for one in report["villages"]} == {"柳村": 9, "桥村": 5}
    code, said, _ = plan("--grids-from", "members")
    assert code == 1
    assert "--members" in said


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--grids", "11", "--price", "5"), ("--grids", "--price")),
        (("--target", "12", "--grids-from", "members"), ("--target", "--grids-from")),
        (("--grids-from", "houses", "--members", "x"), ("houses", "members")),
        (("--target", "20"), ("--target 20", "--min 10", "--max 15")),
        (("--target", "12", "--min", "13"), ("--target 12", "--min 13")),
        (("--grids", "9"), ("--grids 9", "10 to 15 grids")),
        (("--grids", "16"), ("--grids 16", "10 to 15 grids")),
        (("--keep", "--grids", "11"), ("--grids", "--keep")),
        (("--time-limit", "2", "--effort", "fast"), ("--time-limit", "--effort")),
        (("--answers", "unsure.csv"), ("--answers", "--against")),
        (("--crossings", "bridge.geojson"), ("--crossings", "--barriers")),
        (("--member-column", "name=x"), ("--member-column", "--members")),
        (("--across-villages",), ("--across-villages", "--members")),
        (("--hamlets", "never"), ("never", "prefer")),
    ],
)
def test_what_cannot_be_meant_is_said_and_nothing_written(plan, options, named):
    code, said, folder = plan(*options)
    assert code == 1
    assert all(name in said for name in named)
    assert not folder.exists()


def test_without_a_bound_nothing_is_said_of_the_best_possible(plan):
    code, said, folder = plan("--no-bound")
    report = report_of(folder)
    assert code == 0
    assert "longer than the shortest possible" not in said
    assert report["lower_bound_m"] is report["gap"] is None
    assert report["other_counts"] == []


def test_a_time_limit_is_in_the_report_for_the_plan_depends_on_the_machine(plan):
    report = report_of(plan("--time-limit", "2")[-1])
    assert report["settings"]["time_limit"] == 2.0
    assert 0 <= report["gap"] < 0.02
