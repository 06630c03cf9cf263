"""What a change changes: maps have another revision where it draws something else, figures that are kept are new."""

import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import shapely
from change_kinds import kinds_in_the_code
from databases import POSTGRESQL
from import_batches import NEW, listed, shapes, upload
from sample_drafts import draft_like, household_id, member_id, plan_of, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import func, select

import gridplan
from gridplan.contact.visits import Visit
from gridplan.exchange.lists.terms import ListedLead
from gridplan.exchange.lists.village_names import ListedVillage
from gridplan.service.access import accounts, cards
from gridplan.service.admin import backup, settings
from gridplan.service.contact import corrections, reassignment, term
from gridplan.service.coverage.coverage import coverage
from gridplan.service.coverage.trend import trend
from gridplan.service.imports import batches
from gridplan.service.imports.load_plan import load_plan
from gridplan.service.plans import drafts, leads, party_groups, publish
from gridplan.service.plans.publish import publish_previews
from gridplan.service.registry import features, households, members, placement, village_changes, village_split, villages
from gridplan.service.registry.erasure import erase
from gridplan.service.town.town_map import map_revision, town_map
from gridplan.store.access import scope
from gridplan.store.access.accounts import by_login
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.system import figure_changes
from gridplan.store.system.figure_changes import OF_ALL, OF_VILLAGES
from gridplan.store.system.map_changes import MAP_CHANGES
from gridplan.store.system.town_settings import TownSettings
from gridplan.store.tables import draft, import_batch, village

TODAY = NOW.date()
ZONE = ZoneInfo("Asia/Shanghai")
ROAD = shapely.LineString([(119.4, 31.4), (119.5, 31.4)])
HOME, OTHER_HOME, LEAD = f"{OWN}0001", f"{OWN}0002", f"{OWN}-M1"
BY = {"now": NOW}


def administrator(store):
    with store.read() as connection:
        return scope.actor(connection, by_login(connection, "administrator")["id"])


def import_boundary(store):
    drawn = shapes(({"村名": OWN}, shapely.box(119.4, 31.4, 119.46, 31.46)))
    upload(store, "administrator", {"a.geojson": drawn}).apply()


def take_back_land(store):
    with store.read() as connection:
        (batch_id,) = connection.execute(select(import_batch.c.id)).scalars()
    batches.take_back_land(store, COMMAND_LINE, administrator(store), batch_id, today=TODAY, now=NOW)


def add_home(store):
    form = households.HouseholdForm(village_id(store), "N1", "新来的", None, "2组", None, None, (119.435, 31.415))
    return households.add(store, COMMAND_LINE, form, **BY)


def rename_home(store):
    home = households.HouseholdForm(village_id(store), HOME, "改", None, "1组", None, None, (119.435, 31.415))
    assert households.update(store, COMMAND_LINE, household_id(store, HOME), 1, home, **BY)


def retire_home(store, day=TODAY, version=1):
    households.retire(store, COMMAND_LINE, household_id(store, HOME), version, day, **BY)


def correct(store, kind, **content):
    report = corrections.Report(kind, kind, village_id(store), household_id(store, HOME), content)
    corrections.report(store, COMMAND_LINE, report, **BY)
    corrections.accept(store, COMMAND_LINE, kind, 1, content, today=TODAY, **BY)


def place_home(store, place=(119.435, 31.415), version=1):
    home = household_id(store, HOME)
    placement.place_household(store, COMMAND_LINE, village_id(store), home, version, place, **BY)


def member_form(name):
    return members.MemberForm(name, None, None, None, None, 1, True, False, None, None, None)


def rename_lead(store):
    form = replace(member_form("改"), village_id=village_id(store))
    assert members.update(store, COMMAND_LINE, member_id(store, LEAD), 1, form, **BY)


def retire_lead(store):
    members.retire(store, COMMAND_LINE, member_id(store, LEAD), 1, today=TODAY, **BY)


def add_village(store, name="新村"):
    return villages.add(store, COMMAND_LINE, villages.VillageForm(name, None, None, None, None), **BY)


def set_anchor(store, place, was):
    placement.set_anchor(store, COMMAND_LINE, village_id(store), "1组", place, was=was, **BY)


def merge_villages(store):
    of = (store, COMMAND_LINE, village_id(store, OTHER), village_id(store))
    seen = village_changes.preview_merger(*of, today=TODAY, **BY).fingerprint
    village_changes.merge(*of, seen, today=TODAY, **BY)


