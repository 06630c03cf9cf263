"""Counties and provinces: lists in partitions become plans in folders, one report and one partitioned GeoParquet."""

import json
from datetime import date
from pathlib import Path

import geopandas
import pyarrow.dataset
import pytest
import shapely
from sample_lists import homes
from typer.testing import CliRunner

from gridplan.cli import app
from gridplan.demo import province
from gridplan.errors import InputRefused, Unavailable
from gridplan.planning.county import PlanSettings
from gridplan.planning.execution import partitions
from gridplan.planning.execution.partitions import Asked, partitions_in, plan_partitions, sources_of
from gridplan.planning.from_files import plan_files
from gridplan.planning.inputs import PlanSources
from gridplan.planning.staffing.staffing import StaffingRules
from gridplan.verify import verify
from gridplan.verify.partitions import verify_partitions

pytestmark = pytest.mark.slow

FAST = PlanSettings(effort="fast", bound=False)
RULES = StaffingRules(date(2026, 6, 1))
TOWNS = {
    "county=东县/town=<b>一镇": ("柳村", 30),
    "county=东县/town=2": ("桥村", 26),
    "county=西县/town=2": ("小村", 17),
}


def write(root: Path, place: str, village: str, count: int):
    rows = homes(village, count, 0)
    columns = {"id": [row[0] for row in rows], "village": [row[2] for row in rows]}
    spots = shapely.points([(float(row[3]), float(row[4])) for row in rows])
    (root / place).mkdir(parents=True, exist_ok=True)
    geopandas.GeoDataFrame(columns, geometry=spots, crs="EPSG:4326").to_parquet(root / place / "part-0.parquet")


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    root = tmp_path_factory.mktemp("province") / "households"
    for place, (village, count) in TOWNS.items():
        write(root, place, village, count)
    return root


def plan(lists, folder, *, resume=False, **more):
    told = []
    sources = PlanSources((str(lists),), **more)
    plan_partitions(
        sources, folder, Asked(FAST, RULES, "en", resume=resume), workers=1, tell=lambda one, _: told.append(one)
    )
    return told


