"""Connections: what each may take, who goes when places are short, and what is refused before it is received."""

import socket
import struct
import tempfile
import threading
import time
from contextlib import ExitStack, closing, suppress
from dataclasses import replace

import pytest
from flask import Flask, Response
from gridplan_web.serving.connections import ConnectionLimits, GuardedServer
from service import serve

QUICK = ConnectionLimits(
    header_s=0.3,
    body_s=0.3,
    answer_s=0.3,
    answer_rate=10**9,
    idle_s=0.3,
    linger_s=0.1,
    grace_s=0.1,
    places=8,
    places_an_address=5,
    uploads=1,
)
PATIENT = ConnectionLimits()
ASK = b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Town:
    """A server over an application, and connections to it."""

    def __init__(self, app, limits, cleanup, threads=2, page_threads=0):
        listening = socket.create_server(("127.0.0.1", 0))
        self.address = listening.getsockname()
        threads = {"threads": threads, "page_threads": page_threads}
        self.server = GuardedServer(app, listening, limits, ident="", **threads)
        self.cleanup = cleanup
        cleanup.callback(self.server.close)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        with suppress(OSError):
            self.server.run()

    def connect(self, source="127.0.0.1", receive=None):
        made = self.cleanup.enter_context(closing(socket.socket()))
        if receive:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        made.bind((source, 0))
        made.settimeout(5)
        made.connect(self.address)
        return made

    def ask(self, data=ASK, **where):
        made = self.connect(**where)
        made.sendall(data)
        return made


@pytest.fixture(scope="module")
def planner(tmp_path_factory, sqlite):
    """Return a service, and the cookie of its planner."""
    with sqlite.copy("filled", tmp_path_factory.mktemp("connections")) as store:
        service = serve(store)
        yield service.app, f"gridplan={service.client('planner').get_cookie('gridplan').value}"
        service.app.extensions["jobs"].close()


@pytest.fixture
def town(planner):
    """Return a function that serves the town."""
    with ExitStack() as cleanup:
        yield lambda limits=PATIENT: Town(planner[0], limits, cleanup)


def heard(connection, until=b""):
    """Return what comes, up to some bytes or to the end."""
    found = b""
    with suppress(ConnectionError):
        while not (until and until in found) and (part := connection.recv(65536)):
            found += part
    return found