def split_village(store):
    part = village_split.SplitRequest("新村", None, frozenset(), frozenset({1}), (), True, False)
    of = (store, COMMAND_LINE, village_id(store), part)
    village_split.split(
        *of, village_split.preview_split(*of, today=TODAY, **BY).fingerprint, village_split.Reasons(), today=TODAY, **BY
    )


def take_back_change(store):
    (row,) = village_changes.changes(store, village_id(store))
    village_changes.undo(store, COMMAND_LINE, row["id"], today=TODAY, **BY)


def give_lead(store, number=20):
    with store.read() as connection:
        (plan_id,) = plans.published(connection, [village_id(store)]).values()
    choice = leads.lead_choice(store, plan_id, number, TODAY)
    other = next(one for one in choice.candidates if not one.is_lead)
    instead_of = choice.lead.id if choice.lead else None
    leads.change_lead(store, COMMAND_LINE, plan_id, number, other.id, instead_of=instead_of, today=TODAY, **BY)


def take_back_lead(store):
    give_lead(store, 1)
    with store.read() as connection:
        (plan_id,) = plans.published(connection, [village_id(store)]).values()
    lead = leads.lead_choice(store, plan_id, 1, TODAY).lead
    leads.undo_lead(store, COMMAND_LINE, plan_id, 1, lead.id, today=TODAY, **BY)


def note_agreement(store):
    with store.read() as connection:
        (plan_id,) = plans.published(connection, [village_id(store)]).values()
    lead = leads.lead_choice(store, plan_id, 1, TODAY).lead
    leads.note_agreement(store, COMMAND_LINE, (plan_id, 1), lead.id, agreed=True, today=TODAY, **BY)


def given(store):
    """Return a grid, who leads it, and who else could."""
    with store.read() as connection:
        (plan_id,) = plans.published(connection, [village_id(store)]).values()
    return (plan_id, 1), member_id(store, LEAD), member_id(store, f"{OWN}-M2")


def reassign(store):
    at, lead, other = given(store)
    reassignment.reassign(store, administrator(store), lead, {at: other}, today=TODAY, **BY)


def take_back_grids(store):
    at, lead, other = given(store)
    reassignment.take_back(store, administrator(store), lead, {at: other}, today=TODAY, **BY)


def change_term(store):
    listed = [ListedLead("2", ListedVillage(OWN), "1", f"{OWN}-M2", None)]
    lists, actor = term.TermLists(listed, None), administrator(store)
    draft_id = term.draft_term(store, actor, lists, TODAY, today=TODAY, **BY)
    term.confirm(store, actor, draft_id, today=TODAY, **BY)


def rename_draft(store):
    with store.read() as connection:
        newest = connection.execute(select(func.max(draft.c.id))).scalar_one()
    drafts.rename_draft(store, COMMAND_LINE, newest, "other", **BY)


def publish_draft(store, draft_id):
    with store.read() as connection:
        previews = publish_previews(connection, [plan_of(store, draft_id)])
    reasons = {(one.id, place): "because" for one in previews for place in range(len(one.exceptions))}
    publish.publish(store, COMMAND_LINE, {one.id: one.fingerprint for one in previews}, reasons, today=TODAY, **BY)


def move_grid(store):
    with store.read() as connection:
        (plan_id,) = plans.published(connection, [village_id(store)]).values()
    groups = party_groups.groups_page(store, plan_id)
    grid, was = next((grid, of.row["number"]) for of in groups.groups for grid in of.grids if groups.beside[grid])
    other = next(group for group in groups.beside[grid] if group != was)
    party_groups.move_grid(store, administrator(store), plan_id, grid, other, instead_of=was, **BY)


def first_member(store):
    return cards.village_cards(store, village_id(store), now=NOW)[1][0].member_id


def in_step(*steps):
    """Return the last of several steps, which the ones before it make possible."""

    def prepare(store):
        for step in steps[:-1]:
            step(store)
        return lambda: steps[-1](store)

    return prepare


