"""What phones send is read field by field: what is wrong spoils itself alone, and what is compared is what was said."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridplan.contact.operations import (
    FIELDS,
    MADE,
    MOST,
    OF_AMENDMENT,
    PROTECTED,
    AmendMade,
    CorrectionMade,
    NeedMade,
    OrderMade,
    Unreadable,
    VisitMade,
    content_hash,
    read_operation,
    read_request,
)
from gridplan.errors import InputRefused

ID, OTHER_ID = "3f0c6a1e-6f0e-4c7b-9a54-5d2b7b1f8a10", "8a5d2f7c-0a3b-4e0f-8f6e-1c9d4b2a7e31"
AT = 1_795_136_400_000
COMMON = {"id": ID, "seq": 3, "made_at": AT, "after": {"server": AT - 5, "device": AT - 9}, "list": "2026-11-20"}
VISIT = {**COMMON, "type": "visit", "household": 7, "outcome": "met", "channel": "door", "days_ago": 0}
EACH = {
    VisitMade: {**VISIT, "group": OTHER_ID},
    AmendMade: {**COMMON, "type": "amend", "visit": OTHER_ID, "kind": "outcome", "outcome": "away"},
    CorrectionMade: {
        **COMMON,
        "type": "correction",
        "kind": "new house",
        "household": None,
        "grid": [4, 2],
        "content": {"door": "9", "lon": 119.4},
    },
    NeedMade: {
        **COMMON,
        "type": "need",
        "household": 7,
        "visit": OTHER_ID,
        "category": "roads",
        "text": "路灯不亮",
        "days_ago": 2,
        "solved": False,
    },
    OrderMade: {**COMMON, "type": "order", "households": [7, 9]},
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([ID, "visit", "met", AT]),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.sampled_from([*VISIT, "day"]) | st.text(), parts),
    max_leaves=6,
)


def request(*ops, **fields):
    return {"v": 1, "now": AT, "epoch": "", "high": 0, "unsent": len(ops), "ops": list(ops)} | fields


def moment(milliseconds):
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize(("kind", "said"), EACH.items())
def test_an_operation_is_read_with_all_that_it_says(kind, said):
    one = read_operation(said)
    assert type(one) is kind
    assert (one.id, one.seq, one.made_at, one.list.isoformat()) == (ID, 3, moment(AT), "2026-11-20")
    assert (one.heard.service, one.heard.phone) == (moment(AT - 5), moment(AT - 9))
    assert one.content == {name: value for name, value in said.items() if value is not None}


def test_what_an_amendment_says_depends_on_its_kind():
    said = EACH[AmendMade]
    assert read_operation(said).to == "away"
    assert read_operation({**said, "kind": "day", "days_ago": 2}).days_ago == 2
    assert isinstance(read_operation({**said, "kind": "day"}), Unreadable)
    assert (read_operation({**said, "kind": "withdraw"}).to, read_operation(said).days_ago) == (None, None)
    assert isinstance(read_operation({**said, "kind": "household"}), Unreadable)


@given(st.sampled_from(sorted(EACH, key=str)), st.randoms(use_true_random=False), st.dictionaries(st.text(), st.none()))
def test_the_same_is_the_same_in_whatever_order_and_with_whatever_besides(kind, random, besides):
    said = EACH[kind]
    names = list(said)
    random.shuffle(names)
    unknown = {name: value for name, value in besides.items() if name not in {*said, *PROTECTED}}
    (again,) = read_request(json.loads(json.dumps(request({name: said[name] for name in names} | unknown)))).operations
    assert again.content == read_operation(said).content
    assert content_hash(again.content, 1) == content_hash(read_operation(said).content, 1)
    assert content_hash(again.content, 1) != content_hash(again.content, 2)
    changed = read_operation({**said, "seq": 4})
    assert content_hash(changed.content, 1) != content_hash(again.content, 1)


def test_unknown_fields_are_counted_over_all_operations():
    read = read_request(request({**VISIT, "note": "x", "mood": 1}, {**VISIT, "id": OTHER_ID, "note": "y"}))
    assert (read.ignored, {type(one) for one in read.operations}) == (3, {VisitMade})


@pytest.mark.parametrize(("kind", "said"), EACH.items())
def test_a_field_that_says_what_it_may_not_spoils_its_own_operation_alone(kind, said):
    type_ = said["type"]
    known = {**MADE, **FIELDS[type_], **OF_AMENDMENT.get(said.get("kind"), {})}
    for name in known:
        for wrong in ({}, "\ud800", -1, True, "x" * 201, float("inf"), [[]], 2**60):
            is_any_clock = name == "made_at" and wrong in (-1, 2**60, float("inf"))
            if is_any_clock or (name, wrong) in (("content", {}), ("solved", True)):
                continue
            one = {**said, name: wrong}
            first, second = read_request(request(one, {**VISIT, "id": OTHER_ID})).operations
            assert isinstance(first, Unreadable), (name, wrong)
            assert (first.field, first.content) == (name, one)
            assert isinstance(second, VisitMade)
    for name in PROTECTED - known.keys():
        one = read_operation({**said, name: "2026-11-15"})
        assert isinstance(one, Unreadable)
        assert (one.field, one.id) == (name, ID)


def test_brackets_without_end_are_all_the_same():
    endless = []
    for _ in range(5000):
        endless = [endless]
    assert content_hash({"x": endless}, 1) == content_hash(endless, 1) != content_hash(endless, 2)


@given(ANYTHING)
def test_nothing_that_is_sent_breaks_the_reading(said):
    one = read_operation(said)
    assert isinstance(one, (Unreadable, *EACH))
    content_hash(one.content, 1)
    try:
        assert len(read_request(said).operations) <= MOST
    except InputRefused as error:
        assert error.message.code.startswith("sync.")


def test_clocks_that_are_years_off_are_read():
    for at in (-(10**18), 0, 10**18, 1e300, 5.5):
        one = read_operation({**VISIT, "made_at": at, "after": {"server": AT, "device": at}})
        assert (one.made_at, one.made_at.tzinfo) == (one.heard.phone, UTC)


def test_ids_that_are_worked_out_from_something_are_taken_from_no_phone():
    for id_ in ("6f1d0f0e-5f0c-5a3b-9c5e-3d1f2a7b8c90", ID.upper(), ID.replace("-", ""), f"{ID} "):
        assert isinstance(read_operation({**VISIT, "id": id_}), Unreadable)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "not_understood"),
        ({"v": 1}, "not_understood"),
        (request(now=None), "not_understood"),
        (request(high=-1), "not_understood"),
        (request(unsent=1.5), "not_understood"),
        (request(v=2), "other_version"),
        (request(*[VISIT] * (MOST + 1)), "too_many"),
    ],
)
def test_what_is_no_request_is_refused_as_a_whole(body, code):
    with pytest.raises(InputRefused) as refused:
        read_request(body)
    assert refused.value.message.code == f"sync.{code}"
