"""The session of a request, its cookie, and the CSRF token that a form has to carry."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final, cast

from flask import Flask, Response, abort, current_app, g, request
from werkzeug.exceptions import SecurityError
from werkzeug.wrappers import Response as BaseResponse

from gridplan.roles import Actor
from gridplan.service.access import passwords, sessions
from gridplan.service.access.known_browsers import LIFETIME
from gridplan.service.admin.town_state import read_state_and_session
from gridplan.store import Store, Who
from gridplan.store.access.sessions import Session
from gridplan_web.clock import now, set_town_state

SAFE: Final = frozenset({"GET", "HEAD"})
FOR_PHONES: Final = "/m/api/"
"""How the addresses begin that phones ask: nothing there is a page, nor leads to one."""
BY_TOKEN: Final = f"{FOR_PHONES}sync"
"""Where a phone proves itself by its token: no cookie is read, so no form can be forged."""
LOGIN_COOKIE: Final = "gridplan-login"
"""The cookie that a form has to match before somebody is signed in."""
USED: Final = "gridplan.sessions_used"
"""In the environment of a request that is answered without writing: what to call with a session that is used."""


def store() -> Store:
    """Return the store of the application."""
    return cast(Store, current_app.extensions["store"])


def wants_page() -> bool:
    """Return whether a browser asks for a page, and not a script for data."""
    if request.path.startswith(FOR_PHONES):
        return False
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) != "application/json"


def _cookie() -> str:
    return "__Host-gridplan" if current_app.config["SECURE"] else "gridplan"


def session_or_none() -> Session | None:
    """Return the session of this request."""
    if "session" not in g:
        look_up_session()
    return cast("Session | None", g.session)


def look_up_session() -> None:
    """Look up the session of this request, with the state of the town, and note that it is used."""
    state, found = read_state_and_session(store(), _token() or "")
    set_town_state(state)
    g.session = found if found and sessions.is_valid(found, phones=state.settings.phones, now=now()) else None
    if g.session and sessions.is_to_be_noted(g.session, now()):
        used: Callable[[int, datetime], None] = request.environ.get(USED) or current_app.extensions["session_use"].note
        used(g.session.id, now())


def forget_session() -> None:
    """Let the session of this request be looked up anew, after what may have changed it."""
    g.pop("session", None)


def _token() -> str | None:
    """Return the token that a request comes with; nobody is signed in under a name that is not ours."""
    is_ours = not isinstance(request.routing_exception, SecurityError)
    return request.cookies.get(_cookie()) if is_ours else None


def session() -> Session:
    """Return the session of this request; the policy lets only requests pass that have one."""
    found = session_or_none()
    if found is None:
        abort(401)
    return found


def actor() -> Actor:
    """Return who is signed in."""
    return session().actor


def who() -> Who:
    """Return who is signed in, for the audit."""
    return Who(actor().account_id, actor().role)


def set_session_cookie(response: BaseResponse, signed_in: sessions.SignedIn) -> BaseResponse:
    """Give the browser the cookie of a new session."""
    life = sessions.LIFETIMES[signed_in.kind].total
    _set(response, _cookie(), signed_in.token, int(life.total_seconds()))
    response.delete_cookie(LOGIN_COOKIE)
    if signed_in.browser is not None:
        name = f"{_known_browser_prefix()}{signed_in.actor.account_id}"
        _set(response, name, signed_in.browser, int(LIFETIME.total_seconds()))
    return response


def known_browsers() -> list[str]:
    """Return the tokens by which accounts know this browser."""
    return [value for name, value in request.cookies.items() if name.startswith(_known_browser_prefix())]


def _known_browser_prefix() -> str:
    return f"{_cookie()}-known-"


def clear_session_cookie(response: BaseResponse) -> BaseResponse:
    """Take the cookie of the session away."""
    response.delete_cookie(_cookie(), secure=current_app.config["SECURE"], httponly=True, samesite="Lax")
    return response


def _set(response: BaseResponse, name: str, value: str, seconds: int) -> None:
    secure = bool(current_app.config["SECURE"])
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="Lax", secure=secure)


def csrf() -> str:
    """Return the token that a form on this page has to carry."""
    session = session_or_none()
    if session is not None:
        return session.csrf
    if "login_token" not in g:
        g.login_token = request.cookies.get(LOGIN_COOKIE) or secrets.token_urlsafe(24)
    return cast(str, g.login_token)


def check_csrf(app: Flask) -> None:
    """Refuse every request that would change something and was not sent by a page of this service."""

    def check() -> None:
        if request.method in SAFE or request.endpoint is None:
            return
        origin = request.headers.get("Origin")
        foreign = origin is not None and origin.partition("://")[2] != request.host
        if foreign or request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            abort(403)
        if request.path == BY_TOKEN:
            return
        session = session_or_none()
        expected = session.csrf if session else request.cookies.get(LOGIN_COOKIE, "")
        given = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
        if not expected or not passwords.same_secret(given, expected):
            g.stale_form = True
            abort(403)

    def remember(response: Response) -> Response:
        if "login_token" in g and request.cookies.get(LOGIN_COOKIE) != g.login_token:
            _set(response, LOGIN_COOKIE, g.login_token, 24 * 3600)
        return response

    app.before_request(check)
    app.after_request(remember)
