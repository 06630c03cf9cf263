"""Towns with phones, each in a database of its own."""

from itertools import count
from random import Random

import pytest
from model_phone import ModelPhone
from phone_world import World


@pytest.fixture
def new_world(sqlite, tmp_path):
    """Return a function that makes a town of its own, with phones of a kind."""
    numbers = count()

    def new_world(phone: type[ModelPhone] = ModelPhone) -> World:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return World(sqlite.new("filled", folder), folder, Random(0), phone)

    return new_world
