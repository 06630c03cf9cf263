"""Covers: who calls while a member is away, until a set day; and what is handed over."""

import re
from datetime import timedelta

import pytest
from databases import ON_BOTH
from sample_drafts import household_id, member_id, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import select

from gridplan.errors import InputRefused
from gridplan.service.contact import corrections, covers
from gridplan.service.contact.covers import CoverForm
from gridplan.service.registry import members
from gridplan.store import Who
from gridplan.store.contact.covers import in_charge
from gridplan.store.plans import plans
from gridplan.store.tables import cover

TODAY = NOW.date()
WHO = Who(None, "clerk")


@pytest.fixture
def pair(service):
    return member_id(service.store, f"{OWN}-M1"), member_id(service.store, f"{OWN}-M2")


def cover_of(service, pair, number=None, first=0, last=7):
    days = (TODAY + timedelta(days=first), TODAY + timedelta(days=last))
    form = CoverForm(pair[1], ((village_id(service.store), number),), *days)
    return covers.set_cover(service.store, WHO, pair[0], form, now=NOW)


def covering(service, number, days=0):
    with service.store.read() as connection:
        (plan_id,) = plans.published(connection, [village_id(service.store)]).values()
        return in_charge(connection, TODAY + timedelta(days=days), [plan_id])[plan_id, number].covers


def test_another_member_calls_from_a_day_to_a_day_and_no_longer_once_it_ends_earlier(service, pair):
    (id_,) = cover_of(service, pair, first=1, last=7)
    assert [covering(service, 1, day) for day in (0, 1, 7, 8)] == [(), (pair[1],), (pair[1],), ()]
    covers.change_last_day(service.store, WHO, id_, TODAY + timedelta(days=3), now=NOW)
    assert [covering(service, 1, day) for day in (3, 4)] == [(pair[1],), ()]


@ON_BOTH
def test_a_grid_has_one_cover_at_a_time_and_one_that_has_begun_is_not_removed(service, pair):
    (id_,) = cover_of(service, pair)
    for number in (None, 1):
        with pytest.raises(InputRefused):
            cover_of(service, pair, number, first=7, last=20)
    with pytest.raises(InputRefused):
        covers.remove_cover(service.store, WHO, id_, now=NOW, today=TODAY)
    covers.remove_cover(service.store, WHO, *cover_of(service, pair, first=8, last=20), now=NOW, today=TODAY)
    assert [len(rows) for rows in (lambda page: (page.now, page.coming))(page_of(service))] == [1, 0]


def page_of(service, text=""):
    return covers.covers_page(service.store, [village_id(service.store)], TODAY, text)


@ON_BOTH
def test_a_clerk_sets_a_cover_changes_its_last_day_takes_that_back_and_prints_what_is_handed_over(service, pair):
    client, theirs = service.client("clerk"), member_id(service.store, f"{OTHER}-M1")
    address, csrf = f"/desk/members/{pair[0]}/cover", service.csrf(client)
    assert address in client.get("/desk/covers?q=示例1").text
    shown = client.get(address).text
    assert f'value="{pair[1]}"' in shown
    assert f'value="{pair[0]}"' not in shown
    form = {"csrf": csrf, "grids": "all", "by": pair[1], "first_day": TODAY.isoformat()}
    assert "A cover needs a last day" in client.post(address, data=form).text
    until = TODAY + timedelta(days=4)
    page = client.get(client.post(address, data=form | {"last_day": until.isoformat()}).location).text
    id_ = re.search(r"/desk/covers/(\d+)\"", page)[1]
    assert "1 cover ends this week" in service.client("planner").get("/").text
    changed = client.post(f"/desk/covers/{id_}", data={"csrf": csrf, "last_day": TODAY.isoformat()})
    undo = re.search(r'name="last_day" value="([\d-]+)"><button', client.get(changed.location).text)[1]
    assert undo == until.isoformat()
    home = household_id(service.store, f"{OWN}0000")
    report = corrections.Report("1", "gone away", village_id(service.store), home, {})
    corrections.report(service.store, WHO, report, now=NOW)
    file = client.get(f"/desk/covers/{id_}/handover")
    assert (file.status_code, file.data[:5]) == (200, b"%PDF-")
    with service.store.write() as connection:
        other = {"member_id": theirs, "by_member_id": theirs, "village_id": village_id(service.store, OTHER)}
        connection.execute(cover.insert().values(**other, first_day=TODAY, last_day=TODAY))
        hidden = connection.execute(select(cover.c.id).where(cover.c.member_id == theirs)).scalar_one()
    assert client.get(f"/desk/covers/{hidden}/handover").status_code == 404
    assert client.get(f"/desk/members/{theirs}/cover").status_code == 404


def test_who_retires_calls_for_nobody_any_more(service, pair):
    cover_of(service, pair)
    cover_of(service, pair, first=10, last=20)
    members.retire(service.store, WHO, pair[1], 1, now=NOW + timedelta(days=2), today=TODAY + timedelta(days=2))
    assert [covering(service, 1, day) for day in (1, 2, 12)] == [(pair[1],), (), ()]
