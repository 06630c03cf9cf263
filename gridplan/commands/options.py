"""The options that several commands have, what they are called and what they are for, and what their texts mean."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Annotated, get_args

import typer

from gridplan.engine.model.settings import Effort, HamletRule
from gridplan.errors import InputRefused
from gridplan.planning.inputs import Source

Households = Annotated[list[str], typer.Argument(metavar="HOUSEHOLDS...", show_default=False)]
Villages = Annotated[str | None, typer.Option(metavar="FILE")]
Places = Annotated[str | None, typer.Option(metavar="FILE")]
Members = Annotated[str | None, typer.Option(metavar="FILE")]
Column = Annotated[list[str] | None, typer.Option(metavar="FIELD=HEADER")]
VillageColumn = Annotated[list[str] | None, typer.Option(metavar="FIELD=HEADER")]
MemberColumn = Annotated[list[str] | None, typer.Option(metavar="FIELD=HEADER")]
Crs = Annotated[str | None, typer.Option(metavar="FRAME")]
Snap = Annotated[float, typer.Option(metavar="METRES", min=0)]
Against = Annotated[Path | None, typer.Option(metavar="PLAN.GPKG")]
Barriers = Annotated[str | None, typer.Option(metavar="FILE")]
Crossings = Annotated[str | None, typer.Option(metavar="FILE")]
Today = Annotated[datetime | None, typer.Option(metavar="DATE", formats=["%Y-%m-%d"])]
Language = Annotated[str, typer.Option("--lang", show_default=False)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q")]


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


def hamlets_of(value: str) -> HamletRule:
    """Return the rule about hamlets that is meant.

    Raises
    ------
    InputRefused
        There is no such rule.
    """
    for rule in get_args(HamletRule):
        if value == rule:
            return rule
    raise InputRefused("cli.hamlets", value=value, known=", ".join(get_args(HamletRule)))


def one_policy(**options: object) -> None:
    """Check that the number of grids is decided in one way only; options that were not given are None.

    Raises
    ------
    InputRefused
        Several were given, or `--grids-from` names something else than members.
    """
    given = ["--" + name.replace("_", "-") for name, value in options.items() if value is not None]
    if len(given) > 1:
        raise InputRefused("cli.policies", first=given[0], second=given[1])
    if options["grids_from"] not in (None, "members"):
        raise InputRefused("cli.grids_from", value=str(options["grids_from"]))


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


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    pairs = {}
    for pair in given or []:
        name, equals, header = pair.partition("=")
        if not (name and equals and header):
            raise InputRefused("cli.pair", option=option, value=pair)
        pairs[name] = header
    return pairs
