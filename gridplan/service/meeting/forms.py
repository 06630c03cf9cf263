"""The forms in which a snapshot can be had: formats, profiles, what each needs, who may ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from gridplan.profiles import PROFILES, Profile
from gridplan.roles import Power

Key = Literal[
    "wall-map",
    "village-sheets",
    "atlas",
    "roster",
    "tick-sheets",
    "contact-cards",
    "map",
    "slides",
    "report",
    "inspection",
    "data",
]
Format = Literal["pdf", "png", "jpg", "xlsx", "html", "pptx", "docx", "gpkg", "geojson"]
PAPER: Final = ("A0", "A1", "A2", "A3", "A4")


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its formats, the first of which is made where none is asked for, and for whom it is."""

    formats: tuple[Format, ...]
    profiles: tuple[Profile, ...]
    needs: Literal["plan", "plan in force", "contact"]
    """What there must be: any plan, a plan in force, or figures of contact."""
    power: Power = "see packs"
    tells_contact: frozenset[Profile] = frozenset({"meeting"})
    """The profiles at which it tells how far contact reaches; it names nobody at these, and tells none at others."""


FORMS: Final[Mapping[Key, Form]] = {
    "wall-map": Form(("pdf", "png", "jpg"), PROFILES, "plan"),
    "village-sheets": Form(("pdf",), PROFILES, "plan"),
    "atlas": Form(("pdf",), PROFILES, "plan"),
    "roster": Form(("xlsx",), PROFILES, "plan", tells_contact=frozenset()),
    "tick-sheets": Form(("pdf",), ("member", "planner"), "plan in force", "keep record"),
    "contact-cards": Form(("pdf",), ("member", "planner"), "plan in force", "keep record"),
    "map": Form(("html",), ("wall", "meeting", "planner"), "plan"),
    "slides": Form(("pptx",), ("meeting",), "contact"),
    "report": Form(("docx",), ("meeting",), "contact"),
    "inspection": Form(("pdf",), ("meeting",), "contact", "oversee"),
    "data": Form(("gpkg", "geojson"), ("planner",), "plan", "plan"),
}
WIDEST: Final[Mapping[Power, Profile]] = {"plan": "planner", "keep record": "member", "see packs": "meeting"}
"""The widest profile that comes with a power, the widest first."""
