"""The kinds of jobs that the service runs, each in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gridplan.desk import looking, making, taking
from gridplan.jobs import Work

WORK: Final[Mapping[str, Work]] = {
    "look": Work(looking.look, looking.keep),
    "bring": Work(taking.take, taking.keep),
    "plan": Work(making.plan, making.keep),
}
