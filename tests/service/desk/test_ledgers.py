"""Old ledgers become visits, once: matched to households and members, refused row by row, other content kept apart."""

import html
import re
from datetime import timedelta
from io import BytesIO

import pytest
from service import OTHER, OWN
from sqlalchemy import select, update

from gridplan.store.tables import household, kept_apart, membership, village, visit

LEDGER = f"""户编号,户主姓名,门牌号,村,走访日期,走访结果,走访方式,走访人,身份证号
{OWN}0001,,,,2026-10-12,,,示例1,110101199001011234
{OWN}0001,,,,2026/10/12,见面,,示例1,
,张三,9号,{OWN},2026年10月13日,见面,电话,,
{OWN}0003,,,,2026-10-14,不在家,,{OWN}-M2,
{OWN}0004,,,,2026-10-15,全家在外,,示例1,
{OWN}0001,,,,2026-13-01,,,示例1,
{OWN}0001,,,,2027-01-01,,,示例1,
{OWN}0001,,,,2026-10-16,说不清,,示例1,
{OWN}0001,,,,2026-10-16,,,没有这人,
{OTHER}0001,,,,2026-10-16,,,示例1,
,无名,1号,{OWN},2026-10-16,,,示例1,
,张三,9号,{OTHER},2026-10-16,,,示例1,
"""


@pytest.fixture
def desk(service):
    with service.store.write() as connection:
        led = select(membership.c.household_id).where(membership.c.plan_id == 1, membership.c.number == 1).limit(1)
        connection.execute(update(household).where(household.c.id.in_(led)).values(name="张三", door="9号"))
        connection.execute(update(village).values(start_day=service.now.date() - timedelta(60)))
    return service


def previewed(desk, client, text, name="台账.csv"):
    file = (BytesIO(text.encode("utf-8-sig")), name)
    return client.post("/desk/ledgers", data={"csrf": desk.csrf(client), "ledger": file})


def entered(desk, client, preview):
    lines = html.unescape(re.search(r'name="visits" value="([^"]*)"', preview.text)[1])
    return client.post("/desk/ledgers/enter", data={"csrf": desk.csrf(client), "visits": lines})


def test_a_ledger_is_previewed_and_entered_once(desk):
    clerk = desk.client("clerk")
    preview = previewed(desk, clerk, LEDGER)
    assert preview.status_code == 200
    assert (
        "5 new, 0 stored already, 0 to be kept apart, since something else is stored of them; 7 rows refused"
        in preview.text
    )
    assert "1101011990" not in preview.text
    assert "download=" in preview.text
    assert entered(desk, clerk, preview).location == "/desk/workbooks?new=5&same=0&apart=0"
    with desk.store.read() as connection:
        found = connection.execute(
            select(visit, household.c.name).join(household, household.c.id == visit.c.household_id)
        )
        rows = [(row["name"] == "张三", row["outcome"], row["channel"], row["source"]) for row in found.mappings()]
        counted = connection.execute(select(visit.c.id).where(visit.c.contact_of.is_not(None))).all()
    assert sorted(rows) == [
        (False, "away", "door", "file"), (False, "met", "door", "file"), (False, "met", "door", "file"),
        (False, "not home", "door", "file"), (True, "met", "phone", "file"),
    ]  # fmt: skip
    assert len(counted) == 2
    long_ago = previewed(desk, clerk, LEDGER.replace("2026-10-12", "0202-10-12"))
    assert entered(desk, clerk, long_ago).location == "/desk/workbooks?new=1&same=4&apart=0"
    assert "Nothing is new" in previewed(desk, clerk, LEDGER).text
    other = previewed(desk, clerk, LEDGER.replace("不在家", "见面"))
    assert "0 new, 4 stored already, 1 to be kept apart" in other.text
    for _ in range(2):
        entered(desk, clerk, other)
    with desk.store.read() as connection:
        assert len(connection.execute(select(kept_apart)).all()) == 1
    listed = clerk.get("/desk/apart").text
    assert f"{OWN}0003" in listed
    assert not [word for word in ("not home", "Not home", "不在家") if word in listed]


def test_what_is_no_ledger_or_of_another_village_is_refused_whole(desk):
    clerk = desk.client("clerk")
    assert "is no ledger" in previewed(desk, clerk, "户编号,姓名\n1,2\n").text
    assert previewed(desk, clerk, "x", "a.exe").status_code == 422
    with desk.store.read() as connection:
        foreign = connection.execute(select(household.c.id).where(household.c.code == f"{OTHER}0001")).scalar_one()
    lines = html.unescape(re.search(r'name="visits" value="([^"]*)"', previewed(desk, clerk, LEDGER).text)[1])
    for bad in (f"{foreign} {lines.split()[1]} 20261012 00", "1 2 3", "x", f"{lines.split()[0]} 1 20261012 00"):
        answer = clerk.post("/desk/ledgers/enter", data={"csrf": desk.csrf(clerk), "visits": f"{lines}{bad}"})
        assert answer.status_code in (404, 422)
    with desk.store.read() as connection:
        assert not connection.execute(select(visit)).all()


def test_the_desk_settles_what_was_kept_apart_and_no_other_village_sees_it(desk):
    clerk = desk.client("clerk")
    entered(desk, clerk, previewed(desk, clerk, LEDGER))
    for outcome in ("见面", "这次不方便"):
        entered(desk, clerk, previewed(desk, clerk, LEDGER.replace("不在家", outcome)))
    with desk.store.read() as connection:
        first, second = connection.execute(select(kept_apart.c.n).order_by(kept_apart.c.n)).scalars()
    settle = lambda n, how: clerk.post("/desk/apart", data={"csrf": desk.csrf(clerk), "n": n, "how": how})  # noqa: E731
    assert settle(first, "accepted").status_code == 302
    assert settle(first, "accepted").status_code == 404
    assert settle(second, "dropped").status_code == 302
    assert settle(99, "dropped").status_code == 404
    assert f"{OWN}0003" not in clerk.get("/desk/apart").text
    with desk.store.read() as connection:
        of_home = select(visit.c.outcome).join(household, household.c.id == visit.c.household_id)
        found = connection.execute(of_home.where(household.c.code == f"{OWN}0003")).scalars().all()
    assert sorted(found) == ["met", "not home"]
