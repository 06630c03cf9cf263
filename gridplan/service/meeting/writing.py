"""The writer of each form: a content becomes a file."""

from __future__ import annotations

from typing import Final

from gridplan.errors import NotFound
from gridplan.exchange.meeting.content import Content
from gridplan.service.meeting.forms import Format, Key

WRITTEN: Final[frozenset[Key]] = frozenset({"roster", "map", "slides", "report", "inspection", "data"})
"""The forms that there is a writer of."""


def write_form(content: Content, form: Key, format_: Format, size: str = "", *, with_ground: bool = False) -> bytes:
    """Return a content as a file of a form; what writes it is loaded when it is first needed.

    Parameters
    ----------
    with_ground
        Whether a map carries roads, water and buildings.

    Raises
    ------
    NotFound
        There is no such form.
    """
    match form, format_:
        case "roster", _:
            from gridplan.exchange.meeting.rosters import write_rosters

            return write_rosters(content)
        case "map", _:
            from gridplan.exchange.meeting.page_map import write_page_map

            return write_page_map(content, with_ground=with_ground)
        case "slides", _:
            from gridplan.exchange.meeting.slides import write_slides

            return write_slides(content)
        case "report", _:
            from gridplan.exchange.meeting.report import write_report

            return write_report(content)
        case "inspection", _:
            from gridplan.exchange.meeting.inspection import write_inspection

            return write_inspection(content)
        case "data", "gpkg":
            from gridplan.exchange.meeting.data import write_geopackage

            return write_geopackage(content)
        case "data", _:
            from gridplan.exchange.meeting.data import write_geojson

            return write_geojson(content)
    raise NotFound("entrance.not_here")
