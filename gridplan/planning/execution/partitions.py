"""Counties and provinces: lists in partitions, each of which is a town of its own, planned one after the other.

A partition is a folder `key=value` (as Hive has it) or a file of GeoParquet. Its plan lies in a folder of its own, and
in the partitioned GeoParquet beside; what is known of all of them is a report with a line for each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

from gridplan import __version__, processes
from gridplan.errors import GridplanError, InputRefused, OutputRefused, Unavailable
from gridplan.interrupts import ctrl_c_waits
from gridplan.names import file_name
from gridplan.planning.county import PlanSettings, Team, team_of
from gridplan.planning.execution.dask_team import dask_team
from gridplan.planning.execution.partition_overview import write_overview
from gridplan.planning.from_files import plan_files
from gridplan.planning.inputs import PARQUET, PlanSources
from gridplan.planning.staffing.staffing import StaffingRules
from gridplan.words import LANGS, Lang, Message

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

ONE_FILE: Final = "partition"
"""The key of a partition that is one file: its value is the name of that."""
BESIDE: Final = {"villages": "--villages", "hamlets": "--places", "members": "--members"}
BESIDE_TOO: Final = {"barriers": "--barriers", "crossings": "--crossings"}
LAYERS: Final = ("grids", "households")
"""The layers of a plan that are written as GeoParquet."""
FIGURES: Final = ("households", "grids", "groups", "exceptions", "refused", "members", "leads", "deputies", "shortages")
METRES: Final = ("walk_m", "lower_bound_m")
STATE: Final = "partitions.json"
"""In a folder that is not finished: which partitions are, each with its fingerprint."""
REPORT: Final = "report.json"
OVERVIEW: Final = "index.html"


@dataclass(frozen=True)
class Partition:
    """A town among the lists of a province: its keys with their values, and its files."""

    keys: tuple[tuple[str, str], ...]
    files: tuple[Path, ...]
    place: Path
    """Where it lies among the partitions: its folder, or its file without the ending."""

    @property
    def name(self) -> str:
        """What it is called: the values of its keys."""
        return " / ".join(value for _, value in self.keys)

    @property
    def folder(self) -> Path:
        """Where its plan lies."""
        return Path(*(file_name(value) or "_" for _, value in self.keys))

    @property
    def hive(self) -> Path:
        """Where its rows lie among partitioned GeoParquet."""
        return Path(*(f"{quote(key)}={quote(value)}" for key, value in self.keys))


@dataclass(frozen=True)
class PartitionPlanned:
    """What became of a partition: its figures, or why there is no plan."""

    partition: Partition
    figures: Mapping[str, Any] | None
    problem: Message | None = None


def partitions_in(root: Path) -> tuple[Partition, ...]:
    """Return the partitions of a folder in the order of their names.

    Raises
    ------
    InputRefused
        A file lies in a folder that is no partition, or the plans of two would lie in one folder.
    """
    files: dict[Path, list[Path]] = {}
    for path in sorted(root.rglob(PARQUET)):
        below = path.relative_to(root)
        if any(part.startswith((".", "_")) for part in below.parts):
            continue
        files.setdefault(below.parent if len(below.parts) > 1 else below.with_suffix(""), []).append(path)
    found = [Partition(_keys(place, root), tuple(of), place) for place, of in sorted(files.items())]
    places: dict[str, Partition] = {}
    for one in found:
        if (other := places.setdefault(one.folder.as_posix().casefold(), one)) is not one:
            raise InputRefused("partitions.one_name", first=other.name, second=one.name, folder=str(one.folder))
    return tuple(found)


def _keys(place: Path, root: Path) -> tuple[tuple[str, str], ...]:
    if "=" not in place.name:
        if len(place.parts) > 1:
            raise InputRefused("partitions.no_key", folder=str(root / place))
        return ((ONE_FILE, place.name),)
    keys = [part.partition("=") for part in place.parts]
    if missing := next((key for key, equals, value in keys if not (key and equals and value)), None):
        raise InputRefused("partitions.no_key", folder=str(root / place), key=missing)
    return tuple((unquote(key), unquote(value)) for key, _, value in keys)


def sources_of(partition: Partition, sources: PlanSources) -> PlanSources:
    """Return the lists of a partition: its households, and of each other list the file at the same place.

    Raises
    ------
    InputRefused
        Another list is no folder of the same partitions, or has several files for this one.
    """
    found: dict[str, str | None] = {}
    for field, option in {**BESIDE, **BESIDE_TOO}.items():
        given = getattr(sources, field)
        if given is None:
            continue
        if not Path(given).is_dir():
            raise InputRefused("partitions.one_file", option=option, file=str(given))
        inside, place = Path(given) / partition.place, Path(given) / partition.place.parent
        files = sorted(path for path in inside.glob("*") if path.is_file()) if inside.is_dir() else []
        files = files or sorted(path for path in place.glob(f"{partition.place.name}.*") if path.is_file())
        if len(files) > 1:
            raise InputRefused("partitions.several_files", option=option, partition=partition.name)
        found[field] = str(files[0]) if files else None
    return replace(sources, households=tuple(map(str, partition.files)), **found)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Asked:
    """What all partitions are planned by."""

    settings: PlanSettings
    rules: StaffingRules
    lang: Lang
    strict: bool = False
    resume: bool = False
    """Whether partitions that are finished already, of the same lists and settings, are left as they are."""


def plan_partitions(
    sources: PlanSources,
    folder: Path,
    asked: Asked,
    *,
    workers: int | str,
    tell: Callable[[PartitionPlanned, int], None],
) -> list[PartitionPlanned]:
    """Plan every partition of the lists into a folder of its own, and report on all of them.

    One partition is held in memory at a time. One that cannot be planned is told and the others are. `tell` hears of
    each, and how many there are.

    Raises
    ------
    InputRefused
        The partitions or the other lists are not what they have to be.
    OutputRefused
        The folder cannot be written.
    Unavailable
        The cluster went away.
    """
    partitions = partitions_in(Path(sources.households[0]))
    of = {one: sources_of(one, sources) for one in partitions}
    finished = _Finished(folder, resume=asked.resume)
    planned = []
    with _team(workers, partitions) as team:
        for partition in partitions:
            fingerprint = _fingerprint(of[partition], asked)
            figures, problem = finished.figures(partition, fingerprint), None
            if figures is None:
                try:
                    figures = _plan_one(partition, of[partition], folder, asked, team)
                except Unavailable:
                    raise
                except GridplanError as error:
                    problem = error.message
                else:
                    finished.add(partition, fingerprint, figures)
            planned.append(PartitionPlanned(partition, figures, problem))
            tell(planned[-1], len(partitions))
    _report(planned, folder, asked)
    finished.remove()
    return planned


@contextmanager
def _team(workers: int | str, partitions: Collection[Partition]) -> Iterator[Team | int]:
    """Yield who works on all partitions; processes are not worth their start for a few households."""
    from pyarrow.parquet import read_metadata

    if isinstance(workers, str):
        with dask_team(workers) as team:
            yield team
        return
    rows = 0
    for path in (path for one in partitions for path in one.files):
        with suppress(Exception):  # what it is will be said when it is read
            rows += read_metadata(path).num_rows
    with team_of(workers, [rows] * workers) if rows >= processes.WORTH_A_PROCESS else nullcontext(1) as team_or_one:
        yield team_or_one


def _plan_one(
    partition: Partition, sources: PlanSources, folder: Path, asked: Asked, team: Team | int
) -> dict[str, Any]:
    """Plan a partition, write its rows beside the others', and return its figures."""
    place = folder / partition.folder
    plan_files(
        sources,
        place,
        asked.settings,
        asked.rules,
        strict=asked.strict,
        workers=team,
        lang=asked.lang,
        progress=lambda *_: None,
        resume=asked.resume,
    )
    for layer in LAYERS:
        _write_parquet(place / "plan.gpkg", layer, folder / layer / partition.hive)
    made = json.loads((place / REPORT).read_text(encoding="utf-8"))
    return {name: made[name] for name in (*FIGURES, *METRES)}