@pytest.fixture(scope="module")
def made(lists, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans") / "plan"
    plan(lists, folder)
    return folder


def findings(folder):
    return {(name, one.rule) for name, one in verify_partitions(folder, verify) if not one.is_note}


def test_each_partition_has_the_files_that_its_lists_alone_would_make(lists, made, tmp_path):
    for one in partitions_in(lists):
        sources = sources_of(one, PlanSources((str(lists),)))
        alone = {"strict": False, "workers": 1, "lang": "en", "progress": lambda *_: None}
        plan_files(sources, tmp_path / "alone", FAST, RULES, **alone)
        for name in ("plan.xlsx", "map.html", "report.json"):
            assert (made / one.folder / name).read_bytes() == (tmp_path / "alone" / name).read_bytes(), name


def test_the_report_has_a_row_for_each_and_their_sums(made):
    report = json.loads((made / "report.json").read_text())
    rows = report["partitions"]
    assert [row["households"] for row in rows] == [26, 30, 17]
    for name in ("households", "grids", "exceptions", "refused"):
        assert report[name] == sum(row[name] for row in rows)
    assert report["walk_m"] == pytest.approx(sum(row["walk_m"] for row in rows))
    page = (made / "index.html").read_text()
    assert "&lt;b&gt;一镇" in page and "<b>" not in page
    assert '@font-face{font-family:"Noto Sans SC"' in page  # for computers without Chinese letters
    assert all(f'href="{place}/map.html"' in page for place in ("%E4%B8%9C%E5%8E%BF/2", "%E8%A5%BF%E5%8E%BF/2"))
    assert findings(made) == set()


def test_the_plan_is_partitioned_geoparquet_too(made):
    grids = geopandas.read_parquet(next((made / "grids").rglob("*.parquet")))
    assert grids.crs.to_epsg() == 4326
    assert grids.geometry.is_valid.all()
    whole = pyarrow.dataset.dataset(made / "households", partitioning="hive").to_table().to_pandas()
    assert len(whole) == 73
    assert set(whole["county"]) == {"东县", "西县"}
    assert whole.groupby(["county", "town"])["household_id"].nunique().tolist() == [26, 30, 17]


def test_a_partition_that_cannot_be_planned_is_told_and_the_others_are(lists, tmp_path):
    root, folder = tmp_path / "households", tmp_path / "plan"
    for place, (village, count) in TOWNS.items():
        write(root, place, village, count)
    broken = root / "county=东县" / "town=2" / "part-0.parquet"
    broken.write_bytes(b"PAR1")
    told = plan(root, folder)
    assert [one.problem is None for one in told] == [False, True, True]
    assert findings(folder) == {("东县 / 2", "partition_none")}
    result = CliRunner().invoke(app, ["check", str(root), "-o", str(folder), "--lang", "en"])
    assert (result.exit_code, "part-0.parquet" in result.stderr) == (1, True)
    write(root, "county=东县/town=2", "桥村", 26)
    ways = [str(root), "-o", str(folder), "--effort", "fast", "--no-bound", "--lang", "en"]
    result = CliRunner().invoke(app, ["plan", *ways, "--workers", "1"])
    assert (result.exit_code, result.stdout.count("26 households")) == (0, 1)
    result = CliRunner().invoke(app, ["check", str(root), "-o", str(folder), "--lang", "en"])
    assert (result.exit_code, result.stdout.count("== ")) == (0, 3)
    result = CliRunner().invoke(app, ["verify", str(folder), "--lang", "en"])
    assert (result.exit_code, "no violations" in result.stdout) == (0, True)


def test_a_run_that_broke_off_goes_on_with_what_is_not_finished(lists, tmp_path, monkeypatch):
    folder, begun = tmp_path / "plan", []

    def one_alone(sources, *of, **more):
        begun.append(sources.households)
        if len(begun) == 2:
            raise Unavailable("cluster.lost", address="tcp://there:1")
        return plan_files(sources, *of, **more)

    monkeypatch.setattr(partitions, "plan_files", one_alone)
    with pytest.raises(Unavailable):
        plan(lists, folder)
    assert len(plan(lists, folder, resume=True)) == 3
    assert len(begun) == 4  # the first one once
    assert not (folder / "partitions.json").exists()
    assert findings(folder) == set()


def test_verify_finds_what_the_report_does_not_say(made, tmp_path):
    report = json.loads((made / "report.json").read_text())
    stored = next((made / "households").rglob("*.parquet"))
    rows, kept = geopandas.read_parquet(stored), stored.read_bytes()
    try:
        twice = rows.iloc[[0, *range(len(rows))]]
        twice.loc[twice.index[-1], "grid_id"] = "none"
        twice.to_parquet(stored)
        (made / "report.json").write_text(json.dumps(report | {"grids": 1}))
        assert {rule for _, rule in findings(made)} == {f"partition_{of}" for of in ("sum", "rows", "twice", "lost")}
        stored.unlink()
        assert {rule for _, rule in findings(made)} == {"partition_sum", "partition_no_rows"}
    finally:
        stored.write_bytes(kept)
        (made / "report.json").write_text(json.dumps(report))


def test_other_lists_are_in_the_same_partitions(lists, tmp_path):
    (tmp_path / "members" / "county=西县" / "town=2").mkdir(parents=True)
    (tmp_path / "members" / "county=西县" / "town=2" / "members.csv").touch()
    last = partitions_in(lists)[-1]
    sources = PlanSources((str(lists),), members=str(tmp_path / "members"))
    assert sources_of(last, sources).members.endswith("members.csv")
    assert sources_of(partitions_in(lists)[0], sources).members is None
    (tmp_path / "members" / "county=西县" / "town=2" / "more.csv").touch()
    for members, why in ((tmp_path / "members", "several files"), (tmp_path / "one.csv", "is the file")):
        with pytest.raises(InputRefused, match=why):
            sources_of(last, PlanSources((str(lists),), members=str(members)))
    result = CliRunner().invoke(app, ["plan", str(lists), "--grids", "5", "-o", str(tmp_path / "plan"), "--lang", "en"])
    assert (result.exit_code, "--grids" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("places", "why"),
    [(("county=1/plain",), "no partition"), (("a b", "a_b"), "both be planned"), (("county=",), "no partition")],
)
def test_folders_that_are_no_partitions_are_refused(tmp_path, places, why):
    for place in places:
        folder = tmp_path / place if "=" in place else tmp_path
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{'part' if '=' in place else place}.parquet").touch()
    with pytest.raises(InputRefused, match=why):
        partitions_in(tmp_path)


def test_the_demo_writes_so_many_households_in_partitions(tmp_path, monkeypatch):
    made = province.make_town(0)
    monkeypatch.setattr(province, "make_town", lambda _: made)
    towns = list(province.write_province(len(made.households) + 40, tmp_path))
    assert [town.households for town in towns] == [len(made.households), len(made.households) + 40]
    first, second = (geopandas.read_parquet(one.files[0]) for one in partitions_in(tmp_path / "households"))
    assert not set(first["id"]) & set(second["id"])
    assert second.total_bounds[0] > first.total_bounds[0] + 0.2
    members = sources_of(
        partitions_in(tmp_path / "households")[1],
        PlanSources((str(tmp_path / "households"),), str(tmp_path / "villages"), members=str(tmp_path / "members")),
    ).members
    assert Path(members).read_text().count("T0002-") >= 1
