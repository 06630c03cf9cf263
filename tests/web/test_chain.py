"""The page of the chain: for each role its villages, and the names, links and mending pages that are for it."""

import re

import pytest
from sample_drafts import household_id, member_id, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import insert, update

from gridplan.store.rows import add_row
from gridplan.store.tables import household, member, village


@pytest.fixture
def chain(service):
    """Return the service with a household in no grid, a member of no village and a lead who is away."""
    with service.store.write() as connection:
        home = {"code": "N1", "village_id": village_id(service.store), "name": "新来", "position": "hamlet"}
        connection.execute(insert(household).values(home))
        add_row(connection, member, {"code": "T1", "name": "镇干部", "ties": []})
        away = update(member).where(member.c.code == f"{OWN}-M1")
        connection.execute(away.values(excused_until=NOW.date(), name="某某长"))
    return service


def read(service, role, path="/chain", lang="en"):
    answer = service.client(role).get(f"{path}?lang={lang}")
    return re.search(r"<main.*</main>", answer.text, re.DOTALL)[0] if answer.status_code == 200 else answer.status_code


@pytest.mark.parametrize("role", ["administrator", "planner", "clerk", "supervisor", "viewer"])
def test_each_role_is_told_of_its_villages_what_is_for_it(chain, role):
    store, own = chain.store, village_id(chain.store)
    page = read(chain, role)
    of_village = read(chain, role, f"/chain/villages/{own}")
    assert OWN in page and (OTHER in page) == (role == "administrator")
    other = read(chain, role, f"/chain/villages/{village_id(store, OTHER)}")
    assert isinstance(other, str) == (role == "administrator")
    for shown in (page, of_village):
        assert re.search("[0-9] household(s)? in no grid", shown) and "1 grid whose lead is away" in shown
        assert ("新来" in shown) == ("镇干部" in shown) == (role in ("administrator", "planner", "clerk"))
    assert ("away, nobody covers" in of_village) == (role in ("administrator", "planner", "clerk"))
    assert ("某某长" in of_village) == (role != "viewer")  # leads are names for whoever sees grids
    assert ("某某长" in page) == (role in ("administrator", "planner", "clerk"))
    links = set(re.findall(r'href="([^"]+)"', of_village))
    grid = re.search(r"grid=(\d+-1)\b", of_village)
    expected = {
        f"/members/{member_id(store, 'T1')}": role in ("administrator", "planner", "clerk"),
        f"/households/{household_id(store, 'N1')}": role in ("administrator", "planner", "clerk"),
        "/leads": role in ("administrator", "planner"),
        "/desk/covers": role in ("administrator", "planner", "clerk"),
        f"/map?village={own}": role != "viewer",
        f"/map?household={household_id(store, 'N1')}": role in ("administrator", "planner", "clerk"),
    }
    assert {href: href in links for href in expected} == expected
    assert bool(grid) == (role != "viewer")
    if role in ("clerk", "supervisor", "viewer"):  # a planner may follow every link
        client = chain.client(role)
        pages = [href.replace("&amp;", "&") for href in links if not href.startswith("#")]
        assert {client.get(href).status_code for href in pages} <= {200, 302}, pages


def test_the_page_is_in_both_languages_and_a_member_has_none(chain):
    assert "缺口" in read(chain, "supervisor", lang="zh")
    assert read(chain, "member") == 403
    assert read(chain, "member", f"/chain/villages/{village_id(chain.store)}") == 404


def test_an_empty_town_is_told_what_to_do_first(chain):
    with chain.store.write() as connection:
        connection.execute(update(household).values(retired_on=NOW.date()))
        connection.execute(update(village).values(retired_on=NOW.date()))
    assert "/imports" in read(chain, "administrator")
