"""How names are compared, and what is no part of a name."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridplan.names import (
    door_key,
    each_folded,
    file_name,
    folded,
    folded_hamlet,
    hamlet_key,
    hamlet_within,
    may_be_one_village,
    numbers_in,
    numeral,
    one_line,
    sort_key,
    village_stem,
    villages_alike,
    visible,
    without_phone,
)


@pytest.mark.parametrize("name", ["三组", "3组", "３ 组", "03", "3", "第三组", "第三村民小组", "三小组", "第3村民组",
                                  "（三）组", "小组3", "③", "叁组", "Group 3", "3组（上湾）",
                                  "村民三组", "3号组", "3#", "No. 3", "group three", "Group III", "III", "3rd group",
                                  "No. 3 group", "Third Hamlet", "Villagers' Group 3"])  # fmt: skip
def test_a_numbered_hamlet_is_known_by_its_number(name):
    assert folded_hamlet(name) == "3"


@pytest.mark.parametrize(
    ("one", "other"),
    [("三组", "十三组"), ("三组", "三队"), ("上湾组", "下湾组"), ("二十一组", "十一组"), ("组", ""), ("三河", "三"),
     ("上湾(东)", "上湾(西)"), ("第三", "第三湾"), ("一二组", "十二组"),
     ("three", "3"), ("I", "1"), ("Xi", "11"), ("Group C", "Group 3"), ("3rd street", "3"), ("Groupe", "Group")],
)  # fmt: skip
def test_other_hamlets_are_told_apart(one, other):
    assert folded_hamlet(one) != folded_hamlet(other)


def test_a_hamlet_with_a_name_is_the_same_with_and_without_the_word_for_it():
    assert folded_hamlet("上湾村民小组") == folded_hamlet(" 上湾 ") == "上湾"
    assert (folded_hamlet("廿一组"), folded_hamlet("两组"), folded_hamlet("两河")) == ("21", "2", "两河")
    assert folded_hamlet(None) == ""


def test_a_numbered_hamlet_may_be_called_after_its_village():
    assert (
        hamlet_within("柳树村", "柳树村三组")
        == hamlet_within("柳树村", "柳树3组")
        == hamlet_within("柳树村", "叁")
        == "3"
    )
    assert hamlet_within("柳树村", "柳树湾组") == "柳树湾" and hamlet_within("柳树村", None) == ""
    assert hamlet_within("东村", "东三组") == "东三"


@pytest.mark.parametrize(
    "name", ["东", "东村", "东村委会", "东村村民委员会", "示范镇东村", "东村（含新区）", "东社区居委会"]
)
def test_a_village_is_the_same_with_and_without_its_town_and_the_word_for_it(name):
    assert village_stem(name) == "东"


def test_villages_that_may_be_one_are_found_and_those_told_apart_by_town_kind_or_mark_are_not():
    one = ("柳树村", "柳树", "柳树村委会", "东镇柳树村", "柳树行政村")
    others = ("桃树村", "新民村（东乡）", "新民村（西乡）", "西镇河湾村", "东镇河湾村", "城关村", "城关社区")
    assert villages_alike((*others, *one, "柳树村")) == [one]
    assert villages_alike(("东镇柳树村", "西镇柳树村", "柳树")) == [("东镇柳树村", "柳树", "西镇柳树村")]
    assert not may_be_one_village("城关社区居委会", "城关村民委员会")
    assert may_be_one_village("Liushu Village", "liushu")


@pytest.mark.parametrize(("name", "stem"), [("村", "村"), ("李镇村", "李镇"), ("新乡村", "新乡"), ("柏树沟", "柏树沟")])
def test_a_village_is_never_left_without_a_name(name, stem):
    assert village_stem(name) == stem


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("07", 7), ("十", 10), ("十二", 12), ("三十", 30), ("九十九", 99), ("〇", 0),
     ("", None), ("组", None), ("一二", None), ("十十", None), ("1a", None), ("²", None), ("百", None)],
)  # fmt: skip
def test_what_is_a_number(text, value):
    assert numeral(text) == value


def test_what_nobody_sees_is_taken_away_and_never_compared():
    hidden = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"]
    for one in (*hidden, *"\u115f\u1160\u3164\uffa0\u2800"):
        assert visible(f"柳{one}树村{one}") == one_line(f"{one}柳树村{one}") == "柳树村"
        assert folded(f"柳树{one}村") == "柳树村"


def test_what_a_script_writes_words_with_stays_but_is_not_compared():
    for name, plain in (("葛\U000e0100村", "葛村"), ("می\u200cروم", "میروم"), ("ᠬᠠ\u180eᠠ", "ᠬᠠᠠ"), ("क्\u200dष", "क्ष")):
        assert visible(name) == name and folded(name) == folded(plain)
    assert visible("3\ufe0f") == "3" and visible("\ufe00柳") == "柳"


@given(st.text())
def test_any_name_can_be_compared(text):
    assert bool(village_stem(text)) == bool(folded_hamlet(text)) == bool(folded(text))


@pytest.mark.parametrize(
    "doors",
    [
        ["2", "10", "10-1", "10-2", "11"],
        ["2号", "3号", "3-1号", "3-12号", "21号"],
        ["1幢101室", "1幢202室", "2幢101室", "12幢101室"],
        ["二号", "3号", "十号", "十一号", "二十号"],
        ["东街2号", "东街１０号", "西街1号"],
        ["三号路2号", "三号路十号"],
        ["八一路2号", "八一路10号"],
        ["第一党支部", "第二党支部", "第3党支部", "第十党支部"],
        ["7", None],
        ["99", "北头", "南头", ""],
        ["1", "9" * 5_000],
    ],
)
def test_doors_are_in_the_order_one_walks_past_them(doors):
    assert sorted(reversed(doors), key=door_key) == doors


@pytest.mark.parametrize(
    "hamlets",
    [
        ["一组", "二组", "三组", "九组", "十组", "十一组", "二十组"],
        ["1组", "2组", "10组"],
        ["二组", "第三村民小组", "10组", "十一组", "上湾", None],
        ["上湾一组", "上湾二组", "上湾十组", "下湾一组"],
        ["一队", "二队", "十队"],
    ],
)
def test_hamlets_are_in_the_order_of_their_numbers_however_written(hamlets):
    assert sorted(sorted(hamlets, key=str), key=hamlet_key) == hamlets


@pytest.mark.parametrize(
    "cell",
    ["赵六(13800000000)", "赵六（138 0000 0000）", "赵六 138-0000-0000", "赵六13800000000", "赵六：+86 13800000000",
     "赵六 电话：13800000000", "13800000000 赵六", "赵六（029-88888888）", " 赵六 "],
)  # fmt: skip
def test_a_telephone_number_is_no_part_of_a_name(cell):
    assert without_phone(cell) == "赵六"


@pytest.mark.parametrize("cell", ["M1", "D2026-0001", "M1380000000012345", "张三、李四", "王 五(二组)"])
def test_an_id_is_no_telephone_number(cell):
    assert without_phone(cell) == cell


def test_names_sort_by_sound_and_numbers_by_value():
    """The order of CLDR's `zh-u-kn-true`, which `Intl.Collator` and PostgreSQL have too."""
    order = [
        "", "（东）村", "01", "1", "2号", "9号", "10-1号", "10号", "12-3", "12-10", "阿", "亳村", "曾村", "单家",
        "东村", "东村 2", "东村10", "二组", "光明路9号", "光明路10号", "和平村", "三组", "石桥村", "一组", "张三",
        "A-3", "a3", "apple", "éa", "eb", "H 3", "H_2", "H-1", "Zebra",
    ]  # fmt: skip
    assert sorted(reversed(order), key=sort_key) == order


@given(st.text(), st.text())
def test_the_order_of_names_is_one_of_any_texts(one, other):
    assert (sort_key(one) == sort_key(other)) == (one == other)
    sort_key(one).encode(errors="surrogatepass")


@pytest.mark.parametrize(
    ("text", "numbers"), [("1-3, 8", (1, 2, 3, 8)), ("5、2至3；3", (2, 3, 5)), (" ", ()), ("3-1", None), ("x", None)]
)
def test_numbers_are_read_as_people_write_them(text, numbers):
    assert numbers_in(text) == numbers


def test_the_name_of_a_file_leads_nowhere_and_is_as_long_as_systems_take_it():
    assert file_name("Roster", "../../etc/x", "🎉", "one\r\ntwo", "=1+1") == "Roster_etc_x_one_two_1_1"
    assert file_name("𫖯" * 90) == "𫖯" * 60


@given(
    st.lists(
        st.lists(st.none() | st.text(st.sampled_from("aA ſß\u0301\u200b\x1c\0\n２二\ud55c\u3000ΣςǅÅ"), max_size=5))
    )
)
def test_texts_of_blocks_are_folded_together_as_each_is_alone(blocks):
    assert [*each_folded(blocks)] == [folded(text) for block in blocks for text in block]
