"""Villages that are most likely none are doubted with numbers, and those of a town are not."""

import pytest

from gridplan.exchange.lists.households.household_notes import TableReport
from gridplan.exchange.lists.village_doubts import is_nameless, likely_mistake, loud_note, village_doubts
from gridplan.words import LANGS

TOWN = {"石桥村": 384, "Heping": 90, "三河": 12}


def numbered(n, each):
    return {f"{number:04d}": each for number in range(1, n + 1)}


def table(column, households):
    return TableReport("a.csv", None, {"village": column} if column else {}, None, None, households, ())


@pytest.mark.parametrize(
    ("listed", "facts"),
    [
        (TOWN, []),
        ({}, []),
        ({"柳沟村": 7}, []),
        ({f"村{n}": 40 for n in range(300)}, []),
        (TOWN | {"1": 54}, []),
        (TOWN | {"1": 55}, ["55 of 541 households lie in villages without a name: 1 of 4 villages has none."]),
        (numbered(3, 0), ["3 of 3 villages have no name."]),
        (TOWN | numbered(2, 0), ["0 of 486 households lie in villages without a name: 2 of 5 villages have none."]),
        (
            {"王明": 1, "李秀": 1, "石桥村": 30},
            ["2 of 3 villages have fewer than 10 households; half of the villages have 1 or fewer."],
        ),
        ({f"村{n}": 40 for n in range(301)}, ["There are 301 villages, and a town seldom has more than 300."]),
    ],
)
def test_what_speaks_against_villages_is_said_with_numbers(listed, facts):
    doubts = village_doubts(listed)
    assert ([fact.say("en") for fact in doubts.facts] if doubts else []) == facts


def test_small_lists_of_large_villages_are_not_doubted():
    assert village_doubts({"石桥村": 2, "和平村": 1}, {"石桥村": 384, "和平村": 90}) is None


@pytest.mark.parametrize("name", ["", " 0012 ", "－", "？", "Unnamed", "N/A", "未命名", "无"])
def test_a_number_a_mark_and_a_word_for_none_are_no_names(name):
    assert is_nameless(name)


@pytest.mark.parametrize("name", ["石桥村", "1村", "无锡村", "Nanning", "一村"])
def test_a_name_with_a_number_or_such_a_word_in_it_is_one(name):
    assert not is_nameless(name)


@pytest.mark.parametrize(
    ("listed", "column", "file", "code"),
    [
        (numbered(20, 1), None, numbered(20, 0), "village_doubt.likely.file"),
        (numbered(20, 1), "户主", {"石桥村"}, "village_doubt.likely.column"),
        (numbered(20, 1), None, {"石桥村"}, "village_doubt.likely.titles"),
        ({f"村{n}": 40 for n in range(301)}, "村", {"石桥村"}, "village_doubt.likely.county"),
    ],
)
def test_what_they_most_likely_are_is_said_and_what_to_do(listed, column, file, code):
    doubts = village_doubts(listed)
    likely = likely_mistake(doubts, [table(column, listed)], {"map.gpkg#areas": file})
    assert likely.code == code
    assert all(loud_note(doubts, likely).say(lang) for lang in LANGS)
