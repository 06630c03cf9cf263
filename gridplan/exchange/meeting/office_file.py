"""Office files: no trace of a template, fonts that know Chinese, the same bytes for the same content."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any, Final, Protocol
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from gridplan.exchange.xlsx import CREATED
from gridplan.names import one_line
from gridplan.words import Lang

LATIN, CHINESE = "Arial", "Microsoft YaHei"
"""Office and WPS have both; LibreOffice knows what stands for them where they are missing."""
SPOKEN: Final[dict[Lang, str]] = {"zh": "zh-CN", "en": "en-GB"}
LEFT_OUT: Final = frozenset({"thumbnail", "extended-properties", "printerSettings", "customXml", "stylesWithEffects"})
"""What the templates of the libraries have besides: another document's picture, printer and program."""
EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment that an archive can name."""


class Properties(Protocol):
    """What a file says of itself."""

    title: str
    author: str
    last_modified_by: str
    comments: str
    language: str
    created: Any
    modified: Any


def describe(properties: Properties, title: str, lang: Lang) -> None:
    """Have a file say what it is; nobody's name, and no moment at which it was made."""
    properties.title = one_line(title)[:255]
    properties.author, properties.last_modified_by, properties.comments = "gridplan", "", ""
    properties.language = SPOKEN[lang]
    properties.created = properties.modified = CREATED


def leave_out(*owners: Iterable[Any]) -> None:
    """Take from the relationships of a package and its parts what the template has besides."""
    for relationships in owners:
        for key, one in list(relationships.items()):  # type: ignore[attr-defined]
            if one.reltype.rpartition("/")[2] in LEFT_OUT:
                relationships.pop(key)  # type: ignore[attr-defined]


def sealed(file: BytesIO) -> bytes:
    """Return an archive that names no moment at which its files were written."""
    again = BytesIO()
    with ZipFile(file) as found, ZipFile(again, "w") as archive:
        for name in found.namelist():
            archive.writestr(ZipInfo(name, EARLIEST), found.read(name), ZIP_DEFLATED)
    return again.getvalue()
