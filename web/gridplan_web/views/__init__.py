"""The pages and what their scripts ask for: parse, call a use case, render."""

from typing import Final

from gridplan_web.views import (
    accounts,  # noqa: F401  # adds routes to the room `people`
    api,
    bring,
    drafts,
    entry,
    home,
    jobs,
    people,
    place,
    publishing,  # noqa: F401  # adds routes to the room `drafts`
    sessions,
    settings,
    town,
    upkeep,
)

BLUEPRINTS: Final = (
    *(
        api.pages,
        entry.pages,
        home.pages,
        people.pages,
        sessions.pages,
        settings.pages,
        jobs.api,
        bring.pages,
        bring.api,
    ),
    *(place.pages, place.api, upkeep.pages, upkeep.api, town.pages, town.api, drafts.pages, drafts.api),
)
