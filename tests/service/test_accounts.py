"""Accounts of offices: who makes them, what ends their sessions, and that an administrator is always left."""

from threading import Barrier, Thread

import pytest
from databases import ON_BOTH
from service import NOW, OTHER, OWN, PASSWORD
from sqlalchemy import select

from gridplan.errors import InputRefused, LoginRefused, NotAllowed, NotFound
from gridplan.roles import ROLES
from gridplan.service.access import accounts as offices
from gridplan.service.access import invitations, sessions
from gridplan.service.access.login import sign_in_by_invitation, sign_in_by_password
from gridplan.store import Store, Who
from gridplan.store.access import accounts
from gridplan.store.database import COMMAND_LINE
from gridplan.store.registry import villages
from gridplan.store.tables import account, audit

HERE = {"address": "192.168.1.7", "device": "Firefox"}


def id_of(service, login):
    with service.store.read() as connection:
        return accounts.by_login(connection, login)["id"]


def who(service, login="administrator"):
    return Who(id_of(service, login), login)


def village_ids(service, *names):
    with service.store.read() as connection:
        known = villages.ids_by_name(connection)
    return [known[name] for name in names]


def sign_in(service, login):
    return sign_in_by_password(service.store, login, PASSWORD, now=NOW, **HERE)


def is_in(service, entered):
    return sessions.find_session(service.store, entered.token, phones=True, now=NOW) is not None


def add(service, **changes):
    values = {"name": " 王  秘书 ", "login": "Wang", "role": "clerk", "villages": village_ids(service, OWN)}
    return offices.add_account(service.store, who(service), **{**values, **changes}, now=NOW)


def alter(service, login, by="administrator", **changes):
    before = offices.office_account(service.store, id_of(service, login), now=NOW)
    values = {"name": before.name, "role": before.role, "villages": before.villages} | changes
    offices.change_account(service.store, who(service, by), before.id, **values, now=NOW)


def second_administrator(service):
    _, link = add(service, login="second", role="administrator", villages=[])
    return sign_in_by_invitation(service.store, link.token, password=PASSWORD, now=NOW, **HERE)


def test_an_account_comes_in_by_its_link_and_holds_for_its_villages(service):
    account_id, link = add(service)
    assert offices.office_account(service.store, account_id, now=NOW).link_until == link.expires_at
    entered = sign_in_by_invitation(service.store, link.token, password=PASSWORD, now=NOW, **HERE)
    assert (entered.actor.name, entered.actor.role) == ("王 秘书", "clerk")
    assert entered.actor.scope == set(village_ids(service, OWN))
    assert sign_in(service, "wang").actor == entered.actor


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "  "},
        {"name": "x" * 61},
        {"name": "turned \u202e round"},
        {"login": "a"},
        {"login": "with space"},
        {"login": "PLANNER"},
        {"login": "Ｐlanner"},
        {"role": "member"},
        {"role": "king"},
        {"villages": [10**6]},
    ],
)
def test_an_account_that_makes_no_sense_is_refused_and_nothing_is_left_of_it(service, changes):
    before = offices.office_accounts(service.store, now=NOW)
    with pytest.raises(InputRefused):
        add(service, **changes)
    assert offices.office_accounts(service.store, now=NOW) == before


def test_who_gets_other_villages_or_another_role_has_to_sign_in_again(service):
    entered = sign_in(service, "planner")
    alter(service, "planner", name="Another name")
    assert is_in(service, entered)
    alter(service, "planner", villages=village_ids(service, OWN, OTHER))
    assert not is_in(service, entered)
    entered = sign_in(service, "planner")
    assert entered.actor.scope == set(village_ids(service, OWN, OTHER))
    alter(service, "planner", role="viewer", villages=village_ids(service, OTHER))
    assert not is_in(service, entered)
    assert sign_in(service, "planner").actor.scope == set(village_ids(service, OTHER))


