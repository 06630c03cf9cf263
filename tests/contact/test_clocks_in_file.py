"""When something in a file was made: the clock is known from before it alone, and the file may come much later."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gridplan.contact.clocks import SAME, Reading, moment_in_file

HEARD = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
WAITS = st.integers(0, 90 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
OFFSETS = st.integers(-60 * 365 * 86_400, 60 * 365 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


def moment(off, made, saved, handed_in, set_by=timedelta()):
    """Return what is told of an entry on a phone that was `off`, and was set before it was made."""
    heard = Reading(HEARD, HEARD + off)
    made_at, saved_at = HEARD + made + off + set_by, HEARD + made + saved + off
    return moment_in_file(made_at, heard, saved_at, HEARD + made + saved + handed_in, since=HEARD)


@given(OFFSETS, WAITS, WAITS, WAITS)
def test_a_clock_that_was_not_set_is_right_to_the_minute_however_wrong_and_however_late_the_file(
    off, made, saved, late
):
    told = moment(off, made, saved, late)
    assert told.at == HEARD + made
    assert told.clock == ("good" if abs(off) <= SAME else "corrected")


SET_BY = st.one_of(OFFSETS, WAITS, WAITS.map(lambda time: -time))


@given(OFFSETS, WAITS, WAITS, WAITS, SET_BY)
def test_one_that_was_set_is_never_before_the_last_answer_nor_after_the_file_came_in(off, made, saved, late, set_by):
    told = moment(off, made, saved, late, set_by)
    assert HEARD <= told.at <= HEARD + made + saved + late
    if set_by > saved + SAME or set_by < -made - SAME:  # after the file was saved, or before the last answer
        assert told.clock == "uncertain"
