"""What keeps lists from being taken over: what cannot be used as it is, and what is not the planner's to change."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gridplan.service.imports.diff import ImportDiff, StoredTown
from gridplan.service.imports.staging import StagedLists
from gridplan.store.registry import features
from gridplan.words import Message, series

NAMES_SHOWN = 5


def import_blockers(
    town: StoredTown, brought: StagedLists, proposal: ImportDiff, scope: Collection[int] | None
) -> Iterator[Message]:
    """Yield why nothing can be taken over as it is; `scope` are the planner's villages, None for an administrator."""
    for piece in brought.pieces:
        if piece.problem is not None and piece.kind != "aside":
            yield Message("imports.blocked.piece", {"name": piece.name})
    lists = brought.households or brought.members or brought.villages or brought.hamlets or brought.shapes
    plans = sum(piece.kind == "plan" for piece in brought.pieces)
    if plans > 1 or (plans and lists):
        yield Message("imports.blocked.plan_alone")
    if proposal.retired_villages:
        yield Message("imports.blocked.retired_villages", _named(proposal.retired_villages))
    if scope is not None:
        yield from _out_of_scope(town, brought, proposal, scope)


def _out_of_scope(
    town: StoredTown, brought: StagedLists, proposal: ImportDiff, scope: Collection[int]
) -> Iterator[Message]:
    name_of = {row["id"]: name for name, row in town.villages.items()}
    of_plan = {one.plan.village for one in brought.plan.villages} if brought.plan else set()
    new = {village.name for village in proposal.new_villages} | (of_plan - town.villages.keys())
    if new:
        yield Message("imports.blocked.new_villages", _named(new))
    touched = proposal.touched | {town.villages[name]["id"] for name in of_plan & town.villages.keys()}
    if others := {name_of[id_] for id_ in touched if id_ not in scope}:
        yield Message("imports.blocked.other_villages", _named(others))
    if of_town := [one.name for one in (*proposal.new_members, *proposal.changed_members.values()) if not one.village]:
        yield Message("imports.blocked.town_members", _named(of_town))
    shapes = [shape for found in proposal.shapes.values() for shape in found]
    reached = {id_ for shape in shapes for id_ in features.villages_of(town.grounds, shape)}
    if n := len(reached - set(scope)):
        yield Message("imports.blocked.features", {"n": n})


def _named(names: Collection[str]) -> dict[str, object]:
    return {"names": series(sorted(names), NAMES_SHOWN)}
