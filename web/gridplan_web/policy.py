"""Who may call which route: one table. A route that is not in it keeps the application from starting.

Who is not signed in is sent to the login page. What is out of scope looks the same as what is not there (404). What is
in scope and not for the role is refused (403).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Flask, abort, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.test import create_environ
from werkzeug.wrappers import Response

from gridplan.errors import NotAllowed, NotFound
from gridplan.roles import Power
from gridplan.store.access import scope
from gridplan.store.access.scope import ScopeOf
from gridplan.store.registry.features import villages_of_deed, villages_of_feature
from gridplan_web import auth

SHORT_BODY: Final = 64 * 2**10
LONG_BODY: Final = 64 * 2**20
"""Bytes that may be sent: to any route, and by who may use them, to those that take files or forms of many rows."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route asks for: a power, and for routes about one thing, the argument that names it and where it is."""

    power: Power | None
    argument: str | None = None
    scope_of: ScopeOf | None = None
    long_body: bool = False


ANYBODY: Final = Rule(None)
"""For what has to be there before somebody is signed in."""

COVERAGE: Final[Mapping[str, Mapping[str, Power]]] = {
    "town": {"villages": "see figures", "grids": "see figures"},
    "village": {"groups": "see figures", "grids": "see figures"},
    "group": {"grids": "see figures"},
    "grid": {"weeks": "see figures"},
    "household": {"due": "see due households"},
}
"""The power that each list of each level of coverage asks for. There is no list of households that are in order."""

