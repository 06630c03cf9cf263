"""Which roles every route is for: written down by hand, and compared with what the application does.

Letters are roles: Administrator, Planner, Clerk, sUpervisor, Member, Viewer; `*` is for anybody, in or not.
"""

import re
from uuid import UUID

from service import NOW, OTHER, OWN, peopled_town
from sqlalchemy import insert, select, update

from gridplan.model import TownPlan
from gridplan.needs import Step
from gridplan.store import needs
from gridplan.store.access import accounts
from gridplan.store.chain import branches
from gridplan.store.needs import By, Need
from gridplan.store.plans import plans
from gridplan.store.registry import imagery, scans, villages
from gridplan.store.rows import add_row
from gridplan.store.tables import (
    audit,
    cadence,
    correction,
    cover,
    feature,
    grid,
    household,
    import_batch,
    job,
    linkage,
    linkage_kind,
    linked_person,
    member,
    pack,
    pause,
    plan,
    snapshot,
    snapshot_file,
    term_change,
)

ROLES = {
    "A": "administrator",
    "P": "planner",
    "C": "clerk",
    "U": "supervisor",
    "M": "member",
    "V": "viewer",
}
EVERYBODY = "APCUMV"

TABLE = {
    # before somebody is signed in
    "GET /static/<path:filename>": "*",
    "GET /login": "*",
    "POST /login": "*",
    "POST /code": "*",
    "GET /i/<secret>": "*",
    "POST /i/<secret>": "*",
    "GET /openapi.json": "*",
    "OPTIONS /openapi.json": "*",
    "GET /api": "*",
    "GET /help": "*",
    "GET /help/<document>": "*",
    "GET /help/pictures/<path:picture>": "*",
    "GET /m/": "*",
    "GET /m/setup": "*",
    "GET /m/sw.js": "*",
    "GET /m/manifest.webmanifest": "*",
    "POST /m/api/sync": "*",
    # oneself
    "GET /": EVERYBODY,
    "POST /leave": EVERYBODY,
    "GET /sessions": EVERYBODY,
    "POST /sessions/<int:session_id>/end": EVERYBODY,
    "POST /sessions/others/end": EVERYBODY,
    "POST /password": EVERYBODY,
    # the map and the pages behind it
    # a draft of a village, by hand
    "GET /plans/<int:plan_id>/redraw": "AP",
    "GET /drafts/workbook": "AP",
    "POST /drafts/workbook": "AP",
    "POST /drafts/workbook/apply": "AP",
    "GET /plans/<int:plan_id>/consultation": "AP",
    "POST /plans/<int:plan_id>/consultation": "AP",
    "POST /plans/<int:plan_id>/consultation/find": "AP",
    "POST /plans/<int:plan_id>/consultation/<number>/wishes": "AP",
    "POST /plans/<int:plan_id>/consultation/<number>/apply": "AP",
    "POST /plans/<int:plan_id>/redraw": "AP",
    "POST /api/plans/<int:plan_id>/copy": "AP",
    "GET /api/plans/<int:plan_id>/redraw.json": "AP",
    "GET /api/plans/<int:plan_id>/drawing.json": "AP",
    "POST /api/plans/<int:plan_id>/outcomes": "AP",
    "GET /api/plans/<int:plan_id>/history.json": "AP",
    "GET /api/plans/<int:plan_id>/grids/<int:number>/leads.json": "AP",
    "POST /api/plans/<int:plan_id>/grids/<int:number>/agreement": "AP",
    "POST /api/plans/<int:plan_id>/edits": "AP",
    "POST /api/plans/<int:plan_id>/restore": "AP",
    "POST /api/plans/<int:plan_id>/proposals": "AP",
    "POST /api/plans/<int:plan_id>/undo": "AP",
    "POST /api/plans/<int:plan_id>/redo": "AP",
    "GET /map": "APCU",
    "GET /map/file": "APC",
    "GET /map/file/shown": "APC",
    "GET /map/file/framed": "APC",
    "GET /api/map.json": "APCU",
    "GET /api/coverage/map.json": "APCUV",
    "GET /api/coverage/villages/<int:village_id>/map.json": "APCUV",
    "GET /api/contact.json": "APCU",
    "GET /api/map/villages/<int:village_id>/households.json": "APC",
    "GET /api/map/grids/<int:plan_id>/<int:number>": "APCU",
    "GET /api/map/grids/<int:plan_id>/<int:number>/contact": "APCU",
    "GET /api/map/households/<int:household_id>": "APC",
    "GET /api/map/villages/<int:village_id>": "APCU",
    "GET /villages/<int:village_id>": "APCU",
    "GET /grids/<int:plan_id>/<int:number>": "APCU",
    "GET /coverage": "APCUV",
    "GET /coverage/villages.<form>": "APCUV",
    "GET /coverage/villages/<int:village_id>": "APCUV",
    "GET /coverage/groups.<form>": "APCUV",
    "GET /coverage/groups/<int:plan_id>/<int:group>": "APCUV",
    "GET /coverage/grids": "APCUV",
    "GET /coverage/grids.<form>": "APCUV",
    "GET /coverage/grids/<int:plan_id>/<int:number>": "APCUV",
    "GET /coverage/grids/<int:plan_id>/<int:number>/weeks.<form>": "APCUV",
    "GET /coverage/due": "APC",
    "GET /coverage/due.<form>": "APC",
    # needs
    "GET /needs": "APC",
    "GET /needs/list.<form>": "APC",
    "POST /needs/take-over": "APC",
    "POST /needs/slips": "APC",
    "POST /needs/<int:need_n>/slip": "APC",
    "GET /needs/new": "APC",
    "GET /needs/households/<int:household_id>/new": "APC",
    "POST /needs/households/<int:household_id>/new": "APC",
    "GET /needs/<int:need_n>": "APC",
    "POST /needs/<int:need_n>": "APC",
    "GET /needs/figures": "APCUV",
    "GET /needs/figures.<form>": "APCUV",
    "GET /mine/needs": "M",
    "GET /mine/households/<int:home_id>/need": "M",
    "POST /mine/households/<int:home_id>/need": "M",
    "POST /mine/needs/<int:number>": "M",
    "GET /households/<int:household_id>": "APC",
    "GET /members/<int:member_id>": "APC",
    "GET /m/api/list": "M",
    "POST /m/api/device": "M",
    "POST /m/api/code": "M",
    "GET /mine": "M",
    "POST /mine/visits": "M",
    "GET /mine/several": "M",
    "POST /mine/several": "M",
    "POST /mine/several/<meeting_id>/withdraw": "M",
    "GET /mine/map": "M",
    "GET /mine/group": "M",
    "GET /mine/visits": "M",
    "GET /mine/visits/<visit_id>": "M",
    "POST /mine/visits/<visit_id>": "M",
    "POST /mine/visits/<visit_id>/<answer>": "M",
    "GET /mine/households/<int:home_id>": "M",
    "POST /mine/households/<int:home_id>": "M",
    "GET /mine/households/<int:home_id>/report": "M",
    "POST /mine/households/<int:home_id>/report": "M",
    "GET /mine/grids/<int:plan>/<int:number>/new-house": "M",
    "POST /mine/grids/<int:plan>/<int:number>/new-house": "M",
    "GET /desk/disputes": "APC",
    "POST /desk/disputes/<visit_id>": "APC",
    "GET /feedback": EVERYBODY,
    "POST /feedback": EVERYBODY,
    "GET /settings/feedback": "A",
    "POST /settings/feedback/<int:feedback_id>/read": "A",
    "GET /search": "APCU",
    "GET /api/search": "APCU",
    "GET /basemap.pmtiles": EVERYBODY,
    # who is there and who calls
    "GET /desk/absences": "APC",
    "POST /desk/households/<int:household_id>/state": "APC",
    "GET /desk/term": "AP",
    "POST /desk/term": "AP",
    "GET /desk/term/<int:term_id>": "AP",
    "POST /desk/term/<int:term_id>": "AP",
    "GET /desk/term/<int:term_id>/handover": "AP",
    "GET /desk/covers": "APC",
    "GET /desk/members/<int:member_id>/cover": "APC",
    "POST /desk/members/<int:member_id>/cover": "APC",
    "POST /desk/covers/<int:cover_id>": "APC",
    "GET /desk/covers/<int:cover_id>/handover": "APC",
    "GET /desk/members/<int:member_id>/reassign": "AP",
    "POST /desk/members/<int:member_id>/reassign": "AP",
    "POST /desk/members/<int:member_id>/reassign/undo": "AP",
    "GET /desk/members/<int:member_id>/handover": "AP",
    "GET /desk/cards": "APC",
    "POST /desk/cards/<int:village_id>": "APC",
    "GET /desk/corrections": "APC",
    "POST /desk/corrections": "AP",
    "GET /desk/corrections/<correction_id>": "APC",
    "POST /desk/corrections/<correction_id>": "AP",
    "GET /desk/households/<int:household_id>/correction": "APC",
    "POST /desk/households/<int:household_id>/correction": "APC",
    "GET /desk/villages/<int:village_id>/new-house": "APC",
    "POST /desk/villages/<int:village_id>/new-house": "APC",
    # people
    "GET /people": "APC",
    "POST /people/cards": "APC",
    "GET /people/cards/<int:job_id>": "APC",
    "POST /people/cards/<int:job_id>/put-away": "APC",
    "GET /people/villages/<int:village_id>": "APC",
    "POST /people/villages/<int:village_id>/cards": "APC",
    "POST /people/members/<int:member_id>/card": "APC",
    "POST /people/members/<int:member_id>/try": "APC",
    "POST /people/members/<int:member_id>/withdraw": "APC",
    "POST /people/members/<int:member_id>/lost": "APC",
    "GET /people/town": "A",
    "POST /people/town/cards": "A",
    "GET /accounts": "A",
    "GET /accounts/new": "A",
    "POST /accounts": "A",
    "GET /accounts/<int:account_id>": "A",
    "POST /accounts/<int:account_id>": "A",
    "POST /accounts/<int:account_id>/link": "A",
    "POST /accounts/<int:account_id>/disable": "A",
    "POST /accounts/<int:account_id>/enable": "A",
    # the desk
    "GET /desk": "APC",
    "GET /desk/sheet": "APC",
    "POST /desk/sheet": "APC",
    "POST /desk/sheet/back": "APC",
    "GET /desk/told": "APC",
    "GET /desk/told/<int:plan_id>/<int:number>": "APC",
    "POST /desk/told/<int:plan_id>/<int:number>": "APC",
    "POST /desk/told/<int:plan_id>/<int:number>/back": "APC",
    "POST /desk/told/<int:plan_id>/<int:number>/tally": "APC",
    "GET /desk/workbooks": "APC",
    "POST /desk/workbooks": "APC",
    "POST /desk/workbooks/enter": "APC",
    "POST /desk/phone-files": "APC",
    "POST /desk/ledgers": "APC",
    "POST /desk/ledgers/enter": "APC",
    "GET /desk/apart": "APC",
    "POST /desk/apart": "APC",
    "GET /desk/print": "APC",
    "POST /desk/print/<int:village_id>": "APC",
    # settings and the audit
    "GET /settings": "AP",
    "POST /settings": "A",
    "GET /settings/phones": "AP",
    "GET /settings/visits": "AP",
    "POST /settings/visits/cadences": "AP",
    "POST /settings/visits/cadences/<int:cadence_id>/undo": "AP",
    "POST /settings/visits/pauses": "AP",
    "POST /settings/visits/pauses/<int:pause_id>/undo": "AP",
    "POST /settings/visits/days": "AP",
    "GET /audit": "AP",
    # imports
    "GET /imports": "AP",
    "POST /imports": "AP",
    "GET /imports/<int:batch_id>": "AP",
    "POST /imports/<int:batch_id>/files": "AP",
    "POST /imports/<int:batch_id>/choices": "AP",
    "POST /imports/<int:batch_id>/confirm": "AP",
    "POST /imports/<int:batch_id>/take-back": "AP",
    "POST /imports/<int:batch_id>/discard": "AP",
    "GET /imports/<int:batch_id>/refused/<kind>": "AP",
    "GET /api/imports/<int:batch_id>/map.json": "AP",
    "GET /api/jobs/<int:job_id>": "APCUV",
    "POST /api/jobs/<int:job_id>/stop": "APCUV",
    # registry
    "GET /lists/households": "APC",
    "GET /lists/households/new": "AP",
    "POST /lists/households/new": "AP",
    "GET /lists/households/<int:household_id>": "AP",
    "POST /lists/households/<int:household_id>": "AP",
    "POST /lists/households/<int:household_id>/retire": "AP",
    "GET /lists/households/<int:household_id>/erase": "AP",
    "POST /lists/households/<int:household_id>/erase": "AP",
    "POST /lists/households/<int:household_id>/restore": "AP",
    "GET /lists/members": "APC",
    "GET /lists/members/new": "AP",
    "POST /lists/members/new": "AP",
    "GET /lists/members/<int:member_id>": "AP",
    "POST /lists/members/<int:member_id>": "AP",
    "POST /lists/members/<int:member_id>/retire": "AP",
    "POST /lists/members/<int:member_id>/restore": "AP",
    "GET /lists/grids": "APC",
    "GET /lists/<noun>.<form>": "APC",
    "GET /lists/templates/<noun>.<form>": "AP",
    "GET /lists/villages": "APC",
    "GET /lists/villages/new": "A",
    "POST /lists/villages/new": "A",
    "GET /lists/villages/<int:village_id>": "AP",
    "POST /lists/villages/<int:village_id>": "AP",
    "POST /lists/villages/<int:village_id>/retire": "AP",
    "POST /lists/villages/<int:village_id>/restore": "AP",
    "POST /lists/villages/<int:village_id>/merger": "AP",
    "POST /lists/villages/<int:village_id>/merge": "AP",
    "GET /lists/villages/<int:village_id>/split": "AP",
    "POST /lists/villages/<int:village_id>/split/preview": "AP",
    "POST /lists/villages/<int:village_id>/split": "AP",
    "POST /lists/villages/<int:village_id>/change/undo": "AP",
    "GET /lists/villages/<int:village_id>/boundary": "AP",
    "POST /lists/villages/<int:village_id>/boundary": "AP",
    "POST /lists/villages/<int:village_id>/boundary/file": "AP",
    "GET /lists/features": "APC",
    "POST /lists/features/file": "AP",
    "POST /lists/features/file/<int:deed_id>/remove": "AP",
    "POST /lists/features": "AP",
    "POST /lists/features/<int:feature_id>/remove": "AP",
    "GET /api/ground": "APC",
    "GET /api/ground/<int:village_id>": "APC",
    # place mode
    "GET /place": "AP",
    "GET /place/<int:village_id>": "AP",
    "GET /api/place/<int:village_id>": "AP",
    "POST /api/place/<int:village_id>/anchors": "AP",
    "POST /api/place/<int:village_id>/households/<int:household_id>": "AP",
    "POST /place/<int:village_id>/pictures": "AP",
    "GET /place/pictures/<int:scan_id>": "AP",
    "GET /place/pictures/<int:scan_id>/file": "APC",
    "POST /api/place/pictures/<int:scan_id>/points": "AP",
    "POST /place/pictures/<int:scan_id>/remove": "AP",
    "GET /imagery/<int:imagery_id>/<int:zoom>/<int:column>/<int:row>": "APC",
    "POST /imagery/<int:imagery_id>/remove": "AP",
    "POST /api/imagery": "AP",
    "POST /api/imagery/<int:imagery_id>/pieces": "AP",
    "POST /api/imagery/<int:imagery_id>/cut": "AP",
    # drafts and publishing
    "GET /drafts": "AP",
    "GET /drafts/new": "AP",
    "POST /drafts/new": "AP",
    "GET /drafts/jobs/<int:job_id>": "AP",
    "GET /drafts/compare": "AP",
    "GET /drafts/<int:draft_id>": "AP",
    "POST /drafts/<int:draft_id>/name": "AP",
    "POST /drafts/<int:draft_id>/delete": "AP",
    "POST /drafts/<int:draft_id>/restore": "AP",
    "GET /drafts/<int:draft_id>/files/<name>": "AP",
    "GET /drafts/<int:draft_id>/leads": "AP",
    "GET /leads": "AP",
    "GET /drafts/<int:draft_id>/against/<int:other_id>": "AP",
    "GET /drafts/<int:draft_id>/publish": "AP",
    "POST /drafts/<int:draft_id>/publish": "AP",
    "GET /drafts/<int:draft_id>/published": "AP",
    "GET /drafts/<int:draft_id>/slips": "AP",
    "POST /drafts/<int:draft_id>/cards": "AP",
    "GET /plans/<int:plan_id>/slips": "AP",
    "POST /plans/<int:plan_id>/cards": "AP",
    "POST /drafts/<int:draft_id>/take-back": "AP",
    "POST /plans/<int:plan_id>/take-back": "AP",
    "GET /api/drafts/<int:draft_id>/map.json": "AP",
    "GET /api/drafts/<int:draft_id>/map/villages/<int:village_id>/households.json": "AP",
    "GET /api/drafts/<int:draft_id>/against/<int:other_id>/map.json": "AP",
    # the chain, leaders and instructors
    "GET /chain": "APCUV",
    "GET /chain/villages/<int:village_id>": "APCUV",
    "GET /linkage": "APCU",
    "GET /linkage/gaps": "APCU",
    "GET /linkage/<what>.<form>": "APCU",
    "GET /linkage/calls": "APC",
    "POST /linkage/calls": "APC",
    "POST /linkage/calls/<call_id>/take-back": "APC",
    "GET /linkage/persons": "AP",
    "POST /linkage/persons": "AP",
    "GET /linkage/persons/<int:person_id>": "AP",
    "POST /linkage/persons/<int:person_id>": "AP",
    "POST /linkage/persons/<int:person_id>/retire": "AP",
    "POST /linkage/persons/<int:person_id>/restore": "AP",
    "POST /linkage/persons/<int:person_id>/links": "AP",
    "POST /linkage/links/<int:link_id>": "AP",
    "POST /linkage/list": "AP",
    "POST /linkage/list/enter": "AP",
    "GET /linkage/branches": "AP",
    "POST /linkage/branches": "AP",
    "POST /linkage/branches/<int:branch_id>": "AP",
    "GET /linkage/kinds": "AP",
    "POST /linkage/kinds": "AP",
    "POST /linkage/kinds/<int:kind_id>": "AP",
    "POST /linkage/kinds/ready-made": "AP",
    # plans by hand
    "GET /plans/<int:plan_id>/groups": "AP",
    "POST /plans/<int:plan_id>/groups/<int:group>": "AP",
    "POST /plans/<int:plan_id>/groups/<int:group>/grids": "AP",
    "GET /plans/<int:plan_id>/grids/<int:number>/lead": "AP",
    "POST /plans/<int:plan_id>/grids/<int:number>/lead": "AP",
    "POST /plans/<int:plan_id>/grids/<int:number>/lead/undo": "AP",
    "POST /plans/<int:plan_id>/grids/<int:number>/lead/agreement": "AP",
    # meeting packs
    "GET /packs": "APCUV",
    "GET /packs/new": "APCU",
    "GET /packs/preview/<form>.png": "APCU",
    "POST /packs": "APCU",
    "POST /packs/<int:pack_id>/make": "APCU",
    "GET /packs/<int:pack_id>/change": "APCU",
    "POST /packs/<int:pack_id>/change": "APCU",
    "GET /packs/<int:pack_id>/reason": "APCU",
    "POST /packs/<int:pack_id>/reason": "APCU",
    "POST /packs/<int:pack_id>/retire": "APCU",
    "GET /packs/jobs/<int:job_id>": "APCUV",
    "GET /packs/made/<int:snapshot_id>": "APCUV",
    "POST /packs/files/<int:file_id>/download": "APCUV",
    "GET /packs/downloads/<token>": "APCUV",
    "GET /villages/<int:village_id>/archive": "AP",
    "GET /plans/<int:plan_id>/restore": "AP",
    "POST /plans/<int:plan_id>/restore": "AP",
}


