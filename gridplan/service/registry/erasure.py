"""A household that asks for it is erased: what will be lost is shown first, and nothing brings it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from shutil import rmtree

from sqlalchemy import RowMapping

from gridplan.errors import InputRefused
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who, packs
from gridplan.store.phone import journal
from gridplan.store.registry import erasure, households
from gridplan.store.registry.erasure import KnownOf


@dataclass(frozen=True, slots=True)
class ErasurePage:
    """A household, and what will be lost with it."""

    home: RowMapping
    known: KnownOf


def erasure_page(store: Store, household_id: int) -> ErasurePage:
    """Return a household with what will be lost when it is erased.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    with store.read() as connection:
        return ErasurePage(households.by_id(connection, household_id), erasure.known_of(connection, household_id))


def check_sure(form: FormFields) -> None:
    """Check that who erases a household has said to be sure.

    Raises
    ------
    InputRefused
        They have not.
    """
    if form.fields.get("sure") != "1":
        raise InputRefused("erase.not_sure")


def erase(store: Store, who: Who, household_id: int, *, now: datetime, today: date) -> None:
    """Erase a household: name, phone, place, visits, needs, reports and states, and the files of packs that name it.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    with store.change(who, "erase", "household", now=now) as change:
        connection = change.connection
        change.object_id, change.village_id = household_id, households.by_id(connection, household_id)["village_id"]
        change.detail = {"visits": erasure.known_of(connection, household_id).visits}
        packs.forget_files(connection, now)
        keys = erasure.erase(connection, household_id, day=today, now=now)
        journal.note_gone(store.data, keys, today)
    rmtree(store.folder / packs.FOLDER, ignore_errors=True)
