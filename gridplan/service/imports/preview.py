"""The preview of an import: the job that makes it, and all that its page shows, as plain JSON.

Its files are in preview_files.py, what the lists would change is in preview_changes.py.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypedDict

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import RowMapping

from gridplan import metrics
from gridplan.coordinates import far_from, metres_between, middle_of, overlapped
from gridplan.exchange.lists.households.households import HouseholdList, write_refused
from gridplan.exchange.lists.members import write_refused_members
from gridplan.exchange.lists.rows.rows import Refusal
from gridplan.model import SizeBounds, TownPlan
from gridplan.names import sort_key
from gridplan.planning.existing.existing_grids import existing_grids
from gridplan.planning.hamlet_places import unplaced_hamlets
from gridplan.planning.import_notes import hamlets_shown, recognised_by, table_notes
from gridplan.service.imports.alike_villages import VillageQuestion
from gridplan.service.imports.diff import NAMES_SHOWN, StagedBatch, StoredTown, import_blockers, stage_batch
from gridplan.service.imports.own_villages import OwnPart
from gridplan.service.imports.preview_changes import ChangeGroup, change_groups, unsure_households
from gridplan.service.imports.preview_files import MENTIONED, FilePreview, file_preview
from gridplan.service.imports.staging import StagedLists
from gridplan.service.imports.village_gaps import VillageGaps, village_gaps
from gridplan.service.imports.village_gate import VillageGate, village_gate
from gridplan.service.jobs.control import Progress, finish_job
from gridplan.store import Store
from gridplan.store.registry import households
from gridplan.store.system import imports
from gridplan.words import LANGS, Message, bracketed, message_to_json, series

PREVIEW_MAP: Final = "map.json"
"""The file of a `MapPreview` in the folder of a batch."""
POINTS_SHOWN: Final = 5_000
SIMPLER: Final = 0.00003
"""Degrees; some three metres."""
REFUSED_ROWS_SHOWN: Final = 200
"""Refused rows that are shown; all of them are in the file."""
Json = dict[str, Any]


class Preview(TypedDict):
    """All that the page shows, the positions on the map aside."""

    fingerprint: str
    """Of the town that the lists were compared with."""
    files: list[FilePreview]
    contents: list[Json]
    """What was found, kind by kind, as sentences."""
    missing: list[Json]
    """What neither the files nor the town have, and what works without it, as sentences."""
    blockers: list[Json]
    """Why nothing can be applied as it is, as sentences."""
    alike: list[VillageQuestion]
    """Villages that may be others under another name."""
    own: Json | None
    """How much of the lists is about the planner's own villages (`said`), and whether only that is taken."""
    choice: Json | None
    """The villages of the lists (`villages`), and how much of those that are left out stays out (`said`)."""
    gate: VillageGate | None
    """What has to be ticked before it is applied."""
    gaps: VillageGaps | None
    """Villages in parts far apart, of which the planner has to say that each is one."""
    notes: list[Json]
    villages: list[Json]
    """The villages of the lists, how each was recognised and what it has."""
    refused: Json
    """How many rows of households and members are refused, and the first of them with reason and remedy."""
    changes: dict[str, ChangeGroup]
    unsure: list[Json]
    """Households that may be one that is known, or new."""
    grids: Json | None
    """The grids that the lists have already."""
    touched: list[int]
    """Ids of the villages that the lists are about."""
    is_empty: bool
    """Whether the lists change nothing."""
    plan: Json | None
    """The size of a finished plan."""
    has_map: bool


def is_complete(preview: Mapping[str, Any]) -> bool:
    """Return whether a stored preview has all that this version shows; one of an earlier version may not."""
    files = preview.get("files", ())
    return preview.keys() == Preview.__annotations__.keys() and all(
        file.keys() == FilePreview.__annotations__.keys() for file in files
    )


class MapPreview(TypedDict):
    """The positions of lists beside the outlines of villages, so that a wrong frame is seen."""

    villages: list[Json]
    """`name`, `shape`, and whether the lists have it (`named`)."""
    points: list[list[float | bool | None]]
    """A sample of the positions: longitude, latitude, whether it lies in its own village (None: no boundary)."""
    counts: list[int]
    """Of all positions: in the own village, outside of it, in villages without a boundary."""
    strays: list[Json]
    """The first of those far from their village, the farthest first: `who`, `village`, `kilometres` from its middle."""
    stray_count: int


