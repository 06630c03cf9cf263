"""The households of a list, kept packed: each is made when it is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from operator import eq
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from gridplan.exchange.tables.packed import Packed
from gridplan.model import Household

FIELDS: Final = ("household_id", "village", "lon", "lat", "name", "phone", "address", "door", "hamlet")


class Households(Sequence[Household]):
    """Households in their order, from one column for each of `FIELDS`; without a position lon and lat are nan."""

    def __init__(self, columns: Sequence[Packed[Any]]) -> None:
        self._columns = columns

    def __len__(self) -> int:
        """Return how many households there are."""
        return len(self._columns[0])

    def __iter__(self) -> Iterator[Household]:
        """Walk the households."""
        return map(_household, *self._columns)

    @overload
    def __getitem__(self, at: int) -> Household: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Household]: ...
    def __getitem__(self, at: int | slice) -> Household | Sequence[Household]:
        """Return the household at a place, or those of a slice."""
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        return _household(*(column[at] for column in self._columns))

    def __eq__(self, other: object) -> bool:
        """Return whether the other is a list of the same households."""
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]  # as Python asks of what compares by content

    def column(self, field: str) -> Packed[Any]:
        """Return one of the `FIELDS` of all households."""
        return self._columns[FIELDS.index(field)]

    def walk(self, field: str) -> Iterator[Any]:
        """Walk a field of all households; `has_place` is what `Household` says of it."""
        if field == "has_place":
            return (not math.isnan(lon) for lon in self.column("lon"))
        return iter(self.column(field))

    def lonlat(self) -> NDArray[np.float64]:
        """Return longitude and latitude (n, 2) of all households in WGS-84 degrees, nan for those without position."""
        return np.column_stack([np.fromiter(self.column(field), np.float64, len(self)) for field in ("lon", "lat")])


def fields_of(households: Sequence[Household], *fields: str) -> Iterator[tuple[Any, ...]]:
    """Walk some fields of households, without making each of those that are packed."""
    if isinstance(households, Households):
        return zip(*map(households.walk, fields), strict=True)
    return (tuple(getattr(home, field) for field in fields) for home in households)


def _household(
    household_id: str,
    village: str,
    lon: float,
    lat: float,
    name: str | None,
    phone: str | None,
    address: str | None,
    door: str | None,
    hamlet: str | None,
) -> Household:
    if math.isnan(lon):
        return Household(household_id, village, math.nan, math.nan, name, phone, address, door, hamlet, "hamlet")
    return Household(household_id, village, lon, lat, name, phone, address, door, hamlet)
