"""A plan.xlsx that comes back: changed grids and leads become an edit, merged row by row with what was done since."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, Literal
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection, RowMapping

from gridplan.edits import Merged, PlanRows, merged
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.exchange.lists.plan_workbook import ReturnedLead, ReturnedPlan, read_returned_plan
from gridplan.exchange.tables.source import Source
from gridplan.model import PlanOrigin
from gridplan.names import folded, one_line
from gridplan.roles import Actor
from gridplan.service.contact.own_list import mark
from gridplan.service.redraw.drafts import draft_of, redraw_plan
from gridplan.service.redraw.edits import Editing, FromWorkbook, edited
from gridplan.service.redraw.history import rows_at
from gridplan.service.redraw.open_plan import OpenPlan, as_of_day, closed, open_plan, read_plan, redrawn
from gridplan.service.redraw.steps import Step, edit_in
from gridplan.store import Store, Who
from gridplan.store.columns import LARGEST_ID
from gridplan.store.plans import edits, plans
from gridplan.store.registry import members
from gridplan.store.system.town_settings import town_day
from gridplan.words import Lang, Message

MOST_SHOWN: Final = 200
"""Changes of a village that the page lists; all of them are applied."""


@dataclass(frozen=True, slots=True)
class ReturnedChange:
    """A household or a lead that the workbook has otherwise."""

    kind: Literal["home", "lead"]
    key: str
    """By which a choice names it in a form."""
    what: str
    before: str
    now: str
    """What the draft has by now; as before, unless it was changed there too."""
    after: str


@dataclass(frozen=True)
class ReturnedVillage:
    """What a workbook changes in a village."""

    plan_id: int
    version: int
    """Of the plan that it would be applied to."""
    village: str
    is_draft: bool
    """Otherwise the plan is in force, and a draft of it will be made."""
    changes: tuple[ReturnedChange, ...]
    conflicts: tuple[ReturnedChange, ...]
    """What was changed in the draft too: one has to be chosen."""
    broken: tuple[tuple[Message, ...], tuple[Message, ...]]
    """The rules broken now, and after the changes without conflicts."""
    stored: Mapping[str, Any]
    """What the form carries."""


@dataclass(frozen=True)
class ReturnPreview:
    """What a workbook changes, and the rows of it that cannot be taken."""

    file: str
    villages: tuple[ReturnedVillage, ...]
    refused: tuple[Message, ...]

    @property
    def form(self) -> str:
        """What is applied, as the form carries it."""
        return json.dumps([one.stored for one in self.villages if one.changes or one.conflicts])


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a workbook has otherwise than the plan that it was made of: grids by household, leads by grid."""

    grids: Merged
    leads: Merged

    @classmethod
    def of(cls, base: PlanRows, now: PlanRows, homes: Mapping[int, Any], leads: Mapping[int, Any]) -> _Wanted:
        """Merge what came back with what was done since."""
        return cls(merged(base.grid_of, now.grid_of, homes), merged(base.leads(), now.leads(), leads))


def preview_workbook(store: Store, actor: Actor, name: str, content: IO[bytes], *, now: datetime) -> ReturnPreview:
    """Return what a workbook would change, of the villages in the scope of an account.

    Raises
    ------
    InputRefused
        It cannot be read, or is no plan of a service.
    """
    called = one_line(name.replace("\\", "/").rpartition("/")[2])[:120] or "?"
    with tempfile.TemporaryDirectory(prefix="gridplan-") as folder:
        path = Path(folder) / "plan.xlsx"
        with path.open("wb") as file:
            shutil.copyfileobj(content, file)
        returned = read_returned_plan(Source(path, called=called))
    if returned is None or not returned.origins:
        raise InputRefused("returned.not_ours", file=called)
    refused, found = list(returned.refused), []
    with store.read() as connection:
        for village, origin in returned.origins.items():
            row = edits.plan_by_key(connection, origin.key)
            if row is None or not actor.reaches([row["village_id"]]):
                refused.append(Message("returned.unknown", {"village": village}))
                continue
            try:
                found.append(_village(connection, row, origin, returned, refused, now=now))
            except InputRefused as error:
                refused.append(error.message)
    return ReturnPreview(called, tuple(found), tuple(refused))


