"""The house as docs/architecture.md describes it: imports go down, folders are small, the book is right."""

import ast
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]

FLOORS = [
    ("gridplan.words", "gridplan.names", "gridplan.interrupts"),
    ("gridplan.errors",),
    ("gridplan.coordinates", "gridplan.processes", "gridplan.sandbox", "gridplan.turns"),
    ("gridplan.model", "gridplan.roles", "gridplan.profiles"),
    ("gridplan.engine.model",),
    ("gridplan.engine.ground", "gridplan.engine.proof"),
    ("gridplan.engine.search",),
    ("gridplan.engine",),
    ("gridplan.metrics",),
    ("gridplan", "gridplan.rules", "gridplan.contact"),
    ("gridplan.edits", "gridplan.needs", "gridplan.linkage", "gridplan.verify"),
    ("gridplan.exchange.tables", "gridplan.store"),
    ("gridplan.exchange",),
    ("gridplan.exchange.lists",),
    ("gridplan.planning",),
    ("gridplan.demo",),
    ("gridplan.service",),
    ("gridplan_web",),
    ("gridplan.commands",),
    ("gridplan.cli",),
]
"""Folders and single modules, from the ground up: a module may import what is on a lower floor or in its own folder."""
FLOOR_OF = {folder: floor for floor, folders in enumerate(FLOORS) for folder in folders}
VERIFY_MAY_IMPORT = {"gridplan.words", "gridplan.errors", "gridplan.coordinates"}
MOST_FILES = 18


@cache
def modules() -> dict[str, Path]:
    """Return the file of every module, by its dotted name."""
    found = {}
    for top in (ROOT / "gridplan", ROOT / "web" / "gridplan_web"):
        for path in top.rglob("*.py"):
            parts = path.relative_to(top.parent).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports(module: str) -> frozenset[str]:
    """Return the modules of ours that a module imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                names.add(inner if inner in modules() else node.module)
    return frozenset(names & modules().keys())


def folder(module: str) -> str:
    """Return the entry of FLOORS that a module belongs to."""
    while module not in FLOOR_OF:
        module = module.rpartition(".")[0]
    return module


def test_imports_go_downwards_only():
    for module in modules():
        for imported in imports(module):
            same_folder = folder(imported) == folder(module)
            assert same_folder or FLOOR_OF[folder(imported)] < FLOOR_OF[folder(module)], f"{module} imports {imported}"


def test_no_imports_go_in_a_circle():
    TopologicalSorter({module: imports(module) for module in modules()}).prepare()


def test_no_folder_holds_more_than_a_person_can_remember():
    for place in {path.parent for path in modules().values()}:
        assert len(list(place.glob("*.py"))) <= MOST_FILES, place


def test_verify_shares_no_code_with_what_it_checks():
    own = {module for module in modules() if module.startswith("gridplan.verify")}
    for module in own:
        assert imports(module) - {"gridplan"} - own <= VERIFY_MAY_IMPORT, module


def test_only_serve_and_demo_know_the_web():
    for module, path in modules().items():
        if module.startswith("gridplan_web"):
            continue
        top_level = {
            node.module or ""
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.ImportFrom)
        }
        assert not any(name.split(".")[0] in {"flask", "gridplan_web"} for name in top_level), module


def test_the_book_has_every_folder_and_no_path_that_is_not_there():
    book = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = {row[1] for row in re.finditer(r"^\| `([\w/]+)/` \|", book, re.MULTILINE)}
    folders = {
        path.parent.relative_to(ROOT).as_posix() for module, path in modules().items() if "migrations" not in module
    }
    assert rows == {place for place in folders if list((ROOT / place).glob("[!_]*.py"))}
    for path in re.findall(r"`((?:gridplan|web|tests|data|docs|benchmarks)/[\w/.]*)`", book):
        assert (ROOT / path).exists(), path
    way = book.split("```")[1]
    for path in re.findall(
        r"(?:planning|exchange|engine|service|store|commands|web)/[\w/]*(?:\.py)?|\b[a-z_]+\.py", way
    ):
        places = ["", "gridplan", "gridplan/exchange", "gridplan/exchange/tables", "gridplan/exchange/lists"]
        assert any((ROOT / place / path).exists() for place in places), path
