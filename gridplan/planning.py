"""Use cases at the desk, one function each: make a town's plan, and put it into files."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan import __version__, metrics
from gridplan.coordinates import LocalFrame
from gridplan.county import Progress, Settings, Task, solve_villages
from gridplan.engine.boundary import Grounds, boundaries
from gridplan.engine.solve import Solution
from gridplan.errors import InputRefused, OutputRefused
from gridplan.exchange.geopackage import write_plan
from gridplan.exchange.read import HouseholdList, read_households, read_villages, write_refused
from gridplan.exchange.webmap import town_title, write_map
from gridplan.model import DrawnGrid, Household, Plan, PlannedVillage, SizeBounds, TownPlan, Village, grid_id
from gridplan.rules import size_exception
from gridplan.words import LANGS, Lang, Message

DECIMALS = 4
"""Of a metre, that positions are rounded to, so that the last bit of a projection cannot change a plan."""
LONGEST_EDGE_DEGREES = 0.001
"""An edge that is straight in degrees bends in metres: long ones of a boundary are divided before they are moved."""

PLAN_FILES = ("plan.gpkg", "map.html", "report.json", "run.json", "refused.csv")


@dataclass(frozen=True)
class Made:
    """A town's plan with what was noticed while it was made."""

    town: TownPlan
    households: HouseholdList
    notes: tuple[Message, ...]


@dataclass(frozen=True)
class Source:
    """The lists a town brings: where they are and how to read them."""

    households: str
    villages: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    village_columns: Mapping[str, str] = field(default_factory=dict)
    snap: float = 0.0


def plan_files(
    source: Source, folder: Path, settings: Settings, *, strict: bool, workers: int, lang: Lang, progress: Progress
) -> Made:
    """Read a town's lists, plan every village and write the plan into `folder`.

    Raises
    ------
    InputRefused
        A list cannot be used, or `strict` and a row was refused; nothing was written.
    OutputRefused
        The folder cannot be written.
    """
    started = datetime.now(UTC)
    clock = time.perf_counter()
    known = read_villages(source.villages, columns=source.village_columns) if source.villages else None
    villages = known.villages if known else ()
    listed = read_households(source.households, columns=source.columns, villages=villages, snap=source.snap)
    if strict and listed.refused:
        first = listed.refused[0]
        raise InputRefused(
            "plan.strict",
            n=len(listed.refused),
            row=first.row,
            column=first.column,
            value=first.value,
            why=first.reason,
        )
    engine_clock = time.perf_counter()
    town, notes = plan_town(listed.households, villages, settings, workers=workers, progress=progress)
    engine_seconds = time.perf_counter() - engine_clock
    made = Made(town, listed, (*(known.notes if known else ()), *listed.notes, *notes))
    run = {"engine_seconds": round(engine_seconds, 3), "workers": workers, "started": started.isoformat("T", "seconds")}
    with _whole_or_nothing(folder) as draft:
        write_plan(town, draft / "plan.gpkg", lang)
        write_map(town, draft / "map.html", lang, town_title(town, lang))
        _write_json(draft / "report.json", report(made, settings))
        if listed.refused:
            write_refused(draft / "refused.csv", listed, lang)
        _write_json(draft / "run.json", {"seconds": round(time.perf_counter() - clock, 3), **run})
    return made


def plan_town(
    households: Sequence[Household],
    villages: Sequence[Village],
    settings: Settings,
    *,
    workers: int,
    progress: Progress,
) -> tuple[TownPlan, tuple[Message, ...]]:
    """Return the plan of every village that has households, and what was noticed about the boundaries."""
    lonlat = np.array([(household.lon, household.lat) for household in households])
    _refuse_around_the_world(lonlat[:, 0])
    lived_in = sorted({household.village for household in households})
    bounded = {known.name: known.boundary for known in villages if known.boundary is not None}
    names = [*lived_in, *sorted(bounded.keys() - set(lived_in))]
    index = {name: i for i, name in enumerate(lived_in)}
    village = np.array([index[household.village] for household in households])
    frame = LocalFrame.around(lonlat)
    given = {
        number: frame.shape_to_metres(shapely.segmentize(bounded[name], LONGEST_EDGE_DEGREES))
        for number, name in enumerate(names)
        if name in bounded
    }
    made = boundaries(frame.to_metres(lonlat), village, given)
    grounds = {number: made.ground[number] for number in index.values()}
    notes = _on_boundaries(made, names, given)
    works = {
        name: _Work(
            name,
            [households[i] for i in np.flatnonzero(village == number).tolist()],
            frame.shape_to_degrees(grounds[number]),
        )
        for name, number in index.items()
    }
    solutions = solve_villages([work.task for work in works.values()], settings, workers=workers, progress=progress)
    bounds = SizeBounds(settings.least, settings.most)
    planned = [
        _planned(works[name], solutions[name], bounds, number in made.given, _nearest(number, grounds, names))
        for name, number in index.items()
    ]
    return TownPlan(tuple(planned)), tuple(notes)


