"""The report of a meeting as a document: two paragraphs and a small table, in real styles, on A4."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from gridplan.exchange.meeting.content import RAISED, RESOLVED, Contact, Content
from gridplan.exchange.meeting.office_file import CHINESE, LATIN, describe, leave_out, sealed
from gridplan.exchange.paper.document import short_day
from gridplan.exchange.xlsx import plain
from gridplan.names import one_line
from gridplan.profiles import sum_of
from gridplan.words import Lang, Message, say, series

MARGIN: Final = 25.0
NAMED: Final = 8
"""Villages that a sentence names, at most."""


def write_report(content: Content) -> bytes:
    """Return the report of a snapshot as a DOCX."""
    lang = content.lang
    file = Document()
    _prepare(file, content)
    file.add_paragraph(_text(content.title), "Title")
    file.add_paragraph(_text(f"{content.stamp.scope} · {content.stamp.as_of(lang)}"), "Subtitle")
    for heading, sentences in (("report.reach", _reach(content)), ("report.next", _next(content))):
        file.add_heading(say(heading, lang), level=1)
        file.add_paragraph(_text(("" if lang == "zh" else " ").join(sentences)), "Body Text")
    file.add_heading(say("report.figures", lang), level=1)
    _table(file, list(_figures(content)))
    return _saved(file)


# ---- what it says


def _reach(content: Content) -> Iterator[str]:
    """Yield how far contact reaches, a sentence each."""
    lang, contact = content.lang, content.contact
    size = {
        "villages": len(content.villages),
        "grids": len(content.grids),
        "households": sum(one.households for one in content.villages),
    }
    yield say("report.size", lang, **{what: Message(f"count.{what}", {"n": n}) for what, n in size.items()})
    if contact is None or not contact.villages:
        return
    told = contact.villages
    yield say(
        "report.households",
        lang,
        of=sum(one.households for one in told),
        n=_in_words(sum_of(one.told_well for one in told), lang),
        overdue=_in_words(sum_of(one.told_overdue for one in told), lang),
    )
    first, last = (short_day(day, lang) for day in contact.week)
    yield say("report.week", lang, first=first, last=last, **_of_week(contact))
    settled = [week for week in contact.trend if week.is_settled]
    if len(settled) > 1:
        before, after = settled[0], settled[-1]
        yield say(
            "report.trend",
            lang,
            first=short_day(before.monday, lang),
            last=short_day(after.monday, lang),
            before=say("coverage.n_of", lang, n=before.grids_reached, of=before.grids),
            after=say("coverage.n_of", lang, n=after.grids_reached, of=after.grids),
        )


def _in_words(count: Message, lang: Lang) -> str:
    """Return a count as it stands in a sentence."""
    return say("report.at_least", lang, **count.values) if count.code == "count.at_least" else count.say(lang)


def _of_week(contact: Contact) -> dict[str, int]:
    """Return the counts of grids of the week."""
    of = {"n": "grids_reached", "of": "grids", "without": "grids_without", "out": "sheets_out"}
    return {name: sum(getattr(one, figure) for one in contact.villages) for name, figure in of.items()}


def _next(content: Content) -> Iterator[str]:
    """Yield what is to be done next, a sentence each."""
    lang, contact, needs = content.lang, content.contact, content.needs
    if contact is not None and contact.villages:
        helped = [one.village for one in contact.villages if one.help]
        named = series(helped, NAMED)
        yield say("report.help", lang, villages=named) if helped else say("coverage.no_help", lang)
    if needs is not None:
        counts = {"raised": RAISED, "resolved": RESOLVED, "overdue": ("overdue",)}
        yield say("report.needs", lang, **{name: _in_words(needs.told(*of), lang) for name, of in counts.items()})
    places = list(dict.fromkeys(village for village, _ in content.exceptions))
    if places:
        yield say("report.exceptions", lang, n=len(content.exceptions), villages=series(places, NAMED))
    else:
        yield say("report.no_exceptions", lang)


def _figures(content: Content) -> Iterator[tuple[str, str]]:
    """Yield the rows of the table: what is counted, and how many."""
    lang, contact, needs = content.lang, content.contact, content.needs
    yield say("roster.villages", lang), f"{len(content.villages):,}"
    yield say("roster.grids", lang), f"{len(content.grids):,}"
    yield say("roster.households", lang), f"{sum(one.households for one in content.villages):,}"
    if contact is not None and contact.villages:
        of_week, told = _of_week(contact), contact.villages
        yield say("coverage.column.well", lang), sum_of(one.told_well for one in told).say(lang)
        yield say("coverage.column.overdue", lang), sum_of(one.told_overdue for one in told).say(lang)
        yield say("slides.column.grids_reached", lang), say("coverage.n_of", lang, n=of_week["n"], of=of_week["of"])
        yield say("slides.column.sheets_out", lang), f"{of_week['out']:,}"
    if needs is not None:
        yield say("slides.column.needs_overdue", lang), needs.told("overdue").say(lang)
    yield say("slides.column.exceptions", lang), f"{len(content.exceptions):,}"


# ---- how it is laid out


def _prepare(file: Any, content: Content) -> None:
    """Lay out A4 with the stamp around it, in fonts for both languages."""
    lang, stamp = content.lang, content.stamp
    section = file.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(MARGIN)
    styles = file.styles.element
    for fonts in styles.iter(qn("w:rFonts")):
        fonts.attrib.clear()
        for of, font in (("ascii", LATIN), ("hAnsi", LATIN), ("eastAsia", CHINESE), ("cs", LATIN)):
            fonts.set(qn(f"w:{of}"), font)
    for spoken in styles.iter(qn("w:lang")):
        spoken.set(qn("w:val"), "en-GB")
        spoken.set(qn("w:eastAsia"), "zh-CN")
    file.styles["Body Text"].font.size = Pt(12)
    file.styles["Body Text"].paragraph_format.line_spacing = 1.5
    for name in ("Header", "Footer"):
        file.styles[name].font.size = Pt(9)
    section.header.paragraphs[0].text = _text(f"{stamp.status(lang)} · {stamp.number(lang)}")
    foot = section.footer.paragraphs[0]
    foot.text = _text(" · ".join(stamp.texts(lang)))
    pages = section.footer.add_paragraph(style="Footer")
    pages.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _number_pages(pages, lang)
    leave_out(file.part.package.rels, file.part.rels)
    describe(file.core_properties, content.title, lang)


def _number_pages(paragraph: Paragraph, lang: Lang) -> None:
    """Write the number of each page and how many there are, in the words of printed sheets."""
    for piece in say("book.page", lang).replace("&P", "\0PAGE\0").replace("&N", "\0NUMPAGES\0").split("\0"):
        if piece in ("PAGE", "NUMPAGES"):
            number = OxmlElement("w:fldSimple")
            number.set(qn("w:instr"), piece)
            paragraph._p.append(number)
            run = OxmlElement("w:r")
            text = OxmlElement("w:t")
            text.text = "1"
            run.append(text)
            number.append(run)
        else:
            paragraph.add_run(piece)


def _table(file: Any, rows: list[tuple[str, str]]) -> None:
    table = file.add_table(len(rows), 2, "Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text, width in zip(row.cells, texts, (90, 40), strict=True):
            cell.width = Mm(width)
            cell.paragraphs[0].text = _text(text)
            cell.paragraphs[0].paragraph_format.space_after = Pt(2)
        row.cells[1].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _text(text: str) -> str:
    """Return a text as a document can hold it, on one line."""
    return plain(one_line(text))


def _saved(file: Any) -> bytes:
    saved = BytesIO()
    file.save(saved)
    return sealed(saved)
