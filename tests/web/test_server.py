"""The local server: where it listens, and that it answers."""

import socket
import threading
import urllib.request

import pytest
from gridplan_web import create_app, open_server

from gridplan.errors import OutputRefused


@pytest.fixture(scope="module")
def app(folder):
    return create_app(folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_it_answers_at_the_address_it_names(app):
    server = open_server(app, free_port())
    threading.Thread(target=server.run, daemon=True).start()
    with urllib.request.urlopen(f"{server.address}/map.json") as answer:
        assert answer.status == 200
        assert "Server" not in answer.headers
    server.close()


def test_the_next_free_port_is_taken_when_the_asked_one_is_busy(app):
    first = open_server(app, free_port())
    port = int(first.address.rsplit(":", 1)[1])
    second = open_server(app, port)
    assert port < int(second.address.rsplit(":", 1)[1]) < port + 50
    first.close()
    second.close()


def test_it_listens_on_this_computer_only(app):
    server = open_server(app, free_port())
    assert server.address.startswith("http://127.0.0.1:")
    server.close()


def test_a_port_the_system_does_not_give_is_an_error_in_words(app):
    with pytest.raises(OutputRefused, match="--port"):
        open_server(app, 65_536)
