"""Leaders and instructors: added and changed, linked to villages and branches for some days, and put away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, RowMapping

from gridplan.errors import InputRefused
from gridplan.linkage import Subject, overlap
from gridplan.names import folded
from gridplan.roles import Actor
from gridplan.service.chain.linkage import called
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who
from gridplan.store.chain import branches, linkage
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope
from gridplan.words import series

Target = tuple[int, int | None]
"""What somebody is linked to: a village, and the branch in it if it is one."""
NAMED: Final = 3
"""Links that a sentence names."""


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """Somebody in the list, and the links within the scope that hold today."""

    row: RowMapping
    links: tuple[RowMapping, ...]


@dataclass(frozen=True, slots=True)
class PersonsPage:
    """Everybody who may be linked, and the kinds they can be of."""

    persons: tuple[ListedPerson, ...]
    kinds: tuple[RowMapping, ...]


def persons_page(store: Store, scope: Scope, today: date) -> PersonsPage:
    """Return everybody who may be linked, with the links within a scope."""
    with store.read() as connection:
        of_person: dict[int, list[RowMapping]] = defaultdict(list)
        for row in linkage.links_in(connection, today, today, scope):
            of_person[row["person_id"]].append(row)
        return PersonsPage(
            tuple(ListedPerson(row, tuple(of_person[row["id"]])) for row in linkage.persons(connection)),
            tuple(linkage.kinds(connection).values()),
        )


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Somebody with the links within a scope, and what else they can be linked to."""

    row: RowMapping
    kind: RowMapping
    kinds: tuple[RowMapping, ...]
    links: tuple[RowMapping, ...]
    targets: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """What the person can be linked to: branches by their village, or all villages; each as an address names it."""
    may_change: bool
    """Whether who looks may rename or put away the person: only with all villages of the links."""


def person_page(store: Store, actor: Actor, person_id: int) -> PersonPage:
    """Return somebody who is linked.

    Raises
    ------
    NotFound
        There is nobody with this id.
    """
    with store.read() as connection:
        row, kinds = linkage.person(connection, person_id), linkage.kinds(connection)
        kind = kinds[row["kind_id"]]
        links = linkage.links_of(connection, person_id, actor.scope)
        for_good = {_target_of(one) for one in links if one["until_day"] is None}
        return PersonPage(
            row,
            kind,
            tuple(kinds.values()),
            tuple(links),
            tuple(
                (village, tuple(one for one in offered if one[0] not in for_good))
                for village, offered in _targets(connection, kind["subject"], actor.scope)
            ),
            _may_change(connection, actor, person_id),
        )


def _may_change(connection: Connection, actor: Actor, person_id: int) -> bool:
    return actor.reaches({row["village_id"] for row in linkage.links_of(connection, person_id)})


def _target_of(link: RowMapping) -> str:
    return f"{link['village_id']}-{link['branch_id']}" if link["branch_id"] else str(link["village_id"])


