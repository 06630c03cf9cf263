"""Help: what people read about the pages, in their language. It is for anybody, and has the titles of the town."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import abort, render_template, send_from_directory
from werkzeug.wrappers import Response

from gridplan_web import documents
from gridplan_web.clock import town_settings
from gridplan_web.language import page_lang

pages = APIBlueprint("help", __name__, url_prefix=documents.ADDRESS, enable_openapi=False)


@pages.get("")
def contents() -> str:
    """Show all documents with their headings."""
    return render_template("help/contents.html", documents=[_document(name) for name in documents.DOCUMENTS])


@pages.get("/<document>")
def document(document: str) -> str:
    """Show a document."""
    if document not in documents.DOCUMENTS:
        abort(404)
    return render_template("help/document.html", document=_document(document))


@pages.get("/pictures/<path:picture>")
def picture(picture: str) -> Response:
    """Send a picture of a document."""
    return send_from_directory(documents.folder() / documents.PICTURES, picture)


def _document(name: str) -> documents.Document:
    return documents.document(name, page_lang(), town_settings().titles)
