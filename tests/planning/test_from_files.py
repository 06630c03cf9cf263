"""From the lists of a town to the files of its plan: what is written, what it says, and when nothing is written."""

import csv
import json
import resource
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pyogrio
import pytest
import shapely
from copies import COPIES
from sample_lists import FRAME, homes, square, write_households, write_town, write_villages

from gridplan import __version__, processes
from gridplan.commands.summary import plan_summary
from gridplan.engine.solve import draw, solve
from gridplan.errors import InputRefused, OutputRefused
from gridplan.exchange.geopackage import read_plan
from gridplan.planning import county
from gridplan.planning.check_files import check_files
from gridplan.planning.county import PlanSettings
from gridplan.planning.execution import finished_villages
from gridplan.planning.from_files import plan_files
from gridplan.planning.inputs import PlanSources
from gridplan.planning.staffing.staffing import StaffingRules
from gridplan.verify import verify
from gridplan.words import series

FAST = PlanSettings(effort="fast")
REPORT_KEYS = [
    "households",
    "grids",
    "groups",
    "exceptions",
    "refused",
    "near_duplicates",
    "members",
    "leads",
    "deputies",
    "shortages",
    "placed",
    "unplaced",
    "walk_m",
    "places_walk_m",
    "lower_bound_m",
    "gap",
    "with_whole_hamlets",
    "other_counts",
    "roads",
    "effort",
    "stopped_early",
    "seed",
    "version",
    "settings",
    "assignment_cost",
    "columns",
    "notes",
    "disconnected_grids",
    "split_hamlets",
    "split_outlines",
    "outside_boundary",
    "kept",
    "violations",
    "changes",
    "villages",
]
BROKEN_ROW = ("坏001", "户主", "柳村", "110,9", "37.95")


TODAY = date(2026, 6, 1)


def town_of(households, villages=None, **more):
    return PlanSources((households,), villages, **more)


def plan(sources, folder, settings=FAST, *, strict=False, workers=1, lang="en", progress=lambda *_: None, **more):
    rules = StaffingRules(TODAY)
    return plan_files(
        sources, folder, settings, rules, strict=strict, workers=workers, lang=lang, progress=progress, **more
    )


def report_of(folder):
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))


def violations(folder):
    return [finding.message.say("en") for finding in verify(folder / "plan.gpkg") if not finding.is_note]


def files(folder):
    return {path.name for path in folder.iterdir()}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    return town_of(*write_town(tmp_path_factory.mktemp("lists")))


@pytest.fixture(scope="module")
def with_refused(tmp_path_factory):
    path = tmp_path_factory.mktemp("refused") / "households.csv"
    return town_of(write_households(path, homes("柳村", 64, 0), [BROKEN_ROW, ("坏002", "", "柳村", "110.9", "北")]))


@pytest.fixture(scope="module")
def made(lists, tmp_path_factory):
    """Returns what was made of the town of three villages, and the folder it is in."""
    folder = tmp_path_factory.mktemp("plans") / "some" / "new folder"
    return plan(lists, folder), folder


# ---- what is written


def said(message):
    return {lang: message.say(lang) for lang in ("zh", "en")}


def test_a_plan_is_five_files(made):
    assert files(made[1]) == {"plan.gpkg", "map.html", "plan.xlsx", "report.json", "run.json"}


def test_the_plan_passes_verify_with_its_exception_noted(made):
    assert violations(made[1]) == []
    assert [finding.rule for finding in verify(made[1] / "plan.gpkg")] == ["size_listed"]


def test_the_report_has_the_keys_promised_in_their_order(made):
    report = report_of(made[1])
    assert list(report) == REPORT_KEYS
    assert list(report["villages"][0]) == [
        "village", "households", "placed", "grids", "groups", "walk_m", "places_walk_m", "lower_bound_m", "gap",
        "with_whole_hamlets", "other_counts", "effort", "sizes_out_of_bounds", "exceptions", "group_exceptions",
    ]  # fmt: skip


def test_the_report_counts_what_is_in_the_plan(made):
    report, town = report_of(made[1]), read_plan(made[1] / "plan.gpkg")
    assert {key: report[key] for key in ("households", "grids", "exceptions", "refused")} == {
        "households": 171,
        "grids": 14,
        "exceptions": 1,
        "refused": 0,
    }
    assert report["grids"] == sum(len(village.grids) for village in town.villages)
    assert report["walk_m"] == pytest.approx(sum(village.walk_m for village in town.villages), abs=0.1)
    assert [
        (row["village"], row["households"], row["grids"], row["sizes_out_of_bounds"]) for row in report["villages"]
    ] == [
        ("柳村", 64, 5, 0),
        ("桥村", 90, 8, 0),
        ("小村", 17, 1, 1),
    ]
    assert sum(row["walk_m"] for row in report["villages"]) == pytest.approx(report["walk_m"], abs=0.2)


