"""A finished plan: the folder that `gridplan plan` wrote, as the pages need it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from gridplan import metrics
from gridplan.errors import InputRefused
from gridplan.exchange.geopackage import read_plan
from gridplan.exchange.webmap import map_data
from gridplan.model import TownPlan
from gridplan.words import LANGS, Lang

DOWNLOADS: Final = ("plan.gpkg", "plan.xlsx", "map.html", "report.json", "refused.csv")
"""The only files of the folder that leave it; each has a sentence `page.file.<name>`."""


@dataclass(frozen=True)
class Download:
    """A file on offer and its size in bytes."""

    name: str
    size: int


@dataclass(frozen=True)
class FinishedPlan:
    """The town as planned, and the report written beside it."""

    folder: Path
    town: TownPlan
    report: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> FinishedPlan:
        """Return the plan in `folder`.

        Raises
        ------
        InputRefused
            The folder has no plan.gpkg or report.json, or they cannot be read.
        """
        report = folder / "report.json"
        for file in (folder / "plan.gpkg", report):
            if not file.is_file():
                raise InputRefused("page.no_plan", folder=folder.name, file=file.name)
        try:
            return cls(folder, read_plan(folder / "plan.gpkg"), json.loads(report.read_text(encoding="utf-8")))
        except ValueError as problem:
            raise InputRefused("page.no_plan", folder=folder.name, file=report.name) from problem

    @cached_property
    def figures(self) -> dict[str, Any]:
        """The numbers of the whole town; mean size and walk per household are None where there is nothing to divide."""
        households, grids, walk = metrics.households(self.town), metrics.grids(self.town), metrics.walk_m(self.town)
        gathered = sum(grid.size for village in self.town.villages for grid in village.grids)
        return {
            "households": households,
            "villages": len(self.town.villages),
            "grids": grids,
            "mean_size": gathered / grids if grids else None,
            "walk": walk,
            "walk_each": walk / gathered if gathered else None,
            "left_out": households - gathered,
            "refused": self.report.get("refused", 0),
        }

    @cached_property
    def downloads(self) -> list[Download]:
        """The files on offer."""
        files = [self.folder / name for name in DOWNLOADS]
        return [Download(file.name, file.stat().st_size) for file in files if file.is_file()]

    @cached_property
    def _drawings(self) -> dict[Lang, str]:
        return {lang: json.dumps(map_data(self.town, lang), ensure_ascii=False) for lang in LANGS}

    def drawing(self, lang: Lang) -> str:
        """Return as JSON what the map's script draws."""
        return self._drawings[lang]
