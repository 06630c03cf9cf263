"""The command that makes material for meetings, of a finished plan or of the service: one form in one format."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from gridplan.commands import options
from gridplan.commands.named_village import village_named
from gridplan.commands.open_store import Data, Database, now, open_town, private_files
from gridplan.commands.output_file import check_place, write_file
from gridplan.commands.terminal import err, exit_on_error, out
from gridplan.errors import InputRefused
from gridplan.model import Village
from gridplan.names import whole_number
from gridplan.profiles import PROFILES
from gridplan.words import Lang, file_size, say

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from gridplan.exchange.imagery import StoredTiles
    from gridplan.exchange.meeting.content import Content
    from gridplan.model import PlannedVillage, TownPlan
    from gridplan.service.meeting.forms import Asked
    from gridplan.store import Store

WHOLE_TOWN: Final = "town"


class Scope(NamedTuple):
    """What is wanted of a town: all of it, a village, or a grid of one."""

    village: str | None = None
    grid: int | None = None


def export(
    plan: Annotated[Path | None, typer.Argument(metavar="PLAN.GPKG", show_default=False)] = None,
    *,
    form: Annotated[str, typer.Option(metavar="FORM", show_default=False)],
    path: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", show_default=False)],
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", show_default=False)] = "",
    profile: Annotated[str, typer.Option(metavar="|".join(PROFILES))] = PROFILES[0],
    scope: Annotated[str, typer.Option(metavar="town|village:NAME|grid:ID")] = WHOLE_TOWN,
    size: Annotated[str, typer.Option(metavar="A0..A4|A1/A4", show_default=False)] = "",
    as_of: Annotated[datetime | None, typer.Option(metavar="DATE", formats=["%Y-%m-%d"], show_default=False)] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", show_default=False)] = "",
    ground: Annotated[bool, typer.Option("--ground")] = False,
    imagery: Annotated[bool, typer.Option("--imagery")] = False,
    data: Data = None,
    db: Database = None,
    lang: options.Language = "",
    quiet: options.Quiet = False,
) -> None:
    """Make a wall map, an atlas, rosters or another form of a finished plan, or of the plans in the service.

    Example: gridplan export plan/plan.gpkg --form map -o map.html
    """
    from gridplan.service.meeting.access import check_imagery
    from gridplan.service.meeting.content import content as content_of
    from gridplan.service.meeting.forms import asked_form
    from gridplan.service.meeting.pictures import pictures_of
    from gridplan.service.meeting.writing import write_form

    with exit_on_error(lang) as speech, private_files():
        asked = asked_form(form, (format_ or path.suffix.removeprefix(".")).lower(), profile, size)
        check_imagery(asked.profile, with_imagery=imagery)
        wanted = parse_scope(scope)
        check_place(path)
        working = say("export.making", speech, form=say(f"pack.form.{asked.form}", speech))
        with err.status(working) if err.is_terminal and not quiet else private_files():
            pictures: tuple[StoredTiles, ...] = ()
            if plan is not None:
                for option, is_given in (("--as-of", as_of is not None), ("--imagery", imagery)):
                    if is_given:
                        raise InputRefused("cli.either", first="PLAN.GPKG", second=option)
                content = _of_file(plan, asked, wanted, speech)
            else:
                day = None if as_of is None else as_of.date()
                with open_town(data, db) as store:
                    row = _snapshot(store, asked, wanted, day, reason, speech)
                    with store.read() as connection:
                        content = content_of(connection, row, asked.form)
                    pictures = pictures_of(store, row) if imagery else ()
            of_form = (content, asked.form, asked.format, asked.size)
            written = write_form(*of_form, with_ground=ground, pictures=pictures)
        write_file(path, written)
        if not quiet:
            told = {"file": str(path), "size": file_size(len(written)), "code": content.stamp.snapshot}
            out.print(say("export.written", speech, **told))


def parse_scope(text: str) -> Scope:
    """Return what a scope names.

    Raises
    ------
    InputRefused
        It is none.
    """
    kind, _, name = text.replace("：", ":", 1).partition(":")
    village, _, number = name.rpartition("-")
    if text == WHOLE_TOWN:
        return Scope()
    if kind == "village" and name:
        return Scope(name)
    if kind == "grid" and village and (grid := whole_number(number)) is not None:
        return Scope(village, grid)
    raise InputRefused("export.scope", scope=text)


def _of_file(path: Path, asked: Asked, wanted: Scope, lang: Lang) -> Content:
    """Return what the form of a finished plan is made of: it tells nothing of contact, nor who agreed to be named."""
    from gridplan.exchange.geopackage import read_plan
    from gridplan.exchange.meeting.content import Stamp
    from gridplan.service.meeting.content import content_of_plan
    from gridplan.store.town_folder import DATABASE

    if path.name == DATABASE or (path / DATABASE).exists():
        folder = path.parent if path.name == DATABASE else path
        raise InputRefused("export.is_service", path=str(path), folder=str(folder))
    if asked.needs != "plan":
        raise InputRefused("export.no_contact", form=asked.form)
    town = read_plan(path)
    if wanted.village is not None:
        wanted = wanted._replace(village=village_named(wanted.village, map(_called, town.villages), "export"))
    town, only = _part(town, wanted)
    stamp = Stamp(
        snapshot=hashlib.sha256(path.read_bytes()).hexdigest()[:8].upper(),
        day=now().astimezone().date(),
        profile=asked.profile,
        scope=wanted.village or say("count.villages", lang, n=len(town.villages)),
        asked_by=say("registry.command_line", lang),
        plans=path.name,
    )
    return content_of_plan(town, asked.profile, stamp, lang, only)


def _part(town: TownPlan, wanted: Scope) -> tuple[TownPlan, Mapping[str, tuple[int, ...]]]:
    """Return what is wanted of a town, and the number of the grid where only that is, by its village."""
    from gridplan.service.meeting.content import of_villages

    if wanted.village is None:
        return town, {}
    part = of_villages(town, [wanted.village])
    if wanted.grid is None:
        return part, {}
    if wanted.grid not in {grid.number for grid in part.villages[0].grids}:
        raise InputRefused("record.no_such_grid", grid=wanted.grid)
    return part, {wanted.village: (wanted.grid,)}


def _called(planned: PlannedVillage) -> Village:
    """Return a village of a finished plan as names are compared with it."""
    name = planned.plan.village
    return Village(name, planned.code, town=planned.town, listed_name=planned.listed_name)


def _snapshot(store: Store, asked: Asked, wanted: Scope, day: date | None, reason: str, lang: Lang) -> RowMapping:
    """Take the snapshot that the form is made of, which the audit tells, and return its row."""
    from gridplan.service.meeting.access import Asking
    from gridplan.service.meeting.snapshots import Wanted, take
    from gridplan.store import snapshots
    from gridplan.store.registry import villages

    with store.read() as connection:
        ids, known = villages.ids_by_name(connection), villages.models(connection)
    village_id = None if wanted.village is None else ids[village_named(wanted.village, known)]
    inside = None if village_id is None else [village_id]
    grids = {} if village_id is None or wanted.grid is None else {village_id: [wanted.grid]}
    of = Wanted(lang, asked.profile, inside, grids, as_of=day, reason=reason, forms=[asked.form])
    taken = take(store, Asking(None), of, now=now())
    with store.read() as connection:
        return snapshots.by_id(connection, taken)
