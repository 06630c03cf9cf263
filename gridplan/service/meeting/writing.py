"""The writer of each form: a content becomes a file. A writer is loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final, cast

from gridplan.errors import NotFound
from gridplan.exchange.imagery import StoredTiles
from gridplan.exchange.meeting.content import Content
from gridplan.service.meeting.forms import PAPER, Format, Key

WRITERS: Final[Mapping[tuple[Key, Format], tuple[str, str]]] = {
    ("village-sheets", "pdf"): ("village_sheets", "write_village_sheets"),
    ("atlas", "pdf"): ("atlas", "write_atlas"),
    ("roster", "xlsx"): ("rosters", "write_rosters"),
    ("slides", "pptx"): ("slides", "write_slides"),
    ("report", "docx"): ("report", "write_report"),
    ("inspection", "pdf"): ("inspection", "write_inspection"),
    ("data", "gpkg"): ("data", "write_geopackage"),
    ("data", "geojson"): ("data", "write_geojson"),
}
"""The modules of `gridplan.exchange.meeting` and their functions that take a content and nothing else."""


def write_form(
    content: Content,
    form: Key,
    format_: Format,
    size: str = "",
    *,
    with_ground: bool = False,
    pictures: Sequence[StoredTiles] = (),
) -> bytes:
    """Return a content as a file of a form.

    Parameters
    ----------
    size
        Of a wall map: A0, or A0/A4 where it is joined of sheets of A4; the first there is where none is given.
    with_ground
        Whether a map as one file carries roads, water and buildings.
    pictures
        Of the ground, which such a map carries as fine as it has room for.

    Raises
    ------
    NotFound
        There is no such form.
    """
    if form == "wall-map":
        return _wall_map(content, format_, size or PAPER[0])
    if form == "map":
        from gridplan.exchange.meeting.page_map import write_page_map

        return write_page_map(content, with_ground=with_ground, pictures=pictures)
    if form in ("tick-sheets", "contact-cards"):
        return _print(content, form)
    if (form, format_) not in WRITERS:
        raise NotFound("entrance.not_here")
    module, function = WRITERS[form, format_]
    return cast(bytes, getattr(import_module(f"gridplan.exchange.meeting.{module}"), function)(content))


def _print(content: Content, form: Key) -> bytes:
    from gridplan.exchange.paper.contact_cards import write_contact_cards
    from gridplan.exchange.paper.tick_sheets import write_tick_sheets

    lang, stamp = content.lang, content.stamp
    if form == "tick-sheets":
        return write_tick_sheets(content.tick_sheets, lang, " · ".join(stamp.texts(lang)))
    return write_contact_cards(content.contact_cards, lang, stamp.number(lang))


def _wall_map(content: Content, format_: Format, size: str) -> bytes:
    from gridplan.exchange.meeting.wall_map import WallMap, write_picture, write_wall_map

    whole, _, part = size.partition("/")
    wanted = WallMap(cast(Any, whole), cast(Any, part or None))
    if format_ == "pdf":
        return write_wall_map(content, wanted)
    return write_picture(content, wanted, "png" if format_ == "png" else "jpg")
