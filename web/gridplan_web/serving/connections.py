"""Connections: how long each may take for what, how much it may send, and who goes first when places are short.

Waitress reads requests on one thread and answers them on others. Here nobody holds a place for longer than an ordinary
client needs, and what is refused is refused on the reading thread, without one of those that answer.
"""

from __future__ import annotations

import logging
import re
import socket
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask
from waitress.utilities import BadRequest, Error
from waitress.wasyncore import loop

from gridplan.words import LANGS, say
from gridplan_web import policy
from gridplan_web.former_ports import CAME_TO

log = logging.getLogger(__name__)
FRAMING: Final = re.compile(rb"\r\n(transfer-encoding|content-length):[ \t]*([^\r\n]*)", re.IGNORECASE)
"""What says where a body ends. More than one of them, or one in parts, and two programs may read two requests."""
CONTINUED_LINE: Final = re.compile(rb"\r\n[ \t]")
LONGEST_CHUNK_LINE: Final = 1024
SMALL_PIECE, PIECES, REST_S = 1024, 8, 0.1
"""After so many pieces smaller than that, a request is looked at only so often: many bytes cost no more than one."""

LOOK_S: Final = 30e-6
"""For each connection: all of them are not looked at again sooner, so that many leave time for answers."""
SENT_AT_ONCE: Final = 64 * 1024
"""Bytes: what the system does not take of them is read again the next time."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a connection may take; times are in seconds, sizes in bytes."""

    header_s: float = 10
    header_size: int = 32 * 1024
    body_s: float = 30
    """For a body, and as much again as it takes at `body_rate`."""
    body_rate: int = 50_000
    answer_s: float = 60
    """For reading an answer, and as much again as it takes at `answer_rate`."""
    answer_rate: int = 8_000
    idle_s: float = 15
    """Between an answer and the next request."""
    linger_s: float = 2
    """After a refusal, so that it arrives before the end of the connection does."""
    grace_s: float = 0.5
    """For a header, when places are short."""
    unread_s: float = 2
    """For an answer, when places are short."""
    unread: int = policy.LONG_BODY
    """Of an answer, that lies on the disk until it is read; for what is more, a thread waits."""
    places: int = 300
    places_an_address: int = 60
    uploads: int = 16
    """Long bodies that are received at once."""
    queue: int = 150
    """Requests that wait for a thread; an address of which none waits may always have one wait."""