def _write_parquet(plan: Path, layer: str, folder: Path) -> None:
    import geopandas

    rows: GeoDataFrame = geopandas.read_file(plan, layer=layer)
    with _written(folder / f"{layer}.parquet") as draft:
        rows.to_parquet(draft, index=False)


@contextmanager
def _written(path: Path) -> Iterator[Path]:
    """Yield where a file is written, which takes its name once it is whole."""
    draft = path.with_name(f".{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise OutputRefused(
            "plan.folder", folder=str(path.parent), why=error.strerror or type(error).__name__
        ) from error


# ---- what is finished


class _Finished:
    """The partitions of a folder that are planned, until all are: by their fingerprints."""

    def __init__(self, folder: Path, *, resume: bool) -> None:
        self._folder, self._file = folder, folder / STATE
        self._of: dict[str, dict[str, Any]] = {}
        if resume:
            with suppress(OSError, ValueError):
                self._of = json.loads(self._file.read_text(encoding="utf-8"))

    def figures(self, partition: Partition, fingerprint: str) -> dict[str, Any] | None:
        """Return the figures of a partition that is finished."""
        kept = self._of.get(partition.name, {})
        is_whole = (self._folder / partition.folder / REPORT).is_file() and all(
            (self._folder / layer / partition.hive / f"{layer}.parquet").is_file() for layer in LAYERS
        )
        return kept["figures"] if kept.get("fingerprint") == fingerprint and is_whole else None

    def add(self, partition: Partition, fingerprint: str, figures: Mapping[str, Any]) -> None:
        """Note that a partition is finished."""
        self._of[partition.name] = {"fingerprint": fingerprint, "figures": dict(figures)}
        with ctrl_c_waits(), _written(self._file) as draft:
            draft.write_text(json.dumps(self._of, ensure_ascii=False), encoding="utf-8")

    def remove(self) -> None:
        """Forget which are: all are."""
        self._file.unlink(missing_ok=True)


