"""The house as docs/architecture.md describes it: imports go downwards only, and every module is in the book."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FLOORS = [
    {"gridplan.words", "gridplan.names", "gridplan.interrupts"},
    {"gridplan.errors", "gridplan.onpage", "gridplan.series"},
    {"gridplan.coordinates.local", "gridplan.coordinates.shifted", "gridplan.coordinates.gauss_krueger"},
    {"gridplan.coordinates.frames"},
    {"gridplan.coordinates"},
    {"gridplan.model"},
    {"gridplan.homes"},
    {
        "gridplan.engine.assign",
        "gridplan.engine.counts",
        "gridplan.engine.effort",
        "gridplan.engine.kernels",
        "gridplan.engine.proximity",
    },
    {
        "gridplan.engine.barriers",
        "gridplan.engine.bisect",
        "gridplan.engine.distance",
        "gridplan.engine.parts",
        "gridplan.engine.roster",
    },
    {"gridplan.engine.cells", "gridplan.engine.grids", "gridplan.engine.pricing", "gridplan.engine.problem"},
    {
        "gridplan.engine.bound",
        "gridplan.engine.boundary",
        "gridplan.engine.ground",
        "gridplan.engine.mend",
        "gridplan.engine.outline",
        "gridplan.engine.pieces",
        "gridplan.engine.reconnect",
    },
    {"gridplan.engine.columns", "gridplan.engine.measure", "gridplan.engine.sides", "gridplan.engine.starts"},
    {"gridplan.engine.improve", "gridplan.engine.partition", "gridplan.engine.recombine"},
    {"gridplan.engine.listing", "gridplan.engine.search"},
    {"gridplan.engine.sharpen"},
    {"gridplan.engine.branch"},
    {"gridplan.engine.exact"},
    {"gridplan.engine.certify", "gridplan.engine.policy"},
    {"gridplan.engine.cluster"},
    {"gridplan.engine.cutting"},
    {"gridplan.engine.hamlets"},
    {"gridplan.engine.solve"},
    {"gridplan.engine.warm"},
    {"gridplan.closeness"},
    {"gridplan", "gridplan.engine"},
    {"gridplan.verify.findings", "gridplan.verify.layers"},
    {"gridplan.verify.site"},
    {"gridplan.verify.membership", "gridplan.verify.walking", "gridplan.verify.outlines"},
    {"gridplan.rules", "gridplan.metrics", "gridplan.people", "gridplan.pairing", "gridplan.verify"},
    {"gridplan.changes"},
    {"gridplan.exchange.lists.packed", "gridplan.exchange.lists.alike"},
    {"gridplan.exchange.lists.source", "gridplan.exchange.lists.cells", "gridplan.exchange.lists.households"},
    {"gridplan.exchange.lists.columns", "gridplan.exchange.lists.archive", "gridplan.exchange.lists.wkb"},
    {"gridplan.exchange.lists.beside", "gridplan.exchange.lists.frames"},
    {"gridplan.exchange.lists.sheets"},
    {"gridplan.exchange.lists.sheetxml"},
    {
        "gridplan.exchange.lists.features",
        "gridplan.exchange.lists.parquet",
        "gridplan.exchange.lists.shapefile",
        "gridplan.exchange.lists.text",
        "gridplan.exchange.lists.workbook",
    },
    {"gridplan.exchange.lists.kml"},
    {"gridplan.exchange.lists.formats"},
    {"gridplan.exchange.lists.child"},
    {
        "gridplan.exchange.lists.tables",
        "gridplan.exchange.lists.rows",
        "gridplan.exchange.lists.private",
        "gridplan.exchange.lists.doubles",
    },
    {
        "gridplan.exchange.lists.villages",
        "gridplan.exchange.lists.checks",
        "gridplan.exchange.lists.mending",
        "gridplan.exchange.lists.roster",
        "gridplan.exchange.lists.units",
        "gridplan.exchange.lists.written",
    },
    {"gridplan.exchange.lists.lookalikes"},
    {
        "gridplan.exchange.lists.positions",
        "gridplan.exchange.lists.suspicion",
        "gridplan.exchange.lists.belonging",
        "gridplan.exchange.lists.ids",
    },
    {"gridplan.exchange.lists.hamlets"},
    {"gridplan.exchange.spreadsheet", "gridplan.exchange.contacts", "gridplan.exchange.layers"},
    {"gridplan.exchange.workbook"},
    {"gridplan.exchange.lists.gathered"},
    {"gridplan.exchange.lists.remarks"},
    {"gridplan.exchange.lists", "gridplan.exchange.read", "gridplan.exchange.geopackage", "gridplan.exchange.webmap"},
    {"gridplan.exchange.pictures"},
    {"gridplan.exchange.members", "gridplan.exchange.answers", "gridplan.exchange.barriers"},
    {"gridplan.exchange.readback"},
    {"gridplan.exchange"},
    {"gridplan.meant"},
    {"gridplan.present"},
    {"gridplan.incumbents"},
    {"gridplan.county", "gridplan.anchors", "gridplan.existing", "gridplan.given", "gridplan.folder"},
    {"gridplan.town", "gridplan.report", "gridplan.understood"},
    {"gridplan.update"},
    {"gridplan.checking"},
    {"gridplan.passwords", "gridplan.premises", "gridplan.roles", "gridplan.store.columns"},
    {"gridplan.store.tables"},
    {"gridplan.store.database", "gridplan.store.migrations.env", "gridplan.store.migrations.versions.0001_first"},
    {
        "gridplan.store.invitations",
        "gridplan.store.jobs",
        "gridplan.store.reach",
        "gridplan.store.settings",
        "gridplan.store.villages",
    },
    {"gridplan.store.accounts", "gridplan.store.audit", "gridplan.store.households", "gridplan.store.members"},
    {"gridplan.store.cards"},
    {"gridplan.store.features", "gridplan.store.placing", "gridplan.store.scans", "gridplan.store.versions"},
    {"gridplan.store.assignments", "gridplan.store.overview"},
    {
        "gridplan.store.copying",
        "gridplan.store.health",
        "gridplan.store.bringings",
        "gridplan.store.drafts",
        "gridplan.store.plans",
        "gridplan.store.search",
    },
    {"gridplan.store"},
    {"gridplan.backup", "gridplan.doctor", "gridplan.entrance", "gridplan.jobs"},
    {
        "gridplan.desk.accounts",
        "gridplan.desk.basemap",
        "gridplan.desk.cards",
        "gridplan.desk.colouring",
        "gridplan.desk.past",
        "gridplan.desk.settling",
        "gridplan.desk.signed_in",
    },
    {"gridplan.desk.upkeep.stale", "gridplan.desk.upkeep.typed"},
    {"gridplan.desk.placing", "gridplan.desk.upkeep.households", "gridplan.desk.upkeep.members"},
    {"gridplan.desk.upkeep.villages"},
    {"gridplan.desk.upkeep.features"},
    {"gridplan.desk.upkeep"},
    {"gridplan.desk.overview", "gridplan.desk.search"},
    {"gridplan.desk.beginning", "gridplan.desk.places"},
    {"gridplan.desk.sketch"},
    {"gridplan.desk.loading", "gridplan.desk.recognising", "gridplan.desk.running"},
    {"gridplan.desk.comparing", "gridplan.desk.drafting", "gridplan.desk.leading"},
    {"gridplan.desk.making", "gridplan.desk.publishing"},
    {"gridplan.desk.brought", "gridplan.desk.first"},
    {"gridplan.desk.filed", "gridplan.desk.proposing"},
    {"gridplan.desk.allowed", "gridplan.desk.differing", "gridplan.desk.dots"},
    {"gridplan.desk.previewing"},
    {"gridplan.desk.looking"},
    {"gridplan.desk.bringing", "gridplan.desk.taking"},
    {"gridplan.desk.work"},
    {"gridplan.desk"},
    {"gridplan.demo.definition", "gridplan.demo.land"},
    {"gridplan.demo.layouts", "gridplan.demo.people"},
    {"gridplan.demo.settlement", "gridplan.demo.relatives", "gridplan.demo.clerks", "gridplan.demo.templates"},
    {"gridplan.demo.town"},
    {"gridplan.demo.files", "gridplan.demo.messy"},
    {"gridplan.planning", "gridplan.demo"},
    {"gridplan_web", "gridplan.options", "gridplan.spoken", "gridplan.saying", "gridplan.terminal"},
    {"gridplan.commands.opening"},
    {"gridplan.commands.keeping", "gridplan.commands.service", "gridplan.commands.users"},
    {"gridplan.commands"},
    {"gridplan.cli"},
]
FLOOR_OF = {module: floor for floor, modules in enumerate(FLOORS) for module in modules}
VERIFY_MAY_IMPORT = {"gridplan.words", "gridplan.errors", "gridplan.coordinates"}


def modules() -> dict[str, Path]:
    found = {}
    for top in (ROOT / "gridplan", ROOT / "web" / "gridplan_web"):
        for path in top.rglob("*.py"):
            parts = path.relative_to(top.parent).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def floor(module: str) -> int:
    return FLOOR_OF["gridplan_web" if module.startswith("gridplan_web") else module]


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    known = modules()
    return {name for name in names if name in known}


@pytest.mark.parametrize("module", sorted(modules()))
def test_every_module_has_a_floor_and_imports_only_from_below(module):
    for imported in imports(modules()[module]):
        if imported.startswith("gridplan_web") and module.startswith("gridplan_web"):
            continue
        if module.startswith(f"{imported}."):
            continue  # "from gridplan.x import y" names the package too
        assert floor(imported) < floor(module), f"{module} imports {imported}"


def test_verify_shares_no_code_with_what_it_checks():
    own = {module for module in modules() if module.startswith("gridplan.verify")}
    for module in own:
        assert imports(modules()[module]) - {"gridplan"} - own <= VERIFY_MAY_IMPORT, module


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


def test_every_module_is_in_the_book():
    book = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for module, path in modules().items():
        if path.name == "__init__.py" and module != "gridplan_web":
            continue
        name = path.relative_to(ROOT).as_posix().removeprefix("web/")
        assert f"`{name}`" in book, f"{name} is not described in docs/architecture.md"