def _village(
    connection: Connection,
    row: RowMapping,
    origin: PlanOrigin,
    returned: ReturnedPlan,
    refused: list[Message],
    *,
    now: datetime,
) -> ReturnedVillage:
    opened, base, is_draft = _target(connection, row, origin.version)
    opened = as_of_day(connection, opened, town_day(connection, now))
    village = next(name for name, of in returned.origins.items() if of == origin)
    homes = {}
    for home in returned.homes:
        if home.village == village:
            id_ = opened.id_of.get(home.code)
            if id_ is None:
                refused.append(Message("returned.no_household", {"row": home.row, "code": home.code}))
            else:
                homes[id_] = home.number
    leads = _leads(connection, opened, base, [one for one in returned.leads if one.village == village], refused)
    wanted = _Wanted.of(base, opened.rows, homes, leads)
    names = members.names(
        connection, {*base.leads().values(), *opened.rows.leads().values(), *filter(None, leads.values())}
    )
    after = opened
    if wanted.grids.changes or wanted.leads.changes:
        rows, _ = edited(Editing(connection, opened, now), _request(opened, wanted, ()))
        after = redrawn(connection, opened, rows)
    return ReturnedVillage(
        opened.id,
        opened.row["version"],
        opened.village,
        is_draft,
        tuple(_changes(opened, wanted, names, conflicts=False)),
        tuple(_changes(opened, wanted, names, conflicts=True)),
        (opened.broken, after.broken),
        {
            "plan": row["id"],
            "target": opened.id,
            "seen": opened.row["version"],
            "version": origin.version,
            "homes": sorted(_otherwise(base.grid_of, homes).items()),
            "leads": sorted(_otherwise(base.leads(), leads).items()),
        },
    )


def _otherwise(base: Mapping[int, int], of: Mapping[int, int | None]) -> dict[int, int | None]:
    return {key: value for key, value in of.items() if base.get(key) != value}


def _target(connection: Connection, row: RowMapping, version: int) -> tuple[OpenPlan, PlanRows, bool]:
    """Return the plan that a workbook is applied to, the rows of which it was made, and whether that is a draft."""
    if closed(connection, row) is None:
        opened = open_plan(connection, row["id"])
        if version > row["version"]:
            raise InputRefused("returned.no_version", village=opened.village)
        edit_id = edits.edit_at(connection, row["id"], version) if version else None
        return opened, rows_at(connection, opened, edit_id)[0], True
    in_force = plans.published(connection, [row["village_id"]]).get(row["village_id"])
    if in_force is None:
        raise InputRefused("returned.closed", village=read_plan(connection, row).village)
    base, draft_plan = edits.read_rows(connection, row["id"]), draft_of(connection, row["village_id"], in_force)
    if draft_plan is not None:
        return open_plan(connection, draft_plan), base, True
    return read_plan(connection, edits.plan_row(connection, in_force)), base, False


def _leads(
    connection: Connection, opened: OpenPlan, base: PlanRows, given: Collection[ReturnedLead], refused: list[Message]
) -> dict[int, int | None]:
    """Return who leads each grid by the workbook: by the code, or by the name where that alone was changed."""
    ids = members.ids_by_code(connection)
    names = members.names(connection, ids.values())
    by_name: dict[str, set[int]] = {}
    for id_, name in names.items():
        by_name.setdefault(folded(name), set()).add(id_)
    found: dict[int, int | None] = {}
    for one in given:
        before = base.leads().get(one.number)
        member = ids.get(one.code or "")
        renamed = one.name and (member is None or (member == before and folded(names[member]) not in folded(one.name)))
        if renamed:
            called = by_name.get(folded(one.name), set())
            if len(called) != 1:
                values = {"row": one.row, "number": one.number, "who": one.name}
                refused.append(Message("returned.no_member", values))
                continue
            (member,) = called
        elif one.code and member is None:
            refused.append(Message("returned.no_member", {"row": one.row, "number": one.number, "who": one.code}))
            continue
        found[one.number] = member
    return found


