"""The options that several commands have, what they are called and what they are for, and what their texts mean."""

from __future__ import annotations

import math
import os
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from typer.core import TyperGroup

from gridplan.engine.cluster import Effort
from gridplan.errors import InputRefused
from gridplan.planning import Source
from gridplan.words import LANGS, Lang, words


class SpokenHelp(TyperGroup):
    """Commands whose help is in the user's language: the texts are in the catalogue, under `help.`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Notice the language asked for before a command shows its help."""
        ctx.obj = next((after for before, after in pairwise(args) if before == "--lang" and after in LANGS), None)
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command with its help and that of its options in words."""
        command: Any = super().get_command(ctx, cmd_name)
        if command is not None:
            texts = words("help.", language(ctx.obj or ""))
            command.help = texts[cmd_name]
            for parameter in command.params:
                name = str(parameter.name)
                parameter.help = texts.get(f"{cmd_name}.{name}", texts.get(name))
        return command

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help of gridplan itself."""
        texts = words("help.", language(""))
        self.help = texts["gridplan"]
        parameters: list[Any] = self.params
        for parameter in parameters:
            parameter.help = texts.get(str(parameter.name))
        super().format_help(ctx, formatter)


Households = Annotated[
    list[str],
    typer.Argument(
        metavar="HOUSEHOLDS...",
        show_default=False,
    ),
]
Villages = Annotated[str | None, typer.Option(metavar="FILE")]
Places = Annotated[
    str | None,
    typer.Option(metavar="FILE"),
]
Members = Annotated[str | None, typer.Option(metavar="FILE")]
Column = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FIELD=HEADER",
    ),
]
VillageColumn = Annotated[
    list[str] | None,
    typer.Option(metavar="FIELD=HEADER"),
]
MemberColumn = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FIELD=HEADER",
    ),
]
Crs = Annotated[
    str | None,
    typer.Option(metavar="FRAME"),
]
Snap = Annotated[
    float,
    typer.Option(metavar="METRES", min=0),
]
Today = Annotated[
    datetime | None,
    typer.Option(metavar="DATE", formats=["%Y-%m-%d"]),
]
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
