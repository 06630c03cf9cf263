"""The lists as pages and as files: what an address asks for, what of it makes no sense, and who may see what."""

import io
import re

import pytest
from list_pages import saved, table_of, text_of
from openpyxl import load_workbook
from service import OTHER, OWN
from sqlalchemy import insert, select, update

from gridplan.service.lists.nouns import NOUNS
from gridplan.store.registry import villages
from gridplan.store.tables import household, member, plan

NAMES = [*NOUNS]


@pytest.fixture
def own(service):
    with service.store.read() as connection:
        return villages.ids_by_name(connection)[OWN]


@pytest.mark.parametrize("name", NAMES)
def test_a_list_is_sorted_by_the_link_of_a_heading_and_says_so(service, name):
    client = service.client("planner")
    page = text_of(client.get(f"/lists/{name}"))
    for link in re.findall(r'<a href="([^"]+)" data-sort="', page):
        found = text_of(client.get(link))
        assert len(re.findall('aria-sort="(?:ascending|descending)"', found)) == 1
        assert "no sort" not in found


def test_a_link_shows_the_same_rows_to_a_colleague(service, own):
    address = f"/lists/households?village={own}&hamlet=2组&grid=any&position=exact&q=号&sort=-door&page=1"
    pages = [table_of(text_of(service.client(role).get(address))) for role in ("planner", "administrator")]
    assert pages[0] == pages[1]
    doors = [row[3] for row in pages[0][1]]
    assert doors[:3] == ["382号", "377号", "372号"]
    assert {row[2] for row in pages[0][1]} == {"2组"}


def test_households_show_grid_and_lead_and_are_found_by_them(service, own):
    client = service.client("planner")
    with service.store.read() as connection:
        in_force = connection.execute(
            select(plan.c.id).where(plan.c.village_id == own, plan.c.state == "published")
        ).scalar_one()
    headings, rows = table_of(text_of(client.get(f"/lists/households?grid={in_force}-2")))
    assert len(rows) == 12
    assert {(row[headings.index("Grid")], row[headings.index("Lead")]) for row in rows} == {("2", "示例2")}
    with service.store.read() as connection:
        lead = connection.execute(select(member.c.id).where(member.c.code == f"{OWN}-M2")).scalar_one()
    assert table_of(text_of(client.get(f"/lists/households?lead={lead}")))[1] == rows
    assert "348 of 384 households" in text_of(client.get("/lists/households?lead=none"))


def test_a_household_in_no_grid_says_why(service, own):
    with service.store.write() as connection:
        connection.execute(insert(household).values(code="new", village_id=own, position="hamlet"))
    page = text_of(service.client("planner").get("/lists/households?grid=none"))
    assert "came after the plan" in page
    assert "1 of 385 households" in page


def test_grids_show_who_leads_and_what_is_wrong(service, own):
    client = service.client("planner")
    with service.store.write() as connection:
        connection.execute(update(plan).where(plan.c.village_id == own).values(least=13))
        away = update(member).where(member.c.code == f"{OWN}-M1").values(available=False)
        connection.execute(away)
    page = text_of(client.get("/lists/grids?wrong=small&lead=none"))
    assert "29 of 32 grids" in page
    assert "12 households, fewer than 13, No lead" in page
    assert "lead away" in text_of(client.get("/lists/grids?lead=away"))
    assert [row[1] for row in table_of(text_of(client.get("/lists/grids?sort=-walk")))[1]][:2] == ["32", "31"]


def test_those_who_are_retired_are_counted_among_themselves(service, own):
    with service.store.write() as connection:
        some = select(household.c.id).where(household.c.village_id == own).limit(2)
        gone = update(household).where(household.c.id.in_(some)).values(retired_on=service.now.date())
        connection.execute(gone)
    client = service.client("planner")
    assert ">2 households<" in text_of(client.get("/lists/households?state=retired"))
    assert ">382 households<" in text_of(client.get("/lists/households"))
    assert "0 of 2" not in text_of(client.get("/lists/households?state=retired&q=nobody"))


NONSENSE = [
    ("households", "village=999999", "Village: there is no “999999” to choose"),
    ("households", "grid=1-1-1&position=x", "Grid: there is no “1-1-1” to choose"),
    ("households", "page=999", "There is no page 999; this is the last one, page 4"),
    ("households", "page=-3", "“-3” is no page of a list"),
    ("members", "sort=nonsense", "cannot be sorted by “nonsense”"),
    ("members", "page=0", "“0” is no page"),
    ("grids", "lead=99999999999999999999", "Lead: there is no “99999999999999999999” to choose"),
    ("grids", "sort=--size", "cannot be sorted by “-size”"),
    ("villages", "state=%F0%9F%98%80'%22<b>", "State: there is no “😀'\"<b>” to choose"),
    ("households", "village=²&lead=٣&grid=１-１", "Village: there is no “²” to choose"),
]


