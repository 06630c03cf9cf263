"""Who calls instead of whom: covers, all grids of a member given to others, handover lists, contact cards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Final

from flask import redirect, render_template, request, send_file, url_for

from gridplan.contact.sheet_number import parse_rows
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.exchange.paper.contact_cards import write_contact_cards
from gridplan.exchange.paper.handover_list import HandoverList, write_handover_lists
from gridplan.names import file_name
from gridplan.service.contact import card_printing, handover, reassignment
from gridplan.service.contact import covers as use
from gridplan.service.contact.card_printing import Which
from gridplan.service.contact.covers import CoverFormPage
from gridplan.service.contact.handover import Wording
from gridplan.service.plans.leads import GridAt
from gridplan.service.registry.form import FormFields
from gridplan.words import on_page, say
from gridplan_web import auth
from gridplan_web.clock import now, today, town_settings, zone
from gridplan_web.language import page_lang
from gridplan_web.views.contact.people import Answer, form_context, pages

LONGEST_TEXT: Final = 60
GIVEN: Final = re.compile(r"([0-9]{1,9})-([0-9]{1,4})-([0-9]{1,16})")
MOST_GRIDS: Final = 9_999
"""The largest number of a grid that may be typed."""


# ---- covers


@pages.get("/covers")
def covers() -> str:
    """List the covers, and find the member for another one."""
    text = request.args.get("q", "").strip()[:LONGEST_TEXT]
    page = use.covers_page(auth.store(), auth.actor().scope, today(), text)
    return render_template("contact/covers.html", page=page, text=text, today=today())


@pages.get("/members/<int:member_id>/cover")
def cover_form(member_id: int) -> str:
    """Ask who covers a member, where and how long."""
    return _cover_form(use.cover_form_page(auth.store(), auth.actor(), member_id, today()))


def _cover_form(page: CoverFormPage, form: FormFields | None = None, problem: str | None = None) -> str:
    context = form_context({"first_day": today().isoformat(), "grids": use.ALL_GRIDS}, form, problem)
    return render_template("contact/cover.html", page=page, **context)


@pages.post("/members/<int:member_id>/cover")
def set_cover(member_id: int) -> Answer:
    """Let a member be covered."""
    page = use.cover_form_page(auth.store(), auth.actor(), member_id, today())
    form = FormFields(request.form)
    try:
        use.set_cover(auth.store(), auth.who(), member_id, use.parse_cover(form, page, today()), now=now())
    except InputRefused as error:
        return _cover_form(page, form, None if form.problems else error.say(page_lang())), 422
    return redirect(url_for("people.covers", said="set"))


@pages.post("/covers/<int:cover_id>")
def change_cover(cover_id: int) -> Answer:
    """Let a cover end on another day, or remove one that has not begun."""
    form = FormFields(request.form)
    row = use.cover(auth.store(), cover_id)
    try:
        if "remove" in form.fields:
            use.remove_cover(auth.store(), auth.who(), cover_id, now=now(), today=today())
            return redirect(url_for("people.covers", said="removed"))
        last_day = use.parse_last_day(form, row, today())
    except InputRefused as error:
        return render_template(
            "contact/covers.html",
            page=use.covers_page(auth.store(), auth.actor().scope, today(), ""),
            text="",
            today=today(),
            problem=error.say(page_lang()),
        ), 422
    use.change_last_day(auth.store(), auth.who(), cover_id, last_day, now=now())
    return redirect(url_for("people.covers", said="changed", cover=cover_id, was=row["last_day"].isoformat()))


@pages.get("/covers/<int:cover_id>/handover")
def handover_of_cover(cover_id: int) -> Answer:
    """Send the handover list of a cover."""
    return handover_file(handover.of_cover(auth.store(), cover_id, wording()))


def wording() -> Wording:
    """Return how a handover list is written now."""
    return Wording(page_lang(), zone(), today(), town_settings().household_names)


def handover_file(lists: Sequence[HandoverList]) -> Answer:
    """Send handover lists."""
    lang = page_lang()
    title = file_name(say("handover.title", lang), lists[0].village, lists[0].taker)
    return send_file(BytesIO(write_handover_lists(lists, lang)), as_attachment=True, download_name=f"{title}.pdf")


# ---- all grids of a member


@pages.get("/members/<int:member_id>/reassign")
def reassignment_form(member_id: int) -> str:
    """Show the grids of a member with whom each could be given to."""
    return _reassignment(member_id)


def _reassignment(member_id: int, form: FormFields | None = None, problem: str | None = None) -> str:
    given = _given_grids(request.args.getlist("given"))
    page = reassignment.reassignment_page(auth.store(), auth.actor(), member_id, today(), given)
    context = form_context({}, form, problem)
    return render_template("contact/reassignment.html", page=page, given=request.args.getlist("given"), **context)


def _given_grids(texts: Sequence[str]) -> dict[GridAt, int]:
    """Return grids and who leads them from now on, as an address or a form names them: plan, number and member."""
    found = {}
    for text in texts:
        if parts := GIVEN.fullmatch(text):
            plan_id, number, taker = map(int, parts.groups())
            found[plan_id, number] = taker
    return found


@pages.post("/members/<int:member_id>/reassign")
def reassign(member_id: int) -> Answer:
    """Give the grids of a member to others."""
    form = FormFields(request.form)
    page = reassignment.reassignment_page(auth.store(), auth.actor(), member_id, today(), {})
    try:
        takers = reassignment.parse_takers(form, page)
        reassignment.reassign(auth.store(), auth.actor(), member_id, takers, now=now(), today=today())
    except (InputRefused, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _reassignment(member_id, form, error.say(page_lang())), status
    given = [f"{plan_id}-{number}-{taker}" for (plan_id, number), taker in takers.items()]
    return redirect(url_for("people.reassignment_form", member_id=member_id, given=given))


@pages.post("/members/<int:member_id>/reassign/undo")
def undo_reassignment(member_id: int) -> Answer:
    """Let a member lead the grids again that were given to others today."""
    given = _given_grids(request.form.getlist("given"))
    try:
        reassignment.take_back(auth.store(), auth.actor(), member_id, given, now=now(), today=today())
    except Conflict as error:
        return _reassignment(member_id, problem=error.say(page_lang())), 409
    return redirect(url_for("people.reassignment_form", member_id=member_id, said="undone"))


@pages.get("/members/<int:member_id>/handover")
def handover_of_member(member_id: int) -> Answer:
    """Send the handover lists of grids that others lead now."""
    given = _given_grids(request.args.getlist("given"))
    try:
        return handover_file(handover.of_grids(auth.store(), auth.actor(), member_id, given, wording()))
    except InputRefused as error:
        raise NotFound("entrance.not_here") from error


# ---- contact cards


@pages.get("/cards")
def contact_cards(problem: str | None = None) -> str:
    """Show the villages with how many grids need contact cards."""
    return render_template(
        "contact/cards.html",
        villages=card_printing.card_page(auth.store(), auth.actor().scope, zone=zone(), today=today()),
        problem=problem,
        about=(request.view_args or {}).get("village_id"),
    )


@pages.post("/cards/<int:village_id>")
def print_contact_cards(village_id: int) -> Answer:
    """Send the contact cards of a village, of some of its grids, or of those whose lead is another one now."""
    form, lang = request.form, page_lang()
    which: Which = next((which for which in card_printing.WHICH if which == form.get("which")), "all")
    try:
        cards = card_printing.print_cards(
            auth.store(),
            auth.who(),
            village_id,
            which,
            numbers=parse_rows(form.get("grids", ""), MOST_GRIDS) or None,
            zone=zone(),
            now=now(),
            lang=lang,
        )
    except InputRefused as error:
        return contact_cards(on_page(error.message).say(lang)), 422
    title = file_name(say("contact_card.title", lang), cards[0].village)
    return send_file(BytesIO(write_contact_cards(cards, lang)), as_attachment=True, download_name=f"{title}.pdf")
