"""What every demo town has in common, read from data/demo_town.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class VillageDefinition:
    """A village: its households in all, and those that live out of the ordinary."""

    name: str
    households: int
    apartment_hamlets: int = 0
    across_river: int = 0


@dataclass(frozen=True, slots=True)
class TownDefinition:
    """The town: where it lies (degrees), how large it is (metres), its villages and what its people are called."""

    name: str
    notice: str
    lon: float
    lat: float
    width_m: float
    height_m: float
    members: int
    offices: dict[str, str]
    villages: tuple[VillageDefinition, ...]
    surnames: str
    given: str
    rare: str


def definition_path() -> Path:
    """Return the definition: inside the package once installed from a wheel, in data/ in a working copy."""
    installed = PACKAGE / "demo_town.toml"
    return installed if installed.is_file() else PACKAGE.parent / "data" / "demo_town.toml"


def read_definition() -> TownDefinition:
    """Return the definition of the demo town."""
    table: dict[str, Any] = tomllib.loads(definition_path().read_text(encoding="utf-8"))
    villages = tuple(VillageDefinition(**village) for village in table.pop("villages"))
    given = "".join(table.pop("given").split())
    return TownDefinition(villages=villages, given=given, **table)
