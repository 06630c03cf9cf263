"""Members and their login cards: who has one, who uses it, who lost a phone; and cards to print."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Literal

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import NotFound
from gridplan.service.access import cards
from gridplan.service.access.cards import Card, Whom
from gridplan.words import words
from gridplan_web import auth, invitation_links
from gridplan_web.clock import now
from gridplan_web.language import page_lang

pages = APIBlueprint("cards", __name__, enable_openapi=False)


@pages.app_context_processor
def _address() -> dict[str, Any]:
    """Let templates say where cards lead to, and warn where no phone gets there."""
    return {"card_address": invitation_links.address, "only_here": invitation_links.only_here}


CARDS_A_SHEET = 8
SAID = frozenset({"withdrawn", "lost"})


@pages.get("/people")
def villages() -> str:
    """Show the villages, and how many of their members have a card or are in."""
    counts = cards.card_counts(auth.store(), auth.actor(), now=now())
    return render_template("access/villages.html", counts=counts, totals=cards.total_counts(counts))


@pages.post("/people/cards")
def make_for_all() -> str:
    """Make and show cards for members of the whole scope."""
    return _printed(cards.make_cards_for_all(auth.store(), auth.actor(), whom=_whom(), now=now()))


@pages.get("/people/villages/<int:village_id>")
def village_members(village_id: int) -> str:
    """Show the members of a village."""
    return _members(village_id)


@pages.post("/people/villages/<int:village_id>/cards")
def make_for_village(village_id: int) -> str:
    """Make and show cards for members of a village."""
    return _printed(cards.make_cards_for_village(auth.store(), auth.actor(), village_id, whom=_whom(), now=now()))


@pages.get("/people/town")
def town_members() -> str:
    """Show the members who are of no village."""
    _all_villages()
    return _members(None)


@pages.post("/people/town/cards")
def make_for_town() -> str:
    """Make and show cards for members who are of no village."""
    _all_villages()
    return _printed(cards.make_cards_for_village(auth.store(), auth.actor(), None, whom=_whom(), now=now()))


def _all_villages() -> None:
    if auth.actor().scope is not None:
        raise NotFound("entrance.not_here")


def _whom() -> Whom:
    return "unused" if request.form.get("whom") == "unused" else "without"


def _members(village_id: int | None) -> str:
    said, about = request.args.get("said"), request.args.get("member", type=int)
    counts, holders = cards.village_cards(auth.store(), village_id, now=now())
    return render_template(
        "access/members.html",
        holders=holders,
        count=counts,
        may_have=lambda one: cards.may_have_card(auth.actor(), one),
        said=said if said in SAID else None,
        kinds=words("book.kind.", page_lang()),
        about=next((one for one in holders if one.member_id == about), None),
    )


@pages.post("/people/members/<int:member_id>/card")
def make_for_member(member_id: int) -> str:
    """Make and show a card for a member."""
    return _printed([cards.make_card(auth.store(), auth.actor(), member_id, now=now())])


def _printed(made: Sequence[Card]) -> str:
    """Show cards to print; they are secrets, and nobody can show them again."""
    by_village = [list(of) for _, of in groupby(made, key=lambda card: card.holder.village)]
    return render_template(
        "access/cards.html",
        made=made,
        sheets=[of[first : first + CARDS_A_SHEET] for of in by_village for first in range(0, len(of), CARDS_A_SHEET)],
        picture=lambda card: invitation_links.picture(invitation_links.link(card.invitation)),
    )


@pages.post("/people/members/<int:member_id>/withdraw")
def withdraw(member_id: int) -> Response:
    """Take back the card of a member."""
    cards.withdraw_card(auth.store(), auth.who(), member_id, now=now())
    return _back(member_id, "withdrawn")


@pages.post("/people/members/<int:member_id>/lost")
def report_phone_lost(member_id: int) -> Response:
    """Sign out the phones of a member."""
    cards.report_phone_lost(auth.store(), auth.who(), member_id, now=now())
    return _back(member_id, "lost")


def _back(member_id: int, said: Literal["withdrawn", "lost"]) -> Response:
    village_id = cards.card_holder(auth.store(), member_id, now=now()).village_id
    if village_id is None:
        return redirect(url_for("cards.town_members", said=said, member=member_id))
    return redirect(url_for("cards.village_members", village_id=village_id, said=said, member=member_id))