def test_what_makes_no_sense_in_an_address_is_said_and_left_out(service):
    client = service.client("planner")
    for name, query, said in NONSENSE:
        page = client.get(f"/lists/{name}?{query}")
        assert said in text_of(page), query
        assert "<b>" not in page.get_data(as_text=True)
        assert table_of(text_of(page))[1]


def test_the_village_of_others_is_no_choice(service):
    with service.store.read() as connection:
        other = villages.ids_by_name(connection)[OTHER]
    page = text_of(service.client("planner").get(f"/lists/households?village={other}"))
    assert f"Village: there is no “{other}” to choose" in page
    assert OTHER not in page


def test_a_filter_that_leaves_nothing_can_be_cleared(service):
    page = text_of(service.client("planner").get("/lists/households?q=%25"))
    assert "Nothing here fits" in page
    assert 'href="/lists/households">Clear filters' in page


# ---- files


@pytest.mark.parametrize(("name", "lang"), [*zip(NAMES, ["en"] * 4, strict=True), ("members", "zh")])
def test_a_file_has_the_rows_of_all_pages_as_the_page_shows_them(service, name, lang):
    client, query = service.client("planner"), "sort=-village&q=石" if name == "grids" else "sort=-code"
    client.set_cookie("lang", lang)
    headings, shown = table_of(text_of(client.get(f"/lists/{name}?{query}")))
    page = 2
    while f'page={page}"' in (found := text_of(client.get(f"/lists/{name}?{query}&page={page - 1}"))):
        shown += table_of(text_of(client.get(f"/lists/{name}?{query}&page={page}")))[1]
        page += 1
    _, about, columns, rows = saved(client, f"/lists/{name}.csv?{query}")
    assert found
    assert [re.sub(" [▲▼↕]", "", heading) for heading in headings] == columns
    assert rows == [[cell.replace(",", "") if re.fullmatch("[0-9,]+", cell) else cell for cell in row] for row in shown]
    assert "2026-11-16" in about
    book = load_workbook(io.BytesIO(client.get(f"/lists/{name}.xlsx?{query}").data))
    sheet = book.worksheets[0]
    cells = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert [cells[0][0], cells[1]] == [about, columns]
    assert book.properties.title == about
    assert len(cells) == len(rows) + 2
    for row, written in zip(cells[2:], rows, strict=True):
        for cell, text in zip(row, written, strict=True):
            assert ("" if cell is None else format(cell, ".0f") if isinstance(cell, int | float) else cell) == text


def test_a_file_is_named_by_list_filters_and_day_and_not_by_persons(service, own):
    client = service.client("planner")
    with service.store.read() as connection:
        lead = connection.execute(select(member.c.id).where(member.c.code == f"{OWN}-M2")).scalar_one()
    named = saved(client, f"/lists/households.csv?village={own}&lead={lead}&q=示例&position=exact")[0]
    assert named == f"Households_{OWN}_Lead_Exact_Search_2026-11-16.csv"


def test_no_cell_of_a_file_runs_as_a_formula(service, own):
    evil = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "＝1+1", '"quoted", and more', "<b>\n"]
    with service.store.write() as connection:
        for place, name in enumerate(evil):
            row = {"code": f"evil{place}", "village_id": own, "position": "exact", "name": name, "hamlet": name}
            connection.execute(insert(household).values(**row, lon=119.4, lat=31.4))
    client = service.client("planner")
    rows = saved(client, "/lists/households.csv?q=evil&sort=code")[3]
    assert [row[0] for row in rows] == ["'=1+1", "'+cmd|' /C calc'!A0", "'-2+3", "'@SUM(A1)", "'＝1+1", *evil[5:]]
    book = load_workbook(io.BytesIO(client.get("/lists/households.xlsx?q=evil&sort=code").data))
    cells = [row[0] for row in book.worksheets[0].iter_rows(min_row=3)]
    assert [cell.value for cell in cells] == evil
    assert {cell.data_type for cell in cells} == {"s"}


def test_a_file_is_for_those_who_see_the_page_and_holds_no_more(service):
    answers = {"administrator": 200, "planner": 200, "clerk": 200, "supervisor": 403, "member": 403, None: 302}
    for role, status in answers.items():
        client = service.client(role)
        answer = client.get("/lists/households.csv")
        assert answer.status_code == status
        if status == 200:
            assert (OTHER in answer.data.decode()) == (role == "administrator")
        assert client.get("/lists/nonsense.csv").status_code == (404 if status == 200 else status)


def test_planners_download_empty_lists_that_are_read_back(service):
    client = service.client("planner")
    for page in ("/lists/members", "/imports"):
        assert "/lists/templates/members.xlsx" in text_of(client.get(page))
    answer = client.get("/lists/templates/members.csv")
    assert "member_id" in answer.data.decode("utf-8-sig").partition("\n")[0]
    assert load_workbook(io.BytesIO(client.get("/lists/templates/households.xlsx").data)).sheetnames
    assert service.client("clerk").get("/lists/templates/members.csv").status_code == 403
    assert client.get("/lists/templates/features.csv").status_code == 404
