"""Codes that say where something is without a longitude and a latitude: named for what they are, never decoded."""

from __future__ import annotations

import re
from typing import Final

_OPEN: Final = "[23456789CFGHJMPQRVWX]"
CODES: Final = {
    "Plus Code": re.compile(
        rf"(?:{_OPEN}{{8}}|{_OPEN}{{4}}|{_OPEN}{{6}})\+{_OPEN}{{2,7}}(?:[\s,，].*)?", re.IGNORECASE
    ),
    "MGRS": re.compile(
        r"(?:[1-9]|[0-5]\d|60)\s?[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?(?:\d\d|\d{4}|\d{6}|\d{8}|\d{10}|\d{2,5}\s\d{2,5})",
        re.IGNORECASE | re.ASCII,
    ),
    "UTM": re.compile(
        r"(?:[1-9]|[0-5]\d|60)\s?[C-HJ-NP-X]\s*[,;]?\s*\d{6}(?:\.\d+)?\s*(?:m?E)?[\s,;]+\d{6,8}(?:\.\d+)?\s*(?:m?N)?",
        re.IGNORECASE | re.ASCII,
    ),
    "what3words": re.compile(r"(?:///|https?://(?:w3w\.co|what3words\.com)/)?[^\W\d_]{2,}\.[^\W\d_]{2,}\.[^\W\d_]{2,}"),
    "geohash": re.compile(r"(?=.*\d)(?=.*[a-z])[0-9b-hjkmnp-z]{6,12}", re.ASCII),
}
SURE: Final = ("Plus Code", "MGRS", "UTM")
"""Those that nothing else is written like."""


def place_code(text: str) -> str | None:
    """Return what kind of code a text is that should say where something is, None for none that is known."""
    stripped = text.strip()
    return next((kind for kind, pattern in CODES.items() if pattern.fullmatch(stripped)), None)


def is_surely_a_place_code(text: str) -> bool:
    """Return whether a text is such a code, whatever its header says."""
    return place_code(text) in SURE
