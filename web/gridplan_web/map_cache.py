"""Maps as they are sent: made once for everybody who sees the same, and again when something has changed."""

from __future__ import annotations

import gzip
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final
from zlib import crc32

from flask import Response, current_app, request

from gridplan import __version__
from gridplan.service.town.town_map import map_revision
from gridplan_web import auth
from gridplan_web.clock import town_settings

MOST_KEPT: Final = 8 * 2**20
"""Bytes; outlines of a town of 13,540 households take 160 KB, all its households 450."""


class MapCache:
    """The maps that were asked for last, packed."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def text(self, key: str, make: Callable[[], str]) -> str:
        """Return the text of a key, made unless it is kept; the key names all that it depends on."""
        return gzip.decompress(self._packed(key, make)).decode()

    def answer(self, key: str, make: Callable[[], dict[str, Any]]) -> Response:
        """Return the map of a key, made unless it is kept; nothing but a word to a browser that has it already.

        The key names all that the map depends on.
        """
        tag = f"{__version__}-{key}"
        if request.if_none_match.contains_weak(tag):
            answer = Response(status=304)
        else:
            packed = request.accept_encodings.quality("gzip") > 0
            data = self._packed(key, lambda: json.dumps(make(), ensure_ascii=False, separators=(",", ":")))
            answer = Response(data if packed else gzip.decompress(data), mimetype="application/json")
            answer.headers["Vary"] = "Accept-Encoding"
            if packed:
                answer.headers["Content-Encoding"] = "gzip"
        answer.set_etag(tag, weak=True)
        return answer

    def _packed(self, key: str, make: Callable[[], str]) -> bytes:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        data = gzip.compress(make().encode(), 5, mtime=0)
        with self._lock:
            self._kept[key] = data
            while sum(map(len, self._kept.values())) > MOST_KEPT:
                self._kept.popitem(last=False)
        return data


def cached_map(key: str, make: Callable[[], dict[str, Any]]) -> Response:
    """Return a map of the service as it is now; the key names what it depends on besides what maps are made of.

    It depends on the town's titles too: its words are in it.
    """
    titles = crc32(repr(sorted(town_settings().titles)).encode())
    return cached(f"{map_revision(auth.store())}-{titles:08x}-{key}", make)


def cached(key: str, make: Callable[[], dict[str, Any]]) -> Response:
    """Return what a key names, which says all that it depends on."""
    return _cache().answer(key, make)


def cached_text(key: str, make: Callable[[], str]) -> str:
    """Return the text that a key names, which says all that it depends on."""
    return _cache().text(key, make)


def _cache() -> MapCache:
    cache: MapCache = current_app.extensions["map_cache"]
    return cache