POLICY: Final[Mapping[str, Rule]] = {
    "static.file": ANYBODY,
    "openapi.spec": ANYBODY,
    "api.description": ANYBODY,
    "help.contents": ANYBODY,
    "help.document": ANYBODY,
    "help.picture": ANYBODY,
    "login.login_page": ANYBODY,
    "login.sign_in": ANYBODY,
    "login.enter_code": ANYBODY,
    "login.invitation": ANYBODY,
    "login.accept_invitation": ANYBODY,
    "login.sign_out": Rule("be here"),
    "phone.shell": ANYBODY,
    "phone.setup": ANYBODY,
    "phone.worker": ANYBODY,
    "phone.manifest": ANYBODY,
    "phone.own_list": Rule("see own grids"),
    "phone.sync": ANYBODY,
    "phone.add_device": Rule("log own visits"),
    "phone.add_code": Rule("see own grids"),
    "home.page": Rule("be here"),
    "town.town_map": Rule("see coverage"),
    "town.map_file": Rule("see households"),
    "town.shown_map": Rule("see households"),
    "town.framed_map": Rule("see households"),
    "town.village": Rule("see coverage", "village_id", scope.of_village),
    "town.grid": Rule("see coverage", "plan_id", scope.of_plan),
    "coverage.town": Rule(COVERAGE["town"]["villages"]),
    "coverage.villages_file": Rule(COVERAGE["town"]["villages"]),
    "coverage.village": Rule(COVERAGE["village"]["grids"], "village_id", scope.of_village),
    "coverage.groups_file": Rule(COVERAGE["village"]["groups"]),
    "coverage.group": Rule(COVERAGE["group"]["grids"], "plan_id", scope.of_plan),
    "coverage.grids": Rule(COVERAGE["town"]["grids"]),
    "coverage.grids_file": Rule(COVERAGE["town"]["grids"]),
    "coverage.grid": Rule(COVERAGE["grid"]["weeks"], "plan_id", scope.of_plan),
    "coverage.weeks_file": Rule(COVERAGE["grid"]["weeks"], "plan_id", scope.of_plan),
    "coverage.due": Rule(COVERAGE["household"]["due"]),
    "coverage.due_file": Rule(COVERAGE["household"]["due"]),
    "needs.listed": Rule("keep record"),
    "needs.list_file": Rule("keep record"),
    "needs.take_over": Rule("keep record"),
    "needs.slips_of_list": Rule("keep record"),
    "needs.slip": Rule("keep record", "need_n", scope.of_need),
    "needs.find": Rule("keep record"),
    "needs.new": Rule("keep record", "household_id", scope.of_household),
    "needs.save": Rule("keep record", "household_id", scope.of_household),
    "needs.need": Rule("keep record", "need_n", scope.of_need),
    "needs.answer": Rule("keep record", "need_n", scope.of_need),
    "needs.figures": Rule("see figures"),
    "needs.figures_file": Rule("see figures"),
    "meeting.listed": Rule("see packs"),
    "meeting.new": Rule("make packs"),
    "meeting.preview": Rule("make packs"),
    "meeting.make": Rule("make packs"),
    "meeting.make_saved": Rule("make packs", "pack_id", scope.of_pack),
    "meeting.change_form": Rule("make packs", "pack_id", scope.of_pack),
    "meeting.change": Rule("make packs", "pack_id", scope.of_pack),
    "meeting.reason": Rule("make packs", "pack_id", scope.of_pack),
    "meeting.renew_reason": Rule("make packs", "pack_id", scope.of_pack),
    "meeting.retire": Rule("make packs", "pack_id", scope.of_pack),
    "meeting.progress": Rule("see packs"),
    "meeting.snapshot_files": Rule("see packs", "snapshot_id", scope.of_snapshot),
    "meeting.download": Rule("see packs", "file_id", scope.of_pack_file),
    "meeting.fetch": Rule("see packs"),
    "town.household": Rule("see households", "household_id", scope.of_household),
    "town.member": Rule("see households", "member_id", scope.of_member),
    "own.households": Rule("see own grids"),
    "own.map": Rule("see own grids"),
    "own.group": Rule("see own grids"),
    "own.visits": Rule("see own grids"),
    "own.visit": Rule("see own grids"),
    "own.household": Rule("see own grids"),
    "own.save_state": Rule("log own visits"),
    "own.report_of_household": Rule("log own visits"),
    "own.save_report_of_household": Rule("log own visits"),
    "own.report_of_grid": Rule("log own visits"),
    "own.save_report_of_grid": Rule("log own visits"),
    "own.several": Rule("log own visits"),
    "own.record_visit": Rule("log own visits"),
    "own.record_several": Rule("log own visits"),
    "own.withdraw_several": Rule("log own visits"),
    "own.correct_visit": Rule("log own visits"),
    "own.answer_visit": Rule("log own visits"),
    "own.needs": Rule("see own grids"),
    "own.new_need": Rule("log own visits"),
    "own.save_need": Rule("log own visits"),
    "own.answer_need": Rule("log own visits"),
    "people.disputes": Rule("keep record"),
    "people.settle_dispute": Rule("keep record"),
    "town.search_page": Rule("see coverage"),
    "town.basemap_file": Rule("be here"),
    "town_api.map_data": Rule("see coverage"),
    "town_api.figures_map": Rule("see figures"),
    "town_api.village_figures_map": Rule("see figures", "village_id", scope.of_village),
    "town_api.contact_data": Rule("see coverage"),
    "town_api.places_data": Rule("see households", "village_id", scope.of_village),
    "town_api.village_details": Rule("see coverage", "village_id", scope.of_village),
    "town_api.grid_details": Rule("see coverage", "plan_id", scope.of_plan),
    "town_api.grid_contact_details": Rule("see coverage", "plan_id", scope.of_plan),
    "town_api.household_details": Rule("see households", "household_id", scope.of_household),
    "town_api.search_data": Rule("see coverage"),
    "cards.villages": Rule("issue cards"),
    "cards.make_for_all": Rule("issue cards"),
    "cards.card_job_page": Rule("issue cards"),
    "cards.put_away": Rule("issue cards"),
    "cards.village_members": Rule("issue cards", "village_id", scope.of_village),
    "cards.make_for_village": Rule("issue cards", "village_id", scope.of_village),
    "cards.town_members": Rule("issue cards"),
    "cards.make_for_town": Rule("issue cards"),
    "cards.try_here": Rule("issue cards", "member_id", scope.of_listed_member),
    "cards.make_for_member": Rule("issue cards", "member_id", scope.of_card),
    "cards.withdraw": Rule("issue cards", "member_id", scope.of_card),
    "cards.report_phone_lost": Rule("issue cards", "member_id", scope.of_card),
    "accounts.office_accounts": Rule("administer"),
    "accounts.new_account": Rule("administer"),
    "accounts.add_account": Rule("administer"),
    "accounts.account": Rule("administer"),
    "accounts.change_account": Rule("administer"),
    "accounts.new_link": Rule("administer"),
    "accounts.disable_account": Rule("administer"),
    "accounts.enable_account": Rule("administer"),
    "sessions.signed_in_devices": Rule("be here"),
    "sessions.end_session": Rule("be here"),
    "sessions.end_other_sessions": Rule("be here"),
    "sessions.change_password": Rule("be here"),
    "feedback.form": Rule("be here"),
    "feedback.give": Rule("be here"),
    "feedback.given": Rule("administer"),
    "feedback.mark_read": Rule("administer"),
    "settings.town_settings": Rule("oversee"),
    "settings.save_settings": Rule("administer"),
    "settings.phones": Rule("oversee"),
    "settings.visit_settings": Rule("oversee"),
    "settings.save_cadence": Rule("edit lists"),
    "settings.undo_cadence": Rule("edit lists", "cadence_id", scope.of_cadence),
    "settings.save_pause": Rule("edit lists"),
    "settings.undo_pause": Rule("edit lists", "pause_id", scope.of_pause),
    "settings.save_village_days": Rule("edit lists"),
    "settings.audit_page": Rule("oversee"),
    "jobs_api.job": Rule("see packs"),
    "imports.upload": Rule("edit lists"),
    "imports.start": Rule("edit lists", long_body=True),
    "imports.batch": Rule("edit lists"),
    "imports.add_files": Rule("edit lists", long_body=True),
    "imports.choose": Rule("edit lists", long_body=True),
    "imports.confirm": Rule("edit lists"),
    "imports.take_back": Rule("edit lists"),
    "imports.discard": Rule("edit lists"),
    "imports.refused": Rule("edit lists"),
    "imports_api.positions": Rule("edit lists"),
    "jobs_api.cancel": Rule("see packs"),
    "placement.village_list": Rule("edit lists"),
    "placement.village": Rule("edit lists", "village_id", scope.of_village),
    "placement.add_picture": Rule("edit lists", "village_id", scope.of_village, long_body=True),
    "placement.georeference": Rule("edit lists", "scan_id", scope.of_scan),
    "placement.picture": Rule("see households", "scan_id", scope.of_scan),
    "placement.remove_picture": Rule("edit lists", "scan_id", scope.of_scan),
    "imagery.tile": Rule("see households", "imagery_id", scope.of_imagery),
    "imagery.remove": Rule("edit lists", "imagery_id", scope.of_imagery_to_change),
    "imagery_api.begin": Rule("edit lists"),
    "imagery_api.add_piece": Rule("edit lists", "imagery_id", scope.of_imagery_to_change, long_body=True),
    "imagery_api.cut": Rule("edit lists", "imagery_id", scope.of_imagery_to_change),
    "placement_api.village_data": Rule("edit lists", "village_id", scope.of_village),
    "placement_api.place_household": Rule("edit lists", "village_id", scope.of_village),
    "placement_api.place_hamlet": Rule("edit lists", "village_id", scope.of_village),
    "placement_api.georeference_picture": Rule("edit lists", "scan_id", scope.of_scan),
    "registry.households_list": Rule("see households"),
    "registry.grids_list": Rule("see households"),
    "registry.list_file": Rule("see households"),
    "registry.template_file": Rule("edit lists"),
    "registry.new_household": Rule("edit lists"),
    "registry.add_household": Rule("edit lists"),
    "registry.household": Rule("edit lists", "household_id", scope.of_household),
    "registry.change_household": Rule("edit lists", "household_id", scope.of_household),
    "registry.erase_page": Rule("edit lists", "household_id", scope.of_household),
    "registry.erase_household": Rule("edit lists", "household_id", scope.of_household),
    "registry.retire_household": Rule("edit lists", "household_id", scope.of_household),
    "registry.restore_household": Rule("edit lists", "household_id", scope.of_household),
    "registry.members_list": Rule("see households"),
    "registry.new_member": Rule("edit lists"),
    "registry.add_member": Rule("edit lists"),
    "registry.member": Rule("edit lists", "member_id", scope.of_listed_member),
    "registry.change_member": Rule("edit lists", "member_id", scope.of_listed_member),
    "registry.retire_member": Rule("edit lists", "member_id", scope.of_listed_member),
    "registry.restore_member": Rule("edit lists", "member_id", scope.of_listed_member),
    "registry.villages_list": Rule("see households"),
    "registry.new_village": Rule("administer"),
    "registry.add_village": Rule("administer"),
    "registry.village": Rule("edit lists", "village_id", scope.of_village),
    "registry.change_village": Rule("edit lists", "village_id", scope.of_village),
    "registry.retire_village": Rule("edit lists", "village_id", scope.of_village),
    "registry.restore_village": Rule("edit lists", "village_id", scope.of_village),
    "registry.preview_merger": Rule("plan", "village_id", scope.of_village),
    "registry.merge_village": Rule("plan", "village_id", scope.of_village),
    "registry.choose_part": Rule("plan", "village_id", scope.of_village),
    "registry.preview_split": Rule("plan", "village_id", scope.of_village),
    "registry.split_village": Rule("plan", "village_id", scope.of_village),
    "registry.undo_village_change": Rule("plan", "village_id", scope.of_village),
    "registry.boundary": Rule("edit lists", "village_id", scope.of_village),
    "registry.preview_boundary": Rule("edit lists", "village_id", scope.of_village, long_body=True),
    "registry.draw_boundary": Rule("edit lists", "village_id", scope.of_village, long_body=True),
    "registry.features": Rule("see households"),
    "registry.add_features": Rule("edit lists", long_body=True),
    "registry.preview_features": Rule("edit lists", long_body=True),
    "registry.remove_features": Rule("edit lists", "deed_id", villages_of_deed),
    "registry.remove_feature": Rule("edit lists", "feature_id", villages_of_feature),
    "registry_api.map_background": Rule("see households"),
    "registry_api.map_background_of_village": Rule("see households", "village_id", scope.of_village),
    "desk.this_week": Rule("keep record"),
    "desk.sheet": Rule("keep record"),
    "desk.save": Rule("keep record"),
    "desk.take_back": Rule("keep record"),
    "desk.find_told": Rule("keep record"),
    "desk.told_of_grid": Rule("keep record", "plan_id", scope.of_plan),
    "desk.save_told": Rule("keep record", "plan_id", scope.of_plan),
    "desk.take_back_told": Rule("keep record", "plan_id", scope.of_plan),
    "desk.save_tally": Rule("keep record", "plan_id", scope.of_plan),
    "desk.workbooks": Rule("keep record"),
    "desk.preview_workbooks": Rule("keep record", long_body=True),
    "desk.enter_workbooks": Rule("keep record", long_body=True),
    "desk.preview_ledger": Rule("keep record", long_body=True),
    "desk.enter_ledger": Rule("keep record", long_body=True),
    "desk.hand_in_phone_files": Rule("keep record", long_body=True),
    "desk.kept_apart": Rule("keep record"),
    "desk.settle": Rule("keep record"),
    "desk.print_page": Rule("keep record"),
    "desk.print_village": Rule("keep record", "village_id", scope.of_village),
    "drafts.draft_list": Rule("plan"),
    "drafts.new": Rule("plan"),
    "drafts.submit": Rule("plan"),
    "drafts.plan_job": Rule("plan"),
    "drafts.draft": Rule("plan", "draft_id", scope.of_draft),
    "drafts.rename": Rule("plan", "draft_id", scope.of_draft),
    "drafts.delete": Rule("plan", "draft_id", scope.of_draft),
    "drafts.restore_deleted": Rule("plan", "draft_id", scope.of_draft),
    "drafts.file": Rule("plan", "draft_id", scope.of_draft),
    "drafts.workbook": Rule("plan"),
    "drafts.preview_workbook": Rule("plan", long_body=True),
    "drafts.apply_workbook": Rule("plan", long_body=True),
    "drafts.leads_of_draft": Rule("plan", "draft_id", scope.of_draft),
    "drafts.leads_in_force": Rule("plan"),
    "groups.listed": Rule("plan", "plan_id", scope.of_plan),
    "groups.change": Rule("plan", "plan_id", scope.of_plan),
    "groups.move": Rule("plan", "plan_id", scope.of_plan),
    "drafts.lead_choice": Rule("plan", "plan_id", scope.of_plan),
    "drafts.change_lead": Rule("plan", "plan_id", scope.of_plan),
    "drafts.note_agreement": Rule("plan", "plan_id", scope.of_plan),
    "drafts.undo_lead": Rule("plan", "plan_id", scope.of_plan),
    "redraw.redraw": Rule("plan", "plan_id", scope.of_plan),
    "redraw.copies": Rule("plan", "plan_id", scope.of_plan),
    "redraw.send_copy": Rule("plan", "plan_id", scope.of_plan),
    "redraw.find_copy": Rule("plan", "plan_id", scope.of_plan),
    "redraw.type_back": Rule("plan", "plan_id", scope.of_plan),
    "redraw.apply_wishes": Rule("plan", "plan_id", scope.of_plan),
    "redraw.begin": Rule("plan", "plan_id", scope.of_plan),
    "redraw_api.plan_data": Rule("plan", "plan_id", scope.of_plan),
    "redraw_api.history_data": Rule("plan", "plan_id", scope.of_plan),
    "redraw_api.note_agreement": Rule("plan", "plan_id", scope.of_plan),
    "redraw_api.candidates": Rule("plan", "plan_id", scope.of_plan),
    "redraw_api.drawing_data": Rule("plan", "plan_id", scope.of_plan),
    "redraw_api.outcomes_data": Rule("plan", "plan_id", scope.of_plan, long_body=True),
    "redraw_api.edit": Rule("plan", "plan_id", scope.of_plan, long_body=True),
    "redraw_api.undo": Rule("plan", "plan_id", scope.of_plan),
    "redraw_api.redo": Rule("plan", "plan_id", scope.of_plan),
    "redraw_api.restore": Rule("plan", "plan_id", scope.of_plan),
    "redraw_api.copy": Rule("plan", "plan_id", scope.of_plan, long_body=True),
    "redraw_api.proposal": Rule("plan", "plan_id", scope.of_plan, long_body=True),
    "drafts_api.map_data": Rule("plan", "draft_id", scope.of_draft),
    "drafts_api.places_data": Rule("plan", "draft_id", scope.of_draft),
    "drafts.choose_comparison": Rule("plan"),
    "drafts.compare": Rule("plan", "draft_id", scope.of_draft),
    "drafts.publish_preview": Rule("plan", "draft_id", scope.of_draft),
    "drafts.publish": Rule("plan", "draft_id", scope.of_draft, long_body=True),
    "drafts.published": Rule("plan", "draft_id", scope.of_draft),
    "drafts.slips": Rule("plan", "draft_id", scope.of_draft),
    "drafts.changed_cards": Rule("plan", "draft_id", scope.of_draft),
    "drafts.slips_of_plan": Rule("plan", "plan_id", scope.of_plan),
    "drafts.changed_cards_of_plan": Rule("plan", "plan_id", scope.of_plan),
    "drafts.take_back": Rule("plan", "draft_id", scope.of_draft),
    "drafts.take_back_restoring": Rule("plan", "plan_id", scope.of_plan),
    "drafts.archive": Rule("plan", "village_id", scope.of_village),
    "drafts.restore_preview": Rule("plan", "plan_id", scope.of_plan),
    "drafts.restore": Rule("plan", "plan_id", scope.of_plan, long_body=True),
    "drafts_api.compare_map": Rule("plan", "draft_id", scope.of_draft),
    "people.absences": Rule("keep record"),
    "people.corrections": Rule("keep record"),
    "people.answer_corrections": Rule("edit lists", long_body=True),
    "people.correction": Rule("keep record", "correction_id", scope.of_correction),
    "people.answer_correction": Rule("edit lists", "correction_id", scope.of_correction),
    "people.report_of_household": Rule("keep record", "household_id", scope.of_household),
    "people.save_report_of_household": Rule("keep record", "household_id", scope.of_household),
    "people.report_of_village": Rule("keep record", "village_id", scope.of_village),
    "people.save_report_of_village": Rule("keep record", "village_id", scope.of_village),
    "people.covers": Rule("keep record"),
    "people.cover_form": Rule("keep record", "member_id", scope.of_member),
    "people.set_cover": Rule("keep record", "member_id", scope.of_member),
    "people.change_cover": Rule("keep record", "cover_id", scope.of_cover),
    "people.handover_of_cover": Rule("keep record", "cover_id", scope.of_cover),
    "people.reassignment_form": Rule("edit lists", "member_id", scope.of_member),
    "people.reassign": Rule("edit lists", "member_id", scope.of_member),
    "people.undo_reassignment": Rule("edit lists", "member_id", scope.of_member),
    "people.handover_of_member": Rule("edit lists", "member_id", scope.of_member),
    "people.contact_cards": Rule("keep record"),
    "people.print_contact_cards": Rule("keep record", "village_id", scope.of_village),
    "term.term_form": Rule("edit lists"),
    "term.draft_term": Rule("edit lists", long_body=True),
    "term.term": Rule("edit lists", "term_id", scope.of_term),
    "term.confirm_term": Rule("edit lists", "term_id", scope.of_term),
    "term.handover_of_term": Rule("edit lists", "term_id", scope.of_term),
    "chain.town": Rule("see figures"),
    "chain.village": Rule("see figures", "village_id", scope.of_village),
    "linkage.links": Rule("see coverage"),
    "linkage.gaps": Rule("see coverage"),
    "linkage.list_file": Rule("see coverage"),
    "linkage.month_of_calls": Rule("keep record"),
    "linkage.note_calls": Rule("keep record"),
    "linkage.take_back": Rule("keep record"),
    "linkage.person_list": Rule("edit lists"),
    "linkage.add_person": Rule("edit lists"),
    "linkage.person": Rule("edit lists", "person_id", scope.of_linked_person),
    "linkage.change_person": Rule("edit lists", "person_id", scope.of_linked_person),
    "linkage.retire_person": Rule("edit lists", "person_id", scope.of_linked_person),
    "linkage.restore_person": Rule("edit lists", "person_id", scope.of_linked_person),
    "linkage.add_links": Rule("edit lists", "person_id", scope.of_linked_person),
    "linkage.end_link": Rule("edit lists", "link_id", scope.of_link),
    "linkage.preview_list": Rule("edit lists", long_body=True),
    "linkage.enter_list": Rule("edit lists", long_body=True),
    "linkage.branch_list": Rule("edit lists"),
    "linkage.add_branch": Rule("edit lists"),
    "linkage.change_branch": Rule("edit lists", "branch_id", scope.of_branch),
    "linkage.kind_list": Rule("edit lists"),
    "linkage.add_kind": Rule("edit lists"),
    "linkage.change_kind": Rule("edit lists"),
    "linkage.add_ready_made": Rule("edit lists"),
    "people.save_state": Rule("keep record", "household_id", scope.of_household),
}


