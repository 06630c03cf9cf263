"""A page of a form as a picture: the first one, of an atlas that of a grid; of one village, and nothing is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Final

from gridplan.errors import NotFound
from gridplan.exchange.meeting.content import Content
from gridplan.profiles import Profile
from gridplan.roles import Actor
from gridplan.service.meeting.access import Asking
from gridplan.service.meeting.forms import FORMS, Key
from gridplan.service.meeting.packs import pack_choices
from gridplan.service.meeting.writing import write_form
from gridplan.store import Store
from gridplan.words import Lang, Message

DPI: Final = 60
LARGEST: Final = (1400, 1400)
"""Pixels of a picture."""
PREVIEWED: Final[frozenset[Key]] = frozenset(key for key, form in FORMS.items() if "pdf" in form.formats) - {
    "tick-sheets",
    "contact-cards",
}
"""The forms that have pages, but those whose pages are numbered and noted as printed."""


@dataclass(frozen=True, slots=True)
class Previewed:
    """What is to be seen: a form at a profile, of a village with a plan in force or the first there is."""

    form: Key
    profile: Profile
    lang: Lang
    village_id: int | None = None


def preview(store: Store, actor: Actor, wanted: Previewed, *, now: datetime, today: date) -> bytes:
    """Return a page of a form as a PNG picture.

    Raises
    ------
    NotFound
        The form has no pages, is not for who asks or not at this profile, or the village is not.
    """
    choices, form = pack_choices(store, actor, draft_id=None, today=today), wanted.form
    known = [id_ for id_, _, _ in choices.villages]
    offered = any(one.key == form and one.refusal is None and wanted.profile in one.profiles for one in choices.forms)
    chosen = wanted.village_id if wanted.village_id is not None else next(iter(known), None)
    if form not in PREVIEWED or not offered or chosen not in known:
        raise NotFound("entrance.not_here")
    from gridplan.exchange.cartography.picture import page_pictures
    from gridplan.service.meeting.content import content
    from gridplan.service.meeting.snapshots import Wanted, frozen

    reason = Message("pack.preview").say(wanted.lang)
    of = Wanted(lang=wanted.lang, profile=wanted.profile, villages=[chosen], reason=reason)
    with store.read() as connection:
        row = frozen(connection, Asking(actor), of, now=now) | {"maker": actor.name}
        shown = content(connection, row, form)
    picture = next(page_pictures(_pages(shown, form), DPI))
    picture.thumbnail(LARGEST)
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _pages(shown: Content, form: Key) -> bytes:
    drawn = next((one for one in shown.grids if one[1].outline is not None), None)
    if form != "atlas" or drawn is None:
        return write_form(shown, form, "pdf")
    from gridplan.exchange.meeting.atlas import write_grid_page

    village, grid = drawn
    return write_grid_page(shown, village.name, grid.number)
