"""The list of links, and that of the gaps of linkage: columns and filters, once for the page and its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from gridplan.linkage import STANDINGS, Standing
from gridplan.names import sort_key
from gridplan.service.chain.linkage import Gaps, LinkagePage, called
from gridplan.service.lists.computed import ComputedListing
from gridplan.service.lists.filters import Choice
from gridplan.service.lists.nouns import ListColumn, Noun
from gridplan.store.rows import Row
from gridplan.words import Message

TO_CALL: Final = "to-call"
"""The filter of links that a call is due to, overdue ones too."""
MARKS: Final[Mapping[Standing, str]] = {"overdue": "overdue", "due": "due", "called": "good"}


def _by_name(*fields: str) -> Callable[[Row], Any]:
    return lambda row: tuple(sort_key(row[field] or "") for field in fields)


def _plain(key: str, heading: str = "") -> ListColumn:
    return ListColumn(key, heading or f"linkage.column.{key}", lambda row, _: row[key])


def links(page: LinkagePage) -> Noun:
    """Return the list of links: by village, or as it is sorted by a name; never by how anybody stands."""
    rows = [{**link.row, "standing": link.standing} for link in page.links]
    people = {str(row["person_id"]): row["person"] for row in rows}
    standings = {TO_CALL: Message("linkage.to_call")} | {one: Message(f"linkage.standing.{one}") for one in STANDINGS}
    choices = (
        Choice("standing", standings, "linkage.all_links"),
        Choice("village", {str(id_): name for id_, name in page.villages}),
        Choice("kind", {str(id_): row["title"] for id_, row in page.kinds.items()}),
        Choice("person", people, "linkage.everybody"),
    )
    listing = ComputedListing(
        sorted(rows, key=_by_name("village", "branch", "person")),
        {
            "village": _by_name("village", "branch", "person"),
            "branch": _by_name("branch", "village", "person"),
            "person": _by_name("person", "village", "branch"),
            "kind": _by_name("kind", "village", "branch"),
        },
        {
            "standing": lambda row, value: (
                row["standing"] == value or (value == TO_CALL and row["standing"] != "called")
            ),
            "village": lambda row, value: str(row["village_id"]) == value,
            "kind": lambda row, value: str(row["kind_id"]) == value,
            "person": lambda row, value: str(row["person_id"]) == value,
        },
    )
    return Noun(
        "links",
        "linkage.links",
        (
            *map(_plain, ("village", "branch", "person", "kind")),
            ListColumn("standing", "linkage.column.standing",
                       lambda row, to: Message(f"linkage.standing.{row['standing']}").say(to.lang),
                       mark=lambda row: MARKS[row["standing"]]),
        ),
        lambda *_: listing,
        lambda *_: choices,
        named_by="village",
        is_searched=False,
    )  # fmt: skip


def gaps(page: LinkagePage) -> Noun:
    """Return the list of who has too few or too many links, and of villages and branches that nobody is linked to."""
    kinds = {one: Message(f"linkage.gap.{one}") for one in ("persons", "villages", "branches")}
    choices = (
        Choice("gap", kinds, "linkage.all_gaps"),
        Choice("village", {str(id_): name for id_, name in page.villages}),
    )
    listing = ComputedListing(
        list(_gap_rows(page.gaps)),
        {"what": _by_name("what")},
        {
            "gap": lambda row, value: row["gap"] == value,
            "village": lambda row, value: str(row["village_id"]) == value,
        },
    )
    return Noun(
        "linkage_gaps",
        "linkage.gaps",
        (
            _plain("what"),
            _plain("kind"),
            ListColumn("rule", "linkage.column.rule", lambda row, to: row["rule"] and row["rule"].say(to.lang)),
            ListColumn("missing", "linkage.column.missing", lambda row, to: row["missing"].say(to.lang)),
        ),
        lambda *_: listing,
        lambda *_: choices,
        named_by="what",
        is_searched=False,
    )


def _gap_rows(found: Gaps) -> Iterator[Row]:
    nobody: dict[str, Any] = {"kind": None, "rule": None, "missing": Message("linkage.nobody"), "person_id": None}
    for one in found.persons:
        person = one.person
        yield {
            "gap": "persons",
            "what": person["name"],
            "kind": person["kind"],
            "rule": Message(f"linkage.rule.{person['rule']}.{person['subject']}", {"n": person["count"]}),
            "missing": said_of(one.missing, one.n),
            "person_id": person["id"],
            "village_id": None,
        }
    for row in found.villages:
        yield nobody | {"gap": "villages", "what": row["name"], "village_id": row["id"]}
    for row in found.branches:
        name = called(row["village"], row["name"])
        yield nobody | {"gap": "branches", "what": name, "village_id": row["village_id"]}


def said_of(missing: int, n: int) -> Message:
    """Return how many links somebody has, and how many too few or too many that is."""
    return Message("linkage.too_few" if missing > 0 else "linkage.too_many", {"n": n, "missing": abs(missing)})
