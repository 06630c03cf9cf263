"""Boundaries and barriers drawn in a real browser, and a household put where the map is clicked."""

from __future__ import annotations

import pytest
import shapely
from playwright.sync_api import expect
from sample_towns import FRAME
from service import NOW
from sqlalchemy import select

from gridplan.roles import Actor
from gridplan.service.registry import features
from gridplan.store import Who
from gridplan.store.tables import feature, household, village
from tests.browser.test_placement import click_map, enter, live  # noqa: F401

pytestmark = pytest.mark.browser
ADMIN = Actor(1, "administrator", "administrator", None)


def test_a_barrier_is_drawn_on_the_basemap_with_three_clicks_and_named(live, enter):  # noqa: F811
    store, _, base = live
    road = FRAME.shape_to_degrees(shapely.LineString([(100, 100), (900, 900)]))
    features.add_drawn(store, Who(None, "planner"), ADMIN, "road", "大路", road, now=NOW)
    watched = enter("/lists/features?kind=barrier")
    page = watched.page
    page.locator(".leaflet-pm-icon-polyline").click()
    for x, y in ((400, 300), (430, 320), (450, 350)):
        click_map(page, x, y)
    click_map(page, 450, 350)
    expect(page.locator("#drawn")).to_contain_text("Drawn")
    page.fill("#f-name", "小河")
    page.get_by_role("button", name="Save it").click()
    expect(page.locator(".notice")).to_contain_text("1 added")
    expect(page.get_by_role("button", name="小河")).to_be_visible()
    with store.read() as connection:
        (row,) = connection.execute(select(feature).where(feature.c.kind == "barrier")).mappings()
    assert (row["kind"], row["name"], len(row["shape"].coords)) == ("barrier", "小河", 3)
    assert watched.wrong == []
    assert watched.outside(base) == []


def test_a_boundary_is_drawn_anew(live, enter):  # noqa: F811
    store, own, _ = live
    watched = enter(f"/lists/villages/{own}/boundary")
    page = watched.page
    page.locator(".leaflet-pm-icon-delete").click()
    click_map(page, 480, 350)
    page.locator(".leaflet-pm-icon-polygon").click()
    for x, y in ((300, 200), (700, 200), (700, 600), (300, 600)):
        click_map(page, x, y)
    click_map(page, 300, 200)
    page.get_by_role("button", name="Save the boundary").click()
    confirm(page, "would stand outside the boundary")
    page.get_by_role("button", name="Save the boundary").click()
    expect(page.get_by_text("The boundary is saved")).to_be_visible()
    with store.read() as connection:
        boundary = connection.execute(select(village.c.boundary).where(village.c.id == own)).scalar_one()
    assert (boundary.geom_type, len(boundary.exterior.coords)) == ("Polygon", 5)
    assert ["422" in one for one in watched.wrong] == [True]


def confirm(page, words):
    """Tick that what is asked about is so."""
    expect(page.locator(".notice.bad")).to_contain_text(words)
    page.get_by_label("I have looked: it is so").check()


def zoom(page, way):
    """Zoom by three, and wait until the map is at rest."""
    scale = page.locator(".leaflet-control-scale-line")
    was = scale.text_content()
    page.locator(f".leaflet-control-zoom-{way}").click(modifiers=["Shift"])
    expect(scale).not_to_have_text(was)
    expect(page.locator(".leaflet-zoom-anim")).to_have_count(0)


def test_a_click_on_the_map_fills_the_position_of_a_household_in(live, enter):  # noqa: F811
    store, own, _ = live
    with store.read() as connection:
        here = select(household.c.id).where(household.c.village_id == own).order_by(household.c.code)
        home = connection.execute(here).scalars().first()
    watched = enter(f"/lists/households/{home}")
    page = watched.page
    expect(page.locator("#map .leaflet-control-zoom")).to_be_visible()
    was = page.input_value("#f-lon")
    zoom(page, "out")
    click_map(page, 300, 100)
    expect(page.get_by_text("Zoom in first")).to_be_visible()
    assert page.input_value("#f-lon") == was
    zoom(page, "in")
    click_map(page, 300, 100)
    assert page.input_value("#f-lon") != was
    page.fill("#f-lon", "110")
    expect(page.get_by_text("km away from what is known here")).to_be_visible()
    page.fill("#f-lon", "119.425")
    expect(page.get_by_text("what is known here")).to_have_count(0)
    page.get_by_role("button", name="Save").click()
    confirm(page, "outside the boundary")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert ["422" in one for one in watched.wrong] == [True]
