"""Packs made again with one press, the files made of snapshots, and the links by which each is fetched once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from gridplan.store.database import Store
from gridplan.store.rows import add_row, by_id, only_row
from gridplan.store.tables import account, download, pack, snapshot, snapshot_file

FOLDER: Final = "packs"
_OF_SNAPSHOT: Final = [column for column in snapshot.c if column.name != "figures"]


# ---- packs


def add(connection: Connection, values: Mapping[str, Any]) -> int:
    """Add a pack and return its id."""
    return add_row(connection, pack, values)


def in_use(connection: Connection) -> list[RowMapping]:
    """Return the packs that are not retired, by name, with who made each and when material was last made of it."""
    last = select(func.max(snapshot.c.made_at)).where(snapshot.c.pack_id == pack.c.id).scalar_subquery()
    found = select(pack, account.c.name.label("maker"), last.label("last_at")).join(account)
    return list(
        connection.execute(found.where(pack.c.retired_at.is_(None)).order_by(pack.c.name, pack.c.id)).mappings()
    )


def pack_by_id(connection: Connection, pack_id: int) -> RowMapping:
    """Return a pack that is not retired.

    Raises
    ------
    NotFound
        There is none.
    """
    return only_row(connection, select(pack).where(pack.c.id == pack_id, pack.c.retired_at.is_(None)))


def change(connection: Connection, pack_id: int, values: Mapping[str, Any]) -> None:
    """Keep what was changed of a pack."""
    connection.execute(update(pack).where(pack.c.id == pack_id).values(values))


def retire(connection: Connection, pack_id: int, now: datetime) -> None:
    """Offer a pack no more; what was made of it stays."""
    connection.execute(update(pack).where(pack.c.id == pack_id).values(retired_at=now))


# ---- the files of snapshots


def snapshots_with_files(connection: Connection, *, before: int | None, count: int) -> list[RowMapping]:
    """Return snapshots of which files were made, the newest first, with who made them and the name of the pack."""
    found = _snapshots().where(snapshot.c.id.in_(select(snapshot_file.c.snapshot_id)))
    if before is not None:
        found = found.where(snapshot.c.id < before)
    return list(connection.execute(found.order_by(snapshot.c.id.desc()).limit(count)).mappings())


def snapshot_by_id(connection: Connection, snapshot_id: int) -> RowMapping:
    """Return a snapshot, without its figures, with who made it and the name of its pack.

    Raises
    ------
    NotFound
        There is none.
    """
    return only_row(connection, _snapshots().where(snapshot.c.id == snapshot_id))


def _snapshots() -> Select[Any]:
    named = select(*_OF_SNAPSHOT, account.c.name.label("maker"), pack.c.name.label("pack"))
    return named.outerjoin(account, account.c.id == snapshot.c.made_by).outerjoin(pack, pack.c.id == snapshot.c.pack_id)


def files_of(connection: Connection, snapshot_id: int) -> list[RowMapping]:
    """Return the files of a snapshot, in the order they were asked for."""
    found = select(snapshot_file).where(snapshot_file.c.snapshot_id == snapshot_id).order_by(snapshot_file.c.id)
    return list(connection.execute(found).mappings())


def file_by_id(connection: Connection, file_id: int) -> RowMapping:
    """Return a file of a snapshot.

    Raises
    ------
    NotFound
        There is none.
    """
    return by_id(connection, snapshot_file, file_id)


def add_files(connection: Connection, snapshot_id: int, files: Sequence[Mapping[str, Any]]) -> None:
    """Add what was made of a snapshot."""
    connection.execute(insert(snapshot_file), [{**one, "snapshot_id": snapshot_id} for one in files])


def set_file(connection: Connection, file_id: int, values: Mapping[str, Any]) -> None:
    """Keep what was made again."""
    connection.execute(update(snapshot_file).where(snapshot_file.c.id == file_id).values(values))


def kept_names(connection: Connection) -> frozenset[str]:
    """Return the names of the files that are kept."""
    named = select(snapshot_file.c.file).where(snapshot_file.c.file.is_not(None))
    return frozenset(connection.execute(named).scalars())


def forget_files(connection: Connection, before: datetime) -> None:
    """Forget the files that were made before a moment: each is made again when it is asked for."""
    old = (snapshot_file.c.made_at < before) & snapshot_file.c.file.is_not(None)
    connection.execute(update(snapshot_file).where(old).values(file=None))


def path(store: Store, file: str) -> Path:
    """Return where a file is, or is to be."""
    return store.folder / FOLDER / file


def make_folder(store: Store) -> Path:
    """Make the folder of the files, for the service alone, and return it."""
    folder = store.folder / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


# ---- links


def add_link(connection: Connection, token_hash: str, file_id: int, account_id: int, expires_at: datetime) -> None:
    """Add a link by which an account fetches a file once."""
    values = {"token_hash": token_hash, "file_id": file_id, "account_id": account_id, "expires_at": expires_at}
    connection.execute(insert(download).values(values))


def link(connection: Connection, token_hash: str) -> RowMapping:
    """Return a link.

    Raises
    ------
    NotFound
        There is none.
    """
    return only_row(connection, select(download).where(download.c.token_hash == token_hash))


def use_link(connection: Connection, link_id: int, now: datetime) -> bool:
    """Use up a link; False where it was used before, or is too old."""
    good = download.c.used_at.is_(None) & (download.c.expires_at > now)
    used = update(download).where(download.c.id == link_id, good).values(used_at=now)
    return connection.execute(used).rowcount == 1


def forget_links(connection: Connection, before: datetime) -> None:
    """Forget the links that led to a file before a moment."""
    connection.execute(delete(download).where(download.c.expires_at < before))