DRAWS = {
    ("add", "household"): in_step(add_home),
    ("merge", "household"): in_step(lambda store: correct(store, "two are one", other=household_id(store, OTHER_HOME))),
    ("split", "household"): in_step(lambda store: correct(store, "one is two", name="弟弟")),
    ("change", "household"): in_step(rename_home),
    ("retire", "household"): in_step(retire_home),
    ("unretire", "household"): in_step(retire_home, lambda store: retire_home(store, None, 2)),
    ("erase", "household"): in_step(
        lambda store: erase(store, COMMAND_LINE, household_id(store, HOME), **BY, today=TODAY)
    ),
    ("place", "household"): in_step(place_home),
    ("put back", "household"): in_step(place_home, lambda store: place_home(store, None, 2)),
    ("add", "member"): in_step(lambda store: members.add(store, COMMAND_LINE, member_form("新"), **BY)),
    ("change", "member"): in_step(rename_lead),
    ("retire", "member"): in_step(retire_lead),
    ("unretire", "member"): in_step(
        retire_lead, lambda store: members.restore(store, COMMAND_LINE, member_id(store, LEAD), 2, **BY)
    ),
    ("add", "village"): in_step(add_village),
    ("change", "village"): in_step(
        lambda store: villages.update(
            store, COMMAND_LINE, village_id(store), 1, villages.VillageForm("改村", None, None, None, None), **BY
        )
    ),
    ("draw", "village"): in_step(
        lambda store: villages.set_boundary(store, COMMAND_LINE, administrator(store), village_id(store), 1, None, **BY)
    ),
    ("retire", "village"): in_step(
        add_village, lambda store: villages.retire(store, COMMAND_LINE, village_id(store, "新村"), 1, TODAY, **BY)
    ),
    ("unretire", "village"): in_step(
        add_village,
        lambda store: villages.retire(store, COMMAND_LINE, village_id(store, "新村"), 1, TODAY, **BY),
        lambda store: villages.retire(store, COMMAND_LINE, village_id(store, "新村"), 2, None, **BY),
    ),
    ("merge", "village"): in_step(merge_villages),
    ("take back merger", "village"): in_step(merge_villages, take_back_change),
    ("split", "village"): in_step(split_village),
    ("take back split", "village"): in_step(split_village, take_back_change),
    ("end former numbers", "village"): in_step(
        merge_villages,
        lambda store: village_changes.end_former_numbers(store, today=TODAY + timedelta(days=28), **BY),
    ),
    ("anchor", "hamlet"): in_step(lambda store: set_anchor(store, (119.435, 31.415), None)),
    ("unanchor", "hamlet"): in_step(
        lambda store: set_anchor(store, (119.435, 31.415), None),
        lambda store: set_anchor(store, None, (119.435, 31.415)),
    ),
    ("give lead", "grid"): in_step(give_lead),
    ("take back lead", "grid"): in_step(take_back_lead),
    ("reassign", "member"): in_step(reassign),
    ("change", "term"): in_step(change_term),
    ("take back grids", "member"): in_step(reassign, take_back_grids),
    ("plan", "draft"): in_step(lambda store: draft_like(store, OWN)),
    ("publish", "plan"): in_step(lambda store: publish_draft(store, draft_like(store, OWN))),
    ("load", "plan"): in_step(
        lambda store: load_plan(
            store, COMMAND_LINE, gridplan.model.TownPlan((NEW,)), name="a", made_by=1, now=NOW, publish_on=TODAY
        )
    ),
    ("take back", "lists"): in_step(import_boundary, take_back_land),
    ("import", "lists"): in_step(
        lambda store: upload(store, "administrator", {"a.csv": listed(NEW.plan.households)}).apply()
    ),
}
"""What draws something else: how it is done, but for what replaces the whole database."""

