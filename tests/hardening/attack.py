"""Attacks a service of its own while an ordinary client keeps asking, and says what came of it: make harden.

Every attack has to leave the client answered. Exit code 1 if one does not, 2 if the service did not start.
"""

from __future__ import annotations

import re
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError

SLOWEST_S = 3.0
"""How long the ordinary client waits for a page at most."""
ADDRESSES = tuple(f"127.0.0.{last}" for last in range(2, 12))
"""Addresses that an attack comes from, as if from ten computers."""
PASSWORD = "correct-horse-battery"
LATER = "GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
SMUGGLED = {
    "length and chunks": "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + LATER,
    "chunks and length": "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + LATER,
    "two lengths": f"Content-Length: 0\r\nContent-Length: {len(LATER)}\r\n\r\n" + LATER,
    "a list of lengths": f"Content-Length: 0, {len(LATER)}\r\n\r\n" + LATER,
    "a signed length": "Content-Length: +0\r\n\r\n" + LATER,
    "chunked twice": "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + LATER,
    "a code nobody knows": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + LATER,
    "a code that is blank": "Transfer-Encoding:\r\n\r\n" + LATER,
    "a code on the next line": "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + LATER,
    "a space before the colon": "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + LATER,
    "a tab in the code": "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + LATER,
    "a bare line feed": "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + LATER,
    "a length of 5,000 digits": f"Content-Length: {'9' * 5000}\r\n\r\n" + LATER,
    "a length below nothing": "Content-Length: -1\r\n\r\n" + LATER,
    "a size of a chunk that is none": "Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n" + LATER,
    "a chunk without its end": "Transfer-Encoding: chunked\r\n\r\n1\r\nabcd0\r\n\r\n" + LATER,
}


class Served:
    """A service in a process of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "gridplan.cli", "serve", "--data", str(folder / "data"), "--i-know"]
        self.log = (folder / "log").open("w+")
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), "--lang", "en"], stdout=self.log, stderr=self.log
        )
        self.address = f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        """Return what it has printed so far."""
        return Path(self.log.name).read_text()

    def cpu_s(self) -> float:
        """Return the seconds of processor time that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def spooled(self) -> int:
        """Return the bytes of files without a name that it holds open."""
        found = 0
        for entry in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with suppress(OSError):
                if "(deleted)" in str(entry.readlink()):
                    found += entry.stat().st_size
        return found

    def connect(self, source: str = "127.0.0.1", *, receive: int | None = None) -> socket.socket:
        """Return a connection from an address."""
        made = socket.socket()
        if receive is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        made.bind((source, 0))
        made.settimeout(5)
        made.connect(("127.0.0.1", self.port))
        return made

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


def sign_in(served: Served) -> tuple[urllib.request.OpenerDirector, str]:
    """Return a client that is signed in as the administrator, and its cookie."""
    until = time.monotonic() + 60
    while not (link := re.search(r"/i/\S+", served.said())):
        if time.monotonic() > until or served.process.poll() is not None:
            sys.stdout.write(served.said())
            sys.exit(2)
        time.sleep(0.1)
    jar = CookieJar()
    client = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = client.open(served.address + link[0]).read().decode()
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    form = urllib.parse.urlencode({"csrf": token[1] if token else "", "password": PASSWORD}).encode()
    client.open(served.address + link[0], form).read()
    return client, "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


class Client:
    """An ordinary client that asks for a page all the time, each time on a new connection."""

    def __init__(self, served: Served, client: urllib.request.OpenerDirector) -> None:
        self.waits: list[float] = []
        self.problems: list[str] = []
        self._served, self._client, self._stop = served, client, threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)

    def _ask(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            while (problem := self._problem()) == "later":
                time.sleep(0.2)
            if problem:
                self.problems.append(problem)
            self.waits.append(time.monotonic() - began)
            self._stop.wait(0.1)

    def _problem(self) -> str | None:
        try:
            with self._client.open(f"{self._served.address}/lists/villages", timeout=10) as answer:
                answer.read()
        except HTTPError as refused:
            return "later" if refused.headers.get("Retry-After") else str(refused)
        except OSError as problem:
            return str(problem)
        return None

    def __enter__(self) -> Client:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)


# ---- the attacks: each returns what is wrong, if anything is, and what was seen


Found = Iterator[str]


@contextmanager
def many(
    served: Served, n: int, addresses: tuple[str, ...], *, receive: int | None = None
) -> Iterator[list[socket.socket]]:
    """Yield so many connections; the system may refuse some."""
    made: list[socket.socket] = []
    for number in range(n):
        with suppress(OSError):
            made.append(served.connect(addresses[number % len(addresses)], receive=receive))
    try:
        yield made
    finally:
        for one in made:
            one.close()


