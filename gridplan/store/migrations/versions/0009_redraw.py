"""Edits of drafts by hand: rows with their inverse, what is locked, versions; and plans that are scheduled.

Visits of a household are looked up by their days, too.
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "tables_9"
down_revision = "tables_8"


def upgrade() -> None:
    """Make the tables of edits, steps and scheduled plans, and the columns of locks and versions."""
    zero, no = sa.text("0"), sa.text("false")
    edits = "its edits, undone ones too"
    op.add_column("plan", sa.Column("version", sa.Integer(), server_default=zero, nullable=False, comment=edits))
    drawn = "that its outlines are of"
    op.add_column("plan", sa.Column("drawn_version", sa.Integer(), server_default=zero, nullable=False, comment=drawn))
    stands_on = "the edit that it stands on; null: it is as it was made"
    op.add_column("plan", sa.Column("edit_id", sa.Integer(), nullable=True, comment=stands_on))
    op.add_column("plan", sa.Column("key", sa.BigInteger(), nullable=True, comment="by which files name it"))
    plan = sa.table("plan", sa.column("id"), sa.column("key"))
    for id_ in op.get_bind().execute(sa.select(plan.c.id)).scalars().all():
        op.execute(sa.update(plan).where(plan.c.id == id_).values(key=secrets.randbelow(2**53 - 1) + 1))
    op.create_index(op.f("ix_plan_key"), "plan", ["key"], unique=True)
    made_of = "random, another one after each change of what its drafts are made of, besides their edits"
    key = sa.Column("lists_key", sa.BigInteger(), server_default="0", nullable=False, comment=made_of)
    op.add_column("village", key)
    former = "and codes, that lists may still have; null: none"
    op.add_column("village", sa.Column("former_names", sa.JSON(none_as_null=True), nullable=True, comment=former))
    since = "that it is visited since, where it came with its village; null: the same"
    op.add_column("household", sa.Column("visited_since", sa.Date(), nullable=True, comment=since))
    op.add_column("residence", sa.Column("visited_since", sa.Date(), nullable=True, comment="as of a household"))
    op.create_table(
        "village_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False, comment="that became part of the other"),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "until_day",
            sa.Date(),
            nullable=True,
            comment="on which grids stop to be called by their former numbers too; null: they did",
        ),
        sa.Column("content", sa.JSON(), nullable=False, comment="households, numbers, and rows as they were before"),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_village_change_made_by")),
        sa.ForeignKeyConstraint(["other_id"], ["village.id"], name=op.f("fk_village_change_other_id")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_village_change_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_change")),
    )
    op.create_index(op.f("ix_village_change_village_id"), "village_change", ["village_id"])
    op.create_index(op.f("ix_village_change_other_id"), "village_change", ["other_id"])
    asked = "with which the draft of it was asked for; null: without one"
    op.add_column("plan", sa.Column("request_id", sa.Text(), nullable=True, comment=asked))
    op.create_index(op.f("ix_plan_request_id"), "plan", ["request_id"], unique=True)
    for table in ("grid", "membership"):
        op.add_column(table, sa.Column("locked", sa.Boolean(), server_default=no, nullable=False))
    op.create_table(
        "plan_edit",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column(
            "parent_id",
            sa.Integer(),
            nullable=True,
            comment="the edit made before; null: as it was made",
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("said", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False, comment="rows before and after, by table"),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_plan_edit_made_by")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_edit_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_edit")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_plan_edit_plan_id"), "plan_edit", ["plan_id"], unique=False)
    op.create_table(
        "plan_step",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False, comment="that the plan has since"),
        sa.Column("request_id", sa.Text(), nullable=False, comment="made in the browser"),
        sa.Column("request_hash", sa.Text(), nullable=False, comment="of what was asked with it"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("edit_id", sa.Integer(), nullable=True, comment="that the plan stands on since"),
        sa.Column("said", sa.JSON(none_as_null=True), nullable=False),
        sa.Column(
            "answer",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="given again to the same request; null: it is too old",
        ),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('edit', 'undo', 'redo', 'restore')", name=op.f("ck_plan_step_kind")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_plan_step_made_by")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_step_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", "version", name=op.f("pk_plan_step")),
        sa.UniqueConstraint("plan_id", "request_id", name=op.f("uq_plan_step_plan_id_request_id")),
    )
    op.create_table(
        "plan_schedule",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="from which it is to be in force"),
        sa.Column("instead_of", sa.Integer(), nullable=True, comment="the plan that was in force then; null: none"),
        sa.Column(
            "confirmed", sa.JSON(), nullable=False, comment="what was seen of both, and why exceptions were accepted"
        ),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column(
            "held", sa.JSON(none_as_null=True), nullable=True, comment="why it did not come into force on its day"
        ),
        sa.ForeignKeyConstraint(["instead_of"], ["plan.id"], name=op.f("fk_plan_schedule_instead_of")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_plan_schedule_made_by")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_schedule_plan_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_plan_schedule_village_id")),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plan_schedule")),
        sa.UniqueConstraint("village_id", name=op.f("uq_plan_schedule_village_id")),
    )
    op.create_index("ix_visit_household_day", "visit", ["household_id", "day"])
    op.drop_index(op.f("ix_visit_household_id"), "visit")
    op.create_table(
        "consultation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False, comment="printed on it, by which it is found again"),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the plan that was printed"),
        sa.Column("rows", sa.JSON(), nullable=False, comment="household and grid of each row, in their order"),
        sa.Column("sent_by", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("returned_by", sa.Integer(), nullable=True),
        sa.Column("returned_at", sa.DateTime(), nullable=True),
        sa.Column("wishes", sa.JSON(none_as_null=True), nullable=True, comment="the grid wished for each row"),
        sa.Column("word", sa.Text(), nullable=True, comment="of the branch"),
        sa.Column("edit_id", sa.Integer(), nullable=True, comment="that applied it"),
        sa.Column("applied_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_consultation_plan_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sent_by"], ["account.id"], name=op.f("fk_consultation_sent_by")),
        sa.ForeignKeyConstraint(["returned_by"], ["account.id"], name=op.f("fk_consultation_returned_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation")),
        sa.UniqueConstraint("number", name=op.f("uq_consultation_number")),
    )
    op.create_index(op.f("ix_consultation_plan_id"), "consultation", ["plan_id"], unique=False)
