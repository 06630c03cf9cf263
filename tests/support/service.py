"""A service to test: a store with the drawn town in it, an account of every role, and clients that are signed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from types import SimpleNamespace
from typing import ClassVar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from apiflask import APIFlask
from argon2 import PasswordHasher
from copies import COPIES
from flask import Flask
from flask.testing import FlaskClient
from gridplan_web import create_app
from jinja2 import FileSystemBytecodeCache
from sample_towns import town
from werkzeug.routing import Map
from werkzeug.wsgi import ClosingIterator

from gridplan.model import Assignment, Member, TownPlan
from gridplan.roles import OF_VILLAGES, ROLES
from gridplan.service.access import passwords, sessions
from gridplan.service.imports.load_plan import load_plan
from gridplan.service.jobs import runner
from gridplan.store import Store
from gridplan.store.access import accounts, cards, scope
from gridplan.store.database import COMMAND_LINE
from gridplan.store.registry import villages
from gridplan.store.system.town_settings import TownSettings, write_settings
from gridplan.words import Message

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
"""A Monday, 10 o'clock in the town."""
PASSWORD = "correct-horse"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashes that cost nothing, for tests."""
passwords.HASHER, passwords.NOBODY = QUICK, passwords.hash_of_nobody(QUICK)
runner.PROCESSES = COPIES
TEMPLATES = FileSystemBytecodeCache()
"""Compiled templates, for the applications of all tests."""
OWN, OTHER = "石桥村", "和平村"
"""The village that planner, clerk, supervisor and member have, and one that they have not."""


class RulesOfAll(Map):
    """The rules of addresses, made for the first application of all: making them takes longer than most tests do."""

    of_all: ClassVar[list[RulesOfAll]] = []

    def add(self, rule):
        if rule is not KNOWN:
            super().add(rule)


KNOWN = SimpleNamespace()
"""Stands for each rule of a further application."""


def rules(**options):
    """Return the rules of an application, which are there from the second one on."""
    if not RulesOfAll.of_all:
        RulesOfAll.of_all.append(RulesOfAll(**options))
        return RulesOfAll.of_all[0]
    APIFlask.url_rule_class = staticmethod(lambda *_, **__: KNOWN)
    return RulesOfAll.of_all[0]


APIFlask.url_map_class = staticmethod(rules)


def peopled_town(drawn: TownPlan | None = None) -> TownPlan:
    """Return a drawn town with a lead for each of the first three grids of every village."""
    drawn = drawn or town()
    members, assignments = [], []
    for village in drawn.villages:
        name = village.plan.village
        for grid in village.grids[:3]:
            member_id = f"{name}-M{grid.number}"
            home = village.plan.grids[grid.number][0]
            members.append(Member(member_id, f"示例{grid.number}", village=name, lon=home.lon, lat=home.lat))
            why = Message("map.no_lead")
            assignments.append(Assignment(name, grid.number, member_id, "lead", why))
    return TownPlan(drawn.villages, tuple(members), tuple(assignments))


def fill(store: Store, filling: TownPlan | None = None) -> None:
    """Put a town with leads into an empty store, published, and an account of every role, by whose name it signs in."""
    with store.change(COMMAND_LINE, "add", "account", now=NOW) as change:
        admin = accounts.add(
            change.connection, name="administrator", role="administrator", login="administrator", now=NOW
        )
    load_plan(
        store, COMMAND_LINE, filling or peopled_town(), name="first", made_by=admin, now=NOW, publish_on=NOW.date()
    )
    with store.change(COMMAND_LINE, "add", "account", now=NOW) as change:
        connection = change.connection
        own = villages.ids_by_name(connection)[OWN]
        member = cards.card_rows(connection, [own], sessions.LIFETIMES["phone"], NOW)[0]
        for role in ROLES[1:]:
            accounts.add(
                connection,
                name=role,
                role=role,
                login=role,
                now=NOW,
                member_id=member["id"] if role == "member" else None,
                villages=[own] if role in OF_VILLAGES else [],
            )
        for role in ROLES:
            found = accounts.by_login(connection, role)
            accounts.set_password(connection, found["id"], QUICK.hash(PASSWORD))
        write_settings(connection, TownSettings(address="https://gridplan.example", phones=True))


@dataclass
class Service:
    """The service over a store, at a time that a test can turn."""

    store: Store
    app: Flask
    now: datetime = NOW

    def client(self, role: str | None = None) -> FlaskClient:
        """Return a client that is signed in as a role, or nobody's."""
        client = self.app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        if role is not None:
            with self.store.write() as connection:  # without the form, which takes longer than most pages
                actor = scope.actor(connection, accounts.by_login(connection, role)["id"])
                signed_in = sessions.start_session(connection, actor, now=self.now, device="")
            client.set_cookie("gridplan", signed_in.token)
        return client

    def enter(self, client: FlaskClient, login: str, password: str = PASSWORD):
        """Send the form of the door."""
        client.get("/login")
        return client.post("/login", data={"csrf": self.csrf(client), "login": login, "password": password})

    def csrf(self, client: FlaskClient) -> str:
        """Return the token that forms of this client have to carry."""
        cookie = client.get_cookie("gridplan")
        session = sessions.find_session(self.store, cookie.value, phones=True, now=self.now) if cookie else None
        return session.csrf if session else client.get_cookie("gridplan-login").value

    def later(self, **time: float) -> None:
        """Turn the clock."""
        self.now += timedelta(**time)


def serve(store: Store) -> Service:
    """Return a service over a store."""
    service = Service(store, create_app(store))
    service.app.jinja_env.bytecode_cache = TEMPLATES
    service.app.extensions["clock"] = lambda: service.now
    return service


def whole_answers(app: Flask) -> Callable[..., list[bytes]]:
    """Return an application that sends each answer at once: a browser that leaves early leaves no file open."""

    def answer(environ, start_response):
        with closing(ClosingIterator(app(environ, start_response))) as parts:
            return [b"".join(parts)]

    return answer


def session_cookie(address: str, login: str) -> dict[str, str]:
    """Return the cookie of somebody who signs in at a service that answers there, as a browser takes it."""
    jar = CookieJar()
    opener = build_opener(HTTPCookieProcessor(jar))
    csrf = re.search(r'name="csrf" content="([^"]+)"', opener.open(f"{address}/login").read().decode())[1]
    form = urlencode({"csrf": csrf, "login": login, "password": PASSWORD})
    opener.open(f"{address}/login", form.encode()).close()
    token = next(cookie.value for cookie in jar if cookie.name == "gridplan")
    return {"name": "gridplan", "value": token, "url": address}