# ---- the job


def preview_batch(store: Store, request: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Return the preview of an import batch, and write its map and refused rows; in the job's own process."""
    batch = stage_batch(store, request, progress)
    for lang in LANGS:
        if batch.lists.households:
            write_refused(batch.folder / refused_file("households", lang), batch.lists.households, lang)
        if batch.lists.members:
            write_refused_members(batch.folder / refused_file("members", lang), batch.lists.members, lang)
    (batch.folder / PREVIEW_MAP).write_text(json.dumps(preview_map(batch), ensure_ascii=False), encoding="utf-8")
    return {"files": batch.files, "preview": preview(batch)}


def refused_file(kind: str, lang: str) -> str:
    """Return the name of the file with the refused rows of households or members, in a language."""
    return f"refused_{kind}.{lang}.csv"


def save_preview(store: Store, job: RowMapping, found: Mapping[str, Any], now: datetime) -> None:
    """Save a preview, unless the files or choices have changed since; in the service."""
    batch_id = job["request"]["batch_id"]
    with store.write() as connection:
        row = imports.by_id(connection, batch_id)
        if row["state"] == "open" and row["job_id"] == job["id"]:
            imports.change(connection, batch_id, files=list(found["files"]), preview=found["preview"])
        finish_job(connection, job, {"batch_id": batch_id}, now)


# ---- what the page shows


def preview(batch: StagedBatch) -> Preview:
    """Return all that the page shows, the map aside; of the town only what is within the scope."""
    town, lists, diff = batch.town, batch.lists, batch.diff
    return {
        "fingerprint": town.fingerprint,
        "files": [file_preview(file, lists) for file in lists.files],
        "contents": list(map(message_to_json, _contents(lists))),
        "missing": list(map(message_to_json, _missing(town, lists))),
        "blockers": list(map(message_to_json, import_blockers(batch))),
        "alike": batch.village_questions,
        "own": _own_villages_said(batch),
        "choice": _choice(batch),
        "gate": village_gate(batch),
        "gaps": village_gaps(batch),
        "notes": [{"about": about, "note": message_to_json(note)} for about, note in _notes(batch)],
        "villages": _villages(lists, town),
        "refused": _refused(lists),
        "changes": dict(change_groups(batch)),
        "unsure": unsure_households(batch),
        "grids": _grids(lists),
        "touched": sorted(diff.touched),
        "is_empty": not diff.counts and lists.plan is None,
        "plan": _plan(lists.plan) if lists.plan else None,
        "has_map": bool(np.isfinite(_lonlat(lists.households)).any()) if lists.households else bool(lists.villages),
    }


def _own_villages_said(batch: StagedBatch) -> Json | None:
    if batch.own is None:
        return None
    code = "imports.own_taken" if batch.choices.only_own else "imports.own_what"
    return {"said": _part_said(code, batch.own), "is_taken": batch.choices.only_own}


def _choice(batch: StagedBatch) -> Json | None:
    choice, left_out = batch.choice, batch.choices.left_out
    if choice is None:
        return None
    villages = [
        {"name": name, "n": choice.counted[name], "is_taken": name not in left_out}
        for name in sorted(choice.counted, key=sort_key)
    ]
    return {"villages": villages, "said": _part_said("imports.choose_taken", choice.part) if left_out else None}


def _part_said(code: str, part: OwnPart) -> Json:
    """Return a sentence on what is taken of lists (`n`) and what stays out (`left`)."""
    counts = {
        "count.villages": part.others,
        "count.households": part.left_out,
        "imports.contents.members": part.members,
        "imports.own_shapes": part.shapes,
    }
    out = series(Message(code, {"n": n}) for code, n in counts.items() if n)
    return message_to_json(Message(code, {"n": part.households, "left": out}))


def _contents(lists: StagedLists) -> Iterator[Message]:
    if homes := lists.households:
        placed = sum(home.position == "exact" for home in homes.households)
        villages = Message("count.villages", {"n": len({home.village for home in homes.households})})
        found = {"n": len(homes.households), "villages": villages, "placed": placed}
        yield Message("imports.contents.households", found)
    if lists.members:
        yield Message("imports.contents.members", {"n": len(lists.members.members)})
    if lists.villages:
        drawn = sum(village.boundary is not None for village in lists.villages)
        yield Message("imports.contents.villages", {"n": len(lists.villages), "drawn": drawn})
    if lists.hamlets:
        yield Message("imports.contents.hamlets", {"n": len(lists.hamlets)})
    for kind, shapes in lists.shapes.items():
        yield Message(f"imports.contents.{kind}", {"n": len(shapes)})
    if lists.plan:
        yield Message("imports.contents.plan", {"n": metrics.grids(lists.plan)})
    if homes and homes.grid_of:
        yield Message(
            "imports.contents.grids", {"n": len(existing_grids(homes.households, homes.grid_of, {}).label_of)}
        )


def _missing(town: StoredTown, lists: StagedLists) -> Iterator[Message]:
    if lists.plan:
        return
    homes = lists.households
    if homes is None and not town.households:
        yield Message("imports.missing.households")
    if homes:
        unplaced = sum(home.position != "exact" for home in homes.households)
        if unplaced == len(homes.households):
            yield Message("imports.missing.positions")
        elif unplaced:
            yield Message("imports.missing.some_positions", {"n": unplaced})
    if lists.members is None and not town.members:
        yield Message("imports.missing.members")
    known = {row["name"] for row in town.villages.values() if row["boundary"] is not None}
    known |= {village.name for village in lists.villages if village.boundary is not None}
    if homes and not {home.village for home in homes.households} <= known:
        yield Message("imports.missing.boundaries")
    if "barrier" not in town.shapes and "barrier" not in lists.shapes:
        yield Message("imports.missing.barriers")


def _notes(batch: StagedBatch) -> Iterator[tuple[str, Message]]:
    lists = batch.lists
    if lists.households:
        doubted = {doubt.code for table in lists.households.tables for doubt in table.doubts} | {*MENTIONED}
        yield from (("", note) for note in table_notes(lists.households) if note.code not in doubted)
    yield from lists.notes
    yield from (("", note) for note in _unplaced(batch))
    if lists.members:
        yield from (("", note) for note in lists.members.notes)
    yield from (("", note) for note in _boundary_notes(batch))
    if unknown := batch.diff.unknown_villages:
        named = series(bracketed(name, str(n)) for name, n in unknown.items())
        yield "", Message("imports.note.unknown_villages", {"n": sum(unknown.values()), "villages": named})


def _boundary_notes(batch: StagedBatch) -> Iterator[Message]:
    """Yield that boundaries of the lists cover ground of villages that are not among them."""
    drawn = {one.name: one.boundary for one in batch.lists.villages if one.boundary is not None}
    there = {
        name: row["boundary"]
        for name, row in batch.town.villages.items()
        if name not in drawn and row["boundary"] is not None and row["retired_on"] is None
    }
    pairs = [(name, other) for name, boundary in drawn.items() for other in overlapped(boundary, there)]
    if pairs:
        named = series((" / ".join(pair) for pair in pairs), NAMES_SHOWN)
        yield Message("read.note.villages_overlap", {"n": len(pairs), "villages": named})


def _unplaced(batch: StagedBatch) -> Iterator[Message]:
    """Yield which hamlets of the lists have no place, neither there nor in the town."""
    homes = batch.lists.households.households if batch.lists.households else ()
    listed = {home.village for home in homes if not home.has_place}
    stored = (row for row in batch.town.households.values() if row["village"] in listed and row["lon"] is not None)
    places = (*batch.town.hamlets, *batch.lists.hamlets)
    yield from unplaced_hamlets((*homes, *map(households.model_of, stored)) if listed else (), places)


def _villages(lists: StagedLists, town: StoredTown) -> list[Json]:
    """Return every village of the lists with its households, hamlets, and how it was recognised."""
    homes = lists.households
    counted: Counter[str] = Counter()
    placed: Counter[str] = Counter()
    hamlets: dict[str, Counter[str]] = defaultdict(Counter)
    for home in homes.households if homes else ():
        counted[home.village] += 1
        placed[home.village] += home.position == "exact"
        if home.hamlet:
            hamlets[home.village][home.hamlet] += 1
    ways = recognised_by(homes) if homes else {}
    drawn = {village.name for village in lists.villages if village.boundary is not None}
    return [
        {
            "name": name,
            "n": counted[name],
            "placed": placed[name],
            "hamlets": message_to_json(hamlets_shown(hamlets[name])),
            "how": [message_to_json(way) for way in ways.get(name, ())],
            "known": name in town.villages,
            "drawn": name in drawn or (name in town.villages and town.villages[name]["boundary"] is not None),
        }
        for name in sorted({*counted, *(village.name for village in lists.villages)}, key=sort_key)
    ]


def _refused(lists: StagedLists) -> Json:
    homes: Sequence[Refusal] = lists.households.refused if lists.households else ()
    people: Sequence[Refusal] = lists.members.refused if lists.members else ()
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


def _grids(lists: StagedLists) -> Json | None:
    """Return how many grids the lists have already, and how many of them are within the usual bounds."""
    homes = lists.households
    if homes is None or not homes.grid_of:
        return None
    existing = existing_grids(homes.households, homes.grid_of, homes.lead_of, lists.book)
    village = {home.household_id: home.village for home in homes.households}
    sizes = Counter((village[household], number) for household, number in existing.grid_of.items())
    gridded = {name for name, _ in sizes}
    inside = [home for home, name in village.items() if name in gridded]
    return {
        "n": len(sizes),
        "within": sum(map(SizeBounds().holds, sizes.values())),
        "led": sum(map(bool, existing.leads_of.values())),
        "villages": len(gridded),
        "households": len(inside),
        "in_none": sum(home not in existing.grid_of for home in inside),
        "other_villages": len({*village.values()} - gridded),
        "other_households": len(village) - len(inside),
    }


def _plan(town: TownPlan) -> Json:
    return {
        "villages": len(town.villages),
        "households": metrics.households(town),
        "grids": metrics.grids(town),
        "exceptions": len(town.exceptions),
    }


# ---- the map


def preview_map(batch: StagedBatch) -> MapPreview:
    """Return what the map shows; of the town's villages only those within the scope have an outline."""
    lists, scope = batch.lists, batch.scope
    own = [(name, row) for name, row in batch.town.villages.items() if scope is None or row["id"] in scope]
    outlines = {name: row["boundary"] for name, row in own if row["boundary"] is not None}
    outlines |= {village.name: village.boundary for village in lists.villages if village.boundary is not None}
    homes = lists.households
    lonlat = _lonlat(homes)
    living = homes.households if homes else ()
    village_of = [home.village for home in living]
    who_of = [home.name or home.household_id for home in living]
    of_village: dict[str, list[int]] = defaultdict(list)
    for at in np.flatnonzero(np.isfinite(lonlat[:, 0])).tolist():
        of_village[village_of[at]].append(at)
    inside: dict[int, bool | None] = {}
    strays: list[tuple[float, int]] = []
    for name, rows in of_village.items():
        ground = outlines.get(name)
        held = [None] * len(rows) if ground is None else shapely.intersects_xy(ground, lonlat[rows]).tolist()
        inside |= dict(zip(rows, held, strict=True))
        middle = middle_of(lonlat[rows] if ground is None else shapely.get_coordinates(ground.centroid))
        far = np.array(rows)[far_from(middle, lonlat[rows])].tolist()
        strays += [(metres_between(middle, (lonlat[at, 0], lonlat[at, 1])), at) for at in far if not inside[at]]
    step = max(1, -(-len(inside) // POINTS_SHOWN))
    points = [[*lonlat[at].round(6).tolist(), inside[at]] for at in sorted(inside)[::step]]
    named = {*village_of, *(one.name for one in lists.villages)}
    return {
        "villages": [
            {
                "name": name,
                "shape": shapely.geometry.mapping(shapely.simplify(outline, SIMPLER)),
                "named": name in named,
            }
            for name, outline in outlines.items()
        ],
        "points": points,
        "counts": [sum(held is which for held in inside.values()) for which in (True, False, None)],
        "strays": [
            {"who": who_of[at], "village": village_of[at], "kilometres": round(metres / 1000)}
            for metres, at in sorted(strays, reverse=True)[:NAMES_SHOWN]
        ],
        "stray_count": len(strays),
    }


def _lonlat(listed: HouseholdList | None) -> NDArray[np.float64]:
    """Return longitude and latitude (n, 2) of all households of a list, nan for those without a position."""
    if listed is None:
        return np.empty((0, 2))
    return np.array([(home.lon, home.lat) for home in listed.households], np.float64).reshape(-1, 2)
