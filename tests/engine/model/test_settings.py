"""The effort of a village."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from gridplan.engine.model.settings import Effort, effort_of

LEAST_FIRST = get_args(Effort)


@given(st.integers(1, 10**6), st.integers(0, 10**5))
def test_auto_goes_by_the_households_alone_and_no_larger_village_gets_more(households, more):
    here, larger = effort_of("auto", households), effort_of("auto", households + more)
    assert LEAST_FIRST.index(larger) <= LEAST_FIRST.index(here)
    assert [effort_of(asked, households) for asked in LEAST_FIRST] == list(LEAST_FIRST)
