"""Towns with phones, each in a database of its own."""

from contextlib import ExitStack
from itertools import count
from random import Random

import pytest
from model_phone import ModelPhone
from phone_world import World


@pytest.fixture
def new_world(databases, tmp_path):
    """Return a function that makes a town of its own, with phones of a kind."""
    numbers = count()

    def new_world(phone: type[ModelPhone] = ModelPhone) -> World:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        database = ExitStack()
        return World(database.enter_context(databases.copy("filled", folder)), database, Random(0), phone)

    return new_world
