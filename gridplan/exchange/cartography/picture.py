"""Paper as pictures: each page of a PDF drawn by pdfium, at so many dots to the inch."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from io import BytesIO
from typing import Final

import pypdfium2
from PIL import Image

POINTS: Final = 72
"""Of an inch."""
QUALITIES: Final = (90, 82, 74, 66, 58, 50, 40, 30)
"""Of JPEG, tried until a picture is small enough."""
_pdfium: Final = threading.Lock()
"""pdfium must not be called by two threads at once."""


def page_pictures(pdf: bytes, dpi: int, *, grey: bool = False) -> Iterator[Image.Image]:
    """Yield a picture of every page, in colour or as a printer without colour has it."""
    with _pdfium:
        document = pypdfium2.PdfDocument(pdf)
        count = len(document)
    try:
        for at in range(count):
            with _pdfium:
                page = document[at]
                picture = page.render(scale=dpi / POINTS, grayscale=grey).to_pil()
                page.close()
            yield picture
    finally:
        with _pdfium:
            document.close()


def png(picture: Image.Image, dpi: int) -> bytes:
    """Return a picture as PNG, which says how large it is on paper."""
    file = BytesIO()
    picture.save(file, "PNG", dpi=(dpi, dpi))
    return file.getvalue()


def jpg(picture: Image.Image, dpi: int, most: int) -> bytes:
    """Return a picture as JPEG of no more than so many bytes, as good as that allows."""
    for quality in QUALITIES:
        file = BytesIO()
        picture.convert("RGB").save(file, "JPEG", quality=quality, dpi=(dpi, dpi), optimize=True)
        if file.tell() <= most:
            break
    return file.getvalue()
