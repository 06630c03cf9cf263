"""Accounts of those who work in offices, for the administrator."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import InputRefused, NotAllowed
from gridplan.roles import OF_VILLAGES
from gridplan.service.access import accounts
from gridplan.service.access.invitations import Invitation, qr_code
from gridplan_web import auth, invitation_links
from gridplan_web.clock import now
from gridplan_web.error_pages import status_of
from gridplan_web.language import page_lang

pages = APIBlueprint("accounts", __name__, enable_openapi=False)

Failed = tuple[str, int]


@pages.get("/accounts")
def office_accounts() -> str:
    """Show the accounts of offices."""
    offices, villages = accounts.accounts_page(auth.store(), now=now())
    said = request.args.get("said") == "saved"
    return render_template("access/accounts.html", offices=offices, villages=villages, said=said)


@pages.get("/accounts/new")
def new_account() -> str:
    """Show an empty form."""
    return _form(None, {"role": "planner"}, [])


@pages.post("/accounts")
def add_account() -> str | Failed:
    """Add an account and show its link."""
    typed, held = request.form, request.form.getlist("village", type=int)
    try:
        account_id, invitation = accounts.add_account(
            auth.store(),
            auth.who(),
            name=typed.get("name", ""),
            login=typed.get("login", ""),
            role=typed.get("role", ""),
            villages=held,
            now=now(),
        )
    except InputRefused as error:
        return _form(None, typed, held, error.say(page_lang())), 422
    return _shown(account_id, invitation)


@pages.get("/accounts/<int:account_id>")
def account(account_id: int) -> str:
    """Show an account."""
    found = accounts.office_account(auth.store(), account_id, now=now())
    return _form(account_id, {"name": found.name, "login": found.login, "role": found.role}, found.villages)


@pages.post("/accounts/<int:account_id>")
def change_account(account_id: int) -> Response | Failed:
    """Change an account."""
    typed, held = request.form, request.form.getlist("village", type=int)
    try:
        accounts.change_account(
            auth.store(),
            auth.who(),
            account_id,
            name=typed.get("name", ""),
            role=typed.get("role", ""),
            villages=held,
            now=now(),
        )
    except (InputRefused, NotAllowed) as error:
        return _form(account_id, typed, held, error.say(page_lang())), status_of(error)
    return redirect(url_for("accounts.office_accounts", said="saved"))


def _form(account_id: int | None, typed: Mapping[str, str], held: Collection[int], problem: str | None = None) -> str:
    office, villages = accounts.account_form(auth.store(), account_id, now=now())
    return render_template(
        "access/account.html",
        office=office,
        typed=typed,
        held=held,
        villages=villages,
        roles=accounts.OFFICE_ROLES,
        of_villages=OF_VILLAGES,
        is_own=account_id == auth.actor().account_id,
        problem=problem,
    )


@pages.post("/accounts/<int:account_id>/link")
def new_link(account_id: int) -> str:
    """Make a new link for an account and show it; where one is open that ends by this, ask first."""
    office = accounts.office_account(auth.store(), account_id, now=now())
    if office.link_until and request.form.get("void", type=int) != 1:
        back = url_for("accounts.account", account_id=account_id)
        return render_template("access/void.html", void=1, back=back, office=office)
    return _shown(account_id, accounts.new_link(auth.store(), auth.who(), account_id, now=now()))


def _shown(account_id: int, invitation: Invitation) -> str:
    """Show a link; it is a secret, and nobody can show it again."""
    found = accounts.office_account(auth.store(), account_id, now=now())
    address = invitation_links.link(invitation.token)
    picture = qr_code(address)
    return render_template(
        "access/invitation_link.html", office=found, invitation=invitation, address=address, picture=picture
    )


@pages.post("/accounts/<int:account_id>/disable")
def disable_account(account_id: int) -> Response:
    """Disable an account."""
    accounts.disable_account(auth.store(), auth.who(), account_id, now=now())
    return redirect(url_for("accounts.office_accounts", said="saved"))


@pages.post("/accounts/<int:account_id>/enable")
def enable_account(account_id: int) -> Response:
    """Enable an account."""
    accounts.enable_account(auth.store(), auth.who(), account_id, now=now())
    return redirect(url_for("accounts.office_accounts", said="saved"))
