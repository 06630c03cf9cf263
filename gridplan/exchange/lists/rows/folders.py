"""Folders of a map, as Ovital and Google Earth write them: the village and the hamlet of what lies in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from gridplan.exchange.lists.rows.titles import without_title_words
from gridplan.exchange.tables.cells import VILLAGE
from gridplan.exchange.tables.columns import folded

HEADERS: Final = frozenset(
    "文件夹 文件夹名 文件夹名称 文件夹路径 所在文件夹 所属文件夹".split()  # noqa: SIM905
    + "folder folders foldername folderpath".split()  # noqa: SIM905
)
"""Headers, as `folded` writes them, of the column that names the folder of a row, from the outermost to its own."""
FROM_FOLDERS: Final = ("town", "village", "hamlet")
"""Fields that folders tell."""
BETWEEN: Final = re.compile(r"\s*[/\\>|]+\s*")
NO_VILLAGE: Final = re.compile(".*各村|(所有|全部|全镇|全乡|全|本)?(行政村|自然村|村庄|农村|村屯|村)")
"""What ends like the name of a village and stands for several."""
HAMLET: Final = re.compile(
    r"第?[\d〇零一二三四五六七八九十百]+号?(村民)?小?[组队社]|(?!.*(党小?组|工作组|领导小组|项目组)).+(村民小组|小组|组|自然村|屯|寨|庄|村)"
    r"|(group|hamlet|team) ?(no\. ?)?(\d+|one|two|three|four|five|six|seven|eight|nine|ten|[ivx]+)|.+ (group|hamlet)",
    re.IGNORECASE,
)
TOWN: Final = re.compile(r".+(镇|乡|街道|街道办|街道办事处|township|town)", re.IGNORECASE)


class Place(NamedTuple):
    """What the folder of a row says of it; "" for what it does not."""

    town: str
    village: str
    hamlet: str
    rest: str
    """The innermost folder if nothing was taken from it."""


def folder_column(header: Sequence[str]) -> int | None:
    """Return the column that names the folders of a map."""
    return next((at for at, text in enumerate(header) if folded(text) in HEADERS), None)


@lru_cache(10_000)
def place_of(path: str) -> Place:
    """Return what a folder says: the outermost that is called like a village is one, a hamlet lies within it."""
    names = [name for name in map(without_title_words, BETWEEN.split(path)) if name]
    named = [not NO_VILLAGE.fullmatch(name) for name in names]
    start = next((at for at, name in enumerate(names) if named[at] and VILLAGE.fullmatch(name)), -1)
    hamlets = [name for at, name in enumerate(names) if at > start and named[at] and HAMLET.fullmatch(name)]
    town = next(filter(TOWN.fullmatch, names[: max(start, 0)]), "")
    village, hamlet = names[start] if start >= 0 else "", hamlets[-1] if hamlets else ""
    return Place(town, village, hamlet, "" if not names or names[-1] in {village, hamlet} else names[-1])
