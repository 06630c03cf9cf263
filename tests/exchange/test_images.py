"""Pictures are read to the last pixel, written anew without what a camera noted, and laid where their points are."""

import io
import math
import re
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gridplan.coordinates import LocalFrame
from gridplan.errors import Busy, InputRefused
from gridplan.exchange import images
from gridplan.exchange.images import LONGEST
from gridplan.service.registry.placement import corners
from gridplan.turns import Turns

CLEAR_REFS = Path("/proc/self/clear_refs")


def picture(kind, size=(300, 200), **options):
    written = io.BytesIO()
    Image.new("RGB", size, "#dbe8f6").save(written, kind, **options)
    return written.getvalue()


def read(content, name="map.png"):
    return images.read_picture(io.BytesIO(content), name)


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg")])
def test_a_picture_is_known_by_its_content_whatever_it_is_called(kind, ending):
    kept = read(picture(kind), "村图.gif")
    assert (kept.ending, kept.width, kept.height) == (ending, 300, 200)


def text_bomb(kind, size):
    """A chunk of zeros that unpacks to `size` bytes, beside one pixel."""
    inside = b"bomb\0\0" + zlib.compress(b"\0" * size, 1)
    content = picture("PNG", (1, 1))
    return content[:33] + struct.pack(">I", len(inside)) + kind + inside + b"\0\0\0\0" + content[33:]


def claims(width, height):
    """A PNG that says it is of another size than it is."""
    header = b"IHDR" + struct.pack(">II5B", width, height, 8, 2, 0, 0, 0)
    return picture("PNG")[:12] + header + struct.pack(">I", zlib.crc32(header)) + picture("PNG")[33:]


def blank_png(width, height):
    """A PNG in colour, made without the memory that it takes to read it."""
    packed = zlib.compressobj()
    rows = b"".join(packed.compress(b"\0" * (1 + 3 * width)) for _ in range(height)) + packed.flush()
    head, inside = claims(width, height)[:33], b"IDAT" + rows
    chunk = struct.pack(">I", len(rows)) + inside + struct.pack(">I", zlib.crc32(inside))
    return head + chunk + b"\0\0\0\0IEND\xaeB`\x82"


def peak_memory():
    """Return the most memory in kB that this process has had."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])


def jpeg_claims(width, height):
    """A JPEG that says it is of another size than it is."""
    content = picture("JPEG")
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + struct.pack(">HH", height, width) + content[at + 4 :]


HOSTILE = {
    "empty": b"",
    "svg": b"<svg onload='alert(1)'/>",
    "header only": b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    "cut off": picture("PNG")[:-300],
    "cut off JPEG": picture("JPEG")[:400],
    "larger than it says": claims(20_000, 2_000),
    "GIF of many frames": picture(
        "GIF", (50, 50), save_all=True, append_images=[Image.new("RGB", (50, 50), "red")] * 9
    ),
    "WebP": picture("WEBP"),
    "TIFF": picture("TIFF"),
    "BMP": picture("BMP"),
    "EPS, which Ghostscript would run": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "profile bomb": partial(text_bomb, b"iCCP", 300_000_000),
    "text bomb": partial(text_bomb, b"zTXt", 300_000_000),
}
"""Contents; what takes seconds to make is made by its test."""


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_picture_is_refused_by_its_name(content):
    with pytest.raises(InputRefused) as refused:
        read(content() if callable(content) else content, "map.png")
    assert refused.value.message.code == "placement.picture_broken"
    assert "map.png" in refused.value.say("en")


@pytest.mark.parametrize("content", [claims(12_207, 12_207), jpeg_claims(12_207, 12_207), claims(2**31 - 1, 2**31 - 1)])
def test_a_picture_of_too_many_pixels_is_refused_from_its_header_and_told_what_would_do(content):
    with pytest.raises(InputRefused) as refused:
        read(content, "map.png")
    assert refused.value.message.code == "placement.picture_large"
    assert "at most 40" in refused.value.say("en")
    if refused.value.message.values["width"] == 12_207:
        assert refused.value.message.values["megapixels"] == 150
        assert refused.value.message.values["side"] == 6300


@pytest.mark.parametrize(("limit", "code"), [({"seconds": 0.01}, "slow"), ({"memory": 5_000_000}, "broken")])
def test_a_picture_that_takes_too_much_is_given_up_and_the_next_is_read(monkeypatch, limit, code):
    monkeypatch.setattr(images, "LIMITS", replace(images.LIMITS, **limit))
    with pytest.raises(InputRefused) as refused:
        read(picture("PNG", (3000, 3000)), "map.png")
    assert refused.value.message.code == f"placement.picture_{code}"
    monkeypatch.undo()
    assert read(picture("PNG")).width == 300


@pytest.mark.skipif(not CLEAR_REFS.exists(), reason="only Linux says how much memory a process had at most")
def test_what_is_decoded_takes_nothing_of_this_process():
    content = blank_png(5000, 4000)
    CLEAR_REFS.write_text("5")  # the peak begins anew
    before = peak_memory()
    assert read(content).width == 5000
    assert peak_memory() - before < 8_000  # decoded it is 80,000 kB


def test_one_picture_is_read_at_a_time_and_who_comes_third_is_told_to_wait():
    def busy(seconds):
        with pytest.raises(Busy) as told:
            read(picture("PNG"))
        return told.value.message.values["seconds"] == seconds

    turns = Turns("placement.picture_waits", waiting=1, seconds=0.2)
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as threads:
        patch.setattr(images, "TURNS", turns)
        with turns.turn():
            waits = threads.submit(read, picture("PNG"))
            while turns._places._value:
                pass
            assert busy(1)
        assert waits.result().width == 300


def test_the_first_of_several_pictures_in_a_photograph_is_read():
    several = picture("MPO", save_all=True, append_images=[Image.new("RGB", (300, 200), "red")])
    assert (read(several).ending, read(several).width) == ("jpg", 300)


def test_where_a_photograph_was_taken_is_not_kept():
    exif = Image.Exif()
    exif[0x010F] = "camera of somebody"
    exif.get_ifd(0x8825)[2] = (31.0, 24.0, 36.0)
    kept = read(picture("JPEG", exif=exif), "photo.jpg")
    assert b"camera of somebody" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as opened:
        assert not opened.getexif()


def test_a_photograph_taken_upright_is_kept_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    kept = read(picture("JPEG", exif=exif), "photo.jpg")
    assert (kept.width, kept.height, kept.came_as) == (200, 300, (300, 200))


def test_a_large_scan_is_made_smaller():
    kept = read(picture("PNG", (8000, 100)), "scan.png")
    assert (kept.width, kept.height) == (LONGEST, 75)
    assert kept.came_as == (8000, 100)


# ---- where a picture lies

places = st.tuples(st.floats(74, 134), st.floats(18, 53))
pixels = st.tuples(st.floats(0, 4000), st.floats(0, 3000))


@settings(deadline=None)
@given(places, st.floats(0, 2 * math.pi), st.floats(0.1, 5), pixels, pixels)
def test_two_points_turn_scale_and_shift_a_picture_and_nothing_else(place, turn, metres, one, other):
    """A map drawn to scale on a plane is found again: its corners are where the turned plane has them."""
    if math.dist(one, other) < 130:  # a tenth of the picture's diagonal
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
@settings(deadline=None)
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
