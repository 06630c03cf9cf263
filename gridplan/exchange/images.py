"""Scanned maps and pictures from above: read to the last pixel, written anew without what a camera noted in them.

They are decoded in a process of their own, one at a time: a small file can hold a picture of any size, and what it does
to its decoder it does to that process only.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import IO, Final, cast

from PIL import Image, ImageOps

from gridplan.errors import InputRefused
from gridplan.sandbox import Child, Limits, WorkEnded
from gridplan.turns import Turns

LONGEST: Final = 6000
"""Pixels of the longer side that is kept; what is larger is made smaller."""
MOST_PIXELS: Final = 40_000_000
DECODER: Final = "gridplan.exchange.images:decode"
LIMITS = Limits(seconds=30, memory=800_000_000)
"""What one picture may take: the largest takes 570 MB while it is made smaller."""
TURNS: Final = Turns("placement.picture_waits", waiting=1, seconds=15)
FORMATS: Final = ("PNG", "JPEG")
WHY_NOT: Final = {
    "slow": "placement.picture_slow",
    "memory": "placement.picture_broken",
    "crash": "placement.picture_broken",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept, the right way up."""

    content: bytes
    ending: str
    width: int
    height: int
    came_as: tuple[int, int]
    """Width and height in pixels before it was made smaller: what a world file counts in."""


def read_picture(file: IO[bytes], name: str) -> Picture:
    """Return a PNG or JPEG as it is kept, whatever its name says it is.

    Raises
    ------
    InputRefused
        It is neither, it is broken, it has more than `MOST_PIXELS`, or it takes more time or memory than `LIMITS`.
    Busy
        Another picture is being read.
    """
    with TURNS.turn():
        child = Child.take()
        try:
            (picture,) = child.work(DECODER, (file.read(), name), LIMITS)
        except WorkEnded as end:
            raise InputRefused(WHY_NOT[end.why], file=name, seconds=int(LIMITS.seconds)) from end
        finally:
            child.stop()  # it has grown
    return cast(Picture, picture)


def decode(given: tuple[bytes, str]) -> list[Picture]:
    """Decode a file with its name, in the child; what else is raised tells that the file is broken."""
    content, name = given
    Image.MAX_IMAGE_PIXELS = None  # the limit below is ours
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        came_as = opened.size
        if came_as[0] * came_as[1] > MOST_PIXELS:
            raise _too_large(came_as, name)
        kind = "PNG" if opened.format == "PNG" else "JPEG"  # several JPEGs in one file call themselves MPO
        opened.thumbnail((LONGEST, LONGEST))
        picture: Image.Image = opened
        ImageOps.exif_transpose(picture, in_place=True)
    if kind == "JPEG":
        picture = picture.convert("RGB")
    picture.info = {key: value for key, value in picture.info.items() if key == "transparency"}
    written = io.BytesIO()
    Image.Image.save(picture, written, kind, **({"quality": 88} if kind == "JPEG" else {}))
    return [Picture(written.getvalue(), "png" if kind == "PNG" else "jpg", *picture.size, came_as)]


def _too_large(size: tuple[int, int], name: str) -> InputRefused:
    """Return the refusal of a picture, with the length of its longer side that would do."""
    width, height = size
    side = int(max(size) * (MOST_PIXELS / (width * height)) ** 0.5) // 100 * 100
    return InputRefused(
        "placement.picture_large",
        file=name,
        width=width,
        height=height,
        megapixels=-(-width * height // 1_000_000),
        most=MOST_PIXELS // 1_000_000,
        side=side,
    )
