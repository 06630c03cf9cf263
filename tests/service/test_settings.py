"""Settings: what a form says, what is wrong in it, what a cadence costs, and the days of villages."""

from dataclasses import fields
from datetime import date

import pytest
from databases import ON_BOTH
from hypothesis import given
from hypothesis import strategies as st
from sample_drafts import household_id, member_id
from service import NOW, OTHER, OWN
from sqlalchemy import insert

from gridplan.contact.visits import Visit
from gridplan.errors import InputRefused
from gridplan.service.admin import settings as settling
from gridplan.service.admin.settings import VisitCost, parse_settings, tile_host
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry
from gridplan.store.database import COMMAND_LINE
from gridplan.store.registry import villages
from gridplan.store.system.town_settings import TownSettings, read_settings
from gridplan.store.tables import cadence

TODAY = NOW.date()

FORM = {
    "name": "溪口镇",
    "address": "https://gridplan.example",
    "time_zone": "Asia/Urumqi",
    "visit_minutes": "15",
    "settle_days": "5",
    "notes": "1",
    "phones": "1",
    "household_names": "1",
    "tiles_url": "https://tiles.example/{z}/{x}/{y}.png?tk=abc",
    "tiles_frame": "gcj02",
    "bounds_count": "living",
    "approval": "浙S(2026)12号",
}


def test_a_form_becomes_settings_and_they_are_kept(store):
    settings, problems = parse_settings(FORM, ["zh"])
    assert problems == {}
    settling.save_settings(store, COMMAND_LINE, settings, now=NOW)
    with store.read() as connection:
        assert read_settings(connection) == settings
    assert settings == TownSettings(
        name="溪口镇", address="https://gridplan.example", time_zone="Asia/Urumqi", visit_minutes=15, settle_days=5,
        languages=("zh",), notes=True, phones=True, household_names=True,
        tiles_url=FORM["tiles_url"], tiles_frame="gcj02", bounds_count="living", approval=FORM["approval"],
    )  # fmt: skip


def test_a_title_is_trimmed_and_may_be_left_out():
    settings, problems = parse_settings(
        FORM | {"title_lead_zh": "  十户长 ", "title_lead_en": "ten-household  head"}, ["zh"]
    )
    assert problems == {}
    assert settings.titles == {("zh", "lead", "十户长"), ("en", "lead", "ten-household head")}
    assert TownSettings().titles == frozenset()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title_lead_zh", "长" * 21),
        ("title_lead_zh", "联\u202e长"),
        ("title_deputy_en", "helper (of a grid)"),
        ("title_member_en", "{n}"),
        ("name", "x" * 61),
        ("address", "gridplan.example"),
        ("address", "https://gridplan.example/path"),
        ("address", "javascript:alert(1)"),
        ("time_zone", "Asia/Nowhere"),
        ("time_zone", ""),
        ("time_zone", "../etc/passwd"),
        ("visit_minutes", "0"),
        ("settle_days", "0"),
        ("settle_days", "8"),
        ("visit_minutes", "7.5"),
        ("visit_minutes", "241"),
        ("visit_minutes", "ten"),
        ("visit_minutes", "１０"),
        ("tiles_url", "https://tiles.example/{z}/{x}.png"),
        ("tiles_url", "https://{s}.tiles.example/{z}/{x}/{y}.png"),
        ("tiles_url", "https://tiles.example;script-src/{z}/{x}/{y}"),
        ("tiles_url", "https://tiles.example *//{z}/{x}/{y}"),
        ("tiles_url", "data:{x}{y}{z}"),
        ("languages", []),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_only_there(field, value):
    typed, languages = (FORM, value) if field == "languages" else ({**FORM, field: value}, ["zh"])
    _, problems = parse_settings(typed, languages)
    assert list(problems) == [field]
    assert all(problem.say("zh") and problem.say("en") for problem in problems.values())


def test_every_setting_can_be_typed():
    titles = {field.name: field.name for field in fields(TownSettings) if field.name.startswith("title_")}
    settings, problems = parse_settings({**FORM, **titles, "visit_minutes": "15"}, ["zh"])
    assert problems == {}
    assert [field.name for field in fields(TownSettings) if getattr(settings, field.name) == field.default] == []


