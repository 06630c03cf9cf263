"""A phone as its scripts have it, in Python: what is entered goes into a queue that outlives all but its storage.

It follows the rules of web/static_src/phone/sync.js, a method each, so that tests can break them one by one. Moments
are milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, Literal
from uuid import UUID

Json = dict[str, Any]
BATCH: Final = 50
KEPT_MS: Final = 14 * 86_400_000
"""How long what was acknowledged is kept, unless it is in a backup before."""
SURE_MS: Final = 3_600_000
"""How much older than a backup an answer is that is surely in it."""


class Lost(Exception):
    """No answer came: whether the service got what was sent, the phone cannot know."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; its body is None where it is no JSON."""

    status: int
    body: Json | None = None


Send = Callable[[str, Json], Answer]
"""Sends a request with a token; raises `Lost`."""


@dataclass
class Entry:
    """An operation in the queue: its content never changes, however often it was sent."""

    op: Json
    owner: int
    state: Literal["new", "sent", "done"] = "new"
    """Never sent; may have been sent; acknowledged."""
    verdict: str | None = None
    done_at: int | None = None
    """When the service acknowledged it, by its clock."""


@dataclass
class ModelPhone:
    """A phone: who has it, and all that its storage holds."""

    send: Send
    clock: Callable[[], int]
    random: Random
    queue: dict[str, Entry] = field(default_factory=dict)
    tokens: dict[int, str] = field(default_factory=dict)
    """By the member whose token it is."""
    high: dict[int, int] = field(default_factory=dict)
    epoch: dict[int, str] = field(default_factory=dict)
    heard: Json = field(default_factory=dict)
    list: str = ""
    member: int | None = None
    """Who is signed in."""
    needs_card: set[int] = field(default_factory=set)
    seq: int = 0
    made: dict[str, Json] = field(default_factory=dict)
    """All that was ever entered, as people remember it."""
    owner_of: dict[str, int] = field(default_factory=dict)
    taken_back: set[str] = field(default_factory=set)
    """Visits that people took back."""
    is_newer: bool = False
    """Whether it has scripts that write fields in another order, and some that the service does not know."""

    # ---- who has it

    def sign_in(self, member: int, token: str, epoch: str, *, now: int, day: str) -> None:
        """Sign a member in, with a token and a list that the service made now."""
        self.member, self.tokens[member], self.list = member, token, day
        self.needs_card.discard(member)
        self.high[member] = 0
        self.heard = {"server": now, "device": self.clock()}
        self._compare(member, epoch, is_behind=False)

    def sign_out(self) -> None:
        """Remove who is signed in and what the list says; the queue and its token stay."""
        self.member, self.list = None, ""

    def update_scripts(self) -> None:
        """Get newer scripts, which leave the storage as it is."""
        self.is_newer = True

    # ---- what is entered

    def tap(self, household: int, outcome: str = "met", channel: str = "door", days_ago: int = 0) -> str:
        """Log a visit; return its id."""
        content = {"household": household, "outcome": outcome, "channel": channel, "days_ago": days_ago}
        return self._save({"type": "visit", **content})

    def amend(self, visit: str, kind: str, **after: object) -> str:
        """Change a visit by an operation of its own; return the id of that."""
        return self._save({"type": "amend", "visit": visit, "kind": kind, **after})

    def undo(self, visit: str) -> str:
        """Take a visit back."""
        self.taken_back.add(visit)
        return self.amend(visit, "withdraw")

    def _save(self, content: Json) -> str:
        assert self.member is not None
        self.seq += 1
        id_ = str(UUID(int=self.random.getrandbits(128), version=4))
        made = {"id": id_, "seq": self.seq, "made_at": self.clock(), "after": self.heard, "list": self.list}
        self.made[id_] = {**made, **content}
        self.owner_of[id_] = self.member
        self.queue[id_] = Entry(self.made[id_], self.member)
        return id_

    def unsent(self, owner: int | None = None) -> list[str]:
        """Return the ids of what is not acknowledged, of everybody or of one."""
        return [id_ for id_, one in self.queue.items() if one.state != "done" and owner in (None, one.owner)]

    # ---- what is sent

    def flush(self) -> None:
        """Send what waits with the token of each owner, and to whom nothing waits ask whether all is still there."""
        for owner in sorted(self.tokens.keys() - self.needs_card):
            waiting = self.unsent(owner)
            batches = [waiting[start : start + BATCH] for start in range(0, len(waiting), BATCH)]
            if not batches and any(one.owner == owner for one in self.queue.values()):
                batches = [[]]
            try:
                while batches and self._send(owner, batches.pop(0), batches):
                    pass
            except Lost:
                return

    def _send(self, owner: int, ids: list[str], batches: list[list[str]]) -> bool:
        """Send a batch; return whether there is any use in sending another one."""
        answer = self.send(self.tokens[owner], self._request(owner, ids))
        if answer.status == 200 and answer.body is not None:
            self._take(owner, answer.body)
        elif answer.status in (400, 413) and ids:
            middle = len(ids) // 2  # one that is refused alone is offered as a file
            batches[:0] = [half for half in (ids[:middle], ids[middle:]) if half and half != ids]
        else:
            self._refused(owner, answer)
            return False
        return True

    def _request(self, owner: int, ids: list[str]) -> Json:
        for id_ in ids:
            self.queue[id_].state = "sent"
        return {
            "v": 1,
            "now": self.clock(),
            "epoch": self.epoch.get(owner, ""),
            "high": self.high.get(owner, 0),
            "unsent": len(self.unsent(owner)),
            "ops": [self._written(self.queue[id_].op) for id_ in ids],
        }

    def _written(self, op: Json) -> Json:
        return {"newer": 1, **dict(reversed(op.items()))} if self.is_newer else op

    def _refused(self, owner: int, answer: Answer) -> None:
        """Keep everything: there is somebody else's page in between, or the service has no time or no room."""
        if answer.status == 401:
            self.needs_card.add(owner)

    def _take(self, owner: int, body: Json) -> None:
        self.heard = {"server": body["now"], "device": self.clock()}
        self._compare(owner, body["epoch"], is_behind=body["high"] < self.high.get(owner, 0))
        self.high[owner] = body["high"]
        for result in body["results"]:
            if result["verdict"] != "later" and (found := self.queue.get(result["id"])):
                found.state, found.verdict, found.done_at = "done", result["verdict"], body["now"]
        self._forget(owner, body)

    def _compare(self, owner: int, epoch: str, *, is_behind: bool) -> None:
        """Send again what was acknowledged where the service may not know it any more."""
        if is_behind or self.epoch.get(owner, epoch) != epoch:
            for entry in self.queue.values():
                if entry.state == "done" and entry.owner == owner:
                    entry.state = "sent"
        self.epoch[owner] = epoch

    def _forget(self, owner: int, body: Json) -> None:
        kept_until = body["kept_until"]
        for id_, entry in list(self.queue.items()):
            if entry.owner == owner and entry.state == "done" and entry.done_at is not None:
                is_old = body["now"] - entry.done_at > KEPT_MS
                if is_old or (kept_until is not None and entry.done_at + SURE_MS < kept_until):
                    del self.queue[id_]
