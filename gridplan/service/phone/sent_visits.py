"""Visits that phones send, and changes of visits: taken where the member has, or had, the household in charge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import RowMapping

from gridplan.contact.amendments import Amendment
from gridplan.contact.operations import AmendMade, VisitMade
from gridplan.contact.visits import Visit
from gridplan.service.contact.own_visits import BACK, CORRECTED, is_decided
from gridplan.service.phone.sender import NOT_YOURS, Result, Sender
from gridplan.store.contact import apart, own, visits
from gridplan.store.contact.apart import WITH_VISIT

TOO_FAR_BACK: Final = "too far back"
"""Why something is quarantined that is told of more days ago than a form offers."""


def take_visits(sender: Sender, sent: Sequence[VisitMade]) -> dict[str, Result]:
    """Add visits, no two of them under one id, and return what became of each, by id."""
    told = {one.id: _told(sender, one) for one in sent}
    new = [
        Visit(one.id, one.household, sender.member_id, day, one.outcome, one.channel, sender.source)
        for one in sent
        if told[one.id].verdict == "created" and (day := told[one.id].day) is not None
    ]
    phones = {one.id: sender.sent(one, told[one.id].clock, one.group) for one in sent}
    verdicts = visits.add(sender.connection, new, sender.entry, phones)
    before = visits.sent_before(sender.connection, [id_ for id_ in told if verdicts.get(id_) != "created"])
    for id_, row in before.items():
        if row["content_hash"] != phones[id_].content_hash:
            told[id_] = replace(told[id_], verdict="conflict", why=None)
        else:
            clock = None if row["is_dated"] else row["clock"]
            told[id_] = replace(told[id_], verdict="replay", day=row["day"], clock=clock, why=None)
    return told


def _told(sender: Sender, one: VisitMade) -> Result:
    """Return what becomes of a visit that was not sent before."""
    moment = sender.moment(one)
    day = moment.day(sender.zone, one.days_ago)
    told = Result(one.id, "created", day, clock=moment.clock, household=one.household)
    if sender.kept is None and one.days_ago > BACK.days:
        return replace(told, verdict="quarantined", why=TOO_FAR_BACK)  # before each such day is looked up
    told = replace(told, village_id=sender.authority.village_of_home(one.household, day, one.list))
    if sender.has_ended or not sender.authority.may_visit(one.household, day, one.list):
        return replace(told, verdict="quarantined", why=NOT_YOURS)
    return told


# ---- changes


def take_amendments(sender: Sender, sent: Sequence[AmendMade]) -> dict[str, Result]:
    """Change visits, by no two changes under one id, and return what became of each, by id.

    One whose visit is not known waits on the phone, since its visit may be on the way; one whose visit is quarantined
    is quarantined with it, and dropped where that was settled before.
    """
    rows = visits.rows_by_id(sender.connection, {one.visit for one in sent})
    unknown = {one.visit for one in sent} - rows.keys()
    kept = apart.wait_for(sender.connection, sender.member_id, unknown) if unknown else {}
    told = {one.id: _told_of(sender, one, rows.get(one.visit), kept) for one in sent}
    changes = [_amendment(one, told[one.id]) for one in sent if told[one.id].verdict == "created"]
    phones = {one.id: sender.sent(one) for one in sent}
    verdicts = visits.amend(sender.connection, changes, sender.entry, member_id=sender.member_id, sent=phones)
    before = visits.amended_before(sender.connection, [id_ for id_ in told if verdicts.get(id_) != "created"])
    return {one.id: sender.judged(told[one.id], one, before) for one in sent}


def _told_of(sender: Sender, one: AmendMade, row: RowMapping | None, kept: Mapping[str, bool]) -> Result:
    """Return what becomes of a change that was not sent before; `kept` says of visits kept apart which ones wait."""
    moment = sender.moment(one)
    told = Result(one.id, "created", clock=moment.clock)
    if row is None:
        if one.visit not in kept:
            return replace(told, verdict="later")
        return replace(told, verdict="quarantined", why=WITH_VISIT, is_dropped=not kept[one.visit])
    day = moment.day(sender.zone, one.days_ago or 0) if one.kind == "day" else None
    told = replace(told, day=day, household=row["household"], village_id=row["village_id"])
    why = _why_not(sender, one, row, told.day)
    return replace(told, verdict="quarantined", why=why) if why else told


def _why_not(sender: Sender, one: AmendMade, row: RowMapping, day: date | None) -> str | None:
    """Return why a member may not change a visit like that: the own ones are corrected, those of others disputed."""
    if sender.has_ended or row["member"] != sender.member_id:
        return NOT_YOURS
    if sender.kept is not None:
        return None
    is_mine, is_dispute = row["entered_by"] == sender.account_id, one.kind in ("dispute", "uphold")
    if is_mine == is_dispute or (one.kind == "dispute" and _is_decided(sender, one.visit)):
        return NOT_YOURS
    if day is None:
        return None
    if (one.days_ago or 0) > CORRECTED.days:
        return TOO_FAR_BACK
    return None if sender.authority.may_visit(row["household"], day, one.list) else NOT_YOURS


def _is_decided(sender: Sender, visit_id: str) -> bool:
    return is_decided(own.amendments_of(sender.connection, [visit_id]).get(visit_id, ()))


def _amendment(one: AmendMade, told: Result) -> Amendment:
    after: Mapping[str, Any] = {}
    if one.kind == "day":
        after = {"day": told.day}
    elif one.to is not None:
        after = {one.kind: one.to}
    return Amendment(one.id, one.visit, one.kind, after)
