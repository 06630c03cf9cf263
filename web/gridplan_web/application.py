"""Puts the application together: the store behind it, its pages, and what guards them."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from apiflask import APIFlask
from flask import request

from gridplan import __version__
from gridplan.errors import Unavailable
from gridplan.service.access.sessions import SessionUse
from gridplan.service.contact import term
from gridplan.service.plans import schedule
from gridplan.service.registry.village_changes import end_former_numbers
from gridplan.store import Store
from gridplan.words import Lang
from gridplan_web import (
    auth,
    clock,
    error_pages,
    headers,
    job_runner,
    language,
    openapi,
    plain_requests,
    policy,
    template_context,
    views,
)
from gridplan_web.former_ports import send_on
from gridplan_web.map_cache import MapCache

LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1")
"""Any other Host is a foreign page that made its own name point here (DNS rebinding)."""


def create_app(
    store: Store,
    *,
    default_lang: Lang = "en",
    names: tuple[str, ...] = LOOPBACK_NAMES,
    secure: bool = False,
    open_http: bool = False,
    port: int = 0,
    former_ports: tuple[int, ...] = (),
    jobs: bool = True,
) -> APIFlask:
    """Return the service over a store.

    Parameters
    ----------
    store
        Folder and database, with the tables of this version.
    default_lang
        The language of browsers that ask for neither.
    names
        The host names by which it may be called.
    secure
        Whether it is reached over HTTPS, so that cookies may say so.
    open_http
        Whether other computers reach it without encryption, which every page then says.
    port
        Where it listens.
    former_ports
        Where it listens too, for phones that know it by them.
    jobs
        Whether to go on at once with the jobs that wait since it ran the last time.

    Raises
    ------
    RuntimeError
        A route has no policy.
    """
    app = APIFlask(
        "gridplan_web",
        title="gridplan",
        version=__version__,
        docs_path=None,
        spec_path=openapi.PATH,
        json_errors=False,
        static_folder=None,  # type: ignore[arg-type]  # as Flask has it; its own would not send packed files
    )
    app.config.update(
        TRUSTED_HOSTS=list(names),
        PROVIDE_AUTOMATIC_OPTIONS=False,
        SECURE=secure,
        OPEN_HTTP=open_http,
        PORT=port,
        FORMER_PORTS=former_ports,
        VALIDATION_ERROR_STATUS_CODE=422,
    )
    app.extensions["store"] = store
    app.extensions["session_use"] = SessionUse(store)
    app.extensions["map_cache"] = MapCache()
    plain_requests.use_plain_numbers(app)
    clock.set_clock(app)
    openapi.serve_description(app)
    for blueprint in views.BLUEPRINTS:
        app.register_blueprint(blueprint)
    _apply_due_changes(app)
    language.choose_language(app, default_lang)
    headers.add_security_headers(app)
    error_pages.register_error_pages(app)
    policy.limit_bodies(app)
    plain_requests.refuse_strange_letters(app)
    send_on(app)
    auth.check_csrf(app)
    policy.enforce_policy(app)
    template_context.add_template_context(app)
    job_runner.start(app, store, run=jobs)
    return app


def _apply_due_changes(app: APIFlask) -> None:
    """Apply what was confirmed for a day, once it has come, before anything is answered: changes of term, then plans.

    What a full disk keeps from it waits for the next request. The settings and the session, which every answer needs,
    are looked up with whether anything is due.
    """

    def apply() -> None:
        if request.endpoint != "static.file":
            with suppress(Unavailable):
                if not _is_anything_due():
                    return
                term.apply_due(auth.store(), now=clock.now(), today=clock.today())
                schedule.apply_due(auth.store(), now=clock.now(), today=clock.today(), zone=clock.zone())
                end_former_numbers(auth.store(), now=clock.now(), today=clock.today())

    app.before_request(apply)


def _is_anything_due() -> bool:
    auth.look_up_session()
    is_due = clock.town_state().is_due(clock.today())
    if is_due:
        auth.forget_session()
    return is_due
