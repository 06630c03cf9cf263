"""What the command line prints after lists were checked and after a plan was made, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gridplan import metrics
from gridplan.exchange.tables.source import parse_source
from gridplan.planning import import_notes
from gridplan.planning.inputs import Lists, PlanSources
from gridplan.planning.report import PlanResult, other_grid_counts, staffing_figures
from gridplan.words import Lang, Message, metres, say

PROVEN = 1e-4
"""A gap below which a plan is called the best possible."""

if TYPE_CHECKING:
    from gridplan.planning.update.list_changes import ListChanges
    from gridplan.verify import Finding


def check_summary(lists: Lists, changes: ListChanges | None, source: PlanSources, folder: Path) -> Iterator[Message]:
    """Yield what was understood of lists, what they change about a plan, and what is left to look at."""
    yield from import_notes.list_notes(lists.households)
    yield from lists.notes
    yield from import_notes.unused_column_notes(lists.unused)
    if lists.members and source.members:
        yield from import_notes.member_list_notes(parse_source(source.members).name, lists.members)
    yield from import_notes.refusal_notes(lists.refused)
    if changes is not None:
        yield from import_notes.change_notes(changes)
    if changes and changes.unsure:
        yield Message("cli.unsure", {"n": len(changes.unsure), "file": str(folder / "unsure.csv")})
    yield from _refused(lists, folder)
    yield Message("cli.checked", {"n": len(lists.households.households), "refused": len(lists.refused)})


def plan_summary(made: PlanResult, folder: Path, lang: Lang) -> Iterator[Message]:
    """Yield what was noticed while a plan was made, its exceptions and its numbers, and where to look."""
    town = made.town
    yield from made.notes
    for exception in town.exceptions:
        choices = say("cli.or", lang).join(option.say(lang) for option in exception.options)
        values = {"village": exception.village, "reason": exception.reason, "options": choices}
        yield Message("cli.exception", values)
    yield from _refused(made.lists, folder)
    numbers = {
        "households": Message("count.households", {"n": metrics.households(town)}),
        "villages": Message("count.villages", {"n": len(town.villages)}),
        "grids": Message("count.grids", {"n": metrics.grids(town)}),
    }
    if walkers := metrics.walkers(town):
        walk = metrics.walk_m(town)
        lengths = {"walk": metres(walk, lang), "each": metres(walk / walkers, lang)}
        yield Message("cli.planned", {**numbers, **lengths})
        if (gap := metrics.gap(walk, metrics.lower_bound_m(town))) is not None:
            yield Message("cli.proven" if gap < PROVEN else "cli.gap", {"gap": f"{100 * gap:.2f}"})
        for grids, share in other_grid_counts(made):
            code = "cli.fewer_grids" if grids < 0 else "cli.more_grids"
            yield Message(code, {"n": abs(grids), "share": f"{100 * abs(share):.1f}"})
    else:
        yield Message("cli.planned_undrawn", numbers)
    if made.early:
        values = {"less_effort": len(made.early.less_effort), "no_bound": len(made.early.no_bound)}
        yield Message("cli.early", {name: Message("count.villages", {"n": n}) for name, n in values.items()})
    if town.members:
        yield Message("cli.people", staffing_figures(town))
    yield Message("cli.look", {"map": str(folder / "map.html")})


def finding_message(finding: Finding) -> Message:
    """Return what verify found, a note marked as such."""
    return Message("cli.note", {"text": finding.message}) if finding.is_note else finding.message


def _refused(lists: Lists, folder: Path) -> Iterator[Message]:
    """Yield how many rows were refused, and which file says why."""
    if n := len(lists.households.refused):
        yield Message("cli.refused", {"n": n, "file": str(folder / "refused.csv")})
    if lists.members and (n := len(lists.members.refused)):
        yield Message("cli.members_refused", {"n": n, "file": str(folder / "refused_members.csv")})
