"""Phones that work without signal: their tokens, what came from them, orders in which members walk, what is erased."""

import sqlalchemy as sa
from alembic import op

revision = "tables_11"
down_revision = "tables_10"

CLOCKS = "clock IN ('good', 'corrected', 'changed', 'uncertain')"


def upgrade() -> None:
    """Make the tables of phones, and the columns that say what a phone sent."""
    op.create_table(
        "device",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("used_day", sa.Date(), nullable=False, comment="on which it last sent something"),
        sa.Column(
            "received",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="operations that it was answered for",
        ),
        sa.Column(
            "unsent",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="operations it had left when it last sent",
        ),
        sa.Column(
            "address", sa.Text(), nullable=False, comment="scheme, name and port under which it knows the service"
        ),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.CheckConstraint("ended_why IN ('handover', 'lost', 'replaced')", name=op.f("ck_device_ended_why")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name=op.f("ck_device_ended")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_device_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_device_token_hash")),
    )
    op.create_index(op.f("ix_device_member_id"), "device", ["member_id"], unique=False)
    op.create_table(
        "walking_order",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("operation_id", sa.Text(), nullable=False, comment="that set it"),
        sa.Column(
            "made_at", sa.DateTime(), nullable=False, comment="by the service's clock: an earlier one changes nothing"
        ),
        sa.Column("household_ids", sa.JSON(), nullable=False, comment="in the order in which the member walks"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_walking_order_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_walking_order")),
    )
    op.create_table(
        "gone",
        sa.Column(
            "key",
            sa.Text(),
            nullable=False,
            comment="keyed hash of the id of a household that was erased, or of a visit",
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_gone")),
    )
    sent = "of what a phone sent; null: no phone did"
    for table in ("amendment", "correction", "need"):
        op.add_column(table, sa.Column("content_hash", sa.Text(), nullable=True, comment=sent))
    later = "counts on that phone: what was made later there stays"
    op.add_column("amendment", sa.Column("seq", sa.Integer(), nullable=True, comment=later))
    # as one statement each, which SQLite adds to a table that stays as it is: a million visits are not written anew
    op.execute("ALTER TABLE visit ADD COLUMN device_id BIGINT CONSTRAINT fk_visit_device_id REFERENCES device (id)")
    of_amendment = "CONSTRAINT fk_amendment_device_id REFERENCES device (id)"
    op.execute(f"ALTER TABLE amendment ADD COLUMN device_id BIGINT {of_amendment}")
    op.execute(f"ALTER TABLE visit ADD COLUMN clock TEXT CONSTRAINT ck_visit_clock CHECK ({CLOCKS})")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("amendment", "device_id", comment="the phone that it was sent from; null: none")
        op.alter_column("visit", "device_id", comment="the phone that it was sent from; null: none")
        op.alter_column("visit", "clock", comment="of that phone, how far it was to be trusted; null: of none")
    is_of_meeting = sa.text("meeting_id IS NOT NULL")
    op.create_index(
        "ix_visit_meeting", "visit", ["meeting_id"], sqlite_where=is_of_meeting, postgresql_where=is_of_meeting
    )
    of = "of the operation: one that other content is stored under, or one that could not be taken"
    with op.batch_alter_table("kept_apart", table_kwargs={"sqlite_autoincrement": True}) as kept_apart:
        kept_apart.alter_column("id", existing_type=sa.Text(), existing_nullable=False, comment=of)
        kept_apart.alter_column(
            "village_id", existing_type=sa.Integer(), nullable=True, comment="null: its member is of no village"
        )
        kept_apart.add_column(sa.Column("verdict", sa.Text(), server_default="conflict", nullable=False))
        kept_apart.add_column(
            sa.Column(
                "why",
                sa.Text(),
                nullable=True,
                comment="code of the reason for which it was quarantined; null: its id was taken",
            )
        )
        kept_apart.add_column(
            sa.Column("device_id", sa.BigInteger(), nullable=True, comment="the phone that sent it; null: none")
        )
        kept_apart.create_foreign_key(op.f("fk_kept_apart_device_id"), "device", ["device_id"], ["id"])
        kept_apart.create_check_constraint(op.f("ck_kept_apart_verdict"), "verdict IN ('conflict', 'quarantined')")
    erased = "on which all that was known of it was erased; the row is all there is of it"
    op.add_column("household", sa.Column("erased_on", sa.Date(), nullable=True, comment=erased))
    backups = sa.text("verb IN ('backup', 'restore')")
    op.create_index("ix_audit_backups", "audit", ["at"], sqlite_where=backups, postgresql_where=backups)
