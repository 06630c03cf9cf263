"""What is expected of visits, each from its day on: how often, on which days nothing, and when a village starts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from sqlalchemy import Connection, RowMapping

from gridplan.contact.calendar import PAUSE_KINDS, PauseKind
from gridplan.contact.status import Cadence
from gridplan.errors import InputRefused, NotFound
from gridplan.roles import Actor
from gridplan.service.registry.form import FormFields, shown
from gridplan.store import Store, Who
from gridplan.store.contact import cadences, pauses
from gridplan.store.contact.cadences import Cadences
from gridplan.store.plans import plans
from gridplan.store.registry import households, villages
from gridplan.words import series

MOST_DAYS: Final = 365
"""Between visits, of grace, and of one pause."""
LISTED: Final = timedelta(days=365)
"""How long pauses that are over stay listed."""
Subject = Literal["household", "grid"]
SUBJECTS: Final[tuple[Subject, ...]] = ("household", "grid")


@dataclass(frozen=True, slots=True)
class CadenceForm:
    """A cadence as a form says it: of the town, a village, one of its grids or one household."""

    subject: Subject
    village_id: int | None
    number: int | None
    household_id: int | None
    days: int | None
    """None: again as the village, or the town, has it."""
    grace: int | None
    from_day: date


@dataclass(frozen=True, slots=True)
class PauseForm:
    """A pause as a form says it."""

    village_id: int | None
    kind: PauseKind
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class ListedCadence:
    """A cadence in force or to come, whether it has begun, and whether it can still be undone by who looks."""

    row: RowMapping
    has_begun: bool
    is_undoable: bool


@dataclass(frozen=True, slots=True)
class VisitSettingsPage:
    """What is expected in the town and in the villages of an account."""

    town: Cadence
    """In force in the town today."""
    grid_days: int
    """Somebody in each grid, where nothing is set."""
    cadences: tuple[ListedCadence, ...]
    pauses: list[RowMapping]
    """Those of the last year and those to come."""
    villages: list[RowMapping]
    """With their days of notice and start."""


def visit_settings_page(store: Store, actor: Actor, today: date) -> VisitSettingsPage:
    """Return what is expected of visits, as far as an account sees it."""
    with store.read() as connection:
        in_force = Cadences(connection, today)
        listed = [
            ListedCadence(
                row, row["from_day"] <= today, is_undoable(row, today) and may_change(actor, row["of_village"])
            )
            for row in cadences.in_force_and_to_come(connection, today, actor.scope)
        ]
        return VisitSettingsPage(
            in_force.of_town,
            in_force.of_grid(),
            tuple(listed),
            pauses.since(connection, today - LISTED, actor.scope),
            villages.rows(connection, actor.scope),
        )


def may_change(actor: Actor, village_id: int | None) -> bool:
    """Return whether somebody may change what is expected in a village; None is the whole town."""
    return actor.scope is None if village_id is None else actor.reaches([village_id])


# ---- cadences


def form_of(
    store: Store, actor: Actor, household_id: int | None, plan_id: int | None, number: int | None
) -> dict[str, str]:
    """Return the fields of a form for one household, or one grid of a plan; none for what is not within the scope."""
    with store.read() as connection:
        if household_id is not None:
            with suppress(NotFound):
                home = households.by_id(connection, household_id)
                if actor.reaches([home["village_id"]]):
                    return {"village_id": str(home["village_id"]), "household": str(home["code"])}
        for village_id, id_ in plans.published(connection, actor.scope).items():
            if id_ == plan_id and number is not None:
                return {"village_id": str(village_id), "number": str(number)}
    return {}


def parse_cadence(store: Store, actor: Actor, form: FormFields, today: date) -> CadenceForm:
    """Return the cadence of a form.

    Raises
    ------
    InputRefused
        Something in the form is wrong.
    """
    with store.read() as connection:
        village_id = _village(connection, actor, form)
        household_id = _household(connection, actor, form, village_id)
        number = _grid(connection, form, village_id) if household_id is None else None
    days = form.fields.get("days", "").strip()
    grace = form.fields.get("grace", "").strip()
    from_day = form.day("from_day")
    if from_day is None:
        form.reject("from_day", "registry.required")
    elif from_day < today:
        form.reject("from_day", "visits.from_today")
    if not days and village_id is None and household_id is None:
        form.reject("days", "registry.required")
    subject = form.fields.get("subject")
    found = CadenceForm(
        subject="grid" if subject == "grid" and household_id is None else "household",
        village_id=None if household_id is not None else village_id,
        number=number,
        household_id=household_id,
        days=form.whole_number("days", 1, MOST_DAYS) if days else None,
        grace=form.whole_number("grace", 0, MOST_DAYS) if grace else None,
        from_day=from_day or today,
    )
    if subject == "grid" and (household_id is not None or grace):
        form.reject("subject", "visits.grids_alone")
    form.check()
    return found


def _village(connection: Connection, actor: Actor, form: FormFields) -> int | None:
    known = {row["id"] for row in villages.rows(connection, actor.scope)}
    return form.chosen_id("village_id", known, required=actor.scope is not None)


def _household(connection: Connection, actor: Actor, form: FormFields, village_id: int | None) -> int | None:
    text = form.text("household")
    if text is None:
        return None
    found = households.called(connection, text, actor.scope if village_id is None else [village_id])
    if len(found) == 1:
        return int(found[0]["id"])
    if found:
        codes = series(str(row["code"]) for row in found[:5])
        form.reject("household", "visits.several_households", text=shown(text), codes=codes)
    else:
        form.reject("household", "visits.no_household", text=shown(text))
    return None


def _grid(connection: Connection, form: FormFields, village_id: int | None) -> int | None:
    if not form.fields.get("number", "").strip():
        return None
    number = form.whole_number("number", 1, 9999)
    plan_id = plans.published(connection, [village_id]).get(village_id) if village_id is not None else None
    if plan_id is None or number not in {row["number"] for row in plans.grid_rows(connection, plan_id)}:
        form.reject("number", "visits.no_grid", number=number)
    return number


def save_cadence(store: Store, who: Who, form: CadenceForm, *, now: datetime) -> None:
    """Let a cadence hold from its day on. Who may is asked before."""
    values = asdict(form)
    with store.change(who, "add", "cadence", now=now) as change:
        cadences.add(change.connection, values)
        change.village_id = form.village_id
        if form.household_id is not None:
            change.village_id = households.by_id(change.connection, form.household_id)["village_id"]
        change.detail = _detail(values)


def undo_cadence(store: Store, who: Who, cadence_id: int, *, now: datetime, today: date) -> None:
    """Take back a cadence that was a mistake: as if it never was. Who may is asked before.

    Raises
    ------
    InputRefused
        It has been in force before today.
    NotFound
        There is none with this id.
    """
    with store.change(who, "remove", "cadence", now=now) as change:
        row = cadences.by_id(change.connection, cadence_id)
        if not is_undoable(row, today):
            raise InputRefused("visits.in_force")
        cadences.remove(change.connection, cadence_id)
        change.village_id, change.detail = row["of_village"], _detail(row)


def is_undoable(row: RowMapping, today: date) -> bool:
    """Return whether the figures of no day before today depend on a cadence."""
    return bool(row["from_day"] >= today)


def _detail(row: RowMapping | dict[str, object]) -> dict[str, object]:
    """Return what the audit says of a cadence: which household asked for it is nobody's business."""
    kind = "one" if row["household_id"] is not None else row["subject"]
    return {"kind": kind, "number": row["number"], "days": row["days"], "from_day": str(row["from_day"])}