def test_the_report_says_how_the_plan_was_made(made):
    report = report_of(made[1])
    assert (report["effort"], report["seed"], report["version"], report["roads"]) == ("fast", 0, __version__, False)
    assert report["settings"] == {
        "least": 10, "most": 15, "target": 12, "contiguous": True, "effort": "fast", "bound": True, "time_limit": None,
        "seed": 0, "hamlets": "prefer", "grids": None, "from_members": False, "price": None, "far": 2000.0,
    }  # fmt: skip
    assert report["columns"] == {"id": "户编号", "name": "户主", "village": "村", "lon": "经度", "lat": "纬度"}
    assert report["notes"] == report["disconnected_grids"] == report["outside_boundary"] == []


def test_the_report_says_how_far_from_the_best_the_plan_can_be(made):
    report = report_of(made[1])
    for part in (report, *report["villages"]):
        assert 0 < part["lower_bound_m"] <= part["walk_m"]
        assert part["gap"] == pytest.approx(part["walk_m"] / part["lower_bound_m"] - 1, abs=1e-4)
    assert report["lower_bound_m"] == pytest.approx(sum(one["lower_bound_m"] for one in report["villages"]), abs=0.5)
    assert [other["grids"] for other in report["other_counts"]] == [-1, 2]
    assert [other["walk"] > 0 for other in report["other_counts"]] == [True, False]


def test_a_plan_wanted_early_is_sound_and_says_what_was_left_out(lists, tmp_path):
    @contextmanager
    def at_once(stop):
        stop()
        yield

    made = plan(lists, tmp_path / "plan", PlanSettings(effort="best"), listener=at_once)
    assert violations(tmp_path / "plan") == []
    report = report_of(tmp_path / "plan")
    assert report["stopped_early"] == {"less_effort": ["柳村", "桥村"], "no_bound": ["小村", "柳村", "桥村"]}
    assert report["lower_bound_m"] is report["gap"] is None
    (early,) = [message for message in plan_summary(made, tmp_path, "en") if message.code == "cli.early"]
    assert "Cut with less effort: 2 villages. Without a figure for the shortest possible: 3 villages." in early.say(
        "en"
    )
    assert "力度不足的有 2 个村" in early.say("zh")


def test_a_plan_that_took_its_time_says_nothing_of_an_early_end(made):
    assert report_of(made[1])["stopped_early"] is None
    assert "cli.early" not in [message.code for message in plan_summary(made[0], made[1], "en")]


def test_a_village_too_small_to_cut_is_one_grid_and_an_exception_with_its_options(made):
    (exception,) = made[0].town.exceptions
    assert (exception.village, exception.households) == ("小村", 17)
    assert [option.values.get("village") for option in exception.options] == [None, "桥村", None]
    (written,) = report_of(made[1])["villages"][-1]["exceptions"]
    assert written == {
        "reason": said(exception.reason),
        "options": [said(option) for option in exception.options],
    }


def test_the_run_says_how_long_it_took(made):
    run = json.loads((made[1] / "run.json").read_text(encoding="utf-8"))
    assert list(run) == ["seconds", "engine_seconds", "workers", "started"]
    assert 0 < run["engine_seconds"] <= run["seconds"]
    assert run["workers"] == 1
    assert datetime.fromisoformat(run["started"]).tzinfo is not None


def test_what_is_returned_is_what_was_written(made):
    town = read_plan(made[1] / "plan.gpkg")
    assert [village.plan.grid_of for village in town.villages] == [
        village.plan.grid_of for village in made[0].town.villages
    ]


def test_sentences_are_in_the_language_asked_for(with_refused, tmp_path):
    plan(with_refused, tmp_path, PlanSettings(least=65, most=70, effort="fast"), lang="zh")
    (village,) = report_of(tmp_path)["villages"]
    assert village["exceptions"][0]["reason"]["zh"].startswith("64 户")
    assert "坐标" in (tmp_path / "refused.csv").read_text(encoding="utf-8-sig")


# ---- the same input, the same bytes


