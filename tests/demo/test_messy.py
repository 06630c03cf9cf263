"""The messy lists: everybody is in them, nobody real is, no two are alike, and they are always the same."""

import csv
import re
from collections import Counter
from dataclasses import fields, replace
from functools import cache
from itertools import pairwise
from zipfile import ZipFile

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from gridplan.coordinates import GCJ02, points_to_wgs84
from gridplan.demo.definition import read_definition
from gridplan.demo.list_styles import FRAMES, HEADERS, NUMBERS, ListStyle, lay_out_list, make_list_styles
from gridplan.demo.messy import write_messy
from gridplan.demo.people import HEAD, REGION, Relatives, checksum
from gridplan.exchange.lists.members import read_members
from gridplan.exchange.lists.rows.private_columns import is_private
from gridplan.model import Plan, PlannedVillage, SizeBounds, TownPlan
from gridplan.planning.staffing.member_homes import find_homes

pytestmark = pytest.mark.slow

IDENTITY = re.compile(r"\d{17}[\dX]")


@pytest.fixture(scope="module")
def town(demo_town):
    few = (home for i, home in enumerate(demo_town.households) if i % 12 == 0 or i < 60)
    return replace(demo_town, households=tuple(few))


@pytest.fixture(scope="module")
def files(town, tmp_path_factory):
    return write_messy(town, tmp_path_factory.mktemp("messy") / "lists")


@cache
def cells(path):
    if path.suffix == ".csv":
        content = path.read_bytes()
        text = content.decode("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "gb18030")
        return list(csv.reader(text.splitlines()))
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    return [
        [str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell) for cell in row]
        for row in sheet.to_python()
    ]


def persons_of(habit, heads):
    lived_in = Relatives(np.random.default_rng(1), read_definition()).households(heads)
    record = dict.fromkeys(HEADERS, "") | {"hamlet": "一组"}
    return [
        [record | {"name": person.name, "relation": person.relation, "number": at} for person in persons]
        for at, persons in enumerate(lived_in, start=1)
    ]


# ---- the files


def test_every_village_has_its_list_beside_the_members_and_the_readme(town, files):
    assert [path.stem for path in files.lists] == [village.name for village in town.villages]
    assert len(files.lists) == 30
    assert {path.name for path in files.readme.parent.iterdir()} == {
        *(path.name for path in files.lists), files.members.name, files.readme.name,
    }  # fmt: skip


def test_every_household_is_there_by_its_head(town, files):
    for path in files.lists:
        rows = [[cell.replace("\u3000", "") for cell in row] for row in cells(path)]
        heads = Counter(cell for row in rows if HEAD in row for cell in row)
        homes = Counter(home.name for home in town.households if home.village == path.stem)
        assert all(heads[name] >= count for name, count in homes.items()), path.name


def test_workbooks_and_two_encodings_of_csv_are_among_them(files):
    endings = Counter(path.suffix for path in files.lists)
    assert endings == {".xlsx": 22, ".csv": 8}
    marks = Counter(path.read_bytes()[:3] == b"\xef\xbb\xbf" for path in files.lists if path.suffix == ".csv")
    assert marks == {False: 6, True: 2}


def test_about_one_household_in_twenty_has_a_position(town, files):
    placed = 0
    for path in files.lists:
        text = "\n".join("|".join(row) for row in cells(path))
        placed += len(set(re.findall(r"111[°.]\d+[^|]*\|3[78][°.]\d+[^|\n]*", text)))
    assert 0.03 * len(town.households) < placed <= 0.06 * len(town.households)


def test_the_same_seed_writes_the_same_bytes_and_another_other_lists(town, files, tmp_path):
    few = replace(town, households=town.households[:200])
    once, again, other = (write_messy(few, tmp_path / str(at), seed) for at, seed in enumerate((0, 0, 1)))
    assert [path.read_bytes() for path in once.lists] == [path.read_bytes() for path in again.lists]
    assert once.readme.read_bytes() == again.readme.read_bytes()
    assert once.members.read_bytes() == again.members.read_bytes()
    assert once.members.read_bytes() != other.members.read_bytes()
    assert len(again.lists) == 2


def test_the_readme_says_in_both_languages_that_all_of_it_is_invented(town, files):
    text = files.readme.read_text(encoding="utf-8-sig")
    assert town.notice in text
    assert "999999" in text
    assert "nobody's" in text
    assert all(text.count(f"{path.name}: ") == 2 for path in files.lists)


def test_the_ties_of_the_members_are_found_by_name_unless_several_households_have_it(town, files):
    villages = {
        home.village: [one for one in town.households if one.village == home.village] for home in town.households
    }
    plans = [Plan(name, tuple(homes), {home.household_id: 1 for home in homes}) for name, homes in villages.items()]
    plan = TownPlan(tuple(PlannedVillage(one, SizeBounds(), None, False, ()) for one in plans))
    placed = find_homes(plan, read_members(str(files.members)).members)
    heads = {home.household_id: home for home in town.households}
    times = Counter((home.village, home.name) for home in town.households)
    for member, found in zip(town.members, placed, strict=True):
        ties = [heads[tie] for tie in member.ties if tie in heads]
        clear = {tie.household_id for tie in ties if times[tie.village, tie.name] == 1}
        assert clear <= set(found.member.ties)
        assert len(found.ambiguous_ties) == len({tie.name for tie in ties if times[tie.village, tie.name] > 1})
        assert found.unknown_ties == ()
    assert sum(bool(found.member.ties) for found in placed) > 20


