"""The list of members, and the form of one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.service.registry import members as use
from gridplan.service.registry.form import FormFields
from gridplan.words import words
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.registry.blueprint import NOTHING_WRONG, chosen_from, list_query, pages, saved, version

FIELDS = ("code", "name", "kind", "hamlet", "village_id", "max_grids", "available", "excused_until", "lon", "lat")
NEW = {"max_grids": 1, "available": "1"}


@pages.get("/members")
def members_list() -> str:
    """List the members of the scope, and those of no village."""
    query = list_query(use.FILTERS)
    return render_template(
        "registry/members.html",
        page=use.member_list(auth.store(), auth.actor(), query),
        query=query,
        filters=use.FILTERS,
        kinds=words("book.kind.", page_lang()),
    )


@pages.get("/members/new")
def new_member() -> str:
    """Show an empty form."""
    return _page(None, NEW | {"village_id": request.args.get("village", "")})


@pages.post("/members/new")
def add_member() -> Response | tuple[str, int]:
    """Add a member."""
    form = FormFields(request.form)

    def save() -> str:
        member = use.parse_member(auth.store(), auth.actor(), form)
        return _address(use.add(auth.store(), auth.who(), member, now=now()), "member_added")

    return saved(form, save, partial(_page, None, request.form), about="code")


@pages.get("/members/<int:member_id>")
def member(member_id: int) -> str:
    """Show the form of a member."""
    return _page(member_id)


@pages.post("/members/<int:member_id>")
def change_member(member_id: int) -> Response | tuple[str, int]:
    """Change a member; a stale form is refused and keeps what was typed."""
    form = FormFields(request.form)

    def save() -> str:
        member = use.parse_member(auth.store(), auth.actor(), form)
        use.update(auth.store(), auth.who(), member_id, version(), member, now=now())
        return _address(member_id, "saved")

    return saved(form, save, partial(_page, member_id, request.form))


@pages.post("/members/<int:member_id>/retire")
def retire_member(member_id: int) -> Response | tuple[str, int]:
    """Retire a member; the page then says how many grids are without a lead."""

    def save() -> str:
        led = use.retire(auth.store(), auth.who(), member_id, version(), now=now(), today=today())
        return _address(member_id, "member_retired", led)

    return saved(FormFields({}), save, partial(_page, member_id))


@pages.post("/members/<int:member_id>/restore")
def restore_member(member_id: int) -> Response | tuple[str, int]:
    """Undo that a member was retired."""

    def save() -> str:
        use.restore(auth.store(), auth.who(), member_id, version(), now=now())
        return _address(member_id, "member_restored")

    return saved(FormFields({}), save, partial(_page, member_id))


def _address(member_id: int, said: str, grids: int | None = None) -> str:
    return url_for("registry.member", member_id=member_id, said=said, grids=grids)


def _page(
    member_id: int | None,
    typed: Mapping[str, Any] | None = None,
    *,
    problems: Mapping[str, str] = NOTHING_WRONG,
    problem: str | None = None,
) -> str:
    page = use.member_edit_page(auth.store(), auth.actor(), member_id)
    stored = {field: page.member[field] for field in FIELDS} if page.member else {}
    return render_template(
        "registry/member.html",
        page=page,
        member=page.member,
        fields=stored if typed is None else typed,
        stored=stored if problem else None,
        problems=problems,
        problem=problem,
        options=chosen_from(page.villages, none=auth.actor().scope is None or page.member is None),
        left=request.args.get("grids", 0, type=int),
    )
