"""The tables of the service. The files of migrations/versions make them, and from here on only add to them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from gridplan.contact.amendments import AMENDMENTS
from gridplan.contact.calendar import PAUSE_KINDS
from gridplan.contact.clocks import CLOCKS
from gridplan.contact.corrections import CORRECTIONS
from gridplan.contact.status import STATE_KINDS
from gridplan.contact.visits import CHANNELS, OUTCOMES, SOURCES, STATES
from gridplan.linkage import RULES, SUBJECTS
from gridplan.needs import CATEGORIES, NEED_STATES, STEPS
from gridplan.profiles import PROFILES
from gridplan.roles import ROLES
from gridplan.store.columns import Geometry, MessageColumn, MessagesColumn, UtcDateTime, random_id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, *values: str) -> CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def _random_key() -> Column[int]:
    return Column("id", BigInteger, primary_key=True, autoincrement=False, default=random_id)


# ---- the town

setting = Table(
    "setting",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", JSON, nullable=False),
)

service = Table(
    "service",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", Text, nullable=False, comment="of the service that runs on this database, or ran last"),
    Column("folder", Text, nullable=False, comment="of the town's files; empty: the data folder"),
    CheckConstraint("id = 1", name="one"),
)

village = Table(
    "village",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("code", Text),
    Column("former_names", JSON(none_as_null=True), comment="and codes, that lists may still have; null: none"),
    Column("phone", Text, comment="of its office"),
    Column("boundary", Geometry),
    Column("start_day", Date),
    Column("notice_day", Date),
    Column("retired_on", Date),
    Column("version", Integer, nullable=False, server_default="1"),
    Column(
        "figures_key",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="random, another one after each change of what its figures of contact are made of",
    ),
    Column(
        "lists_key",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="random, another one after each change of what its drafts are made of, besides their edits",
    ),
    Column("town", Text, comment="or subdistrict that it belongs to"),
    Column(
        "listed_name",
        Text,
        comment="what lists call it that tell it from others of that name by town or code; null: its name",
    ),
)

village_change = Table(
    "village_change",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("village_id", ForeignKey("village.id"), nullable=False, index=True, comment="that became part of the other"),
    Column("other_id", ForeignKey("village.id"), nullable=False, index=True),
    Column(
        "kind",
        Text,
        nullable=False,
        server_default="merge",
        comment="split: a part of it became the other village",
    ),
    Column("day", Date, nullable=False),
    Column("until_day", Date, comment="on which grids stop to be called by their former numbers too; null: they did"),
    Column("content", JSON, nullable=False, comment="households, numbers, and rows as they were before"),
    Column("made_by", ForeignKey("account.id")),
    Column("made_at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
)

hamlet = Table(
    "hamlet",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("village_id", ForeignKey("village.id"), nullable=False),
    Column("name", Text, nullable=False, comment="'' is the place of the village itself"),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    UniqueConstraint("village_id", "name"),
)

household = Table(
    "household",
    metadata,
    _random_key(),
    Column("code", Text, nullable=False, unique=True),
    Column("village_id", ForeignKey("village.id"), nullable=False, index=True),
    Column("hamlet", Text),
    Column("name", Text),
    Column("phone", Text),
    Column("address", Text),
    Column("door", Text),
    Column("lon", Float),
    Column("lat", Float),
    Column("position", Text, nullable=False),
    Column("first_day", Date, comment="from which it is to be visited; null: since its village started"),
    Column("visited_since", Date, comment="that it is visited since, where it came with its village; null: the same"),
    Column("retired_on", Date),
    Column("erased_on", Date, comment="on which all that was known of it was erased; the row is all there is of it"),
    Column("version", Integer, nullable=False, server_default="1"),
    _one_of("position", "exact", "hamlet"),
    Index("ix_household_place", "lon", "lat"),
)

residence = Table(
    "residence",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("household_id", ForeignKey("household.id"), nullable=False, index=True),
    Column(
        "village_id", ForeignKey("village.id"), nullable=False, comment="where it lived before it came back, or moved"
    ),
    Column("from_day", Date, comment="null: since its village started"),
    Column("until_day", Date, nullable=False, comment="on which it had left"),
    Column("visited_since", Date, comment="as of a household"),
)

member = Table(
    "member",
    metadata,
    _random_key(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("phone", Text),
    Column("kind", Text),
    Column("village_id", ForeignKey("village.id"), index=True),
    Column("hamlet", Text),
    Column("lon", Float),
    Column("lat", Float),
    Column("max_grids", Integer, nullable=False, server_default="1"),
    Column("available", Boolean, nullable=False, server_default=text("true")),
    Column("excused_until", Date),
    Column("ties", JSON, nullable=False, comment="codes of households, or names"),
    Column(
        "named_on_maps",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="agreed that name and duty phone stand on maps",
    ),
    Column("retired_on", Date),
    Column("version", Integer, nullable=False, server_default="1"),
)

feature = Table(
    "feature",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False, index=True),
    Column("name", Text),
    Column("shape", Geometry, nullable=False),
    _one_of("kind", "barrier", "crossing", "road", "water", "building"),
)

scan = Table(
    "scan",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("village_id", ForeignKey("village.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("file", Text, nullable=False, comment="its own name in the folder scans"),
    Column("width", Integer, nullable=False, comment="pixels"),
    Column("height", Integer, nullable=False, comment="pixels"),
    Column("controls", JSON, nullable=False, comment="two of {x, y, lon, lat}, or none yet"),
)

imagery = Table(
    "imagery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("village_id", ForeignKey("village.id"), index=True, comment="null: of the whole town"),
    Column("name", Text, nullable=False),
    Column("file", Text, nullable=False, comment="its own name in the folder imagery"),
    Column("size", Integer, nullable=False, comment="bytes of the file that is sent"),
    Column("frame", Text, comment="as stated by who sent it"),
    Column("first_zoom", Integer, comment="null until it is cut into tiles"),
    Column("last_zoom", Integer),
    Column("west", Float, comment="degrees"),
    Column("south", Float),
    Column("east", Float),
    Column("north", Float),
)

# ---- plans

draft = Table(
    "draft",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("made_by", ForeignKey("account.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("notes", MessagesColumn, nullable=False, comment="what was noticed while planning"),
    Column("deleted_at", UtcDateTime, comment="gone for good a day later"),
)

plan = Table(
    "plan",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("village_id", ForeignKey("village.id"), nullable=False),
    Column("draft_id", ForeignKey("draft.id"), index=True),
    Column("revision", Integer, comment="null while it is a draft"),
    Column("repeats", Integer, comment="the revision that came into force again"),
    Column("state", Text, nullable=False),
    Column("least", Integer, nullable=False),
    Column("most", Integer, nullable=False),
    Column("boundary", Geometry, comment="the boundary given or made when it was planned"),
    Column("boundary_given", Boolean, nullable=False),
    Column("kept", Boolean, nullable=False),
    Column("planned", Integer, nullable=False, comment="households in its grids when it was planned"),
    Column("lower_bound_m", Float),
    Column("split_hamlets", JSON, nullable=False),
    Column("outside", JSON, nullable=False, comment="codes of households outside the boundary"),
    Column("published_at", UtcDateTime),
    Column("published_by", ForeignKey("account.id")),
    Column("archived_at", UtcDateTime),
    Column("key", BigInteger, default=random_id, index=True, unique=True, comment="by which files name it"),
    Column("version", Integer, nullable=False, server_default=text("0"), comment="its edits, undone ones too"),
    Column("drawn_version", Integer, nullable=False, server_default=text("0"), comment="that its outlines are of"),
    Column("edit_id", Integer, comment="the edit that it stands on; null: it is as it was made"),
    Column(
        "request_id",
        Text,
        unique=True,
        index=True,
        comment="with which the draft of it was asked for; null: without one",
    ),
    _one_of("state", "draft", "published", "archived"),
    UniqueConstraint("village_id", "revision"),
    UniqueConstraint("draft_id", "village_id"),
    Index(
        "one_published_plan",
        "village_id",
        unique=True,
        **_where("state = 'published'"),
    ),
)

grid = Table(
    "grid",
    metadata,
    Column("plan_id", ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("walk_m", Float),
    Column("connected", Boolean, nullable=False),
    Column("outline", Geometry),
    Column("label", Text),
    Column("group_number", Integer, comment="of its party group; null: in none"),
    Column("locked", Boolean, nullable=False, server_default=text("false")),
)

party_group = Table(
    "party_group",
    metadata,
    Column("plan_id", ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, comment="unique in its village"),
    Column("name", Text, comment="what the branch calls it"),
    Column("head_id", ForeignKey("member.id"), index=True),
)

membership = Table(
    "membership",
    metadata,
    Column("plan_id", ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True),
    Column("household_id", ForeignKey("household.id"), primary_key=True, index=True),
    Column("number", Integer, comment="of its grid; null: in none, for the reason in why"),
    Column("place", Integer, comment="in the visiting order of its grid, from 1; null until it is in force"),
    Column("why", MessageColumn),
    Column("lon", Float, comment="where it stood when it was planned"),
    Column("lat", Float),
    Column("position", Text),
    Column("hamlet", Text),
    Column("locked", Boolean, nullable=False, server_default=text("false")),
    ForeignKeyConstraint(["plan_id", "number"], ["grid.plan_id", "grid.number"], ondelete="CASCADE"),
    CheckConstraint("(number IS NULL) != (why IS NULL)", name="grid_or_reason"),
)

assignment = Table(
    "assignment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan_id", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("member_id", ForeignKey("member.id"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("why", MessageColumn, nullable=False),
    Column("since", Date, comment="null while the plan is a draft"),
    Column("until", Date),
    _one_of("role", "lead", "deputy"),
    ForeignKeyConstraint(["plan_id", "number"], ["grid.plan_id", "grid.number"], ondelete="CASCADE"),
    Index("ix_assignment_grid", "plan_id", "number"),
)

shortage = Table(
    "shortage",
    metadata,
    Column("plan_id", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("offers", MessagesColumn, nullable=False),
    ForeignKeyConstraint(["plan_id", "number"], ["grid.plan_id", "grid.number"], ondelete="CASCADE"),
)

plan_exception = Table(
    "plan_exception",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan_id", ForeignKey("plan.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("households", Integer, nullable=False),
    Column("reason", MessageColumn, nullable=False),
    Column("options", MessagesColumn, nullable=False),
    Column("hamlet", Text),
    Column("household", Text, comment="its code"),
    Column("number", Integer, comment="of the grid it is about"),
    Column("accepted_because", Text, comment="what the publisher wrote"),
)

plan_edit = Table(
    "plan_edit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("plan_id", ForeignKey("plan.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("parent_id", Integer, comment="the edit made before; null: as it was made"),
    Column("kind", Text, nullable=False),
    Column("said", MessageColumn, nullable=False),
    Column("changes", JSON, nullable=False, comment="rows before and after, by table"),
    Column("made_by", ForeignKey("account.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

plan_step = Table(
    "plan_step",
    metadata,
    Column("plan_id", ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, comment="that the plan has since"),
    Column("request_id", Text, nullable=False, comment="made in the browser"),
    Column("request_hash", Text, nullable=False, comment="of what was asked with it"),
    Column("kind", Text, nullable=False),
    Column("edit_id", Integer, comment="that the plan stands on since"),
    Column("said", MessageColumn, nullable=False),
    Column("answer", JSON(none_as_null=True), comment="given again to the same request; null: it is too old"),
    Column("made_by", ForeignKey("account.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    _one_of("kind", "edit", "undo", "redo", "restore"),
    UniqueConstraint("plan_id", "request_id"),
)

plan_schedule = Table(
    "plan_schedule",
    metadata,
    Column("plan_id", ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True),
    Column("village_id", ForeignKey("village.id"), nullable=False, unique=True),
    Column("day", Date, nullable=False, comment="from which it is to be in force"),
    Column("instead_of", ForeignKey("plan.id"), comment="the plan that was in force then; null: none"),
    Column("confirmed", JSON, nullable=False, comment="what was seen of both, and why exceptions were accepted"),
    Column("made_by", ForeignKey("account.id")),
    Column("made_at", UtcDateTime, nullable=False),
    Column("held", MessageColumn, comment="why it did not come into force on its day"),
)

consultation = Table(
    "consultation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan_id", ForeignKey("plan.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("number", Text, nullable=False, unique=True, comment="printed on it, by which it is found again"),
    Column("version", Integer, nullable=False, comment="of the plan that was printed"),
    Column("rows", JSON, nullable=False, comment="household and grid of each row, in their order"),
    Column("sent_by", ForeignKey("account.id"), nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("returned_by", ForeignKey("account.id")),
    Column("returned_at", UtcDateTime),
    Column("wishes", JSON(none_as_null=True), comment="the grid wished for each row"),
    Column("word", Text, comment="of the branch"),
    Column("edit_id", Integer, comment="that applied it"),
    Column("applied_at", UtcDateTime),
)

# ---- contact

visit = Table(
    "visit",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True, comment="made where it was entered"),
    Column("household_id", ForeignKey("household.id"), nullable=False),
    Column("member_id", ForeignKey("member.id"), nullable=False),
    Column("village_id", ForeignKey("village.id"), nullable=False, comment="of the household when it came in"),
    Column("day", Date, nullable=False),
    Column("week_only", Boolean, nullable=False, comment="day stands for its week"),
    Column("outcome", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("sheet_id", ForeignKey("sheet.id"), index=True),
    Column("meeting_id", Text, comment="of visits entered at once"),
    Column("entered_by", ForeignKey("account.id"), comment="null: the command line"),
    Column("received_at", UtcDateTime, nullable=False),
    Column("content_hash", Text, nullable=False, comment="of what first came in"),
    Column("state", Text, nullable=False, server_default="standing"),
    Column("device_id", ForeignKey("device.id"), comment="the phone that it was sent from; null: none"),
    Column("clock", Text, comment="of that phone, how far it was to be trusted; null: of none"),
    Column("contact_of", ForeignKey("household.id"), comment="household it is a contact of; null: of none"),
    _one_of("outcome", *OUTCOMES),
    _one_of("channel", *CHANNELS),
    _one_of("source", *SOURCES),
    _one_of("state", *STATES),
    _one_of("clock", *CLOCKS),
    Index("one_contact_a_day", "contact_of", "day", unique=True, **_where("contact_of IS NOT NULL")),
    Index("ix_visit_village_contact", "village_id", "day", "contact_of", **_where("contact_of IS NOT NULL")),
    Index("ix_visit_household_day", "household_id", "day"),
    Index("ix_visit_received", "received_at", "day", "village_id", "state"),
    Index("ix_visit_member", "member_id", "n"),
    Index("ix_visit_village_day", "village_id", "day"),
    Index("ix_visit_disputed", "village_id", **_where("state = 'disputed'")),
    Index("ix_visit_meeting", "meeting_id", **_where("meeting_id IS NOT NULL")),
    sqlite_autoincrement=True,
)

amendment = Table(
    "amendment",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("visit_id", ForeignKey("visit.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    Column("member_id", ForeignKey("member.id"), comment="who asked for it; null: the desk"),
    Column("entered_by", ForeignKey("account.id")),
    Column("received_at", UtcDateTime, nullable=False),
    Column("content_hash", Text, comment="of what a phone sent; null: no phone did"),
    Column("device_id", ForeignKey("device.id"), comment="the phone that it was sent from; null: none"),
    Column("seq", Integer, comment="counts on that phone: what was made later there stays"),
    _one_of("kind", *AMENDMENTS),
    sqlite_autoincrement=True,
)

kept_apart = Table(
    "kept_apart",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column(
        "id",
        Text,
        nullable=False,
        comment="of the operation: one that other content is stored under, or one that could not be taken",
    ),
    Column("content_hash", Text, nullable=False),
    Column("content", JSON, nullable=False),
    Column("verdict", Text, nullable=False, server_default="conflict"),
    Column("why", Text, comment="code of the reason for which it was quarantined; null: its id was taken"),
    Column("device_id", ForeignKey("device.id"), comment="the phone that sent it; null: none"),
    Column("village_id", ForeignKey("village.id"), index=True, comment="null: its member is of no village"),
    Column("member_id", ForeignKey("member.id"), nullable=False),
    Column("entered_by", ForeignKey("account.id")),
    Column("received_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("settled_by", ForeignKey("account.id")),
    Column("settled_as", Text, comment="accepted as another visit, or dropped"),
    _one_of("verdict", "conflict", "quarantined"),
    UniqueConstraint("id", "content_hash"),
    sqlite_autoincrement=True,
)

cadence = Table(
    "cadence",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", Text, nullable=False, comment="each household, or somebody in each grid"),
    Column("village_id", ForeignKey("village.id"), comment="null: of the town, or of one household"),
    Column("number", Integer, comment="of the grid it is for; null: of all"),
    Column("household_id", ForeignKey("household.id"), index=True),
    Column("days", Integer, comment="null: again as the village or the town has it"),
    Column("grace", Integer, comment="days; null: as many again"),
    Column("from_day", Date, nullable=False),
    _one_of("subject", "household", "grid"),
    Index("ix_cadence_village", "village_id"),
)

pause = Table(
    "pause",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("village_id", ForeignKey("village.id"), index=True, comment="null: of the whole town"),
    Column("kind", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    _one_of("kind", *PAUSE_KINDS),
)

household_state = Table(
    "household_state",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("household_id", ForeignKey("household.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("from_day", Date, nullable=False),
    Column("until_day", Date, comment="on which it has ended; null: open"),
    Column("set_by", ForeignKey("account.id")),
    _one_of("kind", *STATE_KINDS),
)

household_change = Table(
    "household_change",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("old_id", ForeignKey("household.id"), nullable=False, index=True),
    Column("new_id", ForeignKey("household.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("day", Date, nullable=False),
    _one_of("kind", "merged", "split"),
)

cover = Table(
    "cover",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("member_id", ForeignKey("member.id"), nullable=False, index=True, comment="who is covered"),
    Column("by_member_id", ForeignKey("member.id"), nullable=False, index=True),
    Column("village_id", ForeignKey("village.id"), nullable=False, index=True),
    Column("number", Integer, comment="of the grid; null: all of the member's in the village"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("set_by", ForeignKey("account.id")),
)

sheet = Table(
    "sheet",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Text, nullable=False, unique=True, comment="with its check letter"),
    Column("plan_id", ForeignKey("plan.id"), nullable=False),
    Column("village_id", ForeignKey("village.id"), nullable=False),
    Column("grid", Integer, nullable=False, comment="its number in the plan"),
    Column("month", Date, nullable=False, comment="its first day"),
    Column("member_id", ForeignKey("member.id"), comment="the lead it was printed for"),
    Column("printed_at", UtcDateTime, nullable=False),
    Column("printed_by", ForeignKey("account.id")),
    Index("ix_sheet_village_month", "village_id", "month"),
)

sheet_row = Table(
    "sheet_row",
    metadata,
    Column("sheet_id", ForeignKey("sheet.id", ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("household_id", ForeignKey("household.id"), nullable=False),
)

sheet_week = Table(
    "sheet_week",
    metadata,
    Column("sheet_id", ForeignKey("sheet.id", ondelete="CASCADE"), primary_key=True),
    Column("week", Text, primary_key=True),
    Column("member_id", ForeignKey("member.id"), nullable=False, comment="who called"),
    Column("entered_at", UtcDateTime, nullable=False),
    Column("entered_by", ForeignKey("account.id")),
)

grid_tally = Table(
    "grid_tally",
    metadata,
    Column("village_id", ForeignKey("village.id"), primary_key=True),
    Column("grid", Integer, primary_key=True, comment="its number"),
    Column("week", Text, primary_key=True),
    Column("met", Integer, nullable=False),
    Column("of", Integer, nullable=False),
    Column("entered_at", UtcDateTime, nullable=False),
    Column("entered_by", ForeignKey("account.id")),
)

grid_week = Table(
    "grid_week",
    metadata,
    Column("village_id", ForeignKey("village.id"), primary_key=True),
    Column("week", Text, primary_key=True),
    Column("number", Integer, primary_key=True, comment="of the grid in the plan in force on the day of each visit"),
    Column("contacts", Integer, nullable=False),
    Column("contacted", Integer, nullable=False, comment="households that they are of"),
    Column("settled_contacts", Integer, comment="when the week settled; null: nothing was changed since"),
    Column("settled_contacted", Integer),
    Column("is_final", Boolean, nullable=False, server_default=text("false"), comment="its visits are removed"),
    CheckConstraint("(settled_contacts IS NULL) = (settled_contacted IS NULL)", name="settled"),
)

correction = Table(
    "correction",
    metadata,
    Column("id", Text, primary_key=True),
    Column("village_id", ForeignKey("village.id"), nullable=False, index=True),
    Column("household_id", ForeignKey("household.id"), index=True, comment="null: a new one"),
    Column("kind", Text, nullable=False),
    Column("content", JSON, nullable=False, comment="the fields as they should be"),
    Column("member_id", ForeignKey("member.id"), comment="who reported it"),
    Column("entered_by", ForeignKey("account.id")),
    Column("made_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("answer", Text),
    Column("answered_by", ForeignKey("account.id")),
    Column("answered_at", UtcDateTime),
    Column("content_hash", Text, comment="of what a phone sent; null: no phone did"),
    _one_of("kind", *CORRECTIONS),
    _one_of("state", "open", "asked back", "accepted", "refused"),
)

card_print = Table(
    "card_print",
    metadata,
    Column("plan_id", ForeignKey("plan.id"), primary_key=True),
    Column("number", Integer, primary_key=True, comment="of the grid"),
    Column("member_id", ForeignKey("member.id"), comment="the lead whom its contact cards name"),
    Column("printed_at", UtcDateTime, nullable=False),
)

term_change = Table(
    "term_change",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", Date, nullable=False, comment="from which it holds"),
    Column("content", JSON, nullable=False, comment="who leads which grid, and whose access goes on"),
    Column("made_by", ForeignKey("account.id")),
    Column("made_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False, server_default="draft"),
    Column("ended_at", UtcDateTime),
    _one_of("state", "draft", "waiting", "applied", "withdrawn"),
)

# ---- phones that work without signal

device = Table(
    "device",
    metadata,
    _random_key(),
    Column("member_id", ForeignKey("member.id"), nullable=False, index=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("used_day", Date, nullable=False, comment="on which it last sent something"),
    Column("received", Integer, nullable=False, server_default="0", comment="operations that it was answered for"),
    Column("unsent", Integer, nullable=False, server_default="0", comment="operations it had left when it last sent"),
    Column("address", Text, nullable=False, comment="scheme, name and port under which it knows the service"),
    Column("ended_at", UtcDateTime),
    Column("ended_why", Text),
    _one_of("ended_why", "handover", "lost", "replaced"),
    CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended"),
)

walking_order = Table(
    "walking_order",
    metadata,
    Column("member_id", ForeignKey("member.id"), primary_key=True),
    Column("operation_id", Text, nullable=False, comment="that set it"),
    Column("made_at", UtcDateTime, nullable=False, comment="by the service's clock: an earlier one changes nothing"),
    Column("household_ids", JSON, nullable=False, comment="in the order in which the member walks"),
)

gone = Table(
    "gone",
    metadata,
    Column("key", Text, primary_key=True, comment="keyed hash of the id of a household that was erased, or of a visit"),
    Column("day", Date, nullable=False),
)

# ---- needs

need = Table(
    "need",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True, comment="the number on its slips"),
    Column("id", Text, nullable=False, unique=True, comment="made in the form when it opens"),
    Column("village_id", ForeignKey("village.id"), nullable=False),
    Column("household_id", ForeignKey("household.id"), nullable=False, index=True),
    Column("member_id", ForeignKey("member.id"), comment="who heard of it"),
    Column("visit_id", Text, comment="at which it was raised"),
    Column("source", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("text", Text, nullable=False, comment="what is asked for"),
    Column("raised_day", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner_id", ForeignKey("account.id"), comment="who follows it up"),
    Column("deadline", Date),
    Column("department", Text, comment="that it is referred to"),
    Column("contact_person", Text, comment="whom the department may ask"),
    Column("closed_day", Date, comment="on which it was solved, explained or confirmed; null: open"),
    Column("entered_by", ForeignKey("account.id")),
    Column("received_at", UtcDateTime, nullable=False),
    Column("content_hash", Text, comment="of what a phone sent; null: no phone did"),
    _one_of("source", *SOURCES),
    _one_of("category", *CATEGORIES),
    _one_of("state", *NEED_STATES),
    Index("ix_need_village_day", "village_id", "raised_day"),
    Index("ix_need_open", "village_id", "deadline", **_where("closed_day IS NULL")),
    sqlite_autoincrement=True,
)

need_step = Table(
    "need_step",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("need_n", ForeignKey("need.n"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("content", JSON, nullable=False, comment="department, deadline, reply or reason, as the kind has them"),
    Column("member_id", ForeignKey("member.id"), comment="who did it; null: the desk"),
    Column("entered_by", ForeignKey("account.id")),
    Column("received_at", UtcDateTime, nullable=False),
    _one_of("kind", *STEPS),
    sqlite_autoincrement=True,
)

# ---- linkage

branch = Table(
    "branch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("village_id", ForeignKey("village.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("retired_on", Date),
    UniqueConstraint("village_id", "name"),
)

linkage_kind = Table(
    "linkage_kind",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", Text, nullable=False, unique=True, comment="what the town calls them: leader, instructor"),
    Column("subject", Text, nullable=False, comment="what each is linked to"),
    Column("rule", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("cadence_days", Integer, comment="null: a call in each calendar month"),
    _one_of("subject", *SUBJECTS),
    _one_of("rule", *RULES),
)

linked_person = Table(
    "linked_person",
    metadata,
    _random_key(),
    Column("name", Text, nullable=False),
    Column("kind_id", ForeignKey("linkage_kind.id"), nullable=False, index=True),
    Column("retired_on", Date),
)

linkage = Table(
    "linkage",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("linked_person.id"), nullable=False, index=True),
    Column("village_id", ForeignKey("village.id"), nullable=False, index=True),
    Column("branch_id", ForeignKey("branch.id"), index=True, comment="null: the village itself"),
    Column("from_day", Date, nullable=False),
    Column("until_day", Date, comment="on which it has ended; null: open"),
)

linkage_call = Table(
    "linkage_call",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("linkage_id", ForeignKey("linkage.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("entered_by", ForeignKey("account.id")),
    Column("received_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Index("ix_linkage_call_day", "linkage_id", "day"),
    sqlite_autoincrement=True,
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("role", Text, nullable=False),
    Column("page", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("read_at", UtcDateTime),
)

# ---- people who may come in

account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", Text, unique=True, comment="null for who comes in by a card"),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password", Text, comment="argon2"),
    Column("member_id", ForeignKey("member.id"), unique=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("lost_at", UtcDateTime, comment="when the phone was said to be lost; null again with the next card"),
    _one_of("role", *ROLES),
    CheckConstraint("(role = 'member') = (member_id IS NOT NULL)", name="member_role"),
)

scope = Table(
    "scope",
    metadata,
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("village_id", ForeignKey("village.id"), primary_key=True),
)

session = Table(
    "session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("csrf", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    _one_of("kind", "office", "phone"),
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("code_hash", Text, nullable=False, unique=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", ForeignKey("account.id")),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True, comment="hash of what is counted: a login, an address, a browser"),
    Column("at", UtcDateTime, nullable=False, comment="of the last failure"),
    Column("failures", Integer, nullable=False),
    Column("until", UtcDateTime, nullable=False, comment="when the next guess may be made"),
    Index("ix_attempt_key_at", "key", "at"),
)

OF_BACKUPS: Final = "verb IN ('backup', 'restore')"
"""As the index of these deeds has it: what SQLite uses it for says the same."""

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("account_id", Integer, comment="null: the command line, or nobody yet"),
    Column("role", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("object_id", BigInteger),
    Column("village_id", Integer, index=True),
    Column("detail", JSON, nullable=False, comment="ids and counts, never names or places"),
    Index("ix_audit_backups", "at", **_where(OF_BACKUPS)),
)

# ---- the material of meetings

pack = Table(
    "pack",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("request", JSON, nullable=False, comment="villages or grids, profile, forms with their formats, language"),
    Column("reason", Text, comment="why its profile is needed; null: it is the least"),
    Column("reason_at", UtcDateTime, comment="when the reason was given, for a year"),
    Column("made_by", ForeignKey("account.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("retired_at", UtcDateTime),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", Text, nullable=False, unique=True, comment="random, printed on all that is made of it"),
    Column("pack_id", ForeignKey("pack.id"), index=True, comment="null: asked for once"),
    Column("as_of", UtcDateTime, nullable=False),
    Column("title", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("villages", JSON, nullable=False, comment="ids of those it is about"),
    Column("plans", JSON, nullable=False, comment="of each its id, revision and version, and grids where only some"),
    Column("figures", JSON, nullable=False, comment="frozen: counts by village and by number of grid, nobody's name"),
    Column("reason", Text, comment="why its profile is needed; null: it is the least"),
    Column("made_by", ForeignKey("account.id"), comment="null: the command line"),
    Column("made_at", UtcDateTime, nullable=False, index=True),
    _one_of("profile", *PROFILES),
)

snapshot_file = Table(
    "snapshot_file",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("snapshot_id", ForeignKey("snapshot.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("form", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("options", JSON, nullable=False, comment="size of paper and the like"),
    Column("file", Text, comment="its own name in the folder packs; null: it is made again when it is asked for"),
    Column("size", Integer, nullable=False, comment="bytes"),
    Column("made_at", UtcDateTime, nullable=False),
)

download = Table(
    "download",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("file_id", ForeignKey("snapshot_file.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

# ---- what takes a while

job = Table(
    "job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("request", JSON, nullable=False),
    Column("progress", JSON, nullable=False),
    Column("result", JSON, nullable=False),
    Column("error", MessageColumn),
    Column("made_by", ForeignKey("account.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    _one_of("state", "queued", "running", "done", "failed", "cancelled"),
)

import_batch = Table(
    "import_batch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("made_by", ForeignKey("account.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("folder", Text, nullable=False, comment="its own name in the folder imports"),
    Column("files", JSON, nullable=False, comment="of each: its name in the folder, the one it came with, its kind"),
    Column("choices", JSON, nullable=False, comment="columns, frames and answers the planner chose"),
    Column("preview", JSON, nullable=False, comment="what the lists hold and would change, as codes and values"),
    Column("result", JSON, nullable=False, comment="what was changed: counts, and the draft if there is one"),
    Column("job_id", ForeignKey("job.id")),
    _one_of("state", "open", "confirmed", "discarded"),
)
