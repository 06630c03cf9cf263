"""The door: invitations work once, passwords are not guessed, sessions end."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from argon2.exceptions import VerifyMismatchError
from databases import ON_BOTH
from service import NOW, OWN, PASSWORD

from gridplan.errors import InputRefused, LoginRefused
from gridplan.service.access import accounts as offices
from gridplan.service.access import cards, invitations, passwords, sessions
from gridplan.service.access.login import sign_in_by_invitation, sign_in_by_password
from gridplan.store import Store
from gridplan.store.access import accounts, scope
from gridplan.store.database import COMMAND_LINE
from gridplan.store.registry import villages
from gridplan.store.system.town_settings import read_settings, write_settings

HERE = {"address": "192.168.1.7", "device": "Firefox"}


def card_for(service, *, now=NOW):
    """Return the card of a member who has none yet."""
    administrator = actor_of(service, "administrator")
    with service.store.read() as connection:
        village_id = villages.ids_by_name(connection)[OWN]
    holder = next(one for one in cards.village_cards(service.store, village_id, now=now)[1] if one.account_id is None)
    return cards.make_card(service.store, administrator, holder.member_id, now=now)


def actor_of(service, login):
    with service.store.read() as connection:
        return scope.actor(connection, accounts.by_login(connection, login)["id"])


def enter(service, secret, *, now=NOW, **more):
    return sign_in_by_invitation(service.store, secret, now=now, **HERE, **more)


def sign_in(service, password, *, login="planner", now=NOW, address="192.168.1.7"):
    return sign_in_by_password(service.store, login, password, address=address, now=now, device="Firefox")


# ---- invitations


def test_looking_at_a_card_does_not_spend_it(service):
    card = card_for(service)
    for _ in range(3):
        seen = invitations.invited_account(service.store, card.invitation.token, address="robot", now=NOW)
    assert seen.name == card.holder.name
    assert enter(service, card.invitation.token).actor.member_id == card.holder.member_id


def test_a_card_opens_nothing_while_phones_are_not_used_and_is_not_spent(service):
    card = card_for(service).invitation
    with service.store.write() as connection:
        settings = read_settings(connection)
        write_settings(connection, replace(settings, phones=False))
    for secret in (card.token, invitations.plain_code(card.code)):
        with pytest.raises(LoginRefused, match="not used in this town"):
            enter(service, secret)
    with service.store.write() as connection:
        write_settings(connection, settings)
    enter(service, card.token)


@pytest.mark.parametrize("secret", ["token", "code"])
def test_a_card_works_once_by_its_link_or_by_its_code(service, secret):
    card = card_for(service).invitation
    first = card.token if secret == "token" else invitations.plain_code(card.code)
    enter(service, first)
    for again in (card.token, invitations.plain_code(card.code)):
        with pytest.raises(LoginRefused):
            enter(service, again)


@ON_BOTH
def test_of_two_who_use_a_card_at_once_one_comes_in(service):
    token = card_for(service).invitation.token
    came, refused, ready = [], [], Barrier(2)

    def try_it():
        store = Store(service.store.folder, service.store.url)  # as another process would have it
        ready.wait()
        try:
            came.append(sign_in_by_invitation(store, token, now=NOW, **HERE))
        except LoginRefused as error:
            refused.append(error)
        finally:
            store.close()

    both = [Thread(target=try_it) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert (len(came), len(refused)) == (1, 1)


def test_a_card_lasts_thirty_days(service):
    card = card_for(service)
    assert invitations.invited_account(
        service.store, card.invitation.token, address="a", now=NOW + timedelta(days=29, hours=23)
    )
    with pytest.raises(LoginRefused):
        enter(service, card.invitation.token, now=NOW + timedelta(days=30))


def test_a_new_card_and_a_withdrawn_one_leave_nothing_of_the_old(service):
    administrator = actor_of(service, "administrator")
    old = card_for(service)
    new = cards.make_card(service.store, administrator, old.holder.member_id, now=NOW)
    with pytest.raises(LoginRefused):
        enter(service, old.invitation.token)
    cards.withdraw_card(service.store, COMMAND_LINE, old.holder.member_id, now=NOW)
    with pytest.raises(LoginRefused):
        enter(service, new.invitation.token)


@pytest.mark.parametrize("typed", ["{}", " {} ", "{}\n", "　{}"])
@pytest.mark.parametrize("change", [str.lower, lambda code: code.replace("-", " "), lambda code: code.replace("-", "")])
def test_a_code_is_understood_however_it_is_typed(typed, change):
    code = "ABCDE-23456"
    assert invitations.plain_code(typed.format(change(code))) == "ABCDE23456"


def test_who_chooses_a_password_that_is_no_good_has_not_spent_the_link(service):
    _, link = offices.add_account(
        service.store, COMMAND_LINE, name="新人", login="new", role="viewer", villages=[], now=NOW
    )
    for poor in ("short", "12345678", "newnew1", "aaaaaaaaaaaa", "x" * 201):
        with pytest.raises(InputRefused):
            enter(service, link.token, password=poor)
    assert enter(service, link.token, password=PASSWORD).actor.role == "viewer"
    assert sign_in(service, PASSWORD, login="  NEW ").actor.role == "viewer"


def test_a_new_password_ends_the_sessions_that_the_old_one_opened(service):
    planner = actor_of(service, "planner")
    before = sign_in(service, PASSWORD)
    link = invitations.invite(service.store, COMMAND_LINE, planner.account_id, now=NOW)
    assert sessions.find_session(service.store, before.token, phones=True, now=NOW)
    enter(service, link.token, password="another-good-one")
    assert sessions.find_session(service.store, before.token, phones=True, now=NOW) is None
    with pytest.raises(LoginRefused):
        sign_in(service, PASSWORD)


# ---- passwords


def test_a_disabled_account_looks_like_a_wrong_password(service):
    planner = actor_of(service, "planner")
    offices.disable_account(service.store, COMMAND_LINE, planner.account_id, now=NOW)
    with pytest.raises(LoginRefused, match="belong together"):
        sign_in(service, PASSWORD)


@pytest.mark.parametrize(
    "password", ["correct-horse", "三个词在一起不错", "Tr0ub4dor&3", "administrators have long ones"]
)
def test_a_good_password_passes(password):
    passwords.check_password(password, "admin")


def test_what_an_unknown_login_is_compared_with_is_of_no_password_and_made_as_others():
    assert not passwords.HASHER.check_needs_rehash(passwords.NOBODY)
    with pytest.raises(VerifyMismatchError):
        passwords.HASHER.verify(passwords.NOBODY, PASSWORD)


# ---- sessions


@pytest.mark.parametrize(
    ("login", "rest", "life"),
    [("planner", timedelta(hours=8), timedelta(hours=24)), ("member", timedelta(days=30), timedelta(days=90))],
)
@ON_BOTH
def test_a_session_rests_and_lasts_so_long_and_no_longer(service, login, rest, life):
    entered = sign_in(service, PASSWORD, login=login)
    step = rest - timedelta(minutes=1)
    at = NOW
    while at + step <= NOW + life:
        at += step
        found = sessions.find_session(service.store, entered.token, phones=True, now=at)
        sessions.SessionUse(service.store).note(found.id, at)
    assert (
        sessions.find_session(service.store, entered.token, phones=True, now=NOW + life + timedelta(seconds=1)) is None
    )
    rested = sign_in(service, PASSWORD, login=login)
    assert sessions.find_session(service.store, rested.token, phones=True, now=NOW + rest)
    rested = sign_in(service, PASSWORD, login=login)
    assert (
        sessions.find_session(service.store, rested.token, phones=True, now=NOW + rest + timedelta(seconds=1)) is None
    )


@ON_BOTH
def test_while_a_service_answers_nobody_waits_until_it_is_written_that_a_session_is_used(service):
    entered, use, at = sign_in(service, PASSWORD), sessions.SessionUse(service.store), NOW + timedelta(hours=7)

    def found():
        return sessions.find_session(service.store, entered.token, phones=True, now=at)

    with use.written_later():
        with service.store.write():
            use.note(found().id, at)
        assert found().seen_at == NOW
    assert found().seen_at == at


@ON_BOTH
def test_a_token_is_worth_nothing_after_leaving(service):
    entered = sign_in(service, PASSWORD)
    sessions.sign_out(service.store, sessions.find_session(service.store, entered.token, phones=True, now=NOW), now=NOW)
    assert sessions.find_session(service.store, entered.token, phones=True, now=NOW) is None
