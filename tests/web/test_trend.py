"""The weeks of a page of coverage: a chart with what is drawn apart, and a table with the same numbers."""

from datetime import timedelta

from sample_drafts import household_id, member_id, village_id
from service import NOW, OWN
from sqlalchemy import update

from gridplan.contact.visits import Visit
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry
from gridplan.store.tables import pause, village

TODAY = NOW.date()
"""A Monday."""


def test_a_chart_draws_apart_what_has_not_settled_runs_is_paused_or_came_in_later(service):
    own = village_id(service.store)
    home, lead = household_id(service.store, f"{OWN}0001"), member_id(service.store, f"{OWN}-M1")
    with service.store.write() as connection:
        connection.execute(update(village).where(village.c.id == own).values(start_day=TODAY - timedelta(28)))
        paused = {"first_day": TODAY - timedelta(21), "last_day": TODAY - timedelta(20)}
        connection.execute(pause.insert().values(village_id=own, kind="harvest", **paused))
        for days in (28, 14, 7, 0):
            one = Visit(f"{days}", home, lead, TODAY - timedelta(days), "met", "door", "told")
            visits.add(connection, [one], Entry(None, NOW))
    client = service.client("supervisor")
    page = client.get(f"/coverage/villages/{own}").text
    chart, _, rest = page.partition('<svg viewBox="0 0 340')[2].partition("</svg>")
    assert 'role="img" aria-label="Contact by week, from the week of Mon 19 Oct to that of Sun 22 Nov' in chart
    for drawn, count in (("settled", 2), ("not-settled", 1), ("running", 1)):
        assert chart.count(f'<rect class="{drawn}"') == count
    assert (chart.count('class="paused"'), chart.count('class="later"'), chart.count("<circle")) == (1, 2, 2)
    table = " ".join(rest.partition("</table>")[0].split())
    for words in ("This week so far", "Not settled yet", "Paused", "1 contact came in later", "1 of 32"):
        assert words in table
    grid = client.get(f"/coverage/villages/{own}?weeks=26&lang=zh").text
    assert "26 周" in grid
    assert "定稿后补录 1 次" in grid
