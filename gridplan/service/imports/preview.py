"""What was understood of files that were brought, and what they would change, as a page shows it: plain JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from gridplan.exchange.lists.households.households import HouseholdList
from gridplan.exchange.lists.rows.rows import Refusal
from gridplan.model import TownPlan
from gridplan.planning.existing.existing_grids import existing_grids
from gridplan.planning.import_notes import table_notes
from gridplan.service.imports.diff import ImportDiff, StoredTown
from gridplan.service.imports.preview_changes import change_groups, unsure_households
from gridplan.service.imports.preview_files import MENTIONED, file_preview
from gridplan.service.imports.preview_map import household_lonlat
from gridplan.service.imports.staging import ImportChoices, StagedLists
from gridplan.store.registry.villages import Scope
from gridplan.words import Message, message_to_json

REFUSED_ROWS_SHOWN: Final = 200
"""Refused rows that are shown; all of them are in the file."""
Json = dict[str, Any]


def preview(
    town: StoredTown,
    brought: StagedLists,
    proposal: ImportDiff,
    choices: ImportChoices,
    blocked: Sequence[Message],
    scope: Scope,
) -> Json:
    """Return all that the page shows, the points of the map aside; of the town only what is within a scope."""
    return {
        "fingerprint": town.fingerprint,
        "pieces": [file_preview(piece, brought) for piece in brought.pieces],
        "there": list(map(message_to_json, contents(brought))),
        "missing": list(map(message_to_json, missing_lists(town, brought))),
        "blocked": list(map(message_to_json, blocked)),
        "notes": [{"about": about, "said": message_to_json(note)} for about, note in _notes(brought, proposal)],
        "villages": _villages(brought, town),
        "refused": _refused(brought),
        "changes": dict(change_groups(town, proposal, scope)),
        "unsure": unsure_households(town, brought, proposal, choices, scope),
        "grids": _grids(brought),
        "touched": sorted(proposal.touched),
        "nothing": not proposal and brought.plan is None,
        "plan": _plan(brought.plan) if brought.plan else None,
        "map": any(np.isfinite(household_lonlat(brought.households)[:, 0]))
        if brought.households
        else bool(brought.villages),
    }


def contents(brought: StagedLists) -> Iterator[Message]:
    """Yield what was found, kind by kind."""
    if homes := brought.households:
        placed = sum(home.position == "exact" for home in homes.households)
        villages = len({home.village for home in homes.households})
        yield Message("imports.there.households", {"n": len(homes.households), "villages": villages, "placed": placed})
    if brought.members:
        yield Message("imports.there.members", {"n": len(brought.members.members)})
    if brought.villages:
        drawn = sum(village.boundary is not None for village in brought.villages)
        yield Message("imports.there.villages", {"n": len(brought.villages), "drawn": drawn})
    if brought.hamlets:
        yield Message("imports.there.hamlets", {"n": len(brought.hamlets)})
    for kind, shapes in brought.shapes.items():
        yield Message(f"imports.there.{kind}", {"n": len(shapes)})
    if brought.plan:
        yield Message("imports.there.plan", {"n": sum(len(one.grids) for one in brought.plan.villages)})
    if homes and homes.grid_of:
        yield Message("imports.there.grids", {"n": len(existing_grids(homes.households, homes.grid_of, {}).label_of)})


def missing_lists(town: StoredTown, brought: StagedLists) -> Iterator[Message]:
    """Yield what neither the files nor the store have, and what works without it."""
    if brought.plan:
        return
    homes = brought.households
    if homes is None and not town.households:
        yield Message("imports.missing.households")
    if homes:
        lost = sum(home.position != "exact" for home in homes.households)
        if lost == len(homes.households):
            yield Message("imports.missing.positions")
        elif lost:
            yield Message("imports.missing.some_positions", {"n": lost})
    if brought.members is None and not town.members:
        yield Message("imports.missing.members")
    known = {row["name"] for row in town.villages.values() if row["boundary"] is not None}
    known |= {village.name for village in brought.villages if village.boundary is not None}
    if homes and not {home.village for home in homes.households} <= known:
        yield Message("imports.missing.boundaries")
    if "barrier" not in town.shapes and "barrier" not in brought.shapes:
        yield Message("imports.missing.barriers")


def _notes(brought: StagedLists, proposal: ImportDiff) -> Iterator[tuple[str, Message]]:
    if brought.households:
        doubted = {doubt.code for table in brought.households.tables for doubt in table.doubts} | {MENTIONED}
        yield from (("", note) for note in table_notes(brought.households) if note.code not in doubted)
    yield from brought.notes
    if brought.members:
        yield from (("", note) for note in brought.members.notes)
    if strange := proposal.strange_villages:
        named = ", ".join(f"{name} ({n})" for name, n in strange.items())
        yield "", Message("imports.note.strange_villages", {"n": sum(strange.values()), "villages": named})


def _villages(brought: StagedLists, town: StoredTown) -> list[Json]:
    """Return every village of the lists with its households, hamlets, and how it was recognised."""
    homes = brought.households
    counted: Counter[str] = Counter()
    placed: Counter[str] = Counter()
    hamlets: dict[str, Counter[str]] = defaultdict(Counter)
    for home in homes.households if homes else ():
        counted[home.village] += 1
        placed[home.village] += home.position == "exact"
        if home.hamlet:
            hamlets[home.village][home.hamlet] += 1
    ways = _ways(homes) if homes else {}
    drawn = {village.name for village in brought.villages if village.boundary is not None}
    return [
        {
            "name": name,
            "n": counted[name],
            "placed": placed[name],
            "hamlets": [f"{hamlet} ({n})" for hamlet, n in hamlets[name].items()],
            "how": [message_to_json(way) for way in ways.get(name, ())],
            "known": name in town.villages,
            "drawn": name in drawn or (name in town.villages and town.villages[name]["boundary"] is not None),
        }
        for name in sorted({*counted, *(village.name for village in brought.villages)})
    ]


def _ways(listed: HouseholdList) -> dict[str, list[Message]]:
    ways: dict[str, list[Message]] = defaultdict(list)
    for table in listed.tables:
        if "village" in table.columns:
            way = Message("check.way.column", {"header": table.columns["village"]})
        elif table.called_after:
            way = Message("check.way.called", {"table": table.name})
        else:
            way = Message("check.way.found")
        for village in table.households:
            ways[village] += [] if way in ways[village] else [way]
    return ways


def _refused(brought: StagedLists) -> Json:
    homes: Sequence[Refusal] = brought.households.refused if brought.households else ()
    people: Sequence[Refusal] = brought.members.refused if brought.members else ()
    rows = [
        {
            "table": one.table,
            "row": one.row,
            "column": one.column,
            "value": one.value,
            "reason": message_to_json(one.reason),
            "remedy": message_to_json(one.remedy),
        }
        for one in (*homes, *people)[:REFUSED_ROWS_SHOWN]
    ]
    return {"households": len(homes), "members": len(people), "rows": rows}


def _grids(brought: StagedLists) -> Json | None:
    """Return how many grids the lists have already, and how many of them are within the usual bounds."""
    homes = brought.households
    if homes is None or not homes.grid_of:
        return None
    present = existing_grids(homes.households, homes.grid_of, homes.lead_of, brought.book)
    village = {home.household_id: home.village for home in homes.households}
    sizes = Counter((village[household], number) for household, number in present.grid_of.items())
    gridded = {name for name, _ in sizes}
    return {
        "n": len(sizes),
        "within": sum(10 <= size <= 15 for size in sizes.values()),
        "led": sum(map(bool, present.leads_of.values())),
        "in_none": sum(name in gridded for home, name in village.items() if home not in present.grid_of),
    }


def _plan(town: TownPlan) -> Json:
    return {
        "villages": len(town.villages),
        "households": sum(len(one.plan.households) for one in town.villages),
        "grids": sum(len(one.grids) for one in town.villages),
        "exceptions": len(town.exceptions),
    }
