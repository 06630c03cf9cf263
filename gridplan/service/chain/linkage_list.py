"""A list of who is linked to what: previewed against what is stored, then entered, all of it or nothing."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Final

from sqlalchemy import Connection, RowMapping

from gridplan.errors import InputRefused
from gridplan.exchange.lists.linkages import LinkageRow, read_linkages
from gridplan.exchange.lists.refused_csv import write_refusals
from gridplan.exchange.lists.rows.rows import Refusal
from gridplan.exchange.lists.rows.told_villages import refused_alike
from gridplan.exchange.lists.village_names import ListedVillage, VillageNames
from gridplan.exchange.tables.cells import CellRefused, check_text, refused
from gridplan.exchange.tables.formats import READERS
from gridplan.exchange.tables.source import Source
from gridplan.names import folded, one_line
from gridplan.service.chain.persons import add_to, count_links, overlapping
from gridplan.store import Store, Who
from gridplan.store.chain import branches, linkage
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope
from gridplan.words import Lang, Message

MOST_SHOWN: Final = 200
"""Rows that the page shows; the file of the refused ones has all."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A link as a row says it: a person of a kind, known or new, and a village or a branch in it, known or new."""

    name: str
    kind_id: int
    village_id: int
    branch: str | None

    @property
    def person(self) -> tuple[str, int]:
        """What tells persons apart."""
        return folded(self.name), self.kind_id

    @property
    def new_branch(self) -> tuple[int, str]:
        """What tells branches apart."""
        return self.village_id, folded(self.branch)


@dataclass(frozen=True, slots=True)
class LinkagePreview:
    """What a list holds and would add; nothing is stored of it until it is confirmed."""

    file: str
    content: str
    """The new links, as the form sends them back; blank where there are none."""
    new: tuple[tuple[str, str, str, str], ...]
    """Of each: person, kind, village, branch."""
    same: int
    """Links that are there already, or listed twice."""
    persons: int
    """New ones."""
    branches: int
    """New ones."""
    refused: tuple[Refusal, ...]
    refused_csv: str
    notes: tuple[Message, ...]


def preview_linkages(
    store: Store, scope: Scope, name: str, content: IO[bytes], lang: Lang, *, today: date
) -> LinkagePreview:
    """Return what a list holds and would add.

    Raises
    ------
    InputRefused
        The file or its columns cannot be used, or there is no kind yet.
    """
    file = one_line(name.replace("\\", "/").rpartition("/")[2])[:120] or "?"
    ending = Path(file).suffix.lower()
    if ending not in READERS:
        raise InputRefused("read.ending", file=file, endings=" ".join(READERS))
    with tempfile.TemporaryDirectory(prefix="gridplan-") as folder, store.read() as connection:
        path = Path(folder) / f"linkage{ending}"
        with path.open("wb") as copy:
            shutil.copyfileobj(content, copy)
        known = _Known(connection, scope)
        if not known.kinds:
            raise InputRefused("linkage.no_kinds")
        found = read_linkages(Source(path, called=file), known.listed)
        text = ""
        if found.refused:
            several = len({one.table for one in found.refused}) > 1
            write_refusals(Path(folder) / "refused.csv", found.header, found.refused, lang, several=several)
            text = (Path(folder) / "refused.csv").read_text(encoding="utf-8-sig")
        listed = tuple(dict.fromkeys(found.entries))
        new = [one for one in listed if not known.is_linked(one, today)]
    return LinkagePreview(
        file,
        json.dumps([asdict(one) for one in new], ensure_ascii=False) if new else "",
        tuple(known.shown(one) for one in new),
        len(found.entries) - len(new),
        len({one.person for one in new} - known.persons.keys()),
        len({one.new_branch for one in new if one.branch} - known.branches.keys()),
        found.refused,
        text,
        found.notes,
    )


