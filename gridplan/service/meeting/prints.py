"""The tick sheets and contact cards of a snapshot: numbered with it, and noted as printed in what keeps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from random import SystemRandom
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.calendar import Week, local_day
from gridplan.errors import InputRefused
from gridplan.exchange.paper.contact_cards import ContactCard
from gridplan.exchange.paper.tick_sheets import TickSheet
from gridplan.service.contact.card_printing import cards_of_grids
from gridplan.service.desk.sheet_printing import (
    NumberedSheet,
    keep_sheets,
    numbered,
    on_paper,
    sheets_of_grids,
    stored_sheets,
)
from gridplan.service.meeting.forms import Key
from gridplan.store import snapshots
from gridplan.store.contact import card_prints
from gridplan.store.contact.covers import GridNumber, InCharge, in_charge
from gridplan.store.contact.records import GridContact, grid_contacts
from gridplan.store.rows import Row
from gridplan.store.system.town_settings import read_settings


@dataclass(frozen=True)
class Prints:
    """What is noted as printed once a snapshot is kept."""

    sheets: tuple[NumberedSheet, ...] = ()
    leads: Mapping[GridNumber, int | None] = field(default_factory=dict)
    """Whom the contact cards of grids name."""
    cards: Mapping[int, int] = field(default_factory=dict)
    """How many cards these are, by village."""


def draw_prints(connection: Connection, row: Row, forms: Collection[Key]) -> Prints:
    """Return the sheets of the month and whom the cards name, of a snapshot that is not kept yet; nothing is stored.

    Raises
    ------
    InputRefused
        Nobody lives in its grids.
    """
    if not {"tick-sheets", "contact-cards"}.intersection(forms):
        return Prints()
    day, grids = _day(connection, row), _grids(connection, row)
    if not grids:
        raise InputRefused("record.no_grids")
    wanted = sheets_of_grids(connection, grids, Week.of(day).month, day) if "tick-sheets" in forms else []
    charged = in_charge(connection, day, {grid.plan_id for grid in grids})
    with_cards = grids if "contact-cards" in forms else []
    at = [(grid.plan_id, grid.number) for grid in with_cards]
    return Prints(
        tuple(numbered(connection, wanted, SystemRandom())),
        {one: charged.get(one, InCharge()).lead for one in at},
        Counter(grid.village_id for grid in with_cards for home in grid.households if not home.record.own),
    )


def keep_snapshot(connection: Connection, row: Row) -> int:
    """Keep a snapshot as it was frozen, with what is printed of it, and return its id.

    Raises
    ------
    Conflict
        One of its sheets was printed in the meantime, or another one under its number.
    """
    prints: Prints = row["prints"]
    keep_sheets(connection, prints.sheets, row["made_by"], row["made_at"])
    card_prints.note(connection, prints.leads, row["made_at"])
    return snapshots.add(connection, {name: value for name, value in row.items() if name not in ("maker", "prints")})


def audit_details(row: Row, forms: Iterable[Key]) -> dict[int | None, dict[str, Any]]:
    """Return what the audit tells of a snapshot that is taken, by village: its forms, and how much is printed."""
    prints: Prints = row["prints"]
    told = {"profile": row["profile"], "code": row["code"], "forms": [*dict.fromkeys(forms)]}
    counts = {"sheets": Counter(one.sheet.village_id for one in prints.sheets), "cards": prints.cards}
    return {
        village_id: told | {what: n[village_id] for what, n in counts.items() if village_id in n}
        for village_id in row["villages"]
    }


def printed_sheets(connection: Connection, row: Row) -> tuple[TickSheet, ...]:
    """Return the tick sheets of a snapshot: those that are stored, or drawn with it; names where the town has them."""
    prints: Prints | None = row.get("prints")
    if prints is None:
        of = stored_sheets(connection, None, row["figures"]["sheets"])
    else:
        of = {one.number: one.sheet for one in prints.sheets}
    names = read_settings(connection).household_names
    return tuple(on_paper(connection, of, row["lang"], names=names, today=_day(connection, row)))


def printed_cards(connection: Connection, row: Row) -> tuple[ContactCard, ...]:
    """Return the contact cards of all households of a snapshot but those of leads themselves."""
    day, grids = _day(connection, row), _grids(connection, row)
    charged = in_charge(connection, day, {grid.plan_id for grid in grids})
    return tuple(cards_of_grids(connection, grids, charged, day, row["lang"]))


def _day(connection: Connection, row: Row) -> date:
    return local_day(row["as_of"], ZoneInfo(read_settings(connection).time_zone))


def _grids(connection: Connection, row: Row) -> list[GridContact]:
    """Return the grids of a snapshot with who lived there on its day."""
    sizes = row["figures"]["sizes"]
    at = {(one["id"], int(number)) for one in row["plans"] for number in sizes[str(one["village"])]}
    zone = ZoneInfo(read_settings(connection).time_zone)
    return grid_contacts(connection, _day(connection, row), zone, only=at)
