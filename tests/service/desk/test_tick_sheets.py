"""Tick sheets: printed under a number that stays, typed in by rows, typed again, taken back; nothing hidden is told."""

import html
import re
from datetime import timedelta
from io import BytesIO
from random import Random
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from databases import ON_BOTH
from openpyxl import load_workbook
from sample_drafts import draft_like, household_id, member_id, plan_of, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import select, update

from gridplan.contact.calendar import Week
from gridplan.contact.sheet_entries import FIELDS
from gridplan.contact.visits import contacts
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.exchange.paper.tick_workbook import write_tick_workbook
from gridplan.service.desk import pile, sheet_entry
from gridplan.service.desk.sheet_printing import print_sheets, tick_sheets
from gridplan.service.registry.form import FormFields
from gridplan.store import Who
from gridplan.store.access.accounts import by_login
from gridplan.store.contact import sheets, weeks
from gridplan.store.phone.walking_orders import set_order
from gridplan.store.plans import plans
from gridplan.store.tables import assignment, audit, plan, village, visit
from gridplan.words import LANGS, Message

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = NOW.date()
WEEK = Week.of(TODAY).shift(-1)
MONTH = WEEK.month


@pytest.fixture
def desk(service):
    """Return the service with villages that have started, and a clerk."""
    with service.store.write() as connection:
        connection.execute(update(village).values(start_day=TODAY - timedelta(60)))
        connection.execute(update(plan).values(published_at=NOW - timedelta(60)))
        connection.execute(update(assignment).values(since=TODAY - timedelta(60)))
        service.clerk = Who(by_login(connection, "clerk")["id"], "clerk")
    service.own = village_id(service.store)
    return service


def printed(desk, grids=None, name=OWN, month=MONTH):
    return print_sheets(
        desk.store,
        desk.clerk,
        desk.own if name == OWN else village_id(desk.store, name),
        month,
        grids=grids,
        zone=ZONE,
        now=desk.now,
        random=Random(1),
    )


def page(desk, number, week=WEEK):
    return sheet_entry.sheet_page(desk.store, [desk.own], number, week, today=TODAY)


def typed(desk, number, week=WEEK, **fields):
    """Type a sheet as its page is now, and return what was saved."""
    shown = page(desk, number, week)
    form = FormFields({"week": week.key, "member": str(shown.caller), "seen": shown.seen, **fields})
    desk.later(seconds=1)
    return sheet_entry.save_sheet(desk.store, desk.clerk, [desk.own], number, form, now=desk.now, today=TODAY)


def refused(desk, number, **fields):
    """Return what is wrong, by field, where nothing may be stored."""
    shown = page(desk, number)
    form = FormFields({"week": WEEK.key, "member": str(shown.caller), "seen": shown.seen, **fields})
    with pytest.raises(InputRefused):
        sheet_entry.save_sheet(desk.store, desk.clerk, [desk.own], number, form, now=desk.now, today=TODAY)
    assert stored(desk, number) == {}
    assert page(desk, number).come_in == {}
    return {field: problem.say("en") for field, problem in form.problems.items()}


def stored(desk, number, week=WEEK):
    """Return outcome, channel and member of each row; and see that what counts is what the rule says."""
    with desk.store.read() as connection:
        sheet = sheets.of_number(connection, number, None)
        everything = sheets.visits_of(connection, sheet["id"])
        found = select(visit.c.id, visit.c.contact_of).where(visit.c.sheet_id == sheet["id"])
        counted = connection.execute(found.where(visit.c.contact_of.is_not(None)))
        assert {id_: of for id_, of in counted} == contacts(everything.values())
        households = {row["row"]: row["id"] for row in sheets.rows_of(connection, sheet["id"])}
    standing = sheet_entry.EnteredSheet(number, households, everything).standing(week)
    return {row: (one.outcome, one.channel, one.member) for row, one in standing.items()}


