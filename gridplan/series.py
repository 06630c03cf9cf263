"""Lists within a sentence, joined as the reader's language joins them."""

from __future__ import annotations

from collections.abc import Iterable

from gridplan.words import Message, Series

__all__ = ["Series", "series"]


def series(items: Iterable[str | Message], most: int | None = None) -> Series:
    """Return things as a part of a sentence: no more than the first `most`, then how many are left."""
    named = tuple(items)
    if most is not None and len(named) > most:
        named = (*named[:most], Message("list.more", {"n": len(named) - most}))
    return Series("list", items=named)
