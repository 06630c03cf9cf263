"""The pages of access: cards to print, members who lost a phone, accounts, own sessions, settings and the audit."""

import html
import re
from dataclasses import fields
from time import sleep

import pytest
from databases import ON_BOTH
from gridplan_web import headers
from gridplan_web.views.cards import AT_ONCE
from sample_drafts import household_id
from service import NOW, OTHER, OWN, PASSWORD
from sqlalchemy import insert, select

from gridplan.service.access import cards, invitations
from gridplan.service.jobs.control import job_status
from gridplan.store.access import accounts, scope
from gridplan.store.registry import villages
from gridplan.store.system.town_settings import TownSettings, write_settings
from gridplan.store.tables import audit, job, member
from gridplan.words import LANGS, say


def village_id(service, name=OWN):
    with service.store.read() as connection:
        return villages.ids_by_name(connection)[name]


def member_ids(service, name=OWN):
    return [one.member_id for one in cards.village_cards(service.store, village_id(service, name), now=service.now)[1]]


def account_id(service, login):
    with service.store.read() as connection:
        return accounts.by_login(connection, login)["id"]


def send(service, client, path, **typed):
    return client.post(path, data={"csrf": service.csrf(client), **typed})


def links_of(page):
    """Return the codes of the cards on a page."""
    return re.findall(r"<code>([A-Z2-9]{5}-[A-Z2-9]{5})</code>", page.text)


@pytest.mark.parametrize("path", ["/people", "/accounts"])
def test_cards_and_accounts_are_in_one_section(service, path):
    page = service.client("administrator").get(path).text
    bar = page[page.index('<nav class="rooms"') : page.index("</nav>")]
    assert re.findall(r'<a href="([^"]*)" aria-current="page">', bar) == ["/people"]


# ---- cards


def test_one_step_makes_a_page_of_cards_that_is_never_kept(service):
    client = service.client("clerk")
    page = send(service, client, "/people/cards", whom="without")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    codes = links_of(page)
    assert len(codes) == len(member_ids(service)) == page.text.count("<svg")
    assert OTHER not in page.text
    phone = service.client()
    phone.get("/login")
    assert send(service, phone, "/code", code=codes[0]).status_code == 302
    assert links_of(send(service, client, "/people/cards", whom="without")) == []


def test_cards_and_links_that_were_handed_out_are_void_only_once_that_was_said(service):
    clerk, member = service.client("clerk"), member_ids(service)[-1]
    send(service, clerk, "/people/cards", whom="without")
    for path, typed in (
        ("/people/cards", {"whom": "unused"}),
        (f"/people/villages/{village_id(service)}/cards", {"whom": "unused"}),
        (f"/people/members/{member}/card", {}),
    ):
        asked = send(service, clerk, path, **typed)
        assert links_of(asked) == []
        assert "not used yet" in asked.text
        void = re.search(r'name="void" value="(\d+)"', asked.text)[1]
        assert links_of(send(service, clerk, path, **typed, void=int(void) + 1)) == []
        assert len(links_of(send(service, clerk, path, **typed, void=void))) == int(void)
    administrator, path = service.client("administrator"), f"/accounts/{account_id(service, 'viewer')}/link"
    assert "/i/" in send(service, administrator, path).text
    asked = send(service, administrator, path).text
    assert "/i/" not in asked
    assert "/i/" in send(service, administrator, path, void=1).text
    assert send(service, administrator, "/people/cards", whom="nobody").status_code == 200


def test_no_card_is_made_that_no_phone_can_use_and_everybody_is_told_what_to_do(service):
    with service.store.write() as connection:
        write_settings(connection, TownSettings(phones=True))
    administrator, clerk = service.client("administrator"), service.client("clerk")
    assert "no phone can" in administrator.get("/people").text
    assert "--lan-http" in administrator.get("/people").text
    page = clerk.get(f"/people/villages/{village_id(service)}").text
    assert "please ask: administrator" in page
    assert "/card" not in page
    for path in ("/people/cards", f"/people/members/{member_ids(service)[0]}/card"):
        assert send(service, clerk, path, whom="without").status_code == 409
    form = {
        "name": "溪口镇",
        "time_zone": "Asia/Shanghai",
        "visit_minutes": "10",
        "settle_days": "3",
        "languages": "en",
        "phones": "1",
    }
    refused = send(service, administrator, "/settings", **form, address="https://other.example")
    assert refused.status_code == 422
    assert "--host other.example" in refused.text
    service.app.config["TRUSTED_HOSTS"].append("gridplan.example")
    assert send(service, administrator, "/settings", **form, address="https://gridplan.example/").status_code == 302
    page = send(service, administrator, f"/people/members/{member_ids(service)[0]}/card")
    assert "https://gridplan.example/login" in page.text


