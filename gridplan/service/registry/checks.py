"""What lists are checked for, of one household, member or place that comes in otherwise: a form, a click, a report.

What no list may have is refused. What may be so and hardly is, is asked: it is saved once it is confirmed.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Iterable, Iterator
from typing import Final

import numpy as np
import shapely
from sqlalchemy import Connection, RowMapping

from gridplan.coordinates import FAR_M, REACH_KM, metres_between, metres_outside, middle_of, parts_apart
from gridplan.errors import InputRefused, Unconfirmed
from gridplan.exchange.lists.households.duplicates import NEAR_M, near_duplicates
from gridplan.exchange.lists.households.packed_households import FIELDS, Households
from gridplan.exchange.lists.positions.frame_doubts import gap_said
from gridplan.exchange.tables.cells import CellRefused, check_position
from gridplan.exchange.tables.packed import packed_rows
from gridplan.names import folded
from gridplan.store.registry import features, households, placement, villages
from gridplan.store.registry.placement import Place
from gridplan.store.rows import Row, similar_code
from gridplan.store.tables import household
from gridplan.words import Message, length, message_to_json, series

ON_THE_EDGE_M: Final = 1.0
"""Metres outside its boundary at which a household is taken to stand on it."""
NEW: Final = ""
"""What stands for the id of a household that is looked at; no household has it."""


def ask(doubts: Iterable[Message], confirmed: str) -> None:
    """Ask whether what is doubtful is so all the same.

    Raises
    ------
    Unconfirmed
        There are doubts, and `confirmed` is not the key of these.
    """
    found = list(doubts)
    key = hashlib.sha256(json.dumps([message_to_json(one) for one in found]).encode()).hexdigest()[:12]
    if found and key != confirmed:
        raise Unconfirmed("registry.unconfirmed", doubts=series(found), key=key)


def of_cell(verdict: CellRefused) -> Message:
    """Return why a list would refuse a cell, and what to do about it."""
    return Message("registry.cell", {"reason": verdict.reason, "remedy": verdict.remedy})


def check_place(place: Place | None) -> None:
    """Refuse a place that no household of a list may have.

    Raises
    ------
    InputRefused
        It is not on the earth, or is 0, 0.
    """
    if place is None:
        return
    try:
        check_position(*place)
    except CellRefused as verdict:
        why = of_cell(verdict)
        raise InputRefused(why.code, **why.values) from verdict


def check_village(village: RowMapping) -> None:
    """Refuse that anything comes into a village that is retired.

    Raises
    ------
    InputRefused
        It is.
    """
    if village["retired_on"] is not None:
        raise InputRefused("registry.village_is_gone", village=village["name"])


def place_doubts(
    connection: Connection, village_id: int | None, place: Place | None, *, but: int | None = None, lives: bool = True
) -> Iterator[Message]:
    """Yield why something hardly stands at a place.

    Parameters
    ----------
    village_id
        Its village; None for what is of no village, and may be anywhere in the town.
    but
        The id of a household that does not tell where its village is: the one that is placed.
    lives
        Whether it belongs into the boundary of the village; a member may live elsewhere.

    Raises
    ------
    InputRefused
        So far away from the village nothing is of it.
    """
    check_place(place)
    if place is None:
        return
    village = None if village_id is None else villages.by_id(connection, village_id)
    name = village["name"] if village else Message("registry.the_town")
    boundary = village["boundary"] if village else None
    if boundary is not None:
        away = metres_outside(boundary, place)
        limit, code = (ON_THE_EDGE_M, "registry.doubt.beyond") if lives else (FAR_M, "registry.doubt.far")
    elif (middle := _middle(connection, village_id, but)) is not None:
        away = metres_between(middle, place)
        limit, code = FAR_M, "registry.doubt.far"
    else:
        return
    if away > REACH_KM * 1000:
        raise InputRefused("registry.out_of_reach", village=name, length=length(away), km=REACH_KM)
    if away > limit:
        yield Message(code, {"village": name, "length": length(away)})


def _middle(connection: Connection, village_id: int | None, but: int | None) -> Place | None:
    """Return the middle of what is known of a village, else of the town."""
    found: list[Place] = []
    if village_id is not None:
        homes = placement.household_rows(connection, village_id)
        found = [(one["lon"], one["lat"]) for one in homes if one["position"] == "exact" and one["id"] != but]
        found = found or list(placement.anchors(connection, village_id).values())
    if not found:
        grounds = features.grounds(connection).values()
        found = [shapely.get_coordinates(one.centroid)[0].tolist() for one in grounds if not one.is_empty]
    return middle_of(found) if found else None


def part_doubts(
    connection: Connection, village_id: int, place: Place | None, moved: Collection[int | None]
) -> Iterator[Message]:
    """Yield which part of a village would lie so far from the others that it is hardly one, as an import asks of lists.

    It is one that comes to be where those that are `moved` stand at a place; None is a household that is new.
    """
    if place is None or not moved:
        return
    homes = placement.household_rows(connection, village_id)
    others = [(one["lon"], one["lat"]) for one in homes if one["lon"] is not None and one["id"] not in moved]
    before = parts_apart(np.array(others).reshape(-1, 2))
    after = parts_apart(np.array([*others, *[place] * len(moved)]))
    if len(after) > len(before):
        village = villages.by_id(connection, village_id)["name"]
        part = next((one for one in after if one.homes[-1]), after[0])
        yield Message("registry.doubt.part", {"village": village, **gap_said(part)})


def household_doubts(connection: Connection, values: Row, before: Row | None = None) -> Iterator[Message]:
    """Yield why a household hardly is as the columns of its row would say; of one that is there, what is new about it.

    Raises
    ------
    InputRefused
        No list may have it so.
    """
    but = None if before is None else before["id"]

    def is_new(*columns: str) -> bool:
        return before is None or any(values.get(name) != before[name] for name in columns)

    if values["position"] == "exact" and is_new("lon", "lat", "position", "village_id"):
        place = values["lon"], values["lat"]
        yield from place_doubts(connection, values["village_id"], place, but=but)
        yield from part_doubts(connection, values["village_id"], place, [but])
    if is_new("name", "door", "lon", "lat", "village_id"):
        yield from _twins(connection, values, but)
    if values.get("code") and is_new("code"):
        other = similar_code(connection, household, values["code"])
        if other is not None:
            yield Message("registry.doubt.code", {"code": values["code"], "other": other})


def _twins(connection: Connection, values: Row, but: int | None) -> Iterator[Message]:
    """Yield the households of a village that may be the same, as `near_duplicates` of a list finds them."""
    if not values["name"]:
        return
    living = households.rows_of_village(connection, values["village_id"])
    others = [one for one in living if one["id"] != but and folded(one["name"]) == folded(values["name"])]
    name_of = {one["code"]: one["name"] for one in others}
    for own, code in near_duplicates(_listed([{**values, "code": NEW}, *others])) if others else ():
        if own == NEW:
            yield Message("registry.doubt.twin", {"name": name_of[code], "code": code, "metres": f"{NEAR_M:g}"})


def twins_of_both(ones: Iterable[Row], others: Iterable[Row]) -> tuple[str, ...]:
    """Return the households of two villages that become one which may be the same, in pairs, as in a list of both."""
    first = {one["code"]: one["name"] for one in ones}
    pairs = near_duplicates(_listed([*ones, *others]))
    return tuple(f"{first[one]} ({one} = {other})" for one, other in pairs if one in first and other not in first)


def _listed(rows: Iterable[Row]) -> Households:
    """Return rows of one village as a list of households has them; only positions of their own count."""
    listed = []
    for row in rows:
        lon, lat = (row["lon"], row["lat"]) if row["position"] == "exact" else (math.nan, math.nan)
        listed.append((row["code"], "", lon, lat, row["name"], None, None, row["door"], row["hamlet"]))
    return Households(packed_rows(listed, len(FIELDS)).columns)
