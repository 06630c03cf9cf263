"""The audit log: every deed is one sentence, with the names of today as far as who reads it may know them."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import shapely
from change_kinds import kinds_in_the_code
from databases import ON_BOTH
from sample_drafts import draft_like, household_id, member_id, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import insert
from ways_in import confirmed

from gridplan.contact.visits import Visit
from gridplan.service.access import cards
from gridplan.service.admin.audit_log import KINDS, AuditFilter, audit_page
from gridplan.service.contact.record import record_visits
from gridplan.service.plans import leads, publish
from gridplan.service.plans.publish import publish_previews
from gridplan.service.registry import features, households, members
from gridplan.store.access import scope
from gridplan.store.access.accounts import by_login
from gridplan.store.database import COMMAND_LINE, Who
from gridplan.store.plans import plans
from gridplan.store.registry import villages
from gridplan.store.tables import audit
from gridplan.words import LANGS, catalogue

BY = {"now": NOW}
ZONE = ZoneInfo("Asia/Shanghai")
HOME, LEAD = f"{OWN}0001", f"{OWN}-M1"
FORM = households.HouseholdForm(
    village_id=0, code=HOME, name="王秀英", door="17号", hamlet="1组", phone=None, address=None, place=(119.435, 31.415)
)


def actor(store, role="administrator"):
    with store.read() as connection:
        return scope.actor(connection, by_login(connection, role)["id"])


def who(store, role="planner"):
    return Who(actor(store, role).account_id, role)


def lines(store, role="administrator", **asked):
    return audit_page(store, actor(store, role), AuditFilter(**asked), zone=ZONE).lines


def said(store, lang="en", role="administrator", **asked):
    return [line.sentence.say(lang) for line in lines(store, role, **asked)]


def rename_home(store, **values):
    form = replace(FORM, **{"village_id": village_id(store), **values})
    change = (store, who(store), household_id(store, HOME), 1)
    assert confirmed(lambda key: households.update(*change, replace(form, confirmed=key), **BY))[1]


def publish_everything(store):
    with store.read() as connection:
        names = sorted(villages.ids_by_name(connection))
    draft = draft_like(store, *names)
    with store.read() as connection:
        previews = publish_previews(connection, plans.of_draft(connection, draft).values())
    reasons = {(one.id, place): "because" for one in previews for place in range(len(one.exceptions))}
    shown = {one.id: one.fingerprint for one in previews}
    publish.publish(store, who(store), shown, reasons, today=NOW.date(), **BY)
    return names


def test_every_kind_of_change_has_a_sentence_and_is_asked_for_under_one_name():
    kinds = kinds_in_the_code()
    assert sorted(kind for listed in KINDS.values() for kind in listed) == sorted(kinds)
    codes = {f"audit.did.{verb}_{object_}".replace(" ", "_") for verb, object_ in kinds}
    codes |= {f"audit.kind.{kind}" for kind in KINDS}
    assert [code for lang in LANGS for code in sorted(codes) if catalogue(lang).get(code) is None] == []


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("en", f"planner changed household 王秀英 ({OWN} 1组 17号): name, door, hamlet, position"),
        ("zh", f"planner更改了住户王秀英（{OWN} 1组 17号）：姓名、门牌号、村民小组、位置"),
    ],
)
def test_a_household_is_named_as_it_is_called_today(service, lang, sentence):
    rename_home(service.store)
    assert said(service.store, lang, what="households")[0] == sentence


def test_who_may_not_know_names_reads_codes_and_what_left_the_scope_has_none(service):
    store = service.store
    rename_home(store, village_id=village_id(store, OTHER))
    assert said(store, role="planner", what="households") == [
        "planner changed a household: village, name, door, hamlet, position"
    ]
    reader = replace(actor(store), role="supervisor")
    page = audit_page(store, reader, AuditFilter(what="households"), zone=ZONE)
    assert page.lines[0].sentence.say() == f"planner changed household {HOME}: village, name, door, hamlet, position"


@ON_BOTH
def test_a_deed_in_many_villages_is_one_line_with_the_villages_folded(service):
    names = publish_everything(service.store)
    (line,) = [line for line in lines(service.store, what="plans") if "published" in line.sentence.say()]
    assert f"published {len(names)} villages: {names[0]}" in line.sentence.say()
    assert len(line.details) == len(names)
    assert f"{names[0]}: revision 2" in line.details[0].say()
    assert said(service.store, "en", village_id=village_id(service.store), what="plans")[0] == line.sentence.say()
    (own,) = said(service.store, "zh", role="planner", what="plans")
    assert own == f"planner启用了 1 个村的方案：{OWN}"


@ON_BOTH
def test_a_lead_is_named_with_the_grid_and_both_lead_to_their_pages(service):
    store = service.store
    with store.read() as connection:
        (plan_id,) = plans.published(connection, [village_id(store)]).values()
    choice = leads.lead_choice(store, plan_id, 20, NOW.date())
    chosen = next(one for one in choice.candidates if not one.is_lead)
    leads.change_lead(store, who(store), plan_id, 20, chosen.id, instead_of=None, today=NOW.date(), **BY)
    (line,) = lines(store, "planner", what="plans")
    assert line.sentence.say() == f"planner made member {chosen.member.name} the lead of grid 20 of {OWN}"
    assert line.sentence.values["grid"].ids == (plan_id, 20)
    assert said(store, text=chosen.member.name, what="plans") == [line.sentence.say()]


@ON_BOTH
def test_what_is_gone_is_called_by_its_number(service):
    store = service.store
    road = shapely.LineString([(119.4, 31.4), (119.5, 31.4)])
    added = features.add_drawn(store, COMMAND_LINE, actor(store), "road", "人民路", road, **BY)
    assert said(store, what="land") == ["The command line added the road or barrier 人民路"]
    features.remove(store, COMMAND_LINE, added, **BY)
    assert said(store, what="land")[0] == f"The command line removed road or barrier no. {added}"


@pytest.mark.parametrize(
    ("text", "found"), [("示例1", 1), (LEAD, 1), ("planner", 2), ("示例9", 0), ("%", 0), (OTHER, 0)]
)
@ON_BOTH
def test_it_is_searched_by_the_names_of_today(service, text, found):
    store = service.store
    members.retire(store, who(store), member_id(store, LEAD), 1, today=NOW.date(), **BY)
    rename_home(store)
    assert len(said(store, role="planner", text=text)) == found


@ON_BOTH
def test_it_is_asked_for_by_who_and_tells_who_did_something(service):
    store = service.store
    rename_home(store)
    by = {name: id_ for id_, name in audit_page(store, actor(store, "planner"), AuditFilter(), zone=ZONE).authors}
    assert by.keys() == {"planner"}
    assert len(said(store, who=by["planner"])) == 1
    assert all(line.startswith("The command line") for line in said(store, who=0))


def test_words_that_nobody_uses_any_more_are_read_as_they_were_written(service):
    row = {"at": NOW, "role": "command line", "verb": "mow", "object": "meadow", "detail": {}}
    old = {"at": NOW, "role": "command line", "verb": "change", "object": "settings", "detail": {"fields": ["colour"]}}
    lists = row | {"verb": "import", "object": "lists", "detail": {"ponds": 3}}
    with service.store.write() as connection:
        connection.execute(insert(audit), [row, old, lists])
    assert said(service.store, who=0)[:3] == [
        "The command line imported lists: ponds 3",
        "The command line changed the settings: colour",
        "The command line: mow meadow",
    ]


@ON_BOTH
def test_visits_are_counted_by_village_without_a_time_and_without_the_name_of_the_member_who_entered_them(service):
    store = service.store
    visit = Visit("one", household_id(store, HOME), member_id(store, LEAD), NOW.date(), "met", "door", "phone")
    record_visits(store, who(store, "member"), [visit], now=NOW)
    record_visits(store, who(store, "clerk"), [replace(visit, id="two", source="told")], now=NOW)
    assert said(store, what="visits") == [f"clerk recorded 1 visit: {OWN}", f"A member recorded 1 visit: {OWN}"]
    assert [line.has_time for line in lines(store)][:3] == [False, False, True]
    assert not any("visit" in sentence for sentence in said(store, who=0))


def test_cards_are_counted_over_all_villages_and_of_one_member_say_whose_it_is(service):
    store = service.store
    made = cards.make_cards_for_all(store, actor(store), whom="without", **BY)
    (line,) = lines(store, what="cards")
    assert line.sentence.say().startswith(f"administrator made {len(made)} login cards: ")
    assert len(line.details) > 1
    cards.make_card(store, actor(store), member_id(store, LEAD), **BY)
    assert said(store, what="cards")[0] == "administrator made 1 login card: member 示例1"
