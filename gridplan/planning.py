"""Use cases at the desk, one function each: make a town's plan, and put it into files."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path

from gridplan import __version__, existing, metrics
from gridplan.anchors import anchored, placement
from gridplan.changes import Changes, compare
from gridplan.county import Progress, Settings
from gridplan.errors import InputRefused, OutputRefused
from gridplan.exchange.geopackage import read_plan, write_plan
from gridplan.exchange.lists.source import parse_source
from gridplan.exchange.members import MemberList, read_members, write_refused_members
from gridplan.exchange.read import HouseholdList, read_hamlets, read_households, read_villages, write_refused
from gridplan.exchange.webmap import town_title, write_map
from gridplan.exchange.workbook import write_workbook
from gridplan.model import Hamlet, TownPlan, Village, grid_id
from gridplan.people import assign_town
from gridplan.rules import Violation
from gridplan.town import plan_town
from gridplan.words import LANGS, Lang, Message

REFUSED_FILES = ("refused.csv", "refused_members.csv")
PLAN_FILES = ("plan.gpkg", "map.html", "plan.xlsx", "report.json", "run.json", *REFUSED_FILES)


@dataclass(frozen=True)
class Source:
    """The lists a town brings: where they are and how to read them. `frame` is that of the households' positions."""

    households: tuple[str, ...]
    villages: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    village_columns: Mapping[str, str] = field(default_factory=dict)
    snap: float = 0.0
    hamlets: str | None = None
    frame: str | None = None
    members: str | None = None
    member_columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lists:
    """A town's lists as they were understood, and all that was noticed while they were read."""

    households: HouseholdList
    villages: tuple[Village, ...]
    hamlets: tuple[Hamlet, ...]
    members: MemberList | None
    notes: tuple[Message, ...]

    @property
    def refused(self) -> int:
        """The rows of households and members that cannot be used."""
        return len(self.households.refused) + (len(self.members.refused) if self.members else 0)


@dataclass(frozen=True)
class Made:
    """A town's plan with what was noticed while it was made; of a kept plan, the rules it breaks."""

    town: TownPlan
    lists: Lists
    notes: tuple[Message, ...]
    violations: tuple[Violation, ...] = ()

    @property
    def households(self) -> HouseholdList:
        """The list of households."""
        return self.lists.households


def read_lists(source: Source) -> Lists:
    """Read all lists of a town.

    Raises
    ------
    InputRefused
        A list cannot be used.
    """
    known = read_villages(source.villages, columns=source.village_columns) if source.villages else None
    villages = known.villages if known else ()
    places = read_hamlets(source.hamlets) if source.hamlets else None
    hamlets = places.hamlets if places else ()
    households = read_households(
        source.households,
        columns=source.columns,
        villages=villages,
        snap=source.snap,
        frame=source.frame,
        hamlets=hamlets,
    )
    members = read_members(source.members, columns=source.member_columns) if source.members else None
    said = chain.from_iterable(read.notes for read in (known, places, households, members) if read)
    return Lists(households, villages, hamlets, members, tuple(said))


@dataclass(frozen=True)
class Checked:
    """What was understood of a town's lists, and what they change about a finished plan, if there is one."""

    lists: Lists
    changes: Changes | None


def check_files(source: Source, folder: Path, *, against: Path | None, lang: Lang) -> Checked:
    """Read a town's lists, compare them with a finished plan, and write nothing but the refused rows into `folder`.

    Raises
    ------
    InputRefused
        A list or the plan cannot be used.
    OutputRefused
        There are refused rows and the folder cannot be written, or is where the lists are.
    """
    _spare_lists(source, folder)
    lists = read_lists(source)
    changes = None
    if against is not None:
        old = [household for village in read_plan(against).villages for household in village.plan.households]
        listed = [replace(home, phone=None, address=None) for home in lists.households.households]  # no plan has them
        changes = compare(old, listed, made=lists.households.made_ids)
    try:
        if lists.refused:
            folder.mkdir(parents=True, exist_ok=True)
            _write_refused(folder, lists, lang)
    except OSError as error:
        raise OutputRefused("check.folder", folder=str(folder), why=error.strerror or type(error).__name__) from error
    return Checked(lists, changes)


def _spare_lists(source: Source, folder: Path) -> None:
    """Raise OutputRefused where rows that are refused would be written over the very list they are in."""
    given = [argument for argument in (*source.households, source.members) if argument]
    read = {parse_source(argument).path.resolve() for argument in given}
    for name in REFUSED_FILES:
        if (folder / name).resolve() in read:
            raise OutputRefused("plan.own_list", file=str(folder / name))


def _write_refused(folder: Path, lists: Lists, lang: Lang) -> None:
    if lists.households.refused:
        write_refused(folder / "refused.csv", lists.households, lang)
    if lists.members and lists.members.refused:
        write_refused_members(folder / "refused_members.csv", lists.members, lang)


