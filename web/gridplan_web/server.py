"""Serves an application on this computer."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from typing import Any, Final

import waitress
from flask import Flask

from gridplan.errors import OutputRefused

HOST: Final = "127.0.0.1"
TRIES: Final = 50


@dataclass(frozen=True)
class Server:
    """A server that already listens; `run` answers until the process is interrupted."""

    address: str
    _waitress: Any

    def run(self) -> None:
        """Answer requests; returns after an interrupt."""
        self._waitress.run()

    def close(self) -> None:
        """Stop listening."""
        self._waitress.close()


def open_server(app: Flask, port: int = 8000) -> Server:
    """Return a server that listens on `port` of this computer, or on the next free one.

    Raises
    ------
    OutputRefused
        None of the next fifty ports is free, or the system allows none.
    """
    for candidate in range(port, min(port + TRIES, 65536)):
        try:
            listening = socket.create_server((HOST, candidate))
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE:
                raise OutputRefused("page.no_port", port=str(port), problem=problem.strerror) from problem
        else:
            server = waitress.create_server(app, sockets=[listening], threads=8, ident="")
            return Server(f"http://{HOST}:{candidate}", server)
    raise OutputRefused("page.no_free_port", port=str(port), last=str(port + TRIES - 1))
