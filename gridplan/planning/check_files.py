"""The use case of `gridplan check`: lists are read before anything is planned. It loads nothing of the engine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from gridplan.errors import OutputRefused
from gridplan.exchange.lists.households.households import write_refused
from gridplan.exchange.lists.members import write_refused_members
from gridplan.exchange.lists.refused_csv import VERDICT
from gridplan.planning.inputs import Lists, PlanSources, read_lists
from gridplan.planning.output_folder import atomic_folder, check_not_input, remove_stale
from gridplan.planning.update.answers import GONE, UNSURE, has_answers
from gridplan.planning.update.list_changes import ListChanges
from gridplan.planning.update.plan_update import ListComparison, compare_with_plan
from gridplan.words import Lang

LAST_COLUMNS = {"refused.csv": VERDICT, "refused_members.csv": VERDICT, "gone.csv": GONE, "unsure.csv": UNSURE}
"""Files that are there only if there is something for people to check, and the last columns of each."""
REVIEW_FILES = ("refused.csv", "refused_members.csv", "gone.csv")


def check_files(sources: PlanSources, folder: Path, lang: Lang) -> tuple[Lists, ListChanges | None]:
    """Return a town's lists and what they change about a finished plan, if there is one.

    What is refused is written into `folder` and, of the plan, which households are gone or in doubt. What an earlier
    check left there goes where there is no more of it.

    Raises
    ------
    InputRefused
        A list or the plan cannot be used.
    OutputRefused
        There is something to write and the folder cannot be written, is where the lists are, or has answers in it.
    """
    check_not_input(sources.files, folder, LAST_COLUMNS)
    lists = read_lists(sources)
    comparison = compare_with_plan(lists.households, sources.against) if sources.against else None
    left = review_files(lists, comparison, lang)
    answered = has_answers(folder / "unsure.csv")
    if comparison and comparison.changes.unsure:
        if answered:
            raise OutputRefused("check.answered", file=str(folder / "unsure.csv"))
        left["unsure.csv"] = partial(comparison.write_unsure, lang=lang)
    if left:
        with atomic_folder(folder, tuple(left), "check.folder") as draft:
            for name, write in left.items():
                write(draft / name)
    stays = {*left, "unsure.csv"} if answered else {*left}
    remove_stale(folder, {name: columns for name, columns in LAST_COLUMNS.items() if name not in stays})
    return lists, comparison.changes if comparison else None


def review_files(lists: Lists, comparison: ListComparison | None, lang: Lang) -> dict[str, Callable[[Path], None]]:
    """Return what writes each of `REVIEW_FILES` that there is something to say in."""
    left: dict[str, Callable[[Path], None]] = {}
    if lists.households.refused:
        left["refused.csv"] = partial(write_refused, households=lists.households, lang=lang)
    if lists.members and lists.members.refused:
        left["refused_members.csv"] = partial(write_refused_members, members=lists.members, lang=lang)
    if comparison and comparison.changes.gone:
        left["gone.csv"] = comparison.write_gone
    return left
