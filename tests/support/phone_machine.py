"""Whatever may happen between phones and the service, played by hypothesis, which looks where everything has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import get_args

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from model_phone import ModelPhone
from phone_world import Fate, World

OUTCOMES = st.sampled_from(["met", "not home", "declined", "away"])
CHANNELS = st.sampled_from(["door", "phone", "elsewhere"])
PHONES = st.integers(0, 2)
MEMBERS = st.integers(0, 2)
PLACES = st.integers(0, 40)
FATES = st.sampled_from(get_args(Fate))
OFF = st.sampled_from([0, 11, -50, 60 * 24 * 365, -60 * 24 * 365 * 20]).map(lambda minutes: timedelta(minutes=minutes))


class PhoneMachine(RuleBasedStateMachine):
    """Three phones of three members, two of them of one grid."""

    def __init__(self, new_world: Callable[[], World], *, redraws: int = 1) -> None:
        super().__init__()
        self.world, self.redraws = new_world(), redraws
        for member in self.world.members:
            self.world.new_phone(member)

    def _phone(self, which: int) -> ModelPhone:
        phone = self.world.phones[which]
        if phone.member is None:
            self.world.sign_in(phone, self.world.members[which])
        return phone

    def _visit(self, which: int, place: int) -> str | None:
        """Return a visit that was entered on a phone by whoever has it now."""
        phone = self._phone(which)
        own = [id_ for id_, op in phone.made.items() if op["type"] == "visit" and phone.owner_of[id_] == phone.member]
        return own[place % len(own)] if own else None

    # ---- on a phone

    @rule(which=PHONES, place=PLACES, outcome=OUTCOMES, channel=CHANNELS, days_ago=st.integers(0, 3))
    def tap(self, which, place, outcome, channel, days_ago):
        phone = self._phone(which)
        homes = self.world.homes[phone.member]
        phone.tap(homes[place % len(homes)], outcome, channel, days_ago)

    @rule(which=PHONES, whose=MEMBERS, place=PLACES)
    def tap_at_a_house_of_others(self, which, whose, place):
        homes = self.world.homes[self.world.members[whose]]
        self._phone(which).tap(homes[place % len(homes)])

    @rule(which=PHONES, place=PLACES, outcome=OUTCOMES)
    def change_the_outcome(self, which, place, outcome):
        if visit := self._visit(which, place):
            self.world.phones[which].amend(visit, "outcome", outcome=outcome)

    @rule(which=PHONES, place=PLACES, channel=CHANNELS)
    def change_the_channel(self, which, place, channel):
        if visit := self._visit(which, place):
            self.world.phones[which].amend(visit, "channel", channel=channel)

    @rule(which=PHONES, place=PLACES)
    def undo(self, which, place):
        if visit := self._visit(which, place):
            self.world.phones[which].undo(visit)

    @rule(which=PHONES, fates=st.lists(FATES, max_size=3))
    def flush(self, which, fates):
        self.world.fates.extend(fates)
        self._phone(which).flush()
        self.world.fates.clear()

    @rule(which=PHONES, off=OFF)
    def set_the_clock(self, which, off):
        self.world.set_clock(self.world.phones[which], off)

    @rule(which=PHONES)
    def sign_out(self, which):
        self.world.phones[which].sign_out()

    @rule(which=PHONES, who=MEMBERS)
    def sign_another_member_in(self, which, who):
        self.world.sign_in(self.world.phones[which], self.world.members[who])

    # ---- at the office

    @rule(hours=st.integers(0, 40))
    def wait(self, hours):
        self.world.now += timedelta(hours=hours)

    @precondition(lambda self: self.world.can_back_up)
    @rule()
    def back_up(self):
        self.world.back_up()

    @precondition(lambda self: self.world.has_backup)
    @rule()
    def restore(self):
        self.world.restore()

    @precondition(lambda self: self.world.has_backup)
    @rule()
    def copy_the_file_back(self):
        self.world.copy_back()

    @precondition(lambda self: self.redraws)
    @rule(place=PLACES, grid=st.integers(1, 3))
    def redraw(self, place, grid):
        self.redraws -= 1
        homes = self.world.homes[self.world.members[0]]
        self.world.redraw(homes[place % len(homes)], grid)

    @rule(grid=st.integers(1, 3), to=MEMBERS)
    def hand_over(self, grid, to):
        self.world.hand_over(grid, self.world.members[to])

    @rule(place=PLACES, other=PLACES)
    def merge(self, place, other):
        homes = self.world.homes[self.world.members[0]]
        self.world.merge(homes[place % len(homes)], homes[other % len(homes)])

    @rule(place=PLACES)
    def erase(self, place):
        homes = self.world.homes[self.world.members[0]]
        self.world.erase(homes[place % len(homes)])

    @rule(who=MEMBERS)
    def lose_a_phone(self, who):
        self.world.lose(self.world.members[who])

    def teardown(self):
        try:
            wrong = self.world.settle()
            assert not wrong, wrong
        finally:
            self.world.close()
