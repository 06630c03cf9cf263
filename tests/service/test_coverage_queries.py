"""No figure of coverage reads all visits: what the database does for each statement of the pages, on either one."""

from datetime import timedelta

import pytest
from databases import ON_BOTH
from sample_drafts import village_id
from service import NOW
from sqlalchemy import text, update
from statements import statements_with_values

from gridplan.store.plans import plans
from gridplan.store.tables import village, visit

TODAY = NOW.date()
FIRST_OF_INDEX = {index.name: next(iter(index.columns)).name for index in visit.indexes}
"""The first column of each index of visits: without a condition on it all of the index is read."""
OF_VILLAGE = (
    "/coverage/villages/{village}", "/coverage/villages/{village}?as_of={day}", "/coverage/grids/{plan}/1",
    "/coverage/due?village={village}", "/api/map/grids/{plan}/1/contact", "/api/map/villages/{village}",
)  # fmt: skip
OF_TOWN = ("/coverage", "/coverage?as_of={day}", "/coverage/due", "/api/contact.json", "/coverage/grids.csv")
PATHS = {"sqlite": OF_VILLAGE + OF_TOWN, "postgresql": OF_VILLAGE}
"""PostgreSQL reads all where most is asked for, as it is of a small town."""


def scans_of_sqlite(connection, statement, values):
    """Return where a statement reads visits, or an index of them, from the beginning to the end."""
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    return [row.detail for row in rows if row.detail.startswith("SCAN visit")]


def scans_of_postgresql(connection, statement, values):
    """Return the same, of tables so large that it is cheaper to look rows up."""
    for way in ("seqscan", "hashjoin", "mergejoin"):
        connection.execute(text(f"SET LOCAL enable_{way} = off"))
    connection.execute(text("SET LOCAL cpu_index_tuple_cost = 1"))
    (found,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalars()
    return list(_scans(found[0]["Plan"]))


def _scans(node):
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "visit":
        yield "all rows"
    if (index := node.get("Index Name")) in FIRST_OF_INDEX and FIRST_OF_INDEX[index] not in node.get("Index Cond", ""):
        yield index
    for part in node.get("Plans", ()):
        yield from _scans(part)


MANY_VISITS = """
INSERT INTO visit (id, household_id, member_id, village_id, day, week_only, outcome, channel, source, received_at,
                   content_hash, contact_of)
SELECT household.id || ' ' || n, household.id, (SELECT min(id) FROM member), village_id, CAST(:today AS date) - n,
       false, 'met', 'door', 'told', CAST(:today AS date) - n, '', household.id
FROM household, generate_series(1, 40) AS n
"""
"""PostgreSQL reads all of what is nearly empty."""


@pytest.fixture
def asked(service):
    """Return the statements about visits that pages of coverage send, each with its values."""
    store = service.store
    with store.write() as connection:
        connection.execute(update(village).values(start_day=TODAY - timedelta(60)))
        if store.dialect == "postgresql":
            connection.execute(text(MANY_VISITS), {"today": TODAY})
            connection.execute(text("ANALYZE"))
    own = village_id(store)
    with store.read() as connection:
        asked = {"village": own, "plan": plans.published(connection)[own], "day": TODAY - timedelta(20)}
    client = service.client("administrator")
    with statements_with_values(store) as executed:
        for path in PATHS[store.dialect]:
            answer = client.get(path.format(**asked))
            assert answer.status_code == 200, path
    return {statement: values for statement, values in executed.items() if "visit." in statement}


@ON_BOTH
def test_no_statement_of_a_page_of_coverage_reads_all_visits(service, asked):
    assert len(asked) >= 4
    scans = {"sqlite": scans_of_sqlite, "postgresql": scans_of_postgresql}[service.store.dialect]
    with service.store.read() as connection:
        found = {statement: scans(connection, statement, values) for statement, values in asked.items()}
    assert {statement: scans for statement, scans in found.items() if scans} == {}
