"""Content of meeting material of any size, drawn by hand: grids as squares, figures that a formula gives."""

from __future__ import annotations

from datetime import date, timedelta

import shapely

from gridplan.exchange.cartography.drawn import HomeMark, HomeRow, Reached, SheetGrid, SheetVillage
from gridplan.exchange.meeting.content import (
    Contact,
    Content,
    DayReached,
    GridContact,
    Inspection,
    LotGrid,
    Needs,
    Stamp,
    TrendWeek,
    VillageContact,
    VillageWeeks,
)
from gridplan.exchange.meeting.lot import drawn_by_lot
from gridplan.needs import NeedCounts, together
from gridplan.profiles import SHOWN, Profile
from gridplan.words import Lang, Message

DAY = date(2026, 11, 30)
MONDAYS = tuple(date(2026, 8, 31) + timedelta(weeks=n) for n in range(13))
STATES = ("reached", "reached", "without contact", "reached", "sheet not in")
NAMES = [
    "石桥",
    "和平",
    "小塘",
    "东坡",
    "柳林",
    "大湾",
    "上庄",
    "双河",
    "新民",
    "白沙",
    "青山",
    "红星",
    "长岭",
    "平安",
    "桃园",
]
SIDE = 0.01


def content(
    profile: Profile = "meeting",
    lang: Lang = "zh",
    *,
    villages: int = 3,
    grids: int = 12,
    name: str = "{}村",
    is_draft: bool = False,
) -> Content:
    """Return villages in a square, each of so many grids of 12 households; every third needs help."""
    shown = SHOWN[profile]
    names = sorted(name.format(NAMES[n % 15] + ("" if n < 15 else str(n))) for n in range(villages))
    drawn = tuple(_village(name, n, villages, grids, profile) for n, name in enumerate(names))
    told = {name: NeedCounts(on_the_spot=n + 3, referred=n, explained=1, overdue=n % 3) for n, name in enumerate(names)}
    return Content(
        title="示范镇微网格",
        lang=lang,
        stamp=Stamp(
            snapshot="K7Q2-9MXD",
            day=DAY,
            profile=profile,
            scope="示范镇" if lang == "zh" else "Shifan town",
            asked_by="张经办" if lang == "zh" else "Zhang Jingban",
            plans=f"{villages} 个村，第 2 至 5 版" if lang == "zh" else f"{villages} villages, revisions 2 to 5",
            is_draft=is_draft,
            sources=("住户名单（2026-11-02）",),
            changed=(Message("count.households", {"n": 3}),),
        ),
        villages=drawn,
        contact=_contact(names, grids) if shown.contact else None,
        needs=Needs(together(list(told.values())), tuple(told.items())) if shown.contact else None,
        inspection=_inspection(names, grids) if shown.contact else None,
        exceptions=tuple((name, Message("exception.accept")) for name in names[::2]),
    )


def _village(name: str, n: int, villages: int, grids: int, profile: Profile) -> SheetVillage:
    across, columns = round(villages**0.5 + 0.49), round(grids**0.5 + 0.49)
    west, south, side = 119.4 + SIDE * (n % across), 31.4 + SIDE * (n // across), SIDE / columns
    drawn = []
    for number in range(1, grids + 1):
        x, y = west + (number - 1) % columns * side, south + (number - 1) // columns * side
        rows, marks = (), ()
        if SHOWN[profile].households:
            everything = SHOWN[profile].everything
            rows = tuple(
                HomeRow(at, f"{number}-{at}号", "3组", f"户{n}{number}{at}", "13800000000" if everything else None)
                for at in range(1, 13)
            )
            marks = tuple(HomeMark((x + side * at / 14, y + side / 2), at) for at in range(1, 13))
        who = Reached("王建国" if number % 3 else f"{name}委会", f"0519-{n:04d}{number:03d}")
        drawn.append(SheetGrid(number, 12, shapely.box(x, y, x + side, y + side), who, marks, rows))
    boundary = shapely.union_all([grid.outline for grid in drawn])
    return SheetVillage(name, 2, boundary, tuple(drawn), 12 * grids + n % 2, n % 2)


def _contact(names: list[str], grids: int) -> Contact:
    def state(n: int, number: int) -> str:
        return STATES[number % 5] if n % 3 == 0 else "reached"

    told = [
        GridContact(name, number, state(n, number), 5 if n % 3 == 0 and number % 6 == 2 else 0)
        for n, name in enumerate(names)
        for number in range(1, grids + 1)
    ]
    return Contact(
        sentence=Message("coverage.households", {"n": 11 * len(names) * grids, "of": 12 * len(names) * grids}).say(
            "zh"
        ),
        week=(date(2026, 11, 23), date(2026, 11, 29)),
        villages=tuple(
            VillageContact(
                village=name,
                households=12 * grids,
                well=12 * grids - 7 * n % 40,
                due=7 * n % 40 // 2,
                overdue=n % 8,
                grids=grids,
                grids_reached=sum(state(n, number) == "reached" for number in range(1, grids + 1)),
                grids_without=sum(state(n, number) == "without contact" for number in range(1, grids + 1)),
                sheets_out=sum(state(n, number) == "sheet not in" for number in range(1, grids + 1)),
                frequency=1.1,
                help=(Message("coverage.help.long", {"n": 2}),) if n % 3 == 0 else (),
            )
            for n, name in enumerate(names)
        ),
        grids=tuple(told),
        trend=tuple(
            TrendWeek(monday, len(names) * grids, len(names) * grids * (70 + 2 * n) // 100, 1 + n / 50, n < 11)
            for n, monday in enumerate(MONDAYS)
        ),
    )


def _inspection(names: list[str], grids: int) -> Inspection:
    started = [(name, number) for name in names for number in range(1, grids + 1)]
    weeks = MONDAYS[:12]
    days = [DayReached(monday + timedelta(days=6), "sheet", week_only=True) for monday in weeks[::2]]
    days += [DayReached(monday + timedelta(days=n % 5), "phone") for n, monday in enumerate(weeks[1::3])]
    days += [DayReached(monday + timedelta(days=at), "told") for monday in weeks[3:5] for at in range(7)]
    days.sort(key=lambda one: (one.day, one.source))
    return Inspection(
        weeks=weeks,
        villages=tuple(VillageWeeks(name, tuple((grids - n % 4, grids) for n in range(12))) for name in names),
        grids=tuple(LotGrid(name, number, tuple(days)) for name, number in drawn_by_lot(started, "K7Q2-9MXD")),
        drawn_of=len(started),
    )
