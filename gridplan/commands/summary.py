"""What the command line prints after lists were checked and after a plan was made, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gridplan import metrics
from gridplan.exchange.lists.village_doubts import LOUD
from gridplan.exchange.tables.source import parse_source
from gridplan.model import PlanException, TownPlan
from gridplan.planning import import_notes
from gridplan.planning.inputs import Lists, PlanSources
from gridplan.planning.report import PlanResult, other_grid_counts, staffing_figures, whole_hamlets_bound
from gridplan.rules import SPLIT_NOTES
from gridplan.words import Lang, Message, metres, say

PROVEN = 1e-4
"""A gap below which a plan is called the best possible."""
MOST_ALIKE: Final = 3
"""Sentences of one kind that stand on the screen; the others are counted there, and in the report."""

if TYPE_CHECKING:
    from gridplan.planning.update.list_changes import ListChanges
    from gridplan.verify import Finding


def check_summary(lists: Lists, changes: ListChanges | None, source: PlanSources, folder: Path) -> Iterator[Message]:
    """Yield what was understood of lists, what they change about a plan, and what is left to look at."""
    yield from import_notes.list_notes(lists.households)
    yield from lists.notes
    yield from import_notes.name_notes(lists)
    yield from import_notes.unused_column_notes(lists.unused)
    if lists.members and source.members:
        yield from import_notes.member_list_notes(parse_source(source.members).name, lists.members)
    yield from import_notes.refusal_notes(lists.refused)
    if changes is not None:
        yield from import_notes.change_notes(changes)
    if changes and changes.unsure:
        yield Message("cli.unsure", {"n": len(changes.unsure), "file": str(folder / "unsure.csv")})
    yield from _refused(lists, folder)
    yield from import_notes.village_notes(lists, source)
    yield Message("cli.checked", {"n": len(lists.households.households), "refused": len(lists.refused)})


def plan_summary(made: PlanResult, folder: Path, lang: Lang) -> Iterator[Message]:
    """Yield what was noticed while a plan was made, its exceptions and its numbers, and where to look."""
    town, report = made.town, str(folder / "report.json")
    if split := {str(note.values["village"]) for note in made.notes if note.code in SPLIT_NOTES}:
        yield Message("cli.split_hamlets", {"villages": Message("count.villages", {"n": len(split)}), "file": report})
    yield from _few_of_each((note for note in made.notes if note.code not in (*SPLIT_NOTES, LOUD)), report)
    yield from _few_of_each((_exception(one, lang) for one in town.exceptions), report)
    yield from _refused(made.lists, folder)
    yield from (note for note in made.notes if note.code == LOUD)
    yield _planned(town, lang)
    if between := metrics.places_walk_m(town):
        yield Message("cli.places_walk", {"walk": metres(between, lang)})
    if metrics.walkers(town):
        if (gap := metrics.gap(metrics.walk_m(town), metrics.lower_bound_m(town))) is not None:
            whole = metrics.gap(metrics.walk_m(town), whole_hamlets_bound(made))
            plain = {"gap": f"{100 * gap:.2f}"}
            if whole is not None and whole < gap - PROVEN:
                yield Message("cli.gap_of_hamlets", {"whole": f"{100 * whole:.2f}", **plain})
            else:
                yield Message("cli.proven" if gap < PROVEN else "cli.gap", plain)
        for grids, share in other_grid_counts(made):
            code = "cli.fewer_grids" if grids < 0 else "cli.more_grids"
            yield Message(code, {"n": abs(grids), "share": f"{100 * abs(share):.1f}"})
    if made.early:
        values = {"less_effort": len(made.early.less_effort), "no_bound": len(made.early.no_bound)}
        yield Message("cli.early", {name: Message("count.villages", {"n": n}) for name, n in values.items()})
    yield from _people(town)
    yield Message("cli.look", {"map": str(folder / "map.html")})


def demo_summary(made: PlanResult, folder: Path, lang: Lang) -> Iterator[Message]:
    """Yield the numbers of the demo town's plan, and where the rest is."""
    yield _planned(made.town, lang)
    yield from _people(made.town)
    yield Message("cli.look", {"map": str(folder / "map.html")})


def _planned(town: TownPlan, lang: Lang) -> Message:
    numbers = {
        "households": Message("count.households", {"n": metrics.households(town)}),
        "villages": Message("count.villages", {"n": len(town.villages)}),
        "grids": Message("count.grids", {"n": metrics.grids(town)}),
    }
    if not (walkers := metrics.walkers(town)):
        return Message("cli.planned_undrawn", numbers)
    walk = metrics.walk_m(town)
    return Message("cli.planned", {**numbers, "walk": metres(walk, lang), "each": metres(walk / walkers, lang)})


def _people(town: TownPlan) -> Iterator[Message]:
    if town.members:
        yield Message("cli.people", staffing_figures(town))


def _exception(exception: PlanException, lang: Lang) -> Message:
    choices = say("cli.or", lang).join(option.say(lang) for option in exception.options)
    return Message("cli.exception", {"village": exception.village, "reason": exception.reason, "options": choices})


def _few_of_each(messages: Iterable[Message], report: str) -> Iterator[Message]:
    """Yield the first messages of each kind, and how many more the report has."""
    of_kind: dict[str, list[Message]] = {}
    for message in messages:
        of_kind.setdefault(message.code, []).append(message)
    for alike in of_kind.values():
        yield from alike[:MOST_ALIKE]
        if len(alike) > MOST_ALIKE:
            yield Message("cli.more_alike", {"n": len(alike) - MOST_ALIKE, "file": report})


def finding_message(finding: Finding) -> Message:
    """Return what verify found, a note marked as such."""
    return Message("cli.note", {"text": finding.message}) if finding.is_note else finding.message


def _refused(lists: Lists, folder: Path) -> Iterator[Message]:
    """Yield how many rows were refused, and which file says why."""
    if n := len(lists.households.refused):
        yield Message("cli.refused", {"n": n, "file": str(folder / "refused.csv")})
    if lists.members and (n := len(lists.members.refused)):
        yield Message("cli.members_refused", {"n": n, "file": str(folder / "refused_members.csv")})
