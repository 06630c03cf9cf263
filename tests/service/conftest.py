"""Which databases tests of the service run on, and what tests of backups share."""

import pytest
from service import NOW
from sqlalchemy import insert

from gridplan.service.admin.backup import back_up
from gridplan.store.access import guesses
from gridplan.store.tables import setting


@pytest.fixture(params=["sqlite"])
def databases(request):
    """Return databases in files, unless a test is marked with `ON_BOTH`: those ask PostgreSQL all that there is."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def town(tmp_path, databases):
    """Return the store of the drawn town, with a scanned map beside it."""
    folder = tmp_path / "town"
    (folder / "scans").mkdir(parents=True)
    (folder / "scans" / "1.png").write_bytes(b"a map")
    with databases.copy("filled", folder) as store:
        yield store


@pytest.fixture(scope="session")
def backups():
    """Return the backups of the town that were made so far, each with its secret, by the kind of its database."""
    return {}


@pytest.fixture
def file(town, tmp_path, backups):
    """Return a backup of the town, which is as it was when the first one was made."""
    file = tmp_path / "backups" / "town.backup"
    if town.dialect in backups:
        file.parent.mkdir()
        content, found = backups[town.dialect]
        file.write_bytes(content)
        with town.write() as connection:
            connection.execute(insert(setting).values(key=guesses.SECRET, value=found))
    else:
        back_up(town, file, now=NOW)
        with town.write() as connection:
            backups[town.dialect] = file.read_bytes(), guesses.secret(connection)
    return file
