"""Plans of the store as the lists are now: what is published of a draft, and what is written into files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from gridplan.model import Hamlet, Household, PlannedVillage, TownPlan, Village, in_order
from gridplan.planning.current import people_as_of_now
from gridplan.planning.hamlet_places import place_at_hamlets
from gridplan.service.plans.absences import with_absences
from gridplan.store.plans import plans
from gridplan.store.plans.plan_figures import plan_figures, plans_by_ids
from gridplan.store.registry import features, households, members, villages

if TYPE_CHECKING:
    from gridplan.planning.redraw import Obstacles


@dataclass(frozen=True)
class Lists:
    """The lists of some villages as they are now."""

    homes: Mapping[str, tuple[Household, ...]]
    """Who lives in each village, in the order of their codes."""
    serving: Mapping[str, str]
    """How the members who serve are called, by code; those of other villages too."""
    hamlets: tuple[Hamlet, ...]
    villages: tuple[Village, ...]
    obstacles: Obstacles

    def as_of_now(self, town: TownPlan, *, with_new: bool) -> TownPlan:
        """Return plans, read as they were planned, as the lists are now.

        Who came since is in none of the grids, or with `with_new` false not in the plans at all.
        """
        drawn = tuple(self._village(one, with_new=with_new) for one in town.villages)
        return people_as_of_now(replace(town, villages=drawn), self.serving)

    def _village(self, planned: PlannedVillage, *, with_new: bool) -> PlannedVillage:
        from gridplan.planning.redraw import redraw_as_of_now  # loads the engine, which most pages do without

        return redraw_as_of_now(planned, self.living(planned, with_new=with_new), self.obstacles)

    def living(self, planned: PlannedVillage, *, with_new: bool) -> tuple[Household, ...]:
        """Return who lives in the village of a plan now, each where it stands; who has no place stays where it stood.

        With `with_new` false those who came since the plan was made are not among them.
        """
        stood = {home.household_id: home for home in planned.plan.households}
        living = []
        for home in self.homes.get(planned.plan.village, ()):
            before = stood.get(home.household_id)
            if before is not None and not home.has_place:
                living.append(replace(home, lon=before.lon, lat=before.lat))
            elif before is not None or with_new:
                living.append(home)
        return tuple(place_at_hamlets(living, self.hamlets, self.villages))


def read_lists(connection: Connection, village_ids: Collection[int]) -> Lists:
    """Return the lists of villages as they are now."""
    homes: dict[str, list[Household]] = defaultdict(list)
    for home in households.models(connection, village_ids):
        homes[home.village].append(home)
    return Lists(
        homes={village: tuple(living) for village, living in homes.items()},
        serving={one.member_id: one.name for one in members.models(connection)},
        hamlets=villages.hamlets(connection, village_ids),
        villages=villages.models(connection, village_ids),
        obstacles=read_obstacles(connection),
    )


def read_obstacles(connection: Connection) -> Obstacles:
    """Return the barriers and crossings of the town."""
    from gridplan.planning.redraw import Obstacles  # loads the engine, which most pages do without

    return Obstacles(*(features.shapes(connection, kind) for kind in ("barrier", "crossing")))


def town_for_files(connection: Connection, plan_ids: Collection[int], day: date | None = None) -> TownPlan:
    """Return plans as they are written into files: archived ones as they were, all others as the lists are now.

    With a `day` files tell how many households live in each grid then. Barriers are those of the town as it is now.
    """
    rows = plan_figures(connection, plans_by_ids(plan_ids))
    archived = [row["id"] for row in rows if row["state"] == "archived"]
    others = [row for row in rows if row["state"] != "archived"]
    kept = with_absences(connection, plans.town(connection, [row["id"] for row in others], as_planned=True), day)
    town = as_in_files(connection, archived, kept, [row["village_id"] for row in others])
    there = read_obstacles(connection)
    return replace(
        town,
        far=min(plans.far_settings(connection, plan_ids), default=town.far),
        barriers=tuple(there.barriers),
        crossings=tuple(there.crossings),
    )


def as_in_files(
    connection: Connection, archived: Sequence[int], kept: TownPlan, village_ids: Collection[int]
) -> TownPlan:
    """Return archived plans as they were with others, read as they were planned, as the lists of their villages are."""
    past = plans.town(connection, archived)
    past = people_as_of_now(past, {one.member_id for one in past.members})
    now = read_lists(connection, village_ids).as_of_now(kept, with_new=True)
    return TownPlan(
        villages=in_order((*past.villages, *now.villages)),
        members=tuple({one.member_id: one for one in (*past.members, *now.members)}.values()),
        assignments=(*past.assignments, *now.assignments),
        shortages=(*past.shortages, *now.shortages),
    )
