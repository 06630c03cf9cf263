"""The lists of an import in the words of the town: villages and hamlets are written as they are stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TypeVar

from gridplan.exchange.lists.hamlets import hamlet_key_of, hamlet_spellings
from gridplan.model import Hamlet, Household, Member, Village
from gridplan.names import folded
from gridplan.service.imports.staging import StagedLists

InHamlet = TypeVar("InHamlet", Household, Member)


def with_stored_names(
    lists: StagedLists, villages: Sequence[Village], lived_in: Iterable[tuple[str, str]], hamlets: Sequence[Hamlet]
) -> StagedLists:
    """Return lists with their hamlets and the villages of those as the town writes them, else as households do.

    `lived_in` are villages and hamlets of the stored households, `hamlets` the stored places.
    """
    homes = lists.households.households if lists.households else ()
    villages_of_homes = dict.fromkeys(home.village for home in homes)
    called = {folded(name): name for name in (*villages_of_homes, *(one.name for one in (*lists.villages, *villages)))}
    places = [replace(place, village=called.get(folded(place.village), place.village)) for place in lists.hamlets]
    listed = ((home.village, home.hamlet or "") for home in homes)
    stored, own = (pair for pair, _ in Counter(lived_in).most_common()), (pair for pair, _ in Counter(listed).items())
    placed = ((place.village, place.name or "") for place in (*hamlets, *places))
    meant = hamlet_spellings(chain(stored, own, placed))
    return replace(
        lists,
        households=lists.households and replace(lists.households, households=_spelt(homes, meant)),
        members=lists.members and replace(lists.members, members=tuple(_spelt(lists.members.members, meant))),
        hamlets=tuple(replace(place, name=_spelling(meant, place.village, place.name)) for place in places),
    )


def _spelt(nouns: Sequence[InHamlet], meant: Mapping[tuple[str, str], str]) -> Sequence[InHamlet]:
    """Return households or members with their hamlets as they are meant; the same ones where nothing is to change."""
    if all(noun.hamlet == _spelling(meant, noun.village, noun.hamlet) for noun in nouns):
        return nouns
    return [replace(noun, hamlet=_spelling(meant, noun.village, noun.hamlet)) for noun in nouns]


def _spelling(meant: Mapping[tuple[str, str], str], village: str | None, hamlet: str | None) -> str | None:
    return meant.get(hamlet_key_of(village or "", hamlet), hamlet) if hamlet else hamlet