def sent(connections: list[socket.socket], data: bytes) -> None:
    """Send the same on every connection that is still open."""
    for one in connections:
        with suppress(OSError):
            one.sendall(data)


HALF_OPEN = b"GET /login HTTP/1.1\r\nHost: "
IDLE = b"GET /static/app.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def held(start: bytes, n: int, addresses: tuple[str, ...]) -> Callable[[Served, str], Found]:
    """Connections that send the beginning of a header, or are answered, and then send no more."""

    def attack(served: Served, _: str) -> Found:
        with many(served, n, addresses) as connections:
            sent(connections, start)
            time.sleep(4)
        yield from ()

    return attack


def drip(start: bytes, n: int) -> Callable[[Served, str], Found]:
    """Connections that send a byte now and then."""

    def attack(served: Served, _: str) -> Found:
        with many(served, n, ADDRESSES) as connections:
            sent(connections, start)
            before = served.cpu_s()
            until = time.monotonic() + 4
            while time.monotonic() < until:
                sent(connections, b"a")
                time.sleep(0.05)
            used = (served.cpu_s() - before) / 4
            if used > 0.8:
                yield f"{used:.0%} of a processor goes into bytes that come one by one"
            yield f"~{used:.0%} of a processor"

    return attack


def held_for_ever(served: Served, _: str) -> Found:
    """One byte every second holds a place no longer than a header may take."""
    with closing(served.connect()) as one:
        began = time.monotonic()
        with suppress(OSError):
            one.sendall(b"GET /login HTTP/1.1\r\nX: ")
            while time.monotonic() - began < 16:
                one.sendall(b"a")
                one.settimeout(1)
                with suppress(TimeoutError):
                    if not one.recv(100):
                        break
        held = time.monotonic() - began
        if held > 14:
            yield f"a byte a second holds a place for {held:.0f} s and more"
        yield f"~closed after {held:.0f} s"


