"""Columns that look like positions are pointed out with what to pass, and others are not."""

import csv

import numpy as np
import pytest
from pyproj import Transformer

from gridplan.exchange.lists.households.households import read_households

HOMES = [(110.9 + step / 997, 37.95 + step % 7 / 991) for step in range(12)]
METRES = np.column_stack(Transformer.from_crs("EPSG:4490", "EPSG:4546", always_xy=True).transform(*np.transpose(HOMES)))


@pytest.fixture
def looks(tmp_path):
    """What is said of the columns of a list that are not understood."""

    def look(header, cells):
        with (tmp_path / "list.csv").open("w", encoding="utf-8", newline="") as file:
            rows = ([str(n), "柳村", *cell] for n, cell in enumerate(cells))
            csv.writer(file).writerows([["户号", "村", *header], *rows])
        notes = read_households(str(tmp_path / "list.csv")).notes
        return [note for note in notes if note.code == "frame.note.lookalikes"]

    return look


def marked(degrees):
    seconds = round(degrees * 3600, 2)
    return f"{int(seconds // 3600)}°{int(seconds % 3600 // 60)}′{seconds % 60:.2f}″"


@pytest.mark.parametrize(
    ("header", "cells", "options"),
    [
        (["A", "B"], [(f"{lon:.6f}", f"{lat:.6f}") for lon, lat in HOMES], "--column lon=A --column lat=B"),
        (["A", "B"], [(f"{lat:.6f}", f"{lon:.6f}") for lon, lat in HOMES], "--column lon=B --column lat=A"),
        (["A", "B"], [(marked(lon), marked(lat)) for lon, lat in HOMES], "--column lon=A --column lat=B"),
        (["A", "B"], [(f"{x:.2f}", f"{y:.2f}") for x, y in METRES], "--column x=A --column y=B"),
        (["A", "B"], [(f"{y:.0f}", f"37{x:.0f}") for x, y in METRES], "--column x=B --column y=A"),
        (["A"], [(f"{lon:.6f} {lat:.6f}",) for lon, lat in HOMES], "--column lonlat=A"),
        (["A"], [(f"{marked(lat)}N，{marked(lon)}E",) for lon, lat in HOMES], "--column lonlat=A"),
    ],
)
def test_what_looks_like_positions_is_named_with_what_to_pass(looks, header, cells, options):
    (note,) = looks(header, cells)
    assert f"pass {options} (" in note.say("en") and options in note.say("zh")


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        (["住房面积", "耕地"], [("112.5", "34.2")] * 12),
        (["电话", "座机"], [("13800000000", "62345678")] * 12),
        (["亲戚"], [("H001;H002",)] * 12),
        (["口粮"], [("3,5",)] * 12),
        (["登记"], [("2020/1",)] * 12),
        (["住处"], [("村东头，3 号",)] * 12),
    ],
)
def test_what_only_resembles_positions_is_not(looks, header, cells):
    assert looks(header, cells) == []


def test_nothing_is_said_of_a_list_that_has_positions(looks):
    assert (
        looks(["经度", "纬度", "A", "B"], [(*pair, *pair) for pair in [(f"{x:.6f}", f"{y:.6f}") for x, y in HOMES]])
        == []
    )


@pytest.mark.parametrize("header", ["位置", "地图", "坐标", "location", "Position", "Map", "GPS"])
def test_a_header_of_places_stands_over_positions_where_most_of_its_cells_are_some(tmp_path, header):
    cells = [f"{lon:.6f},{lat:.6f}" for lon, lat in HOMES]
    listed = read_households(list_with(tmp_path, header, [*cells, "村东头"]))
    assert (listed.columns["lonlat"], len(listed.households)) == (header, len(HOMES))
    assert [refusal.value for refusal in listed.refused] == ["村东头"]


def test_rough_positions_count_and_other_columns_of_places_are_named(tmp_path):
    rough = [f"{lon:.2f},{lat:.2f}" for lon, lat in HOMES]
    listed = read_households(list_with(tmp_path, "位置", rough))
    assert "lonlat" in listed.columns and [note.code for note in listed.notes] == ["frame.seen.rounded"]
    both = [[str(n), "柳村", cell, cell] for n, cell in enumerate(rough)]
    with (tmp_path / "two.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["户号", "村", "location", "地图"], *both])
    notes = read_households(str(tmp_path / "two.csv")).notes
    assert "地图" in next(note for note in notes if note.code == "read.note.first_of_several").say("en")


def test_a_header_of_places_over_words_is_none_of_positions(tmp_path, looks):
    listed = read_households(list_with(tmp_path, "位置", ["村东头"] * 9))
    assert "lonlat" not in listed.columns and len(listed.households) == 9
    (note,) = looks(["位置", "其他"], [("村东头", "")] * 9 + [("110.901234,37.951234", "")])
    assert "--column lonlat=位置" in note.say("en")


def list_with(tmp_path, header, cells):
    with (tmp_path / "list.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["户号", "村", header], *([str(n), "柳村", cell] for n, cell in enumerate(cells))])
    return str(tmp_path / "list.csv")
