"""Redrawing a village by hand: its page, and what the page asks for and sends."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask import abort, jsonify, render_template
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.wrappers import Response

from gridplan.service.redraw import edits, leads, page
from gridplan.service.redraw.edits import EditRequest, Step
from gridplan.store.columns import LARGEST_ID
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang

pages = APIBlueprint("redraw", __name__, enable_openapi=False)
api = APIBlueprint("redraw_api", __name__, url_prefix="/api", tag="Redraw")

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
MOST_HOUSEHOLDS = 20_000
"""Of one village, in one edit."""


class StepRequest(BaseModel):
    """What every step says: the version of the plan that was seen, and an id made in the browser."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(default=None, ge=0, description="of the plan, as it was last seen; 428 without it")
    id: UUID = Field(description="the same for the same request sent again, which gets the same answer")


class TakeBack(StepRequest):
    """Undo or redo."""

    of_others: bool = Field(default=False, description="whether the edit may be another person's")


class EditStep(StepRequest):
    """An edit."""

    kind: Literal["move"]
    moves: list[tuple[Id, int | None]] = Field(
        default_factory=list,
        max_length=MOST_HOUSEHOLDS,
        description="households, and the number of the grid each comes into; below 0: a new grid; null: none",
    )


def _step(plan_id: int, sent: StepRequest) -> Step:
    if sent.version is None:
        abort(428)
    asked: dict[str, Any] = sent.model_dump(mode="json")
    return Step(plan_id, sent.version, str(sent.id), page_lang(), asked)


@pages.get("/plans/<int:plan_id>/redraw")
def redraw(plan_id: int) -> str:
    """Show a draft of a village to be redrawn."""
    return render_template("redraw/redraw.html", page=page.redraw_page(auth.store(), plan_id))


@api.get("/plans/<int:plan_id>/redraw.json")
def plan_data(plan_id: int) -> Response:
    """Return all that the page of a draft of a village needs."""
    return jsonify(page.redraw_data(auth.store(), auth.actor(), plan_id, page_lang()))


@api.get("/plans/<int:plan_id>/grids/<int:number>/leads.json")
def candidates(plan_id: int, number: int) -> Response:
    """Return who could lead a grid of a draft, the nearest first."""
    return jsonify(candidates=leads.candidates(auth.store(), plan_id, number, today(), page_lang()))


@api.post("/plans/<int:plan_id>/edits")
@api.input(EditStep, arg_name="sent")
def edit(plan_id: int, sent: EditStep) -> Response:
    """Make an edit."""
    request = EditRequest(sent.kind, tuple(sent.moves))
    return jsonify(edits.edit(auth.store(), auth.actor(), _step(plan_id, sent), request, now=now()))


@api.post("/plans/<int:plan_id>/undo")
@api.input(TakeBack, arg_name="sent")
def undo(plan_id: int, sent: TakeBack) -> Response:
    """Take back the latest edit."""
    step = _step(plan_id, sent)
    return jsonify(edits.undo(auth.store(), auth.actor(), step, of_others=sent.of_others, now=now()))


@api.post("/plans/<int:plan_id>/redo")
@api.input(TakeBack, arg_name="sent")
def redo(plan_id: int, sent: TakeBack) -> Response:
    """Make the edit again that was taken back last."""
    step = _step(plan_id, sent)
    return jsonify(edits.redo(auth.store(), auth.actor(), step, of_others=sent.of_others, now=now()))
