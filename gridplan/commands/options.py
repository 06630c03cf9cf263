"""The options of the commands: what they are called, in groups that commands share, and what their texts mean."""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from functools import wraps
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args

import typer

from gridplan.commands.terminal import exit_on_error
from gridplan.engine.model.settings import AskedEffort, HamletRule, Settings
from gridplan.errors import InputRefused
from gridplan.model import FAR
from gridplan.planning.inputs import PlanSources

if TYPE_CHECKING:
    from gridplan.planning.county import PlanSettings
    from gridplan.planning.staffing.staffing import StaffingRules

Households = Annotated[list[str], typer.Argument(metavar="HOUSEHOLDS...", show_default=False)]
Against = Annotated[Path | None, typer.Option(metavar="PLAN.GPKG")]
Folder = Annotated[Path, typer.Option("-o", "--output", metavar="DIR")]
Strict = Annotated[bool, typer.Option("--strict")]
Language = Annotated[str, typer.Option("--lang", show_default=False)]
Resume = Annotated[bool, typer.Option("--resume")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q")]
Port = Annotated[int, typer.Option(min=1, max=65535)]
File = Annotated[str | None, typer.Option(metavar="FILE")]
Columns = Annotated[list[str] | None, typer.Option(metavar="FIELD=HEADER")]
GRID_COUNT: Final = ("target", "grids", "grids_from", "price")
"""The ways to say how many grids there are."""
EITHER: Final = (
    *combinations(GRID_COUNT, 2),
    *(("keep", way) for way in GRID_COUNT),
    ("keep", "time_limit"),
    ("effort", "time_limit"),
    ("workers", "dask"),
    ("lan_http", "behind_proxy"),
)
"""Options of which only one can be meant."""
ONLY_WITH: Final = {
    "answers": "against",
    "crossings": "barriers",
    "village_column": "villages",
    "member_column": "members",
    "grids_from": "members",
    "across_villages": "members",
    "today": "members",
}
"""Options that mean nothing without another one."""


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with an option for each field of its parameters that are dataclasses, in the place of those."""
    parameters = inspect.signature(command, eval_str=True).parameters
    groups: dict[str, Any] = {name: one.annotation for name, one in parameters.items() if is_dataclass(one.annotation)}
    flat: list[inspect.Parameter] = []
    for name, parameter in parameters.items():
        group = inspect.signature(groups[name], eval_str=True).parameters.values() if name in groups else [parameter]
        flat += [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in group]

    @wraps(command)
    def flattened(**given: Any) -> None:
        with exit_on_error(given["lang"]):
            check_together(given)
        options = {
            name: group(**{field.name: given.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        command(**options, **given)

    flattened.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined]  # what typer reads
    flattened.__annotations__ = {one.name: one.annotation for one in flat}
    return flattened


@dataclass(frozen=True)
class ListOptions:
    """The lists besides the households, and how all of them are to be read."""

    villages: File = None
    places: File = None
    members: File = None
    column: Columns = None
    village_column: Columns = None
    member_column: Columns = None
    crs: Annotated[str | None, typer.Option(metavar="FRAME")] = None
    snap: Annotated[float, typer.Option(metavar="METRES", min=0)] = 0.0

    def sources(
        self, households: list[str], ground: GroundOptions | None = None, existing: ExistingOptions | None = None
    ) -> PlanSources:
        """Return the lists that the options name.

        Raises
        ------
        InputRefused
            An option is not what it has to be.
        """
        return PlanSources(
            households=tuple(households),
            villages=self.villages,
            columns=_pairs(self.column, "--column"),
            village_columns=_pairs(self.village_column, "--village-column"),
            snap=_finite(self.snap, "--snap"),
            hamlets=self.places,
            frame=self.crs,
            members=self.members,
            member_columns=_pairs(self.member_column, "--member-column"),
            barriers=ground.barriers if ground else None,
            crossings=ground.crossings if ground else None,
            keep_grids=bool(existing and existing.keep),
            against=existing.against if existing else None,
            answers=existing.answers if existing else None,
        )


@dataclass(frozen=True)
class GroundOptions:
    """What parts neighbours, and where it can be crossed."""

    barriers: File = None
    crossings: File = None


@dataclass(frozen=True)
class ExistingOptions:
    """What the town has already: grids, leads, an earlier plan."""

    keep: Annotated[bool, typer.Option("--keep")] = False
    against: Against = None
    answers: File = None


@dataclass(frozen=True)
class StaffingOptions:
    """How members are assigned to grids."""

    across_villages: Annotated[bool, typer.Option("--across-villages")] = False
    today: Annotated[datetime | None, typer.Option(metavar="DATE", formats=["%Y-%m-%d"])] = None

    def rules(self) -> StaffingRules:
        """Return who may lead on the day given, else on that of the clock, the only place where it is read."""
        from gridplan.planning.staffing.staffing import (
            StaffingRules,  # loads the engine, which looking at lists does not need
        )

        return StaffingRules(self.today.date() if self.today else date.today(), self.across_villages)


@dataclass(frozen=True)
class GridOptions:
    """How villages are cut into grids."""

    least: Annotated[int, typer.Option("--min", min=1)] = 10
    most: Annotated[int, typer.Option("--max", min=1)] = 15
    target: Annotated[float | None, typer.Option(min=1, show_default=f"{Settings.target:g}")] = None
    grids: Annotated[int | None, typer.Option(min=1, metavar="K")] = None
    grids_from: Annotated[str | None, typer.Option(metavar="members")] = None
    price: Annotated[float | None, typer.Option(min=0, metavar="METRES")] = None
    hamlets: Annotated[str, typer.Option(metavar="|".join(get_args(HamletRule)))] = "prefer"
    contiguous: Annotated[bool, typer.Option("--contiguous/--no-contiguous")] = True
    far: Annotated[float, typer.Option(min=0, metavar="METRES")] = FAR
    effort: Annotated[
        str | None, typer.Option(metavar="|".join(get_args(AskedEffort)), show_default=Settings.effort)
    ] = None
    time_limit: Annotated[float | None, typer.Option(min=0, metavar="SECONDS")] = None
    bound: Annotated[bool, typer.Option("--bound/--no-bound")] = True
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1)] = 0
    workers: Annotated[int | None, typer.Option(min=1, show_default=str(os.cpu_count() or 1))] = None
    dask: Annotated[str | None, typer.Option(metavar="ADDRESS|local")] = None

    @property
    def who_works(self) -> int | str:
        """How many processes work on the villages, or the address of the Dask cluster that does."""
        return self.dask or self.workers or os.cpu_count() or 1

    def settings(self) -> PlanSettings:
        """Return the settings that the options ask for.

        Raises
        ------
        InputRefused
            An option is not what it has to be, or two contradict each other.
        """
        from gridplan.planning.county import PlanSettings  # loads the engine too

        if self.grids_from not in (None, "members"):
            raise InputRefused("cli.grids_from", value=str(self.grids_from))
        price = None if self.price is None else _finite(self.price, "--price")
        hamlets = _choice(self.hamlets, HamletRule, "cli.hamlets")
        if self.least > self.most:
            raise InputRefused("cli.bounds", least=self.least, most=self.most)
        likely = min(max(Settings.target, self.least), self.most)
        target = likely if self.target is None else _finite(self.target, "--target")
        if not self.least <= target <= self.most:
            raise InputRefused("cli.target", target=f"{target:g}", least=self.least, most=self.most)
        return PlanSettings(
            least=self.least,
            most=self.most,
            target=target,
            grids=self.grids,
            from_members=self.grids_from is not None,
            price=price,
            contiguous=self.contiguous,
            hamlets=hamlets,
            far=_finite(self.far, "--far"),
            effort=_choice(self.effort or Settings.effort, AskedEffort, "cli.effort"),
            bound=self.bound,
            time_limit=None if self.time_limit is None else _finite(self.time_limit, "--time-limit"),
            seed=self.seed,
        )


def check_together(values: Mapping[str, Any]) -> None:
    """Check that options, by their names in Python, can be meant together.

    Raises
    ------
    InputRefused
        Two exclude each other, or one means nothing without another.
    """
    given = {name for name, value in values.items() if value not in (None, False, [])}
    for first, second in EITHER:
        if {first, second} <= given:
            raise InputRefused("cli.either", first=_option(first), second=_option(second))
    for name, other in ONLY_WITH.items():
        if name in given and other not in given:
            raise InputRefused("cli.only_with", option=_option(name), other=_option(other))


def check_partitioned(values: Mapping[str, Any]) -> None:
    """Check that no option is given that means one town, where there are several.

    Raises
    ------
    InputRefused
        One is.
    """
    for name, value in values.items():
        if value not in (None, False, []):
            raise InputRefused("partitions.not_with", option=_option(name))


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _choice(value: str, kind: Any, code: str) -> Any:
    """Return a value of a Literal type; another is refused with `code`."""
    if value not in get_args(kind):
        raise InputRefused(code, value=value, known=", ".join(get_args(kind)))
    return value


def _finite(value: float, option: str) -> float:
    """Return a number; infinity and what is not a number are refused."""
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
