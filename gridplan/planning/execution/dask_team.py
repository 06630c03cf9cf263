"""Villages on a Dask cluster: the same work as on processes of this computer, in the same order, with the same answers.

Dask is loaded where it is asked for. What its workers are sent are functions of gridplan and arrays, under keys that
name nobody.
"""

from __future__ import annotations

import logging
import platform
import re
import signal
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from gridplan.engine.warm import warm_villages
from gridplan.errors import InputRefused, Unavailable
from gridplan.interrupts import ctrl_c_waits
from gridplan.planning.county import Team
from gridplan.processes import leave_ctrl_c, usual_copies

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster

LOCAL: Final = "local"
"""Where an address is asked for: a cluster on this computer, as long as it is needed."""
ADDRESS: Final = re.compile(r"(tcp|tls)://[^\s/]+:\d+")
CONNECT_S: Final = 15
"""Within which a scheduler has to answer, and a first worker has to be there."""
NO_WORKER_S: Final = 60
"""How long a cluster may be without any worker: as long as it takes to start some again."""
LOOK_S: Final = 2.0
MEMORY: Final = "2 GiB"
"""What a worker of a local cluster may have; one that takes more is begun anew."""
TRIES: Final = 3
"""Workers that a village may take with it before it counts as its fault."""
SAME_VERSIONS: Final = ("gridplan", "numpy", "scipy", "numba", "shapely", "distributed")
"""What has to be the same everywhere, or plans would differ by who works on them; and Python."""


@contextmanager
def dask_team(cluster: str) -> Iterator[Team]:
    """Yield the workers of a cluster: at the address of its scheduler, or `local`.

    Raises
    ------
    InputRefused
        Dask is not installed, this is no address, or a worker has other versions than this process.
    Unavailable
        Nobody answers there, or there is no worker.
    """
    if cluster != LOCAL and not ADDRESS.fullmatch(cluster):
        raise InputRefused("cluster.no_address", address=cluster)
    _check_dask()
    _check_certificates(cluster)
    with ExitStack() as until_done:
        address = cluster
        if cluster == LOCAL:
            address = until_done.enter_context(_local_cluster()).scheduler_address
        client = until_done.enter_context(_connected(address))
        _check_workers(client, address)
        stop = DaskStop(client)
        try:
            yield Team(partial(_in_order, client, stop.run), stop, partial(_is_stopped, stop.run))
        except BaseException:
            stop.set()  # what a worker is at would go on for minutes
            raise


def _check_dask() -> None:
    """Check that Dask is there.

    Raises
    ------
    InputRefused
        It is not.
    """
    try:
        import distributed  # noqa: F401
    except ImportError as problem:
        raise InputRefused("cluster.not_installed") from problem
    for name in ("distributed", "tornado", "asyncio"):  # what they have to say is said here, without tracebacks
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _check_certificates(cluster: str) -> None:
    """Check that Dask has been told of certificates, where they are needed: without them it waits and fails."""
    import dask

    told = [dask.config.get(f"distributed.comm.tls.{name}", None) for name in ("ca-file", "client.cert")]
    if cluster.startswith("tls://") and None in told:
        raise InputRefused("cluster.no_certificates", address=cluster)


@contextmanager
def _local_cluster() -> Iterator[LocalCluster]:
    """Yield a cluster on this computer: a worker for each core, one thread in each; nothing listens outside."""
    import dask
    from distributed import LocalCluster

    settings = {
        "distributed.scheduler.allowed-failures": TRIES - 1,
        "distributed.admin.tick.limit": "1 h",
        "distributed.worker.preload": [__name__],
    }
    with tempfile.TemporaryDirectory(prefix="gridplan-dask-") as place, dask.config.set(settings):
        with _ctrl_c_ignored():
            cluster = LocalCluster(
                n_workers=max(1, usual_copies()),
                threads_per_worker=1,
                memory_limit=MEMORY,
                host="127.0.0.1",
                dashboard_address=None,
                worker_dashboard_address=None,
                local_directory=place,
                silence_logs=logging.CRITICAL,
            )
        try:
            yield cluster
        finally:
            with ctrl_c_waits(), suppress(Exception):
                cluster.close(timeout=10)


