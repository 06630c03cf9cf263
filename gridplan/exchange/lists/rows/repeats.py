"""What is written more than once in a long list, found without keeping the list in a dictionary."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
from numpy.typing import NDArray


def repeated_keys(keys: Iterable[Hashable]) -> list[int]:
    """Return the places of all keys that are equal to another, in order; hardly any other may be among them."""
    places: list[int] = repeated_numbers(hashed(keys)).tolist()
    return places


def hashed(keys: Iterable[Hashable]) -> NDArray[np.int64]:
    """Return a number for every key: the same for equal ones, and hardly ever for others."""
    return np.fromiter(map(hash, keys), np.int64)


def repeated_numbers(numbers: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the places of all numbers that are equal to another, in order."""
    order = np.argsort(numbers, kind="stable")
    same = np.flatnonzero(np.diff(numbers[order]) == 0)
    return np.unique(order[np.append(same, same + 1)])
