"""The gate of an import: what speaks against the villages that it makes, to be ticked before it is applied."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any, TypedDict

from gridplan.exchange.lists.village_doubts import likely_mistake, village_doubts, way_out
from gridplan.service.imports.diff import StagedBatch
from gridplan.words import message_to_json

Json = dict[str, Any]


class VillageGate(TypedDict):
    """What a page shows of it."""

    facts: list[Json]
    """What speaks against the villages, with numbers."""
    likely: Json
    """What they most likely come from."""
    change: Json
    """What to do then."""
    file: str | None
    """The key of the file of villages that it most likely is."""
    seal: str
    """Sent with the tick: that these numbers were seen, and no others."""


def village_gate(batch: StagedBatch) -> VillageGate | None:
    """Return what speaks against the villages that an import makes; None if it makes none, or nothing does."""
    town, lists = batch.town, batch.lists
    if lists.plan:
        listed = Counter({one.plan.village: len(one.plan.households) for one in lists.plan.villages})
        is_new = bool(listed.keys() - town.villages.keys())
    else:
        listed = Counter({village.name: 0 for village in lists.villages})
        listed.update(home.village for home in (lists.households.households if lists.households else ()))
        is_new = bool(batch.diff.new_villages)
    living = Counter(row["village"] for row in town.households.values() if row["retired_on"] is None)
    doubts = village_doubts(listed, living)
    if doubts is None or not is_new:
        return None
    keys = {file.name: file.key for file in lists.files}
    likely = likely_mistake(doubts, lists.households.tables if lists.households else (), lists.villages_of)
    facts = [message_to_json(fact) for fact in doubts.facts]
    return {
        "facts": facts,
        "likely": message_to_json(likely),
        "change": message_to_json(way_out(likely)),
        "file": keys.get(str(likely.values.get("file"))) if likely.code == "village_doubt.likely.file" else None,
        "seal": hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16],
    }
