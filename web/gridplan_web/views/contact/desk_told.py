"""What is reported by phone or message, typed at the desk; and what is kept apart, which the desk settles."""

from __future__ import annotations

from contextlib import suppress

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.contact.calendar import Week
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.names import whole_number
from gridplan.service.contact import apart
from gridplan.service.contact.apart import WaitingApart
from gridplan.service.desk import told
from gridplan.service.registry.form import FormFields
from gridplan.store.contact.apart import Settled
from gridplan_web import auth
from gridplan_web.clock import now, today, zone
from gridplan_web.language import page_lang
from gridplan_web.views.contact.desk import Answer, pages


@pages.get("/told")
def find_told() -> Answer:
    """Ask for the grid that was reported of, and go to it where there is only one."""
    asked = request.args.get("grid", "")
    found = told.find_grids(auth.store(), auth.actor().scope, asked, zone=zone(), today=today())
    if len(found) == 1:
        return redirect(url_for("desk.told_of_grid", plan_id=found[0].plan_id, number=found[0].number))
    said = request.args.get("said")
    return render_template(
        "contact/find_told.html", asked=asked, found=found, said=said if said in ("tally", "taken_back") else None
    )


@pages.get("/told/<int:plan_id>/<int:number>")
def told_of_grid(plan_id: int, number: int) -> str:
    """Show the households of a grid, and take what was reported of them."""
    return _told(plan_id, number)


def _told(plan_id: int, number: int, form: FormFields | None = None, problem: str | None = None) -> str:
    week = None
    with suppress(InputRefused):
        week = Week.parse(request.values.get("week", ""))
    page = told.told_page(auth.store(), plan_id, number, week, zone=zone(), today=today())
    usual = {"day": today().isoformat(), "member": page.callers[0].id if page.callers else None, "form": page.form}
    fields = usual if form is None else {**usual, **form.fields}
    problems = {} if form is None else {name: of.say(page_lang()) for name, of in form.problems.items()}
    return render_template("contact/told.html", page=page, fields=fields, problems=problems, problem=problem)


@pages.post("/told/<int:plan_id>/<int:number>")
def save_told(plan_id: int, number: int) -> Answer:
    """Save what was reported of a grid on a day."""
    form = FormFields(request.form)
    try:
        saved = told.save_told(auth.store(), auth.who(), plan_id, number, form, zone=zone(), now=now(), today=today())
    except InputRefused:
        return _told(plan_id, number, form), 422
    except Conflict as error:
        return _told(plan_id, number, problem=error.say(page_lang())), 409
    return render_template("contact/find_told.html", asked="", found=[], saved=saved, form=request.form["form"])


@pages.post("/told/<int:plan_id>/<int:number>/back")
def take_back_told(plan_id: int, number: int) -> Response:
    """Take back what was reported with one form."""
    told.take_back_told(
        auth.store(), auth.who(), plan_id, number, request.form.get("form", ""), zone=zone(), now=now(), today=today()
    )
    return redirect(url_for("desk.find_told", said="taken_back"))


@pages.post("/told/<int:plan_id>/<int:number>/tally")
def save_tally(plan_id: int, number: int) -> Answer:
    """Save a bare number that was reported of a grid."""
    form = FormFields(request.form)
    try:
        told.save_tally(auth.store(), auth.who(), plan_id, number, form, zone=zone(), now=now(), today=today())
    except InputRefused:
        return _told(plan_id, number, form), 422
    return redirect(url_for("desk.find_told", said="tally"))


# ---- kept apart


@pages.app_template_global()
def waiting_apart() -> WaitingApart | None:
    """Return how many visits are kept apart in the villages of who is signed in, and for how long."""
    return apart.waiting_apart(auth.store(), auth.actor().scope, today=today(), zone=zone())


@pages.get("/apart")
def kept_apart() -> str:
    """List what came under an id of others, or could not be taken."""
    return _apart()


def _apart(problem: str | None = None) -> str:
    rows = apart.apart_page(auth.store(), auth.actor().scope)
    return render_template("contact/apart.html", rows=rows, problem=problem)


@pages.post("/apart")
def settle() -> Answer:
    """Accept one, or drop it."""
    number = whole_number(request.form.get("n", ""))
    how: Settled = "accepted" if request.form.get("how") == "accepted" else "dropped"
    if number is None:
        raise NotFound("entrance.not_here")
    try:
        apart.settle_apart(auth.store(), auth.who(), auth.actor().scope, number, how, now=now(), zone=zone())
    except Conflict as error:
        return _apart(error.say(page_lang())), 409
    return redirect(url_for("desk.kept_apart"))
