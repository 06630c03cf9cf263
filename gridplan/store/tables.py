"""The tables of the service. The files of migrations/versions make them, and from here on only add to them."""

from __future__ import annotations

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
    Column("boundary", Geometry),
    Column("start_day", Date),
    Column("notice_day", Date),
    Column("retired_on", Date),
    Column("version", Integer, nullable=False, server_default="1"),
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
    Column("retired_on", Date),
    Column("version", Integer, nullable=False, server_default="1"),
    _one_of("position", "exact", "hamlet"),
    Index("ix_household_place", "lon", "lat"),
)

member = Table(
    "member",
    metadata,
    _random_key(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text),
    Column("village_id", ForeignKey("village.id"), index=True),
    Column("hamlet", Text),
    Column("lon", Float),
    Column("lat", Float),
    Column("max_grids", Integer, nullable=False, server_default="1"),
    Column("available", Boolean, nullable=False, server_default=text("true")),
    Column("excused_until", Date),
    Column("ties", JSON, nullable=False, comment="codes of households, or names"),
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
    _one_of("state", "draft", "published", "archived"),
    UniqueConstraint("village_id", "revision"),
    UniqueConstraint("draft_id", "village_id"),
    Index(
        "one_published_plan",
        "village_id",
        unique=True,
        sqlite_where=text("state = 'published'"),
        postgresql_where=text("state = 'published'"),
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
)

membership = Table(
    "membership",
    metadata,
    Column("plan_id", ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True),
    Column("household_id", ForeignKey("household.id"), primary_key=True, index=True),
    Column("number", Integer, comment="of its grid; null: in none, for the reason in why"),
    Column("why", MessageColumn),
    Column("lon", Float, comment="where it stood when it was planned"),
    Column("lat", Float),
    Column("position", Text),
    Column("hamlet", Text),
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
