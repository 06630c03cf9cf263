"""How far contact reaches: the town, villages, party groups and grids by number, and the households that are due."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any, Final

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.service.coverage import lists
from gridplan.service.coverage.contact_map import CLASS_OF
from gridplan.service.coverage.coverage import asked_day, facts_of_grid, facts_of_village, sentence
from gridplan.service.coverage.due import STATUSES, DueStatus, due_households
from gridplan.service.coverage.due import due as due_list
from gridplan.service.coverage.pages import AsOf, Level, as_of, of_grid, of_group, of_scope, of_village
from gridplan.service.lists.nouns import Noun
from gridplan.service.lists.page import list_page
from gridplan.service.town import small_map
from gridplan.store.rows import Row
from gridplan.words import say
from gridplan_web import auth
from gridplan_web.clock import today, zone
from gridplan_web.language import page_lang
from gridplan_web.views.registry.list_page import ON_MAP, Link, ListPlace, parts_of_list, reader, send_list

pages = APIBlueprint("coverage", __name__, enable_openapi=False, url_prefix="/coverage")

MOST_FAILING: Final = 12
"""Villages or grids that are named before the figures."""
HELP_BY_NAME: Final = {"state": "help", "sort": "village"}
"""What is listed of villages where an address asks for the order of a figure."""


# ---- levels


@pages.get("")
def town() -> str:
    """Show how far contact reaches in the villages of the scope, those that need help first."""
    level = of_scope(auth.store(), _as_of(), zone(), auth.actor().scope)
    is_ranking = lists.asks_for_ranking(request.args)
    place = ListPlace("coverage.town", "coverage.villages_file", {}, kept=_kept(level.as_of))
    return _page(
        "town",
        level,
        lists.villages(level.of),
        place,
        asked=HELP_BY_NAME if is_ranking else request.args,
        is_ranking=is_ranking,
        title=say("coverage.section", page_lang()),
    )


@pages.get("/villages/<int:village_id>")
def village(village_id: int) -> str | Response:
    """Show how far contact reaches in a village: its party groups and its grids."""
    if lists.asks_for_ranking(request.args):
        return _no_ranking()
    level = of_village(auth.store(), _as_of(), zone(), village_id)
    fixed = {"village": str(village_id)}
    place = ListPlace(
        "coverage.village", "coverage.grids_file", {}, {"village_id": village_id}, _kept(level.as_of), fixed
    )
    return _page(
        "village",
        level,
        lists.grids(level.of, request.args | fixed, page_lang()),
        place,
        title=level.village,
        crumbs=[_town_crumb(level.as_of)],
        groups=_groups(level, village_id),
        on_map={"village": village_id},
        people=("town.village", {"village_id": village_id}),
    )


@pages.get("/groups/<int:plan_id>/<int:group>")
def group(plan_id: int, group: int) -> str | Response:
    """Show how far contact reaches in a party group: its grids."""
    if lists.asks_for_ranking(request.args):
        return _no_ranking()
    level = of_group(auth.store(), _as_of(), zone(), plan_id, group)
    village_id = level.of.grids[0].village_id
    fixed = {"village": str(village_id), "group": str(group)}
    values = {"plan_id": plan_id, "group": group}
    place = ListPlace("coverage.group", "coverage.grids_file", {}, values, _kept(level.as_of), fixed)
    return _page(
        "group",
        level,
        lists.grids(level.of, request.args | fixed, page_lang()),
        place,
        title=f"{level.village} · {say('coverage.group_n', page_lang(), n=group)}",
        crumbs=[_town_crumb(level.as_of), _village_crumb(level, village_id)],
        on_map={"village": village_id},
    )


@pages.get("/grids/<int:plan_id>/<int:number>")
def grid(plan_id: int, number: int) -> str | Response:
    """Show how far contact reaches in a grid, week by week; figures stand beside nobody's name."""
    if lists.asks_for_ranking(request.args):
        return _no_ranking()
    level = of_grid(auth.store(), _as_of(), zone(), plan_id, number)
    found = level.of.grids[0]
    village_id = found.village_id
    values = {"plan_id": plan_id, "number": number}
    place = ListPlace("coverage.grid", "coverage.weeks_file", values, values, _kept(level.as_of))
    crumbs = [_town_crumb(level.as_of), _village_crumb(level, village_id)]
    if found.group is not None:
        text = say("coverage.group_n", page_lang(), n=found.group)
        crumbs.append((text, _to("group", level.as_of, plan_id=found.plan_id, group=found.group)))
    numbers = sorted(one.number for one in level.around.grids)
    at = numbers.index(number)
    beside = {"prev": numbers[at - 1 : at] if at else [], "next": numbers[at + 1 : at + 2]}
    return _page(
        "grid",
        level,
        lists.weeks(level.weeks),
        place,
        title=f"{level.village} · {say('map.grid', page_lang(), number=number)}",
        crumbs=crumbs,
        beside={
            rel: (n, _to("grid", level.as_of, plan_id=found.plan_id, number=n))
            for rel, one in beside.items()
            for n in one
        },
        on_map={"village": village_id, "grid": f"{found.plan_id}-{number}"},
        people=("town.grid", {"plan_id": found.plan_id, "number": number}),
    )


