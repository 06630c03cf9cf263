"""The list of members, and the form of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from flask import redirect, render_template, request, url_for
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from gridplan.errors import GridplanError
from gridplan.service.registry import members as use
from gridplan.service.registry.form import FormFields
from gridplan.store.registry import members, villages
from gridplan.words import words
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.registry.blueprint import PAGE, chosen_from, filters, pages, refused, status, version

FIELDS = ("code", "name", "kind", "hamlet", "village_id", "max_grids", "available", "excused_until", "lon", "lat")
NEW = {"max_grids": 1, "available": "1"}


@pages.get("/members")
def members_list() -> str:
    """List the members of the scope, and those of no village."""
    asked = filters(get_args(members.MemberFilter))
    scope = auth.actor().scope
    with auth.store().read() as connection:
        known = villages.rows(connection, scope)
        rows, total = members.page_of_rows(
            connection,
            scope,
            village_id=asked["village_id"],
            which=asked["which"],
            text=asked["text"],
            start=(asked["page"] - 1) * PAGE,
            most=PAGE,
        )
        grids = members.grids_in_force(connection, [row["id"] for row in rows])
    return render_template(
        "registry/members.html",
        rows=rows,
        total=total,
        villages=known,
        asked=asked,
        most=PAGE,
        grids=grids,
        kinds=words("book.kind.", page_lang()),
    )


@pages.get("/members/new")
def new_member() -> str:
    """Show an empty form."""
    return _form(None, NEW | {"village_id": request.args.get("village", "")})


@pages.post("/members/new")
def add_member() -> Response | tuple[str, int]:
    """Add a member."""
    typed = FormFields(request.form)
    described = use.parse_member(auth.store(), auth.actor(), typed)
    if described is None:
        return _form(None, request.form, refused(typed.problems)), 422
    try:
        member_id = use.add(auth.store(), auth.who(), described, now=now())
    except GridplanError as error:
        return _form(None, request.form, {"code": error.say(page_lang())}), status(error)
    return redirect(url_for("registry.member", member_id=member_id, said="member_added"))


@pages.get("/members/<int:member_id>")
def member(member_id: int) -> str:
    """Show the form of a member."""
    one = _member(member_id)
    return _form(one, _fields(one))


def _member(member_id: int) -> RowMapping:
    with auth.store().read() as connection:
        return members.by_id(connection, member_id)


def _fields(one: RowMapping) -> dict[str, Any]:
    return {field: one[field] for field in FIELDS}


@pages.post("/members/<int:member_id>")
def change_member(member_id: int) -> Response | tuple[str, int]:
    """Change a member; a stale form is refused and keeps what was typed."""
    typed = FormFields(request.form)
    described = use.parse_member(auth.store(), auth.actor(), typed)
    if described is None:
        return _form(_member(member_id), request.form, refused(typed.problems)), 422
    try:
        use.update(auth.store(), auth.who(), member_id, version(), described, now=now())
    except GridplanError as error:
        return _form(_member(member_id), request.form, problem=error.say(page_lang())), status(error)
    return redirect(url_for("registry.member", member_id=member_id, said="saved"))


@pages.post("/members/<int:member_id>/retire")
def retire_member(member_id: int) -> Response | tuple[str, int]:
    """Retire a member; the page then says how many grids are without a lead."""
    try:
        led = use.retire(auth.store(), auth.who(), member_id, version(), now=now(), today=today())
    except GridplanError as error:
        one = _member(member_id)
        return _form(one, _fields(one), problem=error.say(page_lang())), status(error)
    return redirect(url_for("registry.member", member_id=member_id, said="member_retired", grids=led))


@pages.post("/members/<int:member_id>/restore")
def restore_member(member_id: int) -> Response | tuple[str, int]:
    """Bring a retired member back."""
    try:
        use.restore(auth.store(), auth.who(), member_id, version(), now=now())
    except GridplanError as error:
        one = _member(member_id)
        return _form(one, _fields(one), problem=error.say(page_lang())), status(error)
    return redirect(url_for("registry.member", member_id=member_id, said="member_back"))


def _form(
    one: RowMapping | None,
    fields: Mapping[str, Any],
    problems: Mapping[str, str] | None = None,
    problem: str | None = None,
) -> str:
    with auth.store().read() as connection:
        known = villages.rows(connection, auth.actor().scope)
        kinds = members.kinds(connection)
        grids = members.grids_in_force(connection, [one["id"]]).get(one["id"], []) if one else []
    return render_template(
        "registry/member.html",
        one=one,
        fields=fields,
        kept=_fields(one) if one and problem else None,
        problems=problems or {},
        problem=problem,
        options=chosen_from(known, none=auth.actor().scope is None or one is None),
        kinds=kinds,
        grids=grids,
        left=request.args.get("grids", 0, type=int),
    )
