"""What tests of phones share: a town with visits begun, and the phone of the lead of its first grid."""

import pytest
from sending_phones import Town


@pytest.fixture
def begun(service):
    """Return the drawn town with visits begun eight weeks ago."""
    return Town.begun(service.store)


@pytest.fixture
def phone(begun):
    """Return the phone of the lead of the first grid."""
    return begun.phone()
