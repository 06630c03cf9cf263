"""Work on files from strangers, done in a process of its own within limits of time and memory.

What breaks there breaks nothing here. Systems without limits for a process (Windows) leave the limit of time, which is
kept from outside. One child is kept for the next file, since starting it takes longer than reading most lists.
"""

from __future__ import annotations

import atexit
import os
import pickle
import pkgutil
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Literal, cast

from gridplan.errors import InputRefused

OUT_OF_MEMORY: Final = 12
"""What the child exits with when it has met its memory limit."""
MODULE: Final = "gridplan.sandbox"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one piece of work may take."""

    seconds: float
    memory: int
    """Bytes beyond those that the child has before it."""


class WorkEnded(Exception):
    """The work took too long or too much memory, or broke its process, whose exit code it has then."""

    def __init__(self, why: Literal["slow", "memory", "crash"], code: int | None = None) -> None:
        super().__init__(why)
        self.why, self.code = why, code


class Child:
    """A process that works on files."""

    spare: Final[list[Child]] = []

    def __init__(self) -> None:
        paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        self._process = subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-P", "-W", "ignore", "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"},
        )
        self._late = False

    @classmethod
    def take(cls) -> Child:
        """Return the spare child, or a new one."""
        with suppress(IndexError):
            child = cls.spare.pop()
            if child._process.poll() is None:
                return child
            child.stop()
        return cls()

    def release(self) -> None:
        """Keep the child for the next file, unless it has been stopped or there is a spare one already."""
        if self._process.poll() is not None or self.spare:
            self.stop()
        else:
            self.spare.append(self)

    def stop(self) -> None:
        """End the process, whatever it is doing; the exit code of one that has ended by itself stays."""
        self._process.kill()
        with suppress(BrokenPipeError), self._process:
            pass  # (this closes its pipes and waits for its end)

    def work(self, function: str, argument: object, limits: Limits) -> list[Any]:
        """Return all that a function finds of its argument, as `each` does one by one."""
        return list(self.each(function, argument, limits))

    def each(self, function: str, argument: object, limits: Limits) -> Iterator[Any]:
        """Yield what a function finds of its argument, called in the child.

        Parameters
        ----------
        function
            Its address, as `module:function`, so that this process need not load what reads strangers' files.
        argument
            The one argument that it takes.
        limits
            What it may take; loading its module does not count.

        Raises
        ------
        InputRefused
            As of the function.
        WorkEnded
            It did not keep to the limits, or broke.
        """
        asked, answered = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        timer = threading.Timer(limits.seconds, self._stop_late)
        timer.start()
        try:
            pickle.dump((Path.cwd(), function, argument, limits), asked)
            asked.flush()
            yield from _received(answered)
        except (EOFError, OSError, pickle.UnpicklingError):
            self.stop()
            raise self._why_it_ended() from None
        finally:
            timer.cancel()

    def _why_it_ended(self) -> WorkEnded:
        if self._late:
            return WorkEnded("slow")
        code = self._process.returncode
        return WorkEnded("memory" if code == OUT_OF_MEMORY else "crash", code)

    def _stop_late(self) -> None:
        self._late = True
        self._process.kill()


def _received(stream: IO[bytes]) -> Iterator[Any]:
    """Yield what the child sends until it says that there is no more."""
    while True:
        match pickle.load(stream):  # noqa: S301 (from our own process)
            case InputRefused() as refusal:
                raise refusal
            case ("broke", trace):
                raise WorkEnded("crash") from RuntimeError(trace)
            case ("found", one):
                yield one
            case _:
                return


def stop_spare() -> None:
    """End the child that waits for the next file."""
    while Child.spare:
        Child.spare.pop().stop()


atexit.register(stop_spare)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=Child.spare.clear)  # it belongs to the process that started it


# ---- in the child


def main() -> None:
    """Work as asked on standard input, and answer on standard output, until nothing more is asked."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get among the answers
    while True:
        try:
            folder, address, argument, limits = pickle.load(sys.stdin.buffer)  # noqa: S301 (from our own process)
        except EOFError:
            return
        function = pkgutil.resolve_name(address)
        os.chdir(folder)
        _keep_to(limits)
        try:
            for one in function(argument):
                pickle.dump(("found", one), answers)
                answers.flush()
            answer: object = None
        except InputRefused as refusal:
            answer = refusal
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except BaseException:  # a reader's panic is no Exception
            answer = ("broke", traceback.format_exc())
        pickle.dump(answer, answers)
        answers.flush()


def _keep_to(limits: Limits) -> None:
    """Bound what the next file may take; where the system has no such bounds, the time limit of the parent remains."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = int(used.ru_utime + used.ru_stime + limits.seconds) + 1
    for kind, limit in ((resource.RLIMIT_CPU, cpu), (resource.RLIMIT_DATA, _data_in_use() + limits.memory)):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _data_in_use() -> int:
    """Return the bytes of data this process has now, 0 where the system does not say."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[5]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0


if __name__ == "__main__":
    main()
