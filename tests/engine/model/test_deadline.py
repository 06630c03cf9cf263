"""A deadline and the shares of it."""

from __future__ import annotations

from gridplan.engine.model.deadline import Deadline


def test_shares_end_no_later_than_the_whole_and_nothing_is_left_after_it():
    whole = Deadline(1000.0)
    half = whole.share(0.5)
    assert 0 < half.left <= 500
    assert half.left / 2 >= half.share(0.5).left
    assert not half.is_over
    over = Deadline(0.0)
    assert (over.left, over.is_over, over.share(0.5).left) == (0.0, True, 0.0)


def test_without_a_limit_no_share_ever_ends():
    assert (Deadline(None).left, Deadline(None).share(0.5).left, Deadline(None).share(0.1).is_over) == (
        None,
        None,
        False,
    )
