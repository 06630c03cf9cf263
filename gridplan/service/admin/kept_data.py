"""What the service keeps of people, by purpose: PRIVACY.md column by column, summed up as an assessment tells it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gridplan.words import Message, words

PACKAGE: Final = Path(__file__).parents[2]
PURPOSES: Final[Mapping[str, tuple[str, ...]]] = {
    "households": ("household", "residence", "household_change", "import_batch"),
    "members": ("member", "assignment", "cover", "card_print", "term_change", "party_group"),
    "plans": (
        *("plan", "membership", "plan_exception", "plan_schedule", "consultation", "draft", "plan_edit", "plan_step"),
        *("village_change", "job"),
    ),
    "visits": ("visit", "amendment", "kept_apart", "sheet", "sheet_row", "sheet_week", "grid_tally", "cadence"),
    "states": ("household_state",),
    "needs": ("need", "need_step", "correction"),
    "phones": ("device", "walking_order", "gone"),
    "linkage": ("linked_person", "linkage", "linkage_call"),
    "meetings": ("snapshot", "snapshot_file", "pack", "download"),
    "access": ("account", "session", "invitation", "attempt"),
    "deeds": ("audit", "feedback"),
}
"""The purposes for which something is kept, and the tables of the database that serve each."""
HOW_LONG: Final = "pia.kept."
"""Codes of how long something is kept begin with this; their English is that of PRIVACY.md."""
SERVICE: Final = "## What the service keeps"
COLUMN: Final = re.compile(r"\| `(\w+)\.\w+`")


@dataclass(frozen=True, slots=True)
class KeptData:
    """What is kept for one purpose, and how long: in the words of PRIVACY.md, each once."""

    purpose: str
    how_long: tuple[Message, ...]


def privacy_path() -> Path:
    """Return PRIVACY.md: inside the package once installed from a wheel, at the top of a working copy."""
    installed = PACKAGE / "PRIVACY.md"
    return installed if installed.is_file() else PACKAGE.parent / "PRIVACY.md"


def check_sum() -> str:
    """Return what tells this PRIVACY.md from another one."""
    return hashlib.sha256(privacy_path().read_bytes()).hexdigest()[:8].upper()


def kept_data() -> tuple[KeptData, ...]:
    """Return what is kept for each purpose."""
    codes = {text: f"{HOW_LONG}{code}" for code, text in words(HOW_LONG, "en").items()}
    said = tuple(_rows())
    return tuple(
        KeptData(purpose, tuple(Message(codes[text]) for text in dict.fromkeys(t for of, t in said if of in tables)))
        for purpose, tables in PURPOSES.items()
    )


def _rows() -> Iterator[tuple[str, str]]:
    """Yield the table of the first column in each row of PRIVACY.md, and how long the row says it is kept."""
    for line in privacy_path().read_text(encoding="utf-8").partition(SERVICE)[2].splitlines():
        if first := COLUMN.match(line):
            yield first[1], line.strip("|").split("|")[-1].strip()
