"""A town's plan as plan.xlsx, for the desk and the printer. Its sheet of households can be edited and read back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from gridplan.exchange.tables.source import PLANS_SHEET
from gridplan.exchange.workbook_people import WorkbookPeople
from gridplan.exchange.xlsx import Column, Row, Rows, Table, write_spreadsheet
from gridplan.model import DrawnGrid, PlannedVillage, Role, TownPlan, grid_id
from gridplan.rules import far_households, group_exceptions, mixed_grids
from gridplan.words import BETWEEN, LANGS, Lang, Message, heading, say, standard

ROLES: Final[tuple[Role, ...]] = ("lead", "deputy")
KINDS: Final = {
    "party_member": "book.kind.party_member",
    "village_cadre": "book.kind.village_cadre",
    "town_cadre": "book.kind.town_cadre",
    "volunteer": "book.kind.volunteer",
}
ORIGIN_COLUMNS: Final = ("village", "plan", "version")
"""Of the sheet that names the plans, in every language the same."""
FORMER_TITLES: Final[Mapping[str, tuple[str, ...]]] = {
    "book.sheet.grids": ("网格",),
    "book.sheet.members": ("成员",),
    "book.grid_code": ("网格代码",),
    "book.grid": ("网格编号",),
    "book.label": ("原网格名称",),
    "book.lead": ("网格长",),
    "book.lead_code": ("网格长编号",),
    "book.grid_deputies": ("副职联户党员",),
    "book.member_code": ("成员编号",),
    "book.lead_of": ("任网格长",),
}
"""What sheets and columns that are read back were called by earlier versions."""


def write_workbook(town: TownPlan, path: Path, lang: Lang, title: str) -> None:
    """Write plan.xlsx: a summary, grids, households by grid, members, exceptions and shortage.

    A household that stands on the anchor of its hamlet has no longitude and latitude there, so that nobody takes the
    anchor for its home when the sheet is read back.

    Raises
    ------
    OutputRefused
        The disk does not take it.
    """
    people = WorkbookPeople(town, lang)
    tables = (
        _summary(town, people, lang, title),
        _grids(town, people, lang),
        _households(town, people, lang),
        _members(town, people, lang),
        _exceptions(town, lang),
        _shortage(town, people, lang),
        *_origins(town),
    )
    write_spreadsheet(path, title, tables, page=say("book.page", lang))


def _origins(town: TownPlan) -> Iterator[Table]:
    """Yield the sheet, not to be seen, that says which plans of a service these are, if they are any."""
    rows = [
        (one.plan.village, str(one.plan.origin.key), str(one.plan.origin.version))
        for one in town.villages
        if one.plan.origin is not None
    ]
    if rows:
        yield Table(PLANS_SHEET, tuple(map(Column, ORIGIN_COLUMNS)), rows, empty="", hidden=True)


def sheet_to_read_back(sheets: Collection[str | None]) -> str | None:
    """Return the sheet of households among the sheets of a workbook, if `write_workbook` wrote it in any language."""
    for lang in LANGS:
        found = [title_among(sheets, f"book.sheet.{sheet}", lang) for sheet in ("summary", "grids", "households")]
        if None not in found:
            return found[-1]
    return None


def title_among(titles: Collection[str | None], code: str, lang: Lang) -> str | None:
    """Return which of some titles of sheets or columns is that of `code`, now or in an earlier version."""
    known = (standard(code, lang), *FORMER_TITLES.get(code, ()))
    return next((title for title in known if title in titles), None)


def _summary(town: TownPlan, people: WorkbookPeople, lang: Lang, title: str) -> Table:
    return Table(
        name=standard("book.sheet.summary", lang),
        columns=(
            Column(heading("book.village", lang)),
            Column(heading("book.households", lang), "amount"),
            Column(heading("book.grids", lang), "amount"),
            Column(heading("book.mean_size", lang), "tenths"),
            Column(heading("book.walk", lang), "amount"),
            Column(heading("book.walk_each", lang), "amount"),
            Column(heading("book.leads", lang), "amount"),
            Column(heading("book.deputies", lang), "amount"),
            Column(heading("book.without_lead", lang), "amount"),
            Column(heading("book.exceptions", lang), "amount"),
            Column(heading("book.left_out", lang), "amount"),
        ),
        rows=[(village.plan.village, *_numbers([village], people)) for village in town.villages],
        empty=say("book.no_villages", lang),
        heading=(title,),
        total=(say("book.total", lang), *_numbers(town.villages, people)),
    )


def _numbers(villages: Sequence[PlannedVillage], people: WorkbookPeople) -> Row:
    """Return the numbers of the summary for some villages; walks are None where one of their grids is not drawn."""
    grids = [(village.plan.village, grid) for village in villages for grid in village.grids]
    size = sum(grid.size for _, grid in grids)
    walks = [grid.walk_m for _, grid in grids if grid.walk_m is not None]
    walk_m = round(sum(walks), 2) if len(walks) == len(grids) else None
    leads, deputies = (
        [people.of_grid.get((village, grid.number, role), []) for village, grid in grids] for role in ROLES
    )
    return (
        sum(len(village.plan.households) for village in villages),
        len(grids),
        round(size / len(grids), 2) if grids else None,
        walk_m,
        round(walk_m / size, 2) if walk_m is not None and size else None,
        len(set(chain(*leads))),
        len(set(chain(*deputies))),
        leads.count([]),
        sum(len(village.exceptions) for village in villages),
        sum(len(village.plan.left_out) for village in villages),
    )


def _is_labelled(town: TownPlan) -> bool:
    return any(grid.label for village in town.villages for grid in village.grids)


def _grids(town: TownPlan, people: WorkbookPeople, lang: Lang) -> Table:
    labelled, grouped = _is_labelled(town), any(village.groups for village in town.villages)
    is_told = any(village.plan.absent is not None for village in town.villages)
    called = {
        (one.plan.village, group.number): group.name or group.number for one in town.villages for group in one.groups
    }
    rows = [
        (
            grid_id(name, grid.number),
            name,
            grid.number,
            *((grid.label,) if labelled else ()),
            *((called.get((name, grid.group_number or 0)),) if grouped else ()),
            grid.size,
            *(((village.living or {}).get(grid.number),) if is_told else ()),
            people.names(name, grid.number, "lead"),
            people.codes(name, grid.number, "lead"),
            people.names(name, grid.number, "deputy"),
            None if grid.walk_m is None else round(grid.walk_m, 2),
            _mark(village, grid, people, lang),
        )
        for village in town.villages
        for name in [village.plan.village]
        for grid in village.grids
    ]
    return Table(
        name=standard("book.sheet.grids", lang),
        columns=(
            Column(heading("book.grid_code", lang)),
            Column(heading("book.village", lang)),
            Column(heading("book.grid", lang), "number"),
            *((Column(heading("book.label", lang)),) if labelled else ()),
            *((Column(heading("book.group", lang), "number"),) if grouped else ()),
            Column(heading("book.households", lang), "amount"),
            *((Column(heading("book.living", lang), "amount"),) if is_told else ()),
            Column(heading("book.lead", lang)),
            Column(heading("book.lead_code", lang)),
            Column(heading("book.grid_deputies", lang)),
            Column(heading("book.walk", lang), "amount"),
            Column(heading("book.mark", lang)),
        ),
        rows=rows,
        empty=say("book.no_grids", lang),
        blocks=(1,),
        pages=(1,),
        footnote=say("book.internal", lang),
    )


def _mark(village: PlannedVillage, grid: DrawnGrid, people: WorkbookPeople, lang: Lang) -> str:
    """Say what is not as it should be with a grid; empty if nothing is."""
    marks = []
    if village.counted_in(grid) < village.bounds.least:
        marks.append(say("book.too_small", lang, least=village.bounds.least))
    if village.counted_in(grid) > village.bounds.most:
        marks.append(say("book.too_large", lang, most=village.bounds.most))
    if not grid.connected:
        marks.append(say("book.not_connected", lang))
    if people.members and not people.names(village.plan.village, grid.number, "lead"):
        marks.append(say("book.no_lead", lang))
    return BETWEEN[lang].join(marks)


def _households(town: TownPlan, people: WorkbookPeople, lang: Lang) -> Table:
    labelled = _is_labelled(town)
    return Table(
        name=standard("book.sheet.households", lang),
        columns=(
            Column(heading("book.village", lang)),
            Column(heading("book.grid", lang), "number"),
            *((Column(heading("book.label", lang)),) if labelled else ()),
            Column(heading("book.in_grid", lang), "number"),
            Column(heading("book.household_code", lang)),
            Column(heading("book.head", lang)),
            Column(heading("book.hamlet", lang)),
            Column(heading("book.door", lang)),
            Column(heading("book.lead", lang)),
            Column(heading("book.lon", lang), "degrees", printed=False),
            Column(heading("book.lat", lang), "degrees", printed=False),
        ),
        rows=Rows(partial(_household_rows, town, people, labelled)),
        empty=say("book.no_households", lang),
        blocks=(0, 1),
        pages=(0,),
        footnote=say("book.internal", lang),
    )


def _household_rows(town: TownPlan, people: WorkbookPeople, labelled: bool) -> Iterator[Row]:
    """Yield the households of each village grid by grid, and at its end those that are in none."""
    for village in town.villages:
        plan = village.plan
        label = {grid.number: grid.label for grid in village.grids}
        left_out = tuple(home for home in plan.households if home.household_id in plan.left_out)
        for number, homes in [*plan.grids.items(), (None, left_out)]:
            lead = people.names(plan.village, number, "lead") if number else None
            for place, home in enumerate(homes, start=1):
                exact = home.position == "exact"
                yield (
                    plan.village,
                    number,
                    *((label[number] if number else None,) if labelled else ()),
                    place if number else None,
                    home.household_id,
                    home.name,
                    home.hamlet,
                    home.door,
                    lead,
                    home.lon if exact else None,
                    home.lat if exact else None,
                )


def _members(town: TownPlan, people: WorkbookPeople, lang: Lang) -> Table:
    """Return the members; what is not printed says why, and makes the sheet a list that can be read back."""
    rows = [
        (
            member.member_id,
            member.name,
            member.village,
            member.hamlet,
            say(KINDS[member.kind], lang) if member.kind in KINDS else member.kind,
            people.grids(member, "lead"),
            people.grids(member, "deputy"),
            people.why(member),
            member.max_grids,
            say("book.yes" if member.available else "book.no", lang),
            member.excused_until.isoformat() if member.excused_until else None,
            ";".join(member.ties),
            *people.home(member),
        )
        for member in town.members
    ]
    return Table(
        name=standard("book.sheet.members", lang),
        columns=(
            Column(heading("book.member_code", lang)),
            Column(heading("book.name", lang)),
            Column(heading("book.village", lang)),
            Column(heading("book.hamlet", lang)),
            Column(heading("book.kind", lang)),
            Column(heading("book.lead_of", lang)),
            Column(heading("book.deputy_of", lang)),
            Column(heading("book.why", lang), printed=False),
            Column(heading("book.max_grids", lang), "number", printed=False),
            Column(heading("book.available", lang), printed=False),
            Column(heading("book.excused_until", lang), printed=False),
            Column(heading("book.ties", lang), printed=False),
            Column(heading("book.lon", lang), "degrees", printed=False),
            Column(heading("book.lat", lang), "degrees", printed=False),
        ),
        rows=rows,
        empty=say("book.no_members", lang),
        footnote=say("book.internal", lang),
    )


def _exceptions(town: TownPlan, lang: Lang) -> Table:
    return Table(
        name=standard("book.sheet.exceptions", lang),
        columns=(
            Column(heading("book.village", lang)),
            Column(heading("book.hamlet", lang)),
            Column(heading("book.grid", lang), "number"),
            Column(heading("book.household_code", lang)),
            Column(heading("book.households", lang), "amount"),
            Column(heading("book.reason", lang)),
            Column(heading("book.options", lang)),
        ),
        rows=list(_exception_rows(town, lang)),
        empty=say("book.no_exceptions", lang),
        blocks=(0,),
    )


def _exception_rows(town: TownPlan, lang: Lang) -> Iterator[Row]:
    """Yield the exceptions of each village and its party groups, grids to look at, and those in no grid untold of."""
    for village in town.villages:
        told = {found.household_id for found in village.exceptions}
        left_out = village.plan.left_out if village.grids or not village.exceptions else {}
        for found in village.exceptions:
            yield (
                found.village,
                found.hamlet,
                found.grid,
                found.household_id,
                found.households,
                found.reason.say(lang),
                _numbered(found.options, lang),
            )
        for one in (*far_households(village, town.far), *mixed_grids(village)):
            yield one.village, None, one.grid, None, one.households, one.reason.say(lang), _numbered(one.options, lang)
        for group in group_exceptions(village):
            size = sum(grid.size for grid in village.grids_of_groups[group.group])
            yield group.village, None, None, None, size, group.reason.say(lang), _numbered(group.options, lang)
        for household_id, why in left_out.items():
            if household_id in told:
                continue
            yield village.plan.village, None, None, household_id, 1, why.say(lang), None


def _shortage(town: TownPlan, people: WorkbookPeople, lang: Lang) -> Table:
    offers_for = {(short.village, short.grid): short.offers for short in town.shortages}
    keys = [(village.plan.village, grid.number) for village in town.villages for grid in village.grids]
    short = [key for key in keys if town.members and (*key, "lead") not in people.of_grid]
    return Table(
        name=standard("book.sheet.shortage", lang),
        columns=(
            Column(heading("book.village", lang)),
            Column(heading("book.grid", lang), "number"),
            Column(heading("book.offers", lang)),
        ),
        rows=[(*key, _numbered(offers_for.get(key, ()), lang)) for key in short],
        empty=say("book.no_shortage" if town.members else "book.no_members", lang),
        blocks=(0,),
    )


def _numbered(choices: Sequence[Message], lang: Lang) -> str:
    """Write choices one a line."""
    return "\n".join(f"{number}. {choice.say(lang)}" for number, choice in enumerate(choices, start=1))
