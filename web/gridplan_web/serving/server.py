"""Serves an application: to this computer only, unless it was asked for otherwise."""

from __future__ import annotations

import errno
import gc
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from flask import Flask

from gridplan.errors import InputRefused, OutputRefused
from gridplan.service.admin.retention import old_rows_removed_daily
from gridplan.store import Store
from gridplan.words import Lang
from gridplan_web.application import LOOPBACK_NAMES, create_app
from gridplan_web.serving.connections import ConnectionLimits, GuardedServer, SideEntrance
from gridplan_web.serving.page_processes import PageProcess, PageProcesses

HOST: Final = "127.0.0.1"
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - only with lan_http, which says so on every page
TRIES: Final = 50
THREADS: Final = 6
"""More than can wait for a picture or a password at once; with more, they only get into each other's way."""
THREADS_A_PROCESS: Final = 2
"""While one waits for the process, the other brings an answer on its way or answers what the process cannot."""
IDLE_PROXY_S: Final = 300.0
"""Longer than proxies keep a connection: where this end ends it first, they answer 502 now and then."""
PROXY: Final = {
    "url_scheme": "https",
    "trusted_proxy": HOST,
    "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    "clear_untrusted_proxy_headers": True,
}
"""What waitress is to believe of a proxy on this computer: who really asks, and that it is over HTTPS."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where a service listens, and the names by which it may be called."""

    port: int = 8000
    names: tuple[str, ...] = ()
    lan_http: bool = False
    """Whether other computers may come without encryption, which every page then says."""
    behind_proxy: bool = False
    """Whether a proxy on this computer lets others come over HTTPS, under the first of the names."""
    or_next: bool = False
    """Whether any of the next ports will do; links on cards want the same one every time."""
    former_ports: tuple[int, ...] = ()
    """Where phones knew it before: what they have is taken there too."""
    processes: int = 0
    """How many processes answer the pages that are read often; with none, this one answers all."""
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)

    @property
    def connection_limits(self) -> ConnectionLimits:
        """What a connection may take: those of a proxy are all from one address, and it ends them itself when idle."""
        if not self.behind_proxy:
            return self.limits
        return replace(self.limits, places_an_address=self.limits.places, idle_s=IDLE_PROXY_S)


@dataclass(frozen=True)
class Server:
    """A server that already listens; `run` answers until the process is interrupted."""

    address: str
    addresses: frozenset[str]
    """Every address by which it may be called, as phones know it."""
    _guarded: GuardedServer

    def run(self) -> None:
        """Answer requests; returns after an interrupt."""
        self._guarded.run()

    def close(self) -> None:
        """Stop listening."""
        self._guarded.close()


@contextmanager
def serve_town(
    store: Store, settings: ServerSettings, lang: Lang, early: list[PageProcess] | None = None
) -> Iterator[Server]:
    """Yield a server of a town that listens; its job that runs is stopped afterwards.

    Of the processes that answer pages some may be there early.

    Raises
    ------
    InputRefused
        It is behind a proxy and has no name.
    OutputRefused
        It cannot listen there.
    """
    if settings.behind_proxy and not settings.names:
        raise InputRefused("serve.no_name")
    own = own_names() if settings.lan_http or (settings.behind_proxy and settings.former_ports) else ()
    names = (*LOOPBACK_NAMES, *settings.names, *own)
    make_app = partial(
        create_app,
        default_lang=lang,
        names=names,
        secure=settings.behind_proxy,
        open_http=settings.lan_http,
        port=settings.port,
        former_ports=settings.former_ports,
    )
    app = make_app(store)
    gc.freeze()  # what is loaded stays: no collection looks through it again
    make_page_app = partial(make_app, jobs=False)
    processes = PageProcesses(app, settings.processes, make_page_app, store.for_reading(), early=early)
    called = (*settings.names, *own) if settings.lan_http or settings.behind_proxy else ()
    server = open_server(app, settings, called=called[0] if called else HOST, names=names)
    try:
        use = app.extensions["session_use"].written_later()
        with processes, use, old_rows_removed_daily(store, app.extensions["clock"]):
            yield server
    finally:
        server.close()
        app.extensions["jobs"].close()


def own_names() -> tuple[str, ...]:
    """Return the addresses by which other computers reach this one, the likeliest first, and its name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address; choosing the way there sends nothing
            likeliest = [probe.getsockname()[0]]
        except OSError:
            likeliest = []
    name = socket.gethostname()
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, None, socket.AF_INET)}
    except OSError:
        found = set()
    return tuple(dict.fromkeys([*likeliest, *sorted(found), name, name.lower()]))


def open_server(
    app: Flask, settings: ServerSettings, *, called: str = HOST, names: tuple[str, ...] = LOOPBACK_NAMES
) -> Server:
    """Return a server that listens, as far as it is to settings.

    Raises
    ------
    OutputRefused
        The port, or none of the next fifty, is free, or the system allows none.
    """
    host = EVERYWHERE if settings.lan_http else HOST
    ports = range(settings.port, min(settings.port + (TRIES if settings.or_next else 1), 65536))
    for port in ports:
        try:
            listening = socket.create_server((host, port))
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE:
                raise OutputRefused("page.no_port", port=str(settings.port), problem=problem.strerror) from problem
        else:
            proxy = PROXY if settings.behind_proxy else {}
            page_threads = THREADS_A_PROCESS * settings.processes
            server = GuardedServer(
                app,
                listening,
                settings.connection_limits,
                page_threads=page_threads,
                threads=THREADS,
                ident="",
                **proxy,
            )
            _open_side_entrances(server, settings)
            address = f"https://{called}" if settings.behind_proxy else f"http://{called}:{port}"
            return Server(address, _addresses(settings, names, port), server)
    if settings.or_next:
        raise OutputRefused("page.no_free_port", port=str(settings.port), last=str(settings.port + TRIES - 1))
    raise OutputRefused("page.port_taken", port=str(settings.port))


def _open_side_entrances(server: GuardedServer, settings: ServerSettings) -> None:
    """Listen at former ports too; behind a proxy phones came to them without it.

    Raises
    ------
    OutputRefused
        One of them is taken, or the system does not allow it.
    """
    host = EVERYWHERE if settings.lan_http or settings.behind_proxy else HOST
    for port in settings.former_ports:
        try:
            SideEntrance(server, socket.create_server((host, port)))
        except OSError as problem:
            server.close()
            if problem.errno == errno.EADDRINUSE:
                raise OutputRefused("page.port_taken", port=str(port)) from problem
            raise OutputRefused("page.no_port", port=str(port), problem=problem.strerror) from problem


def _addresses(settings: ServerSettings, names: tuple[str, ...], port: int) -> frozenset[str]:
    ports = settings.former_ports if settings.behind_proxy else (port, *settings.former_ports)
    plain = {f"http://{name}{'' if one == 80 else f':{one}'}" for name in names for one in ports}
    return frozenset(plain | ({f"https://{name}" for name in settings.names} if settings.behind_proxy else set()))
