"""Weeks of grids, party groups, needs, and the linkage of leaders to villages and branches."""

from collections import defaultdict
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "tables_8"
down_revision = "tables_7"


def upgrade() -> None:
    """Make the tables, and the column of grids that names their party group."""
    op.create_table(
        "linkage_kind",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False, comment="what the town calls them: leader, instructor"),
        sa.Column("subject", sa.Text(), nullable=False, comment="what each is linked to"),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("cadence_days", sa.Integer(), nullable=True, comment="null: a call in each calendar month"),
        sa.CheckConstraint("rule IN ('exactly', 'at least')", name=op.f("ck_linkage_kind_rule")),
        sa.CheckConstraint("subject IN ('village', 'branch')", name=op.f("ck_linkage_kind_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_linkage_kind")),
        sa.UniqueConstraint("title", name=op.f("uq_linkage_kind_title")),
    )
    op.create_table(
        "branch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_branch_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch")),
        sa.UniqueConstraint("village_id", "name", name=op.f("uq_branch_village_id_name")),
    )
    op.create_table(
        "grid_week",
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column(
            "number", sa.Integer(), nullable=False, comment="of the grid in the plan in force on the day of each visit"
        ),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("contacted", sa.Integer(), nullable=False, comment="households that they are of"),
        sa.Column(
            "settled_contacts",
            sa.Integer(),
            nullable=True,
            comment="when the week settled; null: nothing was changed since",
        ),
        sa.Column("settled_contacted", sa.Integer(), nullable=True),
        sa.Column(
            "is_final", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment="its visits are removed"
        ),
        sa.CheckConstraint(
            "(settled_contacts IS NULL) = (settled_contacted IS NULL)", name=op.f("ck_grid_week_settled")
        ),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_grid_week_village_id")),
        sa.PrimaryKeyConstraint("village_id", "week", "number", name=op.f("pk_grid_week")),
    )
    op.create_table(
        "linked_person",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["kind_id"], ["linkage_kind.id"], name=op.f("fk_linked_person_kind_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_linked_person")),
    )
    op.create_index(op.f("ix_linked_person_kind_id"), "linked_person", ["kind_id"], unique=False)
    op.create_table(
        "linkage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=True, comment="null: the village itself"),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True, comment="on which it has ended; null: open"),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_linkage_branch_id")),
        sa.ForeignKeyConstraint(["person_id"], ["linked_person.id"], name=op.f("fk_linkage_person_id")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_linkage_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_linkage")),
    )
    op.create_index(op.f("ix_linkage_branch_id"), "linkage", ["branch_id"], unique=False)
    op.create_index(op.f("ix_linkage_person_id"), "linkage", ["person_id"], unique=False)
    op.create_index(op.f("ix_linkage_village_id"), "linkage", ["village_id"], unique=False)
    op.create_table(
        "linkage_call",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("linkage_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["entered_by"], ["account.id"], name=op.f("fk_linkage_call_entered_by")),
        sa.ForeignKeyConstraint(["linkage_id"], ["linkage.id"], name=op.f("fk_linkage_call_linkage_id")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_linkage_call")),
        sa.UniqueConstraint("id", name=op.f("uq_linkage_call_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_linkage_call_day", "linkage_call", ["linkage_id", "day"], unique=False)
    op.create_index("ix_visit_received", "visit", ["received_at", "day", "village_id", "state"], unique=False)
    op.create_table(
        "need",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False, comment="the number on its slips"),
        sa.Column("id", sa.Text(), nullable=False, comment="made in the form when it opens"),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="who heard of it"),
        sa.Column("visit_id", sa.Text(), nullable=True, comment="at which it was raised"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="what is asked for"),
        sa.Column("raised_day", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True, comment="who follows it up"),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True, comment="that it is referred to"),
        sa.Column("contact_person", sa.Text(), nullable=True, comment="whom the department may ask"),
        sa.Column(
            "closed_day", sa.Date(), nullable=True, comment="on which it was solved, explained or confirmed; null: open"
        ),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "category IN ('roads', 'water and power', 'environment', 'house and land', 'papers', 'farming', "
            "'work', 'transport', 'other')",
            name=op.f("ck_need_category"),
        ),
        sa.CheckConstraint("source IN ('phone', 'sheet', 'told', 'file')", name=op.f("ck_need_source")),
        sa.CheckConstraint(
            "state IN ('open', 'referred', 'done', 'solved on the spot', 'explained', 'confirmed')",
            name=op.f("ck_need_state"),
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["account.id"], name=op.f("fk_need_entered_by")),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name=op.f("fk_need_household_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_need_member_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_need_owner_id")),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name=op.f("fk_need_village_id")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_need")),
        sa.UniqueConstraint("id", name=op.f("uq_need_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_need_household_id"), "need", ["household_id"], unique=False)
    op.create_index(
        "ix_need_open",
        "need",
        ["village_id", "deadline"],
        unique=False,
        sqlite_where=sa.text("closed_day IS NULL"),
        postgresql_where=sa.text("closed_day IS NULL"),
    )
    op.create_index("ix_need_village_day", "need", ["village_id", "raised_day"], unique=False)
    op.create_table(
        "need_step",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("need_n", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "content", sa.JSON(), nullable=False, comment="department, deadline, reply or reason, as the kind has them"
        ),
        sa.Column("member_id", sa.BigInteger(), nullable=True, comment="who did it; null: the desk"),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('raised', 'solved on the spot', 'referred', 'reminded', 'replied', 'explained', "
            "'done', 'confirmed', 'reopened', 'changed', 'taken back')",
            name=op.f("ck_need_step_kind"),
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["account.id"], name=op.f("fk_need_step_entered_by")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_need_step_member_id")),
        sa.ForeignKeyConstraint(["need_n"], ["need.n"], name=op.f("fk_need_step_need_n")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_need_step")),
        sa.UniqueConstraint("id", name=op.f("uq_need_step_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_need_step_need_n"), "need_step", ["need_n"], unique=False)
    op.create_table(
        "party_group",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="unique in its village"),
        sa.Column("name", sa.Text(), nullable=True, comment="what the branch calls it"),
        sa.Column("head_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["head_id"], ["member.id"], name=op.f("fk_party_group_head_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_party_group_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", "number", name=op.f("pk_party_group")),
    )
    op.create_index(op.f("ix_party_group_head_id"), "party_group", ["head_id"], unique=False)
    op.add_column(
        "grid", sa.Column("group_number", sa.Integer(), nullable=True, comment="of its party group; null: in none")
    )
    op.add_column(
        "village",
        sa.Column(
            "figures_key",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="random, another one after each change of what its figures of contact are made of",
        ),
    )
    _count_weeks(op.get_bind())


def _count_weeks(connection: sa.Connection) -> None:
    """Count the contacts of each grid by week, of the plan in force on the day of each."""
    stored = sa.select(sa.column("value", sa.JSON)).select_from(sa.table("setting")).where(sa.text("key = 'time_zone'"))
    zone = ZoneInfo(connection.execute(stored).scalar() or "Asia/Shanghai")
    plans = sa.text(
        """SELECT id, village_id, published_at, archived_at FROM plan WHERE state IN ('published', 'archived')
           ORDER BY village_id, revision"""
    ).columns(published_at=sa.DateTime, archived_at=sa.DateTime)
    contacts = sa.text(
        """SELECT membership.number, visit.day, visit.contact_of FROM membership
           JOIN visit ON visit.contact_of = membership.household_id
           WHERE membership.plan_id = :plan AND membership.number IS NOT NULL AND visit.day BETWEEN :first AND :last"""
    ).bindparams(sa.bindparam("first", type_=sa.Date), sa.bindparam("last", type_=sa.Date))
    counted: dict[tuple[int, str, int], list[int]] = defaultdict(lambda: [0, 0])
    seen = set()
    for plan_id, village_id, published_at, archived_at in connection.execute(plans).all():
        first, last = date.min, date.max
        if village_id in seen and published_at is not None:
            first = published_at.replace(tzinfo=UTC).astimezone(zone).date()
        if archived_at is not None:
            last = archived_at.replace(tzinfo=UTC).astimezone(zone).date() - timedelta(days=1)
        seen.add(village_id)
        days = {"plan": plan_id, "first": first, "last": last}
        homes = set()
        for number, day, home in connection.execute(contacts.columns(day=sa.Date), days):
            year, week, _ = day.isocalendar()
            of = village_id, f"{year:04}-W{week:02}", number
            counted[of][0] += 1
            counted[of][1] += (of, home) not in homes
            homes.add((of, home))
    rows = [
        {"village_id": village_id, "week": week, "number": number, "contacts": contacts, "contacted": contacted}
        for (village_id, week, number), (contacts, contacted) in counted.items()
    ]
    table = sa.table("grid_week", *map(sa.column, ("village_id", "week", "number", "contacts", "contacted")))
    op.bulk_insert(table, rows)
