"""The demo town as thirty messy lists of persons, most without positions, to try the reading of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator

from gridplan.coordinates import GCJ02, wgs84_to_degrees
from gridplan.demo.definition import read_definition
from gridplan.demo.list_styles import (
    Cell,
    ListStyle,
    Record,
    Sheet,
    lay_out_list,
    make_list_styles,
    write_csv,
    write_xlsx,
)
from gridplan.demo.people import Person, Relatives
from gridplan.demo.town import DemoTown
from gridplan.model import Household
from gridplan.words import LANGS, Lang, say

Households = Mapping[str, Sequence[Household]]

PLACED_SHARE = 0.05
"""Of all households, those whose position some list has."""
GRID_SIZES = (8, 18)
COMMA: Final[dict[Lang, str]] = {"zh": "，", "en": ", "}
KINDS: Final = {"party_member": "党员", "village_cadre": "村干部", "town_cadre": "镇干部", "volunteer": "志愿者"}


@dataclass(frozen=True, slots=True)
class MessyFiles:
    """Where the messy lists were written."""

    lists: tuple[Path, ...]
    members: Path
    readme: Path


def write_messy(town: DemoTown, folder: Path, seed: int = 0) -> MessyFiles:
    """Write the town as lists of persons, one a village, a list of members, and a README that says what is in them.

    The folder is made if it is not there; files of these names are replaced. Files are named after their villages: the
    names are from the definition of the demo town, not from strangers.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    homes = {name: list(inside) for name, inside in groupby(town.households, key=lambda home: home.village)}
    styles = dict(zip(homes, make_list_styles(rng, len(homes)), strict=True))
    places = _places(rng, homes, styles)
    relatives = Relatives(rng, read_definition())
    lists = []
    for village, style in styles.items():
        members = [member.name for member in town.members if member.village == village]
        grids = _grids(rng, homes[village], members) if style.has_grids else {}
        lived_in = relatives.households([str(home.name) for home in homes[village]])
        households = [
            [_record(style, home, person, number, places, grids) for person in persons]
            for number, (home, persons) in enumerate(zip(homes[village], lived_in, strict=True), start=1)
        ]
        sheet = lay_out_list(rng, style, village, households)
        path = folder / f"{village}{'.csv' if style.encoding else '.xlsx'}"
        if style.encoding:
            write_csv(path, sheet, style.encoding)
        else:
            write_xlsx(path, sheet, "Sheet1" if style.names_village else village)
        lists.append(path)
    members_path = folder / "成员名单.xlsx"
    write_xlsx(members_path, _members_page(town, relatives), "Sheet1")
    readme = folder / "README.txt"
    readme.write_text(_readme(town, styles, lists), encoding="utf-8-sig", newline="\n")
    return MessyFiles(tuple(lists), members_path, readme)


def _places(rng: Generator, homes: Households, styles: Mapping[str, ListStyle]) -> dict[str, tuple[Cell, Cell]]:
    """Return longitude and latitude as written, by household, for the few households whose list has them."""
    able = [(home, style.frame) for village, style in styles.items() if style.frame for home in homes[village]]
    most = round(PLACED_SHARE * sum(map(len, homes.values())))
    chosen = [able[at] for at in sorted(rng.permutation(len(able))[:most])]
    places: dict[str, tuple[Cell, Cell]] = {}
    for home, frame in chosen:
        lon, lat = home.lon, home.lat
        if frame == "gcj02":
            lon, lat = wgs84_to_degrees(np.array([[lon, lat]]), GCJ02)[0].tolist()
        spelled = _degrees_minutes_seconds if frame == "dms" else _decimal
        places[home.household_id] = spelled(lon), spelled(lat)
    return places


def _decimal(degrees: float) -> Cell:
    return round(degrees, 6)


def _degrees_minutes_seconds(degrees: float) -> Cell:
    minutes, seconds = divmod(round(degrees * 3600, 2), 60)
    return f"{int(minutes) // 60}°{int(minutes) % 60:02d}′{seconds:05.2f}″"


