"""Pictures are read to the last pixel, written anew without what a camera noted, and laid where their points are."""

import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gridplan.coordinates import LocalFrame
from gridplan.errors import InputRefused
from gridplan.exchange.images import LONGEST, read_picture, read_world_file
from gridplan.service.registry.placement import corners


def picture(kind, size=(300, 200), **options):
    written = io.BytesIO()
    Image.new("RGB", size, "#dbe8f6").save(written, kind, **options)
    return written.getvalue()


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg")])
def test_a_picture_is_known_by_its_content_whatever_it_is_called(kind, ending):
    kept = read_picture(picture(kind), "村图.gif")
    assert (kept.ending, kept.width, kept.height) == (ending, 300, 200)


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg onload='alert(1)'/>", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, picture("PNG")[:-300], picture("GIF")],
    ids=["empty", "svg", "header only", "cut off", "another kind"],
)
def test_what_is_no_picture_is_refused_by_its_name(content):
    with pytest.raises(InputRefused) as refused:
        read_picture(content, "map.png")
    assert "map.png" in refused.value.say("en")


def test_where_a_photograph_was_taken_is_not_kept():
    exif = Image.Exif()
    exif[0x010F] = "camera of somebody"
    exif.get_ifd(0x8825)[2] = (31.0, 24.0, 36.0)
    kept = read_picture(picture("JPEG", exif=exif), "photo.jpg")
    assert b"camera of somebody" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as opened:
        assert not opened.getexif()


def test_a_photograph_taken_upright_is_kept_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    kept = read_picture(picture("JPEG", exif=exif), "photo.jpg")
    assert (kept.width, kept.height, kept.came_as) == (200, 300, (300, 200))


def test_a_large_scan_is_made_smaller():
    kept = read_picture(picture("PNG", (8000, 100)), "scan.png")
    assert (kept.width, kept.height) == (LONGEST, 75)
    assert kept.came_as == (8000, 100)


# ---- where a picture lies

places = st.tuples(st.floats(74, 134), st.floats(18, 53))
pixels = st.tuples(st.floats(0, 4000), st.floats(0, 3000))


@given(places, st.floats(0, 2 * math.pi), st.floats(0.1, 5), pixels, pixels)
def test_two_points_turn_scale_and_shift_a_picture_and_nothing_else(place, turn, metres, one, other):
    """A map drawn to scale on a plane is found again: its corners are where the turned plane has them."""
    if math.dist(one, other) < 100:
        return
    frame = LocalFrame(*place)

    def lies(x, y):
        east, north = metres * x, -metres * y
        turned = (east * math.cos(turn) - north * math.sin(turn), east * math.sin(turn) + north * math.cos(turn))
        lon, lat = frame.to_degrees([turned])[0]
        return {"x": x, "y": y, "lon": lon, "lat": lat}

    laid = frame.to_metres(corners(1000, 800, [lies(*one), lies(*other)]))
    wanted = frame.to_metres([(c["lon"], c["lat"]) for c in (lies(0, 0), lies(1000, 0), lies(0, 800))])
    # Web Mercator stretches as one goes north: within 20 km by less than 1 %.
    assert abs(laid - wanted).max() < 0.01 * metres * 5000 + 1e-6


@pytest.mark.slow
@given(places, st.floats(0.2, 4), st.floats(0, 360))
def test_the_two_points_themselves_stay_where_they_were_put(place, metres, turn):
    frame = LocalFrame(*place)
    there = frame.to_degrees([(0, 0), (1000 * metres * math.cos(turn), 1000 * metres * math.sin(turn))])
    controls = [
        {"x": 0.0, "y": 0.0, "lon": there[0, 0], "lat": there[0, 1]},
        {"x": 1000.0, "y": 0.0, "lon": there[1, 0], "lat": there[1, 1]},
    ]
    top, last, bottom = corners(1000, 500, controls)
    assert top == pytest.approx(tuple(there[0]), abs=1e-9)
    assert last == pytest.approx(tuple(there[1]), abs=1e-9)
    across, down = frame.to_metres([last])[0], frame.to_metres([bottom])[0]
    assert math.hypot(*down) == pytest.approx(math.hypot(*across) / 2, rel=0.01)
    assert across @ down == pytest.approx(0, abs=0.01 * math.hypot(*across) ** 2)


def test_points_that_are_too_near_each_other_are_refused():
    near = [{"x": 10.0, "y": 10.0, "lon": 119.4, "lat": 31.4}, {"x": 15.0, "y": 10.0, "lon": 119.5, "lat": 31.4}]
    with pytest.raises(InputRefused, match="too near"):
        corners(100, 100, near)


def test_a_world_file_says_where_the_corners_are():
    content = b"0.00001\n0\n0\n-0.00001\n119.400005\n31.399995\n"
    assert read_world_file(content, (300, 200), "map.pgw") == (
        pytest.approx((119.4, 31.4)),
        pytest.approx((119.403, 31.4)),
        pytest.approx((119.4, 31.398)),
    )


@pytest.mark.parametrize("content", [b"", b"1 2 3", b"a b c d e f", b"nan 0 0 nan 119 31", b"1 0 0 -1 500000 3400000"])
def test_a_world_file_that_is_none_is_refused_by_its_name(content):
    with pytest.raises(InputRefused) as refused:
        read_world_file(content, (300, 200), "map.pgw")
    assert "map.pgw" in refused.value.say("en")
