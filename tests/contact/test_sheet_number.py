"""Numbers of sheets and the rows typed from them: any keyboard, no mistyped digit unnoticed."""

from itertools import combinations
from random import Random

import pytest

from gridplan.contact.sheet_number import new_number, parse_number, parse_rows, spaced
from gridplan.errors import InputRefused
from gridplan.words import LANGS

NUMBERS = [new_number(Random(seed)) for seed in range(50)]


def wide(text):
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def refusal(function, *typed):
    with pytest.raises(InputRefused) as refused:
        function(*typed)
    assert all(refused.value.say(lang) for lang in LANGS)
    return refused.value.message


def test_a_number_is_six_digits_and_a_letter_that_looks_like_no_other():
    assert all(len(number) == 7 and number[:6].isdecimal() and number[6] not in "IOSZBQGLV" for number in NUMBERS)
    assert len(set(NUMBERS)) == len(NUMBERS)


def test_it_is_read_as_it_is_printed_and_however_it_is_typed():
    for number in NUMBERS:
        digits, letter = number[:6], number[6:]
        for typed in (
            number,
            spaced(number),
            number.lower(),
            f"{digits}-{letter}",
            f" {digits}　{letter} ",
            wide(number),
        ):
            assert parse_number(typed) == number


def test_every_digit_mistyped_and_any_two_exchanged_are_noticed():
    for number in NUMBERS[:10]:
        digits, letter = list(number[:6]), number[6]
        wrong = [[*digits[:at], other, *digits[at + 1 :]] for at in range(6) for other in "0123456789"]
        for one, two in combinations(range(6), 2):
            exchanged = digits.copy()
            exchanged[one], exchanged[two] = digits[two], digits[one]
            wrong.append(exchanged)
        for typed in wrong:
            if typed != digits:
                message = refusal(parse_number, "".join(typed) + letter)
                assert message.code == "sheet.wrong_letter"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("482913", "sheet.no_letter"),
        *((typed, "sheet.no_number") for typed in ("", "48291", "4829133K", "4829I3K", "482913KK", "482913王", "3号")),
        ("9" * 5000, "sheet.no_number"),
    ],
)
def test_what_is_no_number_is_refused_with_what_is_wrong(typed, code):
    message = refusal(parse_number, typed)
    assert message.code == code
    assert len(message.say("en")) < 250


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        ("1 3 5-9", (1, 3, 5, 6, 7, 8, 9)),
        ("１，３、５～９", (1, 3, 5, 6, 7, 8, 9)),
        ("1,3;5 – 9", (1, 3, 5, 6, 7, 8, 9)),
        ("1。3。5—9，", (1, 3, 5, 6, 7, 8, 9)),
        ("1.3/5至9", (1, 3, 5, 6, 7, 8, 9)),
        ("9 3 3 1-3", (1, 2, 3, 9)),
        ("　13\t", (13,)),
        ("7-7", (7,)),
        ("", ()),
        (" ，", ()),
    ],
)
def test_rows_are_typed_with_any_comma_dash_and_width(typed, rows):
    assert parse_rows(typed, 13) == rows


@pytest.mark.parametrize(
    ("typed", "piece", "code"),
    [
        ("1 3 14", "14", "sheet.row_not_there"),
        ("0", "0", "sheet.row_not_there"),
        ("5-99", "5-99", "sheet.row_not_there"),
        ("9-5", "9-5", "sheet.row_not_there"),
        ("1 3 579", "579", "sheet.row_not_there"),
        ("1 - 3 -5", "1-3-5", "sheet.no_row"),
        ("-3", "-3", "sheet.no_row"),
        ("1 3-", "3-", "sheet.no_row"),
        ("2-4-6", "2-4-6", "sheet.no_row"),
        ("1 三", "三", "sheet.no_row"),
        ("1 x", "x", "sheet.no_row"),
        ("99999999999", "99999999999", "sheet.no_row"),
    ],
)
def test_what_is_no_row_of_the_sheet_is_refused_by_name(typed, piece, code):
    message = refusal(parse_rows, typed, 13)
    assert (message.code, message.values["piece"]) == (code, piece)