@contextmanager
def _ctrl_c_ignored() -> Iterator[None]:
    """Start processes that never hear a Ctrl-C, which is not heard here either meanwhile."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def dask_setup(_: object) -> None:
    """Leave Ctrl-C to who asks: Dask calls this in each worker of a local cluster, those begun anew too."""
    leave_ctrl_c()


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    from distributed import Client

    try:
        with ctrl_c_waits():
            client = Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError) as problem:
        raise Unavailable("cluster.unreachable", address=address) from problem
    try:
        yield client
    finally:
        with suppress(Exception):
            client.close(timeout=5)


def _check_workers(client: Client, address: str) -> None:
    """Check that there is a worker, and that all have what this process has."""
    with suppress(TimeoutError):
        client.wait_for_workers(1, timeout=CONNECT_S)
    try:
        found: Mapping[str, Any] = client.run(versions, on_error="return")
    except OSError as problem:
        raise Unavailable("cluster.lost", address=address) from problem
    if not found:
        raise Unavailable("cluster.no_workers", address=address, seconds=CONNECT_S)
    for worker, theirs in sorted(found.items()):
        if not isinstance(theirs, dict):  # it has no gridplan to say so
            raise InputRefused("cluster.no_gridplan", worker=worker)
        _check_versions(theirs, worker)


def _check_versions(theirs: Mapping[str, str], worker: str) -> None:
    for name, ours in versions().items():
        if theirs.get(name) != ours:
            values = {"name": name, "ours": ours, "theirs": theirs.get(name) or "–"}
            raise InputRefused("cluster.versions", worker=worker, **values)


@cache
def versions() -> dict[str, str]:
    """Return the versions in this process of all that a plan depends on."""
    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in SAME_VERSIONS:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


# ---- stopping


class DaskStop:
    """The stop of a run: once it is set, each worker is told, and what it is at ends soon."""

    def __init__(self, client: Client) -> None:
        self.run = uuid4().hex
        self._client, self._is_set = client, False

    def set(self) -> None:
        """Stop the search; whoever calls does not wait until all workers have heard."""
        self._is_set = True
        threading.Thread(target=self._tell, daemon=True).start()

    def is_set(self) -> bool:
        """Return whether it is set."""
        return self._is_set

    def _tell(self) -> None:
        with suppress(Exception):  # there may be no cluster any more, or no worker
            self._client.run(_stop, self.run, on_error="ignore")


_stopped: set[str] = set()
"""In a worker: the runs whose search has to stop."""


def _stop(run: str) -> None:
    _stopped.add(run)


def _is_stopped(run: str) -> bool:
    return run in _stopped


# ---- working


def _in_order(client: Client, run: str, function: Callable[[Any], Any], work: Iterable[Any]) -> Iterator[Any]:
    """Map on the cluster, and yield the answers in the order of the work."""
    pieces = list(work)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that arrays are large, which is what they are for
        calls = [
            client.submit(_work, versions(), function, piece, key=f"gridplan-{run}-{uuid4().hex}", pure=False)
            for piece in pieces
        ]
    try:
        for n, piece in enumerate(pieces):
            yield _answer(client, calls[n], str(getattr(piece, "village", "")))
            calls[n].release()
    finally:
        with suppress(Exception):
            client.cancel([call for call in calls if not call.done()])


def _work(theirs: Mapping[str, str], function: Callable[[Any], Any], piece: Any) -> Any:
    """Work on a piece in a worker, with one thread; a worker that came later may have other versions."""
    from threadpoolctl import threadpool_limits

    _check_versions(theirs, platform.node())
    _warm()
    with threadpool_limits(1):
        return function(piece)


@cache
def _warm() -> None:
    warm_villages()


def _answer(client: Client, call: Future[Any], village: str) -> Any:
    """Return the answer to a call, or say why there will be none.

    Raises
    ------
    Unavailable
        The village ended every worker that took it, the scheduler is away, or there is no worker any more.
    """
    from concurrent.futures import CancelledError

    from distributed import KilledWorker
    from distributed.client import FutureCancelledError

    alone_since: float | None = None
    while True:
        try:
            if _is_done(client, call):
                return call.result()
        except KilledWorker as problem:
            raise Unavailable("cluster.killed", village=village, n=TRIES) from problem
        except (CancelledError, FutureCancelledError, OSError) as problem:
            raise Unavailable("cluster.lost", address=_address(client)) from problem
        workers = _workers(client)
        alone_since = None if workers else alone_since or time.monotonic()
        if alone_since is not None and time.monotonic() - alone_since > NO_WORKER_S:
            raise Unavailable("cluster.no_workers", address=_address(client), seconds=NO_WORKER_S)


def _is_done(client: Client, call: Future[Any]) -> bool:
    """Wait a moment for a call, and return whether it has ended."""
    from distributed import wait

    with suppress(TimeoutError), client.as_current():
        wait([call], timeout=LOOK_S)
    return bool(call.done())


def _workers(client: Client) -> Sequence[str]:
    """Return the workers that there are.

    Raises
    ------
    Unavailable
        The scheduler does not answer.
    """
    if client.status != "running":
        raise Unavailable("cluster.lost", address=_address(client))
    try:
        return list(client.nthreads())
    except Exception as problem:
        raise Unavailable("cluster.lost", address=_address(client)) from problem


def _address(client: Client) -> str:
    return str(client.scheduler.address) if client.scheduler else "–"
