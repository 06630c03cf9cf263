"""Many clients at once at a service that listens: queues sent again and again, or the service killed meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from random import Random

from model_phone import BATCH, Answer, Json, Lost, ModelPhone, Send
from phone_town import day_at, homes_of, milliseconds, new_token, wrong
from served import Served, at_once, sender
from sqlalchemy import func, select, text

from gridplan.store import Store
from gridplan.store.access.guesses import secret
from gridplan.store.tables import amendment, kept_apart, visit

Batch = tuple[str, list[Json]]
"""A token, and the operations that are sent with it."""


def now_ms() -> int:
    return milliseconds(datetime.now(UTC))


def phone_of(store: Store, member: int, send: Send, seed: int) -> ModelPhone:
    """Return a phone of a member who has just signed in."""
    phone, now = ModelPhone(send, now_ms, Random(seed)), datetime.now(UTC)
    phone.sign_in(member, new_token(store, member, now), "first", now=milliseconds(now), day=day_at(now))
    return phone


def fill_queue(store: Store, phone: ModelPhone, visits: int, changes: int) -> None:
    """Enter visits on a phone, some of which are changed or taken back later."""
    homes = homes_of(store, phone.member, datetime.now(UTC))
    ids = [phone.tap(homes[n % len(homes)], days_ago=n // len(homes) % 7) for n in range(visits)]
    for id_ in phone.random.sample(ids, changes // 2):
        phone.undo(id_)
    for id_ in phone.random.sample(ids, changes - changes // 2):
        phone.amend(id_, "channel", channel="phone")


def request_of(ops: Sequence[Json]) -> Json:
    return {"v": 1, "now": now_ms(), "epoch": "first", "high": 0, "unsent": len(ops), "ops": list(ops)}


def batches_of(ops: Iterable[Json], random: Random) -> Iterator[list[Json]]:
    """Yield operations in another order each time, each with its fields in another order."""
    shuffled = list(ops)
    random.shuffle(shuffled)
    for start in range(0, len(shuffled), BATCH):
        yield [dict(random.sample(list(op.items()), len(op))) for op in shuffled[start : start + BATCH]]


class Crowd:
    """Clients that each send batch after batch, and what they were answered."""

    def __init__(self, ports: Sequence[int], clients: int) -> None:
        self.statuses: dict[int, int] = {}
        self._sends, self._clients, self._lock = [sender(port) for port in ports], clients, threading.Lock()

    def send(self, batches: Iterable[Batch]) -> None:
        """Send all batches, as many at once as there are clients."""
        left = iter(batches)

        def run(send: Send) -> None:
            while True:
                with self._lock:
                    batch = next(left, None)
                if batch is None:
                    return
                with suppress(Lost):
                    self._note(send(batch[0], request_of(batch[1])))

        sends = [self._sends[n % len(self._sends)] for n in range(self._clients)]
        at_once([partial(run, send) for send in sends])

    def _note(self, answer: Answer) -> None:
        with self._lock:
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1


def replayed(
    store: Store,
    members: Sequence[int],
    ports: Sequence[int],
    direct: int,
    *,
    entered: int,
    times: int,
    clients: int,
    random: Random,
) -> set[str]:
    """Let clients send the queues of members again and again by some ports, and return what is wrong in the end.

    Each client has a token of its own. The phones themselves send last, by the other port.
    """
    phones = [phone_of(store, one, sender(direct), random.getrandbits(32)) for one in members]
    for phone in phones:
        visits = entered // len(members) * 4 // 5
        fill_queue(store, phone, visits, entered // len(members) - visits)
    now = datetime.now(UTC)
    tokens = {one: [new_token(store, one, now) for _ in range(clients // len(members))] for one in members}
    batches = [
        (random.choice(tokens[phone.member]), batch)
        for _ in range(times)
        for phone in phones
        for batch in batches_of(phone.made.values(), random)
    ]
    random.shuffle(batches)
    crowd = Crowd(ports, clients)
    crowd.send(batches)
    found = {f"{n} answers {status}" for status, n in crowd.statuses.items() if status != 200}
    for phone in phones:
        phone.flush()
    rows = counted(store)
    found |= {f"{rows} rows of {entered}"} if rows != entered else set()
    return found | wrong(store, phones)


MEET = """
CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE waited integer := 0;
BEGIN
  IF current_setting('tests.met', true) IS DISTINCT FROM txid_current()::text THEN
    PERFORM set_config('tests.met', txid_current()::text, true);
    LOOP
      PERFORM pg_stat_clear_snapshot();
      EXIT WHEN waited > 60 OR (
        SELECT count(*) > 1 FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND starts_with(query, 'INSERT INTO visit')
      );
      waited := waited + 1;
      PERFORM pg_sleep(0.01);
    END LOOP;
  END IF;
  PERFORM pg_sleep(0.002);
  RETURN NEW;
