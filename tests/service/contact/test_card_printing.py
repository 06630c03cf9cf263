"""Contact cards: for whom they are printed, what they say, and which are printed again."""

from zoneinfo import ZoneInfo

import pytest
from sample_drafts import confirm, draft_like, inside, member_id, plan_in_force, plan_of, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import update

from gridplan.errors import InputRefused
from gridplan.service.contact import card_printing
from gridplan.service.plans.leads import change_lead
from gridplan.store import Who
from gridplan.store.plans import plans
from gridplan.store.tables import member, village

ZONE = ZoneInfo("Asia/Shanghai")
WHO = Who(None, "clerk")


def cards(service, which, numbers=None):
    own = village_id(service.store)
    return card_printing.print_cards(service.store, WHO, own, which, numbers=numbers, zone=ZONE, now=NOW, lang="en")


def test_cards_name_who_calls_and_are_printed_again_where_another_lead_calls(service):
    own, (first, second) = village_id(service.store), (member_id(service.store, f"{OWN}-M{n}") for n in (1, 2))
    with service.store.write() as connection:
        connection.execute(update(member).where(member.c.id == first).values(phone="10012345678"))
        connection.execute(update(village).where(village.c.id == own).values(phone="0100 1234567"))
        (plan_id,) = plans.published(connection, [own]).values()
    found = cards(service, "changed", [1])
    assert {(card.village, card.grid, card.lead.name, card.lead.phone) for card in found} == {
        (OWN, "Grid 1", "示例1", "10012345678")
    }
    assert {(card.office.name, card.office.phone) for card in found} == {(OWN, "0100 1234567")}
    assert not any(hasattr(card, "name") for card in found)
    with pytest.raises(InputRefused):
        cards(service, "changed", [1])
    assert len(cards(service, "all", [1])) == len(found)
    change_lead(service.store, WHO, plan_id, 1, second, instead_of=first, now=NOW, today=NOW.date())
    assert {card.lead.name for card in cards(service, "changed", [1])} == {"示例2"}


def test_cards_that_were_printed_stay_good_under_a_new_plan_but_where_somebody_came(service):
    first = inside(service.store, plan_in_force(service.store))[1]
    cards(service, "all", [1, 2, 3])
    plan_id = plan_of(service.store, draft_like(service.store, OWN, moves={first[1]: 2}))
    confirm(service.store, WHO, plan_id, day=NOW.date())
    with pytest.raises(InputRefused):
        cards(service, "changed", [1, 3])
    assert {card.grid for card in cards(service, "changed", [1, 2, 3])} == {"Grid 2"}


def test_a_clerk_prints_the_cards_of_the_own_village(service):
    client = service.client("clerk")
    own, other = village_id(service.store), village_id(service.store, OTHER)
    form = {"csrf": service.csrf(client), "which": "changed"}
    page = client.get("/desk/cards").text
    assert (OWN in page, OTHER in page) == (True, False)
    file = client.post(f"/desk/cards/{own}", data=form | {"grids": "1-2"})
    assert (file.mimetype, file.data[:5]) == ("application/pdf", b"%PDF-")
    wrong = client.post(f"/desk/cards/{own}", data=form | {"grids": "999"})
    assert wrong.status_code == 422
    assert client.post(f"/desk/cards/{other}", data=form).status_code == 404
