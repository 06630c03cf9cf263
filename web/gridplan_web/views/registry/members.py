"""The form of a member."""

from __future__ import annotations

from flask import render_template, request, url_for

from gridplan.service.registry import members as use
from gridplan.service.registry.form import FormFields
from gridplan.words import words
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.registry.blueprint import (
    NOT_REFUSED,
    Refusal,
    chosen_from,
    form_context,
    pages,
    saves,
    version,
)

FIELDS = (
    "code",
    "name",
    "kind",
    "hamlet",
    "phone",
    "village_id",
    "max_grids",
    "available",
    "named_on_maps",
    "excused_until",
    "lon",
    "lat",
)
NEW = {"max_grids": 1, "available": "1"}


def _page(member_id: int | None = None, refusal: Refusal = NOT_REFUSED) -> str:
    page = use.member_edit_page(auth.store(), auth.actor(), member_id)
    stored = {field: page.member[field] for field in FIELDS} if page.member else {}
    kinds = words("book.kind.", page_lang())
    if stored:
        stored["kind"] = kinds.get(stored["kind"], stored["kind"])
    return render_template(
        "registry/member.html",
        page=page,
        kinds=[kinds.get(kind, kind) for kind in page.kinds],
        member=page.member,
        options=chosen_from(page.villages, none=auth.actor().scope is None or page.member is None),
        grids=request.args.get("grids", 0, type=int),
        taken=request.args.get("taken", 0, type=int),
        **form_context(refusal, stored or NEW | {"village_id": request.args.get("village", "")}, stored),
    )


@pages.get("/members/new")
def new_member() -> str:
    """Show an empty form."""
    return _page()


@pages.post("/members/new")
@saves(_page, about="code")
def add_member(form: FormFields) -> str:
    """Add a member."""
    member = use.parse_member(auth.store(), auth.actor(), form)
    return _address(use.add(auth.store(), auth.who(), member, now=now()), "member_added")


@pages.get("/members/<int:member_id>")
def member(member_id: int) -> str:
    """Show the form of a member."""
    return _page(member_id)


@pages.post("/members/<int:member_id>")
@saves(_page)
def change_member(form: FormFields, member_id: int) -> str:
    """Change a member; a stale form is refused and keeps what was typed."""
    member = use.parse_member(auth.store(), auth.actor(), form)
    use.update(auth.store(), auth.who(), member_id, version(), member, now=now())
    return _address(member_id, "saved")


@pages.post("/members/<int:member_id>/retire")
@saves(_page, keeps=False)
def retire_member(form: FormFields, member_id: int) -> str:
    """Retire a member; the page then says how many grids are without a lead."""
    led = use.retire(auth.store(), auth.who(), member_id, version(), now=now(), today=today())
    return _address(member_id, "member_retired", led)


@pages.post("/members/<int:member_id>/restore")
@saves(_page, keeps=False)
def restore_member(form: FormFields, member_id: int) -> str:
    """Undo that a member was retired; the page then says how many grids the member leads again, and how many not."""
    led, taken = use.restore(auth.store(), auth.who(), member_id, version(), now=now())
    return _address(member_id, "member_restored", led, taken)


def _address(member_id: int, said: str, grids: int | None = None, taken: int | None = None) -> str:
    return url_for("registry.member", member_id=member_id, said=said, grids=grids, taken=taken)
