"""What a town calls its people is on every page, map and file, and is text wherever it stands."""

import json
import re
from collections import deque
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO

import openpyxl
import pytest
from sample_drafts import draft_like
from service import OWN

from gridplan.store.system.town_settings import TownSettings, read_settings, write_settings
from gridplan.words import IN_BRACKETS, LANGS, NO_TITLES, PEOPLE, say, use_titles

ODD = TownSettings(
    title_member_zh='<s>&"员',
    title_lead_zh="十户长<u>",
    title_deputy_zh="{n}助&手",
    title_member_en='<s>&"person',
    title_lead_en="<u>Uncle",
    title_deputy_en="{n}&hand",
)
NOUNS = {
    "zh": "|".join(PEOPLE["zh"].values()),
    "en": r"(?i)(?<![\w/.-])(?<!party )(members?|leads?|deputy|deputies)(?![\w/.=-])",
}
WITHOUT = re.compile(r"/(leave|settings|api|openapi\.json|static.*|basemap.*)$")
"""Pages where the words of everybody are named, or where none are."""


class Read(HTMLParser):
    """What a page says to people: its text, what is said of images and fields, and the texts that its scripts get."""

    def __init__(self, page):
        super().__init__()
        self.said, self.links, self.inside = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.inside = attributes.get("type", tag) if tag == "script" else tag
        self.said += [attributes[name] for name in ("alt", "title", "aria-label", "placeholder") if name in attributes]
        if tag == "a" and attributes["href"].startswith("/"):
            self.links.append(attributes["href"])

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "application/json" and data.strip():
            self.said += texts(json.loads(data))
        elif self.inside not in ("code", "script", "style"):
            self.said.append(data)


def texts(data):
    """The texts of JSON data, without names of fields and keys of views."""
    if isinstance(data, dict):
        data = [value for name, value in data.items() if name != "key"]
    if isinstance(data, list):
        return [text for value in data for text in texts(value)]
    return [data] if isinstance(data, str) else []


def walk(client, lang):
    """Return the pages that links lead to from the first one: one of every kind."""
    waiting, seen, pages = deque(["/"]), set(), {}
    while waiting:
        path = waiting.popleft().partition("#")[0].partition("?")[0]
        kind = re.sub(r"\d+", "N", path)
        if kind in seen or WITHOUT.search(path) or "/export" in path or "/files/" in path:
            continue
        seen.add(kind)
        answer = client.get(path, query_string={"lang": lang}, follow_redirects=True)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            pages[path] = answer.text
            waiting += Read(answer.text).links
    return pages


@pytest.fixture
def odd(service):
    """Returns the service of a town with odd titles and with a draft."""
    draft_like(service.store, OWN)
    with service.store.write() as connection:
        write_settings(connection, replace(ODD, name=read_settings(connection).name))
    return service


def others(said, lang):
    """What says a word of everybody, and not the name of the account that is signed in."""
    return [text for text in said if text.strip() != "member" and re.search(NOUNS[lang], text)]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("role", "kinds"), [("administrator", 30), ("planner", 25), ("clerk", 12), ("member", 3)])
def test_every_page_has_a_town_s_titles_and_they_are_text(odd, role, kinds, lang):
    pages = walk(odd.client(role), lang)
    said = {path: Read(page).said for path, page in pages.items()}
    assert len(pages) >= kinds
    assert {path: found for path, every in said.items() if (found := others(every, lang))} == {}
    assert [path for path, page in pages.items() if re.search("<s>|<u>", page)] == []
    assert any(title in text for every in said.values() for text in every for title in ("<s>&", "<u>"))


@pytest.mark.parametrize("lang", LANGS)
def test_cards_and_maps_have_a_town_s_titles(odd, lang):
    client = odd.client("planner")
    card = client.post("/people/cards", data={"csrf": odd.csrf(client), "whom": "without"}, query_string={"lang": lang})
    town_map = client.get("/api/map.json", query_string={"lang": lang}).json
    page = client.get("/drafts/2/files/map.html", query_string={"lang": lang}).text
    assert others(Read(card.text).said, lang) == []
    for said in (texts(town_map["words"]), Read(page).said):
        assert others(said, lang) == []
        assert any(title in text for text in said for title in ("<s>&", "<u>"))


def test_a_map_has_the_titles_that_were_set_last(odd):
    client = odd.client("planner")
    tag = client.get("/api/map.json").headers["ETag"]
    with odd.store.write() as connection:
        write_settings(connection, replace(ODD, title_lead_en="Aunt"))
    answer = client.get("/api/map.json?lang=en", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.json["words"]["lead"] == "Aunt"


@pytest.mark.parametrize("lang", LANGS)
def test_a_workbook_has_a_town_s_titles_behind_those_that_are_read_back(odd, lang):
    answer = odd.client("planner").get("/drafts/2/files/plan.xlsx", query_string={"lang": lang})
    heads = {sheet.title: [cell.value for cell in sheet[1]] for sheet in openpyxl.load_workbook(BytesIO(answer.data))}
    use_titles(ODD.titles)
    lead = say("book.lead", lang)
    use_titles(NO_TITLES)
    assert heads[say("book.sheet.households", lang)].count(IN_BRACKETS[lang].format(say("book.lead", lang), lead)) == 1


def test_a_request_leaves_no_titles_behind(odd):
    odd.client("planner").get("/people?lang=zh")
    assert say("book.lead", "zh") == PEOPLE["zh"]["lead"]
