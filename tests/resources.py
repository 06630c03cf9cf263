"""What some tests need beyond Python, by the marker they carry. Where it is missing they are counted as NOT RUN."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


def chromium() -> str | None:
    """Return the path of a Chromium: the one asked for, or the first on the PATH."""
    if wished := os.environ.get("GRIDPLAN_CHROMIUM"):
        return wished if Path(wished).exists() else None
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


def libreoffice() -> str | None:
    """Return the path of LibreOffice, the first on the PATH."""
    return shutil.which("soffice") or shutil.which("libreoffice")


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
        "opens workbooks in LibreOffice",
        "LibreOffice was not found (put soffice on the PATH or run as root)",
    ),
}
