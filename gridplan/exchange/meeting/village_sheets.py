"""Village sheets: each village on A3, its map beside its grids, its households where the profile shows them."""

from __future__ import annotations

from gridplan.exchange.meeting.content import Content
from gridplan.exchange.meeting.map_pages import MapPages
from gridplan.exchange.paper.document import SIZES, Paper, printed


def write_village_sheets(content: Content) -> bytes:
    """Return the sheets of villages as a PDF on A3.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    pages = MapPages(content, SIZES["A3"])

    def draw(paper: Paper) -> None:
        for at, village in enumerate(content.villages):
            paper.bookmark(f"village-{at}", village.name)
            pages.village(paper, village, rows=True)

    return printed(content.title, content.lang, draw, SIZES["A3"])
