"""Search by code, name and door, within the scope and powers of an account: at most twenty answers of all kinds."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Connection, RowMapping

from gridplan.model import grid_id
from gridplan.roles import Actor
from gridplan.store import Store
from gridplan.store.registry import search
from gridplan.words import Message

Kind = Literal["village", "grid", "household", "member"]
MOST_ANSWERS: Final = 20
MOST_OF_A_KIND: Final = {"village": 4, "grid": 6, "member": 6}
NUMBER_LAST: Final = re.compile(r"^(?P<village>.*?)[\s\-–—#·]*(?P<number>\d{1,3})\s*(号?微?网格|号)?$")


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """An answer: what it is, the id behind it (of a grid: plan and number), what it is called, what it says beside."""

    kind: Kind
    ids: tuple[int, ...]
    text: str
    detail: Message


def search_town(store: Store, text: str, actor: Actor) -> tuple[SearchAnswer, ...]:
    """Return what fits a text, villages and grids first; households and members only for those who may see them.

    What was typed with full-width digits or letters is looked for as typed, then as ordinary ones.
    """
    if not actor.may("see coverage"):
        return ()
    as_typed = text.strip()
    ordinary = unicodedata.normalize("NFKC", as_typed)
    with store.read() as connection:
        found = _find(connection, as_typed, actor)
        return found or (_find(connection, ordinary, actor) if ordinary != as_typed else ())


def _find(connection: Connection, wanted: str, actor: Actor) -> tuple[SearchAnswer, ...]:
    if not wanted:
        return ()
    scope = actor.scope
    found = [_village(row) for row in search.villages(connection, wanted, scope, MOST_OF_A_KIND["village"])]
    found += [_grid(row) for row in _grids(connection, wanted, actor)]
    if actor.may("see households"):
        people = [_member(row) for row in search.members(connection, wanted, scope, MOST_OF_A_KIND["member"])]
        left = MOST_ANSWERS - len(found) - len(people)
        found += [_household(row) for row in search.households(connection, wanted, scope, left)]
        found += people
    return tuple(found)


def _grids(connection: Connection, text: str, actor: Actor) -> list[RowMapping]:
    match = NUMBER_LAST.match(text)
    number = int(match["number"]) if match else None
    of_village = match["village"].strip() if match else ""
    return search.grids(connection, text, number, of_village, actor.scope, MOST_OF_A_KIND["grid"])


def _village(row: RowMapping) -> SearchAnswer:
    return SearchAnswer("village", (row["id"],), row["name"], Message("town.kind.village"))


def _grid(row: RowMapping) -> SearchAnswer:
    name = grid_id(row["village"], row["number"])
    text = f"{name} {row['label']}" if row["label"] else name
    return SearchAnswer(
        "grid", (row["plan_id"], row["number"]), text, Message("town.of_households", {"n": row["size"]})
    )


def _household(row: RowMapping) -> SearchAnswer:
    where = [row["village"], row["hamlet"], row["door"]]
    parts = [row["code"] if row["name"] else None, *where]
    return SearchAnswer("household", (row["id"],), row["name"] or row["code"], _beside(parts))


def _member(row: RowMapping) -> SearchAnswer:
    return SearchAnswer(
        "member", (row["id"],), row["name"], _beside([row["code"], row["village"]], "town.beside_member")
    )


def _beside(parts: list[str | None], code: str = "town.beside") -> Message:
    return Message(code, {"parts": " · ".join(part for part in parts if part)})
