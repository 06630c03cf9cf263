"""The first tables."""

import sqlalchemy as sa
from alembic import op

from gridplan.store.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("CREATE EXTENSION IF NOT EXISTS postgis"))
    metadata.create_all(op.get_bind())
