"""Under which addresses phones know the service, and which of them it left behind."""

from datetime import timedelta

from databases import ON_BOTH
from service import NOW
from sqlalchemy import update

from gridplan.service.phone.addresses import left_behind, phones_lately
from gridplan.service.phone.devices import new_device
from gridplan.store.access import accounts, scope
from gridplan.store.phone import devices
from gridplan.store.phone.devices import PhonesAt
from gridplan.store.tables import device

OLD, NEW, TODAY = "http://10.0.0.5:8000", "http://10.0.0.5:8001", NOW.date()


@ON_BOTH
def test_phones_are_counted_by_the_address_they_used_lately_ended_ones_left_out(service):
    with service.store.read() as connection:
        member = scope.actor(connection, accounts.by_login(connection, "member")["id"])
    for address in (OLD, OLD, NEW):
        new_device(service.store, member, address=address, now=NOW, today=TODAY)
    with service.store.write() as connection:
        connection.execute(update(device).where(device.c.address == OLD).values(unsent=3))
    assert phones_lately(service.store, today=TODAY) == [PhonesAt(OLD, 2, 2), PhonesAt(NEW, 1, 0)]
    assert left_behind(service.store, {NEW}, today=TODAY) == [PhonesAt(OLD, 2, 2)]
    assert left_behind(service.store, {NEW, OLD}, today=TODAY) == []
    assert phones_lately(service.store, today=TODAY + timedelta(days=31)) == []
    with service.store.write() as connection:
        devices.end(connection, [member.member_id], "lost", NOW)
    assert phones_lately(service.store, today=TODAY) == []
