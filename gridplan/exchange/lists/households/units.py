"""Rows that stand for several households on one spot, as those of a block of flats may."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Set
from typing import Any, Final

from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.cells import refused

MOST_UNITS = 2_000
COUNT: Final = re.compile(r"0*([1-9]\d{0,3})(\.0*)?", re.ASCII)


def count_units(rows: Rows, ids: Set[str]) -> dict[int, int] | None:
    """Return how many households every good row stands for; None where the user named no column of that.

    Rows whose count is none, or whose households would have an id of `ids`, are refused.
    """
    if "units" not in rows.column_of:
        return None
    cells, own = rows.cells("units"), rows.cells("id")
    counts = {}
    for at in list(rows):
        found = COUNT.fullmatch(unicodedata.normalize("NFKC", cells[at]).strip())
        count = int(found[1]) if found else 0
        if not 1 <= count <= MOST_UNITS:
            rows.refuse(at, refused("units", "read.row.units", "read.remedy.units", most=MOST_UNITS))
        elif not ids.isdisjoint(f"{own[at]}/{number}" for number in range(1, count + 1)):
            rows.refuse(at, refused("id", "read.row.unit_id", "read.remedy.unique_id"))
        else:
            counts[at] = count
    return counts


def in_units(entries: Iterable[tuple[Any, ...]], counts: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    """Walk entries that start with an id, each as often as its household count says, with ids ID/1 to ID/N."""
    for (id_, *others), count in zip(entries, counts, strict=True):
        for number in range(1, count + 1):
            yield (f"{id_}/{number}", *others)
