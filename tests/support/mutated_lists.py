"""Lists broken at random, and what reading them may come to.

Every one is made from its number alone. A list may be read, or refused with a sentence; anything else is a fault.
"""

import json
import signal
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mutations import Chances, mutations_of
from seed_lists import sound_lists
from typer.testing import CliRunner

from gridplan.cli import app
from gridplan.commands.summary import check_summary
from gridplan.errors import GridplanError
from gridplan.exchange.lists.features import READERS
from gridplan.exchange.lists.ledgers import read_ledger
from gridplan.exchange.lists.linkages import read_linkages
from gridplan.exchange.lists.terms import read_term_staff
from gridplan.exchange.tables.source import Source
from gridplan.planning.check_files import check_files
from gridplan.planning.inputs import PlanSources
from gridplan.service.imports.staging import ImportChoices, read_staged_lists, staged_files

SECONDS = 30.0
"""What reading one list may take."""
MOST_BYTES = 2_000_000
"""Of a list, so that it is no test of size."""
NEVER = {"read.crashed", "read.too_slow"}
"""Refusals that say that a reader broke or did not end; one that gave up at its limit of memory has not broken."""
OPTIONS = {"members": "members", "places": "hamlets", "villages": "villages"}
"""By what a list lists, how `PlanSources` calls it."""


class Mutated(NamedTuple):
    """A list, and how it was broken."""

    kind: str
    name: str
    content: bytes
    how: str


def mutated(number: int) -> Mutated:
    """Return the list of a number."""
    chances = Chances(number)
    seed = chances.choice(sound_lists())
    content, how = seed.content, []
    for _ in range(chances.choice((1, 1, 1, 2, 3))):
        mutation = chances.choice(mutations_of(seed.name))
        content, how = mutation(chances, content)[:MOST_BYTES], [*how, mutation.__name__]
    return Mutated(seed.kind, seed.name, content, "+".join(how))


def lay(one: Mutated, folder: Path) -> Path:
    """Write a list into a folder, with what belongs beside it, and return its file."""
    path = folder / one.name
    path.write_bytes(one.content)
    if one.name.endswith(".shp"):
        with suppress(ValueError):
            for ending, part in json.loads(one.content).items():
                path.with_suffix(ending).write_bytes(bytes.fromhex(part))
    (folder / "sound.csv").write_bytes(sound_lists()[0].content)
    return path


def fault_of(path: Path, kind: str, number: int) -> str | None:
    """Return what went wrong with a list that nothing may go wrong with, None if it was read or refused in words.

    What this process does for it may take `SECONDS` of its own.
    """
    started = time.process_time()
    try:
        _read(path, kind, number)
    except GridplanError as error:
        gave_up = getattr(error.__cause__, "code", None) == -signal.SIGABRT
        if error.message.code in NEVER and not gave_up:
            return _traced(error)
        assert error.say("zh")
        assert error.say("en")
    except Exception as error:
        return _traced(error)
    took = time.process_time() - started
    return f"{took:.0f} seconds" if took > SECONDS else None


def fault_of_plan(path: Path) -> str | None:
    """Return what goes wrong where a list of households is planned."""
    result = CliRunner().invoke(app, ["plan", str(path), "-o", str(path.parent / "plan"), "--effort", "fast"])
    sound = result.exit_code in {0, 1, 2} and isinstance(result.exception, SystemExit | None)
    return None if sound else _traced(result.exception)


def _read(path: Path, kind: str, number: int) -> None:
    """Read a list as the command line does, or as the service does where its number says so."""
    if kind == "features":
        READERS[("barrier", "crossing", "building")[number % 3]](str(path))
    elif kind == "ledger":
        read_ledger(Source(path), lambda row: row)
    elif kind == "linkages":
        read_linkages(Source(path), lambda row: row)
    elif kind == "staff":
        read_term_staff(Source(path))
    elif number % 4 == 0:
        files = staged_files(path.parent, [{"stored": path.name, "name": path.name}], ImportChoices(), str)
        read_staged_lists(files, (), (), str)
    else:
        homes = path if kind == "households" else path.with_name("sound.csv")
        option = {OPTIONS[kind]: str(path)} if kind in OPTIONS else {}
        sources, lang = PlanSources((str(homes),), **option), "zh" if number % 2 else "en"
        read, changes = check_files(sources, path.parent / "out", lang)
        for message in check_summary(read, changes, sources, path.parent / "out"):
            message.say(lang)


def _traced(error: BaseException | None) -> str:
    return "".join(traceback.format_exception(error))
