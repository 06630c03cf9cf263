"""What docs/http.md tells programs: its example signs in, asks and changes something; its table has every status."""

import json
import re
import subprocess
import threading
from pathlib import Path
from typing import get_args

from gridplan_web.error_pages import ANSWERS
from gridplan_web.openapi import REFUSALS
from gridplan_web.serving import connections
from service import OWN, PASSWORD, whole_answers
from werkzeug.serving import make_server

from gridplan.contact.operations import AmendMade, VisitMade, read_request
from gridplan.service.phone.sender import SyncVerdict

DOCUMENT = (Path(__file__).parents[2] / "docs" / "http.md").read_text(encoding="utf-8")
STATUSES = set(re.findall(r"^\| (\d{3}) \|", DOCUMENT, re.MULTILINE))


def test_what_a_phone_sends_is_read_as_it_stands():
    asked, answered = (json.loads(example) for example in re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL))
    read = read_request(asked)
    assert ([type(one) for one in read.operations], read.ignored) == ([VisitMade, AmendMade], 0)
    assert [one["id"] for one in answered["results"]] == [one["id"] for one in asked["ops"]]
    assert set(re.findall(r"^\| `(\w+)` \|", DOCUMENT, re.MULTILINE)) == set(get_args(SyncVerdict))


def test_the_example_works_as_it_stands(service, tmp_path):
    (example,) = re.findall(r"```bash\n(.*?)```", DOCUMENT, re.DOTALL)
    server = make_server("127.0.0.1", 0, whole_answers(service.app), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    where = {"TOWN": f"http://127.0.0.1:{server.server_port}", "LOGIN": "planner", "PASSWORD": PASSWORD, "VILLAGE": OWN}
    try:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", example],
            env={**where, "PATH": "/usr/local/bin:/usr/bin:/bin", "TMPDIR": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        server.shutdown()
        server.server_close()
    assert done.returncode == 0, done.stderr
    searched, placed = (json.loads(line) for line in done.stdout.replace("}{", "}\n{").splitlines() if line)
    assert searched["found"][0]["text"] == OWN
    assert placed["of"] > 0
    assert json.loads((tmp_path / "map.json").read_text(encoding="utf-8"))["objects"]["grids"]["geometries"]


def test_every_status_that_errors_are_answered_with_is_in_the_table():
    answered = {str(status) for status, _ in ANSWERS.values()} | REFUSALS.keys()
    by_the_server = {str(found.code) for found in vars(connections).values() if isinstance(found, connections.Refusal)}
    assert answered | by_the_server <= STATUSES


def test_statuses_of_forms_are_as_it_says(service):
    client = service.client("planner")
    assert client.get("/api/map.json").headers["ETag"]
    again = client.get("/api/map.json", headers={"If-None-Match": client.get("/api/map.json").headers["ETag"]})
    assert again.status_code == 304
    for accept, status in (("application/json", 401), ("*/*", 302), (None, 302)):
        headers = {} if accept is None else {"Accept": accept}
        assert service.client().get("/api/search?q=1", headers=headers).status_code == status
