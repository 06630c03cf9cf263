"""The assessment to be approved: PRIVACY.md in short, in both languages, with what the town has set, on two pages."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from pdf_pages import sizes_of, texts_of
from service import NOW

from gridplan.exchange.paper.impact_assessment import impact_assessment_text, write_impact_assessment
from gridplan.service.admin.impact_assessment import impact_assessment
from gridplan.service.admin.kept_data import PURPOSES, SERVICE, kept_data, privacy_path
from gridplan.service.admin.settings import save_settings
from gridplan.store.database import COMMAND_LINE
from gridplan.store.system.town_settings import TownSettings, read_settings
from gridplan.words import LANGS, say, words

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in privacy_path().read_text(encoding="utf-8").partition(SERVICE)[2].splitlines()
    if line.startswith("| `")
]
"""What PRIVACY.md says of the columns of the service: columns, what for, who, how long."""
PEOPLE = ("planner", "clerk", "supervisor", "administrator", "department")
"""Who is not the person or the lead and may see something."""


@pytest.fixture
def store(service):
    return service.store


def tables_of(row):
    return set(re.findall(r"`(\w+)\.", row[0]))


# ---- held to PRIVACY.md


def test_every_table_with_people_in_it_serves_one_purpose():
    serving = [table for tables in PURPOSES.values() for table in tables]
    assert sorted(serving) == sorted(set().union(*map(tables_of, ROWS)))


def test_how_long_is_said_as_in_privacy_md_and_nothing_else_is():
    known = set(words("pia.kept.", "en").values())
    assert {row[3] for row in ROWS} == known
    told = {message.say("en") for one in kept_data() for message in one.how_long}
    assert told == known


@pytest.mark.parametrize("purpose", PURPOSES)
def test_whoever_sees_it_in_privacy_md_stands_in_the_assessment_and_nobody_else(purpose):
    rows = [row for row in ROWS if tables_of(row) & set(PURPOSES[purpose])]
    seeing = {one for one in PEOPLE for row in rows if re.search(rf"\b{one}", row[2])}
    said = say(f"pia.purpose.{purpose}.who", "en").lower()
    assert {one for one in PEOPLE if one in said} == seeing


def test_privacy_md_is_found_in_the_installed_package_first(tmp_path, monkeypatch):
    package = tmp_path / "gridplan"
    package.mkdir()
    monkeypatch.setattr("gridplan.service.admin.kept_data.PACKAGE", package)
    assert privacy_path() == tmp_path / "PRIVACY.md"
    (package / "PRIVACY.md").touch()
    assert privacy_path() == package / "PRIVACY.md"
    carried = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert '"PRIVACY.md" = "gridplan/PRIVACY.md"' in carried


# ---- a town's


def test_it_tells_how_the_town_is_set(store):
    with store.read() as connection:
        plain = read_settings(connection)
    text = impact_assessment_text(impact_assessment(store, "en", now=NOW), "en")
    assert "- Members may sign in on their phones: yes" in text
    assert "https://gridplan.example: encrypted" in text
    assert "nothing is loaded from outside" in text
    assert "every 28 days, and somebody in every grid every 7 days" in text
    assert "- Notice: on no day yet" in text
    assert re.search(r"It is about \d villages, \d+ households and \d+ members; \d people", text)
    town = replace(plain, address="http://10.0.0.2", tiles_url="https://tiles.example/{z}/{x}/{y}.png", phones=True)
    save_settings(store, COMMAND_LINE, town, now=NOW)
    text = impact_assessment_text(impact_assessment(store, "zh", now=NOW), "zh")
    assert "http://10.0.0.2：未加密" in text
    assert "从 https://tiles.example 加载" in text
    save_settings(store, COMMAND_LINE, TownSettings(), now=NOW)
    assert "Address for phones" not in impact_assessment_text(impact_assessment(store, "en", now=NOW), "en")


@pytest.mark.parametrize("lang", LANGS)
def test_as_a_pdf_it_is_two_pages_with_every_word_of_the_text(store, lang):
    longest = TownSettings(
        name="某某某某某某某某自治县" * 5, address=f"https://{'a' * 60}.example", phones=True,
        tiles_url="https://tiles.example/{z}/{x}/{y}.png",
    )  # fmt: skip
    save_settings(store, COMMAND_LINE, longest, now=NOW)
    sheet = impact_assessment(store, lang, now=NOW)
    pdf = write_impact_assessment(sheet, lang)
    assert sizes_of(pdf) == {(210, 297)}
    pages = texts_of(pdf)
    assert len(pages) == 2
    on_paper = re.sub(r"\s", "", "".join(pages))
    for line in impact_assessment_text(sheet, lang).splitlines():
        for part in re.split(r"[：:] |：|_+", line.strip("-# ")):
            assert re.sub(r"\s", "", part) in on_paper, part
