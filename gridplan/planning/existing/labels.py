"""What a town calls its grids and party groups, and the numbers in that."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Final

from gridplan.names import numeral

DIGITS: Final = re.compile(r"[0-9]{1,6}")
NUMERALS: Final = re.compile("[一二三四五六七八九十]+")


def folded_label(label: str) -> str:
    """Return a label as it is compared: without width and surplus blanks."""
    return " ".join(unicodedata.normalize("NFKC", label).split())


def numbers_of_labels(labels: Counter[str]) -> dict[str, int]:
    """Return a number for each label of a village: the one in it, else a free one; the most frequent comes first."""
    numbers: dict[str, int] = {}
    for label, _ in labels.most_common():
        claimed = numbered(label)[1]
        if claimed and claimed not in numbers.values():
            numbers[label] = claimed
    free = (n for n in range(1, 2 * len(labels) + 1) if n not in set(numbers.values()))
    return {label: numbers[label] if label in numbers else next(free) for label in labels}


def numbered(label: str) -> tuple[str, int | None]:
    """Return what a label says besides its number, and the number if it has just one."""
    for figures in (DIGITS, NUMERALS):
        if found := figures.findall(label):
            return figures.sub("#", label), numeral(found[0]) if len(found) == 1 else None
    return label, None
