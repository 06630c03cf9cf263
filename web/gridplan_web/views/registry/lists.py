"""The lists of households, members, grids and villages: pages of rows, the same rows as a file, and empty lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple, cast

from flask import render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from gridplan.demo import templates
from gridplan.errors import NotFound
from gridplan.exchange.xlsx import shown
from gridplan.roles import Power
from gridplan.service.lists.files import FORMS, save_list
from gridplan.service.lists.filters import Choice, Reader, name_of_grid
from gridplan.service.lists.nouns import NOUNS, Name
from gridplan.service.lists.page import list_page
from gridplan.store.lists.listing import PAGE_SIZE
from gridplan.store.rows import Row
from gridplan.words import Message, say
from gridplan_web import auth
from gridplan_web.clock import today, zone
from gridplan_web.language import page_lang
from gridplan_web.views.registry.blueprint import pages


class Adding(NamedTuple):
    """The form of a new row of a list: where it is, what leads there says, and who may open it."""

    endpoint: str
    title: str
    power: Power


ADDING: Final[Mapping[Name, Adding]] = {
    "households": Adding("registry.new_household", "registry.add_household", "edit lists"),
    "members": Adding("registry.new_member", "registry.add_member", "edit lists"),
    "villages": Adding("registry.new_village", "registry.add_village", "administer"),
}
Link = tuple[str, str]
"""What a link says, and where it leads."""


@pages.get("/households")
def households_list() -> str:
    """List the households of the scope."""
    return _list("households", _household_links)


@pages.get("/members")
def members_list() -> str:
    """List the members of the scope, and those of no village."""
    return _list("members", _member_links)


@pages.get("/grids")
def grids_list() -> str:
    """List the grids of the plans in force."""
    return _list("grids", _grid_links)


@pages.get("/villages")
def villages_list() -> str:
    """List the villages of the scope."""
    return _list("villages", _village_links)


@pages.get("/<noun>.<form>")
def list_file(noun: str, form: str) -> Response:
    """Send all rows that a list is asked to show, as a workbook or as CSV."""
    if noun not in NOUNS or form not in FORMS:
        raise NotFound("entrance.not_here")
    listed = NOUNS[cast(Name, noun)]
    return send_written(lambda path: save_list(auth.store(), listed, _reader(), request.args, form, path))


@pages.get("/templates/<noun>.<form>")
def template_file(noun: str, form: str) -> Response:
    """Send an empty list to be filled in and imported."""
    if noun not in templates.LISTS or form not in FORMS:
        raise NotFound("entrance.not_here")

    def write(path: Path) -> str:
        written = path.with_suffix(f".{form}")
        templates.write_template(written, noun, page_lang())
        written.rename(path)
        return f"{noun}_{page_lang()}.{form}"

    return send_written(write)


def send_written(write: Callable[[Path], str]) -> Response:
    """Send a file that is written now, under the name that its writer returns."""
    with TemporaryDirectory(prefix="gridplan-") as folder:
        path = Path(folder) / "list"
        name = write(path)
        return send_file(BytesIO(path.read_bytes()), as_attachment=True, download_name=name)


def _reader() -> Reader:
    return Reader(auth.actor().scope, page_lang(), today(), zone())


def _list(name: Name, links_of: Callable[[Row], Mapping[str, Iterable[Link]]]) -> str:
    page = list_page(auth.store(), NOUNS[name], _reader(), request.args)
    query = page.asked.query
    arguments = {
        **query.filters,
        "q": query.text or None,
        "sort": f"{'-' * query.falls}{query.sort}" or None,
        "page": query.page if query.page > 1 else None,
    }

    def to(endpoint: str = f"registry.{name}_list", **changes: Any) -> str:
        return url_for(endpoint, **arguments | changes)

    columns = page.asked.columns
    rows = [
        [
            (column, shown(cell, column.style), links.get(column.key))
            for column, cell in zip(columns, cells, strict=True)
        ]
        for row, cells in page.rows
        for links in [links_of(row)]
    ]
    add = ADDING.get(name)
    return render_template(
        "registry/list.html",
        page=page,
        asked=page.asked,
        query=query,
        rows=rows,
        to=to,
        add=add if add and auth.actor().may(add.power) else None,
        options=_options,
        cleared=dict.fromkeys((*query.filters, "q", "page")),
        page_size=PAGE_SIZE,
        forms=FORMS,
    )


def _options(choice: Choice) -> list[tuple[str, str]]:
    """Return what a filter offers as a form has it."""
    lang = page_lang()
    said = [(value, one.say(lang) if isinstance(one, Message) else one) for value, one in choice.options.items()]
    return [("", say(f"lists.{choice.name}.all", lang)), *said]


# ---- where the cells of a row lead to; the first link is that of the row


def _grid_link(grid: Row, text: str) -> list[Link]:
    return [(text, url_for("town.grid", plan_id=grid["plan_id"], number=grid["number"]))]


def _people(persons: Iterable[tuple[int | None, str]]) -> list[Link]:
    return [(name, url_for("town.member", member_id=id_)) for id_, name in persons if id_ is not None]


def _household_links(row: Row) -> dict[str, list[Link]]:
    edits = auth.actor().may("edit lists")
    return {
        "name": [
            (
                row["name"] or row["door"] or row["code"],
                url_for("registry.household" if edits else "town.household", household_id=row["id"]),
            )
        ],
        "grid": _grid_link(row, str(row["number"])) if row["number"] is not None else [],
        "lead": _people([(row["lead_id"], row["lead"])]),
    }


def _member_links(row: Row) -> dict[str, list[Link]]:
    actor = auth.actor()
    edits = actor.may("edit lists") and (actor.scope is None or row["village_id"] in actor.scope)
    return {
        "name": [(row["name"], url_for("registry.member" if edits else "town.member", member_id=row["id"]))],
        "grids": [link for grid in row["grids"] for link in _grid_link(grid, name_of_grid(grid, page_lang()))],
    }


def _grid_links(row: Row) -> dict[str, list[Link]]:
    return {
        "grid": _grid_link(row, str(row["number"])),
        "village": [(row["village"], url_for("town.village", village_id=row["village_id"]))],
        "lead": _people([(row["lead_id"], row["lead"])]),
        "deputies": _people((one["id"], one["name"]) for one in row["deputies"]),
    }


def _village_links(row: Row) -> dict[str, list[Link]]:
    edits = auth.actor().may("edit lists")
    page = url_for("registry.village" if edits else "town.village", village_id=row["id"])
    placing = url_for("placement.village", village_id=row["id"]) if edits and row["households"] else None
    return {
        "name": [(row["name"], page)],
        "placed": [(f"{row['placed']:,}", placing)] if placing else [],
        "grids": [(f"{row['grids']:,}", url_for("registry.grids_list", village=row["id"]))] if row["plan_id"] else [],
    }
