"""Plans are numbered when they come into force; one that repeats another is in no draft; more is kept of the day."""

import sqlalchemy as sa
from alembic import op

revision = "tables_2"
down_revision = "tables_1"

RESTORED = """
UPDATE plan SET draft_id = NULL WHERE EXISTS (
    SELECT 1 FROM plan AS first
    WHERE first.draft_id = plan.draft_id AND first.village_id = plan.village_id AND first.id < plan.id
)
"""
AS_PLANNED = """
UPDATE membership SET
    position = (SELECT household.position FROM household WHERE household.id = membership.household_id),
    hamlet = (SELECT household.hamlet FROM household WHERE household.id = membership.household_id)
"""


def upgrade() -> None:
    """Take the numbers from drafts, and restored plans out of the drafts that they came from."""
    op.execute(sa.text(RESTORED))
    state = sa.CheckConstraint("state IN ('draft', 'published', 'archived')", name=op.f("ck_plan_state"))
    with op.batch_alter_table("plan", table_args=(state,)) as plan:
        plan.alter_column("revision", existing_type=sa.Integer(), nullable=True, comment="null while it is a draft")
        plan.add_column(sa.Column("repeats", sa.Integer(), comment="the revision that came into force again"))
        plan.create_unique_constraint(op.f("uq_plan_draft_id_village_id"), ["draft_id", "village_id"])
    op.execute(sa.text("UPDATE plan SET revision = NULL WHERE state = 'draft'"))
    op.add_column("membership", sa.Column("position", sa.Text()))
    op.add_column("membership", sa.Column("hamlet", sa.Text()))
    op.execute(sa.text(AS_PLANNED))
