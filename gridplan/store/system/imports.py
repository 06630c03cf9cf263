"""Import batches: uploaded files with their preview or result, and the rows of the town that lists may change.

The rows of lists stay in the files and here only until they are confirmed or discarded, a day at most.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, func, or_, select, update

from gridplan.store.registry.villages import with_village
from gridplan.store.rows import add_row, by_name, only_row
from gridplan.store.tables import account, audit, household, import_batch, member, village

Files = Sequence[Mapping[str, Any]]


def add(connection: Connection, *, folder: str, files: Files, made_by: int, now: datetime) -> int:
    """Add an import batch of some files and return its id."""
    values = {"folder": folder, "files": list(files), "made_by": made_by, "made_at": now, "state": "open"}
    return add_row(connection, import_batch, values | {"choices": {}, "preview": {}, "result": {}})


def _with_maker() -> Select[Any]:
    return select(import_batch, account.c.name.label("maker")).join(account, account.c.id == import_batch.c.made_by)


def by_id(connection: Connection, batch_id: int) -> RowMapping:
    """Return an import batch with the name of its maker.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    return only_row(connection, _with_maker().where(import_batch.c.id == batch_id))


def open_batches(connection: Connection) -> list[RowMapping]:
    """Return the import batches that are neither confirmed nor discarded, the newest first."""
    found = _with_maker().where(import_batch.c.state == "open").order_by(import_batch.c.id.desc())
    return list(connection.execute(found).mappings())


def closed_folders(connection: Connection, names: Collection[str]) -> list[str]:
    """Return which of some folders are of batches that are confirmed or discarded."""
    found = select(import_batch.c.folder).where(import_batch.c.folder.in_(tuple(names)), import_batch.c.state != "open")
    return list(connection.execute(found).scalars())


def change(connection: Connection, batch_id: int, **values: object) -> None:
    """Put other values into the columns of an import batch."""
    connection.execute(update(import_batch).where(import_batch.c.id == batch_id).values(**values))


def discard_open(connection: Connection) -> None:
    """Discard the batches that are open: their files are not there."""
    values = {"state": "discarded", "files": [], "choices": {}, "preview": {}}
    connection.execute(update(import_batch).where(import_batch.c.state == "open").values(**values))


def all_villages(connection: Connection) -> list[RowMapping]:
    """Return all villages, retired ones too, in the order of their names."""
    return list(connection.execute(select(village).order_by(by_name(village.c.name))).mappings())


def rows_by_code(connection: Connection, table: Table) -> dict[str, dict[str, Any]]:
    """Return all households or members with the names of their villages, retired ones too, in the order of codes."""
    found = connection.execute(with_village(table).order_by(table.c.code)).mappings()
    return {row["code"]: dict(row) for row in found}


def fingerprint(connection: Connection) -> str:
    """Return a text that is another one after each change that a list could make.

    Rows of villages, households and members are never deleted and get a higher version with each change, so that their
    count or the sum of their versions grows. Places of hamlets and features have no version: of them the latest audited
    change counts, and that of a loaded plan, which may give a village its boundary.
    """
    counted = [
        connection.execute(select(func.count(), func.sum(table.c.version))).one()
        for table in (village, household, member)
    ]
    unversioned = or_(audit.c.object.in_(("hamlet", "feature", "lists")), audit.c.verb == "load")
    latest = connection.execute(select(func.max(audit.c.id)).where(unversioned)).scalar_one()
    return f"{latest}:" + ":".join(f"{n}/{versions}" for n, versions in counted)
