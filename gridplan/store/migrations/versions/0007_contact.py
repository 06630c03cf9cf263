"""Visits and what they are measured by; tick sheets; covers, corrections and states of households."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "tables_7"
down_revision = "tables_6"


def upgrade() -> None:
    """Make the tables, and the columns that contact needs of those there are."""
    op.create_table(
        "card_print",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="of the grid"),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="the lead whom its contact cards name"),
        sa.Column("printed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_card_print_member_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_card_print_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "number", name=op.f("pk_card_print")),
    )
    op.create_table(
        "term_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="from which it holds"),
        sa.Column("content", sa.JSON(), nullable=False, comment="who leads which grid, and whose access goes on"),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'waiting', 'applied', 'withdrawn')", name=op.f("ck_term_change_state")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_term_change_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_change")),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    op.create_table(
        "residence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False, comment="where it lived before it came back, or moved"),
        sa.Column("from_day", sa.Date(), nullable=True, comment="null: since its village started"),
        sa.Column("until_day", sa.Date(), nullable=False, comment="on which it had left"),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_residence_household_id")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_residence_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residence")),
    )
    op.create_index(op.f("ix_residence_household_id"), "residence", ["household_id"])
    op.create_table(
        "pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=True, comment="null: of the whole town"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('festival', 'harvest', 'flood', 'other')", name=op.f("ck_pause_kind")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_pause_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    op.create_index(op.f("ix_pause_village_id"), "pause", ["village_id"])
    op.create_table(
        "cadence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="each household, or somebody in each grid"),
        sa.Column("village_id", sa.Integer(), nullable=True, comment="null: of the town, or of one household"),
        sa.Column("number", sa.Integer(), nullable=True, comment="of the grid it is for; null: of all"),
        sa.Column("household_id", sa.BigInteger(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True, comment="null: again as the village or the town has it"),
        sa.Column("grace", sa.Integer(), nullable=True, comment="days; null: as many again"),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.CheckConstraint("subject IN ('household', 'grid')", name=op.f("ck_cadence_subject")),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_cadence_household_id")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_cadence_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cadence")),
    )
    op.create_index(op.f("ix_cadence_household_id"), "cadence", ["household_id"])
    op.create_index("ix_cadence_village", "cadence", ["village_id"])
    op.create_table(
        "household_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("old_id", sa.BigInteger(), nullable=False),
        sa.Column("new_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('merged', 'split')", name=op.f("ck_household_change_kind")),
        sa.ForeignKeyConstraint(["new_id"], ["household.id"], name=op.f("fk_household_change_new_id")),
        sa.ForeignKeyConstraint(["old_id"], ["household.id"], name=op.f("fk_household_change_old_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_change")),
    )
    op.create_index(op.f("ix_household_change_new_id"), "household_change", ["new_id"])
    op.create_index(op.f("ix_household_change_old_id"), "household_change", ["old_id"])
    op.create_table(
        "correction",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=True, comment="null: a new one"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False, comment="the fields as they should be"),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="who reported it"),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('gone away', 'new house', 'wrong spot', 'wrong number', 'another head', 'two are one', "
            "'one is two', 'came back', 'not of this village')",
            name=op.f("ck_correction_kind"),
        ),
        sa.CheckConstraint("state IN ('open', 'asked back', 'accepted', 'refused')", name=op.f("ck_correction_state")),
        sa.ForeignKeyConstraint(["answered_by"], ["account.id"], name=op.f("fk_correction_answered_by")),
        sa.ForeignKeyConstraint(["entered_by"], ["account.id"], name=op.f("fk_correction_entered_by")),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_correction_household_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_correction_member_id")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_correction_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_household_id"), "correction", ["household_id"])
    op.create_index(op.f("ix_correction_village_id"), "correction", ["village_id"])
    op.create_table(
        "cover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False, comment="who is covered"),
        sa.Column("by_member_id", sa.BigInteger(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column(
            "number", sa.Integer(), nullable=True, comment="of the grid; null: all of the member's in the village"
        ),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_member_id"], ["member.id"], name=op.f("fk_cover_by_member_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_cover_member_id")),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_cover_set_by")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_cover_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover")),
    )
    op.create_index(op.f("ix_cover_by_member_id"), "cover", ["by_member_id"])
    op.create_index(op.f("ix_cover_member_id"), "cover", ["member_id"])
    op.create_index(op.f("ix_cover_village_id"), "cover", ["village_id"])
    op.create_table(
        "grid_tally",
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("grid", sa.Integer(), nullable=False, comment="its number"),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["entered_by"], ["account.id"], name=op.f("fk_grid_tally_entered_by")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_grid_tally_village_id")),
        sa.PrimaryKeyConstraint("village_id", "grid", "week", name=op.f("pk_grid_tally")),
    )
    op.create_table(
        "household_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True, comment="on which it has ended; null: open"),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('no visits wanted', 'away', 'unoccupied')", name=op.f("ck_household_state_kind")),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_household_state_household_id")),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_household_state_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_state")),
    )
    op.create_index(op.f("ix_household_state_household_id"), "household_state", ["household_id"])
    op.create_table(
        "kept_apart",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False, comment="of the visit or amendment that other content came with"),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("settled_as", sa.Text(), nullable=True, comment="accepted as another visit, or dropped"),
        sa.ForeignKeyConstraint(["entered_by"], ["account.id"], name=op.f("fk_kept_apart_entered_by")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_kept_apart_member_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["account.id"], name=op.f("fk_kept_apart_settled_by")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_kept_apart_village_id")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_kept_apart")),
        sa.UniqueConstraint("id", "content_hash", name=op.f("uq_kept_apart_id_content_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_kept_apart_village_id"), "kept_apart", ["village_id"])
    op.create_table(
        "sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False, comment="with its check letter"),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("grid", sa.Integer(), nullable=False, comment="its number in the plan"),
        sa.Column("month", sa.Date(), nullable=False, comment="its first day"),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="the lead it was printed for"),
        sa.Column("printed_at", sa.DateTime(), nullable=False),
        sa.Column("printed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_sheet_member_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_sheet_plan_id")),
        sa.ForeignKeyConstraint(["printed_by"], ["account.id"], name=op.f("fk_sheet_printed_by")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_sheet_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet")),
        sa.UniqueConstraint("number", name=op.f("uq_sheet_number")),
    )
    op.create_index("ix_sheet_village_month", "sheet", ["village_id", "month"])
    op.create_table(
        "sheet_row",
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_sheet_row_household_id")),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_sheet_row_sheet_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sheet_id", "row", name=op.f("pk_sheet_row")),
    )
    op.create_table(
        "sheet_week",
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False, comment="who called"),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["entered_by"], ["account.id"], name=op.f("fk_sheet_week_entered_by")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_sheet_week_member_id")),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_sheet_week_sheet_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sheet_id", "week", name=op.f("pk_sheet_week")),
    )
    op.create_table(
        "visit",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False, comment="made where it was entered"),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False, comment="of the household when it came in"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("week_only", sa.Boolean(), nullable=False, comment="day stands for its week"),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=True),
        sa.Column("meeting_id", sa.Text(), nullable=True, comment="of visits entered at once"),
        sa.Column("entered_by", sa.Integer(), nullable=True, comment="null: the command line"),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False, comment="of what first came in"),
        sa.Column("state", sa.Text(), server_default="standing", nullable=False),
        sa.Column("contact_of", sa.BigInteger(), nullable=True, comment="household it is a contact of; null: of none"),
        sa.CheckConstraint("channel IN ('door', 'phone', 'elsewhere')", name=op.f("ck_visit_channel")),
        sa.CheckConstraint("outcome IN ('met', 'not home', 'declined', 'away')", name=op.f("ck_visit_outcome")),
        sa.CheckConstraint("source IN ('phone', 'sheet', 'told', 'file')", name=op.f("ck_visit_source")),
        sa.CheckConstraint("state IN ('standing', 'withdrawn', 'disputed')", name=op.f("ck_visit_state")),
        sa.ForeignKeyConstraint(["contact_of"], ["household.id"], name=op.f("fk_visit_contact_of")),
        sa.ForeignKeyConstraint(["entered_by"], ["account.id"], name=op.f("fk_visit_entered_by")),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_visit_household_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_visit_member_id")),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_visit_sheet_id")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_visit_village_id")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_visit")),
        sa.UniqueConstraint("id", name=op.f("uq_visit_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "one_contact_a_day",
        "visit",
        ["contact_of", "day"],
        unique=True,
        sqlite_where=sa.text("contact_of IS NOT NULL"),
        postgresql_where=sa.text("contact_of IS NOT NULL"),
    )
    op.create_index(op.f("ix_visit_household_id"), "visit", ["household_id"])
    op.create_index("ix_visit_member", "visit", ["member_id", "n"])
    op.create_index(op.f("ix_visit_sheet_id"), "visit", ["sheet_id"])
    op.create_index(
        "ix_visit_village_contact",
        "visit",
        ["village_id", "day", "contact_of"],
        sqlite_where=sa.text("contact_of IS NOT NULL"),
        postgresql_where=sa.text("contact_of IS NOT NULL"),
    )
    op.create_index("ix_visit_village_day", "visit", ["village_id", "day"])
    op.create_index(
        "ix_visit_disputed",
        "visit",
        ["village_id"],
        sqlite_where=sa.text("state = 'disputed'"),
        postgresql_where=sa.text("state = 'disputed'"),
    )
    op.create_table(
        "amendment",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="who asked for it; null: the desk"),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('outcome', 'channel', 'day', 'household', 'withdraw', 'dispute', 'uphold')",
            name=op.f("ck_amendment_kind"),
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["account.id"], name=op.f("fk_amendment_entered_by")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_amendment_member_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_amendment_visit_id")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_amendment")),
        sa.UniqueConstraint("id", name=op.f("uq_amendment_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_amendment_visit_id"), "amendment", ["visit_id"])
    op.add_column(
        "household",
        sa.Column(
            "first_day",
            sa.Date(),
            nullable=True,
            comment="from which it is to be visited; null: since its village started",
        ),
    )
    op.add_column("member", sa.Column("phone", sa.Text(), nullable=True))
    op.add_column(
        "membership",
        sa.Column(
            "place",
            sa.Integer(),
            nullable=True,
            comment="in the visiting order of its grid, from 1; null until it is in force",
        ),
    )
    op.add_column("village", sa.Column("phone", sa.Text(), nullable=True, comment="of its office"))
    _keep_cadence()


def _keep_cadence() -> None:
    """Let the days between visits that a town chose hold as its cadence from the beginning; 7 was nobody's choice."""
    setting = sa.table("setting", sa.column("key", sa.Text), sa.column("value", sa.JSON))
    cadence = sa.table(
        "cadence", sa.column("subject", sa.Text), sa.column("days", sa.Integer), sa.column("from_day", sa.Date)
    )
    chosen = op.get_bind().execute(sa.select(setting.c.value).where(setting.c.key == "cadence_days")).scalar()
    if chosen not in (None, 7):
        op.execute(cadence.insert().values(subject="household", days=chosen, from_day=date(2026, 1, 1)))
    op.execute(setting.delete().where(setting.c.key == "cadence_days"))
