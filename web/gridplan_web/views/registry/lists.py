"""The lists of households, members, grids and villages: pages of rows, the same rows as a file, and empty lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.demo import templates
from gridplan.errors import NotFound
from gridplan.roles import Power
from gridplan.service.lists.files import FORMS
from gridplan.service.lists.filters import name_of_grid
from gridplan.service.lists.nouns import NOUNS
from gridplan.service.lists.page import list_page
from gridplan.store.rows import Row
from gridplan_web import auth
from gridplan_web.language import page_lang
from gridplan_web.views.registry.blueprint import pages
from gridplan_web.views.registry.list_page import (
    Link,
    Links,
    ListPlace,
    parts_of_list,
    reader,
    send_list,
    send_written,
)


class Adding(NamedTuple):
    """The form of a new row of a list: where it is, what leads there says, and who may open it."""

    endpoint: str
    title: str
    power: Power


ADDING: Final[Mapping[str, Adding]] = {
    "households": Adding("registry.new_household", "registry.add_household", "edit lists"),
    "members": Adding("registry.new_member", "registry.add_member", "edit lists"),
    "villages": Adding("registry.new_village", "registry.add_village", "administer"),
}


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
    if noun not in NOUNS:
        raise NotFound("entrance.not_here")
    return send_list(NOUNS[noun], reader(), request.args, form)


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


def _list(name: str, links_of: Links) -> str:
    place = ListPlace(f"registry.{name}_list", "registry.list_file", {"noun": name})
    page = list_page(auth.store(), NOUNS[name], reader(), request.args)
    add = ADDING.get(name)
    return render_template(
        "registry/list.html",
        add=add if add and auth.actor().may(add.power) else None,
        **parts_of_list(page, links_of, place),
    )


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
