"""The documents that people read in the product, in both languages, and which part of them tells of which page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup
from PIL import Image

from gridplan.words import NO_TITLES, Lang, Titles, with_titles

DOCUMENTS: Final = ("planner", "clerk", "member", "supervisor", "meeting", "lists", "operations", "reliability")
"""Each is docs/LANGUAGE/NAME.md. The headings of both languages go together by their order."""
PICTURES: Final = "pictures"
"""The folder of the pictures among the documents, and their place below the address of the documents."""
ADDRESS: Final = "/help"

HELP: Final[Mapping[str, str]] = {
    "home": "planner#home",
    "login": "planner#sign-in",
    "sessions": "planner#sign-in",
    "imports": "planner#import-the-lists",
    "placement": "planner#positions",
    "imagery": "planner#positions",
    "drafts": "planner#make-a-draft",
    "drafts.draft": "planner#look-at-a-draft",
    "drafts.choose_comparison": "planner#compare",
    "drafts.compare": "planner#compare",
    "redraw": "planner#redraw-a-village",
    "drafts.leads_of_draft": "planner#choose-the-leads",
    "drafts.leads_in_force": "planner#choose-the-leads",
    "drafts.lead_choice": "planner#choose-the-leads",
    "drafts.change_lead": "planner#choose-the-leads",
    "drafts.undo_lead": "planner#choose-the-leads",
    "drafts.publish_preview": "planner#publish",
    "drafts.publish": "planner#publish",
    "drafts.published": "planner#publish",
    "drafts.archive": "planner#earlier-plans",
    "drafts.restore_preview": "planner#earlier-plans",
    "drafts.restore": "planner#earlier-plans",
    "accounts": "planner#accounts-for-the-office",
    "cards": "planner#login-cards-for-the-members",
    "registry": "planner#the-directory",
    "registry.new_household": "planner#a-household-moved-in",
    "registry.add_household": "planner#a-household-moved-in",
    "registry.household": "planner#a-household-moved-away",
    "registry.change_household": "planner#a-household-moved-away",
    **dict.fromkeys(("registry.erase_page", "registry.erase_household"), "planner#a-household-is-erased"),
    "registry.new_member": "planner#a-lead-is-away-or-leaves",
    "registry.add_member": "planner#a-lead-is-away-or-leaves",
    "registry.member": "planner#a-lead-is-away-or-leaves",
    "registry.change_member": "planner#a-lead-is-away-or-leaves",
    "registry.preview_merger": "planner#two-villages-become-one",
    "registry.merge_village": "planner#two-villages-become-one",
    "registry.choose_part": "planner#a-village-becomes-two",
    "registry.preview_split": "planner#a-village-becomes-two",
    "registry.split_village": "planner#a-village-becomes-two",
    "registry.boundary": "planner#boundaries-roads-and-barriers",
    "registry.draw_boundary": "planner#boundaries-roads-and-barriers",
    "registry.preview_boundary": "planner#boundaries-roads-and-barriers",
    "registry.features": "planner#boundaries-roads-and-barriers",
    "registry.add_features": "planner#boundaries-roads-and-barriers",
    "registry.preview_features": "planner#boundaries-roads-and-barriers",
    "people": "planner#corrections",
    "people.reassignment_form": "planner#a-member-leaves",
    "people.reassign": "planner#a-member-leaves",
    "people.undo_reassignment": "planner#a-member-leaves",
    "people.report_of_household": "clerk#a-household-is-not-as-the-list-has-it",
    "people.save_report_of_household": "clerk#a-household-is-not-as-the-list-has-it",
    "people.report_of_village": "clerk#a-household-is-not-as-the-list-has-it",
    "people.save_report_of_village": "clerk#a-household-is-not-as-the-list-has-it",
    **dict.fromkeys(
        (*("people.covers", "people.cover_form", "people.set_cover", "people.change_cover"),),
        "clerk#somebody-else-calls-for-a-time",
    ),
    "chain": "planner#the-chain",
    "groups": "planner#party-groups",
    "linkage": "planner#leaders-and-instructors",
    **dict.fromkeys(
        (*("linkage.month_of_calls", "linkage.note_calls", "linkage.take_back"),),
        "clerk#calls-of-leaders-and-instructors",
    ),
    "term": "planner#a-change-of-term",
    "people.contact_cards": "clerk#contact-cards",
    "people.print_contact_cards": "clerk#contact-cards",
    "people.absences": "clerk#away-unoccupied-or-no-visits-wanted",
    "people.save_state": "clerk#away-unoccupied-or-no-visits-wanted",
    "meeting": "meeting#one-button",
    **dict.fromkeys(
        ("meeting.new", "meeting.make", "meeting.change_form", "meeting.change", "meeting.preview"),
        "meeting#put-a-pack-together",
    ),
    **dict.fromkeys(("meeting.snapshot_files", "meeting.download", "meeting.fetch"), "meeting#downloads"),
    **dict.fromkeys(("meeting.reason", "meeting.renew_reason"), "meeting#profiles"),
    "town": "planner#the-map-and-its-pages",
    "coverage": "supervisor#where-contact-fails",
    "coverage.due": "planner#coverage",
    "needs": "clerk#needs",
    "needs.figures": "supervisor#needs-in-counts",
    **dict.fromkeys(("own.needs", "own.new_need", "own.save_need", "own.answer_need"), "member#what-a-household-needs"),
    "desk": "clerk#the-pile",
    "desk.sheet": "clerk#type-a-sheet",
    "desk.save": "clerk#type-a-sheet",
    "desk.print_page": "clerk#print-tick-sheets",
    "desk.print_village": "clerk#print-tick-sheets",
    "desk.find_told": "clerk#told-by-phone-or-message",
    "desk.told_of_grid": "clerk#told-by-phone-or-message",
    "desk.save_told": "clerk#told-by-phone-or-message",
    "desk.save_tally": "clerk#told-by-phone-or-message",
    "desk.workbooks": "clerk#workbooks-that-come-back",
    "desk.preview_workbooks": "clerk#workbooks-that-come-back",
    "desk.hand_in_phone_files": "clerk#files-of-phones",
    "desk.preview_ledger": "clerk#old-ledgers",
    "desk.kept_apart": "clerk#entries-kept-apart",
    "own": "member#the-list",
    "phone": "member#the-list",
    "own.several": "member#several-at-once",
    "own.record_several": "member#several-at-once",
    "own.withdraw_several": "member#several-at-once",
    "own.visits": "member#what-was-entered-in-your-name",
    "own.visit": "member#what-was-entered-in-your-name",
    "own.correct_visit": "member#what-was-entered-in-your-name",
    "own.answer_visit": "member#what-was-entered-in-your-name",
    "own.household": "member#a-household",
    "own.save_state": "member#a-household",
    "own.report_of_household": "member#a-household",
    "own.save_report_of_household": "member#a-household",
    "own.report_of_grid": "member#a-household",
    "own.save_report_of_grid": "member#a-household",
    "people.disputes": "member#what-was-entered-in-your-name",
    "people.settle_dispute": "member#what-was-entered-in-your-name",
    "settings": "planner#the-settings-of-the-town",
    "feedback": "planner#feedback",
    "settings.audit_page": "planner#who-did-what",
    "settings.phones": "planner#login-cards-for-the-members",
    "api": "operations#for-programs",
}
"""Endpoint, or blueprint of the endpoints that are not named -> document#heading."""


