"""A village that a command names is found as lists find it; where two fit, both are said."""

import pytest

from gridplan.commands.named_village import village_named
from gridplan.errors import InputRefused
from gridplan.model import Village

TWINS = (
    Village("新民村（东乡）", "610102", town="东乡", listed_name="新民村"),
    Village("新民村（西镇）", "610103", town="西镇", listed_name="新民村"),
)
KNOWN = (*TWINS, Village("Upper Lee", former_names=("老李村",)), Village("柳树村"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" 柳 树\u200b村 ", "柳树村"),
        ("upper  LEE", "Upper Lee"),
        ("老李村", "Upper Lee"),
        ("新民村(东乡)", "新民村（东乡）"),
        ("西镇新民村", "新民村（西镇）"),
        ("６１０１０３", "新民村（西镇）"),
    ],
)
def test_a_village_is_named_as_lists_name_it(text, name):
    assert village_named(text, KNOWN) == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("新民村", "Write the one that is meant: 新民村（东乡）, 新民村（西镇）"),
        ("柳树村委会", "write its name: 柳树村"),
        ("石村", "There is no village 石村 in the service"),
    ],
)
def test_what_is_not_one_village_is_refused_with_the_choices(text, said):
    with pytest.raises(InputRefused, match=said):
        village_named(text, KNOWN)
