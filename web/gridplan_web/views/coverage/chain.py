"""The chain from the town to the household, and what of it hangs on nothing: of the scope, and of a village."""

from __future__ import annotations

from typing import Any, Final

from apiflask import APIBlueprint
from flask import render_template, url_for

from gridplan.roles import Power
from gridplan.service.chain.chain import TO_NAME, Gap, GapKind, Missing, chain_page
from gridplan.service.chain.linkage import called
from gridplan_web import auth
from gridplan_web.clock import today

pages = APIBlueprint("chain", __name__, enable_openapi=False, url_prefix="/chain")

MOST_NAMED: Final = 300
"""Of each gap; the list that mends it has all."""
MENDS: Final[dict[GapKind, tuple[Power, str, dict[str, str]]]] = {
    "village without plan": ("plan", "drafts.new", {}),
    "village without linkage": ("edit lists", "linkage.person_list", {}),
    "branch without linkage": ("edit lists", "linkage.person_list", {}),
    "grid without group": ("plan", "drafts.new", {}),
    "grid without lead": ("plan", "drafts.leads_in_force", {}),
    "lead away": ("keep record", "people.covers", {}),
    "household in no grid": ("see households", "registry.households_list", {"grid": "none"}),
    "member of no village": ("see households", "registry.members_list", {"village": "none"}),
}
"""Which page mends a gap, and for whom that is; a head is named on the page of the party groups of one village."""


@pages.get("")
def town() -> str:
    """Show the chain of the villages of the scope."""
    return render_template(
        "chain/chain.html", chain=chain_page(auth.store(), auth.actor().scope, today()), village=None, **_links()
    )


@pages.get("/villages/<int:village_id>")
def village(village_id: int) -> str:
    """Show the chain of a village, down to its grids."""
    chain = chain_page(auth.store(), [village_id], today())
    return render_template("chain/chain.html", chain=chain, village=next(iter(chain.villages), None), **_links())


def _links() -> dict[str, Any]:
    return {
        "mend": _mend,
        "names": _names,
        "on_map": _on_map,
        "page_of": _page_of,
        "most": MOST_NAMED,
        "called": called,
    }


def _mend(gap: Gap) -> str | None:
    """Return the page that mends a gap, where it is for who looks."""
    if gap.kind not in MENDS:
        return None
    power, endpoint, values = MENDS[gap.kind]
    arguments: dict[str, Any] = dict(values)
    return url_for(endpoint, **arguments) if auth.actor().may(power) else None


def _names(gap: Gap) -> bool:
    """Return whether who looks is told which they are."""
    return auth.actor().may(TO_NAME.get(gap.kind, "see figures"))


def _page_of(gap: Gap, one: Missing) -> str | None:
    """Return the page of what is missing something: the one that mends it, if there is one, or that shows it."""
    actor = auth.actor()
    match gap.kind:
        case "group without head" if actor.may("plan"):
            return url_for("groups.listed", plan_id=one.plan_id, _anchor=f"group-{one.number}")
        case "grid without lead" | "lead away" if actor.may("plan"):
            return url_for("drafts.lead_choice", plan_id=one.plan_id, number=one.number)
        case "grid without lead" | "lead away" | "grid without group" if actor.may("see coverage"):
            return url_for("town.grid", plan_id=one.plan_id, number=one.number)
        case "household in no grid" if actor.may("see households"):
            return url_for("town.household", household_id=one.id)
        case "member of no village" if actor.may("see households"):
            return url_for("town.member", member_id=one.id)
        case "group without head":
            return url_for("coverage.group", plan_id=one.plan_id, group=one.number)
        case "grid without lead" | "lead away" | "grid without group":
            return url_for("coverage.grid", plan_id=one.plan_id, number=one.number)
    if one.village_id is not None and actor.may("see coverage"):
        return url_for("town.village", village_id=one.village_id)
    return None


def _on_map(**chosen: Any) -> str | None:
    """Return the address of the map with something chosen, where the map is for who looks."""
    return url_for("town.town_map", **chosen) if auth.actor().may("see coverage") else None
