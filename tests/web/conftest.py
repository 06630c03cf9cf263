"""Pages run on SQLite: what they ask of the database is asked by tests of service and store of both."""

import pytest


@pytest.fixture(params=["sqlite"])
def databases(request):
    """Return databases in files, unless a test is marked with `ON_BOTH`."""
    return request.getfixturevalue(request.param)
