"""The plan of a county or province: every partition by itself, and whether all of them are what the report says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from gridplan.errors import InputRefused
from gridplan.verify.findings import Finding, violation

SUMS: Final = ("households", "grids")
OWN: Final = {"partition", "folder", "problem"}


def is_partitioned(path: Path) -> bool:
    """Return whether this is the folder of a plan in partitions."""
    return path.is_dir() and (path / "report.json").is_file() and (path / "households").is_dir()


def verify_partitions(folder: Path, verify: Callable[[Path], tuple[Finding, ...]]) -> Iterator[tuple[str, Finding]]:
    """Yield what is wrong with the partitions of a plan, each with its name, and with all of them under no name.

    Raises
    ------
    InputRefused
        The report cannot be read.
    """
    try:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        rows: list[dict[str, Any]] = report["partitions"]
        sums = {name: sum(row[name] for row in rows if "problem" not in row) for name in SUMS}
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise InputRefused("verify.no_report", file=str(folder / "report.json")) from problem
    for name, n in sums.items():
        if report.get(name) != n:
            yield "", violation("partition_sum", what=name, n=n, told=report.get(name))
    for row in rows:
        found = (violation("partition_none"),) if "problem" in row else verify(folder / row["folder"] / "plan.gpkg")
        for finding in (*found, *(() if "problem" in row else _rows(folder, row))):
            yield row["partition"], finding


def _rows(folder: Path, row: dict[str, Any]) -> Iterator[Finding]:
    """Yield where the GeoParquet of a partition is not what the report says, or its households are in no grid of it."""
    import pyarrow.compute as compute
    from pyarrow.parquet import read_table

    keys = [key for key in row if key not in OWN and isinstance(row[key], str)]
    hive = Path(*(f"{quote(key)}={quote(row[key])}" for key in keys))
    stored = {}
    for layer in SUMS:
        try:
            stored[layer] = read_table(folder / layer / hive / f"{layer}.parquet", partitioning=None)
        except (OSError, ValueError):
            yield violation("partition_no_rows", layer=layer)
            return
        if stored[layer].num_rows != row[layer]:
            yield violation("partition_rows", layer=layer, n=stored[layer].num_rows, told=row[layer])
    ids = stored["households"]["household_id"]
    if again := len(ids) - len(compute.unique(ids)):
        yield violation("partition_twice", n=again)
    known = set(stored["grids"]["grid_id"].to_pylist())
    if lost := sum(one is not None and one not in known for one in stored["households"]["grid_id"].to_pylist()):
        yield violation("partition_lost", n=lost)
