"""Coverage: who sees which level, lists and their files, as of a day, no ranking, nothing found by subtraction."""

import re
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from gridplan_web.policy import COVERAGE
from list_pages import saved, table_of, text_of
from sample_drafts import member_id, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import insert, select, update

from gridplan.contact.calendar import Week
from gridplan.contact.visits import Visit
from gridplan.roles import ROLES
from gridplan.service.contact.record import record_visits
from gridplan.store.contact.records import grid_contacts
from gridplan.store.database import COMMAND_LINE
from gridplan.store.tables import grid, household_state, plan, sheet, sheet_week, village, visit

TODAY = NOW.date()
"""Monday, 16 November 2026."""
WEEK = Week.of(TODAY).shift(-1)
START = date(2026, 10, 7)
ZONE = ZoneInfo("Asia/Shanghai")
JSON = {"Accept": "application/json"}


@pytest.fixture
def town(service):
    """Return a service in which the own village has started: sheets of three grids are in, two were reached."""
    with service.store.write() as connection:
        own = connection.execute(select(village.c.id).where(village.c.name == OWN)).scalar_one()
        plan_id = connection.execute(
            select(plan.c.id).where(plan.c.village_id == own, plan.c.state == "published")
        ).scalar_one()
        connection.execute(update(village).where(village.c.id == own).values(start_day=START))
        connection.execute(update(grid).where(grid.c.number <= 8).values(group_number=1))
        connection.execute(update(grid).where(grid.c.number > 8).values(group_number=2))
        connection.execute(update(grid).where(grid.c.number == 1).values(label="示例家"))
        who = member_id(service.store, f"{OWN}-M1")
        for number in (1, 2, 3):
            of = {"number": f"00000{number}A", "plan_id": plan_id, "village_id": own, "grid": number}
            sheet_id = connection.execute(
                insert(sheet).values(**of, month=WEEK.month, printed_at=NOW).returning(sheet.c.id)
            ).scalar_one()
            come_in = {"sheet_id": sheet_id, "week": WEEK.key, "member_id": who, "entered_at": NOW}
            connection.execute(insert(sheet_week).values(**come_in))
    met(service, (1, 1, date(2026, 11, 10)), (1, 2, date(2026, 11, 11)), (5, 1, date(2026, 11, 12)))
    return service


def homes_of(service, number):
    with service.store.read() as connection:
        grids = grid_contacts(connection, TODAY, ZONE, [village_id(service.store)])
    return next(one.households for one in grids if one.number == number)


def met(service, *visits, at=NOW, outcome="met"):
    """Enter visits: grid, place and day."""
    who = member_id(service.store, f"{OWN}-M1")
    some = [
        Visit(
            f"{number}-{place}-{day}-{outcome}",
            homes_of(service, number)[place - 1].id,
            who,
            day,
            outcome,
            "door",
            "told",
        )
        for number, place, day in visits
    ]
    record_visits(service.store, COMMAND_LINE, some, now=at)


def addresses(service):
    """Return the page and the file of each list of each level."""
    own = village_id(service.store)
    of = homes_of(service, 1)[0].plan_id
    return {
        ("town", "villages"): ("/coverage", "/coverage/villages.csv"),
        ("town", "grids"): ("/coverage/grids", "/coverage/grids.csv"),
        ("village", "groups"): (f"/coverage/villages/{own}", f"/coverage/groups.csv?village={own}"),
        ("village", "grids"): (f"/coverage/villages/{own}", f"/coverage/grids.csv?village={own}"),
        ("group", "grids"): (f"/coverage/groups/{of}/1", f"/coverage/grids.csv?village={own}&group=1"),
        ("grid", "weeks"): (f"/coverage/grids/{of}/1", f"/coverage/grids/{of}/1/weeks.csv"),
        ("household", "due"): ("/coverage/due", "/coverage/due.csv"),
    }


# ---- who sees what