def _targets(
    connection: Connection, subject: Subject, scope: Scope
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    if subject == "village":
        return (("", tuple((str(row["id"]), row["name"]) for row in villages.rows(connection, scope))),)
    of_village: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in branches.rows(connection, scope):
        of_village[row["village"]].append((f"{row['village_id']}-{row['id']}", row["name"]))
    return tuple((village, tuple(found)) for village, found in of_village.items())


# ---- persons


def add_person(store: Store, who: Who, form: FormFields, *, now: datetime) -> int:
    """Add a person and return the id.

    Raises
    ------
    InputRefused
        Something in the form is wrong.
    """
    with store.change(who, "change", "linked person", now=now) as change:
        name, kind_id = _person_of(change.connection, form)
        change.object_id = linkage.add_person(change.connection, name, kind_id)
        return change.object_id


def change_person(store: Store, actor: Actor, who: Who, person_id: int, form: FormFields, *, now: datetime) -> None:
    """Give a person another name or kind.

    Raises
    ------
    InputRefused
        Something in the form is wrong, or links lie in villages of others.
    """
    with store.change(who, "change", "linked person", now=now) as change:
        connection = change.connection
        if not _may_change(connection, actor, person_id):
            raise InputRefused("linkage.person_of_others")
        name, kind_id = _person_of(connection, form, besides=person_id)
        kinds, row = linkage.kinds(connection), linkage.person(connection, person_id)
        subjects = {kinds[id_]["subject"] for id_ in (row["kind_id"], kind_id)}
        if len(subjects) > 1 and linkage.links_of(connection, person_id):
            form.reject("kind_id", "linkage.other_subject")
        form.check()
        linkage.change_person(connection, person_id, {"name": name, "kind_id": kind_id})
        change.object_id = person_id


def _person_of(connection: Connection, form: FormFields, besides: int | None = None) -> tuple[str, int]:
    name = form.text("name", required=True) or ""
    kind_id = form.chosen_id("kind_id", linkage.kinds(connection))
    same = (row for row in linkage.persons(connection) if row["id"] != besides and row["kind_id"] == kind_id)
    if any(folded(row["name"]) == folded(name) for row in same):
        form.reject("name", "linkage.person_known", name=name)
    form.check()
    return name, kind_id or 0


def retire_person(store: Store, actor: Actor, who: Who, person_id: int, *, now: datetime, today: date) -> None:
    """Let nobody link a person any more: the links end today.

    Raises
    ------
    InputRefused
        Links lie in villages of others.
    """
    with store.change(who, "change", "linked person", now=now) as change:
        linkage.person(change.connection, person_id)
        if not _may_change(change.connection, actor, person_id):
            raise InputRefused("linkage.person_of_others")
        linkage.end_links_of(change.connection, person_id, today)
        linkage.change_person(change.connection, person_id, {"retired_on": today})
        change.object_id = person_id


def restore_person(store: Store, actor: Actor, who: Who, person_id: int, *, now: datetime) -> None:
    """Let a person be linked again; the links that ended stay so.

    Raises
    ------
    InputRefused
        Links lie in villages of others, or somebody else of the kind has the name by now.
    """
    with store.change(who, "change", "linked person", now=now) as change:
        row = linkage.person(change.connection, person_id)
        if not _may_change(change.connection, actor, person_id):
            raise InputRefused("linkage.person_of_others")
        _person_of(change.connection, FormFields({"name": row["name"], "kind_id": str(row["kind_id"])}), person_id)
        linkage.change_person(change.connection, person_id, {"retired_on": None})
        change.object_id = person_id


# ---- links


def add_links(
    store: Store, who: Who, scope: Scope, person_id: int, form: FormFields, targets: Sequence[str], *, now: datetime
) -> int:
    """Link a person to all that is ticked, from a day on; return to how many.

    Raises
    ------
    InputRefused
        Something in the form is wrong.
    """
    with store.change(who, "link", "linked person", now=now) as change:
        connection = change.connection
        row = linkage.person(connection, person_id)
        subject = linkage.kinds(connection)[row["kind_id"]]["subject"]
        known = {value for _, found in _targets(connection, subject, scope) for value, _ in found}
        if row["retired_on"] is not None:
            raise InputRefused("linkage.person_retired")
        if not targets:
            form.reject("target", "linkage.none_ticked")
        elif not known.issuperset(targets):
            form.reject("target", "registry.not_in_list")
        from_day, until_day = _days(form)
        if not form.problems:
            chosen = [_parsed(target) for target in dict.fromkeys(targets)]
            taken = overlapping(connection, person_id, chosen, (from_day, until_day))
            if taken:
                names = series((called(row["village"], row["branch"]) for row in taken), most=NAMED)
                form.reject("target", "linkage.linked_already", names=names)
        form.check()
        add_to(connection, person_id, chosen, from_day, until_day)
        change.object_id = person_id
        change.by_village = count_links(village_id for village_id, _ in chosen)
    return len(chosen)


def _parsed(target: str) -> Target:
    village_id, _, branch_id = target.partition("-")
    return int(village_id), int(branch_id) if branch_id else None


def _days(form: FormFields) -> tuple[date, date | None]:
    from_day, until_day = form.day("from_day"), form.day("until_day")
    if from_day is None:
        form.reject("from_day", "registry.required")
    elif until_day is not None and until_day <= from_day:
        form.reject("until_day", "linkage.until_before", day=from_day)
    return from_day or date.min, until_day


def overlapping(
    connection: Connection, person_id: int, targets: Iterable[Target], days: tuple[date, date | None]
) -> list[RowMapping]:
    """Return the links of a person to one of some targets that hold on one of some days already."""
    wanted = set(targets)
    return [
        row
        for row in linkage.links_of(connection, person_id)
        if (row["village_id"], row["branch_id"]) in wanted and overlap((row["from_day"], row["until_day"]), days)
    ]


def add_to(
    connection: Connection, person_id: int, targets: Iterable[Target], from_day: date, until_day: date | None
) -> None:
    """Link a person to villages and branches."""
    for village_id, branch_id in targets:
        days = {"from_day": from_day, "until_day": until_day}
        linkage.add_link(connection, {"person_id": person_id, "village_id": village_id, "branch_id": branch_id} | days)


def count_links(village_ids: Iterable[int]) -> dict[int | None, dict[str, int]]:
    """Return how many links there are in each village, as the audit has it."""
    counts: dict[int | None, dict[str, int]] = {}
    for village_id in village_ids:
        counts.setdefault(village_id, {"links": 0})["links"] += 1
    return counts


def end_link(store: Store, who: Who, link_id: int, form: FormFields, *, now: datetime) -> int:
    """Let a link end on a day, or with a blank one hold for good; return whose it is. Who may is asked before.

    Raises
    ------
    InputRefused
        The day is before the first one or a call, or the person is linked again by then.
    """
    with store.change(who, "end link", "linked person", now=now) as change:
        connection = change.connection
        row, until_day = linkage.link(connection, link_id), form.day("until_day")
        days = row["from_day"], until_day
        if until_day is not None and until_day <= row["from_day"]:
            form.reject("until_day", "linkage.until_before", day=row["from_day"])
        elif until_day is not None and linkage.has_calls(connection, link_id, until_day):
            form.reject("until_day", "linkage.call_after", day=until_day)
        else:
            target = row["village_id"], row["branch_id"]
            if any(one["id"] != link_id for one in overlapping(connection, row["person_id"], [target], days)):
                form.reject("until_day", "linkage.linked_again")
        form.check()
        linkage.end_link(connection, link_id, until_day)
        change.object_id, change.village_id = row["person_id"], row["village_id"]
        return int(row["person_id"])


def remove_link(store: Store, who: Who, link_id: int, *, now: datetime) -> int:
    """Remove a link that was a mistake; return whose it was. Who may is asked before.

    Raises
    ------
    InputRefused
        There is a call of it.
    """
    with store.change(who, "end link", "linked person", now=now) as change:
        row = linkage.link(change.connection, link_id)
        if linkage.has_calls(change.connection, link_id):
            raise InputRefused("linkage.has_calls")
        linkage.remove_link(change.connection, link_id)
        change.object_id, change.village_id = row["person_id"], row["village_id"]
        return int(row["person_id"])


def person_of(store: Store, link_id: int) -> int:
    """Return whose link it is."""
    with store.read() as connection:
        return int(linkage.link(connection, link_id)["person_id"])
