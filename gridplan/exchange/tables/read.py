"""The lists in any file that gridplan reads, parsed in a process of its own within limits of time and memory.

What breaks there breaks nothing here. One child is kept for the next file, since starting it takes longer than reading
most lists. The rows come back packed, so that neither side holds a large list as texts.
"""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Final, cast

import numpy as np
import shapely

from gridplan.errors import InputRefused
from gridplan.exchange.tables.source import Source, Table, parse_source
from gridplan.words import Message

TIME_LIMIT = 60.0
"""Seconds for one file."""
MEMORY_LIMIT = 400_000_000
"""Bytes beyond those that the child starts with."""
MOST_ROWS_TO_REUSE = 50_000
"""Rows; a child that read more has grown and is not kept."""
OUT_OF_MEMORY = 12
"""What the child exits with when it has met its memory limit."""
MODULE: Final = "gridplan.exchange.tables.read"


def read_table(argument: str | Source) -> Table:
    """Return the one list wanted of a file: where several sheets hold one, the first, which a note says.

    Raises
    ------
    InputRefused
        As of `read_all`.
    """
    first, *others = read_all([argument])
    if not others:
        return first
    names = ", ".join(str(table.sheet) for table in others)
    note = Message("read.note.sheets_left", {"n": len(others), "names": names})
    return replace(first, notes=(*first.notes, note))


def read_all(arguments: Sequence[str | Source]) -> tuple[Table, ...]:
    """Return the lists in FILE, FILE#layer or FILE#layer@FRAME, several such in their order, all read by one child.

    Of a workbook without a sheet named they are those of all sheets.

    Raises
    ------
    InputRefused
        A file cannot be read, is not what its ending says, takes longer than `TIME_LIMIT` or more memory than
        `MEMORY_LIMIT`, or breaks its reader.
    """
    sources = list(map(parse_source, arguments))
    child = _Child.take()
    try:
        tables = tuple(table for source in sources for table in child.read(source))
    except InputRefused:
        child.release(0)
        raise
    except BaseException:
        child.stop()
        raise
    child.release(sum(len(table.rows) for table in tables))
    return tables


# ---- the child, as this process sees it


class _Child:
    """A process that reads files."""

    spare: Final[list[_Child]] = []

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
    def take(cls) -> _Child:
        """Return the spare child, or a new one."""
        with suppress(IndexError):
            child = cls.spare.pop()
            if child._process.poll() is None:
                return child
            child.stop()
        return cls()

    def release(self, rows: int) -> None:
        """Keep the child for the next file, unless it has grown, has been stopped, or there is a spare one already."""
        if rows > MOST_ROWS_TO_REUSE or self._process.poll() is not None or self.spare:
            self.stop()
        else:
            self.spare.append(self)

    def stop(self) -> None:
        """End the process, whatever it is doing; the exit code of one that has ended by itself stays."""
        self._process.kill()
        with suppress(BrokenPipeError), self._process:
            pass  # (this closes its pipes and waits for its end)

    def read(self, source: Source) -> list[Table]:
        asked, answered = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        timer = threading.Timer(TIME_LIMIT, self._stop_late)
        timer.start()
        try:
            pickle.dump((Path.cwd(), source, TIME_LIMIT, MEMORY_LIMIT), asked)
            asked.flush()
            return _received(source, answered)
        except (EOFError, OSError, pickle.UnpicklingError):
            self.stop()
            raise self._why_it_ended(source) from None
        finally:
            timer.cancel()

    def _why_it_ended(self, source: Source) -> InputRefused:
        if self._late:
            return InputRefused("read.too_slow", file=source.name, seconds=int(TIME_LIMIT))
        if self._process.returncode == OUT_OF_MEMORY:
            return InputRefused("read.too_much_memory", file=source.name)
        return InputRefused("read.crashed", file=source.name)

    def _stop_late(self) -> None:
        self._late = True
        self._process.kill()


def _received(source: Source, stream: IO[bytes]) -> list[Table]:
    """Return the tables that the child sends until it says that there are no more."""
    tables: list[Table] = []
    while True:
        match pickle.load(stream):  # noqa: S301 (from our own process)
            case Table() as table:
                shapes = None if table.shapes is None else shapely.from_wkb(table.shapes)
                tables.append(replace(table, shapes=shapes))
            case InputRefused() as refusal:
                raise refusal
            case str() as trace:
                raise InputRefused("read.crashed", file=source.name) from RuntimeError(trace)
            case None:
                return tables


def _stop_spare() -> None:
    while _Child.spare:
        _Child.spare.pop().stop()


atexit.register(_stop_spare)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Child.spare.clear)  # it belongs to the process that started it


# ---- in the child


def main() -> None:
    """Read files as asked on standard input, and answer on standard output, until nothing more is asked."""
    from gridplan.exchange.tables.formats import read_unsandboxed

    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get among the answers
    while True:
        try:
            folder, source, seconds, memory = pickle.load(sys.stdin.buffer)  # noqa: S301 (from our own process)
        except EOFError:
            return
        os.chdir(folder)
        _limit(seconds, memory)
        try:
            for table in read_unsandboxed(source):
                shapes = None if table.shapes is None else np.asarray(shapely.to_wkb(table.shapes))
                pickle.dump(replace(table, shapes=shapes), answers)
            answer: object = None
        except InputRefused as refusal:
            answer = refusal
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except BaseException:  # a reader's panic is no Exception
            answer = traceback.format_exc()
        pickle.dump(answer, answers)
        answers.flush()


def _limit(seconds: float, memory: int) -> None:
    """Bound what the next file may take; where the system has no such bounds, the time limit of the parent remains."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = int(used.ru_utime + used.ru_stime + seconds) + 1
    for kind, limit in ((resource.RLIMIT_CPU, cpu), (resource.RLIMIT_DATA, _data_in_use() + memory)):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _data_in_use() -> int:
    """Return the bytes of data this process has now, 0 where the system does not say."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[5]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0


if __name__ == "__main__":
    main()
