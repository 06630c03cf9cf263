"""The pages and what their scripts ask for: parse, call a use case, render."""

from typing import Final

from gridplan_web.views import entry, home

BLUEPRINTS: Final = (entry.pages, home.pages)
