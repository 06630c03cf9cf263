"""The fields of a form, read one by one; what cannot be used is a sentence at its field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from gridplan.errors import InputRefused
from gridplan.exchange.tables.cells import CellRefused, check_position, check_text, parse_number
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

    def reject_cell(self, field: str, verdict: CellRefused) -> None:
        """Note that a list would refuse what is in a field, and why."""
        self.reject(field, "registry.cell", reason=verdict.reason, remedy=verdict.remedy)

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

    def text(self, field: str, *, required: bool = False, of_list: str | None = None) -> str | None:
        """Return a text on one line, None for a blank one; `of_list` is the field of a list that it is checked as."""
        plain = one_line(self.fields.get(field, ""))
        if required and not plain:
            self.reject(field, "registry.required")
        if len(plain) > LONGEST_TEXT:
            self.reject(field, "registry.too_long", most=LONGEST_TEXT, n=len(plain))
        try:
            check_text(of_list or field, plain)
        except CellRefused as verdict:
            self.reject_cell(field, verdict)
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
        """Return the fields lon and lat as a place, None if both are blank; they are read as those of a list are."""
        written = {field: self.fields.get(field, "").strip() for field in ("lon", "lat")}
        if not any(written.values()):
            return None
        try:
            lon, lat = (parse_number(field, text)[0] for field, text in written.items())
            check_position(lon, lat)
        except CellRefused as verdict:
            self.reject_cell(verdict.field, verdict)
            return None
        return lon, lat
