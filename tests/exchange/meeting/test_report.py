"""The report: two paragraphs and a small table, its stamp around it, nobody's name."""

from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document
from meeting_content import content

from gridplan.exchange.meeting.report import write_report
from gridplan.words import LANGS


@pytest.mark.parametrize("lang", LANGS)
def test_two_paragraphs_and_a_table_tell_how_far_contact_reaches_and_what_is_next(lang):
    known = content(lang=lang, villages=12, is_draft=True)
    document = Document(BytesIO(write_report(known)))
    assert [one.style.name for one in document.paragraphs] == [
        *("Title", "Subtitle", "Heading 1", "Body Text", "Heading 1", "Body Text", "Heading 1"),
    ]
    reach, following = (one.text for one in document.paragraphs if one.style.name == "Body Text")
    assert "144" in reach
    assert ("≥" not in reach) and ("至少" in reach or "at least" in reach)
    helped = [one.village for one in known.contact.villages if one.help]
    assert all(village in following for village in helped)
    rows = {row.cells[0].text: row.cells[1].text for row in document.tables[0].rows}
    assert {"12", "144", "1,734"} <= set(rows.values())
    section = document.sections[0]
    assert known.stamp.status(lang) in section.header.paragraphs[0].text
    assert " · ".join(known.stamp.texts(lang)) == section.footer.paragraphs[0].text
    assert len(section.footer.paragraphs[1]._p.xpath("w:fldSimple")) == 2


def test_of_a_part_of_a_village_nothing_is_told_that_was_not_counted():
    known = content(villages=1, grids=1, lang="en")
    part = replace(known, needs=None, exceptions=(), contact=replace(known.contact, villages=(), trend=()))
    document = Document(BytesIO(write_report(part)))
    told = [one.text for one in document.paragraphs if one.style.name == "Body Text"]
    assert told == ["1 village, 1 grid, 12 households.", "The plans have no exceptions."]
    assert [row.cells[1].text for row in document.tables[0].rows] == ["1", "1", "12", "0"]


def test_the_table_agrees_with_the_paragraphs_and_no_file_of_it_names_anybody():
    made = write_report(content(villages=12))
    table = Document(BytesIO(made)).tables[0]
    rows = {row.cells[0].text: row.cells[1].text for row in table.rows}
    assert rows["有联系的微网格"] == "124 / 144"
    assert rows["登记表未收"] == "8"
    assert rows["例外"] == "6"
    with ZipFile(BytesIO(made)) as archive:
        every = b"".join(archive.read(name) for name in archive.namelist())
    assert "王建国".encode() not in every
    assert b"0519-" not in every
