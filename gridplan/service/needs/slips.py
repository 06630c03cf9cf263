"""The slips by which departments have needs: printed as often as one likes, counted once they are reminders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import RowMapping

from gridplan.errors import InputRefused
from gridplan.exchange.paper.referral_slips import ReferralSlip
from gridplan.needs import Step, is_overdue, reminders, standing_steps
from gridplan.service.lists.filters import Reader
from gridplan.service.lists.nouns import NEEDS
from gridplan.service.lists.page import understood
from gridplan.store import Store, Who, needs
from gridplan.store.needs import By
from gridplan.store.rows import Row
from gridplan.store.system.town_settings import read_settings
from gridplan.words import Lang, say

MOST: Final = 500
"""Slips that are printed at once."""


def referred_in_list(store: Store, reader: Reader, asked: Mapping[str, str]) -> list[int]:
    """Return the numbers of the needs that departments have, of those a list is asked for, in its order."""
    with store.read() as connection:
        found = understood(connection, NEEDS, reader, asked)
        return [row["n"] for row in found.listing.walk(connection, found.query) if row["state"] == "referred"][:MOST]


def print_slips(
    store: Store, who: Who, numbers: Iterable[int], lang: Lang, *, now: datetime, today: date
) -> list[ReferralSlip]:
    """Return the slips of needs; printing that of an overdue one reminds the department, once a day.

    Who may is asked before.

    Raises
    ------
    InputRefused
        No department has any of them.
    """
    slips, villages = [], dict[int | None, int]()
    with store.change(who, "print slips", "need", now=now) as change:
        connection = change.connection
        town = read_settings(connection).name
        for n in numbers:
            if needs.hold(connection, n)["state"] != "referred":
                continue
            row = needs.by_n(connection, n)
            if is_overdue(row["state"], row["deadline"], today):
                id_ = str(uuid5(UUID(row["id"]), f"reminded {today.isoformat()}"))
                needs.add_step(connection, n, Step(id_, "reminded", today), By(who.account_id, now))
            slips.append(_slip(row, needs.steps_of(connection, [n])[n], town, lang, today))
            villages[row["village_id"]] = villages.get(row["village_id"], 0) + 1
        if not slips:
            raise InputRefused("need.no_slips")
        change.by_village = {village_id: {"needs": count} for village_id, count in villages.items()}
    return slips


def _slip(row: Row, rows: Iterable[RowMapping], town: str, lang: Lang, today: date) -> ReferralSlip:
    steps = needs.steps(rows)
    referred = next(step for step in reversed(standing_steps(steps)) if step.kind == "referred")
    home = row["home"] if referred.content.get("with_door") else None
    place = [row["village"], *((home["hamlet"], home["door"] or home["address"]) if home else ())]
    return ReferralSlip(
        number=row["n"],
        town=town,
        department=row["department"],
        category=say(f"need.category.{row['category']}", lang),
        text=row["text"] or say("need.erased", lang),
        place=" ".join(filter(None, place)),
        referred=referred.day,
        deadline=row["deadline"],
        contact_person=row["contact_person"],
        printed=today,
        reminder=reminders(steps) if is_overdue(row["state"], row["deadline"], today) else 0,
    )
