"""What the rows of lists tell of their villages: name, town and code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import repeat
from typing import Final

from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.lists.village_names import ListedVillage
from gridplan.exchange.tables.cells import CellRefused, refused
from gridplan.exchange.tables.columns import Synonyms
from gridplan.exchange.tables.source import Table
from gridplan.model import Village
from gridplan.words import series

VillageCells = tuple[str, str, str]
"""Village, town and code of a row, as they are written."""
FIELDS: Final = ("village", "town", "village_code")
NAMED: Final = 5
"""Villages that a refusal names."""


def village_cells(rows: Rows, called: str | None = None) -> Iterator[VillageCells]:
    """Walk what every row tells of its village; a list may be `called` after one."""
    villages = rows.cells("village") if called is None else repeat(called)
    return zip(villages, rows.cells("town"), rows.cells("village_code"), strict=False)


def listed_village(cells: VillageCells) -> ListedVillage:
    """Return the village that a row tells of."""
    return ListedVillage(*map(str.strip, cells))


def refused_alike(villages: Iterable[Village]) -> CellRefused:
    """Return the verdict on a row that may mean each of several villages of one name."""
    choices = series((one.name for one in villages), NAMED)
    return refused("village", "read.row.villages_alike", "read.remedy.tell_apart", choices=choices)


def told_villages(rows: Rows, called: str | None = None) -> Counter[ListedVillage]:
    """Return the villages that the good rows of a list tell of, and how many rows do."""
    told: Counter[ListedVillage] = Counter()
    for cells, n in Counter(rows.good(village_cells(rows, called))).items():
        told[listed_village(cells)] += n
    return told


def rows_of_village(rows: Rows, called: str | None, village: ListedVillage) -> list[int]:
    """Return the good rows that tell of a village in these very words."""
    wanted: dict[VillageCells, bool] = {}
    found = []
    for at, cells in zip(rows, rows.good(village_cells(rows, called)), strict=True):
        if (is_it := wanted.get(cells)) is None:
            is_it = wanted[cells] = listed_village(cells) == village
        if is_it:
            found.append(at)
    return found


def villages_in_tables(tables: Iterable[Table], fields: Synonyms, columns: Mapping[str, str]) -> Counter[ListedVillage]:
    """Return the villages that lists tell of; `columns` are headers by field as they were named.

    Raises
    ------
    InputRefused
        A list has no rows, or its columns are ambiguous or not those wanted.
    """
    told: Counter[ListedVillage] = Counter()
    for table in tables:
        wanted = {field: header for field, header in {**columns, **table.source.columns}.items() if field in FIELDS}
        told += told_villages(Rows(table, {field: fields[field] for field in FIELDS if field in fields}, wanted))
    return told
