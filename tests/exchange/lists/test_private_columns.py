"""What is never stored: recognised by header and by content, named, and nowhere to be found afterwards."""

import csv
import random

import hypothesis.strategies as st
import pytest
from hypothesis import given

from gridplan.errors import InputRefused
from gridplan.exchange.lists.households.households import read_households, write_refused
from gridplan.exchange.lists.rows.private_columns import WEIGHTS, is_bank_card, is_identity_number, is_private
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS

GOOD = ["110", "38"]


def write(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


def identity_number(n):
    """A number of the right form for a place that does not exist."""
    body = f"999999{1930 + n % 80}{1 + n % 12:02d}{1 + n % 28:02d}{n % 1000:03d}"
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, body, strict=True)) % 11]


def bank_card(n):
    body = f"622000{n:012d}"
    return next(f"{body}{last}" for last in range(10) if is_bank_card(f"{body}{last}"))


def everything_said(listed, folder):
    """All that comes out of a list: the object, every sentence in both languages, and refused.csv."""
    for lang in ("en", "zh"):
        write_refused(folder / f"refused.{lang}.csv", listed, lang)
    said = [text.say(lang) for text in listed.notes for lang in ("en", "zh")]
    said += [text.say(lang) for r in listed.refused for text in (r.reason, r.remedy) for lang in ("en", "zh")]
    return "\n".join(
        [repr(listed), *said, *((folder / f"refused.{lang}.csv").read_text("utf-8") for lang in ("en", "zh"))]
    )


@pytest.mark.parametrize(
    "header",
    [
        *[
            "身份证号",
            "公民身份号码",
            "户主身份证号码",
            "证件号码",
            "银行卡号",
            "一卡通账号",
            "开户行",
            "健康状况",
            "是否残疾",
        ],
        *[
            "慢病",
            "出生日期",
            "出生年月",
            "年龄",
            "性别",
            "民族",
            "宗教信仰",
            "政治面貌",
            "家庭年收入（元）",
            "低保",
            "脱贫户",
        ],
        *[
            "文化程度",
            "婚姻状况",
            "照片",
            "ID card",
            "National ID",
            "identity_number",
            "BankAccount",
            "Date of Birth",
            "DOB",
        ],
        *["Date of Birth", "Age", "sex", "Ethnicity", "household income", "maritalStatus", "Photo", "身 份 证"],
    ],
)
def test_such_a_header_is_never_stored(header, tmp_path):
    rows = [[f"{n}", f"canary{n}", *(GOOD if n else ["x", "38"])] for n in range(3)]
    listed = read_households(write(tmp_path / "a.csv", ["id", header, "lon", "lat"], *rows))
    assert (len(listed.households), len(listed.refused)) == (2, 1)
    assert "canary" not in everything_said(listed, tmp_path)
    assert header in next(note.say("zh") for note in listed.notes if note.code == "private.dropped")


def test_headers_of_fields_are_not_taken_for_such():
    headers = [header for groups in HOUSEHOLD_FIELDS.values() for group in groups for header in group]
    assert [header for header in headers if is_private(header)] == []
    assert not any(map(is_private, ["village", "Village ID", "household id", "备注", "page", "序号"]))


def test_such_content_is_dropped_under_any_header(tmp_path):
    rows = [[f"{n}", identity_number(n), bank_card(n), f"19{30 + n}-0{1 + n % 9}-1{n % 10}", *GOOD] for n in range(9)]
    rows[4][4] = "x"
    listed = read_households(write(tmp_path / "a.csv", ["id", "备注", "门牌", "b", "lon", "lat"], *rows))
    assert listed.header == ("id", "lon", "lat")
    assert {note.code for note in listed.notes} >= {"private.identity_numbers", "private.bank_cards", "private.dates"}
    said = everything_said(listed, tmp_path)
    assert not any(cell in said for row in rows for cell in row[1:4])


def test_ids_that_are_identity_numbers_give_way_to_made_ones(tmp_path):
    rows = [[identity_number(n), f"户{n}", *GOOD] for n in range(3)]
    listed = read_households(write(tmp_path / "a.csv", ["编号", "户主", "lon", "lat"], *rows))
    assert [h.household_id for h in listed.households] == ["a-0001", "a-0002", "a-0003"]
    assert not any(row[0] in everything_said(listed, tmp_path) for row in rows)


def test_single_identity_numbers_are_taken_out_of_any_cell(tmp_path):
    number = identity_number(7)
    rows = [[f"{n}", "户", "x", *GOOD] for n in range(9)]
    rows[1][1], rows[2][2], rows[2][3] = f"户 {number}", number, "?"
    listed = read_households(write(tmp_path / "a.csv", ["id", "户主", "备注", "lon", "lat"], *rows))
    assert number not in everything_said(listed, tmp_path)
    assert listed.households[1].name == "户 …"
    assert next(note.values for note in listed.notes if note.code == "private.masked") == {"n": 2}


