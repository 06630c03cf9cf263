"""What every request has to be made of, whatever it is for: ids, finite numbers, and letters that can be kept."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, Final, NoReturn

from flask import Flask, abort, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.routing import IntegerConverter, ValidationError

from gridplan.store.columns import LARGEST_ID

NOT_KEPT: Final = "\0"
"""The letter that not every database keeps."""


class IdConverter(IntegerConverter):
    """An id in an address; a larger number than any id is the address of nothing."""

    regex = "[0-9]{1,16}"

    def to_python(self, value: str) -> int:
        """Return the number."""
        number = int(value)
        if number > LARGEST_ID:
            raise ValidationError
        return number


class PlainJson(DefaultJSONProvider):
    """JSON without numbers that are none, and no deeper than Python goes."""

    def loads(self, s: str | bytes, **more: Any) -> Any:
        """Return what a text says.

        Raises
        ------
        ValueError
            It is no JSON, or not plain.
        """
        try:
            return json.loads(s, parse_constant=_no_number, parse_float=_finite, **more)
        except RecursionError as problem:
            raise ValueError("too deep") from problem


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


def use_plain_numbers(app: Flask) -> None:
    """Read ids in addresses, and JSON, as above; before there are routes."""
    app.url_map.converters["int"] = IdConverter
    app.json = PlainJson(app)


def refuse_strange_letters(app: Flask) -> None:
    """Refuse requests with letters in them that cannot be kept."""

    def check() -> None:
        given: list[tuple[Any, Any]] = [*(request.view_args or {}).items(), *_pairs(request.args.lists())]
        if request.method not in ("GET", "HEAD"):
            given += _pairs(request.form.lists())
        # A part of a form without a name has the name None.
        if any(name is None or NOT_KEPT in str(name) + str(value) for name, value in given):
            abort(400)

    app.before_request(check)


def version_seen(field: str = "version") -> str:
    """Return what a form says of the state that it changes; one that does not say it changes nothing (428)."""
    if field not in request.form:
        abort(428)
    return request.form[field]


def _pairs(lists: Iterable[tuple[str, list[str]]]) -> list[tuple[str, str]]:
    return [(name, value) for name, values in lists for value in values]
