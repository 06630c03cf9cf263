"""data/templates: what is committed is what the generator writes, marked as examples, and gridplan reads every one."""

import csv
from pathlib import Path

import openpyxl
import pytest

from gridplan.demo.templates import write_templates
from gridplan.exchange.lists.households.households import read_households
from gridplan.exchange.lists.members import read_members
from gridplan.exchange.lists.rows.private_columns import is_private
from gridplan.exchange.lists.villages import read_villages
from gridplan.exchange.tables.columns import HAMLET_FIELDS, MEMBER_FIELDS, POSITION_FIELDS, choose_columns
from gridplan.exchange.tables.read import read_table
from gridplan.words import LANGS

TEMPLATES = Path(__file__).parents[2] / "data" / "templates"
LISTS = ("households", "members", "villages", "hamlets")
ENDINGS = ("xlsx", "csv")
EVERY = [f"{name}_{lang}.{ending}" for name in LISTS for lang in LANGS for ending in ENDINGS]
EXAMPLE = {"zh": "示例", "en": "example"}

in_both = pytest.mark.parametrize("ending", ENDINGS)
in_each_language = pytest.mark.parametrize("lang", LANGS)


def cells(path):
    if path.suffix == ".csv":
        text = path.read_bytes().decode("utf-8-sig")
        return {"": [list(row) for row in csv.reader(text.splitlines())]}
    book = openpyxl.load_workbook(path)
    return {sheet.title: [[cell.value or "" for cell in row] for row in sheet.iter_rows()] for sheet in book}


def test_there_is_every_list_in_both_languages_and_forms_and_nothing_else():
    assert sorted(path.name for path in TEMPLATES.iterdir()) == sorted(EVERY)


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("templates")
    write_templates(folder)
    return folder


@pytest.mark.parametrize("name", EVERY)
def test_what_is_committed_is_what_the_generator_writes(name, generated):
    assert cells(TEMPLATES / name) == cells(generated / name)
    assert (TEMPLATES / name).stat().st_size < 20_000


@pytest.mark.parametrize("name", EVERY)
def test_there_are_two_rows_and_both_say_that_they_are_examples(name):
    rows = next(iter(cells(TEMPLATES / name).values()))
    word = EXAMPLE[name.partition(".")[0][-2:]]
    assert len(rows) == 3
    assert all(any(word in cell for cell in row) for row in rows[1:])


@in_each_language
@pytest.mark.parametrize("name", LISTS)
def test_the_second_sheet_explains_every_column(name, lang):
    listed, explained = cells(TEMPLATES / f"{name}_{lang}.xlsx").values()
    assert [row[0] for row in explained[1:]] == listed[0]
    assert all(all(row) for row in explained)


@in_each_language
@pytest.mark.parametrize("name", LISTS)
def test_what_is_typed_into_a_template_stays_text(name, lang):
    sheet = openpyxl.load_workbook(TEMPLATES / f"{name}_{lang}.xlsx").worksheets[0]
    columns = sheet.column_dimensions.values()
    as_text = {at for column in columns if column.number_format == "@" for at in range(column.min, column.max + 1)}
    assert as_text == set(range(1, sheet.max_column + 1))
    assert {cell.data_type for cell in sheet[2] if cell.value is not None} == {"s"}


@pytest.mark.parametrize("name", EVERY)
def test_no_template_asks_for_what_is_never_stored(name):
    assert not any(map(is_private, read_table(str(TEMPLATES / name)).header))


@in_both
@in_each_language
def test_households_are_read(lang, ending):
    listed = read_households(str(TEMPLATES / f"households_{lang}.{ending}"))
    first, second = listed.households
    assert listed.refused == ()
    assert EXAMPLE[lang] in first.household_id
    assert EXAMPLE[lang] in str(second.name)
    assert (first.village, first.door) == ("柳湾村", "1")
    assert (second.lon, second.lat) == (111.100683, 38.0)
    assert listed.columns.keys() == {"id", "name", "village", "town", "hamlet", "door", "lon", "lat", "grid", "lead"}


@in_both
@in_each_language
def test_members_are_read(lang, ending):
    listed = read_members(str(TEMPLATES / f"members_{lang}.{ending}"))
    first, second = listed.members
    assert listed.refused == ()
    assert listed.columns.keys() == (MEMBER_FIELDS.keys() - {"village_code", *POSITION_FIELDS}) | {"lon", "lat"}
    assert (first.village, first.lon, first.available, first.max_grids) == ("柳湾村", 111.1, True, 1)
    assert first.ties == (first.member_id, second.member_id)
    assert second.excused_until is not None


@in_both
@in_each_language
def test_villages_are_read_with_their_boundaries(lang, ending):
    first, second = read_villages(str(TEMPLATES / f"villages_{lang}.{ending}")).villages
    assert EXAMPLE[lang] in first.name
    assert first.code
    assert first.boundary is not None
    assert second.boundary is not None
    assert not first.boundary.overlaps(second.boundary)


@in_both
@in_each_language
def test_the_columns_of_hamlets_are_known(lang, ending):
    table = read_table(str(TEMPLATES / f"hamlets_{lang}.{ending}"))
    columns = choose_columns("f", table.header, [True] * len(table.header), HAMLET_FIELDS, {})
    assert columns == {"village": 0, "town": 1, "hamlet": 2, "lon": 3, "lat": 4}
