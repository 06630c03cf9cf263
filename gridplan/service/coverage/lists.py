"""The lists of coverage: villages, party groups and grids by name and number, and the weeks of a grid.

Where help is needed comes first; nothing is sorted by a figure (`gridplan.contact.help`). Nobody's name is here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from gridplan.contact.help import GridState
from gridplan.contact.visits import CHANNELS
from gridplan.exchange.xlsx import Cell, CellStyle
from gridplan.names import sort_key
from gridplan.service.coverage import contact_map
from gridplan.service.coverage.coverage import Coverage, Figures, GridFigures, GridWeek, since
from gridplan.service.lists.computed import ComputedListing
from gridplan.service.lists.filters import Choice, Options, Reader
from gridplan.service.lists.nouns import ListColumn, Noun
from gridplan.store.rows import Row
from gridplan.words import BETWEEN, Lang, Message

FIRST: Final[tuple[GridState, ...]] = ("without contact", "sheet not in")
"""The states of grids that come before the others where help comes first, in this order."""


def key_of(state: str) -> str:
    """Return a state as addresses have it."""
    return state.replace(" ", "-")


def _said(state: str) -> Message:
    return Message(f"coverage.state.{state.replace(' ', '_')}")


def _states(*states: str) -> Choice:
    options: Options = {key_of(state): _said(state) for state in states}
    return Choice("state", options, "coverage.state.all")


def _figure(key: str, style: CellStyle = "amount", field: str = "") -> ListColumn:
    """Return a column of a figure; of what has not started it is blank."""

    def cell(row: Row, _: Reader) -> Cell:
        figures: Figures = row["figures"]
        found: float | None = getattr(figures, field or key)
        return found if figures.households else None

    return ListColumn(key, f"coverage.column.{key}", cell, style)


OF_HOUSEHOLDS: Final = (
    _figure("households"),
    _figure("well"),
    _figure("due"),
    _figure("overdue"),
    _figure("frequency", "tenths"),
)
OF_GRIDS: Final = (
    _figure("grids"),
    _figure("grids_reached"),
    _figure("grids_without"),
    _figure("sheets_out"),
)
RANKED: Final = frozenset(
    {column.key for column in (*OF_HOUSEHOLDS, *OF_GRIDS)} | {"coverage", "share", "contacts", "last", "rank"}
)
"""What nothing here is sorted by: an address that asks for it gets the villages that need help, and the rule."""


# ---- villages and party groups


def _state_of_several(of: Coverage, lang: Lang) -> str | None:
    """Return why help is needed with some grids, or why nothing is told of them."""
    figures = of.figures
    if not figures.households:
        return Message("coverage.not_started").say(lang)
    parts = [reason.say(lang) for reason in of.help_reasons]
    if of.is_mostly_out:
        parts.append(Message("coverage.mostly_out").say(lang))
    if not parts and of.is_paused:
        parts = [Message("coverage.paused").say(lang)]
    return BETWEEN[lang].join(parts) or None


def _found_in(of: Coverage) -> Iterator[str]:
    """Yield the states that some grids are found by."""
    if of.help:
        yield "help"
    elif of.is_mostly_out:
        yield "mostly-out"
    yield from {key_of(grid.state) for grid in of.grids} - {"reached", "new"}


def _rank(of: Coverage) -> int:
    """Return where a village or a party group stands where help comes first."""
    figures = of.figures
    first = (of.help, of.is_mostly_out, figures.grids_without, figures.sheets_out)
    return next((n for n, one in enumerate(first) if one), len(first))


def _row_of_several(of: Coverage, **named: Any) -> dict[str, Any]:
    return {"of": of, "figures": of.figures, "rank": _rank(of), "states": frozenset(_found_in(of)), **named}


STATE_OF_SEVERAL: Final = ListColumn(
    "state",
    "coverage.column.state",
    lambda row, to: _state_of_several(row["of"], to.lang),
    mark=lambda row: "sheet-not-in" if row["of"].is_mostly_out and not row["of"].help else "",
)


def asks_for_ranking(asked: Mapping[str, str]) -> bool:
    """Return whether an address asks for the order of a figure."""
    return asked.get("sort", "").removeprefix("-") in RANKED


def first_villages(of: Coverage) -> dict[str, list[tuple[int, str]]]:
    """Return by name the villages that need help, and others of which most sheets are not in."""
    by_name = sorted(of.by_village.items(), key=lambda one: sort_key(of.villages[one[0]]))
    return {
        "help": [(id_, of.villages[id_]) for id_, one in by_name if one.help],
        "mostly-out": [(id_, of.villages[id_]) for id_, one in by_name if one.is_mostly_out and not one.help],
    }


def villages(of: Coverage) -> Noun:
    """Return the list of the villages of a scope, those that need help first."""
    rows = [_row_of_several(one, village_id=id_, village=of.villages[id_]) for id_, one in of.by_village.items()]
    rows.sort(key=lambda row: (row["rank"], sort_key(row["village"])))
    listing = ComputedListing(
        rows,
        {"state": lambda row: row["rank"], "village": lambda row: sort_key(row["village"])},
        {"state": lambda row, state: state in row["states"]},
    )
    return Noun(
        "villages",
        "coverage.villages",
        (
            ListColumn("village", "registry.village", lambda row, _: row["village"]),
            STATE_OF_SEVERAL,
            *OF_HOUSEHOLDS,
            *OF_GRIDS,
        ),
        lambda *_: listing,
        lambda *_: (_states("help", "mostly out", *FIRST, "paused", "not started"),),
        named_by="village",
        names_people=False,
        is_searched=False,
    )


def groups(of: Coverage, asked: Mapping[str, str]) -> Noun:
    """Return the list of the party groups of a scope, those that need help first."""
    found = {(grid.village_id, grid.group): grid.plan_id for grid in of.grids if grid.group is not None}
    rows = [
        _row_of_several(
            of.of_group(village_id, group),
            village_id=village_id,
            village=of.villages[village_id],
            plan_id=plan_id,
            group=group,
        )
        for (village_id, group), plan_id in found.items()
    ]
    rows.sort(key=lambda row: (row["rank"], sort_key(row["village"]), row["group"]))
    listing = ComputedListing(rows, {}, {"village": _is_of_village})
    return Noun(
        "groups",
        "coverage.groups",
        (
            *_village_column(of, asked),
            ListColumn("group", "coverage.group", lambda row, _: row["group"], "number"),
            STATE_OF_SEVERAL,
            *OF_HOUSEHOLDS,
            *OF_GRIDS,
        ),
        lambda *_: listing,
        lambda *_: (_village_choice(of),),
        named_by="group",
        names_people=False,
        is_searched=False,
    )


def _village_choice(of: Coverage) -> Choice:
    in_order = sorted(of.villages.items(), key=lambda one: sort_key(one[1]))
    return Choice("village", {str(id_): name for id_, name in in_order})


def _is_of_village(row: Row, value: str) -> bool:
    return str(row["village_id"]) == value


def _within(of: Coverage, asked: Mapping[str, str]) -> int | None:
    """Return the village that a list is of: the only one, or the one that is asked for."""
    only = next(iter(of.villages)) if len(of.villages) == 1 else None
    return next((id_ for id_ in of.villages if str(id_) == asked.get("village")), only)


def _village_column(of: Coverage, asked: Mapping[str, str]) -> list[ListColumn]:
    is_one = _within(of, asked) is not None
    return [] if is_one else [ListColumn("village", "registry.village", lambda row, _: row["village"])]


# ---- grids


def _state_of_grid(row: Row, to: Reader) -> Cell:
    grid: GridFigures = row["grid_figures"]
    if grid.state == "without contact" and grid.weeks_in_vain > 1:
        return Message("coverage.in_vain", {"n": grid.weeks_in_vain}).say(to.lang)
    return _said(grid.state).say(to.lang)


def _last(row: Row, to: Reader) -> Cell:
    grid: GridFigures = row["grid_figures"]
    return since(grid, to.lang) if grid.is_started else None


def grids(of: Coverage, asked: Mapping[str, str], lang: Lang) -> Noun:
    """Return the list of the grids of a scope: first those without contact, then those whose sheet is not in."""
    views = contact_map.contact_views(of, lang)
    rows: list[dict[str, Any]] = [
        {
            "village_id": grid.village_id,
            "village": of.villages[grid.village_id],
            "plan_id": grid.plan_id,
            "number": grid.number,
            "group": grid.group,
            "grid_figures": grid,
            "figures": grid.figures,
            "rank": FIRST.index(grid.state) if grid.state in FIRST else len(FIRST),
        }
        for grid in of.grids
    ]
    by_number = _by_number(rows)
    within = _within(of, asked)
    grouped = sorted({row["group"] for row in rows if within in (None, row["village_id"])} - {None})
    listing = ComputedListing(
        sorted(by_number, key=lambda row: row["rank"]),
        {"state": lambda row: row["rank"], "grid": lambda row: row["place"], "village": lambda row: row["place"]},
        {
            "village": _is_of_village,
            "group": lambda row, value: str(row["group"]) == value,
            "state": lambda row, value: key_of(row["grid_figures"].state) == value,
            **{view.key: _is_of_class(view.key) for view in views},
        },
    )
    columns = (
        *_village_column(of, asked),
        ListColumn("grid", "book.grid", lambda row, _: row["number"], "number"),
        *(
            [ListColumn("group", "coverage.group", lambda row, _: row["group"], "number")]
            if grouped and not asked.get("group")
            else []
        ),
        ListColumn(
            "state", "coverage.column.state", _state_of_grid, mark=lambda row: key_of(row["grid_figures"].state)
        ),
        ListColumn("last", "coverage.last", _last),
        _figure("contacts"),
        *OF_HOUSEHOLDS,
    )
    choices = (
        _village_choice(of),
        Choice("group", {str(n): Message("coverage.group_n", {"n": n}) for n in grouped if within is not None}),
        _states(*FIRST, "reached", "paused", "new", "not started"),
        *(
            Choice(view.key, {one.key: one.text for one in view.classes if one.key}, "coverage.state.all")
            for view in views
        ),
    )
    return Noun(
        "grids",
        "coverage.grids",
        columns,
        lambda *_: listing,
        lambda *_: choices,
        named_by="grid",
        names_people=False,
        is_searched=False,
    )


def _by_number(rows: Iterable[dict[str, Any]]) -> list[Row]:
    """Return rows by village and number, each with its place among them."""
    ordered = sorted(rows, key=lambda row: (sort_key(row["village"]), row["number"]))
    return [row | {"place": place} for place, row in enumerate(ordered)]


def _is_of_class(view: str) -> Callable[[Row, str], bool]:
    return lambda row, key: contact_map.is_in_class(row["grid_figures"], view, key)


# ---- weeks


def weeks(of: Sequence[GridWeek]) -> Noun:
    """Return the list of the weeks of a grid, this one first."""
    rows = [{"week": week} for week in of]
    listing = ComputedListing(rows, {}, {})

    def state(row: Row, to: Reader) -> Cell:
        return Message("coverage.paused").say(to.lang) if row["week"].is_paused else None

    channels = (
        ListColumn(channel, f"coverage.channel.{channel}", _of_channel(channel), "amount") for channel in CHANNELS
    )
    return Noun(
        "weeks",
        "coverage.by_week",
        (
            ListColumn("week", "coverage.week", lambda row, _: row["week"].week.monday.isoformat(), is_day=True),
            ListColumn("state", "coverage.column.state", state),
            ListColumn("contacts", "coverage.contacts", lambda row, _: row["week"].contacts, "amount"),
            ListColumn("attempts", "coverage.attempts", lambda row, _: row["week"].attempts, "amount"),
            *channels,
        ),
        lambda *_: listing,
        lambda *_: (),
        named_by="week",
        names_people=False,
        is_searched=False,
    )


def _of_channel(channel: str) -> Callable[[Row, Reader], Cell]:
    return lambda row, _: row["week"].by_channel[channel]
