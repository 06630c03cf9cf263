"""The devices that an account is signed in on, and its password."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import InputRefused, LoginRefused
from gridplan.service.access import login, sessions
from gridplan_web import auth
from gridplan_web.clock import now
from gridplan_web.error_pages import headers_of, problem_of, status_of

pages = APIBlueprint("sessions", __name__, enable_openapi=False)

SAID = frozenset({"ended", "password"})


@pages.get("/sessions")
def signed_in_devices() -> str:
    """Show the devices that the account is signed in on."""
    return _page()


def _page(problem: str | None = None, wait: int | None = None) -> str:
    devices = sessions.signed_in_devices(auth.store(), auth.session(), now=now())
    said = request.args.get("said")
    return render_template(
        "sessions/sessions.html", devices=devices, problem=problem, wait=wait, said=said if said in SAID else None
    )


@pages.post("/sessions/<int:session_id>/end")
def end_session(session_id: int) -> Response:
    """End one of the own sessions."""
    sessions.end_session(auth.store(), auth.session(), session_id, now=now())
    return redirect(url_for("sessions.signed_in_devices", said="ended"))


@pages.post("/sessions/others/end")
def end_other_sessions() -> Response:
    """End all own sessions but this one."""
    sessions.end_other_sessions(auth.store(), auth.session(), now=now())
    return redirect(url_for("sessions.signed_in_devices", said="ended"))


@pages.post("/password")
def change_password() -> Response | tuple[str, int, dict[str, str]]:
    """Change the own password."""
    try:
        login.change_password(
            auth.store(),
            auth.session(),
            request.form.get("old", ""),
            request.form.get("new", ""),
            now=now(),
        )
    except (InputRefused, LoginRefused) as error:
        return _page(**problem_of(error)), status_of(error), headers_of(error)
    return redirect(url_for("sessions.signed_in_devices", said="password"))
