"""What a browser and a script are told while the database is away or the disk is full; and that it heals by itself."""

import resource
from contextlib import contextmanager
from io import BytesIO

from databases import ON_SQLITE
from service import PASSWORD, serve
from sqlalchemy import create_engine, event, text

PAGES = ("/login", "/", "/lists/households", "/nothing-here", "/static/nothing.css")
AS_SCRIPT = {"Accept": "application/json"}


@contextmanager
def database_away(store):
    """Take the database of a store away for a while."""
    if store.file is not None:
        store.file.path.rename(store.file.path.with_name("elsewhere"))
        yield
        store.file.path.with_name("elsewhere").rename(store.file.path)
        return
    server = create_engine(store.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{store.url.database}" ALLOW_CONNECTIONS false'))
        backends = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        connection.execute(backends, {"name": store.url.database})
        yield
        connection.execute(text(f'ALTER DATABASE "{store.url.database}" ALLOW_CONNECTIONS true'))
    server.dispose()


def test_while_the_database_is_away_every_page_says_so_and_then_goes_on(service):
    signed_in, nobody = service.client("planner"), service.client()
    nobody.get("/login")
    form = {"csrf": service.csrf(nobody), "login": "planner", "password": PASSWORD}
    with database_away(service.store):
        for client in (signed_in, nobody):
            answers = [client.get(page) for page in PAGES[:4] if client is signed_in or page != "/lists/households"]
            answers.append(nobody.post("/login", data=form))
            for answer in answers[0 if client is signed_in else 1 :]:
                if answer.status_code == 302:  # to the door, which says it
                    continue
                assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
                assert "try again in a minute" in answer.text or "has to put it back" in answer.text
                assert str(service.store.data) not in answer.text
        assert nobody.get("/login").status_code == 503
        answer = signed_in.get("/api/search?q=a", headers=AS_SCRIPT)
        assert (answer.status_code, list(answer.json)) == (503, ["message"])
    assert signed_in.get("/lists/households").status_code == 200
    assert nobody.post("/login", data=form).status_code == 302


@ON_SQLITE
def test_what_nobody_expects_of_the_database_is_answered_with_a_page_in_a_language(service):
    client = service.client("planner")
    for table in ("setting", "session"):
        with service.store.write() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO elsewhere")
        service.app.testing = False  # or what fails is raised
        answers = [client.get("/", headers={"Accept-Language": lang}) for lang in ("en", "zh")]
        answers.append(client.get("/api/search?q=a", headers=AS_SCRIPT))
        assert [answer.status_code for answer in answers] == [500] * 3
        assert "Something went wrong" in answers[0].text and "出了问题" in answers[1].text
        assert list(answers[2].json) == ["message"]
        with service.store.write() as connection:
            connection.exec_driver_sql(f"ALTER TABLE elsewhere RENAME TO {table}")


@contextmanager
def full_database(store):
    """Keep a SQLite database from growing."""

    def limit(connection, _):
        connection.execute("PRAGMA max_page_count = 1")

    store.close()
    event.listen(store.engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(store.engine, "connect", limit)
        store.close()


def add_village(service, client, name):
    return client.post("/lists/villages/new", data={"csrf": service.csrf(client), "name": name, "code": ""})


def test_on_a_full_disk_nothing_is_changed_what_is_there_can_be_read_and_it_heals(sqlite, tmp_path):
    with sqlite.copy("filled", tmp_path) as store:
        service = serve(store)
        client = service.client("administrator")
        with full_database(store):
            answers = [add_village(service, client, f"village {n} x" + "x" * 40) for n in range(60)]
            refused = [answer for answer in answers if answer.status_code != 302]
            assert {answer.status_code for answer in refused} == {507}
            assert "The disk is full" in refused[0].text
            service.later(minutes=5)
            assert client.get("/lists/villages").status_code == 200
        there = client.get("/lists/villages").text
        for n, answer in enumerate(answers):
            assert (f"village {n} x" in there) == (answer.status_code == 302)
        assert add_village(service, client, "after").status_code == 302


def on_full_disk(app, room):
    """Return an application that can make no file longer than so many bytes, as on a disk that is full."""

    def limited(environ, start_response):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
        try:
            return app(environ, start_response)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limited


def test_an_upload_for_which_there_is_no_room_leaves_nothing(sqlite, tmp_path):
    with sqlite.copy("filled", tmp_path) as store:
        service = serve(store)
        client = service.client("planner")
        rows = b"id,name,village\n" + b"1,x,y\n" * 50_000

        def upload():
            files = [(BytesIO(rows), "households.csv")]
            with client.post("/imports", data={"csrf": service.csrf(client), "files": files}) as answer:
                return answer.status_code, answer.text

        well = service.app.wsgi_app
        service.app.wsgi_app = on_full_disk(well, 2**17)
        status, said = upload()
        assert (status, "The disk is full" in said) == (507, True)
        assert not list((tmp_path / "imports").glob("*"))
        service.app.wsgi_app = well
        assert upload()[0] == 302
        service.app.extensions["jobs"].close()
