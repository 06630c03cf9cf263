"""The members of a town's plan as its workbook names them: leads, deputies, their grids, and why."""

from __future__ import annotations

from collections import Counter
from typing import Final

from gridplan.model import Assignment, Member, Role, TownPlan, grid_id
from gridplan.words import BETWEEN, IN_BRACKETS, Lang, Message

HOME_GIVEN: Final = "members.home.own"


class WorkbookPeople:
    """The members of a plan, their grids in each role, and what to call them."""

    def __init__(self, town: TownPlan, lang: Lang) -> None:
        self.lang = lang
        self.homes = town.homes
        self.left_out = town.left_out
        self.members = {member.member_id: member for member in town.members}
        self.times_called = Counter((member.name, member.village) for member in town.members)
        self.of_grid: dict[tuple[str, int, Role], list[str]] = {}
        self.of_member: dict[str, list[Assignment]] = {}
        for work in sorted(town.assignments, key=lambda work: (work.village, work.grid)):
            self.of_grid.setdefault((work.village, work.grid, work.role), []).append(work.member_id)
            self.of_member.setdefault(work.member_id, []).append(work)

    def names(self, village: str, grid: int, role: Role) -> str:
        """Return the lead or the deputies of a grid; empty where there are none."""
        found = self.of_grid.get((village, grid, role), [])
        return BETWEEN[self.lang].join(self.name(village, member_id) for member_id in found)

    def codes(self, village: str, grid: int, role: Role) -> str:
        """Return the same as codes."""
        return BETWEEN[self.lang].join(self.of_grid.get((village, grid, role), []))

    def grids(self, member: Member, role: Role) -> str:
        """Return the grids that a member has in a role."""
        works = self.of_member.get(member.member_id, [])
        return BETWEEN[self.lang].join(grid_id(work.village, work.grid) for work in works if work.role == role)

    def why(self, member: Member) -> str:
        """Return why a member has the grids that they have, or why none."""
        whys = [work.why for work in self.of_member.get(member.member_id, ())]
        if not whys:
            whys = [self.left_out.get(member.member_id, Message("book.spare"))]
        home = self.homes.get(member.member_id)
        if home and home not in whys and home.code != HOME_GIVEN:
            whys.append(home)
        return "\n".join(why.say(self.lang) for why in whys)

    def home(self, member: Member) -> tuple[float | None, float | None]:
        """Return longitude and latitude of a home that the list gives; none of one that was only found."""
        home = self.homes.get(member.member_id)
        return (member.lon, member.lat) if home is None or home.code == HOME_GIVEN else (None, None)

    def name(self, village: str, member_id: str) -> str:
        """Return the name of a member, with the code where the name alone would not tell who is meant in a village."""
        member = self.members.get(member_id)
        if member is None:
            return member_id
        near = self.times_called[member.name, village] + self.times_called[member.name, None]
        if near == 1 and member.village in (village, None) and member.name not in self.members:
            return member.name
        return IN_BRACKETS[self.lang].format(member.name, member_id)
