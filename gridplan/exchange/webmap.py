"""The town as one HTML file that needs nothing else: folium makes the map, our own script draws on it.

No name ever enters a template. folium's own popups and layers put text into JavaScript and HTML unescaped, so all
data go into the page as one block of JSON, and the script (web/static_src) writes names as text nodes.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final, cast

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink, MacroElement
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from jinja2 import Template

from gridplan.errors import OutputRefused
from gridplan.exchange.front_end import built_file
from gridplan.exchange.map_data import CarriedContact, map_data, places
from gridplan.exchange.map_details import map_details
from gridplan.model import TownPlan
from gridplan.names import TURNING
from gridplan.words import Lang

BUNDLED: Final = {"leaflet", "leaflet_css"}
DROPPED: Final = {
    "jquery", "bootstrap", "bootstrap_css", "glyphicons_css",  # only folium's own popups use them
    "awesome_markers", "awesome_markers_css", "awesome_markers_font_css", "awesome_rotate_css",  # and its markers
}  # fmt: skip


def write_map(town: TownPlan, path: Path, lang: Lang, title: str, contact: CarriedContact | None = None) -> None:
    """Write the town as a self-contained page in `lang`; the same plan gives the same bytes.

    With `contact` the map says how far it reaches, too, and can be coloured by it.

    Raises
    ------
    OutputRefused
        The front end was not built at install, or the file cannot be written.
    """
    drawn = whole_data(town, lang)
    if contact is not None:
        drawn["views"] += contact["views"]
        drawn["contact"] = contact["told"]
    page = page_of(drawn, title)
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as problem:
        raise OutputRefused("map.not_written", file=path.name, problem=problem.strerror or str(problem)) from problem


def whole_data(town: TownPlan, lang: Lang) -> dict[str, Any]:
    """Return all that the page of a town carries: what is drawn, its households, what is told of villages and grids."""
    households = [places(village, lang) for village in town.villages]
    return map_data(town, lang) | {"places": households, "details": map_details(town, lang)}


def page_of(drawn: Mapping[str, Any], title: str) -> str:
    """Return the self-contained page that carries what a map draws.

    Raises
    ------
    OutputRefused
        The front end was not built at install.
    """
    data = _json({**drawn, "title": title})
    characters = set(data)
    if not characters.isdisjoint(map(chr, TURNING)):
        data = data.translate(TURNING)  # which takes longer than all the rest
    glyphs = "".join(sorted(character for character in characters if character >= "\u2e80"))
    return _page(data, font_faces(glyphs), title.translate(TURNING))


class _Raw(Element):
    """Text that branca must put into the page as it is, not read as a Jinja template."""

    _template = Template("{{ this.raw }}")

    def __init__(self, raw: str) -> None:
        super().__init__()
        self.raw = raw


class _Town(MacroElement):
    """Our one layer on folium's map: gives the map to the script."""

    _template = Template("{% macro script(this, kwargs) %}gridplan.open({{ this._parent.get_name() }});{% endmacro %}")


def _page(data: str, font_faces: str, title: str) -> str:
    shell = folium.Map(
        location=(0, 0), tiles=None, prefer_canvas=True, zoom_control=False, attribution_control=False,
        max_zoom=21, zoom_snap=0.25,
    )  # fmt: skip
    shell._id = "town"  # folium's own would be random
    shell.add_child(_Town(), name="town")  # type: ignore[no-untyped-call]  # folium has no types
    page = cast(Figure, shell.get_root())
    page.title = html.escape(title)
    page.html.add_child(_Raw(f'<script type="application/json" id="gridplan-data">{data}</script>'), name="data")
    page.render()  # lets folium put its links into the header
    _inline_assets(page, font_faces)
    return str(page._template.render(this=page, kwargs={}))  # page.render() would add the links again


def _inline_assets(page: Figure, font_faces: str) -> None:
    """Put our bundle in the place of folium's links, at the beginning of the header."""
    header = page.header._children
    for name, link in list(header.items()):
        if isinstance(link, JavascriptLink | CssLink):
            if name not in BUNDLED | DROPPED:
                raise RuntimeError(f"folium asks for {name}, which is neither bundled nor known to be unneeded")
            del header[name]
    style = built_file("map.css").read_text(encoding="utf-8") + font_faces
    script = built_file("map.js").read_text(encoding="utf-8").replace("</script", r"<\/script")
    header["assets"] = _Raw(f"<style>{style}</style>\n<script>{script}</script>")
    header.move_to_end("assets", last=False)
    header.move_to_end("meta_http", last=False)


def _json(data: dict[str, object]) -> str:
    """Return JSON that cannot end the script block it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@lru_cache(maxsize=16)
def font_faces(glyphs: str) -> str:
    """Return style rules with Chinese glyphs, for machines that have no Chinese font: of each file that has some."""
    fonts = json.loads(built_file("fonts/fonts.json").read_text(encoding="utf-8")) if glyphs else {}
    held = {name: sorted(set(glyphs) & set(characters)) for name, characters in fonts.items()}
    return "".join(_font_face(name, characters) for name, characters in held.items() if characters)


def _font_face(name: str, glyphs: list[str]) -> str:
    subsetter = Subsetter(Options(layout_features=[], hinting=False, name_IDs=[0, 13, 14]))
    subsetter.populate(text="".join(glyphs))
    packed = BytesIO()
    with TTFont(BytesIO(_unpacked(name)), recalcTimestamp=False, lazy=True) as font:
        subsetter.subset(font)
        font.flavor = "woff2"
        font.save(packed)
    encoded = base64.b64encode(packed.getvalue()).decode("ascii")
    source = f'url(data:font/woff2;base64,{encoded})format("woff2")'
    ranges = ",".join(f"U+{ord(glyph):x}" for glyph in glyphs)
    return f'@font-face{{font-family:"Noto Sans SC";src:{source};unicode-range:{ranges}}}'


@lru_cache(maxsize=32)
def _unpacked(name: str) -> bytes:
    """Return a font file with its glyphs unpacked, which takes ten times as long as to take some of them out."""
    unpacked = BytesIO()
    with TTFont(built_file(f"fonts/{name}"), recalcTimestamp=False, lazy=True) as font:
        font.flavor = None
        font.save(unpacked)
    return unpacked.getvalue()
