"""Who is there and who calls: households that are away, covers, corrections, contact cards, a change of term."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import InputRefused
from gridplan.service.contact import states
from gridplan.service.registry.form import FormFields
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.town import household_answer

pages = APIBlueprint("people", __name__, enable_openapi=False, url_prefix="/desk")

Answer = str | Response | tuple[str, int]


def _of_village(of_villages: Sequence[Any]) -> dict[str, Any]:
    """Return what a page by village shows: all of them, or the one that the address names."""
    village_id = request.args.get("village", type=int)
    shown = [one for one in of_villages if village_id in (None, one.village["id"])]
    names = [(one.village["id"], one.village["name"]) for one in of_villages]
    return {"names": names, "shown": shown, "village_id": village_id}


# ---- states of households


@pages.get("/absences")
def absences() -> str:
    """List who is away or unoccupied, and about how many want no visits, by village."""
    return render_template(
        "contact/absences.html", **_of_village(states.absences_page(auth.store(), auth.actor().scope, today()))
    )


@pages.post("/households/<int:household_id>/state")
def save_state(household_id: int) -> Answer:
    """Record a state of a household; what is recorded of a refusal is not shown again."""
    try:
        form = states.parse_state(FormFields(request.form), today())
    except InputRefused as error:
        return household_answer(household_id, problem=error.say(page_lang())), 422
    states.save_state(auth.store(), auth.who(), household_id, form, now=now(), today=today())
    return redirect(url_for("town.household", household_id=household_id, recorded=1, _anchor="state"))
