"""Long lists in little memory: kept in packed blocks, of which one is unpacked at a time; what is in them repeatedly.

A million rows of texts, each an object of its own, take ten times the memory of the file they are in.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from operator import eq
from typing import Any, Final, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

BLOCK: Final = 4096
"""Items of a block."""


@dataclass(slots=True, eq=False)
class Packed(Sequence[T], Generic[T]):
    """A list that cannot be changed. What stands near the item last asked for comes fast."""

    _blocks: list[bytes] = field(repr=False)
    _length: int
    _opened: tuple[int, Sequence[T]] = field(default=(-1, ()), repr=False)

    def __len__(self) -> int:
        """Return how many items there are."""
        return self._length

    def __iter__(self) -> Iterator[T]:
        """Walk the items."""
        return chain.from_iterable(self.blocks())

    def blocks(self) -> Iterator[Sequence[T]]:
        """Walk the items, some thousands at once."""
        return map(self._block, range(len(self._blocks)))

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        """Return the item at a place, or those of a slice."""
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(self._length))]
        number, within = divmod(range(self._length)[at], BLOCK)
        opened, block = self._opened
        if opened != number:
            block = self._block(number)
            self._opened = number, block
        return block[within]

    def __eq__(self, other: object) -> bool:
        """Return whether the other is a list of the same items."""
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    def _block(self, number: int) -> Sequence[T]:
        block: Sequence[T] = pickle.loads(zlib.decompress(self._blocks[number]))  # noqa: S301 (of our own making)
        return block


@dataclass(frozen=True, slots=True, eq=False)
class PackedRows(Sequence[tuple[Any, ...]]):
    """The rows of a table, packed by column; `longer` holds what some rows have beyond the last column."""

    columns: tuple[Packed[Any], ...]
    longer: Mapping[int, tuple[Any, ...]]
    length: int

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self.length

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Walk the rows."""
        rows: Iterable[tuple[Any, ...]] = zip(*self.columns, strict=True) if self.columns else repeat((), self.length)
        if not self.longer:
            return iter(rows)
        return ((*row, *self.longer.get(at, ())) for at, row in enumerate(rows))

    @overload
    def __getitem__(self, at: int) -> tuple[Any, ...]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[tuple[Any, ...]]: ...
    def __getitem__(self, at: int | slice) -> tuple[Any, ...] | Sequence[tuple[Any, ...]]:
        """Return the row at a place, or those of a slice."""
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(self.length))]
        at = range(self.length)[at]
        return (*(column[at] for column in self.columns), *self.longer.get(at, ()))

    def __eq__(self, other: object) -> bool:
        """Return whether the other is a list of the same rows."""
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))


def packed(items: Iterable[T]) -> Packed[T]:
    """Return items as a packed list."""
    blocks, length = [], 0
    for block in _blocks(items):
        blocks.append(_packed(block))
        length += len(block)
    return Packed(blocks, length)


def packed_rows(rows: Iterable[Sequence[Any]], width: int) -> PackedRows:
    """Return rows, each at least `width` wide, packed by column."""
    columns: list[list[bytes]] = [[] for _ in range(width)]
    longer: dict[int, tuple[Any, ...]] = {}
    length = 0
    for block in _blocks(rows):
        for column, cells in zip(columns, zip(*block, strict=False), strict=False):
            column.append(_packed(cells))
        longer.update((length + at, tuple(row[width:])) for at, row in enumerate(block) if len(row) > width)
        length += len(block)
    return PackedRows(tuple(Packed(blocks, length) for blocks in columns), longer, length)


def _packed(block: Sequence[Any]) -> bytes:
    return zlib.compress(pickle.dumps(block), level=1)


def _blocks(items: Iterable[T]) -> Iterator[list[T]]:
    walk = iter(items)
    return iter(lambda: list(islice(walk, BLOCK)), [])


# ---- repeated items, found without a dictionary of all


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