def test_a_sheet_keeps_its_number_until_lead_or_households_change_and_earlier_ones_stay_good(desk):
    first = printed(desk)
    assert len(set(first)) == 32
    assert printed(desk) == first
    assert printed(desk, [3]) == [first[2]]
    assert not set(printed(desk, month=Week.of(TODAY).shift(6).month)) & set(first)
    with desk.store.write() as connection:
        other = member_id(desk.store, f"{OWN}-M3")
        connection.execute(
            update(assignment)
            .where(assignment.c.member_id == member_id(desk.store, f"{OWN}-M1"))
            .values(member_id=other)
        )
    changed = printed(desk)
    assert [before == after for before, after in zip(first, changed, strict=True)] == [False] + [True] * 31
    with pytest.raises(InputRefused, match="no grid 99"):
        printed(desk, [99])
    assert sheet_entry.find_sheet(desk.store, [desk.own], f" {first[0].lower()} ")["grid"] == 1
    assert typed(desk, first[0], met="1-3").met == 3
    assert typed(desk, changed[0], met="1").met == 1


def test_a_sheet_is_in_the_order_in_which_its_lead_walks(desk):
    number = printed(desk, [1])[0]
    walk = [row["code"] for row in page(desk, number).rows][::-1]
    lead = member_id(desk.store, f"{OWN}-M1")
    with desk.store.write() as connection:
        set_order(connection, lead, "1", NOW, [household_id(desk.store, code) for code in walk])
    again = printed(desk, [1])[0]
    assert [row["code"] for row in page(desk, again).rows] == walk
    assert [row["code"] for row in page(desk, number).rows] == walk[::-1]


def test_rows_mean_what_was_printed_whatever_was_drawn_since(desk):
    number = printed(desk)[0]
    before = [row["code"] for row in page(desk, number).rows]
    drawn = plan_of(desk.store, draft_like(desk.store, OWN, moves={before[0]: 2}))
    with desk.store.write() as connection:
        plans.publish(connection, [drawn], desk.clerk, now=desk.now, today=TODAY)
    again = printed(desk, [1, 2])
    assert number not in again
    assert [row["code"] for row in page(desk, number).rows] == before
    after = WEEK.shift(1)
    for week in (WEEK, after):  # the sheet is good for the weeks before the day of the plan and for those after it
        typed(desk, number, week, met="1")
    with desk.store.read() as connection:
        came_in = weeks.came_in(connection, WEEK, after)[desk.own]
        assert {week: {n: of.contacts for n, of in grids.items()} for week, grids in came_in.items()} == {
            WEEK: {1: 1},
            after: {2: 1},
        }


def test_a_sheet_typed_again_changes_what_was_typed_and_nothing_that_is_hidden(desk):
    number = printed(desk)[0]
    lead = page(desk, number).caller
    saved = typed(desk, number, met="１ ３、5-7", phone="2", not_home="4", declined="8", away="9")
    assert (saved.met, saved.not_home) == (6, 1)
    assert stored(desk, number)[8][0] == "declined"
    shown = page(desk, number)
    assert dict(shown.typed) == {
        "met": "1 3 5-7", "phone": "2", "elsewhere": "", "not_home": "4", "declined": "", "away": "",
    }  # fmt: skip
    typed(desk, number, met="1 4 9", phone="3")
    assert stored(desk, number) == {
        1: ("met", "door", lead), 3: ("met", "phone", lead), 4: ("met", "door", lead), 8: ("declined", "door", lead),
        9: ("met", "door", lead),
    }  # fmt: skip
    typed(desk, number, met="1-3", phone="")
    assert set(stored(desk, number)) == {1, 2, 3, 8}


