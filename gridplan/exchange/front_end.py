"""The files of the front end, built at install, in the package of the pages: scripts, styles, fonts."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from gridplan.errors import OutputRefused


def built_file(name: str) -> Path:
    """Return where a file of the front end is.

    Raises
    ------
    OutputRefused
        It was not built at install.
    """
    web = find_spec("gridplan_web")  # found, not imported: the library runs without Flask
    folders = web.submodule_search_locations if web else None
    path = Path(folders[0] if folders else "", "static", "dist", name)
    if not path.exists():
        raise OutputRefused("map.not_built", file=name)
    return path
