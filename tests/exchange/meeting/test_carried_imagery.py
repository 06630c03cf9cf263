"""Pictures of the ground in a map that is one file: as fine as there is room for, and for planners alone."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from meeting_content import content
from page_data import data_of
from sample_towns import town

from gridplan.exchange.imagery import StoredTiles, columns_and_rows
from gridplan.exchange.meeting.carried_imagery import carried_imagery
from gridplan.exchange.meeting.page_map import MOST_BYTES, write_page_map

AROUND = (119.40, 31.38, 119.46, 31.44)
TILE = b"\xff\xd8" + bytes(300)


@pytest.fixture
def stored(tmp_path):
    """Return what stores pictures of a part of the earth, each tile of so many bytes, at so many zooms."""

    def store(name, first, last, tile=TILE):
        file = tmp_path / name
        with closing(sqlite3.connect(file)) as tiles, tiles:
            tiles.execute("CREATE TABLE tile (z, x, y, picture)")
            for zoom in range(first, last + 1):
                left, right, top, bottom = columns_and_rows(AROUND, zoom)
                places = [(zoom, x, y, tile) for x in range(left, right + 1) for y in range(top, bottom + 1)]
                tiles.executemany("INSERT INTO tile VALUES (?, ?, ?, ?)", places)
        return StoredTiles(name, file, (first, last), AROUND)

    return store


def zooms(carried):
    return [(layer["name"], tuple(layer["zooms"])) for layer in carried.layers]


def test_zoom_after_zoom_is_carried_of_all_pictures_while_there_is_room(stored):
    both = stored("town", 11, 14), stored("village", 13, 15)
    all_of_it = carried_imagery(both, AROUND, 10**6)
    assert (zooms(all_of_it), all_of_it.is_coarser) == ([("town", (11, 14)), ("village", (13, 15))], False)
    size = sum(len(name) + len(tile) for layer in all_of_it.layers for name, tile in layer["tiles"].items())
    assert not carried_imagery(both, AROUND, size).is_coarser
    coarser = carried_imagery(both, AROUND, size - 1)
    assert (zooms(coarser), coarser.is_coarser) == ([("town", (11, 14)), ("village", (13, 14))], True)
    assert zooms(carried_imagery(both, AROUND, 3_000)) == [("town", (11, 12))]
    elsewhere = carried_imagery(both, (10, 40, 10.1, 40.1), 10**6)
    assert (elsewhere.layers, elsewhere.is_coarser) == ((), False)


def test_a_map_of_planners_carries_them_in_at_most_8_mb_and_says_that_they_are_coarser(stored):
    pictures = [stored("town", 11, 18, b"\xff\xd8" + bytes(12_000))]
    of = replace(content("planner"), town=town())
    made = write_page_map(of, pictures=pictures)
    assert len(made) <= MOST_BYTES
    data = data_of(made)
    assert [one["zooms"] for one in data["imagery"]] == [[11, 17]] and "8 MB" in data["stamp"][-1]
    for profile in ("wall", "meeting"):
        assert write_page_map(content(profile), pictures=pictures) == write_page_map(content(profile))
