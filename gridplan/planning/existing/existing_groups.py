"""The party groups that a branch has, as a list tells of them household by household: a grid is in that of most."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gridplan.exchange.lists.plan_workbook import GridRow
from gridplan.model import GridKey, Household, PartyGroup, grid_id
from gridplan.planning.existing.labels import DIGITS, folded_label, numbers_of_labels
from gridplan.words import Message


@dataclass(frozen=True, slots=True)
class ExistingGroups:
    """The party groups of a town's grids, and notes on grids whose households name several."""

    group_of: Mapping[GridKey, int] = field(default_factory=dict)
    groups: Mapping[str, tuple[PartyGroup, ...]] = field(default_factory=dict)
    """By village."""
    notes: tuple[Message, ...] = ()


def existing_groups(
    households: Iterable[Household],
    grid_of: Mapping[str, int],
    group_of: Mapping[str, str],
    row_of: Mapping[GridKey, GridRow],
) -> ExistingGroups:
    """Return the party groups of grids.

    A grid is in the group that most of its households name, or in the one on the sheet of grids of a workbook that
    gridplan wrote. A group has the number in its name, as grids have.

    Parameters
    ----------
    grid_of, group_of
        The number of the grid, and what the list calls the party group, by household.
    row_of
        The rows of the workbook, if there is one, by the grids they are about.
    """
    named: dict[GridKey, Counter[str]] = defaultdict(Counter)
    written: dict[str, str] = {}
    for home in households:
        if home.household_id in grid_of and (text := group_of.get(home.household_id)):
            label = folded_label(text)
            written.setdefault(label, text)
            named[home.village, grid_of[home.household_id]][label] += 1
    notes = [_differ(key, counted, written) for key, counted in named.items() if len(counted) > 1]
    chosen = {key: counted.most_common(1)[0][0] for key, counted in named.items()}
    for key, row in row_of.items():
        if row.group:
            chosen[key] = folded_label(row.group)
            written.setdefault(chosen[key], row.group)
    sizes: dict[str, Counter[str]] = defaultdict(Counter)
    for (village, _), label in chosen.items():
        sizes[village][label] += 1
    numbers = {village: numbers_of_labels(labels) for village, labels in sizes.items()}
    return ExistingGroups(
        group_of={(village, grid): numbers[village][label] for (village, grid), label in chosen.items()},
        groups={
            village: tuple(
                PartyGroup(number, None if DIGITS.fullmatch(label) else written[label]) for label, number in of.items()
            )
            for village, of in numbers.items()
        },
        notes=tuple(notes),
    )


def _differ(key: GridKey, counted: Counter[str], written: Mapping[str, str]) -> Message:
    (label, n), *_ = counted.most_common(1)
    values = {"grid": grid_id(*key), "group": written[label], "n": n, "others": counted.total() - n}
    return Message("existing.groups_differ", values)
