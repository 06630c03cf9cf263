"""Pictures of pages beside pictures that somebody has looked at."""

from pathlib import Path

import numpy as np
from PIL import Image

from gridplan.exchange.cartography.picture import page_pictures

DPI = 72
SEEN = Path(__file__).parents[1] / "exchange" / "cartography" / "seen"
DIFFERS = 48
"""Of 255 levels of grey: what the edge of a letter may be off, drawn by another version."""
SHARE = 0.005


def looks_as_seen(pdf: bytes, name: str, *, write: bool = False, page: int = 0) -> bool:
    """Whether a page looks like the picture of that name, but for the edges of letters."""
    picture = list(page_pictures(pdf, DPI, grey=True))[page]
    path = SEEN / f"{name}.png"
    if write:
        picture.quantize(16).save(path, optimize=True)
    seen = np.asarray(Image.open(path).convert("L"), int)
    drawn = np.asarray(picture.quantize(16).convert("L"), int)
    return seen.shape == drawn.shape and float((np.abs(seen - drawn) > DIFFERS).mean()) < SHARE
