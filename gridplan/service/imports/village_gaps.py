"""Villages that an import makes of two parts many kilometres apart: the planner is asked before it is applied."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

import numpy as np

from gridplan.coordinates import parts_apart
from gridplan.exchange.lists.positions.frame_doubts import gap_said
from gridplan.model import Hamlet, Household
from gridplan.names import hamlet_key
from gridplan.planning.hamlet_places import place_at_hamlets
from gridplan.service.imports.diff import NAMES_SHOWN, StagedBatch, nouns_after
from gridplan.store.registry import households
from gridplan.words import Message, Series, message_to_json, series

Json = dict[str, Any]


class VillageGaps(TypedDict):
    """What a page asks of them."""

    parts: list[Json]
    """Every smaller part of a village, as a sentence: how far it is from the others, and who lives in either."""
    villages: list[str]
    has_split: bool
    """Whether the lists tell towns or codes of villages, by which two of one name could be told apart."""
    seal: str
    """Sent with the answer that each is one village: that this was seen, and nothing else."""


def village_gaps(batch: StagedBatch) -> VillageGaps | None:
    """Return the villages that lie in more parts than before once the batch is applied; None if none does.

    Villages of the town outside the scope are passed over: who lives there is not told.
    """
    lists, town, diff = batch.lists, batch.town, batch.diff
    moved = {home.village for home in (*diff.new_homes, *diff.changed_homes.values())}
    moved |= {place.village for place in diff.anchors}
    if batch.scope is not None:
        moved -= {name for name, row in town.villages.items() if row["id"] not in batch.scope}
    if not moved or lists.plan is not None:
        return None
    homes, _ = nouns_after(town, diff)
    living = (row for row in town.households.values() if row["retired_on"] is None)
    before = _placed(map(households.model_of, living), moved, town.hamlets)
    anchors = {(place.village, place.name): place for place in (*town.hamlets, *lists.hamlets)}.values()
    parts, named = [], []
    for village, inside in _placed(homes, moved, anchors).items():
        found = parts_apart(_lonlat(inside))
        if len(found) <= len(parts_apart(_lonlat(before.get(village, ())))):
            continue
        named.append(village)
        for part in found:
            own, others = (
                [home for home, is_in in zip(inside, of, strict=True) if is_in] for of in (part.homes, ~part.homes)
            )
            who = {"village": village, "who": _who(own), "others_who": _who(others)}
            parts.append(message_to_json(Message("imports.gap.part", gap_said(part) | who)))
    if not parts:
        return None
    columns = {column for table in (lists.households.tables if lists.households else ()) for column in table.columns}
    return {
        "parts": parts,
        "villages": named,
        "has_split": not columns.isdisjoint(("town", "village_code")),
        "seal": hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16],
    }


def _placed(
    homes: Iterable[Household], villages: set[str], anchors: Iterable[Hamlet]
) -> Mapping[str, Sequence[Household]]:
    """Return the households of some villages that have a place, their own or that of their hamlet."""
    found: dict[str, list[Household]] = defaultdict(list)
    for home in place_at_hamlets([home for home in homes if home.village in villages], anchors, ()):
        if home.has_place:
            found[home.village].append(home)
    return found


def _lonlat(homes: Sequence[Household]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([(home.lon, home.lat) for home in homes], np.float64).reshape(-1, 2)


def _who(homes: Sequence[Household]) -> Series:
    """Return by what a planner knows who lives in a part: its hamlets, else the first households."""
    hamlets = sorted({home.hamlet for home in homes if home.hamlet}, key=hamlet_key)
    return series(hamlets or (home.name or home.household_id for home in homes), NAMES_SHOWN)
