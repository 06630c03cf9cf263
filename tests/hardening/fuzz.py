"""Reads lists that were broken at random, and keeps those that are neither read nor refused in words: make fuzz.

python tests/hardening/fuzz.py [FIRST [COUNT [FOLDER]]]: lists by their numbers; what goes wrong is kept in the folder.
"""

import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from mutated_lists import fault_of, fault_of_plan, lay, mutated

from gridplan.sandbox import Child

MEGABYTES = 400
"""What reading one list may take beyond what the process has before it."""
PLANNED = 25
"""Of so many lists of households one is planned too."""
TOLD = 1_000
"""Of so many lists a line is said."""


class Memory:
    """The memory of this process and of the one that reads for it: the most since it was last asked, where told."""

    def __init__(self) -> None:
        self._before = self.most()

    def grown(self) -> float:
        """Return by how many megabytes it grew at most since it was last asked, and begin anew."""
        grown, self._before = self.most() - self._before, 0.0
        for process in self._processes():
            with suppress(OSError):
                (process / "clear_refs").write_text("5")
        self._before = self.most()
        return grown

    def most(self) -> float:
        """Return the most megabytes that both had."""
        return sum(map(_most_megabytes, self._processes()))

    def _processes(self) -> list[Path]:
        return [Path("/proc") / str(which) for which in ("self", *(child._process.pid for child in Child.spare))]


def main(first: int = 0, count: int = 10_000, kept: str = "fuzz") -> int:
    """Read the lists of `count` numbers; return how many went wrong."""
    began, memory, met, faults = time.monotonic(), Memory(), Counter[str](), 0
    for number in range(first, first + count):
        one = mutated(number)
        met[f"{one.kind} {Path(one.name).suffix}"] += 1
        with tempfile.TemporaryDirectory() as folder:
            path = lay(one, Path(folder))
            memory.grown()
            fault = fault_of(path, one.kind, number)
            if (grown := memory.grown()) > MEGABYTES:
                fault = fault or f"{grown:.0f} MB"
            if one.kind == "households" and number % PLANNED == 0:
                fault = fault or fault_of_plan(path)
            if fault:
                faults += 1
                place = Path(kept) / f"{number}-{one.kind}-{one.how}"
                shutil.copytree(folder, place, dirs_exist_ok=True)
                _say(f"{number}: {place}\n{fault}")
        if (number - first + 1) % TOLD == 0:
            _say(f"{number - first + 1} lists, {faults} went wrong, {time.monotonic() - began:.0f} s")
    _say(", ".join(f"{n} {kind}" for kind, n in sorted(met.items())))
    return faults


def _most_megabytes(process: Path) -> float:
    with suppress(OSError, StopIteration):
        lines = (process / "status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1_000
    return 0.0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    numbers, folder = sys.argv[1:3], sys.argv[3:]
    sys.exit(bool(main(*map(int, numbers), *folder)))