def test_a_row_out_of_step_with_its_header_gives_nothing_away(tmp_path):
    rows = [
        ["1", "甲", "canary1", *GOOD],
        ["2", "乙", "extra", "canary2", *GOOD],
        ["3", "丙", "extra", "more", "canary3", *GOOD],
    ]
    listed = read_households(write(tmp_path / "a.csv", ["id", "户主", "健康状况", "lon", "lat"], *rows))
    assert len(listed.refused) == 2
    assert "canary" not in everything_said(listed, tmp_path)


def test_persons_of_a_roster_leave_nothing_but_their_heads_name(tmp_path):
    header = ["户号", "姓名", "与户主关系", "身份证号", "出生日期", "民族", "备注", "组"]
    rows = [
        [
            str(n // 3),
            f"name{n}",
            "户主" if n % 3 == 0 else "子",
            identity_number(n),
            "1950-01-02",
            "canary",
            f"remark{n}",
            "一组",
        ]
        for n in range(30)
    ]
    listed = read_households(write(tmp_path / "柳村.csv", header, *rows))
    assert [h.name for h in listed.households] == [f"name{n}" for n in range(0, 30, 3)]
    said = everything_said(listed, tmp_path)
    hidden = [
        cell for n, row in enumerate(rows) for cell in (row[3], row[4], row[5], row[6], *([row[1]] if n % 3 else []))
    ]
    assert [cell for cell in hidden if f"'{cell}'" in said or (cell == "canary" and cell in said)] == []


def test_a_column_named_for_a_field_is_dropped_all_the_same_and_said(tmp_path):
    path = write(tmp_path / "a.csv", ["身份证号", "lon", "lat"], ["1", *GOOD])
    with pytest.raises(InputRefused) as caught:
        read_households(path, columns={"id": "身份证号"})
    assert caught.value.message.code == "private.wanted"
    assert caught.value.say("zh") and "身份证号" in caught.value.say("en")


def test_rows_that_differ_only_in_what_is_dropped_are_not_one(tmp_path):
    rows = [["王", identity_number(n), "一组"] for n in (1, 2)]
    assert len(read_households(write(tmp_path / "柳村.csv", ["户主", "身份证号", "组"], *rows)).households) == 2


def test_codes_of_a_list_are_not_taken_for_bank_cards(tmp_path):
    ids = [f"62{random.Random(n).randrange(10**15, 10**16)}" for n in range(200)]
    listed = read_households(write(tmp_path / "a.csv", ["户号", "lon", "lat"], *[[i, *GOOD] for i in ids]))
    assert [h.household_id for h in listed.households] == ids


@given(st.integers(0, 10**6), st.integers(0, 17), st.integers(1, 9))
def test_an_identity_number_with_a_digit_changed_is_none(n, at, by):
    number = identity_number(n)
    assert is_identity_number(number)
    digit = "0123456789X"[("0123456789X".index(number[at]) + by) % (11 if at == 17 else 10)]
    assert not is_identity_number(number[:at] + digit + number[at + 1 :])


@pytest.mark.parametrize(
    "header",
    [
        "参保情况",
        "犯罪记录",
        "前科",
        "信访",
        "月工资",
        "户口本号",
        "社会保障号",
        "精神状况",
        "微信",
        "邮箱",
        "SFZH",
        "email",
    ],
)
def test_more_headers_of_what_is_never_stored(header):
    assert is_private(header)


@pytest.mark.parametrize(
    "header", ["户编号", "编号", "地址", "联系电话", "村委会", "name", "id", "address", "household id"]
)
def test_headers_of_households_are_not_among_them(header):
    assert not is_private(header)


def mistyped(n):
    number = identity_number(n)
    return number[:-1] + ("1" if number[-1] == "0" else "0")


def test_a_column_of_mistyped_identity_numbers_is_dropped_even_as_the_id(tmp_path):
    rows = [[mistyped(n), f"户{n}", *GOOD, "柳村"] for n in range(20)]
    listed = read_households(write(tmp_path / "a.csv", ["编号", "户主", "lon", "lat", "村"], *rows))
    assert "id" not in listed.columns
    assert mistyped(3) not in everything_said(listed, tmp_path)


def test_codes_of_a_village_and_a_running_number_are_no_identity_numbers(tmp_path):
    rows = [[f"141125200201{n:06d}", f"户{n}", *GOOD, "柳村"] for n in range(1, 40)]
    listed = read_households(write(tmp_path / "a.csv", ["户编号", "户主", "lon", "lat", "村"], *rows))
    assert [h.household_id for h in listed.households] == [row[0] for row in rows]


def test_a_household_whose_id_is_an_identity_number_has_none(tmp_path):
    rows = [[f"H{n}", f"户{n}", *GOOD, "柳村"] for n in range(20)]
    rows[4][0], rows[7][0] = identity_number(4), identity_number(7)
    listed = read_households(write(tmp_path / "a.csv", ["编号", "户主", "lon", "lat", "村"], *rows))
    assert [(r.row, r.reason.code) for r in listed.refused] == [(6, "read.row.no_id"), (9, "read.row.no_id")]
