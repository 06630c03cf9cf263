"""A household that is erased: nothing of it is in any table, and no restore brings it back."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from databases import ON_BOTH
from redrawing import move, undo
from sample_drafts import draft_like, household_id, inside, member_id, plan_of
from service import NOW, OWN
from sqlalchemy import select, update

from gridplan.contact.amendments import Amendment
from gridplan.contact.visits import Visit
from gridplan.errors import InputRefused, NotFound
from gridplan.service.admin.backup import back_up
from gridplan.service.admin.doctor import examine
from gridplan.service.admin.restore import restore
from gridplan.service.admin.town_state import read_town_state
from gridplan.service.contact.own_list import own_list
from gridplan.service.registry.erasure import check_sure, erase, erasure_page
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, tables
from gridplan.store.access import accounts, scope
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry
from gridplan.store.database import COMMAND_LINE
from gridplan.store.phone import gone
from gridplan.store.system import backup_rows
from gridplan.store.tables import household, need, need_step, visit

ZONE = ZoneInfo("Asia/Shanghai")
CODE, NAME, PHONE, DOOR, WANTED = f"{OWN}0001", "示例抹除", "13800001111", "示例门牌", "示例诉求"


@pytest.fixture
def home(town):
    """Return a household of which there is something in every table."""
    id_, lead = household_id(town, CODE), member_id(town, f"{OWN}-M1")
    other = household_id(town, f"{OWN}0002")
    with town.write() as connection:
        named = {"name": NAME, "phone": PHONE, "door": DOOR, "address": f"{DOOR}1", "lon": 119.4312345, "lat": 31.4}
        connection.execute(update(household).where(household.c.id == id_).values(named))
        entry, day = Entry(1, NOW), NOW.date() - timedelta(days=7)
        made = [
            Visit("a", id_, lead, day, "met", "door", "phone"),
            Visit("b", other, lead, day, "met", "door", "phone"),
        ]
        visits.add(connection, made, entry)
        visits.add(connection, [Visit("a", id_, lead, day, "declined", "door", "phone")], entry)
        visits.amend(connection, [Amendment("c", "a", "channel", {"channel": "phone"})], entry)
        of = {"village_id": _village(connection, id_), "household_id": id_}
        asked = {"source": "phone", "category": "other", "text": WANTED, "raised_day": day, "state": "open"}
        n = connection.execute(
            need.insert().values(id="n", **of, **asked, received_at=NOW).returning(need.c.n)
        ).scalar_one()
        step = {"id": "s", "need_n": n, "kind": "raised", "day": day, "content": {}, "received_at": NOW}
        connection.execute(need_step.insert().values(step))
        said = {"id": "k", "kind": "another head", "content": {"name": NAME}, "made_at": NOW}
        connection.execute(tables.correction.insert().values(**of, **said))
        state = {"household_id": id_, "kind": "away", "from_day": day}
        connection.execute(tables.household_state.insert().values(state))
    return id_


def _village(connection, id_):
    return connection.execute(select(household.c.village_id).where(household.c.id == id_)).scalar_one()


def everything(store):
    with store.read() as connection:
        rows = {
            table.name: [list(map(str, row)) for row in connection.execute(select(table)).all()]
            for table in backup_rows.TABLES
        }
    return json.dumps(rows, ensure_ascii=False)


def erased(store, id_):
    erase(store, COMMAND_LINE, id_, now=NOW, today=NOW.date())


@ON_BOTH
def test_what_will_be_lost_is_shown_and_nothing_is_left_of_it_in_any_table(town, home):
    known = erasure_page(town, home).known
    assert (known.visits, known.needs, known.corrections, known.states) == (1, 1, 1, 1)
    before = everything(town)
    assert all(text in before for text in (CODE, NAME, PHONE, DOOR, WANTED, "119.4312345"))
    erased(town, home)
    after = everything(town)
    assert not [text for text in (CODE, NAME, PHONE, DOOR, WANTED, "119.4312345") if f'"{text}' in after]
    with town.write() as connection:
        assert connection.execute(select(visit.c.id)).scalars().all() == ["b"]
        assert gone.are_gone(connection, [home, home + 1]) == {home}
        assert gone.are_gone(connection, ["a", "b"]) == {"a"}
        with pytest.raises(NotFound):
            scope.of_household(connection, home)
        member = scope.actor(connection, accounts.by_login(connection, "member")["id"])
    listed = own_list(town, member, today=NOW.date(), town=read_town_state(town)).households
    assert listed
    assert home not in listed
    wrong = {finding.message.code for finding in examine(town.data, _url(town), now=NOW) if finding.state == "problem"}
    assert not [code for code in wrong if "count" in code]


def _url(store):
    return None if store.dialect == "sqlite" else store.url


@pytest.mark.slow
def test_a_restore_of_before_erases_it_again(town, home, tmp_path):
    file = tmp_path / "town.backup"
    back_up(town, file, now=NOW)
    erased(town, home)
    url = _url(town)
    town.close()
    for lock in ("gridplan.lock", "gridplan.db-service"):
        (town.data / lock).touch()
    restore(file, town.data, url, now=NOW)
    store = Store(town.data, url)
    assert NAME not in everything(store)
    store.close()


@pytest.mark.slow
@ON_BOTH
def test_drafts_in_which_it_is_go_on_and_name_it_no_more(town, home):
    plan = plan_of(town, draft_like(town, OWN))
    before = inside(town, plan)
    move(town, plan, 0, {home: -1})
    erased(town, home)
    undo(town, plan, 1)
    assert inside(town, plan).keys() <= before.keys()
    left = everything(town)
    assert not [text for text in (CODE, NAME, DOOR, "119.4312345") if text in left]


def test_it_has_to_be_said_that_it_is_wanted():
    check_sure(FormFields({"sure": "1"}))
    with pytest.raises(InputRefused):
        check_sure(FormFields({}))
