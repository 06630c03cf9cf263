"""PostgreSQL sorts names as SQLite does by `gridplan.names.sort_key`: Chinese by its sound, numbers by their value."""

from alembic import op

revision = "tables_5"
down_revision = "tables_4"


def upgrade() -> None:
    """Make the collation; SQLite is given the function by each connection."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE COLLATION IF NOT EXISTS pinyin (provider = icu, locale = 'zh-u-kn-true')")
