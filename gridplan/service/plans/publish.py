"""Putting plans in force as they were previewed, and refusing it where anything is otherwise by now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping

from gridplan.errors import Conflict, InputRefused
from gridplan.model import TownPlan
from gridplan.service.plans.publish_preview import PublishPreview, Reasons, publish_previews
from gridplan.service.registry.edit_conflict import local_time
from gridplan.store import Store, Who
from gridplan.store.plans import plans
from gridplan.store.plans.plan_figures import plan_figures, plans_by_ids


def missing_reasons(chosen: Sequence[PublishPreview], reasons: Reasons) -> set[tuple[int, int]]:
    """Return the exceptions without a reason."""
    needed = {(one.id, place) for one in chosen for place in range(len(one.exceptions))}
    return {key for key in needed if not reasons.get(key, "").strip()}


def publish(
    store: Store, who: Who, previewed: Mapping[int, str], reasons: Reasons, *, now: datetime, today: date
) -> tuple[int, ...]:
    """Put plans in force from `today` on, and return their ids; an archived one becomes a new revision.

    `previewed` is what the preview of each plan showed, by its id: `PublishPreview.fingerprint`.

    Raises
    ------
    InputRefused
        No plan was chosen, or an exception has no reason.
    Conflict
        Since the preview, the village was published or its lists were changed.
    """
    if not previewed:
        raise InputRefused("drafts.nothing_chosen")
    with store.change(who, "publish", "plan", now=now) as change:
        connection = change.connection
        _refuse_published(connection, previewed)
        chosen = publish_previews(connection, previewed)
        for one in chosen:
            if one.fingerprint != previewed[one.id]:
                raise _changed(connection, one, previewed[one.id])
        if missing := missing_reasons(chosen, reasons):
            raise InputRefused("drafts.reasons_missing", n=len(missing))
        ids = _save_previewed(connection, chosen, reasons)
        plans.publish(connection, ids, who, now=now, today=today)
        change.object_id = ids[0] if len(ids) == 1 else None
        change.by_village = {
            one.plan["village_id"]: {"plan": id_, "exceptions": len(one.exceptions)}
            for one, id_ in zip(chosen, ids, strict=True)
        }
    return ids


def _save_previewed(connection: Connection, chosen: Sequence[PublishPreview], reasons: Reasons) -> tuple[int, ...]:
    """Save plans as they were previewed, and return their ids."""
    changed = [one for one in chosen if one.plan["state"] == "draft" and not one.is_as_planned]
    if changed:
        town = TownPlan(
            villages=tuple(one.planned for one in changed),
            assignments=tuple(assignment for one in changed for assignment in one.town.assignments),
            shortages=tuple(shortage for one in changed for shortage in one.town.shortages),
        )
        plans.replace_contents(connection, town, {one.plan["village"]: one.id for one in changed})
    ids = []
    for one in chosen:
        plan_id = one.id
        if one.plan["state"] == "archived":
            plan_id = plans.save_plans(connection, one.town, one.plan["draft_id"])[one.plan["village"]]
        because = {place: reasons[one.id, place].strip() for place in range(len(one.exceptions))}
        plans.save_accepted_reasons(connection, plan_id, because)
        ids.append(plan_id)
    return tuple(ids)


def _refuse_published(connection: Connection, plan_ids: Collection[int]) -> None:
    for row in plan_figures(connection, plans_by_ids(plan_ids)):
        if row["state"] == "published":
            raise Conflict("drafts.already_published", **_by(connection, row))


def _changed(connection: Connection, one: PublishPreview, fingerprint: str) -> Conflict:
    """Return what happened since the preview."""
    if one.in_force is not None and not fingerprint.startswith(f"{one.in_force['id']}-"):
        return Conflict("drafts.published_meanwhile", **_by(connection, one.in_force))
    return Conflict("drafts.changed_meanwhile", village=one.plan["village"])


def _by(connection: Connection, row: RowMapping) -> dict[str, str]:
    """Return who published the plan of a village, and when, for a sentence."""
    when = local_time(connection, row["published_at"])
    return {"village": row["village"], "name": row["publisher"] or "–", "when": when}
