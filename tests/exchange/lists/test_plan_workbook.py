"""A kept town through plan.xlsx and back: what nobody changed stays, what was edited is taken or listed."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from sample_lists import FRAME
from sample_towns import town as sample_town

from gridplan.exchange.geopackage import read_plan
from gridplan.exchange.lists.plan_workbook import read_returned_plan
from gridplan.exchange.tables.source import Source
from gridplan.exchange.workbook import write_workbook
from gridplan.model import PlanOrigin
from gridplan.planning.check_files import check_files
from gridplan.planning.county import PlanSettings
from gridplan.planning.from_files import plan_files
from gridplan.planning.inputs import PlanSources
from gridplan.planning.staffing.staffing import StaffingRules
from gridplan.service.imports.load_plan import load_file
from gridplan.verify import verify
from gridplan.words import LANGS, NO_TITLES, use_titles

FAST = PlanSettings(effort="fast")
PEOPLE = [
    ("M1", "张三", "甲村", 2),
    ("M2", "李四", "甲村", 1),
    ("M3", "王五", "甲村", 1),
    ("M5", "钱七", "乙村", 1),
    ("M7", "周九", "丙村", 1),
    ("M8", "周九", "丙村", 1),
    ("M9", "吴十", "甲村", 1),
]
GRIDS = [
    ("甲村", "第一网格", "张三"),
    ("甲村", "第二网格", "李四"),
    ("甲村", "东片", ""),
    ("乙村", "3", "钱七"),
    ("乙村", "7", "张三"),
    ("丙村", "3号网格", "不存在的人"),
    ("丙村", "4号网格", "周九"),
]
"""Village, label and lead: one of another village, one in no list, one of two, one grid without."""


def write(path, header, rows):
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Returns the folder with the lists of a town, and its plan with and without members."""
    folder = tmp_path_factory.mktemp("town")
    rows = []
    for at, (village, label, lead) in enumerate(GRIDS):
        xy = [(700.0 * at + 40 * (i % 4), 40 * (i // 4)) for i in range(12)]
        for i, (lon, lat) in enumerate(FRAME.to_degrees(xy).tolist()):
            rows.append((f"H{at}{i:02d}", f"户主{at}{i:02d}", village, "一组", f"{lon:.7f}", f"{lat:.7f}", label, lead))
    write(folder / "h.csv", ("户编号", "户主", "村", "组", "经度", "纬度", "网格编号", "网格长"), rows)
    write(folder / "m.csv", ("成员编号", "姓名", "村", "可联系网格数"), PEOPLE)
    made = {with_list: keep(folder / "h.csv", folder / f"first{with_list}", with_list) for with_list in (True, False)}
    return folder, made


def keep(households, folder, with_list, lang="zh"):
    members = str(folder.parent / "m.csv") if with_list else None
    return plan_files(
        PlanSources((str(households),), members=members, keep_grids=True),
        folder,
        FAST,
        StaffingRules(date(2026, 6, 1)),
        strict=True,
        workers=1,
        lang=lang,
        progress=lambda *_: None,
    )


def said(made):
    """Returns what a plan says of people and grids, in no words."""
    return {
        "grid_of": {home: (v.plan.village, n) for v in made.town.villages for home, n in v.plan.grid_of.items()},
        "labels": {(v.plan.village, grid.number): grid.label for v in made.town.villages for grid in v.grids},
        "roles": {(one.village, one.grid, one.role, one.member_id) for one in made.town.assignments},
        "names": {(member.member_id, member.name, member.village, member.max_grids) for member in made.town.members},
        "short": {(short.village, short.grid) for short in made.town.shortages},
    }


def broken(made):
    return sorted((one.message.code, str(one.message.values.get("grid"))) for one in made.violations)


def again(town, tmp_path, with_list=True, then=None, edit=None):
    """Returns the plan of the first plan's workbook, edited, with the members of a list or only its own."""
    folder, made = town
    (tmp_path / "m.csv").write_bytes((folder / "m.csv").read_bytes())
    book = openpyxl.load_workbook(folder / f"first{with_list}" / "plan.xlsx")
    if edit:
        edit(book)
    book.save(tmp_path / "plan.xlsx")
    found = keep(tmp_path / "plan.xlsx", tmp_path / "again", with_list if then is None else then)
    assert [one for one in verify(tmp_path / "again" / "plan.gpkg") if not one.is_note] == []
    return made[with_list], found


def put(sheet, where, column, value):
    """Returns an edit: a value into a column of the rows where all of `where` is so; how many rows, at most."""

    def edit(book):
        head = [cell.value for cell in book[sheet][1]]
        rows = [row for row in book[sheet].iter_rows(min_row=2)]
        for row in rows:
            if all(row[head.index(name)].value == wanted for name, wanted in where.items()):
                row[head.index(column)].value = value

    return edit


def both(*edits):
    return lambda book: [edit(book) for edit in edits]


def codes(made):
    return {note.code for note in made.notes}


# ---- nothing changes that nobody changed


@pytest.mark.parametrize("with_list", [True, False])
def test_a_workbook_read_back_is_the_same_plan(town, tmp_path, with_list):
    first, second = again(town, tmp_path, with_list)
    assert said(second) == said(first)
    assert broken(second) == broken(first)


def test_without_the_list_members_deputies_and_ids_are_those_of_the_workbook(town, tmp_path):
    first, second = again(town, tmp_path, then=False)
    assert said(second) == said(first)
    assert any(one.role == "deputy" for one in second.town.assignments)


def test_reading_back_twice_is_reading_back_once(town, tmp_path):
    _, second = again(town, tmp_path)
    third = keep(tmp_path / "again" / "plan.xlsx", tmp_path / "third", with_list=True)
    assert said(third) == said(second)
    assert (tmp_path / "third" / "plan.xlsx").read_bytes() == (tmp_path / "again" / "plan.xlsx").read_bytes()


def test_an_english_workbook_is_read_back_too(town, tmp_path):
    folder, made = town
    (tmp_path / "m.csv").write_bytes((folder / "m.csv").read_bytes())
    keep(folder / "h.csv", tmp_path / "en", with_list=True, lang="en")
    assert said(keep(tmp_path / "en" / "plan.xlsx", tmp_path / "again", with_list=False)) == said(made[True])


# ---- people


def test_a_lead_from_another_village_is_the_same_person_and_listed(town):
    _, made = town
    assert made[True].town.leads["乙村", 7] == "M1"
    assert ("existing.lead_elsewhere", "乙村-07") in broken(made[True])


def test_a_lead_of_no_list_keeps_id_and_name(town, tmp_path):
    _, second = again(town, tmp_path)
    assert {"丙村-不存在的人", "丙村-周九"} <= {member.member_id for member in second.town.members}
    assert {member.name for member in second.town.members if member.member_id == "丙村-周九"} == {"周九"}


def test_a_lead_who_is_found_is_offered_not_appointed_and_the_rule_stays_broken(town):
    _, made = town
    assert ("甲村", 3) not in made[True].town.leads
    (short,) = made[True].town.shortages
    assert short.offers[0].code == "existing.offer.candidate"
    assert ("rule.no_lead", "甲村-03") in broken(made[True])


def test_without_a_list_of_members_a_grid_without_a_lead_is_short_all_the_same(town):
    folder, made = town
    assert [(short.village, short.grid) for short in made[False].town.shortages] == [("甲村", 3)]
    sheet = openpyxl.load_workbook(folder / "firstFalse" / "plan.xlsx")["缺微网格长"]
    assert [cell.value for cell in sheet[2]][:2] == ["甲村", 3]


# ---- what was edited


@pytest.mark.parametrize(
    "edit",
    [
        put("微网格", {"微网格代码": "甲村-02"}, "微网格长", "吴十"),
        put("微网格", {"微网格代码": "甲村-02"}, "微网格长编号", "M9"),
        both(
            put("微网格", {"微网格代码": "甲村-02"}, "微网格长", "吴十"),
            put("微网格", {"微网格代码": "甲村-02"}, "微网格长编号", "M9"),
        ),
        put("住户", {"村": "甲村", "微网格编号": 2}, "微网格长", "吴十"),
        both(
            put("微网格", {"微网格代码": "甲村-02"}, "微网格长", "吴十"),
            put("住户", {"村": "甲村", "微网格编号": 2}, "微网格长", "吴十"),
        ),
    ],
)
def test_a_lead_edited_on_either_sheet_is_taken_and_said(town, tmp_path, edit):
    first, second = again(town, tmp_path, edit=edit)
    assert second.town.leads == first.town.leads | {("甲村", 2): "M9"}
    assert "existing.lead_changed" in codes(second)
    assert broken(second) == broken(first)


def test_a_lead_edited_differently_on_two_sheets_is_listed(town, tmp_path):
    edits = both(
        put("微网格", {"微网格代码": "甲村-02"}, "微网格长", "吴十"),
        put("住户", {"村": "甲村", "微网格编号": 2}, "微网格长", "王五"),
    )
    first, second = again(town, tmp_path, edit=edits)
    assert second.town.leads == first.town.leads | {("甲村", 2): "M9"}
    assert set(broken(second)) - set(broken(first)) == {("existing.sheets_differ", "甲村-02")}


def test_a_lead_wiped_out_is_missing(town, tmp_path):
    _, second = again(town, tmp_path, edit=put("微网格", {"微网格代码": "甲村-02"}, "微网格长", None))
    assert ("甲村", 2) not in second.town.leads
    assert ("rule.no_lead", "甲村-02") in broken(second)


def test_a_household_with_another_grid_number_moves_and_its_old_lead_is_no_second_lead(town, tmp_path):
    edit = put("住户", {"户编号": "H000"}, "微网格编号", 2)
    first, second = again(town, tmp_path, edit=edit)
    assert said(second)["grid_of"] == said(first)["grid_of"] | {"H000": ("甲村", 2)}
    assert second.town.leads == first.town.leads
    assert set(broken(second)) - set(broken(first)) == {("rule.not_connected", "甲村-02")}


def test_a_household_may_name_its_grid_as_the_town_calls_it(town, tmp_path):
    first, second = again(town, tmp_path, edit=put("住户", {"户编号": "H000"}, "微网格编号", "第二网格"))
    assert said(second)["grid_of"] == said(first)["grid_of"] | {"H000": ("甲村", 2)}
    assert said(second)["labels"] == said(first)["labels"]


@pytest.mark.parametrize("households_too", [True, False])
def test_a_grid_renumbered_on_the_sheet_of_grids_keeps_its_people_and_its_name(town, tmp_path, households_too):
    edits = [put("微网格", {"微网格代码": "甲村-02"}, "微网格编号", 9)]
    if households_too:
        edits.append(put("住户", {"村": "甲村", "微网格编号": 2}, "微网格编号", 9))
    first, second = again(town, tmp_path, edit=both(*edits))
    assert {grid for village, grid in second.town.leads if village == "甲村"} == {1, 9}
    assert said(second)["labels"]["甲村", 9] == "第二网格"
    assert {one[3] for one in said(second)["roles"]} == {one[3] for one in said(first)["roles"]}
    assert [code for code, _ in broken(second)] == [code for code, _ in broken(first)]


def test_a_number_that_another_grid_has_is_listed_and_changes_nothing(town, tmp_path):
    first, second = again(town, tmp_path, edit=put("微网格", {"微网格代码": "甲村-02"}, "微网格编号", 1))
    assert said(second)["grid_of"] == said(first)["grid_of"]
    assert set(broken(second)) - set(broken(first)) == {("existing.number_unclear", "甲村-02")}


def test_two_numbers_swapped_on_the_sheet_of_grids_are_swapped(town, tmp_path):
    edit = both(
        put("微网格", {"微网格代码": "甲村-01"}, "微网格编号", 2),
        put("微网格", {"微网格代码": "甲村-02"}, "微网格编号", 1),
    )
    first, second = again(town, tmp_path, edit=edit)
    assert second.town.leads == first.town.leads | {("甲村", 1): "M2", ("甲村", 2): "M1"}
    assert said(second)["labels"]["甲村", 1] == "第二网格"
    assert said(second)["grid_of"]["H000"] == ("甲村", 2)


def test_a_column_that_was_taken_out_changes_nothing(town, tmp_path):
    def without_leads(book):
        for sheet in ("微网格", "住户"):
            head = [cell.value for cell in book[sheet][1]]
            book[sheet].delete_cols(head.index("微网格长") + 1)

    first, second = again(town, tmp_path, edit=without_leads)
    assert second.town.leads == first.town.leads


def test_an_edited_deputy_is_taken(town, tmp_path):
    _, second = again(town, tmp_path, edit=put("微网格", {"微网格代码": "甲村-01"}, "协助人", "王五"), then=False)
    assert ("甲村", 1, "deputy", "M3") in said(second)["roles"]


@pytest.mark.parametrize("lang", LANGS)
def test_a_workbook_with_a_town_s_titles_is_kept_as_any_other(town, tmp_path, lang):
    folder, made = town
    (tmp_path / "m.csv").write_bytes((folder / "m.csv").read_bytes())
    use_titles(frozenset((lang, term, f"<{term}> 长，") for term in ("member", "lead", "deputy")))
    write_workbook(made[True].town, tmp_path / "plan.xlsx", lang, "town")
    use_titles(NO_TITLES)
    sheet = openpyxl.load_workbook(tmp_path / "plan.xlsx").worksheets[2]
    assert any("<lead>" in str(cell.value) or "<Lead>" in str(cell.value) for cell in sheet[1])
    again = keep(tmp_path / "plan.xlsx", tmp_path / "again", with_list=False)
    assert said(again) == said(made[True]) | {"short": said(again)["short"]}


# ---- files of earlier versions, whose sheets and columns had other titles


EARLIER = Path(__file__).parents[2] / "support" / "earlier"


def kept_from(workbook, folder):
    return plan_files(
        PlanSources((str(EARLIER / workbook),), keep_grids=True),
        folder,
        FAST,
        StaffingRules(date(2026, 6, 1)),
        strict=True,
        workers=1,
        lang="zh",
        progress=lambda *_: None,
    )


@pytest.mark.parametrize("lang", LANGS)
def test_a_workbook_of_an_earlier_version_is_kept_with_its_people(lang, tmp_path):
    before = read_plan(EARLIER / "plan.gpkg")
    found = said(kept_from(f"plan_{lang}.xlsx", tmp_path))
    assert found["grid_of"] == {
        home: (village.plan.village, number)
        for village in before.villages
        for home, number in village.plan.grid_of.items()
    }
    assert found["roles"] == {(one.village, one.grid, one.role, one.member_id) for one in before.assignments}
    assert found["names"] == {(member.member_id, member.name, member.village, 1) for member in before.members}


@pytest.mark.parametrize("lang", LANGS)
def test_a_workbook_of_an_earlier_version_keeps_the_town_s_names_of_its_grids(lang, tmp_path):
    found = said(kept_from(f"labelled_{lang}.xlsx", tmp_path))
    assert set(found["labels"].values()) == {"东头", "西头", "桥南"}
    assert {(village, member) for village, _, role, member in found["roles"] if role == "lead"} == {
        ("上柏村", "M1"),
        ("上柏村", "M2"),
        ("石桥村", "M4"),
    }


@pytest.mark.parametrize("lang", LANGS)
def test_a_workbook_of_an_earlier_version_is_a_list_to_compare_with_the_plan_of_its_day(lang, tmp_path):
    book = EARLIER / f"plan_{lang}.xlsx"
    _, changes = check_files(PlanSources((str(book),), against=EARLIER / "plan.gpkg"), tmp_path, lang)
    assert len(changes.same) == 45


def test_a_plan_of_an_earlier_version_is_verified_and_loaded(store):
    assert [one for one in verify(EARLIER / "plan.gpkg") if not one.is_note] == []
    loaded = load_file(store, EARLIER / "plan.gpkg", name="柳村", publish=True, now=datetime(2026, 6, 1, tzinfo=UTC))
    assert (loaded.households, loaded.members) == (45, 4)


# ---- of a service, and back


@pytest.fixture
def returned(tmp_path):
    """Return what writes a plan of a service as a workbook, lets it be edited, and reads it back."""

    def read_back(edit, lang="zh"):
        first = sample_town()
        origins = {one.plan.village: PlanOrigin(900_719_925_474_099 + at, at) for at, one in enumerate(first.villages)}
        of_service = tuple(
            replace(one, plan=replace(one.plan, origin=origins[one.plan.village])) for one in first.villages
        )
        write_workbook(replace(first, villages=of_service), path := tmp_path / "plan.xlsx", lang, "draft")
        book = openpyxl.load_workbook(path)
        edit(book)
        book.save(path)
        return origins, read_returned_plan(Source(path))

    return read_back


def cells(sheet, title):
    """Return the cells below a title."""
    column = next(cell.column for cell in sheet[1] if cell.value == title)
    return [row[column - 1] for row in sheet.iter_rows(min_row=2)]


@pytest.mark.parametrize("lang", LANGS)
def test_a_plan_of_a_service_names_itself_on_a_hidden_sheet(returned, lang):
    origins, back = returned(lambda book: None, lang)
    assert back.origins == origins and back.refused == ()
    assert {one.number for one in back.homes} > {1, 2} and len({one.code for one in back.homes}) == len(back.homes)


def test_what_was_typed_into_a_workbook_comes_back_with_its_row(returned):
    def edit(book):
        first, second, third, *_ = cells(book["住户"], "微网格编号")
        first.value, second.value, third.value = 2, None, "三号"
        cells(book["微网格"], "微网格编号")[0].value = 9

    _, back = returned(edit)
    assert [(one.row, one.number) for one in back.homes[:2]] == [(2, 2), (3, None)]
    assert [one.code for one in back.refused] == ["returned.no_number", "returned.renumbered"]
    assert [one.values["row"] for one in back.refused] == [4, 2]


def test_any_other_workbook_is_no_plan_of_a_service(tmp_path):
    write_workbook(sample_town(), tmp_path / "plan.xlsx", "zh", "a town")
    assert read_returned_plan(Source(tmp_path / "plan.xlsx")) is None
