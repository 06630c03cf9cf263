"""Bundles the front end at install: npm and node come as a build requirement, so the machine needs neither."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontEnd(BuildHookInterface):
    """Writes web/gridplan_web/static/dist, unless it is newer than everything it is made of."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundle where it is missing or stale (an sdist carries it, all files of one age)."""
        root = Path(self.root)
        last = root / "web/gridplan_web/static/dist/map.js"
        sources = [root / "package.json", root / "package-lock.json", root / "gridplan/exchange/palette.json"]
        sources += (root / "web/static_src").rglob("*.*")
        if last.exists() and last.stat().st_mtime >= max(source.stat().st_mtime for source in sources):
            return
        if subprocess.run([sys.executable, root / "web/static_src/bundle.py"]).returncode:
            sys.exit(1)