def folder() -> Path:
    """Return the folder of the documents: in the package where it was installed, else that of the checkout."""
    installed = Path(__file__).parent / "docs"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "docs"


def help_of(endpoint: str | None) -> str:
    """Return the address of what there is to read about a page; of an address that leads nowhere, the contents."""
    part = HELP.get(endpoint, HELP.get(endpoint.partition(".")[0])) if endpoint else None
    return f"{ADDRESS}/{part}" if part else ADDRESS


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a document, and its anchor, which is that of the English one."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document as a page shows it."""

    name: str
    title: str
    headings: tuple[Heading, ...]
    """Those below the title."""
    html: Markup


@lru_cache(16)
def document(name: str, lang: Lang, titles: Titles = NO_TITLES) -> Document:
    """Return a document in a language, with the titles of a town."""
    markdown, tokens = _markdown(), _tokens(name, lang)
    title, *headings = _headings(name, lang)
    anchors = iter((title, *headings))
    for token in tokens:
        if token.type == "heading_open":
            token.attrSet("id", next(anchors).anchor)
        for part in token.children or ():
            if part.type == "link_open":
                part.attrSet("href", _address_of_link(str(part.attrs["href"]), name, lang))
            elif part.type == "image":
                _place_picture(part)
            elif part.type == "text":
                part.content = with_titles(part.content, lang, titles)
    html = Markup(markdown.renderer.render(tokens, markdown.options, {}))  # noqa: S704  # markdown-it escapes HTML
    title, *headings = (
        replace(heading, text=with_titles(heading.text, lang, titles)) for heading in (title, *headings)
    )
    return Document(name, title.text, tuple(headings), html)


