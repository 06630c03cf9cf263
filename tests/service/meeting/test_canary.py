"""What a profile does not show is nowhere in what is made of it: planted names, phones, codes, doors and places."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from sample_towns import village as drawn_village
from service import NOW, OTHER, OWN, fill
from sqlalchemy import insert, select, update
from unpacked import texts_in

from gridplan.contact.visits import Visit
from gridplan.model import Assignment, Member, TownPlan
from gridplan.profiles import PROFILES
from gridplan.service.imports.load_plan import load_plan
from gridplan.service.meeting.access import Asking
from gridplan.service.meeting.content import content
from gridplan.service.meeting.forms import FORMS
from gridplan.service.meeting.snapshots import Wanted, take
from gridplan.service.meeting.writing import write_form
from gridplan.service.registry.erasure import erase
from gridplan.store import snapshots
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry
from gridplan.store.database import COMMAND_LINE
from gridplan.store.system.town_settings import TownSettings, write_settings
from gridplan.store.tables import household, household_state, member, visit
from gridplan.store.tables import village as villages
from gridplan.words import Message

STEMS, BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
ALONE = "孤屋组"
"""A hamlet of one household."""
TODAY = NOW.date()
STATES = ("away", "unoccupied", "no visits wanted")
TOLD = ("declined", "unoccupied", "no visits wanted", "nobody lives", "not this time", "away")
"""Words that would tell it."""
STARTED = TODAY - timedelta(60)


def planted():
    """Return two villages whose households and members have names, phones, codes, doors and places of their own."""
    villages, members, assignments = [], [], []
    for at, (name, west) in enumerate(((OWN, 0), (OTHER, 1600))):
        one = drawn_village(name, west, 0, 1, at + 1)
        homes = tuple(
            replace(
                home,
                household_id=f"HUZQ{at}{n:03d}",
                name=f"佘{STEMS[n % 10]}{BRANCHES[(n + 7 * at) % 12]}",
                phone=f"1397700{at}{n:03d}",
                door=f"QX{at}-{n:03d}",
                hamlet="一组" if n else ALONE,
            )
            for n, home in enumerate(one.plan.households)
        )
        code_of = {
            before.household_id: home.household_id for before, home in zip(one.plan.households, homes, strict=True)
        }
        grid_of = {code_of[id_]: number for id_, number in one.plan.grid_of.items()}
        villages.append(replace(one, plan=replace(one.plan, households=homes, grid_of=grid_of)))
        for number in (1, 2):
            code = f"MBZQ{at}{number}"
            spot = {"lon": 119.3737373 + at / 70, "lat": 31.3535353 + number / 70}
            who = {"name": f"仝{STEMS[at]}{number}", "phone": f"1388800{at}{number}0", "named_on_maps": number == 1}
            members.append(Member(code, village=name, **who, **spot))
            assignments.append(Assignment(name, number, code, "lead", Message("map.no_lead")))
    return TownPlan(tuple(villages), tuple(members), tuple(assignments))


def live_in(store):
    """Fill a store with the planted town, visited, with a household in each state that nobody is told of."""
    fill(store, planted())
    with store.write() as connection:
        connection.execute(update(villages).values(start_day=STARTED, phone="0511-8700"))
        homes = connection.execute(select(household.c.id).order_by(household.c.code)).scalars().all()
        who = connection.execute(select(member.c.id).limit(1)).scalar_one()
        days = [TODAY - timedelta(3 + n % 20) for n in range(len(homes))]
        outcomes = ["declined", "not home", *["met"] * (len(homes) - 7)]
        some = [
            Visit(f"v{n}", home, who, day, outcome, "door", "sheet")
            for n, (home, day, outcome) in enumerate(zip(homes, days, outcomes, strict=False))
        ]
        visits.add(connection, some, Entry(None, NOW))
        for home, kind in zip(homes[-5:], STATES, strict=False):
            connection.execute(insert(household_state).values(household_id=home, kind=kind, from_day=STARTED))


@pytest.fixture(scope="module")
def store(sqlite, tmp_path_factory):
    """Return a store of the planted town."""
    with ExitStack() as until_done:
        store = until_done.enter_context(sqlite.copy("empty", tmp_path_factory.mktemp("canary")))
        live_in(store)
        yield store


def contents(store, profiles=PROFILES):
    """Return by form and profile what every form is made of, with one code for all snapshots."""
    made = {}
    for profile in profiles:
        id_ = take(store, Asking(None), Wanted("en", profile, reason="for the test", forms=[*FORMS]), now=NOW)
        with store.read() as connection:
            row = {**snapshots.by_id(connection, id_), "code": "CANARY"}
            for form in FORMS:
                if profile in FORMS[form].profiles:
                    made[form, profile] = content(connection, row, form)
    return made


def hidden(connection, form, profile):
    """Return the texts of people that a form does not show at a profile, and the degrees of where they live."""
    homes = connection.execute(select(household)).mappings().all()
    people = connection.execute(select(member)).mappings().all()
    names_nobody = profile in FORMS[form].tells_contact
    unnamed = [row for row in people if names_nobody or not row["named_on_maps"]]
    of_leads = ("name", "phone")[2 if form == "contact-cards" else 1 if form == "tick-sheets" else 0 :]
    texts = {row["code"] for row in people} | {row[one] for row in unnamed for one in of_leads}
    texts |= {row[one] for row in homes for one in ("code", "phone", "name")}
    if profile != "member":
        texts |= {row["door"] for row in homes} | {ALONE}
    return texts, {f"{row[one]:.4f}" for row in (*homes, *people) for one in ("lon", "lat")}


def those_in(text, sought):
    """Return which of some texts are in another one; where none begins as some do, these are not looked for."""
    begins = {begin for begin in map(begin_of, sought) if begin in text}
    return [one for one in sought if begin_of(one) in begins and one in text]


def begin_of(text):
    return text[: 3 if text.isascii() else 1]


@pytest.mark.slow
def test_what_a_profile_does_not_show_is_in_no_byte_of_any_form(store):
    found = set()
    for (form, profile), of in contents(store, PROFILES[:-1]).items():
        with store.read() as connection:
            texts, degrees = hidden(connection, form, profile)
        for format_ in FORMS[form].formats:
            file = write_form(of, form, format_, "A4")
            # strokes of a drawing may have any numbers
            sought = texts if file.startswith(b"%PDF") else texts | degrees
            found |= {(form, profile, one) for text in texts_in(file) for one in those_in(text, sought)}
    assert sorted(found) == []


@pytest.mark.slow
def test_made_again_no_form_has_what_people_were_called_before_nor_who_has_left_nor_who_declined(sqlite, tmp_path):
    with sqlite.copy("empty", tmp_path) as store:
        live_in(store)
        forms = [form for form in FORMS if "planner" in FORMS[form].profiles]
        taken = take(store, Asking(None), Wanted("en", "planner", reason="for the test", forms=forms), now=NOW)
        after = {"made_by": 1, "now": NOW + timedelta(1), "publish_on": NOW.date()}
        load_plan(store, COMMAND_LINE, planted(), name="another", **after)
        with store.write() as connection:
            write_settings(connection, TownSettings(household_names=True))
            homes = connection.execute(select(household).order_by(household.c.code)).mappings().all()
            renamed, retired, lead = homes[3], homes[4], connection.execute(select(member)).mappings().first()
            for row, table, new in (
                (renamed, household, {"code": "NEWCODE", "name": "新名\u202e", "phone": "13000000000", "door": "N-1"}),
                (retired, household, {"retired_on": TODAY}),
                (lead, member, {"code": "NEWLEAD", "name": "新长", "phone": "13000000001"}),
            ):
                connection.execute(update(table).where(table.c.id == row["id"]).values(new))
        erased = homes[5]
        erase(store, COMMAND_LINE, erased["id"], now=NOW, today=TODAY)
        texts = {}
        with store.read() as connection:
            row = snapshots.by_id(connection, taken)
            for form in forms:
                of = content(connection, row, form)
                written = [write_form(of, form, one, "A4") for one in FORMS[form].formats if one not in ("png", "jpg")]
                texts[form] = [text for file in written for text in texts_in(file)]
    former = {
        row[one] for row in (renamed, retired, erased, lead) for one in ("code", "name", "phone", "door") if one in row
    }
    assert [(form, one) for form in forms for text in texts[form] for one in those_in(text, former)] == []
    named = {form for form in forms if any("新名" in text for text in texts[form])}
    assert named == {*forms} - {"wall-map", "contact-cards"}
    assert [form for form in forms if any("新名\u202e" in text for text in texts[form])] == ["data"]
    silent = {*forms} - {"tick-sheets", "contact-cards"}  # these explain in words what can be noted and asked for
    assert [(form, one) for form in silent for text in texts[form] for one in TOLD if one in text] == []


def test_who_declined_is_away_or_wants_no_visits_changes_nothing_of_any_form(store):
    before = contents(store)
    for turn, outcome in ((1, "not home"), (2, "away")):
        with store.write() as connection:
            ids = connection.execute(select(household_state.c.id).order_by(household_state.c.id)).scalars().all()
            for at, id_ in enumerate(ids):
                kind = STATES[(at + turn) % 3]
                connection.execute(update(household_state).where(household_state.c.id == id_).values(kind=kind))
            connection.execute(update(visit).where(visit.c.outcome != "met").values(outcome=outcome))
        after = contents(store)
        assert [key for key, of in before.items() if after[key] != of] == []
