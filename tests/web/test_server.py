"""The server: where it listens, by which names it may be called, and that it answers."""

import socket
import threading
import urllib.request
from contextlib import ExitStack, suppress
from urllib.error import HTTPError

import pytest
from gridplan_web.serving.server import ServerSettings, open_server, own_names, serve_town

from gridplan.errors import InputRefused, OutputRefused


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def asked(address, path="/login", **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(address + path, headers=headers)) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def run(server):
    with suppress(OSError):  # its socket is closed under it at the end
        server.run()


@pytest.fixture
def served(store):
    """Return a function that serves the store and returns the address it names and the one to ask here."""
    with ExitStack() as servers:

        def serve(**reach):
            port = free_port()
            server = servers.enter_context(serve_town(store, ServerSettings(port, **reach), "en"))
            threading.Thread(target=run, args=[server], daemon=True).start()
            return server.address, f"http://127.0.0.1:{port}"

        yield serve


def test_it_answers_at_the_address_it_names_and_does_not_say_what_it_is(served):
    named, _ = served()
    status, headers, _ = asked(named)
    assert status == 200
    assert "Server" not in headers


def test_it_answers_at_former_ports_too_what_phones_ask_for_and_sends_browsers_on(served):
    former = free_port()
    named, _ = served(former_ports=(former,))
    address = f"http://127.0.0.1:{former}"
    assert asked(address, "/m/")[0] == 200
    status, _, page = asked(address, "/login")  # was sent on
    assert (status, page) == (200, page)
    assert asked(named, "/m/")[0] == 200
    form = urllib.request.Request(f"{address}/login", b"", {"Host": named.removeprefix("http://")})
    with pytest.raises(HTTPError, match="404"):  # as if it had come to the other one
        urllib.request.urlopen(form)


def test_a_former_port_that_is_taken_is_said(served):
    taken = free_port()
    with socket.create_server(("127.0.0.1", taken)), pytest.raises(OutputRefused, match=str(taken)):
        served(former_ports=(taken,))


def test_it_answers_by_its_own_names_only(served):
    _, address = served(names=("desk.example",))
    assert asked(address, Host="desk.example")[0] == 200
    assert asked(address, Host="evil.example")[0] == 400


def test_it_listens_on_this_computer_only(served):
    named, here = served()
    assert named == here
    assert "not encrypted" not in asked(here)[2]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((own_names()[0], int(here.rsplit(":", 1)[1])))


def test_other_computers_come_in_without_encryption_only_if_that_is_wanted_and_every_page_says_so(served):
    named, _ = served(lan_http=True)
    assert named.startswith(f"http://{own_names()[0]}:")
    status, _, page = asked(named)
    assert status == 200
    assert "not encrypted" in page


def test_behind_a_proxy_it_is_called_by_its_name_and_cookies_are_for_https_only(served):
    named, here = served(names=("desk.example",), behind_proxy=True)
    assert named == "https://desk.example"
    status, headers, _ = asked(here, Host="desk.example")
    assert status == 200
    assert "Secure" in headers["Set-Cookie"]


def test_behind_a_proxy_it_has_to_have_a_name(store):
    with pytest.raises(InputRefused, match="--host"), serve_town(store, ServerSettings(behind_proxy=True), "en"):
        pass


# ---- ports


def test_a_port_in_use_is_said_since_cards_want_the_same_one_every_time(service):
    first = open_server(service.app, ServerSettings(free_port()))
    port = int(first.address.rsplit(":", 1)[1])
    with pytest.raises(OutputRefused, match=f"{port} is in use"):
        open_server(service.app, ServerSettings(port))
    first.close()


def test_the_demo_takes_the_next_port_that_is_free(service):
    first = open_server(service.app, ServerSettings(free_port()))
    port = int(first.address.rsplit(":", 1)[1])
    second = open_server(service.app, ServerSettings(port, or_next=True))
    assert port < int(second.address.rsplit(":", 1)[1]) < port + 50
    first.close()
    second.close()


def test_a_port_the_system_does_not_give_is_an_error_in_words(service):
    with pytest.raises(OutputRefused, match="--port"):
        open_server(service.app, ServerSettings(65_536, or_next=True))
