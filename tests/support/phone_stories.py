"""Short stories of phones and the service: each returns what is wrong in the end."""

from __future__ import annotations

from datetime import timedelta

from phone_world import World
from sqlalchemy import select

from gridplan.service.phone import sent_visits
from gridplan.store.tables import visit


def service_breaks(world: World) -> set[str]:
    """The service answers 500, which is no fault of what was sent."""
    phone = world.new_phone(world.members[0])
    phone.tap(world.homes[phone.member][0])
    world.fates.extend(["broken"])
    phone.flush()
    return world.settle()


def token_ends(world: World) -> set[str]:
    """The token of a phone ends, and the member gets another card."""
    phone = world.new_phone(world.members[0])
    phone.tap(world.homes[phone.member][0])
    world.lose(phone.member)
    phone.flush()
    return world.settle()


def two_on_one_phone(world: World) -> set[str]:
    """A member signs out with visits that are not sent, and another one has the phone."""
    phone = world.new_phone(world.members[0])
    phone.tap(world.homes[phone.member][0])
    phone.sign_out()
    world.sign_in(phone, world.members[2])
    phone.tap(world.homes[phone.member][0])
    return world.settle()


def newer_scripts(world: World) -> set[str]:
    """The service is updated between two attempts to send: newer scripts write the same in another way."""
    phone = world.new_phone(world.members[0])
    sent = phone.tap(world.homes[phone.member][0])
    phone.amend(sent, "outcome", outcome="not home")
    world.fates.extend(["answer lost"])
    phone.flush()
    phone.tap(world.homes[phone.member][1])
    phone.update_scripts()
    return world.settle()


def restored(world: World) -> set[str]:
    """What was acknowledged after the last backup is lost with the computer."""
    phone = world.new_phone(world.members[0])
    phone.tap(world.homes[phone.member][0])
    phone.flush()
    world.back_up()
    phone.tap(world.homes[phone.member][1])
    phone.flush()
    world.restore()
    return world.settle()


def taken_back(world: World) -> set[str]:
    """A visit is taken back that the service has, as the phone cannot know."""
    phone = world.new_phone(world.members[0])
    sent = phone.tap(world.homes[phone.member][0])
    world.fates.extend(["answer lost"])
    phone.flush()
    phone.undo(sent)
    return world.settle()


def erased_and_restored(world: World) -> set[str]:
    """A household is erased after the backup; the phone that has visits of it is asked for them again."""
    world.back_up()
    phone = world.new_phone(world.members[0])
    home = world.homes[phone.member][0]
    phone.tap(home)
    phone.flush()
    phone.tap(home)
    world.now += timedelta(days=2)
    world.erase(home)
    phone.flush()
    found = world.settle()
    phone.tap(home)
    world.restore()
    return found | world.settle()


def one_breaks_the_service(world: World) -> set[str]:
    """One operation of a batch breaks the service, after it was stored."""
    phone = world.new_phone(world.members[0])
    homes, take = world.homes[phone.member], sent_visits.visits.add
    ids = [phone.tap(home) for home in homes[:3]]

    def add_and_break(connection, new, *others):
        verdicts = take(connection, new, *others)
        if any(one.household == homes[1] for one in new):
            raise ZeroDivisionError
        return verdicts

    sent_visits.visits.add = add_and_break
    try:
        phone.flush()
    finally:
        sent_visits.visits.add = take
    verdicts = [phone.queue[id_].verdict for id_ in ids]
    found = set() if verdicts == ["created", "quarantined", "created"] else {f"verdicts are {verdicts}"}
    return found | world.settle() - {"visit broke the service"}


def another_house_under_the_id(world: World) -> set[str]:
    """A house that was added after the backup was visited; after the restore another one is added."""
    phone = world.new_phone(world.members[0])
    beside = world.homes[phone.member][0]
    world.back_up()
    home = world.add_beside(beside, "first")
    sent = phone.tap(home)
    world.restore()
    world.now += timedelta(hours=1)
    world.add_beside(beside, "second")
    found = world.settle()
    with world.store.read() as connection:
        stored = connection.execute(select(visit.c.household_id).where(visit.c.id == sent)).scalar_one_or_none()
    return found | ({"visit of another house"} if stored is not None and world.code(stored) != "first" else set())


STORIES = (
    service_breaks,
    token_ends,
    two_on_one_phone,
    newer_scripts,
    restored,
    taken_back,
    erased_and_restored,
    one_breaks_the_service,
    another_house_under_the_id,
)