def slow_readers(n: int) -> Callable[[Served, str], Found]:
    """Connections that ask for the largest file and read of it just enough to stay."""

    def attack(served: Served, _: str) -> Found:
        with many(served, n, ADDRESSES, receive=2048) as connections:
            sent(connections, b"GET /static/dist/pages/api.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            until = time.monotonic() + 12
            while time.monotonic() < until:
                for one in connections:
                    one.setblocking(False)
                    with suppress(OSError):
                        one.recv(10_000)
                time.sleep(1)
        yield from ()

    return attack


def large_body(head: str, *, cookie: str | None = None, chunked: bool = False) -> Callable[[Served, str], Found]:
    """A body of 300 MB, sent as fast as it is taken."""

    def attack(served: Served, own: str) -> Found:
        piece = b"10000\r\n" + b"x" * 65536 + b"\r\n" if chunked else b"x" * 65536
        said = own if cookie == "own" else cookie or "none=1"
        length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {300 * 2**20}"
        with closing(served.connect()) as one:
            one.sendall(f"{head}\r\nHost: 127.0.0.1\r\nCookie: {said}\r\n{length}\r\n\r\n".encode())
            taken, most = 0, 0
            one.settimeout(3)
            with suppress(OSError):
                while taken < 300 * 2**20:
                    one.sendall(piece)
                    taken += len(piece)
                    most = max(most, served.spooled())
            time.sleep(0.2)
            most = max(most, served.spooled())
            status = b""
            with suppress(OSError):
                status = one.recv(100).partition(b"\r\n")[0]
        limit = 66 * 2**20 if chunked and cookie == "own" else 2**20
        if most > limit:
            yield f"{most / 2**20:.0f} MB lay on the disk"
        if taken > limit + 8 * 2**20:
            yield f"{taken / 2**20:.0f} MB were taken"
        on_disk = f"{most / 2**20:.1f} MB on the disk"
        yield f"~{taken / 2**20:.1f} MB left the client, {on_disk}, {status.decode() or 'closed'}"

    return attack


def smuggled(served: Served, _: str) -> Found:
    """Requests whose end is doubtful: one answer, a refusal, and then the end."""
    for name, shape in SMUGGLED.items():
        with closing(served.connect()) as one:
            one.sendall(f"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n{shape}".encode("latin-1"))
            heard = b""
            one.settimeout(2)
            with suppress(OSError):
                while part := one.recv(65536):
                    heard += part
        statuses = re.findall(rb"HTTP/1\.[01] (\d+)", heard)
        if len(statuses) > 1 or not statuses or not statuses[0].startswith((b"4", b"5")):
            yield f"{name}: answered {b', '.join(statuses).decode() or 'nothing'}"
    yield f"~{len(SMUGGLED)} shapes"


def urgent(served: Served, _: str) -> Found:
    """Bytes out of band, which a program that does not know them is told of again and again."""
    with many(served, 5, ADDRESSES) as connections:
        before = served.cpu_s()
        for one in connections:
            with suppress(OSError):
                one.send(b"!", socket.MSG_OOB)
        time.sleep(3)
        used = (served.cpu_s() - before) / 3
        if used > 0.6:
            yield f"{used:.0%} of a processor goes into bytes out of band"
        yield f"~{used:.0%} of a processor"


def pipelined(served: Served, _: str) -> Found:
    """Many requests at once on one connection are answered in order."""
    with closing(served.connect()) as one:
        one.sendall(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 9)
        one.sendall(b"HEAD /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        heard = b""
        with suppress(OSError):
            while part := one.recv(65536):
                heard += part
    if (n := heard.count(b"HTTP/1.1 200")) != 10:
        yield f"{n} answers to 10 requests"
    yield "~10 answers"


def slow_upload(served: Served, own: str) -> Found:
    """A list of 1 MB over a line of 100 KB a second, with a pause of 5 s, is received whole."""
    edge = "gridplanedge"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
    body = head.encode() + b"x" * 2**20 + f"\r\n--{edge}--\r\n".encode()
    with closing(served.connect()) as one:
        one.sendall(
            f"POST /imports HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {own}\r\nContent-Length: {len(body)}\r\n"
            f"Content-Type: multipart/form-data; boundary={edge}\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        if not (heard := one.recv(100)).startswith(b"HTTP/1.1 100"):
            yield f"no word to go on, but {heard[:30]!r}"
        for first in range(0, len(body), 10_000):
            one.sendall(body[first : first + 10_000])
            time.sleep(5 if first == 500_000 else 0.1)
        status = one.recv(100).partition(b"\r\n")[0].decode()
    if "403" not in status:  # it has no token of a form: received whole, and then refused by the application
        yield f"answered {status}"
    yield f"~{status}"


ATTACKS: dict[str, Callable[[Served, str], Found]] = {
    "110 half-open connections from one address": held(HALF_OPEN, 110, ADDRESSES[:1]),
    "500 half-open connections from ten addresses": held(HALF_OPEN, 500, ADDRESSES),
    "102 idle connections from one address": held(IDLE, 102, ADDRESSES[:1]),
    "500 idle connections from ten addresses": held(IDLE, 500, ADDRESSES),
    "a byte a second in a header": held_for_ever,
    "150 headers that come byte by byte": drip(b"GET / HTTP/1.1\r\nX: ", 150),
    "150 bodies that come byte by byte": drip(
        b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n\r\n", 150
    ),
    "100 readers that hardly read": slow_readers(100),
    "500 readers that hardly read": slow_readers(500),
    "300 MB to the sign-in page": large_body("POST /login HTTP/1.1"),
    "300 MB to an upload by nobody": large_body("POST /imports HTTP/1.1"),
    "300 MB to an upload with a forged cookie": large_body("POST /imports HTTP/1.1", cookie="gridplan=" + "x" * 43),
    "300 MB in chunks with a forged cookie": large_body(
        "POST /imports HTTP/1.1", cookie="gridplan=" + "x" * 43, chunked=True
    ),
    "300 MB in chunks by somebody signed in": large_body("POST /imports HTTP/1.1", cookie="own", chunked=True),
    "300 MB to a page without upload by somebody signed in": large_body("POST /leave HTTP/1.1", cookie="own"),
    "requests whose end is doubtful": smuggled,
    "bytes out of band": urgent,
    "ten requests at once on one connection": pipelined,
    "an upload over a slow line": slow_upload,
}


def main() -> int:
    """Run every attack, or those whose names have one of the arguments in them."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    wanted = {
        name: attack for name, attack in ATTACKS.items() if not sys.argv[1:] or any(a in name for a in sys.argv[1:])
    }
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder))
        try:
            opener, cookie = sign_in(served)
            for name, attack in wanted.items():
                logged = len(served.said())
                with Client(served, opener) as client:
                    said = list(attack(served, cookie))
                seen = [one[1:] for one in said if one.startswith("~")]
                wrong = [one for one in said if not one.startswith("~")]
                slowest = max(client.waits, default=99.0)
                if slowest > SLOWEST_S or client.problems:
                    wrong.append(f"the client waited {slowest:.1f} s; {len(client.problems)} times it got no page")
                    wrong += sorted(set(client.problems))[:2]
                if "Traceback" in (log := served.said()[logged:]):
                    wrong.append(f"in the log: {log}")
                failed += bool(wrong)
                word = "FAILED" if wrong else "good  "
                print(f"{word} {name}: {'; '.join([*wrong, *seen, f'client {slowest:.2f} s at most'])}", flush=True)  # noqa: T201
        finally:
            served.stop()
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
