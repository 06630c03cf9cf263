"""The journal beside the database holds all that was noted in it, whatever else is done to it at that moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from service import NOW

from gridplan.store.phone.journal import JOURNAL, forget_before, note_gone


def test_nothing_that_is_noted_is_lost_while_old_lines_are_left_out(tmp_path):
    note_gone(tmp_path, ["0"], NOW.date())
    journal = tmp_path / JOURNAL
    journal.write_text(journal.read_text() * 1000)
    with ThreadPoolExecutor() as others:
        noting = [others.submit(note_gone, tmp_path, [str(n)], NOW.date()) for n in range(20)]
        while not all(one.done() for one in noting):
            forget_before(tmp_path, NOW - timedelta(days=1))
    assert len(journal.read_text().splitlines()) == 1020
