"""The templates in data/templates: the lists a town fills in, with two invented rows that say they are examples."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from gridplan.coordinates import LocalFrame
from gridplan.demo.definition import read_definition
from gridplan.demo.people import Names
from gridplan.exchange.xlsx import Column, Table, write_spreadsheet
from gridplan.words import LANGS, Lang, say, standard

LISTS = ("households", "members", "villages", "hamlets")
EXAMPLES = 2
APART_M = 60.0


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a template: the codes of its header and of what it means, whether it must be filled, two examples."""

    header: str
    meaning: str
    examples: Sequence[str]
    needed: bool = False


def write_templates(folder: Path) -> None:
    """Write households, members, villages and hamlets into `folder`, in both languages, as CSV and as XLSX."""
    folder.mkdir(parents=True, exist_ok=True)
    for lang in LANGS:
        for name in LISTS:
            for form in ("csv", "xlsx"):
                write_template(folder / f"{name}_{lang}.{form}", name, lang)


def write_template(path: Path, name: str, lang: Lang) -> None:
    """Write the template of a list, as CSV or as XLSX, which the name of the file tells.

    In a workbook the rows of the list are its first sheet; the second says what every column means.
    """
    fields = _fields(lang)[name]
    headers = [standard(field.header, lang) for field in fields]
    rows = list(zip(*(field.examples for field in fields), strict=True))
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([headers, *rows])
        return
    needed = [say("template.needed" if field.needed else "template.optional", lang) for field in fields]
    means = list(zip(headers, needed, (say(field.meaning, lang) for field in fields), strict=True))
    guide = [say(code, lang) for code in ("template.column", "template.fill_in", "template.meaning")]
    title = say("template.title", lang)
    tables = (
        Table(say("template.list", lang), [*map(Column, headers)], rows, empty=title),
        Table(say("template.columns", lang), [*map(Column, guide)], means, empty=title),
    )
    write_spreadsheet(path, title, tables, say("book.page", lang))


def _fields(lang: Lang) -> dict[str, tuple[Field, ...]]:
    """Return the columns of every list; places and names are those of the demo town."""
    definition = read_definition()
    names = Names(np.random.default_rng(0), definition)
    people = [surname + given for surname, given in zip(names.surnames(EXAMPLES), names.given(EXAMPLES), strict=True)]
    heads = _as_examples(people, lang)
    ids = [say("template.example_id", lang, number=number) for number in range(1, EXAMPLES + 1)]
    towns = [village.name for village in definition.villages[:EXAMPLES]]
    hamlets = [say("template.example_hamlet", lang, number=number) for number in range(1, EXAMPLES + 1)]
    frame = LocalFrame(definition.lon, definition.lat)
    lonlat = frame.to_degrees([(APART_M * at, 0.0) for at in range(EXAMPLES)])
    lon, lat = ([f"{degrees:.6f}" for degrees in axis] for axis in lonlat.T.tolist())
    village = Field("template.village", "template.village.means", towns[:1] * EXAMPLES, needed=True)
    town = Field("template.town", "template.town.means", [definition.name] * EXAMPLES)
    hamlet = Field("template.hamlet", "template.hamlet.means", hamlets[:1] * EXAMPLES)
    return {
        "households": (
            Field("template.household_id", "template.household_id.means", ids, needed=True),
            Field("template.head", "template.head.means", heads),
            village,
            town,
            hamlet,
            Field("template.door", "template.door.means", ["1", "2"]),
            Field("template.lon", "template.lon.means", lon),
            Field("template.lat", "template.lat.means", lat),
            Field("template.grid", "template.grid.means", ["1", "1"]),
            Field("template.lead", "template.lead.means", heads[:1] * EXAMPLES),
        ),
        "members": (
            Field("template.member_id", "template.member_id.means", ids, needed=True),
            Field("template.name", "template.name.means", heads, needed=True),
            Field("template.kind", "template.kind.means", [say("book.kind.party_member", lang)] * EXAMPLES),
            village,
            town,
            hamlet,
            Field("template.phone", "template.phone.means", ["10012345678", "10087654321"]),
            Field("template.lon", "template.home.means", lon),
            Field("template.lat", "template.home.means", lat),
            Field("template.max_grids", "template.max_grids.means", ["1", "2"]),
            Field("template.available", "template.available.means", [say("template.yes", lang)] * EXAMPLES),
            Field("template.excused_until", "template.excused_until.means", ["", "2030-12-31"]),
            Field("template.ties", "template.ties.means", [";".join(ids), ""]),
            Field("template.named_on_maps", "template.named_on_maps.means", [say("template.yes", lang), ""]),
        ),
        "villages": (
            Field("template.village", "template.village.means", _as_examples(towns, lang), needed=True),
            town,
            Field("template.code", "template.code.means", ids),
            Field("template.office_phone", "template.office_phone.means", ["0100 1234567", "0100 7654321"]),
            Field("template.boundary", "template.boundary.means", _grounds(frame)),
        ),
        "hamlets": (
            village,
            town,
            Field("template.hamlet", "template.hamlet_name.means", _as_examples(hamlets, lang), needed=True),
            Field("template.lon", "template.anchor.means", lon, needed=True),
            Field("template.lat", "template.anchor.means", lat, needed=True),
        ),
    }


def _as_examples(names: Sequence[str], lang: Lang) -> list[str]:
    return [say("template.example", lang, name=name) for name in names]


def _grounds(frame: LocalFrame) -> list[str]:
    """Return a square of one kilometre for every example, side by side."""
    squares = [shapely.box(1000 * at, 0, 1000 * (at + 1), 1000) for at in range(EXAMPLES)]
    return [str(shapely.to_wkt(frame.shape_to_degrees(square), rounding_precision=6)) for square in squares]
