"""What any map draws: sentences about broken rules, labels within outlines, shapes of every kind."""

import pytest
import shapely
from sample_towns import town

from gridplan.exchange.map_data import geojson, map_data
from gridplan.words import LANGS


@pytest.mark.parametrize("lang", LANGS)
def test_a_broken_size_rule_is_said_in_words(lang):
    broken = [grid["properties"]["broken"] for grid in map_data(town(), lang)["grids"]["features"]]
    sentence = "17 户，多于 15 户" if lang == "zh" else "17 households, more than 15"
    assert [rules for rules in broken if rules] == [[{"mark": "large", "text": sentence}]]


def test_numbers_stand_inside_their_own_outlines():
    for layer in ("grids", "villages"):
        for feature in map_data(town(), "en")[layer]["features"]:
            lon, lat, room = feature["properties"]["label"]
            assert shapely.geometry.shape(feature["geometry"]).contains(shapely.Point(lon, lat))
            assert room > 0


def test_outlines_in_several_pieces_are_drawn():
    plain = town()
    first = plain.villages[0]
    pieces = shapely.union_all([first.grids[0].outline, shapely.box(119.6, 31.5, 119.601, 31.501)])
    grids = (shapely.geometry.MultiPolygon(pieces.geoms), *[grid.outline for grid in first.grids[1:]])
    shapes = [feature["type"] for feature in geojson(list(grids))]
    assert shapes[0] == "MultiPolygon"
