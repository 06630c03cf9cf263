"""What is asked of a draft that is redrawn, and what the answers hold, as the description of the interface says.

The answers are made by the service, so these models describe them; a test holds real answers to them.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, RootModel

from gridplan.edits import ProposalKind
from gridplan.model import Counted
from gridplan.service.redraw.edits import Manner
from gridplan.store.columns import LARGEST_ID
from gridplan_web.map_answers import Described, Shape

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Number = Annotated[int, Field(ge=1, le=LARGEST_ID, description="of a grid")]
MOST_HOUSEHOLDS = 20_000
"""Of one village, in one edit."""
LONGEST_SENT = 2_000
"""Letters of a text before spaces in a row become one."""


# ---- what is asked


class StepRequest(BaseModel):
    """What every step says: the version of the plan that was seen, and an id made in the browser."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(
        default=None, ge=0, le=LARGEST_ID, description="of the plan, as it was last seen; 428 without it"
    )
    id: UUID = Field(description="the same for the same request sent again, which gets the same answer")


class TakeBack(StepRequest):
    """Undo or redo."""

    of_others: bool = Field(default=False, description="whether the edit may be another person's")


class Restore(StepRequest):
    """A draft as it was after an edit."""

    edit: Id | None = Field(description="null: as it was made")


class Move(BaseModel):
    """Households come into other grids."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["move"]
    moves: list[tuple[Id, int | None]] = Field(
        min_length=1,
        max_length=MOST_HOUSEHOLDS,
        description="households, and the number of the grid each comes into; below 0: a new grid; null: none",
    )
    manner: Manner = Field(default="move", alias="as", description="what the moves come of, which is how they are said")


class Lock(BaseModel):
    """Grids and households stay as they are, or need not any more."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["lock", "unlock"]
    grids: list[Number] = Field(default_factory=list, max_length=MOST_HOUSEHOLDS)
    households: list[Id] = Field(default_factory=list, max_length=MOST_HOUSEHOLDS)


class Label(BaseModel):
    """The town calls a grid otherwise."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["label"]
    grid: Number
    text: str = Field(max_length=LONGEST_SENT, description="blank: it goes by its number")


class Lead(BaseModel):
    """Another member leads a grid."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["lead"]
    grid: Number
    member: Id | None = Field(description="null: nobody")


class Deputy(BaseModel):
    """A member is deputy in a grid, or not any more."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["deputy"]
    grid: Number
    member: Id
    add: bool


class ExceptionName(Described):
    """Which rule an exception is of, and what of the village it is about."""

    code: str
    hamlet: str | None
    household: str | None = Field(description="its code")
    number: int | None = Field(description="of a grid")


class Accept(BaseModel):
    """An exception is accepted for a reason, or not any more."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["accept"]
    exception: ExceptionName
    reason: str | None = Field(max_length=LONGEST_SENT, description="null: not any more")


class TakeOver(BaseModel):
    """New, moved and gone households are in the draft as they are in the lists now."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["take over"]
    households: list[Id] | None = Field(default=None, max_length=MOST_HOUSEHOLDS, description="null: all of them")


Edit = Move | Lock | Label | Lead | Deputy | Accept | TakeOver


class MoveStep(StepRequest, Move):
    """A step that moves households."""


class LockStep(StepRequest, Lock):
    """A step that locks or unlocks."""


class LabelStep(StepRequest, Label):
    """A step that gives a grid a label."""


class LeadStep(StepRequest, Lead):
    """A step that gives a grid a lead."""


class DeputyStep(StepRequest, Deputy):
    """A step that changes a deputy."""


class AcceptStep(StepRequest, Accept):
    """A step that accepts an exception."""


class TakeOverStep(StepRequest, TakeOver):
    """A step that takes households over from the lists."""


class EditStep(
    RootModel[
        Annotated[
            MoveStep | LockStep | LabelStep | LeadStep | DeputyStep | AcceptStep | TakeOverStep,
            Field(discriminator="kind"),
        ]
    ]
):
    """An edit of one kind."""


class PickedUp(BaseModel):
    """Households that are picked up, and the version of the plan that was seen."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(
        default=None, ge=0, le=LARGEST_ID, description="of the plan, as it was last seen; 428 without it"
    )
    households: list[Id] = Field(min_length=1, max_length=MOST_HOUSEHOLDS)


class Copy(StepRequest):
    """A draft of its own of what was seen."""

    edit: Annotated[Edit, Field(discriminator="kind")] | None = Field(
        default=None, description="made to it; null: none"
    )