@ON_BOTH
def test_what_was_taken_back_can_be_typed_again_and_a_form_sent_twice_is_one(desk):
    number = printed(desk)[0]
    shown = page(desk, number)
    form = {"week": WEEK.key, "member": str(shown.caller), "seen": shown.seen, "met": "1 2"}
    for _ in range(2):
        sheet_entry.save_sheet(desk.store, desk.clerk, [desk.own], number, FormFields(form), now=desk.now, today=TODAY)
    other = FormFields({**form, "met": "3"})
    desk.later(seconds=1)
    with pytest.raises(Conflict, match="clerk"):
        sheet_entry.save_sheet(desk.store, desk.clerk, [desk.own], number, other, now=desk.now, today=TODAY)
    sheet_entry.take_back(desk.store, desk.clerk, [desk.own], number, WEEK, now=desk.now)
    assert stored(desk, number) == {}
    assert page(desk, number).come_in == {}
    typed(desk, number, met="1")
    assert set(stored(desk, number)) == {1}


def test_another_who_called_has_the_whole_sheet(desk):
    number = printed(desk)[0]
    typed(desk, number, met="1", declined="2")
    deputy = member_id(desk.store, f"{OWN}-M2")
    with desk.store.write() as connection:
        row = {"plan_id": page(desk, number).sheet["plan_id"], "number": 1, "member_id": deputy, "role": "deputy"}
        connection.execute(assignment.insert().values(**row, why=Message("map.no_lead"), since=TODAY - timedelta(60)))
    typed(desk, number, met="1", member=str(deputy))
    assert stored(desk, number) == {1: ("met", "door", deputy), 2: ("declined", "door", deputy)}


def test_what_cannot_be_is_said_at_its_field_and_nothing_is_saved(desk):
    number = printed(desk)[0]
    assert "Row 3" in refused(desk, number, met="1-3", away="3")["away"]
    assert "rows 1 to 1" in refused(desk, number, met="1-40")["met"]
    assert set(refused(desk, number, met="x", phone="99", not_home="1", declined="1")) == {"met", "phone", "declined"}
    assert set(refused(desk, number)) == {"met"}
    assert set(refused(desk, number, met="1", nobody="1")) == {"nobody"}
    assert set(refused(desk, number, met="1", member=str(member_id(desk.store, f"{OTHER}-M1")))) == {"member"}
    assert set(refused(desk, number, met="1", week=WEEK.shift(9).key)) == {"week"}
    assert "begins on" in refused(desk, number, met="1", week=WEEK.shift(2).key)["week"]
    assert typed(desk, number, nobody="1").met == 0
    assert set(page(desk, number).come_in) == {WEEK.key}


@ON_BOTH
def test_the_pile_has_the_grids_of_villages_that_have_started_and_says_which_are_in(desk):
    number = printed(desk)[1]
    typed(desk, number, met="1")
    with desk.store.write() as connection:
        connection.execute(update(village).where(village.c.name == OTHER).values(start_day=WEEK.sunday + timedelta(1)))
    shown = pile.pile_page(desk.store, None, None, None, zone=ZONE, today=TODAY)
    assert shown.pile.week == WEEK
    assert (shown.pile.come_in, shown.not_started) == (1, 1)
    own = next(one for one in shown.pile.villages if one.id == desk.own)
    assert [grid.number for grid in own.grids if grid.is_in] == [2]
    assert [grid.number for grid in own.grids] == list(range(1, 33))
    assert pile.this_week(desk.store, [desk.own], zone=ZONE, today=TODAY).expected == 32
    with pytest.raises(NotFound):
        pile.pile_page(desk.store, [desk.own], None, village_id(desk.store, OTHER), zone=ZONE, today=TODAY)


