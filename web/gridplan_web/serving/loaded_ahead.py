"""What is loaded once for all processes that answer pages: the modules of the application, and its words."""

from typing import get_args

from gridplan.processes import loading

with loading():
    import gridplan_web.application  # noqa: F401
    from gridplan.words import Lang, catalogue

    for _lang in get_args(Lang):
        catalogue(_lang)