DRAWS_NOTHING = {
    ("make cards", "member"): in_step(
        lambda store: cards.make_card(store, administrator(store), first_member(store), now=NOW)
    ),
    ("withdraw card", "member"): in_step(
        lambda store: cards.withdraw_card(store, COMMAND_LINE, first_member(store), now=NOW)
    ),
    ("phone lost", "member"): in_step(
        lambda store: cards.report_phone_lost(store, COMMAND_LINE, first_member(store), now=NOW)
    ),
    ("note agreement", "member"): in_step(note_agreement),
    ("change days", "village"): in_step(
        lambda store: settings.save_village_days(
            store, COMMAND_LINE, {f"notice_{village_id(store)}": "2026-12-01"}, None, now=NOW
        )
    ),
    ("change", "settings"): in_step(
        lambda store: settings.save_settings(store, COMMAND_LINE, TownSettings(name="新镇"), now=NOW)
    ),
    ("add", "account"): in_step(
        lambda store: accounts.add_account(
            store, COMMAND_LINE, name="x", login="xx", role="planner", villages=[village_id(store)], now=NOW
        )
    ),
    ("add", "feature"): in_step(
        lambda store: features.add_drawn(
            store,
            COMMAND_LINE,
            administrator(store),
            "road",
            "路",
            shapely.LineString([(119.4, 31.4), (119.5, 31.4)]),
            now=NOW,
        )
    ),
    ("rename", "draft"): in_step(lambda store: draft_like(store, OWN), rename_draft),
    ("move", "party group"): in_step(move_grid),
    ("backup", "town"): in_step(lambda store: backup.back_up(store, store.folder / "town.backup", now=NOW)),
}
"""Of what draws nothing else, the changes of what maps are made of, or that seem to be."""
OTHERS = {
    ("apply", "workbook"),
    *((verb, "consultation") for verb in ("send", "type back", "apply")),
    *((verb, "plan") for verb in ("edit", "redraw", "copy")),
    ("delete", "draft"),
    ("undelete", "draft"),
    ("remove", "feature"),
    *((verb, "visit") for verb in ("record", "amend", "recount", "settle", "hand in")),
    ("hand in", "phone file"),
    ("set state", "household"),
    *((verb, "need") for verb in ("raise", "follow up", "print slips")),
    *((verb, "correction") for verb in ("report", "answer")),
    *((verb, object_) for verb in ("add", "remove") for object_ in ("cadence", "pause")),
    *((verb, "member") for verb in ("cover", "change cover")),
    ("print", "contact card"),
    ("change", "linkage rules"),
    ("change", "branch"),
    *((verb, "linked person") for verb in ("change", "link", "end link", "note calls", "take back calls")),
    *((verb, "term") for verb in ("prepare", "withdraw")),
    *((verb, "plan") for verb in ("schedule", "take back", "hold")),
    *((verb, "party group") for verb in ("make", "change")),
    ("print", "sheet"),
    ("count", "grid"),
    *((verb, "snapshot") for verb in ("take", "make again", "download")),
    *((verb, "pack") for verb in ("save", "change", "renew", "retire")),
    *((verb, "scan") for verb in ("add", "remove", "pin")),
    *((verb, "imagery") for verb in ("add", "cut", "remove")),
    *((verb, "account") for verb in ("change", "disable", "enable", "set up", "invite", "change password")),
    *((verb, "account") for verb in ("enter", "enter by invitation", "leave", "end session")),
}
"""What maps are not made of: a change of a new kind has to be put here or there."""

CHANGES_NO_FIGURES = {
    ("end former numbers", "village"),
    *((verb, "household") for verb in ("place", "put back")),
    *((verb, "hamlet") for verb in ("anchor", "unanchor")),
    *(
        (verb, "member")
        for verb in ("cover", "change cover", "make cards", "withdraw card", "phone lost", "note agreement")
    ),
    *((verb, "draft") for verb in ("plan", "rename", "delete", "undelete")),
    *((verb, "feature") for verb in ("add", "remove")),
    *((verb, "scan") for verb in ("add", "remove", "pin")),
    *((verb, "imagery") for verb in ("add", "cut", "remove")),
    *((verb, "correction") for verb in ("report", "answer")),
    *((verb, "need") for verb in ("raise", "follow up", "print slips")),
    *((verb, "term") for verb in ("prepare", "withdraw")),
    *((verb, "plan") for verb in ("schedule", "take back", "hold")),
    *((verb, "linked person") for verb in ("change", "link", "end link", "note calls", "take back calls")),
    *((verb, "account") for verb in ("add", "change", "disable", "enable", "set up", "invite", "change password")),
    *((verb, "account") for verb in ("enter", "enter by invitation", "leave", "end session")),
    ("apply", "workbook"),
    *((verb, "consultation") for verb in ("send", "type back", "apply")),
    *((verb, "plan") for verb in ("edit", "redraw", "copy")),
    ("draw", "village"),
    ("print", "contact card"),
    ("change", "linkage rules"),
    ("change", "branch"),
    ("change", "party group"),
    *((verb, "snapshot") for verb in ("take", "make again", "download")),
    *((verb, "pack") for verb in ("save", "change", "renew", "retire")),
    ("backup", "town"),
}
"""What figures of contact are not made of: a change of a new kind has to be put here or in `figure_changes`."""


