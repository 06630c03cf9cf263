"""Slides of a meeting: overview, coverage, where contact fails, next steps. Counts, grids by number, nobody named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from gridplan.contact.help import LONG
from gridplan.exchange.cartography.figure import Scene, Theme, draw_map
from gridplan.exchange.cartography.picture import page_pictures, png
from gridplan.exchange.meeting.content import Contact, Content, GridContact, Needs, TrendWeek, VillageContact
from gridplan.exchange.meeting.deck import ROOM, Bars, Deck, Heading
from gridplan.exchange.paper.document import Box, Paper, printed, short_day
from gridplan.needs import NeedCounts
from gridplan.profiles import sum_of
from gridplan.words import BETWEEN, Lang, runs, say, series

MAP = Box(ROOM.left, ROOM.top, 205, ROOM.height)
DPI = 150
BESIDE = Box(MAP.left + MAP.width + 6, ROOM.top, ROOM.width - MAP.width - 6, ROOM.height)
COUNTS = Box(BESIDE.left, BESIDE.top, BESIDE.width, BESIDE.height - 22)
BELOW = Box(BESIDE.left, COUNTS.top + COUNTS.height + 2, BESIDE.width, 20)
MOST_DROPPED = 6
"""Villages without room on the map that are named beside it."""
MOST_NUMBERS = 100
"""Grids that a cell names."""


def write_slides(content: Content) -> bytes:
    """Return the slides of a snapshot as a PPTX.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    deck = Deck(content.title, content.stamp, content.lang)
    _overview(deck, content)
    if content.contact is not None and content.contact.villages:
        _coverage(deck, content.contact, content.lang)
        _villages(deck, content.contact.villages, content.lang)
        _failing(deck, content.contact, content.lang)
    _next_steps(deck, content)
    return deck.content()


def _overview(deck: Deck, content: Content) -> None:
    lang, sizes = content.lang, [grid.size for _, grid in content.grids]
    in_no_grid = sum(village.in_no_grid for village in content.villages)
    deck.slide(say("slides.overview", lang))
    _map(deck, content)
    counts = [
        _count("villages", len(content.villages), lang),
        _count("grids", len(content.grids), lang),
        _count("households", sum(village.households for village in content.villages), lang),
        *([_count("in_no_grid", in_no_grid, lang)] if in_no_grid else []),
        *([_sizes(sizes, lang)] if sizes else []),
        _count("exceptions", len(content.exceptions), lang),
    ]
    deck.counts(COUNTS, counts)


def _count(what: str, n: int, lang: Lang) -> tuple[str, str]:
    """Return a count, and what it counts."""
    return f"{n:,}", _what(what, n, lang)


def _sizes(sizes: Sequence[int], lang: Lang) -> tuple[str, str]:
    return "–".join(dict.fromkeys((str(min(sizes)), str(max(sizes))))), _what("sizes", max(sizes), lang)


def _what(what: str, n: int, lang: Lang, **values: object) -> str:
    """Return what is counted, for one or for many."""
    return say(f"slides.count.{what}", lang, n=n, **values)


def _map(deck: Deck, content: Content) -> None:
    """Show the villages as the maps on paper draw them, where they have a place."""
    lang = content.lang
    scene = Scene(content.villages, content.ground)
    if not scene.has_map:
        return
    page = Box(0, 0, MAP.width, MAP.height)

    dropped: list[str] = []

    def draw(paper: Paper) -> None:
        dropped.extend(draw_map(paper, page, scene, lang, theme=Theme(numbers="villages")).dropped)

    picture = next(page_pictures(printed(content.title, lang, draw, page), DPI))
    each = [say("slides.map_village", lang, village=village.name, n=len(village.grids)) for village in content.villages]
    deck.picture(MAP, png(picture, DPI), say("slides.map", lang, what=BETWEEN[lang].join(each)))
    if dropped:
        deck.text(BELOW, say("paper_map.dropped", lang, texts=series(dropped, MOST_DROPPED)), 10)


def _coverage(deck: Deck, contact: Contact, lang: Lang) -> None:
    deck.slide(say("slides.coverage", lang))
    weeks = contact.trend
    if weeks:
        told = [
            say("slides.chart_week", lang, day=short_day(week.monday, lang), n=week.grids_reached, of=week.grids)
            for week in weeks
        ]
        deck.chart(
            MAP,
            say("trend.grids", lang),
            [short_day(week.monday, lang) for week in weeks],
            (
                Bars(say("trend.expected", lang), tuple(week.grids for week in weeks), "outlined"),
                Bars(say("trend.reached", lang), _reached(weeks, settled=True), "solid"),
                Bars(say("trend.not_settled", lang), _reached(weeks, settled=False), "hatched"),
            ),
            say("slides.chart", lang, weeks=BETWEEN[lang].join(told)),
        )
    villages = contact.villages
    first, last = (short_day(day, lang) for day in contact.week)
    of_week = (
        sum(getattr(one, what) for one in villages)
        for what in ("grids_reached", "grids", "grids_without", "sheets_out")
    )
    reached, expected, without, out = of_week
    households = sum(one.households for one in villages)
    counts = [
        (sum_of(one.told_well for one in villages).say(lang), _what("well", households, lang)),
        (sum_of(one.told_overdue for one in villages).say(lang), say("slides.count.overdue", lang)),
        (f"{reached:,}", _what("grids_reached", expected, lang, first=first, last=last)),
        _count("grids_without", without, lang),
        _count("sheets_out", out, lang),
    ]
    deck.counts(BESIDE, counts)


