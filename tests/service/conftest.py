"""What tests of backups share: a town with a scanned map, and a backup of it."""

import pytest
from service import NOW

from gridplan.service.admin.backup import back_up


@pytest.fixture
def town(tmp_path, databases):
    """Return the store of the drawn town, with a scanned map beside it."""
    folder = tmp_path / "town"
    (folder / "scans").mkdir(parents=True)
    (folder / "scans" / "1.png").write_bytes(b"a map")
    with databases.copy("filled", folder) as store:
        yield store


@pytest.fixture
def file(town, tmp_path):
    """Return a backup of the town."""
    file = tmp_path / "backups" / "town.backup"
    back_up(town, file, now=NOW)
    return file
