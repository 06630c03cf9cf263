"""The description of the routes that scripts ask for: /openapi.json for programs, and the page /api for people."""

from __future__ import annotations

from typing import Any, Final

from apiflask import APIBlueprint, APIFlask
from flask import render_template

from gridplan.words import LANGS

PATH: Final = "/openapi.json"
ABOUT: Final = """\
What the pages' own scripts ask for. Everything else is forms and pages, which work without scripts.

Sign in at `/login` or with a one-time link, as a person does; the session is in a cookie. There are no keys for
programs. Whatever changes something needs the token of the session too. What is outside the villages of an account
looks the same as what does not exist."""
REFUSALS: Final = {
    "400": "Not understood, or called by a name that is not the service's own",
    "401": "Nobody is signed in",
    "403": "Not for this role, or without the token of the session",
    "404": "Not there, or not within the villages of the account",
    "409": "Somebody changed it in the meantime; the sentence says who, when and what",
    "413": "More than this route takes",
    "422": "What was sent cannot be used; the sentence says what to do",
    "428": "The change does not say which version it changes",
    "429": "Too many attempts failed; Retry-After says how many seconds to wait",
    "503": "At its limit, or the database is away; Retry-After says how many seconds to wait",
    "507": "The disk is full; nothing was changed",
}
REFUSAL: Final = {
    "type": "object",
    "required": ["message"],
    "properties": {"message": {"type": "string", "description": "One sentence, in the language of the request"}},
}
LANGUAGE: Final = {
    "name": "lang",
    "in": "query",
    "description": "The language of sentences; without it that of the cookie, of Accept-Language, or of the service",
    "schema": {"type": "string", "enum": list(LANGS)},
}
SCHEMES: Final = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "gridplan",
        "description": "Given on signing in; over HTTPS its name begins with __Host-",
    },
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "In every page: the content of meta[name=csrf]",
    },
}


pages = APIBlueprint("api", __name__, enable_openapi=False)


@pages.get("/api")
def description() -> str:
    """Show the description in a page that needs nothing from elsewhere."""
    return render_template("api.html")


def serve_description(app: APIFlask) -> None:
    """Serve the description, and say in it what holds for all routes alike."""
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        SERVERS=[{"url": "/"}],
        DESCRIPTION=ABOUT,
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
    )
    app.security_schemes = SCHEMES
    app.spec_processor(_completed)


def _completed(spec: Any) -> dict[str, Any]:
    tags = {tag["name"]: tag for tag in spec["tags"]}
    schemas = spec["components"].setdefault("schemas", {})
    schemas["Refusal"] = REFUSAL
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for path in spec["paths"].values():
        for method, operation in path.items():
            for parameter in operation.setdefault("parameters", []):
                if "description" in parameter["schema"]:  # it belongs to the parameter
                    parameter["description"] = parameter["schema"].pop("description")
            operation["parameters"].append(LANGUAGE)
            operation["security"] = [{"session": []} if method == "get" else {"session": [], "token": []}]
            for status, when in REFUSALS.items():
                operation["responses"][status] = {"description": when, "content": refused}
    return {**spec, "tags": list(tags.values())}
