"""Imports into a store without a browser: the jobs are run here as the service runs them, one after the other."""

from __future__ import annotations

import csv
import io
import json
import pickle
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
from gridplan_web.job_runner import JOB_KINDS
from sample_towns import village
from service import NOW

from gridplan.coordinates import GCJ02, wgs84_to_degrees
from gridplan.errors import GridplanError
from gridplan.model import Household
from gridplan.roles import Actor
from gridplan.service.imports import batches
from gridplan.service.imports.staging import ImportChoices
from gridplan.store import Store
from gridplan.store.access import accounts, scope
from gridplan.store.system import imports, jobs
from gridplan.words import message_from_json

NEW = village("新塘村", 3200, 3200, 2, 7)
"""A village that the drawn town does not have."""
BOUNDARY = ({"村名": NEW.plan.village, "代码": "140000"}, NEW.boundary)
HEADER = ("户编号", "户主", "村", "组", "门牌", "经度", "纬度")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as a spreadsheet writes CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode("utf-8-sig")


def listed(homes: Iterable[Household]) -> bytes:
    """Return households as a list of them."""
    return table(
        HEADER,
        ((home.household_id, home.name, home.village, home.hamlet, home.door, home.lon, home.lat) for home in homes),
    )


def shifted(homes: Sequence[Household], frame: str = GCJ02) -> list[Household]:
    """Return households where a map in GCJ-02 has them, or as degrees of another frame."""
    places = wgs84_to_degrees(np.array([(home.lon, home.lat) for home in homes]), frame)
    return [replace(home, lon=lon, lat=lat) for home, (lon, lat) in zip(homes, places.tolist(), strict=True)]


def shapes(*features: tuple[Mapping[str, object], shapely.Geometry]) -> bytes:
    """Return features as GeoJSON."""
    drawn = [
        {"type": "Feature", "properties": dict(what), "geometry": shapely.geometry.mapping(shape)}
        for what, shape in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": drawn}).encode()


def actor(store: Store, login: str) -> Actor:
    """Return the actor with a login."""
    with store.read() as connection:
        found = accounts.by_login(connection, login)
        who = scope.actor(connection, found["id"])
    assert who is not None
    return who


def run(store: Store, job_id: int, now: datetime = NOW) -> Mapping[str, Any]:
    """Run a job to its end and return its result; what passes between the processes is packed as it would be."""
    with store.write() as connection:
        job = jobs.claim_next(connection, now)
    assert job is not None
    assert job["id"] == job_id
    kind = JOB_KINDS[job["kind"]]
    try:
        found = pickle.loads(pickle.dumps(kind.run(store, job["request"], lambda progress: None)))
        kind.save(store, job, found, now)
    except GridplanError as error:
        with store.write() as connection:
            jobs.end(connection, job_id, "failed", now=now, error=error.message)
        raise
    with store.read() as connection:
        ended = jobs.by_id(connection, job_id)
    assert ended["state"] == "done"
    result: Mapping[str, Any] = ended["result"]
    return result


@dataclass
class ImportBatch:
    """An import batch of a planner, whose jobs are run at once."""

    store: Store
    planner: Actor
    id: int

    @property
    def row(self) -> Any:
        """The batch as the store has it."""
        with self.store.read() as connection:
            return imports.by_id(connection, self.id)

    @property
    def preview(self) -> Any:
        """Its preview."""
        return self.row["preview"]

    @property
    def page(self) -> batches.BatchPage:
        """What its page shows."""
        return batches.batch_page(self.store, self.planner, self.id)

    @property
    def changes(self) -> dict[str, int]:
        """How much of each kind would change."""
        return {kind: group["n"] for kind, group in self.preview["changes"].items()}

    def codes(self, part: str) -> list[str]:
        """Return the codes of the sentences in a part of the preview."""
        return [message_from_json(one).code for one in self.preview[part]]

    def file(self, name: str) -> Any:
        """Return a file in the preview."""
        return next(file for file in self.preview["files"] if file["name"] == name)

    def run_job(self) -> ImportBatch:
        """Run the job that waits."""
        run(self.store, self.row["job_id"])
        return self

    def add(self, files: Mapping[str, bytes]) -> ImportBatch:
        """Upload more files, and preview them all."""
        batches.add_files(self.store, self.planner, self.id, uploads(files), now=NOW)
        return self.run_job()

    def choose(self, **choices: Any) -> ImportBatch:
        """Choose, and preview again."""
        batches.save_choices(self.store, self.planner, self.id, ImportChoices(**choices), now=NOW)
        return self.run_job()

    def confirm(self, *, keep_grids: bool = False, seals: Collection[str] | None = None) -> None:
        """Queue the job that applies it; without `seals`, with those of its gate and its gaps."""
        if seals is None:
            asked = (self.preview["gate"], self.preview["gaps"]) if self.preview else ()
            seals = [one["seal"] for one in asked if one]
        today = date(2026, 11, 16)
        batches.confirm_batch(
            self.store, self.planner, self.id, keep_grids=keep_grids, seals=seals, lang="en", today=today, now=NOW
        )

    def apply(self, *, keep_grids: bool = False) -> Mapping[str, Any]:
        """Confirm and apply it."""
        self.confirm(keep_grids=keep_grids)
        return run(self.store, self.row["job_id"])


def uploads(files: Mapping[str, bytes]) -> list[tuple[str, io.BytesIO]]:
    """Return files as they arrive."""
    return [(name, io.BytesIO(content)) for name, content in files.items()]


def upload(store: Store, login: str, files: Mapping[str, bytes]) -> ImportBatch:
    """Upload files, and preview them."""
    planner = actor(store, login)
    return ImportBatch(store, planner, batches.start_batch(store, planner, uploads(files), now=NOW)).run_job()
