"""Under which addresses phones know the service: one that it no longer answers at strands what they have not sent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

from gridplan.store import Store
from gridplan.store.phone import devices
from gridplan.store.phone.devices import PhonesAt

LATELY: Final = timedelta(days=30)


def phones_lately(store: Store, *, today: date) -> list[PhonesAt]:
    """Return the addresses under which phones sent something lately, and how many of them had entries left."""
    with store.read() as connection:
        return devices.by_address(connection, today - LATELY)


def left_behind(store: Store, addresses: Collection[str], *, today: date) -> list[PhonesAt]:
    """Return those of these addresses at which the service does not answer now."""
    return [one for one in phones_lately(store, today=today) if one.address not in addresses]
