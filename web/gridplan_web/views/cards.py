"""Members and their login cards: who has one, who uses it, who lost a phone; and cards to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final, Literal

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import Conflict, NotFound
from gridplan.service.access import accounts, card_job, cards
from gridplan.service.access.cards import Card, CardHolder, Whom
from gridplan.service.access.invitations import qr_code
from gridplan.service.jobs import control
from gridplan.words import words
from gridplan_web import auth, invitation_links
from gridplan_web.clock import now
from gridplan_web.job_runner import card_tray, wake
from gridplan_web.language import page_lang

pages = APIBlueprint("cards", __name__, enable_openapi=False)


CARDS_A_SHEET: Final = 8
AT_ONCE: Final = 100
"""More cards than these are made by a job."""
SAID: Final = frozenset({"withdrawn", "lost", "put_away"})


@pages.app_context_processor
def _address() -> dict[str, Any]:
    """Let templates say where cards lead to, and what to do where no phone gets there."""
    return {
        "card_address": invitation_links.address,
        "only_here": invitation_links.only_here,
        "phone_address": invitation_links.phone_address,
        "administrators": lambda: accounts.administrators(auth.store(), now=now()),
    }


@pages.get("/people")
def villages() -> str:
    """Show the villages, and how many of their members have a card or are in."""
    counts = cards.card_counts(auth.store(), auth.actor(), now=now())
    said = request.args.get("said")
    return render_template(
        "access/villages.html",
        counts=counts,
        totals=cards.total_counts(counts),
        said=said if said in SAID else None,
        jobs=control.open_jobs(auth.store(), auth.actor(), "cards"),
    )


@pages.post("/people/cards")
def make_for_all() -> str | Response:
    """Make cards for members of the whole scope: few at once, more by a job."""
    store, actor, whom = auth.store(), auth.actor(), _whom()
    count = cards.total_counts(cards.card_counts(store, actor, now=now()))
    asked = _asked_first(count.given if whom == "unused" else 0, url_for("cards.villages"))
    if asked or (count.unused if whom == "unused" else count.without) <= AT_ONCE:
        return asked or _printed(cards.make_cards_for_all(store, actor, whom=whom, now=now()))
    job_id = card_job.request_cards(store, actor, whom, link=invitation_links.link(), now=now())
    wake()
    return redirect(url_for("cards.card_job_page", job_id=job_id))


@pages.get("/people/cards/<int:job_id>")
def card_job_page(job_id: int) -> str:
    """Show how far the making of cards is, and then the cards, for a while and only to who had them made."""
    job = control.job_status(auth.store(), auth.actor(), job_id)
    if job.kind != "cards":
        raise NotFound("entrance.not_here")
    printed = card_tray().cards_of(job_id, auth.actor().account_id, now=now()) if job.state == "done" else None
    if printed is None:
        return render_template("access/card_job.html", job=job)
    pictures = {one.card.holder.member_id: one.picture for one in printed}
    return _printed([one.card for one in printed], pictures, job_id)


@pages.post("/people/cards/<int:job_id>/put-away")
def put_away(job_id: int) -> Response:
    """Forget cards that were printed."""
    card_tray().discard(job_id, auth.actor().account_id)
    return redirect(url_for("cards.villages", said="put_away"))


@pages.get("/people/villages/<int:village_id>")
def village_members(village_id: int) -> str:
    """Show the members of a village."""
    return _members(village_id)


@pages.post("/people/villages/<int:village_id>/cards")
def make_for_village(village_id: int) -> str:
    """Make and show cards for members of a village."""
    return _made_for_village(village_id)


@pages.get("/people/town")
def town_members() -> str:
    """Show the members who are of no village."""
    _all_villages()
    return _members(None)


@pages.post("/people/town/cards")
def make_for_town() -> str:
    """Make and show cards for members who are of no village."""
    _all_villages()
    return _made_for_village(None)


def _made_for_village(village_id: int | None) -> str:
    store, actor, whom = auth.store(), auth.actor(), _whom()
    count, _ = cards.village_cards(store, village_id, now=now())
    asked = _asked_first(count.given if whom == "unused" else 0, _list_of(village_id))
    return asked or _printed(cards.make_cards_for_village(store, actor, village_id, whom=whom, now=now()))


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
    holder = cards.card_holder(auth.store(), member_id, now=now())
    asked = _asked_first(int(holder.state == "given"), _list_of(holder.village_id), holder)
    return asked or _printed([cards.make_card(auth.store(), auth.actor(), member_id, now=now())])


@pages.post("/people/members/<int:member_id>/try")
def try_here(member_id: int) -> str:
    """Show a link by which this computer signs in as a member, where no phone reaches it yet."""
    card = cards.make_card(auth.store(), auth.actor(), member_id, now=now())
    link = request.host_url.rstrip("/") + url_for("login.invitation", secret=card.invitation.token)
    return render_template("access/try_here.html", card=card, address=link, back=_list_of(card.holder.village_id))


def _asked_first(void: int, back: str, holder: CardHolder | None = None) -> str | None:
    """Return the question that comes before so many cards in use are void, as long as it is not answered.

    Raises
    ------
    Conflict
        No phone can open what cards lead to.
    """
    if invitation_links.only_here():
        raise Conflict("people.only_here", address=invitation_links.address())
    if not void or request.form.get("void", type=int) == void:
        return None
    return render_template("access/void.html", void=void, whom=_whom(), back=back, holder=holder)


def _printed(
    made: Sequence[Card], pictures: Mapping[int, str] = MappingProxyType({}), job_id: int | None = None
) -> str:
    """Show cards to print; they are secrets, and nobody else can show them, nor later."""
    by_village = [list(of) for _, of in groupby(made, key=lambda card: card.holder.village)]
    return render_template(
        "access/cards.html",
        made=made,
        sheets=[of[first : first + CARDS_A_SHEET] for of in by_village for first in range(0, len(of), CARDS_A_SHEET)],
        picture=lambda card: (
            pictures.get(card.holder.member_id) or qr_code(invitation_links.link(card.invitation.token))
        ),
        job_id=job_id,
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
    return redirect(_list_of(village_id, said=said, member=member_id))


def _list_of(village_id: int | None, **query: Any) -> str:
    """Return the address of the members of a village, or of those of none."""
    if village_id is None:
        return url_for("cards.town_members", **query)
    return url_for("cards.village_members", village_id=village_id, **query)
