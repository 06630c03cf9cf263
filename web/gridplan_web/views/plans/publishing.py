"""Comparing, publishing and restoring: what would change is shown before anything does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any, Final

from flask import redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from gridplan.contact.calendar import months_later
from gridplan.errors import Conflict, GridplanError, InputRefused, Unavailable
from gridplan.exchange.paper.change_slips import write_change_slips
from gridplan.exchange.paper.contact_cards import write_contact_cards
from gridplan.exchange.tables.cells import shown as as_shown
from gridplan.names import LONGEST_TEXT, file_name, whole_number
from gridplan.service.plans import comparison, schedule
from gridplan.service.plans import publish as publishing
from gridplan.service.plans.change_prints import DatedChange, cards_of_changes, change_slips, changes_of_plans
from gridplan.service.plans.contact_changes import contact_changes
from gridplan.service.plans.drafts import absences_of_draft, draft_by_id, require_draft, steps_taken
from gridplan.service.plans.publish import (
    Alike,
    PublishPreview,
    Reasons,
    draft_previews,
    latest_day,
    missing_reasons,
    restore_page,
    with_alike,
)
from gridplan.words import say
from gridplan_web import auth
from gridplan_web.clock import now, today, town_settings, zone
from gridplan_web.language import page_lang
from gridplan_web.map_answers import ComparedMap
from gridplan_web.map_cache import cached_map
from gridplan_web.plain_requests import version_seen
from gridplan_web.views.plans.drafts import api, pages

__all__ = ["api", "pages"]

SHOWN: Final = 200
"""So many households that change grid are listed; the map has all of them."""
MOVES_SHOWN: Final = 40
"""So many of a village are listed before publication."""
FOR_ALL: Final = "because-all-"
"""How the field of a reason for all exceptions of a kind begins; the code of what they say follows."""


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
    of = f"{steps_taken(store, draft_id, other_id)}-{absences_of_draft(store, draft_id, today())}"
    return cached_map(
        f"against-{draft_id}-{other_id}-{of}-{lang}",
        lambda: comparison.comparison_map_data(store, draft_id, other_id, lang, today()),
    )


# ---- publishing


@pages.get("/drafts/<int:draft_id>/publish")
def publish_preview(draft_id: int) -> str:
    """Show what publishing a draft would change."""
    draft, previews = draft_previews(auth.store(), draft_id, today())
    return _preview(previews, _at_first(previews), draft=draft)


def _at_first(previews: tuple[PublishPreview, ...]) -> _Typed:
    """Return what is offered of a draft: those that no day is set for, from the first of the next month on.

    What was typed when a plan was scheduled is offered again. Where there is no plan yet, there is nothing to wait for.
    """
    waiting = {one.id for one in previews if one.scheduled and not one.scheduled.held}
    chosen = {one.id for one in previews} - waiting
    replaces = any(one.in_force for one in previews if one.id in chosen)
    return _Typed(_offered(previews), {}, months_later(today().replace(day=1), 1) if replaces else today(), chosen)


def _offered(previews: tuple[PublishPreview, ...]) -> Reasons:
    """Return the reasons that were given for exceptions before."""
    return {key: why for one in previews for key, why in one.offered.items()}


@dataclass(frozen=True)
class _Typed:
    """What was typed and ticked: reasons of exceptions, reasons for all of a kind, the day, and the ids of plans."""

    reasons: Reasons
    alike: Alike
    day: date | str
    chosen: Collection[int]


@dataclass(frozen=True)
class _Refused:
    """Why nothing was published, and the plan that it is about, if it is one."""

    said: str
    village: object = None
    reasons_missing: bool = False


def _preview(previews: tuple[PublishPreview, ...], typed: _Typed, refused: _Refused | None = None, **about: Any) -> str:
    exceptions = [(one, place, exception) for one in previews for place, exception in enumerate(one.exceptions)]
    kinds = Counter(exception.reason.code for _, _, exception in exceptions)
    wrong = set()
    if refused and refused.reasons_missing:
        asked = [one for one in previews if one.id in typed.chosen]
        wrong = missing_reasons(asked, with_alike(asked, typed.reasons, typed.alike))
    return render_template(
        "drafts/publish.html",
        previews=previews,
        contact=contact_changes(auth.store(), previews, today(), zone()),
        exceptions=sorted(exceptions, key=lambda one: one[2].reason.code),
        alike=[code for code, n in sorted(kinds.items()) if n > 1],
        kinds=kinds,
        typed=typed,
        ticked=typed.chosen,
        first_day=today(),
        last_day=latest_day(today()),
        wrong=wrong,
        first_wrong=min(wrong, default=None),
        refused=refused,
        stale=next((one for one in previews if refused and one.plan["village"] == refused.village), None),
        moves=MOVES_SHOWN,
        longest=LONGEST_TEXT,
        **about,
    )


@pages.post("/drafts/<int:draft_id>/publish")
def publish(draft_id: int) -> Response | tuple[str, int]:
    """Put the chosen villages of a draft in force."""
    draft = draft_by_id(auth.store(), draft_id)
    done = url_for("drafts.published", draft_id=draft_id)
    own = {one["id"] for one in draft.plans}
    return _publish(own, lambda: draft_previews(auth.store(), draft_id, today())[1], done, draft=draft)


def _publish(
    own: set[int], again: Callable[[], tuple[PublishPreview, ...]], done: str, **about: Any
) -> Response | tuple[str, int]:
    """Publish what a form chose of some plans, or show the preview again with what stands against it."""
    form = request.form
    shown = {
        plan_id: version_seen(f"fingerprint-{plan_id}") for plan_id in form.getlist("plan", type=int) if plan_id in own
    }
    reasons = {
        (plan_id, place): value
        for key, value in form.items()
        for word, *numbers in [(key.split("-") + ["", ""])[:3]]
        for plan_id, place in [map(whole_number, numbers)]
        if word == "because" and plan_id is not None and place is not None
    }
    alike = {key.removeprefix(FOR_ALL): value for key, value in form.items() if key.startswith(FOR_ALL)}
    try:
        day = _day(form.get("day"))
        publishing.publish(auth.store(), auth.who(), shown, reasons, now=now(), today=today(), day=day, alike=alike)
    except Unavailable:
        raise
    except GridplanError as problem:
        status = 409 if isinstance(problem, Conflict) else 422
        refused = _Refused(problem.say(page_lang()), problem.message.values.get("village"), status == 422)
        return _preview(again(), _Typed(reasons, alike, form.get("day", today()), set(shown)), refused, **about), status
    return redirect(done)


def _day(written: str | None) -> date:
    """Return the day that a form asks for: today where it has no field for it."""
    if written is None:
        return today()
    with suppress(ValueError):
        return date.fromisoformat(written)
    raise InputRefused("registry.not_a_day", value=as_shown(written))


@pages.post("/drafts/<int:draft_id>/take-back")
def take_back(draft_id: int) -> Response:
    """Let plans of a draft, or all of them, not come into force by themselves."""
    waiting = {one.plan_id for one in draft_by_id(auth.store(), draft_id).scheduled}
    chosen = waiting & set(request.form.getlist("plan", type=int)) if "plan" in request.form else waiting
    schedule.take_back(auth.store(), auth.who(), sorted(chosen), now=now())
    return redirect(url_for("drafts.draft", draft_id=draft_id, said="taken_back"))


@pages.get("/drafts/<int:draft_id>/published")
def published(draft_id: int) -> str:
    """Show what comes next, once villages of a draft are in force or scheduled."""
    draft = draft_by_id(auth.store(), draft_id)
    changes = changes_of_plans(auth.store(), draft.told_ids, zone())
    return render_template("drafts/published.html", draft=draft, changes=changes)


@pages.get("/drafts/<int:draft_id>/slips")
def slips(draft_id: int) -> Response:
    """Send the slips of the members whose households change with a draft."""
    return _slips(draft_by_id(auth.store(), draft_id).told_ids)


@pages.get("/plans/<int:plan_id>/slips")
def slips_of_plan(plan_id: int) -> Response:
    """Send the slips of the members whose households change with a plan."""
    return _slips([plan_id])


@pages.post("/drafts/<int:draft_id>/cards")
def changed_cards(draft_id: int) -> Response:
    """Send the contact cards of the households that have another lead by a draft."""
    return _changed_cards(draft_by_id(auth.store(), draft_id).told_ids)


@pages.post("/plans/<int:plan_id>/cards")
def changed_cards_of_plan(plan_id: int) -> Response:
    """Send the contact cards of the households that have another lead by a plan."""
    return _changed_cards([plan_id])


def _slips(plan_ids: Collection[int]) -> Response:
    changes = changes_of_plans(auth.store(), plan_ids, zone())
    found = change_slips(changes, names=town_settings().household_names)
    return _pdf(write_change_slips(found, page_lang()), "change_slip.title", changes)


def _changed_cards(plan_ids: Collection[int]) -> Response:
    changes = changes_of_plans(auth.store(), plan_ids, zone())
    cards = cards_of_changes(auth.store(), auth.who(), changes, now=now(), today=today(), lang=page_lang())
    return _pdf(write_contact_cards(cards, page_lang()), "contact_card.title", changes)


def _pdf(content: bytes, title: str, changes: tuple[DatedChange, ...]) -> Response:
    villages = [one.change.village for one in changes]
    name = file_name(say(title, page_lang()), *(villages if len(villages) == 1 else ()))
    return send_file(BytesIO(content), as_attachment=True, download_name=f"{name}.pdf")


# ---- what was in force before


@pages.get("/villages/<int:village_id>/archive")
def archive(village_id: int) -> str:
    """List the plans that a village has had in force."""
    village, plans = publishing.archive_page(auth.store(), village_id)
    scheduled = schedule.scheduled_plans(auth.store(), [village_id])
    in_no_draft = [one.plan_id for one in scheduled if one.is_archived] or [
        plan["id"] for plan in plans if plan["state"] == "published" and plan["draft_id"] is None
    ]
    return render_template(
        "drafts/archive.html",
        village=village,
        plans=plans,
        village_id=village_id,
        scheduled=scheduled,
        changes=changes_of_plans(auth.store(), in_no_draft, zone()),
    )


@pages.get("/plans/<int:plan_id>/restore")
def restore_preview(plan_id: int) -> str:
    """Show what restoring an archived plan would change."""
    page = restore_page(auth.store(), plan_id, today())
    return _preview(page.previews, _Typed(_offered(page.previews), {}, today(), {plan_id}), restored=page.plan)


@pages.post("/plans/<int:plan_id>/take-back")
def take_back_restoring(plan_id: int) -> Response:
    """Let an archived plan not come into force by itself again."""
    plan = restore_page(auth.store(), plan_id).plan
    schedule.take_back(auth.store(), auth.who(), [plan_id], now=now())
    return redirect(url_for("drafts.archive", village_id=plan["village_id"]))


@pages.post("/plans/<int:plan_id>/restore")
def restore(plan_id: int) -> Response | tuple[str, int]:
    """Put an archived plan in force again, as a new revision."""
    plan = restore_page(auth.store(), plan_id).plan
    done = url_for("drafts.archive", village_id=plan["village_id"])
    return _publish({plan_id}, lambda: restore_page(auth.store(), plan_id, today()).previews, done, restored=plan)