def test_where_phones_are_not_used_no_card_is_made_and_every_page_says_who_can_switch_them_on(service):
    member = service.client("member")
    assert member.get("/mine").status_code == 200
    with service.store.write() as connection:
        write_settings(connection, TownSettings(address="https://gridplan.example"))
    administrator, clerk = service.client("administrator"), service.client("clerk")
    assert "/settings#phones" in administrator.get("/people").text
    page = clerk.get(f"/people/villages/{village_id(service)}").text
    assert "The administrator can switch it on: administrator." in page
    assert "/card" not in page
    for path in ("/people/cards", f"/people/members/{member_ids(service)[0]}/card"):
        assert send(service, clerk, path, whom="without").status_code == 409
    assert "Make login cards" not in service.client("planner").get("/").text
    assert member.get("/mine").status_code == 302, "who was signed in is not any more"
    assert "Phones are not used in this town." in service.enter(service.client(), "member").text
    assert "Phones are not used in this town." in service.client().get("/login").text


@ON_BOTH
def test_the_cards_of_a_town_are_made_by_a_job_and_shown_for_a_while_to_who_asked(service):
    with service.store.write() as connection:
        rows = [
            {"code": f"X{i:03}", "name": f"成员{i}", "village_id": village_id(service), "ties": []}
            for i in range(AT_ONCE)
        ]
        connection.execute(insert(member), rows)
    clerk = service.client("clerk")
    where = send(service, clerk, "/people/cards", whom="without").location
    assert where in clerk.get("/people").text
    while ended(service, where).is_open:
        sleep(0.1)
    assert ended(service, where).result == {"cards": AT_ONCE + 3}
    shown = clerk.get(where)
    codes = links_of(shown)
    assert len(set(codes)) == AT_ONCE + 3 == shown.text.count("<svg")
    assert shown.headers["Cache-Control"] == "no-store"
    for other in ("planner", "administrator"):
        assert links_of(service.client(other).get(where)) == []
    with service.store.read() as connection:
        kept = str(connection.execute(select(job)).all()) + str(connection.execute(select(audit)).all())
    assert not [code for code in codes if code in kept or invitations.plain_code(code) in kept]
    phone = service.client()
    phone.get("/login")
    assert send(service, phone, "/code", code=codes[0]).status_code == 302
    service.later(minutes=31)
    assert "no longer shown" in clerk.get(where).text
    service.app.extensions["jobs"].close()


def ended(service, where):
    """Return how a job is, from the address of its page."""
    with service.store.read() as connection:
        actor = scope.actor(connection, accounts.by_login(connection, "administrator")["id"])
    return job_status(service.store, actor, int(where.rsplit("/", 1)[1]))


def test_a_card_is_made_again_or_withdrawn_and_a_lost_phone_signed_out_by_one_button_each(service):
    clerk, phone = service.client("clerk"), service.client()
    member = member_ids(service)[-1]
    (code,) = links_of(send(service, clerk, f"/people/members/{member}/card"))
    phone.get("/login")
    send(service, phone, f"/i/{invitations.plain_code(code)}")
    assert phone.get("/sessions").status_code == 200
    assert "In use since" in clerk.get(f"/people/villages/{village_id(service)}").text
    answer = send(service, clerk, f"/people/members/{member}/lost")
    assert phone.get("/sessions").status_code == 302
    assert f"/people/members/{member}/card" in clerk.get(answer.location).text
    (code,) = links_of(send(service, clerk, f"/people/members/{member}/card"))
    assert send(service, clerk, f"/people/members/{member}/withdraw").status_code == 302
    phone = service.client()
    assert phone.get(f"/i/{invitations.plain_code(code)}").status_code == 404


