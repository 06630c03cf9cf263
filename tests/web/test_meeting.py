"""Pages of meeting packs: what is sent, under which name and headers, and what cannot be made says why."""

import re

from databases import ON_SQLITE
from sample_drafts import village_id
from service import OWN
from sqlalchemy import update

from gridplan.service.meeting import pack_job
from gridplan.store.system import jobs
from gridplan.store.tables import snapshot

pytestmark = ON_SQLITE
STRANGE = '../../<b>"村"\r\nX: y'


def made(service, client, **typed):
    """Send the form of a new pack, do what its job does, and return the page that its progress then leads to."""
    form = {"csrf": service.csrf(client), "scope": "villages", "village": village_id(service.store, OWN), **typed}
    answer = client.post("/packs", data={"profile": "wall", "lang": "en"} | form)
    if answer.status_code != 302:
        return answer
    with service.store.read() as connection:
        job = jobs.by_id(connection, int(answer.location.rpartition("/")[2]))
    found = pack_job.make_files(service.store, job["request"], lambda progress: None)
    pack_job.save_files(service.store, job, found, service.now)
    return client.get(answer.location, follow_redirects=True)


def test_a_file_is_sent_once_under_a_name_that_leads_nowhere_and_for_no_cache(service):
    service.app.extensions["jobs"].wake = lambda: None
    client = service.client("planner")
    page = made(service, client, **{"form-roster": "xlsx", "keep": "1", "name": STRANGE})
    assert "<b>" not in page.text and "&lt;b&gt;" in page.text
    with service.store.write() as connection:
        connection.execute(update(snapshot).values(title=STRANGE))
    download = re.search(r"/packs/files/\d+/download", page.text)[0]
    link = client.post(download, data={"csrf": service.csrf(client)}).location
    assert client.head(link).status_code == 204
    assert service.client("clerk").get(link).status_code == 404
    answer = client.get(link, headers={"Range": "bytes=0-1"})
    assert (answer.status_code, answer.data[:2]) == (200, b"PK")
    disposition = answer.headers["Content-Disposition"]
    assert (
        disposition.startswith("attachment")
        and "filename*=UTF-8''Roster_2026-11-16_b_%E6%9D%91_X_y.xlsx" in disposition
    )
    assert (answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    over = client.get(link)
    assert over.status_code == 410 and download in over.text


def test_what_cannot_be_made_says_why_and_keeps_what_was_typed(service):
    client = service.client("planner")
    for typed, said in (
        ({}, "Choose what the pack is to hold"),
        ({"form-roster": "xlsx", "profile": "planner"}, "Say what the profile"),
        ({"form-slides": "pptx"}, "Slides cannot be made so: "),
        ({"form-roster": "xlsx", "keep": "1"}, "Give the pack a name"),
        ({"form-roster": "xlsx", "scope": "grids", "numbers": "x", "of": village_id(service.store, OWN)}, "1-5, 8"),
        ({"form-roster": "xlsx", "scope": "grids", "numbers": "1-99", "of": village_id(service.store, OWN)}, "grid 33"),
    ):
        answer = made(service, client, reason="", lang="zh", **typed)
        assert answer.status_code == 422 and said in answer.text, typed
        assert '<option value="zh" selected>' in answer.text


def test_a_saved_pack_is_changed_and_its_reason_is_asked_for_again_where_it_shows_more(service):
    service.app.extensions["jobs"].wake = lambda: None
    client, own = service.client("planner"), village_id(service.store, OWN)
    typed = {"csrf": service.csrf(client), "scope": "villages", "village": own, "lang": "en", "form-map": "html"}
    client.post("/packs", data={**typed, "profile": "meeting", "reason": "vote", "keep": "1", "name": "Wide"})
    address = re.search(r"/packs/\d+/change", client.get("/packs").text)[0]
    form = client.get(address).text
    assert all(
        said in form for said in ("“vote” stays", 'value="Wide"', 'value="meeting" checked', f'action="{address}"')
    )
    wider = client.post(address, data={**typed, "profile": "planner", "name": "Wider", "imagery": "1"})
    assert wider.status_code == 422 and "Say what the profile" in wider.text and 'value="Wider"' in wider.text
    refused = client.post(address, data={**typed, "profile": "meeting", "name": "Wider", "imagery": "1"})
    assert refused.status_code == 422 and "Pictures of the ground are only" in refused.text
    assert client.post(address, data={**typed, "profile": "meeting", "name": "Narrow"}).status_code == 302
    listed = client.get("/packs?said=changed").text
    assert "Narrow" in listed and "vote" in listed and "The pack was changed" in listed


def test_a_preview_is_of_the_profile_that_is_chosen_and_of_those_of_the_role(service):
    planner, supervisor = service.client("planner"), service.client("supervisor")
    shown = {one: planner.get(f"/packs/preview/atlas.png?profile={one}") for one in ("wall", "planner")}
    assert {answer.mimetype for answer in shown.values()} == {"image/png"}
    assert shown["wall"].data != shown["planner"].data
    for address in ("atlas.png?profile=member", "inspection.png?profile=meeting", "contact-cards.png?profile=member"):
        assert supervisor.get(f"/packs/preview/{address}").status_code == 404
    assert planner.get("/packs/preview/tick-sheets.png?profile=member").status_code == 404
