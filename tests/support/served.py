"""The service as a process that listens, to be killed as by a power cut; and a proxy that cuts answers."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from copies import COPIES
from gridplan_web.serving.server import ServerSettings, serve_town
from model_phone import Answer, Lost, Send
from phone_breakages import Breakage

from gridplan.store import Store

HOST = "127.0.0.1"
START_S = 60.0
PATIENCE_S = 60.0


def free_port() -> int:
    with socket.create_server((HOST, 0)) as free:
        return int(free.getsockname()[1])


def _serve(data: Path, url: str | None, port: int, breakage: Breakage | None, listens: Event) -> None:
    if breakage is not None:
        breakage(setattr)
    store = Store(data, url)
    with serve_town(store, ServerSettings(port=port), "en") as server:
        listens.set()
        server.run()


class Served:
    """A service over the database of a store, always under the same address."""

    def __init__(self, store: Store, breakage: Breakage | None = None) -> None:
        self.port, self._breakage = free_port(), breakage
        self._data, self._url = store.data, store.named_url
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        listens = COPIES.Event()
        self._process = COPIES.Process(target=_serve, args=(self._data, self._url, self.port, self._breakage, listens))
        self._process.start()
        if not listens.wait(START_S):
            raise RuntimeError("the service did not start")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.join()


@contextmanager
def served(store: Store, breakage: Breakage | None = None) -> Iterator[Served]:
    """Yield a service, or one that is built otherwise, which is killed in the end."""
    service = Served(store, breakage)
    try:
        yield service
    finally:
        service.kill()


def sender(port: int) -> Send:
    """Return how a phone sends to a port, on a connection of its own each time."""

    def send(token: str, request: dict[str, Any]) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        with closing(HTTPConnection(HOST, port, timeout=PATIENCE_S)) as connection:
            try:
                connection.request("POST", "/m/api/sync", json.dumps(request), headers)
                got = connection.getresponse()
                body = got.read()
            except (OSError, HTTPException) as problem:
                raise Lost from problem
        is_json = got.headers.get_content_type() == "application/json"
        return Answer(got.status, json.loads(body) if is_json else None)

    return send


class CuttingProxy:
    """Passes requests on, and of answers all but every third: of that a half, or nothing at all."""

    def __init__(self, port: int) -> None:
        proxy, numbers = self, count(1)
        self.cut = 0

        class Passed(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with closing(HTTPConnection(HOST, port, timeout=PATIENCE_S)) as connection:
                    connection.request("POST", self.path, body, dict(self.headers.items()))
                    answer = connection.getresponse()
                    content = answer.read()
                number = next(numbers)
                self.close_connection = True
                if number % 3 == 0:
                    proxy.cut += 1
                if number % 6 == 0:
                    return
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.headers["Content-Type"])
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if number % 3 == 0 else content)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer((HOST, 0), Passed)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __enter__(self) -> CuttingProxy:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def at_once(work: list[Callable[[], None]]) -> None:
    """Do everything at once, each in a thread; what goes wrong in one of them is raised."""
    wrong: list[BaseException] = []

    def run(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as problem:
            wrong.append(problem)

    threads = [threading.Thread(target=run, args=(one,), daemon=True) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
