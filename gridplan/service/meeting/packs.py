"""Packs: which forms of which villages or grids, at which profile; saved under a name, and made again with one press.

Why a profile wider than the least is needed is said once, and again when a year has passed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import Connection, RowMapping

from gridplan.errors import InputRefused, NotAllowed, NotFound
from gridplan.names import numbers_in, sort_key
from gridplan.profiles import NEEDS_REASON, PROFILES, Profile
from gridplan.roles import Actor
from gridplan.service.meeting.access import (
    Asking,
    check_draft,
    check_grids,
    check_imagery,
    check_profile,
    profiles_of,
)
from gridplan.service.meeting.forms import FORMS, SIZES, Format, Key
from gridplan.store import Store, Who, packs
from gridplan.store.access import scope
from gridplan.store.plans import drafts, plans
from gridplan.store.plans.households_and_members import sizes
from gridplan.store.plans.plan_figures import figures_in_force
from gridplan.store.registry import imagery, villages
from gridplan.store.registry.villages import visited_since
from gridplan.store.rows import Row
from gridplan.words import Lang, Message, runs, series

REASON_HOLDS: Final = timedelta(days=365)
LONGEST_NAME: Final = 60
LONGEST_REASON: Final = 200
ON_PAGE: Final = 20
"""Former packs on a page."""
NAMED: Final = 3
"""Villages that are named of a pack; of more it is told how many they are."""


@dataclass(frozen=True, slots=True)
class PackForm:
    """A form of a pack: its format, and the size of its paper where that can be chosen."""

    form: Key
    format: Format
    size: str = ""
    with_ground: bool = False
    """Whether a map as one file carries roads, water and buildings."""
    with_imagery: bool = False
    """Whether it carries pictures of the ground."""

    @property
    def options(self) -> dict[str, Any]:
        """What was chosen besides the format."""
        chosen = {"size": self.size, "with_ground": self.with_ground, "with_imagery": self.with_imagery}
        return {name: value for name, value in chosen.items() if value}


@dataclass(frozen=True)
class PackRequest:
    """What a pack is of, what it shows and in which forms."""

    forms: tuple[PackForm, ...]
    lang: Lang
    profile: Profile = "wall"
    villages: tuple[int, ...] | None = None
    """Ids; None: all of the town."""
    grids: tuple[int, ...] = ()
    """Numbers of grids of the only village; none: all of it."""
    draft_id: int | None = None
    """None: of the plans in force."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> PackRequest:
        """Return what was stored of a pack."""
        given = stored["villages"]
        return cls(
            forms=tuple(PackForm(**one) for one in stored["forms"]),
            lang=stored["lang"],
            profile=stored["profile"],
            villages=None if given is None else tuple(given),
            grids=tuple(stored["grids"]),
            draft_id=stored["draft_id"],
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return asdict(self)


# ---- what may be asked for


@dataclass(frozen=True, slots=True)
class OfferedForm:
    """A form as it is offered: at which profiles, and why not at all where that is so."""

    key: Key
    formats: tuple[Format, ...]
    sizes: tuple[str, ...]
    profiles: tuple[Profile, ...]
    refusal: Message | None


@dataclass(frozen=True)
class PackChoices:
    """What somebody may ask for."""

    villages: tuple[tuple[int, str, int], ...]
    """Those with a plan: id, name and how many grids."""
    has_town: bool
    """Whether that is all of the town."""
    drafts: tuple[tuple[int, str], ...]
    profiles: tuple[Profile, ...]
    forms: tuple[OfferedForm, ...]
    has_imagery: bool
    """Whether there are pictures of the ground that a map can carry."""


def pack_choices(store: Store, actor: Actor, *, draft_id: int | None, today: date) -> PackChoices:
    """Return what somebody may ask for, of the plans in force or of a draft.

    Raises
    ------
    NotFound
        The draft is not there, or not for who asks.
    """
    asking = Asking(actor)
    with store.read() as connection:
        if draft_id is not None:
            check_draft(connection, asking, draft_id)
        names = {row["id"]: row["name"] for row in villages.rows(connection, actor.scope)}
        grids = _grid_counts(connection, actor, draft_id)
        has_contact = any(actor.reaches([id_]) for id_ in visited_since(connection, today))
        open_drafts = drafts.open_drafts(connection, actor.scope) if actor.may("plan") else []
        in_scope = [row for row in open_drafts if actor.reaches(scope.of_draft(connection, row["id"]))]
        has_town = actor.reaches(scope.of_town(connection))
        has_imagery = any(one["last_zoom"] is not None for one in imagery.rows(connection, actor.scope))
    return PackChoices(
        villages=tuple((id_, name, grids[id_]) for id_, name in names.items() if id_ in grids),
        has_town=has_town,
        drafts=tuple((row["id"], row["name"]) for row in in_scope),
        profiles=profiles_of(asking),
        forms=tuple(_offered(asking, is_draft=draft_id is not None, has_contact=has_contact)),
        has_imagery=has_imagery,
    )


def _grid_counts(connection: Connection, actor: Actor, draft_id: int | None) -> dict[int, int]:
    if draft_id is None:
        return {id_: row["grids"] for id_, row in figures_in_force(connection, actor.scope).items()}
    of = plans.of_draft(connection, draft_id)
    return {village_id: len(plans.grid_rows(connection, plan_id)) for village_id, plan_id in of.items()}


def _offered(asking: Asking, *, is_draft: bool, has_contact: bool) -> Iterator[OfferedForm]:
    mine = profiles_of(asking)
    for key, form in FORMS.items():
        allowed = tuple(profile for profile in form.profiles if profile in mine)
        refusal = None
        if not asking.may(form.power):
            refusal = Message("pack.not_for_role")
        elif not allowed:
            refusal = Message("pack.not_at", {"profiles": series(map(_profile, form.profiles))})
        elif is_draft and form.needs != "plan":
            refusal = Message("pack.not_of_draft")
        elif form.needs == "contact" and not has_contact:
            refusal = Message("pack.no_visits_yet")
        yield OfferedForm(key, form.formats, SIZES.get(key, ()), allowed, refusal)


def _profile(profile: Profile) -> Message:
    return Message(f"profile.{profile}")


def grid_numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of grids that a text means: 1-5, 8.

    Raises
    ------
    InputRefused
        It means none.
    """
    found = numbers_in(text)
    if not found:
        raise InputRefused("pack.no_grid")
    return found


def check_request(store: Store, actor: Actor, asked: PackRequest, reason: str, *, today: date) -> None:
    """Refuse what cannot be made, or is not for who asks.

    Raises
    ------
    InputRefused
        No village or form is chosen, a grid is not there, a form is not to be had so, or a reason is missing.
    NotAllowed
        The role makes no packs, or its profile is narrower.
    NotFound
        A village or draft is not there, or not for who asks.
    """
    if not actor.may("make packs"):
        raise NotAllowed("entrance.not_allowed")
    choices = pack_choices(store, actor, draft_id=asked.draft_id, today=today)
    _check_villages(actor, asked, choices)
    if asked.grids:
        with store.read() as connection:
            check_grids(asked.grids, _grids_there(connection, asked))
    check_profile(Asking(actor), asked.profile, reason)
    if not asked.forms:
        raise InputRefused("pack.no_form")
    for one in asked.forms:
        _check_form(one, asked.profile, choices)


def _check_villages(actor: Actor, asked: PackRequest, choices: PackChoices) -> None:
    without_plan = {*(asked.villages or ())} - {id_ for id_, _, _ in choices.villages}
    if not actor.reaches(without_plan) or (asked.villages is None and not choices.has_town):
        raise NotFound("entrance.not_here")
    if not choices.villages:
        raise InputRefused("pack.no_plan")
    if asked.villages == ():
        raise InputRefused("pack.no_village")
    if without_plan:
        raise InputRefused("pack.without_plan", n=len(without_plan))


def _grids_there(connection: Connection, asked: PackRequest) -> Collection[int]:
    """Return the numbers of the grids in which somebody lives, of the village of which only some are asked for."""
    plan_of = plans.published(connection) if asked.draft_id is None else plans.of_draft(connection, asked.draft_id)
    inside = [plan_of[village_id] for village_id in asked.villages or ()]
    return {number for _, number in sizes(connection, inside) if number is not None}


def _check_form(one: PackForm, profile: Profile, choices: PackChoices) -> None:
    form = next((form for form in choices.forms if form.key == one.form), None)
    if form is None or one.format not in form.formats or one.size not in (form.sizes or ("",)):
        raise NotFound("entrance.not_here")
    refusal = form.refusal
    if refusal is None and profile not in form.profiles:
        refusal = Message("pack.not_at", {"profiles": series(map(_profile, form.profiles))})
    if refusal is not None:
        raise InputRefused("pack.not_offered", form=Message(f"pack.form.{one.form}"), why=refusal)
    check_imagery(profile, with_imagery=one.with_imagery)


# ---- saved packs


@dataclass(frozen=True, slots=True)
class SavedPack:
    """A pack that is made with one press."""

    row: RowMapping
    asked: PackRequest
    scope: Message
    needs_reason: bool
    """Whether the reason has to be given again."""


def save_pack(store: Store, actor: Actor, name: str, asked: PackRequest, reason: str, *, now: datetime) -> int:
    """Save a pack that was checked, and return its id."""
    with store.change(Who(actor.account_id, actor.role), "save", "pack", now=now) as change:
        values = {"name": name, "request": asked.to_json(), "made_by": actor.account_id, "made_at": now}
        if asked.profile in NEEDS_REASON:
            values |= {"reason": reason, "reason_at": now}
        change.object_id = packs.add(change.connection, values)
        change.by_village = _about(change.connection, asked, {"profile": asked.profile})
        return change.object_id


def saved_pack(store: Store, actor: Actor, pack_id: int, *, now: datetime) -> SavedPack:
    """Return a pack that somebody may make.

    Raises
    ------
    NotFound
        There is none, or it is not for who asks.
    """
    with store.read() as connection:
        row = packs.pack_by_id(connection, pack_id)
        found = _saved(connection, actor, row, villages.names(connection), now)
    if found is None:
        raise NotFound("entrance.not_here")
    return found


def change_pack(
    store: Store, actor: Actor, pack_id: int, name: str, asked: PackRequest, reason: str, *, now: datetime
) -> None:
    """Change a saved pack to what was checked; its reason stays unless another is given.

    Raises
    ------
    NotFound
        There is no such pack, or it is not for who asks.
    """
    found = saved_pack(store, actor, pack_id, now=now)
    values: dict[str, Any] = {"name": name, "request": asked.to_json()}
    if asked.profile not in NEEDS_REASON:
        values |= {"reason": None, "reason_at": None}
    elif reason:
        values |= {"reason": reason, "reason_at": now}
    with store.change(Who(actor.account_id, actor.role), "change", "pack", now=now) as change:
        packs.change(change.connection, pack_id, values)
        change.object_id = pack_id
        detail = {"profile": asked.profile, "fields": [*_changed(found, name, asked, reason)]}
        change.by_village = _about(change.connection, found.asked, detail) | _about(change.connection, asked, detail)


def _changed(before: SavedPack, name: str, asked: PackRequest, reason: str) -> Iterator[str]:
    """Yield what of a pack is another than before."""
    then = _parts(before.row["name"], before.asked)
    yield from (what for what, value in _parts(name, asked).items() if value != then[what])
    if reason and reason != before.row["reason"]:
        yield "reason"


def _parts(name: str, of: PackRequest) -> Mapping[str, object]:
    scope_ = (of.villages, of.grids, of.draft_id)
    return {"name": name, "scope": scope_, "profile": of.profile, "forms": of.forms, "lang": of.lang}


def reason_kept(before: SavedPack, asked: PackRequest) -> str:
    """Return the reason that a pack keeps when it is changed; none where it shows more than before, or is of more."""
    was = before.asked
    is_wider = PROFILES.index(asked.profile) > PROFILES.index(was.profile)
    in_more = was.villages is not None and (asked.villages is None or not {*asked.villages} <= {*was.villages})
    of_more = bool(was.grids) and not (asked.grids and {*asked.grids} <= {*was.grids})
    return "" if before.needs_reason or is_wider or in_more or of_more else before.row["reason"] or ""


def renew_reason(store: Store, actor: Actor, pack_id: int, reason: str, *, now: datetime) -> None:
    """Keep why the profile of a pack is needed, for another year.

    Raises
    ------
    InputRefused
        None is given.
    NotFound
        There is no such pack, or it is not for who asks.
    """
    found = saved_pack(store, actor, pack_id, now=now)
    check_profile(Asking(actor), found.asked.profile, reason)
    with store.change(Who(actor.account_id, actor.role), "renew", "pack", now=now) as change:
        packs.change(change.connection, pack_id, {"reason": reason, "reason_at": now})
        change.object_id = pack_id
        change.by_village = _about(change.connection, found.asked, {"profile": found.asked.profile})


def retire_pack(store: Store, actor: Actor, pack_id: int, *, now: datetime) -> None:
    """Offer a pack no more; what was made of it stays.

    Raises
    ------
    NotFound
        There is none, or it is not for who asks.
    """
    found = saved_pack(store, actor, pack_id, now=now)
    with store.change(Who(actor.account_id, actor.role), "retire", "pack", now=now) as change:
        packs.retire(change.connection, pack_id, now)
        change.object_id = pack_id
        change.by_village = _about(change.connection, found.asked, {})


def _about(connection: Connection, asked: PackRequest, detail: dict[str, Any]) -> dict[int | None, dict[str, Any]]:
    inside = scope.of_town(connection) if asked.villages is None else asked.villages
    return dict.fromkeys(inside, detail)


def _saved(
    connection: Connection, actor: Actor, row: RowMapping, names: Mapping[int, str], now: datetime
) -> SavedPack | None:
    """Return a pack of a row; None where it is not for who asks."""
    asked = PackRequest.from_json(row["request"])
    inside = scope.of_town(connection) if asked.villages is None else asked.villages
    is_own = actor.may("make packs") and actor.reaches(inside) and asked.profile in profiles_of(Asking(actor))
    if not is_own or (asked.draft_id is not None and not actor.may("plan")):
        return None
    is_due = asked.profile in NEEDS_REASON and now >= row["reason_at"] + REASON_HOLDS
    return SavedPack(row, asked, scope_said(asked.villages, asked.grids, names), is_due)


def scope_said(inside: Sequence[int] | None, grids: Sequence[int], names: Mapping[int, str]) -> Message:
    """Return what a pack is of, as a sentence: the town, villages, or grids of one."""
    if inside is None:
        return Message("pack.of_town")
    called = sorted((names[id_] for id_ in inside if id_ in names), key=sort_key)
    if grids:
        return Message("pack.title_grids", {"village": "".join(called), "numbers": runs(grids)})
    return Message("count.villages", {"n": len(called)}) if len(called) > NAMED else series(called)


# ---- the page


@dataclass(frozen=True, slots=True)
class MadePack:
    """What was made of a snapshot."""

    row: RowMapping
    scope: Message
    files: tuple[RowMapping, ...]


@dataclass(frozen=True)
class PackPage:
    """The packs that somebody may make, and what was made, the newest first."""

    saved: tuple[SavedPack, ...]
    made: tuple[MadePack, ...]
    older: int | None
    """Where the next page begins, if there is more."""


def pack_page(store: Store, actor: Actor, *, before: int | None, now: datetime) -> PackPage:
    """Return the packs that somebody may make, and the material that they may have."""
    with store.read() as connection:
        names = villages.names(connection)
        saved = (_saved(connection, actor, row, names, now) for row in packs.in_use(connection))
        made: list[MadePack] = []
        at = before
        while len(made) <= ON_PAGE:
            rows = packs.snapshots_with_files(connection, before=at, count=5 * ON_PAGE)
            made += [_made_pack(connection, actor, row, names) for row in rows if may_have(actor, row)]
            if len(rows) < 5 * ON_PAGE:
                break
            at = rows[-1]["id"]
        older = made[ON_PAGE - 1].row["id"] if len(made) > ON_PAGE else None
        return PackPage(tuple(one for one in saved if one is not None), tuple(made[:ON_PAGE]), older)


def made_pack(store: Store, actor: Actor, snapshot_id: int) -> MadePack:
    """Return what was made of a snapshot.

    Raises
    ------
    NotFound
        There is none, or it is not for who asks.
    """
    with store.read() as connection:
        row = packs.snapshot_by_id(connection, snapshot_id)
        if not may_have(actor, row):
            raise NotFound("entrance.not_here")
        return _made_pack(connection, actor, row, villages.names(connection))


def may_have(actor: Actor, row: Row) -> bool:
    """Return whether somebody may have what is made of a snapshot: by its villages, its profile, and its drafts."""
    is_draft = any(one["state"] == "draft" for one in row["plans"])
    return (
        actor.may("see packs")
        and actor.reaches(row["villages"])
        and row["profile"] in profiles_of(Asking(actor))
        and (not is_draft or actor.may("plan"))
    )


def _made_pack(connection: Connection, actor: Actor, row: RowMapping, names: Mapping[int, str]) -> MadePack:
    grids = [number for one in row["plans"] for number in one.get("grids", ())]
    files = (file for file in packs.files_of(connection, row["id"]) if actor.may(FORMS[_key(file)].power))
    return MadePack(row, scope_said(row["villages"], grids, names), tuple(files))


def _key(file: Row) -> Key:
    return cast(Key, file["form"])