@pytest.mark.parametrize("what", ["card", "withdraw", "lost"])
def test_the_members_of_other_villages_are_not_there(service, what):
    clerk = service.client("clerk")
    theirs, unknown = member_ids(service, OTHER)[0], 10**6
    answers = [send(service, clerk, f"/people/members/{id_}/{what}") for id_ in (theirs, unknown)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data


# ---- accounts


def test_an_administrator_adds_a_planner_who_comes_in_by_the_link_that_is_shown_once(service):
    administrator, new = service.client("administrator"), service.client()
    typed = {"name": "李规划", "login": "li", "role": "planner", "village": village_id(service)}
    page = send(service, administrator, "/accounts", **typed)
    link = re.search(r'value="https://gridplan.example(/i/[^"]+)"', page.text)[1]
    assert link.rsplit("/", 1)[1] not in administrator.get("/accounts").text
    new.get(link)
    assert send(service, new, link, password=PASSWORD).location == "/"
    assert [new.get(f"/people/villages/{village_id(service, name)}").status_code for name in (OWN, OTHER)] == [200, 404]


def test_a_form_that_is_refused_keeps_what_was_typed(service):
    page = send(service, service.client("administrator"), "/accounts", name="李规划", login="planner", role="planner")
    assert page.status_code == 422
    assert "is taken" in page.text
    assert 'value="李规划"' in page.text


def test_a_disabled_account_is_out_at_its_next_step(service):
    administrator, planner = service.client("administrator"), service.client("planner")
    assert planner.get("/people").status_code == 200
    send(service, administrator, f"/accounts/{account_id(service, 'planner')}/disable")
    assert planner.get("/people").status_code == 302
    assert send(service, administrator, f"/accounts/{account_id(service, 'administrator')}/disable").status_code == 403


# ---- own sessions


def test_one_signs_out_elsewhere_but_nobody_else_can(service):
    here, there, other = service.client("planner"), service.client("planner"), service.client("clerk")
    (session_id,) = re.findall(r"/sessions/(\d+)/end", here.get("/sessions").text)
    assert send(service, other, f"/sessions/{session_id}/end").status_code == 404
    assert there.get("/").status_code == 200
    assert send(service, here, f"/sessions/{session_id}/end").status_code == 302
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 302)
    there = service.client("planner")
    send(service, here, "/sessions/others/end")
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 302)


def test_a_password_is_changed_by_who_knows_the_old_one(service):
    here, there = service.client("planner"), service.client("planner")
    assert send(service, here, "/password", old="wrong", new="another-good-one").status_code == 403
    assert send(service, here, "/password", old=PASSWORD, new="short").status_code == 422
    assert send(service, here, "/password", old=PASSWORD, new="another-good-one").status_code == 302
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 302)
    assert service.enter(service.client(), "planner").status_code == 403
    assert service.enter(service.client(), "planner", "another-good-one").status_code == 302


# ---- settings and the audit


FORM = {
    "name": "溪口镇",
    "time_zone": "Asia/Urumqi",
    "visit_minutes": "10",
    "settle_days": "3",
    "languages": ["zh", "en"],
}


def test_a_chosen_tile_host_is_the_only_one_that_pages_may_load_pictures_from(service):
    client = service.client("administrator")
    assert client.get("/settings").headers["Content-Security-Policy"] == headers.CONTENT_SECURITY_POLICY.format(
        tiles=""
    )
    tiles = "https://tiles.example:8443/{z}/{x}/{y}.png?tk=abc"
    assert send(service, client, "/settings", **FORM, tiles_url=tiles).status_code == 302
    policy = client.get("/settings").headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://tiles.example:8443;" in policy
    assert policy.count("tiles.example") == 1


def test_settings_say_what_the_cadence_costs_and_keep_what_was_typed_wrong(service):
    client = service.client("administrator")
    assert "881 households every 28 days at 10 minutes are 37 hours a week" in client.get("/settings").text
    page = send(service, client, "/settings", **{**FORM, "visit_minutes": "often"})
    assert page.status_code == 422
    assert 'value="often"' in page.text
    assert "溪口镇" not in client.get("/settings").text


def test_every_setting_is_in_the_form(service):
    page = service.client("administrator").get("/settings").text
    assert [field.name for field in fields(TownSettings) if f'name="{field.name}"' not in page] == []


def test_a_planner_reads_the_settings_and_cannot_change_them(service):
    planner = service.client("planner")
    assert "Only the administrator" in planner.get("/settings").text
    assert send(service, planner, "/settings", **FORM).status_code == 403