def _refuse_around_the_world(longitudes: NDArray[np.float64]) -> None:
    west, east = longitudes.min(), longitudes.max()
    if east - west > 180:
        raise InputRefused("plan.around_the_world", west=f"{west:g}", east=f"{east:g}")


def _on_boundaries(made: Grounds, names: Sequence[str], given: Mapping[int, BaseGeometry]) -> list[Message]:
    """Return what was done to boundaries that were given."""
    notes = [
        Message("plan.boundaries_overlap", {"first": names[first], "second": names[second]})
        for first, second in made.overlapping
    ]
    for host, guests in sorted(made.cut.items()):
        for code, chosen in (
            ("plan.boundary_cut", [v for v in guests if v not in given]),
            ("plan.boundary_inside", [v for v in guests if v in given]),
        ):
            if chosen:
                notes.append(Message(code, {"village": names[host], "others": ", ".join(names[v] for v in chosen)}))
    return notes


class _Work:
    """One village on its own plane."""

    def __init__(self, name: str, households: list[Household], boundary: BaseGeometry) -> None:
        lonlat = np.array([(household.lon, household.lat) for household in households])
        self.households = tuple(households)
        self.boundary = boundary
        self.frame = LocalFrame.around(lonlat)
        xy = np.round(self.frame.to_metres(lonlat), DECIMALS)
        self.task = Task(name, xy, self.frame.shape_to_metres(boundary))


def _planned(
    work: _Work, solution: Solution, bounds: SizeBounds, boundary_given: bool, nearest: str | None
) -> PlannedVillage:
    name = work.task.village
    ids = [household.household_id for household in work.households]
    sizes = np.bincount(solution.grid)
    exception = size_exception(name, len(ids), bounds, nearest)
    return PlannedVillage(
        plan=Plan(name, work.households, dict(zip(ids, (solution.grid + 1).tolist(), strict=True))),
        bounds=bounds,
        boundary=work.boundary,
        boundary_given=boundary_given,
        grids=tuple(
            DrawnGrid(
                number + 1,
                int(sizes[number]),
                float(solution.walk[number]),
                bool(solution.connected[number]),
                work.frame.shape_to_degrees(outline),
            )
            for number, outline in enumerate(solution.outline)
        ),
        exceptions=(exception,) if exception else (),
        outside=tuple(ids[i] for i in np.flatnonzero(solution.outside)),
    )


def _nearest(village: int, grounds: Mapping[int, BaseGeometry], names: Sequence[str]) -> str | None:
    others = [other for other in grounds if other != village]
    if not others:
        return None
    distance = shapely.distance(grounds[village], np.array([grounds[other] for other in others], object))
    return names[others[int(np.argmin(distance))]]


def report(made: Made, settings: Settings) -> dict[str, object]:
    """Return the content of report.json: the same bytes for the same input and seed."""
    town = made.town
    return {
        "households": metrics.households(town),
        "grids": metrics.grids(town),
        "exceptions": len(town.exceptions),
        "refused": len(made.households.refused),
        "walk_m": round(metrics.walk_m(town), 1),
        "lower_bound_m": None,
        "gap": None,
        "roads": False,
        "effort": settings.effort,
        "seed": settings.seed,
        "version": __version__,
        "settings": asdict(settings),
        "columns": dict(made.households.columns),
        "notes": [_in_all_languages(note) for note in made.notes],
        "disconnected_grids": [
            grid_id(village.plan.village, grid.number)
            for village in town.villages
            for grid in village.grids
            if not grid.connected
        ],
        "outside_boundary": [household for village in town.villages for household in village.outside],
        "villages": [
            {
                "village": village.plan.village,
                "households": len(village.plan.households),
                "grids": len(village.grids),
                "walk_m": round(village.walk_m, 1),
                "sizes_out_of_bounds": metrics.sizes_out_of_bounds(village),
                "exceptions": [
                    {
                        "reason": _in_all_languages(exception.reason),
                        "options": [_in_all_languages(option) for option in exception.options],
                    }
                    for exception in village.exceptions
                ],
            }
            for village in town.villages
        ],
    }


def _in_all_languages(message: Message) -> dict[str, str]:
    return {lang: message.say(lang) for lang in LANGS}


@contextmanager
def _whole_or_nothing(folder: Path) -> Iterator[Path]:
    """Yield a folder beside `folder` to write into; its files are moved over only once all of them are there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".draft-", dir=folder) as place:
            draft = Path(place)
            yield draft
            if taken := next((name for name in PLAN_FILES if (folder / name).is_dir()), None):
                raise OutputRefused("plan.in_the_way", path=str(folder / taken))
            for name in PLAN_FILES:
                if (draft / name).exists():
                    (draft / name).replace(folder / name)
                else:
                    (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputRefused("plan.folder", folder=str(folder), why=error.strerror or type(error).__name__) from error


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
