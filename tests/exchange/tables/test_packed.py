"""Long lists in little room are still the lists that they were."""

import math
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.coordinates import LocalFrame
from gridplan.exchange.lists.households.duplicates import NEAR_M, near_duplicates
from gridplan.exchange.lists.households.packed_households import FIELDS, Households
from gridplan.exchange.lists.positions.position_cells import TOGETHER, positions_in_cells
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.cells import CellRefused, parse_number
from gridplan.exchange.tables.packed import BLOCK, packed, packed_rows, repeated_keys
from gridplan.exchange.tables.source import Source, Table
from gridplan.model import Household

TEXTS = st.text(st.characters(), max_size=5) | st.sampled_from(["\ud800", "\0", "\n", ""])


@given(st.lists(TEXTS), st.integers(0, 2))
@settings(deadline=None)
def test_a_packed_list_is_the_list(items, blocks):
    items += [str(n) for n in range(blocks * BLOCK)]
    kept = packed(items)
    assert len(kept) == len(items)
    assert list(kept) == items
    assert kept == items
    assert kept != [*items, ""]
    assert [cell for block in kept.blocks() for cell in block] == items
    for at in range(-len(items), len(items), 1 + len(items) // 7):
        assert kept[at] == items[at]
    assert kept[1:-1] == items[1:-1]
    assert pickle.loads(pickle.dumps(kept)) == items


@given(st.integers(0, 3), st.lists(st.lists(TEXTS, max_size=3)))
def test_packed_rows_are_the_rows_with_what_no_header_covers(width, rows):
    rows = [tuple(row + [""] * (width - len(row))) for row in rows]
    kept = packed_rows(rows, width)
    assert kept == rows
    assert [kept[at] for at in range(len(rows))] == list(kept) == kept[:] == rows
    assert kept.longer == {at: row[width:] for at, row in enumerate(rows) if len(row) > width}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9))))
def test_all_that_is_written_twice_is_found(keys):
    assert repeated_keys(iter(keys)) == [at for at, key in enumerate(keys) if keys.count(key) > 1]


NUMBERS = st.sampled_from(
    [
        "110",
        "-38.5",
        "+.5",
        "1e2",
        "110°30'15\"",
        "110°30′15.5″E",
        "E110度30分15秒",
        "38°30'0\"N",
        "38°60'0\"",
        "110°30'60\"",
        "1\n2",
        "",
    ]
)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=4), st.integers(1, 3))
def test_positions_read_many_at_once_are_those_read_one_by_one(cells, times):
    cells = cells * (TOGETHER * times // 2)
    table = Table(Source(Path("a.csv")), ("lon", "lat"), packed_rows(cells, 2), range(len(cells)))
    rows = Rows(table, {"lon": (frozenset({"lon"}),), "lat": (frozenset({"lat"}),)}, {})
    if rows.column_of.keys() < {"lon", "lat"}:
        return
    numbers = positions_in_cells(rows, (["lon"], ["lat"]), optional=False).numbers
    normalised = 0
    for at, (lon, lat) in enumerate(cells):
        try:
            (x, changed_x), (y, changed_y) = parse_number("lon", lon), parse_number("lat", lat)
            normalised += changed_x or changed_y
            assert numbers[at].tolist() == [x, y]
        except CellRefused as verdict:
            assert np.isnan(numbers[at]).all()
            assert rows.refusals[at].reason == verdict.reason
    assert [note.values["n"] for note in rows.notes] == ([normalised] if normalised else [])


HOMES = st.lists(
    st.builds(
        Household,
        household_id=st.uuids().map(str),
        village=st.sampled_from("uv"),
        lon=st.sampled_from([0.0, 7.0, 14.0, 15.5, 28.0, 30.0, 31.0, math.nan]),
        lat=st.sampled_from([0.0, 8.0, 44.0]),
        name=st.sampled_from(["甲", "乙", "ａ", "A", None]),
        door=st.sampled_from(["1", "１", None]),
    ),
    max_size=9,
)


@pytest.mark.slow
@given(HOMES)
@settings(deadline=None)
def test_near_duplicates_are_namesakes_at_one_door_or_near(homes):
    frame = LocalFrame.around((110.0, 38.0))
    placed = []
    for home in homes:
        lon, lat = frame.to_degrees(np.array([[home.lon, home.lat]]))[0].tolist()
        where = (math.nan, math.nan) if math.isnan(home.lon) else (lon, lat)
        placed.append((home.household_id, home.village, *where, home.name, None, None, home.door, None))
    listed = Households(packed_rows(placed, len(FIELDS)).columns)
    at = {home.household_id: home for home in homes}
    found = near_duplicates(listed)
    assert len(set(found)) == len(found)
    for one, other in found:
        assert list(at).index(one) < list(at).index(other)
        assert _may_be_one(at[one], at[other])
    named = {id_ for pair in found for id_ in pair}
    for one in homes:
        assert (one.household_id in named) == any(_may_be_one(one, other) for other in homes if other is not one)


def _may_be_one(one, other):
    if one.village != other.village or not one.name or not other.name:
        return False
    if {one.name, other.name} not in ({one.name}, {"ａ", "A"}):
        return False
    return bool(one.door and other.door) or math.dist((one.lon, one.lat), (other.lon, other.lat)) < NEAR_M


def test_households_are_made_when_asked_for():
    rows = [("a", "v", 110.0, 38.0, "甲", None, None, "1", "一组"), ("b", "v", math.nan, math.nan, *[None] * 5)]
    listed = Households(packed_rows(rows, len(FIELDS)).columns)
    homes = (
        Household("a", "v", 110.0, 38.0, name="甲", door="1", hamlet="一组"),
        Household("b", "v", math.nan, math.nan, position="hamlet"),
    )
    assert listed == homes
    assert (*listed,) == (*listed[:],) == (listed[0], listed[-1]) == homes
    assert listed != homes[:1]
    assert len(listed) == 2