def test_of_every_kind_of_change_it_is_known_whether_it_draws():
    assert kinds_in_the_code() == MAP_CHANGES | DRAWS_NOTHING.keys() | OTHERS
    assert not MAP_CHANGES & (DRAWS_NOTHING.keys() | OTHERS)
    assert MAP_CHANGES - DRAWS.keys() == {("restore", "town")}


def seen(store):
    """Return the revision, and all that the map shows."""
    return map_revision(store), json.dumps(town_map(store, None, "en", NOW.date()))


def figures(store, kept):
    """Return the figures of contact of the town, from what is kept or made anew; on SQLite alone: both are the same."""
    if store.dialect != "sqlite":
        return None
    with store.read() as connection:
        return coverage(connection, TODAY, ZONE, kept=kept), trend(connection, TODAY, ZONE, count=2, kept=kept)


def start(store):
    with store.write() as connection:
        connection.execute(village.update().values(start_day=TODAY - timedelta(9)))


def on_both(kinds, few):
    """Try all kinds on SQLite, and on PostgreSQL some: a revision is of what the log of changes says, with either."""
    kept = [pytest.param("sqlite", kind, id=f"sqlite-{' '.join(kind)}") for kind in sorted(kinds)]
    served = [pytest.param(*POSTGRESQL.values, kind, marks=POSTGRESQL.marks, id=" ".join(kind)) for kind in few]
    return pytest.mark.parametrize(("databases", "kind"), [*kept, *served], indirect=["databases"])


@on_both(DRAWS, [("publish", "plan"), *((verb, "village") for verb in ("change", "merge", "take back split"))])
def test_what_draws_has_another_revision_and_no_figures_of_before_it(service, kind):
    store = service.store
    start(store)
    act = DRAWS[kind](store)
    before = seen(store)[0], figures(store, store.kept)
    act()
    assert seen(store)[0] != before[0]
    assert figures(store, store.kept) == figures(store, None)


@on_both(DRAWS_NOTHING, [("note agreement", "member"), ("move", "party group")])
def test_what_draws_nothing_else_has_the_same_revision_and_no_figures_of_before_it(service, kind):
    store = service.store
    start(store)
    act = DRAWS_NOTHING[kind](store)
    before, _ = seen(store), figures(store, store.kept)
    act()
    assert seen(store) == before
    assert figures(store, store.kept) == figures(store, None)


def keys(store):
    with store.read() as connection:
        return figure_changes.keys(connection, None)


def test_of_every_kind_of_change_it_is_known_whose_figures_it_changes(store):
    with store.write() as connection:
        for id_ in (1, 2):
            connection.execute(village.insert().values(id=id_, name=f"v{id_}"))
    changes_nothing = (MAP_CHANGES | DRAWS_NOTHING.keys() | OTHERS) - OF_ALL - OF_VILLAGES
    assert changes_nothing == CHANGES_NO_FIGURES
    with store.write() as connection:
        for kind in sorted(kinds_in_the_code()):
            before = figure_changes.keys(connection, None)
            figure_changes.note_change(connection, kind, [1])
            changed = {id_ for id_, key in figure_changes.keys(connection, None).items() if key != before[id_]}
            assert changed == ({1, 2} if kind in OF_ALL else {1} if kind in OF_VILLAGES else set()), kind
    before = keys(store)
    with store.change(COMMAND_LINE, "record", "visit", now=NOW):
        pass
    assert before.items().isdisjoint(keys(store).items())


def test_a_visit_makes_the_figures_of_its_village_anew_alone(service):
    store = service.store
    start(store)
    before, first = keys(store), figures(store, store.kept)
    assert figures(store, store.kept) == first
    one = Visit("a", household_id(store, HOME), member_id(store, LEAD), TODAY, "met", "door", "told")
    with store.write() as connection:  # by whatever way it is entered
        visits.add(connection, [one], Entry(None, NOW))
    assert {id_ for id_, key in keys(store).items() if key != before[id_]} == {village_id(store)}
    assert figures(store, store.kept) == figures(store, None)


def test_who_comes_in_and_changes_of_kinds_not_known_empty_nothing(service):
    before = seen(service.store)
    service.client("planner")
    with service.store.change(COMMAND_LINE, "record", "visit", now=NOW):
        pass
    assert seen(service.store) == before
