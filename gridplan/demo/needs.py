"""What households of the demo town ask for when somebody calls, and how each need is followed up.

What becomes of it follows from its id and the seed, day by day; some of it takes longer than it should.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import uuid5
from zlib import crc32

from gridplan.contact.calendar import DAY
from gridplan.demo.span import IDS, Span
from gridplan.needs import DEADLINE, Category, Step, StepKind
from gridplan.store.contact.history import PastVisit
from gridplan.store.rows import Row

ASKED_FOR: Final[tuple[tuple[Category, str], ...]] = (
    ("roads", "村口两盏路灯不亮"),
    ("roads", "门前水泥路有几处破损"),
    ("roads", "巷道拐弯处看不清来车，想装反光镜"),
    ("water and power", "夏天用水高峰水压低"),
    ("water and power", "进户电线老化，想请人看看"),
    ("environment", "垃圾桶满了没有及时清运"),
    ("environment", "屋后排水沟堵了"),
    ("house and land", "想核对宅基地四至"),
    ("house and land", "院墙外的树枝压着屋檐"),
    ("papers", "户口本换新要带什么材料"),
    ("papers", "想代办老年优待证"),
    ("farming", "果树发黄，想请农技员看看"),
    ("farming", "灌溉渠有一段不通水"),
    ("work", "想参加电工技能培训"),
    ("transport", "早班车班次少，赶不上上学"),
    ("other", "想在村里设一个快递代收点"),
)
DEPARTMENTS: Final = ("镇农业农村办", "镇村镇建设办", "县供电公司", "县自来水公司", "镇便民服务中心")
REPLIES: Final = ("已派人到现场处理。", "列入本季度维修计划，月底前完成。", "材料已收齐，正在办理。")
REASONS: Final = ("不属于村镇办理范围，已告知办理渠道。", "现行规定不支持，已当面说明。")
OF_CONTACTS: Final = 0.006
"""Needs that are raised at a contact."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a household asked for when somebody called."""

    id: str
    category: Category
    text: str
    at: PastVisit


def asked(visits: Iterable[PastVisit], span: Span) -> Iterator[Asked]:
    """Yield what was asked for at some of the contacts among visits."""
    for one in visits:
        drawn = crc32(f"{span.seed} asked {one.visit.id}".encode())
        if one.visit.outcome == "met" and drawn % 10_000 < OF_CONTACTS * 10_000:
            category, text = ASKED_FOR[drawn // 10_000 % len(ASKED_FOR)]
            yield Asked(span.id("need", one.visit.id), category, text, one)


def course(need_id: str, raised: date, owner: Row, span: Span) -> Iterator[tuple[Step, timedelta]]:
    """Yield the steps by which a need is followed up, each with how long after it was raised it is entered."""
    random = span.draw("course", need_id)
    after = 0

    def step(kind: StepKind, days: int, **content: Any) -> tuple[Step, timedelta]:
        nonlocal after
        after += days
        id_ = need_id if kind == "raised" else str(uuid5(IDS, f"{need_id} {kind} {after}"))
        return Step(id_, kind, raised + after * DAY, content), timedelta(days=after, hours=1 if days else 0)

    def by(days: int) -> str:
        return (raised + (after + days) * DAY).isoformat()

    drawn = random.random()
    yield step("raised", 0, owner_id=owner["id"], deadline=by(DEADLINE.days))
    if drawn < 0.45:
        yield step("solved on the spot", 0)
        return
    if drawn < 0.5:
        yield step("explained", random.randrange(2, 7), reason=random.choice(REASONS))
        return
    if drawn < 0.78:
        days, department = random.randrange(1, 4), random.choice(DEPARTMENTS)
        deadline = by(days + 30)
        whom = {"department": department, "contact_person": owner["name"]}
        yield step("referred", days, deadline=deadline, agreed=True, with_door=True, **whom)
        if random.random() < 0.12:
            return
        yield step("replied", random.randrange(5, 45), reply=random.choice(REPLIES))
    elif random.random() < 0.15:
        return
    yield step("done", random.randrange(2, 16))
    if random.random() < 0.12:
        yield step("reopened", random.randrange(3, 10), deadline=by(24))
        yield step("done", random.randrange(5, 20))
    if random.random() < 0.85:
        yield step("confirmed", random.randrange(2, 14))
