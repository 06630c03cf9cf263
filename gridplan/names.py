"""How names are compared: without differences of case and width, and without spaces."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


def folded(text: str | None) -> str:
    """Return a name, a door or an id as they are compared; none is the same as blank."""
    if not text or text.isascii():
        return "".join((text or "").lower().split())
    return _folded(text)


@lru_cache(100_000)
def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
