"""The first page of a form as a picture: of one village, at the least profile that the form has."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from typing import Final

from gridplan.errors import NotFound
from gridplan.profiles import Profile
from gridplan.roles import Actor
from gridplan.service.meeting.access import Asking
from gridplan.service.meeting.forms import FORMS, Key
from gridplan.service.meeting.packs import pack_choices
from gridplan.service.meeting.writing import WRITTEN
from gridplan.store import Store
from gridplan.words import Lang, Message

DPI: Final = 60
PREVIEWED: Final[dict[Key, Profile]] = {
    key: form.profiles[0]
    for key, form in FORMS.items()
    if key in WRITTEN and "pdf" in form.formats and form.profiles[0] in ("wall", "meeting")
}
"""The forms that have pages, with the profile at which they are shown before they are made: it names no household."""


def preview(
    store: Store, actor: Actor, form: Key, lang: Lang, *, village_id: int | None, now: datetime, today: date
) -> bytes:
    """Return the first page of a form as a PNG picture, of a village with a plan in force or the first there is.

    Raises
    ------
    NotFound
        The form has no pages, is not for who asks, or the village is not.
    """
    choices = pack_choices(store, actor, draft_id=None, today=today)
    known = [id_ for id_, _, _ in choices.villages]
    offered = any(one.key == form and one.refusal is None for one in choices.forms)
    chosen = village_id if village_id is not None else next(iter(known), None)
    if form not in PREVIEWED or not offered or chosen not in known:
        raise NotFound("entrance.not_here")
    from gridplan.exchange.cartography.picture import page_pictures
    from gridplan.service.meeting.content import content
    from gridplan.service.meeting.snapshots import Wanted, frozen
    from gridplan.service.meeting.writing import write_form

    reason = Message("pack.preview").say(lang)
    wanted = Wanted(lang=lang, profile=PREVIEWED[form], villages=[chosen], reason=reason)
    with store.read() as connection:
        row = frozen(connection, Asking(actor), wanted, now=now) | {"maker": actor.name}
        shown = content(connection, row, form)
    picture = BytesIO()
    next(page_pictures(write_form(shown, form, "pdf"), DPI)).save(picture, "PNG")
    return picture.getvalue()
