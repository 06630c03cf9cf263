"""The page of the interface in a real browser: it draws from our own bundle, and nothing of it is blocked."""

import threading

import pytest
from databases import ON_SQLITE
from service import whole_answers
from werkzeug.serving import make_server


@pytest.fixture
def address(service):
    """Return the address of the service, while it answers."""
    server = make_server("127.0.0.1", 0, whole_answers(service.app), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@ON_SQLITE
@pytest.mark.browser
def test_it_lists_every_route_and_asks_nobody_outside(open_page, address, service):
    watched = open_page(f"{address}/api", drawn=False)
    operations = watched.page.locator(".opblock")
    operations.first.wait_for()
    routes = service.client().get("/openapi.json").json["paths"].values()
    assert operations.count() == sum(map(len, routes))
    operations.first.click()
    watched.page.get_by_text("Nobody is signed in").first.wait_for()
    assert watched.wrong == []
    assert watched.outside(address) == []