def _reached(weeks: Sequence[TrendWeek], *, settled: bool) -> tuple[int | None, ...]:
    return tuple(week.grids_reached if week.is_settled == settled else None for week in weeks)


def _villages(deck: Deck, villages: Sequence[VillageContact], lang: Lang) -> None:
    columns = [
        Heading(say("slides.column.village", lang), 28),
        Heading(say("slides.column.households", lang), 30, "right"),
        Heading(say("slides.column.well", lang), 24, "right"),
        Heading(say("slides.column.overdue", lang), 30, "right"),
        Heading(say("slides.column.grids_reached", lang), 24, "right"),
        Heading(say("slides.column.sheets_out", lang), 19, "right"),
    ]
    rows = [
        (
            one.village,
            f"{one.households:,}",
            one.told_well.say(lang),
            one.told_overdue.say(lang),
            say("coverage.n_of", lang, n=one.grids_reached, of=one.grids),
            f"{one.sheets_out:,}",
        )
        if one.households
        else (one.village, *"–––––")
        for one in villages
    ]
    deck.tables(say("slides.villages", lang), columns, rows, beside=2)


def _failing(deck: Deck, contact: Contact, lang: Lang) -> None:
    """Show the villages that need help with their grids by number, in the order of their names."""
    title = say("slides.failing", lang)
    needing = [one.village for one in contact.villages if one.help]
    if not needing:
        deck.note(title, say("coverage.no_help", lang))
        return
    columns = [
        Heading(say("slides.column.village", lang), 60),
        *(Heading(say(f"slides.column.{what}", lang), 84) for what in ("long", "without", "not_in")),
    ]
    long = _numbers(contact.grids, lambda grid: grid.weeks_in_vain >= LONG, lang)
    without = _numbers(contact.grids, lambda grid: grid.state == "without contact", lang)
    not_in = _numbers(contact.grids, lambda grid: grid.state == "sheet not in", lang)
    rows = [(name, *(told.get(name, "–") for told in (long, without, not_in))) for name in needing]
    deck.tables(title, columns, rows)


def _numbers(grids: Iterable[GridContact], is_one: Callable[[GridContact], bool], lang: Lang) -> Mapping[str, str]:
    """Return by village the numbers of the grids that are meant, as people write them."""
    found: dict[str, list[int]] = {}
    for grid in grids:
        if is_one(grid):
            found.setdefault(grid.village, []).append(grid.number)
    return {village: _told(numbers, lang) for village, numbers in found.items()}


def _told(numbers: Sequence[int], lang: Lang) -> str:
    if len(numbers) <= MOST_NUMBERS:
        return runs(numbers)
    return f"{runs(numbers[:MOST_NUMBERS])}, {say('list.more', lang, n=len(numbers) - MOST_NUMBERS)}"


def _next_steps(deck: Deck, content: Content) -> None:
    lang = content.lang
    grids = content.contact.grids if content.contact else ()
    without = _numbers(grids, lambda grid: grid.state == "without contact", lang)
    needs = content.needs or Needs(NeedCounts())
    overdue = {name: needs.told("overdue", village=name).say(lang) for name, one in needs.villages if one.overdue}
    exceptions = Counter(village for village, _ in content.exceptions)
    rows = [
        (name, without.get(name, "–"), overdue.get(name, "–"), str(exceptions.get(name, "–")))
        for name in (village.name for village in content.villages)
        if name in without or name in overdue or name in exceptions
    ]
    if not rows:
        none = "slides.no_steps_of_grids" if content.needs is None else "slides.no_steps"
        deck.note(say("slides.next", lang), say(none, lang))
        return
    n = sum(grid.state == "without contact" for grid in grids)
    needs_overdue = "–" if content.needs is None else needs.told("overdue").say(lang)
    of_all = (say("slides.n_grids", lang, n=n), needs_overdue, f"{exceptions.total():,}")
    rows.insert(0, (say("book.total", lang), *of_all))
    columns = [
        Heading(say("slides.column.village", lang), 60),
        Heading(say("slides.column.without", lang), 170),
        Heading(say("slides.column.needs_overdue", lang), 41, "right"),
        Heading(say("slides.column.exceptions", lang), 41, "right"),
    ]
    deck.tables(say("slides.next", lang), columns, rows)
