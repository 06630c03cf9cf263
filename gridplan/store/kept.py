"""What was worked out of a database, kept in the process as long as nothing that it is made of has changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Final

from sqlalchemy import Connection

DRAFTS: Final = "kept_drafts"
"""The option of a connection that holds what its store keeps of drafts while they are edited."""


class Kept:
    """The values last asked for, each with the version of what it was made of; for several threads."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self.making = threading.Lock()
        """Held by who makes what is not kept: one at a time, so that nobody makes the same beside another."""
        self._values: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()

    def get(self, what: Hashable, version: Hashable) -> Any:
        """Return what is kept, of this version; None where nothing is."""
        with self._lock:
            kept = self._values.get(what)
            if kept is None or kept[0] != version:
                return None
            self._values.move_to_end(what)
            return kept[1]

    def keep(self, what: Hashable, version: Hashable, value: Any) -> None:
        """Keep a value in the place of an earlier version of it, and let go of what was not asked for longest."""
        with self._lock:
            self._values[what] = version, value
            self._values.move_to_end(what)
            if len(self._values) > self._most:
                self._values.popitem(last=False)

    def __len__(self) -> int:
        """Return how many values are kept."""
        return len(self._values)


def kept_drafts(connection: Connection) -> Kept:
    """Return what the store of a connection keeps of drafts while they are edited."""
    kept: Kept = connection.get_execution_options()[DRAFTS]
    return kept
