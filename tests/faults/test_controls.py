"""Phones and services that are built in ways that look as good are noticed: a control that stays green fails."""

from contextlib import closing

import phone_breakages as broken
import pytest
from databases import ON_SQLITE
from phone_stories import (
    STORIES,
    another_house_under_the_id,
    newer_scripts,
    one_breaks_the_service,
    restored,
    service_breaks,
    taken_back,
    token_ends,
    two_on_one_phone,
)

pytestmark = ON_SQLITE


@pytest.mark.parametrize("story", STORIES)
def test_everything_ends_once(new_world, story):
    with closing(new_world()) as world:
        assert story(world) == set()


@pytest.mark.parametrize(
    ("phone", "story"),
    [
        (broken.DropsOn500, service_breaks),
        (broken.DropsOn401, token_ends),
        (broken.ForgetsAtLogout, two_on_one_phone),
        (broken.RaisesVersion, newer_scripts),
        (broken.IgnoresEpoch, restored),
        (broken.UndoDeletes, taken_back),
    ],
)
def test_phones_built_otherwise_are_noticed(new_world, phone, story):
    with closing(new_world(phone)) as world:
        assert story(world)


@pytest.mark.parametrize(
    ("breakage", "story"),
    [
        (broken.no_savepoint, one_breaks_the_service),
        (broken.hash_of_bytes, newer_scripts),
        (broken.household_by_row_number, another_house_under_the_id),
    ],
)
def test_services_built_otherwise_are_noticed(new_world, monkeypatch, breakage, story):
    with closing(new_world()) as world:
        breakage(monkeypatch.setattr)
        assert story(world)