@pages.get("/grids")
def grids() -> str | Response:
    """List the grids of the scope: those of a class of the map, or in a state."""
    if lists.asks_for_ranking(request.args):
        return _no_ranking()
    level = of_scope(auth.store(), _as_of(), zone(), auth.actor().scope)
    place = ListPlace("coverage.grids", "coverage.grids_file", {}, kept=_kept(level.as_of))
    return _page(
        "grids",
        level,
        lists.grids(level.of, request.args, page_lang()),
        place,
        title=say("coverage.grids", page_lang()),
        crumbs=[_town_crumb(level.as_of)],
    )


@pages.get("/due")
def due() -> str:
    """List the households that are due or overdue today."""
    found = due_households(auth.store(), auth.actor().scope, today(), zone(), asked=request.args)
    page = list_page(auth.store(), due_list(found, request.args), reader(), request.args)
    place = ListPlace("coverage.due", "coverage.due_file", {})
    return render_template(
        "coverage/due.html", **parts_of_list(page, lambda row: _due_links(row, page.asked.query.filters), place)
    )


# ---- the same as files


@pages.get("/villages.<form>")
def villages_file(form: str) -> Response:
    """Send the list of villages as it is shown."""
    asked = HELP_BY_NAME if lists.asks_for_ranking(request.args) else request.args
    level = of_scope(auth.store(), _as_of_file(), zone(), auth.actor().scope)
    return send_list(lists.villages(level.of), reader(level.as_of.day), asked, form)


@pages.get("/groups.<form>")
def groups_file(form: str) -> Response:
    """Send the list of party groups as it is shown."""
    level = of_scope(auth.store(), _as_of_file(), zone(), auth.actor().scope)
    return send_list(lists.groups(level.of, request.args), reader(level.as_of.day), request.args, form)


@pages.get("/grids.<form>")
def grids_file(form: str) -> Response:
    """Send the list of grids as it is shown."""
    if lists.asks_for_ranking(request.args):
        return redirect(url_for("coverage.villages_file", form=form, sort=request.args["sort"]))
    level = of_scope(auth.store(), _as_of_file(), zone(), auth.actor().scope)
    return send_list(lists.grids(level.of, request.args, page_lang()), reader(level.as_of.day), request.args, form)


@pages.get("/grids/<int:plan_id>/<int:number>/weeks.<form>")
def weeks_file(plan_id: int, number: int, form: str) -> Response:
    """Send the weeks of a grid as they are shown."""
    level = of_grid(auth.store(), _as_of_file(), zone(), plan_id, number)
    return send_list(lists.weeks(level.weeks), reader(level.as_of.day), request.args, form)


@pages.get("/due.<form>")
def due_file(form: str) -> Response:
    """Send the list of households that are due as it is shown."""
    found = due_households(auth.store(), auth.actor().scope, today(), zone(), asked=request.args)
    return send_list(due_list(found, request.args), reader(), request.args, form)


# ---- what the pages share


