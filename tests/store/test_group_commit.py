"""Group commit: each call has its own result, whoever did it, and those that wait at one moment are done at once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gridplan.errors import NotFound, Unavailable
from gridplan.store.group_commit import GroupCommit


def together(do, calls):
    """Return what becomes of calls, all but the first of which wait until it is done, and the groups they were in."""
    begun, go_on, groups = threading.Event(), threading.Event(), []

    def done(group):
        groups.append(list(group))
        if len(groups) == 1:
            begun.set()
            go_on.wait(10)
        return do(group)

    commit = GroupCommit(done)

    def ask(call):
        try:
            return commit(call)
        except Exception as problem:
            return problem

    with ThreadPoolExecutor(len(calls)) as threads:
        found = [threads.submit(ask, calls[0])]
        begun.wait(10)
        found += [threads.submit(ask, call) for call in calls[1:]]
        while len(commit._waiting) < len(calls) - 1:
            time.sleep(0.001)
        go_on.set()
        return [one.result(10) for one in found], [sorted(group) for group in groups]


def test_those_that_wait_at_one_moment_are_one_group_and_each_has_its_own_result():
    results, groups = together(lambda group: [10 * call for call in group], [1, 2, 3, 4])
    assert (results, groups) == ([10, 20, 30, 40], [[1], [2, 3, 4]])


def test_what_is_refused_is_refused_alone():
    def do(group):
        if 3 in group:
            raise NotFound("entrance.not_here")
        return group

    (first, second, third, fourth), groups = together(do, [1, 2, 3, 4])
    assert (first, second, fourth) == (1, 2, 4)
    assert isinstance(third, NotFound)
    assert groups[:2] == [[1], [2, 3, 4]]
    assert sorted(groups[2:]) == [[2], [3], [4]]


@pytest.mark.parametrize("problem", [Unavailable("store.superseded"), ValueError()])
def test_what_no_call_can_help_ends_all_of_them_and_the_next_is_done(problem):
    def do(group):
        if 2 in group:
            raise problem
        return group

    results, groups = together(do, [1, 2, 3])
    assert (results, groups) == ([1, problem, problem], [[1], [2, 3]])
    assert GroupCommit(do)(5) == 5