@given(st.text())
def test_no_address_of_tiles_adds_anything_to_a_policy(url):
    host = tile_host(url)
    assert not set(host) & set(" ;,'\"*\n\t")


def test_the_hours_of_a_cadence():
    cost = VisitCost(households=13_540, members=1_451, days=7, minutes=10)
    assert f"{cost.hours:.0f}" == "2257"
    assert f"{cost.each:.1f}" == "1.6"
    assert VisitCost(13_540, 1_451, 14, 10).hours == cost.hours / 2
    assert VisitCost(100, 0, 7, 10).each is None


@ON_BOTH
def test_the_cost_is_of_the_published_households(service):
    first, *others = settling.visit_costs(service.store, TownSettings(), TODAY)
    assert (first.days, [cost.days for cost in others]) == (28, [7, 14])
    with service.store.write() as connection:
        connection.execute(insert(cadence).values(subject="household", days=10, from_day=TODAY))
    assert [cost.days for cost in settling.visit_costs(service.store, TownSettings(), TODAY)] == [10, 7, 14, 28]
    assert first.households == 12 * (32 + 16 + 16 + 8) + 17
    assert first.members == 13


# ---- the days of villages


def days_of(service, village):
    return next(one for one in settling.village_days(service.store, None) if one["name"] == village)


def settle_days(service, **typed):
    return settling.save_village_days(service.store, COMMAND_LINE, typed, None, now=NOW)


@ON_BOTH
def test_days_are_kept_and_only_villages_that_change_are_written(service):
    id_ = days_of(service, OWN)["id"]
    assert settle_days(service, **{f"notice_{id_}": "2026-11-20", f"start_{id_}": "2026-12-01"}) == 1
    assert (days_of(service, OWN)["notice_day"], days_of(service, OWN)["start_day"]) == (
        date(2026, 11, 20),
        date(2026, 12, 1),
    )
    assert settle_days(service, **{f"notice_{id_}": "2026-11-20", f"start_{id_}": "2026-12-01"}) == 0
    assert settle_days(service) == 0
    assert settle_days(service, **{f"notice_{id_}": "", f"start_{id_}": ""}) == 1
    with service.store.read() as connection:
        assert villages.by_id(connection, id_)["version"] == 3


@pytest.mark.parametrize(
    ("notice", "start"),
    [("2026-12-02", "2026-12-01"), ("", "2026-12-01"), ("", "2026-13-01"), ("soon", ""), ("0226-06-01", "0226-06-01")],
)
def test_days_that_cannot_be_are_refused_and_nothing_is_written(service, notice, start):
    before = settling.village_days(service.store, None)
    first, second = before[0]["id"], before[1]["id"]
    with pytest.raises(InputRefused, match=before[1]["name"]):
        settle_days(service, **{f"notice_{first}": "2026-11-20", f"notice_{second}": notice, f"start_{second}": start})
    assert settling.village_days(service.store, None) == before


def test_days_of_villages_out_of_scope_stay(service):
    own, other = days_of(service, OWN)["id"], days_of(service, OTHER)["id"]
    typed = {f"{kind}_{id_}": "2026-12-01" for kind in ("notice", "start") for id_ in (own, other)}
    assert settling.save_village_days(service.store, COMMAND_LINE, typed, frozenset({own}), now=NOW) == 1
    assert days_of(service, OTHER)["start_day"] is None


def test_a_village_in_which_visits_were_recorded_does_not_start_later(service):
    id_ = days_of(service, OWN)["id"]
    settle_days(service, **{f"notice_{id_}": "2026-11-02", f"start_{id_}": "2026-11-09"})
    home, lead = household_id(service.store, f"{OWN}0001"), member_id(service.store, f"{OWN}-M1")
    with service.store.write() as connection:
        visits.add(connection, [Visit("a", home, lead, TODAY, "met", "door", "sheet")], Entry(None, NOW))
    for start in ("2026-11-10", ""):
        with pytest.raises(InputRefused, match="does not start later"):
            settle_days(service, **{f"notice_{id_}": "2026-11-02", f"start_{id_}": start})
    assert settle_days(service, **{f"notice_{id_}": "2026-11-02", f"start_{id_}": "2026-11-05"}) == 1
