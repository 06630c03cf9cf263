"""The files of the desk: tick sheets printed and sent round, workbooks that come back, ledgers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from io import BytesIO
from random import SystemRandom
from typing import Final

from flask import redirect, render_template, request, send_file, url_for

from gridplan.contact.calendar import Week, months_later
from gridplan.contact.sheet_number import parse_rows
from gridplan.errors import InputRefused
from gridplan.exchange.paper.tick_sheets import write_tick_sheets
from gridplan.exchange.paper.tick_workbook import write_tick_workbook
from gridplan.names import file_name
from gridplan.service.desk import ledgers, sheet_printing, sheet_workbooks
from gridplan.service.phone.phone_file import LARGEST, TakenFile, take_file
from gridplan.service.plans.schedule import scheduled_plans
from gridplan.words import month as month_of
from gridplan.words import on_page, say
from gridplan_web import auth
from gridplan_web.clock import now, today, town_settings, zone
from gridplan_web.language import page_lang
from gridplan_web.views.contact.desk import Answer, pages

WRITERS: Final = {"pdf": write_tick_sheets, "xlsx": write_tick_workbook}
MOST_GRIDS: Final = 9_999
"""The largest number of a grid that may be typed."""


@pages.get("/print")
def print_page(problem: str | None = None) -> str:
    """Show the villages with what is printed for a month, and print."""
    months = _months()
    asked = request.values.get("month", "")
    chosen = next((month for month in months if month.isoformat() == asked), Week.of(today()).month)
    found = sheet_printing.print_page(auth.store(), auth.actor().scope, chosen, zone=zone(), today=today())
    waiting = scheduled_plans(auth.store(), auth.actor().scope)
    return render_template(
        "contact/print.html",
        villages=found,
        scheduled=[one for one in waiting if not one.held and one.day < months_later(chosen, 1)],
        months=months,
        chosen=chosen,
        problem=problem,
        about=(request.view_args or {}).get("village_id"),
    )


def _months() -> list[date]:
    """Return the first days of the month before this one, this one and the next."""
    here = Week.of(today()).month
    before = Week.of(here).shift(-1).month
    return [before, here, Week.of(here).shift(6).month]


@pages.post("/print/<int:village_id>")
def print_village(village_id: int) -> Answer:
    """Send the sheets of a village, or of some of its grids, for a month: as a PDF, or a workbook without names."""
    form, lang = request.form, page_lang()
    kind = "xlsx" if form.get("kind") == "xlsx" else "pdf"
    try:
        month = _month(form.get("month", ""))
        grids = parse_rows(form.get("grids", ""), MOST_GRIDS) or None
        numbers = sheet_printing.print_sheets(
            auth.store(), auth.who(), village_id, month, grids=grids, zone=zone(), now=now(), random=SystemRandom()
        )
    except InputRefused as error:
        return print_page(error.say(lang)), 422
    names = town_settings().household_names and kind == "pdf"
    sheets = sheet_printing.tick_sheets(auth.store(), auth.actor().scope, numbers, lang, names=names, today=today())
    title = file_name(say("sheet.title", lang), sheets[0].village, month_of(month, lang))
    return send_file(BytesIO(WRITERS[kind](sheets, lang)), as_attachment=True, download_name=f"{title}.{kind}")


def _month(text: str) -> date:
    with suppress(ValueError):
        month = date.fromisoformat(text)
        if month in _months():
            return month
    raise InputRefused("record.no_month")


@pages.get("/workbooks")
def workbooks(problem: str | None = None, taken: Sequence[TakenFile] = (), refused: Sequence[str] = ()) -> str:
    """Ask for files that came back: workbooks of tick sheets, files of phones, ledgers."""
    return render_template(
        "contact/workbooks.html",
        problem=problem,
        weeks=request.args.get("weeks", type=int),
        visits=request.args.get("visits", type=int),
        taken=taken,
        refused=refused,
        ledger={name: request.args.get(name, type=int) for name in ("new", "same", "apart") if name in request.args},
    )


@pages.post("/workbooks")
def preview_workbooks() -> Answer:
    """Show what workbooks hold and would change."""
    uploads = [(file.filename, file.stream) for file in request.files.getlist("files") if file.filename]
    try:
        preview = sheet_workbooks.preview_workbooks(auth.store(), auth.actor().scope, uploads, today=today())
    except InputRefused as error:
        return workbooks(on_page(error.message).say(page_lang())), 422
    return render_template("contact/workbooks_preview.html", preview=preview)


@pages.post("/workbooks/enter")
def enter_workbooks() -> Answer:
    """Enter what was previewed."""
    try:
        entered = sheet_workbooks.enter_workbooks(
            auth.store(),
            auth.who(),
            auth.actor().scope,
            request.form.get("weeks", "").splitlines(),
            change_others=request.form.get("others") == "1",
            now=now(),
            today=today(),
        )
    except InputRefused as error:
        return workbooks(error.say(page_lang())), 422
    return redirect(url_for("desk.workbooks", weeks=entered.weeks, visits=entered.visits))


# ---- files of phones


@pages.post("/phone-files")
def hand_in_phone_files() -> Answer:
    """Take the files of phones, each by itself, and show what became of them: the same again changes nothing."""
    lang, taken, refused = page_lang(), [], []
    given = [(file.filename, file.stream.read(LARGEST + 1)) for file in request.files.getlist("files") if file.filename]
    if pasted := request.form.get("text", "").strip():
        given.append((say("phone_file.pasted", lang), pasted.encode()))
    for name, content in given:
        try:
            taken.append(take_file(auth.store(), auth.who(), auth.actor().scope, name, content, now=now(), zone=zone()))
        except InputRefused as error:
            refused.append(error.say(lang))
    if not given:
        refused.append(say("phone_file.nothing", lang))
    return workbooks(taken=taken, refused=refused), 422 if refused else 200


# ---- ledgers


@pages.post("/ledgers")
def preview_ledger() -> Answer:
    """Show what a ledger holds and would add."""
    file = request.files.get("ledger")
    try:
        if file is None or not file.filename:
            raise InputRefused("imports.no_file")
        preview = ledgers.preview_ledger(
            auth.store(), auth.actor().scope, file.filename, file.stream, page_lang(), today=today()
        )
    except InputRefused as error:
        return workbooks(on_page(error.message).say(page_lang())), 422
    return render_template("contact/ledger_preview.html", preview=preview, most=ledgers.MOST_SHOWN)


@pages.post("/ledgers/enter")
def enter_ledger() -> Answer:
    """Enter what was previewed of a ledger."""
    lines = request.form.get("visits", "").splitlines()
    try:
        entered = ledgers.enter_ledger(auth.store(), auth.who(), auth.actor().scope, lines, now=now(), today=today())
    except InputRefused as error:
        return workbooks(error.say(page_lang())), 422
    return redirect(url_for("desk.workbooks", new=entered.new, same=entered.same, apart=entered.apart))