# ---- pauses


def parse_pause(store: Store, actor: Actor, form: FormFields, today: date) -> PauseForm:
    """Return the pause of a form.

    Raises
    ------
    InputRefused
        Something in the form is wrong.
    """
    with store.read() as connection:
        village_id = _village(connection, actor, form)
    kind = next((kind for kind in PAUSE_KINDS if kind == form.fields.get("kind")), None)
    if kind is None:
        form.reject("kind", "registry.not_in_list")
    first, last = form.day("first_day"), form.day("last_day")
    for field, day in (("first_day", first), ("last_day", last)):
        if day is None:
            form.reject(field, "registry.required")
    found = PauseForm(village_id, kind or "other", first or today, last or first or today)
    if found.last_day < found.first_day:
        form.reject("last_day", "visits.pause_order")
    elif found.last_day - found.first_day >= timedelta(days=MOST_DAYS):
        form.reject("last_day", "visits.pause_long", most=MOST_DAYS)
    form.check()
    return found


def save_pause(store: Store, who: Who, form: PauseForm, *, now: datetime) -> None:
    """Let no visit be expected on some days. Who may is asked before."""
    with store.change(who, "add", "pause", now=now) as change:
        change.object_id, change.village_id = pauses.add(change.connection, asdict(form)), form.village_id
        change.detail = {"kind": form.kind, "first_day": str(form.first_day), "last_day": str(form.last_day)}


def undo_pause(store: Store, who: Who, pause_id: int, *, now: datetime) -> None:
    """Take back a pause that was a mistake: as if it never was. Who may is asked before.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    with store.change(who, "remove", "pause", now=now) as change:
        row = pauses.remove(change.connection, pause_id)
        change.object_id, change.village_id = pause_id, row["village_id"]
        change.detail = {"kind": row["kind"], "first_day": str(row["first_day"]), "last_day": str(row["last_day"])}
