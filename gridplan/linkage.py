"""Linkage: leaders and instructors linked to villages and branches, how many each should have, and who is to call."""

from __future__ import annotations

from typing import Final, Literal, get_args

Subject = Literal["village", "branch"]
"""What somebody is linked to."""
Rule = Literal["exactly", "at least"]
SUBJECTS: Final[tuple[Subject, ...]] = get_args(Subject)
RULES: Final[tuple[Rule, ...]] = get_args(Rule)
