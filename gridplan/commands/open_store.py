"""What the commands of the service have in common: opening the store of a town, and how its clocks show a moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from gridplan.errors import InputRefused
from gridplan.store import data_folder
from gridplan.words import NO_TITLES, use_titles

if TYPE_CHECKING:
    from gridplan.store import Store

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", envvar="GRIDPLAN_DATA", show_default=False)]
Database = Annotated[str | None, typer.Option("--db", metavar="URL", envvar="GRIDPLAN_DB", show_default=False)]
AnyDisk = Annotated[bool, typer.Option("--i-know")]


@contextmanager
def private_files() -> Iterator[None]:
    """Make files and folders that only the user who runs gridplan reads; processes of jobs do the same."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def open_town(data: Path | None, db: str | None, *, new: bool = False, any_disk: bool = False) -> Iterator[Store]:
    """Open the store of a town; a `new` one is made where there is none, and held for this process alone."""
    from gridplan.service.plans.party_groups import make_missing_groups
    from gridplan.store import Store
    from gridplan.store.system.town_settings import read_settings
    from gridplan.store.town_folder import mark_begun

    with ExitStack() as until_done:
        until_done.enter_context(private_files())
        folder = data_folder.make_data_folder(data, any_disk=any_disk) if new else existing_folder(data, db)
        if new:
            until_done.enter_context(data_folder.hold_folder(folder))
        store = Store(folder, db)
        until_done.callback(store.close)
        if new:
            until_done.enter_context(store.hold_database())
            store.upgrade()
            store.become_service()
            make_missing_groups(store, now=now())
            mark_begun(folder)
        else:
            store.check_tables()
        with store.read() as connection:
            use_titles(read_settings(connection).titles)
        until_done.callback(use_titles, NO_TITLES)
        yield store


def existing_folder(data: Path | None, db: str | None) -> Path:
    """Return the folder of a town that is there.

    Raises
    ------
    InputRefused
        There is none, or only traces of one.
    """
    from gridplan.store.town_folder import DATABASE, town_folder, traces

    folder = (data or data_folder.default_folder()).expanduser()
    if db is not None and not folder.is_dir():
        raise InputRefused("serve.no_files", folder=str(folder))
    if not folder.is_dir():
        raise InputRefused("serve.nothing_here", folder=str(folder))
    if db is None and not (town_folder(folder) / DATABASE).exists() and not traces(folder):
        raise InputRefused("serve.nothing_here", folder=str(folder))
    return folder


def now() -> datetime:
    """Return the moment, the only place where the clock is read."""
    return datetime.now(UTC)


def local_time(store: Store, moment: datetime) -> str:
    """Return a moment as the town's clocks show it."""
    from gridplan.store.system.town_settings import read_settings

    with store.read() as connection:
        zone = read_settings(connection).time_zone
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
