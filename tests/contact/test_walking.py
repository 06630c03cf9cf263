"""The order in which a member walks: the chosen one first, the others as they stood."""

from hypothesis import given
from hypothesis import strategies as st

from gridplan.contact.walking import in_chosen_order

IDS = st.lists(st.integers(1, 30), unique=True)


def test_a_household_that_is_new_comes_last():
    assert in_chosen_order([1, 2, 3, 4], [3, 9, 1]) == [3, 1, 2, 4]


@given(IDS, IDS)
def test_no_household_is_lost_or_added_and_those_chosen_stand_as_they_were_chosen(inside, chosen):
    found = in_chosen_order(inside, chosen)
    assert sorted(found) == sorted(inside)
    both = [one for one in chosen if one in inside]
    assert found == both + [one for one in inside if one not in chosen]
