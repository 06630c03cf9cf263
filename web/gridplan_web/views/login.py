"""The login page: passwords, one-time links and the codes of cards; and signing out."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import Busy, GridplanError, LoginRefused, TooManyAttempts, Unavailable
from gridplan.service.access import invitations, login, sessions
from gridplan.service.access.sessions import SignedIn
from gridplan_web import auth
from gridplan_web.clock import now
from gridplan_web.error_pages import headers_of, problem_of, status_of
from gridplan_web.language import page_lang

Refusal = tuple[str, int, dict[str, str]]
"""A page, its status and its headers."""

pages = APIBlueprint("login", __name__, enable_openapi=False)


def _device() -> str:
    """Return what the browser says it is, so that people know their own among their sessions."""
    return request.user_agent.string


def _address() -> str:
    return request.remote_addr or ""


def _go_on(to: str, signed_in: SignedIn) -> Response:
    """Go on to a page in the new session; the session that this browser had before ends."""
    session = auth.session_or_none()
    if session:
        sessions.sign_out(auth.store(), session, now=now())
    return auth.set_session_cookie(redirect(to), signed_in)


def _own_page(to: str) -> str:
    """Return an address of ours to go on to, whatever was asked for."""
    # Browsers leave out tabs and line feeds, and then "//" may stand there.
    ours = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable()
    return to if ours else url_for("home.page")


@pages.get("/login")
def login_page() -> str | Response:
    """Show the forms for a password and for the code of a card."""
    if auth.session_or_none():
        return redirect(url_for("home.page"))
    return render_template("login/login.html", to=request.args.get("to", ""))


@pages.post("/login")
def sign_in() -> Response | Refusal:
    """Sign in by a password."""
    name, to = request.form.get("login", ""), request.form.get("to", "")
    try:
        signed_in = login.sign_in_by_password(
            auth.store(),
            name,
            request.form.get("password", ""),
            address=_address(),
            now=now(),
            device=_device(),
            browsers=auth.known_browsers(),
        )
    except (LoginRefused, Busy) as error:
        if not auth.wants_page():
            raise
        page = render_template("login/login.html", to=to, login=name, **problem_of(error))
        return page, status_of(error), headers_of(error)
    return _go_on(_own_page(to), signed_in)


@pages.post("/code")
def enter_code() -> Response | Refusal:
    """Go from the code of a card to its invitation."""
    typed = invitations.plain_code(request.form.get("code", ""))
    try:
        invitations.invited_account(auth.store(), typed, address=_address(), now=now())
    except LoginRefused as error:
        page = render_template("login/login.html", to="", of_code=True, **problem_of(error))
        return page, status_of(error), headers_of(error)
    return redirect(url_for("login.invitation", secret=typed))


@pages.get("/i/<secret>")
def invitation(secret: str) -> str | Refusal:
    """Show who an invitation is for; looking does not spend it, since robots look at links before people do."""
    return _invitation(secret)


def _refused(error: LoginRefused) -> Refusal:
    """Say that an invitation cannot be used; which of the possible reasons it is, nobody learns."""
    status = status_of(error) if isinstance(error, TooManyAttempts) else 404
    is_off = error.message.code == "entrance.phones_off"
    return render_template("login/invitation_used.html", is_off=is_off, **problem_of(error)), status, headers_of(error)


def _invitation(secret: str, problem: GridplanError | None = None) -> str | Refusal:
    try:
        invited = invitations.invited_account(auth.store(), secret, address=_address(), now=now())
    except LoginRefused as error:
        return _refused(error)
    said = problem and problem.say(page_lang())
    page = render_template("login/invitation.html", invited=invited, secret=secret, problem=said)
    return (page, status_of(problem), headers_of(problem)) if problem else page


@pages.post("/i/<secret>")
def accept_invitation(secret: str) -> Response | str | Refusal:
    """Sign in by an invitation."""
    try:
        signed_in = login.sign_in_by_invitation(
            auth.store(),
            secret,
            address=_address(),
            now=now(),
            device=_device(),
            password=request.form.get("password"),
        )
    except LoginRefused as error:
        return _refused(error)
    except Unavailable:
        raise
    except GridplanError as error:
        return _invitation(secret, error)
    return _go_on(url_for("home.page"), signed_in)


@pages.post("/leave")
def sign_out() -> Response:
    """End the session."""
    session = auth.session_or_none()
    if session:
        sessions.sign_out(auth.store(), session, now=now())
    return auth.clear_session_cookie(redirect(url_for("login.login_page")))
