"""Who guesses wrong waits longer each time; whoever is right is not kept out by others who are wrong."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from databases import ON_BOTH
from hypothesis import given
from hypothesis import strategies as st
from service import NOW, OWN, PASSWORD
from sqlalchemy import func, select

from gridplan.errors import Busy, LoginRefused, TooManyAttempts
from gridplan.service.access import cards, invitations, passwords
from gridplan.service.access.guess_limits import CODES, LOGIN, LONGEST, PERSON, REMEMBERED, Rule
from gridplan.service.access.known_browsers import known_browser, new_token
from gridplan.service.access.login import change_password, sign_in_by_invitation, sign_in_by_password
from gridplan.service.access.sessions import find_session
from gridplan.store import Store
from gridplan.store.access import accounts, guesses, scope
from gridplan.store.registry import villages
from gridplan.store.tables import attempt
from gridplan.turns import Turns

OFFICE = "192.168.1.7"


def sign_in(service, password=PASSWORD, login="planner", *, now=NOW, address=OFFICE, browsers=()):
    return sign_in_by_password(
        service.store, login, password, address=address, now=now, device="Firefox", browsers=browsers
    )


def guess(service, *, times=1, **where):
    """Guess a password wrong so often, and return how often it was looked at and how often it had to wait."""
    answers = Counter()
    for _ in range(times):
        with pytest.raises(LoginRefused) as refused:
            sign_in(service, "wrong", **where)
        answers[refused.value.message.code] += 1
    return answers["entrance.wrong"], answers["entrance.slow"]


def wait_of(service, **where):
    """Return the seconds that the next guess has to wait."""
    with pytest.raises(TooManyAttempts) as refused:
        sign_in(service, "wrong", **where)
    return refused.value.message.values["seconds"]


def card_of_member(service):
    with service.store.read() as connection:
        administrator = scope.actor(connection, accounts.by_login(connection, "administrator")["id"])
        own = villages.ids_by_name(connection)[OWN]
    holder = cards.village_cards(service.store, own, now=NOW)[1][-1]
    return cards.make_card(service.store, administrator, holder.member_id, now=NOW).invitation


def look(service, secret, *, address=OFFICE, now=NOW):
    return invitations.invited_account(service.store, secret, address=address, now=now)


# ---- how long


@given(st.integers(1, 100), st.integers(0, 10_000))
def test_no_wait_is_shorter_than_the_one_before_or_longer_than_the_longest(free, failures):
    rule = Rule(free)
    assert rule.wait(free - 1) == timedelta(0)
    assert rule.wait(free) == timedelta(seconds=1)
    assert rule.wait(failures) <= rule.wait(failures + 1) <= LONGEST


def test_each_guess_waits_longer_and_one_that_waits_is_neither_looked_at_nor_counted(service):
    assert guess(service, times=PERSON.free) == (PERSON.free, 0)
    now = NOW
    for seconds in (1, 2, 4, 8):
        assert wait_of(service, now=now) == seconds
        with pytest.raises(TooManyAttempts):
            sign_in(service, now=now + timedelta(seconds=seconds - 1))
        now += timedelta(seconds=seconds)
        assert guess(service, now=now) == (1, 0)
    assert sign_in(service, now=now + timedelta(seconds=16))


def test_the_wait_is_over_by_itself_and_the_failures_are_forgotten_a_day_later(service):
    guess(service, times=PERSON.free)
    assert [wait_of(service, now=NOW + timedelta(seconds=part)) for part in (0.0, 0.4)] == [1, 1]
    later = NOW + REMEMBERED + timedelta(seconds=1)
    assert guess(service, times=PERSON.free, now=later) == (PERSON.free, 0)


def test_whoever_signs_in_is_forgiven_the_failures_before(service):
    for _ in range(3):
        guess(service, times=PERSON.free - 1)
        assert sign_in(service)


def test_a_clock_that_was_turned_back_locks_nobody_out(service):
    guess(service, times=PERSON.free + 1, now=NOW + timedelta(days=300))
    assert sign_in(service)


# ---- who is not kept out


def test_a_colleague_signs_in_at_once_from_the_address_where_thirty_accounts_are_attacked(service):
    for number in range(30):
        guess(service, login=f"account{number}", times=PERSON.free + 1)
    guess(service, times=PERSON.free + 1)
    assert sign_in(service, login="clerk")


def test_a_browser_that_has_signed_in_before_is_not_kept_out_by_an_attack_from_anywhere(service):
    browser = sign_in(service).browser
    guess(service, times=20)
    for place in range(LOGIN.free):
        guess(service, address=f"10.1.{place}.1")
    assert wait_of(service, address="10.9.9.9")
    assert sign_in(service, browsers=["nonsense", "1.2.3", browser])


def test_a_browser_that_is_known_waits_by_itself_and_only_at_its_own_account(service):
    browser = sign_in(service).browser
    assert guess(service, times=20, browsers=[browser]) == (PERSON.free, 20 - PERSON.free)
    assert sign_in(service)
    assert guess(service, login="clerk", times=PERSON.free + 1, browsers=[browser]) == (PERSON.free, 1)
    assert wait_of(service, login="clerk")


def test_a_token_of_a_browser_is_known_by_its_account_and_its_service_only():
    token = new_token("secret", 7)
    assert known_browser("secret", 7, ["", token]) == token
    for other in (
        token.replace("7.", "8.", 1),
        token[:-1] + ("0" if token[-1] != "0" else "1"),
        token + ".x",
        "7..",
        "",
    ):
        assert known_browser("secret", 7, [other]) is None
    assert known_browser("secret", 8, [token]) is None
    assert known_browser("another", 7, [token]) is None


def test_guesses_at_one_account_from_many_addresses_are_slowed(service):
    looked = sum(guess(service, address=f"10.1.{n}.1")[0] for n in range(80))
    assert looked == LOGIN.free
    assert wait_of(service, address="172.16.0.1") == 1


def test_the_addresses_of_one_customer_of_ipv6_are_one_place(service):
    waits = [guess(service, address=f"2001:db8:0:1::{n:x}") for n in range(PERSON.free + 1)]
    assert waits[-1] == (0, 1)
    assert guess(service, address="2001:db8:0:2::1") == (1, 0)


# ---- what is forgiven, and what is not


def test_success_at_one_account_forgives_nothing_at_another_or_at_codes(service):
    guess(service, times=PERSON.free)
    assert sign_in(service, login="clerk")
    assert wait_of(service) == 1


def test_success_of_the_owner_forgives_the_guessers_elsewhere_nothing(service):
    guess(service, times=PERSON.free, address="10.0.0.1")
    for place in range(LOGIN.free - PERSON.free):
        guess(service, address=f"10.1.{place}.1")
    now = NOW + timedelta(seconds=1)
    assert sign_in(service, now=now)
    assert wait_of(service, address="10.0.0.1", now=NOW) >= 1
    assert guess(service, address="10.2.0.1", now=now) == (1, 0)
    assert wait_of(service, address="10.2.0.2", now=now) == 2


def test_codes_wait_too_and_looking_at_ones_own_card_forgives_nothing(service):
    own = card_of_member(service)
    code = invitations.plain_code(own.code)
    for number in range(CODES.free):
        with pytest.raises(LoginRefused) as refused:
            look(service, "WRQNGWRQNG")
        assert refused.value.message.code == "entrance.no_invitation"
        if number < CODES.free - 1:
            assert look(service, code)
    for way_in in (look, lambda *_: sign_in_by_invitation(service.store, code, address=OFFICE, now=NOW, device="")):
        with pytest.raises(TooManyAttempts):
            way_in(service, code)
    assert look(service, own.token)
    assert look(service, code, address="10.0.0.2")
    assert look(service, code, now=NOW + timedelta(seconds=1))
    assert CODES.wait(10_000) == timedelta(seconds=30)


def test_the_old_password_of_whoever_is_signed_in_has_a_counter_that_nobody_else_reaches(service):
    guess(service, times=PERSON.free)
    session = find_session(service.store, sign_in(service, now=NOW + timedelta(seconds=1)).token, phones=True, now=NOW)
    for _ in range(PERSON.free):
        with pytest.raises(LoginRefused, match="password"):
            change_password(service.store, session, "wrong", "another-good-one", now=NOW)
    with pytest.raises(TooManyAttempts):
        change_password(service.store, session, PASSWORD, "another-good-one", now=NOW)
    assert sign_in(service, now=NOW + timedelta(seconds=1))


# ---- many at once, and for long


@ON_BOTH
def test_of_many_guesses_at_once_no_more_are_looked_at_than_one_after_the_other(service):
    def one(_):
        with pytest.raises((LoginRefused, Busy)) as refused:
            sign_in(service, "wrong")
        return refused.value.message.code

    with ThreadPoolExecutor(32) as threads:
        answers = Counter(threads.map(one, range(32)))
    assert answers["entrance.wrong"] <= PERSON.free
    assert answers["entrance.slow"] + answers["entrance.busy"] >= 32 - PERSON.free


def test_what_was_not_looked_at_is_not_counted(service, monkeypatch):
    monkeypatch.setattr(passwords, "TURNS", Turns("entrance.busy", waiting=0, seconds=1))
    with passwords.TURNS.turn():
        for _ in range(PERSON.free + 1):
            with pytest.raises(Busy):
                sign_in(service)
    assert guess(service, times=PERSON.free) == (PERSON.free, 0)


def test_waits_outlive_the_service(service):
    guess(service, times=PERSON.free + 3)
    again = Store(service.store.folder, service.store.url)
    with pytest.raises(TooManyAttempts):
        sign_in_by_password(again, "planner", PASSWORD, address=OFFICE, now=NOW, device="")
    again.close()


@ON_BOTH
def test_a_flood_of_names_fills_nothing_and_hides_no_attack(service, monkeypatch):
    monkeypatch.setattr(guesses, "MOST", 20)
    guess(service, times=PERSON.free)
    for number in range(40):
        guess(service, login=f"nobody{number}", now=NOW + timedelta(milliseconds=number))
    with service.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(attempt)).scalar_one() <= 20 + 2
        kept = " ".join(connection.execute(select(attempt.c.key)).scalars())
    assert "planner" not in kept
    assert "192.168" not in kept
    assert wait_of(service) == 1
