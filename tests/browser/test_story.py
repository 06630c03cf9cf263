"""The ten minutes of docs/demo.md, played in a small town in which nothing can be reached but the service."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from import_batches import BOUNDARY, NEW, shapes
from service import NOW, serve, whole_answers
from sqlalchemy import update
from werkzeug.serving import make_server

from gridplan.demo.definition import read_definition
from gridplan.service.access.accounts import invite_each_role
from gridplan.store.tables import plan, village

sys.path.append(str(Path(__file__).parents[2] / "docs"))

import story

pytestmark = pytest.mark.browser
MEMBERS = ("示例甲", "示例乙", "示例丙", "示例丁", "示例戊")
HAS_NO_SHEETS = {story.type_a_sheet}
"""Scenes that this town has nothing for."""


@pytest.fixture
def stage(tmp_path, sqlite):
    """Serve a small town whose plan has been in force for two months, beside the workbook of another village."""
    with sqlite.copy("filled", tmp_path) as store:
        before = NOW - timedelta(60)
        with store.write() as connection:
            connection.execute(update(village).values(start_day=before.date()))
            connection.execute(update(plan).values(published_at=before))
        workbook, boundary = tmp_path / f"{NEW.plan.village}.xlsx", tmp_path / "boundary.geojson"
        homes = [replace(home, hamlet="1组") for inside in NEW.plan.grids.values() for home in inside]
        story.write_messy_workbook(homes, MEMBERS, workbook)
        boundary.write_bytes(shapes(BOUNDARY))
        invited = invite_each_role(store, names=read_definition().offices, now=NOW)
        service = serve(store)
        server = make_server("127.0.0.1", 0, whole_answers(service.app), threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        base = f"http://127.0.0.1:{server.server_port}"
        links = {role: f"{base}/i/{one.token}" for role, one in invited.items()}
        yield story.Stage(base, links, (workbook, boundary), tmp_path)
        server.shutdown()
        thread.join()
        server.server_close()
        service.app.extensions["jobs"].close()


@pytest.mark.long
def test_the_ten_minutes_are_played_without_a_network(stage, open_page):
    watched = open_page(stage.links["administrator"], drawn=False, locale="en-GB")
    played = story.Story(stage, watched.page, "en")
    story.play(played, without=HAS_NO_SHEETS)
    assert watched.outside(stage.base, stage.folder.as_uri()) == []
    assert watched.wrong == []