@cache
def _markdown() -> MarkdownIt:
    """Return what reads documents: CommonMark without HTML, and with tables, which may be wider than a phone."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("table_open", lambda *_: '<div class="scroll" tabindex="0"><table>\n')
    markdown.add_render_rule("fence", lambda *of: RendererHTML.fence(*of).replace("<pre>", '<pre tabindex="0">', 1))
    markdown.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return markdown


def _tokens(name: str, lang: Lang) -> list[Token]:
    return _markdown().parse((folder() / lang / f"{name}.md").read_text(encoding="utf-8"))


@cache
def _headings(name: str, lang: Lang) -> tuple[Heading, ...]:
    ours, english = _texts_of_headings(name, lang), _texts_of_headings(name, "en")
    return tuple(
        Heading(level, text, github_anchor(other)) for (level, text), (_, other) in zip(ours, english, strict=True)
    )


def _texts_of_headings(name: str, lang: Lang) -> list[tuple[int, str]]:
    """Return level and text of every heading."""
    pairs = pairwise(_tokens(name, lang))
    return [(int(opening.tag[1:]), text.content) for opening, text in pairs if opening.type == "heading_open"]


def github_anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading, which links in the documents are written with."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _address_of_link(written: str, name: str, lang: Lang) -> str:
    """Return where a link leads to: a document, or a heading in it.

    Raises
    ------
    ValueError
        It leads elsewhere, or to a heading that is not there.
    """
    path, _, fragment = unquote(written).partition("#")
    target = path.removesuffix(".md") or name
    if target not in DOCUMENTS:
        raise ValueError(f"{written} in {lang}/{name}.md is none of the documents")
    anchors = {github_anchor(heading.text): heading.anchor for heading in _headings(target, lang)}
    if fragment and fragment not in anchors:
        raise ValueError(f"{written} in {lang}/{name}.md is no heading of {target}.md")
    return f"{ADDRESS}/{target}#{anchors[fragment]}" if fragment else f"{ADDRESS}/{target}"


def _place_picture(image: Token) -> None:
    """Give a picture its address in the product, and its size, so that what is below stays in its place."""
    language, file = PurePosixPath(str(image.attrs["src"])).parts[-2:]
    with Image.open(folder() / PICTURES / language / file) as picture:
        width, height = picture.size
    attributes: dict[str, Any] = {
        "src": f"{ADDRESS}/{PICTURES}/{language}/{file}",
        "width": width,
        "height": height,
        "loading": "lazy",
    }
    image.attrs.update(attributes)
