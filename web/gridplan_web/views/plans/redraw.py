"""Redrawing a village by hand: its page, and what the page asks for and sends."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import abort, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response

from gridplan.edits import ExceptionKey
from gridplan.service.plans import leads as plan_leads
from gridplan.service.plans import schedule
from gridplan.service.redraw import drafts, drawing, edits, history, leads, outcomes, page, proposals, steps
from gridplan.service.redraw.steps import Step
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.plans import redraw_answers
from gridplan_web.views.plans.redraw_answers import (
    Agreement,
    CopiedPlan,
    Copy,
    EditStep,
    HistoryQuery,
    Outcomes,
    PickedUp,
    Proposal,
    ProposalQuery,
    RedrawCandidates,
    RedrawDrawing,
    RedrawHistory,
    RedrawPlan,
    Restore,
    StepAnswer,
    StepRequest,
    TakeBack,
)

pages = APIBlueprint("redraw", __name__, enable_openapi=False)
api = APIBlueprint("redraw_api", __name__, url_prefix="/api", tag="Redraw")


def _step(plan_id: int, sent: StepRequest) -> Step:
    if sent.version is None:
        abort(428)
    return Step(plan_id, sent.version, str(sent.id), page_lang(), sent.model_dump(mode="json"))


def _edit(sent: redraw_answers.Edit) -> edits.EditRequest:
    """Return the edit that is asked for."""
    match sent:
        case redraw_answers.Move():
            return edits.Move(tuple(sent.moves), sent.manner)
        case redraw_answers.Lock():
            return edits.Lock(tuple(sent.grids), tuple(sent.households), sent.kind == "lock")
        case redraw_answers.Label():
            return edits.Label(sent.grid, sent.text)
        case redraw_answers.Lead():
            return edits.Lead(sent.grid, sent.member)
        case redraw_answers.Deputy():
            return edits.Deputy(sent.grid, sent.member, sent.add)
        case redraw_answers.Accept():
            return edits.Accept(ExceptionKey(**sent.exception.model_dump()), sent.reason or "")
        case redraw_answers.TakeOver():
            return edits.TakeOver(None if sent.households is None else tuple(sent.households))


@pages.get("/plans/<int:plan_id>/redraw")
def redraw(plan_id: int) -> str | Response:
    """Show a draft of a village to be redrawn; of a plan that is none, lead to the draft of the one in force."""
    in_force, village, draft_plan = drafts.plan_to_redraw(auth.store(), plan_id)
    if draft_plan == plan_id:
        found = page.redraw_page(auth.store(), plan_id)
        scheduled = schedule.scheduled_plans(auth.store(), [found.village["id"]])
        return render_template("redraw/redraw.html", page=found, scheduled=scheduled)
    if draft_plan is not None:
        return redirect(url_for("redraw.redraw", plan_id=draft_plan))
    return render_template("redraw/begin.html", plan_id=in_force, village=village, is_another=plan_id != in_force)


@pages.post("/plans/<int:plan_id>/redraw")
def begin(plan_id: int) -> Response:
    """Make a draft of the plan in force of a village, unless there is one, and go to its page."""
    made = drafts.redraw_plan(auth.store(), auth.actor(), plan_id, page_lang(), now=now())
    return redirect(url_for("redraw.redraw", plan_id=made))


@api.get("/plans/<int:plan_id>/redraw.json")
@api.output(RedrawPlan)
def plan_data(plan_id: int) -> Response:
    """Return all that the page of a draft of a village needs."""
    return jsonify(page.redraw_data(auth.store(), auth.actor(), plan_id, page_lang(), today()))


@api.get("/plans/<int:plan_id>/history.json")
@api.input(HistoryQuery, location="query", arg_name="asked")
@api.output(RedrawHistory)
def history_data(plan_id: int, asked: HistoryQuery) -> Response:
    """Return what was done to a draft of a village, by whom and when, the latest of it or what was before a version."""
    return jsonify(history.history(auth.store(), auth.actor(), plan_id, page_lang(), asked.before))


@api.get("/plans/<int:plan_id>/grids/<int:number>/leads.json")
@api.output(RedrawCandidates)
def candidates(plan_id: int, number: int) -> Response:
    """Return who could lead a grid of a draft, the nearest first."""
    return jsonify(candidates=leads.candidates(auth.store(), plan_id, number, today(), page_lang()))


@api.post("/plans/<int:plan_id>/grids/<int:number>/agreement")
@api.input(Agreement, arg_name="sent")
@api.output(RedrawCandidates)
def note_agreement(plan_id: int, number: int, sent: Agreement) -> Response:
    """Keep whether the lead of a grid agreed to be named on maps, and return who could lead it."""
    grid = plan_id, number
    note = plan_leads.note_agreement
    note(auth.store(), auth.who(), grid, sent.member, agreed=sent.agreed, now=now(), today=today())
    return candidates(*grid)


@api.get("/plans/<int:plan_id>/drawing.json")
@api.output(RedrawDrawing)
def drawing_data(plan_id: int) -> Response:
    """Return the outlines of a draft, drawn exactly, and the version that they are of."""
    return jsonify(drawing.drawing_answer(auth.store(), plan_id))


@api.post("/plans/<int:plan_id>/outcomes")
@api.input(PickedUp, arg_name="sent")
@api.output(Outcomes)
def outcomes_data(plan_id: int, sent: PickedUp) -> Response:
    """Return what becomes of every grid of a draft if households move to it."""
    if sent.version is None:
        abort(428)
    store, actor = auth.store(), auth.actor()
    found = outcomes.outcomes(store, actor, plan_id, sent.version, sent.households, page_lang(), today())
    return jsonify(found)


@api.post("/plans/<int:plan_id>/edits")
@api.input(EditStep, arg_name="sent")
@api.output(StepAnswer)
def edit(plan_id: int, sent: EditStep) -> Response:
    """Make an edit."""
    step = _step(plan_id, sent.root)
    return jsonify(steps.edit(auth.store(), auth.actor(), step, _edit(sent.root), now=now()))


@api.post("/plans/<int:plan_id>/undo")
@api.input(TakeBack, arg_name="sent")
@api.output(StepAnswer)
def undo(plan_id: int, sent: TakeBack) -> Response:
    """Take back the latest edit."""
    step = _step(plan_id, sent)
    return jsonify(steps.undo(auth.store(), auth.actor(), step, of_others=sent.of_others, now=now()))


@api.post("/plans/<int:plan_id>/redo")
@api.input(TakeBack, arg_name="sent")
@api.output(StepAnswer)
def redo(plan_id: int, sent: TakeBack) -> Response:
    """Make the edit again that was taken back last."""
    step = _step(plan_id, sent)
    return jsonify(steps.redo(auth.store(), auth.actor(), step, of_others=sent.of_others, now=now()))


@api.post("/plans/<int:plan_id>/restore")
@api.input(Restore, arg_name="sent")
@api.output(StepAnswer)
def restore(plan_id: int, sent: Restore) -> Response:
    """Let a draft be as it was after an edit, or as it was made."""
    return jsonify(steps.restore(auth.store(), auth.actor(), _step(plan_id, sent), sent.edit, now=now()))


@api.post("/plans/<int:plan_id>/copy")
@api.input(Copy, arg_name="sent")
@api.output(CopiedPlan)
def copy(plan_id: int, sent: Copy) -> Response:
    """Make a draft of its own of what was seen, with an edit made to it."""
    edit = None if sent.edit is None else _edit(sent.edit)
    made = drafts.keep_mine(auth.store(), auth.actor(), _step(plan_id, sent), edit, now=now())
    return jsonify(made | {"href": url_for("redraw.redraw", plan_id=made["plan"])})


@api.post("/plans/<int:plan_id>/proposals")
@api.input(ProposalQuery, arg_name="sent")
@api.output(Proposal)
def proposal(plan_id: int, sent: ProposalQuery) -> Response:
    """Return what is proposed for a draft, without doing it."""
    if sent.version is None:
        abort(428)
    asked = sent.version, sent.kind, sent.grids, sent.households
    return jsonify(proposals.proposal(auth.store(), auth.actor(), plan_id, *asked, page_lang(), today()))