def test_pages_tell_nothing_hidden_and_no_other_village_knows_a_sheet(desk):
    own, other = printed(desk)[0], printed(desk, name=OTHER)[0]
    clerk = desk.client("clerk")
    send = lambda path, **form: clerk.post(path, data={"csrf": desk.csrf(clerk), **form})  # noqa: E731
    shown = page(desk, own)
    form = {
        "number": own,
        "week": WEEK.key,
        "member": shown.caller,
        "met": "1",
        "declined": "2",
        "away": "3",
    }
    saved = send("/desk/sheet", **form)
    assert saved.status_code == 302
    for lang in LANGS:
        first = clerk.get(f"{saved.location}&lang={lang}").text
        assert ("1 of 32 in" in clerk.get(f"/?lang={lang}").text) == (lang == "en")
        again = clerk.get(f"/desk/sheet?number={own}&week={WEEK.key}&lang={lang}").text
        assert ("1 of 32 in" in first) == (lang == "en")
        fields = re.findall(r'name="(\w+)" value="([^"]*)" autocomplete', again)
        assert dict(fields) == dict.fromkeys(FIELDS, "") | {"met": "1"}
        for text in (first, clerk.get("/").text, clerk.get("/desk").text):
            assert not [word for word in ("declined", "Declined", "away", "方便", "在外") if word in text]
    unknown = clerk.get(f"/desk/sheet?number={other}")
    assert unknown.status_code == 422
    assert OTHER not in unknown.text
    assert f"There is no sheet {other} here" in clerk.get(f"/desk/sheet?number={other}&lang=en").text
    assert send("/desk/sheet", **{**form, "number": other}).status_code == 404
    assert send("/desk/sheet/back", number=other, week=WEEK.key).status_code == 404
    assert clerk.get(f"/desk?saved={other}&of={WEEK.key}").text.count("data-saved") == 0
    assert clerk.get("/desk?week=2026-W99&village=x").status_code == 200
    assert send("/desk/sheet", **{**form, "met": "1 2"}).status_code == 422
    assert send("/desk/sheet", **{**form, "met": "4", "declined": ""}).status_code == 409
    with desk.store.read() as connection:
        details = connection.execute(select(audit.c.detail).where(audit.c.object == "visit")).scalars().all()
    assert details == [{"visits": 3, "created": 3}]


def test_a_village_is_printed_as_one_file_whose_name_leads_nowhere_and_names_nobody_unless_the_town_wants_it(desk):
    with desk.store.write() as connection:
        connection.execute(update(village).where(village.c.id == desk.own).values(name="../石桥\r\n村"))
    clerk = desk.client("clerk")
    path, form = f"/desk/print/{desk.own}", {"csrf": desk.csrf(clerk), "month": MONTH.isoformat()}
    assert clerk.get("/desk/print?lang=zh").status_code == 200
    pdf, xlsx = (clerk.post(path, data={**form, "kind": kind}) for kind in ("pdf", "xlsx"))
    assert pdf.data.startswith(b"%PDF")
    assert unquote(pdf.headers["Content-Disposition"]).endswith("走访登记表_石桥_村_2026年11月.pdf")
    numbers = printed(desk)
    assert [page.title.split()[-1] for page in load_workbook(BytesIO(xlsx.data))] == numbers
    for names in (False, True):
        on_paper = tick_sheets(desk.store, [desk.own], numbers[:1], "zh", names=names, today=TODAY)[0]
        assert [bool(row.name) for row in on_paper.rows] == [names] * len(on_paper.rows)
    refused = clerk.post(path, data={**form, "grids": "33", "kind": "pdf"})
    assert (refused.status_code, "33" in refused.text) == (422, True)
    assert clerk.post(path, data={**form, "month": "2020-01-01"}).status_code == 422


# ---- workbooks that come back


def filled_in(desk, number, ticks, lang="zh"):
    """Return the workbook of a sheet with words in some cells: by row, and how many weeks before the last column."""
    sheets_on_paper = tick_sheets(desk.store, [desk.own], [number], lang, names=False, today=TODAY)
    book = load_workbook(BytesIO(write_tick_workbook(sheets_on_paper, lang)))
    column = 4 + sheets_on_paper[0].weeks.index(WEEK)
    for row, text in ticks.items():
        book.worksheets[0].cell(row + 3, column).value = text
    file = BytesIO()
    book.save(file)
    return BytesIO(file.getvalue())


