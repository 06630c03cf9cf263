"""Who leads the grids a town has, and who is deputy: as its households name them, and gridplan's own workbook.

That workbook names a lead on three sheets. What the sheet of members says was true when it was written; where another
sheet says something else it was edited, and the edit counts. Where two were edited differently, the sheet of grids
counts, and this is listed. A cell holds a name, a code, or a name with its code in brackets.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final, Literal

from gridplan.exchange.lists.plan_workbook import GridRow, PlanWorkbook
from gridplan.model import Assignment, GridKey, Member, Role, TownPlan, grid_id
from gridplan.names import folded
from gridplan.planning.existing.existing_grids import ExistingGrids, persons
from gridplan.rules import Violation
from gridplan.words import Message, series

Doubt = Literal["unknown", "ambiguous", "elsewhere"]
"""Not in the list, several of that name in it, or of another village."""
DOUBTS: Final[Mapping[tuple[Role, Doubt], str]] = {
    ("lead", "unknown"): "existing.lead_unknown",
    ("lead", "ambiguous"): "existing.lead_ambiguous",
    ("lead", "elsewhere"): "existing.lead_elsewhere",
    ("deputy", "unknown"): "existing.deputy_unknown",
    ("deputy", "ambiguous"): "existing.deputy_ambiguous",
    ("deputy", "elsewhere"): "existing.deputy_elsewhere",
}
WITH_CODE: Final = re.compile(r"(?P<name>.+?)\s*[(（](?P<code>[^()（）]+)[)）]")


@dataclass(frozen=True, slots=True)
class ExistingLeads:
    """The people a town's grids have, and what is doubtful about them.

    `members` are those of the list and everybody who has a grid; `are_named` is whether any lead is named at all;
    `notes` say which leads the workbook names anew.
    """

    members: tuple[Member, ...]
    assignments: tuple[Assignment, ...]
    are_named: bool
    doubts: tuple[Violation, ...]
    notes: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class MemberMatch:
    """The member meant, and what is doubtful about it; `n` members of the list could be meant."""

    member: Member
    doubt: Doubt | None = None
    n: int = 1


@dataclass(frozen=True, slots=True)
class _Named:
    """The lead of a grid, if one is named for certain, and what there is to say of it."""

    lead: MemberMatch | None
    names: tuple[str, ...] = ()
    """Everybody named, where it is more than one."""
    changed: Message | None = None
    differs: Message | None = None


def existing_leads(town: TownPlan, existing: ExistingGrids, members: Sequence[Member]) -> ExistingLeads:
    """Return who leads the grids of a town and who is deputy; `members` are those of its list, if there is one."""
    known = MemberLookup(members, existing.book.members)
    keys = [(village.plan.village, grid.number) for village in town.villages for grid in village.grids]
    led = {village for (village, _), counted in existing.leads_of.items() if counted}
    named = {key: _named(key, existing, led, known) for key in keys}
    leads = {key: one.lead.member for key, one in named.items() if one.lead}
    deputies = list(_deputies(keys, existing.row_of, known, {lead.member_id for lead in leads.values()}))
    listed = {member.member_id: member for member in known.members.values()}
    people = (*leads.values(), *(meant.member for _, meant in deputies))
    return ExistingLeads(
        members=tuple((listed | {member.member_id: member for member in people}).values()),
        assignments=(
            *(Assignment(*key, lead.member_id, "lead", Message("existing.lead_kept")) for key, lead in leads.items()),
            *(
                Assignment(*key, meant.member.member_id, "deputy", Message("existing.deputy_kept"))
                for key, meant in deputies
            ),
        ),
        are_named=bool(led or leads) or any(row.lead for row in existing.row_of.values()),
        doubts=(
            *(doubt for key, one in named.items() for doubt in _doubts(key, one)),
            *(_doubted(key, meant, "deputy") for key, meant in deputies if meant.doubt),
        ),
        notes=tuple(one.changed for one in named.values() if one.changed),
    )


def _named(key: GridKey, existing: ExistingGrids, led: Set[str], known: MemberLookup) -> _Named:
    village, _ = key
    counted = existing.leads_of.get(key, Counter())
    if (row := existing.row_of.get(key)) is None:
        text = _agreed(counted)
        return _Named(known.find(text, village) if text else None, _several(counted))
    return _of_sheets(row, counted, existing.book, led, known)


def _of_sheets(row: GridRow, counted: Counter[str], book: PlanWorkbook, led: Set[str], known: MemberLookup) -> _Named:
    """Return the lead of a grid that the sheets of a workbook name, of which some may have been edited."""

    def meant(text: str) -> MemberMatch | None:
        return known.find(text, row.village) if text else None

    before = meant(_before(row, book))
    counted = _without_guests(row, counted, book, known)
    on_grids = tuple(persons(row.lead or ""))
    texts = [on_grids[0] if on_grids else ""] if row.lead is not None else []
    texts += [row.lead_code] if row.lead_code is not None else []
    if row.village in led:
        texts.append(_agreed(counted) or ("" if not counted else _before(row, book)))
    edits = {_id(one): one for one in map(meant, texts) if _id(one) != _id(before)}
    names = on_grids if len(on_grids) > 1 else _several(counted)
    if len(on_grids) > 1 or not edits:
        return _Named(before, names)
    lead = next(iter(edits.values()))
    values = {"grid": grid_id(row.village, row.number), "before": _shown(before), "lead": _shown(lead)}
    if len(edits) == 1:
        changed = Message("existing.lead_changed", values) if before else None
        return _Named(lead, names, changed=changed)
    several = series(map(_shown, edits.values()))
    return _Named(lead, names, differs=Message("existing.sheets_differ", {**values, "names": several}))


def _before(row: GridRow, book: PlanWorkbook) -> str:
    return row.lead_code or "" if book.lead_of is None else book.lead_of.get(row.code, "")


def _without_guests(row: GridRow, counted: Counter[str], book: PlanWorkbook, known: MemberLookup) -> Counter[str]:
    """Return whom the households of a grid name, less the leads of other grids, whom moved households still name."""
    if len(counted) < 2:
        return counted
    elsewhere = {
        _id(known.find(_before(other, book), row.village))
        for other in book.grids
        if other.village == row.village and other.code != row.code and _before(other, book)
    }
    first = _agreed(counted)
    return Counter(
        {text: n for text, n in counted.items() if text == first or _id(known.find(text, row.village)) not in elsewhere}
    )


def _id(meant: MemberMatch | None) -> str | None:
    return meant.member.member_id if meant else None


def _shown(meant: MemberMatch | None) -> str:
    return f"{meant.member.name}（{meant.member.member_id}）" if meant else "–"


def _several(named: Counter[str]) -> tuple[str, ...]:
    return tuple(named) if len(named) > 1 else ()


def _agreed(named: Counter[str]) -> str | None:
    """Return the one named by most households, or None where there is none or more than one."""
    first, second, *_ = *named.most_common(2), ("", 0), ("", 0)
    return first[0] if first[1] > second[1] else None


def _doubts(key: GridKey, named: _Named) -> Iterator[Violation]:
    if named.names:
        values = {"grid": grid_id(*key), "n": len(named.names), "names": series(named.names)}
        yield Violation(Message("existing.several_leads", values), *key)
    if named.differs:
        yield Violation(named.differs, *key)
    if named.lead and named.lead.doubt:
        yield _doubted(key, named.lead, "lead")


def _doubted(key: GridKey, meant: MemberMatch, role: Role) -> Violation:
    member = meant.member
    values = {
        "grid": grid_id(*key),
        "lead": member.name,
        "n": meant.n,
        "member": member.member_id,
        "village": member.village,
    }
    return Violation(Message(DOUBTS[role, meant.doubt or "unknown"], values), *key)


def _deputies(
    keys: Iterable[GridKey], row_of: Mapping[GridKey, GridRow], known: MemberLookup, leads: set[str]
) -> Iterator[tuple[GridKey, MemberMatch]]:
    """Yield the deputies that a workbook names, who lead no grid."""
    for key in keys:
        for text in persons(row_of[key].deputies or "") if key in row_of else ():
            meant = known.find(text, key[0])
            if meant.member.member_id not in leads:
                yield key, meant


class MemberLookup:
    """Everybody a town knows: the members of its list, and those its own earlier plan knew besides.

    Where there is no list, the earlier plan's members are the list.
    """

    def __init__(self, listed: Sequence[Member], earlier: Sequence[Member] = ()) -> None:
        self.members = {member.member_id: member for member in listed or earlier}
        self.earlier = {member.member_id: member for member in earlier if member.member_id not in self.members}
        self._listed_by_name = _by_name(self.members.values())
        self._earlier_by_name = _by_name(self.earlier.values())

    def find(self, text: str, village: str) -> MemberMatch:
        """Return who is meant where `text` stands for a grid of `village`; one who is not known is a member by name.

        The member with that code, else the only one of that name in the village or in no village, else in the town.
        """
        name, code = self._parts(text, village)
        if (member := self.members.get(code)) and (code == text or folded(member.name) == folded(name)):
            return _of_list(member, village)
        same = _called(text, village, self._listed_by_name) or _called(name, village, self._listed_by_name)
        if len(same) == 1:
            return _of_list(same[0], village)
        unlisted = self._by_name_only(name, code, village)
        if not self.members:
            return MemberMatch(unlisted)
        return MemberMatch(unlisted, "ambiguous" if same else "unknown", len(same))

    def _parts(self, text: str, village: str) -> tuple[str, str]:
        """Return the name and the code in a text; one without a code of its own is both."""
        if text in self.members:
            return self.members[text].name, text
        if text in self.earlier:
            return self.earlier[text].name, text
        if text.startswith(f"{village}-") and (name := text.removeprefix(f"{village}-").rstrip("+")):
            return name, text
        if found := WITH_CODE.fullmatch(text):
            name, code = found["name"], found["code"]
            if code in self.members or code in self.earlier or code.startswith(f"{village}-"):
                return name, code
        return text, text

    def _by_name_only(self, name: str, code: str, village: str) -> Member:
        """Return the member of the earlier plan, else one made up, where it is not certain that the list has them."""
        earlier = [self.earlier[code]] if code in self.earlier else _called(name, village, self._earlier_by_name)
        if len(earlier) == 1:
            return earlier[0]
        made = f"{village}-{name}"
        while made in self.members:
            made += "+"
        return Member(made, name, village=village)


def _of_list(member: Member, village: str) -> MemberMatch:
    return MemberMatch(member, None if member.village in (village, None) else "elsewhere")


def _by_name(members: Iterable[Member]) -> Mapping[str, list[Member]]:
    found: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        found[folded(member.name)].append(member)
    return found


def _called(name: str, village: str, by_name: Mapping[str, list[Member]]) -> list[Member]:
    same = by_name.get(folded(name), [])
    return [member for member in same if member.village in (village, None)] or same
