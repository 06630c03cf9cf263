"""Orthophotos and maps beneath: their upload in pieces, and their tiles."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import redirect, request, url_for
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from gridplan.errors import NotFound
from gridplan.exchange.imagery import mime_of
from gridplan.names import LONGEST_TEXT
from gridplan.service.registry import imagery
from gridplan_web import auth, job_runner
from gridplan_web.clock import now

pages = APIBlueprint("imagery", __name__, enable_openapi=False)
api = APIBlueprint("imagery_api", __name__, url_prefix="/api", tag="Places")


class SentFile(BaseModel):
    """A file that is to be sent."""

    model_config = ConfigDict(extra="forbid")

    village: int | None = Field(default=None, description="null: of the whole town")
    name: str = Field(min_length=1, max_length=LONGEST_TEXT)
    size: int = Field(ge=1, le=2**53, description="bytes")
    frame: str = Field(
        default="", max_length=40, description="wgs84, cgcs2000, gcj02, bd09 or EPSG:n; empty: as the file says"
    )


class Upload(BaseModel):
    """A file that is being sent."""

    id: int
    have: int = Field(description="bytes of it that are here: the next piece begins there")
    piece: int = Field(description="the most bytes of a piece")


class CuttingJob(BaseModel):
    """The job that cuts the file into tiles."""

    job: int


class PieceQuery(BaseModel):
    """Where a piece belongs."""

    at: int = Field(ge=0, description="bytes of the file before it")


@pages.app_template_global()
def imagery_layers(village_id: int | None = None) -> list[dict[str, object]]:
    """Return what a map may show beneath: of a village and the town, or of all that the account may see."""
    actor = auth.actor()
    if not actor.may("see households"):
        return []
    rows = imagery.imagery_of(auth.store(), actor.scope if village_id is None else [village_id])
    return [_layer(row) for row in rows]


def _layer(row: RowMapping) -> dict[str, object]:
    return {
        "id": row["id"],
        "name": row["name"],
        "url": f"/imagery/{row['id']}/{{z}}/{{x}}/{{y}}?v={row['file'][:8]}",
        "zooms": [row["first_zoom"], row["last_zoom"]],
        "around": [row["west"], row["south"], row["east"], row["north"]],
        "of_town": row["village_id"] is None,
        "ready": row["last_zoom"] is not None,
    }


@pages.get("/imagery/<int:imagery_id>/<int:zoom>/<int:column>/<int:row>")
def tile(imagery_id: int, zoom: int, column: int, row: int) -> Response:
    """Return a tile; nothing where nothing is pictured."""
    found = imagery.tile(auth.store(), imagery_id, zoom, column, row)
    if found is None:
        return Response(status=204)
    return Response(found, mimetype=mime_of(found))


@pages.post("/imagery/<int:imagery_id>/remove")
def remove(imagery_id: int) -> Response:
    """Remove imagery."""
    village_id = imagery.remove(auth.store(), auth.who(), imagery_id, now=now())
    if village_id is None:
        return redirect(url_for("placement.village_list"))
    return redirect(url_for("placement.village", village_id=village_id))


@api.post("/imagery")
@api.input(SentFile, arg_name="sent")
@api.output(Upload)
def begin(sent: SentFile) -> Upload:
    """Begin to send a GeoTIFF or MBTiles of a village, or of the town."""
    actor = auth.actor()
    if sent.village is not None and not actor.reaches([sent.village]):
        raise NotFound("entrance.not_here")
    made = imagery.begin(
        auth.store(), actor, auth.who(), sent.village, name=sent.name, size=sent.size, frame=sent.frame, now=now()
    )
    return Upload(id=made, have=0, piece=imagery.PIECE)


@api.post("/imagery/<int:imagery_id>/pieces")
@api.input(PieceQuery, location="query", arg_name="asked")
@api.output(Upload)
def add_piece(imagery_id: int, asked: PieceQuery) -> Upload:
    """Add a piece of the file, as bytes."""
    have = imagery.add_piece(auth.store(), imagery_id, asked.at, request.get_data(cache=False))
    return Upload(id=imagery_id, have=have, piece=imagery.PIECE)


@api.post("/imagery/<int:imagery_id>/cut")
@api.output(CuttingJob)
def cut(imagery_id: int) -> CuttingJob:
    """Cut the file that was sent into tiles: the job says what came of it."""
    job = imagery.cut(auth.store(), auth.actor(), imagery_id, now=now())
    job_runner.wake()
    return CuttingJob(job=job)