class ProposalQuery(BaseModel):
    """What is to be proposed, and for what."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(
        default=None, ge=0, le=LARGEST_ID, description="of the plan, as it was last seen; 428 without it"
    )
    kind: ProposalKind
    grids: list[Number] = Field(
        default_factory=list, max_length=MOST_HOUSEHOLDS, description="none: all of the village, where that can be"
    )
    households: list[Id] = Field(
        default_factory=list, max_length=MOST_HOUSEHOLDS, description="that go into the nearest grid with room"
    )


# ---- what is answered


class CopiedPlan(Described):
    """The plan of a draft that was made."""

    plan: int
    href: str = Field(description="its page")
    left_out: list[str] = Field(description="what could not be put back as it was")


class RedrawRule(Described):
    """A rule that the plan breaks, and the exception that is made of it."""

    code: str
    text: str
    grid: int | None = Field(description="the number of the one it is about")
    household: int | None = Field(description="the id of the one it is about")
    mark: Literal["small", "large", "pieces"] | None = Field(description="how maps mark the grid")
    exception: ExceptionName | None = Field(description="null: nothing that can be accepted is made of it yet")
    reason: str | None = Field(description="why it is accepted; null: it is not")


class EditSummary(Described):
    """An edit."""

    edit: int
    said: str
    by: str
    at: str
    own: bool = Field(description="whether it was made by the account that asks")


class RedrawState(Described):
    """What changes with every step."""

    version: int
    edit: int | None = Field(description="that the plan stands on; null: as it was made")
    is_exact: bool = Field(description="whether outlines are drawn exactly; until then `drawing.json` has them so")
    broken: list[RedrawRule]
    undo: EditSummary | None
    redo: EditSummary | None


class RedrawHousehold(Described):
    """A household as it is in the plan."""

    id: int
    code: str
    name: str | None
    mark: str = Field(description="what the house is known by")
    hamlet: str | None
    lon: float | None
    lat: float | None
    at_hamlet: bool
    grid: int | None = Field(description="the number; null: in none")
    locked: bool
    state: Literal["", "new", "moved", "gone"] = Field(description="how the lists have it otherwise now")


class RedrawPerson(Described):
    """A member."""

    id: int
    name: str


class RedrawGrid(Described):
    """A grid."""

    number: int
    label: str | None
    group: int | None = Field(description="the number of its party group")
    locked: bool
    size: int
    living: int | None = Field(description="how many of its households are neither away nor unoccupied today")
    walk_m: float | None
    walk: str | None = Field(description="the same in words")
    connected: bool
    outline: Shape | None
    shares_ground: bool = Field(description="whether ground of it is shown as another one's until it is drawn exactly")
    leads: list[RedrawPerson]
    deputies: list[RedrawPerson]


class RedrawPlan(RedrawState):
    """A draft of a village."""

    plan: int
    village: str
    draft: int
    bounds: tuple[int, int]
    bounds_count: Counted = Field(description="which households the bounds count")
    is_drawn: bool = Field(description="whether most households have a position, so that there is a map")
    boundary: Shape | None
    households: list[RedrawHousehold]
    grids: list[RedrawGrid]


class StepAnswer(RedrawState):
    """What is otherwise after a step."""

    said: str
    left_out: list[str] = Field(description="what could not be put back as it was")
    households: list[RedrawHousehold]
    left: list[int] = Field(description="ids of households that are in the draft no more")
    grids: list[RedrawGrid]
    gone: list[int] = Field(description="numbers of grids that are no more")


class RedrawOutline(Described):
    """The outline of a grid."""

    number: int
    outline: Shape | None


class RedrawDrawing(Described):
    """The outlines of a draft."""

    version: int = Field(description="of the plan, that they are of")
    outlines: list[RedrawOutline]


class Outcome(Described):
    """What a grid would be."""

    number: int
    size: int
    living: int = Field(description="how many of them are neither away nor unoccupied today")
    walk_m: float | None = Field(description="null: nothing is drawn, or too many households were to be measured")
    walk: str | None = Field(description="the same in words")
    connected: bool | None = Field(description="null: it was not measured")
    caseload: int | None = Field(description="how many households its lead would have in all grids; null: no lead")
    broken: list[str] = Field(description="what would be wrong with it")


class Outcomes(Described):
    """What moving households would come to."""

    version: int
    without: list[Outcome] = Field(description="the grids that the households are from, without them")
    joined: list[Outcome] = Field(description="every grid with all of them in it")
    alone: Outcome = Field(description="a new grid of nobody else")


class PastEdit(EditSummary):
    """An edit in its place among the others."""

    parent: int | None = Field(description="the edit that it was made on; null: the draft as it was made")
    kind: str
    on_way: bool = Field(description="whether it leads to where the draft stands")


class PastStep(Described):
    """A step."""

    version: int = Field(description="since then")
    kind: Literal["edit", "undo", "redo", "restore"]
    edit: int | None = Field(description="that the draft stood on then")
    said: str
    by: str
    at: str
    own: bool


class HistoryQuery(BaseModel):
    """From where the history of a draft is told backwards."""

    before: int | None = Field(None, ge=1, description="the version whose step and later ones are left out")


class RedrawHistory(Described):
    """What was done to a draft, the latest of it or what was before a version."""

    version: int
    edit: int | None
    edits: list[PastEdit] = Field(description="the earliest first; undone ones too")
    steps: list[PastStep] = Field(description="the earliest first")
    earlier: int | None = Field(description="the version to ask for the history before; null: this is the beginning")


class RedrawCandidate(RedrawPerson):
    """Somebody who could lead a grid."""

    facts: list[str] = Field(description="how far they live and whom they know, how many grids they have")
    is_lead: bool
    is_deputy: bool
    named_on_maps: bool = Field(description="whether they agreed that name and duty phone stand on maps")
    has_room: bool = Field(description="whether they may lead one more grid")
    can_help: bool = Field(description="whether they can be deputy of it: who leads a grid is deputy of none")


class Agreement(BaseModel):
    """Whether the lead of a grid agreed that name and duty phone stand on maps."""

    model_config = ConfigDict(extra="forbid")

    member: Id
    agreed: bool


class RedrawCandidates(Described):
    """Who could lead a grid, the nearest first."""

    candidates: list[RedrawCandidate]


class Proposal(Described):
    """A change that is shown before it is made, by an edit with these moves."""

    version: int
    kind: ProposalKind
    said: str = Field(description="what it does and costs; without moves, why there is none")
    notes: list[str] = Field(description="what is to know besides, as which lock stands in the way")
    price: list[tuple[str, str]] = Field(description="each cost by its name")
    moves: list[tuple[int, int]] = Field(
        description="households, and the number of the grid each comes into; below 0: a new grid"
    )