class _Known:
    """The kinds, persons, villages and branches of a scope, as rows of a list call them."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self.connection = connection
        self.kinds = linkage.kinds(connection)
        self.kind_of = {folded(row["title"]): id_ for id_, row in self.kinds.items()}
        self.villages = {row["name"]: row for row in villages.rows(connection, scope)}
        self.called = VillageNames(villages.models(connection, scope))
        self.village_names = {row["id"]: row["name"] for row in self.villages.values()}
        self.branches: dict[tuple[int, str], RowMapping] = {}
        self.branches_called: dict[str, list[RowMapping]] = defaultdict(list)
        self.persons: dict[tuple[str, int], RowMapping] = {}
        for row in branches.rows(connection, scope, retired=True):
            self.branches[row["village_id"], folded(row["name"])] = row
            self.branches_called[folded(row["name"])].append(row)
        for row in linkage.persons(connection):
            self.persons[folded(row["name"]), row["kind_id"]] = row

    def listed(self, row: LinkageRow, known_id: int | None = None) -> Listed:
        """Return the link of a row, whose village may be known already."""
        if not row.name:
            raise refused("name", "linkage.row.no_name", "linkage.remedy.name")
        kind_id = self._kind(row.kind)
        if self.kinds[kind_id]["subject"] == "village":
            if row.branch:
                raise refused("branch", "linkage.row.no_branch_wanted", "linkage.remedy.no_branch")
            return Listed(row.name, kind_id, known_id or self._village(row), None)
        if not row.branch:
            raise refused("branch", "linkage.row.no_branch", "linkage.remedy.branch")
        village_id = known_id or (self._village(row) if row.village else self._village_of(row.branch))
        branch = self.branches.get((village_id, folded(row.branch)))
        if branch is not None and branch["retired_on"] is not None:
            raise refused("branch", "linkage.row.branch_retired", "linkage.remedy.branch_retired")
        return Listed(row.name, kind_id, village_id, branch["name"] if branch else row.branch)

    def _kind(self, written: str) -> int:
        if not written and len(self.kinds) == 1:
            return next(iter(self.kinds))
        if folded(written) not in self.kind_of:
            titles = " / ".join(row["title"] for row in self.kinds.values())
            raise refused("kind", "linkage.row.no_kind", "linkage.remedy.kind", titles=titles)
        return self.kind_of[folded(written)]

    def _village(self, row: LinkageRow) -> int:
        meant = self.called.find(ListedVillage(row.village, row.town, row.village_code))
        if len(meant) > 1:
            raise refused_alike(meant)
        if not meant:
            code = "linkage.row.no_village" if row.village else "linkage.row.village_blank"
            raise refused("village", code, "linkage.remedy.village")
        return int(self.villages[meant[0].name]["id"])

    def _village_of(self, branch: str) -> int:
        found = self.branches_called[folded(branch)]
        if len(found) != 1:
            code = "linkage.row.branches" if found else "linkage.row.village_blank"
            raise refused("village", code, "linkage.remedy.village")
        return int(found[0]["village_id"])

    def is_linked(self, one: Listed, day: date) -> bool:
        """Return whether a link is there already on a day or later."""
        person = self.persons.get(one.person)
        branch = self.branches.get(one.new_branch) if one.branch else None
        if person is None or (one.branch and branch is None):
            return False
        target = one.village_id, branch["id"] if branch else None
        return bool(overlapping(self.connection, person["id"], [target], (day, None)))

    def shown(self, one: Listed) -> tuple[str, str, str, str]:
        """Return a link as the preview shows it."""
        return one.name, self.kinds[one.kind_id]["title"], self.village_names[one.village_id], one.branch or ""

    def check(self, one: Listed) -> None:
        """Check what the form sends back of a preview.

        Raises
        ------
        InputRefused
            It is none that a preview has.
        """
        kind, village = self.kinds.get(one.kind_id), self.village_names.get(one.village_id)
        if kind is None or village is None:
            raise InputRefused("linkage.not_previewed")
        try:
            again = self.listed(LinkageRow(one.name, kind["title"], village, one.branch or ""), one.village_id)
            for field, text in (("name", one.name), ("branch", one.branch or "")):
                check_text(field, text)
        except CellRefused as problem:
            raise InputRefused("linkage.not_previewed") from problem
        if again != one or any(one_line(text) != text for text in (one.name, one.branch or "")):
            raise InputRefused("linkage.not_previewed")


def enter_linkages(store: Store, who: Who, scope: Scope, content: str, from_day: date, *, now: datetime) -> int:
    """Enter what was previewed of a list, linked from a day on; return how many links are new.

    Raises
    ------
    InputRefused
        It is not what a preview sends.
    """
    listed = _parsed(content)
    with store.change(who, "link", "linked person", now=now) as change:
        connection = change.connection
        known = _Known(connection, scope)
        for one in listed:
            known.check(one)
        new = [one for one in listed if not known.is_linked(one, from_day)]
        persons = {key: int(row["id"]) for key, row in known.persons.items()}
        branch_ids = {key: int(row["id"]) for key, row in known.branches.items()}
        for one in new:
            if one.person not in persons:
                persons[one.person] = linkage.add_person(connection, one.name, one.kind_id)
            if one.branch and one.new_branch not in branch_ids:
                branch_ids[one.new_branch] = branches.add(connection, one.village_id, one.branch)
            branch_id = branch_ids[one.new_branch] if one.branch else None
            add_to(connection, persons[one.person], [(one.village_id, branch_id)], from_day, None)
        change.by_village = count_links(one.village_id for one in new)
    return len(new)


def _parsed(content: str) -> Sequence[Listed]:
    """Return the links that a form sends back.

    Raises
    ------
    InputRefused
        It is not what a preview sends.
    """
    try:
        sent = json.loads(content)
        found = [Listed(str(one["name"]), one["kind_id"], one["village_id"], one["branch"]) for one in sent]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InputRefused("linkage.not_previewed") from None
    if not isinstance(sent, list) or not all(map(_is_sound, found)):
        raise InputRefused("linkage.not_previewed")
    return tuple(dict.fromkeys(found))


def _is_sound(one: Listed) -> bool:
    ids: Iterable[object] = (one.kind_id, one.village_id)
    return all(type(id_) is int for id_ in ids) and isinstance(one.branch, str | None)
