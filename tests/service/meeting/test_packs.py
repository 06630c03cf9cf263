"""Packs: saved, made with one press, kept for a day and made again; who may have them; links that hold once."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from databases import ON_BOTH
from pdf_pages import texts_of
from sample_drafts import village_id
from service import NOW, OTHER, OWN
from sqlalchemy import select, update

from gridplan.contact.calendar import Week
from gridplan.contact.sheet_number import spaced
from gridplan.errors import Conflict, InputRefused, NotAllowed, NotFound
from gridplan.service.admin.audit_log import AuditFilter, audit_page
from gridplan.service.desk.sheet_printing import print_sheets
from gridplan.service.jobs.control import cancel_job
from gridplan.service.meeting import downloads, pack_job, packs
from gridplan.service.meeting.packs import PackForm, PackRequest
from gridplan.service.meeting.prints import printed_cards
from gridplan.store import Who, snapshots
from gridplan.store import packs as rows
from gridplan.store.access import accounts, scope
from gridplan.store.system import backup_rows, jobs
from gridplan.store.tables import card_print, pack, sheet, snapshot, snapshot_file

ZONE = ZoneInfo("Asia/Shanghai")
WHY = "fortnightly meeting"
ROSTER = (PackForm("roster", "xlsx"),)


def somebody(store, role):
    with store.read() as connection:
        return scope.actor(connection, accounts.by_login(connection, role)["id"])


def asked(store, village=OWN, profile="wall", **values):
    return PackRequest(ROSTER, "en", profile, (village_id(store, village),), **values)


def on_paper(store):
    forms = (PackForm("tick-sheets", "pdf"), PackForm("contact-cards", "pdf"))
    return replace(asked(store, profile="member"), forms=forms)


def printed_at_desk(store, grids=(1,)):
    own, month = village_id(store, OWN), Week.of(NOW.date()).month
    who = Who(somebody(store, "clerk").account_id, "clerk")
    return print_sheets(store, who, own, month, grids=grids, zone=ZONE, now=NOW, random=Random(1))


def told(store, actor):
    """Return what the audit says of packs that was done last."""
    return audit_page(store, actor, AuditFilter(what="packs"), zone=ZONE).lines[0].sentence.say()


def made(store, job_id, now=NOW):
    """Do what the process of a job does, then what the service does; return the id of the snapshot."""
    with store.read() as connection:
        job = jobs.by_id(connection, job_id)
    found = pack_job.make_files(store, job["request"], lambda progress: None)
    pack_job.save_files(store, job, found, now)
    pack_job.remove_strays(store)
    with store.read() as connection:
        return jobs.by_id(connection, job_id)["result"]["snapshot"]


@pytest.fixture
def store(service):
    return service.store


@pytest.fixture
def a_pack(store):
    """Return a saved pack of the own village, made once: its id, the snapshot and the only file."""
    planner = somebody(store, "planner")
    pack_id = packs.save_pack(store, planner, "Fortnightly", asked(store), "", now=NOW)
    snapshot_id = made(store, pack_job.request_pack(store, planner, asked(store), "", pack_id=pack_id, now=NOW))
    (file,) = packs.made_pack(store, planner, snapshot_id).files
    return SimpleNamespace(id=pack_id, snapshot=snapshot_id, file=file["id"], name=file["file"])


def test_a_saved_pack_is_made_again_with_the_date_of_the_day(store, a_pack):
    clerk, later = somebody(store, "clerk"), NOW + timedelta(days=14)
    found = packs.saved_pack(store, clerk, a_pack.id, now=later)
    again = made(store, pack_job.request_pack(store, clerk, found.asked, "", pack_id=a_pack.id, now=later), later)
    page = packs.pack_page(store, clerk, before=None, now=later)
    assert [one.row["id"] for one in page.made] == [again, a_pack.snapshot] and page.older is None
    assert [one.row["as_of"] for one in page.made] == [later, NOW]
    assert [(one.row["name"], one.row["last_at"]) for one in page.saved] == [("Fortnightly", later)]
    assert len({one.row["code"] for one in page.made}) == 2
    path = rows.path(store, a_pack.name)
    assert path.read_bytes()[:2] == b"PK" and path.stat().st_mode & 0o77 == 0


@ON_BOTH
def test_who_may_have_a_pack_goes_by_its_villages_profile_and_forms(store, a_pack):
    with store.write() as connection:
        connection.execute(update(snapshot).values(profile="meeting"))
    seen = {}
    for role in ("planner", "clerk", "supervisor", "viewer", "member"):
        for profile in ("meeting", "member", "planner"):
            with store.write() as connection:
                connection.execute(update(snapshot).values(profile=profile))
            seen[role, profile] = bool(packs.pack_page(store, somebody(store, role), before=None, now=NOW).made)
    assert {role for role, profile in seen if seen[role, profile] and profile == "meeting"} == {
        *("planner", "clerk", "supervisor", "viewer")
    }
    assert {role for role, profile in seen if seen[role, profile] and profile == "member"} == {"planner", "clerk"}
    assert {role for role, profile in seen if seen[role, profile] and profile == "planner"} == {"planner"}
    with store.write() as connection:
        connection.execute(update(snapshot).values(profile="wall", villages=[village_id(store, OTHER)]))
    viewer = somebody(store, "viewer")
    assert packs.pack_page(store, viewer, before=None, now=NOW).made == ()
    for refused in (packs.made_pack, lambda *of: downloads.new_link(*of[:2], a_pack.file, now=NOW)):
        with pytest.raises(NotFound):
            refused(store, viewer, a_pack.snapshot)


@pytest.mark.parametrize(
    ("role", "wanted", "reason", "error"),
    [
        ("planner", {"village": OTHER}, "", NotFound),
        ("planner", {"profile": "planner"}, "", InputRefused),
        ("clerk", {"profile": "planner"}, WHY, NotAllowed),
        ("supervisor", {"profile": "member"}, WHY, NotAllowed),
        ("viewer", {}, "", NotAllowed),
        ("planner", {"draft_id": 10**6}, "", NotFound),
        ("planner", {"grids": (1, 99)}, "", InputRefused),
    ],
)
def test_what_is_not_for_a_role_is_refused(store, role, wanted, reason, error):
    with pytest.raises(error):
        packs.check_request(store, somebody(store, role), asked(store, **wanted), reason, today=NOW.date())
    town = PackRequest(ROSTER, "en")
    with pytest.raises((NotFound, NotAllowed)):
        packs.check_request(store, somebody(store, role), town, "", today=NOW.date())


def test_the_reason_of_a_wider_profile_holds_for_a_year(store):
    planner, wide = somebody(store, "planner"), asked(store, profile="planner")
    packs.check_request(store, planner, wide, WHY, today=NOW.date())
    pack_id = packs.save_pack(store, planner, "Wide", wide, WHY, now=NOW)
    later = NOW + timedelta(days=366)
    assert not packs.saved_pack(store, planner, pack_id, now=NOW).needs_reason
    assert packs.saved_pack(store, planner, pack_id, now=later).needs_reason
    with pytest.raises(InputRefused):
        packs.renew_reason(store, planner, pack_id, " ", now=later)
    packs.renew_reason(store, planner, pack_id, "still", now=later)
    assert not packs.saved_pack(store, planner, pack_id, now=later).needs_reason
    with pytest.raises(NotFound):
        packs.saved_pack(store, somebody(store, "clerk"), pack_id, now=NOW)


@pytest.mark.parametrize(
    ("before", "after", "is_kept"),
    [
        ({}, {}, True),
        ({}, {"profile": "member"}, True),
        ({"profile": "member"}, {"profile": "planner"}, False),
        ({"villages": (1,)}, {"villages": (1, 2)}, False),
        ({"villages": (1, 2)}, {"villages": (2,)}, True),
        ({"villages": (1,)}, {"villages": None}, False),
        ({"villages": None}, {"villages": (1,)}, True),
        ({"grids": (1, 2)}, {"grids": (2,)}, True),
        ({"grids": (1, 2)}, {"grids": (2, 3)}, False),
        ({"grids": (1, 2)}, {}, False),
        ({}, {"grids": (1,)}, True),
    ],
)
def test_the_reason_of_a_pack_stays_unless_it_shows_more_or_is_of_more(store, before, after, is_kept):
    planner, whole = somebody(store, "planner"), asked(store, profile="planner")
    pack_id = packs.save_pack(store, planner, "Wide", whole, WHY, now=NOW)
    saved = replace(packs.saved_pack(store, planner, pack_id, now=NOW), asked=replace(whole, **before))
    assert packs.reason_kept(saved, replace(whole, **after)) == (WHY if is_kept else "")
    assert packs.reason_kept(replace(saved, needs_reason=True), saved.asked) == ""


@ON_BOTH
def test_a_saved_pack_is_changed_in_place_and_the_audit_says_in_what(store):
    planner = somebody(store, "planner")
    pack_id = packs.save_pack(store, planner, "Wide", asked(store, profile="planner"), WHY, now=NOW)
    later = NOW + timedelta(1)
    narrow = asked(store, profile="member", grids=(1,))
    packs.change_pack(store, planner, pack_id, "Narrow", narrow, "", now=later)
    found = packs.saved_pack(store, planner, pack_id, now=later)
    assert (found.row["name"], found.asked, found.row["reason"], found.row["reason_at"]) == ("Narrow", narrow, WHY, NOW)
    assert told(store, planner).endswith(f"changed a saved meeting pack: {OWN}: Name of the pack, Of what, Profile")
    packs.change_pack(store, planner, pack_id, "Narrow", asked(store, profile="planner"), "more", now=later)
    found = packs.saved_pack(store, planner, pack_id, now=later)
    assert (found.row["reason"], found.row["reason_at"]) == ("more", later)
    packs.change_pack(store, planner, pack_id, "Narrow", asked(store), "", now=later)
    assert packs.saved_pack(store, planner, pack_id, now=later).row["reason"] is None
    with pytest.raises(NotFound):
        packs.change_pack(store, somebody(store, "viewer"), pack_id, "x", asked(store), "", now=later)


def test_a_job_that_is_cancelled_or_comes_too_late_leaves_nothing(store):
    planner, at_desk = somebody(store, "planner"), []
    for stop in ("cancelled", "printed", "lost"):
        job_id = pack_job.request_pack(store, planner, on_paper(store), WHY, pack_id=None, now=NOW)
        with store.read() as connection:
            job = jobs.by_id(connection, job_id)
        found = pack_job.make_files(store, job["request"], lambda progress: None)
        pack_job.remove_strays(store)
        assert [*(store.folder / rows.FOLDER).iterdir()]
        if stop == "cancelled":
            cancel_job(store, planner, job_id, now=NOW)
        elif stop == "printed":
            at_desk = printed_at_desk(store)
        else:
            with store.write() as connection:
                scope.set_scope(connection, planner.account_id, [])
        with pytest.raises((Conflict, NotAllowed)):
            pack_job.save_files(store, job, found, NOW)
        with store.write() as connection:
            jobs.end(connection, job_id, "failed", now=NOW)
            left = [connection.execute(select(table)).all() for table in (snapshot, snapshot_file, card_print)]
            assert (left, connection.execute(select(sheet.c.number)).scalars().all()) == ([[], [], []], at_desk)
        pack_job.remove_strays(store)
        assert [*(store.folder / rows.FOLDER).iterdir()] == []


def test_sheets_and_cards_of_a_pack_are_those_of_the_desk_are_told_and_have_their_numbers_when_made_again(store):
    clerk, desk = somebody(store, "clerk"), printed_at_desk(store)
    snapshot_id = made(store, pack_job.request_pack(store, clerk, on_paper(store), WHY, pack_id=None, now=NOW))
    with store.read() as connection:
        numbers = connection.execute(select(sheet.c.number).order_by(sheet.c.grid)).scalars().all()
        leads = connection.execute(select(card_print.c.number, card_print.c.member_id)).all()
        cards = len(printed_cards(connection, snapshots.by_id(connection, snapshot_id)))
    assert (numbers[:1], len(leads)) == (desk, len(numbers))
    assert told(store, clerk).endswith(f": member, Tick sheets ({len(numbers)}), Contact cards ({cards})")
    assert printed_at_desk(store, None) == numbers
    later = NOW + timedelta(hours=25)
    for turn in (NOW, later):
        files = packs.made_pack(store, clerk, snapshot_id).files
        ticks, cards = (texts_of(rows.path(store, file["file"]).read_bytes()) for file in files)
        assert [page.count(spaced(number)) for page, number in zip(ticks, numbers, strict=True)] == [2] * len(ticks)
        assert "示例1" in cards[0] and "示例1" in ticks[0] and "made for clerk" in ticks[0]
        if turn == NOW:
            pack_job.remove_old_files(store, now=later)
            for file in files:
                made(store, pack_job.request_again(store, clerk, file["id"], now=later), later)
    with store.read() as connection:
        assert len(connection.execute(select(sheet)).all()) == len(numbers)
        assert connection.execute(select(card_print.c.printed_at).distinct()).scalars().all() == [NOW]


def test_a_link_leads_to_a_file_once_within_ten_minutes_and_for_one_account(store, a_pack):
    viewer = somebody(store, "viewer")
    token = downloads.new_link(store, viewer, a_pack.file, now=NOW)
    with pytest.raises(NotFound):
        downloads.fetch(store, somebody(store, "planner"), token, now=NOW)
    first, second = (downloads.fetch(store, viewer, token, now=NOW) for _ in range(2))
    assert first.path == rows.path(store, a_pack.name) and second.path is None
    assert first.name == f"Roster_2026-11-16_{OWN}.xlsx" and second.file_id == a_pack.file
    late = downloads.new_link(store, viewer, a_pack.file, now=NOW)
    assert downloads.fetch(store, viewer, late, now=NOW + timedelta(minutes=10)).path is None
    lost = downloads.new_link(store, viewer, a_pack.file, now=NOW)
    with store.write() as connection:
        scope.set_scope(connection, viewer.account_id, [])
    with pytest.raises(NotFound):
        downloads.fetch(store, somebody(store, "viewer"), lost, now=NOW)


@ON_BOTH
def test_files_are_kept_for_a_day_and_made_again_from_their_snapshot_by_who_may_have_them(store, a_pack):
    viewer, later = somebody(store, "viewer"), NOW + timedelta(hours=25)
    token = downloads.new_link(store, viewer, a_pack.file, now=NOW)
    pack_job.remove_old_files(store, now=later)
    assert [*(store.folder / rows.FOLDER).iterdir()] == []
    assert downloads.fetch(store, viewer, token, now=NOW).path is None
    assert downloads.new_link(store, viewer, a_pack.file, now=later) is None
    assert made(store, pack_job.request_again(store, viewer, a_pack.file, now=later), later) == a_pack.snapshot
    token = downloads.new_link(store, viewer, a_pack.file, now=later)
    assert downloads.fetch(store, viewer, token, now=later).path.is_file()


def test_a_restored_town_has_its_packs_and_makes_their_files_again(store, a_pack):
    token = downloads.new_link(store, somebody(store, "viewer"), a_pack.file, now=NOW)
    with store.write() as connection:
        backup_rows.end_all_access(connection, NOW)
        assert connection.execute(select(pack.c.name)).scalars().all() == ["Fortnightly"]
    with pytest.raises(NotFound):
        downloads.fetch(store, somebody(store, "viewer"), token, now=NOW)
    assert downloads.new_link(store, somebody(store, "viewer"), a_pack.file, now=NOW) is None


def test_a_file_of_a_pack_of_many_forms_is_the_same_as_one_that_is_made_alone(store):
    administrator = somebody(store, "administrator")
    forms = (PackForm("report", "docx"), PackForm("roster", "xlsx"), PackForm("inspection", "pdf"))
    wanted = replace(asked(store, profile="meeting"), forms=forms)
    snapshot_id = made(store, pack_job.request_pack(store, administrator, wanted, WHY, pack_id=None, now=NOW))
    files = packs.made_pack(store, administrator, snapshot_id).files
    together = [rows.path(store, file["file"]).read_bytes() for file in files]
    for file in files:
        made(store, pack_job.request_again(store, administrator, file["id"], now=NOW))
    alone = [
        rows.path(store, file["file"]).read_bytes() for file in packs.made_pack(store, administrator, snapshot_id).files
    ]
    assert together == alone
