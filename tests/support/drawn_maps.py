"""What a drawn map says, taken out of its answer."""

from __future__ import annotations

import numpy as np
import shapely


def drawn(data, layer):
    """Return the properties of the villages or grids of a map."""
    return [one["properties"] for one in data["objects"][layer]["geometries"]]


def shapes(data, layer):
    """Return their outlines, of what is not drawn None."""
    arcs = [
        np.cumsum(arc, axis=0) * data["transform"]["scale"] + data["transform"]["translate"] for arc in data["arcs"]
    ]

    def ring(numbers):
        return np.concatenate([arcs[number] if number >= 0 else arcs[~number][::-1] for number in numbers])

    def polygon(rings):
        return shapely.Polygon(ring(rings[0]), [ring(inner) for inner in rings[1:]])

    def shape(outline):
        if outline["type"] is None:
            return None
        pieces = [outline["arcs"]] if outline["type"] == "Polygon" else outline["arcs"]
        return shapely.union_all([polygon(rings) for rings in pieces])

    return [shape(one) for one in data["objects"][layer]["geometries"]]


def rows(*places):
    """Return the rows of households of villages."""
    return [row for found in places for place in found for row in place["households"]]
