"""No column about people without a line in PRIVACY.md, and no column that gridplan must never have."""

import re
from pathlib import Path

from gridplan.store.tables import metadata

PRIVACY = (Path(__file__).parents[1] / "PRIVACY.md").read_text(encoding="utf-8")
EXPLAINED = set(re.findall(r"`(\w+\.\w+)`", PRIVACY.split("## What the service keeps")[1]))
OF_THE_TOWN = {
    *("setting", "service", "village", "hamlet", "feature", "scan", "imagery", "grid", "shortage", "scope", "pause"),
    *("grid_week", "branch", "linkage_kind"),
}
"""Tables about places, plans and settings, and about nobody."""
MACHINERY = {
    *("id", "version", "plan_id", "number", "role", "state", "kind", "token_hash", "code_hash", "csrf", "expires_at"),
    *("revoked_at", "made_at", "at", "village_id", "detail", "object", "name", "settings", "notes", "draft_id"),
    *("revision", "repeats", "least", "most", "boundary", "boundary_given", "kept", "lower_bound_m", "split_hamlets"),
    *("published_at", "archived_at", "households", "reason", "options", "hamlet"),
    *(
        "deleted_at",
        "planned",
        "request",
        "progress",
        "result",
        "error",
        "started_at",
        "ended_at",
        "files",
        "folder",
        "job_id",
        *("n", "id", "subject", "days", "grace", "from_day", "grid", "month", "week", "row", "sheet_id", "met", "of"),
    ),
}
ABOUT_PEOPLE = {"household": {"id", "version"}, "member": {"id", "version"}}
"""Tables where every other column is about a person."""
NEVER = "score rank rating points star birth religion ethnic health income poverty photo gps track identity 积分 评分"


def test_every_column_about_people_is_explained():
    unexplained = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        if table.name not in OF_THE_TOWN
        for column in table.columns
        if column.name not in ABOUT_PEOPLE.get(table.name, MACHINERY)
    ]
    assert sorted(set(unexplained) - EXPLAINED) == []


def test_every_explained_column_is_there():
    there = {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns}
    assert sorted(EXPLAINED - there) == []


def test_nothing_is_kept_that_judges_or_follows_people():
    names = {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns}
    words = re.compile("|".join(rf"(?:^|[._]){word}s?(?:$|[._])" for word in NEVER.split()))
    assert [name for name in names if words.search(name)] == []