def _grids(rng: Generator, homes: Sequence[Household], members: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return the grids and leads that a village has made for itself, by household: in list order, some too large."""
    grids: dict[str, tuple[str, str]] = {}
    for _, hamlet in groupby(homes, key=lambda home: home.hamlet):
        waiting = list(hamlet)
        while waiting:
            size = int(rng.integers(*GRID_SIZES))
            number = len(set(grids.values())) + 1
            lead = members[number % len(members)]
            grids |= {home.household_id: (f"第{number}网格", lead) for home in waiting[:size]}
            waiting = waiting[size:]
    return grids


def _record(
    style: ListStyle,
    home: Household,
    person: Person,
    number: int,
    places: Mapping[str, tuple[Cell, Cell]],
    grids: Mapping[str, tuple[str, str]],
) -> Record:
    """Return what the list of a village says of a person, by column; a list shows only some of it."""
    lon, lat = places.get(home.household_id, ("", ""))
    grid, lead = grids.get(home.household_id, ("", ""))
    door = str(home.door)
    return {
        "number": home.household_id if style.number == "code" else number,
        "head": style.spelled(str(home.name)),
        "village": home.village,
        "hamlet": str(home.hamlet),
        "door": int(door.removesuffix("号")) if style.words % 2 and door.removesuffix("号").isdecimal() else door,
        "name": style.spelled(person.name),
        "relation": person.relation,
        "sex": person.sex,
        "identity": person.identity,
        "born": person.born.strftime(("%Y-%m-%d", "%Y.%m", "%Y年%m月%d日", "%Y%m%d")[style.words]),
        "bank": person.bank_card,
        "health": "健康",
        "phone": int(person.phone) if style.words == 1 else person.phone,
        "lon": lon,
        "lat": lat,
        "grid": grid,
        "lead": lead,
    }


def _members_page(town: DemoTown, relatives: Relatives) -> Sheet:
    """Return the list of members as the town office has it: names instead of ids, and no homes."""
    head_of = {home.household_id: str(home.name) for home in town.households}
    headers = ("序号", "姓名", "人员类别", "村", "组", "联系电话", "身份证号", "是否在岗", "可联系网格数", "熟悉户")
    title = f"{town.name}联户党员干部名单"
    sheet = Sheet([[title, *[""] * (len(headers) - 1)], list(headers)], merged=[(0, 0, 0, len(headers) - 1)])
    persons = [household[0] for household in relatives.households([member.name for member in town.members])]
    for number, (member, person) in enumerate(zip(town.members, persons, strict=True), start=1):
        at_work = "是" if member.available else "外出务工"
        ties = "、".join(head_of[tie] for tie in member.ties if tie in head_of)
        row: list[Cell] = [number, member.name, KINDS[member.kind or ""], member.village or "", member.hamlet or ""]
        sheet.rows.append([*row, person.phone, person.identity, at_work, member.max_grids, ties])
    return sheet


def _readme(town: DemoTown, styles: Mapping[str, ListStyle], lists: Sequence[Path]) -> str:
    """Say in both languages what the folder holds and how every list is kept."""
    lines = [town.notice, ""]
    for lang in LANGS:
        lines += [say("demo.messy.what", lang, town=town.name, n=len(lists)), say("demo.messy.fake", lang), ""]
        lines += [
            f"{path.name}: {_style_text(style, lang)}" for path, style in zip(lists, styles.values(), strict=True)
        ]
        lines += [say("demo.messy.members", lang), ""]
    return "\n".join(lines)


def _style_text(style: ListStyle, lang: Lang) -> str:
    """Say how a list is kept, as far as a reader of it must know."""
    numbered = {"code": "demo.messy.code", "running": "demo.messy.running", "none": "demo.messy.no_number"}
    framed = {
        "decimal": "demo.messy.decimal",
        "dms": "demo.messy.dms",
        "gcj02": "demo.messy.gcj02",
        None: "demo.messy.no_place",
    }
    traits = [numbered[style.number], framed[style.frame]]
    traits += [] if style.names_village else ["demo.messy.no_village"]
    traits += ["demo.messy.grids"] if style.has_grids else []
    encoding = [style.encoding.upper().removesuffix("-SIG")] if style.encoding else []
    return COMMA[lang].join([*encoding, *(say(trait, lang) for trait in traits)])
