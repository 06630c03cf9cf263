"""A newer list against a finished plan: the households of the plan as the list has them, and what is in doubt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gridplan.exchange.lists.households.households import HouseholdList
from gridplan.model import Household, grid_id
from gridplan.planning.hamlet_places import place_at_hamlets
from gridplan.planning.import_notes import change_notes
from gridplan.planning.inputs import Lists
from gridplan.planning.update.answers import read_answers, write_gone, write_unsure
from gridplan.planning.update.list_changes import ListChanges, compare_lists, merge_lists
from gridplan.words import Lang, Message


@dataclass(frozen=True)
class ListComparison:
    """What a list changes about a plan: `listed` are the households of the list with what plans hold of households."""

    planned: tuple[Household, ...]
    listed: tuple[Household, ...]
    grid_of: Mapping[str, str]
    """Grids of the plan by its households."""
    changes: ListChanges

    def write_gone(self, path: Path) -> None:
        """Write the households of the plan that the list lacks."""
        gone = set(self.changes.gone)
        write_gone(path, [home for home in self.planned if home.household_id in gone], self.grid_of)

    def write_unsure(self, path: Path, lang: Lang) -> None:
        """Write the households that are in doubt, to be answered."""
        write_unsure(path, self.listed, self.planned, self.changes.unsure, lang)


def compare_with_plan(listed: HouseholdList, against: Path) -> ListComparison:
    """Return what a list changes about the plan in a plan.gpkg; InputRefused where that cannot be used."""
    from gridplan.exchange.geopackage import read_plan  # not above: it loads pandas, and checking a list needs none

    town = read_plan(against)
    planned = tuple(home for village in town.villages for home in village.plan.households)
    homes = tuple(replace(home, phone=None, address=None) for home in listed.households)  # no plan has them
    grid_of = {
        household: grid_id(village.plan.village, number)
        for village in town.villages
        for household, number in village.plan.grid_of.items()
    }
    return ListComparison(planned, homes, grid_of, compare_lists(planned, homes, made=listed.made_ids))


def update_plan(lists: Lists, against: Path, answers: str | None) -> tuple[Lists, ListComparison, tuple[Message, ...]]:
    """Return the lists with the households of a finished plan as the list of households has them, and what it changes.

    Who is missing there stays, ids are carried over, and the new are added. Who is in doubt and not answered for waits:
    the plan keeps the household it has.

    Raises
    ------
    InputRefused
        The plan or one of the answers cannot be used.
    """
    listed, before = lists.households, compare_with_plan(lists.households, against)
    known, unneeded = read_answers(answers, before.listed, before.planned, before.changes) if answers else ({}, 0)
    result = merge_lists(before.planned, before.listed, made=listed.made_ids, answers=known)
    id_of = result.id_of
    households = replace(
        listed,
        households=result.households,
        grid_of={id_of[home]: grid for home, grid in listed.grid_of.items() if home in id_of},
        lead_of={id_of[home]: lead for home, lead in listed.lead_of.items() if home in id_of},
        group_of={id_of[home]: group for home, group in listed.group_of.items() if home in id_of},
    )
    changes = replace(result.changes, new=tuple(id_of[home] for home in result.changes.new))
    notes = list(change_notes(changes))
    if unneeded:
        notes.append(Message("answers.unneeded", {"n": unneeded}))
    return replace(lists, households=households), replace(before, changes=changes), tuple(notes)


def update_hamlet_places(households: Sequence[Household], lists: Lists) -> tuple[Household, ...]:
    """Return households with those that stand on an anchor on the one that is right now, if any is known now."""
    lost = [home if home.position == "exact" else replace(home, lon=math.nan, lat=math.nan) for home in households]
    found = place_at_hamlets(lost, lists.hamlets, lists.villages)
    return tuple(now if now.has_place else was for was, now in zip(households, found, strict=True))