READ_OFTEN: Final = frozenset(
    {
        "home.page",
        "town.town_map",
        "town.village",
        "town.grid",
        "town.household",
        "town.member",
        "town.search_page",
        "town_api.map_data",
        "town_api.figures_map",
        "town_api.village_figures_map",
        "town_api.contact_data",
        "town_api.places_data",
        "town_api.village_details",
        "town_api.grid_details",
        "town_api.grid_contact_details",
        "town_api.household_details",
        "town_api.search_data",
        "coverage.town",
        "coverage.village",
        "coverage.group",
        "coverage.grids",
        "coverage.grid",
        "coverage.due",
        "chain.town",
        "chain.village",
        "linkage.links",
        "linkage.gaps",
        "needs.listed",
        "needs.need",
        "needs.figures",
        "phone.own_list",
        "own.households",
        "own.several",
        "own.household",
        "own.map",
        "own.group",
        "own.visits",
        "own.visit",
        "own.needs",
        "desk.this_week",
        "desk.sheet",
        "desk.find_told",
        "desk.told_of_grid",
        "people.absences",
        "people.corrections",
        "people.covers",
        "registry.households_list",
        "registry.grids_list",
        "registry.members_list",
        "registry.villages_list",
        "registry_api.map_background",
        "registry_api.map_background_of_village",
    }
)
"""Pages, and what their scripts ask for, that other processes may answer: all they show is in the database.

Not what takes its turn or lies in the memory of the service (files of lists, printed cards), nor files of the folder.
"""


