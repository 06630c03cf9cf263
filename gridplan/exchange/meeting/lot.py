"""Grids drawn by lot, so that anybody can draw the same again."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

LOT: Final = 12
"""Grids that are drawn."""


def drawn_by_lot(grids: Iterable[tuple[str, int]], seed: str) -> list[tuple[str, int]]:
    """Return grids, by village and number, that are drawn by lot.

    Those are drawn whose text "seed village number" has the smallest SHA-256.
    """

    def lot(grid: tuple[str, int]) -> bytes:
        return sha256(f"{seed} {grid[0]} {grid[1]}".encode()).digest()

    return sorted(sorted(grids, key=lot)[:LOT])
