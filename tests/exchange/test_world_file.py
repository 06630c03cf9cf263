"""A world file says where the corners of a picture are, or is refused by its name."""

import pytest

from gridplan.errors import InputRefused
from gridplan.exchange.world_file import read_world_file


def test_a_world_file_says_where_the_corners_are():
    content = b"0.00001\n0\n0\n-0.00001\n119.400005\n31.399995\n"
    assert read_world_file(content, (300, 200), "map.pgw") == (
        pytest.approx((119.4, 31.4)),
        pytest.approx((119.403, 31.4)),
        pytest.approx((119.4, 31.398)),
    )


@pytest.mark.parametrize("content", [b"", b"1 2 3", b"a b c d e f", b"nan 0 0 nan 119 31", b"1 0 0 -1 500000 3400000"])
def test_a_world_file_that_is_none_is_refused_by_its_name(content):
    with pytest.raises(InputRefused) as refused:
        read_world_file(content, (300, 200), "map.pgw")
    assert "map.pgw" in refused.value.say("en")