def _as_of() -> AsOf:
    asked = request.args
    return as_of(auth.store(), asked.get("as_of", ""), auth.actor().scope, today(), weeks=asked.get("weeks", ""))


def _as_of_file() -> AsOf:
    """Return the day that a file is asked to be of; a file of another day would be taken for it.

    Raises
    ------
    InputRefused
        It has no figures.
    """
    return AsOf(asked_day(auth.store(), auth.actor().scope, request.args.get("as_of", ""), today()), today())


def _kept(of: AsOf) -> dict[str, Any]:
    return {} if of.is_today else {"as_of": of.day.isoformat()}


def _to(level: str, of: AsOf, **values: Any) -> str:
    return url_for(f"coverage.{level}", **values, **_kept(of))


def _town_crumb(of: AsOf) -> Link:
    return say("coverage.section", page_lang()), _to("town", of)


def _village_crumb(level: Level, village_id: int) -> Link:
    return level.village, _to("village", level.as_of, village_id=village_id)


def _no_ranking() -> Response:
    """Send whoever asks for the order of a figure to the villages that need help, and to the rule."""
    return redirect(url_for("coverage.town", sort=request.args["sort"]))


def _page(
    name: str,
    level: Level,
    noun: Noun,
    place: ListPlace,
    *,
    title: str,
    asked: Mapping[str, str] | None = None,
    on_map: Mapping[str, Any] | None = None,
    **others: Any,
) -> str:
    """Show a level with its list."""
    lang = page_lang()
    args = dict(request.args if asked is None else asked) | dict(place.fixed)
    page = list_page(auth.store(), noun, reader(level.as_of.day), args)
    return render_template(
        "coverage/level.html",
        name=name,
        title=title,
        level=level,
        sentence=sentence(level.of, lang),
        facts=facts_of_grid(level.of, lang) if name == "grid" else facts_of_village(replace(level.of, pauses=()), lang),
        fact_links=_fact_links(place, level),
        map_link=_to_map(level.as_of, **(on_map or {})),
        failing=_failing(name, level, place),
        small_map=_small_map(name, level, place),
        **parts_of_list(page, lambda row: _links(row, level.as_of, page.asked.query.filters), place),
        on_map=on_map,
        **others,
    )


def _small_map(name: str, level: Level, place: ListPlace) -> dict[str, Any] | None:
    """Return what the map of a level shows, and where its outlines are; a list of grids has none."""
    if name == "grids" or not level.around.grids:
        return None
    village_id = None if name == "town" else level.around.grids[0].village_id
    outlines = (
        url_for("town_api.figures_map", lang=page_lang())
        if village_id is None
        else url_for("town_api.village_figures_map", village_id=village_id, lang=page_lang())
    )
    own = [one.number for one in level.of.grids] if name in ("group", "grid") else []
    drawn = small_map.of_coverage(level.around, level.of, page_lang(), today(), village_id=village_id, grids=own)
    return {"drawn": drawn, "outlines": outlines, "as_of": place.kept.get("as_of", "")}


def _failing(name: str, level: Level, place: ListPlace) -> list[tuple[str, list[Link], str | None]]:
    """Return where contact fails, by name and number, each with what it is and where more of it is listed."""
    rows: list[tuple[str, list[Link]]] = []
    if name == "town":
        rows = [
            (what, [(text, _to("village", level.as_of, village_id=id_)) for id_, text in found])
            for what, found in lists.first_villages(level.of).items()
        ]
    elif name in ("village", "group"):
        rows = [
            (
                lists.key_of(state),
                [
                    (
                        say("map.grid", page_lang(), number=one.number),
                        _to("grid", level.as_of, plan_id=one.plan_id, number=one.number),
                    )
                    for one in level.of.grids
                    if one.state == state
                ],
            )
            for state in lists.FIRST
        ]
    values = {**place.values, **place.kept}
    return [
        (what, links[:MOST_FAILING], url_for(place.endpoint, **values, state=what) if links[MOST_FAILING:] else None)
        for what, links in rows
        if links
    ]


