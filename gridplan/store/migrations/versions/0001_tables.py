"""The first tables."""

import sqlalchemy as sa
from alembic import op

from gridplan.store.columns import Geometry

revision = "tables_1"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("CREATE EXTENSION IF NOT EXISTS postgis"))
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="hash of a login or of a network address"),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index("ix_attempt_key_at", "attempt", ["key", "at"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), comment="null: the command line, or nobody yet"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger()),
        sa.Column("village_id", sa.Integer()),
        sa.Column("detail", sa.JSON(), nullable=False, comment="ids and counts, never names or places"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_village_id"), "audit", ["village_id"], unique=False)
    op.create_table(
        "feature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("shape", Geometry(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('barrier', 'crossing', 'road', 'water', 'building')", name=op.f("ck_feature_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feature")),
    )
    op.create_index(op.f("ix_feature_kind"), "feature", ["kind"], unique=False)
    op.create_table(
        "setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "village",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text()),
        sa.Column("boundary", Geometry()),
        sa.Column("start_day", sa.Date()),
        sa.Column("notice_day", sa.Date()),
        sa.Column("retired_on", sa.Date()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village")),
        sa.UniqueConstraint("name", name=op.f("uq_village_name")),
    )
    op.create_table(
        "hamlet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="'' is the place of the village itself"),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_hamlet_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hamlet")),
        sa.UniqueConstraint("village_id", "name", name=op.f("uq_hamlet_village_id_name")),
    )
    op.create_table(
        "household",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("hamlet", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("door", sa.Text()),
        sa.Column("lon", sa.Float()),
        sa.Column("lat", sa.Float()),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("retired_on", sa.Date()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("position IN ('exact', 'hamlet')", name=op.f("ck_household_position")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_household_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint("code", name=op.f("uq_household_code")),
    )
    op.create_index("ix_household_place", "household", ["lon", "lat"], unique=False)
    op.create_index(op.f("ix_household_village_id"), "household", ["village_id"], unique=False)
    op.create_table(
        "member",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text()),
        sa.Column("village_id", sa.Integer()),
        sa.Column("hamlet", sa.Text()),
        sa.Column("lon", sa.Float()),
        sa.Column("lat", sa.Float()),
        sa.Column("max_grids", sa.Integer(), server_default="1", nullable=False),
        sa.Column("available", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("excused_until", sa.Date()),
        sa.Column("ties", sa.JSON(), nullable=False, comment="codes of households, or names"),
        sa.Column("retired_on", sa.Date()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_member_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("code", name=op.f("uq_member_code")),
    )
    op.create_index(op.f("ix_member_village_id"), "member", ["village_id"], unique=False)
    op.create_table(
        "scan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False, comment="its own name in the folder scans"),
        sa.Column("width", sa.Integer(), nullable=False, comment="pixels"),
        sa.Column("height", sa.Integer(), nullable=False, comment="pixels"),
        sa.Column("controls", sa.JSON(), nullable=False, comment="two of {x, y, lon, lat}, or none yet"),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_scan_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan")),
    )
    op.create_index(op.f("ix_scan_village_id"), "scan", ["village_id"], unique=False)
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.Text(), comment="null for who comes in by a card"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), comment="argon2"),
        sa.Column("member_id", sa.BigInteger()),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("disabled_at", sa.DateTime()),
        sa.Column(
            "lost_at", sa.DateTime(), comment="when the phone was said to be lost; null again with the next card"
        ),
        sa.CheckConstraint("(role = 'member') = (member_id IS NOT NULL)", name=op.f("ck_account_member_role")),
        sa.CheckConstraint(
            "role IN ('administrator', 'planner', 'clerk', 'supervisor', 'member', 'viewer')",
            name=op.f("ck_account_role"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_account_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
        sa.UniqueConstraint("member_id", name=op.f("uq_account_member_id")),
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False, comment="what was noticed while planning"),
        sa.Column("deleted_at", sa.DateTime(), comment="gone for good a day later"),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_draft_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.Integer()),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime()),
        sa.Column("revoked_at", sa.DateTime()),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_invitation_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_invitation_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitation_code_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_account_id"), "invitation", ["account_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True)),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime()),
        sa.Column("ended_at", sa.DateTime()),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_job_state")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_job_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(op.f("ix_job_state"), "job", ["state"], unique=False)
    op.create_table(
        "scope",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_scope_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_scope_village_id")),
        sa.PrimaryKeyConstraint("account_id", "village_id", name=op.f("pk_scope")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('office', 'phone')", name=op.f("ck_session_kind")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_session_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"], unique=False)
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False, comment="its own name in the folder imports"),
        sa.Column(
            "files",
            sa.JSON(),
            nullable=False,
            comment="of each: its name in the folder, the one it came with, its kind",
        ),
        sa.Column("choices", sa.JSON(), nullable=False, comment="columns, frames and answers the planner chose"),
        sa.Column(
            "preview", sa.JSON(), nullable=False, comment="what the lists hold and would change, as codes and values"
        ),
        sa.Column(
            "result", sa.JSON(), nullable=False, comment="what was changed: counts, and the draft if there is one"
        ),
        sa.Column("job_id", sa.Integer()),
        sa.CheckConstraint("state IN ('open', 'confirmed', 'discarded')", name=op.f("ck_import_batch_state")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_import_batch_job_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_import_batch_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("boundary", Geometry(), comment="the boundary given or made when it was planned"),
        sa.Column("boundary_given", sa.Boolean(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False, comment="households in its grids when it was planned"),
        sa.Column("lower_bound_m", sa.Float()),
        sa.Column("split_hamlets", sa.JSON(), nullable=False),
        sa.Column("outside", sa.JSON(), nullable=False, comment="codes of households outside the boundary"),
        sa.Column("published_at", sa.DateTime()),
        sa.Column("published_by", sa.Integer()),
        sa.Column("archived_at", sa.DateTime()),
        sa.CheckConstraint("state IN ('draft', 'published', 'archived')", name=op.f("ck_plan_state")),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_plan_draft_id")),
        sa.ForeignKeyConstraint(["published_by"], ["account.id"], name=op.f("fk_plan_published_by")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_plan_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("village_id", "revision", name=op.f("uq_plan_village_id_revision")),
    )
    op.create_index(op.f("ix_plan_draft_id"), "plan", ["draft_id"], unique=False)
    op.create_index(
        "one_published_plan",
        "plan",
        ["village_id"],
        unique=True,
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "grid",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("walk_m", sa.Float()),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("outline", Geometry()),
        sa.Column("label", sa.Text()),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_grid_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", "number", name=op.f("pk_grid")),
    )
    op.create_table(
        "plan_exception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("reason", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("hamlet", sa.Text()),
        sa.Column("household", sa.Text(), comment="its code"),
        sa.Column("number", sa.Integer(), comment="of the grid it is about"),
        sa.Column("accepted_because", sa.Text(), comment="what the publisher wrote"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_exception_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_exception")),
    )
    op.create_index(op.f("ix_plan_exception_plan_id"), "plan_exception", ["plan_id"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("why", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("since", sa.Date(), comment="null while the plan is a draft"),
        sa.Column("until", sa.Date()),
        sa.CheckConstraint("role IN ('lead', 'deputy')", name=op.f("ck_assignment_role")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_assignment_member_id")),
        sa.ForeignKeyConstraint(
            ["plan_id", "number"],
            ["grid.plan_id", "grid.number"],
            name=op.f("fk_assignment_plan_id_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index("ix_assignment_grid", "assignment", ["plan_id", "number"], unique=False)
    op.create_index(op.f("ix_assignment_member_id"), "assignment", ["member_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), comment="of its grid; null: in none, for the reason in why"),
        sa.Column("why", sa.JSON(none_as_null=True)),
        sa.Column("lon", sa.Float(), comment="where it stood when it was planned"),
        sa.Column("lat", sa.Float()),
        sa.CheckConstraint("(number IS NULL) != (why IS NULL)", name=op.f("ck_membership_grid_or_reason")),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_membership_household_id")),
        sa.ForeignKeyConstraint(
            ["plan_id", "number"],
            ["grid.plan_id", "grid.number"],
            name=op.f("fk_membership_plan_id_number"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_membership_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", "household_id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_household_id"), "membership", ["household_id"], unique=False)
    op.create_table(
        "shortage",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("offers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id", "number"],
            ["grid.plan_id", "grid.number"],
            name=op.f("fk_shortage_plan_id_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("plan_id", "number", name=op.f("pk_shortage")),
    )
