"""The options that several commands have, what they are called and what they are for, and what their texts mean."""

from __future__ import annotations

import math
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, get_args

import typer

from gridplan.engine.cluster import Effort
from gridplan.errors import InputRefused
from gridplan.planning import Source
from gridplan.words import LANGS, Lang

Households = Annotated[
    list[str],
    typer.Argument(
        metavar="HOUSEHOLDS...",
        help="Lists of households or persons: XLSX, XLS, ODS, CSV, GeoJSON, GeoPackage, Shapefile, KML or GeoParquet; "
        "one or many, every sheet of a workbook. FILE#LAYER picks a layer or sheet, FILE#LAYER@FRAME states its frame.",
        show_default=False,
    ),
]
Villages = Annotated[str | None, typer.Option(metavar="FILE", help="Village boundaries: polygons with a name.")]
Places = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="Hamlets with a position each: where households without a position are taken to be."
    ),
]
Members = Annotated[
    str | None, typer.Option(metavar="FILE", help="List of members: with it every grid gets a lead, as far as they go.")
]
Column = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FIELD=HEADER",
        help="Which column of the lists is meant, e.g. --column name=户主姓名. May be repeated. "
        "Fields: id, name, phone, address, door, lon, lat, x, y, village, hamlet, grid, lead, units.",
    ),
]
VillageColumn = Annotated[
    list[str] | None,
    typer.Option(metavar="FIELD=HEADER", help="The same for the villages file. Fields: village, code."),
]
MemberColumn = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FIELD=HEADER",
        help="The same for the members file. Fields: member_id, name, kind, village, hamlet, lon, lat, max_grids, "
        "available, excused_until, ties.",
    ),
]
Crs = Annotated[
    str | None,
    typer.Option(
        metavar="FRAME", help="Frame of the households' positions: wgs84, cgcs2000, gcj02, bd09 or an EPSG code."
    ),
]
Snap = Annotated[
    float,
    typer.Option(
        metavar="METRES", min=0, help="A household outside every boundary goes to the nearest within this distance."
    ),
]
Today = Annotated[
    datetime | None,
    typer.Option(
        metavar="DATE", formats=["%Y-%m-%d"], help="Day the plan is for, which ends excuses; today if left out."
    ),
]
Language = Annotated[
    str, typer.Option("--lang", help="zh or en; the language of your system if left out.", show_default=False)
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]


def source_of(
    households: list[str],
    villages: str | None,
    places: str | None,
    members: str | None,
    column: list[str] | None,
    village_column: list[str] | None,
    member_column: list[str] | None,
    crs: str | None,
    snap: float,
) -> Source:
    """Return the lists that the options name.

    Raises
    ------
    InputRefused
        An option is not what it has to be.
    """
    return Source(
        households=tuple(households),
        villages=villages,
        columns=_pairs(column, "--column"),
        village_columns=_pairs(village_column, "--village-column"),
        snap=number(snap, "--snap"),
        hamlets=places,
        frame=crs,
        members=members,
        member_columns=_pairs(member_column, "--member-column"),
    )


def effort_of(value: str, least: int, most: int) -> Effort:
    """Return the effort meant, the bounds being possible.

    Raises
    ------
    InputRefused
        There is no such effort, or the least size is above the most.
    """
    if least > most:
        raise InputRefused("cli.bounds", least=least, most=most)
    for effort in get_args(Effort):
        if value == effort:
            return effort
    raise InputRefused("cli.effort", value=value, known=", ".join(get_args(Effort)))


def number(value: float, option: str) -> float:
    """Return a number that is one.

    Raises
    ------
    InputRefused
        It is infinite or not a number.
    """
    if not math.isfinite(value):
        raise InputRefused("cli.number", option=option, value=str(value))
    return value


def language(value: str) -> Lang:
    """Return the language asked for, else that of the system."""
    if not value:
        spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
        return "zh" if spoken.startswith("zh") else "en"
    for lang in LANGS:
        if value == lang:
            return lang
    raise typer.BadParameter(f"{value!r} is not one of {', '.join(LANGS)}", param_hint="--lang")


def file_name(argument: str) -> str:
    """Return the name of a file argument without its folders."""
    return Path(argument).name


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    pairs = {}
    for pair in given or []:
        name, equals, header = pair.partition("=")
        if not (name and equals and header):
            raise InputRefused("cli.pair", option=option, value=pair)
        pairs[name] = header
    return pairs
