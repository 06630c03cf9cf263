"""Which service runs on a database, and where its files are."""

import sqlalchemy as sa
from alembic import op

revision = "tables_4"
down_revision = "tables_3"


def upgrade() -> None:
    """Make the table and its only row."""
    made = op.create_table(
        "service",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False, comment="of the service that runs on this database, or ran last"),
        sa.Column("folder", sa.Text(), nullable=False, comment="of the town's files; empty: the data folder"),
        sa.CheckConstraint("id = 1", name=op.f("ck_service_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
    )
    op.bulk_insert(made, [{"id": 1, "token": "", "folder": ""}])