def _fingerprint(sources: PlanSources, asked: Asked) -> str:
    """Return what tells the plan of a partition from others: its lists, and all that it is asked for."""
    columns = ({**sources.columns}, {**sources.village_columns}, {**sources.member_columns})
    by = [__version__, asdict(replace(asked, resume=False)), columns, sources.snap, sources.frame]
    found = sha256(json.dumps(by, sort_keys=True, default=str).encode())
    for field in ("households", *BESIDE, *BESIDE_TOO):
        given = getattr(sources, field)
        for path in given if isinstance(given, tuple) else filter(None, [given]):
            found.update(field.encode() + sha256(Path(path).read_bytes()).digest())
    return found.hexdigest()


# ---- the report on all of them


def _report(planned: Collection[PartitionPlanned], folder: Path, asked: Asked) -> None:
    rows = [_row(one) for one in planned]
    made = [one.figures for one in planned if one.figures]
    totals = {name: sum(of[name] or 0 for of in made) for name in FIGURES}  # without members there are none
    walks = {name: _sum(of[name] for of in made) for name in METRES}
    whole = {"version": __version__, "settings": asdict(asked.settings), **totals, **walks, "partitions": rows}
    with _written(folder / REPORT) as draft:
        draft.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    with _written(folder / OVERVIEW) as draft:
        write_overview(draft, rows, totals, asked.lang)


def _row(one: PartitionPlanned) -> dict[str, Any]:
    row = {"partition": one.partition.name, **dict(one.partition.keys), "folder": one.partition.folder.as_posix()}
    if one.problem is not None:
        return row | {"problem": {lang: one.problem.say(lang) for lang in LANGS}}
    return row | dict(one.figures or {})


def _sum(values: Iterable[float | None]) -> float | None:
    """Return a sum; None where one is not known."""
    found = list(values)
    return None if not found or None in found else round(sum(value for value in found if value is not None), 1)
