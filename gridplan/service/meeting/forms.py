"""The forms in which a snapshot can be had: formats, profiles, what each needs, who may ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from gridplan.errors import InputRefused
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
Needs = Literal["plan", "plan in force", "contact"]
Choice = TypeVar("Choice", bound=str)
PAPER: Final = ("A0", "A1", "A2", "A3", "A4")


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its formats, the first of which is made where none is asked for, and for whom it is."""

    formats: tuple[Format, ...]
    profiles: tuple[Profile, ...]
    needs: Needs
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
ALONE: Final[frozenset[Key]] = frozenset({"tick-sheets", "contact-cards", "inspection"})
"""The forms that are made of what no other form holds."""
WIDEST: Final[Mapping[Power, Profile]] = {"plan": "planner", "keep record": "member", "see packs": "meeting"}
"""The widest profile that comes with a power, the widest first."""
SIZES: Final[Mapping[Key, tuple[str, ...]]] = {"wall-map": (*PAPER, "A0/A3", "A0/A4", "A1/A4")}
"""The sizes of paper that forms can be had in, the first where none is chosen; A0/A4: A0, joined of sheets of A4."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A form in one of its formats and sizes, at a profile that it can have."""

    form: Key
    format: Format
    profile: Profile
    size: str

    @property
    def needs(self) -> Needs:
        """What there must be."""
        return FORMS[self.form].needs


def asked_form(form: str, format_: str, profile: str, size: str) -> Asked:
    """Return what was asked for by words; without a format, or with one that is none, the first of the form.

    Raises
    ------
    InputRefused
        There is no such form, or it cannot be had so: what it can be had in is said.
    """
    key = _one_of("form", form, tuple(FORMS))
    of = FORMS[key]
    as_ = _one_of("format", format_, of.formats, form=key) if format_ else of.formats[0]
    for_ = _one_of("profile", profile, of.profiles, form=key)
    if size:
        _one_of("size", size.upper(), SIZES.get(key, ()), form=key)
    return Asked(key, as_, for_, size.upper())


def _one_of(what: str, value: str, known: tuple[Choice, ...], **of: str) -> Choice:
    """Return one of the known words."""
    for one in known:
        if one == value:
            return one
    raise InputRefused(f"pack.unknown.{what}", value=value, known=", ".join(known) or "–", **of)