END $$;
CREATE TRIGGER meets BEFORE INSERT ON visit FOR EACH ROW EXECUTE FUNCTION meet()
"""
"""Whoever inserts visits waits until somebody else does, for 0.6 seconds at most, and takes some time for each row."""


def clashing(
    store: Store, members: Sequence[int], ports: Sequence[int], *, entered: int, size: int, random: Random
) -> set[str]:
    """Let two members of a grid send visits under the same ids at once, so many in a batch; return what is wrong then.

    Whoever comes first has the visit, and what the other one sent is kept apart.
    """
    with store.write() as connection:
        connection.exec_driver_sql(MEET)
        secret(connection)  # whoever makes it lets others wait
    phone, now = phone_of(store, members[0], sender(ports[0]), random.getrandbits(32)), datetime.now(UTC)
    fill_queue(store, phone, entered, 0)
    ids, tokens = list(phone.made), [new_token(store, one, now) for one in members]
    crowd = Crowd(ports, 2)
    crowd.send(
        (token, batch)
        for start in range(0, entered, size)
        for token in tokens
        for batch in batches_of([phone.made[id_] for id_ in ids[start : start + size]], random)
    )
    found = {f"{n} answers {status}" for status, n in crowd.statuses.items() if status != 200}
    with store.read() as connection:
        apart = list(connection.execute(select(kept_apart.c.verdict, kept_apart.c.why)))
    found |= {f"{verdict}: {why}" for verdict, why in apart if (verdict, why) != ("conflict", None)}
    if (counted(store), len(apart)) != (entered, entered):
        found.add(f"{counted(store)} stored and {len(apart)} kept apart of {entered}")
    return found


def deadlocks(store: Store) -> set[str]:
    """Return whether transactions waited for each other, as PostgreSQL counts it once their connections have ended."""
    time.sleep(0.5)
    with store.read() as connection:
        counted = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        n = connection.execute(counted).scalar_one()
    return {f"{n} deadlocks"} if n else set()


def killed_meanwhile(
    store: Store,
    members: Sequence[int],
    service: Served,
    before: list[ModelPhone],
    *,
    posts: int,
    clients: int,
    random: Random,
) -> set[str]:
    """Send visits one by one, kill the service in the middle and start it again; return what is wrong in the end.

    Phones are added to those of rounds before.
    """
    phones = [phone_of(store, one, sender(service.port), random.getrandbits(32)) for one in members]
    before += phones
    for phone in phones:
        fill_queue(store, phone, posts // len(phones) + 1, 0)
    ones = [(phone, op) for phone in phones for op in phone.made.values()][:posts]
    random.shuffle(ones)
    left, lock, acknowledged = iter(ones), threading.Lock(), set[str]()
    kill_at, killed = random.randrange(posts // 20, posts * 3 // 10), threading.Event()

    def run() -> None:
        while not killed.is_set():
            with lock:
                one = next(left, None)
            if one is None:
                return
            phone, op = one
            with suppress(Lost):
                answer = phone.send(phone.tokens[phone.member], request_of([op]))
                if answer.status == 200 and answer.body["results"][0]["verdict"] in ("created", "replay"):
                    with lock:
                        acknowledged.add(op["id"])
                        is_time = len(acknowledged) >= kill_at
                    if is_time and not killed.is_set():
                        killed.set()
                        service.kill()

    at_once([run] * clients)
    found = {"not killed"} if not killed.is_set() else set()
    service.start()
    with store.read() as connection:
        kept = set(connection.execute(select(visit.c.id)).scalars())
    if lost := acknowledged - kept:
        found.add(f"{len(lost)} of {len(acknowledged)} acknowledged visits lost")
    for phone in phones:
        phone.flush()
    return found | wrong(store, before)


def counted(store: Store) -> int:
    """Return how many visits and changes of visits there are."""
    with store.read() as connection:
        return sum(connection.execute(select(func.count()).select_from(of)).scalar_one() for of in (visit, amendment))