def test_disabling_ends_every_session_and_every_link_at_once_and_can_be_undone(service):
    entered, account_id = sign_in(service, "planner"), id_of(service, "planner")
    link = offices.new_link(service.store, who(service), account_id, now=NOW)
    offices.disable_account(service.store, who(service), account_id, now=NOW)
    assert not is_in(service, entered)
    with pytest.raises(LoginRefused):
        invitations.invited_account(service.store, link.token, address="", now=NOW)
    with pytest.raises(InputRefused):
        offices.new_link(service.store, who(service), account_id, now=NOW)
    offices.enable_account(service.store, who(service), account_id, now=NOW)
    with pytest.raises(LoginRefused):
        invitations.invited_account(service.store, link.token, address="", now=NOW)
    assert sign_in(service, "planner")


@ON_BOTH
def test_nobody_changes_the_own_role_or_disables_the_own_account(service):
    second_administrator(service)
    with pytest.raises(NotAllowed):
        alter(service, "administrator", role="viewer")
    with pytest.raises(NotAllowed):
        offices.disable_account(service.store, who(service), id_of(service, "administrator"), now=NOW)
    alter(service, "administrator", name="Another name")


def test_the_last_administrator_who_can_come_in_stays(service):
    add(service, login="invited", role="administrator", villages=[])
    for attempt in (
        lambda: offices.disable_account(service.store, COMMAND_LINE, id_of(service, "administrator"), now=NOW),
        lambda: alter(service, "administrator", by="invited", role="planner"),
    ):
        with pytest.raises(NotAllowed, match="last administrator"):
            attempt()
    second_administrator(service)
    offices.disable_account(service.store, COMMAND_LINE, id_of(service, "administrator"), now=NOW)


@ON_BOTH
def test_of_two_administrators_who_disable_each_other_one_stays(service):
    second_administrator(service)
    ids = [id_of(service, "administrator"), id_of(service, "second")]
    ready = Barrier(2)

    def disable(by, of):
        store = Store(service.store.folder, service.store.url)  # as another process would have it
        ready.wait()
        try:
            offices.disable_account(store, Who(by, "administrator"), of, now=NOW)
        except NotAllowed:
            refused.append(of)
        finally:
            store.close()

    refused = []
    both = [Thread(target=disable, args=pair) for pair in (ids, ids[::-1])]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(refused) == 1


def test_members_are_no_accounts_of_offices(service):
    with pytest.raises(NotFound):
        offices.office_account(service.store, id_of(service, "member"), now=NOW)
    with pytest.raises(NotFound):
        offices.new_link(service.store, who(service), id_of(service, "member"), now=NOW)


def test_every_change_of_an_account_is_in_the_audit_and_holds_no_name(service):
    add(service)
    with service.store.read() as connection:
        row = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(1)).mappings().one()
    assert (row["verb"], row["object"], row["account_id"]) == ("add", "account", id_of(service, "administrator"))
    assert row["detail"] == {"role": "clerk", "villages": 1}


# ---- the first ones


@ON_BOTH
def test_an_empty_store_has_a_link_for_its_first_administrator_until_it_is_used(store):
    first, second = (offices.invite_first_administrator(store, now=NOW) for _ in range(2))
    with pytest.raises(LoginRefused):
        invitations.invited_account(store, first.token, address="", now=NOW)
    entered = sign_in_by_invitation(store, second.token, password=PASSWORD, now=NOW, **HERE)
    assert entered.actor.role == "administrator"
    assert offices.invite_first_administrator(store, now=NOW) is None
    assert sign_in_by_password(store, "admin", PASSWORD, now=NOW, **HERE)
    with store.read() as connection:
        assert connection.execute(select(account.c.login)).scalars().all() == ["admin"]


def test_a_loaded_town_has_a_link_for_every_role(service):
    names = dict.fromkeys(offices.OFFICE_ROLES, "李红")
    links = offices.invite_each_role(service.store, names=names, now=NOW)
    assert set(links) == set(ROLES)
    for role, link in links.items():
        password = None if role == "member" else PASSWORD
        entered = sign_in_by_invitation(service.store, link.token, password=password, now=NOW, **HERE)
        assert entered.actor.role == role
        assert role == "member" or entered.actor.name == "李红"
    assert set(offices.invite_each_role(service.store, names=names, now=NOW)) == set(ROLES)
