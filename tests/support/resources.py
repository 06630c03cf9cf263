"""What some tests need beyond Python, by the marker they carry. Where it is missing they are counted as NOT RUN."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

CHROMIUM_FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
"""So that it runs everywhere, and calls nobody on its own."""


def chromium(*, with_windows: bool = False) -> str | None:
    """Return the path of a Chromium: the one asked for, or the first on the PATH; if it may, one that has no windows.

    That one is the same engine and takes two thirds of the work.
    """
    if wished := os.environ.get("GRIDPLAN_CHROMIUM"):
        return wished if Path(wished).exists() else None
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names if with_windows else ("chromium-headless-shell", *names))), None)


def libreoffice() -> str | None:
    """Return the path of LibreOffice, the first on the PATH."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def postgresql_programs() -> str | None:
    """Return the folder with the programs of the newest PostgreSQL that has PostGIS, where a server may be started."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    folders = [path.parent for path in reversed(found)]
    if here := shutil.which("initdb"):
        folders.append(Path(here).parent)
    return next((str(folder) for folder in folders if _has_postgis(folder)), None)


def postgis_library(programs: Path) -> str:
    """Return the library of PostGIS, which each connection loads unless the server has."""
    return re.search(r"\$libdir/([\w-]+)", _postgis(programs).read_text(encoding="utf-8"))[1]


def _has_postgis(programs: Path) -> bool:
    return _postgis(programs).exists()


def _postgis(programs: Path) -> Path:
    shared = subprocess.run([programs / "pg_config", "--sharedir"], capture_output=True, text=True).stdout.strip()
    return Path(shared, "extension", "postgis.control")


def postgresql() -> str | None:
    """Return the server to use, or the folder with the programs of one to start."""
    return os.environ.get("GRIDPLAN_POSTGRES") or postgresql_programs()


class Resource(NamedTuple):
    find: Callable[[], str | None]
    use: str
    missing: str


RESOURCES = {
    "browser": Resource(
        chromium, "opens pages in Chromium", "Chromium was not found (set GRIDPLAN_CHROMIUM or run as root)"
    ),
    "libreoffice": Resource(
        libreoffice,
        "opens workbooks, documents and slides in LibreOffice",
        "LibreOffice was not found (put soffice on the PATH or run as root)",
    ),
    "postgresql": Resource(
        postgresql,
        "uses a PostgreSQL database with PostGIS",
        "PostgreSQL with PostGIS was not found (set GRIDPLAN_POSTGRES to the URL of a server, or run as root)",
    ),
}
