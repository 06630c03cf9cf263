"""A bare handler behind the same server: a row a request into a database of the same kind, or always the same page.

python benchmarks/load/bare.py PORT DATABASE, an address as SQLAlchemy has it
"""

from __future__ import annotations

import signal
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from gridplan_web.serving.connections import ConnectionLimits, GuardedServer
from gridplan_web.serving.server import HOST, THREADS
from sqlalchemy import make_url

from gridplan.store.database_file import PRAGMAS, WAIT_S

PAGE = b"<!doctype html><title>bare</title>" + b"<p>household</p>" * 1500
"""About as long as the list of a member."""
TABLE = "CREATE TABLE IF NOT EXISTS bare (n INTEGER PRIMARY KEY {}, said TEXT NOT NULL)"


def bare(url: str) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """Return the application over a database, with a connection for each thread."""
    parts, own = make_url(url), threading.local()
    is_sqlite = parts.drivername == "sqlite"
    insert = f"INSERT INTO bare (said) VALUES ({'?' if is_sqlite else '%s'})"

    def connection() -> Any:
        if not hasattr(own, "connection"):
            if is_sqlite:
                own.connection = sqlite3.connect(parts.database or "", timeout=WAIT_S, isolation_level="IMMEDIATE")
                for pragma in PRAGMAS:
                    own.connection.execute(f"PRAGMA {pragma}")
            else:
                own.connection = psycopg.connect(parts.set(drivername="postgresql").render_as_string(False))
        return own.connection

    made = connection()
    made.execute(TABLE.format("AUTOINCREMENT" if is_sqlite else "GENERATED ALWAYS AS IDENTITY"))
    made.commit()

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        body = PAGE
        if environ["REQUEST_METHOD"] == "POST":
            mine, said = connection(), environ["wsgi.input"].read().decode()
            mine.execute(insert, (said,))
            mine.commit()
            body = b"saved"
        start("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
        return [body]

    return application


def main() -> None:
    """Answer until the process is ended."""
    port, url = int(sys.argv[1]), sys.argv[2]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    limits = ConnectionLimits()
    listening = socket.create_server((HOST, port))
    GuardedServer(bare(url), listening, limits, threads=THREADS, ident="").run()  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
