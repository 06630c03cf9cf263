"""The fields of a form, read one by one; what cannot be used is a sentence at its field."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from gridplan.coordinates import LAT_RANGE, LON_RANGE
from gridplan.errors import InputRefused
from gridplan.names import LONGEST_TEXT, one_line, whole_number
from gridplan.words import Message

LONGEST_SHOWN: Final = 40
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
"""Days of forms lie between these: others are typed wrong, and calendars of months and years end near them."""


def shown(written: str) -> str:
    """Return what a sentence shows of what was written."""
    plain = one_line(written)
    return plain if len(plain) <= LONGEST_SHOWN else f"{plain[:LONGEST_SHOWN]}…"


class FormFields:
    """The fields of a form and what is wrong with them."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields
        self.problems: dict[str, Message] = {}

    def reject(self, field: str, code: str, **values: object) -> None:
        """Note what is wrong with a field; the first thing counts."""
        self.problems.setdefault(field, Message(code, values))

    def check(self) -> None:
        """Refuse the form where something in it is wrong.

        Raises
        ------
        InputRefused
            It is the first thing that is wrong; `problems` has all of them.
        """
        for problem in self.problems.values():
            raise InputRefused(problem.code, **problem.values)

    def text(self, field: str, *, required: bool = False) -> str | None:
        """Return a text on one line, None for a blank one."""
        plain = one_line(self.fields.get(field, ""))
        if required and not plain:
            self.reject(field, "registry.required")
        if len(plain) > LONGEST_TEXT:
            self.reject(field, "registry.too_long", most=LONGEST_TEXT, n=len(plain))
        return plain or None

    def whole_number(self, field: str, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        written = self.fields.get(field, "").strip()
        number = whole_number(written)
        if number is None or not least <= number <= most:
            self.reject(field, "registry.not_whole", value=shown(written), least=least, most=most)
            return least
        return number

    def day(self, field: str, *, latest: date | None = None) -> date | None:
        """Return a day as browsers send it, 2026-11-16; None for a blank one."""
        written = self.fields.get(field, "").strip()
        if not written:
            return None
        try:
            found = date.fromisoformat(written)
        except ValueError:
            self.reject(field, "registry.not_a_day", value=shown(written))
            return None
        if latest is not None and found > latest:
            self.reject(field, "registry.day_to_come", day=written)
        elif not FIRST_DAY <= found <= LAST_DAY:
            self.reject(
                field, "registry.day_too_far", day=written, first=FIRST_DAY.isoformat(), last=LAST_DAY.isoformat()
            )
        return found

    def required_day(self, field: str, *, latest: date) -> date:
        """Return a day that may not be blank."""
        found = self.day(field, latest=latest)
        if found is None:
            self.reject(field, "registry.required")
        return found or latest

    def chosen_id(self, field: str, known: Collection[int], *, required: bool = True) -> int | None:
        """Return the id chosen from a list, None where nothing was."""
        written = self.fields.get(field, "").strip()
        if not written and not required:
            return None
        chosen = next((id_ for id_ in known if str(id_) == written), None)
        if chosen is None:
            self.reject(field, "registry.not_in_list")
            return None
        return chosen

    def place(self) -> tuple[float, float] | None:
        """Return the fields lon and lat as a place, None if both are blank."""
        written = [self.fields.get(field, "").strip() for field in ("lon", "lat")]
        if not any(written):
            return None
        lon = self._degrees("lon", written[0], LON_RANGE)
        lat = self._degrees("lat", written[1], LAT_RANGE)
        return (lon, lat)

    def _degrees(self, field: str, written: str, bounds: tuple[float, float]) -> float:
        try:
            degrees = float(written)
        except ValueError:
            degrees = math.nan
        if not bounds[0] <= degrees <= bounds[1]:
            self.reject(field, "registry.not_degrees", value=shown(written), least=int(bounds[0]), most=int(bounds[1]))
        return degrees
