"""A deck of slides that nothing overflows: texts fitted into their boxes, tables that go on on further slides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.dml import MSO_PATTERN
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.slide import Slide
from pptx.text.text import TextFrame
from pptx.util import Mm, Pt
from xlsxwriter import Workbook

from gridplan.exchange.map_colours import PALETTE
from gridplan.exchange.meeting.content import Stamp
from gridplan.exchange.meeting.office_file import CHINESE, LATIN, SPOKEN, describe, leave_out, sealed
from gridplan.exchange.paper.document import Align, Box, fitted, lines_of
from gridplan.exchange.xlsx import CREATED, plain
from gridplan.names import one_line
from gridplan.words import Lang, say

WIDE, HIGH = 338.667, 190.5
"""Millimetres of a slide, 16 to 9."""
MARGIN: Final = 12.0
ROOM: Final = Box(MARGIN, 27, WIDE - 2 * MARGIN, 141)
"""Where a slide shows what it is about."""
TITLE: Final = Box(MARGIN, 8, 200, 15)
ABOUT: Final = Box(MARGIN + 204, 8, WIDE - 2 * MARGIN - 204, 15)
FOOT: Final = Box(MARGIN, 175, WIDE - 2 * MARGIN - 24, 11)
PAGE: Final = Box(WIDE - MARGIN - 22, 175, 22, 11)
WIDER: Final = 1.12
"""By how much letters of another font may be wider than those that are measured."""
LINE: Final = 1.2
"""The distance of lines, as a multiple of the size of their letters."""
POINT: Final = 25.4 / 72
CELL: Final = 11.0
"""Points of the letters of a table."""
COUNT_SIZES: Final = range(26, 10, -2)
"""Points of the letters of a count, which stands on one line."""
MOST_LINES: Final = 16
"""Of a cell."""
PADDING: Final = 1.6
ABOVE: Final = 1.1
"""Millimetres beside and above the text of a cell."""
MOST_LABELS: Final = 8
"""Columns of a chart whose names find room below it."""
INK, QUIET, ACCENT = (PALETTE["light"][name] for name in ("ink", "quiet", "accent"))
HEADER: Final = "#D5DEE8"
NO_STYLE: Final = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""Of tables whose lines and grounds stand in their cells."""
THEME_FONTS: Final = re.compile(rb"(<a:m(?:aj|in)orFont>).*?(</a:m(?:aj|in)orFont>)", re.DOTALL)
ALIGN: Final[dict[Align, Any]] = {"left": PP_ALIGN.LEFT, "center": PP_ALIGN.CENTER, "right": PP_ALIGN.RIGHT}


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a table: its heading, how wide it is, where its texts stand."""

    text: str
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Bars:
    """A series of a chart of columns: its name, a value or none for each, how it is drawn."""

    name: str
    values: tuple[int | None, ...]
    drawn: str
    """Outlined, solid or hatched."""


class Deck:
    """Slides, the last of which can be added to."""

    def __init__(self, title: str, stamp: Stamp, lang: Lang) -> None:
        self._file = Presentation()
        self._lang = lang
        self._title = title
        self._stamp = stamp
        self._slides: list[Slide] = []
        self._prepare()

    def _prepare(self) -> None:
        """Leave of the template one layout, as wide as the screens of today, with fonts for both languages."""
        file = self._file
        file.slide_width, file.slide_height = Mm(WIDE), Mm(HIGH)
        master = file.slide_master
        for layout in list(file.slide_layouts):
            if layout.name != "Title Only":
                file.slide_layouts.remove(layout)
        (self._layout,) = file.slide_layouts
        for owner in (master, self._layout):
            for shape in list(owner.placeholders):
                kind = shape.element.ph.get("type", "body")
                if kind in ("title", "body"):
                    _place(shape, TITLE if kind == "title" else ROOM)
                else:
                    shape.element.getparent().remove(shape.element)
        theme = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
        theme.blob = _with_fonts(theme.blob)
        sizes = file.part._element.find(qn("p:sldSz"))
        sizes.attrib.pop("type", None)
        leave_out(file.part.package._rels, file.part.rels)
        describe(file.core_properties, self._title, self._lang)

    def slide(self, title: str) -> None:
        """Begin a slide; its stamp stands at its foot."""
        slide = self._file.slides.add_slide(self._layout)
        self._slides.append(slide)
        self._fill(slide.shapes.title.text_frame, title, 26, TITLE, bold=True)
        slide.shapes.title.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        self.text(ABOUT, f"{self._title} · {self._stamp.as_of(self._lang)}", 13, align="right", colour=QUIET)
        line = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Mm(MARGIN), Mm(23.8), Mm(ROOM.width), Mm(0.5))
        line.fill.solid()
        line.fill.fore_color.rgb = _rgb(ACCENT)
        line.line.fill.background()
        line.shadow.inherit = False
        half = Box(FOOT.left, FOOT.top, FOOT.width, FOOT.height / 2)
        self.text(half, self._stamp.status(self._lang), 10, bold=True)
        below = Box(FOOT.left, FOOT.top + FOOT.height / 2, FOOT.width, FOOT.height / 2)
        self.text(below, " · ".join(self._stamp.texts(self._lang)), 9, colour=QUIET)

    def text(
        self, box: Box, text: str, size: float, *, bold: bool = False, align: Align = "left", colour: str = INK
    ) -> None:
        """Write a text into a box, smaller or in more lines where it is long."""
        frame = self._slides[-1].shapes.add_textbox(Mm(box.left), Mm(box.top), Mm(box.width), Mm(box.height)).text_frame
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        self._fill(frame, text, size, box, bold=bold, align=align, colour=colour)

    def _fill(
        self,
        frame: TextFrame,
        text: str,
        size: float,
        box: Box,
        *,
        bold: bool = False,
        align: Align = "left",
        colour: str = INK,
    ) -> None:
        lines, size = fitted(text, size, Box(0, 0, box.width / WIDER, box.height), bold=bold)
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        self._write(frame, _rejoined(text, lines), size, bold=bold, align=align, colour=colour)

    def _write(self, frame: TextFrame, text: str, size: float, *, bold: bool, align: Align, colour: str) -> None:
        paragraph = frame.paragraphs[0]
        paragraph.alignment = ALIGN[align]
        paragraph.line_spacing = Pt(LINE * size)
        run = paragraph.add_run()
        run.text = plain(text)
        run.font.size, run.font.bold = Pt(size), bold
        run.font.color.rgb = _rgb(colour)
        run.font._element.set("lang", SPOKEN[self._lang])
        run.font._element.set("altLang", "en-GB" if self._lang == "zh" else "zh-CN")

    def picture(self, box: Box, png: bytes, described: str) -> None:
        """Put a picture into a box, as large as it fits; who cannot see it is told what it shows."""
        picture = self._slides[-1].shapes.add_picture(BytesIO(png), Mm(box.left), Mm(box.top))
        scale = min(Mm(box.width) / picture.width, Mm(box.height) / picture.height)
        picture.width, picture.height = int(picture.width * scale), int(picture.height * scale)
        picture.left += (Mm(box.width) - picture.width) // 2
        picture.top += (Mm(box.height) - picture.height) // 2
        _describe(picture, described)

    def counts(self, box: Box, counts: Sequence[tuple[str, str]]) -> None:
        """Write counts below each other, each with what it counts."""
        height, wide = min(box.height / max(len(counts), 1), 22.0), box.width * 0.42
        for at, (count, what) in enumerate(counts):
            top = box.top + at * height
            size = next((one for one in COUNT_SIZES if len(lines_of(count, one, wide / WIDER, bold=True)) < 2), 10)
            self.text(Box(box.left, top, wide, height), count, size, bold=True, align="right", colour=ACCENT)
            self.text(Box(box.left + wide + 4, top, box.width - wide - 4, height), what, 14)

    def note(self, title: str, text: str) -> None:
        """Add a slide that says one thing."""
        self.slide(title)
        self.text(Box(ROOM.left, ROOM.top, ROOM.width, 30), text, 18)

    # ---- tables

    def tables(self, title: str, columns: Sequence[Heading], rows: Sequence[Sequence[str]], *, beside: int = 1) -> None:
        """Add slides with the rows of a table, so many parts of it beside each other on each.

        What is wider than its column goes on in further lines; the columns together are as wide as a part.
        """
        header = self._height([column.text for column in columns], columns, bold=True)
        parts: list[list[Sequence[str]]] = [[]]
        used = header
        for texts in rows:
            row = [self._cut(text, column) for text, column in zip(texts, columns, strict=True)]
            height = self._height(row, columns)
            if parts[-1] and used + height > ROOM.height:
                parts.append([])
                used = header
            parts[-1].append(row)
            used += height
        pages = [parts[at : at + beside] for at in range(0, len(parts), beside)]
        wide = sum(column.width for column in columns)
        for number, page in enumerate(pages, start=1):
            self.slide(
                title if len(pages) == 1 else say("slides.part", self._lang, title=title, n=number, of=len(pages))
            )
            for at, part in enumerate(page):
                gap = (ROOM.width - beside * wide) / max(beside - 1, 1)
                self._table(Box(ROOM.left + at * (wide + gap), ROOM.top, wide, ROOM.height), columns, part)

    def _cut(self, text: str, column: Heading) -> str:
        """Return a text as its cell has room for it."""
        lines = lines_of(text, CELL, (column.width - 2 * PADDING) / WIDER)
        return (
            text
            if len(lines) <= MOST_LINES
            else _rejoined(text, (*lines[: MOST_LINES - 1], lines[MOST_LINES - 1] + "…"))
        )

    def _height(self, texts: Sequence[str], columns: Sequence[Heading], *, bold: bool = False) -> float:
        """Return how high a row is."""
        lines = max(
            len(lines_of(text, CELL, (column.width - 2 * PADDING) / WIDER, bold=bold) or ("",))
            for text, column in zip(texts, columns, strict=True)
        )
        return lines * LINE * CELL * POINT + 2 * ABOVE

    def _table(self, box: Box, columns: Sequence[Heading], rows: Sequence[Sequence[str]]) -> None:
        place = (Mm(box.left), Mm(box.top), Mm(box.width), Mm(1))
        table = self._slides[-1].shapes.add_table(len(rows) + 1, len(columns), *place).table
        table._tbl.tblPr.find(qn("a:tableStyleId")).text = NO_STYLE
        for at, column in enumerate(columns):
            table.columns[at].width = Mm(column.width)
        for y, texts in enumerate([[column.text for column in columns], *rows]):
            table.rows[y].height = Mm(self._height(texts, columns, bold=y == 0))
            for x, (text, column) in enumerate(zip(texts, columns, strict=True)):
                cell = table.cell(y, x)
                cell.margin_left = cell.margin_right = Mm(PADDING)
                cell.margin_top = cell.margin_bottom = Mm(ABOVE)
                cell.vertical_anchor = MSO_ANCHOR.MIDDLE
                self._write(cell.text_frame, one_line(text), CELL, bold=y == 0, align=column.align, colour=INK)
                _line_below(cell._tc.get_or_add_tcPr(), 1.5 if y == 0 else 0.5)
                if y == 0:
                    cell.fill.solid()
                    cell.fill.fore_color.rgb = _rgb(HEADER)

    # ---- charts

    def chart(self, box: Box, title: str, categories: Sequence[str], series: Sequence[Bars], described: str) -> None:
        """Draw columns one in front of the other, told apart without colour too; the last ones have their numbers."""
        data = CategoryChartData()
        data.categories = categories
        for one in series:
            data.add_series(one.name, one.values)
        place = (Mm(box.left), Mm(box.top), Mm(box.width), Mm(box.height))
        frame = self._slides[-1].shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data)
        _describe(frame, described)
        chart = frame.chart
        chart.part.chart_workbook.update_from_xlsx_blob(_sheet_of(categories, series))
        chart.has_title, chart.has_legend = True, True
        chart.chart_title.text_frame.text = plain(title)
        chart.chart_title.text_frame.paragraphs[0].font.size = Pt(14)
        chart.chart_title.text_frame.paragraphs[0].font.bold = True
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        chart.font.size = Pt(11)
        chart.font.color.rgb = _rgb(INK)
        chart.value_axis.minimum_scale = 0
        chart.value_axis.major_gridlines.format.line.color.rgb = RGBColor(0xD0, 0xD4, 0xD9)
        chart.value_axis.tick_labels.number_format, chart.value_axis.tick_labels.number_format_is_linked = (
            "#,##0",
            False,
        )
        every = parse_xml(f'<c:tickLblSkip {nsdecls("c")} val="{-(-len(categories) // MOST_LABELS) or 1}"/>')
        chart.category_axis._element.find(qn("c:noMultiLvlLbl")).addprevious(every)
        plot = chart.plots[0]
        plot.overlap, plot.gap_width = 100, 35
        for one, drawn in zip(series, plot.series, strict=True):
            _draw(drawn, one.drawn)
            if one.drawn != "outlined":
                labels = drawn.data_labels
                is_solid = one.drawn == "solid"
                labels.show_value = True
                labels.position = XL_LABEL_POSITION.INSIDE_END if is_solid else XL_LABEL_POSITION.OUTSIDE_END
                labels.number_format, labels.number_format_is_linked = "#,##0", False
                labels.font.size, labels.font.bold = Pt(10), True
                labels.font.color.rgb = RGBColor(255, 255, 255) if is_solid else RGBColor(0, 0, 0)

    def content(self) -> bytes:
        """Return the deck, its slides numbered."""
        for number, slide in enumerate(self._slides, start=1):
            frame = slide.shapes.add_textbox(Mm(PAGE.left), Mm(PAGE.top), Mm(PAGE.width), Mm(PAGE.height)).text_frame
            frame.vertical_anchor = MSO_ANCHOR.BOTTOM
            self._fill(frame, f"{number} / {len(self._slides)}", 10, PAGE, align="right", colour=QUIET)
        file = BytesIO()
        self._file.save(file)
        return sealed(file)


def _place(shape: Any, box: Box) -> None:
    shape.left, shape.top, shape.width, shape.height = Mm(box.left), Mm(box.top), Mm(box.width), Mm(box.height)


def _rejoined(text: str, lines: Sequence[str]) -> str:
    """Return a text to be broken into lines when it is shown: cut off where its box has no room for the rest."""
    if not lines or not lines[-1].endswith("…"):
        return one_line(text)
    rest, at = one_line(text), 0
    for line in lines[:-1]:
        at = rest.index(line, at) + len(line)
    return rest[:at] + " " * rest[at:].startswith(" ") + lines[-1]


def _rgb(colour: str) -> RGBColor:
    return RGBColor.from_string(colour[1:].upper())


def _describe(shape: Any, text: str) -> None:
    shape._element.xpath(".//p:cNvPr")[0].set("descr", plain(text))


def _with_fonts(theme: bytes) -> bytes:
    """Return a theme in which headings and texts have fonts for both languages."""
    fonts = f'<a:latin typeface="{LATIN}"/><a:ea typeface="{CHINESE}"/><a:cs typeface=""/>'
    fonts += f'<a:font script="Hans" typeface="{CHINESE}"/>'
    return THEME_FONTS.sub(rb"\g<1>" + fonts.encode() + rb"\g<2>", theme)


def _line_below(properties: Any, width: float) -> None:
    """Draw the line below a cell; it stands before the ground of the cell in its properties."""
    ink = f'<a:solidFill><a:srgbClr val="{INK[1:].upper()}"/></a:solidFill>'
    properties.insert(0, parse_xml(f'<a:lnB {nsdecls("a")} w="{Pt(width)}">{ink}</a:lnB>'))


def _draw(series: Any, drawn: str) -> None:
    ink = _rgb(ACCENT)
    series.format.line.color.rgb, series.format.line.width = ink, Pt(1)
    fill = series.format.fill
    if drawn == "solid":
        fill.solid()
        fill.fore_color.rgb = ink
    elif drawn == "hatched":
        fill.patterned()
        fill.pattern = MSO_PATTERN.WIDE_UPWARD_DIAGONAL
        fill.fore_color.rgb, fill.back_color.rgb = ink, RGBColor(255, 255, 255)
    else:
        fill.background()


def _sheet_of(categories: Sequence[str], series: Sequence[Bars]) -> bytes:
    """Return the numbers of a chart as the workbook behind it, which names no moment at which it was made."""
    file = BytesIO()
    book = Workbook(file, {"in_memory": True})
    book.set_properties({"created": CREATED})
    sheet = book.add_worksheet("Sheet1")
    for y, category in enumerate(categories, start=1):
        sheet.write_string(y, 0, category)
    for x, one in enumerate(series, start=1):
        sheet.write_string(0, x, plain(one.name))
        for y, value in enumerate(one.values, start=1):
            if value is not None:
                sheet.write_number(y, x, value)
    book.close()
    return file.getvalue()
