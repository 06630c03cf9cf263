"""Who is meant by what a list writes where a person belongs: a name, a code, or a name with its code in brackets."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from gridplan.model import Member
from gridplan.names import folded, without_phone

SEVERAL: Final = re.compile("[、,，;；/](?![^（(]*[)）])")
"""What stands between persons; within brackets it is part of a code."""
WITH_CODE: Final = re.compile(r"(?P<name>.+?)\s*[(（](?P<code>[^()（）]+)[)）]")

Doubt = Literal["unknown", "ambiguous", "elsewhere"]
"""Not in the list, several of that name in it, or of another village."""


@dataclass(frozen=True, slots=True)
class MemberMatch:
    """The member meant, and what is doubtful about it; `n` members of the list could be meant."""

    member: Member
    doubt: Doubt | None = None
    n: int = 1


def persons(cell: str) -> Iterator[str]:
    """Walk the persons named in a cell."""
    return filter(None, (part.strip() for part in SEVERAL.split(without_phone(cell))))


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
