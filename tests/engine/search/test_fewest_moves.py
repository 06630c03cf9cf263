"""Grids are repaired by the fewest moves there are: small villages against every way there is."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.engine.model.problem import plane_problem
from gridplan.engine.model.proximity import Graph, Locations, adjacency
from gridplan.engine.search.fewest_moves import IN_NONE, Leeway, fewest_moves, within_reach
from gridplan.engine.search.search import search

LEAST, MOST = 2, 3


def leeway_of(xy, edges, label, may, led, **asked):
    locations = Locations.distinct(xy)
    problem = plane_problem(locations, Graph.of_edges(edges, len(locations.xy)), least=LEAST, most=MOST)
    centre = np.zeros(may.shape[1], np.int64)
    return Leeway(problem, label, may, led, centre, **asked)


def every_way(xy, edges, label, may, led, count=None):
    """Yields what all grids come to that there can be, as (broken, moved, leads, walk)."""
    where = Locations.distinct(xy).of
    had = {*label} - {IN_NONE}
    choices = [[*np.flatnonzero(may[i]), *([IN_NONE] if label[i] == IN_NONE else [])] for i in range(len(xy))]
    for way in product(*choices):
        grids = {g: [i for i, of in enumerate(way) if of == g] for g in {*way} - {IN_NONE}}
        rules = {
            g: (not LEAST <= len(inside) <= MOST) + (not hangs_together({*where[inside]}, edges))
            for g, inside in grids.items()
        }
        if any(rules[g] for g in grids if g not in had) or (count is not None and len(grids) != count):
            continue
        leads = sum(led[g] for g in had - {*grids}) + len({*grids} - had)
        walk = sum(
            np.linalg.norm(xy[inside][:, None] - xy[inside], axis=2).sum(axis=0).min() for inside in grids.values()
        )
        yield sum(rules.values()) + way.count(IN_NONE), sum(np.array(way) != label), leads, round(walk, 3)


def hangs_together(places, edges):
    met, todo = set(), [min(places)]
    while todo:
        a = todo.pop()
        met.add(a)
        todo += [b for pair in edges.tolist() if a in pair for b in pair if b in places - met]
    return met == places


@st.composite
def small_villages(draw):
    n, k, new = draw(st.integers(3, 6)), draw(st.integers(1, 3)), draw(st.integers(0, 1))
    spots = st.tuples(st.integers(0, 4), st.integers(0, 4))
    xy = 10.0 * np.array(draw(st.lists(spots, min_size=n, max_size=n)))
    label = np.array(draw(st.lists(st.integers(IN_NONE, k - 1), min_size=n, max_size=n)))
    edges = adjacency(Locations.distinct(xy).xy)
    edges = edges[np.array(draw(st.lists(st.integers(0, 3), min_size=len(edges), max_size=len(edges))), int) > 0]
    locked = np.array(draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))) == 0
    may = np.ones((n, k + new), bool)
    may[locked] = label[locked, None] == np.arange(k + new)
    led = np.array([*draw(st.lists(st.booleans(), min_size=k, max_size=k)), *[False] * new])
    return xy, edges.reshape(-1, 2), label, may, led


@given(small_villages())
@settings(max_examples=25, deadline=None)
def test_no_other_grids_are_better(village):
    leeway = leeway_of(*village)
    found = leeway.standing(fewest_moves(leeway))
    assert (*found[:3], round(found.walk, 3)) == min(every_way(*village))


@given(small_villages(), st.integers(1, 3))
@settings(max_examples=15, deadline=None)
def test_of_as_many_grids_as_are_asked_for_no_others_are_better(village, count):
    leeway = leeway_of(*village, counted=np.ones(village[3].shape[1], bool), count=count)
    found = fewest_moves(leeway)
    best = min(every_way(*village, count=count), default=None)
    assert (None if found is None else leeway.standing(found)[:3]) == (None if best is None else best[:3])


def test_a_large_village_is_mended_place_by_place():
    rng = np.random.default_rng(3)
    locations = Locations.distinct(rng.uniform(0, 3000, (600, 2)))
    graph = Graph.of_edges(adjacency(locations.xy), 600)
    problem = plane_problem(locations, graph, least=10, most=15)
    whole = search(problem, 50, effort="fast", seed=0).label
    label, k = whole.copy(), 50
    for grid in range(0, k, 10):
        inside = np.flatnonzero(whole == grid)
        label[inside[:3]] = (whole[inside[:3]] + 7) % k
        label[inside[3]] = IN_NONE
    leeway = Leeway(problem, label, within_reach(problem, label, k), np.ones(k, bool), np.zeros(k, np.int64))
    before, after = leeway.standing(label), leeway.standing(fewest_moves(leeway))
    assert before.broken > 10 and after.broken == 0 and after.moved <= 20 and after.leads == 0
