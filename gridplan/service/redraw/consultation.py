"""Asking the village about a draft: copies are sent, what the branch wishes is typed back by number, and applied."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection, RowMapping

from gridplan.contact.sheet_number import new_number, parse_number, parse_rows, spaced
from gridplan.errors import InputRefused, NotFound
from gridplan.exchange.paper.consultation import ConsultationCopy, MapGrid, RosterRow
from gridplan.names import LONGEST_TEXT, one_line, whole_number
from gridplan.roles import Actor
from gridplan.service.contact.own_list import mark
from gridplan.service.redraw.drawing import ensure_drawn
from gridplan.service.redraw.edits import Editing, Move, edited
from gridplan.service.redraw.open_plan import OpenPlan, as_of_day, open_plan, redrawn
from gridplan.service.redraw.steps import Step, edit_in
from gridplan.store import Store, Who
from gridplan.store.plans import consultations, drafts, edits
from gridplan.store.plans.consultations import ConsultationState
from gridplan.store.registry import members, villages
from gridplan.words import Lang, Message

WISH: Final = re.compile(r"(?P<rows>.+?)\s*(?:->|[:>=→]|to|至|到|调至|调到|\s)\s*(?P<grid>[0-9]{1,9})")
"""A line of what is typed back: rows, then the number of a grid; 0 for none."""
Wishes = Mapping[int, int | None]
"""The grid wished for each row; None for none."""


@dataclass(frozen=True, slots=True)
class SentCopy:
    """A copy of a draft that was sent."""

    row: RowMapping

    @property
    def state(self) -> ConsultationState:
        """How far it is."""
        return consultations.state_of(self.row)

    @property
    def number(self) -> str:
        """Its number, as it is printed."""
        return spaced(self.row["number"])

    @property
    def is_current(self) -> bool:
        """Whether the draft is still as it was printed."""
        return bool(self.row["version"] == self.row["plan_version"])

    @property
    def wishes(self) -> dict[int, int | None]:
        """The grid wished for each row that is to change."""
        return {row: number for row, number in self.row["wishes"] or ()}


@dataclass(frozen=True, slots=True)
class Wish:
    """A row of a copy, the household in it, and where that is and is to be."""

    row: int
    household: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class ConsultationPage:
    """The copies of a draft, and what one of them that came back would change."""

    plan: RowMapping
    draft: RowMapping
    village: str
    copies: tuple[SentCopy, ...]
    shown: SentCopy | None = None
    wishes: tuple[Wish, ...] = ()
    """Those that would change something in the draft as it is now."""
    left_out: tuple[Message, ...] = ()
    broken: tuple[tuple[Message, ...], tuple[Message, ...]] = ((), ())
    """The rules that the draft breaks now, and those that it would break."""


def consultation_page(store: Store, plan_id: int, day: date, number: str | None = None) -> ConsultationPage:
    """Return the copies of a draft, and of the one with a number what it would change.

    Raises
    ------
    NotFound
        There is no such draft, or none of its copies has this number.
    """
    with store.read() as connection:
        plan = edits.plan_row(connection, plan_id)
        draft = drafts.by_id(connection, plan["draft_id"] or 0)
        village = villages.by_id(connection, plan["village_id"])["name"]
        copies = tuple(map(SentCopy, consultations.of_plan(connection, plan_id)))
        shown = next((one for one in copies if one.row["number"] == number), None)
        if number is not None and shown is None:
            raise NotFound("entrance.not_here")
        if shown is None or shown.state != "returned" or plan["state"] != "draft":
            return ConsultationPage(plan, draft, village, copies, shown)
        opened = as_of_day(connection, open_plan(connection, plan_id), day)
        wishes, left_out = _wishes(opened, shown)
        moves = _moves(opened, shown, wishes)
        after = opened
        if moves:
            rows, _ = edited(Editing(connection, opened, shown.row["returned_at"]), moves)
            after = redrawn(connection, opened, rows)
    return ConsultationPage(plan, draft, village, copies, shown, wishes, left_out, (opened.broken, after.broken))


def _wishes(opened: OpenPlan, copy: SentCopy) -> tuple[tuple[Wish, ...], tuple[Message, ...]]:
    """Return the wishes that change something, and those of households and grids that are no more."""
    found, left_out = [], []
    for row, number in copy.wishes.items():
        home_id = copy.row["rows"][row - 1][0]
        home = opened.homes.get(home_id)
        called = f"{row} · {mark(home)}" if home is not None else str(row)
        if home is None or not opened.lives_here(home_id):
            left_out.append(Message("consultation.gone", {"household": called}))
        elif number is not None and number not in opened.rows.grids:
            left_out.append(Message("consultation.no_grid_now", {"household": called, "number": number}))
        elif (before := opened.rows.grid_of.get(home_id)) != number:
            found.append(Wish(row, called, before, number))
    return tuple(found), tuple(left_out)


def _moves(opened: OpenPlan, copy: SentCopy, wishes: Sequence[Wish]) -> Move | None:
    moves = tuple((int(copy.row["rows"][wish.row - 1][0]), wish.after) for wish in wishes)
    return Move(moves, "consultation") if moves else None


def find_copy(store: Store, actor: Actor, text: str) -> tuple[int, str]:
    """Return the plan and the number of a copy, from the number as somebody typed it.

    Raises
    ------
    InputRefused
        It is no number, or mistyped.
    NotFound
        No copy of a village in the scope of the account has it.
    """
    number = parse_number(text)
    with store.read() as connection:
        copy = consultations.by_number(connection, number)
    if not actor.reaches([copy["village_id"]]):
        raise NotFound("entrance.not_here")
    return copy["plan_id"], number


def _copy_of_plan(connection: Connection, plan_id: int, number: str) -> SentCopy:
    """Return a copy of a plan."""
    copy = consultations.by_number(connection, number)
    if copy["plan_id"] != plan_id:
        raise NotFound("entrance.not_here")
    return SentCopy(copy)


# ---- sent


def send(store: Store, who: Who, plan_ids: Collection[int], *, now: datetime, random: Random) -> list[str]:
    """Send copies of drafts of villages, and return their numbers.

    One that was sent of the same version and did not come back yet is sent again under its number.

    Raises
    ------
    NotFound
        There is no such draft.
    Conflict
        One of them was published or deleted.
    """
    numbers = []
    with store.change(who, "send", "consultation", now=now) as change:
        connection = change.connection
        for plan_id in plan_ids:
            opened = open_plan(connection, plan_id)
            change.by_village[opened.row["village_id"]] = {"plan": plan_id}
            last = next(map(SentCopy, consultations.of_plan(connection, plan_id)), None)
            if last is not None and last.state == "sent" and last.is_current:
                numbers.append(str(last.row["number"]))
                continue
            rows = _roster(opened)
            while not consultations.add(
                connection, plan_id, number := new_number(random), opened.row["version"], rows,
                sent_by=who.account_id or 0, now=now,
            ):  # fmt: skip
                pass
            numbers.append(number)
    return numbers


def _roster(opened: OpenPlan) -> list[tuple[int, int | None]]:
    """Return the households that live in the village, grid by grid, those in none last."""
    grid_of = opened.rows.grid_of
    homes = [id_ for id_ in opened.homes if opened.lives_here(id_)]
    last = max(opened.rows.grids, default=0) + 1
    homes.sort(key=lambda id_: (grid_of.get(id_, last), str(opened.homes[id_]["code"])))
    return [(id_, grid_of.get(id_)) for id_ in homes]


def printed_copies(store: Store, numbers: Sequence[str], *, names: bool, today: date) -> list[ConsultationCopy]:
    """Return copies as they are printed, with the names of households where `names`.

    One that is not of the draft as it is now has no map.

    Raises
    ------
    NotFound
        There is no such copy.
    """
    found = []
    with store.read() as connection:
        plan_ids = {consultations.by_number(connection, number)["plan_id"] for number in numbers}
    ensure_drawn(store, plan_ids)
    with store.read() as connection:
        for number in numbers:
            copy = SentCopy(consultations.by_number(connection, number))
            opened = open_plan(connection, copy.row["plan_id"])
            found.append(_printed(connection, copy, opened, names=names, today=today))
    return found


def _printed(connection: Connection, copy: SentCopy, opened: OpenPlan, *, names: bool, today: date) -> ConsultationCopy:
    leads = members.names(connection, set(opened.rows.leads().values()))
    lead_of = {number: leads[id_] for number, id_ in opened.rows.leads().items()}
    sizes: dict[int, int] = {}
    rows = []
    for row, (id_, grid) in enumerate(copy.row["rows"], start=1):
        home = opened.homes.get(id_)
        if grid is not None:
            sizes[grid] = sizes.get(grid, 0) + 1
        if home is not None:
            name = home["name"] if names else None
            rows.append(RosterRow(row, grid, mark(home), home["hamlet"], name))
    is_current = copy.is_current
    return ConsultationCopy(
        number=copy.row["number"],
        village=opened.village,
        draft=drafts.by_id(connection, opened.row["draft_id"])["name"],
        day=today,
        grids=tuple(
            MapGrid(number, size, lead_of.get(number), opened.drawn[number].outline if is_current else None)
            for number, size in sorted(sizes.items())
        ),
        rows=tuple(rows),
        places=tuple((home.lon, home.lat) for home in opened.planned.plan.households if home.has_place),
        boundary=opened.planned.boundary,
    )


# ---- typed back


def parse_wishes(text: str, rows: int, grids: Collection[int]) -> dict[int, int | None]:
    """Return what somebody typed of a copy that came back: on each line rows and the number of a grid, 0 for none.

    Raises
    ------
    InputRefused
        A line cannot be understood, or names a row or grid that is not there; a row is there twice.
    """
    wishes: dict[int, int | None] = {}
    for line in filter(None, map(one_line, unicodedata.normalize("NFKC", text).splitlines())):
        found = WISH.fullmatch(line)
        number = whole_number(found["grid"]) if found else None
        if found is None or number is None:
            raise InputRefused("consultation.line", line=line[:LONGEST_TEXT])
        if number and number not in grids:
            raise InputRefused("consultation.no_grid", line=line[:LONGEST_TEXT], number=number)
        for row in parse_rows(found["rows"], rows):
            if wishes.setdefault(row, number or None) != (number or None):
                raise InputRefused("consultation.twice", row=row)
    return wishes


def type_back(store: Store, who: Who, plan_id: int, number: str, typed: str, word: str, *, now: datetime) -> None:
    """Keep what came back of a copy; until it is applied it can be typed again.

    Raises
    ------
    InputRefused
        What was typed cannot be understood, or the copy was applied already.
    NotFound
        There is no such copy.
    Conflict
        The draft was published or deleted.
    """
    with store.change(who, "type back", "consultation", now=now) as change:
        connection = change.connection
        copy = _copy_of_plan(connection, plan_id, number)
        opened = open_plan(connection, plan_id)
        if copy.state == "applied":
            raise InputRefused("consultation.applied_already", number=number)
        grids = {*opened.rows.grids, *(grid for _, grid in copy.row["rows"] if grid is not None)}
        wishes = parse_wishes(typed, len(copy.row["rows"]), grids)
        said = one_line(word)
        if len(said) > LONGEST_TEXT:
            raise InputRefused("registry.too_long", most=LONGEST_TEXT, n=len(said))
        consultations.note_returned(
            connection, copy.row["id"], wishes, said or None, returned_by=who.account_id or 0, now=now
        )
        change.object_id, change.village_id = opened.id, opened.row["village_id"]
        change.detail = {"wishes": len(wishes)}


def apply_wishes(
    store: Store, actor: Actor, plan_id: int, number: str, version: int, lang: Lang, *, now: datetime
) -> None:
    """Apply what was wished on a copy as one edit of the draft, which can be undone.

    Raises
    ------
    InputRefused
        It was applied already, nothing came back yet, or what is wished cannot be done: a household is locked.
    NotFound
        There is no such copy.
    Conflict
        The draft has another version than was seen, or was published or deleted.
    """
    with store.change(Who(actor.account_id, actor.role), "apply", "consultation", now=now) as change:
        connection = change.connection
        copy = _copy_of_plan(connection, plan_id, number)
        if copy.state != "returned":
            code = "consultation.applied_already" if copy.state == "applied" else "consultation.nothing_returned"
            raise InputRefused(code, number=number)
        opened = open_plan(connection, plan_id)
        wishes, _ = _wishes(opened, copy)
        move = _moves(opened, copy, wishes)
        edit_id = None
        if move is not None:
            step = Step(opened.id, version, str(uuid5(NAMESPACE_URL, f"consultation/{copy.row['id']}")), lang)
            edit_id = edit_in(connection, actor, step, move, now=now)["edit"]
        consultations.note_applied(connection, copy.row["id"], edit_id, now)
        change.object_id, change.village_id = opened.id, opened.row["village_id"]
        change.detail = {"households": len(wishes)}
