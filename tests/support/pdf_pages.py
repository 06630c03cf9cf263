"""What stands on the pages of a PDF, and where."""

from dataclasses import dataclass
from io import BytesIO

from pypdf import PdfReader

MM = 72 / 25.4


@dataclass(frozen=True)
class Written:
    """A text, and where its first letter stands in millimetres from the upper left corner."""

    text: str
    left: float
    top: float


def texts_of(pdf: bytes) -> list[str]:
    """Return the text of each page, lines joined as they are read."""
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def sizes_of(pdf: bytes) -> set[tuple[int, int]]:
    """Return the sizes of the pages in millimetres."""
    pages = PdfReader(BytesIO(pdf)).pages
    return {(round(float(page.mediabox.width) / MM), round(float(page.mediabox.height) / MM)) for page in pages}


def written_on(pdf: bytes, page: int) -> list[Written]:
    """Return each text of a page with its place."""
    found: list[Written] = []

    def visit(text, matrix, text_matrix, font, size):
        if text.strip():
            x, y = text_matrix[4] + matrix[4], text_matrix[5] + matrix[5]
            found.append(Written(text.strip(), x / MM, 297 - y / MM))

    PdfReader(BytesIO(pdf)).pages[page].extract_text(visitor_text=visit)
    return found
