"""Makes .venv ready and says what it does: `python install.py`, with extras (dev, bench). Needs Python alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

VENV: Final = ".venv"
PYTHON: Final = Path(VENV, "Scripts/python.exe" if os.name == "nt" else "bin/python")
PIP: Final = (
    *(str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"),
    *("--no-compile", "--constraint", "constraints.txt", "--editable"),
)
"""Modules are compiled when they are first imported, which most never are."""
SECONDS_A_LINE: Final = 15.0
LOCALE: Final = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
PIP_STEP: Final = re.compile(r"\s*((?:Collecting|Downloading|Installing|Building|Preparing) [\w. -]+)")


def install(extras: list[str]) -> None:
    """Make the environment, install gridplan into it with some extras, and compile the kernels."""
    os.chdir(Path(__file__).parent)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if not PYTHON.exists():
        with_system = ["sh", "tests/prepare.sh", "venv", sys.executable, VENV]
        run("Making the environment .venv", "正在创建环境 .venv", [sys.executable, "-m", "venv", VENV], with_system)
    run(
        "Installing gridplan with the packages it needs, and building its pages",
        "正在安装 gridplan 及所需的软件包，并生成页面",
        [*PIP, f".[{','.join(extras)}]" if extras else "."],
    )
    run("Compiling the kernels", "正在编译计算程序", [str(PYTHON), "-m", "gridplan.engine.warm"])


def run(english: str, chinese: str, *commands: list[str]) -> None:
    """Say what is done, and do it by the first command that succeeds; where none does, say why and leave."""
    print(chinese if LOCALE.startswith("zh") else english, flush=True)
    said: list[str] = []
    for command in commands:
        if _succeeds(command, said):
            return
    ours = [line.partition("gridplan: ")[2] for line in said if "gridplan: " in line]
    sys.exit("\n".join(ours[:1] or said[-40:]))


def _succeeds(command: list[str], said: list[str]) -> bool:
    """Run a command, note what it says, and say every few seconds how long it has run and what it is at."""
    started, pipe = time.monotonic(), subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace") as step:
        reader = threading.Thread(target=_note, args=(step.stdout, said), daemon=True)
        reader.start()
        while True:
            reader.join(SECONDS_A_LINE)
            if not reader.is_alive():
                break
            at = next((found[1].strip() for line in reversed(said) if (found := PIP_STEP.match(line))), "")
            print(f"  {time.monotonic() - started:.0f} s  {at}".rstrip(), flush=True)
    return step.returncode == 0


def _note(lines: Iterable[str], said: list[str]) -> None:
    for line in lines:
        said.append(line.rstrip())


if __name__ == "__main__":
    if sys.version_info < (3, 11):
        sys.exit("gridplan needs Python 3.11 or newer: make PYTHON=...")
    try:
        install(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