def sent(desk, client, *files):
    uploads = [(file, f"新建 工作表 ({n}).xlsx") for n, file in enumerate(files)]
    return client.post("/desk/workbooks", data={"csrf": desk.csrf(client), "files": uploads})


def confirmed(desk, client, preview, **form):
    lines = html.unescape(re.search(r'name="weeks" value="([^"]*)"', preview.text)[1])
    return client.post("/desk/workbooks/enter", data={"csrf": desk.csrf(client), "weeks": lines, **form})


def test_workbooks_are_matched_by_what_is_inside_and_entered_once(desk):
    first, second = printed(desk)[:2]
    other = printed(desk, [1], name=OTHER)[0]
    clerk = desk.client("clerk")
    typed(desk, second, met="1", not_home="2")
    files = (
        filled_in(desk, first, {1: "√", 2: "见面", 3: "这次不方便", 4: "什么"}),
        filled_in(desk, second, {1: "1", 2: "√", 5: "电"}),
    )
    strange = filled_in(desk, first, {2: "√"})
    with desk.store.read() as connection:
        assert sheets.of_number(connection, other, None)["village"] == OTHER
    foreign = load_workbook(strange)
    foreign.worksheets[0]["A3"].value = other
    foreign.worksheets[0].title = other
    foreign.save(strange := BytesIO())
    preview = sent(desk, clerk, *files, BytesIO(strange.getvalue()), BytesIO(b"no workbook"))
    assert preview.status_code == 200
    assert stored(desk, first) == {}
    text = preview.text
    assert "4 new, 1 stored already, 1 stored otherwise; 3 refused" in text
    assert f"There is no sheet {other} here" in text
    assert "什么" in text
    assert "row 7, column " in text
    answer = confirmed(desk, clerk, preview)
    assert answer.location == "/desk/workbooks?weeks=2&visits=4"
    assert {row: one[:2] for row, one in stored(desk, first).items()} == {
        1: ("met", "door"), 2: ("met", "door"), 3: ("declined", "door"),
    }  # fmt: skip
    assert {row: one[:2] for row, one in stored(desk, second).items()} == {
        1: ("met", "door"), 2: ("not home", "door"), 5: ("met", "phone"),
    }  # fmt: skip
    again = sent(desk, clerk, filled_in(desk, first, {1: "√", 2: "见面"}))
    assert "Nothing is new" in again.text
    again = sent(desk, clerk, filled_in(desk, first, {1: "√", 2: "见面", 3: "这次不方便"}))
    assert "0 new, 2 stored already, 0 stored otherwise" in again.text
    assert confirmed(desk, clerk, again).location == "/desk/workbooks?weeks=0&visits=0"
    assert len(stored(desk, first)) == 3
    again = sent(desk, clerk, filled_in(desk, second, {2: "√"}))
    confirmed(desk, clerk, again)
    assert stored(desk, second)[2][0] == "not home"
    confirmed(desk, clerk, again, others="1")
    assert stored(desk, second)[2][0] == "met"
    assert set(stored(desk, second)) == {1, 2, 5}


@pytest.mark.parametrize("word", ["√", "这次不方便"])
def test_no_workbook_tells_which_stored_row_declined(desk, word):
    first, second = printed(desk)[:2]
    clerk = desk.client("clerk")
    typed(desk, first, met="1", declined="2")
    typed(desk, second, met="1", away="3")
    told = []
    for number in (first, second):
        preview = sent(desk, clerk, filled_in(desk, number, {1: "√", 2: word, 3: word, 4: word}))
        text = re.sub(r'<input type="hidden"[^>]*>', "", preview.text).replace(number, "")
        told.append((re.findall(r"<td.*?</td>", text, re.S)[2:], confirmed(desk, clerk, preview).location))
    assert told[0] == told[1]
    assert len(stored(desk, first)) == len(stored(desk, second)) == 4
    assert stored(desk, first)[2][:2] == stored(desk, second)[2][:2]


