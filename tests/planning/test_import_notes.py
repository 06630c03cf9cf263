"""What check says of lists, in the reader's language, and where it leaves off."""

import csv

import pytest

from gridplan.exchange.lists.households.households import read_households
from gridplan.exchange.lists.members import read_members
from gridplan.planning.import_notes import list_notes, member_list_notes, name_notes, unused_column_notes
from gridplan.planning.inputs import PlanSources, read_lists


@pytest.fixture
def said(tmp_path):
    """The sentences on a list of rows."""

    def say(lang, *rows):
        with (tmp_path / "list.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return [message.say(lang) for message in list_notes(read_households(str(tmp_path / "list.csv")))]

    return say


ROWS = [
    ["户号", "户主", "村", "经度", "纬度", "备注", "adname", "电话"],
    ["1", "甲", "柳村", "110.9", "37.9", "x", "y", ""],
]


def test_columns_are_shown_as_the_reader_calls_them_with_what_to_pass(said):
    assert "  columns: id = 户号, name = 户主, lon = 经度, lat = 纬度, village = 村" in said("en", *ROWS)
    assert any(text.startswith("  列：户编号（id）为“户号”列、户主（name）为“户主”列、") for text in said("zh", *ROWS))


def test_columns_that_are_not_used_are_always_listed(said):
    assert "  not used: 备注, adname" in said("en", *ROWS) and "  blank in every row: 电话" in said("en", *ROWS)
    assert "  未采用的列：备注、adname" in said("zh", *ROWS) and "  整列空白：电话" in said("zh", *ROWS)
    assert not any("not used" in text for text in said("en", *([*row[:5]] for row in ROWS)))


def test_villages_under_several_names_and_hamlets_without_a_place_are_said(tmp_path):
    households = "户号,村,组\n1,柳树村,1组\n2,柳树,2组\n3,桃村,一组\n"
    (tmp_path / "a.csv").write_text(households, encoding="utf-8")
    (tmp_path / "p.csv").write_text("村,组,经度,纬度\n桃 村,第一组,110,38\n柳树,9组,110,38\n", encoding="utf-8")
    lists = read_lists(PlanSources((str(tmp_path / "a.csv"),), hamlets=str(tmp_path / "p.csv")))
    alike, hamlet = (message.say("en") for message in name_notes(lists))
    assert "柳树村 (1) / 柳树 (1)" in alike
    assert hamlet.startswith("柳树: no place is known for 2组")


def test_those_of_members_and_other_files_are_too(tmp_path):
    (tmp_path / "m.csv").write_text("姓名,村,特长\n甲,柳村,木工\n", encoding="utf-8")
    members = [message.say("zh") for message in member_list_notes("m.csv", read_members(str(tmp_path / "m.csv")))]
    assert members[-1] == "  未采用的列：特长"
    assert [message.say("en") for message in unused_column_notes({"v.csv": ("a", "b"), "h.csv": ()})] == [
        "v.csv: not used: a, b"
    ]


def test_of_two_thousand_villages_a_few_are_named_and_the_others_counted(said):
    rows = [[str(n), "甲", f"柳{n}村", "110.9", "37.9", "", "", ""] for n in range(2000)]
    sentences = said("en", ROWS[0], *rows)
    assert sum(text.startswith("Village ") for text in sentences) == 20 and len(sentences) < 50
    assert "and 1,980 more villages" in sentences and "另有 1,980 个村。" in said("zh", ROWS[0], *rows)


def test_hamlets_are_shown_in_the_order_of_their_numbers(said):
    rows = [["户主", "村", "组"], ["甲", "柳村", "十组"], ["乙", "柳村", "二组"], ["丙", "柳村", "一组"]]
    assert "  3 个村民小组：一组（1）、二组（1）、十组（1）" in said("zh", *rows)
    assert "  3 hamlets: 一组 (1), 二组 (1), 十组 (1)" in said("en", *rows)


def test_headers_fit_to_be_shown(said):
    rows = [[*ROWS[0], "备\x07注"], [*ROWS[1], "z"]]
    assert any("备\\u0007注" in text for text in said("en", *rows))