def _takes_long_body(rule: Rule) -> bool:
    """Return whether who asks may send this route a long body."""
    if not rule.long_body or rule.power is None:
        return False
    session = auth.session_or_none()
    return session is not None and session.actor.may(rule.power)


def rule_of(app: Flask, method: str, path: str) -> Rule | None:
    """Return the rule of the route that a request is for; None where there is no such route."""
    endpoint = _endpoint_of(app, method, path)
    return POLICY[endpoint] if endpoint else None


def is_read_often(app: Flask, method: str, path: str) -> bool:
    """Return whether a request is for a page that other processes may answer."""
    return method == "GET" and _endpoint_of(app, method, path) in READ_OFTEN


def _endpoint_of(app: Flask, method: str, path: str) -> str | None:
    try:
        endpoint, _ = app.url_map.bind("").match(path, method)
    except HTTPException:
        return None
    return str(endpoint)


def may_send_long_body(app: Flask, rule: Rule, cookies: str) -> bool:
    """Return whether the session of these cookies may send a route a long body; none of it is received yet."""
    with app.request_context(create_environ(headers={"Cookie": cookies})):
        return _takes_long_body(rule)


def limit_bodies(app: Flask) -> None:
    """Refuse bodies that are longer than the route takes from this session."""

    def limit() -> None:
        rule = POLICY.get(request.endpoint or "", ANYBODY)
        request.max_content_length = LONG_BODY if _takes_long_body(rule) else SHORT_BODY
        request.max_form_memory_size = request.max_content_length

    app.before_request(limit)


def enforce_policy(app: Flask) -> None:
    """Check every request against the policy of its route.

    Raises
    ------
    RuntimeError
        A route is not in the table, or a row of the table has no route.
    """
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    if unmatched := sorted(routes ^ POLICY.keys()):
        raise RuntimeError(f"routes and policies do not match: {', '.join(unmatched)}")

    def check() -> Response | None:
        if request.endpoint is None:
            return None
        rule = POLICY[request.endpoint]
        if rule.power is None:
            return None
        session = auth.session_or_none()
        if session is None:
            if request.method == "GET" and auth.wants_page():
                return redirect(url_for("login.login_page", to=request.full_path.rstrip("?")))
            abort(401)
        if rule.scope_of is not None and rule.argument is not None:
            with auth.store().read() as connection:
                villages = rule.scope_of(connection, (request.view_args or {})[rule.argument])
            if not session.actor.reaches(villages):
                raise NotFound("entrance.not_here")
        if not session.actor.may(rule.power):
            raise NotAllowed("entrance.not_allowed")
        return None

    app.before_request(check)
