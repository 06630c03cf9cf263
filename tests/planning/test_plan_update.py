"""A newer list against a finished plan: who stays, who is new, who is asked about, and how the answers come back."""

import csv
import json
from datetime import date

import openpyxl
import pyogrio
import pytest
from sample_lists import homes, write_households

from gridplan.errors import InputRefused, OutputRefused
from gridplan.exchange.geopackage import read_plan
from gridplan.planning.check_files import check_files
from gridplan.planning.county import PlanSettings
from gridplan.planning.from_files import plan_files
from gridplan.planning.inputs import PlanSources
from gridplan.planning.staffing.staffing import StaffingRules

TODAY = date(2026, 6, 1)
NAMELESS = ("户主", "门牌", "村", "经度", "纬度", "电话")
FAST = PlanSettings(effort="fast")


def plan(path, folder, *, lang="en", **sources):
    lists = PlanSources((str(path),), **sources)
    rules = StaffingRules(TODAY)
    return plan_files(lists, folder, FAST, rules, strict=False, workers=1, lang=lang, progress=lambda *_: None)


def check(path, folder, against):
    return check_files(PlanSources((str(path),), against=against), folder, "en")


def without_ids(path, rows):
    """Writes a list of households that has no ids; a row is name, door, village, lon, lat."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([NAMELESS, *((*row, "13800000000") for row in rows)])
    return path


def rows_of(n, village="柳村"):
    return [(name, str(i), village, *place) for i, (_, name, _, *place) in enumerate(homes(village, n, 0), start=1)]


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def answer(path, *answers):
    """Fills in the answers, row by row."""
    rows = table(path)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "answer": said} for row, said in zip(rows, answers, strict=True))
    return str(path)


def stored(folder):
    """Everything that plan.gpkg says of its households."""
    return [home for village in read_plan(folder / "plan.gpkg").villages for home in village.plan.households]


def layer(folder):
    """The layer of households, byte for byte."""
    return pyogrio.read_dataframe(folder / "plan.gpkg", layer="households").to_csv()


def names(folder):
    return {home.name: home.household_id for home in stored(folder)}


def changes(folder):
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))["changes"]


def moved(row, degrees):
    return (*row[:4], f"{float(row[4]) + degrees:.7f}")


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """The folder of the plan of 30 households without ids of their own."""
    folder = tmp_path_factory.mktemp("old")
    plan(without_ids(folder / "list.csv", rows_of(30)), folder / "plan")
    return folder / "plan"


@pytest.fixture
def newer(tmp_path):
    """A list with one household less, one more at the top, one renamed in place, and one that is in doubt."""
    rows = rows_of(30)
    rows[4] = ("改名", *rows[4][1:])
    rows[5] = moved(rows[5], 0.004)
    gone = rows.pop(9)
    new = ("新户主", "99", "柳村", *moved(gone, 0.003)[3:])
    return without_ids(tmp_path / "newer.csv", [new, *rows])


# ---- planning against an older plan


def test_the_same_list_again_is_the_very_same_households(old, tmp_path):
    made = plan(old.parent / "list.csv", tmp_path, against=old / "plan.gpkg")
    assert layer(tmp_path) == layer(old)
    assert changes(tmp_path) == {**dict.fromkeys(made_keys(), 0), "same": 30}
    assert not (tmp_path / "gone.csv").exists()
    assert made.changes is not None


def made_keys():
    return ("new", "gone", "moved", "renamed", "other_village", "other_hamlet", "amended", "same", "unsure")


def test_no_household_goes_codes_are_carried_over_and_doubts_wait(old, newer, tmp_path):
    made = plan(newer, tmp_path / "plan", against=old / "plan.gpkg")
    before, after = names(old), names(tmp_path / "plan")
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"新户主"}
    assert after["新户主"] not in before.values()
    assert changes(tmp_path / "plan") == {**dict.fromkeys(made_keys(), 0), "new": 1, "gone": 1, "same": 27, "unsure": 2}
    assert [row["name"] for row in table(tmp_path / "plan" / "gone.csv")] == ["户主10"]
    notes = [note.say("en") for note in made.notes]
    assert any(before["户主10"] in note and "gone.csv" in note for note in notes)
    assert any("柳村-0006" in note and "--answers" in note for note in notes)


def test_answers_are_followed_and_hold_the_next_time_too(old, newer, tmp_path):
    check(newer, tmp_path, old / "plan.gpkg")
    asked = table(tmp_path / "unsure.csv")
    assert [(row["name"], row["answer"]) for row in asked] == [("改名", ""), ("户主6", "")]
    assert names(old)["户主5"] in asked[0]["candidates"]
    answers = answer(tmp_path / "unsure.csv", names(old)["户主5"], "新")
    made = plan(newer, tmp_path / "plan", against=old / "plan.gpkg", answers=answers)
    before, after = names(old), {home.household_id: home.name for home in stored(tmp_path / "plan")}
    assert after[before["户主5"]] == "改名"
    assert [name for name in after.values() if name == "户主6"] == ["户主6", "户主6"]
    assert (len(made.changes.renamed), len(made.changes.new), len(made.changes.gone)) == (1, 2, 2)
    for more in ({}, {"answers": answers}):
        again = plan(newer, tmp_path / "again", against=tmp_path / "plan" / "plan.gpkg", **more)
        assert layer(tmp_path / "again") == layer(tmp_path / "plan")
        assert not again.changes.new
    assert "answers.unneeded" in {note.code for note in again.notes}


def test_answers_may_be_saved_as_a_workbook(old, newer, tmp_path):
    check(newer, tmp_path, old / "plan.gpkg")
    answer(tmp_path / "unsure.csv", names(old)["户主5"], "")
    book = openpyxl.Workbook()
    rows = table(tmp_path / "unsure.csv")
    for row in (list(rows[0]), *(list(row.values()) for row in rows)):
        book.active.append(row)
    book.save(tmp_path / "answered.xlsx")
    made = plan(newer, tmp_path / "plan", against=old / "plan.gpkg", answers=str(tmp_path / "answered.xlsx"))
    assert (len(made.changes.renamed), len(made.changes.unsure)) == (1, 1)


@pytest.mark.parametrize(
    ("answers", "row", "column", "reason"),
    [
        (("柳村-0999", ""), 2, "answer", "answers.row.unknown"),
        (("柳村-0001", ""), 2, "answer", "answers.row.taken"),
        (("柳村-0005", "柳村-0005"), 3, "answer", "answers.row.taken"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused_with_its_row(old, newer, tmp_path, answers, row, column, reason):
    check(newer, tmp_path, old / "plan.gpkg")
    with pytest.raises(InputRefused) as caught:
        plan(newer, tmp_path / "plan", against=old / "plan.gpkg", answers=answer(tmp_path / "unsure.csv", *answers))
    values = caught.value.message.values
    assert (values["row"], values["column"], values["reason"].code) == (row, column, reason)
    assert values["value"] in caught.value.say("zh")
    assert not (tmp_path / "plan").exists()


def test_answers_about_another_list_are_refused(old, newer, tmp_path):
    check(newer, tmp_path, old / "plan.gpkg")
    answers = answer(tmp_path / "unsure.csv", "new", "new")
    shifted = without_ids(tmp_path / "shifted.csv", [tuple(row.values())[:5] for row in table(newer)][1:])
    with pytest.raises(InputRefused) as caught:
        plan(shifted, tmp_path / "plan", against=old / "plan.gpkg", answers=answers)
    assert caught.value.message.values["reason"].code == "answers.row.other_list"


def test_a_household_answered_for_twice_is_refused(old, newer, tmp_path):
    check(newer, tmp_path, old / "plan.gpkg")
    path = tmp_path / "unsure.csv"
    answer(path, "new", "")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:2], lines[1]]), encoding="utf-8")
    with pytest.raises(InputRefused) as caught:
        plan(newer, tmp_path / "plan", against=old / "plan.gpkg", answers=str(path))
    assert caught.value.message.values["reason"].code == "answers.row.twice"


@pytest.mark.parametrize(
    ("more", "code"),
    [({}, "answers.no_plan"), ({"against": "old"}, "answers.no_column")],
    ids=["no plan", "no answers"],
)
def test_answers_without_a_plan_or_in_another_list_are_refused(old, newer, tmp_path, more, code):
    against = {"against": old / "plan.gpkg"} if more else {}
    with pytest.raises(InputRefused) as caught:
        plan(newer, tmp_path / "plan", answers=str(newer), **against)
    assert caught.value.message.code == code


def test_grids_the_newer_list_tells_of_go_with_the_codes_carried_over(old, tmp_path):
    rows = [(*row, "1" if i < 14 else "2") for i, row in enumerate(reversed(rows_of(30)[:28]))]
    path = tmp_path / "grids.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([(*NAMELESS[:5], "网格"), *rows])
    made = plan(path, tmp_path / "plan", against=old / "plan.gpkg", keep_grids=True)
    (village,) = made.town.villages
    number = {home.name: village.plan.grid_of.get(home.household_id) for home in village.plan.households}
    assert (number["户主28"], number["户主1"], number["户主30"]) == (1, 2, None)


def test_households_on_an_anchor_stand_on_the_one_that_is_known_now_or_stay_where_they_are(tmp_path):
    header = ("户编号", "户主", "村", "组", "经度", "纬度")
    placed = [(*row[:3], "1组", *row[3:]) for row in homes("柳村", 12, 0)]
    rows = [*placed, ("H1", "甲", "柳村", "2组", "", "")]
    path, places = tmp_path / "h.csv", tmp_path / "places.csv"
    for file, content in ((path, [header, *rows]), (places, [header[2:], ("柳村", "2组", "110.95", "37.95")])):
        with file.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows(content)

    def place(folder, **more):
        plan(path, folder, **more)
        (home,) = (home for home in stored(folder) if home.household_id == "H1")
        return home.position, home.lon

    position, lon = place(tmp_path / "one")
    assert (position, lon != 110.95) == ("hamlet", True)
    plan(path, tmp_path / "two", hamlets=str(places), against=tmp_path / "one" / "plan.gpkg")
    (home,) = (home for home in stored(tmp_path / "two") if home.household_id == "H1")
    assert (home.position, home.lon) == ("hamlet", 110.95)
    assert changes(tmp_path / "two")["same"] == 13


# ---- what a check leaves


def test_a_check_takes_away_what_an_earlier_one_left_and_nothing_else(old, newer, tmp_path):
    broken = write_households(tmp_path / "h.csv", homes("柳村", 3, 0), [("坏", "坏", "柳村", "x", "38")])
    folder = tmp_path / "left"
    check(broken, folder, old / "plan.gpkg")
    check(newer, folder, old / "plan.gpkg")
    assert {path.name for path in folder.iterdir()} == {"gone.csv", "unsure.csv"}
    check(broken, folder, None)
    assert {path.name for path in folder.iterdir()} == {"refused.csv"}
    (folder / "gone.csv").write_text("name,age\nmine,1", encoding="utf-8")
    check(old.parent / "list.csv", folder, old / "plan.gpkg")
    assert {path.name for path in folder.iterdir()} == {"gone.csv"}


def test_answers_are_never_written_over(old, newer, tmp_path):
    check(newer, tmp_path, old / "plan.gpkg")
    answer(tmp_path / "unsure.csv", "new", "")
    before = (tmp_path / "unsure.csv").read_bytes()
    with pytest.raises(OutputRefused) as caught:
        check(newer, tmp_path, old / "plan.gpkg")
    assert caught.value.message.code == "check.answered"
    check(old.parent / "list.csv", tmp_path, old / "plan.gpkg")
    assert (tmp_path / "unsure.csv").read_bytes() == before


def test_names_that_a_spreadsheet_would_run_come_back_as_they_are(tmp_path):
    rows = rows_of(12)
    rows[0] = ("=1+1", *rows[0][1:])
    plan(without_ids(tmp_path / "old.csv", rows), tmp_path / "old")
    newer = without_ids(tmp_path / "new.csv", [moved(rows[0], 0.004), *rows[1:]])
    check(newer, tmp_path, tmp_path / "old" / "plan.gpkg")
    assert table(tmp_path / "unsure.csv")[0]["name"] == "'=1+1"
    answers = answer(tmp_path / "unsure.csv", "柳村-0001")
    made = plan(newer, tmp_path / "plan", against=tmp_path / "old" / "plan.gpkg", answers=answers)
    assert list(made.changes.moved) == ["柳村-0001"]