def named_by(route):
    return re.findall(r"<(?:\w+:)?(\w+)>", route)


def address(route, ids):
    """Return the address of a route, filled in."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(ids[found[1]]), route.split(" ", 1)[1])


def ids_for_routes(service):
    """Return the ids that addresses are filled with: of the own village, of another, and of what is not there."""
    with service.store.write() as connection:
        ids = villages.ids_by_name(connection)
        planner = accounts.by_login(connection, "planner")["id"]
        connection.execute(update(grid).where(grid.c.number == 1).values(group_number=1))
        kind = {"title": "leader", "subject": "village", "rule": "exactly", "count": 6}
        kind_id = add_row(connection, linkage_kind, kind)
        person_id = add_row(connection, linked_person, {"name": "示例", "kind_id": kind_id})
        own, other = (
            things_of(service, connection, name, ids[name], planner)
            | pack_of(connection, ids[name], planner)
            | {
                "link_id": linked(connection, person_id, ids[name]),
                "branch_id": branches.add(connection, ids[name], "一"),
            }
            for name in (OWN, OTHER)
        )
        made = {"made_by": planner, "made_at": NOW}
        request, result = {"villages": [ids[OWN]]}, {"draft": own["draft_id"]}
        jobs = insert(job).values(**made, kind="plan", state="done", request=request, progress={}, result=result)
        batch = insert(import_batch).values(
            **made, state="open", folder="none", files=[], choices={}, preview={}, result={}
        )
        common = {
            "job_id": connection.execute(jobs.returning(job.c.id)).scalar_one(),
            "batch_id": connection.execute(batch.returning(import_batch.c.id)).scalar_one(),
            "account_id": planner,
            "session_id": 10**6,
            "feedback_id": 10**6,
            "visit_id": "a-visit-that-nobody-made",
            "answer": "withdraw",
            "home_id": 10**6,
            "plan": 10**6,
            "meeting_id": "a-meeting-that-was-not",
            "number": 1,
            "group": 1,
            "zoom": 1,
            "column": 1,
            "row": 1,
            "token": "a-link-that-was-not-made",
            "secret": "a-link-that-nobody-was-ever-given",
            "name": "plan.xlsx",
            "noun": "households",
            "what": "links",
            "call_id": "a-call-that-was-not",
            "person_id": person_id,
            "kind_id": kind_id,
            "form": "csv",
            "kind": "households",
            "filename": "dist/app.css",
            "document": "planner",
            "picture": "en/1-link.webp",
        }
    return {"own": common | own, "other": common | other, "missing": common | dict.fromkeys(own, 10**6)}


def deed_of(connection, outline):
    """Return the deed of the audit by which a road came in with a file."""
    road = add_row(connection, feature, {"kind": "road", "shape": outline})
    row = {"at": NOW, "role": "planner", "verb": "add", "object": "feature"}
    return add_row(connection, audit, row | {"detail": {"features": 1, "kind": "road", "ids": [[road, road]]}})


def things_of(service, connection, name, village_id, planner):
    """Return what a village has: some of it is made here."""
    town = peopled_town()
    planned = tuple(one for one in town.villages if one.plan.village == name)
    draft = TownPlan(planned, town.members, tuple(one for one in town.assignments if one.village == name))
    outline = planned[0].boundary.buffer(-0.002).exterior
    file = f"{village_id}.png"
    (service.store.folder / scans.FOLDER).mkdir(exist_ok=True)
    (service.store.folder / scans.FOLDER / file).write_bytes(b"\x89PNG\r\n\x1a\n")
    drafts = [plans.save_draft(connection, draft, name=name, made_by=planner, now=NOW, settings={}) for _ in range(2)]
    return {
        "village_id": village_id,
        "draft_id": drafts[0],
        "other_id": drafts[1],
        "household_id": first(connection, household, village_id),
        "member_id": first(connection, member, village_id),
        "plan_id": connection.execute(
            select(plan.c.id).where(plan.c.village_id == village_id, plan.c.state == "published")
        ).scalar_one(),
        "cadence_id": add_row(
            connection, cadence, {"subject": "household", "village_id": village_id, "days": 14, "from_day": NOW.date()}
        ),
        "pause_id": add_row(
            connection,
            pause,
            {"village_id": village_id, "kind": "flood", "first_day": NOW.date(), "last_day": NOW.date()},
        ),
        "imagery_id": imagery.add(connection, village_id, name="imagery", size=1, frame=None),
        "scan_id": scans.add(connection, village_id, name="scan", file=file, size=(10, 10), controls=[]),
        "feature_id": connection.execute(
            insert(feature).values(kind="road", shape=outline).returning(feature.c.id)
        ).scalar_one(),
        "deed_id": deed_of(connection, outline),
        "cover_id": add_row(
            connection,
            cover,
            {
                **dict.fromkeys(("member_id", "by_member_id"), first(connection, member, village_id)),
                **{"village_id": village_id, "first_day": NOW.date(), "last_day": NOW.date()},
            },
        ),
        "term_id": add_row(
            connection,
            term_change,
            {"day": NOW.date(), "made_at": NOW, "content": {"leads": [lead_of(connection, village_id)], "staff": None}},
        ),
        "need_n": need_of(connection, village_id, planner),
        "correction_id": connection.execute(
            insert(correction)
            .values(id=f"{village_id}", village_id=village_id, kind="new house", content={"door": "1"}, made_at=NOW)
            .returning(correction.c.id)
        ).scalar_one(),
    }


FIGURES = {"sizes": {}, "audit": 0, "exceptions": []}
"""Of a snapshot of no plan."""


def pack_of(connection, village_id, planner):
    """Return a saved pack of a village, a snapshot and a file of it that is not kept any more."""
    made = {"made_by": planner, "made_at": NOW}
    asked = {"villages": [village_id], "grids": [], "draft_id": None, "profile": "wall", "forms": [], "lang": "en"}
    of = {"villages": [village_id], "plans": [], "figures": FIGURES, "profile": "wall", "title": "t", "lang": "en"}
    snapshot_id = add_row(connection, snapshot, {"code": f"{village_id}", "as_of": NOW} | of | made)
    file = {"form": "roster", "format": "xlsx", "options": {}, "size": 1, "made_at": NOW}
    return {
        "pack_id": add_row(connection, pack, {"name": "p", "request": asked} | made),
        "snapshot_id": snapshot_id,
        "file_id": add_row(connection, snapshot_file, file | {"snapshot_id": snapshot_id}),
    }


def linked(connection, person_id, village_id):
    """Link somebody to a village and return the id of the link."""
    return add_row(connection, linkage, {"person_id": person_id, "village_id": village_id, "from_day": NOW.date()})


def need_of(connection, village_id, planner):
    """Return the number of a need of a village."""
    home = first(connection, household, village_id)
    new = Need(str(UUID(int=village_id)), village_id, home, "roads", "路灯", NOW.date(), "told")
    return needs.add(connection, new, [Step(new.id, "raised", NOW.date(), {"owner_id": planner})], By(planner, NOW))[0]


def lead_of(connection, village_id):
    """Return a grid of a village as a change of term has it, which nobody else is to lead."""
    plan_id = connection.execute(select(plan.c.id).where(plan.c.village_id == village_id, plan.c.state == "published"))
    lead = first(connection, member, village_id)
    names = {"name": "", "phone": None, "before": lead, "member": lead}
    return {"plan": plan_id.scalar_one(), "number": 1, "village": village_id} | names


def first(connection, table, village_id):
    return connection.execute(select(table.c.id).where(table.c.village_id == village_id).limit(1)).scalar_one()
