"""Comparing, publishing and restoring: what would change is shown before anything does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from flask import current_app, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from gridplan.errors import Conflict, GridplanError, NotHere
from gridplan.model import TownPlan
from gridplan.planning.compare import compare_plans
from gridplan.service.plans import drafts as drafting
from gridplan.service.plans import publish as publishing
from gridplan.service.plans.comparison_map import comparison_map
from gridplan.service.plans.publish import PublishPreview
from gridplan.service.town import overview
from gridplan.store.access import scope
from gridplan.store.plans import drafts, plans
from gridplan.store.plans import overview as town_rows
from gridplan.store.registry import villages
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.drafts import api, pages

__all__ = ["api", "pages"]

SHOWN: Final = 200
"""So many households that change grid are listed; the map has all of them."""


# ---- side by side


@pages.get("/drafts/compare")
def choose_comparison() -> Response:
    """Go on to the comparison of the two that were ticked; 0 is what is in force."""
    chosen = sorted(set(request.args.getlist("of", type=int)), reverse=True)
    if len(chosen) != 2:
        return redirect(url_for("drafts.draft_list", said="two"))
    return redirect(url_for("drafts.compare", draft_id=chosen[0], other_id=chosen[1]))


@pages.get("/drafts/<int:draft_id>/against/<int:other_id>")
def compare(draft_id: int, other_id: int) -> str:
    """Show a draft beside another, or beside what is in force (0)."""
    with auth.store().read() as connection:
        before, after = _both(connection, draft_id, other_id)
        sides = [_side(connection, other_id, before), _side(connection, draft_id, after)]
        in_both = {one.plan.village for one in before.villages} & {one.plan.village for one in after.villages}
        ids = villages.ids_by_name(connection)
    names = {one.member_id: one.name for one in (*before.members, *after.members)}
    return render_template(
        "drafts/compare.html",
        sides=sides, draft_id=draft_id, other_id=other_id, found=compare_plans(before, after), names=names,
        only=[sorted({one.plan.village for one in town.villages} - in_both) for town in (before, after)],
        ids=ids, shown=SHOWN,
    )  # fmt: skip


def _both(connection: Connection, draft_id: int, other_id: int) -> tuple[TownPlan, TownPlan]:
    """Return the earlier plan and the later one; with 0, the earlier one is what is in force in the same villages."""
    plan_of = plans.of_draft(connection, draft_id)
    if other_id:
        drafts.by_id(connection, other_id)
        if not auth.actor().reaches(scope.of_draft(connection, other_id)):
            raise NotHere("entrance.not_here")
        before = plans.of_draft(connection, other_id)
    else:
        before = plans.published(connection, plan_of.keys())
    drafts.by_id(connection, draft_id)
    return plans.town(connection, list(before.values())), plans.town(connection, list(plan_of.values()))


def _side(connection: Connection, draft_id: int, town: TownPlan) -> dict[str, Any]:
    """Return what stands on one side: its name, and what it comes to."""
    if draft_id:
        rows = drafts.figures(connection, drafts.of_drafts([draft_id]))
        return {"name": drafts.by_id(connection, draft_id)["name"], "figures": drafting.figures_of(rows)}
    ids = villages.ids_by_name(connection)
    rows = drafts.figures(connection, drafts.in_force([ids[one.plan.village] for one in town.villages]))
    return {"name": None, "figures": drafting.figures_of(rows)}


@api.get("/drafts/<int:draft_id>/against/<int:other_id>/map.json")
@api.doc(responses={200: "The map of the draft; `before`: the outlines it is compared with; `moves`: who changes grid"})
def compare_map(draft_id: int, other_id: int) -> Response:
    """Return the map of a draft with what another has otherwise; 0 is what is in force."""
    lang = page_lang()
    with auth.store().read() as connection:
        before, after = _both(connection, draft_id, other_id)

        def make() -> dict[str, Any]:
            links = overview.links_of(connection, plans.of_draft(connection, draft_id))
            data = overview.town_map_data(after, lang, links=links)
            return data | comparison_map(before, after)

        key = f"against-{draft_id}-{other_id}-{town_rows.revision(connection)}-{lang}"
        return cast(Response, current_app.extensions["drawings"].answer(key, make))


# ---- publishing


@pages.get("/drafts/<int:draft_id>/publish")
def publish_preview(draft_id: int) -> str:
    """Show what publishing a draft would change."""
    with auth.store().read() as connection:
        found = drafting.draft_by_id(connection, draft_id)
        previews = publishing.publish_previews(connection, _open(connection, draft_id))
    return _preview(previews, {}, draft=found)


def _open(connection: Connection, draft_id: int) -> list[int]:
    """Return the plans of a draft that were not published yet."""
    rows = drafts.figures(connection, drafts.of_drafts([draft_id]))
    return [row["id"] for row in rows if row["state"] == "draft"]


def _preview(
    previews: tuple[PublishPreview, ...], typed: dict[tuple[int, int], str], *, missing: bool = False,
    chosen: set[int] | None = None, problem: str | None = None, **about: Any,
) -> str:  # fmt: skip
    previews = tuple(sorted(previews, key=lambda one: not one.needs_review))
    ticked = chosen if chosen is not None else {one.id for one in previews}
    wrong = publishing.missing_reasons([one for one in previews if one.id in ticked], typed) if missing else set()
    return render_template(
        "drafts/publish.html", previews=previews, typed=typed, ticked=ticked, wrong=wrong, problem=problem, **about
    )


@pages.post("/drafts/<int:draft_id>/publish")
def publish(draft_id: int) -> Response | tuple[str, int]:
    """Put the chosen villages of a draft in force."""
    with auth.store().read() as connection:
        found = drafting.draft_by_id(connection, draft_id)
        own = {one["id"] for one in found.plans}
    done = url_for("drafts.published", draft_id=draft_id)

    def again() -> tuple[PublishPreview, ...]:
        with auth.store().read() as connection:
            return publishing.publish_previews(connection, _open(connection, draft_id))

    return _publish(own, again, done, draft=found)


def _publish(
    own: set[int], again: Callable[[], tuple[PublishPreview, ...]], done: str, **about: Any
) -> Response | tuple[str, int]:
    """Publish what a form chose of some plans, or show the preview again with what stands against it."""
    form = request.form
    shown = {
        plan_id: form.get(f"fingerprint-{plan_id}", "") for plan_id in form.getlist("plan", type=int) if plan_id in own
    }
    typed = {
        (int(plan_id), int(place)): value
        for key, value in form.items()
        for word, plan_id, place in [(key.split("-") + ["", ""])[:3]]
        if word == "because" and plan_id.isdecimal() and place.isdecimal()
    }
    try:
        publishing.publish(auth.store(), auth.who(), shown, typed, now=now(), today=today())
    except GridplanError as problem:
        status = 409 if isinstance(problem, Conflict) else 422
        said = problem.say(page_lang())
        return _preview(again(), typed, missing=status == 422, chosen=set(shown), problem=said, **about), status
    return redirect(done)


@pages.get("/drafts/<int:draft_id>/published")
def published(draft_id: int) -> str:
    """Show what comes next, once villages of a draft are in force."""
    with auth.store().read() as connection:
        found = drafting.draft_by_id(connection, draft_id)
    return render_template(
        "drafts/published.html", draft=found, plans=[p for p in found.plans if p["state"] == "published"]
    )


# ---- what was in force before


@pages.get("/villages/<int:village_id>/archive")
def archive(village_id: int) -> str:
    """List the plans that a village has had in force."""
    with auth.store().read() as connection:
        name = villages.names(connection)[village_id]
        found = drafts.figures(connection, drafts.ever_published(village_id))
    return render_template("drafts/archive.html", village_id=village_id, name=name, plans=list(reversed(found)))


@pages.get("/plans/<int:plan_id>/restore")
def restore_preview(plan_id: int) -> str:
    """Show what restoring an archived plan would change."""
    with auth.store().read() as connection:
        plan = _archived(connection, plan_id)
        previews = publishing.publish_previews(connection, [plan_id])
        typed = publishing.reasons_given(connection, plan_id)
    return _preview(previews, typed, restored=plan)


@pages.post("/plans/<int:plan_id>/restore")
def restore(plan_id: int) -> Response | tuple[str, int]:
    """Put an archived plan in force again, as a new revision."""
    with auth.store().read() as connection:
        plan = _archived(connection, plan_id)

    def again() -> tuple[PublishPreview, ...]:
        with auth.store().read() as connection:
            return publishing.publish_previews(connection, [plan_id])

    done = url_for("drafts.archive", village_id=plan["village_id"])
    return _publish({plan_id}, again, done, restored=plan)


def _archived(connection: Connection, plan_id: int) -> Any:
    (plan,) = drafts.figures(connection, drafts.plans_by_ids([plan_id]))
    if plan["state"] != "archived":
        raise NotHere("entrance.not_here")
    return plan
