"""Use cases at the desk, one function each: make a town's plan, and put it into files."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from gridplan import __version__, existing, metrics
from gridplan.anchors import anchored, placement
from gridplan.county import Progress, Settings
from gridplan.errors import InputRefused, OutputRefused
from gridplan.exchange.geopackage import write_plan
from gridplan.exchange.read import HouseholdList, read_hamlets, read_households, read_villages, write_refused
from gridplan.exchange.webmap import town_title, write_map
from gridplan.model import TownPlan, grid_id
from gridplan.rules import Violation
from gridplan.town import plan_town
from gridplan.words import Lang, Message

PLAN_FILES = ("plan.gpkg", "map.html", "report.json", "run.json", "refused.csv")


@dataclass(frozen=True)
class Made:
    """A town's plan with what was noticed while it was made; of a kept plan, the rules it breaks."""

    town: TownPlan
    households: HouseholdList
    notes: tuple[Message, ...]
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True)
class Source:
    """The lists a town brings: where they are and how to read them."""

    households: str
    villages: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    village_columns: Mapping[str, str] = field(default_factory=dict)
    snap: float = 0.0
    hamlets: str | None = None


def plan_files(
    source: Source,
    folder: Path,
    settings: Settings,
    *,
    strict: bool,
    workers: int,
    lang: Lang,
    progress: Progress,
    keep: bool = False,
) -> Made:
    """Read a town's lists, plan every village and write the plan into `folder`; with `keep`, with the grids it has.

    Raises
    ------
    InputRefused
        A list cannot be used, `strict` and a row was refused, or `keep` and there is no grid; nothing was written.
    OutputRefused
        The folder cannot be written.
    """
    started = datetime.now(UTC)
    clock = time.perf_counter()
    known = read_villages(source.villages, columns=source.village_columns) if source.villages else None
    villages = known.villages if known else ()
    places = read_hamlets(source.hamlets) if source.hamlets else None
    hamlets = places.hamlets if places else ()
    listed = read_households(
        source.households, columns=source.columns, villages=villages, snap=source.snap, hamlets=hamlets
    )
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
    present = _present(listed, source) if keep else None
    households = anchored(listed.households, hamlets, villages)
    engine_clock = time.perf_counter()
    town, notes = plan_town(households, villages, settings, workers=workers, progress=progress, present=present)
    engine_seconds = time.perf_counter() - engine_clock
    kept = existing.keep(town, present) if present else None
    town = kept.town if kept else town
    # ---- the people for the grids are found here; a kept plan has those the town named
    notes = (*notes, *placement(town), *(_on_kept(kept) if kept else _on_replaced(listed)))
    said = chain.from_iterable(lists.notes for lists in (known, places, listed) if lists)
    made = Made(town, listed, (*said, *notes), kept.violations if kept else ())
    run = {"engine_seconds": round(engine_seconds, 3), "workers": workers, "started": started.isoformat("T", "seconds")}
    with _whole_or_nothing(folder) as draft:
        write_plan(town, draft / "plan.gpkg", lang)
        write_map(town, draft / "map.html", lang, town_title(town, lang))
        _write_json(draft / "report.json", report(made, settings, lang))
        if listed.refused:
            write_refused(draft / "refused.csv", listed, lang)
        _write_json(draft / "run.json", {"seconds": round(time.perf_counter() - clock, 3), **run})
    return made


def _present(listed: HouseholdList, source: Source) -> existing.Present:
    present = existing.present_grids(listed.households, listed.grid_of, listed.lead_of)
    if not present.grid_of:
        raise InputRefused("existing.none", file=Path(source.households).name)
    return present


def _on_kept(kept: existing.Kept) -> Iterator[Message]:
    """Yield how many grids were kept, how often they break a rule, and what no exception of the plan can say."""
    yield Message("existing.kept", {"n": metrics.grids(kept.town), "broken": len(kept.violations)})
    yield from (violation.message for violation in kept.doubts)


def _on_replaced(listed: HouseholdList) -> Iterator[Message]:
    """Yield that there were grids already, where nobody asked to keep them."""
    if n := len(existing.present_grids(listed.households, listed.grid_of, {}).label_of):
        yield Message("existing.replaced", {"n": n})


def report(made: Made, settings: Settings, lang: Lang) -> dict[str, object]:
    """Return the content of report.json: the same bytes for the same input and seed."""
    town = made.town
    return {
        "households": metrics.households(town),
        "grids": metrics.grids(town),
        "exceptions": len(town.exceptions),
        "refused": len(made.households.refused),
        "near_duplicates": len(made.households.near_duplicates),
        "placed": metrics.placed(town),
        "unplaced": metrics.households(town) - metrics.placed(town),
        "walk_m": round(metrics.walk_m(town), 1),
        "lower_bound_m": None,
        "gap": None,
        "roads": False,
        "effort": settings.effort,
        "seed": settings.seed,
        "version": __version__,
        "settings": asdict(settings),
        "columns": dict(made.households.columns),
        "notes": [note.say(lang) for note in made.notes],
        "disconnected_grids": [
            grid_id(village.plan.village, grid.number)
            for village in town.villages
            for grid in village.grids
            if not grid.connected
        ],
        "outside_boundary": [household for village in town.villages for household in village.outside],
        "kept": any(village.kept for village in town.villages),
        "violations": [violation.message.say(lang) for violation in made.violations],
        "villages": [
            {
                "village": village.plan.village,
                "households": len(village.plan.households),
                "placed": village.placed,
                "grids": len(village.grids),
                "walk_m": None if village.walk_m is None else round(village.walk_m, 1),
                "sizes_out_of_bounds": metrics.sizes_out_of_bounds(village),
                "exceptions": [
                    {
                        "reason": exception.reason.say(lang),
                        "options": [option.say(lang) for option in exception.options],
                    }
                    for exception in village.exceptions
                ],
            }
            for village in town.villages
        ],
    }


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
