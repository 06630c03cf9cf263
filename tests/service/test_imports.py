"""Import batches are recognised, previewed, corrected, and applied in one transaction or not at all."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest
import shapely
from databases import ON_BOTH
from geopackages import geopackage, view
from import_batches import BOUNDARY, NEW, actor, listed, run, shapes, shifted, table, upload, uploads
from sample_towns import FRAME, town
from service import NOW, OTHER, OWN, serve
from sqlalchemy import event, select, update

from gridplan.coordinates import DMS, GCJ02, wgs84_to_degrees
from gridplan.demo import write_messy
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.exchange.geopackage import write_plan
from gridplan.model import TownPlan
from gridplan.service.imports import batches
from gridplan.service.imports.apply_job import apply_import, prepare_import
from gridplan.service.imports.diff import read_town
from gridplan.service.imports.load_plan import load_plan
from gridplan.service.imports.preview import PREVIEW_MAP
from gridplan.service.imports.staging import IMPORTS_FOLDER, ImportChoices, staged_files
from gridplan.service.jobs.control import cancel_job
from gridplan.service.registry import features as registry_features
from gridplan.store.access import accounts
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.registry import features, households, members, placement, villages
from gridplan.store.rows import update_row
from gridplan.store.system import audit, imports, jobs
from gridplan.store.system.audit import AuditQuery
from gridplan.store.tables import draft, household, member, village
from gridplan.words import message_from_json

SHIQIAO = next(one for one in town().villages if one.plan.village == OWN)
HOMES = SHIQIAO.plan.households


@pytest.fixture
def desk(tmp_path, sqlite):
    """Return the service over the drawn town, for previews, which leave any database as it is."""
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
    batch = upload(
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
    kinds = [file["kind"] for file in batch.preview["files"]]
    assert kinds == ["households", "members", "villages", "hamlets", "barriers", "crossings", "roads"]
    assert batch.changes == {
        "new": 48, "new_members": 1, "new_villages": 1, "anchors": 1, "road": 1, "barrier": 1, "crossing": 1,
    }  # fmt: skip
    assert batch.codes("blockers") == []
    assert households_of(desk.store) == before


def test_layers_of_a_map_are_what_they_are_and_addresses_are_asked_about(desk):
    spot = NEW.boundary.representative_point()
    houses = [({"id": n}, shapely.Point(spot.x + n / 5_000, spot.y).buffer(0.00005)) for n in range(40)]
    batch = upload(
        desk.store,
        "administrator",
        {
            "a.geojson": shapes(BOUNDARY),
            "b.geojson": shapes(*houses),
            "c.geojson": shapes(
                ({"place": "hamlet", "name": "上坝"}, spot), ({"place": "suburb"}, shapely.Point(1, 1))
            ),
            "d.geojson": shapes(({"street": "河街", "housenumber": "3"}, spot)),
        },
    )
    assert [file["kind"] for file in batch.preview["files"]] == ["villages", "buildings", "hamlets", "aside"]
    assert batch.changes == {"new_villages": 1, "anchors": 1, "building": 40}
    assert batch.codes("blockers") == ["imports.blocked.asked"]
    with pytest.raises(InputRefused, match=r"what is in d\.geojson"):
        batch.apply()
    batch.choose(kinds={batch.file("d.geojson")["key"]: "aside"})
    assert (batch.codes("blockers"), batch.page.asked_files, batch.page.strange_files) == ([], [], [])
    batch.choose(kinds={batch.file("d.geojson")["key"]: "households"})
    assert batch.changes["new"] == 1
    batch.apply()
    with desk.store.read() as connection:
        assert [(one.village, one.name) for one in villages.hamlets(connection)][-1] == (NEW.plan.village, "上坝")


def test_what_is_missing_is_named_with_what_works_without_it(store):
    with store.change(COMMAND_LINE, "add", "account", now=NOW) as change:
        accounts.add(change.connection, name="A", role="administrator", login="administrator", now=NOW)
    bare = table(("户主", "村", "组", "门牌"), [(f"户主{n}", "石桥村", "1组", f"{n}号") for n in range(1, 31)])
    batch = upload(store, "administrator", {"石桥村.csv": bare})
    assert batch.codes("missing") == [
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
    batch = upload(desk.store, "administrator", {"all.zip": packed.getvalue()})
    assert [file["name"] for file in batch.preview["files"]] == ["a.csv", "c.geojson"]
    assert batch.changes["new"] == 48


def test_a_list_called_like_a_new_village_is_of_that_village(desk):
    rows = [(f"户主{n}", "1组", f"{n}号") for n in range(1, 31)]
    batch = upload(desk.store, "administrator", {"柳沟村.csv": table(("户主", "组", "门牌"), rows)})
    assert [(one["name"], one["known"], one["n"]) for one in batch.preview["villages"]] == [("柳沟村", False, 30)]


def test_a_view_of_a_geopackage_is_no_second_list_of_the_same_households(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", [b"GP"] * 3, view("SELECT * FROM list"))
    staged = staged_files(tmp_path, [{"stored": path.name, "name": "户.gpkg"}], ImportChoices(), str)
    assert [(file.name, file.kind) for file in staged] == [("户.gpkg#list", "households"), ("户.gpkg#v", "aside")]


def test_files_are_stored_under_random_names(desk):
    hostile = "../../<script>${x}.csv"
    batch = upload(desk.store, "administrator", {hostile: listed(NEW.plan.households)})
    (folder,) = (desk.store.folder / IMPORTS_FOLDER).iterdir()
    assert all(path.stem.isalnum() or path.name.startswith(("map.", "refused_")) for path in folder.iterdir())
    assert batch.preview["files"][0]["name"] == "<script>${x}.csv"


@pytest.mark.parametrize("name", ["virus.exe", "list.pdf", "macros.xlsm"])
def test_a_file_that_is_no_list_is_refused_at_once_and_leaves_nothing(desk, name):
    with pytest.raises(InputRefused):
        upload(desk.store, "administrator", {"a.csv": listed(HOMES), name: b"x"})
    assert not list((desk.store.folder / IMPORTS_FOLDER).glob("*/*"))


@pytest.mark.parametrize("content", [b"PK\x03\x04 no more", b"%PDF-1.7", b"\x00\x01\x02", b"<html><table>"])
def test_a_broken_file_is_set_aside_with_why_and_the_others_go_on(desk, content):
    batch = upload(desk.store, "administrator", {"a.csv": listed(NEW.plan.households), "b.xlsx": content})
    assert batch.file("b.xlsx")["problem"] is not None
    assert batch.changes["new"] == 48
    assert [file["name"] for file in batch.page.strange_files] == ["b.xlsx"]


def test_only_files_that_were_understood_to_the_last_row_are_said_to_change_nothing(desk):
    batch = upload(desk.store, "administrator", {"a.csv": listed(HOMES)})
    assert batch.page.says_nothing_new
    batch.add({"b.csv": table(("品名", "单价"), [("铅笔", "2")])})
    assert batch.preview["is_empty"]
    assert not batch.page.says_nothing_new
    batch.choose(kinds={batch.file("b.csv")["key"]: "aside"})
    assert batch.page.says_nothing_new
    assert batch.page.strange_files == []
    batch.add({"a.csv": listed([*HOMES, replace(HOMES[0], household_id="X", lon=900.0)])})
    assert not batch.page.says_nothing_new


def test_private_columns_are_not_even_shown(desk):
    rows = [("1", "王明", OWN, "11010119900307123X"), ("2", "李秀", OWN, "110101196501011237")]
    batch = upload(desk.store, "administrator", {"a.csv": table(("户编号", "户主", "村", "身份证号"), rows)})
    assert "身份证号" not in batch.preview["files"][0]["headers"]
    assert "19900307" not in repr(batch.preview)


def test_villages_that_are_most_likely_none_are_imported_only_by_who_has_seen_their_numbers(desk):
    areas = [({}, shapely.box(119.4 + n / 100, 31.4, 119.405 + n / 100, 31.41)) for n in range(20)]
    homes = [replace(home, village=f"{at % 16}") for at, home in enumerate(NEW.plan.households)]
    batch = upload(desk.store, "administrator", {"a.csv": listed(homes), "b.geojson": shapes(*areas)})
    batch.choose(kinds={batch.file("b.geojson")["key"]: "villages"})
    gate = batch.preview["gate"]
    assert [fact["values"] for fact in gate["facts"]] == [
        {"n": 48, "of": 48, "nameless": 30, "villages": 30},
        {"n": 16, "of": 16, "least": 10, "median": "3"},
    ]
    assert gate["file"] == batch.file("b.geojson")["key"]
    for seal in ("", "1", "0" * 16):
        with pytest.raises(InputRefused, match="48 of 48 households"):
            batch.confirm(seals=[seal])
    batch.choose(kinds={gate["file"]: "aside"})
    assert batch.preview["gate"]["likely"]["code"] == "village_doubt.likely.column"
    with pytest.raises(InputRefused, match="16 of 16 villages"):
        batch.confirm(seals=[gate["seal"]])
    batch.apply()
    assert {f"{n}" for n in range(16)} < villages_of(desk.store).keys()
    again = upload(desk.store, "administrator", {"a.csv": listed(homes[:40])})
    assert again.preview["gate"] is None


def test_a_village_in_two_parts_far_apart_is_one_only_for_who_says_so(desk):
    here = [replace(home, village="新民村", hamlet="一组") for home in NEW.plan.households[:20]]
    there = [replace(one, household_id=f"F{at}", hamlet="二组", lat=one.lat + 0.14) for at, one in enumerate(here[:12])]
    lone = replace(here[0], household_id="L1", name="独户", lat=here[0].lat + 0.06)
    batch = upload(desk.store, "administrator", {"a.csv": listed([*here, *there, lone])})
    gaps = batch.preview["gaps"]
    (part,) = gaps["parts"]
    told = message_from_json(part)
    assert told.say().startswith("新民村: 12 households (二组) are 1")
    assert told.say().endswith("only 1 household stands alone in between.")
    with pytest.raises(InputRefused, match="Nothing was imported: 新民村: 12"):
        batch.confirm(seals=["0" * 16])
    batch.apply()
    again = upload(desk.store, "administrator", {"a.csv": listed([*here, replace(there[0], name="新名")])})
    assert again.preview["gaps"] is None
    rows = [
        (f"T{home.household_id}", home.name, "柳林村", town, home.lon, home.lat)
        for town, homes in (("东乡", here), ("西镇", there))
        for home in homes
    ]
    told_apart = table(("户编号", "户主", "村", "乡镇", "经度", "纬度"), rows)
    assert upload(desk.store, "administrator", {"a.csv": told_apart}).preview["gaps"] is None


# ---- correcting


def test_a_guessed_column_is_set_to_another_or_to_none(desk):
    rows = [(home.household_id, "甲", home.name, OWN, home.door) for home in HOMES]
    batch = upload(desk.store, "administrator", {"a.csv": table(("户编号", "户主", "备用名", "村", "门牌"), rows)})
    assert batch.changes == {"renamed": len(HOMES)}
    key = batch.preview["files"][0]["key"]
    batch.choose(columns={key: {"name": "备用名"}})
    assert batch.preview["is_empty"]
    batch.choose(columns={key: {"name": ""}})
    assert batch.preview["is_empty"]
    assert {"field": "name", "header": ""} in batch.preview["files"][0]["fields"]


def test_columns_that_might_both_be_meant_keep_a_list_out_until_one_is_chosen(desk):
    header = ("户编号", "姓名", "name", "村")
    rows = [(home.household_id, home.name, "x", home.village) for home in HOMES]
    batch = upload(desk.store, "administrator", {"a.csv": table(header, rows)})
    assert batch.codes("blockers") == ["imports.blocked.file"]
    batch.choose(columns={batch.preview["files"][0]["key"]: {"name": "姓名"}})
    assert batch.codes("blockers") == []
    assert batch.preview["is_empty"]


def test_a_file_is_read_as_the_kind_that_the_planner_chose(service):
    line = shapely.LineString([(119.4, 31.4), (119.5, 31.5)])
    batch = upload(service.store, "administrator", {"a.geojson": shapes(({}, line))})
    assert batch.changes == {"road": 1}
    batch.choose(kinds={batch.preview["files"][0]["key"]: "barriers"})
    assert batch.changes == {"barrier": 1}
    batch.apply()
    with service.store.read() as connection:
        assert features.counts(connection) == {"barrier": 1}
        assert audit.deeds(connection, None, AuditQuery(), most=1)[0][0].detail == {"barrier": 1, "ids": [[1, 1]]}


def test_positions_read_in_the_wrong_frame_are_seen_and_the_better_one_is_offered(desk):
    batch = upload(desk.store, "administrator", {"a.csv": listed(shifted(HOMES))})
    file = batch.preview["files"][0]
    assert file["better_frames"] == ["gcj02"]
    assert batch.changes["moved"] == len(HOMES)
    batch.choose(frames={file["key"]: "gcj02"})
    assert batch.preview["files"][0]["better_frames"] == []
    assert batch.preview["is_empty"]
    packed = upload(desk.store, "administrator", {"a.csv": listed(shifted(HOMES, DMS))})
    (file,) = packed.preview["files"]
    assert file["better_frames"] == ["dms"]
    packed.choose(frames={file["key"]: "dms"})
    assert packed.preview["files"][0]["better_frames"] == [] and packed.preview["is_empty"]


def test_outlines_in_the_wrong_frame_are_offered_the_better_one_themselves(desk):
    def moved(boundary):
        return shapely.transform(boundary, lambda places: wgs84_to_degrees(places, GCJ02))

    drawn = shapes(({"村名": NEW.plan.village}, moved(NEW.boundary)))
    batch = upload(desk.store, "administrator", {"a.csv": listed(NEW.plan.households), "b.geojson": drawn})
    assert batch.file("b.geojson")["better_frames"] == ["gcj02"]


def test_a_frame_that_is_none_is_refused_with_what_to_write(desk):
    batch = upload(desk.store, "administrator", {"a.csv": listed(HOMES)})
    with pytest.raises(InputRefused, match="EPSG"):
        batch.choose(frames={batch.preview["files"][0]["key"]: "moon"})


def test_refused_rows_come_back_as_a_file_and_mended_go_where_they_were(desk):
    rows = [(home.household_id, home.name, home.village, home.lon, home.lat) for home in NEW.plan.households]
    rows[3] = (*rows[3][:3], 31.4, 119.5)
    header = ("户编号", "户主", "村", "经度", "纬度")
    batch = upload(desk.store, "administrator", {"a.csv": table(header, rows), "b.geojson": shapes(BOUNDARY)})
    assert batch.preview["refused"]["households"] == 1
    assert batch.changes["new"] == 47
    path = batches.preview_file(desk.store, batch.planner, batch.id, "refused_households.en.csv")
    head, row = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    row[3:5] = row[4], row[3]
    batch.add({"refused.csv": table(head, [row])})
    assert batch.preview["refused"]["households"] == 0
    assert batch.changes["new"] == 48


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
    assert upload(service.store, "administrator", files).apply()["counts"]["new"] == 78
    again = upload(service.store, "administrator", files)
    assert again.changes == {}
    assert again.preview["is_empty"]


@ON_BOTH
def test_what_map_files_brought_is_taken_back_as_one_and_comes_again(service):
    store, spot = service.store, NEW.boundary.representative_point()
    stood, redrawn = villages_of(store)[OWN]["boundary"], SHIQIAO.boundary.buffer(-0.0005)
    files = {
        "a.geojson": shapes(BOUNDARY, ({"村名": OWN}, redrawn)),
        "b.csv": table(
            ("村", "村民小组", "经度", "纬度"), [(NEW.plan.village, "1组", spot.x, spot.y), (OWN, "9组", 119.45, 31.45)]
        ),
        "c.geojson": shapes(({"highway": "residential"}, shapely.LineString([(119.44, 31.44), (119.45, 31.44)]))),
        "d.geojson": shapes(({"kind": "bridge"}, shapely.Point(119.445, 31.445))),
    }
    brought = {"features": 2, "boundaries": 2, "places": 2}
    batch = upload(store, "administrator", files)
    batch.apply()
    assert upload(store, "administrator", files).page.says_nothing_new
    assert batch.page.land == brought
    (road,) = registry_features.features_page(store, batch.planner, "road").files
    assert road.features == 1
    with pytest.raises(NotFound):
        registry_features.remove_file(store, COMMAND_LINE, road.id, "water", now=NOW)
    assert registry_features.remove_file(store, COMMAND_LINE, road.id, "road", now=NOW) == 1
    assert batch.page.land == brought | {"features": 1}
    planner = actor(store, "planner")
    with pytest.raises(NotFound):
        batches.take_back_land(store, COMMAND_LINE, planner, batch.id, today=NOW.date(), now=NOW)
    batches.take_back_land(store, COMMAND_LINE, batch.planner, batch.id, today=NOW.date(), now=NOW)
    assert batch.page.land == {}
    assert NEW.plan.village not in villages_of(store)
    assert villages_of(store)[OWN]["boundary"].equals(stood)
    with store.read() as connection:
        assert (
            features.rows(connection),
            "9组" in placement.anchors(connection, villages.ids_by_name(connection)[OWN]),
        ) == ([], False)
    again = upload(store, "administrator", files)
    assert again.changes == {"returned_villages": 1, "redrawn": 2, "anchors": 2, "road": 1, "crossing": 1}
    again.apply()
    assert again.page.land == brought
    assert NEW.plan.village in villages_of(store)


@ON_BOTH
def test_changes_are_told_apart_and_applied_and_nobody_goes_because_a_row_is_missing(service):
    with service.store.write() as connection:
        ids = villages.ids_by_name(connection)
        villages.set_days(connection, ids[HOMES[0].village], NOW.date(), NOW.date())
    away = FRAME.to_degrees([(900.0, 900.0)])[0]
    homes = list(HOMES[1:])
    homes[0] = replace(homes[0], lon=away[0], lat=away[1])
    homes[1] = replace(homes[1], name="新户主")
    homes[2] = replace(homes[2], hamlet="9组")
    homes[3] = replace(homes[3], door="999号")
    homes[4] = replace(homes[4], village=OTHER)
    homes.append(replace(homes[5], household_id="新1", name="新来", door="1000号", lon=away[0] + 1e-4))
    batch = upload(service.store, "administrator", {"a.csv": listed(homes)})
    expected = {"new": 1, "moved": 1, "renamed": 1, "other_hamlet": 1, "amended": 1, "other_village": 1}
    assert {kind: batch.changes[kind] for kind in expected} == expected
    assert HOMES[0].household_id in [row["code"] for row in batch.preview["changes"]["gone"]["rows"]]
    batch.apply()
    now = households_of(service.store)
    assert now[HOMES[0].household_id] == HOMES[0]
    assert (now[HOMES[1].household_id].lon, now[HOMES[1].household_id].lat) == pytest.approx(tuple(away))
    assert now[HOMES[2].household_id].name == "新户主"
    assert now[HOMES[5].household_id].village == OTHER
    assert now["新1"].name == "新来"
    with service.store.read() as connection:  # visits have begun there, so they are new
        first_days = dict(connection.execute(select(household.c.code, household.c.first_day)).all())
    assert {code for code, day in first_days.items() if day == NOW.date()} == {"新1", HOMES[5].household_id}


def test_households_in_doubt_are_asked_about_and_wait_until_they_are_answered(service):
    rows = [(f"户主{n}", "柳沟村", "1组", f"{n}号") for n in range(1, 31)]
    header = ("户主", "村", "组", "门牌")
    upload(service.store, "administrator", {"a.csv": table(header, rows)}).apply()
    rows[4] = ("户主5", "柳沟村", "1组", "77号")
    rows[5] = ("户主5", "柳沟村", "1组", "78号")
    batch = upload(service.store, "administrator", {"b.csv": table(header, rows)})
    asked = batch.preview["unsure"]
    assert asked
    first = asked[0]
    batch.choose(answers={first["code"]: first["candidates"][0]["code"]})
    assert batch.row["choices"]["asked"][first["code"]]
    assert next(one for one in batch.preview["unsure"] if one["code"] == first["code"])["answered"]
    batch.choose(answers={one["code"]: None for one in asked})
    assert batch.changes["new"] == len(asked)


def test_names_written_otherwise_are_those_that_are_stored(desk):
    header, doors = ("户主", "村", "组", "门牌"), range(1, 13)
    upload(
        desk.store, "administrator", {"a.csv": table(header, [("甲", "柳沟村", "1组", str(n)) for n in doors])}
    ).apply()
    rows = [("甲", " 柳 沟\u200b村", "第一组", f"'{n}") for n in doors] + [("新", "柳沟村", "（一）组", "99")]
    places = table(("村", "小组", "经度", "纬度"), [("柳沟 村", "一组", "110.5", "38.2")])
    batch = upload(desk.store, "administrator", {"户.csv": table(header, rows), "小组.csv": places})
    assert batch.changes == {"new": 1, "anchors": 1}
    batch.apply()
    with desk.store.change(COMMAND_LINE, "change", "household", now=NOW) as change:
        homes = [home for home in households.models(change.connection) if home.village == "柳沟村"]
        assert {home.hamlet for home in homes} == {"1组"} and len(homes) == 13
        assert {(home.lon, home.lat) for home in homes} == {(110.5, 38.2)}
        village_id = villages.ids_by_name(change.connection)["柳沟村"]
        written = ("一组", "柳沟村1组", "1组", "二组", None)
        stored = [households.hamlet_as_stored(change.connection, village_id, one) for one in written]
    assert stored == ["1组", "1组", "1组", "二组", None]


def test_places_that_name_no_village_are_those_of_the_only_one(desk):
    homes = table(("户主", "村", "组", "门牌"), [("甲", "柳沟村", "1组", str(n)) for n in range(1, 13)])
    places = table(("小组", "经度", "纬度"), [("一组", "110.5", "38.2")])
    batch = upload(desk.store, "administrator", {"小组.csv": places, "户.csv": homes})
    assert batch.codes("blockers") == []
    assert "read.note.hamlets_of_one" in [note["note"]["code"] for note in batch.preview["notes"]]
    batch.apply()
    with desk.store.read() as connection:
        assert {(home.lon, home.lat) for home in households.models(connection) if home.village == "柳沟村"} == {
            (110.5, 38.2)
        }


def test_a_village_that_may_be_another_is_asked_about_and_nothing_is_imported_before_the_answer(desk):
    header = ("户号", "户主", "村", "组")
    homes = [(f"{n:03d}", f"户主{n}", "柳沟" if n % 2 else "柳沟村", "1组") for n in range(24)]
    lists = {"a.csv": table(header, homes), "成员.csv": table(("姓名", "村", "人员类别"), [("某", "柳 沟", "党员")])}
    batch = upload(desk.store, "administrator", lists)
    assert batch.preview["alike"] == [
        {"name": "柳沟", "households": 12, "candidates": ["柳沟村"], "answer": None},
    ]
    assert [one["code"] for one in batch.preview["blockers"]] == ["imports.blocked.alike"]
    batch.choose(villages={"柳沟": "柳沟"})
    assert batch.preview["blockers"] == [] and batch.changes["new_villages"] == 2
    batch.choose(villages={"柳沟": "柳沟村"})
    assert batch.preview["blockers"] == [] and batch.changes["new_villages"] == 1
    assert batch.preview["alike"][0]["answer"] == "柳沟村"
    batch.apply()
    with desk.store.read() as connection:
        assert {one.village for one in households.models(connection) if one.household_id.isdecimal()} == {"柳沟村"}
        assert [one.village for one in members.models(connection) if one.name == "某"] == ["柳沟村"]
    again = upload(desk.store, "administrator", {"a.csv": table(header, homes)})
    assert [one["candidates"] for one in again.preview["alike"]] == [["柳沟村"]]


@ON_BOTH
def test_a_retired_household_that_is_still_listed_stays_retired(service):
    with service.store.change(COMMAND_LINE, "retire", "household", now=NOW) as change:
        id_ = households.ids_by_code(change.connection)[HOMES[0].household_id]
        update_row(change.connection, household, id_, {"retired_on": NOW.date()})
    batch = upload(service.store, "administrator", {"a.csv": listed(HOMES)})
    assert batch.changes == {"retired": 1}
    assert batch.preview["is_empty"]


@ON_BOTH
def test_members_are_known_by_code_or_by_name_and_what_a_list_leaves_blank_stays(service):
    with service.store.write() as connection:
        members.set_named_on_maps(connection, members.ids_by_code(connection)[f"{OWN}-M1"], agreed=True)
        known = [one for one in members.models(connection) if one.village == OWN]
    rows = [(one.name, OWN, "村干部") for one in known] + [("新人", OWN, "党员"), ("某人", "不存在的地方", "党员")]
    batch = upload(service.store, "administrator", {"成员.csv": table(("姓名", "村", "人员类别"), rows)})
    assert batch.changes == {"new_members": 2, "changed_members": len(known)}
    assert "imports.note.unknown_villages" in [note["note"]["code"] for note in batch.preview["notes"]]
    batch.apply()
    with service.store.read() as connection:
        now = {one.member_id: one for one in members.models(connection)}
        assert "不存在的地方" not in villages.ids_by_name(connection)
    assert all(now[one.member_id] == replace(one, kind="村干部") for one in known)


@ON_BOTH
def test_a_village_under_another_name_is_renamed_and_keeps_its_households(service):
    homes = [replace(home, village="石桥社区") for home in HOMES]
    batch = upload(service.store, "administrator", {"a.csv": listed(homes)})
    assert batch.changes == {"renamed_villages": 1}
    batch.apply()
    with service.store.read() as connection:
        assert "石桥社区" in villages.ids_by_name(connection)
    assert {home.village for home in households_of(service.store).values()} >= {"石桥社区", OTHER}
    with service.store.write() as connection:
        connection.execute(update(village).where(village.c.name == "石桥社区").values(code="330521"))
    for called in (OWN, "330521"):
        again = upload(
            service.store, "administrator", {"b.csv": listed([replace(one, village=called) for one in homes])}
        )
        assert again.changes == {}
        assert "read.note.village_called" in [note["note"]["code"] for note in again.preview["notes"]]


def test_a_stale_preview_is_refused_and_made_again(service):
    first = upload(service.store, "administrator", {"a.csv": listed(NEW.plan.households)})
    second = upload(service.store, "planner", {"a.csv": listed([replace(home, name="改") for home in HOMES])})
    second.apply()
    before = households_of(service.store)
    with pytest.raises(Conflict):
        first.apply()
    assert households_of(service.store) == before
    assert first.row["state"] == "open"
    batches.save_choices(service.store, first.planner, first.id, ImportChoices(), now=NOW)
    assert first.run_job().apply()["counts"]["new"] == 48


def fingerprint(store):
    with store.read() as connection:
        return imports.fingerprint(connection)


def changed(verb, object_, change):
    """Return a function that changes a store as the service would, in an audited transaction."""

    def apply(store):
        with store.change(COMMAND_LINE, verb, object_, now=NOW) as opened:
            change(opened.connection)

    return apply


def first_id(connection, of):
    return min(of.ids_by_code(connection).values())


@pytest.mark.parametrize(
    "apply",
    [
        changed("change", "household", lambda c: update_row(c, household, first_id(c, households), {"phone": "1"})),
        changed("change", "member", lambda c: update_row(c, member, first_id(c, members), {"name": "改"})),
        changed("change", "village", lambda c: update_row(c, village, villages.ids_by_name(c)[OWN], {"code": "9"})),
        changed("add", "village", lambda c: villages.add_missing(c, ["柳沟村"])),
        changed("anchor", "hamlet", lambda c: placement.set_anchor(c, villages.ids_by_name(c)[OWN], "9组", (119, 31))),
        changed("add", "feature", lambda c: features.add(c, "road", [(None, shapely.LineString([(1, 1), (2, 2)]))])),
        lambda store: upload(store, "administrator", {"a.csv": listed(NEW.plan.households)}).apply(),
        lambda store: load_plan(store, COMMAND_LINE, TownPlan((NEW,)), name="new", made_by=1, now=NOW),
    ],
)
@ON_BOTH
def test_each_change_of_the_town_makes_previews_stale(service, apply):
    before = fingerprint(service.store)
    apply(service.store)
    assert fingerprint(service.store) != before


def test_previews_stay_current_while_others_sign_in_and_preview(service):
    before = fingerprint(service.store)
    service.client("planner")
    upload(service.store, "planner", {"a.csv": listed(HOMES)})
    assert fingerprint(service.store) == before


def test_the_town_is_read_in_as_many_queries_however_many_villages_it_has(store):
    statements = []
    event.listen(store.engine, "before_cursor_execute", lambda *about: statements.append(about[2]))
    asked = []
    for n in (3, 30):
        with store.change(COMMAND_LINE, "add", "village", now=NOW) as change:
            villages.add_missing(change.connection, [f"村{at}" for at in range(n)])
        statements.clear()
        with store.read() as connection:
            town = read_town(connection)
        assert len(town.villages) == n
        asked.append(len(statements))
    assert asked[0] == asked[1]


def test_what_was_changed_since_is_previewed_before_it_is_applied(desk):
    batch = upload(desk.store, "administrator", {"a.csv": listed(NEW.plan.households)})
    more = [replace(home, household_id=f"X{at}", village=f"{at}") for at, home in enumerate(NEW.plan.households)]
    batches.add_files(desk.store, batch.planner, batch.id, uploads({"b.csv": listed(more)}), now=NOW)
    assert batch.preview["gate"] is None
    with pytest.raises(Conflict):
        batch.confirm()
    batch.run_job()
    assert batch.preview["gate"] is not None
    of_before = {**batch.preview, "files": [{"key": "a", "name": "a.csv"}]}
    with desk.store.write() as connection:
        imports.change(connection, batch.id, preview=of_before)
    with pytest.raises(Conflict):
        batch.confirm()
    assert "Check again" in desk.client("administrator").get(f"/imports/{batch.id}").text


@ON_BOTH
def test_confirming_twice_is_confirming_once(service):
    batch = upload(service.store, "administrator", {"a.csv": listed(NEW.plan.households)})
    for _ in range(2):
        batches.confirm_batch(
            service.store, batch.planner, batch.id, keep_grids=False, lang="en", today=NOW.date(), now=NOW
        )
    run(service.store, batch.row["job_id"])
    with pytest.raises(Conflict):
        batches.confirm_batch(
            service.store, batch.planner, batch.id, keep_grids=False, lang="en", today=NOW.date(), now=NOW
        )
    assert len(households_of(service.store)) == len(town_homes()) + 48


def town_homes():
    return [home for one in town().villages for home in one.plan.households]


@ON_BOTH
def test_files_and_preview_go_once_they_are_applied_discarded_or_a_day_old(service):
    store = service.store
    folder = store.folder / IMPORTS_FOLDER
    upload(store, "administrator", {"a.csv": listed(NEW.plan.households)}).apply()
    discarded = upload(store, "administrator", {"a.csv": listed(HOMES)})
    batches.discard_batch(store, discarded.planner, discarded.id, now=NOW)
    old = upload(store, "administrator", {"a.csv": listed(HOMES)})
    assert len(list(folder.iterdir())) == 1
    batches.discard_old_batches(store, now=NOW + timedelta(hours=25))
    assert not list(folder.iterdir())
    assert [old.row["state"], old.preview, discarded.preview] == ["discarded", {}, {}]


@ON_BOTH
def test_a_folder_that_a_crash_left_behind_is_removed_and_those_of_open_batches_stay(service):
    batch, other = (upload(service.store, "administrator", {"a.csv": listed(HOMES)}) for _ in range(2))
    with service.store.write() as connection:
        imports.change(connection, batch.id, state="confirmed")
    batches.discard_old_batches(service.store, now=NOW)
    assert [path.name for path in (service.store.folder / IMPORTS_FOLDER).iterdir()] == [other.row["folder"]]


# ---- starting from what there is


def gridded(homes, number=NEW.plan.grid_of):
    header = ("户编号", "户主", "村", "门牌", "经度", "纬度", "网格编号", "联户党员")
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
                f"第{number[home.household_id]}网格" if home.household_id in number else "",
                f"组长{number[home.household_id]}" if home.household_id in number else "",
            )
            for home in homes
        ),
    )


def test_grids_that_the_lists_have_become_the_first_draft_with_their_leads_and_every_broken_rule(service):
    files = {"a.csv": gridded(NEW.plan.households), "b.geojson": shapes(BOUNDARY)}
    batch = upload(service.store, "administrator", files)
    assert batch.preview["grids"] == {
        "n": 4, "within": 4, "led": 4, "villages": 1, "households": 48, "in_none": 0,
        "other_villages": 0, "other_households": 0,
    }  # fmt: skip
    assert batch.page.keeps_grids
    result = batch.apply(keep_grids=True)
    assert result["grids"] == 4
    with service.store.read() as connection:
        kept = plans.town(connection, list(plans.of_draft(connection, result["draft"]).values()))
    (planned,) = kept.villages
    assert planned.kept
    assert planned.plan.grid_of == NEW.plan.grid_of
    assert sorted(one.role for one in kept.assignments) == ["lead"] * 4
    assert {one["code"] for one in result["broken"]} == {"existing.lead_unknown"}


def test_grids_are_kept_unasked_only_where_most_keep_the_rules_and_who_is_in_none_is_counted_in_their_villages(desk):
    by_three = {home.household_id: at // 3 + 1 for at, home in enumerate(NEW.plan.households[:45])}
    batch = upload(desk.store, "administrator", {"a.csv": gridded((*NEW.plan.households, *HOMES[:5]), by_three)})
    assert batch.preview["grids"] == {
        "n": 15, "within": 0, "led": 15, "villages": 1, "households": 48, "in_none": 3,
        "other_villages": 1, "other_households": 5,
    }  # fmt: skip
    assert not batch.page.keeps_grids
    batch.choose(keep_grids=True)
    assert batch.page.keeps_grids


def test_grids_are_not_kept_where_the_planner_wants_to_plan_anew(service):
    result = upload(service.store, "administrator", {"a.csv": gridded(NEW.plan.households)}).apply(keep_grids=False)
    assert "draft" not in result


def test_a_finished_plan_comes_in_as_a_draft(service, tmp_path):
    write_plan(TownPlan((NEW,)), tmp_path / "plan.gpkg", "en")
    content = (tmp_path / "plan.gpkg").read_bytes()
    batch = upload(service.store, "administrator", {"plan.gpkg": content})
    assert batch.preview["plan"] == {"villages": 1, "households": 48, "grids": 4, "exceptions": 0}
    result = batch.apply()
    with service.store.read() as connection:
        loaded = plans.town(connection, list(plans.of_draft(connection, result["draft"]).values()))
        assert not set(plans.of_draft(connection, result["draft"])) & set(plans.published(connection))
    assert [one.plan.grid_of for one in loaded.villages] == [NEW.plan.grid_of]


@pytest.mark.parametrize("table", ["draft", "audit", "import_batch", "job"])
@ON_BOTH
def test_a_finished_plan_is_one_draft_although_the_service_broke_off_while_it_was_applied(service, tmp_path, table):
    write_plan(TownPlan((NEW,)), tmp_path / "plan.gpkg", "en")
    batch = upload(service.store, "administrator", {"plan.gpkg": (tmp_path / "plan.gpkg").read_bytes()})
    batch.confirm()
    job_id = batch.row["job_id"]
    before = drafts_of(service.store)

    def break_off(_connection, _cursor, statement, *_):
        if re.match(rf"(INSERT INTO|UPDATE) {table}\b", statement):
            raise OSError("power cut")

    with service.store.write() as connection:
        job = jobs.claim_next(connection, NOW)
    changes = prepare_import(service.store, job["request"], lambda progress: None)
    event.listen(service.store.engine, "before_cursor_execute", break_off)
    with pytest.raises(OSError, match="power cut"):
        apply_import(service.store, job, changes, NOW)
    event.remove(service.store.engine, "before_cursor_execute", break_off)
    assert drafts_of(service.store) == before
    with service.store.write() as connection:
        jobs.interrupt(connection, NOW)
    assert batches.batch_page(service.store, batch.planner, batch.id).job.state == "failed"
    batch.apply()
    assert len(drafts_of(service.store)) == len(before) + 1
    assert batch.row["job_id"] != job_id


def drafts_of(store):
    with store.read() as connection:
        return connection.execute(select(draft.c.id)).scalars().all()


def test_a_job_that_was_cancelled_while_it_was_saved_changes_nothing(service):
    before = households_of(service.store)
    batch = upload(service.store, "administrator", {"a.csv": listed(NEW.plan.households)})
    batch.confirm()
    with service.store.write() as connection:
        job = jobs.claim_next(connection, NOW)
    changes = prepare_import(service.store, job["request"], lambda progress: None)
    cancel_job(service.store, batch.planner, job["id"], now=NOW)
    with pytest.raises(Conflict):
        apply_import(service.store, job, changes, NOW)
    assert households_of(service.store) == before
    assert batch.row["state"] == "open"


def test_a_finished_plan_is_imported_by_itself(desk, tmp_path):
    write_plan(TownPlan((NEW,)), tmp_path / "plan.gpkg", "en")
    files = {"plan.gpkg": (tmp_path / "plan.gpkg").read_bytes(), "a.csv": listed(HOMES)}
    assert upload(desk.store, "administrator", files).codes("blockers") == ["imports.blocked.plan_alone"]


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
def test_a_planner_imports_nothing_of_villages_that_are_not_theirs(service, homes, why):
    before = households_of(service.store)
    batch = upload(service.store, "planner", {"a.csv": listed([HOMES[5], *homes])})
    assert batch.codes("blockers") == why
    with pytest.raises(InputRefused):
        batch.apply()
    assert households_of(service.store) == before


def test_of_lists_of_the_whole_town_a_planner_takes_the_own_villages_alone(service):
    line = FRAME.shape_to_degrees(shapely.LineString([(800, 800), (2400, 800)]))
    before = households_of(service.store)
    other = next(home for home in town_homes() if home.village == OTHER)
    moved_here = replace(other, village=OWN, name="改")
    homes = [replace(HOMES[0], name="改"), *HOMES[1:], moved_here, *NEW.plan.households]
    people = table(
        ("姓名", "人员类别", "村"), [("示例甲", "党员", OWN), ("示例乙", "党员", OTHER), ("示例镇", "镇干部", "")]
    )
    files = {"a.csv": listed(homes), "b.csv": people, "c.geojson": shapes(BOUNDARY), "河流.geojson": shapes(({}, line))}
    batch = upload(service.store, "planner", files)
    assert len(batch.codes("blockers")) == 4
    assert not batch.preview["own"]["is_taken"]
    batch.choose(only_own=True)
    assert batch.codes("blockers") == []
    assert batch.preview["own"]["is_taken"]
    said = message_from_json(batch.preview["own"]["said"]).say("en")
    assert said.endswith("stays out: 2 villages, 49 households, 2 members, 1 road, barrier or area."), said
    assert batch.changes == {"renamed": 1, "new_members": 1}
    batch.apply()
    after = households_of(service.store)
    assert {code for code, home in after.items() if home != before.get(code)} == {HOMES[0].household_id}
    assert villages_of(service.store).keys() == {home.village for home in before.values()}
    assert upload(service.store, "planner", {"a.csv": listed(HOMES)}).preview["own"] is None


def test_of_lists_of_several_villages_those_that_are_ticked_are_taken(service):
    before = households_of(service.store)
    renamed = [replace(home, name="改") for home in town_homes()]
    line = FRAME.shape_to_degrees(shapely.LineString([(800, 800), (2400, 800)]))
    files = {"a.csv": listed([*renamed, *NEW.plan.households]), "河流.geojson": shapes(({}, line))}
    batch = upload(service.store, "administrator", files)
    others = {home.village for home in [*renamed, *NEW.plan.households]} - {OWN}
    assert {one["name"] for one in batch.preview["choice"]["villages"] if one["is_taken"]} == {OWN, *others}
    assert batch.preview["choice"]["said"] is None
    batch.choose(left_out=(*others,))
    assert [one["name"] for one in batch.preview["choice"]["villages"] if one["is_taken"]] == [OWN]
    n = sum(home.village != OWN for home in [*renamed, *NEW.plan.households])
    said = message_from_json(batch.preview["choice"]["said"]).say("en")
    assert said.endswith(f"stays out: {len(others)} villages, {n} households."), said
    assert [one["name"] for one in batch.preview["villages"]] == [OWN]
    batch.apply()
    after = households_of(service.store)
    assert {home.village for code, home in after.items() if home != before.get(code)} == {OWN}


def test_a_planner_imports_lists_of_the_own_village(service):
    batch = upload(service.store, "planner", {"a.csv": listed([replace(HOMES[0], name="改"), *HOMES[1:]])})
    assert batch.codes("blockers") == []
    batch.apply()
    assert households_of(service.store)[HOMES[0].household_id].name == "改"


def test_members_of_the_whole_town_and_shapes_beyond_the_own_villages_are_the_administrators(desk):
    line = FRAME.shape_to_degrees(shapely.LineString([(800, 800), (2400, 800)]))
    people = table(("姓名", "人员类别"), [("示例镇", "镇干部")])
    batch = upload(desk.store, "planner", {"a.csv": people, "河流.geojson": shapes(({}, line))})
    assert batch.codes("blockers") == ["imports.blocked.town_members", "imports.blocked.features"]


def test_an_import_batch_is_seen_by_its_planner_and_the_administrator_only(desk):
    batch = upload(desk.store, "administrator", {"a.csv": listed(HOMES)})
    planner = actor(desk.store, "planner")
    with pytest.raises(NotFound):
        batches.batch_page(desk.store, planner, batch.id)
    mine = upload(desk.store, "planner", {"a.csv": listed(HOMES)})
    page = batches.batch_page(desk.store, batch.planner, mine.id)
    assert page.batch["id"] == mine.id
    assert [row["id"] for row in page.overlapping] == [batch.id]
    seen = [[row["id"] for row in batches.upload_page(desk.store, who, now=NOW)] for who in (planner, batch.planner)]
    assert seen == [[mine.id], [mine.id, batch.id]]


def test_a_preview_shows_nothing_of_who_is_out_of_scope(desk):
    home = next(one for one in households_of(desk.store).values() if one.village == OTHER)
    there = {name: row for name, row in villages_of(desk.store).items() if row["boundary"] is not None}
    guesses = {
        "a.csv": table(("户编号", "户主", "村", "组", "门牌"), [(home.household_id, "猜", OWN, "9组", "999号")]),
        "b.csv": table(("编号", "姓名", "人员类别", "可带网格数"), [(f"{OTHER}-M1", "猜猜", "党员", 2)]),
    }
    seen, all_ = (upload(desk.store, login, guesses) for login in ("planner", "administrator"))
    assert "imports.blocked.other_villages" in seen.codes("blockers")
    assert home.name in json.dumps(all_.preview, ensure_ascii=False)
    assert home.name not in json.dumps(seen.preview, ensure_ascii=False)
    assert [seen.preview["changes"].get(kind) for kind in ("other_village", "renamed", "changed_members")] == [None] * 3
    files = [batches.preview_file(desk.store, one.planner, one.id, PREVIEW_MAP) for one in (seen, all_)]
    maps = [json.loads(file.read_text()) for file in files]
    assert [{one["name"] for one in drawn["villages"]} for drawn in maps] == [{OWN}, there.keys()]


def test_who_stands_far_from_the_village_is_named_beside_the_map(desk):
    homes = list(NEW.plan.households)
    homes[3], homes[5] = (replace(homes[at], lon=homes[at].lon + away) for at, away in ((3, 0.3), (5, 0.6)))
    batch = upload(desk.store, "administrator", {"a.csv": listed(homes), "b.geojson": shapes(BOUNDARY)})
    drawn = json.loads(batches.preview_file(desk.store, batch.planner, batch.id, PREVIEW_MAP).read_text())
    assert [one["who"] for one in drawn["strays"]] == [homes[5].name, homes[3].name]
    assert [one["kilometres"] for one in drawn["strays"]] == pytest.approx([57, 29], abs=2)
    assert (drawn["stray_count"], {one["village"] for one in drawn["strays"]}) == (2, {NEW.plan.village})


def test_candidates_of_another_village_are_not_named(desk):
    homes = [one for one in households_of(desk.store).values() if one.village == OTHER]
    rows = [(home.name, OTHER, home.hamlet, home.door) for home in homes]
    rows[4], rows[5] = ((homes[4].name, OTHER, homes[4].hamlet, door) for door in ("997号", "998号"))
    lists = {"a.csv": table(("户主", "村", "组", "门牌"), rows)}
    seen, all_ = (upload(desk.store, login, lists).preview["unsure"] for login in ("planner", "administrator"))
    assert any(one["candidates"] for one in all_)
    assert [one["code"] for one in seen] == [one["code"] for one in all_]
    assert not any(one["candidates"] for one in seen)


def test_the_preview_of_a_village_is_gone_for_a_planner_who_has_lost_it(desk):
    batch = upload(desk.store, "planner", {"a.csv": listed(replace(home, name="甲") for home in HOMES[:40])})
    with desk.store.write() as connection:
        accounts.set_scope(connection, batch.planner.account_id, [])
    lost = actor(desk.store, "planner")
    with pytest.raises(NotFound):
        batches.preview_file(desk.store, lost, batch.id, PREVIEW_MAP)
    with pytest.raises(Conflict):
        batches.confirm_batch(desk.store, lost, batch.id, keep_grids=False, lang="en", today=NOW.date(), now=NOW)
    page = desk.client("planner").get(f"/imports/{batch.id}").text
    assert "Check again" in page
    assert HOMES[0].name not in page
    batches.save_choices(desk.store, lost, batch.id, ImportChoices(), now=NOW)
    assert batch.preview == {}


def test_no_file_and_too_many_are_refused(service):
    who = actor(service.store, "administrator")
    with pytest.raises(InputRefused):
        batches.start_batch(service.store, who, [], now=NOW)
    with pytest.raises(InputRefused, match="200"):
        batches.start_batch(service.store, who, uploads({f"{n}.csv": b"a" for n in range(201)}), now=NOW)


# ---- the messy lists of the demo town


@pytest.fixture(scope="module")
def messy(tmp_path_factory, demo_town):
    """Return some of the messy lists: one that has grids, one with GCJ-02 in its headers, and the members."""
    folder = tmp_path_factory.mktemp("messy")
    homes = (home for i, home in enumerate(demo_town.households) if home.village in ("松台村", "鹰崖村") or i % 12 == 0)
    write_messy(replace(demo_town, households=tuple(homes)), folder)
    return {name: (folder / name).read_bytes() for name in ("松台村.csv", "鹰崖村.xlsx", "成员名单.xlsx")}


@pytest.mark.slow
def test_messy_lists_are_imported_into_an_empty_town_with_the_grids_they_have(store, messy):
    with store.change(COMMAND_LINE, "add", "account", now=NOW) as change:
        accounts.add(change.connection, name="A", role="administrator", login="administrator", now=NOW)
    batch = upload(store, "administrator", messy)
    assert [file["kind"] for file in batch.preview["files"]] == ["households", "households", "members"]
    assert batch.file("鹰崖村.xlsx")["better_frames"] == ["gcj02"]
    assert {one["name"] for one in batch.preview["villages"]} == {"松台村", "鹰崖村"}
    batch.choose(frames={batch.file("鹰崖村.xlsx")["key"]: "gcj02"})
    grids = batch.preview["grids"]
    assert grids["n"] > grids["within"]
    result = batch.apply(keep_grids=True)
    assert result["grids"] == grids["n"]
    assert "rule.size" in {one["code"] for one in result["broken"]}
    again = upload(store, "administrator", messy)
    again.choose(frames={again.file("鹰崖村.xlsx")["key"]: "gcj02"})
    assert again.preview["is_empty"]
