"""Failed guesses are counted in one row for each key, with the wait that came of them."""

import sqlalchemy as sa
from alembic import op

revision = "tables_3"
down_revision = "tables_2"


def upgrade() -> None:
    """Forget the single attempts, which counted for fifteen minutes, and keep counts from now on."""
    op.execute(sa.text("DELETE FROM attempt"))
    with op.batch_alter_table("attempt") as attempt:
        attempt.alter_column(
            "key",
            existing_type=sa.Text(),
            existing_nullable=False,
            comment="hash of what is counted: a login, an address, a browser",
        )
        attempt.alter_column("at", existing_type=sa.DateTime(), existing_nullable=False, comment="of the last failure")
        attempt.add_column(sa.Column("failures", sa.Integer(), nullable=False))
        attempt.add_column(sa.Column("until", sa.DateTime(), nullable=False, comment="when the next guess may be made"))
        attempt.create_unique_constraint("uq_attempt_key", ["key"])