def _groups(level: Level, village_id: int) -> dict[str, Any] | None:
    """Return the list of the party groups of a village, where it has any."""
    if all(one.group is None for one in level.of.grids):
        return None
    fixed = {"village": str(village_id)}
    place = ListPlace(
        "coverage.village", "coverage.groups_file", {}, {"village_id": village_id}, _kept(level.as_of), fixed
    )
    page = list_page(auth.store(), lists.groups(level.of, fixed), reader(level.as_of.day), fixed)
    return parts_of_list(page, lambda row: _links(row, level.as_of, page.asked.query.filters), place)


# ---- where the cells of a row lead to; the first link is that of the row


def _links(row: Row, of: AsOf, within: Container[str]) -> dict[str, list[Link]]:
    """Return where a village, a party group or a grid leads to; counts lead to what they count.

    `within` are the filters that are set: a list of one village has no column of it.
    """
    if "week" in row:
        return {}
    village_id, figures = row["village_id"], row["figures"]
    asked: dict[str, Any] = {"village": village_id}
    links: dict[str, list[Link]] = {}
    if "village" not in within:
        links["village"] = [(row["village"], _to("village", of, village_id=village_id))]
    if group := row.get("group"):
        asked["group"] = group
        links["group"] = [(str(group), _to("group", of, plan_id=row["plan_id"], group=group))]
    if number := row.get("number"):
        asked["grid"] = f"{row['plan_id']}-{number}"
        links["grid"] = [(str(number), _to("grid", of, plan_id=row["plan_id"], number=number))]
    else:
        where = {key: value for key, value in asked.items() if key != "grid"}
        for key, state in (("grids_without", "without-contact"), ("sheets_out", "sheet-not-in")):
            if n := getattr(figures, key):
                links[key] = [(f"{n:,}", _to("grids", of, **where, state=state))]
    for status in _due_listed(of):
        if n := getattr(figures, status):
            links[status] = [(f"{n:,}", _to_due(asked, status))]
    if auth.actor().may("see coverage"):
        grid = {"grid": asked["grid"]} if number else {}
        links[ON_MAP] = [_on_map(_to_map(of, village=village_id, **grid))]
    return links


def _on_map(href: str) -> Link:
    return say("town.on_map", page_lang()), href


def _to_map(of: AsOf, **chosen: Any) -> str:
    """Return the map with something chosen, in the colours that are asked for and as of the same day."""
    view = next((key for key in CLASS_OF if request.args.get(key)), "coverage")
    return url_for("town.town_map", **chosen, view=view, **_kept(of))


def _due_listed(of: AsOf) -> tuple[DueStatus, ...]:
    """Return of which status households are listed, for who may see them; there are none of another day."""
    return STATUSES if of.is_today and auth.actor().may("see due households") else ()


def _to_due(asked: Mapping[str, Any], status: DueStatus) -> str:
    return url_for("coverage.due", **asked, status=status)


def _fact_links(place: ListPlace, level: Level) -> dict[str, str]:
    """Return where the facts of a level lead to, by what they are called."""
    asked = {name: value for name, value in place.fixed.items() if name != "grid"}
    if "number" in place.values:
        found = level.of.grids[0]
        asked = {"village": str(found.village_id), "grid": f"{found.plan_id}-{found.number}"}
        sheets = {}
    else:
        sheets = {say("coverage.sheets_not_in", page_lang()): _to("grids", level.as_of, **asked, state="sheet-not-in")}
    due = {say(f"coverage.{status}", page_lang()): _to_due(asked, status) for status in _due_listed(level.as_of)}
    return sheets | due


def _due_links(row: Row, within: Container[str]) -> dict[str, list[Link]]:
    name = row["name"] or row["door"] or row["code"]
    village, grid = row["village_id"], f"{row['plan_id']}-{row['number']}"
    links = {"name": [(name, url_for("town.household", household_id=row["id"]))]}
    if "village" not in within:
        links["village"] = [(row["village"], url_for("coverage.village", village_id=village))]
    links["grid"] = [(str(row["number"]), url_for("coverage.grid", plan_id=row["plan_id"], number=row["number"]))]
    links[ON_MAP] = [_on_map(url_for("town.town_map", village=village, grid=grid, household=row["id"]))]
    return links
