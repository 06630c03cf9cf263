"""Rosters: a list with a row for every person becomes one with a row for every household. The persons are dropped."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.cells import refused
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS, folded
from gridplan.exchange.tables.packed import Packed, packed, repeated_keys
from gridplan.exchange.tables.surrounding_rows import NAMED_ROWS, row_ranges
from gridplan.names import each_folded, folded_hamlet

HEADS: Final = re.compile(
    "户主|本人|户主本人|本人或户主|户主或本人|本户户主|家庭户主|head|headofhousehold|householdhead|householder|self"
)
"""What the head of a household is to the head, as `folded` writes it."""
HEAD = "户主"
HEAD_HEADERS: Final = HOUSEHOLD_FIELDS["name"][0]
PERSON_HEADERS: Final = frozenset().union(*HOUSEHOLD_FIELDS["name"][1:])
NUMBER_HEADERS: Final = HOUSEHOLD_FIELDS["id"][0]
OF_PLACE: Final = ("village", "town", "village_code", "hamlet")
ONE_BY_ONE: Final = ("id", "phone", "address", "door", *OF_PLACE, "grid", "lead", "group", "units")
"""Fields that a household has from its head, or else from the first person who has them."""


Place = tuple[str, str, str, str]
"""Village, its town and code, and hamlet, as a row has them."""


@dataclass(slots=True)
class _Home:
    """A household as far as its persons have been read."""

    number: str
    head: str
    place: Place
    persons: list[int] = field(default_factory=list)

    def may_be_in(self, place: Place) -> bool:
        return all(there in {"", here} for there, here in zip(place, self.place, strict=True))


class _Persons:
    """The columns that tell whose household a person is of."""

    def __init__(self, rows: Rows) -> None:
        named = rows.column_of.get("name")
        of_heads = named is not None and folded(rows.table.header[named]) in HEAD_HEADERS
        self.rows = rows
        self.names = (
            (rows.cells_under(PERSON_HEADERS) if of_heads else rows.cells("name")) if named is not None else None
        )
        self.heads = packed(map(str.strip, rows.cells("name" if of_heads else "")))
        self.relations = packed(map(folded, rows.cells("relation")))
        self.doors, self.numbers = (packed(map(str.strip, rows.cells(field))) for field in ("door", "id"))

    @cached_property
    def places(self) -> Packed[Place]:
        """Where each row says that its household is, as places are compared."""
        of_village = (each_folded(self.rows.cells(field).blocks()) for field in ("village", "town", "village_code"))
        return packed(zip(*of_village, map(folded_hamlet, self.rows.cells("hamlet")), strict=True))

    def is_head(self, at: int) -> bool:
        return HEADS.fullmatch(self.relations[at]) is not None

    def are_persons(self) -> bool:
        """Return whether the rows are persons rather than households."""
        if any(map(HEADS.fullmatch, self.relations)):
            return True
        numbered = "id" in self.rows.column_of and folded(self.rows.header_of("id")) in NUMBER_HEADERS
        if self.names is None or not (numbered or any(self.heads)):
            return "relation" in self.rows.column_of and _mostly_shared(self.numbers)
        if numbered:
            return _mostly_shared(self.numbers) and not self._stand_apart(self.numbers)
        keys = packed(zip(self.places, self.doors, self.heads, strict=True))
        return _mostly_shared(keys) and not self._stand_apart(keys)

    def have_numbers(self) -> bool:
        """Return whether the ids are those of households; those of persons are all there and all different."""
        if "id" not in self.rows.column_of:
            return False
        members = any(relation and not HEADS.fullmatch(relation) for relation in self.relations)
        return not members or len(set(self.numbers)) < len(self.numbers)

    def _stand_apart(self, keys: Iterable[Hashable]) -> bool:
        """Return whether rows of one key have different positions, as only households have."""
        places = zip(self.rows.cells("lon"), self.rows.cells("lat"), strict=True)
        place_of: dict[Hashable, tuple[str, str]] = {}
        return any(
            place_of.setdefault(key, place) != place
            for key, place in zip(_filled_down(keys), places, strict=True)
            if all(place)
        )


def merge_persons(rows: Rows) -> None:
    """Leave of each household one row, with what is known of it; refuse persons whose household is not to be found.

    Rows belong together by household number. Where there is none they do by their head: a row of a head starts a
    household, and those below it, or those that name this head, are of it. A list of households is left as it is.
    """
    persons = _Persons(rows)
    if not persons.are_persons():
        return
    by_number = persons.have_numbers()
    if not by_number:
        rows.column_of.pop("id", None)
    homes = _homes(rows, persons, by_number)
    headless = _merge(rows, persons, homes)
    rows.note("roster.merged", n=sum(len(home.persons) for home in homes), households=len(homes))
    if headless:
        rows.note("roster.headless", n=headless)
    _note_heads(rows, persons, homes)


def _homes(rows: Rows, persons: _Persons, by_number: bool) -> list[_Home]:
    homes: list[_Home] = []
    known: dict[tuple[str, ...], _Home] = {}
    for at in list(rows):
        number = persons.numbers[at] if by_number else ""
        head, place = persons.heads[at], persons.places[at]
        last = homes[-1] if homes and homes[-1].may_be_in(place) else None
        key = ("number", number, *place) if number else ("head", head, *place, persons.doors[at])
        if number:
            home = last if last and last.number == number else known.get(key)
        elif persons.is_head(at):
            home = None
        elif head:
            home = known.get(key) or (last if last and last.head == head else None)
        else:
            home = last if persons.relations[at] or by_number else None
        if home is None:
            if not (number or head or persons.is_head(at)) or (by_number and not number and not persons.is_head(at)):
                rows.refuse(at, refused("relation", "roster.row.no_household", "roster.remedy.number"))
                continue
            home = _Home(number, head or _name(persons, at), place)
            homes.append(home)
            known[key] = home
        home.persons.append(at)
    return homes


def _merge(rows: Rows, persons: _Persons, homes: Iterable[_Home]) -> int:
    """Put what is known of each household into the row of its head; return how many have none."""
    headless = 0
    columns = {name: list(rows.cells(name)) for name in rows.column_of}
    places = [name for name in columns if name not in {*ONE_BY_ONE, "name", "relation"}]
    names = list(rows.cells("name"))
    for home in homes:
        head = next(filter(persons.is_head, home.persons), None)
        if head is None:
            head = next((at for at in home.persons if home.head and _name(persons, at) == home.head), None)
        headless += not any(persons.is_head(at) or persons.heads[at] for at in home.persons)
        row = home.persons[0] if head is None else head
        names[row] = next(filter(None, (persons.heads[at] for at in (row, *home.persons))), _name(persons, row))
        for name in ONE_BY_ONE:
            if name in columns and not columns[name][row].strip():
                columns[name][row] = next(filter(str.strip, (columns[name][at] for at in home.persons)), "")
        if not any(columns[name][row].strip() for name in places):
            placed = (at for at in home.persons if any(columns[name][at].strip() for name in places))
            source = next(placed, row)
            for name in places:
                columns[name][row] = columns[name][source]
        if "relation" in columns:
            columns["relation"][row] = HEAD
        rows.absorb([at for at in home.persons if at != row])
    for name, cells in (columns | {"name": names} if "name" in columns else columns).items():
        rows.correct(name, cells)
    return headless


def _note_heads(rows: Rows, persons: _Persons, homes: Iterable[_Home]) -> None:
    """Say which households have several heads, or nobody with a name."""
    several, nameless = [], []
    for home in homes:
        heads = [at for at in home.persons if persons.is_head(at)]
        if len(heads) > 1:
            named = ", ".join(f"{_name(persons, at)} ({rows.number(at)})" for at in heads)
            several.append(f"{home.number or home.head}: {named}")
        if not (
            any(persons.heads[at] for at in home.persons) or any(_name(persons, at).strip() for at in home.persons)
        ):
            nameless.append(int(rows.number(home.persons[0])))
    if several:
        households = "; ".join(several[:NAMED_ROWS]) + (" …" if len(several) > NAMED_ROWS else "")
        rows.note("roster.several_heads", n=len(several), households=households)
    if nameless:
        rows.note("roster.nameless", n=len(nameless), rows=row_ranges(nameless))


def _name(persons: _Persons, at: int) -> str:
    return persons.names[at] if persons.names is not None else ""


def _filled_down(keys: Iterable[Hashable]) -> Iterator[Hashable]:
    """Walk keys with blanks under a key, as merged cells leave them, taken for that key."""
    last: Hashable = ""
    for key in keys:
        last = last if key == "" else key
        yield last


def _mostly_shared(keys: Packed[Any]) -> bool:
    """Return whether at least half of the rows share their key with another row."""
    return 2 * len(repeated_keys(_filled_down(keys))) >= len(keys)
