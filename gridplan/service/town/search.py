"""Search by code, name, door, hamlet and number of a grid, within the scope and powers of an account.

Every word of a text has to fit: a village narrows what the others find, before them, behind them or written together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from sqlalchemy import Connection, RowMapping, Select

from gridplan.names import folded, in_digits, sort_key, spellings, village_stem, visible
from gridplan.roles import Actor
from gridplan.store import Store
from gridplan.store.registry import search
from gridplan.store.registry.search import Word
from gridplan.store.registry.villages import Scope
from gridplan.words import Message

Kind = Literal["village", "grid", "hamlet", "household", "member"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
MOST_ANSWERS: Final = 12
"""Answers of all kinds below a search box."""
SURE_OF_A_KIND: Final = 3
"""Answers that every kind has room for below a search box."""
PAGE_SIZE: Final = 50
LONGEST: Final = 100
"""Letters of a text that are searched for; databases refuse patterns that are much longer."""
FIRST_ANSWERS: Final = 10
"""Answers of each kind where all kinds stand on one page."""
GRID: Final = re.compile(
    r"(?P<before>grid|微?网格|#)?\s*第?\s*(?<!\d)0?(?P<number>[1-9]\d{0,2})(?!\d)\s*(号?\s*(?P<behind>微?网格)|号)?",
    re.IGNORECASE,
)
"""A number that may be that of a grid; what stands before or behind it says that it is."""
APART: Final = re.compile(r"[\s·,，、;；/]+")
DASHES: Final = "-–—_#"


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """An answer: what it is, the id behind it (of a grid: plan and number), what it is called, what it says beside."""

    kind: Kind
    ids: tuple[int, ...]
    text: Message
    detail: Message


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers below a search box, and whether there are more."""

    answers: tuple[SearchAnswer, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class AnswersOfKind:
    """What was found of a kind: how many, and those of a page."""

    kind: Kind
    total: int
    answers: tuple[SearchAnswer, ...]


def search_town(store: Store, text: str, actor: Actor) -> Answers:
    """Return what fits a text best: of every kind some, and in all no more than a box shows."""
    with store.read() as connection:
        found = [
            [kind.answer(row) for row in kind.rows(connection, MOST_ANSWERS + 1)]
            for kind in _kinds(connection, text, actor)
        ]
    room = {index: min(len(answers), SURE_OF_A_KIND) for index, answers in enumerate(found)}
    for index, answers in enumerate(found):
        room[index] += min(len(answers) - room[index], MOST_ANSWERS - sum(room.values()))
    shown = tuple(answer for index, answers in enumerate(found) for answer in answers[: room[index]])
    return Answers(shown, len(shown) < sum(map(len, found)))


def search_pages(store: Store, text: str, actor: Actor, kind: str | None, page: int) -> tuple[AnswersOfKind, ...]:
    """Return all that fits a text by kind, of each the first answers; or a page of those of one kind."""
    found = []
    with store.read() as connection:
        for one in _kinds(connection, text, actor):
            if kind in (None, one.kind) and (total := one.total(connection)):
                rows = one.rows(connection, PAGE_SIZE if kind else FIRST_ANSWERS, (page - 1) * PAGE_SIZE)
                found.append(AnswersOfKind(one.kind, total, tuple(map(one.answer, rows))))
    return tuple(found)


# ---- what is searched for


@dataclass(frozen=True, slots=True)
class _OfKind:
    kind: Kind
    found: Select[Any] | Sequence[RowMapping]
    answer: Callable[[RowMapping], SearchAnswer]

    def rows(self, connection: Connection, most: int, skip: int = 0) -> Sequence[RowMapping]:
        if isinstance(self.found, Select):
            return search.first(connection, self.found, most, skip)
        return self.found[skip : skip + most]

    def total(self, connection: Connection) -> int:
        return search.total(connection, self.found) if isinstance(self.found, Select) else len(self.found)


def _kinds(connection: Connection, text: str, actor: Actor) -> Iterator[_OfKind]:
    """Yield what a text finds of each kind; households, hamlets and members only for those who may see them."""
    text = visible(text)[:LONGEST]
    if not actor.may("see coverage") or not text.strip():
        return
    known = search.villages(connection, actor.scope)
    words = [_word(word, known) for word in _words(text)]
    yield _OfKind("village", _villages(text, known), _village)
    yield _OfKind("grid", _grids(text, words, known, actor), _grid)
    if actor.may("see households"):
        yield _OfKind("hamlet", search.hamlets(words, actor.scope), _hamlet)
        yield _OfKind("household", search.households(words, actor.scope), _household)
        yield _OfKind("member", search.members(words, actor.scope), _member)


def _words(text: str) -> list[str]:
    found = (word.strip(DASHES) for word in APART.split(text))
    return [word for word in found if word] or [text.strip()]


def _word(text: str, known: Sequence[RowMapping]) -> Word:
    """Return a word with the villages that it names, or that it begins with."""
    wanted, named, begins = folded(text), [], []
    for row in known:
        name, stem = folded(row["name"]), village_stem(row["name"])
        if wanted in name or village_stem(text) == stem:
            named.append(row["id"])
        elif begin := next((one for one in (name, stem) if one and wanted.startswith(one)), None):
            begins.append((row["id"], wanted.removeprefix(begin).lstrip(DASHES)))
    return Word(spellings(text), tuple(named), tuple((id_, spellings(rest)) for id_, rest in begins if rest))


def _villages(text: str, known: Sequence[RowMapping]) -> Sequence[RowMapping]:
    """Return the villages that have a text in their name or code: equal ones first, then those that begin with it."""
    wanted = folded(text)

    def closeness(row: RowMapping) -> int:
        names = [folded(row["name"]), folded(row["code"])]
        return min(
            0 if name == wanted else 1 if name.startswith(wanted) else 2 if wanted in name else 3 for name in names
        )

    return sorted((row for row in known if closeness(row) < 3), key=lambda row: (closeness(row), sort_key(row["name"])))


def _grids(text: str, words: Sequence[Word], known: Sequence[RowMapping], actor: Actor) -> Select[Any]:
    """Return the grids of a number: in the villages that the other words name, in all where there are none.

    Where the text says that it is about a grid, words that name no village are left out.
    """
    ordinary = in_digits(unicodedata.normalize("NFKC", text))
    number: int | None = None
    within: Scope = actor.scope
    for found in GRID.finditer(ordinary):
        others = [
            _word(word, known) for word in _words(f"{ordinary[: found.start()]} {ordinary[found.end() :]}") if word
        ]
        of_villages = [set(word.villages) for word in others if word.villages]
        if found["before"] or found["behind"] or len(of_villages) == len(others):
            number = int(found["number"])
            within = set.intersection(*of_villages) if of_villages else actor.scope
    return search.grids(words, number, within, actor.scope)


# ---- answers


def _village(row: RowMapping) -> SearchAnswer:
    return SearchAnswer("village", (row["id"],), _name(row["name"]), Message("town.kind.village"))


def _grid(row: RowMapping) -> SearchAnswer:
    name = {"village": row["village"], "number": row["number"], "label": row["label"] or ""}
    lead = Message("town.led_by", {"name": row["lead"]}) if row["lead"] else Message("town.lead.none")
    return SearchAnswer(
        "grid",
        (row["plan_id"], row["number"]),
        Message("town.labelled_grid" if row["label"] else "town.numbered_grid", name),
        Message("town.beside_grid", {"n": row["size"], "lead": lead}),
    )


def _hamlet(row: RowMapping) -> SearchAnswer:
    name = Message("town.named_hamlet", {"village": row["village"], "hamlet": row["hamlet"]})
    return SearchAnswer("hamlet", (row["village_id"],), name, Message("town.of_households", {"n": row["households"]}))


def _household(row: RowMapping) -> SearchAnswer:
    where = [row["village"], row["hamlet"], row["door"]]
    parts = [row["code"] if row["name"] else None, *where]
    return SearchAnswer("household", (row["id"],), _name(row["name"] or row["code"]), _beside(parts))


def _member(row: RowMapping) -> SearchAnswer:
    beside = _beside([row["code"], row["village"]], "town.beside_member")
    return SearchAnswer("member", (row["id"],), _name(row["name"]), beside)


def _name(name: str) -> Message:
    return Message("town.named", {"name": name})


def _beside(parts: list[str | None], code: str = "town.beside") -> Message:
    return Message(code, {"parts": " · ".join(part for part in parts if part)})
