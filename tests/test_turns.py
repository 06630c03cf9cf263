"""One at a time; a few wait for their turn, and the others and those who waited too long are told to come again."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from gridplan.errors import Busy
from gridplan.turns import Turns


def test_one_has_the_turn_at_a_time_and_whoever_waits_gets_it():
    turns, there = Turns("entrance.busy", waiting=7, seconds=60), []

    def work(number):
        with turns.turn():
            there.append(number)
            alone = there == [number]
            there.remove(number)
            return alone

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(8)))


@pytest.mark.parametrize("waiting", [0, 1])
def test_who_finds_no_place_or_waits_too_long_is_told_to_come_again(waiting):
    turns = Turns("entrance.busy", waiting=waiting, seconds=0.01)
    with turns.turn(), pytest.raises(Busy) as told, turns.turn():
        pass
    assert told.value.message.values == {"seconds": 1}
    with turns.turn():
        pass


def test_a_turn_that_fails_is_over():
    turns = Turns("entrance.busy", waiting=0, seconds=0.01)
    with pytest.raises(ValueError), turns.turn():
        raise ValueError
    with turns.turn():
        pass