@pytest.mark.slow
def test_the_report_is_the_same_bytes_twice_and_with_any_number_of_workers(lists, made, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr(processes, "PROCESSES", COPIES)
    for name, workers in (("again", 1), ("two", 2)):
        plan(lists, tmp_path / name, workers=workers)
        assert (tmp_path / name / "report.json").read_bytes() == (made[1] / "report.json").read_bytes(), name
        assert (tmp_path / name / "map.html").read_bytes() == (made[1] / "map.html").read_bytes(), name
        assert read_plan(tmp_path / name / "plan.gpkg") == read_plan(made[1] / "plan.gpkg"), name


def test_another_seed_is_written_down(lists, made, tmp_path):
    plan(lists, tmp_path, PlanSettings(effort="fast", seed=1))
    assert report_of(tmp_path)["seed"] == 1
    assert report_of(tmp_path) != report_of(made[1])


# ---- settings


def test_where_the_bounds_cannot_hold_they_are_broken_least(tmp_path):
    source = town_of(write_households(tmp_path / "h.csv", homes("柳村", 18, 0)))
    town = plan(source, tmp_path / "plan").town
    assert [grid.size for grid in town.villages[0].grids] == [9, 9]
    (exception,) = town.exceptions
    assert [option.code for option in exception.options] == ["exception.accept", "exception.leave_out"]


def test_a_household_alone_is_a_grid(tmp_path):
    source = town_of(write_households(tmp_path / "h.csv", homes("柳村", 1, 0)))
    (village,) = plan(source, tmp_path / "plan").town.villages
    assert [(grid.size, grid.walk_m) for grid in village.grids] == [(1, 0.0)]
    assert violations(tmp_path / "plan") == []


def test_other_bounds_hold_and_are_written_down(lists, tmp_path):
    town = plan(lists, tmp_path, PlanSettings(least=5, most=8, target=6, effort="fast")).town
    assert not town.exceptions
    assert all(5 <= grid.size <= 8 for village in town.villages for grid in village.grids)
    assert {village.bounds for village in read_plan(tmp_path / "plan.gpkg").villages} == {town.villages[0].bounds}
    assert violations(tmp_path) == []


# ---- rows refused


def test_refused_rows_are_written_with_their_reasons_and_the_others_planned(with_refused, tmp_path):
    made = plan(with_refused, tmp_path)
    with (tmp_path / "refused.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["户编号"] for row in rows] == ["坏001", "坏002"]
    assert all(row["reason"] and row["remedy"] for row in rows)
    assert report_of(tmp_path)["refused"] == len(made.lists.households.refused) == 2
    assert report_of(tmp_path)["households"] == 64


def test_no_file_of_refused_rows_stays_from_an_earlier_run(with_refused, lists, tmp_path):
    plan(with_refused, tmp_path)
    assert "refused.csv" in files(tmp_path)
    plan(lists, tmp_path)
    assert "refused.csv" not in files(tmp_path)


def test_strict_writes_nothing_at_all(with_refused, tmp_path):
    with pytest.raises(InputRefused) as caught:
        plan(with_refused, tmp_path / "plan", strict=True)
    assert not (tmp_path / "plan").exists()
    values = caught.value.message.values
    assert (values["n"], values["row"], values["column"], values["value"]) == (2, 66, "经度", "110,9")
    assert "110,9" in caught.value.say("zh")


def test_strict_leaves_an_earlier_plan_alone(with_refused, lists, tmp_path):
    plan(lists, tmp_path)
    before = contents(tmp_path)
    with pytest.raises(InputRefused):
        plan(with_refused, tmp_path, strict=True)
    assert contents(tmp_path) == before


def test_strict_minds_nothing_else(lists, tmp_path):
    assert plan(lists, tmp_path, strict=True).town.exceptions


# ---- a run that breaks off and goes on


def break_off(lists, folder, after, settings=FAST):
    """Break a run off after so many steps, each of which is a village that is cut or drawn."""
    steps = []

    def stop(*_):
        steps.append(True)
        if len(steps) == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan(lists, folder, settings, progress=stop, resume=True)


@pytest.mark.parametrize("after", [1, 3, 5])
def test_a_run_that_broke_off_goes_on_and_ends_in_the_same_bytes(lists, made, tmp_path, monkeypatch, after):
    folder, part, done = tmp_path / "plan", tmp_path / "plan.part", []
    break_off(lists, folder, after)
    torn = next(part.glob("*.npz"))
    torn.write_bytes(torn.read_bytes()[:100])
    monkeypatch.setattr(county, "solve", lambda *of, **more: done.append("cut") or solve(*of, **more))
    monkeypatch.setattr(county, "draw", lambda *of, **more: done.append("drawn") or draw(*of, **more))
    plan(lists, folder, resume=True)
    assert len(done) == 6 - after + 1
    assert not part.exists()
    for name in ("plan.xlsx", "map.html", "report.json"):
        assert (folder / name).read_bytes() == (made[1] / name).read_bytes(), name


def test_what_a_run_left_is_not_that_of_other_lists_settings_or_versions(lists, with_refused, tmp_path, monkeypatch):
    folder = tmp_path / "plan"
    break_off(lists, folder, 2)
    for source, settings, other in ((with_refused, FAST, "lists"), (lists, replace(FAST, seed=1), "settings")):
        with pytest.raises(InputRefused, match=f"other {other}"):
            plan(source, folder, settings, resume=True)
    monkeypatch.setattr(finished_villages, "__version__", "0")
    with pytest.raises(InputRefused, match="another version"):
        plan(lists, folder, resume=True)
    assert len(list((tmp_path / "plan.part").glob("*.npz"))) == 2
    monkeypatch.setattr(processes, "WORTH_A_PROCESS", 1)
    plan(lists, folder)  # it begins anew
    assert not (tmp_path / "plan.part").exists()


def test_a_folder_of_somebody_else_is_not_taken_for_what_a_run_left(lists, tmp_path):
    (tmp_path / "plan.part").mkdir()
    (tmp_path / "plan.part" / "mine").touch()
    assert refused_output(lists, tmp_path / "plan", resume=True) == "plan.in_the_way"
    assert files(tmp_path / "plan.part") == {"mine"}


def test_a_full_disk_ends_a_run_that_keeps_what_is_finished_in_a_sentence(lists, tmp_path):
    with no_file_larger_than(1_000) as fill:
        fill()
        assert refused_output(lists, tmp_path / "plan", resume=True) == "plan.folder"


# ---- places that cannot be written to


@contextmanager
def no_file_larger_than(size):
    """Limits what one file may hold, as a full disk does, once the limit is set by calling what this yields."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield lambda *_: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def refused_output(source, folder, **options):
    with pytest.raises(OutputRefused) as caught:
        plan(source, folder, **options)
    assert caught.value.say("zh")
    return caught.value.message.code


@pytest.mark.parametrize("place", ["taken", "taken/below"])
def test_a_file_where_the_folder_should_be_is_refused(lists, tmp_path, place):
    (tmp_path / "taken").write_text("mine")
    assert refused_output(lists, tmp_path / place) == "plan.folder"
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.parametrize(("bytes_left", "fails"), [(50_000, "plan.not_written"), (200_000, "map.not_written")])
def test_a_full_disk_leaves_nothing_half_written(lists, tmp_path, bytes_left, fails):
    with no_file_larger_than(bytes_left) as fill:
        assert refused_output(lists, tmp_path / "plan", progress=fill) == fails
    assert files(tmp_path / "plan") == set()


def test_a_full_disk_leaves_an_earlier_plan_alone(lists, with_refused, tmp_path):
    plan(with_refused, tmp_path)
    before = contents(tmp_path)
    with no_file_larger_than(200_000) as fill:
        refused_output(lists, tmp_path, progress=fill)
    assert contents(tmp_path) == before


def test_a_folder_in_the_place_of_a_file_leaves_the_others_unwritten(lists, tmp_path):
    (tmp_path / "map.html").mkdir()
    assert refused_output(lists, tmp_path) == "plan.in_the_way"
    assert files(tmp_path) == {"map.html"}


def test_stopping_in_the_middle_writes_nothing(lists, tmp_path):
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan(lists, tmp_path / "plan", progress=stop)
    assert not (tmp_path / "plan").exists()


def test_a_place_that_cannot_be_written_is_found_before_anything_is_planned(lists, tmp_path):
    (tmp_path / "taken").write_text("mine")
    (tmp_path / "plan" / "map.html").mkdir(parents=True)
    asked = []
    for place, code in (("taken", "plan.folder"), ("plan", "plan.in_the_way")):
        assert refused_output(lists, tmp_path / place, progress=lambda *now: asked.append(now)) == code
    assert asked == []


def test_an_outline_in_several_pieces_is_listed(tmp_path):
    households = write_households(tmp_path / "h.csv", homes("柳村", 30, 0, side=400))
    with_island = shapely.union(square(0, 0, 400), square(900, 0, 100))
    plan(town_of(households, write_villages(tmp_path / "v.geojson", {"柳村": with_island})), tmp_path / "plan")
    grids = read_plan(tmp_path / "plan" / "plan.gpkg").villages[0].grids
    split = [f"柳村-{grid.number:02d}" for grid in grids if len(shapely.get_parts(grid.outline)) > 1]
    assert report_of(tmp_path / "plan")["split_outlines"] == split != []
    stored = pyogrio.read_dataframe(tmp_path / "plan" / "plan.gpkg", layer="grids")
    assert stored["pieces"].tolist() == [len(shapely.get_parts(grid.outline)) for grid in grids]
    assert violations(tmp_path / "plan") == []


def test_a_folder_that_cannot_be_made_is_refused(lists):
    assert refused_output(lists, Path("/proc/plan")) == "plan.folder"


# ---- villages and their boundaries


def test_given_boundaries_are_the_boundaries_of_the_plan(made):
    for village, boundary in zip(
        read_plan(made[1] / "plan.gpkg").villages, (square(0), square(1000), square(2000)), strict=True
    ):
        assert village.boundary_given
        assert village.boundary.symmetric_difference(boundary).area < 1e-6 * boundary.area


def test_a_village_without_households_is_not_planned(tmp_path):
    households = write_households(tmp_path / "h.csv", homes("柳村", 30, 0))
    villages = write_villages(tmp_path / "v.geojson", {"空村": square(1000), "柳村": square(0)})
    made = plan(town_of(households, villages), tmp_path / "plan")
    assert [village.plan.village for village in made.town.villages] == ["柳村"]
    assert made.notes == ()


def test_a_village_without_a_boundary_gets_one_that_overlaps_no_other(tmp_path):
    households = write_households(tmp_path / "h.csv", homes("柳村", 30, 0), homes("桥村", 40, 900))
    villages = write_villages(tmp_path / "v.geojson", {"柳村": square(0)})
    plan(town_of(households, villages), tmp_path / "plan")
    willow, bridge = read_plan(tmp_path / "plan" / "plan.gpkg").villages
    assert (willow.boundary_given, bridge.boundary_given) == (True, False)
    assert willow.boundary.intersection(bridge.boundary).area < 1e-6 * willow.boundary.area
    assert violations(tmp_path / "plan") == []


def test_a_village_within_the_boundary_of_another_is_cut_out_of_it_with_a_note(tmp_path):
    ring = [row for row in homes("柳村", 90, 0) if not square(300, 300, 400).covers(shapely.Point(map(float, row[3:])))]
    inner = homes("里村", 40, 350, 350, side=300)
    households = write_households(tmp_path / "h.csv", ring, inner)
    villages = write_villages(tmp_path / "v.geojson", {"柳村": square(0)})
    made = plan(town_of(households, villages), tmp_path / "plan")
    (note,) = (note for note in made.notes if note.code == "plan.boundary_cut")
    assert note.values == {"village": "柳村", "others": series(["里村"])}
    assert said(note) in report_of(tmp_path / "plan")["notes"]
    willow, inside = made.town.villages
    assert inside.boundary.area > 0
    assert willow.boundary.intersection(inside.boundary).area < 1e-6 * inside.boundary.area
    assert violations(tmp_path / "plan") == []


def test_households_outside_their_own_boundary_are_planned_and_listed(tmp_path):
    ((lon, lat),) = FRAME.to_degrees([(500, 1400)])
    stray = ("柳村999", "户主", "柳村", f"{lon:.7f}", f"{lat:.7f}")
    households = write_households(tmp_path / "h.csv", homes("柳村", 30, 0), [stray])
    villages = write_villages(tmp_path / "v.geojson", {"柳村": square(0)})
    made = plan(town_of(households, villages), tmp_path / "plan")
    assert made.town.villages[0].outside == ("柳村999",)
    assert report_of(tmp_path / "plan")["outside_boundary"] == ["柳村999"]
    assert "柳村999" in made.town.villages[0].plan.grid_of
    assert violations(tmp_path / "plan") == []


def test_a_household_on_another_continent_spoils_nothing(tmp_path):
    stray = ("柳村999", "户主", "柳村", "-60.5", "37.95")
    source = town_of(write_households(tmp_path / "h.csv", homes("柳村", 30, 0), homes("桥村", 40, 1000), [stray]))
    made = plan(source, tmp_path / "plan")
    assert [sum(grid.size for grid in village.grids) for village in made.town.villages] == [30, 40]
    assert [refusal.value for refusal in made.lists.households.refused] == ["-60.5"]
    assert violations(tmp_path / "plan") == []


def test_households_find_their_village_by_position_or_within_the_snap(tmp_path):
    nameless = [(*row[:2], "", *row[3:]) for row in [*homes("a", 30, 0), *homes("b", 20, 1000, side=900)]]
    villages = write_villages(tmp_path / "v.geojson", {"柳村": square(0)})
    households = write_households(tmp_path / "h.csv", nameless)
    assert len(plan(town_of(households, villages), tmp_path / "plan").lists.households.refused) == 20
    snapped = plan(town_of(households, villages, snap=1000), tmp_path / "plan")
    assert snapped.lists.households.refused == ()
    assert len(snapped.town.villages[0].outside) == 20


def test_columns_may_be_named(tmp_path):
    path = tmp_path / "h.csv"
    write_households(path, homes("柳村", 30, 0))
    path.write_text(path.read_text(encoding="utf-8-sig").replace("户编号,户主", "甲,乙"), encoding="utf-8")
    made = plan(town_of(str(path), columns={"id": "甲", "name": "乙"}), tmp_path / "plan")
    first = made.town.villages[0].plan.households[0]
    assert (first.household_id, first.name) == ("柳村001", "户主1")
    assert report_of(tmp_path / "plan")["columns"]["name"] == "乙"


# ---- households without positions, and grids that exist already


ROSTER = ("户编号", "户主", "村", "村民小组", "门牌号", "网格", "联户党员")


def roster(path, rows):
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([ROSTER, *rows])
    return str(path)


def rows_of(village, *grids):
    """Returns the rows of grids of these sizes, a hamlet each, without positions."""
    return [
        (f"{village}{grid}{i:02d}", f"户主{grid}-{i}", village, f"{grid}组", f"{i}号", f"第{grid}网格", f"党员{grid}")
        for grid, size in enumerate(grids, start=1)
        for i in range(1, size + 1)
    ]


def test_a_list_without_any_position_is_planned_and_says_how_many_are_placed(tmp_path):
    source = town_of(roster(tmp_path / "h.csv", rows_of("柳村", 12, 13, 11)))
    made = plan(source, tmp_path / "plan")
    report = report_of(tmp_path / "plan")
    assert (report["households"], report["placed"], report["unplaced"], report["walk_m"]) == (36, 0, 36, None)
    assert (report["villages"][0]["placed"], report["villages"][0]["walk_m"]) == (0, None)
    assert any("0 of 36 households have a position" in note["en"] for note in report["notes"])
    assert [grid.size for grid in made.town.villages[0].grids] == [12, 13, 11]
    assert violations(tmp_path / "plan") == []
    assert (tmp_path / "plan" / "map.html").stat().st_size > 0


def test_hamlets_give_households_a_place(tmp_path):
    hamlets = tmp_path / "hamlets.csv"
    hamlets.write_text(
        "村,村民小组,经度,纬度\n柳村,1组,110.91,37.95\n柳村,2组,110.92,37.96\n柳村,3组,110.92,37.951\n",
        encoding="utf-8",
    )
    source = town_of(roster(tmp_path / "h.csv", rows_of("柳村", 6, 12, 6)), hamlets=str(hamlets))
    (village,) = plan(source, tmp_path / "plan").town.villages
    assert {(home.hamlet, home.lon, home.lat) for home in village.plan.households} == {
        ("1组", 110.91, 37.95),
        ("2组", 110.92, 37.96),
        ("3组", 110.92, 37.951),
    }
    by_grid = {(village.plan.grid_of[home.household_id], home.hamlet) for home in village.plan.households}
    assert by_grid == {(1, "1组"), (1, "3组"), (2, "2组")}
    (reported,) = report_of(tmp_path / "plan")["villages"]
    assert (reported["walk_m"], reported["places_walk_m"]) == (None, pytest.approx(6 * 885, rel=0.01))
    assert {home.position for home in village.plan.households} == {"hamlet"}


def test_grids_that_exist_are_replaced_only_with_a_word_about_it(tmp_path):
    source = town_of(roster(tmp_path / "h.csv", rows_of("柳村", 12, 13, 11)))
    made = plan(source, tmp_path / "plan")
    assert [note.say("en") for note in made.notes if note.code == "existing.replaced"] == [
        "The list has 3 grids already, which this plan replaces; --keep takes them as they are."
    ]
    assert report_of(tmp_path / "plan")["kept"] is False


def test_keep_takes_grids_and_leads_as_they_are_and_lists_what_they_break(tmp_path):
    source = town_of(roster(tmp_path / "h.csv", rows_of("柳村", 12, 17, 3)), keep_grids=True)
    made = plan(source, tmp_path / "plan", strict=True)
    report = report_of(tmp_path / "plan")
    assert report["kept"] is True
    assert [broken["en"] for broken in report["violations"]] == [one.message.say("en") for one in made.violations]
    assert len(report["violations"]) == report["exceptions"] == 2
    (village,) = read_plan(tmp_path / "plan" / "plan.gpkg").villages
    assert [(grid.number, grid.size, grid.label) for grid in village.grids] == [
        (1, 12, "第1网格"), (2, 17, "第2网格"), (3, 3, "第3网格"),
    ]  # fmt: skip
    assert {one.member_id for one in made.town.assignments} == {"柳村-党员1", "柳村-党员2", "柳村-党员3"}
    assert violations(tmp_path / "plan") == []


def test_keep_without_any_grid_in_the_list_is_refused(lists, tmp_path):
    with pytest.raises(InputRefused) as caught:
        plan(replace(lists, keep_grids=True), tmp_path / "plan", strict=True)
    assert caught.value.message.code == "existing.none"
    assert not (tmp_path / "plan").exists()


def test_the_language_of_the_user_changes_no_byte_of_the_report(with_refused, tmp_path):
    for lang in ("zh", "en"):
        plan(with_refused, tmp_path / lang, PlanSettings(effort="fast"), lang=lang)
    assert (tmp_path / "zh" / "report.json").read_bytes() == (tmp_path / "en" / "report.json").read_bytes()


def test_given_boundaries_that_overlap_are_noted_and_one_inside_another_counts_as_none(tmp_path):
    households = write_households(
        tmp_path / "h.csv", homes("东村", 40, 0), homes("西村", 40, 1100, 0), homes("内村", 30, 500, 500, side=200)
    )
    shapes = {"东村": square(0, 0, 1050), "西村": square(1000), "内村": square(450, 450, 300)}
    villages = write_villages(tmp_path / "v.geojson", shapes)
    made = plan(town_of(households, villages), tmp_path / "plan")
    assert [(note.code, *note.values.values()) for note in made.notes if note.code.startswith("plan.bound")] == [
        ("plan.boundaries_overlap", "东村", "西村"),
        ("plan.boundary_inside", "东村", series(["内村"])),
    ]
    assert {village.plan.village: village.boundary_given for village in made.town.villages} == {
        "东村": True, "西村": True, "内村": False,
    }  # fmt: skip
    assert violations(tmp_path / "plan") == []


def test_a_given_boundary_without_households_is_not_built_over(tmp_path):
    households = write_households(tmp_path / "h.csv", homes("东村", 60, 0, side=300))
    empty = square(290, 0, 500)
    made = plan(town_of(households, write_villages(tmp_path / "v.geojson", {"空村": empty})), tmp_path / "plan")
    (village,) = made.town.villages
    assert village.boundary.intersection(empty).area * 1e10 < 1


def test_a_town_around_the_180_degree_meridian_is_refused(tmp_path):
    rows = [(f"{i}", "", "村", str(lon), "10") for i, lon in enumerate([179.99, -179.99] * 10)]
    with pytest.raises(InputRefused, match=r"180°.*-179.99.*179.99"):
        plan(town_of(write_households(tmp_path / "h.csv", rows)), tmp_path / "plan")
    assert not (tmp_path / "plan").exists()


# ---- the people for the grids


def members(path, *rows):
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([("编号", "姓名", "村", "可联系网格数", "请假至"), *rows])
    return str(path)


def test_with_members_every_grid_has_a_lead_or_is_listed_as_short(tmp_path):
    people = members(tmp_path / "m.csv", ("M1", "甲", "柳村", "1", ""), ("M2", "乙", "柳村", "1", ""))
    source = town_of(roster(tmp_path / "h.csv", rows_of("柳村", 12, 13, 11)), members=people)
    made = plan(source, tmp_path / "plan")
    report = report_of(tmp_path / "plan")
    assert [report[name] for name in ("members", "leads", "deputies", "shortages")] == [2, 2, 0, 1]
    assert len(made.town.shortages) == 1
    assert violations(tmp_path / "plan") == []
    assert [finding.rule for finding in verify(tmp_path / "plan" / "plan.gpkg")].count("grid_short") == 1


def test_who_is_excused_on_the_day_of_the_plan_has_no_grid(tmp_path):
    people = members(
        tmp_path / "m.csv", ("M1", "甲", "柳村", "1", "2026-06-01"), ("M2", "乙", "柳村", "1", "2026-05-31")
    )
    source = town_of(roster(tmp_path / "h.csv", rows_of("柳村", 12)), members=people)
    assert [one.member_id for one in plan(source, tmp_path / "plan").town.assignments] == ["M2"]


def test_refused_members_have_a_file_of_their_own(tmp_path):
    people = members(tmp_path / "m.csv", ("M1", "甲", "柳村", "many", ""), ("M2", "乙", "柳村", "1", ""))
    source = town_of(roster(tmp_path / "h.csv", rows_of("柳村", 12)), members=people)
    plan(source, tmp_path / "plan")
    assert "many" in (tmp_path / "plan" / "refused_members.csv").read_text(encoding="utf-8-sig")
    with pytest.raises(InputRefused) as caught:
        plan(source, tmp_path / "plan", strict=True)
    assert caught.value.message.values["value"] == "many"


def test_keep_with_members_keeps_the_leads_there_are_and_offers_one_where_there_is_none(tmp_path):
    rows = [(*row[:6], "" if row[5] == "第2网格" else row[6]) for row in rows_of("柳村", 12, 13)]
    people = members(tmp_path / "m.csv", ("M1", "党员1", "柳村", "1", ""), ("M2", "乙", "柳村", "1", ""))
    made = plan(town_of(roster(tmp_path / "h.csv", rows), members=people, keep_grids=True), tmp_path / "plan")
    assert {one.grid: one.member_id for one in made.town.assignments} == {1: "M1"}
    assert [one.message.code for one in made.violations] == ["rule.no_lead"]
    (short,) = made.town.shortages
    assert (short.grid, short.offers[0].values["member"]) == (2, "M2")
    assert violations(tmp_path / "plan") == []


def test_the_workbook_of_a_plan_is_read_back_with_its_grids_and_leads(tmp_path):
    people = members(tmp_path / "m.csv", ("M1", "甲", "柳村", "1", ""), ("M2", "乙", "柳村", "1", ""))
    first = plan(town_of(roster(tmp_path / "h.csv", rows_of("柳村", 12, 13)), members=people), tmp_path / "one")
    workbook = str(tmp_path / "one" / "plan.xlsx")
    second = plan(town_of(workbook, members=people, keep_grids=True), tmp_path / "two")
    assert second.town.villages[0].plan.grid_of == first.town.villages[0].plan.grid_of
    leads = [{one.grid: one.member_id for one in made.town.assignments} for made in (first, second)]
    assert leads[0] == leads[1]
    assert "read.note.read_back" in {note.code for note in second.notes}


def test_a_kept_lead_of_too_many_grids_is_noted_once(tmp_path):
    rows = [(*row[:6], "党员1") for row in rows_of("柳村", 12, 13)]
    people = members(tmp_path / "m.csv", ("M1", "党员1", "柳村", "1", ""))
    made = plan(town_of(roster(tmp_path / "h.csv", rows), members=people, keep_grids=True), tmp_path / "plan")
    codes = [note.code for note in made.notes]
    assert codes.count("existing.leads_several") == 1
    assert "members.fixed.too_many" not in codes


def test_of_many_files_a_note_names_those_it_is_about(tmp_path):
    whole = write_households(tmp_path / "whole.csv", homes("柳村", 30, 0))
    for name in ("one", "two"):
        rows = homes("桥村", 15, 2000)
        write_households(tmp_path / f"{name}.csv", [("", f"{name}{row[1]}", *row[2:]) for row in rows])
    people = members(tmp_path / "m.csv", ("", "甲", "柳村", "1", ""))
    source = PlanSources((whole, str(tmp_path / "one.csv"), str(tmp_path / "two.csv")), members=people)
    notes = [note.say("en") for note in plan(source, tmp_path / "plan").notes]
    assert (
        "one.csv, two.csv: There is no id column: 30 codes were made from village, hamlet and running number." in notes
    )
    assert any(note.startswith("m.csv: There is no id column: 1 code") for note in notes)


def test_many_files_are_one_town(tmp_path):
    paths = [
        write_households(tmp_path / f"{name}.csv", homes(name, 30, west))
        for name, west in (("柳村", 0), ("桥村", 2000))
    ]
    made = plan(PlanSources(tuple(paths)), tmp_path / "plan")
    assert [village.plan.village for village in made.town.villages] == sorted(["柳村", "桥村"])


# ---- checking


def test_checking_the_same_list_again_finds_nothing_changed_and_writes_nothing(lists, made, tmp_path):
    _, changes = check_files(replace(lists, against=made[1] / "plan.gpkg"), tmp_path, "en")
    assert changes is not None and not changes
    assert files(tmp_path) == set()


def test_checking_writes_refused_rows_and_never_over_the_list_they_are_in(with_refused, tmp_path):
    check_files(with_refused, tmp_path, "en")
    assert files(tmp_path) == {"refused.csv"}
    before = contents(tmp_path)
    mended = town_of(str(tmp_path / "refused.csv"))
    for use in (lambda: check_files(mended, tmp_path, "en"), lambda: plan(mended, tmp_path)):
        with pytest.raises(OutputRefused) as caught:
            use()
        assert caught.value.message.code == "plan.own_list"
    assert contents(tmp_path) == before