def test_a_planner_sets_what_is_expected_in_the_own_villages_only(service):
    planner, own, other = service.client("planner"), village_id(service), village_id(service, OTHER)
    page = planner.get("/settings/visits").text
    assert f">{OWN}</option>" in page
    assert OTHER not in page
    assert "Whole town</option>" not in page
    cadence = {"subject": "household", "days": "14", "from_day": "2026-11-16"}
    for elsewhere in ("", other):
        refused = send(service, planner, "/settings/visits/cadences", **cadence, village_id=elsewhere)
        assert refused.status_code == 422
        assert 'value="14"' in refused.text
    send(service, planner, "/settings/visits/cadences", **cadence, village_id=own)
    send(service, service.client("administrator"), "/settings/visits/cadences", **cadence, village_id="")
    page = planner.get("/settings/visits").text
    assert "each household is visited every 14 days" in page
    of = planner.get(f"/settings/visits?household={household_id(service.store, OWN + '0001')}").text
    assert f'value="{OWN}0001"' in of
    assert OTHER not in planner.get(f"/settings/visits?household={household_id(service.store, OTHER + '0001')}").text
    undo = re.findall(r"/settings/visits/cadences/\d+/undo", page)  # of the one of the village
    assert len(undo) == 1
    assert send(service, planner, undo[0]).status_code == 302
    days = {f"{kind}_{id_}": "2026-12-01" for kind in ("notice", "start") for id_ in (own, other)}
    assert send(service, planner, "/settings/visits/days", **days).status_code == 302
    without = send(service, planner, "/settings/visits/days", **{f"start_{own}": "2026-12-01"})
    assert (without.status_code, "Write the day of the notice first" in without.text) == (422, True)


def test_only_the_languages_that_are_offered_are_spoken(service):
    client = service.client("administrator")
    send(service, client, "/settings", **{**FORM, "languages": ["zh"]})
    page = client.get("/people?lang=en", headers={"Accept-Language": "en"}).text
    assert '<html lang="zh-CN">' in page
    assert "English" not in page


@ON_BOTH
def test_a_planner_sees_the_audit_of_the_own_villages_only(service):
    administrator, planner = service.client("administrator"), service.client("planner")
    send(service, administrator, "/people/cards", whom="without")
    assert OTHER in administrator.get("/audit").text
    page = planner.get("/audit").text
    assert "login cards: <a" in page
    assert OWN in page
    assert OTHER not in page
    for query in (f"village={village_id(service, OTHER)}", "until=2026-11-15", "since=2026-11-17", "what=land", "q=-"):
        assert "Nothing of that kind" in planner.get(f"/audit?{query}").text
    for query in (f"village={village_id(service)}", "since=2026-11-16&until=2026-11-16", "what=cards", f"q={OWN}"):
        assert "login cards: <a" in planner.get(f"/audit?{query}").text


@ON_BOTH
def test_a_long_audit_is_read_page_by_page_without_gap_or_repetition(service):
    client = service.client("administrator")
    for _ in range(60):
        send(service, client, f"/people/members/{member_ids(service)[0]}/lost")
    shown, path = [], "/audit?what=cards"
    while path:
        page = client.get(path).text
        shown.append(page.count("signed out the lost phone of member"))
        older = re.search(r'href="(/audit\?what=cards&amp;before=\d+)"', page)
        path = older and html.unescape(older[1])
    assert shown == [50, 10]


def test_the_clock_of_a_card_is_the_one_of_the_town(service):
    assert service.now == NOW
    page = send(service, service.client("clerk"), f"/people/members/{member_ids(service)[0]}/card")
    assert "Valid until Wed 16 Dec" in page.text


@pytest.mark.parametrize("lang", LANGS)
@ON_BOTH
def test_the_audit_says_what_changed_in_the_language_of_the_page(service, lang):
    client = service.client("administrator")
    send(service, client, "/settings", name="柳镇", time_zone="Asia/Shanghai", visit_minutes="15", settle_days="3",
         languages=["zh", "en"], title_lead_zh="十户长")  # fmt: skip
    send(service, client, f"/accounts/{account_id(service, 'clerk')}", name="clerk", role="planner", villages=[])
    page = client.get("/audit", query_string={"lang": lang}).text
    for code in ("settings.name", "settings.minutes", "settings.titles", "role.planner"):
        assert say(code, lang) in page
    assert "visit_minutes" not in page
    assert "title_lead_zh" not in page
