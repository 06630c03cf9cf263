"""Lists of households into households, and every row that cannot be one into a refusal with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, compress, repeat
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gridplan.coordinates import frame_named
from gridplan.errors import InputRefused
from gridplan.exchange.lists.hamlets import called_by_letters, hamlet_key_of, hamlet_spellings
from gridplan.exchange.lists.households.duplicates import near_duplicates
from gridplan.exchange.lists.households.household_ids import HouseholdIds
from gridplan.exchange.lists.households.household_notes import (
    TableReport,
    headers_by_field,
    household_notes,
    table_report,
)
from gridplan.exchange.lists.households.household_tables import HouseholdTable, check_ids, household_tables, in_units
from gridplan.exchange.lists.households.packed_households import FIELDS, Households
from gridplan.exchange.lists.households.village_lookup import find_villages, refuse_unlocated
from gridplan.exchange.lists.positions.positions import find_positions
from gridplan.exchange.lists.positions.unlabelled_positions import note_missing_positions
from gridplan.exchange.lists.refused_csv import join_refusals, write_refusals
from gridplan.exchange.lists.rows.rows import Refusal, Rows
from gridplan.exchange.lists.rows.told_villages import rows_of_village, told_villages
from gridplan.exchange.lists.village_names import ListedVillage, VillageNames
from gridplan.exchange.lists.villages import NAMED
from gridplan.exchange.tables.cells import shown
from gridplan.exchange.tables.columns import headers_shown
from gridplan.exchange.tables.packed import Packed, packed_rows
from gridplan.exchange.tables.read import read_all
from gridplan.exchange.tables.source import Source
from gridplan.model import Hamlet, Household, Village
from gridplan.words import Lang, Message, series

ALIKE_NAMED: Final = 20
"""Villages of one name with others that a note names."""


@dataclass(frozen=True, slots=True)
class HouseholdList:
    """The households of one or several tables in their order, the rows refused, and how the tables were understood.

    `columns` are the headers by field; positions taken from geometries have none. Every row is a household, is refused,
    or is counted in a note (blank rows, rows that repeat another word for word, persons of a household). A household
    without a position has `position` hamlet, and nan for lon and lat.

    `header` is that of the cells of the refused rows. `grid_of`, `lead_of` and `group_of` are the grids, leads and
    party groups that the list itself gives, by household id; `made_ids` those ids that the list does not have;
    `near_duplicates` pairs of ids that may be one household; `tables` what was read; `village_names` which villages
    there are, and what lists may call them.
    """

    households: Sequence[Household]
    refused: tuple[Refusal, ...]
    header: tuple[str, ...]
    columns: Mapping[str, str]
    notes: tuple[Message, ...]
    grid_of: Mapping[str, str] = field(default_factory=dict)
    lead_of: Mapping[str, str] = field(default_factory=dict)
    group_of: Mapping[str, str] = field(default_factory=dict)
    made_ids: frozenset[str] = frozenset()
    near_duplicates: tuple[tuple[str, str], ...] = ()
    tables: tuple[TableReport, ...] = ()
    village_names: VillageNames = field(default_factory=VillageNames, compare=False)


def read_households(
    sources: str | Sequence[str | Source],
    *,
    columns: Mapping[str, str] = MappingProxyType({}),
    villages: Sequence[Village] = (),
    snap: float = 0.0,
    frame: str | None = None,
    hamlets: Sequence[Hamlet] = (),
    stored: Sequence[Village] = (),
    beside: Collection[ListedVillage] = (),
) -> HouseholdList:
    """Return the households of FILE, FILE#layer or FILE#layer@FRAME, or of several such, as one list.

    A household's village is that of its column, else, of several tables, that which the sheet or the file is called
    after, else the one whose boundary holds it, else the nearest one within `snap` metres; a single file that knows no
    villages is one village. Rows of persons become households. What is never stored is dropped before all else.

    Parameters
    ----------
    sources
        The files.
    columns
        Headers by field (those of `HOUSEHOLD_FIELDS`) that win over what the headers suggest.
    villages
        The villages known; their way of writing a name wins.
    snap
        Metres; 0 for off.
    frame
        What positions are counted in: wgs84, cgcs2000, gcj02, bd09 or an EPSG code; by default what a file states.
    hamlets
        The hamlets known: they tell the village of a household that only names its hamlet.
    stored
        Villages that have names already, which stay.
    beside
        What other lists of the town call villages: they may tell several of one name.

    Raises
    ------
    InputRefused
        A file or its columns cannot be used, or none of the rows can.
    """
    stated = _frame(frame)
    tables_read = read_all([sources] if isinstance(sources, str) else sources)
    lists, aside = household_tables(tables_read, columns, VillageNames(stored, villages))
    several = len(lists) + len(aside) > 1
    anew = check_ids(lists)
    for table in lists:
        table.lonlat = find_positions(table.rows, stated, optional=True, villages=(*stored, *villages))
        if not hamlets:
            note_missing_positions(table.rows)
    names = VillageNames(stored, villages, (*_told(lists), *beside), partial(_places, lists))
    for table in lists:
        table.villages = _villages(table, names, snap, hamlets, several)
    if not any(table.villages for table in lists):
        raise _all_refused(lists)
    _spell_hamlets_alike(lists)
    ids = HouseholdIds([table.rows for table in lists], anew)
    entries = packed_rows(chain.from_iterable(_entries(table, ids) for table in lists), len(FIELDS) + 4)
    households = Households(entries.columns[: len(FIELDS)])
    id_column, (grids, leads, groups, made) = entries.columns[0], entries.columns[len(FIELDS) :]
    doubles = near_duplicates(households)
    header, refused_rows = join_refusals(
        [table.rows for table in lists], [table.village if several else None for table in lists]
    )
    tables = tuple(table_report(table, stated, names.villages) for table in lists)
    return HouseholdList(
        households=households,
        refused=refused_rows,
        header=header,
        columns=headers_by_field(lists),
        notes=(
            *aside,
            *_alike_notes(names, lists),
            *household_notes(lists, id_column, doubles, names.villages, stated, tables),
        ),
        grid_of=_by_id(id_column, grids, lists, "grid"),
        lead_of=_by_id(id_column, leads, lists, "lead"),
        group_of=_by_id(id_column, groups, lists, "group"),
        made_ids=frozenset(compress(id_column, made)),
        near_duplicates=doubles,
        tables=tables,
        village_names=names,
    )


def write_refused(path: Path, households: HouseholdList, lang: Lang) -> None:
    """Write the refused rows as CSV, to be mended and imported again, with row, column, value, reason and remedy."""
    write_refusals(path, households.header, households.refused, lang, several=len(households.tables) > 1)


def _frame(name: str | None) -> str | None:
    if name is None:
        return None
    if (frame := frame_named(name)) is None:
        raise InputRefused("read.frame", frame=name)
    return frame


def _told(lists: Sequence[HouseholdTable]) -> list[ListedVillage]:
    """Return the villages that tables tell of, those in most rows first."""
    told = sum((told_villages(table.rows, table.village) for table in lists), Counter[ListedVillage]())
    return [village for village, _ in told.most_common()]


def _places(lists: Sequence[HouseholdTable], village: ListedVillage) -> NDArray[np.float64]:
    """Return the positions (n, 2) of the rows of a village."""
    places = [table.lonlat[rows_of_village(table.rows, table.village, village)] for table in lists]
    lonlat = np.concatenate([np.empty((0, 2)), *places])
    return lonlat[~np.isnan(lonlat[:, 0])]


def _villages(
    table: HouseholdTable, names: VillageNames, snap: float, hamlets: Sequence[Hamlet], several: bool
) -> Sequence[str]:
    called = table.village
    if called is not None:
        found = names.find(ListedVillage(called))
        table.village = found[0].name if len(found) == 1 else called
        table.rows.note("read.note.called_after" if several else "read.note.one_village", village=table.village)
        refuse_unlocated(table.rows, table.lonlat, several=several)
    return find_villages(table.rows, called, table.lonlat, names, snap, hamlets)


def _alike_notes(names: VillageNames, lists: Iterable[HouseholdTable]) -> Iterator[Message]:
    """Yield which villages of one name the households are of, and of which in a file nothing tells which it is."""
    here = {village for table in lists for village in table.villages}
    alike = [villages for villages in names.of_one_name.values() if here.intersection(villages)]
    if alike:
        named = list(chain.from_iterable(alike))
        yield Message("read.note.villages_alike", {"n": len(named), "villages": series(named, ALIKE_NAMED)})
    for name in names.left_out:
        yield Message("read.note.village_unclear", {"name": shown(name)})


def _spell_hamlets_alike(lists: Sequence[HouseholdTable]) -> None:
    """Write every hamlet of a village as most rows do: 1组, 一组 and 第一组 are one, which a note says."""
    pairs = chain.from_iterable(map(_hamlets_written, lists))
    written = [(village, hamlet) for (village, hamlet), _ in Counter(pairs).most_common() if hamlet]
    lettered = called_by_letters(written)
    written = [pair for pair in written if pair not in lettered]
    meant = hamlet_spellings(written)
    other = {pair: name for pair in written if (name := meant[hamlet_key_of(*pair)]) != pair[1]}
    if not other:
        return
    for table in lists:
        village_of = dict(zip(table.rows, table.villages, strict=True))
        cells = [cell.strip() for cell in table.rows.cells("hamlet")]
        names = [other.get((village_of.get(at, ""), cell), cell) for at, cell in enumerate(cells)]
        if changed := {(cell, name) for cell, name in zip(cells, names, strict=True) if cell != name}:
            n = sum(cell != name for cell, name in zip(cells, names, strict=True))
            pairs_shown = series((f"{shown(cell)} = {name}" for cell, name in sorted(changed)), NAMED)
            table.rows.correct("hamlet", names)
            table.rows.note("read.note.hamlets_spelt", n=n, names=pairs_shown)


def _hamlets_written(table: HouseholdTable) -> Iterator[tuple[str, str]]:
    """Walk village and hamlet of the good rows."""
    return zip(table.villages, map(str.strip, table.rows.good(table.rows.cells("hamlet"))), strict=True)


def _all_refused(lists: Sequence[HouseholdTable]) -> InputRefused:
    rows = next((table.rows for table in lists if table.rows.refusals), lists[0].rows)
    at = min(rows.refusals)
    first = rows.refusals[at]
    return InputRefused(
        "read.all_refused",
        file=rows.name,
        n=len(rows.refusals),
        row=rows.number(at),
        column=first.column,
        value=first.value,
        reason=first.reason,
        remedy=first.remedy,
        names=headers_shown(rows.table.header),
    )


def _entries(table: HouseholdTable, ids: HouseholdIds) -> Iterator[tuple[Any, ...]]:
    """Walk the households of a table: their `FIELDS`, grid, lead and group as listed, and if the id was made."""
    rows, (lon, lat) = table.rows, table.lonlat[table.rows.are_good()].T
    texts = (_texts(rows, field) for field in ("name", "phone", "address", "door"))
    trimmed = (map(_trimmed, _texts(rows, field)) for field in ("hamlet", "grid", "lead", "group"))
    places = (ids.of(rows, table.villages), table.villages, map(float, lon), map(float, lat))
    entries = zip(*places, *texts, *trimmed, repeat("id" not in rows.column_of), strict=False)
    return entries if table.units is None else in_units(entries, map(table.units.__getitem__, rows))


def _by_id(ids: Packed[str], texts: Packed[str | None], lists: Iterable[HouseholdTable], field: str) -> dict[str, str]:
    """Return the texts of a field by household, if any of the tables has it."""
    if not any(field in table.rows.column_of for table in lists):
        return {}
    return {id_: text for id_, text in zip(ids, texts, strict=True) if text}


def _texts(rows: Rows, field: str) -> Iterator[str | None]:
    """Walk the texts of the good rows, None for those that are blank."""
    if field not in rows.column_of:
        return repeat(None)
    return (cell if cell and not cell.isspace() else None for cell in rows.good(rows.cells(field)))


def _trimmed(text: str | None) -> str | None:
    return text.strip() if text else None
