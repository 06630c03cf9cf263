"""How the small kernels are compiled, of which a move of the search runs dozens.

They become part of the kernel that calls them, and of what is cached of it: they need no cache of their own. They count
no references: numba counts those to every array of a tuple at every look at it, which takes longer than a move. Such a
kernel allocates nothing; one that does fails to compile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def inlined(kernel: Kernel) -> Kernel:
    """Compile a kernel that allocates nothing into whatever calls it."""
    compiled = njit(error_model="numpy", forceinline=True, _nrt=False)  # type: ignore[call-overload]  # unlisted: _nrt
    return compiled(kernel)
