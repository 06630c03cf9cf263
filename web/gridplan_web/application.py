"""Puts the application together: one finished plan, its pages, and what guards them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Flask

from gridplan.words import Lang
from gridplan_web import failures, headers, language, pages, policy
from gridplan_web.finished import FinishedPlan

LOOPBACK_NAMES: Final = ["localhost", "127.0.0.1"]
"""Any other Host is a stranger's page that made its own name point here (DNS rebinding)."""


def create_app(folder: Path, *, default_lang: Lang = "en") -> Flask:
    """Return the read-only pages over a folder that `gridplan plan` wrote.

    Raises
    ------
    InputRefused
        The folder holds no plan, or one that cannot be read.
    RuntimeError
        A route has no policy.
    """
    app = Flask("gridplan_web")
    app.config.update(TRUSTED_HOSTS=LOOPBACK_NAMES, PROVIDE_AUTOMATIC_OPTIONS=False)
    app.extensions["gridplan"] = FinishedPlan.read(folder)
    app.register_blueprint(pages.pages)
    language.speak(app, default_lang)
    headers.protect(app)
    failures.explain(app)
    policy.guard(app)
    return app
