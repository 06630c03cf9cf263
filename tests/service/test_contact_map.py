"""The classes of contact on maps: of made-up grids, and each a list of its own."""

from datetime import date

import pytest

from gridplan.contact.calendar import Week
from gridplan.service.coverage.contact_map import CLASS_OF, contact_views, is_in_class
from gridplan.service.coverage.coverage import Coverage, Figures, GridFigures

TODAY = date(2026, 11, 18)
DAY = date(2026, 11, 4)


def grid(state="reached", last=DAY, weeks=2, **figures):
    """A grid of 12 households, of which 11 are in order and with one contact each in 28 days, unless said."""
    counts = {"households": 12, "well": 11, "contacts_lately": 12, "household_days": 336} | figures
    return GridFigures(1, 1, 7, None, state, last, weeks, 0, Figures(**counts))


GRIDS = {
    "as usual": (grid(), "nine-tenths", "1", "2"),
    "three quarters": (grid(well=9), "three-quarters", "1", "2"),
    "nobody": (grid(well=0, contacts_lately=0), "below", "none", "2"),
    "a contact too few": (grid(contacts_lately=11), "nine-tenths", "0.5", "2"),
    "twice": (grid(contacts_lately=24), "nine-tenths", "2", "2"),
    "without a contact in the week": (grid("without contact"), "without-contact", "1", "2"),
    "sheet not in": (grid("sheet not in"), "sheet-not-in", "1", "sheet-not-in"),
    "sheet not in, reached since": (grid("sheet not in", weeks=0), "sheet-not-in", "1", "0"),
    "sheet not in, nothing known": (grid("sheet not in", None, contacts_lately=0), *["sheet-not-in"] * 3),
    "never reached": (grid(last=None, weeks=9, well=3, contacts_lately=0), "quarter", "none", "none"),
    "long ago": (grid(weeks=9), "nine-tenths", "1", "4"),
    "paused for long": (grid("paused", weeks=5, contacts_lately=0, household_days=0), "nine-tenths", *["paused"] * 2),
    "not started": (grid("not started", None, None, households=0, household_days=0), *["not-started"] * 3),
}


@pytest.mark.parametrize("name", GRIDS)
def test_a_grid_is_in_the_class_that_its_figures_say(name):
    one, *classes = GRIDS[name]
    assert [of(one) for of in CLASS_OF.values()] == classes


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_list_of_a_class_holds_as_many_grids_as_its_legend_counts(lang):
    grids = tuple(one for one, *_ in GRIDS.values())
    of = Coverage(TODAY, Week.of(TODAY).shift(-1), grids, (), {1: "示例村"})
    for view in contact_views(of, lang):
        drawn = view.drawn(lang)["classes"]
        assert len({one["key"] for one in drawn}) == len({one["text"] for one in drawn}) == len(drawn)
        for one in drawn:
            assert sum(is_in_class(grid, view.key, one["key"]) for grid in grids) == one["count"]
    assert not is_in_class(grids[0], "lead", "half")
