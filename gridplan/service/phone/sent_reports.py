"""What phones send besides visits: corrections of the list, needs, and the order in which somebody walks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from gridplan.contact.operations import CorrectionMade, NeedMade, OrderMade
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.needs import check_step
from gridplan.roles import Actor
from gridplan.service.contact.corrections import Report, ReportPage, parse_report, row_of
from gridplan.service.needs.raising import Raised, RaisePage, parse_need
from gridplan.service.phone.sender import NOT_YOURS, Result, Sender
from gridplan.service.registry.form import FormFields
from gridplan.store import needs
from gridplan.store.contact import corrections, visits
from gridplan.store.needs import By
from gridplan.store.phone import walking_orders
from gridplan.store.registry import households, villages


def take_corrections(sender: Sender, sent: Sequence[CorrectionMade]) -> dict[str, Result]:
    """Keep corrections, no two of them under one id, and return what became of each, by id."""
    return {one.id: _take_correction(sender, one) for one in sent}


def _take_correction(sender: Sender, one: CorrectionMade) -> Result:
    day = sender.moment(one).day(sender.zone)
    told = Result(one.id, "created", household=one.household, village_id=_village_of(sender, one, day))
    report: Report | None = None
    if sender.has_ended or told.village_id is None:
        told = replace(told, verdict="quarantined", why=NOT_YOURS)
    else:
        try:
            report = _report(sender, one, told.village_id, day)
        except (InputRefused, NotFound, Conflict) as problem:
            told = replace(told, verdict="quarantined", why=problem.message.code)
    if report is not None:
        row = row_of(report, sender.account_id, sender.received.service)
        if corrections.add(sender.connection, row | {"content_hash": sender.hash_of(one)}):
            return told
    return sender.judged(told, one, corrections.sent_before(sender.connection, [one.id]))


def _village_of(sender: Sender, one: CorrectionMade, day: date) -> int | None:
    if one.household is None:
        return sender.authority.village_of_grid(one.grid, day, one.list)
    return sender.authority.village_of_home(one.household, day, one.list)


def _report(sender: Sender, one: CorrectionMade, village_id: int, day: date) -> Report:
    """Return the report that the form of a page would make of it.

    Raises
    ------
    InputRefused, NotFound
        It says what that form refuses.
    """
    connection = sender.connection
    home = None if one.household is None else households.by_id(connection, one.household)
    village = villages.by_id(connection, village_id if home is None else home["village_id"])
    others = tuple({"id": id_} for id_ in sender.authority.homes(day, one.list) - {one.household})
    typed = {name: str(value) for name, value in one.fields.items()} | {"id": one.id, "kind": one.kind}
    return parse_report(FormFields(typed), ReportPage(home, village, others, ()), member_id=sender.member_id)


# ---- needs


def take_needs(sender: Sender, sent: Sequence[NeedMade]) -> dict[str, Result]:
    """Keep needs, no two of them under one id, and return what became of each, by id."""
    return {one.id: _take_need(sender, one) for one in sent}


def _take_need(sender: Sender, one: NeedMade) -> Result:
    moment = sender.moment(one)
    day = moment.day(sender.zone, one.days_ago)
    village_id = sender.authority.village_of_home(one.household, day, one.list)
    told = Result(one.id, "created", day, None, moment.clock, one.household, village_id)
    raised: Raised | None = None
    if sender.has_ended or village_id is None:
        told = replace(told, verdict="quarantined", why=NOT_YOURS)
    else:
        try:
            raised = _raised(sender, one, day)
        except (InputRefused, NotFound, Conflict) as problem:
            told = replace(told, verdict="quarantined", why=problem.message.code)
    if raised is not None:
        by = By(sender.account_id, sender.received.service, sender.member_id)
        hash_ = sender.hash_of(one)
        _, verdict = needs.add(sender.connection, raised.new, raised.steps, by, content_hash=hash_)
        return replace(told, verdict=verdict)
    return sender.judged(told, one, needs.sent_before(sender.connection, [one.id]))


def _raised(sender: Sender, one: NeedMade, day: date) -> Raised:
    """Return the need that the form of a page would make of it.

    Raises
    ------
    InputRefused, NotFound
        It says what that form refuses.
    """
    connection, today = sender.connection, sender.authority.today
    home = households.by_id(connection, sender.authority.current(one.household))
    typed = {"id": one.id, "category": one.category, "text": one.text, "day": day.isoformat()}
    form = FormFields(typed | ({"solved": "1"} if one.solved else {}))
    page = RaisePage(home, tuple(needs.owners(connection, home["village_id"])), ())
    member = Actor(sender.account_id or 0, "", "member", None, sender.member_id)
    raised = parse_need(form, member, page, today=today, visit_id=_visit_of(sender, one))
    for place, step in enumerate(raised.steps[1:], start=1):
        check_step(raised.steps[:place], step, today=today)
    return raised


def _visit_of(sender: Sender, one: NeedMade) -> str | None:
    """Return the visit at which a need was raised, unless it is of somebody else, or at another household."""
    row = visits.rows_by_id(sender.connection, [one.visit]).get(one.visit) if one.visit else None
    is_other = row is not None and (row["member"], row["household"]) != (sender.member_id, one.household)
    return None if is_other else one.visit


# ---- the order


def take_orders(sender: Sender, sent: Sequence[OrderMade]) -> dict[str, Result]:
    """Let the list of a member stand in another order, and return what became of each order, by id."""
    return {one.id: _take_order(sender, one) for one in sent}


def _take_order(sender: Sender, one: OrderMade) -> Result:
    before = walking_orders.order_of(sender.connection, sender.member_id)
    if before is not None and before[0] == one.id:
        return Result(one.id, "replay" if before[1] == list(one.households) else "conflict")
    if sender.has_ended:
        return Result(one.id, "quarantined", why=NOT_YOURS)
    at = sender.moment(one).at
    walking_orders.set_order(sender.connection, sender.member_id, one.id, at, one.households)
    return Result(one.id, "created")