def test_the_members_are_known_by_name_and_have_no_home(town, files):
    title, head, *rows = cells(files.members)
    assert "member_id" not in head
    assert "经度" not in head
    assert [row[1] for row in rows] == [member.name for member in town.members]
    heads = {home.household_id: home.name for home in town.households}
    ties = [[heads[tie] for tie in member.ties if tie in heads] for member in town.members]
    assert [row[-1] for row in rows] == ["、".join(names) for names in ties]
    assert title[0].startswith(town.name)


# ---- nobody real


def test_identity_numbers_are_right_and_of_no_place(files):
    numbers = [cell for path in files.lists for row in cells(path) for cell in row if IDENTITY.fullmatch(cell)]
    assert len(numbers) > 500
    assert all(number.startswith(REGION) for number in numbers)
    assert all(checksum(number[:17]) == number[17] for number in numbers)


def test_the_checksum_is_that_of_the_standard():
    assert checksum("11010519491231002") == "X"  # the example printed in GB 11643-1999


def test_telephone_numbers_and_bank_cards_are_nobodys(files):
    for path in files.lists:
        for row in cells(path):
            for cell in row:
                if re.fullmatch(r"\d{11}", cell):
                    assert cell.startswith("100")
                if re.fullmatch(r"\d{19}", cell):
                    assert cell.startswith(REGION)


def test_households_begin_with_their_head_and_children_are_younger():
    for persons in Relatives(np.random.default_rng(3), read_definition()).households(["王一", "李二", "张三"] * 60):
        assert [person.relation == HEAD for person in persons] == [True] + [False] * (len(persons) - 1)
        head = persons[0]
        for person in persons:
            assert person.identity[6:14] == f"{person.born:%Y%m%d}"
            assert (int(person.identity[16]) % 2 == 1) == (person.sex == "男")
            if person.relation in {"子", "女"}:
                assert person.born.year - head.born.year >= 20
                assert person.name[0] == head.name[0]


# ---- the clerks


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_habit_is_somebodys_and_no_two_clerks_are_alike(seed):
    habits = make_list_styles(np.random.default_rng(seed), 30)
    assert len(set(habits)) == 30
    assert {habit.words for habit in habits} == set(range(4))
    assert {habit.number for habit in habits} == set(NUMBERS)
    assert Counter(habit.frame for habit in habits) == {None: 21, **dict.fromkeys(FRAMES, 3)}
    for field in fields(ListStyle):
        if field.type == "bool":
            assert {getattr(habit, field.name) for habit in habits} == {True, False}, field.name
    assert {column for habit in habits for column in habit.personal} == {"identity", "born", "bank", "health"}


def test_what_is_personal_is_called_so_that_it_can_be_recognised():
    assert all(is_private(word) for column in ("identity", "born", "bank", "health") for word in HEADERS[column])


def test_a_header_in_two_rows_is_merged_and_says_everything(tmp_path):
    habit = ListStyle(words=0, number="code", two_rows=True, frame="gcj02", titled=True)
    page = lay_out_list(np.random.default_rng(0), habit, "柳湾村", persons_of(habit, ["王一", "李二"]))
    title, upper, lower = page.rows[:3]
    assert title == ["柳湾村住户人口花名册", *[""] * (len(title) - 1)]
    assert [low or up for up, low in zip(upper, lower, strict=True)] == [habit.header(name) for name in habit.columns]
    assert "住址" in upper
    assert "坐标" in upper
    covered = [cell for top, left, bottom, right in page.merged for cell in cells_of(top, left, bottom, right)]
    assert len(covered) == len(set(covered))


def cells_of(top, left, bottom, right):
    return [(y, x) for y in range(top, bottom + 1) for x in range(left, right + 1)]


def test_what_is_said_of_a_household_is_said_once_where_cells_are_merged():
    habit = ListStyle(words=1, number="running", merged=True)
    households = persons_of(habit, ["王一", "李二", "张三", "赵四"])
    page = lay_out_list(np.random.default_rng(0), habit, "柳湾村", households)
    numbers = [row[1] for row in page.rows[1:]]
    assert [number for number in numbers if number] == [1, 2, 3, 4]
    assert len(numbers) == sum(map(len, households))


def test_counts_of_households_and_persons_stand_where_the_clerk_puts_them():
    habit = ListStyle(words=0, number="none", gaps=True, totals=True)
    households = persons_of(habit, ["王一", "李二"])
    page = lay_out_list(np.random.default_rng(0), habit, "柳湾村", households)
    counted = f"2户{sum(map(len, households))}人"
    subtotal, blank, total = page.rows[-3:]
    assert (subtotal[0], total[0]) == ("小计", "合计")
    assert counted in subtotal
    assert counted in total
    assert not any(blank)


def test_hidden_rows_are_hidden(files):
    parts = (ZipFile(path).read("xl/worksheets/sheet1.xml") for path in files.lists if path.suffix == ".xlsx")
    assert any(b' hidden="1"' in part for part in parts)


def test_shifted_positions_come_back_to_where_the_homes_are(town, files):
    readme = files.readme.read_text(encoding="utf-8-sig")
    shifted = [path for path in files.lists if re.search(rf"{path.name}: .*--crs gcj02", readme)]
    assert len(shifted) == 3
    for path in shifted:
        found = [
            (float(lon), float(lat))
            for row in cells(path)
            for lon, lat in pairwise(row)
            if re.fullmatch(r"111\.\d+", lon) and re.fullmatch(r"3[78]\.\d+", lat)
        ]
        homes = np.array([(home.lon, home.lat) for home in town.households if home.village == path.stem])
        for point in points_to_wgs84(np.array(found).reshape(-1, 2), GCJ02):
            assert np.abs(homes - point).max(axis=1).min() < 2e-6
