"""Sentences as a page says them: where the command line names its options, a page names what it has instead."""

from __future__ import annotations

from gridplan.words import Message, Series, catalogue

PREFIX = "on_page."


def on_page(message: Message) -> Message:
    """Return a sentence, and those among its values, in the wording for pages where there is one."""
    if isinstance(message, Series):
        return Series(
            "list", items=tuple(on_page(item) if isinstance(item, Message) else item for item in message.items)
        )
    other = f"{PREFIX}{message.code}"
    entry = catalogue("en").get(other)
    values = {name: on_page(value) if isinstance(value, Message) else value for name, value in message.values.items()}
    return Message(other if entry is not None else message.code, values)
