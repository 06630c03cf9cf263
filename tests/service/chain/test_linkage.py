"""Linkage as the service keeps it: links as of a day, gaps within a scope, calls, people, a list of links."""

from collections import Counter
from datetime import date, timedelta
from io import BytesIO
from random import Random

import pytest
from databases import ON_BOTH
from sample_drafts import village_id
from service import NOW, OTHER, OWN
from sqlalchemy import insert, select, update

from gridplan.errors import InputRefused, NotFound
from gridplan.roles import Actor
from gridplan.service.chain import branches as branch_forms
from gridplan.service.chain import calls, kinds, linkage_list, persons
from gridplan.service.chain.linkage import called, linkage_page
from gridplan.service.registry.form import FormFields
from gridplan.store import Who
from gridplan.store.chain import branches, linkage
from gridplan.store.tables import linkage as link_table
from gridplan.store.tables import linkage_call, linkage_kind, linked_person

TODAY = NOW.date()
FIRST = date(2026, 6, 1)
DESK = Who(None, "clerk")
EVERYTHING = Actor(1, "a", "administrator", None)


@pytest.fixture
def town(service):
    """Return a store with a kind of each subject, a branch in each village, and who is linked to what."""
    with service.store.write() as connection:
        for title, subject, rule, count in (("leader", "village", "exactly", 2), ("guide", "branch", "at least", 1)):
            kind = {"title": title, "subject": subject, "rule": rule, "count": count, "cadence_days": None}
            linkage.save_kind(connection, None, kind)
        leader, guide = linkage.kinds(connection)
        own, other = village_id(service.store, OWN), village_id(service.store, OTHER)
        branches.add(connection, other, "二支部")
        first_branch = branches.add(connection, own, "一支部")
        for name, kind_id, targets in (
            ("王甲", leader, [(own, None), (other, None)]),
            ("李乙", leader, [(own, None)]),
            ("张丙", guide, [(own, first_branch)]),
            ("陈丁", guide, []),
        ):
            person_id = linkage.add_person(connection, name, kind_id)
            persons.add_to(connection, person_id, targets, FIRST, None)
    return service.store


def link_ids(store, day=TODAY):
    with store.read() as connection:
        rows = linkage.links_in(connection, day, day)
    return {(row["person"], row["village"]): row["id"] for row in rows}


def person_id(store, name):
    with store.read() as connection:
        return next(row["id"] for row in linkage.persons(connection) if row["name"] == name)


def note(store, links, day=TODAY, form_id="a-1", scope=None):
    form = FormFields({"id": form_id, "day": day.isoformat()})
    return calls.note_calls(store, DESK, scope, form, links, now=NOW, today=TODAY)


def standings(page):
    return {(link.row["person"], link.row["village"]): link.standing for link in page.links}


