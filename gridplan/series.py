"""Lists within a sentence, joined as the reader's language joins them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gridplan.words import Lang, Message

BETWEEN: Final[dict[Lang, str]] = {"zh": "、", "en": ", "}


@dataclass(frozen=True, slots=True)
class Series(Message):
    """A part of a sentence that names several things, each a text or a message."""

    items: tuple[str | Message, ...] = ()

    def say(self, lang: Lang = "en") -> str:
        """Return the things one after the other."""
        return BETWEEN[lang].join(item.say(lang) if isinstance(item, Message) else item for item in self.items)


def series(items: Iterable[str | Message], most: int | None = None) -> Series:
    """Return things as a part of a sentence: no more than the first `most`, then how many are left."""
    named = tuple(items)
    if most is not None and len(named) > most:
        named = (*named[:most], Message("list.more", {"n": len(named) - most}))
    return Series("list", items=named)
