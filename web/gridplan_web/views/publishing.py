"""Comparing, publishing and restoring: what would change is shown before anything does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import Conflict, GridplanError, Unavailable
from gridplan.names import whole_number
from gridplan.service.plans import comparison
from gridplan.service.plans import publish as publishing
from gridplan.service.plans.drafts import draft_by_id, require_draft
from gridplan.service.plans.publish import PublishPreview, Reasons, draft_previews, missing_reasons, restore_page
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.map_answers import ComparedMap
from gridplan_web.map_cache import cached_map
from gridplan_web.plain_requests import version_seen
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
    _require_drafts(draft_id, other_id)
    found = comparison.compare_drafts(auth.store(), draft_id, other_id)
    return render_template("drafts/compare.html", found=found, draft_id=draft_id, other_id=other_id, shown=SHOWN)


def _require_drafts(draft_id: int, other_id: int) -> None:
    for id_ in (draft_id, other_id):
        if id_ != comparison.IN_FORCE:
            require_draft(auth.store(), auth.actor(), id_)


@api.get("/drafts/<int:draft_id>/against/<int:other_id>/map.json")
@api.output(ComparedMap)
def compare_map(draft_id: int, other_id: int) -> Response:
    """Return the map of a draft with what another has otherwise; 0 is what is in force."""
    store, lang = auth.store(), page_lang()
    _require_drafts(draft_id, other_id)
    key = f"against-{draft_id}-{other_id}-{lang}"
    return cached_map(key, lambda: comparison.comparison_map_data(store, draft_id, other_id, lang))


# ---- publishing


@pages.get("/drafts/<int:draft_id>/publish")
def publish_preview(draft_id: int) -> str:
    """Show what publishing a draft would change."""
    draft, previews = draft_previews(auth.store(), draft_id)
    return _preview(previews, {}, draft=draft)


def _preview(
    previews: tuple[PublishPreview, ...], typed: Reasons, *, missing: bool = False,
    chosen: set[int] | None = None, problem: str | None = None, **about: Any,
) -> str:  # fmt: skip
    previews = tuple(sorted(previews, key=lambda one: not one.needs_review))
    ticked = chosen if chosen is not None else {one.id for one in previews}
    wrong = missing_reasons([one for one in previews if one.id in ticked], typed) if missing else set()
    return render_template(
        "drafts/publish.html", previews=previews, typed=typed, ticked=ticked, wrong=wrong, problem=problem, **about
    )


@pages.post("/drafts/<int:draft_id>/publish")
def publish(draft_id: int) -> Response | tuple[str, int]:
    """Put the chosen villages of a draft in force."""
    draft = draft_by_id(auth.store(), draft_id)
    done = url_for("drafts.published", draft_id=draft_id)
    own = {one["id"] for one in draft.plans}
    return _publish(own, lambda: draft_previews(auth.store(), draft_id)[1], done, draft=draft)


def _publish(
    own: set[int], again: Callable[[], tuple[PublishPreview, ...]], done: str, **about: Any
) -> Response | tuple[str, int]:
    """Publish what a form chose of some plans, or show the preview again with what stands against it."""
    form = request.form
    shown = {
        plan_id: version_seen(f"fingerprint-{plan_id}") for plan_id in form.getlist("plan", type=int) if plan_id in own
    }
    typed = {
        (plan_id, place): value
        for key, value in form.items()
        for word, *numbers in [(key.split("-") + ["", ""])[:3]]
        for plan_id, place in [map(whole_number, numbers)]
        if word == "because" and plan_id is not None and place is not None
    }
    try:
        publishing.publish(auth.store(), auth.who(), shown, typed, now=now(), today=today())
    except Unavailable:
        raise
    except GridplanError as problem:
        status = 409 if isinstance(problem, Conflict) else 422
        said = problem.say(page_lang())
        return _preview(again(), typed, missing=status == 422, chosen=set(shown), problem=said, **about), status
    return redirect(done)


@pages.get("/drafts/<int:draft_id>/published")
def published(draft_id: int) -> str:
    """Show what comes next, once villages of a draft are in force."""
    return render_template("drafts/published.html", draft=draft_by_id(auth.store(), draft_id))


# ---- what was in force before


@pages.get("/villages/<int:village_id>/archive")
def archive(village_id: int) -> str:
    """List the plans that a village has had in force."""
    village, plans = publishing.archive_page(auth.store(), village_id)
    return render_template("drafts/archive.html", village=village, plans=plans, village_id=village_id)


@pages.get("/plans/<int:plan_id>/restore")
def restore_preview(plan_id: int) -> str:
    """Show what restoring an archived plan would change."""
    page = restore_page(auth.store(), plan_id)
    return _preview(page.previews, page.reasons, restored=page.plan)


@pages.post("/plans/<int:plan_id>/restore")
def restore(plan_id: int) -> Response | tuple[str, int]:
    """Put an archived plan in force again, as a new revision."""
    plan = restore_page(auth.store(), plan_id).plan
    done = url_for("drafts.archive", village_id=plan["village_id"])
    return _publish({plan_id}, lambda: restore_page(auth.store(), plan_id).previews, done, restored=plan)