class Refusal(Error):
    """An answer that the server gives by itself."""

    def __init__(self, code: int, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.reason, self.sentence = code, reason, sentence


TOO_SLOW: Final = Refusal(408, "Request Timeout", "page.too_slow")
TOO_LARGE: Final = Refusal(413, "Content Too Large", "page.too_large")
BUSY: Final = Refusal(503, "Service Unavailable", "page.busy")
DISK_FULL: Final = Refusal(507, "Insufficient Storage", "page.disk_full")


def answer_of(error: Error, *, head: bool = False) -> bytes:
    """Return a refusal as it is sent: in both languages, since there is no page to choose one."""
    sentence = error.sentence if isinstance(error, Refusal) else "page.bad_request"
    body = "".join(f"{say(sentence, lang)}\n" for lang in LANGS).encode()
    lines = [
        f"HTTP/1.1 {error.code} {error.reason}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        *(["Retry-After: 5"] if error is BUSY else []),
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + (b"" if head else body)


class Request(HTTPRequestParser):
    """A request while it comes in. A long body is for routes that take one, and for who may use them."""

    def __init__(self, adj: Adjustments, app: Flask) -> None:
        super().__init__(adj)
        self.since = time.monotonic()
        self.pieces = 0
        self.longest = policy.SHORT_BODY
        self.asked_about: policy.Rule | None = None
        """The rule of its route while it waits for the application to say whether a long body may come."""
        self.waits_to_continue = False
        self._app = app

    def refuse(self, error: Error) -> None:
        """End the request with an error."""
        self.error, self.completed, self.asked_about = error, True, None

    def received(self, data: bytes) -> int:
        """Take what came, and return how much of it belongs to this request."""
        was_in_header = not self.headers_finished
        try:
            taken: int = super().received(data)
        except OSError:  # there is no room for it
            self.refuse(DISK_FULL)
            taken = len(data)
        if self.error is None and self.headers_finished:
            self._judge_header() if was_in_header else self._judge_body()
        if self.completed:
            self.expect_continue = False  # waitress would go on with it
        return taken

    def _judge_header(self) -> None:
        if self.content_length <= self.longest and not self.chunked:
            return
        rule = policy.rule_of(self._app, self.command, self.path) if "COOKIE" in self.headers else None
        if rule is not None and rule.long_body and self.content_length <= policy.LONG_BODY:
            self.asked_about = rule
            self.waits_to_continue, self.expect_continue = self.expect_continue, False
        elif self.content_length > self.longest:
            self.refuse(TOO_LARGE)

    def _judge_body(self) -> None:
        if self.body_bytes_received > self.longest:
            self.refuse(TOO_LARGE)
        elif self.chunked and len(self.body_rcv.control_line) + len(self.body_rcv.trailer) > LONGEST_CHUNK_LINE:
            self.refuse(BadRequest("A line between chunks is too long"))

    def parse_header(self, header_plus: bytes) -> None:
        """Read a header, and refuse one that two programs may read in two ways."""
        try:
            super().parse_header(header_plus)
        except ValueError as problem:  # a length of 5,000 digits, or an address such as http://[x
            raise ParsingError(str(problem)) from problem
        framing = FRAMING.findall(header_plus)
        encoded = [value.lower() for name, value in framing if name.lower() == b"transfer-encoding"]
        if encoded and (encoded != [b"chunked"] or self.version != "1.1"):
            raise ParsingError("Transfer-Encoding is invalid")
        if len(framing) > 1 or CONTINUED_LINE.search(header_plus):
            raise ParsingError("Where the request ends is said in two ways")

    def close(self) -> None:
        """Let go of what was received."""
        with suppress(OSError):  # what did not fit on the disk does not when it is closed either
            super().close()


class Task(WSGITask):
    """The answer to a request, which knows to which port it came."""

    def get_environment(self) -> dict[str, Any]:
        """Return what the application is told."""
        environ: dict[str, Any] = super().get_environment()
        environ[CAME_TO] = str(self.channel.came_to)
        return environ


class Connection(HTTPChannel):
    """A connection: how long it has been at what it does, and whether it has to go."""

    server: GuardedServer
    request: Request | None
    requests: list[Request]
    addr: tuple[str, int]
    task_class = Task

    def __init__(self, server: GuardedServer, *rest: Any, **more: Any) -> None:
        self.idle_since = self.answer_since = time.monotonic()
        self.rests_until = 0.0
        self.answer_sent = 0
        self.was_answered = self.is_refused = self.is_shut = False
        self.is_idle = False
        """Whether nothing but what comes in changes anything: most are, and need not be looked at in every round."""
        self.parser_class = lambda adj: Request(adj, server.app)
        super().__init__(server, *rest, **more)
        self.came_to = self.socket.getsockname()[1]
        self.sendbuf_len = SENT_AT_ONCE

    # ---- what comes in

    def readable(self) -> bool:
        """Return whether more may come."""
        if self.is_idle:
            return True
        if self.request is not None and self.request.asked_about is not None:
            return False
        if not super().readable() or (self.rests_until and time.monotonic() < self.rests_until):
            return False
        if self.request is None and not self.is_shut:
            with self.requests_lock:  # held by the thread that answers while it ends a request and says what follows
                self.is_idle = not self.requests and not self.writable()
        return True

    def handle_read(self) -> None:
        """Take what came, or its end."""
        self.is_idle = False
        super().handle_read()

    def received(self, data: bytes) -> bool:
        """Take what came."""
        taken: bool = super().received(data)
        request = self.request
        if request is not None:
            if request.asked_about is not None:
                self.server.ask(MayItCome(self, request.asked_about, request.headers["COOKIE"]))
            if len(data) < SMALL_PIECE:
                request.pieces += 1
                if request.pieces > PIECES:
                    self.rests_until = self.server.wake_soon()
        return taken

    def fail(self, error: Error) -> None:
        """Refuse the request that is coming in, once those before it are answered."""
        with self.requests_lock:
            request, self.request = self.request, None
            if request is not None and self.connected:
                request.refuse(error)
                self.requests.append(request)
                if len(self.requests) == 1:
                    self.server.add_task(self)

    def go_on(self) -> None:
        """Let a long body come."""
        with self.requests_lock:
            if self.request is not None and self.connected:
                self.request.longest, self.request.asked_about = policy.LONG_BODY, None
                self.request.expect_continue = self.request.waits_to_continue
                if self.request.expect_continue and not self.requests:
                    self.send_continue()
        self.server.pull_trigger()

    def handle_expt(self) -> None:
        """End it: no browser sends anything out of band, and the system would tell of it again and again."""
        self.handle_close()

    def service(self) -> None:
        """Answer a request; not while others wait, if who asked has gone."""
        if self.server.others_wait() and self._has_gone():
            with self.requests_lock:
                for request in self.requests:
                    request.close()
                self.requests, self.close_when_flushed = [], True
            self.server.pull_trigger()
        else:
            super().service()

    def _has_gone(self) -> bool:
        """Return whether the other side has ended the connection, and sent nothing more before that."""
        try:
            return not self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except (OSError, AttributeError):  # without a socket it was ended here
            return True

    # ---- what goes out

    def write_soon(self, data: Any) -> int:
        """Take a part of an answer."""
        if not self.total_outbufs_len:
            self.answer_since, self.answer_sent = time.monotonic(), 0
        written: int = super().write_soon(data)
        return written

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what the system takes."""
        sent: int = super().send(data, do_close)
        self.answer_sent += sent
        self.was_answered, self.idle_since = True, time.monotonic()
        return sent

    def refuse(self, error: Error) -> None:
        """Answer with an error and end the connection; what still comes is not read. The lock of requests is held."""
        answer = answer_of(error, head=getattr(self.requests[0], "command", "") == "HEAD")
        for request in self.requests:
            request.close()
        self.requests = []
        if self.is_refused:
            return
        with self.outbuf_lock:
            self.outbufs[-1].append(answer)
            self.total_outbufs_len += len(answer)
        self.answer_since, self.answer_sent = time.monotonic(), 0
        self.close_when_flushed = self.is_refused = True

    def writable(self) -> bool:
        """Return whether there is something to send or to end."""
        if self.is_idle:
            return False
        return bool(self.will_close if self.is_shut else super().writable())

    def handle_write(self) -> None:
        """Send; after a refusal, say that nothing more comes and leave the other side the time to read it."""
        if not self.is_refused:
            with self.outbuf_lock:  # the thread that lets a body come sends too, and waitress knows of no such thread
                super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.will_close:
            self.handle_close()
        elif self.connected and not self.total_outbufs_len and not self.is_shut:
            self.is_shut, self.idle_since = True, time.monotonic()
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)

    # ---- whether it has to go

    def end_if_overdue(self, now: float) -> None:
        """End what has had its time."""
        limits, request = self.server.limits, self.request
        if self.is_shut:
            is_overdue = now > self.idle_since + limits.linger_s
        elif self.total_outbufs_len:
            is_overdue = now > self.answer_since + limits.answer_s + self.answer_sent / limits.answer_rate
        elif self.requests:
            is_overdue = False
        elif request is None:
            is_overdue = now > self.idle_since + limits.idle_s
        elif not request.headers_finished:
            is_overdue = now > request.since + limits.header_s
        else:
            allowed = limits.header_s + limits.body_s + request.body_bytes_received / limits.body_rate
            if now > request.since + allowed:
                self.fail(TOO_SLOW)
            return
        if request is not None and (self.requests or self.total_outbufs_len):
            request.since = now  # it has waited for the answers before it
        if is_overdue:
            self.handle_close()

    def rank_to_go(self, now: float) -> tuple[int, float] | None:
        """Return the place in which it goes when places are short; None for one that stays."""
        if self.is_shut:
            return 0, self.idle_since
        if self.requests:
            return None
        if self.total_outbufs_len:
            reading_s = now - self.answer_since
            return (3, self.answer_sent / reading_s) if reading_s > self.server.limits.unread_s else None
        since = self.idle_since if self.request is None else self.request.since
        if self.request is None and self.was_answered:
            return 1, since
        is_upload = self.request is not None and self.request.longest > policy.SHORT_BODY
        return None if is_upload or now < since + self.server.limits.grace_s else (2, since)


@dataclass(frozen=True, slots=True)
class MayItCome:
    """Asks the application, on a thread that answers, whether a long body may come."""

    connection: Connection
    rule: policy.Rule
    cookies: str

    def service(self) -> None:
        """Ask, and let the connection go on or refuse it."""
        server = self.connection.server
        try:
            may = policy.may_send_long_body(server.app, self.rule, self.cookies)
        except Exception:
            log.exception("nobody can say whether a long body may come")
            self.connection.fail(BUSY)
        else:
            if not may:
                self.connection.fail(TOO_LARGE)
            elif server.uploads() >= server.limits.uploads:
                self.connection.fail(BUSY)
            else:
                self.connection.go_on()
        server.pull_trigger()

    @property
    def addr(self) -> tuple[str, int]:
        """Whose it is."""
        return self.connection.addr

    def cancel(self) -> None:
        """Forget it; the server ends."""
        self.connection.cancel()


class FairQueue:
    """Requests that wait for a thread: each address has its turn, however many another one sends."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Connection | MayItCome]] = {}
        self._n = 0

    def append(self, task: Connection | MayItCome) -> None:
        """Let a request wait."""
        self._waiting.setdefault(task.addr[0], deque()).append(task)
        self._n += 1

    def popleft(self) -> Connection | MayItCome:
        """Return the next one; its address comes after all others again."""
        address = next(iter(self._waiting))
        of_address = self._waiting.pop(address)
        task = of_address.popleft()
        if of_address:
            self._waiting[address] = of_address
        self._n -= 1
        return task

    def has(self, address: str) -> bool:
        """Return whether requests of an address wait."""
        return address in self._waiting

    def __len__(self) -> int:
        return self._n


class GuardedServer(TcpWSGIServer):
    """A server over a socket that already listens.

    With `page_threads`, pages that are read often have so many threads, and a queue, of their own: nobody who saves
    something waits for them.
    """

    channel_class = Connection
    active_channels: dict[int, Connection]

    def __init__(
        self, app: Flask, listening: socket.socket, limits: ConnectionLimits, *, page_threads: int = 0, **settings: Any
    ) -> None:
        self.app, self.limits = app, limits
        self._looked_at = self._accepts_from = self._wake_at = 0.0
        self._spare = max(1, limits.places // 30)
        """Places that are kept free as long as anybody can be spared."""
        times = (limits.header_s, limits.body_s, limits.answer_s, limits.idle_s, limits.linger_s)
        self._tick_s = min(1.0, *(time_s / 4 for time_s in times))
        adj = Adjustments(
            sockets=[listening],
            max_request_header_size=limits.header_size,
            max_request_body_size=2**63,  # what is longer than it may be is refused above
            outbuf_high_watermark=limits.unread,
            log_socket_errors=False,
            **settings,
        )
        info = (listening.family, listening.type, listening.proto, listening.getsockname())
        super().__init__(app, {}, True, listening, adj=adj, bind_socket=False, sockinfo=info)
        self._of_pages = ThreadedTaskDispatcher() if page_threads else None
        self._dispatchers = [self.task_dispatcher, *([self._of_pages] if self._of_pages else [])]
        for dispatcher in self._dispatchers:
            dispatcher.queue = FairQueue()
            dispatcher.queue_logger.disabled = True  # a line for every request that waits
        if self._of_pages:
            self._of_pages.set_thread_count(page_threads)

    def run(self) -> None:
        """Answer requests until an interrupt, or until the server is closed."""
        looked_again = 0.0
        try:
            while self._map:
                now = time.monotonic()
                if now >= self._looked_at + self._tick_s:
                    self._looked_at = now
                    for connection in self.connections():
                        connection.end_if_overdue(now)
                # Here, and not while the loop asks who is readable: it would take the next connection for the old one.
                while len(self.active_channels) > self.limits.places - self._spare:
                    if not _make_room(self.connections()):
                        self.wake_soon()
                        break
                time.sleep(max(0.0, looked_again + LOOK_S * len(self._map) - time.monotonic()))
                looked_again = time.monotonic()
                wait_s = min(self._tick_s, REST_S) if now < self._wake_at else self._tick_s
                loop(wait_s, use_poll=True, map=self._map, count=1)
        except (SystemExit, KeyboardInterrupt):
            for dispatcher in self._dispatchers:
                dispatcher.shutdown()

    def wake_soon(self) -> float:
        """Look at all connections again soon, and return when."""
        self._wake_at = time.monotonic() + REST_S
        return self._wake_at

    def connections(self, address: str | None = None) -> list[Connection]:
        """Return the connections that there are, or those of an address."""
        every = list(self.active_channels.values())
        return every if address is None else [one for one in every if one.addr[0] == address]

    def uploads(self) -> int:
        """Return how many long bodies are coming in."""
        coming = (one.request for one in self.connections())
        return sum(request is not None and request.longest > policy.SHORT_BODY for request in coming)

    # ---- places

    def readable(self) -> bool:
        """Return whether one more may come in."""
        has_place = len(self.active_channels) < self.limits.places
        return self.accepting and has_place and time.monotonic() >= self._accepts_from

    def handle_accept(self) -> None:
        """Let in who waits, as far as there are places."""
        for _ in range(self._spare):
            try:
                accepted = self.accept()
            except OSError:  # the system has no more for this process
                self._accepts_from = self.wake_soon()
                return
            if accepted is None or not self.let_in(*accepted):
                return

    def let_in(self, socket_: socket.socket, address: tuple[str, int]) -> bool:
        """Let one in, unless its address has too many that cannot be spared; return whether another may come at once.

        None may where a connection was ended: the next would have its number, by which the loop still knows that one.
        """
        theirs = self.connections(address[0])
        has_place = len(theirs) < self.limits.places_an_address
        with suppress(OSError):  # it has gone already
            if has_place or _make_room(theirs):
                self.set_socket_options(socket_)
                Connection(self, socket_, address, self.adj, map=self._map)
            else:
                with socket_:
                    socket_.send(answer_of(BUSY))
        return has_place and len(self.active_channels) < self.limits.places

    # ---- who is answered

    def add_task(self, task: Connection) -> None:
        """Have a request answered by a thread, or refuse it at once; after a refusal nothing is answered any more."""
        dispatcher = self._dispatcher_of(task.requests[0])
        error = task.requests[0].error or (BUSY if self._is_busy(dispatcher, task) else None)
        if error is None and not task.is_refused:
            dispatcher.add_task(task)
        else:
            task.refuse(error or BUSY)

    def ask(self, question: MayItCome) -> None:
        """Have a question asked by a thread, or refuse what it is about at once."""
        if self._is_busy(self.task_dispatcher, question):
            question.connection.fail(BUSY)
        else:
            self.task_dispatcher.add_task(question)

    def others_wait(self) -> bool:
        """Return whether there are requests that no thread has begun to answer."""
        return any(dispatcher.queue for dispatcher in self._dispatchers)

    def _dispatcher_of(self, request: Request) -> ThreadedTaskDispatcher:
        is_page = self._of_pages and policy.is_read_often(self.app, request.command, request.path)
        return self._of_pages if is_page else self.task_dispatcher

    def _is_busy(self, dispatcher: ThreadedTaskDispatcher, task: Connection | MayItCome) -> bool:
        waiting: FairQueue = dispatcher.queue
        return len(waiting) >= self.limits.queue and waiting.has(task.addr[0])


class SideEntrance(wasyncore.dispatcher):
    """Another socket that listens, through which connections come to a server."""

    def __init__(self, server: GuardedServer, listening: socket.socket) -> None:
        super().__init__(listening, map=server._map)
        self.accepting, self._server = True, server

    def readable(self) -> bool:
        """Return whether one more may come in."""
        return self._server.readable()

    def writable(self) -> bool:
        """Return that nothing is sent by it."""
        return False

    def handle_accept(self) -> None:
        """Let one in who waits."""
        with suppress(OSError):
            if accepted := self.accept():
                self._server.let_in(*accepted)


def _make_room(connections: Iterable[Connection]) -> bool:
    """End the connection that is missed least, if any can be spared."""
    now = time.monotonic()
    ranked = [(rank, one) for one in connections if (rank := one.rank_to_go(now)) is not None]
    if ranked:
        min(ranked, key=lambda pair: pair[0])[1].handle_close()
    return bool(ranked)
