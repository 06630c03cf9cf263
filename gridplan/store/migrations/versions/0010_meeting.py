"""The material of meetings: packs that are made again with one press, snapshots, their files and downloads.

Members agree that name and duty phone stand on maps; none has so far. Villages are split, not only merged.
"""

import sqlalchemy as sa
from alembic import op

revision = "tables_10"
down_revision = "tables_9"


def upgrade() -> None:
    """Make the tables of packs, snapshots, their files and downloads, and the column that tells merged from split."""
    part = "split: a part of it became the other village"
    op.add_column("village_change", sa.Column("kind", sa.Text(), server_default="merge", nullable=False, comment=part))
    op.create_table(
        "pack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "request",
            sa.JSON(),
            nullable=False,
            comment="villages or grids, profile, forms with their formats, language",
        ),
        sa.Column("reason", sa.Text(), nullable=True, comment="why its profile is needed; null: it is the least"),
        sa.Column("reason_at", sa.DateTime(), nullable=True, comment="when the reason was given, for a year"),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("retired_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_pack_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack")),
    )
    op.create_table(
        "snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="random, printed on all that is made of it"),
        sa.Column("pack_id", sa.Integer(), nullable=True, comment="null: asked for once"),
        sa.Column("as_of", sa.DateTime(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("villages", sa.JSON(), nullable=False, comment="ids of those it is about"),
        sa.Column(
            "plans",
            sa.JSON(),
            nullable=False,
            comment="of each its id, revision and version, and grids where only some",
        ),
        sa.Column(
            "figures",
            sa.JSON(),
            nullable=False,
            comment="frozen: counts by village and by number of grid, nobody's name",
        ),
        sa.Column("reason", sa.Text(), nullable=True, comment="why its profile is needed; null: it is the least"),
        sa.Column("made_by", sa.Integer(), nullable=True, comment="null: the command line"),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("profile IN ('wall', 'meeting', 'member', 'planner')", name=op.f("ck_snapshot_profile")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_snapshot_made_by")),
        sa.ForeignKeyConstraint(["pack_id"], ["pack.id"], name=op.f("fk_snapshot_pack_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
        sa.UniqueConstraint("code", name=op.f("uq_snapshot_code")),
    )
    op.create_index(op.f("ix_snapshot_made_at"), "snapshot", ["made_at"], unique=False)
    op.create_index(op.f("ix_snapshot_pack_id"), "snapshot", ["pack_id"], unique=False)
    op.create_table(
        "snapshot_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False, comment="size of paper and the like"),
        sa.Column(
            "file",
            sa.Text(),
            nullable=True,
            comment="its own name in the folder packs; null: it is made again when it is asked for",
        ),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes"),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["snapshot.id"], name=op.f("fk_snapshot_file_snapshot_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot_file")),
    )
    op.create_index(op.f("ix_snapshot_file_snapshot_id"), "snapshot_file", ["snapshot_id"], unique=False)
    op.create_table(
        "download",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_download_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["snapshot_file.id"], name=op.f("fk_download_file_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_download")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_download_token_hash")),
    )
    op.create_index(op.f("ix_download_account_id"), "download", ["account_id"], unique=False)
    op.create_index(op.f("ix_download_file_id"), "download", ["file_id"], unique=False)
    op.add_column(
        "member",
        sa.Column(
            "named_on_maps",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="agreed that name and duty phone stand on maps",
        ),
    )
