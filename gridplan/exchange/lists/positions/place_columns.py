"""Headers that may stand over positions as well as over words: what is under them tells, place by place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from gridplan.coordinates import CHINA
from gridplan.exchange.lists.positions.place_codes import is_surely_a_place_code
from gridplan.exchange.lists.positions.position_texts import BOTH, pair_numbers, position_in_text
from gridplan.exchange.tables.columns import Synonyms, folded

PLACES: Final = frozenset(
    """
    位置 所在位置 具体位置 房屋位置 住房位置 住宅位置 家庭位置 农户位置 地点 所在地点
    地图 地图坐标 百度地图 高德地图 腾讯地图
    pluscode pluscodes opencode openlocationcode mgrs utm
    location locations householdlocation houselocation homelocation position positions householdposition houseposition
    homeposition place map maps mappin mapposition maplocation googlemap googlemaps pin
    """.split()  # noqa: SIM905 (as `folded` writes them)
)
"""Headers of places, in words or in numbers."""
CELLS_READ: Final = 1_000
EXACT_PAIR: Final = re.compile(r"\.\d{3}|[°度]")
DECIMAL: Final = re.compile(r"\d\.\d\d")
LEAST_METRES: Final = 100_000.0
WEST, SOUTH, EAST, NORTH = CHINA


def with_place_columns(fields: Synonyms, header: Sequence[str], columns: Sequence[Iterable[str]]) -> Synonyms:
    """Return fields with a header of places for those of positions, if most of what is under it are some.

    It counts after every header that speaks of positions.
    """
    if BOTH not in fields:
        return fields
    times = Counter(map(folded, header))
    for text, cells in zip(map(folded, header), columns, strict=False):
        if text in PLACES and times[text] == 1 and _are_mostly_pairs(cells):
            return {**fields, BOTH: (*fields[BOTH], frozenset({text}))}
    return fields


def is_place(cell: str) -> bool:
    """Return whether a cell under a header of places is a position, however rough, or a code of one."""
    rough = pair_numbers(cell) is not None and len(DECIMAL.findall(cell)) > 1
    return rough or is_exact_pair(cell) or is_surely_a_place_code(cell)


def is_exact_pair(cell: str) -> bool:
    """Return whether a cell is a position that says so itself, two numbers exactly enough, or metres."""
    pair = pair_numbers(cell)
    if pair is None:
        return False
    if min(pair) >= LEAST_METRES or position_in_text(cell).ordered:
        return True
    small, large = sorted(pair)
    in_china = SOUTH <= small <= NORTH and WEST <= large <= EAST
    return len(EXACT_PAIR.findall(cell)) > (0 if in_china else 1)


def _are_mostly_pairs(cells: Iterable[str]) -> bool:
    filled = list(islice(filter(str.strip, cells), CELLS_READ))
    return 2 * sum(map(is_place, filled)) > len(filled)
