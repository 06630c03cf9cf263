"""Who may call which route: one table. A route that is not in it keeps the application from starting.

Whoever is not in is sent to the door. What is out of scope looks the same as what is not there (404). What is in
scope and not for the role is refused (403).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Flask, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import NotAllowed, NotHere
from gridplan.roles import Power
from gridplan.store.reach import Reach
from gridplan_web import gate


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route asks for: a power, and for routes about one thing, the argument that names it and where it is."""

    power: Power | None
    argument: str | None = None
    reach: Reach | None = None


ANYBODY: Final = Rule(None)
"""For what has to be there before somebody is in."""

POLICY: Final[Mapping[str, Rule]] = {
    "static": ANYBODY,
    "entry.door": ANYBODY,
    "entry.enter": ANYBODY,
    "entry.code": ANYBODY,
    "entry.invitation": ANYBODY,
    "entry.accept": ANYBODY,
    "entry.leave": Rule("be here"),
    "home.first": Rule("be here"),
}


def guard(app: Flask) -> None:
    """Ask the policy of its route before every request.

    Raises
    ------
    RuntimeError
        A route is not in the table, or a row of the table has no route.
    """
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    if unmatched := sorted(routes ^ POLICY.keys()):
        raise RuntimeError(f"routes and policies do not match: {', '.join(unmatched)}")

    def ask() -> Response | None:
        if request.endpoint is None:
            return None
        rule = POLICY[request.endpoint]
        if rule.power is None:
            return None
        session = gate.current()
        if session is None:
            if request.method == "GET" and gate.wants_page():
                return redirect(url_for("entry.door", to=request.full_path.rstrip("?")))
            abort(401)
        if rule.reach is not None and rule.argument is not None:
            with gate.store().read() as connection:
                villages = rule.reach(connection, (request.view_args or {})[rule.argument])
            if not session.actor.reaches(villages):
                raise NotHere("entrance.not_here")
        if not session.actor.may(rule.power):
            raise NotAllowed("entrance.not_allowed")
        return None

    app.before_request(ask)
