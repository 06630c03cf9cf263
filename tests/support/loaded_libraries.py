"""An application that tells with each answer what its process has loaded."""

import sys

import gridplan_web.serving.loaded_ahead  # noqa: F401
from gridplan_web import create_app

LOADED = "Loaded-Libraries"


def telling_app(store):
    """Return an application without jobs, each answer of which names the libraries that its process has loaded."""
    app = create_app(store, jobs=False)

    @app.after_request
    def tell(answer):
        answer.headers[LOADED] = " ".join({name.partition(".")[0] for name in [*sys.modules]})
        return answer

    return app
