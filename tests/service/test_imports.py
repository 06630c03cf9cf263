"""Lists are brought in: recognised, looked at, corrected, and taken over in one transaction or not at all."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest
import shapely
from import_batches import BOUNDARY, NEW, actor, drop, listed, run, shapes, shifted, table, uploads
from sample_towns import FRAME, town
from service import NOW, OTHER, OWN, serve

from gridplan.coordinates import GCJ02, wgs84_to_degrees
from gridplan.demo import make_town, write_messy
from gridplan.errors import Conflict, InputRefused, NotHere
from gridplan.exchange.geopackage import write_plan
from gridplan.model import TownPlan
from gridplan.service.imports import uploads as bringing
from gridplan.service.imports.preview_job import IMPORTS_FOLDER, PREVIEW_MAP
from gridplan.service.imports.staging import ImportChoices
from gridplan.store.access import accounts
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.registry import features, households, members, villages
from gridplan.store.system import imports

SHIQIAO = next(one for one in town().villages if one.plan.village == OWN)
HOMES = SHIQIAO.plan.households


@pytest.fixture
def desk(tmp_path, sqlite):
    """Return the service over the drawn town, for looks at lists, which leave any database as it is."""
    with sqlite.copy("filled", tmp_path) as store:
        yield serve(store)


def villages_of(store):
    with store.read() as connection:
        return {row["name"]: row for row in villages.rows(connection)}


def households_of(store):
    with store.read() as connection:
        return {home.household_id: home for home in households.models(connection)}


# ---- what is there


def test_every_list_is_recognised_and_nothing_changes_before_confirm(desk):
    before = households_of(desk.store)
    brought = drop(
        desk.store,
        "administrator",
        {
            "a.csv": listed(NEW.plan.households),
            "b.csv": table(("姓名", "人员类别", "村", "组"), [("示例甲", "党员", NEW.plan.village, "1组")]),
            "c.geojson": shapes(BOUNDARY),
            "d.csv": table(("村", "村民小组", "经度", "纬度"), [(NEW.plan.village, "1组", 119.47, 31.44)]),
            "e.geojson": shapes(({"kind": "river"}, shapely.LineString([(119.4, 31.4), (119.5, 31.5)]))),
            "f.geojson": shapes(({"kind": "bridge"}, shapely.Point(119.45, 31.45))),
            "g.geojson": shapes(({"highway": "residential"}, shapely.LineString([(119.4, 31.4), (119.41, 31.4)]))),
        },
    )
    kinds = [piece["kind"] for piece in brought.found["pieces"]]
    assert kinds == ["households", "members", "villages", "hamlets", "barriers", "crossings", "roads"]
    assert brought.changes == {
        "new": 48, "new_members": 1, "new_villages": 1, "anchors": 1, "road": 1, "barrier": 1, "crossing": 1,
    }  # fmt: skip
    assert brought.said("blocked") == []
    assert households_of(desk.store) == before


def test_what_is_missing_is_said_with_what_works_without_it(store):
    with store.change(COMMAND_LINE, "add", "account", now=NOW) as change:
        accounts.add(change.connection, name="A", role="administrator", login="administrator", now=NOW)
    bare = table(("户主", "村", "组", "门牌"), [(f"户主{n}", "石桥村", "1组", f"{n}号") for n in range(1, 31)])
    brought = drop(store, "administrator", {"石桥村.csv": bare})
    assert brought.said("missing") == [
        "imports.missing.positions",
        "imports.missing.members",
        "imports.missing.boundaries",
        "imports.missing.barriers",
    ]


def test_lists_in_a_zip_file_are_taken_out_of_it(desk):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("名单/a.csv", listed(NEW.plan.households))
        archive.writestr("c.geojson", shapes(BOUNDARY))
        archive.writestr("readme.txt~", b"not a list")
    brought = drop(desk.store, "administrator", {"all.zip": packed.getvalue()})
    assert [piece["name"] for piece in brought.found["pieces"]] == ["a.csv", "c.geojson"]
    assert brought.changes["new"] == 48


def test_a_list_called_like_a_new_village_is_of_that_village(desk):
    rows = [(f"户主{n}", "1组", f"{n}号") for n in range(1, 31)]
    brought = drop(desk.store, "administrator", {"柳沟村.csv": table(("户主", "组", "门牌"), rows)})
    assert [(one["name"], one["known"], one["n"]) for one in brought.found["villages"]] == [("柳沟村", False, 30)]


def test_files_are_kept_under_names_of_our_own(desk):
    hostile = "../../<script>${x}.csv"
    brought = drop(desk.store, "administrator", {hostile: listed(NEW.plan.households)})
    (folder,) = (desk.store.folder / IMPORTS_FOLDER).iterdir()
    assert all(path.stem.isalnum() or path.name.startswith(("map.", "refused_")) for path in folder.iterdir())
    assert brought.found["pieces"][0]["name"] == "<script>${x}.csv"


@pytest.mark.parametrize("name", ["virus.exe", "list.pdf", "macros.xlsm"])
def test_a_file_that_is_no_list_is_refused_at_once_and_leaves_nothing(desk, name):
    with pytest.raises(InputRefused):
        drop(desk.store, "administrator", {"a.csv": listed(HOMES), name: b"x"})
    assert not list((desk.store.folder / IMPORTS_FOLDER).glob("*/*"))


@pytest.mark.parametrize("content", [b"PK\x03\x04 no more", b"%PDF-1.7", b"\x00\x01\x02", b"<html><table>"])
def test_a_broken_file_is_set_aside_with_why_and_the_others_go_on(desk, content):
    brought = drop(desk.store, "administrator", {"a.csv": listed(NEW.plan.households), "b.xlsx": content})
    assert brought.piece("b.xlsx")["problem"] is not None
    assert brought.changes["new"] == 48


def test_what_is_never_stored_is_not_even_shown(desk):
    rows = [("1", "王明", OWN, "11010119900307123X"), ("2", "李秀", OWN, "110101196501011237")]
    brought = drop(desk.store, "administrator", {"a.csv": table(("户编号", "户主", "村", "身份证号"), rows)})
    assert "身份证号" not in brought.found["pieces"][0]["headers"]
    assert "19900307" not in repr(brought.found)


# ---- correcting


def test_a_guessed_column_is_set_to_another_or_to_none(desk):
    rows = [(home.household_id, "甲", home.name, OWN, home.door) for home in HOMES]
    brought = drop(desk.store, "administrator", {"a.csv": table(("户编号", "户主", "备用名", "村", "门牌"), rows)})
    assert brought.changes == {"renamed": len(HOMES)}
    key = brought.found["pieces"][0]["key"]
    brought.correct(columns={key: {"name": "备用名"}})
    assert brought.found["nothing"]
    brought.correct(columns={key: {"name": ""}})
    assert brought.found["nothing"]
    assert {"field": "name", "header": ""} in brought.found["pieces"][0]["fields"]


def test_columns_that_might_both_be_meant_keep_a_list_out_until_one_is_chosen(desk):
    header = ("户编号", "姓名", "name", "村")
    rows = [(home.household_id, home.name, "x", home.village) for home in HOMES]
    brought = drop(desk.store, "administrator", {"a.csv": table(header, rows)})
    assert brought.said("blocked") == ["imports.blocked.piece"]
    brought.correct(columns={brought.found["pieces"][0]["key"]: {"name": "姓名"}})
    assert brought.said("blocked") == []
    assert brought.found["nothing"]


def test_a_file_is_taken_for_what_the_planner_says_it_is(service):
    line = shapely.LineString([(119.4, 31.4), (119.5, 31.5)])
    brought = drop(service.store, "administrator", {"a.geojson": shapes(({}, line))})
    assert brought.changes == {"road": 1}
    brought.correct(kinds={brought.found["pieces"][0]["key"]: "barriers"})
    assert brought.changes == {"barrier": 1}
    brought.confirm()
    with service.store.read() as connection:
        assert features.counts(connection) == {"barrier": 1}


def test_positions_read_in_the_wrong_frame_are_seen_and_the_better_one_is_offered(desk):
    brought = drop(desk.store, "administrator", {"a.csv": listed(shifted(HOMES))})
    piece = brought.found["pieces"][0]
    assert piece["offers"] == ["gcj02"]
    assert brought.changes["moved"] == len(HOMES)
    brought.correct(frames={piece["key"]: "gcj02"})
    assert brought.found["pieces"][0]["offers"] == []
    assert brought.found["nothing"]


def test_outlines_in_the_wrong_frame_are_offered_the_better_one_themselves(desk):
    def moved(boundary):
        return shapely.transform(boundary, lambda places: wgs84_to_degrees(places, GCJ02))

    drawn = shapes(({"村名": NEW.plan.village}, moved(NEW.boundary)))
    brought = drop(desk.store, "administrator", {"a.csv": listed(NEW.plan.households), "b.geojson": drawn})
    assert brought.piece("b.geojson")["offers"] == ["gcj02"]


def test_a_frame_that_is_none_is_refused_with_what_to_write(desk):
    brought = drop(desk.store, "administrator", {"a.csv": listed(HOMES)})
    with pytest.raises(InputRefused, match="EPSG"):
        brought.correct(frames={brought.found["pieces"][0]["key"]: "moon"})


def test_refused_rows_come_back_as_a_file_and_mended_go_where_they_were(desk):
    rows = [(home.household_id, home.name, home.village, home.lon, home.lat) for home in NEW.plan.households]
    rows[3] = (*rows[3][:3], 31.4, 119.5)
    header = ("户编号", "户主", "村", "经度", "纬度")
    brought = drop(desk.store, "administrator", {"a.csv": table(header, rows), "b.geojson": shapes(BOUNDARY)})
    assert brought.found["refused"]["households"] == 1
    assert brought.changes["new"] == 47
    path = bringing.preview_file(desk.store, brought.who, brought.id, "refused_households.en.csv")
    head, row = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    row[3:5] = row[4], row[3]
    brought.add({"refused.csv": table(head, [row])})
    assert brought.found["refused"]["households"] == 0
    assert brought.changes["new"] == 48


# ---- what changes, and taking it over


def test_the_same_lists_again_change_nothing(service):
    people = table(("姓名", "人员类别", "村", "组"), [(f"示例{n}", "党员", OWN, "1组") for n in range(9)])
    line = shapely.LineString([(119.4, 31.4), (119.5, 31.5)])
    files = {"a.csv": listed(NEW.plan.households), "b.geojson": shapes(BOUNDARY), "c.csv": people}
    files["d.geojson"] = shapes(({"highway": "path"}, line))
    files["e.csv"] = table(
        ("户主", "村", "组", "门牌"), [(f"户主{n}", "柳沟村", "1组", f"{n}号") for n in range(1, 31)]
    )
    files["f.csv"] = table(("村", "村民小组", "经度", "纬度"), [("柳沟村", "1组", 119.47, 31.44)])
    assert drop(service.store, "administrator", files).confirm()["counts"]["new"] == 78
    again = drop(service.store, "administrator", files)
    assert again.changes == {}
    assert again.found["nothing"]


def test_changes_are_told_apart_and_applied_and_nobody_goes_because_a_row_is_missing(service):
    away = FRAME.to_degrees([(900.0, 900.0)])[0]
    homes = list(HOMES[1:])
    homes[0] = replace(homes[0], lon=away[0], lat=away[1])
    homes[1] = replace(homes[1], name="新户主")
    homes[2] = replace(homes[2], hamlet="9组")
    homes[3] = replace(homes[3], door="999号")
    homes[4] = replace(homes[4], village=OTHER)
    homes.append(replace(homes[5], household_id="新1", name="新来", door="1000号", lon=away[0] + 1e-4))
    brought = drop(service.store, "administrator", {"a.csv": listed(homes)})
    expected = {"new": 1, "moved": 1, "renamed": 1, "other_hamlet": 1, "amended": 1, "other_village": 1}
    assert {kind: brought.changes[kind] for kind in expected} == expected
    assert HOMES[0].household_id in [row["code"] for row in brought.found["changes"]["gone"]["rows"]]
    brought.confirm()
    now = households_of(service.store)
    assert now[HOMES[0].household_id] == HOMES[0]
    assert (now[HOMES[1].household_id].lon, now[HOMES[1].household_id].lat) == pytest.approx(tuple(away))
    assert now[HOMES[2].household_id].name == "新户主"
    assert now[HOMES[5].household_id].village == OTHER
    assert now["新1"].name == "新来"


def test_households_in_doubt_are_asked_about_and_wait_until_they_are_answered(service):
    rows = [(f"户主{n}", "柳沟村", "1组", f"{n}号") for n in range(1, 31)]
    header = ("户主", "村", "组", "门牌")
    drop(service.store, "administrator", {"a.csv": table(header, rows)}).confirm()
    rows[4] = ("户主5", "柳沟村", "1组", "77号")
    rows[5] = ("户主5", "柳沟村", "1组", "78号")
    brought = drop(service.store, "administrator", {"b.csv": table(header, rows)})
    asked = brought.found["unsure"]
    assert asked
    first = asked[0]
    brought.correct(answers={first["code"]: first["candidates"][0]["code"]})
    assert brought.row["choices"]["asked"][first["code"]]
    assert next(one for one in brought.found["unsure"] if one["code"] == first["code"])["answered"]
    brought.correct(answers={one["code"]: None for one in asked})
    assert brought.changes["new"] == len(asked)


def test_a_retired_household_that_is_still_listed_stays_retired(service):
    with service.store.change(COMMAND_LINE, "retire", "household", now=NOW) as change:
        id_ = households.ids_by_code(change.connection)[HOMES[0].household_id]
        imports.update_household(change.connection, id_, {"retired_on": NOW.date()})
    brought = drop(service.store, "administrator", {"a.csv": listed(HOMES)})
    assert brought.changes == {"retired": 1}
    assert brought.found["nothing"]


def test_members_are_known_by_code_or_by_name_and_what_a_list_leaves_blank_stays(service):
    with service.store.read() as connection:
        known = [one for one in members.models(connection) if one.village == OWN]
    rows = [(one.name, OWN, "村干部") for one in known] + [("新人", OWN, "党员"), ("某人", "不存在的地方", "党员")]
    brought = drop(service.store, "administrator", {"成员.csv": table(("姓名", "村", "人员类别"), rows)})
    assert brought.changes == {"new_members": 2, "changed_members": len(known)}
    assert "imports.note.strange_villages" in [note["said"]["code"] for note in brought.found["notes"]]
    brought.confirm()
    with service.store.read() as connection:
        now = {one.member_id: one for one in members.models(connection)}
        assert "不存在的地方" not in villages.ids_by_name(connection)
    assert all(now[one.member_id] == replace(one, kind="村干部") for one in known)


def test_a_village_under_another_name_is_renamed_and_keeps_its_households(service):
    homes = [replace(home, village="石桥社区") for home in HOMES]
    brought = drop(service.store, "administrator", {"a.csv": listed(homes)})
    assert brought.changes == {"renamed_villages": 1}
    brought.confirm()
    with service.store.read() as connection:
        assert "石桥社区" in villages.ids_by_name(connection)
    assert {home.village for home in households_of(service.store).values()} >= {"石桥社区", OTHER}


def test_whoever_confirms_after_the_lists_have_changed_is_asked_to_look_again(service):
    first = drop(service.store, "administrator", {"a.csv": listed(NEW.plan.households)})
    second = drop(service.store, "planner", {"a.csv": listed([replace(home, name="改") for home in HOMES])})
    second.confirm()
    before = households_of(service.store)
    with pytest.raises(Conflict):
        first.confirm()
    assert households_of(service.store) == before
    assert first.row["state"] == "open"
    bringing.save_choices(service.store, first.who, first.id, bringing.Choices(), now=NOW)
    assert first.look().confirm()["counts"]["new"] == 48


def test_confirming_twice_is_confirming_once(service):
    brought = drop(service.store, "administrator", {"a.csv": listed(NEW.plan.households)})
    for _ in range(2):
        bringing.confirm_batch(service.store, brought.who, brought.id, keep=False, lang="en", today=NOW.date(), now=NOW)
    run(service.store, brought.row["job_id"])
    with pytest.raises(Conflict):
        bringing.confirm_batch(service.store, brought.who, brought.id, keep=False, lang="en", today=NOW.date(), now=NOW)
    assert len(households_of(service.store)) == len(town_homes()) + 48


def town_homes():
    return [home for one in town().villages for home in one.plan.households]


def test_files_and_what_was_found_go_once_they_are_confirmed_discarded_or_a_day_old(service):
    store = service.store
    folder = store.folder / IMPORTS_FOLDER
    drop(store, "administrator", {"a.csv": listed(NEW.plan.households)}).confirm()
    thrown = drop(store, "administrator", {"a.csv": listed(HOMES)})
    bringing.discard_batch(store, thrown.who, thrown.id, now=NOW)
    left = drop(store, "administrator", {"a.csv": listed(HOMES)})
    assert len(list(folder.iterdir())) == 1
    bringing.discard_old_batches(store, now=NOW + timedelta(hours=25))
    assert not list(folder.iterdir())
    assert [left.row["state"], left.found, thrown.found] == ["discarded", {}, {}]


# ---- starting from what there is


def gridded(homes):
    header = ("户编号", "户主", "村", "门牌", "经度", "纬度", "网格编号", "联户党员")
    number = NEW.plan.grid_of
    return table(
        header,
        (
            (
                home.household_id,
                home.name,
                home.village,
                home.door,
                home.lon,
                home.lat,
                f"第{number[home.household_id]}网格",
                f"组长{number[home.household_id]}",
            )
            for home in homes
        ),
    )


def test_grids_that_the_lists_have_become_the_first_draft_with_their_leads_and_every_broken_rule(service):
    files = {"a.csv": gridded(NEW.plan.households), "b.geojson": shapes(BOUNDARY)}
    brought = drop(service.store, "administrator", files)
    assert brought.found["grids"] == {"n": 4, "within": 4, "led": 4, "in_none": 0}
    result = brought.confirm(keep=True)
    assert result["grids"] == 4
    with service.store.read() as connection:
        kept = plans.town(connection, list(plans.of_draft(connection, result["draft"]).values()))
    (planned,) = kept.villages
    assert planned.kept
    assert planned.plan.grid_of == NEW.plan.grid_of
    assert sorted(one.role for one in kept.assignments) == ["lead"] * 4
    assert {one["code"] for one in result["broken"]} == {"existing.lead_unknown"}


def test_grids_are_not_kept_where_the_planner_wants_to_plan_anew(service):
    result = drop(service.store, "administrator", {"a.csv": gridded(NEW.plan.households)}).confirm(keep=False)
    assert "draft" not in result


def test_a_finished_plan_comes_in_as_a_draft(service, tmp_path):
    write_plan(TownPlan((NEW,)), tmp_path / "plan.gpkg", "en")
    content = (tmp_path / "plan.gpkg").read_bytes()
    brought = drop(service.store, "administrator", {"plan.gpkg": content})
    assert brought.found["plan"] == {"villages": 1, "households": 48, "grids": 4, "exceptions": 0}
    result = brought.confirm()
    with service.store.read() as connection:
        loaded = plans.town(connection, list(plans.of_draft(connection, result["draft"]).values()))
        assert not set(plans.of_draft(connection, result["draft"])) & set(plans.published(connection))
    assert [one.plan.grid_of for one in loaded.villages] == [NEW.plan.grid_of]


def test_a_finished_plan_is_brought_in_by_itself(desk, tmp_path):
    write_plan(TownPlan((NEW,)), tmp_path / "plan.gpkg", "en")
    files = {"plan.gpkg": (tmp_path / "plan.gpkg").read_bytes(), "a.csv": listed(HOMES)}
    assert drop(desk.store, "administrator", files).said("blocked") == ["imports.blocked.plan_alone"]


# ---- whose it is


@pytest.mark.parametrize(
    ("homes", "why"),
    [
        (NEW.plan.households, ["imports.blocked.new_villages"]),
        ([replace(HOMES[0], village=OTHER)], ["imports.blocked.other_villages"]),
        (
            [replace(home, village=OWN) for home in town().villages[1].plan.households],
            ["imports.blocked.other_villages"],
        ),
    ],
)
def test_a_planner_brings_nothing_of_villages_that_are_not_theirs(service, homes, why):
    before = households_of(service.store)
    brought = drop(service.store, "planner", {"a.csv": listed([HOMES[5], *homes])})
    assert brought.said("blocked") == why
    with pytest.raises(InputRefused):
        brought.confirm()
    assert households_of(service.store) == before


def test_a_planner_brings_lists_of_the_own_village(service):
    brought = drop(service.store, "planner", {"a.csv": listed([replace(HOMES[0], name="改"), *HOMES[1:]])})
    assert brought.said("blocked") == []
    brought.confirm()
    assert households_of(service.store)[HOMES[0].household_id].name == "改"


def test_members_of_the_whole_town_and_shapes_beyond_the_own_villages_are_the_administrators(desk):
    line = FRAME.shape_to_degrees(shapely.LineString([(800, 800), (2400, 800)]))
    people = table(("姓名", "人员类别"), [("示例镇", "镇干部")])
    brought = drop(desk.store, "planner", {"a.csv": people, "河流.geojson": shapes(({}, line))})
    assert brought.said("blocked") == ["imports.blocked.town_members", "imports.blocked.features"]


def test_what_somebody_brings_is_seen_by_them_and_the_administrator_only(desk):
    brought = drop(desk.store, "administrator", {"a.csv": listed(HOMES)})
    with desk.store.read() as connection, pytest.raises(NotHere):
        bringing.batch_of(connection, actor(desk.store, "planner"), brought.id)
    mine = drop(desk.store, "planner", {"a.csv": listed(HOMES)})
    with desk.store.read() as connection:
        assert bringing.batch_of(connection, brought.who, mine.id)["id"] == mine.id
        assert [row["id"] for row in bringing.overlapping_batches(connection, mine.row)] == [brought.id]


def test_a_look_shows_nothing_of_who_is_out_of_scope(desk):
    home = next(one for one in households_of(desk.store).values() if one.village == OTHER)
    there = {name: row for name, row in villages_of(desk.store).items() if row["boundary"] is not None}
    guesses = {
        "a.csv": table(("户编号", "户主", "村", "组", "门牌"), [(home.household_id, "猜", OWN, "9组", "999号")]),
        "b.csv": table(("编号", "姓名", "人员类别", "可带网格数"), [(f"{OTHER}-M1", "猜猜", "党员", 2)]),
    }
    seen, all_ = (drop(desk.store, login, guesses) for login in ("planner", "administrator"))
    assert "imports.blocked.other_villages" in seen.said("blocked")
    assert home.name in json.dumps(all_.found, ensure_ascii=False)
    assert home.name not in json.dumps(seen.found, ensure_ascii=False)
    assert [seen.found["changes"].get(kind) for kind in ("other_village", "renamed", "changed_members")] == [None] * 3
    maps = [
        json.loads(bringing.preview_file(desk.store, one.who, one.id, PREVIEW_MAP).read_text()) for one in (seen, all_)
    ]
    assert [{one["name"] for one in drawn["villages"]} for drawn in maps] == [{OWN}, there.keys()]


def test_who_may_be_meant_is_not_said_of_another_village(desk):
    homes = [one for one in households_of(desk.store).values() if one.village == OTHER]
    rows = [(home.name, OTHER, home.hamlet, home.door) for home in homes]
    rows[4], rows[5] = ((homes[4].name, OTHER, homes[4].hamlet, door) for door in ("997号", "998号"))
    lists = {"a.csv": table(("户主", "村", "组", "门牌"), rows)}
    seen, all_ = (drop(desk.store, login, lists).found["unsure"] for login in ("planner", "administrator"))
    assert any(one["candidates"] for one in all_)
    assert [one["code"] for one in seen] == [one["code"] for one in all_]
    assert not any(one["candidates"] for one in seen)


def test_what_was_found_of_a_village_is_gone_for_who_has_lost_it(desk):
    brought = drop(desk.store, "planner", {"a.csv": listed(replace(home, name="甲") for home in HOMES[:40])})
    with desk.store.write() as connection:
        accounts.set_scope(connection, brought.who.account_id, [])
    lost = actor(desk.store, "planner")
    with pytest.raises(NotHere):
        bringing.preview_file(desk.store, lost, brought.id, PREVIEW_MAP)
    with pytest.raises(Conflict):
        bringing.confirm_batch(desk.store, lost, brought.id, keep=False, lang="en", today=NOW.date(), now=NOW)
    page = desk.client("planner").get(f"/imports/{brought.id}").text
    assert "Look again" in page
    assert HOMES[0].name not in page
    bringing.save_choices(desk.store, lost, brought.id, ImportChoices(), now=NOW)
    assert brought.found == {}


def test_no_file_and_too_many_are_refused(service):
    who = actor(service.store, "administrator")
    with pytest.raises(InputRefused):
        bringing.start_batch(service.store, who, [], now=NOW)
    with pytest.raises(InputRefused, match="200"):
        bringing.start_batch(service.store, who, uploads({f"{n}.csv": b"a" for n in range(201)}), now=NOW)


# ---- the messy lists of the demo town


@pytest.fixture(scope="module")
def messy(tmp_path_factory):
    """Return some of the messy lists: one that has grids, one with GCJ-02 in its headers, and the members."""
    folder = tmp_path_factory.mktemp("messy")
    write_messy(make_town(), folder)
    return {name: (folder / name).read_bytes() for name in ("松台村.csv", "鹰崖村.xlsx", "成员名单.xlsx")}


def test_messy_lists_are_brought_into_an_empty_town_with_the_grids_they_have(store, messy):
    with store.change(COMMAND_LINE, "add", "account", now=NOW) as change:
        accounts.add(change.connection, name="A", role="administrator", login="administrator", now=NOW)
    brought = drop(store, "administrator", messy)
    assert [piece["kind"] for piece in brought.found["pieces"]] == ["households", "households", "members"]
    assert brought.piece("鹰崖村.xlsx")["offers"] == ["gcj02"]
    assert {one["name"] for one in brought.found["villages"]} == {"松台村", "鹰崖村"}
    brought.correct(frames={brought.piece("鹰崖村.xlsx")["key"]: "gcj02"})
    grids = brought.found["grids"]
    assert grids["n"] > grids["within"]
    result = brought.confirm(keep=True)
    assert result["grids"] == grids["n"]
    assert "rule.size" in {one["code"] for one in result["broken"]}
    again = drop(store, "administrator", messy)
    again.correct(frames={again.piece("鹰崖村.xlsx")["key"]: "gcj02"})
    assert again.found["nothing"]
