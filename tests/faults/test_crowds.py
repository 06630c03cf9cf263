"""Many phones at once at the service as it runs: sent again and again, cut off, killed; nothing is lost or doubled."""

from random import Random

import phone_breakages as broken
import pytest
from databases import POSTGRESQL
from phone_crowd import clashing, deadlocks, killed_meanwhile, replayed
from phone_town import begin
from served import CuttingProxy, served
from thorough import THOROUGH

ROUNDS = 20 if THOROUGH else 3
TIMES = 160 if THOROUGH else 10
CLIENTS = 16
pytestmark = pytest.mark.slow
ON_POSTGRESQL = pytest.mark.parametrize("databases", [POSTGRESQL], indirect=True)


def test_a_queue_of_500_sent_ten_times_by_sixteen_clients_through_a_proxy_that_cuts_answers_is_500_rows(
    databases, tmp_path
):
    with databases.copy("filled", tmp_path) as store:
        members = begin(store)[:2]
        with served(store) as service, CuttingProxy(service.port) as proxy:
            how = {"entered": 500, "times": TIMES, "clients": CLIENTS, "random": Random(1)}
            assert replayed(store, members, [proxy.port], service.port, **how) == set()
            assert proxy.cut > 20


@pytest.mark.long
def test_no_visit_is_lost_or_doubled_where_the_service_is_killed_among_1000(databases, tmp_path):
    with databases.copy("filled", tmp_path) as store:
        members, phones = begin(store), []
        with served(store) as service:
            for n in range(ROUNDS):
                how = {"posts": 1000, "clients": CLIENTS, "random": Random(n)}
                assert killed_meanwhile(store, members, service, phones, **how) == set()


def test_a_service_that_acknowledges_before_it_commits_is_noticed(sqlite, tmp_path):
    with sqlite.copy("filled", tmp_path) as store:
        members = begin(store)
        with served(store, broken.acknowledge_before_commit) as service:
            how = {"posts": 200, "clients": CLIENTS, "random": Random(0)}
            assert any("lost" in what for what in killed_meanwhile(store, members, service, [], **how))


@ON_POSTGRESQL
@pytest.mark.parametrize(("entered", "size"), [(10, 1), (100, 50)])
def test_two_members_who_send_the_same_at_once_are_told_apart(databases, tmp_path, entered, size):
    with databases.copy("filled", tmp_path) as store:
        members = begin(store)[:2]
        with served(store) as one, served(store) as other:
            how = {"entered": entered, "size": size, "random": Random(1)}
            found = clashing(store, members, [one.port, other.port], **how)
        assert found | deadlocks(store) == set()


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("breakage", "entered", "size"), [(broken.select_first, 10, 1), (broken.unsorted_ids, 100, 50)]
)
def test_services_that_two_at_once_confuse_are_noticed(databases, tmp_path, breakage, entered, size):
    with databases.copy("filled", tmp_path) as store:
        members = begin(store)[:2]
        with served(store, breakage) as one, served(store, breakage) as other:
            how = {"entered": entered, "size": size, "random": Random(1)}
            found = clashing(store, members, [one.port, other.port], **how)
        assert found | deadlocks(store)
