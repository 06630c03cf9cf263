"""What a town's plan can be exported as: the name of each file, and what writes it. A new form is one line here.

`gridplan plan` writes all of them, and the page of a draft offers all of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gridplan.exchange.workbook import write_workbook
from gridplan.model import TownPlan
from gridplan.words import Lang

Writer = Callable[[TownPlan, Path, Lang, str], None]
"""Writes a plan into a file, in a language, under a title."""


def _write_geopackage(town: TownPlan, path: Path, lang: Lang, _: str) -> None:
    from gridplan.exchange.geopackage import write_plan  # loads geopandas, which pages do without

    write_plan(town, path, lang)


def _write_map(town: TownPlan, path: Path, lang: Lang, title: str) -> None:
    from gridplan.exchange.webmap import write_map  # loads folium and fontTools, which nothing else needs

    write_map(town, path, lang, title)


EXPORTS: Final[dict[str, Writer]] = {
    "plan.gpkg": _write_geopackage,
    "map.html": _write_map,
    "plan.xlsx": write_workbook,
}
"""By the names of the files, from what programs read to what people read; a page offers them the other way round.

The catalogue has words for each, after `page.file.`.
"""


def exported(name: str, town: TownPlan, lang: Lang, title: str) -> bytes:
    """Return the file of EXPORTS that is called `name`."""
    with tempfile.TemporaryDirectory(prefix="gridplan-") as folder:
        path = Path(folder) / name
        EXPORTS[name](town, path, lang, title)
        return path.read_bytes()
