"""The chain of the demo town: heads of party groups, who is linked to villages and branches, and their calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from random import Random
from typing import Final

from sqlalchemy import Connection

from gridplan.demo.definition import read_definition
from gridplan.demo.linkage import KINDS, branch_names, calls, linked_persons
from gridplan.demo.span import Span
from gridplan.store.chain import branches, groups, linkage
from gridplan.store.chain.linkage import Entry
from gridplan.store.contact.covers import in_charge
from gridplan.store.registry import villages

WITHOUT_HEAD: Final = 12
"""Of so many party groups one has no head."""


def choose_demo_heads(connection: Connection, day: date) -> None:
    """Let the lead of the first grid of each party group be its head, but of a few."""
    in_force = groups.groups_in_force(connection)
    grids = groups.grids_of_groups(connection, {row["plan_id"] for row in in_force})
    who = in_charge(connection, day, {row["plan_id"] for row in in_force})
    for place, row in enumerate(in_force):
        key = row["plan_id"], row["number"]
        leads = (who.get((row["plan_id"], number)) for number in grids.get(key, ()))
        head = next((one.lead for one in leads if one and one.lead), None)
        if head and place % WITHOUT_HEAD != WITHOUT_HEAD // 2:
            groups.change_group(connection, *key, {"head_id": head})


def add_demo_linkage(connection: Connection, village_ids: Sequence[int], first: date, seed: int) -> None:
    """Link leaders and instructors to villages and branches of a town that has neither, from a day on."""
    names = villages.names(connection)
    branches_of = [
        (village_id, branches.add(connection, village_id, name))
        for place, village_id in enumerate(village_ids)
        for name in branch_names(names[village_id], place)
    ]
    for kind in KINDS:
        linkage.save_kind(connection, None, kind)
    kinds = list(linkage.kinds(connection))
    for person in linked_persons(len(village_ids), len(branches_of), _names(200, seed)):
        person_id = linkage.add_person(connection, person.name, kinds[person.kind])
        for place in person.to:
            of_branch = KINDS[person.kind]["subject"] == "branch"
            village_id, branch_id = branches_of[place] if of_branch else (village_ids[place], None)
            link = {"person_id": person_id, "village_id": village_id, "branch_id": branch_id}
            linkage.add_link(connection, link | {"from_day": first, "until_day": None})


def _names(n: int, seed: int) -> list[str]:
    """Return invented names."""
    random, of = Random(seed), read_definition()  # noqa: S311 - not for secrets
    return [random.choice(of.surnames) + "".join(random.choices(of.given, k=2)) for _ in range(n)]


def add_demo_calls(connection: Connection, first: date, span: Span) -> None:
    """Add the calls of links that come in in a span of time; later on of those alone of which nobody enters calls."""
    links = [row["id"] for row in linkage.links_in(connection, span.today, span.today)]
    if span.after is not None:
        by_somebody = {
            row["linkage_id"] for row in linkage.calls_in(connection, first, span.today) if row["entered_by"]
        }
        links = sorted(set(links) & set(linkage.last_calls(connection, span.today)) - by_somebody)
    of_moment: dict[tuple[date, datetime], dict[int, str]] = defaultdict(dict)
    for link_id, id_, day, entered_at in calls(links, first, span):
        of_moment[day, entered_at][link_id] = id_
    for (day, entered_at), ids in of_moment.items():
        linkage.add_calls(connection, day, ids, Entry(None, entered_at))
