"""Scripts and styles are sent packed, and browsers keep them for as long as what is in them is the same."""

import gzip
import re

FOREVER = "public, max-age=31536000, immutable"


def test_what_a_page_names_is_packed_and_kept_and_everything_else_is_asked_about_again(service):
    client = service.client()
    page = client.get("/login").text
    (address,) = re.findall(r'href="(/static/dist/app\.css\?v=\w+)"', page)
    with client.get(address, headers={"Accept-Encoding": "gzip"}) as packed, client.get(address) as plain:
        assert gzip.decompress(packed.data) == plain.data
        assert packed.headers["Cache-Control"] == plain.headers["Cache-Control"] == FOREVER
        assert packed.headers["Content-Type"] == plain.headers["Content-Type"] == "text/css; charset=utf-8"
        assert packed.headers["Vary"] == "Accept-Encoding"
        had = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
        with client.get(address, headers=had) as again:
            assert again.status_code == 304
    for other in ("", "?v=0", "?v="):
        with client.get(address.split("?")[0] + other) as answer:
            assert answer.headers["Cache-Control"] == "no-cache"
    for strange in (
        "/static/nothing.js?v=None",
        "/static/%2e%2e/policy.py",
        "/static/dist",
        "/static/dist/..%2f..%2f.gz",
    ):
        with client.get(strange) as answer:
            assert answer.status_code == 404, strange
            assert answer.headers["Cache-Control"] == "no-cache"


def test_parts_that_scripts_load_are_named_by_their_content_and_kept(service):
    client = service.client("planner")
    (address,) = re.findall(r'src="(/static/dist/pages/town\.js\?v=\w+)"', client.get("/map").text)
    with client.get(address) as script:
        parts = re.findall(r'from"\./([\w.-]+)"', script.text)
    assert parts
    with client.get(f"/static/dist/pages/{parts[0]}") as part:
        assert part.headers["Cache-Control"] == FOREVER
