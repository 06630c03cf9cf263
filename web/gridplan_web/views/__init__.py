"""The pages and what their scripts ask for: parse, call a use case, render."""

from typing import Final

from gridplan_web import openapi
from gridplan_web.views import (
    accounts,
    cards,
    feedback,
    help,
    home,
    imagery,
    imports,
    jobs,
    login,
    meeting,
    phone,
    placement,
    registry,
    sessions,
    settings,
    static_files,
    town,
)
from gridplan_web.views.contact import (
    desk,
    desk_files,  # noqa: F401  # adds routes to the blueprint `desk`
    desk_told,  # noqa: F401  # adds routes to the blueprint `desk`
    disputes,  # noqa: F401  # adds routes to the blueprint `people`
    own,
    own_needs,  # noqa: F401  # adds routes to the blueprint `own`
    people,
    stand_ins,  # noqa: F401  # adds routes to the blueprint `people`
    term,
)
from gridplan_web.views.coverage import chain, coverage, linkage, needs, party_groups
from gridplan_web.views.plans import (
    consultation,  # noqa: F401  # adds routes to the blueprint `redraw`
    drafts,
    leads,  # noqa: F401  # adds routes to the blueprint `drafts`
    publishing,  # noqa: F401  # adds routes to the blueprint `drafts`
    redraw,
    returned,  # noqa: F401  # adds routes to the blueprint `drafts`
)

BLUEPRINTS: Final = (
    *(
        static_files.pages,
        openapi.pages,
        help.pages,
        login.pages,
        home.pages,
        cards.pages,
        accounts.pages,
        sessions.pages,
        settings.pages,
        feedback.pages,
        jobs.api,
        imports.pages,
        imports.api,
    ),
    *(
        placement.pages,
        placement.api,
        imagery.pages,
        imagery.api,
        registry.pages,
        registry.api,
        town.pages,
        town.api,
        own.pages,
        drafts.pages,
        drafts.api,
        redraw.pages,
        redraw.api,
        people.pages,
        term.pages,
        desk.pages,
        coverage.pages,
        chain.pages,
        party_groups.pages,
        linkage.pages,
        needs.pages,
        meeting.pages,
        phone.pages,
    ),
)
