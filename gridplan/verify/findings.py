"""What verify says of a plan: findings, each a violation or a note."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gridplan.words import Message

MOST_LISTED: Final = 20
"""Findings of one rule that are told one by one; the rest is told as a number."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a plan, or, as a note, one that the plan itself lists.

    `rule` is the code of the message without its prefix; `village` and `grid_id` say where, if it is in one place.
    """

    rule: str
    message: Message
    village: str | None
    grid_id: str | None
    is_note: bool


def violation(rule: str, village: str | None = None, grid: str | None = None, **values: object) -> Finding:
    """Return a finding of something that a plan must not have."""
    return Finding(rule, Message(f"verify.{rule}", {"village": village, "grid": grid, **values}), village, grid, False)


def note(rule: str, village: str | None = None, grid: str | None = None, **values: object) -> Finding:
    """Return a finding that leaves the plan right."""
    return Finding(rule, Message(f"verify.{rule}", {"village": village, "grid": grid, **values}), village, grid, True)


def shortened(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Return the findings rule by rule, the first of each one by one and the others as their number."""
    for rule in dict.fromkeys(finding.rule for finding in findings):
        same = [finding for finding in findings if finding.rule == rule]
        yield from same[:MOST_LISTED]
        if rest := same[MOST_LISTED:]:
            yield Finding(rule, Message("verify.more", {"n": len(rest)}), None, None, rest[0].is_note)
