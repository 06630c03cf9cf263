"""The town of a village, and what lists call it that tell it from others of that name by town or code."""

import sqlalchemy as sa
from alembic import op

revision = "tables_12"
down_revision = "tables_11"


def upgrade() -> None:
    """Add the columns."""
    listed = "that tell it from others of that name by town or code; null: its name"
    op.add_column("village", sa.Column("town", sa.Text(), nullable=True, comment="or subdistrict that it belongs to"))
    op.add_column("village", sa.Column("listed_name", sa.Text(), nullable=True, comment=f"what lists call it {listed}"))
