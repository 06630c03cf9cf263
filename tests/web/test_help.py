"""Help in the product: every page leads to what there is to read about it, in its language, and nothing is fetched."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from gridplan_web import documents
from gridplan_web.policy import POLICY

from gridplan.words import LANGS

NO_PAGES = re.compile(r"\w+_api\.|static\.|openapi\.|help\.")


class Read(HTMLParser):
    """What a page holds: ids, and where links and pictures lead."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.pictures = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []
        self.pictures += [given["src"]] if tag == "img" else []


@pytest.fixture(params=LANGS)
def lang(request):
    return request.param


def page(service, address, lang="en"):
    answer = service.client().get(address, query_string={"lang": lang})
    assert answer.status_code == 200, address
    return unescape(answer.text)


def test_every_page_has_something_to_read_and_nothing_is_said_of_pages_that_are_not_there():
    pages = {endpoint for endpoint in POLICY if not NO_PAGES.match(endpoint)}
    assert [endpoint for endpoint in pages if documents.help_of(endpoint) == documents.ADDRESS] == []
    assert documents.HELP.keys() <= pages | {endpoint.partition(".")[0] for endpoint in pages}


def test_help_is_a_heading_that_is_there_in_both_languages(lang):
    for part in documents.HELP.values():
        name, _, anchor = part.partition("#")
        assert anchor in {heading.anchor for heading in documents.document(name, lang).headings}, part


def test_every_page_leads_there_even_the_login_page_and_one_that_is_not_there(service):
    client = service.client("planner")
    for asking, address, leads_to in [
        (service.client(), "/login", "/help/planner#sign-in"),
        (client, "/", "/help/planner#home"),
        (client, "/audit", "/help/planner#who-did-what"),
        (client, "/drafts", "/help/planner#make-a-draft"),
        (client, "/nothing/here", "/help"),
    ]:
        assert leads_to in Read(asking.get(address).text).links, address


def test_a_document_is_read_before_anybody_is_in_in_the_language_of_the_page(service, lang):
    for name in documents.DOCUMENTS:
        text = page(service, f"/help/{name}", lang)
        assert documents.document(name, lang).title in text
        assert {heading.anchor for heading in documents.document(name, lang).headings} <= set(Read(text).ids)
        assert documents.document(name, lang).title in page(service, "/help", lang)


def test_links_and_pictures_of_documents_lead_to_what_is_there(service, lang):
    for name in documents.DOCUMENTS:
        read = Read(documents.document(name, lang).html)
        for link in read.links:
            address, _, anchor = link.partition("#")
            assert not anchor or anchor in Read(page(service, address, lang)).ids, link
        for picture in read.pictures:
            with service.client().get(picture) as answer:
                assert (answer.status_code, answer.mimetype) == (200, "image/webp"), picture


def test_html_in_a_document_is_text(tmp_path, monkeypatch):
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "planner.md").write_text("# Title\n\n<script>alert(1)</script> [x](javascript:alert(1))\n")
    monkeypatch.setattr(documents, "folder", lambda: tmp_path)
    for function in (documents.document, documents._headings):
        function.cache_clear()
    try:
        html = documents.document("planner", "en").html
    finally:
        for function in (documents.document, documents._headings):
            function.cache_clear()
    assert "<script" not in html
    assert "javascript:" not in re.findall(r'href="([^"]*)"', html)


@pytest.mark.parametrize(
    "address", ["/help/nothing", "/help/../planner", "/help/pictures/en/nothing.webp", "/help/pictures/../planner.md"]
)
def test_what_is_not_there_is_not_there(service, address):
    assert service.client().get(address).status_code == 404
