"""Who may call which route: one table. A route that is not in it keeps the application from starting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Final

from flask import Flask, Request, abort, request

Policy = Callable[[Request], bool]


def anyone_on_this_computer(asked: Request) -> bool:
    """Let in whoever sits at this computer: there are no accounts yet, so nobody else."""
    try:
        return ip_address(asked.remote_addr or "").is_loopback
    except ValueError:
        return False


POLICY: Final[Mapping[str, Policy]] = {
    "pages.plan": anyone_on_this_computer,
    "pages.map_json": anyone_on_this_computer,
    "pages.download": anyone_on_this_computer,
    "static": anyone_on_this_computer,
}


def guard(app: Flask) -> None:
    """Ask the policy of its route before every request; to someone not let in, nothing is here.

    Raises
    ------
    RuntimeError
        A route is not in the table, or a row of the table has no route.
    """
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    if unmatched := sorted(routes ^ POLICY.keys()):
        raise RuntimeError(f"routes and policies do not match: {', '.join(unmatched)}")

    def ask() -> None:
        if request.endpoint is not None and not POLICY[request.endpoint](request):
            abort(404)

    app.before_request(ask)
