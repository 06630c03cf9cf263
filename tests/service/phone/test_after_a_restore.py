"""After a restore phones go on with their tokens, send again what they have, and what came since stays lost or gone."""

import pytest
from databases import ON_BOTH
from service import NOW

from gridplan.service.access import cards
from gridplan.service.admin.backup import back_up
from gridplan.service.admin.restore import restore
from gridplan.service.phone.devices import device_of_token, new_device
from gridplan.store import Store
from gridplan.store.access import accounts, scope
from gridplan.store.database import COMMAND_LINE
from gridplan.store.phone import gone
from gridplan.store.phone.epoch import FIRST, epoch
from gridplan.store.phone.journal import JOURNAL, forget_before
from gridplan.store.system.health import last_backup

pytestmark = pytest.mark.slow


@pytest.fixture
def member(town):
    with town.read() as connection:
        return scope.actor(connection, accounts.by_login(connection, "member")["id"])


def token(town, member):
    return new_device(town, member, address="https://gridplan.example", now=NOW, today=NOW.date()).token


def restored(town, file):
    url = None if town.dialect == "sqlite" else town.url
    town.close()
    for lock in ("gridplan.lock", "gridplan.db-service"):
        (town.data / lock).touch()
    restore(file, town.data, url, now=NOW)
    return Store(town.data, url)


@ON_BOTH
def test_tokens_work_on_but_for_those_that_were_lost_since_and_the_epoch_is_another_one(town, member, tmp_path):
    before, lost, file = token(town, member), token(town, member), tmp_path / "town.backup"
    with town.read() as connection:
        assert (epoch(connection), last_backup(connection)) == (FIRST, None)
    back_up(town, file, now=NOW)
    with town.read() as connection:
        assert last_backup(connection) == NOW
    cards.report_phone_lost(town, COMMAND_LINE, member.member_id, now=NOW)
    since = token(town, member)
    with town.write() as connection:
        gone.add(connection, [4711], NOW.date())
    store = restored(town, file)
    assert [device_of_token(store, one, NOW) is not None for one in (before, lost, since)] == [False, False, True]
    with store.write() as connection:
        assert last_backup(connection) == NOW
        assert epoch(connection) not in ("", FIRST)
        assert gone.are_gone(connection, [4711]) == frozenset()  # the journal did not say so
    store.close()


def test_the_journal_names_nobody_skips_what_is_unfinished_and_forgets(town, member, tmp_path):
    file = tmp_path / "town.backup"
    back_up(town, file, now=NOW)
    made = token(town, member)
    path = town.data / JOURNAL
    assert f'"{member.name}"' not in path.read_text()
    assert made not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    with path.open("a") as journal:
        journal.write('{"kind": "ended", "ids": [')
    store = restored(town, file)
    assert device_of_token(store, made, NOW)
    forget_before(store.data, NOW)
    assert len(path.read_text().splitlines()) == 1
    forget_before(store.data, NOW.replace(year=2027))
    assert path.read_text() == ""
    store.close()
