"""The scripts and styles of the pages: sent as the build packed them, and kept by browsers until they change."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path
from typing import Final

from apiflask import APIBlueprint
from flask import Response, request, send_from_directory
from werkzeug.security import safe_join

pages = APIBlueprint("static", __name__, enable_openapi=False)
FOLDER: Final = Path(__file__).parents[1] / "static"
BUILT: Final = "dist"
NAMED_BY_CONTENT: Final = re.compile(r"-[0-9A-Z]{8}\.js$|\.woff2$")
"""The ends of the names that the build gives to parts that others load."""


@pages.app_template_global()
def asset(name: str) -> str:
    """Return the address of what the build made, with a mark that changes with its content."""
    return f"/static/{BUILT}/{name}?v={_mark(FOLDER / BUILT / name)}"


@pages.get("/static/<path:filename>")
def file(filename: str) -> Response:
    """Send a file, packed to who can unpack it."""
    packed = safe_join(str(FOLDER), f"{filename}.gz") if request.accept_encodings.quality("gzip") > 0 else None
    is_packed = packed is not None and Path(packed).is_file()
    name = f"{filename}.gz" if is_packed else filename
    answer = send_from_directory(FOLDER, name, mimetype=guess_type(filename)[0])
    answer.headers["Vary"] = "Accept-Encoding"
    if is_packed:
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def is_kept_for_good(response: Response) -> bool:
    """Return whether an answer never changes, because the address that was asked for names what is in it."""
    if response.status_code != 200 or request.view_args is None:
        return False
    name = request.view_args["filename"]
    return bool(NAMED_BY_CONTENT.search(name)) or request.args.get("v") == _mark(FOLDER / name)


def _mark(file: Path) -> str:
    return _digest(file, file.stat().st_mtime_ns) if file.is_file() else "none"


@lru_cache(maxsize=256)
def _digest(file: Path, _mtime_ns: int) -> str:
    return sha256(file.read_bytes()).hexdigest()[:12]
