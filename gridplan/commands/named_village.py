"""Which village a command means by a name: names are compared as those of lists are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from gridplan.errors import InputRefused
from gridplan.exchange.lists.village_names import ListedVillage, VillageNames
from gridplan.model import Village
from gridplan.names import may_be_one_village, sort_key
from gridplan.words import series

NAMED = 10
"""Villages that a refusal offers to choose from."""


def village_named(text: str, villages: Iterable[Village], where: Literal["cli", "export"] = "cli") -> str:
    """Return the name of the village that is called so, in whichever width or case, by a former name or its code.

    Raises
    ------
    InputRefused
        None is, or several are; it says which may be meant.
    """
    known = list(villages)
    found = [village.name for village in VillageNames(known).find(ListedVillage(text.strip()))]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputRefused("cli.several_villages", village=text, names=series(sorted(found, key=sort_key), NAMED))
    if alike := sorted((one.name for one in known if may_be_one_village(text, one.name)), key=sort_key):
        raise InputRefused("cli.village_alike", village=text, names=series(alike, NAMED))
    raise InputRefused({"cli": "cli.no_village", "export": "export.no_village"}[where], village=text)