def test_how_links_stand_is_what_the_stored_rows_say(town):
    """Worked out anew from links and calls, of calls at random, some of which were taken back."""
    luck = Random(0)
    with town.write() as connection:
        guide = select(linkage_kind.c.id).where(linkage_kind.c.title == "guide").scalar_subquery()
        connection.execute(update(linkage_kind).where(linkage_kind.c.id == guide).values(cadence_days=10))
        connection.execute(update(linked_person).where(linked_person.c.name == "李乙").values(kind_id=guide))
        ids = connection.execute(select(link_table.c.id)).scalars().all()
        connection.execute(update(link_table).where(link_table.c.id == ids[0]).values(until_day=FIRST + timedelta(150)))
        firsts = (30, 61, 92, 122)  # of months, from June
        made = [(id_, n, luck.choice((luck.randrange(180), *firsts))) for id_ in ids for n in range(5)]
        calls = [
            {"id": f"{id_}-{n}", "linkage_id": id_, "day": FIRST + timedelta(after), "received_at": NOW}
            | {"withdrawn_at": NOW if n == 0 else None}
            for id_, n, after in made
        ]
        connection.execute(insert(linkage_call), calls)
        kinds_of = select(link_table, linkage_kind.c.cadence_days).select_from(
            link_table.join(linked_person).join(linkage_kind)
        )
        links = connection.execute(kinds_of).all()

    def stands(one, day):
        called_on = [
            call["day"]
            for call in calls
            if call["linkage_id"] == one.id and call["day"] <= day and call["withdrawn_at"] is None
        ]
        if one.cadence_days is not None:
            free = (day - max(called_on)).days if called_on else (day - one.from_day).days + one.cadence_days
            return ("called", "due", "overdue")[min(free // one.cadence_days, 2)]
        month = {(on.year, on.month) for on in called_on}
        before = day.replace(day=1) - timedelta(days=1)
        if (day.year, day.month) in month:
            return "called"
        is_new = one.from_day > before.replace(day=1)
        return "due" if is_new or (before.year, before.month) in month else "overdue"

    found = Counter()
    for after in range(0, 240, 3):
        day = FIRST + timedelta(after)
        wanted = {
            one.id: stands(one, day)
            for one in links
            if one.from_day <= day and (one.until_day is None or day < one.until_day)
        }
        page = linkage_page(town, None, day)
        assert {of.row["id"]: of.standing for of in page.links} == wanted, day
        assert page.counts == {standing: list(wanted.values()).count(standing) for standing in page.counts}
        found.update(wanted.values())
    assert min(found[standing] for standing in ("called", "due", "overdue")) > 10


@pytest.mark.parametrize(
    ("village", "branch", "said"),
    [
        ("石桥村", None, "石桥村"),
        ("石桥村", "一支部", "石桥村 一支部"),
        ("石桥村", "石桥村第一党支部", "石桥村第一党支部"),
        ("石桥村", "石桥第一党支部", "石桥第一党支部"),
    ],
)
def test_a_branch_is_called_with_its_village_once(village, branch, said):
    assert called(village, branch) == said


def test_links_stand_and_gaps_are_as_of_a_day(town):
    ids = link_ids(town)
    assert note(town, [ids["王甲", OWN], ids["张丙", OWN]], date(2026, 10, 20)) == 2
    assert note(town, [ids["王甲", OWN]], TODAY, "a-2") == 1
    page = linkage_page(town, None, TODAY)
    assert standings(page) == {
        ("王甲", OWN): "called",
        ("王甲", OTHER): "overdue",
        ("李乙", OWN): "overdue",
        ("张丙", OWN): "due",
    }
    assert page.counts == {"overdue": 2, "due": 1, "called": 1}
    assert [(one.person["name"], one.n, one.missing) for one in page.gaps.persons] == [("陈丁", 0, 1), ("李乙", 1, 1)]
    assert [row["name"] for row in page.gaps.branches] == ["二支部"]
    assert len(page.gaps.villages) == len({name for _, name in page.villages} - {OWN, OTHER})
    assert page.gaps.untold == 0
    before = linkage_page(town, None, date(2026, 10, 31))
    assert standings(before)["张丙", OWN] == "called"
    assert linkage_page(town, None, FIRST - timedelta(days=1)).total == 0
    assert "1 of 4 links" in page.sentence("en", TODAY)
    assert page.sentence("zh", TODAY).startswith("4 个包联中 1 个暂无需到访；1 个待到访；2 个超期未到访")


@ON_BOTH
def test_who_has_some_villages_sees_their_links_and_no_wrong_number(town):
    own = village_id(town, OWN)
    page = linkage_page(town, [own], TODAY)
    assert {village for _, village in standings(page)} == {OWN}
    assert [one.person["name"] for one in page.gaps.persons] == ["陈丁", "李乙"]  # of 王甲 only a part is seen
    assert page.gaps.untold == 1
    assert page.gaps.villages == page.gaps.branches == ()
    elsewhere = linkage_page(town, [village_id(town, OTHER)], TODAY)
    assert [one.person["name"] for one in elsewhere.gaps.persons] == ["陈丁"]
    assert [row["name"] for row in elsewhere.gaps.branches] == ["二支部"]


@ON_BOTH
def test_a_form_of_calls_counts_once_and_is_taken_back_whole(town):
    ids = link_ids(town)
    both = [ids["王甲", OWN], ids["李乙", OWN]]
    assert note(town, both) == 2
    assert note(town, both) == 0  # the same form again
    assert note(town, both, form_id="a-2") == 0  # another one of the same day
    own = [village_id(town, OWN)]
    found = calls.calls_page(town, own, TODAY.replace(day=1)).links
    assert {one.row["person"]: len(one.calls) for one in found} == {"李乙": 1, "王甲": 1, "张丙": 0}
    with pytest.raises(NotFound):
        calls.take_back(town, DESK, [village_id(town, OTHER)], "a-1", now=NOW)
    assert calls.take_back(town, DESK, own, "a-1", now=NOW) == 2
    assert linkage_page(town, None, TODAY).counts["called"] == 0
    assert note(town, both, form_id="a-3") == 2  # and typed in anew


def test_calls_are_refused_whole_with_the_reason(town):
    ids = link_ids(town)
    both = [ids["王甲", OWN], ids["李乙", OWN]]
    with pytest.raises(InputRefused, match=r"Not linked on 2026-05-01: .*王甲 石桥村"):
        note(town, both, date(2026, 5, 1))
    with pytest.raises(NotFound):
        note(town, [*both, ids["王甲", OTHER]], scope=[village_id(town, OWN)])
    with pytest.raises(InputRefused, match="2026-11-17"):
        note(town, both, TODAY + timedelta(days=1))
    with pytest.raises(InputRefused, match="Nothing is ticked"):
        note(town, [])
    with pytest.raises(InputRefused):
        note(town, both, form_id="a%")
    assert linkage_page(town, None, TODAY).counts["called"] == 0


def link(store, name, targets, from_day, until_day=""):
    form = FormFields({"from_day": from_day, "until_day": until_day})
    try:
        return persons.add_links(store, DESK, None, person_id(store, name), form, targets, now=NOW)
    except InputRefused:
        return {field: problem.code.removeprefix("linkage.") for field, problem in form.problems.items()}


@ON_BOTH
def test_links_of_one_person_to_one_place_never_overlap(town):
    own, other = (str(village_id(town, name)) for name in (OWN, OTHER))
    assert link(town, "李乙", [own, other], "2026-11-01") == {"target": "linked_already"}
    assert link(town, "李乙", [own], "2026-01-01", "2026-06-01") == 1
    assert link(town, "李乙", [other], "2026-11-01", "2026-11-01") == {"until_day": "until_before"}
    assert link(town, "李乙", [], "2026-11-01") == {"target": "none_ticked"}
    for far in ("0001-01-01", "9999-12-31"):
        assert link(town, "李乙", [own], far)["from_day"] == "registry.day_too_far"
    assert link(town, "李乙", ["999999"], "") == {"target": "registry.not_in_list", "from_day": "registry.required"}
    assert link(town, "李乙", [other, other], "2026-11-01") == 1
    now = link_ids(town)["李乙", OWN]
    note(town, [now], date(2026, 7, 1))
    for until, code in (("2026-06-01", "until_before"), ("2026-07-01", "call_after"), ("2026-07-02", None)):
        form = FormFields({"until_day": until})
        if code is None:
            persons.end_link(town, DESK, now, form, now=NOW)
        else:
            with pytest.raises(InputRefused):
                persons.end_link(town, DESK, now, form, now=NOW)
            assert form.problems["until_day"].code == f"linkage.{code}"
    with pytest.raises(InputRefused, match="let it end"):
        persons.remove_link(town, DESK, now, now=NOW)
    persons.remove_link(town, DESK, link_ids(town)["李乙", OTHER], now=NOW)
    assert not [key for key in link_ids(town) if key[0] == "李乙"]


@ON_BOTH
def test_who_has_some_villages_changes_no_person_of_others_and_no_rule(town):
    of_own = Actor(2, "p", "planner", frozenset({village_id(town, OWN)}))
    shared, mine = person_id(town, "王甲"), person_id(town, "李乙")
    with pytest.raises(InputRefused, match="villages of others"):
        persons.retire_person(town, of_own, DESK, shared, now=NOW, today=TODAY)
    assert [row["village"] for row in persons.person_page(town, of_own, shared).links] == [OWN]
    persons.retire_person(town, of_own, DESK, mine, now=NOW, today=TODAY)
    assert ("李乙", OWN) not in link_ids(town)
    assert ("李乙", OWN) in link_ids(town, TODAY - timedelta(days=1))
    typed = {"title": "x", "subject": "village", "rule": "exactly", "count": "6"}
    kind = kinds.parse_kind(town, FormFields(typed), None)
    with pytest.raises(InputRefused, match="whole town"):
        kinds.save_kind(town, of_own, DESK, None, kind, now=NOW)
    kinds.save_kind(town, EVERYTHING, DESK, None, kind, now=NOW)
    with pytest.raises(InputRefused, match="person"):
        kinds.remove_kind(town, EVERYTHING, DESK, 1, now=NOW)
    for wrong, field in (({"title": " X "}, "title"), ({"count": "0"}, "count"), ({"rule": "?"}, "rule")):
        form = FormFields(typed | {"title": "y"} | wrong)
        with pytest.raises(InputRefused):
            kinds.parse_kind(town, form, None)
        assert list(form.problems) == [field]


def test_an_empty_town_is_offered_rules_in_the_language_of_the_page(service):
    kinds.add_ready_made(service.store, EVERYTHING, DESK, "zh", now=NOW)
    found = kinds.kinds_page(service.store, EVERYTHING).kinds
    assert [(row["title"], row["subject"], row["rule"], row["count"]) for row in found] == [
        ("包村领导", "village", "exactly", 6),
        ("包支部领导", "branch", "at least", 3),
        ("党建指导员", "branch", "at least", 2),
    ]
    with pytest.raises(InputRefused):
        kinds.add_ready_made(service.store, EVERYTHING, DESK, "en", now=NOW)


@ON_BOTH
def test_a_branch_has_its_name_alone_in_its_village_and_can_be_no_more(town):
    own = village_id(town, OWN)
    for name, code in (("一 支部", "linkage.branch_known"), ("", "registry.required")):
        form = FormFields({"village_id": str(own), "name": name})
        with pytest.raises(InputRefused):
            branch_forms.add_branch(town, DESK, [own], form, now=NOW)
        assert {field: problem.code for field, problem in form.problems.items()} == {"name": code}
    found, _ = branch_forms.branches_page(town, [own])
    branch_forms.retire_branch(town, DESK, found[0]["id"], TODAY, now=NOW)
    assert ("张丙", OWN) not in link_ids(town)
    assert ("张丙", OWN) in link_ids(town, TODAY - timedelta(days=1))
    assert "张丙" in {one.person["name"] for one in linkage_page(town, None, TODAY).gaps.persons}


LIST = f"""姓名,类别,行政村,党支部
王甲,leader,{OWN},
周戊13812345678,leader,{OTHER},
周戊,leader,{OTHER},
张丙,guide,{OTHER},三支部
张丙,guide,,二支部
李乙,boss,{OWN},
李乙,leader,没有村,
李乙,guide,{OWN},
李乙,leader,{OWN},一支部
,leader,{OWN},
"""


def preview(store, text, scope=None, name="a.csv"):
    return linkage_list.preview_linkages(store, scope, name, BytesIO(text.encode()), "en", today=TODAY)


@pytest.mark.slow
def test_a_list_is_previewed_row_by_row_and_entered_whole_once(town):
    found = preview(town, LIST)
    assert [(one[0], *one[2:]) for one in found.new] == [
        ("周戊", OTHER, ""),
        ("张丙", OTHER, "三支部"),
        ("张丙", OTHER, "二支部"),
    ]
    assert (found.same, found.persons, found.branches) == (2, 1, 1)
    assert [(one.row, one.column, one.value, one.reason.code.rpartition(".")[2]) for one in found.refused] == [
        (7, "类别", "boss", "no_kind"),
        (8, "行政村", "没有村", "no_village"),
        (9, "党支部", "", "no_branch"),
        (10, "党支部", "一支部", "no_branch_wanted"),
        (11, "姓名", "", "no_name"),
    ]
    assert all(one.remedy.say("zh") for one in found.refused)
    assert len(link_ids(town)) == 4  # nothing is written yet
    for changed in (found.content.replace("三支部", " 三支部"), found.content[:-1], "[1]", "{}", "[" * 5000):
        with pytest.raises(InputRefused, match="preview"):
            linkage_list.enter_linkages(town, DESK, None, changed, TODAY, now=NOW)
    with pytest.raises(InputRefused, match="preview"):
        linkage_list.enter_linkages(town, DESK, [village_id(town, OWN)], found.content, TODAY, now=NOW)
    assert linkage_list.enter_linkages(town, DESK, None, found.content, TODAY, now=NOW) == 3
    assert linkage_list.enter_linkages(town, DESK, None, found.content, TODAY, now=NOW) == 0
    assert ("周戊", OTHER) in link_ids(town)
    assert preview(town, LIST).content == ""
    with pytest.raises(InputRefused, match="no column for the name"):
        preview(town, "村,支部\na,b\n")
    with pytest.raises(InputRefused):
        preview(town, LIST, name="a.exe")
    assert {one.reason.code for one in preview(town, LIST, [village_id(town, OWN)]).refused} >= {
        "linkage.row.no_village"
    }