BY_NUMBER = {
    ("town", "villages"),
    ("town", "grids"),
    ("village", "groups"),
    ("village", "grids"),
    ("group", "grids"),
    ("grid", "weeks"),
}
OPENS = {
    "administrator": BY_NUMBER | {("household", "due")},
    "planner": BY_NUMBER | {("household", "due")},
    "clerk": BY_NUMBER | {("household", "due")},
    "supervisor": BY_NUMBER,
    "viewer": BY_NUMBER,
    "member": set(),
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_the_lists_of_its_levels_and_no_other(town, role):
    assert {(level, name) for level, lists in COVERAGE.items() for name in lists} == OPENS["administrator"]
    client = town.client(role)
    for cell, paths in addresses(town).items():
        found = [client.get(path).status_code for path in paths]
        assert found == [200, 200] if cell in OPENS[role] else set(found) <= {403, 404}, (role, cell, found)


def test_of_other_villages_there_is_nothing(town):
    other = village_id(town.store, OTHER)
    for role in ("planner", "supervisor", "viewer"):
        client = town.client(role)
        assert client.get(f"/coverage/villages/{other}").status_code == 404
        for path in ("/coverage", "/coverage/grids", "/coverage/villages.csv", f"/coverage/grids.csv?village={other}"):
            assert OTHER not in text_of(client.get(path)), (role, path)


def test_above_the_desk_no_page_names_anybody_and_none_leads_to_a_household(town):
    for role in ("supervisor", "viewer"):
        client = town.client(role)
        for page, file in addresses(town).values():
            if page == "/coverage/due":
                continue
            main = text_of(client.get(page)).split("<main")[1]
            assert "示例" not in main + text_of(client.get(file))
            assert not re.search(r'href="/(households|members|coverage/due)', main)
            if role == "viewer":
                assert not re.search(r'href="/(?!coverage|chain|needs|help|feedback)', main), page


def test_counts_of_due_and_overdue_lead_to_these_households_and_in_order_leads_nowhere(town):
    client = town.client("clerk")
    page = text_of(client.get("/coverage"))
    for status in ("due", "overdue"):
        path, n = re.search(rf'<a href="(/coverage/due[^"]*status={status})">(\d+)</a>', page).groups()
        assert f">{n} of " in text_of(client.get(path))
        assert len(saved(client, path.replace("/due?", "/due.csv?"))[3]) == int(n)
    headings, rows = table_of(page)
    well = rows[0][headings.index("In order or reached in 28 days")]
    assert f">{well}</a>" not in page
    assert "/coverage/due" not in text_of(client.get("/coverage?as_of=2026-11-01")).split("</nav>", 3)[3]
    due = saved(client, "/coverage/due.csv?sort=-days")
    assert due[2] == ["Household", "Grid", "Status", "Since", "Days since"]
    assert [int(row[4]) for row in due[3]] == sorted((int(row[4]) for row in due[3]), reverse=True)
    assert "示例" not in "".join(cell for row in due[3] for cell in row)


# ---- lists


def test_what_is_saved_is_what_is_shown(town):
    client = town.client("planner")
    own, of = village_id(town.store), homes_of(town, 1)[0].plan_id
    for page, file in (
        ("/coverage?sort=village", "/coverage/villages.csv?sort=village"),
        (f"/coverage/villages/{own}?state=sheet-not-in", f"/coverage/grids.csv?village={own}&state=sheet-not-in"),
        ("/coverage/grids?as_of=2026-11-11&sort=-grid", "/coverage/grids.csv?as_of=2026-11-11&sort=-grid"),
        (
            f"/coverage/groups/{of}/1?weeks=sheet-not-in",
            f"/coverage/grids.csv?village={own}&group=1&weeks=sheet-not-in",
        ),
        (f"/coverage/grids/{of}/1", f"/coverage/grids/{of}/1/weeks.csv"),
        ("/coverage/due?status=due&sort=grid", "/coverage/due.csv?status=due&sort=grid"),
    ):
        shown = text_of(client.get(page))
        assert file.split("?")[0] in shown
        headings, rows = table_of(shown.split('<div id="list"')[1])
        _, _, saved_headings, saved_rows = saved(client, file)
        shown_rows = [[cell.replace(",", "") for cell in row if cell != "On the map"] for row in rows]
        assert saved_headings == [heading for heading in headings if heading != "On the map"]
        assert [[cell.replace(",", "") for cell in row] for row in saved_rows][: len(rows)] == shown_rows


def test_grids_without_contact_come_first_then_those_whose_sheet_is_not_in(town):
    client = town.client("supervisor")
    page = text_of(client.get(f"/coverage/villages/{village_id(town.store)}"))
    headings, rows = table_of(page.split('<div id="list"')[1])
    states = [row[headings.index("State")] for row in rows]
    assert [row[0].split(",")[0] for row in rows[:3]] == ["2", "3", "4"]
    assert states[:2] == ["No contact for 6 weeks"] * 2
    assert set(states[2:-2]) == {"Sheet not in"}
    assert [(row[0].split(",")[0], state) for row, state in zip(rows, states, strict=True)][-2:] == [
        ("1", "With a contact"),
        ("5", "With a contact"),
    ]
    assert "2 grids without contact, 28 sheets not in" in page
    assert "Grid 2</a>" in page.split("<dl")[1]
    kept = text_of(client.get("/coverage/grids?state=without-contact"))
    assert ">2 of 32 grids<" in kept


def test_an_address_that_asks_for_the_order_of_a_figure_gets_who_needs_help_and_the_rule(town):
    client = town.client("viewer")
    page = text_of(client.get("/coverage?sort=-overdue"))
    assert "Nothing here stands in the order of a figure" in page
    assert [row[0].split(",")[0] for row in table_of(page)[1]] == [OWN]
    assert "30 grids without a contact on record for 4 weeks or longer" in page
    own = village_id(town.store)
    for path in (
        "/coverage/grids?sort=well",
        f"/coverage/villages/{own}?sort=-coverage",
        "/coverage/grids.csv?sort=due",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.location.split("?")[0]) == (
            302,
            "/coverage/villages.csv" if ".csv" in path else "/coverage",
        )
    assert [row[0] for row in saved(client, "/coverage/villages.csv?sort=frequency")[3]] == [OWN]
    assert 'data-sort="overdue"' not in page


# ---- as of a day


def test_a_day_is_shown_with_all_that_is_known_today_and_says_what_came_in_later(town):
    client = town.client("supervisor")
    path = f"/coverage/villages/{village_id(town.store)}?as_of=2026-11-11"
    before = text_of(client.get(path))
    assert "As of Wed 11 Nov, by day of visit, with all that is known today. 2 of these visits came in later." in before
    met(town, (2, 1, date(2026, 11, 11)))
    after = text_of(client.get(path))
    assert "3 of these visits came in later." in after
    assert "as_of=2026-11-11" in next(re.finditer(r'href="(/coverage/grids/[^"]*)"', after))[1]
    of_grid = text_of(client.get(f"/coverage/grids/{homes_of(town, 1)[0].plan_id}/1?as_of=2026-11-11"))
    assert "3 visits in the village came in later." in of_grid
    assert "came in later" not in text_of(client.get("/coverage")).split("<main")[1].split("<table")[0]
    for asked, said in (("2026-11-17", "still to come"), ("2026-09-01", "Visits started on 2026-10-07"), ("x", "“x”")):
        assert said in text_of(client.get(f"/coverage?as_of={asked}"))
        assert client.get(f"/coverage/villages.csv?as_of={asked}").status_code == 422


# ---- who declined is not found


def test_who_declined_or_wants_no_visits_is_not_found_by_subtraction(town):
    """One household is away and one was not home; or one wants no visits and one declined: all is told alike."""
    state, asked = homes_of(town, 1)[4].id, homes_of(town, 2)[3].id
    met(town, (2, 4, date(2026, 11, 11)), outcome="not home")
    with town.store.change(COMMAND_LINE, "change", "household", now=NOW) as change:
        change.connection.execute(
            insert(household_state).values(household_id=state, kind="away", from_day=date(2026, 11, 2))
        )
    own, of = village_id(town.store), homes_of(town, 1)[0].plan_id
    levels = [*dict.fromkeys(path for cell, pair in addresses(town).items() for path in pair if cell[0] != "household")]
    asof = [
        f"{path}{'&' if '?' in path else '?'}as_of={day}" for path in levels for day in ("2026-11-03", "2026-11-13")
    ]
    classes = [f"/coverage/grids?{view}" for view in ("state=without-contact", "coverage=below", "weeks=none")]
    maps = ["/api/contact.json", f"/api/map/villages/{own}", f"/api/map/grids/{of}/1/contact"]
    desk = ["/coverage/due", "/coverage/due.csv", f"/households/{asked}"]
    clients = {
        role: (town.client(role), paths)
        for role, paths in {
            "supervisor": [*levels, *asof, *classes, *maps],
            "viewer": ["/", *levels],
            "clerk": ["/", *levels[:4], *desk],
            "planner": desk,
        }.items()
    }

    def told():
        return {
            (role, path): client.get(path, headers=JSON if path.startswith("/api") else {}).text
            for role, (client, paths) in clients.items()
            for path in paths
        }

    before = told()
    with town.store.change(COMMAND_LINE, "change", "household", now=NOW) as change:
        change.connection.execute(update(household_state).values(kind="no visits wanted"))
        change.connection.execute(update(visit).where(visit.c.outcome == "not home").values(outcome="declined"))
    after = told()
    assert [where for where, text in before.items() if after[where] != text] == []
    assert "<h1>Not" not in "".join(before.values())
