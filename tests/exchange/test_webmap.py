"""The single-file map: what is in it, and what must never be."""

import base64
import html
import json
import re
import time
from io import BytesIO

import pytest
from drawn_maps import drawn, rows
from fontTools.ttLib import TTFont
from sample_towns import HOSTILE, hostile_town, town, village

from gridplan.errors import OutputRefused
from gridplan.exchange import webmap
from gridplan.exchange.webmap import write_map
from gridplan.model import TownPlan


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("map") / "map.html"
    write_map(town(), path, "zh", "石桥镇")
    return path.read_text(encoding="utf-8")


def data_of(page: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="gridplan-data">(.*?)</script>', page, re.S)[1])


def test_the_same_plan_gives_the_same_bytes(tmp_path):
    write_map(town(), tmp_path / "one.html", "en", "Town")
    write_map(town(), tmp_path / "two.html", "en", "Town")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_the_page_names_no_other_host(page):
    loads = re.findall(r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=|url\((?!["']?(?:data:|#))|@import""", page)
    assert loads == []


def test_everything_of_the_plan_is_in_the_data(page):
    data = data_of(page)
    assert len(rows(*data["places"])) == sum(len(village.plan.households) for village in town().villages)
    assert [grid["id"] for grid in drawn(data, "grids")][:2] == ["石桥村-01", "石桥村-02"]
    assert [village["name"] for village in drawn(data, "villages")][-1] == "小塘村"


def test_flats_are_one_place_with_all_their_households(page):
    sizes = [len(place["households"]) for found in data_of(page)["places"] for place in found]
    assert max(sizes) == 14


def test_a_household_in_no_grid_carries_its_reason(page):
    assert [row for row in rows(*data_of(page)["places"]) if row[1] is None] == [
        ["XT17", None, "住户17", "1幢18室", None, "微网格不连片"]
    ]


def test_hostile_names_are_data_only_and_cannot_leave_their_block(tmp_path):
    write_map(hostile_town(), tmp_path / "map.html", "en", "Town")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    block = re.search(r'id="gridplan-data">(.*?)</script>', page, re.S)[1]
    assert not re.search("[<>&\u2028\u2029]", block)
    assert [name for name in HOSTILE if name in page.replace(block, "")] == []
    names = {row[2] for row in rows(*data_of(page)["places"])}
    assert names == set(HOSTILE)


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_is_text(tmp_path, title):
    write_map(TownPlan(()), tmp_path / "map.html", "en", title)
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    shown = re.search("<title>(.*?)</title>", page, re.S)[1]
    assert html.unescape(shown) == title
    assert "<" not in shown
    assert data_of(page)["title"] == title


def test_marks_that_turn_the_direction_of_writing_are_in_no_name(tmp_path):
    write_map(TownPlan((village("石\u202e桥\u2067村", 0, 0, 1, 1),)), tmp_path / "map.html", "en", "T\u202e")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert "石桥村" in page and not re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", page)


def test_an_empty_town_still_gives_a_page(tmp_path):
    write_map(TownPlan(()), tmp_path / "map.html", "zh", "空")
    assert data_of((tmp_path / "map.html").read_text(encoding="utf-8"))["objects"]["grids"]["geometries"] == []


def test_the_fonts_inside_hold_every_chinese_character_of_the_page_and_no_more(tmp_path):
    write_map(hostile_town(), tmp_path / "map.html", "zh", "䶮")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    fonts = re.findall(r"data:font/woff2;base64,([^)]+)\).*?unicode-range:([^}]+)}", page)
    held = {glyph for packed, _ in fonts for glyph in TTFont(BytesIO(base64.b64decode(packed))).getBestCmap()}
    said = {int(point.removeprefix("U+"), 16) for _, points in fonts for point in points.split(",")}
    wanted = {ord(c) for c in json.dumps(data_of(page), ensure_ascii=False) if c >= "\u2e80"}
    assert {ord("䶮"), ord("𫖯")} <= wanted == held == said


def test_folium_may_not_load_what_we_do_not_know(monkeypatch, tmp_path):
    monkeypatch.setattr(webmap, "DROPPED", webmap.DROPPED - {"jquery"})
    with pytest.raises(RuntimeError, match="jquery"):
        write_map(town(), tmp_path / "map.html", "en", "Town")


def test_a_place_that_cannot_be_written_is_an_error_in_words(tmp_path):
    with pytest.raises(OutputRefused, match=r"map\.html could not be written"):
        write_map(town(), tmp_path / "no folder" / "map.html", "en", "Town")


@pytest.mark.slow
def test_a_large_village_stays_small_and_quick(tmp_path):
    large = TownPlan((village("大村", 0, 0, 10, 7),))
    start = time.perf_counter()
    write_map(large, tmp_path / "map.html", "zh", "大村")
    households = len(large.villages[0].plan.households)
    assert households == 12_288
    assert (tmp_path / "map.html").stat().st_size < 4_000_000
    assert time.perf_counter() - start < 10
