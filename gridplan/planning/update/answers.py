"""What a newer list leaves open about a plan: unsure.csv, for the planner to answer, and gone.csv, to check."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from gridplan.errors import InputRefused
from gridplan.exchange.csv_file import escape_formula, unescape
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.cells import refused
from gridplan.exchange.tables.read import read_table
from gridplan.model import Household
from gridplan.names import folded
from gridplan.planning.update.list_changes import ListChanges
from gridplan.words import Lang, say

UNSURE: Final = ("household", "name", "door", "village", "hamlet", "candidates", "answer", "remedy")
GONE: Final = ("household", "name", "door", "village", "hamlet", "grid")
ASKED: Final = ("household", "answer")
"""What unsure.csv cannot do without when it is read back."""
NEW: Final = {"new", "新", "新户", "新增"}


def write_unsure(
    path: Path,
    listed: Sequence[Household],
    planned: Sequence[Household],
    unsure: Mapping[str, Sequence[str]],
    lang: Lang,
) -> None:
    """Write the households of a list that may be some of a plan, each with those and a blank cell for the answer."""
    old = {home.household_id: home for home in planned}
    how = say("answers.how", lang)
    doubtful = (home for home in listed if home.household_id in unsure)
    candidates = ((home, "; ".join(_shown(old[id_]) for id_ in unsure[home.household_id])) for home in doubtful)
    _write(path, UNSURE, ((*_who(home), shown, "", how) for home, shown in candidates))


def write_gone(path: Path, gone: Sequence[Household], grid_of: Mapping[str, str]) -> None:
    """Write the households of a plan that a list lacks, each with the grid it was in."""
    _write(path, GONE, ((*_who(home), grid_of.get(home.household_id, "")) for home in gone))


def has_answers(path: Path) -> bool:
    """Return whether there is an unsure.csv with an answer in it."""
    if not path.is_file():
        return False
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return any((row.get("answer") or "").strip() for row in csv.DictReader(file))


def read_answers(
    argument: str, listed: Sequence[Household], planned: Sequence[Household], changes: ListChanges
) -> tuple[dict[str, str | None], int]:
    """Return what a planner wrote into unsure.csv, saved as CSV or as a workbook; a blank cell is no answer.

    That is, for each household in doubt, by their ids, the household of the plan that it is, None for a new one; and
    how many answers are about households that leave no doubt. `changes` are those of the list as long as nothing is
    answered.

    Raises
    ------
    InputRefused
        The file cannot be read or lacks a column, or one of its answers cannot be used.
    """
    table = read_table(argument)
    if missing := next((column for column in ASKED if column not in table.header), None):
        raise InputRefused("answers.no_column", file=table.source.name, column=missing)
    rows = Rows(table, {column: (frozenset([column]),) for column in (*ASKED, "name", "village")}, {})
    answers = dict(_answers(rows, {home.household_id: home for home in listed}, planned, changes))
    if rows.refusals:
        first = rows.refusals[min(rows.refusals)]
        values = {"row": first.row, "column": first.column, "value": first.value}
        values |= {"reason": first.reason, "remedy": first.remedy}
        raise InputRefused("answers.refused", file=first.table, n=len(rows.refusals), **values)
    needed = {household: id_ for household, id_ in answers.items() if household in changes.unsure}
    return needed, len(answers) - len(needed)


def _answers(
    rows: Rows, listed: Mapping[str, Household], planned: Sequence[Household], changes: ListChanges
) -> Iterator[tuple[str, str | None]]:
    """Yield the answers that can be used, and refuse the rows of the others."""
    household, name, village, answer = (
        [unescape(cell).strip() for cell in rows.cells(column)] for column in ("household", "name", "village", "answer")
    )
    known = {home.household_id for home in planned}
    new_of = {old: new for new, old in changes.old_of.items()}
    answered: set[str] = set()
    for at in list(rows):
        id_, text = household[at], answer[at]
        is_new = text.casefold() in NEW and text not in known
        if not text:
            continue
        if id_ not in listed or not _is_called(listed[id_], name[at], village[at]):
            rows.refuse(at, refused("household", "answers.row.other_list", "answers.remedy.check_again"))
        elif id_ in answered:
            rows.refuse(at, refused("household", "answers.row.twice", "answers.remedy.one_row"))
        elif id_ in changes.unsure and not is_new and text not in known:
            rows.refuse(at, refused("answer", "answers.row.unknown", "answers.how"))
        elif id_ in changes.unsure and text in new_of:
            rows.refuse(at, refused("answer", "answers.row.taken", "answers.how", other=new_of[text]))
        else:
            answered.add(id_)
            if id_ in changes.unsure and not is_new:
                new_of[text] = id_
            yield id_, None if is_new else text


def _is_called(home: Household, name: str, village: str) -> bool:
    """Return whether a household has this name and is of this village; a blank says nothing."""
    return folded(name) in ("", folded(home.name)) and folded(village) in ("", folded(home.village))


def _who(home: Household) -> tuple[str, ...]:
    return (home.household_id, home.name or "", home.door or "", home.village, home.hamlet or "")


def _shown(home: Household) -> str:
    known = ", ".join(filter(None, (home.name, home.door)))
    return f"{home.household_id} ({known})" if known else home.household_id


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table as CSV in UTF-8, with the mark that makes a spreadsheet read it as such."""
    with path.open("w", encoding="utf-8-sig", newline="", errors="backslashreplace") as file:
        csv.writer(file).writerows([header, *(map(escape_formula, row) for row in rows)])