def _changes(opened: OpenPlan, wanted: _Wanted, names: Mapping[int, str], *, conflicts: bool) -> list[ReturnedChange]:
    """Return the changes of a village as a page lists them."""

    def grid(number: int | None) -> str:
        return "–" if number is None else str(number)

    def lead(id_: int | None) -> str:
        return "–" if id_ is None else names.get(id_, "–")

    found = []
    for home, (before, now, after) in (wanted.grids.conflicts if conflicts else wanted.grids.changes).items():
        what = f"{opened.homes[home]['code']} · {mark(opened.homes[home])}"
        found.append(
            ReturnedChange(
                "home", f"home-{opened.row['village_id']}-{home}", what, grid(before), grid(now), grid(after)
            )
        )
    for number, (before, now, after) in (wanted.leads.conflicts if conflicts else wanted.leads.changes).items():
        key = f"lead-{opened.row['village_id']}-{number}"
        found.append(ReturnedChange("lead", key, str(number), lead(before), lead(now), lead(after)))
    return found


def _request(opened: OpenPlan, wanted: _Wanted, chosen: Collection[str]) -> FromWorkbook:
    """Return the edit that makes of a plan what is wanted, and of conflicts those that were chosen."""

    def of(kind: str, merge: Merged) -> dict[int, int | None]:
        taken = {
            key: after
            for key, (*_, after) in merge.conflicts.items()
            if f"{kind}-{opened.row['village_id']}-{key}" in chosen
        }
        return {key: after for key, (*_, after) in merge.changes.items()} | taken

    moves = of("home", wanted.grids)
    new = {number for number in moves.values() if number is not None} - opened.rows.grids.keys()
    placeholder = {number: -at for at, number in enumerate(sorted(new), start=1)}
    return FromWorkbook(
        tuple((home, placeholder.get(number, number) if number else None) for home, number in moves.items()),
        tuple((number, member) for number, member in of("lead", wanted.leads).items() if number in opened.rows.grids),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the form says of a village: the plan that the workbook names, and the state of the one it is applied to."""

    plan: int
    version: int
    target: int
    seen: int
    homes: Mapping[int, int | None]
    leads: Mapping[int, int | None]


def _asked(form: str) -> list[_Asked]:
    """Return what a form says; it comes from a browser."""
    try:
        return [_read(one) for one in json.loads(form)]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InputRefused("returned.form") from None


def _read(one: Mapping[str, Any]) -> _Asked:
    ids = [one[name] for name in ("plan", "version", "target", "seen")]
    pairs = [dict(one[name]) for name in ("homes", "leads")]
    numbers = [*ids, *(number for of in pairs for pair in of.items() for number in pair if number is not None)]
    if not all(type(number) is int and 0 <= number <= LARGEST_ID for number in numbers):
        raise ValueError(numbers)
    return _Asked(*ids, *pairs)


def apply_workbook(
    store: Store, actor: Actor, form: str, chosen: Collection[str], lang: Lang, *, now: datetime
) -> tuple[int, ...]:
    """Apply what was previewed of a workbook, as one edit of each village, and return the ids of the drafts' plans.

    Where the plan is in force, a draft of it is made first. `chosen` are the keys of the conflicts that are to be as
    the workbook has them; the others stay.

    Raises
    ------
    InputRefused
        The form cannot be read, or what is wanted cannot be done: a household is locked.
    NotFound
        A plan is not there, or out of the scope.
    Conflict
        A draft was changed since the preview.
    """
    asked = _asked(form)
    with store.read() as connection:
        for one in asked:
            row = edits.plan_row(connection, one.plan)
            if not actor.reaches([row["village_id"]]):
                raise NotFound("entrance.not_here")
            opened, *_ = _target(connection, row, one.version)
            if (opened.id, opened.row["version"]) != (one.target, one.seen):
                raise Conflict("returned.changed", village=opened.village)
    drafts = [redraw_plan(store, actor, one.target, lang, now=now) for one in asked]
    with store.change(Who(actor.account_id, actor.role), "apply", "workbook", now=now) as change:
        connection = change.connection
        for one, plan_id in zip(asked, drafts, strict=True):
            row = edits.plan_row(connection, one.plan)
            opened, base, _ = _target(connection, row, one.version)
            if opened.id != plan_id or (plan_id == one.target and opened.row["version"] != one.seen):
                raise Conflict("returned.changed", village=opened.village)
            request = _request(opened, _Wanted.of(base, opened.rows, one.homes, one.leads), chosen)
            request_id = str(uuid5(NAMESPACE_URL, f"workbook/{plan_id}/{form}"))
            edit_in(connection, actor, Step(plan_id, None, request_id, lang), request, now=now)
            change.by_village[row["village_id"]] = {"plan": plan_id, "households": len(request.moves)}
    return tuple(drafts)
