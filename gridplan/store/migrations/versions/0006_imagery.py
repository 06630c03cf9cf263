"""Orthophotos and maps of a village or of the town, cut into tiles."""

import sqlalchemy as sa
from alembic import op

revision = "tables_6"
down_revision = "tables_5"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "imagery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=True, comment="null: of the whole town"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False, comment="its own name in the folder imagery"),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes of the file that is sent"),
        sa.Column("frame", sa.Text(), nullable=True, comment="as stated by who sent it"),
        sa.Column("first_zoom", sa.Integer(), nullable=True, comment="null until it is cut into tiles"),
        sa.Column("last_zoom", sa.Integer(), nullable=True),
        sa.Column("west", sa.Float(), nullable=True, comment="degrees"),
        sa.Column("south", sa.Float(), nullable=True),
        sa.Column("east", sa.Float(), nullable=True),
        sa.Column("north", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_imagery_village_id_village")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imagery")),
    )
    op.create_index(op.f("ix_imagery_village_id"), "imagery", ["village_id"])