def abort(connection):
    """Let the other side get an error instead of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def is_answered(connection):
    return heard(connection, b"</html>").startswith(b"HTTP/1.1 200")


def status(connection):
    return heard(connection, b"\r\n").partition(b"\r\n")[0].decode()


def post(path, rest, cookie="none=1"):
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n{rest}".encode()


# ---- time


def test_a_header_has_its_time_however_often_a_byte_of_it_comes(town):
    connection = town(QUICK).ask(b"GET /login HTTP/1.1\r\nX: ")
    connection.settimeout(0.05)
    with suppress(ConnectionError):
        for _ in range(60):
            connection.sendall(b"a")
            with suppress(TimeoutError):
                if not connection.recv(1):
                    break
        else:
            pytest.fail("it holds its place")


def test_a_body_that_comes_too_slowly_is_refused(town):
    assert status(town(QUICK).ask(post("/login", "Content-Length: 1000\r\n\r\nlogin"))).startswith("HTTP/1.1 408")


@pytest.mark.parametrize("beginning", [b"", ASK])
def test_a_connection_that_asks_for_nothing_ends(town, beginning):
    assert heard(town(QUICK).ask(beginning)).count(b"HTTP/1.1 200") == len(beginning[:1])


def test_blank_lines_are_nothing_that_keeps_a_place(town):
    connection = town(QUICK).ask()
    assert is_answered(connection)
    with pytest.raises(ConnectionError):
        for _ in range(60):
            connection.sendall(b"\r\n\r\n")
            time.sleep(0.05)


@pytest.fixture
def large():
    """Return a function that serves answers of 8 MB, made bit by bit, on one thread."""
    app = Flask("large")
    app.add_url_rule("/", "large", lambda: Response(bytes(2**20) for _ in range(8)))
    app.add_url_rule("/small", "small", lambda: "</html>")
    with ExitStack() as cleanup:
        yield lambda limits: Town(app, limits, cleanup, threads=1)


ASK_LARGE = ASK.replace(b"/login", b"/")


def test_an_answer_that_nobody_reads_ends_and_lets_the_thread_go(large):
    town = large(replace(QUICK, unread=2**20))
    readers = [town.ask(ASK_LARGE, receive=4096) for _ in range(2)]
    assert is_answered(town.ask(ASK.replace(b"/login", b"/small")))
    for reader in readers:
        assert len(heard(reader)) < 8 * 2**20


def test_who_does_not_read_makes_room_for_others(large):
    town = large(replace(PATIENT, places=3, unread_s=0.1))
    readers = [town.ask(ASK_LARGE, receive=4096) for _ in range(6)]
    assert is_answered(town.ask(ASK.replace(b"/login", b"/small")))
    assert sum(len(heard(reader)) < 8 * 2**20 for reader in readers[:3]) >= 2


# ---- size


@pytest.mark.parametrize(
    "refused",
    [
        post("/login", "Content-Length: 300000000\r\n\r\n"),
        post("/imports", "Content-Length: 300000000\r\n\r\n"),
        post("/imports", "Content-Length: 100000\r\n\r\n", "gridplan=forged"),
        post("/imports", "Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n", "gridplan=forged"),
        post("/imports", "Transfer-Encoding: chunked\r\n\r\n20000\r\n" + "x" * 0x20000, "gridplan=forged"),
        post("/login", "Transfer-Encoding: chunked\r\n\r\n20000\r\n" + "x" * 0x20000),
        post("/nowhere", "Content-Length: 100000\r\n\r\n"),
    ],
)
def test_a_long_body_from_nobody_is_refused_before_it_comes(town, refused):
    assert status(town().ask(refused)) == "HTTP/1.1 413 Content Too Large"


def test_a_long_body_is_for_routes_that_take_one_and_for_who_may_use_them(town, planner):
    here = town()
    length = "Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n"
    assert status(here.ask(post("/leave", length, planner[1]))).startswith("HTTP/1.1 413")
    large = f"Content-Length: {65 * 2**20}\r\nExpect: 100-continue\r\n\r\n"
    assert status(here.ask(post("/imports", large, planner[1]))).startswith("HTTP/1.1 413")
    planner_sends = here.ask(post("/imports", length, planner[1]))
    assert heard(planner_sends, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    planner_sends.sendall(b"x" * 100_000)
    assert status(planner_sends).startswith("HTTP/1.1 403")  # without the token of a form: it has come to the route


def test_so_many_long_bodies_come_at_once(town, planner):
    here = town(ConnectionLimits(uploads=1))
    length = "Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n"
    assert status(here.ask(post("/imports", length, planner[1]))).startswith("HTTP/1.1 100")
    assert status(here.ask(post("/imports", length, planner[1]))).startswith("HTTP/1.1 503")


def test_a_body_for_which_the_disk_has_no_room_is_refused(town, planner, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    sent = town().ask(post("/imports", "Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n", planner[1]))
    assert status(sent).startswith("HTTP/1.1 100")
    with suppress(ConnectionError):
        sent.sendall(b"x" * 1_000_000)
    assert b"HTTP/1.1 507" in heard(sent)


def test_a_header_has_its_size(town):
    with suppress(ConnectionError):
        refused = town().ask(b"GET / HTTP/1.1\r\nCookie: " + b"x" * 40_000 + b"\r\n\r\n")
    assert status(refused).startswith("HTTP/1.1 431")


# ---- places


def test_who_sends_half_a_header_makes_room_for_others(town):
    here = town(QUICK)
    half = [here.ask(b"GET /login", source=f"127.0.0.{2 + number % 4}") for number in range(12)]
    assert is_answered(here.ask())
    assert len(here.server.active_channels) <= QUICK.places
    assert sum(not heard(one) for one in half) >= 4


def test_connections_that_are_kept_go_first(town):
    here = town(ConnectionLimits(places=4, grace_s=0))
    coming = here.ask(b"GET /login HTTP/1.1\r\n")
    assert all(is_answered(here.ask()) for _ in range(7))
    coming.sendall(b"Host: localhost\r\n\r\n")
    assert is_answered(coming)


def test_an_address_has_its_share_and_others_theirs(town):
    here = town(ConnectionLimits(places_an_address=3, grace_s=60))
    for _ in range(3):
        here.ask(b"GET /login")
    with suppress(ConnectionError):
        assert heard(here.ask(b"")).startswith(b"HTTP/1.1 503")
    assert is_answered(here.ask(source="127.0.0.9"))


def test_where_all_threads_are_busy_and_many_wait_the_next_is_told_to_come_again():
    app, begun, go_on = Flask("busy"), threading.Event(), threading.Event()
    app.add_url_rule("/", "busy", lambda: begun.set() or str(go_on.wait(20)))
    ask = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with ExitStack() as cleanup:
        town = Town(app, ConnectionLimits(queue=2), cleanup, threads=1)
        first = [town.ask(ask)]
        assert begun.wait(20)
        first += [town.ask(ask), town.ask(ask)]
        while len(town.server.task_dispatcher.queue) < 2:
            time.sleep(0.01)
        refused = heard(town.ask(ask))
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"Retry-After:" in refused
        go_on.set()
        assert [heard(one, b"True")[:12] for one in first] == [b"HTTP/1.1 200"] * 3


def test_who_asks_once_does_not_wait_for_all_who_ask_often():
    app, go_on, order = Flask("busy"), threading.Event(), []
    app.add_url_rule("/<who>", "busy", lambda who: order.append(who) or str(go_on.wait(20)))
    with ExitStack() as cleanup:
        town = Town(app, ConnectionLimits(queue=4), cleanup, threads=1)
        asked = [town.ask(ASK.replace(b"login", b"often"))]
        while not order:
            time.sleep(0.01)
        asked += [town.ask(ASK.replace(b"login", b"often")) for _ in range(4)]
        while len(town.server.task_dispatcher.queue) < 4:
            time.sleep(0.01)
        asked.append(town.ask(ASK.replace(b"login", b"once"), source="127.0.0.9"))
        while len(town.server.task_dispatcher.queue) < 5:
            time.sleep(0.01)
        go_on.set()
        assert all(heard(one, b"True") for one in asked)
    assert order.index("once") == 2


def test_who_saves_does_not_wait_for_those_who_read_often():
    app, go_on = Flask("busy"), threading.Event()
    app.add_url_rule("/page", "own.households", lambda: str(go_on.wait(20)))
    app.add_url_rule("/save", "own.record_visit", lambda: "saved", methods=["POST"])
    with ExitStack() as cleanup:
        town = Town(app, PATIENT, cleanup, threads=1, page_threads=1)
        reading = [town.ask(ASK.replace(b"login", b"page")) for _ in range(3)]
        assert heard(town.ask(post("/save", "\r\n")), b"saved").startswith(b"HTTP/1.1 200")
        go_on.set()
        assert all(heard(one, b"True") for one in reading)


def test_nobody_is_answered_who_has_gone_while_others_wait():
    app, go_on, order = Flask("busy"), threading.Event(), []
    app.add_url_rule("/<who>", "busy", lambda who: order.append(who) or str(go_on.wait(20)))
    with ExitStack() as cleanup:
        town = Town(app, PATIENT, cleanup, threads=1)
        asked = []
        for n, who in enumerate((b"first", b"gone", b"aborted", b"last")):
            asked.append(town.ask(ASK.replace(b"login", who)))
            while len(order) + len(town.server.task_dispatcher.queue) <= n:
                time.sleep(0.01)
        asked.pop(1).close()
        abort(asked.pop(1))
        go_on.set()
        assert all(heard(one, b"True") for one in asked)
        while len(town.server.active_channels) > 2:
            time.sleep(0.01)
    assert order == ["first", "last"]


# ---- where a request ends

LATER = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    "doubtful",
    [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        f"Content-Length: 0\r\nContent-Length: {len(LATER)}\r\n\r\n",
        "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding:\r\n\r\n",
        "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        f"Content-Length: {'9' * 5000}\r\n\r\n",
        "Content-Length: -1\r\n\r\n",
    ],
)
def test_a_request_whose_end_is_doubtful_is_refused_and_nothing_after_it_is_read(town, doubtful):
    answers = heard(town().ask(post("/login", doubtful + LATER)))
    assert answers.count(b"HTTP/1.1") == 1
    assert answers.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))


def test_a_line_between_chunks_has_its_length(town):
    endless = post("/login", f"Transfer-Encoding: chunked\r\n\r\n1;{'x' * 2000}")
    assert status(town().ask(endless)).startswith("HTTP/1.1 400")


def test_an_address_that_is_none_is_refused(town):
    assert status(town().ask(b"GET http://[x HTTP/1.1\r\n\r\n")).startswith("HTTP/1.1 400")


def test_requests_that_are_sent_at_once_are_answered_in_their_order(town):
    last = b"HEAD /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answers = heard(town().ask(ASK + LATER.encode() + ASK + last)).split(b"HTTP/1.1 200")[1:]
    assert [b"<html" in one for one in answers] == [True, False, True, False]


def test_bytes_out_of_band_end_a_connection(town):
    connection = town().ask()
    connection.send(b"!", socket.MSG_OOB)
    heard(connection)


def test_who_is_gone_before_a_refusal_arrives_is_no_fault(caplog):
    app, entered, go_on = Flask("busy"), threading.Event(), threading.Event()
    app.add_url_rule("/login", "busy", lambda: str(entered.set() or go_on.wait(20)))
    with ExitStack() as cleanup:
        town = Town(app, PATIENT, cleanup, threads=1)
        connection = town.ask(ASK + b"get / HTTP/1.1\r\n\r\n")
        entered.wait(5)
        abort(connection)
        go_on.set()
        while town.server.active_channels:
            time.sleep(0.01)
    assert not caplog.records