def test_typing_again_what_others_typed_does_not_tell_which_row_declined(desk):
    number = printed(desk)[0]
    typed(desk, number, met="1", declined="2")
    desk.clerk = Who(None, "clerk")
    shown = page(desk, number)
    for declined in ("2", "3"):
        again = {"week": WEEK.key, "member": str(shown.caller), "seen": "x", "met": "1", "declined": declined}
        with pytest.raises(Conflict):
            sheet_entry.save_sheet(
                desk.store, desk.clerk, [desk.own], number, FormFields(again), now=desk.now, today=TODAY
            )
    assert typed(desk, number, met="1", declined="2").corrected
    assert page(desk, number).seen != shown.seen


def test_what_was_not_previewed_is_entered_nowhere(desk):
    first, other = printed(desk)[0], printed(desk, name=OTHER)[0]
    clerk = desk.client("clerk")
    own = f"{first} {WEEK.key}"
    for bad in (f"{own} met:99", f"{first} 2026-W20 met:2", f"{own} x:2", "x", f"{other} {WEEK.key} met:1"):
        lines = f"{own} met:1\n{bad}"
        answer = clerk.post("/desk/workbooks/enter", data={"csrf": desk.csrf(clerk), "weeks": lines})
        assert answer.status_code in (404, 422)
        assert stored(desk, first) == {}


# ---- told by phone or message


@ON_BOTH
def test_what_was_told_is_typed_with_its_day_once_and_taken_back_and_a_bare_number_is_no_visit(desk):
    clerk = desk.client("clerk")
    send = lambda path, **form: clerk.post(path, data={"csrf": desk.csrf(clerk), **form})  # noqa: E731
    assert "No grid is called" in clerk.get("/desk/told?grid=和平村 1").text
    assert clerk.get("/desk/told?grid=示例1").location == clerk.get(f"/desk/told?grid={OWN}1 号").location
    path = clerk.get("/desk/told?grid=１").location
    shown = clerk.get(path).text
    form = dict(re.findall(r'name="(form|shown|member)" value="([^"]+)"', shown))
    form["member"] = re.search(r'<option value="(\d+)"', shown)[1]
    wrong = send(path, **form, day="2026-11-17", met="1 99", away="1")
    assert wrong.status_code == 422
    assert wrong.text.count('class="problem"') == 2
    for _ in range(2):
        saved = send(path, **form, day="2026-11-12", met="1", phone="2", declined="3")
        assert "2 met, 0 not home" in saved.text
        assert "eclined" not in saved.text
    with desk.store.read() as connection:
        found = connection.execute(select(visit).order_by(visit.c.n)).mappings().all()
    assert {(one["source"], one["day"].isoformat(), one["week_only"]) for one in found} == {
        ("told", "2026-11-12", False)
    }
    assert sorted(one["outcome"] for one in found) == ["declined", "met", "met"]
    assert send(path, **{**form, "shown": "1"}, day="2026-11-12", met="4").status_code == 409
    assert send(f"{path}/back", form=form["form"]).status_code == 302
    with desk.store.read() as connection:
        assert set(connection.execute(select(visit.c.state)).scalars()) == {"withdrawn"}
    again = send(path, **form, day="2026-11-12", met="1", phone="2", declined="3")
    assert (again.status_code, "taken back before" in again.text) == (409, True)
    assert send(f"{path}/tally", week=WEEK.key, tally="11", of="13").status_code == 302
    assert send(f"{path}/tally", week=WEEK.key, tally="14", of="13").status_code == 422
    assert "11 of 13 told" in clerk.get("/desk").text
    assert "0 of 32 in" in clerk.get("/desk").text
    send(f"{path}/tally", week=WEEK.key, tally="", of="")
    assert "of 13 told" not in clerk.get("/desk").text