def plan_files(
    source: Source,
    folder: Path,
    settings: Settings,
    *,
    strict: bool,
    workers: int,
    lang: Lang,
    progress: Progress,
    today: date,
    keep: bool = False,
    across_villages: bool = False,
) -> Made:
    """Read a town's lists, plan every village and write the plan into `folder`; with `keep`, with the grids it has.

    Where there is a list of members, every grid gets a person: who is excused on the day `today` has none, and nobody
    leads in another village than their own unless `across_villages`.

    Raises
    ------
    InputRefused
        A list cannot be used, `strict` and a row was refused, or `keep` and there is no grid; nothing was written.
    OutputRefused
        The folder cannot be written, or is where a list of refused rows was read from.
    """
    started = datetime.now(UTC)
    clock = time.perf_counter()
    _spare_lists(source, folder)
    lists = read_lists(source)
    if strict and lists.refused:
        raise _strict(lists)
    present = _present(lists.households, source) if keep else None
    households = anchored(lists.households.households, lists.hamlets, lists.villages)
    engine_clock = time.perf_counter()
    town, notes = plan_town(households, lists.villages, settings, workers=workers, progress=progress, present=present)
    engine_seconds = time.perf_counter() - engine_clock
    members = lists.members.members if lists.members else ()
    kept = existing.keep(town, present, members) if present else None
    town = kept.town if kept else town
    if members:
        town, said = _staffed(replace(town, members=town.members or members), today, across_villages)
        kept = existing.staffed(kept, town) if kept else None
        town = kept.town if kept else town
        notes = (*notes, *said)
    notes = (*lists.notes, *notes, *placement(town), *(_on_kept(kept) if kept else _on_replaced(lists.households)))
    made = Made(town, lists, notes, kept.violations if kept else ())
    run = {"engine_seconds": round(engine_seconds, 3), "workers": workers, "started": started.isoformat("T", "seconds")}
    with _whole_or_nothing(folder) as draft:
        write_plan(town, draft / "plan.gpkg", lang)
        write_map(town, draft / "map.html", lang, town_title(town, lang))
        write_workbook(town, draft / "plan.xlsx", lang, town_title(town, lang))
        _write_json(draft / "report.json", report(made, settings))
        _write_refused(draft, lists, lang)
        _write_json(draft / "run.json", {"seconds": round(time.perf_counter() - clock, 3), **run})
    return made


def _staffed(town: TownPlan, today: date, across_villages: bool) -> tuple[TownPlan, tuple[Message, ...]]:
    """Return the plan with its members given to its grids, those who lead already where they are, and notes on it."""
    leads = {(one.village, one.grid): one.member_id for one in town.assignments if one.role == "lead"}
    staffing = assign_town(town, town.members, today=today, across_villages=across_villages, fixed=leads)
    staffed = replace(town, members=staffing.members, assignments=staffing.assignments, shortages=staffing.shortages)
    return staffed, staffing.notes


def _strict(lists: Lists) -> InputRefused:
    refused = (*lists.households.refused, *(lists.members.refused if lists.members else ()))
    first = refused[0]
    return InputRefused(
        "plan.strict",
        n=len(refused),
        row=first.row,
        column=first.column,
        value=first.value,
        why=first.reason,
    )


def _present(listed: HouseholdList, source: Source) -> existing.Present:
    present = existing.present_grids(listed.households, listed.grid_of, listed.lead_of)
    if not present.grid_of:
        raise InputRefused("existing.none", file=", ".join(Path(path).name for path in source.households))
    return present


def _on_kept(kept: existing.Kept) -> Iterator[Message]:
    """Yield how many grids were kept, how often they break a rule, and what no exception of the plan can say."""
    yield Message("existing.kept", {"n": metrics.grids(kept.town), "broken": len(kept.violations)})
    yield from (violation.message for violation in kept.doubts)


def _on_replaced(listed: HouseholdList) -> Iterator[Message]:
    """Yield that there were grids already, where nobody asked to keep them."""
    if n := len(existing.present_grids(listed.households, listed.grid_of, {}).label_of):
        yield Message("existing.replaced", {"n": n})


def report(made: Made, settings: Settings) -> dict[str, object]:
    """Return the content of report.json: the same bytes for the same input and seed."""
    town = made.town
    return {
        "households": metrics.households(town),
        "grids": metrics.grids(town),
        "exceptions": len(town.exceptions),
        "refused": len(made.households.refused),
        "near_duplicates": len(made.households.near_duplicates),
        **people(town),
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
        "notes": [_in_all_languages(note) for note in made.notes],
        "disconnected_grids": [
            grid_id(village.plan.village, grid.number)
            for village in town.villages
            for grid in village.grids
            if not grid.connected
        ],
        "outside_boundary": [household for village in town.villages for household in village.outside],
        "kept": any(village.kept for village in town.villages),
        "violations": [_in_all_languages(violation.message) for violation in made.violations],
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
                        "reason": _in_all_languages(exception.reason),
                        "options": [_in_all_languages(option) for option in exception.options],
                    }
                    for exception in village.exceptions
                ],
            }
            for village in town.villages
        ],
    }


def people(town: TownPlan) -> dict[str, int | None]:
    """Return how many members, leads, deputies and grids without a lead there are; None where nobody is known."""
    if not town.members:
        return dict.fromkeys(("members", "leads", "deputies", "shortages"))
    roles = Counter(one.role for one in town.assignments)
    return {
        "members": len(town.members),
        "leads": roles["lead"],
        "deputies": roles["deputy"],
        "shortages": len(town.shortages),
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
